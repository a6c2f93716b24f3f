"""The home page, help, and what stands at the foot of every page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from tests.network.test_pages import links
from tests.people import NS, Browser, ManualClock

Browse = Callable[..., Browser]


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant", "en"])
def test_every_door_opens(browse_sqlite: Browse, lang: str) -> None:
    browser = browse_sqlite()
    for address in ("/", "/help", "/open-data/", "/fees"):
        page = browser.get(f"{address}?lang={lang}")
        assert page.status == 200 and page.tree is not None
        assert len(list(page.tree.iter(f"{NS}h1"))) == 1
        for link in page.tree.iter(f"{NS}a"):
            href = link.get("href", "")
            if href.startswith("/"):
                assert browser.get(href).status == 200, f"{address} leads to {href}, which does not open"


def test_each_kind_of_person_starts_in_one_step(browse_sqlite: Browse) -> None:
    page = browse_sqlite().get("/")
    assert {"/network", "/quiet-days", "/sign-in", "/powers"} <= set(links(page, "/"))
    assert page.form("/track")["method"] == "get"
    assert page.form("/items")["method"] == "get"
    assert "/work" in links(browse_sqlite("window-mr").get("/"), "/work")


def test_the_search_of_the_home_page_finds(browse_sqlite: Browse) -> None:
    browser = browse_sqlite()
    found = browser.press(browser.get("/"), "/items", q="开小饭馆")
    assert links(found, "/items/")[:1] == ["/items/S-03"]


@pytest.mark.parametrize(
    "day, said",
    [
        (date(2026, 11, 25), ("今天是宁静生产日", "下一个可检查日：11月26日。")),
        (date(2026, 11, 26), ("今天可以按计划入企检查", "2026年11月26日，星期四。")),
        (date(2026, 11, 28), ("今天休息，不安排入企检查", "下一个可检查日：11月30日。")),
    ],
)
def test_the_state_of_today(browse_sqlite: Browse, clock: ManualClock, day: date, said: tuple[str, ...]) -> None:
    clock.go_to(day)
    words = browse_sqlite().get("/").words
    assert all(text in words for text in said)


def test_the_network_in_figures(app: Flask, browse: Browse) -> None:
    words = browse().get("/").words
    for text in ("县政务服务中心 1", "分中心 3", "镇（街道）便民服务中心 9", "村、社区便民服务室 82"):
        assert text.replace(" ", "") in words.replace(" ", "")


def test_an_unknown_language_is_passed_over(browse_sqlite: Browse) -> None:
    page = browse_sqlite().get("/?lang=zh-Hant-TW")
    assert 'lang="zh-Hans"' in page.text
    assert page.status == 200


def test_the_fees(app: Flask, browse: Browse, clock: ManualClock) -> None:
    words = browse().get("/fees").words
    assert "居民身份证 申领/换领" in words and "20元 每证" in words and "柞水县公安局" in words
    assert "低保户、优抚对象初次申领换领免收" in words
    clock.go_to(date(2023, 6, 30))  # the day before the first of them was published
    assert "没有公布任何收费。" in browse().get("/fees").words
