"""The cast of the tests: a clock that is set by hand, and people at their browsers."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import html5lib
from flask import Flask

from portal.rules.moments import SHANGHAI, civil_date


class ManualClock:
    """Business time stands where the test puts it; wall time runs, with an offset the test may add."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.wall_offset = timedelta()

    def now(self) -> datetime:
        return self.at

    def wall(self) -> datetime:
        return datetime.now(timezone.utc) + self.wall_offset

    def today(self) -> date:
        return civil_date(self.at)

    def advance(self, **by: float) -> None:
        """Move business time on."""
        self.at += timedelta(**by)

    def go_to(self, day: date, hour: int = 9) -> None:
        """Business time stands at an hour of a day, Asia/Shanghai."""
        self.at = datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI).astimezone(timezone.utc)


def new_clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 23, 9, tzinfo=SHANGHAI).astimezone(timezone.utc))


def session_of(app: Flask, username: str) -> str:
    """The token of a new session, begun without the form."""
    from sqlalchemy import select

    from portal.accounts.models import Account
    from portal.accounts.services import _begin_session
    from portal.audit import machine, record
    from portal.database import db, transaction

    with app.app_context():
        with transaction(clock=app.extensions["clock"]) as tx:
            account = tx.session.scalar(select(Account).where(Account.username == username, Account.disabled_at.is_(None)))
            assert account is not None, f"there is no account {username}"
            entry = _begin_session(tx, account, "127.0.0.1")
            record(tx, machine(account.county_id, "test"), "sign_in", f"account:{account.id}")
        db.session.remove()
    return str(entry.token)


NS = "{http://www.w3.org/1999/xhtml}"


class Page:
    """An answer, read as a browser reads it: title, words, links, forms with their fields."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        self.text: str = "" if response.mimetype.startswith(("image/", "application/pdf")) else response.get_data(as_text=True)
        self.path: str = response.request.path
        self.is_html: bool = response.mimetype == "text/html"

    @cached_property
    def tree(self) -> Any:
        """The page as a browser reads it, once somebody looks: many are only stepped over. None for what is no page."""
        return html5lib.parse(self.text) if self.is_html else None

    @property
    def words(self) -> str:
        return "" if self.tree is None else " ".join("".join(self.tree.find(f"{NS}body").itertext()).split())

    def forms(self) -> list[dict[str, Any]]:
        """Every form: action, method and the values that pressing its button would send."""
        found = []
        for form in [] if self.tree is None else self.tree.iter(f"{NS}form"):
            fields: dict[str, str] = {}
            for each in form.iter():
                name, kind = each.get("name"), each.get("type", "text")
                if not name or not isinstance(each.tag, str):
                    continue
                if each.tag == f"{NS}input" and not (kind in {"checkbox", "radio"} and each.get("checked") is None):
                    fields[name] = each.get("value", "on" if kind == "checkbox" else "")
                elif each.tag == f"{NS}textarea":
                    fields[name] = "".join(each.itertext()).removeprefix("\n")
                elif each.tag == f"{NS}select":
                    options = list(each.iter(f"{NS}option"))
                    chosen = [o for o in options if o.get("selected") is not None] or options[:1]
                    fields[name] = chosen[0].get("value", "") if chosen else ""
            found.append(
                {
                    "action": form.get("action") or self.path,
                    "method": (form.get("method") or "get").lower(),
                    "fields": fields,
                    "id": form.get("id"),
                }
            )
        return found

    def form(self, ending: str, *, id: str | None = None) -> dict[str, Any]:
        """The form whose action ends so (and that has this id, where one is named)."""
        every = self.forms()
        for form in every:
            if urlsplit(form["action"]).path.endswith(ending) and (id is None or form["id"] == id):
                return form
        raise AssertionError(f"no form to …{ending} (id {id}) on {self.path}; there are {[(f['action'], f['id']) for f in every]}")

    def has_form(self, ending: str) -> bool:
        return any(urlsplit(form["action"]).path.endswith(ending) for form in self.forms())


class Browser:
    """Someone at a browser without JavaScript, signed in where a name is given."""

    def __init__(self, app: Flask, username: str = "", password: str = "") -> None:
        self.app = app
        self.client = app.test_client()
        self.username = username
        if username:
            self.client.set_cookie("sid", session_of(app, username))

    def sign_in(self, username: str, password: str) -> Page:
        """Sign in by the form; most tests begin with a session instead, since a password costs what it must."""
        return self.press(self.get("/sign-in"), "/sign-in", username=username, password=password)

    def get(self, address: str, **kwargs: Any) -> Page:
        return Page(self.client.get(address, follow_redirects=True, **kwargs))

    def post(self, address: str, fields: dict[str, Any], *, follow: bool = True) -> Page:
        return Page(self.client.post(address, data=fields, follow_redirects=follow))

    def press(
        self, page: Page, ending: str, *, id: str | None = None, follow: bool = True, drop: tuple[str, ...] = (), **typed: Any
    ) -> Page:
        """Fill in a form of a page and press its button. Names with a dash are given with two underscores: got__1."""
        form = page.form(ending, id=id)
        fields = {**form["fields"], **{name.replace("__", "-"): value for name, value in typed.items()}}
        for name in drop:
            fields.pop(name, None)
        if form["method"] == "get":
            return Page(
                self.client.get(
                    form["action"], query_string={**dict(parse_qsl(urlsplit(form["action"]).query)), **fields}, follow_redirects=True
                )
            )
        return self.post(form["action"], fields, follow=follow)


def signed_in(app: Flask, username: str, clock: Any) -> Any:
    """The value of someone who is signed in, for calling services without a page. Ask inside an application context."""
    from portal.accounts import queries, services
    from portal.network.queries import the_county
    from tests.conftest import PASSWORD

    county = the_county()
    entry = services.sign_in(username, PASSWORD, county_id=county.id, address="127.0.0.1", clock=clock)
    found = queries.signed_in_by(services.token_hash(entry.token), county_id=county.id, wall=clock.wall(), on=clock.today())
    assert found is not None
    return found
