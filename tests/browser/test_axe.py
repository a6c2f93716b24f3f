"""axe finds nothing: on any page, as it is and in large print, on forms that come back with errors, on refusals, in the dark."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.desk import USUAL, Desk, Open, Site
from tests.browser.pages import AGENT, CLERK, MISHAPS, TOWN, Look, looks, prepare
from tests.conftest import is_in_share

AXE = Axe()
USUAL_OPTIONS = {"resultTypes": ["violations"], "preload": False, "iframes": False}
# large print changes sizes and no color (test_look.py holds every pair at 7:1): the slowest rule need not be asked twice
SAME_IN_LARGE_PRINT = {"color-contrast": {"enabled": False}}
DARK = ("/", "/items/S-03", "/quiet-days/2026/11", "/track", "/work", "/cases/new?item=S-03", "/manage/matrix", "/sign-in")


def violations(desk: Desk, **options: Any) -> list[str]:
    """What axe finds, one line an element."""
    response: dict[str, Any] = AXE.run(desk.page, options={**USUAL_OPTIONS, **options}).response
    return [
        f"{found['id']}: {node['html'][:160]} ({' '.join(each['message'] for each in node['any'] + node['all'] + node['none'])[:200]})"
        for found in response["violations"]
        for node in found["nodes"]
    ]


def in_both_views(desk: Desk, where: str) -> dict[str, list[str]]:
    """As the page stands on a wide screen, and in large print on a phone; a run deals a third of the pages to one of them, `make test-long` all to both."""
    found = {}
    if is_in_share(where, 0, 6):
        desk.page.set_viewport_size(USUAL)
        found[f"{where}, usual"] = violations(desk)
    if is_in_share(where, 1, 6):
        desk.large_print()
        found[f"{where}, large print"] = violations(desk, rules=SAME_IN_LARGE_PRINT)
    return found


def assert_nothing(found: dict[str, list[str]]) -> None:
    pages: dict[str, list[str]] = {}
    for where, texts in found.items():
        for text in texts:
            pages.setdefault(text, []).append(where)
    assert not pages, "\n" + "\n".join(
        f"{text}\n    on {', '.join(dict.fromkeys(where[:4]))} ({len(where)})" for text, where in pages.items()
    )


def go_round(open_desk: Open, chosen: Iterable[Look], **settings: Any) -> dict[str, list[str]]:
    """Pages by who may see them, one window of the browser a person."""
    desks: dict[str, Desk] = {}
    found: dict[str, list[str]] = {}
    for look in chosen:
        if look.username not in desks:
            desks[look.username] = open_desk(look.username, **settings)
        answer = desks[look.username].go(look.address)
        assert answer.status == look.status, f"{look}: {answer.status}"
        found |= in_both_views(desks[look.username], str(look))
    return found


@pytest.mark.property
@pytest.mark.parametrize("who", ["the public and the windows", "management"])
def test_axe_finds_nothing_on_any_page(site: Site, desk: Open, who: str) -> None:
    at_windows = {"", AGENT, TOWN, CLERK}
    assert_nothing(go_round(desk, (look for look in looks(site) if (look.username in at_windows) is (who != "management"))))


@pytest.mark.property
def test_axe_finds_nothing_in_the_dark(site: Site, desk: Open) -> None:
    assert_nothing(go_round(desk, (look for look in looks(site) if look.address in DARK), color_scheme="dark"))


@pytest.mark.property
def test_axe_finds_nothing_on_forms_that_come_back(site: Site, desk: Open) -> None:
    prepare(site)  # before the first desk: the resident's is theirs who came in
    desks: dict[str, Desk] = {}
    found: dict[str, list[str]] = {}
    for mishap in MISHAPS:
        if mishap.username not in desks:
            desks[mishap.username] = desk(mishap.username)
        sitting = desks[mishap.username]
        mishap.at(sitting)
        assert sitting.page.locator("[role=alert], .msg, .no").count() > 0, f"{mishap.name}: {sitting.words()[:400]}"
        found |= in_both_views(sitting, mishap.name)
    assert_nothing(found)


def test_axe_would_find_something(site: Site, desk: Open) -> None:
    """The net has no hole: a field without a label, a pale text and a language that is none are found."""
    sitting = desk()
    sitting.go("/track")
    sitting.page.evaluate("document.querySelector('label[for=code]').remove(); document.documentElement.lang = 'xx-nowhere'")
    assert {text.split(":")[0] for text in violations(sitting)} >= {"label", "html-lang-valid"}
