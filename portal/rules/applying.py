"""Applying online without an account: the code that comes by phone, where an application can be sent, and when it is whole (C-1, C-18)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.rules.authority import Holding, Register
from portal.rules.clauses import ItemTerms, PointTerms, Power
from portal.rules.decision import Decision, Reason
from portal.rules.lifecycle import State

CODE_DIGITS = 6
CODE_HOLDS = timedelta(minutes=10)
"""How long a code can be used, in wall time."""
CODE_TRIES = 5
"""How often one code can be typed; the right one counts too."""
SESSION_HOLDS = timedelta(hours=2)
"""How long a phone that gave its code stays known in a browser."""
DRAFT_KEPT = timedelta(days=90)
"""How long a draft is kept after it was last saved."""
MOST_DRAFTS = 20
"""Drafts of one phone that are kept at a time."""


class Means(StrEnum):
    """How a material reaches the window: as a photo now, on paper later, or not yet."""

    PHOTO = "photo"
    PAPER = "paper"
    LATER = "later"


def may_use_code(*, good_until: datetime, tries: int, is_used: bool, wall: datetime) -> Decision:
    """May a code be tried once more? `tries` are those before this one. What is over stays over, whatever is typed."""
    if is_used or wall >= good_until:
        return Decision.no(Reason.CODE_OVER, rule="C-18")
    if tries >= CODE_TRIES:
        return Decision.no(Reason.CODE_TRIED_TOO_OFTEN, rule="C-18", most=CODE_TRIES)
    return Decision.yes()


def is_known(*, good_until: datetime, is_ended: bool, wall: datetime) -> bool:
    """Does a browser still count as that of the phone which gave its code?"""
    return not is_ended and wall < good_until


@dataclass(frozen=True, slots=True)
class Taking:
    """The window of a point that takes an application sent to it; `is_receipt`: it holds accept, so the acceptance clock begins (C-1)."""

    holding: Holding
    is_receipt: bool


def taken_by(register: Register, item: ItemTerms, point: PointTerms) -> Taking | None:
    """Which window of this very point takes the application? The first that holds accept receives it; else the first that holds any power
    on the item collects it, the room's own power before the others. None: nobody there (C-1, G-3)."""
    for power in (Power.ACCEPT, Power.COLLECT, *Power):
        here = [holding for holding in register.who_may(power, item, point) if holding.point.id == point.id]
        if here:
            return Taking(here[0], power is Power.ACCEPT)
    return None


def may_send(item: ItemTerms, point: PointTerms, taking: Taking | None, *, is_online: bool) -> Decision:
    """May an application for the item be sent to this point? Where the item is offered, the point open, and somebody there to take it."""
    if not is_online:
        return Decision.no(Reason.NOT_ONLINE, rule="S-3")
    if not point.is_open:
        return Decision.no(Reason.POINT_TAKES_NOTHING, rule="N-2")
    if point.id not in item.offered_at:
        return Decision.no(Reason.NOT_OFFERED_THERE, rule="G-18")
    if taking is None:
        return Decision.no(Reason.NOBODY_TAKES_IT_THERE, rule="C-1")
    return Decision.yes()


def may_submit(*, is_sent: bool, lacking: Iterable[str]) -> Decision:
    """Is a draft whole enough to be sent? `lacking` names fields that every application has. Materials are not asked for here: what is
    missing of them is noticed once by the window (C-3)."""
    if is_sent:
        return Decision.no(Reason.DRAFT_IS_SENT, rule="C-16")
    fields = list(lacking)
    if fields:
        return Decision.no(Reason.DRAFT_LACKS, rule="C-1", fields="、".join(fields))
    return Decision.yes()


def may_keep_draft(number: int) -> Decision:
    """May a phone that has `number` drafts begin another?"""
    if number >= MOST_DRAFTS:
        return Decision.no(Reason.TOO_MANY_DRAFTS, rule="C-1", most=MOST_DRAFTS)
    return Decision.yes()


def may_supplement(wanted: Collection[str], state: State) -> Decision:
    """May the applicant send something in now? What was noticed and is still missing, or follows by a signed undertaking (C-3, C-12)."""
    if not wanted or state not in (State.NOTICED, State.ACCEPTED, State.UNDER_REVIEW):
        return Decision.no(Reason.NOTHING_TO_SUPPLEMENT, rule="C-3")
    return Decision.yes()


def means_of(*, photos: int, on_paper: bool) -> Means:
    """How a material reaches the window."""
    return Means.PHOTO if photos else Means.PAPER if on_paper else Means.LATER
