"""The one cashier window: what is to be paid, receipts, what goes back, and the days with their counts (F-3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import and_, func, or_, select

from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.cases.models import Case
from portal.database import NotFound, db
from portal.fees import notice_queries
from portal.fees.charge_models import (
    CashierDay,
    CashierDaySign,
    FeeNotice,
    FeeReceipt,
    FeeReversal,
    FeeReversalDecision,
)
from portal.fees.models import PublishedFee
from portal.fees.notice_queries import NoticeLine
from portal.network.models import Body
from portal.rules import fees as rules
from portal.rules.fees import DaySums, Method, Moved, NoticeState, ReceiptNow

PAGE = 25


# --- what is to be paid -------------------------------------------------------------------------------------------------------------------


def list_unpaid(county_id: int, on: date, *, text: str = "", after: int | None = None) -> tuple[list[NoticeLine], int | None]:
    """Notices that are to be paid, the oldest first; or those of one number of a notice or a case, whatever their state."""
    where: list[Any] = []
    if text:
        where.append(or_(FeeNotice.number == text, Case.number == text))
    else:
        where.append(FeeNotice.state.in_((NoticeState.OPEN.value, NoticeState.WAITING.value)))
    if after is not None:
        where.append(FeeNotice.id > after)
    rows = notice_queries.lines_of(county_id, on, *where, limit=PAGE + 1)
    more = rows[PAGE - 1].row.id if len(rows) > PAGE else None
    return rows[:PAGE], more


def unpaid_count(county_id: int) -> sa.ScalarSelect[int]:
    """How many notices wait at the cashier's, for the navigation."""
    query = select(func.count(FeeNotice.id)).where(FeeNotice.county_id == county_id, FeeNotice.state == NoticeState.OPEN.value)
    return query.scalar_subquery()


# --- receipts and what goes back ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A receipt with its notice, and whether its money goes back: `asked` waits, `back` went."""

    row: FeeReceipt
    notice: FeeNotice
    fee: PublishedFee
    collector: Body
    case_number: str
    cashier: Account | None
    asked: FeeReversal | None = None
    back: FeeReversalDecision | None = None
    back_kind: str = ""

    @property
    def now(self) -> ReceiptNow:
        return ReceiptNow(self.row.paid_on, self.back is not None, self.asked is not None)


def receipt_by_number(county_id: int, number: str) -> ReceiptLine:
    """A receipt by its number; NotFound otherwise."""
    query = (
        select(FeeReceipt, FeeNotice, PublishedFee, Body, Case.number)
        .join(FeeNotice, FeeNotice.id == FeeReceipt.notice_id)
        .join(PublishedFee, PublishedFee.id == FeeNotice.fee_id)
        .join(Body, Body.id == FeeNotice.collector_id)
        .join(Case, Case.id == FeeNotice.case_id)
        .where(FeeReceipt.county_id == county_id, FeeReceipt.number == number)
    )
    found = db.session.execute(query).first() if len(number) <= 40 else None
    if found is None:
        raise NotFound(number)
    row, notice, fee, body, case_number = found
    asked: FeeReversal | None = None
    back, kind = None, ""
    steps = db.session.execute(
        select(FeeReversal, FeeReversalDecision)
        .outerjoin(FeeReversalDecision, FeeReversalDecision.reversal_id == FeeReversal.id)
        .where(FeeReversal.receipt_id == row.id)
        .order_by(FeeReversal.seq)
    )
    for reversal, decision in steps:
        if decision is None:
            asked = reversal
        elif decision.is_approved:
            back, kind = decision, reversal.kind
    cashier = accounts.accounts_by_id([row.cashier_id]).get(row.cashier_id)
    return ReceiptLine(row, notice, fee, body, case_number, cashier, asked, back, kind)


@dataclass(frozen=True, slots=True)
class ReversalLine:
    """A receipt whose money is asked back, or went."""

    row: FeeReversal
    receipt: FeeReceipt
    notice: FeeNotice
    fee: PublishedFee
    decision: FeeReversalDecision | None
    asked_by: Account | None


def list_reversals(county_id: int, *, is_open: bool, before: int | None = None) -> tuple[list[ReversalLine], int | None]:
    """What waits for the second person, or what was decided; the latest first."""
    query = (
        select(FeeReversal, FeeReceipt, FeeNotice, PublishedFee, FeeReversalDecision)
        .join(FeeReceipt, FeeReceipt.id == FeeReversal.receipt_id)
        .join(FeeNotice, FeeNotice.id == FeeReceipt.notice_id)
        .join(PublishedFee, PublishedFee.id == FeeNotice.fee_id)
        .outerjoin(FeeReversalDecision, FeeReversalDecision.reversal_id == FeeReversal.id)
        .where(FeeReversal.county_id == county_id, FeeReversalDecision.id.is_(None) if is_open else FeeReversalDecision.id.is_not(None))
        .order_by(FeeReversal.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(FeeReversal.id < before)
    rows = db.session.execute(query).all()
    people = accounts.accounts_by_id({row.asked_by_id for row, *_rest in rows})
    more = rows[PAGE - 1][0].id if len(rows) > PAGE else None
    return [ReversalLine(row, receipt, notice, fee, decision, people.get(row.asked_by_id)) for row, receipt, notice, fee, decision in rows[:PAGE]], more


def reversals_count(county_id: int) -> sa.ScalarSelect[int]:
    """How many wait for the second person."""
    query = (
        select(func.count(FeeReversal.id))
        .outerjoin(FeeReversalDecision, FeeReversalDecision.reversal_id == FeeReversal.id)
        .where(FeeReversal.county_id == county_id, FeeReversalDecision.id.is_(None))
    )
    return query.scalar_subquery()


# --- days -----------------------------------------------------------------------------------------------------------------------------------


def moved_on(county_id: int, day: date) -> list[Moved]:
    """Every movement of money of a day: receipts of the day, and what went back on it, whenever it was paid."""
    taken = (
        select(FeeReceipt.method, PublishedFee.code, FeeReceipt.fen)
        .join(FeeNotice, FeeNotice.id == FeeReceipt.notice_id)
        .join(PublishedFee, PublishedFee.id == FeeNotice.fee_id)
        .where(FeeReceipt.county_id == county_id, FeeReceipt.paid_on == day)
    )
    back = (
        select(FeeReceipt.method, PublishedFee.code, FeeReceipt.fen)
        .join(FeeReversal, FeeReversal.receipt_id == FeeReceipt.id)
        .join(FeeReversalDecision, FeeReversalDecision.reversal_id == FeeReversal.id)
        .join(FeeNotice, FeeNotice.id == FeeReceipt.notice_id)
        .join(PublishedFee, PublishedFee.id == FeeNotice.fee_id)
        .where(FeeReversalDecision.county_id == county_id, FeeReversalDecision.decided_on == day, FeeReversalDecision.is_approved)
    )
    found = [Moved(Method(method), code, fen) for method, code, fen in db.session.execute(taken)]
    return found + [Moved(Method(method), code, fen, is_receipt=False) for method, code, fen in db.session.execute(back)]


def sums_on(county_id: int, day: date) -> DaySums:
    """What a day comes to, counted from its receipts (F-3)."""
    return rules.sums_of(moved_on(county_id, day))


@dataclass(frozen=True, slots=True)
class DayNow:
    """A day at the cashier's: its last count and the second person's word on it."""

    day: date
    count: CashierDay | None = None
    sign: CashierDaySign | None = None
    people: dict[int, Account] | None = None

    @property
    def is_closed(self) -> bool:
        """Counted, and not sent back: nothing is paid or given back on it."""
        return self.count is not None and (self.sign is None or self.sign.is_signed)

    @property
    def is_signed(self) -> bool:
        return self.sign is not None and self.sign.is_signed

    @property
    def state(self) -> str:
        return "signed" if self.is_signed else "counted" if self.is_closed else "sent_back" if self.count is not None else "open"


def _days(county_id: int, days: Collection[date]) -> dict[date, DayNow]:
    query = (
        select(CashierDay, CashierDaySign)
        .outerjoin(CashierDaySign, CashierDaySign.count_id == CashierDay.id)
        .where(CashierDay.county_id == county_id, CashierDay.day_on.in_(list(days)))
        .order_by(CashierDay.day_on, CashierDay.seq)
    )
    rows = {count.day_on: (count, sign) for count, sign in db.session.execute(query)}
    ids = {each for count, sign in rows.values() for each in (count.counted_by_id, sign.signed_by_id if sign else None) if each}
    people = accounts.accounts_by_id(ids)
    found = {}
    for day in days:
        count, sign = rows.get(day, (None, None))
        found[day] = DayNow(day, count, sign, people)
    return found


def day_now(county_id: int, day: date) -> DayNow:
    """How a day stands."""
    return _days(county_id, [day])[day]


def is_closed(county_id: int, day: date) -> bool:
    """Whether nothing can be paid or given back on a day any more."""
    return day_now(county_id, day).is_closed


def receipts_on(county_id: int, day: date) -> list[ReceiptLine]:
    """The receipts of a day, in order, at most 200: what the cashier compares the drawer with."""
    query = (
        select(FeeReceipt, FeeNotice, PublishedFee, Body, Case.number)
        .join(FeeNotice, FeeNotice.id == FeeReceipt.notice_id)
        .join(PublishedFee, PublishedFee.id == FeeNotice.fee_id)
        .join(Body, Body.id == FeeNotice.collector_id)
        .join(Case, Case.id == FeeNotice.case_id)
        .where(FeeReceipt.county_id == county_id, FeeReceipt.paid_on == day)
        .order_by(FeeReceipt.id.desc())
        .limit(50)
    )
    return [ReceiptLine(row, notice, fee, body, number, None) for row, notice, fee, body, number in db.session.execute(query)]


def list_days(county_id: int, today: date, *, before: date | None = None) -> tuple[list[DayNow], date | None]:
    """Days on which money moved or that were counted, the latest first: an unclosed one among them shows."""
    moved = select(FeeReceipt.paid_on.label("day")).where(FeeReceipt.county_id == county_id)
    back = select(FeeReversalDecision.decided_on).where(FeeReversalDecision.county_id == county_id, FeeReversalDecision.is_approved)
    counted = select(CashierDay.day_on).where(CashierDay.county_id == county_id)
    every = moved.union(back, counted).subquery()
    query = select(every.c.day).order_by(every.c.day.desc()).limit(PAGE + 1)
    query = query.where(and_(every.c.day < before) if before is not None else and_(every.c.day <= today))
    days = list(db.session.scalars(query))
    more = days[PAGE - 1] if len(days) > PAGE else None
    found = _days(county_id, days[:PAGE])
    return [found[day] for day in days[:PAGE]], more
