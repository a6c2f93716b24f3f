"""Where every item stands: at which points, on the negative list by which instrument, or missing; the county's shares (S-12)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select

from portal.accounts.models import Account
from portal.authority import queries
from portal.authority.queries import ItemShown
from portal.catalogue.models import Item, ItemWithdrawal
from portal.catalogue.models import NegativeEntry as EntryRow
from portal.catalogue.queries import IN_FORCE
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import Body, ServicePoint
from portal.rules.authority import Register
from portal.rules.clauses import Level, Power
from portal.rules.moments import civil_date
from portal.rules.stationing import NegativeEntry, Shares, Standing, Stationing, shares, stationed


def negative_list(county_id: int, item_id: int | None = None) -> tuple[NegativeEntry, ...]:
    """Every entry of the negative list, of all days, in the order in which they were entered; of one item where one is named."""
    query = select(EntryRow).where(EntryRow.county_id == county_id).order_by(EntryRow.id)
    if item_id is not None:
        query = query.where(EntryRow.item_id == item_id)
    return tuple(NegativeEntry(row.item_id, row.instrument, row.from_on, row.until_on) for row in db.session.scalars(query))


@dataclass(frozen=True, slots=True)
class AtLevel:
    """At how many points of a level; rooms of villages and communities count as one level."""

    level: Level
    number: int


@dataclass(frozen=True, slots=True)
class Stood:
    """An item in a list: where it stands and at how many of its points somebody decides."""

    item: ItemShown
    place: Stationing
    levels: tuple[AtLevel, ...]
    decided: tuple[AtLevel, ...]

    @property
    def code(self) -> str:
        return self.item.code


@dataclass(frozen=True, slots=True)
class Department:
    """A responsible body with its shares."""

    body: Body
    shares: Shares


@dataclass(frozen=True, slots=True)
class CountyStationing:
    """The stationing of a county at a moment: shares of all and of each body, and where each item stands, by code."""

    register: Register
    items: tuple[ItemShown, ...]
    places: dict[int, Stationing]
    shares: Shares
    departments: tuple[Department, ...]

    def rows(self, items: Sequence[ItemShown]) -> list[Stood]:
        return [self._stood(item) for item in items]

    def _stood(self, item: ItemShown) -> Stood:
        place = self.places[item.terms.id]
        held = self.register.at_points(Power.DECIDE, item.terms)
        return Stood(
            item, place, _levels(point.level for point in place.points), _levels(point.level for point in place.points if point.id in held)
        )

    def of(self, standing: Standing) -> list[ItemShown]:
        return [item for item in self.items if self.places[item.terms.id].standing is standing]

    @property
    def contradicted(self) -> list[ItemShown]:
        """Stationed although the negative list names them."""
        return [item for item in self.items if self.places[item.terms.id].is_contradicted]


def _levels(found: Iterable[Level]) -> tuple[AtLevel, ...]:
    counts: dict[Level, int] = {}
    for level in found:
        level = Level.VILLAGE if level is Level.COMMUNITY else level
        counts[level] = counts.get(level, 0) + 1
    return tuple(AtLevel(level, counts[level]) for level in Level if level in counts)


def stationing(county_id: int, at: datetime) -> CountyStationing:
    """Where every item in force stands at a moment. A constant number of queries, however many items and points."""
    on = civil_date(at)
    in_force = set(db.session.scalars(select(Item.id).where(Item.county_id == county_id, Item.status == IN_FORCE)))
    items = tuple(item for item in queries.items_shown(county_id, on, with_offers=True).values() if item.terms.id in in_force)
    register, entries = queries.register_for(county_id, at), negative_list(county_id)
    by_body: dict[int, list[ItemShown]] = {}
    for item in items:
        by_body.setdefault(item.terms.responsible_body, []).append(item)
    bodies = network.bodies_by_id(county_id)
    departments = [
        Department(bodies[body_id], shares((item.terms for item in mine), register, entries, on)) for body_id, mine in by_body.items()
    ]
    return CountyStationing(
        register=register,
        items=items,
        places={item.terms.id: stationed(item.terms, register.points, entries, on) for item in items},
        shares=shares((item.terms for item in items), register, entries, on),
        departments=tuple(sorted(departments, key=lambda one: one.body.code)),
    )


# --- one item -----------------------------------------------------------------------------------------------------------------


def item_standing(county_id: int, code: str, on: date, *, point_id: int | None = None) -> Stationing:
    """Where an item stands on a day; with a point, whether it is stationed there. NotFound where no version of it holds on the day."""
    terms = queries.item_terms_by_code(county_id, code, on)
    if point_id is not None:
        terms = replace(terms, offered_at=terms.offered_at & {point_id})
    return stationed(terms, queries.points(county_id, on), negative_list(county_id, terms.id), on)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A withdrawal on record."""

    row: ItemWithdrawal
    item: ItemShown | None
    point: ServicePoint | None
    by: Account | None


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of the negative list on record."""

    row: EntryRow
    item: ItemShown | None
    by: Account | None


MOST = 20


def list_withdrawals(county_id: int, items: dict[int, ItemShown], before: int | None = None) -> tuple[list[Withdrawn], int | None]:
    """Withdrawals on record, the last one first, and the id to go on from."""
    query = (
        select(ItemWithdrawal, ServicePoint, Account)
        .outerjoin(ServicePoint, ServicePoint.id == ItemWithdrawal.point_id)
        .outerjoin(Account, Account.id == ItemWithdrawal.entered_by_id)
        .where(ItemWithdrawal.county_id == county_id)
        .order_by(ItemWithdrawal.id.desc())
        .limit(MOST + 1)
    )
    if before is not None:
        query = query.where(ItemWithdrawal.id < before)
    rows = [Withdrawn(row, items.get(row.item_id), point, by) for row, point, by in db.session.execute(query)]
    return rows[:MOST], rows[MOST - 1].row.id if len(rows) > MOST else None


def list_entries(county_id: int, items: dict[int, ItemShown], before: int | None = None) -> tuple[list[Listed], int | None]:
    """Entries of the negative list, the last one first, and the id to go on from."""
    query = (
        select(EntryRow, Account)
        .outerjoin(Account, Account.id == EntryRow.entered_by_id)
        .where(EntryRow.county_id == county_id)
        .order_by(EntryRow.id.desc())
        .limit(MOST + 1)
    )
    if before is not None:
        query = query.where(EntryRow.id < before)
    rows = [Listed(row, items.get(row.item_id), by) for row, by in db.session.execute(query)]
    return rows[:MOST], rows[MOST - 1].row.id if len(rows) > MOST else None


def item_named(county_id: int, code: str, on: date) -> ItemShown:
    """An item with its names as it stands on a day; NotFound otherwise."""
    item_id = db.session.scalar(select(Item.id).where(Item.county_id == county_id, Item.code == code))
    found = queries.items_shown(county_id, on, item_ids=[item_id]) if item_id is not None else {}
    if item_id not in found:
        raise NotFound(code)
    return found[item_id]
