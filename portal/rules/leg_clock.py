"""A clock for each leg: what each window and each way may take, and to whom lateness is charged (C-6, C-20).

A leg is a stay (how long the sender kept the case) and a way (how long it was under way). A stay past its own limit is the lateness of the
window that kept it. A way should end within one working day: after that both ends are reminded, and the lateness is the sender's, whose the
case still is; unreceived after three it is the receiver's, from the day on which it was sent. Lateness is in working days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import zip_longest

from portal.rules.handoffs import Leg, LegLimits, Stay, leg_due, originals_due
from portal.rules.moments import civil_date
from portal.rules.working_days import Calendar


class LegState(StrEnum):
    """Where a leg stands on a day."""

    IN_TIME = "in_time"
    ENDED = "ended"
    REMIND = "remind"
    """Unreceived after the first working day: both ends are reminded."""
    CHARGED = "charged"
    """Unreceived after the third: charged to the receiver, and the center is told."""


class Notice(StrEnum):
    """What is told of an unreceived leg, and to whom."""

    SENDER = "sender"
    RECEIVER = "receiver"
    CHARGED = "charged"
    """To the center's management: it is charged to the receiver."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Working days of lateness that a window answers for."""

    window_id: int
    days: int


@dataclass(frozen=True, slots=True)
class LegClock:
    """The clock of one leg on a day.

    `held_due_on` is the last day on which the sender should have sent it, `kept` the lateness of that; `due_on` the last day on which it
    should be received, `way` the lateness of that. `originals_due_on`: a room's originals should be on their way by then.
    """

    leg: Leg
    state: LegState
    held_due_on: date | None
    kept: Charge | None
    due_on: date
    charged_on: date
    way: Charge | None
    originals_due_on: date | None = None

    @property
    def charges(self) -> tuple[Charge, ...]:
        """Who answers for how many days, each window once."""
        days: dict[int, int] = {}
        for charge in (self.kept, self.way):
            if charge is not None:
                days[charge.window_id] = days.get(charge.window_id, 0) + charge.days
        return tuple(Charge(window_id, number) for window_id, number in days.items())


def state_on(leg: Leg, today: date) -> LegState:
    """Where a leg stands on a day (C-6)."""
    if leg.ended_at is not None:
        return LegState.ENDED
    if today > leg.charged_on:
        return LegState.CHARGED
    return LegState.REMIND if today > leg.due_on else LegState.IN_TIME


def notices(due_on: date | None, charged_on: date, today: date) -> tuple[Notice, ...]:
    """What is told of a leg that is unreceived on a day: after one working day both ends, after three also the center (C-6)."""
    if due_on is None or today <= due_on:
        return ()
    return (Notice.SENDER, Notice.RECEIVER, *((Notice.CHARGED,) if today > charged_on else ()))


def way_charge(
    *, sender: int, receiver: int, sent_on: date, due_on: date, charged_on: date, ended_on: date, calendar: Calendar
) -> Charge | None:
    """The lateness of a way that ended, or lasts, on this day; None in time (C-6).

    After one working day it is the sender's, whose the case still is; after three it is the receiver's, from the day sent.
    """
    if ended_on > charged_on:
        return Charge(receiver, calendar.working_days_between(sent_on, ended_on))
    days = calendar.working_days_between(due_on, ended_on) if ended_on > due_on else 0
    return Charge(sender, days) if days else None


def _since(leg: Leg, legs: Sequence[Leg], stay: Stay) -> datetime | None:
    """When the sender got the case back before this leg, where another window had returned it in the same stay; None where none had."""
    back = [each.returned_at for each in legs if each.returned_at is not None and each.seq < leg.seq and each.sent_at >= stay.from_at]
    return back[-1] if back else None


def clock_of(leg: Leg, legs: Sequence[Leg], stays: Sequence[Stay], today: date, calendar: Calendar, limits: LegLimits) -> LegClock:
    """The clock of a leg on a day: the stay before it, its way, and what each costs whom.

    What was returned begins anew for its sender on the day of the return: the days at the other window are no lateness of the sender's.
    A recall is the sender's own doing, and begins nothing.
    """
    ended_on = today if leg.ended_at is None else civil_date(leg.ended_at)
    way = way_charge(
        sender=leg.from_window, receiver=leg.to_window, sent_on=civil_date(leg.sent_at), due_on=leg.due_on, charged_on=leg.charged_on,
        ended_on=ended_on, calendar=calendar,
    )  # fmt: skip
    clock = LegClock(leg, state_on(leg, today), None, None, leg.due_on, leg.charged_on, way)
    stay = next((each for each in reversed(stays) if each.window_id == leg.from_window and each.from_at <= leg.sent_at), None)
    if stay is None:
        return clock
    back = _since(leg, legs, stay)
    held_due_on = stay.due_on if back is None else leg_due(stay.level, back, calendar, limits).due
    sent_on = civil_date(leg.sent_at)
    days = calendar.working_days_between(held_due_on, sent_on) if sent_on > held_due_on else 0
    kept = Charge(leg.from_window, days) if days else None
    originals = None
    if stay.level.is_room and not leg.to_level.is_room and leg.papers.lines:
        originals = originals_due(back or stay.from_at, calendar, limits).due
    return replace(clock, held_due_on=held_due_on, kept=kept, originals_due_on=originals)


def clocks_of(legs: Sequence[Leg], stays: Sequence[Stay], today: date, calendar: Calendar, limits: LegLimits) -> tuple[LegClock, ...]:
    """The clocks of all legs of a case, in the order in which they were sent.

    A stay is charged once: what was sent, recalled and sent again counts with the last leg by which it left.
    """
    found: list[LegClock] = []
    for leg, following in zip_longest(legs, legs[1:]):
        clock = clock_of(leg, legs, stays, today, calendar, limits)
        is_recalled = leg.recalled_at is not None and following is not None and following.from_window == leg.from_window
        found.append(replace(clock, kept=None) if is_recalled else clock)
    return tuple(found)
