"""Disputes between bodies and rulings, as tables (C-24)."""

from __future__ import annotations

from datetime import date

import pytest

from portal.rules.authority import Level, Office, OfficeHeld, Power
from portal.rules.decision import Reason
from portal.rules.disputes import (
    DisputeState,
    Ground,
    Return,
    Ruled,
    late_step,
    may_meet,
    may_rule,
    meet_by,
    opens_dispute,
    published,
    rule_by,
    standing_ruling,
)
from portal.rules.handoffs import Proposal, Why, propose_route
from portal.rules.working_days import Calendar

CALENDAR = Calendar.of([], [2026])
DAY = date(2026, 11, 26)  # a Thursday
A, B, C = 1, 2, 3
CENTER, MANAGER, HEAD = (OfficeHeld(number, office) for number, office in ((1, Office.CENTER_MANAGEMENT), (2, Office.COUNTY_MANAGER), (3, Office.HEAD_OF_AGENCY)))


@pytest.mark.parametrize(
    ("returns", "settled", "ground"),
    [
        ([], 0, None),
        ([Return(2, B, A)], 0, None),
        ([Return(2, B, A), Return(4, C, A)], 0, Ground.SECOND_RETURN),
        ([Return(2, B, A), Return(4, B, A)], 0, Ground.SECOND_RETURN),
        ([Return(2, B, A), Return(6, A, B)], 0, Ground.TO_RETURNER),
        # what was ruled on is not counted again, but a body that returned it once stays one that did
        ([Return(2, B, A), Return(4, C, A), Return(9, B, C)], 5, Ground.TO_RETURNER),
        ([Return(2, B, A), Return(4, C, A), Return(9, B, A)], 5, None),
        ([Return(2, B, A), Return(4, C, A), Return(9, B, A), Return(11, B, A)], 5, Ground.SECOND_RETURN),
    ],
)
def test_when_a_return_opens_a_dispute(returns: list[Return], settled: int, ground: Ground | None) -> None:
    assert opens_dispute(returns, settled) is ground


def test_the_bodies_meet_in_two_working_days_and_are_ruled_on_in_five() -> None:
    meet, rule = meet_by(DAY, CALENDAR), rule_by(DAY, CALENDAR)
    assert (meet, rule) == (date(2026, 11, 30), date(2026, 12, 3))
    rows = [
        (DisputeState.OPEN, meet, ""), (DisputeState.OPEN, date(2026, 12, 1), "meet"), (DisputeState.MET, date(2026, 12, 1), ""),
        (DisputeState.OPEN, date(2026, 12, 4), "rule"), (DisputeState.MET, date(2026, 12, 4), "rule"), (DisputeState.RULED, date(2026, 12, 9), ""),
        (DisputeState.MOOT, date(2026, 12, 9), ""),
    ]  # fmt: skip
    for state, today, late in rows:
        assert late_step(state, meet, rule, today) == late, (state, today)


@pytest.mark.parametrize(
    ("state", "offices", "bodies", "held_on", "refusal"),
    [
        (DisputeState.OPEN, [CENTER], {A, B}, DAY, None),
        (DisputeState.OPEN, [MANAGER, HEAD], {A, B}, DAY, Reason.NOT_TO_CALL_MEETING),
        (DisputeState.OPEN, [CENTER], {A}, DAY, Reason.MEETING_NEEDS_TWO),
        (DisputeState.OPEN, [CENTER], {A, B}, date(2026, 11, 25), Reason.MEETING_OF_ANOTHER_DAY),
        (DisputeState.OPEN, [CENTER], {A, B}, date(2026, 11, 28), Reason.MEETING_OF_ANOTHER_DAY),
        (DisputeState.MET, [CENTER], {A, B}, DAY, Reason.DISPUTE_HAS_MET),
        (DisputeState.RULED, [CENTER], {A, B}, DAY, Reason.DISPUTE_IS_OVER),
        (DisputeState.MOOT, [CENTER], {A, B}, DAY, Reason.DISPUTE_IS_OVER),
    ],
)
def test_who_records_which_meeting(
    state: DisputeState, offices: list[OfficeHeld], bodies: set[int], held_on: date, refusal: Reason | None
) -> None:
    answer = may_meet(state, offices, bodies=bodies, held_on=held_on, opened_on=DAY, today=date(2026, 11, 27))
    assert answer.reason is refusal and bool(answer) is (refusal is None)


@pytest.mark.parametrize(
    ("state", "offices", "refusal"),
    [
        (DisputeState.MET, [CENTER], None),
        (DisputeState.MET, [MANAGER], None),
        (DisputeState.MET, [HEAD], Reason.NOT_TO_RULE),
        (DisputeState.OPEN, [CENTER], Reason.DISPUTE_HAS_NOT_MET),
        (DisputeState.RULED, [CENTER], Reason.DISPUTE_IS_OVER),
    ],
)
def test_who_rules_and_when(state: DisputeState, offices: list[OfficeHeld], refusal: Reason | None) -> None:
    assert may_rule(state, offices).reason is refusal


def test_the_later_ruling_holds_for_whom_it_speaks() -> None:
    first = Ruled(1, "2026-1", 31, Power.REVIEW, DAY, level=Level.TOWN)
    second = Ruled(2, "2026-2", 32, Power.REVIEW, date(2026, 12, 1), point_id=7)
    other = Ruled(3, "2026-3", 33, Power.DECIDE, DAY, level=Level.TOWN)
    every = [first, second, other]
    rows = [
        (7, Level.TOWN, Power.REVIEW, DAY, first),  # the second has not begun
        (7, Level.TOWN, Power.REVIEW, date(2026, 12, 1), second),
        (8, Level.TOWN, Power.REVIEW, date(2026, 12, 1), first),
        (8, Level.TOWN, Power.DECIDE, DAY, other),
        (8, Level.COUNTY, Power.REVIEW, DAY, None),
        (8, Level.TOWN, Power.REVIEW, date(2026, 11, 25), None),
        (8, Level.TOWN, None, DAY, None),
    ]
    for point, level, power, on, expected in rows:
        assert standing_ruling(every, power=power, level=level, point_id=point, on=on) is expected, (point, power, on)


def test_a_ruling_goes_before_what_is_nearest_while_its_window_can_receive() -> None:
    ruled = Ruled(1, "2026-1", 31, Power.REVIEW, DAY, level=Level.TOWN)

    def proposed(holder: int, able: set[int]) -> Proposal:
        return propose_route(holder_window_id=holder, next_power=Power.REVIEW, way_back=(), holders=(), able=able, ruled=ruled)

    assert proposed(5, {5, 31}) == Proposal(Why.RULING, 31, Power.REVIEW, None, "2026-1") and proposed(5, {5, 31}).moves
    assert proposed(5, {5}).why is Why.NOWHERE, "its window holds nothing any more"
    assert proposed(31, {5, 31}).why is Why.NOWHERE, "it is there already"


def test_small_counts_are_not_published() -> None:
    assert [published(count) for count in (0, 1, 2, 3, 40)] == [None, None, None, 3, 40]
