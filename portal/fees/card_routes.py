"""The fee card: the enterprise's own, the audit by card, and charges that are not on it, reported by anybody (F-2, F-4)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, g, make_response, redirect, render_template, request
from flask_login import current_user

from portal.accounts.numbers import check_credit_code
from portal.accounts.services import TooMany
from portal.audit import Actor
from portal.cases import pages
from portal.database import KeyReused, Stale
from portal.fees import card_queries, card_services, queries, words
from portal.fees.card_forms import AnswerForm, ReportForm
from portal.i18n import _, _p
from portal.rules.decision import NotAllowed
from portal.rules.fees import Finding
from portal.web import page, seen
from portal.web.access import public, roles
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("fee_card", __name__)
AUDIT = ("auditor", "supervisor", "dept_head", "leader")


def _audits() -> bool:
    return bool(current_user.offices) and bool(card_queries.may_audit_now(current_user.county_id, current_user.offices, page.clock().today()))


def _navigation() -> list[tuple[str, Any, Any]]:
    if current_user.role == "enterprise":
        return [("/fees/card", _p("nav", "Fee card"), None)]
    return [("/fees/audit", _p("nav", "Audit of fees"), None)] if current_user.role in ("auditor", "supervisor") else []


page.navigation.append(_navigation)
page.management.append(
    lambda: [("/fees/audit", _p("nav", "Audit of fees"), _("Fee cards by enterprise, unequal amounts, charges that were reported."))]
    if current_user.role in AUDIT and _audits()
    else []
)


def _year() -> int | None:
    text = request.args.get("year", "")
    if not text:
        return page.clock().today().year
    if not (text.isascii() and text.isdigit() and len(text) == 4 and 2019 <= int(text) <= 2100):
        abort(404)
    return int(text)


def _card(credit_code: str, template: str, **more: Any) -> Response:
    today, year = page.clock().today(), _year()
    card = queries.card_of(current_user.county_id, credit_code, year, on=today)
    return make_response(
        render_template(
            template, card=card, year=year, this_year=today.year, states=words.STATES, tones=words.TONES, findings=words.FINDINGS, **more
        )
    )


@bp.get("/fees/card")
@roles("enterprise")
def card() -> Response:
    """The enterprise's own card: every charge of a year (F-4)."""
    if not current_user.enterprise_code:
        abort(404)
    return _card(current_user.enterprise_code, "fees/card.html", is_audit=False)


# --- the audit ---------------------------------------------------------------------------------------------------------------------------------


@bp.get("/fees/audit")
@roles(*AUDIT)
def audit() -> Response:
    """Cards by credit code, charges that wait for an answer; find a card by its code."""
    today = page.clock().today()
    card_queries.auditor(current_user, today)
    text = request.args.get("q", "").strip()[:40]
    fault = ""
    if text:
        checked = check_credit_code(text)
        if checked.is_valid:
            answer: Any = redirect(f"/fees/audit/cards/{checked.number}", 303)
            return answer
        fault = _("This is no unified social credit code.")
    after = request.args.get("after", "")[:18]
    rows, more = card_queries.list_cards(current_user.county_id, after=after)
    reports, _more = card_queries.list_reports(current_user.county_id, is_open=True)
    return make_response(
        render_template("fees/audit.html", rows=rows, newer=f"?after={more}" if more else None, q=text, fault=fault, reports=reports), 422 if fault else 200
    )


@bp.get("/fees/audit/cards/<credit_code>")
@roles(*AUDIT)
def audit_card(credit_code: str) -> Response:
    """The card of an enterprise; each look is recorded (F-4, R-1)."""
    card_queries.auditor(current_user, page.clock().today())
    checked = check_credit_code(credit_code)
    if not checked.is_valid or checked.number != credit_code:
        abort(404)
    actor, clock = current_user.actor, page.clock()
    seen.later(lambda: card_services.record_look(credit_code, actor=actor, clock=clock))
    return _card(credit_code, "fees/card.html", is_audit=True)


@bp.get("/fees/audit/unequal")
@roles(*AUDIT)
def unequal() -> Response:
    """Fees that two payers of a month paid at different amounts, with why (F-2)."""
    today = page.clock().today()
    card_queries.auditor(current_user, today)
    text = request.args.get("month", "")
    month = today.replace(day=1)
    if text:
        try:
            month = date.fromisoformat(f"{text}-01")
        except ValueError:
            abort(404)
        if len(text) != 7 or not 2019 <= month.year <= 2100:
            abort(404)
    names = {fee.row.code: fee.row for fee in reversed(queries.list_versions(current_user.county_id))}
    return make_response(
        render_template(
            "fees/unequal.html", groups=card_queries.unequal_in(current_user.county_id, month), month=month, names=names, whys=words.WHYS, payers=words.PAYERS
        )
    )


# --- charges that are not on a card -------------------------------------------------------------------------------------------------------------


def _report_page(form: ReportForm, *, status: int = 200, said_at: str = "") -> Response:
    if said_at:
        form.key.data = new_key()
    for each in form:
        each.id = f"report-{each.short_name}"
    return make_response(render_template("fees/report.html", form=form, said_at=said_at), status)


@bp.get("/fees/report")
@public
def report_form() -> Response:
    """Report a charge that is not on the card: without an account."""
    form = ReportForm(formdata=None)
    if current_user.is_authenticated and current_user.role == "enterprise":
        form.enterprise_code.data = current_user.enterprise_code
    return _report_page(form)


@bp.post("/fees/report")
@public
def report() -> Response:
    """Send the report."""
    form = ReportForm()
    is_right = form.validate_on_submit()
    checked = check_credit_code(form.enterprise_code.data or "")
    if form.enterprise_code.data and not form.enterprise_code.errors and not checked.is_valid:
        form.enterprise_code.errors = [_("This is no unified social credit code.")]
    if not is_right or form.enterprise_code.errors:
        return _report_page(form, status=422)
    text = card_services.ReportText(checked.number, form.asked.fen or 0, form.who_asked.data, form.said.data)
    is_in = current_user.is_authenticated
    actor = current_user.actor if is_in else Actor(None, g.county.id, "public", request.remote_addr or "")
    try:
        code = card_services.report_charge(g.county.id, text, actor=actor, clock=page.clock(), is_throttled=not is_in, once=once_key())
    except TooMany as many:
        minutes = max(1, round((many.free_at - page.clock().wall()).total_seconds() / 60))
        form.form_errors.append(_("This was sent very often from here. Please try again in %(minutes)s minutes.", minutes=minutes))
        return _report_page(form, status=429)
    except KeyReused as reused:
        return _report_page(form, status=422, said_at=reused.result)
    flash(_("Thank you. Keep the code: under it you read the answer."), "ok")
    return done(card_services.place_of_report(code))


@bp.get("/fees/reports/<code>")
@public
def follow(code: str) -> Response:
    """Where a reported charge stands, for whoever has its code."""
    line = card_queries.report_by_code(g.county.id, code)
    g.is_private = True
    return make_response(render_template("fees/report_follow.html", line=line, code=pages.spaced(line.row.code), findings=words.FINDINGS))


@bp.get("/fees/audit/reports")
@roles(*AUDIT)
def reports() -> Response:
    """Reported charges: those that wait for an answer, and those answered."""
    card_queries.auditor(current_user, page.clock().today())
    is_open = request.args.get("box", "open") != "over"
    lines, more = card_queries.list_reports(current_user.county_id, is_open=is_open, before=page.cursor("before"))
    older = f"?box={'open' if is_open else 'over'}&before={more}" if more else None
    return make_response(render_template("fees/reports.html", lines=lines, is_open=is_open, older=older, findings=words.FINDINGS))


def _one(number: str, form: AnswerForm, *, status: int = 200, **context: Any) -> Response:
    card_queries.auditor(current_user, page.clock().today())
    line = card_queries.report_by_number(current_user.county_id, number)
    form.version.data = "0"
    if status != 200:
        form.key.data = new_key()
    given = {"problem": None, "said_at": "", "is_stale": False} | context
    return make_response(render_template("fees/report_one.html", line=line, form=form, findings=words.FINDINGS, **given), status)


@bp.get("/fees/audit/reports/<number>")
@roles(*AUDIT)
def report_one(number: str) -> Response:
    """One reported charge, and its answer."""
    return _one(number, AnswerForm(formdata=None))


@bp.post("/fees/audit/reports/<number>/answer")
@roles(*AUDIT)
def answer(number: str) -> Response:
    """Answer it."""
    card_queries.auditor(current_user, page.clock().today())
    card_queries.report_by_number(current_user.county_id, number)
    form = AnswerForm()
    if not form.validate_on_submit():
        return _one(number, form, status=422)
    drawn = form.drawn_from
    try:
        card_services.answer_report(
            number, Finding(form.finding.data), form.answer.data, version=drawn, actor=current_user._get_current_object(), clock=page.clock(),
            once=once_key(),
        )  # fmt: skip
    except NotAllowed as refused:
        return _one(number, form, status=403, problem=refused.decision)
    except Stale:
        return _one(number, form, status=409, is_stale=True)
    except KeyReused as reused:
        return _one(number, form, status=422, said_at=reused.result)
    flash(_("Answered."), "ok")
    return done(f"/fees/audit/reports/{number}")
