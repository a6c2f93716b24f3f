"""The visit: door, paper, result, order, penalty, alarms (Q-5, Q-6, Q-8, Q-11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.authority import Office, OfficeHeld
from portal.rules.decision import Decision, Reason
from portal.rules.inspection_plans import Happened, Outcome, PlanEventKind, PlanState, fold
from portal.rules.inspection_visits import (
    FRUITLESS,
    MOST,
    RECORDED_AS,
    Alarm,
    BenchmarkTerms,
    CodeState,
    Correction,
    Door,
    FirstVisit,
    Fruitless,
    HowChecked,
    NoticeNow,
    NoticeNumber,
    Ordered,
    Span,
    Touch,
    alarms,
    breach_of,
    check_fruitless,
    check_penalty,
    check_recheck,
    code_state,
    correction_of,
    fen_of,
    is_told_late,
    late_before,
    may_be_turned_away,
    may_check_order,
    may_draw_notices,
    may_enter,
    may_explain,
    may_explain_code,
    may_leave,
    may_penalise,
    may_record,
    may_show_code,
    may_tell,
    may_use_notice,
    may_write_on_paper,
    raised_by,
    span_of,
    tell_by,
)
from portal.rules.moments import SHANGHAI
from portal.rules.quiet_days import Kind
from tests.rules.calendar_fixture import seed_calendar

MR, FIRE, MILL, INN = 1, 2, 11, 12
DAY, NEXT = date(2026, 11, 26), date(2026, 11, 27)
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=SHANGHAI)
CALENDAR = seed_calendar()
DOOR = Door(PlanState.FILED, DAY, NEXT, is_announced=True, has_code=True, is_shown=False, goes=True)
SECRET = replace(DOOR, is_announced=False)
YES, QUIET = Decision.yes(), Decision.no(Reason.DAY_IS_ADDED_QUIET, rule="Q-9")
HEAD = [OfficeHeld(7, Office.HEAD_OF_AGENCY, MR)]


# --- at the door ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "door, today, answer, enters, shows",
    [
        (DOOR, DAY, YES, None, Reason.PLAN_NOT_AT_THIS_STEP),
        (DOOR, NEXT, YES, None, Reason.PLAN_NOT_AT_THIS_STEP),
        (DOOR, DAY - timedelta(days=1), YES, Reason.VISIT_NOT_ON_ITS_DAY, Reason.VISIT_NOT_ON_ITS_DAY),
        (DOOR, NEXT + timedelta(days=1), YES, Reason.VISIT_NOT_ON_ITS_DAY, Reason.VISIT_NOT_ON_ITS_DAY),
        (DOOR, DAY, QUIET, Reason.DAY_IS_ADDED_QUIET, Reason.PLAN_NOT_AT_THIS_STEP),
        (SECRET, DAY, QUIET, Reason.VISIT_CODE_NOT_SHOWN, Reason.DAY_IS_ADDED_QUIET),
        (SECRET, DAY, YES, Reason.VISIT_CODE_NOT_SHOWN, None),
        (SECRET, DAY - timedelta(days=1), YES, Reason.VISIT_NOT_ON_ITS_DAY, Reason.VISIT_NOT_ON_ITS_DAY),
        (replace(SECRET, is_shown=True), DAY, YES, None, Reason.PLAN_NOT_AT_THIS_STEP),
        (replace(DOOR, has_code=False), DAY, YES, Reason.VISIT_WITHOUT_CODE, Reason.VISIT_WITHOUT_CODE),
        (replace(SECRET, has_code=False, is_shown=True), DAY, YES, Reason.VISIT_WITHOUT_CODE, Reason.VISIT_WITHOUT_CODE),
        (replace(DOOR, goes=False), DAY, YES, Reason.VISIT_NOT_GOING, Reason.VISIT_NOT_GOING),
        *(
            (replace(DOOR, state=state), DAY, YES, Reason.PLAN_NOT_AT_THIS_STEP, Reason.PLAN_NOT_AT_THIS_STEP)
            for state in PlanState if state is not PlanState.FILED
        ),
    ],
)  # fmt: skip
def test_no_code_no_planned_inspection(door: Door, today: date, answer: Decision, enters: Any, shows: Any) -> None:
    assert may_enter(door, today, answer).reason is enters
    assert may_show_code(door, today, answer).reason is shows


def test_who_was_let_in_can_leave_and_who_was_not_says_what_was_said() -> None:
    for state in PlanState:
        assert bool(may_leave(replace(DOOR, state=state))) is (state is PlanState.UNDER_WAY)
    assert may_leave(replace(DOOR, state=PlanState.UNDER_WAY, goes=False)).reason is Reason.VISIT_NOT_GOING
    assert may_be_turned_away(DOOR, DAY, "不让进")
    assert may_be_turned_away(DOOR, DAY, "  ").reason is Reason.VISIT_NEEDS_WORDS
    assert may_be_turned_away(SECRET, DAY, "不让进").reason is Reason.VISIT_CODE_NOT_SHOWN, "without a code they may be refused"
    assert may_be_turned_away(DOOR, NEXT + timedelta(days=1), "不让进").reason is Reason.VISIT_NOT_ON_ITS_DAY


# --- paper ------------------------------------------------------------------------------------------------------------------------------


def test_blank_notices_are_drawn_by_an_inspector_while_the_year_has_numbers() -> None:
    assert may_draw_notices(1, 50, has_certificate=True) and may_draw_notices(9950, 50, has_certificate=True)
    assert may_draw_notices(9951, 50, has_certificate=True).reason is Reason.NOTICES_ALL_DRAWN
    assert may_draw_notices(1, 1, has_certificate=False).reason is Reason.NO_ENFORCEMENT_CERTIFICATE


def test_a_paper_notice_is_of_the_body_drawn_before_and_used_once() -> None:
    notice = NoticeNow(MR, NOW)
    assert may_use_notice(notice, MR, NOW)
    assert may_use_notice(None, MR, NOW).reason is Reason.NOTICE_UNKNOWN
    assert may_use_notice(notice, FIRE, NOW).reason is Reason.NOTICE_OF_ANOTHER
    assert may_use_notice(replace(notice, is_used=True), MR, NOW).reason is Reason.NOTICE_USED
    assert may_use_notice(notice, MR, NOW - timedelta(seconds=1)).reason is Reason.NOTICE_DRAWN_AFTER


@pytest.mark.parametrize(
    "text, number",
    [
        ("MR-2026-0007", NoticeNumber("MR", 2026, 7)),
        (" mr20260007 ", NoticeNumber("MR", 2026, 7)),
        ("EMERGENCY-2026-0001", NoticeNumber("EMERGENCY", 2026, 1)),
        ("2026-0007", None),
        ("MR-2026-7", None),
        ("MR-2026-00070", None),
        ("", None),
    ],
)
def test_the_number_of_a_notice(text: str, number: NoticeNumber | None) -> None:
    assert NoticeNumber.of(text) == number
    assert number is None or NoticeNumber.of(str(number)) == number


@pytest.mark.parametrize(
    "took, came, still",
    [
        (timedelta(), CodeState.IN_TIME, CodeState.DUE),
        (timedelta(hours=24), CodeState.IN_TIME, CodeState.DUE),
        (timedelta(hours=24, seconds=1), CodeState.LATE, CodeState.LATE),
        (timedelta(days=10), CodeState.LATE, CodeState.LATE),
        (timedelta(days=10, seconds=1), CodeState.OVER, CodeState.OVER),
    ],
)
def test_the_code_follows_in_24_hours_at_the_latest_in_ten_days(took: timedelta, came: CodeState, still: CodeState) -> None:
    assert code_state(NOW, NOW + took, NOW + timedelta(days=99)) is came
    assert code_state(NOW, None, NOW + took) is still
    assert may_explain_code(came, "没有信号", goes=True).reason is (None if came.is_late else Reason.CODE_NOT_LATE)
    assert may_explain_code(CodeState.LATE, " ", goes=True).reason is Reason.VISIT_NEEDS_WORDS
    assert may_explain_code(CodeState.LATE, "没有信号", goes=False).reason is Reason.VISIT_NOT_GOING


def test_a_visit_on_paper_is_of_its_days_over_and_says_why() -> None:
    left = NOW + timedelta(hours=1)
    later = left + timedelta(days=40)
    assert may_write_on_paper(SECRET, NOW, left, later, "没有信号"), "however late: what took place is written down"
    assert may_write_on_paper(SECRET, NOW, left, left - timedelta(seconds=1), "没有信号").reason is Reason.VISIT_TIMES_WRONG
    assert may_write_on_paper(SECRET, left, NOW, later, "没有信号").reason is Reason.VISIT_TIMES_WRONG
    assert may_write_on_paper(SECRET, NOW, left, later, "").reason is Reason.VISIT_NEEDS_WORDS
    before = NOW - timedelta(days=1)
    assert may_write_on_paper(SECRET, before, before, later, "没有信号").reason is Reason.VISIT_NOT_ON_ITS_DAY
    assert may_write_on_paper(replace(SECRET, goes=False), NOW, left, later, "没有信号").reason is Reason.VISIT_NOT_GOING


def test_a_visit_on_paper_was_when_it_was_and_a_change_takes_the_code_back() -> None:
    kind = PlanEventKind
    way = [Happened(each, NOW) for each in (kind.DRAFTED, kind.SUBMITTED, kind.APPROVED, kind.FILED, kind.CODE_ISSUED, kind.CODE_SHOWN)]
    paper = [
        Happened(kind.ENTERED, NOW + timedelta(days=2), {"at": "2026-11-26T02:00:00+00:00", "paper": "MR-2026-0001"}),
        Happened(kind.LEFT, NOW + timedelta(days=2), {"at": "2026-11-26T03:30:00+00:00"}),
    ]
    now = fold([*way, *paper])
    assert now.entered_at == datetime(2026, 11, 26, 10, 0, tzinfo=SHANGHAI) and now.state is PlanState.VISITED
    assert now.left_at == datetime(2026, 11, 26, 11, 30, tzinfo=SHANGHAI)
    assert fold(way).code_shown_at == NOW and fold([*way, Happened(kind.CHANGED, NOW)]).code_shown_at is None


# --- result and order ---------------------------------------------------------------------------------------------------------------------

LEFT = replace(DOOR, state=PlanState.VISITED)
ORDER = Ordered("补齐记录", date(2026, 12, 10))


@pytest.mark.parametrize(
    "door, outcome, findings, order, more, reason",
    [
        (LEFT, Outcome.NOTHING_FOUND, "未发现问题", Ordered(), {}, None),
        (LEFT, Outcome.NOTHING_FOUND, " ", Ordered(), {}, Reason.VISIT_NEEDS_WORDS),
        (LEFT, Outcome.NOTHING_FOUND, "未发现问题", ORDER, {}, Reason.RESULT_WITHOUT_BREACH),
        (LEFT, Outcome.NOTHING_FOUND, "未发现问题", Ordered(at_once=True), {}, Reason.RESULT_WITHOUT_BREACH),
        (LEFT, Outcome.CORRECTION, "缺记录", ORDER, {}, None),
        (LEFT, Outcome.CORRECTION, "缺记录", Ordered(at_once=True), {}, None),
        (LEFT, Outcome.CORRECTION, "缺记录", Ordered(), {}, Reason.RESULT_NEEDS_ORDER),
        (LEFT, Outcome.CORRECTION, "缺记录", Ordered("补齐记录"), {}, Reason.RESULT_NEEDS_ORDER),
        (LEFT, Outcome.CORRECTION, "缺记录", Ordered("补齐记录", at_once=True), {}, Reason.RESULT_NEEDS_ORDER),
        (LEFT, Outcome.CORRECTION, "缺记录", replace(ORDER, due_on=NEXT), {}, None),
        (LEFT, Outcome.CORRECTION, "缺记录", replace(ORDER, due_on=DAY), {}, Reason.RESULT_ORDER_IN_PAST),
        (LEFT, Outcome.PENALTY, "缺记录", Ordered(), {}, None),
        (LEFT, Outcome.PENALTY, "缺记录", Ordered(due_on=NEXT), {}, Reason.RESULT_NEEDS_ORDER),
        (LEFT, Outcome.CASE_FILED, "缺记录", ORDER, {}, None),
        (LEFT, Outcome.CORRECTION, "缺记录", ORDER, {"is_settled": True}, Reason.PLAN_NOT_AT_THIS_STEP),
        (replace(LEFT, goes=False), Outcome.NOTHING_FOUND, "未发现问题", Ordered(), {}, Reason.VISIT_NOT_GOING),
        (replace(LEFT, state=PlanState.TOLD), Outcome.NOTHING_FOUND, "未发现问题", Ordered(), {}, Reason.PLAN_NOT_AT_THIS_STEP),
        (replace(LEFT, state=PlanState.UNDER_WAY), Outcome.NOTHING_FOUND, "未发现问题", Ordered(), {}, Reason.PLAN_NOT_AT_THIS_STEP),
    ],
)
def test_nothing_found_is_a_result_and_correction_comes_first(door: Any, outcome: Any, findings: str, order: Any, more: Any, reason: Any) -> None:
    assert may_record(door, outcome, findings, order, NEXT, **{"is_settled": False, **more}).reason is reason
    assert Outcome.TURNED_AWAY not in RECORDED_AS


def test_the_enterprise_is_told_within_five_working_days() -> None:
    assert tell_by(NOW, CALENDAR) == date(2026, 12, 3)
    friday = datetime(2026, 9, 25, 15, 0, tzinfo=SHANGHAI)  # before the national holidays
    assert tell_by(friday, CALENDAR) == CALENDAR.add_working_days(date(2026, 9, 25), 5)
    last = datetime(2026, 12, 3, 23, 59, tzinfo=SHANGHAI)
    assert not is_told_late(NOW, last, last, CALENDAR)
    assert is_told_late(NOW, last + timedelta(minutes=1), last, CALENDAR)
    assert not is_told_late(NOW, None, last, CALENDAR) and is_told_late(NOW, None, last + timedelta(minutes=1), CALENDAR)
    assert may_tell(LEFT, is_recorded=True)
    assert may_tell(LEFT, is_recorded=False).reason is Reason.RESULT_NOT_RECORDED
    assert may_tell(replace(LEFT, state=PlanState.TOLD), is_recorded=True).reason is Reason.PLAN_NOT_AT_THIS_STEP


@given(st.dates(date(2026, 1, 20), date(2026, 12, 20)), st.integers(0, 30))
def test_one_day_says_of_a_whole_list_what_is_late(today: date, ago: int) -> None:
    left_on = today - timedelta(days=ago)
    left_at = datetime(left_on.year, left_on.month, left_on.day, 12, 0, tzinfo=SHANGHAI)
    now = datetime(today.year, today.month, today.day, 18, 0, tzinfo=SHANGHAI)
    assert (left_on <= late_before(today, CALENDAR)) is is_told_late(left_at, None, now, CALENDAR)


def test_an_order_is_checked_once_and_a_recheck_belongs_to_its_visit() -> None:
    asked = {"of_body": True, "is_checked": False, "how": HowChecked.PAPERS, "is_rechecked": False}
    assert may_check_order(**asked)  # type: ignore[arg-type]
    for change, reason in (
        ({"of_body": False}, Reason.NOT_YOURS), ({"is_checked": True}, Reason.ORDER_CHECKED), ({"how": HowChecked.RECHECK}, Reason.ORDER_WITHOUT_RECHECK),
    ):  # fmt: skip
        assert may_check_order(**{**asked, **change}).reason is reason  # type: ignore[arg-type]
    assert may_check_order(**{**asked, "how": HowChecked.RECHECK, "is_rechecked": True})  # type: ignore[arg-type]

    first = FirstVisit(MR, MILL, "MR-01", 1)
    of = {"body": MR, "enterprise": MILL, "matter": "MR-01"}
    assert check_recheck(first, **of)  # type: ignore[arg-type]
    for other in ({"body": FIRE}, {"enterprise": INN}, {"matter": "MR-02"}):
        assert check_recheck(first, **{**of, **other}).reason is Reason.RECHECK_OF_ANOTHER  # type: ignore[arg-type]
    assert check_recheck(None, **of).reason is Reason.RECHECK_OF_ANOTHER  # type: ignore[arg-type]
    assert check_recheck(replace(first, open_orders=0), **of).reason is Reason.RECHECK_WITHOUT_ORDER  # type: ignore[arg-type]
    assert check_recheck(replace(first, is_recheck=True), **of).reason is Reason.RECHECK_WITHOUT_ORDER  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "orders, at_once, found",
    [
        ([], False, Correction.NOT_ORDERED),
        ([], True, Correction.AT_ONCE),
        ([None], False, Correction.RUNS),
        ([True, None], False, Correction.RUNS),
        ([True], False, Correction.CORRECTED),
        ([True, False], False, Correction.NOT_CORRECTED),
    ],
)
def test_how_a_correction_stands(orders: list[bool | None], at_once: bool, found: Correction) -> None:
    assert correction_of(orders, at_once=at_once) is found


# --- penalties ------------------------------------------------------------------------------------------------------------------------------

SLIGHT = BenchmarkTerms("MR-01-1", MR, "MR-01", "slight", 500_000, 1_000_000, True, date(2024, 1, 1))
ORDINARY = BenchmarkTerms("MR-01-2", MR, "MR-01", "ordinary", 1_000_000, 3_000_000, False, date(2024, 1, 1))


@pytest.mark.parametrize(
    "benchmark, fen, more, reason",
    [
        # a first penalty is at the lower bound, whole fen
        (ORDINARY, 1_000_000, {}, None),
        (ORDINARY, 1_000_001, {}, Reason.PENALTY_FIRST_AT_LOWER),
        (ORDINARY, 3_000_000, {}, Reason.PENALTY_FIRST_AT_LOWER),
        # a later one inside the range
        (ORDINARY, 1_000_001, {"is_first": False}, None),
        (ORDINARY, 3_000_000, {"is_first": False}, None),
        (ORDINARY, 3_000_001, {"is_first": False}, Reason.PENALTY_OUT_OF_RANGE),
        (ORDINARY, 999_999, {"is_first": False}, Reason.PENALTY_OUT_OF_RANGE),
        (ORDINARY, 999_999, {}, Reason.PENALTY_OUT_OF_RANGE),
        # a first, slight, corrected breach of the county's list is not fined
        (SLIGHT, 500_000, {}, Reason.PENALTY_FIRST_IS_FREE),
        (SLIGHT, 500_000, {"correction": Correction.AT_ONCE, "ground": "当场改正"}, Reason.PENALTY_FIRST_IS_FREE),
        (SLIGHT, 500_000, {"correction": Correction.RUNS}, Reason.PENALTY_AFTER_CORRECTION),
        (SLIGHT, 500_000, {"correction": Correction.NOT_CORRECTED}, None),
        (SLIGHT, 500_000, {"is_first": False}, None),
        (replace(SLIGHT, is_first_free=False), 500_000, {}, None),
        (replace(SLIGHT, grade="ordinary"), 500_000, {}, None),
        (ORDINARY, 1_000_000, {"correction": Correction.RUNS}, None),
        # without an order before it, it needs a ground
        (ORDINARY, 1_000_000, {"correction": Correction.NOT_ORDERED}, Reason.PENALTY_NEEDS_GROUND),
        (ORDINARY, 1_000_000, {"correction": Correction.NOT_ORDERED, "ground": "  "}, Reason.PENALTY_NEEDS_GROUND),
        (ORDINARY, 1_000_000, {"correction": Correction.AT_ONCE}, Reason.PENALTY_NEEDS_GROUND),
        (ORDINARY, 1_000_000, {"correction": Correction.NOT_ORDERED, "ground": "屡教不改"}, None),
        # the published benchmark of the matter on the day of the visit, once a visit
        (None, 1_000_000, {}, Reason.PENALTY_NOT_PUBLISHED),
        (replace(ORDINARY, body=FIRE), 1_000_000, {}, Reason.PENALTY_NOT_PUBLISHED),
        (replace(ORDINARY, matter="MR-02"), 1_000_000, {}, Reason.PENALTY_NOT_PUBLISHED),
        (replace(ORDINARY, from_on=NEXT), 1_000_000, {}, Reason.PENALTY_NOT_PUBLISHED),
        (replace(ORDINARY, until_on=DAY - timedelta(days=1)), 1_000_000, {}, Reason.PENALTY_NOT_PUBLISHED),
        (replace(ORDINARY, until_on=DAY), 1_000_000, {}, None),
        (ORDINARY, 1_000_000, {"is_decided": True}, Reason.PENALTY_DECIDED),
    ],
)
def test_a_penalty_keeps_to_the_published_benchmark(benchmark: Any, fen: int, more: dict[str, Any], reason: Any) -> None:
    asked = {"is_first": True, "is_decided": False, "correction": Correction.CORRECTED, "ground": "", **more}
    assert check_penalty(benchmark, fen, body=MR, matter="MR-01", visited=DAY, **asked).reason is reason


@pytest.mark.parametrize(
    "state, outcome, offices, account, reason",
    [
        (PlanState.VISITED, Outcome.CORRECTION, HEAD, 50, None),
        (PlanState.TOLD, Outcome.PENALTY, HEAD, 50, None),
        (PlanState.TOLD, Outcome.CASE_FILED, HEAD, 50, None),
        (PlanState.VISITED, Outcome.NOTHING_FOUND, HEAD, 50, Reason.PENALTY_WITHOUT_BREACH),
        (PlanState.VISITED, None, HEAD, 50, Reason.PENALTY_WITHOUT_BREACH),
        (PlanState.UNDER_WAY, Outcome.PENALTY, HEAD, 50, Reason.PLAN_NOT_AT_THIS_STEP),
        (PlanState.TURNED_AWAY, Outcome.TURNED_AWAY, HEAD, 50, Reason.PLAN_NOT_AT_THIS_STEP),
        (PlanState.VISITED, Outcome.PENALTY, HEAD, 101, Reason.PENALTY_BY_WHO_WENT),
        (PlanState.VISITED, Outcome.PENALTY, [], 50, Reason.PENALTY_BY_HEAD),
        (PlanState.VISITED, Outcome.PENALTY, [OfficeHeld(7, Office.HEAD_OF_AGENCY, FIRE)], 50, Reason.PENALTY_BY_HEAD),
        (PlanState.VISITED, Outcome.PENALTY, [OfficeHeld(7, Office.LEADER_IN_CHARGE, MR)], 50, Reason.PENALTY_BY_HEAD),
        (PlanState.VISITED, Outcome.PENALTY, [OfficeHeld(7, Office.HEAD_OF_GOVERNMENT, None)], 50, Reason.PENALTY_BY_HEAD),
    ],
)
def test_the_head_decides_on_a_penalty_not_who_went(state: Any, outcome: Any, offices: Any, account: int, reason: Any) -> None:
    answer = may_penalise(state, outcome, MR, offices, account=account, went={101, 102})
    assert answer.reason is reason
    assert reason is not None or (answer.by is not None and answer.by.office == 7)


@pytest.mark.parametrize(
    "text, fen",
    [("5000", 500_000), ("5,000", 500_000), ("50.5", 5_050), ("50.05", 5_005), ("0.01", 1), ("0", 0), ("50.005", None), ("-1", None), ("", None), ("五千", None),
     ("1e3", None), (" 7 ", 700), ("12345678901", None), (".5", None), ("5.", None)],
)  # fmt: skip
def test_whole_fen(text: str, fen: int | None) -> None:
    assert fen_of(text) == fen
    assert breach_of("MR-01-2") == breach_of("MR-01-3") == "MR-01" and breach_of("X") == "X"


# --- alarms ---------------------------------------------------------------------------------------------------------------------------------


def on(*days: int, **more: Any) -> list[Touch]:
    return [Touch(date(2026, 10, day), **more) for day in days]


@pytest.mark.parametrize(
    "touches, found",
    [
        ([], []),
        (on(26), []),
        (on(26, 26), [(Span.DAY, 26, 2)]),
        (on(26, 27), []),
        (on(26, 27, 28), [(Span.WEEK, 26, 3)]),
        (on(25, 26, 27), []),  # the 25th is a Sunday: another week
        (on(5, 12, 26), []),
        (on(5, 12, 20, 26), [(Span.MONTH, 1, 4)]),
        ([*on(26), *on(26, joint="L1"), *on(26, joint="L1")], [(Span.DAY, 26, 2)]),
        ([*on(26, joint="L1"), *on(26, joint="L1")], []),  # a joint visit is one
        ([*on(26), *on(26, is_inspection=False)], []),  # what is no inspection is outside every cap
        (on(26, 26, 27), [(Span.DAY, 26, 2), (Span.WEEK, 26, 3)]),
    ],
)
def test_more_than_once_a_day_twice_a_week_three_times_a_month(touches: list[Touch], found: list[tuple[Span, int, int]]) -> None:
    assert [(each.span, each.first.day, each.number) for each in alarms(touches)] == found
    assert dict(MOST) == {Span.DAY: 1, Span.WEEK: 2, Span.MONTH: 3}


def test_a_plan_is_warned_of_the_alarms_in_which_it_would_stand() -> None:
    plan = Touch(date(2026, 10, 28))
    assert [each.span for each in raised_by(plan, on(26, 27))] == [Span.WEEK]
    assert raised_by(plan, on(5, 5)) == [], "an alarm that stands without it is not its own"
    assert raised_by(replace(plan, is_inspection=False), on(26, 27)) == []
    one = Alarm(Span.WEEK, date(2026, 10, 26), date(2026, 11, 1), 3).as_decision()
    assert (one.reason, one.rule, one.facts["number"], one.facts["most"]) == (Reason.ALARM_OF_WEEK, "Q-11", 3, 2)
    assert span_of(Span.WEEK, date(2026, 11, 1)) == (date(2026, 10, 26), date(2026, 11, 1))
    assert span_of(Span.MONTH, date(2026, 12, 31)) == (date(2026, 12, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    "kind, number, explained, more, blocked",
    [
        (Kind.ROUTINE, FRUITLESS, 0, {}, True),
        (Kind.ROUTINE, FRUITLESS - 1, 0, {}, False),
        (Kind.ROUTINE, FRUITLESS, FRUITLESS, {}, False),
        (Kind.ROUTINE, FRUITLESS + 1, FRUITLESS, {}, True),
        (Kind.INDIVIDUAL, FRUITLESS, 0, {}, False),
        (Kind.SPECIAL, FRUITLESS, 0, {}, False),
        (Kind.ROUTINE, FRUITLESS, 0, {"is_recheck": True}, False),
    ],
)
def test_three_times_without_a_finding_blocks_the_next_routine_one(kind: Kind, number: int, explained: int, more: Any, blocked: bool) -> None:
    found = check_fruitless(kind, 2026, [Fruitless(1, "证1", number, explained), Fruitless(2, "证2", 0)], **more)
    assert [(each.reason, each.rule, each.facts["certificate"]) for each in found] == [(Reason.FRUITLESS_BLOCKED, "Q-11", "证1")] * blocked


def test_the_head_explains_it_in_words() -> None:
    one = Fruitless(1, "证1", FRUITLESS)
    answer = may_explain(one, MR, HEAD, "投诉多", is_self=False)
    assert answer and answer.by is not None and answer.by.office == 7
    assert may_explain(one, FIRE, HEAD, "投诉多", is_self=False).reason is Reason.PLAN_NEEDS_HEAD
    assert may_explain(one, MR, [], "投诉多", is_self=False).reason is Reason.PLAN_NEEDS_HEAD
    assert may_explain(one, MR, HEAD, "投诉多", is_self=True).reason is Reason.FRUITLESS_OWN
    assert may_explain(one, MR, HEAD, " ", is_self=False).reason is Reason.VISIT_NEEDS_WORDS
    assert may_explain(replace(one, explained=FRUITLESS), MR, HEAD, "投诉多", is_self=False).reason is Reason.FRUITLESS_NOT
