"""Acts of agent service: consent, its withdrawal, what was carried, the result handed over at home (C-14). Events hold ids and codes only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from sqlalchemy import select

from portal.accounts import services as accounts
from portal.accounts.queries import SignedIn
from portal.audit import Actor, record
from portal.cases import agent_queries, queries
from portal.cases.agent_models import AgentService
from portal.cases.course_services import APPLICANT
from portal.cases.models import Case, CaseEvent
from portal.cases.queries import CaseView
from portal.cases.services import Open, _open, address_of
from portal.clock import Clock
from portal.database import NotFound, Once, Transaction
from portal.network.models import Window
from portal.rules import agent_service as rules
from portal.rules.agent_service import Errand, Form, Service
from portal.rules.authority import Act
from portal.rules.lifecycle import EventKind
from portal.rules.moments import civil_date


@contextmanager
def _opened(act: Act, number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Iterator[tuple[Open, Service]]:
    """The case locked, for whoever acts at the holder or from the room whose worker carries."""
    seen = queries.load(queries.case_for(actor, number, clock.today()), clock.now())
    room = agent_queries.acting_from(actor, seen.case, agent_queries.service_of(seen))
    with _open(act, number, version=version, actor=actor, clock=clock, once=once, by=room) as at:
        yield at, agent_queries.service_of(at.view)
        at.tx.result = address_of(number) + "/agent"


def _known(at: Open, codes: Collection[str]) -> list[str]:
    """The codes as they stand on the item's list; NotFound for one that does not."""
    listed = [str(row.seq) for row in queries.materials_of(at.view.version.id)]
    if not set(codes) <= set(listed):
        raise NotFound("a paper that is not on the list")
    return [code for code in listed if code in codes]


def consent(
    number: str, papers: Collection[str], result: bool, signs: str, area: str, until: date | None, *, version: int, actor: SignedIn,
    clock: Clock, once: Once | None,
) -> Case:  # fmt: skip
    """Write down what the applicant consents to, by the signed form; the holder does it. A new consent takes the place of the one before."""
    with _opened(Act.CONSENT, number, version=version, actor=actor, clock=clock, once=once) as (at, _service):
        at.view.may(Act.CONSENT).or_raise()
        agents = at.view.beside.agents
        permission = rules.may_consent(papers, result, signs, until, at.view.today, agents).or_raise()
        assert until is not None
        said = {"papers": _known(at, papers), "result": result, "signs": signs, "agent": permission.facts["agent"], "area": area}
        return at.append_sorted(EventKind.CONSENT_GIVEN, APPLICANT, {**said, "until": until.isoformat()})


def end_consent(number: str, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """The applicant withdraws the consent; at any time, at the holder or at the room."""
    with _opened(Act.END_CONSENT, number, version=version, actor=actor, clock=clock, once=once) as (at, service):
        at.view.may(Act.END_CONSENT).or_raise()
        rules.may_end_consent(service, at.view.today).or_raise()
        return at.append_sorted(EventKind.CONSENT_ENDED, APPLICANT, {"reason": reason})


def carry(
    number: str, errand: Errand, papers: Sequence[tuple[str, Form]], on: date | None, to_window: int | None, *, version: int,
    actor: SignedIn, clock: Clock, once: Once | None,
) -> Case:  # fmt: skip
    """Write down an errand: papers fetched, handed in at a window, or originals given back."""
    with _opened(Act.CARRY, number, version=version, actor=actor, clock=clock, once=once) as (at, service):
        permission = at.view.may(Act.CARRY).or_raise()
        is_open = not at.now.state.is_closed
        if to_window is not None and to_window not in windows_of(at.view):
            raise NotFound(f"window {to_window}")
        rules.may_carry(service, errand, papers, on, at.view.today, to_window=to_window, is_open=is_open).or_raise()
        assert on is not None
        _known(at, {code for code, _form in papers})
        said: dict[str, object] = {
            "errand": errand.value, "papers": [{"code": code, "form": form.value} for code, form in papers], "on": on.isoformat(),
        }  # fmt: skip
        if errand is Errand.BROUGHT:
            said["to_window_id"] = to_window
        return at.append(permission, said)


def windows_of(view: CaseView) -> list[int]:
    """The windows on the way of a case where papers can be handed in, the one where it is now or goes to first; rooms are none."""
    now = view.now
    ways = [now.addressed_window_id, now.holder_window_id, *(stay.window_id for stay in reversed(now.stays))]
    places = queries.places_of([each for each in ways if each])
    return [each for each in dict.fromkeys(ways) if each is not None and each in places and not places[each].level.is_room]


def deliver(
    number: str, to: str, name: str, note: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> Case:
    """Hand over the result at home, against the signature of who takes it; the case is closed."""
    with _opened(Act.DELIVER, number, version=version, actor=actor, clock=clock, once=once) as (at, service):
        permission = at.view.may(Act.DELIVER).or_raise()
        rules.may_deliver_home(service, to, name, at.view.today).or_raise()
        took = None
        if to != "applicant":
            took = accounts.register_person(at.tx, at.case.county_id, "natural", name, actor=at.actor.actor).id
        return at.append(permission, {"to": to, "note": note, "at_home": True, "taken_by": took})


# --- what is kept -----------------------------------------------------------------------------------------------------------------


def keep_service(tx: Transaction, view: CaseView, event: CaseEvent) -> None:
    """Write the row of the agent service as the events say now: `after_event` of cases. The record has it as the act."""
    if not agent_queries.has_service(view):
        return
    service, case, today = agent_queries.service_of(view), view.case, civil_date(tx.now)
    consent = service.consent
    assert consent is not None
    row = tx.session.scalar(select(AgentService).where(AgentService.case_id == case.id))
    if row is None:
        window_id = agent_queries.room_of(case, service)
        row = AgentService(county_id=case.county_id, case_id=case.id, window_id=window_id, point_id=tx.session.get_one(Window, window_id).point_id)
        tx.session.add(row)
    values = {
        "area": consent.area, "is_live": not view.now.state.is_closed or bool(service.kept), "consented_on": consent.on,
        "consents_until": None if consent.ended_on is not None else consent.until, "brings_result": consent.result,
        "keeps_until": service.keeps_until, "trips": service.trips_saved, "home_on": service.home_on,
        "kept_late": sum(each.passed_on is not None and each.is_late(today) for each in service.originals),
    }  # fmt: skip
    for name, value in values.items():
        setattr(row, name, value)
    tx.session.flush()


def compute_anew(tx: Transaction, county_id: int, actor: Actor) -> None:
    """The calendar changed: until when workers may keep the originals that they have; each day that moves is recorded."""
    query = select(AgentService, Case).join(Case, Case.id == AgentService.case_id)
    for row, case in tx.session.execute(query.where(AgentService.county_id == county_id, AgentService.keeps_until.is_not(None)).order_by(Case.id)).all():
        until = agent_queries.service_of(queries.load(case, tx.now)).keeps_until
        if until != row.keeps_until:
            record(tx, actor, "agent_service.compute_anew", f"case:{case.number}", keeps_until=[row.keeps_until, until])
            row.keeps_until = until
            tx.session.flush()
