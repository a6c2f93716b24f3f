"""What every page needs: the sheet, the language links, the navigation, the clock, the county."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import sqlalchemy as sa
from flask import Flask, abort, current_app, g, request
from flask_login import current_user

from portal.clock import Clock
from portal.database import MAX_ID, db
from portal.i18n import COOKIE, LANGUAGES, current_language, named

VIEWS = ("standard", "elder")
# what stands beside a line of the navigation: a number, nothing, or a count that is still to be asked
Badge = int | sa.ScalarSelect[int] | None
# (address, label, badge) of the staff navigation, asked per request; features add theirs at import
navigation: list[Callable[[], Sequence[tuple[str, Any, Badge]]]] = []
# (address, label, what it is for) of the page of management, asked when that page is drawn: what is not for every day stands there
management: list[Callable[[], Sequence[tuple[str, Any, Any]]]] = []


def clock() -> Clock:
    found: Clock = current_app.extensions["clock"]
    return found


def county() -> Any:
    """The county of this request's host."""
    return g.county


def current_view() -> str:
    asked, kept = request.args.get("view", ""), request.cookies.get("view", "")
    return asked if asked in VIEWS else kept if kept in VIEWS else "standard"


def readable_path() -> str:
    """The path of this request if a GET answers it, else the nearest one above it: where a page made by a POST can be read again."""
    path = "/" + request.path.lstrip("/\\")  # never the start of another site's address
    if request.method in {"GET", "HEAD"}:
        return path
    adapter = current_app.create_url_adapter(request)
    while adapter is not None and path != "/" and not adapter.test(path, "GET"):
        path = path.rpartition("/")[0] or "/"
    return path


def here() -> str:
    """The current address with its query, without language and view, ending in ? or &."""
    left = [(name, value) for name, value in request.args.items(multi=True) if name not in {"lang", "view"}]
    return quote(readable_path()) + "?" + (urlencode(left) + "&" if left else "")


def came_from() -> str:
    """The page of ours on which a form stood, with its query, to go on there: as the browser says, else the nearest to its address."""
    try:
        parts = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        parts = urlsplit("")
    if parts.netloc == request.host and parts.path:
        return parts.path + ("?" + parts.query if parts.query else "")
    return readable_path()


def cursor(name: str) -> int | None:
    """A cursor of the address, None where there is none; anything else is no such page (404)."""
    text = request.args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        abort(404)
    return int(text)


def whole_id(number: int) -> int:
    """A number of the address that both engines hold; a larger one is no such page (404)."""
    if number > MAX_ID:
        abort(404)
    return number


def _navigation() -> list[tuple[str, Any, int | None, bool]]:
    if not current_user.is_authenticated:
        return []
    rows = [row for ask in navigation for row in ask()]
    unasked = [badge for _href, _label, badge in rows if isinstance(badge, sa.ScalarSelect)]
    counts = iter(db.session.execute(sa.select(*unasked)).one() if unasked else ())  # one query for all of them
    told = [(href, label, (next(counts) or None) if isinstance(badge, sa.ScalarSelect) else badge) for href, label, badge in rows]
    return [(href, label, count, request.path == href) for href, label, count in told]


def _who() -> str:
    """Name and post of who is signed in."""
    if not current_user.is_authenticated:
        return ""
    return " · ".join(part for part in (named(current_user, "title"), named(current_user)) if part)


def init_app(app: Flask) -> None:
    # Flask's own session carries nothing but the message after an act
    is_secure = app.config["PUBLIC_URL"].startswith("https:")
    app.config["SESSION_COOKIE_NAME"] = "__Host-said" if is_secure else "said"
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_COOKIE_SECURE"] = is_secure

    @app.before_request
    def begin() -> None:
        kept = []
        for name, known in (("lang", LANGUAGES), ("view", VIEWS)):
            asked = request.args.get(name, "")
            if asked in known and request.cookies.get(COOKIE if name == "lang" else name) != asked:
                kept.append((COOKIE if name == "lang" else name, asked))
        g.kept_cookies = kept

    @app.context_processor
    def values() -> dict[str, Any]:
        language = current_language()
        return {
            "sheet_tag": app.extensions["sheet"].tag(),
            "language": language,
            "lang": language,
            "who": _who(),
            "html_lang": LANGUAGES[language][1],
            "languages": [(name, LANGUAGES[name][3]) for name in LANGUAGES],
            "is_elder": current_view() == "elder",
            "here": here(),
            "county": g.get("county"),
            "demo": app.config["DEMO"],
            "nav": _navigation(),
            "now": clock().now(),
            "today": clock().today(),
        }
