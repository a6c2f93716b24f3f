"""Coverage of many items at once: every bit is what `carries` says of its item, whatever the law reads (G-1 to G-3, G-18)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from portal.rules.clauses import (
    DEFAULT_CEILINGS,
    ClauseEnd,
    Condition,
    EndWhy,
    Handling,
    ItemTerms,
    Level,
    Mandate,
    Power,
    WindowTerms,
    carries,
)
from portal.rules.coverage import Catalogue, Coverage, is_needed, powers_of_level, usual_mandate
from tests.conftest import count
from tests.rules.authority_model import BUREAU, MR, NOW, TAX, TODAY, TOWN, clause, item, window

CLOSED = DEFAULT_CEILINGS.closed_for([((Level.TOWN, Power.REVIEW, Mandate.ENTRUSTMENT), "01")])


def _items(rng: random.Random) -> list[ItemTerms]:
    def some(*choices: Any) -> Any:
        return rng.choice(choices)

    return [
        item(
            id=n, code=f"S-{n:02}", body_id=some(MR, TAX), concentrated_to=some(None, None, BUREAU), is_instant=some(True, False),
            is_forwarded=some(True, False), on_village_list=some(True, False), has_certificate=some(True, False),
            needs_certificate_holder=some(True, False), type_code=some("01", "20"), asks_amount=some(True, False),
            required=frozenset(rng.sample(list(Power), 4)),
        )
        for n in rng.sample(range(1, 40), 12)
    ]  # fmt: skip


def _clauses(rng: random.Random, at: WindowTerms, items: list[ItemTerms]) -> Any:
    for _ in range(6):
        named = frozenset(one.id for one in rng.sample(items, 5)) | {99}
        yield clause(
            rng.choice((at, at, window(Level.COUNTY))), *rng.sample(list(Power), 4), body_id=rng.choice((MR, TAX, BUREAU)),
            mandate=rng.choice(list(Mandate)), item_ids=rng.choice((None, named)), receiving_body_id=rng.choice((None, TOWN)),
            from_on=TODAY + timedelta(days=rng.choice((-300, -300, 1))), registered_at=NOW - timedelta(days=rng.choice((2, 200, 500))),
            ends=rng.choice(((), (), (ClauseEnd(NOW, EndWhy.REVOKED),))), condition=Condition(rng.choice((None, None, *Handling)), rng.choice((None, 5))),
        )  # fmt: skip


def test_every_bit_is_what_the_law_says_of_its_item() -> None:
    rng, held_anything = random.Random(3), 0
    for _ in range(count(10_000, 60)):
        items = _items(rng)
        at = window(rng.choice(list(Level)), body_ids=frozenset(rng.sample((MR, TAX, BUREAU, TOWN), 2)))
        clauses = list(_clauses(rng, at, items))
        bounds = rng.choice((DEFAULT_CEILINGS, CLOSED))
        held = Catalogue(items, bounds).held(at, clauses, NOW)
        for power in Power:
            expected = [one.id for one in items if any(carries(each, at, one, power, NOW, bounds) for each in clauses)]
            assert [one.id for one in Catalogue(items, bounds).chosen(held.get(power, 0))] == expected
            held_anything += len(expected)
    assert held_anything > 100


def test_a_window_is_measured_by_what_is_its_own() -> None:
    items = [item(id=1, code="a"), item(id=2, code="b", body_id=TAX), item(id=3, code="c", is_forwarded=True), item(id=4, code="d")]
    catalogue = Catalogue(items)
    hall = window()
    held = catalogue.held(hall, [clause(hall, Power.ACCEPT, Power.DECIDE, item_ids=frozenset({1}))], NOW)
    mine = catalogue.belonging(hall, held, catalogue.of_ids([2]))
    assert [one.id for one in catalogue.chosen(mine)] == [1, 3, 4], "what is merely offered in the hall is another window's"
    assert catalogue.coverage(Level.COUNTY, Power.ACCEPT, held, mine) == Coverage(1, 3)
    assert catalogue.coverage(Level.COUNTY, Power.DECIDE, held, mine) == Coverage(1, 2), "nobody here decides what is forwarded by law"
    assert catalogue.coverage(Level.COUNTY, Power.DECIDE, held, mine & catalogue.of_ids([1])).state == "whole"
    town = window(Level.TOWN)
    belonging = catalogue.belonging(town, {}, catalogue.of_ids([2, 4]))
    assert [one.id for one in catalogue.chosen(belonging)] == [2, 4], "a town is asked for what is offered there"
    assert catalogue.coverage(Level.TOWN, Power.REVIEW, {}, belonging).state == "none"
    assert catalogue.coverage(Level.TOWN, Power.JOINT, {}, belonging) == Coverage(0, 0, is_above=True)
    assert catalogue.coverage(Level.TOWN, Power.CERTIFY, {}, belonging).state == "needless"
    assert [Coverage(*pair).state for pair in ((2, 2), (1, 2), (0, 2))] == ["whole", "part", "none"]


def test_a_type_that_is_closed_counts_for_nothing() -> None:
    items = [item(id=1, type_code="01"), item(id=2, type_code="20")]
    every = frozenset(one for one in CLOSED.cells if (one[0], one[1]) == (Level.TOWN, Power.REVIEW))
    bounds = DEFAULT_CEILINGS.closed_for((one, "01") for one in every)
    assert Catalogue(items, bounds).possible(Level.TOWN, Power.REVIEW) == 0b10
    assert Catalogue(items).possible(Level.TOWN, Power.REVIEW) == 0b11


@pytest.mark.parametrize(
    ("level", "is_own", "mandate"),
    [
        (Level.COUNTY, True, Mandate.INTERNAL),
        (Level.SUB_CENTER, True, Mandate.INTERNAL),
        (Level.TOWN, False, Mandate.ENTRUSTMENT),
        (Level.TOWN, True, Mandate.INTERNAL),
        (Level.VILLAGE, False, Mandate.RECEIVE_FORWARD),
        (Level.COMMUNITY, True, Mandate.RECEIVE_FORWARD),
    ],
)
def test_the_usual_footing(level: Level, is_own: bool, mandate: Mandate) -> None:
    assert usual_mandate(level, is_own=is_own) is mandate
    assert any(DEFAULT_CEILINGS.allows(level, power, mandate) for power in powers_of_level(level, DEFAULT_CEILINGS))


def test_what_is_of_use_on_an_item() -> None:
    what = replace(item(), required=frozenset({Power.ACCEPT, Power.DECIDE}))
    assert [power for power in Power if is_needed(what, power)] == [
        Power.ACCEPT, Power.COORDINATE, Power.JOINT, Power.DECIDE, Power.COLLECT,
    ]  # fmt: skip
    assert not is_needed(replace(what, is_forwarded=True), Power.DECIDE)
