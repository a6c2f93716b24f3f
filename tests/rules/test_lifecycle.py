"""The life of a case as tables and properties: what may follow, what the events say, which dates run (C-1, C-2, C-4 to C-6, C-20, C-22)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rules.authority import ACT_NEEDS, OFFICE_NEEDS, Act, Level, Power
from portal.rules.clocks import ClockName, Warn, clocks, warn_on
from portal.rules.deadlines import Limit, Unit
from portal.rules.decision import Decision, Reason, Sort
from portal.rules.handoffs import TransferKind
from portal.rules.lifecycle import (
    OPEN_STATES,
    TRANSITIONS,
    CaseNow,
    CaseTerms,
    ClosedAs,
    Event,
    EventKind,
    FilingKind,
    IllegalHistory,
    ItemKind,
    Outcome,
    Position,
    State,
    correctable_fields,
    may_follow,
    next_acts,
    next_power,
    position_of,
    public_progress,
    transition_for,
)
from portal.rules.moments import SHANGHAI, civil_date
from portal.rules.projection import as_of_law, may_correct, project
from portal.rules.working_days import Calendar, DayKind

# --- the county of these tests -----------------------------------------------------------------------------------------------------------

ROOM, TOWN, MR, TAX, OTHER_ROOM = 1, 2, 3, 4, 5
LEVELS = {ROOM: Level.COMMUNITY, TOWN: Level.TOWN, MR: Level.COUNTY, TAX: Level.SUB_CENTER, OTHER_ROOM: Level.VILLAGE}
AGENT, CLERK, REVIEWER, CHIEF = 11, 12, 13, 14


def _days(month: int, first: int, last: int) -> list[tuple[date, DayKind]]:
    return [(date(2026, month, day), DayKind.HOLIDAY) for day in range(first, last + 1)]


# State Council notice of 2025-11-04, as much of it as these tests meet.
CALENDAR = Calendar.of(
    [
        *_days(9, 25, 27),
        *_days(10, 1, 7),
        (date(2026, 9, 20), DayKind.MOVED_WORKDAY),
        (date(2026, 10, 10), DayKind.MOVED_WORKDAY),
    ],
    [2026],
)

RESTAURANT = CaseTerms(
    kind=ItemKind.PROMISED,
    has_certificate=True,
    required_powers=frozenset({Power.ACCEPT, Power.REVIEW, Power.DECIDE, Power.CERTIFY, Power.DELIVER}),
    promised=Limit(10, Unit.WORKING),
    statutory=Limit(20, Unit.WORKING),
)
INSTANT = CaseTerms(
    kind=ItemKind.INSTANT,
    has_certificate=False,
    required_powers=frozenset({Power.ACCEPT, Power.DECIDE, Power.DELIVER}),
    promised=None,
    statutory=Limit(1, Unit.MONTH),
)
VILLAGE_LIST = CaseTerms(
    kind=ItemKind.INSTANT,
    has_certificate=False,
    required_powers=frozenset({Power.FINISH}),
    promised=None,
    statutory=None,
    on_village_list=True,
)
EITHER_WAY = replace(INSTANT, on_village_list=True)


def on(day: str, clock: str = "10:00") -> datetime:
    """A moment of 2026, given as people of the county say it."""
    return datetime.fromisoformat(f"2026-{day}T{clock}").replace(tzinfo=SHANGHAI)


def event_of(
    kind: EventKind, window: int | None, at: datetime, seq: int, actor: int | None = CLERK, sort: Sort = Sort.WINDOW_ACT, /, **payload: object
) -> Event:
    if kind is EventKind.DECIDED:
        payload.setdefault("outcome", "granted")
    rests: dict[Sort, dict[str, object]] = {
        Sort.WINDOW_ACT: {"clause_id": 100 + (window or 0)}, Sort.ACT_OF_OFFICE: {"office_id": 9}, Sort.EFFECT_OF_LAW: {"article": "许可法"},
        Sort.ACT_OF_APPLICANT: {},
    }  # fmt: skip
    return Event(seq, kind, sort, actor, window, at, payload, **rests[sort])  # type: ignore[arg-type]


@dataclass(frozen=True)
class Case:
    """A case in the making: each act is asked of the guard, written, and projected, as the services do it."""

    terms: CaseTerms = RESTAURANT
    events: tuple[Event, ...] = ()

    @property
    def now(self) -> CaseNow | None:
        return project(self.events, self.terms, CALENDAR) if self.events else None

    @property
    def known(self) -> CaseNow:
        assert (now := self.now) is not None
        return now

    def may(self, act: Act, window: int | None, at: datetime | None = None) -> Decision:
        return may_follow(act, self.now, self.terms, window_id=window, on=None if at is None else civil_date(at))

    def does(self, act: Act, window: int | None, at: datetime, actor: int = CLERK, accepts: bool = True, **payload: object) -> Case:
        self.may(act, window, at).or_raise()
        row = transition_for(act, self.now, self.terms, window_id=window, holds_accept=accepts, on=civil_date(at), says=payload or None)
        assert row is not None
        if not self.events and window is not None:
            payload.setdefault("level", LEVELS[window].value)
        if row.says is not None:
            payload.setdefault(*row.says)
        if act is Act.HAND_OFF and isinstance(to := payload.get("to_window_id"), int):
            payload.setdefault("to_level", LEVELS[to].value)
        return replace(self, events=(*self.events, event_of(row.event, window, at, len(self.events) + 1, actor, row.sort, **payload)))

    def by_law(self, day: date) -> Case:
        """With the effects of law that have come by this day."""
        return replace(self, events=(*self.events, *as_of_law(self.events, self.terms, CALENDAR, day)[1]))

    def sent(self, window: int, to: int, at: datetime, **payload: object) -> Case:
        return self.does(Act.HAND_OFF, window, at, to_window_id=to, **payload)

    def moved(self, window: int, to: int, at: datetime, accepts: bool = False) -> Case:
        return self.sent(window, to, at).does(Act.RECEIVE, to, at + timedelta(hours=1), accepts=accepts)

    def written(self, event: Event) -> Case:
        return replace(self, events=(*self.events, event))


def collected() -> Case:
    return Case().does(
        Act.COLLECT, ROOM, on("11-18", "09:12"), AGENT, materials=[{"code": "M-1", "copies": 1, "original": True}, {"code": "M-2"}]
    )


def at_town() -> Case:
    return collected().moved(ROOM, TOWN, on("11-18", "14:05"), accepts=True)


def accepted() -> Case:
    return at_town().does(Act.ACCEPT, TOWN, on("11-18", "15:40"))


def at_county() -> Case:
    return accepted().moved(TOWN, MR, on("11-20"))


def story_before() -> Case:
    """The town may only accept: the case goes to the county and back."""
    case = at_county().does(Act.REVIEW, MR, on("11-23"), REVIEWER, result="pass", lines=[{"point": "site", "ok": True}])
    case = case.does(Act.DECIDE, MR, on("11-24"), CHIEF).does(Act.CERTIFY, MR, on("11-24", "11:00"), CHIEF, number="X-1")
    case = case.moved(MR, TOWN, on("11-25")).moved(TOWN, ROOM, on("11-26"))
    return case.does(Act.DELIVER, ROOM, on("11-27"), AGENT)


def story_after() -> Case:
    """Review, decide and certify are entrusted to the town."""
    case = accepted().does(Act.REVIEW, TOWN, on("11-19"), REVIEWER).does(Act.DECIDE, TOWN, on("11-20"), CHIEF)
    return (
        case.does(Act.CERTIFY, TOWN, on("11-20", "11:00"), CHIEF).moved(TOWN, ROOM, on("11-23")).does(Act.DELIVER, ROOM, on("11-24"), AGENT)
    )


# --- the story ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "handoffs", "kinds"),
    [
        (story_before(), 4, [TransferKind.RECEIVE_FORWARD, TransferKind.UP, TransferKind.DOWN, TransferKind.DOWN]),
        (story_after(), 2, [TransferKind.RECEIVE_FORWARD, TransferKind.DOWN]),
    ],
    ids=["four handoffs while the town may not decide", "two handoffs once it may"],
)
def test_the_story_takes_so_many_handoffs(case: Case, handoffs: int, kinds: list[TransferKind]) -> None:
    now = case.known
    assert (now.state, now.handoffs, [leg.kind for leg in now.legs]) == (State.DELIVERED, handoffs, kinds)
    assert now.first_window_id == now.holder_window_id == ROOM
    assert now.closed_at == now.delivered_at == case.events[-1].at
    assert (now.reviewer_id, now.decider_id, now.outcome) == (REVIEWER, CHIEF, Outcome.GRANTED)


def test_a_finished_story_keeps_who_held_it_how_long() -> None:
    stays = story_before().known.stays
    assert [stay.window_id for stay in stays] == [ROOM, TOWN, MR, TOWN, ROOM]
    assert [stay.is_late(date(2026, 12, 31)) for stay in stays] == [False] * 5
    assert all(before.to_at == after.from_at for before, after in pairwise(stays))


def test_both_dates_of_a_case_that_began_in_a_room() -> None:
    """Collected at the room, received by the first window with accept, in one event (C-1)."""
    now = at_town().known
    assert now.collected_at == on("11-18", "09:12")
    assert now.received_at == on("11-18", "15:05")
    assert (now.state, now.version, now.holder_window_id) == (State.RECEIVED, 3, TOWN)
    assert [event.kind for event in at_town().events] == [EventKind.COLLECTED, EventKind.HANDED_OFF, EventKind.RECEIVED]


def test_a_window_without_accept_that_gets_a_leg_does_not_receive_the_case() -> None:
    case = collected().moved(ROOM, OTHER_ROOM, on("11-18", "11:00"))
    assert (case.known.state, case.known.received_at, case.events[-1].kind) == (State.COLLECTED, None, EventKind.LEG_RECEIVED)


def test_a_window_that_gets_accept_later_enters_what_it_holds() -> None:
    case = collected().moved(ROOM, TOWN, on("11-18", "11:00")).does(Act.ENTER, TOWN, on("11-19"))
    assert (case.known.state, case.known.received_at, case.known.holder_window_id) == (State.RECEIVED, on("11-19"), TOWN)


def test_a_matter_of_the_village_list_is_finished_in_the_room() -> None:
    case = Case(VILLAGE_LIST).does(Act.COLLECT, ROOM, on("11-18")).does(Act.FINISH, ROOM, on("11-18", "10:20"))
    assert (case.known.state, case.known.handoffs, case.known.closed_at) == (State.DELIVERED, 0, on("11-18", "10:20"))


# --- the table of what may follow --------------------------------------------------------------------------------------------------------

MOVED = {Act.HAND_OFF, Act.TAKE, Act.RECEIVE_PAPER, Act.CONSENT, Act.END_CONSENT, Act.CARRY}
AT_HAND = MOVED | {Act.WITHDRAW, Act.PUT_ON_HOLD}
NAMED = AT_HAND | {Act.NAME_AGENT, Act.END_AGENT}
EXAMINED_ACTS = NAMED | {
    Act.STOP, Act.END_STOP, Act.FILE_LATE, Act.TERMINATE, Act.TELL_PARTY, Act.HEAR_PARTY, Act.ASK_HEARING, Act.SET_HEARING, Act.HOLD_HEARING,
    Act.CHECK_SITE,
}  # fmt: skip
ACTS_BY_STATE = {
    State.COLLECTED: AT_HAND | {Act.ENTER},
    State.RECEIVED: NAMED | {Act.ACCEPT, Act.NOTICE, Act.TURN_AWAY, Act.NOT_ACCEPT, Act.FILE_NOT_ACCEPT},
    State.NOTICED: NAMED | {Act.SUPPLEMENT},
    State.NOT_ACCEPTED: MOVED,
    State.ACCEPTED: EXAMINED_ACTS | {Act.REVIEW},
    State.UNDER_REVIEW: EXAMINED_ACTS | {Act.DECIDE, Act.FILE_REFUSE},
    State.DECIDED: MOVED | {Act.CERTIFY},
    State.CERTIFIED: MOVED | {Act.DELIVER},
    State.DELIVERED: {Act.ARCHIVE, Act.CARRY},
    State.CLOSED: {Act.ARCHIVE, Act.CARRY},
    State.ARCHIVED: set(),
}
OFFICE_BY_STATE = {
    State.COLLECTED: {Act.ROUTE, Act.VOID},
    State.RECEIVED: {Act.ROUTE, Act.VOID, Act.OPEN_URGENT},
    State.NOTICED: {Act.ROUTE, Act.VOID, Act.OPEN_URGENT, Act.OPEN_NOTICE},
    State.NOT_ACCEPTED: {Act.ROUTE, Act.SEND_BACK, Act.PASS_FILING},
    State.ACCEPTED: {Act.ROUTE, Act.VOID, Act.OPEN_URGENT, Act.EXTEND},
    State.UNDER_REVIEW: {Act.ROUTE, Act.VOID, Act.OPEN_URGENT, Act.EXTEND},
    State.DECIDED: {Act.ROUTE, Act.OPEN_URGENT},
    State.CERTIFIED: {Act.ROUTE, Act.OPEN_URGENT},
}


def in_state(state: State) -> Case:
    """A restaurant case held by the county's window in this state."""
    case = collected().moved(ROOM, MR, on("11-18", "14:00"), accepts=state is not State.COLLECTED)
    match state:
        case State.NOTICED:
            return case.does(Act.NOTICE, MR, on("11-19"), missing=[{"code": "M-2", "why": ""}])
        case State.NOT_ACCEPTED:
            return case.does(Act.TURN_AWAY, MR, on("11-18", "16:00"), why="not_ours")
        case State.CLOSED:
            return case.does(Act.WITHDRAW, MR, on("11-19"))
        case _:
            pass
    steps = [(State.ACCEPTED, Act.ACCEPT), (State.UNDER_REVIEW, Act.REVIEW), (State.DECIDED, Act.DECIDE), (State.CERTIFIED, Act.CERTIFY)]
    for _, act in [*steps, (State.DELIVERED, Act.DELIVER), (State.ARCHIVED, Act.ARCHIVE)]:
        if case.known.state is state:
            break
        case = case.does(act, MR, on("11-19"))
    assert case.known.state is state
    return case


@pytest.mark.parametrize("state", ACTS_BY_STATE)
def test_what_the_holder_and_the_offices_may_do_in_each_state(state: State) -> None:
    """Every act in every state; that the clock stands is a day, not a state, so an end of it is offered while no day is asked."""
    case = in_state(state)
    for act in Act:
        for window, wanted in ((MR, ACTS_BY_STATE[state]), (None, OFFICE_BY_STATE.get(state, set()))):
            answer = case.may(act, window)
            assert bool(answer) is (act in wanted), (act, window, answer)
            position = Position.HOLDER if window is not None else Position.OFFICE
            assert (act in next_acts(case.known, RESTAURANT, position)) is bool(answer), act
            assert answer or (answer.rule and answer.reason)
    assert set(ACTS_BY_STATE) == set(State) - {State.STOPPED}


@pytest.mark.parametrize(
    ("act", "window", "reason", "rule"),
    [
        (Act.RECALL, ROOM, None, None),
        (Act.RECEIVE, TOWN, None, None),
        (Act.RETURN_LEG, TOWN, None, None),
        (Act.HAND_OFF, ROOM, Reason.UNDER_WAY, "C-6"),
        (Act.TAKE, ROOM, Reason.UNDER_WAY, "C-6"),
        (Act.RECEIVE, ROOM, Reason.NOT_ADDRESSED, "C-6"),
        (Act.RETURN_LEG, ROOM, Reason.NOT_ADDRESSED, "C-6"),
        (Act.RECALL, TOWN, Reason.NOT_THE_HOLDER, "C-6"),
        (Act.ACCEPT, TOWN, Reason.RECEIVE_FIRST, "C-6"),
        (Act.HAND_OFF, TOWN, Reason.RECEIVE_FIRST, "C-6"),
        (Act.RECEIVE, MR, Reason.NOT_THE_HOLDER, "C-6"),
        (Act.RECALL, MR, Reason.NOT_THE_HOLDER, "C-6"),
        (Act.ACCEPT, MR, Reason.NOT_THE_HOLDER, "C-6"),
        (Act.COLLECT, ROOM, Reason.CASE_EXISTS, "C-1"),
        (Act.NOT_ACCEPT, TOWN, Reason.RECEIVE_FIRST, "C-6"),
        (Act.WITHDRAW, ROOM, Reason.UNDER_WAY, "C-6"),
    ],
)
def test_while_under_way(act: Act, window: int, reason: Reason | None, rule: str | None) -> None:
    """The sender only recalls, the addressed window receives or returns, everybody else waits (C-6)."""
    answer = collected().sent(ROOM, TOWN, on("11-18", "14:05")).may(act, window)
    assert (answer.allowed, answer.reason, answer.rule) == (reason is None, reason, rule)


@pytest.mark.parametrize(
    ("case", "act", "window", "reason", "rule"),
    [
        (Case(), Act.ACCEPT, TOWN, Reason.NO_CASE_YET, "C-1"),
        (Case(), Act.HAND_OFF, ROOM, Reason.NO_CASE_YET, "C-1"),
        (in_state(State.UNDER_REVIEW), Act.REFUSE, MR, Reason.FILING_COMES_FIRST, "C-9"),
        (in_state(State.RECEIVED).does(Act.FILE_NOT_ACCEPT, MR, on("11-18", "15:00"), ground="x"), Act.TURN_AWAY, MR, Reason.FILED_AND_WAITING, "C-9"),
        (in_state(State.NOTICED), Act.NOTICE, MR, Reason.NOTICED_ONCE, "C-3"),
        (in_state(State.NOTICED), Act.ACCEPT, MR, Reason.STILL_MISSING, "C-3"),
        (in_state(State.ACCEPTED).does(Act.REVIEW, MR, on("11-20"), result="failed"),
         Act.DECIDE, MR, Reason.REVIEW_FAILED, "S-11"),
        (in_state(State.UNDER_REVIEW), Act.EXTEND, MR, Reason.STATE_DOES_NOT_ALLOW, "C-2"),
        (collected(), Act.RECALL, ROOM, Reason.NOT_UNDER_WAY, "C-6"),
        (collected(), Act.RECEIVE, TOWN, Reason.NOT_UNDER_WAY, "C-6"),
        (collected(), Act.TAKE, TOWN, Reason.NOT_THE_HOLDER, "C-6"),
        (collected(), Act.FINISH, ROOM, Reason.STATE_DOES_NOT_ALLOW, "C-2"),
        (at_town(), Act.REVIEW, TOWN, Reason.STATE_DOES_NOT_ALLOW, "C-2"),
        (accepted(), Act.ACCEPT, TOWN, Reason.STATE_DOES_NOT_ALLOW, "C-2"),
        (accepted(), Act.DECIDE, TOWN, Reason.STATE_DOES_NOT_ALLOW, "C-2"),
        (accepted(), Act.COLLECT, ROOM, Reason.CASE_EXISTS, "C-1"),
        (story_after(), Act.HAND_OFF, ROOM, Reason.CASE_CLOSED, "C-2"),
        (story_after(), Act.DELIVER, ROOM, Reason.CASE_CLOSED, "C-2"),
    ],
)
def test_what_does_not_follow_says_why(case: Case, act: Act, window: int, reason: Reason, rule: str) -> None:
    answer = case.may(act, window)
    assert (answer.allowed, answer.reason, answer.rule) == (False, reason, rule)
    assert transition_for(act, case.now, case.terms, window_id=window) is None


@pytest.mark.parametrize(
    ("terms", "states"),
    [
        (RESTAURANT, [State.RECEIVED, State.ACCEPTED, State.UNDER_REVIEW, State.DECIDED, State.CERTIFIED, State.DELIVERED]),
        (replace(RESTAURANT, has_certificate=False), [State.RECEIVED, State.ACCEPTED, State.UNDER_REVIEW, State.DECIDED, State.DELIVERED]),
        (INSTANT, [State.RECEIVED, State.ACCEPTED, State.DECIDED, State.DELIVERED]),
        (
            replace(INSTANT, required_powers=INSTANT.required_powers | {Power.REVIEW}),
            [State.RECEIVED, State.ACCEPTED, State.UNDER_REVIEW, State.DECIDED, State.DELIVERED],
        ),
        (
            replace(RESTAURANT, required_powers=RESTAURANT.required_powers - {Power.REVIEW}),
            [State.RECEIVED, State.ACCEPTED, State.UNDER_REVIEW, State.DECIDED, State.CERTIFIED, State.DELIVERED],
        ),
    ],
    ids=["with certificate", "without", "instant", "instant but reviewed", "a promised item is always reviewed"],
)
def test_one_window_that_may_all_goes_straight_through(terms: CaseTerms, states: list[State]) -> None:
    """Following the first act offered, and asking for the power that it needs, leads from the door to the result."""
    case = Case(terms).does(Act.ENTER, TOWN, on("11-18"))
    seen, powers = [case.known.state], [case.known.next_power]
    while not case.known.state.is_closed:
        case = case.does(next_acts(case.known, terms)[0], TOWN, on("11-18"))
        seen.append(case.known.state)
        powers.append(next_power(case.known, terms))
    assert seen == states
    assert [step.state for step in public_progress(case.known, terms)] == states
    needed = {Power.ACCEPT, Power.DECIDE, Power.DELIVER} | ({Power.REVIEW} if State.UNDER_REVIEW in states else set())
    assert set(powers) == needed | ({Power.CERTIFY} if terms.has_certificate else set()) | {None}


def test_what_each_position_may_do_next() -> None:
    under_way = collected().sent(ROOM, TOWN, on("11-18", "14:05")).known
    assert next_acts(None, RESTAURANT) == (Act.COLLECT, Act.ENTER)
    assert next_acts(under_way, RESTAURANT, Position.HOLDER) == ()
    assert next_acts(under_way, RESTAURANT, Position.SENDER) == (Act.RECALL, Act.END_CONSENT, Act.CARRY)
    assert next_acts(under_way, RESTAURANT, Position.ADDRESSED) == (Act.RECEIVE, Act.RETURN_LEG, Act.RECEIVE_PAPER)
    assert next_acts(under_way, RESTAURANT, Position.ELSEWHERE) == (Act.END_CONSENT, Act.CARRY)
    assert next_acts(collected().known, RESTAURANT, Position.SENDER) == ()
    assert Act.FINISH in next_acts(Case(EITHER_WAY).does(Act.COLLECT, ROOM, on("11-18")).known, EITHER_WAY)
    assert [position_of(under_way, window) for window in (ROOM, TOWN, MR)] == [Position.SENDER, Position.ADDRESSED, Position.ELSEWHERE]
    assert position_of(collected().known, ROOM) is Position.HOLDER


@pytest.mark.parametrize(
    ("terms", "power"),
    [
        (VILLAGE_LIST, Power.FINISH),
        (replace(VILLAGE_LIST, on_village_list=False), Power.ACCEPT),
        (EITHER_WAY, Power.ACCEPT),
        (RESTAURANT, Power.ACCEPT),
    ],
)
def test_the_power_that_a_collected_case_needs(terms: CaseTerms, power: Power) -> None:
    assert Case(terms).does(Act.COLLECT, ROOM, on("11-18")).known.next_power is power


def test_the_table_leaves_no_state_without_a_way_on() -> None:
    for state in OPEN_STATES:
        assert any(state in row.sources and row.to is not None for row in TRANSITIONS), state
    assert {row.act for row in TRANSITIONS} - {None} == set(Act) - {Act.CORRECT}
    assert {row.event for row in TRANSITIONS} == set(EventKind) - {EventKind.CORRECTED}
    assert all((row.closed_as is not None) is (row.to is State.CLOSED) for row in TRANSITIONS)
    assert {row.act for row in TRANSITIONS if row.at is Position.OFFICE} - {None} == set(OFFICE_NEEDS) - {Act.CORRECT}
    assert {row.act for row in TRANSITIONS if row.at is not Position.OFFICE} - {None} == set(ACT_NEEDS)


# --- legs --------------------------------------------------------------------------------------------------------------------------------


def test_a_leg_says_why_what_and_until_when() -> None:
    case = accepted().sent(TOWN, MR, on("11-20"), reason="may not decide", power="decide", manifest=[{"code": "M-1", "original": True}])
    leg = case.known.legs[-1]
    assert (leg.reason, leg.power_needed, leg.manifest) == ("may not decide", Power.DECIDE, ({"code": "M-1", "original": True},))
    assert (leg.from_window, leg.to_window, leg.kind, leg.is_under_way) == (TOWN, MR, TransferKind.UP, True)
    assert (leg.due_on, leg.charged_on) == (date(2026, 11, 23), date(2026, 11, 25))
    assert case.known.leg_due_on == date(2026, 11, 23)
    assert (case.known.holder_window_id, case.known.addressed_window_id, case.known.leg_under_way) == (TOWN, MR, leg)


@pytest.mark.parametrize(("act", "window"), [(Act.RETURN_LEG, MR), (Act.RECALL, TOWN)])
def test_a_leg_that_comes_back_leaves_the_case_with_its_sender(act: Act, window: int) -> None:
    before = accepted().does(Act.TAKE, TOWN, on("11-19"), 77)
    case = before.sent(TOWN, MR, on("11-20")).does(act, window, on("11-23"), reason="not ours", whose="tax")
    now, leg = case.known, case.known.legs[-1]
    assert (now.holder_window_id, now.addressed_window_id, now.state, now.assignee_id) == (TOWN, None, State.ACCEPTED, 77)
    assert (leg.returned_at is not None, leg.recalled_at is not None) == (act is Act.RETURN_LEG, act is Act.RECALL)
    assert (leg.return_reason, leg.whose) == (("not ours", "tax") if act is Act.RETURN_LEG else ("", ""))
    assert now.handoffs == before.known.handoffs and now.stays == before.known.stays
    assert case.sent(TOWN, MR, on("11-23")).known.legs[-1].is_under_way


def test_whoever_takes_a_case_is_its_assignee_until_it_moves() -> None:
    case = accepted().does(Act.TAKE, TOWN, on("11-19"), 77).does(Act.TAKE, TOWN, on("11-19"), 78)
    assert case.known.assignee_id == 78
    assert case.moved(TOWN, MR, on("11-20")).known.assignee_id is None


def test_the_way_back_is_the_way_it_came_without_the_detours() -> None:
    case = at_county()
    assert [hop.window_id for hop in case.known.way_back] == [ROOM, TOWN, MR]
    aside = case.moved(MR, TAX, on("11-23"))
    assert [hop.window_id for hop in aside.known.way_back] == [ROOM, TOWN, MR, TAX]
    assert [hop.window_id for hop in aside.moved(TAX, MR, on("11-24")).known.way_back] == [ROOM, TOWN, MR]
    assert [hop.window_id for hop in aside.moved(TAX, TOWN, on("11-24")).known.way_back] == [ROOM, TOWN]


@pytest.mark.parametrize(
    ("day", "clock", "due"),
    [
        ("11-18", "16:00", date(2026, 11, 18)),
        ("11-21", "10:00", date(2026, 11, 23)),  # a Saturday: the first working day
        ("10-10", "10:00", date(2026, 10, 10)),  # a Saturday that is worked
        ("10-01", "10:00", date(2026, 10, 8)),
    ],
)
def test_a_room_forwards_on_the_same_working_day(day: str, clock: str, due: date) -> None:
    now = Case().does(Act.COLLECT, ROOM, on(day, clock)).known
    assert (now.leg_due_on, now.overdue_on) == (due, due + timedelta(days=1))
    assert now.stays[-1].is_late(due) is False
    assert now.stays[-1].is_late(due + timedelta(days=1)) is True


def test_time_under_way_is_not_the_senders_lateness() -> None:
    """What counts is when it was sent; how long the other window let it lie is that window's (C-6, C-20)."""
    stay = collected().sent(ROOM, TOWN, on("11-18", "17:00")).does(Act.RECEIVE, TOWN, on("11-24")).known.stays[0]
    assert (stay.sent_at, stay.to_at) == (on("11-18", "17:00"), on("11-24"))
    assert stay.is_late(date(2026, 12, 1)) is False


# --- pending work (G-13) -----------------------------------------------------------------------------------------------------------------


def test_pending_work_is_lent_and_comes_back_and_what_a_colleague_takes_is_theirs() -> None:
    case = at_county().does(Act.TAKE, MR, on("11-20", "11:00"), CHIEF)
    lent = case.written(assigned(len(case.events) + 1, on("11-21"), REVIEWER, "start"))
    assert (lent.known.assignee_id, lent.known.lent_by_id, lent.known.holder_window_id) == (REVIEWER, 3, MR)
    back = lent.written(assigned(len(lent.events) + 1, on("11-22"), CHIEF, "end"))
    assert (back.known.assignee_id, back.known.lent_by_id) == (CHIEF, None)
    taken = lent.does(Act.TAKE, MR, on("11-22"), CLERK)
    assert (taken.known.assignee_id, taken.known.lent_by_id) == (CLERK, None)
    sent = lent.moved(MR, TOWN, on("11-22"))
    assert (sent.known.assignee_id, sent.known.lent_by_id) == (None, None)
    assert (lent.known.state, lent.known.leg_due_on) == (case.known.state, case.known.leg_due_on)  # who has it in hand moves no limit


def test_no_window_assigns() -> None:
    case = at_county()
    assert set(next_acts(case.known, RESTAURANT, Position.OFFICE)) == OFFICE_BY_STATE[State.ACCEPTED]
    for history in (case, Case(), story_after()):
        sort = Sort.WINDOW_ACT if history is case else Sort.ACT_OF_OFFICE
        with pytest.raises(IllegalHistory):
            _ = history.written(assigned(len(history.events) + 1, on("11-30"), CHIEF, "start", sort)).known


# --- dates -------------------------------------------------------------------------------------------------------------------------------


def test_the_limits_run_from_receipt_and_from_acceptance() -> None:
    assert at_town().known.acceptance_due_on == date(2026, 11, 25)
    now = accepted().known
    assert (now.promised_due_on, now.statutory_due_on) == (date(2026, 12, 2), date(2026, 12, 16))
    assert (now.yellow_on, now.red_on, now.overdue_on) == (date(2026, 11, 26), date(2026, 12, 1), date(2026, 12, 3))
    assert now.delivery_due_on is None and not now.provisional
    assert collected().known.acceptance_due_on is None


def test_the_grant_starts_the_days_for_delivery() -> None:
    case = at_county().does(Act.REVIEW, MR, on("11-23")).does(Act.DECIDE, MR, on("11-24"))
    assert case.known.delivery_due_on == date(2026, 12, 8)
    assert case.known.overdue_on == date(2026, 12, 9)


def test_a_result_that_came_home_waits_for_the_applicant_not_for_the_room() -> None:
    """Same-day forwarding is no limit for handing over: ten working days from the grant are (art. 44)."""
    home = Case(events=story_after().events[:-1])
    stay = home.known.stays[-1]
    assert (stay.window_id, stay.hands_over, stay.due_on, home.known.leg_due_on) == (ROOM, True, date(2026, 12, 4), None)
    assert (stay.is_late(date(2026, 12, 4)), stay.is_late(date(2026, 12, 5))) == (False, True)
    assert [clock.name for clock in clocks(home.known, RESTAURANT, CALENDAR, date(2026, 11, 24))] == [ClockName.DELIVERY]
    halfway = Case(events=story_before().events[:-3]).known
    assert (halfway.stays[-1].window_id, halfway.stays[-1].hands_over, halfway.leg_due_on) == (TOWN, False, date(2026, 12, 2))


def test_a_closed_case_has_no_date_left_to_warn_of() -> None:
    now = story_before().known
    assert (now.yellow_on, now.red_on, now.overdue_on, now.leg_due_on) == (None, None, None, None)
    assert clocks(now, RESTAURANT, CALENDAR, date(2026, 12, 30)) == ()
    assert now.promised_due_on == date(2026, 12, 2)  # what was promised can still be read


def test_a_date_that_reaches_into_a_year_without_notice_says_so() -> None:
    case = Case().does(Act.ENTER, MR, on("12-10")).does(Act.ACCEPT, MR, on("12-10"))
    assert case.known.statutory_due_on is not None and case.known.statutory_due_on.year == 2027
    assert case.known.provisional
    assert not Case().does(Act.ENTER, MR, on("12-10")).known.provisional


def test_clocks_explain_each_day() -> None:
    running = {clock.name: clock for clock in clocks(accepted().known, RESTAURANT, CALENDAR, date(2026, 11, 23))}
    assert list(running) == [ClockName.PROMISED, ClockName.STATUTORY, ClockName.LEG]
    promised = running[ClockName.PROMISED]
    assert (promised.start, promised.due, promised.remaining, promised.warn) == (date(2026, 11, 18), date(2026, 12, 2), 7, Warn.NONE)
    assert sum(day.counted for day in promised.explained.days) == 10
    assert (running[ClockName.LEG].due, running[ClockName.LEG].remaining) == (date(2026, 11, 25), 2)


@pytest.mark.parametrize(
    ("today", "remaining", "warn"),
    [
        (date(2026, 11, 25), 5, Warn.NONE),
        (date(2026, 11, 26), 4, Warn.YELLOW),
        (date(2026, 12, 1), 1, Warn.RED),
        (date(2026, 12, 2), 0, Warn.RED),
        (date(2026, 12, 3), -1, Warn.OVERDUE),
        (date(2026, 12, 7), -3, Warn.OVERDUE),
    ],
)
def test_the_colour_of_a_promise(today: date, remaining: int, warn: Warn) -> None:
    now = accepted().known
    clock = next(each for each in clocks(now, RESTAURANT, CALENDAR, today) if each.name is ClockName.PROMISED)
    assert (clock.remaining, clock.warn) == (remaining, warn)
    assert warn_on(today, now.yellow_on, now.red_on, now.overdue_on) is warn


def test_which_clocks_run_when() -> None:
    def names(case: Case) -> list[ClockName]:
        return [clock.name for clock in clocks(case.known, case.terms, CALENDAR, date(2026, 11, 24))]

    assert names(collected()) == [ClockName.LEG]
    assert names(at_town()) == [ClockName.ACCEPTANCE, ClockName.LEG]
    assert names(at_county().does(Act.REVIEW, MR, on("11-23")).does(Act.DECIDE, MR, on("11-24"))) == [ClockName.DELIVERY, ClockName.LEG]
    month = Case(INSTANT).does(Act.ENTER, MR, on("11-18")).does(Act.ACCEPT, MR, on("11-18"))
    assert names(month) == [ClockName.STATUTORY, ClockName.LEG]
    assert clocks(month.known, INSTANT, CALENDAR, date(2026, 11, 24))[0].remaining == 24  # calendar days, to 18 December


def test_what_the_resident_sees() -> None:
    steps = public_progress(accepted().known, RESTAURANT)
    assert [(step.state, step.is_done, step.is_current) for step in steps] == [
        (State.COLLECTED, True, False),
        (State.RECEIVED, True, False),
        (State.ACCEPTED, True, True),
        (State.UNDER_REVIEW, False, False),
        (State.DECIDED, False, False),
        (State.CERTIFIED, False, False),
        (State.DELIVERED, False, False),
    ]
    assert [(step.state, step.due_on) for step in steps if step.due_on] == [(State.DECIDED, date(2026, 12, 2))]
    assert public_progress(at_town().known, RESTAURANT)[2].due_on == date(2026, 11, 25)
    finished = Case(EITHER_WAY).does(Act.COLLECT, ROOM, on("11-18")).does(Act.FINISH, ROOM, on("11-18"))
    assert [step.state for step in public_progress(finished.known, EITHER_WAY)] == [State.COLLECTED, State.DELIVERED]


# --- materials and corrections -----------------------------------------------------------------------------------------------------------


def test_what_is_said_of_a_material_later_replaces_what_was_said_before() -> None:
    case = at_town().does(Act.ACCEPT, TOWN, on("11-18", "15:40"), materials=[{"code": "M-1", "copies": 2}, {"code": "M-3"}])
    assert case.known.materials == ({"code": "M-1", "copies": 2, "original": True}, {"code": "M-2"}, {"code": "M-3"})


def correction(case: Case, corrects: int, name: str, value: object, sort: Sort = Sort.ACT_OF_OFFICE, window: int | None = None) -> Event:
    rests = {"clause_id": 1} if sort is Sort.WINDOW_ACT else {"office_id": 9}
    payload = {"field": name, "value": value}
    return Event(len(case.events) + 1, EventKind.CORRECTED, sort, 5, window, on("11-30"), payload, corrects=corrects, **rests)


def test_a_corrected_date_moves_the_limits_and_both_stay() -> None:
    case = accepted()
    event = correction(case, 4, "at", on("11-19").isoformat())
    assert may_correct(case.events, RESTAURANT, CALENDAR, event)
    after = case.written(event)
    assert (after.known.accepted_at, after.known.promised_due_on) == (on("11-19"), date(2026, 12, 3))
    assert (after.known.version, after.known.state) == (5, State.ACCEPTED)
    assert after.events[3].at == on("11-18", "15:40") and case.known.promised_due_on == date(2026, 12, 2)
    again = after.written(replace(correction(after, 4, "at", on("11-20").isoformat()), at=on("11-30", "11:00")))
    assert again.known.accepted_at == on("11-20")


def test_a_correction_mends_reasons_and_materials() -> None:
    case = collected().sent(ROOM, TOWN, on("11-18", "14:05"), reason="to twon").does(Act.RECEIVE, TOWN, on("11-18", "15:00"))
    mended = case.written(correction(case, 2, "reason", "to town", Sort.WINDOW_ACT, TOWN))
    assert mended.known.legs[0].reason == "to town"
    materials = mended.written(correction(mended, 1, "materials", [{"code": "M-9"}], Sort.WINDOW_ACT, TOWN))
    assert materials.known.materials == ({"code": "M-9"},)


@pytest.mark.parametrize(
    ("corrects", "name", "value", "sort", "window", "reason"),
    [
        (4, "at", on("11-19").isoformat(), Sort.WINDOW_ACT, TOWN, Reason.DATE_NEEDS_OFFICE),
        (3, "at", on("11-19").isoformat(), Sort.WINDOW_ACT, TOWN, Reason.DATE_NEEDS_OFFICE),
        (4, "at", on("11-18", "09:00").isoformat(), Sort.ACT_OF_OFFICE, None, Reason.DATE_OUT_OF_ORDER),  # before it was received
        (3, "at", on("11-19").isoformat(), Sort.ACT_OF_OFFICE, None, Reason.DATE_OUT_OF_ORDER),  # after it was accepted
        (4, "at", on("12-24").isoformat(), Sort.ACT_OF_OFFICE, None, Reason.DATE_OUT_OF_ORDER),  # not yet
        (4, "at", "2026-11-19T10:00", Sort.ACT_OF_OFFICE, None, Reason.DATE_OUT_OF_ORDER),  # no zone
        (4, "at", "soon", Sort.ACT_OF_OFFICE, None, Reason.DATE_OUT_OF_ORDER),
        (4, "clause_id", 3, Sort.ACT_OF_OFFICE, None, Reason.NOT_CORRECTABLE),
        (2, "to_window_id", MR, Sort.ACT_OF_OFFICE, None, Reason.NOT_CORRECTABLE),
        (99, "at", "x", Sort.ACT_OF_OFFICE, None, Reason.NOT_CORRECTABLE),
        (1, "materials", [{}], Sort.WINDOW_ACT, TOWN, Reason.NOT_CORRECTABLE),
        (2, "reason", "x", Sort.WINDOW_ACT, ROOM, Reason.NOT_THE_HOLDER),
    ],
)
def test_what_cannot_be_corrected(corrects: int, name: str, value: object, sort: Sort, window: int | None, reason: Reason) -> None:
    case = accepted()
    event = correction(case, corrects, name, value, sort, window)
    answer = may_correct(case.events, RESTAURANT, CALENDAR, event)
    assert (answer.allowed, answer.reason) == (False, reason)
    with pytest.raises(IllegalHistory):
        _ = case.written(event).known


def test_a_correction_is_not_corrected_and_nothing_while_under_way() -> None:
    case = accepted().sent(TOWN, MR, on("11-20"))
    answer = may_correct(case.events, RESTAURANT, CALENDAR, correction(case, 2, "reason", "x", Sort.WINDOW_ACT, TOWN))
    assert (answer.reason, answer.rule) == (Reason.UNDER_WAY, "C-6")
    mended = case.written(correction(case, 2, "reason", "x"))
    second = correction(mended, mended.known.version, "value", "y")
    assert not may_correct(mended.events, RESTAURANT, CALENDAR, second)
    assert correctable_fields(EventKind.CORRECTED) == frozenset()


def test_acceptance_by_effect_of_law_is_as_of_the_day_of_receipt() -> None:
    deemed = Event(4, EventKind.ACCEPTED, Sort.EFFECT_OF_LAW, None, None, on("11-26", "00:10"), article="行政许可法 32")
    now = at_town().written(deemed).known
    assert (now.state, now.accepted_at, now.promised_due_on) == (State.ACCEPTED, on("11-18", "15:05"), date(2026, 12, 2))
    sent = at_town().sent(TOWN, MR, on("11-20"))
    assert sent.written(replace(deemed, seq=5)).known.state is State.ACCEPTED  # it does not wait for a leg


# --- histories that cannot be ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "events",
    [
        (),
        at_town().events[1:],
        (at_town().events[0], *at_town().events[2:]),
        (*accepted().events, replace(accepted().events[-1], seq=4)),
        (*at_town().events, event_of(EventKind.ACCEPTED, TOWN, on("11-19"), 5)),
        (*at_town().events, event_of(EventKind.ACCEPTED, TOWN, on("11-19"), 3)),
        (replace(collected().events[0], payload={}),),
        (replace(collected().events[0], window_id=None),),
        (replace(collected().events[0], clause_id=None),),
        (replace(collected().events[0], office_id=3),),
        (replace(collected().events[0], article="x"),),
        (replace(collected().events[0], sort=Sort.ACT_OF_OFFICE),),
        (replace(collected().events[0], sort=Sort.ACT_OF_APPLICANT),),
        (replace(collected().events[0], corrects=1),),
        (replace(collected().events[0], at=datetime(2026, 11, 18, 9)),),
        (replace(collected().events[0], payload={"level": "county", "materials": [{"name": "x"}]}),),
        (*collected().events, event_of(EventKind.HANDED_OFF, ROOM, on("11-18"), 2, to_window_id=ROOM, to_level="village")),
        (*collected().events, event_of(EventKind.HANDED_OFF, ROOM, on("11-18"), 2, to_window_id=TOWN)),
        (*collected().events, event_of(EventKind.HANDED_OFF, ROOM, on("11-18"), 2, to_window_id="2", to_level="town")),
        (*collected().events, event_of(EventKind.HANDED_OFF, ROOM, on("11-18"), 2, to_window_id=TOWN, to_level="town", power="rule")),
        (*collected().events, event_of(EventKind.TAKEN, ROOM, on("11-18", "09:11"), 2)),
        (*collected().events, event_of(EventKind.FINISHED, ROOM, on("11-18"), 2)),
        (*at_town().events, event_of(EventKind.DECIDED, TOWN, on("11-19"), 4)),
        (*at_town().events, event_of(EventKind.ACCEPTED, ROOM, on("11-19"), 4)),
    ],
)
def test_a_history_that_no_case_can_have_is_refused(events: tuple[Event, ...]) -> None:
    with pytest.raises(IllegalHistory):
        project(events, RESTAURANT, CALENDAR)


def test_a_refusal_without_a_passed_filing_is_no_history() -> None:
    case = at_county().does(Act.REVIEW, MR, on("11-23"), result="failed")
    refused = event_of(EventKind.DECIDED, MR, on("11-24"), len(case.events) + 1, outcome="refused")
    with pytest.raises(IllegalHistory):
        _ = case.written(refused).known
    filed = case.does(Act.FILE_REFUSE, MR, on("11-23"), ground="x")
    with pytest.raises(IllegalHistory):
        _ = filed.written(replace(refused, seq=len(filed.events) + 1)).known
    returned = filed.does(Act.SEND_BACK, None, on("11-24"))
    with pytest.raises(IllegalHistory):
        _ = returned.written(replace(refused, seq=len(returned.events) + 1)).known
    assert filed.by_law(date(2026, 11, 24)) == filed, "silence is consent only when the next working day is over"
    passed = filed.by_law(date(2026, 11, 25)).does(Act.REFUSE, MR, on("11-25"))
    assert (passed.known.outcome, passed.known.filings[0].by_silence) == (Outcome.REFUSED, True)
    assert passed.known.next_power is Power.DELIVER, "a refusal makes no certificate"


# --- properties --------------------------------------------------------------------------------------------------------------------------

FORWARDED = replace(RESTAURANT, is_forwarded=True, has_certificate=False)
WALKED = (RESTAURANT, replace(RESTAURANT, has_certificate=False, is_licence=False), INSTANT, VILLAGE_LIST, EITHER_WAY, FORWARDED)
ENDING = {Act.WITHDRAW, Act.TERMINATE, Act.VOID}
STAYING = {  # they lead nowhere, so the walk does not do them at every step
    Act.RECEIVE_PAPER, Act.CONSENT, Act.END_CONSENT, Act.CARRY, Act.NAME_AGENT, Act.END_AGENT, Act.TELL_PARTY, Act.HEAR_PARTY, Act.ASK_HEARING,
    Act.SET_HEARING, Act.HOLD_HEARING, Act.CHECK_SITE, Act.PUT_ON_HOLD, Act.END_HOLD, Act.TAKE, Act.OPEN_URGENT, Act.END_URGENT,
}  # fmt: skip


def payload_for(act: Act, now: CaseNow | None, window: int | None, at: datetime, rng: random.Random) -> dict[str, object]:
    """Something that this act can say."""
    day = civil_date(at)
    if now is None:
        return {"level": LEVELS[window or TOWN].value, "materials": [{"code": f"M-{rng.randrange(3)}"}]}
    wanted = now.missing or now.undertaken
    match act:
        case Act.HAND_OFF | Act.ROUTE:
            to = rng.choice([other for other in LEVELS if other != now.holder_window_id])
            return {"to_window_id": to, "to_level": LEVELS[to].value, "reason": "x"} | ({"mark": "ruling"} if act is Act.ROUTE else {})
        case Act.NOTICE:
            return {"missing": [{"code": code, "why": ""} for code in rng.sample(["M-0", "M-1", "M-2"], rng.randint(1, 3))]}
        case Act.SUPPLEMENT:
            return {"materials": [{"code": code, "got": True} for code in wanted if rng.random() < 0.7]}
        case Act.JUDGE_SUPPLEMENT:
            return {"missing": list(now.missing[: rng.randint(1, len(now.missing) or 1)])}
        case Act.ACCEPT:
            later = {"undertaking": {"codes": ["M-2"], "until": (day + timedelta(days=rng.randrange(9))).isoformat()}}
            return rng.choice([{}, {}, later, {"commitment": True}])
        case Act.TURN_AWAY:
            return {"why": rng.choice(["not_ours", "no_licence"])}
        case Act.FILE_NOT_ACCEPT | Act.FILE_REFUSE | Act.FILE_LATE:
            return {"filing": act.value.removeprefix("file_"), "ground": "x", "basis": "y"}
        case Act.REVIEW:
            return {"result": rng.choice(["passed", "failed"])}
        case Act.DECIDE | Act.REFUSE:
            return {"outcome": "granted" if act is Act.DECIDE else "refused"}
        case Act.STOP:
            return {"cause": "test", "until": (day + timedelta(days=rng.randint(1, 20))).isoformat()}
        case Act.END_STOP:
            return {"ended_on": day.isoformat()}
        case Act.EXTEND:
            return {"days": 10}
        case Act.OPEN_URGENT:
            return {"ground": "disaster", "until": (day + timedelta(days=30)).isoformat()}
        case _:
            return {}


def assigned(seq: int, at: datetime, to: int, why: str, sort: Sort = Sort.ACT_OF_OFFICE) -> Event:
    """Pending work goes to who stands in, or back (G-13); by an office, whoever holds the case."""
    rests = {"office_id": 9} if sort is Sort.ACT_OF_OFFICE else {"clause_id": 1}
    return Event(seq, EventKind.ASSIGNED, sort, 5, MR, at, {"to": to, "stand_in": 3, "why": why}, **rests)


def walk(seed: int, steps: int) -> Sequence[Event]:
    """One case, wandering by acts chosen at random; after each step everything that must always hold is looked at. Returns its events.

    Every act is offered to every window and to the offices: where the guard says yes the projection must accept the event, where it says
    no it must refuse it. What the law does meanwhile is written first, as whoever touches a case writes it.
    """
    rng = random.Random(seed)
    terms = rng.choice(WALKED)
    at = on("09-18") + timedelta(minutes=rng.randrange(60 * 24 * 60))
    events: list[Event] = []
    now: CaseNow | None = None
    shown: list[CaseNow] = []
    while len(events) < steps:
        at += timedelta(minutes=rng.choice((0, 1, 45, 60 * 7, 60 * 24, 60 * 24 * 4, 60 * 24 * 20)))
        day = civil_date(at)
        if now is not None:
            now, come = as_of_law(events, terms, CALENDAR, day)
            for event in come:
                events.append(event)
                shown.append(project(events, terms, CALENDAR))
                _holds_always(shown[-1], events)
        allowed: list[tuple[Act | None, Event]] = []
        for act in Act:
            for window in (*LEVELS, None):
                accepts = rng.random() < 0.5
                answer = may_follow(act, now, terms, window_id=window, on=day)
                payload = payload_for(act, now, window, at, rng)
                row = transition_for(act, now, terms, window_id=window, holds_accept=accepts, on=day, says=payload)
                assert bool(answer) is (row is not None), (act, window, answer)
                if row is not None:
                    allowed.append((act, event_of(row.event, window, at, len(events) + 1, CLERK, row.sort, **payload)))
                elif rng.random() < 0.01:
                    assert answer.rule and answer.reason
                    _refused(act, events, window, at, payload, terms, now)
        lent = assigned(len(events) + 1, at, rng.choice((CLERK, CHIEF)), rng.choice(("start", "end")))
        if now is not None and not now.state.is_closed:
            allowed.append((None, lent))
        elif rng.random() < 0.3:
            with pytest.raises(IllegalHistory):
                project([*events, lent], terms, CALENDAR)
        if all(event is lent for _act, event in allowed):
            break
        going_on = [pair for pair in allowed if pair[0] not in ENDING and (pair[0] not in STAYING or rng.random() < 0.1)] if rng.random() < 0.95 else []
        events.append(rng.choice(going_on or allowed)[1])
        now = project(events, terms, CALENDAR)
        shown.append(now)
        _holds_always(now, events)
    for length, then in enumerate(shown, start=1):
        assert project(events[:length], terms, CALENDAR) == then
    return events


def _refused(
    act: Act, events: list[Event], window: int | None, at: datetime, payload: dict[str, object], terms: CaseTerms, now: CaseNow | None
) -> None:
    """What the guard refuses, the projection refuses too, unless another act of that window writes the same kind of event.

    Acts of the applicant come online as well, whoever holds the case: the projection does not ask which window wrote them down.
    """
    day = civil_date(at)
    written = {
        (row.event, row.sort)
        for other in Act
        if other is not act and (row := transition_for(other, now, terms, window_id=window, holds_accept=True, on=day)) is not None
    }
    by_office = window is None
    rows = [row for row in TRANSITIONS if row.act is act and row.at is not Position.APPLICANT and (row.at is Position.OFFICE) is by_office]
    for kind, sort in {(row.event, row.sort) for row in rows} - written:
        with pytest.raises(IllegalHistory):
            project([*events, event_of(kind, window, at, len(events) + 1, CLERK, sort, **payload)], terms, CALENDAR)


def _holds_always(now: CaseNow, events: list[Event]) -> None:
    assert now.version == len(events) == events[-1].seq
    assert now.holder_window_id in LEVELS and now.addressed_window_id != now.holder_window_id
    assert now.holder_level is LEVELS[now.holder_window_id]
    # One holder at every moment: the stays follow one another without gap or overlap, from the first event to the end of the case.
    assert now.stays[0].from_at == events[0].at and now.stays[-1].window_id == now.holder_window_id
    assert all(one.to_at == next_one.from_at for one, next_one in pairwise(now.stays))
    assert now.stays[-1].to_at == now.closed_at and (now.closed_at is not None) is now.state.is_closed
    for event in events:
        holders = [stay for stay in now.stays if stay.from_at <= event.at and (stay.to_at is None or event.at < stay.to_at)]
        closed = now.closed_at is not None and event.at >= now.closed_at
        assert len(holders) == (0 if closed else 1)
    assert [leg.is_under_way for leg in now.legs].count(True) == (1 if now.is_under_way else 0)
    assert all([leg.received_at, leg.returned_at, leg.recalled_at].count(None) >= 2 for leg in now.legs)
    assert len(now.stays) == now.handoffs + 1
    assert now.way_back[-1].window_id == now.holder_window_id and now.way_back[0].window_id == now.first_window_id
    assert len({hop.window_id for hop in now.way_back}) == len(now.way_back)
    nobody_awaited = now.state is State.NOT_ACCEPTED or (now.state is State.NOTICED and now.supplement_at is None)
    assert (now.overdue_on is None) is (now.state.is_closed or nobody_awaited)
    _no_refusal_without_filing(now)
    assert now.lent_by_id is None or now.assignee_id in (CLERK, CHIEF)
    if now.state.is_closed:
        assert now.next_power is None and now.addressed_window_id is None


def _no_refusal_without_filing(now: CaseNow) -> None:
    """No refusal is in effect without a filed and unreturned report; on the spot it is filed the same day (C-9)."""
    passed = {filing.kind for filing in now.filings if filing.effective_at is not None}
    assert all(filing.passed_at is not None and filing.returned_at is None for filing in now.filings if filing.effective_at is not None)
    if now.outcome is Outcome.REFUSED:
        assert FilingKind.REFUSE in passed
    if now.closed_as in (ClosedAs.NOT_ACCEPTED, ClosedAs.NOT_OURS, ClosedAs.NO_LICENCE_NEEDED):
        assert FilingKind.NOT_ACCEPT in passed
    if now.state is State.NOT_ACCEPTED:
        waiting = now.filing_waiting
        assert waiting is not None and waiting.on_the_spot and now.received_at is not None
        assert civil_date(waiting.filed_at) == civil_date(now.received_at)
    assert sum(filing.is_waiting for filing in now.filings) <= 1
    assert now.state.is_closed is (now.state in (State.CLOSED, State.DELIVERED, State.ARCHIVED))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_case_that_wanders_always_has_one_holder_and_one_history(seed: int) -> None:
    assert walk(seed, steps=25)


def test_wandering_gets_everywhere() -> None:
    """The walk would prove little if it never left the door: it meets every kind of event that the table can write."""
    wanted, seen = set(EventKind) - {EventKind.CORRECTED}, set[EventKind]()
    for seed in range(400):
        seen |= {event.kind for event in walk(seed, steps=25)}
        if seen == wanted:
            return
    assert seen == wanted
