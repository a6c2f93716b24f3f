"""Visits, tickets and the queue (N-7)."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest

from portal.rules import tickets as rules
from portal.rules.decision import Decision, Reason
from portal.rules.moments import SHANGHAI
from portal.rules.tickets import TicketState, VisitState, VisitTerms, Waiting

DAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
HOURS = [("09:00", "12:00"), ("13:30", "17:30")]


def refused(decision: Decision) -> Reason | None:
    return None if decision else decision.reason


@pytest.mark.parametrize(
    ("spans", "halves"),
    [
        ([("09:00", "10:00")], ["09:00", "09:30"]),
        ([("08:45", "10:15")], ["09:00", "09:30"]),
        ([("13:30", "14:00"), ("09:00", "09:29")], ["13:30"]),
        ([("09:00", "10:00"), ("09:30", "10:30")], ["09:00", "09:30", "10:00"]),
        ([], []),
    ],
)
def test_half_hours_within_the_hours(spans: list[tuple[str, str]], halves: list[str]) -> None:
    assert rules.half_hours(spans) == halves


def test_open_now() -> None:
    assert rules.is_open_at(HOURS, NINE) and not rules.is_open_at(HOURS, NINE - timedelta(minutes=1))
    assert not rules.is_open_at(HOURS, NINE + timedelta(hours=3)) and not rules.is_open_at([], NINE)


def test_terms_are_county_data() -> None:
    told = {"capacity": 6, "days_ahead": 7, "points": {"611026102000": 2, "611026102002": 0}}
    assert rules.visit_terms(told, "611026000000") == VisitTerms(6, 7)
    assert rules.visit_terms(told, "611026102000") == VisitTerms(2, 7)
    assert rules.visit_terms(told, "611026102002").capacity == 0, "none can be made there"
    assert rules.visit_terms(None, "x") == VisitTerms(4, 14) == rules.visit_terms({"capacity": "many", "points": [1]}, "x")


@pytest.mark.parametrize(
    ("on", "at", "taken", "of_phone", "reason"),
    [
        (DAY, "09:30", 0, 0, None),
        (DAY, "09:00", 0, 0, Reason.VISIT_IS_PAST),
        (date(2026, 11, 22), "10:00", 0, 0, Reason.VISIT_IS_PAST),
        (DAY, "12:30", 0, 0, Reason.VISIT_OUTSIDE_HOURS),
        (DAY, "", 0, 0, Reason.VISIT_OUTSIDE_HOURS),
        (date(2026, 12, 7), "10:00", 0, 0, None),
        (date(2026, 12, 8), "10:00", 0, 0, Reason.VISIT_TOO_FAR_AHEAD),
        (DAY, "10:00", 3, 0, None),
        (DAY, "10:00", 4, 0, Reason.VISIT_IS_FULL),
        (DAY, "10:00", 0, 3, Reason.VISITS_OF_PHONE),
    ],
)
def test_who_may_book(on: date, at: str, taken: int, of_phone: int, reason: Reason | None) -> None:
    decision = rules.may_book_visit(on, at, NINE, hours=rules.half_hours(HOURS), taken=taken, terms=VisitTerms(), of_phone=of_phone)
    assert refused(decision) is reason


@pytest.mark.parametrize(
    ("state", "at", "change", "arrive"),
    [
        (VisitState.BOOKED, "09:00", None, None),
        (VisitState.BOOKED, "08:30", Reason.VISIT_IS_PAST, None),
        (VisitState.CANCELLED, "10:00", Reason.VISIT_IS_OVER, Reason.VISIT_IS_OVER),
        (VisitState.ARRIVED, "10:00", Reason.VISIT_IS_OVER, Reason.VISIT_IS_OVER),
    ],
)
def test_changing_and_arriving(state: VisitState, at: str, change: Reason | None, arrive: Reason | None) -> None:
    assert refused(rules.may_change_visit(state, DAY, at, NINE)) is change
    assert refused(rules.may_arrive(state, DAY, NINE, is_open=True)) is arrive


def test_arriving_on_another_day_or_at_a_closed_door() -> None:
    assert refused(rules.may_arrive(VisitState.BOOKED, date(2026, 11, 24), NINE, is_open=True)) is Reason.VISIT_OTHER_DAY
    assert refused(rules.may_arrive(VisitState.BOOKED, DAY, NINE, is_open=False)) is Reason.TICKET_POINT_CLOSED
    assert refused(rules.may_take_ticket(is_open=False)) is Reason.TICKET_POINT_CLOSED


def came(number: int, minute: int, *, elderly: bool = False, visit: int | None = None, body: int | None = None) -> Waiting:
    """A ticket of so many minutes after nine, with an appointment at so many."""
    return Waiting(number, NINE + timedelta(minutes=minute), elderly, None if visit is None else NINE + timedelta(minutes=visit), body)


@pytest.mark.parametrize(
    ("queue", "now", "order"),
    [
        ([came(1, 0), came(2, 1), came(3, 2)], 10, [1, 2, 3]),
        ([came(1, 0), came(2, 5, elderly=True)], 10, [2, 1]),
        ([came(1, 0), came(2, 5, visit=0)], 10, [2, 1]),
        ([came(1, 0), came(2, 5, visit=30)], 10, [1, 2]),  # before its half hour it waits like everybody
        ([came(1, 0), came(2, 5, visit=30)], 30, [2, 1]),
        ([came(1, 0), came(2, 31, visit=0)], 40, [1, 2]),  # came when the half hour was over
        ([came(1, 0), came(2, 29, visit=0)], 90, [2, 1]),  # came in time, and had to wait
        ([came(1, 0, visit=0), came(2, 9, elderly=True)], 10, [2, 1]),
        ([came(1, 3, visit=30), came(2, 4, visit=0), came(3, 1)], 35, [2, 1, 3]),
        ([came(2, 0), came(1, 0)], 5, [1, 2]),
    ],
)
def test_the_order_of_the_queue(queue: list[Waiting], now: int, order: list[int]) -> None:
    at = NINE + timedelta(minutes=now)
    for each in range(5):
        random.Random(each).shuffle(queue)
        assert [one.id for one in rules.in_order(queue, at)] == order


def test_a_window_calls_those_that_it_serves() -> None:
    queue = [came(1, 0, body=3), came(2, 1), came(3, 2, body=4)]
    assert [one.id for one in rules.served_by(queue, is_general=True, bodies=())] == [1, 2, 3]
    assert [one.id for one in rules.served_by(queue, is_general=False, bodies={4})] == [2, 3]
    assert refused(rules.may_call_next(at_window=[], queue=[])) is Reason.NOBODY_WAITS
    assert refused(rules.may_call_next(at_window=[TicketState.CALLED], queue=queue)) is Reason.TICKET_AT_WINDOW
    assert refused(rules.may_call_next(at_window=[TicketState.SERVING], queue=queue)) is Reason.TICKET_AT_WINDOW
    assert refused(rules.may_call_next(at_window=[], queue=queue, is_own=False)) is Reason.NOT_YOURS
    assert rules.may_call_next(at_window=[TicketState.DONE, TicketState.NO_SHOW], queue=queue)


def test_the_steps_of_a_ticket() -> None:
    allowed = {
        (state, step) for state in TicketState for step in TicketState if rules.may_step(state, step, is_own=True)
    }  # fmt: skip
    assert allowed == {
        (TicketState.CALLED, TicketState.SERVING), (TicketState.CALLED, TicketState.NO_SHOW), (TicketState.SERVING, TicketState.DONE),
    }  # fmt: skip
    assert refused(rules.may_step(TicketState.CALLED, TicketState.SERVING, is_own=False)) is Reason.TICKET_OF_ANOTHER_WINDOW


def test_waiting_begins_with_the_ticket_or_with_the_half_hour() -> None:
    called = NINE + timedelta(minutes=40)
    assert rules.waited(came(1, 10), called) == 30 * 60
    assert rules.waited(came(1, 10, visit=30), called) == 10 * 60
    assert rules.waited(came(1, 35, visit=30), called) == 5 * 60
    assert rules.waited(came(1, 10, visit=60), called) == 0


@pytest.mark.parametrize(
    ("values", "share", "answer"),
    [([5], 50, 5), ([5], 90, 5), (list(range(1, 11)), 50, 5), (list(range(1, 11)), 90, 9), (list(range(1, 12)), 50, 6), (list(range(1, 12)), 90, 10)],
)
def test_percentiles_by_nearest_rank(values: list[int], share: int, answer: int) -> None:
    assert rules.percentile(values, share) == answer


def test_no_figure_below_ten() -> None:
    assert rules.times(range(9)) == rules.Times(9, None, None)
    assert rules.times([600, *([60] * 9)]) == rules.Times(10, 60, 60)
    assert rules.times([]) == rules.Times(0, None, None)
    with pytest.raises(ValueError):
        rules.percentile([], 50)
