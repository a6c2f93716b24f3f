"""Visits and tickets: the public page of a point, one's own by code, the queue of the staff (N-7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, g, make_response, render_template, request
from flask_login import current_user

from portal.accounts.services import TooMany
from portal.cases import inquiry_queries, pages
from portal.cases import visit_forms as forms
from portal.cases import visit_queries as queries
from portal.cases import visit_services as services
from portal.database import KeyReused, Stale
from portal.i18n import _, _p
from portal.network import queries as network
from portal.rules import tickets as rules
from portal.rules.decision import Decision, NotAllowed
from portal.rules.tickets import TicketState
from portal.web import page, pictures
from portal.web.access import public, staff
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("visits", __name__)


def _navigation() -> list[tuple[str, Any, Any]]:
    return [("/tickets", _p("nav", "Queue"), None)] if current_user.window_ids else []


page.navigation.append(_navigation)


def _visitor() -> services.Visitor:
    is_staff = current_user.is_authenticated and bool(current_user.window_ids)
    return services.Visitor(g.county.id, request.remote_addr or "", current_user._get_current_object() if is_staff else None)


def _wait(form: Any, many: TooMany) -> None:
    minutes = max(1, round((many.free_at - page.clock().wall()).total_seconds() / 60))
    form.form_errors.append(_("This was sent very often from here. Please try again in %(minutes)s minutes.", minutes=minutes))


def _item(form: Any) -> tuple[int | None, list[Any]]:
    """The matter that was named, if one was; else the error stands beside its field, with what it could mean."""
    if not form.item.data or form.item.errors:
        return None, []
    item_id, found = inquiry_queries.item_of(g.county.id, form.item.data, page.clock().today())
    if item_id is None:
        form.item.errors = [_("There is no one matter of this name or code.")]
    return item_id, found


# --- the public page of a point ---------------------------------------------------------------------------------------------------


def _day(days: list[date], text: str) -> date | None:
    """The day that was asked for, as far as the point opens on it; else the first."""
    chosen = next((day for day in days if day.isoformat() == text), None)
    return chosen or (days[0] if days else None)


def _draw(form: Any, point: Any, on: date | None) -> list[queries.HalfHour]:
    """The half hours of the day in the form: those for which a visit can be made."""
    halves = queries.half_hours_of(point, on, page.clock().now()) if on is not None else []
    form.half_hour.choices = [(one.at, f"{one.at} · {_('%(n)s left', n=one.left)}") for one in halves if one.may]
    return halves


def _point_page(
    point_code: str, *, status: int = 200, booking: forms.BookForm | None = None, taking: forms.TakeForm | None = None, problem: Decision | None = None,
    said_at: str = "", is_stale: bool = False, found: Any = (),
) -> Response:  # fmt: skip
    now, today = page.clock().now(), page.clock().today()
    point = network.point_by_code(g.county.id, point_code)
    days = queries.open_days(point, today)
    sent_day = booking.on.data.isoformat() if booking is not None and booking.on.data else ""
    on = _day(days, sent_day or request.args.get("on", "")[:10])
    sent = booking or taking
    if booking is None:
        booking = forms.BookForm(formdata=None)
        booking.on.data = on
        booking.item.data = request.args.get("item", "")[:40]
    taking = taking or forms.TakeForm(formdata=None)
    taking.draw(today)
    halves = _draw(booking, point, on)
    for prefix, form in (("book", booking), ("take", taking)):
        for field in form:
            field.id = f"{prefix}-{field.short_name}"
    waited, served = queries.times_of(point.id, today)
    body = render_template(
        "cases/visit.html", point=point, days=days, on=on, halves=halves, booking=booking, taking=taking, sent=sent or booking, problem=problem,
        said_at=said_at, is_stale=is_stale, found=found, may_take=rules.may_take_ticket(is_open=queries.is_open(point, now)),
        waiting=queries.count_waiting(point.id, today), waited=waited, served=served, least=rules.LEAST, elderly_from=rules.ELDERLY_FROM,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/network/<point_code>/visit")
@public
def visit_form(point_code: str) -> Response:
    """How long people wait here; a ticket now, or a visit for a half hour."""
    return _point_page(point_code)


@bp.post("/network/<point_code>/visit/book")
@public
def book(point_code: str) -> Response:
    """Make a visit."""
    network.point_by_code(g.county.id, point_code)
    form = forms.BookForm()
    is_right = form.validate_on_submit()
    item_id, found = _item(form)
    if not is_right or form.item.errors:
        return _point_page(point_code, status=422, booking=form, found=found)
    wanted = services.Wanted(form.on.data, form.half_hour.data, form.phone.data, item_id, form.is_elderly.data)
    try:
        code = services.book_visit(point_code, wanted, visitor=_visitor(), clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _point_page(point_code, status=403, booking=form, problem=refusal.decision)
    except TooMany as many:
        _wait(form, many)
        return _point_page(point_code, status=429, booking=form)
    except KeyReused as reused:
        form.key.data = new_key()
        return _point_page(point_code, status=422, booking=form, said_at=reused.result)
    flash(_("Your visit is made. Show the code at the door."), "ok")
    return done(services.visit_place(code))


@bp.post("/network/<point_code>/visit/take")
@public
def take(point_code: str) -> Response:
    """Take a ticket now, by one's own phone."""
    network.point_by_code(g.county.id, point_code)
    form = forms.TakeForm()
    is_right = form.validate_on_submit()
    item_id, found = _item(form)
    if not is_right or form.item.errors:
        return _point_page(point_code, status=422, taking=form, found=found)
    if not form.is_of(page.clock().today()):
        return _point_page(point_code, status=409, taking=form, is_stale=True)
    try:
        code = services.take_ticket(
            point_code, item_id, is_elderly=form.is_elderly.data, visitor=_visitor(), clock=page.clock(), once=once_key()
        )
    except NotAllowed as refusal:
        return _point_page(point_code, status=403, taking=form, problem=refusal.decision)
    except TooMany as many:
        _wait(form, many)
        return _point_page(point_code, status=429, taking=form)
    except KeyReused as reused:
        form.key.data = new_key()
        return _point_page(point_code, status=422, taking=form, said_at=reused.result)
    return done(services.ticket_place(code))


# --- one's own visit ----------------------------------------------------------------------------------------------------------------


def _visit_page(visit_code: str, *, status: int = 200, form: forms.ChangeForm | None = None, **context: Any) -> Response:
    now, today = page.clock().now(), page.clock().today()
    one = queries.get_visit_by_code(g.county.id, visit_code)
    g.is_private = True
    days = queries.open_days(one.point, today)
    sent_day = form.on.data.isoformat() if form is not None and form.on.data else ""
    on = _day(days, sent_day or request.args.get("on", "")[:10] or one.row.visit_on.isoformat())
    if form is None:
        form = forms.ChangeForm(formdata=None)
        form.on.data = on
    _draw(form, one.point, on)
    form.version.data = str(one.row.version)
    if status in (403, 409):
        form.key.data = new_key()
    link = f"{current_app.config['PUBLIC_URL']}/visits/{one.row.code}"
    body = render_template(
        "cases/visit_own.html", one=one, code=pages.spaced(one.row.code), form=form, days=days, on=on, states=forms.VISIT_STATES,
        may_change=rules.may_change_visit(one.state, one.row.visit_on, one.row.half_hour, now), qr=pictures.qr_code(link),
        may_arrive=rules.may_arrive(one.state, one.row.visit_on, now, is_open=queries.is_open(one.point, now)), **context,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/visits/<visit_code>")
@public
def visit(visit_code: str) -> Response:
    """A visit under its code: where and when, to be shown, changed, cancelled; on its day the ticket."""
    return _visit_page(visit_code)


def _do(visit_code: str, form: Any, act: Callable[[dict[str, Any]], str | None], said: str = "") -> Response:
    changing = form if isinstance(form, forms.ChangeForm) else None
    try:
        address = act({"version": form.drawn_from, "visitor": _visitor(), "clock": page.clock(), "once": once_key()})
    except NotAllowed as refusal:
        return _visit_page(visit_code, status=403, form=changing, problem=refusal.decision)
    except Stale:
        return _visit_page(visit_code, status=409, form=changing, is_stale=True)
    except KeyReused as reused:
        return _visit_page(visit_code, status=422, form=changing, said_at=reused.result)
    if said:
        flash(said, "ok")
    return done(address or services.visit_place(visit_code))


@bp.post("/visits/<visit_code>/change")
@public
def change(visit_code: str) -> Response:
    """Another half hour."""
    queries.get_visit_by_code(g.county.id, visit_code)
    form = forms.ChangeForm()
    if not form.validate_on_submit():
        return _visit_page(visit_code, status=422, form=form)

    def act(given: dict[str, Any]) -> None:
        services.change_visit(visit_code, form.on.data, form.half_hour.data, **given)

    return _do(visit_code, form, act, _("Your visit is changed."))


@bp.post("/visits/<visit_code>/cancel")
@public
def cancel(visit_code: str) -> Response:
    """Give the place back."""
    queries.get_visit_by_code(g.county.id, visit_code)

    def act(given: dict[str, Any]) -> None:
        services.cancel_visit(visit_code, **given)

    return _do(visit_code, forms.VerbForm(), act, _("Your visit is cancelled."))


@bp.post("/visits/<visit_code>/arrive")
@public
def arrive(visit_code: str) -> Response:
    """Take the ticket of a visit, being there."""
    queries.get_visit_by_code(g.county.id, visit_code)
    return _do(visit_code, forms.VerbForm(), lambda given: services.ticket_place(services.arrive(visit_code, **given)))


# --- one's own ticket ---------------------------------------------------------------------------------------------------------------


@bp.get("/tickets/<ticket_code>")
@public
def ticket(ticket_code: str) -> Response:
    """A ticket under its code: its number, how many are before it, to which window."""
    one = queries.get_ticket_by_code(g.county.id, ticket_code, page.clock().now())
    g.is_private = True
    return make_response(render_template("cases/ticket.html", one=one, code=pages.spaced(one.row.code), states=forms.STATES))


@bp.get("/tickets/<ticket_code>/paper")
@public
def ticket_paper(ticket_code: str) -> Response:
    """The ticket as a slip of 80 mm."""
    one = queries.get_ticket_by_code(g.county.id, ticket_code, page.clock().now())
    g.is_private = True
    link = f"{current_app.config['PUBLIC_URL']}/tickets/{one.row.code}"
    is_staff = current_user.is_authenticated and bool(current_user.window_ids)
    body = render_template(
        "cases/ticket_paper.html", one=one, code=pages.spaced(one.row.code), qr=pictures.qr_code(link), link=link, is_staff=is_staff
    )
    return make_response(body)


# --- the queue, for the staff -------------------------------------------------------------------------------------------------------


def _own_window() -> int:
    """The window at which the person works: the first that they are posted at."""
    if not current_user.postings:
        abort(403)
    chosen: int = current_user.postings[0].window_id
    return chosen


def _queue_page(*, status: int = 200, form: forms.TakeForm | None = None, **context: Any) -> Response:
    now, today = page.clock().now(), page.clock().today()
    queue = queries.queue_of(_own_window(), now)
    form, calling = form or forms.TakeForm(formdata=None), forms.CallForm(formdata=None)
    for each in (form, calling):
        each.draw(today)
    if status in (403, 409):
        form.key.data = new_key()
    body = render_template(
        "cases/tickets.html", queue=queue, form=form, calling=calling, states=forms.STATES, visits=queries.list_visits(queue.point.id, today),
        may_take=rules.may_take_ticket(is_open=queries.is_open(queue.point, now)), times=queries.times_of(queue.point.id, today), **context,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/tickets")
@staff
def tickets() -> Response:
    """The queue of one's own point: who is at the window, who is next, the visits of today, and a ticket for whoever comes in."""
    return _queue_page()


@bp.post("/tickets/issue")
@staff
def issue() -> Response:
    """Issue a ticket at the door; its slip is printed next."""
    window_id, form = _own_window(), forms.TakeForm()
    is_right = form.validate_on_submit()
    item_id, found = _item(form)
    if not is_right or form.item.errors:
        return _queue_page(status=422, form=form, found=found)
    if not form.is_of(page.clock().today()):
        return _queue_page(status=409, form=form, is_stale=True)
    point = queries.queue_of(window_id, page.clock().now()).point
    try:
        code = services.take_ticket(
            point.code, item_id, is_elderly=form.is_elderly.data, visitor=_visitor(), clock=page.clock(), once=once_key(), then="/paper"
        )
    except NotAllowed as refusal:
        return _queue_page(status=403, form=form, problem=refusal.decision)
    except KeyReused as reused:
        form.key.data = new_key()
        return _queue_page(status=422, form=form, said_at=reused.result)
    return done(services.ticket_place(code) + "/paper")


@bp.post("/tickets/call")
@staff
def call() -> Response:
    """Call the next whom one's window serves."""
    window_id, form = _own_window(), forms.CallForm()
    if not form.is_of(page.clock().today()):
        return _queue_page(status=409, is_stale=True)
    person = current_user._get_current_object()
    try:
        services.call_next(window_id, actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _queue_page(status=403, problem=refusal.decision)
    except KeyReused as reused:
        return _queue_page(status=422, said_at=reused.result)
    return done("/tickets")


def _step(ticket_id: int, step: TicketState) -> Response:
    ticket_id, form, person = page.whole_id(ticket_id), forms.VerbForm(), current_user._get_current_object()
    _own_window()
    queries.get_ticket_at(person.point_ids, ticket_id)
    try:
        services.step_ticket(ticket_id, step, version=form.drawn_from, actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _queue_page(status=403, problem=refusal.decision)
    except Stale:
        return _queue_page(status=409, is_stale=True)
    except KeyReused as reused:
        return _queue_page(status=422, said_at=reused.result)
    return done("/tickets")


@bp.post("/tickets/<int:ticket_id>/start")
@staff
def start(ticket_id: int) -> Response:
    """Whoever was called is here."""
    return _step(ticket_id, TicketState.SERVING)


@bp.post("/tickets/<int:ticket_id>/end")
@staff
def end(ticket_id: int) -> Response:
    """Served."""
    return _step(ticket_id, TicketState.DONE)


@bp.post("/tickets/<int:ticket_id>/pass")
@staff
def pass_over(ticket_id: int) -> Response:
    """Nobody came."""
    return _step(ticket_id, TicketState.NO_SHOW)
