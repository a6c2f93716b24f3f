"""Joint dates of a year: visits proposed beside the least that there can be, and beside each body going on its own.

`python -m bench.matching`. Pure rules, no database: 300 enterprises, 12 bodies, each wants each enterprise with p = 0.3, the open days of
2027 by the real calendar and rule. Promised: every constraint kept, at most 5 % more visits than the lower bound, ten seconds. A second
county has two pairs a body, which is less than is asked for: measured, not promised. About ten seconds.
"""

from __future__ import annotations

import csv
import random
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from bench.ground import duration
from portal.rules.matching import Matching, Site, Team, Want, propose
from portal.rules.quiet_days import AddedQuietDays, EnterpriseFacts, QuietRule, open_days
from portal.rules.working_days import Calendar

CALENDAR = Path(__file__).resolve().parent.parent / "seeds" / "calendar"
ENTERPRISES, BODIES, WANTS = 300, 12, 0.3
YEAR, SEED = 2027, 20261129
MOST_RATIO, MOST_SECONDS = 1.05, 10.0
A_DAY = timedelta(days=1)


def _calendar() -> Calendar:
    with (CALENDAR / "days.csv").open(encoding="utf-8") as days, (CALENDAR / "years.csv").open(encoding="utf-8") as years:
        rows = [(date.fromisoformat(row["day"]), row["kind"]) for row in csv.DictReader(days)]
        return Calendar.of(rows, [int(row["year"]) for row in csv.DictReader(years)])


class County:
    """Wishes of a year: three in ten are for half of the months; the last two bodies are of another's line; one trade in ten has added quiet days."""

    def __init__(self, rng: random.Random, least: int, most: int) -> None:
        rules, calendar = [QuietRule.of(1, date(2026, 1, 1), "1-25")], _calendar()
        first, last = date(YEAR, 1, 1), date(YEAR, 12, 31)
        self.open_days = open_days(rules, calendar, first, last)
        added = [AddedQuietDays("示例〔2027〕1号", date(YEAR, 6, 1), date(YEAR, 7, 31), trade="trade 0")]
        self.sites = [
            Site(each, tuple(open_days(rules, calendar, first, last, added, EnterpriseFacts(each, trade=f"trade {each % 10}"))))
            for each in range(ENTERPRISES)
        ]
        self.teams = [Team(each, f"B{each:02}", dict.fromkeys(self.open_days, rng.randint(least, most)), each == 11) for each in range(BODIES)]
        self.wants: list[Want] = []
        for enterprise in range(ENTERPRISES):
            for body in range(BODIES):
                if rng.random() < WANTS:
                    months = frozenset(rng.sample(range(1, 13), 6)) if rng.random() < 0.3 else frozenset()
                    self.wants.append(Want(len(self.wants) + 1, body, enterprise, f"line {body if body < 10 else body - 10}", months))


def faults(county: County, found: Matching) -> list[str]:
    """Every constraint that a proposal breaks, counted from scratch (Q-1, Q-3, Q-4, Q-11)."""
    wants, wrong = {want.id: want for want in county.wants}, []
    told = [number for visit in found.visits for number in visit.wants] + [each.want.id for each in found.unplaced]
    if sorted(told) != sorted(wants):
        wrong.append("a wish is lost or twice there")
    pairs: Counter[tuple[int, date]] = Counter()
    lines: dict[tuple[int, str], set[int]] = {}
    days: dict[int, list[date]] = {}
    for visit in found.visits:
        days.setdefault(visit.enterprise, []).append(visit.day)
        if visit.day not in county.sites[visit.enterprise].open_days:
            wrong.append("not an open day")
        for number, body in zip(visit.wants, visit.bodies, strict=True):
            want = wants[number]
            pairs[body, visit.day] += 1
            lines.setdefault((want.enterprise, want.line), set()).add(body)
            if (want.enterprise, want.body) != (visit.enterprise, body) or (want.months and visit.day.month not in want.months):
                wrong.append("not what was wished")
    wrong += ["more pairs than there are" for (body, day), number in pairs.items() if number > county.teams[body].pairs[day]]
    wrong += ["a line twice" for bodies in lines.values() if len(bodies) > 1]
    for own in days.values():
        for day in own:
            monday = day - day.weekday() * A_DAY
            week, month = sum(monday <= each < monday + 7 * A_DAY for each in own), sum(each.month == day.month for each in own)
            if own.count(day) > 1 or week > 2 or month > 3:
                wrong.append("more than once a day, twice a week or three times a month")
    return wrong


def _measured(name: str, least: int, most: int) -> tuple[float, float, list[str]]:
    county = County(random.Random(SEED), least, most)
    started = time.monotonic()
    found = propose(county.wants, county.sites, county.teams, year=YEAR)
    seconds = time.monotonic() - started
    wrong = faults(county, found)
    ratio = len(found.visits) / found.lower_bound
    print(f"  {name}: {found.placed} of {len(county.wants)} wishes have a day; {len(found.clashes)} clashes of one line (Q-4)")
    print(
        f"    {len(found.visits)} visits, at least {found.lower_bound}: ratio {ratio:.3f}; each body on its own {found.alone}, "
        f"so {found.saved} are saved ({found.saved / max(1, found.alone):.0%}); {duration(seconds)}"
    )
    print(f"    constraints: {'all kept' if not wrong else ', '.join(sorted(set(wrong)))}")
    return ratio, seconds, wrong


def main(arguments: list[str] | None = None) -> int:
    days = len(County(random.Random(SEED), 1, 1).open_days)
    print(f"matching: {ENTERPRISES} enterprises, {BODIES} bodies, each wish with p = {WANTS}; {days} open days in {YEAR}")
    ratio, seconds, wrong = _measured("two to five pairs a body", 2, 5)
    _ratio, _seconds, wrong_too = _measured("two pairs a body, not promised", 2, 2)
    broken = ratio > MOST_RATIO or seconds > MOST_SECONDS or wrong or wrong_too
    if broken:
        print(f"  broken: promised are a ratio of {MOST_RATIO}, {MOST_SECONDS:.0f} s and every constraint")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
