"""The whole way of a case: a page of its own, to look at and to print (C-6, C-20)."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template
from flask_login import current_user

from portal.cases import queries, way_pages
from portal.web import page
from portal.web.access import staff

bp = Blueprint("ways", __name__)


@bp.get("/cases/<number>/route")
@staff
def route(number: str) -> Response:
    """Who held the case, how long, where it waited, which power was missing, who was late."""
    view = queries.get_case_for(current_user, number, page.clock().now())
    return make_response(render_template("cases/way.html", view=view, case=view.case, way=way_pages.way(view)))
