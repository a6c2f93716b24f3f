"""The two commands of the README, from a fresh copy, an empty home directory and the system's own Python. Needs the network once."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
WITHOUT_NETWORK = ["unshare", "--net", "sh", "-c", "ip link set lo up && exec make run"]


def files_of_the_clone() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    return [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone")
    for name in files_of_the_clone():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


@contextmanager
def running(clone: Path, home: Path, command: list[str], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    home.mkdir(exist_ok=True)
    environ = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(home), "PORT": str(port)}
    with log.open("wb") as out, subprocess.Popen(command, cwd=clone, env=environ, stdout=out, stderr=out, start_new_session=True) as make:
        try:
            yield make
        finally:
            os.killpg(make.pid, signal.SIGTERM)
            make.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def seconds_until_home(port: int, make: subprocess.Popen[bytes], log: Path, limit: float) -> float:
    started = time.monotonic()
    while time.monotonic() - started < limit:
        assert make.poll() is None, log.read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                assert answer.status == 200
                return time.monotonic() - started
        except urllib.error.URLError:
            time.sleep(0.1)
    pytest.fail(f"no home page within {limit} s\n{log.read_text(encoding='utf-8')}")


def seconds_until_ready(make: subprocess.Popen[bytes], log: Path, limit: float) -> float:
    """For a server whose network is not ours: by what it prints when it answers."""
    started = time.monotonic()
    while time.monotonic() - started < limit:
        assert make.poll() is None, log.read_text(encoding="utf-8")
        if "answers at" in log.read_text(encoding="utf-8"):
            return time.monotonic() - started
        time.sleep(0.1)
    pytest.fail(f"not ready within {limit} s\n{log.read_text(encoding='utf-8')}")


def test_make_run_serves_from_nothing_and_again_without_a_network(clone: Path, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "first.log"
    with running(clone, tmp_path / "home", ["make", "run"], port, log) as make:
        assert seconds_until_home(port, make, log, 180) < 180
    printed = log.read_text(encoding="utf-8")
    assert "village-xialiang" in printed
    password = (clone / "instance" / "demo-password").read_text(encoding="utf-8").strip()
    assert password in printed
    key = (clone / "instance" / "field-key").read_bytes()

    if os.geteuid() != 0 or not shutil.which("unshare") or subprocess.run(["unshare", "--net", "true"], check=False).returncode:
        pytest.skip("the network cannot be switched off here (unshare needs root)")
    log = tmp_path / "second.log"
    with running(clone, tmp_path / "home", WITHOUT_NETWORK, port, log) as make:
        assert seconds_until_ready(make, log, 30) < 5
    assert password in log.read_text(encoding="utf-8")
    assert (clone / "instance" / "field-key").read_bytes() == key
