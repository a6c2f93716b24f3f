"""A submission that is sent again does nothing twice, also when both come at the same moment (C-16)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.audit import OnceKey
from portal.database import AlreadyDone, KeyReused, Once, db
from tests import conftest as ours
from tests.foundations.test_transaction import at_once, county_id, numbers, records, take
from tests.people import ManualClock

ONCE = Once(actor="account:1", key="a" * 22, verb="take", fingerprint="f" * 64)


@pytest.fixture
def here(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


def test_the_same_submission_again_leads_to_the_same_place(here: Flask, clock: ManualClock) -> None:
    county = county_id()
    assert take(county, clock, ONCE) == 1
    for _ in range(3):
        with pytest.raises(AlreadyDone) as caught:
            take(county, clock, ONCE)
        assert caught.value.result == "/numbers/1"
    assert (numbers(), records("test.take")) == (1, 1)


def test_eight_at_the_same_moment_have_one_effect(here: Flask, clock: ManualClock) -> None:
    county = county_id()
    for round_ in range(ours.count(100, 3)):
        once = replace(ONCE, key=f"round-{round_:04d}")
        results = at_once(here, lambda _index, once=once: take(county, clock, once), 8)  # type: ignore[misc]
        done = [each for each in results if isinstance(each, int)]
        again = [each for each in results if isinstance(each, AlreadyDone)]
        assert (len(done), len(again)) == (1, 7), results
        assert {each.result for each in again} == {f"/numbers/{done[0]}"}
        assert numbers() == records("test.take") == round_ + 1


@pytest.mark.parametrize("change", [{"fingerprint": "0" * 64}, {"verb": "give"}])
def test_the_same_key_with_something_else_is_told_what_was_done(here: Flask, clock: ManualClock, change: dict[str, str]) -> None:
    county = county_id()
    take(county, clock, ONCE)
    with pytest.raises(KeyReused) as caught:
        take(county, clock, replace(ONCE, **change))  # type: ignore[arg-type]
    assert caught.value.result == "/numbers/1"
    assert (numbers(), records("test.take")) == (1, 1)


def test_two_bodies_under_one_key_at_the_same_moment(here: Flask, clock: ManualClock) -> None:
    county = county_id()
    results = at_once(here, lambda index: take(county, clock, replace(ONCE, fingerprint=str(index % 2) * 64)), 8)
    kinds = sorted(type(each).__name__ for each in results)
    assert kinds == ["AlreadyDone"] * 3 + ["KeyReused"] * 4 + ["int"]
    assert (numbers(), records("test.take")) == (1, 1)


def test_a_key_belongs_to_its_sender(here: Flask, clock: ManualClock) -> None:
    county = county_id()
    assert take(county, clock, ONCE) == 1
    assert take(county, clock, replace(ONCE, actor="account:2")) == 2
    assert take(county, clock, replace(ONCE, actor="guest:abc")) == 3


def test_only_a_committed_effect_uses_a_key_up(here: Flask, clock: ManualClock) -> None:
    county = county_id()
    with pytest.raises(sa.exc.DBAPIError):
        take(county, clock, replace(ONCE, verb="v" * 65))  # the key's own row is refused, and the number with it
    assert (numbers(), records("test.take")) == (0, 0)
    assert take(county, clock, ONCE) == 1


def test_without_a_key_every_act_counts(here: Flask, clock: ManualClock) -> None:
    county = county_id()
    assert [take(county, clock) for _ in range(3)] == [1, 2, 3]


def test_a_used_key_stays(here: Flask, clock: ManualClock) -> None:
    take(county_id(), clock, ONCE)
    db.session.rollback()
    for statement in (sa.delete(OnceKey), sa.update(OnceKey).values(result="/elsewhere")):
        with db.engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="append only"):
            connection.execute(statement)
