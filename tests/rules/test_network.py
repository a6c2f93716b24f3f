"""How the network hangs together, and when a fee can be published, as tables (N-1, N-2, F-1, F-5)."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from portal.rules.clauses import Level
from portal.rules.decision import Reason
from portal.rules.fees import FeeDraft, check_fee
from portal.rules.network import PARENTS, PointStatus, may_change_status, may_place

ALLOWED = {
    (None, Level.COUNTY),
    (Level.COUNTY, Level.SUB_CENTER),
    (Level.COUNTY, Level.TOWN),
    (Level.TOWN, Level.VILLAGE),
    (Level.TOWN, Level.COMMUNITY),
}


@pytest.mark.parametrize(("parent", "level"), list(product((None, *Level), Level)))
def test_only_these_five_ways_down(parent: Level | None, level: Level) -> None:
    answer = may_place(parent, level)
    assert bool(answer) is ((parent, level) in ALLOWED)
    assert answer.allowed or answer.rule == "N-1"


def test_every_level_has_its_parent() -> None:
    assert set(PARENTS) == set(Level)


def test_only_trial_and_operating_hold_cases() -> None:
    assert {status for status in PointStatus if status.holds_cases} == {PointStatus.TRIAL, PointStatus.OPERATING}


MAY, JUNE = date(2026, 5, 4), date(2026, 6, 1)


@pytest.mark.parametrize(
    ("now", "to", "from_on", "reason"),
    [
        (PointStatus.OPERATING, PointStatus.SUSPENDED, JUNE, None),
        (PointStatus.SUSPENDED, PointStatus.OPERATING, JUNE, None),
        (PointStatus.TRIAL, PointStatus.OPERATING, MAY, None),
        (PointStatus.UNDER_CONSTRUCTION, PointStatus.TRIAL, JUNE, None),
        (PointStatus.OPERATING, PointStatus.OPERATING, JUNE, Reason.STATUS_IS_THE_SAME),
        (PointStatus.OPERATING, PointStatus.CLOSED, date(2026, 5, 3), Reason.BACKDATED),
        (PointStatus.CLOSED, PointStatus.OPERATING, JUNE, Reason.POINT_IS_CLOSED),
        (PointStatus.MERGED, PointStatus.TRIAL, JUNE, Reason.POINT_IS_CLOSED),
    ],
)
def test_what_may_become_of_a_point(now: PointStatus, to: PointStatus, from_on: date, reason: Reason | None) -> None:
    answer = may_change_status(now, to, from_on=from_on, since=date(2026, 1, 1), today=MAY)
    assert answer.reason is reason
    assert answer.allowed is (reason is None)


def test_a_status_does_not_come_before_the_one_it_follows() -> None:
    answer = may_change_status(PointStatus.SUSPENDED, PointStatus.OPERATING, from_on=MAY, since=JUNE, today=MAY)
    assert answer.reason is Reason.BACKDATED


def a_fee(**other: object) -> FeeDraft:
    told: dict[str, object] = {"basis": "发改价格〔2003〕2322号", "lower_fen": 2000, "upper_fen": 2000, "published_at": "公示栏"}
    told["from_on"] = MAY
    return FeeDraft(**{**told, **other})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({}, None),
        ({"lower_fen": 0, "upper_fen": 0}, None),
        ({"basis": " "}, Reason.FEE_BASIS_MISSING),
        ({"published_at": ""}, Reason.FEE_NOT_PUBLISHED),
        ({"lower_fen": 2001}, Reason.FEE_RANGE_REVERSED),
        ({"lower_fen": -1}, Reason.FEE_RANGE_REVERSED),
        ({"is_on_licence": True, "basis_level": "中央部门规范性文件"}, Reason.FEE_NEEDS_LAW),
        ({"is_on_licence": True, "basis_level": "行政法规"}, None),
        ({"until_on": date(2026, 5, 3)}, Reason.PERIOD_REVERSED),
        ({"until_on": MAY}, None),
    ],
)
def test_when_a_fee_can_be_published(other: dict[str, object], reason: Reason | None) -> None:
    assert [fault.reason for fault in check_fee(a_fee(**other))] == ([] if reason is None else [reason])
