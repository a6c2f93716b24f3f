"""First asked, first responsible (C-8)."""

from __future__ import annotations

from datetime import date

import pytest

from portal.rules import inquiries as rules
from portal.rules.decision import Decision, Reason
from portal.rules.inquiries import InquiryNow, InquiryState
from portal.rules.working_days import Calendar, DayKind

CALENDAR = Calendar.of([(date(2026, 10, 1), DayKind.HOLIDAY)], [2026])
MINE = InquiryNow(InquiryState.OPEN, (1,), 7)
AT_WINDOW = InquiryNow(InquiryState.OPEN, (1, 2), None)


def refused(decision: Decision) -> Reason | None:
    return None if decision else decision.reason


def test_who_may_log() -> None:
    assert rules.may_log_inquiry({1}, "怎么办社保卡")
    assert refused(rules.may_log_inquiry((), "怎么办社保卡")) is Reason.INQUIRY_NEEDS_WINDOW
    assert refused(rules.may_log_inquiry({1}, " ")) is Reason.INQUIRY_NEEDS_WORDS


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (date(2026, 11, 23), date(2026, 11, 25)),
        (date(2026, 11, 26), date(2026, 11, 30)),
        (date(2026, 11, 28), date(2026, 12, 1)),
        (date(2026, 9, 30), date(2026, 10, 5)),
    ],
)
def test_due_in_two_working_days(asked: date, due: date) -> None:
    assert rules.answer_due_on(asked, CALENDAR) == due
    assert not rules.is_late(due, None, due)
    assert rules.is_late(due, None, date.fromordinal(due.toordinal() + 1))
    assert not rules.is_late(due, due, date(2027, 1, 1)), "answered in time stays so"


@pytest.mark.parametrize(
    ("now", "account", "windows", "reason"),
    [
        (MINE, 7, {1}, None),
        (MINE, 8, {1}, Reason.INQUIRY_WITH_ANOTHER),
        (MINE, 7, {2}, Reason.INQUIRY_WITH_ANOTHER),
        (AT_WINDOW, 8, {2}, None),
        (AT_WINDOW, 7, {1}, Reason.INQUIRY_WITH_ANOTHER),
        (InquiryNow(InquiryState.ANSWERED, (1,), 7), 7, {1}, Reason.INQUIRY_IS_OVER),
        (InquiryNow(InquiryState.BECAME_CASE, (1,), 7), 7, {1}, Reason.INQUIRY_IS_OVER),
    ],
)
def test_whoever_has_it_answers_or_hands_it_over(now: InquiryNow, account: int, windows: set[int], reason: Reason | None) -> None:
    assert refused(rules.may_answer_inquiry(now, account_id=account, windows=windows)) is reason
    assert refused(rules.may_hand_over_inquiry(now, account_id=account, windows=windows, to_window=9)) is reason


def test_an_answer_has_words() -> None:
    assert refused(rules.may_answer_inquiry(MINE, account_id=7, windows={1}, text="\n")) is Reason.INQUIRY_NEEDS_WORDS


@pytest.mark.parametrize(
    ("now", "window", "account", "reason"),
    [
        (MINE, 2, None, None),
        (MINE, 1, 8, None),
        (MINE, 1, 7, Reason.INQUIRY_NOT_BACK),
        (MINE, 1, None, Reason.INQUIRY_NOT_BACK),
        (InquiryNow(InquiryState.OPEN, (2, 1), 7), 2, None, Reason.INQUIRY_NOT_BACK),
        (InquiryNow(InquiryState.OPEN, (2, 1), 7), 2, 9, Reason.INQUIRY_NOT_BACK),
        (InquiryNow(InquiryState.OPEN, (4, 3, 2, 1), 7), 5, None, Reason.INQUIRY_HANDED_ON_TOO_OFTEN),
    ],
)
def test_it_is_not_kicked_back_nor_handed_on_without_end(now: InquiryNow, window: int, account: int | None, reason: Reason | None) -> None:
    assert refused(rules.may_hand_over_inquiry(now, account_id=7, windows={1}, to_window=window, to_account=account)) is reason


def test_the_center_hands_on_what_is_stuck() -> None:
    stuck = InquiryNow(InquiryState.OPEN, (4, 3, 2, 1), None)

    def ask(now: InquiryNow, window: int, account: int | None = None) -> Decision:
        return rules.may_hand_over_inquiry(now, account_id=99, windows=(), to_window=window, to_account=account, is_center=True)

    assert ask(stuck, 4) and ask(stuck, 5) and ask(stuck, 1, 7)
    assert refused(ask(stuck, 1)) is Reason.INQUIRY_NOT_BACK, "it is there"
    assert refused(ask(InquiryNow(InquiryState.ANSWERED, (1,), 7), 2)) is Reason.INQUIRY_IS_OVER
