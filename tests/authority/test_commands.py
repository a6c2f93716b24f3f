"""`flask authority …`: the shapes that scripts rely on (interfaces), exit codes, words."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.authority import services
from portal.database import db
from tests.authority.instruments import HALL, TODAY, TOWN, actor, in_force
from tests.people import ManualClock

ROOM = "611026102002"


def run(app: Flask, *arguments: str) -> tuple[int, Any]:
    result = app.test_cli_runner().invoke(args=["authority", *arguments, "--json"])
    return result.exit_code, json.loads(result.stdout.strip().splitlines()[-1])


def test_who_may(app: Flask, clock: ManualClock) -> None:
    code, answer = run(app, "who-may", "decide", "S-03", ROOM)
    (row,) = answer["windows"]
    assert code == 0 and set(row) == {"window", "point", "level", "instrument", "clause", "until"}
    assert (row["window"], row["point"], row["level"], row["until"]) == (HALL, "611026000000", "county", None)
    assert row["instrument"] == "柞市监授〔2026〕1号" and isinstance(row["clause"], int)
    with app.app_context():
        in_force(clock, from_on=TODAY, until_on=TODAY + timedelta(days=7))
        db.session.remove()
    code, answer = run(app, "who-may", "decide", "999000003000", ROOM)
    assert [(row["window"], row["until"]) for row in answer["windows"]] == [(TOWN, "2026-11-30"), (HALL, None)]


def test_who_may_on_a_day_is_its_last_second(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        clock.advance(hours=8)
        instrument_id = in_force(clock)
        clock.advance(days=1)
        services.suspend(instrument_id, ground="示例", actor=actor("dept-mr"), clock=clock)
        db.session.remove()

    def windows(day: str) -> list[str]:
        return [row["window"] for row in run(app, "who-may", "decide", "S-03", ROOM, "--on", day)[1]["windows"]]

    assert windows("2026-11-22") == [HALL]
    assert windows("2026-11-23") == [TOWN, HALL], "registered in the afternoon, it holds at the day's last second"
    assert windows("2026-11-24") == [HALL]
    assert windows("2026-01-01") == []


def test_explain(app: Flask, clock: ManualClock) -> None:
    code, answer = run(app, "explain", "decide", "S-03", TOWN, "--person", "town-xialiang")
    assert code == 0 and set(answer) == {"allowed", "clause", "steps"}
    assert answer["allowed"] is False and answer["clause"] is None
    assert {"rule", "ok", "text"} == set(answer["steps"][0]) and answer["steps"][0] == {**answer["steps"][0], "rule": "N-4", "ok": True}
    assert next(step["rule"] for step in answer["steps"] if not step["ok"]) == "G-2" and all(step["text"] for step in answer["steps"])
    before = clock.now()
    with app.app_context():
        clock.advance(minutes=30)
        in_force(clock)
        db.session.remove()
    _, answer = run(app, "explain", "decide", "S-03", TOWN, "--person", "chief-xialiang")
    assert answer["allowed"] is True and isinstance(answer["clause"], int) and all(step["ok"] for step in answer["steps"])
    for moment in (before.isoformat(), "2026-11-23T09:29:59", "2026-11-22"):
        _, answer = run(app, "explain", "decide", "S-03", TOWN, "--at", moment)
        assert answer["allowed"] is False and [step["rule"] for step in answer["steps"] if not step["ok"]] == ["G-17"], moment


def test_gaps(app: Flask) -> None:
    code, answer = run(app, "gaps")
    assert code == 0 and all(set(gap) == {"item", "point", "power"} for gap in answer["gaps"])
    assert {"item": "S-06", "point": "611026000000", "power": "certify"} in answer["gaps"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("who-may", "rule", "S-03", ROOM), "unknown_power"),
        (("who-may", "decide", "S-99", ROOM), "not_found"),
        (("who-may", "decide", "S-03", "nowhere"), "not_found"),
        (("who-may", "decide", "S-03", ROOM, "--on", "soon"), "bad_moment"),
        (("who-may", "decide", "S-03", ROOM, "--on", "2026-11-23T10:00"), "bad_moment"),
        (("who-may", "decide", "S-03", ROOM, "--on", "9999-12-31"), "bad_moment"),
        (("explain", "decide", "S-03", "nowhere"), "not_found"),
        (("explain", "decide", "S-03", TOWN, "--person", "nobody"), "not_found"),
        (("explain", "decide", "S-03", TOWN, "--at", "yesterday"), "bad_moment"),
    ],
)
def test_what_cannot_be_answered_says_why(sqlite_app: Flask, arguments: tuple[str, ...], code: str) -> None:
    exit_code, answer = run(sqlite_app, *arguments)
    assert exit_code == 1 and answer["error"]["code"] == code and answer["error"]["text"]


def test_in_words(sqlite_app: Flask) -> None:
    invoke = sqlite_app.test_cli_runner().invoke
    assert HALL in invoke(args=["authority", "who-may", "decide", "S-03", ROOM]).stdout
    assert "not allowed" in invoke(args=["authority", "explain", "decide", "S-03", TOWN]).stdout
    assert "S-06" in invoke(args=["authority", "gaps"]).stdout
