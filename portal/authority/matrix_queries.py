"""The matrix of authority: windows × items × powers of a county, a page at a time (G-1, G-3, G-18).

Three queries, whatever the size: the `ground` (items, bodies, upper points, ceilings and the two settings that items read), a page
of windows, and the clauses of these windows. What a clause gives is said by `portal.rules.coverage` and `carries`, never here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import and_, case, cast, func, literal_column, or_, select

from portal.authority.models import (
    Ceiling,
    Clause,
    ClauseCondition,
    ClauseEnd,
    ClauseItem,
    ClausePower,
    Instrument,
    InstrumentConfirmation,
    InstrumentRegistration,
    InstrumentSignature,
)
from portal.catalogue.models import Item, ItemOffer, ItemVersion
from portal.catalogue.queries import stands
from portal.database import NotFound, db
from portal.network.models import Body, BodyKind, CountySetting, ServicePoint, Window, WindowBody
from portal.network.queries import search_key
from portal.rules import clauses as words
from portal.rules.clauses import (
    DEFAULT_CEILINGS,
    UNBOUND,
    Ceilings,
    ClauseTerms,
    Condition,
    EndWhy,
    Handling,
    ItemTerms,
    Level,
    Mandate,
    Post,
    Power,
    WindowTerms,
    carries,
    preference,
)
from portal.rules.coverage import Bits, Catalogue, Coverage, is_needed, usual_mandate
from portal.rules.moments import civil_date

WINDOWS_A_PAGE = 25
ITEMS_A_PAGE = 40
ITEMS_A_ROW = 6
FOUND = 20
LEVELS = tuple(Level)
UPPER = (Level.COUNTY, Level.SUB_CENTER, Level.TOWN)


# --- one cell -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """What a window has of a power on an item: held, soon, ended, none, needless, above (the ceiling), and the clause that says so."""

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
    if not any(bounds.allows(window.level, power, mandate, item.type_code) for mandate in Mandate):
        return Cell("above")
    return Cell("none" if is_needed(item, power) else "needless")


# --- the ground -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Thing:
    """A body, a point, a window or an item as a line of a list: code and names."""

    id: int
    code: str
    name: str
    name_hant: str
    name_en: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ItemSeen(Thing):
    """An item with its names, the version that holds, and what the rules see of it."""

    version_id: int = 0
    terms: ItemTerms = field(default_factory=lambda: ItemTerms(0, "", 0))


T = TypeVar("T", bound=Thing)


class Ground:
    """What the whole matrix stands on, on a day: one query, read once a request."""

    def __init__(self, bodies: dict[int, Thing], points: dict[int, Thing], items: list[ItemSeen], bounds: Ceilings) -> None:
        self.bodies, self.points, self.items = bodies, points, items
        self.catalogue = Catalogue([item.terms for item in items], bounds)
        self._by_version = {item.version_id: self.catalogue.of_ids([item.id]) for item in items}
        self._by_id = {item.id: item for item in items}
        self._offers: dict[str, Bits] = {}

    @property
    def bounds(self) -> Ceilings:
        return self.catalogue.ceilings

    def body(self, code: str) -> Thing:
        return _of_code(self.bodies.values(), code)

    def point(self, code: str) -> Thing:
        return _of_code(self.points.values(), code)

    def item(self, code: str) -> ItemSeen:
        return _of_code(self.items, code)

    def granting(self) -> list[Thing]:
        """The bodies that are responsible for items, by code."""
        ids = {item.terms.responsible_body for item in self.items}
        return sorted((body for body_id, body in self.bodies.items() if body_id in ids), key=lambda body: body.code)

    def seen(self, bits: Bits) -> list[ItemSeen]:
        """The items of a set, by code."""
        return [self._by_id[item.id] for item in self.catalogue.chosen(bits)]

    def find(self, text: str) -> list[ItemSeen]:
        """The items that a text names: by its code, else by words that are all in its name or code."""
        exact = [item for item in self.items if item.code == text.strip()]
        if exact:
            return exact
        asked = [key for word in text.split() if (key := search_key(word))]
        if not asked:
            return []
        keys = ((item, search_key(f"{item.code} {item.name} {item.name_hant} {item.name_en}")) for item in self.items)
        return [item for item, key in keys if all(word in key for word in asked)]

    def offered(self, version_ids: str) -> Bits:
        """Version ids as the database lists them; rooms of a kind have the same list, so that most are read once."""
        if version_ids not in self._offers:
            bits = 0
            for version_id in version_ids.split(",") if version_ids else ():
                bits |= self._by_version.get(int(version_id), 0)
            self._offers[version_ids] = bits
        return self._offers[version_ids]


def _of_code(things: Iterable[T], code: str) -> T:
    found = next((thing for thing in things if thing.code == code), None)
    if found is None:
        raise NotFound(code)
    return found


_NONE, _ZERO = literal_column("''", sa.Text), literal_column("0", sa.Integer)
_NAMES = ("name", "name_hant", "name_en")


def _part(sort: str, source: Any, code: Any, *, names: bool = True, ref: Any = _ZERO, other: Any = _ZERO, **told: Any) -> sa.Select[Any]:
    """One sort of row of the ground; every sort has the same columns, so that one statement brings them all."""
    called = [cast(getattr(source, name), sa.Text).label(name) if names else _NONE.label(name) for name in _NAMES]
    texts = [cast(told[name], sa.Text).label(name) if name in told else _NONE.label(name) for name in ("a", "b", "c", "d", "e")]
    return select(
        literal_column(f"'{sort}'", sa.Text).label("sort"), source.id.label("id"), ref.label("ref"), other.label("other"),
        cast(code, sa.Text).label("code"), *called, *texts,
    )  # fmt: skip


def ground(county_id: int, on: date, *, point_code: str = "") -> Ground:
    """Items that hold on a day, bodies, points down to the towns (and the one named), ceilings: one query."""
    kept = or_(ItemVersion.until_on.is_(None), ItemVersion.until_on >= on)
    rows = db.session.execute(
        sa.union_all(
            _part("body", Body, Body.code, a=Body.kind).where(Body.county_id == county_id),
            _part("point", ServicePoint, ServicePoint.code, a=ServicePoint.level).where(
                ServicePoint.county_id == county_id, or_(ServicePoint.level.in_(UPPER), ServicePoint.code == point_code)
            ),
            _part(
                "ceiling", Ceiling, Ceiling.level, names=False, ref=case((Ceiling.is_allowed, 1), else_=0),
                a=Ceiling.power, b=Ceiling.mandate, c=Ceiling.item_type, d=Ceiling.from_on,
            ).where(Ceiling.county_id == county_id, Ceiling.from_on <= on),
            _part("setting", CountySetting, CountySetting.key, names=False, a=CountySetting.value, d=CountySetting.from_on).where(
                CountySetting.county_id == county_id, CountySetting.from_on <= on,
                CountySetting.key.in_(("village_finish", "concentrated_items")),
            ),
            _part(
                "item", ItemVersion, Item.code, ref=ItemVersion.body_id, other=ItemVersion.item_id,
                a=ItemVersion.required_powers, b=ItemVersion.flags, c=ItemVersion.kind, d=ItemVersion.type_code, e=ItemVersion.version,
            ).join(Item, Item.id == ItemVersion.item_id).where(ItemVersion.county_id == county_id, ItemVersion.from_on <= on, kept),
        )
    ).all()  # fmt: skip
    sorts: dict[str, list[Any]] = {sort: [] for sort in ("body", "point", "ceiling", "setting", "item")}
    for row in rows:
        sorts[row.sort].append(row)
    bodies, points = ({row.id: Thing(row.id, row.code, row.name, row.name_hant, row.name_en, row.a) for row in sorts[sort]} for sort in ("body", "point"))
    settings: dict[str, Any] = {}
    for row in sorted(sorts["setting"], key=lambda row: str(row.d)):
        settings[row.code] = json.loads(row.a)
    return Ground(bodies, points, _items(sorts["item"], settings, bodies), _ceilings(sorts["ceiling"]))


def _ceilings(rows: list[Any]) -> Ceilings:
    closed: set[tuple[tuple[Level, Power, Mandate], str]] = set()
    for row in sorted(rows, key=lambda row: (str(row.d), row.id)):
        told = ((Level(row.code), Power(row.a), Mandate(row.b)), row.c)
        (closed.discard if row.ref else closed.add)(told)
    if not closed:
        return DEFAULT_CEILINGS
    whole = {one for one, item_type in closed if not item_type}
    return DEFAULT_CEILINGS.narrowed_to(DEFAULT_CEILINGS.cells - whole).closed_for(told for told in closed if told[1])


def _items(rows: list[Any], settings: dict[str, Any], bodies: dict[int, Thing]) -> list[ItemSeen]:
    finish = frozenset(settings.get("village_finish") or ())
    ids = {body.code: body.id for body in bodies.values()}
    moved = {code: ids.get(to) for code, to in (settings.get("concentrated_items") or {}).items()}
    lists: dict[str, frozenset[str]] = {}  # many items require the same
    powers: dict[str, frozenset[Power]] = {}
    newest = {row.other: row for row in sorted(rows, key=lambda row: int(row.e))}  # of several that hold
    found = []
    for row in sorted(newest.values(), key=lambda row: row.code):
        if row.a not in powers:
            powers[row.a] = frozenset(Power(code) for code in json.loads(row.a or "null") or ())
        if row.b not in lists:
            lists[row.b] = frozenset(json.loads(row.b or "null") or ())
        terms = ItemTerms(
            row.other, row.code, row.ref, powers[row.a], row.c == "instant", "forwarded" in lists[row.b], row.code in finish,
            concentrated_to=moved.get(row.code), type_code=row.d,
        )  # fmt: skip
        found.append(ItemSeen(row.other, row.code, row.name, row.name_hant, row.name_en, "", row.id, terms))
    return found


# --- a page of windows ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WindowSeen:
    """A window with its names and its point, what the rules see of it, and what is offered there."""

    thing: Thing
    point: Thing
    terms: WindowTerms
    offered: Bits


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which windows a page is about; nothing set: all of the county."""

    point_id: int | None = None  # the windows of this point and of the points right below a town
    levels: Collection[Level] | None = None
    items: Collection[ItemSeen] | None = None  # windows that serve their bodies, where they are offered, or that have a clause on them
    code: str = ""  # this one


_RANK = case(*((ServicePoint.level == level.value, place) for place, level in enumerate(UPPER)), else_=len(UPPER))


def _list(column: Any, *conditions: Any) -> Any:
    """Ids or codes as one text, so that a window or a clause stays one row, alike on both engines."""
    return select(func.aggregate_strings(cast(column, sa.String), ",")).where(*conditions).scalar_subquery()


def windows(county_id: int, on: date, seen: Ground, wanted: Wanted, *, after: str = "") -> tuple[list[WindowSeen], str]:
    """A page of windows from the county down, by point and code, and the code after which the next begins (none: no more). One query."""
    place = ServicePoint
    serves = and_(
        WindowBody.window_id == Window.id, WindowBody.from_on <= on, or_(WindowBody.until_on.is_(None), WindowBody.until_on >= on)
    )
    offers = _list(ItemOffer.version_id, ItemOffer.point_id == place.id, ItemVersion.id == ItemOffer.version_id, stands(on))
    query = (
        select(
            Window.id, Window.code, Window.name, Window.name_hant, Window.name_en, Window.is_general, place.id.label("point_id"),
            place.code.label("point_code"), place.name.label("p"), place.name_hant.label("p_hant"), place.name_en.label("p_en"),
            place.level, _list(WindowBody.body_id, serves).label("bodies"),
            case((_RANK < 2, _NONE), else_=offers).label("offers"),
        )
        .join(place, place.id == Window.point_id)
        .where(Window.county_id == county_id, Window.from_on <= on, or_(Window.until_on.is_(None), Window.until_on >= on))
        .order_by(_RANK, place.code, Window.code)
    )  # fmt: skip
    if wanted.code:
        query = query.where(Window.code == wanted.code)
    if wanted.point_id is not None:
        below = and_(place.parent_id == wanted.point_id, place.level.in_((Level.VILLAGE, Level.COMMUNITY)))
        query = query.where(or_(place.id == wanted.point_id, below))
    if wanted.levels is not None:
        query = query.where(place.level.in_(list(wanted.levels)))
    if wanted.items is not None:
        query = query.where(_about(wanted.items, serves, on))
    if after:
        at_window, at_point = sa.orm.aliased(Window), sa.orm.aliased(place)
        rank = case(*((at_point.level == level.value, order) for order, level in enumerate(UPPER)), else_=len(UPPER))
        last = (
            select(rank.label("rank"), at_point.code.label("point"), at_window.code.label("window"))
            .join(at_point, at_point.id == at_window.point_id)
            .where(at_window.county_id == county_id, at_window.code == after)
            .subquery()
        )
        query = query.join(last, sa.true()).where(sa.tuple_(_RANK, place.code, Window.code) > sa.tuple_(*last.c))
    rows = db.session.execute(query.limit(WINDOWS_A_PAGE + 1)).all()
    found = [
        WindowSeen(
            Thing(row.id, row.code, row.name, row.name_hant, row.name_en),
            Thing(row.point_id, row.point_code, row.p, row.p_hant, row.p_en, row.level),
            WindowTerms(row.id, row.code, row.point_id, Level(row.level), _ids(row.bodies), row.is_general),
            seen.offered(row.offers or ""),
        )
        for row in rows[:WINDOWS_A_PAGE]
    ]
    return found, found[-1].thing.code if len(rows) > WINDOWS_A_PAGE else ""


def _about(items: Collection[ItemSeen], serves: Any, on: date) -> Any:
    """The windows that have, or could have, to do with these items."""
    bodies = {item.terms.responsible_body for item in items}
    served = select(WindowBody.id).where(serves, WindowBody.body_id.in_(bodies)).exists()
    offered = (
        select(ItemOffer.id)
        .join(ItemVersion, ItemVersion.id == ItemOffer.version_id)
        .where(_RANK >= 2, ItemOffer.point_id == ServicePoint.id, ItemVersion.id.in_([item.version_id for item in items]), stands(on))
        .exists()
    )
    named = select(ClauseItem.id).where(ClauseItem.clause_id == Clause.id, ClauseItem.item_id.in_([item.id for item in items])).exists()
    given = (
        select(Clause.id)
        .join(Instrument, Instrument.id == Clause.instrument_id)
        .where(Clause.window_id == Window.id, or_(and_(Clause.all_items, Instrument.body_id.in_(bodies)), named))
        .exists()
    )
    return or_(served, offered, given)


def _ids(text: str | None) -> frozenset[int]:
    return frozenset(map(int, text.split(","))) if text else frozenset()


# --- their clauses --------------------------------------------------------------------------------------------------------------


def clauses(
    county_id: int, window_ids: Collection[int], at: datetime, *, in_force: bool = False, item: ItemSeen | None = None
) -> dict[int, list[ClauseTerms]]:
    """Window → its signed clauses as they stand at a moment; `in_force`: without those that are over or not begun. One query.

    Of several ends the first is read, of several confirmations the last: more is not asked of the present.
    """
    on = civil_date(at)
    powers = _list(ClausePower.power, ClausePower.clause_id == Clause.id)
    items = _list(ClauseItem.item_id, ClauseItem.clause_id == Clause.id)
    ends_at = select(func.min(ClauseEnd.ends_at)).where(ClauseEnd.clause_id == Clause.id).scalar_subquery()
    confirmed = (
        select(func.max(InstrumentConfirmation.confirmed_at))
        .where(InstrumentConfirmation.instrument_id == Instrument.id, InstrumentConfirmation.confirmed_at <= at)
        .scalar_subquery()
    )
    query = (
        select(
            Clause.id, Clause.instrument_id, InstrumentSignature.number, Clause.window_id, Instrument.body_id, Instrument.mandate,
            Clause.all_items, Clause.from_on, Clause.until_on, Instrument.receiving_body_id, InstrumentRegistration.registered_at,
            Clause.post, ClauseCondition.handling, ClauseCondition.most_fen, ClauseCondition.territory_id, powers.label("powers"),
            items.label("items"), ends_at.label("ends_at"), confirmed.label("confirmed_at"),
        )
        .join(Instrument, Instrument.id == Clause.instrument_id)
        .join(InstrumentSignature, InstrumentSignature.instrument_id == Instrument.id)
        .outerjoin(InstrumentRegistration, InstrumentRegistration.instrument_id == Instrument.id)
        .outerjoin(ClauseCondition, ClauseCondition.clause_id == Clause.id)
        .where(Clause.county_id == county_id, Clause.window_id.in_(list(window_ids)))
        .order_by(Clause.id)
    )  # fmt: skip
    if in_force:
        query = query.where(
            InstrumentRegistration.id.is_not(None), Clause.from_on <= on, or_(Clause.until_on.is_(None), Clause.until_on >= on)
        )
    if item is not None:
        named = select(ClauseItem.id).where(ClauseItem.clause_id == Clause.id, ClauseItem.item_id == item.id).exists()
        query = query.where(or_(and_(Clause.all_items, Instrument.body_id == item.terms.responsible_body), named))
    found: dict[int, list[ClauseTerms]] = {}
    for row in db.session.execute(query) if window_ids else ():
        is_bound = row.handling is not None or row.most_fen is not None or row.territory_id is not None
        found.setdefault(row.window_id, []).append(
            ClauseTerms(
                row.id, row.instrument_id, row.number, row.window_id, row.body_id, Mandate(row.mandate),
                frozenset(map(Power, row.powers.split(","))) if row.powers else frozenset(), row.from_on,
                None if row.all_items else _ids(row.items), row.until_on, row.receiving_body_id, row.registered_at,
                () if row.ends_at is None else (words.ClauseEnd(row.ends_at, EndWhy.REVOKED),),
                None if row.post is None else Post(row.post),
                Condition(Handling(row.handling) if row.handling else None, row.most_fen, row.territory_id) if is_bound else UNBOUND,
                () if row.confirmed_at is None else (row.confirmed_at,),
            )
        )  # fmt: skip
    return found


# --- the three views ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A window with how much of each power it holds, and, where one power is asked for, the first of the items that it holds it on."""

    seen: WindowSeen
    cells: tuple[Coverage, ...]
    items: tuple[ItemSeen, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """A page of windows against powers."""

    columns: tuple[Power, ...]
    rows: list[Row]
    more: str


def overview(county_id: int, at: datetime, seen: Ground, *, point: Thing | None, body: Thing | None, power: Power | None, after: str) -> Overview:
    """A page of the windows of a point, a body or all, with the count of items per power that each holds of those that it could."""
    on, catalogue = civil_date(at), seen.catalogue
    among = -1 if body is None else catalogue.of_bodies([body.id])
    levels = None if power is None else [level for level in Level if power in catalogue.powers_of(level)]
    wanted = Wanted(None if point is None else point.id, levels, None if body is None else seen.seen(among))
    page, more = windows(county_id, on, seen, wanted, after=after)
    of_windows = clauses(county_id, [one.terms.id for one in page], at, in_force=True)
    asked = tuple(Power) if power is None else (power,)
    rows = []
    for one in page:
        held = catalogue.held(one.terms, of_windows.get(one.terms.id, ()), at)
        belonging = catalogue.belonging(one.terms, held, one.offered) & among
        cells = tuple(catalogue.coverage(one.terms.level, each, held, belonging) for each in asked)
        items = seen.seen(held.get(power, 0) & belonging) if power is not None else []
        rows.append(Row(one, cells, tuple(items[:ITEMS_A_ROW]), max(0, len(items) - ITEMS_A_ROW)))
    kept = [place for place, each in enumerate(asked) if each is power or any(row.cells[place].of for row in rows)]
    if len(kept) < len(asked):
        rows = [replace(row, cells=tuple(row.cells[place] for place in kept)) for row in rows]
    return Overview(tuple(asked[place] for place in kept), rows, more)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of which one instrument can be drafted: the body that would issue it, on what footing, and the powers that it could give.

    Its columns are the powers that its level can hold at all; a cell of each row stands for each.
    """

    body: Thing | None
    mandate: Mandate
    level: Level
    powers: tuple[Power, ...]
    columns: tuple[Power, ...]
    rows: list[tuple[Any, list[Cell]]]


@dataclass(frozen=True, slots=True)
class Page:
    """A window against its items, or an item against its windows: rows in groups of one instrument each, and where the next page begins."""

    groups: list[Group]
    more: str
    instruments: dict[int, str]


def _issuer(seen: Ground, window: WindowTerms, item: ItemTerms) -> tuple[Thing | None, Mandate]:
    """Who would give this window a power on this item, and on what footing: for a room the government that it belongs to hands on (G-12)."""
    own = item.responsible_body in window.body_ids
    mandate = usual_mandate(window.level, is_own=own)
    if window.level.is_room:
        served = sorted((seen.bodies[one] for one in window.body_ids if one in seen.bodies), key=lambda one: (one.kind == BodyKind.VILLAGE, one.code))
        return (served[0] if served else None), mandate
    if window.level.rank == 0 and not own:
        return None, mandate  # a county window exercises nothing for a body that it does not serve
    return seen.bodies.get(item.responsible_body), mandate


def _grouped(
    seen: Ground, at: datetime, rows: Iterable[tuple[WindowTerms, ItemTerms, Any, Iterable[ClauseTerms]]], power: Power | None
) -> list[Group]:
    """Cells of (window, item, what stands in the row, clauses of the window), in groups of one issuer and footing each."""
    groups: dict[tuple[Any, ...], Group] = {}
    for window, item, thing, of_window in rows:
        body, mandate = _issuer(seen, window, item)
        key = (body.id if body else None, mandate, window.level.rank)
        if key not in groups:
            powers = tuple(one for one in Power if seen.bounds.allows(window.level, one, mandate))
            columns = (power,) if power is not None else seen.catalogue.powers_of(window.level)
            groups[key] = Group(body, mandate, window.level, powers, columns, [])
        mine = [clause for clause in of_window if clause.covers(item)]
        groups[key].rows.append((thing, [cell(window, item, each, mine, at, seen.bounds) for each in groups[key].columns]))
    return list(groups.values())


def _relied(groups: Iterable[Group]) -> dict[int, str]:
    """Instrument id → number, of what the cells rest on."""
    found = [one.clause for group in groups for _thing, cells in group.rows for one in cells if one.clause is not None]
    return {clause.instrument_id: clause.instrument_number for clause in sorted(found, key=lambda one: one.instrument_id)}


def of_window(
    county_id: int, at: datetime, seen: Ground, code: str, *, body: Thing | None, power: Power | None, after: str
) -> tuple[WindowSeen, Page]:
    """A window with its items against the powers of its level; NotFound for one that is not there on the day."""
    on, catalogue = civil_date(at), seen.catalogue
    page, _more = windows(county_id, on, seen, Wanted(code=code))
    if not page:
        raise NotFound(code)
    one = page[0]
    mine = clauses(county_id, [one.terms.id], at).get(one.terms.id, [])
    belonging = catalogue.belonging(one.terms, catalogue.held(one.terms, mine, at), one.offered)
    every = [item for item in seen.items if catalogue.of_ids([item.id]) & belonging or any(clause.covers(item.terms) for clause in mine)]
    # one body after the other, since one instrument has one issuer
    keys = {item.id: (seen.bodies[item.terms.responsible_body].code, item.code) for item in every}
    if body is not None:
        every = [item for item in every if item.terms.responsible_body == body.id]
    every.sort(key=lambda item: keys[item.id])
    if after:
        last = seen.item(after)
        start = (seen.bodies[last.terms.responsible_body].code, last.code)
        every = [item for item in every if keys[item.id] > start]
    shown = every[:ITEMS_A_PAGE]
    groups = _grouped(seen, at, ((one.terms, item.terms, item, mine) for item in shown), power)
    return one, Page(groups, shown[-1].code if len(every) > len(shown) else "", _relied(groups))


def of_item(county_id: int, at: datetime, seen: Ground, item: ItemSeen, *, point: Thing | None, power: Power | None, after: str) -> Page:
    """An item with a page of the windows that have, or could have, to do with it, against the powers of their levels."""
    on, catalogue = civil_date(at), seen.catalogue
    levels = None if power is None else [level for level in Level if power in catalogue.powers_of(level)]
    page, more = windows(county_id, on, seen, Wanted(None if point is None else point.id, levels, [item]), after=after)
    of_windows = clauses(county_id, [one.terms.id for one in page], at, item=item)
    groups = _grouped(seen, at, ((one.terms, item.terms, one, of_windows.get(one.terms.id, ())) for one in page), power)
    return Page(groups, more, _relied(groups))
