"""Joint dates on their way: wishes of two bodies, matched by the county manager."""

from __future__ import annotations

import re
from typing import Any

from tests.people import Browser

JOINT = "/inspections/joint-dates"
MILL, HOTEL = "91999999MA9X00011A", "91999999MA9X00046W"


def wish(inspector: Browser, matter: str, *codes: str, year: int = 2027, months: str = "", **more: str) -> Any:
    """Enter wishes; the page that comes."""
    page = inspector.get(f"{JOINT}/wishes?year={year}")
    return inspector.press(page, "/enter", matter=matter, months=months, enterprises="\n".join(codes), **more)


def matched(inspector: Browser, fire: Browser, manager: Browser) -> Any:
    """Both bodies want the mill, one the hotel too; the county manager has it matched. The page of the year."""
    assert wish(inspector, "MR-01", MILL, HOTEL).status == 200
    assert wish(fire, "FIRE-01", MILL).status == 200
    page = manager.press(manager.get(f"{JOINT}?year=2027"), "/run")
    assert page.status == 200, page.words[:800]
    return page


def proposed(inspector: Browser, fire: Browser, manager: Browser) -> str:
    """The code of the joint visit that both bodies are asked about."""
    matched(inspector, fire, manager)
    for code in dict.fromkeys(re.findall(r"joint-dates/(LH\d{4}-[0-9A-Z]{8})", fire.get(f"{JOINT}?year=2027").text)):
        return code
    raise AssertionError("nothing was proposed to the fire brigade")
