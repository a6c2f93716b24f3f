"""First asked, first responsible: logged with one field, answered, handed over by name, turned into a case (C-8)."""

from __future__ import annotations

import re
from datetime import date

from flask import Flask
from sqlalchemy import func, select

from portal.audit import AuditRecord
from portal.cases import inquiry_services as services
from portal.cases.inquiry_models import Inquiry, InquiryEntry
from portal.database import db
from portal.network.queries import the_county
from tests.cases import story
from tests.cases.story import Browse
from tests.people import Browser, ManualClock, Page

LATE = 'class="tag bad"'
ASKED = "小餐饮许可在哪里办（示例）"


def log(browser: Browser, asked: str = ASKED, **typed: str) -> Page:
    page = browser.press(browser.get("/inquiries"), "/inquiries/log", asked=asked, **typed)
    assert page.status == 200 and re.fullmatch(r"/inquiries/\d+", page.path), page.words[:600]
    return page


def receiver(page: Page, words: str) -> str:
    found = re.search(rf'<option value="([^"]+)"[^>]*>[^<]*{words}', page.text)
    assert found, page.text[:3000]
    return found[1]


def count(app: Flask, model: type = Inquiry) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_logged_with_one_field_and_answered_at_once(app: Flask, browse: Browse) -> None:
    town = browse("town-xialiang")
    page = log(town, phone="13900001234")
    address = page.path
    assert "13900001234" not in page.text and "139" in page.words, "the phone is masked"
    form = page.form("/answer")
    sent = {**form["fields"], "said": "在本中心二号窗口（示例）"}
    assert town.post(form["action"], sent).status == 200
    again = town.post(form["action"], sent)
    assert again.status == 200 and count(app, InquiryEntry) == 1, "a retry is one effect"
    assert not again.has_form("/answer") and "在本中心二号窗口" in again.words
    other = town.post(form["action"], {**sent, "said": "别的话（示例）"})
    assert other.status == 422 and count(app, InquiryEntry) == 1
    stale = town.post(form["action"], {**sent, "key": "another-key-1", "said": "晚了（示例）"})
    assert stale.status == 409 and "晚了" in stale.text
    assert browse("town-yingpan").get(address).status == 404 and browse("town-yingpan").get("/inquiries/99").status == 404
    assert browse("village-xialiang").get(address).status == 404
    with app.app_context():
        bodies = " ".join(db.session.scalars(select(AuditRecord.body).where(AuditRecord.subject.like("inquiry:%"))))
        assert "13900001234" not in bodies and ASKED not in bodies


def test_what_is_wrong_is_said_beside_the_field(app: Flask, browse: Browse) -> None:
    town = browse("town-xialiang")
    page = town.press(town.get("/inquiries"), "/inquiries/log", asked=" ", item="火星", phone="12")
    assert page.status == 422 and "火星" in page.text and count(app) == 0
    page = town.press(page, "/inquiries/log", asked=ASKED, item="S-03", phone="")
    assert page.status == 200 and count(app) == 1
    assert browse("auditor").get("/inquiries").has_form("/inquiries/log") is False
    token = browse("dept-mr")
    form = town.get("/inquiries").form("/inquiries/log")
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', token.get("/account").text)
    assert csrf
    refused = token.post("/inquiries/log", {**form["fields"], "asked": ASKED, "csrf_token": csrf[1]})
    assert refused.status == 403 and count(app) == 1, "who has no window logs nothing"


def test_handed_over_by_name_and_late_where_nobody_answers(app: Flask, browse: Browse, clock: ManualClock) -> None:
    agent, town, chief = browse("village-xialiang"), browse("town-xialiang"), browse("chief-xialiang")
    page = log(agent)
    address = page.path
    assert agent.press(page, "/hand_over", said="").status == 422, "to whom?"
    form = page.form("/hand_over")
    sent = {**form["fields"], "to": receiver(page, "王敏"), "said": "请镇上答复（示例）"}
    page = agent.post(form["action"], sent)
    assert agent.post(form["action"], sent).status == 200 and count(app, InquiryEntry) == 1, "a retry is one effect"
    assert page.status == 200 and not page.has_form("/answer") and not page.has_form("/hand_over")
    assert not chief.get(address).has_form("/answer"), "it is with somebody else by name"
    message = browse("town-xialiang").get("/messages")
    assert address in message.text
    assert "王敏" not in agent.get("/inquiries?box=mine").words
    held = town.get(address)
    assert held.has_form("/answer") and "李春" in held.words
    assert not any("李春" in option for option in re.findall(r"<option[^>]*>([^<]*)", held.text)), "never back to who had it"
    forged = held.form("/hand_over")
    with app.app_context():
        row = db.session.scalars(select(Inquiry)).one()
        first, due_on = row.window_id, row.due_on
    assert due_on == date(2026, 11, 25)
    assert town.post(forged["action"], {**forged["fields"], "to": f"{first}."}).status == 403
    assert town.post(forged["action"], {**forged["fields"], "to": "999999."}).status == 422

    clock.go_to(date(2026, 11, 25))
    assert LATE not in town.get("/inquiries?box=mine").text
    clock.go_to(date(2026, 11, 26))
    for who in ("town-xialiang", "center"):
        page = browse(who).get("/inquiries?box=late")
        assert ASKED in page.words and LATE in page.text, who
    with app.app_context():
        assert [services.remind(the_county().id, clock) for _each in range(2)] == ["1 about inquiries", "0 about inquiries"]
        db.session.remove()
    center = browse("center")
    page = center.press(center.get(address), "/hand_over", to=receiver(center.get(address), "吴少华"), said="")
    assert page.status == 200 and not town.get(address).has_form("/answer"), "the center hands on what lies"
    page = center.press(page, "/hand_over", to=receiver(page, "王敏"), said="")
    page = town.press(town.get(address), "/answer", said="到县中心办（示例）")
    assert page.status == 200 and LATE in page.text
    assert ASKED not in browse("center").get("/inquiries?box=late").words
    assert ASKED in browse("auditor").get("/inquiries?box=ended").words
    assert browse("village-xialiang").get(address).status == 200, "the first asked sees what became of it"


def test_the_phone_is_shown_to_whoever_has_it_and_that_is_recorded(app: Flask, browse: Browse) -> None:
    town = browse("town-xialiang")
    page = log(town, phone="13900001234")
    shown = town.press(page, "/reveal")
    assert shown.status == 200 and "13900001234" in shown.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(AuditRecord.verb == "reveal", AuditRecord.subject.like("inquiry:%"))) == 1
    assert not browse("center").get(page.path).has_form("/reveal")
    form = page.form("/reveal")
    chief = browse("chief-xialiang")
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', chief.get("/account").text)
    assert csrf
    refused = chief.post(form["action"], {**form["fields"], "csrf_token": csrf[1]})
    assert refused.status == 403 and "13900001234" not in refused.text


def test_a_case_that_follows_is_linked_and_counted_beside_the_cases(app: Flask, browse: Browse) -> None:
    agent = browse("village-xialiang")
    page = log(agent, item="S-03")
    address = page.path
    link = re.search(r'href="(/cases/new\?item=S-03&amp;inquiry=\d+)"', page.text)
    assert link, page.text[:2000]
    form = agent.get(link[1].replace("&amp;", "&"))
    assert ASKED in form.words
    done = agent.press(form, "/cases/new", **story.APPLICANT, **story.materials(form))
    assert done.status == 200 and done.path.endswith("/receipt")
    number = done.path.split("/")[2]
    page = agent.get(address)
    assert number in page.words and not page.has_form("/answer") and not page.has_form("/hand_over")
    again = agent.press(form, "/cases/new", key="another-key-2", **story.APPLICANT, **story.materials(form))
    assert again.status == 200 and count(app, InquiryEntry) == 1, "one inquiry, one case"
    log(agent, "社保卡怎么补（示例）")
    page = browse("manager").get("/inquiries?box=ended")
    assert ASKED in page.words
    counted = [re.findall(r'data-th="[^"]*">(\d+)<', row) for row in re.findall(r"<tr>.*?</tr>", page.text, re.DOTALL)]
    assert any(row[:3] == ["2", "0", "1"] and int(row[3]) >= 2 for row in counted), counted
    stranger = browse("town-yingpan")
    assert stranger.get(link[1].replace("&amp;", "&")).status == 404
