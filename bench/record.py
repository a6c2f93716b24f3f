"""How many acts a second the record takes: `transaction()` with its chained line, beside the same row written without a chain.

`python -m bench.record`. One writer and eight, on SQLite and, where a server lets it make a database of its own (as the tests find one),
on PostgreSQL. Each stretch is timed for 0.6 s; under 30 seconds together.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from flask import Flask

from bench.ground import a_site
from tests import legs

STRETCH_S = 0.6
ROUNDS = 3
WRITERS = (1, 8)
ELSEWHERE = 999_999  # a chain that is none: rows under it are written without a head
_numbers = itertools.count(1)


def chained(app: Flask) -> None:
    """One act of the site: nothing but its line in the record, chained by the hook before the commit."""
    from portal.audit import machine, record
    from portal.database import transaction

    with transaction(clock=app.extensions["clock"]) as tx:
        record(tx, machine(1, "bench"), "bench", "bench:1", number=1)


def unchained(app: Flask) -> None:
    """The same row in the same kind of transaction, with neither a head to lock nor a hash to compute: the floor."""
    from portal.audit import AuditRecord, canonical
    from portal.database import transaction

    clock = app.extensions["clock"]
    with transaction(clock=clock) as tx:
        wall, seq = clock.wall(), next(_numbers)
        body = canonical(
            {
                "chain": ELSEWHERE,
                "seq": seq,
                "recorded_at": wall,
                "at": tx.now,
                "actor": "guest:bench",
                "verb": "bench",
                "subject": "bench:1",
            }
        )
        tx.session.add(
            AuditRecord(
                chain=ELSEWHERE, seq=seq, recorded_at=wall, actor="guest:bench", verb="bench", subject="bench:1", body=body, hash="0" * 64
            )
        )


def rate(app: Flask, write: Callable[[Flask], None], writers: int) -> float:
    """Acts a second of so many threads at once."""
    done, stop = [0] * writers, time.monotonic() + STRETCH_S

    def work(which: int) -> None:
        from portal.database import db

        with app.app_context():
            while time.monotonic() < stop:
                write(app)
                done[which] += 1
            db.session.remove()

    threads = [threading.Thread(target=work, args=(which,)) for which in range(writers)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.monotonic() - started)


@contextmanager
def _engines() -> Iterator[dict[str, str]]:
    """Name of each engine → address of an empty database ("" for a file of the site's own)."""
    server = legs.postgres_url()
    if server is None:
        yield {"SQLite": ""}
        return
    import psycopg

    name = f"tongban_bench_{uuid4().hex[:10]}"
    plain = server.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
        try:
            yield {"SQLite": "", "PostgreSQL": server.rsplit("/", 1)[0] + "/" + name}
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def main(arguments: list[str] | None = None) -> int:
    print("record: acts a second that write one line each, without the chain (the floor) and with it")
    with _engines() as engines:
        for engine, url in engines.items():
            with a_site(seeded=False, url=url) as app:
                for writers in WRITERS:
                    plain, linked = [], []
                    for _round in range(ROUNDS):  # in turn, so that whatever else the machine does meets both alike
                        plain.append(rate(app, unchained, writers))
                        linked.append(rate(app, chained, writers))
                    floor, measured = sorted(plain)[ROUNDS // 2], sorted(linked)[ROUNDS // 2]
                    text = f"  {engine}, {writers} writer{'s' if writers > 1 else ''}"
                    print(f"{text:<24} {floor:>6,.0f} → {measured:>6,.0f} a second, {measured / floor:.2f} of the floor", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
