"""Visits: one with all that became of it, the inspector's day, what is to be told, checked or late (Q-5, Q-6, Q-8).

Every list asks `plan_queries.visible`: an unannounced visit is there for whoever goes, decides or supervises, and for nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from portal.accounts.queries import SignedIn
from portal.database import db
from portal.inspections import notice_queries, plan_queries, queries
from portal.inspections.alarm_queries import NEVER
from portal.inspections.models import Enterprise, InspectionVisit
from portal.inspections.plan_models import DiscretionBenchmark, InspectionMatter, InspectionPlan, Inspector, PlanEvent, PlanInspector
from portal.inspections.plan_queries import PlanLine, PlanShown
from portal.inspections.visit_models import CodeAfter, CorrectionOrder, InspectionPenalty, VisitResult
from portal.network.models import Body
from portal.rules import inspection_visits as rules
from portal.rules import quiet_days
from portal.rules.decision import Decision
from portal.rules.inspection_plans import Happened, Outcome, PlanEventKind, PlanNow, PlanState, fold
from portal.rules.inspection_visits import BenchmarkTerms, CodeState, Correction, Door, NoticeNumber
from portal.rules.moments import civil_date
from portal.rules.working_days import Calendar

A_PAGE = 20
DAYS_AHEAD = 3
"""So far ahead an inspector's day list looks."""


# --- one visit --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PenaltyShown:
    """A penalty with its benchmark."""

    row: InspectionPenalty
    benchmark: DiscretionBenchmark


@dataclass(frozen=True, slots=True)
class VisitShown:
    """A plan with all that became of its visit."""

    shown: PlanShown
    now: PlanNow
    result: VisitResult | None
    orders: list[CorrectionOrder]
    penalties: list[PenaltyShown]
    code_after: CodeAfter | None
    notice: NoticeNumber | None
    rechecks: list[InspectionPlan]
    first: InspectionPlan | None

    @property
    def row(self) -> InspectionPlan:
        return self.shown.row

    def last(self, kind: PlanEventKind) -> PlanEvent | None:
        """The last event of a kind."""
        return next((event for event in reversed(self.shown.events) if event.kind == kind.value), None)

    def said(self, kind: PlanEventKind) -> Mapping[str, Any]:
        """What the last event of a kind says; nothing where there is none."""
        event = self.last(kind)
        return event.payload if event is not None else {}

    @property
    def findings(self) -> str:
        return str(self.said(PlanEventKind.RECORDED).get("findings", ""))

    @property
    def at_once(self) -> bool:
        return bool(self.said(PlanEventKind.RECORDED).get("at_once"))

    @property
    def outcome(self) -> Outcome | None:
        return self.now.outcome

    @property
    def is_settled(self) -> bool:
        """Was an order checked or a penalty decided, so that the result stands?"""
        return bool(self.penalties) or any(order.checked_at is not None for order in self.orders)

    @property
    def correction(self) -> Correction:
        return rules.correction_of([order.is_corrected for order in self.orders], at_once=self.at_once)

    def door(self, person: SignedIn) -> Door:
        """What the rules ask at the door, for this person."""
        row = self.row
        goes = person.role == "inspector" and any(each.row.account_id == person.account_id for each in self.shown.inspectors)
        return Door(
            PlanState(row.state), row.first_on, row.last_on, row.is_announced, row.code_digest is not None, row.code_shown_at is not None, goes
        )

    @property
    def went(self) -> set[int]:
        """The accounts of who went, and of who drafted the plan."""
        return {each.row.account_id for each in self.shown.inspectors if each.row.account_id is not None} | {self.row.drafted_by_id}

    def tell_by(self, calendar: Calendar) -> date | None:
        return None if self.now.left_at is None else rules.tell_by(self.now.left_at, calendar)

    def code_state(self, now: datetime) -> CodeState | None:
        """How the code stands that follows, where one does."""
        row = self.code_after
        return None if row is None else rules.code_state(row.visited_at, row.code_at, now)


def get_visit_for(person: SignedIn, number: str) -> VisitShown:
    """A plan with what became of its visit; NotFound for one that is not theirs to see."""
    return _whole(plan_queries.get_plan_for(person, number))


def _whole(shown: PlanShown) -> VisitShown:
    row = shown.row
    plan = InspectionPlan
    of_plan = select(InspectionPenalty, DiscretionBenchmark).join(DiscretionBenchmark, DiscretionBenchmark.id == InspectionPenalty.benchmark_id)
    penalties = [PenaltyShown(each[0], each[1]) for each in db.session.execute(of_plan.where(InspectionPenalty.plan_id == row.id).order_by(InspectionPenalty.id))]
    return VisitShown(
        shown,
        fold([Happened(PlanEventKind(event.kind), event.at, event.payload) for event in shown.events]),
        db.session.scalar(select(VisitResult).where(VisitResult.plan_id == row.id)),
        list(db.session.scalars(select(CorrectionOrder).where(CorrectionOrder.plan_id == row.id).order_by(CorrectionOrder.seq))),
        penalties,
        db.session.scalar(select(CodeAfter).where(CodeAfter.plan_id == row.id)),
        notice_queries.number_of_plan(row.id),
        list(db.session.scalars(select(plan).where(plan.county_id == row.county_id, plan.recheck_of_id == row.id).order_by(plan.id))),
        db.session.get(plan, row.recheck_of_id) if row.recheck_of_id is not None else None,
    )


def answer_of(shown: PlanShown, today: date) -> Decision:
    """The one answer about today, asked again at the door with all that stands there now (Q-1, Q-6)."""
    if not shown.row.first_on <= today <= shown.row.last_on:
        return Decision.yes()  # the door says that it is not its day
    row = shown.row
    text = plan_queries.text_for(shown, today)
    checked = plan_queries.check_text(
        text, county_id=row.county_id, body_id=row.body_id, today=today, hidden=InspectionPlan.body_id == row.body_id, without=row.id
    )
    return checked.first_refusal()


@dataclass(frozen=True, slots=True)
class YearCount:
    """How many inspections of an enterprise there were in a year up to a day, this one apart; and the strictest cap that reaches it, if any (Q-3, Q-6)."""

    year: int
    by_body: int
    by_all: int
    cap: int | None


def year_count(plan: InspectionPlan, on: date) -> YearCount:
    """What a notice says of the year: inspections made, by this body and by all; neither rechecks nor what is no inspection."""
    visit = InspectionVisit
    where = (
        visit.county_id == plan.county_id, visit.enterprise_id == plan.enterprise_id, visit.day_on.between(date(on.year, 1, 1), on),
        visit.is_recheck.is_(False), or_(visit.exemption.is_(None), visit.exemption.not_in(NEVER)),
        or_(visit.plan_id.is_(None), visit.plan_id != plan.id),
    )  # fmt: skip
    counted = select(visit.body_id, func.count(visit.id)).where(*where).group_by(visit.body_id)
    numbers = {row[0]: int(row[1]) for row in db.session.execute(counted)}
    caps = quiet_days.caps_on(queries.caps_of(plan.county_id), on, plan_queries.rules_plan(plan, is_vertical=False))  # the strictest first
    return YearCount(on.year, numbers.get(plan.body_id, 0), sum(numbers.values()), caps[0].number if caps else None)


# --- penalties ------------------------------------------------------------------------------------------------------------------------


def benchmarks_for(shown: PlanShown, on: date) -> list[DiscretionBenchmark]:
    """The published benchmarks of the plan's matter that held on a day, by code (Q-8)."""
    rows = plan_queries.list_benchmarks(shown.row.county_id, on)
    return [row for row in rows if row.body_id == shown.row.body_id and row.matter_code == shown.line.matter.code]


def terms_of_benchmark(row: DiscretionBenchmark) -> BenchmarkTerms:
    """What the rules ask about a benchmark."""
    return BenchmarkTerms(row.code, row.body_id, row.matter_code, row.grade, row.lower_fen, row.upper_fen, row.is_first_free, row.from_on, row.until_on)


def penalised_before(enterprise_id: int) -> set[str]:
    """The breaches for which an enterprise was penalised after a visit: of these no penalty is the first (Q-8)."""
    return set(db.session.scalars(select(InspectionPenalty.breach).where(InspectionPenalty.enterprise_id == enterprise_id).distinct()))


# --- the inspector's day --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Untold:
    """A visit whose result is to be told, with the last day for it."""

    line: PlanLine
    result: VisitResult
    by: date


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that is to be checked."""

    line: PlanLine
    order: CorrectionOrder


@dataclass(frozen=True, slots=True)
class Day:
    """What an inspector has to do: visits of these days, codes that follow, results to tell, orders to check. `more`: there are further ones."""

    visits: list[PlanLine]
    codes: list[tuple[PlanLine, CodeAfter]]
    untold: list[Untold]
    orders: list[OpenOrder]
    more: bool


def _goes(person: SignedIn) -> ColumnElement[bool]:
    mine = select(PlanInspector.plan_id).join(Inspector, Inspector.id == PlanInspector.inspector_id).where(Inspector.account_id == person.account_id)
    return and_(InspectionPlan.county_id == person.county_id, InspectionPlan.id.in_(mine))


def _joined(*more: Any) -> Any:
    return (
        select(InspectionPlan, Enterprise, InspectionMatter, *more)
        .join(Enterprise, Enterprise.id == InspectionPlan.enterprise_id)
        .join(InspectionMatter, InspectionMatter.id == InspectionPlan.matter_id)
    )


def day_of(person: SignedIn, today: date) -> Day:
    """The list of an inspector: only visits on which this one goes, what is due first at the top."""
    mine, calendar = _goes(person), queries.quiet_calendar(person.county_id).calendar
    near = and_(InspectionPlan.state == PlanState.FILED.value, InspectionPlan.first_on <= today + timedelta(days=DAYS_AHEAD))
    visits = _joined().where(mine, or_(near, InspectionPlan.state == PlanState.UNDER_WAY.value))
    visits = visits.order_by(InspectionPlan.first_on, InspectionPlan.id).limit(A_PAGE + 1)
    codes = _joined(CodeAfter).join(CodeAfter, CodeAfter.plan_id == InspectionPlan.id)
    codes = codes.where(mine, CodeAfter.code_at.is_(None)).order_by(CodeAfter.visited_at, CodeAfter.id).limit(A_PAGE + 1)
    untold = _joined(VisitResult).join(VisitResult, VisitResult.plan_id == InspectionPlan.id)
    untold = untold.where(mine, VisitResult.told_at.is_(None)).order_by(VisitResult.left_on, VisitResult.id).limit(A_PAGE + 1)
    orders = _joined(CorrectionOrder).join(CorrectionOrder, CorrectionOrder.plan_id == InspectionPlan.id)
    orders = orders.where(mine, CorrectionOrder.checked_at.is_(None)).order_by(CorrectionOrder.due_on, CorrectionOrder.id).limit(A_PAGE + 1)
    found = [list(db.session.execute(query)) for query in (visits, codes, untold, orders)]
    return Day(
        [PlanLine(*row) for row in found[0][:A_PAGE]],
        [(PlanLine(*row[:3]), row[3]) for row in found[1][:A_PAGE]],
        [Untold(PlanLine(*row[:3]), row[3], rules.tell_by(row[3].left_at, calendar)) for row in found[2][:A_PAGE]],
        [OpenOrder(PlanLine(*row[:3]), row[3]) for row in found[3][:A_PAGE]],
        any(len(rows) > A_PAGE for rows in found),
    )


def to_do(person: SignedIn, today: date) -> Any:
    """How many visits of today wait for an inspector, as a query to count with others."""
    on_its_day = and_(InspectionPlan.first_on <= today, InspectionPlan.last_on >= today, InspectionPlan.state == PlanState.FILED.value)
    where = (_goes(person), or_(on_its_day, InspectionPlan.state == PlanState.UNDER_WAY.value))
    return select(func.count(InspectionPlan.id)).where(*where).scalar_subquery()


# --- what is to be done or late, by body ------------------------------------------------------------------------------------------------

BOXES = ("tell", "late", "orders", "codes")


@dataclass(frozen=True, slots=True)
class Followed:
    """A line of a list of what follows visits: the plan, and what of it the box is about."""

    line: PlanLine
    body: Body
    result: VisitResult | None = None
    order: CorrectionOrder | None = None
    code: CodeAfter | None = None

    @property
    def key(self) -> int:
        found = self.result or self.order or self.code
        assert found is not None
        return found.id


def list_following(person: SignedIn, box: str, body_id: int, now: datetime, *, before: int | None = None) -> tuple[list[Followed], int | None]:
    """What follows the visits of one body that a person sees: results to be told (`tell`), told late or late still (`late`), orders to be
    checked (`orders`), codes that followed or follow visits on paper (`codes`); the newest first, and where the next page begins."""
    table: Any = {"tell": VisitResult, "late": VisitResult, "orders": CorrectionOrder, "codes": CodeAfter}[box]
    query = _joined(Body, table).join(table, table.plan_id == InspectionPlan.id).join(Body, Body.id == InspectionPlan.body_id)
    query = query.where(plan_queries.visible(person), table.body_id == body_id)
    if box in ("tell", "orders"):
        query = query.where((table.told_at if box == "tell" else table.checked_at).is_(None))
    if box == "late":
        query = query.where(_late_results(person.county_id, now))
    if before is not None:
        query = query.where(table.id < before)
    rows = list(db.session.execute(query.order_by(table.id.desc()).limit(A_PAGE + 1)))
    name = {"tell": "result", "late": "result", "orders": "order", "codes": "code"}[box]
    found = [Followed(PlanLine(*row[:3]), row[3], **{name: row[4]}) for row in rows[:A_PAGE]]
    return found, found[-1].key if len(rows) > A_PAGE else None


def _late_results(county_id: int, now: datetime) -> ColumnElement[bool]:
    last = rules.late_before(civil_date(now), queries.quiet_calendar(county_id).calendar)
    return or_(VisitResult.is_told_late, and_(VisitResult.told_at.is_(None), VisitResult.left_on <= last))


def _late_codes(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Codes that came or are late, and those of them that are over their last day."""
    waits = CodeAfter.code_at.is_(None)
    late = or_(CodeAfter.came.in_((CodeState.LATE.value, CodeState.OVER.value)), waits & (CodeAfter.visited_at < now - rules.CODE_WITHIN))
    over = or_(CodeAfter.came == CodeState.OVER.value, waits & (CodeAfter.visited_at < now - rules.CODE_AT_LAST))
    return late, over


@dataclass(frozen=True, slots=True)
class LateCounts:
    """What a body was late with in a year: results told late or late still, visits on paper, codes late, over, late without a reason."""

    body: Body
    results: int = 0
    on_paper: int = 0
    codes: int = 0
    over: int = 0
    unexplained: int = 0


def late_by_body(county_id: int, year: int, now: datetime, *, body_id: int | None = None) -> list[LateCounts]:
    """What each body with the right to inspect was late with in a year, by its code: never by a number (Q-12)."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    counted = select(VisitResult.body_id, func.count(VisitResult.id)).where(
        VisitResult.county_id == county_id, VisitResult.left_on.between(first, last), _late_results(county_id, now)
    )
    results = {row[0]: int(row[1]) for row in db.session.execute(counted.group_by(VisitResult.body_id))}
    late, over = _late_codes(now)
    of_code = select(
        CodeAfter.body_id, func.count(CodeAfter.id), *(func.count(CodeAfter.id).filter(each) for each in (late, over, late & (CodeAfter.reason == "")))
    ).where(CodeAfter.county_id == county_id, CodeAfter.visited_on.between(first, last))
    codes = {row[0]: tuple(map(int, row[1:])) for row in db.session.execute(of_code.group_by(CodeAfter.body_id))}
    rights = {body.id: body for _right, body, _number in plan_queries.list_rights(county_id, civil_date(now))}
    missing = (set(results) | set(codes)) - set(rights)
    bodies = list(rights.values()) + list(db.session.scalars(select(Body).where(Body.id.in_(missing))))
    chosen = [body for body in bodies if body_id in (None, body.id)]
    return [LateCounts(body, results.get(body.id, 0), *codes.get(body.id, ())) for body in sorted(chosen, key=lambda body: body.code)]


def body_for(person: SignedIn, code: str) -> Body:
    """The body whose lists a person may see: the own one, any for a supervisor; NotFound otherwise."""
    return plan_queries.own_body(person, code)


def code_of_body(person: SignedIn) -> str | None:
    """The code of one's own body, if one is of any."""
    return db.session.scalar(select(Body.code).where(Body.id == person.body_id)) if person.body_id is not None else None
