"""Pages of the one cashier window: what is to be paid, receipts, what goes back, the days (F-3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, make_response, render_template, request
from flask_login import current_user

from portal.cases import pages
from portal.database import KeyReused, NotFound, Stale
from portal.fees import cashier_queries, cashier_services, notice_queries, words
from portal.fees.cashier_forms import BackDecisionForm, BackForm, CloseForm, PayForm, SendBackForm, SignForm
from portal.i18n import _, _p
from portal.rules import fees as rules
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.fees import Method, NoticeState, ReversalKind
from portal.web import page, pictures
from portal.web.access import roles
from portal.web.forms import Form
from portal.web.htmx import done
from portal.web.once import new_key, once_key
from portal.web.reasons import words as why

bp = Blueprint("cashier", __name__)
SECOND = ("center", "auditor")
READERS = ("cashier", *SECOND)


def _navigation() -> list[tuple[str, Any, Any]]:
    if current_user.role == "cashier":
        return [
            ("/cashier", _p("nav", "Cashier"), cashier_queries.unpaid_count(current_user.county_id)),
            ("/cashier/day", _p("nav", "Close the day"), None), ("/cashier/days", _p("nav", "Days at the cashier's"), None),
        ]  # fmt: skip
    if current_user.role in SECOND:
        return [("/cashier/reversals", _p("nav", "Money to give back"), cashier_queries.reversals_count(current_user.county_id))]
    return []


page.navigation.append(_navigation)
page.management.append(
    lambda: [("/cashier/days", _p("nav", "Days at the cashier's"), _("Each day counted against its receipts, signed by a second person."))]
    if current_user.role in SECOND
    else []
)


def _person() -> Any:
    return current_user._get_current_object()


# --- taking money -----------------------------------------------------------------------------------------------------------------------------


@bp.get("/cashier")
@roles("cashier")
def desk() -> Response:
    """What is to be paid, the oldest first; found by the number of the notice or of the case."""
    today, text = page.clock().today(), request.args.get("q", "").strip()[:60]
    lines, more = cashier_queries.list_unpaid(current_user.county_id, today, text=text, after=page.cursor("after"))
    is_closed = cashier_queries.is_closed(current_user.county_id, today)
    return make_response(
        render_template(
            "fees/cashier.html", lines=lines, q=text, newer=f"?after={more}" if more and not text else None, states=words.STATES, tones=words.TONES,
            is_closed=is_closed,
        )
    )  # fmt: skip


def _notice_page(number: str, form: PayForm, *, status: int = 200, **context: Any) -> Response:
    county_id, today = current_user.county_id, page.clock().today()
    line = notice_queries.notice_by_number(county_id, number, today)
    form.version.data = str(line.row.version)
    if status != 200:
        form.key.data = new_key()
    may = rules.may_pay(
        NoticeState(line.row.state), is_blocked=line.state == rules.VOID, is_day_closed=cashier_queries.is_closed(county_id, today)
    )
    given = {"problem": None, "said_at": "", "is_stale": False} | context
    return make_response(
        render_template(
            "fees/pay.html", line=line, row=line.row, fee=line.fee, form=form, may=may, states=words.STATES, tones=words.TONES,
            receipts=notice_queries.receipts_of(line.row.id), methods=words.METHODS, **given,
        ),
        status,
    )  # fmt: skip


@bp.get("/cashier/notices/<number>")
@roles("cashier")
def notice(number: str) -> Response:
    """One notice: its amount, and by what it is paid."""
    return _notice_page(number, PayForm(formdata=None))


def _tried(do: Callable[[], Any], draw: Callable[..., Response]) -> Response | None:
    """Do an act; the page with what is wrong where it could not be done."""
    try:
        do()
    except NotAllowed as refused:
        return draw(status=403, problem=refused.decision)
    except Stale:
        return draw(status=409, is_stale=True)
    except KeyReused as reused:
        return draw(status=422, said_at=reused.result)
    return None


@bp.post("/cashier/notices/<number>/pay")
@roles("cashier")
def pay(number: str) -> Response:
    """Take the money: the amount of the notice."""
    form = PayForm()
    notice_queries.notice_by_number(current_user.county_id, number, page.clock().today())
    if not form.validate_on_submit():
        return _notice_page(number, form, status=422)
    found: list[str] = []
    drawn, method = form.drawn_from, Method(form.method.data)

    def do() -> None:
        found.append(cashier_services.pay(number, method, version=drawn, actor=_person(), clock=page.clock(), once=once_key()))

    wrong = _tried(do, lambda **given: _notice_page(number, form, **given))
    if wrong is not None:
        return wrong
    flash(_("Paid. Give the receipt to the payer."), "ok")
    return done(cashier_services.place_of_receipt(found[0]))


# --- receipts, and what goes back ----------------------------------------------------------------------------------------------------------------


def _receipt_page(
    number: str, *, asking: BackForm | None = None, deciding: BackDecisionForm | None = None, status: int = 200, **context: Any
) -> Response:
    county_id, today = current_user.county_id, page.clock().today()
    line = cashier_queries.receipt_by_number(county_id, number)
    asking, deciding = asking or BackForm(formdata=None), deciding or BackDecisionForm(formdata=None)
    for prefix, form in (("ask", asking), ("decide", deciding)):
        if status != 200:
            form.key.data = new_key()
        form.version.data = str(line.asked.seq if line.asked is not None else 0)
        for each in form:
            each.id = f"{prefix}-{each.short_name}"
    is_closed = cashier_queries.is_closed(county_id, today)
    kinds = [kind for kind in ReversalKind if rules.may_ask_back(kind, line.now, today, is_day_closed=is_closed)] if current_user.role == "cashier" else []
    asking.kind.choices = [(kind.value, words.REVERSALS[kind]) for kind in kinds] or asking.kind.choices
    may = cashier_services.may_give_back(line, current_user, current_user.offices, today, approves=False) if line.asked is not None else None
    link = f"{current_app.config['PUBLIC_URL']}/fees/notices/{line.notice.code}"
    given = {"problem": None, "said_at": "", "is_stale": False} | context
    return make_response(
        render_template(
            "fees/receipt.html", line=line, row=line.row, asking=asking, deciding=deciding, kinds=kinds, may=may, methods=words.METHODS,
            reversals=words.REVERSALS, link=link, qr=pictures.qr_code(link), spaced=pages.spaced(line.notice.code), **given,
        ),
        status,
    )  # fmt: skip


@bp.get("/cashier/receipts/<number>")
@roles(*READERS)
def receipt(number: str) -> Response:
    """The receipt, to print; beneath it whether its money goes back."""
    return _receipt_page(number)


@bp.post("/cashier/receipts/<number>/ask_back")
@roles("cashier")
def ask_back(number: str) -> Response:
    """Ask that the money goes back."""
    form = BackForm()
    cashier_queries.receipt_by_number(current_user.county_id, number)
    if not form.validate_on_submit():
        return _receipt_page(number, asking=form, status=422)
    kind, reason = ReversalKind(form.kind.data), form.reason.data or ""
    wrong = _tried(
        lambda: cashier_services.ask_back(number, kind, reason, actor=_person(), clock=page.clock(), once=once_key()),
        lambda **given: _receipt_page(number, asking=form, **given),
    )
    if wrong is not None:
        return wrong
    flash(_("Asked for. A second person decides; until then the money stays."), "ok")
    return done(cashier_services.place_of_receipt(number))


@bp.get("/cashier/reversals")
@roles(*SECOND)
def reversals() -> Response:
    """Receipts whose money is asked back, and what was decided."""
    is_open = request.args.get("box", "open") != "over"
    lines, more = cashier_queries.list_reversals(current_user.county_id, is_open=is_open, before=page.cursor("before"))
    older = f"?box={'open' if is_open else 'over'}&before={more}" if more else None
    return make_response(render_template("fees/reversals.html", lines=lines, is_open=is_open, older=older, kinds=words.REVERSALS, methods=words.METHODS))


@bp.post("/cashier/receipts/<number>/decide_back")
@roles(*SECOND)
def decide_back(number: str) -> Response:
    """The second person gives the money back, or refuses it."""
    form = BackDecisionForm()
    cashier_queries.receipt_by_number(current_user.county_id, number)
    approves = form.outcome.data == "approved"
    is_right = form.validate_on_submit()
    if is_right and not approves and not form.reason.data:
        form.reason.errors = [_("Please fill this in.")]
        is_right = False
    if not is_right:
        return _receipt_page(number, deciding=form, status=422)
    seq, reason = form.drawn_from, form.reason.data or ""
    wrong = _tried(
        lambda: cashier_services.decide_back(number, seq=seq, approves=approves, reason=reason, actor=_person(), clock=page.clock(), once=once_key()),
        lambda **given: _receipt_page(number, deciding=form, **given),
    )
    if wrong is not None:
        return wrong
    flash(_("The money goes back; the day counts it.") if approves else _("Refused; the money stays."), "ok")
    return done("/cashier/reversals")


# --- the day ---------------------------------------------------------------------------------------------------------------------------------------


def _day_of(text: str) -> date:
    """A day of an address; no such page for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        abort(404)
    if len(text) != 10 or not 2019 <= day.year <= 2100:
        abort(404)
    return day


def _close_page(day: date, form: CloseForm, *, status: int = 200, **context: Any) -> Response:
    county_id, today = current_user.county_id, page.clock().today()
    if day > today:
        abort(404)
    sums, now = cashier_queries.sums_on(county_id, day), cashier_queries.day_now(county_id, day)
    form.version.data = str(sums.receipts + sums.reversals)
    if status != 200:
        form.key.data = new_key()
    given = {"problem": None, "said_at": "", "is_stale": False} | context
    return make_response(
        render_template(
            "fees/close.html", day=day, today_on=today, sums=cashier_services.stored(sums), total=sums.total, cash=sums.cash, now_day=now, form=form,
            receipts=cashier_queries.receipts_on(county_id, day), methods=words.METHODS, days=words.DAYS, tones=words.DAY_TONES, **given,
        ),
        status,
    )  # fmt: skip


@bp.get("/cashier/day")
@roles("cashier")
def close_form() -> Response:
    """The day so far, and the way to close it; `?day=` an earlier one that was forgotten."""
    asked = request.args.get("day", "")
    return _close_page(_day_of(asked) if asked else page.clock().today(), CloseForm(formdata=None))


@bp.post("/cashier/days/<day>/close")
@roles("cashier")
def close(day: str) -> Response:
    """Count the drawer and close the day."""
    on, form = _day_of(day), CloseForm()
    if not form.validate_on_submit():
        return _close_page(on, form, status=422)
    drawn, counted, reason = form.drawn_from, form.counted.fen or 0, form.reason.data or ""

    def draw(**given: Any) -> Response:
        problem: Decision | None = given.get("problem")
        if problem is not None and problem.reason is Reason.FEE_DIFFERENCE_UNNAMED:
            form.reason.errors = [_("%(text)s (rule %(rule)s)", text=why(problem), rule=problem.rule)]
            return _close_page(on, form, status=422)
        return _close_page(on, form, **given)

    wrong = _tried(
        lambda: cashier_services.close_day(on, counted, reason, version=drawn, actor=_person(), clock=page.clock(), once=once_key()), draw
    )
    if wrong is not None:
        return wrong
    flash(_("The day is closed. A second person signs it."), "ok")
    return done(cashier_services.place_of_day(on))


@bp.get("/cashier/days")
@roles(*READERS)
def days() -> Response:
    """The days at the cashier's, the latest first, and which of them are not closed or not signed."""
    asked = request.args.get("before", "")
    found, more = cashier_queries.list_days(current_user.county_id, page.clock().today(), before=_day_of(asked) if asked else None)
    older = f"?before={more.isoformat()}" if more else None
    return make_response(render_template("fees/days.html", found=found, older=older, words=words.DAYS, tones=words.DAY_TONES))


def _day_page(day: date, *, signing: SignForm | None = None, sending: SendBackForm | None = None, status: int = 200, **context: Any) -> Response:
    now = cashier_queries.day_now(current_user.county_id, day)
    if now.count is None:
        raise NotFound(day.isoformat())
    signing, sending = signing or SignForm(formdata=None), sending or SendBackForm(formdata=None)
    for prefix, form in (("sign", signing), ("send", sending)):
        if status != 200:
            form.key.data = new_key()
        form.version.data = str(now.count.seq)
        for each in form:
            each.id = f"{prefix}-{each.short_name}"
    may = rules.may_sign(current_user.offices, account=current_user.account_id, counted_by=now.count.counted_by_id, is_counted=now.sign is None)
    given = {"problem": None, "said_at": "", "is_stale": False} | context
    return make_response(
        render_template(
            "fees/day.html", now_day=now, held=now.count, sums=now.count.sums, signing=signing, sending=sending, may=may, methods=words.METHODS,
            days=words.DAYS, tones=words.DAY_TONES, **given,
        ),
        status,
    )  # fmt: skip


@bp.get("/cashier/days/<day>")
@roles(*READERS)
def day_paper(day: str) -> Response:
    """The paper of a day that was counted, to print and sign."""
    return _day_page(_day_of(day))


def _signed(day: str, form: Form, said: str, *, is_signed: bool, name: str) -> Response:
    on = _day_of(day)
    if cashier_queries.day_now(current_user.county_id, on).count is None:
        raise NotFound(day)
    again: dict[str, Any] = {name: form}
    if not form.validate_on_submit():
        return _day_page(on, status=422, **again)
    drawn, reason = form.drawn_from, form["reason"].data or "" if "reason" in form else ""
    wrong = _tried(
        lambda: cashier_services.sign_day(on, is_signed=is_signed, reason=reason, version=drawn, actor=_person(), clock=page.clock(), once=once_key()),
        lambda **given: _day_page(on, **again, **given),
    )
    if wrong is not None:
        return wrong
    flash(said, "ok")
    return done(cashier_services.place_of_day(on))


@bp.post("/cashier/days/<day>/sign")
@roles(*SECOND)
def sign(day: str) -> Response:
    """Sign the day."""
    return _signed(day, SignForm(), _("The day is signed."), is_signed=True, name="signing")


@bp.post("/cashier/days/<day>/send_back")
@roles(*SECOND)
def send_back(day: str) -> Response:
    """Send the day back to be counted again."""
    return _signed(day, SendBackForm(), _("Sent back: the day is open again and is counted anew."), is_signed=False, name="sending")
