"""A case that bodies send to and fro: the dispute opens itself, the bodies meet, the ruling routes it and is the way from then on (C-24)."""

from __future__ import annotations

from datetime import date

from flask import Flask
from sqlalchemy import select

from portal.cases import dispute_services
from portal.cases.dispute_models import Dispute, DisputeBody, RoutingRuling
from portal.cases.models import Leg
from portal.database import db
from portal.network.models import Outbox, Window
from tests.cases import story
from tests.cases.story import Browse
from tests.cases.test_course import act, kinds, row
from tests.cases.test_routing import window_id
from tests.people import ManualClock, Page


def sent_back(browse: Browse, number: str, reason: str = "不属我窗口办理（示例）") -> Page:
    """The town sends it to the county, the county sends it back."""
    story.send(browse("town-xialiang"), number)
    county = browse("window-mr")
    page = county.press(county.get(f"/cases/{number}"), "/return_leg", kind="not_ours", whose="乡镇（示例）", reason=reason)
    assert page.status in (200, 404), page.words[:400]
    return page


def in_dispute(app: Flask, browse: Browse) -> tuple[str, str]:
    """A case sent back twice, and the address of its dispute."""
    number = story.to_town(browse)
    story.do(browse("town-xialiang"), number, "accept")
    sent_back(browse, number)
    with app.app_context():
        assert db.session.scalars(select(Dispute.id)).all() == []
    sent_back(browse, number)
    with app.app_context():
        return number, f"/disputes/{db.session.scalars(select(Dispute.id).order_by(Dispute.id.desc())).first()}"


def told(app: Flask, what: str, *, unread: bool = False) -> set[str]:
    with app.app_context():
        query = select(Outbox.receiver).where(Outbox.template == "dispute", Outbox.dedupe_key.like(f"%:{what}:%"))
        return set(db.session.scalars(query.where(Outbox.read_at.is_(None)) if unread else query))


def test_the_second_return_opens_it_and_the_ruling_is_the_way_from_then_on(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number, address = in_dispute(app, browse)
    town, center, county = browse("town-xialiang"), browse("center"), browse("window-mr")
    with app.app_context():
        dispute = db.session.scalars(select(Dispute)).one()
        assert (dispute.ground, dispute.state, dispute.meet_by_on, dispute.rule_by_on) == (
            "second_return", "open", date(2026, 11, 25), date(2026, 11, 30),
        )  # fmt: skip
        parts = {each.has_returned for each in db.session.scalars(select(DisputeBody))}
        assert parts == {True, False}, "who returned it, and who holds it"
        county_id = dispute.county_id
    assert {"center", "dept-mr", "leader-mr", "town-xialiang"} <= told(app, "opened")
    # the holder keeps it: nobody sends it on, and no office but by a ruling
    page = town.get(f"/cases/{number}")
    assert not page.has_form("/hand_off") and "2026-1" in page.words
    assert not browse("manager").get(f"/cases/{number}/act/route").has_form("/act/route")
    # who may see it
    assert number in center.get("/disputes").words and number in browse("dept-mr").get("/disputes").words
    assert browse("dept-tax").get(address).status == 404 and number not in browse("dept-tax").get("/disputes").words
    assert town.get(address).status == 403 and not browse("dept-mr").get(address).has_form("/meet")
    # the meeting
    assert not browse("manager").get(address).has_form("/rule"), "the bodies meet first"
    clock.go_to(date(2026, 11, 26))
    with app.app_context():
        assert dispute_services.remind(county_id, clock) == "1 reminders" and dispute_services.remind(county_id, clock) == "0 reminders"
    page = center.get(address)
    boxes = [name for name in page.form("/meet")["fields"] if name.startswith("body-")]
    assert len(boxes) == 2 and center.press(page, "/meet", minutes="").status == 422
    lone = center.press(page, "/meet", drop=(boxes[0],), minutes="一方未到（示例）")
    assert lone.status == 403 and "一方未到（示例）" in lone.text
    assert center.press(page, "/meet", held_on="2026-11-20", minutes="日期不对（示例）").status in (403, 422)
    page = center.get(address)
    typed = {**page.form("/meet")["fields"], "minutes": "双方一致认为由县局窗口审查（示例）"}
    for _again in range(2):
        assert "双方一致认为" in center.post(address + "/meet", typed).words
    # the ruling, drawn from the case as it is
    old = center.get(address)
    story.do(town, number, "take")
    stale = center.press(old, "/rule", to=window_id(old, "市场监管窗口"), reason="先前的页面（示例）")
    assert stale.status == 409 and "先前的页面（示例）" in stale.text
    before = len(kinds(app, number))
    page = center.get(address)
    assert center.press(page, "/rule", to=window_id(page, "市场监管窗口"), reason="").status == 422
    page = center.get(address)
    typed = {**page.form("/rule")["fields"], "to": window_id(page, "市场监管窗口"), "reason": "审查权在县局窗口（示例）"}
    for _again in range(2):
        assert "审查权在县局窗口" in center.post(address + "/rule", typed).words
    assert kinds(app, number)[before:] == [("handed_off", "act_of_office")]
    with app.app_context():
        ruling = db.session.scalars(select(RoutingRuling)).one()
        leg = db.session.scalars(select(Leg).order_by(Leg.id.desc())).first()
        assert (ruling.number, ruling.from_level, ruling.power) == ("2026-1", "town", "review")
        assert leg is not None and (leg.mark, leg.to_window_id) == ("ruling", ruling.to_window_id)
    assert told(app, "opened", unread=True) == set() and {"dept-mr", "town-xialiang"} <= told(app, "ruled")
    story.do(county, number, "receive")
    assert number in center.get("/disputes?box=over").words and number not in center.get("/disputes").words
    # from now on the page names the ruling, and what is proposed needs no reason
    following = story.to_town(browse)
    story.do(town, following, "accept")
    assert "2026-1" in town.get(f"/cases/{following}").words
    story.send(town, following)
    with app.app_context():
        assert row(app, following)["addressed_id"] == db.session.scalar(select(Window.id).where(Window.code == "611026000000-MR"))
    # the public sees the way and no small count
    page = browse().get("/disputes/bodies?lang=en")
    assert "2026-1" in page.words and number not in page.text and "fewer than 3" in page.words
    assert browse().get("/open-data/disputes.csv").text.splitlines()[1].endswith(",")


def test_a_ruling_can_leave_it_where_it_is_and_a_case_that_ends_takes_its_dispute_along(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    app, browse = sqlite_app, browse_sqlite
    number, address = in_dispute(app, browse)
    center, manager, town = browse("center"), browse("manager"), browse("town-xialiang")
    center.press(center.get(address), "/meet", minutes="由镇里办（示例）")
    events = len(kinds(app, number))
    page = manager.get(address)
    page = manager.press(page, "/rule", to=str(row(app, number)["holder_id"]), scope="point", reason="镇里自己办（示例）")
    assert page.status == 200, page.words[:500]
    assert len(kinds(app, number)) == events and row(app, number)["addressed_id"] is None
    assert town.get(f"/cases/{number}").has_form("/hand_off"), "the dispute is over"
    assert browse("center").get(address).words.count("2026-1") >= 1
    # what was ruled on is not counted again; a second return since then is a new dispute
    sent_back(browse, number)
    with app.app_context():
        assert len(db.session.scalars(select(Dispute.id)).all()) == 1
    sent_back(browse, number)
    with app.app_context():
        states = list(db.session.scalars(select(Dispute.state).order_by(Dispute.id)))
        assert states == ["ruled", "open"]
    act(town, number, "withdraw", reason="不办了（示例）")
    with app.app_context():
        assert list(db.session.scalars(select(Dispute.state).order_by(Dispute.id))) == ["ruled", "moot"]
    assert number not in center.get("/disputes").words
