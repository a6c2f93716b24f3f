"""Pages and acts of cases: thin; load, do, answer. The verb in the address is the act's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, g, make_response, redirect, render_template, request
from flask_login import current_user

from portal.accounts import services as accounts
from portal.authority import queries as authority_queries
from portal.cases import apply_pages, forms, handoff_forms, handoff_pages, inquiry_queries, pages, queries, services, way_pages
from portal.cases.course_words import WORDS
from portal.catalogue import queries as catalogue
from portal.database import KeyReused, NotFound, Stale
from portal.i18n import _lp, _p, named, told
from portal.rules.authority import Act
from portal.rules.decision import Decision, NotAllowed
from portal.rules.handoffs import AfterReturn, ReturnReason
from portal.rules.lifecycle import State
from portal.web import page, pictures, seen
from portal.web.access import public, staff
from portal.web.forms import Form
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("cases", __name__)

DONE: dict[Act, Any] = {
    Act.COLLECT: _lp("done", "Registered. Give the receipt to the applicant."),
    Act.HAND_OFF: _lp("done", "Sent on. It stays in your hands until the other window has received it."),
    Act.RECEIVE: _lp("done", "Received."),
    Act.RETURN_LEG: _lp("done", "Sent back with your reason."),
    Act.RECALL: _lp("done", "Taken back."),
    Act.TAKE: _lp("done", "This case is yours now."),
    Act.ACCEPT: _lp("done", "Accepted. The limits run from today."),
    Act.REVIEW: _lp("done", "Review passed."),
    Act.DECIDE: _lp("done", "Granted."),
    Act.CERTIFY: _lp("done", "Certificate made and sealed."),
    Act.DELIVER: _lp("done", "Delivered. The case is closed."),
    Act.FINISH: _lp("done", "Done here. The case is closed."),
}


# Where a tracking code leads that is no case's own: of a joint case (C-26). `app.py` fills it.
other_codes: list[Callable[[int, str, datetime], str | None]] = []


@bp.app_template_filter("state")
def state_word(code: str) -> Any:
    """The word of a state."""
    return pages.STATES[State(code)]


@bp.app_template_filter("case_state")
def case_state(row: Any) -> Any:
    """The state of a case in words, from the row of a list."""
    return pages.state_of_row(row, page.clock().today())


# --- registering ----------------------------------------------------------------------------------------------------------------


@bp.get("/cases/new")
@staff
def new() -> Response:
    """Find the matter, then fill in the form of that item."""
    window_id = _own_window()
    text = request.args.get("q", "").strip()[:60]
    found = catalogue.search(current_user.county_id, text, 12) if text else []
    code = request.args.get("item", "")
    if not code:
        place = queries.places_of([window_id]).get(window_id)
        assert place is not None
        offered = catalogue.offered_at(current_user.county_id, place.point.id, page.clock().today())
        if text:
            codes = {each.code for each in found}
            offered = [each for each in offered if each.code in codes]
        inquiry = _inquiry()
        return make_response(render_template("cases/find_item.html", q=text, offered=offered, found=found, spot=place, inquiry=inquiry))
    return _collect_page(code, forms.CollectForm(), window_id)


def _own_window() -> int:
    """The window from which the person registers: the first that they are posted at."""
    if not current_user.postings:
        abort(403)
    chosen: int = current_user.postings[0].window_id
    return chosen


def _inquiry() -> Any:
    """The inquiry from which the case is registered, as far as it is the person's to see (C-8)."""
    asked = page.cursor("inquiry")
    return None if asked is None else inquiry_queries.get_inquiry_for(current_user, asked, page.clock().now(), page.clock().today())


def _collect_page(
    code: str, form: forms.CollectForm, window_id: int, *, status: int = 200, problem: Decision | None = None, got: set[str] | None = None,
    said_at: str = "",
) -> Response:  # fmt: skip
    at = page.clock().now()
    facts = services.new_case_facts(window_id, code, page.clock().today(), current_user.county_id, in_general=True)
    held = authority_queries.held_by(current_user.account_id, window_id, at)
    act, permission = services.beginning_of(held, facts)
    body = render_template(
        "cases/new.html", form=form, facts=facts, act=act.value, permission=permission, problem=problem, got=got or set(), said_at=said_at,
        way=pages.way_ahead(facts, current_user.county_id, at), materials=queries.materials_of(facts.version.id),
        spot=queries.places_of([window_id])[window_id], inquiry=_inquiry(),
    )  # fmt: skip
    return make_response(body, status)


def _checklist(version_id: int) -> list[dict[str, object]]:
    """What the boxes of the checklist say: one entry a material of the list, nothing else."""
    return [
        {"code": str(row.seq), "got": f"got-{row.seq}" in request.form, "original": row.original, "copies": row.copies}
        for row in queries.materials_of(version_id)
    ]


@bp.post("/cases/new")
@staff
def collect() -> Response:
    """Register the case."""
    window_id = _own_window()
    code = request.args.get("item", "")[:40]
    form, inquiry = forms.CollectForm(), _inquiry()
    amount = None if form.amount.data is None else form.amount.data * 100
    facts = services.new_case_facts(window_id, code, page.clock().today(), current_user.county_id, amount)
    got = {name.removeprefix("got-") for name in request.form if name.startswith("got-")}
    if not form.validate_on_submit():
        return _collect_page(code, form, window_id, status=422, got=got)
    applicant = services.Applicant(form.name.data, form.number.data, form.phone.data, form.kind.data)
    try:
        case = services.collect(
            code, applicant, _checklist(facts.version.id), window_id=window_id, amount_fen=amount, actor=current_user, clock=page.clock(),
            extra={"inquiry": inquiry.row.id} if inquiry is not None else None, once=once_key(),
        )
    except NotAllowed as refusal:
        return _collect_page(code, form, window_id, status=403, problem=refusal.decision, got=got)
    except KeyReused as reused:
        form.key.data = new_key()
        return _collect_page(code, form, window_id, status=422, got=got, said_at=reused.result)
    flash(str(DONE[Act.COLLECT]), "ok")
    return done(services.address_of(case.number) + "/receipt")


# --- one case -------------------------------------------------------------------------------------------------------------------


@bp.get("/cases/<number>")
@staff
def detail(number: str) -> Response:
    return _detail(number)


def _detail(number: str, *, status: int = 200, form: Form | None = None, verb: str = "", **context: Any) -> Response:
    view = queries.get_case_for(current_user, number, page.clock().now())
    if view.is_name_clear:
        _look(view)
    if form is not None:
        form.version.data = str(view.case.version)
        form.key.data = new_key()
    if status == 422 and verb in set(Act) and not view.may(Act(verb)):
        context.setdefault("kept", _kept())  # the form is no longer on the page; the words stay
    if "problem" in context:
        context["problem"] = pages.readable(context["problem"], view)
    drawn = _forms(verb, form)
    drawn["return_leg"].door.choices = [("", "—"), *handoff_pages.doors(view)]  # type: ignore[attr-defined]
    body = render_template(
        "cases/detail.html", **pages.detail(view), **handoff_pages.detail(view), form=form, verb=verb, forms=drawn, status=status, ticked=_ticked(verb), **context
    )
    return make_response(body, status)


def _ticked(verb: str) -> set[str] | None:
    """The boxes of a form that comes back, as they were sent; None where none was."""
    if request.method != "POST" or verb not in {"accept", "review", "hand_off"}:
        return None
    return {name for name in request.form if name.partition("-")[0] in {"got", "met", "paper"}}


def _forms(verb: str, form: Form | None) -> Mapping[str, Form]:
    """One empty form an act, and the one that was sent as it was sent."""
    kinds: dict[str, type[Form]] = {
        "accept": forms.AcceptForm, "review": forms.ReviewForm, "decide": forms.DecideForm, "deliver": forms.DeliverForm, "finish": forms.NoteForm,
        "hand_off": forms.HandOffForm, "return_leg": forms.ReturnForm, "reveal": forms.RevealForm,
    }  # fmt: skip
    found = {name: form if name == verb and form is not None else kind(formdata=None) for name, kind in kinds.items()}
    for name, each in found.items():
        for field in each:
            field.id = f"{name}-{field.short_name}"  # several forms of this page ask for a reason or a note
    return found


def _look(view: queries.CaseView) -> None:
    actor, clock, case = current_user._get_current_object(), page.clock(), view.case
    number, case_id = case.number, case.id
    seen.later(lambda: services.record_look(number, case_id, actor=actor, clock=clock))


def _act(number: str, act: Act, form: Form, do: Callable[[Form], object], said: Any = None) -> Response:
    """One act: the form, the service, 303; else the same page with what was typed, and why."""
    verb = act.value
    person = current_user._get_current_object()
    queries.case_for(person, number, page.clock().today())
    if not form.validate_on_submit():
        return _detail(number, status=422, form=form, verb=verb)
    drawn_from = form.drawn_from
    try:
        do(form)
    except NotAllowed as refusal:
        return _detail(number, status=403, form=form, verb=verb, problem=refusal.decision, kept=_kept())
    except Stale:
        return _detail(number, status=409, form=form, verb=verb, stale_from=drawn_from, kept=_kept())
    except KeyReused as reused:
        return _detail(number, status=422, form=form, verb=verb, said_at=reused.result, kept=_kept())
    flash(str(said or DONE.get(act) or WORDS[act][3]), "ok")
    return done(services.address_of(number))


def _kept() -> list[tuple[str, str]]:
    """What was typed, to stand in the page whatever form it shows now."""
    return [(name, value) for name in ("note", "reason", "whose", "ground", "others") if (value := request.form.get(name, "")[:4000])]


def _given(form: Form) -> dict[str, Any]:
    return {"version": form.drawn_from, "actor": current_user._get_current_object(), "clock": page.clock(), "once": once_key()}


@bp.post("/cases/<number>/receive")
@staff
def receive(number: str) -> Response:
    return _act(number, Act.RECEIVE, forms.VerbForm(), lambda form: services.receive(number, **_given(form)))


@bp.post("/cases/<number>/return_leg")
@staff
def return_leg(number: str) -> Response:
    def do(form: Any) -> object:
        then, door = AfterReturn(form.then.data), int(form.door.data) if form.door.data else None
        return services.return_leg(
            number, ReturnReason(form.kind.data), form.reason.data or "", form.whose.data or "", then, door, **_given(form)
        )

    return _act(number, Act.RETURN_LEG, forms.ReturnForm(), do)


@bp.post("/cases/<number>/recall")
@staff
def recall(number: str) -> Response:
    return _act(number, Act.RECALL, forms.VerbForm(), lambda form: services.recall(number, **_given(form)))


@bp.post("/cases/<number>/take")
@staff
def take(number: str) -> Response:
    return _act(number, Act.TAKE, forms.VerbForm(), lambda form: services.take(number, **_given(form)))


@bp.post("/cases/<number>/hand_off")
@staff
def hand_off(number: str) -> Response:
    def do(form: Any) -> object:
        ticked = [document.code for document in form.papers.documents]
        documents = handoff_forms.manifest_of(form) if form.papers.is_counted or form.others.data else None
        return services.hand_off(number, form.target, form.reason.data or "", ticked, documents, **_given(form))

    return _act(number, Act.HAND_OFF, forms.HandOffForm(), do)


@bp.post("/cases/<number>/accept")
@staff
def accept(number: str) -> Response:
    def do(form: Any) -> object:
        version_id = queries.case_for(current_user, number, page.clock().today()).version_id
        names = {row.seq: named(row) for row in queries.materials_of(version_id)}
        signed, committed = form.is_signed.data, form.is_committed.data
        return services.accept(
            number, _checklist(version_id), names, form.note.data or "", is_signed=signed, is_committed=committed, **_given(form)
        )

    return _act(number, Act.ACCEPT, forms.AcceptForm(), do)


@bp.post("/cases/<number>/review")
@staff
def review(number: str) -> Response:
    def do(form: Any) -> object:
        points = queries.review_points_of(queries.case_for(current_user, number, page.clock().today()).version_id)
        lines = [{"point": told(point), "seq": seq, "met": f"met-{seq}" in request.form} for seq, point in enumerate(points)]
        passed = form.result.data == "passed"
        return services.review(number, lines, form.note.data or "", is_passed=passed, **_given(form))

    form = forms.ReviewForm()
    said = None if form.result.data == "passed" else _p("done", "Review recorded: not passed.")
    return _act(number, Act.REVIEW, form, do, said)


@bp.post("/cases/<number>/decide")
@staff
def decide(number: str) -> Response:
    return _act(
        number,
        Act.DECIDE,
        forms.DecideForm(),
        lambda form: services.decide(number, form.outcome.data, form.note.data or "", **_given(form)),  # type: ignore[attr-defined]
    )


@bp.post("/cases/<number>/certify")
@staff
def certify(number: str) -> Response:
    return _act(number, Act.CERTIFY, forms.VerbForm(), lambda form: services.certify(number, **_given(form)))


@bp.post("/cases/<number>/deliver")
@staff
def deliver(number: str) -> Response:
    return _act(
        number,
        Act.DELIVER,
        forms.DeliverForm(),
        lambda form: services.deliver(number, form.to.data, form.note.data or "", **_given(form)),  # type: ignore[attr-defined]
    )


@bp.post("/cases/<number>/finish")
@staff
def finish(number: str) -> Response:
    return _act(number, Act.FINISH, forms.NoteForm(), lambda form: services.finish(number, form.note.data or "", **_given(form)))  # type: ignore[attr-defined]


@bp.post("/cases/<number>/reveal")
@staff
def reveal(number: str) -> Response:
    """Show one personal number, with a reason, recorded (R-2)."""
    view = queries.get_case_for(current_user, number, page.clock().now())
    form = forms.RevealForm()
    if not view.may_reveal:
        abort(403)
    if not form.validate_on_submit():
        return _detail(number, status=422, form=form, verb="reveal")
    shown = accounts.reveal(
        view.case.applicant_id, form.field.data, form.reason.data, actor=current_user.actor, about=f"case:{number}", clock=page.clock()
    )
    return _detail(number, revealed=(form.field.data, shown))


# --- papers and the public ------------------------------------------------------------------------------------------------------


@bp.get("/cases/<number>/receipt")
@staff
def receipt(number: str) -> Response:
    """The receipt (收件凭证): a paper with the tracking code; it is not the acceptance (C-1)."""
    view = queries.get_case_for(current_user, number, page.clock().now())
    if view.is_name_clear:
        _look(view)
    link = f"{current_app.config['PUBLIC_URL']}/track/{view.case.tracking_code}"
    return make_response(render_template("cases/receipt.html", **pages.detail(view), qr=pictures.qr_code(link), link=link))


@bp.get("/track")
@public
def track() -> Response:
    """Ask for a tracking code; a given one leads to its page."""
    code = request.args.get("code", "").strip()
    if not code:
        return make_response(render_template("cases/track.html", code="", unknown=False))
    try:
        view = queries.get_case_by_code(g.county.id, code, page.clock().now())
    except NotFound:
        return _another_code(code)
    response: Any = redirect(f"/track/{pages.spaced(view.case.tracking_code)}", 303)
    return response


def _another_code(code: str) -> Response:
    """A code that is no case's: where else it leads, or that there is none."""
    address = next((found for ask in other_codes if (found := ask(g.county.id, code, page.clock().now())) is not None), None)
    if address is None:
        return make_response(render_template("cases/track.html", code=code[:40], unknown=True), 404)
    response: Any = redirect(address, 303)
    return response


@bp.get("/track/<code>")
@public
def track_case(code: str) -> Response:
    """Where the matter stands: state, places and dates, no name (C-18)."""
    try:
        view = queries.get_case_by_code(g.county.id, code, page.clock().now())
    except NotFound:
        return _another_code(code)
    g.is_private = True
    way = way_pages.way(view, public=True)
    return make_response(render_template("cases/progress.html", **pages.progress(view), **handoff_pages.next_door(view, public=True), **apply_pages.beside(view), way=way))
