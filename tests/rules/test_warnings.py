"""Who is told of a clock that runs out, and what a digest holds (C-5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.clocks import Warn
from portal.rules.warnings import RANK, SHOWN, Around, CaseDue, Digest, digest_key, digests, told

ALL = Around(1, frozenset({1, 2}), frozenset({3}), frozenset({4}), frozenset({5}))
DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("warn", "around", "whom"),
    [
        (Warn.NONE, ALL, set()),
        (Warn.YELLOW, ALL, {1}),
        (Warn.RED, ALL, {1, 3}),
        (Warn.OVERDUE, ALL, {1, 3, 4, 5}),
        (Warn.YELLOW, Around(None, frozenset({1, 2})), {1, 2}),
        (Warn.YELLOW, Around(9, frozenset({1, 2})), {1, 2}),  # whoever has it in hand is no longer there
        (Warn.RED, Around(None, frozenset(), frozenset({3})), {3}),
        (Warn.OVERDUE, Around(3, frozenset({3}), frozenset({3}), frozenset({3})), {3}),
    ],
)
def test_who_is_told_at_which_color(warn: Warn, around: Around, whom: set[int]) -> None:
    assert told(warn, around) == whom


def test_each_color_tells_all_whom_the_one_before_told() -> None:
    assert told(Warn.YELLOW, ALL) < told(Warn.RED, ALL) < told(Warn.OVERDUE, ALL)


@given(st.lists(st.tuples(st.sampled_from([Warn.YELLOW, Warn.RED, Warn.OVERDUE]), st.integers(-20, 20)), max_size=60))
def test_a_digest_counts_all_and_names_the_worst(cases: list[tuple[Warn, int]]) -> None:
    due = [CaseDue(f"{number:04d}", warn, DAY + timedelta(days=days)) for number, (warn, days) in enumerate(cases)]
    found = digests((case, (7,)) for case in due).get(7, Digest())
    assert found.total == len(due)
    assert found.worst == sorted(due, key=lambda case: (RANK[case.warn], case.due_on, case.number))[:SHOWN]


def test_the_key_is_the_day_and_the_person() -> None:
    assert len({digest_key(DAY, "a"), digest_key(DAY, "b"), digest_key(DAY + timedelta(days=1), "a")}) == 3
