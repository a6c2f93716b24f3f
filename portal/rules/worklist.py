"""Worklists: which box a case stands in, under which group of states, by which filters a box is read (N-6, C-2, C-30).

A case stands on no list once it is closed. An effect of law that comes by itself changes what a case is on a day that is known before
(C-3, C-9): `spans` says what the case is from which day to which, so that a list of a day agrees with the page of the case on that day,
written or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.rules.decision import Decision, Reason
from portal.rules.lifecycle import CaseNow, CaseTerms, Event, State
from portal.rules.projection import effect_to_come, law_event, project
from portal.rules.working_days import Calendar

ALWAYS, NEVER = date(2000, 1, 1), date(9999, 12, 31)
"""The bounds of a span that has none."""

AT_ONCE = 50
"""So many cases are received or sent on with one form."""

MOST_FILTERS = 2
"""So many filters are combined: each pair has its index."""

COUNTED = 1000
"""A badge counts so far; a longer list is said to have as many or more."""

FOUND = 50
"""So many cases a search shows, the newest."""

NAME_PREFIX = 2
"""So many characters of a name a search needs."""


class Box(StrEnum):
    """The boxes of a worklist."""

    COMING = "coming"
    """Addressed to my windows and not yet received."""
    WINDOW = "window"
    """Held by my windows, not under way."""
    MINE = "mine"
    """Of those, taken in hand by me."""
    SENT = "sent"
    """Held by my windows, sent and not yet received: it is the sender's until then (C-6)."""
    POINT = "point"
    """Held by any window of my point, under way or not."""
    WARNINGS = "warnings"
    """Held by my windows, with a color: yellow, red or overdue (C-5)."""


class Group(StrEnum):
    """States that are one kind of work. A clock that stands is still an examination, so no day moves a case between groups but an effect of law."""

    INTAKE = "intake"
    SUPPLEMENT = "supplement"
    EXAMINED = "examined"
    TURNED_AWAY = "turned_away"
    DECIDED = "decided"


GROUPS: dict[Group, frozenset[State]] = {
    Group.INTAKE: frozenset({State.COLLECTED, State.RECEIVED}),
    Group.SUPPLEMENT: frozenset({State.NOTICED}),
    Group.EXAMINED: frozenset({State.ACCEPTED, State.UNDER_REVIEW, State.STOPPED}),
    Group.TURNED_AWAY: frozenset({State.NOT_ACCEPTED}),
    Group.DECIDED: frozenset({State.DECIDED, State.CERTIFIED}),
}


def group_of(state: State) -> Group | None:
    """The group of a state; None for a closed one, which stands on no list (C-2)."""
    return next((group for group, states in GROUPS.items() if state in states), None)


@dataclass(frozen=True, slots=True)
class Span:
    """What a case is from a day on (inclusive) until a day (exclusive)."""

    from_on: date
    until_on: date
    now: CaseNow


def spans(events: Sequence[Event], now: CaseNow, terms: CaseTerms, calendar: Calendar) -> Iterator[Span]:
    """What an open case is on which days, the effects of law that will come by themselves included; nothing once it is closed.

    `now` is what the events project to.
    """
    written, since = tuple(events), ALWAYS
    while not now.state.is_closed:
        effect = effect_to_come(now, terms)
        until = NEVER if effect is None else max(effect.on, since)
        if since < until:
            yield Span(since, until, now)
        if effect is None or effect.closes(now):
            return
        written, since = (*written, law_event(effect, now)), until
        now = project(written, terms, calendar)


@dataclass(frozen=True, slots=True)
class Filters:
    """By what a box is read: a group of states, an item, a day of receipt, a due day, and the latest due first instead of the soonest."""

    group: Group | None = None
    item_id: int | None = None
    received_on: date | None = None
    due_on: date | None = None
    latest_first: bool = False

    @property
    def number(self) -> int:
        """How many filters these are."""
        chosen = (self.group, self.item_id, self.received_on, self.due_on)
        return sum(one is not None for one in chosen) + self.latest_first


def may_combine(number: int) -> Decision:
    """May so many filters be combined? At most two (N-6)."""
    if number > MOST_FILTERS:
        return Decision.no(Reason.TOO_MANY_FILTERS, rule="N-6", most=MOST_FILTERS)
    return Decision.yes()


def may_do_at_once(number: int) -> Decision:
    """May an act be done on so many cases with one form? From one to fifty."""
    if number < 1:
        return Decision.no(Reason.NONE_MARKED, rule="C-6")
    if number > AT_ONCE:
        return Decision.no(Reason.TOO_MANY_MARKED, rule="C-6", most=AT_ONCE)
    return Decision.yes()


def may_search_name(key: str) -> Decision:
    """May a person search by this beginning of a name? Two characters at least: one would list half a county (N-6)."""
    if len(key) < NAME_PREFIX:
        return Decision.no(Reason.NAME_TOO_SHORT, rule="N-6", least=NAME_PREFIX)
    return Decision.yes()
