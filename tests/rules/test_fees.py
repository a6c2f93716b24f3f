"""What may be charged, by whom, how much, and where the money goes (F-1 to F-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules import fees as rules
from portal.rules.authority import Level, Office, OfficeHeld
from portal.rules.decision import Reason
from portal.rules.fees import (
    Asking,
    Cancelled,
    Charged,
    ChargeKind,
    FeeDraft,
    FeeTerms,
    Finding,
    Ground,
    Method,
    Moved,
    NoticeEventKind,
    NoticeState,
    Payer,
    ReceiptNow,
    ReversalKind,
    Why,
    check_fee,
    fen_of,
)
from portal.web.filters import yuan


@pytest.mark.parametrize(("fen", "words"), [(0, "0"), (5, "0.05"), (2000, "20"), (1050, "10.50"), (123456789, "1234567.89")])
def test_money_is_whole_fen(fen: int, words: str) -> None:
    assert yuan(fen) == words


GOOD = FeeDraft(basis="发改价格〔2003〕2322号", lower_fen=2000, upper_fen=2000, published_at="大厅公示栏", from_on=date(2026, 1, 1))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"published_at": " "}, Reason.FEE_NOT_PUBLISHED),
        ({"basis": ""}, Reason.FEE_BASIS_MISSING),
        ({"is_on_licence": True, "basis_level": "规范性文件"}, Reason.FEE_NEEDS_LAW),
        ({"is_on_licence": True, "basis_level": "行政法规"}, None),
        ({"lower_fen": 2001}, Reason.FEE_RANGE_REVERSED),
        ({"lower_fen": -1}, Reason.FEE_RANGE_REVERSED),
        ({"until_on": date(2025, 12, 31)}, Reason.PERIOD_REVERSED),
    ],
)
def test_only_a_published_fee_can_be_charged(change: dict[str, Any], reason: Reason | None) -> None:
    assert [fault.reason for fault in check_fee(replace(GOOD, **change))] == ([reason] if reason else [])


# --- whole fen (F-5) ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("12.50", 1250), ("12.5", 1250), ("12", 1200), ("0.01", 1), ("0", 0), (" 7 ", 700), ("1000000000", 100_000_000_000), ("1000000000.01", None),
        ("12.505", None), ("12.", None), (".5", None), ("-1", None), ("+1", None), ("1,000", None), ("1e3", None), ("\u0661", None), ("１２", None), ("", None),
        ("12.5元", None), ("99999999999", None),
    ],
)  # fmt: skip
def test_yuan_as_typed_are_exact_or_refused(typed: str, fen: int | None) -> None:
    assert fen_of(typed) == fen


@given(st.integers(0, rules.MOST_FEN))
def test_what_is_shown_is_read_again_as_the_same_fen(fen: int) -> None:
    assert fen_of(yuan(fen)) == fen


@given(st.integers(0, rules.MOST_FEN), st.integers(0, 99))
def test_a_reduction_is_whole_fen_and_never_more(full: int, percent: int) -> None:
    left = rules.reduced(full, percent)
    assert isinstance(left, int) and 0 <= left <= full and (left + 1) * 100 > full * percent


# --- publishing (F-1) -----------------------------------------------------------------------------------------------------------------

TODAY = date(2026, 11, 23)
TOMORROW = date(2026, 11, 24)
MANAGER, HEAD, LEADER = OfficeHeld(1, Office.COUNTY_MANAGER), OfficeHeld(2, Office.HEAD_OF_AGENCY, 7), OfficeHeld(3, Office.LEADER_IN_CHARGE, 7)
CENTER, AUDITOR, SUPERVISOR = OfficeHeld(4, Office.CENTER_MANAGEMENT), OfficeHeld(5, Office.AUDITOR), OfficeHeld(6, Office.SUPERVISOR)


@pytest.mark.parametrize(("offices", "yes"), [((MANAGER,), True), ((HEAD,), False), ((CENTER, AUDITOR, SUPERVISOR), False), ((), False)])
def test_only_the_manager_publishes(offices: tuple[OfficeHeld, ...], yes: bool) -> None:
    assert bool(rules.may_publish(offices)) is yes


@pytest.mark.parametrize(
    ("on", "taken", "reason"),
    [(TOMORROW, (), None), (TODAY, (), Reason.FEE_FROM_TOMORROW), (TOMORROW, (TOMORROW,), Reason.FEE_VERSION_STANDS), (TOMORROW, (TODAY,), None)],
)
def test_a_version_begins_tomorrow_at_the_earliest(on: date, taken: tuple[date, ...], reason: Reason | None) -> None:
    assert rules.may_begin(on, TODAY, taken).reason is reason


@pytest.mark.parametrize(
    ("on", "cancelled", "paper", "reason"),
    [
        (TODAY, False, "文", None), (TOMORROW, False, "文", None), (date(2026, 11, 22), False, "文", Reason.FEE_CANCELLED_BACKWARDS),
        (TODAY, True, "文", Reason.FEE_CANCELLED), (TODAY, False, " ", Reason.FEE_PAPER_MISSING),
    ],
)  # fmt: skip
def test_a_fee_is_cancelled_at_once_and_never_backwards(on: date, cancelled: bool, paper: str, reason: Reason | None) -> None:
    assert rules.may_cancel(on, TODAY, is_cancelled=cancelled, paper=paper).reason is reason


FIRST = FeeTerms(1, "F", 1000, 1000, date(2026, 1, 1))
NEXT = FeeTerms(2, "F", 2000, 2000, date(2026, 6, 1), date(2026, 8, 31))
LATER = FeeTerms(3, "F", 3000, 3000, date(2026, 12, 1))


@pytest.mark.parametrize(
    ("day", "cancelled", "version"),
    [
        (date(2025, 12, 31), (), None), (date(2026, 1, 1), (), 1), (date(2026, 5, 31), (), 1), (date(2026, 6, 1), (), 2), (date(2026, 8, 31), (), 2),
        (date(2026, 9, 1), (), None),  # the older version does not come back when the newer one has ended
        (date(2026, 12, 1), (), 3),
        (date(2026, 6, 30), (Cancelled(date(2026, 7, 1), 2),), 2), (date(2026, 7, 1), (Cancelled(date(2026, 7, 1), 2),), None),
        (date(2026, 12, 1), (Cancelled(date(2026, 7, 1), 2),), 3),  # published after the cancellation was entered: it begins anew
        (date(2026, 12, 1), (Cancelled(date(2026, 7, 1), 3),), None),
        (date(2026, 5, 1), (Cancelled(date(2026, 7, 1), 3), Cancelled(date(2026, 4, 1), 1)), None),
    ],
)  # fmt: skip
def test_the_version_of_a_day_and_the_cancellation_from_its_day(day: date, cancelled: tuple[Cancelled, ...], version: int | None) -> None:
    found = rules.version_on([LATER, FIRST, NEXT], cancelled, day)
    assert (found.id if found else None) == version


# --- asking (F-1, F-2, F-3) -----------------------------------------------------------------------------------------------------------

RANGE = FeeTerms(9, "R", 1000, 3000, date(2026, 1, 1), collector_id=7, has_unit=True)
ASKING = Asking(RANGE, item_id=5, level=Level.COUNTY, served=frozenset({7}), payer=Payer.ORGANISATION, credit_code="91999999MA9X00011A")
PERSON: dict[str, Any] = {"payer": Payer.NATURAL, "credit_code": ""}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, 1000),
        ({"quantity": 3}, 3000),
        ({"unit_fen": 1001}, Reason.FEE_ABOVE_LOWER),
        ({"unit_fen": 999}, Reason.FEE_ABOVE_LOWER),
        ({"credit_code": ""}, Reason.FEE_CREDIT_CODE_MISSING),
        (PERSON, 1000),
        ({**PERSON, "unit_fen": 2000}, Reason.FEE_WHY_MISSING),
        ({**PERSON, "unit_fen": 2000, "why": "面积大", "quantity": 2}, 4000),
        ({**PERSON, "unit_fen": 3001, "why": "面积大"}, Reason.FEE_OUT_OF_RANGE),
        ({**PERSON, "unit_fen": 999}, Reason.FEE_OUT_OF_RANGE),
        ({"quantity": 0}, Reason.FEE_QUANTITY),
        ({"quantity": 10001}, Reason.FEE_QUANTITY),
        ({"fee": replace(RANGE, has_unit=False), "quantity": 2}, Reason.FEE_QUANTITY),
        ({"fee": None}, Reason.FEE_NOT_OF_THIS_DAY),
        ({"fee": replace(RANGE, item_id=6)}, Reason.FEE_NOT_OF_THIS_DAY),
        ({"fee": replace(RANGE, item_id=5)}, 1000),
        ({"served": frozenset({8})}, Reason.FEE_NOT_COLLECTED_HERE),
        ({"served": frozenset({8}), "fee": replace(RANGE, entrusted=frozenset({8}))}, 1000),
        ({"served": frozenset({8}), "fee": replace(RANGE, kind=ChargeKind.INTERMEDIARY)}, 1000),
        ({"is_holder": False}, Reason.FEE_NOT_HOLDER),
        ({"is_accepted": False}, Reason.FEE_CASE_NOT_OPEN),
        ({"is_closed": True}, Reason.FEE_CASE_NOT_OPEN),
        ({"level": Level.VILLAGE}, Reason.FEE_NOT_AT_ROOM),
        ({"level": Level.COMMUNITY}, Reason.FEE_NOT_AT_ROOM),
        ({"level": Level.TOWN}, 1000),
        ({"fee": replace(RANGE, lower_fen=rules.MOST_FEN, upper_fen=rules.MOST_FEN), "quantity": 2}, Reason.FEE_QUANTITY),
    ],
)
def test_enterprises_pay_the_lower_bound_people_within_the_range(change: dict[str, Any], expected: Any) -> None:
    answer = rules.may_ask(replace(ASKING, **change))
    assert (answer.facts["full_fen"] if answer else answer.reason) == expected


@pytest.mark.parametrize(
    ("ground", "reason"),
    [
        (Ground(1, "W", 50, TODAY), None), (Ground(1, "W", 50, TODAY, fee_code="R"), None),
        (Ground(1, "W", 50, TODAY, fee_code="X"), Reason.FEE_GROUND_NOT_PUBLISHED), (None, Reason.FEE_GROUND_NOT_PUBLISHED),
    ],
)  # fmt: skip
def test_a_waiver_rests_on_a_published_ground(ground: Ground | None, reason: Reason | None) -> None:
    assert rules.may_rest_on(ground, "R").reason is reason


@pytest.mark.parametrize(
    ("state", "offices", "account", "reason"),
    [
        (NoticeState.WAITING, (HEAD,), 2, None),
        (NoticeState.WAITING, (LEADER,), 2, None),
        (NoticeState.WAITING, (HEAD,), 1, Reason.FEE_SECOND_PERSON),
        (NoticeState.WAITING, (OfficeHeld(9, Office.HEAD_OF_AGENCY, 8), MANAGER, CENTER), 2, Reason.FEE_WAIVER_NOT_YOURS),
        (NoticeState.OPEN, (HEAD,), 2, Reason.FEE_NOT_AT_THIS_STEP),
    ],
)
def test_a_waiver_is_approved_by_office_and_not_by_who_asked(
    state: NoticeState, offices: tuple[OfficeHeld, ...], account: int, reason: Reason | None
) -> None:
    assert rules.may_decide_waiver(state, offices, collector_id=7, account=account, asked_by=1).reason is reason


K = NoticeEventKind


@pytest.mark.parametrize(
    ("percent", "events", "state", "fen"),
    [
        (100, [K.ISSUED], NoticeState.OPEN, 1001),
        (50, [K.ISSUED, K.WAIVER_ASKED], NoticeState.WAITING, 1001),
        (50, [K.ISSUED, K.WAIVER_ASKED, K.WAIVER_APPROVED], NoticeState.OPEN, 500),
        (0, [K.ISSUED, K.WAIVER_ASKED, K.WAIVER_APPROVED], NoticeState.WAIVED, 0),
        (50, [K.ISSUED, K.WAIVER_ASKED, K.WAIVER_REFUSED], NoticeState.OPEN, 1001),
        (100, [K.ISSUED, K.PAID], NoticeState.PAID, 1001),
        (100, [K.ISSUED, K.PAID, K.PAYMENT_VOIDED], NoticeState.OPEN, 1001),
        (100, [K.ISSUED, K.PAID, K.PAYMENT_VOIDED, K.PAID], NoticeState.PAID, 1001),
        (100, [K.ISSUED, K.PAID, K.REFUNDED], NoticeState.REFUNDED, 1001),
        (100, [K.ISSUED, K.WITHDRAWN], NoticeState.WITHDRAWN, 1001),
    ],
)
def test_a_notice_is_what_happened_to_it(percent: int, events: list[NoticeEventKind], state: NoticeState, fen: int) -> None:
    assert rules.fold(1001, percent, events) == rules.NoticeNow(state, fen)


# --- the cashier (F-3) ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cashier", "posted", "yes"), [(True, False, True), (True, True, False), (False, False, False), (False, True, False)])
def test_windows_take_no_money(cashier: bool, posted: bool, yes: bool) -> None:
    assert bool(rules.may_take_money(is_cashier=cashier, is_posted=posted)) is yes


@pytest.mark.parametrize(
    ("state", "blocked", "closed", "reason"),
    [
        (NoticeState.OPEN, False, False, None),
        (NoticeState.OPEN, True, False, Reason.FEE_VOID_CANCELLED),
        (NoticeState.OPEN, False, True, Reason.FEE_DAY_CLOSED),
        (NoticeState.WAITING, False, False, Reason.FEE_WAIVER_WAITS),
        (NoticeState.WAITING, True, False, Reason.FEE_VOID_CANCELLED),
        *((state, False, False, Reason.FEE_NOT_AT_THIS_STEP) for state in NoticeState if state not in (NoticeState.OPEN, NoticeState.WAITING)),
        (NoticeState.PAID, True, False, Reason.FEE_NOT_AT_THIS_STEP),
    ],
)
def test_what_is_paid_and_what_is_not(state: NoticeState, blocked: bool, closed: bool, reason: Reason | None) -> None:
    assert rules.may_pay(state, is_blocked=blocked, is_day_closed=closed).reason is reason


@pytest.mark.parametrize(
    ("kind", "receipt", "closed", "reason"),
    [
        (ReversalKind.VOID, ReceiptNow(TODAY), False, None),
        (ReversalKind.VOID, ReceiptNow(TODAY), True, Reason.FEE_VOID_TOO_LATE),
        (ReversalKind.VOID, ReceiptNow(date(2026, 11, 22)), False, Reason.FEE_VOID_TOO_LATE),
        (ReversalKind.REFUND, ReceiptNow(date(2026, 11, 22)), False, None),
        (ReversalKind.REFUND, ReceiptNow(TODAY), False, None),
        (ReversalKind.REFUND, ReceiptNow(TODAY), True, Reason.FEE_DAY_CLOSED),
        (ReversalKind.REFUND, ReceiptNow(TODAY, is_reversed=True), False, Reason.FEE_REVERSED),
        (ReversalKind.REFUND, ReceiptNow(TODAY, is_asked=True), False, Reason.FEE_REVERSAL_ASKED),
    ],
)
def test_money_goes_back_on_an_open_day(kind: ReversalKind, receipt: ReceiptNow, closed: bool, reason: Reason | None) -> None:
    assert rules.may_ask_back(kind, receipt, TODAY, is_day_closed=closed).reason is reason


@pytest.mark.parametrize(
    ("offices", "account", "more", "reason"),
    [
        ((CENTER,), 2, {}, None),
        ((AUDITOR,), 2, {}, None),
        ((SUPERVISOR, MANAGER, HEAD), 2, {}, Reason.FEE_SECOND_PERSON),
        ((CENTER,), 1, {}, Reason.FEE_SECOND_PERSON),
        ((CENTER,), 2, {"is_decided": True}, Reason.FEE_NOT_AT_THIS_STEP),
        ((CENTER,), 2, {"is_day_closed": True}, Reason.FEE_VOID_TOO_LATE),
        ((CENTER,), 2, {"is_day_closed": True, "approves": False}, None),
    ],
)
def test_a_second_person_gives_money_back(offices: tuple[OfficeHeld, ...], account: int, more: dict[str, Any], reason: Reason | None) -> None:
    given_more = {"is_day_closed": False, **more}
    answer = rules.may_give_back(ReversalKind.VOID, ReceiptNow(TODAY, is_asked=True), TODAY, offices, account=account, asked_by=1, **given_more)
    assert answer.reason is reason


@pytest.mark.parametrize(
    ("day", "closed", "difference", "why", "reason"),
    [
        (TODAY, False, 0, "", None),
        (TODAY, False, 1, "", Reason.FEE_DIFFERENCE_UNNAMED),
        (TODAY, False, -1, " ", Reason.FEE_DIFFERENCE_UNNAMED),
        (TODAY, False, -1, "找零", None),
        (date(2026, 11, 20), False, 0, "", None),
        (TOMORROW, False, 0, "", Reason.FEE_DAY_TO_COME),
        (TODAY, True, 0, "", Reason.FEE_DAY_CLOSED),
    ],
)
def test_a_day_is_closed_once_and_its_difference_named(day: date, closed: bool, difference: int, why: str, reason: Reason | None) -> None:
    assert rules.may_close(day, TODAY, is_closed=closed, difference_fen=difference, reason=why).reason is reason


@pytest.mark.parametrize(
    ("offices", "account", "counted", "reason"),
    [
        ((CENTER,), 2, True, None),
        ((AUDITOR,), 2, True, None),
        ((AUDITOR,), 1, True, Reason.FEE_SECOND_PERSON),
        ((HEAD,), 2, True, Reason.FEE_SECOND_PERSON),
        ((AUDITOR,), 2, False, Reason.FEE_NOT_AT_THIS_STEP),
    ],
)
def test_another_person_signs_the_day(offices: tuple[OfficeHeld, ...], account: int, counted: bool, reason: Reason | None) -> None:
    assert rules.may_sign(offices, account=account, counted_by=1, is_counted=counted).reason is reason


def test_the_sums_of_a_day() -> None:
    sums = rules.sums_of(
        [Moved(Method.CASH, "A", 1250), Moved(Method.QR, "A", 100), Moved(Method.CASH, "B", 50), Moved(Method.CASH, "A", 1250, is_receipt=False)]
    )
    assert (sums.receipts, sums.reversals, sums.taken, sums.given_back, sums.total, sums.cash) == (3, 1, 1400, 1250, 150, 50)
    assert sums.by_method == {Method.CASH: (1300, 1250), Method.QR: (100, 0)} and sums.by_fee == {"A": (1350, 1250), "B": (50, 0)}
    assert rules.sums_of([]).total == 0


# --- the card (F-2, F-4) --------------------------------------------------------------------------------------------------------------

LINES = {7: "market_regulation", 8: "fire", 9: "finance"}


@pytest.mark.parametrize(
    ("office", "yes"),
    [
        (AUDITOR, True), (SUPERVISOR, True), (HEAD, True), (LEADER, True), (OfficeHeld(9, Office.HEAD_OF_AGENCY, 8), False),
        (OfficeHeld(9, Office.HEAD_OF_AGENCY, 9), True), (MANAGER, False), (CENTER, False),
    ],
)  # fmt: skip
def test_price_and_finance_departments_audit_by_card(office: OfficeHeld, yes: bool) -> None:
    assert bool(rules.may_audit([office], LINES)) is yes


@pytest.mark.parametrize(("finding", "arbitrary"), [(None, True), (Finding.ARBITRARY, True), (Finding.ON_CARD, False), (Finding.NO_CHARGE, False)])
def test_a_reported_charge_is_arbitrary_until_answered(finding: Finding | None, arbitrary: bool) -> None:
    assert rules.is_arbitrary(finding) is arbitrary


@pytest.mark.parametrize(("charged", "above"), [(2000, 0), (1500, 0), (2001, 1)])
def test_an_intermediary_above_the_lower_bound_is_marked(charged: int, above: int) -> None:
    assert rules.above_lower(charged, 1000, 2) == above


def test_two_payers_at_different_amounts_are_listed_with_why() -> None:
    def one(number: str, **change: Any) -> Charged:
        usual = Charged(number, "A", 1, date(2026, 11, 3), Payer.ORGANISATION, 1, 1000, 1000)
        return replace(usual, **change)

    alike = [one("1"), one("2", quantity=3, amount_fen=3000), one("3", on=date(2026, 10, 31), amount_fen=500, is_waived=True)]
    assert rules.unequal(alike) == [], "several units of one price are no difference, nor is another month"
    lines = [
        one("1"), one("2"), one("3", amount_fen=500, is_waived=True), one("4", payer=Payer.NATURAL, unit_fen=2000, amount_fen=2000),
        one("5", version_id=2, unit_fen=1500, amount_fen=1500), one("6", unit_fen=900, amount_fen=900), one("7", fee_code="B"),
    ]  # fmt: skip
    (group,) = rules.unequal(lines)
    assert (group.fee_code, group.month) == ("A", (2026, 11))
    assert {charged.number: why for charged, why in group.lines} == {
        "1": None, "2": None, "3": Why.WAIVER, "4": Why.RANGE, "5": Why.VERSION, "6": Why.UNEXPLAINED,
    }  # fmt: skip
