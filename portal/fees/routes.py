"""The public list of fees with its history, and the pages of the county manager: versions, cancellations, grounds of waivers (F-1, F-2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, flash, make_response, render_template, request
from flask_login import current_user

from portal.database import KeyReused, NotFound, Stale
from portal.fees import queries, services, words
from portal.fees.forms import CancelForm, FeeForm, GroundForm
from portal.fees.services import FeeText, GroundText
from portal.i18n import _, _p, named
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.fees import ChargeKind, FeeDraft
from portal.rules.texts import Text
from portal.web import page
from portal.web.access import public, roles
from portal.web.filters import long_day
from portal.web.forms import Form
from portal.web.htmx import done
from portal.web.once import new_key, once_key
from portal.web.page import clock, county
from portal.web.reasons import words as why

bp = Blueprint("fees", __name__)

READERS = ("manager", "center", "supervisor", "auditor")


@bp.app_template_filter("money")
def money(fen: int) -> str:
    """Whole fen as an amount of a paper, always with its two decimals: 2000 → 20.00 (F-5)."""
    sign, fen = ("−" if fen < 0 else ""), abs(fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in READERS:
        return []
    return [("/manage/fees", _p("nav", "Published fees"), _("Each fee in its versions, cancelled ones, and the grounds on which one is waived."))]


page.management.append(_management)


# --- for everybody ------------------------------------------------------------------------------------------------------------------------


@bp.get("/fees")
@public
def fees() -> str:
    """Every fee that may be charged today, with basis, standard and collector (F-1)."""
    today = clock().today()
    return render_template("fees/fees.html", fees=queries.list_fees(county().id, today), grounds=queries.list_grounds(county().id, today), kinds=words.KINDS)


@bp.get("/fees/<code>")
@public
def history(code: str) -> str:
    """One fee in all its versions, with the papers by which it was cancelled (F-1)."""
    today = clock().today()
    versions = queries.get_versions(county().id, code)
    now = next((each for each in versions if each.row.from_on <= today), None)
    holds = queries.get_fee_on(county().id, code, today)
    return render_template(
        "fees/history.html", versions=versions, holds=holds, last=now or versions[-1], cancelled=queries.list_cancellations(county().id, code),
        levels=words.LEVELS, kinds=words.KINDS, today_on=today,
    )  # fmt: skip


# --- the county manager --------------------------------------------------------------------------------------------------------------------


def _may() -> Decision:
    return queries.may_publish_now(current_user.account_id, clock().today())


def _beside(form: Form, decision: Decision) -> bool:
    """A refusal beside the field that mends it; whether there is one."""
    fields = {
        Reason.FEE_FROM_TOMORROW: "from_on", Reason.FEE_VERSION_STANDS: "from_on", Reason.FEE_NEEDS_LAW: "basis_level",
        Reason.FEE_RANGE_REVERSED: "lower", Reason.FEE_CANCELLED_BACKWARDS: "from_on", Reason.PERIOD_REVERSED: "until_on",
        Reason.FEE_BASIS_MISSING: "basis", Reason.FEE_NOT_PUBLISHED: "published_at", Reason.FEE_CANCELLED: "from_on",
    }  # fmt: skip
    name = fields.get(decision.reason) if decision.reason is not None else None
    if name is None or name not in form:
        return False
    form[name].errors = [_("%(text)s (rule %(rule)s)", text=why(decision), rule=decision.rule)]
    return True


@bp.get("/manage/fees")
@roles(*READERS)
def overview() -> str:
    """Every fee that there ever was: what holds, what comes, what is cancelled."""
    today = clock().today()
    return render_template("fees/manage.html", standing=queries.list_standing(current_user.county_id, today), may=_may(), today_on=today)


def _fee_page(form: FeeForm, *, status: int = 200, preview: Any = None, **context: Any) -> Response:
    bodies = services.collectors(current_user.county_id)
    form.collector.choices = [("", "—"), *((body.code, named(body)) for body in bodies)]
    form.version.data = str(queries.version(current_user.county_id))
    if status != 200:
        form.key.data = new_key()
    given = {"problem": None, "said_at": "", "is_stale": False} | context
    return make_response(
        render_template(
            "fees/new.html", form=form, preview=preview, may=_may(), tomorrow=clock().today() + timedelta(days=1), kinds=words.KINDS, levels=words.LEVELS,
            **given,
        ),
        status,
    )  # fmt: skip


@bp.get("/manage/fees/new")
@roles("manager")
def new() -> Response:
    """A fee, or the next version of one, filled in with what holds now."""
    code = request.args.get("code", "")[:20]
    form = FeeForm(formdata=None)
    if code:
        row = queries.get_versions(current_user.county_id, code)[0]
        more = row.row.more or {}
        said = row.row
        form = FeeForm(
            formdata=None,
            data={
                "code": code, "name": said.name, "name_hant": said.name_hant, "name_en": said.name_en, "charge_kind": said.charge_kind,
                "item": row.item_code or "", "basis": said.basis, "basis_level": more.get("basis_level", ""), "lower": _plain(said.lower_fen),
                "upper": _plain(said.upper_fen), "unit": _text(more.get("unit")), "collector": row.collector.code,
                "entrusted": " ".join(more.get("entrusted", ())), "published_at": said.published_at,
            },
        )  # fmt: skip
    return _fee_page(form)


def _plain(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}" if fen % 100 else str(fen // 100)


def _text(stored: Any) -> str:
    return str(stored.get("hans", "")) if isinstance(stored, dict) else str(stored or "")


def _fee_text(form: FeeForm) -> FeeText | None:
    """What was typed; None with the errors beside the fields."""
    if not form.validate_on_submit():
        return None
    codes = {body.code for body in services.collectors(current_user.county_id)}
    entrusted = tuple(dict.fromkeys((form.entrusted.data or "").replace(",", " ").replace("，", " ").split()))
    if form.collector.data not in codes:
        form.collector.errors = [_("Please choose one from the list.")]
    if not set(entrusted) <= codes:
        form.entrusted.errors = [_("There is no body with this code: %(code)s", code=", ".join(sorted(set(entrusted) - codes))[:100])]
    if form.errors:
        return None
    lower = form.lower.fen or 0
    draft = FeeDraft(
        basis=form.basis.data, lower_fen=lower, upper_fen=form.upper.fen if form.upper.fen is not None else lower,
        published_at=form.published_at.data, from_on=form.from_on.data, until_on=form.until_on.data, basis_level=form.basis_level.data,
    )  # fmt: skip
    return FeeText(
        form.code.data, Text(form.name.data, form.name_hant.data, form.name_en.data), form.item.data or "", form.collector.data, entrusted,
        ChargeKind(form.charge_kind.data), draft, form.unit.data or "",
    )  # fmt: skip


def _tried(form: FeeForm, do: Callable[[FeeText], Any]) -> tuple[Any, Response | None]:
    """Do something with what was typed; the page with what is wrong where it could not be done."""
    text = _fee_text(form)
    if text is None:
        return None, _fee_page(form, status=422)
    try:
        return do(text), None
    except NotAllowed as refused:
        if _beside(form, refused.decision):
            return None, _fee_page(form, status=422)
        return None, _fee_page(form, status=403, problem=refused.decision)
    except NotFound:
        form.item.errors = [_("There is no matter of this code.")]
        return None, _fee_page(form, status=422)
    except Stale:
        return None, _fee_page(form, status=409, is_stale=True)
    except KeyReused as reused:
        return None, _fee_page(form, status=422, said_at=reused.result)


@bp.post("/manage/fees/new")
@roles("manager")
def preview() -> Response:
    """What publishing it would change; nothing is written."""
    form = FeeForm()
    found, wrong = _tried(form, lambda text: services.preview_version(text, actor=current_user._get_current_object(), clock=clock()))
    return wrong or _fee_page(form, preview=found)


@bp.post("/manage/fees/publish")
@roles("manager")
def publish() -> Response:
    """Publish a version."""
    form = FeeForm()
    drawn = form.drawn_from
    _found, wrong = _tried(
        form,
        lambda text: services.publish_version(text, version=drawn, actor=current_user._get_current_object(), clock=clock(), once=once_key()),
    )
    if wrong is not None:
        return wrong
    flash(_("Published. It may be charged from %(day)s on.", day=long_day(form.from_on.data)), "ok")
    return done(f"/fees/{form.code.data}")


def _cancel_page(code: str, form: CancelForm, *, status: int = 200, **context: Any) -> Response:
    versions = queries.get_versions(current_user.county_id, code)
    form.version.data = str(queries.version(current_user.county_id))
    if status != 200:
        form.key.data = new_key()
    given = {"problem": None, "said_at": "", "is_stale": False} | context
    return make_response(
        render_template(
            "fees/cancel.html", form=form, fee=versions[0], touched=services.touched_by_cancelling(current_user.county_id, code), may=_may(), **given
        ),
        status,
    )


@bp.get("/manage/fees/<code>/cancel")
@roles("manager")
def cancel_form(code: str) -> Response:
    """Cancel a fee: which notices would be void."""
    return _cancel_page(code, CancelForm(formdata=None))


@bp.post("/manage/fees/<code>/cancel")
@roles("manager")
def cancel(code: str) -> Response:
    """Cancel a fee from a day on."""
    form = CancelForm()
    queries.get_versions(current_user.county_id, code)
    if not form.validate_on_submit():
        return _cancel_page(code, form, status=422)
    drawn = form.drawn_from
    try:
        services.cancel_fee(
            code, form.from_on.data, form.paper.data, version=drawn, actor=current_user._get_current_object(), clock=clock(), once=once_key()
        )
    except NotAllowed as refused:
        if _beside(form, refused.decision):
            return _cancel_page(code, form, status=422)
        return _cancel_page(code, form, status=403, problem=refused.decision)
    except Stale:
        return _cancel_page(code, form, status=409, is_stale=True)
    except KeyReused as reused:
        return _cancel_page(code, form, status=422, said_at=reused.result)
    flash(_("Cancelled. From %(day)s on nothing is asked for by it.", day=long_day(form.from_on.data)), "ok")
    return done(f"/fees/{code}")


def _grounds_page(form: GroundForm, *, status: int = 200, **context: Any) -> Response:
    form.version.data = str(queries.version(current_user.county_id))
    if status != 200:
        form.key.data = new_key()
    given = {"problem": None, "said_at": "", "is_stale": False} | context
    today: date = clock().today()
    held = {row.id for row in queries.list_grounds(current_user.county_id, today)}
    return make_response(
        render_template("fees/grounds.html", form=form, rows=queries.list_grounds(current_user.county_id), held=held, may=_may(), today_on=today, **given), status
    )


@bp.get("/manage/fees/grounds")
@roles(*READERS)
def grounds() -> Response:
    """The published grounds on which a fee is waived or reduced."""
    return _grounds_page(GroundForm(formdata=None))


@bp.post("/manage/fees/grounds")
@roles("manager")
def publish_ground() -> Response:
    """Publish a ground, or its next version."""
    form = GroundForm()
    if not form.validate_on_submit():
        return _grounds_page(form, status=422)
    drawn = form.drawn_from
    text = GroundText(
        form.code.data, Text(form.name.data, form.name_hant.data, form.name_en.data), form.fee.data or "", form.pays.data or 0, form.basis.data,
        form.published_at.data, form.from_on.data, form.until_on.data,
    )  # fmt: skip
    try:
        services.publish_ground(text, version=drawn, actor=current_user._get_current_object(), clock=clock(), once=once_key())
    except NotAllowed as refused:
        if _beside(form, refused.decision):
            return _grounds_page(form, status=422)
        return _grounds_page(form, status=403, problem=refused.decision)
    except NotFound:
        form.fee.errors = [_("There is no fee of this code.")]
        return _grounds_page(form, status=422)
    except Stale:
        return _grounds_page(form, status=409, is_stale=True)
    except KeyReused as reused:
        return _grounds_page(form, status=422, said_at=reused.result)
    flash(_("The ground is published."), "ok")
    return done("/manage/fees/grounds")
