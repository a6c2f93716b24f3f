"""Q-1, Q-2, Q-3, Q-4, Q-9 (and Q-5's past days): may a body inspect, and when next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.decision import Reason
from portal.rules.quiet_days import (
    CATEGORIES,
    AddedQuietDays,
    Category,
    DayState,
    EnterpriseFacts,
    Exemption,
    Kind,
    Plan,
    QuietRule,
    Verdict,
    Visit,
    by_code,
    day_state,
    may_inspect,
    next_open_day,
    open_days,
    rule_on,
)
from portal.rules.working_days import CalendarMissing, DateOutOfRange
from tests.rules.calendar_fixture import seed_calendar

RULES = [QuietRule.of(1, date(2019, 1, 1), "1-25")]
MILL = EnterpriseFacts(7, trade="milling", town="611026101")
MR, FIRE = 1, 2
PLAN = Plan(MR, "market", Kind.ROUTINE, date(2026, 11, 26))
ARTICLE = "安全生产法第六十五条"


def on(text: str) -> date:
    return date.fromisoformat(text if text.startswith("20") else f"2026-{text}")


def ask(plan: Plan = PLAN, enterprise: EnterpriseFacts = MILL, **facts: object) -> Verdict:
    return may_inspect(plan, enterprise, **{"rules": RULES, "calendar": seed_calendar(), **facts})  # type: ignore[arg-type]


def rules_of(verdict: Verdict) -> list[str]:
    return [finding.rule for finding in verdict.findings]


def reasons_of(verdict: Verdict) -> list[Reason]:
    return [finding.reason for finding in verdict.findings]


# --- the days (Q-1) ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "day, state",
    [
        ("11-23", DayState.QUIET),
        ("11-25", DayState.QUIET),
        ("11-26", DayState.OPEN),
        ("11-28", DayState.DAY_OFF),  # a Saturday the 28th is neither quiet nor open
        ("11-21", DayState.QUIET),  # a Saturday the 21st is quiet: calendar days, weekends and holidays included
        ("10-01", DayState.QUIET),
        ("02-28", DayState.OPEN),  # a moved weekend counts
        ("02-14", DayState.QUIET),  # and shifts nothing
        ("09-26", DayState.DAY_OFF),  # Mid-Autumn
        ("03-31", DayState.OPEN),
    ],
)
def test_state_of_a_day(day: str, state: DayState) -> None:
    assert day_state(RULES, seed_calendar(), on(day)) is state


def test_scarcity_47_open_days_in_2026_and_46_in_2027_before_its_notice() -> None:
    """Q-10. The 46 of 2027 are its weekdays from the 26th on: no statutory day off falls on one of them."""
    assert len(open_days(RULES, seed_calendar(), on("01-01"), on("12-31"))) == 47
    days = open_days(RULES, seed_calendar(), on("2027-01-01"), on("2027-12-31"))
    assert len(days) == 46
    whole_year = [on("2027-01-01") + timedelta(days=n) for n in range(365)]
    assert days == [day for day in whole_year if day.day > 25 and day.weekday() < 5]
    assert [day for day in days if day.month == 2] == [on("2027-02-26")]


@pytest.mark.parametrize(
    "after, following",
    [("11-23", "11-26"), ("11-26", "11-27"), ("11-27", "11-30"), ("11-30", "12-28"), ("02-27", "02-28"), ("12-31", "2027-01-26")],
)
def test_next_open_day(after: str, following: str) -> None:
    assert next_open_day(RULES, seed_calendar(), on(after)) == on(following)


@pytest.mark.parametrize(
    "text, quiet, not_quiet",
    [
        ("1-25", ["11-01", "11-25"], ["11-26", "12-31"]),
        ("1-15", ["11-15"], ["11-16"]),
        ("1-20", ["11-20"], ["11-21"]),
        ("1-10,16-25", ["11-10", "11-16", "11-25"], ["11-11", "11-15", "11-26"]),
        ("6-31", ["11-06", "11-30", "12-31"], ["11-01", "11-05"]),
        ("mon-thu", ["11-23", "11-26"], ["11-27", "11-28"]),
        ("sun", ["11-29"], ["11-28"]),
    ],
)
def test_rules_of_other_places(text: str, quiet: list[str], not_quiet: list[str]) -> None:
    rule = QuietRule.of(1, on("01-01"), text)
    assert all(rule.is_quiet(on(day)) for day in quiet)
    assert not any(rule.is_quiet(on(day)) for day in not_quiet)


@pytest.mark.parametrize("text", ["", "0-5", "1-32", "25-1", "thu-mon", "mon-5", "1-25,", "²-5"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        QuietRule.of(1, on("01-01"), text)


def test_the_rule_is_the_one_of_the_day() -> None:
    rules = [QuietRule.of(1, on("07-01"), "1-25"), QuietRule.of(2, on("2025-01-01"), "1-15")]
    assert rule_on(rules, on("06-30")) == rules[1]
    assert rule_on(rules, on("07-01")) == rules[0]
    assert rule_on(rules, on("2024-12-31")) is None
    # a past visit on the 18th was lawful then, and is not now
    assert ask(replace(PLAN, day=on("06-18")), rules=rules).allowed
    assert rules_of(ask(replace(PLAN, day=on("08-18")), rules=rules)) == ["Q-1"]
    assert day_state(rules, seed_calendar(), on("2024-12-18")) is DayState.OPEN  # before any rule every working day was


# --- routine inspections --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "day, allowed, next_allowed",
    [
        ("11-23", False, "11-26"),
        ("11-26", True, "11-26"),
        ("11-28", False, "11-30"),
        ("12-01", False, "12-28"),
        ("02-28", True, "02-28"),
        ("12-25", False, "12-28"),
        ("2027-02-27", False, "2027-03-26"),
    ],
)
def test_quiet_open_and_off(day: str, allowed: bool, next_allowed: str) -> None:
    verdict = ask(replace(PLAN, day=on(day)))
    assert (verdict.allowed, verdict.next_allowed) == (allowed, on(next_allowed))
    assert rules_of(verdict) == ([] if allowed else ["Q-1"])
    assert verdict.provisional == (day.startswith("2027"))


def test_findings_say_why() -> None:
    quiet = ask(replace(PLAN, day=on("11-23"))).findings[0]
    assert (quiet.rule, quiet.reason, dict(quiet.facts)) == ("Q-1", Reason.DAY_IS_QUIET, {"day": on("11-23"), "quiet_rule": 1})
    off = ask(replace(PLAN, day=on("11-28"))).findings[0]
    assert (off.reason, off.facts["why"]) == (Reason.DAY_IS_OFF, "weekend")


@pytest.mark.parametrize("works, says_so, allowed", [(True, True, True), (True, False, False), (False, True, False), (False, False, False)])
def test_a_day_off_only_where_the_enterprise_works_and_the_plan_says_so(works: bool, says_so: bool, allowed: bool) -> None:
    mill = replace(MILL, works_on_days_off=works)
    assert ask(replace(PLAN, day=on("11-28"), on_day_off=says_so), mill).allowed is allowed
    assert not ask(replace(PLAN, day=on("11-21"), on_day_off=says_so), mill).allowed  # a quiet Saturday stays quiet


@pytest.mark.parametrize(
    "first, last, allowed, next_allowed",
    [
        ("11-26", "11-27", True, "11-26"),
        ("11-27", "11-28", False, "12-28"),  # ends on a Saturday; the next two open days in a row
        ("11-30", "12-01", False, "12-28"),  # ends on a quiet day
        ("11-25", "11-26", False, "11-26"),  # begins on one
        ("11-27", "11-30", True, "11-27"),  # a weekend between does not matter
    ],
)
def test_a_visit_begins_and_ends_on_open_days(first: str, last: str, allowed: bool, next_allowed: str) -> None:
    verdict = ask(replace(PLAN, day=on(first), last_day=on(last)))
    assert (verdict.allowed, verdict.next_allowed) == (allowed, on(next_allowed))


def test_a_visit_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError):
        replace(PLAN, last_day=on("11-25"))


def test_a_day_that_is_over_cannot_be_planned_but_can_be_judged() -> None:
    past = replace(PLAN, day=on("10-29"))
    assert ask(past).allowed
    verdict = ask(past, today=on("11-23"))
    assert (rules_of(verdict), reasons_of(verdict), verdict.next_allowed) == (["Q-5"], [Reason.DAY_IS_OVER], on("11-26"))
    assert ask(PLAN, today=on("11-26")).allowed


# --- added quiet days (Q-9) -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scope, hit",
    [
        ({}, True),
        ({"enterprise": 7}, True),
        ({"enterprise": 8}, False),
        ({"trade": "milling"}, True),
        ({"trade": "mining"}, False),
        ({"town": "611026101"}, True),
        ({"town": "611026102"}, False),
        ({"trade": "milling", "town": "611026102"}, False),
    ],
)
def test_added_quiet_days(scope: dict[str, object], hit: bool) -> None:
    added = [AddedQuietDays("柞政办发〔2026〕9号", on("11-26"), on("11-29"), **scope)]  # type: ignore[arg-type]
    verdict = ask(added=added)
    assert rules_of(verdict) == (["Q-9"] if hit else [])
    assert verdict.next_allowed == on("11-30" if hit else "11-26")
    assert day_state(RULES, seed_calendar(), on("11-26"), added) is (DayState.QUIET if not scope else DayState.OPEN)
    assert next_open_day(RULES, seed_calendar(), on("11-25"), added, MILL) == on("11-30" if hit else "11-26")


@pytest.mark.parametrize("exemption", [Exemption.ACCIDENT, Exemption.STATUTORY])
def test_added_quiet_days_cancel_no_emergency_or_statutory_visit(exemption: Exemption) -> None:
    added = [AddedQuietDays("柞政办发〔2026〕9号", on("11-26"), on("11-29"))]
    assert ask(replace(PLAN, kind=Kind.INDIVIDUAL, exemption=exemption, basis=ARTICLE), added=added).allowed


def test_a_quiet_day_that_is_also_added_names_both() -> None:
    added = [AddedQuietDays("柞政办发〔2026〕9号", on("11-20"), on("11-26"))]
    assert rules_of(ask(replace(PLAN, day=on("11-24")), added=added)) == ["Q-1", "Q-9"]


# --- exemptions (Q-2) -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exemption", ["complaint", "requested", "accident", "superior", "statutory"])
@pytest.mark.parametrize("kind", list(Kind))
def test_an_exemption_with_its_basis_lifts_a_quiet_day(exemption: str, kind: Kind) -> None:
    assert ask(replace(PLAN, day=on("11-23"), kind=kind, exemption=exemption, basis=ARTICLE)).allowed


@pytest.mark.parametrize("kind, allowed", [(Kind.ROUTINE, False), (Kind.INDIVIDUAL, True), (Kind.SPECIAL, True)])
def test_safety_goes_on_a_quiet_day_as_special_or_individual_only(kind: Kind, allowed: bool) -> None:
    plan = replace(PLAN, kind=kind, exemption="safety", basis=ARTICLE)
    verdict = ask(replace(plan, day=on("11-23")))
    assert verdict.allowed is allowed
    assert reasons_of(verdict) == ([] if allowed else [Reason.EXEMPTION_NOT_FOR_KIND, Reason.DAY_IS_QUIET])
    assert rules_of(verdict) == ([] if allowed else ["Q-2", "Q-1"])
    assert verdict.next_allowed == on("11-23" if allowed else "11-26")
    assert ask(plan).allowed  # routine safety goes on open days


@pytest.mark.parametrize("exemption", [each for each in Exemption if each is not Exemption.STATUTORY])
@pytest.mark.parametrize("basis", ["", "  "])
def test_an_exemption_needs_its_basis(exemption: Exemption, basis: str) -> None:
    verdict = ask(replace(PLAN, kind=Kind.INDIVIDUAL, exemption=exemption, basis=basis, day=on("11-23")))
    assert not verdict.allowed
    assert reasons_of(verdict) == [Reason.BASIS_MISSING, Reason.DAY_IS_QUIET]
    assert rules_of(verdict) == ["Q-2", "Q-1"]
    assert verdict.next_allowed == (on("11-26") if CATEGORIES[exemption].is_inspection else None)


@pytest.mark.parametrize("exemption", ["criminal", "case_investigation", "licence_check", "service_visit"])
@pytest.mark.parametrize("day", ["11-23", "11-28", "10-01"])
def test_what_is_no_inspection_is_outside_every_rule(exemption: str, day: str) -> None:
    history = [Visit(MR, "market", Kind.ROUTINE, on("03-26")), Visit(FIRE, "market", Kind.ROUTINE, on("03-27"))]
    verdict = ask(replace(PLAN, day=on(day), exemption=exemption, basis="刑事诉讼法第一百一十五条"), history=history)
    assert verdict.allowed
    assert verdict.warnings == ()


def test_only_an_accident_waits_for_no_working_day() -> None:
    saturday = replace(PLAN, day=on("11-21"), kind=Kind.INDIVIDUAL, basis=ARTICLE)
    assert ask(replace(saturday, exemption="accident")).allowed
    verdict = ask(replace(saturday, exemption="complaint"))
    assert (reasons_of(verdict), verdict.next_allowed) == ([Reason.DAY_IS_OFF], on("11-23"))  # a quiet Monday


def test_categories_are_county_data_with_a_switch() -> None:
    quiet = replace(PLAN, day=on("11-23"), exemption="flood_season", basis="防洪法第四十五条")
    assert reasons_of(ask(quiet)) == [Reason.EXEMPTION_UNKNOWN, Reason.DAY_IS_QUIET]
    for switched_on in (True, False):
        own = by_code([*CATEGORIES.values(), Category("flood_season", switched_on=switched_on)])
        verdict = ask(quiet, categories=own)
        assert verdict.allowed is switched_on
        assert verdict.next_allowed == on("11-23" if switched_on else "11-26")


# --- the cap and no repeats (Q-4) -----------------------------------------------------------------------------------------

MADE = Visit(MR, "market", Kind.ROUTINE, on("03-26"))


def test_the_cap_blocks_a_second_routine_inspection_until_next_year() -> None:
    verdict = ask(history=[MADE])
    assert (rules_of(verdict), reasons_of(verdict)) == (["Q-3"], [Reason.CAP_REACHED])
    assert verdict.next_allowed == on("2027-01-26")
    assert verdict.provisional
    assert verdict.findings[0].facts["visited"] == on("03-26")


def test_the_search_reaches_next_year_from_the_first_days_of_this_one() -> None:
    assert ask(replace(PLAN, day=on("01-01")), history=[MADE]).next_allowed == on("2027-01-26")


def test_no_date_within_the_search_is_none() -> None:
    assert ask(history=[MADE, replace(MADE, day=on("2027-01-26"))]).next_allowed is None


@pytest.mark.parametrize("cap, visits, allowed", [(1, 0, True), (1, 1, False), (2, 1, True), (2, 2, False), (0, 0, False)])
def test_the_cap_is_county_data(cap: int, visits: int, allowed: bool) -> None:
    assert ask(history=[MADE] * visits, cap=cap).allowed is allowed


@pytest.mark.parametrize(
    "visit",
    [
        replace(MADE, day=on("2025-12-26")),  # another year
        replace(MADE, body=FIRE, line="fire"),  # another body
        replace(MADE, is_recheck=True),  # belongs to its first visit
        replace(MADE, exemption="statutory"),  # listed above the cap
        replace(MADE, exemption="service_visit"),  # no inspection
        replace(MADE, kind=Kind.SPECIAL),  # individual and special ones use up no routine one
        replace(MADE, kind=Kind.INDIVIDUAL, exemption="complaint"),
    ],
)
def test_what_does_not_use_up_the_cap(visit: Visit) -> None:
    assert ask(history=[visit]).allowed


def test_an_exemption_does_not_lift_the_cap_of_a_routine_inspection() -> None:
    assert rules_of(ask(replace(PLAN, exemption="complaint", basis="12345"), history=[MADE])) == ["Q-3"]


@pytest.mark.parametrize("kind", [Kind.INDIVIDUAL, Kind.SPECIAL])
def test_individual_and_special_ones_are_counted_and_warned_never_blocked(kind: Kind) -> None:
    assert ask(replace(PLAN, kind=kind)).warnings == ()
    verdict = ask(replace(PLAN, kind=kind), history=[MADE, replace(MADE, kind=Kind.SPECIAL)])
    assert verdict.allowed
    assert [(each.rule, each.reason, each.facts["number"]) for each in verdict.warnings] == [("Q-3", Reason.ABOVE_THE_CAP, 3)]


def test_a_statutory_minimum_is_never_blocked_but_needs_the_article() -> None:
    plan = replace(PLAN, exemption="statutory", basis=ARTICLE)
    history = [MADE, replace(MADE, body=FIRE)]
    verdict = ask(plan, history=history)
    assert verdict.allowed
    assert [each.reason for each in verdict.warnings] == [Reason.ABOVE_THE_CAP_BY_LAW]
    assert ask(replace(plan, day=on("11-23")), history=history).allowed
    refused = ask(replace(plan, basis=""), history=history)
    assert reasons_of(refused) == [Reason.ARTICLE_MISSING, Reason.CAP_REACHED, Reason.LINE_REPEATED]
    assert rules_of(refused) == ["Q-3", "Q-3", "Q-4"]


def test_a_recheck_belongs_to_its_first_visit_but_not_on_a_quiet_day() -> None:
    recheck = replace(PLAN, is_recheck=True)
    assert ask(recheck, history=[MADE]).allowed
    assert ask(recheck, history=[MADE]).warnings == ()
    assert rules_of(ask(replace(recheck, day=on("11-23")), history=[MADE])) == ["Q-1"]


def test_no_repeat_at_another_level_of_one_line() -> None:
    city = Visit(99, "market", Kind.ROUTINE, on("05-27"))
    verdict = ask(history=[city])
    assert (rules_of(verdict), verdict.next_allowed) == (["Q-4"], on("2027-01-26"))
    assert (verdict.findings[0].facts["body"], verdict.findings[0].facts["visited"]) == (99, on("05-27"))
    assert ask(history=[replace(city, line="fire")]).allowed
    assert ask(history=[replace(city, day=on("2025-05-27"))]).allowed
    assert ask(history=[replace(city, kind=Kind.INDIVIDUAL, exemption="complaint")]).allowed
    assert ask(replace(PLAN, kind=Kind.SPECIAL), history=[city]).allowed
    # a superior may name the level that goes
    assert ask(replace(PLAN, exemption="superior", basis="商市监函〔2026〕3号"), history=[city]).allowed


def test_all_findings_are_named_at_once() -> None:
    history = [MADE, Visit(99, "market", Kind.ROUTINE, on("05-27"))]
    assert rules_of(ask(replace(PLAN, day=on("11-21")), history=history, today=on("11-23"))) == ["Q-5", "Q-1", "Q-1", "Q-3", "Q-4"]


def test_days_outside_the_calendar() -> None:
    with pytest.raises(CalendarMissing):
        ask(replace(PLAN, day=date(2018, 12, 26)))
    for exemption in (None, "service_visit"):
        with pytest.raises(DateOutOfRange):
            ask(replace(PLAN, day=date.max, exemption=exemption, basis="x"))
        with pytest.raises(DateOutOfRange):
            ask(replace(PLAN, last_day=date.max, exemption=exemption, basis="x"))
    assert ask(replace(PLAN, day=date(2199, 12, 31)), history=[replace(MADE, day=date(2199, 1, 28))]).next_allowed is None
    assert ask(replace(PLAN, day=date(2199, 12, 1), last_day=date(2199, 12, 10))).next_allowed is None
    with pytest.raises(DateOutOfRange):
        next_open_day(RULES, seed_calendar(), date.max)


# --- properties -----------------------------------------------------------------------------------------------------------------

PLANS = st.builds(
    Plan,
    body=st.sampled_from([MR, FIRE]),
    line=st.sampled_from(["market", "fire"]),
    kind=st.sampled_from(Kind),
    day=st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    exemption=st.none() | st.sampled_from([each.value for each in Exemption]),
    basis=st.sampled_from(["", ARTICLE]),
    on_day_off=st.booleans(),
    is_recheck=st.booleans(),
)
VISITS = st.lists(
    st.builds(
        Visit,
        body=st.sampled_from([MR, FIRE]),
        line=st.sampled_from(["market", "fire"]),
        kind=st.sampled_from(Kind),
        day=st.dates(date(2025, 1, 1), date(2027, 12, 31)),
        exemption=st.none() | st.sampled_from([each.value for each in Exemption]),
    ),
    max_size=4,
)


@given(PLANS, VISITS, st.booleans(), st.none() | st.dates(date(2025, 1, 1), date(2027, 12, 31)))
def test_the_next_date_is_the_first_that_is_allowed(plan: Plan, history: list[Visit], works: bool, today: date | None) -> None:
    mill = replace(MILL, works_on_days_off=works)
    verdict = ask(plan, mill, history=history, today=today)
    assert verdict.allowed == (not verdict.findings)
    assert all(each.rule in {"Q-1", "Q-2", "Q-3", "Q-4", "Q-5", "Q-9"} for each in verdict.findings)
    if verdict.next_allowed is None:
        return
    begin = max(plan.day, today or plan.day)
    assert verdict.next_allowed >= begin
    sought = plan if plan.basis else replace(plan, exemption=None)
    assert ask(replace(sought, day=verdict.next_allowed), mill, history=history, today=today).allowed
    earlier = [begin + timedelta(days=n) for n in range((verdict.next_allowed - begin).days)]
    assert not any(ask(replace(sought, day=day), mill, history=history, today=today).allowed for day in earlier[-8:] + earlier[:8])


@given(st.dates(date(2019, 1, 1), date(2027, 12, 31)))
def test_without_exemption_nobody_inspects_from_the_1st_to_the_25th(day: date) -> None:
    verdict = ask(replace(PLAN, day=day, on_day_off=True), replace(MILL, works_on_days_off=True))
    assert verdict.allowed == (day.day > 25)
