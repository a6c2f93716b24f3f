"""An office routes a case: one with nowhere to go, with a reason, to a window that could receive it (C-7)."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import select

from portal.cases.models import Leg
from portal.database import db
from portal.network.models import Outbox, Window
from tests.cases import story
from tests.cases.story import Browse
from tests.cases.test_course import act, kinds, row
from tests.cases.test_worklists import planted
from tests.people import Browser, Page


def window_id(page: Page, name: str) -> str:
    """The value of the window of this name in the page's list."""
    found = re.search(rf'<option value="(\d+)"[^>]*>[^<]*{name}', page.text)
    assert found, (name, page.words[-800:])
    return found[1]


def route(who: Browser, number: str, name: str, reason: str = "该事项由此窗口办理（示例）", *, status: int = 200) -> Page:
    page = who.get(f"/cases/{number}/act/route")
    return act(who, number, "route", status=status, to=window_id(page, name), reason=reason)


def test_the_manager_routes_a_case_and_both_windows_are_told(app: Flask, browse: Browse) -> None:
    number = story.to_town(browse)
    manager, county, town = browse("manager"), browse("window-mr"), browse("town-xialiang")
    drawn = manager.get(f"/cases/{number}/act/route")
    page = route(manager, number, "市场监管窗口", reason="", status=422)
    assert page.has_form("/act/route")
    assert act(manager, number, "route", status=422, to="", reason="只写了原因（示例）").text.count("只写了原因（示例）") >= 1
    assert route(manager, number, "市场监管窗口").words.count("由此窗口办理") == 1, "the history says why"
    held = row(app, number)
    assert held["addressed_id"] is not None and kinds(app, number)[-1] == ("handed_off", "act_of_office")
    with app.app_context():
        leg = db.session.scalars(select(Leg).order_by(Leg.id.desc())).first()
        assert leg is not None and leg.mark == "routed" and leg.to_window_id == held["addressed_id"]
        told = set(db.session.scalars(select(Outbox.receiver).where(Outbox.template == "case_staff", Outbox.dedupe_key.like("%:4:%"))))
        assert {"window-mr", "town-xialiang"} <= told
    # the same form once more is the same act; a form drawn before is told that the case changed
    stale = manager.press(drawn, "/act/route", to=window_id(drawn, "市场监管窗口"), reason="再来一次（示例）")
    assert stale.status == 409 and len(kinds(app, number)) == 4
    # what is under way can be routed elsewhere; it is called back in the same moment
    route(browse("center"), number, "营盘镇")
    assert row(app, number)["addressed_id"] != held["addressed_id"]
    assert county.get(f"/cases/{number}").status == 200 and not county.get(f"/cases/{number}").has_form("/receive")
    assert town.get(f"/cases/{number}").status == 200, "it stays the town's until it is received"


def test_nobody_else_routes_and_a_window_that_could_not_receive_gets_nothing(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    app, browse = sqlite_app, browse_sqlite
    number = story.to_town(browse)
    town, manager = browse("town-xialiang"), browse("manager")
    page = town.get(f"/cases/{number}/act/route")
    assert not page.has_form("/act/route") and "G-2" in page.words
    assert browse("town-yingpan").get(f"/cases/{number}/act/route").status == 404
    fields = {**manager.get(f"/cases/{number}/act/route").form("/act/route")["fields"], "reason": "示例"}
    refused = town.post(f"/cases/{number}/act/route", {**town.get(f"/cases/{number}").forms()[0]["fields"], "version": fields["version"], "to": "1", "reason": "示例"})
    assert refused.status in (400, 403)
    before = kinds(app, number)
    holder = str(row(app, number)["holder_id"])
    assert manager.post(f"/cases/{number}/act/route", {**fields, "to": holder}).status == 403
    tax = manager.post(f"/cases/{number}/act/route", {**fields, "to": _id_of(app, "611026-TAX-TAX"), "key": "other-1"})
    assert tax.status == 403 and "C-6" in tax.words
    assert manager.post(f"/cases/{number}/act/route", {**fields, "to": "999999", "key": "other-2"}).status == 404
    assert kinds(app, number) == before


def _id_of(app: Flask, code: str) -> str:
    with app.app_context():
        return str(db.session.scalar(select(Window.id).where(Window.code == code)))


def test_the_first_list_of_the_morning_leads_to_the_form(browse_sqlite: Browse) -> None:
    browse = browse_sqlite
    number = planted(browse)
    assert f"/cases/{number}/act/route" in browse("manager").get("/work").text
