"""C-4: which days count, against the notices, an independent library, and the moon and sun."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from math import floor, radians, sin

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.working_days import (
    FIRST_YEAR,
    LAST_DAY,
    LAST_LUNAR_YEAR,
    Calendar,
    CalendarMissing,
    DateOutOfRange,
    DayKind,
    DayWhy,
    statutory_days_off,
)
from tests.rules.calendar_fixture import rows_of, seed_calendar

DAYS = st.dates(date(2019, 1, 1), date(2035, 12, 31))


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


def spans(*texts: str) -> set[date]:
    """`2-15..23` is the 15th to the 23rd of February 2026."""
    found = set()
    for text in texts:
        month, _, days = text.partition("-")
        first, _, last = days.partition("..")
        found |= {date(2026, int(month), day) for day in range(int(first), int(last or first) + 1)}
    return found


# --- the seed ---------------------------------------------------------------------------------------------------------------------


def test_2026_is_the_notice_of_2025_11_04_exactly() -> None:
    off = spans("1-1..3", "2-15..23", "4-4..6", "5-1..5", "6-19..21", "9-25..27", "10-1..7")
    worked = spans("1-4", "2-14", "2-28", "5-9", "9-20", "10-10")
    rows = {date.fromisoformat(row["day"]): row["kind"] for row in rows_of("days.csv") if row["day"].startswith("2026")}
    assert {day for day, kind in rows.items() if kind == "holiday"} == off
    assert {day for day, kind in rows.items() if kind == "moved_workday"} == worked


@pytest.mark.parametrize("year", range(2019, 2027))
def test_every_published_day_agrees_with_an_independent_library(year: int) -> None:
    wrong = [day for day in days_of(year) if seed_calendar().is_working(day) != chinese_calendar.is_workday(day)]
    assert wrong == []


def test_the_seed_is_whole() -> None:
    """Every row is named three times, typed days make sense for their weekday, and every covered year has a notice."""
    years = {int(row["year"]): row["notice"] for row in rows_of("years.csv")}
    assert set(years) == set(range(2019, 2027))
    assert all(notice.startswith("国办发明电〔") for notice in years.values())
    days = Counter(row["day"] for row in rows_of("days.csv"))
    assert max(days.values()) == 1
    for row in rows_of("days.csv"):
        assert row["name"] and row["name_hant"] and row["name_en"], row
        assert int(row["year_notice"]) in years, row
        if row["kind"] == "moved_workday":
            assert date.fromisoformat(row["day"]).weekday() >= 5, row


@pytest.mark.parametrize(
    "day, why",
    [
        (date(2026, 2, 13), DayWhy.COUNTED),  # the last plain Friday before Spring Festival
        (date(2026, 2, 14), DayWhy.MOVED_WORKDAY),  # a worked Saturday
        (date(2026, 2, 15), DayWhy.HOLIDAY),  # a Sunday inside the holiday is the holiday
        (date(2026, 2, 28), DayWhy.MOVED_WORKDAY),
        (date(2026, 3, 1), DayWhy.WEEKEND),
        (date(2020, 2, 1), DayWhy.HOLIDAY),  # was to be worked; the holiday was lengthened to 2 February
        (date(2020, 2, 3), DayWhy.COUNTED),
        (date(2019, 5, 3), DayWhy.HOLIDAY),  # Labour Day 2019 as adjusted
        (date(2022, 12, 31), DayWhy.HOLIDAY),  # by the notice of 2023
        (date(2024, 2, 9), DayWhy.COUNTED),  # the eve was no day off before the law of 2025
    ],
)
def test_why_by_the_notices(day: date, why: DayWhy) -> None:
    assert seed_calendar().why(day) is why


# --- years without a notice -------------------------------------------------------------------------------------------------------


def test_2027_is_provisional_nothing_is_moved_and_the_law_gives_its_days() -> None:
    calendar = seed_calendar()
    off = {day for day in days_of(2027) if not calendar.is_working(day)}
    weekends = {day for day in days_of(2027) if day.weekday() >= 5}
    law = {(1, 1), (2, 5), (2, 6), (2, 7), (2, 8), (4, 5), (5, 1), (5, 2), (6, 9), (9, 15), (10, 1), (10, 2), (10, 3)}
    assert off == weekends | {date(2027, month, day) for month, day in law}
    assert not any(calendar.covers(day) for day in days_of(2027))
    assert calendar.is_provisional(date(2027, 1, 4))
    assert not calendar.is_provisional(date(2026, 12, 31))


def test_the_notice_ends_the_provision() -> None:
    """Entering 2027 takes the law's bare days out and puts the notice's in."""
    rows = [(date(2027, 2, 6), "holiday"), (date(2027, 2, 14), "moved_workday")]
    calendar = Calendar.of(rows, [2026, 2027])
    assert calendar.why(date(2027, 2, 8)) is DayWhy.COUNTED
    assert calendar.why(date(2027, 2, 14)) is DayWhy.MOVED_WORKDAY
    assert calendar.covers(date(2027, 2, 8))


def test_after_the_table_of_moons_the_fixed_days_remain() -> None:
    assert len(statutory_days_off(LAST_LUNAR_YEAR)) == 13
    assert statutory_days_off(LAST_LUNAR_YEAR + 1) == {date(2036, m, d) for m, d in [(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)]}
    assert seed_calendar().why(date(2036, 10, 1)) is DayWhy.HOLIDAY


def _sun(day: float) -> float:
    """Apparent longitude of the sun in degrees at a Julian ephemeris day, to about a hundredth of a degree."""
    t = (day - 2451545.0) / 36525
    m = radians(357.52911 + 35999.05029 * t)
    centre = (1.914602 - 0.004817 * t) * sin(m) + 0.019993 * sin(2 * m) + 0.000289 * sin(3 * m)
    return (280.46646 + 36000.76983 * t + centre - 0.00569 - 0.00478 * sin(radians(125.04 - 1934.136 * t))) % 360


def _new_moon(k: int) -> float:
    """Julian ephemeris day of the k-th new moon since January 2000, to about a minute."""
    t = k / 1236.85
    m, n = radians(2.5534 + 29.10535670 * k), radians(201.5643 + 385.81693528 * k + 0.0107582 * t * t)
    f, e = radians(160.7108 + 390.67050284 * k - 0.0016118 * t * t), 1 - 0.002516 * t
    return (
        2451550.09766 + 29.530588861 * k + 0.00015437 * t * t
        - 0.40720 * sin(n) + 0.17241 * e * sin(m) + 0.01608 * sin(2 * n) + 0.01039 * sin(2 * f)
        + 0.00739 * e * sin(n - m) - 0.00514 * e * sin(n + m) + 0.00208 * e * e * sin(2 * m)
        - 0.00111 * sin(n - 2 * f) - 0.00057 * sin(n + 2 * f) + 0.00056 * e * sin(2 * n + m) - 0.00042 * sin(3 * n)
        + 0.00042 * e * sin(m + 2 * f) + 0.00038 * e * sin(m - 2 * f) - 0.00024 * e * sin(2 * n - m)
    )  # fmt: skip


TO_BEIJING = 8 / 24 - 75 / 86400  # dynamical time runs about 75 seconds ahead in these years


def _midnight(day: date) -> float:
    return day.toordinal() + 1721424.5 - TO_BEIJING


def _feasts(year: int) -> set[date]:
    """Spring Festival (four days), Qingming, Dragon Boat and Mid-Autumn by the rules of GB/T 33661: month 11 has the winter solstice, and
    of 13 months between two of them the first without a major term is leap."""
    around = range(round((year - 2001) * 12.3685), round((year - 1998) * 12.3685))
    moons = [date.fromordinal(floor(_new_moon(k) + TO_BEIJING - 1721424.5)) for k in around]
    term = [floor(_sun(_midnight(day)) / 30) for day in moons]
    elevens = [i for i in range(len(moons) - 1) if term[i] in (7, 8) and term[i + 1] in (9, 10)]  # some have two terms
    first = next(i for i in elevens if moons[i].year == year - 1)
    last = next(i for i in elevens if i > first)
    leap = next((i for i in range(first + 1, last) if term[i] == term[i + 1]), None) if last - first == 13 else None
    months = [i for i in range(first, last) if i != leap]
    begins = {(10 + n) % 12 + 1: moons[i] for n, i in enumerate(months)}
    bright = next(day for day in days_of(year) if _sun(_midnight(day)) < 15 <= _sun(_midnight(day + timedelta(days=1))) < 90)
    new_year = [begins[1] + timedelta(days=n) for n in (-1, 0, 1, 2)]
    return {*new_year, bright, begins[5] + timedelta(days=4), begins[8] + timedelta(days=14)}


@pytest.mark.parametrize("year", range(2025, LAST_LUNAR_YEAR + 1))
def test_the_lunar_feasts_follow_from_moon_and_sun(year: int) -> None:
    fixed = {date(year, m, d) for m, d in [(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)]}
    assert statutory_days_off(year) == fixed | _feasts(year)


# --- the calendar as a value ------------------------------------------------------------------------------------------------------


def test_no_answer_before_the_table() -> None:
    for ask in (seed_calendar().is_working, seed_calendar().covers, seed_calendar().why, seed_calendar().next_working_day):
        with pytest.raises(CalendarMissing) as error:
            ask(date(FIRST_YEAR - 1, 12, 31))
        assert error.value.code == "calendar_missing"
    with pytest.raises(CalendarMissing):
        Calendar.of([], [2026]).is_working(date(2025, 6, 2))  # a county whose table begins later does not guess


def test_absurd_dates_are_refused_and_never_overflow() -> None:
    calendar = seed_calendar()
    for ask in (
        lambda: calendar.is_working(date.max),
        lambda: calendar.next_working_day(date.max),
        lambda: calendar.next_working_day(LAST_DAY),
        lambda: calendar.add_working_days(date(2026, 1, 5), 10**12),
        lambda: calendar.add_working_days(date(2026, 1, 5), 60_000),
        lambda: calendar.working_days_between(date(2026, 1, 5), date.max),
    ):
        with pytest.raises(DateOutOfRange):
            ask()
    with pytest.raises(CalendarMissing):
        calendar.add_working_days(date(2019, 1, 3), -10)
    with pytest.raises(TypeError):
        calendar.is_working(datetime(2026, 1, 5))


def test_a_day_cannot_be_typed_two_ways() -> None:
    with pytest.raises(ValueError, match="2026-02-14"):
        Calendar.of([(date(2026, 2, 14), "holiday"), (date(2026, 2, 14), "moved_workday")], [2026])
    with pytest.raises(ValueError):
        Calendar.of([(date(2026, 2, 14), "closed")], [2026])


def test_a_regional_holiday_is_off_and_says_so() -> None:
    calendar = Calendar.of([(date(2026, 3, 4), DayKind.REGIONAL_HOLIDAY)], [2026])
    assert calendar.why(date(2026, 3, 4)) is DayWhy.REGIONAL_HOLIDAY
    assert calendar.next_working_day(date(2026, 3, 3)) == date(2026, 3, 5)
    assert calendar.working_days_between(date(2026, 3, 2), date(2026, 3, 6)) == 3


def test_calendars_of_the_same_rows_are_the_same_value() -> None:
    rows = [(date(2026, 2, 14), "moved_workday"), (date(2026, 2, 16), "holiday")]
    assert Calendar.of(rows, [2026]) == Calendar.of(reversed(rows), {2026})
    assert hash(Calendar.of(rows, [2026])) == hash(Calendar.of(rows, [2026]))
    assert Calendar.of(rows, [2026]) != Calendar.of(rows, [2026, 2027])


@pytest.mark.parametrize(
    "day, number, there",
    [
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 14), 1, date(2026, 2, 24)),
        (date(2026, 2, 24), -1, date(2026, 2, 14)),
        (date(2026, 2, 18), 0, date(2026, 2, 18)),  # none is none, also on a day off
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 10, 8), 3, date(2026, 10, 12)),  # 9, the worked Saturday 10, Monday 12
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
    ],
)
def test_add_working_days(day: date, number: int, there: date) -> None:
    assert seed_calendar().add_working_days(day, number) == there


def test_first_working_day_stays_where_it_can() -> None:
    assert seed_calendar().first_working_day(date(2026, 2, 28)) == date(2026, 2, 28)
    assert seed_calendar().first_working_day(date(2026, 3, 1)) == date(2026, 3, 2)
    assert seed_calendar().previous_working_day(date(2026, 3, 2)) == date(2026, 2, 28)


@given(DAYS, DAYS)
def test_working_days_between_counts_what_is_there(one: date, other: date) -> None:
    first, last = sorted((one, other))
    naive = sum(seed_calendar().is_working(first + timedelta(days=n)) for n in range(1, min((last - first).days, 900) + 1))
    last = min(last, first + timedelta(days=900))
    assert seed_calendar().working_days_between(first, last) == naive
    assert seed_calendar().working_days_between(last, first) == -naive


@given(DAYS, st.integers(1, 300))
def test_adding_and_counting_are_each_other_s_inverse(day: date, number: int) -> None:
    calendar = seed_calendar()
    there = calendar.add_working_days(day, number)
    assert calendar.is_working(there)
    assert calendar.working_days_between(day, there) == number
