"""The whole way of a case: who held it, where it waited, which power was missing, who was late; on the public page without names (C-6, C-18, C-20)."""

from __future__ import annotations

import re
from datetime import date

import brotli
from flask import Flask
from sqlalchemy import select

from portal.cases.models import Case
from portal.database import db
from tests.cases import story
from tests.cases.story import Browse
from tests.people import ManualClock


def test_the_way_says_where_it_waited_what_was_missing_and_who_was_late(app: Flask, browse: Browse, clock: ManualClock) -> None:
    agent, town = browse("village-xialiang"), browse("town-xialiang")
    number = story.collect(agent)
    clock.go_to(date(2026, 11, 25))
    story.send(agent, number)  # two working days late
    clock.go_to(date(2026, 12, 2))  # five working days under way: three are the receiver's to be charged with
    story.do(town, number, "receive")
    story.do(town, number, "accept")
    story.send(town, number)
    page = town.get(f"/cases/{number}/route")
    assert page.status == 200 and "<svg" in page.text
    for words in ("在此超期2个工作日", "对方迟收5个工作日，算到接收方", "此处缺少：受理", "此处缺少：审核", "5个工作日"):
        assert words in page.words, (words, page.words)
    with app.app_context():
        code = db.session.scalar(select(Case.tracking_code).where(Case.number == number))
        db.session.remove()
    public = browse().get(f"/track/{code}").text
    assert "此处缺少：受理" in public and "对方迟收5个工作日" in public
    for name in ("李春", "陈小满", "市场监督管理局窗口"):
        assert name not in public, name
    picture = re.search(r'<svg class="pic way".*?</svg>', page.text, re.DOTALL)
    assert picture and len(brotli.compress(picture[0].encode())) < 2000
    assert browse("town-yingpan").get(f"/cases/{number}/route").status == 404
