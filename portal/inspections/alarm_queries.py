"""Too often, and without a finding: what the alarms of Q-11 are asked about.

What an unannounced plan that is still ahead would add is told only to whoever may know of it (`hidden`, Q-7).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select

from portal.accounts.models import Account
from portal.database import db
from portal.inspections.models import Enterprise, InspectionVisit
from portal.inspections.plan_models import InspectionPlan, Inspector, PlanInspector
from portal.inspections.visit_models import FruitlessExplanation
from portal.rules import inspection_visits as rules
from portal.rules.inspection_plans import AHEAD, Outcome
from portal.rules.inspection_visits import Alarm, Fruitless, Span, Touch
from portal.rules.quiet_days import CATEGORIES

NEVER = tuple(code for code, category in CATEGORIES.items() if not category.is_inspection)
"""The exemptions of what is no inspection: outside every cap, and outside the alarms."""


def _made(county_id: int, first: date, last: date) -> ColumnElement[bool]:
    return and_(InspectionVisit.county_id == county_id, InspectionVisit.day_on.between(first, last))


def touches_of(county_id: int, ids: Collection[int], first: date, last: date, *, without: int = 0) -> dict[int, list[Touch]]:
    """enterprise → the visits made to it from first to last, but for that of one plan."""
    query = (
        select(InspectionVisit.enterprise_id, InspectionVisit.day_on, InspectionVisit.exemption, InspectionPlan.group_code)
        .outerjoin(InspectionPlan, InspectionPlan.id == InspectionVisit.plan_id)
        .where(_made(county_id, first, last), InspectionVisit.enterprise_id.in_(list(ids)))
        .where(or_(InspectionVisit.plan_id.is_(None), InspectionVisit.plan_id != without))
        .order_by(InspectionVisit.day_on, InspectionVisit.id)
    )
    found: dict[int, list[Touch]] = {}
    for enterprise_id, day, exemption, group in db.session.execute(query):
        found.setdefault(enterprise_id, []).append(Touch(day, group, exemption not in NEVER))
    return found


def _ahead(enterprise: Enterprise, first: date, last: date, hidden: ColumnElement[bool] | None, without: int) -> list[Touch]:
    shown = InspectionPlan.is_announced | InspectionPlan.code_shown_at.is_not(None)
    query = (
        select(InspectionPlan.first_on, InspectionPlan.group_code, InspectionPlan.exemption)
        .where(InspectionPlan.county_id == enterprise.county_id, InspectionPlan.enterprise_id == enterprise.id)
        .where(InspectionPlan.state.in_(AHEAD), InspectionPlan.id != without, shown if hidden is None else shown | hidden)
        .where(InspectionPlan.first_on.between(first, last))
    )
    return [Touch(day, group, exemption not in NEVER) for day, group, exemption in db.session.execute(query)]


def raised_by(
    enterprise: Enterprise, day: date, exemption: str | None, *, hidden: ColumnElement[bool] | None, without: int | None = None,
    group: str | None = None,
) -> list[Alarm]:  # fmt: skip
    """The alarms that a visit on this day would raise or stand in (Q-11)."""
    spans = [rules.span_of(span, day) for span in Span]
    first, last = min(begins for begins, _ends in spans), max(ends for _begins, ends in spans)
    others = touches_of(enterprise.county_id, [enterprise.id], first, last, without=without or 0).get(enterprise.id, [])
    others += _ahead(enterprise, first, last, hidden, without or 0)
    return rules.raised_by(Touch(day, group, exemption not in NEVER), others)


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """An enterprise with the alarms of a month."""

    enterprise: Enterprise
    alarms: list[Alarm]


def list_alarms(county_id: int, month: date) -> list[AlarmLine]:
    """The enterprises that were visited too often in a month, or in a week that reaches into it; visits made only, in no order (Q-11, Q-12)."""
    first, last = rules.span_of(Span.MONTH, month)
    begins, ends = rules.span_of(Span.WEEK, first)[0], rules.span_of(Span.WEEK, last)[1]
    often = (
        select(InspectionVisit.enterprise_id).where(_made(county_id, begins, ends)).group_by(InspectionVisit.enterprise_id)
        .having(func.count(InspectionVisit.id) > min(rules.MOST.values()))
    )  # fmt: skip
    ids = list(db.session.scalars(often))
    touches = touches_of(county_id, ids, begins, ends)
    found = []
    for enterprise in db.session.scalars(select(Enterprise).where(Enterprise.id.in_(ids))):
        raised = [each for each in rules.alarms(touches[enterprise.id]) if each.first <= last and each.last >= first]
        raised = [each for each in raised if each.span is not Span.MONTH or each.first == first]
        if raised:
            found.append(AlarmLine(enterprise, raised))
    return found


# --- three times without a finding --------------------------------------------------------------------------------------------------


def _without_finding(year: int) -> ColumnElement[bool]:
    return and_(
        InspectionVisit.outcome == Outcome.NOTHING_FOUND.value,
        InspectionVisit.is_recheck.is_(False),
        or_(InspectionVisit.exemption.is_(None), InspectionVisit.exemption.not_in(NEVER)),
        InspectionVisit.day_on.between(date(year, 1, 1), date(year, 12, 31)),
    )


def fruitless_of(enterprise_id: int, inspector_ids: Collection[int], year: int) -> list[Fruitless]:
    """How often each of these inspectors was at the enterprise in a year without a finding, and up to which number that is explained."""
    counted = (
        select(PlanInspector.inspector_id, func.count(InspectionVisit.id))
        .join(InspectionVisit, InspectionVisit.plan_id == PlanInspector.plan_id)
        .where(InspectionVisit.enterprise_id == enterprise_id, PlanInspector.inspector_id.in_(list(inspector_ids)), _without_finding(year))
        .group_by(PlanInspector.inspector_id)
    )
    numbers = {row[0]: int(row[1]) for row in db.session.execute(counted)}
    if not numbers:
        return []
    covered = _explained(year, enterprise_id=enterprise_id)
    rows = db.session.scalars(select(Inspector).where(Inspector.id.in_(list(numbers))).order_by(Inspector.certificate))
    return [Fruitless(row.id, row.certificate, numbers[row.id], covered.get((row.id, enterprise_id), 0)) for row in rows]


def _explained(year: int, *, enterprise_id: int | None = None) -> dict[tuple[int, int], int]:
    table = FruitlessExplanation
    query = select(table.inspector_id, table.enterprise_id, func.max(table.number)).where(table.year == year)
    if enterprise_id is not None:
        query = query.where(table.enterprise_id == enterprise_id)
    return {(row[0], row[1]): int(row[2]) for row in db.session.execute(query.group_by(table.inspector_id, table.enterprise_id))}


@dataclass(frozen=True, slots=True)
class FruitlessLine:
    """An inspector who was three times at an enterprise in a year without a finding; the name is public (O-4)."""

    fact: Fruitless
    inspector: Inspector
    enterprise: Enterprise
    name: str
    name_hant: str
    name_en: str


def list_fruitless(county_id: int, year: int, *, body_id: int | None = None) -> list[FruitlessLine]:
    """Who was so often where without a finding, in no order; of one body where it is named (Q-11)."""
    query = (
        select(PlanInspector.inspector_id, InspectionVisit.enterprise_id, func.count(InspectionVisit.id))
        .join(InspectionVisit, InspectionVisit.plan_id == PlanInspector.plan_id)
        .where(InspectionVisit.county_id == county_id, _without_finding(year))
        .group_by(PlanInspector.inspector_id, InspectionVisit.enterprise_id)
        .having(func.count(InspectionVisit.id) >= rules.FRUITLESS)
    )
    if body_id is not None:
        query = query.where(InspectionVisit.body_id == body_id)
    numbers = {(row[0], row[1]): int(row[2]) for row in db.session.execute(query)}
    if not numbers:
        return []
    covered = _explained(year)
    who = select(Inspector, Account).outerjoin(Account, Account.id == Inspector.account_id)
    inspectors = {row.id: (row, account) for row, account in db.session.execute(who.where(Inspector.id.in_({key[0] for key in numbers})))}
    enterprises = {row.id: row for row in db.session.scalars(select(Enterprise).where(Enterprise.id.in_({key[1] for key in numbers})))}
    found = []
    for (inspector_id, enterprise_id), number in numbers.items():
        row, account = inspectors[inspector_id]
        names = (account.name, account.name_hant, account.name_en) if account is not None else (row.name,) * 3
        fact = Fruitless(row.id, row.certificate, number, covered.get((inspector_id, enterprise_id), 0))
        found.append(FruitlessLine(fact, row, enterprises[enterprise_id], *names))
    return found


def visits_without_finding(inspector_id: int, enterprise_id: int, year: int) -> list[tuple[InspectionVisit, InspectionPlan]]:
    """The visits of an inspector to an enterprise in a year that found nothing, the first first."""
    query = (
        select(InspectionVisit, InspectionPlan)
        .join(InspectionPlan, InspectionPlan.id == InspectionVisit.plan_id)
        .join(PlanInspector, PlanInspector.plan_id == InspectionPlan.id)
        .where(PlanInspector.inspector_id == inspector_id, InspectionVisit.enterprise_id == enterprise_id, _without_finding(year))
        .order_by(InspectionVisit.day_on, InspectionVisit.id)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def explanations_of(inspector_id: int, enterprise_id: int, year: int) -> list[FruitlessExplanation]:
    """What was explained of it already, the first first."""
    table = FruitlessExplanation
    where = (table.inspector_id == inspector_id, table.enterprise_id == enterprise_id, table.year == year)
    return list(db.session.scalars(select(table).where(*where).order_by(table.number)))
