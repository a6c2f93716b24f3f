"""The record is append-only and hash-chained; whatever is done to it behind the program's back is found (R-1)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal import audit, triggers
from portal.audit import DEPLOYMENT, AnchorError, Fault, machine, read_anchors, record, record_key, verify, walk, write_anchors
from portal.database import db, is_sqlite, transaction
from portal.network.models import County, NumberCounter
from portal.network.queries import the_county
from portal.operations import audit_verify
from tests.conftest import count
from tests.people import ManualClock

COLUMNS = ("chain", "seq", "recorded_at", "actor", "verb", "subject", "body", "hash")
HEAD_COLUMNS = ("chain", "seq", "hash", "seal")


# --- changing what stands there, as somebody with the database's password could -------------------------------------------------------


def open_up(connection: sa.Connection) -> None:
    """Take the guards off the record."""
    for verb in ("update", "delete"):
        name = f"guard_audit_record_{verb}"
        connection.exec_driver_sql(f"DROP TRIGGER {name}" if is_sqlite() else f"DROP TRIGGER {name} ON audit_record")


@contextmanager
def tampering() -> Iterator[sa.Connection]:
    """A connection without guards whose changes are seen by `walk` and then undone."""
    with db.engine.connect() as connection:
        with connection.begin() as begun:
            open_up(connection)
            yield connection
            begun.rollback()


def first_fault(connection: sa.Connection, anchors: Any = None) -> Fault | None:
    faults = walk(connection, record_key(), anchors)[1]
    return faults[0] if faults else None


def faults_of(connection: sa.Connection) -> set[tuple[int, int]]:
    return {(fault.chain, fault.seq) for fault in walk(connection, record_key())[1]}


def run(connection: sa.Connection, statement: str, **values: Any) -> None:
    connection.execute(sa.text(statement), values)


def the_chain(connection: sa.Connection) -> tuple[int, int]:
    """The county's chain and how many records it has."""
    row = connection.execute(sa.text("SELECT chain, seq FROM chain_head ORDER BY seq DESC LIMIT 1")).one()
    return row[0], row[1]


def other_text(text: str, at: int, step: int) -> str:
    """The same with one character another printable one."""
    index = at % len(text)
    char = chr(33 + (ord(text[index]) - 33 + 1 + step % 93) % 94)
    return text[:index] + char + text[index + 1 :]


def other_number(number: int, at: int, step: int) -> int:
    digits = str(number)
    index = at % len(digits)
    return int(digits[:index] + str((int(digits[index]) + 1 + step % 9) % 10) + digits[index + 1 :])


def change(connection: sa.Connection, table: str, where: str, column: str, at: int, step: int) -> bool:
    """Change one byte (on SQLite any byte, also into what is not UTF-8) of one value; False where the database itself keeps it out."""
    stored = connection.execute(sa.text(f"SELECT {column} FROM {table} WHERE {where}")).scalar_one()
    new: Any
    if column in ("chain", "seq"):
        new = other_number(stored, at, step)
    elif is_sqlite():
        raw = bytearray(connection.execute(sa.text(f"SELECT CAST({column} AS BLOB) FROM {table} WHERE {where}")).scalar_one())
        raw[at % len(raw)] ^= 1 + step % 255
        new = bytes(raw)
    elif column == "recorded_at":
        new = stored + timedelta(microseconds=(1, -1, 10, 86_400_000_000)[at % 4] * (1 + step))
    else:
        new = other_text(stored, at, step)
    value = "CAST(:new AS TEXT)" if isinstance(new, bytes) else ":new"
    try:
        with connection.begin_nested():
            assert connection.execute(sa.text(f"UPDATE {table} SET {column} = {value} WHERE {where}"), {"new": new}).rowcount == 1
        return True
    except (sa.exc.IntegrityError, sa.exc.DataError):
        return False


# --- what is found --------------------------------------------------------------------------------------------------------------


def test_the_record_of_the_county_is_whole(app: Flask) -> None:
    with app.app_context():
        read, faults = verify(db.session(), record_key())
        assert faults == []
        assert read == db.session.scalar(sa.text("SELECT count(*) FROM audit_record")) > 500


@pytest.mark.property
@pytest.mark.parametrize("column", COLUMNS)
def test_one_changed_byte_in_any_column_of_any_row_is_found(app: Flask, column: str) -> None:
    found = 0

    @settings(max_examples=count(600, 12))
    @given(st.floats(0, 1, exclude_max=True), st.integers(0, 5000), st.integers(0, 254))
    @example(0.0, 10, 0)
    @example(0.999999, 10, 0)
    def tried(which: float, at: int, step: int) -> None:
        nonlocal found
        with tampering() as connection:
            chain, last = the_chain(connection)
            seq = 1 + int(which * last)
            if change(connection, "audit_record", f"chain = {chain} AND seq = {seq}", column, at, step):
                assert (chain, seq) in faults_of(connection), f"{column} of record {seq}, byte {at}, step {step}"
                found += 1

    with app.app_context():
        tried()
        assert found > 0
        assert verify(db.session(), record_key())[1] == []


@pytest.mark.parametrize("separator", ["T", "_", "\t"])
def test_a_moment_that_reads_the_same_but_is_written_otherwise_is_found(sqlite_app: Flask, separator: str) -> None:
    with sqlite_app.app_context(), tampering() as connection:
        run(connection, "UPDATE audit_record SET recorded_at = replace(recorded_at, ' ', :s) WHERE seq = 7", s=separator)
        fault = first_fault(connection)
        assert fault is not None
        assert (fault.seq, fault.text) == (7, "column recorded_at differs from the body")


@pytest.mark.parametrize("column", COLUMNS[3:])
def test_a_text_that_became_bytes_is_found(sqlite_app: Flask, column: str) -> None:
    with sqlite_app.app_context(), tampering() as connection:
        run(connection, f"UPDATE audit_record SET {column} = CAST({column} AS BLOB) WHERE seq = 9")
        fault = first_fault(connection)
        assert fault is not None
        assert fault.seq == 9


@pytest.mark.parametrize("moment", ["infinity", "2026-11-23 06:00:00+00 BC"])
def test_a_moment_outside_our_calendar_is_found(app: Flask, moment: str) -> None:
    with app.app_context():
        if is_sqlite():
            return
        with tampering() as connection:
            run(connection, "UPDATE audit_record SET recorded_at = CAST(:m AS timestamptz) WHERE seq = 3", m=moment)
            fault = first_fault(connection)
            assert fault is not None
            assert fault.seq == 3


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_deleted_row_is_found_and_numbered(app: Flask, place: str) -> None:
    with app.app_context(), tampering() as connection:
        chain, last = the_chain(connection)
        seq = {"first": 1, "middle": last // 2, "last": last}[place]
        run(connection, "DELETE FROM audit_record WHERE chain = :c AND seq = :s", c=chain, s=seq)
        fault = first_fault(connection)
        assert fault is not None
        assert (fault.chain, fault.seq) == (chain, seq)
        assert "missing" in fault.text


@pytest.mark.parametrize("apart", [1, 40])
@pytest.mark.parametrize("what", ["numbers", "contents", "bodies"])
def test_a_swapped_pair_is_found(app: Flask, what: str, apart: int) -> None:
    with app.app_context(), tampering() as connection:
        chain, last = the_chain(connection)
        one, two = last // 2, last // 2 + apart
        if what == "numbers":
            run(connection, "UPDATE audit_record SET seq = -1 WHERE chain = :c AND seq = :s", c=chain, s=one)
            run(connection, "UPDATE audit_record SET seq = :o WHERE chain = :c AND seq = :s", c=chain, s=two, o=one)
            run(connection, "UPDATE audit_record SET seq = :t WHERE chain = :c AND seq = -1", c=chain, t=two)
        else:
            columns = ("body", "hash") if what == "bodies" else COLUMNS[2:]
            rows = {}
            for seq in (one, two):
                query = f"SELECT {', '.join(columns)} FROM audit_record WHERE chain = {chain} AND seq = {seq}"
                row = connection.execute(sa.text(query)).one()
                rows[seq] = dict(zip(columns, row, strict=True))
            for seq, other in ((one, two), (two, one)):
                sets = ", ".join(f"{column} = :{column}" for column in columns)
                run(connection, f"UPDATE audit_record SET {sets} WHERE chain = {chain} AND seq = {seq}", **rows[other])
        fault = first_fault(connection)
        assert fault is not None
        assert (fault.chain, fault.seq) == (chain, one)


@pytest.mark.property
@pytest.mark.parametrize("column", HEAD_COLUMNS)
def test_a_changed_head_is_found(app: Flask, column: str) -> None:
    @settings(max_examples=count(200, 8))
    @given(st.integers(0, 63), st.integers(0, 254))
    def tried(at: int, step: int) -> None:
        with tampering() as connection:
            chain, _last = the_chain(connection)
            if change(connection, "chain_head", f"chain = {chain}", column, at, step):
                assert chain in {found for found, _seq in faults_of(connection)}

    with app.app_context():
        tried()


def test_a_deleted_head_is_found(app: Flask) -> None:
    with app.app_context(), tampering() as connection:
        run(connection, "DELETE FROM chain_head")
        fault = first_fault(connection)
        assert fault is not None
        assert "head of the chain is missing" in fault.text


@pytest.mark.parametrize("seq", [-1, 0, 1_000_000])
def test_an_added_row_is_found(app: Flask, seq: int) -> None:
    with app.app_context(), tampering() as connection:
        columns = ", ".join(COLUMNS[2:])
        run(connection, f"INSERT INTO audit_record (chain, seq, {columns}) SELECT chain, {seq}, {columns} FROM audit_record WHERE seq = 5")
        assert first_fault(connection) is not None


def test_a_tail_that_was_cut_together_with_an_older_head_is_found_by_the_anchor(app: Flask, clock: ManualClock) -> None:
    """The old head with its old seal was right once: only what was written down outside the database says that there was more."""
    with app.app_context():
        county_id = the_county().id
        old = db.session.execute(sa.text("SELECT seq, hash, seal FROM chain_head WHERE chain = :c"), {"c": county_id}).one()
        with transaction(clock=clock) as tx:
            record(tx, machine(county_id), "test.one", "test")
        assert write_anchors(db.session(), clock.today()) >= 1
        db.session.rollback()
        with tampering() as connection:
            run(connection, "DELETE FROM audit_record WHERE chain = :c AND seq > :s", c=county_id, s=old[0])
            values = {"c": county_id, "s": old[0], "h": old[1], "e": old[2]}
            run(connection, "UPDATE chain_head SET seq = :s, hash = :h, seal = :e WHERE chain = :c", **values)
            assert first_fault(connection) is None
            fault = first_fault(connection, read_anchors())
            assert fault is not None
            assert (fault.chain, fault.seq) == (county_id, old[0] + 1)
            run(connection, "DELETE FROM audit_record")
            run(connection, "DELETE FROM chain_head")
            fault = first_fault(connection)
            assert fault is not None, "a county whose record was taken away whole"
            assert fault.chain == county_id


def test_a_chain_made_anew_with_the_stolen_key_is_found_by_the_anchor(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        write_anchors(db.session(), clock.today())
        db.session.rollback()
        with tampering() as connection:
            rows = connection.execute(sa.text("SELECT seq, body FROM audit_record WHERE chain = :c ORDER BY seq"), {"c": county_id}).all()
            previous = audit.GENESIS
            for seq, body in rows:
                if seq == 3:
                    body = audit.canonical({**json.loads(body), "facts": {}, "from": "10.0.0.1"})
                previous = audit._link(record_key(), previous, body)
                values = {"c": county_id, "s": seq, "b": body, "h": previous}
                run(connection, "UPDATE audit_record SET body = :b, hash = :h WHERE chain = :c AND seq = :s", **values)
            seal = audit._seal(record_key(), county_id, len(rows), previous)
            run(connection, "UPDATE chain_head SET hash = :h, seal = :s WHERE chain = :c", c=county_id, h=previous, s=seal)
            assert first_fault(connection) is None
            fault = first_fault(connection, read_anchors())
            assert fault is not None
            assert fault.text == "the anchor of that day says otherwise"


def test_another_key_fits_no_record(app: Flask) -> None:
    with app.app_context():
        faults = verify(db.session(), b"another key of thirty-two bytes.")[1]
        assert [(fault.seq, fault.text) for fault in faults] == [(1, "the hash does not follow")]


# --- the guards, the chains, the writing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", ["UPDATE audit_record SET actor = actor", "DELETE FROM audit_record WHERE seq = 1"])
def test_the_database_itself_refuses_to_change_the_record(app: Flask, statement: str) -> None:
    with app.app_context(), db.engine.connect() as connection:
        with pytest.raises(sa.exc.DBAPIError, match="append only"):
            connection.execute(sa.text(statement))


def test_every_append_only_table_is_guarded_against_both() -> None:
    tables = triggers.append_only_tables()
    assert {"audit_record", "once", "case_event", "clause_end", "instrument_signature"} <= set(tables)
    for dialect in ("sqlite", "postgresql"):
        assert {f"guard_{table}_{verb}" for table in tables for verb in ("update", "delete")} <= triggers.names(dialect)


def test_what_failed_is_not_in_the_record(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        before = verify(db.session(), record_key())[0]
        with pytest.raises(RuntimeError):
            with transaction(clock=clock) as tx:
                record(tx, machine(county_id), "test.fails", "test")
                raise RuntimeError
        assert verify(db.session(), record_key()) == (before, [])


def test_each_county_and_the_deployment_have_a_chain_of_their_own(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        with transaction(clock=clock) as tx:
            tx.session.add(County(code="999998", name="示例县", name_hant="示例縣", name_en="Sample County", created_at=clock.wall()))
            record(tx, machine(DEPLOYMENT), "county.add", "county:999998")
        second = db.session.scalars(sa.select(County.id).where(County.code == "999998")).one()
        for chain in (second, county_id, second):
            with transaction(clock=clock) as tx:
                record(tx, machine(chain), "test", "test")
                record(tx, machine(county_id), "test", "test", chain=DEPLOYMENT)
        heads = {row.chain: row.seq for row in db.session.execute(sa.select(audit.ChainHead.chain, audit.ChainHead.seq))}
        assert heads[second] == 2
        assert heads[DEPLOYMENT] == 4
        assert audit_verify()[1] == []
        with tampering() as connection:
            run(connection, "UPDATE audit_record SET verb = 'x' WHERE chain = :c AND seq = 2", c=second)
            assert faults_of(connection) == {(second, 2)}


def test_a_walk_while_others_write_finds_no_fault(app: Flask, clock: ManualClock) -> None:
    stop = threading.Event()
    errors: list[BaseException] = []

    def write() -> None:
        with app.app_context():
            try:
                county_id = the_county().id
                while not stop.is_set():
                    with transaction(clock=clock) as tx:
                        record(tx, machine(county_id), "test", "test")
            except BaseException as error:
                errors.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        with app.app_context():
            reads = []
            for _ in range(12):
                read, faults = verify(db.session(), record_key())
                assert faults == []
                reads.append(read)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []
    assert reads[-1] > reads[0], "nobody wrote meanwhile: the test shows nothing"


def test_same_content_is_same_text() -> None:
    one = audit.canonical({"b": 1, "a": [1, 2], "c": {"y": "字", "x": None}, "d": date(2026, 11, 23), "e": {3, 1, 2}})
    two = audit.canonical({"e": {2, 3, 1}, "d": date(2026, 11, 23), "c": {"x": None, "y": "字"}, "a": [1, 2], "b": 1})
    assert one == two == '{"a":[1,2],"b":1,"c":{"x":null,"y":"字"},"d":"2026-11-23","e":[1,2,3]}'


# --- anchors --------------------------------------------------------------------------------------------------------------------


def test_anchors_are_written_once_and_go_on_after_a_torn_line(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county_id = the_county().id
        assert write_anchors(db.session(), date(2026, 11, 23)) == 1
        assert write_anchors(db.session(), date(2026, 11, 23)) == 0
        whole = audit.anchor_path().read_text(encoding="ascii")
        with audit.anchor_path().open("a", encoding="ascii") as file:
            file.write(f"2026-11-24,{county_id},9")  # killed while writing
        assert read_anchors().keys() == {county_id}
        db.session.rollback()
        with transaction(clock=clock) as tx:
            record(tx, machine(county_id), "test", "test")
        assert write_anchors(db.session(), date(2026, 11, 24)) == 1
        lines = audit.anchor_path().read_text(encoding="ascii").splitlines()
        assert "\n".join(lines[:-1]) + "\n" == whole
        assert lines[-1].startswith(f"2026-11-24,{county_id},")
        db.session.rollback()
        assert audit_verify()[1] == []


def test_a_line_of_the_anchors_that_is_no_anchor_is_a_fault(app: Flask) -> None:
    with app.app_context():
        audit.anchor_path().write_text("2026-11-23,1,one,abc\n", encoding="ascii")
        with pytest.raises(AnchorError, match="line 1"):
            read_anchors()
        assert [(each.county, each.text) for each in audit_verify()[1]] == [("deployment", "line 1 of the anchors cannot be read")]


# --- the command ----------------------------------------------------------------------------------------------------------------


def answer(app: Flask, *arguments: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=list(arguments))
    return done.exit_code, done.stdout


def test_the_command_says_that_all_is_right(app: Flask) -> None:
    with app.app_context():
        expected = db.session.scalar(sa.text("SELECT count(*) FROM audit_record"))
    code, text = answer(app, "audit", "verify", "--json")
    assert (code, json.loads(text)) == (0, {"ok": True, "records": expected})


def test_the_command_names_county_and_number_of_the_first_broken_record(app: Flask, tmp_path: Any) -> None:
    with app.app_context(), db.engine.begin() as connection:
        open_up(connection)
        run(connection, "UPDATE audit_record SET body = replace(body, 'actor', 'Actor') WHERE seq IN (17, 40)")
    code, text = answer(app, "audit", "verify", "--json")
    said = json.loads(text)
    assert code == 1
    assert (said["ok"], said["county"], said["record"]) == (False, "611026", 17)
    code, text = answer(app, "audit", "verify")
    assert code == 1
    assert "611026, record 17" in text


def test_a_record_that_was_moved_to_another_chain_is_named_where_it_is_missing(app: Flask) -> None:
    with app.app_context(), db.engine.begin() as connection:
        open_up(connection)
        run(connection, "UPDATE audit_record SET chain = 77 WHERE seq = 21")
    said = json.loads(answer(app, "audit", "verify", "--json")[1])
    assert (said["county"], said["record"]) == ("611026", 21)


def test_a_damaged_file_is_a_fault_and_no_traceback(sqlite_app: Flask, tmp_path: Any) -> None:
    with sqlite_app.app_context():
        db.session.remove()
        db.engine.dispose()
    path = tmp_path / "data" / "tongban.sqlite3"
    raw = bytearray(path.read_bytes())
    for page in range(2, len(raw) // 4096):
        raw[page * 4096 : page * 4096 + 8] = b"\xff" * 8
    path.write_bytes(raw)
    code, text = answer(sqlite_app, "audit", "verify", "--json")
    assert code == 1
    assert json.loads(text)["ok"] is False


def test_numbers_and_their_record_are_one(app: Flask, clock: ManualClock) -> None:
    """An act's row and its record are written together or not at all."""
    with app.app_context():
        county_id = the_county().id
        with pytest.raises(sa.exc.DBAPIError):
            with transaction(clock=clock) as tx:
                tx.session.add(NumberCounter(county_id=county_id, kind="test", year=2026, last=1))
                record(tx, machine(county_id), "v" * 65, "test")  # longer than the column
        assert db.session.scalar(sa.select(sa.func.count()).where(NumberCounter.kind == "test")) == 0
        assert audit_verify()[1] == []


