"""Rating a matter by its tracking code, and the center's list of ratings (V-6)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, make_response, render_template, request
from flask_login import current_user

from portal.cases import pages
from portal.cases import rating_forms as forms
from portal.cases import rating_queries as queries
from portal.cases import rating_services as services
from portal.database import KeyReused
from portal.i18n import _, _l, _lp
from portal.rules.decision import Decision, NotAllowed
from portal.rules.rating import Satisfaction, Step
from portal.web import page
from portal.web.access import public, roles
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("ratings", __name__)


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role != "center":
        return []
    return [("/manage/ratings", _lp("nav", "Ratings"), _l("Bad ratings: called back in one working day, set right in fifteen."))]


page.management.append(_management)


# --- whoever was served ---------------------------------------------------------------------------------------------------------


def _rate_page(code: str, form: forms.RateForm, *, status: int = 200, problem: Decision | None = None) -> Response:
    open_to = queries.to_rate(g.county.id, code, page.clock().now(), by_staff=current_user.is_authenticated)
    g.is_private = True
    given = None if open_to.given is None else Satisfaction(open_to.given.satisfaction)
    body = render_template(
        "cases/rate.html", open=open_to, form=form, problem=problem, given=given, levels=forms.LEVELS, version=open_to.view.version,
        spaced_code=pages.spaced(open_to.view.case.tracking_code),
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/track/<tracking_code>/rate")
@public
def rate_form(tracking_code: str) -> Response:
    """Five levels and words: for whoever holds the receipt, without an account."""
    return _rate_page(tracking_code, forms.RateForm(formdata=None))


@bp.post("/track/<tracking_code>/rate")
@public
def rate(tracking_code: str) -> Response:
    """Rate it, once."""
    form = forms.RateForm()
    by_staff = current_user.is_authenticated
    if not form.validate_on_submit():
        return _rate_page(tracking_code, form, status=422)
    try:
        services.rate(
            tracking_code, form.level, form.words.data or "", county_id=g.county.id, by_staff=by_staff, clock=page.clock(), once=once_key()
        )
    except NotAllowed as refusal:
        return _rate_page(tracking_code, form, status=403, problem=refusal.decision)
    except KeyReused:
        form.key.data = new_key()
        return _rate_page(tracking_code, form, status=422)
    flash(_("Thank you. Your rating is kept; nobody at the windows sees who gave it."), "ok")
    return done(f"/track/{tracking_code}/rate")


# --- the center -----------------------------------------------------------------------------------------------------------------


def _list_page(*, status: int = 200, form: forms.AnswerForm | None = None, rating_id: int = 0, problem: Decision | None = None) -> Response:
    box = request.args.get("box", "")
    box = box if box in queries.BOXES else "open"
    lines, more = queries.list_ratings(current_user.county_id, box, page.clock().now(), before=page.cursor("before"))
    body = render_template(
        "cases/rate_list.html", lines=lines, box=box, boxes=queries.BOXES, more=more, first=page.cursor("before") is None,
        tally=queries.counted(current_user.county_id), levels=forms.LEVELS, steps=forms.STEPS, form=form, rating_id=rating_id, problem=problem,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/manage/ratings")
@roles("center")
def ratings() -> Response:
    """Bad ratings that wait, each with what is due; the counts."""
    return _list_page()


@bp.post("/manage/ratings/<int:rating_id>")
@roles("center")
def answer(rating_id: int) -> Response:
    """Record what was done about a rating."""
    form = forms.AnswerForm()
    person = current_user._get_current_object()
    rating_id = page.whole_id(rating_id)
    queries.get_rating(person.county_id, rating_id)
    if not form.validate_on_submit():
        return _list_page(status=422, form=form, rating_id=rating_id)
    try:
        services.answer(
            rating_id, Step(form.step.data), form.note.data or "", actor=person, clock=page.clock(), once=once_key(str(rating_id))
        )
    except NotAllowed as refusal:
        return _list_page(status=403, form=form, rating_id=rating_id, problem=refusal.decision)
    except KeyReused:
        return _list_page(status=422, form=form, rating_id=rating_id)
    flash(str(forms.STEPS[Step(form.step.data)]), "ok")
    return done("/manage/ratings")
