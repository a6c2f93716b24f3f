"""The record (R-1): every change and every look at personal data, append-only, hash-chained per county.

hash = HMAC-SHA-256(key, previous hash ‖ body); the body is canonical JSON text with ids, field names and keyed digests only. Rows wait in
the transaction and are written last, so that chain heads are locked for the shortest time.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.database import AlreadyDone, Base, Identified, KeyReused, Moment, Once, Transaction, after_begin, before_commit, db, is_sqlite

DEPLOYMENT = 0  # the chain of what belongs to no county
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the account (None: the machine itself, or someone without an account), from where, in which county."""

    account_id: int | None
    county_id: int
    name: str = ""
    address: str = ""
    session_id: int | None = None

    @property
    def key(self) -> str:
        """Who a once-key belongs to."""
        return f"account:{self.account_id}" if self.account_id is not None else f"guest:{self.name}"


def machine(county_id: int, name: str = "machine") -> Actor:
    """The actor of jobs, commands and seeding."""
    return Actor(None, county_id, name)


class AuditRecord(Base):
    """One line of the record. Each column but the hash stands in the body as well; `verify` compares them."""

    __tablename__ = "audit_record"
    __table_args__ = (
        sa.Index("ix_audit_record_subject", "chain", "subject", "seq"),
        {"info": {"retention": "record", "append_only": True}},
    )
    chain: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(sa.String(80))
    verb: Mapped[str] = mapped_column(sa.String(64))
    subject: Mapped[str] = mapped_column(sa.String(120))
    body: Mapped[str] = mapped_column(sa.Text)
    hash: Mapped[str] = mapped_column(sa.String(64))


class ChainHead(Base):
    """The last line of each chain, sealed with the same key: a cut tail shows."""

    __tablename__ = "chain_head"
    __table_args__ = ({"info": {"retention": "record"}},)
    chain: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(sa.String(64))
    seal: Mapped[str] = mapped_column(sa.String(64))


class OnceKey(Identified, Base):
    """A used once-key: written in the act's transaction, so that only a committed effect uses a key up (C-16)."""

    __tablename__ = "once"
    __table_args__ = (sa.UniqueConstraint("actor", "key"), {"info": {"retention": "once", "append_only": True}})
    actor: Mapped[str] = mapped_column(sa.String(80))
    key: Mapped[str] = mapped_column(sa.String(64))
    verb: Mapped[str] = mapped_column(sa.String(64))
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    result: Mapped[str] = mapped_column(sa.String(300))
    recorded_at: Mapped[datetime] = mapped_column(Moment)


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (set, frozenset, tuple)):
        return sorted(value, key=str) if isinstance(value, (set, frozenset)) else list(value)
    return str(value)


def canonical(body: dict[str, Any]) -> str:
    """JSON with sorted keys and no spaces: the same text for the same content."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def record_key() -> bytes:
    key: bytes = current_app.config["RECORD_KEY"]
    return key


def _link(key: bytes, previous: str, body: str) -> str:
    return hmac.new(key, previous.encode() + body.encode(), hashlib.sha256).hexdigest()


def _seal(key: bytes, chain: int, seq: int, last: str) -> str:
    return hmac.new(key, f"head {chain} {seq} {last}".encode(), hashlib.sha256).hexdigest()


def digest(facts: dict[str, Any]) -> str:
    """A keyed digest of a row, for the record: the row cannot change unseen, and the record holds nothing in clear."""
    return hmac.new(record_key(), b"row " + canonical(facts).encode(), hashlib.sha256).hexdigest()


def row_facts(row: Any, *, without: frozenset[str] = frozenset({"id"})) -> dict[str, Any]:
    """A row as a digest reads it: every column by name, moments in UTC."""
    values = {column.key: getattr(row, column.key) for column in sa.inspect(row).mapper.column_attrs if column.key not in without}
    return {name: value.astimezone(timezone.utc) if isinstance(value, datetime) else value for name, value in values.items()}


def digests_of(chain: int, subject: str) -> list[dict[str, Any]]:
    """The facts of every line about a subject that carries a digest."""
    query = sa.select(AuditRecord.body).where(AuditRecord.chain == chain, AuditRecord.subject == subject).order_by(AuditRecord.seq)
    found = [json.loads(body)["facts"] for body in db.session.scalars(query)]
    return [facts for facts in found if "digest" in facts]


def record(tx: Transaction, actor: Actor, verb: str, subject: str, *, chain: int | None = None, **facts: Any) -> None:
    """Put one line in the record of this transaction. No personal data in clear in `facts`: ids, field names, digests."""
    tx.records.append((actor.county_id if chain is None else chain, actor, verb, subject, facts))


def _write_records(tx: Transaction) -> None:
    if not tx.records:
        return
    key, wall = record_key(), tx.clock.wall()
    heads: dict[int, ChainHead] = {}
    for chain in sorted({row[0] for row in tx.records}):
        query = sa.select(ChainHead).where(ChainHead.chain == chain).execution_options(populate_existing=True)
        head = tx.session.scalar(query if is_sqlite() else query.with_for_update())
        if head is None:
            if not is_sqlite():
                tx.session.execute(sa.text("SELECT pg_advisory_xact_lock(:k)"), {"k": 7_000_000 + chain})
                head = tx.session.scalar(query.with_for_update())
            if head is None:
                head = ChainHead(chain=chain, seq=0, hash=GENESIS, seal=_seal(key, chain, 0, GENESIS))
                tx.session.add(head)
        heads[chain] = head
    for chain, actor, verb, subject, facts in tx.records:
        head = heads[chain]
        seq = head.seq + 1
        body = canonical(
            {
                "chain": chain,
                "seq": seq,
                "recorded_at": wall,
                "at": tx.now,
                "actor": actor.key[:80],
                "verb": verb,
                "subject": subject,
                "from": actor.address,
                "session": actor.session_id,
                "facts": facts,
            }
        )
        head.seq, head.hash = seq, _link(key, head.hash, body)
        head.seal = _seal(key, chain, seq, head.hash)
        tx.session.add(
            AuditRecord(chain=chain, seq=seq, recorded_at=wall, actor=actor.key[:80], verb=verb, subject=subject, body=body, hash=head.hash)
        )
    tx.session.flush()


# --- verify ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """The first broken link of a chain: the number of the record, and what is wrong with it."""

    chain: int
    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class _Line:
    """One record as it is stored: texts as bytes and the moment unparsed, so that nothing is smoothed over by reading it."""

    chain: Any
    seq: Any
    recorded_at: bytes
    actor: bytes
    verb: bytes
    subject: bytes
    body: bytes
    hash: bytes
    types: str


_AS_STORED = {
    # SQLite keeps any kind of value in any column, and text that is not UTF-8
    "sqlite": "chain, seq, CAST(recorded_at AS BLOB), CAST(actor AS BLOB), CAST(verb AS BLOB), CAST(subject AS BLOB), CAST(body AS BLOB),"
    " CAST(hash AS BLOB), typeof(chain) || typeof(seq) || typeof(recorded_at) || typeof(actor) || typeof(verb) || typeof(subject)"
    " || typeof(body) || typeof(hash)",
    "postgresql": "chain, seq, to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US BC'), actor, verb, subject, body, hash,"
    " ''",
}
_TYPES = {"sqlite": "integerinteger" + "text" * 6, "postgresql": ""}
_BATCH = 500


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return b"" if value is None else str(value).encode("utf-8", "surrogatepass")


def _line(row: Any) -> _Line:
    recorded_at, actor, verb, subject, body, own_hash = (_bytes(value) for value in row[2:8])
    return _Line(row[0], row[1], recorded_at, actor, verb, subject, body, own_hash, row[8])


def _lines(connection: sa.Connection) -> Iterator[_Line]:
    """Every record by chain and number, read from the table itself and not from an index that may say otherwise."""
    columns = _AS_STORED[connection.dialect.name]
    if connection.dialect.name != "sqlite":
        ordered = sa.text(f"SELECT {columns} FROM audit_record ORDER BY chain, seq").execution_options(yield_per=2000)  # noqa: S608
        yield from (_line(row) for row in connection.execute(ordered))
        return
    ids = array("q", connection.exec_driver_sql("SELECT rowid FROM audit_record NOT INDEXED ORDER BY chain, seq, rowid").scalars())
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        marks = ",".join("?" * len(batch))
        query = f"SELECT {columns}, rowid FROM audit_record NOT INDEXED WHERE rowid IN ({marks})"  # noqa: S608
        found = {row[9]: _line(row) for row in connection.exec_driver_sql(query, tuple(batch))}
        yield from (found[each] for each in batch if each in found)


def _heads(connection: sa.Connection) -> dict[Any, tuple[Any, bytes, bytes]]:
    kept = "CAST(hash AS BLOB), CAST(seal AS BLOB)" if connection.dialect.name == "sqlite" else "hash, seal"
    rows = connection.exec_driver_sql(f"SELECT chain, seq, {kept} FROM chain_head")  # noqa: S608
    return {row[0]: (row[1], _bytes(row[2]), _bytes(row[3])) for row in rows}


def _stored_moment(text: Any, dialect: str) -> bytes:
    """How a moment of a body stands in the column; empty for what is no moment."""
    try:
        moment = datetime.fromisoformat(text).astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return b""
    written = f"{moment.year:04d}-{moment:%m-%d %H:%M:%S}.{moment.microsecond:06d}"
    return (written if dialect == "sqlite" else f"{written} AD").encode()


def _differs(line: _Line, dialect: str) -> str:
    """What of the columns is not what the body says; empty if nothing."""
    try:
        body = json.loads(line.body.decode("utf-8"))
        if not isinstance(body, dict):
            raise ValueError("no object")
    except (ValueError, RecursionError):
        return "the body is not readable"
    if line.types != _TYPES[dialect]:
        return "a column holds another kind of value"
    for column in ("chain", "seq"):
        if body.get(column) != getattr(line, column):
            return f"column {column} differs from the body"
    for column in ("actor", "verb", "subject"):
        if _bytes(body.get(column)) != getattr(line, column):
            return f"column {column} differs from the body"
    if _stored_moment(body.get("recorded_at"), dialect) != line.recorded_at:
        return "column recorded_at differs from the body"
    return ""


class _Chain:
    """The walk along one chain: what was read so far, and the first fault."""

    def __init__(self, chain: Any, key: bytes, dialect: str, anchors: list[tuple[int, str]]) -> None:
        self.chain, self.key, self.dialect = chain, key, dialect
        self.previous, self.seq, self.fault = GENESIS, 0, None if isinstance(chain, int) else Fault(DEPLOYMENT, 0, "a chain has no number")
        self.anchored: dict[int, set[str]] = {}
        for seq, last in anchors:
            self.anchored.setdefault(seq, set()).add(last)

    def broken(self, seq: int, text: str) -> None:
        if self.fault is None:
            self.fault = Fault(self.chain, seq, text)

    def read(self, line: _Line) -> None:
        if self.fault is not None:
            return
        expected = self.seq + 1
        written = ""
        if line.seq != expected:
            missing = isinstance(line.seq, int) and line.seq > expected
            self.broken(expected, "the record is missing" if missing else f"a record numbered {line.seq} stands in its place")
        elif differs := _differs(line, self.dialect):
            self.broken(expected, differs)
        else:
            written = _link(self.key, self.previous, line.body.decode("utf-8"))
            if not hmac.compare_digest(written.encode(), line.hash):
                self.broken(expected, "the hash does not follow")
            elif self.anchored.get(expected, {written}) != {written}:
                self.broken(expected, "the anchor of that day says otherwise")
        self.previous, self.seq = written, expected

    def end(self, head: tuple[Any, bytes, bytes] | None) -> Fault | None:
        """Hold the last record against the head and the anchors; returns the first fault."""
        last = max(self.anchored, default=0)
        if head is None:
            self.broken(self.seq, "the head of the chain is missing")
        elif isinstance(head[0], int) and head[0] > self.seq:
            self.broken(self.seq + 1, f"the record is missing: the head says {head[0]} records")
        elif head[0] != self.seq:
            self.broken(self.seq, f"the head was changed: it says {head[0]} records")
        elif not (
            hmac.compare_digest(head[1], self.previous.encode())
            and hmac.compare_digest(head[2], _seal(self.key, self.chain, self.seq, self.previous).encode())
        ):
            self.broken(self.seq, "the head was changed")
        if last > self.seq:
            self.broken(self.seq + 1, f"the record is missing: an anchor names record {last}")
        return self.fault


def walk(
    connection: sa.Connection, key: bytes, anchors: dict[int, list[tuple[int, str]]] | None = None, chains: Collection[int] | None = None
) -> tuple[int, list[Fault]]:
    """`verify` on a connection whose transaction shows one state of the database; `chains` are those to judge (default: all)."""
    anchors = anchors or {}
    dialect, heads, walks, read = connection.dialect.name, _heads(connection), {}, 0

    def walk_of(chain: Any) -> _Chain:
        if chain not in walks:
            walks[chain] = _Chain(chain, key, dialect, anchors.get(chain, []))
        return walks[chain]

    for line in _lines(connection):
        if chains is None or line.chain in chains:
            read += 1
            walk_of(line.chain).read(line)
    # a county's chain begins with the county: where even its head is gone, everything was taken away
    counties = [row[0] for row in connection.exec_driver_sql("SELECT id FROM county")] if sa.inspect(connection).has_table("county") else []
    for chain in {*heads, *anchors, *counties}:
        if chains is None or chain in chains:
            walk_of(chain)
    faults = [walks[chain].end(heads.get(chain)) for chain in sorted(walks, key=str)]
    return read, [fault for fault in faults if fault is not None]


def verify(
    session: Session, key: bytes, anchors: dict[int, list[tuple[int, str]]] | None = None, chains: Collection[int] | None = None
) -> tuple[int, list[Fault]]:
    """Walk every chain and head as committed. Returns how many records were read and the first fault of each chain.

    Found is every changed byte of every column of a record or head, a record that is missing, doubled, swapped or added, and a cut tail.
    `anchors` are (seq, hash) kept outside the database: a chain that no longer holds one of them was cut or made anew. Not to be
    called inside `transaction()`.
    """
    engine = session.get_bind()
    assert isinstance(engine, sa.Engine)
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":  # one state for the whole walk, while others go on writing; SQLite has that already
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            return walk(connection, key, anchors, chains)


# --- anchors: the heads of each day, outside the database -------------------------------------------------------------------------


class AnchorError(ValueError):
    """A line of the anchors' file is not what was written there."""


def anchor_path() -> Path:
    return Path(current_app.config["DATA_DIR"]) / "anchors.csv"


def parse_anchors(text: str) -> dict[int, list[tuple[int, str]]]:
    """chain → [(seq, hash)] of lines `day,chain,seq,hash`. A last line without its end was broken off while writing and does not count."""
    found: dict[int, list[tuple[int, str]]] = {}
    for number, line in enumerate(text.split("\n")[:-1], 1):
        try:
            day, chain, seq, last = line.split(",")
            date.fromisoformat(day)
            found.setdefault(int(chain), []).append((int(seq), last))
        except ValueError:
            raise AnchorError(f"line {number} of the anchors cannot be read") from None
    return found


def read_anchors(path: Path | None = None) -> dict[int, list[tuple[int, str]]]:
    """The anchors written so far; AnchorError where the file was changed into something else."""
    path = path or anchor_path()
    return parse_anchors(path.read_bytes().decode("utf-8", "replace")) if path.exists() else {}


def write_anchors(session: Session, day: date, chains: Collection[int] | None = None) -> int:
    """Append the heads of today to the file outside the database; returns how many heads were new. Safe to repeat and to break off."""
    heads = [(head.chain, head.seq, head.hash) for head in session.scalars(sa.select(ChainHead).order_by(ChainHead.chain))]
    descriptor = os.open(anchor_path(), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        whole = file.read()
        known = {(chain, seq) for chain, rows in parse_anchors(whole.decode("utf-8", "replace")).items() for seq, _last in rows}
        new = [each for each in heads if each[1] and each[:2] not in known and (chains is None or each[0] in chains)]
        file.seek(whole.rfind(b"\n") + 1)
        file.truncate()
        file.write("".join(f"{day.isoformat()},{chain},{seq},{last}\n" for chain, seq, last in new).encode())
        file.flush()
        os.fsync(file.fileno())
    return len(new)


# --- once -----------------------------------------------------------------------------------------------------------------------


def _check_once(tx: Transaction) -> None:
    if tx.once is None:
        return
    once: Once = tx.once
    if not is_sqlite():
        tx.session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:k, 0))"), {"k": f"{once.actor} {once.key}"})
    say_if_used(tx.session, once)


def say_if_used(session: Session, once: Once) -> None:
    """Raise `AlreadyDone` or `KeyReused` where this key was used before; for what has to be asked before a write begins (C-16)."""
    used = session.scalar(sa.select(OnceKey).where(OnceKey.actor == once.actor, OnceKey.key == once.key))
    if used is None:
        return
    if used.verb == once.verb and used.fingerprint == once.fingerprint:
        raise AlreadyDone(used.result)
    raise KeyReused(used.result)


def _write_once(tx: Transaction) -> None:
    if tx.once is not None:
        row = OnceKey(
            actor=tx.once.actor,
            key=tx.once.key,
            verb=tx.once.verb,
            fingerprint=tx.once.fingerprint,
            result=tx.result,
            recorded_at=tx.clock.wall(),
        )
        tx.session.add(row)
        tx.session.flush()


after_begin.append(_check_once)
before_commit.extend([_write_once, _write_records])
