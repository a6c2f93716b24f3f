"""What every test holds: rows of ours are written inside `transaction()`, and with a line in the record (R-1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

# Written beside the acts: the record itself, used keys, sessions and throttles of signing in, what the jobs did,
# and files that are on their way.
EXEMPT = frozenset({"audit_record", "chain_head", "once", "sign_in_session", "login_throttle", "job_run", "upload", "upload_part"})
_TOUCHED = "flush_guard.touched"
_OFF = "flush_guard.off"


class UnrecordedWrite(AssertionError):
    """Rows were written outside `transaction()`, or inside one that records nothing."""


def guard(db: SQLAlchemy) -> None:
    """Watch every session of `db`, once however often it is called: a write without its record raises `UnrecordedWrite`."""
    target: Any = db.session.session_factory
    for name, listener in _LISTENERS.items():
        if not event.contains(target, name, listener):
            event.listen(target, name, listener)


@contextmanager
def unguarded(db: SQLAlchemy) -> Iterator[None]:
    """For a test that must put rows there which no service would write."""
    session = db.session()
    session.info[_OFF] = True
    try:
        yield
    finally:
        session.info.pop(_OFF, None)
        session.info.pop(_TOUCHED, None)


def _touch(session: Session, tables: set[str]) -> None:
    if session.info.get(_OFF) or not tables:
        return
    if session.info.get("tx") is None:
        names = ", ".join(sorted(tables))
        raise UnrecordedWrite(f"{names}: written outside transaction(). Write in a service: with transaction(clock=clock) as tx")
    session.info.setdefault(_TOUCHED, set()).update(tables)


def _after_flush(session: Session, _context: Any) -> None:
    changed = [*session.new, *(each for each in session.dirty if session.is_modified(each)), *session.deleted]
    _touch(session, {each.__table__.name for each in changed} - EXEMPT)


def _on_execute(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        table = getattr(state.statement, "table", None)
        _touch(state.session, {getattr(table, "name", "?")} - EXEMPT)


def _before_commit(session: Session) -> None:
    tx = session.info.get("tx")
    touched = session.info.pop(_TOUCHED, None)
    if touched and tx is not None and not tx.records:
        raise UnrecordedWrite(f"{', '.join(sorted(touched))}: written without a line in the record. Add: record(tx, actor, verb, subject)")


def _after_rollback(session: Session, previous: SessionTransaction) -> None:
    if not previous.nested:
        session.info.pop(_TOUCHED, None)


_LISTENERS: dict[str, Any] = {
    "after_flush": _after_flush,
    "do_orm_execute": _on_execute,
    "before_commit": _before_commit,
    "after_soft_rollback": _after_rollback,
}
