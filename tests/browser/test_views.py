"""At ease on a phone of 360 px, in large print, and on paper."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.desk import NARROW, USUAL, Desk, Open, Site
from tests.browser.pages import Look, looks

# Every visible element with words of its own: its letters' size; everything that one presses: its size.
MEASURE = r"""() => {
  const shown = (e) => {
    if (!e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) return false;
    const box = e.getBoundingClientRect();
    return box.width > 1 && box.height > 1;
  };
  const name = (e) => e.outerHTML.slice(0, 110).replace(/\s+/g, " ");
  const letters = [], targets = [];
  for (const e of document.body.querySelectorAll("*")) {
    if (!shown(e)) continue;
    const words = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (words || e.matches("input,select,textarea")) letters.push([parseFloat(getComputedStyle(e).fontSize), name(e)]);
    if (e.matches("a[href],button,input:not([type=hidden]),select,textarea,summary,[tabindex='0']"))
      for (const box of e.getClientRects()) if (box.width > 1) targets.push([Math.round(box.height * 10) / 10, name(e)]);
  }
  const root = document.scrollingElement, wide = [];
  if (root.scrollWidth > root.clientWidth)
    for (const e of document.body.querySelectorAll("*")) {
      const box = e.getBoundingClientRect();
      if (box.right > root.clientWidth + 0.5 && shown(e) && !e.closest(".scroll, svg")) wide.push(Math.round(box.right) + " " + name(e));
    }
  return { width: root.scrollWidth, letters, targets, wide: wide.slice(0, 3) };
}"""


def _round(site: Site, open_desk: Open, view: str, size: dict[str, int]) -> list[tuple[Look, Any]]:
    desks: dict[str, Desk] = {}
    found = []
    for look in looks(site):
        if look.username not in desks:
            desks[look.username] = open_desk(look.username, size=size)
            desks[look.username].go(f"/help?view={view}&lang=zh-Hans")
        desks[look.username].go(look.address)
        found.append((look, desks[look.username].page.evaluate(MEASURE)))
    return found


def _say(faults: list[tuple[str, Look]]) -> str:
    pages: dict[str, list[str]] = {}
    for text, look in faults:
        pages.setdefault(text, []).append(str(look))
    return "\n" + "\n".join(f"{text}\n    on {', '.join(where[:3])} ({len(where)})" for text, where in pages.items())


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_nothing_is_wider_than_a_phone(site: Site, desk: Open, language: str) -> None:
    faults, small = [], []
    for look, seen in _round(site, desk, f"standard&lang={language}", NARROW) if language == "en" else _round(site, desk, "standard", NARROW):
        if seen["width"] > NARROW["width"]:
            faults += [(f"{seen['width']} px: {text}", look) for text in seen["wide"]]
        small += [(f"{size} px: {text}", look) for size, text in seen["letters"] if size < 12]
    assert not faults, _say(faults)
    assert not small, _say(small)


def test_large_print_is_large(site: Site, desk: Open) -> None:
    """Letters of 20 px at least, and nothing to press that is lower than 60 px, on a phone, without scrolling sideways."""
    faults = []
    for look, seen in _round(site, desk, "elder", NARROW):
        if seen["width"] > NARROW["width"]:
            faults += [(f"{seen['width']} px: {text}", look) for text in seen["wide"]]
        faults += [(f"letters of {size} px: {text}", look) for size, text in seen["letters"] if size < 20]
        faults += [(f"{size} px to press: {text}", look) for size, text in seen["targets"] if size < 60]
    assert not faults, _say(faults)


def test_what_can_be_pressed_is_large_enough_for_a_finger(site: Site, desk: Open) -> None:
    """In the usual view buttons and fields are 44 px high; links stand in lines of text."""
    faults = [
        (f"{size} px: {text}", look)
        for look, seen in _round(site, desk, "standard", NARROW)
        for size, text in seen["targets"]
        if size < 44 and text.startswith(("<button", "<input", "<select", "<textarea")) and "checkbox" not in text and "radio" not in text
    ]
    assert not faults, _say(faults)


def test_on_paper_there_is_no_way_to_press(site: Site, desk: Open) -> None:
    """Print hides header, footer, buttons and forms' ways, and keeps the words."""
    desks: dict[str, Desk] = {}
    faults = []
    for look in looks(site, refusals=False):
        if look.username not in desks:
            desks[look.username] = desk(look.username, size=USUAL)
            desks[look.username].page.emulate_media(media="print")
        sitting = desks[look.username]
        sitting.go(look.address)
        shown = sitting.page.locator("header.top, footer, .noprint, button, .btn").evaluate_all(
            "all => all.filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 90))"
        )
        faults += [(text, look) for text in shown]
        assert len(sitting.words("main")) > 20, f"{look} prints nothing"
    assert not faults, _say(faults)


def test_a_receipt_is_one_page_of_paper(site: Site, desk: Open) -> None:
    from tests.browser.pages import AGENT, prepare

    sitting = desk(AGENT)
    sitting.go(f"/cases/{prepare(site)['collected']}/receipt")
    paper = sitting.page.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") + paper.count(b"/Type/Page/") == 1
    sitting.go("/items/S-03/at/611026102002")
    paper = sitting.page.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") + paper.count(b"/Type/Page/") == 1, "the guide is one printed page (S-7)"
