"""A naive clock of a case: it walks day by day and knows nothing of intervals, projections or the program's dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

ONE = timedelta(days=1)


@dataclass
class NaiveStop:
    """The notice, the day that it names, and the day on which the cause ended."""

    noticed_on: date
    until: date
    ended_on: date | None = None


@dataclass
class NaiveClock:
    """A case as somebody with a paper calendar would keep it. `is_working` is that calendar."""

    accepted_on: date
    is_working: Callable[[date], bool]
    stops: list[NaiveStop] = field(default_factory=list)
    extended_by: int = 0

    def _stands(self, day: date) -> bool:
        return any(stop.noticed_on < day <= stop.until and (stop.ended_on is None or day <= stop.ended_on) for stop in self.stops)

    def _walk(self, start: date, number: int, unit: str) -> date:
        day, left = start, number
        if unit == "month":
            year, month = start.year + (start.month - 1 + number) // 12, (start.month - 1 + number) % 12 + 1
            end = start.day
            while True:  # the last of a shorter month
                try:
                    left = (date(year, month, end) - start).days
                    break
                except ValueError:
                    end -= 1
        while left:
            day += ONE
            if self._stands(day) or (unit == "working" and not self.is_working(day)):
                continue
            left -= 1
        while unit != "working" and (not self.is_working(day) or (day > start and self._stands(day))):
            day += ONE
        return day

    def promised(self, number: int, unit: str = "working") -> date:
        return self._walk(self.accepted_on, number, unit)

    def statutory(self, number: int, unit: str = "working") -> date:
        due = self._walk(self.accepted_on, number, unit)
        return self._walk(due, self.extended_by, "working") if self.extended_by else due
