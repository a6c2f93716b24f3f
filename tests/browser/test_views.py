"""At ease on a phone of 360 px, in large print, and on paper."""

from __future__ import annotations

import pytest

from tests.browser.desk import NARROW, Desk, Open, Site
from tests.browser.pages import AGENT, Look, looks, prepare
from tests.conftest import is_in_share

# Every visible element with words of its own: its letters' size; everything that one presses: its size.
MEASURE = r"""() => {
  const shown = (e) => {
    if (!e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) return false;
    if (e.closest(".vh, .skip:not(:focus), thead") && getComputedStyle(e.closest(".vh, .skip, thead")).clipPath !== "none") return false;
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
  // what sticks out, or, of words that do not break, what they stick out of
  const root = document.scrollingElement, wide = [];
  if (root.scrollWidth > root.clientWidth)
    for (const e of document.body.querySelectorAll("*")) {
      const box = e.getBoundingClientRect();
      if (Math.max(box.right, box.left + e.scrollWidth) > root.clientWidth + 0.5 && !e.closest(".scroll, svg")) wide.push(Math.round(box.right) + " " + name(e));
    }
  return { width: root.scrollWidth, letters, targets, wide: wide.slice(0, 3) };
}"""


def _say(faults: list[tuple[str, Look]]) -> str:
    pages: dict[str, list[str]] = {}
    for text, look in faults:
        pages.setdefault(text, []).append(str(look))
    return "\n" + "\n".join(f"{text}\n    on {', '.join(where[:3])} ({len(where)})" for text, where in pages.items())


def _is_field(text: str) -> bool:
    """A button or a field; a box to tick lies in its label, which is high enough."""
    return text.startswith(("<button", "<input", "<select", "<textarea")) and "checkbox" not in text and "radio" not in text


@pytest.mark.property
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_pages_are_at_ease_on_a_phone_in_large_print_and_on_paper(site: Site, desk: Open, language: str) -> None:
    """One round: 360 px wide as usual and in large print, then printed.

    No scrolling sideways; letters of 12 px at least, in large print 20; what is pressed 44 px high (links stand in lines of text), in
    large print all of it 60; on paper no way to press and no frame of the site, but the words. A run deals half of the pages to one of
    the languages, `make test-long` all to both.
    """
    desks: dict[str, Desk] = {}
    faults: list[tuple[str, Look]] = []
    for look in looks(site):
        if not is_in_share(str(look), ["zh-Hans", "en"].index(language), 4):
            continue
        if look.username not in desks:
            desks[look.username] = desk(look.username, size=NARROW)
            desks[look.username].go(f"/help?lang={language}")
        sitting = desks[look.username]
        sitting.go(look.address)
        for is_large in (False, True):
            sitting.large_print(is_large)
            seen = sitting.page.evaluate(MEASURE)
            view = "large print, " if is_large else ""
            if seen["width"] > NARROW["width"]:
                faults += [(f"{view}{seen['width']} px wide: {text}", look) for text in seen["wide"] or ["?"]]
            faults += [(f"{view}letters of {size} px: {text}", look) for size, text in seen["letters"] if size < (20 if is_large else 12)]
            faults += [
                (f"{view}{size} px to press: {text}", look)
                for size, text in seen["targets"]
                if size < (60 if is_large else 44) and (is_large or _is_field(text))
            ]
        sitting.large_print(False)
        sitting.page.emulate_media(media="print")
        shown = sitting.page.locator("header.top, footer, .noprint, button, .btn").evaluate_all(
            "all => all.filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 90))"
        )
        faults += [(f"on paper: {text}", look) for text in shown]
        if len(sitting.words("main")) < 12:
            faults.append(("nothing is printed", look))
        sitting.page.emulate_media(media="screen")
    assert not faults, _say(faults)


def test_a_receipt_is_one_page_of_paper(site: Site, desk: Open) -> None:
    sitting = desk(AGENT)
    sitting.go(f"/cases/{prepare(site)['collected']}/receipt")
    paper = sitting.page.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") + paper.count(b"/Type/Page/") == 1
    sitting.go("/items/S-03/at/611026102002")
    paper = sitting.page.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") + paper.count(b"/Type/Page/") == 1, (
        "the guide is one printed page (S-7)"
    )
