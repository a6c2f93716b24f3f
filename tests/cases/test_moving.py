"""Nothing is orphaned: what hangs on a window or posting is listed and moved, and an emergency moves at once (N-2, G-13)."""

from __future__ import annotations

import re
from datetime import date

from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Account, Posting
from portal.cases.models import Case, Leg
from portal.cases.moving_models import MoveBatch
from portal.database import db
from portal.network.models import ServicePoint, Window
from tests.cases import story
from tests.cases.story import Browse
from tests.cases.test_course import kinds, row
from tests.people import ManualClock

ROOM, TOWN = "611026102002", "611026102000"


def window_of(app: Flask, code: str) -> int:
    with app.app_context():
        return db.session.scalars(select(Window.id).where(Window.code == code)).one()


def posting_of(app: Flask, username: str) -> str:
    with app.app_context():
        query = select(Posting.id).join(Account, Account.id == Posting.account_id).where(Account.username == username)
        return f"/manage/moving/posting/{db.session.scalars(query).first()}"


def test_a_window_closes_once_nothing_would_be_orphaned(app: Flask, browse: Browse) -> None:
    agent, manager, town, center = (browse(name) for name in ("village-xialiang", "manager", "town-xialiang", "center"))
    numbers = [story.collect(agent) for _each in range(3)]
    window, posting = f"/manage/moving/window/{ROOM}-G", posting_of(app, "village-xialiang")
    assert town.get(window).status == 403 and manager.get("/manage/moving/window/none").status == 404
    page = manager.get(window)
    assert all(number in page.words for number in numbers) and "李春" in page.words
    assert numbers[0] in manager.get(f"/manage/moving/point/{ROOM}").words
    refused = manager.press(page, "/close", reason="并入中心（示例）")
    assert refused.status == 403 and "N-2" in refused.words and "并入中心（示例）" in refused.text
    # the only agent of the room is not let go while it holds cases
    end = center.press(center.get(posting.replace("moving/posting", "postings")), "/end", last_on="2026-12-31", reason="调离（示例）")
    assert end.status == 422 and "N-2" in end.words
    # moved in a batch: one of them changed after the page was drawn
    page = manager.get(window)
    story.do(agent, numbers[1], "take")
    assert numbers[1] in manager.get(posting).words and numbers[0] not in manager.get(posting).words
    typed = {**page.form("/move")["fields"], "reason": "窗口撤并（示例）"}
    assert manager.post(window + "/move", {**typed, "reason": "", "key": "without-reason"}).status == 422
    for _again in range(2):
        done = manager.post(window + "/move", typed)
        assert done.status == 200 and numbers[1] in done.words
    assert manager.post(window + "/move", {**typed, "reason": "另一个理由（示例）"}).status == 422
    with app.app_context():
        batch = db.session.scalars(select(MoveBatch)).one()
        assert {result[0]: result[1] for result in batch.results} == {numbers[0]: "moved", numbers[1]: "changed", numbers[2]: "moved"}
        assert {leg.mark for leg in db.session.scalars(select(Leg).join(Case, Case.id == Leg.case_id).where(Case.number == numbers[0]))} == {"closing"}
    assert kinds(app, numbers[0])[-1] == ("handed_off", "act_of_office")
    page = manager.get(window)
    boxes = [name for name in page.form("/move")["fields"] if name.startswith("row-")]
    page = manager.press(page, "/move", drop=tuple(name for name in boxes if numbers[1] not in name), reason="窗口撤并（示例）")
    assert page.status == 200
    for number in numbers:
        story.do(town, number, "receive")
    assert row(app, numbers[1])["holder_id"] == window_of(app, f"{TOWN}-G")
    # somebody is still posted there
    refused = manager.press(manager.get(window), "/close", reason="并入中心（示例）")
    assert refused.status == 403
    end = center.press(center.get(posting.replace("moving/posting", "postings")), "/end", last_on="2026-11-23", reason="窗口撤并（示例）")
    assert end.status == 200, end.words[:600]
    assert manager.press(manager.get(window), "/close", last_on="2026-11-20", reason="倒签（示例）").status == 403
    assert manager.press(manager.get(window), "/close", reason="并入中心（示例）").status == 200
    with app.app_context():
        assert db.session.scalars(select(Window.until_on).where(Window.code == f"{ROOM}-G")).one() == date(2026, 11, 23)
    closed = manager.press(manager.get(f"/manage/moving/point/{ROOM}"), "/close", reason="并入中心（示例）")
    assert closed.status == 200 and not closed.has_form("/close")


def test_an_emergency_moves_at_once_and_what_it_took_comes_back(app: Flask, browse: Browse, clock: ManualClock) -> None:
    agent, town, center, county, public = (browse(name) for name in ("village-xialiang", "town-xialiang", "center", "window-mr", ""))
    held = story.to_town(browse)
    story.do(town, held, "accept")
    coming, room = story.collect(agent), story.collect(agent)
    story.send(agent, coming)
    due = row(app, held)["promised_due_on"]
    address = f"/manage/moving/point/{TOWN}"
    page = center.get(address)
    typed = {**page.form("/suspend")["fields"], "kind": "flood", "words": "洪水断路，恢复时间另行公告（示例）"}
    assert town.post(address + "/suspend", {**town.get("/work").forms()[0]["fields"], **{k: v for k, v in typed.items() if k != "csrf_token"}}).status == 403
    for _again in range(2):
        done = center.post(address + "/suspend", typed)
        assert done.status == 200 and held in done.words and coming in done.words and room not in done.words
    mr = window_of(app, "611026000000-MR")
    with app.app_context():
        legs = db.session.scalars(select(Leg).where(Leg.mark == "emergency")).all()
        assert len(legs) == 2 and mr in {leg.to_window_id for leg in legs}
        assert db.session.scalars(select(ServicePoint.status).where(ServicePoint.code == TOWN)).one() == "suspended"
    assert row(app, held)["promised_due_on"] == due, "the clocks run on"
    assert row(app, room)["addressed_id"] is None, "what the room holds is the room's"
    # the public is told by itself
    for where in ("/", f"/network/{TOWN}"):
        assert "洪水断路" in public.get(where).words
    assert center.press(center.get(f"/manage/moving/point/{TOWN}"), "/resume").status == 200
    assert "洪水断路" not in public.get("/").words and "洪水断路" not in public.get(f"/network/{TOWN}").words
    # not yet received, it is still the town's, who calls it back; what was received can be taken back
    assert not center.get(address).has_form("/take_back") and held in center.get(address).words
    story.do(county, held, "receive")
    page = center.get(address)
    assert page.has_form("/take_back") and re.search(rf"row-{held}", page.text)
    done = center.press(page, "/take_back", reason="道路恢复（示例）")
    assert done.status == 200
    assert row(app, held)["addressed_id"] == window_of(app, f"{TOWN}-G")
    with app.app_context():
        assert [batch.mark for batch in db.session.scalars(select(MoveBatch).order_by(MoveBatch.id))] == ["emergency", "resumed"]
    story.do(town, held, "receive")
    assert not center.get(address).has_form("/take_back")
    # the root has nowhere to flee to; what does not work cannot be suspended
    assert not center.get("/manage/moving/point/611026000000").has_form("/suspend")
    forged = {**center.get(address).form("/suspend")["fields"], "kind": "power"}
    assert center.post("/manage/moving/point/611026000000/suspend", forged).status == 403
