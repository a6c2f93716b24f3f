"""Routes of authority."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("authority", __name__)
