"""What pages show of the life of instruments beside being given and ended, of ceilings and of gaps (G-3, G-6, G-14, G-18)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from portal.accounts.models import Account
from portal.accounts.models import Office as OfficeRow
from portal.authority.models import (
    Ceiling,
    Instrument,
    InstrumentConfirmation,
    InstrumentFile,
    InstrumentFiling,
    InstrumentSignature,
)
from portal.authority.queries import ItemShown, items_shown, register_for, visible
from portal.authority.queries import clauses as all_clauses
from portal.catalogue.models import ItemVersion
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import Body, ServicePoint, Window
from portal.rules import recertification
from portal.rules.authority import Gap, Office, OfficeHeld
from portal.rules.clauses import ClauseTerms, Mandate, closes_at
from portal.rules.moments import civil_date, start_of
from portal.rules.recertification import InstrumentYear, ItemChange, Recertified, flagged


@dataclass(frozen=True, slots=True)
class Life:
    """What happened to an instrument beside being given and ended: scans, filings, confirmations, each in order."""

    scans: tuple[InstrumentFile, ...]
    filings: tuple[InstrumentFiling, ...]
    confirmations: tuple[InstrumentConfirmation, ...]
    people: dict[int, Account]


def life_of(instrument_id: int) -> Life:
    """Scans, filings and confirmations of an instrument that the caller has found."""
    scans = tuple(db.session.scalars(select(InstrumentFile).where(InstrumentFile.instrument_id == instrument_id).order_by(InstrumentFile.id)))
    filings = tuple(db.session.scalars(select(InstrumentFiling).where(InstrumentFiling.instrument_id == instrument_id)))
    confirmed = select(InstrumentConfirmation).where(InstrumentConfirmation.instrument_id == instrument_id)
    confirmations = tuple(db.session.scalars(confirmed.order_by(InstrumentConfirmation.confirmed_at)))
    ids = {one.stored_by_id for one in scans} | {one.filed_by_id for one in filings} | {one.confirmed_by_id for one in confirmations}
    people = {one.id: one for one in db.session.scalars(select(Account).where(Account.id.in_(ids)))} if ids else {}
    return Life(scans, filings, confirmations, people)


def get_scan(county_id: int, instrument_id: int, file_id: int) -> InstrumentFile:
    """A scan of an instrument that the person may see; NotFound otherwise."""
    found = db.session.scalar(
        select(InstrumentFile).where(
            InstrumentFile.county_id == county_id, InstrumentFile.instrument_id == instrument_id, InstrumentFile.id == file_id
        )
    )
    if found is None:
        raise NotFound(f"scan {file_id}")
    return found


def usual_basis(county_id: int, body_id: int, mandate: Mandate) -> str:
    """The law that the body's last instrument on this mandate named: what a new one most likely names as well."""
    query = (
        select(Instrument.basis)
        .join(InstrumentSignature, InstrumentSignature.instrument_id == Instrument.id)
        .where(Instrument.county_id == county_id, Instrument.body_id == body_id, Instrument.mandate == mandate.value)
        .order_by(Instrument.id.desc())
        .limit(1)
    )
    return db.session.scalar(query) or ""


def ceilings_to_come(county_id: int, on: date) -> list[Ceiling]:
    """What the county has said of its ceilings for days after this one, the first first (G-3)."""
    query = select(Ceiling).where(Ceiling.county_id == county_id, Ceiling.from_on > on)
    return list(db.session.scalars(query.order_by(Ceiling.from_on, Ceiling.id)))


@dataclass(frozen=True, slots=True)
class GapShown:
    """A gap (G-18) with its names, and the nearest window that could be given the power (None: no window could)."""

    gap: Gap
    item: ItemShown
    point: ServicePoint
    window: Window | None
    body: Body
    mandate: Mandate


def gaps_shown(county_id: int, at: datetime) -> list[GapShown]:
    """Every gap of the county at a moment, with what would mend it; a constant number of queries."""
    on = civil_date(at)
    items = items_shown(county_id, on, with_offers=True)
    register = register_for(county_id, at)
    found = register.gaps(item.terms for item in items.values())
    could = {gap: register.could_hold(gap.power, gap.item, gap.point) for gap in found}
    rows = network.windows_by_id({window.id for window in could.values() if window is not None})
    places = network.points_by_id({gap.point.id for gap in found})
    bodies = network.bodies_by_id(county_id)
    shown = []
    for gap in found:
        window = could[gap]
        is_own = window is not None and gap.item.responsible_body in window.body_ids
        mandate = Mandate.INTERNAL if window is None or is_own else Mandate.RECEIVE_FORWARD if window.level.is_room else Mandate.ENTRUSTMENT
        row = None if window is None else rows[window.id]
        shown.append(GapShown(gap, items[gap.item.id], places[gap.point.id], row, bodies[gap.item.responsible_body], mandate))
    return shown


# --- the yearly round (G-14) ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class YearRow:
    """An instrument in its year: where it stands, the last day to confirm it, and the items that changed since it was last confirmed."""

    id: int
    number: str
    title: str
    body: Body
    state: Recertified
    due_on: date
    closes_on: date
    changed: tuple[ItemShown, ...]


def item_changes(county_id: int, at: datetime) -> list[ItemChange]:
    """Every further version of an item up to a moment: what flags the clauses that name it (G-14)."""
    query = select(ItemVersion.item_id, ItemVersion.body_id, ItemVersion.from_on)
    query = query.where(ItemVersion.county_id == county_id, ItemVersion.version > 1, ItemVersion.from_on <= civil_date(at))
    return [ItemChange(item_id, body_id, start_of(from_on)) for item_id, body_id, from_on in db.session.execute(query.order_by(ItemVersion.id))]


def changed_items(county_id: int, clauses: Iterable[ClauseTerms], at: datetime) -> dict[int, tuple[int, ...]]:
    """Instrument id → the items that its lasting clauses were given for and that changed since it was last confirmed (G-14)."""
    changes = item_changes(county_id, at)
    found: dict[int, set[int]] = {}
    if not changes:
        return {}
    for clause in clauses:
        if clause.ends_at is None or clause.ends_at > at:
            items = flagged(clause, changes, clause.confirmed_at(at), at)
            if items:
                found.setdefault(clause.instrument_id, set()).update(items)
    return {instrument_id: tuple(sorted(items)) for instrument_id, items in found.items()}


def list_year_for(county_id: int, offices: Iterable[OfficeHeld], at: datetime, body_id: int | None = None) -> list[YearRow]:
    """The worklist of the yearly round as far as the person may see it: what is due, stale or flagged, most urgent first (G-14)."""
    every = [clause for clause in all_clauses(county_id) if clause.registered_at is not None]
    lasting = {clause.instrument_id: clause for clause in every if clause.ends_at is None or clause.ends_at > at}
    changed = changed_items(county_id, every, at)
    where: dict[int, tuple[Recertified, datetime]] = {}
    for instrument_id, clause in lasting.items():
        stands = recertification.state(InstrumentYear(clause.registered_at, clause.confirmations), at)
        confirmed_at = clause.confirmed_at(at)
        if stands is not None and confirmed_at is not None and (stands.is_due or instrument_id in changed):
            where[instrument_id] = (stands, confirmed_at)
    if not where:
        return []
    query = (
        select(Instrument.id, Instrument.title, Instrument.body_id, InstrumentSignature.number)
        .join(InstrumentSignature, InstrumentSignature.instrument_id == Instrument.id)
        .where(Instrument.county_id == county_id, Instrument.id.in_(list(where)), visible(offices))
    )
    if body_id is not None:
        query = query.where(Instrument.body_id == body_id)
    bodies = network.bodies_by_id(county_id)
    named = {item_id for items in changed.values() for item_id in items}
    items = items_shown(county_id, civil_date(at), item_ids=named) if named else {}
    rows = [
        YearRow(
            row.id, row.number, row.title, bodies[row.body_id], where[row.id][0], recertification.due_on(where[row.id][1]),
            civil_date(closes_at(where[row.id][1])), tuple(items[one] for one in changed.get(row.id, ()) if one in items),
        )
        for row in db.session.execute(query)
    ]  # fmt: skip
    urgency = list(Recertified)
    return sorted(rows, key=lambda one: (-urgency.index(one.state), one.due_on, one.id))


@dataclass(frozen=True, slots=True)
class DueReminder:
    """A reminder that a head gets: once for an instrument, its year and the number of days (G-14)."""

    key: str
    receiver: str
    number: str
    due_on: date
    days: int


def due_reminders(county_id: int, at: datetime) -> list[DueReminder]:
    """The reminders whose day has come, for the heads that hold office now; the latest of each instrument only (G-14)."""
    today = civil_date(at)
    heads: dict[int, list[str]] = {}
    query = (
        select(OfficeRow.body_id, Account.username)
        .join(Account, Account.id == OfficeRow.account_id)
        .where(
            OfficeRow.county_id == county_id, OfficeRow.kind == Office.HEAD_OF_AGENCY.value, OfficeRow.from_on <= today,
            or_(OfficeRow.until_on.is_(None), OfficeRow.until_on >= today), Account.disabled_at.is_(None),
        )
    )  # fmt: skip
    for body_id, username in db.session.execute(query.order_by(OfficeRow.id)):
        if body_id is not None:
            heads.setdefault(body_id, []).append(username)
    every = [one for one in all_clauses(county_id) if one.registered_at is not None and (one.ends_at is None or one.ends_at > at)]
    found = []
    for instrument_id, clause in sorted({clause.instrument_id: clause for clause in every}.items()):
        year = InstrumentYear(clause.registered_at, clause.confirmations)
        confirmed_at = year.confirmed_at(at)
        reached = [reminder for reminder in recertification.reminder_days(year, at) if reminder.on <= today]
        if confirmed_at is None or not reached or recertification.due_on(confirmed_at) < today:
            continue
        last = recertification.due_on(confirmed_at)
        for username in heads.get(clause.body_id, ()):
            key = f"recertification:{instrument_id}:{last.isoformat()}:{reached[-1].days}:{username}"
            found.append(DueReminder(key[:120], username, clause.instrument_number, last, reached[-1].days))
    return found
