"""What the tests of authority share: the people's actors, the usual instrument, what a write would change."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import func, or_, select

from portal.accounts.models import Account
from portal.audit import Actor, AuditRecord
from portal.authority import services
from portal.authority.models import Clause, ClauseEnd, Instrument, InstrumentRegistration, InstrumentSignature
from portal.catalogue.models import Item
from portal.database import db
from portal.network.queries import body_by_code, the_county, window_by_code
from portal.rules.clauses import Mandate, Post, Power
from tests.people import Browser, ManualClock

TODAY = date(2026, 11, 23)
TOWN, TOWN_BODY, HALL = "611026102000-G", "TOWN-611026102000", "611026000000-MR"
LAW = "《中华人民共和国行政许可法》第二十四条（示例）"
FORM: dict[str, Any] = {
    "windows": [TOWN], "powers": ["review", "decide", "certify"], "items": ["S-03"], "receiving": TOWN_BODY, "basis": LAW,
}  # fmt: skip


def actor(username: str) -> Actor:
    account = db.session.scalar(select(Account).where(Account.username == username))
    assert account is not None, username
    return Actor(account.id, account.county_id, username)


def item_id(code: str = "S-03") -> int:
    found = db.session.scalar(select(Item.id).where(Item.code == code))
    assert found is not None
    return found


def text(
    *, windows: tuple[str, ...] = (TOWN,), powers: tuple[Power, ...] = (Power.REVIEW, Power.DECIDE, Power.CERTIFY), items: tuple[str, ...] | None = ("S-03",),
    body: str = "MR", mandate: Mandate = Mandate.ENTRUSTMENT, receiving: str | None = TOWN_BODY, basis: str = LAW, from_on: date | None = TODAY,
    until_on: date | None = None, post: Post | None = None, supersedes_id: int | None = None,
) -> services.InstrumentText:  # fmt: skip
    """The entrustment of the story, or what a test makes of it."""
    county = the_county()
    ids = None if items is None else frozenset(item_id(code) for code in items)
    return services.InstrumentText(
        body_id=body_by_code(county.id, body).id,
        mandate=mandate,
        title="示例委托书",
        clauses=tuple(
            services.ClauseText(window_by_code(county.id, window).id, frozenset(powers), ids, from_on, until_on, post) for window in windows
        ),
        basis=basis,
        receiving_body_id=body_by_code(county.id, receiving).id if receiving else None,
        supersedes_id=supersedes_id,
    )


def in_force(clock: ManualClock, *, head: str = "dept-mr", **changes: Any) -> int:
    """Drafted, signed and registered; the instrument's id."""
    instrument_id = services.draft(text(**changes), actor=actor("manager"), clock=clock)
    services.sign(instrument_id, version=1, actor=actor(head), clock=clock)
    services.register(instrument_id, actor=actor("manager"), clock=clock)
    return instrument_id


def written(app: Flask) -> dict[str, int]:
    """How many rows there are of everything that an act of authority would write."""
    with app.app_context():
        tables = (Instrument, Clause, InstrumentSignature, InstrumentRegistration, ClauseEnd)
        counts = {table.__tablename__: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
        about = or_(AuditRecord.subject.like("instrument:%"), AuditRecord.subject.like("clause:%"), AuditRecord.subject.like("letter:%"))
        counts["record"] = db.session.scalar(select(func.count()).select_from(AuditRecord).where(about)) or 0
        db.session.remove()
        return counts


def token(browser: Browser) -> str:
    """A CSRF token of the person's own session, for a POST that no button sent."""
    page = browser.get("/account")
    return next(form["fields"]["csrf_token"] for form in page.forms() if "csrf_token" in form["fields"])


def forge(browser: Browser, address: str, **fields: Any) -> Any:
    """A POST that no button sent."""
    return browser.post(address, {"csrf_token": token(browser), "key": "forged-key", **fields})
