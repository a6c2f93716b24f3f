"""What if: a draft replayed over 100,000 past cases, beside merely reading those cases with their events.

`python -m bench.replay`. The demonstration county on SQLite, filled with copies of a case that went from a room by the town to the county and
back: 14 events each, of nine months, from every town. Read and replayed are all of them, under the clauses of the time and with a draft that
gives review, decision and certificate to one town. Half a minute, most
of it filling; the promise is about two seconds for the answer.
"""

from __future__ import annotations

import json
import time
from datetime import date, datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from flask import Flask

from bench.ground import a_site, duration

CASES = 100_000
ROUNDS = 2  # each takes seconds: the better of the two counts
FIRST_CASE, FIRST_EVENT = 1_000_000, 10_000_000
FIRST, LAST = date(2026, 1, 5), date(2026, 11, 20)
ITEM = "S-03"
MOST_SECONDS = 6.0  # of processor time; the promise is about 2, a busy machine of two slow cores takes three times as long
# kind, whose window, days after the first
WAY = (
    ("collected", "room", 0), ("handed_off", "room", 0), ("received", "town", 1), ("accepted", "town", 2), ("handed_off", "town", 2),
    ("leg_received", "county", 4), ("reviewed", "county", 5), ("decided", "county", 6), ("certified", "county", 6), ("handed_off", "county", 6),
    ("leg_received", "town", 7), ("handed_off", "town", 8), ("leg_received", "room", 9), ("delivered", "room", 10),
)  # fmt: skip


def _fill(app: Flask) -> int:
    """100,000 closed cases, written straight into the tables: what is measured is reading. Returns the county."""
    from portal.authority import queries as authority
    from portal.cases.models import Case, CaseEvent
    from portal.database import db, sqlite_module
    from portal.network.models import ServicePoint, Window
    from portal.network.queries import the_county

    county = the_county().id
    item = authority.item_terms_by_code(county, ITEM, app.extensions["clock"].today())
    pattern = db.session.execute(sa.select(Case).where(Case.item_id == item.id).limit(1)).scalar_one()
    event = db.session.execute(sa.select(CaseEvent).where(CaseEvent.case_id == pattern.id).limit(1)).scalar_one()
    windows = {row.point_id: row.id for row in db.session.scalars(sa.select(Window).order_by(Window.id.desc()))}
    points = {row.id: row for row in db.session.scalars(sa.select(ServicePoint).where(ServicePoint.county_id == county))}
    rooms = [point for point in points.values() if point.level in ("village", "community")]
    hall = db.session.scalar(sa.select(Window.id).where(Window.code == "611026000000-MR"))
    case_of = {column.name: getattr(pattern, column.name) for column in Case.__table__.columns}
    event_of = {column.name: getattr(event, column.name) for column in CaseEvent.__table__.columns}
    db.session.rollback()
    days = (LAST - FIRST).days - WAY[-1][2]
    begin = datetime(FIRST.year, FIRST.month, FIRST.day, 1, tzinfo=timezone.utc)

    cases = (
        {
            **case_of, "id": FIRST_CASE + n, "number": f"bench-{n}", "tracking_code": f"bench-{n}", "point_id": room.id,
            "collected_window_id": windows[room.id], "holder_id": windows[room.id], "collected_at": begin + timedelta(days=n * 7 % days),
        }
        for n in range(CASES)
        for room in (rooms[n % len(rooms)],)
    )  # fmt: skip
    raw = sqlite_module().connect(str(db.engine.url.database), isolation_level=None)
    raw.execute("PRAGMA synchronous=OFF")
    raw.execute("BEGIN")

    names = list(case_of)
    raw.executemany(f'INSERT INTO "case" ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})', (_stored(each, names) for each in cases))
    raw.execute("CREATE TEMP TABLE way (seq INTEGER, kind TEXT, who TEXT, after INTEGER)")
    raw.executemany("INSERT INTO way VALUES (?, ?, ?, ?)", [(seq, *step) for seq, step in enumerate(WAY, 1)])
    raw.execute("CREATE TEMP TABLE home (room INTEGER PRIMARY KEY, town INTEGER)")
    raw.executemany("INSERT INTO home VALUES (?, ?)", [(windows[room.id], windows[room.parent_id or 0]) for room in rooms])
    of_step = {
        "id": f"{FIRST_EVENT} + (c.id - {FIRST_CASE}) * {len(WAY)} + way.seq", "case_id": "c.id", "seq": "way.seq", "kind": "way.kind",
        "window_id": f"CASE way.who WHEN 'room' THEN home.room WHEN 'town' THEN home.town ELSE {hall} END",
        "occurred_at": "datetime(c.collected_at, '+' || way.after || ' days') || '.000000'",
    }  # fmt: skip
    chosen = ", ".join(of_step.get(name, f"pattern.{name}") for name in event_of)
    raw.execute(
        f"INSERT INTO case_event ({', '.join(event_of)}) SELECT {chosen} FROM \"case\" c"
        " JOIN temp.home AS home ON home.room = c.collected_window_id CROSS JOIN temp.way AS way"
        f" JOIN case_event pattern ON pattern.id = {event_of['id']} WHERE c.id >= {FIRST_CASE} ORDER BY c.id, way.seq"
    )
    raw.execute("COMMIT")
    raw.close()
    return county


def _stored(row: dict[str, Any], names: list[str]) -> list[Any]:
    """Values as SQLite keeps them."""
    found = []
    for name in names:
        value = row[name]
        if isinstance(value, datetime):
            value = f"{value.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S.%f}"
        elif isinstance(value, date):
            value = value.isoformat()
        elif isinstance(value, (dict, list)):
            value = json.dumps(value, ensure_ascii=False)
        found.append(value)
    return found


def _draft(app: Flask, county: int) -> int:
    """Review, decide and certify of S-03 at one town, as a draft; its id."""
    from portal.accounts.models import Account
    from portal.audit import Actor
    from portal.authority import queries as authority
    from portal.authority import services
    from portal.database import db
    from portal.network import queries as network
    from portal.rules.clauses import Mandate, Power

    manager = db.session.scalar(sa.select(Account.id).where(Account.username == "manager"))
    item = authority.item_terms_by_code(county, ITEM, app.extensions["clock"].today())
    text = services.InstrumentText(
        body_id=network.body_by_code(county, "MR").id,
        mandate=Mandate.ENTRUSTMENT,
        title="示例",
        clauses=(
            services.ClauseText(
                window_id=network.window_by_code(county, "611026102000-G").id,
                powers=frozenset({Power.REVIEW, Power.DECIDE, Power.CERTIFY}),
                item_ids=frozenset({item.id}),
                from_on=app.extensions["clock"].today(),
            ),
        ),
        basis="《中华人民共和国行政许可法》第二十四条（示例）",
        receiving_body_id=network.body_by_code(county, "TOWN-611026102000").id,
    )
    assert manager is not None
    return int(services.draft(text, actor=Actor(manager, county, "manager"), clock=app.extensions["clock"]))


def main(arguments: list[str] | None = None) -> int:
    from portal.cases import replays
    from portal.cases.models import Case, CaseEvent
    from portal.database import db
    from portal.rules.replay import Replay

    with a_site(seeded=True) as app, app.app_context():
        started = time.monotonic()
        county = _fill(app)
        draft = _draft(app, county)
        filled = time.monotonic() - started
        item_id = db.session.scalar(sa.select(Case.item_id).where(Case.number == "bench-0"))
        assert item_id is not None
        listed = sa.select(Case.id, Case.version_id, Case.point_id, Case.collected_at).where(
            Case.county_id == county, Case.is_open.is_(False), Case.item_id == item_id
        )
        events = (
            sa.select(CaseEvent.case_id, CaseEvent.kind, CaseEvent.window_id, CaseEvent.occurred_at)
            .join(Case, Case.id == CaseEvent.case_id)
            .where(Case.county_id == county, Case.is_open.is_(False), Case.item_id == item_id)
            .order_by(CaseEvent.case_id, CaseEvent.seq)
        )
        asked = replays._question(county, draft, app.extensions["clock"].now())

        def floor() -> int:
            """Every case and every event of it, as rows: what the database and its driver take, with nothing done with them."""
            read = sum(len(rows) for rows in db.session.execute(listed.execution_options(yield_per=5000)).partitions())
            raw: Any = db.session.connection().connection.driver_connection
            text = str(events.compile(db.engine, compile_kwargs={"literal_binds": True}))
            cursor = raw.execute(text)
            while rows := cursor.fetchmany(5000):
                read += len(rows)
            return read

        def answer() -> Replay:
            return replays._replayed(asked, county, FIRST, LAST)

        taken: dict[str, list[float]] = {"floor": [], "answer": []}
        for _round in range(ROUNDS):
            started = time.thread_time()
            read = floor()
            between = time.thread_time()
            found = answer()
            taken["floor"].append(between - started)
            taken["answer"].append(time.thread_time() - between)
        db.session.rollback()
    least = {name: min(each) for name, each in taken.items()}
    total = found.total
    print(f"replay: {total.cases:,} past cases with {read - total.cases:,} events on SQLite; filled in {filled:.0f} s")
    print(f"  {'each case and event read, nothing done with it':<52} {duration(least['floor']):>8}, the floor")
    print(f"  {'read and replayed under before and after':<52} {duration(least['answer']):>8}, {least['answer'] / least['floor']:.2g} times the floor")
    print(f"  {total.changed:,} would have gone otherwise: {total.handoffs_saved:,} handoffs and {total.days_saved:,} working days saved")
    return 0 if total.cases >= CASES and least["answer"] < MOST_SECONDS else 1


if __name__ == "__main__":
    raise SystemExit(main())
