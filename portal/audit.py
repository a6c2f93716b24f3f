"""The record (R-1): every change and every look at personal data, append-only, hash-chained per county.

hash = HMAC-SHA-256(key, previous hash ‖ body); the body is canonical JSON text with ids, field names and keyed digests only. Rows wait in
the transaction and are written last, so that chain heads are locked for the shortest time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.database import AlreadyDone, Base, Identified, KeyReused, Moment, Once, Transaction, after_begin, before_commit, is_sqlite

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
    """The first broken link of a chain: what was expected and what stands there."""

    chain: int
    seq: int
    text: str


def _rows(session: Session, chain: int) -> Iterator[AuditRecord]:
    last = 0
    while True:
        query = sa.select(AuditRecord).where(AuditRecord.chain == chain, AuditRecord.seq > last).order_by(AuditRecord.seq).limit(2000)
        rows = list(session.scalars(query))
        if not rows:
            return
        yield from rows
        last = rows[-1].seq
        session.expunge_all()


def _differs(row: AuditRecord, seq: int) -> str:
    if row.seq != seq:
        return f"record {seq} is missing"
    try:
        body = json.loads(row.body)
    except ValueError:
        return "the body is not readable"
    for column in ("chain", "seq", "actor", "verb", "subject"):
        if body.get(column) != getattr(row, column):
            return f"column {column} differs from the body"
    if body.get("recorded_at") != row.recorded_at.isoformat():
        return "column recorded_at differs from the body"
    return ""


def verify(session: Session, key: bytes, anchors: dict[int, list[tuple[int, str]]] | None = None) -> tuple[int, list[Fault]]:
    """Walk every chain and head. Returns how many records were read and the first fault of each chain.

    `anchors` are (seq, hash) kept outside the database: a chain that no longer holds one of them was cut or made anew.
    """
    read, faults = 0, []
    chains = (
        set(session.scalars(sa.select(AuditRecord.chain).distinct()))
        | set(session.scalars(sa.select(ChainHead.chain)))
        | set(anchors or {})
    )
    heads = {head.chain: (head.seq, head.hash, head.seal) for head in session.scalars(sa.select(ChainHead))}
    in_table = session.scalar(sa.select(sa.func.count()).select_from(AuditRecord)) or 0
    for chain in sorted(chains):
        previous, seq, fault = GENESIS, 0, ""
        wanted = dict((anchors or {}).get(chain, ()))
        for row in _rows(session, chain):
            seq += 1
            read += 1
            fault = _differs(row, seq)
            if not fault and not hmac.compare_digest(_link(key, previous, row.body), row.hash):
                fault = "the hash does not follow"
            if not fault and seq in wanted and wanted[seq] != row.hash:
                fault = "the anchor of that day says otherwise"
            if fault:
                break
            previous = row.hash
        if not fault:
            head = heads.get(chain)
            if head is None:
                fault = "the head is missing"
            elif head[0] != seq:
                fault = f"the head says {head[0]} records, there are {seq}"
            elif head[1] != previous or not hmac.compare_digest(head[2], _seal(key, chain, seq, previous)):
                fault = "the head was changed"
            elif wanted and max(wanted) > seq:
                fault = f"an anchor names record {max(wanted)}, the chain ends at {seq}"
        if fault:
            faults.append(Fault(chain, seq, fault))
    if not faults and read != in_table:
        faults.append(Fault(DEPLOYMENT, 0, f"{in_table} records stand in the table, the chains hold {read}"))
    return read, faults


# --- anchors: the heads of each day, outside the database -------------------------------------------------------------------------


def anchor_path() -> Path:
    return Path(current_app.config["DATA_DIR"]) / "anchors.csv"


def read_anchors() -> dict[int, list[tuple[int, str]]]:
    """chain → [(seq, hash)] of the days anchored so far."""
    found: dict[int, list[tuple[int, str]]] = {}
    path = anchor_path()
    if path.exists():
        for line in path.read_text(encoding="ascii").splitlines():
            _day, chain, seq, last = line.split(",")
            found.setdefault(int(chain), []).append((int(seq), last))
    return found


def write_anchors(session: Session, day: date) -> int:
    """Append the heads of today to the file outside the database; returns how many heads were new."""
    known = {(chain, seq) for chain, rows in read_anchors().items() for seq, _last in rows}
    new = [head for head in session.scalars(sa.select(ChainHead)) if head.seq and (head.chain, head.seq) not in known]
    if new:
        with anchor_path().open("a", encoding="ascii") as file:
            for head in new:
                file.write(f"{day.isoformat()},{head.chain},{head.seq},{head.hash}\n")
    return len(new)


# --- once -----------------------------------------------------------------------------------------------------------------------


def _check_once(tx: Transaction) -> None:
    if tx.once is None:
        return
    once: Once = tx.once
    if not is_sqlite():
        tx.session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:k, 0))"), {"k": f"{once.actor} {once.key}"})
    used = tx.session.scalar(sa.select(OnceKey).where(OnceKey.actor == once.actor, OnceKey.key == once.key))
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
