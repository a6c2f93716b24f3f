"""Legs, routing and kinds of transfer: where a case goes next, and by when (C-6, C-7, C-20, C-21).

A handoff moves the case: it is sent, then received, returned with a reason, or recalled; until it is received it is the sender's (C-6).
Where it goes is proposed by one rule: the nearest window of the applicant's chain that holds the next power now; a finished result goes
back by the way that the case came (C-7).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from portal.rules.authority import Holding, Level, Power
from portal.rules.deadlines import Due, Limit, Unit, due_date
from portal.rules.decision import Decision, Reason
from portal.rules.disputes import Ruled
from portal.rules.manifests import Arrival, Papers, papers_of
from portal.rules.moments import civil_date
from portal.rules.working_days import Calendar


class TransferKind(StrEnum):
    """The ways in which another window comes into a case; assistance and opinion move nothing (C-21)."""

    UP = "up"
    DOWN = "down"
    RECEIVE_FORWARD = "receive_forward"
    TRANSFER = "transfer"
    ASSISTANCE = "assistance"
    OPINION = "opinion"

    @property
    def moves(self) -> bool:
        """Whether the case itself goes: a transfer is not a consultation (C-21)."""
        return self not in (TransferKind.ASSISTANCE, TransferKind.OPINION)


def kind_of(from_level: Level, to_level: Level) -> TransferKind:
    """The kind of a handoff between two levels: receive-and-forward from a room upward, else up, down, or a transfer (C-21)."""
    if to_level.rank < from_level.rank:
        return TransferKind.RECEIVE_FORWARD if from_level.is_room else TransferKind.UP
    return TransferKind.DOWN if to_level.rank > from_level.rank else TransferKind.TRANSFER


class Mark(StrEnum):
    """Why an office moved a case that no window moved itself (C-7, C-24, N-2)."""

    ROUTED = "routed"
    """It had nowhere to go, or stood where it should not; the manager or the center's management said where it goes."""
    RULING = "ruling"
    """A ruling on a dispute."""
    CLOSING = "closing"
    """A window or point that closes, or a posting that ends."""
    EMERGENCY = "emergency"
    """A point that flood or power cut off from one moment to the next."""
    RESUMED = "resumed"
    """What an emergency took away comes back."""


# --- what is told of a leg and of a stay -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waypoint:
    """One window on the way that a case came."""

    window_id: int
    level: Level


@dataclass(frozen=True, slots=True)
class Leg:
    """One handoff, from sending to what became of it. `seq` is that of the event that sent it; exactly one end or none is set.

    `due_on` is the last day on which it should be received; from `charged_on` an unreceived leg is charged to the receiver, from the day
    on which it was sent (C-6).
    """

    seq: int
    from_window: int
    to_window: int
    from_level: Level
    to_level: Level
    kind: TransferKind
    reason: str
    power_needed: Power | None
    manifest: tuple[object, ...]
    sent_at: datetime
    due_on: date
    charged_on: date
    received_at: datetime | None = None
    returned_at: datetime | None = None
    recalled_at: datetime | None = None
    return_reason: str = ""
    whose: str = ""
    mark: str = ""  # why an office moved it: a ruling, an emergency, a closing (C-24, N-2)
    return_kind: str = ""
    then: str = ""  # what happens after the return, and at which window (C-21)
    door: int | None = None
    arrivals: tuple[Arrival, ...] = ()  # its papers, as they came in

    @property
    def is_under_way(self) -> bool:
        return self.received_at is None and self.returned_at is None and self.recalled_at is None

    @property
    def ended_at(self) -> datetime | None:
        return self.received_at or self.returned_at or self.recalled_at

    @property
    def papers(self) -> Papers:
        """The papers that were listed, and what became of them (C-6)."""
        return papers_of(
            self.manifest, self.arrivals, sent_at=self.sent_at, returned_at=self.returned_at, recalled_at=self.recalled_at
        )


@dataclass(frozen=True, slots=True)
class Stay:
    """How long one window held the case; half open, the last one of a living case has no end.

    Time under way is the sender's (C-6): `to_at` is the moment of receipt by the next window, `sent_at` the moment at which this window
    sent it there. `due_on` is the last day of the limit of this level (C-20); where a finished result came home to be handed over
    (`hands_over`), that of delivery.
    """

    window_id: int
    level: Level
    from_at: datetime
    due_on: date
    hands_over: bool = False
    sent_at: datetime | None = None
    to_at: datetime | None = None

    def is_late(self, today: date) -> bool:
        """Whether this window kept the case past its own limit, judged when it sent it on, or today while it has not (C-20)."""
        done_at = self.sent_at or self.to_at
        return (today if done_at is None else civil_date(done_at)) > self.due_on


# --- limits of a leg ---------------------------------------------------------------------------------------------------------------------


def _default_holds() -> Mapping[Level, Limit]:
    same_day = Limit(0, Unit.WORKING)
    within_week = Limit(5, Unit.WORKING)
    return MappingProxyType(
        {
            Level.VILLAGE: same_day,
            Level.COMMUNITY: same_day,
            Level.TOWN: within_week,
            Level.SUB_CENTER: within_week,
            Level.COUNTY: within_week,
        },
    )


@dataclass(frozen=True, slots=True)
class LegLimits:
    """County data: how long each level may hold a case, and how long a leg may be under way (C-6, C-20).

    A room forwards scans the same working day and originals within 3; an unreceived leg is reminded after 1 working day and charged to
    the receiver after 3.
    """

    hold: Mapping[Level, Limit] = field(default_factory=_default_holds)
    receive: Limit = field(default_factory=lambda: Limit(1, Unit.WORKING))
    charge: Limit = field(default_factory=lambda: Limit(3, Unit.WORKING))
    originals: Limit = field(default_factory=lambda: Limit(3, Unit.WORKING))


def leg_due(level: Level, since: datetime, calendar: Calendar, limits: LegLimits) -> Due:
    """Until when a window of this level should have passed on a case that it got at `since` (C-20).

    For a room that is the end of the same working day; what comes in on a day off is due on the next working day.
    """
    day, limit = civil_date(since), limits.hold[level]
    if limit.unit is Unit.WORKING and limit.number == 0:
        day = calendar.first_working_day(day)
    return due_date(day, limit, calendar)


def receipt_due(sent_at: datetime, calendar: Calendar, limits: LegLimits) -> Due:
    """The last day on which a leg should be received; from the next day on both ends are reminded (C-6)."""
    return due_date(civil_date(sent_at), limits.receive, calendar)


def charge_due(sent_at: datetime, calendar: Calendar, limits: LegLimits) -> Due:
    """The last day on which an unreceived leg is still the sender's lateness; after it, the receiver's from the day sent (C-6)."""
    return due_date(civil_date(sent_at), limits.charge, calendar)


def originals_due(received_at: datetime, calendar: Calendar, limits: LegLimits) -> Due:
    """The last day on which a room may still keep originals (C-20, N-4)."""
    return due_date(civil_date(received_at), limits.originals, calendar)


# --- routing -----------------------------------------------------------------------------------------------------------------------------


class Why(StrEnum):
    """Why this window is proposed."""

    HERE = "here"
    """The holder holds the next power: no handoff is needed."""
    NEAREST = "nearest"
    """The nearest window of the chain that holds the next power now."""
    WAY_BACK = "way_back"
    """The result is finished and goes back by the way that the case came."""
    RULING = "ruling"
    """By a ruling on an earlier dispute about this matter (C-24)."""
    NOWHERE = "nowhere"
    """No window of the chain holds the next power: the county manager is shown the case at once."""
    CLOSED = "closed"
    """Nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where the case should go next. `window_id` is None when it has nowhere to go or nothing is left to do."""

    why: Why
    window_id: int | None = None
    power: Power | None = None
    clause: int | None = None
    ruling: str = ""  # the number of the ruling by which it goes there

    @property
    def moves(self) -> bool:
        """Whether a handoff is proposed."""
        return self.why in (Why.NEAREST, Why.WAY_BACK, Why.RULING)


def propose_route(
    *,
    holder_window_id: int,
    next_power: Power | None,
    way_back: Sequence[Waypoint],
    holders: Sequence[Holding],
    able: Collection[int],
    ruled: Ruled | None = None,
) -> Proposal:
    """The window that should have the case next (C-7).

    `holders` are the windows of the applicant's chain with `next_power` in force, nearest first (the answer to who may); `able` are at
    least those windows of the way back that hold any code on the item now, to which alone a handoff goes. `way_back` is how the case
    came, the holder last (`CaseNow.way_back`). A finished result goes one stop back, past a window that holds nothing any more. `ruled` is
    the ruling on such cases from the holder's point (C-24): it goes before what is nearest, as long as its window can still receive.
    """
    if next_power is None:
        return Proposal(Why.CLOSED)
    clauses = {holding.window.id: holding.clause.id for holding in reversed(holders)}
    if next_power is Power.DELIVER:
        for stop in reversed(way_back[:-1]):
            if stop.window_id in able and stop.window_id != holder_window_id:
                return Proposal(Why.WAY_BACK, stop.window_id, next_power, clauses.get(stop.window_id))
    if ruled is not None and ruled.window_id != holder_window_id and ruled.window_id in able:
        return Proposal(Why.RULING, ruled.window_id, next_power, clauses.get(ruled.window_id), ruled.number)
    if holder_window_id in clauses:
        return Proposal(Why.HERE, holder_window_id, next_power, clauses[holder_window_id])
    if holders:
        return Proposal(Why.NEAREST, holders[0].window.id, next_power, holders[0].clause.id)
    return Proposal(Why.NOWHERE, power=next_power)


def may_send_to(target_window_id: int, proposal: Proposal, reason: str) -> Decision:
    """May the case be handed to this window without more words? Another choice than the proposed one needs a reason (C-7).

    That the target holds a code on the item at all is asked of `authority.may_hand_off`.
    """
    if proposal.moves and target_window_id == proposal.window_id:
        return Decision.yes(as_proposed=True)
    if not reason.strip():
        return Decision.no(Reason.OTHER_ROUTE_NEEDS_REASON, rule="C-7", proposed=proposal.window_id)
    return Decision.yes(as_proposed=False)


def may_route_to(target: int, *, holder: int, addressed: int | None, able: Collection[int], reason: str) -> Decision:
    """May an office route the case to this window? With a reason, to another window than the one that has it or is to get it, and to one
    that holds a code on the item now, since nobody could receive it elsewhere (C-6, C-7).
    """
    if target in (holder, addressed):
        return Decision.no(Reason.ROUTED_WHERE_IT_IS, rule="C-7")
    if target not in able:
        return Decision.no(Reason.ROUTED_WHERE_NOBODY_COULD, rule="C-6")
    if not reason.strip():
        return Decision.no(Reason.ROUTE_NEEDS_REASON, rule="C-7")
    return Decision.yes()


class ReturnReason(StrEnum):
    """Why a leg is returned."""

    NOT_OURS = "not_ours"
    MANIFEST_DIFFERS = "manifest_differs"
    OTHER = "other"


class AfterReturn(StrEnum):
    """The next door of a case that comes back: what happens next (C-21)."""

    SENDER_MENDS = "sender_mends"
    """The sender puts it right and sends it here again."""
    APPLICANT_BRINGS = "applicant_brings"
    """The applicant brings something, to the window that sent it or to the one that is named."""
    OTHER_WINDOW = "other_window"
    """The sender sends it to the window that is named."""


def may_return_as(kind: ReturnReason, reason: str, whose: str, then: AfterReturn | None = None, door: int | None = None) -> Decision:
    """May a leg be returned so? It needs a reason (C-6), "not ours" names whose it is, any other return what happens next (C-21).

    `door` is the window where it goes on: for another window it must be named, else it follows (`door_of`). Naming the right window of
    what is not ours says whose it is.
    """
    if kind is ReturnReason.NOT_OURS and not whose.strip() and door is None:
        return Decision.no(Reason.RETURN_NAMES_NOBODY, rule="C-21")
    if kind is not ReturnReason.NOT_OURS and not reason.strip():
        return Decision.no(Reason.RETURN_NEEDS_REASON, rule="C-6")
    if kind is not ReturnReason.NOT_OURS and (then is None or (then is AfterReturn.OTHER_WINDOW and door is None)):
        return Decision.no(Reason.RETURN_NAMES_NO_DOOR, rule="C-21")
    return Decision.yes()


def door_of(kind: ReturnReason, then: AfterReturn | None, door: int | None, *, sender: int, returned_by: int) -> tuple[AfterReturn, int | None]:
    """What happens next and at which window, as it is written down: None where only a body is named (C-21)."""
    if kind is ReturnReason.NOT_OURS:
        return AfterReturn.OTHER_WINDOW, door
    if then is AfterReturn.APPLICANT_BRINGS:
        return then, door or sender
    return (AfterReturn.OTHER_WINDOW, door) if then is AfterReturn.OTHER_WINDOW else (AfterReturn.SENDER_MENDS, returned_by)
