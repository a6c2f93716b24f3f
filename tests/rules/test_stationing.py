"""Every item is stationed or on the negative list; nothing is withdrawn without its three papers (S-12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.authority import ItemTerms, Level, Office, OfficeHeld, Power, Register
from portal.rules.decision import Reason
from portal.rules.stationing import (
    NegativeEntry,
    Paper,
    Standing,
    WithdrawalPapers,
    check_withdrawal,
    may_list,
    may_withdraw,
    shares,
    stationed,
)
from tests.rules.authority_model import COUNTY_POINT, MR, NOW, ROOM_POINT, TAX, TODAY, TOWN_POINT, clause, item, points, window

DAY = timedelta(days=1)
HALL, TOWN_WINDOW = window(), window(Level.TOWN)
ENTRY = NegativeEntry(1, "柞政发〔2026〕3号", TODAY)
MANAGER = OfficeHeld(1, Office.COUNTY_MANAGER)


def offered(*point_ids: int, **changes: Any) -> ItemTerms:
    return item(offered_at=frozenset(point_ids), **changes)


@pytest.mark.parametrize(
    ("what", "negative", "standing", "codes"),
    [
        (offered(), [], Standing.MISSING, []),
        (offered(ROOM_POINT, COUNTY_POINT, TOWN_POINT), [], Standing.STATIONED, ["C", "T1", "V1"]),
        (offered(), [ENTRY], Standing.NEGATIVE_LIST, []),
        (offered(), [replace(ENTRY, item_id=2)], Standing.MISSING, []),
        (offered(), [replace(ENTRY, instrument=" ")], Standing.MISSING, []),
        (offered(), [replace(ENTRY, from_on=TODAY + DAY)], Standing.MISSING, []),
        (offered(), [replace(ENTRY, from_on=TODAY - DAY, until_on=TODAY - DAY)], Standing.MISSING, []),
        (offered(), [replace(ENTRY, until_on=TODAY)], Standing.NEGATIVE_LIST, []),
        (offered(99), [], Standing.MISSING, []),
    ],
)
def test_where_an_item_stands(what: ItemTerms, negative: list[NegativeEntry], standing: Standing, codes: list[str]) -> None:
    place = stationed(what, points(), negative, TODAY)
    assert place.standing is standing
    assert [point.code for point in place.points] == codes
    assert not place.is_contradicted


def test_a_point_that_holds_no_cases_stations_nothing() -> None:
    known = points()
    known[TOWN_POINT] = replace(known[TOWN_POINT], is_open=False)
    assert stationed(offered(TOWN_POINT), known, [], TODAY).standing is Standing.MISSING


def test_what_is_offered_although_the_negative_list_names_it_stands_out() -> None:
    place = stationed(offered(COUNTY_POINT), points(), [ENTRY], TODAY)
    assert (place.standing, place.is_contradicted) == (Standing.STATIONED, True)


def test_shares_stationed_and_with_decide() -> None:
    items = [
        offered(COUNTY_POINT, id=1),  # its hall decides
        offered(TOWN_POINT, id=2),  # the hall would decide, but it is stationed in the town
        offered(COUNTY_POINT, id=3, is_forwarded=True),
        offered(id=4),
        offered(id=5),
        offered(COUNTY_POINT, id=6, required=frozenset({Power.ACCEPT, Power.DELIVER})),
        offered(COUNTY_POINT, id=7, body_id=TAX),
    ]
    by_hall = clause(HALL, Power.ACCEPT, Power.DECIDE, item_ids=frozenset({1, 2}))
    register = Register(points(), [HALL, TOWN_WINDOW], [by_hall], NOW)
    found = shares(items, register, [replace(ENTRY, item_id=5)], TODAY, MR)
    assert (found.stationed, found.negative, found.missing) == ((1, 2, 3, 6), (5,), (4,))
    assert (found.decidable, found.with_decide) == ((1, 2, 4), (1,))
    assert (found.n, found.stationed_share, found.decide_share) == (5, 0.8, 1 / 3)
    assert shares(items, register, [], TODAY).n == 7
    nothing = shares([], register, [], TODAY)
    assert (nothing.stationed_share, nothing.decide_share) == (None, None)


@given(st.lists(st.tuples(st.sets(st.sampled_from([COUNTY_POINT, TOWN_POINT, 99])), st.booleans(), st.booleans()), max_size=12))
def test_every_item_stands_in_exactly_one_place(rows: list[tuple[set[int], bool, bool]]) -> None:
    items = [offered(*where, id=place, is_forwarded=forwarded) for place, (where, forwarded, _) in enumerate(rows)]
    entries = [replace(ENTRY, item_id=place) for place, row in enumerate(rows) if row[2]]
    found = shares(items, Register(points(), [HALL], [], NOW), entries, TODAY)
    assert sorted((*found.stationed, *found.negative, *found.missing)) == [one.id for one in items]
    assert set(found.with_decide) <= set(found.decidable)


# --- withdrawal ----------------------------------------------------------------------------------------------------------------

REVIEW, APPROVAL, FILING = (Paper(f"〔2026〕{day}号", TODAY - (4 - day) * DAY) for day in (1, 2, 3))
PAPERS = WithdrawalPapers(REVIEW, APPROVAL, FILING)


@pytest.mark.parametrize(
    ("changes", "from_on", "reasons"),
    [
        ({}, TODAY + DAY, []),
        ({"legal_review": None}, TODAY + DAY, [Reason.WITHDRAWAL_NEEDS_REVIEW]),
        ({"government_approval": None}, TODAY + DAY, [Reason.WITHDRAWAL_NEEDS_APPROVAL]),
        ({"filing": None}, TODAY + DAY, [Reason.WITHDRAWAL_NEEDS_FILING]),
        ({"filing": Paper(" ", TODAY)}, TODAY + DAY, [Reason.WITHDRAWAL_NEEDS_FILING]),
        ({"filing": Paper("1", TODAY)}, TODAY + DAY, []),
        ({"filing": Paper("1", TODAY + DAY)}, TODAY + DAY, [Reason.WITHDRAWAL_OUT_OF_ORDER]),
        ({}, TODAY, [Reason.CHANGES_FROM_TOMORROW]),
        (
            {"legal_review": None, "government_approval": None, "filing": None},
            TODAY + DAY,
            [Reason.WITHDRAWAL_NEEDS_REVIEW, Reason.WITHDRAWAL_NEEDS_APPROVAL, Reason.WITHDRAWAL_NEEDS_FILING],
        ),
    ],
)
def test_a_withdrawal_needs_its_three_papers(changes: dict[str, Any], from_on: Any, reasons: list[Reason]) -> None:
    papers = replace(PAPERS, **changes)
    assert [fault.reason for fault in check_withdrawal(papers, from_on=from_on, today=TODAY)] == reasons
    answer = may_withdraw(stationed(offered(1), points(), [], TODAY), papers, offices=[MANAGER], from_on=from_on, today=TODAY)
    assert (bool(answer), answer.reason) == (not reasons, reasons[0] if reasons else None)


@pytest.mark.parametrize("order", list(permutations((REVIEW, APPROVAL, FILING))))
def test_the_papers_come_one_after_the_other(order: tuple[Paper, Paper, Paper]) -> None:
    faults = check_withdrawal(WithdrawalPapers(*order), from_on=TODAY + DAY, today=TODAY)
    assert bool(faults) is (order != (REVIEW, APPROVAL, FILING))


def test_who_withdraws_and_what() -> None:
    here, nowhere = (stationed(one, points(), [], TODAY) for one in (offered(1), offered()))
    head = OfficeHeld(2, Office.HEAD_OF_AGENCY, MR)
    assert may_withdraw(here, PAPERS, offices=[head], from_on=TODAY + DAY, today=TODAY).reason is Reason.NOT_TO_WITHDRAW
    assert may_withdraw(here, PAPERS, offices=[OfficeHeld(3, Office.CENTER_MANAGEMENT)], from_on=TODAY + DAY, today=TODAY)
    assert may_withdraw(nowhere, PAPERS, offices=[MANAGER], from_on=TODAY + DAY, today=TODAY).reason is Reason.NOT_STATIONED


@pytest.mark.parametrize(
    ("instrument", "office", "day", "reason"),
    [
        ("柞政发〔2026〕3号", MANAGER, TODAY, None),
        (" ", MANAGER, TODAY, Reason.NEGATIVE_LIST_NEEDS_INSTRUMENT),
        ("柞政发〔2026〕3号", OfficeHeld(2, Office.HEAD_OF_AGENCY, MR), TODAY, Reason.NOT_TO_WITHDRAW),
        ("柞政发〔2026〕3号", MANAGER, TODAY - DAY, Reason.BACKDATED),
    ],
)
def test_the_negative_list_needs_an_instrument(instrument: str, office: OfficeHeld, day: Any, reason: Reason | None) -> None:
    answer = may_list(instrument, offices=[office], from_on=day, today=TODAY)
    assert (bool(answer), answer.reason) == (reason is None, reason)


def test_an_item_is_not_listed_twice_on_a_day_nor_backwards() -> None:
    center = OfficeHeld(3, Office.CENTER_MANAGEMENT)
    entry = NegativeEntry(1, "柞政办发〔2026〕1号", TODAY)
    assert may_list("2号", offices=[center], from_on=TODAY, today=TODAY, entry=entry).reason is Reason.LISTED_ALREADY
    backwards = may_list("2号", offices=[center], from_on=TODAY, until_on=TODAY - timedelta(days=1), today=TODAY)
    assert backwards.reason is Reason.PERIOD_REVERSED
