"""Worklists: the boxes with their filters, the search, and what is done with several cases at once (N-6, C-6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_login import current_user

from portal.cases import pages, services
from portal.cases import queries as cases
from portal.cases import worklist_forms as forms
from portal.cases import worklist_queries as queries
from portal.cases import worklist_services as several
from portal.catalogue import queries as catalogue
from portal.i18n import _, named
from portal.rules.decision import Decision, NotAllowed
from portal.rules.worklist import COUNTED, FOUND, Box, Filters, Group, may_combine
from portal.web import page
from portal.web.access import signed_in, staff
from portal.web.forms import Form
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("worklists", __name__)
MARK = re.compile(r"([0-9A-Z-]{1,30})\.([0-9]{1,9})")
RECEIVED_FROM, SENT_FROM = (Box.COMING,), (Box.WINDOW, Box.MINE)
FILTERS = ("group", "item", "received", "due", "order")


def _navigation() -> list[tuple[str, Any, int | None]]:
    if not current_user.window_ids:
        return [("/work", _("Work"), None)]  # for whoever has no window: what is theirs, or what will come
    counts = queries.count_of(current_user, queries.FIRST, page.clock().today())
    return [("/work", _("Work"), sum(counts.values())), ("/cases/new", _("Register"), None)]


page.navigation.insert(0, _navigation)


# --- the boxes ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What the address says of filters: the form as it was sent, the filters, the item's name, and why they do not go together."""

    form: forms.FilterForm
    filters: Filters
    item: str = ""
    problem: Decision | None = None

    @property
    def is_fine(self) -> bool:
        return not self.form.errors and self.problem is None

    @property
    def query(self) -> dict[str, str]:
        """The filters as an address says them again."""
        return {name: value for name in FILTERS if (value := request.args.get(name, "").strip()[:60])}


def _chosen() -> _Chosen:
    form = forms.FilterForm(formdata=request.args)
    if not form.validate():
        return _Chosen(form, Filters())
    item: catalogue.Entry | None = None
    if form.item.data:
        entry = next(iter(catalogue.search(current_user.county_id, form.item.data, 1)), None)
        if entry is None:
            form.item.errors = [_("No matter is found by these words. Please give its name or code.")]
            return _Chosen(form, Filters())
        item = entry
    filters = Filters(
        Group(form.group.data) if form.group.data else None, item.item_id if item else None, form.received.data, form.due.data, bool(form.order.data)
    )
    may = may_combine(filters.number)
    return _Chosen(form, filters, named(item) if item else "", None if may else may)


def _cursor(text: str) -> tuple[date, int] | None:
    if not text:
        return None
    day, _dot, number = text.partition(".")
    try:
        return date.fromisoformat(day), int(number) if number.isascii() and len(number) < 10 else abort(404)
    except ValueError:
        abort(404)


@bp.get("/work")
@signed_in
def work() -> Response:
    """Where work begins: what came, what is here, what is under way; for managers the cases with nowhere to go."""
    return _work()


def _work(
    only: Sequence[Box] = queries.BOXES, *, status: int = 200, problem: Decision | None = None, form: Form | None = None, marks: Sequence[str] = (), told: list[dict[str, Any]] | None = None
) -> Response:  # fmt: skip
    person, today = current_user._get_current_object(), page.clock().today()
    asked, chosen = request.args.get("box", ""), _chosen()
    counts = queries.count_of(person, queries.BOXES, today)
    if asked in set(only):
        box = Box(asked)
    else:
        box = next((each for each in queries.FIRST if counts[each]), Box.WINDOW) if only is queries.BOXES else only[0]
    after = _cursor(request.args.get("after", ""))
    lines: list[queries.Line] = []
    following, matching = None, 0
    if chosen.is_fine:
        lines, following = queries.list_box(person, box, today, filters=chosen.filters, after=after)
        matching = queries.count_of(person, [box], today, chosen.filters)[box] if chosen.filters.number else counts[box]
    stuck = cases.list_nowhere(person.county_id, page.clock().now()) if person.role in {"manager", "center"} else []
    nowhere = pages.ways_out(stuck, may_draft=person.role == "manager", county_id=person.county_id) if stuck else []
    verb = "receive" if box in RECEIVED_FROM else "hand_off" if box in SENT_FROM else ""
    if verb == "hand_off":
        form = form or forms.SendForm(formdata=None)
        _targets(form, person, today)
    here = {"box": box.value, **chosen.query, **({"after": request.args["after"]} if after else {})}
    if form is not None and status != 200:
        form.key.data = new_key()
    body = render_template(
        "cases/work.html", box=box, boxes=queries.BOXES, counts=counts, lines=lines, nowhere=nowhere, chosen=chosen, matching=matching,
        groups=forms.GROUPS, most=COUNTED, beside=queries.beside(person, today), verb=verb, form=form, problem=problem, marks=set(marks), told=told,
        here_query=urlencode(here), paged=after is not None, all_marked=request.method == "GET" and "all" in request.args,
        older="/work?" + urlencode({**here, "after": f"{following[0].isoformat()}.{following[1]}"}) if following else None,
    )  # fmt: skip
    return make_response(body, status if chosen.is_fine or status != 200 else 422)


# --- several at once ------------------------------------------------------------------------------------------------------------


def _targets(form: Any, person: Any, today: date) -> None:
    own = [("", forms.SendForm.EACH)]
    form.to.choices = own + [(str(window.id), f"{named(point)} · {named(window)}") for window, point in queries.onward(person, today)]


def _marked() -> list[several.Marked]:
    """The marked cases as they were sent, each once, with a once-key of its own; what is no mark is none."""
    found: dict[str, several.Marked] = {}
    for text in request.form.getlist("case"):
        mark = MARK.fullmatch(text)
        if mark is not None and mark[1] not in found:
            found[mark[1]] = several.Marked(mark[1], int(mark[2]), once_key("." + mark[1][-20:]))
    return list(found.values())


STATUS = {several.Outcome.REFUSED: 403, several.Outcome.CHANGED: 409, several.Outcome.GONE: 404, several.Outcome.SENT_BEFORE: 422}


def _answer(told: list[several.Told], form: Form, only: Sequence[Box]) -> Response:
    """The list as it is now, above it what became of each; those that were not done stay marked, and what was typed stays typed."""
    person, today = current_user._get_current_object(), page.clock().today()
    known = queries.numbers_open_to(person, [one.number for one in told], today)
    lines = [{"told": one, "version": known[one.number][1] if one.number in known else None} for one in told]
    left = [one for one in told if one.outcome is not several.Outcome.DONE]
    status = 200 if len(left) < len(told) else STATUS[left[0].outcome]
    form.key.data = new_key()
    return _work(only, status=status, form=form, told=lines, marks=[one.number for one in left])


@bp.post("/work/receive")
@staff
def receive() -> Response:
    """Receive the marked cases, each by itself."""
    form = forms.ReceiveForm()
    marked = _marked()
    if not form.validate_on_submit():
        return _work(RECEIVED_FROM, status=422, form=form, marks=[one.number for one in marked])
    try:
        told = several.receive_several(marked, actor=current_user._get_current_object(), clock=page.clock())
    except NotAllowed as refusal:
        return _work(RECEIVED_FROM, status=422, form=form, problem=refusal.decision, marks=[one.number for one in marked])
    return _answer(told, form, RECEIVED_FROM)


@bp.post("/work/hand_off")
@staff
def hand_off() -> Response:
    """Send the marked cases on, each by itself."""
    form = forms.SendForm()
    person, marked = current_user._get_current_object(), _marked()
    _targets(form, person, page.clock().today())
    if not form.validate_on_submit():
        return _work(SENT_FROM, status=422, form=form, marks=[one.number for one in marked])
    try:
        told = several.hand_off_several(
            marked, form.target, form.reason.data or "", with_papers=bool(form.papers.data), actor=person, clock=page.clock()
        )
    except NotAllowed as refusal:
        return _work(SENT_FROM, status=422, form=form, problem=refusal.decision, marks=[one.number for one in marked])
    return _answer(told, form, SENT_FROM)


# --- searching ------------------------------------------------------------------------------------------------------------------


def _search_page(
    form: forms.PersonForm, *, status: int = 200, lines: list[queries.Line] | None = None, number: str = ""
) -> Response:
    return make_response(render_template("cases/work_search.html", form=form, lines=lines, number=number, most=FOUND), status)


@bp.get("/cases")
@staff
def find() -> Response:
    """Open a case by its number or tracking code; one that only may be found is shown as a line (C-30, N-6)."""
    number = request.args.get("number", "").strip()[:40]
    if not number:
        return done("/work")
    lines = queries.find_number(current_user._get_current_object(), number, page.clock().today())
    if len(lines) == 1 and lines[0].is_open_to:
        return done(services.address_of(lines[0].case.number))
    return _search_page(forms.PersonForm(formdata=None), status=200 if lines else 404, lines=lines, number=number)


@bp.get("/work/search")
@staff
def search_form() -> Response:
    """Search by number, name or phone."""
    return _search_page(forms.PersonForm(formdata=None))


@bp.post("/work/search")
@staff
def search() -> Response:
    """Search by a person's data: recorded, then shown (R-1)."""
    form = forms.PersonForm()
    if not form.validate_on_submit():
        return _search_page(form, status=422)
    person, today = current_user._get_current_object(), page.clock().today()
    by, typed = ("name", form.name.data) if form.name.data else ("phone", form.phone.data)
    several.record_search(by, typed, actor=person, clock=page.clock())
    lines = queries.find_name(person, typed, today) if by == "name" else queries.find_phone(person, typed, today)
    return _search_page(form, lines=lines)
