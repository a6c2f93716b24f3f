"""Agent service through the pages: consent, what was carried, originals, home delivery, the worker's day (C-14, N-4)."""

from __future__ import annotations

import re
from datetime import date

from flask import Flask
from sqlalchemy import select

from portal.cases.agent_models import AgentService
from portal.cases.models import Case, CaseEvent
from portal.database import db
from tests.cases import story
from tests.cases.story import Browse
from tests.people import Browser, ManualClock, Page

AGENT, TOWN = "village-xialiang", "town-xialiang"


def enter(browser: Browser, number: str, verb: str, *, status: int = 200, drop: tuple[str, ...] = (), **typed: str) -> Page:
    page = browser.press(browser.get(f"/cases/{number}/agent/{verb}"), f"/agent/{verb}", drop=drop, **typed)
    assert page.status == status, (page.status, page.words[:500])
    return page


def row(app: Flask, number: str) -> dict[str, object]:
    with app.app_context():
        found = db.session.scalar(select(AgentService).join(Case, Case.id == AgentService.case_id).where(Case.number == number))
        assert found is not None
        values = {each.key: getattr(found, each.key) for each in AgentService.__table__.columns}
        db.session.remove()
    return values


def events(app: Flask, number: str) -> list[str]:
    with app.app_context():
        found = list(db.session.scalars(select(CaseEvent.kind).join(Case, Case.id == CaseEvent.case_id).where(Case.number == number).order_by(CaseEvent.seq)))
        db.session.remove()
    return found


def test_papers_are_carried_with_a_consent_and_the_result_is_brought_home(app: Flask, browse: Browse, clock: ManualClock) -> None:
    agent, town = browse(AGENT), browse(TOWN)
    number = story.collect(agent)
    assert "不收费" in agent.get(f"/cases/{number}/agent").words
    paper = agent.get(f"/cases/{number}/agent/form")
    assert story.APPLICANT["name"] in paper.words and "a5" in paper.text
    # nothing is carried without a consent, and a consent names something, ends, and lets nobody sign without a power of attorney
    assert not agent.get(f"/cases/{number}/agent/carry").has_form("/agent/carry")
    boxes = tuple(re.findall(r'name="(paper-\d+)"', agent.get(f"/cases/{number}/agent/consent").text))
    assert len(boxes) > 1
    enter(agent, number, "consent", status=403, drop=boxes)
    enter(agent, number, "consent", status=403, until="2026-11-22")
    page = enter(agent, number, "consent", status=403, signs="代签申请书（示例）")
    assert "C-14" in page.words and "代签申请书（示例）" in page.text, "what was typed is kept"
    assert "consent_given" not in events(app, number)
    page = enter(agent, number, "consent", result="y", area="三组（示例）", until="2026-12-31", drop=(boxes[-1],))
    assert page.path.endswith("/agent") and "三组（示例）" in page.words
    # papers are fetched, sent, handed in
    first, last = boxes[0].removeprefix("paper-"), boxes[-1].removeprefix("paper-")
    page = agent.get(f"/cases/{number}/agent/carry")
    assert f"original-{last}" not in page.text, "the consent does not name it"
    enter(agent, number, "carry", status=403)
    enter(agent, number, "carry", status=403, on="2026-11-24", **{f"original__{first}": "1"})
    enter(agent, number, "carry", status=403, **{f"original__{last}": "1"})
    enter(agent, number, "carry", **{f"original__{first}": "1"})
    assert row(app, number)["keeps_until"] == date(2026, 11, 26)
    assert "11月26日" in agent.get("/agents/day").words
    story.send(agent, number)
    story.do(town, number, "receive")
    windows = re.findall(r'<option value="(\d+)">', agent.get(f"/cases/{number}/agent/carry").text)
    enter(agent, number, "carry", status=403, errand="brought", **{f"original__{first}": "1"})
    enter(agent, number, "carry", status=422, errand="brought", where="999999", **{f"original__{first}": "1"})
    clock.go_to(date(2026, 11, 27))
    assert "11月26日" in agent.get("/agents/day").words and number in browse("center").get("/manage/agents").words, "kept too long"
    enter(agent, number, "carry", errand="brought", where=windows[0], **{f"original__{first}": "1"})
    kept = row(app, number)
    assert (kept["keeps_until"], kept["kept_late"], kept["trips"]) == (None, 1, 1)
    # the town does not carry, and its own way on is not the worker's
    assert not town.get(f"/cases/{number}/agent/carry").has_form("/agent/carry")
    story.do(town, number, "accept")
    story.send(town, number)
    window, chief = browse("window-mr"), browse("chief-mr")
    story.do(window, number, "receive")
    story.do(window, number, "review")
    for verb in ("decide", "certify"):
        story.do(chief, number, verb)
    story.send(window, number)
    story.do(town, number, "receive")
    story.send(town, number)
    story.do(agent, number, "receive")
    assert "结果待送" in agent.get("/agents/day").words
    enter(agent, number, "deliver", status=403, to="household", name="")
    enter(agent, number, "deliver", to="household", name="陈家人", note="送到家中（示例）")
    kept = row(app, number)
    assert (kept["trips"], kept["home_on"], kept["is_live"]) == (2, date(2026, 11, 27), False)
    assert number not in agent.get("/agents/day").words
    with app.app_context():
        payloads = str(db.session.scalars(select(CaseEvent.payload)).all())
        db.session.remove()
    assert "陈家人" not in payloads, "events hold ids only"
    looked = browse("center").get(f"/cases/{number}/agent").words
    assert "陈家人" not in looked and "陈**" in looked, "masked for whoever does not hold it"


def test_consent_is_withdrawn_at_any_time_and_originals_go_home(app: Flask, browse: Browse, clock: ManualClock) -> None:
    agent, town = browse(AGENT), browse(TOWN)
    number = story.collect(agent)
    enter(agent, number, "consent", until="2026-11-27")
    assert "代办同意即将到期" in agent.get("/agents/day").words
    first = re.findall(r'name="original-(\d+)"', agent.get(f"/cases/{number}/agent/carry").text)[0]
    enter(agent, number, "carry", **{f"original__{first}": "1"})
    story.send(agent, number)
    story.do(town, number, "receive")
    # another room does not see it; a stale form does nothing; the same form twice is one act
    assert browse("town-yingpan").get(f"/cases/{number}/agent").status == 404
    page = agent.get(f"/cases/{number}/agent/end_consent")
    fields = page.form("/agent/end_consent")["fields"]
    town.press(town.get(f"/cases/{number}"), "/take")
    assert agent.post(f"/cases/{number}/agent/end_consent", {**fields, "reason": "自己去办（示例）"}).status == 409
    page = agent.get(f"/cases/{number}/agent/end_consent")
    fields = page.form("/agent/end_consent")["fields"]
    places = {agent.post(f"/cases/{number}/agent/end_consent", fields, follow=False).headers["Location"] for _each in range(2)}
    assert len(places) == 1 and events(app, number).count("consent_ended") == 1
    assert row(app, number)["consents_until"] is None
    enter(agent, number, "carry", status=403, errand="fetched", **{f"copy__{first}": "1"})
    town.press(town.get(f"/cases/{number}/act/withdraw"), "/act/withdraw", reason="不办了（示例）")
    assert row(app, number)["is_live"] is True, "the household's original is still with the worker"
    enter(agent, number, "carry", status=403, errand="given_back", **{f"copy__{first}": "1"})
    enter(agent, number, "carry", errand="given_back", **{f"original__{first}": "1"})
    kept = row(app, number)
    assert (kept["is_live"], kept["trips"], kept["kept_late"]) == (False, 0, 0)
    with app.app_context():
        case = db.session.scalar(select(Case).where(Case.number == number))
        from portal.cases import services

        assert case is not None and services.rebuild(case) == []
        db.session.remove()


def test_who_signs_has_a_power_of_attorney_and_the_holder_writes_it_down(browse: Browse) -> None:
    agent, town = browse(AGENT), browse(TOWN)
    number = story.to_town(browse)
    assert not agent.get(f"/cases/{number}/agent/consent").has_form("/agent/consent"), "the holder writes it down"
    forged = agent.post(f"/cases/{number}/agent/consent", {**agent.get("/cases/new").form("/sign-out")["fields"], "until": "2026-12-31", "result": "y", "version": "3"})
    assert forged.status == 403
    enter(town, number, "consent", status=403, signs="代签（示例）")
    enter(town, number, "consent")
    # the worker of the room where the case began carries for the household, and what is missing is on the day list
    town.press(town.get(f"/cases/{number}/act/notice"), "/act/notice", miss__1="1", why__1="照片不清楚（示例）")
    assert "补正材料待取" in agent.get("/agents/day").words
    assert agent.get(f"/cases/{number}/agent/carry").has_form("/agent/carry")
    assert "您不在村" in town.get("/agents/day").words
    clerk = browse("window-mr")
    other = story.collect(clerk)
    page = clerk.get(f"/cases/{other}/people/name_agent")
    assert clerk.press(page, "/people/name_agent", name="李代办", paper="委托书2026-1（示例）", scope="领取许可证", until="2026-12-10").status == 200
    signs = "领取许可证时代签（示例）"
    assert "2026-12-10" in enter(clerk, other, "consent", status=403, signs=signs, until="2026-12-15").words, "no longer than the power of attorney"
    assert signs in enter(clerk, other, "consent", signs=signs, until="2026-12-10").words


def test_a_new_day_off_gives_the_worker_another_day(app: Flask, browse: Browse, clock: ManualClock) -> None:
    agent, manager = browse(AGENT), browse("manager")
    clock.go_to(date(2026, 12, 14))
    number = story.collect(agent)
    enter(agent, number, "consent", until="2026-12-31")
    first = re.findall(r'name="original-(\d+)"', agent.get(f"/cases/{number}/agent/carry").text)[0]
    enter(agent, number, "carry", **{f"original__{first}": "1"})
    assert row(app, number)["keeps_until"] == date(2026, 12, 17)
    day = {"day": "2026-12-16", "source": "示例条例第一条", "name": "示例节", "name_hant": "示例節", "name_en": "Example Day"}
    page = manager.press(manager.get("/manage/calendar/regional"), "/manage/calendar/regional", **day)
    assert manager.press(page, "/manage/calendar/regional/enter").status == 200
    assert row(app, number)["keeps_until"] == date(2026, 12, 18)
