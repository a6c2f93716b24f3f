"""What the code of a notice says, who may report, answer and rate, and the sums of ratings (Q-3, Q-6)."""

from __future__ import annotations

from datetime import date

import pytest

from portal.rules.decision import Reason
from portal.rules.inspection_plans import PlanState
from portal.rules.inspection_reports import (
    NoticeState,
    ReportState,
    Subject,
    may_answer_report,
    may_rate_visit,
    may_report,
    notice_state,
    subject_of,
    sums,
)
from portal.rules.quiet_days import Cap, EnterpriseFacts, Kind, LaidBy, Per, Plan, Visit, may_inspect, use_of_caps
from portal.rules.rating import Satisfaction
from tests.rules.calendar_fixture import seed_calendar

CALENDAR = seed_calendar()
FIRST, LAST = date(2026, 11, 26), date(2026, 11, 27)


@pytest.mark.parametrize(
    ("state", "today", "said"),
    [
        (PlanState.FILED, date(2026, 11, 25), NoticeState.AHEAD),
        (PlanState.FILED, FIRST, NoticeState.TODAY),
        (PlanState.FILED, LAST, NoticeState.TODAY),
        (PlanState.FILED, date(2026, 11, 28), NoticeState.PAST),
        (PlanState.CANCELLED, FIRST, NoticeState.CANCELLED),
        (PlanState.UNDER_WAY, FIRST, NoticeState.UNDER_WAY),
        (PlanState.VISITED, FIRST, NoticeState.OVER),
        (PlanState.TOLD, date(2027, 1, 4), NoticeState.OVER),
        (PlanState.TURNED_AWAY, LAST, NoticeState.TURNED_AWAY),
    ],
)
def test_a_code_is_good_on_the_days_that_it_names(state: PlanState, today: date, said: NoticeState) -> None:
    assert notice_state(state, FIRST, LAST, today) is said


def test_a_report_is_of_a_day_that_came_and_is_answered_once() -> None:
    assert may_report(FIRST, FIRST) and may_report(date(2020, 1, 1), FIRST)
    assert may_report(LAST, FIRST).reason is Reason.REPORT_IS_AHEAD
    assert may_answer_report(ReportState.OPEN)
    assert may_answer_report(ReportState.ANSWERED).reason is Reason.REPORT_IS_ANSWERED
    assert (subject_of(turned_away=True), subject_of(turned_away=False)) == (Subject.REFUSED, Subject.VISIT)


@pytest.mark.parametrize("state", list(PlanState))
def test_a_visit_is_rated_once_after_it_took_place_and_never_by_staff(state: PlanState) -> None:
    took_place = state in (PlanState.VISITED, PlanState.TOLD)
    assert bool(may_rate_visit(state, is_rated=False, by_staff=False)) is took_place
    assert not may_rate_visit(state, is_rated=True, by_staff=False)
    assert may_rate_visit(state, is_rated=False, by_staff=True).reason is Reason.STAFF_RATES_NOTHING


def test_small_numbers_of_ratings_are_left_out_and_then_the_sum_too() -> None:
    good, bad = Satisfaction.SATISFIED, Satisfaction.VERY_DISSATISFIED
    told = sums([good] * 5)
    assert (told.by_level[good], told.by_level[bad], told.number) == (5, 0, 5)
    told = sums([good] * 5 + [bad] * 2)
    assert (told.by_level[good], told.by_level[bad], told.number) == (5, None, None), "a sum would give the two away"
    assert sums([good] * 5 + [bad] * 3).number == 8


def test_each_cap_says_how_far_it_is_used_up_as_the_question_itself_counts() -> None:
    county, all_bodies = Cap(1), Cap(4, laid_by=LaidBy.NATION, per=Per.ENTERPRISE, counts=frozenset(Kind))
    other_line = Cap(1, line="tax")
    history = [
        Visit(1, "food", Kind.ROUTINE, date(2026, 3, 26)),
        Visit(1, "food", Kind.INDIVIDUAL, date(2026, 3, 27)),
        Visit(2, "fire", Kind.ROUTINE, date(2026, 3, 30)),
        Visit(2, "fire", Kind.ROUTINE, date(2025, 3, 26)),
        Visit(1, "food", Kind.ROUTINE, date(2026, 4, 27), is_recheck=True),
        Visit(1, "food", Kind.ROUTINE, date(2026, 4, 28), exemption="service_visit"),
        Visit(1, "food", Kind.ROUTINE, date(2026, 4, 29), exemption="statutory"),
    ]

    def used(body: int, line: str) -> list[tuple[int | None, int]]:
        plan = Plan(body, line, Kind.ROUTINE, date(2026, 11, 26))
        caps = (county, all_bodies, other_line)
        found = use_of_caps(plan, EnterpriseFacts(1), calendar=CALENDAR, history=history, caps=caps)
        verdict = may_inspect(plan, EnterpriseFacts(1), rules=(), calendar=CALENDAR, history=history, caps=caps)
        assert any(use.is_reached for use in found) is any(each.rule == "Q-3" for each in verdict.findings)
        return [(use.cap.number, use.used) for use in found]

    assert used(1, "food") == [(1, 1), (4, 3)]
    assert used(3, "food") == [(1, 0), (4, 3)]
    assert used(3, "tax") == [(1, 0), (1, 0), (4, 3)]
