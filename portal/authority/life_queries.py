"""What pages show of the life of instruments beside being given and ended, of ceilings and of gaps (G-3, G-6, G-14, G-18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from portal.accounts.models import Account
from portal.authority.models import (
    Ceiling,
    Instrument,
    InstrumentConfirmation,
    InstrumentFile,
    InstrumentFiling,
    InstrumentSignature,
)
from portal.authority.queries import ItemShown, items_shown, register_for
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import Body, ServicePoint, Window
from portal.rules.authority import Gap
from portal.rules.clauses import Mandate
from portal.rules.moments import civil_date


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
