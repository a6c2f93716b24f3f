"""Pages of the mail-room index: public per department, and for management with the cases behind each figure (G-8, G-11)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_login import current_user

from portal.authority.routes import READERS
from portal.i18n import _, _p
from portal.network import queries as network
from portal.rules.clauses import Level
from portal.rules.mailroom import LEAST, GroupKind, TransferWhy
from portal.rules.moments import civil_date
from portal.supervision import pages, queries
from portal.web import page
from portal.web.access import public, roles

bp = Blueprint("supervision", __name__)
for _name, _filter in pages.FILTERS.items():
    bp.add_app_template_filter(_filter, _name)
bp.add_app_template_test(pages.is_change, "change")

HOME, MANAGED = "/powers/mail-room", "/manage/mail-room"


def _management() -> list[tuple[str, Any, Any]]:
    return [(MANAGED, _p("nav", "Mail-room index"), _("Which windows only pass papers on, and the cases behind each figure."))] if current_user.role in READERS else []


page.management.append(_management)


def _chosen(name: str, choices: Any, usual: str) -> str:
    """One of the choices of the address; anything else is no such page."""
    text = request.args.get(name, "") or usual
    if text not in list(choices):
        abort(404)
    return text


def _said() -> dict[str, Any]:
    today = page.clock().today()
    return {"figures": pages.FIGURES, "period": pages.period_words(today), "least": LEAST, "home": HOME, "managed": MANAGED}


# --- public ---------------------------------------------------------------------------------------------------------------------


@bp.get("/powers/mail-room")
@public
def mail_room() -> Response:
    """The mail-room index of every department, by one of its three figures, the highest first (G-8)."""
    by = _chosen("by", pages.FIGURES, "items")
    rows = queries.rank_departments(page.county().id, page.clock().now(), by)
    has_trend = any(row.figure(by).trend is not None for row in rows)
    drawn = {"bars": pages.bars(rows, by), "line": pages.LINE, "has_trend": has_trend}
    return make_response(render_template("supervision/mail_room.html", rows=rows, by=by, **drawn, **_said()))


@bp.get("/powers/mail-room/items")
@public
def mail_room_items() -> Response:
    """The matters behind a figure: not decided where they are offered, of a department, hall or window (G-8)."""
    county, now = page.county(), page.clock().now()
    code, after = request.args.get("group", GroupKind.COUNTY), request.args.get("after", "")[:40]
    whose = queries.whose(county.id, code)
    figure = queries.item_figures(county.id, now, with_trend=False).of(whose.group)
    rows, more = queries.items_behind(county.id, civil_date(now), figure, after=after)
    return make_response(
        render_template("supervision/items.html", whose=whose, code=code, figure=figure, rows=rows, more=more, first=not after, **_said())
    )


@bp.get("/powers/mail-room/<body>")
@public
def mail_room_of(body: str) -> Response:
    """The mail-room index of one department: its three figures, its halls and windows, what cannot be decided where it is offered (G-8)."""
    county = page.county()
    row, after = network.body_by_code(county.id, body), request.args.get("after", "")[:40]
    found = queries.department(county.id, page.clock().now(), row, after=after)
    return make_response(render_template("supervision/department.html", body=row, found=found, first=not after, **_said()))


# --- management -----------------------------------------------------------------------------------------------------------------


@bp.get("/manage/mail-room")
@roles(*READERS)
def overview() -> Response:
    """The three figures of departments, halls, or the windows of a hall, each with what is behind it (G-8, G-11)."""
    county_id = current_user.county_id
    kind = GroupKind(_chosen("of", pages.KINDS, GroupKind.DEPARTMENT))
    by = _chosen("by", pages.FIGURES, "items")
    point = network.point_by_code(county_id, request.args["point"]) if request.args.get("point") else None
    if point is not None and Level(point.level).is_room:
        abort(404)  # a room is no hall: it has no figure
    found = queries.overview(county_id, page.clock().now(), kind, by, point)
    return make_response(render_template("supervision/overview.html", found=found, of=kind, by=by, kinds=pages.KINDS, **_said()))


@bp.get("/manage/mail-room/cases")
@roles(*READERS)
def cases() -> Response:
    """The cases behind a figure, newest first, as far as they exist for who asks (G-8, C-30)."""
    kind = TransferWhy(_chosen("kind", (TransferWhy.MISSING, TransferWhy.DESPITE), TransferWhy.MISSING))
    code, today = request.args.get("group", GroupKind.COUNTY), page.clock().today()
    whose = queries.whose(current_user.county_id, code)
    rows, more = queries.list_behind_for(current_user, whose.group, kind, today, before=page.cursor("before"))
    return make_response(
        render_template("supervision/cases.html", kind=kind, code=code, whose=whose, rows=rows, more=more, first=page.cursor("before") is None, **_said())
    )
