"""The visit: code at the door, entered, left, turned away, written down from paper, recorded, told, checked, penalised, explained (Q-6, Q-8, Q-11).

Each act is an event of the plan, written by `plan_services.append`; results, orders and the code that follows are kept in step with the events.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from typing import Any

from sqlalchemy import select

from portal.accounts.queries import SignedIn
from portal.audit import record
from portal.authority import queries as authority_queries
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.inspections import alarm_queries, notice_services, plan_queries, plan_services, queries, visit_queries
from portal.inspections.models import Enterprise
from portal.inspections.plan_models import DiscretionBenchmark, InspectionPlan, Inspector
from portal.inspections.visit_models import FruitlessExplanation, InspectionPenalty
from portal.inspections.visit_queries import VisitShown
from portal.rules import inspection_visits as rules
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.inspection_plans import Outcome, PlanEventKind, PlanState
from portal.rules.inspection_visits import BenchmarkTerms, Fruitless, HowChecked, Ordered
from portal.rules.moments import civil_date


def place_of(number: str) -> str:
    """Where a visit is followed."""
    return f"{plan_services.place_of(number)}/visit"


def _open(tx: Transaction, actor: SignedIn, number: str, version: int) -> VisitShown:
    """The visit after its enterprise and its plan were locked; NotFound for one that is not theirs, Stale where it moved on."""
    seen = plan_queries.get_plan_for(actor, number)
    if not tx.lock(select(Enterprise).where(Enterprise.county_id == actor.county_id, Enterprise.id == seen.row.enterprise_id)):
        raise NotFound(f"plan {number}")
    tx.lock(select(InspectionPlan).where(InspectionPlan.id == seen.row.id))
    visit = visit_queries.get_visit_for(actor, number)
    if visit.row.version != version:
        raise Stale(visit.row.version)
    return visit


def _utc(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat()


# --- at the door ----------------------------------------------------------------------------------------------------------------------


def at_the_door(visit: VisitShown, actor: SignedIn, today: date) -> tuple[Decision, Decision]:
    """May this person show the code today, and may they enter? The same answers draw the buttons and guard the acts (Q-1, Q-6, Q-9)."""
    door, answer = visit.door(actor), visit_queries.answer_of(visit.shown, today)
    return rules.may_show_code(door, today, answer), rules.may_enter(door, today, answer)


def show_code(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Show the code of an unannounced plan at the door: from now on it shows outside (Q-6, Q-7)."""
    with transaction(clock=clock, once=once) as tx:
        visit = _open(tx, actor, number, version)
        at_the_door(visit, actor, civil_date(tx.now))[0].or_raise()
        plan_services.append(tx, visit.row, PlanEventKind.CODE_SHOWN, actor=actor.actor)
        tx.result = f"{plan_services.place_of(number)}/notice"


def enter(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Enter: the visit begins. No code, no planned inspection (Q-6)."""
    with transaction(clock=clock, once=once) as tx:
        visit = _open(tx, actor, number, version)
        at_the_door(visit, actor, civil_date(tx.now))[1].or_raise()
        plan_services.append(tx, visit.row, PlanEventKind.ENTERED, actor=actor.actor)
        tx.result = place_of(number)


def leave(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Leave: the clock of the result begins to run (Q-8)."""
    with transaction(clock=clock, once=once) as tx:
        visit = _open(tx, actor, number, version)
        rules.may_leave(visit.door(actor)).or_raise()
        plan_services.append(tx, visit.row, PlanEventKind.LEFT, actor=actor.actor)
        tx.result = place_of(number)


def turn_away(number: str, said: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Write down that the enterprise turned the inspectors away, and what was said (Q-6)."""
    with transaction(clock=clock, once=once) as tx:
        visit = _open(tx, actor, number, version)
        rules.may_be_turned_away(visit.door(actor), civil_date(tx.now), said).or_raise()
        plan_services.append(tx, visit.row, PlanEventKind.REFUSED_AT_DOOR, actor=actor.actor, payload={"reason": said})
        tx.result = place_of(number)


# --- on paper, and the code that follows -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OnPaper:
    """A visit that was made with a paper notice, for want of a network."""

    notice: str
    entered_at: datetime
    left_at: datetime
    why: str


def write_on_paper(number: str, said: OnPaper, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Write down a filed visit that was made with a paper notice: with it its code follows, late or not (Q-6)."""
    with transaction(clock=clock, once=once) as tx:
        visit = _open(tx, actor, number, version)
        notice, block = notice_services.lock_block(tx, actor.county_id, said.notice)
        door, row = visit.door(actor), visit.row
        rules.may_write_on_paper(door, said.entered_at, said.left_at, tx.now, said.why).or_raise()
        notice_services.use_notice(tx, row, notice, block, said.entered_at, actor=actor.actor)
        answer = _judged(visit, civil_date(said.entered_at))
        if not door.is_open_to_check:
            plan_services.append(tx, row, PlanEventKind.CODE_SHOWN, actor=actor.actor, payload={"paper": str(notice)})
        entered = {"at": _utc(said.entered_at), "paper": str(notice), "reason": said.why}
        entered |= {} if answer else {"against": answer.rule or ""}
        plan_services.append(tx, row, PlanEventKind.ENTERED, actor=actor.actor, payload=entered)
        plan_services.append(tx, row, PlanEventKind.LEFT, actor=actor.actor, payload={"at": _utc(said.left_at)})
        tx.result = place_of(number)


def _judged(visit: VisitShown, on: date) -> Decision:
    """What the one question says of a day on which a visit was made: by the rule of that day, without the visit itself (Q-1, Q-5)."""
    row = visit.row
    text = replace(plan_queries.text_for(visit.shown, on), last_on=max(on, row.last_on))
    hidden = InspectionPlan.body_id == row.body_id
    return plan_queries.check_text(text, county_id=row.county_id, body_id=row.body_id, today=on, hidden=hidden, without=row.id).first_refusal()


def explain_code(number: str, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Say why the code follows later than 24 hours after the visit (Q-6)."""
    with transaction(clock=clock, once=once) as tx:
        visit = _open(tx, actor, number, version)
        state = visit.code_state(tx.now)
        if state is None:
            raise NotAllowed(Decision.no(Reason.CODE_NOT_LATE, rule="Q-6"))
        rules.may_explain_code(state, reason, goes=visit.door(actor).goes).or_raise()
        plan_services.append(tx, visit.row, PlanEventKind.EXPLAINED, actor=actor.actor, payload={"about": "code", "reason": reason})
        tx.result = place_of(number)


# --- the result -------------------------------------------------------------------------------------------------------------------------


def record_result(
    number: str, outcome: Outcome, findings: str, order: Ordered, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None
) -> None:
    """Record what the visit found, and what is to be corrected by when (Q-8)."""
    with transaction(clock=clock, once=once) as tx:
        visit = _open(tx, actor, number, version)
        rules.may_record(visit.door(actor), outcome, findings, order, civil_date(tx.now), is_settled=visit.is_settled).or_raise()
        said = {"outcome": outcome.value, "findings": findings, "at_once": order.at_once}
        plan_services.append(tx, visit.row, PlanEventKind.RECORDED, actor=actor.actor, payload=said)
        if order.what.strip() and order.due_on is not None:
            ordered = {"what": order.what, "due_on": order.due_on.isoformat()}
            plan_services.append(tx, visit.row, PlanEventKind.ORDERED, actor=actor.actor, payload=ordered)
        tx.result = place_of(number)


def tell(number: str, to: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Say that the enterprise was told the result, and who took it; late is counted (Q-8)."""
    with transaction(clock=clock, once=once) as tx:
        visit = _open(tx, actor, number, version)
        rules.may_tell(visit.door(actor), is_recorded=visit.outcome is not None).or_raise()
        left_at = visit.now.left_at
        assert left_at is not None
        calendar = queries.quiet_calendar(actor.county_id).calendar
        late = rules.is_told_late(left_at, tx.now, tx.now, calendar)
        payload = {"to": to, "late": late, "by": rules.tell_by(left_at, calendar).isoformat()}
        plan_services.append(tx, visit.row, PlanEventKind.TOLD, actor=actor.actor, payload=payload)
        tx.result = place_of(number)


def check_order(
    number: str, order: int, *, corrected: bool, how: HowChecked, note: str, version: int, actor: SignedIn, clock: Clock,
    once: Once | None = None,
) -> None:  # fmt: skip
    """Write down whether an order was followed, seen by papers or by a recheck (Q-8)."""
    with transaction(clock=clock, once=once) as tx:
        visit = _open(tx, actor, number, version)
        row = next((each for each in visit.orders if each.seq == order), None)
        if row is None:
            raise NotFound(f"order {order} of {number}")
        may_check_order(visit, actor, how, is_checked=row.checked_at is not None).or_raise()
        payload = {"order": order, "corrected": corrected, "how": how.value, "reason": note}
        plan_services.append(tx, visit.row, PlanEventKind.ORDER_CHECKED, actor=actor.actor, payload=payload)
        tx.result = place_of(number)


def may_check_order(visit: VisitShown, actor: SignedIn, how: HowChecked, *, is_checked: bool) -> Decision:
    """May this person write down whether an order of the visit was followed? (Q-8)"""
    made = (PlanState.VISITED.value, PlanState.TOLD.value)
    return rules.may_check_order(
        of_body=actor.role == "inspector" and actor.body_id == visit.row.body_id, is_checked=is_checked, how=how,
        is_rechecked=any(each.state in made for each in visit.rechecks),
    )  # fmt: skip


# --- penalties --------------------------------------------------------------------------------------------------------------------------


def may_penalise(visit: VisitShown, actor: SignedIn, offices: Any) -> Decision:
    """May this person decide on a penalty after the visit? The head of the body alone, who did not go (Q-8)."""
    state = PlanState(visit.row.state)
    return rules.may_penalise(state, visit.outcome, visit.row.body_id, offices, account=actor.account_id, went=visit.went)


def check_penalty(visit: VisitShown, benchmark: DiscretionBenchmark | None, amount_fen: int, ground: str) -> Decision:
    """Can this be fined by the published benchmark? Asked by form and act alike (Q-8)."""
    terms: BenchmarkTerms | None = visit_queries.terms_of_benchmark(benchmark) if benchmark is not None else None
    breach = rules.breach_of(terms.code) if terms is not None else ""
    return rules.check_penalty(
        terms, amount_fen, body=visit.row.body_id, matter=visit.shown.line.matter.code, visited=visited_on(visit),
        is_first=breach not in visit_queries.penalised_before(visit.row.enterprise_id),
        is_decided=any(each.row.breach == breach for each in visit.penalties), correction=visit.correction, ground=ground,
    )  # fmt: skip


def visited_on(visit: VisitShown) -> date:
    """The day of the visit, by whose benchmarks it is judged; the plan's first day before it."""
    return civil_date(visit.now.entered_at) if visit.now.entered_at is not None else visit.row.first_on


def penalise(
    number: str, code: str, amount_fen: int, ground: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None
) -> None:
    """Decide on a penalty by the published benchmark of that code, in whole fen (Q-8)."""
    with transaction(clock=clock, once=once) as tx:
        visit = _open(tx, actor, number, version)
        row = visit.row
        permission = may_penalise(visit, actor, authority_queries.offices_of(actor.account_id, civil_date(tx.now))).or_raise()
        benchmark = next((each for each in visit_queries.benchmarks_for(visit.shown, visited_on(visit)) if each.code == code), None)
        check_penalty(visit, benchmark, amount_fen, ground).or_raise()
        assert permission.by is not None and permission.by.office is not None and benchmark is not None
        breach = rules.breach_of(code)
        penalty = InspectionPenalty(
            county_id=row.county_id, plan_id=row.id, enterprise_id=row.enterprise_id, body_id=row.body_id, benchmark_id=benchmark.id,
            breach=breach, amount_fen=amount_fen, is_first=breach not in visit_queries.penalised_before(row.enterprise_id), ground=ground,
            decided_at=tx.now, decided_by_id=actor.account_id, office_id=permission.by.office,
        )  # fmt: skip
        tx.session.add(penalty)
        payload = {"benchmark": code, "amount_fen": amount_fen, "reason": ground}
        plan_services.append(tx, row, PlanEventKind.PENALISED, actor=actor.actor, office_id=permission.by.office, payload=payload)
        tx.result = place_of(number)


# --- three times without a finding --------------------------------------------------------------------------------------------------------


def may_explain(fact: Fruitless, inspector: Inspector, actor: SignedIn, offices: Any, reason: str = "-") -> Decision:
    """May this person explain why the inspector was there so often without a finding? The head of the inspector's body (Q-11)."""
    return rules.may_explain(fact, inspector.body_id, offices, reason, is_self=inspector.account_id == actor.account_id)


def explain(
    inspector_id: int, enterprise_code: str, year: int, reason: str, *, number: int, actor: SignedIn, clock: Clock, once: Once | None = None
) -> None:
    """Explain, as the head of the body, why an inspector was so often there without a finding: the next routine visit can be planned (Q-11).

    `number`: of visits that the form was drawn from; Stale where there was one more since.
    """
    enterprise = queries.enterprise_by_code(actor.county_id, enterprise_code)
    with transaction(clock=clock, once=once) as tx:
        tx.lock(select(Enterprise).where(Enterprise.county_id == actor.county_id, Enterprise.id == enterprise.id))
        made = alarm_queries.visits_without_finding(inspector_id, enterprise.id, year)
        if not made:
            raise NotFound(f"inspector {inspector_id}")
        last = made[-1][1]
        tx.lock(select(InspectionPlan).where(InspectionPlan.id == last.id))
        inspector = tx.session.get_one(Inspector, inspector_id)
        fact = alarm_queries.fruitless_of(enterprise.id, [inspector_id], year)[0]
        permission = may_explain(fact, inspector, actor, authority_queries.offices_of(actor.account_id, civil_date(tx.now)), reason).or_raise()
        if fact.number != number:
            raise Stale(fact.number)
        assert permission.by is not None and permission.by.office is not None
        tx.session.add(
            FruitlessExplanation(
                county_id=actor.county_id, inspector_id=inspector_id, enterprise_id=enterprise.id, year=year, number=fact.number, reason=reason,
                plan_id=last.id, explained_at=tx.now, explained_by_id=actor.account_id, office_id=permission.by.office,
            )
        )  # fmt: skip
        payload = {"about": "fruitless", "inspector": inspector_id, "year": year, "number": fact.number, "reason": reason}
        plan_services.append(tx, last, PlanEventKind.EXPLAINED, actor=actor.actor, office_id=permission.by.office, payload=payload)
        record(tx, actor.actor, "inspection_plan.explain", f"inspector:{inspector_id}", enterprise=enterprise.id, year=year, number=fact.number)
        tx.result = f"/inspections/alarms?month={year}-12"
