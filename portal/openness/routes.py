"""The home page, help, open data, and what monitoring asks."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template

from portal.i18n import _, _l
from portal.network import pages as network_pages
from portal.network import queries as network
from portal.openness import queries, tables
from portal.openness.readiness import readiness
from portal.rules.moments import SHANGHAI
from portal.rules.quiet_days import DayState
from portal.web.access import public
from portal.web.page import clock, county

bp = Blueprint("openness", __name__)

FORMATS = {"csv": "text/csv", "json": "application/json"}
TITLES: dict[str, Any] = {
    "network": _l("Service points"),
    "items": _l("Matters"),
    "materials": _l("Materials of the matters"),
    "windows": _l("Windows"),
    "powers": _l("Powers in force today"),
    "quiet-rules": _l("Rules of quiet days"),
    "inspections": _l("Inspections by body"),
    "fees": _l("Fees"),
    "fee-versions": _l("Fees in every version"),
    "disputes": _l("Disputes between bodies"),
    "inspection-matters": _l("Matters that can be inspected"),
    "benchmarks": _l("Discretion benchmarks of fines"),
}


@bp.app_context_processor
def footer() -> dict[str, Any]:
    """What stands at the foot of every page."""
    return {"footer_links": [("/help", _("Help")), ("/fees", _("Fees")), ("/open-data/", _("Open data"))]}


@bp.get("/")
@public
def home() -> str:
    """Each kind of person starts here in one step."""
    today = clock().today()
    found = queries.home(county().id, today)
    state = found.quiet.state(today)
    levels = network_pages.level_names(county().id, today)
    rooms = found.points.get("village", 0) + found.points.get("community", 0)
    return render_template(
        "openness/home.html",
        home=found,
        state=state.value,
        states=DayState,
        next_open=today if state is DayState.OPEN else found.quiet.next_open_day(today),
        weekdays=network_pages.WEEKDAYS,
        levels=levels,
        rooms=rooms,
        emergencies=network.emergencies(county().id),
        emergency_words=network_pages.EMERGENCIES,
    )


@bp.get("/help")
@public
def help() -> str:
    """How the site is used, by whom, with which keys, in which languages; whom to ring."""
    return render_template("openness/help.html", contact=queries.contact(county().id))


@bp.get("/open-data/")
@public
def open_data() -> str:
    """The list of tables (O-3)."""
    rows = [(name, TITLES[name], table.columns) for name, table in queries.TABLES.items()]
    on = clock().today()
    return render_template("openness/open_data.html", tables=rows, license=queries.license_of(county().id, on))


@bp.get("/open-data/<name>.<kind>")
@public
def open_table(name: str, kind: str) -> Response:
    """A table as CSV or JSON (O-3)."""
    table = queries.TABLES.get(name)
    if table is None or kind not in FORMATS:
        abort(404)
    now = clock().now()
    rows = table.rows(county().id, now)
    if kind == "csv":
        body = tables.as_csv(table.columns, rows)
    else:
        updated = queries.updated_at(county().id, now).astimezone(SHANGHAI)
        body = tables.as_json(table.columns, rows, updated_at=updated, license=queries.license_of(county().id, clock().today()))
    response = Response(body, content_type=f"{FORMATS[kind]}; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{county().code}-{name}.{kind}"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


# --- what monitoring asks -----------------------------------------------------------------------------------------------------------


@bp.get("/healthz")
@public
def healthz() -> Response:
    """The process is alive; asks no database and no county."""
    return _told({"status": "alive"}, 200)


@bp.get("/readyz")
@public
def readyz() -> Response:
    """Ready to serve, or 503 with what is missing."""
    answers = readiness(clock().today())
    is_ready = all(answers.values())
    return _told({"status": "ready" if is_ready else "not ready", **answers}, 200 if is_ready else 503)


def _told(body: dict[str, Any], status: int) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
