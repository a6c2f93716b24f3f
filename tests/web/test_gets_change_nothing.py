"""A GET changes nothing: after every page, asked by everybody, each table holds what it held.

Two writes of a GET are named (portal/web/seen.py): when a session was last seen, and the record of a look at a person's data (R-1).
"""

from __future__ import annotations

import hashlib
import os
import random
from datetime import timedelta

import pytest
from sqlalchemy import MetaData, Table, select

from tests.conftest import count
from tests.routes import Asked, County, ask, every_get

# what a GET may write: the rows of the record, its head, and one column of the session
RECORD = {"audit_record", "chain_head"}
SEEN = ("sign_in_session", "seen_at")


def digests(county: County) -> dict[str, str]:
    """table → a digest of all that it holds, but for the moment a session was last seen."""
    from portal.database import db

    with county.app.app_context():
        found = MetaData()
        found.reflect(db.engine)
        made = {}
        for name, table in sorted(found.tables.items()):
            columns = [column for column in table.columns if (name, column.name) != SEEN]
            rows = sorted(repr(tuple(row)) for row in db.session.execute(select(*columns)))
            made[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        db.session.remove()
    return made


def records(county: County, after: int = -1) -> list[tuple[int, str]]:
    """(number, verb) of the lines of the county's record after one, in order."""
    from portal.database import db

    with county.app.app_context():
        table = Table("audit_record", MetaData(), autoload_with=db.engine)
        query = select(table.c.seq, table.c.verb).where(table.c.chain != 0, table.c.seq > after).order_by(table.c.seq)
        found = [(seq, verb) for seq, verb in db.session.execute(query)]
        db.session.remove()
    return found


def some_people(everything: list[Asked]) -> list[Asked]:
    """Each address as asked by everybody in `make test-long`; in `make test` by two of them, others with each seed."""
    rng = random.Random(os.environ["TEST_SEED"])
    by_address: dict[str, list[Asked]] = {}
    for asked in everything:
        by_address.setdefault(asked.address, []).append(asked)
    return [asked for people in by_address.values() for asked in rng.sample(people, min(len(people), count(100, least=2)))]


@pytest.mark.property
def test_no_page_changes_anything(county: County) -> None:
    everything = some_people(every_get(county))
    for who in {asked.who for asked in everything}:
        county.at(who)
    before, last = digests(county), records(county)[-1][0]
    assert {"case", "case_event", "person", "once", "sign_in_session", *RECORD} <= set(before)
    clock = county.app.extensions["clock"]
    clock.wall_offset += timedelta(minutes=10)  # so that sessions are seen anew
    try:
        for asked in everything:
            assert ask(county, asked).status_code < 500, asked
            if not asked.who:
                assert county.at().client.head(asked.address).status_code < 500, asked
    finally:
        clock.wall_offset -= timedelta(minutes=10)
    after = digests(county)
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= RECORD, f"a GET changed {changed - RECORD}"
    looks = {verb for _seq, verb in records(county, last)}
    assert looks <= {"case.look", "attachment.look", "fees.look", "inspection_plan.look", "joint.look"}, f"a GET recorded more than looks: {looks}"


def test_the_digest_sees_a_change(county: County) -> None:
    from tests.cases import story

    before = digests(county)
    story.collect(county.at("village-xialiang"))
    after = digests(county)
    assert {"case", "case_event", "audit_record"} <= {name for name in before if before[name] != after[name]}
