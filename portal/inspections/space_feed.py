"""An enterprise's calendar as iCalendar (RFC 5545): announced visits, open days, added quiet days; values in, text out.

An event keeps its UID for good: a visit is its plan's number, a run of days its first day. What is known of a visit and changes raises
SEQUENCE and moves LAST-MODIFIED; a cancelled visit stays, as CANCELLED. Days are whole days, and DTEND is the day after the last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """Whole days from first to last, both included. `busy`: somebody comes; other entries only say what the days are."""

    uid: str
    first: date
    last: date
    summary: str
    text: str
    changed_at: datetime
    sequence: int = 0
    busy: bool = False
    cancelled: bool = False
    address: str = ""


def runs(days: Iterable[date]) -> list[tuple[date, date]]:
    """Days in order as runs without a gap: first and last of each."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and found[-1][1] + DAY == day:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def as_icalendar(name: str, entries: Iterable[Entry], *, language: str) -> bytes:
    """The calendar as it is fetched; the same entries always make the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", f"-//Tongban//Inspections//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Asia/Shanghai")
    calendar.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    for entry in sorted(entries, key=lambda each: (each.first, each.uid)):
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", entry.changed_at)
        event.add("last-modified", entry.changed_at)
        event.add("sequence", entry.sequence)
        event.add("dtstart", entry.first)
        event.add("dtend", entry.last + DAY)
        event.add("summary", entry.summary)
        if entry.text:
            event.add("description", entry.text)
        if entry.address:
            event.add("url", entry.address)
        event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
        event.add("transp", "OPAQUE" if entry.busy and not entry.cancelled else "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
