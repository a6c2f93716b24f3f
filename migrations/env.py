"""How migrations run. On SQLite: explicit BEGIN IMMEDIATE, one transaction a migration, foreign keys off while it runs and checked before it
commits, WAL switched on here and never on connect, triggers made again from one list (docs/decisions/0003-migrations.md)."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from flask import current_app
from sqlalchemy import event

from portal import triggers
from portal.database import Base, db, engine_options

config = context.config
target_metadata = Base.metadata


def _url() -> str:
    return str(current_app.config["SQLALCHEMY_DATABASE_URI"])


def _engine() -> sa.Engine:
    engine = sa.create_engine(
        _url(), poolclass=sa.pool.NullPool, **{k: v for k, v in engine_options(_url()).items() if k in ("module", "connect_args")}
    )
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _connect(connection: Any, _record: Any) -> None:
            connection.isolation_level = None
            cursor = connection.cursor()
            cursor.execute("PRAGMA busy_timeout=20000")
            cursor.execute("PRAGMA foreign_keys=OFF")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.close()

        @event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _check_references(ctx: Any, step: Any, heads: Any, run_args: Any, **_: Any) -> None:
    """Called inside each migration's transaction, before it commits."""
    connection = ctx.connection
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"migration leaves broken references: {broken[:5]}")


def run_online() -> None:
    db.session.remove()
    engine = _engine()
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        raw.cursor().execute("PRAGMA journal_mode=WAL")
        raw.close()
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            transaction_per_migration=True,
            transactional_ddl=True,
            render_as_batch=engine.dialect.name == "sqlite",
            compare_type=True,
            on_version_apply=_check_references,
        )
        with context.begin_transaction():
            context.run_migrations()
    with engine.begin() as connection:
        triggers.install(connection)
    engine.dispose()


run_online()
