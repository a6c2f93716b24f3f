"""From approval to supervision, as tables (C-27)."""

from __future__ import annotations

from datetime import date

import pytest

from portal.rules.decision import Reason
from portal.rules.supervision_tasks import TaskState, confirm_by, is_late, makes_task, may_confirm_task, send_by
from portal.rules.working_days import Calendar

CALENDAR = Calendar.of([], [2026])
FRIDAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("kind", "outcome", "makes"),
    [("decided", "granted", True), ("decided", "refused", False), ("certified", None, False), ("decided", None, False)],
)
def test_a_grant_makes_a_task(kind: str, outcome: str | None, makes: bool) -> None:
    assert makes_task(kind, outcome) is makes


def test_it_reaches_the_body_in_one_working_day_and_is_confirmed_in_five() -> None:
    assert send_by(FRIDAY, CALENDAR) == date(2026, 11, 30)
    assert confirm_by(FRIDAY, CALENDAR) == date(2026, 12, 4)
    by = date(2026, 12, 4)
    assert not is_late(TaskState.SENT, by, None, by) and is_late(TaskState.SENT, by, None, date(2026, 12, 5))
    assert not is_late(TaskState.CONFIRMED, by, by, date(2027, 1, 1)) and is_late(TaskState.CONFIRMED, by, date(2026, 12, 7), date(2027, 1, 1))


@pytest.mark.parametrize(
    ("state", "bodies", "account", "refusal"),
    [
        (TaskState.SENT, {3, 4}, 7, None),
        (TaskState.UNSENT, {3}, 7, None),  # who came to the body since then need not wait for the job
        (TaskState.CONFIRMED, {3}, 7, Reason.TASK_IS_CONFIRMED),
        (TaskState.SENT, {4}, 7, Reason.NOT_OF_SUPERVISING_BODY),
        (TaskState.SENT, set(), 7, Reason.NOT_OF_SUPERVISING_BODY),
        (TaskState.SENT, {3}, 9, Reason.DECIDED_IT_ONESELF),
    ],
)
def test_who_confirms(state: TaskState, bodies: set[int], account: int, refusal: Reason | None) -> None:
    answer = may_confirm_task(state, 3, bodies=bodies, account_id=account, decided_by=9)
    assert bool(answer) is (refusal is None) and answer.reason is refusal
