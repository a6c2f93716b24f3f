"""The story of a fee with its pages: a window asks, the cashier takes the money, the card says it, the day is closed (F-1 to F-5)."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from portal.audit import AuditRecord
from portal.database import db
from tests.cases import story
from tests.fees.fee_story import CREDIT, ENTERPRISE, PLAIN, RANGE, accepted, ask, asked, back, ground, paid, publish_all
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]


def test_a_fee_from_the_window_to_the_closed_day(sqlite_app: Flask, browse_sqlite: Browse, clock: ManualClock) -> None:
    browse = browse_sqlite
    publish_all(sqlite_app)
    ground(sqlite_app)
    window, cashier, center, auditor = browse("window-mr"), browse("cashier"), browse("center"), browse("auditor")
    number = accepted(browse, **ENTERPRISE)

    page = window.get(f"/cases/{number}/fees")
    assert "没有收费" in page.words and PLAIN in page.text and "S-BROKER" in page.text
    assert "F-01" not in page.text, "a fee of another body is not there to choose"
    assert "unit_yuan" not in page.text, "an enterprise pays the lower standard: nothing to type"
    notice = asked(window, number, fee=RANGE, quantity="3")
    paper = window.get(f"/cases/{number}/fees/{notice}").words
    assert "30.00" in paper and "秦岭山珍食品有限公司（示例）" in paper

    # the case goes on, and everybody who holds it sees that the fee is not paid
    assert "30元" in (words := window.get(f"/cases/{number}").words.replace(".00", "").replace(" ", "")) and "案件照常办理" in words
    code = re.search(r"/fees/notices/(\w+)", browse().get(f"/track/{_tracking(sqlite_app, number)}").text)
    assert code is not None
    public = browse().get(f"/fees/notices/{code[1]}")
    assert "30.00" in public.words and notice in public.words
    for secret in ("秦岭山珍", CREDIT, "09140000901"):
        assert secret not in public.words, "no person on the public page (C-18)"
    assert story.do(window, number, "review", result="passed").status == 200
    assert story.do(browse("chief-mr"), number, "decide").status == 200, "an unpaid fee holds back no decision"

    # the cashier, and no other
    assert notice in cashier.get("/cashier").words
    assert cashier.get(f"/cashier?q={number}").words.count(notice) == 1
    for who in ("window-mr", "chief-mr", "center", "manager", "enterprise-1"):
        assert browse(who).get("/cashier").status == 403
    shown = cashier.get(f"/cashier/notices/{notice}")
    assert "amount" not in shown.form("/pay")["fields"] and set(shown.form("/pay")["fields"]) == {"csrf_token", "key", "version", "method"}
    receipt = paid(cashier, notice)
    assert "30.00" in cashier.get(f"/cashier/receipts/{receipt}").words
    assert cashier.press(shown, "/pay", method="card").status == 409, "a page from before the payment takes nothing"
    assert "已缴" in browse().get(f"/fees/notices/{code[1]}").words
    assert notice not in cashier.get("/cashier").words

    # a waiver: its ground, and another person's approval
    second = asked(window, number, fee=PLAIN, ground="W-HALF")
    assert not cashier.get(f"/cashier/notices/{second}").has_form("/pay")
    head = browse("dept-mr")
    assert second in head.get("/fees/waivers").words
    assert browse("dept-tax").get(f"/fees/waivers/{second}").status == 404
    refused = head.press(head.get(f"/fees/waivers/{second}"), "/decide", outcome="refused")
    assert refused.status == 422, "a refusal needs its reason"
    assert head.press(head.get(f"/fees/waivers/{second}"), "/decide", outcome="approved").status == 200
    assert "6.25" in cashier.get(f"/cashier/notices/{second}").words
    other = paid(cashier, second, "qr")

    # money that goes back needs a second person
    assert browse("center").get(f"/cashier/receipts/{other}").has_form("/decide_back") is False
    assert back(cashier, center, other, "void").status == 200
    assert "6.25" in cashier.get(f"/cashier/notices/{second}").words and cashier.get(f"/cashier/notices/{second}").has_form("/pay")
    again = paid(cashier, second, "card")
    assert again != other

    # the card, its audit and what is not on it
    enterprise = browse("enterprise-1")
    card = enterprise.get("/fees/card")
    assert notice in card.words and second in card.words and "36.25" in card.words
    assert "36.25" in enterprise.get("/enterprise").words, "the enterprise's space says what was paid"
    assert browse("enterprise-2").get("/fees/card").words.count(notice) == 0
    guest = browse()
    report = guest.press(guest.get("/fees/report"), "/fees/report", enterprise_code=CREDIT, asked="200.00", who_asked="某协会（示例）", said="收会费，无收据（示例）")
    assert report.status == 200 and re.search(r"/fees/reports/\w{12}$", report.path)
    assert "按乱收费计" in enterprise.get("/fees/card").words
    assert "某协会（示例）" in auditor.get("/fees/audit").words
    audit = auditor.get(f"/fees/audit/cards/{CREDIT}")
    assert notice in audit.words and "按乱收费计" in audit.words
    with sqlite_app.app_context():
        looks = list(db.session.scalars(select(AuditRecord.actor).where(AuditRecord.verb == "fees.look", AuditRecord.subject == f"fee_card:{CREDIT}")))
    assert len(looks) == 1, "each look at a card is recorded"
    one = re.search(r"/fees/audit/reports/(SF[\d-]+)", auditor.get("/fees/audit").text)
    assert one is not None
    address = f"/fees/audit/reports/{one[1]}"
    assert auditor.press(auditor.get(address), "/answer", finding="no_charge", answer="未收取（示例）").status == 200
    assert "未收取（示例）" in guest.get(report.path).words
    assert "按乱收费计" not in enterprise.get("/fees/card").words
    for who in ("dept-tax", "leader-tax"):
        assert browse(who).get("/fees/audit").status == 404, "only price and finance departments audit"
    assert browse("dept-mr").get("/fees/audit").status == 200

    # the day
    page = cashier.get("/cashier/day")
    assert "42.50" in page.words and "36.25" in page.words
    wrong = cashier.press(page, "/close", counted="29.00")
    assert wrong.status == 422, "a difference is named with its reason"
    assert cashier.press(page, "/close", counted="30.005").status == 422, "three decimals are refused"
    assert cashier.press(cashier.get("/cashier/day"), "/close", counted="29.00", reason="找零差错（示例）").status == 200
    third = asked(window, number, fee=PLAIN)
    closed = cashier.get(f"/cashier/notices/{third}")
    assert not closed.has_form("/pay") and "F-3" in closed.words
    assert not cashier.get(f"/cashier/receipts/{again}").has_form("/ask_back"), "nothing of a closed day becomes void"
    address = "/cashier/days/2026-11-23"
    assert not cashier.get(address).has_form("/sign")
    assert center.press(center.get(address), "/send_back", reason="再数一次（示例）").status == 200
    assert cashier.press(cashier.get("/cashier/day"), "/close", counted="30").status == 200
    assert auditor.press(auditor.get(address), "/sign").status == 200
    paper = auditor.get(address).words
    assert "30.00" in paper and "已签" in paper and "何小平（示例）" in paper
    clock.advance(days=1)
    assert paid(cashier, third) and "12.50" in cashier.get("/cashier/day").words
    assert ask(window, number, fee="F-01").status in (403, 422)


def _tracking(app: Flask, number: str) -> str:
    from portal.cases.models import Case

    with app.app_context():
        return str(db.session.scalar(select(Case.tracking_code).where(Case.number == number)))
