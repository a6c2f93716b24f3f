"""What a case is now, and what can come next: the words, the one table, and what each act may follow (C-1, C-2, C-6).

`TRANSITIONS` is the one table of the lifecycle: pages, guards, docs, the picture and the tests read it. `projection.project` folds the
events of a case into `CaseNow`; the row of the case and its legs are written from that and from nothing else. Who may act stands in
`authority`; what the state allows stands here; what an act must say stands in `course`; the dates stand in `clocks`.

What an event's payload holds (JSON values; further keys are kept and ignored):

==================  ======================================================================================================================
collected,          `level` of the window (required), `materials`: list of objects with a `code`
received (new)
noticed             `missing`: list of {code, why}; `until`: the day that the paper names; `second`: a supervisor opened it
supplemented        `materials`: what came in
supplement_judged   `missing`: codes that are still missing, of the first notice
accepted            `undertaking`: {codes, until}, `commitment`: true
turned_away         `why`: no_licence or not_ours, `ground`, `whose`
not_accepted        `ground`, `basis`
filed               `filing`: not_accept, refuse or late; `ground`, `point`, `basis`, `heard`
stopped             `cause`, `article`, `until`: the told end, the last day on which the clock stands
paper_received      `documents`: list of {code, original, copies, condition}, `leg`: the seq of the handoff, `last`: nothing more will come
stop_ended          `ended_on`: the day on which the cause ended
extended            `days`, `reason`
urgent_opened       `ground`, `until`
handed_off          `to_window_id`, `to_level` (required), `reason`, `power`, `manifest`: list, `mark`: why an office moved it, `batch`
leg_returned        `kind_of_return`, `reason`, `whose`, `then`: what happens next, `door`: the window where (None: only a body is known)
reviewed            `result`: passed or failed, `lines`
decided             `outcome`: granted or refused
certified           `number`
consent_given       `papers`: codes, `result`: it is brought home, `signs`, `agent`: seq, `area`, `until`
consent_ended       `reason`
carried             `errand`, `papers`: list of {code, form}, `on`, `to_window_id`
delivered           `to`, `at_home`, `taken_by`: person
assigned            `to`: account, `from`, `stand_in`, `why`: start or end of the stand-in (G-13)
corrected           `field`, `value`; the event names the other one in `corrects`
any                 `materials` again: objects of a known `code` replace what was said of it before
==================  ======================================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from portal.rules.authority import Act, Level, Power
from portal.rules.deadlines import Limit, Stop, Unit
from portal.rules.decision import Decision, Reason, Sort
from portal.rules.handoffs import Leg, LegLimits, Stay, Waypoint
from portal.rules.moments import civil_date

# --- words -------------------------------------------------------------------------------------------------------------------------------


class State(StrEnum):
    """Where a case stands. Under way is no state: it is an addressed window (C-6)."""

    COLLECTED = "collected"
    RECEIVED = "received"
    NOTICED = "noticed"
    """What is missing was noticed, once; the applicant supplements it (C-3)."""
    NOT_ACCEPTED = "not_accepted"
    """Turned away on the spot; the filing of the same day is still open with the center (C-9)."""
    ACCEPTED = "accepted"
    UNDER_REVIEW = "under_review"
    STOPPED = "stopped"
    """Shown and never written: a clock that stands runs again by itself, so the day says it (C-4); see `shown_state`."""
    DECIDED = "decided"
    CERTIFIED = "certified"
    DELIVERED = "delivered"
    ARCHIVED = "archived"
    CLOSED = "closed"
    """Ended without a decision; `ClosedAs` says how."""

    @property
    def is_closed(self) -> bool:
        """Closed cases stand on no list and in no reminder (C-2)."""
        return self in (State.DELIVERED, State.ARCHIVED, State.CLOSED)


OPEN_STATES = frozenset(state for state in State if not state.is_closed and state is not State.STOPPED)
BEFORE_DECISION = frozenset({State.COLLECTED, State.RECEIVED, State.NOTICED, State.ACCEPTED, State.UNDER_REVIEW})
IN_HAND = frozenset({State.RECEIVED, State.NOTICED, State.ACCEPTED, State.UNDER_REVIEW})
EXAMINED = frozenset({State.ACCEPTED, State.UNDER_REVIEW})


class ClosedAs(StrEnum):
    """How a case ended without a decision (domain, section 4)."""

    NO_LICENCE_NEEDED = "no_licence_needed"
    NOT_OURS = "not_ours"
    NOT_ACCEPTED = "not_accepted"
    NOT_SUPPLEMENTED = "not_supplemented"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    FORWARDED = "forwarded"
    VOID = "void"


class EventKind(StrEnum):
    """What can be written about a case; only ever appended (C-2)."""

    COLLECTED = "collected"
    RECEIVED = "received"
    NOTICED = "noticed"
    NOTICE_OPENED = "notice_opened"
    SUPPLEMENTED = "supplemented"
    SUPPLEMENT_JUDGED = "supplement_judged"
    ACCEPTED = "accepted"
    TURNED_AWAY = "turned_away"
    NOT_ACCEPTED = "not_accepted"
    FILED = "filed"
    FILING_RETURNED = "filing_returned"
    FILING_PASSED = "filing_passed"
    REVIEWED = "reviewed"
    STOPPED = "stopped"
    STOP_ENDED = "stop_ended"
    EXTENDED = "extended"
    URGENT_OPENED = "urgent_opened"
    URGENT_ENDED = "urgent_ended"
    PUT_ON_HOLD = "put_on_hold"
    HOLD_ENDED = "hold_ended"
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
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    FORWARDED = "forwarded"
    VOIDED = "voided"
    AGENT_NAMED = "agent_named"
    AGENT_ENDED = "agent_ended"
    PARTY_TOLD = "party_told"
    PARTY_HEARD = "party_heard"
    HEARING_ASKED = "hearing_asked"
    HEARING_SET = "hearing_set"
    HEARING_HELD = "hearing_held"
    SITE_CHECKED = "site_checked"
    PAPER_RECEIVED = "paper_received"
    CONSENT_GIVEN = "consent_given"
    CONSENT_ENDED = "consent_ended"
    CARRIED = "carried"
    CORRECTED = "corrected"


class ItemKind(StrEnum):
    """Instant (即办件) or promised (承诺件) (S-3)."""

    INSTANT = "instant"
    PROMISED = "promised"


class Outcome(StrEnum):
    """How a case was decided."""

    GRANTED = "granted"
    REFUSED = "refused"


class FilingKind(StrEnum):
    """What is filed with the center before it takes effect (否定报备, C-9)."""

    NOT_ACCEPT = "not_accept"
    REFUSE = "refuse"
    LATE = "late"
    """It cannot be finished in the promised time."""


class Position(StrEnum):
    """How whoever acts stands to a case: a window, or one of the three other sorts of G-2."""

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
    APPLICANT = "applicant"
    """An act of the applicant or agent, written down by the holder or sent online."""
    LAW = "law"
    """An effect of law: nobody acts, a day has come."""


class When(StrEnum):
    """On what a transition depends besides state and position."""

    HOLDS_ACCEPT = "holds_accept"
    REVIEW_NEEDED = "review_needed"
    NO_REVIEW_NEEDED = "no_review_needed"
    REVIEW_PASSED = "review_passed"
    REVIEW_FAILED = "review_failed"
    CERTIFICATE = "certificate"
    NO_CERTIFICATE = "no_certificate"
    ON_VILLAGE_LIST = "on_village_list"
    LICENCE = "licence"
    FORWARDED_BY_LAW = "forwarded_by_law"
    ON_THE_SPOT = "on_the_spot"
    SECOND_OPENED = "second_opened"
    SUPPLEMENT_WAITS = "supplement_waits"
    ALL_CAME_IN = "all_came_in"
    NOT_ALL_CAME_IN = "not_all_came_in"
    UNDERTAKING_OPEN = "undertaking_open"
    UNDERTAKING_MET = "undertaking_met"
    UNDERTAKING_OVER = "undertaking_over"
    CLOCK_RUNS = "clock_runs"
    CLOCK_STANDS = "clock_stands"
    NOT_EXTENDED = "not_extended"
    NOT_URGENT = "not_urgent"
    IS_URGENT = "is_urgent"
    NOT_ON_HOLD = "not_on_hold"
    ON_HOLD = "on_hold"
    NOTHING_FILED = "nothing_filed"
    FILING_WAITS = "filing_waits"
    NOT_RETURNED_BEFORE = "not_returned_before"
    NOT_ACCEPTING_PASSED = "not_accepting_passed"
    REFUSAL_PASSED = "refusal_passed"


# --- the table ---------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: this act, by whoever stands so, from one of these states, writes this event and leads to this state.

    `act` is None where nobody presses a button: the stand-in's work that moves, an effect of law. `to` is None where the state stays.
    `when`: all of these must hold. `says`: what the event's payload must say, where one act or event has several rows. `closed_as`:
    how it ends, where it ends without a decision.
    """

    act: Act | None
    at: Position
    sources: frozenset[State]
    to: State | None
    event: EventKind
    when: tuple[When, ...] = ()
    says: tuple[str, str] | None = None
    closed_as: ClosedAs | None = None

    @property
    def sort(self) -> Sort:
        """The sort of its events (G-2)."""
        return {
            Position.OFFICE: Sort.ACT_OF_OFFICE, Position.APPLICANT: Sort.ACT_OF_APPLICANT, Position.LAW: Sort.EFFECT_OF_LAW,
        }.get(self.at, Sort.WINDOW_ACT)  # fmt: skip


def _states(*states: State) -> frozenset[State]:
    return frozenset(states)


_T = Transition
TRANSITIONS: tuple[Transition, ...] = (
    # taken in
    _T(Act.COLLECT, Position.NEW, _states(), State.COLLECTED, EventKind.COLLECTED),
    _T(Act.ENTER, Position.NEW, _states(), State.RECEIVED, EventKind.RECEIVED),
    # A window that gets `accept` only after the case reached it enters it then; without this row the case would be stuck there.
    _T(Act.ENTER, Position.HOLDER, _states(State.COLLECTED), State.RECEIVED, EventKind.RECEIVED),
    _T(Act.FINISH, Position.HOLDER, _states(State.COLLECTED), State.DELIVERED, EventKind.FINISHED, (When.ON_VILLAGE_LIST,)),
    # the five outcomes of the acceptance (C-3)
    _T(Act.ACCEPT, Position.HOLDER, _states(State.RECEIVED), State.ACCEPTED, EventKind.ACCEPTED),
    _T(Act.ACCEPT, Position.HOLDER, _states(State.NOTICED), State.ACCEPTED, EventKind.ACCEPTED, (When.ALL_CAME_IN,)),
    _T(None, Position.LAW, _states(State.RECEIVED), State.ACCEPTED, EventKind.ACCEPTED, (When.LICENCE,)),
    _T(None, Position.LAW, _states(State.NOTICED), State.ACCEPTED, EventKind.ACCEPTED, (When.ALL_CAME_IN,)),
    _T(Act.NOTICE, Position.HOLDER, _states(State.RECEIVED), State.NOTICED, EventKind.NOTICED),
    _T(Act.NOTICE, Position.HOLDER, _states(State.NOTICED), State.NOTICED, EventKind.NOTICED, (When.SECOND_OPENED,)),
    _T(Act.OPEN_NOTICE, Position.OFFICE, _states(State.NOTICED), None, EventKind.NOTICE_OPENED),
    _T(Act.SUPPLEMENT, Position.APPLICANT, _states(State.NOTICED), None, EventKind.SUPPLEMENTED),
    _T(Act.SUPPLEMENT, Position.APPLICANT, EXAMINED, None, EventKind.SUPPLEMENTED, (When.UNDERTAKING_OPEN,)),
    _T(Act.JUDGE_SUPPLEMENT, Position.HOLDER, _states(State.NOTICED), None, EventKind.SUPPLEMENT_JUDGED, (When.SUPPLEMENT_WAITS,)),
    _T(None, Position.LAW, _states(State.NOTICED), State.CLOSED, EventKind.LAPSED, (When.NOT_ALL_CAME_IN,), None, ClosedAs.NOT_SUPPLEMENTED),
    _T(Act.TURN_AWAY, Position.HOLDER, _states(State.RECEIVED), State.NOT_ACCEPTED, EventKind.TURNED_AWAY, (When.ON_THE_SPOT, When.NOTHING_FILED),
       ("why", "no_licence")),
    _T(Act.TURN_AWAY, Position.HOLDER, _states(State.RECEIVED), State.NOT_ACCEPTED, EventKind.TURNED_AWAY, (When.ON_THE_SPOT, When.NOTHING_FILED), ("why", "not_ours")),
    # examined and decided
    _T(Act.REVIEW, Position.HOLDER, _states(State.ACCEPTED), State.UNDER_REVIEW, EventKind.REVIEWED, (When.REVIEW_NEEDED,)),
    _T(Act.REVIEW, Position.HOLDER, _states(State.UNDER_REVIEW), State.UNDER_REVIEW, EventKind.REVIEWED, (When.REVIEW_FAILED,)),
    _T(Act.DECIDE, Position.HOLDER, _states(State.UNDER_REVIEW), State.DECIDED, EventKind.DECIDED,
       (When.REVIEW_PASSED, When.CLOCK_RUNS, When.UNDERTAKING_MET), ("outcome", "granted")),
    _T(Act.DECIDE, Position.HOLDER, _states(State.ACCEPTED), State.DECIDED, EventKind.DECIDED,
       (When.NO_REVIEW_NEEDED, When.CLOCK_RUNS, When.UNDERTAKING_MET), ("outcome", "granted")),
    _T(Act.REFUSE, Position.HOLDER, _states(State.UNDER_REVIEW), State.DECIDED, EventKind.DECIDED,
       (When.REFUSAL_PASSED, When.CLOCK_RUNS, When.UNDERTAKING_OVER), ("outcome", "refused")),
    _T(Act.REFUSE, Position.HOLDER, _states(State.ACCEPTED), State.DECIDED, EventKind.DECIDED,
       (When.NO_REVIEW_NEEDED, When.REFUSAL_PASSED, When.CLOCK_RUNS, When.UNDERTAKING_OVER), ("outcome", "refused")),
    _T(Act.FORWARD, Position.HOLDER, _states(State.UNDER_REVIEW), State.CLOSED, EventKind.FORWARDED,
       (When.FORWARDED_BY_LAW, When.REVIEW_PASSED, When.CLOCK_RUNS), None, ClosedAs.FORWARDED),
    _T(Act.CERTIFY, Position.HOLDER, _states(State.DECIDED), State.CERTIFIED, EventKind.CERTIFIED, (When.CERTIFICATE,)),
    _T(Act.DELIVER, Position.HOLDER, _states(State.CERTIFIED), State.DELIVERED, EventKind.DELIVERED),
    _T(Act.DELIVER, Position.HOLDER, _states(State.DECIDED), State.DELIVERED, EventKind.DELIVERED, (When.NO_CERTIFICATE,)),
    _T(Act.ARCHIVE, Position.HOLDER, _states(State.DELIVERED, State.CLOSED), State.ARCHIVED, EventKind.ARCHIVED),
    # refusals are filed first (C-9)
    _T(Act.FILE_NOT_ACCEPT, Position.HOLDER, _states(State.RECEIVED), None, EventKind.FILED, (When.NOTHING_FILED,), ("filing", "not_accept")),
    _T(Act.FILE_REFUSE, Position.HOLDER, _states(State.UNDER_REVIEW), None, EventKind.FILED, (When.NOTHING_FILED,), ("filing", "refuse")),
    _T(Act.FILE_REFUSE, Position.HOLDER, _states(State.ACCEPTED), None, EventKind.FILED, (When.NO_REVIEW_NEEDED, When.NOTHING_FILED),
       ("filing", "refuse")),
    _T(Act.FILE_LATE, Position.HOLDER, EXAMINED, None, EventKind.FILED, (When.NOTHING_FILED,), ("filing", "late")),
    _T(Act.SEND_BACK, Position.OFFICE, _states(State.RECEIVED) | EXAMINED, None, EventKind.FILING_RETURNED,
       (When.FILING_WAITS, When.NOT_RETURNED_BEFORE)),
    _T(Act.SEND_BACK, Position.OFFICE, _states(State.NOT_ACCEPTED), State.RECEIVED, EventKind.FILING_RETURNED,
       (When.FILING_WAITS, When.NOT_RETURNED_BEFORE)),
    _T(Act.PASS_FILING, Position.OFFICE, _states(State.RECEIVED) | EXAMINED, None, EventKind.FILING_PASSED, (When.FILING_WAITS,)),
    _T(Act.PASS_FILING, Position.OFFICE, _states(State.NOT_ACCEPTED), State.CLOSED, EventKind.FILING_PASSED, (When.FILING_WAITS,), None,
       ClosedAs.NOT_ACCEPTED),
    _T(None, Position.LAW, _states(State.RECEIVED) | EXAMINED, None, EventKind.FILING_PASSED, (When.FILING_WAITS,)),
    _T(None, Position.LAW, _states(State.NOT_ACCEPTED), State.CLOSED, EventKind.FILING_PASSED, (When.FILING_WAITS,), None, ClosedAs.NOT_ACCEPTED),
    _T(Act.NOT_ACCEPT, Position.HOLDER, _states(State.RECEIVED), State.CLOSED, EventKind.NOT_ACCEPTED, (When.NOT_ACCEPTING_PASSED,), None,
       ClosedAs.NOT_ACCEPTED),
    _T(Act.NOT_ACCEPT, Position.HOLDER, _states(State.RECEIVED), State.NOT_ACCEPTED, EventKind.NOT_ACCEPTED,
       (When.ON_THE_SPOT, When.NOTHING_FILED)),
    # clocks (C-4, C-22), urgent track (C-13), plain hold
    _T(Act.STOP, Position.HOLDER, EXAMINED, None, EventKind.STOPPED, (When.CLOCK_RUNS,)),
    _T(Act.END_STOP, Position.HOLDER, EXAMINED, None, EventKind.STOP_ENDED, (When.CLOCK_STANDS,)),
    _T(Act.EXTEND, Position.OFFICE, EXAMINED, None, EventKind.EXTENDED, (When.NOT_EXTENDED,)),
    _T(Act.OPEN_URGENT, Position.OFFICE, IN_HAND | {State.DECIDED, State.CERTIFIED}, None, EventKind.URGENT_OPENED, (When.NOT_URGENT,)),
    _T(Act.END_URGENT, Position.OFFICE, IN_HAND | {State.DECIDED, State.CERTIFIED}, None, EventKind.URGENT_ENDED, (When.IS_URGENT,)),
    _T(Act.PUT_ON_HOLD, Position.HOLDER, BEFORE_DECISION, None, EventKind.PUT_ON_HOLD, (When.NOT_ON_HOLD,)),
    _T(Act.END_HOLD, Position.HOLDER, BEFORE_DECISION, None, EventKind.HOLD_ENDED, (When.ON_HOLD,)),
    # ended otherwise
    _T(Act.WITHDRAW, Position.APPLICANT, BEFORE_DECISION, State.CLOSED, EventKind.WITHDRAWN, (), None, ClosedAs.WITHDRAWN),
    _T(Act.TERMINATE, Position.HOLDER, EXAMINED, State.CLOSED, EventKind.TERMINATED, (), None, ClosedAs.TERMINATED),
    _T(Act.VOID, Position.OFFICE, BEFORE_DECISION, State.CLOSED, EventKind.VOIDED, (), None, ClosedAs.VOID),
    # people beside the applicant (C-28)
    _T(Act.NAME_AGENT, Position.HOLDER, IN_HAND, None, EventKind.AGENT_NAMED),
    _T(Act.END_AGENT, Position.HOLDER, IN_HAND, None, EventKind.AGENT_ENDED),
    _T(Act.TELL_PARTY, Position.HOLDER, EXAMINED, None, EventKind.PARTY_TOLD),
    _T(Act.HEAR_PARTY, Position.HOLDER, EXAMINED, None, EventKind.PARTY_HEARD),
    _T(Act.ASK_HEARING, Position.APPLICANT, EXAMINED, None, EventKind.HEARING_ASKED),
    _T(Act.SET_HEARING, Position.HOLDER, EXAMINED, None, EventKind.HEARING_SET),
    _T(Act.HOLD_HEARING, Position.HOLDER, EXAMINED, None, EventKind.HEARING_HELD),
    _T(Act.CHECK_SITE, Position.HOLDER, EXAMINED, None, EventKind.SITE_CHECKED),
    # moved
    _T(Act.HAND_OFF, Position.HOLDER, OPEN_STATES, None, EventKind.HANDED_OFF),
    _T(Act.TAKE, Position.HOLDER, OPEN_STATES, None, EventKind.TAKEN),
    _T(Act.RECALL, Position.SENDER, OPEN_STATES, None, EventKind.RECALLED),
    # Receiving the first leg at a window that holds `accept` is the receipt: one act, one event (C-1).
    _T(Act.RECEIVE, Position.ADDRESSED, _states(State.COLLECTED), State.RECEIVED, EventKind.RECEIVED, (When.HOLDS_ACCEPT,)),
    _T(Act.RECEIVE, Position.ADDRESSED, OPEN_STATES, None, EventKind.LEG_RECEIVED),
    _T(Act.RETURN_LEG, Position.ADDRESSED, OPEN_STATES, None, EventKind.LEG_RETURNED),
    # An office moves it where no window can or will: a ruling, a point in an emergency, a window that closes (C-24, N-2).
    _T(Act.ROUTE, Position.OFFICE, OPEN_STATES, None, EventKind.HANDED_OFF),
    # The way of the papers is not that of the file (C-6); agent service (C-14).
    _T(Act.RECEIVE_PAPER, Position.HOLDER, OPEN_STATES, None, EventKind.PAPER_RECEIVED),
    _T(Act.RECEIVE_PAPER, Position.ADDRESSED, OPEN_STATES, None, EventKind.PAPER_RECEIVED),
    _T(Act.CONSENT, Position.APPLICANT, OPEN_STATES, None, EventKind.CONSENT_GIVEN),
    _T(Act.END_CONSENT, Position.APPLICANT, OPEN_STATES, None, EventKind.CONSENT_ENDED),
    # Consent is withdrawn at any time: also at the room from which the case has gone on.
    _T(Act.END_CONSENT, Position.SENDER, OPEN_STATES, None, EventKind.CONSENT_ENDED),
    _T(Act.END_CONSENT, Position.ELSEWHERE, OPEN_STATES, None, EventKind.CONSENT_ENDED),
    # The worker carries for the household wherever the file is, and gives originals back also when the case is closed.
    _T(Act.CARRY, Position.HOLDER, OPEN_STATES | {State.DELIVERED, State.CLOSED}, None, EventKind.CARRIED),
    _T(Act.CARRY, Position.SENDER, OPEN_STATES, None, EventKind.CARRIED),
    _T(Act.CARRY, Position.ELSEWHERE, OPEN_STATES | {State.DELIVERED, State.CLOSED}, None, EventKind.CARRIED),
    # Pending work goes to who stands in for an absent chief representative, and back (G-13).
    _T(None, Position.OFFICE, OPEN_STATES, None, EventKind.ASSIGNED),
)  # fmt: skip


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
    is_licence: bool = True  # 行政许可: silence to the end of the fifth working day accepts it (C-3)
    is_forwarded: bool = False
    is_joint: bool = False  # unified, joint or centralised handling (art. 42): extended by a head of the county government
    takes_commitment: bool = False
    stop_articles: tuple[str, ...] = ()  # articles of the item's own law that name a further cause for a stop (C-4)
    expires_on: date | None = None  # a renewal is due by the end of the licence at the latest (C-25)
    acceptance: Limit = field(default_factory=lambda: Limit(5, Unit.WORKING))
    supplement: Limit = field(default_factory=lambda: Limit(15, Unit.WORKING))
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
        EventKind.NOTICED: frozenset({"at"}),
        EventKind.ACCEPTED: frozenset({"at", "materials"}),
        EventKind.REVIEWED: frozenset({"at", "lines"}),
        EventKind.STOPPED: frozenset({"at", "until", "article"}),
        EventKind.STOP_ENDED: frozenset({"at", "ended_on"}),
        EventKind.EXTENDED: frozenset({"days", "reason"}),
        EventKind.DECIDED: frozenset({"at"}),
        EventKind.CERTIFIED: frozenset({"at", "number"}),
        EventKind.DELIVERED: frozenset({"at"}),
        EventKind.FINISHED: frozenset({"at"}),
        EventKind.HANDED_OFF: frozenset({"reason", "manifest"}),
        EventKind.LEG_RETURNED: frozenset({"reason", "whose"}),
    },
)
"""What a correcting event may name. Windows, powers and outcomes are not mended: they are done again, openly."""

MOVES_A_LIMIT = frozenset({"at", "until", "ended_on", "days"})
"""Fields whose correction moves a limit: for a supervisor (C-2). Days of an extension corrected to 0 remove it."""


def correctable_fields(kind: EventKind) -> frozenset[str]:
    """The fields of such an event that a correcting event may name (C-2)."""
    return _CORRECTABLE.get(kind, frozenset())


# --- what a case is ----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StopTold:
    """A stop as its notice told it, and the day on which its cause ended (C-4). `until` is the last day on which the clock stands."""

    seq: int
    cause: str
    article: str
    noticed_on: date
    until: date
    window_id: int | None = None
    ended_on: date | None = None

    @property
    def days(self) -> Stop | None:
        """The stopped days: from the day after the notice to the day on which the cause ended, at most to the told end; None if none."""
        first = self.noticed_on + timedelta(days=1)
        last = self.until if self.ended_on is None else min(self.until, self.ended_on)
        return Stop(first, last) if first <= last else None

    def stands_on(self, day: date) -> bool:
        """Does the clock stand on this day? From the notice on nothing is decided, also on its own day."""
        return self.noticed_on <= day <= self.until and (self.ended_on is None or day < self.ended_on)


@dataclass(frozen=True, slots=True)
class Filing:
    """A report to the center's management before a refusal takes effect (C-9). Waiting until it passed, came back, or was overtaken.

    `silent_on` is the last day on which it can be sent back; silence to its end is consent. `is_late`: filed less than one working day
    before what it is about was due. `on_the_spot`: what it reports went out at once.
    """

    seq: int
    kind: FilingKind
    filed_at: datetime
    silent_on: date
    ground: str = ""
    point: str = ""
    basis: str = ""
    heard: bool = False
    is_late: bool = False
    on_the_spot: bool = False
    window_id: int | None = None
    passed_at: datetime | None = None
    by_silence: bool = False
    returned_at: datetime | None = None
    return_reason: str = ""
    overtaken_at: datetime | None = None
    effective_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        return self.passed_at is None and self.returned_at is None and self.overtaken_at is None


@dataclass(frozen=True, slots=True)
class Undertaking:
    """Secondary materials that come later, by a signed undertaking (C-12)."""

    codes: tuple[str, ...]
    until: date


@dataclass(frozen=True, slots=True)
class CaseNow:
    """What the events say the case is. `version` is the number of its events and the `seq` of the last one (C-23).

    `holder_window_id` is exactly one window at every moment, the sender's while under way; of a closed case it is the last one (C-6).
    `lent_by_id` is the stand-in by which it came to its assignee, None where it is the assignee's own (G-13).
    `way_back` is the way by which the case came, the holder last; a case that goes back shortens it (C-7). The dates of limits are the
    last days on which the thing is in time. `leg_due_on` is the day by which a leg under way should be received, else the one by which
    the holder should be done; None when the result is home and only delivery is left. `yellow_on`, `red_on` and `overdue_on` are those
    of the clock that rules now (C-5) and None when nothing runs; `provisional` says that one of the dates reaches into a year without a
    notice. `noticed` are the codes of the first notice, `missing` those of them still wanted, `brought` what came in and waits for
    judgement since `supplement_at`. From `law_on` on an effect of law holds that is not written yet; from `law_closes_on` on it has closed the case.
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
    closed_as: ClosedAs | None = None
    noticed_at: datetime | None = None
    noticed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    brought: tuple[str, ...] = ()
    notices: int = 0
    second_notice_open: bool = False
    supplement_at: datetime | None = None
    is_committed: bool = False
    undertaking: Undertaking | None = None
    stops: tuple[StopTold, ...] = ()
    extension_days: int = 0
    filings: tuple[Filing, ...] = ()
    review_failed: bool = False
    urgent_from: datetime | None = None
    urgent_until: date | None = None
    on_hold_since: datetime | None = None
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
    supplement_due_on: date | None = None
    judge_due_on: date | None = None
    promised_due_on: date | None = None
    statutory_due_on: date | None = None
    delivery_due_on: date | None = None
    leg_due_on: date | None = None
    yellow_on: date | None = None
    red_on: date | None = None
    overdue_on: date | None = None
    provisional: bool = False
    law_on: date | None = None
    law_closes_on: date | None = None

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

    @property
    def stopped(self) -> tuple[Stop, ...]:
        """The days on which the clocks stood or will stand (C-4)."""
        return tuple(days for told in self.stops if (days := told.days) is not None)

    def stop_on(self, day: date) -> StopTold | None:
        """The stop under which the clock stands on this day; None while it runs."""
        return next((told for told in self.stops if told.stands_on(day)), None)

    @property
    def filing_waiting(self) -> Filing | None:
        """The one filing that the center has not answered yet (C-9)."""
        return next((filing for filing in self.filings if filing.is_waiting), None)

    def filing_passed(self, kind: FilingKind) -> Filing | None:
        """A passed filing of this kind that was not used or overtaken yet."""
        return next((f for f in self.filings if f.kind is kind and f.passed_at and not f.overtaken_at and not f.effective_at), None)

    @property
    def undertaken(self) -> tuple[str, ...]:
        """Codes of an undertaking that have not come in (C-12)."""
        if self.undertaking is None:
            return ()
        got = {str(material["code"]) for material in self.materials if material.get("got")}
        return tuple(code for code in self.undertaking.codes if code not in got)

    @property
    def all_came_in(self) -> bool:
        """Whether everything that was noticed has come in (C-3)."""
        return bool(self.missing) and set(self.missing) <= set(self.brought)

    def is_urgent_on(self, day: date) -> bool:
        """Is it on the urgent track on this day? (C-13)"""
        return self.urgent_from is not None and (self.urgent_until is None or day <= self.urgent_until)

    def holder_at(self, moment: datetime) -> int | None:
        """The window that held the case at a moment; None before it existed and after it closed."""
        for stay in self.stays:
            if stay.from_at <= moment and (stay.to_at is None or moment < stay.to_at):
                return stay.window_id
        return None


def papers_awaited_at(leg: Leg, now: CaseNow) -> int | None:
    """The window at which papers of a leg are awaited: where it is sent, then whoever holds the case; None where nothing is awaited (C-6)."""
    if now.state.is_closed or not leg.papers.state.is_awaited:
        return None
    return leg.to_window if leg.is_under_way else now.holder_window_id


def position_of(now: CaseNow | None, window_id: int) -> Position:
    """How this window stands to the case now."""
    if now is None:
        return Position.NEW
    return position(now.holder_window_id, now.addressed_window_id, window_id)


def position(holder: int, addressed: int | None, window_id: int) -> Position:
    if window_id == holder:
        return Position.HOLDER if addressed is None else Position.SENDER
    return Position.ADDRESSED if window_id == addressed else Position.ELSEWHERE


def power_of(state: State, terms: CaseTerms, *, granted: bool = True, committed: bool = False) -> Power | None:
    """The power that the next step of a case in this state needs; None where nothing is left to do."""
    match state:
        case State.COLLECTED:
            return Power.FINISH if terms.is_only_finished else Power.ACCEPT
        case State.RECEIVED | State.NOTICED:
            return Power.ACCEPT
        case State.ACCEPTED:
            return Power.REVIEW if terms.needs_review and not committed else Power.DECIDE
        case State.UNDER_REVIEW:
            return Power.REVIEW if terms.is_forwarded else Power.DECIDE
        case State.DECIDED:
            return Power.CERTIFY if terms.has_certificate and granted else Power.DELIVER
        case State.CERTIFIED:
            return Power.DELIVER
        case _:
            return None


def powers_to_come(state: State, terms: CaseTerms) -> tuple[Power, ...]:
    """The powers of all steps that a case in this state still needs, in order; empty where nothing is left to do."""
    first = power_of(state, terms)
    if first is None or first is Power.FINISH:
        return () if first is None else (first,)
    if terms.is_forwarded:
        return (Power.ACCEPT, Power.REVIEW) if first is Power.ACCEPT else (Power.REVIEW,)
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
    if now is None:
        return power_of(State.COLLECTED, terms)
    return power_of(now.state, terms, granted=now.outcome is not Outcome.REFUSED, committed=now.is_committed)


# --- what a transition depends on --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """What the conditions of the table are asked of: the terms, the case (None before there is one), the day, and who asks.

    `on` None: the day is not asked. `holds_accept`: the window holds `accept` on the item now, so that the first leg received there is
    the receipt (C-1).
    """

    terms: CaseTerms
    now: CaseNow | None
    on: date | None
    holds_accept: bool = True


def _stands(facts: Facts) -> bool:
    return facts.now is not None and facts.on is not None and facts.now.stop_on(facts.on) is not None


def _undertaking_over(facts: Facts) -> bool:
    """What was to come later has come, or its day is over: then it is decided on what is there (C-12)."""
    now = facts.now
    return now is None or now.undertaking is None or not now.undertaken or facts.on is None or now.undertaking.until < facts.on


def _review_needed(facts: Facts) -> bool:
    return facts.terms.needs_review and not (facts.now is not None and facts.now.is_committed)


def _on_the_spot(facts: Facts) -> bool:
    now = facts.now
    return now is not None and now.received_at is not None and (facts.on is None or civil_date(now.received_at) == facts.on)


def _certificate(facts: Facts) -> bool:
    return facts.terms.has_certificate and not (facts.now is not None and facts.now.outcome is Outcome.REFUSED)


def _waiting(facts: Facts) -> Filing | None:
    return None if facts.now is None else facts.now.filing_waiting


def _returned_before(facts: Facts) -> bool:
    waiting = _waiting(facts)
    assert facts.now is not None
    return waiting is not None and any(each.kind is waiting.kind and each.returned_at is not None for each in facts.now.filings)


def _passed(facts: Facts, kind: FilingKind) -> bool:
    return facts.now is not None and facts.now.filing_passed(kind) is not None


def _of_case(ask: Callable[[CaseNow], bool]) -> Callable[[Facts], bool]:
    return lambda facts: facts.now is not None and ask(facts.now)


def _urgent(facts: Facts) -> bool:
    return facts.now is not None and facts.now.urgent_from is not None and (facts.on is None or facts.now.is_urgent_on(facts.on))


HOLDS: Mapping[When, Callable[[Facts], bool]] = MappingProxyType(
    {
        When.HOLDS_ACCEPT: lambda facts: facts.holds_accept,
        When.REVIEW_NEEDED: _review_needed,
        When.NO_REVIEW_NEEDED: lambda facts: not _review_needed(facts),
        When.REVIEW_PASSED: _of_case(lambda now: not now.review_failed),
        When.REVIEW_FAILED: _of_case(lambda now: now.review_failed),
        When.CERTIFICATE: _certificate,
        When.NO_CERTIFICATE: lambda facts: not _certificate(facts),
        When.ON_VILLAGE_LIST: lambda facts: facts.terms.on_village_list,
        When.LICENCE: lambda facts: facts.terms.is_licence,
        When.FORWARDED_BY_LAW: lambda facts: facts.terms.is_forwarded,
        When.ON_THE_SPOT: _on_the_spot,
        When.SECOND_OPENED: _of_case(lambda now: now.second_notice_open),
        When.SUPPLEMENT_WAITS: _of_case(lambda now: now.supplement_at is not None),
        When.ALL_CAME_IN: _of_case(lambda now: now.all_came_in),
        When.NOT_ALL_CAME_IN: _of_case(lambda now: not now.all_came_in),
        When.UNDERTAKING_OPEN: _of_case(lambda now: bool(now.undertaken)),
        When.UNDERTAKING_MET: _of_case(lambda now: not now.undertaken),
        When.UNDERTAKING_OVER: _undertaking_over,
        When.CLOCK_RUNS: lambda facts: not _stands(facts),
        When.CLOCK_STANDS: lambda facts: facts.on is None or _stands(facts),
        When.NOT_EXTENDED: _of_case(lambda now: not now.extension_days),
        When.NOT_URGENT: lambda facts: not _urgent(facts),
        When.IS_URGENT: _urgent,
        When.NOT_ON_HOLD: _of_case(lambda now: now.on_hold_since is None),
        When.ON_HOLD: _of_case(lambda now: now.on_hold_since is not None),
        When.NOTHING_FILED: lambda facts: _waiting(facts) is None,
        When.FILING_WAITS: lambda facts: _waiting(facts) is not None,
        When.NOT_RETURNED_BEFORE: lambda facts: not _returned_before(facts),
        When.NOT_ACCEPTING_PASSED: lambda facts: _passed(facts, FilingKind.NOT_ACCEPT),
        When.REFUSAL_PASSED: lambda facts: _passed(facts, FilingKind.REFUSE),
    },
)

_WHY_NOT: Mapping[When, tuple[Reason, str]] = MappingProxyType(
    {
        When.REVIEW_PASSED: (Reason.REVIEW_FAILED, "S-11"),
        When.ON_THE_SPOT: (Reason.FILING_COMES_FIRST, "C-9"),
        When.SECOND_OPENED: (Reason.NOTICED_ONCE, "C-3"),
        When.SUPPLEMENT_WAITS: (Reason.NOTHING_CAME_IN, "C-3"),
        When.ALL_CAME_IN: (Reason.STILL_MISSING, "C-3"),
        When.UNDERTAKING_OPEN: (Reason.NO_UNDERTAKING, "C-12"),
        When.UNDERTAKING_MET: (Reason.UNDERTAKING_UNMET, "C-12"),
        When.UNDERTAKING_OVER: (Reason.UNDERTAKING_UNMET, "C-12"),
        When.CLOCK_RUNS: (Reason.CLOCK_STANDS, "C-4"),
        When.CLOCK_STANDS: (Reason.CLOCK_RUNS, "C-4"),
        When.NOT_EXTENDED: (Reason.EXTENDED_ONCE, "C-4"),
        When.NOT_URGENT: (Reason.URGENT_ALREADY, "C-13"),
        When.IS_URGENT: (Reason.NOT_URGENT, "C-13"),
        When.NOTHING_FILED: (Reason.FILED_AND_WAITING, "C-9"),
        When.FILING_WAITS: (Reason.NOTHING_FILED, "C-9"),
        When.NOT_RETURNED_BEFORE: (Reason.RETURNED_ONCE, "C-9"),
        When.NOT_ACCEPTING_PASSED: (Reason.FILING_COMES_FIRST, "C-9"),
        When.REFUSAL_PASSED: (Reason.FILING_COMES_FIRST, "C-9"),
    },
)


def fits(row: Transition, state: State | None, facts: Facts) -> bool:
    """Does this row lead on from this state, under these facts?"""
    follows = row.at is Position.NEW if state is None else state in row.sources
    return follows and all(HOLDS[when](facts) for when in row.when)


def shown_state(state: State, stopped_from: date | None, stopped_until: date | None, today: date) -> State:
    """The state that people see: while the clock stands, that it stands (C-4). Lists and pages ask this one function."""
    stands = stopped_from is not None and stopped_until is not None and stopped_from <= today <= stopped_until
    return State.STOPPED if stands and state in EXAMINED else state


# --- what may follow ---------------------------------------------------------------------------------------------------------------------


def _at(row: Transition, position: Position) -> bool:
    """Acts of the applicant are written down by the holder."""
    return row.at is position or (row.at is Position.APPLICANT and position is Position.HOLDER)


def transition_for(
    act: Act, now: CaseNow | None, terms: CaseTerms, *, window_id: int | None, holds_accept: bool = False, on: date | None = None,
    says: Mapping[str, object] | None = None,
) -> Transition | None:  # fmt: skip
    """The row by which this act goes on from here, with the event to write; None if there is none.

    `window_id` None: an act of office. `says`: the payload, where an act has a row for each thing that it can say.
    """
    position = Position.OFFICE if window_id is None else position_of(now, window_id)
    facts = Facts(terms, now, on, holds_accept)
    state = now.state if now else None
    for row in TRANSITIONS:
        agrees = says is None or row.says is None or says.get(*row.says) == row.says[1]
        if row.act is act and agrees and _at(row, position) and fits(row, state, facts):
            return row
    return None


def may_follow(act: Act, now: CaseNow | None, terms: CaseTerms, *, window_id: int | None, on: date | None = None) -> Decision:
    """Does this act follow from where the case stands, for this window or (None) office? (C-2, C-6; who may is asked of `authority`)"""
    position = Position.OFFICE if window_id is None else position_of(now, window_id)
    state = now.state if now else None
    facts = Facts(terms, now, on)
    rows = [row for row in TRANSITIONS if row.act is act and _at(row, position)]
    if any(fits(row, state, facts) for row in rows):
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
    near = [row for row in rows if now.state in row.sources]
    unmet = next((when for row in near for when in row.when if when in _WHY_NOT and not HOLDS[when](facts)), None)
    if unmet is not None:
        reason, rule = _WHY_NOT[unmet]
        return Decision.no(reason, rule=rule, act=act.value)
    return Decision.no(Reason.STATE_DOES_NOT_ALLOW, rule="C-2", act=act.value, state=now.state.value)


def may_pass_review(not_met: Sequence[str]) -> Decision:
    """May the review be passed? Every review point must be met; one that is not leads to a refusal, which is filed first (S-11, C-9)."""
    if not_met:
        return Decision.no(Reason.REVIEW_POINT_NOT_MET, rule="S-11", points="；".join(point.rstrip("？?") for point in not_met))
    return Decision.yes()


def next_acts(now: CaseNow | None, terms: CaseTerms, at: Position = Position.HOLDER, on: date | None = None) -> tuple[Act, ...]:
    """What can come next for a window in this position, or for an office, what carries the case on first.

    For the holder of a case that is under way there is nothing: ask for `Position.SENDER`.
    """
    if now is None:
        at = Position.NEW
    elif at is not Position.OFFICE and now.is_under_way is (at is Position.HOLDER):
        return ()
    facts, state = Facts(terms, now, on), now.state if now else None
    return tuple(dict.fromkeys(row.act for row in TRANSITIONS if row.act is not None and _at(row, at) and fits(row, state, facts)))


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
    is_ended = now.state is State.CLOSED or (now.state is State.ARCHIVED and now.closed_as is not None)
    finished_here = now.state.is_closed and now.received_at is None
    if not finished_here and not (terms.is_only_finished and now.received_at is None):
        steps.append((State.RECEIVED, now.received_at, None))
        steps.append((State.ACCEPTED, now.accepted_at, now.acceptance_due_on))
        if terms.needs_review:
            steps.append((State.UNDER_REVIEW, now.reviewed_at, None))
        steps.append((State.DECIDED, now.decided_at, now.promised_due_on or now.statutory_due_on))
        if terms.has_certificate and now.outcome is not Outcome.REFUSED:
            steps.append((State.CERTIFIED, now.certified_at, None))
    steps.append((State.DELIVERED, now.delivered_at, now.delivery_due_on))
    if now.noticed_at is not None:
        steps.insert(next(i for i, step in enumerate(steps) if step[0] is State.ACCEPTED), (State.NOTICED, now.noticed_at, None))
    if is_ended or now.state is State.NOT_ACCEPTED:
        steps = [step for step in steps if step[1] is not None]
        steps.append((State.CLOSED if is_ended else State.NOT_ACCEPTED, now.closed_at if is_ended else now.last_at, None))
    reached = [state for state, at, _ in steps if at is not None]
    return tuple(
        PublicStep(state, at, is_current=bool(reached) and state is reached[-1], due_on=due_on if at is None else None)
        for state, at, due_on in steps
    )
