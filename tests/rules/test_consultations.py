"""Assistance and opinion move nothing: who asks, who answers, and when (C-21)."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from portal.rules.consultations import AskedState, may_answer, may_answer_so, may_ask, may_ask_so, state_on
from portal.rules.decision import Reason
from portal.rules.lifecycle import State

HOLDER, OTHER, ASKED, TODAY = 1, 2, 3, date(2026, 11, 23)


def case(addressed: int | None = None, state: State = State.ACCEPTED) -> Any:
    return SimpleNamespace(holder_window_id=HOLDER, addressed_window_id=addressed, state=state)


@pytest.mark.parametrize(
    ("now", "windows", "reason"),
    [
        (case(), {HOLDER}, None),
        (case(), {HOLDER, OTHER}, None),
        (case(), {OTHER}, Reason.NOT_THE_HOLDER),
        (case(), set(), Reason.NOT_THE_HOLDER),
        (case(OTHER), {HOLDER}, Reason.UNDER_WAY),
        (case(OTHER), {OTHER}, Reason.NOT_THE_HOLDER),
        (case(state=State.CLOSED), {HOLDER}, Reason.CASE_CLOSED),
    ],
)
def test_the_holder_asks(now: Any, windows: set[int], reason: Reason | None) -> None:
    answer = may_ask(now, windows)
    assert (answer.allowed, answer.reason) == (reason is None, reason)


@pytest.mark.parametrize(
    ("window", "question", "due_on", "reason"),
    [
        (ASKED, "消防是否符合？（示例）", TODAY, None),
        (HOLDER, "消防是否符合？（示例）", TODAY, Reason.ASKS_ITSELF),
        (ASKED, " ", TODAY, Reason.ASK_NEEDS_WORDS),
        (ASKED, "示例", date(2026, 11, 22), Reason.DAY_IN_PAST),
        (ASKED, "示例", None, Reason.DAY_IN_PAST),
    ],
)
def test_it_is_asked_of_another_window_in_words_by_a_day(window: int, question: str, due_on: date | None, reason: Reason | None) -> None:
    answer = may_ask_so(case(), window, question, due_on, TODAY)
    assert (answer.allowed, answer.reason) == (reason is None, reason)


@pytest.mark.parametrize(
    ("now", "windows", "answered", "reason"),
    [
        (case(), {ASKED}, False, None),
        (case(OTHER), {ASKED, HOLDER}, False, None),  # the case may have gone on meanwhile
        (case(), {HOLDER}, False, Reason.NOT_ASKED),
        (case(), {ASKED}, True, Reason.ASKED_AND_ANSWERED),
        (case(state=State.DELIVERED), {ASKED}, False, Reason.CASE_CLOSED),
    ],
)
def test_the_asked_window_answers_once(now: Any, windows: set[int], answered: bool, reason: Reason | None) -> None:
    answer = may_answer(now, ASKED, windows, is_answered=answered)
    assert (answer.allowed, answer.reason) == (reason is None, reason)


def test_an_answer_is_in_words_and_a_question_has_its_day() -> None:
    assert may_answer_so("符合（示例）") and may_answer_so("  ").reason is Reason.ANSWER_NEEDS_WORDS
    assert [state_on(TODAY, each, day) for each, day in ((True, date(2026, 12, 1)), (False, TODAY), (False, date(2026, 11, 24)))] == [
        AskedState.ANSWERED, AskedState.OPEN, AskedState.LATE,
    ]  # fmt: skip
