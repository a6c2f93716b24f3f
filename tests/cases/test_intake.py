"""Double intake: found from a list or by hand, answered by the body, closed by the center (C-15)."""

from __future__ import annotations

import io
import re
from datetime import date

from flask import Flask
from sqlalchemy import func, select

from portal.cases.intake_models import IntakeFinding
from portal.database import db
from tests.cases import story
from tests.cases.story import Browse
from tests.people import Browser, ManualClock, Page

HEADING = "number,body,item,dated_on,said\n"


def send_list(browser: Browser, page: Page, rows: str, *, id: str = "try") -> Page:
    return browser.press(page, "/manage/double-intake/list", id=id, file=(io.BytesIO((HEADING + rows).encode()), "list.csv"))


def note(browse: Browse, number: str = "示例〔2026〕1号") -> str:
    """The supervisor notes a finding about MR; its address."""
    supervisor = browse("supervisor")
    page = supervisor.get("/manage/double-intake/new")
    body = re.search(r'<option value="(\d+)"[^>]*>[^<]*市场监督管理局', page.text)
    assert body, page.text[:2000]
    page = supervisor.press(
        page,
        "/manage/double-intake/new",
        body=body[1],
        source="certificate",
        number=number,
        item="S-03",
        what="店内挂证，网络里没有办件（示例）",
    )
    assert page.status == 200 and re.fullmatch(r"/manage/double-intake/\d+", page.path), page.words[:600]
    return page.path


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(IntakeFinding.id))) or 0


def test_a_list_is_tried_first_and_opens_findings_for_numbers_without_a_case(app: Flask, browse: Browse) -> None:
    number = story.collect(browse("village-xialiang"))
    center = browse("center")
    page = send_list(
        center,
        center.get("/manage/double-intake/list"),
        "X-1,NOBODY,S-03,2026-11-20,\n,MR,,,\nX-2,MR,S-999,不知道,\nX-3,MR,,,\nX-3,MR,,,\n",
    )
    assert page.status == 422 and count(app) == 0
    for words in ("NOBODY", "S-999", "不知道", "X-3"):
        assert words in page.words, (words, page.words)

    rows = f"示例-1,MR,S-03,2026-11-20,挂在墙上\n{number},MR,S-03,,\n示例-2,HRSS,,,\n"
    page = send_list(center, center.get("/manage/double-intake/list"), rows)
    assert page.status == 200 and "示例-1" in page.words and number not in page.words and count(app) == 0
    again = send_list(center, page, rows + "示例-3,MR,,,\n", id="again")
    assert again.status == 200 and count(app) == 0, "another file is tried first"
    page = send_list(center, page, rows, id="again")
    assert page.status == 200 and count(app) == 2, page.words[:500]
    page = send_list(center, center.get("/manage/double-intake/list"), rows)
    assert page.status == 200 and not any(form["id"] == "again" for form in page.forms()), "each is found once"


def test_a_body_answers_and_the_center_closes(app: Flask, browse: Browse, clock: ManualClock) -> None:
    address = note(browse)
    head, center = browse("dept-mr"), browse("center")
    assert not center.get(address).has_form("/answer") and not center.get(address).has_form("/close")
    assert browse("dept-hrss").get(address).status == 404
    page = head.press(head.get(address), "/answer", said="")
    assert page.status == 422
    page = head.press(page, "/answer", said="已补录进网（示例）")
    assert page.status == 200 and not page.has_form("/answer")
    page = center.press(center.get(address), "/close", step="upheld", said="确属两头受理（示例）")
    assert page.status == 200 and not page.has_form("/close")
    assert "确属两头受理" in browse("auditor").get(address).words
    page = browse("supervisor").get("/manage/double-intake?box=closed")
    assert "示例〔2026〕1号" in page.words


def test_the_chief_representative_answers_too_and_silence_is_upheld_after_five_days(app: Flask, browse: Browse, clock: ManualClock) -> None:
    first, second = note(browse), note(browse, "示例〔2026〕2号")
    chief = browse("chief-mr")
    assert chief.get("/manage/double-intake").status == 200
    assert chief.press(chief.get(first), "/answer", said="非本局事项（示例）").status == 200
    clock.go_to(date(2026, 11, 30))
    center = browse("center")
    assert not center.get(second).has_form("/close"), "the last day is the body's"
    assert "逾期" not in center.get(second).words
    clock.go_to(date(2026, 12, 1))
    page = center.get(second)
    assert "逾期" in page.words and 'value="dismissed"' not in page.text
    assert center.press(page, "/close", step="upheld", said="逾期不答（示例）").status == 200
    refused = center.press(center.get(first), "/close", step="dismissed", said="属实（示例）")
    assert refused.status == 200
    late = browse("supervisor").get("/manage/double-intake?box=closed")
    assert late.words.count("逾期") >= 1


def test_a_finding_is_for_who_oversees_and_for_its_body(browse: Browse) -> None:
    address = note(browse)
    assert browse("window-mr").get(address).status == 403
    assert browse("manager").get(address).status == 200
    supervisor = browse("supervisor")
    page = supervisor.get("/manage/double-intake/new")
    body = re.search(r'<option value="(\d+)"[^>]*>[^<]*市场监督管理局', page.text)
    assert body
    again = supervisor.press(
        page, "/manage/double-intake/new", body=body[1], source="other", number="示例〔2026〕1号", item="", what="同一件（示例）"
    )
    assert again.status == 422
