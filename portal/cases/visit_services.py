"""Visits made, changed and cancelled by whoever holds their code; tickets taken, called, served (N-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from portal.accounts import services as accounts
from portal.accounts.numbers import plain_number
from portal.accounts.queries import SignedIn
from portal.accounts.sealed import PersonField, cipher
from portal.accounts.services import Budget
from portal.audit import Actor, record
from portal.cases import visit_queries as queries
from portal.cases.services import new_tracking_code
from portal.cases.visit_models import Ticket, Visit
from portal.cases.visit_queries import PHONE_CONTEXT
from portal.catalogue import queries as catalogue
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.i18n import DEFAULT
from portal.messages import Channel
from portal.network import message_services as messages
from portal.network import queries as network
from portal.network.models import ServicePoint, Window
from portal.rules import tickets as rules
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.moments import civil_date
from portal.rules.tickets import TicketState, VisitState

# One address: wide, since a whole hall shares one.
ADDRESS = Budget(60, timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody of the public, from an address; or a member of staff at the door for whoever stands there."""

    county_id: int
    address: str = ""
    staff: SignedIn | None = None

    @property
    def actor(self) -> Actor:
        return self.staff.actor if self.staff is not None else Actor(None, self.county_id, "public", self.address)

    def take_try(self, clock: Clock, once: Once | None = None) -> None:
        """Count a try from outside; `TooMany` where the next must wait."""
        if self.staff is None:
            key = accounts.throttle_key("visit address", self.county_id, accounts.place_key(self.address))
            accounts.take_try({key: ADDRESS}, clock=clock, actor=self.actor, verb="visit.try", subject=f"county:{self.county_id}", once=once)


def _offered(point: ServicePoint, item_id: int | None, on: date) -> None:
    """A matter that is named must be offered at the point."""
    if item_id is not None and item_id not in {one.item_id for one in catalogue.offered_at(point.county_id, point.id, on)}:
        raise NotAllowed(Decision.no(Reason.NOT_OFFERED_THERE, rule="N-7"))


# --- visits -----------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """A half hour, for which matter, with which phone; whether somebody of sixty or more comes."""

    on: date
    at: str
    phone: str
    item_id: int | None = None
    is_elderly: bool = False


def visit_place(code: str) -> str:
    """Where a visit is shown, changed and cancelled."""
    return f"/visits/{code}"


def _one_by_one(tx: Transaction, point: ServicePoint, on: date) -> int:
    """Visits of a point are made one after the other, so that none is made above the capacity."""
    return network.next_number(tx, point.county_id, f"visit-{point.id}", on.year)


def book_visit(point_code: str, wanted: Wanted, *, visitor: Visitor, clock: Clock, once: Once | None = None) -> str:
    """Make a visit; returns its code. NotFound, NotAllowed, TooMany."""
    point = network.point_by_code(visitor.county_id, point_code)
    visitor.take_try(clock, once)
    with transaction(clock=clock, once=once) as tx:
        point = network.point_by_code(visitor.county_id, point_code)
        _one_by_one(tx, point, clock.today())
        phone = plain_number(wanted.phone)
        index = cipher().blind(phone, PersonField.PHONE)
        queries.may_book(point, wanted.on, wanted.at, tx.now, phone_index=index).or_raise()
        _offered(point, wanted.item_id, wanted.on)
        row = Visit(
            county_id=point.county_id, code=new_tracking_code(), point_id=point.id, item_id=wanted.item_id, visit_on=wanted.on, half_hour=wanted.at,
            phone_sealed=cipher().seal(phone, PHONE_CONTEXT), phone_index=index, is_elderly=wanted.is_elderly, state=VisitState.BOOKED.value,
            made_at=tx.now, version=1,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        _tell(tx, row)
        tx.result = visit_place(row.code)
        record(tx, visitor.actor, "visit.book", f"visit:{row.id}", point=point.code, on=wanted.on, at=wanted.at)
        return row.code


def _tell(tx: Transaction, row: Visit) -> None:
    """The code and the half hour by text message: nothing else (C-18)."""
    messages.put(
        tx, county_id=row.county_id, key=f"visit:{row.id}:{row.version}", template="visit",
        facts={"code": row.code, "on": row.visit_on.isoformat(), "at": row.half_hour}, receiver=f"visit:{row.id}", language=DEFAULT, channel=Channel.SMS,
    )  # fmt: skip


def _locked(tx: Transaction, county_id: int, code: str, version: int) -> Visit:
    found = queries.get_visit_by_code(county_id, code)
    row: Visit = tx.lock(select(Visit).where(Visit.id == found.row.id))[0]
    if row.version != version:
        raise Stale(row.version)
    return row


def change_visit(code: str, on: date, at: str, *, version: int, visitor: Visitor, clock: Clock, once: Once | None = None) -> None:
    """Move a visit to another half hour of the same point. NotFound, NotAllowed, Stale."""
    with transaction(clock=clock, once=once) as tx:
        row = _locked(tx, visitor.county_id, code, version)
        point = tx.session.get_one(ServicePoint, row.point_id)
        _one_by_one(tx, point, clock.today())
        rules.may_change_visit(VisitState(row.state), row.visit_on, row.half_hour, tx.now).or_raise()
        if (on, at) != (row.visit_on, row.half_hour):
            queries.may_book(point, on, at, tx.now, phone_index="").or_raise()
        before = f"{row.visit_on.isoformat()} {row.half_hour}"
        row.visit_on, row.half_hour, row.version = on, at, row.version + 1
        tx.session.flush()
        _tell(tx, row)
        tx.result = visit_place(row.code)
        record(tx, visitor.actor, "visit.change", f"visit:{row.id}", before=before, on=on, at=at)


def cancel_visit(code: str, *, version: int, visitor: Visitor, clock: Clock, once: Once | None = None) -> None:
    """Cancel a visit; its place is free again. NotFound, NotAllowed, Stale."""
    with transaction(clock=clock, once=once) as tx:
        row = _locked(tx, visitor.county_id, code, version)
        rules.may_change_visit(VisitState(row.state), row.visit_on, row.half_hour, tx.now).or_raise()
        row.state, row.version = VisitState.CANCELLED.value, row.version + 1
        tx.session.flush()
        tx.result = visit_place(row.code)
        record(tx, visitor.actor, "visit.cancel", f"visit:{row.id}")


# --- tickets ----------------------------------------------------------------------------------------------------------------------------


def ticket_place(code: str) -> str:
    """Where a ticket is looked at by whoever holds it."""
    return f"/tickets/{code}"


def take_ticket(
    point_code: str, item_id: int | None, *, is_elderly: bool, visitor: Visitor, clock: Clock, once: Once | None = None, then: str = ""
) -> str:  # fmt: skip
    """Take a ticket at the door or by phone, or issue one as staff; returns its code. NotFound, NotAllowed, TooMany.

    `then`: which page of the ticket comes next.
    """
    network.point_by_code(visitor.county_id, point_code)
    visitor.take_try(clock, once)
    with transaction(clock=clock, once=once) as tx:
        point = network.point_by_code(visitor.county_id, point_code)
        rules.may_take_ticket(is_open=queries.is_open(point, clock.now())).or_raise()
        _offered(point, item_id, clock.today())
        code = _issue(tx, point, item_id, None, is_elderly=is_elderly, visitor=visitor)
        tx.result += then
        return code


def arrive(code: str, *, version: int, visitor: Visitor, clock: Clock, once: Once | None = None) -> str:
    """Turn a visit into a ticket, when whoever made it is there; returns the ticket's code. NotFound, NotAllowed, Stale."""
    with transaction(clock=clock, once=once) as tx:
        row = _locked(tx, visitor.county_id, code, version)
        point = tx.session.get_one(ServicePoint, row.point_id)
        now = clock.now()
        rules.may_arrive(VisitState(row.state), row.visit_on, now, is_open=queries.is_open(point, now)).or_raise()
        row.state, row.version = VisitState.ARRIVED.value, row.version + 1
        return _issue(tx, point, row.item_id, row, is_elderly=row.is_elderly, visitor=visitor)


def _issue(tx: Transaction, point: ServicePoint, item_id: int | None, visit: Visit | None, *, is_elderly: bool, visitor: Visitor) -> str:
    today = tx.clock.today()
    serial = network.next_number(tx, point.county_id, f"ticket-{point.id}-{today:%m%d}", today.year)
    version = queries.newest_versions([item_id]).get(item_id or 0)
    row = Ticket(
        county_id=point.county_id, code=new_tracking_code(), point_id=point.id, issued_on=civil_date(tx.now), serial=serial, item_id=item_id,
        body_id=version.body_id if version is not None else None, visit_id=visit.id if visit is not None else None,
        visit_at=rules.moment_of(visit.visit_on, visit.half_hour) if visit is not None else None, is_elderly=is_elderly,
        state=TicketState.WAITING.value, issued_at=tx.now, version=1,
    )  # fmt: skip
    tx.session.add(row)
    tx.session.flush()
    tx.result = ticket_place(row.code)
    visit_id = visit.id if visit is not None else None
    record(tx, visitor.actor, "ticket.issue", f"ticket:{row.id}", point=point.code, serial=serial, visit=visit_id)
    return row.code


def call_next(window_id: int, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> int:
    """Call the next in order that the window serves; returns the ticket's id. Two windows at once call two. NotAllowed."""
    with transaction(clock=clock, once=once) as tx:
        window = tx.session.get_one(Window, window_id)
        states = [TicketState.WAITING.value, TicketState.CALLED.value, TicketState.SERVING.value]
        of_today = (Ticket.point_id == window.point_id, Ticket.issued_on == clock.today(), Ticket.state.in_(states))
        rows: list[Ticket] = tx.lock(select(Ticket).where(*of_today).order_by(Ticket.id))
        queue = queries.queue_for(window, rows, tx.now)
        in_front = [TicketState(row.state) for row in rows if row.window_id == window_id]
        rules.may_call_next(at_window=in_front, queue=queue, is_own=window_id in actor.window_ids).or_raise()
        row = next(each for each in rows if each.id == queue[0].id)
        row.state, row.window_id, row.called_by_id, row.called_at = TicketState.CALLED.value, window_id, actor.account_id, tx.now
        row.waited_seconds, row.version = rules.waited(queue[0], tx.now), row.version + 1
        tx.session.flush()
        tx.result = "/tickets"
        record(tx, actor.actor, "ticket.call", f"ticket:{row.id}", window=window.code, serial=row.serial)
        return row.id


def step_ticket(ticket_id: int, step: TicketState, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Begin to serve, end, or say that nobody came: the window that called. NotFound, NotAllowed, Stale."""
    with transaction(clock=clock, once=once) as tx:
        found = queries.get_ticket_at(actor.point_ids, ticket_id)
        if found.county_id != actor.county_id:
            raise NotFound(f"ticket {ticket_id}")
        row: Ticket = tx.lock(select(Ticket).where(Ticket.id == found.id))[0]
        if row.version != version:
            raise Stale(row.version)
        rules.may_step(TicketState(row.state), step, is_own=row.window_id in actor.window_ids).or_raise()
        row.state, row.version = step.value, row.version + 1
        if step is TicketState.SERVING:
            row.started_at = tx.now
        else:
            row.ended_at = tx.now
            if step is TicketState.DONE and row.started_at is not None:
                row.served_seconds = max(0, int((tx.now - row.started_at).total_seconds()))
        tx.session.flush()
        tx.result = "/tickets"
        record(tx, actor.actor, f"ticket.{step.value}", f"ticket:{row.id}", serial=row.serial)
