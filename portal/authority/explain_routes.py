"""Why a window, or a person there, may or may not use a power, step by step; and who could do it for someone at a point (G-2, G-9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request
from flask_login import current_user

from portal.authority import explain_queries, queries, terms
from portal.authority.explain_forms import ExplainForm
from portal.authority.explain_words import said
from portal.catalogue import queries as catalogue
from portal.database import NotFound
from portal.i18n import _, named
from portal.network import queries as network
from portal.rules.clauses import Power
from portal.rules.moments import civil_date
from portal.web import page
from portal.web.access import staff

if TYPE_CHECKING:
    from datetime import date, datetime

bp = Blueprint("explain", __name__)
OFFERED = 8  # of several that a word may mean


@bp.get("/authority/explain")
@staff
def explain() -> Response:
    """May this window, this person there, or anybody near a point use a power on an item at a moment, and why or why not (G-2, G-9)."""
    county_id, now = current_user.county_id, page.clock().now()
    form = ExplainForm(request.args)
    form.power.choices = [(power.value, text) for power, text in terms.POWERS.items()]
    about: dict[str, Any] = {"offered": {}}
    status = 200
    if not request.args.get("power"):
        form.window.data = _own_window()
    elif form.validate():
        about |= _answer(form, county_id, now)
    if form.errors or about["offered"]:
        status = 422
    return make_response(render_template("authority/explain.html", form=form, said=said, **about), status)


def _answer(form: ExplainForm, county_id: int, now: datetime) -> dict[str, Any]:
    """The answer, or what is wrong with the question beside its field, with what a word may have meant."""
    try:
        at = queries.moment_of(form.at.data or "", now)
    except (ValueError, OverflowError):
        form.at.errors = [_("Please give a moment as 2026-11-23 or 2026-11-23 09:30.")]
        return {"offered": {}}
    on = civil_date(at)
    offered = {"item": _meant(form.item, lambda text: _items(county_id, text, on)), "window": _meant(form.window, lambda text: _places(county_id, text, on))}
    if form.item.errors or form.window.errors:
        return {"offered": {name: rows for name, rows in offered.items() if rows}}
    power, item, place = Power(form.power.data), str(form.item.data), str(form.window.data)
    try:
        if explain_queries.is_point(county_id, place):
            if form.person.data:
                form.person.errors = [_("A person acts at a window: give the window's number.")]
                return {"offered": {}}
            could = explain_queries.who_could(county_id, power, item, place, at)
            return {"offered": {}, "could": could, "why": lambda code: _ask(window=code, person="")}
        one = explain_queries.explained(county_id, power, item, place, at, form.person.data or "")
        return {"offered": {}, "one": one}
    except NotFound:
        # item and window were found above: it is the person
        form.person.errors = [_("There is none of this name.")]
        return {"offered": {}}


def _meant(field: Any, find: Callable[[str], list[tuple[str, str]]]) -> list[tuple[str, str, str]]:
    """What was typed becomes the code of the one thing that it means; of several it offers the first, each with its address."""
    found = find(field.data or "")
    if len(found) == 1:
        field.data = found[0][0]
        return []
    field.errors = [_("This can mean several. Choose one.")] if found else [_("There is none of this name.")]
    return [(code, name, _ask(**{field.name: code})) for code, name in found[:OFFERED]]


def _ask(**changed: str) -> str:
    asked = {name: request.args.get(name, "")[:60] for name in ("power", "item", "window", "person", "at")} | changed
    return "/authority/explain?" + urlencode({name: value for name, value in asked.items() if value})


def _items(county_id: int, text: str, on: date) -> list[tuple[str, str]]:
    """(code, name) of the items that a code or an everyday word means, as they stood on a day."""
    try:
        terms_of = queries.item_terms_by_code(county_id, text, on)
        return [(terms_of.code, "")]
    except NotFound:
        return [(entry.code, named(entry)) for entry in catalogue.search(county_id, text, OFFERED + 1, on=on)]


def _places(county_id: int, text: str, on: date) -> list[tuple[str, str]]:
    """(code, name) of the window or point of a number, else of the points of a name; windows that were not there then are not found."""
    try:
        window = network.window_by_code(county_id, text)
        return [(window.code, "")] if queries.windows(county_id, on, window_id=window.id) else []
    except NotFound:
        found = [one.point for one in network.find_points(county_id, text)]
        same = [point for point in found if point.code == text]
        return [(point.code, named(point)) for point in same or found]


def _own_window() -> str:
    ids = sorted(current_user.window_ids)
    return network.windows_by_id(ids[:1])[ids[0]].code if ids else ""
