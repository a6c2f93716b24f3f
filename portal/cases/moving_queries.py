"""What hangs on a window, a point or a posting: cases held and coming, people, stand-ins, letters, drafts, filings (N-2, G-13)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from portal.accounts.models import Account, Office, Person, Posting, StandIn
from portal.authority.conditions import letter_holds, stand_in_holds
from portal.authority.models import Clause, Instrument, InstrumentSignature, Letter
from portal.cases.models import Case, FiledRefusal, Leg
from portal.cases.moving_models import MoveBatch
from portal.catalogue.models import ItemVersion
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import Body, PointEmergency, ServicePoint, Window
from portal.rules import moving as rules
from portal.rules.decision import Decision
from portal.rules.handoffs import Mark
from portal.rules.moments import start_of
from portal.rules.moving import Leaving, Load
from portal.rules.network import PointStatus

SHOWN = 25
"""So many cases stand on the page at once, and are moved in one batch."""
WORKING = (PointStatus.TRIAL.value, PointStatus.OPERATING.value)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Subject:
    """What closes or ends: a window, a point with all its windows, or the posting of a person at a window."""

    leaving: Leaving
    id: int
    code: str
    point: ServicePoint
    window: Window | None = None
    account: Account | None = None
    until_on: date | None = None
    window_ids: frozenset[int] = frozenset()

    @property
    def address(self) -> str:
        return f"/manage/moving/{self.leaving.value}/{self.code}"


def subject_of(county_id: int, leaving: Leaving, code: str) -> Subject:
    """The window or point of this code, or the posting of this number; NotFound otherwise."""
    if leaving is Leaving.POINT:
        point = network.point_by_code(county_id, code)
        ids = frozenset(db.session.scalars(select(Window.id).where(Window.point_id == point.id)))
        return Subject(leaving, point.id, code, point, window_ids=ids)
    if leaving is Leaving.WINDOW:
        window = network.window_by_code(county_id, code)
        point = db.session.get_one(ServicePoint, window.point_id)
        return Subject(leaving, window.id, code, point, window, until_on=window.until_on, window_ids=frozenset({window.id}))
    if not (code.isascii() and code.isdigit() and len(code) < 10):
        raise NotFound(code)
    query = select(Posting, Account, Window).join(Account, Account.id == Posting.account_id).join(Window, Window.id == Posting.window_id)
    row = db.session.execute(query.where(Posting.county_id == county_id, Posting.id == int(code))).first()
    if row is None:
        raise NotFound(code)
    posting, account, window = row
    point = db.session.get_one(ServicePoint, window.point_id)
    return Subject(leaving, posting.id, code, point, window, account, posting.until_on, frozenset({window.id}))


# --- how much there is ------------------------------------------------------------------------------------------------------------


def _held(subject: Subject) -> ColumnElement[bool]:
    """The cases that have to move: held there, or on their way to it; of a posting those that the person has in hand."""
    windows = list(subject.window_ids)
    if subject.leaving is Leaving.POSTING:
        assert subject.account is not None
        return Case.is_open.is_(True) & Case.holder_id.in_(windows) & (Case.assignee_id == subject.account.id)
    return Case.is_open.is_(True) & or_(Case.holder_id.in_(windows), Case.addressed_id.in_(windows))


def _count(condition: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count(Case.id)).where(condition)) or 0


def load_of(subject: Subject, at: datetime, after: date) -> Load:
    """What hangs on the subject: cases now, people and stand-ins after a last day, letters in force, open points below."""
    windows = list(subject.window_ids)
    is_open = Case.is_open.is_(True)
    people = select(func.count(Posting.id)).where(Posting.window_id.in_(windows), or_(Posting.until_on.is_(None), Posting.until_on > after))
    stand_ins = select(func.count(StandIn.id)).where(StandIn.window_id.in_(windows), StandIn.until_on > after, stand_in_holds(at))
    is_point = subject.leaving is Leaving.POINT
    letters = select(func.count(Letter.id)).where(Letter.point_id == subject.point.id, letter_holds(at))
    points = select(func.count(ServicePoint.id)).where(ServicePoint.parent_id == subject.point.id, ServicePoint.status.in_(WORKING))
    assigned = _count(_held(subject)) if subject.leaving is Leaving.POSTING else 0
    return Load(
        held=_count(is_open & Case.holder_id.in_(windows)),
        coming=_count(is_open & Case.addressed_id.in_(windows) & Case.holder_id.not_in(windows)),
        assigned=assigned,
        people=db.session.scalar(people) or 0,
        stand_ins=db.session.scalar(stand_ins) or 0,
        letters=(db.session.scalar(letters) or 0) if is_point else 0,
        points=(db.session.scalar(points) or 0) if is_point else 0,
    )


def may_close_window(window_id: int, last_on: date) -> Decision:
    """May a window get this last day, as far as cases and people are concerned (`network_services.before_closing_window`)?"""
    window = db.session.get_one(Window, window_id)
    subject = subject_of(window.county_id, Leaving.WINDOW, window.code)
    return rules.may_leave(load_of(subject, start_of(last_on), last_on), for_good=True)


def may_end_posting(posting_id: int, last_on: date, today: date) -> Decision:
    """May a posting end so, as far as cases are concerned (`posting_services.before_ending`)?"""
    posting = db.session.get_one(Posting, posting_id)
    subject = subject_of(posting.county_id, Leaving.POSTING, str(posting_id))
    following = max(last_on, today) + ONE_DAY
    others = select(func.count(Posting.id)).where(
        Posting.window_id == posting.window_id, Posting.account_id != posting.account_id, Posting.from_on <= following,
        or_(Posting.until_on.is_(None), Posting.until_on >= following),
    )  # fmt: skip
    load = load_of(subject, start_of(today), last_on)
    return rules.may_end_posting_of(load, last_on=last_on, today=today, others=db.session.scalar(others) or 0)


# --- what there is ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case that has to move."""

    case: Case
    version: ItemVersion
    masked_name: str


@dataclass(frozen=True, slots=True)
class Hanging:
    """All that hangs on a subject, for its page; no list is longer than a page, each has its count in `load`."""

    load: Load
    cases: list[CaseLine]
    people: list[tuple[Posting, Account, Window]]
    stand_ins: list[tuple[StandIn, Account, Window]]
    letters: list[tuple[Letter, Account, Body]]
    offices: list[tuple[Office, Body | None]]
    drafts: list[Instrument]
    filings: int
    points: list[ServicePoint] = field(default_factory=list)


def hanging_on(subject: Subject, at: datetime, today: date) -> Hanging:
    """Everything that hangs on a window, a point or a posting now."""
    windows, account = list(subject.window_ids), subject.account
    cases = select(Case, ItemVersion, Person.masked_name).join(ItemVersion, ItemVersion.id == Case.version_id)
    cases = cases.join(Person, Person.id == Case.applicant_id).where(_held(subject)).order_by(Case.sort_on, Case.id).limit(SHOWN)
    people = select(Posting, Account, Window).join(Account, Account.id == Posting.account_id).join(Window, Window.id == Posting.window_id)
    people = people.where(or_(Posting.until_on.is_(None), Posting.until_on >= today)).order_by(Posting.id).limit(SHOWN)
    stand_ins = select(StandIn, Account, Window).join(Account, Account.id == StandIn.account_id).join(Window, Window.id == StandIn.window_id)
    stand_ins = stand_ins.where(stand_in_holds(at)).order_by(StandIn.id).limit(SHOWN)
    letters = select(Letter, Account, Body).join(Account, Account.id == Letter.account_id).join(Body, Body.id == Letter.body_id)
    letters = letters.where(Letter.point_id == subject.point.id, letter_holds(at)).order_by(Letter.id).limit(SHOWN)
    unsigned = select(InstrumentSignature.id).where(InstrumentSignature.instrument_id == Instrument.id).exists()
    drafts = select(Instrument).where(Instrument.county_id == subject.point.county_id, ~unsigned).order_by(Instrument.id).limit(SHOWN)
    filings = select(func.count(FiledRefusal.id)).join(Case, Case.id == FiledRefusal.case_id).where(
        _held(subject), FiledRefusal.passed_at.is_(None), FiledRefusal.returned_at.is_(None), FiledRefusal.overtaken_at.is_(None)
    )  # fmt: skip
    offices: list[tuple[Office, Body | None]] = []
    points: list[ServicePoint] = []
    if account is not None:
        people = people.where(Posting.window_id.in_(windows), Posting.account_id != account.id)
        stand_ins = stand_ins.where(or_(StandIn.account_id == account.id, StandIn.absent_id == account.id))
        letters = letters.where(Letter.account_id == account.id)
        drafts = drafts.where(Instrument.drafted_by_id == account.id)
        held = select(Office, Body).outerjoin(Body, Body.id == Office.body_id).where(
            Office.account_id == account.id, Office.from_on <= today, or_(Office.until_on.is_(None), Office.until_on >= today)
        )  # fmt: skip
        offices = [row._tuple() for row in db.session.execute(held.order_by(Office.id))]
    else:
        people = people.where(Posting.window_id.in_(windows))
        stand_ins = stand_ins.where(StandIn.window_id.in_(windows))
        named = select(Clause.id).where(Clause.instrument_id == Instrument.id, Clause.window_id.in_(windows)).exists()
        drafts = drafts.where(named)
        if subject.leaving is Leaving.POINT:
            points = [point for point in network.children_of(subject.point.id) if PointStatus(point.status).holds_cases]
        else:
            letters = letters.where(Letter.id.is_(None))
    return Hanging(
        load_of(subject, at, subject.until_on or today),
        [CaseLine(*row) for row in db.session.execute(cases)],
        [row._tuple() for row in db.session.execute(people)],
        [row._tuple() for row in db.session.execute(stand_ins)],
        [row._tuple() for row in db.session.execute(letters)],
        offices,
        list(db.session.scalars(drafts)),
        db.session.scalar(filings) or 0,
        points,
    )


def windows_at(point_id: int, today: date) -> list[Window]:
    """The windows of a point that are not over."""
    query = select(Window).where(Window.point_id == point_id, or_(Window.until_on.is_(None), Window.until_on >= today))
    return list(db.session.scalars(query.order_by(Window.code)))


def to_take_back(subject: Subject, emergency: PointEmergency) -> list[CaseLine]:
    """The open cases that an emergency took from a point's windows and that are elsewhere now."""
    gone = select(Leg.case_id).where(
        Leg.mark == Mark.EMERGENCY.value, Leg.from_window_id.in_(list(subject.window_ids)), Leg.sent_at >= emergency.started_at
    )
    query = select(Case, ItemVersion, Person.masked_name).join(ItemVersion, ItemVersion.id == Case.version_id)
    query = query.join(Person, Person.id == Case.applicant_id).where(
        Case.is_open.is_(True), Case.id.in_(gone), Case.holder_id.not_in(list(subject.window_ids)),
        or_(Case.addressed_id.is_(None), Case.addressed_id.not_in(list(subject.window_ids))),
    )  # fmt: skip
    return [CaseLine(*row) for row in db.session.execute(query.order_by(Case.sort_on, Case.id).limit(SHOWN))]


def came_from(case_ids: Collection[int], subject: Subject) -> dict[int, int]:
    """case → the window of the point from which the emergency took it."""
    query = select(Leg.case_id, Leg.from_window_id).where(
        Leg.case_id.in_(list(case_ids)), Leg.mark == Mark.EMERGENCY.value, Leg.from_window_id.in_(list(subject.window_ids))
    )
    return dict(row._tuple() for row in db.session.execute(query.order_by(Leg.seq)))


def batch_of(county_id: int, subject: Subject, batch_id: int) -> MoveBatch:
    """A batch of this subject; NotFound otherwise."""
    query = select(MoveBatch).where(
        MoveBatch.county_id == county_id, MoveBatch.leaving == subject.leaving.value, MoveBatch.subject_id == subject.id, MoveBatch.id == batch_id
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(f"batch {batch_id}")
    return found


def ending_soon(county_id: int, today: date, days: int = 30) -> list[tuple[Posting, Account, Window, int]]:
    """Postings that end soon with how many cases their person has in hand, the nearest first."""
    in_hand = (
        select(func.count(Case.id))
        .where(Case.is_open.is_(True), Case.holder_id == Posting.window_id, Case.assignee_id == Posting.account_id)
        .correlate(Posting)
        .scalar_subquery()
    )
    query = (
        select(Posting, Account, Window, in_hand)
        .join(Account, Account.id == Posting.account_id)
        .join(Window, Window.id == Posting.window_id)
        .where(Posting.county_id == county_id, Posting.until_on >= today, Posting.until_on <= today + timedelta(days=days))
        .order_by(Posting.until_on, Posting.id)
        .limit(SHOWN)
    )
    return [row._tuple() for row in db.session.execute(query)]
