"""`flask clock due`: the last day of a limit, and why each day on the way counts or not (C-4, C-22, S-6)."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from portal.cli import CommandError, command, group
from portal.network import queries
from portal.rules.deadlines import Due, Limit, Stop, Unit, due_date
from portal.rules.working_days import CalendarError

clock = group("clock", "Limits and their last days.")

WHY = {
    "counted": "counts",
    "moved_workday": "counts: a weekend that is worked",
    "weekend": "weekend",
    "holiday": "holiday",
    "regional_holiday": "regional holiday",
    "start": "the start is not counted",
    "stopped": "the clock stands still",
    "off": "day off by law",
    "carried": "the end is carried over a day off",
}


def legible(text: str) -> str:
    """What was typed, cut and safe to print."""
    return text[:60].encode("utf-8", "replace").decode()


def day_of(text: str) -> date:
    """A day typed as 2026-11-23; CommandError otherwise."""
    try:
        if len(text) != 10 or not text.isascii():
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"not a day: {legible(text)!r}. Write it as 2026-11-23", code="bad_date") from None


def _number_of(text: str) -> int:
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 12):
        raise CommandError(f"not a whole number: {legible(text)!r}", code="bad_number")
    return int(text)


def _stop_of(text: str) -> Stop:
    first, dots, last = text.partition("..")
    if not dots:
        raise CommandError(f"not a pause: {legible(text)!r}. Write it as FROM..TO, or FROM.. while no end is told", code="bad_pause")
    try:
        return Stop(day_of(first), day_of(last) if last else None)
    except ValueError as error:
        raise CommandError(str(error), code="bad_pause") from None


def _unit_of(text: str) -> Unit:
    try:
        return Unit(text)
    except ValueError:
        raise CommandError(f"not a unit: {legible(text)!r}. It is one of {', '.join(Unit)}", code="bad_unit") from None


def answer_of(due: Due) -> dict[str, Any]:
    """The stable shape of the answer."""
    days = [{"date": each.date, "counted": each.counted, "why": each.why.value, "number": each.number} for each in due.days]
    return {"due": due.due, "provisional": due.provisional, "days": days}


def _lines(answer: dict[str, Any]) -> list[str]:
    lines = [f"{day['date']}  {day['number'] or '':>5}  {WHY[day['why']]}" for day in answer["days"]]
    note = " (provisional: the notice of a year on the way is not entered yet)" if answer["provisional"] else ""
    return [*lines, f"last day: {answer['due']}{note}"]


@command(clock, "due", lines=_lines)
@click.argument("start")
@click.argument("number", metavar="N")
@click.option("--pause", "pauses", multiple=True, metavar="FROM..TO", help="first and last day on which the clock stands still")
@click.option("--off", "off", multiple=True, metavar="DAY", help="a further day off by national or regional law")
@click.option("--unit", default=Unit.WORKING.value, metavar="working|calendar|month", help="what the limit counts (working)")
@click.option("--county", default=None, metavar="CODE", help="the county, where there are several")
def due(start: str, number: str, pauses: tuple[str, ...], off: tuple[str, ...], unit: str, county: str | None) -> dict[str, Any]:
    """The last day of a limit of N that begins with START, which is not counted itself."""
    first, limit_unit = day_of(start), _unit_of(unit)
    stops, days_off = [_stop_of(pause) for pause in pauses], frozenset(day_of(day) for day in off)
    try:
        limit = Limit(_number_of(number), limit_unit)
        return answer_of(due_date(first, limit, queries.calendar_of(queries.the_county(county).id), stops, days_off))
    except CalendarError as error:
        raise CommandError(str(error), code=error.code) from None


# `-5` is a number that is refused in words, not an option nobody knows
due.context_settings = {"ignore_unknown_options": True}
