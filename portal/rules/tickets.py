"""Visits and tickets at a service point: half hours, capacity, the order of the queue, waiting and serving times (N-7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.rules.decision import Decision, Reason
from portal.rules.moments import SHANGHAI, civil_date

HALF_HOUR = timedelta(minutes=30)
LEAST = 10
"""Below so many tickets there is no figure."""
MOST_OF_A_PHONE = 3
"""So many visits to come a phone can have at most."""
ELDERLY_FROM = 60
"""The age from which somebody goes first; asked, never checked by a document (老年人权益保障法, art. 2)."""


@dataclass(frozen=True, slots=True)
class VisitTerms:
    """How many visits a half hour takes at a point, and how many days ahead one can be made; dated county data (N-7)."""

    capacity: int = 4
    days_ahead: int = 14


def visit_terms(setting: Mapping[str, object] | None, point_code: str) -> VisitTerms:
    """The terms of a point: its own number, else that of the county, else four visits and fourteen days."""
    told = setting or {}
    points = told.get("points")
    own = points.get(point_code) if isinstance(points, Mapping) else None
    usual = VisitTerms()
    return VisitTerms(_whole(own, _whole(told.get("capacity"), usual.capacity)), _whole(told.get("days_ahead"), usual.days_ahead))


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and value >= 0 else otherwise


# --- half hours -------------------------------------------------------------------------------------------------------------------


def half_hours(spans: Iterable[tuple[str, str]]) -> list[str]:
    """The half hours that lie wholly within the hours of a day, each by its beginning, HH:MM."""
    found: set[str] = set()
    for opens, closes in spans:
        minute = -(-_minutes(opens) // 30) * 30
        while minute + 30 <= _minutes(closes):
            found.add(f"{minute // 60:02d}:{minute % 60:02d}")
            minute += 30
    return sorted(found)


def _minutes(text: str) -> int:
    hours, _colon, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def moment_of(on: date, at: str) -> datetime:
    """The beginning of a half hour, as an aware moment."""
    return datetime(on.year, on.month, on.day, tzinfo=SHANGHAI) + timedelta(minutes=_minutes(at))


def is_open_at(spans: Iterable[tuple[str, str]], now: datetime) -> bool:
    """Is the point open at this moment, by the hours of this day?"""
    local = now.astimezone(SHANGHAI)
    minute = local.hour * 60 + local.minute
    return any(_minutes(opens) <= minute < _minutes(closes) for opens, closes in spans)


# --- making, changing, cancelling a visit -----------------------------------------------------------------------------------------


class VisitState(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"
    ARRIVED = "arrived"


def may_book_visit(
    on: date, at: str, now: datetime, *, hours: Collection[str], taken: int, terms: VisitTerms, of_phone: int = 0
) -> Decision:
    """May a visit be made for this half hour? Within the hours of the point, to come, not too far ahead, and with a place left (N-7).

    `hours` are the half hours of that day, `taken` the visits made for this one, `of_phone` how many visits to come the phone has.
    """
    if at not in hours:
        return Decision.no(Reason.VISIT_OUTSIDE_HOURS, rule="N-7")
    if moment_of(on, at) <= now:
        return Decision.no(Reason.VISIT_IS_PAST, rule="N-7")
    if (on - civil_date(now)).days > terms.days_ahead:
        return Decision.no(Reason.VISIT_TOO_FAR_AHEAD, rule="N-7", days=terms.days_ahead)
    if taken >= terms.capacity:
        return Decision.no(Reason.VISIT_IS_FULL, rule="N-7")
    if of_phone >= MOST_OF_A_PHONE:
        return Decision.no(Reason.VISITS_OF_PHONE, rule="N-7", most=MOST_OF_A_PHONE)
    return Decision.yes()


def may_change_visit(state: VisitState, on: date, at: str, now: datetime) -> Decision:
    """May a visit be changed or cancelled? Until its half hour is over, by whoever holds its code (N-7)."""
    if state is not VisitState.BOOKED:
        return Decision.no(Reason.VISIT_IS_OVER, rule="N-7")
    return Decision.yes() if now < moment_of(on, at) + HALF_HOUR else Decision.no(Reason.VISIT_IS_PAST, rule="N-7")


def may_arrive(state: VisitState, on: date, now: datetime, *, is_open: bool) -> Decision:
    """May somebody with a visit take the ticket? On its day, once, while the point is open; early and late both, see `precedence` (N-7)."""
    if state is not VisitState.BOOKED:
        return Decision.no(Reason.VISIT_IS_OVER, rule="N-7")
    if on != civil_date(now):
        return Decision.no(Reason.VISIT_OTHER_DAY, rule="N-7", day=on.isoformat())
    return may_take_ticket(is_open=is_open)


# --- the queue --------------------------------------------------------------------------------------------------------------------


class TicketState(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    DONE = "done"
    NO_SHOW = "no_show"

    @property
    def is_at_window(self) -> bool:
        return self in (TicketState.CALLED, TicketState.SERVING)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket that waits; `visit_at` is the beginning of the half hour of an appointment."""

    id: int
    issued_at: datetime
    is_elderly: bool = False
    visit_at: datetime | None = None
    body_id: int | None = None


def precedence(one: Waiting, now: datetime) -> int:
    """0 the elderly, 1 an appointment at its half hour (who came before the half hour was over keeps it), 2 everybody else (N-7)."""
    if one.is_elderly:
        return 0
    is_due = one.visit_at is not None and one.visit_at <= now and one.issued_at < one.visit_at + HALF_HOUR
    return 1 if is_due else 2


def in_order(waiting: Iterable[Waiting], now: datetime) -> list[Waiting]:
    """The queue: by precedence; appointments by their half hour, else who came first (N-7)."""
    return sorted(waiting, key=lambda one: (rank := precedence(one, now), (one.visit_at or one.issued_at) if rank == 1 else one.issued_at, one.id))


def served_by(waiting: Iterable[Waiting], *, is_general: bool, bodies: Collection[int]) -> list[Waiting]:
    """Those that a window serves: a general one everybody, another those of its bodies and those without a matter."""
    return [one for one in waiting if is_general or one.body_id is None or one.body_id in bodies]


def may_take_ticket(*, is_open: bool) -> Decision:
    """May a ticket be taken now? While the point is open (N-7)."""
    return Decision.yes() if is_open else Decision.no(Reason.TICKET_POINT_CLOSED, rule="N-7")


def may_call_next(*, at_window: Collection[TicketState], queue: Sequence[Waiting], is_own: bool = True) -> Decision:
    """May this person's window call the next? With nobody in front of it, and somebody waiting that it serves (N-7)."""
    if not is_own:
        return Decision.no(Reason.NOT_YOURS, rule="N-7")
    if any(state.is_at_window for state in at_window):
        return Decision.no(Reason.TICKET_AT_WINDOW, rule="N-7")
    return Decision.yes() if queue else Decision.no(Reason.NOBODY_WAITS, rule="N-7")


NEEDS = {TicketState.SERVING: TicketState.CALLED, TicketState.NO_SHOW: TicketState.CALLED, TicketState.DONE: TicketState.SERVING}
"""step → where the ticket must stand for it: called, then served or nobody came; served, then done."""


def may_step(state: TicketState, step: TicketState, *, is_own: bool) -> Decision:
    """May the window begin with a ticket, end it, or say that nobody came? The one that called it, in this order (N-7)."""
    if not is_own:
        return Decision.no(Reason.TICKET_OF_ANOTHER_WINDOW, rule="N-7")
    return Decision.yes() if NEEDS.get(step) is state else Decision.no(Reason.TICKET_NOT_AT_THIS_STEP, rule="N-7")


# --- waiting and serving ------------------------------------------------------------------------------------------------------------


def waited(one: Waiting, called_at: datetime) -> int:
    """Whole seconds from the ticket, or from the half hour of an appointment that came early, to the call."""
    since = max(one.issued_at, one.visit_at) if one.visit_at is not None else one.issued_at
    return max(0, int((called_at - since).total_seconds()))


@dataclass(frozen=True, slots=True)
class Times:
    """How long people waited or were served: median and 90th percentile in seconds, and of how many tickets; None below ten."""

    n: int
    median: int | None
    p90: int | None


def percentile(ordered: Sequence[int], share: int) -> int:
    """The nearest rank: the smallest value such that at least `share` percent are no greater. ValueError for no values."""
    if not ordered:
        raise ValueError("no values have no percentile")
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def times(seconds: Iterable[int], *, least: int = LEAST) -> Times:
    """Median and 90th percentile, where there are enough (N-7, M-1)."""
    ordered = sorted(seconds)
    if len(ordered) < least:
        return Times(len(ordered), None, None)
    return Times(len(ordered), percentile(ordered, 50), percentile(ordered, 90))
