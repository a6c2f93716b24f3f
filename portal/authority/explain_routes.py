"""Why a window, or a person there, may or may not use a power, step by step (G-2, G-9)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask_login import current_user

from portal.authority import queries, terms
from portal.authority.forms import ExplainForm
from portal.database import NotFound
from portal.i18n import _, named
from portal.network import queries as network
from portal.rules.clauses import Power
from portal.rules.moments import civil_date
from portal.web import page
from portal.web.access import staff
from portal.web.reasons import step_words

bp = Blueprint("explain", __name__)


@bp.get("/authority/explain")
@staff
def explain() -> Response:
    """Why a window, or a person there, may or may not use a power on an item at a moment, step by step (G-2, G-9)."""
    county_id, now = current_user.county_id, page.clock().now()
    form = ExplainForm(request.args)
    form.power.choices = [(power.value, text) for power, text in terms.POWERS.items()]
    form.item.choices = [(item.code, f"{item.code} {named(item)}") for item in queries.items_shown(county_id, civil_date(now)).values()]
    answer, status = None, 200
    about: dict[str, Any] = {}
    if not request.args.get("power"):
        form.window.data = _own_window()
    elif not form.validate():
        status = 422
    else:
        try:
            at = queries.moment_of(form.at.data or "", now)
            answer = queries.explain_at(
                county_id, Power(form.power.data), form.item.data, form.window.data or "", at, form.person.data or ""
            )
            window = network.window_by_code(county_id, form.window.data or "")
            about = {"window": window, "point": network.points_by_id([window.point_id])[window.point_id], "as_of": at}
        except (ValueError, OverflowError):
            form.at.errors, status = [_("Please give a moment as 2026-11-23 or 2026-11-23 09:30.")], 422
        except NotFound as missing:
            place = form.person if str(missing) == form.person.data and form.person.data else form.window
            place.errors, status = [_("There is none of this name.")], 422
    if answer is not None and answer.clause is not None:
        about["slug"] = queries.instrument_slugs(county_id, [answer.clause.instrument_id]).get(answer.clause.instrument_id, "")
    return make_response(render_template("authority/explain.html", form=form, answer=answer, step_words=step_words, **about), status)


def _own_window() -> str:
    ids = sorted(current_user.window_ids)
    return network.windows_by_id(ids[:1])[ids[0]].code if ids else ""
