"""Several processes full of people act at random on the same cases; some are killed. What is left is one history (C-2, C-6, C-16, C-17, G-17)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from portal.authority.models import Clause as ClauseRow
from portal.authority.models import ClauseEnd, InstrumentRegistration
from portal.cases.models import Case, CaseEvent
from portal.clock import Clock
from portal.config import ROOT
from portal.database import db
from portal.operations import check
from tests import conftest as ours

PROCESSES = 3
STEPS = int(os.environ.get("RACE_STEPS", "400"))  # of each process before it ends by itself
ROUNDS = int(os.environ.get("RACE_ROUNDS", "4"))


def start(app: Flask, seed: int, log: list[str]) -> tuple[subprocess.Popen[str], threading.Thread]:
    environ = {
        **os.environ,
        "DATA_DIR": str(app.config["DATA_DIR"]),
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "DEMO": "1",
        "PYTHONPATH": str(ROOT),
        **ours.KEYS,
    }
    command = [sys.executable, "-m", "tests.long.office", str(seed), str(STEPS)]
    errors = Path(str(app.config["DATA_DIR"])) / f"office-{seed}.txt"
    with errors.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=out, text=True)
    assert process.stdout is not None
    stdout = process.stdout

    def read() -> None:
        for line in stdout:
            if line.endswith("\n"):
                log.append(line.strip())

    reader = threading.Thread(target=read)
    reader.start()
    return process, reader


def test_what_many_did_at_once_is_one_history(app: Flask) -> None:
    chance = random.Random(int(os.environ["TEST_SEED"]))
    log: list[str] = []
    killed = 0
    for _round in range(ROUNDS):
        running = [start(app, chance.randrange(2**31), log) for _ in range(PROCESSES)]
        time.sleep(chance.uniform(4, 12))
        victim, _reader = chance.choice(running)
        if victim.poll() is None:
            victim.send_signal(signal.SIGKILL)
            killed += 1
        for process, reader in running:
            code = process.wait(timeout=600)
            reader.join(timeout=60)
            assert process.stdout is not None
            process.stdout.close()
            assert code == 0 or process is victim, (Path(str(app.config["DATA_DIR"])) / f"office-{process.args[3]}.txt").read_text()[-3000:]  # type: ignore[index]
    with app.app_context():
        # the papers of these tests were made row by row (tests/cases/grants.py), so the record holds no digest of them
        assert [fault for fault in check(Clock()).faults if fault["code"] != "instruments"] == []
        _every_act_that_was_told_is_there_once(log)
        _no_event_outside_its_clause()
        kinds = Counter(db.session.scalars(sa.select(CaseEvent.kind)))
        print(f"{len(log)} acts on {db.session.scalar(sa.select(sa.func.count(Case.id)))} cases, {killed} processes killed: {dict(kinds)}")
        assert len(log) > 20 * ROUNDS and killed > 0
        assert {"collected", "handed_off", "leg_received", "accepted"} & set(kinds)
        db.session.remove()


def _every_act_that_was_told_is_there_once(log: list[str]) -> None:
    """What a process said it had committed is in the history, under that number; numbers of events have no holes and no doubles."""
    seqs: dict[str, list[int]] = {}
    query = sa.select(Case.number, CaseEvent.seq).join(CaseEvent, CaseEvent.case_id == Case.id).order_by(Case.id, CaseEvent.seq)
    for number, seq in db.session.execute(query):
        seqs.setdefault(number, []).append(seq)
    for number, found in seqs.items():
        assert found == list(range(1, len(found) + 1)), number
    versions = {(number, version) for number, version in db.session.execute(sa.select(Case.number, Case.version))}
    assert versions == {(number, found[-1]) for number, found in seqs.items()}
    told = Counter(log)
    assert [line for line, times in told.items() if times > 1] == []
    assert {line for line in told if int(line.split()[1]) not in seqs.get(line.split()[0], [])} == set()


def _no_event_outside_its_clause() -> None:
    """G-17: the later of the first day and the registration ≤ the event < every recorded end."""
    ends = sa.select(ClauseEnd.clause_id, sa.func.min(ClauseEnd.ends_at).label("first")).group_by(ClauseEnd.clause_id).subquery()
    query = (
        sa.select(CaseEvent.id, CaseEvent.occurred_at, InstrumentRegistration.registered_at, ends.c.first)
        .join(ClauseRow, ClauseRow.id == CaseEvent.clause_id)
        .join(InstrumentRegistration, InstrumentRegistration.instrument_id == ClauseRow.instrument_id)
        .outerjoin(ends, ends.c.clause_id == CaseEvent.clause_id)
    )
    rows = db.session.execute(query).all()
    assert rows
    for event, occurred_at, registered_at, first in rows:
        assert registered_at <= occurred_at, event
        assert first is None or occurred_at < first, event
