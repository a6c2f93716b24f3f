"""The calendar as a value: which civil days count as working days, and why (C-4).

Working days are what the State Council's yearly notice makes of the weekends and holidays, which is a table of *typed days* and not a
calculation. A year whose notice has not been entered is *provisional*: its Saturdays, Sundays and statutory days off are off, nothing is
moved. Closures of the county change hours, never a limit, and so are not in here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

FIRST_YEAR = 2019
"""No calendar answers for an earlier year: the county's table begins here."""

LAST_DAY = date(2199, 12, 31)
"""No calendar answers for a later day; what gets here is a slip of the keyboard, not a term."""

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class CalendarError(ValueError):
    """A question about days that has no answer. `code` names the error in commands and pages."""

    code = "calendar_error"


class CalendarMissing(CalendarError):
    """The day lies before the first year of the table of days."""

    code = "calendar_missing"


class DateOutOfRange(CalendarError):
    """The day, or a day that had to be looked at, lies after `LAST_DAY`."""

    code = "date_out_of_range"


class DayKind(StrEnum):
    """How a day is typed in the county's table. A day without a row is a plain weekday or weekend day."""

    HOLIDAY = "holiday"
    MOVED_WORKDAY = "moved_workday"
    REGIONAL_HOLIDAY = "regional_holiday"


class DayWhy(StrEnum):
    """Why a day counts in a limit or does not. Only COUNTED and MOVED_WORKDAY count.

    The calendar answers with the first five; the others are reasons of a limit, not of the day (see `rules/deadlines.py`). A statutory
    day off of a provisional year is a HOLIDAY like any other: that the year is provisional is `Calendar.is_provisional`.
    """

    COUNTED = "counted"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MOVED_WORKDAY = "moved_workday"
    REGIONAL_HOLIDAY = "regional_holiday"
    START = "start"
    STOPPED = "stopped"
    OFF = "off"
    CARRIED = "carried"

    @property
    def is_counted(self) -> bool:
        return self in (DayWhy.COUNTED, DayWhy.MOVED_WORKDAY)


# 全国年节及纪念日放假办法, as in force since 2025-01-01: New Year 1 day, Spring Festival 4 (the eve and the first three), Qingming 1,
# Labour Day 2, Dragon Boat 1, Mid-Autumn 1, National Day 3.
_FIXED_DAYS_OFF = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))

# (first day of the lunar year, Qingming, Dragon Boat, Mid-Autumn), by year. Moons and the sun decide these, so they are data; the tests
# work them out again from both. Years after the last row have the fixed days only.
_LUNAR_DAYS_OFF: dict[int, tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]] = {
    2025: ((1, 29), (4, 4), (5, 31), (10, 6)),
    2026: ((2, 17), (4, 5), (6, 19), (9, 25)),
    2027: ((2, 6), (4, 5), (6, 9), (9, 15)),
    2028: ((1, 26), (4, 4), (5, 28), (10, 3)),
    2029: ((2, 13), (4, 4), (6, 16), (9, 22)),
    2030: ((2, 3), (4, 5), (6, 5), (9, 12)),
    2031: ((1, 23), (4, 5), (6, 24), (10, 1)),
    2032: ((2, 11), (4, 4), (6, 12), (9, 19)),
    2033: ((1, 31), (4, 4), (6, 1), (9, 8)),
    2034: ((2, 19), (4, 5), (6, 20), (9, 27)),
    2035: ((2, 8), (4, 5), (6, 10), (9, 16)),
}
LAST_LUNAR_YEAR = max(_LUNAR_DAYS_OFF)


def statutory_days_off(year: int) -> frozenset[date]:
    """The days that the law itself gives off in a year, before any notice moves weekends round them; fixed days only after 2035."""
    days = {date(year, month, day) for month, day in _FIXED_DAYS_OFF}
    if lunar := _LUNAR_DAYS_OFF.get(year):
        new_year = date(year, *lunar[0])
        days |= {new_year + timedelta(days=n) for n in (-1, 0, 1, 2)}
        days |= {date(year, *each) for each in lunar[1:]}
    return frozenset(days)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days of one county, as a value: same rows, same answers. Build it with `Calendar.of`.

    Answers for `first_year` (2019, or the first year with a notice if that is later) to `LAST_DAY`; raises `CalendarMissing` before and
    `DateOutOfRange` after; a datetime is a TypeError, since a moment has no civil date by itself. Looking up a day takes constant time.
    """

    kinds: tuple[tuple[date, DayKind], ...]
    covered: frozenset[int]
    first_year: int = field(init=False, compare=False)
    _kind: dict[date, DayKind] = field(init=False, repr=False, compare=False)
    _worked_weekends: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _weekdays_off: tuple[int, ...] = field(init=False, repr=False, compare=False)

    @classmethod
    def of(cls, rows: Iterable[tuple[date, DayKind | str]], covered: Iterable[int]) -> Calendar:
        """A calendar of typed days and of the years whose notice has been entered; ValueError if one day is typed two ways."""
        kinds: dict[date, DayKind] = {}
        for day, kind in rows:
            if kinds.setdefault(day, DayKind(kind)) != kind:
                raise ValueError(f"{day} is typed both {kinds[day]} and {kind}")
        return cls(tuple(sorted(kinds.items())), frozenset(covered))

    def __post_init__(self) -> None:
        first_year = max(FIRST_YEAR, min(self.covered, default=FIRST_YEAR))
        kind = dict(self.kinds)
        for year in range(first_year, LAST_DAY.year + 1):
            if year not in self.covered:
                for day in statutory_days_off(year):
                    kind.setdefault(day, DayKind.HOLIDAY)
        worked = sorted(day.toordinal() for day, each in kind.items() if each is DayKind.MOVED_WORKDAY and day.weekday() >= _SATURDAY)
        off = sorted(day.toordinal() for day, each in kind.items() if each is not DayKind.MOVED_WORKDAY and day.weekday() < _SATURDAY)
        derived = {"first_year": first_year, "_kind": kind, "_worked_weekends": tuple(worked), "_weekdays_off": tuple(off)}
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def _check(self, day: date) -> None:
        if day.year < self.first_year:
            raise CalendarMissing(f"there is no calendar of days before {self.first_year}: {day}")
        if day > LAST_DAY:
            raise DateOutOfRange(f"{day} is after {LAST_DAY}")

    def why(self, day: date) -> DayWhy:
        """Why the day is worked or off; a typed day goes before the weekend."""
        self._check(day)
        kind = self._kind.get(day)
        if kind is not None:
            return DayWhy(kind)
        return DayWhy.WEEKEND if day.weekday() >= _SATURDAY else DayWhy.COUNTED

    def is_working(self, day: date) -> bool:
        """Is this a working day?"""
        return self.why(day).is_counted

    def covers(self, day: date) -> bool:
        """Has the notice of the day's year been entered?"""
        self._check(day)
        return day.year in self.covered

    def is_provisional(self, day: date) -> bool:
        """Is the answer about this day still without the notice of its year?"""
        return not self.covers(day)

    def next_working_day(self, day: date) -> date:
        """The first working day after the day, never the day itself."""
        return self.add_working_days(day, 1)

    def previous_working_day(self, day: date) -> date:
        """The last working day before the day, never the day itself."""
        return self.add_working_days(day, -1)

    def first_working_day(self, day: date) -> date:
        """The day itself if it is worked, otherwise the next one that is."""
        return day if self.is_working(day) else self.next_working_day(day)

    def add_working_days(self, day: date, number: int) -> date:
        """The number-th working day after the day (before it, if negative); the day itself for 0, worked or not.

        Takes days as given: whether a stop or an extra day off lies between is the business of `rules/deadlines.py`.
        """
        self._check(day)
        step = 1 if number > 0 else -1
        left = abs(number)
        if left > (LAST_DAY - date(FIRST_YEAR, 1, 1)).days:
            raise DateOutOfRange(f"{number} working days from {day} is outside every calendar")
        while left:
            day += _ONE_DAY * step
            if self.is_working(day):
                left -= 1
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """How many working days lie after `first` and up to `last`; negative, and counted the other way round, if last is earlier."""
        if last < first:
            return -self.working_days_between(last, first)
        self._check(first)
        self._check(last)
        low, high = first.toordinal() + 1, last.toordinal() + 1
        weekdays = _weekdays_before(high) - _weekdays_before(low)
        return weekdays + _count(self._worked_weekends, low, high) - _count(self._weekdays_off, low, high)


def _weekdays_before(ordinal: int) -> int:
    """Mondays to Fridays with an ordinal from 1 (a Monday) to below the given one."""
    weeks, days = divmod(ordinal - 1, 7)
    return weeks * 5 + min(days, 5)


def _count(ordinals: tuple[int, ...], low: int, high: int) -> int:
    return bisect_left(ordinals, high) - bisect_left(ordinals, low)
