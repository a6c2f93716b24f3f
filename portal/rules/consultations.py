"""Assistance and opinion: another window is asked and answers; the case does not move, nor does any clock (C-21).

They need no power (G-2): who is posted at the window that holds the case asks, who is posted at the asked window answers.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from portal.rules.decision import Decision, Reason
from portal.rules.lifecycle import CaseNow, Position, position_of


class Asked(StrEnum):
    """What is asked for: help with something (协办), or a view (征询)."""

    ASSISTANCE = "assistance"
    OPINION = "opinion"


class AskedState(StrEnum):
    """Where a question stands on a day."""

    OPEN = "open"
    LATE = "late"
    ANSWERED = "answered"


def state_on(due_on: date, answered: bool, today: date) -> AskedState:
    """Where a question stands: the day by which it is to be answered counts."""
    if answered:
        return AskedState.ANSWERED
    return AskedState.LATE if today > due_on else AskedState.OPEN


def may_ask(now: CaseNow, windows: Collection[int]) -> Decision:
    """May whoever is posted at these windows ask another window about the case? The holder's people, while it is in their hands (C-21)."""
    if now.state.is_closed:
        return Decision.no(Reason.CASE_CLOSED, rule="C-2", act="ask", state=now.state.value)
    positions = {position_of(now, window_id) for window_id in windows}
    if Position.SENDER in positions:
        return Decision.no(Reason.UNDER_WAY, rule="C-6", act="ask")
    if Position.HOLDER not in positions:
        return Decision.no(Reason.NOT_THE_HOLDER, rule="C-6", act="ask")
    return Decision.yes()


def may_ask_so(now: CaseNow, asked_window_id: int, question: str, due_on: date | None, today: date) -> Decision:
    """May it be asked so? Another window, in words, by a day that is not past (C-21)."""
    if asked_window_id == now.holder_window_id:
        return Decision.no(Reason.ASKS_ITSELF, rule="C-21")
    if not question.strip():
        return Decision.no(Reason.ASK_NEEDS_WORDS, rule="C-21")
    if due_on is None or due_on < today:
        return Decision.no(Reason.DAY_IN_PAST, rule="C-21")
    return Decision.yes()


def may_answer(now: CaseNow, asked_window_id: int, windows: Collection[int], *, is_answered: bool) -> Decision:
    """May whoever is posted at these windows answer? At the asked window, once, while the case is open (C-21)."""
    if asked_window_id not in windows:
        return Decision.no(Reason.NOT_ASKED, rule="C-21")
    if is_answered:
        return Decision.no(Reason.ASKED_AND_ANSWERED, rule="C-21")
    if now.state.is_closed:
        return Decision.no(Reason.CASE_CLOSED, rule="C-2", act="answer", state=now.state.value)
    return Decision.yes()


def may_answer_so(said: str) -> Decision:
    """May it be answered so? In words."""
    return Decision.yes() if said.strip() else Decision.no(Reason.ANSWER_NEEDS_WORDS, rule="C-21")
