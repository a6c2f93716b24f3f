"""Once-keys of forms: each form carries one; the same key and body is one act, however often it is sent (C-16)."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import Flask, current_app, request
from flask_login import current_user

from portal.database import Once
from portal.web.csrf import guest_nonce
from portal.web.forms import KEY

LEFT_OUT = {"csrf_token", "key"}


def new_key() -> str:
    """A key for one form."""
    return secrets.token_urlsafe(9)


def once_key(row: str = "") -> Once | None:
    """What makes this submission one; `row` tells the rows of one form apart. None for a submission without a key (each is its own)."""
    key = request.form.get("key", "")
    if not KEY.fullmatch(key):
        return None
    body = sorted((name, value) for name, value in request.form.items(multi=True) if name not in LEFT_OUT)
    said = repr(body) + repr(_files())
    fingerprint = hmac.new(current_app.config["SECRET_KEY"], said.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
    actor = f"account:{current_user.account_id}" if current_user.is_authenticated else f"guest:{guest_nonce()}"
    return Once(actor=actor, key=key + row, verb=f"{request.endpoint} {request.path}"[:64], fingerprint=fingerprint)


def _files() -> list[tuple[str, str]]:
    """What was sent as files, each by its digest: another file under the same key is another body. A view may have read them before."""
    found = []
    for name, sent in request.files.items(multi=True):
        at = sent.stream.tell()
        sent.stream.seek(0)
        found.append((name, hashlib.file_digest(sent.stream, "sha256").hexdigest()))  # type: ignore[arg-type]
        sent.stream.seek(at)
    return sorted(found)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["once_key"] = new_key
