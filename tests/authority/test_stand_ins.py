"""Standing in for an absent chief representative by the pages: powers, both names in every act, pending work there and back (G-13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import StandIn
from portal.authority import queries, stand_in_services
from portal.cases.models import Case, CaseEvent
from portal.cases.services import rebuild, untrue_events
from portal.database import db
from portal.jobs import run_jobs
from portal.network.queries import the_county, window_by_code
from portal.rules.authority import Power
from portal.rules.decision import NotAllowed, Reason
from tests.authority.instruments import HALL, TODAY, actor, forge
from tests.cases import story
from tests.people import Browser, ManualClock, Page

Browse = Callable[..., Browser]
DAY = timedelta(days=1)


def account(username: str) -> int:
    found = actor(username).account_id
    assert found is not None
    return found


def appoint(app: Flask, browser: Browser, who: str = "window-mr-2", **typed: str) -> Page:
    """By the page: chief-mr is away, and somebody at the same window stands in."""
    with app.app_context():
        county_id = the_county().id
        absent, window = account("chief-mr"), window_by_code(county_id, HALL)
        chief, person = f"{absent}-{window.point_id}", f"{account(who)}-{window.id}"
    page = browser.get(f"/manage/stand-ins?chief={chief}")
    return browser.press(page, "/manage/stand-ins", id="stand-in", **{"who": person, "reason": "外出培训（示例）", **typed})


def events(number: str) -> list[CaseEvent]:
    query = select(CaseEvent).join(Case, Case.id == CaseEvent.case_id).where(Case.number == number).order_by(CaseEvent.seq)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def case(number: str) -> Case:
    found = db.session.scalar(select(Case).where(Case.number == number).execution_options(populate_existing=True))
    assert found is not None
    return found


def test_pending_work_and_powers_go_to_who_stands_in_and_come_back(app: Flask, browse: Browse, clock: ManualClock) -> None:
    chief, second, clerk = browse("chief-mr"), browse("window-mr-2"), browse("window-mr")
    first, other = story.to_county(browse), story.to_county(browse)
    for number in (first, other):
        story.do(chief, number, "take")
    assert forge(second, f"/cases/{first}/decide", version="1").status in (403, 409)
    page = appoint(app, browse("center"), until_on=(TODAY + 2 * DAY).isoformat())
    assert page.status == 200 and "2" in page.words
    with app.app_context():
        assert {case(number).assignee_id for number in (first, other)} == {account("window-mr-2")}
        moved = events(first)[-1]
        assert (moved.kind, moved.sort, moved.actor_id) == ("assigned", "act_of_office", account("center"))
        assert (moved.payload["from"], moved.payload["to"]) == (account("chief-mr"), account("window-mr-2"))
    assert f"/cases/{first}" in second.get("/work?box=mine").text and f"/cases/{first}" not in chief.get("/work?box=mine").text
    # review is anybody's power and names nobody else; deciding is done in the absent one's place and names both
    story.do(clerk, first, "review")
    page = story.do(second, first, "decide")
    assert "朱明辉" in page.words and "赵昌盛" in page.words
    story.do(second, other, "review")
    with app.app_context():
        by_kind = {event.kind: event for event in events(first)}
        assert by_kind["decided"].stand_in_for_id == account("chief-mr") and by_kind["decided"].actor_id == account("window-mr-2")
        assert by_kind["reviewed"].stand_in_for_id is None
        assert {event.kind: event for event in events(other)}["reviewed"].stand_in_for_id is None
        # on the last day all is as it was; on the next the power is gone, and the job brings the work back, once
        clock.go_to(TODAY + 2 * DAY, hour=23)
        assert [run.text for run in run_jobs("stand-ins", clock=clock)] == ["0 cases moved"]
        assert queries.held_by(account("window-mr-2"), window_by_code(the_county().id, HALL).id, clock.now()).stand_in_bodies
        clock.go_to(TODAY + 3 * DAY)
        assert not queries.held_by(account("window-mr-2"), window_by_code(the_county().id, HALL).id, clock.now()).stand_in_bodies
        from portal.cases.lending import move_pending

        assert move_pending(the_county().id, clock) == "2 cases moved"
        assert move_pending(the_county().id, clock) == "0 cases moved"
        for number in (first, other):
            assert (case(number).assignee_id, case(number).lent_by_id) == (account("chief-mr"), None)
            assert rebuild(case(number)) == [] and untrue_events(case(number)) == []
    assert chief.get(f"/cases/{first}").status == 200


def test_an_end_before_the_last_day_takes_the_power_back_at_once_and_changes_no_past(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = story.to_county(browse)
    story.do(browse("chief-mr"), number, "take")
    head = browse("dept-mr")
    before = clock.now()
    clock.advance(minutes=5)
    appoint(app, head)
    with app.app_context():
        row = db.session.scalar(select(StandIn))
        assert row is not None and (row.from_on, row.until_on) == (TODAY, TODAY + 13 * DAY)  # two weeks by default
        stand_in_id, window_id = row.id, row.window_id
        item = queries.item_terms_by_code(the_county().id, "S-03", TODAY)
    clock.advance(minutes=5)
    during = clock.now()
    clock.advance(minutes=5)
    assert forge(browse("dept-tax"), f"/manage/stand-ins/{stand_in_id}/end", ground="示例").status == 404
    page = head.press(head.get("/manage/stand-ins"), f"/manage/stand-ins/{stand_in_id}/end", ground="")
    assert page.status == 422
    page = head.press(page, f"/manage/stand-ins/{stand_in_id}/end", ground="提前返岗（示例）")
    assert page.status == 200 and not page.has_form("/end")
    with app.app_context():
        holds = [
            queries.held_by(account("window-mr-2"), window_id, at).clause_for(item, Power.DECIDE) is not None
            for at in (before, during, clock.now())
        ]
        assert holds == [False, True, False]
        assert case(number).assignee_id == account("chief-mr")
        assert events(number)[-1].actor_id == account("dept-mr")
    assert forge(head, f"/manage/stand-ins/{stand_in_id}/end", ground="示例").status == 403


def test_what_is_refused_is_said_beside_its_field_and_nothing_is_written(app: Flask, browse: Browse, clock: ManualClock) -> None:
    head = browse("dept-mr")
    for typed, rule in (
        ({"until_on": (TODAY + 30 * DAY).isoformat()}, "G-13"),  # 31 days
        ({"from_on": (TODAY - DAY).isoformat()}, "G-13"),
        ({"until_on": (TODAY - DAY).isoformat()}, "G-13"),
    ):
        page = appoint(app, head, **typed)
        assert (page.status, rule in page.words) == (422, True), typed
        assert all(f'value="{value}"' in page.text for value in typed.values())
    assert appoint(app, head, reason="").status == 422
    assert forge(head, "/manage/stand-ins", chief="1-1").status == 404
    with app.app_context():
        assert db.session.scalar(select(StandIn.id)) is None
        text = stand_in_services.StandInText(
            account("chief-mr"), account("window-mr-2"), window_by_code(the_county().id, HALL).id, TODAY, TODAY + DAY, "示例"
        )
        for username in ("dept-tax", "manager", "chief-mr"):
            with pytest.raises(NotAllowed) as refusal:
                stand_in_services.appoint_stand_in(text, actor=actor(username), clock=clock)
            assert refusal.value.decision.reason is Reason.NOT_TO_APPOINT_STAND_IN
