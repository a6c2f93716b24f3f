"""Plans of inspections: drafted, submitted, decided, filed, changed, cancelled; each with its event (Q-5, Q-7).

`append` is the one way to write what happened to a plan: event, projection (`project`), record. The visit's own use cases use it too.
Every record's verb begins with `inspection_plan.`, which nothing public reads: not even a moment tells of an unannounced plan.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timezone
from typing import Any

from sqlalchemy import delete, func, select

from portal.accounts.queries import SignedIn
from portal.audit import Actor, record
from portal.authority import queries as authority_queries
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.inspections import notice_services, plan_queries, queries
from portal.inspections.models import Enterprise, InspectionVisit
from portal.inspections.plan_models import InspectionPlan, Inspector, PlanEvent, PlanInspector
from portal.inspections.plan_queries import PlanShown, PlanText
from portal.inspections.visit_projection import project_visit
from portal.rules import inspection_plans as rules
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.inspection_plans import Happened, PlanEventKind, PlanState
from portal.rules.moments import civil_date
from portal.rules.quiet_days import Kind


def place_of(number: str) -> str:
    """Where a plan is read."""
    return f"/inspections/plans/{number}"


# --- events and their projection ----------------------------------------------------------------------------------------------------


def append(
    tx: Transaction, plan: InspectionPlan, kind: PlanEventKind, *, actor: Actor, office_id: int | None = None,
    payload: Mapping[str, Any] | None = None,
) -> PlanEvent:  # fmt: skip
    """Write what happened to a plan now, and what follows from it; the plan's row is locked by the caller."""
    last = tx.session.scalar(select(func.max(PlanEvent.seq)).where(PlanEvent.plan_id == plan.id)) or 0
    event = PlanEvent(
        county_id=plan.county_id, plan_id=plan.id, seq=last + 1, kind=kind.value, actor_id=actor.account_id, office_id=office_id, at=tx.now,
        payload=dict(payload or {}),
    )  # fmt: skip
    tx.session.add(event)
    tx.session.flush()
    project(tx, plan)
    record(tx, actor, f"inspection_plan.{kind.value}", f"inspection_plan:{plan.number}", seq=event.seq, office=office_id)
    return event


def project(tx: Transaction, plan: InspectionPlan) -> rules.PlanNow:
    """Bring the plan's row, and the row of its visit, in step with its events."""
    query = select(PlanEvent).where(PlanEvent.plan_id == plan.id).order_by(PlanEvent.seq)
    events = list(tx.session.scalars(query))
    now = rules.fold([Happened(PlanEventKind(event.kind), event.at, event.payload) for event in events])
    plan.state, plan.version = now.state.value, sum(PlanEventKind(event.kind) not in rules.UNSEEN_BY_BODY for event in events)
    for name in ("submitted_at", "approved_at", "filed_at", "code_issued_at", "code_shown_at"):
        setattr(plan, name, getattr(now, name))
    visit = tx.session.scalar(select(InspectionVisit).where(InspectionVisit.plan_id == plan.id))
    if now.entered_at is not None:
        if visit is None:
            visit = InspectionVisit(county_id=plan.county_id, plan_id=plan.id)
            tx.session.add(visit)
        visit.enterprise_id, visit.body_id, visit.line, visit.kind = plan.enterprise_id, plan.body_id, plan.line, plan.kind
        visit.exemption, visit.day_on, visit.is_announced = plan.exemption, civil_date(now.entered_at), plan.is_announced
        visit.is_recheck = plan.recheck_of_id is not None
        visit.entered_at, visit.left_at = now.entered_at, now.left_at
        visit.outcome = now.outcome.value if now.outcome is not None else None
    project_visit(tx, plan, events, now)
    tx.session.flush()
    return now


# --- drafting and changing ------------------------------------------------------------------------------------------------------------


def draft(text: PlanText, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> str:
    """Draft a plan for the body of who drafts it; returns its number. NotAllowed with the first reason why it cannot be planned."""
    with transaction(clock=clock, once=once) as tx:
        _lock_enterprise(tx, actor.county_id, text.enterprise_id)
        number, block = notice_services.lock_block(tx, actor.county_id, text.paper_notice)
        body_id = inspects_for(tx, actor)
        plan = draft_within(tx, text, actor=actor, body_id=body_id)
        if text.paper_notice and text.entered_at is not None:
            notice_services.use_notice(tx, plan, number, block, text.entered_at, actor=actor.actor)
        tx.result = place_of(plan.number)
        return plan.number


def draft_within(
    tx: Transaction, text: PlanText, *, actor: SignedIn, body_id: int, is_lead: bool = False, because: Mapping[str, Any] | None = None
) -> InspectionPlan:
    """Draft a plan for a body as a part of another act (a random draw, a joint date), which has locked the enterprise and said who may.

    Every rule is asked as for any draft; `because` goes into the event. NotAllowed with the first reason why it cannot be planned.
    """
    checked = _check(tx, text, actor, body_id)
    plan = InspectionPlan(
        county_id=actor.county_id, number=number_by_lot(tx, actor.county_id, "JC", civil_date(tx.now).year, InspectionPlan.number), body_id=body_id, drafted_by_id=actor.account_id, drafted_at=tx.now,
        state=PlanState.DRAFT.value, is_after_fact=text.is_after_fact, version=0, group_code=text.group_code, is_lead=is_lead,
    )  # fmt: skip
    _say(plan, text, checked)
    tx.session.add(plan)
    tx.session.flush()
    _send(tx, plan, text.inspector_ids)
    append(tx, plan, PlanEventKind.DRAFTED, actor=actor.actor, payload={**_payload(text), **(because or {})})
    return plan


def change(number: str, text: PlanText, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Change a plan before its visit: it is submitted, approved and filed again (Q-5)."""
    with transaction(clock=clock, once=once) as tx:
        shown, plan = _open(tx, actor, number, version, also=text.enterprise_id)
        if inspects_for(tx, actor) != plan.body_id:
            raise NotAllowed(Decision.no(Reason.NOT_YOURS, rule="Q-5"))
        rules.may_change(PlanState(plan.state), is_after_fact=plan.is_after_fact).or_raise()
        if plan.is_after_fact != text.is_after_fact or plan.recheck_of_id != text.recheck_of_id:
            raise NotAllowed(Decision.no(Reason.PLAN_NOT_AT_THIS_STEP, rule="Q-5"))
        if (text.enterprise_id, text.first_on) == (plan.enterprise_id, plan.first_on):
            text = replace(text, group_code=plan.group_code)
        else:
            plan.group_code, plan.is_lead = None, False  # what goes on another day is no part of the joint visit
        checked = _check(tx, text, actor, plan.body_id, without=plan.id)
        before = [each.row.id for each in shown.inspectors]
        _say(plan, text, checked)
        plan.code_digest = None  # the code of the old notice is no longer valid
        if set(before) != set(text.inspector_ids):
            tx.session.execute(delete(PlanInspector).where(PlanInspector.plan_id == plan.id))
            _send(tx, plan, text.inspector_ids)
        append(tx, plan, PlanEventKind.CHANGED, actor=actor.actor, payload=_payload(text))
        tx.result = place_of(number)


def _payload(text: PlanText) -> dict[str, Any]:
    """What the plan said then, so that an earlier state of it stays readable."""
    said: dict[str, Any] = {
        "enterprise": text.enterprise_id, "matter": text.matter_code, "kind": text.kind.value, "exemption": text.exemption,
        "basis": text.basis, "first_on": text.first_on.isoformat(), "last_on": text.last_on.isoformat(), "announced": text.is_announced,
        "on_day_off": text.on_day_off, "coordinated": text.coordinated, "inspectors": sorted(text.inspector_ids),
    }  # fmt: skip
    if text.entered_at is not None and text.left_at is not None:
        said |= {"entered_at": _utc(text.entered_at), "left_at": _utc(text.left_at)}
    if text.recheck_of_id is not None:
        said["recheck_of"] = text.recheck_of_id
    return said


def _utc(moment: Any) -> str:
    return str(moment.astimezone(timezone.utc).isoformat())


def number_by_lot(tx: Transaction, county_id: int, kind: str, year: int, column: Any) -> str:
    """A number that no row of the county has in this column: numbers in a row would show by their gaps what is not shown (Q-7)."""
    while True:
        number = f"{kind}{year}-" + "".join(secrets.choice(plan_queries.CODE_SIGNS) for _each in range(8))
        if tx.session.scalar(select(column).where(column.class_.county_id == county_id, column == number)) is None:
            return number


def _lock_enterprise(tx: Transaction, county_id: int, enterprise_id: int) -> None:
    """Plans for one enterprise are written one after the other, since each counts for the next (Q-3)."""
    if not tx.lock(select(Enterprise).where(Enterprise.county_id == county_id, Enterprise.id == enterprise_id)):
        raise NotFound(f"enterprise {enterprise_id}")


def inspects_for(tx: Transaction, actor: SignedIn) -> int:
    """The body for which a person inspects today; NotAllowed for whoever has no certificate."""
    today = civil_date(tx.now)
    where = (Inspector.account_id == actor.account_id, Inspector.from_on <= today, Inspector.valid_until_on >= today)
    found = tx.session.scalar(select(Inspector.body_id).where(*where).order_by(Inspector.id).limit(1))
    if found is None:
        raise NotAllowed(Decision.no(Reason.NO_ENFORCEMENT_CERTIFICATE, rule="Q-5"))
    return found


def _check(
    tx: Transaction, text: PlanText, actor: SignedIn, body_id: int, *, without: int | None = None, full: bool = False
) -> plan_queries.Checked:
    """Ask every rule again with what stands there now. `full`: with all unannounced plans of the body, which who decides may know."""
    today = civil_date(tx.now)
    if text.left_at is not None:
        rules.may_write_afterwards(text.exemption, text.left_at, tx.now).or_raise()
    hidden = InspectionPlan.body_id == body_id if full else plan_queries.visible(actor)
    checked = plan_queries.check_text(text, county_id=actor.county_id, body_id=body_id, today=today, hidden=hidden, without=without)
    if not checked.allowed:
        raise NotAllowed(checked.first_refusal())
    return checked


def _say(plan: InspectionPlan, text: PlanText, checked: plan_queries.Checked) -> None:
    matter = checked.matter
    assert matter is not None
    plan.enterprise_id, plan.matter_id, plan.line, plan.standard = text.enterprise_id, matter.id, matter.line, matter.standard
    plan.kind, plan.exemption, plan.basis = text.kind.value, text.exemption, text.basis
    plan.first_on, plan.last_on, plan.is_announced, plan.on_day_off = text.first_on, text.last_on, text.is_announced, text.on_day_off
    plan.coordinated, plan.recheck_of_id = text.coordinated, text.recheck_of_id


def _send(tx: Transaction, plan: InspectionPlan, inspector_ids: Collection[int]) -> None:
    for each in sorted(set(inspector_ids)):
        tx.session.add(PlanInspector(county_id=plan.county_id, plan_id=plan.id, inspector_id=each))
    tx.session.flush()


def _open(
    tx: Transaction, actor: SignedIn, number: str, version: int, *, also: int | None = None
) -> tuple[PlanShown, InspectionPlan]:
    """The plan after its enterprise and its own row were locked; NotFound for one that is not theirs, Stale where it moved on."""
    seen = plan_queries.get_plan_for(actor, number)
    for enterprise_id in sorted({seen.row.enterprise_id, also or seen.row.enterprise_id}):
        _lock_enterprise(tx, actor.county_id, enterprise_id)
    tx.lock(select(InspectionPlan).where(InspectionPlan.id == seen.row.id))
    shown = plan_queries.get_plan_for(actor, number)
    if shown.row.version != version:
        raise Stale(shown.row.version)
    return shown, shown.row


# --- the way of a plan ------------------------------------------------------------------------------------------------------------------


def submit(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Give a plan to whoever decides on it; what it says is checked again."""
    with transaction(clock=clock, once=once) as tx:
        shown, plan = _open(tx, actor, number, version)
        if inspects_for(tx, actor) != plan.body_id:
            raise NotAllowed(Decision.no(Reason.NOT_YOURS, rule="Q-5"))
        rules.may_submit(PlanState(plan.state)).or_raise()
        _check(tx, plan_queries.text_of(shown), actor, plan.body_id, without=plan.id)
        append(tx, plan, PlanEventKind.SUBMITTED, actor=actor.actor)
        tx.result = place_of(number)


def may_decide(shown: PlanShown, actor: SignedIn, offices: Any, *, approves: bool = True) -> Decision:
    """May this person decide on the plan now? The same answer draws the buttons and guards the act (Q-5)."""
    row = shown.row
    year, right = row.first_on.year, plan_queries.right_of(row.county_id, row.body_id, row.first_on)
    is_special = row.kind == Kind.SPECIAL.value
    return rules.may_decide(
        PlanState(row.state), Kind(row.kind), row.body_id, offices, account=actor.account_id,
        inspectors={each.row.account_id for each in shown.inspectors if each.row.account_id is not None} | {row.drafted_by_id},
        superiors=plan_queries.superiors_of(shown.body) if is_special else (),
        specials=plan_queries.specials_of(row.body_id, year) if is_special else 0, most_specials=right.special_most if right is not None else 0,
        approves=approves,
    )  # fmt: skip


def approve(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """The head of the body approves a plan in which he does not go; a special one the county government (Q-5). Checked with all plans."""
    with transaction(clock=clock, once=once) as tx:
        shown, plan = _open(tx, actor, number, version)
        permission = may_decide(shown, actor, authority_queries.offices_of(actor.account_id, civil_date(tx.now))).or_raise()
        _check(tx, plan_queries.text_of(shown), actor, plan.body_id, without=plan.id, full=True)
        assert permission.by is not None
        append(tx, plan, PlanEventKind.APPROVED, actor=actor.actor, office_id=permission.by.office)
        tx.result = place_of(number)


def refuse(number: str, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Refuse a plan with a reason; it can be changed and submitted again."""
    with transaction(clock=clock, once=once) as tx:
        shown, plan = _open(tx, actor, number, version)
        offices = authority_queries.offices_of(actor.account_id, civil_date(tx.now))
        permission = may_decide(shown, actor, offices, approves=False).or_raise()
        assert permission.by is not None
        append(tx, plan, PlanEventKind.REFUSED, actor=actor.actor, office_id=permission.by.office, payload={"reason": reason})
        tx.result = place_of(number)


def may_file(shown: PlanShown, on: Any) -> Decision:
    """May the plan be filed on a day? (Q-5)"""
    row = shown.row
    calendar = queries.quiet_calendar(row.county_id).calendar
    is_exempt = plan_queries.is_exempt(row.county_id, Kind(row.kind), row.exemption, row.basis, row.first_on)
    return rules.may_file(
        PlanState(row.state), first=row.first_on, is_exempt=is_exempt, is_after_fact=row.is_after_fact, today=on, calendar=calendar
    )


def file(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """File an approved plan: three working days ahead, an exception before entry, an emergency afterwards (Q-5)."""
    with transaction(clock=clock, once=once) as tx:
        shown, plan = _open(tx, actor, number, version)
        if inspects_for(tx, actor) != plan.body_id:
            raise NotAllowed(Decision.no(Reason.NOT_YOURS, rule="Q-5"))
        may_file(shown, civil_date(tx.now)).or_raise()
        _check(tx, plan_queries.text_of(shown), actor, plan.body_id, without=plan.id)
        append(tx, plan, PlanEventKind.FILED, actor=actor.actor)
        issue_code(tx, plan, actor=actor.actor)
        tx.result = place_of(number)


def issue_code(tx: Transaction, plan: InspectionPlan, *, actor: Actor) -> None:
    """Give the plan's notice its code, which is valid outside only while the plan shows outside (Q-6, Q-7)."""
    event = append(tx, plan, PlanEventKind.CODE_ISSUED, actor=actor)
    plan.code_digest = plan_queries.digest_of(plan_queries.code_for(plan.number, event.seq))
    tx.session.flush()


def cancel(number: str, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Cancel a plan before its visit, with a reason; where it was filed, this files the cancellation (Q-5)."""
    with transaction(clock=clock, once=once) as tx:
        _shown, plan = _open(tx, actor, number, version)
        if inspects_for(tx, actor) != plan.body_id:
            raise NotAllowed(Decision.no(Reason.NOT_YOURS, rule="Q-5"))
        rules.may_change(PlanState(plan.state), is_after_fact=plan.is_after_fact).or_raise()
        if plan.is_after_fact:
            raise NotAllowed(Decision.no(Reason.PLAN_NOT_AT_THIS_STEP, rule="Q-5"))
        payload = {"reason": reason, "files": plan.state == PlanState.FILED.value}
        append(tx, plan, PlanEventKind.CANCELLED, actor=actor.actor, payload=payload)
        tx.result = place_of(number)


def record_look(numbers: Collection[str], *, actor: Actor, clock: Clock) -> None:
    """That unannounced plans were read, which is recorded each time (Q-7, R-1)."""
    with transaction(clock=clock) as tx:
        for number in numbers:
            record(tx, actor, "inspection_plan.look", f"inspection_plan:{number}")
