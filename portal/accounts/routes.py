"""Signing in and out, and who is signed in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Request

bp = Blueprint("accounts", __name__)


def load_signed_in(request: Request) -> Any | None:
    """The account of the request's session, or None."""
    return None
