"""Pages of the matrix of authority: windows × items × powers of the whole county (G-1, G-3, G-18)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask_login import current_user

from portal.authority import matrix_queries as matrices
from portal.authority import queries
from portal.authority.routes import READERS
from portal.database import NotFound
from portal.network import queries as network
from portal.rules.authority import Office
from portal.rules.clauses import ClauseTerms, Level, Power
from portal.rules.moments import civil_date
from portal.web import page
from portal.web.access import roles

bp = Blueprint("matrix", __name__)
ITEMS_A_PAGE = 40


@bp.get("/manage/matrix")
@roles(*READERS)
def matrix() -> Response:
    """The matrix window × item × power: by body over the levels, then one point, one window or one item in full (G-1, G-18)."""
    if request.args.get("window"):
        return _matrix_of_window(request.args["window"])
    if request.args.get("point"):
        return _matrix_of_point(request.args["point"])
    if request.args.get("item"):
        return _matrix_of_item(request.args["item"], request.args.get("town", ""))
    county_id, now = current_user.county_id, page.clock().now()
    on = civil_date(now)
    bodies = network.bodies_by_id(county_id)
    usual = next((office.body_id for office in current_user.offices if office.office is Office.HEAD_OF_AGENCY), None)
    code = request.args.get("body", "") or (bodies[usual].code if usual in bodies else "")
    body = network.body_by_code(county_id, code) if code else None
    every = list(queries.items_shown(county_id, on, with_offers=True).values())
    shown = [item for item in every if body is None or item.terms.responsible_body == body.id]
    register = queries.register_for(county_id, now)
    gaps = {(gap.item.id, gap.power) for gap in register.gaps(item.terms for item in shown)}
    columns = tuple(power for power in queries.ORDER if power is not Power.COLLECT) + (Power.FINISH,)
    rows = [
        (
            item,
            [
                (power, power in item.terms.required, queries.coverage(register, item.terms, power), (item.terms.id, power) in gaps)
                for power in columns
            ],
        )
        for item in shown[:ITEMS_A_PAGE]
    ]
    points = [point for point in network.list_points(county_id) if point.level in ("county", "sub_center", "town")]
    return make_response(
        render_template(
            "authority/matrix.html", rows=rows, columns=columns, body=body, bodies=queries.granting(bodies, every), points=points, gaps=len(gaps),
            more=shown[ITEMS_A_PAGE:],
        )
    )  # fmt: skip


def _matrix_of_point(code: str) -> Response:
    county_id, now = current_user.county_id, page.clock().now()
    point = network.point_by_code(county_id, code)
    at = queries.windows(county_id, civil_date(now), point_ids=[point.id])
    if len(at) == 1:
        return _matrix_of_window(next(iter(at.values())).code)
    rows = network.windows_by_id(at)
    in_force = [clause for clause in queries.clauses(county_id, window_ids=list(at)) if clause.in_force_at(now)]
    held = {window_id: {power for clause in in_force if clause.window_id == window_id for power in clause.powers} for window_id in at}
    lines = [
        (rows[window_id], [power for power in Power if power in held[window_id]]) for window_id in sorted(at, key=lambda one: at[one].code)
    ]
    return make_response(render_template("authority/matrix_point.html", point=point, lines=lines))


def _matrix_of_window(code: str) -> Response:
    county_id, now = current_user.county_id, page.clock().now()
    on = civil_date(now)
    row = network.window_by_code(county_id, code)
    window = queries.windows(county_id, on, window_id=row.id).get(row.id)
    if window is None:
        raise NotFound(code)
    bounds = queries.ceilings(county_id, on)
    found = queries.clauses(county_id, window_id=row.id)
    every = queries.items_shown(county_id, on)
    wanted = [
        item
        for item in every.values()
        if item.terms.responsible_body in window.body_ids or any(clause.covers(item.terms) for clause in found)
    ]
    columns = matrices.powers_of_level(window.level, bounds)
    cells = [(item, [(power, matrices.cell(window, item.terms, power, found, now, bounds)) for power in columns]) for item in wanted]
    return make_response(
        render_template(
            "authority/matrix_window.html", window=row, point=network.points_by_id([row.point_id])[row.point_id],
            columns=columns, rows=cells, instruments=_relied(cells),
        )
    )  # fmt: skip


def _relied(rows: Iterable[tuple[Any, list[tuple[Power, matrices.Cell]]]]) -> dict[int, str]:
    """Instrument id → number, of what the cells rest on."""
    clauses = [one.clause for _thing, cells in rows for _power, one in cells if one.clause is not None]
    return {clause.instrument_id: clause.instrument_number for clause in sorted(clauses, key=lambda one: one.instrument_id)}


def _matrix_of_item(code: str, town_code: str) -> Response:
    county_id, now = current_user.county_id, page.clock().now()
    on = civil_date(now)
    item = queries.item_terms_by_code(county_id, code, on)
    shown = queries.items_shown(county_id, on, item_ids=[item.id])[item.id]
    town = network.point_by_code(county_id, town_code) if town_code else None
    bounds = queries.ceilings(county_id, on)
    found: dict[int, list[ClauseTerms]] = {}
    for clause in queries.clauses(county_id, item=item):
        found.setdefault(clause.window_id, []).append(clause)
    places = {point.id: point for point in network.list_points(county_id)}
    at = queries.windows(county_id, on)
    wanted = [
        window for window in at.values()
        if (window.id in found or item.responsible_body in window.body_ids)
        and (window.level.is_room and places[window.point_id].parent_id == town.id if town else not window.level.is_room)
    ]  # fmt: skip
    order = list(Level)
    wanted.sort(key=lambda window: (order.index(window.level), window.code))
    rows = network.windows_by_id([window.id for window in wanted])
    of_levels = {window.level for window in wanted}
    columns = tuple(power for power in Power if any(power in matrices.powers_of_level(level, bounds) for level in of_levels))
    cells = []
    for window in wanted:
        mine = matrices.powers_of_level(window.level, bounds)
        line = [
            (p, matrices.cell(window, item, p, found.get(window.id, ()), now, bounds) if p in mine else matrices.Cell("above"))
            for p in columns
        ]
        cells.append(((rows[window.id], places[window.point_id]), line))
    towns = [point for point in places.values() if point.level == "town"]
    return make_response(
        render_template(
            "authority/matrix_item.html", item=shown, columns=columns, rows=cells, town=town, towns=towns, instruments=_relied(cells)
        )
    )
