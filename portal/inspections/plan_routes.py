"""The published lists of inspections, and plans of visits (Q-5, Q-7, Q-8). What a person may not see is not there (404)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask_login import current_user

from portal.database import KeyReused, Stale
from portal.i18n import _, _p, named
from portal.inspections import alarm_queries, pages, queries, yearly_services
from portal.inspections import plan_queries as plans
from portal.inspections import plan_services as services
from portal.inspections.plan_forms import AfterwardsForm, PlanForm, ReasonForm, StepForm
from portal.inspections.plan_queries import Checked, PlanShown, PlanText
from portal.inspections.plan_words import BOXES, EVENTS, GRADES, HIDDEN_EVENTS, LATE, RIGHTS, STATES, TONES
from portal.rules import inspection_plans as rules
from portal.rules.decision import Decision, NotAllowed
from portal.rules.inspection_plans import AHEAD, PlanState
from portal.rules.inspection_visits import check_recheck
from portal.rules.moments import SHANGHAI, civil_date
from portal.rules.quiet_days import CATEGORIES, Kind
from portal.rules.working_days import CalendarError
from portal.web import page, seen
from portal.web.access import public, roles
from portal.web.filters import long_day
from portal.web.htmx import done
from portal.web.once import new_key, once_key
from portal.web.reasons import words

bp = Blueprint("plans", __name__)

READERS = ("inspector", "dept_head", "leader", "supervisor")
DECIDE = ("dept_head", "leader")


def _navigation() -> list[tuple[str, Any, Any]]:
    if current_user.role not in ("inspector", "dept_head"):
        return []
    badge = plans.to_decide(current_user) if current_user.offices else None
    return [("/inspections/plans", _p("nav", "Inspection plans"), badge)]


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in READERS:
        return []
    return [("/inspections/plans", _p("nav", "Inspection plans"), _("Visits that are planned, decided on and filed."))]


page.navigation.append(_navigation)
page.management.append(_management)


# --- the published lists ------------------------------------------------------------------------------------------------------------


@bp.get("/inspections/matters")
@public
def matters() -> Response:
    """What can be inspected, by whom, on which basis and by which standard; and the bodies with the right to inspect (Q-5)."""
    county_id, today = page.county().id, page.clock().today()
    return make_response(
        render_template(
            "inspections/matters.html", matters=plans.list_matters(county_id, today), rights=plans.list_rights(county_id, today),
            bodies={body.id: body for _right, body, _number in plans.list_rights(county_id, today)}, words=RIGHTS,
        )
    )  # fmt: skip


@bp.get("/inspections/benchmarks")
@public
def benchmarks() -> Response:
    """What a breach of each grade is fined, and which first, slight, corrected one is not (Q-8)."""
    county_id, today = page.county().id, page.clock().today()
    names = {matter.code: matter for matter in plans.list_matters(county_id, today)}
    return make_response(
        render_template("inspections/benchmarks.html", rows=plans.list_benchmarks(county_id, today), matters=names, grades=GRADES)
    )


def dated(decision: Decision) -> Decision:
    """The answer with its days in the words of the page's language."""
    facts = {name: long_day(value) if isinstance(value, date) else value for name, value in decision.facts.items()}
    return replace(decision, facts=MappingProxyType(facts))


# --- the list of plans ----------------------------------------------------------------------------------------------------------------


def look(*rows: Any) -> None:
    """Each reading of an unannounced plan is recorded (Q-7, R-1)."""
    numbers = [row.number for row in rows if plans.is_hidden(row)]
    if numbers:
        actor, clock = current_user.actor, page.clock()
        seen.later(lambda: services.record_look(numbers, actor=actor, clock=clock))


@bp.get("/inspections/plans")
@roles(*READERS)
def plan_list() -> Response:
    """The plans that one sees, by where they stand."""
    box = request.args.get("box", "open")
    if box not in plans.BOXES:
        abort(404)
    rows, more = plans.list_plans_for(current_user, box, before=page.cursor("before"))
    look(*(line.row for line in rows))
    return make_response(
        render_template(
            "inspections/plans.html", rows=rows, box=box, boxes=BOXES, states=STATES, tones=TONES, kinds=pages.KINDS,
            older=f"/inspections/plans?box={box}&before={more}" if more else None,
        )
    )  # fmt: skip


# --- drafting and changing ------------------------------------------------------------------------------------------------------------


def _body_id() -> int:
    """The body for which who is signed in plans; an inspector's account is of one."""
    if current_user.body_id is None:
        abort(404)
    return int(current_user.body_id)


def ticked() -> tuple[int, ...]:
    """The inspectors that were ticked."""
    texts = [name.removeprefix("inspector-") for name in request.form if name.startswith("inspector-")]
    return tuple(sorted({int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10}))


def _prepared(form: Any) -> Any:
    today = page.clock().today()
    choices = [(row.code, named(row)) for row in plans.list_matters(current_user.county_id, today, body_id=_body_id())]
    form.matter.choices = [("", "—"), *choices]
    if "exemption" in form and "first_on" in form:  # the county's own categories too
        rows = queries.category_rows(current_user.county_id)
        added = dict.fromkeys(row.code for row in rows if row.code not in CATEGORIES)
        form.exemption.choices = [*form.exemption.choices, *((code, pages.exemption_name(code, rows)) for code in added)]
    return form


def _drawn(
    form: Any, action: str, title: str, *, ticked: tuple[int, ...] = (), checked: Checked | None = None, status: int = 200,
    problem: Decision | None = None, is_stale: bool = False, said_at: str = "", back: str = "/inspections/plans", day: date | None = None,
) -> Response:  # fmt: skip
    if status != 200:
        form.key.data = new_key()
    verdict = checked.verdict if checked is not None else None
    findings = [(fault.rule, words(dated(fault))) for fault in checked.faults] if checked is not None else []
    if verdict is not None:
        findings += [(each.rule, pages.in_words(each)) for each in (verdict.findings or verdict.warnings)]
    body = render_template(
        "inspections/plan_form.html", form=form, action=action, title=title, ticked=ticked, verdict=verdict, findings=findings, back=back,
        allowed=checked.allowed if checked is not None else None, enterprises=queries.list_enterprises(current_user.county_id),
        inspectors=plans.inspectors_of(current_user.county_id, _body_id()), problem=problem, is_stale=is_stale, said_at=said_at,
        asked=pages.day_of_week(day, year=True) if day else "", sources=plans.list_matters(current_user.county_id, page.clock().today(), body_id=_body_id()),
        following=pages.day_of_week(verdict.next_allowed, year=True) if verdict is not None and verdict.next_allowed else "",
        today=page.clock().today(),
    )  # fmt: skip
    return make_response(body, status)


def _enterprise_id(form: Any) -> int | None:
    found = queries.find_enterprise(current_user.county_id, form.enterprise.data or "")
    if found is None:
        form.enterprise.errors = [_("No enterprise with this code or name is on the county's list.")]
        return None
    return found.id


def _matter_code(form: Any) -> str:
    code = str(form.matter.data or "")
    if code not in {value for value, _label in form.matter.choices} or not code:
        form.matter.errors = [_("Please choose one from the list.")]
        return ""
    return code


def _planned(form: PlanForm) -> PlanText | None:
    """What the form says; None where a field is wrong."""
    fine = form.validate_on_submit()
    enterprise_id = _enterprise_id(form) if form.enterprise.data and not form.enterprise.errors else None
    code = _matter_code(form)
    if not fine or enterprise_id is None or not code:
        return None
    return PlanText(
        enterprise_id, code, Kind(form.kind.data), form.first_on.data, form.last_on.data or form.first_on.data, form.announced.data == "1",
        ticked(), form.exemption.data or None, form.basis.data or "", bool(form.on_day_off.data), form.coordinated.data or "",
    )  # fmt: skip


def _happened(form: AfterwardsForm) -> PlanText | None:
    fine = form.validate_on_submit()
    enterprise_id = _enterprise_id(form) if form.enterprise.data and not form.enterprise.errors else None
    code = _matter_code(form)
    if not fine or enterprise_id is None or not code:
        return None
    entered, left = (datetime.combine(form.on.data, time.fromisoformat(text), SHANGHAI) for text in (form.entered.data, form.left.data))
    if left < entered:
        left += timedelta(days=1)  # over midnight
    return PlanText(
        enterprise_id, code, Kind.INDIVIDUAL, form.on.data, civil_date(left), True, ticked(), form.exemption.data or None,
        form.basis.data or "", False, "", entered, left, paper_notice=form.notice.data or "",
    )  # fmt: skip


def _written(form: Any, text: PlanText, action: str, title: str, do: Any, *, back: str, without: int | None = None) -> Response:
    """Write what was typed; the page again with every finding where it cannot be planned."""
    person = current_user._get_current_object()

    def checked() -> Checked:
        today = page.clock().today()
        return plans.check_text(
            text, county_id=person.county_id, body_id=_body_id(), today=today, hidden=plans.visible(person), without=without
        )

    drawn: dict[str, Any] = {"ticked": ticked(), "back": back, "day": text.first_on}
    try:
        number = do(person)
    except NotAllowed as refusal:
        found = checked()
        problem = dated(refusal.decision) if found.allowed else None
        return _drawn(form, action, title, checked=found if problem is None else None, status=403, problem=problem, **drawn)
    except CalendarError:
        field = form.first_on if "first_on" in form else form.on
        field.errors = [_("The county's calendar does not speak of this day.")]
        return _drawn(form, action, title, status=422, **drawn)
    except Stale:
        return _drawn(form, action, title, status=409, is_stale=True, **drawn)
    except KeyReused as reused:
        return _drawn(form, action, title, status=422, said_at=reused.result, **drawn)
    return done(services.place_of(number))


@bp.get("/inspections/plans/new")
@roles("inspector")
def new() -> Response:
    """A plan to be filled in."""
    form = _prepared(PlanForm(formdata=None))
    return _drawn(form, "/inspections/plans/draft", _("New inspection plan"), ticked=_own_inspector())


def _own_inspector() -> tuple[int, ...]:
    rows = plans.inspectors_of(current_user.county_id, _body_id())
    return tuple(each.row.id for each in rows if each.row.account_id == current_user.account_id)


@bp.post("/inspections/plans/draft")
@roles("inspector")
def draft() -> Response:
    """Draft a plan."""
    form, action, title = _prepared(PlanForm()), "/inspections/plans/draft", _("New inspection plan")
    text = _planned(form)
    if text is None:
        return _drawn(form, action, title, ticked=ticked(), status=422)
    return _written(
        form, text, action, title, lambda person: services.draft(text, actor=person, clock=page.clock(), once=once_key()),
        back="/inspections/plans",
    )  # fmt: skip


@bp.get("/inspections/plans/afterwards")
@roles("inspector")
def afterwards() -> Response:
    """A visit to an accident, to be written down afterwards."""
    form = _prepared(AfterwardsForm(formdata=None))
    return _drawn(form, "/inspections/plans/afterwards/write", _("A visit to an accident, afterwards"), ticked=_own_inspector())


@bp.post("/inspections/plans/afterwards/write")
@roles("inspector")
def write() -> Response:
    """Write down a visit to an accident (Q-5)."""
    form, action = _prepared(AfterwardsForm()), "/inspections/plans/afterwards/write"
    title = _("A visit to an accident, afterwards")
    text = _happened(form)
    if text is None:
        return _drawn(form, action, title, ticked=ticked(), status=422)
    return _written(
        form, text, action, title, lambda person: services.draft(text, actor=person, clock=page.clock(), once=once_key()),
        back="/inspections/plans",
    )  # fmt: skip


def _may_change(shown: PlanShown) -> bool:
    state = rules.may_change(PlanState(shown.row.state), is_after_fact=shown.row.is_after_fact)
    return bool(state) and current_user.role == "inspector" and current_user.body_id == shown.row.body_id


@bp.get("/inspections/plans/<number>/edit")
@roles("inspector")
def edit(number: str) -> Response:
    """A plan to be changed."""
    shown = plans.get_plan_for(current_user, number)
    row = shown.row
    if not _may_change(shown) or row.is_after_fact:
        abort(404)
    look(row)
    said = {
        "enterprise": shown.line.enterprise.code, "matter": shown.line.matter.code, "kind": row.kind, "first_on": row.first_on,
        "last_on": None if row.last_on == row.first_on else row.last_on, "announced": "1" if row.is_announced else "0", "exemption": row.exemption or "", "basis": row.basis,
        "on_day_off": row.on_day_off, "coordinated": row.coordinated, "version": str(row.version),
    }  # fmt: skip
    form = _prepared(PlanForm(formdata=None, data=said))
    ticked = tuple(each.row.id for each in shown.inspectors)
    return _drawn(form, f"{services.place_of(number)}/change", _("Change the plan"), ticked=ticked, back=services.place_of(number))


@bp.post("/inspections/plans/<number>/change")
@roles("inspector")
def change(number: str) -> Response:
    """Change a plan; it is submitted, approved and filed again."""
    shown = plans.get_plan_for(current_user, number)
    form, back = _prepared(PlanForm()), services.place_of(number)
    action, title = f"{back}/change", _("Change the plan")
    text = _planned(form)
    if text is None:
        return _drawn(form, action, title, ticked=ticked(), status=422, back=back)
    text = replace(text, recheck_of_id=shown.row.recheck_of_id)

    def do(person: Any) -> str:
        services.change(number, text, version=form.drawn_from, actor=person, clock=page.clock(), once=once_key())
        return number

    return _written(form, text, action, title, do, back=back, without=shown.row.id)


def _recheck(number: str) -> PlanShown:
    """The visit of one's own body to which a recheck would belong, while an order of it is open; 404 otherwise."""
    shown = plans.get_plan_for(current_user, number)
    row = shown.row
    first = plans.first_visit(row.county_id, row.id)
    if first is None or not check_recheck(first, body=_body_id(), enterprise=row.enterprise_id, matter=shown.line.matter.code):
        abort(404)
    return shown


@bp.get("/inspections/plans/<number>/recheck")
@roles("inspector")
def recheck(number: str) -> Response:
    """A recheck limited to what was ordered, to be planned: it belongs to its first visit (Q-3)."""
    shown = _recheck(number)
    row = shown.row
    look(row)
    said = {"enterprise": shown.line.enterprise.code, "matter": shown.line.matter.code, "kind": row.kind, "announced": "1"}
    form = _prepared(PlanForm(formdata=None, data=said))
    ticked, back = tuple(each.row.id for each in shown.inspectors), f"{services.place_of(number)}/visit"
    return _drawn(form, f"{services.place_of(number)}/recheck", _("A recheck of what was ordered"), ticked=ticked, back=back)


@bp.post("/inspections/plans/<number>/recheck")
@roles("inspector")
def draft_recheck(number: str) -> Response:
    """Draft a recheck; it is decided on and filed as any plan."""
    shown = plans.get_plan_for(current_user, number)
    form, action, title = _prepared(PlanForm()), f"{services.place_of(number)}/recheck", _("A recheck of what was ordered")
    back = f"{services.place_of(number)}/visit"
    text = _planned(form)
    if text is None:
        return _drawn(form, action, title, ticked=ticked(), status=422, back=back)
    text = replace(text, recheck_of_id=shown.row.id)
    return _written(
        form, text, action, title, lambda person: services.draft(text, actor=person, clock=page.clock(), once=once_key()), back=back
    )


# --- one plan -----------------------------------------------------------------------------------------------------------------------


def _page(
    number: str, *, refusal: ReasonForm | None = None, leaving: ReasonForm | None = None, status: int = 200, problem: Decision | None = None,
    is_stale: bool = False, said_at: str = "",
) -> Response:  # fmt: skip
    now = page.clock().now()
    today = civil_date(now)
    shown = plans.get_plan_for(current_user, number)
    row = shown.row
    look(row)
    own = current_user.role == "inspector" and current_user.body_id == row.body_id
    may_submit = rules.may_submit(PlanState(row.state)) if own else None
    may_decide = services.may_decide(shown, current_user, current_user.offices) if current_user.role in DECIDE else None
    may_file = dated(services.may_file(shown, today)) if own and row.state == PlanState.APPROVED.value else None
    refusal, leaving, step = refusal or ReasonForm(formdata=None), leaving or ReasonForm(formdata=None), StepForm(formdata=None)
    for prefix, form in (("refuse", refusal), ("cancel", leaving), ("step", step)):
        if status != 200:
            form.key.data = new_key()
        form.version.data = str(row.version)
        for field in form:
            field.id = f"{prefix}-{field.short_name}"
    quiet = queries.quiet_calendar(row.county_id)
    late: list[str] = []
    if row.is_after_fact:
        left_at = plans.text_of(shown).left_at
        late = rules.late_after_fact(left_at, row.filed_at, row.approved_at, now, quiet.calendar) if left_at else []
    exempt = plans.is_exempt(row.county_id, Kind(row.kind), row.exemption, row.basis, row.first_on)
    file_by = row.first_on if exempt else rules.file_by(row.first_on, quiet.calendar)
    before = row.state in (*AHEAD, PlanState.DRAFT.value, PlanState.SUBMITTED.value) and not row.is_after_fact
    hidden = plans.visible(current_user)
    alarms = alarm_queries.raised_by(shown.line.enterprise, row.first_on, row.exemption, hidden=hidden, without=row.id) if before else []
    body = render_template(
        "inspections/plan.html", alarms=[dated(each.as_decision()) for each in alarms], shown=shown, row=row, states=STATES, tones=TONES, events=EVENTS, hidden_events=HIDDEN_EVENTS,
        kinds=pages.KINDS, exemptions=pages.EXEMPTIONS, may_submit=may_submit, may_decide=may_decide, may_file=may_file,
        may_change=_may_change(shown), refusal_form=refusal, leaving=leaving, step=step, problem=problem, is_stale=is_stale, said_at=said_at,
        is_hidden=plans.is_hidden(row), late=[LATE[each] for each in late], file_by=file_by, own=own,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/inspections/plans/<number>")
@roles(*READERS)
def plan(number: str) -> Response:
    """One plan: what it says, where it stands, and the next step for whoever may take it."""
    return _page(number)


@bp.get("/inspections/plans/<number>/form")
@roles(*READERS)
def form(number: str) -> Response:
    """The form by which a plan is filed, to print (A4)."""
    shown = plans.get_plan_for(current_user, number)
    if shown.row.approved_at is None:
        abort(404)
    look(shown.row)
    return make_response(render_template("inspections/plan_paper.html", shown=shown, row=shown.row, kinds=pages.KINDS, exemptions=pages.EXEMPTIONS, events=EVENTS))


def _step(number: str, do: Any, said: str, *, form: Any = None, name: str = "") -> Response:
    form = form or StepForm()
    person = current_user._get_current_object()
    plans.get_plan_for(person, number)
    again: dict[str, Any] = {name: form} if name else {}
    if not form.validate_on_submit():
        return _page(number, status=422, **again)
    try:
        do(person, form)
    except NotAllowed as refused:
        return _page(number, status=403, problem=dated(refused.decision), **again)
    except Stale:
        return _page(number, status=409, is_stale=True, **again)
    except KeyReused as reused:
        return _page(number, status=422, said_at=reused.result, **again)
    flash(said, "ok")
    return done(services.place_of(number))


@bp.post("/inspections/plans/<number>/submit")
@roles("inspector")
def submit(number: str) -> Response:
    """Give the plan to whoever decides on it."""
    return _step(
        number, lambda person, form: services.submit(number, version=form.drawn_from, actor=person, clock=page.clock(), once=once_key()),
        _("The plan waits for the decision."),
    )  # fmt: skip


@bp.post("/inspections/plans/<number>/approve")
@roles(*DECIDE)
def approve(number: str) -> Response:
    """Approve the plan."""
    return _step(
        number, lambda person, form: services.approve(number, version=form.drawn_from, actor=person, clock=page.clock(), once=once_key()),
        _("The plan is approved. It is filed next."),
    )  # fmt: skip


@bp.post("/inspections/plans/<number>/refuse")
@roles(*DECIDE)
def refuse(number: str) -> Response:
    """Refuse the plan with a reason."""
    return _step(
        number,
        lambda person, form: services.refuse(
            number, form.reason.data or "", version=form.drawn_from, actor=person, clock=page.clock(), once=once_key()
        ),
        _("The plan is refused."), form=ReasonForm(), name="refusal",
    )  # fmt: skip


@bp.post("/inspections/plans/<number>/file")
@roles("inspector")
def file(number: str) -> Response:
    """File the plan."""
    return _step(
        number, lambda person, form: services.file(number, version=form.drawn_from, actor=person, clock=page.clock(), once=once_key()),
        _("The plan is filed."),
    )  # fmt: skip


@bp.post("/inspections/plans/<number>/cancel")
@roles("inspector")
def cancel(number: str) -> Response:
    """Cancel the plan with a reason."""
    return _step(
        number,
        lambda person, form: services.cancel(
            number, form.reason.data or "", version=form.drawn_from, actor=person, clock=page.clock(), once=once_key()
        ),
        _("The plan is cancelled."), form=ReasonForm(), name="leaving",
    )  # fmt: skip


# --- yearly plans -----------------------------------------------------------------------------------------------------------------


def _year_asked() -> int:
    text = request.args.get("year", "") or str(page.clock().today().year)
    if not (text.isascii() and text.isdigit() and len(text) == 4 and 2019 <= int(text) <= 2100):
        abort(404)
    return int(text)


@bp.get("/inspections/yearly")
@public
def yearly() -> Response:
    """The published yearly plans of a year, bodies by code: matter, kind, share, number, months (Q-10, Q-12)."""
    year = _year_asked()
    found = plans.yearly_plans(page.county().id, year)
    late = {each.row.id for each in found if rules.is_published_late(year, civil_date(each.row.published_at or page.clock().now()))}
    waits = plans.yearly_waiting(current_user) if current_user.is_authenticated else []
    return make_response(
        render_template("inspections/yearly.html", year=year, found=found, late=late, kinds=pages.KINDS, waits=waits)
    )


def _yearly_page(body_code: str, year: int, *, status: int = 200, problem: Decision | None = None, is_stale: bool = False, said_at: str = "") -> Response:
    body = plans.own_body(current_user, body_code)
    found = plans.yearly_plans(current_user.county_id, year, body_id=body.id, published=False)
    if not found:
        abort(404)
    one, form = found[0], StepForm(formdata=None)
    form.version.data = str(one.row.edition)
    form.key.data = new_key()
    may = rules.may_publish_yearly(
        body.id, current_user.offices, is_published=one.row.published_at is not None, lines=len(one.lines)
    )
    return make_response(
        render_template(
            "inspections/yearly_edition.html", one=one, year=year, kinds=pages.KINDS, may_publish=may, form=form, problem=problem,
            is_stale=is_stale, said_at=said_at, is_late=rules.is_published_late(year, page.clock().today()),
        ),
        status,
    )  # fmt: skip


@bp.get("/inspections/yearly/<body_code>/<int(fixed_digits=4):year>")
@roles(*READERS)
def yearly_edition(body_code: str, year: int) -> Response:
    """The latest edition of one's own body, published or not."""
    return _yearly_page(body_code, year)


@bp.post("/inspections/yearly/<body_code>/<int(fixed_digits=4):year>/publish")
@roles("dept_head")
def publish(body_code: str, year: int) -> Response:
    """Publish, and so file, the latest edition."""
    form, person = StepForm(), current_user._get_current_object()
    plans.own_body(person, body_code)
    if not form.validate_on_submit():
        return _yearly_page(body_code, year, status=422)
    try:
        yearly_services.publish_yearly(body_code, year, version=form.drawn_from, actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refused:
        return _yearly_page(body_code, year, status=403, problem=refused.decision)
    except Stale:
        return _yearly_page(body_code, year, status=409, is_stale=True)
    except KeyReused as reused:
        return _yearly_page(body_code, year, status=422, said_at=reused.result)
    flash(_("The yearly plan is published."), "ok")
    return done(f"/inspections/yearly/{body_code}/{year}")
