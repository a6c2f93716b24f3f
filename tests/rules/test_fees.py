"""Published fees (F-1) and whole fen (F-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal.rules.decision import Reason
from portal.rules.fees import FeeDraft, check_fee
from portal.web.filters import yuan


@pytest.mark.parametrize(("fen", "words"), [(0, "0"), (5, "0.05"), (2000, "20"), (1050, "10.50"), (123456789, "1234567.89")])
def test_money_is_whole_fen(fen: int, words: str) -> None:
    assert yuan(fen) == words


GOOD = FeeDraft(basis="发改价格〔2003〕2322号", lower_fen=2000, upper_fen=2000, published_at="大厅公示栏", from_on=date(2026, 1, 1))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"published_at": " "}, Reason.FEE_NOT_PUBLISHED),
        ({"basis": ""}, Reason.FEE_BASIS_MISSING),
        ({"is_on_licence": True, "basis_level": "规范性文件"}, Reason.FEE_NEEDS_LAW),
        ({"is_on_licence": True, "basis_level": "行政法规"}, None),
        ({"lower_fen": 2001}, Reason.FEE_RANGE_REVERSED),
        ({"lower_fen": -1}, Reason.FEE_RANGE_REVERSED),
        ({"until_on": date(2025, 12, 31)}, Reason.PERIOD_REVERSED),
    ],
)
def test_only_a_published_fee_can_be_charged(change: dict[str, Any], reason: Reason | None) -> None:
    assert [fault.reason for fault in check_fee(replace(GOOD, **change))] == ([reason] if reason else [])
