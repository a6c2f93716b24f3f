"""Who sees what of an applicant, and that each look is recorded (C-18, C-30, R-1, R-2, O-4)."""

from __future__ import annotations

import json

from flask import Flask
from sqlalchemy import select

from portal.audit import AuditRecord
from portal.cases.models import Case
from portal.database import db
from tests.cases import story
from tests.cases.story import APPLICANT, Browse


def looks(app: Flask) -> list[AuditRecord]:
    with app.app_context():
        return list(db.session.scalars(select(AuditRecord).where(AuditRecord.verb == "case.look")))


def test_who_does_not_hold_the_case_sees_a_mask(app: Flask, browse: Browse) -> None:
    number = story.to_town(browse)
    assert "陈小满" in browse("town-xialiang").get(f"/cases/{number}").words
    for who in ("village-xialiang", "manager", "supervisor", "dept-mr", "auditor"):
        words = browse(who).get(f"/cases/{number}").words
        assert "陈**" in words and "陈小满" not in words, who


def test_the_public_page_shows_no_name(app: Flask, browse: Browse) -> None:
    number = story.to_town(browse)
    with app.app_context():
        code = db.session.scalar(select(Case.tracking_code).where(Case.number == number))
    page = browse().get(f"/track/{code}")
    assert page.status == 200 and "下梁镇便民服务中心" in page.words
    for secret in ("陈", "王敏", "李春", number, APPLICANT["number"], APPLICANT["phone"]):
        assert secret not in page.text, secret
    assert browse().get("/track/ABCDEFGHJKMN").status == 404


def test_a_look_at_a_name_is_recorded_once_a_session_and_case(app: Flask, browse: Browse) -> None:
    agent = browse("village-xialiang")
    number = story.collect(agent)
    before = len(looks(app))
    assert before == 1, "the receipt shows the name"
    agent.get(f"/cases/{number}")
    agent.get(f"/cases/{number}")
    assert len(looks(app)) == before
    browse("manager").get(f"/cases/{number}")
    assert len(looks(app)) == before, "a masked name is no look"
    browse("village-xialiang").get(f"/cases/{number}")
    assert len(looks(app)) == before + 1, "another session, another look"


def test_a_number_is_shown_with_a_reason_and_recorded(app: Flask, browse: Browse) -> None:
    agent = browse("village-xialiang")
    number = story.collect(agent)
    assert APPLICANT["number"] not in agent.get(f"/cases/{number}").text
    page = agent.press(agent.get(f"/cases/{number}"), "/reveal", field="number", reason="verify")
    assert page.status == 200 and APPLICANT["number"] in page.words
    with app.app_context():
        row = db.session.scalar(select(AuditRecord).where(AuditRecord.verb == "reveal"))
        assert row is not None and json.loads(row.body)["facts"]["reason"] == "verify"
        assert APPLICANT["number"] not in row.body
    assert not browse("manager").get(f"/cases/{number}").has_form("/reveal")


def test_nothing_personal_stands_in_clear_in_the_database(app: Flask, browse: Browse) -> None:
    story.collect(browse("village-xialiang"))
    with app.app_context():
        for table in db.metadata.sorted_tables:
            for row in db.session.execute(table.select()):
                text = repr(tuple(row))
                assert APPLICANT["number"] not in text and APPLICANT["phone"] not in text, table.name
                if table.name != "person_name":
                    assert APPLICANT["name"] not in text, table.name
