"""axe finds nothing: on any page, as it is and in large print, on forms that come back with errors, on refusals, in the dark."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.desk import NARROW, USUAL, Desk, Open, Site
from tests.browser.pages import MISHAPS, Mishap, looks

AXE = Axe()
DARK = ("/", "/items/S-03", "/quiet-days/2026/11", "/track", "/work", "/cases/new?item=S-03", "/manage/matrix", "/sign-in")


def violations(desk: Desk) -> list[str]:
    """What axe finds, one line an element."""
    response: dict[str, Any] = AXE.run(desk.page, options={"resultTypes": ["violations"]}).response
    return [
        f"{found['id']}: {node['html'][:160]} ({' '.join(each['message'] for each in node['any'] + node['all'] + node['none'])[:200]})"
        for found in response["violations"]
        for node in found["nodes"]
    ]


def assert_nothing(found: dict[str, list[str]]) -> None:
    pages: dict[str, list[str]] = {}
    for where, texts in found.items():
        for text in texts:
            pages.setdefault(text, []).append(where)
    assert not pages, "\n" + "\n".join(f"{text}\n    on {', '.join(dict.fromkeys(where[:4]))} ({len(where)})" for text, where in pages.items())


def go_round(site: Site, open_desk: Open, view: str, chosen: Any = None, **settings: Any) -> dict[str, list[str]]:
    """Every page by who may see it, one window of the browser a person."""
    desks: dict[str, Desk] = {}
    found = {}
    for look in looks(site):
        if chosen is not None and look.address not in chosen:
            continue
        if look.username not in desks:
            desks[look.username] = open_desk(look.username, **settings)
            desks[look.username].go(f"/help?view={view}&lang=zh-Hans")
        desk = desks[look.username]
        answer = desk.go(look.address)
        assert answer.status == look.status, f"{look}: {answer.status}"
        if texts := violations(desk):
            found[str(look)] = texts
    return found


@pytest.mark.parametrize("view", ["standard", "elder"])
def test_axe_finds_nothing_on_any_page(site: Site, desk: Open, view: str) -> None:
    assert_nothing(go_round(site, desk, view, size=USUAL if view == "standard" else NARROW))


def test_axe_finds_nothing_in_the_dark(site: Site, desk: Open) -> None:
    found = go_round(site, desk, "standard", DARK, color_scheme="dark")
    assert_nothing(found)


@pytest.mark.parametrize("mishap", MISHAPS, ids=lambda each: each.name)
def test_axe_finds_nothing_on_forms_that_come_back(site: Site, desk: Open, mishap: Mishap) -> None:
    found = {}
    for view in ("standard", "elder"):
        sitting = desk(mishap.username)
        sitting.go(f"/help?view={view}&lang=zh-Hans")
        mishap.at(sitting)
        assert sitting.page.locator("[role=alert], .msg, .no").count() > 0, sitting.words()[:400]
        if texts := violations(sitting):
            found[f"{mishap.name}, {view}"] = texts
    assert_nothing(found)


def test_axe_would_find_something(site: Site, desk: Open) -> None:
    """The net has no hole: a field without a label, a pale text and a language that is none are found."""
    sitting = desk()
    sitting.go("/track")
    sitting.page.evaluate("document.querySelector('label[for=code]').remove(); document.documentElement.lang = 'xx-nowhere'")
    assert {text.split(":")[0] for text in violations(sitting)} >= {"label", "html-lang-valid"}
