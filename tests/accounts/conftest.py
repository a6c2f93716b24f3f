"""A small county with its own clock, on both engines: one point, two windows, one body, four accounts. Time is passed in."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextvars import Context
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import flask_migrate
import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg import sql

from app import create_app
from portal.accounts import services
from portal.accounts.passwords import hash_password
from portal.audit import machine
from portal.clock import Clock
from portal.config import ROOT, load_config
from portal.database import db
from portal.network.models import Body, BodyKind, County, PointStatus, ServicePoint, Window, WindowBody
from portal.rules.clauses import Level
from tests import postgres
from tests.flush_guard import guard, unguarded
from tests.legs import postgres_url

PASSWORD = "a sentence for the test"
STRANGER, OWNER = "203.0.113.9", "198.51.100.7"
TODAY = date(2026, 11, 23)


class HandClock(Clock):
    """A clock that stands until the test moves it; both hands together."""

    hands: datetime

    def __init__(self) -> None:
        object.__setattr__(self, "offset", timedelta())
        object.__setattr__(self, "hands", datetime(2026, 11, 23, 1, 0, tzinfo=timezone.utc))

    def now(self) -> datetime:
        return self.hands

    def wall(self) -> datetime:
        return self.hands

    def forward(self, **span: float) -> None:
        object.__setattr__(self, "hands", self.hands + timedelta(**span))


@dataclass
class Site:
    """The app, its clock, and what the county is made of."""

    app: Flask
    clock: HandClock
    county_id: int = 0
    point_id: int = 0
    windows: list[int] = field(default_factory=list)
    body_id: int = 0
    accounts: dict[str, int] = field(default_factory=dict)

    def browser(self, address: str = OWNER, *, secure: bool = False) -> Browser:
        return Browser(self, self.app.test_client(), address, secure)


class Browser:
    """A client with an address of its own, that fills in the CSRF token of the page it stands on."""

    def __init__(self, site: Site, client: FlaskClient, address: str, secure: bool) -> None:
        self.site, self.client, self.secure = site, client, secure
        self.around = {"REMOTE_ADDR": address}
        self.base = f"{'https' if secure else 'http'}://127.0.0.1"

    def _send(self, verb: str, path: str, **kwargs: Any) -> Any:
        # in an empty context: inside the test's own app context Flask would share `g`, and with it who is signed in, between requests
        db.session.rollback()
        send = partial(self.client.open, path, method=verb, environ_overrides=self.around, base_url=self.base, **kwargs)
        return Context().run(send)

    def get(self, path: str, **kwargs: Any) -> Any:
        return self._send("GET", path, **kwargs)

    def token(self, page: str = "/sign-in") -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        assert found, f"{page} has no form"
        return found[1]

    def post(
        self, path: str, data: dict[str, str] | None = None, *, page: str = "/sign-in", token: str | None = None, **kwargs: Any
    ) -> Any:
        token = self.token(page) if token is None else token
        return self._send("POST", path, data={"csrf_token": token, **(data or {})}, **kwargs)

    def cookie(self, name: str) -> str:
        kept = self.client.get_cookie(name, "127.0.0.1")
        assert kept is not None, f"no cookie {name}"
        return kept.value

    def keep(self, name: str, value: str) -> None:
        self.client.set_cookie(name, value, domain="127.0.0.1")

    def sign_in(self, username: str = "window-mr", password: str = PASSWORD, **more: str) -> Any:
        return self.post("/sign-in", {"username": username, "password": password, **more})

    def is_in(self) -> bool:
        status = self.get("/account").status_code
        assert status in {200, 401}
        return bool(status == 200)


def _app(folder: Path, url: str | None, clock: HandClock) -> Flask:
    folder.mkdir(exist_ok=True, parents=True)
    environ = {"DATA_DIR": str(folder), "DEMO": "1", "PUBLIC_URL": "http://127.0.0.1"} | ({"DATABASE_URL": url} if url else {})
    return create_app(load_config(environ), clock=clock, TESTING=True)


def _people(site: Site) -> None:
    """The rows that every test starts with; everything about accounts goes through the services."""
    kept: dict[str, Any] = {"name": "柞水县", "name_hant": "柞水縣", "name_en": "Zhashui County"}
    county = County(code="611026", is_sample=True, created_at=site.clock.now(), **kept)
    db.session.add(county)
    db.session.flush()
    own: dict[str, Any] = {"county_id": county.id, **kept}
    point = ServicePoint(code="611026000000", level=Level.COUNTY, status=PointStatus.OPERATING, status_from_on=date(2023, 1, 1), **own)
    more: dict[str, Any] = {"more": {}} if hasattr(Body, "more") else {}
    body = Body(code="MR", kind=BodyKind.DEPARTMENT, paper_prefix="柞市监", **more, **own)
    db.session.add_all([point, body])
    db.session.flush()
    for code in ("611026000000-MR", "611026000000-OLD"):
        window = Window(code=code, point_id=point.id, is_general=False, from_on=date(2023, 1, 1), **own)
        db.session.add(window)
        db.session.flush()
        db.session.add(WindowBody(county_id=county.id, window_id=window.id, body_id=body.id, from_on=date(2023, 1, 1)))
        site.windows.append(window.id)
    site.county_id, site.point_id, site.body_id = county.id, point.id, body.id
    db.session.commit()
    for username, role, at in (
        ("window-mr", "clerk", "611026000000-MR"),
        ("chief-mr", "chief", "611026000000-MR"),
        ("dept-mr", "dept_head", "MR"),
        ("enterprise-1", "enterprise", "91999999MA9X00011A"),
    ):
        site.accounts[username] = services.open_account(
            county.id, username, role, at=at, password_hash=_HASH, is_one_time=False, name="黄志强（示例）", title="窗口工作人员",
            actor=machine(county.id), clock=site.clock,
        )  # fmt: skip


_HASH = hash_password(PASSWORD)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Both databases, migrated once, to copy from."""
    folder = tmp_path_factory.mktemp("accounts")
    kept: dict[str, Any] = {"sqlite": folder / "sqlite"}
    engines: list[tuple[str, str | None]] = [("sqlite", None)]
    server = postgres_url()
    if server:
        name = f"tongban_accounts_{uuid4().hex[:10]}"
        kept |= {"server": server, "name": name, "postgresql": folder / "postgresql"}
        with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        engines.append(("postgresql", server.rpartition("/")[0] + "/" + name))
    try:
        for engine, url in engines:
            site = Site(_app(folder / engine, url, HandClock()), HandClock())
            with site.app.app_context():
                flask_migrate.upgrade(directory=str(ROOT / "migrations"))
                with unguarded(db):
                    _people(site)
                db.engine.dispose()
            kept[f"{engine} rows"] = site
        yield kept
    finally:
        if server:
            _drop(server, kept["name"])


def _drop(server: str, name: str) -> None:
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def site(request: pytest.FixtureRequest, made: dict[str, Any], tmp_path: Path) -> Iterator[Site]:
    """A fresh copy of the small county, inside an app context."""
    engine: str = request.param
    if engine not in made:
        pytest.skip("no PostgreSQL")
    clock, folder, url = HandClock(), tmp_path / "data", None
    shutil.copytree(made[engine], folder)  # the keys too: what one key sealed no other opens
    if engine == "postgresql":
        url = postgres.url_of(postgres.fresh(made["name"]))
    rows: Site = made[f"{engine} rows"]
    app = _app(folder, url, clock)
    with app.app_context():
        guard(db)
        yield Site(app, clock, rows.county_id, rows.point_id, rows.windows, rows.body_id, rows.accounts)
        db.session.remove()
        db.engine.dispose()
