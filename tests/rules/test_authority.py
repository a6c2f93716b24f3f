"""Which act needs which power, and who holds it: the rules as tables, then against a naive model."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.rules import authority as rules
from portal.rules.authority import (
    ACT_NEEDS,
    DEFAULT_CEILINGS,
    POWERS,
    Act,
    Authority,
    ClauseEnd,
    ClauseTerms,
    Condition,
    EndWhy,
    Explain,
    Explanation,
    Handling,
    ItemTerms,
    Level,
    Mandate,
    Matter,
    Office,
    OfficeHeld,
    PointTerms,
    Post,
    Power,
    Register,
    WindowTerms,
)
from portal.rules.decision import Decision, Reason, Sort
from tests.rules.authority_model import (
    BUREAU,
    COUNTY_POINT,
    LONG_AGO,
    MR,
    NOW,
    ROOM_POINT,
    TAX,
    TAX_POINT,
    TODAY,
    TOWN,
    TOWN_POINT,
    Closed,
    chief,
    clause,
    held,
    item,
    model_carrying,
    model_ceiling,
    model_could_hold,
    model_holds,
    model_in_force,
    model_seen_from,
    moment,
    of_closed,
    points,
    window,
)

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
FULL_COUNT = 20_000
EXAMPLES = max(100, int(FULL_COUNT * float(os.environ.get("TEST_SCALE", "0.02"))))

ROOM, TOWN_WINDOW, HALL = window(Level.VILLAGE), window(Level.TOWN), window()
GENERAL = window(id=11, code="A-G", is_general=True, body_ids=frozenset({MR, TAX}))
SECOND = window(id=12, code="W2")


def end(at: datetime, why: EndWhy = EndWhy.SUSPENDED) -> ClauseEnd:
    return ClauseEnd(at, why, 2)


# --- the tables as the domain prints them ----------------------------------------------------------------------------------


def test_every_act_stands_in_the_table_and_has_a_question() -> None:
    assert set(ACT_NEEDS) | set(rules.OFFICE_NEEDS) == set(Act) and not set(ACT_NEEDS) & set(rules.OFFICE_NEEDS)
    for act in (act for act in ACT_NEEDS if act not in COURSE):
        assert callable(getattr(rules, f"may_{act.value}")), act


# the acts of the course of a case, asked by `may` alone: what they need, as the domain says it
COURSE: dict[Act, Power | None] = {
    Act.NOTICE: Power.ACCEPT, Act.TURN_AWAY: Power.ACCEPT, Act.FILE_NOT_ACCEPT: Power.ACCEPT, Act.JUDGE_SUPPLEMENT: Power.REVIEW,
    Act.STOP: Power.REVIEW, Act.END_STOP: Power.REVIEW, Act.FILE_LATE: Power.REVIEW, Act.FORWARD: Power.REVIEW, Act.FILE_REFUSE: Power.DECIDE,
    Act.TERMINATE: Power.DECIDE, Act.SUPPLEMENT: None, Act.WITHDRAW: None, Act.ASK_HEARING: None, Act.PUT_ON_HOLD: None, Act.END_HOLD: None,
    Act.NAME_AGENT: Power.REVIEW, Act.END_AGENT: Power.REVIEW, Act.TELL_PARTY: Power.REVIEW, Act.HEAR_PARTY: Power.REVIEW,
    Act.SET_HEARING: Power.REVIEW, Act.HOLD_HEARING: Power.REVIEW, Act.CHECK_SITE: Power.REVIEW,
    Act.RECEIVE_PAPER: None, Act.CONSENT: None, Act.END_CONSENT: None, Act.CARRY: Power.COLLECT,
}  # fmt: skip


@pytest.mark.parametrize(("act", "power"), COURSE.items())
def test_the_power_that_an_act_of_the_course_needs(act: Act, power: Power | None) -> None:
    assert {ACT_NEEDS[act].power_at(level) for level in (Level.COUNTY, Level.VILLAGE)} == {power}


@pytest.mark.parametrize(
    ("act", "offices", "allowed"),
    [
        (Act.EXTEND, [OfficeHeld(3, Office.HEAD_OF_AGENCY, 1)], 3),
        (Act.EXTEND, [OfficeHeld(3, Office.HEAD_OF_AGENCY, 99)], None),
        (Act.EXTEND, [OfficeHeld(4, Office.HEAD_OF_GOVERNMENT, 99)], 4),
        (Act.EXTEND, [OfficeHeld(5, Office.LEADER_IN_CHARGE, 1)], None),
        (Act.SEND_BACK, [OfficeHeld(5, Office.SUPERVISOR), OfficeHeld(6, Office.CENTER_MANAGEMENT)], 6),
        (Act.SEND_BACK, [OfficeHeld(5, Office.SUPERVISOR)], None),
        (Act.CORRECT, [OfficeHeld(5, Office.SUPERVISOR)], 5),
        (Act.OPEN_NOTICE, [], None),
        (Act.VOID, [OfficeHeld(6, Office.CENTER_MANAGEMENT)], 6),
        (Act.ROUTE, [OfficeHeld(6, Office.CENTER_MANAGEMENT)], 6),
        (Act.ROUTE, [OfficeHeld(7, Office.COUNTY_MANAGER)], 7),
        (Act.ROUTE, [OfficeHeld(5, Office.SUPERVISOR)], None),
        (Act.DECIDE, [OfficeHeld(6, Office.CENTER_MANAGEMENT)], None),
    ],
)
def test_acts_of_office_rest_on_the_office_held(act: Act, offices: list[OfficeHeld], allowed: int | None) -> None:
    of = replace(item(), body_id=1)
    answer = rules.may_by_office(act, offices, of)
    assert (answer.by.office if answer.by else None) == allowed
    if allowed is None:
        refused(answer, "G-2", Reason.NEEDS_AN_OFFICE)
    else:
        assert answer.facts["office"] == next(each.office.value for each in offices if each.id == allowed)
    if act in rules.OFFICE_NEEDS:
        refused(rules.may(act, held(HALL, clause(HALL, Power.DECIDE)), of), "G-2", Reason.NEEDS_AN_OFFICE)


@pytest.mark.parametrize(
    "act, power, at_a_room",
    [
        (Act.COLLECT, Power.COLLECT, Power.COLLECT),
        (Act.ENTER, Power.ACCEPT, Power.ACCEPT),
        (Act.HAND_OFF, None, Power.COLLECT),
        (Act.RECEIVE, None, Power.COLLECT),
        (Act.RETURN_LEG, None, None),
        (Act.ACCEPT, Power.ACCEPT, Power.ACCEPT),
        (Act.NOT_ACCEPT, Power.ACCEPT, Power.ACCEPT),
        (Act.REVIEW, Power.REVIEW, Power.REVIEW),
        (Act.DECIDE, Power.DECIDE, Power.DECIDE),
        (Act.REFUSE, Power.DECIDE, Power.DECIDE),
        (Act.CERTIFY, Power.CERTIFY, Power.CERTIFY),
        (Act.DELIVER, Power.DELIVER, Power.DELIVER),
        (Act.FINISH, Power.FINISH, Power.FINISH),
    ],
)
def test_the_power_that_an_act_needs(act: Act, power: Power | None, at_a_room: Power | None) -> None:
    assert ACT_NEEDS[act].power_at(Level.COUNTY) is power
    assert ACT_NEEDS[act].power_at(Level.COMMUNITY) is at_a_room


def test_only_a_decision_must_not_be_the_reviewers() -> None:
    assert {act for act, need in ACT_NEEDS.items() if need.not_by_reviewer} == {Act.DECIDE, Act.REFUSE, Act.FILE_REFUSE}


def test_who_uses_a_power_by_default() -> None:
    assert set(POWERS) == set(Power)
    assert {power for power in Power if POWERS[power].is_reserved} == {
        Power.COORDINATE, Power.JOINT, Power.DECIDE, Power.CERTIFY, Power.LITIGATE,
    }  # fmt: skip
    assert {power for power in Power if POWERS[power].posts == {Post.AGENT}} == {Power.COLLECT, Power.FINISH}
    assert {power for power in Power if POWERS[power].asks_certificate} == {Power.REVIEW}


def test_levels_rank_a_sub_center_as_county_and_rooms_last() -> None:
    assert [level.rank for level in Level] == [0, 0, 1, 2, 2]
    assert {level for level in Level if level.is_room} == {Level.VILLAGE, Level.COMMUNITY}


# --- ceilings (G-3) --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("mandate", Mandate)
@pytest.mark.parametrize("power", Power)
def test_the_default_ceilings_are_those_of_the_rule(level: Level, power: Power, mandate: Mandate) -> None:
    assert DEFAULT_CEILINGS.allows(level, power, mandate) == model_ceiling(level, power, mandate)


def test_a_county_can_lower_a_ceiling_but_not_lift_one() -> None:
    cells = DEFAULT_CEILINGS.cells - {(Level.TOWN, Power.CERTIFY, Mandate.ENTRUSTMENT)}
    assert not DEFAULT_CEILINGS.narrowed_to(cells).allows(Level.TOWN, Power.CERTIFY, Mandate.ENTRUSTMENT)
    with pytest.raises(ValueError, match="G-3"):
        DEFAULT_CEILINGS.narrowed_to({(Level.VILLAGE, Power.ACCEPT, Mandate.STATUTORY)})


def test_a_clause_above_the_ceiling_carries_nothing_even_if_it_was_registered() -> None:
    over = clause(TOWN_WINDOW, Power.JOINT)
    person = chief(TOWN_WINDOW, over)
    assert person.clause_for(item(), Power.JOINT) is None
    refused(person.missing(item(), Power.JOINT), "G-3", Reason.ABOVE_CEILING)


def test_a_county_can_close_a_cell_for_items_of_one_type() -> None:
    cell = (Level.TOWN, Power.DECIDE, Mandate.ENTRUSTMENT)
    closed = DEFAULT_CEILINGS.closed_for([(cell, "01")])
    assert not closed.allows(*cell, "01")
    assert closed.allows(*cell, "05")
    assert closed.allows(*cell)  # on some type still
    assert closed.allows(Level.TOWN, Power.CERTIFY, Mandate.ENTRUSTMENT, "01")
    more = closed.closed_for([((Level.TOWN, Power.CERTIFY, Mandate.ENTRUSTMENT), "05")])
    assert not more.allows(*cell, "01"), "what was closed before stays closed"
    assert not more.narrowed_to(more.cells).allows(*cell, "01")
    person = chief(TOWN_WINDOW, clause(TOWN_WINDOW, Power.DECIDE), ceilings=closed)
    refused(person.missing(item(type_code="01"), Power.DECIDE), "G-3", Reason.ABOVE_CEILING)
    assert person.missing(item(type_code="05"), Power.DECIDE)
    told = rules.explain(Power.DECIDE, item(type_code="01"), TOWN_WINDOW, person.clauses, NOW, ceilings=closed)
    assert [step.reason for step in told.steps if not step.ok] == [Reason.ABOVE_CEILING]


# --- in force (G-17) -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes, at, expected",
    [
        ({"from_on": TODAY}, moment(TODAY, 0), True),
        ({"from_on": TODAY}, moment(TODAY, 0) - TICK, False),
        ({"until_on": TODAY}, moment(TODAY + DAY, 0) - TICK, True),
        ({"until_on": TODAY}, moment(TODAY + DAY, 0), False),
        ({"registered_at": None}, NOW, False),
        ({"registered_at": NOW}, NOW, True),
        ({"registered_at": NOW}, NOW - TICK, False),
        ({"from_on": TODAY + DAY, "registered_at": LONG_AGO}, NOW, False),
        ({"ends": (end(NOW),)}, NOW, False),
        ({"ends": (end(NOW),)}, NOW - TICK, True),
        ({"ends": (end(NOW + DAY), end(NOW))}, NOW, False),
        ({"ends": (end(NOW + DAY),), "until_on": TODAY - DAY}, NOW, False),
        ({"registered_at": NOW + 30 * DAY, "until_on": TODAY}, NOW + 30 * DAY, False),
    ],
)
def test_a_clause_is_in_force_from_its_beginning_to_just_before_its_end(changes: dict[str, object], at: datetime, expected: bool) -> None:
    assert clause(HALL, **changes).in_force_at(at) is expected


def test_a_moment_without_a_zone_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(TypeError):
        clause().in_force_at(datetime(2026, 11, 23, 10))


@pytest.mark.parametrize(
    "changes, last_day",
    [
        ({}, None),
        ({"until_on": TODAY}, TODAY),
        ({"ends": (end(moment(TODAY, 0), EndWhy.REVOKED),)}, TODAY - DAY),
        ({"ends": (end(NOW),)}, TODAY),
        ({"ends": (end(NOW),), "until_on": TODAY - DAY}, TODAY - DAY),
    ],
)
def test_the_last_day_that_people_read(changes: dict[str, object], last_day: date | None) -> None:
    assert clause(HALL, **changes).last_day == last_day


# --- may this person (G-2 and the reasons) ---------------------------------------------------------------------------------


def refused(answer: Decision, rule: str, reason: Reason) -> None:
    assert not answer
    assert (answer.rule, answer.reason) == (rule, reason)
    assert answer.by is None


def test_the_act_rests_on_the_clause() -> None:
    carrying = clause(HALL, Power.ACCEPT)
    answer = rules.may_accept(held(HALL, carrying), item())
    assert answer
    assert answer.by is not None
    assert (answer.by.sort, answer.by.clause, answer.by.office, answer.by.article) == (Sort.WINDOW_ACT, carrying.id, None, None)


YES = clause(HALL, Power.ACCEPT)


@pytest.mark.parametrize(
    "person, rule, reason",
    [
        (held(HALL), "G-2", Reason.NO_CLAUSE),
        (held(HALL, YES, posts=frozenset()), "N-4", Reason.NO_POSTING),
        (held(HALL, YES, window=None), "N-4", Reason.NO_POSTING),
        (held(HALL, replace(YES, powers=frozenset({Power.REVIEW}))), "G-2", Reason.NO_CLAUSE),
        (held(HALL, replace(YES, item_ids=frozenset({2}))), "G-2", Reason.OTHER_ITEM),
        (held(HALL, replace(YES, item_ids=frozenset({2}), until_on=TODAY - DAY)), "G-2", Reason.NO_CLAUSE),
        (held(HALL, replace(YES, item_ids=None, body_id=TAX)), "G-2", Reason.NO_CLAUSE),
        (held(HALL, replace(YES, window_id=99)), "G-2", Reason.NO_CLAUSE),
        (held(HALL, replace(YES, mandate=Mandate.ENTRUSTMENT)), "G-3", Reason.ABOVE_CEILING),
        (held(replace(HALL, body_ids=frozenset({TAX})), YES), "G-12", Reason.BODY_NOT_SERVED),
        (held(HALL, replace(YES, registered_at=None)), "G-17", Reason.NOT_REGISTERED),
        (held(HALL, replace(YES, from_on=TODAY + DAY)), "G-17", Reason.STARTS_LATER),
        (held(HALL, replace(YES, until_on=TODAY - DAY)), "G-17", Reason.CLAUSE_LAPSED),
        (held(HALL, replace(YES, ends=(end(NOW - timedelta(minutes=1)),))), "G-17", Reason.CLAUSE_SUSPENDED),
        (held(HALL, replace(YES, ends=(end(moment(TODAY, 0), EndWhy.REVOKED),))), "G-17", Reason.CLAUSE_ENDED),
        (held(HALL, replace(YES, ends=(end(moment(TODAY, 0), EndWhy.SUPERSEDED),))), "G-17", Reason.CLAUSE_ENDED),
        (held(HALL, replace(YES, post=Post.CHIEF)), "G-13", Reason.NOT_CHIEF),
        (held(HALL, YES, posts=frozenset({Post.AGENT})), "G-16", Reason.OTHER_POST),
    ],
)
def test_without_a_clause_in_force_the_answer_is_no_and_says_why(person: Authority, rule: str, reason: Reason) -> None:
    refused(rules.may_accept(person, item()), rule, reason)
    refused(person.missing(item(), Power.ACCEPT), rule, reason)
    assert person.clause_for(item(), Power.ACCEPT) is None


def test_the_reason_names_the_day() -> None:
    assert rules.may_accept(held(HALL, replace(YES, from_on=TODAY + DAY)), item()).facts["begins_on"] == TODAY + DAY
    assert rules.may_accept(held(HALL, replace(YES, until_on=TODAY - DAY)), item()).facts["until"] == TODAY - DAY
    suspended = rules.may_accept(held(HALL, replace(YES, ends=(end(moment(TODAY, 9, 5)),))), item()).facts
    assert (suspended["ended_on"], suspended["ended_time"]) == (TODAY, "09:05")
    assert suspended["instrument"] == YES.instrument_number


def test_of_several_clauses_the_one_nearest_to_carrying_explains_the_refusal() -> None:
    over, next_week, tomorrow = (
        replace(YES, id=1, until_on=TODAY - DAY),
        replace(YES, id=2, from_on=TODAY + 7 * DAY),
        replace(YES, id=3, from_on=TODAY + DAY),
    )
    other = replace(YES, id=4, item_ids=frozenset({2}))
    answer = rules.may_accept(held(HALL, other, over, next_week, tomorrow), item())
    refused(answer, "G-17", Reason.STARTS_LATER)
    assert answer.facts["clause"] == 3
    assert rules.may_accept(held(HALL, other, over), item()).reason is Reason.CLAUSE_LAPSED


def test_an_act_rests_on_the_clause_that_has_held_longest() -> None:
    newer, older = replace(YES, id=1, registered_at=NOW), replace(YES, id=2)
    answer = rules.may_accept(held(HALL, newer, older), item())
    assert answer.by is not None
    assert answer.by.clause == 2


def test_a_clause_for_all_items_covers_those_of_the_issuing_body_only() -> None:
    whole = replace(YES, item_ids=None)
    assert rules.may_accept(held(HALL, whole), item(id=77))
    assert not rules.may_accept(held(HALL, whole), item(id=77, body_id=TAX))


def test_from_the_day_of_concentration_the_giving_department_holds_nothing_on_the_item() -> None:
    given = item(concentrated_to=BUREAU)
    refused(rules.may_accept(held(HALL, YES), given), "G-12", Reason.ITEM_CONCENTRATED)
    refused(rules.may_accept(held(HALL, replace(YES, item_ids=None)), given), "G-2", Reason.OTHER_ITEM)
    at_bureau = window(body_ids=frozenset({BUREAU}))
    bureau = clause(at_bureau, Power.ACCEPT, body_id=BUREAU, mandate=Mandate.CONCENTRATED, item_ids=None)
    assert rules.may_accept(held(at_bureau, bureau), given)
    collected = clause(ROOM, Power.COLLECT)  # receive and forward is no power, so it goes on
    assert rules.may_collect(held(ROOM, collected), given)


# --- conditions of clauses (G-1) -------------------------------------------------------------------------------------------

AT_TOWN = frozenset({TOWN_POINT, COUNTY_POINT})
BOUND = Condition(Handling.INSTANT, 500, TOWN_POINT)
MET = item(is_instant=True, matter=Matter(amount_fen=500, point_ids=AT_TOWN))


@pytest.mark.parametrize(
    "condition, of, reason",
    [
        (Condition(), item(), None),
        (Condition(Handling.INSTANT), item(is_instant=True), None),
        (Condition(Handling.INSTANT), item(), Reason.OTHER_HANDLING),
        (Condition(Handling.PROMISED), item(), None),
        (Condition(Handling.PROMISED), item(is_instant=True), Reason.OTHER_HANDLING),
        (Condition(most_fen=500), item(), None),
        (Condition(most_fen=500), item(matter=Matter(amount_fen=500)), None),
        (Condition(most_fen=500), item(matter=Matter(amount_fen=501)), Reason.AMOUNT_ABOVE),
        (Condition(most_fen=500), item(matter=Matter()), Reason.AMOUNT_ABOVE),
        (Condition(most_fen=500), item(matter=Matter(is_case=False)), None),
        (Condition(territory_id=TOWN_POINT), item(), None),
        (Condition(territory_id=TOWN_POINT), item(matter=Matter(point_ids=AT_TOWN)), None),
        (Condition(territory_id=TOWN_POINT), item(matter=Matter(point_ids=frozenset({6, COUNTY_POINT}))), Reason.OTHER_TERRITORY),
        (Condition(territory_id=TOWN_POINT), item(matter=Matter(is_case=False)), Reason.OTHER_TERRITORY),
        (BOUND, MET, None),
        (BOUND, replace(MET, is_instant=False), Reason.OTHER_HANDLING),
        (BOUND, replace(MET, matter=Matter(amount_fen=501, point_ids=AT_TOWN)), Reason.AMOUNT_ABOVE),
        (BOUND, replace(MET, matter=Matter(amount_fen=500)), Reason.OTHER_TERRITORY),
    ],
)
def test_a_clause_reaches_only_what_meets_its_condition(condition: Condition, of: ItemTerms, reason: Reason | None) -> None:
    bound = clause(HALL, Power.ACCEPT, condition=condition)
    person = held(HALL, bound)
    assert rules.carries(bound, HALL, of, Power.ACCEPT, NOW, DEFAULT_CEILINGS) is (reason is None)
    assert (person.clause_for(of, Power.ACCEPT) is bound) is (person.any_clause(of) is bound) is (reason is None)
    if reason is not None:
        refused(person.missing(of, Power.ACCEPT), "G-1", reason)
    told = rules.explain(Power.ACCEPT, of, HALL, [bound], NOW, held=person)
    assert [step.reason for step in told.steps if not step.ok] == ([] if reason is None else [reason])
    shown = [step for step in told.steps if step.text is Explain.CONDITION_MET]
    assert len(shown) == (condition != Condition()), "a clause bound to nothing shows no step for it"


# --- confirmed each year (G-14) --------------------------------------------------------------------------------------------

CLOSING = moment(date(2026, 11, 24), 0)  # 14 months after the 23rd of September 2025 are over
IN_2025 = moment(date(2025, 9, 23), 23)


@pytest.mark.parametrize(
    "confirmations, begun_at, at, allowed",
    [
        ((), None, CLOSING - TICK, True),
        ((), None, CLOSING, False),
        ((), CLOSING - TICK, CLOSING, True),
        ((), CLOSING - TICK, CLOSING + 900 * DAY, True),
        ((), CLOSING, CLOSING, False),
        ((), CLOSING + DAY, CLOSING - TICK, True),  # asked as of a moment before it began: as of then
        ((IN_2025 + DAY,), None, CLOSING, True),
        ((IN_2025 + DAY,), None, CLOSING + DAY, False),
        ((IN_2025 + 9 * DAY, IN_2025 + DAY), None, CLOSING + DAY, True),
        ((CLOSING,), None, CLOSING - TICK, True),
        ((CLOSING + TICK,), None, CLOSING, False),  # confirmed later: no answer about the past changes
        ((CLOSING,), None, CLOSING, True),
        ((IN_2025 - DAY,), None, CLOSING - TICK, True),  # of a draft: counts for nothing
        ((IN_2025 - DAY,), None, CLOSING, False),
    ],
)
def test_an_instrument_not_confirmed_in_fourteen_months_covers_no_new_case(
    confirmations: tuple[datetime, ...], begun_at: datetime | None, at: datetime, allowed: bool
) -> None:
    old = clause(HALL, Power.ACCEPT, from_on=date(2025, 9, 1), registered_at=IN_2025, confirmations=confirmations)
    of = item(matter=None if begun_at is None else Matter(begun_at))
    person = held(HALL, old, at=at)
    assert rules.carries(old, HALL, of, Power.ACCEPT, at, DEFAULT_CEILINGS) is allowed
    assert bool(person.missing(of, Power.ACCEPT)) is allowed
    told = rules.explain(Power.ACCEPT, of, HALL, [old], at, held=person)
    assert [step.reason for step in told.steps if not step.ok] == ([] if allowed else [Reason.NOT_CONFIRMED_IN_TIME])
    if not allowed:
        refused(person.missing(of, Power.ACCEPT), "G-14", Reason.NOT_CONFIRMED_IN_TIME)


def test_the_reason_names_the_day_of_the_confirmation_and_the_day_from_which_new_cases_are_closed() -> None:
    old = clause(HALL, Power.ACCEPT, registered_at=IN_2025, confirmations=(IN_2025 + 2 * DAY,))
    answer = rules.may_accept(held(HALL, old, at=CLOSING + 5 * DAY), item())
    assert (answer.facts["confirmed_on"], answer.facts["closed_on"]) == (date(2025, 9, 25), date(2026, 11, 26))


def test_an_unregistered_clause_was_never_confirmed() -> None:
    draft = clause(HALL, Power.ACCEPT, registered_at=None, confirmations=(LONG_AGO,))
    assert draft.confirmed_at(NOW) is None
    assert not draft.is_confirmed_for(item(), NOW)


# --- posts, letters, stand-ins, certificates (G-13, G-16, N-4) -------------------------------------------------------------

RESERVED = [Power.COORDINATE, Power.JOINT, Power.DECIDE, Power.CERTIFY, Power.LITIGATE]


@pytest.mark.parametrize("power", RESERVED)
def test_a_reserved_power_is_for_the_chief_representative_of_the_body(power: Power) -> None:
    carrying = clause(HALL, power)
    assert chief(HALL, carrying).clause_for(item(), power) is carrying
    refused(held(HALL, carrying).missing(item(), power), "G-13", Reason.NOT_CHIEF)
    refused(chief(HALL, carrying, chief_of=frozenset({TAX})).missing(item(), power), "G-13", Reason.NOT_CHIEF)
    refused(chief(HALL, carrying, posts=frozenset({Post.AGENT})).missing(item(), power), "G-13", Reason.NOT_CHIEF)
    refused(chief(HALL, carrying, posts=frozenset()).missing(item(), power), "N-4", Reason.NO_POSTING)


def test_an_entrusted_power_is_used_by_the_chief_of_the_town_government_not_of_the_principal() -> None:
    carrying = clause(TOWN_WINDOW, Power.DECIDE)
    assert rules.may_decide(chief(TOWN_WINDOW, carrying), item())
    refused(rules.may_decide(chief(TOWN_WINDOW, carrying, chief_of=frozenset({MR})), item()), "G-13", Reason.NOT_CHIEF)


def test_a_stand_in_uses_the_powers_of_the_absent_one_and_the_record_can_name_both() -> None:
    carrying = clause(HALL, Power.DECIDE)
    stand_in = held(HALL, carrying, standing_in_for=8, stand_in_bodies=frozenset({MR}))
    assert rules.may_decide(stand_in, item())
    assert stand_in.absent_for(carrying, Power.DECIDE) == 8
    refused(rules.may_decide(replace(stand_in, standing_in_for=None), item()), "G-13", Reason.NOT_CHIEF)
    refused(rules.may_decide(replace(stand_in, stand_in_bodies=frozenset({TAX})), item()), "G-13", Reason.NOT_CHIEF)
    refused(rules.may_decide(stand_in, item(), reviewer=7), "G-16", Reason.REVIEWED_BY_SAME_PERSON)


def test_who_holds_the_letter_or_accepts_as_a_clerk_stands_in_for_nobody() -> None:
    deciding, accepting = clause(HALL, Power.DECIDE), clause(HALL, Power.ACCEPT)
    own = chief(HALL, deciding, standing_in_for=8, stand_in_bodies=frozenset({MR, TAX}))
    assert own.absent_for(deciding, Power.DECIDE) is None
    assert held(HALL, accepting, standing_in_for=8, stand_in_bodies=frozenset({MR})).absent_for(accepting, Power.ACCEPT) is None


def test_a_post_that_the_clause_names_overrides_the_default() -> None:
    to_clerks = clause(HALL, Power.DECIDE, post=Post.CLERK)
    assert rules.may_decide(held(HALL, to_clerks), item())
    refused(rules.may_decide(chief(HALL, to_clerks), item()), "G-16", Reason.OTHER_POST)
    to_chief = clause(HALL, Power.REVIEW, post=Post.CHIEF)
    refused(rules.may_review(held(HALL, to_chief), item()), "G-13", Reason.NOT_CHIEF)
    assert rules.may_review(chief(HALL, to_chief), item())


def test_an_agent_collects_delivers_and_finishes_at_a_room_only() -> None:
    handing = clause(ROOM, Power.COLLECT, Power.DELIVER)
    finishing = clause(ROOM, Power.FINISH, mandate=Mandate.STATUTORY)
    listed = item(on_village_list=True)
    agent = held(ROOM, handing, finishing)
    assert rules.may_collect(agent, item())
    assert rules.may_deliver(agent, item())
    assert rules.may_finish(agent, listed)
    clerk = replace(agent, posts=frozenset({Post.CLERK}))
    refused(rules.may_collect(clerk, item()), "G-16", Reason.OTHER_POST)
    refused(rules.may_finish(clerk, listed), "G-16", Reason.OTHER_POST)
    assert rules.may_deliver(clerk, item())
    agent_in_the_hall = held(HALL, clause(HALL, Power.DELIVER), posts=frozenset({Post.AGENT}))
    refused(rules.may_deliver(agent_in_the_hall, item()), "G-16", Reason.OTHER_POST)


def test_a_room_finishes_only_what_the_village_list_names() -> None:
    person = held(ROOM, clause(ROOM, Power.FINISH, mandate=Mandate.STATUTORY))
    refused(rules.may_finish(person, item()), "G-3", Reason.NOT_ON_VILLAGE_LIST)


@pytest.mark.parametrize("power", sorted(set(Power) - {Power.COLLECT, Power.DELIVER, Power.FINISH}))
@pytest.mark.parametrize("mandate", Mandate)
def test_a_room_holds_no_administrative_power_on_any_mandate(power: Power, mandate: Mandate) -> None:
    over = clause(ROOM, power, mandate=mandate)
    person = chief(ROOM, over, posts=frozenset(Post))
    refused(person.missing(item(), power), "G-3", Reason.ABOVE_CEILING)


def test_a_review_asks_for_the_certificate_that_the_item_needs() -> None:
    strict = item(needs_certificate_holder=True)
    carrying = clause(HALL, Power.REVIEW, Power.ACCEPT)
    refused(rules.may_review(held(HALL, carrying), strict), "N-4", Reason.NO_ENFORCEMENT_CERTIFICATE)
    assert rules.may_review(held(HALL, carrying, has_certificate=True), strict)
    assert rules.may_review(held(HALL, carrying), item())
    assert rules.may_accept(held(HALL, carrying), strict)


# --- deciding (G-16, G-18) and refusing (C-9) ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reviewer, is_instant, allowed",
    [(None, False, True), (8, False, True), (7, False, False), ((8, 7), False, False), ((8, 9), False, True), (7, True, True)],
)
def test_who_reviewed_a_promised_item_cannot_decide_it(reviewer: int | None, is_instant: bool, allowed: bool) -> None:
    answer = rules.may_decide(chief(HALL, clause(HALL, Power.DECIDE)), item(is_instant=is_instant), reviewer)
    assert bool(answer) is allowed
    if not allowed:
        refused(answer, "G-16", Reason.REVIEWED_BY_SAME_PERSON)


def test_what_the_law_forwards_is_not_decided_here() -> None:
    person = chief(HALL, clause(HALL, Power.DECIDE, Power.REVIEW))
    refused(rules.may_decide(person, item(is_forwarded=True)), "G-18", Reason.ITEM_FORWARDED)
    assert rules.may_review(person, item(is_forwarded=True))


def test_who_may_decide_may_refuse_and_the_reviewer_may_not() -> None:
    """That a refusal is filed first is asked of the life of the case (C-9)."""
    person = chief(HALL, clause(HALL, Power.ACCEPT, Power.DECIDE))
    assert rules.may_not_accept(person, item()) and rules.may_refuse(person, item())
    refused(rules.may_refuse(person, item(), person.person_id), "G-16", Reason.REVIEWED_BY_SAME_PERSON)
    assert rules.may_refuse(person, item(is_instant=True), person.person_id)
    refused(rules.may_refuse(held(HALL, clause(HALL, Power.DECIDE)), item()), "G-13", Reason.NOT_CHIEF)


SIMPLE: list[tuple[Callable[[Authority, ItemTerms], Decision], Power]] = [
    (rules.may_enter, Power.ACCEPT),
    (rules.may_accept, Power.ACCEPT),
    (rules.may_review, Power.REVIEW),
    (rules.may_decide, Power.DECIDE),
    (rules.may_certify, Power.CERTIFY),
    (rules.may_deliver, Power.DELIVER),
]


@pytest.mark.parametrize("ask, power", SIMPLE)
def test_an_act_is_allowed_by_its_power_and_by_no_other(ask: Callable[[Authority, ItemTerms], Decision], power: Power) -> None:
    assert ask(chief(HALL, clause(HALL, power)), item())
    everything_else = frozenset(Power) - {power}
    refused(ask(chief(HALL, clause(HALL, *everything_else)), item()), "G-2", Reason.NO_CLAUSE)


# --- moving papers (C-6, and the table) ------------------------------------------------------------------------------------

MOVES = [rules.may_hand_off, rules.may_receive, rules.may_return_leg, rules.may_recall, rules.may_take, rules.may_archive]


@pytest.mark.parametrize("ask", MOVES)
@pytest.mark.parametrize("power", [power for power in Power if DEFAULT_CEILINGS.allows(Level.COUNTY, power, Mandate.INTERNAL)])
def test_any_code_on_the_item_at_the_window_moves_its_papers(ask: Callable[[Authority, ItemTerms], Decision], power: Power) -> None:
    carrying = clause(HALL, power)
    answer = ask(held(HALL, carrying), item())  # a clerk, also under a clause that only the chief may use
    assert answer.by is not None
    assert answer.by.clause == carrying.id
    refused(ask(held(HALL, carrying), item(id=2)), "G-2", Reason.NO_CODE_AT_WINDOW)
    refused(ask(held(HALL, carrying, at=carrying.begins_at - TICK), item()), "G-2", Reason.NO_CODE_AT_WINDOW)  # type: ignore[operator]
    refused(ask(held(HALL, carrying, posts=frozenset()), item()), "N-4", Reason.NO_POSTING)


@pytest.mark.parametrize("ask", [rules.may_hand_off, rules.may_receive])
def test_a_room_hands_on_and_takes_back_by_collect(ask: Callable[[Authority, ItemTerms], Decision]) -> None:
    assert ask(held(ROOM, clause(ROOM, Power.COLLECT)), item())
    refused(ask(held(ROOM, clause(ROOM, Power.DELIVER)), item()), "G-2", Reason.NO_CLAUSE)


def test_a_handoff_goes_only_to_a_window_that_holds_a_code_now() -> None:
    sender = held(ROOM, clause(ROOM, Power.COLLECT))
    accepting = clause(TOWN_WINDOW, Power.ACCEPT)
    assert rules.may_hand_off(sender, item(), TOWN_WINDOW, [accepting])
    for nothing in ([], [replace(accepting, until_on=TODAY - DAY)], [replace(accepting, item_ids=frozenset({2}))], [clause(HALL)]):
        refused(rules.may_hand_off(sender, item(), TOWN_WINDOW, nothing), "C-6", Reason.TARGET_HOLDS_NO_POWER)
    refused(rules.may_hand_off(sender, item(), ROOM, sender.clauses), "C-6", Reason.HANDOFF_TO_ITSELF)
    refused(rules.may_hand_off(held(ROOM), item(), TOWN_WINDOW, [accepting]), "G-2", Reason.NO_CLAUSE)


def test_an_office_is_found_for_its_body() -> None:
    head = OfficeHeld(5, Office.HEAD_OF_AGENCY, MR)
    person = held(HALL, offices=(head,))
    assert person.office(Office.HEAD_OF_AGENCY, MR) is head
    assert person.office(Office.HEAD_OF_AGENCY, TAX) is None
    assert person.office(Office.COUNTY_MANAGER) is None


# --- step by step ----------------------------------------------------------------------------------------------------------


def test_an_explanation_names_each_step_and_the_clause() -> None:
    carrying = clause(HALL, Power.DECIDE)
    told = rules.explain(Power.DECIDE, item(), HALL, [carrying], NOW, held=chief(HALL, carrying), reviewers={8})
    assert told.allowed
    assert told.clause is carrying
    assert [(step.rule, step.text) for step in told.steps] == [
        ("N-4", Explain.POSTED),
        ("G-2", Explain.POWER_NAMED),
        ("G-2", Explain.ITEM_NAMED),
        ("G-3", Explain.BELOW_CEILING),
        ("G-12", Explain.BODY_SERVED),
        ("G-17", Explain.REGISTERED),
        ("G-17", Explain.NOT_OVER),
        ("G-17", Explain.BEGUN),
        ("G-14", Explain.CONFIRMED),
        ("G-13", Explain.RIGHT_POST),
        ("G-18", Explain.DECIDED_HERE),
        ("G-16", Explain.NOT_REVIEWER),
    ]
    assert all(step.ok and step.reason is None for step in told.steps)


def test_an_explanation_without_a_person_speaks_of_the_window_only() -> None:
    told = rules.explain(Power.DECIDE, item(), HALL, [clause(HALL, Power.DECIDE)], NOW)
    assert told.allowed
    assert not {step.text for step in told.steps} & {Explain.POSTED, Explain.RIGHT_POST, Explain.NOT_REVIEWER}


@pytest.mark.parametrize(
    "changes, failing",
    [
        ({"held": chief(window(id=55), clause(HALL, Power.DECIDE))}, [Explain.POSTED]),
        ({"held": held(HALL)}, [Explain.RIGHT_POST]),
        ({"held": chief(HALL), "reviewers": {7}}, [Explain.NOT_REVIEWER]),
        ({"held": held(HALL), "reviewers": {7}}, [Explain.RIGHT_POST, Explain.NOT_REVIEWER]),
    ],
)
def test_an_explanation_shows_every_step_that_fails(changes: dict[str, object], failing: list[Explain]) -> None:
    told = rules.explain(Power.DECIDE, item(), HALL, [clause(HALL, Power.DECIDE)], NOW, **changes)  # type: ignore[arg-type]
    assert not told.allowed
    assert [step.text for step in told.steps if not step.ok] == failing
    assert all(step.refusal.reason for step in told.steps if not step.ok)


def test_an_explanation_says_over_from_the_very_moment_of_the_end() -> None:
    ended = clause(HALL, Power.DECIDE, ends=(ClauseEnd(NOW, EndWhy.REVOKED),))
    before, at = (rules.explain(Power.DECIDE, item(), HALL, [ended], moment) for moment in (NOW - timedelta(microseconds=1), NOW))
    assert before.allowed and not at.allowed
    assert [step.reason for step in at.steps if not step.ok] == [Reason.CLAUSE_ENDED]


# which clause an explanation speaks of: the one that carries it and has held longest, else the one that came nearest
BOTH = window(body_ids=frozenset({MR, TAX}))
ENDED = {"ends": (ClauseEnd(NOW - DAY, EndWhy.REVOKED),)}
LONG_SINCE = {"ends": (ClauseEnd(NOW - 2 * DAY, EndWhy.REVOKED),)}


@pytest.mark.parametrize(
    ("spoken_of", "other", "person"),
    [
        # both carry it: the one that has held longest, whatever its number
        (clause(BOTH, Power.DECIDE, id=9, from_on=TODAY - 30 * DAY), clause(BOTH, Power.DECIDE, id=3, from_on=TODAY - 2 * DAY), None),
        # both fail at the person: the smaller number, also where it began this very moment
        (clause(BOTH, Power.DECIDE, id=3), clause(BOTH, Power.DECIDE, id=9), held(BOTH)),
        (clause(BOTH, Power.DECIDE, id=3, registered_at=NOW), clause(BOTH, Power.DECIDE, id=9), held(BOTH)),
        # both are over: the one that ended last, also where it ended this very moment
        (clause(BOTH, Power.DECIDE, id=9, **ENDED), clause(BOTH, Power.DECIDE, id=3, **LONG_SINCE), None),
        (clause(BOTH, Power.DECIDE, id=9, ends=(ClauseEnd(NOW, EndWhy.REVOKED),)), clause(BOTH, Power.DECIDE, id=3, **ENDED), None),
        # both are to come: the one that comes first
        (clause(BOTH, Power.DECIDE, id=9, from_on=TODAY + DAY), clause(BOTH, Power.DECIDE, id=3, from_on=TODAY + 2 * DAY), None),
        # what the responsible body gave, though another body's ended later
        (clause(BOTH, Power.DECIDE, id=9, **LONG_SINCE), clause(BOTH, Power.DECIDE, id=3, body_id=TAX, **ENDED), None),
    ],
)
def test_an_explanation_speaks_of_the_clause_that_comes_nearest(spoken_of: ClauseTerms, other: ClauseTerms, person: Authority | None) -> None:
    for order in ([spoken_of, other], [other, spoken_of]):
        assert rules.explain(Power.DECIDE, item(), BOTH, order, NOW, held=person).clause == spoken_of


def test_an_explanation_speaks_of_no_clause_of_another_window_or_power() -> None:
    told = rules.explain(Power.DECIDE, item(), HALL, [clause(TOWN_WINDOW, Power.DECIDE), clause(HALL, Power.ACCEPT)], NOW)
    assert told.clause is None and not told.allowed


@pytest.mark.parametrize(
    ("power", "needed", "asked"), [(Power.REVIEW, True, True), (Power.REVIEW, False, False), (Power.ACCEPT, True, False), (Power.ACCEPT, False, False)]
)
def test_the_certificate_is_spoken_of_where_item_and_power_ask_for_it(power: Power, needed: bool, asked: bool) -> None:
    carrying = clause(HALL, power)
    told = rules.explain(power, item(needs_certificate_holder=needed), HALL, [carrying], NOW, held=held(HALL, carrying, has_certificate=True))
    assert told.allowed and (Explain.CERTIFICATE_HELD in {step.text for step in told.steps}) is asked


def test_a_step_that_is_met_refuses_nothing() -> None:
    step = rules.explain(Power.DECIDE, item(), HALL, [clause(HALL, Power.DECIDE)], NOW).steps[0]
    with pytest.raises(ValueError, match="met"):
        _ = step.refusal


FULL = {"power": "review", "item": "S-03", "window": "W1"}
CARRYING = clause(HALL, Power.REVIEW, id=5, until_on=date(2026, 12, 31), condition=Condition(Handling.PROMISED))
NAMED = {**FULL, "instrument": "柞市监授〔2026〕1号", "clause": 5}


def told_of(told: Explanation) -> list[tuple[str, bool, str, str | None, dict[str, object]]]:
    return [(step.rule, step.ok, str(step.text), None if step.reason is None else str(step.reason), dict(step.facts)) for step in told.steps]


WAY = (
    "posted", "power_named", "item_named", "below_ceiling", "body_served", "registered", "not_over", "begun", "condition_met", "confirmed",
    "right_post", "certificate_held",
)  # fmt: skip


def test_each_step_says_what_it_is_about() -> None:
    person = held(HALL, CARRYING, has_certificate=True)
    told = rules.explain(Power.REVIEW, item(needs_certificate_holder=True), HALL, [CARRYING], NOW, held=person)
    over = {"until": date(2026, 12, 31), "ended_on": date(2027, 1, 1), "ended_time": "00:00"}
    assert told_of(told) == [
        ("N-4", True, "posted", None, FULL),
        ("G-2", True, "power_named", None, FULL),
        ("G-2", True, "item_named", None, NAMED),
        ("G-3", True, "below_ceiling", None, {**NAMED, "level": "county", "mandate": "internal"}),
        ("G-12", True, "body_served", None, {**NAMED, "body": MR}),
        ("G-17", True, "registered", None, NAMED),
        ("G-17", True, "not_over", None, {**NAMED, **over}),
        ("G-17", True, "begun", None, {**NAMED, "begins_on": date(2026, 1, 1), "begins_time": "00:00"}),
        ("G-1", True, "condition_met", None, NAMED),
        ("G-14", True, "confirmed", None, {**NAMED, "confirmed_on": date(2026, 1, 1), "closed_on": date(2027, 3, 2)}),
        ("G-16", True, "right_post", None, {**NAMED, "post": "clerk", "body": MR}),
        ("N-4", True, "certificate_held", None, NAMED),
    ]


@pytest.mark.parametrize(
    "changes, of, at, place",
    [
        ({"powers": frozenset({Power.ACCEPT})}, item(), NOW, 1),
        ({"item_ids": frozenset({2})}, item(), NOW, 2),
        ({"body_id": BUREAU, "item_ids": frozenset({2})}, item(), NOW, 2),
        ({}, item(concentrated_to=BUREAU), NOW, 2),
        ({"mandate": Mandate.ENTRUSTMENT}, item(), NOW, 3),
        ({"body_id": TAX}, item(), NOW, 4),
        ({"registered_at": None}, item(), NOW, 5),
        ({"ends": (end(moment(TODAY, 9, 5)),)}, item(), NOW, 6),
        ({"from_on": TODAY + DAY}, item(), NOW, 7),
        ({}, item(is_instant=True), NOW, 8),
        ({"registered_at": moment(date(2025, 6, 1))}, item(), NOW, 9),
        ({"post": Post.AGENT}, item(), NOW, 10),
        ({"post": Post.CHIEF}, item(), NOW, 10),
        ({}, item(needs_certificate_holder=True), NOW, 11),
    ],
)
def test_a_refusal_says_all_that_the_step_says(changes: dict[str, object], of: ItemTerms, at: datetime, place: int) -> None:
    one = replace(CARRYING, **changes)  # type: ignore[arg-type]
    person = held(HALL, one, at=at)
    told = rules.explain(Power.REVIEW, of, HALL, [one], at, held=person)
    answer = person.missing(of, Power.REVIEW)
    failing = next(step for step in told.steps if not step.ok)
    assert failing is told.steps[place]
    assert (failing.ok, str(failing.text)) == (False, WAY[place])
    assert all(step.ok is True for step in told.steps[:place]) and told.allowed is False
    assert (answer.reason, answer.rule, answer.facts) == (failing.reason, failing.rule, failing.facts)
    expected = FULL if place == 1 else {**NAMED, "instrument": one.instrument_number}
    more = {
        3: {"level": "county", "mandate": "entrustment"}, 4: {"body": TAX}, 7: {"begins_on": TODAY + DAY, "begins_time": "00:00"},
        6: {"until": TODAY, "ended_on": TODAY, "ended_time": "09:05"}, 9: {"confirmed_on": date(2025, 6, 1), "closed_on": date(2026, 8, 2)},
        10: {"post": str(one.post), "body": MR}, 2: {"body": BUREAU} if of.concentrated_to else {},
    }  # fmt: skip
    assert dict(failing.facts) == {**expected, **more.get(place, {})}


def test_what_is_said_of_a_room_and_of_a_decision() -> None:
    finishing = clause(ROOM, Power.FINISH, id=6, mandate=Mandate.STATUTORY)
    told = told_of(rules.explain(Power.FINISH, item(), ROOM, [finishing], NOW, held=held(ROOM, finishing)))
    named = {"power": "finish", "item": "S-03", "window": "W4", "instrument": "柞市监授〔2026〕1号", "clause": 6}
    assert ("G-3", False, "on_village_list", "not_on_village_list", named) in told
    assert told[-1] == ("G-16", True, "right_post", None, {**named, "post": "agent", "body": MR})
    assert ("G-17", True, "not_over", None, {**named, "until": None}) in told
    deciding = clause(HALL, Power.DECIDE, id=7)
    forwarded = rules.explain(Power.DECIDE, item(is_forwarded=True), HALL, [deciding], NOW, held=chief(HALL, deciding), reviewers=[7])
    assert not forwarded.allowed
    assert told_of(forwarded)[-3:] == [
        ("G-13", True, "right_post", None, {**NAMED, "power": "decide", "clause": 7, "post": "chief", "body": MR}),
        ("G-18", False, "decided_here", "item_forwarded", {"item": "S-03"}),
        ("G-16", False, "not_reviewer", "reviewed_by_same_person", {"item": "S-03"}),
    ]
    instant = rules.explain(Power.DECIDE, item(is_instant=True), HALL, [deciding], NOW, held=chief(HALL, deciding), reviewers=[7])
    assert instant.allowed and instant.steps[-1].text is Explain.DECIDED_HERE
    other = rules.explain(Power.DECIDE, item(), HALL, [deciding], NOW, held=chief(SECOND, deciding))
    assert told_of(other)[0] == ("N-4", False, "posted", "no_posting", {"power": "decide", "item": "S-03", "window": "W1"})


@pytest.mark.parametrize(
    "answer, facts",
    [
        (rules.may(Act.EXTEND, held(HALL), item()), {"act": "extend"}),
        (rules.may_by_office(Act.EXTEND, (), item()), {"act": "extend"}),
        (rules.may_accept(held(HALL, posts=frozenset()), item()), {"item": "S-03"}),
        (held(HALL, window=None).missing(item(), Power.ACCEPT), {"power": "accept", "item": "S-03"}),
        (rules.may_decide(chief(HALL), item(), 7), {"item": "S-03"}),
        (rules.may_decide(chief(HALL), item(is_forwarded=True)), {"item": "S-03"}),
        (rules.may_take(held(HALL), item()), {"item": "S-03", "window": "W1"}),
        (rules.may_hand_off(held(HALL, clause(HALL)), item(), HALL), {"window": "W1"}),
        (rules.may_hand_off(held(HALL, clause(HALL)), item(), SECOND), {"window": "W2", "item": "S-03"}),
    ],
)
def test_a_refused_act_names_what_it_is_about(answer: Decision, facts: dict[str, object]) -> None:
    assert not answer
    assert dict(answer.facts) == facts


def test_the_words_that_are_stored_and_written_stay() -> None:
    """In the database, in addresses, in the record, and beside them in the texts: another word would find nothing."""
    for kind in (Act, Office, Explain):
        assert [str(word) for word in kind] == [word.name.lower() for word in kind]


def test_no_value_of_authority_can_be_changed() -> None:
    values = (rules.OfficeHeld, rules.PowerTerms, rules.Need, rules.Step, rules.Explanation, Authority, rules.Holding, rules.Gap, rules.Finish)
    for kind in values:
        assert kind.__dataclass_params__.frozen and "__slots__" in vars(kind), kind  # type: ignore[attr-defined]
    for table in (POWERS, ACT_NEEDS, rules.explain(Power.DECIDE, item(), HALL, [], NOW).steps[0].facts):
        assert type(table) is MappingProxyType


def test_what_is_not_said_is_not_so() -> None:
    assert replace(rules.Need(None)) == rules.Need(None, at_room=None, is_reserved=False, not_by_reviewer=False)
    assert [rules.Need(None).is_reserved, rules.Need(None).not_by_reviewer] == [False, False]
    assert [rules.PowerTerms(frozenset()).is_reserved, rules.PowerTerms(frozenset()).asks_certificate] == [False, False]
    nobody = Authority(1, NOW)
    assert (nobody.window, nobody.posts, nobody.chief_of, nobody.standing_in_for, nobody.stand_in_bodies) == (None, set(), set(), None, set())
    assert (nobody.has_certificate, nobody.offices, nobody.clauses) == (False, (), ())
    assert nobody.ceilings is DEFAULT_CEILINGS
    assert dict(rules.Step("G-2", True, Explain.POSTED).facts) == {} and rules.Step("G-2", True, Explain.POSTED).reason is None
    assert OfficeHeld(1, Office.AUDITOR).body_id is None
    assert {act for act, need in ACT_NEEDS.items() if need.is_reserved} == {Act.NOT_ACCEPT, Act.FILE_NOT_ACCEPT}
    assert {act: (need.power, need.at_room) for act, need in ACT_NEEDS.items() if act in (Act.RECALL, Act.TAKE, Act.ARCHIVE)} == {
        Act.RECALL: (None, None), Act.TAKE: (None, None), Act.ARCHIVE: (None, None),
    }  # fmt: skip
    assert {power: POWERS[power].posts for power in Power} == {
        power: frozenset({Post.AGENT}) if power in (Power.COLLECT, Power.FINISH) else frozenset({Post.CLERK, Post.CHIEF})
        for power in Power if power is not Power.DELIVER
    } | {Power.DELIVER: frozenset(Post)}  # fmt: skip


def test_not_accepting_an_application_is_the_chiefs_alone() -> None:
    accepting = clause(HALL, Power.ACCEPT)
    refused(rules.may_not_accept(held(HALL, accepting), item()), "G-13", Reason.NOT_CHIEF)
    assert rules.may_not_accept(held(HALL, accepting), item()).facts["post"] == "chief"
    answer = rules.may_not_accept(chief(HALL, accepting), item())
    assert answer.by is not None and answer.by.clause == accepting.id
    assert rules.may_accept(held(HALL, accepting), item())


def test_any_code_is_asked_of_the_window_as_the_countys_ceilings_let_it_hold_one() -> None:
    giving = clause(TOWN_WINDOW, Power.DECIDE)
    closed = DEFAULT_CEILINGS.narrowed_to(DEFAULT_CEILINGS.cells - {(Level.TOWN, Power.DECIDE, Mandate.ENTRUSTMENT)})
    assert held(TOWN_WINDOW, giving).any_clause(item()) is giving
    assert held(TOWN_WINDOW, giving, ceilings=closed).any_clause(item()) is None
    refused(rules.may_take(held(TOWN_WINDOW, giving, ceilings=closed), item()), "G-2", Reason.NO_CODE_AT_WINDOW)
    assert held(TOWN_WINDOW, giving, posts=frozenset()).any_clause(item()) is None
    assert held(TOWN_WINDOW, giving, window=None).any_clause(item()) is None
    newer, older = clause(HALL, Power.DELIVER, registered_at=NOW), clause(HALL, Power.DELIVER)
    assert held(HALL, newer, older).any_clause(item()) is older
    assert held(HALL, older, clause(HALL, Power.ACCEPT, id=1)).any_clause(item()) != older, "the first power of the table"
    sender = held(ROOM, clause(ROOM, Power.COLLECT), ceilings=closed)
    refused(rules.may_hand_off(sender, item(), TOWN_WINDOW, [giving]), "C-6", Reason.TARGET_HOLDS_NO_POWER)


def test_the_clause_that_an_act_rests_on_is_found_again() -> None:
    one, other = clause(HALL, Power.ACCEPT), clause(HALL, Power.REVIEW)
    person = held(HALL, one, other)
    answer = rules.may_review(person, item())
    assert answer.by is not None
    assert person.clause_of(answer.by) is other


# --- who may, near whom (G-9, N-5, G-18) -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start, body, codes",
    [
        (ROOM_POINT, MR, ["V1", "T1", "C-MR", "C"]),
        (ROOM_POINT, TAX, ["V1", "T1", "C-TAX", "C"]),
        (ROOM_POINT, BUREAU, ["V1", "T1", "C"]),
        (TOWN_POINT, MR, ["T1", "C-MR", "C"]),
        (TAX_POINT, TAX, ["C-TAX", "C"]),
        (TAX_POINT, MR, ["C-TAX", "C-MR", "C"]),
        (COUNTY_POINT, MR, ["C", "C-MR"]),
    ],
)
def test_the_chain_of_a_point_for_an_item(start: int, body: int, codes: list[str]) -> None:
    known = points()
    assert [point.code for point in rules.chain(known[start], item(body_id=body), known)] == codes


def test_several_sub_centers_of_a_body_stand_by_code() -> None:
    more = (PointTerms(8, "C-A", Level.SUB_CENTER, COUNTY_POINT, MR), PointTerms(9, "C-Z", Level.SUB_CENTER, COUNTY_POINT, MR))
    known = points() | {point.id: point for point in more}
    assert [point.code for point in rules.chain(known[ROOM_POINT], item(), known)] == ["V1", "T1", "C-A", "C-MR", "C-Z", "C"]


def test_a_circle_of_parents_ends() -> None:
    known = {1: PointTerms(1, "A", Level.TOWN, 2), 2: PointTerms(2, "B", Level.TOWN, 1)}
    assert [point.code for point in rules.chain(known[1], item(), known)] == ["A", "B"]


def test_who_may_names_the_nearest_first_then_the_own_window_before_a_general_one_then_by_code() -> None:
    windows = [HALL, GENERAL, SECOND, TOWN_WINDOW, window(Level.TOWN, id=60, point_id=6)]
    clauses = [clause(at, Power.ACCEPT, until_on=TODAY + DAY) for at in windows]
    found = rules.who_may(Power.ACCEPT, item(), points()[ROOM_POINT], points(), windows, clauses, NOW)
    assert [holding.window.code for holding in found] == ["W3", "W1", "W2", "A-G"]
    assert [holding.level for holding in found] == [Level.TOWN, Level.COUNTY, Level.COUNTY, Level.COUNTY]
    assert found[0].clause is clauses[3]
    assert found[0].until == TODAY + DAY
    first = rules.nearest(Power.ACCEPT, item(), points()[ROOM_POINT], points(), windows, clauses, NOW)
    assert first == found[0]


def test_who_may_answers_for_a_past_moment_as_it_was() -> None:
    once = clause(HALL, Power.DECIDE, until_on=date(2026, 6, 30), ends=(end(moment(date(2026, 7, 5))),))
    ask = (Power.DECIDE, item(), points()[ROOM_POINT], points(), [HALL], [once])
    assert [holding.clause for holding in rules.who_may(*ask, moment(date(2026, 6, 30), 23, 59))] == [once]
    assert rules.who_may(*ask, moment(date(2026, 7, 1), 0)) == ()
    assert rules.nearest(*ask, NOW) is None


def test_a_point_that_holds_no_cases_is_passed_over() -> None:
    closed = points() | {TOWN_POINT: replace(points()[TOWN_POINT], is_open=False)}
    windows, clauses = [HALL, TOWN_WINDOW], [clause(HALL, Power.ACCEPT), clause(TOWN_WINDOW, Power.ACCEPT)]
    found = rules.who_may(Power.ACCEPT, item(), closed[ROOM_POINT], closed, windows, clauses, NOW)
    assert [holding.window.code for holding in found] == ["W1"]


def test_a_window_is_named_once_with_the_clause_that_has_held_longest() -> None:
    newer, older = clause(HALL, Power.ACCEPT, registered_at=NOW), clause(HALL, Power.ACCEPT)
    found = rules.who_may(Power.ACCEPT, item(), points()[COUNTY_POINT], points(), [HALL], [newer, older], NOW)
    assert [holding.clause for holding in found] == [older]


def spread(*where: tuple[WindowTerms, tuple[Power, ...]]) -> tuple[list[WindowTerms], list[ClauseTerms]]:
    return [at for at, _ in where], [clause(at, *powers) for at, powers in where]


def test_the_finish_point_is_the_first_by_which_all_but_acceptance_is_in_force() -> None:
    full = (Power.REVIEW, Power.DECIDE, Power.DELIVER)
    ask = (item(), points()[ROOM_POINT], points())
    windows, clauses = spread((ROOM, (Power.DELIVER,)), (TOWN_WINDOW, (Power.REVIEW,)), (HALL, full))
    found = rules.finish_point(*ask, windows, clauses, NOW)
    assert found is not None
    assert (found.point.code, found.window.code) == ("C", "W1")
    assert {str(power): holding.point.code for power, holding in found.holdings.items()} == {"deliver": "V1", "review": "T1", "decide": "C"}
    windows, clauses = spread((ROOM, (Power.DELIVER,)), (TOWN_WINDOW, (Power.REVIEW, Power.DECIDE)), (HALL, full))
    found = rules.finish_point(*ask, windows, clauses, NOW)
    assert found is not None
    assert found.point.code == "T1"
    assert rules.finish_point(*ask, *spread((HALL, (Power.ACCEPT, Power.REVIEW, Power.DECIDE))), NOW) is None


def test_of_two_windows_at_the_finish_point_the_bodys_own_comes_before_a_general_one() -> None:
    full = (Power.REVIEW, Power.DECIDE, Power.DELIVER)
    windows, clauses = spread((GENERAL, full), (SECOND, full))
    found = rules.finish_point(item(), points()[COUNTY_POINT], points(), windows, clauses, NOW)
    assert found is not None
    assert found.window.code == "W2"


def test_a_matter_of_the_village_list_finishes_at_the_room() -> None:
    listed = item(required=frozenset({Power.FINISH}), on_village_list=True)
    finishing = clause(ROOM, Power.FINISH, mandate=Mandate.STATUTORY)
    found = rules.finish_point(listed, points()[ROOM_POINT], points(), [ROOM], [finishing], NOW)
    assert found is not None
    assert found.window is ROOM


def gap_codes(of: ItemTerms, windows: list[WindowTerms], clauses: list[ClauseTerms]) -> list[tuple[str, str]]:
    return [(str(gap.power), gap.point.code) for gap in rules.gaps([of], points(), windows, clauses, NOW)]


def test_a_gap_is_a_required_power_that_the_chain_of_the_highest_offered_point_lacks() -> None:
    in_hall = item(offered_at=frozenset({COUNTY_POINT, TOWN_POINT, ROOM_POINT}))
    windows, clauses = spread((HALL, (Power.ACCEPT, Power.REVIEW)), (TOWN_WINDOW, (Power.DECIDE,)))
    assert gap_codes(in_hall, windows, clauses) == [("decide", "C"), ("deliver", "C")]


def test_where_several_points_are_equally_high_each_is_looked_at() -> None:
    in_towns = item(offered_at=frozenset({TOWN_POINT, 6}), required=frozenset({Power.ACCEPT}))
    assert gap_codes(in_towns, *spread((TOWN_WINDOW, (Power.ACCEPT,)))) == [("accept", "T2")]
    assert gap_codes(in_towns, *spread((HALL, (Power.ACCEPT,)))) == []
    at_the_top = item(offered_at=frozenset({COUNTY_POINT, TAX_POINT}), required=frozenset({Power.ACCEPT}))
    assert gap_codes(at_the_top, [], []) == [("accept", "C"), ("accept", "C-TAX")]


def test_what_is_offered_nowhere_has_no_gap() -> None:
    assert gap_codes(item(), [], []) == []


def test_a_clause_bound_to_a_territory_counts_for_who_comes_in_there() -> None:
    bound = clause(HALL, Power.ACCEPT, condition=Condition(territory_id=TOWN_POINT))
    register = Register(points(), [HALL], [bound], NOW)
    assert [one.code for one in points().values() if register.who_may(Power.ACCEPT, item(), one)] == ["T1", "V1", "V2"]
    assert register.finish_point(item(required=frozenset({Power.ACCEPT})), points()[6]) is None
    assert register.finish_point(item(required=frozenset({Power.ACCEPT})), points()[TOWN_POINT]) is not None
    offered = item(required=frozenset({Power.ACCEPT}), offered_at=frozenset({TOWN_POINT, 6}))
    assert [(gap.point.code, gap.item) for gap in register.gaps([offered])] == [("T2", offered)]


def test_a_register_reads_all_of_what_it_is_given_in_any_order() -> None:
    bound = clause(HALL, Power.ACCEPT, condition=Condition(territory_id=6))
    over, holding = clause(HALL, Power.ACCEPT, until_on=TODAY - DAY), clause(HALL, Power.REVIEW)
    for clauses in ([bound, over, holding], [over, holding, bound], [holding, bound, over]):
        register = Register(list(points().values()), [HALL], clauses, NOW)
        assert not register.who_may(Power.ACCEPT, item(), points()[TOWN_POINT])
        assert register.who_may(Power.ACCEPT, item(), points()[6])
        assert register.who_may(Power.REVIEW, item(), points()[TOWN_POINT])


def test_a_register_finds_what_was_given_on_all_items_of_the_responsible_body() -> None:
    register = Register(points(), [BOTH], [clause(BOTH, Power.ACCEPT, item_ids=None), clause(BOTH, Power.REVIEW, item_ids=None, body_id=TAX)], NOW)
    assert [holding.clause.body_id for holding in register.who_may(Power.ACCEPT, item(), points()[TOWN_POINT])] == [MR]
    assert not register.who_may(Power.REVIEW, item(), points()[TOWN_POINT])
    assert register.who_may(Power.REVIEW, item(body_id=TAX), points()[TOWN_POINT])


def test_of_several_clauses_a_register_names_the_one_that_has_held_longest() -> None:
    longest = clause(HALL, Power.ACCEPT, id=9)
    others = [clause(HALL, Power.ACCEPT, id=3, from_on=TODAY - DAY), clause(HALL, Power.ACCEPT, id=5, item_ids=None, from_on=TODAY)]
    for clauses in ([longest, *others], [*others, longest]):
        found = Register(points(), [HALL], clauses, NOW).who_may(Power.ACCEPT, item(), points()[TOWN_POINT])
        assert [holding.clause for holding in found] == [longest]


def test_who_may_nearest_finish_point_and_gaps_keep_to_the_ceilings_of_the_county() -> None:
    narrow = DEFAULT_CEILINGS.narrowed_to(DEFAULT_CEILINGS.cells - {(Level.COUNTY, Power.ACCEPT, Mandate.INTERNAL)})
    only = item(required=frozenset({Power.ACCEPT}), offered_at=frozenset({COUNTY_POINT}))
    facts = (points(), [HALL], [clause(HALL, Power.ACCEPT)], NOW)
    for bounds, is_held in ((DEFAULT_CEILINGS, True), (narrow, False)):
        assert bool(rules.who_may(Power.ACCEPT, only, points()[TOWN_POINT], *facts, bounds)) is is_held
        assert bool(rules.nearest(Power.ACCEPT, only, points()[TOWN_POINT], *facts, bounds)) is is_held
        assert bool(rules.finish_point(only, points()[TOWN_POINT], *facts, bounds)) is is_held
        assert bool(rules.gaps([only], *facts, bounds)) is not is_held


def test_a_sub_center_of_another_county_is_in_no_chain_of_this_one() -> None:
    known = points() | {
        20: PointTerms(20, "D", Level.COUNTY),
        21: PointTerms(21, "D-MR", Level.SUB_CENTER, 20, MR),
        22: PointTerms(22, "E-MR", Level.SUB_CENTER, None, MR),
    }
    near = {point.id for point in rules.chain(known[TOWN_POINT], item(), known)}
    assert 22 in near and 7 in near and 21 not in near
    assert rules.chain(known[21], item(), known)[0].id == 21


def test_where_an_item_is_asked_about_from_is_named_only_where_a_territory_binds_and_never_over_a_case() -> None:
    bound, of_a_case = clause(HALL, condition=Condition(territory_id=TOWN_POINT)), item(matter=Matter(amount_fen=1))
    room = points()[ROOM_POINT]
    register = Register(points(), [HALL], [clause(HALL), bound], NOW)
    assert register.seen_from(item(), room).matter == Matter(point_ids=frozenset({ROOM_POINT, TOWN_POINT, COUNTY_POINT}), is_case=False)
    assert register.seen_from(of_a_case, room) is of_a_case
    for unbound in ([clause(HALL)], [replace(bound, until_on=TODAY - DAY)], [clause(HALL, condition=Condition(most_fen=1))]):
        assert Register(points(), [HALL], unbound, NOW).seen_from(item(), room).matter is None


BUSY_HALL = window(body_ids=frozenset({TAX}))


@pytest.mark.parametrize(
    "power, windows, changes, code",
    [
        (Power.DECIDE, [HALL, TOWN_WINDOW], {}, "W3"),  # a town by entrustment, before the hall
        (Power.JOINT, [HALL, TOWN_WINDOW], {}, "W1"),  # above what a town can hold
        (Power.JOINT, [TOWN_WINDOW], {}, None),
        (Power.COLLECT, [HALL, TOWN_WINDOW, ROOM], {}, "W4"),
        (Power.DECIDE, [ROOM], {}, None),
        (Power.DECIDE, [GENERAL, SECOND], {}, "W2"),  # the body's own before a general one
        (Power.DECIDE, [window(id=13, code="W9"), SECOND], {}, "W2"),
        (Power.DECIDE, [BUSY_HALL], {}, None),  # a hall window of another body: nothing is entrusted at county level
        (Power.DECIDE, [BUSY_HALL], {"concentrated_to": TAX}, "W1"),
        (Power.DECIDE, [HALL], {"concentrated_to": TAX}, None),
        (Power.FINISH, [ROOM], {}, None),  # the room is no body's counter; nothing but receive and forward reaches it from outside
        (Power.FINISH, [replace(ROOM, body_ids=frozenset({MR}))], {}, "W4"),
        (Power.DECIDE, [], {}, None),
    ],
)
def test_the_nearest_window_that_could_be_given_a_power(power: Power, windows: list[WindowTerms], changes: dict[str, object], code: str) -> None:
    found = Register(points(), windows, [], NOW).could_hold(power, item(**changes), points()[ROOM_POINT])
    assert (found.code if found else None) == code


def test_a_closed_point_and_a_closed_ceiling_are_passed_over_for_what_could_be_given() -> None:
    shut = points() | {TOWN_POINT: replace(points()[TOWN_POINT], is_open=False)}
    found = Register(shut, [HALL, TOWN_WINDOW], [], NOW).could_hold(Power.DECIDE, item(), points()[ROOM_POINT])
    assert found is HALL
    closed = DEFAULT_CEILINGS.closed_for([((Level.TOWN, Power.DECIDE, Mandate.ENTRUSTMENT), "01")])
    register = Register(points(), [HALL, TOWN_WINDOW], [], NOW, closed)
    assert register.could_hold(Power.DECIDE, item(type_code="01"), points()[ROOM_POINT]) is HALL
    assert register.could_hold(Power.DECIDE, item(type_code="05"), points()[ROOM_POINT]) is TOWN_WINDOW


# --- against the model -----------------------------------------------------------------------------------------------------

DAYS = st.integers(-3, 3).map(lambda days: TODAY + days * DAY)
AROUND = [timedelta(), TICK, -TICK, timedelta(hours=8), timedelta(hours=16), timedelta(hours=10), timedelta(hours=23, minutes=59)]
MOMENTS = st.builds(lambda day, shift: moment(day, 0) + shift, DAYS, st.sampled_from(AROUND))
BEFORE = MOMENTS.map(lambda at: at - (TODAY - date(2025, 9, 23)))  # fourteen months before a moment, or a day or two beside it
BODIES = st.sampled_from([MR, TAX, BUREAU, TOWN])
ITEMS = st.builds(
    ItemTerms,
    id=st.integers(1, 3),
    code=st.just("S"),
    body_id=st.sampled_from([MR, TAX]),
    required=st.frozensets(st.sampled_from(Power), min_size=1, max_size=4),
    is_instant=st.booleans(),
    is_forwarded=st.booleans(),
    on_village_list=st.booleans(),
    needs_certificate_holder=st.booleans(),
    offered_at=st.frozensets(st.integers(1, 7), max_size=4),
    concentrated_to=st.sampled_from([None, None, None, BUREAU]),
    type_code=st.sampled_from(["01", "05"]),
    matter=st.none()
    | st.builds(
        Matter,
        begun_at=st.none() | MOMENTS,
        amount_fen=st.none() | st.integers(0, 3),
        point_ids=st.frozensets(st.integers(1, 7), max_size=3),
        is_case=st.booleans(),
    ),
)
CONDITIONS = st.just(Condition()) | st.builds(
    Condition, st.none() | st.sampled_from(Handling), st.none() | st.integers(0, 3), st.none() | st.integers(1, 7)
)
CELLS = sorted(DEFAULT_CEILINGS.cells)
CLOSED = st.frozensets(st.builds(lambda cell, kind: (*map(str, cell), kind), st.sampled_from(CELLS), st.sampled_from(["", "01"])), max_size=9)
CLAUSES = st.builds(
    ClauseTerms,
    id=st.integers(1, 10**6),
    instrument_id=st.just(1),
    instrument_number=st.just("1"),
    window_id=st.sampled_from([10, 30, 40]),
    body_id=BODIES,
    mandate=st.sampled_from(Mandate),
    powers=st.frozensets(st.sampled_from(Power), min_size=1),
    from_on=DAYS,
    item_ids=st.none() | st.frozensets(st.integers(1, 3), min_size=1),
    until_on=st.none() | DAYS,
    receiving_body_id=st.none() | BODIES,
    registered_at=st.none() | MOMENTS | BEFORE,
    ends=st.lists(st.builds(ClauseEnd, MOMENTS, st.sampled_from(EndWhy)), max_size=2).map(tuple),
    post=st.none() | st.sampled_from(Post),
    condition=CONDITIONS,
    confirmations=st.lists(MOMENTS | BEFORE, max_size=2).map(tuple),
)
WINDOWS = st.builds(
    lambda level, bodies: replace(window(level), body_ids=bodies),
    st.sampled_from([Level.COUNTY, Level.TOWN, Level.VILLAGE]),
    st.frozensets(BODIES, min_size=1),
)
PLACES = st.lists(WINDOWS, max_size=3, unique_by=lambda one: one.id)
HISTORIES = st.lists(CLAUSES, max_size=5, unique_by=lambda one: one.id).map(tuple)
PEOPLE = st.builds(
    Authority,
    person_id=st.integers(1, 3),
    at=MOMENTS,
    window=st.none() | WINDOWS,
    posts=st.frozensets(st.sampled_from(Post)),
    chief_of=st.frozensets(BODIES),
    standing_in_for=st.sampled_from([None, 9]),
    stand_in_bodies=st.frozensets(BODIES, max_size=2),
    has_certificate=st.booleans(),
    clauses=HISTORIES,
)
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.property
@many
@given(CLAUSES, MOMENTS)
def test_in_force_agrees_with_the_model(one: ClauseTerms, at: datetime) -> None:
    assert one.in_force_at(at) == model_in_force(one, at)
    assert one.in_force_at(at.astimezone(timezone(timedelta(hours=-5)))) == model_in_force(one, at)


@pytest.mark.property
@many
@given(CLAUSES, MOMENTS, MOMENTS, st.sampled_from(EndWhy))
def test_an_end_recorded_later_changes_no_answer_about_the_past(one: ClauseTerms, at: datetime, later: datetime, why: EndWhy) -> None:
    ended = replace(one, ends=(*one.ends, ClauseEnd(later, why)))
    if at < later:
        assert ended.in_force_at(at) == one.in_force_at(at)
    else:
        assert not ended.in_force_at(at)


@pytest.mark.property
@many
@given(PEOPLE, ITEMS, st.sampled_from(Power), CLOSED)
def test_who_may_use_a_power_agrees_with_the_model(person: Authority, of: ItemTerms, power: Power, closed: Closed) -> None:
    person = replace(person, ceilings=of_closed(closed))
    carrying = model_carrying(person, of, power.value, closed)
    found, answer = person.clause_for(of, power), person.missing(of, power)
    assert (found is not None) == bool(answer) == bool(carrying)
    if found is not None:
        assert found.id in carrying
        assert answer.by is not None
        assert answer.by.clause == found.id
    else:
        assert answer.rule
        assert answer.reason


@pytest.mark.property
@many
@given(PEOPLE, ITEMS, st.sampled_from([act for act in ACT_NEEDS if not ACT_NEEDS[act].is_reserved]), st.frozensets(st.integers(1, 3), max_size=2))
def test_who_may_do_an_act_agrees_with_the_model(person: Authority, of: ItemTerms, act: Act, reviewers: frozenset[int]) -> None:
    answer = rules.may(act, person, of, reviewers=reviewers)
    at_room = person.window is not None and person.window.level in ("village", "community")
    any_code = {"return_leg", "recall", "take", "archive"} | {other.value for other, needed in COURSE.items() if needed is None}
    if act in any_code or (act in ("hand_off", "receive") and not at_room):
        at = person.window
        held_here = at is not None and person.posts and [
            one.id for one in person.clauses for power in Power if model_holds(one, at, of, power.value, person.at)
        ]  # fmt: skip
        expected = set(held_here or ())
    else:
        of_course = {other.value: str(needed) for other, needed in COURSE.items() if needed is not None}
        power = {"enter": "accept", "hand_off": "collect", "receive": "collect", "refuse": "decide", **of_course}.get(act, str(act))
        expected = model_carrying(person, of, power)
        if act == "terminate" and of.is_forwarded:
            expected = set()
        if act in ("decide", "refuse", "file_refuse") and (of.is_forwarded or (not of.is_instant and person.person_id in reviewers)):
            expected = set()
    assert bool(answer) == bool(expected)
    assert answer.by is None or answer.by.clause in expected


@pytest.mark.property
@many
@given(PEOPLE, ITEMS, st.sampled_from(Power), st.frozensets(st.integers(1, 3), max_size=2), CLOSED)
def test_an_explanation_agrees_with_the_answer(
    person: Authority, of: ItemTerms, power: Power, reviewers: frozenset[int], closed: Closed
) -> None:
    at, bounds = person.window or window(), of_closed(closed)
    person = replace(person, ceilings=bounds)
    told = rules.explain(power, of, at, person.clauses, person.at, held=person, reviewers=reviewers, ceilings=bounds)
    answer = rules.may_decide(person, of, reviewers) if power is Power.DECIDE else person.missing(of, power)
    assert told.allowed == bool(answer)
    if not answer and answer.reason not in (Reason.REVIEWED_BY_SAME_PERSON, Reason.ITEM_FORWARDED, Reason.NO_POSTING):
        assert answer.reason in [step.reason for step in told.steps]
    alone = rules.explain(power, of, at, person.clauses, person.at, ceilings=bounds)
    held_here = any(model_holds(one, at, of, power.value, person.at, closed) for one in person.clauses)
    assert alone.allowed == (held_here and not (power is Power.DECIDE and of.is_forwarded))


@pytest.mark.property
@many
@given(PLACES, HISTORIES, ITEMS, st.sampled_from(Power), st.integers(1, 7), MOMENTS, CLOSED)
def test_who_may_near_whom_agrees_with_the_model(
    windows: list[WindowTerms], history: tuple[ClauseTerms, ...], of: ItemTerms, power: Power, start: int, at: datetime, closed: Closed
) -> None:
    known = points()
    near = [point.id for point in rules.chain(known[start], of, known)]
    seen = model_seen_from(of, start, known)
    may = {one.id: [c.id for c in history if model_holds(c, one, seen, power.value, at, closed)] for one in windows}
    expected = {one.id for one in windows if one.point_id in near and may[one.id]}
    register = Register(known, windows, history, at, of_closed(closed))
    found = register.who_may(power, of, known[start])
    assert {holding.window.id for holding in found} == expected
    assert [near.index(holding.point.id) for holding in found] == sorted(near.index(holding.point.id) for holding in found)
    assert all(holding.clause.id in may[holding.window.id] for holding in found)
    could = register.could_hold(power, of, known[start])
    assert (could.code if could else None) == model_could_hold(windows, [known[one] for one in near], of, power.value, closed)


@pytest.mark.property
@many
@given(HISTORIES, PLACES, ITEMS, MOMENTS, st.integers(1, 7))
def test_gaps_and_finish_points_agree_with_the_model(
    history: tuple[ClauseTerms, ...], windows: list[WindowTerms], of: ItemTerms, at: datetime, start: int
) -> None:
    known = points()

    def where(power: Power, start: int) -> set[int]:
        seen = model_seen_from(of, start, known)
        return {w.point_id for w in windows if any(model_holds(c, w, seen, power.value, at) for c in history)}

    rank = {"county": 0, "sub_center": 0, "town": 1, "village": 2, "community": 2}
    top = min((rank[known[one].level] for one in of.offered_at), default=None)
    expected = {
        (power, one)
        for power in of.required
        for one in of.offered_at
        if rank[known[one].level] == top and not where(power, one) & {point.id for point in rules.chain(known[one], of, known)}
    }
    found = rules.gaps([of], known, windows, history, at)
    assert {(gap.power, gap.point.id) for gap in found} == expected
    assert len(found) == len(expected)

    near = [point.id for point in rules.chain(known[start], of, known)]
    needed = of.required - {Power.ACCEPT} or of.required
    reached = [place for place in range(len(near)) if all(where(power, start) & set(near[: place + 1]) for power in needed)]
    finish = rules.finish_point(of, known[start], known, windows, history, at)
    assert (finish.point.id if finish else None) == (near[reached[0]] if reached else None)
