"""Two hands at the same moment: one wins, the other is told; and no event is later than the end of what it rests on (C-17, G-17)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Account
from portal.audit import Actor
from portal.authority import services as authority_services
from portal.authority.models import Clause, ClauseEnd
from portal.cases import services
from portal.cases.models import Case, CaseEvent
from portal.cases.services import Applicant
from portal.clock import Clock
from portal.database import Stale, db
from portal.network.queries import the_county, window_by_code
from portal.rules.decision import NotAllowed
from portal.rules.lifecycle import EventKind
from tests.cases import grants, story
from tests.cases.story import Browse
from tests.conftest import count
from tests.people import signed_in


def together(app: Flask, *acts: Callable[[], Any]) -> list[Any]:
    """Do all at once, each in its own thread and context; what each gave or raised."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        with app.app_context():
            barrier.wait(timeout=30)
            try:
                return act()
            except (NotAllowed, Stale) as refused:
                return refused
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result(timeout=60) for each in [pool.submit(run, act) for act in acts]]


@pytest.mark.property
def test_no_decision_is_later_than_the_suspension(app: Flask) -> None:
    clock = Clock()
    today = clock.today()
    wins = {"decided": 0, "refused": 0}
    with app.app_context():
        clerk, chief = signed_in(app, "town-xialiang", clock), signed_in(app, "chief-xialiang", clock)
    for turn in range(count(1000, least=8)):
        with app.app_context():
            number, version, clause_id, instrument = _reviewed_at_town(clerk, clock, today, turn)
            head = db.session.scalar(select(Account).where(Account.username == "dept-mr"))
            assert head is not None
            suspender = Actor(head.id, head.county_id, "dept-mr")
            db.session.remove()
        decided, _suspended = together(
            app,
            lambda number=number, version=version: services.decide(
                number, "granted", "", version=version, actor=chief, clock=clock, once=None
            ),
            lambda instrument=instrument, suspender=suspender: authority_services.suspend(instrument, ground="示例", actor=suspender, clock=clock),
        )
        with app.app_context():
            end = db.session.scalar(select(ClauseEnd.ends_at).where(ClauseEnd.clause_id == clause_id))
            event = db.session.scalar(
                select(CaseEvent)
                .join(Case, Case.id == CaseEvent.case_id)
                .where(Case.number == number, CaseEvent.kind == EventKind.DECIDED.value)
            )
            assert end is not None
            if event is None:
                assert isinstance(decided, NotAllowed) and decided.decision.rule == "G-17"
                wins["refused"] += 1
            else:
                assert event.clause_id == clause_id and event.occurred_at < end
                wins["decided"] += 1
            db.session.remove()
    assert sum(wins.values()) == count(1000, least=8)


def _reviewed_at_town(clerk: Any, clock: Clock, today: date, turn: int) -> tuple[str, int, int, int]:
    county = the_county()
    instrument = grants.grant(grants.TOWN, ["review", "decide"], "S-03", from_on=today, registered_at=clock.now() - timedelta(seconds=1))
    clause_id = db.session.scalar(select(Clause.id).where(Clause.instrument_id == instrument))
    assert clause_id is not None
    window = window_by_code(county.id, grants.TOWN).id
    everything = [{"code": str(seq), "got": True} for seq in range(1, 20)]
    case = services.collect("S-03", Applicant(f"示例{turn}"), everything, window_id=window, actor=clerk, clock=clock, once=None)
    names = {seq: str(seq) for seq in range(1, 20)}
    case = services.accept(case.number, everything, names, "", version=case.version, actor=clerk, clock=clock, once=None)
    case = services.review(case.number, [], "", version=case.version, actor=clerk, clock=clock, once=None)
    return case.number, case.version, clause_id, instrument


@pytest.mark.property
def test_two_windows_on_one_case(app: Flask, browse: Browse) -> None:
    agent, town = browse("village-xialiang"), browse("town-xialiang")
    for turn in range(count(1000, least=8)):
        number = story.collect(agent, name=f"陈小满{'甲' * (turn % 5)}")
        story.send(agent, number)
        mine, theirs = agent.get(f"/cases/{number}"), town.get(f"/cases/{number}")
        words = f"缺一页，请补齐再送（{turn}）"
        recalled, returned = together(
            app,
            lambda page=mine: agent.press(page, "/recall", follow=False),
            lambda page=theirs, words=words: town.press(page, "/return_leg", follow=False, kind="other", reason=words),
        )
        assert sorted([recalled.status, returned.status]) == [303, 409], (recalled.status, returned.status, recalled.words, returned.words)
        loser = returned if returned.status == 409 else recalled
        assert "撤回转出" in loser.words or "退回" in loser.words, "the page says what changed"
        if returned.status == 409:
            assert f"{words}</textarea>" in returned.text
        with app.app_context():
            case = db.session.scalar(select(Case).where(Case.number == number))
            assert case is not None and case.version == 3 and case.addressed_id is None
            assert services.rebuild(case) == []
            db.session.remove()
