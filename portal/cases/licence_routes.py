"""The ledger of licences, the public look-up by number, renewals, and the checks of commitments (C-11, C-25, O-4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, g, make_response, render_template, request
from flask_login import current_user

from portal.cases import licence_forms as forms
from portal.cases import licence_queries, licence_services, queries, services
from portal.database import KeyReused, NotFound, Stale
from portal.i18n import _, _p
from portal.rules import commitments
from portal.rules.authority import Office
from portal.rules.commitments import CheckStep
from portal.rules.decision import Decision, NotAllowed
from portal.rules.licences import REMINDERS, LicenceEventKind
from portal.web import page
from portal.web.access import public, roles, staff
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("licences", __name__)
READERS = ("center", "manager", "supervisor", "dept_head", "leader", "chief", "auditor")
page.management.append(
    lambda: [
        ("/manage/licences", _p("nav", "Ledger of licences"), _("Every certificate: whose, until when, how it stands.")),
        ("/manage/commitments", _p("nav", "Checks of commitments"), _("What was granted on a promise and is checked afterwards.")),
    ]
)


@bp.get("/licences")
@public
def look_up() -> Response:
    """Is this licence valid? By its exact number (art. 40)."""
    number, today = request.args.get("number", "").strip()[:60], page.clock().today()
    line = licence_queries.licence_by_number(g.county.id, number, today) if number else None
    g.is_private = bool(number)
    body = render_template("cases/licence_look_up.html", number=number, line=line, today=today, words=forms.STANDINGS)
    return make_response(body, 404 if number and line is None else 200)


@bp.get("/manage/licences")
@roles(*READERS)
def ledger() -> Response:
    """The ledger: what ends soon, and all, the newest first."""
    today = page.clock().today()
    before = page.cursor("before")
    lines, older = licence_queries.list_licences(current_user, today, before=before)
    ending = licence_queries.list_ending(current_user, today, today + timedelta(days=max(REMINDERS))) if before is None else []
    return make_response(
        render_template("cases/licences.html", lines=lines, ending=ending, older=older, today=today, words=forms.STANDINGS)
    )


@bp.get("/licences/<number>")
@staff
def licence(number: str) -> Response:
    """A licence with what happened to it; the head of the agency ends it here."""
    return _licence(number, forms.EndForm(formdata=None))


def _licence(number: str, form: Any, *, status: int = 200, problem: Decision | None = None, said_at: str = "") -> Response:
    today = page.clock().today()
    line = licence_queries.licence_for(current_user, number, today)
    if status != 200:
        form.key.data = new_key()
    ends = current_user.holds(Office.HEAD_OF_AGENCY, line.licence.body_id) and line.licence.ended_as is None
    return make_response(
        render_template(
            "cases/licence.html", line=line, events=licence_queries.events_of(line.licence.id), today=today, words=forms.STANDINGS,
            happened=forms.HAPPENED, grounds=forms.GROUNDS, form=form, ends=ends, problem=problem, said_at=said_at,
        ),
        status,
    )  # fmt: skip


@bp.post("/licences/<number>/end")
@roles("dept_head")
def end(number: str) -> Response:
    """Revoke or cancel it."""
    form = forms.EndForm()
    licence_queries.licence_for(current_user, number, page.clock().today())
    if not form.validate_on_submit():
        return _licence(number, form, status=422)
    try:
        licence_services.end_licence(
            number, LicenceEventKind(form.kind.data), form.ground.data, form.words.data, actor=current_user._get_current_object(),
            clock=page.clock(), once=once_key(),
        )  # fmt: skip
    except NotAllowed as refusal:
        return _licence(number, form, status=403, problem=refusal.decision)
    except KeyReused as reused:
        return _licence(number, form, status=422, said_at=reused.result)
    flash(str(forms.HAPPENED[LicenceEventKind(form.kind.data)]), "ok")
    return done(f"/licences/{number}")


@bp.get("/cases/<number>/renews")
@staff
def renews_form(number: str) -> Response:
    """Say which licence a case renews."""
    return _renews(number, forms.RenewForm(formdata=None))


def _renews(number: str, form: Any, *, status: int = 200, problem: Decision | None = None, is_stale: bool = False) -> Response:
    view = queries.get_case_for(current_user, number, page.clock().now())
    if status != 200:
        form.key.data = new_key()
    form.version.data = str(view.case.version)
    expiry = licence_queries.renewal_of(view.case.id)
    body = render_template("cases/licence_renews.html", view=view, case=view.case, form=form, expiry=expiry, problem=problem, is_stale=is_stale)
    return make_response(body, status)


@bp.post("/cases/<number>/renews")
@staff
def renews(number: str) -> Response:
    """Link the case with the licence that it renews."""
    form, person = forms.RenewForm(), current_user._get_current_object()
    queries.case_for(person, number, page.clock().today())
    if not form.validate_on_submit():
        return _renews(number, form, status=422)
    try:
        licence_services.renew(number, form.number.data, version=form.drawn_from, actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _renews(number, form, status=403, problem=refusal.decision)
    except NotFound:
        form.number.errors = [_("There is no licence of this number.")]
        return _renews(number, form, status=422)
    except Stale:
        return _renews(number, form, status=409, is_stale=True)
    flash(_("Linked. The dates were computed anew."), "ok")
    return done(services.address_of(number))


@bp.get("/manage/commitments")
@roles(*READERS)
def checks() -> Response:
    """Checks of commitments: what is open, those due first."""
    today = page.clock().today()
    return make_response(
        render_template("cases/commitments.html", lines=licence_queries.list_checks(current_user, today), today=today, words=forms.STEPS)
    )


@bp.get("/manage/commitments/<number>")
@roles(*READERS)
def check_form(number: str) -> Response:
    """One check: what was found, and what can follow."""
    return _check(number, forms.CheckForm(formdata=None))


def _check(number: str, form: Any, *, status: int = 200, problem: Decision | None = None, is_stale: bool = False) -> Response:
    today = page.clock().today()
    line = licence_queries.check_for(current_user, number, today)
    if status != 200:
        form.key.data = new_key()
    form.version.data = str(line.check.version)
    steps = commitments.next_steps(line.facts, today)
    form.step.choices = [(step.value, forms.STEPS[step]) for step in steps]
    acts = current_user.holds(Office.HEAD_OF_AGENCY, line.check.body_id) and bool(steps)
    body = render_template(
        "cases/commitment.html", line=line, form=form, acts=acts, words=forms.STEPS, problem=problem, is_stale=is_stale, today=today,
        asks_day=CheckStep.FOUND in steps,
    )  # fmt: skip
    return make_response(body, status)


@bp.post("/manage/commitments/<number>")
@roles("dept_head")
def check(number: str) -> Response:
    """Take the next step of a check."""
    form, person = forms.CheckForm(), current_user._get_current_object()
    licence_queries.check_for(person, number, page.clock().today())
    if not form.validate_on_submit():
        return _check(number, form, status=422)
    try:
        licence_services.take_step(
            number, CheckStep(form.step.data), form.words.data, form.correct_by.data, version=form.drawn_from, actor=person, clock=page.clock(),
            once=once_key(),
        )  # fmt: skip
    except NotAllowed as refusal:
        return _check(number, form, status=403, problem=refusal.decision)
    except Stale:
        return _check(number, form, status=409, is_stale=True)
    flash(str(forms.STEPS[CheckStep(form.step.data)]), "ok")
    return done(f"/manage/commitments/{number}")
