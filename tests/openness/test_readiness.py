"""What monitoring asks: alive, and ready."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from flask import Flask

from portal.database import db
from portal.network.models import CalendarYear
from tests.people import ManualClock


def test_alive_asks_no_database_and_no_county(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    asked = []
    with sqlite_app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", lambda *_args: asked.append(1))
    answer = client.get("/healthz", headers={"Cookie": "sid=" + "x" * 43})
    assert (answer.status_code, answer.get_json()) == (200, {"status": "alive"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert asked == []


def test_ready(app: Flask) -> None:
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()) == (
        200,
        {"status": "ready", "database": True, "migrations": True, "calendar": True},
    )


def test_not_ready_in_a_year_without_its_notice(app: Flask, clock: ManualClock) -> None:
    clock.go_to(date(2027, 1, 1))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {"status": "not ready", "database": True, "migrations": True, "calendar": False}


def test_not_ready_behind_the_migrations(app: Flask) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["migrations"] is False
    assert answer.get_json()["database"] is True


def test_not_ready_where_the_tables_are_not(app: Flask) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text(f"DROP TABLE {CalendarYear.__tablename__}"))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["calendar"] is False
    assert app.test_client().get("/healthz").status_code == 200
