"""Migrations: up, down and up again with rows in every table, killed anywhere, equal to the models; and what every table must have."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from portal import triggers
from portal.config import ROOT
from portal.database import Base, db, sqlite_module
from portal.network.models import RetentionClass
from portal.operations import migration, triggers_present
from tests import conftest as ours
from tests.foundations.conftest import Ground
from tests.foundations.rows import LAST, counts, fill, ordered

SCRIPTS = ScriptDirectory(str(ROOT / "migrations"))
STEPS = [step.revision for step in SCRIPTS.walk_revisions()][::-1]

# Of no county: the county itself, the record (its chain is the county), keys and sessions of whoever comes, a code list of the deployment.
OF_NO_COUNTY = {"county", "audit_record", "chain_head", "once", "sign_in_session", "login_throttle", "retention_class"}
# What nothing refers to, kept in the order in which it is read.
KEYED_BY_ITS_ORDER = {"work_line"}
# A tracking code must be guessable by nobody and found by everybody: unique in the deployment.
UNIQUE_EVERYWHERE = {("case", ("tracking_code",)), ("joint_case", ("tracking_code",))}


# --- the chain of migrations ----------------------------------------------------------------------------------------------------


def test_there_is_one_head_and_each_step_says_what_it_is_for() -> None:
    assert len(SCRIPTS.get_heads()) == 1
    for number, step in enumerate((SCRIPTS.get_revision(name) for name in STEPS), 1):
        assert step is not None
        assert step.revision == f"{number:04d}"
        assert Path(step.path).name.startswith(f"{number:04d}_")
        assert step.doc, step.path
        assert callable(step.module.upgrade) and callable(step.module.downgrade)


def everything(connection: sa.Connection) -> dict[str, list[Any]]:
    return {table.name: [tuple(row) for row in connection.execute(sa.select(table))] for table in ordered()}


def test_up_down_and_up_with_rows_in_every_table(migrated: Flask) -> None:
    with db.engine.begin() as connection:
        assert set(fill(connection).values()) == {1}
    assert triggers_present() >= triggers.names(db.engine.dialect.name)
    flask_migrate.downgrade(revision="base")
    with db.engine.connect() as connection:
        assert set(sa.inspect(connection).get_table_names()) == {"alembic_version"}
    flask_migrate.upgrade()
    assert triggers_present() >= triggers.names(db.engine.dialect.name)
    with db.engine.begin() as connection:
        assert set(fill(connection).values()) == {1}


def test_rows_survive_each_step_back_and_all_steps_forth(migrated: Flask) -> None:
    """What lies in the tables of an older state is there before and after, children included."""
    with db.engine.begin() as connection:
        fill(connection)
        before = everything(connection)
    for revision in STEPS[-2:0:-1]:
        flask_migrate.downgrade(revision=revision)
        with db.engine.connect() as connection:
            left = counts(connection)
        assert set(left.values()) == {1}, f"{revision}: {left}"
    assert 3 < len(left) < len(before)
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        after = everything(connection)
    assert {name: after[name] for name in left} == {name: before[name] for name in left}
    assert triggers_present() >= triggers.names(db.engine.dialect.name)


def test_a_second_upgrade_changes_nothing(migrated: Flask) -> None:
    with db.engine.begin() as connection:
        fill(connection)
        before = everything(connection)
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        assert everything(connection) == before
    assert migration() == (STEPS[-1], STEPS[-1])


def test_triggers_come_back(migrated: Flask) -> None:
    with db.engine.begin() as connection:
        for name in ("guard_audit_record_update", "guard_case_event_delete"):
            table = name.removeprefix("guard_").rpartition("_")[0]
            connection.exec_driver_sql(f"DROP TRIGGER {name}" if connection.dialect.name == "sqlite" else f"DROP TRIGGER {name} ON {table}")
    assert triggers.names(db.engine.dialect.name) - triggers_present() == {"guard_audit_record_update", "guard_case_event_delete"}
    flask_migrate.upgrade()
    assert triggers_present() >= triggers.names(db.engine.dialect.name)


def refused(statement: str, why: str) -> None:
    with db.engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match=why):
        connection.exec_driver_sql(statement)
        raise AssertionError(f"let through: {statement}")


def test_append_only_rows_are_kept_by_the_database(migrated: Flask) -> None:
    with db.engine.begin() as connection:
        fill(connection)
    for table in triggers.append_only_tables():
        column = Base.metadata.tables[table].columns.keys()[0]
        refused(f'UPDATE "{table}" SET "{column}" = "{column}"', f"append only: {table}")
        refused(f'DELETE FROM "{table}"', f"append only: {table}")
        if db.engine.dialect.name == "sqlite":  # REPLACE deletes the row that stands in its way without asking the DELETE trigger
            refused(f'INSERT OR REPLACE INTO "{table}" SELECT * FROM "{table}"', f"replaced: {table}")
        else:
            refused(f'TRUNCATE "{table}" CASCADE', "append only: ")


SIGNED = (
    "UPDATE instrument SET basis = 'x'",
    "DELETE FROM instrument",
    "UPDATE clause SET all_items = all_items",
    "DELETE FROM clause",
    "UPDATE clause_power SET power = 'decide'",
    "DELETE FROM clause_power",
    "DELETE FROM clause_item",
    "INSERT INTO clause (id, county_id, instrument_id, seq, window_id, all_items, from_on) VALUES (2, 1, 1, 2, 1, {no}, '2026-11-23')",
    "INSERT INTO clause_power (id, county_id, clause_id, power) VALUES (2, 1, 1, 'decide')",
    "INSERT INTO clause_item (id, county_id, clause_id, item_id) VALUES (2, 1, 1, 1)",
)


def test_a_signed_instrument_is_kept_by_the_database(migrated: Flask) -> None:
    """G-5: a clause is never edited or deleted, and nothing is added to what was signed."""
    with db.engine.begin() as connection:
        fill(connection)
    for statement in SIGNED:
        refused(statement.format(no="0" if db.engine.dialect.name == "sqlite" else "false"), "signed: |replaced: ")


def test_an_unsigned_draft_can_be_changed(migrated: Flask) -> None:
    with db.engine.begin() as connection:
        fill(connection, leave_out=LAST)
        for statement in SIGNED[:1] + SIGNED[5:7] + SIGNED[8:9]:
            assert connection.exec_driver_sql(statement).rowcount == 1, statement


# --- equal to the models --------------------------------------------------------------------------------------------------------


def test_the_migrations_make_what_the_models_say(migrated: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": Base.metadata})
        assert compare_metadata(context, Base.metadata) == []


def plain(text: str) -> str:
    return re.sub(r'["\s]', "", text).lower()


def test_the_constraints_are_those_of_the_models(migrated: Flask) -> None:
    with db.engine.connect() as connection:
        inspector = sa.inspect(connection)
        for table in ordered():
            stands = {check["name"]: plain(check["sqltext"]) for check in inspector.get_check_constraints(table.name)}
            wanted = {str(c.name): plain(str(c.sqltext)) for c in table.constraints if isinstance(c, sa.CheckConstraint)}
            assert stands.keys() == wanted.keys(), table.name
            if connection.dialect.name == "sqlite":  # PostgreSQL writes them in words of its own
                assert stands == wanted, table.name
            keys = {key["name"] for key in inspector.get_foreign_keys(table.name)}
            assert keys == {str(c.name) for c in table.constraints if isinstance(c, sa.ForeignKeyConstraint)}, table.name
            uniques = {key["name"] for key in inspector.get_unique_constraints(table.name)}
            assert uniques == {str(c.name) for c in table.constraints if isinstance(c, sa.UniqueConstraint)}, table.name


@pytest.mark.parametrize("kind", [sa.UniqueConstraint, sa.ForeignKeyConstraint, sa.CheckConstraint, sa.PrimaryKeyConstraint])
def test_every_constraint_has_a_name_that_fits_both_engines(kind: type[sa.Constraint]) -> None:
    names = [str(c.name) for table in ordered() for c in table.constraints if isinstance(c, kind)]
    assert len(names) == len(set(names)) > 20
    assert [name for name in names if name == "None" or len(name) > 63] == []


# --- killed anywhere (SQLite) ---------------------------------------------------------------------------------------------------

UPGRADE = textwrap.dedent(
    """
    import os, sys
    from app import create_app
    from portal.config import load_config
    import flask_migrate
    app = create_app(load_config(os.environ))
    with app.app_context():
        print("ready", flush=True)
        sys.stdin.readline()
        flask_migrate.upgrade()
        print("done", flush=True)
    """
)


def upgrading(ground: Ground) -> subprocess.Popen[bytes]:
    """A process that has read everything and begins to upgrade now."""
    environ = {**os.environ, "DATA_DIR": str(ground.data_dir), "DATABASE_URL": ground.url, "PYTHONPATH": str(ROOT), **ours.KEYS}
    process = subprocess.Popen(
        [sys.executable, "-c", UPGRADE], cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdin.write(b"go\n")
    process.stdin.close()
    return process


def test_killed_at_any_moment_the_next_upgrade_goes_on(grounds: Callable[[str], Ground]) -> None:
    chance = random.Random(os.environ.get("TEST_SEED", "0"))
    with upgrading(grounds("sqlite")) as process:
        started = time.monotonic()
        assert process.stdout is not None
        assert process.stdout.read() == b"done\n"
        takes = time.monotonic() - started
    broken_off = 0
    for turn in range(ours.count(200, 3)):
        ground = grounds("sqlite")
        with upgrading(ground) as process:
            wait = takes * (0.02 if turn == 0 else chance.random() ** 2)  # the early moments, in which most is done, more often
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
            assert process.stdout is not None
            broken_off += process.stdout.read() == b""
        whole_after_upgrade(ground)
    assert broken_off > 0, "every upgrade was done before it was killed: the test shows nothing"


def whole_after_upgrade(ground: Ground) -> None:
    app = ground.app()
    with app.app_context():
        flask_migrate.upgrade()
        assert migration() == (STEPS[-1], STEPS[-1])
        assert triggers_present() >= triggers.names(db.engine.dialect.name)
        with db.engine.begin() as connection:
            assert set(fill(connection).values()) == {1}
            names = set(sa.inspect(connection).get_table_names())
            assert names == {table.name for table in ordered()} | {"alembic_version"}, "something temporary was left"
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        db.session.remove()
        db.engine.dispose()


def test_wal_is_switched_on_by_the_migrations_and_never_by_connecting(grounds: Callable[[str], Ground]) -> None:
    ground = grounds("sqlite")
    app = ground.app()
    path = ground.url.removeprefix("sqlite:///")

    def mode() -> str:
        connection = sqlite_module().connect(path)
        try:
            return str(connection.execute("PRAGMA journal_mode").fetchone()[0])
        finally:
            connection.close()

    with app.app_context():
        with db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE t (id INTEGER)")
            connection.exec_driver_sql("DROP TABLE t")
        assert mode() == "delete"
        flask_migrate.upgrade()
        assert mode() == "wal"
        db.session.remove()
        db.engine.dispose()


def test_a_migration_that_leaves_broken_references_is_undone(
    grounds: Callable[[str], Ground], caplog: pytest.LogCaptureFixture
) -> None:
    ground = grounds("sqlite")
    app = ground.app()
    with app.app_context():
        flask_migrate.upgrade(revision=STEPS[1])
        raw = sqlite_module().connect(ground.url.removeprefix("sqlite:///"))
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("INSERT INTO calendar_year (county_id, year, notice, source) VALUES (99, 2026, '', '')")
        raw.commit()
        raw.close()
        with pytest.raises(SystemExit), caplog.at_level("ERROR"):
            flask_migrate.upgrade()
        assert "broken references" in caplog.text
        assert migration()[0] == STEPS[1]
        db.session.remove()
        db.engine.dispose()


# --- what every table must have -------------------------------------------------------------------------------------------------


def of_counties() -> list[sa.Table]:
    return [table for table in ordered() if table.name not in OF_NO_COUNTY]


def columns_of(constraint: Iterable[sa.Column[Any]]) -> tuple[str, ...]:
    return tuple(column.name for column in constraint)


def test_every_table_belongs_to_a_county_or_is_named_here() -> None:
    assert {table.name for table in ordered()} >= OF_NO_COUNTY
    for table in of_counties():
        assert "county_id" in table.columns, f"{table.name}: derive the model from OfCounty, or name it in OF_NO_COUNTY and say why"
        assert not table.columns["county_id"].nullable
        keys = {columns_of(c.columns) for c in table.constraints if isinstance(c, sa.UniqueConstraint)}
        assert ("county_id", "id") in keys or table.name in KEYED_BY_ITS_ORDER, table.name


def test_every_reference_stays_within_its_county() -> None:
    ours_names = {table.name for table in of_counties()}
    for table in of_counties():
        for key in table.foreign_key_constraints:
            if key.referred_table.name in ours_names:
                pairs = {(element.parent.name, element.column.name) for element in key.elements}
                assert ("county_id", "county_id") in pairs, f"{table.name}.{key.name}: write refers(...), which takes the county along"


def test_every_unique_key_holds_a_county() -> None:
    """By county_id itself, or by a reference that holds it: equal numbers in two counties are two things."""
    for table in of_counties():
        bound = {element.parent.name for key in table.foreign_key_constraints if len(key.elements) > 1 for element in key.elements}
        for constraint in table.constraints:
            if isinstance(constraint, sa.UniqueConstraint):
                columns = columns_of(constraint.columns)
                assert (table.name, columns) in UNIQUE_EVERYWHERE or bound.union({"county_id"}) & set(columns), f"{table.name}: {columns}"


def test_every_table_has_a_retention_class_that_the_county_knows(sqlite_app: Flask) -> None:
    """R-3: a table says what kind its rows are; the list of kinds says how long they are kept and who signs."""
    classes = {table.name: table.info.get("retention") for table in ordered()}
    assert [name for name, kind in classes.items() if not kind] == []
    with sqlite_app.app_context():
        known = set(db.session.scalars(sa.select(RetentionClass.code)))
    assert set(classes.values()) - known == set()


def test_times_are_moments_and_days_are_dates() -> None:
    for table in ordered():
        for column in table.columns:
            kind = type(column.type).__name__
            if column.name.endswith("_at") and column.name != "published_at":
                assert kind == "Moment", f"{table.name}.{column.name}"
            if column.name.endswith("_on"):
                assert kind == "Date", f"{table.name}.{column.name}"
            assert not isinstance(column.type, sa.DateTime), f"{table.name}.{column.name}: use Moment"
