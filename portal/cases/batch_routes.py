"""Lists of cases that are sent together: choosing, sending, the paper list, receiving in whole or in part, recalling (C-6)."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request
from flask_login import current_user

from portal.cases import batch_forms as forms
from portal.cases import batch_queries as queries
from portal.cases import batch_services as services
from portal.cases import handoff_queries
from portal.cases.handoff_words import counted_together
from portal.cases.pages import place_name
from portal.database import KeyReused, NotFound, Stale
from portal.i18n import _, _lp, _p
from portal.rules import batches as rules
from portal.rules.batches import RowState
from portal.rules.decision import Decision, NotAllowed
from portal.web import page
from portal.web.access import staff
from portal.web.htmx import done
from portal.web.once import new_key, once_key
from portal.web.reasons import words

bp = Blueprint("batches", __name__)
MOST_SAID = 5
STATES: dict[RowState, Any] = {
    RowState.UNDER_WAY: _lp("batch", "Under way"),
    RowState.RECEIVED: _lp("batch", "Received"),
    RowState.RETURNED: _lp("batch", "Returned"),
    RowState.RECALLED: _lp("batch", "Taken back"),
}


def _own_window() -> int:
    """The window from which the person sends: the first that they are posted at."""
    if not current_user.postings:
        abort(403)
    chosen: int = current_user.postings[0].window_id
    return chosen


@bp.get("/work/batches")
@staff
def batches() -> Response:
    """The lists of one's windows, sent and coming."""
    before = page.cursor("before")
    lines, more = queries.list_batches_for(current_user, before=before)
    return make_response(
        render_template(
            "cases/batches.html", lines=lines, older=f"/work/batches?before={more}" if more else None, paged=before is not None,
            window_name=place_name, may_send=bool(current_user.window_ids),
        )
    )  # fmt: skip


def _new_page(
    form: forms.SendForm, *, status: int = 200, problem: Decision | None = None, refused: str = "", is_stale: bool = False, said_at: str = "",
    ticked: set[str] | None = None,
) -> Response:  # fmt: skip
    window_id = _own_window()
    form.to.choices = _choices(window_id)
    if status != 200:
        form.key.data = new_key()
    body = render_template(
        "cases/batch_new.html", form=form, lines=queries.list_at_hand(current_user, window_id, page.clock().today()), problem=problem,
        refused=refused, is_stale=is_stale, said_at=said_at, ticked=ticked, most=rules.MOST,
    )  # fmt: skip
    return make_response(body, status)


def _choices(window_id: int) -> list[tuple[str, str]]:
    places = handoff_queries.windows_above_rooms(current_user.county_id, page.clock().today(), but=window_id)
    return [("", "—"), *((str(place.window.id), place_name(place)) for place in places)]


@bp.get("/batches/new")
@staff
def new() -> Response:
    """The cases at hand, to be ticked; the window that gets them."""
    return _new_page(forms.SendForm(formdata=None))


@bp.post("/batches/send")
@staff
def send() -> Response:
    """Send what was ticked with one list."""
    window_id, person, form = _own_window(), current_user._get_current_object(), forms.SendForm()
    form.to.choices = _choices(window_id)
    sent = {name.removeprefix("case-"): value for name, value in request.form.items() if name.startswith("case-")}
    ticked = set(sent)
    is_right = form.validate_on_submit()
    if is_right and not form.to.data:
        form.to.errors = [_("Please choose one from the list.")]
    if not is_right or form.to.errors:
        return _new_page(form, status=422, ticked=ticked)
    if not all(re.fullmatch(r"[0-9-]{1,30}", number) and re.fullmatch(r"[0-9]{1,9}", version) for number, version in sent.items()):
        abort(404)
    chosen = [(number, int(version)) for number, version in sent.items()]
    try:
        batch = services.send(
            window_id, int(form.to.data), chosen, form.reason.data or "", actor=person, clock=page.clock(), once=once_key()
        )
    except NotAllowed as refusal:
        number = refusal.number if isinstance(refusal, services.RowRefused) else ""
        return _new_page(form, status=403, problem=refusal.decision, refused=number, ticked=ticked)
    except Stale:
        return _new_page(form, status=409, is_stale=True, ticked=ticked)
    except KeyReused as reused:
        return _new_page(form, status=422, said_at=reused.result, ticked=ticked)
    flash(_("Sent. Print the list, sign it, and put it on top of the papers."), "ok")
    return done(services.address_of(batch.number))


def _page(number: str, *, status: int = 200, problem: Decision | None = None, is_stale: bool = False, said_at: str = "") -> Response:
    view = queries.get_batch_for(current_user, number)
    windows = current_user.window_ids
    form = forms.BatchForm(formdata=None)
    form.version.data = str(view.version)
    form.key.data = new_key()
    body = render_template(
        "cases/batch.html", view=view, batch=view.batch, form=form, states=STATES, counted=counted_together, window_name=place_name,
        may_receive=rules.may_receive_together(view.states, view.batch.to_window_id, windows),
        may_recall=rules.may_recall_together(view.states, view.batch.from_window_id, windows),
        problem=problem, is_stale=is_stale, said_at=said_at, ticked=_ticked() if request.method == "POST" else None,
    )  # fmt: skip
    return make_response(body, status)


def _ticked() -> set[str]:
    """The numbers of the rows that were ticked."""
    return {name.removeprefix("row-") for name in request.form if name.startswith("row-")}


@bp.get("/batches/<number>")
@staff
def batch(number: str) -> Response:
    """A list: what became of each case; receiving, or taking it back."""
    return _page(number)


@bp.get("/batches/<number>/list")
@staff
def paper_list(number: str) -> Response:
    """The list on paper, to be signed by both ends."""
    view = queries.get_batch_for(current_user, number)
    return make_response(
        render_template("cases/batch_list.html", view=view, batch=view.batch, counted=counted_together, window_name=place_name)
    )


def _act(number: str, do: Any, said: Any) -> Response:
    person, form = current_user._get_current_object(), forms.BatchForm()
    queries.batch_for(person, number)
    if not form.validate_on_submit():
        return _page(number, status=422)
    try:
        results = do(version=form.drawn_from, actor=person, clock=page.clock(), once=once_key())
    except NotAllowed as refusal:
        return _page(number, status=403, problem=refusal.decision)
    except Stale:
        return _page(number, status=409, is_stale=True)
    except KeyReused as reused:
        return _page(number, status=422, said_at=reused.result)
    flash(str(said) % {"n": sum(result.is_done for result in results)}, "ok")
    left = [_("%(field)s: %(text)s", field=one.number, text=words(one.decision)) for one in results if not one.is_done]
    if left:  # a few in words: the list itself shows every row
        more = [] if len(left) <= MOST_SAID else ["…"]
        flash(_("Nothing was done with these: %(cases)s", cases=_p("list", "; ").join(left[:MOST_SAID] + more)), "warn")
    return done(services.address_of(number))


@bp.post("/batches/<number>/receive")
@staff
def receive(number: str) -> Response:
    """Receive the ticked cases; the others stay under way."""
    view = queries.get_batch_for(current_user, number)
    known = {str(row.row.seq): row.case.number for row in view.rows}
    ticked = _ticked()
    if not ticked <= set(known):
        raise NotFound(f"rows {ticked - set(known)}")
    chosen = {known[seq] for seq in ticked}
    return _act(number, lambda **given: services.receive(number, chosen, **given), _lp("done", "%(n)s cases are received."))


@bp.post("/batches/<number>/recall")
@staff
def recall(number: str) -> Response:
    """Take back what nobody has received."""
    return _act(number, lambda **given: services.recall(number, **given), _lp("done", "%(n)s cases are taken back."))
