"""What the instruments say, as values for the rules: points, windows, items, clauses with all their ends, a person's authority (G).

Every reader takes a constant number of queries. Nothing here decides: that one clause is in force and another is not is said by
`portal.rules.authority`, which gets all clauses that were signed, also those not begun and those long over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select, true

from portal.accounts.models import Account, Posting, StandIn
from portal.accounts.models import Office as OfficeRow
from portal.accounts.queries import SignedIn
from portal.authority.conditions import letter_holds, posting_holds, stand_in_holds
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
    Letter,
)
from portal.catalogue.models import Item, ItemOffer, ItemVersion
from portal.catalogue.queries import stands
from portal.database import NotFound, Transaction, db
from portal.network import queries as network
from portal.network.models import Body, BodyKind, PointStatus, PointStatusChange, ServicePoint, Window, WindowBody
from portal.rules import clauses as words
from portal.rules.authority import (
    DEFAULT_CEILINGS,
    Authority,
    Explanation,
    Gap,
    Holding,
    Office,
    OfficeHeld,
    Register,
    ancestry,
    explain,
)
from portal.rules.clauses import (
    UNBOUND,
    Ceilings,
    ClauseTerms,
    Condition,
    EndWhy,
    Handling,
    ItemTerms,
    Level,
    Mandate,
    PointTerms,
    Post,
    Power,
    WindowTerms,
)
from portal.rules.grants import BodyTerms, ClauseDraft, DraftFacts, InstrumentDraft
from portal.rules.in_flight import Fate
from portal.rules.moments import SHANGHAI, civil_date, end_of


@dataclass(frozen=True, slots=True)
class Relying:
    """An open case one of whose steps to come rests on a clause that would end, and what would happen to that step (G-5).

    `power` None: the handing on by the window that has the case. `to` is the window that would do the step, None where nobody would.
    """

    number: str
    power: Power | None
    is_next: bool
    fate: Fate
    to: Window | None = None
    at: ServicePoint | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """Clauses that would end at a moment, and the instrument, not yet registered, that would take their place, if one would."""

    clause_ids: frozenset[int]
    at: datetime
    replaced_by: int | None = None


# G-5: what relies on these clauses, as far as the person may see it, is listed before they end. The features on the right answer;
# `app.py` fills it.
in_flight: list[Callable[[SignedIn, Ending], Sequence[Relying]]] = []


@dataclass(frozen=True, slots=True)
class Saved:
    """What an instrument would have saved in a past period (G-10): of so many cases of its items so many that never left town and village,
    in fact and with it; handoffs, working days and trips; cases with which nobody could have gone on. `href` leads to the whole answer.
    """

    first: date
    last: date
    cases: int
    below_before: int
    below_after: int
    handoffs: int
    days: int
    trips: int
    stranded: int
    href: str


# G-10: county, draft and moment → what the last twelve months would have saved, None where there were no cases; `app.py` fills it.
savings: list[Callable[[int, int, datetime], Saved | None]] = []

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
    county_id: int,
    version_ids: Collection[int] | None = None,
    on: date | None = None,
    *,
    item_ids: Collection[int] | None = None,
    with_offers: bool = True,
) -> dict[int, ItemTerms]:
    """Version id → the item as the rules see it; `ItemTerms.id` is the id of the item. Without ids: the version that holds on `on`.

    What a village may finish and which items were concentrated elsewhere (G-12) is county data that holds on `on`: the settings
    `village_finish` (item codes) and `concentrated_items` (item code → body code).
    """
    query = (
        select(
            ItemVersion.id, ItemVersion.item_id, Item.code, ItemVersion.body_id, ItemVersion.required_powers, ItemVersion.kind,
            ItemVersion.flags, ItemVersion.certificate, ItemVersion.type_code,
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
    if item_ids is not None:
        query = query.where(ItemVersion.item_id.in_(list(item_ids)))
    rows = db.session.execute(query).all()
    if version_ids is None:  # of several that hold, the newest
        newest = {row.item_id: row.id for row in rows}
        rows = [row for row in rows if newest[row.item_id] == row.id]
    told = network.settings_on(county_id, on or date.max, "village_finish", "concentrated_items")
    finish = frozenset(told.get("village_finish") or [])
    moved = dict(told.get("concentrated_items") or {})
    bureaus: dict[str, int] = {}
    if moved:
        named = select(Body.code, Body.id).where(Body.county_id == county_id, Body.code.in_(set(moved.values())))
        bureaus = {row.code: row.id for row in db.session.execute(named)}
    offers: dict[int, set[int]] = {}
    if with_offers and rows:
        at = select(ItemOffer.version_id, ItemOffer.point_id).join(ItemVersion, ItemVersion.id == ItemOffer.version_id)
        at = at.where(ItemOffer.county_id == county_id)
        if on is not None:  # a case keeps what its version said; what is offered on a day is what was not withdrawn by then (S-12)
            at = at.where(stands(on))
        if version_ids is not None or item_ids is not None:
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
            type_code=row.type_code,
            asks_amount="amount" in flags,
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

    Five queries, however many clauses. A clause of a signed instrument that is not registered has `registered_at` None.
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
    confirmed: dict[int, list[datetime]] = {}
    confirmations = select(InstrumentConfirmation.instrument_id, InstrumentConfirmation.confirmed_at)
    confirmations = confirmations.where(InstrumentConfirmation.instrument_id.in_(select(Clause.instrument_id).where(Clause.id.in_(of))))
    for confirmed_id, confirmed_at in db.session.execute(confirmations.order_by(InstrumentConfirmation.id)):
        confirmed.setdefault(confirmed_id, []).append(confirmed_at)
    query = (
        select(
            Clause.id, Clause.instrument_id, InstrumentSignature.number, Clause.window_id, Instrument.body_id, Instrument.mandate,
            Clause.all_items, Clause.from_on, Clause.until_on, Instrument.receiving_body_id, InstrumentRegistration.registered_at,
            Clause.post, ClauseCondition.handling, ClauseCondition.most_fen, ClauseCondition.territory_id,
        )
        .join(Instrument, Instrument.id == Clause.instrument_id)
        .outerjoin(ClauseCondition, ClauseCondition.clause_id == Clause.id)
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
            condition=_condition(row.handling, row.most_fen, row.territory_id),
            confirmations=tuple(confirmed.get(row.instrument_id, ())),
        )
        for row in db.session.execute(query)
    )


def _condition(handling: str | None, most_fen: int | None, territory_id: int | None) -> Condition:
    if handling is None and most_fen is None and territory_id is None:
        return UNBOUND
    return Condition(None if handling is None else Handling(handling), most_fen, territory_id)


def clause_ids_of(county_id: int, instrument_id: int) -> frozenset[int]:
    """The ids of an instrument's clauses; empty for one that is not there."""
    return frozenset(db.session.scalars(select(Clause.id).where(Clause.county_id == county_id, Clause.instrument_id == instrument_id)))


def instrument_numbered(county_id: int, number: str) -> int | None:
    """The instrument that was signed under this number; None if there is none of ours."""
    query = select(InstrumentSignature.instrument_id)
    return db.session.scalar(query.where(InstrumentSignature.county_id == county_id, InstrumentSignature.number == number))


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
    query = select(Ceiling.level, Ceiling.power, Ceiling.mandate, Ceiling.item_type, Ceiling.is_allowed)
    query = query.where(Ceiling.county_id == county_id, Ceiling.from_on <= on)
    closed: set[tuple[tuple[Level, Power, Mandate], str]] = set()
    for level, power, mandate, item_type, is_allowed in db.session.execute(query.order_by(Ceiling.from_on, Ceiling.id)):
        told = ((Level(level), Power(power), Mandate(mandate)), item_type)
        if is_allowed:
            closed.discard(told)
        else:
            closed.add(told)
    if not closed:
        return DEFAULT_CEILINGS
    whole = {cell for cell, item_type in closed if not item_type}
    return DEFAULT_CEILINGS.narrowed_to(DEFAULT_CEILINGS.cells - whole).closed_for(told for told in closed if told[1])


# --- drafts -------------------------------------------------------------------------------------------------------------------


def draft_of(instrument: Instrument, on: date) -> InstrumentDraft:
    """A stored draft as the rules check it, with windows and items as they stand on a day."""
    rows = clauses(instrument.county_id, instrument_id=instrument.id, also_drafts=True)
    return InstrumentDraft(
        body=body_terms(db.session.get_one(Body, instrument.body_id)),
        mandate=Mandate(instrument.mandate),
        clauses=clause_drafts(instrument.county_id, rows, on),
        drafter_id=instrument.drafted_by_id,
        receiving_body=None if instrument.receiving_body_id is None else body_terms(db.session.get_one(Body, instrument.receiving_body_id)),
        basis=instrument.basis,
        supersedes_body_id=None if instrument.supersedes_id is None else db.session.get_one(Instrument, instrument.supersedes_id).body_id,
        supersedes_id=instrument.supersedes_id,
    )


class _Wanted(Protocol):
    @property
    def window_id(self) -> int: ...
    @property
    def powers(self) -> frozenset[Power]: ...
    @property
    def item_ids(self) -> frozenset[int] | None: ...
    @property
    def from_on(self) -> date | None: ...
    @property
    def until_on(self) -> date | None: ...
    @property
    def post(self) -> Post | None: ...
    @property
    def condition(self) -> Condition: ...


def clause_drafts(county_id: int, wanted: Sequence[_Wanted], on: date) -> tuple[ClauseDraft, ...]:
    """Clauses as typed or stored, with their windows and items looked up; NotFound where a window or item is not there on the day."""
    at = windows(county_id, on)
    asked = {item_id for clause in wanted for item_id in clause.item_ids or ()}
    items = {item.id: item for item in item_terms(county_id, on=on, item_ids=asked, with_offers=False).values()} if asked else {}
    if missing := asked - items.keys():
        raise NotFound(f"item {min(missing)}")
    if gone := {clause.window_id for clause in wanted} - at.keys():
        raise NotFound(f"window {min(gone)}")
    territories = {clause.condition.territory_id for clause in wanted if clause.condition.territory_id is not None}
    places = points(county_id) if territories else {}
    if unknown := territories - places.keys():
        raise NotFound(f"point {min(unknown)}")
    return tuple(
        ClauseDraft(
            window=at[clause.window_id],
            powers=clause.powers,
            items=None if clause.item_ids is None else tuple(item for item in items.values() if item.id in clause.item_ids),
            from_on=clause.from_on,
            until_on=clause.until_on,
            post=clause.post,
            condition=clause.condition,
            territory_path=frozenset()
            if clause.condition.territory_id is None
            else frozenset(near.id for near in ancestry(places[clause.condition.territory_id], places)),
        )
        for clause in wanted
    )


def draft_facts(county_id: int, body_id: int, drafter_id: int | None, now: datetime, window_ids: Collection[int] = ()) -> DraftFacts:
    """What the check of a draft at these windows needs besides the draft (G-3 to G-6)."""
    on = civil_date(now)
    return DraftFacts(
        now=now,
        ceilings=ceilings(county_id, on),
        drafter_windows=windows_of(drafter_id, on) if drafter_id is not None else frozenset(),
        received=clauses(county_id, received_by=body_id),
        standing=clauses(county_id, window_ids=window_ids) if window_ids else (),
    )


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
        # likewise letters and stand-ins: whoever ends one takes FOR UPDATE on it, so an end is read below or is later than this act
        tx.lock(select(Letter).where(Letter.point_id == window.point_id).order_by(Letter.id), share=True)
        stood = select(StandIn).where(StandIn.account_id == account_id, StandIn.window_id == window_id)
        tx.lock(stood.order_by(StandIn.id), share=True)
        at = tx.now
    else:
        of_window = clauses(window.county_id, window_id=window_id)
    on = civil_date(at)
    postings = select(Posting.post, Posting.certificate).where(
        Posting.account_id == account_id, Posting.window_id == window_id, posting_holds(at)
    )
    posted = db.session.execute(postings).all()
    letters = select(Letter.account_id, Letter.body_id).where(Letter.point_id == window.point_id, letter_holds(at))
    chiefs: dict[int, set[int]] = {}
    for holder, body_id in db.session.execute(letters):
        chiefs.setdefault(holder, set()).add(body_id)
    absent_id = db.session.scalar(
        select(StandIn.absent_id)
        .where(StandIn.account_id == account_id, StandIn.window_id == window_id, stand_in_holds(at))
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


# --- for pages: items by name, coverage ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ItemShown:
    """An item with its names, beside what the rules see of it."""

    terms: ItemTerms
    version_id: int
    name: str
    name_hant: str
    name_en: str

    @property
    def code(self) -> str:
        return self.terms.code


def items_shown(
    county_id: int, on: date, *, item_ids: Collection[int] | None = None, with_offers: bool = False, of_body: int | None = None
) -> dict[int, ItemShown]:
    """Item id → the item with its names, by code, as it stands on a day; of one responsible body where one is named."""
    terms = item_terms(county_id, on=on, item_ids=item_ids, with_offers=with_offers)
    wanted = {version_id: item for version_id, item in terms.items() if of_body is None or item.responsible_body == of_body}
    query = select(ItemVersion.id, ItemVersion.name, ItemVersion.name_hant, ItemVersion.name_en).where(ItemVersion.county_id == county_id)
    if item_ids is not None or len(wanted) < len(terms):
        query = query.where(ItemVersion.id.in_(list(wanted)))
    names = {row.id: row for row in db.session.execute(query)}
    return {
        item.id: ItemShown(item, version_id, names[version_id].name, names[version_id].name_hant, names[version_id].name_en)
        for version_id, item in wanted.items()
    }


@dataclass(frozen=True, slots=True)
class AtLevel:
    """At how many points of a level a power is held."""

    level: Level
    number: int


def coverage(register: Register, item: ItemTerms, power: Power) -> tuple[AtLevel, ...]:
    """Where a power on an item is held, from the county down: rooms of villages and communities count as one level."""
    counts: dict[Level, int] = {}
    for point_id in register.at_points(power, item):
        level = register.points[point_id].level
        level = Level.VILLAGE if level is Level.COMMUNITY else level
        counts[level] = counts.get(level, 0) + 1
    return tuple(AtLevel(level, counts[level]) for level in Level if level in counts)


def instrument_slugs(county_id: int, instrument_ids: Collection[int]) -> dict[int, str]:
    """Instrument id → the last part of its public address: body, year and number, as MR-2026-3."""
    query = (
        select(Instrument.id, InstrumentSignature.number, Body.code)
        .join(InstrumentSignature, InstrumentSignature.instrument_id == Instrument.id)
        .join(Body, Body.id == Instrument.body_id)
        .where(Instrument.county_id == county_id, Instrument.id.in_(list(instrument_ids)))
    )
    return {row.id: slug_of(row.code, row.number) for row in db.session.execute(query)}


_NUMBER = re.compile(r"〔(\d{4})〕(\d+)号$")
_SLUG = re.compile(r"(.{1,20})-(\d{4})-(\d{1,6})")


def slug_of(body_code: str, number: str) -> str:
    """柞市监授〔2026〕3号 of MR → MR-2026-3."""
    found = _NUMBER.search(number)
    return f"{body_code}-{found[1]}-{found[2]}" if found else ""


def instrument_of_slug(county_id: int, slug: str) -> int:
    """The instrument of a public address; NotFound otherwise."""
    found = _SLUG.fullmatch(slug)
    if found is None:
        raise NotFound(slug)
    query = (
        select(InstrumentSignature.instrument_id)
        .join(Instrument, Instrument.id == InstrumentSignature.instrument_id)
        .join(Body, Body.id == Instrument.body_id)
        .where(Body.county_id == county_id, Body.code == found[1])
        .where(InstrumentSignature.number == Body.paper_prefix + f"〔{found[2]}〕{int(found[3])}号")
    )
    instrument_id = db.session.scalar(query)
    if instrument_id is None:
        raise NotFound(slug)
    return instrument_id


# --- for pages: instruments ---------------------------------------------------------------------------------------------------

PAGE = 25


class InstrumentState(StrEnum):
    """Where an instrument stands; computed from its rows, never stored."""

    TO_SIGN = "to_sign"
    TO_REGISTER = "to_register"
    TO_BEGIN = "to_begin"
    IN_FORCE = "in_force"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class InstrumentRow:
    """A line of the list of instruments."""

    id: int
    state: InstrumentState
    number: str
    slug: str
    title: str
    mandate: Mandate
    body: Body
    receiving: Body | None
    drafted_at: datetime
    from_on: date | None
    until_on: date | None
    windows: int


SEES_ALL = frozenset({Office.COUNTY_MANAGER, Office.CENTER_MANAGEMENT, Office.SUPERVISOR, Office.AUDITOR})
OF_BODY = frozenset({Office.HEAD_OF_AGENCY, Office.LEADER_IN_CHARGE})


def visible(offices: Iterable[OfficeHeld]) -> ColumnElement[bool]:
    """Which instruments exist for a person: all for the county's offices, for those of a body what it gives or receives."""
    held = tuple(offices)
    if any(one.office in SEES_ALL for one in held):
        return true()
    bodies = [one.body_id for one in held if one.office in OF_BODY and one.body_id is not None]
    return or_(Instrument.body_id.in_(bodies), Instrument.receiving_body_id.in_(bodies))


def _in_state(state: InstrumentState, now: datetime) -> ColumnElement[bool]:
    """One condition a state, for a list and its count."""
    signed = select(InstrumentSignature.id).where(InstrumentSignature.instrument_id == Instrument.id).exists()
    if state is InstrumentState.TO_SIGN:  # these two stand in the navigation of every page: nothing is built for them in vain
        return ~signed
    registered = select(InstrumentRegistration.id).where(InstrumentRegistration.instrument_id == Instrument.id).exists()
    if state is InstrumentState.TO_REGISTER:
        return and_(signed, ~registered)
    on = civil_date(now)
    ended = select(ClauseEnd.id).where(ClauseEnd.clause_id == Clause.id, ClauseEnd.ends_at <= now).exists()
    lasting = and_(Clause.instrument_id == Instrument.id, or_(Clause.until_on.is_(None), Clause.until_on >= on), ~ended)
    lives = select(Clause.id).where(lasting).exists()
    begun = select(Clause.id).where(lasting, Clause.from_on <= on).exists()
    return {
        InstrumentState.TO_BEGIN: and_(registered, lives, ~begun),
        InstrumentState.IN_FORCE: and_(registered, begun),
        InstrumentState.ENDED: and_(registered, ~lives),
    }[state]


def count_instruments_for(county_id: int, offices: Iterable[OfficeHeld], now: datetime) -> dict[InstrumentState, int]:
    """How many instruments of each state the person may see."""
    held = tuple(offices)
    mine = select(func.count()).select_from(Instrument).where(Instrument.county_id == county_id, visible(held))
    parts = [mine.where(_in_state(state, now)).scalar_subquery() for state in InstrumentState]
    return dict(zip(InstrumentState, db.session.execute(select(*parts)).one(), strict=True))


def instruments_waiting(county_id: int, offices: Iterable[OfficeHeld], state: InstrumentState, now: datetime) -> ScalarSelect[int]:
    """The count of one state that the person may see, still to be asked: every page tells it beside its link."""
    mine = select(func.count()).select_from(Instrument).where(Instrument.county_id == county_id, visible(tuple(offices)))
    return mine.where(_in_state(state, now)).scalar_subquery()


def list_instruments_for(
    county_id: int,
    offices: Iterable[OfficeHeld],
    state: InstrumentState,
    now: datetime,
    *,
    before: int | None = None,
    body_id: int | None = None,
    is_public: bool = False,
) -> tuple[list[InstrumentRow], int | None]:
    """Instruments of one state, newest first, and the id before which the next page begins (None: no more)."""
    query = select(Instrument.id).where(Instrument.county_id == county_id, _in_state(state, now))
    if not is_public:
        query = query.where(visible(offices))
    if body_id is not None:
        query = query.where(Instrument.body_id == body_id)
    if before is not None:
        query = query.where(Instrument.id < before)
    ids = list(db.session.scalars(query.order_by(Instrument.id.desc()).limit(PAGE + 1)))
    rows = _rows(county_id, ids[:PAGE], state)
    return rows, ids[PAGE - 1] if len(ids) > PAGE else None


def _rows(county_id: int, ids: Sequence[int], state: InstrumentState) -> list[InstrumentRow]:
    if not ids:
        return []
    bodies = network.bodies_by_id(county_id)
    query = (
        select(
            Instrument, InstrumentSignature.number, func.min(Clause.from_on), func.max(Clause.until_on), func.count(Clause.id),
            func.count(Clause.until_on),
        )
        .outerjoin(InstrumentSignature, InstrumentSignature.instrument_id == Instrument.id)
        .outerjoin(Clause, Clause.instrument_id == Instrument.id)
        .where(Instrument.id.in_(ids))
        .group_by(Instrument.id, InstrumentSignature.number)
        .order_by(Instrument.id.desc())
    )  # fmt: skip
    return [
        InstrumentRow(
            id=one.id, state=state, number=number or "", slug=slug_of(bodies[one.body_id].code, number or ""), title=one.title,
            mandate=Mandate(one.mandate), body=bodies[one.body_id],
            receiving=bodies.get(one.receiving_body_id) if one.receiving_body_id is not None else None, drafted_at=one.drafted_at,
            from_on=first, until_on=last if clauses_n == closed_n else None, windows=clauses_n,
        )
        for one, number, first, last, clauses_n, closed_n in db.session.execute(query)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClauseShown:
    """A clause as a paper says it."""

    terms: ClauseTerms
    seq: int
    window: Window
    point: ServicePoint
    items: tuple[ItemShown, ...] | None  # None: all of the issuing body

    @property
    def powers(self) -> tuple[Power, ...]:
        return tuple(power for power in Power if power in self.terms.powers)


@dataclass(frozen=True, slots=True)
class InstrumentShown:
    """An instrument with everything that its paper and its page say."""

    row: Instrument
    state: InstrumentState
    number: str
    slug: str
    body: Body
    receiving: Body | None
    clauses: tuple[ClauseShown, ...]
    ends: tuple[ClauseEnd, ...]
    drafted_by: Account | None
    signed_by: Account | None
    signature: InstrumentSignature | None
    registration: InstrumentRegistration | None
    registered_by: Account | None
    supersedes: str = ""

    @property
    def mandate(self) -> Mandate:
        return Mandate(self.row.mandate)

    @property
    def exercising(self) -> Body:
        """Whose people use the powers (G-12)."""
        return self.receiving if self.mandate is Mandate.ENTRUSTMENT and self.receiving is not None else self.body

    def is_uniform(self) -> bool:
        """Do all clauses say the same of different windows? Only such a draft fits the form."""
        said = {
            (one.terms.powers, one.terms.item_ids, one.terms.from_on, one.terms.until_on, one.terms.post, one.terms.condition)
            for one in self.clauses
        }
        return len(said) == 1


def get_instrument(county_id: int, instrument_id: int, now: datetime) -> InstrumentShown:
    """An instrument that is registered, and so public (G-4, G-15); NotFound otherwise."""
    found = _instrument(county_id, instrument_id, now)
    if found is None or found.registration is None:
        raise NotFound(f"instrument {instrument_id}")
    return found


def get_instrument_for(county_id: int, offices: Iterable[OfficeHeld], instrument_id: int, now: datetime) -> InstrumentShown:
    """An instrument in any state that the person may see; NotFound otherwise."""
    seen = select(Instrument.id).where(Instrument.county_id == county_id, Instrument.id == instrument_id, visible(offices))
    found = _instrument(county_id, instrument_id, now) if db.session.scalar(seen) is not None else None
    if found is None:
        raise NotFound(f"instrument {instrument_id}")
    return found


def _instrument(county_id: int, instrument_id: int, now: datetime) -> InstrumentShown | None:
    row = db.session.scalar(select(Instrument).where(Instrument.county_id == county_id, Instrument.id == instrument_id))
    if row is None:
        return None
    signature = db.session.scalar(select(InstrumentSignature).where(InstrumentSignature.instrument_id == instrument_id))
    registration = db.session.scalar(select(InstrumentRegistration).where(InstrumentRegistration.instrument_id == instrument_id))
    this = select(Instrument.id).where(Instrument.id == instrument_id)
    state = next((one for one in InstrumentState if db.session.scalar(this.where(_in_state(one, now)))), InstrumentState.ENDED)
    found = clauses(county_id, instrument_id=instrument_id, also_drafts=True)
    at = network.windows_by_id({clause.window_id for clause in found})
    places = network.points_by_id({window.point_id for window in at.values()})
    seqs = {one.id: one.seq for one in db.session.execute(select(Clause.id, Clause.seq).where(Clause.instrument_id == instrument_id))}
    named = {item_id for clause in found for item_id in clause.item_ids or ()}
    names = items_shown(county_id, civil_date(now), item_ids=named) if named else {}
    bodies = network.bodies_by_id(county_id)
    people_ids = {row.drafted_by_id, signature and signature.signed_by_id, registration and registration.registered_by_id} - {None}
    people = {one.id: one for one in db.session.scalars(select(Account).where(Account.id.in_(people_ids)))} if people_ids else {}
    number = signature.number if signature else ""
    before = select(InstrumentSignature.number).where(InstrumentSignature.instrument_id == row.supersedes_id)
    return InstrumentShown(
        row=row,
        state=state,
        number=number,
        slug=slug_of(bodies[row.body_id].code, number),
        body=bodies[row.body_id],
        receiving=None if row.receiving_body_id is None else bodies[row.receiving_body_id],
        clauses=tuple(
            ClauseShown(
                terms=clause,
                seq=seqs[clause.id],
                window=at[clause.window_id],
                point=places[at[clause.window_id].point_id],
                items=None if clause.item_ids is None else tuple(item for item_id, item in names.items() if item_id in clause.item_ids),
            )
            for clause in sorted(found, key=lambda one: seqs[one.id])
        ),
        ends=tuple(db.session.scalars(select(ClauseEnd).where(ClauseEnd.clause_id.in_([one.id for one in found])).order_by(ClauseEnd.id))),
        drafted_by=people.get(row.drafted_by_id) if row.drafted_by_id is not None else None,
        signed_by=people.get(signature.signed_by_id) if signature else None,
        signature=signature,
        registration=registration,
        registered_by=people.get(registration.registered_by_id) if registration and registration.registered_by_id is not None else None,
        supersedes=(db.session.scalar(before) or "") if row.supersedes_id is not None else "",
    )


# --- questions of the explain page and the commands ------------------------------------------------------------------------


def moment_of(text: str, usual: datetime) -> datetime:
    """A moment as typed: a day is its last second, a time without a zone is Asia/Shanghai, nothing is `usual`; ValueError otherwise."""
    if not text:
        return usual
    if len(text) == 10:
        found = end_of(date.fromisoformat(text)) - timedelta(seconds=1)
    else:
        found = datetime.fromisoformat(text)
        found = found if found.tzinfo is not None else found.replace(tzinfo=SHANGHAI)
    if not 2000 <= found.year <= 2200:
        raise ValueError("a year between 2000 and 2200")
    return found


def who_may_at(county_id: int, power: Power, item_code: str, point_code: str, at: datetime) -> tuple[Holding, ...]:
    """The windows of a point's chain that hold a power on an item at a moment, nearest first (G-9)."""
    item = item_terms_by_code(county_id, item_code, civil_date(at))
    point = network.point_by_code(county_id, point_code)
    register = register_for(county_id, at, [item])
    return register.who_may(power, item, register.points[point.id])


def explain_at(county_id: int, power: Power, item_code: str, window_code: str, at: datetime, username: str = "") -> Explanation:
    """Why a window (and a person there) may or may not use a power on an item at a moment; NotFound for unknown names (G-2, G-9)."""
    on = civil_date(at)
    item = item_terms_by_code(county_id, item_code, on)
    row = network.window_by_code(county_id, window_code)
    window = windows(county_id, on, window_id=row.id).get(row.id)
    if window is None:
        raise NotFound(window_code)
    held = None
    if username:
        account_id = db.session.scalar(select(Account.id).where(Account.county_id == county_id, Account.username == username))
        if account_id is None:
            raise NotFound(username)
        held = held_by(account_id, row.id, at)
    return explain(power, item, window, clauses(county_id, window_id=row.id), at, held=held, ceilings=ceilings(county_id, on))


def all_gaps(county_id: int, at: datetime) -> tuple[Gap, ...]:
    """Every gap of the county at a moment, by item, power and point code (G-18)."""
    items = item_terms(county_id, on=civil_date(at))
    return register_for(county_id, at).gaps(items.values())


ORDER = (Power.COLLECT, Power.ACCEPT, Power.REVIEW, Power.DECIDE, Power.CERTIFY, Power.DELIVER)


# --- for pages: lines of a table, the choices of a draft ------------------------------------------------------------------------


def granting(bodies: dict[int, Body], shown: Sequence[ItemShown]) -> list[Body]:
    """The bodies that are responsible for items."""
    responsible = {item.terms.responsible_body for item in shown}
    return sorted((body for body_id, body in bodies.items() if body_id in responsible), key=lambda one: one.code)


def list_issuers(county_id: int) -> list[Body]:
    """The bodies that can issue instruments, departments first."""
    bodies = [body for body in network.bodies_by_id(county_id).values() if body.kind != BodyKind.COUNTY_GOVERNMENT]
    return sorted(bodies, key=lambda body: (body.kind != BodyKind.DEPARTMENT, body.code))


@dataclass(frozen=True, slots=True)
class Footing:
    """Who gives and on what mandate: what windows, powers, items and receivers a draft can name follows from it."""

    body: Body
    mandate: Mandate
    bodies: dict[int, Body]
    windows: list[tuple[Window, ServicePoint, frozenset[int]]]
    powers: tuple[Power, ...]
    items: list[ItemShown]
    towns: list[Body]
    territories: list[ServicePoint]


def footing_of(county_id: int, body_code: str, mandate_code: str, on: date) -> Footing:
    """The choices of the form; NotFound for an unknown body or mandate. The rules are asked again when it is written."""
    body = network.body_by_code(county_id, body_code)
    if mandate_code not in list(Mandate):
        raise NotFound(mandate_code)
    mandate = Mandate(mandate_code)
    bodies = network.bodies_by_id(county_id)
    towns = [one for one in bodies.values() if one.kind == BodyKind.TOWN_GOVERNMENT]
    bounds = ceilings(county_id, on)
    levels = {level for level in Level if any(bounds.allows(level, power, mandate) for power in Power)}
    at = windows(county_id, on)
    wanted = [
        window for window in at.values() if window.level in levels and _could_use(window.body_ids, window.level, body, mandate, towns)
    ]
    rows = network.windows_by_id([window.id for window in wanted])
    places = network.points_by_id({window.point_id for window in wanted})
    order = list(Level)
    wanted.sort(key=lambda window: (order.index(window.level), window.code))
    of_levels = {window.level for window in wanted} or levels
    every = list(items_shown(county_id, on).values())
    own = [item for item in every if item.terms.responsible_body == body.id]
    is_town = body.kind in (BodyKind.TOWN_GOVERNMENT, BodyKind.VILLAGE)
    return Footing(
        body=body,
        mandate=mandate,
        bodies=bodies,
        windows=[(rows[window.id], places[window.point_id], window.body_ids) for window in wanted],
        powers=tuple(power for power in Power if any(bounds.allows(level, power, mandate) for level in of_levels)),
        # a town hands on, or by law exercises, what is others' own: the whole catalogue is offered
        items=every if mandate is Mandate.RECEIVE_FORWARD or is_town else own,
        towns=sorted(towns, key=lambda one: one.code),
        territories=[point for point in network.list_points(county_id) if point.level == Level.TOWN.value],
    )


def _could_use(served: frozenset[int], level: Level, body: Body, mandate: Mandate, towns: list[Body]) -> bool:
    if mandate is Mandate.ENTRUSTMENT:
        return level is Level.TOWN and any(town.id in served for town in towns)
    return body.id in served
