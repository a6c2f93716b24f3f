"""The "could not get it done" window: opened from the progress or without a case, followed by a code; the center's list (V-11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, flash, g, make_response, redirect, render_template, request
from flask_login import current_user

from portal.accounts.sealed import RevealReason
from portal.accounts.services import TooMany
from portal.cases import inquiry_queries, pages
from portal.cases import unfinished_forms as forms
from portal.cases import unfinished_queries as queries
from portal.cases import unfinished_services as services
from portal.cases.queries import get_case_by_code
from portal.database import KeyReused, NotFound, Stale
from portal.i18n import _, _lp, _p, named
from portal.network import queries as network
from portal.rules import unfinished as rules
from portal.rules.decision import Decision, NotAllowed
from portal.rules.unfinished import Cause, MatterState
from portal.web import page
from portal.web.access import public, roles
from portal.web.forms import Form
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("unfinished", __name__)

READERS = ("manager", "center", "supervisor", "auditor")


def _navigation() -> list[tuple[str, Any, Any]]:
    if current_user.role != "center":
        return []
    return [("/manage/unfinished", _p("nav", "Could not get it done"), queries.to_settle(current_user.county_id))]


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in READERS:
        return []
    return [("/manage/unfinished", _lp("nav", "Could not get it done"), _lp("unfinished", "Refused, sent back twice, told “not here”: answered in one working day, settled in fifteen; what repeats."))]


page.navigation.append(_navigation)
page.management.append(_management)


def _opener() -> services.Opener:
    staff = current_user._get_current_object() if current_user.is_authenticated and current_user.window_ids else None
    return services.Opener(g.county.id, request.remote_addr or "", staff)


def _wait(form: Any, many: TooMany) -> None:
    minutes = max(1, round((many.free_at - page.clock().wall()).total_seconds() / 60))
    form.form_errors.append(_("This was sent very often from here. Please try again in %(minutes)s minutes.", minutes=minutes))


def _prefix(form: Any) -> None:
    """What was said has an id of its own: the message after an act has that of the plain name."""
    for field in form:
        field.id = f"open-{field.short_name}"


# --- for whoever could not get it done --------------------------------------------------------------------------------------------


@bp.get("/unfinished")
@public
def look_up() -> Response:
    """What this window is for, how a matter is opened, and where one stands by its code."""
    code = request.args.get("code", "").strip()[:40]
    if code:
        try:
            found = queries.get_by_code(g.county.id, code, page.clock().today())
        except NotFound:
            return make_response(render_template("cases/unfinished_door.html", code=code, unknown=True), 404)
        response: Any = redirect(services.place_of(found.row.code), 303)
        return response
    return make_response(render_template("cases/unfinished_door.html", code="", unknown=False))


@bp.get("/unfinished/<matter_code>")
@public
def follow(matter_code: str) -> Response:
    """Where a matter stands: what the coordinator answered, until when it is settled; nothing of who opened it."""
    found = queries.get_by_code(g.county.id, matter_code, page.clock().today())
    g.is_private = True
    body = render_template(
        "cases/unfinished_follow.html", one=found, code=pages.spaced(found.row.code), steps=queries.steps_of(found.row.id), grounds=forms.GROUNDS,
        states=forms.STATES, causes=forms.CAUSES,
    )  # fmt: skip
    return make_response(body)


def _new_page(form: forms.NewForm, *, status: int = 200, problem: Decision | None = None, said_at: str = "", points: Any = (), items: Any = ()) -> Response:
    _prefix(form)
    body = render_template("cases/unfinished_new.html", form=form, problem=problem, said_at=said_at, points=points, items=items)
    return make_response(body, status)


@bp.get("/unfinished/new")
@public
def new() -> Response:
    """The form without a case: at which point, which matter, what was said."""
    form = forms.NewForm(formdata=None)
    form.point.data = request.args.get("point", "")[:20]
    return _new_page(form)


def _point_of(text: str) -> tuple[Any, list[Any]]:
    """The one point that words or a code mean, or those that they could mean."""
    found = [one.point for one in network.find_points(g.county.id, text)[:6]]
    exact = [one for one in found if text in (one.code, one.name, one.name_hant, one.name_en)]
    try:
        return network.point_by_code(g.county.id, text[:20]), []
    except NotFound:
        one = exact[0] if len(exact) == 1 else found[0] if len(found) == 1 else None
        return one, [] if one is not None else found


@bp.post("/unfinished/open")
@public
def open_new() -> Response:
    """Open a matter of somebody who was told "not here"."""
    form = forms.NewForm()
    is_right, point, item_id = form.validate_on_submit(), None, None
    points: list[Any] = []
    items: list[Any] = []
    if form.point.data and not form.point.errors:
        point, points = _point_of(form.point.data)
        if point is None:
            form.point.errors = [_("There is no one service point of this name.")]
    if form.item.data and not form.item.errors:
        item_id, items = inquiry_queries.item_of(g.county.id, form.item.data, page.clock().today())
        if item_id is None:
            form.item.errors = [_("There is no one matter of this name or code.")]
    if not is_right or form.point.errors or form.item.errors or point is None:
        return _new_page(form, status=422, points=points, items=items)
    try:
        code = services.open_without_case(
            point.code, item_id, form.said.data or "", form.phone.data or "", opener=_opener(), clock=page.clock(), once=once_key()
        )
    except NotAllowed as refusal:
        return _new_page(form, status=403, problem=refusal.decision)
    except TooMany as many:
        _wait(form, many)
        return _new_page(form, status=429)
    except KeyReused as reused:
        form.key.data = new_key()
        return _new_page(form, status=422, said_at=reused.result)
    flash(_("It is open. Keep the code; the coordinator answers within one working day."), "ok")
    return done(services.place_of(code))


def _case_page(
    tracking_code: str, form: forms.OpenForm, *, status: int = 200, problem: Decision | None = None, said_at: str = "", is_stale: bool = False
) -> Response:
    view = get_case_by_code(g.county.id, tracking_code, page.clock().now())
    g.is_private = True
    _prefix(form)
    form.version.data = str(view.case.version)
    if status in (403, 409):
        form.key.data = new_key()
    may, last = rules.may_open_for_case(queries.facts_of(view)), queries.last_of_case(view.case.id)
    body = render_template(
        "cases/unfinished_open.html", form=form, version=view.version, spaced_code=pages.spaced(view.case.tracking_code), may=may,
        last=last.code if last is not None else "", grounds=forms.GROUNDS, problem=problem, said_at=said_at, is_stale=is_stale,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/track/<tracking_code>/unfinished")
@public
def case_form(tracking_code: str) -> Response:
    """The form about a case, by its code; or why none can be opened."""
    return _case_page(tracking_code, forms.OpenForm(formdata=None))


@bp.post("/track/<tracking_code>/unfinished/open")
@public
def open_case(tracking_code: str) -> Response:
    """Open a matter about a case."""
    form = forms.OpenForm()
    if not form.validate_on_submit():
        return _case_page(tracking_code, form, status=422)
    try:
        code = services.open_for_case(
            tracking_code, form.said.data or "", form.phone.data or "", version=form.drawn_from, opener=_opener(), clock=page.clock(), once=once_key()
        )
    except NotAllowed as refusal:
        return _case_page(tracking_code, form, status=403, problem=refusal.decision)
    except Stale:
        return _case_page(tracking_code, form, status=409, is_stale=True)
    except TooMany as many:
        _wait(form, many)
        return _case_page(tracking_code, form, status=429)
    except KeyReused as reused:
        form.key.data = new_key()
        return _case_page(tracking_code, form, status=422, said_at=reused.result)
    flash(_("It is open. Keep the code; the coordinator answers within one working day."), "ok")
    return done(services.place_of(code))


# --- the center ---------------------------------------------------------------------------------------------------------------------


def _list_page(*, form: forms.CoordinatorForm | None = None, status: int = 200, problem: Decision | None = None, said_at: str = "") -> Response:
    today, county_id = page.clock().today(), current_user.county_id
    box = request.args.get("box", "open")
    if box not in queries.BOXES:
        abort(404)
    rows, more = queries.list_matters(county_id, box, today, before=page.cursor("before"))
    named_now = queries.coordinator_of(county_id, today)
    form = form or forms.CoordinatorForm(formdata=None)
    form.account.choices = _people()
    body = render_template(
        "cases/unfinished.html", rows=rows, more=more, first=page.cursor("before") is None, box=box, boxes=forms.BOXES, coordinator=named_now,
        form=form, may_choose=rules.may_choose_coordinator(current_user.offices), proposals=queries.list_proposals(county_id, today),
        repeats=queries.repeats_of(county_id, today), grounds=forms.GROUNDS, states=forms.STATES, causes=forms.CAUSES, changes=forms.CHANGES,
        problem=problem, said_at=said_at,
    )  # fmt: skip
    return make_response(body, status)


def _people() -> list[tuple[str, str]]:
    return [("", "—"), *((str(one.id), named(one)) for one in queries.of_center(current_user.county_id, page.clock().today()))]


@bp.get("/manage/unfinished")
@roles(*READERS)
def matters() -> Response:
    """The matters by where they stand, who coordinates, and the causes that repeat."""
    return _list_page()


@bp.post("/manage/unfinished/choose")
@roles("center")
def choose() -> Response:
    """Name the coordinator."""
    form = forms.CoordinatorForm()
    form.account.choices = _people()
    if not form.validate_on_submit():
        return _list_page(form=form, status=422)
    person = current_user._get_current_object()
    try:
        services.choose_coordinator(int(form.account.data), actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _list_page(form=form, status=403, problem=refusal.decision)
    except KeyReused as reused:
        form.key.data = new_key()
        return _list_page(form=form, status=422, said_at=reused.result)
    flash(_("Named. Messages about new matters go there."), "ok")
    return done("/manage/unfinished")


def _matter_page(matter_id: int, *, status: int = 200, sent: Form | None = None, **context: Any) -> Response:
    one = queries.get_matter(current_user.county_id, matter_id, page.clock().today())
    answering, settling, revealing = (
        sent if isinstance(sent, kind) else kind(formdata=None) for kind in (forms.AnswerForm, forms.SettleForm, forms.RevealForm)
    )
    for prefix, form in (("answer", answering), ("settle", settling), ("reveal", revealing)):
        form.version.data = str(one.row.version)
        if status in (403, 409):
            form.key.data = new_key()
        for field in form:
            field.id = f"{prefix}-{field.short_name}"
    may_answer, may_settle = (services.may_settle(current_user, one, step) for step in (MatterState.ANSWERED, MatterState.SETTLED))
    body = render_template(
        "cases/unfinished_matter.html", one=one, code=pages.spaced(one.row.code), steps=queries.steps_of(one.row.id), may_answer=may_answer,
        may_settle=may_settle, answering=answering, settling=settling, revealing=revealing, sent=sent or answering, grounds=forms.GROUNDS,
        states=forms.STATES, causes=forms.CAUSES, case_number=queries.case_number_for(current_user, one.row.case_id, page.clock().today()), **context,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/manage/unfinished/<int:matter_id>")
@roles(*READERS)
def matter(matter_id: int) -> Response:
    """A matter: what was said, and the next step for the coordinator."""
    return _matter_page(page.whole_id(matter_id))


def _act(matter_id: int, form: Form, do: Callable[[dict[str, Any]], None], said: Any) -> Response:
    person = current_user._get_current_object()
    if not form.validate_on_submit():
        return _matter_page(matter_id, status=422, sent=form)
    try:
        do({"version": form.drawn_from, "actor": person, "clock": page.clock(), "once": once_key()})
    except NotAllowed as refusal:
        return _matter_page(matter_id, status=403, sent=form, problem=refusal.decision)
    except Stale:
        return _matter_page(matter_id, status=409, sent=form, is_stale=True)
    except KeyReused as reused:
        form.key.data = new_key()
        return _matter_page(matter_id, status=422, sent=form, said_at=reused.result)
    flash(str(said), "ok")
    return done(f"/manage/unfinished/{matter_id}")


@bp.post("/manage/unfinished/<int:matter_id>/answer")
@roles("center")
def answer(matter_id: int) -> Response:
    """The coordinator's first answer."""
    matter_id, form = page.whole_id(matter_id), forms.AnswerForm()
    queries.get_matter(current_user.county_id, matter_id, page.clock().today())
    return _act(matter_id, form, lambda given: services.answer_matter(matter_id, form.said.data or "", **given), forms.STATES[MatterState.ANSWERED])


@bp.post("/manage/unfinished/<int:matter_id>/settle")
@roles("center")
def settle(matter_id: int) -> Response:
    """Settled, or said why not; with the cause."""
    matter_id, form = page.whole_id(matter_id), forms.SettleForm()
    queries.get_matter(current_user.county_id, matter_id, page.clock().today())

    def do(given: dict[str, Any]) -> None:
        services.settle_matter(matter_id, MatterState(form.step.data), form.said.data or "", Cause(form.cause.data), **given)

    return _act(matter_id, form, do, _("It is over. What repeats is listed with the matters."))


@bp.post("/manage/unfinished/<int:matter_id>/reveal")
@roles("center")
def reveal(matter_id: int) -> Response:
    """Show the phone, with a reason, recorded (R-2)."""
    matter_id, form = page.whole_id(matter_id), forms.RevealForm()
    one = queries.get_matter(current_user.county_id, matter_id, page.clock().today())
    if not form.validate_on_submit():
        return _matter_page(matter_id, status=422, sent=form)
    if form.drawn_from != one.row.version:
        return _matter_page(matter_id, status=409, sent=form, is_stale=True)
    person = current_user._get_current_object()
    try:
        phone = services.reveal_phone(matter_id, RevealReason(form.reason.data), actor=person, clock=page.clock())
    except NotAllowed as refusal:
        return _matter_page(matter_id, status=403, sent=form, problem=refusal.decision)
    return _matter_page(matter_id, phone=phone)
