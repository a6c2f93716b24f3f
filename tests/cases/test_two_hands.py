"""Two hands on one case, over and over: one wins, the other is told, and at every moment of every history exactly one window holds it."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.cases import queries, services
from portal.cases.handoff_services import receive_papers
from portal.cases.models import Case, Leg
from portal.cases.services import Applicant
from portal.clock import Clock
from portal.database import Stale, db
from portal.network.queries import the_county, window_by_code
from portal.rules.decision import NotAllowed
from portal.rules.handoffs import ReturnReason
from tests.cases.test_races import together
from tests.conftest import count
from tests.people import signed_in

RACES = 10_000
A_CASE = 40  # races on one case before it is looked at whole and another begins
# window → who acts there
PLACES = {
    "611026102002-G": ("village-xialiang",),
    "611026102000-G": ("town-xialiang", "chief-xialiang"),
    "611026000000-MR": ("window-mr", "chief-mr"),
}
EVERYTHING = [{"code": str(seq), "got": True} for seq in range(1, 20)]
Hand = tuple[str, Callable[[], object]]


class Table:
    """The people, and what each of them could do with a case as it lies there."""

    def __init__(self, app: Flask, rng: random.Random) -> None:
        self.rng, self.clock = rng, Clock()
        self.people = {name: signed_in(app, name, self.clock) for names in PLACES.values() for name in names}
        county = the_county().id
        self.windows = {window_by_code(county, code).id: names for code, names in PLACES.items()}

    def begin(self) -> str:
        window_id, names = next(iter(self.windows.items()))
        actor = self.people[names[0]]
        return services.collect("S-03", Applicant("示例"), EVERYTHING, window_id=window_id, actor=actor, clock=self.clock, once=None).number

    def hands(self, case: Case) -> list[Hand]:
        """All that somebody may do now and that ends nothing; the same words and the same version for both."""
        number, found = case.number, list[Hand]()

        def given(name: str) -> dict[str, Any]:
            return {"version": case.version, "actor": self.people[name], "clock": self.clock, "once": None}

        for name in self.windows[case.holder_id]:
            if case.addressed_id is not None:
                found.append(("recall", lambda name=name: services.recall(number, **given(name))))
                continue
            found.append(("take", lambda name=name: services.take(number, **given(name))))
            for to in self.windows:
                if to != case.holder_id:
                    found.append(("hand_off", lambda name=name, to=to: services.hand_off(number, to, "示例", ["1"], **given(name))))
        legs = db.session.scalars(select(Leg).where(Leg.case_id == case.id, Leg.papers_at_id == (case.addressed_id or case.holder_id)))
        for seq in [leg.seq for leg in legs]:  # papers come in where the case is, or is on its way to; nothing moves
            for name in self.windows[case.addressed_id or case.holder_id]:
                found.append(("receive_paper", lambda name=name, seq=seq: receive_papers(number, seq, [], is_last=True, **given(name))))
        for name in self.windows.get(case.addressed_id or 0, ()):
            found.append(("receive", lambda name=name: services.receive(number, **given(name))))
            found.append(("return_leg", lambda name=name: services.return_leg(number, ReturnReason.OTHER, "示例", "", **given(name))))
        return found


def returns_of(case: Case) -> int:
    """How often a window sent it back."""
    return db.session.scalar(select(func.count()).select_from(Leg).where(Leg.case_id == case.id, Leg.returned_at.is_not(None))) or 0


@pytest.mark.property
def test_of_two_hands_one_wins_and_one_window_holds(app: Flask) -> None:
    rng = random.Random(int(os.environ["TEST_SEED"]))
    done, met = 0, Counter[str]()
    with app.app_context():
        table = Table(app, rng)
        db.session.remove()
    while done < count(RACES):
        with app.app_context():
            number = table.begin()
            made = 0
            while made < A_CASE:
                case = db.session.scalars(select(Case).where(Case.number == number)).one()
                if returns_of(case) == 2:
                    break  # the second return is a dispute: nobody sends it on until there is a ruling (C-24)
                version, pair = case.version, [rng.choice(table.hands(case)) for _ in range(2)]
                db.session.remove()
                answers = together(app, *(do for _name, do in pair))
                refused = [isinstance(answer, (NotAllowed, Stale)) for answer in answers]
                assert refused.count(False) == 1, (number, version, [name for name, _ in pair], answers)
                met[" against ".join(sorted(name for name, _ in pair))] += 1
                made += 1
            done += made
            case = db.session.scalars(select(Case).where(Case.number == number)).one()
            assert case.version == made + 1, "one event a race, no more and no less"
            assert services.rebuild(case) == [] and services.untrue_events(case) == []
            _one_holder_at_every_moment(case, table.clock)
            db.session.remove()
    print(f"{done} races: {dict(met)}")
    assert any("receive_paper" in pair for pair in met)
    assert {"recall against receive", "hand_off against take", "receive against return_leg"} <= set(met)


def _one_holder_at_every_moment(case: Case, clock: Clock) -> None:
    view = queries.load(case, clock.now())
    stays = view.now.stays
    assert stays[0].from_at == view.rows[0].occurred_at and stays[-1].to_at is None
    assert all(one.to_at == following.from_at for one, following in pairwise(stays))
    for row in view.rows:
        held = [stay for stay in stays if stay.from_at <= row.occurred_at and (stay.to_at is None or row.occurred_at < stay.to_at)]
        assert len(held) == 1 or any(stay.from_at == stay.to_at == row.occurred_at for stay in stays), row.seq
