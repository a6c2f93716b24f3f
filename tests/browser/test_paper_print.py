"""Papers on paper: each fits one sheet of A4 and of A5, and an 80 mm roll without a cut word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import served
from tests.browser.desk import Desk, Site
from tests.cases import paper_story

MM = 72 / 25.4
SHEETS = {"a4": (210.0, 297.0), "a5": (148.0, 210.0), "80mm": (80.0, 210.0)}
Made = tuple[Site, paper_story.Papers]


@pytest.fixture(scope="module")
def made(templates: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """A site of its own, in which every paper was made."""
    with served(templates, tmp_path_factory.mktemp("papers") / "data") as site:
        yield site, paper_story.every_paper(site.app, site.browse, site.clock)


@pytest.fixture(scope="module")
def clerk(made: Made, chromium: Any) -> Iterator[Callable[[str], Desk]]:
    """Who holds the case, at one page of the browser."""
    site, _papers = made
    contexts: dict[str, Any] = {}

    def at(username: str) -> Desk:
        if username not in contexts:
            context = contexts[username] = chromium.new_context(locale="zh-CN")
            context.add_cookies(site.cookies(username))
        context = contexts[username]
        return Desk(site, context.pages[0] if context.pages else context.new_page())

    yield at
    for context in contexts.values():
        context.close()


def sheets(pdf: bytes) -> list[tuple[float, float]]:
    """The size of each page of a PDF in mm."""
    boxes = re.findall(rb"/Type\s*/Page\b[^s].*?/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", pdf, re.DOTALL)
    return [(float(width) / MM, float(height) / MM) for width, height in boxes]


@pytest.mark.parametrize("size", list(SHEETS))
def test_every_paper_fits_its_sheet(size: str, made: Made, clerk: Callable[[str], Desk], tmp_path: Path) -> None:
    _site, papers = made
    faults = []
    for name, (who, number, paper_id, _code) in papers.items():
        desk = clerk(who)
        for language in ("zh-Hans", "en"):
            desk.go(f"/cases/{number}/papers/{paper_id}?size={size}&lang={language}")
            pages = sheets(desk.page.pdf(prefer_css_page_size=True))
            wrong = [page for page in pages if abs(page[0] - SHEETS[size][0]) > 1 or abs(page[1] - SHEETS[size][1]) > 1]
            if not pages or wrong or (size != "80mm" and len(pages) != 1):
                faults.append((name, language, pages))
    assert not faults, faults


def test_nothing_is_cut_at_eighty_millimetres(made: Made, clerk: Callable[[str], Desk]) -> None:
    """The roll is 72 mm wide inside its margins, 272 px: no word reaches beyond."""
    _site, papers = made
    faults = []
    for name, (who, number, paper_id, _code) in papers.items():
        page = clerk(who).page
        page.set_viewport_size({"width": 272, "height": 800})
        page.emulate_media(media="print")
        for language in ("zh-Hans", "zh-Hant", "en"):
            clerk(who).go(f"/cases/{number}/papers/{paper_id}?size=80mm&lang={language}")
            wide = page.evaluate(
                "() => [...document.querySelectorAll('.paper *')].filter(e => e.getBoundingClientRect().right > 273).map(e => e.tagName + ' ' + e.textContent.slice(0, 40))"
            )
            if wide or page.evaluate("document.documentElement.scrollWidth") > 272:
                faults.append((name, language, wide[:3]))
        page.emulate_media(media="screen")
    assert not faults, faults
