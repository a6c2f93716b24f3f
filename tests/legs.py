"""The two legs that a machine may lack, PostgreSQL and Chromium: find them, and say in one line each what is left out.

`python -m tests.legs` prints; with REQUIRE_LEGS=1 a missing leg is an error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from uuid import uuid4

LOCAL_POSTGRES = "postgresql+psycopg://127.0.0.1:5432/postgres"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def postgres_url(environ: Mapping[str, str] = os.environ) -> str | None:
    """The address of a server on which tests may make databases of their own: TEST_POSTGRES_URL, else 127.0.0.1:5432; None without one.

    A TEST_POSTGRES_URL that does not answer is an error, not an absence.
    """
    given = environ.get("TEST_POSTGRES_URL", "").strip()
    url = given or LOCAL_POSTGRES
    fault = _fault_of(url)
    if fault is None:
        return url
    if given:
        raise SystemExit(f"TEST_POSTGRES_URL cannot be used: {fault}")
    return None


def chromium_path(environ: Mapping[str, str] = os.environ) -> str | None:
    """The browser for playwright's `executable_path`: CHROMIUM, else one that is installed; None without one."""
    given = environ.get("CHROMIUM", "").strip()
    if given:
        if not os.access(given, os.X_OK):
            raise SystemExit(f"CHROMIUM={given} cannot be started")
        return given
    return next((path for name in CHROMIUMS if (path := shutil.which(name, path="/usr/bin:/usr/local/bin:/snap/bin"))), None)


@cache
def _fault_of(url: str) -> str | None:
    """What keeps us from making a database there, or None."""
    import psycopg
    from psycopg import sql

    name = sql.Identifier(f"tongban_probe_{uuid4().hex[:12]}")
    try:
        with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True, connect_timeout=3) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
            connection.execute(sql.SQL("DROP DATABASE {}").format(name))
    except psycopg.Error as error:
        return " ".join(str(error).split())
    return None


def main() -> int:
    postgres, chromium = postgres_url(), chromium_path()
    if postgres is None:
        print("left out: PostgreSQL (nothing that we may use answers on 127.0.0.1:5432; set TEST_POSTGRES_URL)")
    if chromium is None:
        print("left out: browser tests (no Chromium is installed; set CHROMIUM to its path)")
    else:
        version = subprocess.run([chromium, "--version"], capture_output=True, text=True, check=False, timeout=30)
        print(f"browser: {version.stdout.strip() or chromium}")
    if os.environ.get("REQUIRE_LEGS") == "1" and (postgres is None or chromium is None):
        print("REQUIRE_LEGS=1: both legs must run", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
