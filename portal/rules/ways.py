"""The way of a case as stretches: who held it, how long, where it waited, which power was missing, who was late (C-6, C-20, G-8).

A stretch is the stay of the case at one window. Time under way is the sender's (C-6): within a stretch the waits for a receipt stand apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from portal.rules.authority import Level, Power
from portal.rules.handoffs import Leg, Stay
from portal.rules.lifecycle import CaseNow
from portal.rules.mailroom import TransferWhy
from portal.rules.moments import civil_date
from portal.rules.working_days import Calendar


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a stretch: in hand, or sent and waiting to be received. `days` are working days."""

    from_at: datetime
    to_at: datetime
    waits: bool
    days: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stay: its parts in order, the working days in hand and waiting, how many it was late, and why it went on.

    `missing` is the power that this window did not have when it sent the case on; `despite` the one that it had and did not use.
    `late_to_receive` are the working days by which the receiver was late, where it is the receiver's (C-6).
    """

    window_id: int
    level: Level
    from_at: datetime
    to_at: datetime | None
    parts: tuple[Part, ...]
    held: int
    waited: int
    late: int
    returns: int = 0
    missing: Power | None = None
    despite: Power | None = None
    late_to_receive: int = 0

    @property
    def is_here(self) -> bool:
        return self.to_at is None


def stretches(now: CaseNow, at: datetime, calendar: Calendar, why: Mapping[int, TransferWhy]) -> tuple[Stretch, ...]:
    """The way so far. `why`: leg → why it went out, by `mailroom.why_transferred`; a room has no other power and lacks what comes next (G-3)."""
    return tuple(_stretch(stay, now, at, calendar, why) for stay in now.stays)


def _days(calendar: Calendar, start: date, end: date) -> int:
    return calendar.working_days_between(start, end) if end > start else 0


def _end_of(leg: Leg) -> datetime | None:
    return leg.received_at or leg.returned_at or leg.recalled_at


def _stretch(stay: Stay, now: CaseNow, at: datetime, calendar: Calendar, why: Mapping[int, TransferWhy]) -> Stretch:
    end = stay.to_at or now.closed_at or max(at, stay.from_at)
    # an event of the moment of receipt belongs to the stay that ends with it
    legs = [leg for leg in now.legs if leg.from_window == stay.window_id and stay.from_at <= leg.sent_at and (stay.to_at is None or leg.sent_at < stay.to_at)]
    parts: list[Part] = []
    since = stay.from_at

    def add(until: datetime, waits: bool) -> None:
        nonlocal since
        if until > since or not parts:
            parts.append(Part(since, until, waits, _days(calendar, civil_date(since), civil_date(until))))
        since = until

    for leg in legs:
        add(leg.sent_at, waits=False)
        add(_end_of(leg) or end, waits=True)
    add(end, waits=False)
    done = stay.sent_at or stay.to_at or (end if now.state.is_closed else at)
    onward = next((leg for leg in reversed(legs) if leg.returned_at is None and leg.recalled_at is None), None)
    missing = despite = None
    late_to_receive = 0
    if onward is not None:
        reason, power = why.get(onward.seq, TransferWhy.NEITHER), onward.power_needed
        lacks = reason is TransferWhy.MISSING or (stay.level.is_room and power is not Power.DELIVER)
        missing, despite = (power if lacks else None), (power if reason is TransferWhy.DESPITE else None)
        received = civil_date(_end_of(onward) or at)
        if received > onward.charged_on:  # charged to the receiver, from the day on which it was sent
            late_to_receive = _days(calendar, civil_date(onward.sent_at), received)
    return Stretch(
        stay.window_id, stay.level, stay.from_at, stay.to_at if stay.to_at is not None else now.closed_at, tuple(parts),
        sum(part.days for part in parts if not part.waits), sum(part.days for part in parts if part.waits),
        _days(calendar, stay.due_on, civil_date(done)), sum(leg.returned_at is not None for leg in legs), missing, despite, late_to_receive,
    )  # fmt: skip
