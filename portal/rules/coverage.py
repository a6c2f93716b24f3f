"""How much of each power a window holds: the question of `carries`, asked for many items at once (G-1 to G-3, G-18).

Items are bits of a whole number, by their place in a list: what a window holds of a power is one number, and a count one operation.
Nothing is decided here: each bit is set where `carries` says yes, which is asked once for all items that it cannot tell apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from portal.rules.clauses import (
    DEFAULT_CEILINGS,
    BodyId,
    Ceilings,
    ClauseTerms,
    ItemId,
    ItemTerms,
    Level,
    Mandate,
    Power,
    WindowTerms,
    carries,
)

Bits: TypeAlias = int


def is_needed(item: ItemTerms, power: Power) -> bool:
    """Is the power of use on the item? What it requires, and what calls windows together or hands papers on (G-18)."""
    if power is Power.DECIDE and item.is_forwarded:
        return False
    return power in item.required or power in (Power.COORDINATE, Power.JOINT, Power.COLLECT)


def powers_of_level(level: Level, ceilings: Ceilings) -> tuple[Power, ...]:
    """The powers that a window of a level can hold at all, in the table's order (G-3)."""
    return tuple(power for power in Power if any(ceilings.allows(level, power, mandate) for mandate in Mandate))


def usual_mandate(level: Level, *, is_own: bool) -> Mandate:
    """On what footing a window of a level is usually given a power; `is_own`: the issuing body is served by the window (G-12)."""
    if level.is_room:
        return Mandate.RECEIVE_FORWARD
    return Mandate.ENTRUSTMENT if level is Level.TOWN and not is_own else Mandate.INTERNAL


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of how many items that a window could hold a power on it holds it; `is_above`: its level cannot hold the power at all (G-3)."""

    held: int
    of: int
    is_above: bool = False

    @property
    def state(self) -> str:
        """whole, part, none; above (the ceiling) or needless where there is nothing to hold."""
        if not self.of:
            return "above" if self.is_above else "needless"
        return "whole" if self.held == self.of else "part" if self.held else "none"


class Catalogue:
    """The items of a county on a day, as bits, and the ceilings of that day."""

    def __init__(self, items: Sequence[ItemTerms], ceilings: Ceilings = DEFAULT_CEILINGS) -> None:
        self.items = tuple(items)
        self.ceilings = ceilings
        self._bit: dict[ItemId, Bits] = {}
        self._alike: dict[ItemId, int] = {}  # item → the class of items that the law tells from it by the id alone
        self._of_body: dict[BodyId, dict[int, tuple[ItemTerms, Bits]]] = {}
        self._needed: dict[Power, Bits] = dict.fromkeys(Power, 0)
        self._of_type: dict[str, Bits] = {}
        self._possible: dict[tuple[Level, Power], Bits] = {}
        self._powers: dict[Level, tuple[Power, ...]] = {}
        known: dict[tuple[object, ...], int] = {}
        for place, item in enumerate(self.items):
            bit = 1 << place
            key = (item.body_id, item.concentrated_to, item.type_code, item.is_instant, item.on_village_list)
            alike = known.setdefault(key, len(known))
            self._bit[item.id], self._alike[item.id] = bit, alike
            group = self._of_body.setdefault(item.responsible_body, {})
            group[alike] = (item, group[alike][1] | bit) if alike in group else (item, bit)
            self._of_type[item.type_code] = self._of_type.get(item.type_code, 0) | bit
            for power in Power:
                if is_needed(item, power):
                    self._needed[power] |= bit

    def of_ids(self, item_ids: Iterable[ItemId]) -> Bits:
        """These items; an id that is not among them counts for nothing."""
        bits = 0
        for item_id in item_ids:
            bits |= self._bit.get(item_id, 0)
        return bits

    def of_bodies(self, body_ids: Iterable[BodyId]) -> Bits:
        """The items for which one of these bodies is responsible."""
        bits = 0
        for body_id in body_ids:
            for _item, alike in self._of_body.get(body_id, {}).values():
                bits |= alike
        return bits

    def chosen(self, bits: Bits) -> list[ItemTerms]:
        """The items of a set, in their order."""
        return [item for place, item in enumerate(self.items) if bits >> place & 1]

    def held(self, window: WindowTerms, clauses: Iterable[ClauseTerms], at: datetime) -> dict[Power, Bits]:
        """On which items the window holds each power at a moment, by the clauses given."""
        found: dict[Power, Bits] = {}
        for clause in clauses:
            if clause.window_id != window.id or not clause.in_force_at(at):
                continue
            for item, bits in self._groups(clause):
                for power in clause.powers:
                    known = found.get(power, 0)
                    if bits & ~known and carries(clause, window, item, power, at, self.ceilings):
                        found[power] = known | bits
        return found

    def _groups(self, clause: ClauseTerms) -> Collection[tuple[ItemTerms, Bits]]:
        """The items that the clause could name, one of each class with the bits of all of that class that it names."""
        if clause.item_ids is None:
            return self._of_body.get(clause.body_id, {}).values()
        found: dict[int, tuple[ItemTerms, Bits]] = {}
        for item_id in clause.item_ids:
            bit = self._bit.get(item_id)
            if bit is not None:
                alike = self._alike[item_id]
                item = self.items[bit.bit_length() - 1]
                found[alike] = (item, found[alike][1] | bit) if alike in found else (item, bit)
        return found.values()

    def powers_of(self, level: Level) -> tuple[Power, ...]:
        """The powers that a window of the level can hold at all; asked for each window of a page."""
        if level not in self._powers:
            self._powers[level] = powers_of_level(level, self.ceilings)
        return self._powers[level]

    def possible(self, level: Level, power: Power) -> Bits:
        """The items on which a window of the level could hold the power, and has a use for it (G-3)."""
        key = (level, power)
        if key not in self._possible:
            bits = 0
            for item_type, alike in self._of_type.items():
                if any(self.ceilings.allows(level, power, mandate, item_type) for mandate in Mandate):
                    bits |= alike
            self._possible[key] = bits & self._needed[power]
        return self._possible[key]

    def belonging(self, window: WindowTerms, held: Mapping[Power, Bits], offered: Bits) -> Bits:
        """What is the window's: the items of the bodies that it serves, below the county those offered there, and what it holds anything on."""
        bits = self.of_bodies(window.body_ids) | (offered if window.level.rank > 0 else 0)
        for each in held.values():
            bits |= each
        return bits

    def coverage(self, level: Level, power: Power, held: Mapping[Power, Bits], belonging: Bits) -> Coverage:
        """How much of a power is held of what belongs at the window; what it holds counts, be it needed or not."""
        has = held.get(power, 0) & belonging
        could = (self.possible(level, power) & belonging) | has
        return Coverage(has.bit_count(), could.bit_count(), is_above=not could and power not in self.powers_of(level))
