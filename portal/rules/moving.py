"""What has to move before a window or point closes or a posting ends, and what an emergency moves at once: nothing is orphaned (N-2, G-13)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.rules.authority import Office, OfficeHeld
from portal.rules.clauses import PointId, WindowId
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.network import PointStatus


class Leaving(StrEnum):
    """What is left by the cases that move."""

    WINDOW = "window"
    POINT = "point"
    POSTING = "posting"


class EmergencyKind(StrEnum):
    """Why a point stops from one moment to the next."""

    FLOOD = "flood"
    POWER = "power"
    LINE = "line"
    OTHER = "other"


class RowResult(StrEnum):
    """What came of one case of a batch."""

    MOVED = "moved"
    CHANGED = "changed"
    """It changed after the page was drawn; nothing was done with it."""
    NOWHERE = "nowhere"
    """No window elsewhere could receive it."""
    REFUSED = "refused"
    GONE = "gone"
    """It is not there any more."""


@dataclass(frozen=True, slots=True)
class Load:
    """What hangs on a window, on all windows of a point, or on a posting."""

    held: int = 0
    coming: int = 0
    assigned: int = 0
    people: int = 0
    stand_ins: int = 0
    letters: int = 0
    points: int = 0

    @property
    def cases(self) -> int:
        """Cases that have to move."""
        return self.held + self.coming


def _office(offices: Iterable[OfficeHeld]) -> OfficeHeld | None:
    return next((held for held in offices if held.office in (Office.CENTER_MANAGEMENT, Office.COUNTY_MANAGER)), None)


def may_move_cases(offices: Iterable[OfficeHeld]) -> Decision:
    """May a person with these offices move cases away, close windows and suspend points? The center's management or a county manager."""
    held = _office(offices)
    if held is None:
        return Decision.no(Reason.NOT_TO_MOVE, rule="N-2")
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id))


def may_leave(load: Load, *, for_good: bool) -> Decision:
    """May this window or point stop, as far as what hangs on it is concerned? No case is held or under way to it; for good also nobody is
    posted there after the last day, no letter of appointment stands, no point below is open (N-2).
    """
    if load.cases:
        return Decision.no(Reason.LEAVES_CASES, rule="N-2", cases=load.cases)
    if for_good and load.people + load.stand_ins:
        return Decision.no(Reason.LEAVES_PEOPLE, rule="N-2", people=load.people + load.stand_ins)
    if for_good and load.letters:
        return Decision.no(Reason.LEAVES_LETTERS, rule="N-2", letters=load.letters)
    if for_good and load.points:
        return Decision.no(Reason.LEAVES_POINTS, rule="N-2", points=load.points)
    return Decision.yes()


def may_end_posting_of(load: Load, *, last_on: date, today: date, others: int) -> Decision:
    """May a posting end so, as far as cases are concerned? Whose last day is today has none in hand; who is the last one at a window leaves
    no case there: it is handed off, or somebody is posted first (N-2). `others`: who is posted there on the day after.
    """
    if last_on <= today and load.assigned:
        return Decision.no(Reason.LEAVES_ASSIGNED, rule="N-2", cases=load.assigned)
    if not others and load.cases:
        return Decision.no(Reason.LEAVES_WINDOW_ALONE, rule="N-2", cases=load.cases)
    return Decision.yes()


def may_close_window_on(last_on: date, until_on: date | None, today: date) -> Decision:
    """May a window get this last day? Nothing is backdated, and a window that ends by then anyhow is not closed again."""
    if last_on < today:
        return Decision.no(Reason.BACKDATED, rule="N-2", from_on=last_on, today=today)
    if until_on is not None and until_on <= last_on:
        return Decision.no(Reason.WINDOW_ENDS_ANYHOW, rule="N-2", until_on=until_on)
    return Decision.yes()


def may_suspend_at_once(status: PointStatus, has_parent: bool) -> Decision:
    """May a point stop at once, because of an emergency? One that is working, and has a point above it that takes its cases (N-2)."""
    if not status.holds_cases:
        return Decision.no(Reason.POINT_IS_NOT_WORKING, rule="N-2", status=status.value)
    return Decision.yes() if has_parent else Decision.no(Reason.ROOT_HAS_NO_REFUGE, rule="N-2")


def refuge(
    able: Sequence[tuple[PointId, WindowId]], *, above: Sequence[PointId], holders: Collection[WindowId], leaving: Collection[WindowId]
) -> WindowId | None:
    """The window that takes a case in an emergency: at the nearest point above that has one, who holds the next power before others (N-2).

    `able` are the windows that could receive it, in order; `above` the points above, the nearest first.
    """
    for point_id in above:
        here = [window_id for place, window_id in able if place == point_id and window_id not in leaving]
        if here:
            return next((window_id for window_id in here if window_id in holders), here[0])
    return None


def next_window(
    holders: Sequence[WindowId], *, leaving: Collection[WindowId], able: Sequence[tuple[PointId, WindowId]], above: Sequence[PointId]
) -> WindowId | None:
    """Where a case of a window that closes goes if nobody says otherwise: to the nearest that holds its next power, else up (C-7)."""
    near = next((window_id for window_id in holders if window_id not in leaving), None)
    return near if near is not None else refuge(able, above=above, holders=(), leaving=leaving)
