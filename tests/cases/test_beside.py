"""People beside the applicant through the pages: agents, parties, hearings, site checks (C-28)."""

from __future__ import annotations

import re
from datetime import date

from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Account
from portal.cases.models import Case, CaseEvent
from portal.database import db
from tests.cases import story
from tests.cases.story import Browse
from tests.cases.test_course import at_county, reviewed, row
from tests.people import Browser, ManualClock, Page


def enter(browser: Browser, number: str, verb: str, *, status: int = 200, **typed: str) -> Page:
    page = browser.press(browser.get(f"/cases/{number}/people/{verb}"), f"/people/{verb}", **typed)
    assert page.status == status, (page.status, page.words[:500])
    return page


def test_a_party_that_was_told_is_waited_for(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = at_county(browse)
    reviewed(browse, number, "passed")
    window, chief = browse("window-mr"), browse("chief-mr")
    enter(window, number, "tell_party", status=403, name="王邻居", how="当面", until="2026-11-24")
    enter(window, number, "tell_party", name="王邻居", phone="13900000001", how="当面告知（示例）", until="2026-11-30")
    assert "王邻居" in window.get(f"/cases/{number}/people").words
    assert "王邻居" not in browse("center").get(f"/cases/{number}/people").words, "masked for whoever does not hold the case"
    assert not chief.get(f"/cases/{number}").has_form("/decide")
    page = window.get(f"/cases/{number}/people/hear_party")
    seq = re.search(r'<option value="(\d+)">', page.text)
    assert seq
    enter(window, number, "hear_party", status=403, who=seq[1], says="")
    enter(window, number, "hear_party", who=seq[1], says="油烟扰民（示例）")
    story.do(chief, number, "decide")
    with app.app_context():
        payloads = db.session.scalars(select(CaseEvent.payload).join(Case, Case.id == CaseEvent.case_id).where(Case.number == number)).all()
        assert "王邻居" not in str(payloads), "events hold ids only"


def test_silence_of_a_party_lets_the_decision_go_on(browse: Browse, clock: ManualClock) -> None:
    number = at_county(browse)
    reviewed(browse, number, "passed")
    enter(browse("window-mr"), number, "tell_party", name="王邻居", how="邮寄", until="2026-11-30")
    clock.go_to(date(2026, 12, 1))
    assert browse("chief-mr").get(f"/cases/{number}").has_form("/decide")


def test_a_hearing_is_announced_seven_days_ahead_and_blocks_the_decision(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = at_county(browse)
    reviewed(browse, number, "passed")
    window, chief = browse("window-mr"), browse("chief-mr")
    enter(window, number, "ask_hearing", by="applicant", asked_on="2026-11-23")
    assert not chief.get(f"/cases/{number}").has_form("/decide")
    with app.app_context():
        ids = {name: str(db.session.scalar(select(Account.id).where(Account.username == name))) for name in ("window-mr", "chief-mr")}
    enter(window, number, "set_hearing", status=403, on="2026-11-29", place="三楼会议室", who=ids["chief-mr"])
    page = enter(window, number, "set_hearing", status=403, on="2026-12-01", place="三楼会议室", who=ids["window-mr"])
    assert "C-28" in page.words and "三楼会议室" in page.text, "who reviewed it does not chair; nothing typed is lost"
    enter(window, number, "set_hearing", status=422, on="2026-12-01", place="三楼会议室", who="999999")
    enter(window, number, "set_hearing", on="2026-12-01", place="三楼会议室（示例）", who=ids["chief-mr"])
    enter(window, number, "hold_hearing", status=403, minutes="记录")
    clock.go_to(date(2026, 12, 1))
    enter(window, number, "hold_hearing", minutes="双方陈述完毕，签字（示例）")
    assert chief.get(f"/cases/{number}").has_form("/decide")
    assert row(app, number)["state"] == "under_review"


def test_a_site_is_checked_by_two_and_an_agent_has_a_paper(app: Flask, browse: Browse) -> None:
    number = at_county(browse)
    window = browse("window-mr")
    story.do(window, number, "accept")
    with app.app_context():
        ids = [str(db.session.scalar(select(Account.id).where(Account.username == name))) for name in ("window-mr", "chief-mr")]
    typed = {"on": "2026-11-23", "place": "下梁镇街道1号", "finding": "与图纸一致（示例）"}
    enter(window, number, "check_site", status=403, who=ids[0], other=ids[0], **typed)
    enter(window, number, "check_site", status=403, who=ids[0], other=ids[1], **{**typed, "on": "2026-11-24"})
    enter(window, number, "check_site", who=ids[0], other=ids[1], **typed)
    enter(window, number, "name_agent", status=422, name="李代办", paper="", scope="递交材料", until="2026-12-31")
    enter(window, number, "name_agent", name="李代办", paper="委托书2026-1（示例）", scope="递交材料、领取结果", until="2026-12-31")
    page = window.get(f"/cases/{number}/people")
    assert "李代办" in page.words and "下梁镇街道1号" in page.words
    seq = re.search(r'<option value="(\d+)">', window.get(f"/cases/{number}/people/end_agent").text)
    assert seq
    enter(window, number, "end_agent", who=seq[1], reason="申请人撤销委托")
