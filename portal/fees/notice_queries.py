"""Notices of fees: those of a case, one with what happened to it, those that wait for the decision on their waiver (F-2, F-3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.accounts.queries import SignedIn
from portal.cases.models import Case
from portal.database import NotFound, db
from portal.fees import queries
from portal.fees.charge_models import FeeEvent, FeeNotice, FeeReceipt, IntermediaryCharge
from portal.fees.models import PublishedFee, WaiverGround
from portal.network.models import Body
from portal.rules.fees import WAIVES, NoticeEventKind, NoticeState

PAGE = 25


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice as lists show it; `state` is as people see it: void where its fee was cancelled before it was paid."""

    row: FeeNotice
    fee: PublishedFee
    collector: Body
    state: str
    ground: WaiverGround | None = None
    case_number: str = ""

    @property
    def is_open(self) -> bool:
        return self.state == NoticeState.OPEN


def lines_of(county_id: int, on: date, *where: object, order: Sequence[object] = (), limit: int = 200) -> list[NoticeLine]:
    """Notices with their fee, collector, ground and case: one query, and one for cancellations."""
    query = (
        select(FeeNotice, PublishedFee, Body, WaiverGround, Case.number)
        .join(PublishedFee, PublishedFee.id == FeeNotice.fee_id)
        .join(Body, Body.id == FeeNotice.collector_id)
        .join(Case, Case.id == FeeNotice.case_id)
        .outerjoin(WaiverGround, WaiverGround.id == FeeNotice.ground_id)
        .where(FeeNotice.county_id == county_id, *where)  # type: ignore[arg-type]
        .order_by(*(order or (FeeNotice.id,)))  # type: ignore[arg-type]
        .limit(limit)
    )
    rows = db.session.execute(query.execution_options(populate_existing=True)).all()
    blocked = queries.cancellations(county_id, {fee.code for _notice, fee, *_rest in rows}) if rows else {}
    return [
        NoticeLine(notice, fee, body, queries.shown_state(notice.state, fee, blocked, on), ground, number)
        for notice, fee, body, ground, number in rows
    ]


def of_case(county_id: int, case_id: int, on: date) -> list[NoticeLine]:
    """The notices of a case, in order: what its page and the public progress show (no person)."""
    return lines_of(county_id, on, FeeNotice.case_id == case_id)


def intermediaries_of(case_id: int) -> list[tuple[IntermediaryCharge, PublishedFee]]:
    """What intermediaries took in a case, in order."""
    query = (
        select(IntermediaryCharge, PublishedFee)
        .join(PublishedFee, PublishedFee.id == IntermediaryCharge.fee_id)
        .where(IntermediaryCharge.case_id == case_id)
    )
    return [(row, fee) for row, fee in db.session.execute(query.order_by(IntermediaryCharge.id))]


def notice_by_number(county_id: int, number: str, on: date) -> NoticeLine:
    """A notice by its number; NotFound otherwise. Who may see it is asked by the caller."""
    if len(number) > 40:
        raise NotFound(number)
    found = lines_of(county_id, on, FeeNotice.number == number)
    if not found:
        raise NotFound(number)
    return found[0]


def notice_by_code(county_id: int, code: str, on: date) -> NoticeLine:
    """A notice by the code printed on it, for the public: no person (C-18)."""
    plain = "".join(char for char in code.upper() if char.isalnum())
    if len(plain) != 12 or not plain.isascii():
        raise NotFound(code)
    found = lines_of(county_id, on, FeeNotice.code == plain)
    if not found:
        raise NotFound(code)
    return found[0]


@dataclass(frozen=True, slots=True)
class EventLine:
    row: FeeEvent
    actor: Account | None


def events_of(notice_id: int) -> list[EventLine]:
    """What happened to a notice, in order, with who did it."""
    rows = list(db.session.scalars(select(FeeEvent).where(FeeEvent.notice_id == notice_id).order_by(FeeEvent.seq)))
    people = accounts.accounts_by_id({row.actor_id for row in rows})
    return [EventLine(row, people.get(row.actor_id)) for row in rows]


def kinds_of(notice_id: int) -> list[NoticeEventKind]:
    """The kinds of the events of a notice, in order, as they are in the database now."""
    query = select(FeeEvent.kind).where(FeeEvent.notice_id == notice_id).order_by(FeeEvent.seq)
    return [NoticeEventKind(kind) for kind in db.session.scalars(query)]


def asked_by(notice_id: int) -> int:
    """Who asked for the waiver of a notice; 0 where nobody did."""
    query = select(FeeEvent.actor_id).where(FeeEvent.notice_id == notice_id, FeeEvent.kind == NoticeEventKind.WAIVER_ASKED.value)
    return db.session.scalar(query) or 0


def receipts_of(notice_id: int) -> list[FeeReceipt]:
    """The receipts of a notice, the last one last."""
    return list(db.session.scalars(select(FeeReceipt).where(FeeReceipt.notice_id == notice_id).order_by(FeeReceipt.seq)))


def waiver_bodies(person: SignedIn) -> frozenset[int]:
    """The bodies for which this person decides on waivers."""
    return frozenset(held.body_id for held in person.offices if held.office in WAIVES and held.body_id is not None)


def waivers_for(person: SignedIn, on: date, *, after: int | None = None) -> tuple[list[NoticeLine], int | None]:
    """Notices that wait for the decision on their waiver, of the person's bodies, the oldest first; the cursor of the next page."""
    where = [FeeNotice.state == NoticeState.WAITING.value, FeeNotice.collector_id.in_(waiver_bodies(person))]
    if after is not None:
        where.append(FeeNotice.id > after)
    rows = lines_of(person.county_id, on, *where, limit=PAGE + 1)
    more = rows[PAGE - 1].row.id if len(rows) > PAGE else None
    return rows[:PAGE], more


def unpaid_of(lines: Iterable[NoticeLine]) -> list[NoticeLine]:
    """Those of the notices that are still to be paid."""
    return [line for line in lines if line.state in (NoticeState.OPEN, NoticeState.WAITING)]
