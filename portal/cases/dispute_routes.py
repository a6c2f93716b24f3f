"""Disputes between bodies: the center's list, one dispute with its meeting and ruling, and what the public sees of them (C-24)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask_login import current_user

from portal.cases import dispute_queries as queries
from portal.cases import dispute_services as services
from portal.cases import pages
from portal.cases import queries as case_queries
from portal.cases.dispute_forms import MeetForm, RuleForm
from portal.cases.dispute_words import GROUNDS, LATE, STATES, TONES
from portal.database import KeyReused, NotFound, Stale
from portal.i18n import _, _p, named
from portal.network import pages as network_pages
from portal.rules import disputes as rules
from portal.rules.decision import Decision, NotAllowed
from portal.rules.disputes import Scope
from portal.rules.moments import civil_date
from portal.web import page
from portal.web.access import public, roles
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("disputes", __name__)

READERS = ("manager", "dept_head", "leader", "center", "supervisor", "auditor")


def _navigation() -> list[tuple[str, Any, Any]]:
    return [("/disputes", _p("nav", "Disputes"), queries.to_settle(current_user))] if current_user.role == "center" else []


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in READERS:
        return []
    return [("/disputes", _p("nav", "Disputes"), _("Cases that bodies send to and fro: the meeting, the ruling, the way from then on."))]


page.navigation.append(_navigation)
page.management.append(_management)


@bp.get("/disputes")
@roles(*READERS)
def disputes() -> Response:
    """The disputes by where they stand."""
    box = request.args.get("box", "open")
    if box not in queries.BOXES:
        abort(404)
    rows, more = queries.list_disputes_for(current_user, box, page.clock().today(), before=page.cursor("before"))
    return make_response(
        render_template(
            "cases/disputes.html", rows=rows, box=box, counts=queries.count_boxes(current_user), states=STATES, tones=TONES, late=LATE,
            grounds=GROUNDS, older=f"/disputes?box={box}&before={more}" if more else None,
        )
    )  # fmt: skip


@bp.get("/disputes/bodies")
@public
def bodies() -> Response:
    """What the public sees: how often each body sent cases back into a dispute, and the rulings in force."""
    county_id = page.county().id
    counts = [(year, body, rules.published(count)) for year, body, count in queries.counts_by_body(county_id)]
    rulings = queries.rulings_in_force(county_id)
    return make_response(render_template("cases/disputes_public.html", counts=counts, rulings=rulings, least=rules.LEAST))


# --- one dispute ------------------------------------------------------------------------------------------------------------------


def _page(
    dispute_id: int, *, meeting: MeetForm | None = None, ruling: RuleForm | None = None, status: int = 200, problem: Decision | None = None,
    is_stale: bool = False, said_at: str = "",
) -> Response:  # fmt: skip
    now = page.clock().now()
    today = civil_date(now)
    one = queries.get_dispute_for(current_user, dispute_id, today)
    line, offices = one.line, current_user.offices
    opened_on = civil_date(line.row.opened_at)
    first = [body.id for body in line.bodies]
    may_meet = rules.may_meet(line.state, offices, bodies=(1, 2), held_on=today, opened_on=opened_on, today=today)
    may_rule = rules.may_rule(line.state, offices)
    meeting, ruling = meeting or MeetForm(formdata=None), ruling or RuleForm(formdata=None)
    if meeting.held_on.data is None and not meeting.held_on.errors:
        meeting.held_on.data = today
    meeting.other.choices = [("", "—"), *((str(body.id), named(body)) for body in one.every_body.values() if body.id not in first)]
    if may_rule:
        view = case_queries.get_case_for(current_user, line.case.number, now)
        holder = view.places[view.now.holder_window_id]
        stays = _("%(place)s, which holds it", place=pages.place_name(holder))
        ruling.to.choices = [("", "—"), *pages.routes_to(view), (str(view.now.holder_window_id), stays)]
    for prefix, form in (("meet", meeting), ("rule", ruling)):
        if status != 200:
            form.key.data = new_key()
        form.version.data = str(line.case.version)
        for field in form:
            field.id = f"{prefix}-{field.short_name}"
    ticked = {name for name in request.form if name.startswith("body-")} if request.method == "POST" else {f"body-{each}" for each in first}
    levels = network_pages.level_names(current_user.county_id, today)
    body = render_template(
        "cases/dispute.html", one=one, line=line, may_meet=may_meet, may_rule=may_rule, meeting=meeting, ruling=ruling, problem=problem,
        is_stale=is_stale, said_at=said_at, states=STATES, tones=TONES, late=LATE, grounds=GROUNDS, ticked=ticked, levels=levels,
        place_name=pages.place_name,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/disputes/<int:dispute_id>")
@roles(*READERS)
def dispute(dispute_id: int) -> Response:
    """One dispute: who sent it to whom, the meeting, the ruling; the next step for whoever may take it."""
    return _page(page.whole_id(dispute_id))


def _body_ids(form: MeetForm) -> list[int]:
    """The bodies that were ticked, and the one that was chosen beside them."""
    texts = [name.removeprefix("body-") for name in request.form if name.startswith("body-")] + [str(form.other.data or "")]
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10]


@bp.post("/disputes/<int:dispute_id>/meet")
@roles("center")
def meet(dispute_id: int) -> Response:
    """The bodies met."""
    form, person, dispute_id = MeetForm(), current_user._get_current_object(), page.whole_id(dispute_id)
    queries.get_dispute_for(person, dispute_id, page.clock().today())
    if not form.validate_on_submit():
        return _page(dispute_id, meeting=form, status=422)
    held_on: date = form.held_on.data
    try:
        services.meet(dispute_id, held_on, _body_ids(form), form.minutes.data or "", actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _page(dispute_id, meeting=form, status=403, problem=refusal.decision)
    except NotFound:
        form.other.errors = [_("Please choose one from the list.")]
        return _page(dispute_id, meeting=form, status=422)
    except KeyReused as reused:
        return _page(dispute_id, meeting=form, status=422, said_at=reused.result)
    flash(_("The meeting is recorded."), "ok")
    return done(services.place_of(dispute_id))


@bp.post("/disputes/<int:dispute_id>/rule")
@roles("center", "manager")
def rule(dispute_id: int) -> Response:
    """The ruling: it routes the case and is the way from today."""
    form, person, dispute_id = RuleForm(), current_user._get_current_object(), page.whole_id(dispute_id)
    queries.get_dispute_for(person, dispute_id, page.clock().today())
    if not form.validate_on_submit():
        return _page(dispute_id, ruling=form, status=422)
    try:
        services.rule(
            dispute_id, form.target, Scope(form.scope.data), form.reason.data or "", version=form.drawn_from, actor=person, clock=page.clock(),
            once=once_key(),
        )
    except NotAllowed as refusal:
        return _page(dispute_id, ruling=form, status=403, problem=refusal.decision)
    except NotFound:
        form.to.errors = [_("Please choose one from the list.")]
        return _page(dispute_id, ruling=form, status=422)
    except Stale:
        return _page(dispute_id, ruling=form, status=409, is_stale=True)
    except KeyReused as reused:
        return _page(dispute_id, ruling=form, status=422, said_at=reused.result)
    flash(_("Ruled. From today this is the way."), "ok")
    return done(services.place_of(dispute_id))
