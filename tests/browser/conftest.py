"""Chromium, once a run; the county on SQLite, served to it."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from tests import legs
from tests.browser.desk import USUAL, Desk, Open, Site
from tests.conftest import _environ, copy_of
from tests.people import new_clock

ARGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for Chromium is marked so, and left out, with the reason, where there is none."""
    absent = None if legs.chromium_path() else "left out: no Chromium is installed (set CHROMIUM to its path)"
    for item in items:
        if Path(item.path).parent == Path(__file__).parent and "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            if absent:
                item.add_marker(pytest.mark.skip(reason=absent))


class _Quiet(WSGIRequestHandler):
    """Says nothing, and keeps the connection, as gunicorn does."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser, started once."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=legs.chromium_path(), args=list(ARGS))
        yield browser
        browser.close()


@contextmanager
def served(templates: Callable[[str], str], folder: Path) -> Iterator[Site]:
    """The demonstration county on SQLite, served in threads on a free port; its business clock stands where the test puts it."""
    from app import create_app
    from portal.config import load_config
    from portal.database import db

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clock = new_clock()
    with copy_of("sqlite", templates, folder) as url:
        app = create_app(load_config({**_environ(folder, url), "PORT": str(port)}), clock=clock)
        server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Site(f"http://127.0.0.1:{port}", app, clock)
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(scope="session")
def site(templates: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all that only look; who tells a story has one of their own (`served`)."""
    with served(templates, tmp_path_factory.mktemp("site") / "data") as found:
        yield found


@pytest.fixture
def desk(site: Site, chromium: Any) -> Iterator[Open]:
    """`desk("town-xialiang")`: a page of the real browser, signed in; `desk()` for the public. Closed after the test.

    Errors of the page and requests to other hosts fail the test.
    """
    contexts, faults = [], []

    def at(username: str = "", *, js: bool = True, size: dict[str, int] | None = None, **settings: Any) -> Desk:
        context = chromium.new_context(viewport=size or USUAL, java_script_enabled=js, locale="zh-CN", **settings)
        context.set_default_timeout(10_000)
        contexts.append(context)
        cookies = site.cookies(username) if username else site.came_in()
        if cookies:
            context.add_cookies(cookies)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on("console", lambda said: faults.append(f"{page.url}: {said.text}") if _is_fault(said) else None)
        page.on("request", lambda asked: None if _is_own(asked.url, site.base) else faults.append(f"another host: {asked.url}"))
        return Desk(site, page)

    yield at
    for context in contexts:
        context.close()
    assert not faults, faults


def _is_fault(said: Any) -> bool:
    """Chromium tells every 4xx on the console; those answers are asked for and read by the tests themselves."""
    return said.type == "error" and not re.search(r"the server responded with a status of 4\d\d", said.text)


def _is_own(url: str, base: str) -> bool:
    return url.startswith((base + "/", "data:", "blob:", "about:"))
