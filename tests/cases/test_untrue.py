"""A row that was changed behind the program's back is found: the record keeps a keyed digest of what was written (R-1)."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select

from portal.authority.models import InstrumentRegistration
from portal.authority.services import untrue_instruments
from portal.cases import services
from portal.cases.models import Case
from portal.database import db
from portal.network.queries import the_county
from portal.operations import audit_verify
from tests.cases import story
from tests.cases.story import Browse


def behind_the_back(statement: str, trigger: str, table: str) -> None:
    """Change a row as somebody with the database in their hands would: trigger off, statement, trigger on."""
    db.session.remove()
    with db.engine.connect() as connection:
        dialect = connection.dialect.name
        raw = connection.execution_options(isolation_level="AUTOCOMMIT") if dialect != "sqlite" else connection
        raw.exec_driver_sql(f"DROP TRIGGER {trigger}" if dialect == "sqlite" else f'ALTER TABLE "{table}" DISABLE TRIGGER {trigger}')
        raw.exec_driver_sql(statement)
        if dialect == "sqlite":
            raw.commit()
        else:
            raw.exec_driver_sql(f'ALTER TABLE "{table}" ENABLE TRIGGER {trigger}')


def test_a_changed_event_is_found(app: Flask, browse: Browse) -> None:
    number = story.to_town(browse)
    with app.app_context():
        case = db.session.scalar(select(Case).where(Case.number == number))
        assert case is not None and services.untrue_events(case) == []
        other = case.assignee_id or 1
        behind_the_back(f"UPDATE case_event SET actor_id = {other} WHERE seq = 2", "guard_case_event_update", "case_event")
        case = db.session.scalar(select(Case).where(Case.number == number))
        assert case is not None and services.untrue_events(case) == [2]
        assert audit_verify()[1] == [], "the chain itself is whole: only the digest tells"


def test_a_backdated_registration_is_found(app: Flask) -> None:
    with app.app_context():
        county = the_county().id
        assert untrue_instruments(county) == []
        first = db.session.scalar(sa.select(sa.func.min(InstrumentRegistration.id)))
        behind_the_back(
            f"UPDATE instrument_registration SET registered_at = '2025-01-01 00:00:00.000000+00' WHERE id = {first}"
            if db.engine.dialect.name != "sqlite"
            else f"UPDATE instrument_registration SET registered_at = '2025-01-01 00:00:00.000000' WHERE id = {first}",
            "guard_instrument_registration_update",
            "instrument_registration",
        )
        found = untrue_instruments(county)
        assert len(found) == 1 and "registration" in found[0]


def test_a_record_that_was_emptied_is_found(app: Flask) -> None:
    with app.app_context():
        for table in ("audit_record", "chain_head"):
            trigger = f"guard_{table}_delete"
            if table == "audit_record":
                behind_the_back(f"DELETE FROM {table}", trigger, table)
            else:
                with db.engine.begin() as connection:
                    connection.exec_driver_sql(f"DELETE FROM {table}")
        assert audit_verify()[1], "a county without its chain is a fault"


def test_the_database_refuses_to_replace_or_truncate(app: Flask) -> None:
    import pytest

    with app.app_context():
        sqlite = db.engine.dialect.name == "sqlite"
        for table in ("audit_record", "case_event", "instrument_signature", "instrument_registration", "clause", "once"):
            statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" if sqlite else f"TRUNCATE {table} CASCADE"
            with db.engine.connect() as connection:
                count = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
                if sqlite and not count:
                    continue
                with pytest.raises(sa.exc.DBAPIError):
                    connection.exec_driver_sql(statement)
                connection.rollback()
