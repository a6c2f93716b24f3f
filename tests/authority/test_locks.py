"""An act and the end of its clause cannot pass each other: the end waits for the act, and is later (G-17)."""

from __future__ import annotations

import threading
import time
from datetime import datetime

from flask import Flask

from portal.audit import machine, record
from portal.authority import queries, services
from portal.clock import Clock
from portal.database import db, transaction
from portal.network.queries import the_county, window_by_code
from portal.rules.clauses import Power
from tests.authority.instruments import TOWN, actor, in_force, item_id
from tests.people import ManualClock


def test_a_suspension_waits_for_the_act_that_holds_the_clause(app: Flask, clock: ManualClock) -> None:
    real = Clock()
    with app.app_context():
        clock.at = real.now()
        instrument_id = in_force(clock, from_on=real.today())
        head, clerk, county_id = actor("dept-mr"), actor("town-xialiang"), the_county().id
        window_id = window_by_code(county_id, TOWN).id
        item = next(item for item in queries.item_terms(county_id, on=real.today()).values() if item.id == item_id())
        db.session.remove()
    locked, acted = threading.Event(), []

    def act() -> None:
        with app.app_context():
            with transaction(clock=real) as tx:
                assert clerk.account_id is not None
                held = queries.held_by(clerk.account_id, window_id, tx=tx)
                clause = held.clause_for(item, Power.REVIEW)
                assert clause is not None and clause.instrument_id == instrument_id and held.at == tx.now
                locked.set()
                time.sleep(0.4)  # long enough for a suspension that does not wait to slip in
                record(tx, machine(county_id), "test.act", "clause:test")
                acted.append(real.now())
            db.session.remove()

    thread = threading.Thread(target=act)
    thread.start()
    assert locked.wait(20)
    with app.app_context():
        services.suspend(instrument_id, ground="示例", actor=head, clock=real)
        (clause,) = queries.clauses(county_id, instrument_id=instrument_id)
        ends_at: datetime = clause.ends[0].moment
        db.session.remove()
    thread.join(20)
    assert acted and ends_at >= acted[0]


def test_what_is_suspended_first_is_seen_by_the_act(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        instrument_id = in_force(clock)
        item = next(item for item in queries.item_terms(county_id, on=clock.today()).values() if item.id == item_id())
        clerk, window_id = actor("town-xialiang").account_id, window_by_code(county_id, TOWN).id
        assert clerk is not None
        services.suspend(instrument_id, ground="示例", actor=actor("dept-mr"), clock=clock)
        with transaction(clock=clock) as tx:
            held = queries.held_by(clerk, window_id, tx=tx)
            assert held.clause_for(item, Power.REVIEW) is None
            assert held.missing(item, Power.REVIEW).rule == "G-17"
