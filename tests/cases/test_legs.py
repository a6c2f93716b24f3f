"""The clock of the legs: shown on the case and to the center, reminded of once, charged to the leg that caused it (C-6, C-20)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.cases import leg_services, services
from portal.cases.models import Case
from portal.database import db
from portal.jobs import run_jobs
from portal.network.models import Outbox
from portal.network.queries import the_county
from tests.cases import story
from tests.people import ManualClock

Browse = Callable[..., Any]


def told() -> dict[tuple[str, str], Outbox]:
    """(receiver, notice) → the one reminder; two of one kind to one receiver fail."""
    db.session.rollback()
    rows = list(db.session.scalars(sa.select(Outbox).where(Outbox.template == "leg").order_by(Outbox.id)))
    found = {(row.receiver, str(row.facts["notice"])): row for row in rows}
    assert len(found) == len(rows), [row.dedupe_key for row in rows]
    return found


def test_an_unreceived_leg_reminds_both_then_the_center(app: Flask, browse: Browse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    agent, town = browse("village-xialiang"), browse("town-xialiang")
    number = story.collect(agent)
    story.send(agent, number)  # on Monday the 23rd, at the room's own limit
    clock.advance(days=1)
    with app.app_context():
        county = the_county().id
        assert leg_services.remind(county, clock) == "0 reminders"
    assert browse("center").get("/manage/legs").words.count(number) == 0
    clock.advance(days=1)
    # killed halfway nothing is half told; by two at once each is told once
    with app.app_context():
        whole, calls = leg_services.messages.put, []

        def dies(*args: Any, **kwargs: Any) -> bool:
            calls.append(1)
            if len(calls) > 1:
                raise RuntimeError("killed")
            return whole(*args, **kwargs)

        with monkeypatch.context() as dying:
            dying.setattr(leg_services.messages, "put", dies)
            with pytest.raises(RuntimeError):
                leg_services.remind(county, clock)
        assert told() == {}
        db.session.remove()

    def again(_n: int) -> str:
        with app.app_context():
            return leg_services.remind(county, clock)

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(again, range(2)))[0] == "0 reminders"
    with app.app_context():
        first = told()
        assert ("village-xialiang", "sender") in first and ("town-xialiang", "receiver") in first
        assert {notice for _who, notice in first} == {"sender", "receiver"}
        assert leg_services.remind(county, clock) == "0 reminders", "once, also on a second start"
        assert first[("town-xialiang", "receiver")].facts == {"number": number, "notice": "receiver", "sent_on": "2026-11-23"}
    page = browse("center").get("/manage/legs")
    assert number in page.words and "<b class=\"num\">1</b>" in page.text
    assert number in browse("town-xialiang").get("/messages").words
    clock.advance(days=2)  # Friday: more than three working days
    with app.app_context():
        assert [each.outcome for each in run_jobs("legs", clock=clock)] == ["done"]
        found = told()
        assert ("center", "charged") in found and len(found) == len(first) + 1
        assert leg_services.remind(county, clock) == "0 reminders"
        db.session.remove()
    assert "tag bad" in browse("center").get("/manage/legs").text
    # received at last: nobody is called to it any more, and it stands among what ended late
    story.do(town, number, "receive")
    with app.app_context():
        assert all(row.read_at is not None for row in told().values())
        case = db.session.scalars(sa.select(Case).where(Case.number == number)).one()
        assert services.rebuild(case) == []
        db.session.remove()
    assert number not in browse("center").get("/manage/legs").words
    assert number in browse("center").get("/manage/legs?box=ended").words
    shown = agent.get(f"/cases/{number}/legs")
    assert "4" in shown.words and shown.status == 200
    for bad in ("/manage/legs?box=x", "/manage/legs?after=x", "/manage/legs?box=ended&before=x", "/manage/legs?after=2026-11-23.x"):
        assert browse("center").get(bad).status == 404
    assert town.get("/manage/legs").status == 403


def test_lateness_is_charged_to_the_leg_that_caused_it(browse: Browse, clock: ManualClock) -> None:
    agent, town = browse("village-xialiang"), browse("town-xialiang")
    number = story.collect(agent)
    clock.advance(days=2)
    story.send(agent, number)  # two working days past the same day
    clock.advance(days=1)
    story.do(town, number, "receive")
    words = " ".join(town.get(f"/cases/{number}").words.split())
    table = words[words.find("超时") :] if "超时" in words else words
    assert "2" in table
    assert number not in browse("center").get("/manage/legs").words
