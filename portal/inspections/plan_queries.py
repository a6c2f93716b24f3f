"""The published lists of inspections, and plans: who sees which, and what the rules are asked about them (Q-5, Q-7, Q-10).

An unannounced plan is there for whoever goes, drafted it, or decides on it, and for the supervisor; for nobody else it is there in any
list, count, search or answer (`visible`, `shown_outside`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from portal.accounts.models import Account
from portal.accounts.queries import SignedIn
from portal.accounts.sealed import cipher
from portal.database import NotFound, db
from portal.inspections import alarm_queries, queries
from portal.inspections.models import Enterprise
from portal.inspections.plan_models import (
    DiscretionBenchmark,
    InspectingBody,
    InspectionMatter,
    InspectionPlan,
    Inspector,
    InspectorConflict,
    PlanEvent,
    PlanInspector,
    YearlyPlan,
    YearlyPlanLine,
)
from portal.inspections.visit_models import CorrectionOrder
from portal.network.models import Body, BodyKind
from portal.rules import inspection_plans as rules
from portal.rules import inspection_visits
from portal.rules.authority import Office
from portal.rules.decision import Decision
from portal.rules.inspection_plans import InspectorTerms, MatterTerms, PlanEventKind, PlanState
from portal.rules.inspection_visits import FirstVisit
from portal.rules.quiet_days import Kind, Plan, Verdict

A_PAGE = 20
BOXES: dict[str, tuple[PlanState, ...]] = {
    "open": (PlanState.DRAFT, PlanState.SUBMITTED, PlanState.APPROVED, PlanState.REFUSED),
    "filed": (PlanState.FILED, PlanState.UNDER_WAY),
    "over": (PlanState.VISITED, PlanState.TOLD, PlanState.TURNED_AWAY, PlanState.CANCELLED),
}

# --- lists ------------------------------------------------------------------------------------------------------------------------


def _in_force(table: type[InspectionMatter] | type[DiscretionBenchmark] | type[InspectingBody], on: date) -> ColumnElement[bool]:
    return and_(table.from_on <= on, or_(table.until_on.is_(None), table.until_on >= on))


def list_matters(county_id: int, on: date, *, body_id: int | None = None) -> list[InspectionMatter]:
    """The matters that can be inspected on a day, by code; the latest version of each (Q-5)."""
    query = select(InspectionMatter).where(InspectionMatter.county_id == county_id, _in_force(InspectionMatter, on))
    if body_id is not None:
        query = query.where(InspectionMatter.body_id == body_id)
    newest = {row.code: row for row in db.session.scalars(query.order_by(InspectionMatter.from_on))}
    return [newest[code] for code in sorted(newest)]


def list_benchmarks(county_id: int, on: date) -> list[DiscretionBenchmark]:
    """The discretion benchmarks in force on a day, by code (Q-8)."""
    query = select(DiscretionBenchmark).where(DiscretionBenchmark.county_id == county_id, _in_force(DiscretionBenchmark, on))
    newest = {row.code: row for row in db.session.scalars(query.order_by(DiscretionBenchmark.from_on))}
    return [newest[code] for code in sorted(newest)]


def list_rights(county_id: int, on: date) -> list[tuple[InspectingBody, Body, int]]:
    """The bodies with the right to inspect, by code, each with the number of its inspectors whose certificate holds."""
    query = (
        select(InspectingBody, Body)
        .join(Body, Body.id == InspectingBody.body_id)
        .where(InspectingBody.county_id == county_id, _in_force(InspectingBody, on))
        .order_by(Body.code)
    )
    holds = (Inspector.county_id == county_id, Inspector.from_on <= on, Inspector.valid_until_on >= on)
    counted = select(Inspector.body_id, func.count(Inspector.id)).where(*holds).group_by(Inspector.body_id)
    numbers = {row.body_id: int(row[1]) for row in db.session.execute(counted)}
    return [(right, body, numbers.get(body.id, 0)) for right, body in db.session.execute(query)]


def right_of(county_id: int, body_id: int, on: date) -> InspectingBody | None:
    """The right of a body to inspect on a day."""
    where = (InspectingBody.county_id == county_id, InspectingBody.body_id == body_id, _in_force(InspectingBody, on))
    return db.session.scalar(select(InspectingBody).where(*where).order_by(InspectingBody.from_on.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class InspectorShown:
    """An inspector with the name that is public (O-4)."""

    row: Inspector
    name: str
    name_hant: str
    name_en: str


def inspectors_of(county_id: int, body_id: int) -> list[InspectorShown]:
    """The inspectors of a body, by certificate, also those whose certificate is over."""
    where = (Inspector.county_id == county_id, Inspector.body_id == body_id)
    return _shown(select(Inspector.id).where(*where))


def _shown(ids: object) -> list[InspectorShown]:
    query = select(Inspector, Account).outerjoin(Account, Account.id == Inspector.account_id).where(Inspector.id.in_(ids))  # type: ignore[arg-type]
    found = []
    for row, account in db.session.execute(query.order_by(Inspector.certificate)):
        names = (account.name, account.name_hant, account.name_en) if account is not None else (row.name,) * 3
        found.append(InspectorShown(row, *names))
    return found


def terms_of(county_id: int, ids: Collection[int], on: date) -> list[InspectorTerms]:
    """What the rules ask about inspectors; one that is not of the county is left out."""
    query = select(Inspector).where(Inspector.county_id == county_id, Inspector.id.in_(list(ids))).order_by(Inspector.id)
    rows = list(db.session.scalars(query))
    held = (InspectorConflict.from_on <= on, or_(InspectorConflict.until_on.is_(None), InspectorConflict.until_on >= on))
    conflicts: dict[int, set[int]] = {}
    of_them = select(InspectorConflict).where(InspectorConflict.inspector_id.in_([row.id for row in rows]), *held)
    for each in db.session.scalars(of_them):
        conflicts.setdefault(each.inspector_id, set()).add(each.enterprise_id)
    return [
        InspectorTerms(
            row.id, row.body_id, row.account_id, row.certificate, row.from_on, row.valid_until_on, frozenset(conflicts.get(row.id, ()))
        )
        for row in rows
    ]


# --- who sees which plan ------------------------------------------------------------------------------------------------------------


def shown_outside() -> ColumnElement[bool]:
    """Plans that enterprise, public and other bodies may see: announced ones from their filing on, unannounced from the code at the door (Q-7)."""
    filed = InspectionPlan.state.in_([state.value for box in ("filed", "over") for state in BOXES[box]])
    return filed & (
        (InspectionPlan.is_announced & InspectionPlan.filed_at.is_not(None)) | InspectionPlan.code_shown_at.is_not(None)
    )


def is_hidden(plan: InspectionPlan) -> bool:
    """Does the plan show nowhere outside? Then each reading of it is recorded (Q-7, R-1)."""
    return not plan.is_announced and plan.code_shown_at is None


def visible(person: SignedIn) -> ColumnElement[bool]:
    """The plans that a person sees: of the own body the announced ones; those in which one goes, that one drafted or decides on."""
    plan = InspectionPlan
    own = plan.county_id == person.county_id
    if person.role == "supervisor":
        return own
    goes = select(PlanInspector.plan_id).join(Inspector, Inspector.id == PlanInspector.inspector_id)
    parts = [plan.id.in_(goes.where(Inspector.account_id == person.account_id)), plan.drafted_by_id == person.account_id]
    if person.body_id is not None:
        parts.append((plan.body_id == person.body_id) & plan.is_announced)
    heads = [held.body_id for held in person.offices if held.office is Office.HEAD_OF_AGENCY and held.body_id is not None]
    parts.append(plan.body_id.in_(heads))
    if person.holds(Office.HEAD_OF_GOVERNMENT):
        parts.append((plan.kind == Kind.SPECIAL.value) & (plan.state != PlanState.DRAFT.value))
    return own & or_(*parts)


def superiors_of(body: Body) -> tuple[int, ...]:
    """The bodies above a vertically managed body in its line, which decide on its special plans beside the county government (Q-5)."""
    if not body.is_vertical:
        return ()
    where = (Body.county_id == body.county_id, Body.kind == BodyKind.SUPERIOR.value, Body.line == body.line)
    return tuple(db.session.scalars(select(Body.id).where(*where)))


# --- lists and one plan -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan in a list."""

    row: InspectionPlan
    enterprise: Enterprise
    matter: InspectionMatter

    @property
    def state(self) -> PlanState:
        return PlanState(self.row.state)


@dataclass(frozen=True, slots=True)
class PlanShown:
    """A plan with all that its page says."""

    line: PlanLine
    body: Body
    inspectors: list[InspectorShown]
    events: list[PlanEvent]
    people: dict[int, Account]

    @property
    def row(self) -> InspectionPlan:
        return self.line.row


def list_plans_for(person: SignedIn, box: str, *, before: int | None = None) -> tuple[list[PlanLine], int | None]:
    """The plans of a box that a person sees, the newest first; and where the next page begins."""
    condition = visible(person) & InspectionPlan.state.in_([state.value for state in BOXES[box]])
    if before is not None:
        condition &= InspectionPlan.id < before
    lines = _lines(condition, A_PAGE + 1)
    return lines[:A_PAGE], lines[A_PAGE - 1].row.id if len(lines) > A_PAGE else None


def to_decide(person: SignedIn) -> object:
    """How many plans wait for a decision of this person, as a query to count with others."""
    heads = [held.body_id for held in person.offices if held.office is Office.HEAD_OF_AGENCY and held.body_id is not None]
    mine = InspectionPlan.body_id.in_(heads) & (InspectionPlan.kind != Kind.SPECIAL.value)
    if person.holds(Office.HEAD_OF_GOVERNMENT):
        mine |= InspectionPlan.kind == Kind.SPECIAL.value
    waits = InspectionPlan.state == PlanState.SUBMITTED.value
    return select(func.count(InspectionPlan.id)).where(InspectionPlan.county_id == person.county_id, waits, mine).scalar_subquery()


def _lines(condition: ColumnElement[bool], most: int) -> list[PlanLine]:
    query = (
        select(InspectionPlan, Enterprise, InspectionMatter)
        .join(Enterprise, Enterprise.id == InspectionPlan.enterprise_id)
        .join(InspectionMatter, InspectionMatter.id == InspectionPlan.matter_id)
        .where(condition)
        .order_by(InspectionPlan.id.desc())
        .limit(most)
    )
    return [PlanLine(*row) for row in db.session.execute(query)]


def list_announced_ahead(county_id: int, first: date, most: int) -> list[PlanLine]:
    """The announced plans that are not given up, from a day on, by first day."""
    ahead = InspectionPlan.state.in_([state.value for state in (PlanState.DRAFT, PlanState.SUBMITTED, PlanState.APPROVED, PlanState.FILED)])
    where = (InspectionPlan.county_id == county_id) & InspectionPlan.is_announced & ahead & (InspectionPlan.first_on >= first)
    return sorted(_lines(where, most), key=lambda line: (line.row.first_on, line.row.id))


def rules_plan(row: InspectionPlan, *, is_vertical: bool) -> Plan:
    """A stored plan as the rules read it."""
    return Plan(
        row.body_id, row.line, Kind(row.kind), row.first_on, exemption=row.exemption, basis=row.basis, on_day_off=row.on_day_off,
        last_day=row.last_on, is_recheck=row.recheck_of_id is not None, is_vertical=is_vertical, coordinated=row.coordinated,
    )  # fmt: skip


def get_plan_for(person: SignedIn, number: str) -> PlanShown:
    """A plan; NotFound for one that is not theirs to see, as for one that is not there."""
    lines = _lines(visible(person) & (InspectionPlan.number == number), 1)
    if not lines:
        raise NotFound(f"plan {number}")
    return _whole(lines[0])


def _whole(line: PlanLine) -> PlanShown:
    row = line.row
    body = db.session.get(Body, row.body_id)
    assert body is not None
    events = list(db.session.scalars(select(PlanEvent).where(PlanEvent.plan_id == row.id).order_by(PlanEvent.seq)))
    who = {event.actor_id for event in events if event.actor_id is not None}
    people = {each.id: each for each in db.session.scalars(select(Account).where(Account.id.in_(who)))}
    return PlanShown(line, body, _shown(select(PlanInspector.inspector_id).where(PlanInspector.plan_id == row.id)), events, people)


# --- the code of a notice -----------------------------------------------------------------------------------------------------------

CODE_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 10
_CODE, _DIGEST = "inspection_plan.code", "inspection_plan.code_digest"


def code_for(number: str, seq: int) -> str:
    """The code of the notice that an event of the plan issued: ten signs, known to who holds the key alone; stored nowhere (Q-6)."""
    drawn, signs = int(cipher().blind(f"{number}:{seq}", _CODE), 16), []
    for _each in range(CODE_LENGTH):
        drawn, sign = divmod(drawn, len(CODE_SIGNS))
        signs.append(CODE_SIGNS[sign])
    return "".join(signs)


def digest_of(code: str) -> str:
    """By which a plan is found from the code of its notice, in any case and with any dashes or spaces."""
    plain = "".join(sign for sign in code.upper() if sign.isascii() and sign.isalnum())
    return cipher().blind(plain, _DIGEST)


def code_of(shown: PlanShown) -> str | None:
    """The code of the plan's notice, to print it; None before it was issued, or where the plan was changed since."""
    if shown.row.code_digest is None or shown.row.code_issued_at is None:
        return None
    seq = max(event.seq for event in shown.events if event.kind == PlanEventKind.CODE_ISSUED.value)
    return code_for(shown.row.number, seq)


def plan_by_code(county_id: int, code: str) -> PlanShown | None:
    """The plan of a notice's code, as long as it shows outside: an unannounced one from the door on (Q-6, Q-7). None otherwise."""
    lines = _lines((InspectionPlan.county_id == county_id) & (InspectionPlan.code_digest == digest_of(code)) & shown_outside(), 1)
    return _whole(lines[0]) if lines else None


# --- what the rules are asked ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanText:
    """What a plan says. `left_at` of an emergency that is written down after it took place, with the number of the paper notice that was
    handed over; `recheck_of_id` of a recheck of ordered corrections the plan of its first visit (Q-3); `group_code` of a part of a joint
    visit."""

    enterprise_id: int
    matter_code: str
    kind: Kind
    first_on: date
    last_on: date
    is_announced: bool
    inspector_ids: tuple[int, ...]
    exemption: str | None = None
    basis: str = ""
    on_day_off: bool = False
    coordinated: str = ""
    entered_at: datetime | None = None
    left_at: datetime | None = None
    recheck_of_id: int | None = None
    paper_notice: str = ""
    group_code: str | None = None

    @property
    def is_after_fact(self) -> bool:
        return self.left_at is not None


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer to a plan: what cannot be planned at all, and what the day says. `warnings` refuse nothing (Q-11)."""

    faults: tuple[Decision, ...]
    verdict: Verdict
    matter: InspectionMatter | None
    inspectors: tuple[InspectorTerms, ...]
    warnings: tuple[Decision, ...] = ()

    @property
    def allowed(self) -> bool:
        return not self.faults and self.verdict.allowed

    def first_refusal(self) -> Decision:
        """The first reason why not; a yes where there is none."""
        for fault in self.faults:
            return fault
        for finding in self.verdict.findings:
            return Decision(False, reason=finding.reason, rule=finding.rule, facts=finding.facts)
        return Decision.yes()


def check_text(
    text: PlanText, *, county_id: int, body_id: int, today: date, hidden: ColumnElement[bool] | None, without: int | None = None
) -> Checked:  # fmt: skip
    """May this be planned, and for this day? Asked by form, draft, approval, filing and at the door alike (Q-1 to Q-5, Q-11). `hidden`: the
    unannounced plans that the answer may rest on. Raises `CalendarError` for a day that no calendar speaks of.
    """
    where = (Enterprise.county_id == county_id, Enterprise.id == text.enterprise_id)
    enterprise = db.session.scalar(select(Enterprise).where(*where))
    if enterprise is None:
        raise NotFound("enterprise")
    matter = next((each for each in list_matters(county_id, text.first_on) if each.code == text.matter_code), None)
    inspectors = tuple(terms_of(county_id, text.inspector_ids, text.first_on))
    terms = None if matter is None else MatterTerms(matter.body_id, matter.from_on, matter.until_on)
    has_right = right_of(county_id, body_id, text.first_on) is not None
    faults = rules.check_plan(
        body_id, terms, inspectors, has_right=has_right, enterprise=enterprise.id, first=text.first_on, last=text.last_on
    )
    is_recheck = text.recheck_of_id is not None
    if is_recheck:
        first = first_visit(county_id, text.recheck_of_id or 0)
        recheck = inspection_visits.check_recheck(first, body=body_id, enterprise=enterprise.id, matter=text.matter_code)
        faults += () if recheck else (recheck,)
    else:
        fruitless = alarm_queries.fruitless_of(enterprise.id, [each.id for each in inspectors], text.first_on.year)
        faults += inspection_visits.check_fruitless(text.kind, text.first_on.year, fruitless)
    plan = Plan(
        body_id, "" if matter is None else matter.line, text.kind, text.first_on, exemption=text.exemption, basis=text.basis,
        on_day_off=text.on_day_off, last_day=text.last_on, is_recheck=is_recheck, joint=queries.joint_number(text.group_code),
        is_vertical=_is_vertical(body_id), coordinated=text.coordinated,
    )  # fmt: skip
    history = (*queries.visits_to(enterprise, today), *queries.planned_visits(enterprise, hidden=hidden, without=without))
    if text.is_after_fact:
        history = queries.visits_to(enterprise, text.first_on, without=without)
    law = queries.quiet_law(county_id)
    verdict = law.may_inspect(plan, queries.facts_of(enterprise), history, None if text.is_after_fact else today)
    warnings = () if text.is_after_fact else alarm_queries.raised_by(enterprise, text.first_on, text.exemption, hidden=hidden, without=without)
    return Checked(faults, verdict, matter, inspectors, tuple(each.as_decision() for each in warnings))


def first_visit(county_id: int, plan_id: int) -> FirstVisit | None:
    """What the rules ask about the visit to which a recheck belongs; None where it was not left yet, or is another county's."""
    query = (
        select(InspectionPlan, InspectionMatter.code, func.count(CorrectionOrder.id))
        .join(InspectionMatter, InspectionMatter.id == InspectionPlan.matter_id)
        .outerjoin(CorrectionOrder, and_(CorrectionOrder.plan_id == InspectionPlan.id, CorrectionOrder.checked_at.is_(None)))
        .where(InspectionPlan.county_id == county_id, InspectionPlan.id == plan_id)
        .where(InspectionPlan.state.in_((PlanState.VISITED.value, PlanState.TOLD.value)))
        .group_by(InspectionPlan.id, InspectionMatter.code)
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        return None
    row, matter, orders = found
    return FirstVisit(row.body_id, row.enterprise_id, matter, orders, row.recheck_of_id is not None)


def _is_vertical(body_id: int) -> bool:
    return bool(db.session.scalar(select(Body.is_vertical).where(Body.id == body_id)))


def is_exempt(county_id: int, kind: Kind, exemption: str | None, basis: str, on: date) -> bool:
    """Does an exemption of that day let this kind in on a quiet day, so that it is filed before entry only? (Q-2, Q-5)"""
    category = queries.categories_on(queries.category_rows(county_id), on).get(exemption or "")
    return category is not None and category.switched_on and bool(basis.strip()) and kind in category.kinds


def text_of(shown: PlanShown) -> PlanText:
    """What a stored plan says, to be checked again."""
    row = shown.row
    entered = left = None
    if row.is_after_fact:
        said = [event.payload for event in shown.events if event.payload.get("left_at")]
        entered, left = (datetime.fromisoformat(said[-1][name]) for name in ("entered_at", "left_at"))
    return PlanText(
        row.enterprise_id, shown.line.matter.code, Kind(row.kind), row.first_on, row.last_on, row.is_announced,
        tuple(each.row.id for each in shown.inspectors), row.exemption, row.basis, row.on_day_off, row.coordinated, entered, left,
        row.recheck_of_id, group_code=row.group_code,
    )  # fmt: skip


def text_for(shown: PlanShown, on: date) -> PlanText:
    """What a stored plan says, as a visit that begins on one of its days (Q-6)."""
    return replace(text_of(shown), first_on=on, entered_at=None, left_at=None)


def specials_of(body_id: int, year: int) -> int:
    """The special plans of a body that were approved for a year and are not cancelled."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    approved = InspectionPlan.approved_at.is_not(None) & (InspectionPlan.state != PlanState.CANCELLED.value)
    where = (InspectionPlan.body_id == body_id, InspectionPlan.kind == Kind.SPECIAL.value, InspectionPlan.first_on.between(first, last))
    return db.session.scalar(select(func.count(InspectionPlan.id)).where(*where, approved)) or 0


# --- yearly plans -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class YearlyShown:
    """An edition of a body's yearly plan with its lines."""

    row: YearlyPlan
    body: Body
    lines: list[tuple[YearlyPlanLine, InspectionMatter]]

    @property
    def visits(self) -> int:
        return sum(line.number for line, _matter in self.lines)


def yearly_plans(county_id: int, year: int, *, body_id: int | None = None, published: bool = True) -> list[YearlyShown]:
    """The latest edition of each body for a year, by the body's code (Q-10, Q-12: by name only, never by number)."""
    query = (
        select(YearlyPlan, Body)
        .join(Body, Body.id == YearlyPlan.body_id)
        .where(YearlyPlan.county_id == county_id, YearlyPlan.year == year)
        .order_by(YearlyPlan.edition)
    )
    if published:
        query = query.where(YearlyPlan.published_at.is_not(None))
    if body_id is not None:
        query = query.where(YearlyPlan.body_id == body_id)
    latest = {row.body_id: (row, body) for row, body in db.session.execute(query)}
    lines: dict[int, list[tuple[YearlyPlanLine, InspectionMatter]]] = {}
    of_them = (
        select(YearlyPlanLine, InspectionMatter)
        .join(InspectionMatter, InspectionMatter.id == YearlyPlanLine.matter_id)
        .where(YearlyPlanLine.yearly_plan_id.in_([row.id for row, _body in latest.values()]))
        .order_by(YearlyPlanLine.seq)
    )
    for line, matter in db.session.execute(of_them):
        lines.setdefault(line.yearly_plan_id, []).append((line, matter))
    found = [YearlyShown(row, body, lines.get(row.id, [])) for row, body in latest.values()]
    return sorted(found, key=lambda each: each.body.code)


def editions_of(body_id: int, year: int) -> Sequence[YearlyPlan]:
    """Every edition of a body's plan for a year, the first first."""
    return list(
        db.session.scalars(select(YearlyPlan).where(YearlyPlan.body_id == body_id, YearlyPlan.year == year).order_by(YearlyPlan.edition))
    )


def lines_of(yearly_plan_id: int) -> list[YearlyPlanLine]:
    """The lines of an edition, in their order."""
    query = select(YearlyPlanLine).where(YearlyPlanLine.yearly_plan_id == yearly_plan_id).order_by(YearlyPlanLine.seq)
    return list(db.session.scalars(query))



def own_body(person: SignedIn, code: str) -> Body:
    """The body whose unpublished yearly plan a person may see: the own one, any for a supervisor; NotFound otherwise."""
    body = db.session.scalar(select(Body).where(Body.county_id == person.county_id, Body.code == code))
    if body is None or (person.role != "supervisor" and person.body_id != body.id):
        raise NotFound(f"body {code}")
    return body


def yearly_waiting(person: SignedIn) -> list[tuple[str, int]]:
    """(body, year) of the own body's editions that are not published, the latest of each year."""
    if person.role not in ("dept_head", "inspector") or person.body_id is None:
        return []
    query = select(YearlyPlan, Body.code).join(Body, Body.id == YearlyPlan.body_id).where(YearlyPlan.body_id == person.body_id)
    latest = {row.year: (row, code) for row, code in db.session.execute(query.order_by(YearlyPlan.edition))}
    return [(code, year) for year, (row, code) in sorted(latest.items()) if row.published_at is None]
