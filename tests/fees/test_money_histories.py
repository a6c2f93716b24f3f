"""Random histories at the cashier's against a naive model: receipts = the days' sums = the cards, on both engines (F-3, F-4, F-5)."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.database import Stale, db
from portal.fees import cashier_queries, cashier_services, notice_services, queries, services
from portal.fees.charge_models import CashierDay, FeeNotice, FeeReceipt
from portal.fees.notice_services import Wanted
from portal.network.queries import the_county
from portal.rules.decision import NotAllowed
from portal.rules.fees import Method, ReversalKind
from tests.conftest import count
from tests.fees.fee_story import CREDIT, ENTERPRISE, PLAIN, RANGE, accepted, ground, person, publish_all
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]
OTHER = "91999999MA9X00054P"
SPAN = 6


@dataclass
class Sheet:
    """A notice as a clerk with pencil and paper would keep it."""

    credit: str
    fee: str
    full: int
    amount: int
    state: str
    receipt: int | None = None  # index of the receipt that stands


@dataclass
class Slip:
    """A receipt on paper."""

    notice: str
    day: date
    method: Method
    fen: int
    asked: ReversalKind | None = None
    back_on: date | None = None


@dataclass
class Ledger:
    """The naive model: lists and loops, nothing of the rules."""

    sheets: dict[str, Sheet] = field(default_factory=dict)
    slips: dict[str, Slip] = field(default_factory=dict)
    closed: dict[date, int] = field(default_factory=dict)  # day → cash that was counted
    cancelled: set[str] = field(default_factory=set)

    def cash(self, day: date) -> int:
        came = sum(slip.fen for slip in self.slips.values() if slip.day == day and slip.method is Method.CASH)
        return came - sum(slip.fen for slip in self.slips.values() if slip.back_on == day and slip.method is Method.CASH)

    def total(self, day: date) -> int:
        came = sum(slip.fen for slip in self.slips.values() if slip.day == day)
        return came - sum(slip.fen for slip in self.slips.values() if slip.back_on == day)

    def card(self, credit: str) -> int:
        return sum(slip.fen for slip in self.slips.values() if self.sheets[slip.notice].credit == credit and slip.back_on is None)


class History:
    """One random history, each step done by the services and by the model."""

    def __init__(self, app: Flask, clock: ManualClock, cases: dict[str, str], rng: random.Random) -> None:
        self.app, self.clock, self.cases, self.rng = app, clock, cases, rng
        self.people = {name: person(app, name) for name in ("window-mr", "cashier", "center", "auditor", "dept-mr", "manager")}
        self.book = Ledger()
        self.done: dict[str, int] = {}

    def _do(self, expected: bool, act: Callable[[], Any]) -> Any:
        """Do an act; it succeeds exactly where the model says so."""
        if not expected:
            with pytest.raises((NotAllowed, Stale)):
                act()
            return None
        return act()

    def version(self, number: str) -> int:
        return db.session.scalar(select(FeeNotice.version).where(FeeNotice.number == number)) or 0

    def ask(self) -> None:
        credit = self.rng.choice(list(self.cases))
        fee, quantity = self.rng.choice([(PLAIN, 1), (RANGE, self.rng.randint(1, 4))])
        waives = fee == PLAIN and self.rng.random() < 0.4
        if credit:
            unit: int | None = None
        else:
            unit = self.rng.randint(1000, 3000) if fee == RANGE and self.rng.random() < 0.6 else None
        case = self.cases[credit]
        from portal.cases.models import Case

        drawn = db.session.scalar(select(Case.version).where(Case.number == case)) or 0
        wanted = Wanted(fee, quantity, unit, "情况（示例）" if unit else "", "W-HALF" if waives else "")
        number = self._do(
            fee not in self.book.cancelled,
            lambda: notice_services.issue_notice(case, wanted, version=drawn, actor=self.people["window-mr"], clock=self.clock),
        )
        if number:
            each = unit or (1250 if fee == PLAIN else 1000)
            self.book.sheets[number] = Sheet(credit, fee, each * quantity, each * quantity, "waiting" if waives else "open")

    def some(self) -> str | None:
        return self.rng.choice(list(self.book.sheets)) if self.book.sheets else None

    def waive(self) -> None:
        number = self.some()
        if number is None:
            return
        sheet, approves = self.book.sheets[number], self.rng.random() < 0.6
        drawn = self.version(number)
        self._do(
            sheet.state == "waiting",
            lambda: notice_services.decide_waiver(
                number, approves=approves, reason="核实", version=drawn, actor=self.people["dept-mr"], clock=self.clock
            ),
        )
        if sheet.state == "waiting":
            sheet.state = "open"
            sheet.amount = sheet.full // 2 if approves else sheet.full

    def pay(self) -> None:
        number = self.some()
        if number is None:
            return
        sheet, method, today = self.book.sheets[number], self.rng.choice(list(Method)), self.clock.today()
        drawn = self.version(number) - (self.rng.random() < 0.1)
        fine = sheet.state == "open" and sheet.fee not in self.book.cancelled and today not in self.book.closed and drawn == self.version(number)
        receipt = self._do(fine, lambda: cashier_services.pay(number, method, version=drawn, actor=self.people["cashier"], clock=self.clock))
        if receipt:
            sheet.state = "paid"
            self.book.slips[receipt] = Slip(number, today, method, sheet.amount)

    def ask_back(self) -> None:
        if not self.book.slips:
            return
        receipt = self.rng.choice(list(self.book.slips))
        slip, kind, today = self.book.slips[receipt], self.rng.choice(list(ReversalKind)), self.clock.today()
        fine = slip.asked is None and slip.back_on is None and today not in self.book.closed and (kind is ReversalKind.REFUND or slip.day == today)
        self._do(fine, lambda: cashier_services.ask_back(receipt, kind, "收错", actor=self.people["cashier"], clock=self.clock))
        if fine:
            slip.asked = kind

    def give_back(self) -> None:
        waiting = [receipt for receipt, slip in self.book.slips.items() if slip.asked is not None]
        if not waiting:
            return
        receipt = self.rng.choice(waiting)
        slip, approves, today = self.book.slips[receipt], self.rng.random() < 0.7, self.clock.today()
        line = cashier_queries.receipt_by_number(the_county().id, receipt)
        assert line.asked is not None
        seq = line.asked.seq
        fine = not approves or (today not in self.book.closed and (slip.asked is ReversalKind.REFUND or slip.day == today))
        who = self.people[self.rng.choice(["center", "auditor"])]
        self._do(fine, lambda: cashier_services.decide_back(receipt, seq=seq, approves=approves, reason="核实", actor=who, clock=self.clock))
        if not fine:
            return
        if approves:
            slip.back_on = today
            self.book.sheets[slip.notice].state = "open" if slip.asked is ReversalKind.VOID else "refunded"
        slip.asked = None

    def close(self) -> None:
        today = self.clock.today()
        day = today - timedelta(days=self.rng.randint(-1, 2))
        county_id = the_county().id
        sums = cashier_queries.sums_on(county_id, day)
        counted = max(0, self.book.cash(day) + self.rng.choice([0, 0, 5, -5]))
        reason = self.rng.choice(["", "找零（示例）"])
        fine = day <= today and day not in self.book.closed and (bool(reason) or counted == self.book.cash(day))
        self._do(
            fine,
            lambda: cashier_services.close_day(
                day, counted, reason, version=sums.receipts + sums.reversals, actor=self.people["cashier"], clock=self.clock
            ),
        )
        if fine:
            self.book.closed[day] = counted

    def look(self) -> None:
        """The second person signs, or sends a day back, which opens it again."""
        days = [day for day in self.book.closed if not cashier_queries.day_now(the_county().id, day).is_signed]
        if not days:
            return
        day, signs = self.rng.choice(days), self.rng.random() < 0.5
        count_row = cashier_queries.day_now(the_county().id, day).count
        assert count_row is not None
        seq = count_row.seq
        cashier_services.sign_day(day, is_signed=signs, reason="" if signs else "重数", version=seq, actor=self.people["center"], clock=self.clock)
        if not signs:
            del self.book.closed[day]

    def cancel(self) -> None:
        if self.book.cancelled or self.rng.random() < 0.8:
            return
        drawn = queries.version(the_county().id)
        services.cancel_fee(RANGE, self.clock.today(), "示例文件", version=drawn, actor=self.people["manager"], clock=self.clock)
        self.book.cancelled.add(RANGE)

    def tomorrow(self) -> None:
        self.clock.advance(days=1)

    def check(self) -> None:
        """Receipts, days and cards say the same, and the same as the model."""
        county_id, book = the_county().id, self.book
        days = {slip.day for slip in book.slips.values()} | {slip.back_on for slip in book.slips.values() if slip.back_on}
        of_days = 0
        for day in days:
            sums = cashier_queries.sums_on(county_id, day)
            assert (sums.total, sums.cash) == (book.total(day), book.cash(day)), day
            assert sums.total == sum(a - b for a, b in sums.by_fee.values()) == sum(a - b for a, b in sums.by_method.values())
            of_days += sums.total
        of_receipts = int(db.session.scalar(select(func.coalesce(func.sum(FeeReceipt.fen), 0))) or 0)
        gone = sum(slip.fen for slip in book.slips.values() if slip.back_on)
        cards = {credit: queries.card_of(county_id, credit, on=self.clock.today()).paid_fen for credit in self.cases if credit}
        assert cards == {credit: book.card(credit) for credit in cards}
        assert of_receipts - gone == of_days == sum(cards.values()) + book.card("")
        stored = {row.number: (row.state, row.amount_fen) for row in db.session.scalars(select(FeeNotice).execution_options(populate_existing=True))}
        assert stored == {number: (sheet.state, sheet.amount) for number, sheet in book.sheets.items()}
        for count_row in db.session.scalars(select(CashierDay)):
            if count_row.day_on in book.closed and cashier_queries.day_now(county_id, count_row.day_on).count is count_row:
                assert count_row.counted_fen == book.closed[count_row.day_on]
                kept = count_row.sums
                assert kept["taken"] - kept["given_back"] == book.total(count_row.day_on), "nothing of a closed day moved"


STEPS = ("ask", "ask", "ask", "waive", "pay", "pay", "pay", "ask_back", "give_back", "close", "look", "cancel", "tomorrow")


@pytest.mark.property
def test_receipts_days_and_cards_are_one_sum(app: Flask, browse: Browse, clock: ManualClock) -> None:
    seed = int(os.environ["TEST_SEED"])
    rng = random.Random(f"{seed} money")
    publish_all(app)
    ground(app)
    cases = {
        CREDIT: accepted(browse, **ENTERPRISE), OTHER: accepted(browse, **{**ENTERPRISE, "name": "另一家公司（示例）", "number": OTHER}), "": accepted(browse),
    }  # fmt: skip
    history = History(app, clock, cases, rng)
    steps = 0
    with app.app_context():
        tried, least = 0, count(3000, least=120)
        while tried < least or (steps <= 20 and tried < 10 * least):
            tried += 1
            name = rng.choice(STEPS)
            before = (len(history.book.sheets), len(history.book.slips))
            getattr(history, name)()
            db.session.rollback()
            history.done[name] = history.done.get(name, 0) + 1
            steps += (len(history.book.sheets), len(history.book.slips)) != before
            if rng.random() < 0.15:
                history.check()
        history.check()
    assert steps > 20 and history.book.slips, "a history in which nothing happens proves nothing"


def test_the_model_sees_a_wrong_fen(app: Flask, browse: Browse, clock: ManualClock) -> None:
    publish_all(app)
    history = History(app, clock, {CREDIT: accepted(browse, **ENTERPRISE)}, random.Random(1))
    ground(app)
    with app.app_context():
        while not history.book.slips:
            history.ask()
            history.pay()
        history.check()
        next(iter(history.book.slips.values())).fen += 1
        with pytest.raises(AssertionError):
            history.check()
