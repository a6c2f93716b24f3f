"""The page *what if*: a draft instrument replayed over a past period (G-10). It only reads."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask_login import current_user

from portal.authority import queries as authority_queries
from portal.authority.routes import READERS
from portal.cases import replays
from portal.cases.replay_forms import PeriodForm
from portal.i18n import _
from portal.rules.replay import Sums
from portal.web import page, pictures
from portal.web.access import roles

bp = Blueprint("replays", __name__)
POINTS = 20  # so many points are listed, those with most saved first


@bp.get("/manage/instruments/<int:instrument_id>/what-if")
@roles(*READERS)
def what_if(instrument_id: int) -> Response:
    """What an instrument would have saved, had it been in force in a past period: in all, per item and point, and the cases (G-10)."""
    page.whole_id(instrument_id)
    clock = page.clock()
    now, today = clock.now(), clock.today()
    one = authority_queries.get_instrument_for(current_user.county_id, current_user.offices, instrument_id, now)
    form = PeriodForm(request.args)
    usual = replays.usual_period(today)
    for field, day in zip((form.from_on, form.until_on), usual, strict=True):
        if not field.raw_data:
            field.raw_data, field.data = [day.isoformat()], day
    found, status = None, 422
    if form.validate():
        first, last = form.from_on.data, form.until_on.data
        if last > today:
            form.until_on.errors = [_("The period lies in the past: today is its last day.")]
        elif first > last:
            form.until_on.errors = [_("The last day lies before the first.")]
        else:
            found, status = replays.what_if(current_user, instrument_id, first, last, now, before=page.cursor("before")), 200
    body = render_template(
        "cases/what_if.html", one=one, form=form, found=found, rows=_rows(found.total) if found else (), points=_points(found) if found else (),
        picture=_picture(found.total) if found else None, is_usual=(form.from_on.data, form.until_on.data) == usual, first=page.cursor("before") is None,
        own=f"/manage/instruments/{instrument_id}/what-if",
    )  # fmt: skip
    return make_response(body, status)


def _points(found: replays.WhatIf) -> list[tuple[Any, Sums]]:
    """The points where something changes, those with most saved first; where nothing does, those with most cases."""
    changed = [one for one in found.by_point if one[1].changed]
    return (changed or list(found.by_point))[:POINTS]


def _rows(total: Sums) -> list[tuple[Any, int, int, int]]:
    """Name, before, after, gained: what the table says and the picture draws."""
    return [
        (_("Finished in town or village"), total.below_before, total.below_after, total.below_after - total.below_before),
        (_("Handoffs"), total.handoffs_before, total.handoffs_after, total.handoffs_saved),
        (_("Working days on the way"), total.days_before, total.days_before - total.days_saved, total.days_saved),
        (_("Trips of applicants"), total.trips_before, total.trips_before - total.trips_saved, total.trips_saved),
    ]


def _picture(total: Sums) -> pictures.Compared:
    return pictures.compared((str(name), before, after) for name, before, after, _saved in _rows(total))
