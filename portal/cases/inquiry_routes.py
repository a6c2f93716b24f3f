"""Inquiries: mine, my window's, late; logged with one field, answered, handed over, turned into a case (C-8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask_login import current_user

from portal.accounts.sealed import RevealReason
from portal.cases import inquiry_forms as forms
from portal.cases import inquiry_queries as queries
from portal.cases import inquiry_services as services
from portal.database import KeyReused, Stale
from portal.i18n import _, _lp, _p, named
from portal.rules import inquiries as rules
from portal.rules.decision import Decision, NotAllowed
from portal.web import page
from portal.web.access import staff
from portal.web.forms import Form
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("inquiries", __name__)


def _navigation() -> list[tuple[str, Any, Any]]:
    if not current_user.window_ids:
        return []
    return [("/inquiries", _p("nav", "Inquiries"), queries.to_answer(current_user))]


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in queries.SEES_ALL:
        return []
    return [("/inquiries", _lp("nav", "Inquiries"), _lp("inquiry", "What was asked first at which window, what is late, and how many beside the cases."))]


page.navigation.append(_navigation)
page.management.append(_management)


# --- the list, and the one field ----------------------------------------------------------------------------------------------------


def _list_page(form: forms.LogForm, *, status: int = 200, problem: Decision | None = None, said_at: str = "", found: Any = ()) -> Response:
    now, today = page.clock().now(), page.clock().today()
    boxes = queries.boxes_of(current_user)
    box = request.args.get("box", boxes[0])
    if box not in boxes:
        abort(404)
    rows, more = queries.list_inquiries_for(current_user, box, now, today, before=page.cursor("before"))
    is_overseer = current_user.role in queries.SEES_ALL
    body = render_template(
        "cases/inquiries.html", rows=rows, more=more, first=page.cursor("before") is None, box=box, boxes={one: forms.BOXES[one] for one in boxes},
        form=form, may_log=rules.may_log_inquiry(current_user.window_ids), states=forms.STATES, late=queries.count_late(current_user, today),
        counts=queries.count_beside_cases(current_user.county_id, today.year, today) if is_overseer else [], year=today.year,
        is_overseer=is_overseer, problem=problem, said_at=said_at, found=found,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/inquiries")
@staff
def inquiries() -> Response:
    """Mine, my window's, the late ones; on top the field in which the next is logged. Who oversees sees all, and the counts."""
    return _list_page(forms.LogForm(formdata=None))


@bp.post("/inquiries/log")
@staff
def log() -> Response:
    """Write down what was asked; the next page takes the answer."""
    form = forms.LogForm()
    if not current_user.postings:
        return _list_page(form, status=403, problem=rules.may_log_inquiry(()))
    is_right = form.validate_on_submit()
    item_id: int | None = None
    found: list[Any] = []
    if form.item.data and not form.item.errors:
        item_id, found = queries.item_of(current_user.county_id, form.item.data, page.clock().today())
        if item_id is None:
            form.item.errors = [_("There is no one matter of this name or code.")]
    if not is_right or form.item.errors:
        return _list_page(form, status=422, found=found)
    asked = services.Asked(form.asked.data, item_id, form.phone.data or "")
    window_id, person = current_user.postings[0].window_id, current_user._get_current_object()
    try:
        inquiry_id = services.log_inquiry(asked, window_id, actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _list_page(form, status=403, problem=refusal.decision)
    except KeyReused as reused:
        form.key.data = new_key()
        return _list_page(form, status=422, said_at=reused.result)
    return done(services.place_of(inquiry_id))


# --- one inquiry ------------------------------------------------------------------------------------------------------------------


def _page(inquiry_id: int, *, status: int = 200, sent: Form | None = None, **context: Any) -> Response:
    now, today = page.clock().now(), page.clock().today()
    one = queries.get_inquiry_for(current_user, inquiry_id, now, today)
    who: dict[str, Any] = {"account_id": current_user.account_id, "windows": current_user.window_ids}
    may_answer, may_hand_over = rules.may_answer_inquiry(one.now, **who), rules.may_hand_over_inquiry(one.now, is_center=queries.is_of_center(current_user), **who)
    answering, handing, revealing = (
        sent if isinstance(sent, kind) else kind(formdata=None) for kind in (forms.AnswerForm, forms.HandOverForm, forms.RevealForm)
    )
    for prefix, form in (("answer", answering), ("hand", handing), ("reveal", revealing)):
        form.version.data = str(one.row.version)
        if status in (403, 409):
            form.key.data = new_key()
        for field in form:
            field.id = f"{prefix}-{field.short_name}"
    handing.to.choices = _choices(one) if may_hand_over else []
    body = render_template(
        "cases/inquiry.html", one=one, entries=queries.entries_of(one.row.id), may_answer=may_answer, may_hand_over=may_hand_over,
        may_reveal=services.may_reveal(one, current_user), answering=answering, handing=handing, revealing=revealing, states=forms.STATES,
        steps=forms.STEPS, case_number=queries.case_number_for(current_user, one.row.case_id, today), sent=sent or answering,
        may_register=bool(current_user.window_ids) and one.row.case_id is None, **context,
    )  # fmt: skip
    return make_response(body, status)


def _choices(one: queries.InquiryShown) -> list[tuple[str, str]]:
    found = [("", "—")]
    for each in queries.receivers(one.now, page.clock().now(), page.clock().today(), for_center=queries.is_of_center(current_user)):
        where = f"{named(each.point)} · {named(each.window)}"
        found.append((each.value, f"{where} · {named(each.account)}" if each.account else where))
    return found


@bp.get("/inquiries/<int:inquiry_id>")
@staff
def inquiry(inquiry_id: int) -> Response:
    """What was asked, what happened, and the next step for whoever has it."""
    return _page(page.whole_id(inquiry_id))


def _act(inquiry_id: int, form: Form, do: Callable[[dict[str, Any]], None], said: Any) -> Response:
    """One act on an inquiry: the form, the service, 303; else the same page with what was typed, and why."""
    person = current_user._get_current_object()
    if not form.validate_on_submit():
        return _page(inquiry_id, status=422, sent=form)
    try:
        do({"version": form.drawn_from, "actor": person, "clock": page.clock(), "once": once_key()})
    except NotAllowed as refusal:
        return _page(inquiry_id, status=403, sent=form, problem=refusal.decision)
    except Stale:
        return _page(inquiry_id, status=409, sent=form, is_stale=True)
    except services.UnknownReceiver:
        form["to"].errors = [_("Please choose one from the list.")]
        return _page(inquiry_id, status=422, sent=form)
    except KeyReused as reused:
        form.key.data = new_key()
        return _page(inquiry_id, status=422, sent=form, said_at=reused.result)
    flash(str(said), "ok")
    return done(services.place_of(inquiry_id))


@bp.post("/inquiries/<int:inquiry_id>/answer")
@staff
def answer(inquiry_id: int) -> Response:
    """Close it with the answer."""
    inquiry_id = page.whole_id(inquiry_id)
    queries.get_inquiry_for(current_user, inquiry_id, page.clock().now(), page.clock().today())
    form = forms.AnswerForm()
    return _act(inquiry_id, form, lambda given: services.answer_inquiry(inquiry_id, form.said.data or "", **given), _p("inquiry", "Answered"))


@bp.post("/inquiries/<int:inquiry_id>/hand_over")
@staff
def hand_over(inquiry_id: int) -> Response:
    """Hand it over by name."""
    inquiry_id = page.whole_id(inquiry_id)
    queries.get_inquiry_for(current_user, inquiry_id, page.clock().now(), page.clock().today())
    form = forms.HandOverForm()

    def do(given: dict[str, Any]) -> None:
        window, _dot, account = form.to.data.partition(".")
        services.hand_over_inquiry(inquiry_id, int(window), int(account) if account else None, form.said.data or "", **given)

    return _act(inquiry_id, form, do, _("Handed over. The day by which it is answered stays."))


@bp.post("/inquiries/<int:inquiry_id>/reveal")
@staff
def reveal(inquiry_id: int) -> Response:
    """Show the phone, with a reason, recorded (R-2)."""
    inquiry_id = page.whole_id(inquiry_id)
    one = queries.get_inquiry_for(current_user, inquiry_id, page.clock().now(), page.clock().today())
    form = forms.RevealForm()
    if not form.validate_on_submit():
        return _page(inquiry_id, status=422, sent=form)
    if form.drawn_from != one.row.version:
        return _page(inquiry_id, status=409, sent=form, is_stale=True)
    person = current_user._get_current_object()
    try:
        phone = services.reveal_phone(inquiry_id, RevealReason(form.reason.data), actor=person, clock=page.clock())
    except NotAllowed as refusal:
        return _page(inquiry_id, status=403, sent=form, problem=refusal.decision)
    return _page(inquiry_id, phone=phone)
