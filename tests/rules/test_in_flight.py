"""What becomes of the cases under way when clauses end (G-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.authority import ClauseTerms, EndWhy, Level, Mandate, Power, Register
from portal.rules.in_flight import Effect, Fate, OpenCase, in_flight, with_ends
from tests.rules.authority_model import NOW, ROOM_POINT, TOWN, TOWN_POINT, clause, item, points, window

HALL, SECOND, TOWN_WINDOW, ROOM = window(), window(id=11, code="W1-2"), window(Level.TOWN), window(Level.VILLAGE)
ALL = (Power.ACCEPT, Power.REVIEW, Power.DECIDE, Power.DELIVER)
AT_HALL, AT_TOWN, AT_ROOM = clause(HALL, *ALL), clause(TOWN_WINDOW, *ALL), clause(ROOM, Power.COLLECT, Power.DELIVER)
ITEM = item()


def case(window_id: int, *powers: Power, way_back: tuple[int, ...] = ()) -> OpenCase:
    return OpenCase(1, ITEM, points()[ROOM_POINT], window_id, powers, way_back)


def register(clauses: Sequence[ClauseTerms]) -> Register:
    return Register(points(), [HALL, SECOND, TOWN_WINDOW, ROOM], clauses, NOW)


def effects(one: OpenCase, clauses: Sequence[ClauseTerms], *ending: ClauseTerms, new: Sequence[ClauseTerms] = ()) -> tuple[Effect, ...]:
    ids = {clause.id for clause in ending}
    return in_flight([one], ids, register(clauses), register([*with_ends(clauses, ids, NOW), *new]))


def told(one: OpenCase, clauses: Sequence[ClauseTerms], *ending: ClauseTerms, new: Sequence[ClauseTerms] = ()) -> list[tuple[object, ...]]:
    return [(effect.power, effect.is_next, effect.fate, effect.to_window_id) for effect in effects(one, clauses, *ending, new=new)]


def test_the_end_is_added_to_the_clause_and_to_no_other() -> None:
    ended, other = with_ends([AT_HALL, AT_TOWN], {AT_HALL.id}, NOW, EndWhy.SUPERSEDED)
    assert not ended.in_force_at(NOW)
    assert [end.why for end in ended.ends] == [EndWhy.SUPERSEDED]
    assert other is AT_TOWN
    assert AT_HALL.ends == ()


@pytest.mark.parametrize(
    ("one", "clauses", "ending", "expected"),
    [
        # not relied on: another window, a step already done, a clause that carries nothing here
        (case(HALL.id, Power.DECIDE), [AT_HALL, AT_TOWN], AT_TOWN, []),
        (case(HALL.id), [AT_HALL], AT_HALL, []),
        (case(HALL.id, Power.DECIDE), [AT_HALL, clause(HALL, Power.JOINT)], clause(HALL, Power.JOINT), []),
        # the same window under another clause; the one that has held longer is relied on
        (case(HALL.id, Power.DECIDE), [AT_HALL, clause(HALL, Power.DECIDE)], AT_HALL, [(Power.DECIDE, True, Fate.STAYS, HALL.id)]),
        # nobody else
        (case(HALL.id, Power.DECIDE), [AT_HALL], AT_HALL, [(Power.DECIDE, True, Fate.NOWHERE, None)]),
    ],
)
def test_what_happens_to_the_next_step(
    one: OpenCase, clauses: list[ClauseTerms], ending: ClauseTerms, expected: list[tuple[object, ...]]
) -> None:
    assert told(one, clauses, ending) == expected


def test_the_case_goes_to_the_nearest_other_window_and_needs_a_code_to_leave() -> None:
    one = case(TOWN_WINDOW.id, Power.DECIDE)
    rest = clause(TOWN_WINDOW, Power.ACCEPT)
    assert told(one, [AT_HALL, AT_TOWN, rest], AT_TOWN) == [(Power.DECIDE, True, Fate.GOES_TO, HALL.id)]
    # Without any code left the town cannot even hand it on: that is said first.
    assert told(one, [AT_HALL, AT_TOWN], AT_TOWN) == [(None, True, Fate.NOWHERE, None), (Power.DECIDE, True, Fate.GOES_TO, HALL.id)]


def test_the_end_that_leaves_it_without_a_code_is_named() -> None:
    first, second = clause(TOWN_WINDOW, Power.REVIEW), clause(TOWN_WINDOW, Power.DECIDE)
    stuck, _ = effects(case(TOWN_WINDOW.id, Power.DECIDE), [AT_HALL, first, second], first, second)
    assert (stuck.power, stuck.is_next, stuck.window_id, stuck.clause, stuck.fate) == (None, True, TOWN_WINDOW.id, first.id, Fate.NOWHERE)


def test_what_was_to_be_handed_on_may_be_done_here_instead_or_by_nobody() -> None:
    reviews, accepts = clause(TOWN_WINDOW, Power.REVIEW), clause(TOWN_WINDOW, Power.ACCEPT)
    one = case(TOWN_WINDOW.id, Power.ACCEPT)
    assert told(one, [AT_HALL, reviews], reviews, new=[accepts]) == [(None, True, Fate.STAYS, TOWN_WINDOW.id)]
    others = clause(TOWN_WINDOW, Power.DELIVER)
    assert told(one, [AT_HALL, reviews, others], reviews, AT_HALL) == [
        (None, True, Fate.STAYS, TOWN_WINDOW.id),
        (Power.ACCEPT, False, Fate.NOWHERE, None),
    ]


def test_later_steps_count_and_only_those_that_rely_on_it() -> None:
    decides = clause(HALL, Power.DECIDE)
    rest = clause(HALL, Power.ACCEPT, Power.REVIEW, Power.DELIVER)
    found = effects(case(HALL.id, *ALL), [rest, decides], decides)
    assert [(one.power, one.is_next, one.window_id, one.clause, one.fate) for one in found] == [
        (Power.DECIDE, False, HALL.id, decides.id, Fate.NOWHERE)
    ]


def test_what_comes_in_the_place_of_a_clause_is_seen() -> None:
    successor = clause(HALL, *ALL)
    (effect,) = effects(case(HALL.id, Power.DECIDE), [AT_HALL], AT_HALL, new=[successor])
    assert (effect.fate, effect.to_window_id, effect.to_clause) == (Fate.STAYS, HALL.id, successor.id)
    (effect,) = effects(case(HALL.id, Power.DECIDE), [AT_HALL], AT_HALL, new=[replace(successor, window_id=SECOND.id)])[1:]
    assert (effect.fate, effect.to_window_id) == (Fate.GOES_TO, SECOND.id)


def test_a_room_that_may_no_longer_forward_is_stuck_with_its_papers() -> None:
    forwards, hands_over = clause(ROOM, Power.COLLECT), clause(ROOM, Power.DELIVER)
    one = case(ROOM.id, Power.ACCEPT)
    assert told(one, [AT_HALL, forwards, hands_over], forwards) == [(None, True, Fate.NOWHERE, None)]
    again = clause(ROOM, Power.COLLECT)
    assert told(one, [AT_HALL, forwards], forwards, new=[again]) == [(None, True, Fate.STAYS, ROOM.id)]


def test_a_finished_result_goes_back_by_the_way_it_came() -> None:
    one = case(HALL.id, Power.DELIVER, way_back=(ROOM.id, TOWN_WINDOW.id, HALL.id))
    every = [AT_HALL, AT_TOWN, AT_ROOM]
    assert told(one, every, AT_ROOM) == [(Power.DELIVER, False, Fate.GOES_TO, TOWN_WINDOW.id)]
    assert told(one, every, AT_TOWN) == []
    assert told(one, every, AT_HALL)[0] == (None, True, Fate.NOWHERE, None)


def test_what_goes_elsewhere_first_is_followed_there() -> None:
    """The town only takes in; the county reviews and, being there, decides, though the town could decide as well."""
    town = clause(TOWN_WINDOW, Power.ACCEPT, Power.DECIDE)
    one = case(TOWN_WINDOW.id, *ALL[:3])
    assert told(one, [AT_HALL, town], town)[:2] == [(None, True, Fate.NOWHERE, None), (Power.ACCEPT, True, Fate.GOES_TO, HALL.id)]
    assert [row[0] for row in told(one, [AT_HALL, town], AT_HALL)] == [Power.REVIEW, Power.DECIDE]


CLAUSES = st.lists(
    st.tuples(st.sampled_from([HALL, SECOND, TOWN_WINDOW]), st.sets(st.sampled_from(ALL), min_size=1), st.booleans()), max_size=6
)
STEPS = st.lists(st.sampled_from(range(4)), max_size=4, unique=True).map(lambda places: tuple(ALL[place] for place in sorted(places)))


@given(CLAUSES, st.sampled_from([HALL.id, SECOND.id, TOWN_WINDOW.id]), STEPS)
def test_every_effect_is_a_step_that_relied_and_ends_where_the_power_is(
    rows: list[tuple[object, set[Power], bool]], here: int, powers: tuple[Power, ...]
) -> None:
    made = [(clause(place, *held), ends) for place, held, ends in rows]  # type: ignore[arg-type]
    clauses, ending = [one for one, _ in made], {one.id for one, ends in made if ends}
    after = register(with_ends(clauses, ending, NOW))
    one = OpenCase(1, ITEM, points()[TOWN_POINT], here, powers)
    found = in_flight([one], ending, register(clauses), after)
    assert in_flight([one], [], register(clauses), register(clauses)) == ()
    for effect in found:
        assert effect.clause in ending or effect.power is None
        assert (effect.to_clause is None) is (effect.fate is Fate.NOWHERE)
        assert effect.to_clause not in ending
        if effect.power is not None:
            holders = {holding.window.id for holding in after.who_may(effect.power, ITEM, points()[TOWN_POINT])}
            assert (effect.fate is Fate.NOWHERE) is (not holders)
            assert effect.to_window_id in holders or effect.to_window_id is None


def test_entrusting_by_another_paper_keeps_the_case_in_the_town() -> None:
    by_law = replace(AT_TOWN, id=AT_TOWN.id + 100_000, mandate=Mandate.STATUTORY, body_id=TOWN, receiving_body_id=None)
    one = case(TOWN_WINDOW.id, Power.DECIDE)
    assert told(one, [AT_HALL, AT_TOWN], AT_TOWN, new=[by_law]) == [(Power.DECIDE, True, Fate.STAYS, TOWN_WINDOW.id)]
