"""Handoffs: the manifest and the papers' own way, the next door of what comes back (C-6, C-20, C-21)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from portal.cases import services
from portal.cases.models import Case, CaseEvent, Leg
from portal.database import db
from tests.cases import story
from tests.people import Browser

Browse = Callable[..., Browser]


def row_of(number: str) -> Case:
    return db.session.scalars(select(Case).where(Case.number == number)).one()


def legs_of(number: str) -> list[Leg]:
    return list(db.session.scalars(select(Leg).where(Leg.case_id == row_of(number).id).order_by(Leg.seq)))


def events(number: str) -> int:
    return int(db.session.scalar(select(func.count()).select_from(CaseEvent).where(CaseEvent.case_id == row_of(number).id)) or 0)


def code_of(browser: Browser, number: str) -> str:
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", browser.get(f"/cases/{number}/receipt").words)
    assert found
    return found[0]


def window_of(page: Any, words: str) -> str:
    """The value of the choice with these words, of a list on the page."""
    found = re.search(rf'<option value="(\d+)"[^>]*>[^<]*{words}', page.text)
    assert found, page.words[:800]
    return found[1]


# --- papers -----------------------------------------------------------------------------------------------------------------------


def test_the_papers_go_a_way_of_their_own(app: Flask, browse: Browse) -> None:
    agent, town = browse("village-xialiang"), browse("town-xialiang")
    number = story.collect(agent)
    address = f"/cases/{number}/legs/receive_paper"
    typed = {"orig__1": "1", "copy__1": "2", "cond__1": "damaged", "others": "租赁合同（示例）\n\n平面图（示例）"}
    page = agent.press(agent.get(f"/cases/{number}"), "/hand_off", id="to-next", **{**typed, "orig__1": "x"})
    assert page.status == 422 and 'value="x"' in page.text and "租赁合同（示例）" in page.text, page.words[:500]
    page = agent.press(agent.get(f"/cases/{number}"), "/hand_off", id="to-next", **{**typed, "orig__1": "0", "copy__1": "0"})
    assert page.status == 403 and "C-6" in page.words
    assert agent.press(agent.get(f"/cases/{number}"), "/hand_off", id="to-next", **typed).status == 200
    assert "破损" in agent.get(f"/cases/{number}").words or "Damaged" in agent.get(f"/cases/{number}").words

    # they are awaited where they are sent, and only there; the sender cannot enter them while they are under way
    assert number[7:] in town.get("/work/papers").words and number[7:] not in agent.get("/work/papers").words
    assert not agent.get(address).has_form("/receive_paper")
    page = town.get(address)
    with app.app_context():
        before = events(number)
    assert town.press(page, "/receive_paper", drop=tuple(re.findall(r'name="(paper-\w+)"', page.text))).status == 403, "nothing was ticked"
    # part of them comes first, before the case itself is received: nothing moves
    only = [name for name in re.findall(r'name="(paper-\w+)"', page.text) if name != "paper-1"]
    done = town.press(page, "/receive_paper", drop=tuple(only), orig__1="1", copy__1="1", cond__1="damaged")
    assert done.status == 200 and done.path == f"/cases/{number}/legs", done.words[:500]
    with app.app_context():
        (leg,), case = legs_of(number), row_of(number)
        assert (leg.papers, leg.papers_at_id, leg.received_at) == ("part", leg.to_window_id, None)
        assert (case.addressed_id, case.holder_id, events(number)) == (leg.to_window_id, leg.from_window_id, before + 1)
        db.session.remove()
    # the same form once more: it was drawn from an older version
    assert town.press(page, "/receive_paper", orig__1="1", copy__1="1", key="k-stale").status == 409
    # then the file, then the rest of the papers, one of them for good missing
    story.do(town, number, "receive")
    page = town.get(address)
    assert 'name="orig-1" value="0"' in page.text and 'name="copy-1" value="1"' in page.text, "what is left of it"
    again = page
    done = town.press(page, "/receive_paper", drop=("paper-x2",), last="y", key="k-once")
    assert done.status == 200, done.words[:600]
    assert town.press(again, "/receive_paper", drop=("paper-x2",), last="y", key="k-once").status == 200, "sent twice: one effect"
    with app.app_context():
        (leg,) = legs_of(number)
        assert (leg.papers, leg.papers_at_id, events(number)) == ("missing", None, before + 3)
        assert services.rebuild(row_of(number)) == [] and services.untrue_events(row_of(number)) == []
        db.session.remove()
    shown = town.get(f"/cases/{number}/legs")
    assert "平面图（示例）" in shown.words and "租赁合同（示例）" in town.get(f"/cases/{number}").words
    assert number[7:] not in town.get("/work/papers").words

    # another town does not know the case; a forged form of who is elsewhere does nothing
    stranger = browse("town-yingpan")
    assert stranger.get(f"/cases/{number}/legs").status == stranger.get(address).status == 404
    assert stranger.post(address, {**again.form("/receive_paper")["fields"], "csrf_token": _token(stranger)}).status == 404


def _token(browser: Browser) -> str:
    return next(str(form["fields"]["csrf_token"]) for form in browser.get("/account").forms() if form["fields"].get("csrf_token"))


# --- the next door ----------------------------------------------------------------------------------------------------------------


def test_what_comes_back_says_the_next_door(app: Flask, browse: Browse) -> None:
    agent, town, public = browse("village-xialiang"), browse("town-xialiang"), browse()
    number = story.collect(agent)
    code, secret = code_of(agent, number), "请补盖公章（示例）"

    def send_back(status: int = 200, **typed: str) -> None:
        story.send(agent, number)
        page = town.press(town.get(f"/cases/{number}"), "/return_leg", **typed)
        assert page.status == status, page.words[:500]
        if status != 200:
            town_page = agent.get(f"/cases/{number}")
            assert agent.press(town_page, "/recall").status == 200

    send_back(403, kind="other", reason=secret, then="other_window")
    send_back(403, kind="not_ours", reason=secret)
    send_back(403, kind="manifest_differs", then="sender_mends")
    # the papers go back with it
    send_back(kind="manifest_differs", reason=secret, then="sender_mends")
    page, progress = agent.get(f"/cases/{number}"), public.get(f"/track/{code}")
    assert secret in page.words
    assert secret not in progress.words and "陈小满" not in progress.words and "下梁" in progress.words
    assert page.has_form("/hand_off") and "said warn" in page.text and "said warn" in agent.get(f"/cases/{number}/legs").text
    with app.app_context():
        last = legs_of(number)[-1]
        assert (last.papers, last.papers_at_id) == ("awaited", last.from_window_id)
        db.session.remove()
    assert agent.press(agent.get(f"/cases/{number}/legs/receive_paper"), "/receive_paper").status == 200
    # the applicant brings something to the room; another window by name; a body whose window is not known: each a case of its own, since
    # a second return is a dispute (C-24)
    doors, numbers = [], [number]
    for typed in ({"kind": "other", "reason": secret, "then": "applicant_brings"}, {"kind": "not_ours"}, {"kind": "not_ours", "whose": "某某办公室（示例）"}):
        number = story.collect(agent)
        numbers.append(number)
        if typed == {"kind": "not_ours"}:
            story.send(agent, number)
            page = town.get(f"/cases/{number}")
            assert town.press(page, "/return_leg", **typed, door=window_of(page, "营盘")).status == 200
        else:
            send_back(**typed)
        doors.append(public.get(f"/track/{code_of(agent, number)}").words)
    assert "营盘" in doors[1] and "某某办公室" not in doors[2] and len(set(doors)) == 3
    assert "某某办公室（示例）" in agent.get(f"/cases/{number}").words
    with app.app_context():
        ids = [row_of(each).id for each in numbers]
        returned = [
            row.payload
            for row in db.session.scalars(
                select(CaseEvent).where(CaseEvent.case_id.in_(ids), CaseEvent.kind == "leg_returned").order_by(CaseEvent.case_id)
            )
        ]
        assert [each["then"] for each in returned] == ["sender_mends", "applicant_brings", "other_window", "other_window"]
        assert all(each["door"] is not None or each["whose"] for each in returned), "a returned case names the next door in every case"
        db.session.remove()
    story.send(agent, number)
    assert "next_door" not in agent.get(f"/cases/{number}").words and "said warn" not in agent.get(f"/cases/{number}").text
    page = town.press(town.get(f"/cases/{number}"), "/return_leg", kind="other", reason=secret, then="other_window", door="999999")
    assert page.status == 404
