"""The public side of visits (the code of a notice, reports, ratings) and the space of an enterprise (Q-6, Q-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, g, make_response, redirect, render_template, request
from flask_login import current_user
from itsdangerous import BadData, URLSafeSerializer

from portal.accounts.sealed import RevealReason
from portal.accounts.services import TooMany
from portal.cases.pages import spaced
from portal.database import KeyReused, NotFound, Stale
from portal.fees import queries as fees
from portal.i18n import _, _lp, _p, current_language, named
from portal.inspections import pages, plan_services, queries, space_feed, space_pages
from portal.inspections import plan_queries as plans
from portal.inspections import space_forms as forms
from portal.inspections import space_queries as space
from portal.inspections import space_services as services
from portal.inspections.plan_queries import PlanShown
from portal.rules import inspection_reports as rules
from portal.rules.decision import Decision, NotAllowed
from portal.rules.disputes import LEAST
from portal.rules.inspection_plans import PlanState
from portal.rules.inspection_reports import NoticeState, ReportState
from portal.rules.rating import Satisfaction
from portal.rules.working_days import CalendarError
from portal.web import page, pictures, seen
from portal.web.access import public, roles
from portal.web.filters import yuan
from portal.web.forms import Form
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("space", __name__)

OVERSEE = ("supervisor", "manager")
COOKIE = "space"  # of an enterprise that looks without an account; it ends with the browser, and earlier by itself
FIRST_YEAR, LAST_YEAR = 2019, 2100


def _navigation() -> list[tuple[str, Any, Any]]:
    if current_user.role == "enterprise":
        return [("/enterprise", _p("nav", "My enterprise"), None)]
    if current_user.role == "supervisor":
        return [("/inspections/reports", _p("nav", "Reported visits"), space.to_answer(current_user.county_id))]
    return []


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in OVERSEE:
        return []
    found = [("/inspections/reports", _lp("nav", "Reported visits"), _("Visits without a code, as enterprises tell them; those that were turned away are supervision cases."))]
    if current_user.role == "supervisor":
        found.append(("/inspections/ratings", _lp("nav", "Ratings of visits"), _("How enterprises rated visits, in sums; no body sees them.")))
    return found


page.navigation.append(_navigation)
page.management.append(_management)


def _visitor() -> services.Visitor:
    person = current_user._get_current_object() if current_user.is_authenticated else None
    return services.Visitor(g.county.id, request.remote_addr or "", person)


def _by_staff() -> bool:
    return bool(current_user.is_authenticated and current_user.role != "enterprise")


def _wait(form: Any, many: TooMany) -> None:
    minutes = max(1, round((many.free_at - page.clock().wall()).total_seconds() / 60))
    form.form_errors.append(_("This was sent very often from here. Please try again in %(minutes)s minutes.", minutes=minutes))


# --- the code of a notice -----------------------------------------------------------------------------------------------------------


def _unknown(code: str) -> Response:
    """No notice has this code: one answer for a code that is none, one that is no more, and one that may not be known yet (Q-7)."""
    form = _report_form(forms.ReportForm(formdata=None))
    form.shown_code.data, form.came_on.data = code[:40], page.clock().today()
    return make_response(render_template("inspections/verify.html", code=code[:40], unknown=True, form=form), 404)


@bp.get("/inspections/verify")
@public
def verify_form() -> Response:
    """Type the code of a notice; the answer stands on the page that comes."""
    code = request.args.get("code", "").strip()
    return _answer(code) if code else make_response(render_template("inspections/verify.html", code="", unknown=False, form=None))


@bp.get("/inspections/verify/<code>")
@public
def verify(code: str) -> Response:
    """What the code of a notice says: who comes, why, by which approval, when; and this year's count (Q-6)."""
    return _answer(code)


def _answer(code: str, *, form: forms.RateForm | None = None, status: int = 200, problem: Decision | None = None, said_at: str = "") -> Response:
    shown = plans.plan_by_code(g.county.id, code)
    return _unknown(code) if shown is None else _notice(shown, code, form=form, status=status, problem=problem, said_at=said_at)


def _notice(
    shown: PlanShown, code: str, *, form: forms.RateForm | None, status: int, problem: Decision | None, said_at: str
) -> Response:
    g.is_private = True
    row, today = shown.row, page.clock().today()
    state = rules.notice_state(PlanState(row.state), row.first_on, row.last_on, today)
    # whether it was rated is not told: inspectors hold the code too
    may_rate = rules.may_rate_visit(PlanState(row.state), is_rated=False, by_staff=_by_staff())
    exemption = pages.exemption_name(row.exemption, queries.category_rows(row.county_id)) if row.exemption else ""
    count = space.count_at(shown, today)
    body = render_template(
        "inspections/notice.html", shown=shown, row=row, code=plans.code_of(shown) or code, state=state, words=forms.NOTICES[state],
        tone=forms.NOTICE_TONES[state], text=forms.NOTICE_TEXTS[state], is_good=state in (NoticeState.AHEAD, NoticeState.TODAY, NoticeState.UNDER_WAY),
        kinds=pages.KINDS, exemption=exemption, counted=count, cap=space_pages.cap_in_words(count.uses[0].cap) if count.uses else "",
        may_rate=may_rate, form=form or forms.RateForm(formdata=None), problem=problem, said_at=said_at,
    )  # fmt: skip
    return make_response(body, status)


@bp.post("/inspections/verify/<code>/rate")
@public
def rate(code: str) -> Response:
    """Rate a visit after it took place, once."""
    form, by_staff = forms.RateForm(), _by_staff()
    if plans.plan_by_code(g.county.id, code) is None:
        abort(404)
    if not form.validate_on_submit():
        return _answer(code, form=form, status=422)
    try:
        services.rate(
            code, Satisfaction(int(form.satisfaction.data)), visitor=_visitor(), by_staff=by_staff, clock=page.clock(), once=once_key()
        )
    except NotAllowed as refused:
        form.key.data = new_key()
        return _answer(code, form=form, status=403, problem=refused.decision)
    except TooMany as many:
        _wait(form, many)
        return _answer(code, form=form, status=429)
    except KeyReused as reused:
        form.key.data = new_key()
        return _answer(code, form=form, status=422, said_at=reused.result)
    flash(_("Thank you. The rating is counted; the body that came does not see it."), "ok")
    return done(f"/inspections/verify/{code}")


# --- a visit without a code ---------------------------------------------------------------------------------------------------------


def _report_form(form: forms.ReportForm) -> forms.ReportForm:
    bodies = queries.list_inspecting_bodies(g.county.id)
    form.body.choices = [("", _p("report", "They did not say")), *((body.code, named(body)) for body in bodies)]
    for field in form:
        field.id = f"report-{field.short_name}"
    return form


def _report_page(form: forms.ReportForm, *, status: int = 200, problem: Decision | None = None, said_at: str = "", unknown: bool = False) -> Response:
    body = render_template("inspections/report.html", form=form, problem=problem, said_at=said_at, unknown=unknown, code="")
    return make_response(body, status)


@bp.get("/inspections/report")
@public
def report_form() -> Response:
    """Report a visit without a code; with `followed`, where a report stands."""
    followed = request.args.get("followed", "").strip()[:40]
    form = _report_form(forms.ReportForm(formdata=None))
    form.came_on.data = page.clock().today()
    form.shown_code.data = request.args.get("code", "").strip()[:40]
    if not followed:
        return _report_page(form)
    try:
        found = space.report_by_code(g.county.id, followed)
    except NotFound:
        body = render_template("inspections/report.html", form=form, problem=None, said_at="", unknown=True, code=followed)
        return make_response(body, 404)
    response: Any = redirect(services.place_of(found.row.tracking_code), 303)
    return response


@bp.post("/inspections/report/send")
@public
def send() -> Response:
    """Report it."""
    form = _report_form(forms.ReportForm())
    is_right = form.validate_on_submit()
    if form.came_on.data is not None and not form.came_on.errors:
        may = rules.may_report(form.came_on.data, page.clock().today())
        if not may:
            form.came_on.errors = [_("This day is still to come.")]
            is_right = False
    if not is_right:
        return _report_page(form, status=422)
    body = next((each for each in queries.list_inspecting_bodies(g.county.id) if each.code == form.body.data), None)
    text = services.ReportText(
        form.came_on.data, form.said.data or "", body.id if body is not None else None, form.enterprise.data or "", form.who.data or "",
        bool(form.turned_away.data), form.shown_code.data or "", form.phone.data or "",
    )  # fmt: skip
    try:
        code = services.report(text, visitor=_visitor(), clock=page.clock(), once=once_key())
    except NotAllowed as refused:
        return _report_page(form, status=403, problem=refused.decision)
    except TooMany as many:
        _wait(form, many)
        return _report_page(form, status=429)
    except KeyReused as reused:
        form.key.data = new_key()
        return _report_page(form, status=422, said_at=reused.result)
    flash(_("It has arrived. Keep the code: under it you read the answer."), "ok")
    return done(services.place_of(code))


@bp.get("/inspections/report/<report_code>")
@public
def follow(report_code: str) -> Response:
    """Where a report stands and what was answered, for whoever holds its code."""
    one = space.report_by_code(g.county.id, report_code)
    g.is_private = True
    return make_response(
        render_template(
            "inspections/report_follow.html", one=one, code=spaced(one.row.tracking_code), subjects=forms.SUBJECTS, states=forms.REPORT_STATES
        )
    )


# --- reports before who oversees inspections ----------------------------------------------------------------------------------------


@bp.get("/inspections/reports")
@roles(*OVERSEE)
def reports() -> Response:
    """The reports by where they stand; the visits that were turned away apart, which are supervision cases."""
    box = request.args.get("box", "open")
    if box not in space.BOXES:
        abort(404)
    rows, more = space.list_reports(current_user.county_id, box, before=page.cursor("before"))
    return make_response(
        render_template(
            "inspections/reports.html", rows=rows, box=box, boxes=forms.REPORT_BOXES, subjects=forms.SUBJECTS,
            older=f"/inspections/reports?box={box}&before={more}" if more else None,
        )
    )  # fmt: skip


def _one_page(report_id: int, *, status: int = 200, sent: Form | None = None, **context: Any) -> Response:
    one = space.get_report(current_user.county_id, report_id)
    answering, revealing = (sent if isinstance(sent, kind) else kind(formdata=None) for kind in (forms.AnswerForm, forms.RevealForm))
    for prefix, form in (("answer", answering), ("reveal", revealing)):
        form.version.data = str(one.row.version)
        if status in (403, 409):
            form.key.data = new_key()
        for field in form:
            field.id = f"{prefix}-{field.short_name}"
    is_supervisor = current_user.role == "supervisor"
    filed = space.plans_reported_about(one.row) if is_supervisor else []
    hidden = [plan.number for plan, _body in filed if plans.is_hidden(plan)]
    if hidden:
        actor, clock = current_user.actor, page.clock()
        seen.later(lambda: plan_services.record_look(hidden, actor=actor, clock=clock))
    body = render_template(
        "inspections/report_one.html", one=one, code=spaced(one.row.tracking_code), subjects=forms.SUBJECTS, states=forms.REPORT_STATES,
        answering=answering, revealing=revealing, sent=sent or answering, may_answer=rules.may_answer_report(one.state), filed=filed,
        is_supervisor=is_supervisor, is_open=one.state is ReportState.OPEN, **context,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/inspections/reports/<int:report_id>")
@roles(*OVERSEE)
def report_one(report_id: int) -> Response:
    """A report: what was said, what is filed for that day, and the supervisor's answer."""
    return _one_page(page.whole_id(report_id))


@bp.post("/inspections/reports/<int:report_id>/answer")
@roles("supervisor")
def answer(report_id: int) -> Response:
    """Answer whoever reported."""
    report_id, form, person = page.whole_id(report_id), forms.AnswerForm(), current_user._get_current_object()
    space.get_report(person.county_id, report_id)
    if not form.validate_on_submit():
        return _one_page(report_id, status=422, sent=form)
    try:
        services.answer(report_id, form.said.data or "", version=form.drawn_from, actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refused:
        return _one_page(report_id, status=403, sent=form, problem=refused.decision)
    except Stale:
        return _one_page(report_id, status=409, sent=form, is_stale=True)
    except KeyReused as reused:
        form.key.data = new_key()
        return _one_page(report_id, status=422, sent=form, said_at=reused.result)
    flash(_("Answered. Whoever reported reads it under the code."), "ok")
    return done(f"/inspections/reports/{report_id}")


@bp.post("/inspections/reports/<int:report_id>/reveal")
@roles("supervisor")
def reveal(report_id: int) -> Response:
    """Show the phone, with a reason, recorded (R-2)."""
    report_id, form, person = page.whole_id(report_id), forms.RevealForm(), current_user._get_current_object()
    space.get_report(person.county_id, report_id)
    if not form.validate_on_submit():
        return _one_page(report_id, status=422, sent=form)
    phone = services.reveal_phone(report_id, RevealReason(form.reason.data), actor=person, clock=page.clock())
    return _one_page(report_id, phone=phone)


@bp.get("/inspections/ratings")
@roles("supervisor")
def ratings() -> Response:
    """How visits of a year were rated, by body in the order of codes; small numbers are left out (Q-6, Q-12, O-3)."""
    year = _asked_year(page.clock().today().year)
    return make_response(
        render_template(
            "inspections/ratings.html", year=year, rows=space.rating_sums(current_user.county_id, year), levels=forms.LEVELS, least=LEAST,
            before=year - 1 if year > FIRST_YEAR else None, after=year + 1 if year < page.clock().today().year else None,
        )
    )  # fmt: skip


# --- the space of an enterprise -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Looking:
    """Whose space is looked at: by an account of the enterprise, or for a while by a code of its notices."""

    enterprise: Any
    by_account: bool


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="enterprise look")


def _looking() -> Looking | None:
    """Who looks, and at which enterprise; None for whoever showed nothing yet."""
    g.is_private = True
    if current_user.is_authenticated and current_user.role == "enterprise":
        return Looking(space.enterprise_of_account(current_user.county_id, current_user.enterprise_code), True)
    try:
        county_id, enterprise_id, until = _signer().loads(request.cookies.get(COOKIE, ""))
    except (BadData, ValueError, TypeError):
        return None
    if county_id != g.county.id or page.clock().wall().timestamp() >= until:
        return None
    found = space.get_enterprise(county_id, enterprise_id)
    return Looking(found, False) if found is not None else None


def _door(form: forms.LookForm | None = None, *, status: int = 200, wrong: bool = False) -> Response:
    g.is_private = True
    minutes = int(rules.LOOK_LASTS.total_seconds() // 60)
    body = render_template("inspections/space_door.html", form=form or forms.LookForm(formdata=None), wrong=wrong, minutes=minutes)
    return make_response(body, status)


def _leads_to_the_door() -> Response:
    response: Any = redirect("/enterprise", 303)
    return response


def _asked_year(default: int) -> int:
    text = request.args.get("year", "") or str(default)
    if not (text.isascii() and text.isdigit() and len(text) == 4 and FIRST_YEAR <= int(text) <= LAST_YEAR):
        abort(404)
    return int(text)


@bp.get("/enterprise")
@public
def home() -> Response:
    """The space of an enterprise: what is announced, the year, the count against the caps; or the door to it (Q-3, Q-7)."""
    looking = _looking()
    return _door() if looking is None else _home(looking)


def _home(looking: Looking, *, status: int = 200, is_stale: bool = False, said_at: str = "") -> Response:
    enterprise, today = looking.enterprise, page.clock().today()
    year = _asked_year(today.year)
    coming = space.list_coming(enterprise, today)
    quiet = queries.quiet_calendar(enterprise.county_id).of(queries.facts_of(enterprise))
    try:
        months, following = space_pages.year_of(enterprise, quiet, year, today), quiet.next_open_day(today)
    except CalendarError:
        abort(404)
    count = space.count_of(enterprise, today, coming)
    feed = space.feed_of(enterprise) if looking.by_account else None
    step = forms.StepForm(formdata=None)
    step.version.data = str(feed.serial if feed is not None else 0)
    step.key.data = new_key()
    body = render_template(
        "inspections/space.html", enterprise=enterprise, by_account=looking.by_account, coming=coming, months=months, year=year, quiet=quiet,
        number=sum(len(each.month.open_days) for each in months), provisional=quiet.calendar.is_provisional(date(year, 1, 1)),
        is_quiet=quiet.state(today).value, following=pages.day_of_week(following), counted=count, in_words=space_pages.cap_in_words,
        use=space_pages.use_in_words, kinds=pages.KINDS, days=pages.day_of_week, cards=[card for ask in space.cards if (card := ask(enterprise, today))],
        feed=feed, feed_at=_feed_address(enterprise, feed.serial) if feed is not None else "", form=step, is_stale=is_stale, said_at=said_at,
        before=year - 1 if year > FIRST_YEAR else None, after=year + 1 if year < LAST_YEAR else None,
    )  # fmt: skip
    return make_response(body, status)


def _feed_address(enterprise: Any, serial: int) -> str:
    language = current_language()
    asked = "" if language == "zh-Hans" else f"?lang={language}"
    return f"{current_app.config['PUBLIC_URL']}/enterprise/feed/{space.secret_for(enterprise, serial)}.ics{asked}"


@bp.post("/enterprise/look")
@public
def look() -> Response:
    """Open the space without an account, for a while: by the credit code and the code of a notice of one's own."""
    form = forms.LookForm()
    if not form.validate_on_submit():
        return _door(form, status=422)
    try:
        found = services.look(form.credit.data or "", form.notice.data or "", visitor=_visitor(), clock=page.clock())
    except TooMany as many:
        _wait(form, many)
        return _door(form, status=429)
    if found is None:
        return _door(form, status=422, wrong=True)
    until = (page.clock().wall() + rules.LOOK_LASTS).timestamp()
    response = done("/enterprise")
    value = _signer().dumps([g.county.id, found.id, until])
    response.set_cookie(COOKIE, value, httponly=True, samesite="Lax", secure=request.is_secure, path="/enterprise")
    return response


@bp.post("/enterprise/leave")
@public
def leave() -> Response:
    """Close the space again."""
    response = done("/enterprise")
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=request.is_secure, path="/enterprise")
    return response


@bp.get("/enterprise/<int(fixed_digits=4):year>/<int(fixed_digits=2):month>")
@public
def month(year: int, month: int) -> Response:
    """A month of the enterprise: its days, and the visits that are known."""
    looking = _looking()
    if looking is None:
        return _leads_to_the_door()
    if not (1 <= month <= 12 and FIRST_YEAR <= year <= LAST_YEAR):
        abort(404)
    today, first = page.clock().today(), date(year, month, 1)
    before, after = first - timedelta(days=1), (first + timedelta(days=31)).replace(day=1)
    quiet = queries.quiet_calendar(looking.enterprise.county_id).of(queries.facts_of(looking.enterprise))
    try:
        weeks, found = space_pages.month_of(looking.enterprise, quiet, year, month, today)
        open_days = quiet.open_days(first, after - timedelta(days=1))
    except CalendarError:
        abort(404)
    links = [
        (f"/enterprise/{day.year}/{day.month:02d}", pages.month_name(day.year, day.month)) if FIRST_YEAR <= day.year <= LAST_YEAR else None
        for day in (before, after)
    ]
    return make_response(
        render_template(
            "inspections/space_month.html", enterprise=looking.enterprise, year=year, name=pages.month_name(year, month), weeks=weeks,
            found=found, open_days=[pages.day_of_week(day) for day in open_days], added=space_pages.added_in(quiet, year, month),
            provisional=quiet.calendar.is_provisional(first), before=links[0], after=links[1], days=pages.day_of_week,
        )
    )  # fmt: skip


@bp.get("/enterprise/visits")
@public
def visits() -> Response:
    """The visits that took place, the latest first."""
    looking = _looking()
    if looking is None:
        return _leads_to_the_door()
    rows, more = space.list_made(looking.enterprise, before=page.cursor("before"))
    return make_response(
        render_template(
            "inspections/space_visits.html", enterprise=looking.enterprise, rows=rows, kinds=pages.KINDS, outcomes=forms.OUTCOMES,
            exemption=_exemption_names(looking.enterprise), is_first=page.cursor("before") is None,
            older=f"/enterprise/visits?before={more}" if more else None,
        )
    )  # fmt: skip


def _exemption_names(enterprise: Any) -> Any:
    rows = queries.category_rows(enterprise.county_id)
    return lambda code: pages.exemption_name(code, rows)


@bp.get("/enterprise/<int(fixed_digits=4):year>/sheet")
@public
def sheet(year: int) -> Response:
    """The enterprise's year on one page, to print (A4)."""
    looking = _looking()
    if looking is None:
        return _leads_to_the_door()
    if not FIRST_YEAR <= year <= LAST_YEAR:
        abort(404)
    enterprise, today = looking.enterprise, page.clock().today()
    quiet = queries.quiet_calendar(enterprise.county_id).of(queries.facts_of(enterprise))
    try:
        months = space_pages.year_of(enterprise, quiet, year, today)
    except CalendarError:
        abort(404)
    link = f"{current_app.config['PUBLIC_URL']}/inspections/verify"
    return make_response(
        render_template(
            "inspections/space_sheet.html", enterprise=enterprise, year=year, months=months, qr=pictures.qr_code(link),
            number=sum(len(each.month.open_days) for each in months), provisional=quiet.calendar.is_provisional(date(year, 1, 1)),
        )
    )  # fmt: skip


@bp.get("/enterprise/feed/<secret>.ics")
@public
def feed(secret: str) -> Response:
    """An enterprise's calendar at its secret address; an address that was renewed is gone (404)."""
    g.is_private = True
    enterprise = space.enterprise_by_secret(g.county.id, secret)
    name = _("Inspections: %(enterprise)s", enterprise=named(enterprise))
    entries = space_pages.entries_of(enterprise, g.county.code, page.clock().today(), current_app.config["PUBLIC_URL"])
    response = make_response(space_feed.as_icalendar(name, entries, language=current_language()))
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = 'inline; filename="inspections.ics"'
    return response


@bp.post("/enterprise/feed/renew")
@roles("enterprise")
def renew_feed() -> Response:
    """Make the secret address, or a new one in its place."""
    form, person = forms.StepForm(), current_user._get_current_object()
    looking = _looking()
    assert looking is not None
    if not form.validate_on_submit():
        return _home(looking, status=422)
    try:
        services.renew_feed(form.drawn_from, actor=person, clock=page.clock(), once=once_key())
    except Stale:
        return _home(looking, status=409, is_stale=True)
    except KeyReused as reused:
        return _home(looking, status=422, said_at=reused.result)
    flash(_("This is the address of your calendar now. An earlier one shows nothing any more."), "ok")
    return done("/enterprise#feed")


# --- what was charged ------------------------------------------------------------------------------------------------------------------------


def fee_card(enterprise: Any, today: date) -> space.Card:
    """The enterprise's fee card of the year in two lines; the whole of it is read with an account (F-4)."""
    card = fees.card_of(enterprise.county_id, enterprise.code, today.year, on=today)
    lines = [(_p("fee", "Paid at the cashier's"), _("%(amount)s yuan", amount=yuan(card.paid_fen)))]
    if card.open_fen:
        lines.append((_p("fee", "Still to be paid"), _("%(amount)s yuan", amount=yuan(card.open_fen))))
    is_own = current_user.is_authenticated and current_user.role == "enterprise"
    here = ("/fees/card", _("Every charge of the year")) if is_own else ("/fees/report", _("Report a charge"))
    return space.Card(_p("nav", "Fee card"), lines, *here)
