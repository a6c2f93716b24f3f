"""axe finds nothing: on any page, as it is and in large print, on forms that come back with errors, on refusals, in the dark."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.browser.desk import USUAL, Desk, Open, Site
from tests.browser.pages import MISHAPS, looks

AXE = Axe()
DARK = ("/", "/items/S-03", "/quiet-days/2026/11", "/track", "/work", "/cases/new?item=S-03", "/manage/matrix", "/sign-in")


def violations(desk: Desk) -> list[str]:
    """What axe finds, one line an element."""
    response: dict[str, Any] = AXE.run(desk.page, options={"resultTypes": ["violations"], "preload": False, "iframes": False}).response
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
    assert not pages, "\n" + "\n".join(
        f"{text}\n    on {', '.join(dict.fromkeys(where[:4]))} ({len(where)})" for text, where in pages.items()
    )


def go_round(site: Site, open_desk: Open, chosen: Any = None, **settings: Any) -> dict[str, list[str]]:
    """Every page by who may see it, one window of the browser a person; first as usual, then in large print on a phone."""
    desks: dict[str, Desk] = {}
    found = {}
    for look in looks(site):
        if chosen is not None and look.address not in chosen:
            continue
        desk = desks.setdefault(look.username, desks.get(look.username) or open_desk(look.username, **settings))
        desk.page.set_viewport_size(USUAL)
        answer = desk.go(look.address)
        assert answer.status == look.status, f"{look}: {answer.status}"
        found[f"{look}, usual"] = violations(desk)
        desk.large_print()
        found[f"{look}, large print"] = violations(desk)
    return found


def test_axe_finds_nothing_on_any_page(site: Site, desk: Open) -> None:
    assert_nothing(go_round(site, desk))


def test_axe_finds_nothing_in_the_dark(site: Site, desk: Open) -> None:
    assert_nothing(go_round(site, desk, DARK, color_scheme="dark"))


def test_axe_finds_nothing_on_forms_that_come_back(site: Site, desk: Open) -> None:
    desks: dict[str, Desk] = {}
    found = {}
    for mishap in MISHAPS:
        sitting = desks.setdefault(mishap.username, desks.get(mishap.username) or desk(mishap.username))
        sitting.page.set_viewport_size(USUAL)
        mishap.at(sitting)
        assert sitting.page.locator("[role=alert], .msg, .no").count() > 0, f"{mishap.name}: {sitting.words()[:400]}"
        found[f"{mishap.name}, usual"] = violations(sitting)
        sitting.large_print()
        found[f"{mishap.name}, large print"] = violations(sitting)
    assert_nothing(found)


def test_axe_would_find_something(site: Site, desk: Open) -> None:
    """The net has no hole: a field without a label, a pale text and a language that is none are found."""
    sitting = desk()
    sitting.go("/track")
    sitting.page.evaluate("document.querySelector('label[for=code]').remove(); document.documentElement.lang = 'xx-nowhere'")
    assert {text.split(":")[0] for text in violations(sitting)} >= {"label", "html-lang-valid"}
