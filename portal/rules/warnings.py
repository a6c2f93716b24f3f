"""Who is told of a clock that runs out, and what: yellow, red, overdue; one digest a day per person (C-5).

A digest holds numbers of cases, colors and due days: nothing that says whom a matter is about (C-18).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from portal.rules.clocks import Warn

SHOWN = 12
"""So many cases a digest names, the worst first; all are counted."""

AccountId = int
RANK = {Warn.OVERDUE: 0, Warn.RED: 1, Warn.YELLOW: 2}


class Told(StrEnum):
    """How somebody stands to a case."""

    HOLDER = "holder"
    """The assignee, or where there is none the people of the window that holds it."""
    CHIEF = "chief"
    """The chief representative of the body at that point, and who stands in."""
    LEADER = "leader"
    """The leader in charge of the body."""
    SUPERVISOR = "supervisor"


TOLD: Mapping[Warn, frozenset[Told]] = {
    Warn.NONE: frozenset(),
    Warn.YELLOW: frozenset({Told.HOLDER}),
    Warn.RED: frozenset({Told.HOLDER, Told.CHIEF}),
    Warn.OVERDUE: frozenset({Told.HOLDER, Told.CHIEF, Told.LEADER, Told.SUPERVISOR}),
}
"""The table of C-5."""


@dataclass(frozen=True, slots=True)
class Around:
    """Who stands how to a case on a day: the people of its window, and those above."""

    assignee: AccountId | None = None
    people: frozenset[AccountId] = frozenset()
    chiefs: frozenset[AccountId] = frozenset()
    leaders: frozenset[AccountId] = frozenset()
    supervisors: frozenset[AccountId] = frozenset()

    @property
    def holders(self) -> frozenset[AccountId]:
        """The assignee while at the window, else everybody there: a case in nobody's hands is everybody's."""
        return frozenset({self.assignee}) if self.assignee is not None and self.assignee in self.people else self.people


def told(warn: Warn, around: Around) -> frozenset[AccountId]:
    """Everybody who is told of a case of this color (C-5)."""
    groups = {
        Told.HOLDER: around.holders, Told.CHIEF: around.chiefs, Told.LEADER: around.leaders, Told.SUPERVISOR: around.supervisors,
    }  # fmt: skip
    return frozenset(each for group in TOLD[warn] for each in groups[group])


@dataclass(frozen=True, slots=True)
class CaseDue:
    """A case as a digest names it."""

    number: str
    warn: Warn
    due_on: date

    @property
    def rank(self) -> tuple[int, date, str]:
        """The worst first: by color, then the day, then the number."""
        return RANK[self.warn], self.due_on, self.number


@dataclass(slots=True)
class Digest:
    """What one person is told on one day. It does not grow with the number of cases."""

    counts: dict[Warn, int] = field(default_factory=dict)
    worst: list[CaseDue] = field(default_factory=list)

    def add(self, case: CaseDue) -> None:
        """Count a case, and keep it if it is among the worst."""
        self.counts[case.warn] = self.counts.get(case.warn, 0) + 1
        if len(self.worst) < SHOWN or case.rank < self.worst[-1].rank:
            self.worst = sorted([*self.worst, case], key=lambda each: each.rank)[:SHOWN]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def digests(cases: Iterable[tuple[CaseDue, Collection[AccountId]]]) -> dict[AccountId, Digest]:
    """account → its digest, from the cases and whom each is told to. Memory grows with people, not with cases."""
    found: dict[AccountId, Digest] = {}
    for case, people in cases:
        for person in people:
            found.setdefault(person, Digest()).add(case)
    return found


def digest_key(on: date, person: str) -> str:
    """What makes a digest one: the day and the person (C-5)."""
    return f"warnings:{on.isoformat()}:{person}"
