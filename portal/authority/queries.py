"""What the instruments say, as values for the rules: points, windows, items, clauses with all their ends, a person's authority (G).

Every reader takes a constant number of queries. Nothing here decides: that one clause is in force and another is not is said by
`portal.rules.authority`, which gets all clauses that were signed, also those not begun and those long over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime

from sqlalchemy import and_, or_, select

from portal.accounts.models import Office as OfficeRow
from portal.accounts.models import Posting, StandIn
from portal.authority.models import (
    Ceiling,
    Clause,
    ClauseEnd,
    ClauseItem,
    ClausePower,
    Instrument,
    InstrumentRegistration,
    InstrumentSignature,
    Letter,
)
from portal.catalogue.models import Item, ItemOffer, ItemVersion
from portal.database import NotFound, Transaction, db
from portal.network import queries as network
from portal.network.models import Body, BodyKind, PointStatus, PointStatusChange, ServicePoint, Window, WindowBody
from portal.rules import clauses as words
from portal.rules.authority import DEFAULT_CEILINGS, Authority, Office, OfficeHeld, Register
from portal.rules.clauses import Ceilings, ClauseTerms, EndWhy, ItemTerms, Level, Mandate, PointTerms, Post, Power, WindowTerms
from portal.rules.grants import BodyTerms
from portal.rules.moments import civil_date

OPEN_POINTS = frozenset({PointStatus.TRIAL.value, PointStatus.OPERATING.value})  # N-2


# --- points, windows, bodies --------------------------------------------------------------------------------------------------


def points(county_id: int, on: date | None = None) -> dict[int, PointTerms]:
    """Every point of a county as the rules see it; with `on`, as open or closed as it was on that day (N-1, N-2)."""
    query = select(
        ServicePoint.id, ServicePoint.code, ServicePoint.level, ServicePoint.parent_id, ServicePoint.body_id, ServicePoint.status,
        ServicePoint.status_from_on,
    ).where(ServicePoint.county_id == county_id)  # fmt: skip
    rows = db.session.execute(query).all()
    then: dict[int, str] = {}
    if on is not None and any(row.status_from_on > on for row in rows):
        changes = select(PointStatusChange.point_id, PointStatusChange.status).where(
            PointStatusChange.county_id == county_id, PointStatusChange.from_on <= on
        )
        for point_id, status in db.session.execute(changes.order_by(PointStatusChange.from_on, PointStatusChange.id)):
            then[point_id] = status
    return {
        row.id: PointTerms(
            row.id, row.code, Level(row.level), row.parent_id, row.body_id,
            (row.status if on is None or row.status_from_on <= on else then.get(row.id, "")) in OPEN_POINTS,
        )
        for row in rows
    }  # fmt: skip


def windows(county_id: int, on: date, *, window_id: int | None = None, point_ids: Collection[int] | None = None) -> dict[int, WindowTerms]:
    """The windows that are there on a day, each with the bodies that it serves then; all of the county, one, or those of some points."""
    query = (
        select(Window.id, Window.code, Window.point_id, Window.is_general, ServicePoint.level)
        .join(ServicePoint, ServicePoint.id == Window.point_id)
        .where(Window.county_id == county_id, Window.from_on <= on, or_(Window.until_on.is_(None), Window.until_on >= on))
    )
    served = select(WindowBody.window_id, WindowBody.body_id).where(
        WindowBody.county_id == county_id, WindowBody.from_on <= on, or_(WindowBody.until_on.is_(None), WindowBody.until_on >= on)
    )
    if window_id is not None:
        query, served = query.where(Window.id == window_id), served.where(WindowBody.window_id == window_id)
    if point_ids is not None:
        query = query.where(Window.point_id.in_(list(point_ids)))
        served = served.where(WindowBody.window_id.in_(select(Window.id).where(Window.point_id.in_(list(point_ids)))))
    bodies: dict[int, set[int]] = {}
    for found_id, body_id in db.session.execute(served):
        bodies.setdefault(found_id, set()).add(body_id)
    return {
        row.id: WindowTerms(row.id, row.code, row.point_id, Level(row.level), frozenset(bodies.get(row.id, ())), row.is_general)
        for row in db.session.execute(query)
    }


def body_terms(body: Body) -> BodyTerms:
    """What granting needs to know of a body (G-12)."""
    return BodyTerms(body.id, body.code, body.kind == BodyKind.TOWN_GOVERNMENT, body.kind == BodyKind.VILLAGE)


# --- items --------------------------------------------------------------------------------------------------------------------


def item_terms(
    county_id: int, version_ids: Collection[int] | None = None, on: date | None = None, *, with_offers: bool = True
) -> dict[int, ItemTerms]:
    """Version id → the item as the rules see it; `ItemTerms.id` is the id of the item. Without ids: the version that holds on `on`.

    What a village may finish and which items were concentrated elsewhere (G-12) is county data that holds on `on`: the settings
    `village_finish` (item codes) and `concentrated_items` (item code → body code).
    """
    query = (
        select(
            ItemVersion.id, ItemVersion.item_id, Item.code, ItemVersion.body_id, ItemVersion.required_powers, ItemVersion.kind,
            ItemVersion.flags, ItemVersion.certificate,
        )
        .join(Item, Item.id == ItemVersion.item_id)
        .where(ItemVersion.county_id == county_id)
        .order_by(Item.code, ItemVersion.version)
    )  # fmt: skip
    if version_ids is not None:
        if not version_ids:
            return {}
        query = query.where(ItemVersion.id.in_(list(version_ids)))
    elif on is not None:
        query = query.where(ItemVersion.from_on <= on, or_(ItemVersion.until_on.is_(None), ItemVersion.until_on >= on))
    rows = db.session.execute(query).all()
    if version_ids is None:  # of several that hold, the newest
        newest = {row.item_id: row.id for row in rows}
        rows = [row for row in rows if newest[row.item_id] == row.id]
    day = on or date.max
    finish = frozenset(network.setting(county_id, "village_finish", day, default=[]) or [])
    moved = dict(network.setting(county_id, "concentrated_items", day, default={}) or {})
    bureaus: dict[str, int] = {}
    if moved:
        named = select(Body.code, Body.id).where(Body.county_id == county_id, Body.code.in_(set(moved.values())))
        bureaus = {row.code: row.id for row in db.session.execute(named)}
    offers: dict[int, set[int]] = {}
    if with_offers and rows:
        at = select(ItemOffer.version_id, ItemOffer.point_id).where(ItemOffer.county_id == county_id)
        if version_ids is not None or len(rows) == 1:
            at = at.where(ItemOffer.version_id.in_([row.id for row in rows]))
        for version_id, point_id in db.session.execute(at):
            offers.setdefault(version_id, set()).add(point_id)
    found: dict[int, ItemTerms] = {}
    for row in rows:
        flags = frozenset(row.flags or ())
        found[row.id] = ItemTerms(
            id=row.item_id,
            code=row.code,
            body_id=row.body_id,
            required=frozenset(Power(code) for code in row.required_powers or ()),
            is_instant=row.kind == "instant",
            is_forwarded="forwarded" in flags,
            on_village_list=row.code in finish,
            has_certificate=bool(row.certificate),
            needs_certificate_holder="certificate_holder" in flags,
            offered_at=frozenset(offers.get(row.id, ())),
            concentrated_to=bureaus.get(moved.get(row.code, "")),
        )
    return found


def item_terms_by_code(county_id: int, code: str, on: date) -> ItemTerms:
    """The item of this code (S-03, or the national code) as it stands on a day; NotFound otherwise."""
    query = (
        select(ItemVersion.id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(
            ItemVersion.county_id == county_id, or_(Item.code == code, and_(Item.national_code == code, Item.national_code != "")),
            ItemVersion.from_on <= on, or_(ItemVersion.until_on.is_(None), ItemVersion.until_on >= on),
        )
        .order_by((Item.code == code).desc(), Item.code, ItemVersion.version.desc())
        .limit(1)
    )  # fmt: skip
    version_id = db.session.scalar(query)
    if version_id is None:
        raise NotFound(code)
    return item_terms(county_id, [version_id], on)[version_id]


# --- clauses ------------------------------------------------------------------------------------------------------------------


def clauses(
    county_id: int,
    *,
    window_id: int | None = None,
    window_ids: Collection[int] | None = None,
    item: ItemTerms | None = None,
    clause_ids: Collection[int] | None = None,
    instrument_id: int | None = None,
    received_by: int | None = None,
    also_drafts: bool = False,
) -> tuple[ClauseTerms, ...]:
    """The clauses that were signed, with powers, items and all ends, by id: of the county, one window, one item, one instrument.

    Four queries, however many clauses. A clause of a signed instrument that is not registered has `registered_at` None.
    """
    chosen = select(Clause.id).join(Instrument, Instrument.id == Clause.instrument_id).where(Clause.county_id == county_id)
    if not also_drafts:
        chosen = chosen.join(InstrumentSignature, InstrumentSignature.instrument_id == Clause.instrument_id)
    if window_id is not None:
        chosen = chosen.where(Clause.window_id == window_id)
    if window_ids is not None:
        chosen = chosen.where(Clause.window_id.in_(list(window_ids)))
    if clause_ids is not None:
        chosen = chosen.where(Clause.id.in_(list(clause_ids)))
    if instrument_id is not None:
        chosen = chosen.where(Clause.instrument_id == instrument_id)
    if received_by is not None:
        chosen = chosen.where(Instrument.receiving_body_id == received_by)
    if item is not None:
        named = select(ClauseItem.clause_id).where(ClauseItem.item_id == item.id)
        of_body = and_(Clause.all_items, Instrument.body_id == item.responsible_body)
        chosen = chosen.where(or_(of_body, Clause.id.in_(named)))
    ids = chosen.subquery()
    of = select(ids.c.id)
    powers: dict[int, set[Power]] = {}
    for clause_id, power in db.session.execute(select(ClausePower.clause_id, ClausePower.power).where(ClausePower.clause_id.in_(of))):
        powers.setdefault(clause_id, set()).add(Power(power))
    items: dict[int, set[int]] = {}
    for clause_id, item_id in db.session.execute(select(ClauseItem.clause_id, ClauseItem.item_id).where(ClauseItem.clause_id.in_(of))):
        items.setdefault(clause_id, set()).add(item_id)
    ends: dict[int, list[words.ClauseEnd]] = {}
    ended = select(ClauseEnd.clause_id, ClauseEnd.ends_at, ClauseEnd.why, ClauseEnd.instrument_id).where(ClauseEnd.clause_id.in_(of))
    for clause_id, ends_at, why, by in db.session.execute(ended.order_by(ClauseEnd.id)):
        ends.setdefault(clause_id, []).append(words.ClauseEnd(ends_at, EndWhy(why), by))
    query = (
        select(
            Clause.id, Clause.instrument_id, InstrumentSignature.number, Clause.window_id, Instrument.body_id, Instrument.mandate,
            Clause.all_items, Clause.from_on, Clause.until_on, Instrument.receiving_body_id, InstrumentRegistration.registered_at,
            Clause.post,
        )
        .join(Instrument, Instrument.id == Clause.instrument_id)
        .outerjoin(InstrumentSignature, InstrumentSignature.instrument_id == Instrument.id)
        .outerjoin(InstrumentRegistration, InstrumentRegistration.instrument_id == Instrument.id)
        .where(Clause.id.in_(of))
        .order_by(Clause.id)
    )  # fmt: skip
    return tuple(
        ClauseTerms(
            id=row.id,
            instrument_id=row.instrument_id,
            instrument_number=row.number or "",
            window_id=row.window_id,
            body_id=row.body_id,
            mandate=Mandate(row.mandate),
            powers=frozenset(powers.get(row.id, ())),
            from_on=row.from_on,
            item_ids=None if row.all_items else frozenset(items.get(row.id, ())),
            until_on=row.until_on,
            receiving_body_id=row.receiving_body_id,
            registered_at=row.registered_at,
            ends=tuple(ends.get(row.id, ())),
            post=None if row.post is None else Post(row.post),
        )
        for row in db.session.execute(query)
    )


def lock_clauses(tx: Transaction, window_id: int) -> tuple[ClauseTerms, ...]:
    """Lock the clauses of a window against being ended, then read them with their ends: what an act rests on cannot pass it (G-17).

    Call it before `tx.now`. On PostgreSQL FOR SHARE on the clause rows; whoever ends a clause takes FOR UPDATE on the same rows,
    so an end is either read here or is later than this act. On SQLite the writers' queue says the same.
    """
    rows: list[Clause] = tx.lock(select(Clause).where(Clause.window_id == window_id).order_by(Clause.id), share=True)
    if not rows:
        return ()
    # only what was locked counts: a clause that came between could be ended unseen
    return clauses(rows[0].county_id, clause_ids=[row.id for row in rows])


def ceilings(county_id: int, on: date) -> Ceilings:
    """The county's ceilings on a day: the default matrix, less what the county has taken out of it; nothing lifts it (G-3)."""
    query = select(Ceiling.level, Ceiling.power, Ceiling.mandate, Ceiling.is_allowed)
    query = query.where(Ceiling.county_id == county_id, Ceiling.from_on <= on)
    closed: set[tuple[Level, Power, Mandate]] = set()
    for level, power, mandate, is_allowed in db.session.execute(query.order_by(Ceiling.from_on, Ceiling.id)):
        cell = (Level(level), Power(power), Mandate(mandate))
        if is_allowed:
            closed.discard(cell)
        else:
            closed.add(cell)
    return DEFAULT_CEILINGS.narrowed_to(DEFAULT_CEILINGS.cells - closed) if closed else DEFAULT_CEILINGS


# --- a person at a window -----------------------------------------------------------------------------------------------------


def offices_of(account_id: int, on: date) -> tuple[OfficeHeld, ...]:
    """The offices that a person holds on a day (G-2)."""
    query = select(OfficeRow.id, OfficeRow.kind, OfficeRow.body_id).where(
        OfficeRow.account_id == account_id, OfficeRow.from_on <= on, or_(OfficeRow.until_on.is_(None), OfficeRow.until_on >= on)
    )
    return tuple(OfficeHeld(row.id, Office(row.kind), row.body_id) for row in db.session.execute(query.order_by(OfficeRow.id)))


def windows_of(account_id: int, on: date) -> frozenset[int]:
    """The windows where a person is posted on a day: nobody grants to one of them (G-6)."""
    query = select(Posting.window_id).where(
        Posting.account_id == account_id, Posting.from_on <= on, or_(Posting.until_on.is_(None), Posting.until_on >= on)
    )
    return frozenset(db.session.scalars(query))


def held_by(account_id: int, window_id: int, at: datetime | None = None, *, tx: Transaction | None = None) -> Authority:
    """What a person holds at a moment, acting from one window: posts, letters, stand-in, offices, and the window's clauses (G-2).

    In a transaction leave `at` out: the clauses of the window are locked first and the moment is `tx.now`, read after the locks.
    Without a posting there, `posts` is empty, and every `may_…` answers no.
    """
    window = db.session.get(Window, window_id)
    if window is None:
        raise NotFound(f"window {window_id}")
    if at is None:
        if tx is None:
            raise ValueError("a moment, or a transaction to read it from")
        of_window = lock_clauses(tx, window_id)
        at = tx.now
    else:
        of_window = clauses(window.county_id, window_id=window_id)
    on = civil_date(at)
    postings = select(Posting.post, Posting.certificate).where(
        Posting.account_id == account_id, Posting.window_id == window_id,
        Posting.from_on <= on, or_(Posting.until_on.is_(None), Posting.until_on >= on),
    )  # fmt: skip
    posted = db.session.execute(postings).all()
    letters = select(Letter.account_id, Letter.body_id).where(
        Letter.point_id == window.point_id, Letter.from_on <= on, or_(Letter.until_on.is_(None), Letter.until_on >= on)
    )
    chiefs: dict[int, set[int]] = {}
    for holder, body_id in db.session.execute(letters):
        chiefs.setdefault(holder, set()).add(body_id)
    absent_id = db.session.scalar(
        select(StandIn.absent_id)
        .where(StandIn.account_id == account_id, StandIn.window_id == window_id, StandIn.from_on <= on, StandIn.until_on >= on)
        .order_by(StandIn.id)
        .limit(1)
    )
    return Authority(
        person_id=account_id,
        at=at,
        window=windows(window.county_id, on, window_id=window_id).get(window_id),
        posts=frozenset(Post(row.post) for row in posted),
        chief_of=frozenset(chiefs.get(account_id, ())),
        standing_in_for=absent_id,
        stand_in_bodies=frozenset(chiefs.get(absent_id, ())) if absent_id is not None else frozenset(),
        has_certificate=any(row.certificate.strip() for row in posted),
        offices=offices_of(account_id, on),
        clauses=of_window,
        ceilings=ceilings(window.county_id, on),
    )


# --- who may, near whom -------------------------------------------------------------------------------------------------------


def register_for(county_id: int, at: datetime, items: Iterable[ItemTerms] | None = None) -> Register:
    """The clauses in force at a moment, ready for who_may, nearest, finish_point, gaps; of one item where only one is named (G-9, G-18)."""
    on = civil_date(at)
    named = None if items is None else list(items)
    only = named[0] if named is not None and len(named) == 1 else None
    return Register(points(county_id, on), windows(county_id, on).values(), clauses(county_id, item=only), at, ceilings(county_id, on))
