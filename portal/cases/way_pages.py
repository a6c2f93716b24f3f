"""The whole way of a case for its page and for the public: levels as rows, time as columns, and the table beneath (C-6, C-20, G-8).

On the public page no window and no person is named: points and levels only (C-18).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from portal.authority import queries as authority_queries
from portal.authority.terms import POWERS
from portal.cases import pages
from portal.cases.queries import CaseView, Place, places_of
from portal.i18n import _, named
from portal.rules import mailroom, ways
from portal.rules.mailroom import TransferWhy
from portal.rules.moments import civil_date
from portal.web import pictures
from portal.web.filters import day, moment


def _why(view: CaseView, places: dict[int, Place]) -> dict[int, TransferWhy]:
    """leg → why it went out, by the clauses of the sending window at that moment (G-8)."""
    legs, county_id = view.now.legs, view.case.county_id
    if not legs:
        return {}
    clauses = authority_queries.clauses(county_id, window_ids={leg.from_window for leg in legs})
    points = {places[leg.from_window].point.id for leg in legs if leg.from_window in places}
    windows = authority_queries.windows(county_id, view.today, point_ids=points)
    ceilings = authority_queries.ceilings(county_id, view.today)
    found = {}
    for leg in legs:
        window = windows.get(leg.from_window)
        if window is not None:
            found[leg.seq] = mailroom.why_transferred(
                kind=leg.kind, power_needed=leg.power_needed, sent_at=leg.sent_at, item=view.item, window=replace(window, level=leg.from_level),
                clauses=clauses, ceilings=ceilings,
            )  # fmt: skip
    return found


def _days(number: int) -> str:
    return _("%(days)s working days", days=number) if number else _("same day")


def way(view: CaseView, *, public: bool = False) -> dict[str, Any]:
    """The picture and the rows of its table."""
    places = {**places_of({stay.window_id for stay in view.now.stays} - set(view.places)), **view.places}
    found = ways.stretches(view.now, view.at, view.calendar, _why(view, places))
    drawn, rows = [], []
    for each in found:
        place = places.get(each.window_id)
        is_late = bool(each.late or each.late_to_receive)
        here = each.is_here and not view.now.state.is_closed
        parts = tuple((float(part.days), part.waits) for part in each.parts)
        drawn.append(pictures.Held(each.level.value, parts, day(civil_date(each.from_at)), is_late, here))
        notes = []
        if each.missing is not None:
            notes.append(_("power missing here: %(power)s", power=POWERS[each.missing]))
        if each.despite is not None:
            notes.append(_("power held and not used: %(power)s", power=POWERS[each.despite]))
        if each.returns:
            notes.append(_("sent back %(n)s times", n=each.returns))
        late = []
        if each.late:
            late.append(_("%(n)s working days late here", n=each.late))
        if each.late_to_receive:
            late.append(_("received late: %(n)s working days, charged to the receiver", n=each.late_to_receive))
        rows.append(
            {
                "place": named(place.point) if place and public else pages.place_name(place), "level": each.level.value, "since": moment(each.from_at),
                "until": "" if here else moment(each.to_at), "held": _days(each.held), "waited": _days(each.waited) if each.waited else "",
                "notes": notes, "late": late, "here": here,
            }
        )  # fmt: skip
    summary = " → ".join(f"{number} {row['place']}" for number, row in enumerate(rows, 1))
    return {"picture": pictures.way(drawn), "rows": rows, "summary": summary}
