"""The due dates of tests/rules/test_deadlines.py against the naive model, at the full count. TEST_SEED repeats a run."""

from __future__ import annotations

import os
import random

import pytest

from tests.rules.test_deadlines import FULL_COUNT, check_against_the_naive_model


@pytest.mark.long
def test_due_dates_at_the_full_count() -> None:
    seed = int(os.environ.get("TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"TEST_SEED={seed}")
    check_against_the_naive_model(FULL_COUNT, seed)
