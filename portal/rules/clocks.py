"""The clocks of a case: acceptance, supplement, judging, promise, law, delivery, and the leg (C-3 to C-5, C-20, C-22, C-25).

Every date is computed anew from the record each time: start, limit, stops, extension, calendar. Nothing is added to or subtracted from a
date that was computed before (C-22).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.rules import handoffs
from portal.rules.deadlines import DayCounted, Due, Limit, Stop, Unit, due_date, remaining, warning_dates
from portal.rules.handoffs import Leg, Stay
from portal.rules.lifecycle import EXAMINED, CaseNow, CaseTerms, State
from portal.rules.moments import civil_date
from portal.rules.working_days import Calendar

MILESTONES = ("collected_at", "received_at", "accepted_at", "reviewed_at", "decided_at", "certified_at", "delivered_at", "archived_at")
"""In the order in which a case reaches them."""


class ClockName(StrEnum):
    """The limits of a case (C-3, C-4, C-20)."""

    ACCEPTANCE = "acceptance"
    SUPPLEMENT = "supplement"
    """The applicant's: until then what is missing can be supplemented."""
    JUDGE = "judge"
    """The window's: what came in is judged like an application."""
    PROMISED = "promised"
    STATUTORY = "statutory"
    DELIVERY = "delivery"
    LEG = "leg"


class Warn(StrEnum):
    """How near a clock is to its end (C-5)."""

    NONE = "none"
    YELLOW = "yellow"
    RED = "red"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Course:
    """What the clocks are computed from."""

    state: State
    moments: Mapping[str, datetime]
    here: Stay
    leg: Leg | None
    stops: Sequence[Stop] = ()
    extension_days: int = 0
    noticed_at: datetime | None = None
    supplement_at: datetime | None = None


def course_of(now: CaseNow) -> Course:
    """The same, of a case that is projected already."""
    moments = {name: moment for name in MILESTONES if isinstance(moment := getattr(now, name), datetime)}
    return Course(
        now.state, moments, now.stays[-1], now.leg_under_way, now.stopped, now.extension_days, now.noticed_at, now.supplement_at
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """One limit that began: from which day, how long, until when, and whether it still runs."""

    name: ClockName
    start: date
    limit: Limit
    due: Due
    is_running: bool
    stops: tuple[Stop, ...] = ()
    extension_days: int = 0


def statutory_due(start: date, limit: Limit, extension_days: int, calendar: Calendar, stops: Sequence[Stop] = ()) -> Due:
    """The end of the limit by law: an extension of working days begins with the day after the limit, whatever that counts (art. 42)."""
    due = due_date(start, limit, calendar, stops)
    if not extension_days:
        return due
    more = due_date(due.due, Limit(extension_days, Unit.WORKING), calendar, stops)
    counted = max((day.number or 0 for day in due.days), default=0)
    further = tuple(replace(day, number=None if day.number is None else day.number + counted) for day in more.days[1:])
    return Due(more.due, due.provisional or more.provisional, (*due.days, *further))


def _capped(due: Due, last: date | None) -> Due:
    """A renewal is due by the end of the licence at the latest (C-25)."""
    if last is None or due.due <= last:
        return due
    days: tuple[DayCounted, ...] = tuple(day for day in due.days if day.date <= last)
    return Due(max(last, due.days[0].date), due.provisional, days or due.days[:1])


def runs(course: Course, terms: CaseTerms, calendar: Calendar) -> Iterable[Run]:
    """Every limit that has begun. The day on which it begins is not counted; the day after is the first (C-4)."""
    moments, state, stops = course.moments, course.state, tuple(course.stops)
    if "received_at" in moments:
        start = civil_date(moments["received_at"])
        yield Run(ClockName.ACCEPTANCE, start, terms.acceptance, due_date(start, terms.acceptance, calendar), state is State.RECEIVED)
    if course.noticed_at is not None:
        start = civil_date(course.noticed_at)
        yield Run(ClockName.SUPPLEMENT, start, terms.supplement, due_date(start, terms.supplement, calendar), state is State.NOTICED)
    if course.supplement_at is not None and state is State.NOTICED:
        start = civil_date(course.supplement_at)
        yield Run(ClockName.JUDGE, start, terms.acceptance, due_date(start, terms.acceptance, calendar), True)
    if "accepted_at" in moments:
        start, is_running = civil_date(moments["accepted_at"]), state in EXAMINED
        if terms.promised is not None:
            due = _capped(due_date(start, terms.promised, calendar, stops), terms.expires_on)
            yield Run(ClockName.PROMISED, start, terms.promised, due, is_running, stops)
        if terms.statutory is not None:
            due = _capped(statutory_due(start, terms.statutory, course.extension_days, calendar, stops), terms.expires_on)
            yield Run(ClockName.STATUTORY, start, terms.statutory, due, is_running, stops, course.extension_days)
    if "decided_at" in moments:
        start = civil_date(moments["decided_at"])
        is_running = state in (State.DECIDED, State.CERTIFIED)
        yield Run(ClockName.DELIVERY, start, terms.delivery, due_date(start, terms.delivery, calendar), is_running)
    if state.is_closed:
        return
    if course.leg is not None:
        due = handoffs.receipt_due(course.leg.sent_at, calendar, terms.legs)
        yield Run(ClockName.LEG, civil_date(course.leg.sent_at), terms.legs.receive, due, True)
    elif not course.here.hands_over:
        due = handoffs.leg_due(course.here.level, course.here.from_at, calendar, terms.legs)
        yield Run(ClockName.LEG, due.days[0].date, terms.legs.hold[course.here.level], due, True)


def ruling(state: State, found: Mapping[ClockName, Run]) -> Run | None:
    """The clock that colours a list: the leg's while only collected, then acceptance, judging, promise (or law), delivery.

    None of a closed case, nor while the applicant supplements or the center looks at a filing: then nobody at the window is awaited.
    """
    if state.is_closed or state is State.NOT_ACCEPTED:
        return None
    if state is State.NOTICED:
        return found.get(ClockName.JUDGE)
    for name in (ClockName.DELIVERY, ClockName.PROMISED, ClockName.STATUTORY, ClockName.ACCEPTANCE, ClockName.LEG):
        run = found.get(name)
        if run is not None and run.is_running:
            return run
    return None


@dataclass(frozen=True, slots=True)
class Clock:
    """One running limit, for people: until when, what is left, how near, and every day with its reason.

    `remaining` is in working days after today up to the due day (0 on the day itself, negative when over), in calendar days for a limit
    in those or in months. `provisional`: a year on the way has no notice yet, and the date will be computed anew.
    """

    name: ClockName
    start: date
    limit: Limit
    due: date
    remaining: int
    warn: Warn
    provisional: bool
    explained: Due
    extension_days: int = 0


def clocks(now: CaseNow, terms: CaseTerms, calendar: Calendar, today: date) -> tuple[Clock, ...]:
    """The limits that run now, legal ones first, the leg's last (C-4, C-5, C-20). None of a closed case."""
    if now.state.is_closed:
        return ()
    return tuple(_clock(run, calendar, today) for run in runs(course_of(now), terms, calendar) if run.is_running)


def _clock(run: Run, calendar: Calendar, today: date) -> Clock:
    due = run.due.due
    left = remaining(today, due, calendar, run.stops) if run.limit.unit is Unit.WORKING else (due - today).days
    dates = warning_dates(run.start, due, run.limit, calendar, run.stops)
    warn = warn_on(today, dates.yellow_on, dates.red_on, dates.overdue_on)
    return Clock(run.name, run.start, run.limit, due, left, warn, run.due.provisional, run.due, run.extension_days)


def warn_on(today: date, yellow_on: date | None, red_on: date | None, overdue_on: date | None) -> Warn:
    """The colour of a day, from the three dates (C-5)."""
    for warn, since in ((Warn.OVERDUE, overdue_on), (Warn.RED, red_on), (Warn.YELLOW, yellow_on)):
        if since is not None and today >= since:
            return warn
    return Warn.NONE


def stopped_working_days(now: CaseNow, calendar: Calendar, today: date) -> int:
    """Working days up to today on which the clocks of this case stood: shown per window beside speed (C-22)."""
    days: set[date] = set()
    for stop in now.stopped:
        day = stop.first
        while stop.last is not None and day <= min(stop.last, today):
            if calendar.is_working(day):
                days.add(day)
            day += timedelta(days=1)
    return len(days)
