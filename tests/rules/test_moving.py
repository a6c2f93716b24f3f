"""What would be orphaned, as tables (N-2)."""

from __future__ import annotations

from datetime import date

import pytest

from portal.rules.authority import Office, OfficeHeld
from portal.rules.decision import Reason
from portal.rules.moving import (
    Load,
    may_close_window_on,
    may_end_posting_of,
    may_leave,
    may_move_cases,
    may_suspend_at_once,
    next_window,
    refuge,
)
from portal.rules.network import PointStatus

TODAY, LATER = date(2026, 11, 23), date(2026, 12, 31)


@pytest.mark.parametrize(
    ("load", "for_good", "refusal"),
    [
        (Load(), True, None),
        (Load(held=1), False, Reason.LEAVES_CASES),
        (Load(coming=1), True, Reason.LEAVES_CASES),
        (Load(people=1), False, None),
        (Load(people=1), True, Reason.LEAVES_PEOPLE),
        (Load(stand_ins=1), True, Reason.LEAVES_PEOPLE),
        (Load(letters=1), True, Reason.LEAVES_LETTERS),
        (Load(points=1), True, Reason.LEAVES_POINTS),
        (Load(letters=1, points=1), False, None),
    ],
)
def test_what_keeps_a_window_or_point_open(load: Load, for_good: bool, refusal: Reason | None) -> None:
    assert may_leave(load, for_good=for_good).reason is refusal


@pytest.mark.parametrize(
    ("load", "last_on", "others", "refusal"),
    [
        (Load(), TODAY, 0, None),
        (Load(held=3, assigned=1), TODAY, 1, Reason.LEAVES_ASSIGNED),
        (Load(held=3, assigned=1), LATER, 1, None),  # until then they can be finished, or a colleague takes them
        (Load(held=3), TODAY, 1, None),
        (Load(held=3), LATER, 0, Reason.LEAVES_WINDOW_ALONE),
        (Load(coming=1), LATER, 0, Reason.LEAVES_WINDOW_ALONE),
    ],
)
def test_when_a_posting_may_end(load: Load, last_on: date, others: int, refusal: Reason | None) -> None:
    assert may_end_posting_of(load, last_on=last_on, today=TODAY, others=others).reason is refusal


def test_a_window_gets_no_last_day_in_the_past_and_no_second_one() -> None:
    assert may_close_window_on(TODAY, None, TODAY) and may_close_window_on(TODAY, LATER, TODAY)
    assert may_close_window_on(date(2026, 11, 22), None, TODAY).reason is Reason.BACKDATED
    assert may_close_window_on(LATER, LATER, TODAY).reason is Reason.WINDOW_ENDS_ANYHOW


def test_who_moves_and_what_can_be_suspended_at_once() -> None:
    offices = {office: may_move_cases([OfficeHeld(1, office)]) for office in Office}
    assert {office for office, answer in offices.items() if answer} == {Office.CENTER_MANAGEMENT, Office.COUNTY_MANAGER}
    assert {status for status in PointStatus if may_suspend_at_once(status, True)} == {PointStatus.TRIAL, PointStatus.OPERATING}
    assert may_suspend_at_once(PointStatus.OPERATING, False).reason is Reason.ROOT_HAS_NO_REFUGE


def test_where_a_case_takes_refuge() -> None:
    able = [(2, 21), (2, 22), (1, 11), (3, 31)]
    assert refuge(able, above=[2, 1], holders={22}, leaving={31}) == 22, "who holds the next power before others"
    assert refuge(able, above=[2, 1], holders={11}, leaving={31}) == 21, "the nearest point before the power"
    assert refuge(able, above=[2, 1], holders=(), leaving={21, 22}) == 11
    assert refuge(able, above=[4], holders=(), leaving=()) is None
    assert next_window([31, 11], leaving={31}, able=able, above=[2, 1]) == 11
    assert next_window([31], leaving={31}, able=able, above=[2, 1]) == 21
