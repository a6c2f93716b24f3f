"""Each act of the course of a case on a page of its own: what it does, its form, one button. GET shows, POST does.

`/cases/<number>/act/<verb>` for windows and offices alike: the Decision that lists the act on the case guards the page and the POST.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask_login import current_user

from portal.cases import course_forms as forms
from portal.cases import course_queries, course_services, pages, queries, routing_services, services
from portal.cases.course_words import FILED, WORDS
from portal.cases.pressing import Given, act_of, press
from portal.i18n import _, told
from portal.rules.authority import OFFICE_NEEDS, Act
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.lifecycle import FilingKind
from portal.rules.moments import SHANGHAI
from portal.web import page
from portal.web.access import roles, staff
from portal.web.forms import Form
from portal.web.once import new_key

bp = Blueprint("course", __name__)
READERS = ("center", "manager", "supervisor", "dept_head", "leader", "auditor")


@dataclass(frozen=True, slots=True)
class _Step:
    """An act's form, and what is done with it: number, form, what every service is given."""

    form: type[Form]
    do: Callable[[str, Any, Given], object]


def _boxes(prefix: str) -> list[str]:
    """The codes of the ticked boxes of this name, in the order in which they came."""
    return [name.removeprefix(prefix) for name in request.form if name.startswith(prefix) and name.removeprefix(prefix).isdecimal()]


def _missing(form: Any) -> dict[str, str]:
    """Each ticked material with why it is missing."""
    words = form.why.words
    return {code: words.get(code, "") for code in _boxes("miss-")}


def _point(number: str, form: Any) -> str:
    """The review point that was chosen, if the item has it."""
    points = queries.review_points_of(queries.case_for(current_user, number, page.clock().today()).version_id)
    return str(form.point.data) if form.point.data in {told(point) for point in points} else ""


def _correct(number: str, form: Any, given: Given) -> object:
    seq, _dot, name = str(form.what.data or "").partition(".")
    value = form.value(name)
    if not seq.isdecimal() or len(seq) > 6 or value is None:
        raise NotAllowed(Decision.no(Reason.NOTHING_TO_CORRECT, rule="C-2"))
    if name == "at":
        day, clock = value
        try:
            value = datetime.combine(day, time.fromisoformat(clock or "00:00"), SHANGHAI).isoformat()
        except ValueError:
            raise NotAllowed(Decision.no(Reason.NOTHING_TO_CORRECT, rule="C-2")) from None
    return course_services.correct(number, int(seq), name, value, form.reason.data, **given)


_S = course_services
STEPS: Mapping[Act, _Step] = {
    Act.NOTICE: _Step(forms.NoticeForm, lambda n, f, g: _S.notice(n, _missing(f), **g)),
    Act.OPEN_NOTICE: _Step(forms.ReasonForm, lambda n, f, g: _S.open_notice(n, f.reason.data, **g)),
    Act.SUPPLEMENT: _Step(forms.SupplementForm, lambda n, f, g: _S.supplement(n, _boxes("got-"), **g)),
    Act.JUDGE_SUPPLEMENT: _Step(forms.SupplementForm, lambda n, f, g: _S.judge_supplement(n, _boxes("got-"), **g)),
    Act.TURN_AWAY: _Step(forms.TurnAwayForm, lambda n, f, g: _S.turn_away(n, f.why.data, f.ground.data, f.whose.data or "", **g)),
    Act.FILE_NOT_ACCEPT: _Step(
        forms.FileForm, lambda n, f, g: _S.file(n, FilingKind.NOT_ACCEPT, ground=f.ground.data, basis=f.basis.data, **g)
    ),
    Act.NOT_ACCEPT: _Step(forms.NotAcceptNowForm, lambda n, f, g: services.not_accept(n, f.ground.data or "", f.basis.data or "", **g)),
    Act.FILE_REFUSE: _Step(
        forms.FileRefusalForm,
        lambda n, f, g: _S.file(
            n, FilingKind.REFUSE, ground=f.ground.data, basis=f.basis.data, point=_point(n, f), heard=f.heard.data, **g
        ),
    ),
    Act.REFUSE: _Step(forms.PressForm, lambda n, f, g: services.decide(n, "refused", "", **g)),
    Act.FILE_LATE: _Step(forms.FileLateForm, lambda n, f, g: _S.file(n, FilingKind.LATE, ground=f.ground.data, basis="", **g)),
    Act.SEND_BACK: _Step(forms.ReasonForm, lambda n, f, g: _S.send_back(n, f.reason.data, **g)),
    Act.PASS_FILING: _Step(forms.PressForm, lambda n, f, g: _S.pass_filing(n, **g)),
    Act.STOP: _Step(
        forms.StopForm, lambda n, f, g: _S.stop(n, f.cause.data, str(f.article.data or ""), f.until.data, f.note.data, **g)
    ),
    Act.END_STOP: _Step(forms.EndStopForm, lambda n, f, g: _S.end_stop(n, f.ended_on.data, f.note.data or "", **g)),
    Act.EXTEND: _Step(forms.ReasonForm, lambda n, f, g: _S.extend(n, f.reason.data, **g)),
    Act.OPEN_URGENT: _Step(forms.UrgentForm, lambda n, f, g: _S.open_urgent(n, f.ground.data, f.note.data, **g)),
    Act.END_URGENT: _Step(forms.ReasonForm, lambda n, f, g: _S.end_urgent(n, f.reason.data, **g)),
    Act.PUT_ON_HOLD: _Step(forms.ReasonForm, lambda n, f, g: _S.put_on_hold(n, f.reason.data, **g)),
    Act.END_HOLD: _Step(forms.PressForm, lambda n, f, g: _S.end_hold(n, **g)),
    Act.FORWARD: _Step(forms.ForwardForm, lambda n, f, g: _S.forward(n, f.to.data, **g)),
    Act.WITHDRAW: _Step(forms.ReasonForm, lambda n, f, g: _S.withdraw(n, f.reason.data, **g)),
    Act.TERMINATE: _Step(forms.TerminateForm, lambda n, f, g: _S.terminate(n, f.ground.data, f.note.data, **g)),
    Act.ROUTE: _Step(forms.RouteForm, lambda n, f, g: routing_services.route(n, f.target, f.reason.data, **g)),
    Act.VOID: _Step(forms.ReasonForm, lambda n, f, g: _S.void(n, f.reason.data, **g)),
    Act.CORRECT: _Step(forms.CorrectForm, _correct),
}


def _may(view: queries.CaseView, act: Act) -> Decision:
    return view.may_by_office(act) if act in OFFICE_NEEDS else view.may(act)


def _page(
    number: str, act: Act, form: Any, *, status: int = 200, problem: Decision | None = None, is_stale: bool = False, said_at: str = ""
) -> Response:
    view = queries.get_case_for(current_user, number, page.clock().now())
    if form.key.data in (None, "") or status != 200:
        form.key.data = new_key()
    form.version.data = str(view.case.version)
    heading, text, button, _done = WORDS[act]
    if act is Act.STOP:
        form.article.choices = [("", "—"), *((each, each) for each in view.terms.stop_articles)]
    if act is Act.ROUTE:
        form.to.choices = [("", "—"), *pages.routes_to(view)]
    if act is Act.FILE_REFUSE:
        points = [told(point) for point in view.version.review_points or []]
        form.point.choices = [("", "—"), *((point, point) for point in points)]
    if act is Act.CORRECT:
        form.what.choices = [("", "—"), *pages.correctable(view)]
    wanted = {Act.NOTICE: None, Act.SUPPLEMENT: view.now.missing or view.now.undertaken, Act.JUDGE_SUPPLEMENT: view.now.missing}.get(act, ())
    passed = view.now.filing_passed(FilingKind.NOT_ACCEPT if act is Act.NOT_ACCEPT else FilingKind.REFUSE)
    body = render_template(
        "cases/step.html", view=view, case=view.case, act=act.value, form=form, heading=heading, text=text, button=button,
        may=_may(view, act), problem=pages.readable(problem, view), is_stale=is_stale, said_at=said_at,
        materials=[row for row in view.materials if wanted is None or str(row.seq) in wanted], got=view.got, brought=set(view.now.brought),
        ticked=set(request.form) if request.method == "POST" else None,
        shows_article=act is Act.STOP and bool(view.terms.stop_articles),
        shows_point=act is Act.FILE_REFUSE and bool(view.version.review_points),
        filing=passed or view.now.filing_waiting if act in (Act.REFUSE, Act.NOT_ACCEPT, Act.SEND_BACK, Act.PASS_FILING) else None,
        filed_words=FILED, is_passed=passed is not None,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/cases/<number>/act/<verb>")
@staff
def form(number: str, verb: str) -> Response:
    """The page of one act: what it does and its form, or why it cannot be done now."""
    act = act_of(verb, STEPS)
    return _page(number, act, STEPS[act].form(formdata=None))


@bp.post("/cases/<number>/act/<verb>")
@staff
def act(number: str, verb: str) -> Response:
    """Do it; else the same page with what was typed, and why."""
    act = act_of(verb, STEPS)
    sent = STEPS[act].form()
    again = partial(_page, number, act, sent)
    return press(number, sent, STEPS[act].do, again, said=WORDS[act][3], then=services.address_of(number))


@bp.get("/cases/<number>/why")
@staff
def why(number: str) -> Response:
    """Why these dates: every day of every running limit, with its reason (C-4, C-22)."""
    view = queries.get_case_for(current_user, number, page.clock().now())
    above = [("/work", _("Work")), (services.address_of(number), number)]
    return make_response(render_template("cases/why.html", version=view.version, number=number, clocks=pages.why_dates(view), above=above))


# --- lists ----------------------------------------------------------------------------------------------------------------------------


@bp.get("/manage/refusals")
@roles("center", "manager", "supervisor", "dept_head", "leader", "chief", "auditor")
def refusals() -> Response:
    """The register of refusals: what was filed, what became of it, what waits for the center (C-9)."""
    only = request.args.get("state", "")
    today = page.clock().today()
    only = only if only in course_queries.FILING_STATES else ""
    lines, older = course_queries.list_filings(current_user, only, today, before=page.cursor("before"))
    return make_response(
        render_template(
            "cases/refusals.html", lines=lines, states=course_queries.FILING_STATES, state=only, older=older, words=FILED,
            waiting=course_queries.count_waiting(current_user, today), today=today,
        )
    )  # fmt: skip


@bp.get("/manage/clocks")
@roles(*READERS)
def clocks() -> Response:
    """What stands, what was put aside, what is urgent, and the stopped days of each window (C-13, C-22)."""
    today = page.clock().today()
    lists = course_queries.list_exceptions(current_user, today)
    return make_response(
        render_template("cases/clocks.html", lists=lists, windows=course_queries.stop_days(current_user, today.year), year=today.year)
    )


page.management.append(
    lambda: [
        ("/manage/refusals", _("Register of refusals"), _("What was filed with the center, and what waits")),
        ("/manage/clocks", _("Clocks"), _("Stopped, put aside, urgent; stopped days of each window")),
    ]
)


@bp.app_template_filter("filed")
def filed_word(code: str) -> Any:
    """The word of a kind of filing."""
    return FILED[FilingKind(code)]

