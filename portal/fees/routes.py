"""The public list of fees."""

from __future__ import annotations

from flask import Blueprint, render_template

from portal.fees import queries
from portal.web.access import public
from portal.web.page import clock, county

bp = Blueprint("fees", __name__)


@bp.get("/fees")
@public
def fees() -> str:
    """Every fee that may be charged today, with basis, standard and collector (F-1)."""
    return render_template("fees/fees.html", fees=queries.list_fees(county().id, clock().today()))
