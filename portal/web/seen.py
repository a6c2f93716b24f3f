"""The only writes of a GET: when a session was last seen, and a recorded look at a person's data. Both are asked for by name."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, g


def later(write: Callable[[], None]) -> None:
    """Run `write` once the page has been made."""
    g.setdefault("seen_writers", []).append(write)


def init_app(app: Flask) -> None:
    @app.after_request
    def write(response: Response) -> Response:
        for job in g.pop("seen_writers", []):
            job()
        return response
