"""Agent service: the page of a case, a page for each act, the form to sign, the worker's day, the rooms (C-14)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_login import current_user

from portal.accounts import queries as accounts
from portal.cases import agent_forms as forms
from portal.cases import agent_queries, agent_services, beside_queries, pages, queries, services
from portal.cases.pressing import Given, act_of, press
from portal.cases.queries import CaseView
from portal.i18n import _l, _lp
from portal.rules import agent_service as rules
from portal.rules.agent_service import Errand, Service, Visit
from portal.rules.agent_service import Form as PaperForm
from portal.rules.authority import Act
from portal.rules.decision import Decision
from portal.web import page, seen
from portal.web.access import roles, staff
from portal.web.forms import Form
from portal.web.once import new_key

bp = Blueprint("agents", __name__)

READERS = ("manager", "dept_head", "leader", "center", "supervisor", "auditor")
VISITS = {
    Visit.GIVE_BACK: _lp("visit", "Originals to pass on or give back"), Visit.RESULT: _lp("visit", "Result to bring home"),
    Visit.SUPPLEMENT: _lp("visit", "Supplement to fetch"), Visit.CONSENT_ENDS: _lp("visit", "Consent ends"),
}  # fmt: skip
FORMS = {PaperForm.ORIGINAL: _lp("agent", "original"), PaperForm.COPY: _lp("agent", "copy")}


def _navigation() -> list[tuple[str, Any, int | None]]:
    return [("/agents/day", _lp("nav", "Visits"), None)] if any(each.post == "agent" for each in current_user.postings) else []


def _management() -> list[tuple[str, Any, Any]]:
    if current_user.role not in READERS:
        return []
    return [("/manage/agents", _lp("nav", "Agent service"), _l("What village workers carried for people, the trips that this saved, and originals kept too long."))]


page.navigation.append(_navigation)
page.management.append(_management)


@dataclass(frozen=True, slots=True)
class _Step:
    """An act: its heading, what it means, its button, its form, and what is done with it."""

    heading: Any
    text: Any
    button: Any
    form: type[Form]
    do: Callable[[str, Any, Given], object]


def _boxes(prefix: str) -> list[str]:
    return sorted({name.removeprefix(prefix) for name in request.form if name.startswith(prefix)})


def _papers() -> list[tuple[str, PaperForm]]:
    return [(code, form) for form in PaperForm for code in _boxes(f"{form.value}-")]


def _where(form: Any) -> int | None:
    return int(form.where.data) if form.where.data else None


_S = agent_services
STEPS: dict[Act, _Step] = {
    Act.CONSENT: _Step(
        _lp("agent", "Write down a consent"),
        _lp("agent", "As it stands on the signed form. The service costs nothing, and the worker signs for nobody."), _lp("button", "Enter"),
        forms.ConsentForm,
        lambda n, f, g: _S.consent(n, _boxes("paper-"), f.result.data, f.signs.data or "", f.area.data or "", f.until.data, **g),
    ),
    Act.END_CONSENT: _Step(
        _lp("agent", "The consent is withdrawn"), _lp("agent", "The applicant can do this at any time and need not say why."),
        _lp("button", "Withdraw it"), forms.EndConsentForm, lambda n, f, g: _S.end_consent(n, f.reason.data or "", **g),
    ),
    Act.CARRY: _Step(
        _lp("agent", "Write down what was carried"),
        _lp("agent", "Originals stay with the worker for three working days at most: hand them in, or give them back."), _lp("button", "Enter"),
        forms.CarryForm, lambda n, f, g: _S.carry(n, Errand(f.errand.data), _papers(), f.on.data, _where(f), **g),
    ),
    Act.DELIVER: _Step(
        _lp("agent", "Hand over the result at home"), _lp("agent", "Whoever takes it signs the proof of delivery. The case is closed then."),
        _lp("button", "Handed over and signed"), forms.HomeForm,
        lambda n, f, g: _S.deliver(n, f.to.data, f.name.data or "", f.note.data or "", **g),
    ),
}  # fmt: skip


def _may(view: CaseView, service: Service, act: Act) -> Decision:
    """May this be done now, as far as no form has to be read: the state and the power, then the consent."""
    answer = view.may(act)
    if not answer or act is Act.CONSENT:
        return answer
    today = view.today
    if act is Act.END_CONSENT:
        mine = rules.may_end_consent(service, today)
    elif act is Act.DELIVER:
        mine = rules.may_deliver_home(service, "applicant", "", today)
    else:
        mine = Decision.yes() if service.kept else rules.may_end_consent(service, today)
    return answer if mine else mine


def _look(view: CaseView) -> None:
    actor, clock, number, case_id = current_user._get_current_object(), page.clock(), view.case.number, view.case.id
    seen.later(lambda: services.record_look(number, case_id, actor=actor, clock=clock))


@bp.get("/cases/<number>/agent")
@staff
def service(number: str) -> Response:
    """The agent service of a case: consent, what was carried, what is with the worker, trips saved."""
    view, found = agent_queries.get_service_for(current_user, number, page.clock().now())
    if view.is_name_clear and found.taken_by is not None:
        _look(view)
    windows = {each.to_window_id for each in found.errands if each.to_window_id} | {each.window_id for each in found.consents}
    taker = beside_queries.names_of(view.case.county_id, [found.taken_by], clear=view.is_name_clear) if found.taken_by else {}
    return make_response(
        render_template(
            "cases/agent.html", view=view, case=view.case, service=found, today=view.today, taker=taker.get(found.taken_by or 0, ""),
            materials={str(each.seq): each for each in view.materials}, errands=forms.ERRANDS, forms=FORMS, consent=found.consent_on(view.today),
            places={key: pages.place_name(place) for key, place in queries.places_of(windows).items()},
            staff=accounts.accounts_by_id({each.actor_id for each in found.errands if each.actor_id}),
            steps=[(act.value, step.heading) for act, step in STEPS.items() if _may(view, found, act)],
        )
    )  # fmt: skip


@bp.get("/cases/<number>/agent/form")
@staff
def paper(number: str) -> Response:
    """The consent before its signature, on half a sheet."""
    view, _found = agent_queries.get_service_for(current_user, number, page.clock().now())
    if view.now.state.is_closed:
        abort(404)
    if view.is_name_clear:
        _look(view)
    place = view.places.get(view.now.holder_window_id)
    body = render_template("cases/agent_form.html", view=view, case=view.case, spot=place, agents=[each for each in view.beside.agents if each.holds_on(view.today)])
    return make_response(body)


def _page(number: str, act: Act, form: Any, *, status: int = 200, problem: Decision | None = None, is_stale: bool = False, said_at: str = "") -> Response:
    view, found = agent_queries.get_service_for(current_user, number, page.clock().now())
    if form.key.data in (None, "") or status != 200:
        form.key.data = new_key()
    form.version.data = str(view.case.version)
    if act is Act.CARRY:
        form.where.choices = _windows(view)
    if request.method == "GET":
        if act is Act.CONSENT:
            form.until.data = view.today + timedelta(days=90)
        elif act is Act.CARRY:
            form.on.data = view.today
    step = STEPS[act]
    consent = found.consent
    wanted = [each for each in view.materials if act is Act.CONSENT or (consent is not None and str(each.seq) in consent.papers)]
    ticked = set(request.form) if request.method == "POST" else {f"paper-{each.seq}" for each in wanted} if act is Act.CONSENT else set()
    body = render_template(
        "cases/agent_step.html", view=view, case=view.case, act=act.value, form=form, step=step, may=_may(view, found, act), problem=problem,
        is_stale=is_stale, said_at=said_at, papers=wanted if act in (Act.CONSENT, Act.CARRY) else [], ticked=ticked, forms=FORMS,
    )  # fmt: skip
    return make_response(body, status)


def _windows(view: CaseView) -> list[tuple[str, Any]]:
    places = queries.places_of(agent_services.windows_of(view))
    return [("", "—"), *((str(each), pages.place_name(places[each])) for each in agent_services.windows_of(view))]


@bp.get("/cases/<number>/agent/<verb>")
@staff
def form(number: str, verb: str) -> Response:
    """The page of one act, or why it cannot be done now."""
    act = act_of(verb, STEPS)
    return _page(number, act, STEPS[act].form(formdata=None))


@bp.post("/cases/<number>/agent/<verb>")
@staff
def act(number: str, verb: str) -> Response:
    """Do it; else the same page with what was typed, and why."""
    act = act_of(verb, STEPS)
    step = STEPS[act]
    sent: Any = step.form()
    if act is Act.CARRY:
        sent.where.choices = _windows(queries.load(queries.case_for(current_user, number, page.clock().today()), page.clock().now()))
    return press(number, sent, step.do, partial(_page, number, act, sent), said=step.heading, then=services.address_of(number) + "/agent")


# --- the worker's day, the rooms -----------------------------------------------------------------------------------------------------


def _after() -> tuple[str, int, int] | None:
    """Where the page begins: case and applicant by number, the area as it is; anything else is no such page."""
    text = request.args.get("after", "")
    if not text:
        return None
    case_id, _dot, rest = text.partition(".")
    applicant_id, _dot, area = rest.partition(".")
    if not all(each.isascii() and each.isdigit() and len(each) < 10 for each in (case_id, applicant_id)) or len(area) > 40:
        abort(404)
    return area, int(applicant_id), int(case_id)


@bp.get("/agents/day")
@staff
def day() -> Response:
    """Whom the village worker visits today and why, by area and household."""
    rooms = agent_queries.rooms_of(current_user)
    today, ids = page.clock().today(), [room.id for room in rooms]
    after = _after()
    households, following = agent_queries.list_day(ids, today, after=after) if rooms else ([], None)
    figures = agent_queries.figures_of(ids, today) if rooms else None
    older = {"after": f"{following[2]}.{following[1]}.{following[0]}"} if following else None
    return make_response(
        render_template("cases/agents_day.html", rooms=rooms, households=households, figures=figures, older=older, paged=after is not None, visits=VISITS)
    )


@bp.get("/manage/agents")
@roles(*READERS)
def rooms() -> Response:
    """Per room: cases with a consent, trips saved, results brought home; and the originals that are kept too long."""
    today = page.clock().today()
    found, following = agent_queries.list_rooms(current_user.county_id, today, after=request.args.get("after", "")[:20])
    late = agent_queries.list_kept_late(current_user.county_id, today)
    return make_response(
        render_template("cases/agents_rooms.html", rooms=found, older=following, late=late, limit=queries.leg_limits(current_user.county_id, today).originals.number)
    )
