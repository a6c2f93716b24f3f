"""The page on which windows and instruments come in from a file: first a trial that names every bad row, then the import of the same file."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, make_response, render_template, request
from flask_login import current_user
from wtforms import FileField, HiddenField

from portal.authority import import_words as imports
from portal.i18n import _, _l, _p
from portal.imports import MOST_BYTES, MOST_ROWS, BadFile, Outcome, Table, read
from portal.web import page
from portal.web.access import roles
from portal.web.errors import LARGER_KB
from portal.web.forms import ChoiceField, Form
from portal.web.htmx import done
from portal.web.once import once_key

bp = Blueprint("imports", __name__)
MOST_SHOWN = 1000  # so many bad rows on a page; the command names all
# the file, and beside it the rest of the form
LARGER_KB["imports.take"] = MOST_BYTES // 1024 + 64


def _management() -> list[tuple[str, Any, Any]]:
    return [("/manage/import", _p("nav", "Import"), _("Windows and instruments from csv or xlsx, tried first."))] if current_user.role == "manager" else []


page.management.append(_management)


class ImportForm(Form):
    """What it is, the file, and the seal of the trial that found nothing wrong with it."""

    kind = ChoiceField(_l("What the file holds"), choices=[(kind.name, kind.title) for kind in imports.KINDS.values()], default="windows")
    file = FileField(_l("File (csv or xlsx)"), render_kw={"accept": ".csv,.xlsx"})
    seal = HiddenField()


def _seal(kind: str, data: bytes) -> str:
    """That this person tried this very file as this kind: nothing is imported without."""
    about = f"import {current_user.account_id} {kind} {hashlib.sha256(data).hexdigest()}"
    return hmac.new(current_app.config["SECRET_KEY"], about.encode(), hashlib.sha256).hexdigest()[:40]


def _page(form: ImportForm, *, status: int = 200, **context: Any) -> Response:
    kinds = [(kind, imports.explained(kind)) for kind in imports.KINDS.values()]
    body = render_template(
        "authority/import.html", form=form, kinds=kinds, most_rows=MOST_ROWS, most_mb=MOST_BYTES // 1024 // 1024, line_words=imports.line_words,
        **context,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/manage/import")
@roles("manager")
def form() -> Response:
    """Choose what and which file; each column explained."""
    return _page(ImportForm(formdata=None))


@bp.get("/manage/import/<name>.csv")
@roles("manager")
def template(name: str) -> Response:
    """A file to fill in."""
    if name not in imports.KINDS:
        abort(404)
    response = Response(imports.template(imports.KINDS[name]), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


@bp.post("/manage/import")
@roles("manager")
def take() -> Response:
    """A trial that keeps nothing; the same file with the seal of a trial without faults is imported."""
    form = ImportForm()
    upload = request.files.get("file")
    data = upload.stream.read(MOST_BYTES + 1) if upload is not None else b""
    if form.validate_on_submit() and not data:
        form.file.errors = [_("Please choose a file.")]
    if form.errors:
        return _page(form, status=422)
    kind = imports.KINDS[form.kind.data]
    seal, given = _seal(kind.name, data), form.seal.data or ""
    form.seal.data = ""
    name = upload.filename if upload is not None else ""
    try:
        table = read(data, kind.columns, gate=imports.gate)
    except BadFile as bad:
        return _answer(form, kind, Table(()), Outcome(0, faults=bad.faults), name or "", status=422)
    is_same = given.isascii() and hmac.compare_digest(given, seal)
    if is_same:
        outcome = kind.imported(table, is_trial=False, actor=current_user.actor, clock=page.clock(), once=once_key())
        if outcome.is_kept:
            return _done(kind, outcome)
    else:
        outcome = kind.imported(table, is_trial=True, actor=current_user.actor, clock=page.clock())
    if outcome.faults:
        return _answer(form, kind, table, outcome, name or "", status=422)
    return _answer(form, kind, table, outcome, name or "", seal=seal, is_other=bool(given))


def _done(kind: imports.Kind, outcome: Outcome) -> Response:
    if kind.name == "windows":
        flash(_("Imported: %(new)s windows are new, %(unchanged)s were there already.", new=len(outcome.new), unchanged=len(outcome.unchanged)), "ok")
        return done("/manage/import")
    flash(_("Imported: %(new)s instruments are drafted. The heads of the issuing bodies sign them next.", new=len(outcome.new)), "ok")
    return done("/manage/instruments?state=to_sign")


def _answer(
    form: ImportForm, kind: imports.Kind, table: Table, outcome: Outcome, name: str, *, seal: str = "", is_other: bool = False, status: int = 200
) -> Response:  # fmt: skip
    """What the trial found, and the form that imports the same file where it found nothing wrong."""
    again = None
    if seal and outcome.new:
        again = ImportForm()
        again.kind.data, again.seal.data = kind.name, seal
        for field in again:
            field.id = f"again-{field.short_name}"
    found = [imports.told(fault, kind, table.headings) for fault in outcome.faults[:MOST_SHOWN]]
    return _page(
        form, status=status, kind=kind, table=table, outcome=outcome, faults=found, more=len(outcome.faults) - len(found),
        name=imports.shown_name(name), again=again, is_other=is_other,
    )  # fmt: skip
