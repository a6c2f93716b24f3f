"""Q-1 to Q-5 and Q-9: `may_inspect` against a naive model that was written from the rules alone; no difference in 50,000."""

from __future__ import annotations

import os
import random
from datetime import timedelta
from typing import Any

import pytest

from portal.rules.quiet_changes import category_of
from portal.rules.quiet_days import (
    CATEGORIES,
    AddedQuietDays,
    Cap,
    EnterpriseFacts,
    Kind,
    LaidBy,
    NamedLevel,
    Per,
    Plan,
    QuietRule,
    Verdict,
    Visit,
    by_code,
    may_inspect,
)
from tests.conftest import count
from tests.rules.calendar_fixture import seed_calendar
from tests.rules.quiet_model import Facts, NaiveCounty, some_county

CALENDAR = seed_calendar()
SCOPE = {"id": "enterprise", "trade": "trade", "town": "town"}


def asked(facts: Facts) -> Verdict:
    """The program's answer to the same facts."""
    plan, enterprise = facts["plan"], facts["enterprise"]
    own = [category_of(code, kinds, code not in facts["off"], "") for code, kinds in facts["own"].items()]
    switched = [category_of(code, (), False, "") for code in facts["off"] if code in CATEGORIES]
    rules = [
        QuietRule.of(number, rule["from"], rule["days"], rule["towns"], rule["paper"]) for number, rule in enumerate(facts["rules"], 1)
    ]
    added: list[Any] = [
        AddedQuietDays(one["paper"], one["first"], one["last"], **{SCOPE[name]: value for name, value in one["for"].items()})
        for one in facts["added"]
    ]
    return may_inspect(
        Plan(
            plan["body"], plan["line"], Kind(plan["kind"]), plan["day"], plan["exemption"], plan["basis"], plan["says_so"],
            plan["day"] + timedelta(days=plan["length"] - 1) if plan["length"] > 1 else None, plan["recheck"], plan["joint"],
            plan["vertical"], plan["coordinated"],
        ),
        EnterpriseFacts(enterprise["id"], enterprise["trade"], enterprise["town"], enterprise["weekends"]),
        rules=rules,
        calendar=CALENDAR,
        history=[
            Visit(one["body"], one["line"], Kind(one["kind"]), one["day"], one["exemption"], one["recheck"], one["joint"])
            for one in facts["history"]
        ],
        added=added,
        caps=[
            Cap(
                one["number"], one["from"], LaidBy(one["by"]), one["line"], one["body"], Per(one["per"]),
                frozenset(map(Kind, one["counts"])), one["paper"],
            )
            for one in facts["caps"]
        ],
        named=[
            NamedLevel(one["line"], one["year"], one["body"], one["paper"], one["enterprise"], one["from"]) for one in facts["named"]
        ],
        categories=by_code([*CATEGORIES.values(), *own, *switched]),
        today=facts["today"],
    )  # fmt: skip


def as_told(verdict: Verdict) -> Facts:
    warned = next(((each.facts["number"], each.facts["cap"]) for each in verdict.warnings), None)
    return {
        "allowed": verdict.allowed,
        "findings": sorted((each.rule, each.article) for each in verdict.findings),
        "next": verdict.next_allowed,
        "warned": warned,
    }


@pytest.mark.property
def test_no_difference_from_a_naive_reading_of_the_rules() -> None:
    seed = int(os.environ["TEST_SEED"])
    met: dict[str, int] = {}
    for number in range(count(50_000)):
        facts = some_county(random.Random(f"{seed}-{number}"))
        verdict = asked(facts)
        assert as_told(verdict) == NaiveCounty(facts, CALENDAR.is_working).judge(), (seed, number, facts)
        assert all(each.next_allowed == verdict.next_allowed for each in verdict.findings)
        for rule in {each.rule for each in verdict.findings} or {"allowed"}:
            met[rule] = met.get(rule, 0) + 1
    # the random counties are worth the name: every rule speaks, and often
    assert all(met.get(rule, 0) > count(50_000) / 60 for rule in ("allowed", "Q-1", "Q-2", "Q-3", "Q-4", "Q-5", "Q-9")), met
