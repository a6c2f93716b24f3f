"""Fixtures: the demonstration county on both engines, a clock that tests set, people who sign in, pages read as a browser reads them."""

from __future__ import annotations

import fcntl
import functools
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import uuid4

import brotli
import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule, rules

from tests import legs, long_runs, postgres
from tests.people import Browser, ManualClock, new_clock

PASSWORD = "correct-horse-battery"
KEYS = {"SECRET_KEY": "11" * 32, "FIELD_KEY": "22" * 32, "RECORD_KEY": "33" * 32}
ENGINES = ("sqlite", "postgresql")
RAN: set[str] = set()

settings.register_profile(
    "ours", deadline=None, derandomize=False, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("ours")


def pytest_configure(config: pytest.Config) -> None:
    seed = os.environ.setdefault("TEST_SEED", str(random.SystemRandom().randrange(10**9)))
    config.stash[SEED] = seed
    if not hasattr(config, "workerinput"):
        _keep_files_in_memory()
        from portal.i18n import compile_all

        compile_all()  # a fresh clone has no compiled catalogues
    if os.environ.get("TEST_LONG") == "1":
        config.pluginmanager.register(long_runs.Resumed())


def _keep_files_in_memory() -> None:
    """Thousands of small databases need no disk: where the system has a file system in memory with room, pytest's folders lie there."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 * 2**30:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


SEED = pytest.StashKey[str]()


def pytest_report_header(config: pytest.Config) -> str:
    return f"TEST_SEED={config.stash[SEED]} (set it to repeat this run)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        path = str(item.path)
        if "/tests/long/" in path:
            item.add_marker(pytest.mark.long)
        if "postgresql" in item.name:
            item.add_marker(pytest.mark.postgres)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Under several workers one has the browser and its county, one each county that the tests of the web share: making one takes longer
    than most tests with it. These three come first, the largest before others; every other test goes to whoever is free. (By the names
    of the tests: pytest 9 no longer hands the groups of marks to xdist 3.8.)
    """
    from xdist.scheduler import LoadScopeScheduling

    class Shared(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith("tests/browser/"):
                return "browser"
            if nodeid.startswith("tests/web/"):
                return "web, postgresql" if "postgresql" in nodeid else "web, sqlite"
            return nodeid

    return Shared(config, log)


def count(full: int, least: int = 1) -> int:
    """How often a property is tried: `full` times in `make test-long`, about 1/50 of it in `make test`."""
    return max(least, int(full * float(os.environ.get("TEST_SCALE", "0.02"))))


def is_sqlite(app: Flask) -> bool:
    """Whether this site stands on SQLite."""
    return str(app.config["SQLALCHEMY_DATABASE_URI"]).startswith("sqlite")


def is_in_share(name: str, part: int, parts: int) -> bool:
    """Whether this part of a long round looks at what is called so: the run's seed deals it to one of the parts. `make test-long` looks at all."""
    if os.environ.get("TEST_LONG") == "1":
        return True
    return random.Random(f"{os.environ['TEST_SEED']} {name}").randrange(parts) == part


# --- what each of thousands of apps would compile again ---------------------------------------------------------------------------


def _addresses_compiled_once() -> None:
    """Werkzeug reads each of the site's addresses and compiles two functions for it, half a second an app; they depend on the address alone."""
    compile_builder: Any = Rule._compile_builder
    made: dict[Any, Any] = {}
    rules._part_re = SimpleNamespace(match=functools.cache(rules._part_re.match))  # type: ignore[assignment]

    def once(rule: Any, append_unknown: bool = True) -> Any:
        key = (tuple(rule._trace), rule.rule, repr(rule.defaults), append_unknown)
        if key not in made:
            made[key] = compile_builder(rule, append_unknown)
        return made[key]

    Rule._compile_builder = once  # type: ignore[method-assign]


_addresses_compiled_once()
brotli.compress = functools.cache(brotli.compress)  # each app compresses the static files into a folder of its own


class _Templates(BytecodeCache):
    """The compiled templates of a worker, whichever app asks."""

    kept: ClassVar[dict[tuple[str, str], bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        code = self.kept.get((bucket.key, bucket.checksum))
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_DIALECTS: dict[str, tuple[Any, Any]] = {}


def _statements_compiled_once(app: Flask) -> None:
    """SQLAlchemy keeps compiled statements by engine and dialect; all apps of a worker use those of the first that was connected."""
    from portal.database import db

    with app.app_context():
        engine = db.engine
        kept = _DIALECTS.get(engine.dialect.name)
        if kept is None or kept[0].server_version_info is None:
            _DIALECTS[engine.dialect.name] = engine.dialect, engine._compiled_cache
        else:
            engine.dialect, engine._compiled_cache = kept


# --- databases ------------------------------------------------------------------------------------------------------------------


def _environ(data_dir: Path, url: str) -> dict[str, str]:
    return {"DATA_DIR": str(data_dir), "DATABASE_URL": url, "DEMO": "1", "DEMO_PASSWORD": PASSWORD, **KEYS}


def make_app(data_dir: Path, url: str, clock: Any) -> Flask:
    """The site on a database, with a clock of the test's own."""
    from app import create_app
    from portal.config import load_config

    app = create_app(load_config(_environ(data_dir, url)), clock=clock)
    app.testing = False  # errors become pages, as in life
    app.jinja_env.bytecode_cache = _Templates()
    _statements_compiled_once(app)
    return app


def _seed(data_dir: Path, url: str) -> None:
    import flask_migrate

    from portal.database import db
    from portal.seeding import seed_demo

    app = make_app(data_dir, url, new_clock())
    with app.app_context():
        flask_migrate.upgrade()
        seed_demo(app)
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """engine → a migrated and seeded database to copy; made once for all workers of a run."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    made: list[str] = []

    def of(engine: str) -> str:
        with (shared / f"{engine}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            note = shared / f"{engine}.template"
            if not note.exists():
                folder = shared / f"template-{engine}"
                if engine == "sqlite":
                    name = str(folder / "tongban.sqlite3")
                    _seed(folder, f"sqlite:///{name}")
                    _checkpoint(name)
                else:
                    name = f"tongban_t_{uuid4().hex[:10]}"
                    postgres.admin(f'CREATE DATABASE "{name}"')
                    made.append(name)
                    _seed(folder, postgres.url_of(name))
                note.write_text(name, encoding="utf-8")
            return note.read_text(encoding="utf-8")

    yield of
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        for name in made:
            postgres.admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _checkpoint(name: str) -> None:
    from portal.database import sqlite_module

    connection = sqlite_module().connect(name)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The run's own template databases go with it; under several workers the one that leads drops them."""
    if legs.postgres_url() is None:
        return
    postgres.drop_kept()
    if hasattr(session.config, "workerinput"):
        return
    import psycopg

    base = getattr(session.config, "_tmp_path_factory", None)
    if base is None:
        return
    note = base.getbasetemp() / "postgresql.template"
    if note.exists():
        try:
            postgres.admin(f'DROP DATABASE IF EXISTS "{note.read_text(encoding="utf-8")}" WITH (FORCE)')
        except psycopg.Error:
            pass


@contextmanager
def copy_of(engine: str, templates: Callable[[str], str], folder: Path, *, own: bool = False) -> Iterator[str]:
    """The address of a fresh copy of the seeded county: for one test; with `own` for as long as it is wanted beside other tests."""
    template = templates(engine)
    if engine == "sqlite":
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template, folder / "tongban.sqlite3")
        from portal.database import sqlite_module

        connection = sqlite_module().connect(str(folder / "tongban.sqlite3"))
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
        yield f"sqlite:///{folder / 'tongban.sqlite3'}"
        return
    if not own:
        yield postgres.url_of(postgres.fresh(template))
        return
    name = f"tongban_c_{uuid4().hex[:10]}"
    postgres.admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield postgres.url_of(name)
    finally:
        postgres.admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def engines() -> list[Any]:
    """Both engines as parameters; PostgreSQL is left out, and said to be, where there is none."""
    absent = legs.postgres_url() is None
    return ["sqlite", pytest.param("postgresql", marks=pytest.mark.skipif(absent, reason="left out: no PostgreSQL"))]


@pytest.fixture
def clock() -> ManualClock:
    """Business time stands at 09:00 on Monday the 23rd of November 2026 until the test moves it."""
    return new_clock()


@pytest.fixture(params=engines())
def app(request: pytest.FixtureRequest, templates: Callable[[str], str], tmp_path: Path, clock: ManualClock) -> Iterator[Flask]:
    """The demonstration county, fresh, on each engine."""
    yield from _app(request.param, templates, tmp_path, clock)


@pytest.fixture
def sqlite_app(templates: Callable[[str], str], tmp_path: Path, clock: ManualClock) -> Iterator[Flask]:
    """The demonstration county on SQLite alone, for what no engine changes: pages, looks, weights."""
    yield from _app("sqlite", templates, tmp_path, clock)


def _app(engine: str, templates: Callable[[str], str], tmp_path: Path, clock: ManualClock) -> Iterator[Flask]:
    from portal.database import db
    from tests import flush_guard

    with copy_of(engine, templates, tmp_path / "data") as url:
        app = make_app(tmp_path / "data", url, clock)
        with app.app_context():
            flush_guard.guard(db)
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def browse(app: Flask) -> Callable[..., Browser]:
    """A browser of its own for each person: `browse("window-mr")`, `browse()` for the public."""
    return lambda username="": Browser(app, username, PASSWORD)


@pytest.fixture
def browse_sqlite(sqlite_app: Flask) -> Callable[..., Browser]:
    return lambda username="": Browser(sqlite_app, username, PASSWORD)
