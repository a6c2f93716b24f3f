"""Where a case goes next, and by when (C-6, C-7, C-20, C-21), as tables."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from portal.rules.authority import ClauseTerms, Holding, Level, Mandate, PointTerms, Power, WindowTerms
from portal.rules.decision import Reason
from portal.rules.handoffs import (
    AfterReturn,
    LegLimits,
    Proposal,
    ReturnReason,
    TransferKind,
    Waypoint,
    Why,
    charge_due,
    door_of,
    kind_of,
    leg_due,
    may_return_as,
    may_send_to,
    originals_due,
    propose_route,
    receipt_due,
)
from portal.rules.moments import SHANGHAI
from portal.rules.working_days import Calendar, DayKind

ROOM, TOWN, MR, TAX = 1, 2, 3, 4
LEVELS = {ROOM: Level.VILLAGE, TOWN: Level.TOWN, MR: Level.COUNTY, TAX: Level.SUB_CENTER}
CALENDAR = Calendar.of(
    [(date(2026, 10, day), DayKind.HOLIDAY) for day in range(1, 8)] + [(date(2026, 10, 10), DayKind.MOVED_WORKDAY)], [2026]
)


def holding(window: int, power: Power) -> Holding:
    point = PointTerms(window, f"P{window}", LEVELS[window])
    terms = WindowTerms(window, f"W{window}", window, LEVELS[window])
    clause = ClauseTerms(100 + window, 1, "No. 1", window, 1, Mandate.INTERNAL, frozenset({power}), date(2026, 1, 1))
    return Holding(power, terms, point, clause)


def way(*windows: int) -> tuple[Waypoint, ...]:
    return tuple(Waypoint(window, LEVELS[window]) for window in windows)


@pytest.mark.parametrize(
    ("from_level", "to_level", "kind"),
    [
        (Level.VILLAGE, Level.TOWN, TransferKind.RECEIVE_FORWARD),
        (Level.COMMUNITY, Level.COUNTY, TransferKind.RECEIVE_FORWARD),
        (Level.VILLAGE, Level.COMMUNITY, TransferKind.TRANSFER),
        (Level.TOWN, Level.COUNTY, TransferKind.UP),
        (Level.TOWN, Level.SUB_CENTER, TransferKind.UP),
        (Level.TOWN, Level.TOWN, TransferKind.TRANSFER),
        (Level.TOWN, Level.VILLAGE, TransferKind.DOWN),
        (Level.COUNTY, Level.TOWN, TransferKind.DOWN),
        (Level.COUNTY, Level.COMMUNITY, TransferKind.DOWN),
        (Level.SUB_CENTER, Level.COUNTY, TransferKind.TRANSFER),  # a sub-center counts as county level (G-3)
        (Level.COUNTY, Level.SUB_CENTER, TransferKind.TRANSFER),
    ],
)
def test_kinds_of_transfer(from_level: Level, to_level: Level, kind: TransferKind) -> None:
    assert kind_of(from_level, to_level) is kind
    assert kind.moves


def test_a_consultation_moves_nothing() -> None:
    assert [kind for kind in TransferKind if not kind.moves] == [TransferKind.ASSISTANCE, TransferKind.OPINION]


@pytest.mark.parametrize(
    ("holder", "power", "came_by", "holders", "able", "proposed"),
    [
        # up: the nearest of the chain that holds the next power
        (ROOM, Power.ACCEPT, [ROOM], [TOWN, MR], {TOWN, MR}, (Why.NEAREST, TOWN)),
        (TOWN, Power.REVIEW, [ROOM, TOWN], [MR], {ROOM, TOWN, MR}, (Why.NEAREST, MR)),
        # the town was entrusted: it stays there
        (TOWN, Power.REVIEW, [ROOM, TOWN], [TOWN, MR], {ROOM, TOWN, MR}, (Why.HERE, TOWN)),
        (MR, Power.CERTIFY, [ROOM, TOWN, MR], [MR], {ROOM, TOWN, MR}, (Why.HERE, MR)),
        # the result goes back by the way the case came, though the holder could deliver and the room is nearest
        (MR, Power.DELIVER, [ROOM, TOWN, MR], [ROOM, TOWN, MR], {ROOM, TOWN, MR}, (Why.WAY_BACK, TOWN)),
        (TOWN, Power.DELIVER, [ROOM, TOWN], [ROOM, TOWN, MR], {ROOM, TOWN, MR}, (Why.WAY_BACK, ROOM)),
        (ROOM, Power.DELIVER, [ROOM], [ROOM, TOWN, MR], {ROOM, TOWN, MR}, (Why.HERE, ROOM)),
        # past a window that holds nothing on the item any more
        (MR, Power.DELIVER, [ROOM, TOWN, MR], [ROOM, MR], {ROOM, MR}, (Why.WAY_BACK, ROOM)),
        (MR, Power.DELIVER, [ROOM, TOWN, MR], [MR], {MR}, (Why.HERE, MR)),
        (TAX, Power.DELIVER, [TOWN, TAX], [MR], {MR}, (Why.NEAREST, MR)),
        # a room that cannot deliver sends it to the nearest that can
        (ROOM, Power.DELIVER, [ROOM], [TOWN, MR], {ROOM, TOWN, MR}, (Why.NEAREST, TOWN)),
        # nobody may: the county manager is shown it
        (TOWN, Power.DECIDE, [ROOM, TOWN], [], {ROOM, TOWN, MR}, (Why.NOWHERE, None)),
        (ROOM, None, [ROOM], [], {ROOM}, (Why.CLOSED, None)),
    ],
)
def test_where_the_case_should_go(
    holder: int, power: Power | None, came_by: list[int], holders: list[int], able: set[int], proposed: tuple[Why, int | None]
) -> None:
    held = [holding(window, power) for window in holders] if power else []
    proposal = propose_route(holder_window_id=holder, next_power=power, way_back=way(*came_by), holders=held, able=able)
    assert (proposal.why, proposal.window_id) == proposed
    assert proposal.power is power
    assert proposal.clause == (100 + proposal.window_id if proposal.window_id in holders and proposal.window_id is not None else None)
    assert proposal.moves is (proposal.why in (Why.NEAREST, Why.WAY_BACK))


def hops(deciders: list[int]) -> list[int]:
    """The windows that a case passes when everybody follows the proposal, from the room until the result is delivered."""
    holders = {
        Power.ACCEPT: [TOWN, MR],
        Power.REVIEW: deciders,
        Power.DECIDE: deciders,
        Power.CERTIFY: deciders,
        Power.DELIVER: [ROOM, TOWN, MR],
    }
    passed, here, came_by = [ROOM], ROOM, [ROOM]
    for power in (Power.ACCEPT, Power.REVIEW, Power.DECIDE, Power.CERTIFY, Power.DELIVER):
        while True:
            held = [holding(window, power) for window in holders[power]]
            proposal = propose_route(holder_window_id=here, next_power=power, way_back=way(*came_by), holders=held, able={ROOM, TOWN, MR})
            if not proposal.moves or proposal.window_id is None:
                assert proposal.why is Why.HERE
                break
            here = proposal.window_id
            came_by = came_by[: came_by.index(here) + 1] if here in came_by else [*came_by, here]
            passed.append(here)
    return passed


@pytest.mark.parametrize(
    ("deciders", "passed"),
    [([MR], [ROOM, TOWN, MR, TOWN, ROOM]), ([TOWN, MR], [ROOM, TOWN, ROOM])],
    ids=["four handoffs", "two once the town may decide"],
)
def test_following_the_proposals_makes_the_story(deciders: list[int], passed: list[int]) -> None:
    assert hops(deciders) == passed


@pytest.mark.parametrize(
    ("proposal", "target", "reason", "rule", "as_proposed"),
    [
        (Proposal(Why.NEAREST, MR, Power.DECIDE, 103), MR, "", None, True),
        (Proposal(Why.WAY_BACK, TOWN, Power.DELIVER), TOWN, "", None, True),
        (Proposal(Why.NEAREST, MR, Power.DECIDE, 103), TAX, "", "C-7", None),
        (Proposal(Why.NEAREST, MR, Power.DECIDE, 103), TAX, " \n", "C-7", None),
        (Proposal(Why.NEAREST, MR, Power.DECIDE, 103), TAX, "it holds the file", None, False),
        (Proposal(Why.WAY_BACK, TOWN, Power.DELIVER), ROOM, "", "C-7", None),
        (Proposal(Why.HERE, TOWN, Power.DECIDE, 102), MR, "", "C-7", None),  # authorised, but still forwarded
        (Proposal(Why.NOWHERE, power=Power.DECIDE), MR, "", "C-7", None),
        (Proposal(Why.NOWHERE, power=Power.DECIDE), MR, "the manager said so", None, False),
    ],
)
def test_another_choice_needs_a_reason(proposal: Proposal, target: int, reason: str, rule: str | None, as_proposed: bool | None) -> None:
    answer = may_send_to(target, proposal, reason)
    assert (answer.allowed, answer.rule, answer.facts.get("as_proposed")) == (rule is None, rule, as_proposed)
    assert answer.reason is (Reason.OTHER_ROUTE_NEEDS_REASON if rule else None)


@pytest.mark.parametrize(
    ("kind", "reason", "whose", "then", "door", "refused_by"),
    [
        (ReturnReason.NOT_OURS, "", "tax", None, None, None),
        (ReturnReason.NOT_OURS, "", "", None, MR, None),
        (ReturnReason.NOT_OURS, "not our matter", "", AfterReturn.SENDER_MENDS, None, "C-21"),
        (ReturnReason.NOT_OURS, "not our matter", "  ", None, None, "C-21"),
        (ReturnReason.MANIFEST_DIFFERS, "one page is missing", "", AfterReturn.SENDER_MENDS, None, None),
        (ReturnReason.MANIFEST_DIFFERS, "one page is missing", "", AfterReturn.APPLICANT_BRINGS, None, None),
        (ReturnReason.MANIFEST_DIFFERS, "one page is missing", "", None, None, "C-21"),
        (ReturnReason.OTHER, "first the fire brigade", "", AfterReturn.OTHER_WINDOW, None, "C-21"),
        (ReturnReason.OTHER, "first the fire brigade", "", AfterReturn.OTHER_WINDOW, MR, None),
        (ReturnReason.MANIFEST_DIFFERS, "", "tax", AfterReturn.SENDER_MENDS, None, "C-6"),
        (ReturnReason.OTHER, " ", "", AfterReturn.SENDER_MENDS, None, "C-6"),
    ],
)
def test_a_return_says_why_and_the_next_door(
    kind: ReturnReason, reason: str, whose: str, then: AfterReturn | None, door: int | None, refused_by: str | None
) -> None:
    answer = may_return_as(kind, reason, whose, then, door)
    assert (answer.allowed, answer.rule) == (refused_by is None, refused_by)


@pytest.mark.parametrize(
    ("kind", "then", "door", "written"),
    [
        (ReturnReason.NOT_OURS, AfterReturn.SENDER_MENDS, None, (AfterReturn.OTHER_WINDOW, None)),
        (ReturnReason.NOT_OURS, None, 9, (AfterReturn.OTHER_WINDOW, 9)),
        (ReturnReason.OTHER, AfterReturn.SENDER_MENDS, 9, (AfterReturn.SENDER_MENDS, 2)),
        (ReturnReason.OTHER, AfterReturn.APPLICANT_BRINGS, None, (AfterReturn.APPLICANT_BRINGS, 1)),
        (ReturnReason.OTHER, AfterReturn.APPLICANT_BRINGS, 9, (AfterReturn.APPLICANT_BRINGS, 9)),
        (ReturnReason.OTHER, AfterReturn.OTHER_WINDOW, 9, (AfterReturn.OTHER_WINDOW, 9)),
    ],
)
def test_every_return_leads_to_a_door(
    kind: ReturnReason, then: AfterReturn | None, door: int | None, written: tuple[AfterReturn, int | None]
) -> None:
    assert door_of(kind, then, door, sender=1, returned_by=2) == written


def on(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("level", "since", "due"),
    [
        (Level.VILLAGE, on(9, 30, 17), date(2026, 9, 30)),
        (Level.COMMUNITY, on(10, 3), date(2026, 10, 8)),  # in a holiday: the next working day
        (Level.VILLAGE, on(10, 10), date(2026, 10, 10)),  # a Saturday that is worked
        (Level.VILLAGE, on(10, 11), date(2026, 10, 12)),
        (Level.TOWN, on(9, 30), date(2026, 10, 13)),  # 8, 9, 10, 12, 13
        (Level.COUNTY, on(10, 12), date(2026, 10, 19)),
        (Level.SUB_CENTER, on(10, 12), date(2026, 10, 19)),
    ],
)
def test_each_level_has_its_limit(level: Level, since: datetime, due: date) -> None:
    assert leg_due(level, since, CALENDAR, LegLimits()).due == due


def test_an_unreceived_leg_is_reminded_after_one_day_and_charged_after_three() -> None:
    assert receipt_due(on(10, 9), CALENDAR, LegLimits()).due == date(2026, 10, 10)
    assert charge_due(on(10, 9), CALENDAR, LegLimits()).due == date(2026, 10, 13)
    assert originals_due(on(10, 9), CALENDAR, LegLimits()).due == date(2026, 10, 13)


def test_every_level_has_a_limit_by_default() -> None:
    assert set(LegLimits().hold) == set(Level)
