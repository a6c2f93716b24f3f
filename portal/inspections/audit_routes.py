"""The audit of visits that took place: which of them a rule of their day speaks against (Q-5)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask_login import current_user

from portal.i18n import _, _p
from portal.inspections import audit_queries, pages
from portal.inspections.routes import FIRST_YEAR
from portal.rules.working_days import CalendarError
from portal.web import page
from portal.web.access import roles

bp = Blueprint("inspection_audit", __name__)

READERS = ("supervisor", "auditor", "manager", "center")


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in READERS:
        return []
    return [("/inspections/audit", _p("nav", "Audit of visits"), _("Visits that took place, each judged by the rule of its day."))]


page.management.append(_management)


def _asked_month(today: date) -> date:
    """The first day of the month that was asked for, this one where none was; 404 for one to come or before the records."""
    text = request.args.get("month", f"{today:%Y-%m}")
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        abort(404)
    first = date(int(text[:4]) or 1, int(text[5:]), 1)
    if first > today or first.year < FIRST_YEAR:
        abort(404)
    return first


@bp.get("/inspections/audit")
@roles(*READERS)
def audit() -> str:
    """The visits of a month that a rule of their day speaks against, by day; the others are counted only."""
    today = page.clock().today()
    first = _asked_month(today)
    after = (first + timedelta(days=31)).replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    try:
        found = audit_queries.judge_visits(page.county().id, first, min(after - timedelta(days=1), today))
    except CalendarError:
        abort(404)
    return render_template(
        "inspections/audit.html", title=pages.month_name(first.year, first.month), audit=found, kinds=pages.KINDS, most=audit_queries.MOST,
        words=pages.in_words, before=_link(before) if before.year >= FIRST_YEAR else None, after=_link(after) if after <= today else None,
    )  # fmt: skip


def _link(day: date) -> tuple[str, str]:
    return url_for(".audit", month=f"{day:%Y-%m}"), pages.month_name(day.year, day.month)
