"""What a page costs beside the smallest answer of the same process (`/healthz`), with 50 open cases in the worklist (a page of it shows 25).

`python -m bench.pages`. In-process, without a socket: what is measured is the work of the site, its database included. Under 30 seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import Flask

from bench.ground import a_site, duration, in_turn

CASES = 50
FILLING_S = 5.0
ITEM = "S-03"
AGENT, CLERK = "village-xialiang", "town-xialiang"


def _who(app: Flask, username: str) -> tuple[Any, str]:
    """Someone who has signed in, as the services want it, and the token of the session."""
    from portal.accounts import queries, services
    from portal.network.queries import the_county

    clock, county = app.extensions["clock"], the_county()
    entry = services.sign_in(username, "only-for-this-bench", county_id=county.id, address="127.0.0.1", clock=clock)
    person = queries.signed_in_by(services.token_hash(entry.token), county_id=county.id, wall=clock.wall(), on=clock.today())
    assert person is not None
    return person, entry.token


def _fill(app: Flask) -> tuple[int, str]:
    """Register cases at the room and send them to the town, as many as the time allows; how many, and the number of the first."""
    from portal.authority import queries as authority
    from portal.cases import queries, services
    from portal.database import db

    clock = app.extensions["clock"]
    agent, _token = _who(app, AGENT)
    clerk, _token = _who(app, CLERK)
    (room,), (town,) = agent.window_ids, clerk.window_ids
    version = authority.item_terms_by_code(agent.county_id, ITEM, clock.today())
    facts = services.new_case_facts(room, version.code, clock.today(), agent.county_id)
    listed = queries.materials_of(facts.version.id)
    papers = [{"code": str(row.seq), "got": True, "original": row.original, "copies": row.copies} for row in listed]
    until, made, first = time.monotonic() + FILLING_S, 0, ""
    while made < CASES and time.monotonic() < until:
        applicant = services.Applicant("陈小满", phone="13900000000")
        case = services.collect(ITEM, applicant, papers, window_id=room, actor=agent, clock=clock, once=None)
        sent = services.hand_off(case.number, town, "", [], version=case.version, actor=agent, clock=clock, once=None)
        first, made = first or sent.number, made + 1
        db.session.remove()
    return made, first


def _queries(app: Flask, subject: Callable[[], object]) -> int:
    """How many statements a page sends to the database."""
    from portal.database import db

    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        subject()
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return len([each for each in seen if each.lstrip().upper().startswith("SELECT")])


def _page(client: Any, address: str) -> None:
    answer = client.get(address, headers={"Accept-Encoding": "br"})
    assert answer.status_code == 200, f"{address}: {answer.status}"


def main(arguments: list[str] | None = None) -> int:
    with a_site(seeded=True) as app:
        with app.app_context():
            made, number = _fill(app)
            _clerk, token = _who(app, CLERK)
        guest, clerk = app.test_client(), app.test_client()
        clerk.set_cookie("sid", token)
        for client in (guest, clerk):
            client.set_cookie("css", "1")
        subjects = {
            "/healthz": partial(_page, guest, "/healthz"),
            "/ (home)": partial(_page, guest, "/"),
            "/items": partial(_page, guest, "/items"),
            f"/items/{ITEM}": partial(_page, guest, f"/items/{ITEM}"),
            "/quiet-days": partial(_page, guest, "/quiet-days"),
            "/work (worklist)": partial(_page, clerk, "/work"),
            "/cases/<number>": partial(_page, clerk, f"/cases/{number}"),
        }
        taken = in_turn(subjects, rounds=40, seconds=5)
        asked = {name: _queries(app, subject) for name, subject in subjects.items()}
    print(f"pages: processor time of one request in-process, median; {made} cases on their way to the town")
    for name, seconds in taken.items():
        ratio = "the floor" if name == "/healthz" else f"{seconds / taken['/healthz']:.0f} times the floor"
        print(f"  {name:<17} {duration(seconds):>9}  {asked[name]:>3} queries  {ratio}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
