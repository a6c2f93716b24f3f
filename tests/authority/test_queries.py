"""What the queries give the rules: the seed's own gaps, answers about the past, bounded numbers of queries (G-3, G-9, G-18)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts.models import StandIn
from portal.audit import machine, record
from portal.authority import matrix_queries, queries
from portal.config import ROOT
from portal.database import NotFound, db, transaction
from portal.network.models import CountySetting
from portal.network.queries import body_by_code, point_by_code, the_county, window_by_code
from portal.rules.clauses import Level, Power
from portal.rules.coverage import powers_of_level
from tests.authority.instruments import HALL, TODAY, TOWN, actor, in_force
from tests.people import ManualClock

ROOM = "611026102002"


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that run inside."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def test_the_gaps_are_those_that_the_seed_planted(app: Flask, clock: ManualClock) -> None:
    planted = tomllib.loads((ROOT / "seeds/zhashui/instruments.toml").read_text(encoding="utf-8"))["planted_gaps"]
    with app.app_context():
        found = {(gap.item.code, gap.power.value, gap.point.code) for gap in queries.all_gaps(the_county().id, clock.now())}
    assert found == {(gap["item"], gap["power"], gap["point"]) for gap in planted} and found


def test_who_may_is_answered_for_ever(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id, morning = the_county().id, clock.now()
        clock.advance(hours=2)
        in_force(clock)

        def windows(at: object) -> list[str]:
            return [holding.window.code for holding in queries.who_may_at(county_id, Power.DECIDE, "S-03", ROOM, at)]  # type: ignore[arg-type]

        assert windows(morning) == [HALL]
        assert windows(clock.now()) == [TOWN, HALL]
        assert windows(morning - timedelta(days=60)) == []


def test_an_item_by_either_code(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        ours = queries.item_terms_by_code(county_id, "S-03", TODAY)
        assert queries.item_terms_by_code(county_id, "999000003000", TODAY) == ours
        assert ours.required == {Power.ACCEPT, Power.REVIEW, Power.DECIDE, Power.CERTIFY, Power.DELIVER} and ours.has_certificate
        for unknown in ("S-99", "", "999000003001"):
            with pytest.raises(NotFound):
                queries.item_terms_by_code(county_id, unknown, TODAY)


def test_the_village_list_and_concentration_are_county_data_with_a_day(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        assert queries.item_terms_by_code(county_id, "S-20", TODAY).on_village_list
        assert not queries.item_terms_by_code(county_id, "S-03", TODAY).on_village_list
        bureau = body_by_code(county_id, "GOV").id
        with transaction(clock=clock) as tx:
            for key, value in (("village_finish", []), ("concentrated_items", {"S-03": "GOV"})):
                tx.session.add(CountySetting(county_id=county_id, key=key, from_on=TODAY, value=value))
            record(tx, machine(county_id), "put_setting", "setting:test")
        assert not queries.item_terms_by_code(county_id, "S-20", TODAY).on_village_list
        assert queries.item_terms_by_code(county_id, "S-03", TODAY).responsible_body == bureau
        before = TODAY - timedelta(days=1)
        assert queries.item_terms_by_code(county_id, "S-20", before).on_village_list
        assert queries.item_terms_by_code(county_id, "S-03", before).concentrated_to is None
        # what the giving body once gave on it reaches it no more (G-12)
        assert queries.who_may_at(county_id, Power.DECIDE, "S-03", ROOM, clock.now()) == ()


def test_the_numbers_of_queries_do_not_grow_with_the_clauses(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        window_id = window_by_code(county_id, TOWN).id
        item = queries.item_terms_by_code(county_id, "S-03", TODAY)
        with counting() as every:
            assert len(queries.clauses(county_id)) > 700
        with counting() as one:
            assert 0 < len(queries.clauses(county_id, window_id=window_id)) < 30
        assert len(every) == len(one) == 5
        with counting() as held:
            queries.held_by(actor("town-xialiang").account_id or 0, window_id, clock.now())
        assert len(held) <= 14
        with counting() as register:
            queries.register_for(county_id, clock.now(), [item]).finish_point(
                item, queries.points(county_id)[point_by_code(county_id, ROOM).id]
            )
        assert len(register) <= 13


def test_one_item_of_the_register_says_what_all_of_it_says(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        whole = queries.register_for(county_id, clock.now())
        for item in queries.item_terms(county_id, on=TODAY).values():
            alone = queries.register_for(county_id, clock.now(), [item])
            for power in Power:
                assert alone.at_points(power, item) == whole.at_points(power, item), (item.code, power)


def test_a_person_at_another_window_holds_nothing_there(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        item = queries.item_terms_by_code(county_id, "S-03", TODAY)
        window_id = window_by_code(county_id, HALL).id
        own = queries.held_by(actor("window-mr").account_id or 0, window_id, clock.now())
        assert own.clause_for(item, Power.REVIEW) and not own.clause_for(item, Power.DECIDE)
        stranger = queries.held_by(actor("town-xialiang").account_id or 0, window_id, clock.now())
        assert stranger.posts == frozenset() and stranger.missing(item, Power.REVIEW).rule == "N-4"


def test_a_stand_in_uses_what_the_absent_chief_holds_until_the_last_day(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        item = queries.item_terms_by_code(county_id, "S-03", TODAY)
        window_id = window_by_code(county_id, HALL).id
        clerk, chief = actor("window-mr").account_id, actor("chief-mr").account_id
        assert clerk is not None
        with transaction(clock=clock) as tx:
            tx.session.add(
                StandIn(
                    county_id=county_id, absent_id=chief, account_id=clerk, window_id=window_id, from_on=TODAY,
                    until_on=TODAY + timedelta(days=2), reason="出差（示例）", appointed_by_id=chief, office_id=1, appointed_at=clock.now(),
                )
            )  # fmt: skip
            record(tx, machine(county_id), "stand_in", "stand_in:test")
        held = queries.held_by(clerk, window_id, clock.now())
        clause = held.clause_for(item, Power.DECIDE)
        assert clause is not None and held.absent_for(clause, Power.DECIDE) == chief
        clock.advance(days=3)
        assert queries.held_by(clerk, window_id, clock.now()).clause_for(item, Power.DECIDE) is None


def test_the_finish_point_moves_down_with_the_grant(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id

        def finish() -> str:
            item = queries.item_terms_by_code(county_id, "S-03", TODAY)
            register = queries.register_for(county_id, clock.now(), [item])
            found = register.finish_point(item, register.points[point_by_code(county_id, ROOM).id])
            assert found is not None
            return found.point.code

        assert finish() == "611026000000"
        in_force(clock)
        assert finish() == "611026102000"


def test_slugs_lead_back(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        slugs = queries.instrument_slugs(county_id, range(1, 120))
        assert len(slugs) == len(set(slugs.values())) == 95
        assert all(queries.instrument_of_slug(county_id, slug) == instrument_id for instrument_id, slug in slugs.items())
        for wrong in ("MR-2026-999", "MR", "x-2026-1", "MR-2026-1-1", "-2026-1", "MR-2026-0"):
            with pytest.raises(NotFound):
                queries.instrument_of_slug(county_id, wrong)


def test_the_matrix_says_held_soon_ended_and_none(app: Flask, clock: ManualClock) -> None:
    from portal.authority import services

    with app.app_context():
        county_id = the_county().id
        item = queries.item_terms_by_code(county_id, "S-03", TODAY)
        row = window_by_code(county_id, TOWN)
        window = queries.windows(county_id, TODAY, window_id=row.id)[row.id]

        def state(power: Power) -> str:
            bounds = queries.ceilings(county_id, TODAY)
            return matrix_queries.cell(window, item, power, queries.clauses(county_id, window_id=row.id), clock.now(), bounds).state

        assert (state(Power.ACCEPT), state(Power.DECIDE)) == ("held", "none")
        later = in_force(clock, from_on=TODAY + timedelta(days=1))
        assert state(Power.DECIDE) == "soon"
        clock.advance(days=1)
        assert state(Power.DECIDE) == "held"
        services.suspend(later, ground="示例", actor=actor("dept-mr"), clock=clock)
        assert state(Power.DECIDE) == "ended"
        assert Power.JOINT not in powers_of_level(Level.TOWN, queries.ceilings(county_id, TODAY))
