"""Asking for a fee in a case: notices, their waivers, what intermediaries took (F-1 to F-4).

`append` is the one way to write what happened to a notice: event, projection, record. A notice is no event of the case: it stops no clock
and holds back no result (F-3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from portal.accounts import services as accounts
from portal.accounts.models import Person
from portal.accounts.numbers import check_credit_code
from portal.accounts.queries import SignedIn
from portal.accounts.sealed import RevealReason
from portal.audit import record
from portal.authority import queries as authority_queries
from portal.cases import queries as case_queries
from portal.cases.models import Case
from portal.cases.queries import CaseView
from portal.cases.services import new_tracking_code
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.fees import notice_queries, queries
from portal.fees.charge_models import FeeEvent, FeeNotice, IntermediaryCharge
from portal.fees.models import WaiverGround
from portal.network import queries as network
from portal.rules import fees as rules
from portal.rules.authority import Level
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.fees import Asking, ChargeKind, NoticeEventKind, NoticeState, Payer
from portal.rules.moments import civil_date


def place_of_case(number: str) -> str:
    """Where the fees of a case are read."""
    return f"/cases/{number}/fees"


# --- events and their projection --------------------------------------------------------------------------------------------------------


def append(
    tx: Transaction, notice: FeeNotice, kind: NoticeEventKind, *, actor: SignedIn, office_id: int | None = None, payload: Mapping[str, Any] | None = None
) -> None:
    """Write what happened to a notice now, and what follows from it; the notice's row is locked by the caller, or new."""
    last = tx.session.scalar(select(func.max(FeeEvent.seq)).where(FeeEvent.notice_id == notice.id)) or 0
    event = FeeEvent(
        county_id=notice.county_id, notice_id=notice.id, seq=last + 1, kind=kind.value, actor_id=actor.account_id, office_id=office_id, at=tx.now,
        payload=dict(payload or {}),
    )  # fmt: skip
    tx.session.add(event)
    tx.session.flush()
    percent = 100
    if notice.ground_id is not None:
        percent = tx.session.get_one(WaiverGround, notice.ground_id).pays_percent
    now = rules.fold(notice.full_fen, percent, notice_queries.kinds_of(notice.id))
    notice.state, notice.amount_fen, notice.version = now.state.value, now.amount_fen, event.seq
    tx.session.flush()
    record(tx, actor.actor, f"fee_notice.{kind.value}", f"fee_notice:{notice.number}", seq=event.seq, fen=notice.amount_fen, office=office_id)


# --- asking -------------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a window asks for: which fee, how often, how much a unit where there is a range, on which ground less."""

    fee_code: str
    quantity: int = 1
    unit_fen: int | None = None
    why: str = ""
    ground_code: str = ""


@dataclass(frozen=True, slots=True)
class Payee:
    """Who pays, as the case says it."""

    person_id: int
    payer: Payer
    credit_code: str


def asking_of(
    view: CaseView, fee: queries.Fee | None, payer: Payer, credit_code: str, served: frozenset[int], level: Level, *, is_holder: bool,
    wanted: Wanted | None = None,
) -> Asking:  # fmt: skip
    """The facts on which the rule judges: the same for the page and for the act."""
    wanted = wanted or Wanted("")
    return Asking(
        fee=None if fee is None else fee.terms, item_id=view.case.item_id, level=level, served=served, payer=payer, credit_code=credit_code,
        is_holder=is_holder, is_accepted=view.now.accepted_at is not None, is_closed=view.now.state.is_closed, quantity=wanted.quantity,
        unit_fen=wanted.unit_fen, why=wanted.why,
    )  # fmt: skip


def _payee(tx: Transaction, case: Case, actor: SignedIn, clock: Clock) -> Payee:
    """Who pays; of an organisation the credit code is opened for its card, and that look is recorded (R-2)."""
    person = tx.session.get_one(Person, case.applicant_id)
    if person.kind != "organisation":
        return Payee(person.id, Payer.NATURAL, "")
    try:
        number = accounts.reveal(person.id, "number", RevealReason.PAPER, actor=actor.actor, clock=clock, about=f"case:{case.number}")
    except NotFound:
        return Payee(person.id, Payer.ORGANISATION, "")
    found = check_credit_code(number)
    return Payee(person.id, Payer.ORGANISATION, found.number if found.is_valid else "")


def _open(tx: Transaction, number: str, version: int, actor: SignedIn, clock: Clock) -> tuple[Case, CaseView, bool]:
    """The case, locked, and whether the person is posted at the window that holds it at this moment."""
    seen = case_queries.case_for(actor, number, clock.today())
    case: Case = tx.lock(select(Case).where(Case.id == seen.id))[0]
    if case.version != version:
        raise Stale(case.version)
    held = authority_queries.held_by(actor.account_id, case.holder_id, tx=tx)
    return case, case_queries.load(case, tx.now), bool(held.posts)


def _asked(tx: Transaction, case: Case, view: CaseView, is_holder: bool, payee: Payee, wanted: Wanted) -> tuple[queries.Fee, Decision]:
    fee = queries.get_fee_on(case.county_id, wanted.fee_code, civil_date(tx.now))
    level = case_queries.places_of([case.holder_id])[case.holder_id].level
    served = frozenset(network.bodies_served([case.holder_id], civil_date(tx.now))[case.holder_id])
    asking = asking_of(view, fee, payee.payer, payee.credit_code, served, level, is_holder=is_holder, wanted=wanted)
    answer = rules.may_ask(asking).or_raise()
    assert fee is not None
    return fee, answer


def issue_notice(number: str, wanted: Wanted, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> str:
    """Ask for a fee in a case; returns the number of the notice. The cashier takes the money, the case goes on (F-3)."""
    with transaction(clock=clock, once=once) as tx:
        case, view, is_holder = _open(tx, number, version, actor, clock)
        payee = _payee(tx, case, actor, clock)
        fee, answer = _asked(tx, case, view, is_holder, payee, wanted)
        if fee.terms.kind is not ChargeKind.ADMINISTRATIVE:
            raise NotAllowed(Decision.no(Reason.FEE_NOT_OF_THIS_DAY, rule="F-1"))
        today, ground = civil_date(tx.now), None
        if wanted.ground_code:
            ground = queries.get_ground_on(case.county_id, wanted.ground_code, today)
            rules.may_rest_on(ground, fee.row.code).or_raise()
        full, unit = answer.facts["full_fen"], answer.facts["unit_fen"]
        assert isinstance(full, int) and isinstance(unit, int)
        serial = network.next_number(tx, case.county_id, "fee-notice", today.year)
        notice = FeeNotice(
            county_id=case.county_id, number=f"JF{today.year}-{serial:06d}", code=new_tracking_code(), fee_id=fee.row.id, case_id=case.id,
            window_id=case.holder_id, collector_id=fee.row.collector_id, payer=payee.payer.value, person_id=payee.person_id,
            credit_code=payee.credit_code or None, quantity=wanted.quantity, unit_fen=unit, full_fen=full, amount_fen=full, why=wanted.why,
            ground_id=ground.id if ground is not None else None, state=NoticeState.OPEN.value, version=0, issued_at=tx.now, issued_on=today,
            issued_by_id=actor.account_id,
        )  # fmt: skip
        tx.session.add(notice)
        tx.session.flush()
        append(tx, notice, NoticeEventKind.ISSUED, actor=actor, payload={"fee": fee.row.code, "quantity": wanted.quantity, "unit_fen": unit})
        if ground is not None:
            append(tx, notice, NoticeEventKind.WAIVER_ASKED, actor=actor, payload={"ground": ground.code})
        tx.result = f"{place_of_case(number)}/{notice.number}"
        return notice.number


def enter_intermediary(
    number: str, wanted: Wanted, intermediary: str, charged_fen: int, charged_on: date, *, version: int, actor: SignedIn, clock: Clock,
    once: Once | None = None,
) -> str:  # fmt: skip
    """Enter on the card what an intermediary took of an enterprise in a case; more than the lower standard is marked, not refused (F-2, F-4)."""
    with transaction(clock=clock, once=once) as tx:
        case, view, is_holder = _open(tx, number, version, actor, clock)
        payee = _payee(tx, case, actor, clock)
        if payee.payer is not Payer.ORGANISATION:
            raise NotAllowed(Decision.no(Reason.FEE_CREDIT_CODE_MISSING, rule="F-4"))
        fee, _answer = _asked(tx, case, view, is_holder, payee, wanted)
        if fee.terms.kind is not ChargeKind.INTERMEDIARY:
            raise NotAllowed(Decision.no(Reason.FEE_NOT_OF_THIS_DAY, rule="F-1"))
        today = civil_date(tx.now)
        if charged_on > today:
            raise NotAllowed(Decision.no(Reason.FEE_DAY_TO_COME, rule="F-4", day=charged_on))
        serial = network.next_number(tx, case.county_id, "intermediary-charge", today.year)
        row = IntermediaryCharge(
            county_id=case.county_id, number=f"ZJ{today.year}-{serial:06d}", fee_id=fee.row.id, case_id=case.id, credit_code=payee.credit_code,
            intermediary=intermediary, quantity=wanted.quantity, charged_fen=charged_fen,
            above_fen=rules.above_lower(charged_fen, fee.row.lower_fen, wanted.quantity), charged_on=charged_on, entered_by_id=actor.account_id,
            entered_at=tx.now,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        record(tx, actor.actor, "fee_card.enter", f"intermediary_charge:{row.number}", case=number, fen=charged_fen, above=row.above_fen)
        tx.result = place_of_case(number)
        return row.number


# --- a notice on its way ------------------------------------------------------------------------------------------------------------------


def _locked(tx: Transaction, county_id: int, number: str, version: int) -> FeeNotice:
    rows = tx.lock(select(FeeNotice).where(FeeNotice.county_id == county_id, FeeNotice.number == number))
    if not rows:
        raise NotFound(number)
    notice: FeeNotice = rows[0]
    if notice.version != version:
        raise Stale(notice.version)
    return notice


def withdraw_notice(
    case_number: str, number: str, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None
) -> None:
    """Take back a notice on which nothing was paid, with a reason."""
    with transaction(clock=clock, once=once) as tx:
        seen = case_queries.case_for(actor, case_number, clock.today())
        notice = _locked(tx, actor.county_id, number, version)
        if notice.case_id != seen.id:
            raise NotFound(number)
        held = authority_queries.held_by(actor.account_id, seen.holder_id, tx=tx)
        rules.may_withdraw(NoticeState(notice.state), is_holder=bool(held.posts)).or_raise()
        append(tx, notice, NoticeEventKind.WITHDRAWN, actor=actor, payload={"reason": reason})
        tx.result = place_of_case(case_number)


def decide_waiver(
    number: str, *, approves: bool, reason: str = "", version: int, actor: SignedIn, clock: Clock, once: Once | None = None
) -> None:
    """Approve or refuse a waiver: head or leader in charge of the body that collects, never who asked for it (F-2)."""
    with transaction(clock=clock, once=once) as tx:
        notice = _locked(tx, actor.county_id, number, version)
        if notice.collector_id not in notice_queries.waiver_bodies(actor):
            raise NotFound(number)
        permission = rules.may_decide_waiver(
            NoticeState(notice.state), authority_queries.offices_of(actor.account_id, civil_date(tx.now)), collector_id=notice.collector_id,
            account=actor.account_id, asked_by=notice_queries.asked_by(notice.id),
        ).or_raise()  # fmt: skip
        assert permission.by is not None
        kind = NoticeEventKind.WAIVER_APPROVED if approves else NoticeEventKind.WAIVER_REFUSED
        append(tx, notice, kind, actor=actor, office_id=permission.by.office, payload={"reason": reason} if reason else {})
        tx.result = "/fees/waivers"
