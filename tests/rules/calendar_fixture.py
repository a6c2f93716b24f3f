"""The county's seed of typed days as a Calendar, and as rows for whoever needs their names."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path

from portal.rules.working_days import Calendar

FOLDER = Path(__file__).parents[2] / "seeds" / "calendar"


def rows_of(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def seed_calendar() -> Calendar:
    """2019 to 2026 as the notices have them; 2027 and later provisional."""
    days = [(date.fromisoformat(row["day"]), row["kind"]) for row in rows_of("days.csv")]
    return Calendar.of(days, [int(row["year"]) for row in rows_of("years.csv")])
