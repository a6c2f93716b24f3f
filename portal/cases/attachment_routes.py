"""The files of a case: the list, the form, the parts in which a script sends one, and the file itself. Also the answers that a draft's pages give."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, jsonify, make_response, render_template, request
from flask_login import current_user

from portal import files
from portal.audit import Actor
from portal.cases import attachment_forms as forms
from portal.cases import attachment_queries as queries
from portal.cases import attachment_services as services
from portal.cases import queries as case_queries
from portal.cases.attachment_queries import Target
from portal.database import KeyReused, NotFound
from portal.files import PDF, SUFFIXES, NotTaken
from portal.i18n import _, named
from portal.rules import attachments as rules
from portal.rules.decision import Decision, NotAllowed
from portal.web import errors, page, seen
from portal.web.access import staff
from portal.web.csrf import token
from portal.web.forms import KEY
from portal.web.htmx import done
from portal.web.once import new_key, once_key
from portal.web.reasons import words

bp = Blueprint("attachments", __name__)

# A whole photo is read, so that what is wrong with it can be said beside the field and the choice is kept; what is larger still is not.
errors.LARGER_KB["attachments.attach"] = 12 * 1024


# --- answers to the script, for a case here and for a draft in `apply_routes` ----------------------------------------------------


def answer_where(target: Target, key: str, actor: Actor) -> Response:
    """How many bytes of this upload are here, and a token to go on with: that of the page may be of a session that has ended."""
    _known(key)
    return jsonify(at=queries.received(actor.county_id, target, key, actor), token=token())


def answer_part(target: Target, key: str, actor: Actor) -> Response:
    """Take one part; says how many bytes are here now."""
    _known(key)
    sent = request.files.get("part")
    piece = sent.stream.read(rules.PART_BYTES + 1) if sent else b""
    try:
        at = services.part(target, key, _number("at"), _number("size"), piece, actor=actor, clock=page.clock())
    except NotTaken as fault:
        return _fault(str(forms.FAULTS[str(fault)]), 422)
    except NotAllowed as refusal:
        return _fault(words(refusal.decision), 403)
    return jsonify(at=at)


def answer_finish(target: Target, key: str, form: forms.AttachForm, actor: Actor, href: str) -> Response:
    """Make the file of its parts, once; says where to go on."""
    _known(key)
    form.validate()
    if form.material.errors:
        return _fault(" ".join(str(each) for each in form.material.errors), 422, field="material")
    try:
        services.finish(target, key, form.material_seq, actor=actor, clock=page.clock())
    except NotTaken as fault:
        return _fault(str(forms.FAULTS[str(fault)]), 422)
    except NotAllowed as refusal:
        return _fault(words(refusal.decision), 403)
    flash(_("The file is kept."), "ok")
    return jsonify(done=href)


def served(row: Any, name: str) -> Response:
    """A file as it is kept: a picture in the browser, a PDF as a download, each under a policy by which it can do nothing."""
    answer = make_response(files.read(row.digest))
    answer.headers["Content-Type"] = row.media_type
    how, more = ("attachment", "") if row.media_type == PDF else ("inline", "; style-src 'unsafe-inline'")  # of the browser's own frame
    answer.headers["Content-Disposition"] = f'{how}; filename="{name}.{SUFFIXES[row.media_type]}"'
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'" + more
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _known(key: str) -> None:
    if KEY.fullmatch(key) is None:
        raise NotFound(key)


def _number(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _fault(text: str, status: int, *, field: str = "file") -> Response:
    answer = jsonify(error=text, field=field)
    answer.status_code = status
    return answer


# --- the files of a case --------------------------------------------------------------------------------------------------------


def _address(number: str) -> str:
    return f"/cases/{number}/attachments"


def _target(number: str) -> Target:
    return Target(case_queries.case_for(current_user, number, page.clock().today()).id)


def _form(version_id: int, **kwargs: Any) -> forms.AttachForm:
    return forms.AttachForm([(str(row.seq), named(row)) for row in case_queries.materials_of(version_id)], **kwargs)


def _page(number: str, *, form: forms.AttachForm | None = None, status: int = 200, **context: Any) -> Response:
    case = case_queries.case_for(current_user, number, page.clock().today())
    target, at = Target(case.id), page.clock().now()
    materials = {row.seq: row for row in case_queries.materials_of(case.version_id)}
    if form is None:
        form = _form(case.version_id, formdata=None)
        asked = request.args.get("material", "")
        form.material.data = asked if asked in {str(seq) for seq in materials} else ""
    else:
        form.key.data = new_key()
    body = render_template(
        "cases/attachments.html", number=number, form=form, files=queries.list_attachments(case.county_id, target), materials=materials,
        may=services.may_attach(target, current_user.actor, at), may_open=_may_open(case), holder=case_queries.places_of([case.holder_id]).get(case.holder_id),
        limit=forms.limit_words(), saying=forms.sending_words(), pdf=PDF, **context,
    )  # fmt: skip
    return make_response(body, status)


def _may_open(case: Any) -> Decision:
    return rules.may_open(knows=bool({case.holder_id, case.addressed_id} & current_user.window_ids))


@bp.get("/cases/<number>/attachments")
@staff
def attachments(number: str) -> Response:
    """What was handed in as files: which material, what kind, who, when."""
    return _page(number)


@bp.post("/cases/<number>/attachments")
@staff
def attach(number: str) -> Response:
    """One whole file, as a browser sends it without a script."""
    case = case_queries.case_for(current_user, number, page.clock().today())
    form, target = _form(case.version_id), Target(case.id)
    sent = request.files.get("file")
    content = sent.stream.read(rules.MOST_BYTES + 1) if sent else b""
    is_right = form.validate_on_submit()
    if not content or len(content) > rules.MOST_BYTES:
        form.file.errors = [forms.FAULTS["too_large" if content else "empty"]]
    if not is_right or form.file.errors:
        return _page(number, form=form, status=422)
    once = once_key()
    if once is not None:  # another file under the same key is another submission
        once = replace(once, fingerprint=hashlib.sha256(once.fingerprint.encode() + content).hexdigest())
    try:
        services.attach(
            target, content, form.material_seq, actor=current_user.actor, clock=page.clock(), once=once, result=_address(number)
        )
    except NotTaken as fault:
        form.file.errors = [forms.FAULTS[str(fault)]]
        return _page(number, form=form, status=422)
    except NotAllowed as refusal:
        return _page(number, form=form, status=403, problem=refusal.decision)
    except KeyReused:
        form.file.errors = [_("This form was used already. Choose the file once more and send it again.")]
        return _page(number, form=form, status=422)
    flash(_("The file is kept."), "ok")
    return done(_address(number))


def _far_too_large() -> Response:
    """More than is read at all: the same page, and why."""
    number = str((request.view_args or {})["number"])
    case = case_queries.case_for(current_user, number, page.clock().today())
    form = _form(case.version_id, formdata=None)
    form.file.errors = [forms.FAULTS["too_large"]]
    return _page(number, form=form, status=413)


errors.TOO_LARGE["attachments.attach"] = _far_too_large


@bp.get("/cases/<number>/attachments/parts/<key>")
@staff
def where(number: str, key: str) -> Response:
    """How much of an upload is here (JSON)."""
    return answer_where(_target(number), key, current_user.actor)


@bp.post("/cases/<number>/attachments/parts/<key>")
@staff
def take_part(number: str, key: str) -> Response:
    """The next part of an upload (JSON)."""
    return answer_part(_target(number), key, current_user.actor)


@bp.post("/cases/<number>/attachments/parts/<key>/finish")
@staff
def finish(number: str, key: str) -> Response:
    """All parts are here (JSON)."""
    case = case_queries.case_for(current_user, number, page.clock().today())
    return answer_finish(Target(case.id), key, _form(case.version_id), current_user.actor, _address(number))


@bp.get("/cases/<number>/attachments/<int:attachment_id>")
@staff
def attachment(number: str, attachment_id: int) -> Response:
    """The file itself; each look is recorded (R-1)."""
    case = case_queries.case_for(current_user, number, page.clock().today())
    row = queries.get_attachment(case.county_id, Target(case.id), page.whole_id(attachment_id))
    _may_open(case).or_raise()
    actor, clock = current_user.actor, page.clock()
    answer = served(row, f"{number}-{row.id}")
    seen.later(lambda: services.record_look(f"case:{number}", attachment_id, actor=actor, clock=clock))
    return answer
