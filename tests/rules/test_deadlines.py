"""C-4, C-5, C-22, S-6: limits worked out by hand, and against a naive day-by-day model built on another library."""

from __future__ import annotations

import os
import random
from datetime import date, timedelta
from itertools import islice

import chinese_calendar
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.rules.deadlines import (
    MAX_DAYS,
    MAX_MONTHS,
    ClockStopped,
    Due,
    Limit,
    LimitOutOfRange,
    Stop,
    Unit,
    due_date,
    remaining,
    warning_dates,
)
from portal.rules.working_days import Calendar, CalendarMissing, DateOutOfRange, DayWhy
from tests.rules.calendar_fixture import seed_calendar

FULL_COUNT = 5_000
LAST_PUBLISHED = date(2026, 12, 31)


def on(text: str) -> date:
    return date.fromisoformat(text if text.startswith("20") else f"2026-{text}")


def pause(text: str) -> Stop:
    first, _, last = text.partition("..")
    return Stop(on(first), on(last))


def due(start: str, number: int, unit: Unit = Unit.WORKING, stops: str = "", off: str = "") -> Due:
    """The function under test with everything as text, the year 2026 where none is given."""
    pauses, days_off = [pause(each) for each in stops.split()], [on(each) for each in off.split()]
    return due_date(on(start), Limit(number, unit), seed_calendar(), pauses, days_off)


# --- worked out by hand -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start, number, last",
    [
        ("03-02", 5, "03-09"),  # Monday: 3 4 5 6 9. The first day is the day after (民法典 art. 201)
        ("03-06", 1, "03-09"),  # Friday: the weekend does not count (许可法 art. 82)
        ("02-13", 1, "02-14"),  # Spring Festival 2026: the Saturday before is worked,
        ("02-13", 5, "02-27"),  # 15 to 23 are off: 14, 24 25 26 27
        ("02-13", 6, "02-28"),  # and so is the Saturday after
        ("02-13", 7, "03-02"),
        ("02-14", 5, "02-28"),  # accepted on a worked Saturday: 24 25 26 27 28
        ("02-18", 5, "02-28"),  # accepted in the middle of the holiday: the same
        ("09-17", 10, "10-08"),  # 18, Sunday 20, 21 to 24, Mid-Autumn off, 28 29 30, National Day off, 8
        ("2025-12-31", 1, "01-04"),  # New Year: the Sunday after is worked
        ("2020-01-23", 1, "2020-02-03"),  # Spring Festival 2020 as lengthened
        ("03-07", 0, "03-07"),  # none: the same day, worked or not
        ("12-25", 4, "12-31"),
        ("12-25", 5, "2027-01-04"),  # 28 29 30 31, New Year off by law, the weekend, 4
        ("2027-02-04", 1, "2027-02-09"),  # before its notice: the eve (Friday 5) and the first three days are off
    ],
)
def test_working_days(start: str, number: int, last: str) -> None:
    assert due(start, number).due == on(last)


@pytest.mark.parametrize(
    "start, number, stops, last",
    [
        ("03-02", 5, "03-04..03-10", "03-16"),  # 3 | 11 12 13 16
        ("03-02", 5, "03-09..03-09", "03-10"),  # the stop covers what would be the due day
        ("03-02", 5, "03-09..03-13", "03-16"),
        ("03-02", 5, "03-03..03-03", "03-10"),  # the first stopped day is the first day of the limit
        ("03-02", 5, "03-07..03-08", "03-09"),  # a weekend is not counted anyway
        ("03-02", 5, "03-04..03-06 03-05..03-10", "03-16"),  # overlapping stops are counted once
        ("03-02", 5, "03-05..03-10 03-04..03-10 03-06..03-06", "03-16"),  # in any order
        ("03-02", 5, "03-04..03-04 03-06..03-06", "03-11"),  # 3 5 9 10 11
        ("03-02", 5, "02-20..03-02", "03-09"),  # what was stopped before the start changes nothing
        ("03-02", 5, "03-10..03-20", "03-09"),  # nor what is stopped after the end
        ("03-02", 0, "03-01..03-20", "03-02"),
    ],
)
def test_stops_in_working_days(start: str, number: int, stops: str, last: str) -> None:
    assert due(start, number, stops=stops).due == on(last)


@pytest.mark.parametrize(
    "start, number, unit, stops, last",
    [
        ("03-02", 10, Unit.CALENDAR, "", "03-12"),
        ("03-02", 12, Unit.CALENDAR, "", "03-16"),  # ends on a Saturday: Monday (S-6)
        ("09-28", 5, Unit.CALENDAR, "", "10-08"),  # ends on 3 October: the first working day after the holiday
        ("02-08", 6, Unit.CALENDAR, "", "02-14"),  # a worked Saturday is no day off
        ("03-02", 10, Unit.CALENDAR, "03-05..03-07", "03-16"),  # three stopped days: Sunday 15, so Monday
        ("03-02", 12, Unit.CALENDAR, "03-16..03-17", "03-18"),  # the day it would be carried to is stopped
        ("03-07", 0, Unit.CALENDAR, "", "03-09"),
        ("01-31", 1, Unit.MONTH, "", "02-28"),  # no 31st: the last day, a worked Saturday
        ("2024-01-31", 1, Unit.MONTH, "", "2024-02-29"),
        ("2025-01-31", 1, Unit.MONTH, "", "2025-02-28"),
        ("03-31", 1, Unit.MONTH, "", "04-30"),
        ("04-01", 1, Unit.MONTH, "", "05-06"),  # 1 May, carried over the holiday
        ("03-02", 1, Unit.MONTH, "03-10..03-14", "04-07"),  # 2 April and five stopped days
        ("2025-11-30", 3, Unit.MONTH, "", "02-28"),
        ("03-02", 0, Unit.MONTH, "", "03-02"),
    ],
)
def test_calendar_days_and_months(start: str, number: int, unit: Unit, stops: str, last: str) -> None:
    assert due(start, number, unit, stops).due == on(last)


@pytest.mark.parametrize(
    "unit, number, off, last",
    [
        (Unit.WORKING, 5, "03-06", "03-10"),
        (Unit.WORKING, 5, "03-07", "03-09"),  # a Saturday is off already
        (Unit.WORKING, 5, "03-09 03-10", "03-11"),
        (Unit.CALENDAR, 7, "03-09", "03-10"),  # the last day is off
        (Unit.CALENDAR, 7, "03-06", "03-09"),  # one on the way changes nothing
    ],
)
def test_further_days_off(unit: Unit, number: int, off: str, last: str) -> None:
    assert due("03-02", number, unit, off=off).due == on(last)


def test_an_extra_day_off_can_be_a_worked_saturday() -> None:
    answer = due("02-13", 1, off="02-14")
    assert answer.due == on("02-24")
    assert answer.days[1].why is DayWhy.OFF


def test_every_day_is_explained() -> None:
    answer = due("02-12", 4, stops="02-24..02-24", off="02-25")
    assert [(each.date, each.counted, each.why, each.number) for each in answer.days] == [
        (on("02-12"), False, DayWhy.START, None),
        (on("02-13"), True, DayWhy.COUNTED, 1),
        (on("02-14"), True, DayWhy.MOVED_WORKDAY, 2),
        *((date(2026, 2, day), False, DayWhy.HOLIDAY, None) for day in range(15, 24)),
        (on("02-24"), False, DayWhy.STOPPED, None),
        (on("02-25"), False, DayWhy.OFF, None),
        (on("02-26"), True, DayWhy.COUNTED, 3),
        (on("02-27"), True, DayWhy.COUNTED, 4),
    ]
    assert answer.stopped_days == 1


def test_a_carried_end_is_explained() -> None:
    answer = due("03-12", 2, Unit.CALENDAR, stops="03-16..03-16", off="03-17")
    assert [(each.date.day, each.counted, each.why) for each in answer.days[1:]] == [
        (13, True, DayWhy.COUNTED),
        (14, True, DayWhy.COUNTED),  # a Saturday counts in calendar days, but cannot be the last
        (15, False, DayWhy.WEEKEND),
        (16, False, DayWhy.STOPPED),
        (17, False, DayWhy.OFF),
        (18, False, DayWhy.CARRIED),
    ]


def test_a_regional_holiday_does_not_count() -> None:
    calendar = Calendar.of([(on("03-04"), "regional_holiday")], [2026])
    answer = due_date(on("03-02"), Limit(2), calendar)
    assert answer.due == on("03-05")
    assert answer.days[2].why is DayWhy.REGIONAL_HOLIDAY


@pytest.mark.parametrize(
    "start, number, unit, provisional",
    [
        ("12-25", 4, Unit.WORKING, False),
        ("12-25", 5, Unit.WORKING, True),
        ("12-25", 6, Unit.CALENDAR, False),
        ("12-25", 7, Unit.CALENDAR, True),
        ("2027-03-02", 0, Unit.WORKING, True),
    ],
)
def test_provisional_as_soon_as_a_year_without_notice_is_looked_at(start: str, number: int, unit: Unit, provisional: bool) -> None:
    assert due(start, number, unit).provisional is provisional


def test_the_notice_recomputes_the_date() -> None:
    """The same facts with the notice of 2027 entered give another date, and a certain one (C-22: nothing is stored and shifted)."""
    days = [(day, kind) for day, kind in seed_calendar().kinds]
    entered = Calendar.of([*days, (on("2027-01-04"), "holiday"), (on("2027-01-09"), "moved_workday")], range(2019, 2028))
    answer = due_date(on("12-25"), Limit(5), entered)
    assert (answer.due, answer.provisional) == (on("2027-01-01"), False)  # this invented notice does not give 1 January off
    assert due_date(on("12-25"), Limit(6), entered).due == on("2027-01-05")


# --- what cannot be answered ------------------------------------------------------------------------------------------------------


def test_before_the_table_there_is_no_answer() -> None:
    with pytest.raises(CalendarMissing) as error:
        due("2018-12-28", 5)
    assert error.value.code == "calendar_missing"


@pytest.mark.parametrize(
    "number, unit", [(-1, Unit.WORKING), (MAX_DAYS + 1, Unit.WORKING), (10**9, Unit.CALENDAR), (MAX_MONTHS + 1, Unit.MONTH)]
)
def test_a_limit_that_means_nothing_is_refused(number: int, unit: Unit) -> None:
    with pytest.raises(LimitOutOfRange) as error:
        Limit(number, unit)
    assert error.value.code == "limit_out_of_range"


@pytest.mark.parametrize("unit, number", [(Unit.WORKING, MAX_DAYS), (Unit.CALENDAR, MAX_DAYS), (Unit.MONTH, MAX_MONTHS)])
def test_the_longest_limit_is_answered(unit: Unit, number: int) -> None:
    answer = due("03-02", number, unit)
    assert answer.provisional and answer.due.year > 2050


def test_absurd_dates_never_overflow() -> None:
    for ask in (
        lambda: due_date(date.max, Limit(0), seed_calendar()),
        lambda: due_date(date.max, Limit(1), seed_calendar()),
        lambda: due_date(date.max, Limit(1, Unit.MONTH), seed_calendar()),
        lambda: due_date(date(2190, 1, 1), Limit(MAX_DAYS), seed_calendar()),
        lambda: due_date(date(2190, 1, 1), Limit(MAX_MONTHS, Unit.MONTH), seed_calendar()),
        lambda: due_date(on("03-02"), Limit(5), seed_calendar(), [Stop(on("03-03"), date.max)]),
        lambda: remaining(date.max, date.max, seed_calendar()),
        lambda: warning_dates(on("03-02"), date.max, Limit(10), seed_calendar()),
    ):
        with pytest.raises(DateOutOfRange):
            ask()


def test_a_stop_without_an_end_has_no_due_date_unless_the_limit_ended_before() -> None:
    endless = [Stop(on("03-09"), None)]
    with pytest.raises(ClockStopped) as error:
        due_date(on("03-02"), Limit(5), seed_calendar(), endless)
    assert error.value.code == "clock_stopped"
    assert due_date(on("03-02"), Limit(4), seed_calendar(), endless).due == on("03-06")


def test_a_stop_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="2026-03-03"):
        Stop(on("03-04"), on("03-03"))
    assert Stop(on("03-04"), on("03-04")).last == on("03-04")


# --- warnings (C-5) ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "promise, stops, yellow, red, overdue",
    [
        # accepted on Monday 2 March; days of the limit: 3 4 5 6 9 10 11 12 13 16
        (1, "", None, "03-02", "03-04"),  # due 3: tomorrow, so red at once
        (3, "", None, "03-04", "03-06"),  # no yellow under four
        (4, "", "03-04", "03-05", "03-07"),  # ⌈4/3⌉ = 2 left after Wednesday 4
        (5, "", "03-05", "03-06", "03-10"),  # due Monday 9: red from Friday
        (6, "", "03-06", "03-09", "03-11"),
        (7, "", "03-06", "03-10", "03-12"),  # ⌈7/3⌉ = 3
        (10, "", "03-10", "03-13", "03-17"),  # ⌈10/3⌉ = 4: 11 12 13 16 are left
        (10, "03-04..03-10", "03-17", "03-20", "03-24"),  # 3 | 11 12 13 16 17 18 19 20 23
    ],
)
def test_warnings(promise: int, stops: str, yellow: str | None, red: str, overdue: str) -> None:
    accepted, limit, pauses = on("03-02"), Limit(promise), [pause(each) for each in stops.split()]
    last = due_date(accepted, limit, seed_calendar(), pauses).due
    warnings = warning_dates(accepted, last, limit, seed_calendar(), pauses)
    assert (warnings.yellow_on, warnings.red_on, warnings.overdue_on) == (yellow and on(yellow), on(red), on(overdue))


def test_warnings_of_a_promise_due_at_once_begin_with_it() -> None:
    warnings = warning_dates(on("03-07"), on("03-07"), Limit(0), seed_calendar())
    assert (warnings.yellow_on, warnings.red_on, warnings.overdue_on) == (None, on("03-07"), on("03-08"))
    early = warning_dates(on("03-07"), on("03-09"), Limit(1), seed_calendar())  # accepted on a Saturday, due on Monday
    assert early.red_on == on("03-07")


def test_a_promise_in_calendar_days_is_measured_in_working_days() -> None:
    """15 calendar days from 2 March end on 17 March: 11 working days, so yellow with four left, on 11 March."""
    limit = Limit(15, Unit.CALENDAR)
    warnings = warning_dates(on("03-02"), due_date(on("03-02"), limit, seed_calendar()).due, limit, seed_calendar())
    assert warnings.yellow_on == on("03-11")


@pytest.mark.parametrize(
    "today, stops, off, left",
    [
        ("03-02", "", "", 10),
        ("03-13", "", "", 1),
        ("03-14", "", "", 1),
        ("03-16", "", "", 0),
        ("03-17", "", "", -1),
        ("03-23", "", "", -5),
        ("03-02", "03-04..03-10", "", 5),
        ("03-05", "03-04..03-10 03-09..03-11", "", 3),
        ("03-02", "", "03-10 03-14 03-20", 9),
        ("03-02", "03-09..03-10", "03-10", 8),  # a day both stopped and off is missing once
    ],
)
def test_remaining(today: str, stops: str, off: str, left: int) -> None:
    pauses, days = [pause(each) for each in stops.split()], [on(each) for each in off.split()]
    assert remaining(on(today), on("03-16"), seed_calendar(), pauses, days) == left


# --- properties -------------------------------------------------------------------------------------------------------------------

STARTS = st.dates(date(2019, 1, 2), date(2031, 12, 31))
LIMITS = st.builds(Limit, st.integers(0, 120), st.just(Unit.WORKING)) | st.builds(Limit, st.integers(0, 150), st.just(Unit.CALENDAR))
LIMITS |= st.builds(Limit, st.integers(0, 14), st.just(Unit.MONTH))


@st.composite
def stops_after(draw: st.DrawFn, start: date) -> list[Stop]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        first = start + timedelta(days=draw(st.integers(-10, 90)))
        found.append(Stop(first, first + timedelta(days=draw(st.integers(0, 30)))))
    return found


@given(st.data(), STARTS, LIMITS)
def test_the_explanation_is_the_computation(data: st.DataObject, start: date, limit: Limit) -> None:
    answer = due_date(start, limit, seed_calendar(), data.draw(stops_after(start)))
    days = answer.days
    assert [each.date for each in days] == [start + timedelta(days=n) for n in range((answer.due - start).days + 1)]
    counted = [each.number for each in days if each.counted]
    assert counted == list(range(1, len(counted) + 1))
    assert all((each.number is None) == (not each.counted) for each in days)
    assert answer.provisional == any(each.date.year > 2026 for each in days)
    if limit.unit is not Unit.MONTH:
        assert len(counted) == limit.number
    if limit.number:
        assert seed_calendar().is_working(answer.due)
        assert days[-1].why is not DayWhy.STOPPED


@given(st.data(), STARTS, LIMITS)
def test_stops_never_bring_a_date_forward_and_their_order_and_overlap_do_not_matter(data: st.DataObject, start: date, limit: Limit) -> None:
    stops = data.draw(stops_after(start))
    answer = due_date(start, limit, seed_calendar(), stops)
    assert answer.due >= due_date(start, limit, seed_calendar()).due
    assert due_date(start, limit, seed_calendar(), [*reversed(stops), *stops]) == answer
    one_by_one = [Stop(stop.first + timedelta(days=n), stop.first + timedelta(days=n)) for stop in stops for n in range(_length(stop))]
    assert due_date(start, limit, seed_calendar(), one_by_one) == answer


def _length(stop: Stop) -> int:
    assert stop.last is not None
    return (stop.last - stop.first).days + 1


@given(st.data(), STARTS, st.integers(1, 60))
def test_warnings_are_the_first_days_of_what_they_warn_of(data: st.DataObject, start: date, number: int) -> None:
    calendar, stops = seed_calendar(), data.draw(stops_after(start))
    last = due_date(start, Limit(number), calendar, stops).due
    warnings = warning_dates(start, last, Limit(number), calendar, stops)
    days = [start + timedelta(days=n) for n in range((last - start).days + 1)]
    left = max(1, -(-number // 3))
    yellow = next(day for day in days if remaining(day, last, calendar, stops) <= left)
    red = next(day for day in days if day == last or calendar.next_working_day(day) >= last)
    assert warnings.yellow_on == (yellow if number >= 4 else None)
    assert warnings.red_on == red
    assert warnings.overdue_on == last + timedelta(days=1)


@given(STARTS, st.integers(1, 200), st.integers(1, 30))
def test_a_longer_limit_never_ends_earlier(start: date, number: int, more: int) -> None:
    assume(number + more <= MAX_DAYS)
    for unit in (Unit.WORKING, Unit.CALENDAR):
        assert due_date(start, Limit(number + more, unit), seed_calendar()).due >= due_date(start, Limit(number, unit), seed_calendar()).due


# --- against a naive model on another library's days (also in tests/long, at its full count) -----------------------------------------


def naive_due(start: date, limit: Limit, stops: list[Stop], off: list[date]) -> date:
    """The day a limit ends, the slow way: write the days down one by one and cross out. Shares nothing with the rule but the types."""
    stopped = {stop.first + timedelta(days=n) for stop in stops for n in range(_length(stop))}

    def worked(day: date) -> bool:
        return bool(chinese_calendar.is_workday(day)) and day not in off

    def following(day: date):  # type: ignore[no-untyped-def]
        while True:
            day += timedelta(days=1)
            yield day

    if limit.unit is Unit.WORKING:
        days = (day for day in following(start) if worked(day) and day not in stopped)
        return start if limit.number == 0 else next(islice(days, limit.number - 1, None))
    if limit.unit is Unit.CALENDAR:
        end = start + timedelta(days=limit.number)
    else:
        end, months = start, 0
        while months < limit.number or end.day < start.day:
            tomorrow = end + timedelta(days=1)
            if tomorrow.day == 1:
                if months == limit.number:
                    break  # the month is too short: its last day
                months += 1
            end = tomorrow
    owed, day = 0, start
    while day < end or owed:  # each stopped day is one more at the end, those at the end too
        day += timedelta(days=1)
        owed -= day > end
        owed += day in stopped
    if not worked(day):
        day = next(each for each in following(day) if worked(each) and each not in stopped)
    return day


def check_against_the_naive_model(count: int, seed: int) -> None:
    """Compare `due_date` with the naive model on `count` random cases between 2019-01-02 and 2026-12-31, with stops and days off."""
    rng, tried = random.Random(seed), 0
    while tried < count:
        start = date(2019, 1, 2) + timedelta(days=rng.randrange((LAST_PUBLISHED - date(2019, 1, 2)).days))
        unit = rng.choice((Unit.WORKING, Unit.WORKING, Unit.CALENDAR, Unit.MONTH))
        limit = Limit(rng.choice((rng.randrange(0, 12), rng.randrange(0, 60))) if unit is not Unit.MONTH else rng.randrange(0, 7), unit)
        stops = []
        for _ in range(rng.choice((0, 0, 1, 2, 3))):
            first = start + timedelta(days=rng.randrange(-5, 60))
            stops.append(Stop(first, first + timedelta(days=rng.choice((0, 1, 5, 20)))))
        off = [start + timedelta(days=rng.randrange(1, 40)) for _ in range(rng.choice((0, 0, 0, 1, 3)))]
        try:
            expected = naive_due(start, limit, stops, off)
        except NotImplementedError:
            continue  # past the last published day: the library refuses
        found = due_date(start, limit, seed_calendar(), stops, off)
        assert found.due == expected, f"seed {seed}: {start} {limit} {stops} {off}"
        assert not found.provisional
        tried += 1


def test_against_the_naive_model() -> None:
    seed = int(os.environ.get("TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"TEST_SEED={seed}")
    check_against_the_naive_model(max(100, round(FULL_COUNT * float(os.environ.get("TEST_SCALE") or 0.02))), seed)
