"""Visits and tickets of a point: its half hours, its queue, one's own by code, and how long people waited (N-7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from portal.accounts.sealed import cipher
from portal.cases.visit_models import Ticket, Visit
from portal.catalogue.models import ItemVersion
from portal.crypto import mask_number
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import PointHours, ServicePoint, Window
from portal.rules import tickets as rules
from portal.rules.decision import Decision
from portal.rules.moments import civil_date
from portal.rules.network import PointStatus
from portal.rules.tickets import TicketState, Times, VisitState, VisitTerms, Waiting

PHONE_CONTEXT = "visit.phone"
WORKS = (PointStatus.TRIAL, PointStatus.OPERATING)
FIGURES_OVER = timedelta(days=30)
MOST_VISITS = 100  # of a day, on the page of the staff


# --- hours and half hours -------------------------------------------------------------------------------------------------------------


def _spans(point: ServicePoint, rows: Sequence[PointHours], on: date) -> list[tuple[str, str]]:
    if point.status not in WORKS:
        return []
    return [(row.opens, row.closes) for row in network.open_on(rows, on, network.calendar_of(point.county_id))]


def spans_on(point: ServicePoint, on: date) -> list[tuple[str, str]]:
    """The hours of a point on a day, by its calendar; none while it does not work."""
    return _spans(point, network.hours_of(point.id), on)


def terms_of(point: ServicePoint, on: date) -> VisitTerms:
    """How many visits a half hour takes, and how far ahead: county data (`visit_terms`)."""
    return rules.visit_terms(network.setting(point.county_id, "visit_terms", on), point.code)


def open_days(point: ServicePoint, today: date) -> list[date]:
    """The days on which a visit can be made: from today on those on which the point opens."""
    terms, hours = terms_of(point, today), network.hours_of(point.id)
    if not terms.capacity:
        return []
    days = (today + timedelta(days=number) for number in range(terms.days_ahead + 1))
    return [day for day in days if rules.half_hours(_spans(point, hours, day))]


@dataclass(frozen=True, slots=True)
class HalfHour:
    """A half hour of a day, how many places are left, and whether a visit can be made for it."""

    at: str
    left: int
    may: Decision


def _taken(point_id: int, on: date) -> dict[str, int]:
    query = select(Visit.half_hour, func.count()).where(
        Visit.point_id == point_id, Visit.visit_on == on, Visit.state != VisitState.CANCELLED.value
    )
    return {row[0]: row[1] for row in db.session.execute(query.group_by(Visit.half_hour))}


def half_hours_of(point: ServicePoint, on: date, now: datetime) -> list[HalfHour]:
    """The half hours of a day, each with the answer whether a visit can be made."""
    hours, terms, taken = rules.half_hours(spans_on(point, on)), terms_of(point, civil_date(now)), _taken(point.id, on)
    found = []
    for at in hours:
        may = rules.may_book_visit(on, at, now, hours=hours, taken=taken.get(at, 0), terms=terms)
        found.append(HalfHour(at, max(0, terms.capacity - taken.get(at, 0)), may))
    return found


def may_book(point: ServicePoint, on: date, at: str, now: datetime, *, phone_index: str) -> Decision:
    """The answer inside the transaction: what is taken is counted again, and the visits to come of the phone."""
    hours, taken = rules.half_hours(spans_on(point, on)), _taken(point.id, on)
    query = select(func.count(Visit.id)).where(
        Visit.county_id == point.county_id, Visit.phone_index == phone_index, Visit.state == VisitState.BOOKED.value, Visit.visit_on >= civil_date(now)
    )
    of_phone = db.session.scalar(query) or 0
    return rules.may_book_visit(on, at, now, hours=hours, taken=taken.get(at, 0), terms=terms_of(point, civil_date(now)), of_phone=of_phone)


def is_open(point: ServicePoint, now: datetime) -> bool:
    """Is the point open at this moment?"""
    return rules.is_open_at(spans_on(point, civil_date(now)), now)


# --- visits ---------------------------------------------------------------------------------------------------------------------------


def _plain(code: str) -> str:
    plain = "".join(char for char in code.upper() if char.isalnum())
    if len(plain) != 12 or not plain.isascii():
        raise NotFound(code)
    return plain


def newest_versions(item_ids: Iterable[int | None]) -> dict[int, ItemVersion]:
    """item → its newest version, for names and bodies."""
    ids = {item_id for item_id in item_ids if item_id is not None}
    if not ids:
        return {}
    newest = select(func.max(ItemVersion.id)).where(ItemVersion.item_id.in_(ids)).group_by(ItemVersion.item_id)
    return {row.item_id: row for row in db.session.scalars(select(ItemVersion).where(ItemVersion.id.in_(newest)))}


@dataclass(frozen=True, slots=True)
class VisitShown:
    """A visit as whoever holds its code sees it; the phone masked."""

    row: Visit
    point: ServicePoint
    item: ItemVersion | None
    ticket: Ticket | None

    @property
    def state(self) -> VisitState:
        return VisitState(self.row.state)

    @property
    def phone(self) -> str:
        return mask_number(cipher().open(self.row.phone_sealed, PHONE_CONTEXT))


def get_visit_by_code(county_id: int, code: str) -> VisitShown:
    """A visit by its code; NotFound otherwise."""
    row = db.session.scalar(select(Visit).where(Visit.county_id == county_id, Visit.code == _plain(code)))
    if row is None:
        raise NotFound(code)
    ticket = db.session.scalar(select(Ticket).where(Ticket.visit_id == row.id))
    return VisitShown(row, db.session.get_one(ServicePoint, row.point_id), newest_versions([row.item_id]).get(row.item_id or 0), ticket)


def list_visits(point_id: int, on: date) -> list[tuple[Visit, ItemVersion | None]]:
    """The visits of a day that are still to come to the door, by half hour."""
    query = select(Visit).where(Visit.point_id == point_id, Visit.visit_on == on, Visit.state == VisitState.BOOKED.value)
    rows = list(db.session.scalars(query.order_by(Visit.half_hour, Visit.id).limit(MOST_VISITS)))
    items = newest_versions(row.item_id for row in rows)
    return [(row, items.get(row.item_id or 0)) for row in rows]


# --- the queue ------------------------------------------------------------------------------------------------------------------------


def waiting_of(row: Ticket) -> Waiting:
    """A ticket as the rule of the queue reads it."""
    return Waiting(row.id, row.issued_at, row.is_elderly, row.visit_at, row.body_id)


def tickets_of(point_id: int, on: date) -> list[Ticket]:
    """The tickets of a day that wait or are at a window."""
    states = [TicketState.WAITING.value, TicketState.CALLED.value, TicketState.SERVING.value]
    query = select(Ticket).where(Ticket.point_id == point_id, Ticket.issued_on == on, Ticket.state.in_(states))
    return list(db.session.scalars(query.order_by(Ticket.id)))


def queue_for(window: Window, rows: Iterable[Ticket], now: datetime) -> list[Waiting]:
    """Those that wait and are served by the window, in their order (N-7)."""
    waiting = [waiting_of(row) for row in rows if row.state == TicketState.WAITING]
    bodies = network.bodies_served([window.id], civil_date(now))[window.id]
    return rules.served_by(rules.in_order(waiting, now), is_general=window.is_general, bodies=bodies)


@dataclass(frozen=True, slots=True)
class QueueShown:
    """The queue of a point as its staff sees it: who waits in which order, who is at which window, and what this window may do."""

    point: ServicePoint
    window: Window
    waiting: list[Ticket]
    own: Ticket | None
    called: list[Ticket]
    may_call: Decision
    items: dict[int, ItemVersion]
    windows: dict[int, Window]


def queue_of(window_id: int, now: datetime) -> QueueShown:
    """The queue of today at the point of a window."""
    window = db.session.get_one(Window, window_id)
    rows = tickets_of(window.point_id, civil_date(now))
    by_id = {row.id: row for row in rows}
    order = rules.in_order([waiting_of(row) for row in rows if row.state == TicketState.WAITING], now)
    called = [row for row in rows if row.state != TicketState.WAITING]
    own = next((row for row in called if row.window_id == window_id), None)
    may = rules.may_call_next(at_window=[TicketState(own.state)] if own is not None else [], queue=queue_for(window, rows, now))
    return QueueShown(
        db.session.get_one(ServicePoint, window.point_id), window, [by_id[one.id] for one in order], own, called, may,
        newest_versions(row.item_id for row in rows), network.windows_by_id({row.window_id for row in called if row.window_id is not None}),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TicketShown:
    """A ticket as whoever holds its code sees it: where it stands, and how many are before it."""

    row: Ticket
    point: ServicePoint
    item: ItemVersion | None
    window: Window | None
    before: int

    @property
    def state(self) -> TicketState:
        return TicketState(self.row.state)


def get_ticket_by_code(county_id: int, code: str, now: datetime) -> TicketShown:
    """A ticket by its code; NotFound otherwise."""
    row = db.session.scalar(select(Ticket).where(Ticket.county_id == county_id, Ticket.code == _plain(code)))
    if row is None:
        raise NotFound(code)
    before = 0
    if row.state == TicketState.WAITING and row.issued_on == civil_date(now):
        waiting = [waiting_of(one) for one in tickets_of(row.point_id, row.issued_on) if one.state == TicketState.WAITING]
        before = [one.id for one in rules.in_order(waiting, now)].index(row.id)
    window = db.session.get(Window, row.window_id) if row.window_id is not None else None
    return TicketShown(row, db.session.get_one(ServicePoint, row.point_id), newest_versions([row.item_id]).get(row.item_id or 0), window, before)


def get_ticket_at(point_ids: Iterable[int], ticket_id: int) -> Ticket:
    """A ticket of one of these points; NotFound otherwise."""
    row = db.session.scalar(select(Ticket).where(Ticket.id == ticket_id, Ticket.point_id.in_(list(point_ids))))
    if row is None:
        raise NotFound(f"ticket {ticket_id}")
    return row


def count_waiting(point_id: int, on: date) -> int:
    """How many wait at a point now."""
    query = select(func.count(Ticket.id)).where(Ticket.point_id == point_id, Ticket.issued_on == on, Ticket.state == TicketState.WAITING.value)
    return db.session.scalar(query) or 0


# --- how long -------------------------------------------------------------------------------------------------------------------------


def times_of(point_id: int, today: date) -> tuple[Times, Times]:
    """How long people waited and were served at a point in the last thirty days; no figure below ten tickets (N-7)."""
    query = select(Ticket.waited_seconds, Ticket.served_seconds).where(
        Ticket.point_id == point_id, Ticket.issued_on > today - FIGURES_OVER, Ticket.issued_on <= today, Ticket.started_at.is_not(None)
    )
    rows = db.session.execute(query).all()
    return (
        rules.times(row.waited_seconds for row in rows if row.waited_seconds is not None),
        rules.times(row.served_seconds for row in rows if row.served_seconds is not None),
    )


def phone_of(county_id: int, visit_id: str, _wall: datetime) -> str | None:
    """The phone of a visit, opened for sending."""
    sealed = db.session.scalar(select(Visit.phone_sealed).where(Visit.county_id == county_id, Visit.id == int(visit_id)))
    return cipher().open(sealed, PHONE_CONTEXT) if sealed else None
