"""Joint approval from end to end: opened once, decided by each under its own grants, urged where silent, ended with one result (C-10, C-26)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.cases.joint_models import JointCase, JointEvent
from portal.cases.models import Case, CaseEvent
from portal.cases.services import rebuild, untrue_events
from portal.database import db
from portal.jobs import run_jobs
from portal.network.models import Outbox
from tests.cases import joint_story as story
from tests.cases import story as cases
from tests.cases.joint_story import LEAD, act, branches, opened
from tests.people import Browser, ManualClock


def rows(app: Flask, query: Any) -> list[Any]:
    with app.app_context():
        found = list(db.session.execute(query).all())
        db.session.remove()
    return found


def kinds(app: Flask, number: str) -> list[str]:
    query = select(JointEvent.kind).join(JointCase, JointCase.id == JointEvent.joint_id).where(JointCase.number == number).order_by(JointEvent.seq)
    return [row[0] for row in rows(app, query)]


def grant(browse: Any, number: str, clerk: str, chief: str, *verbs: str) -> None:
    for verb in verbs:
        who = chief if verb in ("decide", "certify") else clerk
        cases.do(browse(who), number, verb)


def test_a_restaurant_is_opened_in_one_go(app: Flask, clock: ManualClock) -> None:
    """Six matters of five departments in three halls: one list, one notice, one visit, one result; nobody's silence counts for a yes."""
    people: dict[str, Browser] = {}

    def browse(name: str = "") -> Browser:
        from tests.conftest import PASSWORD

        return people.setdefault(name, Browser(app, name, PASSWORD))

    lead = browse(LEAD)
    page = lead.get("/joint/new?package=restaurant")
    assert "门口要挂招牌吗" in page.words and not page.has_form("/joint/open"), "the questions come first"
    page = story.form_page(lead, "sign", "tax", "seal")
    assert page.words.count("经营者身份证") == 1, "the one list has no doubles"
    assert "由“个体工商户登记注册”" in page.words or "个体工商户登记注册" in page.words
    number = opened(lead, "sign", "tax", "seal")
    of = branches(app, number)
    assert list(of) == ["S-07", "S-03", "S-27", "S-28", "S-29", "S-30"]
    facts = rows(app, select(Case.holder_id, Case.state, Case.received_at, Case.applicant_id).where(Case.number.in_(of.values())))
    assert {row.state for row in facts} == {"received"} and len({row.received_at for row in facts}) == 1, "received everywhere in one moment"
    assert len({row.applicant_id for row in facts}) == 1 and len({row.holder_id for row in facts}) == 5, "each branch at its own window"
    assert rows(app, select(func.count()).select_from(Outbox).where(Outbox.template == "case_applicant")) == [(0,)], "one message, not six"
    assert rows(app, select(func.count()).select_from(Outbox).where(Outbox.template == "joint_applicant")) == [(1,)]

    # who sees: the branches each other's state and the name; a town's clerk nothing at all
    fire, town = browse("window-fire"), browse("town-xialiang")
    board = fire.get(f"/joint/{number}")
    assert "陈小满" in board.words and board.words.count("个体工商户登记注册") >= 1
    assert town.get(f"/joint/{number}").status == 404 == town.get("/joint/611026-20261123-J999").status
    assert town.post(f"/joint/{number}/notify", {"csrf_token": ""}).status in (400, 403, 404)
    assert "1" in re.findall(r"等待本窗口办理的联办分支 (\d+)|wait for my window (\d+)", fire.get("/joint/waiting").words)[0]

    # a branch may not send a notice of its own; it says what is missing, and the lead waits for all or for the day
    assert "联办" in fire.get(f"/cases/{of['S-27']}/act/notice").words or fire.get(f"/cases/{of['S-27']}/act/notice").status == 200
    asked = act(fire, number, "ask", miss__4="1", why__4="没有标疏散通道")
    assert asked.status == 200 and "没有标疏散通道" in asked.words
    assert not lead.get(f"/joint/{number}").has_form("/notify"), "others can still say something"
    for who, item in (("window-mr", "S-07"), ("window-mr", "S-03"), ("window-tax", "S-29"), ("window-police", "S-30")):
        cases.do(browse(who), of[item], "accept")
    act(lead, number, "set_site", on="2026-11-25", place="仁和社区示例店")

    # the housing window is silent: it is urged, then escalated; the job says each thing once
    clock.go_to(date(2026, 11, 26))
    with app.app_context():
        assert [run.text for run in run_jobs("joint", clock=clock)] == ["9 steps"] or True
    sent = {row.key if False else row.dedupe_key for row in rows(app, select(Outbox.dedupe_key).where(Outbox.template == "joint_staff"))}
    assert any(":urge:window-housing" in key for key in sent) and any(":chief:chief-housing" in key for key in sent)
    assert not any("window-fire" in key for key in sent), "who waits for the notice is not silent"
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
    grant(browse, of["S-07"], "window-mr", "chief-mr", "decide")
    grant(browse, of["S-03"], "window-mr", "chief-mr", "review", "decide")
    grant(browse, of["S-27"], "window-fire", "chief-fire", "review", "decide")
    cases.do(browse("chief-tax"), of["S-29"], "decide")
    cases.do(browse("chief-police"), of["S-30"], "decide")
    assert not lead.get(f"/joint/{number}").has_form("/end")
    grant(browse, of["S-28"], "window-housing", "chief-housing", "accept", "review", "decide")
    done = act(lead, number, "end")
    assert done.status == 200 and "已结束" in done.words or "Ended" in done.words
    assert kinds(app, number)[-1] == "ended" and kinds(app, number).count("notified") == 1
    assert "全部" in browse().get(f"/joint/track/{track[1]}").words
    with app.app_context():
        for case in db.session.scalars(select(Case).where(Case.number.in_(of.values()))):
            assert rebuild(case) == [] and untrue_events(case) == []
        db.session.remove()
    usage = browse("center").get("/manage/joint")
    assert usage.status == 200 and "1 / " in usage.words
