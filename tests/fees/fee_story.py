"""A fee on its way: a window asks, the cashier takes the money, the card says it, the day is closed. Steps that several tests take."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Flask

from portal.accounts.queries import SignedIn
from portal.audit import machine
from portal.fees import services
from portal.network.queries import the_county
from portal.rules.fees import ChargeKind, FeeDraft
from portal.rules.texts import Text
from tests.cases import story
from tests.people import Browser

Browse = Callable[..., Browser]
CREDIT = "91999999MA9X00011A"
ENTERPRISE = {"name": "秦岭山珍食品有限公司（示例）", "number": CREDIT, "phone": "09140000901", "kind": "organisation"}
RANGE, PLAIN, BROKER = "S-RANGE", "S-PLAIN", "S-BROKER"


def publish(
    app: Flask, code: str, lower: int, upper: int | None = None, *, collector: str = "MR", kind: ChargeKind = ChargeKind.ADMINISTRATIVE, unit: str = "",
    item: str | None = None, from_on: date = date(2026, 1, 1), entrusted: tuple[str, ...] = (),
) -> None:  # fmt: skip
    """A fee that stands published for long."""
    with app.app_context():
        county = the_county()
        draft = FeeDraft(
            "《示例收费条例》第三条", lower, lower if upper is None else upper, "大厅公示栏（示例）", from_on, basis_level="administrative_regulation"
        )
        more: dict[str, Any] = {"unit": unit} if unit else {}
        if entrusted:
            more["entrusted"] = list(entrusted)
        services.publish_fee(
            county.id, code=code, names=Text(f"{code}费（示例）", f"{code}費（示例）", f"{code} fee (sample)"), collector_code=collector, draft=draft,
            actor=machine(county.id, "seeding"), clock=app.extensions["clock"], item_code=item, charge_kind=kind, more=more, is_sample=True,
        )  # fmt: skip


def publish_all(app: Flask) -> None:
    """A plain fee, one with a range and a unit, one of an intermediary: none of the demonstration's own is collected by market regulation."""
    publish(app, PLAIN, 1250)
    publish(app, RANGE, 1000, 3000, unit="每页")
    publish(app, BROKER, 5000, 9000, kind=ChargeKind.INTERMEDIARY)


def ground(app: Flask, code: str = "W-HALF", *, fee: str = PLAIN, pays: int = 50) -> None:
    """A published ground on which less is paid."""
    with app.app_context():
        county = the_county()
        text = services.GroundText(code, Text("困难减半（示例）", "困難減半（示例）", "Half (sample)"), fee, pays, "示例文件", "公示栏", date(2026, 1, 1))
        services.add_ground(county.id, text, actor=machine(county.id, "seeding"), clock=app.extensions["clock"], is_sample=True)


def accepted(browse: Browse, **applicant: str) -> str:
    """A case that the county's window has registered, received and accepted; its number."""
    window = browse("window-mr")
    number = story.collect(window, **applicant)
    story.do(window, number, "accept")
    return number


def ask(window: Browser, number: str, **typed: str) -> Any:
    """Ask for a fee in a case; the page that comes."""
    page = window.get(f"/cases/{number}/fees")
    return window.press(page, "/fees/issue", **{"fee": PLAIN, **typed})


def asked(window: Browser, number: str, **typed: str) -> str:
    """Ask for a fee; the number of the notice."""
    page = ask(window, number, **typed)
    assert page.status == 200, page.words[:800]
    found = re.search(r"/fees/(JF\d{4}-\d{6})$", page.path)
    assert found, f"{page.path}: {page.words[:500]}"
    return found[1]


def pay(cashier: Browser, notice: str, method: str = "cash") -> Any:
    """Take the money of a notice; the page that comes."""
    return cashier.press(cashier.get(f"/cashier/notices/{notice}"), "/pay", method=method)


def paid(cashier: Browser, notice: str, method: str = "cash") -> str:
    """Take the money; the number of the receipt."""
    page = pay(cashier, notice, method)
    assert page.status == 200, page.words[:800]
    found = re.search(r"/cashier/receipts/(SJ\d{4}-\d{6})$", page.path)
    assert found, page.path
    return found[1]


def back(cashier: Browser, second: Browser, receipt: str, kind: str, outcome: str = "approved") -> Any:
    """Ask the money of a receipt back, and have the second person decide."""
    address = f"/cashier/receipts/{receipt}"
    page = cashier.press(cashier.get(address), "/ask_back", kind=kind, reason="收错（示例）")
    assert page.status == 200, page.words[:800]
    return second.press(second.get(address), "/decide_back", outcome=outcome, reason="核实（示例）")


def person(app: Flask, username: str) -> SignedIn:
    """Somebody as the services know them, without a browser."""
    from portal.accounts.queries import signed_in_by
    from portal.accounts.services import token_hash
    from tests.people import session_of

    token = session_of(app, username)
    with app.app_context():
        clock = app.extensions["clock"]
        found = signed_in_by(token_hash(token), county_id=the_county().id, wall=clock.wall(), on=clock.today())
    assert found is not None
    return found


def standing(app: Flask, browse: Browse) -> dict[str, str]:
    """Fees at every step, for the tests that walk all pages; name → number or code. Fees of market regulation are published in it."""
    publish_all(app)
    ground(app)
    window, cashier, enterprise = browse("window-mr"), browse("cashier"), browse()
    case = accepted(browse, **ENTERPRISE)
    names = {"fee_case": case, "fee_open": asked(window, case, fee=RANGE, quantity="2"), "fee_waits": asked(window, case, ground="W-HALF")}
    names["fee_receipt"] = paid(cashier, asked(window, case), "card")
    names["fee_back"] = paid(cashier, asked(window, case))
    page = cashier.get(f"/cashier/receipts/{names['fee_back']}")
    assert cashier.press(page, "/ask_back", kind="refund", reason="重复缴费（示例）").status == 200
    page = window.get(f"/cases/{case}/fees")
    said = {"charged_fee": BROKER, "intermediary": "示例检测公司（示例）", "number": "1", "charged": "60", "charged_on": "2026-11-20"}
    assert window.press(page, "/enter", **said).status == 200
    typed = {"enterprise_code": CREDIT, "asked": "200", "who_asked": "某协会（示例）", "said": "收会费，没有收据（示例）"}
    page = enterprise.press(enterprise.get("/fees/report"), "/fees/report", **typed)
    assert page.status == 200, page.words[:500]
    names["fee_report_code"] = page.path.rsplit("/", 1)[1]
    found = re.search(r"(SF\d{4}-\d{6})", page.words)
    assert found, page.words[:500]
    names["fee_report"] = found[1]
    page = cashier.press(cashier.get("/cashier/day?day=2026-11-20"), "/close", counted="0.50", reason="前一日找零（示例）")
    assert page.status == 200, page.words[:500]
    names["fee_day"] = "2026-11-20"
    found = re.search(r"/track/([0-9A-Z-]+)", window.get(f"/cases/{case}").text)
    assert found
    names["fee_track"] = found[1]
    found = re.search(r"/fees/notices/(\w+)", browse().get(f"/track/{found[1]}").text)
    assert found
    names["fee_code"] = found[1]
    return names
