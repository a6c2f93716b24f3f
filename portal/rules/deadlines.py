"""Due dates: computed each time from start, limit, stops and calendar, and explained day by day (C-4, C-5, C-22, S-6).

Nothing here takes a due date and moves it. Whoever learns of a stop, an extension or a new notice calls `due_date` again with
all the facts.

How the units work, and the choices that the law leaves:

- The first day is never counted (民法典 art. 201); the limit begins with the day after.
- *Working days* (许可法 art. 82): stopped days, days off and extra days off are passed over. 0 working days is the same day, worked or not.
- *Calendar days*: every day counts but a stopped one.
- *Months*: the same day number so many months on, the last of the month if there is none (民法典 art. 202). A month limit with stops
  is as many calendar days as lie between start and that day, so that each stopped day lengthens it by one, as with calendar days.
- A calendar or month limit that ends on a day off ends on the next working day (S-6, 民法典 art. 203). If that day is stopped, the
  limit has not ended: it ends on the first working day after the stop.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.rules.working_days import LAST_DAY, Calendar, CalendarError, DateOutOfRange, DayWhy

MAX_DAYS = 10_000
"""The longest limit in days; a longer one is refused."""

MAX_MONTHS = 1_200
"""The longest limit in months; a longer one is refused."""

YELLOW_FROM = 4
"""A promise of fewer working days has no yellow: it would be red at once (C-5)."""

_ONE_DAY = timedelta(days=1)


class LimitOutOfRange(CalendarError):
    """A limit is negative or longer than anything that the law or a promise could mean."""

    code = "limit_out_of_range"


class ClockStopped(CalendarError):
    """The limit runs into a stop without an end, so there is no due date. Give the told end, after which the clock runs by itself (C-4)."""

    code = "clock_stopped"


class Unit(StrEnum):
    """What a limit counts (S-6)."""

    WORKING = "working"
    CALENDAR = "calendar"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of days or months. `LimitOutOfRange` if negative or above `MAX_DAYS` or `MAX_MONTHS`."""

    number: int
    unit: Unit = Unit.WORKING

    def __post_init__(self) -> None:
        longest = MAX_MONTHS if self.unit is Unit.MONTH else MAX_DAYS
        if not 0 <= self.number <= longest:
            raise LimitOutOfRange(f"a limit is between 0 and {longest} {self.unit} units: {self.number}")


@dataclass(frozen=True, slots=True)
class Stop:
    """Days on which a clock stands still: the first and the last stopped day, both included; `last` None while no end is told.

    By C-4 the first stopped day is the day after the notice, and the day on which the cause ends is stopped too.
    ValueError if it ends before it begins.
    """

    first: date
    last: date | None

    def __post_init__(self) -> None:
        if self.last is not None and self.last < self.first:
            raise ValueError(f"a stop cannot end on {self.last}, before its first day {self.first}")


@dataclass(frozen=True, slots=True)
class DayCounted:
    """One line of the explanation. `number` is the place of a counted day in the limit, None where the day does not count.

    The start itself stands first, uncounted. Where a calendar or month limit ran out on a day off, the last line is the uncounted day
    to which its end was CARRIED.
    """

    date: date
    counted: bool
    why: DayWhy
    number: int | None


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a limit, whether a notice still to come could move it, and every day from the start to it."""

    due: date
    provisional: bool
    days: tuple[DayCounted, ...]

    @property
    def stopped_days(self) -> int:
        """Days on which this clock stood still (C-22)."""
        return sum(each.why is DayWhy.STOPPED for each in self.days)


def due_date(start: date, limit: Limit, calendar: Calendar, stops: Iterable[Stop] = (), extra_off: Collection[date] = ()) -> Due:
    """The day on which a limit ends (C-4, C-22, S-6), with the reason of every day on the way.

    `extra_off` are further days off by national or regional law. Stops that overlap are counted once; a stop or part of one that lies
    before the start or after the due day changes nothing. Provisional when a day from start to due lies in a year without a notice.
    Raises `CalendarMissing` for a start before the calendar, `ClockStopped`, or `DateOutOfRange` when the limit ends after `LAST_DAY`.
    """
    calendar.covers(start)
    stopped = _StoppedDays(stops)
    off = frozenset(extra_off)
    working = limit.unit is Unit.WORKING
    wanted = _calendar_days(start, limit.number) if limit.unit is Unit.MONTH else limit.number

    def why_off(day: date) -> DayWhy | None:
        why = calendar.why(day)
        if not why.is_counted:
            return why
        return DayWhy.OFF if day in off else None

    days = [DayCounted(start, False, DayWhy.START, None)]
    day, counted = start, 0
    while counted < wanted:
        day = _after(day)
        why = DayWhy.STOPPED if stopped.has(day) else why_off(day) if working else None
        if why is None:
            counted += 1
            why = calendar.why(day) if working else DayWhy.COUNTED
            days.append(DayCounted(day, True, why, counted))
        else:
            days.append(DayCounted(day, False, why, None))
    if not working and why_off(day) is not None:
        while True:  # S-6: a day off cannot be the last day
            day = _after(day)
            why = DayWhy.STOPPED if stopped.has(day) else why_off(day)
            days.append(DayCounted(day, False, why or DayWhy.CARRIED, None))
            if why is None:
                break
    provisional = any(calendar.is_provisional(each.date) for each in days)
    return Due(day, provisional, tuple(days))


@dataclass(frozen=True, slots=True)
class Warnings:
    """The days from which a case shows yellow, red and overdue (C-5). `yellow_on` is None for a promise too short to have one."""

    yellow_on: date | None
    red_on: date
    overdue_on: date


def warning_dates(
    accepted_on: date, due: date, promise: Limit, calendar: Calendar, stops: Iterable[Stop] = (), extra_off: Collection[date] = ()
) -> Warnings:
    """When the holder is warned (C-5): dates, so that no nightly run paints lists.

    Yellow from the first day on which at most max(1, ⌈P/3⌉) working days are left after it; red from the working day before the due
    day; overdue from 00:00 of the day after. P is the promise in working days; of a promise in calendar days or months, the working
    days between acceptance and due. None is earlier than the acceptance.
    """
    pauses, off = tuple(stops), frozenset(extra_off)
    in_working_days = promise.unit is Unit.WORKING
    number = promise.number if in_working_days else remaining(accepted_on, due, calendar, pauses, off)
    yellow_on = None
    if number >= YELLOW_FROM:
        left = max(1, -(-number // 3))
        yellow_on = max(accepted_on, _with_left(due, left, accepted_on, calendar, _StoppedDays(pauses), off))
    red_on = due
    while red_on > accepted_on:
        red_on -= _ONE_DAY
        if calendar.is_working(red_on) and red_on not in off:
            break
    return Warnings(yellow_on, max(accepted_on, red_on), _after(due))


def remaining(today: date, due: date, calendar: Calendar, stops: Iterable[Stop] = (), extra_off: Collection[date] = ()) -> int:
    """Working days left after today up to the due day: 0 on the due day, negative once it is over; stopped days are not left."""
    if today > due:
        return -remaining(due, today, calendar, (), extra_off)
    count = calendar.working_days_between(today, due)
    stopped = _StoppedDays(stops)
    for first, last in stopped.within(today + _ONE_DAY, due):
        count -= calendar.working_days_between(first - _ONE_DAY, last)
    return count - sum(today < day <= due and calendar.is_working(day) and not stopped.has(day) for day in set(extra_off))


def _with_left(due: date, left: int, earliest: date, calendar: Calendar, stopped: _StoppedDays, off: Collection[date]) -> date:
    """The first day after which only `left` counted days remain up to the due day."""
    day = due
    while day > earliest:
        if calendar.is_working(day) and day not in off and not stopped.has(day):
            if not left:
                return day
            left -= 1
        day -= _ONE_DAY
    return earliest


def _calendar_days(start: date, months: int) -> int:
    """Days from start to the same day number so many months on (to the last of that month, if it is shorter)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    month += 1
    return (date(year, month, min(start.day, monthrange(year, month)[1])) - start).days


def _after(day: date) -> date:
    if day >= LAST_DAY:
        raise DateOutOfRange(f"the limit does not end before {LAST_DAY}")
    return day + _ONE_DAY


class _StoppedDays:
    """Stops joined where they touch or overlap. Days are asked for in any order; an endless stop raises `ClockStopped` when reached."""

    def __init__(self, stops: Iterable[Stop]) -> None:
        self._spans: list[tuple[date, date]] = []
        self._endless_from: date | None = None
        for stop in sorted(stops, key=lambda each: each.first):
            if stop.last is None:
                self._endless_from = min(stop.first, self._endless_from or stop.first)
            elif self._spans and stop.first <= self._spans[-1][1]:
                self._spans[-1] = (self._spans[-1][0], max(stop.last, self._spans[-1][1]))
            else:
                self._spans.append((stop.first, stop.last))

    def has(self, day: date) -> bool:
        if self._endless_from is not None and day >= self._endless_from:
            raise ClockStopped(f"the clock stands from {self._endless_from} and no end is told")
        return any(first <= day <= last for first, last in self._spans)

    def within(self, first: date, last: date) -> Sequence[tuple[date, date]]:
        """The stopped spans cut to a period."""
        if self._endless_from is not None and last >= self._endless_from:
            raise ClockStopped(f"the clock stands from {self._endless_from} and no end is told")
        return [(max(first, begin), min(last, end)) for begin, end in self._spans if begin <= last and end >= first]
