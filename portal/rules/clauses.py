"""What a clause says, and when it is in force: the words and plain values on which all of authority rests (G-1, G-3, G-12, G-17).

Nothing here knows a person or a case. Who may act is in `portal.rules.authority`, which hands these names on; how clauses come
into being and end is in `portal.rules.grants`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from portal.rules.moments import civil_date, end_of, start_of

PersonId: TypeAlias = int
WindowId: TypeAlias = int
BodyId: TypeAlias = int
PointId: TypeAlias = int
ItemId: TypeAlias = int


# --- words -------------------------------------------------------------------------------------------------------------------


class Level(StrEnum):
    """The level of a service point (N-1)."""

    COUNTY = "county"
    SUB_CENTER = "sub_center"
    TOWN = "town"
    VILLAGE = "village"
    COMMUNITY = "community"

    @property
    def rank(self) -> int:
        """0 at county level, to which a sub-center counts (G-3); 1 for a town; 2 for a room. Smaller is higher."""
        return _RANK[self]

    @property
    def is_room(self) -> bool:
        """A village or community room, which holds no administrative power (G-3)."""
        return self.rank == 2


_RANK = {"county": 0, "sub_center": 0, "town": 1, "village": 2, "community": 2}


class Power(StrEnum):
    """The codes of delegated powers; what each lets a window do stands in `ACT_NEEDS`."""

    ACCEPT = "accept"
    REVIEW = "review"
    COORDINATE = "coordinate"
    JOINT = "joint"
    DECIDE = "decide"
    CERTIFY = "certify"
    DELIVER = "deliver"
    LITIGATE = "litigate"
    COLLECT = "collect"
    FINISH = "finish"


class Mandate(StrEnum):
    """On what footing a power is held; never mixed (G-12)."""

    STATUTORY = "statutory"
    CONCENTRATED = "concentrated"
    INTERNAL = "internal"
    ENTRUSTMENT = "entrustment"
    RECEIVE_FORWARD = "receive_forward"


class Post(StrEnum):
    """What a person is at a window: the post that a clause names uses its powers (G-16)."""

    CLERK = "clerk"
    CHIEF = "chief"
    AGENT = "agent"


class EndWhy(StrEnum):
    """Why a clause ended before its last day (G-5, G-17)."""

    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    SUSPENDED = "suspended"


# --- ceilings (G-3) ----------------------------------------------------------------------------------------------------------

Cell: TypeAlias = tuple[Level, Power, Mandate]


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The matrix level × power × mandate: what a window of a level can hold at most (G-3). County data, with a day, narrows it."""

    cells: frozenset[Cell]

    def allows(self, level: Level, power: Power, mandate: Mandate) -> bool:
        return (level, power, mandate) in self.cells

    def narrowed_to(self, cells: Iterable[Cell]) -> Ceilings:
        """A county's own matrix; ValueError if it rises above this one, for no county lifts what the rule bounds."""
        chosen = frozenset(cells)
        if above := chosen - self.cells:
            raise ValueError("above the ceiling (G-3): " + ", ".join("/".join(cell) for cell in sorted(above)))
        return Ceilings(chosen)


def _default_cells() -> Iterable[Cell]:
    office = frozenset(Power) - {Power.COLLECT, Power.FINISH}
    for level in (Level.COUNTY, Level.SUB_CENTER):
        for power in office:
            for mandate in (Mandate.STATUTORY, Mandate.CONCENTRATED, Mandate.INTERNAL):
                yield level, power, mandate
    for power in office - {Power.JOINT, Power.LITIGATE}:
        for mandate in (Mandate.STATUTORY, Mandate.INTERNAL, Mandate.ENTRUSTMENT):
            yield Level.TOWN, power, mandate
    for level in (Level.VILLAGE, Level.COMMUNITY):
        yield level, Power.COLLECT, Mandate.RECEIVE_FORWARD
        yield level, Power.DELIVER, Mandate.RECEIVE_FORWARD
        yield level, Power.FINISH, Mandate.STATUTORY


DEFAULT_CEILINGS = Ceilings(frozenset(_default_cells()))


# --- facts -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ItemTerms:
    """What authority needs to know of an item version (S-1, S-3, G-18). Ids are the database's."""

    id: ItemId
    code: str
    body_id: BodyId
    required: frozenset[Power] = frozenset({Power.ACCEPT, Power.REVIEW, Power.DECIDE, Power.DELIVER})
    is_instant: bool = False
    is_forwarded: bool = False
    on_village_list: bool = False
    has_certificate: bool = False
    needs_certificate_holder: bool = False  # who reviews it must hold an enforcement certificate (N-4)
    offered_at: frozenset[PointId] = frozenset()
    concentrated_to: BodyId | None = None

    @property
    def responsible_body(self) -> BodyId:
        """The body that can grant and exercise powers on the item: the approval bureau from the day of concentration (G-12)."""
        return self.body_id if self.concentrated_to is None else self.concentrated_to


@dataclass(frozen=True, slots=True)
class PointTerms:
    """A service point (N-1). `body_id` is set for a sub-center; `is_open` is false where none can hold cases (N-2)."""

    id: PointId
    code: str
    level: Level
    parent_id: PointId | None = None
    body_id: BodyId | None = None
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class WindowTerms:
    """A counter at a point, with the bodies that it serves at the moment asked about."""

    id: WindowId
    code: str
    point_id: PointId
    level: Level
    body_ids: frozenset[BodyId] = frozenset()
    is_general: bool = False


@dataclass(frozen=True, slots=True)
class ClauseEnd:
    """An end of a clause before its last day: a row of its own (G-17)."""

    moment: datetime
    why: EndWhy
    instrument_id: int | None = None


@dataclass(frozen=True, slots=True)
class ClauseTerms:
    """One clause of an instrument: a window × powers × items × period × post (G-1). Never edited; it only ends (G-5)."""

    id: int
    instrument_id: int
    instrument_number: str
    window_id: WindowId
    body_id: BodyId
    mandate: Mandate
    powers: frozenset[Power]
    from_on: date
    item_ids: frozenset[ItemId] | None = None  # None: all items of the issuing body
    until_on: date | None = None
    receiving_body_id: BodyId | None = None
    registered_at: datetime | None = None
    ends: tuple[ClauseEnd, ...] = ()
    post: Post | None = None

    @property
    def begins_at(self) -> datetime | None:
        """The later of 00:00 of the first day and the registration; None while unregistered (G-17)."""
        return None if self.registered_at is None else max(start_of(self.from_on), self.registered_at)

    @property
    def ends_at(self) -> datetime | None:
        """The first moment at which it no longer holds: 24:00 of the last day or the earliest end; None if open (G-17)."""
        moments = [end.moment for end in self.ends]
        if self.until_on is not None:
            moments.append(end_of(self.until_on))
        return min(moments, default=None)

    @property
    def last_day(self) -> date | None:
        """The last civil day on which it holds at all, ends included; None if open."""
        ends_at = self.ends_at
        return None if ends_at is None else civil_date(ends_at - timedelta(microseconds=1))

    @property
    def end_in_effect(self) -> ClauseEnd | None:
        """The recorded end that cuts the clause short; None if it runs to its last day."""
        first = min(self.ends, key=lambda end: end.moment, default=None)
        if first is None or (self.until_on is not None and end_of(self.until_on) <= first.moment):
            return None
        return first

    @property
    def exercising_body(self) -> BodyId:
        """Whose people use the power: the town government that it was entrusted to, else the body that issued it (G-12)."""
        if self.mandate is Mandate.ENTRUSTMENT and self.receiving_body_id is not None:
            return self.receiving_body_id
        return self.body_id

    def in_force_at(self, moment: datetime) -> bool:
        """G-17, half-open; what is recorded later never changes the answer for an earlier moment."""
        begins_at, ends_at = self.begins_at, self.ends_at
        return begins_at is not None and begins_at <= moment and (ends_at is None or moment < ends_at)

    def names(self, item: ItemTerms) -> bool:
        """Is the item among those that the clause was given for?"""
        return item.responsible_body == self.body_id if self.item_ids is None else item.id in self.item_ids

    def covers(self, item: ItemTerms) -> bool:
        """Does the clause reach the item? What the giving body once gave on a concentrated item reaches it no more (G-12)."""
        is_given_away = item.body_id == self.body_id != item.responsible_body
        return self.names(item) and (not is_given_away or self.mandate is Mandate.RECEIVE_FORWARD)



def carries(clause: ClauseTerms, window: WindowTerms, item: ItemTerms, power: Power, at: datetime, ceilings: Ceilings) -> bool:
    """Does this clause give this window this power on this item at this moment? (G-2, G-3, G-12, G-17; the person apart)"""
    return (
        power in clause.powers
        and clause.window_id == window.id
        and clause.covers(item)
        and ceilings.allows(window.level, power, clause.mandate)
        and (power is not Power.FINISH or item.on_village_list)
        and is_served(clause, window)
        and clause.in_force_at(at)
    )


def is_served(clause: ClauseTerms, window: WindowTerms) -> bool:
    # A room is no body's counter: what it hands on or finishes is said by its clause and the county's village list.
    return window.level.is_room or clause.mandate is Mandate.RECEIVE_FORWARD or clause.exercising_body in window.body_ids


def preference(clause: ClauseTerms) -> tuple[datetime, int]:
    """Which of several clauses an act rests on: the one that has held longest, so that an answer does not waver."""
    begins_at = clause.begins_at
    assert begins_at is not None  # only clauses in force are compared
    return begins_at, clause.id
