"""Plans of inspections: what can be planned, who decides, when it is filed (Q-5, Q-10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from portal.rules.authority import Office, OfficeHeld
from portal.rules.decision import Reason
from portal.rules.inspection_plans import (
    Happened,
    InspectorTerms,
    MatterTerms,
    Outcome,
    PlanEventKind,
    PlanState,
    check_plan,
    file_by,
    fold,
    is_published_late,
    late_after_fact,
    may_change,
    may_decide,
    may_file,
    may_publish_yearly,
    may_submit,
    may_write_afterwards,
)
from portal.rules.moments import SHANGHAI
from portal.rules.quiet_days import Kind
from portal.rules.working_days import Calendar

CALENDAR = Calendar.of([], range(2019, 2031))
MR, FIRE, GOV, CITY, MILL, INN = 1, 2, 3, 4, 11, 12
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
DAY = date(2026, 11, 26)
MATTER = MatterTerms(MR, date(2024, 1, 1))
FIRST, SECOND = (InspectorTerms(n, MR, 100 + n, f"证{n}", date(2024, 1, 1), date(2028, 12, 31)) for n in (1, 2))


def held(office: Office, body: int | None = None) -> list[OfficeHeld]:
    return [OfficeHeld(7, office, body)]


@pytest.mark.parametrize(
    "matter, inspectors, has_right, reasons",
    [
        (MATTER, [FIRST, SECOND], True, []),
        (None, [FIRST, SECOND], True, [Reason.PLAN_MATTER_NOT_LISTED]),
        (replace(MATTER, body=FIRE), [FIRST, SECOND], True, [Reason.PLAN_MATTER_NOT_LISTED]),
        (replace(MATTER, until_on=date(2026, 11, 25)), [FIRST, SECOND], True, [Reason.PLAN_MATTER_NOT_LISTED]),
        (replace(MATTER, from_on=date(2026, 11, 27)), [FIRST, SECOND], True, [Reason.PLAN_MATTER_NOT_LISTED]),
        (MATTER, [FIRST, SECOND], False, [Reason.PLAN_BODY_WITHOUT_RIGHT]),
        (MATTER, [FIRST], True, [Reason.PLAN_NEEDS_TWO]),
        (MATTER, [FIRST, FIRST], True, [Reason.PLAN_NEEDS_TWO]),
        (MATTER, [FIRST, replace(SECOND, valid_until_on=date(2026, 11, 25))], True, [Reason.PLAN_CERTIFICATE_OVER]),
        (MATTER, [FIRST, replace(SECOND, from_on=date(2026, 11, 27))], True, [Reason.PLAN_CERTIFICATE_OVER]),
        (MATTER, [FIRST, replace(SECOND, body=FIRE)], True, [Reason.PLAN_INSPECTOR_OF_ANOTHER]),
        (MATTER, [FIRST, replace(SECOND, conflicts=frozenset({MILL}))], True, [Reason.PLAN_INSPECTOR_CONFLICT]),
        (MATTER, [FIRST, replace(SECOND, conflicts=frozenset({INN}))], True, []),
        (None, [], False, [Reason.PLAN_BODY_WITHOUT_RIGHT, Reason.PLAN_MATTER_NOT_LISTED, Reason.PLAN_NEEDS_TWO]),
    ],
)
def test_what_can_be_planned(matter: Any, inspectors: Any, has_right: bool, reasons: list[Reason]) -> None:
    found = check_plan(MR, matter, inspectors, has_right=has_right, enterprise=MILL, first=DAY, last=DAY)
    assert [each.reason for each in found] == reasons


@pytest.mark.parametrize(
    "kind, offices, account, more, reason",
    [
        (Kind.ROUTINE, held(Office.HEAD_OF_AGENCY, MR), 50, {}, None),
        (Kind.INDIVIDUAL, held(Office.HEAD_OF_AGENCY, MR), 50, {}, None),
        (Kind.ROUTINE, held(Office.HEAD_OF_AGENCY, FIRE), 50, {}, Reason.PLAN_NEEDS_HEAD),
        (Kind.ROUTINE, held(Office.LEADER_IN_CHARGE, MR), 50, {}, Reason.PLAN_NEEDS_HEAD),
        (Kind.ROUTINE, held(Office.HEAD_OF_GOVERNMENT, GOV), 50, {}, Reason.PLAN_NEEDS_HEAD),
        (Kind.ROUTINE, [], 50, {}, Reason.PLAN_NEEDS_HEAD),
        (Kind.ROUTINE, held(Office.HEAD_OF_AGENCY, MR), 101, {}, Reason.PLAN_OWN_INSPECTION),
        (Kind.ROUTINE, held(Office.HEAD_OF_AGENCY, MR), 50, {"state": PlanState.DRAFT}, Reason.PLAN_NOT_AT_THIS_STEP),
        (Kind.ROUTINE, held(Office.HEAD_OF_AGENCY, MR), 50, {"state": PlanState.APPROVED}, Reason.PLAN_NOT_AT_THIS_STEP),
        (Kind.SPECIAL, held(Office.HEAD_OF_AGENCY, MR), 50, {}, Reason.PLAN_SPECIAL_ABOVE),
        (Kind.SPECIAL, held(Office.HEAD_OF_GOVERNMENT, GOV), 50, {}, None),
        (Kind.SPECIAL, held(Office.HEAD_OF_AGENCY, CITY), 50, {"superiors": (CITY,)}, None),
        (Kind.SPECIAL, held(Office.HEAD_OF_GOVERNMENT, GOV), 50, {"specials": 2}, Reason.PLAN_SPECIALS_USED),
        (Kind.SPECIAL, held(Office.HEAD_OF_GOVERNMENT, GOV), 50, {"specials": 2, "approves": False}, None),
    ],
)
def test_who_decides(kind: Kind, offices: Any, account: int, more: dict[str, Any], reason: Reason | None) -> None:
    asked = {"state": PlanState.SUBMITTED, "most_specials": 2, **more}
    state = asked.pop("state")
    answer = may_decide(state, kind, MR, offices, account=account, inspectors={101, 102}, **asked)
    assert answer.reason is reason
    if reason is None:
        assert answer.by is not None and answer.by.office == 7


def test_when_it_is_filed() -> None:
    # 26 November 2026 is a Thursday; three working days ahead is the Monday
    assert file_by(DAY, CALENDAR) == date(2026, 11, 23)
    assert file_by(date(2026, 11, 30), CALENDAR) == date(2026, 11, 25)

    def asked(state: PlanState = PlanState.APPROVED, *, first: date = DAY, exempt: bool = False, after: bool = False, today: date) -> Any:
        return may_file(state, first=first, is_exempt=exempt, is_after_fact=after, today=today, calendar=CALENDAR).reason

    assert asked(today=date(2026, 11, 23)) is None
    assert asked(today=date(2026, 11, 24)) is Reason.PLAN_FILED_TOO_LATE
    assert asked(today=DAY, exempt=True) is None
    assert asked(today=date(2026, 11, 27), exempt=True) is Reason.DAY_IS_OVER
    assert asked(today=date(2026, 11, 27), after=True) is None
    assert asked(PlanState.SUBMITTED, today=date(2026, 11, 23)) is Reason.PLAN_NOT_AT_THIS_STEP


def test_an_emergency_afterwards() -> None:
    left = NOW - timedelta(hours=3)
    assert may_write_afterwards("accident", left, NOW)
    assert may_write_afterwards("complaint", left, NOW).reason is Reason.PLAN_ONLY_EMERGENCY_AFTER
    assert may_write_afterwards("accident", NOW + timedelta(minutes=1), NOW).reason is Reason.PLAN_VISIT_NOT_OVER
    assert late_after_fact(left, None, None, NOW, CALENDAR) == []
    assert late_after_fact(left, left + timedelta(hours=24), left + timedelta(days=1), NOW, CALENDAR) == []
    assert late_after_fact(left, None, None, left + timedelta(hours=25), CALENDAR) == ["filed"]
    assert late_after_fact(left, left + timedelta(hours=49), left + timedelta(days=2), NOW, CALENDAR) == ["filed", "approved"]


@pytest.mark.parametrize("state", PlanState)
def test_changed_until_the_visit_begins(state: PlanState) -> None:
    can = {PlanState.DRAFT, PlanState.SUBMITTED, PlanState.APPROVED, PlanState.REFUSED, PlanState.FILED}
    assert bool(may_change(state, is_after_fact=False)) is (state in can)
    assert bool(may_change(state, is_after_fact=True)) is (state in {PlanState.DRAFT, PlanState.REFUSED})
    assert bool(may_submit(state)) is (state is PlanState.DRAFT)


def test_the_state_is_what_the_events_say() -> None:
    def after(*kinds: PlanEventKind, **payload: Any) -> Any:
        return fold([Happened(kind, NOW + timedelta(minutes=n), payload if n == 0 else {}) for n, kind in enumerate(kinds)])

    kind = PlanEventKind
    way = (kind.DRAFTED, kind.SUBMITTED, kind.APPROVED, kind.FILED)
    assert after(*way).state is PlanState.FILED and after(*way).filed_at == NOW + timedelta(minutes=3)
    changed = after(*way, kind.CHANGED)
    assert (changed.state, changed.submitted_at, changed.approved_at, changed.filed_at) == (PlanState.DRAFT, None, None, None)
    assert after(kind.DRAFTED, kind.SUBMITTED, kind.REFUSED).state is PlanState.REFUSED
    visited = after(*way, kind.CODE_ISSUED, kind.CODE_SHOWN, kind.ENTERED, kind.LEFT)
    assert visited.state is PlanState.VISITED and visited.code_shown_at is not None and visited.left_at > visited.entered_at
    assert after(*way, kind.ENTERED, kind.LEFT, kind.TOLD).state is PlanState.TOLD
    away = after(*way, kind.REFUSED_AT_DOOR)
    assert (away.state, away.outcome) == (PlanState.TURNED_AWAY, Outcome.TURNED_AWAY)
    emergency = after(*way, entered_at="2026-11-22T10:00:00+00:00", left_at="2026-11-22T12:00:00+00:00")
    assert emergency.state is PlanState.VISITED and emergency.entered_at is not None


def test_the_yearly_plan_is_published_by_the_head_and_late_after_march() -> None:
    head = held(Office.HEAD_OF_AGENCY, MR)
    assert may_publish_yearly(MR, head, is_published=False, lines=2)
    assert may_publish_yearly(FIRE, head, is_published=False, lines=2).reason is Reason.PLAN_NEEDS_HEAD
    assert may_publish_yearly(MR, head, is_published=True, lines=2).reason is Reason.PLAN_NOT_AT_THIS_STEP
    assert may_publish_yearly(MR, head, is_published=False, lines=0).reason is Reason.PLAN_NOT_AT_THIS_STEP
    assert not is_published_late(2027, date(2027, 3, 31)) and is_published_late(2027, date(2027, 4, 1))
