"""Q-5: the form, the calendar, `flask quiet check` and the function never disagree; a past day keeps the rule of its day after two changes."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from portal.database import db
from portal.inspections import queries
from portal.inspections.models import QuietRuleRow
from portal.network.queries import the_county
from portal.rules.quiet_days import Exemption, Kind, Verdict
from tests.conftest import count
from tests.inspections.test_quiet_pages import cells
from tests.inspections.visits import MILL, _write, added, made, ruled
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]
CODES = (MILL, "91999999MA9X000382", "91999999MA9X00046W")
TODAY = date(2026, 11, 23)


def told(app: Flask, asked: dict[str, Any]) -> tuple[Verdict, str]:
    """The function's answer, and the town of the enterprise."""
    with app.app_context():
        county = the_county()
        enterprise = queries.enterprise_by_code(county.id, asked["enterprise"])
        body = next(each for each in queries.list_inspecting_bodies(county.id) if each.code == asked["body"])
        verdict = queries.check_visit(
            enterprise, body, asked["day"], Kind(asked["kind"]), exemption=asked["exemption"] or None, basis=asked["basis"], today=TODAY
        )
        town = queries.facts_of(enterprise).town
        db.session.remove()
    return verdict, town


@pytest.mark.property
def test_form_calendar_command_and_function_agree(browse: Browse, app: Flask) -> None:
    ruled(app, "2026-12-10", "1-20")
    with app.app_context():
        county_id = the_county().id
        terms = {"windows": "1-25", "towns": {"611026102000": "6-31"}}
        _write(app, county_id, QuietRuleRow(county_id=county_id, holds_from_on=date(2027, 2, 1), terms=terms, source="示例"))
    added(app, "2026-12-28", "2026-12-30", "town", "611026001000")
    added(app, "2027-01-26", "2027-01-26")
    for body, day in (("MR", "2026-03-26"), ("FIRE", "2026-05-27"), ("HEALTH", "2026-06-29")):
        made(app, day, body, line="market_regulation" if body == "HEALTH" else None)
    inspector, runner = browse("inspector-mr"), app.test_cli_runner()
    form = inspector.get("/quiet-days/check").form("/quiet-days/check")["fields"]
    chance = random.Random(f"{os.environ['TEST_SEED']}-agree")
    months: dict[str, dict[int, str]] = {}
    for _ in range(count(1_500)):
        asked: dict[str, Any] = {
            "enterprise": chance.choice(CODES),
            "body": chance.choice(["MR", "FIRE", "TAX", "ENV"]),
            "day": TODAY + timedelta(days=chance.randrange(150)),
            "kind": chance.choice(list(Kind)).value,
            "exemption": chance.choice(["", "", *(each.value for each in Exemption)]),
            "basis": chance.choice(["", "12345-7"]),
        }
        verdict, town = told(app, asked)
        rules = [each.rule for each in verdict.findings]
        following = verdict.next_allowed

        options = [("--enterprise", asked["enterprise"]), ("--body", asked["body"]), ("--on", asked["day"].isoformat()), ("--kind", asked["kind"])]
        options += [("--exemption", asked["exemption"]), ("--basis", asked["basis"]), ("--now", "2026-11-23T09:00")]
        answer = json.loads(runner.invoke(args=["quiet", "check", *(part for pair in options for part in pair if pair[1]), "--json"]).stdout)
        assert (answer["allowed"], [each["rule"] for each in answer["findings"]]) == (verdict.allowed, rules), asked
        assert answer["next_allowed"] == (following.isoformat() if following else None), asked
        assert all(each["article"] and each["next_allowed"] == answer["next_allowed"] for each in answer["findings"]), answer

        page = inspector.post("/quiet-days/check", {**form, **asked, "day": asked["day"].isoformat()})
        assert page.status == 200, (asked, page.words[:400])
        shown = re.findall(r"规则 (Q-[0-9])", page.words)
        assert ("不能检查" in page.words) is not verdict.allowed and (verdict.allowed or shown == rules), asked
        if not verdict.allowed:
            next_day = f"{following.year}年{following.month}月{following.day}日" if following else "400"
            assert next_day in page.words.split("规则")[-1], asked

        address = f"/quiet-days/{asked['day']:%Y/%m}?town={town}"
        if address not in months:
            months[address] = cells(browse().get(address))
        state = months[address][asked["day"].day]
        if asked["kind"] == "routine" and not asked["exemption"]:
            is_quiet = any(each.reason.value in {"day_is_quiet", "day_is_added_quiet"} for each in verdict.findings)
            is_off = any(each.reason.value == "day_is_off" for each in verdict.findings)
            assert ("宁静" in state) is is_quiet, (asked, state)
            assert ("可查" in state) is not (is_quiet or is_off), (asked, state)


def test_a_past_visit_keeps_the_rule_of_its_day_after_two_changes(sqlite_app: Flask, clock: ManualClock) -> None:
    def judged(day: str) -> list[str]:
        args = ["quiet", "check", "--enterprise", MILL, "--body", "MR", "--on", day, "--kind", "routine", "--json"]
        return [each["rule"] for each in json.loads(sqlite_app.test_cli_runner().invoke(args=args).stdout)["findings"]]

    days = ("2026-11-18", "2026-11-26")
    before = [judged(day) for day in days]
    ruled(sqlite_app, "2026-12-01", "1-15")
    ruled(sqlite_app, "2027-02-01", "6-31")
    clock.go_to(date(2027, 3, 1))
    assert [judged(day) for day in days] == before == [["Q-1"], []]
    assert judged("2026-12-18") == [] and judged("2027-01-18") == []
    assert judged("2027-02-18") == ["Q-1"] and judged("2027-02-03") == []
