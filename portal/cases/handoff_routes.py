"""Handoffs of a case: the table of its legs with their papers, entering which papers came, and the papers that a window waits for (C-6, C-20)."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, make_response, render_template
from flask_login import current_user

from portal.cases import handoff_forms as forms
from portal.cases import handoff_pages as pages
from portal.cases import handoff_queries, handoff_services, queries, services
from portal.cases.pressing import press
from portal.i18n import _lp
from portal.rules.authority import Act
from portal.rules.decision import Decision
from portal.web import page
from portal.web.access import staff
from portal.web.once import new_key

bp = Blueprint("handoffs", __name__)


def _navigation() -> list[tuple[str, Any, Any]]:
    """Papers that are awaited and questions that are asked: one entry, one number."""
    if not current_user.window_ids:
        return []
    waiting = handoff_queries.count_waiting_for(current_user._get_current_object(), page.clock().today())
    return [("/work/papers", _lp("nav", "Handoffs"), waiting)]


page.navigation.append(_navigation)


@bp.get("/cases/<number>/legs")
@staff
def legs(number: str) -> Response:
    """Every handoff of a case: from where, to where, when, and its papers."""
    view = queries.get_case_for(current_user, number, page.clock().now())
    return make_response(render_template("cases/legs.html", view=view, case=view.case, **pages.legs(view)))


def _papers_page(
    number: str, form: Any, *, status: int = 200, problem: Decision | None = None, is_stale: bool = False, said_at: str = ""
) -> Response:
    view = queries.get_case_for(current_user, number, page.clock().now())
    awaited = [leg for leg in view.now.legs if leg.papers.state.is_awaited]
    asked = next((leg for leg in awaited if str(leg.seq) == str(form.leg.data)), awaited[0] if awaited else None)
    if status != 200:
        form.key.data = new_key()
    form.version.data = str(view.case.version)
    form.leg.data = str(asked.seq) if asked is not None else "0"
    body = render_template(
        "cases/receive_paper.html", view=view, case=view.case, form=form, is_sent=status != 200, may=view.may(Act.RECEIVE_PAPER),
        problem=problem, is_stale=is_stale, said_at=said_at, **pages.papers_form(view, asked),
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/cases/<number>/legs/receive_paper")
@staff
def papers(number: str) -> Response:
    """Which papers are awaited of which handoff, with the form that says what came."""
    return _papers_page(number, forms.ReceivePapersForm(formdata=None))


@bp.post("/cases/<number>/legs/receive_paper")
@staff
def receive_paper(number: str) -> Response:
    """Enter what came."""
    form = forms.ReceivePapersForm()

    def do(number: str, sent: Any, given: dict[str, Any]) -> object:
        return handoff_services.receive_papers(number, int(sent.leg.data), sent.papers.documents, is_last=sent.last.data, **given)

    said, then = _lp("done", "Entered. The case stays where it is."), services.address_of(number) + "/legs"
    return press(number, form, do, partial(_papers_page, number, form), said=said, then=then)


@bp.get("/work/papers")
@staff
def awaited() -> Response:
    """The papers that this window waits for."""
    after = page.cursor("after")
    lines, more = handoff_queries.list_papers_for(current_user, after=after)
    return make_response(
        render_template(
            "cases/papers_awaited.html", lines=lines, waiting=handoff_queries.count_papers_for(current_user), paged=after is not None,
            older=f"/work/papers?after={more}" if more else None, state=pages.stored_state,
        )
    )  # fmt: skip
