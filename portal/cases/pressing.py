"""Pressing the button of a page that holds one act: do it, or the same page again with what was typed, and why not."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from flask import Response, abort, flash
from flask_login import current_user

from portal.cases import queries
from portal.database import KeyReused, NotFound, Stale
from portal.i18n import _
from portal.rules.authority import Act
from portal.rules.decision import NotAllowed
from portal.web import page
from portal.web.htmx import done
from portal.web.once import once_key

Given = dict[str, Any]


def act_of(verb: str, known: Container[Act]) -> Act:
    """The act of a verb in the address; 404 for one that has no page here."""
    if verb not in set(Act) or Act(verb) not in known:
        abort(404)
    return Act(verb)


def press(number: str, sent: Any, do: Callable[[str, Any, Given], object], again: Callable[..., Response], *, said: Any, then: str) -> Response:
    """Do what the form says and go on to `then`; else `again(status=…, problem=…)` draws the page with the form as it was sent.

    A choice that there is not (NotFound) is said beside the field `who`, where the form has one.
    """
    person = current_user._get_current_object()
    queries.case_for(person, number, page.clock().today())
    if not sent.validate_on_submit():
        return again(status=422)
    try:
        do(number, sent, {"version": sent.drawn_from, "actor": person, "clock": page.clock(), "once": once_key()})
    except NotAllowed as refusal:
        return again(status=403, problem=refusal.decision)
    except NotFound:
        if "who" not in sent:
            raise
        sent.who.errors = [*sent.who.errors, _("Please choose one from the list.")]
        return again(status=422)
    except Stale:
        return again(status=409, is_stale=True)
    except KeyReused as reused:
        return again(status=422, said_at=reused.result)
    flash(str(said), "ok")
    return done(then)
