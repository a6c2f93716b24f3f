"""Pages of letters of appointment: lists, drafting, signing, registering, filing, ending; and the public paper (G-15)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, make_response, render_template, request
from flask_login import current_user

from portal.authority import letter_queries as queries
from portal.authority import letter_services as services
from portal.authority import stand_in_queries
from portal.authority.letter_forms import FIELD_OF, EndLetterForm, LetterActForm, LetterForm, WhereForm
from portal.authority.letter_queries import LetterShown, LetterState
from portal.i18n import _, _lp, _p, named
from portal.network import queries as network
from portal.rules.appointments import may_draft_letter, may_end_letter, may_file_letter, may_register_letter
from portal.rules.authority import Office
from portal.rules.decision import NotAllowed
from portal.rules.grants import FiledWith
from portal.web import page
from portal.web.access import public, roles
from portal.web.filters import long_day
from portal.web.htmx import done
from portal.web.once import once_key
from portal.web.pictures import qr_code
from portal.web.reasons import words

bp = Blueprint("letters", __name__)


@bp.app_template_filter("letter_slug")
def letter_slug(number: str, body_code: str) -> str:
    """The last part of a letter's public address: 柞市监任〔2026〕3号 of MR → MR-2026-3."""
    return queries.slug_of(body_code, number)

STATES: dict[LetterState, Any] = {
    LetterState.TO_SIGN: _lp("letter state", "To sign"),
    LetterState.TO_REGISTER: _lp("letter state", "To register"),
    LetterState.TO_BEGIN: _lp("letter state", "To begin"),
    LetterState.IN_FORCE: _lp("letter state", "In force"),
    LetterState.ENDED: _lp("letter state", "Over"),
}
OVER: dict[str, Any] = {
    "superseded": _lp("letter state", "Replaced"),
    "revoked": _lp("letter state", "Revoked"),
    "": _lp("letter state", "Lapsed"),
}
TONES = {"to_sign": "warn", "to_register": "warn", "to_begin": "", "in_force": "ok", "ended": "off"}
PLACES: dict[FiledWith, Any] = {
    FiledWith.CENTER: _lp("filing", "with the center's management"),
    FiledWith.DEPARTMENT: _lp("filing", "with the department"),
}
READERS = ("manager", "dept_head", "leader", "center", "supervisor", "auditor")
DRAFTERS = ("manager", "center")
WORKERS = ("manager", "center", "dept_head")


def _navigation() -> list[tuple[str, Any, page.Badge]]:
    if current_user.role not in WORKERS:
        return []
    waiting = {"dept_head": LetterState.TO_SIGN, "manager": LetterState.TO_REGISTER}.get(current_user.role)
    told = None
    if waiting is not None:
        told = queries.number_of_letters(current_user.county_id, current_user.offices, waiting, page.clock().now())
    return [("/manage/letters", _p("nav", "Letters of appointment"), told)]


page.navigation.append(_navigation)
page.management.append(lambda: [("/manage/letters", _p("nav", "Letters of appointment"), _("Who is chief representative where, by which letter."))])


def _seen(letter_id: int) -> LetterShown:
    """The second gate: a letter of another body does not exist for the person (404), whatever they ask to do with it."""
    return queries.get_letter_for(current_user.county_id, current_user.offices, page.whole_id(letter_id), page.clock().now())


def say_refusal(form: Any, refusal: NotAllowed) -> list[str]:
    """A refusal beside the field that mends it; returns what belongs to no field, to be said on top."""
    decision = refusal.decision
    text = _("%(text)s (rule %(rule)s)", text=words(decision), rule=decision.rule)
    place = FIELD_OF.get(decision.reason) if decision.reason else None
    if place is None or not hasattr(form, place):
        return [text]
    getattr(form, place).errors = [text]
    return []


# --- the public paper -----------------------------------------------------------------------------------------------------------


@bp.get("/letters/<slug>")
@public
def paper(slug: str) -> Response:
    """A letter's public paper: which body appointed whom for which point, by whose signature, and who stands in now (G-13, G-15)."""
    county, now = page.county(), page.clock().now()
    one = queries.get_letter_by_slug(county.id, slug, now)
    stands_in = stand_in_queries.standing_for(one.account.id, one.point.id, now) if one.state is LetterState.IN_FORCE else []
    return make_response(render_template("authority/letter_paper.html", stands_in=stands_in, **_said(one)))


def _said(one: LetterShown) -> dict[str, Any]:
    state = OVER[one.end.why if one.end else ""] if one.state is LetterState.ENDED else STATES[one.state]
    address = str(current_app.config["PUBLIC_URL"]).rstrip("/") + f"/letters/{one.slug}"
    return {"one": one, "state": state, "tone": TONES[one.state], "qr": qr_code(address), "places": PLACES}


# --- management -----------------------------------------------------------------------------------------------------------------


@bp.get("/manage/letters")
@roles(*READERS)
def letters() -> Response:
    """Letters by where they stand: to sign, to register, to begin, in force, over."""
    now = page.clock().now()
    counts = queries.count_letters_for(current_user.county_id, current_user.offices, now)
    asked = request.args.get("state", "")
    if asked and asked not in list(LetterState):
        abort(404)
    state = LetterState(asked) if asked else next((one for one in LetterState if counts[one]), LetterState.IN_FORCE)
    rows, more = queries.list_letters_for(current_user.county_id, current_user.offices, state, now, before=page.cursor("before"))
    return make_response(
        render_template(
            "authority/letters.html", rows=rows, more=more, state=state, states=STATES, counts=counts, first=page.cursor("before") is None,
            may_draft=may_draft_letter(current_user.offices),
        )
    )  # fmt: skip


def _letter_page(
    letter_id: int, *, status: int = 200, changing: LetterForm | None = None, ending: EndLetterForm | None = None, on_top: Any = ()
) -> Response:
    now, offices = page.clock().now(), current_user.offices
    one = _seen(letter_id)
    context: dict[str, Any] = {"may_sign": None, "may_register": None, "may_change": None, "may_end": None, "may_file": {}}
    if one.state is LetterState.TO_SIGN:
        context["may_sign"] = services.may_sign_now(one.row, account_id=current_user.account_id, now=now)
        context["may_change"] = may_draft_letter(offices)
        if changing is None:
            changing = LetterForm(formdata=None)
            changing.account.data, changing.from_on.data, changing.until_on.data = str(one.account.id), one.row.from_on, one.row.until_on
            changing.version.data = str(one.row.version)
        _fill(changing, one.body.id, one.point.id)
    elif one.state is LetterState.TO_REGISTER:
        context["may_register"] = may_register_letter(offices, is_signed=True)
    elif one.state in (LetterState.TO_BEGIN, LetterState.IN_FORCE):
        context["may_end"] = may_end_letter(one.terms, now=now, offices=offices, ground="?")
    if one.registration is not None:
        filed = [FiledWith(filing.place) for filing in one.filings]
        context["may_file"] = {
            place: may_file_letter(place, offices, body_id=one.body.id, is_registered=True, filed=filed) for place in PLACES if place not in filed
        }
    ending = ending or EndLetterForm(formdata=None)
    for field in ending:
        field.id = f"end-{field.short_name}"
    body = render_template(
        "authority/letter.html", act=LetterActForm(formdata=None), changing=changing, ending=ending, on_top=on_top, words=words, **_said(one), **context,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/manage/letters/<int:letter_id>")
@roles(*READERS)
def letter(letter_id: int) -> Response:
    """A letter as it will read on paper, where it stands, its next step, and where it is filed."""
    return _letter_page(letter_id)


@bp.post("/manage/letters/<int:letter_id>/sign")
@roles(*WORKERS)
def sign(letter_id: int) -> Response:
    _seen(letter_id)
    form = LetterActForm()
    number = services.sign_letter(letter_id, version=form.drawn_from, once=once_key(), clock=page.clock(), actor=current_user.actor)
    flash(_("Signed as %(number)s. It holds once the county manager has registered it.", number=number), "ok")
    return done(services.place_of(letter_id))


@bp.post("/manage/letters/<int:letter_id>/register")
@roles(*WORKERS)
def register(letter_id: int) -> Response:
    _seen(letter_id)
    services.register_letter(letter_id, once=once_key(), clock=page.clock(), actor=current_user.actor)
    flash(_("Registered. From this moment it can hold."), "ok")
    return done(services.place_of(letter_id))


@bp.post("/manage/letters/<int:letter_id>/file")
@roles(*WORKERS)
def file(letter_id: int) -> Response:
    _seen(letter_id)
    place = request.form.get("place", "")
    if place not in list(FiledWith):
        abort(404)
    services.file_letter(letter_id, FiledWith(place), once=once_key(), clock=page.clock(), actor=current_user.actor)
    flash(_("Noted as filed."), "ok")
    return done(services.place_of(letter_id))


@bp.post("/manage/letters/<int:letter_id>/end")
@roles(*WORKERS)
def end(letter_id: int) -> Response:
    _seen(letter_id)
    form = EndLetterForm()
    if not form.validate_on_submit():
        return _letter_page(letter_id, status=422, ending=form)
    try:
        services.end_letter(
            letter_id, from_on=form.from_on.data, ground=form.ground.data or "", version=form.drawn_from, once=once_key(), clock=page.clock(),
            actor=current_user.actor,
        )  # fmt: skip
    except NotAllowed as refusal:
        if say_refusal(form, refusal):
            raise
        return _letter_page(letter_id, status=422, ending=form)
    if form.from_on.data:
        flash(_("Revoked. It ends at the beginning of %(day)s.", day=long_day(form.from_on.data)), "ok")
    else:
        flash(_("Revoked at once."), "ok")
    return done(services.place_of(letter_id))


# --- drafting -------------------------------------------------------------------------------------------------------------------


def _fill(form: LetterForm, body_id: int, point_id: int) -> None:
    people = queries.people_at(current_user.county_id, point_id, page.clock().today(), body_id)
    names = {str(account.id): f"{named(account)} · {named(window)}" for account, window, _posting in people}
    form.account.choices = list(names.items())


def _new_page(form: LetterForm | None, body: Any = None, point: Any = None, *, status: int = 200, on_top: Any = ()) -> Response:
    bodies, points = queries.appointing(current_user.county_id)
    where = WhereForm(formdata=None)
    where.body.choices = [(one.code, named(one)) for one in bodies]
    where.point.choices = [(one.code, named(one)) for one in points]
    if body is not None:
        where.body.data, where.point.data = body.code, point.code
    elif current_user.holds(Office.CENTER_MANAGEMENT) and points:
        where.point.data = points[0].code
    return make_response(
        render_template("authority/letter_new.html", where=where, form=form, body=body, point=point, on_top=on_top), status
    )


def _asked(asked: Any) -> tuple[Any, Any]:
    body = network.body_by_code(current_user.county_id, asked.get("body", "")[:40])
    return body, network.point_by_code(current_user.county_id, asked.get("point", "")[:40])


@bp.get("/manage/letters/new")
@roles(*DRAFTERS)
def new() -> Response:
    """The form of a new letter: first which body appoints for which point, then whom and for how long."""
    if not request.args.get("body"):
        return _new_page(None)
    body, point = _asked(request.args)
    form = LetterForm(formdata=None)
    _fill(form, body.id, point.id)
    form.from_on.data = page.clock().today()
    return _new_page(form, body, point)


@bp.post("/manage/letters/new")
@roles(*DRAFTERS)
def draft() -> Response:
    body, point = _asked(request.form)
    form = LetterForm()
    _fill(form, body.id, point.id)
    if not form.validate_on_submit():
        return _new_page(form, body, point, status=422)
    text = services.LetterText(body.id, point.id, int(form.account.data), form.from_on.data, form.until_on.data)
    try:
        letter_id = services.draft_letter(text, once=once_key(), clock=page.clock(), actor=current_user.actor)
    except NotAllowed as refusal:
        return _new_page(form, body, point, status=422, on_top=say_refusal(form, refusal))
    flash(_("Drafted. The head of the body signs it next."), "ok")
    return done(services.place_of(letter_id))


@bp.post("/manage/letters/<int:letter_id>/change")
@roles(*DRAFTERS)
def change(letter_id: int) -> Response:
    one = _seen(letter_id)
    form = LetterForm()
    _fill(form, one.body.id, one.point.id)
    if one.state is not LetterState.TO_SIGN:
        may_draft_letter(current_user.offices, is_signed=True).or_raise()
    if not form.validate_on_submit():
        return _letter_page(letter_id, status=422, changing=form)
    try:
        services.change_letter(
            letter_id, account_id=int(form.account.data), from_on=form.from_on.data, until_on=form.until_on.data, version=form.drawn_from,
            once=once_key(), clock=page.clock(), actor=current_user.actor,
        )  # fmt: skip
    except NotAllowed as refusal:
        return _letter_page(letter_id, status=422, changing=form, on_top=say_refusal(form, refusal))
    flash(_("The draft is changed."), "ok")
    return done(services.place_of(letter_id))
