"""One clock, two hands: business time, which rules and events use, and wall time, which sessions, lock-outs and `recorded_at` use.

`NOW` (demonstration only) moves the business hand to a moment at start; it runs on from there, alike in every worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from portal.rules.moments import civil_date


@dataclass(frozen=True, slots=True)
class Clock:
    """Reads business and wall time; `offset` is what the business hand is ahead by."""

    offset: timedelta = timedelta()

    def now(self) -> datetime:
        """The business moment, aware UTC."""
        return datetime.now(timezone.utc) + self.offset

    def wall(self) -> datetime:
        """The moment on the wall, aware UTC, whatever `NOW` says."""
        return datetime.now(timezone.utc)

    def today(self) -> date:
        """The business day in Asia/Shanghai."""
        return civil_date(self.now())

    @classmethod
    def moved_to(cls, moment: datetime, started_at: datetime | None = None) -> Clock:
        """A clock whose business hand stood at `moment` when the wall stood at `started_at` (default: now)."""
        return cls(moment - (started_at or datetime.now(timezone.utc)))


@dataclass(frozen=True, slots=True)
class StoppedClock(Clock):
    """A clock that stands at one moment: for seeding and for tests, which pass time in."""

    at: datetime = datetime(2026, 11, 23, 1, 0, tzinfo=timezone.utc)

    def now(self) -> datetime:
        return self.at
