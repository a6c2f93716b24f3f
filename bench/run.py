"""`make bench`: every measurement of this folder, one after the other; exit 1 where a promise is broken.

A measurement is a module here with `main(arguments: list[str]) -> int` that prints its own line; `--only NAME` runs one.
"""

from __future__ import annotations

import argparse
import importlib
import time
from pathlib import Path

NOT_MEASUREMENTS = {"__init__", "ground", "run"}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description="Run the measurements.")
    parser.add_argument("--only", metavar="NAME", help="one module of this folder")
    only = parser.parse_args(arguments).only
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in NOT_MEASUREMENTS)
    if only is not None and only not in names:
        parser.error(f"no measurement {only!r}; there are: {', '.join(names)}")
    broken = []
    for name in [only] if only else names:
        started = time.monotonic()
        if importlib.import_module(f"bench.{name}").main([]):
            broken.append(name)
        print(f"[{name}: {time.monotonic() - started:.0f} s]", flush=True)
    if broken:
        print(f"broken: {', '.join(broken)}")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
