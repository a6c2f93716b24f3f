"""Joint approval from end to end: opened once, decided by each under its own grants, urged where silent, ended with one result (C-10, C-26)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from portal.cases import joint_services
from portal.cases.joint_models import JointCase, JointEvent
from portal.cases.models import Case, CaseEvent
from portal.cases.services import rebuild, untrue_events
from portal.database import db
from portal.jobs import run_jobs
from portal.network.models import Outbox
from tests.cases import joint_story as story
from tests.cases import story as cases
from tests.cases.joint_story import LEAD, act, branches, opened
from tests.conftest import PASSWORD
from tests.people import Browser, ManualClock


def rows(app: Flask, query: Any) -> list[Any]:
    with app.app_context():
        found = list(db.session.execute(query).all())
        db.session.remove()
    return found


def kinds(app: Flask, number: str) -> list[str]:
    query = select(JointEvent.kind).join(JointCase, JointCase.id == JointEvent.joint_id).where(JointCase.number == number).order_by(JointEvent.seq)
    return [row[0] for row in rows(app, query)]


def told(app: Flask) -> dict[str, int]:
    """template → how many messages to applicants."""
    query = select(Outbox.template, func.count()).where(Outbox.template.in_(["case_applicant", "joint_applicant"])).group_by(Outbox.template)
    return {row[0]: row[1] for row in rows(app, query)}


def grant(browse: Any, number: str, clerk: str, chief: str, *verbs: str) -> None:
    for verb in verbs:
        who = chief if verb in ("decide", "certify") else clerk
        cases.do(browse(who), number, verb)


def test_a_restaurant_is_opened_in_one_go(app: Flask, clock: ManualClock) -> None:
    """Six matters of five departments in three halls: one list, one notice, one visit, one result; nobody's silence counts for a yes."""
    people: dict[str, Browser] = {}

    def browse(name: str = "") -> Browser:
        return people.setdefault(name, Browser(app, name, PASSWORD))

    lead = browse(LEAD)
    page = lead.get("/joint/new?package=restaurant")
    assert "门口要挂招牌吗" in page.words and not page.has_form("/joint/open"), "the questions come first"
    page = story.form_page(lead, "sign", "tax", "seal")
    assert page.words.count("经营者身份证") == 1, "the one list has no doubles"
    assert "由“个体工商户登记注册”产生，不用提交" in page.words, "what a branch makes is not asked for"
    before = told(app)
    number = opened(lead, "sign", "tax", "seal")
    of = branches(app, number)
    assert list(of) == ["S-07", "S-03", "S-27", "S-28", "S-29", "S-30"]
    facts = rows(app, select(Case.holder_id, Case.state, Case.received_at, Case.applicant_id).where(Case.number.in_(of.values())))
    assert {row.state for row in facts} == {"received"} and len({row.received_at for row in facts}) == 1, "received everywhere in one moment"
    assert len({row.applicant_id for row in facts}) == 1 and len({row.holder_id for row in facts}) == 5, "each branch at its own window"
    assert told(app) == {**before, "joint_applicant": 1}, "one message, not six"

    # who sees: the branches each other's state and the name; a town's clerk nothing at all
    fire, town = browse("window-fire"), browse("town-xialiang")
    board = fire.get(f"/joint/{number}")
    assert "陈小满" in board.words and board.words.count("个体工商户登记注册") >= 1
    assert town.get(f"/joint/{number}").status == 404 == town.get("/joint/611026-20261123-J999").status
    assert "等本窗口办理的联办分支 1" in fire.get("/joint/waiting").words

    # a branch may not send a notice of its own; it says what is missing, and the lead waits for all or for the day
    assert f"本件是联办件{number}的分支" in fire.get(f"/cases/{of['S-27']}/act/notice").words
    asked = act(fire, number, "ask", miss__4="1", why__4="没有标疏散通道")
    assert asked.status == 200 and "没有标疏散通道" in asked.words
    assert not lead.get(f"/joint/{number}").has_form("/notify"), "others can still say something"
    for who, item in (("window-mr", "S-07"), ("window-mr", "S-03"), ("window-tax", "S-29"), ("window-police", "S-30")):
        cases.do(browse(who), of[item], "accept")
    for who, item in (("chief-mr", "S-07"), ("chief-tax", "S-29"), ("chief-police", "S-30")):
        cases.do(browse(who), of[item], "decide")  # on the spot
    act(lead, number, "set_site", on="2026-11-25", place="仁和社区示例店")

    # the housing window is silent: it is urged, then escalated; the job says each thing once
    clock.go_to(date(2026, 11, 26))
    with app.app_context():
        assert [run.text for run in run_jobs("joint", clock=clock)] == ["2 steps"]
        assert joint_services.urge(rows(app, select(JointCase.county_id))[0][0], clock) == "0 steps", "each step once"
    sent = {row.dedupe_key for row in rows(app, select(Outbox.dedupe_key).where(Outbox.template == "joint_staff"))}
    assert any(":urge:window-housing" in key for key in sent) and any(":chief:chief-housing" in key for key in sent)
    assert len(sent) == 3, "who waits for the notice, or works within its own limit, is not silent"
    assert "urged" in kinds(app, number) and "escalated" in kinds(app, number)

    # the one notice: every asking branch's clock says so, under its own clause, by who asked
    page = act(lead, number, "notify")
    assert page.status == 200, page.words[:400]
    noticed = rows(app, select(CaseEvent).join(Case, Case.id == CaseEvent.case_id).where(CaseEvent.kind == "noticed", Case.number.in_(of.values())))
    assert len(noticed) == 1 and noticed[0][0].payload["missing"] == [{"code": "4", "why": "没有标疏散通道"}]
    track = re.search(r"/joint/track/([0-9A-Z-]+)", page.text)
    assert track
    public = browse().get(f"/joint/track/{track[1]}")
    assert "没有标疏散通道" in public.words and "陈" not in public.words.replace("陈列", "")
    assert browse().get(f"/track?code={track[1]}").path.startswith("/joint/track/"), "one code, wherever it is typed"

    # it comes in; everybody decides under their own grants; the visit is one
    page = fire.press(fire.get(f"/cases/{of['S-27']}/act/supplement"), "/act/supplement", got__4="1")
    assert page.status == 200, page.words[:400]
    assert act(lead, number, "hold_site", finding="两部门同到，符合").status == 200
    assert not lead.get(f"/joint/{number}").has_form("/end"), "not while a branch is open"
    grant(browse, of["S-03"], "window-mr", "chief-mr", "review", "decide")
    grant(browse, of["S-27"], "window-fire", "chief-fire", "review", "decide")
    assert not lead.get(f"/joint/{number}").has_form("/end")
    grant(browse, of["S-28"], "window-housing", "chief-housing", "accept", "review", "decide")
    done = act(lead, number, "end")
    assert done.status == 200 and "已结束" in done.words, done.words[:600]
    assert kinds(app, number)[-1] == "ended" and kinds(app, number).count("notified") == 1
    assert "全部分支都已办成。" in browse().get(f"/joint/track/{track[1]}").words
    with app.app_context():
        for case in db.session.scalars(select(Case).where(Case.number.in_(of.values()))):
            assert rebuild(case) == [] and untrue_events(case) == []
        db.session.remove()
    usage = browse("center").get("/manage/joint")
    assert usage.status == 200 and "1 / " in usage.words


def test_a_refused_branch_halts_the_whole_unless_the_others_stand_alone(app: Flask, clock: ManualClock) -> None:
    people: dict[str, Browser] = {}

    def browse(name: str = "") -> Browser:
        return people.setdefault(name, Browser(app, name, PASSWORD))

    # who may not lead is told why, and nothing is written
    assert "首席代表" in story.form_page(browse("window-mr")).words
    assert "只涉及一个部门" not in story.form_page(browse(LEAD)).words
    lead, count = browse(LEAD), select(func.count()).select_from(JointCase)
    form = story.form_page(lead).form("/joint/open")
    fields = {**form["fields"], **cases.APPLICANT}
    refused = browse("window-fire").post("/joint/open", {**fields, "csrf_token": csrf(browse("window-fire")), "key": "other-key"}, follow=False)
    assert refused.status == 403 and "陈小满" in refused.text, "what was typed is kept"
    assert lead.post("/joint/open", {**fields, "name": ""}, follow=False).status == 422
    assert lead.post("/joint/open", {**fields, "package": "none"}, follow=False).status == 404
    assert rows(app, count) == [(0,)]
    first = lead.post("/joint/open", fields, follow=False)
    again = lead.post("/joint/open", fields, follow=False)
    assert (first.status, again.status) == (303, 303) and first.headers["Location"] == again.headers["Location"] and rows(app, count) == [(1,)]
    assert lead.post("/joint/open", {**fields, "name": "别人"}, follow=False).status == 422, "the same key with another body"
    number = first.headers["Location"].split("/")[-2]
    of = branches(app, number)
    assert list(of) == ["S-07", "S-03", "S-27"]

    # the two ways of the paper out of date, and of who has no power there
    fire = browse("window-fire")
    old = fire.get(f"/joint/{number}").form("/ask")
    assert act(browse("window-mr"), number, "ask", miss__1="1", why__1="看不清").status == 200
    stale = fire.post(old["action"], {**old["fields"], "miss-2": "1", "why-2": "没有交"}, follow=False)
    assert stale.status == 409 and "没有交" in stale.text
    assert fire.post(f"/joint/{number}/notify", {**old["fields"], "key": "a-key"}, follow=False).status in (403, 409)
    page = fire.get(f"/joint/{number}")
    version = page.form("/ask")["fields"]["version"]
    bare = {"csrf_token": old["fields"]["csrf_token"], "version": version}
    for verb, more, status in (("notify", {}, 403), ("end", {}, 403), ("set_site", {"on": "2026-11-30", "place": "店内"}, 403),
                               ("set_site", {"on": "x", "place": ""}, 422), ("ask", {"branch": "3"}, 422), ("ask", {"branch": "9", "miss-1": "1"}, 404),
                               ("ask", {"branch": "3", "miss-99": "1"}, 422), ("ask", {"branch": "1", "miss-1": "1"}, 403), ("blow_up", {}, 404)):  # fmt: skip
        answer = fire.post(f"/joint/{number}/{verb}", {**bare, "key": f"k-{verb}-{status}", **more}, follow=False)
        assert answer.status == status, (verb, more, answer.status, answer.words[:300])
    assert kinds(app, number) == ["opened", "asked"], "a refusal writes nothing"

    # fire is refused: the others may not be granted, until the lead shows that they stand alone
    mr, chief_fire = browse("window-mr"), browse("chief-fire")
    cases.do(mr, of["S-03"], "accept")
    cases.do(fire, of["S-27"], "accept")
    failed = fire.press(fire.get(f"/cases/{of['S-27']}"), "/review", result="failed")
    assert failed.status == 200
    address = f"/cases/{of['S-27']}/act/file_refuse"
    point = re.search(r'<option value="([^"]*消防[^"]*)"', chief_fire.get(address).text)
    filed = chief_fire.press(chief_fire.get(address), "/act/file_refuse", ground="疏散通道被占用", basis="消防法第十五条", **({"point": point[1]} if point else {}))
    assert filed.status == 200, filed.words[:400]
    center = browse("center")
    passed = center.press(center.get(f"/cases/{of['S-27']}/act/pass_filing"), "/act/pass_filing")
    assert passed.status == 200, passed.words[:400]
    address = f"/cases/{of['S-27']}/act/refuse"
    assert chief_fire.press(chief_fire.get(address), "/act/refuse").status == 200
    cases.do(mr, of["S-03"], "review")
    halted = lead.get(f"/cases/{of['S-03']}")
    assert "整件已结束" in halted.words and not halted.has_form("/decide")
    assert not lead.get(f"/joint/{number}").has_form("/end"), "not while a branch is open"
    assert act(lead, number, "stand_alone", why="").status == 422
    assert act(lead, number, "stand_alone", why="证照可以先发，消防整改后另行申请").status == 200
    cases.do(lead, of["S-03"], "decide")
    act(lead, number, "notify")  # S-07 asked for something: it stands in the one notice
    page = mr.press(mr.get(f"/cases/{of['S-07']}/act/supplement"), "/act/supplement", got__1="1")
    assert page.status == 200, page.words[:300]
    cases.do(lead, of["S-07"], "decide")
    assert "单独成立" in act(lead, number, "end").words
    assert kinds(app, number) == ["opened", "asked", "stands_alone", "notified", "ended"]
    assert "没有等您办理的联办分支" in fire.get("/joint/waiting").words
    guide = browse().get("/packages/restaurant?asked=1&yes=sign")
    assert guide.words.count("招牌效果图") == 1 and "新办纳税人" not in guide.words
    assert browse().get("/packages/none").status == 404 == browse().get("/joint/track/ABCDEFGHJKLM").status


def csrf(browser: Browser) -> str:
    """A token of this browser."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/account").text)
    assert found
    return found[1]
