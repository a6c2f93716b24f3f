"""How the network hangs together: which point may stand below which (N-1), and what may become of one (N-2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from portal.rules.clauses import Level
from portal.rules.decision import Decision, Reason


class PointStatus(StrEnum):
    """What a service point is just now (N-2)."""

    PLANNED = "planned"
    UNDER_CONSTRUCTION = "under_construction"
    TRIAL = "trial"
    OPERATING = "operating"
    SUSPENDED = "suspended"
    MERGED = "merged"
    CLOSED = "closed"

    @property
    def holds_cases(self) -> bool:
        """Only a trial or operating point can hold cases (N-2)."""
        return self in (PointStatus.TRIAL, PointStatus.OPERATING)

    @property
    def is_final(self) -> bool:
        """What was merged or closed stays readable and never opens again: a new point is made instead (N-3)."""
        return self in (PointStatus.MERGED, PointStatus.CLOSED)


PARENTS: Mapping[Level, Level | None] = MappingProxyType(
    {
        Level.COUNTY: None,
        Level.SUB_CENTER: Level.COUNTY,
        Level.TOWN: Level.COUNTY,
        Level.VILLAGE: Level.TOWN,
        Level.COMMUNITY: Level.TOWN,
    }
)
"""Level → the level of its one parent; the county center is the root (N-1)."""


def may_place(parent: Level | None, level: Level) -> Decision:
    """May a point of this level stand below one of that level (None: at the root)? Levels only go down (N-1)."""
    if PARENTS[level] is parent:
        return Decision.yes()
    if parent is None:
        return Decision.no(Reason.POINT_NEEDS_PARENT, rule="N-1", level=level.value)
    if level is Level.COUNTY:
        return Decision.no(Reason.ROOT_HAS_NO_PARENT, rule="N-1", parent=parent.value)
    return Decision.no(Reason.LEVEL_NOT_BELOW, rule="N-1", level=level.value, parent=parent.value)


def may_change_status(now: PointStatus, to: PointStatus, *, from_on: date, since: date, today: date) -> Decision:
    """May a point go from one status to another from a day on? Whether it still holds cases is asked apart, of those who know (N-2).

    Nothing is backdated, nothing comes before the status that it follows, and what was merged or closed stays so.
    """
    if now.is_final:
        return Decision.no(Reason.POINT_IS_CLOSED, rule="N-2", status=now.value)
    if now is to:
        return Decision.no(Reason.STATUS_IS_THE_SAME, rule="N-2", status=now.value)
    if from_on < today or from_on < since:
        return Decision.no(Reason.BACKDATED, rule="N-2", from_on=from_on, today=max(today, since))
    return Decision.yes()
