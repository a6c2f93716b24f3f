"""What `make test-long` has done so far: a run that was stopped goes on with its seed and leaves out what has passed; sums are kept.

`python -m tests.long_runs` prints the seed of the run that goes on, or of a new one.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
STATE = Path(os.environ.get("TEST_LONG_STATE") or ROOT / "instance" / "test-long.json")


def revision() -> str:
    """What is tested: the commit and what differs from it; another revision begins anew."""
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        changes = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{head}{'+' if changes.strip() else ''}"


def read() -> dict[str, Any]:
    """The state file; empty where there is none."""
    try:
        found: dict[str, Any] = json.loads(STATE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def write(state: dict[str, Any]) -> None:
    STATE.parent.mkdir(parents=True, exist_ok=True)
    temporary = STATE.with_suffix(".new")
    temporary.write_text(json.dumps(state, indent=1, ensure_ascii=False), encoding="utf-8")
    temporary.replace(STATE)


def begin(given: str | None) -> str:
    """The seed to run with: the given one, else that of an unfinished run of this revision, else a new one."""
    state, now = read(), revision()
    current = state.get("current") or {}
    if current.get("revision") == now and (given is None or given == current.get("seed")):
        return str(current["seed"])
    seed = given or str(secrets.randbelow(2**32))
    write({"current": {"revision": now, "seed": seed, "passed": []}, "sums": state.get("sums", {"runs": 0, "tests": 0, "seeds": []})})
    return seed


class Resumed:
    """The plug-in of a long run: leaves out what has passed in it, writes down what passes, adds up when all has."""

    def __init__(self) -> None:
        self.state = read()
        self.current = self.state.get("current") or {"passed": []}
        self.failed = 0

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        done = set(self.current["passed"])
        left_out = [item for item in items if item.nodeid in done]
        if left_out:
            items[:] = [item for item in items if item.nodeid not in done]
            config.hook.pytest_deselected(items=left_out)
            print(f"goes on: {len(left_out)} passed before in this run, {len(items)} are left")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed += 1
        if report.when == "call" and report.passed:
            self.current["passed"].append(report.nodeid)
            self.state["current"] = self.current
            write(self.state)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus in (0, 5) and not self.failed and "seed" in self.current:
            sums = self.state.setdefault("sums", {"runs": 0, "tests": 0, "seeds": []})
            sums["runs"] += 1
            sums["tests"] += len(self.current["passed"])
            sums["seeds"].append(self.current["seed"])
            print(f"\nall long runs so far: {sums['runs']} with {sums['tests']} tests passed, seeds {', '.join(sums['seeds'][-5:])}")
            self.state["current"] = None
            write(self.state)
            session.exitstatus = 0


if __name__ == "__main__":
    print(begin(os.environ.get("TEST_SEED") or None))
