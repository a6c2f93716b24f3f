"""Visits and tickets: made by the public with a code, called by windows in order, times counted (N-7)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.audit import AuditRecord, machine, record
from portal.cases import visit_services as services
from portal.cases.visit_models import Ticket, Visit
from portal.database import db, transaction
from portal.network.models import CountySetting, Outbox
from portal.network.queries import point_by_code, the_county, windows_at
from portal.rules.decision import NotAllowed
from tests.cases.story import Browse
from tests.people import Browser, ManualClock, Page, signed_in

TOWN, CENTER = "611026102000", "611026000000"
PHONE = "13900007777"


def count(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def book(public: Browser, at: str = "10:00", on: str = "2026-11-24", point: str = TOWN, **typed: str) -> Page:
    page = public.get(f"/network/{point}/visit?on={on}")
    return public.press(page, "/visit/book", half_hour=at, **{"phone": PHONE, **typed})


def take(public: Browser, point: str = TOWN, **typed: str) -> Page:
    page = public.press(public.get(f"/network/{point}/visit"), "/visit/take", **typed)
    assert page.status == 200 and re.fullmatch(r"/tickets/[0-9A-Z]{12}", page.path), page.words[:600]
    return page


def states(app: Flask) -> dict[int, str]:
    with app.app_context():
        return {row.serial: row.state for row in db.session.scalars(select(Ticket))}


def capacity(app: Flask, clock: ManualClock, **value: Any) -> None:
    with app.app_context(), transaction(clock=clock) as tx:
        county = the_county()
        tx.session.add(CountySetting(county_id=county.id, key="visit_terms", from_on=date(2026, 11, 1), value=value, source="示例"))
        record(tx, machine(county.id, "test"), "setting.test", f"county:{county.id}")


def test_a_visit_is_made_changed_and_cancelled_by_its_code(app: Flask, browse: Browse, clock: ManualClock) -> None:
    capacity(app, clock, capacity=1, days_ahead=7, points={"611026101000": 0})
    public = browse()
    page = public.get(f"/network/{TOWN}/visit?on=2026-11-24")
    assert "2026-11-24" in page.text and "2026-12-01" not in page.text, "seven days ahead"
    wrong = public.press(page, "/visit/book", half_hour="12:30", phone="1", item="火星")
    assert wrong.status == 422 and count(app, Visit) == 0 and "火星" in wrong.text
    form = page.form("/visit/book")
    sent = {**form["fields"], "half_hour": "10:00", "phone": PHONE, "item": "S-03"}
    page = public.post(form["action"], sent)
    assert page.status == 200 and public.post(form["action"], sent).path == page.path and count(app, Visit) == 1
    address = page.path
    assert PHONE not in page.text and "139" in page.words and page.has_form("/cancel") and not page.has_form("/arrive")
    taken = public.post(form["action"], {**sent, "key": "another-key-4"})
    assert taken.status == 403 and count(app, Visit) == 1, "a half hour of one place"
    assert book(public, "10:30").status == 200 and book(public, "11:00").status == 200
    assert book(public, "11:30").status == 403, "three of one phone at most"
    assert not public.get("/network/611026101000/visit").has_form("/visit/book"), "no visits there"

    page = public.get(address + "?on=2026-11-25")
    stale = public.press(page, "/change", half_hour="09:30", version="7")
    assert stale.status == 409
    page = public.press(page, "/change", half_hour="09:30")
    assert page.status == 200 and "09:30" in page.words
    assert public.press(public.get(address + "?on=2026-11-24"), "/change", half_hour="10:30").status == 403, "taken"
    page = public.press(public.get(address), "/cancel")
    assert page.status == 200 and not page.has_form("/cancel") and not page.has_form("/change")
    assert book(public, "10:00").status == 200
    assert public.get("/visits/AAAABBBBCCCC").status == 404 == public.get("/network/nowhere/visit").status
    with app.app_context():
        facts = [str(one.facts) for one in db.session.scalars(select(Outbox).where(Outbox.template == "visit"))]
        assert len(facts) == 5 and all(PHONE not in one for one in facts)
        assert PHONE not in " ".join(db.session.scalars(select(AuditRecord.body).where(AuditRecord.subject.like("visit:%"))))


def test_tickets_are_called_in_order_and_served(app: Flask, browse: Browse, clock: ManualClock) -> None:
    public, town = browse(), browse("town-xialiang")
    assert book(public, "09:30", "2026-11-23").status == 200
    with app.app_context():
        visit = "/visits/" + str(db.session.scalar(select(Visit.code)))
    take(public)  # 1
    first = town.press(town.get("/tickets"), "/tickets/issue", item="S-03", is_elderly="y")  # 2
    assert first.status == 200 and first.path.endswith("/paper") and 'class="paper slip"' in first.text
    last = take(public)  # 3
    assert re.search(r"(?<!\d)2(?!\d)", last.words), "how many are before it"
    clock.advance(minutes=25)
    page = public.press(public.get(visit), "/arrive")
    assert page.status == 200 and page.path.startswith("/tickets/"), page.words[:500]  # 4, for half past nine
    assert not public.get(visit).has_form("/arrive") and not public.get(visit).has_form("/change")
    clock.advance(minutes=10)

    page = town.press(town.get("/tickets"), "/tickets/call")
    assert states(app)[2] == "called", "the elderly first"
    assert not page.has_form("/tickets/call"), "one at a window"
    own = page.form("/start")
    other = browse("town-yingpan")
    assert other.post(own["action"], {**own["fields"], "csrf_token": _token(other)}).status == 404
    assert town.press(page, "/start", version="9").status == 409
    page = town.press(page, "/start")
    clock.advance(minutes=5)
    page = town.press(page, "/end")
    for expected in (4, 1, 3):
        page = town.press(page, "/tickets/call")
        assert states(app)[expected] == "called", (expected, states(app))
        page = town.press(page, "/pass") if expected == 1 else town.press(town.press(page, "/start"), "/end")
    assert states(app) == {1: "no_show", 2: "done", 3: "done", 4: "done"} and not page.has_form("/tickets/call")
    with app.app_context():
        rows = {row.serial: row for row in db.session.scalars(select(Ticket))}
        assert (rows[2].waited_seconds, rows[2].served_seconds) == (35 * 60, 5 * 60)
        assert rows[4].waited_seconds == 10 * 60, "an appointment waits from its half hour"


def _token(browser: Browser) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/account").text)
    assert found
    return found[1]


def test_closed_doors_other_days_and_no_figure_below_ten(app: Flask, browse: Browse, clock: ManualClock) -> None:
    public, town = browse(), browse("town-xialiang")
    page, queue = public.get(f"/network/{TOWN}/visit"), town.get("/tickets")
    assert browse("manager").get("/tickets").status == 403 and browse().get("/tickets").status == 401
    clock.go_to(date(2026, 11, 24), hour=13)
    assert public.press(page, "/visit/take").status == 409 == town.press(queue, "/tickets/issue").status, "a page of yesterday"
    assert town.press(queue, "/tickets/issue").status == 409 and count(app, Ticket) == 0
    page = public.get(f"/network/{TOWN}/visit")
    assert not page.has_form("/visit/take"), "at noon"
    clock.go_to(date(2026, 11, 24))
    for number in (9, 1):
        assert "n = 10" not in public.get(f"/network/{TOWN}/visit").words
        served(app, clock, number)
    assert "n = 10" in public.get(f"/network/{TOWN}/visit").words


def served(app: Flask, clock: ManualClock, number: int) -> None:
    """So many more tickets of today that were called after a minute and served in two."""
    with app.app_context(), transaction(clock=clock) as tx:
        point = point_by_code(the_county().id, TOWN)
        window = windows_at(point.id, clock.today())[0]
        first = tx.session.scalar(select(func.max(Ticket.serial))) or 0
        for serial in range(first + 1, first + number + 1):
            row = Ticket(
                county_id=point.county_id, code=f"ABCDEFGH{serial:04d}", point_id=point.id, issued_on=clock.today(), serial=serial, is_elderly=False,
                state="done", issued_at=tx.now, window_id=window.id, called_at=tx.now, started_at=tx.now, ended_at=tx.now, waited_seconds=60,
                served_seconds=120, version=4,
            )  # fmt: skip
            tx.session.add(row)
        record(tx, machine(point.county_id, "test"), "ticket.test", f"point:{point.code}")


def test_two_windows_that_call_at_once_call_two(app: Flask, browse: Browse, clock: ManualClock) -> None:
    """Never the same ticket twice, and a half hour is never above its capacity."""
    capacity(app, clock, capacity=2)
    take(browse(), CENTER)
    take(browse(), CENTER)

    def call(name: str) -> int:
        with app.app_context():
            person = signed_in(app, name, clock)
            found = services.call_next(person.postings[0].window_id, actor=person, clock=clock)
            db.session.remove()
            return found

    def make(number: int) -> bool:
        with app.app_context():
            visitor = services.Visitor(the_county().id, f"198.51.100.{number}")
            wanted = services.Wanted(date(2026, 11, 24), "10:00", f"1390000100{number}")
            try:
                services.book_visit(CENTER, wanted, visitor=visitor, clock=clock)
            except NotAllowed:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(4) as pool:
        called = list(pool.map(call, ("window-mr", "window-ca")))
        made = list(pool.map(make, range(5)))
    assert len(set(called)) == 2 and sum(made) == 2 and count(app, Visit) == 2
    with pytest.raises(NotAllowed):
        call("window-fire")
