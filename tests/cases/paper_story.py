"""Cases that between them make every paper there is, by what people press."""

from __future__ import annotations

import re
from datetime import date

from flask import Flask
from sqlalchemy import select

from portal.cases.models import Case
from portal.cases.paper_models import CasePaper
from portal.database import db
from tests.cases import story
from tests.cases.story import Browse
from tests.people import Browser, ManualClock, Page

GROUND, BASIS = "经营场所与申报不一致（示例）", "《陕西省食品小作坊小餐饮及摊贩管理条例》第六条（示例）"
Papers = dict[str, tuple[str, str, int, str]]  # name → who holds the case, its number, the paper's id, its code


def act(browser: Browser, number: str, verb: str, **typed: str) -> Page:
    """Open the page of an act and press its button."""
    page = browser.press(browser.get(f"/cases/{number}/act/{verb}"), f"/act/{verb}", **typed)
    assert page.status == 200, (page.status, page.words[:600])
    return page


def at_county(browse: Browse, item: str = story.ITEM) -> str:
    """Entered as received at the county's window of market regulation."""
    return story.collect(browse("window-mr"), item)


def refused(browse: Browse) -> str:
    """Reviewed, not met, filed, passed, refused."""
    number, window, chief = at_county(browse), browse("window-mr"), browse("chief-mr")
    story.do(window, number, "accept")
    page = window.get(f"/cases/{number}")
    boxes = re.findall(r'name="(met-\d+)"', page.text)[1:]
    assert window.press(page, "/review", result="failed", **{name.replace("-", "__"): "1" for name in boxes}).status == 200
    point = re.search(r'<option value="([^"]+)">', chief.get(f"/cases/{number}/act/file_refuse").text.split('name="point"')[1])
    assert point
    act(chief, number, "file_refuse", ground=GROUND, basis=BASIS, point=point[1], heard="y")
    act(browse("center"), number, "pass_filing")
    act(chief, number, "refuse")
    return number


def accepted_later(browse: Browse) -> str:
    """Accepted although a secondary material is missing, by a signed undertaking (C-12)."""
    number, window = at_county(browse, "S-02"), browse("window-mr")
    page = window.get(f"/cases/{number}")
    later = next(name for name, text in re.findall(r'name="(got-\d+)"[^>]*> ([^<]+)<', page.text) if "工艺" in text or "平面图" in text)
    boxes = {name.replace("-", "__"): "1" for name in re.findall(r'name="(got-\d+)"', page.text)}
    sent = window.press(page, "/accept", is_signed="y", drop=(later,), **{**boxes, later.replace("-", "__"): None})  # type: ignore[arg-type]
    assert sent.status == 200, sent.words[:500]
    return number


def every_paper(app: Flask, browse: Browse, clock: ManualClock) -> Papers:
    """One paper of each sort, by a name of its own."""
    window, chief = browse("window-mr"), browse("chief-mr")
    made: dict[str, tuple[str, str, str]] = {}  # name → who holds it, number, kind

    noticed = at_county(browse)
    act(window, noticed, "notice", miss__1="1", miss__2="1", why__2="页码不全（示例）")
    act(window, noticed, "supplement", got__1="1")
    for name, kind in (("receipt", "receipt"), ("notice", "notice")):
        made[name] = ("window-mr", noticed, kind)
    lapsing = at_county(browse)
    act(window, lapsing, "notice", miss__1="1")

    away = at_county(browse)
    act(window, away, "turn_away", why="not_ours", ground=GROUND, whose="国家税务总局柞水县税务局")
    made["turned_away"] = ("window-mr", away, "turned_away")
    no_licence = at_county(browse)
    act(window, no_licence, "turn_away", why="no_licence", ground="自产自销的农产品无须许可（示例）", whose="")
    made["no_licence"] = ("window-mr", no_licence, "turned_away")
    no = at_county(browse)
    act(chief, no, "not_accept", ground=GROUND, basis=BASIS)
    made["non_acceptance"] = ("chief-mr", no, "non_acceptance")

    stopped = at_county(browse)
    story.do(window, stopped, "accept")
    act(window, stopped, "stop", cause="test", until="2026-11-27", note="送检（示例）")
    act(browse("dept-mr"), stopped, "extend", reason="需要现场核查（示例）")
    for kind in ("acceptance", "stop", "extension"):
        made[kind] = ("window-mr", stopped, kind)

    made["refusal"] = ("chief-mr", refused(browse), "refusal")
    later = accepted_later(browse)
    made["undertaking"] = ("window-mr", later, "undertaking")
    made["accepted_later"] = ("window-mr", later, "acceptance")

    promised = story.collect(chief, "S-04")
    story.do(chief, promised, "accept", is_committed="y")
    made["commitment"] = ("chief-mr", promised, "commitment")

    granted = at_county(browse)
    for who, verb in ((window, "accept"), (window, "review"), (chief, "decide"), (chief, "certify"), (window, "deliver")):
        story.do(who, granted, verb)
    for kind in ("decision", "delivery"):
        made[kind] = ("window-mr", granted, kind)

    gone, ended = at_county(browse), at_county(browse)
    act(window, gone, "withdraw", reason="不开店了（示例）")
    made["withdrawn"] = ("window-mr", gone, "closing")
    story.do(window, ended, "accept")
    act(chief, ended, "terminate", ground="applicant_gone", note="个体户已注销（示例）")
    made["terminated"] = ("window-mr", ended, "closing")

    deemed = at_county(browse)
    clock.go_to(date(2026, 12, 15))
    with app.app_context():
        from portal.cases import course_services

        county_id = db.session.scalar(select(Case.county_id).limit(1))
        assert county_id is not None
        course_services.apply_law(county_id, clock)  # type: ignore[arg-type]
        db.session.remove()
    made["by_law"] = ("window-mr", deemed, "acceptance")
    made["lapsed"] = ("window-mr", lapsing, "closing")
    return {name: (who, number, *_paper(app, number, kind)) for name, (who, number, kind) in made.items()}


def _paper(app: Flask, number: str, kind: str) -> tuple[int, str]:
    with app.app_context():
        query = select(CasePaper.id, CasePaper.code).join(Case, Case.id == CasePaper.case_id)
        row = db.session.execute(query.where(Case.number == number, CasePaper.kind == kind).order_by(CasePaper.id.desc()).limit(1)).one()
        db.session.remove()
        return int(row.id), str(row.code)
