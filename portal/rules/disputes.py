"""Disputes between bodies (踢皮球) and the rulings that end them: when one opens, who meets until when, what a ruling is from then on (C-24)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.rules.authority import Level, Office, OfficeHeld, Power
from portal.rules.clauses import BodyId, PointId, WindowId
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.working_days import Calendar

MEET_DAYS = 2
"""In how many working days the bodies meet (部门集中会办)."""
RULE_DAYS = 5
"""In how many working days there is a ruling."""
LEAST = 3
"""Counts below this are not published: so few could be one case that somebody knows (O-3)."""


class Ground(StrEnum):
    """Why a return opened a dispute."""

    SECOND_RETURN = "second_return"
    TO_RETURNER = "to_returner"
    """It went back to a body that had returned it itself."""


class DisputeState(StrEnum):
    OPEN = "open"
    MET = "met"
    RULED = "ruled"
    MOOT = "moot"
    """The case ended otherwise before there was a ruling."""

    @property
    def is_over(self) -> bool:
        return self in (DisputeState.RULED, DisputeState.MOOT)


class Scope(StrEnum):
    """For whom a ruling is the rule from then on."""

    LEVEL = "level"
    """Every point of the holder's level."""
    POINT = "point"
    """The holder's point alone."""


@dataclass(frozen=True, slots=True)
class Return:
    """A leg that came back: its seq, the body that returned it and the one to which it went back."""

    seq: int
    by_body: BodyId
    to_body: BodyId


def opens_dispute(returns: Sequence[Return], settled: int = 0) -> Ground | None:
    """Does the last of these returns open a dispute? A return to a body that already returned it, or a second one since the event `settled`,
    by which an earlier dispute of the case began (C-24).
    """
    if not returns:
        return None
    *before, last = returns
    if last.to_body in {each.by_body for each in before}:
        return Ground.TO_RETURNER
    return Ground.SECOND_RETURN if len([each for each in returns if each.seq > settled]) >= 2 else None


def meet_by(opened_on: date, calendar: Calendar) -> date:
    """The last day on which the bodies should meet."""
    return calendar.add_working_days(opened_on, MEET_DAYS)


def rule_by(opened_on: date, calendar: Calendar) -> date:
    """The last day on which there should be a ruling."""
    return calendar.add_working_days(opened_on, RULE_DAYS)


def late_step(state: DisputeState, meet_by_on: date, rule_by_on: date, today: date) -> str:
    """What is late today: "rule", "meet" or nothing."""
    if state.is_over:
        return ""
    if today > rule_by_on:
        return "rule"
    return "meet" if state is DisputeState.OPEN and today > meet_by_on else ""


def _office(offices: Iterable[OfficeHeld], *kinds: Office) -> OfficeHeld | None:
    return next((held for held in offices if held.office in kinds), None)


def may_meet(
    state: DisputeState, offices: Iterable[OfficeHeld], *, bodies: Collection[BodyId], held_on: date, opened_on: date, today: date
) -> Decision:  # fmt: skip
    """May this meeting be recorded? By the center's management, once, of a day between the opening and today, with two bodies at least."""
    if state.is_over:
        return Decision.no(Reason.DISPUTE_IS_OVER, rule="C-24")
    if state is DisputeState.MET:
        return Decision.no(Reason.DISPUTE_HAS_MET, rule="C-24")
    held = _office(offices, Office.CENTER_MANAGEMENT)
    if held is None:
        return Decision.no(Reason.NOT_TO_CALL_MEETING, rule="C-24")
    if not opened_on <= held_on <= today:
        return Decision.no(Reason.MEETING_OF_ANOTHER_DAY, rule="C-24", opened_on=opened_on)
    if len(set(bodies)) < 2:
        return Decision.no(Reason.MEETING_NEEDS_TWO, rule="C-24")
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id))


def may_rule(state: DisputeState, offices: Iterable[OfficeHeld]) -> Decision:
    """May a person with these offices rule on the dispute now? The center's management or the county manager, after the bodies met."""
    if state.is_over:
        return Decision.no(Reason.DISPUTE_IS_OVER, rule="C-24")
    held = _office(offices, Office.CENTER_MANAGEMENT, Office.COUNTY_MANAGER)
    if held is None:
        return Decision.no(Reason.NOT_TO_RULE, rule="C-24")
    if state is not DisputeState.MET:
        return Decision.no(Reason.DISPUTE_HAS_NOT_MET, rule="C-24")
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id))


# --- the ruling as a routing rule ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ruled:
    """A ruling on an item: a case whose next power this is goes from a level, or from one point, to a window. `id` grows with time."""

    id: int
    number: str
    window_id: WindowId
    power: Power | None
    from_on: date
    level: Level | None = None
    point_id: PointId | None = None


def standing_ruling(rulings: Iterable[Ruled], *, power: Power | None, level: Level, point_id: PointId, on: date) -> Ruled | None:
    """The ruling that says where a case goes from this point; a later one ends an earlier one for whom it speaks (C-24)."""
    found = [
        each
        for each in rulings
        if each.from_on <= on and each.power is power and (each.point_id == point_id if each.level is None else each.level is level)
    ]
    return max(found, key=lambda each: each.id, default=None)


def published(count: int) -> int | None:
    """A count as the public sees it; None where it is too small (O-3)."""
    return count if count >= LEAST else None
