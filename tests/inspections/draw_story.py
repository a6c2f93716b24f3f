"""A random draw on its way: drawn by an inspector, published by the head after the visits."""

from __future__ import annotations

import re
from typing import Any

from tests.inspections.plan_story import step
from tests.people import Browser

DRAWS = "/inspections/draws"


def draw(inspector: Browser, **more: str) -> Any:
    """Fill in a draw of market regulation; the page that comes."""
    said = {"matter": "MR-01", "first_on": "2026-11-26", "last_on": "2026-12-31", "wanted": "2", "trade": "", "announced": "0"}
    return inspector.press(inspector.get(f"{DRAWS}/new"), "/draw", **{**said, **more})


def number_of(page: Any) -> str:
    """The number of the draw whose page this is."""
    assert page.status == 200, page.words[:600]
    found = re.fullmatch(DRAWS + r"/(SJ\d{4}-[0-9A-Z]{8})", page.path)
    assert found, f"{page.path}: {page.words[:600]}"
    return found[1]


def draft_of_fire(inspector: Browser) -> Any:
    """A draw of fire inspection whose visits are ahead; the page that comes."""
    return draw(inspector, matter="FIRE-01", first_on="2027-05-01", last_on="2027-06-30", wanted="3")


def published(inspector: Browser, head: Browser) -> str:
    """A draw of fire inspection for the next year whose one visit was cancelled, and whose result is published."""
    page = draw(inspector, matter="FIRE-01", first_on="2027-04-01", last_on="2027-04-30", wanted="1")
    number = number_of(page)
    for plan in dict.fromkeys(re.findall(r"/inspections/plans/(JC\d{4}-[0-9A-Z]{8})", page.text)):
        assert step(inspector, plan, "cancel", reason="企业停产（示例）").status == 200
    page = head.press(head.get(f"{DRAWS}/{number}"), "/publish")
    assert page.status == 200, page.words[:600]
    return number
