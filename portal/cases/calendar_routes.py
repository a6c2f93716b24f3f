"""Pages of the calendar: the county's days with their source, and the entry of a notice or a regional day with what it moves (C-4)."""

from __future__ import annotations

import calendar as months
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask_login import current_user

from portal.cases import calendar_queries, calendar_services
from portal.cases.calendar_forms import FAULTS, FIELD_OF, EndDayForm, NoticeForm, RegionalDayForm
from portal.cases.pages import DAY_WHYS
from portal.i18n import _, _lp, _p, current_language
from portal.network import queries as network
from portal.network.services import TypedDay
from portal.rules.decision import NotAllowed
from portal.rules.holiday_notice import Fault, Why
from portal.rules.texts import Text
from portal.rules.working_days import Calendar, CalendarError, DayKind, DayWhy
from portal.web import page
from portal.web.access import roles
from portal.web.filters import MONTHS, long_day, weekday
from portal.web.htmx import done
from portal.web.once import once_key
from portal.web.reasons import words

bp = Blueprint("calendar", __name__)

READERS = ("manager", "center", "supervisor", "auditor")
CSS = {DayWhy.WEEKEND: "x", DayWhy.HOLIDAY: "q", DayWhy.REGIONAL_HOLIDAY: "q", DayWhy.MOVED_WORKDAY: "o"}
KINDS: dict[str, Any] = {
    "yearly": _lp("calendar entry", "Yearly notice"),
    "regional": _lp("calendar entry", "Regional day off"),
    "regional_ended": _lp("calendar entry", "Regional day off taken out"),
}
CLOCKS: dict[str, Any] = {
    "acceptance_due_on": _lp("clock", "To accept"),
    "promised_due_on": _lp("clock", "Promised"),
    "statutory_due_on": _lp("clock", "By law"),
    "supplement_due_on": _lp("clock", "To supplement"),
    "undertaking_due_on": _lp("clock", "Undertaken"),
}


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in READERS:
        return []
    return [("/manage/calendar", _p("nav", "Working days"), _("Holidays and worked weekends by year; entering the yearly notice."))]


page.management.append(_management)


@bp.app_template_filter("day_why")
def day_why(code: str) -> str:
    """休息日, weekend."""
    return str(DAY_WHYS[DayWhy(code)])


@bp.app_template_filter("clock_word")
def clock_word(column: str) -> str:
    """法定期限, by law."""
    return str(CLOCKS.get(column) or _p("clock", "Warning or order in the list"))


@bp.app_template_filter("calendar_entry")
def entry_word(kind: str) -> str:
    return str(KINDS[kind])


# --- the county's days ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Month:
    """A line of the year's picture: runs of days of one color (first from 0, how many), and the same in numbers."""

    name: str
    runs: tuple[tuple[int, int, str], ...]
    off: tuple[int, ...]
    moved: tuple[int, ...]
    worked: int


def _months(calendar: Calendar, year: int) -> list[Month]:
    found = []
    for month in range(1, 13):
        days = [date(year, month, number) for number in range(1, months.monthrange(year, month)[1] + 1)]
        whys = [calendar.why(day) for day in days]
        runs, first = [], 0
        for css, group in groupby(CSS.get(why, "") for why in whys):
            length = len(list(group))
            if css:
                runs.append((first, length, css))
            first += length
        numbers = list(enumerate(whys, 1))
        found.append(
            Month(
                MONTHS[month - 1] if current_language() == "en" else f"{month}月",
                tuple(runs),
                tuple(number for number, why in numbers if why in (DayWhy.HOLIDAY, DayWhy.REGIONAL_HOLIDAY)),
                tuple(number for number, why in numbers if why is DayWhy.MOVED_WORKDAY),
                sum(why.is_counted for why in whys),
            )
        )
    return found


@bp.get("/manage/calendar")
@roles(*READERS)
def calendar() -> Response:
    """The days of a year with their source, which years are certain, and what was entered."""
    return _calendar_page(EndDayForm(formdata=None))


def _calendar_page(form: EndDayForm, *, status: int = 200) -> Response:
    county_id, today = current_user.county_id, page.clock().today()
    text = request.args.get("year", "") or str(today.year)
    if not (text.isascii() and text.isdigit() and len(text) == 4 and calendar_queries.is_year(int(text))):
        abort(404)
    year = int(text)
    try:
        lines = _months(network.calendar_of(county_id), year)
    except CalendarError:
        abort(404)
    covered = calendar_queries.coverage(county_id, today)
    shown, more = calendar_queries.entries(county_id, page.cursor("before"))
    return make_response(
        render_template(
            "cases/calendar.html", year=year, months=lines, covered=covered, of_year=next((one for one in covered.years if one.year == year), None),
            spans=calendar_queries.spans_of(county_id, year), regional=calendar_queries.regional_days(county_id), entries=shown, more=more,
            is_first=not request.args.get("before"), may_enter=_may_enter(), form=form, version=network.calendar_version(county_id),
        ),
        status,
    )  # fmt: skip


def _may_enter() -> Any:
    return calendar_services.may_enter_now(current_user.account_id, page.clock().today())


@bp.get("/manage/calendar/entries/<int:seq>")
@roles(*READERS)
def entry(seq: int) -> Response:
    """One entry with its text as it was pasted."""
    found = calendar_queries.get_entry(current_user.county_id, page.whole_id(seq))
    return make_response(
        render_template("cases/calendar_entry.html", one=found, days=[(date.fromisoformat(day), kind) for day, kind in found.row.days])
    )


# --- a notice -------------------------------------------------------------------------------------------------------------------


def _said(fault: Fault) -> str:
    """A fault in words, days and weekdays in the page's language."""
    facts = dict(fault.facts)
    if isinstance(facts.get("weekday"), int):
        monday = date(2026, 1, 5)
        facts = {**facts, "weekday": weekday(monday + timedelta(facts["weekday"])), "said": weekday(monday + timedelta(facts["said"]))}
    elif fault.why is Why.WORKED_ON_WEEKDAY:
        facts["weekday"] = weekday(facts["day"])
    facts = {name: long_day(value) if isinstance(value, date) else value for name, value in facts.items()}
    if "festivals" in facts:
        facts["festivals"] = _p("list", ", ").join(facts["festivals"])
    return str(FAULTS[fault.why]) % facts


def _notice_page(form: NoticeForm, *, status: int = 200, faults: Sequence[Fault] = (), change: Any = None, moved: Any = None) -> Response:
    county_id = current_user.county_id
    return make_response(
        render_template(
            "cases/calendar_new.html", form=form, faults=[(fault, _said(fault)) for fault in faults], change=change, moved=moved,
            names=_names(moved), version=network.calendar_version(county_id), may_enter=_may_enter(),
        ),
        status,
    )  # fmt: skip


def _names(moved: Any) -> Any:
    return calendar_queries.versions_named({row.version_id for row in moved.rows}) if moved else {}


@bp.get("/manage/calendar/new")
@roles("manager")
def new() -> Response:
    """Paste the notice of a year; the first year without one is filled in."""
    form = NoticeForm(formdata=None)
    form.year.data = calendar_queries.coverage(current_user.county_id, page.clock().today()).next_to_enter
    return _notice_page(form)


def _text_of(form: NoticeForm) -> calendar_services.NoticeText:
    return calendar_services.NoticeText(form.year.data or 0, form.number.data or "", form.source.data or "", form.text.data or "")


def _refused(form: NoticeForm, refusal: calendar_services.NoticeRefused) -> Response:
    for fault in refusal.faults:
        field = form.year if fault.why is Why.OTHER_YEAR else form.text
        place = _("Line %(line)s", line=fault.line) + _p("list", ": ") if fault.line else ""
        field.errors = [*field.errors, place + _said(fault)]
    return _notice_page(form, status=422, faults=refusal.faults)


def _after() -> int | None:
    """The case after which the list of the preview goes on."""
    text = request.form.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@bp.post("/manage/calendar/new")
@roles("manager")
def preview() -> Response:
    """What the notice would change, and the open cases that it would move; nothing is written."""
    form = NoticeForm()
    if not form.validate_on_submit():
        return _notice_page(form, status=422)
    try:
        change = calendar_services.change_by_notice(current_user.county_id, _text_of(form))
    except calendar_services.NoticeRefused as refusal:
        return _refused(form, refusal)
    return _notice_page(form, change=change, moved=calendar_services.moved_by(current_user.county_id, change, after=_after()))


@bp.post("/manage/calendar/enter")
@roles("manager")
def enter() -> Response:
    form = NoticeForm()
    if not form.validate_on_submit():
        return _notice_page(form, status=422)
    try:
        calendar_services.enter_notice(
            _text_of(form), version=form.drawn_from, actor=current_user.actor, clock=page.clock(), once=once_key()
        )
    except calendar_services.NoticeRefused as refusal:
        return _refused(form, refusal)
    flash(_("The working days of %(year)s are entered. The dates of all open cases have been counted anew.", year=form.year.data), "ok")
    return done(f"/manage/calendar?year={form.year.data}")


# --- days off by regional law ---------------------------------------------------------------------------------------------------


def _regional_page(form: RegionalDayForm, *, status: int = 200, change: Any = None, moved: Any = None) -> Response:
    return make_response(
        render_template(
            "cases/calendar_regional.html", form=form, change=change, moved=moved, names=_names(moved),
            version=network.calendar_version(current_user.county_id), may_enter=_may_enter(),
        ),
        status,
    )  # fmt: skip


@bp.get("/manage/calendar/regional")
@roles("manager")
def regional() -> Response:
    """A day that a law of the region gives off."""
    return _regional_page(RegionalDayForm(formdata=None))


def _typed(form: RegionalDayForm) -> TypedDay:
    names = Text(form.name.data or "", form.name_hant.data or "", form.name_en.data or "")
    return TypedDay(form.day.data, DayKind.REGIONAL_HOLIDAY, names)


def _beside(form: Any, refusal: NotAllowed, again: Callable[[], Response]) -> Response:
    """A refusal beside the field that mends it."""
    reason = refusal.decision.reason
    name = FIELD_OF.get(reason) if reason else None
    if name is None or not hasattr(form, name):
        raise refusal
    getattr(form, name).errors = [_("%(text)s (rule %(rule)s)", text=words(refusal.decision), rule=refusal.decision.rule)]
    return again()


@bp.post("/manage/calendar/regional")
@roles("manager")
def preview_regional() -> Response:
    """What the day would change; nothing is written."""
    form = RegionalDayForm()
    if not form.validate_on_submit():
        return _regional_page(form, status=422)
    try:
        change = calendar_services.change_by_day(current_user.county_id, _typed(form), form.source.data or "")
    except NotAllowed as refusal:
        return _beside(form, refusal, lambda: _regional_page(form, status=422))
    return _regional_page(form, change=change, moved=calendar_services.moved_by(current_user.county_id, change, after=_after()))


@bp.post("/manage/calendar/regional/enter")
@roles("manager")
def enter_regional() -> Response:
    form = RegionalDayForm()
    if not form.validate_on_submit():
        return _regional_page(form, status=422)
    try:
        calendar_services.enter_regional_day(
            _typed(form), form.source.data or "", version=form.drawn_from, actor=current_user.actor, clock=page.clock(), once=once_key()
        )
    except NotAllowed as refusal:
        return _beside(form, refusal, lambda: _regional_page(form, status=422))
    flash(_("%(day)s is entered. The dates of all open cases have been counted anew.", day=long_day(form.day.data)), "ok")
    return done(f"/manage/calendar?year={form.day.data.year}")


@bp.post("/manage/calendar/regional/end")
@roles("manager")
def end_regional() -> Response:
    form = EndDayForm()
    if not form.validate_on_submit():
        return _calendar_page(form, status=422)
    try:
        calendar_services.end_regional_day(
            form.day.data, form.reason.data or "", version=form.drawn_from, actor=current_user.actor, clock=page.clock(), once=once_key()
        )
    except NotAllowed as refusal:
        return _beside(form, refusal, lambda: _calendar_page(form, status=422))
    flash(_("%(day)s is taken out. The dates of all open cases have been counted anew.", day=long_day(form.day.data)), "ok")
    return done(f"/manage/calendar?year={form.day.data.year}")
