"""Routes of inspections: the public pages of quiet days, and the check before a visit is planned."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request, url_for
from flask_login import current_user

from portal.i18n import _, _p, named
from portal.inspections import pages, queries, quiet_queries
from portal.inspections.forms import CheckForm
from portal.rules.disputes import LEAST
from portal.rules.quiet_days import CATEGORIES, DayState, Kind
from portal.rules.working_days import CalendarError
from portal.web.access import public, roles, who_may_knock
from portal.web.page import clock, county, navigation

bp = Blueprint("inspections", __name__)

FIRST_YEAR, LAST_YEAR = 2019, 2100
PLANNERS = ("inspector", "manager", "supervisor", "dept_head", "leader", "center")


def _navigation() -> list[tuple[str, Any, int | None]]:
    return [("/quiet-days/check", _p("nav", "Quiet-day check"), None)] if current_user.role == "inspector" else []


navigation.append(_navigation)


def _of_the_calendar(year: int) -> int:
    """The year, if the county's calendar speaks of it; 404 otherwise."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        abort(404)
    return year


def _asked_year(default: int) -> int:
    text = request.args.get("year", "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        abort(404)
    return _of_the_calendar(int(text))


def _asked_town() -> Any:
    """The town whose enterprises are meant, None for the whole county; 404 for one that there is not."""
    code = request.args.get("town", "")
    if not code:
        return None
    found = next((town for town in quiet_queries.list_towns(county().id) if town.code == code), None)
    return found if found is not None else abort(404)


def _town_names(quiet: queries.QuietCalendar) -> dict[str, Any]:
    """code → town, where any rule has stages by town."""
    return {town.code: town for town in quiet_queries.list_towns(county().id)} if any(rule.by_town for rule in quiet.rules) else {}


def _towns(quiet: queries.QuietCalendar, first: date, last: date, added: list[queries.AddedNotice]) -> list[Any]:
    """The towns to choose from, where days differ by town in this period; none otherwise."""
    differs = any(rule.by_town for rule in quiet.rules_within(first, last)) or any(each.town for each in added)
    return quiet_queries.list_towns(county().id) if differs else []


def _may_check() -> bool:
    allowed = who_may_knock("inspections.check") or frozenset()
    return bool(current_user.is_authenticated and current_user.role in allowed)


@bp.get("/quiet-days")
@public
def quiet_year() -> str:
    """The rule in words, what today is, and the open days of a year (Q-1, Q-2, Q-9, Q-10)."""
    today = clock().today()
    year = _asked_year(today.year)
    first, last = date(year, 1, 1), date(year, 12, 31)
    town = _asked_town()
    quiet = replace(queries.quiet_calendar(county().id), town=town.code if town else None)
    try:
        months = pages.months_of(quiet, year, today)
        following = quiet.next_open_day(today)
    except CalendarError:
        abort(404)
    return render_template(
        "inspections/year.html",
        year=year,
        months=months,
        number=sum(len(month.open_days) for month in months),
        provisional=quiet.calendar.is_provisional(first),
        state=quiet.state(today).value,
        today_in_words=pages.day_of_week(today, year=True),
        following=pages.day_of_week(following),
        rules=pages.rules_in_force(quiet, first, last, _town_names(quiet)),
        added=(added := queries.list_added_for_public(county().id, first, last)),
        town=town,
        towns=_towns(quiet, first, last, added),
        allowed=pages.allowed_on_quiet_days(queries.category_rows(county().id), today),
        not_inspections=pages.not_inspections(),
        before=year - 1 if year > FIRST_YEAR else None,
        after=year + 1 if year < LAST_YEAR else None,
        may_check=_may_check(),
    )


@bp.get("/quiet-days/<int(fixed_digits=4):year>/<int(fixed_digits=2):month>")
@public
def quiet_month(year: int, month: int) -> str:
    """The days of a month, each with its word (Q-1)."""
    if not 1 <= month <= 12:
        abort(404)
    first = date(_of_the_calendar(year), month, 1)
    before = first - timedelta(days=1)
    after = (first + timedelta(days=31)).replace(day=1)
    last = after - timedelta(days=1)
    today = clock().today()
    town = _asked_town()
    quiet = replace(queries.quiet_calendar(county().id), town=town.code if town else None)
    try:
        weeks = pages.weeks_of(quiet, year, month, today, queries.typed_days(county().id, first, last))
        open_days = quiet.open_days(first, last)
    except CalendarError:
        abort(404)
    return render_template(
        "inspections/month.html",
        year=year,
        name=pages.month_name(year, month),
        weeks=weeks,
        open_days=[pages.day_of_week(day) for day in open_days],
        provisional=quiet.calendar.is_provisional(first),
        rules=pages.rules_in_force(quiet, first, last, _town_names(quiet)),
        added=(added := queries.list_added_for_public(county().id, first, last)),
        town=town,
        towns=_towns(quiet, first, last, added),
        before=_link(before) if before.year >= FIRST_YEAR else None,
        after=_link(after) if after.year <= LAST_YEAR else None,
    )


def _link(day: date) -> tuple[str, str]:
    return url_for(".quiet_month", year=day.year, month=day.month), pages.month_name(day.year, day.month)


@bp.get("/quiet-days/bodies")
@public
def bodies() -> str:
    """How many inspections each body made in a year, and the share of exemptions; by name, never by number (Q-2, Q-12)."""
    today = clock().today()
    until = queries.counted_until(today)
    year = _asked_year(until.year)
    if year > until.year:
        abort(404)
    last = min(until, date(year, 12, 31))
    rows = queries.counts_by_body(county().id, date(year, 1, 1), last)
    return render_template(
        "inspections/bodies.html",
        year=year,
        until=last,
        rows=pages.counts_by_name([row for row in rows if row.year == year]),
        least=LEAST,
        before=year - 1 if year > FIRST_YEAR else None,
        after=year + 1 if year < until.year else None,
    )


@bp.get("/quiet-days/today.json")
@public
def quiet_today() -> Response:
    """Today's state for other programs: {"date", "quiet", "open", "rule", "next_open_day"}; a Saturday the 28th is neither."""
    today = clock().today()
    quiet = queries.quiet_calendar(county().id)
    state = quiet.state(today)
    return jsonify(
        date=today.isoformat(),
        quiet=state is DayState.QUIET,
        open=state is DayState.OPEN,
        rule=quiet.why(today),
        next_open_day=day.isoformat() if (day := quiet.next_open_day(today)) else None,
        provisional=quiet.calendar.is_provisional(today),
    )


@bp.route("/quiet-days/check", methods=["GET", "POST"])
@roles(*PLANNERS)
def check() -> Response:
    """May a body visit an enterprise on a day, and when next? Answers only; approves and writes nothing (Q-1 to Q-5, Q-9)."""
    county_id, today = county().id, clock().today()
    bodies = queries.list_inspecting_bodies(county_id)
    own = next((body.code for body in bodies if body.id == current_user.body_id), None)
    form = CheckForm(data={"body": own, "day": today})
    form.body.choices = [(body.code, named(body)) for body in bodies]
    rows = queries.category_rows(county_id)
    added = dict.fromkeys(row.code for row in rows if row.code not in CATEGORIES)  # one to come is asked about for a day to come
    form.exemption.choices = [*form.exemption.choices, *((code, pages.exemption_name(code, rows)) for code in added)]
    verdict = enterprise = None
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate_on_submit():
            enterprise = queries.find_enterprise(county_id, form.enterprise.data or "")
            if enterprise is None:
                form.enterprise.errors = [_("No enterprise with this code or name is on the county's list.")]
            else:
                body = next(body for body in bodies if body.code == form.body.data)
                try:
                    verdict = queries.check_visit(
                        enterprise,
                        body,
                        form.day.data,
                        Kind(form.kind.data),
                        exemption=form.exemption.data or None,
                        basis=form.basis.data or "",
                        on_day_off=bool(form.on_day_off.data),
                        today=today,
                    )
                    status = 200
                except CalendarError:
                    form.day.errors = [_("The county's calendar does not speak of this day.")]
    page = render_template(
        "inspections/check.html",
        form=form,
        enterprises=queries.list_enterprises(county_id),
        enterprise=enterprise,
        verdict=verdict,
        findings=[(finding.rule, pages.in_words(finding)) for finding in (verdict.findings or verdict.warnings)] if verdict else [],
        asked=pages.day_of_week(form.day.data, year=True) if verdict else "",
        following=pages.day_of_week(verdict.next_allowed, year=True) if verdict else "",
    )
    return make_response(page, status)
