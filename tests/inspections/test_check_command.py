"""`flask quiet check`: findings each with its rule, and the next date (Q-1 to Q-5, Q-9)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from tests.inspections.visits import MILL, added, made, ruled
from tests.people import ManualClock

HOTEL = "91999999MA9X00046W"  # works on days off
NOW = "2026-11-23T09:00"


def run(app: Flask, *args: str) -> tuple[int, Any]:
    result = app.test_cli_runner().invoke(args=["quiet", "check", *args, "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout)


def check(
    app: Flask, on: str, *more: str, kind: str = "routine", enterprise: str = MILL, body: str = "MR"
) -> tuple[bool, list[str], str | None]:
    code, answer = run(app, "--enterprise", enterprise, "--body", body, "--on", on, "--kind", kind, *more)
    assert code == 0, answer
    assert {"allowed", "findings", "next_allowed"} <= set(answer)
    assert all(finding["text"] and "%(" not in finding["text"] for finding in answer["findings"] + answer["warnings"])
    return answer["allowed"], [finding["rule"] for finding in answer["findings"]], answer["next_allowed"]


@pytest.mark.parametrize(
    "on, allowed, rules, following",
    [
        ("2026-11-24", False, ["Q-1"], "2026-11-26"),
        ("2026-11-26", True, [], "2026-11-26"),
        ("2026-11-28", False, ["Q-1"], "2026-11-30"),  # a Saturday the 28th
        ("2026-12-25", False, ["Q-1"], "2026-12-28"),
        ("2027-02-27", False, ["Q-1"], "2027-03-26"),
    ],
)
def test_quiet_open_and_off(sqlite_app: Flask, on: str, allowed: bool, rules: list[str], following: str) -> None:
    assert check(sqlite_app, on) == (allowed, rules, following)


def test_exceptions_with_and_without_their_basis(sqlite_app: Flask) -> None:
    basis = ("--basis", "安全生产法第六十五条")
    assert check(sqlite_app, "2026-11-24", "--exemption", "safety", *basis, kind="special") == (True, [], "2026-11-24")
    assert check(sqlite_app, "2026-11-24", "--exemption", "safety", *basis) == (False, ["Q-2", "Q-1"], "2026-11-26")
    assert check(sqlite_app, "2026-11-24", "--exemption", "complaint", kind="individual") == (False, ["Q-2", "Q-1"], "2026-11-26")
    assert check(sqlite_app, "2026-11-24", "--exemption", "whim", *basis) == (False, ["Q-2", "Q-1"], "2026-11-26")
    assert check(sqlite_app, "2026-11-28", "--exemption", "service_visit", *basis) == (True, [], "2026-11-28")


def test_the_cap_is_used_up_by_a_visit_that_was_made(app: Flask) -> None:
    made(app, "2026-03-26")
    assert check(app, "2026-11-26") == (False, ["Q-3"], "2027-01-26")
    assert check(app, "2026-11-26", kind="special")[0]
    assert check(app, "2026-11-26", body="FIRE")[0]
    assert check(app, "2026-11-26", enterprise=HOTEL)[0]
    assert check(app, "2026-11-26", "--exemption", "statutory", "--basis", "食品安全法第一百零九条")[0]
    _code, answer = run(app, "--enterprise", MILL, "--body", "MR", "--on", "2026-11-26", "--kind", "special")
    assert [warning["rule"] for warning in answer["warnings"]] == ["Q-3"]


def test_no_repeat_on_one_line_by_another_body(app: Flask) -> None:
    made(app, "2026-05-27", "HEALTH", line="market_regulation")
    assert check(app, "2026-11-26") == (False, ["Q-4"], "2027-01-26")


@pytest.mark.parametrize(
    "scope, code, hit", [("all", "", True), ("enterprise", MILL, True), ("enterprise", HOTEL, False), ("enterprise", "gone", False)]
)
def test_added_quiet_days_by_enterprise(sqlite_app: Flask, scope: str, code: str, hit: bool) -> None:
    added(sqlite_app, "2026-11-26", "2026-11-27", scope, code)
    assert check(sqlite_app, "2026-11-26") == ((False, ["Q-9"], "2026-11-30") if hit else (True, [], "2026-11-26"))


@pytest.mark.parametrize(
    "scope, code, hit",
    [("trade", "food_production", True), ("trade", "lodging", False), ("town", "611026102000", True), ("town", "611026104000", False)],
)
def test_added_quiet_days_by_trade_and_town(sqlite_app: Flask, scope: str, code: str, hit: bool) -> None:
    added(sqlite_app, "2026-11-26", "2026-11-27", scope, code)
    assert check(sqlite_app, "2026-11-26")[1] == (["Q-9"] if hit else [])


def test_a_day_off_only_where_the_enterprise_works_and_the_plan_says_so(sqlite_app: Flask) -> None:
    assert check(sqlite_app, "2026-11-28", "--on-day-off", enterprise=HOTEL)[0]
    assert not check(sqlite_app, "2026-11-28", enterprise=HOTEL)[0]
    assert not check(sqlite_app, "2026-11-28", "--on-day-off")[0]


def test_a_past_day_is_judged_and_with_a_moment_it_is_over(sqlite_app: Flask) -> None:
    assert check(sqlite_app, "2026-02-28") == (True, [], "2026-02-28")  # a worked Saturday
    assert check(sqlite_app, "2026-02-28", "--now", NOW) == (False, ["Q-5"], "2026-11-26")
    assert check(sqlite_app, "2026-02-28", "--now", "2026-02-28T23:59:59+08:00")[0]
    assert not check(sqlite_app, "2026-02-28", "--now", "2026-02-28T16:00:00+00:00")[0]  # midnight in Shanghai
    assert check(sqlite_app, "2026-10-12") == (False, ["Q-1"], "2026-11-26")  # the next date is never a past one


def test_a_past_visit_is_judged_without_itself_and_without_what_came_after(app: Flask) -> None:
    made(app, "2026-03-26")
    made(app, "2026-04-28")
    assert check(app, "2026-03-26")[0]
    assert check(app, "2026-04-28")[:2] == (False, ["Q-3"])


def test_a_past_visit_is_judged_by_the_rule_of_its_day(sqlite_app: Flask) -> None:
    ruled(sqlite_app, "2026-06-01", "1-15")
    assert check(sqlite_app, "2026-07-20")[0]
    assert check(sqlite_app, "2026-05-20")[1] == ["Q-1"]


def test_today_is_the_business_clock(sqlite_app: Flask, clock: ManualClock) -> None:
    clock.advance(days=10)  # the 3rd of December
    assert check(sqlite_app, "2026-11-24")[2] == "2026-12-28"


@pytest.mark.parametrize(
    "changed, code",
    [
        ({"--enterprise": "91999999MA9X99999X"}, "not_found"),
        ({"--enterprise": "'; drop"}, "not_found"),
        ({"--enterprise": "\udcff"}, "not_found"),
        ({"--body": "NOBODY"}, "not_found"),
        ({"--on": "2018-12-26"}, "calendar_missing"),
        ({"--on": "9999-12-31"}, "date_out_of_range"),
        ({"--on": "2026-11-31"}, "bad_date"),
        ({"--kind": "surprise"}, "bad_kind"),
        ({"--kind": ""}, "missing_option"),
        ({"--now": "later"}, "bad_moment"),
        ({"--now": "0001-01-01T00:00+23:00"}, "bad_moment"),
        ({"--basis": "x" * 501}, "too_long"),
        ({"--county": "999999"}, "not_found"),
    ],
)
def test_what_is_no_question_is_said_to_be_none(sqlite_app: Flask, changed: dict[str, str], code: str) -> None:
    asked = {"--enterprise": MILL, "--body": "MR", "--on": "2026-11-26", "--kind": "routine", **changed}
    exit_code, answer = run(sqlite_app, *(part for pair in asked.items() for part in pair))
    assert (exit_code, answer["error"]["code"]) == (1, code)
    assert answer["error"]["text"]


def test_words_for_people(sqlite_app: Flask) -> None:
    args = ["quiet", "check", "--enterprise", MILL.lower(), "--body", "MR", "--on", "2026-11-24", "--kind", "routine"]
    result = sqlite_app.test_cli_runner().invoke(args=args)
    assert result.stdout.splitlines()[0] == "not allowed"
    assert "2026年11月24日" in result.stdout
    assert "next allowed: 2026-11-26" in result.stdout
