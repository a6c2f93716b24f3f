"""Browsers in which someone has signed in before, so that a stranger's failures elsewhere never delay the owner here.

A cookie holds a nonce and, for each name that signed in with it, a keyed digest. It opens nothing: it only says whose budget of
failures an attempt is counted against.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

COOKIE = "known"
MOST = 4  # people who share one browser at a counter
_SHAPE = re.compile(r"[A-Za-z0-9_-]{16}(?:\.[A-Za-z0-9_-]{16}){1,4}")


def _mark(key: bytes, nonce: str, county_id: int, username: str) -> str:
    digest = hmac.new(key, f"browser\0{nonce}\0{county_id}\0{username}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:12]).decode()


def known_browser(cookie: str, key: bytes, county_id: int, username: str) -> str:
    """The nonce of this browser if this name has signed in with it before, else an empty text."""
    if not _SHAPE.fullmatch(cookie):
        return ""
    nonce, *marks = cookie.split(".")
    wanted = _mark(key, nonce, county_id, username)
    return nonce if any(hmac.compare_digest(mark, wanted) for mark in marks) else ""


def with_name(cookie: str, key: bytes, county_id: int, username: str) -> str:
    """The cookie after this name has signed in; the names that did so longest ago are dropped."""
    nonce, *marks = cookie.split(".") if _SHAPE.fullmatch(cookie) else [secrets.token_urlsafe(12)]
    wanted = _mark(key, nonce, county_id, username)
    return ".".join([nonce, wanted, *(mark for mark in marks if mark != wanted)][: MOST + 1])
