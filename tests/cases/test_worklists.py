"""Worklists: each count agrees with its list; a closed case stands on none (C-2, N-6)."""

from __future__ import annotations

import re

from flask import Flask

from tests.cases import story
from tests.cases.story import Browse
from tests.people import Browser


def numbers(browser: Browser, box: str) -> tuple[int, set[str]]:
    """What the badge of a box says, and the cases on its pages."""
    page = browser.get(f"/work?box={box}")
    badge = re.search(rf'href="/work\?box={box}"[^>]*>[^<]*<b class="num">(\d+)</b>', page.text)
    assert badge, page.text
    found = set(re.findall(r'href="/cases/(\d{6}-\d{8}-\d{4})"', page.text))
    while following := re.search(r'href="(/work\?[^"]*)" rel="next"', page.text):
        page = browser.get(following[1].replace("&amp;", "&"))
        more = set(re.findall(r'href="/cases/(\d{6}-\d{8}-\d{4})"', page.text))
        assert not found & more, "no case stands on two pages"
        found |= more
    return int(badge[1]), found


def boxes(browser: Browser) -> dict[str, set[str]]:
    found = {}
    for box in ("coming", "window", "mine", "sent"):
        count, cases = numbers(browser, box)
        assert count == len(cases), box
        found[box] = cases
    return found


def test_every_count_agrees_with_its_list(app: Flask, browse: Browse) -> None:
    agent, town, other = browse("village-xialiang"), browse("town-xialiang"), browse("town-yingpan")
    here, sent, there = (story.collect(agent) for _ in range(3))
    story.send(agent, sent)
    story.send(agent, there)
    story.do(town, there, "receive")
    story.do(town, there, "take")
    assert boxes(agent) == {"coming": set(), "window": {here}, "mine": set(), "sent": {sent}}
    assert boxes(town) == {"coming": {sent}, "window": {there}, "mine": {there}, "sent": set()}
    assert boxes(other) == {"coming": set(), "window": set(), "mine": set(), "sent": set()}


def test_a_long_list_has_pages(app: Flask, browse: Browse) -> None:
    agent = browse("village-xialiang")
    made = {story.collect(agent) for _ in range(27)}
    assert numbers(agent, "window") == (27, made)


def test_a_closed_case_is_off_every_list(app: Flask, browse: Browse) -> None:
    agent = browse("village-xialiang")
    number = story.collect(agent, item="S-20")
    assert numbers(agent, "window")[1] == {number}
    story.do(agent, number, "finish")
    assert numbers(agent, "window") == (0, set())
    assert "已经办结" in agent.get(f"/cases/{number}").words


def test_a_case_with_nowhere_to_go_is_the_managers_at_once(app: Flask, browse: Browse) -> None:
    manager = browse("manager")
    assert "每个在办的办件，下一步都有窗口能办" in manager.get("/work").words
    agent = browse("village-xialiang")
    number = story.collect(agent, item="S-09") if "S-09" in agent.get("/cases/new").words else ""
    if not number:
        number = planted(browse)
    assert number in manager.get("/work").words


def planted(browse: Browse) -> str:
    """S-09 lacks `decide` in the county (a planted gap): taken in and reviewed at the county, it has nowhere to go."""
    window = browse("window-natres")
    number = story.collect(window, item="S-09")
    story.do(window, number, "accept")
    story.do(window, number, "review")
    assert "目前没有窗口可转" in window.get(f"/cases/{number}").words
    return number
