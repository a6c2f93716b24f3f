"""Several cases sent together with one list: how many, what became of each, who may receive or recall them (C-6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from portal.rules.decision import Decision, Reason

MOST = 50
"""So many cases a list holds: what one person can compare with the papers in one go."""


class RowState(StrEnum):
    """What became of a case of a list."""

    UNDER_WAY = "under_way"
    RECEIVED = "received"
    RETURNED = "returned"
    RECALLED = "recalled"


def row_state(received_at: datetime | None, returned_at: datetime | None, recalled_at: datetime | None) -> RowState:
    """What became of it, by the leg with which it was sent."""
    if received_at is not None:
        return RowState.RECEIVED
    if returned_at is not None:
        return RowState.RETURNED
    return RowState.RECALLED if recalled_at is not None else RowState.UNDER_WAY


def version_of(states: Sequence[RowState]) -> int:
    """The version of a list: how many of its cases are not under way any more. It only grows (C-23)."""
    return sum(state is not RowState.UNDER_WAY for state in states)


def may_send_together(cases: int) -> Decision:
    """May so many cases be sent with one list?"""
    if cases < 1:
        return Decision.no(Reason.BATCH_EMPTY, rule="C-6")
    return Decision.yes() if cases <= MOST else Decision.no(Reason.BATCH_TOO_LARGE, rule="C-6", most=MOST)


def may_receive_together(states: Sequence[RowState], to_window: int, windows: Collection[int]) -> Decision:
    """May whoever is posted at these windows receive cases of the list? At the window to which it was sent, while some are under way (C-6)."""
    return _may_end(states, to_window in windows)


def may_recall_together(states: Sequence[RowState], from_window: int, windows: Collection[int]) -> Decision:
    """May whoever is posted at these windows take the list back? At the window that sent it, while some are under way (C-6)."""
    return _may_end(states, from_window in windows)


def _may_end(states: Sequence[RowState], is_there: bool) -> Decision:
    if not is_there:
        return Decision.no(Reason.NOT_ADDRESSED, rule="C-6")
    if RowState.UNDER_WAY not in states:
        return Decision.no(Reason.NOT_UNDER_WAY, rule="C-6")
    return Decision.yes()
