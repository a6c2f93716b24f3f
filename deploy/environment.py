"""Make `.venv` and install one lock file into it, checked by hash; done once for each state of the lock.

`python3 deploy/environment.py requirements.lock`. Needs the standard library only, and no network when nothing has changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# The lock of development holds all pins of the lock of production, so that one install serves both.
INCLUDES = {"requirements.lock": ["requirements.lock"], "requirements-dev.lock": ["requirements-dev.lock", "requirements.lock"]}


def checksum(lock: str) -> str:
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def stamp(lock: str) -> Path:
    return VENV / f"{lock}.installed"


def is_installed(lock: str) -> bool:
    """Whether this very lock is installed in an environment that still belongs to this place."""
    try:
        return stamp(lock).read_text(encoding="ascii") == f"{checksum(lock)} {VENV}\n" and PYTHON.exists()
    except OSError:
        return False


def works() -> bool:
    """Whether `.venv` can be used: made here (not copied or moved) by a Python that is still there."""
    try:
        where = subprocess.run([PYTHON, "-c", "import pip, sys; print(sys.prefix)"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return where.stdout.strip() == str(VENV)


def install(lock: str) -> int:
    started = time.monotonic()
    if not works():
        missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
        if missing:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            print(f"Tongban needs Python's venv, which this Python {version} lacks (no {' and no '.join(missing)}).", file=sys.stderr)
            print(f"On Debian and Ubuntu: apt-get install python{version}-venv", file=sys.stderr)
            return 1
        print("Making .venv", flush=True)
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
        if made.returncode:
            print("`python3 -m venv` failed, see above.", file=sys.stderr)
            return 1
    print(f"Installing the packages of {lock}, checked by hash (once; needs the network)", flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--require-hashes", "-r", lock]
    if subprocess.run(pip, check=False, cwd=ROOT).returncode:
        print("The packages could not be installed; pip says why above. Is the package index reachable from here?", file=sys.stderr)
        return 1
    for name in INCLUDES.get(lock, [lock]):
        written = stamp(name).with_suffix(".new")
        written.write_text(f"{checksum(name)} {VENV}\n", encoding="ascii")
        written.replace(stamp(name))
    print(f"Installed in {time.monotonic() - started:.0f} s", flush=True)
    return 0


def main(lock: str) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - an older one may well run this file
        print(f"Tongban needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    if is_installed(lock):
        return 0
    import fcntl

    with open(ROOT / lock, "rb") as turn:  # two makes at once come one after the other
        fcntl.flock(turn, fcntl.LOCK_EX)
        return 0 if is_installed(lock) else install(lock)


if __name__ == "__main__":
    os.environ.pop("PYTHONHOME", None)
    if len(sys.argv) != 2 or sys.argv[1] not in INCLUDES:
        raise SystemExit(f"usage: environment.py {' | '.join(INCLUDES)}")
    raise SystemExit(main(sys.argv[1]))
