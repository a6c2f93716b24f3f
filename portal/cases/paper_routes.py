"""Pages of the papers of cases: the list, one paper in three sizes, forms before the signature, and the public check."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, g, make_response, redirect, render_template, request
from flask_login import current_user

from portal.cases import pages, paper_queries, paper_words, queries, services
from portal.cases.queries import CaseView
from portal.database import NotFound
from portal.rules.papers import PaperKind, forms_to_sign
from portal.web import page, pictures, seen
from portal.web.access import public, staff

bp = Blueprint("papers", __name__)
SIZES = {"a4": "A4", "a5": "A5", "80mm": "80 mm"}


def _view(number: str) -> CaseView:
    """The case; a name shown in clear is a look, recorded once a session (R-1)."""
    view = queries.get_case_for(current_user, number, page.clock().now())
    if view.is_name_clear:
        actor, clock, case_number, case_id = current_user._get_current_object(), page.clock(), view.case.number, view.case.id
        seen.later(lambda: services.record_look(case_number, case_id, actor=actor, clock=clock))
    return view


def _size() -> str:
    size = request.args.get("size", "a4")
    return size if size in SIZES else "a4"


def _forms(view: CaseView) -> tuple[PaperKind, ...]:
    return forms_to_sign(
        takes_commitment="commitment" in (view.version.flags or ()),
        may_come_later=any(row.may_come_later for row in view.materials),
        is_open=not view.now.state.is_closed,
    )


@bp.get("/cases/<number>/papers")
@staff
def papers(number: str) -> Response:
    """The papers of a case, and those that can be printed before they are signed."""
    view = queries.get_case_for(current_user, number, page.clock().now())
    forms = [(kind.value, paper_words.TITLES[kind][0]) for kind in _forms(view)]
    return make_response(render_template("cases/papers/list.html", view=view, lines=paper_words.paper_lines(view), forms=forms))


@bp.get("/cases/<number>/papers/<int:paper_id>")
@staff
def paper(number: str, paper_id: int) -> Response:
    """One paper, to be printed on A4, A5 or 80 mm."""
    view = _view(number)
    return _page(paper_words.paper(view, paper_queries.get_paper(view.case.id, paper_id)))


def _page(shown: paper_words.Shown) -> Response:
    """The skeleton with the body of its kind; the square code leads to the public check."""
    home = current_app.config["PUBLIC_URL"]
    link = f"{home}/papers/{shown.code}"
    qr = pictures.qr_code(link) if shown.code else ""
    return make_response(
        render_template(
            "cases/papers/paper.html", p=shown, size=_size(), sizes=SIZES, qr=qr, link=link, track=f"{home}/track/{shown.tracking}"
        )
    )


@bp.get("/cases/<number>/papers/form/<kind>")
@staff
def form(number: str, kind: str) -> Response:
    """A paper before its signature, with the facts of the case filled in."""
    view = _view(number)
    if kind not in _forms(view):
        abort(404)
    return _page(paper_words.form(view, PaperKind(kind)))


@bp.get("/papers")
@public
def check() -> Response:
    """Ask for the code of a paper; a given one leads to its page."""
    code = request.args.get("code", "").strip()
    if not code:
        return make_response(render_template("cases/papers/check.html", code="", unknown=False))
    try:
        row, _found = paper_queries.get_paper_by_code(g.county.id, code, page.clock().now())
    except NotFound:
        return make_response(render_template("cases/papers/check.html", code=code[:40], unknown=True), 404)
    response: Any = redirect(f"/papers/{pages.spaced(row.code)}", 303)
    return response


@bp.get("/papers/<code>")
@public
def verify(code: str) -> Response:
    """Is this paper genuine, and does it still hold? No name in clear (C-18)."""
    try:
        row, view = paper_queries.get_paper_by_code(g.county.id, code, page.clock().now())
    except NotFound:
        return make_response(render_template("cases/papers/check.html", code=code[:40], unknown=True), 404)
    g.is_private = True
    shown = paper_words.paper(view, row)
    closed = pages.CLOSED.get(view.now.closed_as) if view.now.closed_as else None
    return make_response(render_template("cases/papers/verify.html", p=shown, state=closed or pages.STATES[view.shown]))
