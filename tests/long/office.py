"""A worker of the long race: a process in which several people act at random on whatever cases there are, until it is told to stop or killed.

Prints one line for each act that was committed: the number of the case and its version afterwards.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Account
from portal.audit import Actor
from portal.authority import services as authority_services
from portal.cases import services
from portal.cases.models import Case
from portal.cases.services import Applicant
from portal.config import load_config
from portal.database import AlreadyDone, KeyReused, NotFound, Once, Stale, db
from portal.network.models import Window
from portal.rules.decision import NotAllowed
from portal.rules.handoffs import ReturnReason
from tests.cases import grants
from tests.people import signed_in

PEOPLE = ("village-xialiang", "town-xialiang", "chief-xialiang", "window-mr", "chief-mr")
MATERIALS = [{"code": str(seq), "got": True} for seq in range(1, 20)]
NAMES = {seq: str(seq) for seq in range(1, 20)}
VERBS = (
    ["collect"] * 2 + ["hand_off"] * 6 + ["receive"] * 6 + ["return_leg", "recall", "take"] + ["accept"] * 4 + ["review"] * 4 + ["decide"] * 4
    + ["certify"] * 4 + ["deliver"] * 4 + ["entrust", "suspend"]
)  # fmt: skip


class Office:
    """The people of one process, and what they do next."""

    def __init__(self, app: Any, seed: int) -> None:
        self.clock = app.extensions["clock"]
        self.chance = random.Random(seed)
        self.people = {name: signed_in(app, name, self.clock) for name in PEOPLE}
        self.windows = list(db.session.scalars(select(Window.id).where(Window.code.in_(self._codes()))))
        self.head = db.session.scalars(select(Account).where(Account.username == "dept-mr")).one().id
        self.county = self.people["chief-mr"].county_id
        self.instruments: list[int] = []
        self.refused: Counter[str] = Counter()
        grants._serial = count(seed)  # the numbers of its papers are its own
        db.session.rollback()

    def _codes(self) -> list[str]:
        ids = [posting.window_id for person in self.people.values() for posting in person.postings]
        return list(db.session.scalars(select(Window.code).where(Window.id.in_(ids))))

    def once(self, person: Any) -> Once | None:
        """Sometimes a key that was used before, with the same or another body."""
        if self.chance.random() < 0.5:
            return None
        body = self.chance.choice("ab")
        return Once(f"account:{person.account_id}", f"key-{self.chance.randrange(10**4)}", f"verb-{body}", body * 64)

    def step(self) -> None:
        verb, person = self.chance.choice(VERBS), self.chance.choice(list(self.people.values()))
        try:
            self.act(verb, person)
        except (NotAllowed, Stale, NotFound, AlreadyDone, KeyReused, ValueError) as refused:
            self.refused[type(refused).__name__] += 1
        finally:
            db.session.remove()

    def act(self, verb: str, person: Any) -> None:
        chance, clock, once = self.chance, self.clock, self.once(person)
        if verb == "entrust":
            registered = clock.now() - timedelta(seconds=1)
            self.instruments.append(
                grants.grant(grants.TOWN, ["review", "decide"], "S-03", from_on=clock.today(), registered_at=registered)
            )
            return
        if verb == "suspend":
            if self.instruments:
                actor = Actor(self.head, self.county, "dept-mr")
                authority_services.suspend(self.instruments.pop(), ground="示例", actor=actor, clock=clock)
            return
        if verb == "collect":
            window = chance.choice(person.postings).window_id
            case = services.collect("S-03", Applicant("示例"), MATERIALS, window_id=window, actor=person, clock=clock, once=once)
            print(case.number, case.version, flush=True)
            return
        columns = (Case.number, Case.version, Case.holder_id, Case.addressed_id)
        open_cases = db.session.execute(select(*columns).where(Case.is_open).order_by(Case.id.desc()).limit(6)).all()
        db.session.rollback()
        if not open_cases:
            return
        number, version, holder, addressed = chance.choice(open_cases)
        near = [each for each in self.people.values() if each.window_ids & {addressed or holder}]
        if near and chance.random() < 0.8:  # mostly somebody who could, at times anybody
            person = chance.choice(near)
        version -= chance.random() < 0.1  # a form that was drawn long ago
        given: dict[str, Any] = {"version": version, "actor": person, "clock": clock, "once": once}
        more: dict[str, tuple[Any, ...]] = {
            "hand_off": (chance.choice(self.windows), "示例", ()),
            "return_leg": (chance.choice(list(ReturnReason)), "示例", ""),
            "accept": (MATERIALS, NAMES, ""),
            "review": ((), ""),
            "decide": ("granted", ""),
            "deliver": ("applicant", ""),
        }
        case = getattr(services, verb)(number, *more.get(verb, ()), **given)
        print(case.number, case.version, flush=True)


def main() -> None:
    from app import create_app

    app = create_app(load_config(os.environ))
    with app.app_context():
        office = Office(app, int(sys.argv[1]))
        for _ in range(int(sys.argv[2])):
            office.step()
        print(f"# {dict(office.refused)}", file=sys.stderr)


if __name__ == "__main__":
    main()
