"""Legs that nobody received in time and legs that were late, for the center's management and the job that reminds (C-6, C-20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select

from portal.cases.handoff_queries import A_PAGE, LegLine, legs_with_case
from portal.cases.models import Case, Leg
from portal.cases.queries import Place, leg_limits, not_closed_by_law, places_of
from portal.database import db
from portal.network import queries as network
from portal.rules.handoffs import LegLimits, charge_due
from portal.rules.leg_clock import Charge, way_charge
from portal.rules.moments import civil_date
from portal.rules.working_days import Calendar

AT_ONCE = 50  # legs of which reminders are written in one transaction


@dataclass(frozen=True, slots=True)
class LateLeg:
    """A leg past the day by which it should be received: since when it is whose, and for how many working days."""

    line: LegLine
    charged_on: date
    charge: Charge | None
    places: dict[int, Place]

    @property
    def is_charged_to_receiver(self) -> bool:
        return self.charge is not None and self.charge.window_id == self.line.leg.to_window_id


def ended_on(leg: Leg, today: date) -> date:
    """The day on which a leg ended, today while it has not."""
    ended = leg.received_at or leg.returned_at or leg.recalled_at
    return today if ended is None else civil_date(ended)


def charge_of(leg: Leg, today: date, calendar: Calendar, limits: LegLimits) -> tuple[date, Charge | None]:
    """The last day before a leg is charged to the receiver, and what its way costs whom by today (C-6)."""
    charged_on = charge_due(leg.sent_at, calendar, limits).due
    due_on = leg.due_on or charged_on
    charge = way_charge(
        sender=leg.from_window_id, receiver=leg.to_window_id, sent_on=civil_date(leg.sent_at), due_on=due_on, charged_on=charged_on,
        ended_on=ended_on(leg, today), calendar=calendar,
    )  # fmt: skip
    return charged_on, charge


def _unreceived(county_id: int, today: date) -> tuple[Any, ...]:
    """Under way past the day by which it should be received, of an open case. One condition for the list and its count."""
    return (Leg.county_id == county_id, Leg.is_under_way.is_(True), Leg.due_on < today, Case.is_open.is_(True), not_closed_by_law(today))


def count_unreceived(county_id: int, today: date) -> int:
    """How many legs nobody received in time."""
    query = select(func.count()).select_from(Leg).join(Case, Case.id == Leg.case_id).where(*_unreceived(county_id, today))
    return int(db.session.scalar(query) or 0)


def list_unreceived(county_id: int, today: date, *, after: tuple[date, int] | None = None) -> tuple[list[LateLeg], tuple[date, int] | None]:
    """The legs that nobody received in time, the longest waiting first, and the key of the next page."""
    query = legs_with_case().where(*_unreceived(county_id, today)).order_by(Leg.due_on, Leg.id)
    if after is not None:
        query = query.where(sa.tuple_(Leg.due_on, Leg.id) > sa.tuple_(sa.literal(after[0]), sa.literal(after[1])))
    rows, more = _late(county_id, today, query)
    last = rows[-1].line.leg if more else None
    return rows, None if last is None or last.due_on is None else (last.due_on, last.id)


def list_late(county_id: int, today: date, *, before: int | None = None) -> tuple[list[LateLeg], int | None]:
    """The legs that ended late, the newest first."""
    query = legs_with_case().where(Leg.county_id == county_id, Leg.is_late.is_(True)).order_by(Leg.id.desc())
    rows, more = _late(county_id, today, query if before is None else query.where(Leg.id < before))
    return rows, rows[-1].line.leg.id if more else None


def _late(county_id: int, today: date, query: Any) -> tuple[list[LateLeg], bool]:
    rows = db.session.execute(query.limit(A_PAGE + 1)).all()
    places = places_of({window for leg, *_rest in rows for window in (leg.from_window_id, leg.to_window_id)})
    calendar, limits = network.calendar_of(county_id), leg_limits(county_id, today)
    found = [
        LateLeg(LegLine(leg, case, version, name, places), *charge_of(leg, today, calendar, limits), places)
        for leg, case, version, name in rows[:A_PAGE]
    ]
    return found, len(rows) > A_PAGE


# --- the job ----------------------------------------------------------------------------------------------------------------------


def legs_to_remind(county_id: int, today: date, after: int) -> list[tuple[int, int]]:
    """(leg, case) of the next legs that nobody received in time, by the leg's id."""
    query = select(Leg.id, Leg.case_id).join(Case, Case.id == Leg.case_id).where(*_unreceived(county_id, today), Leg.id > after)
    return [(row.id, row.case_id) for row in db.session.execute(query.order_by(Leg.id).limit(AT_ONCE))]


def still_under_way(county_id: int, today: date, leg_ids: Sequence[int]) -> list[tuple[Leg, Case]]:
    """Those of these legs that are still under way, read once their cases are locked."""
    query = select(Leg, Case).join(Case, Case.id == Leg.case_id).where(*_unreceived(county_id, today), Leg.id.in_(list(leg_ids)))
    rows = db.session.execute(query.order_by(Leg.id).execution_options(populate_existing=True))
    return [(leg, case) for leg, case in rows]
