"""People beside the applicant: agents, interested parties, hearings, site checks (C-28; 许可法 arts. 29, 34, 36, 46 to 48).

Facts come from the events of the case; nothing else is kept. A hearing that was asked for and not held blocks the decision, as does an
interested party that was told and neither heard nor silent to the end of its days.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.rules.deadlines import Limit, Unit, due_date
from portal.rules.decision import Decision, Reason
from portal.rules.lifecycle import Event, EventKind
from portal.rules.moments import civil_date
from portal.rules.working_days import Calendar

ASK_DAYS = Limit(5, Unit.WORKING)
"""After being told, the applicant or a party asks for a hearing within these (art. 47)."""

HOLD_DAYS = Limit(20, Unit.WORKING)
"""After it was asked for, the hearing is held within these (art. 47)."""

NOTICE_DAYS = 7
"""So many calendar days before the hearing its notice has gone out (art. 48)."""

PARTY_DAYS = Limit(5, Unit.WORKING)
"""So long an interested party has to say something, unless the notice gives more (art. 36)."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who acts for the applicant by a power of attorney (art. 29)."""

    seq: int
    person_id: int
    scope: str
    until: date
    ended_on: date | None = None

    def holds_on(self, day: date) -> bool:
        return day <= self.until and (self.ended_on is None or day < self.ended_on)


@dataclass(frozen=True, slots=True)
class Party:
    """An interested party: told on a day, to speak until another, heard or not (art. 36)."""

    seq: int
    person_id: int
    told_on: date
    until: date
    heard_on: date | None = None
    says: str = ""

    def is_awaited_on(self, day: date) -> bool:
        """Is it still to be waited for what this party says?"""
        return self.heard_on is None and day <= self.until


@dataclass(frozen=True, slots=True)
class Hearing:
    """A hearing: asked for, announced, held (arts. 47, 48). `due_on` is the last day on which it can be held."""

    seq: int
    by: str
    asked_on: date
    due_on: date
    told_on: date | None = None
    on: date | None = None
    place: str = ""
    chair_id: int | None = None
    held_on: date | None = None


@dataclass(frozen=True, slots=True)
class SiteCheck:
    """A check on the spot by two officers (art. 34)."""

    seq: int
    on: date
    place: str
    officers: tuple[int, ...]
    finding: str


@dataclass(frozen=True, slots=True)
class BesideFacts:
    """Who stands beside the applicant, and what was done with them."""

    agents: tuple[Agent, ...] = ()
    parties: tuple[Party, ...] = ()
    hearings: tuple[Hearing, ...] = ()
    checks: tuple[SiteCheck, ...] = ()
    told_on: date | None = None  # the last day on which a party was told: the days to ask for a hearing run from it

    @property
    def hearing_open(self) -> Hearing | None:
        """The hearing that was asked for and not held yet."""
        return next((hearing for hearing in self.hearings if hearing.held_on is None), None)

    def awaited_on(self, day: date) -> tuple[Party, ...]:
        return tuple(party for party in self.parties if party.is_awaited_on(day))


def beside_of(events: Iterable[Event], calendar: Calendar) -> BesideFacts:
    """What the events say of the people beside the applicant."""
    agents: list[Agent] = []
    parties: list[Party] = []
    hearings: list[Hearing] = []
    checks: list[SiteCheck] = []
    told_on = None
    for event in events:
        said, day = event.payload, civil_date(event.at)
        match event.kind:
            case EventKind.AGENT_NAMED:
                agents.append(Agent(event.seq, _number(said.get("person")), str(said.get("scope") or ""), _day(said.get("until"), day)))
            case EventKind.AGENT_ENDED:
                agents = [replace(each, ended_on=day) if each.seq == said.get("agent") else each for each in agents]
            case EventKind.PARTY_TOLD:
                told_on = _day(said.get("told_on"), day)
                parties.append(Party(event.seq, _number(said.get("person")), told_on, _day(said.get("until"), day)))
            case EventKind.PARTY_HEARD:
                words = str(said.get("says") or "")
                parties = [replace(each, heard_on=day, says=words) if each.seq == said.get("party") else each for each in parties]
            case EventKind.HEARING_ASKED:
                asked_on = _day(said.get("asked_on"), day)
                hearings.append(Hearing(event.seq, str(said.get("by") or ""), asked_on, due_date(asked_on, HOLD_DAYS, calendar).due))
            case EventKind.HEARING_SET if hearings:
                on, chair = _day(said.get("on"), day), _number(said.get("chair"))
                hearings[-1] = replace(hearings[-1], told_on=day, on=on, place=str(said.get("place") or ""), chair_id=chair)
            case EventKind.HEARING_HELD if hearings:
                hearings[-1] = replace(hearings[-1], held_on=day)
            case EventKind.SITE_CHECKED:
                officers = said.get("officers")
                who = tuple(_number(each) for each in officers) if isinstance(officers, (list, tuple)) else ()
                checks.append(SiteCheck(event.seq, _day(said.get("on"), day), str(said.get("place") or ""), who, str(said.get("finding") or "")))
            case _:
                pass
    return BesideFacts(tuple(agents), tuple(parties), tuple(hearings), tuple(checks), told_on)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _day(value: object, usual: date) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return usual


# --- the Decisions -------------------------------------------------------------------------------------------------------------------


def may_decide_beside(facts: BesideFacts, today: date) -> Decision:
    """May the case be decided, as far as the people beside the applicant go? (arts. 36, 48)"""
    if facts.hearing_open is not None:
        return Decision.no(Reason.HEARING_OPEN, rule="C-28", due=facts.hearing_open.due_on)
    awaited = facts.awaited_on(today)
    if awaited:
        return Decision.no(Reason.PARTY_NOT_HEARD, rule="C-28", until=max(party.until for party in awaited))
    return Decision.yes()


def may_name_agent(scope: str, until: date | None, paper: str, today: date) -> Decision:
    """May somebody act for the applicant? By a power of attorney that says for what and how long (art. 29)."""
    if not scope.strip() or not paper.strip():
        return Decision.no(Reason.AGENT_NEEDS_PAPER, rule="C-28")
    return Decision.yes() if until is not None and until >= today else Decision.no(Reason.DAY_IN_PAST, rule="C-28")


def may_tell_party(until: date | None, today: date, calendar: Calendar) -> Decision:
    """May a party be told so? It gets at least the days to say something (art. 36)."""
    least = due_date(today, PARTY_DAYS, calendar).due
    return Decision.yes() if until is not None and until >= least else Decision.no(Reason.PARTY_NEEDS_DAYS, rule="C-28", least=least)


def may_hear_party(says: str, waives: bool) -> Decision:
    """May it be written down that a party was heard? With what it said, or that it has nothing to say (art. 36)."""
    return Decision.yes() if says.strip() or waives else Decision.no(Reason.ENDING_NEEDS_GROUND, rule="C-28")


def may_ask_hearing(facts: BesideFacts, asked_on: date | None, today: date, calendar: Calendar) -> Decision:
    """May a hearing be asked for? Within five working days after being told, one at a time (art. 47). Nobody told: at any time before the decision."""
    if facts.hearing_open is not None:
        return Decision.no(Reason.HEARING_OPEN, rule="C-28", due=facts.hearing_open.due_on)
    if asked_on is None or asked_on > today:
        return Decision.no(Reason.DAY_TO_COME, rule="C-28")
    last = None if facts.told_on is None else due_date(facts.told_on, ASK_DAYS, calendar).due
    if last is not None and asked_on > last:
        return Decision.no(Reason.HEARING_TOO_LATE, rule="C-28", last=last)
    return Decision.yes()


def may_set_hearing(facts: BesideFacts, on: date | None, chair: int, reviewer: int | None, today: date) -> Decision:
    """May the hearing be set so? Announced 7 days before, within 20 working days, the chair not the reviewer (art. 48)."""
    hearing = facts.hearing_open
    if hearing is None:
        return Decision.no(Reason.NO_HEARING, rule="C-28")
    if chair == reviewer:
        return Decision.no(Reason.CHAIR_IS_REVIEWER, rule="C-28")
    if on is None or on < today + timedelta(days=NOTICE_DAYS):
        return Decision.no(Reason.HEARING_NOTICE_SHORT, rule="C-28", first=today + timedelta(days=NOTICE_DAYS))
    if on > hearing.due_on:
        return Decision.no(Reason.HEARING_HELD_LATE, rule="C-28", due=hearing.due_on)
    return Decision.yes()


def may_hold_hearing(facts: BesideFacts, minutes: str, today: date) -> Decision:
    """May the hearing be recorded as held? It was announced, its day has come, and its minutes are signed (art. 48)."""
    hearing = facts.hearing_open
    if hearing is None or hearing.on is None or hearing.on > today:
        return Decision.no(Reason.NO_HEARING, rule="C-28")
    return Decision.yes() if minutes.strip() else Decision.no(Reason.ENDING_NEEDS_GROUND, rule="C-28")


def may_check_site(officers: Collection[int], certified: Collection[int], on: date | None, finding: str, today: date, *, needs: bool) -> Decision:
    """May this be recorded as a site check? Two different officers, with certificates where the item needs them, on a day that was (art. 34)."""
    if len(set(officers)) < 2:
        return Decision.no(Reason.TWO_OFFICERS, rule="C-28")
    if needs and not set(officers) <= set(certified):
        return Decision.no(Reason.NO_ENFORCEMENT_CERTIFICATE, rule="N-4")
    if on is None or on > today:
        return Decision.no(Reason.DAY_TO_COME, rule="C-28")
    return Decision.yes() if finding.strip() else Decision.no(Reason.ENDING_NEEDS_GROUND, rule="C-28")
