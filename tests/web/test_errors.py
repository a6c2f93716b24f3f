"""What went wrong, said to people: the right status, one next step, nothing of the machine, and what was typed is still there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.conftest import PASSWORD
from tests.people import NS, Browser, ManualClock, Page
from tests.routes import token_of

TYPED = "写了很久的一段话，\n第二行不能丢"
MACHINE = re.compile(r"Traceback|File \"|line \d+, in|(?i:sqlalchemy|sqlite|psycopg|werkzeug|flask)|[a-z]Exception|[a-z]Error\b|\bNone\b")


def one_step(page: Page) -> list[str]:
    """The filled buttons of the page's first card: what is to be done next."""
    assert page.tree is not None
    return [each.get("href") or "" for each in page.tree.iter(f"{NS}a") if (each.get("class") or "").split() == ["btn"]]


def is_plain(page: Page, status: int) -> None:
    assert page.status == status, f"{page.status}: {page.words[:300]}"
    assert page.tree is not None and len(list(page.tree.iter(f"{NS}h1"))) == 1
    assert not MACHINE.search(page.text), MACHINE.search(page.text)
    assert page.headers["Cache-Control"] == "no-store"


def kept(page: Page) -> dict[str, str]:
    """label → text of what the page kept."""
    assert page.tree is not None
    labels = {each.get("for") or "": "".join(each.itertext()) for each in page.tree.iter(f"{NS}label")}
    areas = {each.get("id") or "": "".join(each.itertext()).removeprefix("\n") for each in page.tree.iter(f"{NS}textarea")}
    return {labels[name]: text for name, text in areas.items() if name.startswith("kept-")}


# --- the pages ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503])
def test_every_error_is_a_page_with_one_next_step(sqlite_app: Flask, status: int) -> None:
    from flask import abort

    from portal.web import access

    @access.public
    def broken() -> Any:
        abort(status)

    sqlite_app.add_url_rule("/broken", "broken", broken, methods=["POST"])
    browser = Browser(sqlite_app)
    page = browser.post("/broken", {"csrf_token": token_of(browser), "note": TYPED})
    is_plain(page, status)
    assert len(one_step(page)) == 1, one_step(page)
    if status != 413:
        assert TYPED in kept(page).values()
    assert f"本页代码 {status}" in page.words


def test_a_fault_of_ours_is_told_without_a_trace_and_undone(sqlite_app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    from portal.database import db
    from portal.network.models import Body
    from portal.web import access

    @access.public
    def broken() -> Any:
        db.session.add(Body(name="半途"))
        raise RuntimeError("a secret of ours: 4711")

    sqlite_app.add_url_rule("/broken", "broken", broken, methods=["GET", "POST"])
    browser = Browser(sqlite_app)
    page = browser.get("/broken")
    is_plain(page, 500)
    assert "4711" not in page.text
    assert "4711" in caplog.text, "whoever runs the site finds it in the log"
    again = browser.post("/broken", {"csrf_token": token_of(browser), "note": TYPED})
    assert TYPED in kept(again).values()
    assert browser.get("/items").status == 200


@pytest.mark.parametrize("table", ["sign_in_session", "county", "item_version"])
def test_without_its_database_the_site_still_answers_in_words(sqlite_app: Flask, table: str) -> None:
    from portal.database import db

    browser = Browser(sqlite_app, "window-mr", PASSWORD)
    with sqlite_app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("PRAGMA foreign_keys=OFF"))
        connection.execute(sa.text(f"ALTER TABLE {table} RENAME TO gone"))
    pages = [browser.get(address) for address in ("/work", "/", "/items")]
    assert 500 in {page.status for page in pages}
    for page in pages:
        if page.status != 200:
            is_plain(page, 500)
            assert page.headers["X-Content-Type-Options"] == "nosniff" and "Content-Security-Policy" in page.headers


def test_words_that_the_address_cannot_hold_are_said_and_kept(sqlite_app: Flask) -> None:
    browser = Browser(sqlite_app)
    page = Page(browser.client.get("/items", query_string={"q": "开小饭馆\x00"}))
    is_plain(page, 400)
    assert "无法识别的字符" in page.words
    assert [text.strip("\ufffd") for text in kept(page).values()] == ["开小饭馆"]
    long = Page(browser.client.get("/items", query_string={"q": "饭" * 1500}))
    is_plain(long, 400)
    assert "1500" in long.words and list(kept(long).values()) == ["饭" * 1500]


# --- what is kept, and under which name -------------------------------------------------------------------------------------------


def test_what_is_kept_stands_under_the_label_of_its_field(sqlite_app: Flask) -> None:
    browser = Browser(sqlite_app)
    fields = {
        "csrf_token": token_of(browser), "key": "abcdefgh", "version": "7", "kind": "natural", "name": "陈小满", "number": "999999199001011238",
        "phone": "13900000000", "got-1": "1", "unheard_of": "别的话",
    }  # fmt: skip
    page = browser.post("/cases/new?item=S-03", fields)
    is_plain(page, 401)
    assert sorted(kept(page).values()) == ["别的话", "陈小满"]
    assert not re.search(r"csrf_token|unheard_of|got-1|natural|1390000|99999919", kept_part(page))


def kept_part(page: Page) -> str:
    return page.text.partition('id="kept-1"')[2]


def test_no_raw_name_of_a_field_is_shown(sqlite_app: Flask) -> None:
    """Whatever form was sent: labels in words."""
    from portal.web.forms import Form

    for form in Form.known:
        names = [name for name in vars(form) if not name.startswith("_")]
        browser = Browser(sqlite_app)
        page = browser.post("/cases/new?item=S-03", {"csrf_token": token_of(browser), **dict.fromkeys(names, "写下的话")})
        assert page.status == 401
        shown = set(kept(page))
        assert not shown & set(names), f"{form.__name__}: {shown & set(names)}"
        assert all(re.search(r"[\u4e00-\u9fff]", label) for label in shown), shown


def test_at_most_four_thousand_characters_come_back(sqlite_app: Flask) -> None:
    browser = Browser(sqlite_app)
    page = browser.post("/cases/new?item=S-03", {"csrf_token": token_of(browser), "name": "长" * 9000})
    assert [len(text) for text in kept(page).values()] == [4000]


def test_control_characters_come_back_as_a_sign(sqlite_app: Flask) -> None:
    browser = Browser(sqlite_app)
    page = browser.post("/cases/new?item=S-03", {"csrf_token": token_of(browser), "name": "陈\x00小\x07满"})
    assert list(kept(page).values()) == ["陈\ufffd小\ufffd满"]
    assert "\x00" not in page.text


# --- acts that meet somebody else's -----------------------------------------------------------------------------------------------


def test_too_many_tries_say_when_the_next_one_is(sqlite_app: Flask) -> None:
    browser = Browser(sqlite_app)
    statuses = []
    for _each in range(8):
        page = browser.press(browser.get("/sign-in"), "/sign-in", username="window-mr", password="not the password")
        statuses.append(page.status)
    assert statuses[0] == 422 and statuses[-1] == 429, statuses
    is_plain(page, 429)
    assert 1 <= int(page.headers["Retry-After"]) <= 3600
    assert re.search(r"\d\d:\d\d:\d\d", page.words), "the page names the time"
    assert page.form("/sign-in")["fields"]["username"] == "window-mr"
    assert "not the password" not in page.text


def test_the_same_key_with_other_words_is_told_what_was_done(app: Flask, browse: Callable[..., Browser]) -> None:
    from tests.cases import story

    agent = browse("village-xialiang")
    page = agent.get(f"/cases/new?item={story.ITEM}")
    form = page.form("/cases/new")
    fields = {**form["fields"], **story.APPLICANT, **{name.replace("__", "-"): "1" for name in story.materials(page)}}
    first = agent.post(form["action"], fields, follow=False)
    again = agent.post(form["action"], fields, follow=False)
    assert first.status == again.status == 303 and first.headers["Location"] == again.headers["Location"], "the same again is the same"
    other = agent.post(form["action"], {**fields, "name": "王小明"}, follow=False)
    assert other.status == 422
    number = re.search(r"\d{6}-\d{8}-\d{4}", first.headers["Location"])
    assert number and number[0] in other.text, "the page leads to what was done"
    assert other.form("/cases/new")["fields"]["name"] == "王小明"
    fresh = other.form("/cases/new")["fields"]
    assert fresh["key"] != fields["key"]
    done = agent.post(form["action"], {**fields, **fresh}, follow=False)
    assert done.status == 303 and done.headers["Location"] != first.headers["Location"], "pressed once more it is done"


def test_somebody_else_was_quicker(app: Flask, browse: Callable[..., Browser], clock: ManualClock) -> None:
    from tests.cases import story

    number = story.to_county(browse)
    window = browse("window-mr")
    drawn = window.get(f"/cases/{number}")
    form = drawn.form("/review")
    assert story.do(browse("window-mr"), number, "take").status == 200
    clock.advance(minutes=1)
    ticked = dict.fromkeys(re.findall(r'name="(met-\d+)"', drawn.text), "1")
    page = window.post(form["action"], {**form["fields"], **ticked, "note": TYPED}, follow=False)
    is_plain(page, 409)
    assert any(TYPED in "".join(each.itertext()) for each in page.tree.iter(f"{NS}textarea"))
    assert "期间" in page.words or "变化" in page.words or "已" in page.words


def test_an_instrument_that_changed_in_the_meantime_keeps_what_was_typed(sqlite_app: Flask) -> None:
    """A page that keeps no form of its own is the usual error page."""
    from portal.database import Stale
    from portal.web import access

    @access.public
    def stale() -> Any:
        raise Stale(9)

    sqlite_app.add_url_rule("/stale", "stale", stale, methods=["POST"])
    browser = Browser(sqlite_app)
    page = browser.post("/stale", {"csrf_token": token_of(browser), "ground": TYPED})
    is_plain(page, 409)
    assert TYPED in kept(page).values()


def test_error_pages_are_sent_compressed(sqlite_app: Flask) -> None:
    browser = Browser(sqlite_app)
    response = browser.client.post(
        "/cases/new", data={"csrf_token": token_of(browser), "name": "长" * 3000}, headers={"Accept-Encoding": "br"}
    )
    assert response.status_code == 401
    assert response.headers["Content-Encoding"] == "br" and len(response.data) < 2048


def test_a_page_made_by_a_post_can_be_read_in_another_language(sqlite_app: Flask) -> None:
    """The links to the other languages of a page with errors lead to an address that a GET answers."""
    browser = Browser(sqlite_app, "village-xialiang", PASSWORD)
    for ending, start in (("/account/password", "/account"), ("/cases/new", "/cases/new?item=S-03")):
        page = browser.press(browser.get(start), ending, follow=False)
        assert page.status == 422
        links = [each.get("href") or "" for each in page.tree.iter(f"{NS}a") if "lang=" in (each.get("href") or "")]
        assert len(links) == 2
        assert all(browser.get(link).status == 200 for link in links), links
    for address in ("http://localhost//evil.example/x", "/\\evil.example"):
        page = browser.get(address)
        assert page.status == 404
        assert all(not re.match(r"//|/\\", each.get("href") or "") for each in page.tree.iter(f"{NS}a"))
