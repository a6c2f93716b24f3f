"""From approval to supervision (审管衔接): a grant reaches the supervising body as a task, which a person of that body confirms (C-27)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from portal.rules.clauses import BodyId
from portal.rules.decision import Decision, Reason
from portal.rules.lifecycle import EventKind, Outcome
from portal.rules.working_days import Calendar

SEND_DAYS = 1
"""In how many working days a grant reaches the supervising body (C-27)."""
CONFIRM_DAYS = 5
"""In how many working days a person of that body confirms it (C-27)."""


class TaskState(StrEnum):
    UNSENT = "unsent"
    """Nobody of the supervising body could be told yet."""
    SENT = "sent"
    CONFIRMED = "confirmed"


def makes_task(kind: str, outcome: object) -> bool:
    """Whether an event is a decision that grants: what is granted has to be supervised from then on (C-27)."""
    return kind == EventKind.DECIDED and outcome == Outcome.GRANTED


def send_by(granted_on: date, calendar: Calendar) -> date:
    """The last day on which the task should reach the supervising body."""
    return calendar.add_working_days(granted_on, SEND_DAYS)


def confirm_by(granted_on: date, calendar: Calendar) -> date:
    """The last day on which a person of the supervising body should have confirmed it."""
    return calendar.add_working_days(granted_on, CONFIRM_DAYS)


def is_late(state: TaskState, by_on: date, confirmed_on: date | None, today: date) -> bool:
    """Was it confirmed after its day, or is it still out after it?"""
    return (today if confirmed_on is None else confirmed_on) > by_on


def may_confirm_task(
    state: TaskState, body_id: BodyId, *, bodies: Collection[BodyId], account_id: int, decided_by: int | None
) -> Decision:
    """May this person confirm the task? A person of the supervising body, once, and not who decided (C-27).

    `bodies` are those that the person belongs to or holds an office of.
    """
    if state is TaskState.CONFIRMED:
        return Decision.no(Reason.TASK_IS_CONFIRMED, rule="C-27")
    if body_id not in bodies:
        return Decision.no(Reason.NOT_OF_SUPERVISING_BODY, rule="C-27")
    if account_id == decided_by:
        return Decision.no(Reason.DECIDED_IT_ONESELF, rule="C-27")
    return Decision.yes()
