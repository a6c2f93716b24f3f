"""What if: a draft replayed over past cases (G-10). Ways are written as room, town, county; the draft's clauses are named by what they give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.authority import ClauseTerms, Level, Mandate, PointTerms, Power, Register, WindowTerms
from portal.rules.grants import BodyTerms, ClauseDraft, InstrumentDraft
from portal.rules.lifecycle import EventKind
from portal.rules.replay import PastCase, Replay, Replayed, Stay, Sums, as_if_since, day_numbers, merged, past_path, replay, stretches
from tests.conftest import count
from tests.rules.authority_model import LONG_AGO, MR, NOW, ROOM_POINT, TODAY, TOWN, TOWN_POINT, clause, item, moment, points, window
from tests.rules.calendar_fixture import seed_calendar

DAY = timedelta(days=1)
HALL, TOWN_WINDOW, ROOM = window(), window(Level.TOWN), window(Level.VILLAGE)
WINDOWS = {one.id: one for one in (HALL, TOWN_WINDOW, ROOM)}
H, T, R = HALL.id, TOWN_WINDOW.id, ROOM.id
COLLECT, ACCEPT, REVIEW, DECIDE, CERTIFY, DELIVER = (
    Power.COLLECT, Power.ACCEPT, Power.REVIEW, Power.DECIDE, Power.CERTIFY, Power.DELIVER,
)  # fmt: skip
ITEMS = {1: item(), 2: item(id=2, code="S-04")}
THEN = (clause(HALL, ACCEPT, REVIEW, DECIDE, CERTIFY, DELIVER, item_ids=None), clause(ROOM, COLLECT, DELIVER, item_ids=None))

BY_COUNTY: tuple[Stay, ...] = ((R, (COLLECT,)), (H, (ACCEPT, REVIEW, DECIDE)), (R, (DELIVER,)))
RELAYED: tuple[Stay, ...] = ((R, (COLLECT,)), (T, ()), (H, (ACCEPT, REVIEW, DECIDE)), (R, (DELIVER,)))


def town(*powers: Power, **changes: Any) -> ClauseTerms:
    return clause(TOWN_WINDOW, *powers, item_ids=None, **changes)


def register(clauses: Iterable[ClauseTerms]) -> Register:
    return Register(points(), WINDOWS.values(), clauses, NOW)


def past(path: Sequence[Stay], *days: int, visits: tuple[int, ...] = (), **changes: Any) -> PastCase:
    return PastCase(1, 1, ROOM_POINT, tuple(path), days, visits)._replace(**changes)


def again(cases: Iterable[PastCase], *draft: ClauseTerms, then: Sequence[ClauseTerms] = THEN, drops: Sequence[ClauseTerms] = ()) -> Replay:
    kept = [one for one in then if one not in drops]
    return replay(cases, register(then), register([*kept, *draft]), items=ITEMS, windows=WINDOWS)


def only(case: PastCase, *draft: ClauseTerms, **facts: Any) -> Replayed | None:
    changed = again([case], *draft, **facts).changed
    assert len(changed) < 2
    return changed[0] if changed else None


def saved(case: PastCase, *draft: ClauseTerms, **facts: Any) -> tuple[int, int, int] | None:
    """Handoffs, working days, trips; None if the case would have gone as it did."""
    one = only(case, *draft, **facts)
    return None if one is None else (one.handoffs_before - one.handoffs_after, one.days_saved, one.trips_saved)


# --- what the draft moves ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "draft", "expected"),
    [
        # the town does all that the county did: two hops for two hops, and the added ones are charged with what the avoided ones cost
        (past(BY_COUNTY, 3, 2), [town(ACCEPT, REVIEW, DECIDE, DELIVER)], (0, 0, 0)),
        # the papers lay in the town anyway: the hop to the county is spared, and the way back is charged with the longer of the two
        (past(RELAYED, 1, 5, 2), [town(ACCEPT, REVIEW, DECIDE)], (1, 2, 0)),
        (past(RELAYED, 1, 2, 5), [town(ACCEPT, REVIEW, DECIDE)], (1, 2, 0)),
        # through the town both ways: nothing is added, the whole round trip is spared
        (
            past(((R, (COLLECT,)), (T, ()), (H, (ACCEPT, REVIEW, DECIDE)), (T, ()), (R, (DELIVER,))), 1, 5, 4, 2),
            [town(ACCEPT, REVIEW, DECIDE)],
            (2, 9, 0),
        ),
        # the room hands over newly: the case began there, so the result comes back to it
        (past(((T, (ACCEPT, REVIEW)), (H, (DECIDE,)), (T, (DELIVER,))), 4, 3), [town(DECIDE)], (2, 7, 0)),
        # only `accept` for the town: another stop on the way, which costs the day of a leg
        (past(BY_COUNTY, 3, 2), [town(ACCEPT)], (-1, -1, 0)),
        # the town may only review: the county holds accept, and being there the case stays there
        (past(BY_COUNTY, 3, 2), [town(REVIEW)], None),
        # the window that has the case can do the next step itself
        (past(((T, (ACCEPT,)), (H, (REVIEW, DECIDE, DELIVER))), 6), [town(REVIEW, DECIDE)], None),  # to be handed over there it goes anyway
        (past(((T, (ACCEPT,)), (H, (REVIEW, DECIDE, DELIVER))), 6), [town(REVIEW, DECIDE, DELIVER)], (1, 6, 0)),
        # what came back to the room unfinished, or after all was done, is dropped with the rest
        (past(((T, (ACCEPT,)), (H, (REVIEW, DECIDE, DELIVER)), (R, ())), 6, 1), [town(REVIEW, DECIDE, DELIVER)], (2, 7, 0)),
        # a detour that begins anew: the way from town to county is gone twice, once as in fact
        (past(((R, (COLLECT,)), (H, (ACCEPT, REVIEW)), (T, (DECIDE,)), (H, (CERTIFY,))), 3, 4, 5), [town(ACCEPT)], (-1, -1, 0)),
        # a clause for another item
        (past(RELAYED, 1, 5, 2), [clause(TOWN_WINDOW, ACCEPT, REVIEW, DECIDE, item_ids=frozenset({2}))], None),
    ],
)
def test_what_a_draft_would_have_saved(case: PastCase, draft: list[ClauseTerms], expected: tuple[int, int, int] | None) -> None:
    assert saved(case, *draft, then=(*THEN, town(ACCEPT)) if case.path[0][0] == T else THEN) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (((R, (COLLECT,)), (T, ()), (H, (ACCEPT, REVIEW, DECIDE)), (T, (DELIVER,))), (0, 0, 0)),  # it came by the room: handed over there
        (((T, ()), (H, (ACCEPT, REVIEW, DECIDE)), (T, (DELIVER,))), None),  # it did not
    ],
)
def test_a_result_goes_back_to_a_nearer_window_only_by_the_way_it_came(
    path: tuple[Stay, ...], expected: tuple[int, int, int] | None
) -> None:
    then = (THEN[0], clause(ROOM, COLLECT, item_ids=None), town(DELIVER))
    case = past(path, *([1] * (len(path) - 1)))
    assert saved(case, clause(ROOM, DELIVER, item_ids=None), then=then) == expected


def test_a_relay_that_is_kept_still_counts_as_a_way_by_the_county() -> None:
    path = ((R, (COLLECT,)), (H, ()), (T, (ACCEPT, REVIEW)), (H, (DECIDE,)), (R, (DELIVER,)))
    one = only(past(path, 1, 1, 5, 2), town(DECIDE), then=(*THEN, town(ACCEPT, REVIEW)))
    assert one is not None
    assert (one.handoffs_after, one.days_saved, one.level_after) == (3, 2, Level.COUNTY)


def test_what_people_did_against_the_routing_is_not_healed_by_a_draft() -> None:
    """The town could decide then and sent the case on all the same: that belongs to the mail-room index."""
    able = (*THEN, town(ACCEPT, REVIEW, DECIDE))
    case = past(((T, (ACCEPT, REVIEW)), (H, (DECIDE,)), (T, (DELIVER,))), 4, 3)
    assert saved(case, then=able) is None
    assert saved(case, town(CERTIFY), then=able) is None
    # But where an earlier step keeps the case in the town only now, the town goes on with what it could do before.
    assert saved(past(RELAYED, 1, 5, 2), town(ACCEPT), then=(*THEN, town(REVIEW, DECIDE))) == (1, 2, 0)


def test_a_draft_that_takes_a_power_costs_what_it_costs() -> None:
    decides = town(ACCEPT, REVIEW, DECIDE, DELIVER)
    case = past(((T, (ACCEPT, REVIEW, DECIDE, DELIVER)),))
    assert saved(case, town(ACCEPT, REVIEW, DELIVER), then=(*THEN, decides), drops=[decides]) == (-2, -2, 0)
    one = only(case, town(ACCEPT, REVIEW, DELIVER), then=(*THEN, decides), drops=[decides])
    assert one is not None
    assert (one.level_before, one.level_after, one.is_kept_below) == (Level.TOWN, Level.COUNTY, False)


def test_a_case_that_nobody_could_finish_is_stranded_and_saves_nothing() -> None:
    answer = again([past(RELAYED, 1, 5, 2)], then=THEN, drops=THEN[:1])
    (one,) = answer.changed
    assert (one.is_stranded, one.handoffs_after, one.days_saved, one.trips_saved, one.is_kept_below) == (True, 3, 0, 0, False)
    assert (answer.total.stranded, answer.total.below_after) == (1, 0)
    at_town = past(((T, (ACCEPT,)),))
    assert again([at_town], then=(town(ACCEPT),), drops=()).total.below_before == 1
    gone = town(ACCEPT)
    assert again([at_town], then=(gone,), drops=[gone]).total.below_after == 0


@pytest.mark.parametrize(
    ("path", "draft", "kept_below"),
    [
        (RELAYED, [town(ACCEPT, REVIEW, DECIDE)], True),
        (BY_COUNTY, [town(ACCEPT)], False),
        (((R, (COLLECT,)), (T, ()), (H, (ACCEPT, REVIEW, DECIDE, CERTIFY)), (R, (DELIVER,))), [town(ACCEPT, REVIEW, DECIDE)], None),
    ],
)
def test_finished_in_town_is_what_never_went_to_the_county(
    path: tuple[Stay, ...], draft: list[ClauseTerms], kept_below: bool | None
) -> None:
    answer = again([past(path, *([1] * (len(path) - 1)))], *draft)
    assert [one.is_kept_below for one in answer.changed] == ([] if kept_below is None else [kept_below])
    assert (answer.total.below_before, answer.total.below_after) == (0, int(bool(kept_below)))


@pytest.mark.parametrize(
    ("path", "visits", "trips"),
    [
        (RELAYED, (H,), 0),  # the steps of the county move to the town, where nobody saw the applicant: the visit moves too
        (RELAYED, (H, T), 1),
        (RELAYED, (H, H, T), 2),
        (RELAYED, (R, T), 0),
        (((R, (COLLECT,)), (T, ()), (H, ()), (T, (ACCEPT, REVIEW, DECIDE)), (R, (DELIVER,))), (H,), 0),  # went as it did
        (((T, (ACCEPT, REVIEW)), (H, (DECIDE,)), (T, (DELIVER,))), (H,), 1),  # now done where it was handed in
    ],
)
def test_a_recorded_trip_is_saved_where_the_applicant_need_not_go(path: tuple[Stay, ...], visits: tuple[int, ...], trips: int) -> None:
    then = (*THEN, town(ACCEPT, REVIEW)) if path[0][0] == T else THEN
    draft = [] if H in {stop for stop, powers in path if not powers} else [town(ACCEPT, REVIEW, DECIDE)]
    answer = again([past(path, *([1] * (len(path) - 1)), visits=visits)], *draft, then=then)
    assert (answer.total.trips_before, answer.total.trips_saved) == (len(visits), trips)


# --- sums ----------------------------------------------------------------------------------------------------------------------


def test_sums_per_item_and_point_and_the_list() -> None:
    cases = [
        past(RELAYED, 1, 5, 2, id=4),
        past(RELAYED, 1, 9, 2, id=3),
        past(BY_COUNTY, 3, 2, id=2, item=2),
        past(((T, (ACCEPT,)),), id=1, point=TOWN_POINT),
    ]
    answer = again(cases, clause(TOWN_WINDOW, ACCEPT, REVIEW, DECIDE))
    assert [one.id for one in answer.changed] == [3, 4]
    assert answer.by_both[1, ROOM_POINT] == Sums(
        cases=2, changed=2, handoffs_before=6, handoffs_after=4, days_before=20, days_saved=4, below_after=2
    )  # fmt: skip
    assert answer.by_both[1, ROOM_POINT].handoffs_saved == 2
    assert answer.by_item[2] == Sums(cases=1, handoffs_before=2, handoffs_after=2, days_before=5)
    assert answer.by_point[TOWN_POINT] == Sums(cases=1, below_before=1, below_after=1)
    assert (answer.by_item[1].cases, answer.by_point[ROOM_POINT].cases, answer.total.cases, answer.total.days_before) == (3, 3, 4, 25)


STOPS = st.sampled_from([R, T, H])
WAYS = st.lists(
    st.tuples(STOPS, st.integers(0, 3)), min_size=1, max_size=5
).filter(lambda stays: all(one[0] != other[0] for one, other in pairwise(stays)))  # fmt: skip
ORDER = (COLLECT, ACCEPT, REVIEW, DECIDE, CERTIFY, DELIVER)


@st.composite
def cases_of_the_past(draw: st.DrawFn) -> list[PastCase]:
    made = []
    for number in range(draw(st.integers(0, 6))):
        stays = draw(WAYS)
        left = list(ORDER)
        path: list[Stay] = []
        for window_id, steps in stays:
            path.append((window_id, tuple(left[:steps])))
            left = left[steps:]
        days = tuple(draw(st.integers(0, 9)) for _ in path[1:])
        made.append(
            PastCase(number, draw(st.sampled_from([1, 2])), ROOM_POINT, tuple(path), days, tuple(draw(st.lists(STOPS, max_size=2))))
        )
    return made


GRANTS = st.lists(
    st.tuples(
        st.sampled_from([HALL, TOWN_WINDOW, ROOM]), st.sets(st.sampled_from(ORDER), min_size=1), st.none() | st.sets(st.integers(1, 2))
    ),
    max_size=4,
)


def granted(rows: list[tuple[WindowTerms, set[Power], set[int] | None]]) -> list[ClauseTerms]:
    return [clause(place, *powers, item_ids=None if ids is None else frozenset(ids)) for place, powers, ids in rows]


@given(cases_of_the_past(), GRANTS, st.sampled_from([(), (town(Power.COORDINATE),)]))
def test_what_changes_no_power_that_was_used_saves_nothing_whatever_people_did(cases: list[PastCase], rows: Any, draft: Any) -> None:
    answer = again(cases, *draft, then=granted(rows))
    assert answer.changed == ()
    assert (answer.total.handoffs_saved, answer.total.days_saved, answer.total.trips_saved) == (0, 0, 0)
    assert answer.total.below_before == answer.total.below_after


@given(cases_of_the_past(), GRANTS, GRANTS, st.integers(0, 6))
def test_sums_are_those_of_the_list_and_of_any_parts(cases: list[PastCase], before: Any, draft: Any, cut: int) -> None:
    then, more = granted(before), granted(draft)
    answer = again(cases, *more, then=then)
    assert answer == merged([again(cases[:cut], *more, then=then), again(cases[cut:], *more, then=then)])
    assert answer == again(reversed(cases), *more, then=then)
    assert answer.total.stranded == 0  # a draft that only adds leaves nobody without a window
    assert answer.total.days_saved == sum(one.days_saved for one in answer.changed)
    assert answer.total.handoffs_saved == sum(one.handoffs_before - one.handoffs_after for one in answer.changed)
    for parts in (answer.by_item, answer.by_point, answer.by_both):
        for field in fields(Sums):
            assert sum(getattr(sums, field.name) for sums in parts.values()) == getattr(answer.total, field.name)
    by_id = {case.id: case for case in cases}
    for one in answer.changed:
        assert one.days_saved <= sum(by_id[one.id].days)
        assert one.trips_saved <= len(by_id[one.id].visits)
        assert one.handoffs_after >= 0


def test_many_cases_of_few_shapes() -> None:
    """A hundred thousand at full count: all are counted, none twice."""
    n = count(100_000)
    answer = again((past(RELAYED, 1, number % 7, 2, id=number) for number in range(n)), town(ACCEPT, REVIEW, DECIDE))
    assert (answer.total.cases, len(answer.changed), answer.total.handoffs_saved) == (n, n, n)
    assert answer.total.days_saved == sum(min(number % 7, 2) for number in range(n))


# --- the draft as if in force, the clauses of the time ---------------------------------------------------------------------------


@pytest.mark.parametrize("mandate", [Mandate.ENTRUSTMENT, Mandate.INTERNAL])
def test_a_draft_is_read_as_if_it_had_been_in_force(mandate: Mandate) -> None:
    lines = (
        ClauseDraft(TOWN_WINDOW, frozenset({DECIDE}), (ITEMS[1],), TODAY, TODAY + DAY),
        ClauseDraft(TOWN_WINDOW, frozenset({REVIEW}), None, None),
    )
    draft = InstrumentDraft(BodyTerms(MR, "MR"), mandate, lines, receiving_body=BodyTerms(TOWN, "TOWN", is_town_government=True))
    first, second = as_if_since(draft, LONG_AGO, "草案")
    assert (first.id, second.id, first.window_id, first.powers) == (-1, -2, T, frozenset({DECIDE}))
    assert (first.item_ids, second.item_ids, first.receiving_body_id) == (
        frozenset({1}),
        None,
        TOWN if mandate is Mandate.ENTRUSTMENT else None,
    )
    assert not first.in_force_at(LONG_AGO - timedelta(microseconds=1))
    assert first.in_force_at(LONG_AGO) and first.in_force_at(NOW + 900 * DAY)


def test_the_period_is_cut_where_the_clauses_change() -> None:
    clauses = [
        clause(registered_at=moment(date(2026, 3, 5)), from_on=date(2026, 3, 1), until_on=date(2026, 3, 20)),
        clause(registered_at=LONG_AGO, from_on=date(2026, 3, 10)),
        clause(registered_at=LONG_AGO, from_on=date(2026, 5, 1)),
        clause(registered_at=None),
        clause(registered_at=LONG_AGO, from_on=date(2026, 3, 1)),
        clause(registered_at=LONG_AGO, from_on=date(2026, 4, 30)),
    ]
    cuts = stretches(clauses, date(2026, 3, 1), date(2026, 4, 30))
    assert cuts == (
        moment(date(2026, 3, 1), 0),
        moment(date(2026, 3, 5)),
        moment(date(2026, 3, 10), 0),
        moment(date(2026, 3, 21), 0),
        moment(date(2026, 4, 30), 0),
    )


# --- from events ---------------------------------------------------------------------------------------------------------------


def at(day: str, hour: int = 10) -> Any:
    return moment(date.fromisoformat(f"2026-{day}"), hour)


NUMBER = day_numbers(seed_calendar(), date(2026, 1, 1), date(2026, 12, 31))


def test_days_are_numbered_by_working_day() -> None:
    assert NUMBER(at("11-23")) - NUMBER(at("11-20")) == 1  # over a weekend
    assert NUMBER(at("10-08")) - NUMBER(at("09-30")) == 1  # over the holidays
    assert NUMBER(at("10-10")) - NUMBER(at("10-09")) == 1  # a worked Saturday
    assert NUMBER(moment(date(2026, 12, 31), 23)) - NUMBER(at("12-30")) == 1
    with pytest.raises(KeyError):
        NUMBER(moment(date(2027, 1, 1), 0))


def test_the_path_of_a_case_from_its_events() -> None:
    events = [
        (EventKind.COLLECTED, R, at("11-02")),
        (EventKind.HANDED_OFF, R, at("11-02")),
        (EventKind.LEG_RECEIVED, T, at("11-04")),
        (EventKind.HANDED_OFF, T, at("11-05")),
        (EventKind.RECALLED, T, at("11-06")),
        (EventKind.HANDED_OFF, T, at("11-09")),  # the relay cost the days from the 2nd to here
        (EventKind.RECEIVED, H, at("11-10")),
        (EventKind.TAKEN, H, at("11-10")),
        (EventKind.ACCEPTED, H, at("11-12")),
        (EventKind.REVIEWED, H, at("11-20")),
        (EventKind.DECIDED, H, at("11-23")),
        (EventKind.HANDED_OFF, H, at("11-23")),
        (EventKind.LEG_RECEIVED, R, at("11-24")),
        (EventKind.DELIVERED, R, at("11-25")),
        (EventKind.ARCHIVED, R, at("11-26")),
    ]
    path, days = past_path(events, NUMBER)
    assert path == ((R, (COLLECT,)), (T, ()), (H, (ACCEPT, REVIEW, DECIDE)), (R, (DELIVER,)))
    assert days == (5, 3, 2)


def test_a_leg_returned_is_no_hop_and_a_last_one_ends_with_its_receipt() -> None:
    events = [
        (EventKind.RECEIVED, T, at("11-02")),
        (EventKind.HANDED_OFF, T, at("11-02")),
        (EventKind.LEG_RETURNED, H, at("11-03")),
        (EventKind.ACCEPTED, T, at("11-03")),
        (EventKind.CERTIFIED, T, at("11-04")),
        (EventKind.HANDED_OFF, T, at("11-04")),
        (EventKind.LEG_RECEIVED, R, at("11-06")),
    ]
    assert past_path(events, NUMBER) == (((T, (ACCEPT, CERTIFY)), (R, ())), (2,))
    recalled_then_entered = [*events[:2], (EventKind.RECALLED, T, at("11-03")), (EventKind.RECEIVED, T, at("11-04"))]
    assert past_path(recalled_then_entered, NUMBER) == (((T, ()),), ())
    assert past_path([(EventKind.FINISHED, R, at("11-02"))], NUMBER) == (((R, (Power.FINISH,)),), ())


def test_the_point_decides_what_is_near() -> None:
    other = PointTerms(6, "T2", Level.TOWN, 1)
    assert points()[6] == other
    assert saved(past(RELAYED, 1, 5, 2, point=other.id), town(ACCEPT, REVIEW, DECIDE)) is None
    assert replace(other, code="T3") != other
