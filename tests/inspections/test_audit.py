"""The audit: visits that took place, each judged by the rule of its day, with the answer that form and command give (Q-1, Q-5)."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.database import db
from portal.inspections import audit_queries, queries
from portal.inspections.models import Enterprise, InspectionVisit
from portal.network.models import Body
from portal.network.queries import the_county
from portal.rules.quiet_days import Exemption, Kind
from tests.conftest import count
from tests.inspections.visits import MILL, added, made, ruled
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]


def audited(app: Flask, *options: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(app.test_cli_runner().invoke(args=["quiet", "audit", *options, "--json"]).stdout)
    return told


def _findings(told: dict[str, Any]) -> list[Any]:
    """What is said against each visit; the next day on which it would have been lawful may lie after a later rule."""
    return [(each["day"], each["body"], [find["rule"] for find in each["findings"]]) for each in told["visits"]]


def test_a_visit_is_judged_by_the_rule_of_its_day(browse: Browse, app: Flask, clock: ManualClock) -> None:
    made(app, "2026-10-22", "MR")
    made(app, "2026-10-28", "FIRE")
    made(app, "2026-10-29", "FIRE")
    told = audited(app, "--from", "2026-10-01", "--to", "2026-10-31")
    assert told["judged"] == 3 and not told["cut"]
    assert _findings(told) == [
        ("2026-10-22", "MR", ["Q-1"]),
        ("2026-10-29", "FIRE", ["Q-3"]),
    ]
    page = browse("supervisor").get("/inspections/audit?month=2026-10")
    assert page.status == 200 and MILL in page.words and "Q-1" in page.words and "Q-3" in page.words
    ruled(app, "2026-12-01", "26-31")  # a later rule changes nothing of an earlier day
    clock.go_to(date(2027, 1, 4))
    assert _findings(audited(app, "--from", "2026-10-01", "--to", "2026-10-31")) == _findings(told)
    assert audited(app)["judged"] == 0 and "没有检查" in browse("supervisor").get("/inspections/audit").words


def test_who_reads_it_and_which_months_there_are(browse_sqlite: Browse) -> None:
    assert browse_sqlite("inspector-mr").get("/inspections/audit").status == 403
    for month in ("2026-13", "2026-12", "1999-01", "x", "2018-12", "0000-01"):
        assert browse_sqlite("supervisor").get(f"/inspections/audit?month={month}").status == 404, month


@pytest.mark.property
def test_the_audit_and_the_one_function_never_disagree(app: Flask) -> None:
    """Random visits of a year; each is asked about as a past visit, and the audit must say the same."""
    chance = random.Random(f"{os.environ['TEST_SEED']}-audit")
    ruled(app, "2026-06-10", "1-20")
    added(app, "2026-08-26", "2026-08-28", "town", "611026102000")
    made(app, "2026-03-27", "MR", enterprise="91999999MA9X00046W")  # nothing speaks against this one
    made(app, "2026-03-20", "FIRE", enterprise="91999999MA9X00046W")  # and the rule of that day against this one
    first = date(2026, 1, 5)
    for _each in range(count(500, 30)):
        exemption = chance.choice([None, None, Exemption.SAFETY.value, Exemption.SERVICE_VISIT.value])
        made(
            app, (first + timedelta(days=chance.randrange(300))).isoformat(), chance.choice(["MR", "FIRE", "ENV"]),
            kind=chance.choice([kind.value for kind in Kind]), exemption=exemption, enterprise=chance.choice([MILL, "91999999MA9X000382"]),
        )  # fmt: skip
    with app.app_context():
        county = the_county()
        found = audit_queries.judge_visits(county.id, date(2026, 1, 1), date(2026, 11, 22))
        against = {each.visit.id: [finding.rule for finding in each.verdict.findings] for each in found.found}
        seen = 0
        for visit in db.session.scalars(select(InspectionVisit).where(InspectionVisit.county_id == county.id)).all():
            enterprise, body = db.session.get(Enterprise, visit.enterprise_id), db.session.get(Body, visit.body_id)
            assert enterprise is not None and body is not None
            verdict = queries.check_visit(
                enterprise, body, visit.day_on, Kind(visit.kind), exemption=visit.exemption, line=visit.line, today=date(2026, 11, 23), judge_past=True
            )
            assert against.get(visit.id, []) == [finding.rule for finding in verdict.findings], visit.day_on
            seen += 1
        assert seen == found.judged and against and len(against) < seen

