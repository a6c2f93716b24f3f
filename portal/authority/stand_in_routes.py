"""The page of stand-ins: who is away, who stands in, until when; the form that appoints one, and the end before the last day (G-13)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask_login import current_user

from portal.authority import stand_in_queries as queries
from portal.authority import stand_in_services as services
from portal.authority.letter_forms import AwayForm, EndStandInForm, StandInForm
from portal.authority.letter_routes import READERS, say_refusal
from portal.authority.stand_in_queries import Chief
from portal.i18n import _, _lp, _p, named
from portal.rules.decision import NotAllowed
from portal.rules.stand_ins import LONGEST, may_end_early
from portal.web import page
from portal.web.access import roles
from portal.web.filters import long_day
from portal.web.htmx import done
from portal.web.once import once_key

bp = Blueprint("stand_ins", __name__)

STATES: dict[str, Any] = {
    "to_come": _lp("stand-in", "To begin"),
    "holds": _lp("stand-in", "Stands in"),
    "over": _lp("stand-in", "Over"),
    "ended": _lp("stand-in", "Ended early"),
}
TONES = {"to_come": "", "holds": "ok", "over": "off", "ended": "off"}
APPOINTERS = ("center", "dept_head")


def _management() -> list[tuple[str, Any, Any]]:
    return [("/manage/stand-ins", _p("nav", "Stand-ins"), _("Who is away, who stands in, until when."))] if current_user.role in APPOINTERS else []


page.management.append(_management)


def _chosen(code: str, chiefs: list[Chief]) -> Chief:
    """The chief representative of the address; one that is not the person's to dispose of is no such page."""
    return next((chief for chief in chiefs if chief.code == code), None) or abort(404)


def _fill(form: StandInForm, chief: Chief) -> None:
    people = queries.substitutes(current_user.county_id, chief, page.clock().today())
    form.who.choices = [(code, f"{named(account)} · {named(window)}") for code, account, window in people]


def _page(
    *, status: int = 200, chief: Chief | None = None, form: StandInForm | None = None, ending: EndStandInForm | None = None,
    ends: int | None = None, on_top: Any = (),
) -> Response:  # fmt: skip
    now, offices = page.clock().now(), current_user.offices
    rows, more = queries.list_stand_ins_for(current_user.county_id, offices, now, before=page.cursor("before"))
    chiefs = queries.chiefs_for(current_user.county_id, offices, page.clock().today())
    away = AwayForm(formdata=None)
    away.chief.choices = [
        (one.code, f"{named(one.account)} · {_p('list', ', ').join(named(body) for body in one.bodies)} · {named(one.point)}") for one in chiefs
    ]
    away.chief.data = chief.code if chief else ""
    may_end = {one.row.id for one in rows if may_end_early(offices, one.bodies, is_over=one.state in ("over", "ended"))}
    body = render_template(
        "authority/stand_ins.html", rows=rows, more=more, first=page.cursor("before") is None, away=away if chiefs else None, chief=chief, form=form,
        ending=ending or EndStandInForm(formdata=None), ends=ends, may_end=may_end, on_top=on_top, states=STATES, tones=TONES, most=LONGEST,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/manage/stand-ins")
@roles(*READERS)
def stand_ins() -> Response:
    """Who is away and who stands in until when; with a chief representative chosen, the form that appoints a stand-in."""
    today = page.clock().today()
    chiefs = queries.chiefs_for(current_user.county_id, current_user.offices, today) if request.args.get("chief") else []
    if not chiefs:  # who disposes of nobody reads the list
        return _page()
    chief = _chosen(request.args["chief"], chiefs)
    form = StandInForm(formdata=None)
    _fill(form, chief)
    form.from_on.data, form.until_on.data = today, today + queries.USUAL
    return _page(chief=chief, form=form)


@bp.post("/manage/stand-ins")
@roles(*APPOINTERS)
def appoint() -> Response:
    today = page.clock().today()
    chief = _chosen(request.form.get("chief", ""), queries.chiefs_for(current_user.county_id, current_user.offices, today))
    form = StandInForm()
    _fill(form, chief)
    if not form.validate_on_submit():
        return _page(status=422, chief=chief, form=form)
    account_id, window_id = (int(part) for part in form.who.data.split("-"))
    text = services.StandInText(chief.account.id, account_id, window_id, form.from_on.data, form.until_on.data, form.reason.data or "")
    try:
        _id, moved = services.appoint_stand_in(text, once=once_key(), clock=page.clock(), actor=current_user.actor)
    except NotAllowed as refusal:
        return _page(status=422, chief=chief, form=form, on_top=say_refusal(form, refusal))
    flash(_("Appointed until %(day)s. Cases in hand that moved: %(cases)s.", day=long_day(form.until_on.data), cases=moved), "ok")
    return done(services.PLACE)


@bp.post("/manage/stand-ins/<int:stand_in_id>/end")
@roles(*APPOINTERS)
def end(stand_in_id: int) -> Response:
    page.whole_id(stand_in_id)
    queries.get_stand_in_for(current_user.county_id, current_user.offices, stand_in_id, page.clock().now())
    form = EndStandInForm()
    if not form.validate_on_submit():
        return _page(status=422, ending=form, ends=stand_in_id)
    moved = services.end_stand_in(
        stand_in_id, ground=form.ground.data or "", version=form.drawn_from, once=once_key(), clock=page.clock(), actor=current_user.actor
    )
    flash(_("Ended now. Cases that came back: %(cases)s.", cases=moved), "ok")
    return done(services.PLACE)
