"""Moments and civil days of Asia/Shanghai. China has had one offset and no summer time since 1991, so a fixed one is exact here."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def civil_date(moment: datetime) -> date:
    """The day in Asia/Shanghai on which an aware moment falls."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no civil date")
    return moment.astimezone(SHANGHAI).date()


@lru_cache(maxsize=4096)  # a county's clauses begin and end on few days, and are asked for by the thousand
def start_of(day: date) -> datetime:
    """00:00 of a civil day, as an aware UTC moment."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(timezone.utc)


def end_of(day: date) -> datetime:
    """24:00 of a civil day, which is 00:00 of the next."""
    return start_of(day + timedelta(days=1))


def months_on(day: date, months: int) -> date:
    """The same day number so many months on; the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
