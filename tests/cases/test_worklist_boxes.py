"""Boxes, filters, search, and several at once: lists agree with their counts and with the page of the case (N-6, C-30, C-18, C-6)."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy import select

from portal.audit import AuditRecord
from portal.cases import queries as cases
from portal.cases import worklist_queries as worklists
from portal.cases.models import Case, CaseEvent
from portal.cases.services import rebuild
from portal.cases.worklist_models import WorkLine
from portal.config import ROOT
from portal.database import db
from portal.rules.worklist import Box, Filters, Group
from tests import flush_guard
from tests.cases import story
from tests.cases.story import Browse
from tests.conftest import is_sqlite
from tests.people import Browser, ManualClock, Page, signed_in

TODAY = date(2026, 11, 23)
NUMBER = re.compile(r'href="/cases/(\d{6}-\d{8}-\d{4})"')


def listed(page: Page) -> list[str]:
    """The cases that a page of a list leads to, in its order."""
    return NUMBER.findall(page.text)


def marks(page: Page) -> dict[str, str]:
    """case number → the value of its mark."""
    return {value.partition(".")[0]: value for value in re.findall(r'name="case" value="([^"]+)"', page.text)}


def send_marks(browser: Browser, page: Page, verb: str, values: list[str], **typed: Any) -> Page:
    form = page.form(f"/work/{verb}")
    return browser.post(form["action"], {**form["fields"], "case": values, **typed})


def case_of(number: str) -> Case:
    found = db.session.scalar(select(Case).where(Case.number == number))
    assert found is not None
    return found


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


# --- boxes and filters ----------------------------------------------------------------------------------------------------------


def test_a_box_is_read_by_two_filters_and_its_count_agrees(app: Flask, browse: Browse, clock: ManualClock) -> None:
    agent, town = browse("village-xialiang"), browse("town-xialiang")
    first = story.collect(agent)
    other = story.collect(agent, item="S-20")
    sent = story.collect(agent)
    story.send(agent, sent)
    story.do(town, sent, "receive")
    story.do(town, sent, "accept")
    assert set(listed(agent.get("/work?box=window"))) == {first, other}
    assert listed(town.get("/work?box=point")) == [sent]
    assert listed(town.get("/work?box=window&group=examined&item=S-03")) == [sent]
    found = town.get("/work?box=window&group=intake")
    assert listed(found) == [] and "0 件" in found.words
    day = f"{TODAY:%Y-%m-%d}"
    assert listed(agent.get(f"/work?box=window&received={day}&item=S-03")) == [first]
    assert set(listed(agent.get(f"/work?box=window&received={day}&order=latest"))) == {first, other}
    assert listed(agent.get("/work?box=window&received=2026-11-22")) == []
    with app.app_context():
        due = case_of(sent).sort_on
        person = signed_in(app, "town-xialiang", clock)
        for box in Box:
            for filters in (Filters(), Filters(group=Group.EXAMINED), Filters(due_on=due), Filters(item_id=case_of(sent).item_id, latest_first=True)):
                lines, more = worklists.list_box(person, box, TODAY, filters=filters)
                assert more is None and len(lines) == worklists.count_of(person, [box], TODAY, filters)[box], (box, filters)
    assert listed(town.get(f"/work?box=window&due={due}&group=examined")) == [sent]
    for address, words in (
        (f"/work?box=window&group=intake&item=S-03&due={day}", "S-03"), ("/work?box=window&received=2026-13-40", "2026-13-40"),
        ("/work?box=window&item=没有这样的事", "没有这样的事"), ("/work?box=window&group=nothing", ""),
    ):  # fmt: skip
        page = agent.get(address)
        assert page.status == 422 and words in page.text, address
    assert agent.get("/work?box=window&after=2026-11-23.x").status == 404


def test_a_warning_comes_with_its_day_and_a_colleague_at_the_point_sees_the_line_alone(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = story.to_county(browse)
    window, other = browse("window-mr"), browse("window-natres")
    late = f"/work?box=warnings&order=latest&after={TODAY + timedelta(days=900)}.1"
    assert listed(window.get("/work?box=warnings")) == listed(window.get("/work?box=warnings&order=latest")) == listed(window.get(late)) == []
    with app.app_context():
        case = case_of(number)
        yellow, overdue = case.yellow_on, case.overdue_on
    assert yellow is not None and overdue is not None
    clock.go_to(yellow)
    assert listed(window.get("/work?box=warnings")) == listed(window.get("/work?box=warnings&order=latest")) == listed(window.get(late)) == [number]
    assert '>1</b>' in window.get("/work?box=warnings").text.partition("box=warnings")[2]
    clock.go_to(overdue)
    page = window.get(f"/work?box=warnings&due={overdue - timedelta(days=1)}&group=examined")
    assert listed(page) == [number] and "已超期" in page.words
    # at the same point, but the case does not exist for this window
    line = other.get("/work?box=point")
    assert number[7:] in line.words and listed(line) == [] and other.get(f"/cases/{number}").status == 404


def test_a_page_deep_in_a_list_asks_as_often_as_the_first(app: Flask, browse: Browse, clock: ManualClock) -> None:
    agent = browse("village-xialiang")
    page = agent.get(f"/cases/new?item={story.ITEM}")
    form = page.form("/cases/new")
    fields = {**form["fields"], **story.APPLICANT, **{name.replace("__", "-"): "1" for name in story.materials(page)}}
    for each in range(54):
        assert agent.post(form["action"], {**fields, "key": f"deep-{each}"}, follow=False).status == 303
    with app.app_context():
        person = signed_in(app, "village-xialiang", clock)
        after, found, asked = None, [], []
        while True:
            with statements() as seen:
                lines, after = worklists.list_box(person, Box.POINT, TODAY, after=after)
            asked.append(len([each for each in seen if each.lstrip().upper().startswith(("SELECT", "WITH"))]))
            found += [line.case.id for line in lines]
            if after is None:
                break
        assert len(found) == len(set(found)) == 54 and len(asked) == 3 and len(set(asked)) == 1, asked
        back, _more = worklists.list_box(person, Box.WINDOW, TODAY, filters=Filters(latest_first=True))
        assert [line.case.id for line in back] == found[::-1][:25]


# --- the law that comes by itself -----------------------------------------------------------------------------------------------


def test_on_every_day_the_list_says_what_the_page_of_the_case_says(app: Flask, browse: Browse, clock: ManualClock) -> None:
    """Silence accepts a licence case (C-3): from that day the list has it accepted, with its new due day, though nothing is written yet."""
    number = story.to_town(browse)
    town = browse("town-xialiang")
    with app.app_context():
        case = case_of(number)
        day = case.law_on
        assert day is not None and rebuild(case) == []
        person = signed_in(app, "town-xialiang", clock)
        for today in (day - timedelta(days=1), day, day + timedelta(days=40)):
            (line,), _more = worklists.list_box(person, Box.WINDOW, today)
            row = cases.as_of_law(case_of(number), today)
            for name in ("state", "sort_on", "is_provisional"):
                assert getattr(line.now, name) == getattr(row, name), (today, name)
            group = Group.INTAKE if today < day else Group.EXAMINED
            for each in Group:
                assert worklists.count_of(person, [Box.WINDOW], today, Filters(group=each))[Box.WINDOW] == (each is group)
            warned = worklists.count_of(person, [Box.WARNINGS], today)[Box.WARNINGS]
            assert warned == (line.warn != "none")
        events = db.session.scalar(select(sa.func.count()).select_from(CaseEvent))
    clock.go_to(day)
    assert "已受理" in town.get("/work?box=window&group=examined").words and "已受理" in town.get(f"/cases/{number}").words
    with app.app_context():
        assert db.session.scalar(select(sa.func.count()).select_from(CaseEvent)) == events, "looking writes nothing"


def test_the_migration_gives_the_cases_that_are_open_their_lines(app: Flask, browse: Browse) -> None:
    """As the events say, but for the days after an effect of law that is still to come: those are the law's to say."""
    agent = browse("village-xialiang")
    here, sent, by_law = story.collect(agent), story.collect(agent), story.to_town(browse)
    story.send(agent, sent)
    versions = ROOT / "migrations" / "versions"
    first, second = (runpy.run_path(str(next(versions.glob(name)))) for name in ("0024_*.py", "0036_*.py"))
    with app.app_context(), flush_guard.unguarded(db):
        db.session.execute(sa.delete(WorkLine))
        connection = db.session.connection()
        with Operations.context(MigrationContext.configure(connection)):
            second["downgrade"]()
            first["_fill"](connection.dialect.name == "sqlite")
            second["upgrade"]()
        assert [rebuild(case_of(number)) for number in (here, sent)] == [[], []]
        day = case_of(by_law).law_on
        assert {line.rpartition(" ")[2] for line in rebuild(case_of(by_law))} <= {str(day)}
        db.session.rollback()


def test_what_closes_has_no_line(app: Flask, browse: Browse) -> None:
    agent = browse("village-xialiang")
    number = story.collect(agent, item="S-20")
    story.do(agent, number, "finish")
    with app.app_context():
        case = case_of(number)
        assert db.session.scalar(select(sa.func.count()).where(WorkLine.case_id == case.id)) == 0 and rebuild(case) == []


# --- searching ------------------------------------------------------------------------------------------------------------------


def test_search_finds_within_the_territory_masked_and_recorded(app: Flask, browse: Browse) -> None:
    agent, town, other = browse("village-xialiang"), browse("town-xialiang"), browse("town-yingpan")
    number = story.collect(agent, name="陈小满", phone="13900000000")
    with app.app_context():
        code = case_of(number).tracking_code
    for typed in (number, number[7:], code.lower(), f"{code[:4]} {code[4:8]}-{code[8:]}"):
        assert agent.get(f"/cases?number={typed}").path == f"/cases/{number}"

    def search(browser: Browser, **typed: str) -> Page:
        return browser.press(browser.get("/work/search"), "/work/search", **typed)

    for by in ({"name": "陈小"}, {"name": "陈 小满"}, {"phone": "139 0000 0000"}):
        mine, above, elsewhere = (search(browser, **by) for browser in (agent, town, other))
        assert listed(mine) == [number], by
        # the town above finds it, masked, and cannot open it: it was never there
        assert number in above.words and listed(above) == [] and "陈小满" not in above.text.replace('value="陈小满"', "")
        assert elsewhere.status == 200 and number not in elsewhere.words
    assert number not in search(agent, name="小满").words, "a beginning, not a part"
    assert number not in search(agent, name="陈%").words and number not in search(agent, phone="1390000000").words
    assert town.get(f"/cases/{number}").status == 404 and number in town.get(f"/cases?number={number}").words
    assert other.get(f"/cases?number={number}").status == 404
    wrong: list[dict[str, str]] = [{}, {"name": "陈"}, {"name": "陈小", "phone": "13900000000"}]
    for by in wrong:
        assert search(agent, **by).status == 422, by
    with app.app_context():
        records = list(db.session.scalars(select(AuditRecord.body).where(AuditRecord.subject.in_(["search:name", "search:phone"]))))
        assert len(records) == 12, "each search that was asked is a look"
        assert {tuple(sorted(json.loads(body)["facts"])) for body in records} == {("by", "digest")}, "what was typed stands nowhere in clear"
        assert not any("陈" in body or "13900000000" in body for body in records)


# --- several at once ------------------------------------------------------------------------------------------------------------


def test_several_are_sent_and_received_each_by_itself(app: Flask, browse: Browse) -> None:
    agent, town, other = browse("village-xialiang"), browse("town-xialiang"), browse("town-yingpan")
    numbers = [story.collect(agent) for _ in range(3)]
    page = agent.get("/work?box=window")
    marked = marks(page)
    assert set(marked) == set(numbers)
    none = send_marks(agent, page, "hand_off", [], reason="集中转交")
    assert none.status == 422 and "集中转交" in none.text
    assert send_marks(agent, page, "hand_off", [f"611026-20261123-{n:04d}.1" for n in range(51)]).status == 422
    stale = numbers[2] + ".7"
    form = page.form("/work/hand_off")
    sent = {**form["fields"], "case": [marked[numbers[0]], marked[numbers[1]], stale], "reason": "集中转交", "papers": "y"}
    done = agent.post(form["action"], sent)
    assert done.status == 200 and "集中转交" in done.text and set(listed(done)) >= set(numbers)
    assert listed(agent.get("/work?box=window")) == [numbers[2]] and set(listed(agent.get("/work?box=sent"))) == set(numbers[:2])
    again = agent.post(form["action"], sent)
    assert again.status == 200
    with app.app_context():
        for number in numbers[:2]:
            kinds = [event.kind for event in cases.events_of(case_of(number).id)]
            assert kinds == ["collected", "handed_off"], "sent twice, done once"
            assert all(each["paper"] for each in cases.events_of(case_of(number).id)[1].payload["manifest"])
    assert agent.post(form["action"], {**sent, "reason": "另一个理由"}).status == 422, "the same key, other words"

    page = town.get("/work?box=coming")
    values = list(marks(page).values())
    assert len(values) == 2
    received = send_marks(town, page, "receive", [*values, numbers[2] + ".1"])
    assert received.status == 200 and "没有这个办件" in received.words, "one that does not exist for the town holds up no other"
    assert set(listed(town.get("/work?box=window"))) == set(numbers[:2])
    late = send_marks(town, page, "receive", values, key="another-key")
    assert late.status == 409 and listed(late) == numbers[:2]
    forged = other.post("/work/receive", {"csrf_token": other.get("/work").form("/sign-out")["fields"]["csrf_token"], "case": values})
    assert forged.status == 404 and "没有这个办件" in forged.words


def test_another_window_needs_a_reason_and_every_row_says_so(app: Flask, browse: Browse) -> None:
    agent = browse("village-xialiang")
    numbers = [story.collect(agent) for _ in range(2)]
    page = agent.get("/work?box=window")
    choices = re.findall(r'<option value="(\d+)"', page.text)
    assert choices
    with app.app_context():
        proposed = {cases.get_case_for(signed_in(app, "village-xialiang", app.extensions["clock"]), numbers[0], app.extensions["clock"].now()).proposal.window_id}
    elsewhere = next(each for each in choices if int(each) not in proposed)
    refused = send_marks(agent, page, "hand_off", list(marks(page).values()), to=elsewhere)
    assert refused.status == 403 and set(marks(refused)) == set(numbers) and refused.text.count(" checked") >= 2
    with app.app_context():
        assert {len(cases.events_of(case_of(number).id)) for number in numbers} == {1}, "nothing was written"


# --- the plans ------------------------------------------------------------------------------------------------------------------

FILTERS = {
    "alone": Filters(), "group": Filters(group=Group.INTAKE), "item": Filters(item_id=3), "received": Filters(received_on=TODAY),
    "due": Filters(due_on=TODAY), "order": Filters(latest_first=True), "group, item": Filters(group=Group.INTAKE, item_id=3),
    "group, received": Filters(group=Group.INTAKE, received_on=TODAY), "group, due": Filters(group=Group.INTAKE, due_on=TODAY),
    "group, order": Filters(group=Group.INTAKE, latest_first=True), "item, received": Filters(item_id=3, received_on=TODAY),
    "item, due": Filters(item_id=3, due_on=TODAY), "item, order": Filters(item_id=3, latest_first=True),
    "received, due": Filters(received_on=TODAY, due_on=TODAY), "received, order": Filters(received_on=TODAY, latest_first=True),
    "due, order": Filters(due_on=TODAY, latest_first=True),
}  # fmt: skip


def _plan(app: Flask, query: sa.Select[Any]) -> str:
    explain = "EXPLAIN QUERY PLAN " if is_sqlite(app) else "EXPLAIN "
    text = str(query.compile(db.engine, compile_kwargs={"literal_binds": True}))
    return "\n".join(str(row[-1]) for row in db.session.connection().exec_driver_sql(explain + text.replace("%", "%%" if explain == "EXPLAIN " else "%")))


def _index(box: Box, filters: str) -> str:
    """The index that is made for these filters; the key for a box alone, whichever way, and for a due day where that is the order."""
    names = [name for name in filters.split(", ") if name in {"group", "item", "received"}]
    if box is Box.WARNINGS and "due" in filters.split(", "):
        names = ["warned_due"]
    return f"INDEX ix_work_line_{'_'.join(names)}" if names else "PRIMARY KEY"


def test_each_combination_walks_along_an_index(app: Flask, clock: ManualClock) -> None:
    """No full scan and no sort, with one window and with two, on both engines; PostgreSQL is told to avoid a sort on a table that is empty."""
    with app.app_context():
        person = signed_in(app, "village-xialiang", clock)
        two = replace(person, postings=(*person.postings, replace(person.postings[0], window_id=person.postings[0].window_id + 1)))
        if not is_sqlite(app):
            for setting in ("enable_sort", "enable_seqscan", "enable_bitmapscan"):
                db.session.execute(sa.text(f"SET LOCAL {setting} = off"))
        for who in (person, two):
            for box in Box:
                for name, filters in FILTERS.items():
                    for after in (None, (TODAY, 7)):
                        plan = _plan(app, worklists.lines_of(who, box, TODAY, filters, after))
                        case = f"{box.value}, {name}, after {after}:\n{plan}"
                        if is_sqlite(app):
                            assert "TEMP B-TREE" not in plan, case
                            assert "SCAN work_line" not in plan and f"USING {_index(box, name)} (" in plan, case
                        else:
                            assert not re.search(r"->  (Incremental )?Sort\b", plan) and "Seq Scan" not in plan and re.search(r"\b(ix|pk)_work_line", plan), case
