"""Packages and joint cases as people may see them: the guide, the one list, the board, what waits, the usage rates (C-10, C-26, C-30)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import and_, func, or_, select

from portal.accounts.models import Account, Office, OfficeKind, Person
from portal.accounts.queries import SignedIn
from portal.authority import queries as authority_queries
from portal.cases import queries
from portal.cases.joint_models import JointBranch, JointCase, JointEvent, Package, PackageItem
from portal.cases.models import Case, CaseEvent
from portal.catalogue.models import Item, ItemMaterial, ItemVersion
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import Body
from portal.rules import joint
from portal.rules.authority import Authority, ItemTerms, Power, Register
from portal.rules.decision import Decision, Reason
from portal.rules.joint import AsBranch, Branch, Kind, Line, Now, Paper, Part, Result, Stands
from portal.rules.lifecycle import ClosedAs, Outcome, State, shown_state
from portal.rules.moments import civil_date, start_of

SHOWN = 50
READ = 5000  # so many matters of one year are looked through for what could have been joint


# --- packages -----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Component:
    """An item of a package as it stands on a day."""

    part: Part
    terms: ItemTerms
    version: ItemVersion
    body: Body
    materials: list[ItemMaterial]
    makes: str = ""


@dataclass(frozen=True, slots=True)
class PackageShown:
    """A package with its items as they stand on a day, in order."""

    row: Package
    components: tuple[Component, ...]

    def chosen(self, answers: Collection[str]) -> tuple[Component, ...]:
        """The components that these answers call for."""
        wanted = {part.item for part in joint.chosen([each.part for each in self.components], answers)}
        return tuple(each for each in self.components if each.part.item in wanted)

    def answers(self, given: Iterable[str]) -> list[str]:
        """Of what was answered with yes, the questions that there are."""
        known = set(given)
        return [str(each["code"]) for each in self.row.questions if each["code"] in known]


def list_packages(county_id: int, on: date) -> list[Package]:
    """The packages that are offered on a day."""
    return list(db.session.scalars(select(Package).where(Package.county_id == county_id, Package.from_on <= on).order_by(Package.code).limit(SHOWN)))


def package(county_id: int, code: str, on: date) -> PackageShown:
    """A package with its items as they stand on a day; NotFound where there is none of this code."""
    row = db.session.scalar(select(Package).where(Package.county_id == county_id, Package.code == code[:40], Package.from_on <= on))
    if row is None:
        raise NotFound(code)
    return _shown(row, on)


def _shown(row: Package, on: date) -> PackageShown:
    parts = list(db.session.scalars(select(PackageItem).where(PackageItem.package_id == row.id).order_by(PackageItem.seq)))
    terms = authority_queries.item_terms(row.county_id, on=on, item_ids=[part.item_id for part in parts])
    versions = {each.item_id: each for each in db.session.scalars(select(ItemVersion).where(ItemVersion.id.in_(list(terms))))}
    bodies = network.bodies_by_id(row.county_id)
    materials: dict[int, list[ItemMaterial]] = {}
    wanted = select(ItemMaterial).where(ItemMaterial.version_id.in_(list(terms))).order_by(ItemMaterial.version_id, ItemMaterial.seq)
    for material in db.session.scalars(wanted):
        materials.setdefault(material.version_id, []).append(material)
    components = []
    for part in parts:
        version = versions.get(part.item_id)
        if version is None:
            continue  # an item that ended is no part of the package any more
        item = terms[version.id]
        components.append(
            Component(
                Part(item.code, version.body_id, part.question), item, version, bodies[version.body_id], materials.get(version.id, []), part.makes
            )
        )  # fmt: skip
    return PackageShown(row, tuple(components))


@dataclass(frozen=True, slots=True)
class ListLine:
    """A line of the one list with the material whose name it has."""

    line: Line
    material: ItemMaterial
    field: str  # the name of its box


def one_list(shown: PackageShown, components: Collection[Component]) -> list[ListLine]:
    """The union of the materials of these components without doubles (C-26)."""
    names = {name: group[0] for group in shown.row.same for name in group}
    papers: list[Paper] = []
    rows: dict[str, ItemMaterial] = {}
    for each in components:
        for material in each.materials:
            key = names.get(material.name, material.name)
            papers.append(Paper(each.part.item, str(material.seq), key, material.original, material.copies, material.may_be_waived))
            rows.setdefault(key, material)
    results = {each.makes: each.part.item for each in components if each.makes}
    found = []
    for line in joint.one_list(papers, results):
        item, code = line.uses[0]
        found.append(ListLine(line, rows[line.key], f"got-{item}-{code}"))
    return found


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a branch would be decided: a window that holds accept, joint and decide on its item."""

    component: Component
    window_id: int | None


def seats(components: Iterable[Component], register: Register, point_id: int) -> list[Seat]:
    """For each component the nearest window of the lead's chain that holds all that a branch needs (C-10)."""
    point = register.points[point_id]
    found = []
    for each in components:
        able = [
            {holding.window.id for holding in register.who_may(power, each.terms, point)} for power in joint.BRANCH_NEEDS
        ]
        order = [holding.window.id for holding in register.who_may(Power.DECIDE, each.terms, point)]
        found.append(Seat(each, next((window_id for window_id in order if all(window_id in windows for windows in able)), None)))
    return found


# --- what a case knows of the whole ---------------------------------------------------------------------------------------------


def as_branch(case_id: int) -> AsBranch | None:
    """What a case that is a branch knows of the whole; None for a case that is none."""
    row = db.session.execute(
        select(JointCase.id, JointCase.number, JointCase.tracking_code)
        .join(JointBranch, JointBranch.joint_id == JointCase.id)
        .where(JointBranch.case_id == case_id)
    ).first()
    if row is None:
        return None
    others = db.session.execute(
        select(Case.outcome, Case.closed_as, Case.state)
        .join(JointBranch, JointBranch.case_id == Case.id)
        .where(JointBranch.joint_id == row.id, Case.id != case_id)
    ).all()
    refused = any(_result(*other) in (Result.REFUSED, Result.ENDED) for other in others)
    alone = refused and db.session.scalar(
        select(JointEvent.id).where(JointEvent.joint_id == row.id, JointEvent.kind == Kind.STANDS_ALONE.value).limit(1)
    )
    return AsBranch(row.number, row.tracking_code, refused and not alone)


def _result(outcome: str | None, closed_as: str | None, state: str) -> Result | None:
    return joint.result_of(Outcome(outcome) if outcome else None, ClosedAs(closed_as) if closed_as else None, State(state))


def lead_of(case_id: int) -> set[int]:
    """The lead's window of a branch: it took the papers in and answers for the whole, so that the case exists for it too (C-30)."""
    query = select(JointCase.lead_window_id).join(JointBranch, JointBranch.joint_id == JointCase.id).where(JointBranch.case_id == case_id)
    return set(db.session.scalars(query))


# --- the board ------------------------------------------------------------------------------------------------------------------


@dataclass
class BranchShown:
    """A branch on the board."""

    row: JointBranch
    case: Case
    version: ItemVersion
    body: Body
    place: queries.Place
    holder: queries.Place
    result: Result | None
    branch: Branch
    assignee: Account | None = None
    materials: list[ItemMaterial] = field(default_factory=list)


@dataclass
class Board:
    """A joint case with all that its page and its acts ask."""

    case: JointCase
    package: Package
    branches: list[BranchShown]
    events: list[JointEvent]
    now: Now
    at: datetime
    lead: queries.Place
    person: SignedIn | None = None
    held: Authority | None = None  # at the lead's window, where the person is posted there
    applicant: str = ""
    is_name_clear: bool = False
    items: tuple[ItemTerms, ...] = ()

    @property
    def today(self) -> date:
        return civil_date(self.at)

    @property
    def results(self) -> list[Result | None]:
        return [each.result for each in self.branches]

    @property
    def stands(self) -> Stands:
        return joint.stands(self.now, self.results)

    @property
    def outcome(self) -> str:
        return joint.outcome(self.now, self.results)

    def may_lead(self) -> Decision:
        """May this person act for the lead now?"""
        if self.held is None:
            return Decision.no(Reason.NOT_THE_LEAD, rule="C-10")
        return joint.may_lead(self.held, self.items)

    def branch(self, seq: int) -> BranchShown:
        """The branch of this seq; NotFound otherwise."""
        found = next((each for each in self.branches if each.row.seq == seq), None)
        if found is None:
            raise NotFound(f"branch {seq}")
        return found


def sees(person: SignedIn) -> sa.ColumnElement[bool]:
    """For whom a joint case exists: the lead's window, the branches' windows, whoever sees all, and those of a branch's body (C-30)."""
    ours = JointCase.county_id == person.county_id
    if any(office.office in queries.SEES_ALL for office in person.offices):
        return ours
    windows = list(person.window_ids)
    at_branch = select(JointBranch.id).where(JointBranch.joint_id == JointCase.id, JointBranch.window_id.in_(windows)).exists()
    holds = (
        select(JointBranch.id)
        .join(Case, Case.id == JointBranch.case_id)
        .where(JointBranch.joint_id == JointCase.id, Case.holder_id.in_(windows))
        .exists()
    )
    bodies = [office.body_id for office in person.offices if office.office in queries.OF_ITS_BODY and office.body_id is not None]
    of_body = (
        select(JointBranch.id)
        .join(Case, Case.id == JointBranch.case_id)
        .join(ItemVersion, ItemVersion.id == Case.version_id)
        .where(JointBranch.joint_id == JointCase.id, ItemVersion.body_id.in_(bodies))
        .exists()
    )
    return and_(ours, or_(JointCase.lead_window_id.in_(windows), at_branch, holds, of_body))


def joint_for(person: SignedIn, number: str) -> JointCase:
    """The joint case of this number as far as it exists for the person; NotFound otherwise."""
    if len(number) > 30:
        raise NotFound(number)
    found = db.session.scalar(select(JointCase).where(JointCase.number == number, sees(person)))
    if found is None:
        raise NotFound(number)
    return found


def load(case: JointCase, at: datetime) -> Board:
    """A joint case with its branches as they stand; a constant number of queries."""
    rows = db.session.execute(
        select(JointBranch, Case, ItemVersion)
        .join(Case, Case.id == JointBranch.case_id)
        .join(ItemVersion, ItemVersion.id == Case.version_id)
        .where(JointBranch.joint_id == case.id)
        .order_by(JointBranch.seq)
        .execution_options(populate_existing=True)
    ).all()
    events = list(db.session.scalars(select(JointEvent).where(JointEvent.joint_id == case.id).order_by(JointEvent.seq)))
    bodies = network.bodies_by_id(case.county_id)
    windows = {case.lead_window_id} | {row.JointBranch.window_id for row in rows} | {row.Case.holder_id for row in rows}
    places = queries.places_of(windows)
    last = _last_acts([row.Case.id for row in rows])
    accounts = {row.Case.assignee_id for row in rows if row.Case.assignee_id}
    people = {each.id: each for each in db.session.scalars(select(Account).where(Account.id.in_(accounts)))} if accounts else {}
    materials: dict[int, list[ItemMaterial]] = {}
    wanted = select(ItemMaterial).where(ItemMaterial.version_id.in_([row.Case.version_id for row in rows])).order_by(ItemMaterial.seq)
    for material in db.session.scalars(wanted):
        materials.setdefault(material.version_id, []).append(material)
    today = civil_date(at)
    branches = []
    for row, of, version in rows:
        now: Any = queries.as_of_law(of, today)
        result = _result(now.outcome, now.closed_as, now.state)
        shown = shown_state(State(now.state), now.stopped_from, now.stopped_until, today)
        still = shown in (State.NOTICED, State.STOPPED, State.NOT_ACCEPTED) or now.addressed_id is not None
        last_on, last_seq = last.get(of.id, (civil_date(case.opened_at), 0))
        due_on = min(now.promised_due_on or now.statutory_due_on or case.due_on, case.due_on)
        branches.append(
            BranchShown(
                row, of, version, bodies[version.body_id], places[row.window_id], places[of.holder_id], result,
                Branch(row.seq, shown, result, last_on, last_seq, due_on, still), people.get(of.assignee_id or 0), materials.get(version.id, []),
            )
        )  # fmt: skip
    terms = authority_queries.item_terms(case.county_id, [row.Case.version_id for row in rows], with_offers=False)
    return Board(
        case, db.session.get_one(Package, case.package_id), branches, events, joint.project(_event(row) for row in events), at,
        places[case.lead_window_id], items=tuple(queries.of_case(terms[each.case.version_id], each.case) for each in branches),
    )  # fmt: skip


def _event(row: JointEvent) -> joint.Event:
    return joint.Event(row.seq, Kind(row.kind), row.occurred_at, row.branch, row.payload)


def _last_acts(case_ids: Collection[int]) -> dict[int, tuple[date, int]]:
    """case → day and seq of the last thing that people did there; an effect of law breaks no silence."""
    query = select(CaseEvent.case_id, func.max(CaseEvent.occurred_at), func.max(CaseEvent.seq)).where(
        CaseEvent.case_id.in_(list(case_ids)), CaseEvent.actor_id.is_not(None)
    )
    return {case_id: (civil_date(at), seq) for case_id, at, seq in db.session.execute(query.group_by(CaseEvent.case_id))}


def get_board_for(person: SignedIn, number: str, at: datetime) -> Board:
    """The board of a joint case; NotFound where it does not exist for the person. Names in clear for the lead and the branches (C-18)."""
    board = load(joint_for(person, number), at)
    board.person = person
    if board.case.lead_window_id in person.window_ids:
        board.held = authority_queries.held_by(person.account_id, board.case.lead_window_id, at)
    ours = {board.case.lead_window_id} | {each.row.window_id for each in board.branches} | {each.case.holder_id for each in board.branches}
    board.is_name_clear = bool(ours & set(person.window_ids)) and board.case.is_open
    board.applicant = queries.applicant_name(board.branches[0].case, clear=board.is_name_clear)
    return board


def by_code(county_id: int, code: str, at: datetime) -> Board:
    """A joint case by its tracking code, for the resident; NotFound otherwise."""
    plain = "".join(char for char in code.upper() if char.isalnum())
    if not 10 <= len(plain) <= 16 or not plain.isascii():
        raise NotFound(code)
    row = db.session.scalar(select(JointCase).where(JointCase.county_id == county_id, JointCase.tracking_code == plain))
    if row is None:
        raise NotFound(code)
    return load(row, at)


def address_by_code(county_id: int, code: str, at: datetime) -> str | None:
    """Where a tracking code that is no case's leads, if it is a joint case's."""
    try:
        return f"/joint/track/{by_code(county_id, code, at).case.tracking_code}"
    except NotFound:
        return None


# --- what waits -----------------------------------------------------------------------------------------------------------------


def _waiting(person: SignedIn) -> Any:
    """Branches without a result at the person's windows, of joint cases that are open: the list and its count (N-6)."""
    return (
        select(JointBranch, JointCase, Case)
        .join(JointCase, JointCase.id == JointBranch.joint_id)
        .join(Case, Case.id == JointBranch.case_id)
        .where(
            JointCase.county_id == person.county_id, JointCase.is_open.is_(True), Case.holder_id.in_(list(person.window_ids)),
            Case.is_open.is_(True), Case.outcome.is_(None), Case.closed_as.is_(None),
        )
    )  # fmt: skip


def waiting_branches(person: SignedIn) -> int:
    """How many joint branches wait for the person's windows."""
    if not person.window_ids:
        return 0
    return int(db.session.scalar(select(func.count()).select_from(_waiting(person).subquery())) or 0)


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A branch that waits, for the list."""

    joint: JointCase
    case: Case
    version: ItemVersion
    masked_name: str


def list_waiting(person: SignedIn, after: tuple[date, int] | None = None) -> tuple[list[WaitingLine], tuple[date, int] | None]:
    """A page of the branches that wait, in the order of their day, and the key of the next page."""
    query = _waiting(person).join(ItemVersion, ItemVersion.id == Case.version_id).join(Person, Person.id == Case.applicant_id)
    if after is not None:
        query = query.where(sa.tuple_(JointCase.due_on, JointBranch.id) > sa.tuple_(sa.literal(after[0]), sa.literal(after[1])))
    query = query.add_columns(ItemVersion, Person.masked_name).order_by(JointCase.due_on, JointBranch.id).limit(queries.PAGE + 1)
    rows = db.session.execute(query).all() if person.window_ids else []
    lines = [WaitingLine(of, case, version, name) for _branch, of, case, version, name in rows[: queries.PAGE]]
    last = rows[queries.PAGE - 1] if len(rows) > queries.PAGE else None
    return lines, (last[1].due_on, last[0].id) if last is not None else None


def list_led(person: SignedIn) -> list[tuple[JointCase, Package]]:
    """The open joint cases that the person's windows lead, by their day."""
    query = (
        select(JointCase, Package)
        .join(Package, Package.id == JointCase.package_id)
        .where(JointCase.county_id == person.county_id, JointCase.is_open.is_(True), JointCase.lead_window_id.in_(list(person.window_ids)))
        .order_by(JointCase.due_on, JointCase.id)
        .limit(SHOWN)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)] if person.window_ids else []


def open_ids(county_id: int) -> list[int]:
    """The open joint cases of a county, oldest first."""
    return list(db.session.scalars(select(JointCase.id).where(JointCase.county_id == county_id, JointCase.is_open.is_(True)).order_by(JointCase.id)))


def heads_of(county_id: int, body_id: int, on: date) -> set[int]:
    """The accounts that hold the head's office of a body on a day."""
    query = select(Office.account_id).where(
        Office.county_id == county_id, Office.kind == OfficeKind.HEAD_OF_AGENCY, Office.body_id == body_id, Office.from_on <= on,
        or_(Office.until_on.is_(None), Office.until_on >= on),
    )  # fmt: skip
    return set(db.session.scalars(query))


# --- usage rates ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Missed:
    """Matters that could have been one and were not, and why as far as the register says it."""

    cases: tuple[tuple[Case, ItemVersion, Body], ...]
    why: joint.WhyNot
    masked_name: str


@dataclass(frozen=True, slots=True)
class Usage:
    """The two rates of a year, and what could have been joint."""

    year: int
    rates: joint.Rates
    missed: tuple[Missed, ...]
    is_cut: bool = False


def usage(county_id: int, year: int) -> Usage:
    """Joint ÷ all, joint ÷ could have been, of what came in during a year (C-10). A joint case counts as one matter."""
    first, last = start_of(date(year, 1, 1)), start_of(date(year + 1, 1, 1))
    came_in = (Case.county_id == county_id, Case.collected_at >= first, Case.collected_at < last)
    branches = select(JointBranch.case_id).where(JointBranch.county_id == county_id)
    single = int(db.session.scalar(select(func.count()).select_from(Case).where(*came_in, Case.id.not_in(branches))) or 0)
    whole = select(func.count()).select_from(JointCase).where(
        JointCase.county_id == county_id, JointCase.opened_at >= first, JointCase.opened_at < last
    )
    done = int(db.session.scalar(whole) or 0)
    # only who came with matters of two departments of one theme can have had one that could have been joint
    several = (
        select(Case.applicant_id, ItemVersion.theme)
        .join(ItemVersion, ItemVersion.id == Case.version_id)
        .where(*came_in, Case.id.not_in(branches), ItemVersion.theme != "")
        .group_by(Case.applicant_id, ItemVersion.theme)
        .having(func.count(func.distinct(ItemVersion.body_id)) > 1)
        .subquery()
    )
    rows = db.session.execute(
        select(Case, ItemVersion, Person.masked_name)
        .join(ItemVersion, ItemVersion.id == Case.version_id)
        .join(Person, Person.id == Case.applicant_id)
        .join(several, and_(several.c.applicant_id == Case.applicant_id, several.c.theme == ItemVersion.theme))
        .where(*came_in, Case.id.not_in(branches))
        .order_by(Case.id)
        .limit(READ + 1)
    ).all()
    by_case = {row.Case.id: row for row in rows[:READ]}
    matters = [
        joint.Matter(case.id, case.applicant_id, version.theme, version.body_id, civil_date(case.collected_at)) for case, version, _name in by_case.values()
    ]
    groups = joint.could_have_been(matters)
    bodies = network.bodies_by_id(county_id)
    codes: dict[int, str] = {row.id: row.code for row in db.session.execute(select(Item.id, Item.code).where(Item.county_id == county_id))}
    packages = [
        {codes[item_id] for item_id in items} for items in _items_of_packages(county_id).values()
    ]
    missed = []
    for group in reversed(groups[-SHOWN:]):
        found = tuple((by_case[each.case].Case, by_case[each.case].ItemVersion, bodies[each.body]) for each in group.matters)
        why = joint.why_not(group, {codes[version.item_id] for _case, version, _body in found}, packages)
        missed.append(Missed(found, why, by_case[group.matters[0].case].masked_name))
    return Usage(year, joint.Rates(done, single + done, done + len(groups)), tuple(missed), len(rows) > READ or len(groups) > SHOWN)


def _items_of_packages(county_id: int) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for row in db.session.execute(select(PackageItem.package_id, PackageItem.item_id).where(PackageItem.county_id == county_id)):
        found.setdefault(row.package_id, set()).add(row.item_id)
    return found
