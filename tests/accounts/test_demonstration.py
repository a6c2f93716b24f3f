"""The one password of the demonstration follows DEMO_PASSWORD."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from portal.accounts import passwords, services
from portal.accounts.models import Account
from portal.audit import machine
from portal.database import db
from portal.network.queries import the_county
from tests.conftest import PASSWORD
from tests.people import Browser, ManualClock


def test_another_password_at_the_next_start_is_everybodys(sqlite_app: Flask, clock: ManualClock) -> None:
    with sqlite_app.app_context():
        county = the_county().id
        actor = machine(county)
        assert not services.set_sample_password(county, PASSWORD, actor=actor, clock=clock), "the same one changes nothing"  # type: ignore[arg-type]
        assert services.set_sample_password(county, "another sentence", actor=actor, clock=clock)  # type: ignore[arg-type]
        hashes = set(db.session.scalars(sa.select(Account.password_hash)))
        assert all(passwords.matches(kept, "another sentence") for kept in hashes)
        db.session.remove()
    assert Browser(sqlite_app).sign_in("manager", "another sentence").path == "/work"
