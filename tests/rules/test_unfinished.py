"""The "could not get it done" window (V-11)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.rules import unfinished as rules
from portal.rules.authority import Office, OfficeHeld
from portal.rules.decision import Decision, Reason
from portal.rules.unfinished import Cause, Change, CourseFacts, Ended, Ground, MatterState, Repeats
from portal.rules.working_days import Calendar

CALENDAR = Calendar.of([], [2026])
CENTER = (OfficeHeld(5, Office.CENTER_MANAGEMENT, None),)
SUPERVISOR = (OfficeHeld(6, Office.SUPERVISOR, None),)
TODAY = date(2026, 11, 23)


def refused(decision: Decision) -> Reason | None:
    return None if decision else decision.reason


@pytest.mark.parametrize(
    ("facts", "ground", "reason"),
    [
        (CourseFacts(is_refused=True), Ground.REFUSED, None),
        (CourseFacts(is_turned_away=True), Ground.NOT_HERE, None),
        (CourseFacts(times_sent_back=2), Ground.SENT_BACK, None),
        (CourseFacts(times_sent_back=1), None, Reason.MATTER_TOO_EARLY),
        (CourseFacts(), None, Reason.MATTER_TOO_EARLY),
        (CourseFacts(is_refused=True, has_open_matter=True), None, Reason.MATTER_IS_OPEN),
    ],
)
def test_who_may_open_and_why(facts: CourseFacts, ground: Ground | None, reason: Reason | None) -> None:
    decision = rules.may_open_for_case(facts)
    assert refused(decision) is reason
    assert decision.facts.get("ground") == ground


def test_without_a_case_anybody_who_says_what_was_said() -> None:
    assert rules.may_open_without_case("窗口说不在这里办")
    assert refused(rules.may_open_without_case(" ")) is Reason.MATTER_NEEDS_WORDS


def test_one_day_to_answer_fifteen_to_settle() -> None:
    friday = date(2026, 11, 27)
    answer, settle = rules.answer_due_on(friday, CALENDAR), rules.settle_due_on(friday, CALENDAR)
    assert (answer, settle) == (date(2026, 11, 30), date(2026, 12, 18))
    first = rules.waits_for(MatterState.OPEN, answer, settle)
    assert first is not None and (first.step, first.due_on) == (MatterState.ANSWERED, answer)
    assert not first.is_late(answer) and first.is_late(answer + timedelta(days=1))
    then = rules.waits_for(MatterState.ANSWERED, answer, settle)
    assert then is not None and (then.step, then.due_on) == (MatterState.SETTLED, settle)
    assert rules.waits_for(MatterState.EXPLAINED, answer, settle) is None


@pytest.mark.parametrize(
    ("state", "step", "account", "named", "offices", "cause", "text", "reason"),
    [
        (MatterState.OPEN, MatterState.ANSWERED, 1, 1, CENTER, None, "已联系", None),
        (MatterState.OPEN, MatterState.ANSWERED, 1, None, CENTER, None, "已联系", None),
        (MatterState.OPEN, MatterState.ANSWERED, 2, 1, CENTER, None, "已联系", Reason.NOT_THE_COORDINATOR),
        (MatterState.OPEN, MatterState.ANSWERED, 1, 1, SUPERVISOR, None, "已联系", Reason.NOT_THE_COORDINATOR),
        (MatterState.OPEN, MatterState.ANSWERED, 1, 1, CENTER, None, " ", Reason.MATTER_NEEDS_WORDS),
        (MatterState.ANSWERED, MatterState.ANSWERED, 1, 1, CENTER, None, "已联系", Reason.MATTER_IS_ANSWERED),
        (MatterState.OPEN, MatterState.SETTLED, 1, 1, CENTER, Cause.SYSTEM, "已办好", Reason.MATTER_ANSWER_FIRST),
        (MatterState.ANSWERED, MatterState.SETTLED, 1, 1, CENTER, Cause.SYSTEM, "已办好", None),
        (MatterState.ANSWERED, MatterState.EXPLAINED, 1, 1, CENTER, None, "依法不能办", Reason.MATTER_NEEDS_CAUSE),
        (MatterState.SETTLED, MatterState.EXPLAINED, 1, 1, CENTER, Cause.OTHER, "依法不能办", Reason.MATTER_IS_OVER),
    ],
)
def test_the_coordinator_answers_then_ends_it_with_a_cause(
    state: MatterState, step: MatterState, account: int, named: int | None, offices: tuple[OfficeHeld, ...], cause: Cause | None, text: str,
    reason: Reason | None,
) -> None:  # fmt: skip
    decision = rules.may_settle_matter(state, step, account_id=account, coordinator_id=named, offices=offices, text=text, cause=cause)
    assert refused(decision) is reason


def test_the_center_chooses_one_of_its_own() -> None:
    assert rules.may_choose_coordinator(CENTER)
    assert refused(rules.may_choose_coordinator(SUPERVISOR)) is Reason.NOT_TO_CHOOSE_COORDINATOR
    assert refused(rules.may_choose_coordinator(CENTER, is_of_center=False)) is Reason.COORDINATOR_NOT_OF_CENTER


def test_what_repeats_for_an_item_or_a_window_is_a_proposal() -> None:
    def ended(cause: Cause, days_ago: int, item: int | None, window: int | None) -> Ended:
        return Ended(cause, TODAY - timedelta(days=days_ago), item, window)

    rows = [
        *(ended(Cause.NO_POWER, n, 1, 10 + n) for n in range(3)),
        *(ended(Cause.GUIDE_UNCLEAR, n, None, 7) for n in range(4)),
        *(ended(Cause.MATERIALS_MISSING, n, 1, 7) for n in range(5)),
        ended(Cause.NOT_OFFERED, 1, 2, None), ended(Cause.NOT_OFFERED, 1, 2, None), ended(Cause.NOT_OFFERED, 90, 2, None),
    ]  # fmt: skip
    found = [(one.cause, one.change, one.number, one.item_id, one.window_id) for one in rules.proposals(rows, TODAY)]
    assert found == [(Cause.GUIDE_UNCLEAR, Change.CATALOGUE, 4, None, 7), (Cause.NO_POWER, Change.GRANT, 3, 1, None)]
    assert len(rules.proposals(rows, TODAY, Repeats(least=2, days=91))) == 3
    assert rules.proposals([], TODAY) == []
