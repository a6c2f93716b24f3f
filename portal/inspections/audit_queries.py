"""Visits that took place, each judged by the rule of its day with the one function that form, calendar and command ask (Q-1, Q-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.database import db
from portal.inspections import queries
from portal.inspections.models import Enterprise, InspectionVisit
from portal.inspections.plan_models import InspectionPlan
from portal.network import queries as network
from portal.network.models import Body
from portal.rules.moments import civil_date
from portal.rules.quiet_days import Kind, Plan, Verdict

MOST = 2000
"""So many visits of a period are judged at once; a longer period is asked in parts."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A visit with the verdict of its day."""

    visit: InspectionVisit
    enterprise: Enterprise
    body: Body
    number: str | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Audit:
    """The visits of a period: how many were judged, and those that a rule speaks against, by day. `is_cut`: there were more than `MOST`."""

    judged: int
    found: tuple[Judged, ...]
    is_cut: bool


def judge_visits(county_id: int, first: date, last: date) -> Audit:
    """Judge every visit that took place from first to last, by the rules of its day and the visits before it.

    A visit of a day that no calendar speaks of raises `CalendarError`.
    """
    query = (
        select(InspectionVisit, InspectionPlan, Enterprise)
        .join(Enterprise, Enterprise.id == InspectionVisit.enterprise_id)
        .outerjoin(InspectionPlan, InspectionPlan.id == InspectionVisit.plan_id)
        .where(InspectionVisit.county_id == county_id, InspectionVisit.day_on >= first, InspectionVisit.day_on <= last)
        .order_by(InspectionVisit.day_on, InspectionVisit.id)
        .limit(MOST + 1)
    )
    rows = db.session.execute(query).all()
    visits = rows[:MOST]
    enterprises = {enterprise.id: enterprise for _visit, _plan, enterprise in visits}
    histories = queries.made_visits(county_id, list(enterprises), last, None)
    facts = queries.facts_of_all(county_id, list(enterprises.values()))
    bodies, law = network.bodies_by_id(county_id), queries.quiet_law(county_id)
    found = []
    for visit, plan, enterprise in visits:
        asked = _as_plan(visit, plan, bodies[visit.body_id])
        history = [each for each in histories.get(enterprise.id, ()) if each.day <= visit.day_on]
        verdict = law.may_inspect(asked, facts[enterprise.id], queries.without_itself(history, asked))
        if not verdict.allowed:
            found.append(Judged(visit, enterprise, bodies[visit.body_id], plan.number if plan is not None else None, verdict))
    return Audit(len(visits), tuple(found), len(rows) > MOST)


def _as_plan(visit: InspectionVisit, plan: InspectionPlan | None, body: Body) -> Plan:
    """The visit as the rules read a plan; what no plan says is not made out."""
    last = civil_date(visit.left_at) if visit.left_at is not None else None
    return Plan(
        visit.body_id, visit.line, Kind(visit.kind), visit.day_on, exemption=visit.exemption, basis=plan.basis if plan is not None else "",
        on_day_off=plan.on_day_off if plan is not None else False, last_day=last, is_recheck=visit.is_recheck, is_vertical=body.is_vertical,
        coordinated=plan.coordinated if plan is not None else "", joint=queries.joint_number(plan.group_code) if plan is not None else None,
    )  # fmt: skip
