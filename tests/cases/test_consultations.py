"""Assistance and opinion: asked by the holder, answered at the asked window, and nothing moves (C-21, C-30)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from portal.cases import services
from portal.cases.consultation_models import Consultation, ConsultationAnswer
from portal.database import db
from tests.cases import story
from tests.cases.test_handoffs import events, row_of, window_of
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]


def test_a_question_moves_nothing_and_lets_the_asked_window_see(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = story.to_town(browse)
    town, asked, stranger = browse("town-xialiang"), browse("town-yingpan"), browse("window-mr")
    address = f"/cases/{number}/consultations"
    assert asked.get(address).status == stranger.get(address).status == 404
    with app.app_context():
        before = dict(row_of(number).__dict__)
        seen = events(number)
        db.session.remove()
    page = town.get(address)
    typed: dict[str, Any] = {"kind": "opinion", "window": window_of(page, "营盘"), "question": "该店是否在你镇？（示例）", "due_on": "2026-11-25"}
    assert town.press(page, "/ask", **{**typed, "due_on": "2026-11-20"}).status == 403
    bad = town.press(page, "/ask", **{**typed, "window": ""})
    assert bad.status == 422 and "该店是否在你镇" in bad.text
    assert town.press(page, "/ask", **{**typed, "version": "1"}).status == 409
    assert town.press(page, "/ask", key="ask-once", **typed).status == 200
    assert town.press(page, "/ask", key="ask-once", **typed).status == 200, "sent twice"
    with app.app_context():
        case = row_of(number)
        assert db.session.scalar(select(func.count()).select_from(Consultation)) == 1
        assert (case.version, case.holder_id, case.sort_on, events(number)) == (before["version"], before["holder_id"], before["sort_on"], seen)
        assert services.rebuild(case) == [], "the asked window is one of those that see it"
        (question,) = db.session.scalars(select(Consultation.id))
        db.session.remove()
    # the asked window sees case and question; who asked cannot answer, another window does not know it
    assert number[7:] in asked.get("/work/asked").words and number in asked.get("/messages").words
    assert "陈小满" not in asked.get(f"/cases/{number}").words and asked.get(f"/cases/{number}").status == 200
    assert stranger.get(address).status == 404
    form = asked.get(address).form(f"/{question}/answer")
    own = {**form["fields"], "csrf_token": town.get(address).form("/ask")["fields"]["csrf_token"], "said": "示例", "key": "own-answer"}
    assert town.post(form["action"], own).status == 403
    assert asked.press(asked.get(address), "/answer", said="").status == 422
    page = asked.get(address)
    assert asked.press(page, "/answer", said="在（示例）", key="answer-once").status == 200
    assert asked.press(page, "/answer", said="在（示例）", key="answer-once").status == 200, "sent twice"
    late = asked.press(page, "/answer", said="不在（示例）", key="answer-more")
    assert late.status == 403 and "不在（示例）" in late.text, "answered once; what was typed is kept"
    assert "在（示例）" in town.get(address).words and number in town.get("/messages").words
    assert number[7:] not in asked.get("/work/asked").words
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ConsultationAnswer)) == 1
        assert row_of(number).version == before["version"]
        db.session.remove()
    # under way it is nobody's to ask about
    story.do(town, number, "accept")
    story.send(town, number)
    assert not town.get(address).has_form("/ask")
    assert asked.get("/work/asked?after=x").status == 404
