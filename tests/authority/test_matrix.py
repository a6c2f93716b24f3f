"""The matrix of authority: what it says is the law, however large the county; a selection leads to a draft (G-1, G-3, G-18)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from bench.matrix import enlarge
from portal.authority import matrix_queries as matrices
from portal.authority import queries
from portal.authority.models import Ceiling
from portal.catalogue.models import Item, ItemWithdrawal
from portal.database import db
from portal.network.models import CountySetting, ServicePoint, Window
from portal.network.queries import the_county
from portal.rules.clauses import Power, carries
from tests.authority.instruments import HALL, TOWN, TOWN_BODY, in_force
from tests.people import NS, Browser, ManualClock, Page

Browse = Callable[..., Browser]
ROOM = "611026102001-G"
KB = 1024
VIEWS = (
    "/manage/matrix", f"/manage/matrix?after={HALL}", "/manage/matrix?power=decide", "/manage/matrix?body=MR", "/manage/matrix?point=611026102000",
    f"/manage/matrix?window={TOWN}", f"/manage/matrix?window={HALL}", f"/manage/matrix?window={ROOM}", "/manage/matrix?item=S-03",
    "/manage/matrix?item=S-03&power=decide", "/manage/matrix?item=许可",
)  # fmt: skip


@contextmanager
def asked(app: Flask) -> Iterator[list[str]]:
    """The queries that are sent to the database meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def grow(app: Flask, clock: ManualClock) -> None:
    """33 departments with a window each, and 300 items, beside the demonstration county."""
    with app.app_context(), db.engine.begin() as connection:
        enlarge(connection, the_county().id, clock.today(), clock.now() - timedelta(days=100))


def narrow(clock: ManualClock) -> None:
    """County data that items, ceilings and offers read: a closed cell, a closed type, one opened again, a concentrated item, a withdrawal."""
    county_id, on, at = the_county().id, clock.today(), clock.now()
    cell = {"county_id": county_id, "level": "town", "mandate": "entrustment", "item_type": "", "from_on": on, "is_allowed": False}
    paper = {f"{name}_{part}": "示例1号" if part == "number" else on for name in ("review", "approval", "filing") for part in ("number", "on")}
    with db.engine.begin() as connection:
        items = [int(one) for one in connection.scalars(sa.select(Item.id).where(Item.code.in_(("Y-001", "Y-002", "S-03"))).order_by(Item.code))]
        town = connection.scalar(sa.select(ServicePoint.id).where(ServicePoint.code == "611026102000"))
        connection.execute(
            sa.insert(Ceiling),
            [
                {**cell, "power": "certify"}, {**cell, "power": "review", "item_type": "01"}, {**cell, "power": "decide", "item_type": "07"},
                {**cell, "power": "decide", "item_type": "07", "from_on": on - timedelta(days=1), "is_allowed": True},
                {**cell, "power": "accept", "from_on": on + timedelta(days=1)},
            ],
        )  # fmt: skip
        for key, value in (("concentrated_items", {"Y-001": "MR", "S-06": "MR"}), ("village_finish", ["Y-004"])):
            connection.execute(sa.insert(CountySetting), {"county_id": county_id, "key": key, "from_on": on, "value": value})
        for item, point in ((items[0], town), (items[1], None)):
            connection.execute(
                sa.insert(ItemWithdrawal),
                {"county_id": county_id, "item_id": item, "point_id": point, "up_to_version": 1, "from_on": on, "entered_at": at, **paper},
            )


def links(page: Page, start: str) -> list[str]:
    assert page.tree is not None
    return [href for each in page.tree.iter(f"{NS}a") if (href := each.get("href") or "").startswith(start)]


def further(page: Page) -> str:
    assert page.tree is not None
    return next((str(each.get("href")) for each in page.tree.iter(f"{NS}a") if each.get("rel") == "next"), "")


def test_the_largest_county_costs_what_the_smallest_costs(app: Flask, browse: Browse, clock: ManualClock) -> None:
    """≤ 9 KB and ≤ 6 queries for the whole request, and the same number with 100 windows × 300 items more."""
    people = [browse("manager"), browse("dept-mr")]
    numbers: list[dict[str, int]] = []
    for is_large in (False, True):
        if is_large:
            grow(app, clock)
        numbers.append({})
        for person, address in product(people, VIEWS):
            person.client.set_cookie("css", "1")
            with asked(app) as seen:
                answer = person.client.get(address, headers={"Accept-Encoding": "br"})
            assert answer.status_code == 200 and answer.headers["Content-Encoding"] == "br"
            assert len(answer.data) <= 9 * KB, f"{address}: {len(answer.data)} B"
            assert len(seen) <= 6, "\n".join([address, *seen])
            numbers[-1][person.username + address] = len(seen)
    assert numbers[0] == numbers[1]


def test_every_count_is_what_the_law_says_item_by_item(app: Flask, clock: ManualClock) -> None:
    """The matrix reads clauses, items, ceilings and offers in its own way; it must come to what the readers of the resolver come to."""
    grow(app, clock)
    with app.app_context():
        in_force(clock)
        narrow(clock)
        county_id, now, on = the_county().id, clock.now(), clock.today()
        bounds = queries.ceilings(county_id, on)
        items = {item.id: item for item in queries.item_terms(county_id, on=on).values()}
        by_window: dict[int, list[Any]] = {}
        for clause in queries.clauses(county_id):
            by_window.setdefault(clause.window_id, []).append(clause)
        at = queries.windows(county_id, on)
        seen = matrices.ground(county_id, on)
        assert seen.bounds == bounds
        assert {item.id: item.terms for item in seen.items} == {
            # these are read by no question of the matrix
            key: matrices.replace(item, offered_at=frozenset(), has_certificate=False, needs_certificate_holder=False, asks_amount=False)
            for key, item in items.items()
        }
        found: dict[int, matrices.Row] = {}
        after = ""
        while True:
            view = matrices.overview(county_id, now, seen, point=None, body=None, power=None, after=after)
            for row in view.rows:
                assert row.seen.terms == at[row.seen.terms.id]
                assert row.seen.terms.id not in found, "no window twice"
                found[row.seen.terms.id] = row
                for power, cell in zip(view.columns, row.cells, strict=True):
                    clauses = [one for one in by_window.get(row.seen.terms.id, ()) if power in one.powers]
                    held = {
                        item.id for item in items.values() if any(carries(one, row.seen.terms, item, power, now, bounds) for one in clauses)
                    }
                    assert cell.held == len(held), (row.seen.thing.code, power)
                offered = {item.id for item in items.values() if row.seen.point.id in item.offered_at}
                if row.seen.terms.level.rank > 0:
                    assert {item.id for item in seen.seen(row.seen.offered)} == offered
            after = view.more
            if not after:
                break
        assert found.keys() == at.keys(), "every window once"
        db.session.remove()


def test_a_page_of_windows_after_the_other_loses_none(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    center, address, seen = browse_sqlite("center"), "/manage/matrix", []
    while address:
        page = center.get(address)
        assert page.status == 200
        seen += links(page, "/manage/matrix?window=")
        address = further(page)
    with sqlite_app.app_context():
        assert len(seen) == len(set(seen)) == db.session.scalar(sa.select(sa.func.count()).select_from(Window))
        db.session.remove()


def test_filters_narrow_rows_and_columns(app: Flask, browse: Browse) -> None:
    center = browse("center")
    page = center.get("/manage/matrix?point=611026102000")
    assert "下梁镇便民服务中心" in page.words and "沙坪社区" in page.words and "营盘镇便民服务中心 综合窗口" not in page.words
    assert "联合审批" not in page.words.split("窗口", 1)[1].split("下梁镇", 1)[0], "a column that no window here could hold is left out"
    page = center.get("/manage/matrix?power=collect")
    assert "市场监管窗口" not in page.words and "代办窗口" in page.words, "only rooms collect"
    page = center.get("/manage/matrix?body=MR&power=decide")
    assert links(page, "/manage/matrix?item=") or "/manage/matrix?power=decide&item=S-03" in page.text.replace("&amp;", "&")
    assert "民政窗口" not in page.words
    page = center.get("/manage/matrix?item=S-03&power=decide&point=611026102000")
    assert page.words.count("○ 无") == 1 and "代办窗口" not in page.words
    assert "● 6/6" in center.get("/manage/matrix?body=MR").words and "◐ " in center.get("/manage/matrix?point=611026102000").words
    for wrong in ("window=x", "point=x", "body=x", "power=x", "after=x", "item=S-03&after=x", f"window={HALL}&after=x", "item=S-03&point=x"):
        assert center.get(f"/manage/matrix?{wrong}").status == 404, wrong


def test_a_matter_is_found_by_code_or_by_words(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    center = browse_sqlite("center")
    assert center.get("/manage/matrix?item=林木 采伐").path == "/manage/matrix" and "林木采伐许可证核发" in center.get("/manage/matrix?item=林木 采伐").words
    several = center.get("/manage/matrix?item=小餐饮&power=decide")
    assert several.status == 200 and "/manage/matrix?power=decide&amp;item=S-03" in several.text
    for typed in ("没有这样的事", "x" * 61, "😀"):
        page = center.get("/manage/matrix", query_string={"item": typed})
        assert page.status == 422 and page.form("/manage/matrix")["fields"]["item"] == typed and 'id="item-e"' in page.text


@pytest.mark.parametrize(
    ("window", "body", "mandate", "power"),
    [(HALL, "MR", "internal", "decide"), (TOWN, "MR", "entrustment", "decide"), (TOWN, "FORESTRY", "entrustment", "review"), (ROOM, TOWN_BODY, "receive_forward", "collect")],
)  # fmt: skip
def test_a_selection_at_a_window_becomes_a_draft(
    sqlite_app: Flask, browse_sqlite: Browse, window: str, body: str, mandate: str, power: str
) -> None:
    manager = browse_sqlite("manager")
    page = manager.get(f"/manage/matrix?window={window}")
    forms = [form for form in page.forms() if form["action"] == "/manage/instruments/new"]
    chosen = [form["fields"] for form in forms if (form["fields"]["body"], form["fields"]["mandate"]) == (body, mandate)]
    assert len(chosen) == 1 and chosen[0]["windows"] == window, "one form for each body that would issue"
    item = "S-06" if body == "FORESTRY" else "S-03"
    assert f'name="items" value="{item}"' in page.text and f'name="powers" value="{power}"' in page.text
    answer = manager.client.get("/manage/instruments/new", query_string={**chosen[0], "items": item, "powers": power})
    draft = Page(answer)
    assert draft.status == 200 and f'value="{window}"' in draft.text and f'value="{item}"' in draft.text, "the form of a draft offers both"
    assert f'value="{power}"' in draft.text


def test_a_selection_on_an_item_becomes_a_draft(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    page = browse_sqlite("manager").get("/manage/matrix?item=S-03&point=611026102000")
    forms = [form["fields"] for form in page.forms() if form["action"] == "/manage/instruments/new"]
    assert forms == [
        {"body": "MR", "mandate": "entrustment", "items": "S-03"},
        {"body": TOWN_BODY, "mandate": "receive_forward", "items": "S-03"},
    ]
    assert f'name="windows" value="{TOWN}"' in page.text and f'name="windows" value="{ROOM}"' in page.text


def test_only_a_manager_is_offered_to_draft(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    for username in ("center", "dept-mr", "auditor"):
        for view in (f"window={HALL}", "item=S-03"):
            page = browse_sqlite(username).get(f"/manage/matrix?{view}")
            assert page.status == 200 and 'type="checkbox"' not in page.text and not page.has_form("/manage/instruments/new")


def test_a_head_begins_with_the_own_body(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    head = browse_sqlite("dept-mr")
    for address in ("/manage/matrix", "/manage/matrix?lang=en"):
        assert head.get(address).form("/manage/matrix")["fields"]["body"] == "MR"
    page = head.get("/manage/matrix?body=&lang=zh-Hans")
    assert page.form("/manage/matrix")["fields"]["body"] == "" and "民政窗口" in page.words, "all bodies can be chosen"


@pytest.mark.parametrize("username", ["window-mr", "chief-mr", "village-xialiang", "cashier", "enterprise-1"])
def test_the_matrix_is_not_for_windows(sqlite_app: Flask, browse_sqlite: Browse, username: str) -> None:
    assert browse_sqlite(username).get("/manage/matrix").status == 403


def test_what_a_draft_changes_is_told_from_what_holds(app: Flask, browse: Browse, clock: ManualClock) -> None:
    """Held, to begin, ended: sign and word, with the last day; and the instruments that the page rests on."""
    manager, address = browse("manager"), f"/manage/matrix?window={TOWN}&body=MR&power=decide"

    def row() -> str:
        return manager.get(address).words.split("S-03")[1].split("S-04")[0]

    assert "○ 无" in row()
    with app.app_context():
        instrument_id = in_force(clock, from_on=clock.today() + timedelta(days=1))
        db.session.remove()
    assert "◐ 将生效" in row()
    clock.advance(days=1)
    assert "● 有" in row() and f"/manage/instruments/{instrument_id}" in manager.get(address).text
    assert Power.DECIDE.value in parse_qs(urlsplit(address).query)["power"]
