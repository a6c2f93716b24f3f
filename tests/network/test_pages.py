"""The public pages of the network: all points, looking for one, and one point with its hours and people (N-1, N-2, N-3, N-5, O-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from flask import Flask

from portal.audit import machine, record
from portal.database import db, transaction
from portal.network import queries, services
from portal.network.models import PointName
from portal.network.queries import the_county
from portal.rules.moments import SHANGHAI
from portal.rules.network import PointStatus
from tests.people import NS, Browser, ManualClock, Page

Browse = Callable[..., Browser]
ROOM, TOWN, CENTER = "611026102002", "611026102000", "611026000000"


def links(page: Page, prefix: str) -> list[str]:
    """The addresses of the content that begin so, in their order."""
    assert page.tree is not None
    main = next(page.tree.iter(f"{NS}main"))
    return [href for link in main.iter(f"{NS}a") if (href := link.get("href", "")).startswith(prefix)]


def title(page: Page) -> str:
    assert page.tree is not None
    return "".join(next(page.tree.iter(f"{NS}title")).itertext())


# --- all points -----------------------------------------------------------------------------------------------------------------


def test_every_point_is_listed_once_below_its_center(browse_sqlite: Browse) -> None:
    page = browse_sqlite().get("/network")
    codes = [href.removeprefix("/network/") for href in links(page, "/network/")]
    assert len(codes) == len(set(codes)) == 95
    assert codes[0] == CENTER
    assert codes.index(TOWN) < codes.index(ROOM) < codes.index("611026104000")


@pytest.mark.parametrize("lang, name", [("zh-Hans", "下梁镇便民服务中心"), ("zh-Hant", "下梁鎮便民服務中心"), ("en", "Xialiang")])
def test_names_in_the_language_of_the_page(browse_sqlite: Browse, lang: str, name: str) -> None:
    browser = browse_sqlite()
    for address in ("/network", f"/network/{TOWN}", f"/network/{ROOM}"):
        page = browser.get(f"{address}?lang={lang}")
        assert page.status == 200
        assert name in page.words


def test_a_point_that_does_not_serve_says_so(sqlite_app: Flask, clock: ManualClock, browse_sqlite: Browse) -> None:
    with sqlite_app.app_context():
        county = the_county()
        actor = machine(county.id)
        services.change_point_status(county.id, ROOM, PointStatus.SUSPENDED, from_on=clock.today(), reason="停电", actor=actor, clock=clock)
    page = browse_sqlite().get("/network")
    assert page.words.count("暂停服务") == 1
    assert "其中1个目前没有开放" in page.words
    assert "这里目前不提供服务：暂停服务。" in browse_sqlite().get(f"/network/{ROOM}").words


# --- looking for one ------------------------------------------------------------------------------------------------------------


# One copy of the county answers a whole table: a database a row would cost more than all the rows.
FOUND_FIRST = {
    "石瓮子": ROOM,
    "石甕子": ROOM,
    "shiwengzi": ROOM,
    "ShiWengZi": ROOM,
    "Shi wengzi": ROOM,
    "swz": ROOM,
    "ｓｗｚ": ROOM,
    "下梁镇便民服务中心": TOWN,
    "下梁": TOWN,
    "xialiang": TOWN,
    "611026102002": ROOM,
    "下梁 石瓮子": ROOM,
    "石瓮子 下梁": ROOM,
    "税务": "611026-TAX",
}
FINDS_NOTHING = ("%", "_", "%%%", "\\", "没有这个地方", "下梁 没有", "营盘 石瓮子", " ")


def test_a_point_is_found(app: Flask) -> None:
    with app.app_context():
        found = {text: queries.find_points(the_county().id, text)[:1] for text in FOUND_FIRST}
        assert {text: [one.point.code for one in each] for text, each in found.items()} == {
            text: [code] for text, code in FOUND_FIRST.items()
        }


def test_nothing_is_found_by_signs_or_by_a_wrong_town(app: Flask) -> None:
    with app.app_context():
        assert {text: queries.find_points(the_county().id, text) for text in FINDS_NOTHING} == {text: [] for text in FINDS_NOTHING}


def test_two_villages_of_one_name_are_told_apart(browse_sqlite: Browse) -> None:
    page = browse_sqlite().get("/network?q=龙潭村")
    codes = [href.removeprefix("/network/") for href in links(page, "/network/6")]
    assert len(codes) == 2
    assert "营盘镇" in page.words and "凤凰镇" in page.words
    titles = {title(browse_sqlite().get(f"/network/{code}")) for code in codes}
    assert len(titles) == 2


def test_a_former_name_still_leads_to_the_point(sqlite_app: Flask, clock: ManualClock, browse_sqlite: Browse) -> None:
    with sqlite_app.app_context():
        county = the_county()
        point = queries.point_by_code(county.id, ROOM)
        with transaction(clock=clock) as tx:
            old = PointName(
                county_id=county.id, point_id=point.id, from_on=date(2015, 1, 1), until_on=date(2019, 12, 31),
                name="老川村便民服务室", name_hant="老川村便民服務室", name_en="Laochuan Village Room",
            )  # fmt: skip
            tx.session.add(old)
            tx.session.flush()
            record(tx, machine(county.id), "add_point_name", f"point:{ROOM}")
    page = browse_sqlite().get("/network?q=老川村")
    assert links(page, "/network/6") == [f"/network/{ROOM}"]
    assert "原老川村便民服务室" in page.words
    assert "老川村便民服务室 至2019年12月31日" in browse_sqlite().get(f"/network/{ROOM}").words


def test_what_cannot_be_looked_for_is_said_and_kept(browse_sqlite: Browse) -> None:
    page = browse_sqlite().get("/network?q=下梁😀")
    assert page.status == 422
    assert page.form("/network")["fields"]["q"] == "下梁😀"
    assert 'id="q-e"' in page.text
    long = "村" * 61
    page = browse_sqlite().get(f"/network?q={long}")
    assert page.status == 422
    assert page.form("/network")["fields"]["q"] == long


# --- one point ------------------------------------------------------------------------------------------------------------------


def test_an_unknown_code_is_not_found(app: Flask, browse: Browse) -> None:
    for code in ("611026102999", "nothing", "61102610200", "%00", "%01", "’", "1" * 300, "9223372036854775808"):
        assert browse().get(f"/network/{code}").status == 404, code


def test_people_stand_with_post_and_certificate_and_no_more(app: Flask, browse: Browse) -> None:
    page = browse().get(f"/network/{CENTER}")
    assert "赵昌盛（示例） 首席代表 · 示例执法证0001" in page.words
    assert "黄志强（示例） 窗口工作人员" in page.words
    assert "chief-mr" not in page.text
    assert "李春（示例） 代办员" in browse().get(f"/network/{ROOM}").words


def test_a_posting_that_is_over_is_shown_no_more(sqlite_app: Flask, clock: ManualClock, browse_sqlite: Browse) -> None:
    clock.go_to(date(2025, 6, 30))  # the day before the postings begin
    assert "李春" not in browse_sqlite().get(f"/network/{ROOM}").words
    clock.go_to(date(2025, 7, 1))
    assert "李春" in browse_sqlite().get(f"/network/{ROOM}").words


def test_what_is_done_here_leads_to_the_guide_of_this_point(browse_sqlite: Browse) -> None:
    offers = links(browse_sqlite().get(f"/network/{ROOM}"), "/items/")
    assert f"/items/S-03/at/{ROOM}" in offers
    assert all(href.endswith(f"/at/{ROOM}") for href in offers)
    assert len(offers) == 19
    assert links(browse_sqlite().get("/network/611026-TAX"), "/items/") == ["/items/S-29/at/611026-TAX"]


def test_address_phone_and_position(browse_sqlite: Browse) -> None:
    page = browse_sqlite().get(f"/network/{TOWN}")
    assert links(page, "tel:") and links(page, "geo:33.")
    assert links(page, f"/network/{TOWN}/") == [f"/network/{TOWN}/visit"]
    assert [href for href in links(page, "/network/61102610200") if not href.endswith("/visit")] == [f"/network/61102610200{n}" for n in range(1, 5)]


OPEN_OR_NOT = [
    (ROOM, datetime(2026, 11, 23, 9, 0), "现在开门，到12:00。"),
    (ROOM, datetime(2026, 11, 23, 8, 59), "现在没有开门，今天09:00开门。"),
    (ROOM, datetime(2026, 11, 23, 12, 0), "现在没有开门，今天14:30开门。"),
    (ROOM, datetime(2026, 11, 23, 17, 0), "现在没有开门，11月24日（星期二）09:00开门。"),
    (ROOM, datetime(2026, 11, 24, 16, 59), "现在开门，到20:00。"),  # the evening follows without a gap
    (ROOM, datetime(2026, 11, 29, 9, 30), "现在开门，到11:30。"),  # agent service on Sunday
    (CENTER, datetime(2026, 11, 23, 12, 30), "现在开门，到17:30。"),  # lunch duty
    (CENTER, datetime(2026, 10, 1, 10, 0), "现在没有开门，10月8日（星期四）09:00开门。"),  # a holiday
    (CENTER, datetime(2026, 10, 3, 10, 0), "现在没有开门，10月8日（星期四）09:00开门。"),  # and a Saturday in it: no appointments either
    (CENTER, datetime(2026, 10, 10, 15, 0), "现在开门，到17:30。"),  # a worked Saturday goes by the hours of a Monday
    (CENTER, datetime(2026, 11, 28, 15, 0), "现在没有开门，11月30日（星期一）09:00开门。"),  # a plain Saturday
]


def test_open_or_not_at_a_moment(browse_sqlite: Browse, clock: ManualClock) -> None:
    for code, moment, sentence in OPEN_OR_NOT:
        clock.at = moment.replace(tzinfo=SHANGHAI)
        assert sentence in browse_sqlite().get(f"/network/{code}").words, f"{code} at {moment}"


def test_the_week_joins_equal_days(browse_sqlite: Browse) -> None:
    page = browse_sqlite().get(f"/network/{ROOM}")
    assert page.tree is not None
    week = {}
    for each in page.tree.iter(f"{NS}dl"):
        terms = ["".join(term.itertext()) for term in each.iter(f"{NS}dt")]
        week |= dict(zip(terms, [" ".join(" ".join(told.itertext()).split()) for told in each.iter(f"{NS}dd")], strict=True))
    assert week["星期三至星期五"] == "09:00–12:00 14:30–17:00"
    assert week["星期二"] == "09:00–12:00 14:30–17:00 17:00–20:00 周二晚间代办"
    assert week["星期六"] == "休息"


def test_reading_writes_nothing(app: Flask, browse: Browse) -> None:
    from portal.audit import AuditRecord

    with app.app_context():
        before = db.session.query(AuditRecord).count()
        db.session.remove()
    for address in ("/", "/network", f"/network/{ROOM}", "/items", "/items/S-03", "/open-data/powers.csv", "/fees", "/help"):
        assert browse().get(address).status == 200
    with app.app_context():
        assert db.session.query(AuditRecord).count() == before
