"""The cashier's acts: take the money of a notice, give it back with a second person, close the day (F-3).

Whoever moves money or closes a day stands in one queue a county: a payment and the end of its day cannot pass each other.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select

from portal.accounts.models import Role
from portal.accounts.queries import SignedIn
from portal.audit import record
from portal.authority import queries as authority_queries
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.fees import cashier_queries, queries
from portal.fees.cashier_queries import ReceiptLine
from portal.fees.charge_models import CashierDay, CashierDaySign, FeeNotice, FeeReceipt, FeeReversal, FeeReversalDecision
from portal.fees.models import PublishedFee
from portal.fees.notice_services import append
from portal.network import queries as network
from portal.rules import fees as rules
from portal.rules.decision import Decision, Reason
from portal.rules.fees import DaySums, Method, NoticeEventKind, NoticeState, ReversalKind
from portal.rules.moments import civil_date


def place_of_receipt(number: str) -> str:
    """Where a receipt is read and printed."""
    return f"/cashier/receipts/{number}"


def _queue(tx: Transaction, county_id: int) -> None:
    """One act on money after the other; taken before any other lock and before the moment is read."""
    network.next_number(tx, county_id, "cashier", 0)


def _is_cashier(actor: SignedIn) -> None:
    rules.may_take_money(is_cashier=actor.role == Role.CASHIER, is_posted=bool(actor.postings)).or_raise()


def pay(number: str, method: Method, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> str:
    """Take the money of a notice: its amount, never another. Returns the number of the receipt (F-3)."""
    with transaction(clock=clock, once=once) as tx:
        _is_cashier(actor)
        _queue(tx, actor.county_id)
        rows = tx.lock(select(FeeNotice).where(FeeNotice.county_id == actor.county_id, FeeNotice.number == number))
        if not rows:
            raise NotFound(number)
        notice: FeeNotice = rows[0]
        if notice.version != version:
            raise Stale(notice.version)
        today = civil_date(tx.now)
        fee = tx.session.get_one(PublishedFee, notice.fee_id)
        blocked = rules.is_blocked(fee.id, queries.cancellations(actor.county_id, [fee.code]).get(fee.code, ()), today)
        rules.may_pay(
            NoticeState(notice.state), is_blocked=blocked, is_day_closed=cashier_queries.is_closed(actor.county_id, today)
        ).or_raise()
        last = tx.session.scalar(select(func.max(FeeReceipt.seq)).where(FeeReceipt.notice_id == notice.id)) or 0
        serial = network.next_number(tx, actor.county_id, "fee-receipt", today.year)
        receipt = FeeReceipt(
            county_id=actor.county_id, number=f"SJ{today.year}-{serial:06d}", notice_id=notice.id, seq=last + 1, method=method.value,
            fen=notice.amount_fen, paid_at=tx.now, paid_on=today, cashier_id=actor.account_id,
        )  # fmt: skip
        tx.session.add(receipt)
        tx.session.flush()
        append(tx, notice, NoticeEventKind.PAID, actor=actor, payload={"receipt": receipt.number, "method": method.value})
        tx.result = place_of_receipt(receipt.number)
        return receipt.number


# --- money that goes back -----------------------------------------------------------------------------------------------------------------


def ask_back(number: str, kind: ReversalKind, reason: str, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Ask that the money of a receipt goes back; a second person decides."""
    with transaction(clock=clock, once=once) as tx:
        _is_cashier(actor)
        _queue(tx, actor.county_id)
        line = cashier_queries.receipt_by_number(actor.county_id, number)
        today = civil_date(tx.now)
        rules.may_ask_back(kind, line.now, today, is_day_closed=cashier_queries.is_closed(actor.county_id, today)).or_raise()
        last = tx.session.scalar(select(func.max(FeeReversal.seq)).where(FeeReversal.receipt_id == line.row.id)) or 0
        asked = FeeReversal(
            county_id=actor.county_id, receipt_id=line.row.id, seq=last + 1, kind=kind.value, reason=reason, asked_by_id=actor.account_id,
            asked_at=tx.now,
        )  # fmt: skip
        tx.session.add(asked)
        tx.session.flush()
        record(tx, actor.actor, "fee_receipt.ask_back", f"fee_receipt:{number}", kind=kind.value, seq=asked.seq)
        tx.result = place_of_receipt(number)


def may_give_back(line: ReceiptLine, actor: SignedIn, offices: Any, today: date, *, approves: bool = True) -> Decision:
    """May this person decide on what was asked back? The same answer draws the buttons and guards the act."""
    if line.asked is None:
        return Decision.no(Reason.FEE_NOT_AT_THIS_STEP, rule="F-3")
    return rules.may_give_back(
        ReversalKind(line.asked.kind), line.now, today, offices, account=actor.account_id, asked_by=line.asked.asked_by_id,
        is_day_closed=cashier_queries.is_closed(actor.county_id, today), approves=approves,
    )  # fmt: skip


def decide_back(
    number: str, *, seq: int, approves: bool, reason: str = "", actor: SignedIn, clock: Clock, once: Once | None = None
) -> None:
    """Give the money of a receipt back, or refuse it: the second person, in the queue of the cashier (F-3)."""
    with transaction(clock=clock, once=once) as tx:
        _queue(tx, actor.county_id)
        line = cashier_queries.receipt_by_number(actor.county_id, number)
        notice: FeeNotice = tx.lock(select(FeeNotice).where(FeeNotice.id == line.notice.id))[0]
        if line.asked is None or line.asked.seq != seq:
            raise Stale(line.asked.seq if line.asked is not None else 0)
        today = civil_date(tx.now)
        offices = authority_queries.offices_of(actor.account_id, today)
        permission = may_give_back(line, actor, offices, today, approves=approves).or_raise()
        assert permission.by is not None and permission.by.office is not None
        tx.session.add(
            FeeReversalDecision(
                county_id=actor.county_id, reversal_id=line.asked.id, is_approved=approves, reason=reason, decided_by_id=actor.account_id,
                office_id=permission.by.office, decided_at=tx.now, decided_on=today,
            )
        )  # fmt: skip
        tx.session.flush()
        record(tx, actor.actor, "fee_receipt.decide_back", f"fee_receipt:{number}", approved=approves, seq=seq, office=permission.by.office)
        if approves:
            is_void = line.asked.kind == ReversalKind.VOID
            kind = NoticeEventKind.PAYMENT_VOIDED if is_void else NoticeEventKind.REFUNDED
            append(tx, notice, kind, actor=actor, office_id=permission.by.office, payload={"receipt": number, "reason": line.asked.reason})
        tx.result = "/cashier/reversals"


# --- the day --------------------------------------------------------------------------------------------------------------------------------


def stored(sums: DaySums) -> dict[str, Any]:
    """The sums of a day as they are kept with its count."""
    return {
        "receipts": sums.receipts, "reversals": sums.reversals, "taken": sums.taken, "given_back": sums.given_back,
        "by_method": {method.value: list(pair) for method, pair in sums.by_method.items()},
        "by_fee": {code: list(pair) for code, pair in sums.by_fee.items()},
    }  # fmt: skip


def place_of_day(day: date) -> str:
    """Where a day's paper is read."""
    return f"/cashier/days/{day.isoformat()}"


def close_day(
    day: date, counted_fen: int, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None
) -> None:
    """Count and close a day: from then on nothing of it is paid or given back. `version` is how many receipts and returns the form showed."""
    with transaction(clock=clock, once=once) as tx:
        _is_cashier(actor)
        _queue(tx, actor.county_id)
        sums, now = cashier_queries.sums_on(actor.county_id, day), cashier_queries.day_now(actor.county_id, day)
        if sums.receipts + sums.reversals != version and not now.is_closed:
            raise Stale(sums.receipts + sums.reversals)  # something was paid since the drawer was counted
        rules.may_close(
            day, civil_date(tx.now), is_closed=now.is_closed, difference_fen=counted_fen - sums.cash, reason=reason
        ).or_raise()
        count = CashierDay(
            county_id=actor.county_id, day_on=day, seq=now.count.seq + 1 if now.count is not None else 1, cash_fen=sums.cash, counted_fen=counted_fen,
            sums=stored(sums), reason=reason, counted_by_id=actor.account_id, counted_at=tx.now,
        )  # fmt: skip
        tx.session.add(count)
        tx.session.flush()
        record(tx, actor.actor, "cashier_day.close", f"cashier_day:{day.isoformat()}", seq=count.seq, cash=sums.cash, counted=counted_fen)
        tx.result = place_of_day(day)


def sign_day(
    day: date, *, is_signed: bool, reason: str = "", version: int, actor: SignedIn, clock: Clock, once: Once | None = None
) -> None:
    """Sign a day, or send it back to be counted again with a reason: the second person. `version` is the count that was looked at."""
    with transaction(clock=clock, once=once) as tx:
        _queue(tx, actor.county_id)
        now = cashier_queries.day_now(actor.county_id, day)
        if now.count is None:
            raise NotFound(day.isoformat())
        if now.count.seq != version:
            raise Stale(now.count.seq)
        permission = rules.may_sign(
            authority_queries.offices_of(actor.account_id, civil_date(tx.now)), account=actor.account_id, counted_by=now.count.counted_by_id,
            is_counted=now.sign is None,
        ).or_raise()  # fmt: skip
        assert permission.by is not None and permission.by.office is not None
        tx.session.add(
            CashierDaySign(
                county_id=actor.county_id, count_id=now.count.id, is_signed=is_signed, reason=reason, signed_by_id=actor.account_id,
                office_id=permission.by.office, signed_at=tx.now,
            )
        )  # fmt: skip
        tx.session.flush()
        record(tx, actor.actor, "cashier_day.sign", f"cashier_day:{day.isoformat()}", signed=is_signed, seq=now.count.seq, office=permission.by.office)
        tx.result = place_of_day(day)
