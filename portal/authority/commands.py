"""`flask authority who-may | explain | gaps`: the questions of authority for operators' scripts; shapes are stable."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click
from flask import current_app

from portal.authority import explain_queries, queries
from portal.authority.explain_words import said
from portal.cli import CommandError, command, group
from portal.clock import Clock
from portal.network import queries as network
from portal.rules.clauses import Power

authority = group("authority", "Who may what, why, and what nobody may.")


def _now() -> datetime:
    clock: Clock = current_app.extensions["clock"]
    return clock.now()


def _power(code: str) -> Power:
    if code not in list(Power):
        raise CommandError(f"no such power: {code} (one of {', '.join(Power)})", code="unknown_power")
    return Power(code)


def _moment(text: str, *, is_day: bool = False) -> datetime:
    try:
        if is_day and text:
            date.fromisoformat(text)
        return queries.moment_of(text, _now())
    except (ValueError, OverflowError) as fault:
        raise CommandError(f"not a {'day' if is_day else 'moment'}: {text}", code="bad_moment") from fault


def _who_may_lines(answer: dict[str, Any]) -> list[str]:
    line = "{window}  {level}  {instrument}  clause {clause}  until {until}"
    return [line.format(**{**row, "until": row["until"] or "-"}) for row in answer["windows"]] or ["nobody"]


@command(authority, "who-may", lines=_who_may_lines)
@click.argument("power")
@click.argument("item")
@click.argument("point")
@click.option("--on", default="", help="a day: the answer at its last second")
def who_may(power: str, item: str, point: str, on: str) -> dict[str, Any]:
    """The windows of POINT's chain that hold POWER on ITEM, nearest first, with the clause (G-9)."""
    county = network.the_county()
    found = queries.who_may_at(county.id, _power(power), item, point, _moment(on, is_day=True))
    return {
        "windows": [
            {
                "window": holding.window.code,
                "point": holding.point.code,
                "level": holding.level.value,
                "instrument": holding.clause.instrument_number,
                "clause": holding.clause.id,
                "until": holding.until,
            }
            for holding in found
        ]
    }


def _explain_lines(answer: dict[str, Any]) -> list[str]:
    steps = [f"{'+' if step['ok'] else '-'} {step['rule']}  {step['text']}" for step in answer["steps"]]
    found = [line for one in answer.get("windows", ()) for line in (f"{one['window']}:", *_explain_lines(one))]
    return ["allowed" if answer["allowed"] else "not allowed", *steps, *found]


def _told(one: explain_queries.Explained) -> dict[str, Any]:
    found = one.answer
    return {
        "allowed": found.allowed,
        # the clause that came nearest is named in the steps; the answer itself rests on one only if it is yes
        "clause": found.clause.id if found.allowed and found.clause is not None else None,
        "steps": [{"rule": step.rule, "ok": step.ok, "text": step.text} for step in said(one)],
    }


@command(authority, "explain", lines=_explain_lines)
@click.argument("power")
@click.argument("item")
@click.argument("window")
@click.option("--person", default="", help="an account: may this person do it there?")
@click.option("--at", default="", help="a moment; a time without a zone is Asia/Shanghai")
def explain(power: str, item: str, window: str, person: str, at: str) -> dict[str, Any]:
    """May WINDOW use POWER on ITEM, and why, step by step (G-2, G-9).

    WINDOW may be the code of a point: then whether anybody could for someone there, with the nearest windows, each with its steps.
    """
    county, moment = network.the_county(), _moment(at)
    if not explain_queries.is_point(county.id, window):
        return _told(explain_queries.explained(county.id, _power(power), item, window, moment, person))
    if person:
        raise CommandError("a person acts at a window: give the window's code", code="person_without_window")
    could = explain_queries.who_could(county.id, _power(power), item, window, moment)
    near = [explain_queries.explained(county.id, _power(power), item, held.window.code, moment) for held in could.holdings] or could.nearest
    clause = could.holdings[0].clause.id if could.holdings else None
    windows = [{"window": one.window.code, "point": one.point.code, **_told(one)} for one in near]
    return {"allowed": bool(could.holdings), "clause": clause, "steps": [], "windows": windows}


def _gap_lines(answer: dict[str, Any]) -> list[str]:
    return [f"{row['item']}  {row['power']}  {row['point']}" for row in answer["gaps"]] or ["no gaps"]


@command(authority, "gaps", lines=_gap_lines)
def gaps() -> dict[str, Any]:
    """Every item whose required power nobody in reach of a highest offered point holds (G-18)."""
    county = network.the_county()
    found = queries.all_gaps(county.id, _now())
    return {"gaps": [{"item": gap.item.code, "point": gap.point.code, "power": gap.power.value} for gap in found]}
