"""The demonstration county in the middle of its work: cases at every step, a draft, lists that fill a page. Made once for each engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

import pytest
from flask import Flask

from tests.conftest import PASSWORD, copy_of, engines, make_app
from tests.people import new_clock
from tests.routes import Answers, County, ask, every_get, live


def _lived(engine: str, templates: Callable[[str], str], folder: Any, **options: Any) -> Iterator[County]:
    from portal.database import db
    from tests import flush_guard

    with copy_of(engine, templates, folder, own=True) as url:
        app: Flask = make_app(folder, url, new_clock())
        with app.app_context():
            flush_guard.guard(db)
        yield live(app, PASSWORD, **options)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(scope="session")
def counties(templates: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], County]]:
    """engine → the county on it, made when it is first asked for."""
    with ExitStack() as stack:

        @cache
        def of(engine: str) -> County:
            return stack.enter_context(contextmanager(_lived)(engine, templates, tmp_path_factory.mktemp(f"county-{engine}") / "data"))

        yield of


@pytest.fixture(scope="session", params=engines())
def county(request: pytest.FixtureRequest, counties: Callable[[str], County]) -> County:
    """The county on each engine. Shared by many tests: they look, and may try what is refused, but leave it as it is."""
    return counties(request.param)


@pytest.fixture(scope="session")
def sqlite_county(counties: Callable[[str], County]) -> County:
    """The county on SQLite alone, for what no engine changes: weights, headers, words."""
    return counties("sqlite")


@pytest.fixture(scope="session")
def answers(sqlite_county: County) -> Answers:
    """Every GET route with all its samples, asked by everybody for whom it is there, compressed, with the sheet cached."""
    found = {}
    for asked in every_get(sqlite_county):
        sqlite_county.at(asked.who).client.set_cookie("css", "1")
        found[asked] = ask(sqlite_county, asked, Accept_Encoding="br")
    return found
