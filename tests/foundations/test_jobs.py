"""Jobs: once a period, safe to repeat, finished by the next start when killed, done once by two at the same moment."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal import jobs
from portal.accounts.models import Account, LoginThrottle, SignInSession
from portal.audit import anchor_path, read_anchors
from portal.config import ROOT
from portal.database import NotFound, db
from portal.jobs import Job, JobFailed, Outcome, run_jobs
from portal.network.models import JobRun
from portal.operations import audit_verify
from tests import conftest as ours
from tests.flush_guard import unguarded
from tests.foundations.test_transaction import at_once, records
from tests.people import ManualClock


@pytest.fixture
def here(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


@pytest.fixture(autouse=True)
def one_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """How jobs run is shown on one of them; what each other does has a test of its own."""
    monkeypatch.setattr(jobs, "JOBS", {"nightly": jobs.JOBS["nightly"]})


def outcomes(runs: list[jobs.Run]) -> list[Outcome]:
    return [run.outcome for run in runs]


def rows() -> list[JobRun]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(JobRun).order_by(JobRun.id)))


def test_a_day_is_done_once(here: Flask, clock: ManualClock) -> None:
    assert outcomes(run_jobs(clock=clock)) == [Outcome.DONE]
    for _ in range(3):
        assert outcomes(run_jobs(clock=clock)) == [Outcome.ALREADY_DONE]
    assert len(rows()) == 1
    assert records("job.done") == 1
    clock.wall_offset = timedelta(days=1)
    assert outcomes(run_jobs(clock=clock)) == [Outcome.DONE]
    assert [row.period for row in rows()] == sorted({row.period for row in rows()})
    assert len(anchor_path().read_text(encoding="ascii").splitlines()) == 2
    assert audit_verify()[1] == []


def test_the_day_is_the_one_on_the_wall(here: Flask, clock: ManualClock) -> None:
    """The business clock of a demonstration may stand anywhere; the record and its anchors keep wall time."""
    clock.advance(days=400)
    run_jobs(clock=clock)
    assert rows()[0].period == (clock.wall() + timedelta(hours=8)).date().isoformat()


def test_two_at_the_same_moment_do_it_once(here: Flask, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []

    def slow(county_id: int, _clock: Any) -> str:
        done.append(county_id)
        time.sleep(0.5)
        return "done"

    monkeypatch.setitem(jobs.JOBS, "nightly", Job("nightly", "slow", jobs.daily, slow))
    results = [runs[0].outcome for runs in at_once(here, lambda _index: run_jobs(clock=clock), 4)]
    assert len(done) == 1
    assert sorted(results)[:2] != [Outcome.DONE] * 2
    assert results.count(Outcome.DONE) == 1
    assert set(results) <= {Outcome.DONE, Outcome.RUNNING_ELSEWHERE, Outcome.ALREADY_DONE}
    assert len(rows()) == 1


def test_one_that_fails_says_why_and_is_tried_again(here: Flask, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_county_id: int, _clock: Any) -> str:
        raise JobFailed("no paper")

    def breaks(_county_id: int, _clock: Any) -> str:
        raise ZeroDivisionError("by zero")

    works = jobs.JOBS["nightly"]
    monkeypatch.setitem(jobs.JOBS, "nightly", Job("nightly", "", jobs.daily, fails))
    for _ in range(2):
        run = run_jobs(clock=clock)[0]
        assert (run.outcome, run.text) == (Outcome.FAILED, "no paper")
    assert (rows()[0].ended_at, rows()[0].outcome) == (None, "no paper")
    assert records("job.failed") == 1  # the same failure again is no news
    monkeypatch.setitem(jobs.JOBS, "nightly", Job("nightly", "", jobs.daily, breaks))
    assert run_jobs(clock=clock)[0].text == "ZeroDivisionError: by zero"
    monkeypatch.setitem(jobs.JOBS, "nightly", works)
    assert outcomes(run_jobs(clock=clock)) == [Outcome.DONE]
    assert len(rows()) == 1
    assert rows()[0].ended_at is not None


KILLED = textwrap.dedent(
    """
    import os, sys, time
    from app import create_app
    from portal.config import load_config
    from portal import jobs
    app = create_app(load_config(os.environ))
    works = jobs.JOBS["nightly"]
    def halfway(county_id, clock):
        works.run(county_id, clock)
        print("halfway", flush=True)
        time.sleep(60)
    jobs.JOBS["nightly"] = jobs.Job("nightly", "", jobs.daily, halfway)
    with app.app_context():
        jobs.run_jobs(clock=app.extensions["clock"])
    """
)


def test_one_that_was_killed_is_finished_by_the_next(here: Flask, clock: ManualClock) -> None:
    import os

    environ = {
        **os.environ,
        "DATA_DIR": str(here.config["DATA_DIR"]),
        "DATABASE_URL": here.config["SQLALCHEMY_DATABASE_URI"],
        "PYTHONPATH": str(ROOT),
        **ours.KEYS,
    }
    process = subprocess.Popen([sys.executable, "-c", KILLED], cwd=ROOT, env=environ, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"halfway\n"
    assert outcomes(run_jobs(clock=clock)) == [Outcome.RUNNING_ELSEWHERE]
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    process.stdout.close()
    assert rows()[0].ended_at is None
    for _ in range(50):  # PostgreSQL notices after a moment that nobody is there any more
        if outcomes(run_jobs(clock=clock)) != [Outcome.RUNNING_ELSEWHERE]:
            break
        time.sleep(0.2)
    assert outcomes(run_jobs(clock=clock)) == [Outcome.ALREADY_DONE]
    assert rows()[0].ended_at is not None
    assert audit_verify()[1] == []


def test_nightly_fails_on_a_broken_record_and_anchors_nothing(here: Flask, clock: ManualClock) -> None:
    with db.engine.begin() as connection:
        name = "guard_audit_record_update"
        connection.exec_driver_sql(f"DROP TRIGGER {name}" + ("" if connection.dialect.name == "sqlite" else " ON audit_record"))
        connection.exec_driver_sql("UPDATE audit_record SET subject = 'x' WHERE seq = 12")
    run = run_jobs("nightly", clock=clock)[0]
    assert run.outcome is Outcome.FAILED
    assert "record 12" in run.text
    assert read_anchors() == {}


def test_nightly_deletes_what_is_of_long_ago_and_no_more(here: Flask, clock: ManualClock) -> None:
    account = db.session.scalars(sa.select(Account.id)).first()
    wall = clock.wall()
    days = {"ancient": 200, "old": 91, "known": 89, "yesterday": 1, "newest": 300}
    with unguarded(db):
        for name, ago in days.items():
            at = wall - timedelta(days=ago)
            db.session.add(SignInSession(token_hash=name, account_id=account, started_at=at, seen_at=at, ended_at=at))
            db.session.add(LoginThrottle(key=name, failures=1, last_at=at, free_at=at))
            db.session.flush()
        db.session.commit()
    highest = db.session.scalar(sa.select(sa.func.max(SignInSession.id)))
    assert run_jobs(clock=clock)[0].text.endswith("7 old sessions, delays and uploads deleted")
    db.session.rollback()
    assert set(db.session.scalars(sa.select(SignInSession.token_hash))) == {"known", "yesterday", "newest"}
    assert set(db.session.scalars(sa.select(LoginThrottle.key))) == set(), "no budget remembers failures of yesterday"
    # the highest number is not given out a second time: the record names sessions by it
    assert db.session.scalar(sa.select(sa.func.max(SignInSession.id))) == highest
    assert records("sessions.purge") == 1


def test_the_commands(here: Flask) -> None:
    def asked(*arguments: str) -> tuple[int, Any]:
        done = here.test_cli_runner().invoke(args=["jobs", *arguments, "--json"])
        return done.exit_code, json.loads(done.stdout)

    code, said = asked("list")
    assert code == 0
    assert [(job["name"], job["last"]) for job in said["jobs"]] == [("nightly", [])]
    code, said = asked("run")
    assert (code, said["runs"][0]["outcome"], said["runs"][0]["county"]) == (0, "done", "611026")
    code, said = asked("run", "nightly")
    assert (code, said["runs"][0]["outcome"]) == (0, "already_done")
    code, said = asked("list")
    assert said["jobs"][0]["last"][0]["ended_at"]
    code, said = asked("run", "laundry")
    assert (code, said["error"]["code"]) == (1, "not_found")


def test_an_unknown_job_is_named(here: Flask, clock: ManualClock) -> None:
    with pytest.raises(NotFound, match="laundry"):
        run_jobs("laundry", clock=clock)


def test_without_a_county_there_is_nothing_to_do(migrated: Flask, clock: ManualClock) -> None:
    assert run_jobs(clock=clock) == []


def test_the_timer_starts_what_there_is() -> None:
    unit = (Path(ROOT) / "deploy" / "tongban-jobs.service").read_text(encoding="utf-8")
    assert "flask jobs run" in unit
