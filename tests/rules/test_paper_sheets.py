"""Numbered paper sheets (C-29), double intake (C-15), review points compared (S-11): the rules as tables."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from portal.rules import double_intake, paper_sheets, review_points
from portal.rules.authority import Office, OfficeHeld
from portal.rules.decision import Reason
from portal.rules.double_intake import FindingState
from portal.rules.moments import SHANGHAI
from portal.rules.paper_sheets import SheetNow, SheetNumber, SheetReason
from portal.rules.review_points import Outcomes
from portal.rules.working_days import Calendar

NOW = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
CALENDAR = Calendar.of([], [2026])
HERE, ELSEWHERE = 1, 2
BLANK = SheetNow(SheetNumber(2026, 7), HERE, NOW - timedelta(days=10))
CENTER, MANAGER, SUPERVISOR = (
    OfficeHeld(n, kind) for n, kind in enumerate((Office.CENTER_MANAGEMENT, Office.COUNTY_MANAGER, Office.SUPERVISOR), 1)
)
HEAD = OfficeHeld(4, Office.HEAD_OF_AGENCY, 8)


@pytest.mark.parametrize(
    "text, number",
    [("2026-00031", SheetNumber(2026, 31)), (" 202600031 ", SheetNumber(2026, 31)), ("2026-31", None), ("", None), ("2026-000310", None), ("２０２６-00031", None)],
)  # fmt: skip
def test_a_number_is_read_as_it_is_printed(text: str, number: SheetNumber | None) -> None:
    assert SheetNumber.of(text) == number
    assert number is None or SheetNumber.of(str(number)) == number


@pytest.mark.parametrize(
    "sheet, ago, reason, note, why",
    [
        (BLANK, timedelta(hours=2), SheetReason.LINE, "", None),
        (BLANK, timedelta(days=9), SheetReason.POWER, "", None),  # late is allowed, and counts as late
        (BLANK, timedelta(hours=2), SheetReason.OTHER, "雪", None),
        (BLANK, timedelta(hours=2), SheetReason.OTHER, " ", Reason.SHEET_NEEDS_WORDS),
        (BLANK, timedelta(minutes=-1), SheetReason.LINE, "", Reason.SHEET_MOMENT_AHEAD),
        (BLANK, timedelta(), SheetReason.LINE, "", None),
        (BLANK, timedelta(days=11), SheetReason.LINE, "", Reason.SHEET_BEFORE_ISSUE),
        (None, timedelta(hours=2), SheetReason.LINE, "", Reason.SHEET_NOT_ISSUED),
        (SheetNow(BLANK.number, ELSEWHERE, BLANK.issued_at), timedelta(hours=2), SheetReason.LINE, "", Reason.SHEET_OF_ANOTHER_POINT),
        (SheetNow(BLANK.number, HERE, BLANK.issued_at, is_used=True), timedelta(hours=2), SheetReason.LINE, "", Reason.SHEET_USED),
        (SheetNow(BLANK.number, HERE, BLANK.issued_at, is_cancelled=True), timedelta(hours=2), SheetReason.LINE, "", Reason.SHEET_CANCELLED),
    ],
)  # fmt: skip
def test_a_sheet_is_entered_once_where_it_was_issued_with_its_real_moment(
    sheet: SheetNow | None, ago: timedelta, reason: SheetReason, note: str, why: Reason | None
) -> None:
    found = paper_sheets.may_enter_sheet(sheet, point_id=HERE, written_at=NOW - ago, now=NOW, reason=reason, note=note)
    assert found.reason is why and (bool(found) is (why is None))
    assert why is None or found.rule == "C-29"


def test_a_spoilt_sheet_is_cancelled_with_a_reason() -> None:
    used = SheetNow(BLANK.number, HERE, BLANK.issued_at, is_used=True)
    assert paper_sheets.may_cancel_sheet(BLANK, at_points={HERE}, why="写错")
    assert paper_sheets.may_cancel_sheet(BLANK, at_points={HERE}, why=" ").reason is Reason.SHEET_CANCEL_NEEDS_REASON
    assert paper_sheets.may_cancel_sheet(BLANK, at_points={ELSEWHERE}, why="写错").reason is Reason.SHEET_OF_ANOTHER_POINT
    assert paper_sheets.may_cancel_sheet(used, at_points={HERE}, why="写错").reason is Reason.SHEET_USED


@pytest.mark.parametrize(
    "written, entered, late",
    [
        (date(2026, 11, 20), date(2026, 11, 24), False),  # Friday: Monday is the first working day, Tuesday the second
        (date(2026, 11, 20), date(2026, 11, 25), True),
        (date(2026, 11, 21), date(2026, 11, 24), False),  # Saturday
        (date(2026, 11, 23), date(2026, 11, 23), False),
    ],
)
def test_two_working_days_from_the_day_on_the_paper(written: date, entered: date, late: bool) -> None:
    at = [datetime(day.year, day.month, day.day, 23, 30, tzinfo=SHANGHAI) for day in (written, entered)]
    assert paper_sheets.is_late(at[0], at[1], CALENDAR) is late


def test_a_number_before_one_that_was_taken_is_not_accounted_for() -> None:
    assert paper_sheets.rest_of(1, 5, {1, 3}) == paper_sheets.Rest((2,), (4, 5))
    assert paper_sheets.rest_of(1, 3, ()) == paper_sheets.Rest((), (1, 2, 3))
    assert paper_sheets.rest_of(1, 2, {1, 2}) == paper_sheets.Rest((), ())


def test_only_offices_issue_sheets_and_the_share_needs_cases() -> None:
    assert paper_sheets.may_issue_sheets([MANAGER]) and paper_sheets.may_issue_sheets([CENTER])
    assert paper_sheets.may_issue_sheets([SUPERVISOR, HEAD]).reason is Reason.NOT_TO_ISSUE_SHEETS
    assert paper_sheets.share(0, 0) is None and paper_sheets.share(1, 4) == 0.25
    assert paper_sheets.may_add_photo(has_photo=True).reason is Reason.SHEET_HAS_PHOTO and paper_sheets.may_add_photo(has_photo=False)


# --- double intake ----------------------------------------------------------------------------------------------------------------


def test_a_finding_is_opened_by_center_or_supervisor_and_answered_in_five_working_days() -> None:
    assert double_intake.may_open_finding([CENTER]) and double_intake.may_open_finding([SUPERVISOR])
    assert double_intake.may_open_finding([MANAGER, HEAD]).reason is Reason.NOT_TO_OPEN_FINDING
    assert double_intake.answer_due_on(date(2026, 11, 23), CALENDAR) == date(2026, 11, 30)
    due = date(2026, 11, 30)
    assert not double_intake.is_late(FindingState.OPEN, due, None, due)
    assert double_intake.is_late(FindingState.OPEN, due, None, date(2026, 12, 1))
    assert double_intake.is_late(FindingState.UPHELD, due, date(2026, 12, 1), due) and not double_intake.is_late(
        FindingState.ANSWERED, due, due, due
    )


@pytest.mark.parametrize(
    "state, offices, chief_of, text, why",
    [
        (FindingState.OPEN, [HEAD], (), "已补录", None),
        (FindingState.OPEN, [], (8,), "已补录", None),
        (FindingState.OPEN, [OfficeHeld(5, Office.HEAD_OF_AGENCY, 9)], (9,), "已补录", Reason.NOT_TO_ANSWER_FINDING),
        (FindingState.OPEN, [CENTER], (), "已补录", Reason.NOT_TO_ANSWER_FINDING),
        (FindingState.ANSWERED, [HEAD], (), "再说", Reason.FINDING_ANSWERED),
        (FindingState.OPEN, [HEAD], (), " ", Reason.FINDING_NEEDS_WORDS),
    ],
)
def test_the_body_answers_once_by_its_head_or_a_chief_representative(
    state: FindingState, offices: list[OfficeHeld], chief_of: tuple[int, ...], text: str, why: Reason | None
) -> None:
    assert double_intake.may_answer_finding(state, 8, offices=offices, chief_of=chief_of, text=text).reason is why


@pytest.mark.parametrize(
    "state, outcome, days, offices, why",
    [
        (FindingState.ANSWERED, FindingState.UPHELD, 0, [CENTER], None),
        (FindingState.ANSWERED, FindingState.DISMISSED, 0, [CENTER], None),
        (FindingState.OPEN, FindingState.UPHELD, 0, [CENTER], Reason.FINDING_WAITS),
        (FindingState.OPEN, FindingState.UPHELD, 1, [CENTER], None),  # silence
        (FindingState.OPEN, FindingState.DISMISSED, 1, [CENTER], Reason.FINDING_WAITS),
        (FindingState.DISMISSED, FindingState.UPHELD, 9, [CENTER], Reason.FINDING_CLOSED),
        (FindingState.ANSWERED, FindingState.UPHELD, 0, [SUPERVISOR, HEAD, MANAGER], Reason.NOT_TO_CLOSE_FINDING),
    ],
)
def test_the_center_closes_what_was_answered_and_upholds_silence(
    state: FindingState, outcome: FindingState, days: int, offices: list[OfficeHeld], why: Reason | None
) -> None:
    due = date(2026, 11, 30)
    assert double_intake.may_close_finding(state, outcome, due, due + timedelta(days=days), offices=offices).reason is why


# --- review points ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "windows, listed",
    [
        ([(10, 0), (8, 2)], True),
        ([(10, 0), (9, 1)], False),
        ([(10, 0), (0, 9)], False),  # nine answers are no figure
        ([(10, 0)], False),
        ([(10, 0), (9, 1), (5, 5)], True),
        ([], False),
    ],
)
def test_windows_that_differ_by_a_fifth_are_listed(windows: list[tuple[int, int]], listed: bool) -> None:
    assert review_points.differ(Outcomes(n, met, not_met) for n, (met, not_met) in enumerate(windows)) is listed
