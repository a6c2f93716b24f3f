"""Random counties with random clause histories, at the full count, against the naive model of the rules."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from portal.rules.authority import (
    DEFAULT_CEILINGS,
    Authority,
    ClauseEnd,
    ClauseTerms,
    Condition,
    EndWhy,
    Handling,
    ItemTerms,
    Level,
    Mandate,
    Matter,
    PointTerms,
    Post,
    Power,
    Register,
    WindowTerms,
    chain,
)
from tests.rules.authority_model import (
    BUREAU,
    MR,
    TAX,
    TODAY,
    TOWN,
    model_carrying,
    model_could_hold,
    model_holds,
    model_in_force,
    model_seen_from,
    moment,
    of_closed,
)

HISTORIES = 20_000
BODIES = [MR, TAX, BUREAU, TOWN]
CELLS = sorted(DEFAULT_CEILINGS.cells)
FOURTEEN_MONTHS = TODAY - date(2025, 9, 23)
SHIFTS = [timedelta(), timedelta(microseconds=1), timedelta(microseconds=-1), timedelta(hours=9), timedelta(hours=23, minutes=59)]


def some(rng: random.Random, among: Any, least: int = 0) -> frozenset[Any]:
    among = list(among)
    return frozenset(rng.sample(among, rng.randint(least, len(among))))


def a_moment(rng: random.Random) -> datetime:
    return moment(TODAY + timedelta(days=rng.randint(-4, 4)), 0) + rng.choice(SHIFTS)


def a_clause(rng: random.Random, number: int, windows: list[WindowTerms]) -> ClauseTerms:
    """Most clauses are plausible, so that most questions come close to yes; the rest say anything."""
    place = rng.choice(windows)
    usual = {0: Mandate.INTERNAL, 1: Mandate.ENTRUSTMENT, 2: Mandate.RECEIVE_FORWARD}[place.level.rank]
    mandate = usual if rng.random() < 0.7 else rng.choice(list(Mandate))
    return ClauseTerms(
        id=number,
        instrument_id=number,
        instrument_number=str(number),
        window_id=place.id,
        body_id=MR if rng.random() < 0.8 else rng.choice(BODIES),
        mandate=mandate,
        powers=some(rng, Power, 4),
        from_on=TODAY + timedelta(days=rng.randint(-9, 2)),
        item_ids=None if rng.random() < 0.4 else some(rng, range(1, 5), 2),
        until_on=None if rng.random() < 0.6 else TODAY + timedelta(days=rng.randint(-3, 9)),
        receiving_body_id=TOWN if mandate is Mandate.ENTRUSTMENT else None,
        registered_at=rng.choice([None, a_moment(rng), a_moment(rng) - FOURTEEN_MONTHS, *[moment(TODAY - timedelta(days=30))] * 5]),
        ends=tuple(ClauseEnd(a_moment(rng), rng.choice(list(EndWhy))) for _ in range(rng.choice([0, 0, 0, 1, 2]))),
        post=rng.choice([None, None, None, *Post]),
        condition=Condition(rng.choice([None] * 4 + list(Handling)), rng.choice([None] * 5 + [2]), rng.choice([None] * 6 + [1, 4, 6])),
        confirmations=tuple(a_moment(rng) - rng.choice([timedelta(), FOURTEEN_MONTHS]) for _ in range(rng.choice([0, 0, 1, 2]))),
    )


def a_matter(rng: random.Random) -> Matter:
    return Matter(rng.choice([None, a_moment(rng)]), rng.choice([None, 1, 2, 3]), some(rng, range(1, 9), 3), rng.random() < 0.8)


def a_county(rng: random.Random) -> tuple[dict[int, PointTerms], list[WindowTerms]]:
    points = [PointTerms(1, "C", Level.COUNTY), *(PointTerms(n, f"C-{n}", Level.SUB_CENTER, 1, rng.choice(BODIES)) for n in (2, 3))]
    points += [PointTerms(n, f"T{n}", Level.TOWN, 1) for n in (4, 5)]
    points += [PointTerms(n, f"V{n}", rng.choice([Level.VILLAGE, Level.COMMUNITY]), rng.choice([4, 5])) for n in (6, 7, 8)]
    windows = [
        WindowTerms(10 + n, f"W{rng.randint(1, 9)}-{n}", point.id, point.level, some(rng, BODIES, 2), rng.random() < 0.5)
        for n, point in enumerate(rng.choices(points, k=6))
    ]
    return {point.id: replace(point, is_open=rng.random() < 0.9) for point in points}, windows


def where(county: Any, item: ItemTerms, power: Power, start: PointTerms) -> dict[int, int]:
    """Window → its point, of those open, where the model says that the power is held for who comes in at `start`."""
    points, windows, clauses, at, closed = county
    seen = model_seen_from(item, start.id, points)
    held = {w.id: w.point_id for w in windows if any(model_holds(one, w, seen, power.value, at, closed) for one in clauses)}
    return {window_id: point_id for window_id, point_id in held.items() if points[point_id].is_open}


@pytest.mark.long
def test_twenty_thousand_histories_agree_with_the_model() -> None:
    rng = random.Random(int(os.environ.get("TEST_SEED", "2026")))
    allowed = held_somewhere = gaps = finishes = could_be = 0
    for _ in range(HISTORIES):
        points, windows = a_county(rng)
        clauses = [a_clause(rng, number, windows) for number in range(1, rng.randint(4, 12))]
        at = a_moment(rng)
        item = ItemTerms(
            id=rng.randint(1, 4),
            code="S",
            body_id=rng.choice([MR, MR, MR, TAX, TOWN]),
            required=frozenset(rng.sample(list(Power), rng.randint(1, 3))),
            on_village_list=rng.random() < 0.5,
            needs_certificate_holder=rng.random() < 0.3,
            offered_at=some(rng, points),
            is_instant=rng.random() < 0.5,
            concentrated_to=rng.choice([None] * 6 + [BUREAU]),
            type_code=rng.choice(["01", "05"]),
            matter=rng.choice([None, a_matter(rng)]),
        )
        closed = {(*map(str, rng.choice(CELLS)), rng.choice(["", "01"])) for _ in range(rng.choice([0, 0, 1, 9]))}
        bounds = of_closed(closed)
        for clause in clauses:
            assert clause.in_force_at(at) == model_in_force(clause, at)

        place = rng.choice(windows)
        person = Authority(
            person_id=1, at=at, window=place, posts=some(rng, Post, 1), chief_of=some(rng, BODIES), standing_in_for=rng.choice([None, 2]),
            stand_in_bodies=some(rng, BODIES), has_certificate=rng.random() < 0.5, clauses=tuple(clauses),
            ceilings=bounds,
        )  # fmt: skip
        register = Register(points, windows, clauses, at, bounds)
        start = rng.choice(list(points.values()))
        near = [point.id for point in chain(start, item, points)]
        county = (points, windows, clauses, at, closed)
        here = {power: where(county, item, power, start) for power in Power}
        for power in Power:
            carrying = model_carrying(person, item, power.value, closed)
            found = person.clause_for(item, power)
            assert (found.id in carrying) if found else not carrying
            allowed += bool(found)
            holdings = register.who_may(power, item, start)
            assert {holding.window.id for holding in holdings} == {one for one, point in here[power].items() if point in near}
            order = [(near.index(h.point.id), h.window.is_general, h.window.code) for h in holdings]
            assert order == sorted(order)
            held_somewhere += bool(holdings)
            could = register.could_hold(power, item, start)
            assert (could.code if could else None) == model_could_hold(windows, [points[one] for one in near], item, power.value, closed)
            could_be += could is not None

        rank = {point.id: {"county": 0, "sub_center": 0, "town": 1}.get(point.level, 2) for point in points.values()}
        top = min((rank[one] for one in item.offered_at), default=None)
        expected = {
            (power, one)
            for power in item.required
            for one in item.offered_at
            if rank[one] == top and not set(where(county, item, power, points[one]).values()) & {point.id for point in chain(points[one], item, points)}
        }
        assert {(gap.power, gap.point.id) for gap in register.gaps([item])} == expected
        gaps += len(expected)
        needed = item.required - {Power.ACCEPT} or item.required
        reached = [near[n] for n in range(len(near)) if all(set(here[power].values()) & set(near[: n + 1]) for power in needed)]
        finish = register.finish_point(item, start)
        assert (finish.point.id if finish else None) == (reached[0] if reached else None)
        finishes += finish is not None
    # a walk that only ever hears no would prove nothing
    assert min(allowed, held_somewhere, gaps, finishes, could_be) > HISTORIES // 100
