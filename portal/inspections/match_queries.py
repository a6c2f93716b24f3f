"""Wishes and proposed joint visits: who sees which, and what a matching is made from (Q-4, Q-10).

The bodies concerned, whoever coordinates and the supervisor see a proposal; to anybody else it is not there. A matching rests on announced
plans alone, so that no proposal and no refusal of one tells of a plan that is not shown (Q-7).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select

from portal.accounts.queries import SignedIn
from portal.database import NotFound, db
from portal.inspections import plan_queries, queries
from portal.inspections.match_models import InspectionWish, JointPart, JointProposal, MatchingRun
from portal.inspections.models import Enterprise
from portal.inspections.plan_models import InspectionMatter, InspectionPlan, Inspector, PlanInspector
from portal.network.models import Body
from portal.rules import matching
from portal.rules.authority import Office
from portal.rules.inspection_plans import PlanState
from portal.rules.matching import Matching, PartState, Site, Team, Want
from portal.rules.quiet_days import EnterpriseFacts, Finding, Kind, Per, Plan, Visit, caps_on, open_days

A_PAGE = 25
BUSY = tuple(state.value for state in (PlanState.DRAFT, PlanState.SUBMITTED, PlanState.APPROVED, PlanState.FILED, PlanState.UNDER_WAY))
GONE = (PlanState.CANCELLED.value, PlanState.REFUSED.value)


def coordinates(person: SignedIn) -> bool:
    """Does this person run matchings? The county manager, and the county government's head: no body decides over another's days (Q-10)."""
    return person.role == "manager" or person.holds(Office.HEAD_OF_GOVERNMENT)


def sees_all(person: SignedIn) -> bool:
    return person.role == "supervisor" or coordinates(person)


# --- wishes -----------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WishShown:
    """A wish with its enterprise and matter."""

    row: InspectionWish
    enterprise: Enterprise
    matter: InspectionMatter


def list_wishes(body_id: int, year: int, *, before: int | None = None) -> tuple[list[WishShown], int | None]:
    """The wishes of a body for a year that are not withdrawn, the newest first."""
    query = (
        select(InspectionWish, Enterprise, InspectionMatter)
        .join(Enterprise, Enterprise.id == InspectionWish.enterprise_id)
        .join(InspectionMatter, InspectionMatter.id == InspectionWish.matter_id)
        .where(InspectionWish.body_id == body_id, InspectionWish.year == year, InspectionWish.withdrawn_at.is_(None))
        .order_by(InspectionWish.id.desc())
        .limit(A_PAGE + 1)
    )
    if before is not None:
        query = query.where(InspectionWish.id < before)
    rows = [WishShown(*row) for row in db.session.execute(query)]
    return rows[:A_PAGE], rows[A_PAGE - 1].row.id if len(rows) > A_PAGE else None


def wishes_by_matter(body_id: int, year: int) -> dict[str, int]:
    """matter → how many wishes a body has entered."""
    query = (
        select(InspectionMatter.code, func.count())
        .select_from(InspectionWish)
        .join(InspectionMatter, InspectionMatter.id == InspectionWish.matter_id)
        .where(InspectionWish.body_id == body_id, InspectionWish.year == year, InspectionWish.withdrawn_at.is_(None))
        .group_by(InspectionMatter.code)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def planned_lines(body_id: int, county_id: int, year: int) -> list[plan_queries.YearlyShown]:
    """The latest yearly plan of the body, published or not: a wish has its matter and months from there (Q-10)."""
    return plan_queries.yearly_plans(county_id, year, body_id=body_id, published=False)


# --- proposals --------------------------------------------------------------------------------------------------------------------------


def latest_run(county_id: int, year: int) -> MatchingRun | None:
    """The matching of a year that holds."""
    where = (MatchingRun.county_id == county_id, MatchingRun.year == year)
    return db.session.scalar(select(MatchingRun).where(*where).order_by(MatchingRun.edition.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class PartShown:
    """A part of a proposed visit."""

    row: JointPart
    body: Body
    matter: InspectionMatter
    plan: InspectionPlan | None


@dataclass(frozen=True, slots=True)
class ProposalShown:
    """A proposed visit with its parts, by the code of the body."""

    row: JointProposal
    enterprise: Enterprise
    run: MatchingRun
    parts: list[PartShown]
    is_current: bool

    @property
    def going(self) -> list[PartShown]:
        return [part for part in self.parts if part.row.state != PartState.REFUSED.value]

    @property
    def is_joint(self) -> bool:
        return len({part.row.body_id for part in self.going}) > 1

    def part_of(self, body_id: int | None) -> PartShown | None:
        """The part of a body, an open one first."""
        own = [part for part in self.parts if part.row.body_id == body_id]
        return min(own, key=lambda part: part.row.state != PartState.OPEN.value, default=None)


def _theirs(person: SignedIn) -> ColumnElement[bool]:
    own = JointProposal.county_id == person.county_id
    if sees_all(person):
        return own
    return own & JointProposal.id.in_(select(JointPart.proposal_id).where(JointPart.body_id == (person.body_id or 0)))


def list_proposals_for(person: SignedIn, run: MatchingRun, *, month: int | None = None, most: int = A_PAGE) -> list[ProposalShown]:
    """The proposed visits of a matching that a person sees, by day; of one month where it is named."""
    condition = _theirs(person) & (JointProposal.run_id == run.id)
    if month is not None:
        first = date(run.year, month, 1)
        last = date(run.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        condition &= JointProposal.day_on.between(first, last)
    return _proposals(condition, most)


def get_proposal_for(person: SignedIn, code: str) -> ProposalShown:
    """A proposed visit; NotFound for one that is not theirs to see, as for one that is not there."""
    found = _proposals(_theirs(person) & (JointProposal.code == code), 1)
    if not found:
        raise NotFound(f"joint proposal {code}")
    return found[0]


def _proposals(condition: ColumnElement[bool], most: int) -> list[ProposalShown]:
    query = (
        select(JointProposal, Enterprise, MatchingRun)
        .join(Enterprise, Enterprise.id == JointProposal.enterprise_id)
        .join(MatchingRun, MatchingRun.id == JointProposal.run_id)
        .where(condition)
        .order_by(JointProposal.day_on, JointProposal.id)
        .limit(most)
    )
    rows = db.session.execute(query).all()
    of_them = (
        select(JointPart, Body, InspectionMatter, InspectionPlan)
        .join(Body, Body.id == JointPart.body_id)
        .join(InspectionWish, InspectionWish.id == JointPart.wish_id)
        .join(InspectionMatter, InspectionMatter.id == InspectionWish.matter_id)
        .outerjoin(InspectionPlan, InspectionPlan.id == JointPart.plan_id)
        .where(JointPart.proposal_id.in_([row[0].id for row in rows]))
        .order_by(Body.code, JointPart.id)
    )
    parts: dict[int, list[PartShown]] = {}
    for part, body, matter, plan in db.session.execute(of_them):
        parts.setdefault(part.proposal_id, []).append(PartShown(part, body, matter, plan))
    newest: dict[int, int] = {}
    years = {run.year: run.county_id for _proposal, _enterprise, run in rows}
    for year, county_id in years.items():
        run = latest_run(county_id, year)
        newest[year] = run.id if run is not None else 0
    return [
        ProposalShown(proposal, enterprise, run, parts.get(proposal.id, []), newest[run.year] == run.id) for proposal, enterprise, run in rows
    ]


def load_by_day(person: SignedIn, run: MatchingRun) -> dict[date, int]:
    """day → proposed visits that a person sees."""
    query = select(JointProposal.day_on, func.count()).where(_theirs(person), JointProposal.run_id == run.id).group_by(JointProposal.day_on)
    return {row[0]: row[1] for row in db.session.execute(query)}


def to_answer(person: SignedIn) -> object:
    """How many proposed visits wait for the answer of this person's body, as a query to count with others."""
    newest = select(func.max(MatchingRun.id)).where(MatchingRun.county_id == person.county_id).group_by(MatchingRun.year)
    query = (
        select(func.count(JointPart.id))
        .join(JointProposal, JointProposal.id == JointPart.proposal_id)
        .where(JointPart.county_id == person.county_id, JointPart.body_id == (person.body_id or 0), JointPart.state == PartState.OPEN.value)
        .where(JointProposal.run_id.in_(newest))
    )
    return query.scalar_subquery()


def names_of(county_id: int, report: Mapping[str, Sequence[Mapping[str, object]]]) -> tuple[dict[int, WishShown], dict[int, Enterprise], dict[int, Body]]:
    """The wishes, enterprises and bodies that a report names."""
    ids = [each["wish"] for each in report.get("unplaced", ())]
    query = (
        select(InspectionWish, Enterprise, InspectionMatter)
        .join(Enterprise, Enterprise.id == InspectionWish.enterprise_id)
        .join(InspectionMatter, InspectionMatter.id == InspectionWish.matter_id)
        .where(InspectionWish.county_id == county_id, InspectionWish.id.in_(ids))
    )
    wishes = {wish.id: WishShown(wish, enterprise, matter) for wish, enterprise, matter in db.session.execute(query)}
    where = (Enterprise.county_id == county_id, Enterprise.id.in_([each["enterprise"] for each in report.get("clashes", ())]))
    enterprises = {row.id: row for row in db.session.scalars(select(Enterprise).where(*where))}
    bodies = {row.id: row for row in db.session.scalars(select(Body).where(Body.county_id == county_id))}
    return wishes, enterprises, bodies


# --- what a matching is made from ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ground:
    """The wishes that are still to be placed, with all that the rules ask about them."""

    year: int
    wishes: tuple[InspectionWish, ...]
    matching: Matching
    refused: tuple[tuple[int, Finding], ...]  # wish → what the one answer about days says against it
    edition: int

    @property
    def stamp(self) -> tuple[int, ...]:
        return tuple(wish.id for wish in self.wishes)


def open_wishes(county_id: int, year: int) -> list[InspectionWish]:
    """The wishes of a year that are not withdrawn and have no plan that stands."""
    planned = (
        select(JointPart.wish_id)
        .join(InspectionPlan, InspectionPlan.id == JointPart.plan_id)
        .where(JointPart.county_id == county_id, InspectionPlan.state.not_in(GONE))
    )
    query = select(InspectionWish).where(
        InspectionWish.county_id == county_id, InspectionWish.year == year, InspectionWish.withdrawn_at.is_(None), InspectionWish.id.not_in(planned)
    )
    return list(db.session.scalars(query.order_by(InspectionWish.id)))


def fresh_wishes(county_id: int, run: MatchingRun | None) -> int:
    """How many wishes of a year the matching that holds has not seen."""
    if run is None:
        return 0
    seen = set(db.session.scalars(select(JointPart.wish_id).join(JointProposal, JointProposal.id == JointPart.proposal_id).where(JointProposal.run_id == run.id)))
    seen |= {each["wish"] for each in run.report.get("unplaced", ())}
    return sum(wish.id not in seen for wish in open_wishes(county_id, run.year))


def match(county_id: int, year: int, today: date, *, seed: int) -> Ground:
    """Match the wishes of a year: days by the county's calendar, pairs by the inspectors' certificates and plans, and every visit that
    comes out asked of the one answer about days (Q-1 to Q-4, Q-10, Q-11)."""
    law = queries.quiet_law(county_id)
    wishes = open_wishes(county_id, year)
    run = latest_run(county_id, year)
    enterprises = {row.id: row for row in db.session.scalars(select(Enterprise).where(Enterprise.id.in_({wish.enterprise_id for wish in wishes})))}
    facts = queries.facts_of_all(county_id, list(enterprises.values()))
    bodies = {row.id: row for row in db.session.scalars(select(Body).where(Body.county_id == county_id))}
    matters = {row.id: row for row in db.session.scalars(select(InspectionMatter).where(InspectionMatter.county_id == county_id))}
    history = queries.histories(county_id, list(enterprises), today)
    first, last = max(date(year, 1, 1), today + timedelta(days=1)), date(year, 12, 31)
    agreed = _agreed(county_id, year)
    sites = [
        Site(each, tuple(_days(law, facts[each], first, last)), tuple(sorted({*_visited(history[each], year), *agreed.get(each, ())})))
        for each in enterprises
    ]
    days = {day for site in sites for day in site.open_days}
    teams = [
        Team(body_id, bodies[body_id].code, pairs_on(county_id, body_id, days), bodies[body_id].is_vertical)
        for body_id in {wish.body_id for wish in wishes}
    ]
    opens = {site.enterprise: site.open_days for site in sites}
    refused: list[tuple[int, Finding]] = []
    wants = []
    for wish in wishes:
        matter, months = matters[wish.matter_id], months_of(wish.months)
        want = Want(wish.id, wish.body_id, wish.enterprise_id, matter.line, months)
        day = next((day for day in opens[wish.enterprise_id] if want.allows(day)), None)
        finding = None if day is None else _against(law, bodies[wish.body_id], matter.line, day, facts[wish.enterprise_id], history[wish.enterprise_id], None)
        if finding is None or finding.rule not in ("Q-3", "Q-4"):  # of one day alone: another may do
            wants.append(want)
        else:
            refused.append((wish.id, finding))
    found = matching.propose(wants, sites, teams, year=year, named=law.named, caps=_caps(law, teams, year), seed=seed)
    lines = {want.id: want.line for want in wants}
    visits = []
    for number, visit in enumerate(found.visits, 1):
        kept = []
        for want_id, body_id in zip(visit.wants, visit.bodies, strict=True):
            finding = _against(law, bodies[body_id], lines[want_id], visit.day, facts[visit.enterprise], history[visit.enterprise], -number)
            if finding is None:
                kept.append((want_id, body_id))
            else:
                refused.append((want_id, finding))
        if kept:
            lead = visit.lead if visit.lead in {body for _want, body in kept} else kept[0][1]
            visits.append(matching.Proposed(visit.enterprise, visit.day, tuple(body for _w, body in kept), tuple(w for w, _body in kept), lead))
    told = Matching(tuple(visits), found.unplaced, found.clashes, found.lower_bound, found.alone, found.alone_left, found.seed)
    return Ground(year, tuple(wishes), told, tuple(refused), run.edition if run is not None else 0)


def months_of(text: str) -> frozenset[int]:
    """Months as a wish or a line of a yearly plan has them; none for any."""
    return frozenset(int(part) for part in text.split(",") if part.strip().isdigit())


def _days(law: queries.QuietLaw, facts: EnterpriseFacts, first: date, last: date) -> Iterable[date]:
    return open_days(law.quiet.rules, law.quiet.calendar, first, last, law.quiet.added, facts) if first <= last else ()


def _visited(history: Iterable[Visit], year: int) -> tuple[date, ...]:
    """The days of an enterprise's visits of a year, a joint one once (Q-11)."""
    return tuple(sorted({visit.day for visit in history if visit.day.year == year}))


def _agreed(county_id: int, year: int) -> dict[int, set[date]]:
    """enterprise → the days of joint dates that a body has accepted and whose plan stands, drafts too: they take no second visit."""
    query = (
        select(InspectionPlan.enterprise_id, InspectionPlan.first_on)
        .join(JointPart, JointPart.plan_id == InspectionPlan.id)
        .where(JointPart.county_id == county_id, InspectionPlan.state.not_in(GONE), InspectionPlan.first_on.between(date(year, 1, 1), date(year, 12, 31)))
    )
    found: dict[int, set[date]] = {}
    for enterprise_id, day in db.session.execute(query):
        found.setdefault(enterprise_id, set()).add(day)
    return found


def _against(
    law: queries.QuietLaw, body: Body, line: str, day: date, facts: EnterpriseFacts, history: Collection[Visit], joint: int | None
) -> Finding | None:
    """What the one answer about days says against a visit; nothing where it is allowed. That a vertically managed body coordinates first
    is what a joint date does, so it is no refusal here; the plan names the paper."""
    plan = Plan(body.id, line, Kind.ROUTINE, day, joint=joint, is_vertical=body.is_vertical)
    return next(iter(law.may_inspect(plan, facts, history).findings), None)


def _caps(law: queries.QuietLaw, teams: Sequence[Team], year: int) -> dict[int, int]:
    """body → routine visits a year and enterprise, by the strictest cap that reaches all its matters (Q-3)."""
    found: dict[int, int] = {}
    for team in teams:
        caps = [cap for cap in caps_on(law.caps, date(year, 1, 1)) if cap.per is Per.BODY and cap.line is None and cap.body in (None, team.body)]
        found[team.body] = min((cap.number for cap in caps if cap.number is not None), default=1) or 1
    return found


def pairs_on(county_id: int, body_id: int, days: Collection[date], *, without: int | None = None) -> dict[date, int]:
    """day → pairs of inspectors of a body that are free: certificates that hold, less who goes on an announced plan that stands."""
    if not days:
        return {}
    rows = list(db.session.scalars(select(Inspector).where(Inspector.county_id == county_id, Inspector.body_id == body_id)))
    goes = (
        select(InspectionPlan.first_on, InspectionPlan.last_on, PlanInspector.inspector_id)
        .join(PlanInspector, PlanInspector.plan_id == InspectionPlan.id)
        .where(InspectionPlan.county_id == county_id, InspectionPlan.body_id == body_id, InspectionPlan.state.in_(BUSY), InspectionPlan.is_announced)
        .where(InspectionPlan.last_on >= min(days), InspectionPlan.first_on <= max(days), InspectionPlan.id != (without or 0))
    )
    away: set[tuple[date, int]] = set()
    for first, last, inspector_id in db.session.execute(goes):
        away |= {(first + timedelta(days=n), inspector_id) for n in range((last - first).days + 1)}
    return {day: sum(row.from_on <= day <= row.valid_until_on and (day, row.id) not in away for row in rows) // 2 for day in days}


def asked_of(body_id: int, run_id: int, day: date, *, without: int) -> int:
    """How many other proposals that are open ask a pair of the body for a day."""
    query = (
        select(func.count(JointPart.id))
        .join(JointProposal, JointProposal.id == JointPart.proposal_id)
        .where(JointPart.body_id == body_id, JointPart.state == PartState.OPEN.value)
        .where(JointProposal.run_id == run_id, JointProposal.day_on == day, JointProposal.id != without)
    )
    return db.session.scalar(query) or 0


def days_taken(shown: ProposalShown) -> list[date]:
    """The days of the other visits to the enterprise: proposed ones that stand, announced plans ahead, visits made (Q-11)."""
    query = (
        select(JointProposal.day_on)
        .join(JointPart, JointPart.proposal_id == JointProposal.id)
        .where(JointProposal.run_id == shown.row.run_id, JointProposal.enterprise_id == shown.row.enterprise_id)
        .where(JointProposal.id != shown.row.id, JointPart.state != PartState.REFUSED.value)
    )
    proposed = set(db.session.scalars(query))
    own = queries.joint_number(shown.row.code)
    made = queries.histories(shown.row.county_id, [shown.row.enterprise_id], date(shown.run.year, 12, 31))[shown.row.enterprise_id]
    agreed = _agreed(shown.row.county_id, shown.run.year).get(shown.row.enterprise_id, set())
    return sorted(proposed | agreed | {visit.day for visit in made if visit.joint is None or visit.joint != own})


def by_month(load: Mapping[date, int]) -> dict[int, int]:
    """month → visits."""
    counted: Counter[int] = Counter()
    for day, number in load.items():
        counted[day.month] += number
    return dict(sorted(counted.items()))
