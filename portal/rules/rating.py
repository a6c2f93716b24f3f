"""Rating (好差评): whom it is open to, the five levels and their codes, and what a bad one sets going (V-6, C-19, S-9)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from portal.rules.deadlines import Limit, Unit, due_date
from portal.rules.decision import Decision, Reason
from portal.rules.working_days import Calendar

CALL_BACK = Limit(1, Unit.WORKING)
"""When who rated badly is called back, at the latest; county data may say another."""
SET_RIGHT = Limit(15, Unit.WORKING)
"""When it is set right, at the latest; county data may say another."""
STARS = 5


class Satisfaction(IntEnum):
    """The five levels with their codes of GB/T 39046-2020: 1 is the best (S-9)."""

    VERY_SATISFIED = 1
    SATISFIED = 2
    ROUGHLY_SATISFIED = 3
    DISSATISFIED = 4
    VERY_DISSATISFIED = 5

    @property
    def is_bad(self) -> bool:
        return self >= Satisfaction.DISSATISFIED

    @property
    def stars(self) -> int:
        """Stars run the other way: five are the best."""
        return STARS + 1 - self

    @classmethod
    def of_stars(cls, stars: int) -> Satisfaction:
        """The level of so many stars; ValueError for any other number."""
        return cls(STARS + 1 - stars)


class Service(StrEnum):
    """What is rated: a matter that was applied for online, or the service at the points that handled it."""

    ONLINE = "online"
    ON_SITE = "on_site"


class Step(StrEnum):
    """What the center does about a bad rating; each once, and recorded."""

    CALLED_BACK = "called_back"
    SET_RIGHT = "set_right"
    SET_ASIDE = "set_aside"


def may_rate(*, is_closed: bool, is_refused: bool, is_rated: bool, by_staff: bool) -> Decision:
    """May this service be rated now? Once, by whoever was served: when it is over, also when it was refused or turned away (V-6)."""
    if by_staff:
        return Decision.no(Reason.STAFF_RATES_NOTHING, rule="V-6")
    if is_rated:
        return Decision.no(Reason.RATED_ALREADY, rule="V-6")
    if not (is_closed or is_refused):
        return Decision.no(Reason.RATED_AFTERWARDS, rule="V-6")
    return Decision.yes()


def may_answer(step: Step, satisfaction: Satisfaction, done: Collection[Step], note: str) -> Decision:
    """May the center record this step about a rating? Bad ones are called back, then set right; any is set aside, with evidence only.
    The words of who rated stay readable whatever follows (V-6)."""
    if step in done:
        return Decision.no(Reason.STEP_IS_DONE, rule="V-6")
    if step is Step.SET_ASIDE:
        return Decision.yes() if note.strip() else Decision.no(Reason.SET_ASIDE_NEEDS_EVIDENCE, rule="V-6")
    if not satisfaction.is_bad or Step.SET_ASIDE in done:
        return Decision.no(Reason.NOT_A_BAD_RATING, rule="V-6")
    if step is Step.SET_RIGHT and Step.CALLED_BACK not in done:
        return Decision.no(Reason.CALL_BACK_FIRST, rule="V-6")
    if step is Step.SET_RIGHT and not note.strip():
        return Decision.no(Reason.SET_RIGHT_NEEDS_WORDS, rule="V-6")
    return Decision.yes()


@dataclass(frozen=True, slots=True)
class Open:
    """What a bad rating still waits for, and until when."""

    step: Step
    due_on: date

    def is_late(self, today: date) -> bool:
        return today > self.due_on


def waits_for(
    satisfaction: Satisfaction, rated_on: date, done: Collection[Step], calendar: Calendar, *, call_back: Limit = CALL_BACK,
    set_right: Limit = SET_RIGHT,
) -> Open | None:  # fmt: skip
    """The next step about a rating with its last day; None where none is due: it is good, set right or set aside (V-6)."""
    if not satisfaction.is_bad or Step.SET_RIGHT in done or Step.SET_ASIDE in done:
        return None
    if Step.CALLED_BACK not in done:
        return Open(Step.CALLED_BACK, due_date(rated_on, call_back, calendar).due)
    return Open(Step.SET_RIGHT, due_date(rated_on, set_right, calendar).due)


@dataclass(frozen=True, slots=True)
class Tally:
    """Ratings counted: per level, without those set aside, and those apart. Who did not rate is in no number (V-6)."""

    by_level: Mapping[Satisfaction, int]
    set_aside: int

    @property
    def number(self) -> int:
        return sum(self.by_level.values())


def tally(ratings: Iterable[tuple[Satisfaction, bool]]) -> Tally:
    """(level, set aside?) of each rating that was given."""
    by_level = dict.fromkeys(Satisfaction, 0)
    aside = 0
    for satisfaction, is_aside in ratings:
        if is_aside:
            aside += 1
        else:
            by_level[satisfaction] += 1
    return Tally(by_level, aside)
