"""Q-12: counts of inspections stand by name only, on the page and in open data; nobody can enter a target. Q-7: nothing of the month that runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from flask import Flask

from portal.inspections.pages import name_key
from portal.web.forms import Form
from tests.inspections.visits import made
from tests.people import NS, Browser, ManualClock, Page

Browse = Callable[..., Browser]
RANKED = re.compile(r"[?&](sort|order|by|rank|top)=", re.IGNORECASE)
TARGET = re.compile(r"target|quota|指标|任务数|目标", re.IGNORECASE)


def lines(page: Page) -> list[list[str]]:
    assert page.tree is not None
    body = next(iter(page.tree.iter(f"{NS}tbody")))
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in body.iter(f"{NS}tr")]


def test_counts_stand_in_the_order_of_names_on_page_and_in_open_data(browse: Browse, app: Flask, clock: ManualClock) -> None:
    for body, number in (("MR", 4), ("FIRE", 9), ("ENV", 2), ("TAX", 6)):
        for n in range(number):
            exemption = ("complaint", None, None)[n % 3]
            made(app, f"2026-{n + 1:02d}-26", body, kind="special", exemption=exemption)
    made(app, "2026-05-26", "FIRE", kind="special", exemption="service_visit")
    made(app, "2026-11-10", "MR", kind="special", exemption="complaint")  # of the month that runs
    for lang in ("zh-Hans", "zh-Hant", "en"):
        page = browse().get(f"/quiet-days/bodies?lang={lang}")
        names = [row[0] for row in lines(page)]
        assert names == sorted(names, key=name_key) and len(names) > 20
        numbers = [row[1] for row in lines(page) if row[1] != "0"]
        assert sorted(numbers) == ["4", "6", "9", "< 3"] and numbers not in (sorted(numbers), sorted(numbers, reverse=True))
        assert not RANKED.search(page.text)
    fire = next(row for row in lines(browse().get("/quiet-days/bodies?lang=en")) if "Fire" in row[0])
    assert fire[1:] == ["9", "3 (33 %)", "< 3", "0", "0"]
    assert browse().get("/quiet-days/bodies?year=2027").status == 404

    rows = app.test_client().get("/open-data/inspections.json").get_json()["rows"]
    assert [(row["year"], row["name"]) for row in rows] == sorted((row["year"], row["name"]) for row in rows)
    by_code = {row["body"]: row for row in rows if row["year"] == 2026}
    assert (by_code["MR"]["inspections"], by_code["MR"]["until"]) == (4, "2026-10-31")
    assert (by_code["ENV"]["inspections"], by_code["ENV"]["exempted"]) == (None, None)
    # once the month is over its visits are counted
    clock.go_to(date(2026, 12, 1))
    rows = app.test_client().get("/open-data/inspections.json").get_json()["rows"]
    assert next(row["inspections"] for row in rows if (row["body"], row["year"]) == ("MR", 2026)) == 5


def test_no_field_of_any_form_takes_a_target() -> None:
    about = ("portal.inspections", "portal.supervision", "portal.fees", "portal.complaints")
    forms = [form for form in Form.known if form.__module__.startswith(about)]
    assert forms
    for form in forms:
        for name in vars(form):
            assert not TARGET.search(name), (form.__name__, name)
