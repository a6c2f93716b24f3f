"""A page of a worklist at any depth, by every filter and pair of filters: over ten thousand cases and over many, one after the other in turn.

`python -m bench.worklists` compares ten thousand with fifty thousand, in half a minute. `--cases 1000000` takes a few minutes and two gigabytes
in the temporary folder; `--cases 10000000` half an hour and 25 gigabytes. Only what lists read is there: persons, cases and their
lines, made by the database itself. A quarter of the cases are at one window, and of these pages are read.

The floor is what a page cannot do without: its 25 lines and their items, read by their keys in the same way. Promised: the 99th
of a hundred pages within 30 ms of processor time, and the middle one of many at most 1.2 times that of ten thousand. Compared are pages that
are full on both: of ten thousand cases many a filter leaves a few lines or none, and a page of seven lines costs less than one of 25, however
many cases there are; what all pages cost stands beside it. Exit 1 where it is not kept.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from bench.ground import a_site, duration

FEW, MANY = 10_000, 50_000
P99_S, MOST = 0.030, 1.2
ROUNDS, SECONDS = 600, 12.0
SEED = 20261123
AGENT = "village-xialiang"
ITEMS, DAYS, SPREAD = 10, 10, 400
OF_OTHERS = ("ix_case_holder", "ix_case_addressed", "ix_case_law", "ix_case_open")  # indexes that neither a list nor a search reads

# a case: number i, a spread of its own h, whether it is at the window of which pages are read, the day on which it is due
BASE = """
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last),
b AS (SELECT i, (i * 2654435761) % 4294967296 AS h FROM n),
c AS (SELECT i, h, h % 4 = 0 AS here, CASE WHEN h % 4 = 0 THEN :window ELSE (SELECT id FROM other WHERE at = i % (SELECT count(*) FROM other)) END AS w,
  date(:today, ((h / 7) % :spread - 100) || ' days') AS due, date(:today, -((h / 31) % :days) || ' days') AS got, (h / 11) % 5 AS g,
  1 + (h / 13) % :items AS item FROM b)
"""
CASES = """INSERT INTO "case" (id, county_id, number, tracking_code, item_id, version_id, applicant_id, point_id, collected_window_id, title, state, is_open,
  version, holder_id, collected_at, yellow_on, red_on, overdue_on, sort_on, is_provisional, is_sample)
SELECT i, :county, printf('611026-20261123-%08d', i), printf('T%011d', i), item, item, 1 + i % :people, :point, w, '',
  CASE g WHEN 0 THEN 'received' WHEN 1 THEN 'noticed' WHEN 2 THEN 'accepted' WHEN 3 THEN 'not_accepted' ELSE 'decided' END, 1, 1, w,
  got || ' 01:00:00.000000', date(due, '-3 days'), date(due, '-1 days'), date(due, '+1 days'), due, 0, 1 FROM c"""
LINES = """INSERT INTO work_line (county_id, case_id, box, owner_id, window_id, item_id, version_id, number, case_version, masked_name, from_on, until_on,
  state, state_group, received_on, due_on, order_on, yellow_on, red_on, overdue_on, is_provisional)
SELECT :county, i, box, CASE box WHEN 'mine' THEN :account WHEN 'point' THEN CASE WHEN here THEN :point ELSE 0 END ELSE w END AS owner, w, item, item,
  printf('611026-20261123-%08d', i), 1, '示**', f.since, f.til,
  CASE g WHEN 0 THEN 'received' WHEN 1 THEN 'noticed' WHEN 2 THEN 'accepted' WHEN 3 THEN 'not_accepted' ELSE 'decided' END,
  CASE g WHEN 0 THEN 'intake' WHEN 1 THEN 'supplement' WHEN 2 THEN 'examined' WHEN 3 THEN 'turned_away' ELSE 'decided' END, got, due,
  CASE box WHEN 'warnings' THEN date(due, '-3 days') ELSE due END AS day, date(due, '-3 days'), date(due, '-1 days'), date(due, '+1 days'), 0
FROM c JOIN (SELECT 'window' AS box UNION ALL SELECT 'point' UNION ALL SELECT 'warnings' UNION ALL SELECT 'mine')
JOIN (SELECT '2000-01-01' AS since, '9999-12-31' AS til, 0 AS law UNION ALL SELECT '2000-01-01', '2026-11-30', 1
  UNION ALL SELECT '2026-11-30', '9999-12-31', 1) AS f
WHERE (box <> 'mine' OR here) AND f.law = (i % 10 = 0)
ORDER BY box, owner, day, i, f.since"""


@dataclass
class Ground:
    """A site with so many cases, and who reads their lists."""

    app: Flask
    cases: int
    person: Any
    today: date
    filters: dict[str, Any]


def _fill(app: Flask, cases: int, person: Any, today: date) -> None:
    """Persons, cases and lines, made by the database; the indexes come afterwards, as they would be after a restore."""
    from portal.cases.models import Case
    from portal.catalogue.models import ItemVersion
    from portal.database import db, sqlite_module
    from portal.network.models import Window

    with app.app_context():
        (window,), (point,) = person.window_ids, person.point_ids
        assert set(range(1, ITEMS + 1)) <= set(db.session.scalars(sa.select(ItemVersion.id)))
        others = [each for each in db.session.scalars(sa.select(Window.id).order_by(Window.id)) if each != window]
        db.session.remove()
        people = max(cases // 4, 1000)  # the persons of the demonstration are among them
        first = (db.session.scalar(sa.select(sa.func.max(Case.id))) or 0) + 1
        db.session.remove()
        db.engine.dispose()
        raw = sqlite_module().connect(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"), isolation_level=None)
        for pragma in ("journal_mode=OFF", "foreign_keys=OFF", "synchronous=OFF", "cache_size=-1048576", "threads=2"):
            raw.execute(f"PRAGMA {pragma}").fetchall()
        raw.execute("CREATE TEMP TABLE other (at INTEGER PRIMARY KEY, id INTEGER)")
        raw.executemany("INSERT INTO other VALUES (?, ?)", list(enumerate(others)))
        kept = raw.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('case', 'work_line', 'person', 'person_name')"
        ).fetchall()
        values = {
            "first": first, "last": first + cases - 1, "window": window, "today": today.isoformat(), "spread": SPREAD, "days": DAYS, "items": ITEMS,
            "county": person.county_id, "people": people, "point": point, "account": person.account_id,
        }  # fmt: skip
        raw.execute("BEGIN")
        for name, _sql in kept:
            raw.execute(f'DROP INDEX "{name}"')
        raw.execute("DELETE FROM person_name")
        raw.execute("DELETE FROM person")
        everybody = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :people) INSERT INTO "
        raw.execute(everybody + "person (id, county_id, kind, masked_name, created_at) SELECT i, :county, 'natural', '示**', '2026-11-23 01:00:00.000000' FROM n", values)
        raw.execute(
            everybody + "person_name (id, county_id, person_id, name, name_key) SELECT i, :county, i, '示例' || (i % 5000) || '号', '示例' || (i % 5000) || '号' FROM n", values
        )
        for what in (CASES, LINES):
            into, rows = what.split(")\nSELECT", 1)
            raw.execute(f"{into})\n{BASE}SELECT{rows}", values)
        for name, sql in kept:
            if name not in OF_OTHERS:
                raw.execute(sql)
        raw.execute("COMMIT")
        raw.execute("PRAGMA journal_mode=WAL").fetchall()
        raw.close()


def _ground(app: Flask, cases: int) -> Ground:
    """The site with so many cases, whose lists are read there, and by which filters."""
    from bench.pages import _who
    from portal.rules.worklist import Filters, Group

    with app.app_context():
        person, _token = _who(app, AGENT)
        today = app.extensions["clock"].today()
    _fill(app, cases, person, today)
    day, due = today - timedelta(days=3), today + timedelta(days=60)
    ones: dict[str, dict[str, Any]] = {
        "group": {"group": Group.EXAMINED}, "item": {"item_id": 3}, "received": {"received_on": day}, "due": {"due_on": due}, "order": {"latest_first": True},
    }  # fmt: skip
    names = ["", *ones, *(f"{first}, {second}" for at, first in enumerate(ones) for second in list(ones)[at + 1 :])]
    filters = {name: Filters(**{key: value for one in name.split(", ") if one for key, value in ones[one].items()}) for name in names}
    return Ground(app, cases, person, today, filters)


def _copy(app: Flask) -> str:
    """The address of a copy of the site's database, beside it: seeding once is enough."""
    from portal.database import sqlite_module

    source = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    path = Path(app.config["DATA_DIR"]) / "larger.sqlite3"
    for file, statement in ((source, f"VACUUM INTO '{path}'"), (path, "PRAGMA journal_mode=WAL")):
        connection = sqlite_module().connect(str(file))
        connection.execute(statement)
        connection.close()
    return f"sqlite:///{path}"


def _page(ground: Ground, box: Any, filters: Any, after: tuple[date, int]) -> tuple[float, list[int]]:
    """Seconds of processor time of one page; the cases of its lines."""
    from portal.cases import worklist_queries
    from portal.database import db

    started = time.thread_time()
    lines, _more = worklist_queries.list_box(ground.person, box, ground.today, filters=filters, after=after)
    taken = time.thread_time() - started
    db.session.remove()
    return taken, [line.case.id for line in lines]


def _floor(ground: Ground, box: Any, cases: list[int]) -> float:
    """The same lines by their keys."""
    from portal.cases.worklist_models import WorkLine
    from portal.cases.worklist_queries import _owners
    from portal.catalogue.models import ItemVersion
    from portal.database import db

    (owner,) = _owners(ground.person, box)
    started = time.thread_time()
    there = sa.literal_column("+work_line.box") == box.value, sa.literal_column("+work_line.owner_id") == owner  # the plus: not along the box
    rows = db.session.execute(sa.select(WorkLine.__table__).where(WorkLine.case_id.in_(cases), *there)).all()
    db.session.scalars(sa.select(ItemVersion).where(ItemVersion.id.in_(sorted({row.version_id for row in rows})))).all()
    taken = time.thread_time() - started
    db.session.remove()
    return taken


def _measure(grounds: list[Ground], rng: random.Random) -> list[list[tuple[float, float, int]]]:
    """For each ground its pages: seconds of the page, of its floor, and its lines. Each page is read on every ground in turn."""
    from portal.rules.worklist import Box

    boxes = (Box.WINDOW, Box.POINT, Box.MINE, Box.WARNINGS)
    pages: list[list[tuple[float, float, int]]] = [[] for _ground in grounds]
    until = time.monotonic() + SECONDS
    for turn in range(ROUNDS):
        if turn >= 220 and time.monotonic() > until:
            break
        box, name = rng.choice(boxes), rng.choice(list(grounds[0].filters))
        depth = rng.random()
        for at, ground in enumerate(grounds):
            with ground.app.app_context():
                filters = ground.filters[name]
                day = filters.due_on or ground.today + timedelta(days=int(depth * 300) - 100)
                after = (min(day, ground.today) if box is Box.WARNINGS and not filters.due_on else day, int(depth * ground.cases))
                taken, listed = _page(ground, box, filters, after)
                floor = _floor(ground, box, listed)
            if turn >= 20:  # the first ones warm the caches
                pages[at].append((taken, floor, len(listed)))
    return pages


def _beside(ground: Ground) -> dict[str, float]:
    """Seconds of what stands beside a list: all its counts, and the searches."""
    from portal.cases import worklist_queries as worklists
    from portal.database import db

    subjects = {
        "counts of all boxes": lambda: worklists.count_of(ground.person, worklists.BOXES, ground.today),
        "number": lambda: worklists.find_number(ground.person, f"611026-20261123-{ground.cases // 2:08d}", ground.today),
        "name, whole": lambda: worklists.find_name(ground.person, "示例1234号", ground.today),
        "name, four signs": lambda: worklists.find_name(ground.person, "示例12", ground.today),
    }
    found = {}
    with ground.app.app_context():
        for name, subject in subjects.items():
            times = []
            for _turn in range(5):
                started = time.thread_time()
                subject()  # type: ignore[no-untyped-call]
                times.append(time.thread_time() - started)
                db.session.remove()
            found[name] = statistics.median(times)
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.worklists", description="Measure pages of worklists.")
    parser.add_argument("--cases", type=int, default=MANY, help="how many cases the larger county has open")
    many = parser.parse_args(arguments).cases

    from portal.cases.queries import PAGE

    rng = random.Random(SEED)
    with ExitStack() as stack:
        grounds = []
        small = stack.enter_context(a_site(seeded=True))
        large = stack.enter_context(a_site(seeded=False, url=_copy(small)))
        for app, cases in ((small, FEW), (large, many)):
            started = time.monotonic()
            grounds.append(_ground(app, cases))
            print(f"  {cases:>10,} cases are there after {time.monotonic() - started:.0f} s", flush=True)
        pages = _measure(grounds, rng)
        beside = [_beside(ground) for ground in grounds]
    print("worklists: one page of 25 in processor time, any box, any filters, any depth; and beside it")
    full = [all(each[2] == PAGE for each in turn) for turn in zip(*pages, strict=True)]
    middles, everywhere = [], []
    for ground, each in zip(grounds, pages, strict=True):
        middle, base = (statistics.median(page[of] for page, is_full in zip(each, full, strict=True) if is_full) for of in (0, 1))
        late = statistics.quantiles([page[0] for page in each], n=100)[98]
        middles.append(middle)
        everywhere.append(statistics.median(page[0] for page in each))
        print(
            f"  {ground.cases:>10,} cases: {sum(full)} full pages p50 {duration(middle):>8}  floor {duration(base):>8}  {middle / base:.2f} times the floor;"
            f"  all {len(each)} pages p50 {duration(everywhere[-1]):>8}  p99 {duration(late):>8}"
        )
    for name in beside[0]:
        print(f"  {name:<22} {duration(beside[0][name]):>8} → {duration(beside[1][name]):>8}")
    ratio = middles[1] / middles[0]
    is_kept = late <= P99_S and ratio <= MOST
    print(
        f"  promised: p99 within {duration(P99_S)}, p50 at most {MOST:g} times that of {FEW:,} (it is {ratio:.2f}; of all pages, full or not,"
        f" {everywhere[1] / everywhere[0]:.2f}): {'kept' if is_kept else 'BROKEN'}"
    )
    return 0 if is_kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
