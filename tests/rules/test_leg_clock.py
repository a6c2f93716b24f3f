"""A clock for each leg: limits of a stay and of a way, and to whom lateness is charged (C-6, C-20)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from portal.rules.authority import Level
from portal.rules.handoffs import Leg, LegLimits, Stay, TransferKind, charge_due, leg_due, receipt_due
from portal.rules.leg_clock import Charge, LegState, clocks_of, way_charge
from portal.rules.manifests import Document, entry_of
from portal.rules.moments import SHANGHAI
from tests.rules.calendar_fixture import seed_calendar

ROOM, TOWN = 1, 2
CALENDAR = seed_calendar()
LIMITS = LegLimits()


def at(day: int, hour: int = 10, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


def on(day: int) -> date:
    return date(2026, 11, day)


def leg(seq: int, sent: datetime, **ends: object) -> Leg:
    return Leg(
        seq, ROOM, TOWN, Level.VILLAGE, Level.TOWN, TransferKind.RECEIVE_FORWARD, "", None, (entry_of(Document("1", 1)),), sent,
        receipt_due(sent, CALENDAR, LIMITS).due, charge_due(sent, CALENDAR, LIMITS).due, **ends,  # type: ignore[arg-type]
    )  # fmt: skip


def stay(since: datetime, **more: object) -> Stay:
    return Stay(ROOM, Level.VILLAGE, since, leg_due(Level.VILLAGE, since, CALENDAR, LIMITS).due, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ended", "charge"),
    [
        (on(23), None),  # sent on Monday the 23rd
        (on(24), None),
        (on(25), Charge(ROOM, 1)),
        (on(26), Charge(ROOM, 2)),
        (on(27), Charge(TOWN, 4)),  # more than three working days: the receiver's, from the day sent
        (on(29), Charge(TOWN, 4)),  # a Sunday
        (on(30), Charge(TOWN, 5)),
    ],
)
def test_a_way_is_the_senders_and_after_three_working_days_the_receivers(ended: date, charge: Charge | None) -> None:
    one = leg(2, at(23))
    assert (one.due_on, one.charged_on) == (on(24), on(26))
    found = way_charge(
        sender=ROOM, receiver=TOWN, sent_on=on(23), due_on=one.due_on, charged_on=one.charged_on, ended_on=ended, calendar=CALENDAR
    )
    assert found == charge


@pytest.mark.parametrize(
    ("today", "state"),
    [(on(23), LegState.IN_TIME), (on(24), LegState.IN_TIME), (on(25), LegState.REMIND), (on(26), LegState.REMIND), (on(27), LegState.CHARGED)],
)
def test_first_both_are_reminded_then_the_receiver_is_charged(today: date, state: LegState) -> None:
    (clock,) = clocks_of([leg(2, at(23))], [stay(at(23, 9))], today, CALENDAR, LIMITS)
    assert clock.state is state and clock.kept is None and clock.held_due_on == on(23) and clock.originals_due_on == on(26)
    (clock,) = clocks_of([leg(2, at(23), received_at=at(24))], [stay(at(23, 9))], today, CALENDAR, LIMITS)
    assert clock.state is LegState.ENDED and clock.charges == ()


def test_a_stay_past_its_limit_is_charged_to_the_window_that_kept_it() -> None:
    (clock,) = clocks_of([leg(2, at(25), received_at=at(30))], [stay(at(20, 17))], on(30), CALENDAR, LIMITS)
    assert clock.kept == Charge(ROOM, 3) and clock.way == Charge(ROOM, 2) and clock.charges == (Charge(ROOM, 5),)


def test_the_days_at_the_window_that_returned_it_are_not_the_senders() -> None:
    legs = [leg(2, at(23), returned_at=at(26)), leg(4, at(26, 16), received_at=at(27))]
    first, second = clocks_of(legs, [stay(at(23, 9))], on(27), CALENDAR, LIMITS)
    assert first.charges == (Charge(ROOM, 2),) and second.held_due_on == on(26) and second.charges == ()
    late = clocks_of([legs[0], leg(4, at(30), received_at=at(30))], [stay(at(23, 9))], on(30), CALENDAR, LIMITS)[1]
    assert late.charges == (Charge(ROOM, 2),)


def test_what_was_recalled_and_sent_again_is_one_stay() -> None:
    legs = [leg(2, at(25), recalled_at=at(25, 12)), leg(4, at(26), received_at=at(26))]
    first, second = clocks_of(legs, [stay(at(23, 9))], on(26), CALENDAR, LIMITS)
    assert first.charges == () and second.charges == (Charge(ROOM, 3),)
    (alone,) = clocks_of(legs[:1], [stay(at(23, 9))], on(26), CALENDAR, LIMITS)
    assert alone.kept == Charge(ROOM, 2)
