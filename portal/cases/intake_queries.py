"""Findings of double intake: which a person may see, where each stands, counts by body, and which numbers have a case (C-15)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy import case as sql_case

from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.accounts.queries import SignedIn
from portal.authority.conditions import letter_holds
from portal.authority.models import Letter
from portal.cases.intake_models import IntakeFinding, IntakeStep
from portal.cases.models import Case, CaseEvent
from portal.cases.paper_models import CasePaper
from portal.catalogue.models import Item, ItemVersion
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import Body
from portal.rules import double_intake as rules
from portal.rules.double_intake import FindingState, Source
from portal.rules.lifecycle import EventKind

A_PAGE = 25
AT_ONCE = 400  # numbers in one query
SEES_ALL = frozenset({"manager", "center", "supervisor", "auditor"})
BOXES: dict[str, tuple[FindingState, ...]] = {
    "open": (FindingState.OPEN,),
    "answered": (FindingState.ANSWERED,),
    "closed": (FindingState.UPHELD, FindingState.DISMISSED),
}


@dataclass(frozen=True, slots=True)
class FindingShown:
    """A finding with what a page says of it."""

    row: IntakeFinding
    body: Body
    item: ItemVersion | None
    today: date

    @property
    def state(self) -> FindingState:
        return FindingState(self.row.state)

    @property
    def source(self) -> Source:
        return Source(self.row.source)

    @property
    def is_late(self) -> bool:
        return rules.is_late(self.state, self.row.due_on, self.row.answered_on, self.today)


def chief_of(account_id: int, at: datetime) -> frozenset[int]:
    """The bodies for which the person is chief representative at this moment, at any point (G-15)."""
    return frozenset(db.session.scalars(select(Letter.body_id).where(Letter.account_id == account_id, letter_holds(at))))


def visible(person: SignedIn, at: datetime) -> ColumnElement[bool]:
    """What the person may see: all of the county for those who oversee it, else the findings of the bodies that they answer for."""
    own = IntakeFinding.county_id == person.county_id
    if person.role in SEES_ALL:
        return own
    of_office = {office.body_id for office in person.offices if office.body_id is not None}
    chief = select(Letter.body_id).where(Letter.account_id == person.account_id, letter_holds(at))
    return and_(own, or_(IntakeFinding.body_id.in_(of_office), IntakeFinding.body_id.in_(chief)))


def to_answer(person: SignedIn, at: datetime) -> object:
    """How many findings wait for an answer that the person can give, as a query to count with others."""
    return select(func.count(IntakeFinding.id)).where(visible(person, at), IntakeFinding.state == FindingState.OPEN.value).scalar_subquery()


def _shown(rows: Iterable[IntakeFinding], county_id: int, today: date) -> list[FindingShown]:
    findings = list(rows)
    bodies = network.bodies_by_id(county_id)
    item_ids = {row.item_id for row in findings if row.item_id is not None}
    newest = select(func.max(ItemVersion.id)).where(ItemVersion.item_id.in_(item_ids)).group_by(ItemVersion.item_id)
    items = {row.item_id: row for row in db.session.scalars(select(ItemVersion).where(ItemVersion.id.in_(newest)))} if item_ids else {}
    return [FindingShown(row, bodies[row.body_id], items.get(row.item_id or 0), today) for row in findings]


def list_findings_for(
    person: SignedIn, box: str, at: datetime, today: date, *, body_id: int | None = None, before: int | None = None
) -> tuple[list[FindingShown], int | None]:
    """The findings of a box, the newest first; and where the next page begins."""
    states = [state.value for state in BOXES[box]]
    query = select(IntakeFinding).where(visible(person, at), IntakeFinding.state.in_(states))
    query = query.where(true() if body_id is None else IntakeFinding.body_id == body_id)
    if before is not None:
        query = query.where(IntakeFinding.id < before)
    rows = list(db.session.scalars(query.order_by(IntakeFinding.id.desc()).limit(A_PAGE + 1)))
    return _shown(rows[:A_PAGE], person.county_id, today), rows[A_PAGE - 1].id if len(rows) > A_PAGE else None


def get_finding_for(person: SignedIn, finding_id: int, at: datetime, today: date) -> FindingShown:
    """A finding; NotFound for one that is not theirs to see."""
    row = db.session.scalar(select(IntakeFinding).where(visible(person, at), IntakeFinding.id == finding_id))
    if row is None:
        raise NotFound(f"finding {finding_id}")
    return _shown([row], person.county_id, today)[0]


def steps_of(finding_id: int) -> list[tuple[IntakeStep, Account]]:
    """What was said about a finding, in order, and by whom."""
    rows = list(db.session.scalars(select(IntakeStep).where(IntakeStep.finding_id == finding_id).order_by(IntakeStep.id)))
    people = accounts.accounts_by_id({row.by_id for row in rows})
    return [(row, people[row.by_id]) for row in rows]


@dataclass(frozen=True, slots=True)
class BodyCount:
    """The findings of a body by state, and how many were or are answered late."""

    body: Body
    open: int
    answered: int
    upheld: int
    dismissed: int
    late: int


def count_by_body(person: SignedIn, at: datetime, today: date) -> list[BodyCount]:
    """The counts of each body that has findings, by its code; one query."""
    late = or_(
        IntakeFinding.answered_on > IntakeFinding.due_on,
        and_(IntakeFinding.answered_on.is_(None), IntakeFinding.state == FindingState.OPEN.value, IntakeFinding.due_on < today),
    )
    sums = [func.sum(sql_case((IntakeFinding.state == state.value, 1), else_=0)) for state in FindingState]
    query = (
        select(IntakeFinding.body_id, *sums, func.sum(sql_case((late, 1), else_=0)))
        .where(visible(person, at))
        .group_by(IntakeFinding.body_id)
    )
    bodies = network.bodies_by_id(person.county_id)
    found = [BodyCount(bodies[row[0]], *(int(number) for number in row[1:])) for row in db.session.execute(query)]
    return sorted(found, key=lambda one: one.body.code)


# --- numbers of lists ---------------------------------------------------------------------------------------------------------------


def numbers_with_a_case(county_id: int, numbers: Collection[str]) -> set[str]:
    """Those of these numbers that a case of the network has: its own, one of its papers', its certificate's."""
    wanted, known = sorted(set(numbers)), set[str]()
    certificate = CaseEvent.payload["number"].as_string()
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        for column, extra in (
            (Case.number, Case.county_id == county_id),
            (CasePaper.number, CasePaper.county_id == county_id),
            (certificate, and_(CaseEvent.county_id == county_id, CaseEvent.kind == EventKind.CERTIFIED.value)),
        ):
            known |= {str(number) for number in db.session.scalars(select(column).where(extra, column.in_(some)))}
    return known


def numbers_found(county_id: int, numbers: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those of these (body, number) that are a finding already."""
    found: set[tuple[int, str]] = set()
    wanted = sorted({number for _body, number in numbers})
    for start in range(0, len(wanted), AT_ONCE):
        query = select(IntakeFinding.body_id, IntakeFinding.number).where(
            IntakeFinding.county_id == county_id, IntakeFinding.number.in_(wanted[start : start + AT_ONCE])
        )
        found |= {(body_id, str(number)) for body_id, number in db.session.execute(query)}
    return found


def items_by_code(county_id: int) -> dict[str, int]:
    """Item codes, the national ones too, to ids."""
    found: dict[str, int] = {}
    for item_id, code, national in db.session.execute(select(Item.id, Item.code, Item.national_code).where(Item.county_id == county_id)):
        found |= ({national: item_id} if national else {}) | {code: item_id}
    return found


def list_bodies(county_id: int) -> list[Body]:
    """The bodies that can be asked, by code."""
    return sorted(network.bodies_by_id(county_id).values(), key=lambda body: body.code)
