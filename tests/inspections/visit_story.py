"""A visit on its way: at the door, recorded, told."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from tests.inspections.plan_story import PLANS, approved, boxes, number_of, step
from tests.people import Browser, ManualClock


def filed(inspector: Browser, head: Browser, *certificates: str, **more: str) -> str:
    """A plan that was approved and filed."""
    number = approved(inspector, head, *certificates, **more)
    page = step(inspector, number, "file")
    assert page.status == 200, page.words[:600]
    return number


def act(person: Browser, number: str, verb: str, **said: str) -> Any:
    """Press a button of the visit's page."""
    return person.press(person.get(f"{PLANS}/{number}/visit"), f"/{verb}", **said)


def fill(person: Browser, number: str, verb: str, ending: str = "", **said: str) -> Any:
    """Fill in a form of a visit that has a page of its own."""
    address = f"{PLANS}/{number}/{verb}"
    return person.press(person.get(address), f"/{ending or verb}", **said)


def visited(inspector: Browser, number: str, clock: ManualClock, day: date, *, hidden: bool = False) -> None:
    """Enter at nine, leave at ten."""
    clock.go_to(day)
    for verb in (*(("show",) if hidden else ()), "enter"):
        page = act(inspector, number, verb)
        assert page.status == 200, page.words[:600]
    clock.advance(hours=1)
    assert act(inspector, number, "leave").status == 200


COMPLAINT = {"kind": "individual", "exemption": "complaint", "basis": "12345转办〔示例〕1号"}
NOTHING = {"outcome": "nothing_found", "findings": "按要点表逐项检查，未发现问题（示例）"}
BREACH = {"outcome": "correction", "findings": "进货查验记录缺两日（示例）", "order": "补齐进货查验记录（示例）"}


def recorded(inspector: Browser, number: str, **said: str) -> Any:
    """Record a result."""
    page = fill(inspector, number, "record", **said)
    assert page.status == 200, page.words[:600]
    return page


def emergency(inspector: Browser, head: Browser, on: str, enterprise: str, notice: str = "", said: dict[str, str] | None = None) -> str:
    """A visit to an accident, written down afterwards, approved and filed; recorded where it is said what was found."""
    page = inspector.get(f"{PLANS}/afterwards")
    typed = {"enterprise": enterprise, "matter": "MR-01", "on": on, "entered": "20:00", "left": "21:00", "basis": "群众报警（示例）"}
    number = number_of(inspector.press(page, "/write", **typed, **boxes(page, "0007", "0052"), notice=notice))
    for person, verb in ((inspector, "submit"), (head, "approve"), (inspector, "file")):
        page = step(person, number, verb)
        assert page.status == 200, page.words[:600]
    if said is not None:
        recorded(inspector, number, **said)
    return number


def fruitless(inspector: Browser, head: Browser, enterprise: str = "91999999MA9X000382") -> list[str]:
    """Three visits on which nothing was found; the addresses at which the head explains them."""
    for day in ("2026-11-02", "2026-11-10", "2026-11-18"):
        emergency(inspector, head, day, enterprise, said=NOTHING)
    return re.findall(r'href="(/inspections/alarms/\d+/[0-9A-Z]+/2026)"', head.get("/inspections/alarms").text)


def drawn(inspector: Browser, number: int = 3) -> list[str]:
    """Draw blank paper notices; their numbers."""
    page = inspector.press(inspector.get("/inspections/notices"), "/draw", number=str(number))
    assert page.status == 200, page.words[:600]
    return sorted(set(re.findall(r"MR-\d{4}-\d{4}", page.words)))
