"""Review points compared: which points windows answer differently, and the refusals that name one (S-11)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask_login import current_user

from portal.cases import review_points_queries as queries
from portal.i18n import _, _p
from portal.rules import review_points as rules
from portal.web import page
from portal.web.access import roles

bp = Blueprint("review_points", __name__)
READERS = ("manager", "dept_head", "leader", "center", "supervisor", "auditor")


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in READERS:
        return []
    return [("/manage/review-points", _p("nav", "Review points"), _("The same review point, answered differently at different windows."))]


page.management.append(_management)


@bp.get("/manage/review-points")
@roles(*READERS)
def compared() -> Response:
    """The points whose windows lie far apart; with an item, all of its points, and the refusals that name each."""
    code = request.args.get("item", "").strip()[:40]
    points, more = (queries.of_item(current_user.county_id, code), False) if code else queries.list_differing(current_user.county_id)
    refusals = {(one.version.id, one.seq): queries.list_refusals(one.version.id, one.seq) for one in points if code and one.refusals}
    return make_response(
        render_template(
            "cases/review_points.html",
            points=points,
            more=more,
            code=code,
            refusals=refusals,
            least=rules.LEAST,
            apart=round(rules.APART * 100),
        )
    )
