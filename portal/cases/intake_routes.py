"""Double intake: the findings of the county or of one's own body, a finding by hand, a list tried and imported, answers, closing (C-15)."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, make_response, render_template, request
from flask_login import current_user

from portal.authority import import_words as imports
from portal.cases import intake_forms as forms
from portal.cases import intake_queries as queries
from portal.cases import intake_services as services
from portal.database import KeyReused
from portal.i18n import _, _lp, _p, named
from portal.imports import MOST_BYTES, MOST_ROWS, BadFile, Outcome, Table, read
from portal.network import queries as network
from portal.rules import double_intake as rules
from portal.rules.decision import Decision, NotAllowed
from portal.rules.double_intake import FindingState, Source
from portal.web import page
from portal.web.access import roles
from portal.web.errors import LARGER_KB
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("double_intake", __name__)

READERS = ("manager", "dept_head", "leader", "center", "supervisor", "auditor", "chief")
OPENERS = ("center", "supervisor")
MOST_SHOWN = 200
LIST = imports.Kind("double-intake", _lp("double intake", "A list of another system"), services.COLUMNS, services.import_findings)
HINTS: dict[str, Any] = {
    "number": _lp("double intake", "Number of the certificate, or of the case in the other system."),
    "body": _lp("double intake", "Code of the body that took it in."),
    "item": _lp("double intake", "Code of the matter, the national one will do; may be empty."),
    "dated_on": _lp("double intake", "Day of the certificate, as 2026-12-01 or 2026/12/1; may be empty."),
    "said": _lp("double intake", "Anything else that helps; no personal data."),
}
imports.EXAMPLES[LIST.name] = {"number": "示例〔2026〕1号", "body": "MR", "item": "S-03", "dated_on": "2026-11-20"}
LARGER_KB["double_intake.take"] = MOST_BYTES // 1024 + 64


def _navigation() -> list[tuple[str, Any, Any]]:
    if current_user.role != "chief":
        return []
    return [("/manage/double-intake", _p("nav", "Double intake"), queries.to_answer(current_user, page.clock().now()))]


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in READERS:
        return []
    return [("/manage/double-intake", _p("nav", "Double intake"), _("Matters taken in beside the network: found, answered, closed."))]


page.navigation.append(_navigation)
page.management.append(_management)


@bp.get("/manage/double-intake")
@roles(*READERS)
def findings() -> Response:
    """The findings by where they stand, and the counts of each body."""
    now, today = page.clock().now(), page.clock().today()
    box = request.args.get("box", "open")
    if box not in queries.BOXES:
        abort(404)
    body = network.body_by_code(current_user.county_id, request.args["body"]) if request.args.get("body") else None
    rows, more = queries.list_findings_for(current_user, box, now, today, body_id=body.id if body else None, before=page.cursor("before"))
    return make_response(
        render_template(
            "cases/intake.html", rows=rows, more=more, first=page.cursor("before") is None, box=box, boxes=list(queries.BOXES), body=body,
            counts=queries.count_by_body(current_user, now, today), may_open=rules.may_open_finding(current_user.offices),
            sources=forms.SOURCES, states=forms.STATES,
        )
    )  # fmt: skip


# --- by hand ----------------------------------------------------------------------------------------------------------------------


def _new_page(form: forms.FindingForm, *, status: int = 200, problem: Decision | None = None, said_at: str = "") -> Response:
    return make_response(render_template("cases/intake_new.html", form=form, problem=problem, said_at=said_at), status)


def _form(**kwargs: Any) -> forms.FindingForm:
    form = forms.FindingForm(**kwargs)
    form.body.choices = [(str(body.id), named(body)) for body in queries.list_bodies(current_user.county_id)]
    return form


@bp.get("/manage/double-intake/new")
@roles(*OPENERS)
def new() -> Response:
    """The form of a finding."""
    return _new_page(_form(formdata=None))


@bp.post("/manage/double-intake/new")
@roles(*OPENERS)
def open_finding() -> Response:
    """Open a finding; the body has five working days."""
    form = _form()
    is_right = form.validate_on_submit()
    items = queries.items_by_code(current_user.county_id)
    code = form.item.data or ""
    if code and not form.item.errors and code not in items:
        form.item.errors = [_("There is no matter of this code.")]
    if not is_right or form.item.errors:
        return _new_page(form, status=422)
    found = services.Found(
        int(form.body.data), Source(form.source.data), form.number.data or "", items.get(code), form.dated_on.data, form.what.data or ""
    )
    try:
        finding_id = services.open_finding(found, actor=current_user.actor, clock=page.clock(), once=once_key())
    except services.AlreadyFound:
        form.number.errors = [_("This body has a finding of this number already.")]
        return _new_page(form, status=422)
    except NotAllowed as refusal:
        return _new_page(form, status=403, problem=refusal.decision)
    except KeyReused as reused:
        form.key.data = new_key()
        return _new_page(form, status=422, said_at=reused.result)
    flash(_("Opened. The body has five working days to answer."), "ok")
    return done(services.place_of(finding_id))


# --- one finding ------------------------------------------------------------------------------------------------------------------


def _finding_page(
    finding_id: int, *, status: int = 200, answering: forms.AnswerForm | None = None, closing: forms.CloseForm | None = None,
    problem: Decision | None = None, said_at: str = "",
) -> Response:  # fmt: skip
    now, today = page.clock().now(), page.clock().today()
    one = queries.get_finding_for(current_user, finding_id, now, today)
    offices = current_user.offices
    may_answer = rules.may_answer_finding(
        one.state, one.row.body_id, offices=offices, chief_of=queries.chief_of(current_user.account_id, now)
    )
    may_close = {
        step: rules.may_close_finding(one.state, step, one.row.due_on, today, offices=offices)
        for step in (FindingState.UPHELD, FindingState.DISMISSED)
    }
    answering, closing = answering or forms.AnswerForm(formdata=None), closing or forms.CloseForm(formdata=None)
    for prefix, form in (("answer", answering), ("close", closing)):
        for field in form:
            field.id = f"{prefix}-{field.short_name}"
    body = render_template(
        "cases/intake_finding.html", one=one, steps=queries.steps_of(one.row.id), may_answer=may_answer, may_close=may_close,
        answering=answering, closing=closing, sources=forms.SOURCES, states=forms.STATES, problem=problem, said_at=said_at,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/manage/double-intake/<int:finding_id>")
@roles(*READERS)
def finding(finding_id: int) -> Response:
    """A finding: what was found, what the body answered, how it was closed; the next step for whoever may take it."""
    return _finding_page(page.whole_id(finding_id))


@bp.post("/manage/double-intake/<int:finding_id>/answer")
@roles("dept_head", "chief")
def answer(finding_id: int) -> Response:
    """The body answers."""
    person, form = current_user._get_current_object(), forms.AnswerForm()
    finding_id = page.whole_id(finding_id)
    queries.get_finding_for(person, finding_id, page.clock().now(), page.clock().today())
    if not form.validate_on_submit():
        return _finding_page(finding_id, status=422, answering=form)
    try:
        services.answer_finding(finding_id, form.said.data or "", actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _finding_page(finding_id, status=403, answering=form, problem=refusal.decision)
    except KeyReused as reused:
        form.key.data = new_key()
        return _finding_page(finding_id, status=422, answering=form, said_at=reused.result)
    flash(_("Answered. The center closes the finding."), "ok")
    return done(services.place_of(finding_id))


@bp.post("/manage/double-intake/<int:finding_id>/close")
@roles("center")
def close(finding_id: int) -> Response:
    """The center upholds or dismisses."""
    person, form = current_user._get_current_object(), forms.CloseForm()
    finding_id = page.whole_id(finding_id)
    queries.get_finding_for(person, finding_id, page.clock().now(), page.clock().today())
    if not form.validate_on_submit():
        return _finding_page(finding_id, status=422, closing=form)
    try:
        services.close_finding(
            finding_id, FindingState(form.step.data), form.said.data or "", actor=person, clock=page.clock(), once=once_key()
        )
    except NotAllowed as refusal:
        return _finding_page(finding_id, status=403, closing=form, problem=refusal.decision)
    except KeyReused as reused:
        form.key.data = new_key()
        return _finding_page(finding_id, status=422, closing=form, said_at=reused.result)
    flash(str(forms.STATES[FindingState(form.step.data)]), "ok")
    return done(services.place_of(finding_id))


# --- a list -----------------------------------------------------------------------------------------------------------------------


def _seal(data: bytes) -> str:
    """That this person tried this very file: nothing is imported without."""
    about = f"double-intake {current_user.account_id} {hashlib.sha256(data).hexdigest()}"
    return hmac.new(current_app.config["SECRET_KEY"], about.encode(), hashlib.sha256).hexdigest()[:40]


def _list_page(form: forms.ListForm, *, status: int = 200, **context: Any) -> Response:
    columns = [(column, imports.heading(column), HINTS[column.name]) for column in LIST.columns]
    body = render_template(
        "cases/intake_list.html", form=form, columns=columns, most_rows=MOST_ROWS, most_mb=MOST_BYTES // 1024 // 1024,
        line_words=imports.line_words, **context,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/manage/double-intake/list")
@roles(*OPENERS)
def list_form() -> Response:
    """Choose a list; each column explained."""
    return _list_page(forms.ListForm(formdata=None))


@bp.get("/manage/double-intake/list.csv")
@roles(*OPENERS)
def template() -> Response:
    """A file to fill in."""
    response = Response(imports.template(LIST), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="double-intake.csv"'
    return response


@bp.post("/manage/double-intake/list")
@roles(*OPENERS)
def take() -> Response:
    """A trial that keeps nothing; the same file with the seal of a trial without faults opens the findings."""
    form = forms.ListForm()
    upload = request.files.get("file")
    data = upload.stream.read(MOST_BYTES + 1) if upload is not None else b""
    if form.validate_on_submit() and not data:
        form.file.errors = [_("Please choose a file.")]
    if form.errors:
        return _list_page(form, status=422)
    seal, given = _seal(data), form.seal.data or ""
    form.seal.data = ""
    name = imports.shown_name(upload.filename or "") if upload is not None else ""
    try:
        table = read(data, LIST.columns, gate=imports.gate)
    except BadFile as bad:
        return _answer(form, Table(()), Outcome(0, faults=bad.faults), name, status=422)
    is_same = given.isascii() and hmac.compare_digest(given, seal)
    outcome = LIST.imported(table, is_trial=not is_same, actor=current_user.actor, clock=page.clock(), once=once_key() if is_same else None)
    if outcome.is_kept:
        flash(
            _(
                "%(new)s findings are opened; %(left)s numbers have a case, or were found before.",
                new=len(outcome.new),
                left=len(outcome.unchanged),
            ),
            "ok",
        )
        return done("/manage/double-intake")
    if outcome.faults:
        return _answer(form, table, outcome, name, status=422)
    return _answer(form, table, outcome, name, seal=seal, is_other=bool(given))


def _answer(
    form: forms.ListForm, table: Table, outcome: Outcome, name: str, *, seal: str = "", is_other: bool = False, status: int = 200
) -> Response:  # fmt: skip
    """What the trial found, and the form that imports the same file where it found nothing wrong."""
    again = None
    if seal and outcome.new:
        again = forms.ListForm()
        again.seal.data = seal
        for field in again:
            field.id = f"again-{field.short_name}"
    found = [imports.told(fault, LIST, table.headings) for fault in outcome.faults[:MOST_SHOWN]]
    return _list_page(
        form, status=status, table=table, outcome=outcome, faults=found, more=len(outcome.faults) - len(found), name=name, again=again,
        is_other=is_other, some=outcome.new[:40],
    )  # fmt: skip
