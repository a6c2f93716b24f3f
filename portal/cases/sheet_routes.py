"""Numbered paper sheets: issuing and printing blocks, entering a case from a sheet, cancelling, the photo (C-29)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask_login import current_user

from portal.authority import queries as authority_queries
from portal.cases import queries as case_queries
from portal.cases import services as case_services
from portal.cases import sheet_forms as forms
from portal.cases import sheet_queries as queries
from portal.cases import sheet_services as services
from portal.cases.attachment_forms import FAULTS, limit_words
from portal.catalogue import queries as catalogue
from portal.database import KeyReused
from portal.files import NotTaken
from portal.i18n import _, _l, _lp
from portal.network import queries as network
from portal.rules import attachments, paper_sheets
from portal.rules.decision import Decision, NotAllowed
from portal.rules.paper_sheets import SheetReason
from portal.web import errors, page
from portal.web.access import roles, staff
from portal.web.htmx import done
from portal.web.once import new_key, once_key
from portal.web.reasons import words

bp = Blueprint("sheets", __name__)

READERS = ("manager", "dept_head", "leader", "center", "supervisor", "auditor")
ISSUERS = ("manager", "center")
# the photo, and beside it the rest of the form
for _endpoint in ("sheets.enter", "sheets.add_photo"):
    errors.LARGER_KB[_endpoint] = attachments.MOST_BYTES // 1024 + 64


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in READERS:
        return []
    return [
        (
            "/manage/sheets",
            _lp("nav", "Paper sheets"),
            _l("Numbered sheets for when the line or the power is down, and what was entered from them."),
        )
    ]


page.management.append(_management)


def _say_refusal(form: Any, refusal: NotAllowed) -> Decision | None:
    """A refusal beside the field that mends it; the Decision where it belongs to none, to be said on top."""
    decision = refusal.decision
    place = forms.FIELD_OF.get(decision.reason) if decision.reason else None
    if place is None or not hasattr(form, place):
        return decision
    getattr(form, place).errors = [_("%(text)s (rule %(rule)s)", text=words(decision), rule=decision.rule)]
    return None


# --- issuing ----------------------------------------------------------------------------------------------------------------------


@bp.get("/manage/sheets")
@roles(*READERS)
def overview() -> Response:
    """The points that have sheets: what became of them, and the share of cases that came from paper; another point is found by name."""
    text = request.args.get("q", "").strip()[:60]
    after = request.args.get("after", "")[:20]
    at = page.clock().now()
    rows, more = queries.list_points_with_sheets(current_user.county_id, at, after=after)
    found = queries.find_points(current_user.county_id, text) if text else []
    return make_response(
        render_template("cases/sheets.html", rows=rows, more=more, first=not after, q=text, found=found, year=page.clock().today().year)
    )


def _point_page(
    code: str, *, form: forms.IssueForm | None = None, status: int = 200, problem: Decision | None = None, said_at: str = ""
) -> Response:
    point = network.point_by_code(current_user.county_id, code)
    of = request.args.get("of", "")
    blocks, older = queries.list_blocks(point.id, before=page.cursor("before") if of == "blocks" else None)
    sheets, more = queries.list_sheets([point.id], before=page.cursor("before") if of == "sheets" else None)
    may = paper_sheets.may_issue_sheets(current_user.offices)
    if form is None:
        form = forms.IssueForm(formdata=None)
        form.number.data = 20
    body = render_template(
        "cases/sheets_point.html", point=point, counts=queries.sheets_of_points([point], page.clock().today().year)[0], blocks=blocks,
        older=older, sheets=sheets, more=more, of=of, paged=page.cursor("before") is not None, may=may, form=form, problem=problem,
        said_at=said_at, most=paper_sheets.MOST_IN_A_BLOCK, reasons=forms.REASONS, year=page.clock().today().year,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/manage/sheets/<point_code>")
@roles(*READERS)
def point(point_code: str) -> Response:
    """The blocks of a point with the numbers that are not accounted for, what was entered, and the form for a new block."""
    return _point_page(point_code)


@bp.post("/manage/sheets/<point_code>")
@roles(*ISSUERS)
def issue(point_code: str) -> Response:
    """Issue a block of numbers to the point; it is printed next."""
    network.point_by_code(current_user.county_id, point_code)
    form = forms.IssueForm()
    if not form.validate_on_submit():
        return _point_page(point_code, form=form, status=422)
    person = current_user._get_current_object()
    try:
        block_id = services.issue_sheets(point_code, form.number.data or 0, actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _point_page(point_code, form=form, status=403, problem=refusal.decision)
    except KeyReused as reused:
        form.key.data = new_key()
        return _point_page(point_code, form=form, status=422, said_at=reused.result)
    flash(_("Issued. Print them, and send them to the point."), "ok")
    return done(f"/sheets/{block_id}")


@bp.get("/sheets/<int:block_id>")
@staff
def print_block(block_id: int) -> Response:
    """The sheets of a block, one a page, to print and to fill in by hand."""
    block, place = queries.get_block_for(current_user, page.whole_id(block_id))
    numbers = [str(paper_sheets.SheetNumber(block.year, serial)) for serial in range(block.first, block.last + 1)]
    return make_response(render_template("cases/sheet_print.html", block=block, point=place, numbers=numbers, reasons=forms.REASONS))


# --- entering ---------------------------------------------------------------------------------------------------------------------


def _own_window() -> int:
    """The window from which the person enters: the first that they are posted at."""
    if not current_user.postings:
        abort(403)
    chosen: int = current_user.postings[0].window_id
    return chosen


def _desk_page(*, status: int = 200, form: forms.CancelForm | None = None, problem: Decision | None = None, said_at: str = "") -> Response:
    """What this point has on paper: blank numbers, those not accounted for, what has no photo yet; then the matter to enter."""
    place = case_queries.places_of([_own_window()])[_own_window()]
    text = request.args.get("q", "").strip()[:60]
    offered = catalogue.offered_at(current_user.county_id, place.point.id, page.clock().today()) if text else []
    if text:
        codes = {each.code for each in catalogue.search(current_user.county_id, text, 12)}
        offered = [each for each in offered if each.code in codes]
    lacking, _more = queries.list_sheets([place.point.id], only_without_photo=True)
    body = render_template(
        "cases/sheets_desk.html", spot=place, q=text, offered=offered, blocks=queries.list_open_blocks([place.point.id]), lacking=lacking,
        form=form or forms.CancelForm(formdata=None), problem=problem, said_at=said_at,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/cases/from-sheet")
@staff
def desk() -> Response:
    """Which sheets this point has; with an item, the form that enters a case from one."""
    code = request.args.get("item", "")[:40]
    return _enter_page(code, _new_form()) if code else _desk_page()


def _new_form() -> forms.EnterForm:
    form = forms.EnterForm(formdata=None)
    form.on.data = page.clock().today()
    form.sheet.data = request.args.get("sheet", "")[:12]
    return form


def _enter_page(
    code: str, form: forms.EnterForm, *, status: int = 200, problem: Decision | None = None, got: set[str] | None = None, said_at: str = ""
) -> Response:
    window_id, at = _own_window(), page.clock().now()
    facts = case_services.new_case_facts(window_id, code, page.clock().today(), current_user.county_id, in_general=True)
    held = authority_queries.held_by(current_user.account_id, window_id, at)
    act, permission = case_services.beginning_of(held, facts)
    body = render_template(
        "cases/sheet_enter.html", form=form, facts=facts, act=act.value, permission=permission, problem=problem, got=got or set(),
        said_at=said_at, materials=case_queries.materials_of(facts.version.id), spot=case_queries.places_of([window_id])[window_id],
        days=paper_sheets.DAYS, limit=limit_words(),
    )  # fmt: skip
    return make_response(body, status)


@bp.post("/cases/from-sheet")
@staff
def enter() -> Response:
    """Enter the case with the moment on the paper; then its photo, where it came along."""
    window_id, code = _own_window(), request.args.get("item", "")[:40]
    form = forms.EnterForm()
    amount = None if form.amount.data is None else form.amount.data * 100
    facts = case_services.new_case_facts(window_id, code, page.clock().today(), current_user.county_id, amount)
    got = {name.removeprefix("got-") for name in request.form if name.startswith("got-")}
    content = _sent_file("photo")
    is_right = form.validate_on_submit()
    if len(content) > attachments.MOST_BYTES:
        form.photo.errors = [FAULTS["too_large"]]
    if not is_right or form.photo.errors:
        return _enter_page(code, form, status=422, got=got)
    applicant = case_services.Applicant(form.name.data, form.number.data, form.phone.data, form.kind.data)
    checklist = [
        {"code": str(row.seq), "got": str(row.seq) in got, "original": row.original, "copies": row.copies}
        for row in case_queries.materials_of(facts.version.id)
    ]
    written = services.Written(form.sheet.data or "", form.written_at, SheetReason(form.why.data), form.note.data or "")
    person = current_user._get_current_object()
    try:
        case = services.enter_sheet(
            written, code, applicant, checklist, window_id=window_id, amount_fen=amount, has_photo=bool(content), actor=person, clock=page.clock(),
            once=once_key(),
        )  # fmt: skip
    except NotAllowed as refusal:
        on_top = _say_refusal(form, refusal)
        return _enter_page(code, form, status=422 if on_top is None else 403, problem=on_top, got=got)
    except KeyReused as reused:
        form.key.data = new_key()
        return _enter_page(code, form, status=422, got=got, said_at=reused.result)
    flash(_("Entered from the sheet. The time received is that on the paper."), "ok")
    if not content:
        flash(_("The photo of the sheet is still missing."), "warn")
        return done(f"/cases/{case.number}/sheet-photo")
    fault = _photo_fault(lambda: services.add_photo(case.number, content, actor=person, clock=page.clock()))
    if fault:
        flash(_("The case is registered, but its photo was not kept: %(why)s", why=fault), "warn")
        return done(f"/cases/{case.number}/sheet-photo")
    return done(f"/cases/{case.number}/receipt")


def _sent_file(name: str) -> bytes:
    sent = request.files.get(name)
    return sent.stream.read(attachments.MOST_BYTES + 1) if sent else b""


def _photo_fault(keep: Callable[[], None]) -> str:
    """Why a photo was not kept, in words; nothing where it was."""
    try:
        keep()
    except NotTaken as fault:
        return str(FAULTS[str(fault)])
    except NotAllowed as refusal:
        return _("%(text)s (rule %(rule)s)", text=words(refusal.decision), rule=refusal.decision.rule)
    return ""


@bp.post("/cases/from-sheet/cancel")
@staff
def cancel() -> Response:
    """Cancel a spoilt sheet of this point."""
    _own_window()
    form = forms.CancelForm()
    if not form.validate_on_submit():
        return _desk_page(form=form, status=422)
    person = current_user._get_current_object()
    try:
        number = services.cancel_sheet(form.sheet.data or "", form.reason.data or "", actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        on_top = _say_refusal(form, refusal)
        return _desk_page(form=form, status=422 if on_top is None else 403, problem=on_top)
    except KeyReused as reused:
        form.key.data = new_key()
        return _desk_page(form=form, status=422, said_at=reused.result)
    flash(_("Sheet %(number)s is cancelled. Keep the paper with the others.", number=number), "ok")
    return done("/cases/from-sheet")


# --- the photo --------------------------------------------------------------------------------------------------------------------


def _photo_page(number: str, *, status: int = 200, form: forms.PhotoForm | None = None) -> Response:
    case = case_queries.case_for(current_user, number, page.clock().today())
    body = render_template(
        "cases/sheet_photo.html", number=number, one=queries.sheet_of_case(case.id), form=form or forms.PhotoForm(formdata=None),
        limit=limit_words(), reasons=forms.REASONS,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/cases/<number>/sheet-photo")
@staff
def photo(number: str) -> Response:
    """The sheet that a case came from, and the form for its photo while that is missing."""
    return _photo_page(number)


@bp.post("/cases/<number>/sheet-photo")
@staff
def add_photo(number: str) -> Response:
    """Keep the photo of the sheet among the files of the case."""
    case = case_queries.case_for(current_user, number, page.clock().today())
    queries.sheet_of_case(case.id)
    form, content = forms.PhotoForm(), _sent_file("file")
    person = current_user._get_current_object()
    if not content or len(content) > attachments.MOST_BYTES:
        form.file.errors = [FAULTS["too_large" if content else "empty"]]
        return _photo_page(number, form=form, status=422)
    fault = _photo_fault(lambda: services.add_photo(number, content, actor=person, clock=page.clock(), once=once_key()))
    if fault:
        form.file.errors = [fault]
        form.key.data = new_key()
        return _photo_page(number, form=form, status=422)
    flash(_("The photo is kept with the files of the case."), "ok")
    return done(case_services.address_of(number))


def _too_large_photo() -> Response:
    form = forms.PhotoForm(formdata=None)
    form.file.errors = [FAULTS["too_large"]]
    return _photo_page(str((request.view_args or {})["number"]), form=form, status=413)


def _too_large_entry() -> Response:
    form = _new_form()
    form.photo.errors = [FAULTS["too_large"]]
    return _enter_page(request.args.get("item", "")[:40], form, status=413)


errors.TOO_LARGE["sheets.add_photo"] = _too_large_photo
errors.TOO_LARGE["sheets.enter"] = _too_large_entry
