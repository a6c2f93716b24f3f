"""Joint approval and packages as rules: the one list, who may, the one notice, silence, how it ends, the usage rates (C-10, C-26, S-6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from portal.rules import joint
from portal.rules.authority import Act, Level, Power
from portal.rules.deadlines import Limit, Unit
from portal.rules.decision import Decision, Reason
from portal.rules.joint import (
    AsBranch,
    Branch,
    CouldHaveBeen,
    Event,
    Kind,
    Line,
    Matter,
    Now,
    Paper,
    Part,
    Rates,
    Result,
    Stands,
    Step,
    WhyNot,
)
from portal.rules.lifecycle import ClosedAs, Outcome, State
from tests.rules.authority_model import chief, clause, held, item, window
from tests.rules.calendar_fixture import seed_calendar

HALL, TOWN_WINDOW, RESTAURANT = window(), window(Level.TOWN), item()
MONDAY = date(2026, 11, 23)
UNTIL = date(2026, 11, 26)
AT = datetime(2026, 11, 23, 1, tzinfo=timezone.utc)
PARTS = (Part("S-07", 1), Part("S-03", 1), Part("S-27", 2), Part("S-28", 3, "sign"))


def why(answer: Decision) -> tuple[str | None, Reason | None]:
    return answer.rule, answer.reason


# --- packages -----------------------------------------------------------------------------------------------------------------------


def test_the_answers_choose_the_parts() -> None:
    assert [part.item for part in joint.chosen(PARTS, set())] == ["S-07", "S-03", "S-27"]
    assert [part.item for part in joint.chosen(PARTS, {"sign", "unknown"})] == ["S-07", "S-03", "S-27", "S-28"]


@pytest.mark.parametrize(
    ("limit", "questions", "parts", "reason"),
    [
        (Limit(20), ["sign"], PARTS, None),
        (Limit(45), ["sign"], PARTS, None),
        (Limit(46), ["sign"], PARTS, Reason.JOINT_LIMIT_TOO_LONG),
        (Limit(20, Unit.CALENDAR), ["sign"], PARTS, Reason.JOINT_LIMIT_TOO_LONG),
        (Limit(20), [], PARTS, Reason.JOINT_QUESTION_UNUSED),
        (Limit(20), ["sign", "tax"], PARTS, Reason.JOINT_QUESTION_UNUSED),
        (Limit(20), [], PARTS[:2], Reason.JOINT_NEEDS_TWO),
        (Limit(20), [], (*PARTS[:3], PARTS[0]), Reason.JOINT_QUESTION_UNUSED),
    ],
)
def test_what_a_package_can_be(limit: Limit, questions: list[str], parts: tuple[Part, ...], reason: Reason | None) -> None:
    assert joint.may_publish(limit, questions, parts).reason is reason


def test_one_list_is_the_union_without_doubles() -> None:
    papers = [
        Paper("S-07", "1", "card", copies=1, may_be_waived=True), Paper("S-03", "1", "licence", copies=1, may_be_waived=True),
        Paper("S-03", "2", "card", copies=1, may_be_waived=True), Paper("S-03", "3", "sketch", original=1), Paper("S-27", "1", "sketch", original=1),
        Paper("S-27", "2", "licence", copies=1),
    ]  # fmt: skip
    assert joint.one_list(papers[:5], {"licence": "S-07"}) == (
        Line("card", (("S-07", "1"), ("S-03", "2")), 0, 2),
        Line("licence", (("S-03", "1"),), 0, 1, comes_from="S-07"),
        Line("sketch", (("S-03", "3"), ("S-27", "1")), 1, 0),
    )
    whole = joint.one_list(papers, {"licence": "S-07"})
    assert whole[1].comes_from == "", "one branch may not fetch it, so it is handed in"
    assert len({line.key for line in whole}) == len(whole) and sum(len(line.uses) for line in whole) == len(papers)


# --- who may ------------------------------------------------------------------------------------------------------------------------


def test_the_lead_needs_coordinate_at_its_window() -> None:
    lead = chief(HALL, clause(HALL, Power.COORDINATE, Power.ACCEPT))
    assert joint.may_lead(lead, [RESTAURANT])
    assert why(joint.may_lead(held(HALL, clause(HALL, Power.COORDINATE)), [RESTAURANT])) == ("G-13", Reason.NOT_CHIEF)
    assert why(joint.may_lead(chief(HALL, clause(HALL, Power.ACCEPT)), [RESTAURANT])) == ("G-2", Reason.NO_CLAUSE)
    assert joint.may_lead(None, [RESTAURANT]).reason is Reason.NO_POSTING
    assert joint.may_lead(lead, []).reason is Reason.JOINT_NEEDS_TWO


def test_opening_needs_two_departments_and_a_window_for_each_item() -> None:
    assert joint.may_open([1, 2], [])
    assert joint.may_open([1, 1], []).reason is Reason.JOINT_NEEDS_TWO
    refusal = joint.may_open([1, 2], ["招牌", "消防"])
    assert (refusal.reason, refusal.facts["items"]) == (Reason.BRANCH_WITHOUT_WINDOW, "招牌、消防")


BRANCH = AsBranch("J1", "CODE")


@pytest.mark.parametrize(
    ("act", "branch", "powers", "reason"),
    [
        (Act.ACCEPT, BRANCH, [], None),
        (Act.NOTICE, BRANCH, [Power.ACCEPT], Reason.JOINT_NOTICE_BY_LEAD),
        (Act.DECIDE, BRANCH, [Power.DECIDE, Power.JOINT], None),
        (Act.DECIDE, BRANCH, [Power.DECIDE], Reason.NO_CLAUSE),
        (Act.REFUSE, BRANCH, [Power.DECIDE], Reason.NO_CLAUSE),
        (Act.DECIDE, AsBranch("J1", "CODE", is_halted=True), [Power.DECIDE, Power.JOINT], Reason.JOINT_HALTED),
        (Act.REFUSE, AsBranch("J1", "CODE", is_halted=True), [Power.DECIDE, Power.JOINT], None),
    ],
)
def test_what_a_branch_may(act: Act, branch: AsBranch, powers: list[Power], reason: Reason | None) -> None:
    person = chief(HALL, *([clause(HALL, *powers)] if powers else []))
    assert joint.may_as_branch(act, branch, person, RESTAURANT).reason is reason


def test_a_town_holds_no_joint() -> None:
    """Joint is above a town's ceiling (G-3): a town window is no branch whatever is written."""
    person = chief(TOWN_WINDOW, clause(TOWN_WINDOW, Power.DECIDE, Power.JOINT))
    assert joint.may_as_branch(Act.DECIDE, BRANCH, person, RESTAURANT).reason is Reason.ABOVE_CEILING


# --- the one notice, the one visit --------------------------------------------------------------------------------------------------


def said(*events: tuple[Kind, int | None, dict[str, Any]]) -> Now:
    return joint.project(Event(seq, kind, AT, branch, payload) for seq, (kind, branch, payload) in enumerate(events, 1))


OPENED = (Kind.OPENED, None, {})
ASKED = (Kind.ASKED, 2, {"missing": [{"code": "4", "why": "照片不清楚"}]})
NOTIFIED = (Kind.NOTIFIED, None, {"until": "2026-12-14"})
RECEIVED, ACCEPTED = Branch(1, State.RECEIVED), Branch(1, State.ACCEPTED)


@pytest.mark.parametrize(
    ("now", "branch", "today", "missing", "reason"),
    [
        (said(OPENED), RECEIVED, MONDAY, ["1"], None),
        (said(OPENED), RECEIVED, UNTIL, ["1"], None),
        (said(OPENED), RECEIVED, UNTIL + timedelta(days=1), ["1"], Reason.JOINT_ASK_TOO_LATE),
        (said(OPENED), RECEIVED, MONDAY, [], Reason.NOTICE_NAMES_NOTHING),
        (said(OPENED), RECEIVED, MONDAY, ["9"], Reason.NOTICE_BEYOND_LIST),
        (said(OPENED), ACCEPTED, MONDAY, ["1"], Reason.STATE_DOES_NOT_ALLOW),
        (said(OPENED, ASKED, NOTIFIED), RECEIVED, MONDAY, ["1"], Reason.JOINT_NOTICED_ONCE),
    ],
)
def test_when_a_branch_may_ask(now: Now, branch: Branch, today: date, missing: list[str], reason: Reason | None) -> None:
    assert joint.may_ask(now, branch, today, UNTIL, ["1", "2"], missing).reason is reason


@pytest.mark.parametrize(
    ("now", "branches", "today", "reason"),
    [
        (said(OPENED, ASKED), [ACCEPTED, Branch(2, State.RECEIVED)], MONDAY, None),
        (said(OPENED, ASKED), [RECEIVED, Branch(2, State.RECEIVED)], MONDAY, Reason.JOINT_ASKS_WAIT),
        (said(OPENED, ASKED), [RECEIVED, Branch(2, State.RECEIVED)], UNTIL, None),
        (said(OPENED), [RECEIVED], UNTIL, Reason.JOINT_NOTHING_ASKED),
        (said(OPENED, ASKED, NOTIFIED), [ACCEPTED], UNTIL, Reason.JOINT_NOTICED_ONCE),
        (said(OPENED, ASKED, (Kind.ENDED, None, {})), [ACCEPTED], UNTIL, Reason.JOINT_ENDED),
    ],
)
def test_the_lead_sends_one_notice(now: Now, branches: list[Branch], today: date, reason: Reason | None) -> None:
    assert joint.may_notify(now, branches, today, UNTIL).reason is reason


def test_what_a_branch_asks_again_takes_the_place_of_what_it_asked() -> None:
    now = said(OPENED, ASKED, (Kind.ASKED, 2, {"missing": [{"code": "1", "why": ""}]}))
    assert [(each.branch, each.missing) for each in now.asked] == [(2, (("1", ""),))]


def test_one_joint_visit() -> None:
    called = (Kind.SITE_SET, None, {"on": "2026-11-25", "place": "店内"})
    held_ = (Kind.SITE_HELD, None, {"on": "2026-11-25", "finding": "符合"})
    assert joint.may_set_site(said(OPENED), MONDAY, MONDAY)
    assert joint.may_set_site(said(OPENED), MONDAY - timedelta(days=1), MONDAY).reason is Reason.JOINT_SITE_PAST
    assert joint.may_set_site(said(OPENED, called), MONDAY, MONDAY), "it can be moved until it was held"
    assert joint.may_set_site(said(OPENED, called, held_), UNTIL, MONDAY).reason is Reason.JOINT_SITE_ONCE
    assert joint.may_hold_site(said(OPENED), "符合", MONDAY).reason is Reason.JOINT_SITE_NOT_SET
    assert joint.may_hold_site(said(OPENED, called), "符合", MONDAY).reason is Reason.JOINT_SITE_TO_COME
    assert joint.may_hold_site(said(OPENED, called), " ", UNTIL).reason is Reason.NO_GROUND
    assert joint.may_hold_site(said(OPENED, called), "符合", UNTIL)
    assert joint.may_hold_site(said(OPENED, called, held_), "符合", UNTIL).reason is Reason.JOINT_SITE_ONCE


# --- how it ends --------------------------------------------------------------------------------------------------------------------

G, R, E = Result.GRANTED, Result.REFUSED, Result.ENDED
ALONE = (Kind.STANDS_ALONE, None, {"why": "招牌可以不挂"})


@pytest.mark.parametrize(
    ("events", "results", "stands", "outcome"),
    [
        ([], [G, None], Stands.RUNNING, ""),
        ([], [G, G], Stands.READY, "granted"),
        ([], [G, R, None], Stands.HALTED, ""),
        ([], [G, E, None], Stands.HALTED, ""),
        ([ALONE], [G, R, None], Stands.RUNNING, ""),
        ([ALONE], [G, R, G], Stands.READY, "partly"),
        ([], [G, R, E], Stands.READY, "refused"),
        ([ALONE], [R, E], Stands.READY, "refused"),
        ([(Kind.ENDED, None, {})], [G, G], Stands.ENDED, "granted"),
    ],
)
def test_where_the_whole_stands(events: list[Any], results: list[Result | None], stands: Stands, outcome: str) -> None:
    now = said(OPENED, *events)
    assert (joint.stands(now, results), joint.outcome(now, results)) == (stands, outcome)
    assert bool(joint.may_end(now, results)) is (stands is Stands.READY), "ended only when every branch has a result; nothing is assumed"
    assert bool(joint.may_stand_alone(now, results, "理由")) is (stands is Stands.HALTED)
    assert not joint.may_stand_alone(now, results, " ")


def test_the_result_of_a_branch_is_what_its_own_events_say() -> None:
    assert joint.result_of(Outcome.GRANTED, None, State.CERTIFIED) is G
    assert joint.result_of(Outcome.REFUSED, None, State.DECIDED) is R
    assert joint.result_of(None, ClosedAs.TERMINATED, State.CLOSED) is E
    assert joint.result_of(None, None, State.UNDER_REVIEW) is None


# --- silence ------------------------------------------------------------------------------------------------------------------------


def urged(*steps: Step, after: int = 1) -> list[tuple[Kind, int | None, dict[str, Any]]]:
    return [(Kind.URGED if step is Step.URGE else Kind.ESCALATED, 1, {"step": step.value, "after": after}) for step in steps]


QUIET = Branch(1, State.RECEIVED, None, MONDAY, 1)
LATE = Branch(1, State.ACCEPTED, None, MONDAY, 2, date(2026, 12, 4))


@pytest.mark.parametrize(
    ("branch", "events", "today", "due"),
    [
        (QUIET, [], "11-24", ()),
        (QUIET, [], "11-25", (Step.URGE,)),
        (QUIET, [], "11-26", (Step.URGE, Step.CHIEF)),
        (QUIET, urged(Step.URGE), "11-26", (Step.CHIEF,)),
        (QUIET, urged(Step.URGE, Step.CHIEF), "11-29", ()),  # a weekend is no silence
        (QUIET, urged(Step.URGE, Step.CHIEF), "11-30", (Step.ABOVE,)),
        (QUIET, urged(*Step), "12-30", ()),  # each step once
        (LATE, [], "12-04", ()),  # it has answered, and works within its own limit
        (LATE, [], "12-07", (Step.URGE,)),
        (LATE, urged(Step.URGE, after=2), "12-09", (Step.CHIEF, Step.ABOVE)),
        (LATE, urged(*Step, after=1), "12-07", (Step.URGE,)),  # it was silent, acted, and is silent again
        (Branch(1, State.DECIDED, G, MONDAY, 4, MONDAY), [], "12-30", ()),
        (Branch(1, State.NOTICED, None, MONDAY, 2, MONDAY, stands_still=True), [], "12-30", ()),
        (QUIET, [(Kind.ENDED, None, {})], "12-30", ()),
        (QUIET, [(Kind.ASKED, 1, {"missing": []})], "12-30", ()),  # it waits for the lead's notice
    ],
)
def test_a_silent_branch_is_urged_then_escalated(branch: Branch, events: list[Any], today: str, due: tuple[Step, ...]) -> None:
    assert joint.steps_due(branch, said(OPENED, *events), date.fromisoformat(f"2026-{today}"), seed_calendar()) == due


def test_dates_of_the_whole() -> None:
    assert joint.asked_until(MONDAY, seed_calendar()) == UNTIL
    assert joint.due_on(MONDAY, Limit(20, Unit.WORKING), seed_calendar()) == date(2026, 12, 21)


# --- the usage rates ----------------------------------------------------------------------------------------------------------------


def matter(case: int, day: int = 0, *, applicant: int = 1, theme: str = "catering", body: int = 1, whole: int | None = None) -> Matter:
    return Matter(case, applicant, theme, body, date(2026, 1, 1) + timedelta(days=day), whole)


@pytest.mark.parametrize(
    ("matters", "groups"),
    [
        ([matter(1), matter(2, body=2)], [[1, 2]]),
        ([matter(1), matter(2, 60, body=2)], [[1, 2]]),
        ([matter(1), matter(2, 61, body=2)], []),
        ([matter(1), matter(2, 5)], []),  # one department
        ([matter(1), matter(2, body=2, applicant=2)], []),
        ([matter(1), matter(2, body=2, theme="law")], []),
        ([matter(1, theme=""), matter(2, body=2, theme="")], []),
        ([matter(1), matter(2, 5, body=2), matter(3, 70, body=3), matter(4, 80, body=1)], [[1, 2], [3, 4]]),
        ([matter(1, body=1, whole=9), matter(2, body=2, whole=9), matter(3, 3, body=3)], [[1, 2]]),
    ],
)
def test_what_could_have_been_joint(matters: list[Matter], groups: list[list[int]]) -> None:
    found = joint.could_have_been(reversed(matters))
    assert [[each.case for each in group.matters] for group in found] == groups


def test_why_it_was_not() -> None:
    same = CouldHaveBeen((matter(1), matter(2, body=2)))
    later = CouldHaveBeen((matter(1), matter(2, 9, body=2)))
    package = {"S-03", "S-07", "S-27"}
    assert joint.why_not(same, {"S-01", "S-27"}, [package]) is WhyNot.NO_PACKAGE
    assert joint.why_not(same, {"S-03", "S-27"}, [package]) is WhyNot.NOT_OFFERED
    assert joint.why_not(later, {"S-03", "S-27"}, [package]) is WhyNot.LATER
    assert not same.was_joint and CouldHaveBeen((matter(1, whole=3),)).was_joint


def test_rates() -> None:
    assert (Rates(6, 286, 12).of_all, Rates(6, 286, 12).of_could) == (6 / 286, 0.5)
    assert Rates(0, 0, 0).of_all is None and Rates(0, 5, 0).of_could is None
