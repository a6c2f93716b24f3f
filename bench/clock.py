"""How many due dates a second, beside the least that a day-by-day count can cost: walking the same days and asking for their weekday.

`python -m bench.clock`. Pure rules, no database; about five seconds.
"""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path

from bench.ground import duration, in_turn
from portal.rules.deadlines import Limit, Stop, Unit, due_date
from portal.rules.working_days import Calendar

CALENDAR = Path(__file__).resolve().parent.parent / "seeds" / "calendar"
LIMITS = 500
SEED = 20261123
ONE_DAY = timedelta(days=1)
SATURDAY = 5


def _calendar() -> Calendar:
    with (CALENDAR / "days.csv").open(encoding="utf-8") as days, (CALENDAR / "years.csv").open(encoding="utf-8") as years:
        rows = [(date.fromisoformat(row["day"]), row["kind"]) for row in csv.DictReader(days)]
        return Calendar.of(rows, [int(row["year"]) for row in csv.DictReader(years)])


def _cases(rng: random.Random) -> list[tuple[date, Limit, list[Stop]]]:
    """Limits of 1 to 45 working days from 2019 on, one in three with a stop of 1 to 30 days."""
    found = []
    for _each in range(LIMITS):
        start = date(2019, 1, 2) + timedelta(days=rng.randrange(2800))
        first = start + timedelta(days=rng.randint(1, 20))
        stops = [Stop(first, first + timedelta(days=rng.randint(0, 29)))] if rng.random() < 1 / 3 else []
        found.append((start, Limit(rng.randint(1, 45), Unit.WORKING), stops))
    return found


def main(arguments: list[str] | None = None) -> int:
    calendar, cases = _calendar(), _cases(random.Random(SEED))
    spans = [(start, len(due_date(start, limit, calendar, stops).days) - 1) for start, limit, stops in cases]
    walked = sum(length for _start, length in spans)

    def floor() -> int:
        worked = 0
        for start, length in spans:
            day = start
            for _each in range(length):
                day += ONE_DAY
                worked += day.weekday() < SATURDAY
        return worked

    def explained() -> None:
        for start, limit, stops in cases:
            due_date(start, limit, calendar, stops)

    def counted() -> None:
        for start, length in spans:
            calendar.working_days_between(start, start + timedelta(days=length))

    taken = in_turn({"floor": floor, "explained": explained, "counted": counted}, rounds=60, seconds=4)
    print(
        f"clock: {LIMITS} limits of 1 to 45 working days, {walked / LIMITS:.0f} days walked each; {duration(taken['floor'] / walked)} a day is the floor"
    )
    for name, text in (("explained", "due_date, every day with its reason"), ("counted", "working_days_between, the number alone")):
        print(f"  {text:<38} {LIMITS / taken[name]:>9,.0f} a second, {taken[name] / taken['floor']:.2g} times the floor")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
