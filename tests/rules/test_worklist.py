"""What a group is, which filters go together, how many at once, and what a case will be on which day (N-6, C-2, C-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from portal.rules.authority import Act
from portal.rules.decision import Reason
from portal.rules.lifecycle import OPEN_STATES, State, shown_state
from portal.rules.worklist import (
    ALWAYS,
    AT_ONCE,
    NEVER,
    Filters,
    Group,
    group_of,
    may_combine,
    may_do_at_once,
    may_search_name,
    spans,
)  # fmt: skip
from tests.rules.test_lifecycle import CALENDAR, RESTAURANT, ROOM, TOWN, Case, on


def test_every_open_state_has_its_group_and_no_closed_one() -> None:
    assert {state for state in State if group_of(state) is None} == {state for state in State if state.is_closed}


@pytest.mark.parametrize("state", sorted(OPEN_STATES))
def test_a_clock_that_stands_moves_no_case_to_another_group(state: State) -> None:
    day = date(2026, 11, 23)
    assert group_of(shown_state(state, day, day, day)) is group_of(state)


@pytest.mark.parametrize(("filters", "number"), [
    (Filters(), 0), (Filters(latest_first=True), 1), (Filters(group=Group.INTAKE, item_id=1), 2),
    (Filters(group=Group.INTAKE, due_on=NEVER, received_on=ALWAYS), 3), (Filters(Group.DECIDED, 0, ALWAYS, NEVER, True), 5),
])  # fmt: skip
def test_at_most_two_filters_go_together(filters: Filters, number: int) -> None:
    answer = may_combine(filters.number)
    assert filters.number == number and bool(answer) is (number <= 2)
    assert answer or (answer.reason, answer.rule) == (Reason.TOO_MANY_FILTERS, "N-6")


@pytest.mark.parametrize(("number", "reason"), [(0, Reason.NONE_MARKED), (1, None), (AT_ONCE, None), (AT_ONCE + 1, Reason.TOO_MANY_MARKED)])
def test_one_to_fifty_at_once(number: int, reason: Reason | None) -> None:
    assert may_do_at_once(number).reason is reason


@pytest.mark.parametrize(("name", "allowed"), [("", False), ("陈", False), ("陈小", True), ("柞水县", True)])
def test_a_name_is_searched_by_two_characters_or_more(name: str, allowed: bool) -> None:
    assert bool(may_search_name(name)) is allowed


def test_silence_that_will_accept_is_known_before() -> None:
    """Received on the 18th, the fifth working day is the 25th: from the 26th on it is accepted, whatever is written by then (C-3)."""
    case = Case(replace(RESTAURANT, is_licence=True)).does(Act.COLLECT, ROOM, on("11-18")).moved(ROOM, TOWN, on("11-18"), accepts=True)
    first, second = spans(case.events, case.known, case.terms, CALENDAR)
    assert (first.from_on, first.until_on, first.now) == (ALWAYS, case.known.law_on, case.known)
    assert (second.from_on, second.until_on, second.now.state) == (first.until_on, NEVER, State.ACCEPTED)
    assert second.now.promised_due_on is not None and first.now.promised_due_on is None


def test_what_is_open_without_an_effect_to_come_is_one_span_and_what_is_closed_none() -> None:
    case = Case(RESTAURANT).does(Act.COLLECT, ROOM, on("11-18"))
    assert [(span.from_on, span.until_on) for span in spans(case.events, case.known, case.terms, CALENDAR)] == [(ALWAYS, NEVER)]
    ended = case.does(Act.WITHDRAW, ROOM, on("11-19"))
    assert list(spans(ended.events, ended.known, ended.terms, CALENDAR)) == []
