"""What went wrong, in words, with one next step; what was typed is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, make_response, render_template, request
from markupsafe import escape
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException, SecurityError

from portal.database import AlreadyDone, KeyReused, NotFound, Stale, db
from portal.i18n import LANGUAGES, _, _l, _lp, current_language
from portal.rules.decision import NotAllowed
from portal.web.access import may_knock
from portal.web.forms import KEPT, labels_of, readable
from portal.web.reading import careful
from portal.web.reasons import words

log = logging.getLogger("portal")
LIMIT_KB = 256
# endpoint → KB, where a form carries a file; for those who may knock there, everybody else keeps to LIMIT_KB. Features add theirs.
LARGER_KB: dict[str, int] = {}
# endpoint → the page that says so beside the field, where more came than is read. Features add theirs.
TOO_LARGE: dict[str, Callable[[], Response]] = {}
LONGEST_ADDRESS_PART = 1000
MOST_KEPT = 40
# never shown again: what the page put in itself, what opens doors, and personal numbers; features add theirs
SECRET_FIELDS = {"csrf_token", "key", "version", "next", "password", "number", "phone"}

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
    """What was typed, as (label, text), to show it again; secrets, personal numbers and what nobody types are left out."""
    try:
        items = list(request.form.items(multi=True))
    except HTTPException:
        return []
    return _labelled([(name, value) for name, value in items if name not in SECRET_FIELDS and value.strip()])


def _labelled(items: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each text under the label of its field; one of no form of ours under its place in the list."""
    labels = labels_of({name for name, _value in items})
    kept: list[tuple[str, str]] = []
    for name, value in items[:MOST_KEPT]:
        label = labels.get(name, "" if value == "1" else _("Entry %(number)s", number=len(kept) + 1))
        if label:
            kept.append((str(label), readable(value[:KEPT])))
    return kept


def error_page(status: int, *, text: str = "", decision: Any = None, kept: list[tuple[str, str]] | None = None, **context: Any) -> Response:
    """An error page in the language of the reader. One that cannot be drawn (no database, no county) is a plain one, never a trace."""
    title, usual = TITLES.get(status, TITLES[500])
    if status == 404:
        context.setdefault("here", "/?")  # the same bytes for what is not there and what is not yours
    try:
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
    except Exception:
        log.exception("the page of a %s could not be drawn: %s %s", status, request.method, request.path)
        db.session.rollback()
        body = _plain_page(status, str(title), text or str(usual))
    return make_response(body, status)


def _plain_page(status: int, title: str, text: str) -> str:
    """A page that asks nothing of anybody: no query, no address to build."""
    return (
        f'<!doctype html>\n<html lang="{LANGUAGES[current_language()][1]}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title></head>'
        f'<body><main><h1>{escape(title)}</h1><p>{escape(text)}</p><p><a href="/">{escape(_("To the home page"))}</a></p>'
        f"<p>{escape(_('Number of this answer'))} {status}</p></main></body></html>"
    )


def drain(most: int = 32 * 1024 * 1024) -> None:
    """Read the rest of an oversized body and forget it, so that the answer reaches a browser that is still sending."""
    environ = request.environ
    stream, length = environ.get("wsgi.input"), request.content_length
    if length is not None and length <= (request.max_content_length or 0) and "wsgi.input_terminated" not in environ:
        stream, left = request.stream, length  # small, but of too many parts; some of it has been read
    else:
        left = most if length is None else min(most, length)
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
        own = TOO_LARGE.get(request.endpoint or "") if request.mimetype == "multipart/form-data" else None
        if own is not None and may_knock():
            try:
                return own()
            except NotFound:
                return error_page(404)
        most = (request.max_content_length or 0) // 1024 // 1024
        return error_page(413, kept=[], text=_("A file may have %(most)s MB at most. Nothing was changed.", most=most) if most else "")
    if isinstance(error, SecurityError):
        # under a name that is not ours no address can be built either
        return make_response(_plain_page(400, str(TITLES[404][0]), _("This site does not answer under the name that was asked for.")), 400)
    response = error_page(status)
    for name, value in error.get_headers(request.environ):
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def gate() -> Response | None:
    """How much may come, then the text gate for addresses: no control characters, no unreadable ones, nothing absurdly long."""
    if request.endpoint in LARGER_KB and request.mimetype == "multipart/form-data" and may_knock():
        request.max_content_length = LARGER_KB[request.endpoint] * 1024
    if _fault_of_address(request.path):
        return error_page(404, kept=[])
    faults = [fault for pair in request.args.items(multi=True) for part in pair if (fault := _fault_of_address(part))]
    if not faults:
        return None
    # what a search field held is typed text as well, and comes back with the reason
    return error_page(400, text=faults[0], kept=_labelled([pair for pair in request.args.items(multi=True) if pair[1].strip()]))


def _fault_of_address(text: str) -> str:
    if len(text) > LONGEST_ADDRESS_PART:
        return _("At most %(most)s characters; this has %(size)s.", most=LONGEST_ADDRESS_PART, size=len(text))
    if any(ord(char) < 32 or char in "\x7f\ufffd" or "\ud800" <= char <= "\udfff" for char in text):
        return _("The address holds characters that cannot be read. Please type it again.")
    return ""


def init_app(app: Flask) -> None:
    app.request_class = careful(app.request_class)
    app.config["MAX_CONTENT_LENGTH"] = LIMIT_KB * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = LIMIT_KB * 1024
    app.config["MAX_FORM_PARTS"] = 500
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NotFound, lambda _e: error_page(404))
    app.register_error_handler(NotAllowed, lambda e: error_page(403, decision=e.decision))
    app.register_error_handler(Stale, lambda _e: error_page(409))
    app.register_error_handler(
        KeyReused, lambda e: error_page(422, text=_("This was already sent; here is what was done."), done_at=e.result)
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
        return error_page(500)

    # the text gate for addresses is hung up by the composition root, once the county is known, so that its pages bear the county's name
