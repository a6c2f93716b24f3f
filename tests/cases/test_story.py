"""The story of the main job, through the real pages, on both engines."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from portal.cases import services
from portal.cases.models import Case, CaseEvent, Leg
from portal.database import db
from tests.cases import story
from tests.cases.story import Browse


def kinds(app: Flask, number: str) -> list[str]:
    with app.app_context():
        query = select(CaseEvent.kind).join(Case, Case.id == CaseEvent.case_id).where(Case.number == number).order_by(CaseEvent.seq)
        return list(db.session.scalars(query))


def handoffs(app: Flask, number: str) -> int:
    with app.app_context():
        query = select(Leg).join(Case, Case.id == Leg.case_id).where(Case.number == number, Leg.received_at.is_not(None))
        return len(list(db.session.scalars(query)))


def test_a_matter_travels_to_the_county_and_back(app: Flask, browse: Browse) -> None:
    agent, town, window, chief = (browse(name) for name in ("village-xialiang", "town-xialiang", "window-mr", "chief-mr"))

    found = agent.get("/cases/new?q=开小饭馆")
    assert "小餐饮经营许可证（新办）" in found.words
    assert "服务室没有审批权" in agent.get("/cases/new?item=S-03").words
    number = story.collect(agent)
    receipt = agent.get(f"/cases/{number}/receipt")
    assert "收件凭证" in receipt.words and "<svg" in receipt.text
    with app.app_context():
        code = db.session.scalar(select(Case.tracking_code).where(Case.number == number))

    resident = browse()
    assert "已代收" in resident.get(f"/track/{code}").words
    assert "陈" not in resident.get(f"/track/{code}").words

    story.send(agent, number)
    story.do(town, number, "receive")
    page = story.do(town, number, "accept")
    assert "审核" in page.words and "柞市监授" in page.words, "the page names the missing power and the instrument of the nearest window"
    assert not page.has_form("/review")
    story.send(town, number)
    story.do(window, number, "receive")
    story.do(window, number, "review", note="现场核查符合")
    assert not chief.get(f"/cases/{number}").has_form("/certify")
    story.do(chief, number, "decide")
    story.do(chief, number, "certify")
    story.send(window, number)
    story.do(town, number, "receive")
    story.send(town, number)
    story.do(agent, number, "receive")
    story.do(agent, number, "deliver")

    assert kinds(app, number) == [
        "collected", "handed_off", "received", "accepted", "handed_off", "leg_received", "reviewed", "decided", "certified",
        "handed_off", "leg_received", "handed_off", "leg_received", "delivered",
    ]  # fmt: skip
    assert handoffs(app, number) == 4
    assert "已送达" in resident.get(f"/track/{code}").words
    with app.app_context():
        case = db.session.scalar(select(Case).where(Case.number == number))
        assert case is not None and services.rebuild(case) == []
        assert case.promised_due_on is not None and case.promised_due_on.isoformat() == "2026-12-07"


def test_after_the_entrustment_two_handoffs_are_enough(app: Flask, browse: Browse) -> None:
    story.entrust(browse)
    agent, town, chief = (browse(name) for name in ("village-xialiang", "town-xialiang", "chief-xialiang"))
    number = story.to_town(browse)
    story.do(town, number, "accept")
    story.do(town, number, "review")
    assert not town.get(f"/cases/{number}").has_form("/decide")
    story.do(chief, number, "decide")
    story.do(chief, number, "certify")
    story.send(town, number)
    story.do(agent, number, "receive")
    story.do(agent, number, "deliver")
    assert handoffs(app, number) == 2
