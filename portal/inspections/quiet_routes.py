"""Pages of the county manager: the versions of the rule, added quiet days, exemptions, caps, the level that goes (Q-1 to Q-4, Q-9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, flash, make_response, render_template
from flask_login import current_user

from portal.i18n import _, _p, named
from portal.inspections import pages, queries, quiet_queries, quiet_services
from portal.inspections.quiet_forms import (
    FIELDS_OF,
    HANDS,
    PERS,
    SCOPES,
    AddedDaysForm,
    CapForm,
    EndAddedForm,
    ExemptionForm,
    LevelForm,
    RuleForm,
    SwitchForm,
)
from portal.inspections.quiet_services import DaysText, RuleText
from portal.rules.decision import NotAllowed
from portal.rules.quiet_changes import SWITCHED
from portal.rules.quiet_days import CATEGORIES, LaidBy, Per, caps_on, rule_on, windows_of
from portal.rules.texts import Text
from portal.rules.working_days import CalendarError
from portal.web import page
from portal.web.access import roles
from portal.web.filters import long_day
from portal.web.forms import Form
from portal.web.htmx import done
from portal.web.once import once_key
from portal.web.reasons import words

bp = Blueprint("quiet_rules", __name__)

READERS = ("manager", "center", "supervisor", "auditor")


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in READERS:
        return []
    what = _("Which days are quiet, added days, exemptions and caps, each with its paper and the day from which it holds.")
    return [("/manage/quiet-rules", _p("nav", "Rules of quiet days"), what)]


page.management.append(_management)


def _today() -> date:
    return page.clock().today()


def _may() -> Any:
    return quiet_queries.may_change_now(current_user.account_id, _today())


def _drawn() -> int:
    return quiet_queries.version(current_user.county_id)


def _act(form: Form) -> dict[str, Any]:
    return {"version": form.drawn_from, "actor": current_user.actor, "clock": page.clock(), "once": once_key()}


def _tomorrow() -> date:
    return _today() + timedelta(days=1)


def _beside(form: Form, refusal: NotAllowed) -> None:
    """A refusal beside the field that mends it; any other stays one."""
    reason = refusal.decision.reason
    name = next((each for each in FIELDS_OF.get(reason, ()) if each in form), None) if reason else None
    if name is None:
        raise refusal
    form[name].errors = [_("%(text)s (rule %(rule)s)", text=words(refusal.decision), rule=refusal.decision.rule)]


def _fine(form: Form, ask: Callable[[], None]) -> bool:
    """Validate and do; False with the errors beside the fields where it could not be done."""
    if not form.validate_on_submit():
        return False
    try:
        ask()
    except NotAllowed as refusal:
        _beside(form, refusal)
        return False
    return True


# --- what holds -----------------------------------------------------------------------------------------------------------------


@bp.get("/manage/quiet-rules")
@roles(*READERS)
def overview() -> str:
    """Every version of the rule with its paper, and the ways to what else is laid down."""
    county_id, today = current_user.county_id, _today()
    rows = quiet_queries.rule_rows(county_id)
    rules = [queries.rule_of(row) for row in rows]
    in_force = rule_on(rules, today)
    towns = {town.code: town for town in quiet_queries.list_towns(county_id)}
    return render_template(
        "inspections/rules.html",
        versions=[(rule, pages.rule_in_words(rule), pages.towns_in_words(rule, towns), row.terms.get("laid_by", "county")) for row, rule in zip(rows, rules, strict=True)],
        in_force=in_force.id if in_force else None,
        today_on=today,
        may=_may(),
    )


# --- a version of the rule ------------------------------------------------------------------------------------------------------


def _rule_page(form: RuleForm, *, status: int = 200, touched: Any = None) -> Response:
    return make_response(
        render_template("inspections/rule_new.html", form=form, touched=touched, version=_drawn(), may=_may(), tomorrow=_tomorrow()), status
    )


def _towns_typed(form: RuleForm) -> dict[str, str]:
    """Town code → its days, of the lines of the field; what cannot be read is said beside it."""
    found: dict[str, str] = {}
    faults = []
    for line in (form.towns.data or "").splitlines():
        if not line.strip():
            continue
        name, _colon, days = line.replace("：", ":").partition(":")
        town = quiet_queries.find_town(current_user.county_id, name)
        try:
            windows_of(days.strip())
        except ValueError:
            town = None
        if town is None or town.code in found:
            faults.append(_("“%(line)s” is no town with its days. Write a line like 营盘镇: 1-25.", line=line.strip()[:60]))
        else:
            found[town.code] = days.strip()
    if faults:
        form.towns.errors = faults
    return found


def _rule_text(form: RuleForm) -> RuleText:
    towns = _towns_typed(form)
    return RuleText((form.windows.data or "").replace(" ", ""), towns, form.laid_by.data == "superior", form.source.data or "", form.from_on.data)


@bp.get("/manage/quiet-rules/new")
@roles("manager")
def new() -> Response:
    """A version of the rule to come."""
    return _rule_page(RuleForm(formdata=None))


@bp.post("/manage/quiet-rules/new")
@roles("manager")
def preview() -> Response:
    """What a version would change, and the visits and plans that it touches; nothing is written."""
    form = RuleForm()
    found: list[Any] = []

    def ask() -> None:
        text = _rule_text(form)
        if not form.towns.errors:
            found.append(quiet_services.preview_rule(current_user.county_id, text, _today()))

    return _rule_page(form, touched=found[0]) if _fine(form, ask) and found else _rule_page(form, status=422)


@bp.post("/manage/quiet-rules/enter")
@roles("manager")
def enter() -> Response:
    form = RuleForm()

    def ask() -> None:
        text = _rule_text(form)
        if not form.towns.errors:
            quiet_services.enter_rule(text, **_act(form))

    if not _fine(form, ask) or form.errors:
        return _rule_page(form, status=422)
    flash(_("Entered. It holds from %(day)s; what was lawful before stays so.", day=long_day(form.from_on.data)), "ok")
    return done("/manage/quiet-rules")


# --- added quiet days -----------------------------------------------------------------------------------------------------------


def _days_page(form: AddedDaysForm, end: EndAddedForm | None = None, *, status: int = 200, touched: Any = None) -> Response:
    county_id = current_user.county_id
    lines, more = quiet_queries.list_added(county_id, page.cursor("before"))
    return make_response(
        render_template(
            "inspections/rules_days.html", form=form, end=end or _end_form(formdata=None), touched=touched, lines=lines, more=more,
            scopes=SCOPES, towns=quiet_queries.list_towns(county_id), trades=quiet_queries.list_trades(county_id), today_on=_today(),
            version=_drawn(), may=_may(),
        ),
        status,
    )  # fmt: skip


def _end_form(**given: Any) -> EndAddedForm:
    form = EndAddedForm(**given)
    # what was ended since is still read, so that a form that is sent again is led to the same place
    running = quiet_queries.list_running(current_user.county_id, _today(), with_ended="formdata" not in given)
    form.added.choices = [(str(row.id), _p("list", ": ").join((row.instrument, f"{long_day(row.first_on)} – {long_day(row.last_on)}"))) for row in running]
    return form


def _days_text(form: AddedDaysForm) -> DaysText | None:
    """Whom the days are for, found by code or name; said beside the field where there is none."""
    county_id, scope, whom = current_user.county_id, form.scope.data, (form.whom.data or "").strip()
    if form.last.data < form.first.data:
        form.last.errors = [_("The last day is before the first.")]
        return None
    code: str | None = ""
    if scope == "enterprise":
        enterprise = queries.find_enterprise(county_id, whom) if whom else None
        code = enterprise.code if enterprise else None
    elif scope == "town":
        town = quiet_queries.find_town(county_id, whom)
        code = town.code if town else None
    elif scope == "trade":
        names = quiet_queries.list_trades(county_id)
        code = next((trade for trade, each in names.items() if whom and whom in (trade, *each.values())), None)
    elif whom:
        form.whom.errors = [_("Leave this empty where the days are for all.")]
        return None
    if code is None:
        form.whom.errors = [_("There is no such town, trade or enterprise on the county's list.")]
        return None
    return DaysText(scope, code, form.first.data, form.last.data, form.instrument.data or "")


@bp.get("/manage/quiet-rules/days")
@roles(*READERS)
def days() -> Response:
    """Added quiet days, and the way to add some."""
    return _days_page(AddedDaysForm(formdata=None))


@bp.post("/manage/quiet-rules/days")
@roles("manager")
def preview_days() -> Response:
    """What added days would change; nothing is written."""
    form = AddedDaysForm()
    found: list[Any] = []

    def ask() -> None:
        text = _days_text(form)
        if text is not None:
            found.append(quiet_services.preview_days(current_user.county_id, text, _today()))

    try:
        fine = _fine(form, ask)
    except CalendarError:
        form.first.errors, fine = [_("The county's calendar does not speak of this day.")], False
    return _days_page(form, touched=found[0]) if fine and found else _days_page(form, status=422)


@bp.post("/manage/quiet-rules/days/enter")
@roles("manager")
def enter_days() -> Response:
    form = AddedDaysForm()

    def ask() -> None:
        text = _days_text(form)
        if text is not None:
            quiet_services.add_days(text, **_act(form))

    if not _fine(form, ask) or form.errors:
        return _days_page(form, status=422)
    flash(_("The quiet days are added. They cancel no emergency visit and none on a date set by law."), "ok")
    return done("/manage/quiet-rules/days")


@bp.post("/manage/quiet-rules/days/end")
@roles("manager")
def end_days() -> Response:
    form = _end_form()

    def ask() -> None:
        quiet_services.end_days(int(form.added.data), form.ends.data, form.reason.data or "", **_act(form))

    if not _fine(form, ask):
        return _days_page(AddedDaysForm(formdata=None), form, status=422)
    flash(_("The added quiet days end on %(day)s.", day=long_day(form.ends.data)), "ok")
    return done("/manage/quiet-rules/days")


# --- exemptions -----------------------------------------------------------------------------------------------------------------


def _exemptions_page(switch: SwitchForm | None = None, form: ExemptionForm | None = None, *, status: int = 200) -> Response:
    county_id, today = current_user.county_id, _today()
    rows = queries.category_rows(county_id)
    return make_response(
        render_template(
            "inspections/rules_exemptions.html", switch=switch or _switch_form(formdata=None), form=form or ExemptionForm(formdata=None),
            allowed=[one for one in pages.exemptions(rows, today) if one.is_inspection], never=pages.not_inspections(),
            versions=[(row, pages.exemption_name(row.code, rows)) for row in reversed(rows)], version=_drawn(), may=_may(),
        ),
        status,
    )  # fmt: skip


def _switch_form(**given: Any) -> SwitchForm:
    form = SwitchForm(**given)
    rows = queries.category_rows(current_user.county_id)
    own = [row.code for row in rows if row.code not in CATEGORIES]
    form.which.choices = [(code, pages.exemption_name(code, rows)) for code in dict.fromkeys([*sorted(SWITCHED), *own])]
    return form


@bp.get("/manage/quiet-rules/exemptions")
@roles(*READERS)
def exemptions() -> Response:
    """What may be inspected on a quiet day, what is no inspection, and what the county switched or added."""
    return _exemptions_page()


@bp.post("/manage/quiet-rules/exemptions/switch")
@roles("manager")
def switch_exemption() -> Response:
    form = _switch_form()

    def ask() -> None:
        quiet_services.switch_exemption(form.which.data, form.state.data == "on", form.since.data, form.paper.data or "", **_act(form))

    if not _fine(form, ask):
        return _exemptions_page(form, status=422)
    flash(_("Entered. It holds from %(day)s; what was lawful before stays so.", day=long_day(form.since.data)), "ok")
    return done("/manage/quiet-rules/exemptions")


@bp.post("/manage/quiet-rules/exemptions/add")
@roles("manager")
def add_exemption() -> Response:
    form = ExemptionForm()

    def ask() -> None:
        names = Text(form.name.data or "", form.name_hant.data or "", form.name_en.data or "")
        quiet_services.add_exemption(
            form.code.data or "", names, form.kinds.data, form.starts.data, form.source.data or "", **_act(form)
        )

    if not _fine(form, ask):
        return _exemptions_page(None, form, status=422)
    flash(_("Entered. It holds from %(day)s; what was lawful before stays so.", day=long_day(form.starts.data)), "ok")
    return done("/manage/quiet-rules/exemptions")


# --- caps and levels ------------------------------------------------------------------------------------------------------------


def _caps_page(form: CapForm | None = None, level: LevelForm | None = None, *, status: int = 200) -> Response:
    county_id, today = current_user.county_id, _today()
    caps = quiet_queries.caps_entered(county_id)
    bodies = {body.id: body for body in queries.list_inspecting_bodies(county_id)}
    lines = {line["code"]: line for line in quiet_queries.list_lines(county_id, today)}
    return make_response(
        render_template(
            "inspections/rules_caps.html", form=form or _cap_form(formdata=None), level=level or _level_form(formdata=None), caps=caps,
            in_force=caps_on(caps, today), bodies=bodies, lines=lines, hands=HANDS, pers=PERS, kinds=pages.KINDS,
            levels=quiet_queries.list_named(county_id), version=_drawn(), may=_may(),
        ),
        status,
    )  # fmt: skip


def _line_choices() -> list[tuple[str, str]]:
    return [(line["code"], named(line)) for line in quiet_queries.list_lines(current_user.county_id, _today())]


def _body_choices() -> list[tuple[str, str]]:
    return [(body.code, named(body)) for body in queries.list_inspecting_bodies(current_user.county_id)]


def _cap_form(**given: Any) -> CapForm:
    form = CapForm(**given)
    form.line.choices = [("", _p("cap", "every line")), *_line_choices()]
    form.body.choices = [("", _p("cap", "every body")), *_body_choices()]
    return form


def _level_form(**given: Any) -> LevelForm:
    form = LevelForm(**given)
    form.on_line.choices, form.goes.choices = _line_choices(), _body_choices()
    return form


@bp.get("/manage/quiet-rules/caps")
@roles(*READERS)
def caps() -> Response:
    """The caps in force, the strictest first, their versions, and which body a superior named for a line."""
    return _caps_page()


@bp.post("/manage/quiet-rules/caps/enter")
@roles("manager")
def enter_cap() -> Response:
    form = _cap_form()

    def ask() -> None:
        quiet_services.put_cap(
            form.number.data, LaidBy(form.laid_by.data), form.line.data or "", form.body.data or "", Per(form.per.data),
            form.counts.data or ["routine"], form.from_on.data, form.source.data or "", **_act(form),
        )  # fmt: skip

    if not _fine(form, ask):
        return _caps_page(form, status=422)
    flash(_("Entered. It holds from %(day)s; what was lawful before stays so.", day=long_day(form.from_on.data)), "ok")
    return done("/manage/quiet-rules/caps")


@bp.post("/manage/quiet-rules/caps/name")
@roles("manager")
def name_level() -> Response:
    form = _level_form()
    whom: list[Any] = [None]

    def ask() -> None:
        typed = (form.enterprise.data or "").strip()
        if typed:
            whom[0] = queries.find_enterprise(current_user.county_id, typed)
            if whom[0] is None:
                form.enterprise.errors = [_("No enterprise with this code or name is on the county's list.")]
                return
        quiet_services.name_level(
            form.on_line.data, form.year.data or 0, form.goes.data, whom[0], form.begins.data, form.instrument.data or "", **_act(form)
        )

    if not _fine(form, ask) or form.errors:
        return _caps_page(None, form, status=422)
    flash(_("Entered. It holds from %(day)s; what was lawful before stays so.", day=long_day(form.begins.data)), "ok")
    return done("/manage/quiet-rules/caps")
