"""Visits as the enterprise meets them: what the code of a notice says, reports of visits without one, ratings (Q-6, Q-7).

The software takes no side: a report is what somebody said, an answer is what the supervisor found, and neither is called an offence here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.rules.decision import Decision, Reason
from portal.rules.disputes import published
from portal.rules.inspection_plans import PlanState
from portal.rules.rating import Satisfaction

LOOK_LASTS = timedelta(minutes=30)
"""So long an enterprise without an account looks at its own space after it gave its code and one of a notice; wall time."""


# --- what a code says ---------------------------------------------------------------------------------------------------------------


class NoticeState(StrEnum):
    """Where a visit stands for whoever checks the code of its notice."""

    AHEAD = "ahead"
    TODAY = "today"
    UNDER_WAY = "under_way"
    OVER = "over"
    CANCELLED = "cancelled"
    TURNED_AWAY = "turned_away"
    PAST = "past"  # its days are over and nobody came


_SAID = {
    PlanState.CANCELLED: NoticeState.CANCELLED,
    PlanState.TURNED_AWAY: NoticeState.TURNED_AWAY,
    PlanState.UNDER_WAY: NoticeState.UNDER_WAY,
    PlanState.VISITED: NoticeState.OVER,
    PlanState.TOLD: NoticeState.OVER,
}


def notice_state(state: PlanState, first: date, last: date, today: date) -> NoticeState:
    """What the code of a filed plan's notice says on a day: a code is good on the days that it names, and on no other (Q-6)."""
    if state in _SAID:
        return _SAID[state]
    if today < first:
        return NoticeState.AHEAD
    return NoticeState.TODAY if today <= last else NoticeState.PAST


# --- reports ------------------------------------------------------------------------------------------------------------------------


class ReportState(StrEnum):
    """Where a report stands."""

    OPEN = "open"
    ANSWERED = "answered"


class Subject(StrEnum):
    """What a report asks of the supervisor: to look into a visit, or into a visit that was turned away, which is a case of supervision."""

    VISIT = "visit"
    REFUSED = "refused"


def subject_of(*, turned_away: bool) -> Subject:
    """Whoever turned inspectors away opens a supervision case by saying so; the case asks both sides (Q-6)."""
    return Subject.REFUSED if turned_away else Subject.VISIT


def may_report(came_on: date, today: date) -> Decision:
    """May a visit of this day be reported? Once somebody came; however long ago that was (Q-6)."""
    return Decision.yes() if came_on <= today else Decision.no(Reason.REPORT_IS_AHEAD, rule="Q-6", day=came_on)


def may_answer_report(state: ReportState) -> Decision:
    """May the supervisor answer? Once: what was answered stands as it was read (Q-6)."""
    return Decision.yes() if state is ReportState.OPEN else Decision.no(Reason.REPORT_IS_ANSWERED, rule="Q-6")


# --- ratings ------------------------------------------------------------------------------------------------------------------------


def may_rate_visit(state: PlanState, *, is_rated: bool, by_staff: bool) -> Decision:
    """May a visit be rated now? After it took place, once, by whoever was visited and no staff (Q-6)."""
    if by_staff:
        return Decision.no(Reason.STAFF_RATES_NOTHING, rule="Q-6")
    if state not in (PlanState.VISITED, PlanState.TOLD):
        return Decision.no(Reason.RATED_AFTERWARDS, rule="Q-6")
    if is_rated:
        return Decision.no(Reason.RATED_ALREADY, rule="Q-6")
    return Decision.yes()


@dataclass(frozen=True, slots=True)
class Sums:
    """How many ratings of each level; None where there are so few that one could be known. `number` is None as soon as one is left out,
    for the sum would give it away (Q-6, O-3)."""

    by_level: Mapping[Satisfaction, int | None]
    number: int | None


def sums(levels: Iterable[Satisfaction]) -> Sums:
    """Ratings as the supervisor reads them."""
    counted = dict.fromkeys(Satisfaction, 0)
    for level in levels:
        counted[level] += 1
    told = {level: number if number == 0 else published(number) for level, number in counted.items()}
    return Sums(told, None if None in told.values() else sum(counted.values()))
