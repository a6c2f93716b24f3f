"""First asked, first responsible (首问负责): each inquiry is answered at once, or by name within two working days (C-8)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.rules.clauses import WindowId
from portal.rules.decision import Decision, Reason
from portal.rules.working_days import Calendar

DAYS = 2
"""In how many working days an inquiry is answered, counted from the day on which it was asked, whoever has it (C-8)."""

MOST_HANDOVERS = 3
"""So often an inquiry goes from hand to hand at most; then whoever has it answers."""


class InquiryState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    BECAME_CASE = "became_case"


class InquiryStep(StrEnum):
    """What happened to an inquiry after it was asked."""

    HANDED_OVER = "handed_over"
    ANSWERED = "answered"
    BECAME_CASE = "became_case"


@dataclass(frozen=True, slots=True)
class InquiryNow:
    """Where an inquiry stands: its state, the windows that had it (the first asked, then each that it was handed to), and who has it.

    `account_id` is the person by name; None where it was handed to a window, and where that person is no longer posted there: then
    everybody at the window has it, so that nothing lies with somebody who left.
    """

    state: InquiryState
    windows: tuple[WindowId, ...]
    account_id: int | None

    @property
    def window_id(self) -> WindowId:
        return self.windows[-1]

    def is_with(self, account_id: int, windows: Collection[WindowId]) -> bool:
        """Does this person, posted at these windows, have it now?"""
        return self.window_id in windows and self.account_id in (None, account_id)


def may_log_inquiry(windows: Collection[WindowId], text: str = "?") -> Decision:
    """May a person posted at these windows write down what was asked? Anybody at a window may, and must (C-8)."""
    if not windows:
        return Decision.no(Reason.INQUIRY_NEEDS_WINDOW, rule="C-8")
    return Decision.yes() if text.strip() else Decision.no(Reason.INQUIRY_NEEDS_WORDS, rule="C-8")


def answer_due_on(asked_on: date, calendar: Calendar) -> date:
    """The last day for the answer; handing over moves it no further (C-8)."""
    return calendar.add_working_days(asked_on, DAYS)


def is_late(due_on: date, ended_on: date | None, today: date) -> bool:
    """Was it answered late, or is it still open after its day?"""
    return (ended_on or today) > due_on


def _has_it(now: InquiryNow, account_id: int, windows: Collection[WindowId]) -> Decision:
    if now.state is not InquiryState.OPEN:
        return Decision.no(Reason.INQUIRY_IS_OVER, rule="C-8")
    return Decision.yes() if now.is_with(account_id, windows) else Decision.no(Reason.INQUIRY_WITH_ANOTHER, rule="C-8")


def may_answer_inquiry(now: InquiryNow, *, account_id: int, windows: Collection[WindowId], text: str = "?") -> Decision:
    """May this person close it with the answer? Whoever has it, in words (C-8)."""
    has_it = _has_it(now, account_id, windows)
    if has_it and not text.strip():
        return Decision.no(Reason.INQUIRY_NEEDS_WORDS, rule="C-8")
    return has_it


def may_hand_over_inquiry(
    now: InquiryNow, *, account_id: int, windows: Collection[WindowId], to_window: WindowId | None = None, to_account: int | None = None,
    is_center: bool = False,
) -> Decision:  # fmt: skip
    """May this person hand it over by name? Whoever has it: never back to a window that had it, nor on without end. The center's management
    hands on any open one, back too: what was handed on too often, or lies at a window where nobody is posted any more, goes on by it (C-8).
    """
    if is_center:
        if now.state is not InquiryState.OPEN:
            return Decision.no(Reason.INQUIRY_IS_OVER, rule="C-8")
        is_same = to_window == now.window_id and to_account == now.account_id
        return Decision.no(Reason.INQUIRY_NOT_BACK, rule="C-8") if is_same else Decision.yes()
    has_it = _has_it(now, account_id, windows)
    if not has_it:
        return has_it
    if len(now.windows) > MOST_HANDOVERS:
        return Decision.no(Reason.INQUIRY_HANDED_ON_TOO_OFTEN, rule="C-8", most=MOST_HANDOVERS)
    if to_window is None:
        return Decision.yes()
    is_colleague = to_window == now.window_id and to_account not in (None, account_id)
    if to_window in now.windows and not is_colleague:
        return Decision.no(Reason.INQUIRY_NOT_BACK, rule="C-8")
    return Decision.yes()
