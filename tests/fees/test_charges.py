"""Fees at the edges: versions and cancellations, who may ask, ranges, intermediaries, races and retries (F-1 to F-4)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.database import Stale, db
from portal.fees import cashier_services, notice_services, queries
from portal.fees.charge_models import FeeNotice, FeeReceipt, FeeReversalDecision, IntermediaryCharge
from portal.fees.models import PublishedFee
from portal.network.queries import the_county
from portal.rules.decision import NotAllowed
from portal.rules.fees import Method, ReversalKind
from tests.fees.fee_story import (
    BROKER,
    CREDIT,
    ENTERPRISE,
    PLAIN,
    RANGE,
    accepted,
    ask,
    asked,
    back,
    ground,
    paid,
    person,
    publish,
    publish_all,
)
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]
FEE = {
    "code": "MR-01", "name": "示例证工本费", "name_hant": "示例證工本費", "name_en": "Sample card", "charge_kind": "administrative", "item": "", "basis": "示例文件第1号",
    "basis_level": "provincial_document", "lower": "12.50", "upper": "20", "unit": "每证", "collector": "MR", "entrusted": "",
    "published_at": "大厅公示栏（示例）", "from_on": "2026-11-24", "until_on": "",
}  # fmt: skip


def publish_by_page(manager: Browser, **change: str) -> Any:
    page = manager.press(manager.get("/manage/fees/new"), "/manage/fees/new", **{**FEE, **change})
    return manager.press(page, "/publish") if page.status == 200 else page


def test_versions_are_published_cancelled_and_public(sqlite_app: Flask, browse_sqlite: Browse, clock: ManualClock) -> None:
    browse, manager = browse_sqlite, browse_sqlite("manager")
    preview = manager.press(manager.get("/manage/fees/new"), "/manage/fees/new", **FEE)
    assert preview.status == 200 and "12.50" in preview.words
    with sqlite_app.app_context():
        assert db.session.scalar(select(func.count(PublishedFee.id)).where(PublishedFee.code == "MR-01")) == 0, "a preview writes nothing"
    done = manager.press(preview, "/publish")
    assert done.status == 200 and done.path == "/fees/MR-01"
    assert manager.press(preview, "/publish").path == "/fees/MR-01", "sent twice is one version"
    for change, field in (
        ({"from_on": "2026-11-23"}, "from_on"), ({}, "from_on"), ({"lower": "12.505"}, "lower"), ({"upper": "12"}, "upper"), ({"code": "mr"}, "code"),
        ({"item": "S-03", "from_on": "2026-11-25"}, "basis_level"), ({"item": "X-9", "from_on": "2026-11-25"}, "item"), ({"entrusted": "NOBODY"}, "entrusted"),
        ({"basis": ""}, "basis"), ({"published_at": " "}, "published_at"), ({"until_on": "2026-11-01", "from_on": "2026-11-25"}, "until_on"),
    ):  # fmt: skip
        page = publish_by_page(manager, **change)
        assert page.status == 422 and f'id="{field}-e"' in page.text, (change, page.status)
    assert publish_by_page(manager, code="MR-02", item="S-03", basis_level="administrative_regulation").status == 200, "a licence needs a regulation"

    assert "MR-01" not in browse().get("/fees").text, "it holds from tomorrow on"
    assert "今天任何人不得收这笔费用" in browse().get("/fees/MR-01").words
    clock.advance(days=1)
    assert "12.50" in browse().get("/fees").words and "可以收取" in browse().get("/fees/MR-01").words
    data = browse().get("/open-data/fee-versions.csv").text
    assert "MR-01" in data and "2026-11-24" in data

    publish_by_page(manager, lower="15", upper="", from_on="2026-11-26")
    stale = manager.get("/manage/fees/MR-01/cancel")
    publish_by_page(manager, code="MR-03", from_on="2026-11-26")
    assert manager.press(stale, "/cancel", from_on="2026-11-25", paper="示例文件").status == 409
    number = accepted(browse, **ENTERPRISE)
    notice = asked(browse("window-mr"), number, fee="MR-01", quantity="2")
    cancelling = manager.get("/manage/fees/MR-01/cancel")
    assert notice in cancelling.words
    assert manager.press(cancelling, "/cancel", from_on="2026-11-23", paper="示例文件").status == 422, "never backwards"
    assert manager.press(cancelling, "/cancel", from_on="2026-11-25", paper="柞财发〔示例〕1号").status in (200, 422)
    if not manager.get("/fees/MR-01").words.count("柞财发〔示例〕1号"):
        assert manager.press(manager.get("/manage/fees/MR-01/cancel"), "/cancel", from_on="2026-11-25", paper="柞财发〔示例〕1号").status == 200
    cashier = browse("cashier")
    assert cashier.get(f"/cashier/notices/{notice}").has_form("/pay"), "today it may still be paid"
    page = cashier.get(f"/cashier/notices/{notice}")
    clock.advance(days=1)
    assert cashier.press(page, "/pay", method="cash").status == 403
    assert "作废" in cashier.get(f"/cashier/notices/{notice}").words and "作废" in browse("window-mr").get(f"/cases/{number}/fees").words
    assert ask(browse("window-mr"), number, fee="MR-01").status in (403, 422)
    clock.advance(days=1)  # the version that stood to come when it was cancelled does not revive it
    assert "MR-01" not in browse().get("/fees").text
    assert publish_by_page(manager, lower="1", upper="", from_on="2026-11-30").status == 200
    clock.go_to(date(2026, 11, 30))
    assert "可以收取" in browse().get("/fees/MR-01").words, "what is published later begins anew"
    for who, status in (("center", 403), ("dept-mr", 403), ("window-mr", 403), ("", 401)):
        assert browse(who).get("/manage/fees/new").status == status
    assert not browse("auditor").get("/manage/fees").text.count("/manage/fees/new")


def test_who_may_ask_and_how_much(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    browse = browse_sqlite
    publish_all(sqlite_app)
    publish(sqlite_app, "TAX-1", 100, collector="TAX")
    publish(sqlite_app, "TAX-2", 100, collector="TAX", entrusted=("MR",))
    window = browse("window-mr")
    from tests.cases import story

    collected = story.collect(window)
    assert "受理之后" in window.get(f"/cases/{collected}/fees").words
    number = accepted(browse)
    page = window.get(f"/cases/{number}/fees")
    assert "TAX-2" in page.text and "TAX-1" not in page.text and BROKER not in page.text
    for typed, field in (
        ({"fee": "TAX-1"}, "fee"), ({"fee": PLAIN, "quantity": "2"}, "quantity"), ({"fee": RANGE, "unit_yuan": "31"}, "unit_yuan"),
        ({"fee": RANGE, "unit_yuan": "20.001"}, "unit_yuan"), ({"fee": RANGE, "unit_yuan": "20"}, "why"), ({"fee": PLAIN, "quantity": "0"}, "quantity"),
        ({"fee": "F-01"}, "fee"),
    ):  # fmt: skip
        page = ask(window, number, **typed)
        assert page.status == 422 and f'id="ask-{field}-e"' in page.text, (typed, page.status)
    notice = asked(window, number, fee=RANGE, unit_yuan="20.5", why="面积大（示例）", quantity="2")
    assert "41.00" in window.get(f"/cases/{number}/fees/{notice}").words
    company = accepted(browse, **ENTERPRISE)
    page = window.get(f"/cases/{company}/fees")
    form = page.form("/fees/issue")
    answer = window.post(form["action"], {**form["fields"], "fee": RANGE, "unit_yuan": "20", "why": "多收"})
    assert answer.status in (403, 422) and "F-2" in answer.words, "an enterprise pays the lower bound whatever is sent"
    # who does not hold the case does not ask in it, and does not see it
    assert browse("window-tax").get(f"/cases/{number}/fees").status == 404
    assert "F-3" in browse("center").get(f"/cases/{number}/fees").words
    # a notice is taken back while nothing was paid
    address = f"/cases/{number}/fees/{notice}"
    assert window.press(window.get(address), "/withdraw", reason="开错（示例）").status == 200
    assert "已收回" in window.get(address).words and not window.get(address).has_form("/withdraw")


def test_what_an_intermediary_took_stands_on_the_card(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    browse = browse_sqlite
    publish_all(sqlite_app)
    window = browse("window-mr")
    number = accepted(browse, **ENTERPRISE)
    said = {"charged_fee": BROKER, "intermediary": "示例检测公司", "number": "1", "charged": "60", "charged_on": "2026-11-20"}
    page = window.get(f"/cases/{number}/fees")
    assert window.press(page, "/enter", **{**said, "charged_on": "2026-11-24"}).status == 422
    assert window.press(window.get(f"/cases/{number}/fees"), "/enter", **said).status == 200
    card = browse("enterprise-1").get("/fees/card").words
    assert "示例检测公司" in card and "60.00" in card and "高于下限10.00元" in card
    with sqlite_app.app_context():
        assert db.session.scalars(select(IntermediaryCharge.above_fen)).one() == 1000
        assert queries.card_of(the_county().id, CREDIT).paid_fen == 0, "it never went over the cashier"
    assert ask(window, number, fee=BROKER).status == 422, "an intermediary's fee is not paid at the cashier's"


def test_unequal_amounts_are_listed_with_why(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    browse = browse_sqlite
    publish_all(sqlite_app)
    ground(sqlite_app)
    window, head = browse("window-mr"), browse("dept-mr")
    company, someone = accepted(browse, **ENTERPRISE), accepted(browse)
    asked(window, company)
    waived = asked(window, someone, ground="W-HALF")
    auditor = browse("auditor")
    assert waived not in auditor.get("/fees/audit/unequal").words, "it is not approved yet"
    assert head.press(head.get(f"/fees/waivers/{waived}"), "/decide", outcome="approved").status == 200
    asked(window, company, fee=RANGE)
    dear = asked(window, someone, fee=RANGE, unit_yuan="30", why="面积大（示例）")
    words = auditor.get("/fees/audit/unequal?month=2026-11").words
    assert waived in words and "减收或免收" in words and dear in words and "在区间内选定" in words
    assert "收得都一样" in auditor.get("/fees/audit/unequal?month=2026-10").words
    assert auditor.get("/fees/audit/unequal?month=2026-13").status == 404


def test_a_second_person_and_a_closed_day(sqlite_app: Flask, browse_sqlite: Browse, clock: ManualClock) -> None:
    browse = browse_sqlite
    publish_all(sqlite_app)
    window, cashier, center = browse("window-mr"), browse("cashier"), browse("center")
    number = accepted(browse, **ENTERPRISE)
    first = paid(cashier, asked(window, number))
    assert back(cashier, center, first, "refund", "refused").status == 200
    assert "待缴" not in browse("enterprise-1").get("/fees/card").words
    second = paid(cashier, asked(window, number), "transfer")
    clock.advance(days=1)
    # an earlier day that was forgotten is closed later; its money can only be refunded now
    page = cashier.get("/cashier/day?day=2026-11-23")
    assert "25.00" in page.words and cashier.press(page, "/close", counted="12.50").status == 200
    address = f"/cashier/receipts/{second}"
    assert "void" not in cashier.get(address).text.split("ask-kind")[-1][:400]
    assert back(cashier, center, second, "refund").status == 200
    assert cashier.get("/cashier/day").words.count("12.50") >= 2, "it counts against the day on which it went back"
    with sqlite_app.app_context():
        assert queries.card_of(the_county().id, CREDIT).paid_fen == 1250
    assert center.get("/cashier/days").words.count("11月2") == 2
    for bad in ("2026-11-31", "26-11-23", "2026-11-23x"):
        assert cashier.get(f"/cashier/days/{bad}").status == 404
    assert cashier.get("/cashier/day?day=2026-12-01").status == 404


# --- races and retries --------------------------------------------------------------------------------------------------------------------


def _race(app: Flask, *acts: Callable[[], Any]) -> list[Any]:
    """The acts at the same moment, each in a thread with a connection of its own; what each answered."""
    start, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        with app.app_context():
            start.wait()
            try:
                answers[place] = act()
            except (NotAllowed, Stale) as refused:
                answers[place] = refused
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def _rows(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(model.id))) or 0


def test_two_cashiers_and_one_notice(app: Flask, browse: Browse, clock: ManualClock) -> None:
    publish_all(app)
    number = accepted(browse, **ENTERPRISE)
    cashier, center, auditor = (person(app, name) for name in ("cashier", "center", "auditor"))
    for _round in range(3):
        notice = asked(browse("window-mr"), number)
        with app.app_context():
            version = db.session.scalar(select(FeeNotice.version).where(FeeNotice.number == notice)) or 0
        before = _rows(app, FeeReceipt)

        def take(method: Method, notice: str = notice, version: int = version) -> Any:
            return cashier_services.pay(notice, method, version=version, actor=cashier, clock=clock)

        answers = _race(app, lambda: take(Method.CASH), lambda: take(Method.QR), lambda: take(Method.CARD))
        assert sorted(isinstance(each, str) for each in answers) == [False, False, True], answers
        assert _rows(app, FeeReceipt) == before + 1
    receipt = next(each for each in answers if isinstance(each, str))

    # two second persons give the money of one receipt back
    with app.app_context():
        cashier_services.ask_back(receipt, ReversalKind.REFUND, "收错", actor=cashier, clock=clock)
    answers = _race(
        app,
        lambda: cashier_services.decide_back(receipt, seq=1, approves=True, actor=center, clock=clock),
        lambda: cashier_services.decide_back(receipt, seq=1, approves=True, actor=auditor, clock=clock),
    )
    assert sorted(each is None for each in answers) == [False, True] and _rows(app, FeeReversalDecision) == 1

    # a payment and the end of its day do not pass each other
    notice = asked(browse("window-mr"), number)
    day = clock.today()
    with app.app_context():
        version = db.session.scalar(select(FeeNotice.version).where(FeeNotice.number == notice)) or 0
        from portal.fees import cashier_queries

        sums = cashier_queries.sums_on(the_county().id, day)
    moved, cash = sums.receipts + sums.reversals, sums.cash
    answers = _race(
        app,
        lambda: cashier_services.pay(notice, Method.CASH, version=version, actor=cashier, clock=clock),
        lambda: cashier_services.close_day(day, cash, "", version=moved, actor=cashier, clock=clock),
    )
    with app.app_context():
        now = cashier_queries.day_now(the_county().id, day)
        if now.count is not None:
            assert now.count.sums["taken"] == cashier_queries.sums_on(the_county().id, day).taken, "what was closed holds all that was paid"
            assert isinstance(answers[0], NotAllowed)
        else:
            assert isinstance(answers[0], str) and isinstance(answers[1], Stale)


def test_sent_twice_is_once(app: Flask, browse: Browse) -> None:
    publish_all(app)
    number = accepted(browse, **ENTERPRISE)
    window, cashier, auditor = browse("window-mr"), browse("cashier"), browse("auditor")
    page = window.get(f"/cases/{number}/fees")
    first, again = (window.press(page, "/fees/issue", fee=PLAIN) for _each in range(2))
    assert first.path == again.path and _rows(app, FeeNotice) == 1
    notice = re.search(r"(JF\d{4}-\d{6})", first.path)
    assert notice is not None
    page = cashier.get(f"/cashier/notices/{notice[1]}")
    first, again = (cashier.press(page, "/pay", method="cash") for _each in range(2))
    assert first.path == again.path and _rows(app, FeeReceipt) == 1
    assert cashier.press(page, "/pay", method="card").status == 422, "the same key with another body"
    page = cashier.get("/cashier/day")
    first, again = (cashier.press(page, "/close", counted="12.50") for _each in range(2))
    assert first.path == again.path == "/cashier/days/2026-11-23"
    page = auditor.get(first.path)
    first, again = (auditor.press(page, "/sign") for _each in range(2))
    assert first.status == again.status == 200 and "已签字" in again.words


@pytest.mark.parametrize("who", ["window-mr", "chief-mr", "dept-mr", "center", "manager"])
def test_no_other_takes_money(sqlite_app: Flask, browse_sqlite: Browse, clock: ManualClock, who: str) -> None:
    publish_all(sqlite_app)
    notice = asked(browse_sqlite("window-mr"), accepted(browse_sqlite, **ENTERPRISE))
    actor = person(sqlite_app, who)
    with sqlite_app.app_context(), pytest.raises(NotAllowed) as refused:
        cashier_services.pay(notice, Method.CASH, version=1, actor=actor, clock=clock)
    assert refused.value.decision.rule == "F-3"
    with sqlite_app.app_context():
        assert notice_services.place_of_case("1") == "/cases/1/fees"
