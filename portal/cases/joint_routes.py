"""Pages of packages and joint approval: the guide, the questions, the one form, the board, the public progress, the usage rates (C-10, C-26)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, g, make_response, render_template, request
from flask_login import current_user

from portal.accounts.queries import SignedIn
from portal.authority import queries as authority_queries
from portal.cases import joint_forms as forms
from portal.cases import joint_queries, joint_services, pages, queries, services
from portal.cases import joint_words as words
from portal.cases.joint_queries import Board, BranchShown
from portal.cases.worklist_queries import MoreBox
from portal.database import KeyReused, NotFound, Stale
from portal.i18n import _, _lp, named
from portal.rules import joint
from portal.rules.authority import Act
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.joint import Stands
from portal.rules.lifecycle import State
from portal.web import page, pictures, seen
from portal.web.access import public, roles, staff
from portal.web.forms import Form
from portal.web.htmx import done
from portal.web.once import new_key, once_key

bp = Blueprint("joint", __name__)
READERS = ("center", "manager", "supervisor", "dept_head", "leader", "auditor")
Given = dict[str, Any]

page.management.append(lambda: [("/manage/joint", _("Joint approval"), _("How much of what could be done in one go was, and what was not, and why"))])


# --- the guide of a package -----------------------------------------------------------------------------------------------------


@bp.get("/packages")
@public
def packages() -> Response:
    """The packages that are offered."""
    return make_response(render_template("cases/joint_packages.html", packages=joint_queries.list_packages(g.county.id, page.clock().today())))


@bp.get("/packages/<code>")
@public
def package(code: str) -> Response:
    """What a package is: its questions, its items, its one list and its one day (C-26)."""
    shown = joint_queries.package(g.county.id, code, page.clock().today())
    asked, yes = "asked" in request.args, shown.answers(request.args.getlist("yes"))
    chosen = shown.chosen(yes if asked else [each["code"] for each in shown.row.questions])
    return make_response(
        render_template(
            "cases/joint_package.html", package=shown.row, chosen=chosen, yes=yes, is_asked=asked, lines=joint_queries.one_list(shown, chosen),
            names={each.part.item: named(each.version) for each in shown.components},
        )
    )  # fmt: skip


# --- opening --------------------------------------------------------------------------------------------------------------------


@bp.get("/joint/new")
@staff
def new() -> Response:
    """Choose the package, answer its questions, then the one form."""
    code = request.args.get("package", "")
    if not code:
        _own_window()
        return make_response(render_template("cases/joint_new.html", packages=joint_queries.list_packages(current_user.county_id, page.clock().today())))
    return _open_page(code, request.args.getlist("yes"), forms.OpenForm(formdata=None), is_asked="asked" in request.args)


def _own_window() -> int:
    """The window from which the person opens: the first that they are posted at."""
    if not current_user.postings:
        abort(403)
    chosen: int = current_user.postings[0].window_id
    return chosen


def _open_page(
    code: str, answers: list[str], form: forms.OpenForm, *, is_asked: bool = True, status: int = 200, problem: Decision | None = None,
    got: set[str] | None = None, said_at: str = "",
) -> Response:  # fmt: skip
    window_id, at = _own_window(), page.clock().now()
    shown = joint_queries.package(current_user.county_id, code, page.clock().today())
    yes = shown.answers(answers)
    chosen = shown.chosen(yes)
    held = authority_queries.held_by(current_user.account_id, window_id, at)
    permission = joint.may_lead(held, [each.terms for each in chosen])
    seats: list[joint_queries.Seat] = []
    place = queries.places_of([window_id])[window_id]
    if is_asked:
        register = authority_queries.register_for(current_user.county_id, at, [each.terms for each in chosen])
        seats = joint_queries.seats(chosen, register, place.point.id)
        if permission:
            without = [named(seat.component.version) for seat in seats if seat.window_id is None]
            opens = joint.may_open([each.part.body_id for each in chosen], without)
            permission = permission if opens else opens
    body = render_template(
        "cases/joint_new.html", package=shown.row, form=form, yes=yes, is_asked=is_asked, permission=permission, problem=problem, got=got or set(),
        said_at=said_at, spot=place, seats=seats, places=queries.places_of(seat.window_id or 0 for seat in seats),
        lines=joint_queries.one_list(shown, chosen), names={each.part.item: named(each.version) for each in shown.components},
    )  # fmt: skip
    return make_response(body, status)


@bp.post("/joint/open")
@staff
def open_joint() -> Response:
    """Take the package in."""
    form = forms.OpenForm()
    code, answers = str(form.package.data or "")[:40], request.form.getlist("yes")[:20]
    got = {name for name in request.form if name.startswith("got-")}
    if not form.validate_on_submit():
        return _open_page(code, answers, form, status=422, got=got)
    applicant = services.Applicant(form.name.data, form.number.data, form.phone.data, form.kind.data)
    try:
        row = joint_services.open_joint(
            code, answers, applicant, got, window_id=_own_window(), actor=current_user._get_current_object(), clock=page.clock(), once=once_key()
        )
    except NotAllowed as refusal:
        return _open_page(code, answers, form, status=403, problem=refusal.decision, got=got)
    except KeyReused as reused:
        form.key.data = new_key()
        return _open_page(code, answers, form, status=422, got=got, said_at=reused.result)
    flash(_("Taken in and copied to all concerned. Give the one receipt to the applicant."), "ok")
    return done(f"{joint_services.address_of(row.number)}/receipt")


# --- the board ------------------------------------------------------------------------------------------------------------------


@bp.get("/joint/<number>")
@staff
def board(number: str) -> Response:
    """The branches side by side: who has each, where it stands, what is asked (C-10)."""
    return _board_page(number)


def _board_page(
    number: str, *, status: int = 200, form: Form | None = None, verb: str = "", problem: Decision | None = None, is_stale: bool = False,
    said_at: str = "",
) -> Response:  # fmt: skip
    at = joint_queries.get_board_for(current_user, number, page.clock().now())
    if at.is_name_clear:
        actor, clock, found, joint_id = current_user._get_current_object(), page.clock(), at.case.number, at.case.id
        seen.later(lambda: joint_services.record_look(found, joint_id, actor=actor, clock=clock))
    may = _lead_acts(at)
    asking = _asking(at)
    sent = {name: form if name == verb and form is not None else kind(formdata=None) for name, kind in FORMS.items()}
    for name, each in sent.items():
        each.version.data, each.key.data = str(at.case.version), new_key()
        for field in each:
            field.id = f"{name}-{field.short_name}"
    if verb == "ask" and isinstance(form, forms.AskForm) and form.branch.data not in {str(each.row.seq) for each in asking}:
        form.why.id = "side"  # there is no such list on the page any more: what is said of it leads to the branches
    is_drawn = bool(may.get(verb)) or (verb == "ask" and bool(asking))
    kept = [] if is_drawn or form is None else [(str(f.label.text), str(f.data)) for f in form if f.type in _TYPED and f.data]
    body = render_template(
        "cases/joint_board.html", board=at, case=at.case, stands=words.STANDS[at.stands], tone=words.TONES[at.stands], outcome=words.OUTCOMES.get(at.outcome),
        results=words.RESULTS, lines=_lines(at), may=may, asking=asking, forms=sent, verb=verb, form=form, problem=problem, is_stale=is_stale,
        said_at=said_at, kept=kept, log=_log(at), spaced_code=pages.spaced(at.case.tracking_code), ticked=set(request.form) if verb == "ask" else None,
        is_lead=at.held is not None, may_lead=at.may_lead(),
    )  # fmt: skip
    return make_response(body, status)


_TYPED = {"TextField", "LinesField", "DayField"}


def _lead_acts(at: Board) -> dict[str, Decision]:
    """What the lead can do now, each with its Decision; nothing for whoever is not at the lead's window."""
    if at.held is None:
        return {}
    lead, now = at.may_lead(), at.now
    answers = {
        "notify": joint.may_notify(now, [each.branch for each in at.branches], at.today, at.case.ask_until),
        "set_site": joint.may_set_site(now, at.today, at.today),
        "hold_site": joint.may_hold_site(now, "-", at.today),
        "stand_alone": joint.may_stand_alone(now, at.results, "-"),
        "end": joint.may_end(now, at.results),
    }
    return {name: (lead if answer else answer) for name, answer in answers.items()}


def _asking(at: Board) -> list[BranchShown]:
    """The branches at the person's own windows for which something can be asked now."""
    found = []
    for each in at.branches:
        if each.case.holder_id not in current_user.window_ids:
            continue
        listed = [str(material.seq) for material in each.materials]
        if not listed or not joint.may_ask(at.now, each.branch, at.today, at.case.ask_until, listed, listed[:1]):
            continue
        view = queries.load(each.case, at.at)
        held = authority_queries.held_by(current_user.account_id, each.case.holder_id, at.at)
        if queries.may_act(Act.NOTICE, view.now, view.terms, view.item, held, at.today):
            found.append(each)
    return found


def _lines(at: Board) -> list[dict[str, Any]]:
    """One line a branch."""
    lines = []
    for each in at.branches:
        asked = at.now.asks(each.row.seq)
        names = {str(material.seq): named(material) for material in each.materials}
        urged = [step for seq, after, step in at.now.urged if (seq, after) == (each.row.seq, each.branch.last_event)]
        lines.append(
            {
                "branch": each, "item": named(each.version), "body": named(each.body), "place": pages.place_name(each.holder),
                "state": words.RESULTS[each.result] if each.result is not None and each.case.is_open is False else pages.state_of_row(each.case, at.today),
                "result": each.result, "assignee": named(each.assignee) if each.assignee is not None else "",
                "asked": [(names.get(code, code), why) for code, why in asked.missing] if asked is not None else [],
                "urged": words.STEPS[joint.Step(urged[-1])] if urged and each.result is None else "",
                "is_mine": each.case.holder_id in current_user.window_ids or at.held is not None,
            }
        )  # fmt: skip
    return lines


def _log(at: Board) -> list[dict[str, Any]]:
    """What happened to the whole, in order."""
    items = {each.row.seq: named(each.version) for each in at.branches}
    found = []
    for row in at.events:
        kind, said = joint.Kind(row.kind), row.payload
        text = said.get("why") or said.get("finding") or ""
        if kind is joint.Kind.SITE_SET:
            text = f"{said['on']} · {said['place']}"
        elif kind in joint.BY_MACHINE:
            text = str(words.STEPS[joint.Step(said["step"])])
        found.append({"at": row.occurred_at, "word": words.KINDS[kind], "item": items.get(row.branch or 0, ""), "text": text, "is_typed": kind not in joint.BY_MACHINE})
    return found


# --- acts on the whole ----------------------------------------------------------------------------------------------------------


def _missing(form: Any) -> dict[str, str]:
    """Each ticked material with why it is missing."""
    codes = [name.removeprefix("miss-") for name in request.form if name.startswith("miss-")]
    return {code: form.why.words.get(code, "") for code in codes if code.isascii() and code.isdecimal() and len(code) < 6}


def _branch(form: Any) -> int:
    text = str(form.branch.data or "")
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise NotFound(text)
    return int(text)


def _ask(number: str, form: Any, given: Given) -> object:
    return joint_services.ask(number, _branch(form), _missing(form), **given)


_S = joint_services
FORMS: Mapping[str, type[Form]] = {
    "ask": forms.AskForm, "notify": forms.VerbForm, "set_site": forms.SiteForm, "hold_site": forms.FindingForm, "stand_alone": forms.AloneForm,
    "end": forms.VerbForm,
}  # fmt: skip
DO: Mapping[str, Callable[[str, Any, Given], object]] = {
    "ask": _ask,
    "notify": lambda n, f, given: _S.notify(n, **given),
    "set_site": lambda n, f, given: _S.set_site(n, f.on.data, f.place.data, **given),
    "hold_site": lambda n, f, given: _S.hold_site(n, f.finding.data, **given),
    "stand_alone": lambda n, f, given: _S.stand_alone(n, f.why.data, **given),
    "end": lambda n, f, given: _S.end(n, **given),
}
DONE: Mapping[str, Any] = {
    "ask": _lp("joint", "The leading window puts it into the one notice."),
    "notify": _lp("joint", "The one notice has gone out."),
    "set_site": _lp("joint", "The joint visit is called; every branch sees it."),
    "hold_site": _lp("joint", "What was found stands on the board for every branch."),
    "stand_alone": _lp("joint", "The other branches go on."),
    "end": _lp("joint", "The one result is handed over."),
}


@bp.post("/joint/<number>/<verb>")
@staff
def act(number: str, verb: str) -> Response:
    """One act on the whole, by a branch or by the lead."""
    if verb not in FORMS:
        abort(404)
    person = current_user._get_current_object()
    joint_queries.joint_for(person, number)
    form = FORMS[verb]()
    again = partial(_board_page, number, form=form, verb=verb)
    if not form.validate_on_submit():
        return again(status=422)
    try:
        DO[verb](number, form, {"version": form.drawn_from, "actor": person, "clock": page.clock(), "once": once_key()})
    except NotAllowed as refusal:
        status = 422 if refusal.decision.reason in (Reason.NOTICE_NAMES_NOTHING, Reason.NOTICE_BEYOND_LIST) else 403
        return again(status=status, problem=refusal.decision)
    except Stale:
        return again(status=409, is_stale=True)
    except KeyReused as reused:
        return again(status=422, said_at=reused.result)
    flash(str(DONE[verb]), "ok")
    return done(joint_services.address_of(number))


# --- receipt, lists, the public --------------------------------------------------------------------------------------------------


@bp.get("/joint/<number>/receipt")
@staff
def receipt(number: str) -> Response:
    """The one receipt: one number, one code, one day (C-26)."""
    at = joint_queries.get_board_for(current_user, number, page.clock().now())
    if at.is_name_clear:
        actor, clock, found, joint_id = current_user._get_current_object(), page.clock(), at.case.number, at.case.id
        seen.later(lambda: joint_services.record_look(found, joint_id, actor=actor, clock=clock))
    shown = joint_queries.package(at.case.county_id, at.package.code, page.clock().today())
    ticked = set(at.events[0].payload.get("got", ()))
    lines = [line for line in joint_queries.one_list(shown, shown.chosen(at.case.answers)) if line.field in ticked]
    link = f"{current_app.config['PUBLIC_URL']}/joint/track/{at.case.tracking_code}"
    return make_response(
        render_template(
            "cases/joint_receipt.html", board=at, case=at.case, lines=lines, link=link, qr=pictures.qr_code(link), spaced_code=pages.spaced(at.case.tracking_code)
        )
    )


def box(person: SignedIn, _today: date) -> list[MoreBox]:
    """Beside the boxes of the worklist: the branches that wait for the person's windows, where there are any."""
    count = joint_queries.waiting_branches(person)
    return [MoreBox(_("Branches that wait for my window"), count, "/joint/waiting")] if count else []


@bp.get("/joint/waiting")
@staff
def waiting() -> Response:
    """The joint branches that wait for my windows, and the joint cases that they lead."""
    lines, following = joint_queries.list_waiting(current_user, _cursor(request.args.get("after", "")))
    older = f"/joint/waiting?after={following[0].isoformat()}.{following[1]}" if following else None
    return make_response(
        render_template(
            "cases/joint_waiting.html", lines=lines, older=older, number=joint_queries.waiting_branches(current_user), led=joint_queries.list_led(current_user)
        )
    )


def _cursor(text: str) -> tuple[date, int] | None:
    if not text:
        return None
    day, _dot, number = text.partition(".")
    try:
        return date.fromisoformat(day), int(number) if number.isascii() and len(number) < 10 else abort(404)
    except ValueError:
        abort(404)


@bp.get("/joint/track/<code>")
@public
def track(code: str) -> Response:
    """Where the whole stands: one day, the branches by their matter, no name (C-18, C-26)."""
    at = joint_queries.by_code(g.county.id, code, page.clock().now())
    g.is_private = True
    missing = []
    for asked in at.now.asked if at.now.notified_at is not None else ():
        each = at.branch(asked.branch)
        if each.branch.state is State.NOTICED:
            names = {str(material.seq): named(material) for material in each.materials}
            missing += [(names.get(code_, code_), why) for code_, why in asked.missing]
    return make_response(
        render_template(
            "cases/joint_track.html", board=at, case=at.case, package=at.package, stands=at.stands, missing=missing, outcome=words.OUTCOMES.get(at.outcome),
            lines=[(named(each.version), words.RESULTS[each.result] if each.result is not None else pages.state_of_row(each.case, at.today), each.result) for each in at.branches],
            spaced_code=pages.spaced(at.case.tracking_code), is_over=at.stands in (Stands.READY, Stands.ENDED),
        )
    )  # fmt: skip


@bp.get("/manage/joint")
@roles(*READERS)
def usage() -> Response:
    """The two usage rates of a year, and what could have been joint and was not, with why (C-10)."""
    this = page.clock().today().year
    text = request.args.get("year", "")
    year = int(text) if text.isascii() and text.isdecimal() and len(text) == 4 and 2019 <= int(text) <= this else this
    return make_response(
        render_template("cases/joint_usage.html", usage=joint_queries.usage(current_user.county_id, year), year=year, this_year=this, whys=words.WHY_NOT)
    )
