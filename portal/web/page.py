"""What every page needs: the sheet, the language links, the navigation, the clock, the county."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, request
from flask_login import current_user

from portal.clock import Clock
from portal.i18n import COOKIE, LANGUAGES, current_language, named

VIEWS = ("standard", "elder")
# (endpoint's address, label, count) of the staff navigation, asked per request; features add theirs at import
navigation: list[Callable[[], list[tuple[str, Any, int | None]]]] = []


def clock() -> Clock:
    found: Clock = current_app.extensions["clock"]
    return found


def county() -> Any:
    """The county of this request's host."""
    return g.county


def current_view() -> str:
    asked, kept = request.args.get("view", ""), request.cookies.get("view", "")
    return asked if asked in VIEWS else kept if kept in VIEWS else "standard"


def here() -> str:
    """The current address with its query, without language and view, ending in ? or &."""
    left = [(name, value) for name, value in request.args.items(multi=True) if name not in {"lang", "view", "done"}]
    return request.path + "?" + (urlencode(left) + "&" if left else "")


def _navigation() -> list[tuple[str, Any, int | None, bool]]:
    if not current_user.is_authenticated:
        return []
    rows = [row for ask in navigation for row in ask()]
    return [(href, label, count, request.path == href) for href, label, count in rows]


def _who() -> str:
    """Name and post of who is signed in."""
    if not current_user.is_authenticated:
        return ""
    return " · ".join(part for part in (named(current_user, "title"), named(current_user)) if part)


def init_app(app: Flask) -> None:
    app.config.setdefault("SESSION_COOKIE_SAMESITE", "Lax")
    app.config.setdefault("SESSION_COOKIE_SECURE", app.config["PUBLIC_URL"].startswith("https:"))

    @app.before_request
    def begin() -> None:
        g.sheet = app.extensions["sheet"]
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
            "view": current_view(),
            "here": here(),
            "county": g.get("county"),
            "demo": app.config["DEMO"],
            "nav": _navigation(),
            "now": clock().now(),
            "today": clock().today(),
        }
