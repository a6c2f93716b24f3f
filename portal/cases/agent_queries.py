"""Agent service for its pages: of a case, of the worker's day, of the rooms (C-14)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, or_, select

from portal.accounts.models import Person
from portal.accounts.queries import SignedIn
from portal.authority import queries as authority_queries
from portal.cases import queries
from portal.cases.agent_models import AgentService
from portal.cases.models import Case
from portal.cases.queries import CaseView
from portal.catalogue.models import ItemVersion
from portal.database import db
from portal.network.models import ServicePoint
from portal.rules import agent_service as rules
from portal.rules.agent_service import Service, Visit
from portal.rules.authority import Level
from portal.rules.lifecycle import EventKind, State

VISITS_A_PAGE = 30
ROOMS_A_PAGE = 40
LATE_SHOWN = 50


# --- one case -----------------------------------------------------------------------------------------------------------------------


def service_of(view: CaseView) -> Service:
    """The agent service of a case, from its events."""
    return rules.service_of([queries.event_of(row) for row in view.rows], view.calendar, view.terms.legs.originals)


def room_of(case: Case, service: Service) -> int:
    """The window whose worker carries: the room where the case began, else the window at which the consent was written down."""
    begun = queries.places_of([case.collected_window_id])[case.collected_window_id]
    consent = service.consent
    return begun.window.id if begun.level.is_room or consent is None else consent.window_id


def acting_from(person: SignedIn, case: Case, service: Service) -> int | None:
    """The room of whoever is posted there and not at the holder: from it consent is withdrawn and papers are carried. None: the holder."""
    if case.holder_id in person.window_ids:
        return None
    room = room_of(case, service)
    return room if room in person.window_ids else None


def get_service_for(person: SignedIn, number: str, at: datetime) -> tuple[CaseView, Service]:
    """A case with its agent service, judged from the window from which this person acts; NotFound where it does not exist for them."""
    view = queries.get_case_for(person, number, at)
    service = service_of(view)
    window_id = acting_from(person, view.case, service)
    if window_id is not None:
        view.held = authority_queries.held_by(person.account_id, window_id, at)
    return view, service


def has_service(view: CaseView) -> bool:
    """Did anybody consent to agent service on this case?"""
    return any(row.kind == EventKind.CONSENT_GIVEN for row in view.rows)


# --- the worker's day ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A case on the day list: why its household is visited."""

    row: AgentService
    case: Case
    version: ItemVersion
    masked_name: str
    visits: tuple[Visit, ...]

    def is_late(self, today: date) -> bool:
        return self.row.keeps_until is not None and self.row.keeps_until < today


@dataclass(frozen=True, slots=True)
class Household:
    """The cases of one applicant in one area: one door."""

    area: str
    name: str
    lines: tuple[Line, ...]


def _live(point_ids: Collection[int]) -> sa.Select[Any]:
    return select(AgentService).where(AgentService.point_id.in_(list(point_ids)), AgentService.is_live.is_(True))


def list_day(point_ids: Collection[int], today: date, *, after: tuple[str, int, int] | None = None) -> tuple[list[Household], tuple[str, int, int] | None]:
    """Whom to visit on a day, by area and household; and where the next page begins (area, applicant, case).

    One condition says why, as `rules.agent_service.visits`; the rule is asked again of each row that is shown.
    """
    holds = sa.and_(Case.is_open.is_(True), AgentService.consents_until >= today)
    done = [State.DECIDED.value, State.CERTIFIED.value]
    result = sa.and_(
        holds, AgentService.brings_result.is_(True), Case.holder_id == AgentService.window_id, Case.addressed_id.is_(None), Case.state.in_(done)
    )
    wanted = or_(
        AgentService.keeps_until.is_not(None), result, sa.and_(holds, Case.state == State.NOTICED.value),
        sa.and_(holds, AgentService.consents_until <= today + timedelta(days=rules.ENDS_SOON)),
    )  # fmt: skip
    query = (
        _live(point_ids)
        .join(Case, Case.id == AgentService.case_id)
        .join(ItemVersion, ItemVersion.id == Case.version_id)
        .join(Person, Person.id == Case.applicant_id)
        .where(wanted)
        .add_columns(Case, ItemVersion, Person.masked_name)
    )
    key = sa.tuple_(AgentService.area, Case.applicant_id, Case.id)
    if after is not None:
        query = query.where(key > sa.tuple_(*(sa.literal(each) for each in after)))
    rows = db.session.execute(query.order_by(AgentService.area, Case.applicant_id, Case.id).limit(VISITS_A_PAGE + 1)).all()
    found: dict[tuple[str, int], list[Line]] = {}
    for row, case, version, name in rows[:VISITS_A_PAGE]:
        visits = rules.visits(
            keeps_until=row.keeps_until, consents_until=row.consents_until, brings_result=row.brings_result, is_open=case.is_open,
            at_room=case.holder_id == row.window_id and case.addressed_id is None, waits_to_be_delivered=case.state in done,
            is_noticed=case.state == State.NOTICED, today=today,
        )  # fmt: skip
        found.setdefault((row.area, case.applicant_id), []).append(Line(row, case, version, name, visits))
    last = rows[VISITS_A_PAGE - 1] if len(rows) > VISITS_A_PAGE else None
    households = [Household(area, lines[0].masked_name, tuple(lines)) for (area, _who), lines in found.items()]
    return households, None if last is None else (last[0].area, last[1].applicant_id, last[1].id)


def rooms_of(person: SignedIn) -> list[ServicePoint]:
    """The rooms at which a person is posted."""
    query = select(ServicePoint).where(ServicePoint.id.in_(list(person.point_ids))).order_by(ServicePoint.code)
    return [point for point in db.session.scalars(query) if Level(point.level).is_room]


# --- the rooms ----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figures:
    """What the workers of a room did: cases with a consent, trips saved, results brought home, originals kept too long."""

    point: ServicePoint | None
    cases: int
    trips: int
    home: int
    late: int


def _sums(today: date) -> list[sa.Label[Any]]:
    over = sa.case((AgentService.keeps_until < today, 1), else_=0)
    return [
        func.count().label("cases"), func.sum(AgentService.trips).label("trips"), func.count(AgentService.home_on).label("home"),
        func.sum(AgentService.kept_late + over).label("late"),
    ]  # fmt: skip


def list_rooms(county_id: int, today: date, *, after: str = "") -> tuple[list[Figures], str]:
    """The rooms with agent service, by code; and the code after which the next page begins, empty at the end."""
    query = select(ServicePoint, *_sums(today)).join(AgentService, AgentService.point_id == ServicePoint.id)
    query = query.where(ServicePoint.county_id == county_id, ServicePoint.code > after).group_by(ServicePoint.id).order_by(ServicePoint.code)
    rows = db.session.execute(query.limit(ROOMS_A_PAGE + 1)).all()
    found = [Figures(point, cases, int(trips or 0), home, int(late or 0)) for point, cases, trips, home, late in rows[:ROOMS_A_PAGE]]
    return found, rows[ROOMS_A_PAGE - 1][0].code if len(rows) > ROOMS_A_PAGE else ""


def figures_of(point_ids: Collection[int], today: date) -> Figures:
    """The figures of these rooms together."""
    row = db.session.execute(select(*_sums(today)).where(AgentService.point_id.in_(list(point_ids)))).one()
    return Figures(None, row.cases, int(row.trips or 0), row.home, int(row.late or 0))


@dataclass(frozen=True, slots=True)
class Overdue:
    """A case of which a worker has originals past their day."""

    case: Case
    point: ServicePoint
    keeps_until: date


def list_kept_late(county_id: int, today: date) -> list[Overdue]:
    """Originals that are with a worker past their three working days, the oldest first (N-4)."""
    query = (
        select(Case, ServicePoint, AgentService.keeps_until)
        .join(AgentService, AgentService.case_id == Case.id)
        .join(ServicePoint, ServicePoint.id == AgentService.point_id)
        .where(AgentService.county_id == county_id, AgentService.keeps_until < today)
        .order_by(AgentService.keeps_until, Case.id)
    )
    return [Overdue(case, point, on) for case, point, on in db.session.execute(query.limit(LATE_SHOWN)) if on is not None]
