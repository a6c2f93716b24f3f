"""Random draws: who sees which, and the draw made again from what was stored (Q-7, Q-13).

Before its result is published a draw is there for whoever made it, for the head of the body and the supervisor; to anybody else it is not there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from portal.accounts.queries import SignedIn
from portal.database import NotFound, db
from portal.inspections import plan_queries, queries
from portal.inspections.draw_models import RandomDraw, RandomDrawEntry
from portal.inspections.models import Enterprise, InspectionVisit
from portal.inspections.plan_models import InspectionMatter, InspectionPlan, Inspector, InspectorConflict
from portal.inspections.plan_queries import BOXES, InspectorShown
from portal.network import queries as network
from portal.network.models import Body
from portal.rules import random_draw as rules
from portal.rules.authority import Office
from portal.rules.inspection_plans import PlanState
from portal.rules.moments import civil_date
from portal.rules.random_draw import Candidate, Drawer, Drawn

A_PAGE = 20
OVER = tuple(state.value for state in BOXES["over"])


def visible(person: SignedIn) -> ColumnElement[bool]:
    """The draws that a person sees though they are not published."""
    own = RandomDraw.county_id == person.county_id
    if person.role == "supervisor":
        return own
    heads = [held.body_id for held in person.offices if held.office is Office.HEAD_OF_AGENCY and held.body_id is not None]
    return own & or_(RandomDraw.drawn_by_id == person.account_id, RandomDraw.body_id.in_(heads))


def is_hidden(draw: RandomDraw) -> bool:
    """Is who was drawn told to nobody outside? Then each reading is recorded (Q-7, R-1)."""
    return draw.published_at is None


@dataclass(frozen=True, slots=True)
class DrawLine:
    """A draw in a list. `open_visits`: plans that are not over; `publish_by`: the last day in time, once there is a visit."""

    row: RandomDraw
    body: Body
    matter: InspectionMatter
    visits: int
    open_visits: int
    publish_by: date | None

    def is_late(self, today: date) -> bool:
        """Was the result published late, or is it late today?"""
        return self.publish_by is not None and (self.published_on or today) > self.publish_by

    @property
    def published_on(self) -> date | None:
        return None if self.row.published_at is None else civil_date(self.row.published_at)


def _lines(county_id: int, where: ColumnElement[bool], most: int) -> list[DrawLine]:
    query = (
        select(RandomDraw, Body, InspectionMatter)
        .join(Body, Body.id == RandomDraw.body_id)
        .join(InspectionMatter, InspectionMatter.id == RandomDraw.matter_id)
        .where(RandomDraw.county_id == county_id, where)
        .order_by(RandomDraw.id.desc())
        .limit(most)
    )
    rows = db.session.execute(query).all()
    is_open = case((InspectionPlan.state.in_(OVER), 0), else_=1)
    last = func.max(func.coalesce(InspectionVisit.day_on, InspectionPlan.last_on))
    took_part = InspectionPlan.state != PlanState.CANCELLED.value
    counted = (
        select(RandomDrawEntry.draw_id, func.count(), func.sum(is_open), last.filter(took_part))
        .join(InspectionPlan, InspectionPlan.id == RandomDrawEntry.plan_id)
        .outerjoin(InspectionVisit, InspectionVisit.plan_id == InspectionPlan.id)
        .where(RandomDrawEntry.draw_id.in_([row[0].id for row in rows]))
        .group_by(RandomDrawEntry.draw_id)
    )
    told = {draw_id: (number, still, last_on) for draw_id, number, still, last_on in db.session.execute(counted)}
    calendar = network.calendar_of(county_id)
    found = []
    for draw, body, matter in rows:
        number, still, last_on = told.get(draw.id, (0, 0, None))
        found.append(DrawLine(draw, body, matter, number, int(still or 0), rules.publish_by(last_on or draw.last_on, calendar)))
    return found


def list_published(county_id: int, *, before: int | None = None) -> tuple[list[DrawLine], int | None]:
    """The draws whose results are published, the newest first."""
    where: ColumnElement[bool] = RandomDraw.published_at.is_not(None)
    if before is not None:
        where &= RandomDraw.id < before
    lines = _lines(county_id, where, A_PAGE + 1)
    return lines[:A_PAGE], lines[A_PAGE - 1].row.id if len(lines) > A_PAGE else None


def list_late(county_id: int, today: date) -> list[DrawLine]:
    """The draws whose results should have been published by now, by the name of the body (Q-12, Q-13). They tell body and day, nothing else."""
    lines = [line for line in _lines(county_id, RandomDraw.published_at.is_(None), 200) if line.is_late(today)]
    return sorted(lines, key=lambda line: (line.body.code, line.publish_by or today))


def list_own(person: SignedIn) -> list[DrawLine]:
    """The draws that are not published and that a person sees, the newest first."""
    return _lines(person.county_id, visible(person) & RandomDraw.published_at.is_(None), A_PAGE)


@dataclass(frozen=True, slots=True)
class EntryShown:
    """An enterprise that was drawn, with who goes and the plan."""

    row: RandomDrawEntry
    enterprise: Enterprise
    plan: InspectionPlan | None
    outcome: str | None
    inspectors: list[InspectorShown]


@dataclass(frozen=True, slots=True)
class DrawShown:
    """A draw with what came out, and what comes out when it is drawn again."""

    line: DrawLine
    drawn: list[EntryShown]
    listed: int
    excluded: dict[str, int]
    differ: list[str]

    @property
    def row(self) -> RandomDraw:
        return self.line.row


def get_draw(county_id: int, number: str, person: SignedIn | None) -> DrawShown:
    """A draw that is published, or that this person sees; NotFound for any other, as for one that is not there."""
    shown = RandomDraw.published_at.is_not(None)
    lines = _lines(county_id, (RandomDraw.number == number) & (shown if person is None else shown | visible(person)), 1)
    if not lines:
        raise NotFound(f"draw {number}")
    return _whole(lines[0])


def redraw(county_id: int, number: str) -> tuple[RandomDraw, int, list[str]]:
    """A draw, how many were drawn, and what comes out differently when it is drawn again; for who keeps the machine. NotFound otherwise."""
    draw = db.session.scalar(select(RandomDraw).where(RandomDraw.county_id == county_id, RandomDraw.number == number))
    if draw is None:
        raise NotFound(f"draw {number}")
    entries = entries_of(draw.id)
    return draw, sum(entry.place is not None for entry in entries), differences(draw, entries)


def _whole(line: DrawLine) -> DrawShown:
    entries = entries_of(line.row.id)
    query = (
        select(RandomDrawEntry, Enterprise, InspectionPlan, InspectionVisit.outcome)
        .join(Enterprise, Enterprise.id == RandomDrawEntry.enterprise_id)
        .outerjoin(InspectionPlan, InspectionPlan.id == RandomDrawEntry.plan_id)
        .outerjoin(InspectionVisit, InspectionVisit.plan_id == InspectionPlan.id)
        .where(RandomDrawEntry.draw_id == line.row.id, RandomDrawEntry.place.is_not(None))
        .order_by(RandomDrawEntry.place)
    )
    names = {each.row.certificate: each for each in plan_queries.inspectors_of(line.row.county_id, line.row.body_id)}
    drawn = [
        EntryShown(entry, enterprise, plan, outcome, [names[each] for each in entry.certificates if each in names])
        for entry, enterprise, plan, outcome in db.session.execute(query)
    ]
    excluded: dict[str, int] = {}
    for entry in entries:
        if entry.excluded:
            excluded[entry.excluded] = excluded.get(entry.excluded, 0) + 1
    return DrawShown(line, drawn, len(entries), excluded, differences(line.row, entries))


def entries_of(draw_id: int) -> list[RandomDrawEntry]:
    """The whole list of a draw, by code."""
    return list(db.session.scalars(select(RandomDrawEntry).where(RandomDrawEntry.draw_id == draw_id).order_by(RandomDrawEntry.seq)))


def differences(draw: RandomDraw, entries: Sequence[RandomDrawEntry]) -> list[str]:
    """Draw again from what was stored: the enterprises that come out differently; none where it is the same (Q-13)."""
    candidates = [Candidate(entry.code, entry.weight, entry.excluded is not None) for entry in entries]
    placed = sorted((entry for entry in entries if entry.place is not None), key=lambda entry: entry.place or 0)
    again = rules.draw(draw.seed, candidates, drawers_of(draw.terms), number=draw.wanted, first=draw.first_on, last=draw.last_on)
    return rules.differences([Drawn(entry.code, tuple(entry.certificates)) for entry in placed], again)


def drawers_of(terms: dict[str, object]) -> list[Drawer]:
    """The inspectors as a draw stored them."""
    rows: list[dict[str, object]] = terms["inspectors"]  # type: ignore[assignment]
    return [
        Drawer(
            str(row["certificate"]), date.fromisoformat(str(row["from_on"])), date.fromisoformat(str(row["valid_until_on"])),
            frozenset(row["conflicts"]),  # type: ignore[call-overload]
        )
        for row in rows
    ]  # fmt: skip


# --- what a draw is made from -----------------------------------------------------------------------------------------------------------


def drawers(county_id: int, body_id: int, first: date, last: date) -> list[Drawer]:
    """The inspectors of a body with the enterprises to which each does not go on some day of the period, by certificate."""
    where = (Inspector.county_id == county_id, Inspector.body_id == body_id)
    rows = list(db.session.scalars(select(Inspector).where(*where).order_by(Inspector.certificate)))
    held = and_(InspectorConflict.from_on <= last, or_(InspectorConflict.until_on.is_(None), InspectorConflict.until_on >= first))
    query = (
        select(InspectorConflict.inspector_id, Enterprise.code)
        .join(Enterprise, Enterprise.id == InspectorConflict.enterprise_id)
        .where(InspectorConflict.inspector_id.in_([row.id for row in rows]), held)
    )
    conflicts: dict[int, set[str]] = {}
    for inspector_id, code in db.session.execute(query):
        conflicts.setdefault(inspector_id, set()).add(code)
    return [Drawer(row.certificate, row.from_on, row.valid_until_on, frozenset(conflicts.get(row.id, ()))) for row in rows]


def inspector_ids(county_id: int, certificates: Collection[str]) -> dict[str, int]:
    """certificate → inspector."""
    query = select(Inspector.certificate, Inspector.id).where(Inspector.county_id == county_id, Inspector.certificate.in_(certificates))
    return {row.certificate: row.id for row in db.session.execute(query)}


def enterprises_of(county_id: int, body_code: str, trade: str = "") -> list[Enterprise]:
    """The enterprises that a body inspects, by code; those of a trade where one is named."""
    query = select(Enterprise).where(Enterprise.county_id == county_id)
    if trade:
        query = query.where(Enterprise.trade == trade)
    rows = db.session.scalars(query.order_by(Enterprise.code))
    return [row for row in rows if body_code in ((row.more or {}).get("bodies") or ())]


def trades_of(county_id: int, body_id: int) -> dict[str, Enterprise]:
    """trade → an enterprise of it that knows its name, of those that a body inspects."""
    body_code = db.session.scalar(select(Body.code).where(Body.county_id == county_id, Body.id == body_id)) or ""
    return {row.trade: row for row in reversed(enterprises_of(county_id, body_code)) if row.trade}


def weights_on(county_id: int, on: date) -> dict[str, int]:
    """Tickets by risk grade: county data, else those of the rule (Q-13)."""
    value = network.setting(county_id, "draw_weights", on)
    return rules.checked_weights(value) if isinstance(value, dict) else {**rules.WEIGHTS, "": rules.UNGRADED}


def facts_of(county_id: int, enterprises: Sequence[Enterprise]) -> dict[int, queries.EnterpriseFacts]:
    """What the rules ask about the enterprises of a list."""
    return queries.facts_of_all(county_id, enterprises)
