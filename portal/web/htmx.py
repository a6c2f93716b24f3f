"""The one place that knows htmx: htmx only improves, every form and link works without it."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, make_response, redirect, render_template
from htmx_flask import Htmx, request

htmx = Htmx()


def init_app(app: Flask) -> None:
    htmx.init_app(app)


def wants_fragment() -> bool:
    """Did htmx ask, and not to restore history (which gets the whole page)?"""
    return bool(request.htmx) and not request.htmx.history_restore_request


def page_or_fragment(page: str, fragment: str, *, status: int = 200, **context: Any) -> Response:
    """The whole page, or to htmx the fragment that the page includes."""
    return make_response(render_template(fragment if wants_fragment() else page, **context), status)


def done(location: str) -> Response:
    """After an act: 303 to the page that shows its effect."""
    response: Any = redirect(location, code=303)
    return response
