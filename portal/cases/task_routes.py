"""Tasks of supervision: what was granted and has to be supervised, to be confirmed by a person of the supervising body (C-27)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask_login import current_user

from portal.cases import task_queries as queries
from portal.cases import task_services as services
from portal.cases.task_forms import ConfirmForm
from portal.cases.task_words import STATES, TONES
from portal.database import KeyReused
from portal.i18n import _, _p
from portal.rules import supervision_tasks as rules
from portal.rules.decision import Decision, NotAllowed
from portal.web import page
from portal.web.access import roles
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("supervision_tasks", __name__)

READERS = ("manager", "dept_head", "leader", "center", "supervisor", "inspector", "auditor")


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in READERS:
        return []
    return [("/supervision-tasks", _p("nav", "From approval to supervision"), _("What was granted, and whether the supervising body has confirmed it."))]


page.management.append(_management)


@bp.get("/supervision-tasks")
@roles(*READERS)
def tasks() -> Response:
    """The tasks by where they stand: to confirm, late, confirmed."""
    today = page.clock().today()
    box = request.args.get("box", "open")
    if box not in queries.BOXES:
        abort(404)
    rows, more = queries.list_tasks_for(current_user, box, today, before=page.cursor("before"))
    return make_response(
        render_template(
            "cases/tasks.html", rows=rows, box=box, counts=queries.count_boxes(current_user, today), states=STATES, tones=TONES,
            older=f"/supervision-tasks?box={box}&before={more}" if more else None,
        )
    )  # fmt: skip


def _page(task_id: int, form: ConfirmForm, *, status: int = 200, problem: Decision | None = None, said_at: str = "") -> Response:
    one = queries.get_task_for(current_user, task_id, page.clock().today())
    may = rules.may_confirm_task(
        one.state, one.row.body_id, bodies=queries.bodies_of(current_user), account_id=current_user.account_id, decided_by=one.row.decided_by_id
    )
    body = render_template(
        "cases/task.html", one=one, may=may, form=form, problem=problem, said_at=said_at, states=STATES, tones=TONES,
        by=queries.account_name(one.row.confirmed_by_id),
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/supervision-tasks/<int:task_id>")
@roles(*READERS)
def task(task_id: int) -> Response:
    """One task; its button for whoever may confirm it."""
    return _page(page.whole_id(task_id), ConfirmForm(formdata=None))


@bp.post("/supervision-tasks/<int:task_id>/confirm")
@roles(*READERS)
def confirm(task_id: int) -> Response:
    """Confirm it for the body."""
    task_id, form, person = page.whole_id(task_id), ConfirmForm(), current_user._get_current_object()
    queries.get_task_for(person, task_id, page.clock().today())
    if not form.validate_on_submit():
        return _page(task_id, form, status=422)
    try:
        services.confirm_task(task_id, form.note.data or "", actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _page(task_id, form, status=403, problem=refusal.decision)
    except KeyReused as reused:
        form.key.data = new_key()
        return _page(task_id, form, status=422, said_at=reused.result)
    flash(_("Confirmed: your body supervises it from now on."), "ok")
    return done(services.place_of(task_id))
