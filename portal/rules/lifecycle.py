"""What a case is now, and what can come next: events in, one projection out (C-1, C-2, C-4, C-6).

`TRANSITIONS` is the one table of the lifecycle: pages, guards, docs and tests read it. `project` folds the events of a case into `CaseNow`;
the row of the case and its legs are written from that and from nothing else. Every date is recomputed from the events each time, never
added to or subtracted from (C-22). Who may act stands in `authority`; what the state allows stands here.

What an event's payload holds (JSON values; further keys are kept and ignored):

==============  ==========================================================================================================================
collected,      `level` of the window (required), `materials`: list of objects with a `code`
received (new)
handed_off      `to_window_id`, `to_level` (required), `reason`, `power`, `manifest`: list
leg_returned    `reason`, `whose`
reviewed        `result`, `lines`
decided         `outcome`
certified       `number`
assigned        `to`: account, `from`, `stand_in`, `why`: start or end of the stand-in (G-13)
corrected       `field`, `value`; the event names the other one in `corrects`
any             `materials` again: objects of a known `code` replace what was said of it before
==============  ==========================================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from portal.rules import handoffs
from portal.rules.authority import Act, Level, Power
from portal.rules.deadlines import Due, Limit, Unit, due_date, remaining, warning_dates
from portal.rules.decision import Decision, Reason, Sort
from portal.rules.handoffs import Leg, LegLimits, Stay, Waypoint
from portal.rules.moments import civil_date
from portal.rules.stand_ins import MoveWhy
from portal.rules.working_days import Calendar

# --- words -------------------------------------------------------------------------------------------------------------------------------


class State(StrEnum):
    """Where a case stands. Under way is no state: it is an addressed window (C-6)."""

    COLLECTED = "collected"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    UNDER_REVIEW = "under_review"
    DECIDED = "decided"
    CERTIFIED = "certified"
    DELIVERED = "delivered"
    ARCHIVED = "archived"

    @property
    def is_closed(self) -> bool:
        """Closed cases stand on no list and in no reminder (C-2)."""
        return self in (State.DELIVERED, State.ARCHIVED)


OPEN_STATES = frozenset(state for state in State if not state.is_closed)


class EventKind(StrEnum):
    """What can be written about a case; only ever appended (C-2)."""

    COLLECTED = "collected"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REVIEWED = "reviewed"
    HANDED_OFF = "handed_off"
    LEG_RECEIVED = "leg_received"
    LEG_RETURNED = "leg_returned"
    RECALLED = "recalled"
    TAKEN = "taken"
    ASSIGNED = "assigned"
    DECIDED = "decided"
    CERTIFIED = "certified"
    DELIVERED = "delivered"
    FINISHED = "finished"
    ARCHIVED = "archived"
    CORRECTED = "corrected"


class ItemKind(StrEnum):
    """Instant (即办件) or promised (承诺件) (S-3)."""

    INSTANT = "instant"
    PROMISED = "promised"


class Outcome(StrEnum):
    """How a case was decided. Refusing waits for its filing (C-9)."""

    GRANTED = "granted"


class Position(StrEnum):
    """How a window stands to a case."""

    NEW = "new"
    """There is no case yet."""
    HOLDER = "holder"
    """It holds the case, and nothing is under way."""
    SENDER = "sender"
    """It holds the case while it is under way to another window."""
    ADDRESSED = "addressed"
    """The case is under way to it."""
    ELSEWHERE = "elsewhere"
    OFFICE = "office"
    """No window at all: an act of office, whoever holds the case (G-2)."""


class When(StrEnum):
    """On what a transition depends besides state and position."""

    ALWAYS = "always"
    HOLDS_ACCEPT = "holds_accept"
    REVIEW_NEEDED = "review_needed"
    NO_REVIEW_NEEDED = "no_review_needed"
    CERTIFICATE = "certificate"
    NO_CERTIFICATE = "no_certificate"
    ON_VILLAGE_LIST = "on_village_list"


# --- the table ---------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: this act, by a window in this position, from one of these states, writes this event and leads to this state.

    `act` is None where no window acts: an office does (`Position.OFFICE`).
    `to` is None where the state stays; `event` is None where the way is shut, and then `shut_by` is the rule that shuts it.
    """

    act: Act | None
    at: Position
    sources: frozenset[State]
    to: State | None
    event: EventKind | None
    when: When = When.ALWAYS
    shut_by: str | None = None


def _states(*states: State) -> frozenset[State]:
    return frozenset(states)


TRANSITIONS: tuple[Transition, ...] = (
    Transition(Act.COLLECT, Position.NEW, _states(), State.COLLECTED, EventKind.COLLECTED),
    Transition(Act.ENTER, Position.NEW, _states(), State.RECEIVED, EventKind.RECEIVED),
    # A window that gets `accept` only after the case reached it enters it then; without this row the case would be stuck there.
    Transition(Act.ENTER, Position.HOLDER, _states(State.COLLECTED), State.RECEIVED, EventKind.RECEIVED),
    Transition(Act.FINISH, Position.HOLDER, _states(State.COLLECTED), State.DELIVERED, EventKind.FINISHED, When.ON_VILLAGE_LIST),
    Transition(Act.ACCEPT, Position.HOLDER, _states(State.RECEIVED), State.ACCEPTED, EventKind.ACCEPTED),
    Transition(Act.NOT_ACCEPT, Position.HOLDER, _states(State.RECEIVED), None, None, shut_by="C-9"),
    Transition(Act.REVIEW, Position.HOLDER, _states(State.ACCEPTED), State.UNDER_REVIEW, EventKind.REVIEWED, When.REVIEW_NEEDED),
    Transition(Act.DECIDE, Position.HOLDER, _states(State.UNDER_REVIEW), State.DECIDED, EventKind.DECIDED),
    Transition(Act.DECIDE, Position.HOLDER, _states(State.ACCEPTED), State.DECIDED, EventKind.DECIDED, When.NO_REVIEW_NEEDED),
    Transition(Act.REFUSE, Position.HOLDER, _states(State.UNDER_REVIEW), None, None, shut_by="C-9"),
    Transition(Act.REFUSE, Position.HOLDER, _states(State.ACCEPTED), None, None, When.NO_REVIEW_NEEDED, shut_by="C-9"),
    Transition(Act.CERTIFY, Position.HOLDER, _states(State.DECIDED), State.CERTIFIED, EventKind.CERTIFIED, When.CERTIFICATE),
    Transition(Act.DELIVER, Position.HOLDER, _states(State.CERTIFIED), State.DELIVERED, EventKind.DELIVERED),
    Transition(Act.DELIVER, Position.HOLDER, _states(State.DECIDED), State.DELIVERED, EventKind.DELIVERED, When.NO_CERTIFICATE),
    Transition(Act.ARCHIVE, Position.HOLDER, _states(State.DELIVERED), State.ARCHIVED, EventKind.ARCHIVED),
    Transition(Act.HAND_OFF, Position.HOLDER, OPEN_STATES, None, EventKind.HANDED_OFF),
    Transition(Act.TAKE, Position.HOLDER, OPEN_STATES, None, EventKind.TAKEN),
    Transition(Act.RECALL, Position.SENDER, OPEN_STATES, None, EventKind.RECALLED),
    # Receiving the first leg at a window that holds `accept` is the receipt: one act, one event (C-1).
    Transition(Act.RECEIVE, Position.ADDRESSED, _states(State.COLLECTED), State.RECEIVED, EventKind.RECEIVED, When.HOLDS_ACCEPT),
    Transition(Act.RECEIVE, Position.ADDRESSED, OPEN_STATES, None, EventKind.LEG_RECEIVED),
    Transition(Act.RETURN_LEG, Position.ADDRESSED, OPEN_STATES, None, EventKind.LEG_RETURNED),
    # Pending work goes to who stands in for an absent chief representative, and back (G-13).
    Transition(None, Position.OFFICE, OPEN_STATES, None, EventKind.ASSIGNED),
)


# --- facts of item and county ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseTerms:
    """What the item version under which the case was received, and the county's settings, say about its course (S-5, S-6).

    `promised` is None for an item without a promise, `statutory` for one without a statutory limit; both run from acceptance (C-4).
    """

    kind: ItemKind
    has_certificate: bool
    required_powers: frozenset[Power]
    promised: Limit | None
    statutory: Limit | None
    on_village_list: bool = False
    acceptance: Limit = field(default_factory=lambda: Limit(5, Unit.WORKING))
    delivery: Limit = field(default_factory=lambda: Limit(10, Unit.WORKING))
    legs: LegLimits = field(default_factory=LegLimits)

    @property
    def needs_review(self) -> bool:
        """A promised item is always reviewed (一审一核, G-16), an instant one when its version says so."""
        return self.kind is ItemKind.PROMISED or Power.REVIEW in self.required_powers

    @property
    def is_only_finished(self) -> bool:
        """Whether nobody accepts it: a matter of the village list that is done at the room and nowhere else (直接办结, G-3)."""
        return self.on_village_list and Power.ACCEPT not in self.required_powers


_HOLDS: Mapping[When, Callable[[CaseTerms, bool], bool]] = MappingProxyType(
    {
        When.ALWAYS: lambda terms, holds_accept: True,
        When.HOLDS_ACCEPT: lambda terms, holds_accept: holds_accept,
        When.REVIEW_NEEDED: lambda terms, holds_accept: terms.needs_review,
        When.NO_REVIEW_NEEDED: lambda terms, holds_accept: not terms.needs_review,
        When.CERTIFICATE: lambda terms, holds_accept: terms.has_certificate,
        When.NO_CERTIFICATE: lambda terms, holds_accept: not terms.has_certificate,
        When.ON_VILLAGE_LIST: lambda terms, holds_accept: terms.on_village_list,
    },
)


# --- events ------------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a case. `at` is the moment for the law, aware; `seq` counts from 1 without a gap."""

    seq: int
    kind: EventKind
    sort: Sort
    actor_id: int | None
    window_id: int | None
    at: datetime
    payload: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    clause_id: int | None = None
    office_id: int | None = None
    article: str | None = None
    corrects: int | None = None


class IllegalHistory(Exception):
    """These events cannot be the history of a case: the record or the program is at fault, never the person at the window."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"event {seq}: {why}")
        self.seq = seq
        self.why = why


_CORRECTABLE: Mapping[EventKind, frozenset[str]] = MappingProxyType(
    {
        EventKind.COLLECTED: frozenset({"at", "materials"}),
        EventKind.RECEIVED: frozenset({"at", "materials"}),
        EventKind.ACCEPTED: frozenset({"at", "materials"}),
        EventKind.REVIEWED: frozenset({"at", "lines"}),
        EventKind.DECIDED: frozenset({"at"}),
        EventKind.CERTIFIED: frozenset({"at", "number"}),
        EventKind.DELIVERED: frozenset({"at"}),
        EventKind.FINISHED: frozenset({"at"}),
        EventKind.HANDED_OFF: frozenset({"reason", "manifest"}),
        EventKind.LEG_RETURNED: frozenset({"reason", "whose"}),
    },
)
"""What a correcting event may name. Windows, powers and outcomes are not mended: they are done again, openly."""


def correctable_fields(kind: EventKind) -> frozenset[str]:
    """The fields of such an event that a correcting event may name (C-2); `at` is its moment, which moves limits."""
    return _CORRECTABLE.get(kind, frozenset())


# --- the projection ----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseNow:
    """What the events say the case is. `version` is the number of its events and the `seq` of the last one (C-23).

    `holder_window_id` is exactly one window at every moment, the sender's while under way; of a closed case it is the last one (C-6).
    `lent_by_id` is the stand-in by which it came to its assignee, None where it is the assignee's own (G-13).
    `way_back` is the way by which the case came, the holder last; a case that goes back shortens it (C-7). The dates of limits are the
    last days on which the thing is in time. `leg_due_on` is the day by which a leg under way should be received, else the one by which
    the holder should be done; None when the result is home and only delivery is left. `yellow_on`, `red_on` and `overdue_on` are those
    of the clock that rules now (C-5) and None when nothing runs; `provisional` says that one of the dates reaches into a year without a
    notice.
    """

    state: State
    version: int
    last_at: datetime
    holder_window_id: int
    holder_level: Level
    addressed_window_id: int | None
    assignee_id: int | None
    first_window_id: int
    next_power: Power | None
    materials: tuple[Mapping[str, object], ...]
    legs: tuple[Leg, ...]
    stays: tuple[Stay, ...]
    way_back: tuple[Waypoint, ...]
    relied_clauses: tuple[int, ...]
    lent_by_id: int | None = None
    collected_at: datetime | None = None
    received_at: datetime | None = None
    accepted_at: datetime | None = None
    reviewed_at: datetime | None = None
    reviewer_id: int | None = None
    decided_at: datetime | None = None
    decider_id: int | None = None
    outcome: Outcome | None = None
    certified_at: datetime | None = None
    delivered_at: datetime | None = None
    archived_at: datetime | None = None
    closed_at: datetime | None = None
    acceptance_due_on: date | None = None
    promised_due_on: date | None = None
    statutory_due_on: date | None = None
    delivery_due_on: date | None = None
    leg_due_on: date | None = None
    yellow_on: date | None = None
    red_on: date | None = None
    overdue_on: date | None = None
    provisional: bool = False

    @property
    def is_under_way(self) -> bool:
        return self.addressed_window_id is not None

    @property
    def handoffs(self) -> int:
        """How often the case went from one window to another: legs that were received."""
        return sum(1 for leg in self.legs if leg.received_at is not None)

    @property
    def leg_under_way(self) -> Leg | None:
        return self.legs[-1] if self.is_under_way else None

    def holder_at(self, moment: datetime) -> int | None:
        """The window that held the case at a moment; None before it existed and after it closed."""
        for stay in self.stays:
            if stay.from_at <= moment and (stay.to_at is None or moment < stay.to_at):
                return stay.window_id
        return None


def position_of(now: CaseNow | None, window_id: int) -> Position:
    """How this window stands to the case now."""
    if now is None:
        return Position.NEW
    return _position(now.holder_window_id, now.addressed_window_id, window_id)


def _position(holder: int, addressed: int | None, window_id: int) -> Position:
    if window_id == holder:
        return Position.HOLDER if addressed is None else Position.SENDER
    return Position.ADDRESSED if window_id == addressed else Position.ELSEWHERE


def power_of(state: State, terms: CaseTerms) -> Power | None:
    """The power that the next step of a case in this state needs; None where nothing is left to do."""
    match state:
        case State.COLLECTED:
            return Power.FINISH if terms.is_only_finished else Power.ACCEPT
        case State.RECEIVED:
            return Power.ACCEPT
        case State.ACCEPTED:
            return Power.REVIEW if terms.needs_review else Power.DECIDE
        case State.UNDER_REVIEW:
            return Power.DECIDE
        case State.DECIDED:
            return Power.CERTIFY if terms.has_certificate else Power.DELIVER
        case State.CERTIFIED:
            return Power.DELIVER
        case State.DELIVERED | State.ARCHIVED:
            return None


def powers_to_come(state: State, terms: CaseTerms) -> tuple[Power, ...]:
    """The powers of all steps that a case in this state still needs, in order; empty where nothing is left to do."""
    first = power_of(state, terms)
    if first is None or first is Power.FINISH:
        return () if first is None else (first,)
    steps = (
        Power.ACCEPT,
        *((Power.REVIEW,) if terms.needs_review else ()),
        Power.DECIDE,
        *((Power.CERTIFY,) if terms.has_certificate else ()),
        Power.DELIVER,
    )
    return steps[steps.index(first) :]


def next_power(now: CaseNow | None, terms: CaseTerms) -> Power | None:
    """The power that the next step needs; a case that does not exist yet needs someone to accept it, a closed one nothing."""
    return power_of(now.state if now else State.COLLECTED, terms)


_MILESTONES: Mapping[EventKind, str] = MappingProxyType(
    {
        EventKind.COLLECTED: "collected_at",
        EventKind.RECEIVED: "received_at",
        EventKind.ACCEPTED: "accepted_at",
        EventKind.REVIEWED: "reviewed_at",
        EventKind.DECIDED: "decided_at",
        EventKind.CERTIFIED: "certified_at",
        EventKind.DELIVERED: "delivered_at",
        EventKind.FINISHED: "delivered_at",
        EventKind.ARCHIVED: "archived_at",
    },
)
_IN_ORDER = ("collected_at", "received_at", "accepted_at", "reviewed_at", "decided_at", "certified_at", "delivered_at", "archived_at")


def project(events: Iterable[Event], terms: CaseTerms, calendar: Calendar) -> CaseNow:
    """What the case is after these events, in the order of their `seq`. The same events always say the same.

    Raises `IllegalHistory` for events that no case can have, and the calendar's error for dates that it does not cover.
    """
    history = tuple(events)
    if not history:
        raise IllegalHistory(0, "a case begins with an event")
    fold = _Fold(terms, calendar)
    effective = _corrected(history)
    for event in history:
        fold.add(event, effective[event.seq])
    return fold.now()


def _corrected(history: Sequence[Event]) -> Mapping[int, Event]:
    """Each event as its corrections leave it. The events themselves stay as they were written; both are readable (C-2)."""
    effective: dict[int, Event] = {}
    for event in history:
        if event.kind is EventKind.CORRECTED:
            target = effective.get(event.corrects or 0)
            name = event.payload.get("field")
            if target is None or not isinstance(name, str):
                raise IllegalHistory(event.seq, "it corrects no event or no field")
            refusal = _may_correct(target.kind, name, event.sort)
            if not refusal:
                raise IllegalHistory(event.seq, f"{refusal.rule}: {refusal.reason}")
            value = event.payload.get("value")
            if name == "at":
                moment = _moment(event.seq, value)
                if moment > event.at:
                    raise IllegalHistory(event.seq, "it moves an event into the future")
                effective[target.seq] = replace(target, at=moment)
            else:
                effective[target.seq] = replace(target, payload={**target.payload, name: value})
        elif event.corrects is not None:
            raise IllegalHistory(event.seq, "only a correcting event corrects")
        effective[event.seq] = event
    return effective


def _may_correct(kind: EventKind, name: str, sort: Sort) -> Decision:
    if name not in correctable_fields(kind):
        return Decision.no(Reason.NOT_CORRECTABLE, rule="C-2", kind=kind, field=name)
    if name == "at" and sort is not Sort.ACT_OF_OFFICE:
        return Decision.no(Reason.DATE_NEEDS_OFFICE, rule="C-2", kind=kind)
    return Decision.yes()


def _moment(seq: int, value: object) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise IllegalHistory(seq, "the corrected moment is no moment") from None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise IllegalHistory(seq, "the corrected moment is no aware moment")
    return value


def _whole(seq: int, value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise IllegalHistory(seq, f"{name} is missing")
    return value


def _level(seq: int, value: object, name: str) -> Level:
    try:
        return Level(str(value))
    except ValueError:
        raise IllegalHistory(seq, f"{name} is missing") from None


def _power(seq: int, value: object) -> Power | None:
    try:
        return Power(str(value)) if value else None
    except ValueError:
        raise IllegalHistory(seq, "there is no such power") from None


def _listed(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else ()


def _says_what_it_rests_on(event: Event) -> bool:
    """Exactly the basis that its sort of act needs: clause, office, article, or for the applicant none (G-2)."""
    named = (event.clause_id is not None, event.office_id is not None, event.article is not None)
    needed = {
        Sort.WINDOW_ACT: (True, False, False),
        Sort.ACT_OF_OFFICE: (False, True, False),
        Sort.EFFECT_OF_LAW: (False, False, True),
        Sort.ACT_OF_APPLICANT: (False, False, False),
    }[event.sort]
    return named == needed and (event.sort is not Sort.WINDOW_ACT or event.window_id is not None)


class _Fold:
    """The running state of a projection; what is under construction is never seen outside this module."""

    def __init__(self, terms: CaseTerms, calendar: Calendar) -> None:
        self.terms = terms
        self.calendar = calendar
        self.state: State | None = None
        self.version = 0
        self.last_at: datetime | None = None
        self.addressed: int | None = None
        self.assignee: int | None = None
        self.lent_by: int | None = None
        self.legs: list[Leg] = []
        self.stays: list[Stay] = []
        self.way: list[Waypoint] = []
        self.clauses: dict[int, None] = {}
        self.materials: dict[str, Mapping[str, object]] = {}
        self.moments: dict[str, datetime] = {}
        self.people: dict[str, int | None] = {}
        self.outcome: Outcome | None = None
        self.closed_at: datetime | None = None

    def add(self, event: Event, effective: Event) -> None:
        """Take in the next event, `effective` being what corrections made of it."""
        if event.seq != self.version + 1:
            raise IllegalHistory(event.seq, f"its number does not follow {self.version}")
        if event.at.tzinfo is None or (self.last_at is not None and event.at < self.last_at):
            raise IllegalHistory(event.seq, "it happened before the one it follows")
        if not _says_what_it_rests_on(event):
            raise IllegalHistory(event.seq, "G-2: its basis is not that of its sort")
        self.version, self.last_at = event.seq, event.at
        if event.clause_id is not None:
            self.clauses[event.clause_id] = None
        if event.kind is EventKind.CORRECTED:
            self._check_correction(event)
            return
        row = self._row(event)
        if row.to is not None:
            self.state = row.to
        self._move(event, effective)
        self._note(event, effective)
        if self.state is not None and self.state.is_closed and self.closed_at is None:
            self.closed_at = event.at
            self.stays[-1] = replace(self.stays[-1], to_at=event.at)

    def _check_correction(self, event: Event) -> None:
        if event.sort is Sort.WINDOW_ACT and self._position(event) is not Position.HOLDER:
            raise IllegalHistory(event.seq, "C-6: only the holder corrects, and nothing while under way")

    def _position(self, event: Event) -> Position:
        if not self.stays:
            return Position.NEW
        holder = self.stays[-1].window_id
        if event.sort is Sort.EFFECT_OF_LAW:
            return Position.HOLDER
        return _position(holder, self.addressed, holder if event.window_id is None else event.window_id)

    def _row(self, event: Event) -> Transition:
        position = self._position(event)
        for row in TRANSITIONS:
            at = Position.OFFICE if row.at is Position.OFFICE and event.sort is Sort.ACT_OF_OFFICE and self.stays else position
            fits = row.event is event.kind and row.at is at and (self.state is None or self.state in row.sources)
            # Whether the window held `accept` was judged when the event was written: its kind says so.
            if fits and _HOLDS[row.when](self.terms, True):
                return row
        raise IllegalHistory(event.seq, f"C-2: no {event.kind} from {self.state} by the {position} window")

    def _move(self, event: Event, effective: Event) -> None:
        """Windows, legs and stays: what the event says about who holds the case."""
        match event.kind:
            case EventKind.COLLECTED | EventKind.RECEIVED if not self.stays:
                window = _whole(event.seq, event.window_id, "the window")
                self._arrive(Waypoint(window, _level(event.seq, event.payload.get("level"), "level")), event.at)
            case EventKind.HANDED_OFF:
                self._send(event, effective)
            case EventKind.RECEIVED | EventKind.LEG_RECEIVED if self.addressed is not None:
                leg = self.legs[-1]
                self.legs[-1] = replace(leg, received_at=event.at)
                self.stays[-1] = replace(self.stays[-1], to_at=event.at)
                self.addressed = self.assignee = self.lent_by = None
                self._arrive(Waypoint(leg.to_window, leg.to_level), event.at)
            case EventKind.LEG_RETURNED:
                reason, whose = (str(effective.payload.get(name) or "") for name in ("reason", "whose"))
                self._come_back(returned_at=event.at, return_reason=reason, whose=whose)
            case EventKind.RECALLED:
                self._come_back(recalled_at=event.at)
            case EventKind.TAKEN:
                self.assignee, self.lent_by = event.actor_id, None
            case EventKind.ASSIGNED:
                self.assignee = _whole(event.seq, event.payload.get("to"), "to")
                stand_in = _whole(event.seq, event.payload.get("stand_in"), "stand_in")
                self.lent_by = stand_in if event.payload.get("why") == MoveWhy.START else None
            case _:
                pass

    def _arrive(self, stop: Waypoint, at: datetime) -> None:
        windows = [known.window_id for known in self.way]
        if stop.window_id in windows:
            del self.way[windows.index(stop.window_id) :]
        self.way.append(stop)
        assert self.state is not None
        # A result that came home waits for the applicant, not for the room: the limit of delivery runs, not that of forwarding.
        hands_over = len(self.way) == 1 and power_of(self.state, self.terms) is Power.DELIVER
        if hands_over:
            due = due_date(civil_date(self.moments["decided_at"]), self.terms.delivery, self.calendar)
        else:
            due = handoffs.leg_due(stop.level, at, self.calendar, self.terms.legs)
        self.stays.append(Stay(stop.window_id, stop.level, at, due.due, hands_over))

    def _send(self, event: Event, effective: Event) -> None:
        here = self.stays[-1]
        target = _whole(event.seq, event.payload.get("to_window_id"), "to_window_id")
        level = _level(event.seq, event.payload.get("to_level"), "to_level")
        if target == here.window_id:
            raise IllegalHistory(event.seq, "C-6: it was handed to the window that holds it")
        limits = self.terms.legs
        self.legs.append(
            Leg(
                seq=event.seq,
                from_window=here.window_id,
                to_window=target,
                from_level=here.level,
                to_level=level,
                kind=handoffs.kind_of(here.level, level),
                reason=str(effective.payload.get("reason") or ""),
                power_needed=_power(event.seq, event.payload.get("power")),
                manifest=_listed(effective.payload.get("manifest")),
                sent_at=event.at,
                due_on=handoffs.receipt_due(event.at, self.calendar, limits).due,
                charged_on=handoffs.charge_due(event.at, self.calendar, limits).due,
            ),
        )
        self.stays[-1] = replace(here, sent_at=event.at)
        self.addressed = target

    def _come_back(self, **ends: Any) -> None:
        self.legs[-1] = replace(self.legs[-1], **ends)
        self.stays[-1] = replace(self.stays[-1], sent_at=None)
        self.addressed = None

    def _note(self, event: Event, effective: Event) -> None:
        """Milestones, people, materials and outcome."""
        milestone = _MILESTONES.get(event.kind)
        if milestone is not None:
            self._reach(event.seq, milestone, effective)
        for material in _listed(effective.payload.get("materials")):
            if not isinstance(material, Mapping) or not isinstance(material.get("code"), str):
                raise IllegalHistory(event.seq, "a material without a code")
            code = material["code"]
            self.materials[code] = MappingProxyType({**self.materials.get(code, {}), **material})
        if event.kind is EventKind.REVIEWED:
            self.people["reviewer_id"] = event.actor_id
        elif event.kind is EventKind.DECIDED:
            self.people["decider_id"] = event.actor_id
            try:
                self.outcome = Outcome(str(event.payload.get("outcome")))
            except ValueError:
                raise IllegalHistory(event.seq, "C-9: an outcome that is not open") from None

    def _reach(self, seq: int, milestone: str, effective: Event) -> None:
        at = effective.at
        # Acceptance by effect of law is acceptance as of the day of receipt (C-3).
        if milestone == "accepted_at" and effective.sort is Sort.EFFECT_OF_LAW:
            at = self.moments["received_at"]
        if any(self.moments[earlier] > at for earlier in _IN_ORDER[: _IN_ORDER.index(milestone)] if earlier in self.moments):
            raise IllegalHistory(seq, f"C-2: {milestone} lies before what it follows")
        self.moments[milestone] = at

    def now(self) -> CaseNow:
        """The finished value, with every date computed from the moments."""
        assert self.state is not None and self.last_at is not None
        state, here = self.state, self.stays[-1]
        leg = self.legs[-1] if self.addressed is not None else None
        runs = {run.name: run for run in _runs(state, self.moments, here, leg, self.terms, self.calendar)}
        ruling = _ruling(state, runs)
        warnings = None if ruling is None else warning_dates(ruling.start, ruling.due.due, ruling.limit, self.calendar)
        due_on = {name: runs[name].due.due if name in runs else None for name in ClockName}
        return CaseNow(
            state=state,
            version=self.version,
            last_at=self.last_at,
            holder_window_id=here.window_id,
            holder_level=here.level,
            addressed_window_id=self.addressed,
            assignee_id=self.assignee,
            first_window_id=self.stays[0].window_id,
            next_power=power_of(state, self.terms),
            materials=tuple(self.materials.values()),
            legs=tuple(self.legs),
            stays=tuple(self.stays),
            way_back=tuple(self.way),
            relied_clauses=tuple(self.clauses),
            lent_by_id=self.lent_by,
            outcome=self.outcome,
            closed_at=self.closed_at,
            acceptance_due_on=due_on[ClockName.ACCEPTANCE],
            promised_due_on=due_on[ClockName.PROMISED],
            statutory_due_on=due_on[ClockName.STATUTORY],
            delivery_due_on=due_on[ClockName.DELIVERY],
            leg_due_on=due_on[ClockName.LEG],
            yellow_on=warnings.yellow_on if warnings else None,
            red_on=warnings.red_on if warnings else None,
            overdue_on=warnings.overdue_on if warnings else None,
            provisional=any(run.due.provisional for run in runs.values()),
            reviewer_id=self.people.get("reviewer_id"),
            decider_id=self.people.get("decider_id"),
            **self.moments,
        )


# --- clocks ------------------------------------------------------------------------------------------------------------------------------


class ClockName(StrEnum):
    """The limits of a case (C-4, C-20)."""

    ACCEPTANCE = "acceptance"
    PROMISED = "promised"
    STATUTORY = "statutory"
    DELIVERY = "delivery"
    LEG = "leg"


class Warn(StrEnum):
    """How near a clock is to its end (C-5)."""

    NONE = "none"
    YELLOW = "yellow"
    RED = "red"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class _Run:
    """One limit that began: from which day, how long, until when, and whether it still runs."""

    name: ClockName
    start: date
    limit: Limit
    due: Due
    is_running: bool


def _runs(
    state: State, moments: Mapping[str, datetime], here: Stay, leg: Leg | None, terms: CaseTerms, calendar: Calendar
) -> Iterable[_Run]:
    """Every limit that has begun. The day on which it begins is not counted; the day after is the first (C-4)."""
    limits = (
        (ClockName.ACCEPTANCE, "received_at", terms.acceptance, "accepted_at"),
        (ClockName.PROMISED, "accepted_at", terms.promised, "decided_at"),
        (ClockName.STATUTORY, "accepted_at", terms.statutory, "decided_at"),
        (ClockName.DELIVERY, "decided_at", terms.delivery, "delivered_at"),
    )
    for name, begin, limit, end in limits:
        if begin in moments and limit is not None:
            start = civil_date(moments[begin])
            yield _Run(name, start, limit, due_date(start, limit, calendar), end not in moments)
    if state.is_closed:
        return
    if leg is not None:
        due = handoffs.receipt_due(leg.sent_at, calendar, terms.legs)
        yield _Run(ClockName.LEG, civil_date(leg.sent_at), terms.legs.receive, due, True)
    elif not here.hands_over:
        due = handoffs.leg_due(here.level, here.from_at, calendar, terms.legs)
        yield _Run(ClockName.LEG, due.days[0].date, terms.legs.hold[here.level], due, True)


def _ruling(state: State, runs: Mapping[ClockName, _Run]) -> _Run | None:
    """The clock that colours a list: the leg's while only collected, then acceptance, promise (or law), delivery; none of a closed case."""
    if state.is_closed:
        return None
    for name in (ClockName.DELIVERY, ClockName.PROMISED, ClockName.STATUTORY, ClockName.ACCEPTANCE, ClockName.LEG):
        run = runs.get(name)
        if run is not None and run.is_running:
            return run
    return None


@dataclass(frozen=True, slots=True)
class Clock:
    """One running limit, for people: until when, what is left, how near, and every day with its reason.

    `remaining` is in working days after today up to the due day (0 on the day itself, negative when over), in calendar days for a limit
    in those or in months. `provisional`: a year on the way has no notice yet, and the date will be computed anew.
    """

    name: ClockName
    start: date
    limit: Limit
    due: date
    remaining: int
    warn: Warn
    provisional: bool
    explained: Due


def clocks(now: CaseNow, terms: CaseTerms, calendar: Calendar, today: date) -> tuple[Clock, ...]:
    """The limits that run now, legal ones first, the leg's last (C-4, C-5, C-20). None of a closed case."""
    moments = {name: moment for name in _IN_ORDER if isinstance(moment := getattr(now, name), datetime)}
    runs = _runs(now.state, moments, now.stays[-1], now.leg_under_way, terms, calendar)
    return tuple(_clock(run, calendar, today) for run in runs if run.is_running and not now.state.is_closed)


def _clock(run: _Run, calendar: Calendar, today: date) -> Clock:
    due = run.due.due
    left = remaining(today, due, calendar) if run.limit.unit is Unit.WORKING else (due - today).days
    dates = warning_dates(run.start, due, run.limit, calendar)
    warn = warn_on(today, dates.yellow_on, dates.red_on, dates.overdue_on)
    return Clock(run.name, run.start, run.limit, due, left, warn, run.due.provisional, run.due)


def warn_on(today: date, yellow_on: date | None, red_on: date | None, overdue_on: date | None) -> Warn:
    """The colour of a day, from the three dates (C-5)."""
    for warn, since in ((Warn.OVERDUE, overdue_on), (Warn.RED, red_on), (Warn.YELLOW, yellow_on)):
        if since is not None and today >= since:
            return warn
    return Warn.NONE


# --- what may follow ---------------------------------------------------------------------------------------------------------------------


def _rows(act: Act, state: State | None, position: Position, terms: CaseTerms, holds_accept: bool) -> Iterable[Transition]:
    for row in TRANSITIONS:
        if row.act is act and row.at is position and (state is None or state in row.sources) and _HOLDS[row.when](terms, holds_accept):
            yield row


def transition_for(act: Act, now: CaseNow | None, terms: CaseTerms, *, window_id: int, holds_accept: bool = False) -> Transition | None:
    """The row by which this act goes on from here, with the event to write; None if there is none, or if a rule shuts the way.

    `holds_accept`: the window holds `accept` on the item now, so that the first leg received there is the receipt (C-1).
    """
    state = now.state if now else None
    row = next(iter(_rows(act, state, position_of(now, window_id), terms, holds_accept)), None)
    return None if row is None or row.event is None else row


def may_follow(act: Act, now: CaseNow | None, terms: CaseTerms, *, window_id: int) -> Decision:
    """Does this act follow from where the case stands, for this window? (C-2, C-6; whether the person may is asked of `authority`)"""
    shut = next((row.shut_by for row in TRANSITIONS if row.act is act and row.shut_by), None)
    if shut is not None:
        return Decision.no(Reason.FILING_COMES_FIRST, rule=shut, act=act.value)
    position = position_of(now, window_id)
    state = now.state if now else None
    if any(True for _ in _rows(act, state, position, terms, True)):
        return Decision.yes()
    if now is None:
        return Decision.no(Reason.NO_CASE_YET, rule="C-1", act=act.value)
    if act is Act.COLLECT:
        return Decision.no(Reason.CASE_EXISTS, rule="C-1", act=act.value)
    if act in (Act.RECEIVE, Act.RETURN_LEG, Act.RECALL) and not now.is_under_way:
        return Decision.no(Reason.NOT_UNDER_WAY, rule="C-6", act=act.value)
    if position is Position.ELSEWHERE or (position is Position.ADDRESSED and act is Act.RECALL):
        return Decision.no(Reason.NOT_THE_HOLDER, rule="C-6", act=act.value, holder=now.holder_window_id)
    if position is Position.SENDER:
        reason = Reason.NOT_ADDRESSED if act in (Act.RECEIVE, Act.RETURN_LEG) else Reason.UNDER_WAY
        return Decision.no(reason, rule="C-6", act=act.value, addressed=now.addressed_window_id)
    if position is Position.ADDRESSED:
        return Decision.no(Reason.RECEIVE_FIRST, rule="C-6", act=act.value)
    if now.state.is_closed:
        return Decision.no(Reason.CASE_CLOSED, rule="C-2", act=act.value, state=now.state.value)
    return Decision.no(Reason.STATE_DOES_NOT_ALLOW, rule="C-2", act=act.value, state=now.state.value)


def may_pass_review(not_met: Sequence[str]) -> Decision:
    """May the review be passed? Every review point must be met; one that is not leads to a notice or a refusal, which is filed first (S-11, C-9)."""
    if not_met:
        return Decision.no(Reason.REVIEW_POINT_NOT_MET, rule="S-11", points="；".join(point.rstrip("？?") for point in not_met))
    return Decision.yes()


def next_acts(now: CaseNow | None, terms: CaseTerms, at: Position = Position.HOLDER) -> tuple[Act, ...]:
    """What can come next for a window in this position, what carries the case on first. Acts that a rule shuts are left out.

    For the holder of a case that is under way there is nothing: ask for `Position.SENDER`.
    """
    if now is None:
        at = Position.NEW
    elif now.is_under_way is (at is Position.HOLDER):
        return ()
    state = now.state if now else None
    found = (
        row.act
        for row in TRANSITIONS
        if row.act is not None and row.at is at and row.event is not None and (state is None or state in row.sources) and _HOLDS[row.when](terms, True)
    )
    return tuple(dict.fromkeys(found))


def may_correct(events: Sequence[Event], terms: CaseTerms, calendar: Calendar, correction: Event) -> Decision:
    """May this correcting event be appended? Dates that move a limit are for an office (C-2); the holder mends the rest (C-6)."""
    target = next((event for event in events if event.seq == correction.corrects), None)
    name = str(correction.payload.get("field"))
    if target is None:
        return Decision.no(Reason.NOT_CORRECTABLE, rule="C-2", field=name)
    answer = _may_correct(target.kind, name, correction.sort)
    if not answer:
        return answer
    now = project(events, terms, calendar)
    if correction.sort is Sort.WINDOW_ACT and correction.window_id is not None:
        position = position_of(now, correction.window_id)
        if position is not Position.HOLDER:
            reason = Reason.UNDER_WAY if position is Position.SENDER else Reason.NOT_THE_HOLDER
            return Decision.no(reason, rule="C-6", holder=now.holder_window_id)
    try:
        project((*events, correction), terms, calendar)
    except IllegalHistory as illegal:
        reason = Reason.DATE_OUT_OF_ORDER if name == "at" else Reason.NOT_CORRECTABLE
        return Decision.no(reason, rule="C-2", field=name, why=illegal.why)
    return Decision.yes()


# --- what the resident sees --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PublicStep:
    """One step of the public progress: no name, no window. `at` is None for what is still to come; `due_on` is when it will be there."""

    state: State
    at: datetime | None
    is_current: bool
    due_on: date | None = None

    @property
    def is_done(self) -> bool:
        return self.at is not None


def public_progress(now: CaseNow, terms: CaseTerms) -> tuple[PublicStep, ...]:
    """The steps of the case as the resident sees them, in order: state and dates, nothing else (C-18)."""
    steps: list[tuple[State, datetime | None, date | None]] = []
    if now.collected_at is not None:
        steps.append((State.COLLECTED, now.collected_at, None))
    finished_here = now.state.is_closed and now.received_at is None
    if not finished_here and not (terms.is_only_finished and now.received_at is None):
        steps.append((State.RECEIVED, now.received_at, None))
        steps.append((State.ACCEPTED, now.accepted_at, now.acceptance_due_on))
        if terms.needs_review:
            steps.append((State.UNDER_REVIEW, now.reviewed_at, None))
        steps.append((State.DECIDED, now.decided_at, now.promised_due_on or now.statutory_due_on))
        if terms.has_certificate:
            steps.append((State.CERTIFIED, now.certified_at, None))
    steps.append((State.DELIVERED, now.delivered_at, now.delivery_due_on))
    reached = [state for state, at, _ in steps if at is not None]
    return tuple(
        PublicStep(state, at, is_current=bool(reached) and state is reached[-1], due_on=due_on if at is None else None)
        for state, at, due_on in steps
    )
