"""Agent service (帮办代办): what an applicant consents to, what the village worker carried, and what originals the worker keeps (C-14, N-4).

Facts come from the events of the case. The service charges nothing and signs for nobody: whoever is to sign holds a power of attorney that
is recorded on the case (art. 29). Originals stay with the worker for three working days at most.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from portal.rules.deadlines import Limit, due_date
from portal.rules.decision import Decision, Reason
from portal.rules.hearings import Agent
from portal.rules.lifecycle import Event, EventKind
from portal.rules.moments import civil_date
from portal.rules.working_days import Calendar

LONGEST = 366
"""So many days a consent holds at most; a longer need is asked for again."""

ENDS_SOON = 7
"""So many days before its end a consent is on the worker's list."""


class Errand(StrEnum):
    """What a village worker does on a way."""

    FETCHED = "fetched"
    """Papers were taken along at the household."""
    BROUGHT = "brought"
    """Papers were handed in at a window."""
    GIVEN_BACK = "given_back"
    """Originals were given back at the household."""


class Form(StrEnum):
    ORIGINAL = "original"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent: which papers, whether the result is brought home, what an agent may sign (by the power of attorney `agent`), how long."""

    seq: int
    on: date
    until: date
    papers: tuple[str, ...]
    result: bool
    window_id: int
    signs: str = ""
    agent: int | None = None
    area: str = ""
    ended_on: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.on <= day <= self.until and (self.ended_on is None or day < self.ended_on)


@dataclass(frozen=True, slots=True)
class Carried:
    """One errand: what was carried, on which day, by whom, and for papers handed in, where."""

    seq: int
    errand: Errand
    on: date
    papers: tuple[tuple[str, Form], ...]
    actor_id: int | None
    to_window_id: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """An original that the worker has or had: from when, to be passed on by when, and when that was."""

    code: str
    since: date
    due_on: date
    passed_on: date | None = None

    def is_late(self, today: date) -> bool:
        """Was it kept, or is it being kept, past its three working days? (N-4)"""
        return (self.passed_on or today) > self.due_on


@dataclass(frozen=True, slots=True)
class Service:
    """The agent service of a case."""

    consents: tuple[Consent, ...] = ()
    errands: tuple[Carried, ...] = ()
    originals: tuple[Kept, ...] = ()
    home_on: date | None = None
    taken_by: int | None = None

    @property
    def consent(self) -> Consent | None:
        """The last one given: a new consent takes the place of the one before."""
        return self.consents[-1] if self.consents else None

    def consent_on(self, day: date) -> Consent | None:
        """The consent that holds on a day."""
        return next((each for each in reversed(self.consents) if each.holds_on(day)), None)

    @property
    def kept(self) -> tuple[Kept, ...]:
        """The originals that are with the worker now."""
        return tuple(each for each in self.originals if each.passed_on is None)

    @property
    def keeps_until(self) -> date | None:
        """The day by which the first of them has to be passed on."""
        return min((each.due_on for each in self.kept), default=None)

    @property
    def trips_saved(self) -> int:
        """The ways between household and window that the worker went instead of the applicant.

        One for each day and window at which papers were handed in, however many they were; one for a result that was handed over at home.
        Fetching papers and giving originals back count nothing: the applicant would not have gone anywhere only for these.
        """
        ways = {(each.on, each.to_window_id) for each in self.errands if each.errand is Errand.BROUGHT}
        return len(ways) + (self.home_on is not None)


def service_of(events: Iterable[Event], calendar: Calendar, originals: Limit) -> Service:
    """What the events say of the agent service; `originals` is the county's limit for keeping them (N-4)."""
    found = Service()
    for event in events:
        said, day = event.payload, civil_date(event.at)
        match event.kind:
            case EventKind.CONSENT_GIVEN:
                consent = Consent(
                    event.seq, day, _day(said.get("until"), day), _codes(said.get("papers")), said.get("result") is True, event.window_id or 0,
                    str(said.get("signs") or ""), _number(said.get("agent")), str(said.get("area") or ""),
                )  # fmt: skip
                # what is given on a day takes the place of what was given before, from that day on
                before = tuple(replace(each, ended_on=each.ended_on or day) for each in found.consents)
                found = replace(found, consents=(*before, consent))
            case EventKind.CONSENT_ENDED if found.consents:
                last = found.consents[-1]
                found = replace(found, consents=(*found.consents[:-1], replace(last, ended_on=last.ended_on or day)))
            case EventKind.CARRIED:
                found = _carry(found, event, calendar, originals)
            case EventKind.DELIVERED if said.get("at_home") is True:
                found = replace(found, home_on=day, taken_by=_number(said.get("taken_by")))
            case _:
                pass
    return found


def _carry(found: Service, event: Event, calendar: Calendar, limit: Limit) -> Service:
    said = event.payload
    on = _day(said.get("on"), civil_date(event.at))
    told = said.get("papers")
    papers = tuple(
        (str(each.get("code")), Form(str(each.get("form"))))
        for each in (told if isinstance(told, (list, tuple)) else ())
        if isinstance(each, Mapping) and str(each.get("form")) in set(Form)
    )
    errand = Errand(str(said.get("errand")))
    carried = Carried(event.seq, errand, on, papers, event.actor_id, _number(said.get("to_window_id")))
    codes = {code for code, form in papers if form is Form.ORIGINAL}
    kept = found.originals
    if errand is Errand.FETCHED:
        held = {each.code for each in found.kept}
        due = due_date(on, limit, calendar).due
        kept = (*kept, *(Kept(code, on, due) for code in sorted(codes - held)))
    else:
        kept = tuple(replace(each, passed_on=on) if each.passed_on is None and each.code in codes else each for each in kept)
    return replace(found, errands=(*found.errands, carried), originals=kept)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _codes(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, (list, tuple)) else ()


def _day(value: object, usual: date) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return usual


# --- the Decisions -------------------------------------------------------------------------------------------------------------------


def may_consent(papers: Collection[str], result: bool, signs: str, until: date | None, today: date, agents: Iterable[Agent]) -> Decision:
    """May this be written down as consent? Yes says in `facts["agent"]` by which power of attorney somebody signs (C-14, art. 29)."""
    if not papers and not result:
        return Decision.no(Reason.CONSENT_NAMES_NOTHING, rule="C-14")
    if until is None or until < today:
        return Decision.no(Reason.DAY_IN_PAST, rule="C-14")
    last = today + timedelta(days=LONGEST)
    if until > last:
        return Decision.no(Reason.CONSENT_TOO_LONG, rule="C-14", last=last)
    if not signs.strip():
        return Decision.yes(agent=None)
    holds = [agent for agent in agents if agent.holds_on(today)]
    if not holds:
        return Decision.no(Reason.SIGNS_WITHOUT_POWER, rule="C-14")
    longest = max(holds, key=lambda agent: agent.until)
    if until > longest.until:
        return Decision.no(Reason.SIGNS_LONGER_THAN_POWER, rule="C-14", last=longest.until)
    return Decision.yes(agent=longest.seq)


def may_end_consent(service: Service, today: date) -> Decision:
    """May the consent be withdrawn? At any time while one holds; no reason has to be given (C-14)."""
    return Decision.yes() if service.consent_on(today) is not None else Decision.no(Reason.NO_CONSENT, rule="C-14")


def may_carry(
    service: Service, errand: Errand, papers: Collection[tuple[str, Form]], on: date | None, today: date, *, to_window: int | None, is_open: bool
) -> Decision:
    """May this errand be written down? By a consent that held on its day and names the papers (C-14).

    Originals are given back also without a consent and after the case is closed: what is the household's goes home.
    """
    if on is None or on > today:
        return Decision.no(Reason.DAY_TO_COME, rule="C-14")
    if not papers:
        return Decision.no(Reason.NOTHING_CARRIED, rule="C-14")
    kept = {each.code: each for each in service.kept}
    if errand is Errand.GIVEN_BACK:
        if any(form is not Form.ORIGINAL or code not in kept or on < kept[code].since for code, form in papers):
            return Decision.no(Reason.NOT_WITH_WORKER, rule="C-14")
        return Decision.yes()
    if not is_open:
        return Decision.no(Reason.CASE_CLOSED, rule="C-2")
    consent = service.consent_on(on)
    if consent is None:
        return Decision.no(Reason.NO_CONSENT, rule="C-14")
    if not {code for code, _form in papers} <= set(consent.papers):
        return Decision.no(Reason.NOT_IN_CONSENT, rule="C-14")
    if errand is Errand.BROUGHT and to_window is None:
        return Decision.no(Reason.CARRIED_NOWHERE, rule="C-14")
    return Decision.yes()


def may_deliver_home(service: Service, to: str, name: str, today: date) -> Decision:
    """May the result be handed over at home? By a consent that says so, with the name of whoever else took it and signed (C-14)."""
    consent = service.consent_on(today)
    if consent is None:
        return Decision.no(Reason.NO_CONSENT, rule="C-14")
    if not consent.result:
        return Decision.no(Reason.RESULT_NOT_IN_CONSENT, rule="C-14")
    if to != "applicant" and not name.strip():
        return Decision.no(Reason.WHO_TOOK_IT, rule="C-14")
    return Decision.yes()


class Visit(StrEnum):
    """Why a worker goes to a household today."""

    GIVE_BACK = "give_back"
    RESULT = "result"
    SUPPLEMENT = "supplement"
    CONSENT_ENDS = "consent_ends"


def visits(
    *, keeps_until: date | None, consents_until: date | None, brings_result: bool, is_open: bool, at_room: bool, waits_to_be_delivered: bool,
    is_noticed: bool, today: date,
) -> tuple[Visit, ...]:  # fmt: skip
    """What is to be done at a household today, the most pressing first.

    Originals that the worker has; a result that came back to the room and is to be brought home; a supplement that the applicant has to
    bring; a consent that ends within a week while the case goes on. `consents_until` is None where no consent holds.
    """
    holds = is_open and consents_until is not None and consents_until >= today
    found = [
        (Visit.GIVE_BACK, keeps_until is not None),
        (Visit.RESULT, holds and brings_result and at_room and waits_to_be_delivered),
        (Visit.SUPPLEMENT, holds and is_noticed),
        (Visit.CONSENT_ENDS, holds and consents_until is not None and consents_until <= today + timedelta(days=ENDS_SOON)),
    ]
    return tuple(visit for visit, is_due in found if is_due)
