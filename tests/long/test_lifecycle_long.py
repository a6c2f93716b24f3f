"""The wandering case of tests/rules/test_lifecycle.py, 100,000 steps. TEST_SEED repeats a run."""

from __future__ import annotations

import os
import random

import pytest

from tests.rules.test_lifecycle import walk

STEPS = 100_000


@pytest.mark.long
def test_a_hundred_thousand_steps_keep_one_holder_and_one_history() -> None:
    seed = int(os.environ.get("TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"TEST_SEED={seed}")
    rng = random.Random(seed)
    done = longest = 0
    while done < STEPS:
        events = walk(rng.randrange(2**32), steps=rng.choice((10, 25, 60)))
        done += len(events)
        longest = max(longest, len(events))
    assert longest > 25, "no case wandered far: the walk proves little"
