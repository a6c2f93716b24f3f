"""The public pages of authority: what they say, in three languages, how light they are, what they refuse (G-4, S-7, N-5)."""

from __future__ import annotations

from collections.abc import Callable

import brotli
import pytest
from flask import Flask

from portal.database import db
from tests.authority.instruments import TOWN, in_force
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]
ROOM = "611026102002"
PUBLIC = (
    "/powers", "/powers?body=MR", "/powers?item=S-03", f"/powers?item=S-03&point={ROOM}", "/powers?point=611026102000", f"/powers?point={ROOM}",
    "/powers?by=instrument", "/powers?by=instrument&body=MR", "/powers/MR-2026-1", "/powers/TOWN-611026102000-2026-1", f"/items/S-03/at/{ROOM}",
    "/items/S-03/at/611026102000", f"/items/S-20/at/{ROOM}", "/items/S-06/at/611026000000",
)  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_pages_answer_in_three_languages_and_are_light(sqlite_app: Flask, browse_sqlite: Browse, address: str) -> None:
    guest = browse_sqlite()
    texts = set()
    for language in ("zh-Hans", "zh-Hant", "en"):
        for name, value in (("css", "1"), ("lang", language)):
            guest.client.set_cookie(name, value)
        page = guest.get(address)
        assert page.status == 200 and "<script" not in page.text and "style=" not in page.text
        assert len(brotli.compress(page.text.encode(), quality=5)) <= 2560, (address, language)
        texts.add(page.words)
    assert len(texts) == 3


@pytest.mark.parametrize(
    "address",
    ["/powers?item=S-99", "/powers?body=NIX", "/powers?point=nix", "/powers/MR-2026-99", "/powers/x", "/powers?by=instrument&before=99999999999999",
     "/powers?by=instrument&before=-1", "/items/S-99/at/611026102000", "/items/S-03/at/nix", "/powers?item=" + "x" * 900],
)  # fmt: skip
def test_what_is_not_there_is_not_found(sqlite_app: Flask, browse_sqlite: Browse, address: str) -> None:
    assert browse_sqlite().get(address).status == 404


def test_the_guide_says_what_is_done_here_and_where_the_rest_happens(app: Flask, browse: Browse, clock: ManualClock) -> None:
    guest = browse()
    page = guest.get(f"/items/S-03/at/{ROOM}")
    assert "代收转送、送达" in page.words and "柞水县政务服务中心决定、办结" in page.words.replace(" ", "")
    assert "/powers/MR-2026-1" in page.text and "/powers/MR-2026-4" in page.text
    with app.app_context():
        in_force(clock)
        db.session.remove()
    page = guest.get(f"/items/S-03/at/{ROOM}")
    assert "下梁镇便民服务中心决定、办结" in page.words.replace(" ", "") and "/powers/MR-2026-12" in page.text
    assert "整件事都在本处办结" in guest.get(f"/items/S-20/at/{ROOM}").words


def test_a_gap_is_told_to_the_resident(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    assert "尚无窗口" in browse_sqlite().get("/items/S-06/at/611026000000").words
    assert "制证" in browse_sqlite().get("/powers?item=S-06").words


def test_an_instrument_is_public_only_when_registered(app: Flask, browse: Browse, clock: ManualClock) -> None:
    from portal.authority import services
    from tests.authority.instruments import actor, text

    guest = browse()
    with app.app_context():
        instrument_id = services.draft(text(), actor=actor("manager"), clock=clock)
        services.sign(instrument_id, version=1, actor=actor("dept-mr"), clock=clock)
        db.session.remove()
    assert guest.get("/powers/MR-2026-12").status == 404 and "12号" not in guest.get("/powers?by=instrument&body=MR").words
    with app.app_context():
        services.register(instrument_id, actor=actor("manager"), clock=clock)
        db.session.remove()
    page = guest.get("/powers/MR-2026-12")
    assert page.status == 200 and "<svg" in page.text and "12号" in guest.get("/powers?by=instrument&body=MR").words
    with app.app_context():
        clock.advance(hours=1)
        services.suspend(instrument_id, ground="示例", actor=actor("dept-mr"), clock=clock)
        db.session.remove()
    page = guest.get("/powers/MR-2026-12")
    assert page.status == 200 and "已暂停" in page.words, "what was public stays readable, with its end"


def test_the_list_of_instruments_pages_without_losing_one(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    guest, address, seen = browse_sqlite(), "/powers?by=instrument", []
    for _page in range(10):
        page = guest.get(address)
        assert page.tree is not None
        links = list(page.tree.iter("{http://www.w3.org/1999/xhtml}a"))
        seen += [str(link.get("href")) for link in links if str(link.get("href")).startswith("/powers/")]
        older = [str(link.get("href")) for link in links if link.get("rel") == "next"]
        if not older:
            break
        address = older[0]
    assert len(seen) == len(set(seen)) == 95


# --- management -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["/manage/instruments", "/manage/instruments?state=in_force",
     "/manage/instruments/1", "/manage/instruments/new", "/manage/instruments/new?body=MR&mandate=entrustment",
     "/manage/instruments/new?body=TOWN-611026102000&mandate=receive_forward"],
)  # fmt: skip
def test_management_pages_stay_within_their_weight(sqlite_app: Flask, browse_sqlite: Browse, address: str) -> None:
    page = browse_sqlite("manager").get(address)
    assert page.status == 200
    body = page.text[page.text.index("<body") :]
    assert len(brotli.compress(body.encode(), quality=5)) <= 6000, address


@pytest.mark.parametrize("username", ["window-mr", "chief-mr", "village-xialiang", "cashier", "enterprise-1"])
def test_instruments_are_not_for_windows(sqlite_app: Flask, browse_sqlite: Browse, username: str) -> None:
    assert browse_sqlite(username).get("/manage/instruments").status == 403


def test_a_head_sees_the_instruments_of_the_own_body_only(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    page = browse_sqlite("dept-mr").get("/manage/instruments?state=in_force")
    assert "柞市监授" in page.words and "柞税授" not in page.words and "柞民授" not in page.words


def test_explain_on_a_page(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    clerk = browse_sqlite("town-xialiang")
    page = clerk.get("/authority/explain")
    assert page.form("/authority/explain")["fields"]["window"] == TOWN
    page = clerk.press(page, "/authority/explain", power="decide", item="S-03", person="town-xialiang")
    assert page.status == 200 and "不可以" in page.words and "G-2" in page.words
    for wrong in (
        {"window": "x"},
        {"window": ""},
        {"person": "x"},
        {"at": "soon"},
        {"at": "9999-12-31"},
        {"power": "x"},
        {"item": "x"},
        {"window": "y" * 99},
    ):
        page = clerk.press(clerk.get("/authority/explain"), "/authority/explain", **{"power": "decide", "item": "S-03", **wrong})
        assert page.status == 422, wrong
    assert browse_sqlite("enterprise-1").get("/authority/explain").status == 403
