"""`flask clock due`: the stable shape, stops, days off, units, and a clear error for whatever is no question (C-4, C-22, S-6)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask


def run(app: Flask, *args: str) -> tuple[int, Any]:
    result = app.test_cli_runner().invoke(args=["clock", "due", *args, "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize(
    "args, due, provisional",
    [
        (["2026-11-23", "10"], "2026-12-07", False),
        (["2026-09-10", "10"], "2026-09-23", False),  # Sunday the 20th is worked
        (["2026-09-24", "1"], "2026-09-28", False),  # Mid-Autumn from the 25th to the 27th
        (["2026-11-23", "10", "--pause", "2026-11-25..2026-11-30", "--off", "2026-12-01"], "2026-12-14", False),
        (["2026-11-23", "3", "--pause", "2026-11-24..2026-11-25", "--pause", "2026-11-25..2026-11-26"], "2026-12-01", False),
        (["2026-11-23", "5", "--unit", "calendar"], "2026-11-30", False),  # ends on a Saturday: the next working day
        (["2026-01-31", "1", "--unit", "month"], "2026-02-28", False),
        (["2026-12-28", "5"], "2027-01-05", True),
        (["2026-11-23", "0"], "2026-11-23", False),
    ],
)
def test_the_last_day(sqlite_app: Flask, args: list[str], due: str, provisional: bool) -> None:
    code, answer = run(sqlite_app, *args)
    assert (code, answer["due"], answer["provisional"]) == (0, due, provisional)
    assert answer["days"][-1]["date"] == due
    assert {"date", "counted", "why"} <= set(answer["days"][0])


def test_every_day_says_why(app: Flask) -> None:
    _code, answer = run(app, "2026-09-24", "3", "--pause", "2026-09-29..2026-09-29", "--off", "2026-09-30")
    assert [(day["date"][5:], day["counted"], day["why"]) for day in answer["days"]][:8] == [
        ("09-24", False, "start"),
        ("09-25", False, "holiday"),
        ("09-26", False, "holiday"),
        ("09-27", False, "holiday"),
        ("09-28", True, "counted"),
        ("09-29", False, "stopped"),
        ("09-30", False, "off"),
        ("10-01", False, "holiday"),
    ]
    assert (answer["days"][-1]["date"], answer["days"][-1]["number"]) == ("2026-10-09", 3)
    assert sum(day["counted"] for day in answer["days"]) == 3


@pytest.mark.parametrize(
    "args, code",
    [
        (["2018-12-31", "3"], "calendar_missing"),
        (["2199-12-30", "10"], "date_out_of_range"),
        (["9999-12-31", "10"], "date_out_of_range"),
        (["2026-11-31", "3"], "bad_date"),
        (["20261123", "3"], "bad_date"),
        (["tomorrow", "3"], "bad_date"),
        (["２０２６-11-23", "3"], "bad_date"),
        (["\udcff", "3"], "bad_date"),
        (["", "3"], "bad_date"),
        (["2026-11-23", "-3"], "limit_out_of_range"),
        (["2026-11-23", "10001"], "limit_out_of_range"),
        (["2026-11-23", "9223372036854775808"], "bad_number"),
        (["2026-11-23", "ten"], "bad_number"),
        (["2026-11-23", "²"], "bad_number"),
        (["2026-11-23", "3.5"], "bad_number"),
        (["2026-11-23", "3", "--unit", "week"], "bad_unit"),
        (["2026-11-23", "1201", "--unit", "month"], "limit_out_of_range"),
        (["2026-11-23", "3", "--pause", "2026-11-25"], "bad_pause"),
        (["2026-11-23", "3", "--pause", "2026-11-25..2026-11-24"], "bad_pause"),
        (["2026-11-23", "3", "--pause", "..2026-11-24"], "bad_date"),
        (["2026-11-23", "3", "--pause", "2026-11-25.."], "clock_stopped"),
        (["2026-11-23", "3", "--off", "soon"], "bad_date"),
        (["2026-11-23", "3", "--county", "999999"], "not_found"),
    ],
)
def test_what_is_no_question_is_said_to_be_none(sqlite_app: Flask, args: list[str], code: str) -> None:
    exit_code, answer = run(sqlite_app, *args)
    assert (exit_code, answer["error"]["code"]) == (1, code)
    assert answer["error"]["text"]


def test_words_for_people(sqlite_app: Flask) -> None:
    result = sqlite_app.test_cli_runner().invoke(args=["clock", "due", "2026-12-30", "2"])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith("2026-12-30")
    assert result.stdout.splitlines()[-1].startswith("last day: 2027-01-04 (provisional")
    failed = sqlite_app.test_cli_runner().invoke(args=["clock", "due", "2018-01-01", "2"])
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert "2019" in failed.stderr
