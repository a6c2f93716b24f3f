"""Who may, and what nobody may, for 300 items and 200 points, beside a look into a dictionary for each question.

`python -m bench.authority`. Pure rules, no database: 12 bodies, one window each at the county center, a general window at each of 19 towns and
180 rooms, 2,600 clauses of which one in eight has ended. About ten seconds.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from bench.ground import duration, in_turn
from portal.rules.authority import (
    ClauseEnd,
    ClauseTerms,
    EndWhy,
    ItemTerms,
    Level,
    Mandate,
    PointTerms,
    Power,
    Register,
    WindowTerms,
)
from portal.rules.moments import start_of

ITEMS, TOWNS, ROOMS, BODIES, CLAUSES = 300, 19, 180, 12, 2600
SEED = 20261123
TODAY = date(2026, 11, 23)
NOW = start_of(TODAY) + timedelta(hours=9)
OFFICE = (Power.ACCEPT, Power.REVIEW, Power.DECIDE, Power.CERTIFY, Power.DELIVER)


class County:
    """Points, windows, items and clauses of an invented county; towns are bodies of their own (numbers above 100)."""

    def __init__(self, rng: random.Random) -> None:
        self.points = [PointTerms(1, "C", Level.COUNTY)]
        self.points += [PointTerms(10 + n, f"T{n:02}", Level.TOWN, parent_id=1) for n in range(TOWNS)]
        self.points += [PointTerms(100 + n, f"V{n:03}", Level.VILLAGE, parent_id=10 + n % TOWNS) for n in range(ROOMS)]
        self.windows = [WindowTerms(body, f"C-{body}", 1, Level.COUNTY, frozenset({body})) for body in range(1, BODIES + 1)]
        self.windows += [
            WindowTerms(
                1000 + point.id, f"{point.code}-G", point.id, point.level, frozenset({100 + (point.parent_id or 0), 100 + point.id}), True
            )
            for point in self.points[1:]
        ]
        everywhere = frozenset(point.id for point in self.points)
        self.items = [
            ItemTerms(
                n, f"S-{n:03}", 1 + n % BODIES, required=frozenset(rng.sample(OFFICE, rng.randint(3, 5))),
                offered_at=everywhere if n % 3 else frozenset({1}),
            )
            for n in range(1, ITEMS + 1)
        ]  # fmt: skip
        self.clauses = [self._clause(rng, n) for n in range(1, CLAUSES + 1)]

    def _clause(self, rng: random.Random, number: int) -> ClauseTerms:
        window = rng.choice(self.windows)
        body = rng.randint(1, BODIES) if window.is_general else window.id
        mandate, receiving = Mandate.INTERNAL, None
        if window.level is Level.TOWN:
            mandate, receiving = Mandate.ENTRUSTMENT, 100 + window.point_id
        elif window.level.is_room:
            mandate = Mandate.RECEIVE_FORWARD
        powers = {Power.COLLECT, Power.DELIVER} if window.level.is_room else set(rng.sample(OFFICE, rng.randint(1, 4)))
        ends = (ClauseEnd(NOW - timedelta(days=3), EndWhy.REVOKED),) if rng.random() < 1 / 8 else ()
        registered: datetime = NOW - timedelta(days=60)
        return ClauseTerms(
            number, number, str(number), window.id, body, mandate, frozenset(powers), TODAY - timedelta(days=50),
            item_ids=None if rng.random() < 0.3 else frozenset(rng.sample(range(1, ITEMS + 1), 20)), receiving_body_id=receiving,
            registered_at=registered, ends=ends,
        )  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    county = County(random.Random(SEED))
    questions = [(power, item, point) for item in county.items for power in item.required for point in county.points]
    asked = {(power, item.id, point.id): index for index, (power, item, point) in enumerate(questions)}

    def floor() -> int:
        return sum(asked[power, item.id, point.id] for power, item, point in questions)

    def index() -> Register:
        return Register(county.points, county.windows, county.clauses, NOW)

    def who_may() -> int:
        register = index()
        return sum(len(register.who_may(power, item, point)) for power, item, point in questions)

    def gaps() -> int:
        return len(index().gaps(county.items))

    holdings, found = who_may(), gaps()
    taken = in_turn({"floor": floor, "index": index, "who_may": who_may, "gaps": gaps}, rounds=15, seconds=8)
    each = taken["floor"] / len(questions)
    print(
        f"authority: {ITEMS} items × {len(county.points)} points, {len(questions):,} questions, {CLAUSES:,} clauses; {duration(each)} a look-up is the floor"
    )
    lines = (
        ("index", "the clauses of a moment, indexed"),
        ("who_may", f"who may, every question ({holdings:,} windows named)"),
        ("gaps", f"gaps of the whole county ({found:,} found)"),
    )
    for name, text in lines:
        print(f"  {text:<52} {duration(taken[name]):>8}, {taken[name] / taken['floor']:.2g} times the floor")
    print(f"  {'one question of who may':<52} {duration(taken['who_may'] / len(questions)):>8}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
