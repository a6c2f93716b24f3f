"""Who may what, for everybody: by item, by point and window, by department, by instrument; and the guide at one point (G-4, S-7)."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, Response, abort, make_response, render_template, request

from portal.authority import powers_queries, queries, terms
from portal.authority.queries import InstrumentState
from portal.catalogue.pages import limit_words
from portal.network import queries as network
from portal.rules.clauses import ItemTerms, Power
from portal.rules.moments import civil_date
from portal.web import page
from portal.web.access import public

bp = Blueprint("powers", __name__)
ITEMS_A_PAGE = 40


def _number(name: str) -> int | None:
    """A cursor of the address; anything that is none is no such page."""
    text = request.args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        abort(404)
    return int(text)


# --- public: who may what -------------------------------------------------------------------------------------------------------


@bp.get("/powers")
@public
def powers() -> Response:
    """Who may what, by instrument: items with their coverage, or one item, one point, one body, or the instruments (G-4, G-15)."""
    if request.args.get("item"):
        return _powers_of_item(request.args["item"], request.args.get("point", ""))
    if request.args.get("point"):
        return _powers_at_point(request.args["point"])
    if request.args.get("by") == "instrument":
        return _powers_by_instrument()
    county, now = page.county(), page.clock().now()
    on = civil_date(now)
    bodies = network.bodies_by_id(county.id)
    body = network.body_by_code(county.id, request.args["body"]) if request.args.get("body") else None
    shown = list(queries.items_shown(county.id, on, of_body=body.id if body else None).values())
    after = request.args.get("after", "")[:40]
    rest = [item for item in shown if item.code > after]
    register = queries.register_for(county.id, now)
    rows = [
        (
            item,
            bodies[item.terms.responsible_body],
            [queries.coverage(register, item.terms, _asked(item.terms, power)) for power in _COLUMNS],
        )
        for item in rest[:ITEMS_A_PAGE]
    ]
    more = rest[ITEMS_A_PAGE - 1].code if len(rest) > ITEMS_A_PAGE else None
    return make_response(
        render_template("authority/powers.html", rows=rows, body=body, bodies=queries.granting(bodies, shown), more=more, first=not after)
    )


_COLUMNS = (Power.ACCEPT, Power.DECIDE)


def _asked(item: ItemTerms, power: Power) -> Power:
    """A matter of the village list is finished, not decided."""
    return Power.FINISH if power is Power.DECIDE and Power.DECIDE not in item.required and Power.FINISH in item.required else power


def _powers_of_item(code: str, point_code: str) -> Response:
    county, now = page.county(), page.clock().now()
    on = civil_date(now)
    item = queries.item_terms_by_code(county.id, code, on)
    shown = queries.items_shown(county.id, on, item_ids=[item.id])[item.id]
    register = queries.register_for(county.id, now, [item])
    point = network.point_by_code(county.id, point_code) if point_code else None
    chain = {near.id for near in register.chain(register.points[point.id], item)} if point else None
    found = [
        (holding.window.id, power, holding.clause)
        for power in Power
        for point_id, holdings in register.at_points(power, item).items()
        if chain is None or point_id in chain
        for holding in holdings
    ]
    lines = powers_queries.lines_of(found)
    rooms = [line for line in lines if line.level.is_room]
    if point is None:  # rooms are many and alike: a count, and one's own by choosing the town
        lines = [line for line in lines if not line.level.is_room]
    return make_response(
        render_template(
            "authority/powers_item.html",
            item=shown,
            body=network.bodies_by_id(county.id)[item.responsible_body],
            lines=lines,
            rooms=len({line.point.id for line in rooms}),
            room_powers=[power for power in Power if any(power in line.powers for line in rooms)],
            point=point,
            slugs=queries.instrument_slugs(county.id, {line.clause.instrument_id for line in lines}),
            lacking=[power for power in Power if power in item.required and not register.at_points(power, item)],
        )
    )


def _powers_at_point(code: str) -> Response:
    county, now = page.county(), page.clock().now()
    point = network.point_by_code(county.id, code)
    on = civil_date(now)
    at = queries.windows(county.id, on, point_ids=[point.id])
    found = [clause for clause in queries.clauses(county.id, window_ids=list(at)) if clause.in_force_at(now)]
    lines = powers_queries.lines_of((clause.window_id, power, clause) for clause in found for power in clause.powers)
    named_items = {item_id for clause in found for item_id in clause.item_ids or ()}
    return make_response(
        render_template(
            "authority/powers_point.html",
            point=point,
            groups=[list(rows) for _code, rows in groupby(lines, lambda one: one.window.code)],
            items=queries.items_shown(county.id, on, item_ids=named_items) if named_items else {},
            bodies=network.bodies_by_id(county.id),
            slugs=queries.instrument_slugs(county.id, {clause.instrument_id for clause in found}),
            letters=powers_queries.letters_at(point.id, on),
        )
    )


def _powers_by_instrument() -> Response:
    county, now = page.county(), page.clock().now()
    body = network.body_by_code(county.id, request.args["body"]) if request.args.get("body") else None
    rows, more = queries.list_instruments_for(
        county.id, (), InstrumentState.IN_FORCE, now, before=_number("before"), body_id=body.id if body else None, is_public=True
    )
    return make_response(
        render_template("authority/powers_instruments.html", rows=rows, more=more, body=body, first=_number("before") is None)
    )


# --- public: the guide at one point ---------------------------------------------------------------------------------------------


@bp.get("/items/<code>/at/<point>")
@public
def item_at_point(code: str, point: str) -> Response:
    """The guide of an item at a point, on one printed page: what can be done here, and where the rest happens (S-7, N-5)."""
    county = page.county()
    guide = powers_queries.get_point_guide(county.id, code, point, page.clock().now())
    return make_response(
        render_template("authority/guide.html", spot=guide, guide=guide.guide, for_residents=terms.FOR_RESIDENTS, limit_words=limit_words)
    )
