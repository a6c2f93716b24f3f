"""The mail-room index: what a hall may not decide, and what left it, because it could not or although it could (G-8, 收发室).

Three figures, never mixed. *Item index*: of the items offered at a hall, not forwarded by law and decided by somebody at all, the share
that no window of this hall may decide. *Case index*: of closed cases, the share with a transfer because the power was missing. *Despite
index*: the share with a transfer although the sending window held the power in force. A room is no hall: it holds no administrative
power (G-3), and its receiving and forwarding is its work. A figure about fewer than ten is not shown. Each carries what is behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, Protocol, TypeAlias, TypeVar

from portal.rules.authority import Register
from portal.rules.clauses import (
    DEFAULT_CEILINGS,
    BodyId,
    Ceilings,
    ClauseTerms,
    ItemId,
    ItemTerms,
    PointId,
    Power,
    WindowId,
    WindowTerms,
    carries,
    is_served,
)
from portal.rules.handoffs import TransferKind

LEAST = 10
"""Below so many there is no figure (G-8)."""

CaseId: TypeAlias = int
Behind = TypeVar("Behind")


class GroupKind(StrEnum):
    """Of what a figure speaks. A department's is public."""

    COUNTY = "county"
    DEPARTMENT = "department"
    POINT = "point"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Group:
    """A department, point or window by its id; the county's id is 0."""

    kind: GroupKind
    id: int = 0


COUNTY = Group(GroupKind.COUNTY)


def share_of(count: int, n: int) -> float | None:
    """From 0 to 1; None where n is below ten: no figure (G-8)."""
    return count / n if n >= LEAST else None


@dataclass(frozen=True, slots=True)
class Counted:
    """A share with its n, of kept counts: how many are behind it, not which."""

    n: int = 0
    count: int = 0

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where n is below ten: no figure (G-8)."""
        return share_of(self.count, self.n)


@dataclass(frozen=True, slots=True)
class Figure(Generic[Behind]):
    """A share with its n and, in order, what is behind it: the items, or the cases, that count in it."""

    n: int
    behind: tuple[Behind, ...] = ()

    @property
    def count(self) -> int:
        return len(self.behind)

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where n is below ten: no figure (G-8)."""
        return share_of(len(self.behind), self.n)


class HasShare(Protocol):
    """A `Figure` or what is `Counted`."""

    @property
    def share(self) -> float | None: ...


def trend(now: HasShare, before: HasShare) -> float | None:
    """How much the share rose (above 0) or fell from the period before; None where one of the two has no figure."""
    if now.share is None or before.share is None:
        return None
    return now.share - before.share


# --- items ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class ItemAt:
    """An item at a hall where it is offered."""

    point_id: PointId
    item_id: ItemId


def is_decided_here(item: ItemTerms) -> bool:
    """Whether the item counts in the item index: somebody in the county decides it; law does not forward it up (G-8, G-18)."""
    return not item.is_forwarded and Power.DECIDE in item.required


def item_index(items: Iterable[ItemTerms], register: Register, point_id: PointId) -> Figure[ItemAt]:
    """The item index of one hall at the register's moment (G-8)."""
    return item_indices(items, register).get(Group(GroupKind.POINT, point_id), Figure(0))


def item_indices(items: Iterable[ItemTerms], register: Register) -> Mapping[Group, Figure[ItemAt]]:
    """The item index at the register's moment, of the county, per department, hall and window (G-8).

    The county and a department count an item once for each hall that offers it, and none of whose windows may decide it. A window counts
    the items offered at its hall on which it holds any power, and may not decide itself. Points that hold no cases are left out.
    """
    sums: dict[Group, tuple[int, list[ItemAt]]] = {}

    def add(group: Group, what: ItemAt, is_missing: bool) -> None:
        n, behind = sums.get(group, (0, []))
        if is_missing:
            behind.append(what)
        sums[group] = (n + 1, behind)

    for item in items:
        if not is_decided_here(item):
            continue
        deciding, holders = register.at_points(Power.DECIDE, item), _holders(item, register)
        for point_id in sorted(item.offered_at):
            point = register.points.get(point_id)
            if point is None or point.level.is_room or not point.is_open:
                continue
            what = ItemAt(point_id, item.id)
            deciders = {holding.window.id for holding in deciding.get(point_id, ())}
            for group in (COUNTY, Group(GroupKind.DEPARTMENT, item.responsible_body), Group(GroupKind.POINT, point_id)):
                add(group, what, not deciders)
            for window_id in sorted(holders.get(point_id, ())):
                add(Group(GroupKind.WINDOW, window_id), what, window_id not in deciders)
    return MappingProxyType({group: Figure(n, tuple(sorted(behind))) for group, (n, behind) in sums.items()})


def _holders(item: ItemTerms, register: Register) -> dict[PointId, set[WindowId]]:
    """Point → its windows that hold any power on the item."""
    found: dict[PointId, set[WindowId]] = {}
    for power in Power:
        for point_id, holdings in register.at_points(power, item).items():
            found.setdefault(point_id, set()).update(holding.window.id for holding in holdings)
    return found


def held_at_hall(
    windows: Iterable[WindowTerms], clauses: Iterable[ClauseTerms], at: datetime, ceilings: Ceilings = DEFAULT_CEILINGS
) -> Mapping[Power, frozenset[WindowId]]:
    """Which of these windows hold each power, on whatever items: what is told of a real hall is counted here, not claimed (G-11)."""
    known = {window.id: window for window in windows}
    held: dict[Power, set[WindowId]] = {power: set() for power in Power}
    for clause in clauses:
        window = known.get(clause.window_id)
        if window is None or not clause.in_force_at(at) or not is_served(clause, window):
            continue
        for power in clause.powers:
            if ceilings.allows(window.level, power, clause.mandate):
                held[power].add(window.id)
    return MappingProxyType({power: frozenset(found) for power, found in held.items()})


# --- cases ---------------------------------------------------------------------------------------------------------------------


class TransferWhy(StrEnum):
    """What a handoff says about the powers of the window that sent it."""

    MISSING = "missing"
    """It did not hold the power that the next step needed."""
    DESPITE = "despite"
    """It held the power in force and still sent the case on."""
    NEITHER = "neither"
    """Nothing: forwarded by a room or by law, a finished result on its way back, or no transfer at all."""


def why_transferred(
    *,
    kind: TransferKind,
    power_needed: Power | None,
    sent_at: datetime,
    item: ItemTerms,
    window: WindowTerms,
    clauses: Iterable[ClauseTerms],
    ceilings: Ceilings = DEFAULT_CEILINGS,
) -> TransferWhy:
    """Why a handoff that was received went out: judged by the sending window's clauses at the moment of sending (G-8).

    `clauses` may be all: those of the window are read. Assistance and opinion move nothing (C-21); a finished result goes back by the way
    the case came (C-7); what law forwards up leaves for its decision because law says so.
    """
    if not kind.moves or power_needed in (None, Power.DELIVER) or window.level.is_room:
        return TransferWhy.NEITHER
    assert power_needed is not None
    if power_needed is Power.DECIDE and item.is_forwarded:
        return TransferWhy.NEITHER
    held = any(carries(clause, window, item, power_needed, sent_at, ceilings) for clause in clauses)
    return TransferWhy.DESPITE if held else TransferWhy.MISSING


@dataclass(frozen=True, slots=True)
class Transfer:
    """A handoff that was received, by the window and point that sent it, and why it went out."""

    window_id: WindowId
    point_id: PointId
    why: TransferWhy


@dataclass(frozen=True, slots=True)
class ClosedCase:
    """A closed case: the department responsible, every window and point above a room that held it, and its handoffs."""

    id: CaseId
    body_id: BodyId
    window_ids: frozenset[WindowId]
    point_ids: frozenset[PointId]
    transfers: tuple[Transfer, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseIndex:
    """The two figures about closed cases, of the same n. A case with a transfer of either kind counts in both."""

    missing: Figure[CaseId]
    despite: Figure[CaseId]


def case_index(cases: Iterable[ClosedCase]) -> CaseIndex:
    """The case index and the despite index of these closed cases together (G-8)."""
    return case_indices(cases).get(COUNTY, CaseIndex(Figure(0), Figure(0)))


def case_indices(cases: Iterable[ClosedCase]) -> Mapping[Group, CaseIndex]:
    """The two figures of closed cases, of the county, per department, point and window (G-8).

    For a window or point n are the cases that it held, and a case is behind its figure only if it sent the case on itself.
    """
    n: dict[Group, int] = {}
    behind: dict[tuple[Group, TransferWhy], list[CaseId]] = {}
    groups: dict[tuple[GroupKind, int], Group] = {}

    def group_of(kind: GroupKind, key: int) -> Group:
        return groups.setdefault((kind, key), Group(kind, key))

    for case in cases:
        department = group_of(GroupKind.DEPARTMENT, case.body_id)
        held = [COUNTY, department]
        held += [group_of(GroupKind.POINT, point_id) for point_id in case.point_ids]
        held += [group_of(GroupKind.WINDOW, window_id) for window_id in case.window_ids]
        for group in held:
            n[group] = n.get(group, 0) + 1
        sent: set[tuple[Group, TransferWhy]] = set()
        for transfer in case.transfers:
            if transfer.why is TransferWhy.NEITHER:
                continue
            senders = (group_of(GroupKind.POINT, transfer.point_id), group_of(GroupKind.WINDOW, transfer.window_id))
            sent.update((group, transfer.why) for group in (COUNTY, department, *senders))
        for key in sent:
            behind.setdefault(key, []).append(case.id)

    def figure(group: Group, why: TransferWhy) -> Figure[CaseId]:
        return Figure(n[group], tuple(sorted(behind.get((group, why), ()))))

    return MappingProxyType({one: CaseIndex(figure(one, TransferWhy.MISSING), figure(one, TransferWhy.DESPITE)) for one in n})
