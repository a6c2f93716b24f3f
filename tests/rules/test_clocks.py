"""The clocks of a case against a model that walks day by day, and dates worked out by hand from the articles (C-3 to C-5, C-22, C-25)."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.rules import course
from portal.rules.authority import Act
from portal.rules.clocks import ClockName, clocks, statutory_due, stopped_working_days
from portal.rules.deadlines import Limit, Stop, Unit, due_date
from portal.rules.decision import Reason
from portal.rules.lifecycle import CaseTerms, FilingKind, ItemKind, StopTold
from portal.rules.projection import project
from portal.rules.working_days import Calendar, DayKind
from tests.conftest import count
from tests.rules.calendar_fixture import seed_calendar
from tests.rules.clock_model import NaiveClock, NaiveStop
from tests.rules.test_lifecycle import MR, RESTAURANT, Case, on

REAL = seed_calendar()
HISTORIES = 20_000
ONE = timedelta(days=1)


def random_calendar(rng: random.Random) -> tuple[Calendar, dict[date, DayKind]]:
    """Two years with holidays on any days and worked weekends."""
    typed: dict[date, DayKind] = {}
    for _ in range(rng.randint(0, 12)):
        day = date(2026, 1, 1) + timedelta(days=rng.randrange(700))
        for offset in range(rng.randint(1, 8)):
            each = day + offset * ONE
            if each.year <= 2027:
                typed[each] = DayKind.HOLIDAY
    for _ in range(rng.randint(0, 8)):
        day = date(2026, 1, 1) + timedelta(days=rng.randrange(700))
        if day.weekday() >= 5 and day not in typed:
            typed[day] = DayKind.MOVED_WORKDAY
    return Calendar.of(list(typed.items()), [2026, 2027]), typed


def paper_calendar(typed: dict[date, DayKind]):  # type: ignore[no-untyped-def]
    def is_working(day: date) -> bool:
        kind = typed.get(day)
        return kind is DayKind.MOVED_WORKDAY or (kind is None and day.weekday() < 5)

    return is_working


@pytest.mark.property
def test_dates_are_those_of_a_walk_day_by_day() -> None:
    seed = int(os.environ.get("TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"TEST_SEED={seed}")
    rng = random.Random(seed)
    different = 0
    for _ in range(count(HISTORIES)):
        calendar, typed = random_calendar(rng)
        accepted = date(2026, 1, 1) + timedelta(days=rng.randrange(400))
        naive = NaiveClock(accepted, paper_calendar(typed), extended_by=rng.choice([0, 0, 10, 15]))
        notice = accepted
        for _ in range(rng.randint(0, 3)):
            notice += timedelta(days=rng.randint(0, 15))
            until = notice + timedelta(days=rng.randint(1, 20))
            ended = rng.choice([None, notice + timedelta(days=rng.randint(0, 25))])
            naive.stops.append(NaiveStop(notice, until, ended))
            notice = min(until, ended or until)
        unit = rng.choice(list(Unit))
        limit = Limit(rng.randint(1, 3) if unit is Unit.MONTH else rng.randint(1, 45), unit)
        told = [StopTold(n, "test", "", each.noticed_on, each.until, None, each.ended_on) for n, each in enumerate(naive.stops)]
        stops: list[Stop] = [days for each in told if (days := each.days) is not None]
        ours = (due_date(accepted, limit, calendar, stops).due, statutory_due(accepted, limit, naive.extended_by, calendar, stops).due)
        theirs = (naive.promised(limit.number, unit.value), naive.statutory(limit.number, unit.value))
        different += ours != theirs
        if ours != theirs:
            print(accepted, limit, naive.stops, naive.extended_by, ours, theirs)
    assert different == 0


# --- dates worked out by hand --------------------------------------------------------------------------------------------------------
# Spring Festival 2026 (国办发明电〔2025〕7号): off 2026-02-15 to 02-23; Saturday 02-14 and Saturday 02-28 are worked.


def _stop(noticed: str, until: str, ended: str | None = None) -> Stop:
    told = StopTold(
        1, "test", "", date.fromisoformat(noticed), date.fromisoformat(until), None, date.fromisoformat(ended) if ended else None
    )
    assert told.days is not None
    return told.days


WORKED_OUT = [
    # accepted, limit, extension, stops, due, article and reason
    ("2026-02-12", Limit(5), 0, [], "2026-02-26",
     "许可法 art. 82; the day itself is not counted (民法典 art. 201). 13, 14 (worked Saturday), then off to the 23rd, 24, 25, 26"),
    ("2026-02-14", Limit(1), 0, [], "2026-02-24", "accepted on a worked Saturday: the first day is the first worked one after the festival"),
    ("2026-02-24", Limit(4), 0, [], "2026-02-28", "25, 26, 27 and the worked Saturday 28: a moved workday counts (art. 82)"),
    ("2026-02-10", Limit(10), 0, [_stop("2026-02-12", "2026-02-25")], "2026-03-06",
     "art. 45: 11, 12 counted; stopped 13 to 25 across the festival; 26, 27, worked Saturday 28, 2 to 6 March are days 3 to 10"),
    ("2026-02-10", Limit(10), 0, [_stop("2026-02-12", "2026-03-31", "2026-02-25")], "2026-03-06",
     "the cause ended before the told end: the day on which it ended does not count, the next does"),
    ("2026-02-10", Limit(10), 10, [_stop("2026-02-12", "2026-02-25")], "2026-03-20",
     "art. 42: ten working days more after 6 March, whatever stood before"),
    ("2026-12-28", Limit(5), 0, [], "2027-01-05", "year's end: 29, 30, 31, then 1 January off, 4, 5; provisional until the notice of 2027"),
    ("2026-01-31", Limit(1, Unit.MONTH), 0, [], "2026-02-28", "民法典 art. 202: the last of a shorter month; Saturday 28 is worked, so it stays"),
    ("2026-01-20", Limit(1, Unit.MONTH), 0, [], "2026-02-24", "20 February is in the festival: carried to the next working day (民法典 art. 203)"),
    ("2026-02-09", Limit(10, Unit.CALENDAR), 0, [], "2026-02-24", "ten days end on the 19th, a day off: the next working day"),
]  # fmt: skip


@pytest.mark.parametrize(("accepted", "limit", "extension", "stops", "due", "why"), WORKED_OUT)
def test_dates_worked_out_from_the_articles(accepted: str, limit: Limit, extension: int, stops: list[Stop], due: str, why: str) -> None:
    found = statutory_due(date.fromisoformat(accepted), limit, extension, REAL, stops)
    assert found.due.isoformat() == due, why
    assert found.days[-1].date == found.due and [day.date for day in found.days] == sorted({day.date for day in found.days})


# --- what the acts must say ------------------------------------------------------------------------------------------------------------


def standing() -> Case:
    case = Case(RESTAURANT).does(Act.ENTER, MR, on("11-18")).does(Act.ACCEPT, MR, on("11-19"))
    return case.does(Act.STOP, MR, on("11-20"), cause="test", until="2026-11-27")


def test_a_decision_waits_while_the_clock_stands_and_the_clock_runs_again_by_itself() -> None:
    case = standing().does(Act.REVIEW, MR, on("11-23"))
    assert case.may(Act.DECIDE, MR, on("11-27")).reason is Reason.CLOCK_STANDS
    assert case.may(Act.DECIDE, MR, on("11-28")), "past the told end it runs again by itself"
    assert case.known.promised_due_on == date(2026, 12, 10), "10 working days from the 19th, five of them stopped"
    assert stopped_working_days(case.known, REAL, date(2026, 12, 31)) == 5


@pytest.mark.parametrize(
    ("cause", "article", "until", "reason"),
    [
        ("test", "", date(2026, 11, 30), None),
        ("lunch", "", date(2026, 11, 30), Reason.STOP_CAUSE_UNKNOWN),
        ("own_law", "", date(2026, 11, 30), Reason.STOP_NEEDS_ARTICLE),
        ("own_law", "某法第三条", date(2026, 11, 30), Reason.STOP_NEEDS_ARTICLE),
        ("own_law", "某条例第九条", date(2026, 11, 30), None),
        ("test", "", date(2026, 11, 20), Reason.STOP_END_PAST),
        ("test", "", None, Reason.STOP_END_PAST),
    ],
)
def test_only_lawful_causes_with_a_told_end_stop_a_clock(cause: str, article: str, until: date | None, reason: Reason | None) -> None:
    terms = CaseTerms(ItemKind.PROMISED, False, RESTAURANT.required_powers, Limit(10), Limit(20), stop_articles=("某条例第九条",))
    assert course.may_stop(cause, article, until, terms, date(2026, 11, 20)).reason is reason


@pytest.mark.parametrize(
    ("office", "is_joint", "day", "words", "reason", "days"),
    [
        ("head_of_agency", False, "2026-12-16", "复杂", None, 10),
        ("head_of_government", True, "2026-12-16", "复杂", None, 15),
        ("head_of_government", False, "2026-12-16", "复杂", Reason.EXTENSION_BY_AGENCY, None),
        ("head_of_agency", True, "2026-12-16", "复杂", Reason.EXTENSION_BY_GOVERNMENT, None),
        ("head_of_agency", False, "2026-12-18", "复杂", Reason.EXTENSION_TOO_LATE, None),
        ("head_of_agency", False, "2026-12-17", " ", Reason.EXTENSION_NEEDS_REASON, None),
    ],
)
def test_who_extends_by_how_much_until_when(
    office: str, is_joint: bool, day: str, words: str, reason: Reason | None, days: int | None
) -> None:
    now = Case(RESTAURANT).does(Act.ENTER, MR, on("11-18")).does(Act.ACCEPT, MR, on("11-19")).known
    assert now.statutory_due_on == date(2026, 12, 17)
    terms = CaseTerms(ItemKind.PROMISED, True, RESTAURANT.required_powers, Limit(10), Limit(20), is_joint=is_joint)
    answer = course.may_extend(office, words, now, terms, date.fromisoformat(day))
    assert (answer.reason, answer.facts.get("days")) == (reason, days)


def test_the_undertaking_ends_two_working_days_before_the_due_day_or_after_twenty() -> None:
    assert course.undertaking_until(date(2026, 11, 19), RESTAURANT, REAL) == date(2026, 12, 1), "promise 12-03"
    long = CaseTerms(ItemKind.PROMISED, True, RESTAURANT.required_powers, Limit(60), Limit(90))
    assert course.undertaking_until(date(2026, 6, 1), long, REAL) == due_date(date(2026, 6, 1), Limit(20), REAL).due
    short = CaseTerms(ItemKind.PROMISED, True, RESTAURANT.required_powers, Limit(1), Limit(20))
    assert course.undertaking_until(date(2026, 11, 19), short, REAL) == date(2026, 11, 19), "never before the acceptance"


def test_a_renewal_is_due_by_the_end_of_the_licence() -> None:
    terms = replace(RESTAURANT, expires_on=date(2026, 11, 27))
    case = Case(terms).does(Act.ENTER, MR, on("11-18")).does(Act.ACCEPT, MR, on("11-19"))
    assert (case.known.promised_due_on, case.known.statutory_due_on) == (date(2026, 11, 27), date(2026, 11, 27))
    running = clocks(project(case.events, terms, REAL), terms, REAL, date(2026, 11, 20))
    assert all(clock.explained.days[-1].date <= date(2026, 11, 27) for clock in running if clock.name is not ClockName.LEG)


@pytest.mark.parametrize(
    ("kind", "ground", "basis", "point", "reason"),
    [
        (FilingKind.REFUSE, "", "某条例第九条", "要点", Reason.FILING_NEEDS_GROUND),
        (FilingKind.REFUSE, "不符", " ", "要点", Reason.FILING_NEEDS_BASIS),
        (FilingKind.REFUSE, "不符", "某条例第九条", "", Reason.FILING_NEEDS_POINT),
        (FilingKind.REFUSE, "不符", "某条例第九条", "要点", None),
        (FilingKind.LATE, "等检验", "", "", Reason.FILING_TOO_LATE),
        (FilingKind.NOT_ACCEPT, "不属", "某条例第九条", "", None),
    ],
)
def test_what_a_filing_says(kind: FilingKind, ground: str, basis: str, point: str, reason: Reason | None) -> None:
    now = Case(RESTAURANT).does(Act.ENTER, MR, on("11-18")).does(Act.ACCEPT, MR, on("11-19")).known  # promised for 12-03
    today = date(2026, 12, 3)
    answer = course.may_file(kind, now, today, REAL, ground=ground, basis=basis, point=point, has_points=True)
    assert answer.reason is reason
    if kind is FilingKind.LATE:
        assert course.may_file(kind, now, today - ONE, REAL, ground=ground, basis=basis, point=point, has_points=True)
