"""From installed packages to a served site: what `make run` and the service unit do, in this order, each step safe to repeat.

`python -m portal.bootstrap [--demo] [--prepare]`: `--demo` makes DEMO=1 the default, `--prepare` stops before serving.
Everything that must happen once happens here, under a lock and before any worker exists.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from portal.config import ROOT, Config, ConfigError, demo_password, keys, load_config, make_data_dir

if TYPE_CHECKING:
    from flask import Flask

SAFE_SQLITE = (3, 51, 3)  # older ones can lose a write-ahead log when a checkpoint and a writer meet
# What the accounts of the demonstration county are for; who they are is decided by the seed.
ACCOUNTS = (
    ("manager", "drafts and registers instruments"),
    ("supervisor", "watches deadlines and complaints"),
    ("center", "management of the county center"),
    ("dept-mr", "head of market regulation, signs"),
    ("leader-mr", "leader in charge of market regulation"),
    ("chief-mr", "chief representative at the county center, decides"),
    ("window-mr", "clerk of market regulation at the county center"),
    ("window-tax", "clerk at the tax sub-center"),
    ("chief-xialiang", "chief at the town center of Xialiang 下梁镇"),
    ("town-xialiang", "clerk at the town center of Xialiang"),
    ("village-xialiang", "agent in a village room below Xialiang"),
    ("town-yingpan", "clerk of another town, who must not see Xialiang's cases"),
    ("cashier", "collects fees"),
    ("inspector-mr", "inspector of market regulation"),
    ("inspector-fire", "inspector of fire safety"),
    ("enterprise-1", "an enterprise"),
    ("enterprise-2", "another enterprise"),
    ("auditor", "reads the record"),
    ("admin", "accounts and settings"),
)


class Progress:
    """Lines that say what is being done and how long it took."""

    def __init__(self) -> None:
        self.started = time.monotonic()

    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def say(self, text: str) -> None:
        print(text, flush=True)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        started = time.monotonic()
        print(f"  {text} ...", end=" ", flush=True)
        yield
        print(f"{time.monotonic() - started:.1f} s", flush=True)


@contextmanager
def only_one(config: Config, progress: Progress) -> Iterator[None]:
    """Two starts on one DATA_DIR come one after the other; the lock goes with the process that holds it."""
    lock = os.open(config.data_dir / "start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.say("  another start is at work here, waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def refuse_taken_port(config: Config) -> None:
    """Say at once, before minutes of work, that somebody else listens on our address."""
    host = config.host.strip("[]")
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, config.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        another = config.port % 65535 + 1
        why = f"Cannot listen on {host}, port {config.port}: {error.strerror}."
        raise ConfigError(f"{why} Choose another: make run PORT={another}") from error


def limit_old_sqlite(config: Config, progress: Progress) -> None:
    """With an SQLite that is too old for several writing processes there is one worker; say so."""
    from portal.database import sqlite_module

    version = sqlite_module().sqlite_version_info
    if not config.is_sqlite or version >= SAFE_SQLITE:
        return
    found, wanted = (".".join(map(str, number)) for number in (version, SAFE_SQLITE))
    progress.say(f"  SQLite {found} is older than {wanted}: one process only, with a rollback journal")
    os.environ["WEB_CONCURRENCY"] = "1"


def translations_are_stale() -> bool:
    """Whether a catalogue has no compiled file that is as new as itself."""
    for source in (ROOT / "portal" / "translations").glob("*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            return True
    return False


def prepare(config: Config, progress: Progress) -> Flask:
    """Translations, static folder, migrations and, with DEMO=1, the demonstration county. Safe to repeat."""
    if translations_are_stale():
        with progress.step("translations"):
            from portal.i18n import compile_all

            compile_all()
    with progress.step("static files"):
        from portal.web import static

        static.build(config.data_dir)
    with progress.step("database"):
        import flask_migrate

        from app import create_app

        app = create_app(config)

        with app.app_context():
            flask_migrate.upgrade(directory=str(ROOT / "migrations"))
    if config.demo:
        with progress.step("demonstration county"):
            from portal.seeding import seed_demo

            with app.app_context():
                seed_demo(app)
    return app


def welcome(config: Config, progress: Progress) -> str:
    """What is printed when the site answers: the address and, with DEMO=1, how to sign in."""
    lines = ["", f"Tongban 通办 answers at {config.public_url}/ (ready after {progress.elapsed():.1f} s; stop it with Ctrl-C)"]
    if config.demo:
        lines.append(f"DEMONSTRATION 示例. All accounts have the password {demo_password(config)}")
        lines += [f"  {name:<17} {work}" for name, work in ACCOUNTS]
        if config.now:
            lines.append(f"The business clock started at {config.now.isoformat()} (NOW)")
    else:
        lines.append("The first account: .venv/bin/flask users create NAME --role admin --at CODE")
    return "\n".join([*lines, ""])


def serve(config: Config, note: str) -> NoReturn:
    """Become gunicorn: the same process, so that signals reach it."""
    os.environ["TONGBAN_READY_NOTE"] = note
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "deploy" / "gunicorn.conf.py")])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m portal.bootstrap", description="Prepare the data directory and serve.")
    parser.add_argument("--demo", action="store_true", help="make DEMO=1 the default")
    parser.add_argument("--prepare", action="store_true", help="prepare only, do not serve")
    options = parser.parse_args(arguments)
    progress = Progress()
    os.umask(0o077)
    for stream in (sys.stdout, sys.stderr):  # a terminal that cannot show 通办 shows question marks, and the start goes on
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    if options.demo and not os.environ.get("DEMO"):
        os.environ["DEMO"] = "1"
    # One start of the business clock for the seed, the migrations and every worker, also for one that is born later.
    os.environ["NOW_STARTED_AT"] = datetime.now(timezone.utc).isoformat()
    try:
        config = load_config(os.environ)
        os.environ["DATA_DIR"] = str(config.data_dir)
        if not options.prepare:
            refuse_taken_port(config)
        make_data_dir(config)
        progress.say(f"Preparing {_short(config.data_dir)}")
        with only_one(config, progress):
            keys(config)
            limit_old_sqlite(config, progress)
            if config.demo:
                os.environ["DEMO_PASSWORD"] = demo_password(config)
                os.environ.pop("DEMO_PASSWORD_FILE", None)
            prepare(config, progress)
        if not options.prepare:
            refuse_taken_port(config)  # again: another start may have been quicker
    except ConfigError as error:
        print(f"Tongban cannot start. {error}", file=sys.stderr)
        return 1
    if options.prepare:
        progress.say(f"Prepared in {progress.elapsed():.1f} s")
        return 0
    serve(config, welcome(config, progress))


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


if __name__ == "__main__":
    raise SystemExit(main())
