"""Acts with people beside the applicant: agents, interested parties, hearings, site checks (C-28). Their data is sealed; events hold ids only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from portal.accounts import services as accounts
from portal.accounts.queries import SignedIn
from portal.cases import beside_queries
from portal.cases.course_services import APPLICANT
from portal.cases.models import Case
from portal.cases.services import Applicant, Open, _open, address_of
from portal.clock import Clock
from portal.database import NotFound, Once
from portal.rules import hearings
from portal.rules.authority import Act
from portal.rules.hearings import BesideFacts
from portal.rules.lifecycle import EventKind


@contextmanager
def _opened(act: Act, number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Iterator[Open]:
    """The case locked; what is done leads to the page of the people beside the applicant, also when it is sent again (C-16)."""
    with _open(act, number, version=version, actor=actor, clock=clock, once=once) as at:
        yield at
        at.tx.result = address_of(number) + "/people"


def _facts(at: Open) -> BesideFacts:
    return at.view.beside


def _person(at: Open, who: Applicant) -> int:
    return accounts.register_person(at.tx, at.case.county_id, who.kind, who.name, who.number, who.phone, actor=at.actor.actor).id


def name_agent(
    number: str, who: Applicant, scope: str, until: date | None, paper: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> Case:
    """Somebody acts for the applicant, by a power of attorney that says for what and how long (art. 29)."""
    with _opened(Act.NAME_AGENT, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.NAME_AGENT).or_raise()
        hearings.may_name_agent(scope, until, paper, at.view.today).or_raise()
        assert until is not None
        return at.append(permission, {"person": _person(at, who), "scope": scope, "until": until.isoformat(), "paper": paper})


def end_agent(number: str, agent: int, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """The agent's power ends before its day."""
    with _opened(Act.END_AGENT, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.END_AGENT).or_raise()
        if agent not in {each.seq for each in _facts(at).agents}:
            raise NotFound(f"agent {agent}")
        return at.append(permission, {"agent": agent, "reason": reason})


def tell_party(
    number: str, who: Applicant, how: str, until: date | None, *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> Case:
    """Tell an interested party, with the days to say something (art. 36)."""
    with _opened(Act.TELL_PARTY, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.TELL_PARTY).or_raise()
        hearings.may_tell_party(until, at.view.today, at.view.calendar).or_raise()
        assert until is not None
        today = at.view.today.isoformat()
        return at.append(permission, {"person": _person(at, who), "told_on": today, "how": how, "until": until.isoformat()})


def hear_party(
    number: str, party: int, says: str, *, waives: bool = False, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> Case:
    """Write down what an interested party says, or that it has nothing to say (art. 36)."""
    with _opened(Act.HEAR_PARTY, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.HEAR_PARTY).or_raise()
        hearings.may_hear_party(says, waives).or_raise()
        if party not in {each.seq for each in _facts(at).parties}:
            raise NotFound(f"party {party}")
        return at.append(permission, {"party": party, "says": says, "waives": waives})


def ask_hearing(number: str, by: str, asked_on: date | None, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """The applicant or a party asks for a hearing; the holder writes it down (art. 47)."""
    with _opened(Act.ASK_HEARING, number, version=version, actor=actor, clock=clock, once=once) as at:
        at.view.may(Act.ASK_HEARING).or_raise()
        hearings.may_ask_hearing(_facts(at), asked_on, at.view.today, at.view.calendar).or_raise()
        assert asked_on is not None
        return at.append_sorted(EventKind.HEARING_ASKED, APPLICANT, {"by": by, "asked_on": asked_on.isoformat()})


def set_hearing(
    number: str, on: date | None, place: str, chair: int, *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> Case:
    """Announce the hearing: day, place, chair, seven days ahead (art. 48)."""
    with _opened(Act.SET_HEARING, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.SET_HEARING).or_raise()
        if chair not in beside_queries.officers_of(at.case.county_id, at.view.item.responsible_body, at.view.today):
            raise NotFound(f"account {chair}")
        hearings.may_set_hearing(_facts(at), on, chair, at.now.reviewer_id, at.view.today).or_raise()
        assert on is not None
        return at.append(permission, {"on": on.isoformat(), "place": place, "chair": chair})


def hold_hearing(number: str, minutes: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Record that the hearing was held, with its minutes (art. 48)."""
    with _opened(Act.HOLD_HEARING, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.HOLD_HEARING).or_raise()
        hearings.may_hold_hearing(_facts(at), minutes, at.view.today).or_raise()
        return at.append(permission, {"minutes": minutes})


def check_site(
    number: str, on: date | None, place: str, officers: list[int], finding: str, *, version: int, actor: SignedIn, clock: Clock,
    once: Once | None,
) -> Case:  # fmt: skip
    """Record a check on the spot by two officers of the body (art. 34)."""
    with _opened(Act.CHECK_SITE, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.CHECK_SITE).or_raise()
        known = beside_queries.officers_of(at.case.county_id, at.view.item.responsible_body, at.view.today)
        if not set(officers) <= set(known):
            raise NotFound("an officer of another body")
        certified = {account_id for account_id, officer in known.items() if officer.certificate}
        hearings.may_check_site(
            officers, certified, on, finding, at.view.today, needs=at.view.item.needs_certificate_holder
        ).or_raise()  # fmt: skip
        assert on is not None
        return at.append(permission, {"on": on.isoformat(), "place": place, "officers": sorted(set(officers)), "finding": finding})

