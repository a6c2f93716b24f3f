"""What the person may see of cases: one condition (C-30); lists are `worklist_queries`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, or_, select

from portal.accounts import queries as accounts
from portal.accounts.models import Person, PersonName
from portal.accounts.queries import SignedIn
from portal.audit import AuditRecord
from portal.authority import queries as authority_queries
from portal.authority.conditions import last_of, letter_holds
from portal.authority.models import Clause, ClauseEnd, InstrumentRegistration, InstrumentSignature, Letter
from portal.cases.models import Case, CaseEvent, CaseWindow
from portal.cases.projections import projected
from portal.catalogue.models import ItemLimit, ItemMaterial, ItemVersion
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import ServicePoint, Window
from portal.rules import authority, handoffs, lifecycle, projection
from portal.rules.authority import Act, Authority, Holding, ItemTerms, Level, Matter, Office, OfficeHeld, Power, WindowTerms
from portal.rules.clocks import Clock, Warn, warn_on
from portal.rules.clocks import clocks as running_clocks
from portal.rules.deadlines import Limit, Unit
from portal.rules.decision import Decision, Reason, Sort
from portal.rules.disputes import Ruled
from portal.rules.handoffs import LegLimits, Proposal, Why
from portal.rules.hearings import BesideFacts, beside_of, may_decide_beside
from portal.rules.joint import AsBranch, may_as_branch
from portal.rules.lifecycle import CaseNow, CaseTerms, Event, EventKind, ItemKind, Position
from portal.rules.materials import Material
from portal.rules.moments import civil_date, end_of
from portal.rules.working_days import Calendar

LICENCE = "01"  # item type 行政许可 (S-9): the Administrative Licensing Law speaks of these
# The end of the licence that a case renews caps its due date (C-25); the ledger answers, `app.py` fills it.
renewal_expiry: list[Callable[[int], date | None]] = []
# What a case that is a branch of a joint one knows of the whole (C-10); `app.py` fills it.
branch_of: list[Callable[[int], AsBranch | None]] = []
# The windows that are asked about a case beside those that hold it: assistance, opinion, branches (C-30); `app.py` fills it.
also_asked: list[Callable[[int], set[int]]] = []
# The dispute of a case that is not over, by id and number, and the ruling by which it goes on from its holder (C-24); `app.py` fills both.
in_dispute: list[Callable[[int], tuple[int, str] | None]] = []
ruled_route: list[Callable[[CaseView], Ruled | None]] = []
SEES_ALL = {Office.HEAD_OF_GOVERNMENT, Office.CENTER_MANAGEMENT, Office.COUNTY_MANAGER, Office.SUPERVISOR, Office.AUDITOR}
OF_ITS_BODY = {Office.HEAD_OF_AGENCY, Office.LEADER_IN_CHARGE}
PAGE = 25


# --- who sees (C-30) ------------------------------------------------------------------------------------------------------------


def sees(person: SignedIn, on: date) -> sa.ColumnElement[bool]:
    """The one condition under which a case exists for a person (C-30, N-6)."""
    ours = Case.county_id == person.county_id
    if any(office.office in SEES_ALL for office in person.offices):
        return ours
    windows = list(person.window_ids)
    held = select(CaseWindow.id).where(CaseWindow.case_id == Case.id, CaseWindow.window_id.in_(windows)).exists()
    bodies = [office.body_id for office in person.offices if office.office in OF_ITS_BODY and office.body_id is not None]
    letters = select(Letter.body_id).where(Letter.account_id == person.account_id, letter_holds(last_of(on)))
    of_body = select(ItemVersion.id).where(
        ItemVersion.id == Case.version_id, or_(ItemVersion.body_id.in_(bodies), ItemVersion.body_id.in_(letters))
    )
    return sa.and_(ours, or_(held, of_body.correlate(Case).exists()))


def case_for(person: SignedIn, number: str, on: date) -> Case:
    """The case of this number as far as it exists for the person; NotFound otherwise."""
    if len(number) > 30:
        raise NotFound(number)
    found = db.session.scalar(select(Case).where(Case.number == number, sees(person, on)))
    if found is None:
        raise NotFound(number)
    return found


# --- facts for the rules --------------------------------------------------------------------------------------------------------


def event_of(row: CaseEvent) -> Event:
    """A stored event as the rules' value."""
    return Event(
        seq=row.seq,
        kind=EventKind(row.kind),
        sort=Sort(row.sort),
        actor_id=row.actor_id,
        window_id=row.window_id,
        at=row.occurred_at,
        payload=row.payload,
        clause_id=row.clause_id,
        office_id=row.office_id,
        article=row.article,
        corrects=row.corrects,
    )


def people_of(rows: Iterable[CaseEvent]) -> set[int]:
    """Everybody whom the events name: who acted, in whose place, and between whom pending work moved (G-13)."""
    named = {account_id for row in rows for account_id in (row.actor_id, row.stand_in_for_id) if account_id is not None}
    return named | {int(row.payload[end]) for row in rows if row.kind == EventKind.ASSIGNED for end in ("from", "to")}


def events_of(case_id: int) -> list[CaseEvent]:
    """The events of a case in order, as they are in the database now."""
    query = select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.seq)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def limits_of(version_ids: Iterable[int]) -> dict[int, dict[str, Limit]]:
    """version id → clock → its whole limit; an item that has stages only has their sum."""
    whole: dict[int, dict[str, Limit]] = {}
    stages: dict[int, dict[str, Limit]] = {}
    for row in db.session.scalars(select(ItemLimit).where(ItemLimit.version_id.in_(list(version_ids)))):
        unit = Unit(row.unit)
        if row.stage == "":
            whole.setdefault(row.version_id, {})[row.clock] = Limit(row.number, unit)
        else:
            clocks = stages.setdefault(row.version_id, {})
            before = clocks[row.clock].number if row.clock in clocks else 0
            clocks[row.clock] = Limit(before + row.number, unit)
    return {version_id: {**stages.get(version_id, {}), **whole.get(version_id, {})} for version_id in {*whole, *stages}}


COURSE_SETTINGS = ("leg_limits", "leg_receive", "leg_charge", "leg_originals", "supplement_days", "delivery_days")


def _days(told: Mapping[str, Any], key: str, usual: Limit) -> Limit:
    return Limit(int(told[key]["number"]), Unit(told[key]["unit"])) if told.get(key) is not None else usual


def leg_limits(county_id: int, on: date) -> LegLimits:
    """County data: how long each level may hold a case, and how long a leg may be under way (C-6, C-20)."""
    return _leg_limits(network.settings_on(county_id, on, *COURSE_SETTINGS))


def _leg_limits(told: Mapping[str, Any]) -> LegLimits:
    usual = LegLimits()
    given = {Level(level): Limit(int(days), Unit.WORKING) for level, days in (told.get("leg_limits") or {}).items() if level in set(Level)}
    return LegLimits(
        hold={**usual.hold, **given},
        receive=_days(told, "leg_receive", usual.receive),
        charge=_days(told, "leg_charge", usual.charge),
        originals=_days(told, "leg_originals", usual.originals),
    )


def terms_of(county_id: int, version: ItemVersion, item: ItemTerms, on: date) -> CaseTerms:
    """What the item version and the county's settings say about the course of a case (S-5, S-6)."""
    limits = limits_of([version.id]).get(version.id, {})
    told = network.settings_on(county_id, on, *COURSE_SETTINGS)
    return CaseTerms(
        kind=ItemKind(version.kind),
        has_certificate=item.has_certificate,
        required_powers=item.required,
        is_licence=item.type_code == LICENCE,
        is_forwarded=item.is_forwarded,
        is_joint="joint" in (version.flags or ()),
        takes_commitment="commitment" in (version.flags or ()),
        stop_articles=tuple((version.more or {}).get("stop_articles", ())),
        supplement=_days(told, "supplement_days", Limit(15, Unit.WORKING)),
        promised=limits.get("promised"),
        statutory=limits.get("statutory"),
        on_village_list=item.on_village_list,
        delivery=_days(told, "delivery_days", Limit(10, Unit.WORKING)),
        legs=with_stages(_leg_limits(told), stages_of(version.id)),
    )


def stages_of(version_id: int) -> dict[Level, Limit]:
    """level → how long this level has the matter by its promise: the stages of the item (S-6)."""
    query = select(ItemLimit).where(ItemLimit.version_id == version_id, ItemLimit.clock == "promised", ItemLimit.stage != "")
    return {Level(row.stage): Limit(row.number, Unit(row.unit)) for row in db.session.scalars(query) if row.stage in set(Level)}


def with_stages(legs: LegLimits, stages: dict[Level, Limit]) -> LegLimits:
    """The county's limits of a stay, and where the item has a stage for a level, that (C-20, S-6)."""
    return replace(legs, hold={**legs.hold, **stages}) if stages else legs


def materials_of(version_id: int) -> list[ItemMaterial]:
    """The exhaustive list of an item version (S-4)."""
    return list(db.session.scalars(select(ItemMaterial).where(ItemMaterial.version_id == version_id).order_by(ItemMaterial.seq)))


def review_points_of(version_id: int) -> list[Any]:
    """The review points of an item version (S-11)."""
    return list(db.session.get_one(ItemVersion, version_id).review_points or [])


def material_values(rows: Sequence[ItemMaterial], names: dict[int, str]) -> list[Material]:
    """The list as the rule's values; `names` are those of the page's language."""
    return [Material(str(row.seq), names[row.seq], row.may_be_waived, row.may_come_later) for row in rows]


# --- one case -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A window with its point, for display."""

    window: Window
    point: ServicePoint

    @property
    def level(self) -> Level:
        return Level(self.point.level)


def places_of(window_ids: Iterable[int]) -> dict[int, Place]:
    """Windows and their points, in one query."""
    ids = {each for each in window_ids if each is not None}
    if not ids:
        return {}
    rows = db.session.execute(select(Window, ServicePoint).join(ServicePoint, ServicePoint.id == Window.point_id).where(Window.id.in_(ids)))
    return {window.id: Place(window, point) for window, point in rows}


@dataclass
class CaseView:
    """A case with all that its page and its acts ask: facts and Decisions, no further query."""

    case: Case
    version: ItemVersion
    item: ItemTerms
    item_code: str
    terms: CaseTerms
    rows: list[CaseEvent]
    now: CaseNow
    calendar: Calendar
    at: datetime
    person: SignedIn | None = None
    held: Authority | None = None
    holders: tuple[Holding, ...] = ()
    proposal: Proposal = field(default_factory=lambda: Proposal(Why.CLOSED))
    targets: tuple[WindowTerms, ...] = ()
    places: dict[int, Place] = field(default_factory=dict)
    materials: list[ItemMaterial] = field(default_factory=list)
    applicant: str = ""
    is_name_clear: bool = False
    actors: dict[int, Any] = field(default_factory=dict)
    instruments: dict[int, str] = field(default_factory=dict)
    offices: tuple[OfficeHeld, ...] = ()
    branch: AsBranch | None = None  # of a joint case, where it is one (C-10)
    come: tuple[Event, ...] = ()  # effects of law that have come and are not written yet; `now` knows them, `written` does not

    @property
    def written(self) -> CaseNow:
        """What the stored events say, without the effects of law that have come meanwhile."""
        if not self.come:
            return self.now
        return projection.project([event_of(row) for row in self.rows], self.terms, self.calendar)

    @property
    def today(self) -> date:
        return civil_date(self.at)

    @cached_property
    def position(self) -> Position:
        if self.held is None or self.held.window is None or not self.held.posts:
            return Position.ELSEWHERE
        return lifecycle.position_of(self.now, self.held.window.id)

    @property
    def may_reveal(self) -> bool:
        """Whether a personal number may be shown: to who holds the open case (C-18)."""
        return self.position in (Position.HOLDER, Position.SENDER) and not self.now.state.is_closed

    def may(self, act: Act) -> Decision:
        """May this person do this act now? The same answer draws the button and guards the POST."""
        answer = may_act(act, self.now, self.terms, self.item, self.held, self.today)
        if answer and act is Act.HAND_OFF and self.dispute:
            return self.held_back
        if answer and act in (Act.DECIDE, Act.REFUSE):
            beside = may_decide_beside(self.beside, self.today)  # a hearing that was asked for, a party that was told (C-28)
            answer = answer if beside else beside
        if answer and self.branch is not None:
            whole = may_as_branch(act, self.branch, self.held, self.item)
            return answer if whole else whole
        return answer

    @cached_property
    def dispute(self) -> tuple[int, str] | None:
        """Id and number of the dispute in which the case is: the holder keeps it until there is a ruling (C-24)."""
        return next((found for ask in in_dispute if (found := ask(self.case.id)) is not None), None)

    @property
    def held_back(self) -> Decision:
        """Why a case in dispute is not moved."""
        return Decision.no(Reason.IN_DISPUTE, rule="C-24", number=self.dispute[1] if self.dispute else "")

    @cached_property
    def beside(self) -> BesideFacts:
        """The people beside the applicant, as the events say."""
        return beside_of([event_of(row) for row in self.rows], self.calendar)

    def may_by_office(self, act: Act) -> Decision:
        """May this person do this act of office now? State first, then the office (G-2)."""
        follows = lifecycle.may_follow(act, self.now, self.terms, window_id=None, on=self.today)
        if follows and act is Act.ROUTE and self.dispute:
            return self.held_back  # a ruling routes it
        return authority.may_by_office(act, self.offices, self.item) if follows or act is Act.CORRECT else follows

    @cached_property
    def steps(self) -> list[tuple[Act, Decision]]:
        """What can come next by the state, each with its Decision."""
        if self.held is None:
            return []
        return [(act, self.may(act)) for act in lifecycle.next_acts(self.now, self.terms, self.position, self.today)]

    @cached_property
    def office_acts(self) -> list[Act]:
        """The acts of office that this person may do on the case now."""
        acts = lifecycle.next_acts(self.now, self.terms, Position.OFFICE, self.today)
        return [act for act in acts if self.may_by_office(act)]

    @property
    def shown(self) -> lifecycle.State:
        """The state that people see: lists and pages ask the same function."""
        stop = self.now.stop_on(self.today)
        return lifecycle.shown_state(self.now.state, stop.noticed_on if stop else None, stop.until if stop else None, self.today)

    @cached_property
    def allowed(self) -> set[Act]:
        return {act for act, decision in self.steps if decision}

    @cached_property
    def refused(self) -> dict[Act, Decision]:
        return {act: decision for act, decision in self.steps if not decision}

    @cached_property
    def clocks(self) -> tuple[Clock, ...]:
        return running_clocks(self.now, self.terms, self.calendar, self.today)

    @cached_property
    def warn(self) -> Warn:
        return warn_on(self.today, self.now.yellow_on, self.now.red_on, self.now.overdue_on)

    @cached_property
    def got(self) -> set[str]:
        """Codes of the materials that were handed in."""
        return {str(material["code"]) for material in self.now.materials if material.get("got")}


def may_act(
    act: Act, now: CaseNow | None, terms: CaseTerms, item: ItemTerms, held: Authority | None, on: date | None = None
) -> Decision:
    """State and authority together: the lifecycle's answer first, then that of whoever acts."""
    if held is None or held.window is None:
        return Decision.no(Reason.NO_POSTING, rule="N-4", item=item.code)
    follows = lifecycle.may_follow(act, now, terms, window_id=held.window.id, on=on)
    if not follows:
        return follows
    reviewers = () if now is None or now.reviewer_id is None else (now.reviewer_id,)
    return authority.may(act, held, item, reviewers=reviewers)


def acting_window(person: SignedIn, now: CaseNow) -> int | None:
    """The window from which the person would act: the addressed one first, since receiving comes first."""
    for window_id in (now.addressed_window_id, now.holder_window_id):
        if window_id is not None and window_id in person.window_ids:
            return window_id
    return None


def of_case(item: ItemTerms, case: Case) -> ItemTerms:
    """The item as this case puts it: what conditions of clauses read (G-1, G-14)."""
    return replace(item, matter=Matter(case.collected_at, case.amount_fen, network.path_of(case.point_id)))


def load(case: Case, at: datetime) -> CaseView:
    """The facts of a case without a person: what the projection needs."""
    version = db.session.get_one(ItemVersion, case.version_id)
    item = of_case(authority_queries.item_terms(case.county_id, [version.id])[version.id], case)
    rows = events_of(case.id)
    terms = terms_of(case.county_id, version, item, civil_date(case.collected_at))
    calendar = network.calendar_of(case.county_id)
    for ask in renewal_expiry:
        terms = replace(terms, expires_on=ask(case.id))
    branch = next((found for ask_whole in branch_of if (found := ask_whole(case.id)) is not None), None)
    if branch is not None:
        terms = replace(terms, is_joint=True)
    now, come = projection.as_of_law([event_of(row) for row in rows], terms, calendar, civil_date(at))
    return CaseView(case, version, item, item.code, terms, rows, now, calendar, at, come=come, branch=branch)


def not_closed_by_law(today: date) -> sa.ColumnElement[bool]:
    """What effect of law has closed is on no list, also before the job has written it (C-2)."""
    return or_(Case.law_closes_on.is_(None), Case.law_closes_on > today)


def get_case_for(person: SignedIn, number: str, at: datetime) -> CaseView:
    """A case with all that its page asks; NotFound where it does not exist for the person."""
    view = load(case_for(person, number, civil_date(at)), at)
    now, case = view.now, view.case
    view.person = person
    view.offices = person.offices
    window_id = acting_window(person, now)
    register = authority_queries.register_for(case.county_id, at, [view.item])
    point = register.points[case.point_id]
    power = now.next_power
    view.holders = register.who_may(power, view.item, point) if power is not None else ()
    if window_id is not None:
        view.held = authority_queries.held_by(person.account_id, window_id, at)
    view.targets = able_windows(view.item, register, at)
    view.proposal = handoffs.propose_route(
        holder_window_id=now.holder_window_id,
        next_power=power,
        way_back=now.way_back,
        holders=view.holders,
        able={window.id for window in view.targets},
        ruled=ruling_of(view),
    )
    view.materials = materials_of(view.version.id)
    windows = (
        {stay.window_id for stay in now.stays} | {row.window_id for row in view.rows if row.window_id} | {leg.to_window for leg in now.legs}
    )
    windows |= {holding.window.id for holding in view.holders} | {window.id for window in view.targets}
    windows |= {each for each in (view.proposal.window_id, now.addressed_window_id, now.holder_window_id) if each}
    windows |= {leg.door for leg in now.legs if leg.door}
    view.places = places_of(windows)
    view.is_name_clear = view.position in (Position.HOLDER, Position.SENDER)
    view.applicant = applicant_name(case, clear=view.is_name_clear)
    view.actors = accounts.accounts_by_id(people_of(view.rows))
    clauses = {row.clause_id for row in view.rows if row.clause_id} | {holding.clause.id for holding in view.holders}
    view.instruments = instrument_numbers(clauses)
    return view


def ruling_of(view: CaseView) -> Ruled | None:
    """The ruling by which the case goes on from its holder, if there is one (C-24)."""
    return next((ruled for ask in ruled_route if (ruled := ask(view)) is not None), None)


def instrument_numbers(clause_ids: Iterable[int]) -> dict[int, str]:
    """clause id → the number of its instrument."""
    ids = list(clause_ids)
    if not ids:
        return {}
    query = select(Clause.id, InstrumentSignature.number).join(
        InstrumentSignature, InstrumentSignature.instrument_id == Clause.instrument_id
    )
    return dict(row._tuple() for row in db.session.execute(query.where(Clause.id.in_(ids))))


def able_windows(item: ItemTerms, register: authority.Register, at: datetime) -> tuple[WindowTerms, ...]:
    """Windows of the county that hold any code on the item now: to these alone a handoff goes (C-6)."""
    found: dict[int, WindowTerms] = {}
    for power in Power:
        for holdings in register.at_points(power, item).values():
            for holding in holdings:
                found.setdefault(holding.window.id, holding.window)
    return tuple(sorted(found.values(), key=lambda window: (window.level.rank, window.code)))


def applicant_name(case: Case, *, clear: bool) -> str:
    """The applicant's name, or its mask (C-18)."""
    if clear:
        name = db.session.scalar(select(PersonName.name).where(PersonName.person_id == case.applicant_id))
        if name:
            return name
    return str(db.session.scalar(select(Person.masked_name).where(Person.id == case.applicant_id)) or "")


def has_record(chain: int, subject: str) -> bool:
    """Does the record hold a line about this subject?"""
    return db.session.scalar(select(AuditRecord.seq).where(AuditRecord.chain == chain, AuditRecord.subject == subject).limit(1)) is not None


def last_moment() -> datetime | None:
    """The latest moment in the database: of an event, a registration, an end. None in one that is empty or not yet migrated."""
    if not sa.inspect(db.engine).has_table("case_event"):
        return None
    columns = (CaseEvent.occurred_at, InstrumentRegistration.registered_at, ClauseEnd.recorded_at)
    found = [moment for column in columns if (moment := db.session.scalar(select(func.max(column)))) is not None]
    return max(found, default=None)


# --- open cases -----------------------------------------------------------------------------------------------------------------


def as_of_law(case: Case, today: date) -> Any:
    """The row of a case as people see it on a day: with the effects of law that have come and are not written yet (C-3)."""
    if case.law_on is None or case.law_on > today:
        return case
    return SimpleNamespace(**projected(load(case, end_of(today) - timedelta(seconds=1)).now))


def holds_cases(point_id: int) -> bool:
    """Does a window of this point hold an open case, or is one on its way to it? (N-2)"""
    windows = select(Window.id).where(Window.point_id == point_id)
    query = select(Case.id).where(Case.is_open.is_(True), or_(Case.holder_id.in_(windows), Case.addressed_id.in_(windows)))
    return db.session.scalar(query.limit(1)) is not None


def may_close_point(point_id: int) -> Decision:
    """May a point be closed, as far as cases are concerned? Not while one of its windows holds one (N-2)."""
    return Decision.no(Reason.POINT_HOLDS_CASES, rule="N-2") if holds_cases(point_id) else Decision.yes()


@dataclass(frozen=True, slots=True)
class Nowhere:
    """An open case whose next power no window of its chain holds, with what would help: a window there that could be given it (G-5, C-7)."""

    case: Case
    item: ItemTerms
    power: Power
    could: WindowTerms | None = None


NOWHERE_SHOWN = 50
"""So many cases without a way are shown of each kind; the first mended grant mends most of them."""


def list_nowhere(county_id: int, at: datetime) -> list[Nowhere]:
    """Open cases whose next power no window of their chain holds: the county manager is shown them at once, with a way out (C-7, G-5).

    Asked for each kind of case (version, point, state, amount) with its youngest, which a clause covers least (G-14), then of each case
    of a kind that is stuck.
    """
    kind = (Case.version_id, Case.point_id, Case.state, Case.amount_fen)
    query = select(*kind, func.max(Case.collected_at)).where(Case.county_id == county_id, Case.is_open.is_(True)).group_by(*kind)
    kinds = db.session.execute(query).all()
    if not kinds:
        return []
    items = authority_queries.item_terms(county_id, {row.version_id for row in kinds})
    versions = {v.id: v for v in db.session.scalars(select(ItemVersion).where(ItemVersion.id.in_(list(items))))}
    register = authority_queries.register_for(county_id, at, list(items.values()))
    terms = {version_id: terms_of(county_id, versions[version_id], items[version_id], civil_date(at)) for version_id in items}
    paths: dict[int, frozenset[int]] = {}

    def put(version_id: int, point_id: int, amount: int | None, begun_at: datetime) -> ItemTerms:
        if point_id not in paths:
            paths[point_id] = frozenset(near.id for near in authority.ancestry(register.points[point_id], register.points))
        return replace(items[version_id], matter=Matter(begun_at, amount, paths[point_id]))

    found: list[Nowhere] = []
    for version_id, point_id, state, amount, youngest in kinds:
        power = lifecycle.power_of(lifecycle.State(state), terms[version_id])
        point = register.points[point_id]
        if power is None or register.nearest(power, put(version_id, point_id, amount, youngest), point) is not None:
            continue
        rows = select(Case).where(
            Case.county_id == county_id, Case.is_open.is_(True), Case.version_id == version_id, Case.point_id == point_id,
            Case.state == state, Case.amount_fen.is_not_distinct_from(amount),
        )  # fmt: skip
        could = register.could_hold(power, items[version_id], point)
        for case in db.session.scalars(rows.order_by(Case.id).limit(NOWHERE_SHOWN)):
            item = put(version_id, point_id, amount, case.collected_at)
            if register.nearest(power, item, point) is None:
                found.append(Nowhere(case, item, power, could))
    return found


# --- the public's view ----------------------------------------------------------------------------------------------------------


def get_case_by_code(county_id: int, code: str, at: datetime) -> CaseView:
    """A case by its tracking code, for the resident: no name, no person (C-18); NotFound otherwise."""
    plain = "".join(char for char in code.upper() if char.isalnum())
    if not 10 <= len(plain) <= 16 or not plain.isascii():
        raise NotFound(code)
    case = db.session.scalar(select(Case).where(Case.county_id == county_id, Case.tracking_code == plain))
    if case is None:
        raise NotFound(code)
    view = load(case, at)
    back = {window for leg in view.now.legs[-1:] if leg.returned_at for window in (leg.to_window, leg.door or 0)}
    view.places = places_of({stay.window_id for stay in view.now.stays} | {view.now.addressed_window_id or 0} | back)
    return view
