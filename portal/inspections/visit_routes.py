"""The visit, for who goes, decides and supervises: notice, door, result, penalty, the inspector's day, alarms (Q-6, Q-8, Q-11)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, make_response, render_template, request
from flask_login import current_user

from portal.database import KeyReused, NotFound, Stale
from portal.i18n import _, _p, named
from portal.inspections import alarm_queries, notice_queries, notice_services, pages, plan_queries, queries, visit_forms, visit_queries
from portal.inspections import visit_services as services
from portal.inspections.plan_forms import StepForm
from portal.inspections.plan_routes import look
from portal.inspections.plan_words import GRADES, STATES, TONES
from portal.inspections.visit_words import BOXES, CODE_TONES, CODES, HOW, OUTCOME_TONES, OUTCOMES
from portal.rules import inspection_visits as rules
from portal.rules.decision import Decision, NotAllowed
from portal.rules.inspection_plans import Outcome, PlanEventKind, PlanState
from portal.rules.inspection_visits import HowChecked, Ordered, Span
from portal.rules.moments import SHANGHAI, civil_date
from portal.web import page, pictures
from portal.web.access import roles
from portal.web.filters import long_day, yuan
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("inspection_visits", __name__)

READERS = ("inspector", "dept_head", "leader", "supervisor")
ALARMED = ("supervisor", "manager", "dept_head")
AFTER = (PlanState.VISITED, PlanState.TOLD)


def _navigation() -> list[tuple[str, Any, Any]]:
    if current_user.role != "inspector":
        return []
    return [("/inspections/today", _p("nav", "My visits"), visit_queries.to_do(current_user, page.clock().today()))]


def _management() -> list[tuple[str, Any, Any]]:
    rows: list[tuple[str, Any, Any]] = []
    if current_user.role in READERS:
        rows.append(("/inspections/following", _p("nav", "After the visits"), _("Results to tell, orders to check, and what is late, by body.")))
    if current_user.role in ALARMED:
        rows.append(("/inspections/alarms", _p("nav", "Visited too often"), _("Enterprises that were visited more than once a day, twice a week or three times a month.")))
    return rows


page.navigation.append(_navigation)
page.management.append(_management)


def _dated(decision: Decision) -> Decision:
    """The answer with its days and amounts in the words of the page's language."""
    facts: dict[str, object] = {}
    for name, value in decision.facts.items():
        facts[name] = long_day(value) if isinstance(value, date) else yuan(value) if name.endswith("_fen") and isinstance(value, int) else value
    return Decision(decision.allowed, decision.by, decision.reason, decision.rule, facts)


def spaced(code: str) -> str:
    """A code of a notice in groups of five."""
    return "-".join(code[start : start + 5] for start in range(0, len(code), 5))


def _named_ids(prefix: str, form: Any) -> Any:
    """Several forms on one page: each field has an id of its own."""
    for each in form:
        each.id = f"{prefix}-{each.short_name}"
    return form


def _moment(day: date, text: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(text), SHANGHAI)


# --- the page of a visit --------------------------------------------------------------------------------------------------------------


def _page(number: str, *, status: int = 200, problem: Decision | None = None, is_stale: bool = False, said_at: str = "", **given: Any) -> Response:
    """One visit: where it stands, the next step, and what became of it. `given`: a form that comes back, by its name."""
    now = page.clock().now()
    today = civil_date(now)
    visit = visit_queries.get_visit_for(current_user, number)
    row, door = visit.row, visit.door(current_user)
    look(row)
    quiet = queries.quiet_calendar(row.county_id)
    forms = {
        name: given.get(name) or make(formdata=None)
        for name, make in (("away", visit_forms.AwayForm), ("late", visit_forms.LateCodeForm), ("tell", visit_forms.TellForm), ("order", visit_forms.CheckOrderForm))
    }
    step = StepForm(formdata=None)
    for prefix, form in (*forms.items(), ("step", step)):
        form.version.data = str(row.version)
        if status != 200:
            form.key.data = new_key()
        _named_ids(prefix, form)
    is_filed = row.state == PlanState.FILED.value
    may_show, may_enter = services.at_the_door(visit, current_user, today) if is_filed and door.goes else (None, None)
    of_body = current_user.role == "inspector" and current_user.body_id == row.body_id
    state, code = PlanState(row.state), visit.code_state(now)
    body = render_template(
        "inspections/visit.html", visit=visit, row=row, shown=visit.shown, door=door, today=today, states=STATES, tones=TONES, outcomes=OUTCOMES,
        outcome_tones=OUTCOME_TONES, codes=CODES, code_tones=CODE_TONES, how=HOW, forms=forms, step=step, problem=problem, is_stale=is_stale,
        said_at=said_at, order_open=given.get("order_seq", 0), of_body=of_body, is_filed=is_filed,
        may_show=_dated(may_show) if may_show is not None and not door.is_open_to_check else None,
        may_enter=_dated(may_enter) if may_enter is not None else None,
        may_leave=rules.may_leave(door), may_tell=rules.may_tell(door, is_recorded=visit.outcome is not None),
        may_record=door.goes and state is PlanState.VISITED and not visit.is_settled,
        may_penalise=services.may_penalise(visit, current_user, current_user.offices) if current_user.role == "dept_head" and state in AFTER else None,
        is_over=is_filed and today > row.last_on, code_state=code, tell_by=visit.tell_by(quiet.calendar),
        is_late=visit.now.left_at is not None and visit.result is not None and (visit.result.is_told_late or (visit.result.told_at is None and rules.is_told_late(visit.now.left_at, None, now, quiet.calendar))),
        entered=visit.said(PlanEventKind.ENTERED), told=visit.said(PlanEventKind.TOLD), away=visit.said(PlanEventKind.REFUSED_AT_DOOR),
        can_recheck=of_body and row.recheck_of_id is None and state in AFTER and any(order.checked_at is None for order in visit.orders),
        checks={event.payload["order"]: event.payload for event in visit.shown.events if event.kind == PlanEventKind.ORDER_CHECKED.value},
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/inspections/plans/<number>/visit")
@roles(*READERS)
def visit(number: str) -> Response:
    """Where a visit stands, and what comes next."""
    return _page(number)


def _act(number: str, do: Any, said: str, *, form: Any = None, name: str = "", to: str = "", again: Any = None, **given: Any) -> Response:
    """Press a button of the visit's page; the page again where it cannot be. `again`: another page that the form stands on."""
    form = form or StepForm()
    person = current_user._get_current_object()
    draw = again or _page
    plan_queries.get_plan_for(person, number)
    kept: dict[str, Any] = {**given, **({name: form} if name else {})}
    if not form.validate_on_submit():
        return draw(number, status=422, **kept)
    try:
        do(person, form)
    except NotAllowed as refused:
        return draw(number, status=403, problem=_dated(refused.decision), **kept)
    except Stale:
        return draw(number, status=409, is_stale=True, **kept)
    except KeyReused as reused:
        return draw(number, status=422, said_at=reused.result, **kept)
    flash(said, "ok")
    return done(to or services.place_of(number))


def _with(form: Any, person: Any) -> dict[str, Any]:
    return {"version": form.drawn_from, "actor": person, "clock": page.clock(), "once": once_key()}


@bp.post("/inspections/plans/<number>/show")
@roles("inspector")
def show(number: str) -> Response:
    """Show the code at the door."""
    return _act(
        number, lambda person, form: services.show_code(number, **_with(form, person)), _("The code is valid now. Let the enterprise check it."),
        to=f"/inspections/plans/{number}/notice",
    )  # fmt: skip


@bp.post("/inspections/plans/<number>/enter")
@roles("inspector")
def enter(number: str) -> Response:
    """Enter."""
    return _act(number, lambda person, form: services.enter(number, **_with(form, person)), _("You entered. Show your certificates."))


@bp.post("/inspections/plans/<number>/leave")
@roles("inspector")
def leave(number: str) -> Response:
    """Leave."""
    return _act(number, lambda person, form: services.leave(number, **_with(form, person)), _("You left. Record the result next."))


@bp.post("/inspections/plans/<number>/turn_away")
@roles("inspector")
def turn_away(number: str) -> Response:
    """Turned away at the door."""
    return _act(
        number, lambda person, form: services.turn_away(number, form.said.data or "", **_with(form, person)), _("It is written down that you were turned away."),
        form=visit_forms.AwayForm(), name="away",
    )  # fmt: skip


@bp.post("/inspections/plans/<number>/explain_code")
@roles("inspector")
def explain_code(number: str) -> Response:
    """Say why the code follows late."""
    return _act(
        number, lambda person, form: services.explain_code(number, form.reason.data or "", **_with(form, person)), _("The reason is kept."),
        form=visit_forms.LateCodeForm(), name="late",
    )  # fmt: skip


@bp.post("/inspections/plans/<number>/tell")
@roles("inspector")
def tell(number: str) -> Response:
    """Say that the enterprise was told."""
    return _act(
        number, lambda person, form: services.tell(number, form.to.data or "", **_with(form, person)), _("The result is told."),
        form=visit_forms.TellForm(), name="tell",
    )  # fmt: skip


@bp.post("/inspections/plans/<number>/orders/<int:order>/check_order")
@roles("inspector")
def check_order(number: str, order: int) -> Response:
    """Write down whether an order was followed."""
    page.whole_id(order)
    return _act(
        number,
        lambda person, form: services.check_order(
            number, order, corrected=form.corrected.data == "1", how=HowChecked(form.how.data), note=form.note.data or "", **_with(form, person)
        ),
        _("The check of the order is kept."), form=visit_forms.CheckOrderForm(), name="order", order_seq=order,
    )  # fmt: skip


# --- the notice and the paper of the result -----------------------------------------------------------------------------------------------


@bp.get("/inspections/plans/<number>/notice")
@roles(*READERS)
def notice(number: str) -> Response:
    """The notice of an approved, filed visit, to print (A4): its code, who, why, when, this year's count, what may be refused (Q-6)."""
    visit = visit_queries.get_visit_for(current_user, number)
    row = visit.row
    look(row)
    code = plan_queries.code_of(visit.shown)
    if code is None or plan_queries.is_hidden(row):  # of an unannounced plan there is none before the door
        abort(404)
    link = f"{current_app.config['PUBLIC_URL']}/inspections/verify/{code}"
    return make_response(
        render_template(
            "inspections/visit_notice.html", shown=visit.shown, row=row, code=spaced(code), qr=pictures.qr_code(link), link=link, kinds=pages.KINDS,
            exemptions=pages.EXEMPTIONS, made=visit_queries.year_count(row, row.first_on), first=visit.first,
        )
    )  # fmt: skip


@bp.get("/inspections/plans/<number>/result")
@roles(*READERS)
def result(number: str) -> Response:
    """The result of a visit, to print and hand over (A4) (Q-8)."""
    visit = visit_queries.get_visit_for(current_user, number)
    look(visit.row)
    if visit.outcome is None or visit.outcome is Outcome.TURNED_AWAY:
        abort(404)
    calendar = queries.quiet_calendar(visit.row.county_id).calendar
    return make_response(
        render_template(
            "inspections/visit_result.html", visit=visit, shown=visit.shown, row=visit.row, outcomes=OUTCOMES, grades=GRADES, how=HOW,
            recorded=visit.last(PlanEventKind.RECORDED), told=visit.said(PlanEventKind.TOLD), tell_by=visit.tell_by(calendar),
        )
    )  # fmt: skip


# --- recording --------------------------------------------------------------------------------------------------------------------------


def _form_page(
    template: str, number: str, form: Any, *, status: int = 200, problem: Decision | None = None, is_stale: bool = False, said_at: str = "", **more: Any
) -> Response:
    visit = visit_queries.get_visit_for(current_user, number)
    look(visit.row)
    if not form.version.data or status == 200:
        form.version.data = str(visit.row.version)
    if status != 200:
        form.key.data = new_key()
        form.version.data = str(visit.row.version)
    body = render_template(
        f"inspections/{template}.html", visit=visit, row=visit.row, shown=visit.shown, form=form, problem=problem, is_stale=is_stale,
        said_at=said_at, back=services.place_of(number), **more,
    )  # fmt: skip
    return make_response(body, status)


def _result_page(number: str, *, form: Any = None, **more: Any) -> Response:
    visit = visit_queries.get_visit_for(current_user, number)
    if form is None:
        order = visit.orders[0] if visit.orders else None
        said = {
            "outcome": visit.outcome.value if visit.outcome else "", "findings": visit.findings, "at_once": visit.at_once,
            "order": order.what if order else "", "due_on": order.due_on if order else None,
        }  # fmt: skip
        form = visit_forms.ResultForm(formdata=None, data=said)
    return _form_page("visit_record", number, form, **more)


@bp.get("/inspections/plans/<number>/record")
@roles("inspector")
def record_form(number: str) -> Response:
    """The result, to be filled in."""
    visit = visit_queries.get_visit_for(current_user, number)
    if not visit.door(current_user).goes or visit.row.state != PlanState.VISITED.value or visit.is_settled:
        abort(404)
    return _result_page(number)


@bp.post("/inspections/plans/<number>/record")
@roles("inspector")
def record(number: str) -> Response:
    """Record the result."""
    form = visit_forms.ResultForm()
    is_known = form.outcome.data in {each.value for each in rules.RECORDED_AS}
    if not is_known:
        form.validate()
        form.outcome.errors = [_("Please choose one from the list.")]
        plan_queries.get_plan_for(current_user, number)
        return _result_page(number, form=form, status=422)

    def do(person: Any, form: Any) -> None:
        order = Ordered(form.order.data or "", form.due_on.data, bool(form.at_once.data))
        services.record_result(number, Outcome(form.outcome.data), form.findings.data or "", order, **_with(form, person))

    return _act(number, do, _("The result is recorded. Tell the enterprise next."), form=form, name="form", again=_result_page)


# --- on paper ---------------------------------------------------------------------------------------------------------------------------


def _paper_page(number: str, *, form: Any = None, **more: Any) -> Response:
    visit = visit_queries.get_visit_for(current_user, number)
    form = form or visit_forms.PaperForm(formdata=None, data={"on": min(max(visit.row.first_on, page.clock().today()), visit.row.last_on)})
    return _form_page("visit_paper", number, form, **more)


@bp.get("/inspections/plans/<number>/paper")
@roles("inspector")
def paper_form(number: str) -> Response:
    """A visit that was made with a paper notice, to be written down."""
    visit = visit_queries.get_visit_for(current_user, number)
    if not visit.door(current_user).goes or visit.row.state != PlanState.FILED.value:
        abort(404)
    return _paper_page(number)


@bp.post("/inspections/plans/<number>/paper")
@roles("inspector")
def write_on_paper(number: str) -> Response:
    """Write down a visit that was made with a paper notice."""

    def do(person: Any, form: Any) -> None:
        entered, left = (_moment(form.on.data, text) for text in (form.entered.data, form.left.data))
        if left < entered:
            left += timedelta(days=1)  # over midnight
        said = services.OnPaper(form.notice.data or "", entered, left, form.why.data or "")
        services.write_on_paper(number, said, **_with(form, person))

    return _act(number, do, _("The visit is written down; its code is valid now."), form=visit_forms.PaperForm(), name="form", again=_paper_page)


# --- penalties ----------------------------------------------------------------------------------------------------------------------------


def _penalty_page(number: str, *, form: Any = None, **more: Any) -> Response:
    visit = visit_queries.get_visit_for(current_user, number)
    rows = visit_queries.benchmarks_for(visit.shown, services.visited_on(visit))
    form = _offered(form or visit_forms.PenaltyForm(formdata=None), rows)
    before = visit_queries.penalised_before(visit.row.enterprise_id)
    return _form_page(
        "visit_penalty", number, form, rows=rows, grades=GRADES, is_first={row.code: rules.breach_of(row.code) not in before for row in rows},
        outcomes=OUTCOMES, correction=visit.correction.value, **more,
    )  # fmt: skip


def _offered(form: Any, rows: Any) -> Any:
    form.benchmark.choices = [("", "—"), *((row.code, f"{row.code} {named(row)}") for row in rows)]
    return form


@bp.get("/inspections/plans/<number>/penalty")
@roles("dept_head")
def penalty_form(number: str) -> Response:
    """A penalty, to be decided by the head of the body."""
    visit = visit_queries.get_visit_for(current_user, number)
    if not services.may_penalise(visit, current_user, current_user.offices):
        abort(404)
    return _penalty_page(number)


@bp.post("/inspections/plans/<number>/penalise")
@roles("dept_head")
def penalise(number: str) -> Response:
    """Decide on a penalty."""
    visit = visit_queries.get_visit_for(current_user, number)
    form = _offered(visit_forms.PenaltyForm(), rows := visit_queries.benchmarks_for(visit.shown, services.visited_on(visit)))
    if form.benchmark.data not in {row.code for row in rows}:
        form.validate()
        form.benchmark.errors = [_("Please choose one from the list.")]
        return _penalty_page(number, form=form, status=422)
    return _act(
        number,
        lambda person, form: services.penalise(
            number, form.benchmark.data, rules.fen_of(form.amount.data) or 0, form.ground.data or "", **_with(form, person)
        ),
        _("The penalty is decided."), form=form, name="form", again=_penalty_page,
    )  # fmt: skip


# --- the inspector's day, and what follows ------------------------------------------------------------------------------------------------


@bp.get("/inspections/today")
@roles("inspector")
def today() -> Response:
    """The inspector's own list: visits of these days, codes that follow, results to tell, orders to check."""
    now = page.clock().now()
    on = civil_date(now)
    day = visit_queries.day_of(current_user, on)
    look(*(line.row for line in day.visits))
    return make_response(
        render_template(
            "inspections/visits_today.html", day=day, on=on, on_in_words=pages.day_of_week(on, year=True), states=STATES, tones=TONES, outcomes=OUTCOMES, state_of={row.id: rules.code_state(row.visited_at, None, now) for _line, row in day.codes},
            codes=CODES, code_tones=CODE_TONES, quiet=queries.quiet_calendar(current_user.county_id).state(on).value, body=visit_queries.code_of_body(current_user),
            ahead=visit_queries.DAYS_AHEAD,
        )
    )  # fmt: skip


def _year() -> int:
    text = request.args.get("year", "") or str(page.clock().today().year)
    if not (text.isascii() and text.isdigit() and len(text) == 4 and 2019 <= int(text) <= 2100):
        abort(404)
    return int(text)


@bp.get("/inspections/following")
@roles(*READERS)
def following() -> Response:
    """What follows the visits: by body what was late in a year (by name, Q-12), and of one body the lines of a box."""
    now, year, box = page.clock().now(), _year(), request.args.get("box", "tell")
    if box not in visit_queries.BOXES:
        abort(404)
    own = None if current_user.role == "supervisor" else current_user.body_id or 0
    counts = visit_queries.late_by_body(current_user.county_id, year, now, body_id=own)
    code = request.args.get("body", "")[:40] or (None if own is None else visit_queries.code_of_body(current_user))
    body = visit_queries.body_for(current_user, code) if code else None
    rows, more = visit_queries.list_following(current_user, box, body.id, now, before=page.cursor("before")) if body is not None else ([], None)
    calendar = queries.quiet_calendar(current_user.county_id).calendar
    return make_response(
        render_template(
            "inspections/visits_following.html", counts=sorted(counts, key=lambda row: pages.name_key(named(row.body))), year=year, box=box, boxes=BOXES,
            body=body, rows=rows, today=civil_date(now), outcomes=OUTCOMES, codes=CODES, code_tones=CODE_TONES,
            by={row.key: rules.tell_by(row.result.left_at, calendar) for row in rows if row.result is not None},
            state_of={row.key: rules.code_state(row.code.visited_at, row.code.code_at, now) for row in rows if row.code is not None},
            older=f"/inspections/following?box={box}&body={code}&before={more}" if more else None,
        )
    )  # fmt: skip


# --- paper notices ------------------------------------------------------------------------------------------------------------------------


def _own_body() -> int:
    return int(current_user.body_id) if current_user.body_id is not None else abort(404)


def _notices_page(*, form: Any = None, status: int = 200, problem: Decision | None = None, said_at: str = "") -> Response:
    form = form or visit_forms.DrawForm(formdata=None, data={"number": 10})
    if status != 200:
        form.key.data = new_key()
    rows, more = notice_queries.list_blocks(current_user.county_id, _own_body(), before=page.cursor("before"))
    body = render_template(
        "inspections/paper_notices.html", rows=rows, form=form, problem=problem, said_at=said_at,
        older=f"/inspections/notices?before={more}" if more else None,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/inspections/notices")
@roles("inspector", "dept_head")
def notices() -> Response:
    """The blank paper notices of one's own body: what was drawn, and what each number was used for (Q-6)."""
    return _notices_page()


@bp.post("/inspections/notices/draw")
@roles("inspector")
def draw() -> Response:
    """Draw the next numbers, to print."""
    form = visit_forms.DrawForm()
    if not form.validate_on_submit():
        return _notices_page(form=form, status=422)
    person = current_user._get_current_object()
    try:
        block = notice_services.draw_notices(form.number.data or 0, actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refused:
        return _notices_page(form=form, status=403, problem=refused.decision)
    except KeyReused as reused:
        return _notices_page(form=form, status=422, said_at=reused.result)
    return done(f"/inspections/notices/{block}")


@bp.get("/inspections/notices/<int:block_id>")
@roles("inspector", "dept_head")
def notice_block(block_id: int) -> Response:
    """The blank notices of a block, one a page."""
    block = notice_queries.get_block(current_user.county_id, _own_body(), page.whole_id(block_id))
    return make_response(render_template("inspections/paper_notices_print.html", block=block))


# --- alarms -------------------------------------------------------------------------------------------------------------------------------


def _month() -> date:
    text = request.args.get("month", "")
    if not text:
        return page.clock().today().replace(day=1)
    try:
        found = date.fromisoformat(f"{text}-01") if len(text) == 7 else abort(404)
    except ValueError:
        abort(404)
    return found if 2019 <= found.year <= 2100 else abort(404)


A_PAGE = 30


@bp.get("/inspections/alarms")
@roles(*ALARMED)
def alarms() -> Response:
    """Enterprises that were visited too often in a month, and inspectors who three times found nothing there; by name, never ranked (Q-11, Q-12)."""
    month = _month()
    own = current_user.body_id or 0 if current_user.role == "dept_head" else None
    lines = sorted(alarm_queries.list_alarms(current_user.county_id, month), key=lambda line: pages.name_key(named(line.enterprise))) if own is None else []
    start = _start(lines, page.cursor("after"))
    fruitless = alarm_queries.list_fruitless(current_user.county_id, month.year, body_id=own)
    fruitless.sort(key=lambda line: (pages.name_key(named(line.enterprise)), line.fact.certificate))
    more = len(lines) > start + A_PAGE
    return make_response(
        render_template(
            "inspections/alarms.html", lines=lines[start : start + A_PAGE], own=own, fruitless=fruitless, month=month,
            month_name=pages.month_name(month.year, month.month), most={span.value: number for span, number in rules.MOST.items()}, least=rules.FRUITLESS,
            before=(month - timedelta(days=1)).strftime("%Y-%m"), after=rules.span_of(Span.MONTH, month)[1] + timedelta(days=1),
            older=f"/inspections/alarms?month={month:%Y-%m}&after={lines[start + A_PAGE - 1].enterprise.id}" if more else None,
        )
    )  # fmt: skip


def _start(lines: list[alarm_queries.AlarmLine], after: int | None) -> int:
    if after is None:
        return 0
    found = next((index for index, line in enumerate(lines) if line.enterprise.id == after), None)
    return found + 1 if found is not None else abort(404)


def _explain_page(
    inspector_id: int, code: str, year: int, *, form: Any = None, status: int = 200, problem: Decision | None = None, is_stale: bool = False, said_at: str = ""
) -> Response:
    enterprise = queries.enterprise_by_code(current_user.county_id, code)
    lines = alarm_queries.list_fruitless(current_user.county_id, year, body_id=current_user.body_id or 0)
    line = next((each for each in lines if each.inspector.id == inspector_id and each.enterprise.id == enterprise.id), None)
    if line is None:
        raise NotFound(f"inspector {inspector_id}")
    form = form or visit_forms.ExplainForm(formdata=None)
    if status != 200:
        form.key.data = new_key()
    form.version.data = str(line.fact.number)
    may = services.may_explain(line.fact, line.inspector, current_user, current_user.offices)
    body = render_template(
        "inspections/alarm_explain.html", line=line, year=year, form=form, problem=problem, is_stale=is_stale, said_at=said_at, may=may,
        visits=alarm_queries.visits_without_finding(inspector_id, enterprise.id, year), earlier=alarm_queries.explanations_of(inspector_id, enterprise.id, year),
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/inspections/alarms/<int:inspector_id>/<code>/<int(fixed_digits=4):year>")
@roles("dept_head")
def explain_form(inspector_id: int, code: str, year: int) -> Response:
    """The visits of an inspector that found nothing at one enterprise, to be explained by the head of the body (Q-11)."""
    return _explain_page(page.whole_id(inspector_id), code, year)


@bp.post("/inspections/alarms/<int:inspector_id>/<code>/<int(fixed_digits=4):year>/explain")
@roles("dept_head")
def explain(inspector_id: int, code: str, year: int) -> Response:
    """Explain it: the next routine visit can be planned."""
    form, person = visit_forms.ExplainForm(), current_user._get_current_object()
    inspector_id = page.whole_id(inspector_id)
    if not form.validate_on_submit():
        return _explain_page(inspector_id, code, year, form=form, status=422)
    try:
        services.explain(
            inspector_id, code, year, form.reason.data or "", number=form.drawn_from, actor=person, clock=page.clock(), once=once_key()
        )
    except NotAllowed as refused:
        return _explain_page(inspector_id, code, year, form=form, status=403, problem=refused.decision)
    except Stale:
        return _explain_page(inspector_id, code, year, form=form, status=409, is_stale=True)
    except KeyReused as reused:
        return _explain_page(inspector_id, code, year, form=form, status=422, said_at=reused.result)
    flash(_("It is explained. The next routine visit can be planned."), "ok")
    return done(f"/inspections/alarms?month={year}-12")

