"""What becomes of the cases under way when clauses end: listed before it is signed, shown at once after (G-5).

A case relies on a clause when one of its steps still to come would be done under it: followed from where the case lies now, by the
routing of C-7, with the clauses as they stand before the end. The same way is then gone with the clauses as they stand after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from portal.rules.authority import Holding, Register
from portal.rules.clauses import ClauseEnd, ClauseTerms, EndWhy, ItemTerms, PointTerms, Power, WindowId


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open case: its item, the applicant's end of the chain, where it lies, and the powers of the steps still to come, in order.

    `window_id` is the holder, or while it is under way the window addressed. `way_back` is how it came, `window_id` last (C-7); of a case
    under way to where it has not been, the way of the holder and then the window addressed.
    """

    id: int
    item: ItemTerms
    point: PointTerms
    window_id: WindowId
    powers: tuple[Power, ...]
    way_back: tuple[WindowId, ...] = ()


class Fate(StrEnum):
    """What happens to a step that relied on a clause that ends."""

    STAYS = "stays"
    """The same window does it under another clause."""
    GOES_TO = "goes_to"
    """Another window does it: the case goes there."""
    NOWHERE = "nowhere"
    """Nobody in the chain holds the power: the case is shown to the county manager at once."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One step of one case that relied on a clause that ends, and what happens to it.

    `power` is None for the handing on of a case by the window that holds it, for which it needs any code on the item. `is_next` says that
    no other step comes before it. `to_window_id` and `to_clause` are None when there is nowhere.
    """

    case_id: int
    power: Power | None
    is_next: bool
    window_id: WindowId
    clause: int
    fate: Fate
    to_window_id: WindowId | None = None
    to_clause: int | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a step is done, and under which clause; `holding` None where nobody may. `power` None: the case is handed on from here."""

    power: Power | None
    window_id: WindowId
    holding: Holding | None


class Course:
    """Follows cases through their steps with the clauses of one register: here if the holder may, else the nearest (C-7)."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self._held: dict[tuple[ItemTerms, Power], dict[WindowId, Holding]] = {}

    def held(self, item: ItemTerms, power: Power) -> dict[WindowId, Holding]:
        """Every window that holds the power on the item, with its clause."""
        key = (item, power)
        if key not in self._held:
            found = self.register.at_points(power, item)
            self._held[key] = {holding.window.id: holding for holdings in found.values() for holding in holdings}
        return self._held[key]

    def code(self, item: ItemTerms, window_id: WindowId) -> Holding | None:
        """Any code on the item that the window holds, enough to hand the case on; a room needs `collect` for that (G-2)."""
        for power in Power:
            found = self.held(item, power).get(window_id)
            if found is not None and (power is Power.COLLECT or not found.level.is_room):
                return found
        return None

    def follow(self, case: OpenCase) -> tuple[Stop, ...]:
        """The stops of the steps to come, in order; before the first one away from here, the handing on. It ends where it is stuck."""
        stops: list[Stop] = []
        here = case.window_id
        for power in case.powers:
            found = self._who(case, here, power)
            if not stops and found is not None and found.window.id != here:
                stops.append(Stop(None, here, self.code(case.item, here)))
            stops.append(Stop(power, here if found is None else found.window.id, found))
            if found is None:
                break
            here = found.window.id
        return tuple(stops)

    def _who(self, case: OpenCase, here: WindowId, power: Power) -> Holding | None:
        held = self.held(case.item, power)
        if power is Power.DELIVER:  # a finished result goes back by the way that the case came
            for window_id in case.way_back:
                if window_id in held:
                    return held[window_id]
        return held.get(here) or self.register.nearest(power, case.item, case.point)


def with_ends(
    clauses: Iterable[ClauseTerms], ending: Collection[int], at: datetime, why: EndWhy = EndWhy.REVOKED
) -> tuple[ClauseTerms, ...]:
    """The clauses as they will stand when those with these ids have ended at that moment; nothing is changed (G-5)."""
    end = ClauseEnd(at, why)
    return tuple(replace(one, ends=(*one.ends, end)) if one.id in ending else one for one in clauses)


def in_flight(cases: Iterable[OpenCase], ending: Collection[int], before: Register, after: Register) -> tuple[Effect, ...]:
    """For every case, each step still to come that relies on a clause about to end, with what will happen to it (G-5).

    `before` is the register as it stands without the end, `after` as it will stand from that moment, with what supersedes the clauses.
    A step relies on the clause that carries it before; where the window is left with another one for it, it stays.
    """
    old, new = Course(before), Course(after)
    return tuple(effect for case in cases for effect in _effects(case, ending, old, new))


def _effects(case: OpenCase, ending: Collection[int], old: Course, new: Course) -> Sequence[Effect]:
    stops = old.follow(case)
    relying = [(place, stop, stop.holding) for place, stop in enumerate(stops) if stop.holding and stop.holding.clause.id in ending]
    if not relying:
        return ()
    after = new.follow(case)
    later = {stop.power: stop for stop in after}
    found: list[Effect] = []
    if after[0].power is None and after[0].holding is None and stops[0].power is not None:
        # The next step goes elsewhere, and the window that has the case is left without any code to hand it on.
        code = old.code(case.item, case.window_id)
        clause = relying[0][2].clause if code is None else code.clause
        found.append(Effect(case.id, None, True, case.window_id, clause.id, Fate.NOWHERE))
    for place, stop, holding in relying:
        if stop.power is not None:
            held = later[stop.power].holding if stop.power in later else new.register.nearest(stop.power, case.item, case.point)
        else:  # nothing is handed on where the next step can be done here now, or nowhere any more
            held = after[0].holding or new.code(case.item, stop.window_id)
        fate = Fate.NOWHERE if held is None else Fate.STAYS if held.window.id == stop.window_id else Fate.GOES_TO
        to = (None, None) if held is None else (held.window.id, held.clause.id)
        found.append(Effect(case.id, stop.power, place == 0, stop.window_id, holding.clause.id, fate, *to))
    return found
