"""The database: column types, county keys, and `transaction()`, the one way to write.

SQLite's writers stand in one fair queue (`flock` on DATA_DIR/write.lock, then BEGIN IMMEDIATE); PostgreSQL locks rows. Why, and
what was measured: docs/decisions/0002-one-writer-queue.md.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from portal.clock import Clock

MAX_ID = 2**31 - 1
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The root of all models; every constraint has a name, equal on both engines."""

    metadata = sa.MetaData(naming_convention=NAMING)


@event.listens_for(sa.Column, "after_parent_attach")
def _length_is_checked(column: sa.Column[Any], table: Any) -> None:
    """SQLite keeps over-long text without a word: every bounded text column gets a named check, equal on both engines."""
    if isinstance(table, sa.Table) and table.metadata is Base.metadata and isinstance(column.type, sa.String) and column.type.length:
        table.append_constraint(sa.CheckConstraint(f'length("{column.name}") <= {column.type.length}', name=f"{column.name}_length"))


db = SQLAlchemy(model_class=Base)
migrate = Migrate()


# --- column types ---------------------------------------------------------------------------------------------------------------


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware UTC moment. Refuses a naive one, since SQLite gives naive times back (measured)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment must be aware")
        value = value.astimezone(timezone.utc)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


Json = sa.JSON(none_as_null=True)


def one_of(name: str, kinds: type[StrEnum]) -> sa.CheckConstraint:
    """A named check that a column holds one of an enumeration's codes, equal on both engines."""
    codes = ", ".join(f"'{kind.value}'" for kind in kinds)
    return sa.CheckConstraint(f"{name} IN ({codes})", name=f"{name}_known")


def refers(column: str, table: str) -> sa.ForeignKeyConstraint:
    """A reference inside one county: (county_id, column) → (table.county_id, table.id)."""
    return sa.ForeignKeyConstraint(["county_id", column], [f"{table}.county_id", f"{table}.id"])


def of_county(*more: Any, retention: str, append_only: bool = False) -> tuple[Any, ...]:
    """The table arguments of every row that a county owns: its composite key, its retention class, and whether rows are ever changed."""
    return (sa.UniqueConstraint("county_id", "id"), *more, {"info": {"retention": retention, "append_only": append_only}})


class Identified:
    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)


class OfCounty(Identified):
    """A row that belongs to one county (N-1: a deployment may hold several)."""

    county_id: Mapped[int] = mapped_column(sa.ForeignKey("county.id"))


class Named:
    """What people see has a name in three languages."""

    name: Mapped[str] = mapped_column(sa.String(200))
    name_hant: Mapped[str] = mapped_column(sa.String(200))
    name_en: Mapped[str] = mapped_column(sa.String(300))


# --- what a write can answer ----------------------------------------------------------------------------------------------------


class NotFound(Exception):
    """There is no such thing for this person (404): not there and not theirs are one answer."""


class Stale(Exception):
    """The form was drawn from an older version (409, C-23); nothing was done."""

    def __init__(self, current: int) -> None:
        super().__init__(f"version is {current} now")
        self.current = current


class AlreadyDone(Exception):
    """The same key with the same body was committed before: go to the same place again (C-16)."""

    def __init__(self, result: str) -> None:
        super().__init__(result)
        self.result = result


class KeyReused(Exception):
    """The same key came with another body (422); `result` is what was done then."""

    def __init__(self, result: str) -> None:
        super().__init__(result)
        self.result = result


@dataclass(frozen=True, slots=True)
class Once:
    """What makes a submission one: who sent it, the form's key, the verb, a fingerprint of the body."""

    actor: str
    key: str
    verb: str
    fingerprint: str


# --- the engines ----------------------------------------------------------------------------------------------------------------

_writing: ContextVar[bool] = ContextVar("writing", default=False)


def sqlite_module() -> Any:
    """The SQLite driver: pysqlite3 where it is to be had, else the standard one."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        import sqlite3 as dbapi2  # type: ignore[no-redef]
    return dbapi2


def engine_options(url: str) -> dict[str, Any]:
    """SQLAlchemy's engine options for an address."""
    if url.startswith("sqlite"):
        return {"module": sqlite_module(), "connect_args": {"timeout": 10, "check_same_thread": False}}
    return {"pool_size": 8, "max_overflow": 16, "pool_pre_ping": True}


def _on_connect(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "busy_timeout=10000", "trusted_schema=OFF"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


class _WithHints(SQLiteCompiler):
    """`query.with_hint(Model, "INDEXED BY …", "sqlite")` stands behind the name of the table; SQLAlchemy drops it for SQLite."""

    def get_from_hint_text(self, table: sa.FromClause, text: str | None) -> str | None:
        return text


def prepare_engine(engine: sa.Engine) -> None:
    """SQLite: explicit BEGIN, foreign keys, full synchronisation, hints. WAL is switched on by the migrations, never here."""
    if engine.dialect.name == "sqlite":
        engine.dialect.statement_compiler = _WithHints
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)


def init_app(app: Flask) -> None:
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(app.config["SQLALCHEMY_DATABASE_URI"])
    db.init_app(app)
    migrate.init_app(app, db, directory=str(Path(__file__).parent.parent / "migrations"), compare_type=True)
    with app.app_context():
        prepare_engine(db.engine)


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


@contextmanager
def _writers_queue() -> Iterator[None]:
    lock = os.open(Path(current_app.config["DATA_DIR"]) / "write.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


# --- transaction() --------------------------------------------------------------------------------------------------------------


@dataclass
class Transaction:
    """A write under way. `now` is read once, after the locks that were asked for before it."""

    session: Session
    clock: Clock
    once: Once | None = None
    result: str = ""
    records: list[Any] = field(default_factory=list)
    _now: datetime | None = None

    @property
    def now(self) -> datetime:
        """The moment of the event and of every rule asked in this transaction."""
        if self._now is None:
            self._now = self.clock.now()
        return self._now

    def lock(self, query: sa.Select[Any], *, share: bool = False) -> list[Any]:
        """Lock rows and read them as they are now. Asking after `now` was read is a fault of ours: the moment would lie before the lock."""
        if self._now is not None:
            raise RuntimeError("lock the rows before reading the moment")
        locked = query.execution_options(populate_existing=True)
        if not is_sqlite():
            locked = locked.with_for_update(read=share)
        return list(self.session.scalars(locked))


before_commit: list[Callable[[Transaction], None]] = []  # audit's and once's hooks, filled by their modules in this order
after_begin: list[Callable[[Transaction], None]] = []


@contextmanager
def transaction(*, clock: Clock, once: Once | None = None) -> Iterator[Transaction]:
    """Write: end the request's read transaction, queue, do, record last, commit. Joins an outer one.

    Raises what the block raises, with nothing written; `AlreadyDone` or `KeyReused` where `once` was used before.
    """
    session = db.session()
    outer: Transaction | None = session.info.get("tx")
    if outer is not None:
        if once is not None and once != outer.once:
            raise RuntimeError("a once-key belongs to the outermost transaction")
        yield outer
        return
    session.rollback()
    with _writers_queue() if is_sqlite() else nullcontext():
        token = _writing.set(True)
        tx = Transaction(session, clock, once)
        session.info["tx"] = tx
        try:
            for hook in after_begin:
                hook(tx)
            yield tx
            session.flush()
            for hook in before_commit:
                hook(tx)
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop("tx", None)
            _writing.reset(token)
