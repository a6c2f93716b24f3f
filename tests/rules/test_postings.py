"""Who is posted, what counts as an exception, and the turnover of departments (N-4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.authority import Level, Office, OfficeHeld, Post, WindowTerms
from portal.rules.decision import NotAllowed, Reason
from portal.rules.postings import (
    EndDraft,
    PostingDraft,
    PostingTerms,
    Staff,
    check_end,
    check_posting,
    is_free,
    may_post,
    told_by,
    turnover,
    two_years_from,
    usual_days,
)
from tests.rules.authority_model import MR, TAX, TODAY
from tests.rules.calendar_fixture import seed_calendar

DAY = timedelta(days=1)
FIRST = date(2026, 12, 7)  # a Monday
CLERK = PostingDraft(Post.CLERK, Level.TOWN, Staff.REGULAR, FIRST, told_on=TODAY)
AGENT = PostingDraft(Post.AGENT, Level.VILLAGE, Staff.TEMPORARY, TODAY, appointed_by_village=True, confirmed_by_town=True)


def found(draft: PostingDraft) -> list[Reason | None]:
    check = check_posting(draft, seed_calendar(), TODAY)
    assert {fault.rule for fault in check.faults} <= {"N-4"}
    return [fault.reason for fault in check.faults]


@pytest.mark.parametrize(
    "draft",
    [
        CLERK,
        replace(CLERK, until_on=date(2028, 12, 6)),
        replace(CLERK, needs_certificate=True, has_certificate=True),
        replace(CLERK, told_on=date(2026, 11, 26)),  # the seventh working day before
        AGENT,
    ],
)
def test_a_posting_that_keeps_the_rule(draft: PostingDraft) -> None:
    check = check_posting(draft, seed_calendar(), TODAY)
    assert check and check.faults == check.exceptions == ()
    assert check.or_raise() is check


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"staff": Staff.TEMPORARY}, Reason.STAFF_IS_TEMPORARY),
        ({"needs_certificate": True}, Reason.POSTING_NEEDS_CERTIFICATE),
        ({"until_on": date(2028, 12, 5)}, Reason.POSTING_TOO_SHORT),
        ({"told_on": None}, Reason.POSTING_TOLD_TOO_LATE),
        ({"told_on": date(2026, 11, 27)}, Reason.POSTING_TOLD_TOO_LATE),
    ],
)
def test_what_is_missing_needs_a_reason_and_is_then_an_exception(changes: dict[str, Any], reason: Reason) -> None:
    draft = replace(CLERK, **changes)
    assert found(draft) == [reason]
    check = check_posting(replace(draft, reason="无合适人选"), seed_calendar(), TODAY)
    assert check
    assert check.exceptions == (reason,)
    assert found(replace(draft, reason="  ")) == [reason]


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (replace(CLERK, from_on=TODAY - DAY, told_on=date(2026, 11, 2)), Reason.BACKDATED),
        (replace(CLERK, from_on=FIRST, until_on=FIRST - DAY), Reason.PERIOD_REVERSED),
        (replace(CLERK, post=Post.AGENT, appointed_by_village=True, confirmed_by_town=True), Reason.POST_NOT_AT_THIS_LEVEL),
        (replace(CLERK, level=Level.COMMUNITY), Reason.POST_NOT_AT_THIS_LEVEL),
        (replace(AGENT, appointed_by_village=False), Reason.AGENT_NOT_APPOINTED),
        (replace(AGENT, confirmed_by_town=False), Reason.AGENT_NOT_CONFIRMED),
    ],
)
def test_what_no_reason_excuses(draft: PostingDraft, reason: Reason) -> None:
    check = check_posting(replace(draft, reason="无合适人选"), seed_calendar(), TODAY)
    assert [fault.reason for fault in check.faults] == [reason]
    with pytest.raises(NotAllowed):
        check.or_raise()


def test_everything_is_named_at_once() -> None:
    draft = replace(CLERK, staff=Staff.TEMPORARY, needs_certificate=True, until_on=FIRST, told_on=None)
    assert len(found(draft)) == 4


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-12-07", "2028-12-06"), ("2026-03-01", "2028-02-29"), ("2028-02-29", "2030-02-28"), ("2027-01-01", "2028-12-31")],
)
def test_two_years(first: str, last: str) -> None:
    assert two_years_from(date.fromisoformat(first)) == date.fromisoformat(last)


def test_a_change_is_told_seven_working_days_ahead_and_holidays_do_not_count() -> None:
    assert told_by(date(2026, 10, 12), seed_calendar()) == date(2026, 9, 24)  # the 10th was worked, the 1st to 7th and the 25th were not
    assert told_by(FIRST, seed_calendar()) == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("until_on", "day", "stands"),
    [(None, "2026-03-01", True), (None, "2026-02-28", False), (None, "2036-03-01", True)]
    + [("2026-03-09", "2026-03-09", True), ("2026-03-09", "2026-03-10", False)],
)
def test_both_days_belong_to_a_posting(until_on: str | None, day: str, stands: bool) -> None:
    assert posting(1, "2026-03-01", until_on).stands_on(date.fromisoformat(day)) is stands


# --- turnover ------------------------------------------------------------------------------------------------------------------

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def posting(id_: int, from_on: str, until_on: str | None = None, **changes: Any) -> PostingTerms:
    end = None if until_on is None else date.fromisoformat(until_on)
    return replace(PostingTerms(id_, id_, 10, MR, Post.CLERK, date.fromisoformat(from_on), end), **changes)


def test_turnover_counts_who_left_and_who_came_as_an_exception() -> None:
    rows = [
        posting(1, "2024-01-01"),
        posting(2, "2024-06-01", "2026-05-31"),  # its two years
        posting(3, "2025-06-01", "2026-12-31"),  # before they were over
        posting(4, "2026-03-01", is_exception=True),
        posting(5, "2025-03-01", is_exception=True),  # came the year before
        posting(6, "2026-02-01", "2026-02-28", is_exception=True),  # both: counted once
        posting(7, "2020-01-01", "2025-12-31"),
        posting(8, "2027-01-01"),
        posting(9, "2026-01-01", "2027-01-01"),
        posting(10, "2026-01-01", "2026-06-30", post=Post.AGENT),
        posting(11, "2026-01-01", body_id=TAX),
        posting(12, "2024-01-02", "2026-01-01", body_id=TAX),  # left on the first day
        posting(13, "2026-12-31", body_id=TAX, is_exception=True),  # came on the last
        posting(14, "2026-01-01", body_id=TAX, is_exception=True),
    ]
    answer = turnover(rows, *YEAR)
    assert set(answer) == {MR, TAX}
    mine = answer[MR]
    assert mine.stood == (1, 2, 3, 4, 5, 6, 9)
    assert (mine.n, mine.left, mine.early, mine.excepted, mine.changes) == (7, (2, 3, 6), (3, 6), (4, 6), (2, 3, 4, 6))
    assert (answer[TAX].stood, answer[TAX].changes) == ((11, 12, 13, 14), (12, 13, 14))


@pytest.mark.parametrize(
    ("second", "left"),
    [
        (posting(2, "2026-07-01", account_id=1), ()),  # prolonged
        (posting(2, "2026-07-02", account_id=1), (1,)),
        (posting(2, "2026-07-01", account_id=1, window_id=11), (1,)),
        (posting(2, "2026-07-01", account_id=1, post=Post.CHIEF), (1,)),
        (posting(2, "2026-07-01"), (1,)),
        (posting(2, "2026-07-01", "2026-08-31", account_id=1), (1,)),
    ],
)
def test_a_prolonged_posting_did_not_end(second: PostingTerms, left: tuple[int, ...]) -> None:
    assert turnover([second, posting(1, "2024-07-01", "2026-06-30")], *YEAR)[MR].left == left


@given(st.lists(st.tuples(st.integers(0, 900), st.none() | st.integers(0, 900), st.integers(1, 3), st.booleans()), max_size=12))
def test_what_counts_as_turnover_stood_in_the_period(rows: list[tuple[int, int | None, int, bool]]) -> None:
    origin = date(2025, 1, 1)
    made = [
        PostingTerms(
            place, person, 10, MR, Post.CLERK, origin + first * DAY, None if length is None else origin + (first + length) * DAY, odd
        )
        for place, (first, length, person, odd) in enumerate(rows)
    ]
    for one in turnover(made, *YEAR).values():
        assert set(one.early) <= set(one.left) <= set(one.stood)
        assert set(one.changes) <= set(one.stood)
        assert 0 <= len(one.changes) <= one.n


# --- who posts, and ends a posting ----------------------------------------------------------------------------------------------

COUNTER = WindowTerms(1, "611026000000-MR", 1, Level.COUNTY, frozenset({MR}))
MIXED = WindowTerms(2, "611026000000-G", 1, Level.COUNTY, frozenset({MR, TAX}), is_general=True)


@pytest.mark.parametrize(
    ("office", "body_id", "window", "reason"),
    [
        (Office.CENTER_MANAGEMENT, None, MIXED, None),
        (Office.COUNTY_MANAGER, None, COUNTER, None),
        (Office.HEAD_OF_AGENCY, MR, COUNTER, None),
        (Office.HEAD_OF_GOVERNMENT, MR, COUNTER, None),
        (Office.HEAD_OF_AGENCY, TAX, COUNTER, Reason.NOT_TO_POST),
        (Office.HEAD_OF_AGENCY, MR, MIXED, Reason.NOT_TO_POST),
        (Office.LEADER_IN_CHARGE, MR, COUNTER, Reason.NOT_TO_POST),
        (Office.SUPERVISOR, None, COUNTER, Reason.NOT_TO_POST),
    ],
)
def test_who_decides_who_is_posted(office: Office, body_id: int | None, window: WindowTerms, reason: Reason | None) -> None:
    answer = may_post([OfficeHeld(7, office, body_id)], window, actor_id=1, account_id=2)
    assert answer.reason is reason and (answer.by is not None) is (reason is None)
    if reason is None:
        assert may_post([OfficeHeld(7, office, body_id)], window, actor_id=1, account_id=1).reason is Reason.POSTS_ONESELF


def test_an_end_is_never_backdated_and_an_early_or_late_told_one_needs_a_reason() -> None:
    posting = PostingTerms(1, 5, 1, MR, Post.CLERK, date(2026, 3, 2), date(2028, 3, 1))

    def said(one: PostingTerms, **draft: Any) -> set[Reason | None]:
        return {fault.reason for fault in check_end(one, EndDraft(**draft), seed_calendar(), TODAY).faults}

    assert said(posting, last_on=TODAY - DAY, reason="x") == {Reason.POSTING_ENDS_IN_PAST}
    assert said(posting, last_on=date(2028, 3, 1), reason="x") == {Reason.POSTING_ENDS_ANYHOW}
    assert said(posting, last_on=TODAY, told_on=TODAY) == {Reason.POSTING_TOO_SHORT, Reason.POSTING_TOLD_TOO_LATE}
    check = check_end(posting, EndDraft(TODAY, TODAY, "调离"), seed_calendar(), TODAY)
    assert check and check.exceptions == (Reason.POSTING_TOO_SHORT, Reason.POSTING_TOLD_TOO_LATE)
    long_there = replace(posting, from_on=date(2024, 3, 1), until_on=None)
    assert said(long_there, last_on=date(2026, 12, 31), told_on=TODAY) == set()
    assert said(replace(long_there, until_on=TODAY - DAY), last_on=TODAY) == {Reason.POSTING_IS_OVER}
    assert said(replace(posting, post=Post.AGENT), last_on=TODAY) == set()


def test_nobody_is_posted_twice_with_one_post_and_what_never_began_does_not_count() -> None:
    posting = PostingTerms(1, 5, 1, MR, Post.CLERK, date(2026, 12, 7), date(2028, 12, 6))
    void = replace(posting, until_on=date(2026, 11, 30))
    assert is_free(5, 1, Post.CLERK, date(2028, 12, 6), None, [posting]).reason is Reason.POSTED_ALREADY
    assert is_free(5, 1, Post.CLERK, date(2028, 12, 7), None, [posting])
    assert is_free(5, 1, Post.CHIEF, date(2026, 12, 7), None, [posting]) and is_free(6, 1, Post.CLERK, date(2026, 12, 7), None, [posting])
    assert void.never_began and is_free(5, 1, Post.CLERK, date(2026, 11, 30), None, [void])
    assert turnover([void], date(2026, 1, 1), date(2027, 1, 1)) == {}


def test_the_usual_days_keep_the_rule() -> None:
    first, last = usual_days(TODAY, seed_calendar())
    assert check_posting(replace(CLERK, from_on=first, until_on=last, told_on=TODAY), seed_calendar(), TODAY)
    assert not check_posting(replace(CLERK, from_on=first - DAY, until_on=last, told_on=TODAY), seed_calendar(), TODAY)
