"""What follows from a plan's events for its visit: result, orders, the code that follows. `plan_services.project` alone calls it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, select

from portal.database import Transaction
from portal.inspections.plan_models import InspectionPlan, PlanEvent
from portal.inspections.visit_models import CodeAfter, CorrectionOrder, VisitResult
from portal.rules import inspection_visits as rules
from portal.rules.inspection_plans import PlanEventKind, PlanNow
from portal.rules.moments import civil_date


def project_visit(tx: Transaction, plan: InspectionPlan, events: Sequence[PlanEvent], now: PlanNow) -> None:
    """Bring result, orders and the code that follows in step with the plan's events; nothing before the visit."""
    if now.entered_at is None:
        return
    _result(tx, plan, events, now)
    _orders(tx, plan, events)
    _code(tx, plan, events, now)


def _last(events: Sequence[PlanEvent], kind: PlanEventKind) -> PlanEvent | None:
    return next((event for event in reversed(events) if event.kind == kind.value), None)


def _result(tx: Transaction, plan: InspectionPlan, events: Sequence[PlanEvent], now: PlanNow) -> None:
    if now.left_at is None:
        return
    row = tx.session.scalar(select(VisitResult).where(VisitResult.plan_id == plan.id))
    if row is None:
        row = VisitResult(county_id=plan.county_id, plan_id=plan.id, body_id=plan.body_id, is_told_late=False)
        tx.session.add(row)
    row.left_at, row.left_on = now.left_at, civil_date(now.left_at)
    row.outcome = now.outcome.value if now.outcome is not None else None
    told = _last(events, PlanEventKind.TOLD)
    row.told_at, row.is_told_late = (told.at, bool(told.payload.get("late"))) if told is not None else (None, False)


def _orders(tx: Transaction, plan: InspectionPlan, events: Sequence[PlanEvent]) -> None:
    recorded = _last(events, PlanEventKind.RECORDED)
    since = recorded.seq if recorded is not None else 0  # what was recorded anew takes its order along
    ordered = {event.seq: event for event in events if event.kind == PlanEventKind.ORDERED.value and event.seq > since}
    tx.session.execute(delete(CorrectionOrder).where(CorrectionOrder.plan_id == plan.id, CorrectionOrder.seq.not_in(list(ordered))))
    there = {row.seq: row for row in tx.session.scalars(select(CorrectionOrder).where(CorrectionOrder.plan_id == plan.id))}
    for seq, event in ordered.items():
        row = there.get(seq) or CorrectionOrder(county_id=plan.county_id, plan_id=plan.id, seq=seq, body_id=plan.body_id)
        row.what, row.due_on = str(event.payload["what"]), date.fromisoformat(event.payload["due_on"])
        of_it = (each for each in events if each.kind == PlanEventKind.ORDER_CHECKED.value and each.payload.get("order") == seq)
        checked = next(of_it, None)
        row.checked_at, row.is_corrected = (checked.at, bool(checked.payload["corrected"])) if checked is not None else (None, None)
        tx.session.add(row)


def _code(tx: Transaction, plan: InspectionPlan, events: Sequence[PlanEvent], now: PlanNow) -> None:
    entered = _last(events, PlanEventKind.ENTERED)
    on_paper = entered is not None and bool(entered.payload.get("paper"))
    if now.entered_at is None or not (plan.is_after_fact or on_paper):
        return
    row = tx.session.scalar(select(CodeAfter).where(CodeAfter.plan_id == plan.id))
    if row is None:
        row = CodeAfter(county_id=plan.county_id, plan_id=plan.id, body_id=plan.body_id, is_emergency=plan.is_after_fact)
        tx.session.add(row)
    row.visited_at, row.visited_on = now.entered_at, civil_date(now.entered_at)
    row.code_at = now.code_issued_at if plan.is_after_fact else entered.at if entered is not None else None
    row.came = rules.code_state(now.entered_at, row.code_at, row.code_at).value if row.code_at is not None else None
    said = [event.payload["reason"] for event in events if event.kind == PlanEventKind.EXPLAINED.value and event.payload.get("about") == "code"]
    row.reason = str(said[-1]) if said else ""
