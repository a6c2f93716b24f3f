"""Pages of the matrix of authority: windows × items × powers of the whole county, a page at a time (G-1, G-3, G-18).

Six queries a page, whatever the size of the county. Nothing is changed here: a selection leads to the form of a draft.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_login import current_user

from portal.authority import matrix_queries as matrices
from portal.authority import terms
from portal.authority.matrix_forms import FindItemForm
from portal.authority.matrix_queries import Ground, ItemSeen, Thing
from portal.authority.routes import READERS
from portal.i18n import _, named
from portal.rules.authority import Office
from portal.rules.clauses import Level, Power
from portal.rules.moments import civil_date
from portal.web import page
from portal.web.access import roles

bp = Blueprint("matrix", __name__)
HOME = "/manage/matrix"


class Asked:
    """What the address asks for: the filters, looked up; an unknown point, body, power or cursor is no such page."""

    def __init__(self, seen: Ground) -> None:
        told = {name: request.args.get(name, "")[:60] for name in ("point", "body", "power", "window", "after")}
        self.window, self.after = told["window"], told["after"]
        self.point: Thing | None = seen.point(told["point"]) if told["point"] else None
        self.body: Thing | None = seen.body(told["body"]) if told["body"] else None
        if not request.args.keys() & {*told, "item"}:  # the head of an agency begins with what is theirs
            usual = next((office.body_id for office in current_user.offices if office.office is Office.HEAD_OF_AGENCY), None)
            self.body = None if usual is None else seen.bodies.get(usual)
        if told["power"] and told["power"] not in list(Power):
            abort(404)
        self.power = Power(told["power"]) if told["power"] else None
        order = list(Level)
        self.points = [(point.code, named(point)) for point in sorted(seen.points.values(), key=lambda one: (order.index(Level(one.kind)), one.code))]
        self.bodies = [(body.code, named(body)) for body in seen.granting()]
        self.words = {power: str(text) for power, text in terms.POWERS.items()}  # said once: a page says them some hundred times
        self.powers = [(power.value, text) for power, text in self.words.items()]

    def heads(self, columns: tuple[Power, ...]) -> list[str]:
        return [self.words[power] for power in columns]

    def link(self, *kept: str, **more: str) -> str:
        """The address of the matrix with these of the filters, and more."""
        values = {"point": self.point and self.point.code, "body": self.body and self.body.code, "power": self.power and self.power.value}
        pairs = [(name, value) for name, value in {**{name: values[name] for name in kept}, **more}.items() if value]
        return f"{HOME}?{urlencode(pairs)}" if pairs else HOME


def _page(template: str, seen: Ground, asked: Asked, form: FindItemForm, status: int = 200, **values: Any) -> Response:
    body = render_template(
        f"authority/{template}.html", seen=seen, asked=asked, form=form, link=asked.link, home=HOME,
        may_draft=current_user.role == "manager", **values,
    )  # fmt: skip
    return make_response(body, status)


@bp.get(HOME)
@roles(*READERS)
def matrix() -> Response:
    """The matrix: windows against powers with their counts; one window against its items; one item against its windows."""
    county_id, now = current_user.county_id, page.clock().now()
    seen = matrices.ground(county_id, civil_date(now), point_code=request.args.get("point", "")[:60])
    asked, form = Asked(seen), FindItemForm(request.args)
    if asked.window:
        return _of_window(seen, asked, form)
    if not form.validate():
        return _overview(seen, asked, form, 422)
    if not form.item.data:
        return _overview(seen, asked, form)
    found = seen.find(form.item.data)
    if len(found) == 1:
        return _of_item(seen, asked, form, found[0])
    if found:
        return _page("matrix_found", seen, asked, form, found=found[: matrices.FOUND], more=len(found) > matrices.FOUND)
    form.item.errors = [_("There is no matter of this code or name.")]
    return _overview(seen, asked, form, 422)


def _overview(seen: Ground, asked: Asked, form: FindItemForm, status: int = 200) -> Response:
    county_id, now = current_user.county_id, page.clock().now()
    found = matrices.overview(county_id, now, seen, point=asked.point, body=asked.body, power=asked.power, after=asked.after)
    if asked.after and not found.rows:
        abort(404)
    places = [list(rows) for _id, rows in groupby(found.rows, lambda row: row.seen.point.id)]
    more = asked.link("point", "body", "power", after=found.more) if found.more else ""
    return _page("matrix", seen, asked, form, status, heads=asked.heads(found.columns), places=places, more=more)


def _of_window(seen: Ground, asked: Asked, form: FindItemForm) -> Response:
    county_id, now = current_user.county_id, page.clock().now()
    one, found = matrices.of_window(county_id, now, seen, asked.window, body=asked.body, power=asked.power, after=asked.after)
    more = asked.link("body", "power", window=one.thing.code, after=found.more) if found.more else ""
    return _page("matrix_window", seen, asked, form, one=one, found=found, more=more)


def _of_item(seen: Ground, asked: Asked, form: FindItemForm, item: ItemSeen) -> Response:
    county_id, now = current_user.county_id, page.clock().now()
    found = matrices.of_item(county_id, now, seen, item, point=asked.point, power=asked.power, after=asked.after)
    if asked.after and not found.groups:
        abort(404)
    form.item.data = item.code
    more = asked.link("point", "power", item=item.code, after=found.more) if found.more else ""
    return _page("matrix_item", seen, asked, form, item=item, found=found, more=more)
