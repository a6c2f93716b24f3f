"""An instrument is confirmed once a year; what happens when it is not; items that changed (G-14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.authority import Office, OfficeHeld
from portal.rules.decision import Reason
from portal.rules.recertification import (
    InstrumentYear,
    ItemChange,
    Recertified,
    closes_at,
    covers_case_begun,
    covers_new_case,
    due_on,
    flagged,
    may_confirm,
    reminder_days,
    state,
)
from tests.rules.authority_model import MR, TAX, clause, moment

DAY = timedelta(days=1)
REGISTERED = moment(date(2026, 3, 10))
YEAR = InstrumentYear(REGISTERED)
SECOND = moment(date(2027, 6, 1))  # a confirmation after more than fourteen months


@pytest.mark.parametrize(
    ("on", "hour", "expected"),
    [
        ("2026-03-09", 23, None),
        ("2026-03-10", 10, Recertified.CONFIRMED),
        ("2027-01-08", 10, Recertified.CONFIRMED),
        ("2027-01-09", 10, Recertified.DUE_60),
        ("2027-02-07", 10, Recertified.DUE_60),
        ("2027-02-08", 10, Recertified.DUE_30),
        ("2027-03-02", 10, Recertified.DUE_30),
        ("2027-03-03", 10, Recertified.DUE_7),
        ("2027-03-10", 23, Recertified.DUE_7),
        ("2027-03-11", 0, Recertified.STALE),
        ("2027-05-10", 23, Recertified.STALE),
        ("2027-05-11", 0, Recertified.COVERS_NO_NEW_CASE),
    ],
)
def test_where_an_instrument_stands_in_its_year(on: str, hour: int, expected: Recertified | None) -> None:
    assert state(YEAR, moment(date.fromisoformat(on), hour)) is expected


def test_only_what_is_confirmed_is_off_the_worklist() -> None:
    assert [one for one in Recertified if not one.is_due] == [Recertified.CONFIRMED]


def test_a_confirmation_begins_the_year_anew_and_changes_nothing_before_it() -> None:
    confirmed = replace(YEAR, confirmations=(SECOND,))
    before = moment(date(2027, 5, 31))
    assert state(confirmed, before) is state(YEAR, before) is Recertified.COVERS_NO_NEW_CASE
    assert state(confirmed, SECOND) is Recertified.CONFIRMED
    assert due_on(SECOND) == date(2028, 6, 1)
    # One written before the registration, of a draft, counts for nothing.
    assert replace(YEAR, confirmations=(REGISTERED - DAY,)).confirmed_at(SECOND) == REGISTERED


@pytest.mark.parametrize(("day", "due", "closed"), [("2027-12-31", "2028-12-31", "2029-02-28"), ("2028-02-29", "2029-02-28", "2029-04-29")])
def test_months_of_other_lengths(day: str, due: str, closed: str) -> None:
    at = moment(date.fromisoformat(day))
    assert due_on(at) == date.fromisoformat(due)
    assert closes_at(at) == moment(date.fromisoformat(closed) + DAY, 0)


def test_the_day_of_registration_is_that_of_the_county() -> None:
    assert due_on(moment(date(2026, 3, 10), 0, 30)) == date(2027, 3, 10)  # still the ninth in UTC


def test_reminders_go_out_60_30_and_7_days_before() -> None:
    assert [(one.days, one.on.isoformat()) for one in reminder_days(YEAR, REGISTERED)] == [
        (60, "2027-01-09"),
        (30, "2027-02-08"),
        (7, "2027-03-03"),
    ]
    for one in reminder_days(YEAR, REGISTERED):
        assert state(YEAR, moment(one.on)) is Recertified(f"due_{one.days}")
        assert state(YEAR, moment(one.on - DAY)) is not Recertified(f"due_{one.days}")
    assert reminder_days(YEAR, REGISTERED - DAY) == ()
    assert reminder_days(replace(YEAR, confirmations=(SECOND,)), SECOND)[0].on == date(2028, 4, 2)


# --- what it covers ------------------------------------------------------------------------------------------------------------

CLOSED = closes_at(REGISTERED)
MICRO = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("confirmed_at", "begun_at", "at", "covered"),
    [
        (None, None, CLOSED, False),
        (REGISTERED, None, REGISTERED - MICRO, False),
        (REGISTERED, None, REGISTERED, True),
        (REGISTERED, None, CLOSED - MICRO, True),
        (REGISTERED, None, CLOSED, False),
        (REGISTERED, CLOSED, CLOSED, False),
        (REGISTERED, CLOSED - MICRO, CLOSED + 900 * DAY, True),  # begun before: covered to its end
        (REGISTERED, REGISTERED - 90 * DAY, CLOSED, True),
        (SECOND, CLOSED, SECOND, True),  # confirmed since
    ],
)
def test_after_fourteen_months_no_new_case_is_covered_and_the_old_ones_stay(
    confirmed_at: datetime | None, begun_at: datetime | None, at: datetime, covered: bool
) -> None:
    assert covers_case_begun(confirmed_at, begun_at, at) is covered


def test_the_refusal_says_since_when() -> None:
    given_by = clause(registered_at=REGISTERED)
    assert covers_new_case(given_by, YEAR, CLOSED - MICRO)
    refusal = covers_new_case(given_by, YEAR, CLOSED)
    assert (refusal.rule, refusal.reason, refusal.facts["closed_on"]) == ("G-14", Reason.NOT_CONFIRMED_IN_TIME, date(2027, 5, 11))
    assert covers_new_case(given_by, InstrumentYear(None), CLOSED).reason is Reason.NOT_REGISTERED


@given(st.lists(st.integers(0, 3000), max_size=5), st.integers(0, 3000), st.integers(0, 3000), st.integers(1, 3000))
def test_no_later_confirmation_changes_an_answer_about_the_past(confirmed: list[int], begun: int, asked: int, later: int) -> None:
    at, begun_at = REGISTERED + asked * DAY, REGISTERED + begun * DAY
    known = InstrumentYear(REGISTERED, tuple(REGISTERED + days * DAY for days in confirmed))
    more = replace(known, confirmations=(*known.confirmations, at + later * DAY))
    assert state(known, at) is state(more, at)
    assert covers_case_begun(known.confirmed_at(at), begun_at, at) is covers_case_begun(more.confirmed_at(at), begun_at, at)
    if state(known, at) is not Recertified.COVERS_NO_NEW_CASE:
        assert covers_case_begun(known.confirmed_at(at), begun_at, at)


@pytest.mark.parametrize(
    ("offices", "instrument", "reason"),
    [
        ([OfficeHeld(1, Office.HEAD_OF_AGENCY, MR)], YEAR, None),
        ([OfficeHeld(1, Office.HEAD_OF_AGENCY, TAX)], YEAR, Reason.NOT_TO_CONFIRM),
        ([OfficeHeld(1, Office.COUNTY_MANAGER)], YEAR, Reason.NOT_TO_CONFIRM),
        ([OfficeHeld(1, Office.HEAD_OF_AGENCY, MR)], InstrumentYear(None), Reason.NOT_REGISTERED),
    ],
)
def test_the_head_of_the_body_confirms(offices: list[OfficeHeld], instrument: InstrumentYear, reason: Reason | None) -> None:
    answer = may_confirm(instrument, body_id=MR, number="柞市监授〔2026〕1号", offices=offices, at=SECOND)
    assert answer.reason is reason
    assert bool(answer) is (reason is None)


# --- items that changed --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item_ids", "change", "expected"),
    [
        ({1, 2}, ItemChange(2, MR, SECOND + DAY), (2,)),
        ({1, 2}, ItemChange(3, MR, SECOND + DAY), ()),
        ({1, 2}, ItemChange(2, MR, SECOND + 2 * DAY), (2,)),
        ({1, 2}, ItemChange(2, MR, SECOND), ()),  # confirmed as it was by then
        ({1, 2}, ItemChange(2, MR, SECOND + 3 * DAY), ()),  # not yet
        (None, ItemChange(3, MR, SECOND + DAY), (3,)),
        (None, ItemChange(3, TAX, SECOND + DAY), ()),
    ],
)
def test_an_item_that_changed_flags_the_clauses_that_name_it(
    item_ids: set[int] | None, change: ItemChange, expected: tuple[int, ...]
) -> None:
    given_by = clause(item_ids=None if item_ids is None else frozenset(item_ids))
    assert flagged(given_by, [change, change], SECOND, SECOND + 2 * DAY) == expected
