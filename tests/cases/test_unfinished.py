"""The "could not get it done" window: opened by code or without a case, answered, settled with a cause, what repeats (V-11)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.accounts.services import TooMany
from portal.audit import AuditRecord
from portal.cases import unfinished_services as services
from portal.cases.models import Case
from portal.cases.unfinished_models import Unfinished, UnfinishedStep
from portal.database import db
from portal.network.models import Outbox
from portal.network.queries import the_county
from tests.cases import story
from tests.cases.story import Browse
from tests.people import Browser, ManualClock, Page

SAID = "窗口说不在这里办（示例）"
POINT = "611026102000"
PHONE = "13900005678"


def count(app: Flask, model: type = Unfinished) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def code_of(app: Flask, number: str) -> str:
    with app.app_context():
        return str(db.session.scalar(select(Case.tracking_code).where(Case.number == number)))


def tell(public: Browser, **typed: str) -> Page:
    page = public.press(public.get("/unfinished/new"), "/unfinished/open", **{"point": POINT, "item": "S-03", "said": SAID, **typed})
    assert page.status == 200 and re.fullmatch(r"/unfinished/[0-9A-Z]{12}", page.path), page.words[:600]
    return page


def newest(center: Browser) -> str:
    found = re.search(r'href="(/manage/unfinished/\d+)"', center.get("/manage/unfinished").text)
    assert found
    return found[1]


def test_told_not_here_without_a_case_until_it_is_settled(app: Flask, browse: Browse, clock: ManualClock) -> None:
    public, center = browse(), browse("center")
    page = public.press(public.get("/unfinished/new"), "/unfinished/open", point="火星", item="火星", said="", phone="1")
    assert page.status == 422 and page.text.count('aria-invalid="true"') == 4 and count(app) == 0
    form = public.get("/unfinished/new").form("/unfinished/open")
    sent = {**form["fields"], "point": POINT, "item": "S-03", "said": SAID, "phone": PHONE}
    page = public.post(form["action"], sent)
    assert page.status == 200 and public.post(form["action"], sent).path == page.path and count(app) == 1, "a retry is one effect"
    address, code = page.path, page.path.rsplit("/", 1)[1]
    assert PHONE not in page.text and SAID not in browse("auditor").get("/manage/unfinished").text
    assert browse().get(f"/unfinished?code={code[:4]}-{code[4:8]}-{code[8:]}").path == address
    assert browse().get("/unfinished?code=AAAABBBBCCCC").status == 404 == browse().get("/unfinished/AAAABBBBCCCC").status

    assert browse("window-mr").get("/manage/unfinished").status == 403
    matter = newest(center)
    assert "/manage/unfinished" in center.get("/messages").text, "the coordinator is told"
    page = center.get(matter)
    assert SAID in page.words and not page.has_form("/settle"), "first the answer"
    stale = center.press(page, "/answer", said="晚了（示例）", version="9")
    assert stale.status == 409 and "晚了" in stale.text and count(app, UnfinishedStep) == 0
    shown = center.press(page, "/reveal")
    assert PHONE in shown.text
    page = center.press(page, "/answer", said="已联系镇便民中心（示例）")
    assert page.status == 200 and not page.has_form("/answer")
    assert "已联系镇便民中心" in public.get(address).words
    assert center.press(page, "/settle", step="settled", said="已办好（示例）").status == 422, "each ends in a cause"
    page = center.press(page, "/settle", step="settled", cause="no_power", said="已办好（示例）")
    assert page.status == 200 and not page.has_form("/settle")
    assert "已办好" in public.get(address).words
    with app.app_context():
        told = list(db.session.scalars(select(Outbox).where(Outbox.template == "unfinished")))
        assert len(told) == 2 and all(PHONE not in str(one.facts) and one.receiver.startswith("unfinished:") for one in told)
        assert services.queries.phone_of(told[0].county_id, told[0].receiver.partition(":")[2], clock.wall()) == PHONE
        bodies = " ".join(db.session.scalars(select(AuditRecord.body).where(AuditRecord.subject.like("unfinished:%"))))
        assert PHONE not in bodies and SAID not in bodies


def test_a_case_sent_back_twice_opens_one_by_its_code(app: Flask, browse: Browse) -> None:
    agent, town, public = browse("village-xialiang"), browse("town-xialiang"), browse()
    number = story.collect(agent)
    code = code_of(app, number)
    address = f"/track/{code}/unfinished"
    for times in range(2):
        assert "unfinished" not in public.get(f"/track/{code}").text
        early = public.get(address)
        assert early.status == 200 and not early.has_form("/open"), times
        story.send(agent, number)
        page = town.press(town.get(f"/cases/{number}"), "/return_leg", kind="other", reason="缺一页（示例）")
        assert page.status == 200, page.words[:400]
    assert public.get("/track/ABCDEFGHJKLM/unfinished").status == 404
    page = public.get(address)
    form = page.form("/open")
    opened = public.press(page, "/open", said=SAID, phone="")
    assert opened.status == 200 and count(app) == 1
    assert not browse().get(address).has_form("/open"), "one at a time"
    forged = public.post(form["action"], {**form["fields"], "key": "another-key-3", "said": SAID})
    assert forged.status == 403 and SAID in forged.text and count(app) == 1
    with app.app_context():
        row = db.session.scalars(select(Unfinished)).one()
        assert (row.ground, row.opened_by_id, row.case_id is not None) == ("sent_back", None, True)
    assert number in browse("center").get(newest(browse("center"))).words


def test_turned_away_opens_one_at_the_window_and_the_center_names_who_answers(app: Flask, browse: Browse, clock: ManualClock) -> None:
    clerk, center = browse("window-mr"), browse("center")
    number = story.collect(clerk)
    done = clerk.press(clerk.get(f"/cases/{number}/act/turn_away"), "/act/turn_away", why="not_ours", ground="税务事项（示例）", whose="税务局")
    assert done.status == 200
    page = clerk.get(f"/track/{code_of(app, number)}/unfinished")
    assert clerk.press(page, "/open", said="", phone="").status == 200
    with app.app_context():
        row = db.session.scalars(select(Unfinished)).one()
        assert row.ground in ("not_here", "refused") and row.opened_by_id is not None
        me = row.opened_by_id
    page = center.get("/manage/unfinished")
    assert center.press(page, "/choose", account="").status == 422
    assert center.press(page, "/choose", account=str(me)).status == 422, "one of the center's management"
    own = re.search(r'<option value="(\d+)"', page.text)
    assert own
    page = center.press(page, "/choose", account=own[1])
    assert page.status == 200 and "刘立新" in page.words
    clock.go_to(date(2026, 11, 25))
    assert 'class="tag bad"' in browse("supervisor").get("/manage/unfinished?box=late").text
    with app.app_context():
        assert [services.remind(the_county().id, clock) for _each in range(2)] == [f"{n} about matters that could not get done" for n in (1, 0)]
        db.session.remove()
    assert not browse("supervisor").get(newest(browse("supervisor"))).has_form("/answer")


def test_what_repeats_is_a_proposal_and_who_sends_too_often_waits(app: Flask, browse: Browse, clock: ManualClock) -> None:
    center = browse("center")
    for _each in range(3):
        tell(browse())
        matter = newest(center)
        page = center.press(center.get(matter), "/answer", said="已联系（示例）")
        assert center.press(page, "/settle", step="explained", cause="not_offered", said="尚未进驻（示例）").status == 200
    page = center.get("/manage/unfinished?box=over")
    assert re.search(r'<td class="num"[^>]*>3</td>', page.text), page.words[:600]
    clock.go_to(date(2027, 2, 22))
    assert not re.search(r'<td class="num"[^>]*>3</td>', center.get("/manage/unfinished").text), "90 days on"
    with app.app_context():
        opener = services.Opener(the_county().id, "198.51.100.7")
        for _each in range(services.ADDRESS.free):
            opener.take_try(clock)
        with pytest.raises(TooMany):
            services.open_without_case(POINT, None, SAID, "", opener=opener, clock=clock)
    assert count(app) == 3
    # who lost the answer gets it, however many have knocked from there
    public = browse()
    form = public.get("/unfinished/new").form("/unfinished/open")
    sent = {**form["fields"], "point": POINT, "said": SAID}
    page = public.post(form["action"], sent)
    with app.app_context():
        opener = services.Opener(the_county().id, "127.0.0.1")
        with pytest.raises(TooMany):
            for _each in range(services.ADDRESS.free):
                opener.take_try(clock)
    assert public.post(form["action"], {**sent, "key": "another-key-5"}).status == 429
    again = public.post(form["action"], sent)
    assert (again.status, again.path) == (200, page.path)
    assert public.post(form["action"], {**sent, "said": "别的话（示例）"}).status == 422 and count(app) == 4
