"""What the public pages of authority show: the powers of a window and of a department, what ends soon, the guide at one point (G-4, S-7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select

from portal.accounts.models import Account
from portal.authority.conditions import last_of, letter_holds
from portal.authority.models import Clause, ClauseEnd, Instrument, InstrumentRegistration, InstrumentSignature, Letter
from portal.authority.queries import (
    ORDER,
    AtLevel,
    ItemShown,
    ceilings,
    clauses,
    coverage,
    instrument_slugs,
    item_terms,
    items_shown,
    points,
    register_for,
    slug_of,
    windows,
)
from portal.catalogue import queries as catalogue
from portal.catalogue.questions import Done, DoneHere
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import Body, BodyKind, ServicePoint, Window
from portal.rules.authority import Finish, Holding, Register, chain
from portal.rules.clauses import ClauseTerms, EndWhy, ItemTerms, Level, Mandate, PointTerms, Power
from portal.rules.moments import civil_date, end_of

SOON = timedelta(days=60)  # what ends within it ends soon; the first reminder of G-14 is as early
A_PAGE = 40

# --- lines of a table -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A window with what one clause gives it, as a line of a table."""

    level: Level
    point: ServicePoint
    window: Window
    powers: tuple[Power, ...]
    clause: ClauseTerms


def lines_of(found: Iterable[tuple[int, Power, ClauseTerms]]) -> list[Line]:
    """(window id, power, clause) gathered into lines, from the county down, by code."""
    powers: dict[tuple[int, ClauseTerms], set[Power]] = {}
    for window_id, power, clause in found:
        powers.setdefault((window_id, clause), set()).add(power)
    at = network.windows_by_id({window_id for window_id, _clause in powers})
    places = network.points_by_id({window.point_id for window in at.values()})
    lines = [
        Line(
            Level(places[at[window_id].point_id].level),
            places[at[window_id].point_id],
            at[window_id],
            tuple(p for p in Power if p in held),
            clause,
        )
        for (window_id, clause), held in powers.items()
    ]
    order = list(Level)
    return sorted(lines, key=lambda one: (order.index(one.level), one.point.code, one.window.is_general, one.window.code, one.clause.id))


def letters_at(point_id: int, on: date) -> list[tuple[Letter, Account]]:
    """The letters of appointment that hold at a point on a day, with who was appointed (G-15)."""
    query = (
        select(Letter, Account)
        .join(Account, Account.id == Letter.account_id)
        .where(Letter.point_id == point_id, letter_holds(last_of(on)))
        .order_by(Letter.body_id, Letter.id)
    )
    return [(letter, account) for letter, account in db.session.execute(query)]


def clause_numbers(clause_ids: Collection[int]) -> dict[int, int]:
    """Clause id → its number within the instrument, as printed on the paper."""
    query = select(Clause.id, Clause.seq).where(Clause.id.in_(list(clause_ids)))
    return {row.id: row.seq for row in db.session.execute(query)}


# --- one window -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """What one clause lets a window do on one item."""

    powers: tuple[Power, ...]
    clause: ClauseTerms


@dataclass(frozen=True, slots=True)
class WindowPowers:
    """What one window may do now: item by item, by which clause, and who is chief representative there (G-9, G-15)."""

    window: Window
    point: ServicePoint
    is_open: bool
    bodies: tuple[Body, ...]
    letters: tuple[tuple[Letter, Account], ...]
    rows: tuple[tuple[ItemShown, tuple[Part, ...]], ...]
    more: str | None
    numbers: dict[int, int]
    slugs: dict[int, str]


def window_powers(county_id: int, row: Window, at: datetime, after: str = "") -> WindowPowers:
    """The items of a window by code, 40 a page, beginning after an item's code; NotFound for a window that is not there on the day."""
    on = civil_date(at)
    terms = windows(county_id, on, window_id=row.id).get(row.id)
    if terms is None:
        raise NotFound(row.code)
    found = clauses(county_id, window_id=row.id)
    places = points(county_id, on)
    register = Register(places, [terms], found, at, ceilings(county_id, on))
    in_force = [clause for clause in found if clause.in_force_at(at)]
    named = {item_id for clause in in_force for item_id in clause.item_ids or ()}
    is_any = any(clause.item_ids is None for clause in in_force)
    items = items_shown(county_id, on, item_ids=None if is_any else named).values() if in_force else ()
    rows: list[tuple[ItemShown, tuple[Part, ...]]] = []
    for item in items:
        if item.code <= after:
            continue
        parts: dict[ClauseTerms, list[Power]] = {}
        for power in Power:
            for holding in register.at_points(power, item.terms).get(row.point_id, ()):
                parts.setdefault(holding.clause, []).append(power)
        if parts:
            rows.append((item, tuple(Part(tuple(powers), clause) for clause, powers in parts.items())))
        if len(rows) > A_PAGE:
            break
    bodies = network.bodies_by_id(county_id)
    served = sorted((bodies[body_id] for body_id in terms.body_ids), key=lambda body: body.code)
    used = {part.clause for _item, parts_of in rows[:A_PAGE] for part in parts_of}
    return WindowPowers(
        window=row,
        point=network.points_by_id([row.point_id])[row.point_id],
        is_open=places[row.point_id].is_open,
        bodies=tuple(served),
        letters=tuple(pair for pair in letters_at(row.point_id, on) if pair[0].body_id in terms.body_ids),
        rows=tuple(rows[:A_PAGE]),
        more=rows[A_PAGE - 1][0].code if len(rows) > A_PAGE else None,
        numbers=clause_numbers([clause.id for clause in used]),
        slugs=instrument_slugs(county_id, {clause.instrument_id for clause in used}),
    )


@dataclass(frozen=True, slots=True)
class WindowLine:
    """A window of a point: whom it serves, what it may do at all, and the day on which the first of it ends."""

    window: Window
    bodies: tuple[Body, ...]
    powers: tuple[Power, ...]
    until: date | None


def windows_with_powers(county_id: int, point_id: int, at: datetime, after: str = "") -> tuple[list[WindowLine], str | None]:
    """The windows of a point by code, 40 a page, and the code after which the next page begins."""
    on = civil_date(at)
    found = sorted(windows(county_id, on, point_ids=[point_id]).values(), key=lambda one: one.code)
    rest = [terms for terms in found if terms.code > after]
    shown = rest[:A_PAGE]
    bodies, rows = network.bodies_by_id(county_id), network.windows_by_id([terms.id for terms in shown])
    held: dict[int, list[ClauseTerms]] = {}
    for clause in clauses(county_id, window_ids=[terms.id for terms in shown]):
        if clause.in_force_at(at):
            held.setdefault(clause.window_id, []).append(clause)
    lines = [
        WindowLine(
            rows[terms.id],
            tuple(sorted((bodies[body_id] for body_id in terms.body_ids), key=lambda body: body.code)),
            tuple(power for power in Power if any(power in clause.powers for clause in held.get(terms.id, ()))),
            min((clause.last_day for clause in held.get(terms.id, ()) if clause.last_day is not None), default=None),
        )
        for terms in shown
    ]
    return lines, shown[-1].code if len(rest) > A_PAGE else None


# --- one department -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entrustment:
    """An entrustment in force: who gives what to whom, on which items, for how long: public as a whole (G-4)."""

    giver: Body
    delegate: Body
    number: str
    slug: str
    powers: tuple[Power, ...]
    items: tuple[ItemShown, ...] | None  # None: all of the giving body
    from_on: date
    until: date | None


@dataclass(frozen=True, slots=True)
class BodyPowers:
    """A department: its items with where each power is held."""

    columns: tuple[Power, ...]
    rows: tuple[tuple[ItemShown, tuple[tuple[AtLevel, ...], ...]], ...]
    more: str | None


def body_powers(county_id: int, body: Body, at: datetime, after: str = "") -> BodyPowers:
    """The items that a body is responsible for, by code, 40 a page, each with the levels at which every power is held."""
    rest = [item for item in items_shown(county_id, civil_date(at), of_body=body.id).values() if item.code > after]
    register = register_for(county_id, at) if rest else None
    wanted = {power for item in rest for power in item.terms.required}
    columns = tuple(power for power in (*ORDER, Power.FINISH) if power in wanted)
    rows = [
        (item, tuple(coverage(register, item.terms, power) if register is not None else () for power in columns)) for item in rest[:A_PAGE]
    ]
    return BodyPowers(columns, tuple(rows), rest[A_PAGE - 1].code if len(rest) > A_PAGE else None)


def entrustments_of(county_id: int, body: Body, at: datetime) -> list[Entrustment]:
    """What a body has entrusted to town governments, and what was entrusted to it; the newest 40 in force (G-4)."""
    query = (
        select(Instrument.id, Instrument.body_id, Instrument.receiving_body_id, InstrumentSignature.number)
        .join(InstrumentSignature, InstrumentSignature.instrument_id == Instrument.id)
        .join(InstrumentRegistration, InstrumentRegistration.instrument_id == Instrument.id)
        .where(
            Instrument.county_id == county_id, Instrument.mandate == Mandate.ENTRUSTMENT.value,
            or_(Instrument.body_id == body.id, Instrument.receiving_body_id == body.id),
        )
        .order_by(Instrument.id.desc())
    )  # fmt: skip
    papers = {row.id: row for row in db.session.execute(query)}
    if not papers:
        return []
    ids = db.session.scalars(select(Clause.id).where(Clause.instrument_id.in_(list(papers))))
    held: dict[int, list[ClauseTerms]] = {}
    for clause in clauses(county_id, clause_ids=list(ids)):
        if clause.in_force_at(at):
            held.setdefault(clause.instrument_id, []).append(clause)
    shown = [instrument_id for instrument_id in papers if instrument_id in held][:A_PAGE]
    named = {item_id for instrument_id in shown for clause in held[instrument_id] for item_id in clause.item_ids or ()}
    names = items_shown(county_id, civil_date(at), item_ids=named) if named else {}
    bodies = network.bodies_by_id(county_id)
    found = []
    for instrument_id in shown:
        paper, said = papers[instrument_id], held[instrument_id]
        is_all = any(clause.item_ids is None for clause in said)
        ends = [clause.last_day for clause in said if clause.last_day is not None]
        found.append(
            Entrustment(
                giver=bodies[paper.body_id],
                delegate=bodies[paper.receiving_body_id],
                number=paper.number,
                slug=slug_of(bodies[paper.body_id].code, paper.number),
                powers=tuple(power for power in Power if any(power in clause.powers for clause in said)),
                items=None if is_all else tuple(names[one] for one in names if any(one in (clause.item_ids or ()) for clause in said)),
                from_on=min(clause.from_on for clause in said),
                until=max(ends) if len(ends) == len(said) else None,
            )
        )
    return found


def bodies_with_powers(county_id: int, on: date) -> list[Body]:
    """The bodies that are responsible for an item or have given an instrument: departments first, by code."""
    responsible = {item.responsible_body for item in item_terms(county_id, on=on, with_offers=False).values()}
    given = select(Instrument.body_id).join(InstrumentRegistration, InstrumentRegistration.instrument_id == Instrument.id)
    wanted = responsible | set(db.session.scalars(given.where(Instrument.county_id == county_id).distinct()))
    found = (body for body_id, body in network.bodies_by_id(county_id).items() if body_id in wanted)
    return sorted(found, key=lambda body: (body.kind != BodyKind.DEPARTMENT, body.code))


# --- what ends soon -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ending:
    """A clause in force whose last day is near: by itself, or because an end is recorded (why, by which instrument)."""

    last_day: date
    clause: ClauseTerms
    number: int
    window: Window
    point: ServicePoint
    body: Body
    items: tuple[ItemShown, ...] | None
    why: EndWhy | None
    by: str
    slug: str

    @property
    def powers(self) -> tuple[Power, ...]:
        return tuple(power for power in Power if power in self.clause.powers)


Cursor = tuple[date, int]


def _ending(county_id: int, at: datetime, body_id: int | None) -> list[Cursor]:
    """(last day, clause id) of every clause in force that ends within 60 days, in this order: one query, whatever the number."""
    on = civil_date(at)
    last, horizon = on + SOON, end_of(on + SOON)
    ended = select(ClauseEnd.clause_id, func.min(ClauseEnd.ends_at).label("first")).where(ClauseEnd.county_id == county_id)
    first = ended.group_by(ClauseEnd.clause_id).subquery()
    query = (
        select(Clause.id, Clause.until_on, first.c.first)
        .join(InstrumentRegistration, InstrumentRegistration.instrument_id == Clause.instrument_id)
        .outerjoin(first, first.c.clause_id == Clause.id)
        .where(
            Clause.county_id == county_id, Clause.from_on <= on, InstrumentRegistration.registered_at <= at,
            or_(Clause.until_on.is_(None), Clause.until_on >= on), or_(first.c.first.is_(None), first.c.first > at),
            or_(Clause.until_on <= last, first.c.first <= horizon),
        )
    )  # fmt: skip
    if body_id is not None:
        query = query.join(Instrument, Instrument.id == Clause.instrument_id).where(Instrument.body_id == body_id)
    found = []
    for clause_id, until_on, ends_at in db.session.execute(query):
        cut = None if ends_at is None else civil_date(ends_at - timedelta(microseconds=1))
        found.append((min(day for day in (until_on, cut) if day is not None), clause_id))
    return sorted(found)


def count_ending(county_id: int, at: datetime) -> int:
    """How many clauses end within 60 days."""
    return len(_ending(county_id, at, None))


def ends_soon(
    county_id: int, at: datetime, *, body_id: int | None = None, after: Cursor | None = None, most: int = A_PAGE
) -> tuple[list[Ending], Cursor | None]:
    """What ends within 60 days, the first first, and where the next page begins (None: no more)."""
    keys = [key for key in _ending(county_id, at, body_id) if after is None or key > after]
    ids = [clause_id for _day, clause_id in keys[:most]]
    terms = {clause.id: clause for clause in clauses(county_id, clause_ids=ids)} if ids else {}
    named = {item_id for clause in terms.values() for item_id in clause.item_ids or ()}
    names = items_shown(county_id, civil_date(at), item_ids=named) if named else {}
    rows = network.windows_by_id({clause.window_id for clause in terms.values()})
    places = network.points_by_id({window.point_id for window in rows.values()})
    bodies, numbers = network.bodies_by_id(county_id), clause_numbers(ids)
    ends = {clause.id: clause.end_in_effect for clause in terms.values()}
    by_ids = {end.instrument_id for end in ends.values() if end is not None and end.instrument_id is not None}
    by_numbers: dict[int, str] = {}
    if by_ids:
        query = select(InstrumentSignature.instrument_id, InstrumentSignature.number)
        for instrument_id, number in db.session.execute(query.where(InstrumentSignature.instrument_id.in_(by_ids))):
            by_numbers[instrument_id] = number
    found = []
    for last_day, clause_id in keys[:most]:
        clause, end = terms[clause_id], ends[clause_id]
        window = rows[clause.window_id]
        found.append(
            Ending(
                last_day=last_day,
                clause=clause,
                number=numbers[clause_id],
                window=window,
                point=places[window.point_id],
                body=bodies[clause.body_id],
                items=None if clause.item_ids is None else tuple(names[one] for one in names if one in clause.item_ids),
                why=None if end is None else end.why,
                by="" if end is None or end.instrument_id is None else by_numbers.get(end.instrument_id, ""),
                slug=slug_of(bodies[clause.body_id].code, clause.instrument_number),
            )
        )
    return found, keys[most - 1] if len(keys) > most else None


# --- what a point does itself ---------------------------------------------------------------------------------------------------


def done_at(county_id: int, point_id: int, item_ids: Collection[int], at: datetime) -> dict[int, DoneHere]:
    """Item id → what a point does itself, and where the matter is decided if not here: the short form of the guide (S-7).

    Only the clauses of the point's chain are read.
    """
    on = civil_date(at)
    terms = {item.id: item for item in item_terms(county_id, on=on, item_ids=item_ids, with_offers=False).values()}
    places = points(county_id, on)
    here = places[point_id]
    near = {one.id for item in terms.values() for one in chain(here, item, places)} | {point_id}
    at_near = windows(county_id, on, point_ids=near)
    register = Register(places, at_near.values(), clauses(county_id, window_ids=list(at_near)), at, ceilings(county_id, on))
    rows = network.points_by_id(near)
    found: dict[int, DoneHere] = {}
    for item in terms.values():
        powers = {power for step in _guide_steps(register, item, here) if step.is_here for power in step.powers}
        finish = None if item.is_forwarded else register.finish_point(item, here)
        decides = None if item.is_forwarded else register.nearest(Power.DECIDE, item, here)  # where a later power is lacking
        place = finish.point if finish is not None else decides.point if decides is not None else None
        is_whole = Power.FINISH in powers or (Power.ACCEPT in powers and finish is not None and finish.point.id == point_id)
        word = Done.COLLECTED if Power.COLLECT in powers else Done.NOTHING
        word = Done.FINISHED if is_whole else Done.ACCEPTED if Power.ACCEPT in powers else word
        found[item.id] = DoneHere(word, None if is_whole or place is None else rows[place.id], item.is_forwarded)
    return found


# --- the guide at one point -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One stay of a matter: what one window does in a row for who stands at the point; `holding` None where nobody may (a gap, forwarded)."""

    powers: tuple[Power, ...]
    holding: Holding | None
    is_here: bool
    is_forwarded: bool = False


@dataclass(frozen=True, slots=True)
class PointGuide:
    """What can be done at one point of an item, and where the rest happens (S-7, N-5)."""

    guide: catalogue.Guide
    terms: ItemTerms
    point: ServicePoint
    parent: ServicePoint | None
    is_offered: bool
    is_open: bool
    steps: tuple[GuideStep, ...]
    finish: Finish | None
    places: dict[int, ServicePoint]
    counters: dict[int, Window]
    slugs: dict[int, str]

    @property
    def here(self) -> tuple[Power, ...]:
        return tuple(power for step in self.steps if step.is_here for power in step.powers)


def get_point_guide(county_id: int, item_code: str, point_code: str, at: datetime) -> PointGuide:
    """The guide of an item at a point as of a moment; NotFound for an unknown item or point (S-7)."""
    on = civil_date(at)
    guide = catalogue.guide(county_id, item_code, on)
    point = network.point_by_code(county_id, point_code)
    terms = item_terms(county_id, [guide.version.id], on)[guide.version.id]
    register = register_for(county_id, at, [terms])
    here = register.points[point.id]
    steps = _guide_steps(register, terms, here)
    finish = register.finish_point(terms, here)
    holdings = [step.holding for step in steps if step.holding is not None]
    named = {holding.point.id for holding in holdings} | ({finish.point.id} if finish else set())
    return PointGuide(
        guide=guide,
        terms=terms,
        point=point,
        parent=None if point.parent_id is None else network.points_by_id([point.parent_id])[point.parent_id],
        is_offered=point.id in terms.offered_at,
        is_open=here.is_open,
        steps=steps,
        finish=finish,
        places=network.points_by_id(named),
        counters=network.windows_by_id({holding.window.id for holding in holdings}),
        slugs=instrument_slugs(county_id, {holding.clause.instrument_id for holding in holdings}),
    )


def _guide_steps(register: Register, item: ItemTerms, here: PointTerms) -> tuple[GuideStep, ...]:
    whole = next(iter(register.at_points(Power.FINISH, item).get(here.id, ())), None)
    if whole is not None:
        return (GuideStep((Power.FINISH,), whole, True),)
    accepts_here = here.id in register.at_points(Power.ACCEPT, item)
    steps: list[GuideStep] = []
    for power in ORDER:
        if power is Power.COLLECT:
            held = register.at_points(power, item).get(here.id, ())
            if held and not accepts_here:
                steps.append(GuideStep((power,), held[0], True))
        elif power is Power.DECIDE and item.is_forwarded:
            steps.append(GuideStep((power,), None, False, is_forwarded=True))
        elif power in item.required:
            near = register.nearest(power, item, here)
            last = steps[-1].holding if steps else None
            if near is not None and last is not None and (last.window.id, last.clause.id) == (near.window.id, near.clause.id):
                steps[-1] = replace(steps[-1], powers=(*steps[-1].powers, power))
            else:
                steps.append(GuideStep((power,), near, near is not None and near.point.id == here.id))
    return tuple(steps)
