"""Applying online without an account: the door (phone and code), drafts, photos, sending, the receipt, and "my matters" (C-1, C-18)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import wraps
from hashlib import sha256
from math import ceil
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, flash, g, make_response, render_template, request

from portal import files
from portal.accounts.routes import local_path
from portal.cases import apply_forms as forms
from portal.cases import apply_queries as queries
from portal.cases import apply_services as services
from portal.cases import attachment_forms, attachment_queries, attachment_routes, attachment_services, pages
from portal.cases.apply_pages import notice_of
from portal.cases.apply_queries import Basket, KnownPhone, Offer, Typed
from portal.cases.attachment_forms import AttachForm
from portal.catalogue.pages import limit_words
from portal.database import KeyReused, NotFound, Stale
from portal.i18n import _, current_language, named
from portal.messages import Channels
from portal.network import pages as network_pages
from portal.network import queries as network
from portal.rules import attachments as attachment_rules
from portal.rules.decision import Decision, NotAllowed
from portal.rules.moments import SHANGHAI
from portal.web import errors, page, pictures, seen
from portal.web.access import public
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("apply", __name__)
# a whole photo is read, so that what is wrong with it can be said beside the field
errors.LARGER_KB["apply.attach"] = 12 * 1024

COOKIE = "aid"
SHOWN = 20  # points found by a name
P = ParamSpec("P")


# --- who is here ----------------------------------------------------------------------------------------------------------------


def cookie() -> str:
    """The name of the cookie that keeps a known phone's token, beside the session of staff: `__Host-` under TLS."""
    return "__Host-" + COOKIE if request.is_secure else COOKIE


def known() -> KnownPhone | None:
    """The phone that gave its code in this browser, or None."""
    g.is_private = True
    token = request.cookies.get(cookie(), "")
    return queries.known_phone(g.county.id, token, page.clock().wall(), _address())


def _address() -> str:
    return (request.remote_addr or "")[:64]


def _as_guest() -> Any:
    return {"county_id": g.county.id, "address": _address(), "clock": page.clock()}


def by_phone(view: Callable[Concatenate[KnownPhone, P], Response]) -> Callable[P, Response]:
    """The view of an applicant: who is not known yet meets the door first, and comes back here."""

    @wraps(view)
    def asked(*args: P.args, **kwargs: P.kwargs) -> Response:
        phone = known()
        if phone is None:
            where = request.full_path if request.query_string else request.path
            return door(where if request.method == "GET" else page.readable_path(), status=401)
        return view(phone, *args, **kwargs)

    return asked


def door(where: str, *, status: int = 200, form: forms.PhoneForm | None = None, free_at: datetime | None = None) -> Response:
    """The door: a phone, to which a code goes; afterwards it goes on to `where`."""
    form = form or forms.PhoneForm(formdata=None)
    form.next.data = local_path(where)
    wait = max(1, ceil((free_at - page.clock().wall()).total_seconds())) if free_at else 0
    response = make_response(
        render_template("cases/apply_door.html", form=form, wait=wait, free_at=_time(free_at) if free_at else "", asked=status == 401),
        status,
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _time(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%H:%M:%S")


@bp.post("/my/code")
@public
def ask_code() -> Response:
    """Send the code."""
    form = forms.PhoneForm()
    where = local_path(form.next.data or "")
    if not form.validate_on_submit():
        return door(where, status=422, form=form)
    then = "?" + urlencode({"next": where}) if where else ""
    try:
        asked = services.ask_code(form.phone.data, language=current_language(), once=once_key(), then=then, **_as_guest())
    except services.TooMany as refusal:
        return door(where, status=429, form=form, free_at=refusal.free_at)
    except KeyReused:
        form.key.data = new_key()
        return door(where, status=422, form=form)
    config = current_app.config["PORTAL"]
    channels = Channels(config.smtp_url, config.sms_webhook, config.public_url, config.demo)
    services.send_code(asked, county_id=g.county.id, clock=page.clock(), channels=channels)
    return done(f"/my/code/{asked.ticket}{then}")


def _code_page(ticket: str, form: forms.CodeForm, *, status: int = 200) -> Response:
    if len(ticket) > 40:
        raise NotFound("code")
    sent = queries.code_sent(g.county.id, ticket, page.clock().wall())
    g.is_private = True
    shown = queries.code_of(ticket) if current_app.config["DEMO"] and sent.usable else ""
    where = local_path(request.values.get("next", ""))
    form.next.data = where
    return make_response(
        render_template(
            "cases/apply_code.html", form=form, sent=sent, until=_time(sent.good_until), shown=shown, ticket=ticket, next=where
        ),
        status,
    )


@bp.get("/my/code/<ticket>")
@public
def code_form(ticket: str) -> Response:
    """Where the code is typed."""
    return _code_page(ticket, forms.CodeForm(formdata=None))


@bp.post("/my/code/<ticket>")
@public
def enter(ticket: str) -> Response:
    """The code was typed: right, and this browser is known for two hours."""
    form = forms.CodeForm()
    if not form.validate_on_submit():
        return _code_page(ticket, form, status=422)
    try:
        token = services.enter(ticket, form.code.data, replaces=request.cookies.get(cookie(), ""), **_as_guest())
    except services.WrongCode as wrong:
        form.code.errors = [_("This is not the code. Tries left: %(left)s.", left=wrong.left)]
        form.code.data = ""
        return _code_page(ticket, form, status=422)
    except NotAllowed:
        return _code_page(ticket, form, status=403)
    response = done(local_path(form.next.data or "") or "/my")
    response.set_cookie(cookie(), token, httponly=True, samesite="Lax", secure=request.is_secure, path="/")
    return response


@bp.post("/my/leave")
@public
def leave() -> Response:
    """This browser is no longer known."""
    phone = known()
    if phone is not None:
        services.leave(phone, request.cookies.get(cookie(), ""), clock=page.clock())
    flash(_("You have left. Nobody else at this device sees your matters."))
    response = done("/my")
    response.delete_cookie(cookie(), httponly=True, samesite="Lax", secure=request.is_secure, path="/")
    return response


@bp.get("/my")
@public
def mine() -> Response:
    """The matters and drafts of this phone."""
    phone = known()
    if phone is None:
        return door("/my")
    lines = [(line, pages.spaced(line.case.tracking_code)) for line in queries.list_cases_for(phone)]
    return make_response(render_template("cases/my.html", phone=phone, lines=lines, drafts=queries.list_drafts_for(phone)))


# --- choosing the point ---------------------------------------------------------------------------------------------------------


@bp.get("/apply/<code>")
@public
def start(code: str) -> Response:
    """What is applied for, and at which point: that of one's own village or town first (N-5)."""
    return _start(code)


def _start(code: str, *, status: int = 200, problem: Decision | None = None) -> Response:
    offer = queries.offer(g.county.id, code, page.clock().now())
    text, near_code = request.args.get("q", "").strip()[:60], request.values.get("from", "")
    found = network.find_points(g.county.id, text) if text else []
    here, choices = None, []
    if near_code:
        here = network.point_by_code(g.county.id, near_code[:40])
        choices = _choices(offer, here)
    elif len(found) == 1:
        here = found[0].point
        choices = _choices(offer, here)
    phone = known()
    where = f"/apply/{offer.guide.code}" + (f"?from={here.code}" if here is not None else "")
    form = forms.PhoneForm(formdata=None)
    form.next.data = where
    body = render_template(
        "cases/apply.html", offer=offer, guide=offer.guide, text=text, found=found[:SHOWN], near=here, choices=choices, phone=phone, form=form,
        problem=problem, limit_words=limit_words, levels=network_pages.level_names(g.county.id, page.clock().today()),
    )  # fmt: skip
    return make_response(body, status)


def _choices(offer: Offer, here: Any) -> list[tuple[Any, bool]]:
    """The points that take it for somebody from here, the nearest first; true where it is received at once."""
    near = offer.near(offer.register.points[here.id])
    rows = network.points_by_id({one.id for one in near})
    takings = [(rows[one.id], offer.taking(one)) for one in near]
    return [(point, taking is not None and taking.is_receipt) for point, taking in takings]


@bp.post("/apply/<code>")
@public
@by_phone
def begin(phone: KnownPhone, code: str) -> Response:
    """Begin a draft at the chosen point."""
    form = forms.BeginForm()
    chosen = (form.point.data or "")[:40]
    try:
        draft_id = services.begin_draft(code, chosen, phone=phone, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _start(code, status=403, problem=refusal.decision)
    return done(f"/my/drafts/{draft_id}")


# --- a draft --------------------------------------------------------------------------------------------------------------------


def _view(phone: KnownPhone, draft_id: int) -> queries.DraftView:
    return queries.view_draft(queries.get_draft_for(phone, page.whole_id(draft_id)), page.clock().now())


def _sent(view: queries.DraftView) -> Response | None:
    """A draft that was sent is its receipt."""
    if view.row.case_id is None:
        return None
    return done(f"/my/receipt/{queries.code_of_case(view.row)}")


def _draft_page(phone: KnownPhone, draft_id: int, form: forms.DraftForm | None = None, *, status: int = 200, **context: Any) -> Response:
    view = _view(phone, draft_id)
    if (sent := _sent(view)) is not None and status == 200:
        return sent
    paper = view.typed.paper
    if form is None:
        typed = view.typed
        form = forms.DraftForm(formdata=None, data={"kind": typed.kind, "name": typed.name, "number": typed.number, "amount": typed.amount})
    else:
        paper = _paper()
        form.key.data = new_key() if status == 409 else form.key.data
    form.version.data = str(view.row.version)
    body = render_template("cases/apply_draft.html", view=view, phone=phone, form=form, paper=paper, status=status, **context)
    return make_response(body, status)


def _paper() -> frozenset[str]:
    """The boxes of what comes on paper, as they were sent."""
    return frozenset(name.removeprefix("paper-")[:4] for name in request.form if name.startswith("paper-"))


@bp.get("/my/drafts/<int:draft_id>")
@public
@by_phone
def draft(phone: KnownPhone, draft_id: int) -> Response:
    """Step 1: whose matter it is, and what comes on paper."""
    return _draft_page(phone, draft_id)


@bp.post("/my/drafts/<int:draft_id>")
@public
@by_phone
def save(phone: KnownPhone, draft_id: int) -> Response:
    """Keep what was typed; gaps are no fault."""
    form = forms.DraftForm()
    view = _view(phone, draft_id)
    if not form.validate_on_submit():
        return _draft_page(phone, draft_id, form, status=422)
    drawn_from = form.drawn_from
    known_seqs = {str(row.seq) for row in view.materials}
    typed = Typed(form.kind.data, form.name.data or "", form.number.data or "", form.amount.data, _paper() & known_seqs)
    try:
        services.save_draft(view.row.id, typed, version=drawn_from, phone=phone, clock=page.clock(), once=once_key())
    except Stale:
        return _draft_page(phone, draft_id, form, status=409)
    except NotAllowed as refusal:
        return _draft_page(phone, draft_id, form, status=403, problem=refusal.decision)
    except KeyReused:
        form.key.data = new_key()
        return _draft_page(phone, draft_id, form, status=422)
    return done(f"/my/drafts/{draft_id}/photos")


@bp.post("/my/drafts/<int:draft_id>/drop")
@public
@by_phone
def drop(phone: KnownPhone, draft_id: int) -> Response:
    """Give the draft up."""
    version = forms.VerbForm().drawn_from
    services.drop_draft(page.whole_id(draft_id), version=version, phone=phone, clock=page.clock(), once=once_key())
    flash(_("The draft is deleted, with its photos."))
    return done("/my")


# --- photos: of a draft, and of what a notice asked for ---------------------------------------------------------------------------

PHOTOS = "/my/<any(drafts, supplements):kind>/<ref>/photos"


def _basket(phone: KnownPhone, kind: str, ref: str) -> Basket:
    return queries.basket(phone, kind, ref, page.clock().now())


def _attach_form(basket: Basket, **kwargs: Any) -> AttachForm:
    return AttachForm([(str(row.seq), named(row)) for row in basket.materials], **kwargs)


def _photos_page(
    phone: KnownPhone, basket: Basket, form: AttachForm | None = None, *, status: int = 200, problem: Decision | None = None
) -> Response:
    if basket.draft is not None and (sent := _sent(basket.draft)) is not None:
        return sent
    if form is None:
        form = _attach_form(basket, formdata=None)
        form.material.data = request.args.get("material", "")[:4]
    else:
        form.key.data = new_key()
    shown = attachment_queries.list_attachments(g.county.id, basket.target)
    may = attachment_services.may_attach(basket.target, phone.actor, page.clock().now())
    body = render_template(
        "cases/apply_photos.html", basket=basket, view=basket.draft, case_view=basket.view, form=form, shown=shown, may=may, problem=problem,
        notice=notice_of(basket.view) if basket.view is not None else None, limit=attachment_forms.limit_words(),
        saying=attachment_forms.sending_words(), names={row.seq: row for row in basket.materials}, pdf=files.PDF,
    )  # fmt: skip
    return make_response(body, status)


@bp.get(PHOTOS)
@public
@by_phone
def photos(phone: KnownPhone, kind: str, ref: str) -> Response:
    """Step 2 of a draft: a photo of each material that one has. Of a case: what the notice asked for."""
    return _photos_page(phone, _basket(phone, kind, ref))


@bp.post(PHOTOS)
@public
@by_phone
def attach(phone: KnownPhone, kind: str, ref: str) -> Response:
    """One whole file, as a browser sends it without a script."""
    basket = _basket(phone, kind, ref)
    form = _attach_form(basket)
    given = request.files.get("file")
    content = b"" if given is None else given.stream.read(attachment_rules.MOST_BYTES + 1)
    is_right = form.validate_on_submit()
    if not content or len(content) > attachment_rules.MOST_BYTES:
        form.file.errors = [attachment_forms.FAULTS["too_large" if content else "empty"]]
    if not is_right or form.file.errors:
        return _photos_page(phone, basket, form, status=422)
    once = once_key()
    if once is not None:  # another file under the same key is another submission
        once = replace(once, fingerprint=sha256(once.fingerprint.encode() + content).hexdigest())
    try:
        attachment_services.attach(
            basket.target, content, form.material_seq, actor=phone.actor, clock=page.clock(), once=once, result=basket.href
        )
    except files.NotTaken as fault:
        form.file.errors = [attachment_forms.FAULTS[str(fault)]]
        return _photos_page(phone, basket, form, status=422)
    except NotAllowed as refusal:
        return _photos_page(phone, basket, form, status=403, problem=refusal.decision)
    except KeyReused:
        form.file.errors = [_("This form was used already. Choose the file once more and send it again.")]
        return _photos_page(phone, basket, form, status=422)
    flash(_("The photo is here."), "ok")
    return done(basket.href)


def _far_too_large() -> Response:
    """More than is read at all: the same page, and why."""
    phone, at = known(), request.view_args or {}
    if phone is None:
        return door(page.readable_path(), status=401)
    basket = _basket(phone, str(at["kind"]), str(at["ref"]))
    form = _attach_form(basket, formdata=None)
    form.file.errors = [attachment_forms.FAULTS["too_large"]]
    return _photos_page(phone, basket, form, status=413)


errors.TOO_LARGE["apply.attach"] = _far_too_large


@bp.get(PHOTOS + "/parts/<key>")
@public
@by_phone
def where(phone: KnownPhone, kind: str, ref: str, key: str) -> Response:
    """How much of an upload is here (JSON)."""
    return attachment_routes.answer_where(_basket(phone, kind, ref).target, key, phone.actor)


@bp.post(PHOTOS + "/parts/<key>")
@public
@by_phone
def take_part(phone: KnownPhone, kind: str, ref: str, key: str) -> Response:
    """The next part of an upload (JSON)."""
    return attachment_routes.answer_part(_basket(phone, kind, ref).target, key, phone.actor)


@bp.post(PHOTOS + "/parts/<key>/finish")
@public
@by_phone
def finish(phone: KnownPhone, kind: str, ref: str, key: str) -> Response:
    """All parts are here (JSON)."""
    basket = _basket(phone, kind, ref)
    return attachment_routes.answer_finish(basket.target, key, _attach_form(basket), phone.actor, basket.href)


@bp.get(PHOTOS + "/<int:file_id>")
@public
@by_phone
def photo(phone: KnownPhone, kind: str, ref: str, file_id: int) -> Response:
    """One's own file, to see that it can be read; each look is recorded (R-1)."""
    basket = _basket(phone, kind, ref)
    row = attachment_queries.get_attachment(g.county.id, basket.target, page.whole_id(file_id))
    actor, clock, owner = phone.actor, page.clock(), basket.owner
    answer = attachment_routes.served(row, f"file-{row.id}")
    seen.later(lambda: attachment_services.record_look(owner, file_id, actor=actor, clock=clock))
    return answer


@bp.post(PHOTOS + "/<int:file_id>/remove")
@public
@by_phone
def detach(phone: KnownPhone, kind: str, ref: str, file_id: int) -> Response:
    """Take a photo out again."""
    basket = _basket(phone, kind, ref)
    stale = None if forms.VerbForm().drawn_from == basket.version else basket.version
    attachment_services.detach(
        basket.owner, page.whole_id(file_id), actor=phone.actor, clock=page.clock(), once=once_key(), result=basket.href, stale=stale
    )
    flash(_("The photo is taken out."))
    return done(basket.href)


@bp.post("/my/supplements/<ref>/send")
@public
@by_phone
def supplement(phone: KnownPhone, ref: str) -> Response:
    """Send in what the notice asked for."""
    try:
        case = services.supplement(ref, phone=phone, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _photos_page(phone, _basket(phone, "supplements", ref), status=403, problem=refusal.decision)
    flash(_("Sent. The window examines it and answers."), "ok")
    return done(f"/track/{case.tracking_code}")


# --- sending --------------------------------------------------------------------------------------------------------------------

LACKS = {"name": lambda: _("Name of the applicant"), "number": lambda: _("Identity number or credit code"), "amount": lambda: _("Amount")}


def _send_page(phone: KnownPhone, draft_id: int, form: forms.SendForm, *, status: int = 200, problem: Decision | None = None) -> Response:
    view = _view(phone, draft_id)
    if (sent := _sent(view)) is not None:
        return sent
    form.version.data = str(view.row.version)
    if status in (403, 409):
        form.key.data = new_key()
    lacking = [LACKS[name]() for name in view.typed.lacking(asks_amount=view.asks_amount)]
    body = render_template("cases/apply_send.html", view=view, phone=phone, form=form, lacking=lacking, problem=problem, status=status)
    return make_response(body, status)


@bp.get("/my/drafts/<int:draft_id>/send")
@public
@by_phone
def send(phone: KnownPhone, draft_id: int) -> Response:
    """Step 3: look at it once more, and send it."""
    return _send_page(phone, draft_id, forms.SendForm(formdata=None))


@bp.post("/my/drafts/<int:draft_id>/send")
@public
@by_phone
def submit(phone: KnownPhone, draft_id: int) -> Response:
    """Send it: from this moment on it is a case."""
    form = forms.SendForm()
    if not form.validate_on_submit():
        return _send_page(phone, draft_id, form, status=422)
    try:
        case = services.submit(page.whole_id(draft_id), version=form.drawn_from, phone=phone, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _send_page(phone, draft_id, form, status=403, problem=refusal.decision)
    except Stale:
        return _send_page(phone, draft_id, form, status=409)
    return done(f"/my/receipt/{case.tracking_code}")


@bp.get("/my/receipt/<code>")
@public
@by_phone
def receipt(phone: KnownPhone, code: str) -> Response:
    """The receipt of what was sent: code, place, moment, materials; the name masked. It is not the acceptance (C-1)."""
    view = queries.receipt_for(phone, code, page.clock().now())
    link = f"{current_app.config['PUBLIC_URL']}/track/{view.case.tracking_code}"
    body = render_template(
        "cases/apply_receipt.html", view=view, case=view.case, qr=pictures.qr_code(link), link=link, spaced_code=pages.spaced(view.case.tracking_code),
        point=view.places[view.rows[0].window_id or 0].point, is_receipt=view.rows[0].kind == "received", handed={str(one["code"]): one for one in view.rows[0].payload["materials"]},
    )  # fmt: skip
    return make_response(body)
