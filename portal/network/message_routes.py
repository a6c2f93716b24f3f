"""The messages of whoever is signed in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask_login import current_user

from portal import messages as said
from portal.i18n import _, _lp
from portal.network import message_queries as queries
from portal.network import message_services as services
from portal.web import page
from portal.web.access import signed_in
from portal.web.htmx import done
from portal.web.once import once_key

bp = Blueprint("messages", __name__)


def _navigation() -> list[tuple[str, Any, page.Badge]]:
    return [("/messages", _lp("nav", "Messages"), queries.unread(current_user.county_id, current_user.username))]


page.navigation.append(_navigation)


@bp.get("/messages")
@signed_in
def messages() -> Response:
    """What the service told this person, the newest first."""
    before = page.cursor("before")
    rows, older = queries.inbox(current_user.county_id, current_user.username, before)
    lines = [(row, said.words(row.template, row.facts)) for row in rows]
    return make_response(
        render_template(
            "network/messages.html", lines=lines, has_new=any(row.read_at is None for row in rows), paged=before is not None,
            older=f"/messages?before={older}" if older else None,
        )
    )  # fmt: skip


@bp.post("/messages/read")
@signed_in
def read() -> Response:
    """One is read, or all up to the newest that was shown."""
    until, only = _id("until"), _id("only") if request.form.get("only") else None
    count = services.read(
        current_user.username, until=until, only=only, actor=current_user.actor, clock=page.clock(), once=once_key(str(only or ""))
    )  # fmt: skip
    flash(_("%(count)s messages marked as read.", count=count), "ok")
    return done("/messages")


def _id(name: str) -> int:
    texts = request.form.getlist(name)
    text = texts[0] if len(texts) == 1 else ""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        abort(404)
    return int(text)
