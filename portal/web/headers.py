"""Response headers: a policy that names every directive, caching, compression, what varies."""

from __future__ import annotations

import hashlib

from flask import Flask, Response, current_app, g, request
from flask_compress import Compress
from werkzeug.http import dump_cookie

YEAR = 31_536_000  # seconds


def policy(style_hash: str = "") -> str:
    """The content security policy. 'none' by default; everything else is ours alone, and the sheet inside a page goes by its hash."""
    style = f"'self' {style_hash}" if style_hash else "'self'"
    return (
        f"default-src 'none'; script-src 'self'; style-src {style}; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
        "manifest-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def keep_for_a_year(response: Response, name: str, value: str, *, path: str = "/", httponly: bool = False) -> None:
    """Set a cookie; without the date that Werkzeug adds for browsers older than Max-Age (39 bytes)."""
    line = dump_cookie(
        name, value, max_age=YEAR, path=path, httponly=httponly, secure=request.is_secure, samesite="Lax", sync_expires=False
    )
    response.headers.add("Set-Cookie", line)


class _CompressAll(Compress):
    """Flask-Compress leaves error pages as they are; ours carry whole forms, to people on slow lines."""

    def after_request(self, response: Response | None) -> Response:
        if response is None or response.status_code < 400:
            return super().after_request(response)
        status, response.status_code = response.status, 200
        try:
            return super().after_request(response)
        finally:
            response.status = status


def _finish(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    if response.mimetype == "text/html" and 300 <= response.status_code < 400:
        headers["Content-Security-Policy"] = policy()
    elif response.mimetype == "text/html":
        sheet = current_app.extensions["sheet"]
        is_inline = not sheet.is_cached()
        headers["Content-Security-Policy"] = policy(sheet.csp if is_inline else "")
        if is_inline:
            keep_for_a_year(response, "css", sheet.hash)
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.vary.update(["Cookie", "HX-Request", "Accept-Encoding"])
    if request.is_secure:
        headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    for cookie, value in g.get("kept_cookies", ()):
        keep_for_a_year(response, cookie, value)
    if "Cache-Control" not in headers:
        # `signed_in` is what the session said; a response for which nobody asked who is here holds nothing of theirs
        is_private = g.get("signed_in") or g.get("is_private") or response.status_code != 200 or request.method not in {"GET", "HEAD"}
        headers["Cache-Control"] = "no-store" if is_private else "no-cache"
    if headers["Cache-Control"] == "no-cache" and response.status_code == 200 and not response.is_streamed:
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:16], weak=True)
        response.make_conditional(request)
    return response


def init_app(app: Flask) -> None:
    app.config.setdefault("COMPRESS_ALGORITHM", ["br", "gzip"])
    app.config.setdefault("COMPRESS_BR_LEVEL", 5)
    app.config.setdefault("COMPRESS_MIN_SIZE", 200)
    app.config.setdefault("COMPRESS_EVALUATE_CONDITIONAL_REQUEST", False)  # done above, for bodies that are too small to compress too
    app.config.setdefault(
        "COMPRESS_MIMETYPES",
        ["text/html", "text/css", "text/csv", "text/calendar", "application/json", "application/atom+xml", "image/svg+xml", "text/plain"],
    )
    _CompressAll(app)
    app.after_request(_finish)
