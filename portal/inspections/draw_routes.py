"""Random draws: drawn by an inspector for the body, hidden until the head publishes the result after the visits, then drawn again by anybody (Q-13)."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template
from flask_login import current_user

from portal.database import KeyReused, Stale
from portal.i18n import _, _lp, _p, named
from portal.inspections import draw_queries as draws
from portal.inspections import draw_services as services
from portal.inspections import pages, plan_queries
from portal.inspections.draw_forms import DrawForm, PublishForm
from portal.inspections.draw_services import DrawText
from portal.inspections.plan_routes import dated
from portal.inspections.plan_words import STATES, TONES
from portal.rules import random_draw as rules
from portal.rules.decision import Decision, NotAllowed
from portal.rules.inspection_plans import Outcome
from portal.rules.random_draw import Excluded
from portal.rules.working_days import CalendarError
from portal.web import page, seen
from portal.web.access import public, roles
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("draws", __name__)

EXCLUDED: dict[str, Any] = {
    Excluded.BY_HAND: _lp("draw", "Left out by hand, with a reason"),
    Excluded.NO_DAY: _lp("draw", "No allowed day in the period"),
    Excluded.NO_PAIR: _lp("draw", "Fewer than two inspectors may go there"),
}
OUTCOMES: dict[str, Any] = {
    Outcome.NOTHING_FOUND: _lp("draw", "Nothing found"),
    Outcome.CORRECTION: _lp("draw", "To be corrected"),
    Outcome.PENALTY: _lp("draw", "Penalty"),
    Outcome.CASE_FILED: _lp("draw", "Case filed"),
    Outcome.TURNED_AWAY: _lp("draw", "Turned away at the door"),
}


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in ("inspector", "dept_head", "supervisor"):
        return []
    return [("/inspections/draws", _p("nav", "Random draws"), _("Enterprises and inspectors by lot; the results are published after the visits."))]


page.management.append(_management)


def _person() -> Any:
    return current_user._get_current_object() if current_user.is_authenticated else None


def _look(*rows: Any) -> None:
    """Each reading of a draw that is not published is recorded (Q-7, R-1)."""
    numbers = [row.number for row in rows if draws.is_hidden(row)]
    if numbers:
        actor, clock = current_user.actor, page.clock()
        seen.later(lambda: services.record_look(numbers, actor=actor, clock=clock))


@bp.get("/inspections/draws")
@public
def overview() -> Response:
    """Published results, and which are late; to those who may see them also the draws whose visits are ahead."""
    county_id, today, person = page.county().id, page.clock().today(), _person()
    rows, more = draws.list_published(county_id, before=page.cursor("before"))
    own = draws.list_own(person) if person is not None and person.county_id == county_id else []
    _look(*(line.row for line in own))
    return make_response(
        render_template(
            "inspections/draws.html", rows=rows, late=draws.list_late(county_id, today), own=own, today=today,
            older=f"/inspections/draws?before={more}" if more else None,
        )
    )  # fmt: skip


def _prepared(form: DrawForm) -> DrawForm:
    if current_user.body_id is None:
        abort(404)
    county_id, body_id = current_user.county_id, int(current_user.body_id)
    matters = plan_queries.list_matters(county_id, page.clock().today(), body_id=body_id)
    form.matter.choices = [("", "—"), *((row.code, named(row)) for row in matters)]
    trades = draws.trades_of(county_id, body_id)
    form.trade.choices = [("", _p("draw", "All"))]
    form.trade.choices += [(code, named_trade(row)) for code, row in sorted(trades.items())]
    return form


def named_trade(row: Any) -> str:
    """What the trade of an enterprise is called, in the page's language."""
    more = row.more or {}
    return named({f"name{suffix}": more.get(f"trade_name{suffix}") or row.trade for suffix in ("", "_hant", "_en")})


def _tickets(weights: dict[str, int]) -> str:
    """The tickets of each grade, those of enterprises without one last."""
    told = [f"{grade} {weight}" for grade, weight in sorted(weights.items()) if grade]
    return ", ".join([*told, _("no grade %(weight)s", weight=rules.weight_of("", weights))])


def _drawn(form: DrawForm, *, status: int = 200, problem: Decision | None = None, said_at: str = "") -> Response:
    if status != 200:
        form.key.data = new_key()
    weights = draws.weights_on(current_user.county_id, page.clock().today())
    body = render_template("inspections/draw_new.html", form=form, problem=problem, said_at=said_at, tickets=_tickets(weights))
    return make_response(body, status)


@bp.get("/inspections/draws/new")
@roles("inspector")
def new() -> Response:
    """A draw to be made."""
    return _drawn(_prepared(DrawForm(formdata=None)))


@bp.post("/inspections/draws/draw")
@roles("inspector")
def draw() -> Response:
    """Draw, and draft the plans."""
    form = _prepared(DrawForm())
    fine = form.validate_on_submit()
    for field in (form.matter, form.trade):
        given = str(field.data or "")
        if given not in {value for value, _label in field.choices} or (field is form.matter and not given):
            field.errors = [_("Please choose one from the list.")]
            fine = False
    if not fine or form.wanted.data is None:
        return _drawn(form, status=422)
    text = DrawText(
        str(form.matter.data), form.first_on.data, form.last_on.data, form.wanted.data or 1, form.announced.data == "1", str(form.trade.data or ""),
        form.reasons,
    )  # fmt: skip
    try:
        number = services.draw(text, actor=_person(), clock=page.clock(), once=once_key())
    except NotAllowed as refused:
        return _drawn(form, status=403, problem=dated(refused.decision))
    except CalendarError:
        form.last_on.errors = [_("The county's calendar does not speak of this day.")]
        return _drawn(form, status=422)
    except KeyReused as reused:
        return _drawn(form, status=422, said_at=reused.result)
    flash(_("Drawn. Each enterprise has its plan as a draft; submit each for the decision."), "ok")
    return done(services.place_of(number))


def _page(number: str, *, status: int = 200, problem: Decision | None = None, is_stale: bool = False, said_at: str = "") -> Response:
    person, today = _person(), page.clock().today()
    shown = draws.get_draw(page.county().id, number, person)
    _look(shown.row)
    form = PublishForm(formdata=None)
    form.version.data = str(shown.row.version)
    if status != 200:
        form.key.data = new_key()
    is_head = person is not None and person.role == "dept_head" and person.body_id == shown.row.body_id
    may_publish = services.may_publish(shown, person) if is_head and shown.row.published_at is None else None
    return make_response(
        render_template(
            "inspections/draw.html", shown=shown, row=shown.row, states=STATES, tones=TONES, excluded=EXCLUDED, outcomes=OUTCOMES, form=form,
            may_publish=may_publish, problem=problem, is_stale=is_stale, said_at=said_at, today=today, is_hidden=draws.is_hidden(shown.row),
            kinds=pages.KINDS,
        ),
        status,
    )  # fmt: skip


@bp.get("/inspections/draws/<number>")
@public
def one(number: str) -> Response:
    """A draw: to everybody once its result is published, before to those who may see it; drawn again each time it is read."""
    return _page(number)


@bp.get("/inspections/draws/<number>/list.csv")
@public
def whole_list(number: str) -> Response:
    """The whole list of a draw, so that anybody can draw again."""
    shown = draws.get_draw(page.county().id, number, _person())
    _look(shown.row)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(["seed", "code", "grade", "weight", "excluded", "reason", "place", "certificates"])
    for each in draws.entries_of(shown.row.id):
        rows.writerow(
            [shown.row.seed, each.code, each.grade, each.weight, each.excluded or "", _plain(each.reason), each.place or "", " ".join(each.certificates)]
        )
    response = make_response("\ufeff" + text.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{number}.csv"'
    return response


def _plain(text: str) -> str:
    """What somebody typed, so that no spreadsheet takes it for a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t") else text


@bp.post("/inspections/draws/<number>/publish")
@roles("dept_head")
def publish(number: str) -> Response:
    """Publish the result."""
    person, form = _person(), PublishForm()
    try:
        draws.get_draw(person.county_id, number, person)
        if not form.validate_on_submit():
            return _page(number, status=422)
        services.publish(number, version=form.drawn_from, actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refused:
        return _page(number, status=403, problem=dated(refused.decision))
    except Stale:
        return _page(number, status=409, is_stale=True)
    except KeyReused as reused:
        return _page(number, status=422, said_at=reused.result)
    flash(_("The result is published."), "ok")
    return done(services.place_of(number))
