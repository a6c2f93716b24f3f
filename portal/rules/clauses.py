"""What a clause says, and when it is in force: the words and plain values on which all of authority rests (G-1, G-3, G-12, G-17).

Nothing here knows a person or a case. Who may act is in `portal.rules.authority`, which hands these names on; how clauses come
into being and end is in `portal.rules.grants`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

from portal.rules.moments import civil_date, end_of, months_on, start_of

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
    """The matrix level × power × mandate: what a window of a level can hold at most (G-3). County data, with a day, narrows it.

    `closed_types` narrows it further for items of one type (the two digits of GB/T 39046, S-9), say licences in towns.
    """

    cells: frozenset[Cell]
    closed_types: frozenset[tuple[Cell, str]] = frozenset()

    def allows(self, level: Level, power: Power, mandate: Mandate, item_type: str = "") -> bool:
        """May a window of this level hold the power on this mandate, on items of this type (none named: on any type at all)?"""
        cell = (level, power, mandate)
        return cell in self.cells and (cell, item_type) not in self.closed_types

    def narrowed_to(self, cells: Iterable[Cell]) -> Ceilings:
        """A county's own matrix; ValueError if it rises above this one, for no county lifts what the rule bounds."""
        chosen = frozenset(cells)
        if above := chosen - self.cells:
            raise ValueError("above the ceiling (G-3): " + ", ".join("/".join(cell) for cell in sorted(above)))
        return Ceilings(chosen, self.closed_types)

    def closed_for(self, closed: Iterable[tuple[Cell, str]]) -> Ceilings:
        """The same matrix, closed for some types of item besides."""
        return Ceilings(self.cells, self.closed_types | frozenset(closed))


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
class Matter:
    """One matter under the item, where a question is asked of a case and not of the item in general: what conditions of clauses read.

    `begun_at` is when it was collected or received (None: it begins now), `amount_fen` what it is about (None: no amount was written),
    `point_ids` the point where the applicant came in and those above it. `is_case` false: only where they come in is known.
    """

    begun_at: datetime | None = None
    amount_fen: int | None = None
    point_ids: frozenset[PointId] = frozenset()
    is_case: bool = True


@dataclass(frozen=True, slots=True)
class ItemTerms:
    """What authority needs to know of an item version (S-1, S-3, G-18). Ids are the database's. `matter` None: asked in general."""

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
    type_code: str = ""
    asks_amount: bool = False
    matter: Matter | None = None

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


class Handling(StrEnum):
    """The kind of handling to which a clause can be bound (S-3): decided at once, or within a promised time."""

    INSTANT = "instant"
    PROMISED = "promised"


@dataclass(frozen=True, slots=True)
class Condition:
    """To what a clause is bound besides window, powers, items and period (G-1); nothing set binds to nothing.

    `most_fen` is the largest amount, itself included; `territory_id` the point at or below which the applicant must have come in.
    Asked in general, an amount and a territory do not exclude: they are shown beside the answer. A kind of handling always does.
    """

    handling: Handling | None = None
    most_fen: int | None = None
    territory_id: PointId | None = None

    def fits_handling(self, item: ItemTerms) -> bool:
        return self.handling is None or (self.handling is Handling.INSTANT) == item.is_instant

    def fits_amount(self, item: ItemTerms) -> bool:
        """A case without a written amount is not below any."""
        if self.most_fen is None or item.matter is None or not item.matter.is_case:
            return True
        return item.matter.amount_fen is not None and item.matter.amount_fen <= self.most_fen

    def fits_territory(self, item: ItemTerms) -> bool:
        return self.territory_id is None or item.matter is None or self.territory_id in item.matter.point_ids

    def fits(self, item: ItemTerms) -> bool:
        """Does the matter meet every condition?"""
        return self.fits_handling(item) and self.fits_amount(item) and self.fits_territory(item)

    def excludes(self, other: Condition) -> bool:
        """Can no matter meet both for their kind of handling? Amounts overlap from below; territories may lie within each other."""
        return self.handling is not None and other.handling is not None and self.handling is not other.handling


UNBOUND = Condition()

CLOSED_MONTHS = 14
"""Unconfirmed for longer, an instrument covers no new case (G-14)."""


@lru_cache(maxsize=4096)
def closes_at(confirmed_at: datetime) -> datetime:
    """The first moment at which it covers no new case: 24:00 of the last day of the fourteen months (G-14)."""
    return end_of(months_on(civil_date(confirmed_at), CLOSED_MONTHS))


def covers_case_begun(confirmed_at: datetime | None, begun_at: datetime | None, at: datetime) -> bool:
    """Does an instrument last confirmed (or else registered) at that moment cover, at `at`, a case that began at `begun_at`? (G-14)

    `confirmed_at` is as of `at`; None covers nothing. `begun_at` is when the case was collected or received, None for one that begins
    now. Whatever began before the fourteen months were over stays covered.
    """
    if confirmed_at is None or confirmed_at > at:
        return False
    return (at if begun_at is None else min(begun_at, at)) < closes_at(confirmed_at)


@dataclass(frozen=True, slots=True)
class ClauseEnd:
    """An end of a clause before its last day: a row of its own (G-17)."""

    moment: datetime
    why: EndWhy
    instrument_id: int | None = None


@dataclass(frozen=True, slots=True)
class ClauseTerms:
    """One clause of an instrument: a window × powers × items × period × post × condition (G-1). Never edited; it only ends (G-5).

    `confirmations` are the moments at which its instrument was confirmed for another year, in any order (G-14).
    """

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
    condition: Condition = UNBOUND
    confirmations: tuple[datetime, ...] = ()

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

    def confirmed_at(self, at: datetime) -> datetime | None:
        """The last confirmation up to that moment, or else the registration; None before it was registered (G-14)."""
        if self.registered_at is None or self.registered_at > at:
            return None
        return max((moment for moment in self.confirmations if self.registered_at <= moment <= at), default=self.registered_at)

    def is_confirmed_for(self, item: ItemTerms, at: datetime) -> bool:
        """Was it confirmed in time for this matter, or for one that begins now? (G-14)"""
        return covers_case_begun(self.confirmed_at(at), None if item.matter is None else item.matter.begun_at, at)

    def names(self, item: ItemTerms) -> bool:
        """Is the item among those that the clause was given for?"""
        return item.responsible_body == self.body_id if self.item_ids is None else item.id in self.item_ids

    def covers(self, item: ItemTerms) -> bool:
        """Does the clause reach the item? What the giving body once gave on a concentrated item reaches it no more (G-12)."""
        is_given_away = item.body_id == self.body_id != item.responsible_body
        return self.names(item) and (not is_given_away or self.mandate is Mandate.RECEIVE_FORWARD)


def carries(clause: ClauseTerms, window: WindowTerms, item: ItemTerms, power: Power, at: datetime, ceilings: Ceilings) -> bool:
    """Does this clause give this window this power on this item at this moment? (G-1 to G-3, G-12, G-14, G-17; the person apart)"""
    return (
        power in clause.powers
        and clause.window_id == window.id
        and clause.covers(item)
        and ceilings.allows(window.level, power, clause.mandate, item.type_code)
        and (power is not Power.FINISH or item.on_village_list)
        and is_served(clause, window)
        and clause.in_force_at(at)
        and clause.condition.fits(item)
        and clause.is_confirmed_for(item, at)
    )


def is_served(clause: ClauseTerms, window: WindowTerms) -> bool:
    # A room is no body's counter: what it hands on or finishes is said by its clause and the county's village list.
    return window.level.is_room or clause.mandate is Mandate.RECEIVE_FORWARD or clause.exercising_body in window.body_ids


def preference(clause: ClauseTerms) -> tuple[datetime, int]:
    """Which of several clauses an act rests on: the one that has held longest, so that an answer does not waver."""
    begins_at = clause.begins_at
    assert begins_at is not None  # only clauses in force are compared
    return begins_at, clause.id
