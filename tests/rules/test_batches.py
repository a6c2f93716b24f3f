"""Several cases with one list: how many, what became of each, who ends it (C-6)."""

from __future__ import annotations

from datetime import datetime

import pytest

from portal.rules.batches import MOST, RowState, may_recall_together, may_receive_together, may_send_together, row_state, version_of
from portal.rules.decision import Reason
from portal.rules.moments import SHANGHAI

AT = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
OPEN, DONE = (RowState.RECEIVED, RowState.UNDER_WAY), (RowState.RECEIVED, RowState.RETURNED, RowState.RECALLED)


@pytest.mark.parametrize(("cases", "reason"), [(0, Reason.BATCH_EMPTY), (1, None), (MOST, None), (MOST + 1, Reason.BATCH_TOO_LARGE)])
def test_how_many_a_list_holds(cases: int, reason: Reason | None) -> None:
    assert may_send_together(cases).reason is reason


@pytest.mark.parametrize(
    ("moments", "state"),
    [((None, None, None), RowState.UNDER_WAY), ((AT, None, None), RowState.RECEIVED), ((None, AT, None), RowState.RETURNED), ((None, None, AT), RowState.RECALLED)],
)
def test_what_became_of_a_row(moments: tuple[datetime | None, ...], state: RowState) -> None:
    assert row_state(*moments) is state


@pytest.mark.parametrize("ask", [may_receive_together, may_recall_together])
@pytest.mark.parametrize(
    ("states", "windows", "reason"),
    [(OPEN, {1, 2}, None), (OPEN, {2}, Reason.NOT_ADDRESSED), (DONE, {1}, Reason.NOT_UNDER_WAY), (DONE, set(), Reason.NOT_ADDRESSED)],
)
def test_who_ends_it(ask: object, states: tuple[RowState, ...], windows: set[int], reason: Reason | None) -> None:
    answer = ask(states, 1, windows)  # type: ignore[operator]
    assert (answer.allowed, answer.reason) == (reason is None, reason)


def test_a_list_has_a_version_that_only_grows() -> None:
    assert (version_of(()), version_of(OPEN), version_of(DONE)) == (0, 1, 3)
