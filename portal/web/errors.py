"""What went wrong, in words, with one next step; what was typed is kept."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, g, make_response, render_template, request
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

from portal.database import AlreadyDone, KeyReused, NotFound, Stale, db
from portal.i18n import _l, _lp
from portal.rules.decision import NotAllowed
from portal.web.reasons import words

log = logging.getLogger("portal")
LIMIT_KB = 256
SECRET_FIELDS = {"csrf_token", "key", "version", "password", "number", "phone"}

TITLES: dict[int, tuple[Any, Any]] = {
    400: (
        _lp("error", "The form could not be used"),
        _l("It was too old, or did not come from this site. What you typed is below; open the page again and send it once more."),
    ),
    401: (_lp("error", "Please sign in"), _l("You are not signed in, or your session has ended. What you typed is kept below.")),
    403: (_lp("error", "Not allowed"), _l("Your account has no access to this page.")),
    404: (_lp("error", "Nothing here"), _l("There is no such page, or it is not one that you may see.")),
    405: (_lp("error", "Not this way"), _l("This address does not take that kind of request.")),
    409: (
        _lp("error", "It has changed in the meantime"),
        _l("Somebody else acted first, so nothing was done. What you typed is kept below."),
    ),
    413: (_lp("error", "Too much at once"), _l("A form may carry 256 KB at most. Nothing was changed.")),
    415: (_lp("error", "Not this kind of file"), _l("This kind of content is not taken here.")),
    422: (_lp("error", "Please look at it again"), _l("Something in the form is not right. Nothing was changed.")),
    429: (_lp("error", "Too many tries"), _l("Please wait a little and try again.")),
    500: (
        _lp("error", "Our fault"),
        _l("Something went wrong on our side. Nothing was changed; please try again, and tell the county center if it happens twice."),
    ),
}


def kept_fields() -> list[tuple[str, str]]:
    """What was typed, to show it again; secrets and personal numbers are left out."""
    try:
        items = list(request.form.items(multi=True))
    except HTTPException:
        return []
    return [(name, value[:4000]) for name, value in items if name not in SECRET_FIELDS and value.strip()][:40]


def error_page(status: int, *, text: str = "", decision: Any = None, kept: list[tuple[str, str]] | None = None, **context: Any) -> Response:
    """An error page in the language of the reader."""
    title, usual = TITLES.get(status, TITLES[500])
    body = render_template(
        "errors/error.html",
        status=status,
        title=title,
        text=text or usual,
        decision=decision,
        why=words(decision) if decision is not None else "",
        kept=kept_fields() if kept is None else kept,
        **context,
    )
    return make_response(body, status)


def drain(most: int = 32 * 1024 * 1024) -> None:
    """Read the rest of an oversized body and forget it, so that the answer reaches a browser that is still sending."""
    stream, left = request.environ.get("wsgi.input"), most
    while stream is not None and left > 0:
        piece = stream.read(min(65536, left))
        if not piece:
            return
        left -= len(piece)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None:
        response: Any = error.response
        return response  # type: ignore[no-any-return]
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    if status == 413:
        drain()
        return error_page(413, kept=[])
    response = error_page(status)
    if status == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(error.valid_methods)  # type: ignore[attr-defined]
    return response


def init_app(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = LIMIT_KB * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = LIMIT_KB * 1024
    app.config["MAX_FORM_PARTS"] = 500
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NotFound, lambda _e: error_page(404))
    app.register_error_handler(NotAllowed, lambda e: error_page(403, decision=e.decision))
    app.register_error_handler(Stale, lambda _e: error_page(409))
    app.register_error_handler(
        KeyReused, lambda e: error_page(422, text=str(_l("This was already sent; here is what was done.")), done_at=e.result)
    )
    app.register_error_handler(AlreadyDone, lambda e: make_response("", 303, {"Location": e.result or "/"}))

    @app.errorhandler(DataError)
    def too_strange(error: DataError) -> Response:
        db.session.rollback()
        return error_page(404 if request.method == "GET" else 422)

    @app.errorhandler(Exception)
    def ours(error: Exception) -> Response:
        db.session.rollback()
        log.exception("unhandled: %s %s", request.method, request.path, exc_info=error)
        g.pop("guest_nonce", None)
        return error_page(500, kept=[])

    @app.before_request
    def gate() -> Response | None:
        """The text gate for addresses: no control characters, no unreadable ones, nothing absurdly long."""
        for text in (request.path, *request.args.values(), *request.args.keys()):
            if len(text) > 1000 or any(ord(char) < 32 or char in "\x7f\ufffd" or "\ud800" <= char <= "\udfff" for char in text):
                return error_page(404 if text == request.path else 400, kept=[])
        return None
