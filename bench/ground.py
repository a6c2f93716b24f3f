"""The ground that measurements stand on: subjects timed in turn beside a floor, and a county of their own in a temporary directory."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

KEYS = {"SECRET_KEY": "11" * 32, "FIELD_KEY": "22" * 32, "RECORD_KEY": "33" * 32}


def in_turn(subjects: Mapping[str, Callable[[], object]], *, rounds: int, seconds: float) -> dict[str, float]:
    """Median seconds of processor time of one call of each subject, so that a busy machine does not count. They take turns; after `rounds`
    rounds, or `seconds` on the wall if that is sooner, it is enough (three rounds at the least)."""
    for subject in subjects.values():
        subject()
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    until = time.monotonic() + seconds
    for turn in range(rounds):
        if turn >= 3 and time.monotonic() > until:
            break
        for name, subject in subjects.items():
            started = time.thread_time()
            subject()
            taken[name].append(time.thread_time() - started)
    return {name: statistics.median(each) for name, each in taken.items()}


def duration(seconds: float) -> str:
    """A duration as people read it: 1.2 s, 3.4 ms, 5.6 µs."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


@contextmanager
def a_site(*, seeded: bool, url: str = "") -> Iterator[Flask]:
    """The site on a database of its own: migrated, and with the demonstration county where `seeded`. Gone afterwards.

    `url` names an empty database on a server; without it an SQLite file in the temporary directory serves.
    """
    import flask_migrate

    from app import create_app
    from portal.config import load_config
    from portal.database import db
    from portal.seeding import seed_demo

    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as folder:
        address = url or f"sqlite:///{Path(folder) / 'tongban.sqlite3'}"
        environ = {"DATA_DIR": folder, "DATABASE_URL": address, "DEMO": "1", "DEMO_PASSWORD": "only-for-this-bench", **KEYS}
        app = create_app(load_config(environ))
        with app.app_context():
            flask_migrate.upgrade()
            if seeded:
                seed_demo(app)
            db.session.remove()
        try:
            yield app
        finally:
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
