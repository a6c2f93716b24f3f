"""The mail-room index: what a hall may not decide, and what left it, because it could not or although it could (G-8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.authority import ItemTerms, Level, Mandate, Power, Register
from portal.rules.handoffs import TransferKind
from portal.rules.mailroom import (
    COUNTY,
    ClosedCase,
    Figure,
    Group,
    GroupKind,
    ItemAt,
    Transfer,
    TransferWhy,
    case_index,
    case_indices,
    held_at_hall,
    item_index,
    item_indices,
    trend,
    why_transferred,
)
from tests.rules.authority_model import COUNTY_POINT, MR, NOW, ROOM_POINT, TAX, TODAY, TOWN_POINT, clause, item, points, window

DAY = timedelta(days=1)
HALL, TOWN_WINDOW, ROOM = window(), window(Level.TOWN), window(Level.VILLAGE)
SECOND = window(id=11, code="W1-2")


def group(kind: str, key: int = 0) -> Group:
    return Group(GroupKind(kind), key)


def test_below_ten_there_is_no_figure() -> None:
    assert Figure(9, (1, 2)).share is None
    assert Figure(10, (1, 2)).share == 0.2
    assert Figure(10).share == 0


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (Figure(10, (1, 2, 3)), Figure(20, (1, 2)), 0.2),
        (Figure(20, (1,)), Figure(10, (1,)), -0.05),
        (Figure(9, (1,)), Figure(10, (1,)), None),
        (Figure(10, (1,)), Figure(9, (1,)), None),
    ],
)
def test_the_trend_compares_two_periods_that_both_have_a_figure(now: Figure[int], before: Figure[int], expected: float | None) -> None:
    assert trend(now, before) == (None if expected is None else pytest.approx(expected))


# --- items ---------------------------------------------------------------------------------------------------------------------


def test_the_item_index_is_the_share_of_what_no_window_of_the_hall_may_decide() -> None:
    items = [item(id=number, offered_at=frozenset({COUNTY_POINT})) for number in range(1, 13)]
    items[10] = replace(items[10], is_forwarded=True)  # by law: does not count
    items[11] = replace(items[11], required=frozenset({Power.ACCEPT, Power.DELIVER}))  # nobody decides it: does not count
    accept_all = clause(HALL, Power.ACCEPT, item_ids=frozenset(range(1, 13)))
    decide_some = clause(SECOND, Power.DECIDE, item_ids=frozenset({1, 2, 3}))
    register = Register(points(), [HALL, SECOND], [accept_all, decide_some], NOW)
    figure = item_index(items, register, COUNTY_POINT)
    assert (figure.n, figure.count, figure.share) == (10, 7, 0.7)
    assert figure.behind == tuple(ItemAt(COUNTY_POINT, number) for number in range(4, 11))
    found = item_indices(items, register)
    assert found[COUNTY] == found[group("department", MR)] == found[group("point", COUNTY_POINT)] == figure
    # The one window may decide none of what it takes in, though its neighbour does; the other all that it has.
    assert (found[group("window", HALL.id)].n, found[group("window", HALL.id)].count) == (10, 10)
    assert (found[group("window", SECOND.id)].n, found[group("window", SECOND.id)].count) == (3, 0)


@pytest.mark.parametrize(
    ("offered_at", "deciding", "n", "missing"),
    [
        ({COUNTY_POINT}, [HALL], 1, []),
        ({COUNTY_POINT, TOWN_POINT}, [HALL], 2, [TOWN_POINT]),  # that the county would decide is no help in the town
        ({TOWN_POINT, ROOM_POINT}, [], 1, [TOWN_POINT]),  # a room is no hall
        ({COUNTY_POINT, 99}, [], 1, [COUNTY_POINT]),
        (set(), [HALL], 0, []),
    ],
)
def test_each_hall_counts_for_itself(offered_at: set[int], deciding: list[Any], n: int, missing: list[int]) -> None:
    what = item(offered_at=frozenset(offered_at))
    register = Register(points(), [HALL, TOWN_WINDOW], [clause(place, Power.DECIDE) for place in deciding], NOW)
    figure = item_indices([what], register).get(COUNTY, Figure(0))
    assert (figure.n, [one.point_id for one in figure.behind]) == (n, missing)


def test_a_hall_that_holds_no_cases_has_no_items() -> None:
    known = points()
    known[TOWN_POINT] = replace(known[TOWN_POINT], is_open=False)
    assert item_indices([item(offered_at=frozenset({TOWN_POINT}))], Register(known, [TOWN_WINDOW], [], NOW)) == {}


def test_a_concentrated_item_counts_for_the_bureau() -> None:
    what = item(offered_at=frozenset({COUNTY_POINT}), concentrated_to=TAX)
    assert group("department", TAX) in item_indices([what], Register(points(), [HALL], [], NOW))


def test_what_a_hall_holds_is_counted_by_window_whatever_the_items() -> None:
    clauses = [
        clause(HALL, Power.ACCEPT, Power.REVIEW, Power.JOINT),
        clause(HALL, Power.REVIEW, Power.CERTIFY, item_ids=frozenset({77})),
        clause(SECOND, Power.ACCEPT, Power.DECIDE),
        clause(SECOND, Power.LITIGATE, until_on=TODAY - DAY),
        clause(TOWN_WINDOW, Power.ACCEPT, Power.JOINT, Power.REVIEW, mandate=Mandate.INTERNAL),
    ]
    held = held_at_hall([HALL, SECOND], clauses, NOW)
    assert {power: windows for power, windows in held.items() if windows} == {
        Power.ACCEPT: {HALL.id, SECOND.id}, Power.REVIEW: {HALL.id}, Power.JOINT: {HALL.id}, Power.CERTIFY: {HALL.id}, Power.DECIDE: {SECOND.id},
    }  # fmt: skip
    in_town = held_at_hall([TOWN_WINDOW], clauses, NOW)
    assert not in_town[Power.JOINT], "joint is above a town (G-3)"


# --- transfers -----------------------------------------------------------------------------------------------------------------

HELD = clause(HALL, Power.ACCEPT, Power.REVIEW)
UP = TransferKind.UP


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"power_needed": Power.DECIDE}, TransferWhy.MISSING),
        ({"power_needed": Power.REVIEW}, TransferWhy.DESPITE),
        ({"power_needed": Power.REVIEW, "kind": TransferKind.TRANSFER}, TransferWhy.DESPITE),
        ({"power_needed": Power.REVIEW, "item": item(id=2)}, TransferWhy.MISSING),
        ({"power_needed": Power.REVIEW, "sent_at": NOW - 400 * DAY}, TransferWhy.MISSING),  # before the clause
        ({"power_needed": Power.REVIEW, "clauses": [replace(HELD, until_on=TODAY - DAY)]}, TransferWhy.MISSING),
        ({"power_needed": Power.REVIEW, "clauses": [replace(HELD, window_id=SECOND.id)]}, TransferWhy.MISSING),
        ({"power_needed": Power.REVIEW, "clauses": [replace(HELD, mandate=Mandate.ENTRUSTMENT)]}, TransferWhy.MISSING),  # above the ceiling
        ({"power_needed": Power.DECIDE, "item": item(is_forwarded=True)}, TransferWhy.NEITHER),
        ({"power_needed": Power.REVIEW, "item": item(is_forwarded=True)}, TransferWhy.DESPITE),
        ({"power_needed": Power.DELIVER}, TransferWhy.NEITHER),
        ({"power_needed": None}, TransferWhy.NEITHER),
        ({"power_needed": Power.DECIDE, "kind": TransferKind.ASSISTANCE}, TransferWhy.NEITHER),
        ({"power_needed": Power.DECIDE, "kind": TransferKind.OPINION}, TransferWhy.NEITHER),
        ({"power_needed": Power.ACCEPT, "window": ROOM, "kind": TransferKind.RECEIVE_FORWARD}, TransferWhy.NEITHER),
    ],
)
def test_why_a_case_left(changes: dict[str, Any], why: TransferWhy) -> None:
    facts: dict[str, Any] = {"kind": UP, "sent_at": NOW, "item": item(), "window": HALL, "clauses": [HELD]}
    assert why_transferred(**(facts | changes)) is why


# --- cases ---------------------------------------------------------------------------------------------------------------------

MISSING, DESPITE, NEITHER = (Transfer(HALL.id, COUNTY_POINT, why) for why in TransferWhy)
FROM_TOWN = Transfer(TOWN_WINDOW.id, TOWN_POINT, TransferWhy.MISSING)


def closed(id_: int, *transfers: Transfer, body_id: int = MR) -> ClosedCase:
    return ClosedCase(id_, body_id, frozenset({HALL.id, TOWN_WINDOW.id}), frozenset({COUNTY_POINT, TOWN_POINT}), transfers)


def test_missing_and_despite_are_kept_apart_and_a_case_counts_once_in_each() -> None:
    cases = [closed(3, MISSING, MISSING), closed(1, DESPITE), closed(2, MISSING, DESPITE), closed(4, NEITHER), *map(closed, range(5, 11))]
    answer = case_index(cases)
    assert (answer.missing, answer.despite) == (Figure(10, (2, 3)), Figure(10, (1, 2)))
    assert (answer.missing.share, answer.despite.share) == (0.2, 0.2)
    assert case_index([]).missing == Figure(0)


def test_a_window_answers_for_what_it_held_and_sent_itself() -> None:
    found = case_indices([closed(1, FROM_TOWN), closed(2, MISSING), closed(3, body_id=TAX)])
    assert {one: (index.missing.n, index.missing.behind) for one, index in found.items()} == {
        COUNTY: (3, (1, 2)),
        group("department", MR): (2, (1, 2)),
        group("department", TAX): (1, ()),
        group("point", COUNTY_POINT): (3, (2,)),
        group("point", TOWN_POINT): (3, (1,)),
        group("window", HALL.id): (3, (2,)),
        group("window", TOWN_WINDOW.id): (3, (1,)),
    }


TRANSFERS = st.lists(st.sampled_from([MISSING, DESPITE, NEITHER, FROM_TOWN]), max_size=3)


@given(st.lists(st.tuples(TRANSFERS, st.sampled_from([MR, TAX])), max_size=20))
def test_departments_add_up_to_the_county(rows: list[tuple[list[Transfer], int]]) -> None:
    found = case_indices(closed(place, *transfers, body_id=body) for place, (transfers, body) in enumerate(rows))
    whole = case_index(closed(place, *transfers, body_id=body) for place, (transfers, body) in enumerate(rows))
    parts = [index for one, index in found.items() if one.kind is GroupKind.DEPARTMENT]
    for of in ("missing", "despite"):
        assert sum(getattr(part, of).n for part in parts) == getattr(whole, of).n == len(rows)
        assert sorted(case for part in parts for case in getattr(part, of).behind) == list(getattr(whole, of).behind)


@given(st.lists(st.sets(st.sampled_from([COUNTY_POINT, TOWN_POINT, ROOM_POINT])), max_size=12), st.sets(st.integers(0, 11)))
def test_more_powers_never_raise_the_item_index(offers: list[set[int]], decided: set[int]) -> None:
    items: list[ItemTerms] = [item(id=place, offered_at=frozenset(where)) for place, where in enumerate(offers)]
    poor = Register(points(), [HALL, TOWN_WINDOW], [], NOW)
    rich = Register(points(), [HALL, TOWN_WINDOW], [clause(HALL, Power.DECIDE, item_ids=frozenset(decided), from_on=date(2026, 1, 1))], NOW)
    before, after = item_indices(items, poor), item_indices(items, rich)
    for one, figure in before.items():
        assert after[one].n == figure.n
        assert set(after[one].behind) <= set(figure.behind)
