"""Cross-site request forgery: a token bound to the session (or to a guest's nonce), masked anew in each response against BREACH."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from flask import Flask, Response, abort, current_app, g, request

SESSION_COOKIE = "sid"
GUEST_COOKIE = "guest"


def session_cookie() -> str:
    """The name of the session cookie: `__Host-` under TLS."""
    return "__Host-" + SESSION_COOKIE if request.is_secure else SESSION_COOKIE


def guest_cookie() -> str:
    """The name of the cookie that keeps a guest's nonce: `__Host-` under TLS."""
    return "__Host-" + GUEST_COOKIE if request.is_secure else GUEST_COOKIE


def guest_nonce() -> str:
    """A guest's nonce: read from the cookie, or made for this response."""
    nonce: str | None = g.get("guest_nonce")
    if nonce is None:
        kept = request.cookies.get(guest_cookie(), "")
        nonce = kept if 20 <= len(kept) <= 40 and kept.isascii() and kept.replace("-", "").replace("_", "").isalnum() else ""
        if not nonce:
            nonce = secrets.token_urlsafe(18)
            g.new_guest_nonce = nonce
        g.guest_nonce = nonce
    return nonce


def _secret() -> bytes:
    # an ended session too: what was typed into its page meets 401 and is kept, not 400
    bound = request.cookies.get(session_cookie(), "")[:64]
    text = f"session {bound}" if bound else f"guest {guest_nonce()}"
    key: bytes = current_app.config["SECRET_KEY"]
    return hmac.new(key, b"csrf " + text.encode(), hashlib.sha256).digest()[:16]


def token() -> str:
    """A token for one form: random pad ‖ pad ⊕ secret."""
    g.is_private = True
    pad = secrets.token_bytes(16)
    return base64.urlsafe_b64encode(pad + bytes(a ^ b for a, b in zip(pad, _secret(), strict=True))).decode().rstrip("=")


def is_valid(given: str) -> bool:
    """Is this a token that was made for this session, or for this guest?"""
    try:
        raw = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except ValueError:
        return False
    if len(raw) != 32:
        return False
    return hmac.compare_digest(bytes(a ^ b for a, b in zip(raw[:16], raw[16:], strict=True)), _secret())


def check() -> None:
    """Refuse a POST from elsewhere (400). `Sec-Fetch-Site`, where the browser sends it, is asked first."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(400, "csrf")
    if not is_valid(request.form.get("csrf_token", "")[:64]):
        abort(400, "csrf")


def init_app(app: Flask) -> None:
    app.jinja_env.globals["csrf_token"] = token

    @app.after_request
    def keep_nonce(response: Response) -> Response:
        nonce = g.get("new_guest_nonce")
        if nonce:
            response.set_cookie(guest_cookie(), nonce, httponly=True, samesite="Lax", secure=request.is_secure, path="/")
        return response
