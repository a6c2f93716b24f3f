"""Who may what, for everybody: by item, by point and window, by department, by instrument; and the guide at one point (G-4, S-7)."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request

from portal.authority import powers_queries, queries, terms
from portal.authority.powers_queries import A_PAGE
from portal.authority.queries import InstrumentState
from portal.catalogue import queries as catalogue
from portal.catalogue.forms import FindItemForm
from portal.catalogue.pages import limit_words
from portal.i18n import _lp
from portal.network import queries as network
from portal.rules.clauses import ItemTerms, Level, Power
from portal.rules.moments import civil_date
from portal.web import page
from portal.web.access import public

if TYPE_CHECKING:
    from portal.network.models import Window

bp = Blueprint("powers", __name__)


# --- public: who may what -------------------------------------------------------------------------------------------------------


@bp.get("/powers")
@public
def powers() -> Response:
    """Who may what (G-4, G-9, G-15): four ways in, by matter, by point and window, by department, by instrument; and what ends soon."""
    asked = request.args
    if asked.get("item"):
        return _of_item(asked["item"], asked.get("point", ""))
    if asked.get("window"):
        return _of_window(network.window_by_code(page.county().id, asked["window"]))
    if asked.get("point"):
        return _of_point(asked["point"])
    by = asked.get("by", "")
    if by == "instrument":
        return _instruments()
    if by == "ending":
        return _ending()
    if asked.get("body"):
        return _of_body(asked["body"])
    if by == "item" or asked.get("q") or asked.get("after"):
        return _items()
    county, now = page.county(), page.clock().now()
    order = list(Level)
    above = [point for point in network.list_points(county.id) if not Level(point.level).is_room]
    return make_response(
        render_template(
            "authority/powers.html",
            form=FindItemForm(formdata=None),
            bodies=powers_queries.bodies_with_powers(county.id, civil_date(now)),
            points=sorted(above, key=lambda point: (order.index(Level(point.level)), point.code)),
            ending=powers_queries.count_ending(county.id, now),
            further=[(href, text) for href, text in FURTHER if _is_there(href)],
        )
    )


# Pages of the features to the right; each is linked once it is there.
FURTHER = (
    ("/powers/mail-room", _lp("powers", "Mail-room index: what is only passed on")),
    ("/powers/stationing", _lp("powers", "Where every matter is stationed")),
)


def _is_there(path: str) -> bool:
    """Is there a page of its own at this address? The one of an instrument answers for everything else below /powers/."""
    return any(rule.rule == path for rule in current_app.url_map.iter_rules())


def _after() -> str:
    return request.args.get("after", "")[:40]


_COLUMNS = (Power.ACCEPT, Power.DECIDE)


def _asked(item: ItemTerms, power: Power) -> Power:
    """A matter of the village list is finished, not decided."""
    return Power.FINISH if power is Power.DECIDE and Power.DECIDE not in item.required and Power.FINISH in item.required else power


def _items() -> Response:
    """The matters by code, or those found by name, each with where it is accepted and decided."""
    county, now = page.county(), page.clock().now()
    on, after = civil_date(now), _after()
    form = FindItemForm(request.args)
    is_fine = form.validate()
    text = (form.q.data or "") if is_fine else ""
    if text:
        order = [entry.item_id for entry in catalogue.search(county.id, text, A_PAGE + 1, on=on)]
        by_id = queries.items_shown(county.id, on, item_ids=order) if order else {}
        rest = [by_id[item_id] for item_id in order if item_id in by_id]
    else:
        rest = [item for item in queries.items_shown(county.id, on).values() if item.code > after]
    bodies = network.bodies_by_id(county.id)
    register = queries.register_for(county.id, now)
    rows = [
        (
            item,
            bodies[item.terms.responsible_body],
            [queries.coverage(register, item.terms, _asked(item.terms, power)) for power in _COLUMNS],
        )
        for item in rest[:A_PAGE]
    ]
    more = rest[A_PAGE - 1].code if len(rest) > A_PAGE and not text else None
    is_cut = bool(text) and len(rest) > A_PAGE
    body = render_template("authority/powers_items.html", form=form, rows=rows, text=text, more=more, first=not after, is_cut=is_cut)
    return make_response(body, 200 if is_fine else 422)


def _of_item(code: str, point_code: str) -> Response:
    """One matter: every window that holds a power on it, from the county down; seen from a point, the windows of its chain."""
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
    keys = [f"{line.window.code}.{line.clause.id}" for line in lines]
    if _after() and _after() not in keys:
        abort(404)
    start = keys.index(_after()) + 1 if _after() else 0
    some = lines[start : start + A_PAGE]
    return make_response(
        render_template(
            "authority/powers_item.html",
            item=shown,
            body=network.bodies_by_id(county.id)[item.responsible_body],
            lines=some,
            rooms=len({line.point.id for line in rooms}),
            room_powers=[power for power in Power if any(power in line.powers for line in rooms)],
            point=point,
            slugs=queries.instrument_slugs(county.id, {line.clause.instrument_id for line in some}),
            numbers=powers_queries.clause_numbers({line.clause.id for line in some}),
            lacking=[power for power in Power if power in item.required and not register.at_points(power, item)],
            more=keys[start + A_PAGE - 1] if len(keys) > start + A_PAGE else None,
            first=not start,
        )
    )


def _of_point(code: str) -> Response:
    """The windows of one point; where it has but one, that window's own page."""
    county, now = page.county(), page.clock().now()
    point = network.point_by_code(county.id, code)
    lines, more = powers_queries.windows_with_powers(county.id, point.id, now, _after())
    if len(lines) == 1 and more is None and not _after():
        return _of_window(lines[0].window)
    return make_response(
        render_template(
            "authority/powers_point.html",
            point=point,
            lines=lines,
            more=more,
            first=not _after(),
            bodies=network.bodies_by_id(county.id),
            letters=[] if _after() else powers_queries.letters_at(point.id, civil_date(now)),
        )
    )


def _of_window(window: Window) -> Response:
    """One window: matter by matter what it may do, by which clause, until when, and who is chief representative there."""
    county, now = page.county(), page.clock().now()
    shown = powers_queries.window_powers(county.id, window, now, _after())
    return make_response(
        render_template("authority/powers_window.html", shown=shown, first=not _after(), bodies=network.bodies_by_id(county.id))
    )


def _of_body(code: str) -> Response:
    """One department: its matters and where each power is held, its entrustments, its instruments, what ends soon (G-4)."""
    county, now, after = page.county(), page.clock().now(), _after()
    body = network.body_by_code(county.id, code)
    shown = powers_queries.body_powers(county.id, body, now, after)
    rest: dict[str, Any] = {}
    if not after:
        papers, _more = queries.list_instruments_for(
            county.id, (), InstrumentState.IN_FORCE, now, body_id=body.id, is_public=True
        )
        ending, more_ending = powers_queries.ends_soon(county.id, now, body_id=body.id, most=5)
        rest = {
            "papers": papers[:8], "more_papers": len(papers) > 8, "ending": ending, "more_ending": more_ending,
            "entrustments": powers_queries.entrustments_of(county.id, body, now),
        }  # fmt: skip
    return make_response(render_template("authority/powers_body.html", body=body, shown=shown, first=not after, **rest))


def _ending() -> Response:
    """What ends within 60 days, county-wide or of one department, the first first: by its last day or by a recorded end (G-17)."""
    county, now = page.county(), page.clock().now()
    body = network.body_by_code(county.id, request.args["body"]) if request.args.get("body") else None
    rows, more = powers_queries.ends_soon(county.id, now, body_id=body.id if body else None, after=_cursor())
    return make_response(
        render_template(
            "authority/powers_ending.html",
            rows=rows,
            more=f"{more[0].isoformat()}.{more[1]}" if more else None,
            first=not _after(),
            body=body,
            last=civil_date(now) + powers_queries.SOON,
        )
    )


def _cursor() -> tuple[date, int] | None:
    """(day, clause id) of the address, as 2026-12-31.55; anything else is no such page."""
    if not _after():
        return None
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)\.(\d{1,9})", _after(), re.ASCII)
    try:
        return (date.fromisoformat(found[1]), int(found[2])) if found else abort(404)
    except ValueError:
        abort(404)


def _instruments() -> Response:
    """The instruments in force, the newest first; all, or those of one department."""
    county, now = page.county(), page.clock().now()
    body = network.body_by_code(county.id, request.args["body"]) if request.args.get("body") else None
    rows, more = queries.list_instruments_for(
        county.id, (), InstrumentState.IN_FORCE, now, before=page.cursor("before"), body_id=body.id if body else None, is_public=True
    )
    return make_response(
        render_template("authority/powers_instruments.html", rows=rows, more=more, body=body, first=page.cursor("before") is None)
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
