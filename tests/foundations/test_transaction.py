"""`transaction()`: writers queue and lose nothing, the moment is read after the locks, what fails leaves nothing (C-17, C-23, G-17)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.audit import AuditRecord, OnceKey, machine, record
from portal.config import ROOT
from portal.database import Once, Stale, db, transaction
from portal.network.models import County, Division, NumberCounter
from portal.network.queries import next_number, the_county
from portal.operations import audit_verify
from tests import conftest as ours
from tests.flush_guard import UnrecordedWrite, unguarded
from tests.people import ManualClock

KIND = "test"


def county_id() -> int:
    found = the_county().id
    db.session.rollback()
    return found


def numbers() -> int:
    """How many numbers of the test's own kind were given out."""
    db.session.rollback()
    return db.session.scalar(sa.select(NumberCounter.last).where(NumberCounter.kind == KIND)) or 0


def records(verb: str) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(AuditRecord).where(AuditRecord.verb == verb)) or 0


def take(county: int, clock: Any, once: Once | None = None) -> int:
    """One act: the next number, with its line in the record."""
    with transaction(clock=clock, once=once) as tx:
        number = next_number(tx, county, KIND, 2026)
        tx.result = f"/numbers/{number}"
        record(tx, machine(county), "test.take", f"number:{number}")
        return number


def at_once(app: Flask, work: Callable[[int], Any], threads: int) -> list[Any]:
    """The same work in several threads that start together; exceptions are results."""
    barrier = threading.Barrier(threads)

    def one(index: int) -> Any:
        with app.app_context():
            try:
                barrier.wait(timeout=30)
                return work(index)
            except Exception as error:
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


@pytest.fixture
def here(app: Flask) -> Iterator[Flask]:
    """The demonstration county, with its context open."""
    with app.app_context():
        yield app


# --- writers at once ------------------------------------------------------------------------------------------------------------


def test_threads_that_count_at_once_lose_nothing(here: Flask, clock: ManualClock) -> None:
    county = county_id()
    each, threads = ours.count(500, 10), 6
    taken = at_once(here, lambda _index: [take(county, clock) for _ in range(each)], threads)
    assert sorted(number for numbers_of in taken for number in numbers_of) == list(range(1, each * threads + 1))
    assert numbers() == records("test.take") == each * threads
    assert audit_verify()[1] == []


CHILD = textwrap.dedent(
    """
    import sys, time
    from app import create_app
    from portal.config import load_config
    import os
    app = create_app(load_config(os.environ))
    clock = app.extensions["clock"]
    from portal.audit import machine, record
    from portal.database import transaction
    from portal.network.queries import next_number, the_county
    with app.app_context():
        county = the_county().id
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(int(sys.argv[1])):
            with transaction(clock=clock) as tx:
                number = next_number(tx, county, "test", 2026)
                record(tx, machine(county), "test.take", f"number:{number}")
                if len(sys.argv) > 2:
                    print("inside", flush=True)
                    time.sleep(60)
            print(number, flush=True)
    """
)


def child(app: Flask, *arguments: str) -> subprocess.Popen[str]:
    """Another process of the same deployment, ready and waiting for its start."""
    environ = {
        **os.environ,
        "DATA_DIR": str(app.config["DATA_DIR"]),
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "PYTHONPATH": str(ROOT),
        **ours.KEYS,
    }
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, *arguments], cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_processes_that_count_at_once_lose_nothing(here: Flask) -> None:
    each = ours.count(1000, 20)
    processes = [child(here, str(each)) for _ in range(3)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    taken = [int(line) for process in processes for line in process.communicate(timeout=240)[0].split()]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(taken) == list(range(1, 3 * each + 1))
    assert numbers() == records("test.take") == 3 * each
    assert audit_verify()[1] == []


def test_a_process_killed_in_the_middle_leaves_nothing_and_holds_nobody_up(here: Flask, clock: ManualClock) -> None:
    process = child(here, "1", "stay")
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    assert process.stdout.readline() == "inside\n"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    process.stdin.close()
    process.stdout.close()
    assert numbers() == 0
    assert take(county_id(), clock) == 1
    assert audit_verify()[1] == []


def bump(counter: int, version: int, clock: Any) -> int:
    """An act on a row that a form was drawn from: its version must still be the one of the form (C-23)."""
    with transaction(clock=clock) as tx:
        row = tx.lock(sa.select(NumberCounter).where(NumberCounter.id == counter))[0]
        if row.last != version:
            raise Stale(row.last)
        time.sleep(0.01)  # long enough that without the lock both would pass
        row.last += 1
        record(tx, machine(row.county_id), "test.bump", f"counter:{counter}")
        return int(row.last)


def test_two_act_on_one_version_and_one_wins(here: Flask, clock: ManualClock) -> None:
    take(county_id(), clock)
    counter = db.session.scalars(sa.select(NumberCounter.id).where(NumberCounter.kind == KIND)).one()
    for version in range(1, ours.count(100, 4) + 1):
        results = at_once(here, lambda _index, version=version: bump(counter, version, clock), 3)  # type: ignore[misc]
        assert [each for each in results if isinstance(each, int)] == [version + 1]
        assert [each.current for each in results if isinstance(each, Stale)] == [version + 1] * 2
    assert records("test.bump") == numbers() - 1


# --- the moment -----------------------------------------------------------------------------------------------------------------


def test_the_moment_is_read_after_the_locks(here: Flask, clock: ManualClock) -> None:
    """Who waited for a lock acts at the moment when they got it: never before what the other one did (G-17)."""
    take(county_id(), clock)
    counter = db.session.scalars(sa.select(NumberCounter.id).where(NumberCounter.kind == KIND)).one()
    query = sa.select(NumberCounter).where(NumberCounter.id == counter)
    waiting = threading.Event()
    seen: list[datetime] = []

    def second() -> None:
        with here.app_context():
            waiting.set()
            with transaction(clock=clock) as tx:
                tx.lock(query)
                seen.append(tx.now)
            db.session.remove()

    thread = threading.Thread(target=second)
    with transaction(clock=clock) as tx:
        tx.lock(query)
        first = tx.now
        thread.start()
        waiting.wait(timeout=30)
        time.sleep(0.2)
        assert seen == []
        clock.advance(minutes=5)
    thread.join(timeout=30)
    assert seen == [first + timedelta(minutes=5)]


def test_the_moment_stands_still_within_an_act(here: Flask, clock: ManualClock) -> None:
    with transaction(clock=clock) as tx:
        first = tx.now
        clock.advance(hours=1)
        assert tx.now == first


def test_locking_after_the_moment_was_read_is_a_fault_of_ours(here: Flask, clock: ManualClock) -> None:
    with transaction(clock=clock) as tx:
        assert tx.now
        with pytest.raises(RuntimeError, match="before reading the moment"):
            tx.lock(sa.select(County))


# --- all or nothing -------------------------------------------------------------------------------------------------------------


def test_what_fails_writes_nothing(here: Flask, clock: ManualClock) -> None:
    county = county_id()
    before = records("test.take")
    once = Once("account:1", "k" * 20, "take", "f" * 64)
    with pytest.raises(ZeroDivisionError):
        with transaction(clock=clock, once=once) as tx:
            next_number(tx, county, KIND, 2026)
            record(tx, machine(county), "test.take", "test")
            tx.session.flush()
            raise ZeroDivisionError
    assert (numbers(), records("test.take")) == (0, before)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OnceKey).where(OnceKey.key == once.key)) == 0
    assert take(county, clock, once) == 1


def test_an_inner_transaction_joins_the_outer_one(here: Flask, clock: ManualClock) -> None:
    county = county_id()
    with pytest.raises(ZeroDivisionError):
        with transaction(clock=clock) as outer:
            assert take(county, clock) == 1
            with transaction(clock=clock) as inner:
                assert inner is outer
            raise ZeroDivisionError
    assert (numbers(), records("test.take")) == (0, 0)
    with transaction(clock=clock):
        assert (take(county, clock), take(county, clock)) == (1, 2)
    assert (numbers(), records("test.take")) == (2, 2)


def test_a_write_begins_with_what_is_there_now(here: Flask, clock: ManualClock) -> None:
    """What the page read before is not what the act changes: the request's read transaction ends first."""
    county = county_id()
    take(county, clock)
    old = db.session.scalars(sa.select(NumberCounter).where(NumberCounter.kind == KIND)).one()
    assert old.last == 1
    at_once(here, lambda _index: take(county, clock), 1)
    with transaction(clock=clock) as tx:
        assert tx.lock(sa.select(NumberCounter).where(NumberCounter.kind == KIND))[0].last == 2


def test_reading_waits_for_no_writer(here: Flask, clock: ManualClock) -> None:
    county = county_id()
    with transaction(clock=clock) as tx:
        next_number(tx, county, KIND, 2026)
        record(tx, machine(county), "test.take", "test")
        started = time.monotonic()
        assert at_once(here, lambda _index: numbers(), 1) == [0]
        assert time.monotonic() - started < 5  # the writers' queue gives up after ten


# --- the guard of the tests -----------------------------------------------------------------------------------------------------


def a_division(county: int, code: str = "999998000000") -> Division:
    return Division(county_id=county, code=code, level="town", name="示例镇", name_hant="示例鎮", name_en="Sample")


def test_a_write_without_a_record_fails(here: Flask, clock: ManualClock) -> None:
    county = county_id()
    with pytest.raises(UnrecordedWrite, match="division: written without a line in the record"):
        with transaction(clock=clock) as tx:
            tx.session.add(a_division(county))
    with pytest.raises(UnrecordedWrite, match="division"):
        with transaction(clock=clock) as tx:
            tx.session.execute(sa.update(Division).values(edition="x"))
    assert db.session.scalar(sa.select(sa.func.count()).where(Division.code == "999998000000")) == 0


def test_a_write_outside_a_transaction_fails(here: Flask) -> None:
    county = county_id()
    db.session.add(a_division(county))
    with pytest.raises(UnrecordedWrite, match="outside transaction"):
        db.session.flush()
    db.session.rollback()
    with pytest.raises(UnrecordedWrite, match="outside transaction"):
        db.session.execute(sa.delete(Division))
    db.session.rollback()
    with unguarded(db):
        db.session.add(a_division(county))
        db.session.commit()
    assert db.session.scalar(sa.select(sa.func.count()).where(Division.code == "999998000000")) == 1


def test_a_recorded_write_passes_after_a_failed_one(here: Flask, clock: ManualClock) -> None:
    county = county_id()
    with pytest.raises(UnrecordedWrite):
        with transaction(clock=clock) as tx:
            tx.session.add(a_division(county))
    with transaction(clock=clock) as tx:
        tx.session.add(a_division(county))
        record(tx, machine(county), "division.add", "division:999998000000")
    with transaction(clock=clock):
        pass  # an act that changes nothing records nothing
    assert records("division.add") == 1


# --- what a column keeps --------------------------------------------------------------------------------------------------------


def test_a_moment_without_a_zone_is_refused_and_an_aware_one_comes_back_aware(here: Flask) -> None:
    with pytest.raises(sa.exc.StatementError, match="must be aware"):
        db.session.execute(sa.select(County.id).where(County.created_at > datetime(2026, 1, 1)))
    db.session.rollback()
    at = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    with unguarded(db):
        db.session.execute(sa.update(County).values(created_at=at))
        db.session.commit()
    kept = db.session.scalars(sa.select(County.created_at)).one()
    assert kept == at
    assert kept.tzinfo == timezone.utc


@pytest.mark.parametrize("code", ["9" * 13, "9" * 200])
def test_a_text_longer_than_its_column_is_refused_on_both_engines(here: Flask, clock: ManualClock, code: str) -> None:
    county = county_id()
    with pytest.raises((sa.exc.IntegrityError, sa.exc.DataError)):
        with transaction(clock=clock) as tx:
            tx.session.add(a_division(county, code))
            record(tx, machine(county), "division.add", "division")
    assert records("division.add") == 0


def test_a_reference_into_another_county_is_refused(here: Flask, clock: ManualClock) -> None:
    ours_id = county_id()
    with transaction(clock=clock) as tx:
        other = County(code="999998", name="示例县", name_hant="示例縣", name_en="Sample County", created_at=clock.wall())
        tx.session.add(other)
        tx.session.flush()
        record(tx, machine(0), "county.add", "county:999998")
        other_id = other.id
    town = db.session.scalars(sa.select(Division.id).where(Division.county_id == ours_id, Division.level == "town")).first()
    with pytest.raises(sa.exc.IntegrityError):
        with transaction(clock=clock) as tx:
            child_of_ours = a_division(other_id)
            child_of_ours.parent_id = town
            tx.session.add(child_of_ours)
            record(tx, machine(other_id), "division.add", "division")


def test_the_settings_of_a_connection(here: Flask) -> None:
    with db.engine.connect() as connection:
        if db.engine.dialect.name != "sqlite":
            assert connection.exec_driver_sql("SHOW server_encoding").scalar() == "UTF8"
            return
        for pragma, value in (("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 2), ("trusted_schema", 0)):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value, pragma
        assert Path(str(here.config["DATA_DIR"])).stat().st_mode & 0o777 == 0o700
