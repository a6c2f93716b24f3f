"""Pages of stationing: where every item stands, public; the negative list and withdrawals, management (S-12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, flash, make_response, render_template, request
from flask_login import current_user

from portal.authority import stationing_queries, stationing_services
from portal.authority.stationing_forms import FIELD_OF, NegativeForm, WithdrawForm
from portal.database import NotFound
from portal.i18n import _, _p, named
from portal.network import queries as network
from portal.rules.decision import Decision, NotAllowed
from portal.rules.moments import civil_date
from portal.rules.stationing import Paper, Standing, WithdrawalPapers, may_tend
from portal.web import page
from portal.web.access import public, roles
from portal.web.filters import long_day
from portal.web.htmx import done
from portal.web.once import once_key
from portal.web.reasons import words

bp = Blueprint("stationing", __name__)

READERS = ("manager", "dept_head", "leader", "center", "supervisor", "auditor")
TENDERS = ("manager", "center")
ITEMS_A_PAGE = 40


def _management() -> list[tuple[str, Any, Any]]:
    return [("/manage/stationing", _p("nav", "Stationing"), _("Where each matter is done; the negative list; withdrawals."))] if current_user.role in TENDERS else []


page.management.append(_management)


# --- public ---------------------------------------------------------------------------------------------------------------------


def _of_body(county_id: int, found: stationing_queries.CountyStationing, base: str) -> dict[str, Any]:
    """What a page shows of one body, or of all: its items by code, a page of them."""
    body = network.body_by_code(county_id, request.args["body"]) if request.args.get("body") else None
    mine = [item for item in found.items if body is None or item.terms.responsible_body == body.id]
    after = request.args.get("after", "")[:40]
    rest = [item for item in mine if item.code > after]
    own = next((one.shares for one in found.departments if body is not None and one.body.id == body.id), None)
    return {
        "body": body,
        "own": own if body is not None else found.shares,
        "rows": found.rows(rest[:ITEMS_A_PAGE]),
        "more": rest[ITEMS_A_PAGE - 1].code if len(rest) > ITEMS_A_PAGE else None,
        "is_first": not after,
        "base": f"{base}?body={body.code}" if body else f"{base}?all=1",
    }


@bp.get("/powers/stationing")
@public
def stationing() -> Response:
    """The shares of the county and of each body, and where each item stands, or that it is missing (S-12)."""
    county, now = page.county(), page.clock().now()
    found = stationing_queries.stationing(county.id, now)
    shown = _of_body(county.id, found, "/powers/stationing")
    is_list = shown["body"] is not None or bool(request.args.get("all"))
    return make_response(
        render_template(
            "authority/stationing.html", found=found, is_list=is_list, missing=found.rows(found.of(Standing.MISSING)[:ITEMS_A_PAGE]), **shown
        )
    )


# --- management -----------------------------------------------------------------------------------------------------------------


@bp.get("/manage/stationing")
@roles(*READERS)
def manage() -> Response:
    """Where each item stands, with what can be done about it; entries of the negative list and withdrawals on record."""
    county_id, now = current_user.county_id, page.clock().now()
    found = stationing_queries.stationing(county_id, now)
    items = {item.terms.id: item for item in found.items}
    record = request.args.get("record", "")
    entries, more_entries = stationing_queries.list_entries(county_id, items, page.cursor("before") if record == "list" else None)
    withdrawals, more_withdrawals = stationing_queries.list_withdrawals(
        county_id, items, page.cursor("before") if record == "withdrawals" else None
    )
    return make_response(
        render_template(
            "authority/stationing_manage.html", found=found, may_tend=may_tend(current_user.offices), entries=entries,
            more_entries=more_entries, withdrawals=withdrawals, more_withdrawals=more_withdrawals, record=record,
            contradicted=found.contradicted, **_of_body(county_id, found, "/manage/stationing"),
        )
    )  # fmt: skip


def _say_faults(form: NegativeForm | WithdrawForm, faults: Sequence[Decision]) -> list[str]:
    """Each fault beside the field that mends it; returns what belongs to no field."""
    on_top = []
    for fault in faults:
        text = _("%(text)s (rule %(rule)s)", text=words(fault), rule=fault.rule)
        place = FIELD_OF.get(fault.reason) if fault.reason else None
        if place is None or not hasattr(form, place):
            on_top.append(text)
        else:
            field = getattr(form, place)
            field.errors = [*field.errors, text]
    return on_top


def _item_page(template: str, code: str, form: Any, *, status: int = 200, on_top: Sequence[str] = ()) -> Response:
    """The form about one item, with where it stands today above it."""
    county_id, now = current_user.county_id, page.clock().now()
    item = stationing_queries.item_named(county_id, code, civil_date(now))
    place = stationing_queries.item_standing(county_id, code, civil_date(now))
    return make_response(
        render_template(template, item=item, stood=place, form=form, on_top=on_top, may_tend=may_tend(current_user.offices), words=words),
        status,
    )


@bp.get("/manage/stationing/<code>/negative-list")
@roles(*TENDERS)
def negative_form(code: str) -> Response:
    form = NegativeForm(formdata=None)
    form.from_on.data = page.clock().today()
    return _item_page("authority/stationing_negative.html", code, form)


@bp.post("/manage/stationing/<code>/negative-list")
@roles(*TENDERS)
def negative(code: str) -> Response:
    item = stationing_queries.item_named(current_user.county_id, code, page.clock().today())
    form = NegativeForm()
    if not form.validate_on_submit():
        return _item_page("authority/stationing_negative.html", code, form, status=422)
    try:
        stationing_services.put_on_negative_list(
            code, instrument=form.instrument.data, from_on=form.from_on.data, until_on=form.until_on.data,
            once=once_key(), clock=page.clock(), actor=current_user.actor,
        )  # fmt: skip
    except NotAllowed as refusal:
        if refusal.decision.reason not in FIELD_OF:
            raise
        return _item_page("authority/stationing_negative.html", code, form, status=422, on_top=_say_faults(form, [refusal.decision]))
    flash(_("%(item)s is on the negative list from %(day)s.", item=named(item), day=long_day(form.from_on.data)), "ok")
    return done("/manage/stationing")


@bp.get("/manage/stationing/<code>/withdraw")
@roles(*TENDERS)
def withdraw_form(code: str) -> Response:
    form = WithdrawForm(formdata=None)
    form.from_on.data = page.clock().today() + timedelta(days=1)
    return _item_page("authority/stationing_withdraw.html", code, form)


@bp.post("/manage/stationing/<code>/withdraw")
@roles(*TENDERS)
def withdraw(code: str) -> Response:
    county_id = current_user.county_id
    item = stationing_queries.item_named(county_id, code, page.clock().today())
    form = WithdrawForm()
    if not form.validate_on_submit():
        return _item_page("authority/stationing_withdraw.html", code, form, status=422)
    point_code = form.point.data or ""
    if point_code:
        try:
            network.point_by_code(county_id, point_code)
        except NotFound:
            form.point.errors = [_("There is no point of this number.")]
            return _item_page("authority/stationing_withdraw.html", code, form, status=422)
    papers = WithdrawalPapers(
        legal_review=_paper(form.review_number.data, form.review_on.data),
        government_approval=_paper(form.approval_number.data, form.approval_on.data),
        filing=_paper(form.filing_number.data, form.filing_on.data),
    )
    try:
        stationing_services.withdraw(
            code, papers, from_on=form.from_on.data, point_code=point_code, once=once_key(), clock=page.clock(), actor=current_user.actor
        )
    except stationing_services.WithdrawalRefused as refusal:
        return _item_page("authority/stationing_withdraw.html", code, form, status=422, on_top=_say_faults(form, refusal.faults))
    flash(_("%(item)s is no longer offered from %(day)s.", item=named(item), day=long_day(form.from_on.data)), "ok")
    return done("/manage/stationing")


def _paper(number: str | None, dated_on: date | None) -> Paper | None:
    """A paper has number and day; with one of them missing it is none."""
    return Paper(number, dated_on) if number and dated_on is not None else None
