"""`flask check`: each thing that can be wrong with a deployment is found and named, and a right one has no fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts.models import Person
from portal.audit import machine, record
from portal.database import db, is_sqlite, sqlite_module, transaction
from portal.network.models import JobRun
from portal.network.queries import the_county
from portal.operations import Report, check
from tests.cases import story
from tests.cases.story import Browse
from tests.flush_guard import unguarded
from tests.foundations.conftest import Ground
from tests.people import ManualClock


@pytest.fixture
def here(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


def codes(found: list[dict[str, str]]) -> set[str]:
    return {each["code"] for each in found}


def text_of(report: Report, code: str) -> str:
    return " | ".join(each["text"] for each in [*report.faults, *report.warnings] if each["code"] == code)


def run(statement: str) -> None:
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def drop_guard(table: str, verb: str) -> None:
    run(f"DROP TRIGGER guard_{table}_{verb}" + ("" if is_sqlite() else f' ON "{table}"'))


def test_the_demonstration_county_has_no_fault(here: Flask, clock: ManualClock) -> None:
    report = check(clock)
    assert report.faults == []
    assert codes(report.warnings) <= {"calendar", "sqlite"}


def test_the_calendar_of_the_next_year_is_missed_from_november_on(here: Flask, clock: ManualClock) -> None:
    assert "2027" in text_of(check(clock), "calendar")
    clock.go_to(date(2026, 10, 31))
    assert "calendar" not in codes(check(clock).warnings)
    clock.go_to(date(2026, 11, 1))
    assert "calendar" in codes(check(clock).warnings)
    clock.go_to(date(2027, 1, 4))
    report = check(clock)
    assert "calendar" in codes(report.faults)
    assert "2027" in text_of(report, "calendar")


def test_a_missing_trigger_is_named(here: Flask, clock: ManualClock) -> None:
    drop_guard("case_event", "delete")
    assert "guard_case_event_delete" in text_of(check(clock), "triggers")


def test_a_trigger_that_is_switched_off_is_named(here: Flask, clock: ManualClock) -> None:
    if is_sqlite():
        return  # SQLite has no such switch
    run("ALTER TABLE clause_end DISABLE TRIGGER guard_clause_end_update")
    assert "guard_clause_end_update" in text_of(check(clock), "triggers")


def test_a_database_that_is_not_migrated_is_a_fault(ground: Ground, clock: ManualClock) -> None:
    app = ground.app()
    with app.app_context():
        report = check(clock)
        assert "migrations" in codes(report.faults)
        assert "nothing" in text_of(report, "migrations")
        flask_migrate.upgrade(revision="0004")
        assert "the database is at 0004" in text_of(check(clock), "migrations")
        db.session.remove()
        db.engine.dispose()


def test_a_database_that_does_not_answer_is_a_fault(grounds: Callable[[str], Ground], clock: ManualClock) -> None:
    ground = grounds("sqlite")
    app = Ground("postgresql", ground.data_dir, "postgresql+psycopg://nobody@127.0.0.1:1/nothing").app()
    with app.app_context():
        assert codes(check(clock).faults) == {"database"}


def test_a_damaged_file_is_a_fault(sqlite_app: Flask, clock: ManualClock) -> None:
    with sqlite_app.app_context():
        db.session.remove()
        db.engine.dispose()
        path = Path(sqlite_app.config["DATA_DIR"]) / "tongban.sqlite3"
        raw = bytearray(path.read_bytes())
        for page in range(3, len(raw) // 4096):
            raw[page * 4096 : page * 4096 + 8] = b"\xff" * 8
        path.write_bytes(raw)
        assert "database" in codes(check(clock).faults)


def test_a_journal_that_is_no_write_ahead_log_is_a_fault(sqlite_app: Flask, clock: ManualClock) -> None:
    with sqlite_app.app_context():
        db.session.remove()
        db.engine.dispose()
        connection = sqlite_module().connect(str(Path(sqlite_app.config["DATA_DIR"]) / "tongban.sqlite3"))
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.close()
        assert "wal" in codes(check(clock).faults)


@pytest.mark.parametrize("what", ["folder", "key"])
def test_what_others_can_read_is_a_fault(grounds: Callable[[str], Ground], sqlite_app: Flask, clock: ManualClock, what: str) -> None:
    data_dir = Path(sqlite_app.config["DATA_DIR"])
    path = data_dir if what == "folder" else data_dir / "record-key"
    if what == "key":
        path.write_text("11" * 32, encoding="ascii")
    path.chmod(0o755 if what == "folder" else 0o644)
    with sqlite_app.app_context():
        assert {"folder": "data_dir", "key": "keys"}[what] in codes(check(clock).faults)


def test_a_broken_record_is_a_fault(here: Flask, clock: ManualClock) -> None:
    drop_guard("audit_record", "update")
    run("UPDATE audit_record SET actor = 'x' WHERE seq = 33")
    assert "611026, record 33" in text_of(check(clock), "record")


def test_another_record_key_is_suspected(here: Flask, clock: ManualClock) -> None:
    here.config["RECORD_KEY"] = b"another key of thirty-two bytes."
    assert "RECORD_KEY" in text_of(check(clock), "record")


def test_a_field_key_that_opens_nothing_is_a_fault(here: Flask, clock: ManualClock) -> None:
    with transaction(clock=clock) as tx:
        county = the_county().id
        tx.session.add(Person(county_id=county, kind="natural", masked_name="示**", number_sealed=b"\x01" + b"x" * 40, created_at=tx.now))
        record(tx, machine(county), "test", "test")
    assert "FIELD_KEY" in text_of(check(clock), "field_key")


def test_a_clause_about_to_lapse_is_a_warning(here: Flask, clock: ManualClock) -> None:
    for table, verb in (("clause", "update"),):
        drop_guard(table, verb)
    lasts = {30: clock.today() + timedelta(days=30), 31: clock.today() + timedelta(days=31)}
    ids = [row[0] for row in db.session.execute(sa.text("SELECT id FROM clause WHERE until_on IS NULL OR until_on > '2027-06-01' LIMIT 2"))]
    for clause, last in zip(ids, lasts.values(), strict=True):
        run(f"UPDATE clause SET until_on = '{last.isoformat()}' WHERE id = {clause}")
    text = text_of(check(clock), "clause")
    assert f"clause {ids[0]} " in text
    assert f"clause {ids[1]} " not in text
    clock.advance(days=1)
    assert f"clause {ids[1]} " in text_of(check(clock), "clause")
    clock.advance(days=31)
    assert f"clause {ids[0]} " not in text_of(check(clock), "clause")  # over: no longer about to


def test_a_case_that_is_not_what_its_events_say_is_named(app: Flask, browse: Browse, clock: ManualClock) -> None:
    numbers = [story.to_town(browse), story.collect(browse("village-xialiang"))]
    with app.app_context():
        assert check(clock).faults == []
        run(f"UPDATE \"case\" SET state = 'accepted' WHERE number = '{numbers[0]}'")
        run("UPDATE leg SET received_at = NULL")
        text = text_of(check(clock), "projection")
        assert numbers[0] in text and numbers[1] not in text
        assert "state" in text and "leg 2.received_at" in text
        run(f"UPDATE \"case\" SET state = 'received' WHERE number = '{numbers[0]}'")
        run("DELETE FROM leg")
        assert text_of(check(clock), "projection").endswith("leg 2")


def test_events_that_cannot_be_read_are_named_and_the_rest_goes_on(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = story.collect(browse("village-xialiang"))
    with app.app_context():
        drop_guard("case_event", "update")
        run("UPDATE case_event SET payload = '[]'")
        report = check(clock)
        assert number in text_of(report, "projection")
        assert "calendar" in codes(report.warnings)


def test_jobs_that_are_not_run_are_a_warning_and_failed_ones_a_fault(here: Flask, clock: ManualClock) -> None:
    assert "job" not in codes(check(clock).warnings)
    clock.wall_offset = timedelta(days=3)
    assert "timer" in text_of(check(clock), "job")
    with unguarded(db):
        db.session.add(JobRun(county_id=the_county().id, job="nightly", period="2026-11-23", started_at=clock.wall(), outcome="no paper"))
        db.session.commit()
    report = check(clock)
    assert "job" in codes(report.faults)
    assert "no paper" in text_of(report, "job")


def test_the_command(here: Flask) -> None:
    done = here.test_cli_runner().invoke(args=["check", "--json"])
    said = json.loads(done.stdout)
    assert (done.exit_code, said["ok"], said["faults"]) == (0, True, [])
    assert set(said) == {"ok", "faults", "warnings"}
    drop_guard("once", "update")
    done = here.test_cli_runner().invoke(args=["check", "--json"])
    said = json.loads(done.stdout)
    assert (done.exit_code, said["ok"], codes(said["faults"])) == (1, False, {"triggers"})
    assert "FAULT" in here.test_cli_runner().invoke(args=["check"]).stdout
