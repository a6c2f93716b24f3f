"""Notices of fees: asking in a case, the paper, the public check, waivers; what the page of a case and the public progress say (F-2, F-3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, g, make_response, render_template
from flask_login import current_user

from portal.accounts import queries as accounts
from portal.cases import pages
from portal.cases import queries as case_queries
from portal.cases import services as case_services
from portal.cases.queries import CaseView
from portal.database import KeyReused, NotFound, Stale
from portal.fees import notice_queries, notice_services, queries, words
from portal.fees.notice_forms import AskForm, DecideForm, IntermediaryForm, WithdrawForm
from portal.fees.notice_queries import NoticeLine
from portal.fees.notice_services import Wanted
from portal.i18n import _, _p, named, told
from portal.network import queries as network
from portal.rules import fees as rules
from portal.rules.authority import Level
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.fees import ChargeKind, NoticeState, Payer
from portal.web import page, pictures, seen
from portal.web.access import public, roles, staff
from portal.web.filters import yuan
from portal.web.forms import Form
from portal.web.htmx import done
from portal.web.once import new_key, once_key
from portal.web.reasons import words as why

bp = Blueprint("fee_notices", __name__)


def _navigation() -> list[tuple[str, Any, Any]]:
    if current_user.role not in ("dept_head", "leader"):
        return []
    bodies = notice_queries.waiver_bodies(current_user)
    return [("/fees/waivers", _p("nav", "Waivers of fees"), None)] if bodies else []


page.navigation.append(_navigation)


# --- what the page of a case and the public progress say ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseFee:
    """A fee of a case for its page: no person."""

    number: str
    code: str
    name: str
    amount_fen: int
    word: Any
    tone: str
    is_unpaid: bool


def case_fees(view: CaseView) -> list[CaseFee]:
    """The fees that were asked for in a case; `app.py` hands this to the pages of cases."""
    return [
        CaseFee(
            line.row.number, line.row.code, named(line.fee), line.row.amount_fen, words.STATES[line.state], words.TONES[line.state],
            line.state in (NoticeState.OPEN, NoticeState.WAITING),
        )
        for line in notice_queries.of_case(view.case.county_id, view.case.id, view.today)
        if line.state != NoticeState.WITHDRAWN
    ]  # fmt: skip


# --- the fees of a case ------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Desk:
    """What may be asked for here: the answer of the rule for each published fee."""

    payer: Payer
    may: Decision
    fees: list[queries.Fee]
    intermediary: list[queries.Fee]


def _desk(view: CaseView) -> Desk:
    """Which fees this window may ask for in this case today. The credit code stays sealed: only whether there is one is asked."""
    case, today = view.case, view.today
    person = accounts.masked_person(case.county_id, case.applicant_id)
    payer = Payer(person.kind)
    spot = view.places.get(case.holder_id) or case_queries.places_of([case.holder_id])[case.holder_id]
    served = frozenset(network.bodies_served([case.holder_id], today)[case.holder_id])
    is_holder = case.holder_id in current_user.window_ids

    def ask(fee: queries.Fee | None) -> Decision:
        return rules.may_ask(
            notice_services.asking_of(view, fee, payer, person.number, served, Level(spot.level), is_holder=is_holder)
        )

    every = [(fee, ask(fee)) for fee in queries.list_fees(case.county_id, today)]
    allowed = [fee for fee, answer in every if answer]
    first = next((answer for _fee, answer in every if answer), None) or ask(None)
    # the most telling refusal: one about the case or the window before one about a single fee
    for _fee, answer in every:
        if not first and answer.reason is not Reason.FEE_NOT_OF_THIS_DAY:
            first = answer
    return Desk(
        payer, first, [fee for fee in allowed if fee.terms.kind is ChargeKind.ADMINISTRATIVE],
        [fee for fee in allowed if fee.terms.kind is ChargeKind.INTERMEDIARY] if payer is Payer.ORGANISATION else [],
    )  # fmt: skip


def _standard(fee: queries.Fee) -> str:
    """A fee as a choice of a list, which holds no other language: a unit that somebody typed stands on the notice alone."""
    row, unit = fee.row, (fee.row.more or {}).get("unit")
    amount = yuan(row.lower_fen) if row.lower_fen == row.upper_fen else f"{yuan(row.lower_fen)}–{yuan(row.upper_fen)}"
    return f"{row.code} {named(row)} · " + _("%(amount)s yuan", amount=amount) + (f" {told(unit)}" if isinstance(unit, dict) else "")


def _case_page(
    number: str, *, asking: AskForm | None = None, entering: IntermediaryForm | None = None, withdrawing: WithdrawForm | None = None, status: int = 200,
    **context: Any,
) -> Response:  # fmt: skip
    view = case_queries.get_case_for(current_user, number, page.clock().now())
    desk = _desk(view)
    forms: dict[str, Form] = {
        "ask": asking or AskForm(formdata=None, data={"quantity": 1}), "enter": entering or IntermediaryForm(formdata=None, data={"number": 1}),
        "withdraw": withdrawing or WithdrawForm(formdata=None),
    }  # fmt: skip
    for prefix, form in forms.items():
        if status != 200:
            form.key.data = new_key()
        form.version.data = str(view.case.version)
        for each in form:
            each.id = f"{prefix}-{each.short_name}"
    ask, enter = forms["ask"], forms["enter"]
    ask["fee"].choices = [(fee.row.code, _standard(fee)) for fee in desk.fees]
    enter["charged_fee"].choices = [(fee.row.code, _standard(fee)) for fee in desk.intermediary]
    grounds = [row for row in queries.list_grounds(view.case.county_id, view.today) if row.fee_code in ("", *(fee.row.code for fee in desk.fees))]
    ask["ground"].choices = [("", _p("fee", "none")), *((row.code, _waives(row)) for row in grounds)]
    given = {"problem": None, "said_at": "", "is_stale": False} | context
    return make_response(
        render_template(
            "fees/case.html", view=view, case=view.case, desk=desk, forms=forms, lines=notice_queries.of_case(view.case.county_id, view.case.id, view.today),
            direct=notice_queries.intermediaries_of(view.case.id), states=words.STATES, tones=words.TONES,
            has_range=any(fee.row.lower_fen < fee.row.upper_fen for fee in desk.fees), has_unit=any(fee.terms.has_unit for fee in desk.fees),
            has_grounds=bool(grounds), **given,
        ),
        status,
    )  # fmt: skip


def _waives(row: Any) -> str:
    less = _("free") if row.pays_percent == 0 else _("pays %(percent)s%%", percent=row.pays_percent)
    return f"{row.fee_code + ' · ' if row.fee_code else ''}{named(row)} · {less}"


@bp.get("/cases/<number>/fees")
@staff
def of_case(number: str) -> Response:
    """The fees of a case: what was asked for and how it stands; whoever holds the case asks here."""
    return _case_page(number)


def _acted(number: str, do: Callable[[], Any], drawn: str, form: Form, fields: dict[Reason, str], **more: Any) -> tuple[Any, Response | None]:
    """An act on the fees of a case; the page with what is wrong where it could not be done."""
    again: dict[str, Any] = {drawn: form, **more}
    if not form.validate_on_submit():
        return None, _case_page(number, status=422, **again)
    try:
        return do(), None
    except NotAllowed as refused:
        name = fields.get(refused.decision.reason) if refused.decision.reason is not None else None
        if name is not None:
            form[name].errors = [_("%(text)s (rule %(rule)s)", text=why(refused.decision), rule=refused.decision.rule)]
            return None, _case_page(number, status=422, **again)
        return None, _case_page(number, status=403, problem=refused.decision, **again)
    except Stale:
        return None, _case_page(number, status=409, is_stale=True, **again)
    except KeyReused as reused:
        return None, _case_page(number, status=422, said_at=reused.result, **again)


@bp.post("/cases/<number>/fees/issue")
@staff
def issue(number: str) -> Response:
    """Ask for a fee."""
    person = current_user._get_current_object()
    case_queries.case_for(person, number, page.clock().today())
    form = AskForm()
    drawn = form.drawn_from

    def do() -> str:
        wanted = Wanted(form.fee.data or "", form.quantity.data or 0, form.unit_yuan.fen, form.why.data or "", form.ground.data or "")
        return notice_services.issue_notice(number, wanted, version=drawn, actor=person, clock=page.clock(), once=once_key())

    fields = {
        Reason.FEE_ABOVE_LOWER: "unit_yuan", Reason.FEE_OUT_OF_RANGE: "unit_yuan", Reason.FEE_WHY_MISSING: "why", Reason.FEE_QUANTITY: "quantity",
        Reason.FEE_GROUND_NOT_PUBLISHED: "ground", Reason.FEE_NOT_OF_THIS_DAY: "fee", Reason.FEE_NOT_COLLECTED_HERE: "fee",
    }  # fmt: skip
    notice, wrong = _acted(number, do, "asking", form, fields)
    if wrong is not None:
        return wrong
    flash(_("The notice is made. The cashier takes the money; the case goes on."), "ok")
    return done(f"{notice_services.place_of_case(number)}/{notice}")


@bp.post("/cases/<number>/fees/enter")
@staff
def enter(number: str) -> Response:
    """Enter on the card what an intermediary took."""
    person = current_user._get_current_object()
    case_queries.case_for(person, number, page.clock().today())
    form = IntermediaryForm()
    drawn = form.drawn_from

    def do() -> str:
        wanted = Wanted(form.charged_fee.data or "", form.number.data or 0)
        return notice_services.enter_intermediary(
            number, wanted, form.intermediary.data, form.charged.fen or 0, form.charged_on.data, version=drawn, actor=person, clock=page.clock(),
            once=once_key(),
        )  # fmt: skip

    fields = {Reason.FEE_NOT_OF_THIS_DAY: "charged_fee", Reason.FEE_QUANTITY: "number", Reason.FEE_DAY_TO_COME: "charged_on"}
    _number, wrong = _acted(number, do, "entering", form, fields)
    if wrong is not None:
        return wrong
    flash(_("It stands on the fee card."), "ok")
    return done(notice_services.place_of_case(number))


def _notice_of(number: str, notice_number: str) -> tuple[CaseView, NoticeLine]:
    """A notice of this case, for whoever sees the case; a name shown in clear is a look (R-1)."""
    view = case_queries.get_case_for(current_user, number, page.clock().now())
    line = notice_queries.notice_by_number(current_user.county_id, notice_number, view.today)
    if line.row.case_id != view.case.id:
        raise NotFound(notice_number)
    if view.is_name_clear:
        actor, clock, case_number, case_id = current_user._get_current_object(), page.clock(), view.case.number, view.case.id
        seen.later(lambda: case_services.record_look(case_number, case_id, actor=actor, clock=clock))
    return view, line


def _paper(line: NoticeLine, **more: Any) -> str:
    link = f"{current_app.config['PUBLIC_URL']}/fees/notices/{line.row.code}"
    receipts = notice_queries.receipts_of(line.row.id)
    return render_template(
        "fees/notice.html", line=line, row=line.row, fee=line.fee, states=words.STATES, tones=words.TONES, events=words.EVENTS, link=link,
        qr=pictures.qr_code(link), spaced=pages.spaced(line.row.code), receipt=receipts[-1] if receipts else None, **more,
    )  # fmt: skip


def _notice_page(number: str, notice_number: str, form: WithdrawForm, *, status: int = 200, **context: Any) -> Response:
    view, line = _notice_of(number, notice_number)
    form.version.data = str(line.row.version)
    if status != 200:
        form.key.data = new_key()
    may = rules.may_withdraw(NoticeState(line.row.state), is_holder=view.case.holder_id in current_user.window_ids)
    given = {"problem": None, "said_at": "", "is_stale": False} | context
    return make_response(
        _paper(line, view=view, payer=view.applicant, history=notice_queries.events_of(line.row.id), form=form, may_withdraw=may, **given), status
    )


@bp.get("/cases/<number>/fees/<notice_number>")
@staff
def notice(number: str, notice_number: str) -> Response:
    """The notice, to print and hand over, with what happened to it."""
    return _notice_page(number, notice_number, WithdrawForm(formdata=None))


@bp.post("/cases/<number>/fees/<notice_number>/withdraw")
@staff
def withdraw(number: str, notice_number: str) -> Response:
    """Take the notice back."""
    _notice_of(number, notice_number)
    form = WithdrawForm()
    drawn = form.drawn_from
    if not form.validate_on_submit():
        return _notice_page(number, notice_number, form, status=422)
    try:
        notice_services.withdraw_notice(
            number, notice_number, form.reason.data, version=drawn, actor=current_user._get_current_object(), clock=page.clock(), once=once_key()
        )
    except NotAllowed as refused:
        return _notice_page(number, notice_number, form, status=403, problem=refused.decision)
    except Stale:
        return _notice_page(number, notice_number, form, status=409, is_stale=True)
    except KeyReused as reused:
        return _notice_page(number, notice_number, form, status=422, said_at=reused.result)
    flash(_("The notice is taken back."), "ok")
    return done(notice_services.place_of_case(number))


@bp.get("/fees/notices/<code>")
@public
def check(code: str) -> Response:
    """Is this notice genuine, and is it paid? No person (C-18)."""
    line = notice_queries.notice_by_code(g.county.id, code, page.clock().today())
    g.is_private = True
    return make_response(_paper(line, view=None, payer="", history=[], form=None, may_withdraw=None, problem=None, said_at="", is_stale=False))


# --- waivers ---------------------------------------------------------------------------------------------------------------------------------------


@bp.get("/fees/waivers")
@roles("dept_head", "leader")
def waivers() -> Response:
    """Waivers that wait for the decision, the oldest first."""
    lines, more = notice_queries.waivers_for(current_user, page.clock().today(), after=page.cursor("after"))
    return make_response(render_template("fees/waivers.html", lines=lines, newer=f"?after={more}" if more else None, reduced=rules.reduced))


def _waiver_page(number: str, form: DecideForm, *, status: int = 200, **context: Any) -> Response:
    line = notice_queries.notice_by_number(current_user.county_id, number, page.clock().today())
    if line.row.collector_id not in notice_queries.waiver_bodies(current_user) or line.ground is None:
        abort(404)
    form.version.data = str(line.row.version)
    if status != 200:
        form.key.data = new_key()
    asked_by = notice_queries.asked_by(line.row.id)
    may = rules.may_decide_waiver(
        NoticeState(line.row.state), current_user.offices, collector_id=line.row.collector_id, account=current_user.account_id, asked_by=asked_by
    )
    given = {"problem": None, "said_at": "", "is_stale": False} | context
    return make_response(
        render_template(
            "fees/waiver.html", line=line, form=form, may=may, history=notice_queries.events_of(line.row.id), events=words.EVENTS, states=words.STATES,
            tones=words.TONES, left=rules.reduced(line.row.full_fen, line.ground.pays_percent), **given,
        ),
        status,
    )  # fmt: skip


@bp.get("/fees/waivers/<number>")
@roles("dept_head", "leader")
def waiver(number: str) -> Response:
    """One waiver: its published ground, who asked for it, what is left to pay."""
    return _waiver_page(number, DecideForm(formdata=None))


@bp.post("/fees/waivers/<number>/decide")
@roles("dept_head", "leader")
def decide(number: str) -> Response:
    """Approve or refuse a waiver."""
    person = current_user._get_current_object()
    line = notice_queries.notice_by_number(person.county_id, number, page.clock().today())
    if line.row.collector_id not in notice_queries.waiver_bodies(person):
        abort(404)
    form = DecideForm()
    drawn, approves = form.drawn_from, form.outcome.data == "approved"
    is_right = form.validate_on_submit()
    if is_right and not approves and not form.reason.data:
        form.reason.errors = [_("Please fill this in.")]
        is_right = False
    if not is_right:
        return _waiver_page(number, form, status=422)
    try:
        notice_services.decide_waiver(
            number, approves=approves, reason=form.reason.data or "", version=drawn, actor=person, clock=page.clock(), once=once_key()
        )
    except NotAllowed as refused:
        return _waiver_page(number, form, status=403, problem=refused.decision)
    except Stale:
        return _waiver_page(number, form, status=409, is_stale=True)
    except KeyReused as reused:
        return _waiver_page(number, form, status=422, said_at=reused.result)
    flash(_("The waiver is approved.") if approves else _("The waiver is refused; the full amount is to be paid."), "ok")
    return done("/fees/waivers")
