"""What the matrix of authority shows of a window, an item and a power (G-1, G-3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from portal.rules.clauses import Ceilings, ClauseTerms, ItemTerms, Level, Mandate, Power, WindowTerms, carries, preference


@dataclass(frozen=True, slots=True)
class Cell:
    """What a window has of a power on an item: held, soon, ended, none, needless, and the clause that says so."""

    state: str
    clause: ClauseTerms | None = None


def cell(window: WindowTerms, item: ItemTerms, power: Power, of_window: Iterable[ClauseTerms], at: datetime, bounds: Ceilings) -> Cell:
    """One cell of the matrix window × item × power."""
    mine = [clause for clause in of_window if power in clause.powers and clause.window_id == window.id and clause.covers(item)]
    held = [clause for clause in mine if carries(clause, window, item, power, at, bounds)]
    if held:
        return Cell("held", min(held, key=preference))
    for clause in mine:  # signed or registered, and would hold once it begins
        planned = replace(clause, registered_at=clause.registered_at or at)
        begins_at = planned.begins_at
        if begins_at is not None and begins_at >= at and carries(planned, window, item, power, begins_at, bounds):
            return Cell("soon", clause)
    for clause in mine:
        begins_at = clause.begins_at
        is_over = clause.ends_at is not None and clause.ends_at <= at
        if is_over and begins_at is not None and carries(clause, window, item, power, begins_at, bounds):
            return Cell("ended", clause)
    is_needed = power in item.required or power in (Power.COORDINATE, Power.JOINT, Power.COLLECT)
    if power is Power.DECIDE and item.is_forwarded:
        return Cell("needless")
    return Cell("none" if is_needed else "needless")


def powers_of_level(level: Level, bounds: Ceilings) -> tuple[Power, ...]:
    """The powers that a window of a level can hold at all, in the table's order: the columns of its matrix (G-3)."""
    return tuple(power for power in Power if any(bounds.allows(level, power, mandate) for mandate in Mandate))
