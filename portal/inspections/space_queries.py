"""What an enterprise, and anybody with the code of a notice, sees of visits; reports of visits without a code (Q-3, Q-6, Q-7).

Every plan goes through `plan_queries.shown_outside`, every visit through `shown_visits`: before its code is shown at the door an unannounced
one is in no list, count, calendar or feed. Reports are for who oversees inspections, and for whoever holds a report's code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_

from portal.accounts.models import Account
from portal.accounts.numbers import plain_number
from portal.accounts.sealed import cipher
from portal.crypto import mask_number
from portal.database import NotFound, db
from portal.inspections import plan_queries as plans
from portal.inspections import queries
from portal.inspections.models import Enterprise, InspectionVisit
from portal.inspections.plan_models import InspectionMatter, InspectionPlan, PlanEvent
from portal.inspections.plan_queries import PlanShown
from portal.inspections.space_models import EnterpriseFeed, InspectionReport
from portal.network import queries as network
from portal.network.models import Body
from portal.rules.inspection_plans import PlanEventKind, PlanState
from portal.rules.inspection_reports import ReportState, Subject, Sums, sums
from portal.rules.quiet_days import Cap, CapUse, Kind, Plan, Visit, caps_on
from portal.rules.rating import Satisfaction

A_PAGE = 20
COMING = (PlanState.FILED, PlanState.UNDER_WAY)
PHONE_CONTEXT = "inspection_report.phone"
BOXES: dict[str, tuple[ReportState, Subject | None]] = {
    "open": (ReportState.OPEN, None),
    "refused": (ReportState.OPEN, Subject.REFUSED),
    "answered": (ReportState.ANSWERED, None),
}

# --- enterprises and what is shown to them ------------------------------------------------------------------------------------------


def enterprise_of_account(county_id: int, code: str | None) -> Enterprise:
    """The enterprise that an account belongs to; NotFound where its code is not on the county's list."""
    if not code:
        raise NotFound("enterprise")
    return queries.enterprise_by_code(county_id, code)


def enterprise_by_notice(county_id: int, credit_code: str, code: str) -> Enterprise | None:
    """The enterprise of a credit code, by a code of a notice of its own; None for any wrong pair, whatever is wrong in it (Q-7)."""
    shown = plans.plan_by_code(county_id, code)
    query = select(Enterprise).where(Enterprise.county_id == county_id, Enterprise.code == plain_number(credit_code)[:18])
    enterprise = db.session.scalar(query)
    if shown is None or enterprise is None or shown.row.enterprise_id != enterprise.id:
        return None
    return enterprise


def get_enterprise(county_id: int, enterprise_id: int) -> Enterprise | None:
    """An enterprise of the county by its id."""
    return db.session.scalar(select(Enterprise).where(Enterprise.county_id == county_id, Enterprise.id == enterprise_id))


def shown_visits() -> ColumnElement[bool]:
    """Visits that enterprise and public may know of: past ones without a plan, and those of plans that show outside (Q-7)."""
    shown = select(InspectionPlan.id).where(plans.shown_outside())
    return or_(InspectionVisit.plan_id.is_(None), InspectionVisit.plan_id.in_(shown))


@dataclass(frozen=True, slots=True)
class Coming:
    """A visit that was announced: where it stands, and the code by which its notice is checked."""

    row: InspectionPlan
    body: Body
    matter: InspectionMatter
    events: tuple[PlanEvent, ...]

    @property
    def state(self) -> PlanState:
        return PlanState(self.row.state)

    @property
    def code(self) -> str | None:
        """The code of the notice as it stands now."""
        issued = [event.seq for event in self.events if event.kind == PlanEventKind.CODE_ISSUED.value]
        return plans.code_for(self.row.number, max(issued)) if self.row.code_digest is not None and issued else None


def _plans(enterprise: Enterprise, *where: ColumnElement[bool], most: int) -> list[Coming]:
    query = (
        select(InspectionPlan, Body, InspectionMatter)
        .join(Body, Body.id == InspectionPlan.body_id)
        .join(InspectionMatter, InspectionMatter.id == InspectionPlan.matter_id)
        .where(InspectionPlan.county_id == enterprise.county_id, InspectionPlan.enterprise_id == enterprise.id, plans.shown_outside(), *where)
        .order_by(InspectionPlan.first_on, InspectionPlan.number)
        .limit(most)
    )
    rows = db.session.execute(query).all()
    events: dict[int, list[PlanEvent]] = {}
    of_them = select(PlanEvent).where(PlanEvent.plan_id.in_([row[0].id for row in rows])).order_by(PlanEvent.plan_id, PlanEvent.seq)
    for event in db.session.scalars(of_them) if rows else ():
        events.setdefault(event.plan_id, []).append(event)
    return [Coming(plan, body, matter, tuple(events.get(plan.id, ()))) for plan, body, matter in rows]


def list_coming(enterprise: Enterprise, today: date) -> list[Coming]:
    """The announced visits that are ahead or under way, the next first (Q-7)."""
    ahead = and_(InspectionPlan.state == PlanState.FILED.value, InspectionPlan.last_on >= today)
    return _plans(enterprise, or_(ahead, InspectionPlan.state == PlanState.UNDER_WAY.value), most=50)


def list_plans_between(enterprise: Enterprise, first: date, last: date) -> list[Coming]:
    """The visits with a notice whose days touch a period, the cancelled ones too, by first day."""
    return _plans(enterprise, InspectionPlan.first_on <= last, InspectionPlan.last_on >= first, most=400)


@dataclass(frozen=True, slots=True)
class Made:
    """A visit that took place."""

    row: InspectionVisit
    body: Body
    plan: InspectionPlan | None
    matter: InspectionMatter | None

    @property
    def outcome(self) -> str | None:
        """What it found; of a visit with a plan once the result was told (Q-8)."""
        is_told = self.plan is None or self.plan.state in (PlanState.TOLD.value, PlanState.TURNED_AWAY.value)
        return self.row.outcome if is_told else None


def _made(enterprise: Enterprise) -> Any:
    return (
        select(InspectionVisit, Body, InspectionPlan, InspectionMatter)
        .join(Body, Body.id == InspectionVisit.body_id)
        .outerjoin(InspectionPlan, InspectionPlan.id == InspectionVisit.plan_id)
        .outerjoin(InspectionMatter, InspectionMatter.id == InspectionPlan.matter_id)
        .where(InspectionVisit.county_id == enterprise.county_id, InspectionVisit.enterprise_id == enterprise.id, shown_visits())
    )


def list_made(enterprise: Enterprise, *, before: int | None = None) -> tuple[list[Made], int | None]:
    """The visits that took place, the latest first, a page of them; and where the next page begins. NotFound for a cursor of another's."""
    query = _made(enterprise)
    if before is not None:
        own = (InspectionVisit.enterprise_id == enterprise.id, InspectionVisit.id == before)
        day = db.session.scalar(select(InspectionVisit.day_on).where(*own, shown_visits()))
        if day is None:
            raise NotFound(f"visit {before}")
        query = query.where(tuple_(InspectionVisit.day_on, InspectionVisit.id) < tuple_(day, before))
    rows = db.session.execute(query.order_by(InspectionVisit.day_on.desc(), InspectionVisit.id.desc()).limit(A_PAGE + 1)).all()
    return [Made(*row) for row in rows[:A_PAGE]], rows[A_PAGE - 1][0].id if len(rows) > A_PAGE else None


def list_made_between(enterprise: Enterprise, first: date, last: date) -> list[Made]:
    """The visits that took place in a period, the first first."""
    query = _made(enterprise).where(InspectionVisit.day_on.between(first, last))
    return [Made(*row) for row in db.session.execute(query.order_by(InspectionVisit.day_on, InspectionVisit.id).limit(400))]


# --- this year's count against the caps (Q-3) ---------------------------------------------------------------------------------------


def history_of(enterprise: Enterprise, year: int) -> tuple[Visit, ...]:
    """The visits of a year that may be known outside, as the rules count them."""
    rows = list_made_between(enterprise, date(year, 1, 1), date(year, 12, 31))
    return tuple(
        Visit(made.row.body_id, made.row.line, Kind(made.row.kind), made.row.day_on, made.row.exemption, made.row.is_recheck) for made in rows
    )


@dataclass(frozen=True, slots=True)
class BodyUse:
    """A body and a line: how often it came this year, how many of its visits are announced, and the caps that reach it, the strictest first."""

    body: Body
    line: str
    made: int
    announced: int
    uses: tuple[CapUse, ...]


@dataclass(frozen=True, slots=True)
class YearCount:
    """The count of a year: inspections, of them the routine ones; a line for each body that came or is announced; the caps in force."""

    year: int
    inspections: int
    routine: int
    bodies: tuple[BodyUse, ...]
    caps: tuple[Cap, ...]


def count_of(enterprise: Enterprise, today: date, coming: Collection[Coming]) -> YearCount:
    """This year's inspections of an enterprise against each cap in force (Q-3); bodies by code, never by number (Q-12)."""
    law, facts, year = queries.quiet_law(enterprise.county_id), queries.facts_of(enterprise), today.year
    never = {code for code, category in law.categories(today).items() if not category.is_inspection}
    history = [visit for visit in history_of(enterprise, year) if visit.exemption not in never]
    ahead = [each for each in coming if each.row.first_on.year == year and each.row.exemption not in never]
    pairs = {(visit.body, visit.line) for visit in history} | {(each.row.body_id, each.row.line) for each in ahead}
    bodies = network.bodies_by_id(enterprise.county_id) if pairs else {}
    found = []
    for body_id, line in sorted(pairs, key=lambda pair: (bodies[pair[0]].code, pair[1])):
        plan = Plan(body_id, line, Kind.ROUTINE, today)
        found.append(
            BodyUse(
                bodies[body_id], line, sum((visit.body, visit.line) == (body_id, line) for visit in history),
                sum((each.row.body_id, each.row.line) == (body_id, line) for each in ahead), tuple(law.use_of_caps(plan, facts, history)),
            )
        )  # fmt: skip
    routine = sum(visit.kind is Kind.ROUTINE for visit in history)
    return YearCount(year, len(history), routine, tuple(found), tuple(caps_on(law.caps, today)))


@dataclass(frozen=True, slots=True)
class NoticeCount:
    """For whoever checks a notice: this year's inspections of the enterprise, by this body and by all, and the caps that reach the visit."""

    year: int
    by_body: int
    by_all: int
    uses: tuple[CapUse, ...]


def count_at(shown: PlanShown, on: date) -> NoticeCount:
    """The count of the year of a visit at its enterprise, up to now, against the caps that reach it (Q-3, Q-6)."""
    row, enterprise = shown.row, shown.line.enterprise
    law, facts = queries.quiet_law(row.county_id), queries.facts_of(enterprise)
    never = {code for code, category in law.categories(row.first_on).items() if not category.is_inspection}
    history = [visit for visit in history_of(enterprise, row.first_on.year) if visit.exemption not in never and visit.day <= on]
    uses = law.use_of_caps(Plan(row.body_id, row.line, Kind(row.kind), row.first_on), facts, history)
    return NoticeCount(row.first_on.year, sum(visit.body == row.body_id for visit in history), len(history), tuple(uses))


# --- what other features show in the enterprise's space -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """A card in the space of an enterprise: lines of label and value, and where the whole of it is read."""

    title: str
    lines: Sequence[tuple[str, str]]
    href: str = ""
    link: str = ""


# Cards beside the calendar, such as what was charged (F-4). `app.py` fills it; nothing stands there while it is empty.
cards: list[Callable[[Enterprise, date], Card | None]] = []


# --- the secret address of a calendar -----------------------------------------------------------------------------------------------

_SECRET, _SECRET_DIGEST = "enterprise_feed.secret", "enterprise_feed.digest"
SECRET_LENGTH = 32


def secret_for(enterprise: Enterprise, serial: int) -> str:
    """The secret of a renewal: 128 bits, known to who holds the key alone; stored nowhere."""
    return cipher().blind(f"{enterprise.county_id}:{enterprise.code}:{serial}", _SECRET)[:SECRET_LENGTH]


def digest_of_secret(secret: str) -> str:
    """By which a calendar is found."""
    return cipher().blind(secret, _SECRET_DIGEST)


def feed_of(enterprise: Enterprise) -> EnterpriseFeed | None:
    """The address that an enterprise made for itself, if it did."""
    return db.session.scalar(select(EnterpriseFeed).where(EnterpriseFeed.enterprise_id == enterprise.id))


def enterprise_by_secret(county_id: int, secret: str) -> Enterprise:
    """Whose calendar this address is; NotFound for one that is not, or no longer."""
    if len(secret) != SECRET_LENGTH or not secret.isascii():
        raise NotFound("feed")
    query = (
        select(Enterprise)
        .join(EnterpriseFeed, EnterpriseFeed.enterprise_id == Enterprise.id)
        .where(Enterprise.county_id == county_id, EnterpriseFeed.secret_digest == digest_of_secret(secret))
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound("feed")
    return found


# --- ratings ------------------------------------------------------------------------------------------------------------------------


def is_rated(plan_id: int) -> bool:
    """Was this visit rated?"""
    query = select(PlanEvent.id).where(PlanEvent.plan_id == plan_id, PlanEvent.kind == PlanEventKind.RATED.value)
    return db.session.scalar(query.limit(1)) is not None


def rating_sums(county_id: int, year: int) -> list[tuple[Body, Sums]]:
    """The ratings of visits of a year by body, bodies by code (Q-12), small numbers left out (Q-6, O-3)."""
    query = (
        select(InspectionPlan.body_id, PlanEvent.payload)
        .join(InspectionPlan, InspectionPlan.id == PlanEvent.plan_id)
        .where(PlanEvent.county_id == county_id, PlanEvent.kind == PlanEventKind.RATED.value)
        .where(InspectionPlan.first_on.between(date(year, 1, 1), date(year, 12, 31)))
    )
    found: dict[int, list[Satisfaction]] = {}
    for body_id, payload in db.session.execute(query):
        found.setdefault(body_id, []).append(Satisfaction(payload["satisfaction"]))
    bodies = network.bodies_by_id(county_id) if found else {}
    return [(bodies[body_id], sums(found[body_id])) for body_id in sorted(found, key=lambda each: bodies[each].code)]


# --- reports ------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportShown:
    """A report with what a page says of it."""

    row: InspectionReport
    body: Body | None
    enterprise: Enterprise | None
    by: Account | None = None

    @property
    def state(self) -> ReportState:
        return ReportState(self.row.state)

    @property
    def subject(self) -> Subject:
        return Subject(self.row.subject)

    @property
    def phone(self) -> str:
        """The phone, masked."""
        return mask_number(cipher().open(self.row.phone_sealed, PHONE_CONTEXT)) if self.row.phone_sealed else ""


def _reports(condition: ColumnElement[bool], most: int) -> list[ReportShown]:
    query = (
        select(InspectionReport, Body, Enterprise, Account)
        .outerjoin(Body, Body.id == InspectionReport.body_id)
        .outerjoin(Enterprise, Enterprise.id == InspectionReport.enterprise_id)
        .outerjoin(Account, Account.id == InspectionReport.answered_by_id)
        .where(condition)
        .order_by(InspectionReport.id.desc())
        .limit(most)
    )
    return [ReportShown(*row) for row in db.session.execute(query)]


def report_by_code(county_id: int, code: str) -> ReportShown:
    """A report by its tracking code, for whoever made it; NotFound otherwise."""
    plain = "".join(sign for sign in code.upper() if sign.isascii() and sign.isalnum())
    rows = _reports((InspectionReport.county_id == county_id) & (InspectionReport.tracking_code == plain), 1) if len(plain) == 12 else []
    if not rows:
        raise NotFound("report")
    return rows[0]


def get_report(county_id: int, report_id: int) -> ReportShown:
    """A report, for who oversees inspections; NotFound otherwise."""
    rows = _reports((InspectionReport.county_id == county_id) & (InspectionReport.id == report_id), 1)
    if not rows:
        raise NotFound(f"report {report_id}")
    return rows[0]


def _in_box(county_id: int, box: str) -> ColumnElement[bool]:
    state, subject = BOXES[box]
    found = (InspectionReport.county_id == county_id) & (InspectionReport.state == state.value)
    return found if subject is None else found & (InspectionReport.subject == subject.value)


def list_reports(county_id: int, box: str, *, before: int | None = None) -> tuple[list[ReportShown], int | None]:
    """The reports of a list, the newest first; and where the next page begins."""
    condition = _in_box(county_id, box)
    if before is not None:
        condition &= InspectionReport.id < before
    rows = _reports(condition, A_PAGE + 1)
    return rows[:A_PAGE], rows[A_PAGE - 1].row.id if len(rows) > A_PAGE else None


def to_answer(county_id: int) -> Any:
    """How many reports wait, as a query to count with others."""
    return select(func.count(InspectionReport.id)).where(_in_box(county_id, "open")).scalar_subquery()


def plans_reported_about(report: InspectionReport) -> list[tuple[InspectionPlan, Body]]:
    """What is filed for the enterprise of a report on its day, of any body: for the supervisor alone, since it may be unannounced (Q-7)."""
    if report.enterprise_id is None:
        return []
    query = (
        select(InspectionPlan, Body)
        .join(Body, Body.id == InspectionPlan.body_id)
        .where(InspectionPlan.enterprise_id == report.enterprise_id, InspectionPlan.approved_at.is_not(None))
        .where(InspectionPlan.first_on <= report.came_on, InspectionPlan.last_on >= report.came_on)
        .order_by(Body.code, InspectionPlan.number)
        .limit(20)
    )
    return [(plan, body) for plan, body in db.session.execute(query)]


def last_change(events: Sequence[PlanEvent]) -> tuple[datetime, int]:
    """When what is known outside of a plan last changed, and how many times it did before: for calendars (RFC 5545, SEQUENCE)."""
    known = {
        kind.value
        for kind in (
            PlanEventKind.FILED, PlanEventKind.CODE_ISSUED, PlanEventKind.CODE_SHOWN, PlanEventKind.CANCELLED, PlanEventKind.ENTERED,
            PlanEventKind.REFUSED_AT_DOOR,
        )
    }  # fmt: skip
    revised = {PlanEventKind.CHANGED.value, PlanEventKind.CANCELLED.value}
    at = max(event.at for event in events if event.kind in known)
    return at, sum(event.kind in revised for event in events)
