"""Legs that nobody received in time, and legs that were late: for whoever watches over the network (C-6, C-20)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_login import current_user

from portal.cases import leg_queries as queries
from portal.cases import pages
from portal.i18n import _l, _lp
from portal.web import page
from portal.web.access import roles

bp = Blueprint("legs", __name__)
READERS = ("center", "manager", "supervisor", "auditor")
BOXES = ("open", "ended")


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in READERS:
        return []
    return [("/manage/legs", _lp("nav", "Handoffs not received"), _l("Cases that were sent on and that nobody received in time, and whose lateness it is."))]


page.management.append(_management)


def _cursor(text: str) -> tuple[date, int] | None:
    """The key of a page: the day and the number of the last line; anything else is no such page (404)."""
    if not text:
        return None
    day, _dot, number = text.partition(".")
    try:
        return date.fromisoformat(day), int(number) if number.isascii() and number.isdigit() and len(number) < 10 else abort(404)
    except ValueError:
        abort(404)


@bp.get("/manage/legs")
@roles(*READERS)
def overview() -> Response:
    """What nobody received in time, the longest waiting first; or what ended late, the newest first."""
    today, county_id = page.clock().today(), current_user.county_id
    box = request.args.get("box", "open")
    if box not in BOXES:
        abort(404)
    following: Any
    if box == "open":
        after = _cursor(request.args.get("after", ""))
        rows, following = queries.list_unreceived(county_id, today, after=after)
        older = f"/manage/legs?after={following[0].isoformat()}.{following[1]}" if following else None
        paged = after is not None
    else:
        before = page.cursor("before")
        rows, following = queries.list_late(county_id, today, before=before)
        older, paged = f"/manage/legs?box=ended&before={following}" if following else None, before is not None
    body = render_template(
        "cases/legs_late.html", rows=rows, box=box, boxes=BOXES, waiting=queries.count_unreceived(county_id, today), older=older, paged=paged,
        window_name=pages.place_name,
    )  # fmt: skip
    return make_response(body)
