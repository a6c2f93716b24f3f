"""Assistance and opinion: the questions about a case, asking, answering, and what a window is asked (C-21)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask_login import current_user

from portal.cases import consultation_forms as forms
from portal.cases import consultation_queries, handoff_queries, queries
from portal.cases import consultation_services as services
from portal.cases.pages import place_name
from portal.cases.services import address_of
from portal.database import KeyReused, Stale
from portal.i18n import _
from portal.rules import consultations as rules
from portal.rules.consultations import Asked
from portal.rules.decision import Decision, NotAllowed
from portal.web import page
from portal.web.access import staff
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("consultations", __name__)


def _windows(holder_id: int) -> list[tuple[str, str]]:
    """The windows that can be asked: those above the rooms, but the one that holds the case."""
    places = handoff_queries.windows_above_rooms(current_user.county_id, page.clock().today(), but=holder_id)
    return [("", "—"), *((str(place.window.id), place_name(place)) for place in places)]


def _page(
    number: str, *, asking: forms.AskForm | None = None, answering: forms.AnswerForm | None = None, answered: int = 0, status: int = 200,
    problem: Decision | None = None, is_stale: bool = False, said_at: str = "",
) -> Response:  # fmt: skip
    today = page.clock().today()
    view = queries.get_case_for(current_user, number, page.clock().now())
    questions = consultation_queries.questions_of(view.case.id, today)
    may_ask = rules.may_ask(view.now, current_user.window_ids)
    asking = asking or forms.AskForm(formdata=None)
    if may_ask:
        asking.window.choices = _windows(view.now.holder_window_id)
    for form in (asking, answering):
        if form is not None and status != 200:
            form.key.data = new_key()
    asking.version.data = str(view.case.version)
    may_answer, answers = {}, {}
    for one in questions:
        told = rules.may_answer(view.now, one.row.window_id, current_user.window_ids, is_answered=one.answer is not None)
        if told:
            may_answer[one.row.id] = told
            form = answering if answering is not None and answered == one.row.id else forms.AnswerForm(formdata=None)
            for field in form:
                field.id = f"{field.short_name}-{one.row.id}"
            answers[one.row.id] = form
    kept = answering.said.data if answering is not None and answered not in answers else (asking.question.data if not may_ask else "")
    body = render_template(
        "cases/consultations.html", view=view, case=view.case, questions=questions, asking=asking, answers=answers, may_ask=may_ask,
        kinds=forms.KINDS, window_name=place_name, problem=problem, is_stale=is_stale, said_at=said_at, kept=kept or "",
        wrong=answers.get(answered) if answering is not None else asking,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/cases/<number>/consultations")
@staff
def consultations(number: str) -> Response:
    """What was asked about a case and answered; the form for another question, and for the answer of the asked window."""
    return _page(number)


@bp.post("/cases/<number>/consultations/ask")
@staff
def ask(number: str) -> Response:
    """Ask another window."""
    person, form = current_user._get_current_object(), forms.AskForm()
    case = queries.case_for(person, number, page.clock().today())
    form.window.choices = _windows(case.holder_id)
    is_right = form.validate_on_submit()
    if is_right and not form.window.data:
        form.window.errors = [_("Please choose one from the list.")]
    if not is_right or form.window.errors:
        return _page(number, asking=form, status=422)
    try:
        services.ask(
            number, Asked(form.kind.data), int(form.window.data), form.question.data or "", form.due_on.data, version=form.drawn_from,
            actor=person, clock=page.clock(), once=once_key(),
        )  # fmt: skip
    except NotAllowed as refusal:
        return _page(number, asking=form, status=403, problem=refusal.decision)
    except Stale:
        return _page(number, asking=form, status=409, is_stale=True)
    except KeyReused as reused:
        return _page(number, asking=form, status=422, said_at=reused.result)
    flash(_("Asked. The case stays in your hands."), "ok")
    return done(address_of(number) + "/consultations")


@bp.post("/cases/<number>/consultations/<int:consultation_id>/answer")
@staff
def answer(number: str, consultation_id: int) -> Response:
    """Answer what one's own window was asked."""
    person, form = current_user._get_current_object(), forms.AnswerForm()
    consultation_id = page.whole_id(consultation_id)
    consultation_queries.question_of(queries.case_for(person, number, page.clock().today()).id, consultation_id)
    if not form.validate_on_submit():
        return _page(number, answering=form, answered=consultation_id, status=422)
    try:
        services.answer(number, consultation_id, form.said.data or "", actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _page(number, answering=form, answered=consultation_id, status=403, problem=refusal.decision)
    except KeyReused as reused:
        return _page(number, answering=form, answered=consultation_id, status=422, said_at=reused.result)
    flash(_("Answered."), "ok")
    return done(address_of(number) + "/consultations")


def _cursor(text: str) -> tuple[date, int] | None:
    """The key of a page: the day and the number of the last line; anything else is no such page (404)."""
    if not text:
        return None
    day, _dot, number = text.partition(".")
    try:
        return date.fromisoformat(day), int(number) if number.isascii() and number.isdigit() and len(number) < 10 else abort(404)
    except ValueError:
        abort(404)


@bp.get("/work/asked")
@staff
def asked() -> Response:
    """What this window is asked, by the day by which it is to be answered."""
    after = _cursor(request.args.get("after", ""))
    lines, following = consultation_queries.list_questions_for(current_user, page.clock().today(), after=after)
    older: Any = f"/work/asked?after={following[0].isoformat()}.{following[1]}" if following else None
    body = render_template("cases/asked.html", lines=lines, older=older, paged=after is not None, kinds=forms.KINDS, window_name=place_name)
    return make_response(body)
