"""The visit: door, paper notice, result, order, penalty, alarms (Q-5 afterwards, Q-6, Q-8, Q-11).

Whether the day is open is `quiet_days.may_inspect`, asked again at the door by the service; here comes only its answer.

The choices that the domain leaves, all in one place:

- A visit is entered on one of the days of its plan. Leaving is never refused: nobody is to stay longer because a form says so.
- An order can be corrected before the inspectors' eyes; then there is nothing left to check, and the breach counts as corrected.
- A breach is what the benchmarks of one code without its last part name (`MR-01-1`, `MR-01-2`: grades of `MR-01`). *First*: no earlier
  penalty of that breach at that enterprise, whatever its grade.
- A first, slight breach of the county's list whose order still runs is not fined either: whether it is corrected is not known yet.
- In the alarms of Q-11 a joint visit is one. A recheck counts: it belongs to its first visit for the cap, but the enterprise is disturbed
  once more, and an alarm forbids nothing. What is no inspection does not count, as it is outside every cap. Weeks begin on Monday.
- A visit without a finding has the result "nothing found"; one without a result is not known to be fruitless. Rechecks are not: that all is
  corrected is what they are for. An explanation covers the visits it was given for; one more without a finding asks for the next.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.rules.authority import Office, OfficeHeld
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.inspection_plans import Outcome, PlanState
from portal.rules.moments import civil_date
from portal.rules.quiet_days import Kind
from portal.rules.working_days import Calendar

TELL_WITHIN = 5
"""Working days after leaving within which the enterprise is told the result (Q-8)."""
CODE_WITHIN = timedelta(hours=24)
"""Within which the code follows a visit on paper (Q-6)."""
CODE_AT_LAST = timedelta(days=10)
"""Within which it follows at the latest, with the reason (Q-6)."""
MOST_NOTICES = 50
"""So many paper notices are drawn, and printed, at once."""
MOST_A_YEAR = 9999
"""So many numbers a body has in a year: four digits."""
FRUITLESS = 3
"""Visits of one inspector in a calendar year without a finding, after which the next routine one is explained first (Q-11)."""


# --- at the door (Q-6) --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Door:
    """What the rules ask about a plan at the door. `goes`: the person who asks is one of its inspectors."""

    state: PlanState
    first: date
    last: date
    is_announced: bool
    has_code: bool
    is_shown: bool
    goes: bool

    @property
    def is_open_to_check(self) -> bool:
        """Can the enterprise check the code of the notice?"""
        return self.has_code and (self.is_announced or self.is_shown)


def _at_the_door(door: Door, today: date) -> Decision:
    if not door.goes:
        return Decision.no(Reason.VISIT_NOT_GOING, rule="Q-6")
    if door.state is not PlanState.FILED:
        return Decision.no(Reason.PLAN_NOT_AT_THIS_STEP, rule="Q-6")
    if not door.has_code:
        return Decision.no(Reason.VISIT_WITHOUT_CODE, rule="Q-6")
    if not door.first <= today <= door.last:
        return Decision.no(Reason.VISIT_NOT_ON_ITS_DAY, rule="Q-6", first=door.first, last=door.last)
    return Decision.yes()


def may_show_code(door: Door, today: date, answer: Decision) -> Decision:
    """May the code of an unannounced plan be shown at the door now? `answer`: what the one question of inspections says of today."""
    at_door = _at_the_door(door, today)
    if not at_door:
        return at_door
    if door.is_announced or door.is_shown:
        return Decision.no(Reason.PLAN_NOT_AT_THIS_STEP, rule="Q-6")
    return answer


def may_enter(door: Door, today: date, answer: Decision) -> Decision:
    """May the inspectors enter now? On the plan's days, with a code that the enterprise can check, if today is still allowed (Q-1, Q-6)."""
    at_door = _at_the_door(door, today)
    if not at_door:
        return at_door
    if not door.is_open_to_check:
        return Decision.no(Reason.VISIT_CODE_NOT_SHOWN, rule="Q-6")
    return answer


def may_leave(door: Door) -> Decision:
    """May the inspectors say that they left?"""
    if not door.goes:
        return Decision.no(Reason.VISIT_NOT_GOING, rule="Q-6")
    return Decision.yes() if door.state is PlanState.UNDER_WAY else Decision.no(Reason.PLAN_NOT_AT_THIS_STEP, rule="Q-6")


def may_be_turned_away(door: Door, today: date, said: str) -> Decision:
    """May it be written down that the enterprise turned the inspectors away? With what was said; only after they showed a code (Q-6)."""
    at_door = _at_the_door(door, today)
    if not at_door:
        return at_door
    if not door.is_open_to_check:
        return Decision.no(Reason.VISIT_CODE_NOT_SHOWN, rule="Q-6")
    return Decision.yes() if said.strip() else Decision.no(Reason.VISIT_NEEDS_WORDS, rule="Q-6")


# --- numbered paper notices, and the code that follows (Q-5, Q-6) ---------------------------------------------------------------------

_NOTICE = re.compile(r"([A-Z][A-Z0-9]{0,19})-?(\d{4})-?(\d{4})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class NoticeNumber:
    """The number of a blank paper notice: body, year, its place in the year."""

    body: str
    year: int
    serial: int

    def __str__(self) -> str:
        return f"{self.body}-{self.year}-{self.serial:04d}"

    @classmethod
    def of(cls, text: str) -> NoticeNumber | None:
        """MR-2026-0007, with or without the dashes, in any case; None for anything else."""
        found = _NOTICE.fullmatch(text.strip().upper())
        return None if found is None else cls(found[1], int(found[2]), int(found[3]))


@dataclass(frozen=True, slots=True)
class NoticeNow:
    """What is known of a paper notice: the body that drew it and when, and whether it was used."""

    body: int
    drawn_at: datetime
    is_used: bool = False


def may_draw_notices(first: int, number: int, *, has_certificate: bool) -> Decision:
    """May the next `number` numbers of a year, from `first` on, be drawn? By an inspector with a certificate that holds (Q-6)."""
    if not has_certificate:
        return Decision.no(Reason.NO_ENFORCEMENT_CERTIFICATE, rule="Q-6")
    return Decision.yes() if first + number - 1 <= MOST_A_YEAR else Decision.no(Reason.NOTICES_ALL_DRAWN, rule="Q-6")


def may_use_notice(notice: NoticeNow | None, body: int, entered_at: datetime) -> Decision:
    """Can a visit that began at this moment have been made with this paper notice? Each number once (Q-6)."""
    if notice is None:
        return Decision.no(Reason.NOTICE_UNKNOWN, rule="Q-6")
    if notice.body != body:
        return Decision.no(Reason.NOTICE_OF_ANOTHER, rule="Q-6")
    if notice.is_used:
        return Decision.no(Reason.NOTICE_USED, rule="Q-6")
    if entered_at < notice.drawn_at:
        return Decision.no(Reason.NOTICE_DRAWN_AFTER, rule="Q-6")
    return Decision.yes()


def may_write_on_paper(door: Door, entered_at: datetime, left_at: datetime, now: datetime, why: str) -> Decision:
    """May a filed visit that was made with a paper notice, for want of a network, be written down now? (Q-6)

    However late: what took place is written down, and counted. For the same reason a day that was not open refuses nothing here; it is kept
    with the visit and shown.
    """
    day = civil_date(entered_at)
    at_door = _at_the_door(door, day)
    if not at_door:
        return at_door
    if not entered_at <= left_at <= now:
        return Decision.no(Reason.VISIT_TIMES_WRONG, rule="Q-6")
    if not why.strip():
        return Decision.no(Reason.VISIT_NEEDS_WORDS, rule="Q-6")
    return Decision.yes()


class CodeState(StrEnum):
    """How the code stands that follows a visit on paper (Q-6)."""

    DUE = "due"
    IN_TIME = "in_time"
    LATE = "late"
    OVER = "over"

    @property
    def is_late(self) -> bool:
        return self in (CodeState.LATE, CodeState.OVER)


def code_state(visited_at: datetime, code_at: datetime | None, now: datetime) -> CodeState:
    """In time within 24 hours, late within ten days (and then with its reason), over after that; due while it can still be in time (Q-6)."""
    took = (code_at or now) - visited_at
    if took > CODE_AT_LAST:
        return CodeState.OVER
    if took > CODE_WITHIN:
        return CodeState.LATE
    return CodeState.DUE if code_at is None else CodeState.IN_TIME


def may_explain_code(state: CodeState, reason: str, *, goes: bool) -> Decision:
    """May the reason be given why a code follows late? By an inspector of the visit, once it is late (Q-6)."""
    if not goes:
        return Decision.no(Reason.VISIT_NOT_GOING, rule="Q-6")
    if not state.is_late:
        return Decision.no(Reason.CODE_NOT_LATE, rule="Q-6")
    return Decision.yes() if reason.strip() else Decision.no(Reason.VISIT_NEEDS_WORDS, rule="Q-6")


# --- the result (Q-8) -----------------------------------------------------------------------------------------------------------------

RECORDED_AS = (Outcome.NOTHING_FOUND, Outcome.CORRECTION, Outcome.PENALTY, Outcome.CASE_FILED)
"""What inspectors can record. `PENALTY`: a breach that they put before the head of the body, who decides on it."""
BREACH = frozenset({Outcome.CORRECTION, Outcome.PENALTY, Outcome.CASE_FILED})


@dataclass(frozen=True, slots=True)
class Ordered:
    """What an enterprise was ordered to correct, and by when; `at_once`: it was corrected before the inspectors left."""

    what: str = ""
    due_on: date | None = None
    at_once: bool = False


def may_record(door: Door, outcome: Outcome, findings: str, order: Ordered, today: date, *, is_settled: bool) -> Decision:
    """May this be recorded as the result? Nothing found is one; correction comes first: it needs its order, or was made at once (Q-8).

    Until the enterprise is told it can be recorded anew; no longer once an order was checked or a penalty decided (`is_settled`).
    """
    if not door.goes:
        return Decision.no(Reason.VISIT_NOT_GOING, rule="Q-8")
    if door.state is not PlanState.VISITED or is_settled:
        return Decision.no(Reason.PLAN_NOT_AT_THIS_STEP, rule="Q-8")
    if not findings.strip():
        return Decision.no(Reason.VISIT_NEEDS_WORDS, rule="Q-8")
    is_ordered = bool(order.what.strip()) and order.due_on is not None
    if outcome is Outcome.NOTHING_FOUND and (order.what.strip() or order.due_on is not None or order.at_once):
        return Decision.no(Reason.RESULT_WITHOUT_BREACH, rule="Q-8")
    if bool(order.what.strip()) != (order.due_on is not None) or (outcome is Outcome.CORRECTION and not (is_ordered or order.at_once)):
        return Decision.no(Reason.RESULT_NEEDS_ORDER, rule="Q-8")
    if order.due_on is not None and order.due_on < today:
        return Decision.no(Reason.RESULT_ORDER_IN_PAST, rule="Q-8", today=today)
    return Decision.yes()


def tell_by(left_at: datetime, calendar: Calendar) -> date:
    """The last day on which the enterprise is told the result in time: the fifth working day after it was left (Q-8)."""
    return calendar.add_working_days(civil_date(left_at), TELL_WITHIN)


def is_told_late(left_at: datetime, told_at: datetime | None, now: datetime, calendar: Calendar) -> bool:
    """Was, or is, the enterprise told late? (Q-8)"""
    return civil_date(told_at or now) > tell_by(left_at, calendar)


def late_before(today: date, calendar: Calendar) -> date:
    """The last day on which a visit was left whose result is late if it is not told yet (Q-8): one comparison for a whole list."""
    day = today
    while calendar.add_working_days(day, TELL_WITHIN) >= today:
        day -= timedelta(days=1)
    return day


def may_tell(door: Door, *, is_recorded: bool) -> Decision:
    """May it be said that the enterprise was told? Once the result is recorded; late is counted, not refused (Q-8)."""
    if not door.goes:
        return Decision.no(Reason.VISIT_NOT_GOING, rule="Q-8")
    if door.state is not PlanState.VISITED:
        return Decision.no(Reason.PLAN_NOT_AT_THIS_STEP, rule="Q-8")
    return Decision.yes() if is_recorded else Decision.no(Reason.RESULT_NOT_RECORDED, rule="Q-8")


class Correction(StrEnum):
    """How the correction of a breach stands; `AT_ONCE`: made before the inspectors left, without an order."""

    NOT_ORDERED = "not_ordered"
    AT_ONCE = "at_once"
    RUNS = "runs"
    CORRECTED = "corrected"
    NOT_CORRECTED = "not_corrected"


def correction_of(orders: Collection[bool | None], *, at_once: bool) -> Correction:
    """How the correction of a visit's breach stands: for each order whether it was followed, None while it was not checked."""
    if not orders:
        return Correction.AT_ONCE if at_once else Correction.NOT_ORDERED
    if any(each is None for each in orders):
        return Correction.RUNS
    return Correction.CORRECTED if all(orders) else Correction.NOT_CORRECTED


class HowChecked(StrEnum):
    """How it was checked that an order was followed."""

    PAPERS = "papers"
    RECHECK = "recheck"


def may_check_order(*, of_body: bool, is_checked: bool, how: HowChecked, is_rechecked: bool) -> Decision:
    """May the outcome of an order be written down? By an inspector of the body, once; by a recheck only after one was made (Q-3, Q-8)."""
    if not of_body:
        return Decision.no(Reason.NOT_YOURS, rule="Q-8")
    if is_checked:
        return Decision.no(Reason.ORDER_CHECKED, rule="Q-8")
    if how is HowChecked.RECHECK and not is_rechecked:
        return Decision.no(Reason.ORDER_WITHOUT_RECHECK, rule="Q-8")
    return Decision.yes()


@dataclass(frozen=True, slots=True)
class FirstVisit:
    """The visit to which a recheck belongs: its body, enterprise and matter, and how many of its orders are open."""

    body: int
    enterprise: int
    matter: str
    open_orders: int
    is_recheck: bool = False


def check_recheck(first: FirstVisit | None, *, body: int, enterprise: int, matter: str) -> Decision:
    """Is this a recheck limited to ordered corrections? Same body, enterprise and matter, while an order is open; of a visit that is not
    one itself (Q-3)."""
    if first is None or (first.body, first.enterprise, first.matter) != (body, enterprise, matter):
        return Decision.no(Reason.RECHECK_OF_ANOTHER, rule="Q-3")
    if first.is_recheck or not first.open_orders:
        return Decision.no(Reason.RECHECK_WITHOUT_ORDER, rule="Q-3")
    return Decision.yes()


# --- penalties (Q-8) --------------------------------------------------------------------------------------------------------------------

_YUAN = re.compile(r"(\d{1,10})(?:\.(\d{1,2}))?", re.ASCII)
SLIGHT = "slight"


def fen_of(text: str) -> int | None:
    """An amount of yuan in whole fen: 5000 → 500000, 50.5 → 5050; None for anything else (F-5)."""
    found = _YUAN.fullmatch(text.strip().replace(",", ""))
    return None if found is None else int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def breach_of(code: str) -> str:
    """The breach that a benchmark is a grade of: its code without the last part."""
    return code.rpartition("-")[0] or code


@dataclass(frozen=True, slots=True)
class BenchmarkTerms:
    """A published benchmark (裁量基准) of one grade of a breach, with the days on which it holds."""

    code: str
    body: int
    matter: str
    grade: str
    lower_fen: int
    upper_fen: int
    is_first_free: bool
    from_on: date
    until_on: date | None = None

    def holds(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


def may_penalise(
    state: PlanState, outcome: Outcome | None, body: int, offices: Iterable[OfficeHeld], *, account: int, went: Collection[int]
) -> Decision:
    """May this account decide on a penalty? The head of the body, who did not go and drafted nothing, after a breach was recorded (Q-8).
    `went`: the accounts of its inspectors and of who drafted the plan."""
    held = next((each for each in offices if each.office is Office.HEAD_OF_AGENCY and each.body_id == body), None)
    if held is None:
        return Decision.no(Reason.PENALTY_BY_HEAD, rule="Q-8")
    if account in went:
        return Decision.no(Reason.PENALTY_BY_WHO_WENT, rule="Q-8")
    if state not in (PlanState.VISITED, PlanState.TOLD):
        return Decision.no(Reason.PLAN_NOT_AT_THIS_STEP, rule="Q-8")
    if outcome not in BREACH:
        return Decision.no(Reason.PENALTY_WITHOUT_BREACH, rule="Q-8")
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id))


def check_penalty(
    benchmark: BenchmarkTerms | None, amount_fen: int, *, body: int, matter: str, visited: date, is_first: bool, is_decided: bool,
    correction: Correction, ground: str,
) -> Decision:  # fmt: skip
    """Can this be fined by the published benchmark of the day of the visit? (Q-8)

    A first, slight, corrected breach of the county's list is not fined, nor while its order runs; a first penalty is at the lower bound;
    none lies outside the range; one without an order before it needs a ground. `is_decided`: this visit was fined for the breach already.
    """
    if benchmark is None or (benchmark.body, benchmark.matter) != (body, matter) or not benchmark.holds(visited):
        return Decision.no(Reason.PENALTY_NOT_PUBLISHED, rule="Q-8")
    if is_decided:
        return Decision.no(Reason.PENALTY_DECIDED, rule="Q-8")
    if is_first and benchmark.grade == SLIGHT and benchmark.is_first_free:
        if correction in (Correction.CORRECTED, Correction.AT_ONCE):
            return Decision.no(Reason.PENALTY_FIRST_IS_FREE, rule="Q-8")
        if correction is Correction.RUNS:
            return Decision.no(Reason.PENALTY_AFTER_CORRECTION, rule="Q-8")
    if not benchmark.lower_fen <= amount_fen <= benchmark.upper_fen:
        return Decision.no(Reason.PENALTY_OUT_OF_RANGE, rule="Q-8", lower_fen=benchmark.lower_fen, upper_fen=benchmark.upper_fen)
    if is_first and amount_fen != benchmark.lower_fen:
        return Decision.no(Reason.PENALTY_FIRST_AT_LOWER, rule="Q-8", lower_fen=benchmark.lower_fen)
    if correction in (Correction.NOT_ORDERED, Correction.AT_ONCE) and not ground.strip():
        return Decision.no(Reason.PENALTY_NEEDS_GROUND, rule="Q-8")
    return Decision.yes()


# --- alarms (Q-11) ----------------------------------------------------------------------------------------------------------------------


class Span(StrEnum):
    """Within what an enterprise was visited too often."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


MOST: Mapping[Span, int] = {Span.DAY: 1, Span.WEEK: 2, Span.MONTH: 3}
"""So many visits within a span raise no alarm (Q-11)."""
_REASONS = {Span.DAY: Reason.ALARM_OF_DAY, Span.WEEK: Reason.ALARM_OF_WEEK, Span.MONTH: Reason.ALARM_OF_MONTH}


@dataclass(frozen=True, slots=True)
class Touch:
    """A visit to one enterprise, made or ahead. `joint`: what the parts of one joint visit share."""

    day: date
    joint: str | None = None
    is_inspection: bool = True


@dataclass(frozen=True, slots=True)
class Alarm:
    """That an enterprise was visited more often than `MOST` between two days."""

    span: Span
    first: date
    last: date
    number: int

    def as_decision(self) -> Decision:
        """The alarm as a finding that a page can word."""
        return Decision.no(_REASONS[self.span], rule="Q-11", first=self.first, last=self.last, number=self.number, most=MOST[self.span])


def span_of(span: Span, day: date) -> tuple[date, date]:
    """First and last day of the day, the week (from Monday) or the month in which a day lies."""
    if span is Span.DAY:
        return day, day
    if span is Span.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def alarms(touches: Iterable[Touch]) -> list[Alarm]:
    """The alarms that the visits to one enterprise raise, by day, week and month; a joint visit is one (Q-11)."""
    found: dict[tuple[Span, date, date], set[object]] = {}
    for index, touch in enumerate(touches):
        if not touch.is_inspection:
            continue
        one: object = touch.joint or index
        for span in Span:
            found.setdefault((span, *span_of(span, touch.day)), set()).add(one)
    return sorted(
        (Alarm(*key, len(ones)) for key, ones in found.items() if len(ones) > MOST[key[0]]),
        key=lambda alarm: (alarm.first, list(Span).index(alarm.span)),
    )


def raised_by(plan: Touch, others: Iterable[Touch]) -> list[Alarm]:
    """The alarms in which a planned visit would stand (Q-11): its drafter is warned, nothing is refused."""
    if not plan.is_inspection:
        return []
    return [each for each in alarms((*others, plan)) if each.first <= plan.day <= each.last]


@dataclass(frozen=True, slots=True)
class Fruitless:
    """How often an inspector was at one enterprise in a year without a finding, and up to which number that was explained."""

    inspector: int
    certificate: str
    number: int
    explained: int = 0

    @property
    def is_blocked(self) -> bool:
        return self.number >= FRUITLESS and self.explained < self.number


def check_fruitless(kind: Kind, year: int, inspectors: Iterable[Fruitless], *, is_recheck: bool = False) -> tuple[Decision, ...]:
    """Why a routine visit is blocked until explained: one of its inspectors was there three times in the year without a finding (Q-11)."""
    if kind is not Kind.ROUTINE or is_recheck:
        return ()
    return tuple(
        Decision.no(Reason.FRUITLESS_BLOCKED, rule="Q-11", certificate=each.certificate, number=each.number, year=year)
        for each in inspectors
        if each.is_blocked
    )


def may_explain(one: Fruitless, body: int, offices: Iterable[OfficeHeld], reason: str, *, is_self: bool) -> Decision:
    """May this person explain it? The head of the inspector's body, in words, while it blocks; not about oneself (Q-11)."""
    held = next((each for each in offices if each.office is Office.HEAD_OF_AGENCY and each.body_id == body), None)
    if held is None:
        return Decision.no(Reason.PLAN_NEEDS_HEAD, rule="Q-11")
    if is_self:
        return Decision.no(Reason.FRUITLESS_OWN, rule="Q-11")
    if not one.is_blocked:
        return Decision.no(Reason.FRUITLESS_NOT, rule="Q-11")
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id)) if reason.strip() else Decision.no(Reason.VISIT_NEEDS_WORDS, rule="Q-11")
