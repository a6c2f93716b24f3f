"""People beside the applicant: one page that says who, and a page for each act (C-28)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Response, make_response, render_template
from flask_login import current_user

from portal.accounts import queries as accounts
from portal.cases import beside_forms as forms
from portal.cases import beside_queries, beside_services, queries, services
from portal.cases.pressing import Given, act_of, press
from portal.cases.services import Applicant
from portal.database import NotFound
from portal.i18n import _lp, named
from portal.rules.authority import Act
from portal.rules.decision import Decision
from portal.web import page, seen
from portal.web.access import staff
from portal.web.forms import Form
from portal.web.once import new_key

bp = Blueprint("beside", __name__)


@dataclass(frozen=True, slots=True)
class _Step:
    """An act: its heading, what it means, its button, its form, and what is done with it."""

    heading: Any
    text: Any
    button: Any
    form: type[Form]
    do: Callable[[str, Any, Given], object]


def _number(value: Any) -> int:
    text = str(value or "")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise NotFound(text)
    return int(text)


def _who(form: Any) -> Applicant:
    return Applicant(form.name.data, form.number.data or "", form.phone.data or "")


_S = beside_services
STEPS: dict[Act, _Step] = {
    Act.NAME_AGENT: _Step(
        _lp("beside", "Name an agent"), _lp("beside", "Without a power of attorney nobody signs for the applicant."), _lp("button", "Enter"),
        forms.AgentForm, lambda n, f, g: _S.name_agent(n, _who(f), f.scope.data, f.until.data, f.paper.data, **g),
    ),
    Act.END_AGENT: _Step(
        _lp("beside", "End an agent's power"), _lp("beside", "The applicant can do this at any time."), _lp("button", "End it"),
        forms.EndAgentForm, lambda n, f, g: _S.end_agent(n, _number(f.who.data), f.reason.data, **g),
    ),
    Act.TELL_PARTY: _Step(
        _lp("beside", "Tell an interested party"),
        _lp("beside", "Whose interests the decision touches directly is told and may say something; until then nothing is decided."),
        _lp("button", "Told"), forms.PartyForm, lambda n, f, g: _S.tell_party(n, _who(f), f.how.data, f.until.data, **g),
    ),
    Act.HEAR_PARTY: _Step(
        _lp("beside", "Hear an interested party"), _lp("beside", "Write down what was said."), _lp("button", "Enter"),
        forms.HeardForm, lambda n, f, g: _S.hear_party(n, _number(f.who.data), f.says.data or "", waives=f.waives.data, **g),
    ),
    Act.ASK_HEARING: _Step(
        _lp("beside", "A hearing is asked for"),
        _lp("beside", "Within five working days after being told; it is held within twenty working days, and nothing is decided before."),
        _lp("button", "Enter"), forms.AskHearingForm, lambda n, f, g: _S.ask_hearing(n, f.by.data, f.asked_on.data, **g),
    ),
    Act.SET_HEARING: _Step(
        _lp("beside", "Announce the hearing"), _lp("beside", "Seven days ahead at least; who reviewed the case does not chair it."),
        _lp("button", "Announce"), forms.SetHearingForm, lambda n, f, g: _S.set_hearing(n, f.on.data, f.place.data, _number(f.who.data), **g),
    ),
    Act.HOLD_HEARING: _Step(
        _lp("beside", "The hearing was held"), _lp("beside", "Its minutes are signed by those who took part; the decision rests on them."),
        _lp("button", "Enter"), forms.HeldForm, lambda n, f, g: _S.hold_hearing(n, f.minutes.data, **g),
    ),
    Act.CHECK_SITE: _Step(
        _lp("beside", "Site check"), _lp("beside", "By two officers of the body, with a signed record."), _lp("button", "Enter"),
        forms.SiteForm,
        lambda n, f, g: _S.check_site(n, f.on.data, f.place.data, [_number(f.who.data), _number(f.other.data)], f.finding.data, **g),
    ),
}  # fmt: skip


@bp.get("/cases/<number>/people")
@staff
def people(number: str) -> Response:
    """Agents, interested parties, hearings and site checks of a case."""
    view = queries.get_case_for(current_user, number, page.clock().now())
    if view.is_name_clear and (view.beside.agents or view.beside.parties):
        actor, clock, case_id = current_user._get_current_object(), page.clock(), view.case.id
        seen.later(lambda: services.record_look(number, case_id, actor=actor, clock=clock))
    facts = view.beside
    ids = [agent.person_id for agent in facts.agents] + [party.person_id for party in facts.parties]
    officers = {hearing.chair_id for hearing in facts.hearings if hearing.chair_id} | {who for check in facts.checks for who in check.officers}
    return make_response(
        render_template(
            "cases/beside.html", view=view, case=view.case, facts=facts, today=page.clock().today(),
            names=beside_queries.names_of(view.case.county_id, ids, clear=view.is_name_clear), staff=accounts.accounts_by_id(officers),
            steps=[(act.value, step.heading) for act, step in STEPS.items() if view.may(act)],
        )
    )  # fmt: skip


def _page(number: str, act: Act, form: Any, *, status: int = 200, problem: Decision | None = None, is_stale: bool = False, said_at: str = "") -> Response:
    view = queries.get_case_for(current_user, number, page.clock().now())
    if form.key.data in (None, "") or status != 200:
        form.key.data = new_key()
    form.version.data = str(view.case.version)
    if act in (Act.SET_HEARING, Act.CHECK_SITE):
        officers = beside_queries.officers_of(view.case.county_id, view.item.responsible_body, page.clock().today())
        choices = [("", "—"), *((str(each), named(officer.account) + (f" {officer.certificate}" if officer.certificate else "")) for each, officer in officers.items())]
        form.who.choices = choices
        if act is Act.CHECK_SITE:
            form.other.choices = choices
    elif act in (Act.END_AGENT, Act.HEAR_PARTY):
        rows = [(row.seq, row.person_id) for row in view.beside.agents]
        if act is Act.HEAR_PARTY:
            rows = [(row.seq, row.person_id) for row in view.beside.parties]
        names = beside_queries.names_of(view.case.county_id, [person_id for _seq, person_id in rows], clear=view.is_name_clear)
        form.who.choices = [("", "—"), *((str(seq), names.get(person_id, "")) for seq, person_id in rows)]
    step = STEPS[act]
    body = render_template(
        "cases/beside_step.html", view=view, case=view.case, act=act.value, form=form, heading=step.heading, text=step.text, button=step.button,
        may=view.may(act), problem=problem, is_stale=is_stale, said_at=said_at,
    )  # fmt: skip
    return make_response(body, status)


@bp.get("/cases/<number>/people/<verb>")
@staff
def form(number: str, verb: str) -> Response:
    """The page of one act, or why it cannot be done now."""
    act = act_of(verb, STEPS)
    return _page(number, act, STEPS[act].form(formdata=None))


@bp.post("/cases/<number>/people/<verb>")
@staff
def act(number: str, verb: str) -> Response:
    """Do it; else the same page with what was typed, and why."""
    act = act_of(verb, STEPS)
    step = STEPS[act]
    sent = step.form()
    then = services.address_of(number) + "/people"
    return press(number, sent, step.do, partial(_page, number, act, sent), said=step.heading, then=then)
