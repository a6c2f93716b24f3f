"""Cases sent together with one list: all or none, received in part, taken back, and two hands on one list (C-6, C-16, C-17)."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.cases import batch_queries, batch_services, services
from portal.cases.batch_models import Batch
from portal.cases.models import Case
from portal.cases.services import Applicant
from portal.clock import Clock
from portal.database import Stale, db
from portal.network.models import Outbox
from portal.network.queries import the_county, window_by_code
from portal.rules.batches import RowState
from portal.rules.decision import NotAllowed
from portal.rules.handoffs import ReturnReason
from tests.cases import story
from tests.cases.test_handoffs import events, row_of, window_of
from tests.cases.test_races import together
from tests.cases.test_two_hands import EVERYTHING, _one_holder_at_every_moment, returns_of
from tests.conftest import count
from tests.people import Browser, Page, signed_in

Browse = Callable[..., Browser]


def at_room(browser: Browser, cases: int) -> list[str]:
    """So many cases of the room: one form, sent again under a key of its own."""
    first = story.collect(browser)
    page = browser.get(f"/cases/new?item={story.ITEM}")
    form = page.form("/cases/new")
    fields = {**form["fields"], **story.APPLICANT, **{name.replace("__", "-"): "1" for name in story.materials(page)}}
    found = [first]
    for each in range(cases - 1):
        done = browser.post(form["action"], {**fields, "key": f"batch-{each:04d}"}, follow=False)
        found.append(done.location.split("/")[2] if hasattr(done, "location") else done.headers["Location"].split("/")[2])
    return found


def boxes(page: Page, *numbers: str) -> dict[str, str]:
    """The ticked boxes of these cases."""
    found = dict(re.findall(r'name="case-([0-9-]+)" value="(\d+)"', page.text))
    return {f"case-{number}": found[number] for number in numbers}


def press(browser: Browser, page: Page, ending: str, **typed: str) -> Page:
    """Press a button with boxes whose names hold more than one dash."""
    form = page.form(ending)
    return browser.post(form["action"], {**form["fields"], **typed})


def test_a_list_is_sent_whole_and_received_in_part(app: Flask, browse: Browse) -> None:
    agent, town, stranger = browse("village-xialiang"), browse("town-xialiang"), browse("town-yingpan")
    numbers = at_room(agent, 4)
    page = agent.get("/batches/new")
    to = window_of(page, "下梁")
    assert press(agent, page, "/batches/send", to=to).status == 403, "nothing was ticked"
    assert press(agent, page, "/batches/send", to="", **boxes(page, *numbers)).status == 422
    assert press(agent, page, "/batches/send", to=to, **{**boxes(page, *numbers), f"case-{numbers[0]}": "9"}).status == 409
    other = press(agent, page, "/batches/send", to=window_of(page, "营盘"), **boxes(page, *numbers))
    assert other.status == 403 and numbers[0] in other.words, "another window needs a reason; the case is named"
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Batch)) == 0 and row_of(numbers[0]).addressed_id is None
        db.session.remove()
    sent = press(agent, page, "/batches/send", to=to, key="send-once", **boxes(page, *numbers[:3]))
    assert sent.status == 200 and sent.path.startswith("/batches/"), sent.words[:500]
    assert press(agent, page, "/batches/send", to=to, key="send-once", **boxes(page, *numbers[:3])).path == sent.path, "sent twice"
    address, number = sent.path, sent.path.rpartition("/")[2]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Batch)) == 1
        assert [events(each) for each in numbers] == [2, 2, 2, 1], "one event a case"
        db.session.remove()
    printed = agent.get(f"{address}/list")
    assert all(each in printed.words for each in numbers[:3]) and "陈小满" not in printed.words
    with app.app_context():
        told = list(db.session.scalars(select(Outbox.template).where(Outbox.receiver == "town-xialiang", Outbox.read_at.is_(None))))
        assert told.count("batch") == 1, "one message for the list"
        assert not [row for row in db.session.scalars(select(Outbox)) if row.template == "case_staff" and row.facts.get("number") in numbers]
        db.session.remove()
    assert number in town.get("/messages").words
    assert number in town.get("/work/batches").words and number not in stranger.get("/work/batches").words
    assert stranger.get(address).status == stranger.get(f"{address}/list").status == 404
    assert number in agent.get(f"/cases/{numbers[0]}").words

    # one is taken back alone; the form of before is told so; then two rows, one of them ticked
    story_page = town.get(address)
    assert agent.press(agent.get(f"/cases/{numbers[2]}"), "/recall").status == 200
    assert press(town, story_page, "/receive").status == 409
    page = town.get(address)
    assert not town.get(address).has_form("/recall") and not agent.get(address).has_form("/receive")
    assert press(town, page, "/receive", **{"row-9": "1"}).status == 404
    fields = {name: value for name, value in page.form("/receive")["fields"].items() if not name.startswith("row-")}
    assert town.post(f"{address}/receive", {**fields, "key": "none"}).status == 403
    done = town.post(f"{address}/receive", {**fields, "row-1": "1", "key": "rows"})
    assert done.status == 200 and done.path == address, done.words[:500]
    assert town.post(f"{address}/receive", {**fields, "row-1": "1", "key": "rows"}).path == address
    own = agent.get(address)
    forged = {**fields, "csrf_token": own.form("/recall")["fields"]["csrf_token"], "version": "2", "row-2": "1", "key": "forged"}
    assert agent.post(f"{address}/receive", forged).status == 403, "the sender receives nothing"
    with app.app_context():
        view = batch_queries.rows_of(db.session.scalars(select(Batch.id)).one())
        assert [row.state for row in view] == [RowState.RECEIVED, RowState.UNDER_WAY, RowState.RECALLED]
        assert [events(each) for each in numbers] == [3, 2, 3, 1]
        db.session.remove()
    # the rest is taken back
    assert press(agent, own, "/recall").status == 200
    with app.app_context():
        unread = select(Outbox.id).where(Outbox.template == "batch", Outbox.read_at.is_(None))
        assert list(db.session.scalars(unread)) == [], "nobody is called to it any more"
        db.session.remove()
    assert not agent.get(address).has_form("/recall") and not town.get(address).has_form("/receive")
    with app.app_context():
        for each in numbers:
            assert services.rebuild(row_of(each)) == [] and services.untrue_events(row_of(each)) == []
        db.session.remove()


# --- two hands on one list --------------------------------------------------------------------------------------------------------

RACES = 10_000
A_LIST = 2


@pytest.mark.property
def test_of_two_hands_on_a_list_one_wins_and_one_window_holds_each_case(app: Flask) -> None:
    rng, clock = random.Random(int(os.environ["TEST_SEED"])), Clock()
    done, met = 0, Counter[str]()
    with app.app_context():
        county = the_county().id
        room, town = (window_by_code(county, code).id for code in ("611026102002-G", "611026102000-G"))
        agent, clerk, other = (signed_in(app, name, clock) for name in ("village-xialiang", "town-xialiang", "chief-xialiang"))
        db.session.remove()

    def fresh() -> str:
        return services.collect("S-03", Applicant("示例"), EVERYTHING, window_id=room, actor=agent, clock=clock, once=None).number

    numbers: list[str] = []
    ended: list[str] = []
    races = count(RACES)
    while done < (races if races == RACES else races // 8):  # a race is many acts: a list is sent, ended twice, and brought home
        with app.app_context():
            numbers += [fresh() for _ in range(A_LIST - len(numbers))]
            versions = {number: row_of(number).version for number in numbers}
            batch = batch_services.send(room, town, list(versions.items()), actor=agent, clock=clock).number
            first = rng.choice(numbers)
            some = {first, rng.choice(numbers)}
            hands = _hands(batch, first, some, row_of(first).version, agent, clerk, other, clock)
            pair = rng.sample(sorted(hands), 2)
            db.session.remove()
            answers = together(app, *(hands[name] for name in pair))
            refused = [isinstance(answer, (NotAllowed, Stale)) for answer in answers]
            assert all(no or not isinstance(answer, BaseException) for no, answer in zip(refused, answers, strict=True)), (pair, answers)
            assert refused.count(False) == 1, (pair, answers)
            met[" against ".join(sorted(pair))] += 1
            done += 1
            states = [row.state for row in batch_queries.rows_of(batch_queries.batch_for(agent, batch).id)]
            assert RowState.UNDER_WAY not in states or any("some" in name or "one" in name for name in pair)
            for number in numbers:
                case = row_of(number)
                assert case.holder_id in (room, town) and services.rebuild(case) == []
            db.session.remove()
            _back_to_the_room(numbers, room, town, agent, clerk, clock)
            sent_back = [number for number in numbers if returns_of(row_of(number))]
            ended += sent_back  # a second return would be a dispute, and nobody could send it on (C-24)
            numbers = [number for number in numbers if number not in sent_back]
            db.session.remove()
    with app.app_context():
        for number in numbers + ended:
            case = db.session.scalars(select(Case).where(Case.number == number)).one()
            _one_holder_at_every_moment(case, clock)
            assert services.untrue_events(case) == []
        db.session.remove()
    print(f"{done} races: {dict(met)}")
    assert len(met) >= 5


def _hands(
    batch: str, first: str, some: set[str], version: int, agent: Any, clerk: Any, other: Any, clock: Clock
) -> dict[str, Callable[[], Any]]:
    """What somebody may do with a list that is under way, or with one of its cases."""
    one: dict[str, Any] = {"version": version, "actor": clerk, "clock": clock, "once": None}
    return {
        "recall the list": lambda: batch_services.recall(batch, version=0, actor=agent, clock=clock),
        "receive the list": lambda: batch_services.receive(batch, version=0, actor=clerk, clock=clock),
        "receive some": lambda: batch_services.receive(batch, some, version=0, actor=other, clock=clock),
        "receive one": lambda: services.receive(first, **one),
        "return one": lambda: services.return_leg(first, ReturnReason.OTHER, "示例", "", **one),
    }


def _back_to_the_room(numbers: list[str], room: int, town: int, agent: Any, clerk: Any, clock: Clock) -> None:
    for number in numbers:
        for _ in range(3):
            case = row_of(number)
            given: dict[str, Any] = {"version": case.version, "clock": clock, "once": None}
            if case.addressed_id == town:
                services.recall(number, actor=agent, **given)
            elif case.addressed_id == room:
                services.receive(number, actor=agent, **given)
            elif case.holder_id == town:
                services.hand_off(number, room, "示例", [], actor=clerk, **given)
            else:
                break
        assert row_of(number).holder_id == room and row_of(number).addressed_id is None
