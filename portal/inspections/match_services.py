"""Wishes entered, matchings run, proposed joint visits accepted, moved or refused by each body; an accepted one is a draft plan (Q-4, Q-10).

Verbs of the record begin with `inspection_plan.`, which nothing public reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.accounts.queries import SignedIn
from portal.audit import record
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.inspections import match_queries as matches
from portal.inspections import plan_queries, plan_services, queries
from portal.inspections.match_models import InspectionWish, JointPart, JointProposal, MatchingRun
from portal.inspections.match_queries import PartShown, ProposalShown
from portal.inspections.models import Enterprise
from portal.inspections.plan_models import InspectionPlan
from portal.inspections.plan_queries import PlanText
from portal.network.models import Body
from portal.rules import matching
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.matching import PartState
from portal.rules.moments import civil_date
from portal.rules.quiet_days import Kind, Plan

WISHES = "/inspections/joint-dates/wishes"
OVERVIEW = "/inspections/joint-dates"


def place_of(code: str) -> str:
    """Where a proposed visit is read."""
    return f"{OVERVIEW}/{code}"


@dataclass(frozen=True, slots=True)
class WishText:
    """What a body wishes: a matter of its list, months (none: any), enterprises by credit code."""

    year: int
    matter_code: str
    months: tuple[int, ...]
    codes: tuple[str, ...]


def _own(tx: Transaction, actor: SignedIn) -> int:
    """The body for which a person with a certificate acts."""
    return plan_services.inspects_for(tx, actor)


def enter(text: WishText, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> int:
    """Enter wishes of the body for a year; one that stands takes the months anew. Returns how many. NotFound for an unknown enterprise."""
    with transaction(clock=clock, once=once) as tx:
        body = tx.lock(select(Body).where(Body.county_id == actor.county_id, Body.id == (actor.body_id or 0)))
        if not body or _own(tx, actor) != body[0].id:
            raise NotAllowed(Decision.no(Reason.NOT_YOURS, rule="Q-10"))
        body_id, today = body[0].id, civil_date(tx.now)
        on = max(today, date(text.year, 1, 1))
        matter = next((each for each in plan_queries.list_matters(actor.county_id, on, body_id=body_id) if each.code == text.matter_code), None)
        if matter is None:
            raise NotAllowed(Decision.no(Reason.PLAN_MATTER_NOT_LISTED, rule="Q-5"))
        query = select(Enterprise.code, Enterprise.id).where(Enterprise.county_id == actor.county_id, Enterprise.code.in_(text.codes))
        ids = {row.code: row.id for row in tx.session.execute(query)}
        where = (InspectionWish.body_id == body_id, InspectionWish.year == text.year, InspectionWish.matter_id == matter.id)
        stand = {row.enterprise_id: row for row in tx.session.scalars(select(InspectionWish).where(*where))}
        months = ",".join(map(str, text.months))
        for code in text.codes:
            if code not in ids:
                raise NotFound(f"enterprise {code}")
            row = stand.get(ids[code])
            if row is None:
                row = InspectionWish(county_id=actor.county_id, body_id=body_id, year=text.year, enterprise_id=ids[code], matter_id=matter.id)
                tx.session.add(row)
            row.months, row.entered_at, row.entered_by_id, row.withdrawn_at = months, tx.now, actor.account_id, None
        tx.session.flush()
        record(tx, actor.actor, "inspection_plan.wished", f"inspection_wish:{body[0].code}-{text.year}", matter=matter.code, number=len(text.codes))
        tx.result = f"{WISHES}?year={text.year}"
        return len(text.codes)


def withdraw(wish_id: int, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> int:
    """Withdraw a wish of the own body; returns its year. What was proposed of it stays until the next matching."""
    with transaction(clock=clock, once=once) as tx:
        where = (InspectionWish.id == wish_id, InspectionWish.county_id == actor.county_id, InspectionWish.body_id == (actor.body_id or 0))
        rows = tx.lock(select(InspectionWish).where(*where, InspectionWish.withdrawn_at.is_(None)))
        if not rows:
            raise NotFound(f"wish {wish_id}")
        if _own(tx, actor) != rows[0].body_id:
            raise NotAllowed(Decision.no(Reason.NOT_YOURS, rule="Q-10"))
        year: int = rows[0].year
        rows[0].withdrawn_at = tx.now
        tx.session.flush()
        record(tx, actor.actor, "inspection_plan.wish_withdrawn", f"inspection_wish:{wish_id}")
        tx.result = f"{WISHES}?year={year}"
        return year


def run(year: int, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> MatchingRun:
    """Match the wishes of a year and propose visits; what was proposed before and is not accepted is over.

    The matching is made before the transaction, since it takes seconds; if wishes or matching changed meanwhile, nothing is done (Stale).
    """
    if not matches.coordinates(actor):
        raise NotAllowed(Decision.no(Reason.NOT_YOURS, rule="Q-10"))
    ground = matches.match(actor.county_id, year, clock.today(), seed=year * 1000 + version)
    with transaction(clock=clock, once=once) as tx:
        tx.lock(select(InspectionWish).where(InspectionWish.county_id == actor.county_id, InspectionWish.year == year).order_by(InspectionWish.id))
        last = matches.latest_run(actor.county_id, year)
        edition = last.edition if last is not None else 0
        if edition != version or tuple(wish.id for wish in matches.open_wishes(actor.county_id, year)) != ground.stamp:
            raise Stale(edition)
        if not ground.wishes:
            raise NotAllowed(Decision.no(Reason.MATCH_NO_WISHES, rule="Q-10"))
        found = ground.matching
        report = {
            "unplaced": [
                *({"wish": each.want.id, "why": each.why.value, "instead": each.instead} for each in found.unplaced),
                *({"wish": wish, "why": finding.rule, "instead": finding.facts.get("body")} for wish, finding in ground.refused),
            ],
            "clashes": [
                {"enterprise": each.enterprise, "line": each.line, "bodies": list(each.bodies), "goes": each.goes, "instrument": each.instrument}
                for each in found.clashes
            ],
        }
        one = MatchingRun(
            county_id=actor.county_id, year=year, edition=edition + 1, seed=found.seed, run_at=tx.now, run_by_id=actor.account_id,
            wishes=len(ground.wishes), visits=len(found.visits), lower_bound=min(found.lower_bound, len(found.visits)), alone=found.alone,
            alone_left=found.alone_left, report=report,
        )  # fmt: skip
        tx.session.add(one)
        tx.session.flush()
        for visit in found.visits:
            proposal = JointProposal(
                county_id=actor.county_id, run_id=one.id, code=plan_services.number_by_lot(tx, actor.county_id, "LH", year, JointProposal.code),
                enterprise_id=visit.enterprise, day_on=visit.day,
                lead_body_id=visit.lead,
            )  # fmt: skip
            tx.session.add(proposal)
            tx.session.flush()
            for wish_id, body_id in zip(visit.wants, visit.bodies, strict=True):
                tx.session.add(
                    JointPart(county_id=actor.county_id, proposal_id=proposal.id, wish_id=wish_id, body_id=body_id, state=PartState.OPEN.value)
                )
        tx.session.flush()
        record(tx, actor.actor, "inspection_plan.matched", f"matching_run:{year}-{one.edition}", wishes=one.wishes, visits=one.visits)
        tx.result = f"{OVERVIEW}?year={year}"
        return one


# --- answers ----------------------------------------------------------------------------------------------------------------------------


def _open(tx: Transaction, actor: SignedIn, code: str, version: int) -> ProposalShown:
    """The proposal with its enterprise and row locked; Stale where it moved on."""
    seen = matches.get_proposal_for(actor, code)
    tx.lock(select(Enterprise).where(Enterprise.id == seen.row.enterprise_id))
    tx.lock(select(JointProposal).where(JointProposal.id == seen.row.id))
    shown = matches.get_proposal_for(actor, code)
    if shown.row.version != version:
        raise Stale(shown.row.version)
    return shown


def may_answer(shown: ProposalShown, body_id: int | None, today: date) -> Decision:
    """May this body answer the proposal now? The same answer draws the buttons and guards the act (Q-10)."""
    part = shown.part_of(body_id)
    if part is None:
        return Decision.no(Reason.NOT_YOURS, rule="Q-10")
    if part.row.state != PartState.OPEN.value:
        return Decision.no(Reason.MATCH_ANSWERED, rule="Q-10")
    if not shown.is_current or shown.row.day_on <= today:
        return Decision.no(Reason.MATCH_OVER, rule="Q-10")
    return Decision.yes()


def _answering(tx: Transaction, actor: SignedIn, shown: ProposalShown, body_id: int | None) -> PartShown:
    may_answer(shown, body_id, civil_date(tx.now)).or_raise()
    part = shown.part_of(body_id)
    assert part is not None
    return part


def accept(code: str, inspector_ids: Sequence[int], *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> str:
    """An inspector accepts for the body and says who goes: a draft plan, part of the joint visit. Returns its number.

    The head does not accept, since who drafts a plan does not decide on it (Q-5).
    """
    with transaction(clock=clock, once=once) as tx:
        shown = _open(tx, actor, code, version)
        body_id = _own(tx, actor)
        part = _answering(tx, actor, shown, body_id)
        day = shown.row.day_on
        text = PlanText(
            shown.row.enterprise_id, part.matter.code, Kind.ROUTINE, day, day, True, tuple(inspector_ids),
            coordinated=shown.row.code if part.body.is_vertical else "", group_code=shown.row.code if shown.is_joint else None,
        )  # fmt: skip
        is_lead = shown.is_joint and shown.row.lead_body_id == body_id
        plan = plan_services.draft_within(tx, text, actor=actor, body_id=body_id, is_lead=is_lead, because={"joint_date": code})
        _answer(tx, actor, shown, part, PartState.ACCEPTED, plan_id=plan.id)
        record(tx, actor.actor, "inspection_plan.joint_accepted", f"joint_proposal:{code}", body=part.body.code)
        tx.result = place_of(code)
        return plan.number


def refuse(code: str, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """A body stays away, with a reason; where it was the lead, the first of the others by code leads."""
    with transaction(clock=clock, once=once) as tx:
        shown = _open(tx, actor, code, version)
        body_id = actor.body_id if actor.role == "dept_head" else _own(tx, actor)
        part = _answering(tx, actor, shown, body_id)
        _answer(tx, actor, shown, part, PartState.REFUSED, reason=reason)
        others = [each for each in shown.parts if each.row.id != part.row.id and each.row.state != PartState.REFUSED.value]
        if others and shown.row.lead_body_id == part.row.body_id and part.row.body_id not in {each.row.body_id for each in others}:
            shown.row.lead_body_id = others[0].row.body_id
            for each in others:
                if each.plan is not None:
                    plan = tx.session.get_one(InspectionPlan, each.plan.id)
                    plan.is_lead = each.row.body_id == shown.row.lead_body_id and plan.group_code is not None
        tx.session.flush()
        record(tx, actor.actor, "inspection_plan.joint_refused", f"joint_proposal:{code}", body=part.body.code)
        tx.result = place_of(code)


def _answer(
    tx: Transaction, actor: SignedIn, shown: ProposalShown, part: PartShown, state: PartState, *, reason: str = "", plan_id: int | None = None
) -> None:
    row = part.row
    row.state, row.reason, row.plan_id = state.value, reason, plan_id
    row.answered_at, row.answered_by_id = tx.now, actor.account_id
    shown.row.version += 1
    tx.session.flush()


def move(code: str, day: date, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Move a proposed visit to another day, for all its bodies, while none has accepted. Each is asked of the one answer about days,
    and must have a pair; the enterprise must have room on that day (Q-1 to Q-4, Q-11)."""
    with transaction(clock=clock, once=once) as tx:
        shown = _open(tx, actor, code, version)
        part = _answering(tx, actor, shown, _own(tx, actor))
        today = civil_date(tx.now)
        if any(each.row.state == PartState.ACCEPTED.value for each in shown.parts):
            raise NotAllowed(Decision.no(Reason.MATCH_ANSWERED, rule="Q-10"))
        may_move(shown, day, today).or_raise()
        shown.row.day_on = day
        shown.row.version += 1
        tx.session.flush()
        record(tx, actor.actor, "inspection_plan.joint_moved", f"joint_proposal:{code}", body=part.body.code, day=day)
        tx.result = place_of(code)


def may_move(shown: ProposalShown, day: date, today: date) -> Decision:
    """May the visit be on this day, for each body that still goes? With the first reason why not."""
    county_id, law = shown.row.county_id, queries.quiet_law(shown.row.county_id)
    if day.year != shown.run.year:
        return Decision.no(Reason.MATCH_OVER, rule="Q-10")
    facts = queries.facts_of(shown.enterprise)
    history = queries.histories(county_id, [shown.enterprise.id], today)[shown.enterprise.id]
    joint = queries.joint_number(shown.row.code)
    for part in shown.going:
        plan = Plan(
            part.row.body_id, part.matter.line, Kind.ROUTINE, day, joint=joint, is_vertical=part.body.is_vertical,
            coordinated=shown.row.code if part.body.is_vertical else "",
        )  # fmt: skip
        for finding in law.may_inspect(plan, facts, history, today).findings:
            return Decision(False, reason=finding.reason, rule=finding.rule, facts=finding.facts)
        pairs = matches.pairs_on(county_id, part.row.body_id, [day])[day] - matches.asked_of(part.row.body_id, shown.row.run_id, day, without=shown.row.id)
        if pairs < 1:
            return Decision.no(Reason.MATCH_BODY_FULL, rule="Q-10", body=part.body.name, day=day)
    if not matching.may_add(matches.days_taken(shown), day):
        return Decision.no(Reason.MATCH_ENTERPRISE_FULL, rule="Q-11", day=day)
    return Decision.yes()

