"""Joint dates: wishes of a body, the matching of a year, and what each body says to a proposed visit (Q-10). Nothing of it is public.

Bodies see their own wishes and the visits in which they take part; the county manager and the head of the county government coordinate;
the supervisor sees all. What a person may not see is not there (404).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask_login import current_user

from portal.database import KeyReused, NotFound, Stale
from portal.i18n import _, _lp, _p, named
from portal.inspections import match_queries as matches
from portal.inspections import match_services as services
from portal.inspections import plan_queries, queries
from portal.inspections.match_forms import AcceptForm, MoveForm, RefuseForm, RunForm, WishForm, WithdrawForm
from portal.inspections.match_services import WishText
from portal.inspections.plan_routes import dated, ticked
from portal.inspections.plan_words import STATES, TONES
from portal.rules.decision import Decision, NotAllowed
from portal.rules.matching import Left, PartState
from portal.rules.working_days import CalendarError
from portal.web import page
from portal.web.access import roles
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("matches", __name__)

READERS = ("inspector", "dept_head", "manager", "leader", "supervisor")
BODIES = ("inspector", "dept_head")
YEARS_AHEAD = 1
LEFT: dict[str, Any] = {
    Left.LINE_TAKEN: _lp("unplaced", "Another body of the line goes (Q-4)"),
    Left.NOT_NAMED: _lp("unplaced", "A superior named another body (Q-4)"),
    Left.OVER_CAP: _lp("unplaced", "A second wish of the body at this enterprise (Q-3)"),
    Left.NO_OPEN_DAY: _lp("unplaced", "No open day in its months (Q-1, Q-9)"),
    Left.NO_PAIR: _lp("unplaced", "No two inspectors on any of its days"),
    Left.ENTERPRISE_FULL: _lp("unplaced", "The enterprise has visits enough on those days (Q-11)"),
    Left.BODY_FULL: _lp("unplaced", "All inspectors of the body are taken on those days"),
    "Q-3": _lp("unplaced", "Inspected this year already (Q-3)"),
    "Q-4": _lp("unplaced", "Another body of the line was there this year (Q-4)"),
}
PARTS: dict[str, Any] = {
    PartState.OPEN: _lp("joint part", "not answered"),
    PartState.ACCEPTED: _lp("joint part", "accepted"),
    PartState.REFUSED: _lp("joint part", "stays away"),
}
PART_TONES = {PartState.OPEN: "warn", PartState.ACCEPTED: "ok", PartState.REFUSED: "off"}


def _navigation() -> list[tuple[str, Any, Any]]:
    if current_user.role not in BODIES:
        return []
    return [("/inspections/joint-dates", _p("nav", "Joint dates"), matches.to_answer(current_user))]


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in BODIES and not matches.sees_all(current_user):
        return []
    return [("/inspections/joint-dates", _p("nav", "Joint dates"), _("Bodies that want one enterprise come together, on one day."))]


page.navigation.append(_navigation)
page.management.append(_management)


def _person() -> Any:
    return current_user._get_current_object()


def _year() -> int:
    """The year that is asked for: this one or the next; where a page is opened without one, the next from October on."""
    today = page.clock().today()
    text = request.values.get("year", "")
    if not text and request.method != "POST":
        text = str(today.year + (today.month >= 10))
    if not (text.isascii() and text.isdigit() and len(text) == 4 and 2019 <= int(text) <= today.year + YEARS_AHEAD):
        abort(404)
    return int(text)


def _reads() -> None:
    """A leader who holds no office of the county government has no part in it."""
    if current_user.role not in BODIES and not matches.sees_all(current_user):
        abort(404)


# --- the overview -----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bar:
    """The visits of an open day in the picture, in per cent across and pixels down."""

    day: date
    number: int
    x: float
    width: float
    top: int
    height: int
    begins: bool


TALL = 72


def _bars(days: list[date], load: dict[date, int]) -> list[Bar]:
    most, width = max([*load.values(), 1]), 100 / max(1, len(days))
    bars = []
    for index, day in enumerate(days):
        number = load.get(day, 0)
        height = round(TALL * number / most) if number else 1
        begins = index == 0 or days[index - 1].month != day.month
        bars.append(Bar(day, number, round(index * width, 2), round(width * 0.8, 2), TALL - height, height, begins))
    return bars


def _overview(year: int, *, status: int = 200, problem: Decision | None = None, is_stale: bool = False, said_at: str = "") -> Response:
    person, county_id = _person(), current_user.county_id
    run = matches.latest_run(county_id, year)
    text = request.args.get("month", "")
    month = int(text) if text.isascii() and text.isdigit() and 1 <= int(text[:2]) <= 12 and len(text) <= 2 else None
    load = matches.load_by_day(person, run) if run is not None else {}
    months = matches.by_month(load)
    if month is None and months:
        month = min(months)
    rows = matches.list_proposals_for(person, run, month=month, most=60) if run is not None else []
    days = queries.quiet_calendar(county_id).open_days(date(year, 1, 1), date(year, 12, 31))
    form = RunForm(formdata=None)
    form.version.data = str(run.edition if run is not None else 0)
    if status != 200:
        form.key.data = new_key()
    report = run.report if run is not None else {}
    wishes, enterprises, bodies = matches.names_of(county_id, report) if report else ({}, {}, {})
    unplaced, clashes = list(report.get("unplaced", ())), list(report.get("clashes", ()))
    if not matches.sees_all(person):
        unplaced = [each for each in unplaced if each["wish"] in wishes and wishes[each["wish"]].row.body_id == person.body_id]
        clashes = [each for each in clashes if person.body_id in each["bodies"]]
    body = render_template(
        "inspections/joint_dates.html", year=year, run=run, rows=rows, month=month, months=months, bars=_bars(days, load), tall=TALL,
        parts=PARTS, tones=PART_TONES, left=LEFT, unplaced=unplaced[:40], unplaced_more=max(0, len(unplaced) - 40), clashes=clashes[:40],
        clashes_more=max(0, len(clashes) - 40), wishes=wishes,
        enterprises=enterprises, bodies=bodies, coordinates=matches.coordinates(person), form=form, waiting=len(matches.open_wishes(county_id, year)) if matches.sees_all(person) else 0,
        fresh=matches.fresh_wishes(county_id, run) if matches.coordinates(person) else 0, is_body=person.role in BODIES, problem=problem, is_stale=is_stale, said_at=said_at, today=page.clock().today(),
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/inspections/joint-dates")
@roles(*READERS)
def overview() -> Response:
    """The visits that are proposed for a year, by month, and what they save."""
    _reads()
    return _overview(_year())


@bp.post("/inspections/joint-dates/run")
@roles("manager", "leader")
def run() -> Response:
    """Match the wishes of the year."""
    _reads()
    form, year = RunForm(), _year()
    if not form.validate_on_submit():
        return _overview(year, status=422)
    try:
        services.run(year, version=form.drawn_from, actor=_person(), clock=page.clock(), once=once_key())
    except NotAllowed as refused:
        return _overview(year, status=403, problem=dated(refused.decision))
    except Stale:
        return _overview(year, status=409, is_stale=True)
    except KeyReused as reused:
        return _overview(year, status=422, said_at=reused.result)
    flash(_("The wishes are matched. Each body now answers."), "ok")
    return done(f"/inspections/joint-dates?year={year}")


# --- wishes -----------------------------------------------------------------------------------------------------------------------------


def _body_id() -> int:
    if current_user.body_id is None:
        abort(404)
    return int(current_user.body_id)


def _prepared(form: WishForm) -> WishForm:
    rows = plan_queries.list_matters(current_user.county_id, page.clock().today(), body_id=_body_id())
    form.matter.choices = [("", "—"), *((row.code, named(row)) for row in rows)]
    return form


def _wishes(year: int, form: WishForm, *, status: int = 200, problem: Decision | None = None, said_at: str = "") -> Response:
    body_id = _body_id()
    if status != 200:
        form.key.data = new_key()
    rows, more = matches.list_wishes(body_id, year, before=page.cursor("before"))
    plans = matches.planned_lines(body_id, current_user.county_id, year)
    body = render_template(
        "inspections/wishes.html", year=year, form=form, rows=rows, withdrawing=WithdrawForm(formdata=None), plans=plans,
        entered=matches.wishes_by_matter(body_id, year), may_enter=current_user.role == "inspector", problem=problem, said_at=said_at,
        older=f"/inspections/joint-dates/wishes?year={year}&before={more}" if more else None,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/inspections/joint-dates/wishes")
@roles(*BODIES)
def wishes() -> Response:
    """The wishes of one's body for a year, beside its yearly plan."""
    return _wishes(_year(), _prepared(WishForm(formdata=None)))


@bp.post("/inspections/joint-dates/wishes/enter")
@roles("inspector")
def enter() -> Response:
    """Enter wishes."""
    year, form = _year(), _prepared(WishForm())
    fine = form.validate_on_submit()
    given = str(form.matter.data or "")
    if not given or given not in {value for value, _label in form.matter.choices}:
        form.matter.errors = [_("Please choose one from the list.")]
        fine = False
    if not fine:
        return _wishes(year, form, status=422)
    months = form.month_numbers or _months_of_plan(year, given)
    try:
        number = services.enter(WishText(year, given, months, form.codes), actor=_person(), clock=page.clock(), once=once_key())
    except NotFound as unknown:
        form.enterprises.errors = [_("Not on the county's list of enterprises: %(code)s", code=str(unknown).rpartition(" ")[2])]
        return _wishes(year, form, status=422)
    except NotAllowed as refused:
        return _wishes(year, form, status=403, problem=dated(refused.decision))
    except KeyReused as reused:
        return _wishes(year, form, status=422, said_at=reused.result)
    flash(_("%(number)s wishes are entered.", number=number), "ok")
    return done(f"/inspections/joint-dates/wishes?year={year}")


def _months_of_plan(year: int, matter: str) -> tuple[int, ...]:
    """The months that the yearly plan gives the matter; none where it gives none."""
    plans = matches.planned_lines(_body_id(), current_user.county_id, year)
    found: set[int] = set()
    for line, row in plans[0].lines if plans else ():
        if row.code == matter:
            found |= matches.months_of(line.months)
    return tuple(sorted(found))


@bp.post("/inspections/joint-dates/wishes/<int:wish_id>/withdraw")
@roles("inspector")
def withdraw(wish_id: int) -> Response:
    """Withdraw a wish."""
    form, wish_id = WithdrawForm(), page.whole_id(wish_id)
    year = _year()
    if not form.validate_on_submit():
        return _wishes(year, _prepared(WishForm(formdata=None)), status=422)
    try:
        year = services.withdraw(wish_id, actor=_person(), clock=page.clock(), once=once_key())
    except NotAllowed as refused:
        return _wishes(year, _prepared(WishForm(formdata=None)), status=403, problem=dated(refused.decision))
    except KeyReused as reused:
        return _wishes(year, _prepared(WishForm(formdata=None)), status=422, said_at=reused.result)
    flash(_("The wish is withdrawn."), "ok")
    return done(f"/inspections/joint-dates/wishes?year={year}")


# --- one proposed visit -----------------------------------------------------------------------------------------------------------------


def _page(
    code: str, *, moving: MoveForm | None = None, refusal: RefuseForm | None = None, chosen: tuple[int, ...] | None = None, status: int = 200,
    problem: Decision | None = None, is_stale: bool = False, said_at: str = "",
) -> Response:  # fmt: skip
    _reads()
    person, today = _person(), page.clock().today()
    shown = matches.get_proposal_for(person, code)
    own = shown.part_of(person.body_id) if person.role in BODIES else None
    may = services.may_answer(shown, person.body_id, today) if own is not None else None
    accepting = AcceptForm(formdata=None)
    moving, refusal = moving or MoveForm(formdata=None), refusal or RefuseForm(formdata=None)
    for prefix, form in (("accept", accepting), ("move", moving), ("refuse", refusal)):
        if status != 200:
            form.key.data = new_key()
        form.version.data = str(shown.row.version)
        for field in form:
            field.id = f"{prefix}-{field.short_name}"
    goes = plan_queries.inspectors_of(person.county_id, person.body_id) if own is not None and may and person.role == "inspector" else []
    goes = [each for each in goes if each.row.from_on <= shown.row.day_on <= each.row.valid_until_on]
    if chosen is None:
        chosen = tuple(each.row.id for each in goes if each.row.account_id == person.account_id)
    is_free = not any(part.row.state == PartState.ACCEPTED.value for part in shown.parts)
    body = render_template(
        "inspections/joint_date.html", shown=shown, row=shown.row, own=own, may=may, accepting=accepting, moving=moving, refusal_form=refusal,
        goes=goes, ticked=chosen, parts=PARTS, tones=PART_TONES, states=STATES, plan_tones=TONES, problem=problem, is_stale=is_stale,
        said_at=said_at, is_free=is_free, is_inspector=person.role == "inspector", today=today,
        lead=next((part.body for part in shown.parts if part.row.body_id == shown.row.lead_body_id), None),
        sees_plans=person.role != "manager",
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/inspections/joint-dates/<code>")
@roles(*READERS)
def proposal(code: str) -> Response:
    """One proposed visit, and the answer of one's body."""
    return _page(code)


def _step(code: str, form: Any, do: Any, said: str, **again: Any) -> Response:
    matches.get_proposal_for(_person(), code)
    if not form.validate_on_submit():
        return _page(code, status=422, **again)
    try:
        do(_person(), form)
    except NotAllowed as refused:
        return _page(code, status=403, problem=dated(refused.decision), **again)
    except CalendarError:
        form.day.errors = [_("The county's calendar does not speak of this day.")]
        return _page(code, status=422, **again)
    except Stale:
        return _page(code, status=409, is_stale=True, **again)
    except KeyReused as reused:
        return _page(code, status=422, said_at=reused.result, **again)
    flash(said, "ok")
    return done(services.place_of(code))


@bp.post("/inspections/joint-dates/<code>/accept")
@roles("inspector")
def accept(code: str) -> Response:
    """Accept for the body: a draft plan."""
    chosen = ticked()
    return _step(
        code, AcceptForm(),
        lambda person, form: services.accept(code, chosen, version=form.drawn_from, actor=person, clock=page.clock(), once=once_key()),
        _("Accepted. The plan is a draft of your body; submit it for the decision."), chosen=chosen,
    )  # fmt: skip


@bp.post("/inspections/joint-dates/<code>/move")
@roles("inspector")
def move(code: str) -> Response:
    """Move the visit to another day, for all its bodies."""
    form = MoveForm()
    return _step(
        code, form,
        lambda person, form: services.move(code, form.day.data, version=form.drawn_from, actor=person, clock=page.clock(), once=once_key()),
        _("The visit is moved. Each body answers for the new day."), moving=form,
    )  # fmt: skip


@bp.post("/inspections/joint-dates/<code>/refuse")
@roles(*BODIES)
def refuse(code: str) -> Response:
    """Stay away, with a reason."""
    form = RefuseForm()
    return _step(
        code, form,
        lambda person, form: services.refuse(code, form.reason.data or "", version=form.drawn_from, actor=person, clock=page.clock(), once=once_key()),
        _("Your body stays away."), refusal=form,
    )  # fmt: skip
