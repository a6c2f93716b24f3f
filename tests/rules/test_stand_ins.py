"""Standing in for an absent chief representative: who appoints, how long, for which powers, what moves (G-13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.authority import Office, OfficeHeld, Post
from portal.rules.decision import Decision, Reason, Sort
from portal.rules.postings import PostingTerms
from portal.rules.stand_ins import (
    ChiefLetter,
    MoveWhy,
    PendingCase,
    StandInDraft,
    StandInTerms,
    bodies_stood_for,
    may_appoint_stand_in,
    pending_moves,
)
from tests.rules.authority_model import MR, TAX, TODAY, moment

DAY = timedelta(days=1)
ABSENT, DEPUTY, OTHER, HEAD = 1, 2, 3, 9
HERE, ELSEWHERE, POINT = 10, 20, 1
CENTER, HEAD_MR, HEAD_TAX = (
    OfficeHeld(1, Office.CENTER_MANAGEMENT),
    OfficeHeld(2, Office.HEAD_OF_AGENCY, MR),
    OfficeHeld(3, Office.HEAD_OF_AGENCY, TAX),
)
LETTER = ChiefLetter(ABSENT, MR, POINT, date(2026, 1, 1))
POSTING = PostingTerms(1, DEPUTY, HERE, MR, Post.CLERK, date(2026, 1, 1))


def draft(**changes: Any) -> StandInDraft:
    return replace(StandInDraft(ABSENT, DEPUTY, HERE, POINT, TODAY, TODAY + 9 * DAY, "培训"), **changes)


def asked(made: StandInDraft | None = None, **facts: Any) -> Decision:
    known: dict[str, Any] = {
        "signer_id": HEAD,
        "offices": [HEAD_MR],
        "letters": [LETTER],
        "postings": [POSTING],
        "standing": [],
        "today": TODAY,
    }
    return may_appoint_stand_in(made or draft(), **(known | facts))


def stand_in(**changes: Any) -> StandInTerms:
    return replace(StandInTerms(1, ABSENT, DEPUTY, HERE, TODAY, TODAY + 9 * DAY), **changes)


# --- appointing ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("office", [CENTER, HEAD_MR])
def test_the_head_of_the_body_or_center_management_appoints(office: OfficeHeld) -> None:
    answer = asked(offices=[office])
    assert answer and answer.by is not None
    assert (answer.by.sort, answer.by.office, answer.facts["bodies"]) == (Sort.ACT_OF_OFFICE, office.id, (MR,))


@pytest.mark.parametrize(
    ("made", "facts", "reason"),
    [
        (draft(), {"offices": []}, Reason.NOT_TO_APPOINT_STAND_IN),
        (draft(), {"offices": [HEAD_TAX]}, Reason.NOT_TO_APPOINT_STAND_IN),
        (draft(), {"offices": [OfficeHeld(4, Office.COUNTY_MANAGER)]}, Reason.NOT_TO_APPOINT_STAND_IN),
        (draft(until_on=None), {}, Reason.STAND_IN_NEEDS_END),
        (draft(from_on=TODAY - DAY), {}, Reason.BACKDATED),
        (draft(until_on=TODAY - DAY), {}, Reason.PERIOD_REVERSED),
        (draft(until_on=TODAY + 30 * DAY), {}, Reason.STAND_IN_TOO_LONG),  # the thirty-first day
        (draft(reason=" "), {}, Reason.STAND_IN_NEEDS_REASON),
        (draft(account_id=ABSENT), {}, Reason.STANDS_IN_FOR_ONESELF),
        (draft(), {"signer_id": DEPUTY}, Reason.APPOINTS_ONESELF),
        (draft(), {"letters": []}, Reason.ABSENT_NOT_CHIEF),
        (draft(), {"letters": [replace(LETTER, point_id=2)]}, Reason.ABSENT_NOT_CHIEF),
        (draft(), {"letters": [replace(LETTER, account_id=OTHER)]}, Reason.ABSENT_NOT_CHIEF),
        (draft(), {"letters": [replace(LETTER, from_on=TODAY + DAY)]}, Reason.ABSENT_NOT_CHIEF),
        (draft(), {"letters": [replace(LETTER, until_on=TODAY + 8 * DAY)]}, Reason.ABSENT_NOT_CHIEF),
        (
            draft(),
            {"letters": [replace(LETTER, until_on=TODAY + 4 * DAY), replace(LETTER, from_on=TODAY + 6 * DAY)]},  # a day without
            Reason.ABSENT_NOT_CHIEF,
        ),
        (draft(), {"standing": [stand_in(account_id=OTHER, from_on=TODAY - 5 * DAY, until_on=TODAY)]}, Reason.STAND_IN_OVERLAPS),
        (draft(), {"postings": []}, Reason.STAND_IN_NOT_POSTED),
        (draft(), {"postings": [replace(POSTING, window_id=ELSEWHERE)]}, Reason.STAND_IN_NOT_POSTED),
        (draft(), {"postings": [replace(POSTING, post=Post.AGENT)]}, Reason.STAND_IN_NOT_POSTED),
        (draft(), {"postings": [replace(POSTING, until_on=TODAY + 8 * DAY)]}, Reason.STAND_IN_NOT_POSTED),
        (draft(), {"standing": [stand_in(account_id=OTHER, from_on=TODAY + 9 * DAY, until_on=TODAY + 20 * DAY)]}, Reason.STAND_IN_OVERLAPS),
        (draft(), {"standing": [stand_in(absent_id=DEPUTY, account_id=OTHER, window_id=ELSEWHERE)]}, Reason.STAND_IN_IS_ABSENT),
        (draft(), {"standing": [stand_in(absent_id=OTHER)]}, Reason.STANDS_IN_ALREADY),
    ],
)
def test_a_stand_in_is_refused(made: StandInDraft, facts: dict[str, Any], reason: Reason) -> None:
    answer = asked(made, **facts)
    assert not answer
    assert answer.reason is reason
    assert answer.rule == ("G-6" if reason is Reason.APPOINTS_ONESELF else "G-13")


@pytest.mark.parametrize(
    ("made", "facts"),
    [
        (draft(until_on=TODAY + 29 * DAY), {}),  # the thirtieth day
        (draft(until_on=TODAY), {}),
        (draft(), {"letters": [replace(LETTER, until_on=TODAY + 4 * DAY), replace(LETTER, from_on=TODAY + 5 * DAY)]}),
        (draft(), {"standing": [stand_in(from_on=TODAY + 10 * DAY, until_on=TODAY + 20 * DAY)]}),  # the day after
        (draft(), {"standing": [stand_in(window_id=ELSEWHERE, account_id=OTHER)]}),
        (draft(), {"standing": [stand_in(window_id=ELSEWHERE, absent_id=OTHER)]}),
        (draft(), {"standing": [stand_in(absent_id=OTHER, account_id=4)]}),
    ],
)
def test_a_stand_in_is_appointed(made: StandInDraft, facts: dict[str, Any]) -> None:
    assert asked(made, **facts)


def test_a_stand_in_that_is_too_long_is_told_its_last_day() -> None:
    answer = asked(draft(until_on=TODAY + 40 * DAY))
    assert (answer.facts["days"], answer.facts["latest"]) == (41, TODAY + 29 * DAY)


def test_where_the_absent_one_speaks_for_several_bodies_no_single_head_disposes_of_them() -> None:
    both = [LETTER, replace(LETTER, body_id=TAX, until_on=TODAY)]  # for tax on one of the days only
    assert asked(letters=both).reason is Reason.CHIEF_FOR_OTHERS_TOO
    assert asked(letters=both, offices=[HEAD_MR, HEAD_TAX])
    assert asked(letters=both, offices=[CENTER]).facts["bodies"] == (MR,)


# --- powers --------------------------------------------------------------------------------------------------------------------


def test_a_stand_in_uses_what_the_absent_one_holds_by_letter_and_nothing_further() -> None:
    letters = [LETTER, replace(LETTER, account_id=OTHER, body_id=TAX)]
    # The absent one stands in for OTHER themselves: that goes no further.
    standing = [stand_in(), stand_in(id=2, absent_id=OTHER, account_id=ABSENT)]
    assert bodies_stood_for(DEPUTY, HERE, POINT, TODAY, standing, letters) == {MR: ABSENT}
    assert bodies_stood_for(ABSENT, HERE, POINT, TODAY, standing, letters) == {TAX: OTHER}


@pytest.mark.parametrize(
    ("changes", "day", "letter"),
    [
        ({}, TODAY - DAY, LETTER),
        ({}, TODAY + 10 * DAY, LETTER),
        ({"window_id": ELSEWHERE}, TODAY, LETTER),
        ({}, TODAY, replace(LETTER, point_id=2)),
        ({}, TODAY + 9 * DAY, replace(LETTER, until_on=TODAY + 8 * DAY)),
    ],
)
def test_outside_its_days_its_window_and_the_letter_a_stand_in_uses_nothing(
    changes: dict[str, Any], day: date, letter: ChiefLetter
) -> None:
    assert bodies_stood_for(DEPUTY, HERE, POINT, day, [stand_in(**changes)], [letter]) == {}


# --- pending work --------------------------------------------------------------------------------------------------------------

LENT = PendingCase(1, HERE, DEPUTY, moved_by=1)
NEXT = stand_in(id=2, account_id=OTHER, from_on=TODAY + 10 * DAY, until_on=TODAY + 12 * DAY)


@pytest.mark.parametrize(
    ("case", "day", "standing", "moved"),
    [
        (PendingCase(1, HERE, ABSENT), TODAY, [stand_in()], (ABSENT, DEPUTY, MoveWhy.START, 1)),
        (PendingCase(1, HERE, ABSENT), TODAY - DAY, [stand_in()], None),
        (PendingCase(1, ELSEWHERE, ABSENT), TODAY, [stand_in()], None),
        (PendingCase(1, HERE, OTHER), TODAY, [stand_in()], None),
        (PendingCase(1, HERE, None), TODAY, [stand_in()], None),
        (LENT, TODAY + 9 * DAY, [stand_in()], None),
        (LENT, TODAY + 10 * DAY, [stand_in()], (DEPUTY, ABSENT, MoveWhy.END, None)),
        (PendingCase(1, HERE, DEPUTY), TODAY + 10 * DAY, [stand_in()], None),  # the deputy's own work stays
        (PendingCase(1, HERE, OTHER, moved_by=1), TODAY + 10 * DAY, [stand_in()], None),  # a colleague took it meanwhile
        (PendingCase(1, HERE, OTHER, moved_by=1), TODAY, [stand_in()], None),
        (LENT, TODAY + 10 * DAY, [stand_in(), NEXT], (DEPUTY, OTHER, MoveWhy.START, 2)),
        (LENT, TODAY + 10 * DAY, [stand_in(), replace(NEXT, account_id=DEPUTY)], None),
        # DEPUTY falls ill too: what was lent stays, for nobody stands in for a stand-in.
        (LENT, TODAY, [stand_in(), stand_in(id=3, absent_id=DEPUTY, account_id=OTHER)], None),
    ],
)
def test_pending_work_moves_at_the_start_and_back_at_the_end(
    case: PendingCase, day: date, standing: list[StandInTerms], moved: tuple[int, int, MoveWhy, int | None] | None
) -> None:
    moves = pending_moves([case], standing, moment(day, 0))
    assert [(move.from_id, move.to_id, move.why, move.moved_by) for move in moves] == ([] if moved is None else [moved])


PEOPLE = st.integers(1, 4)
STANDING = st.lists(st.tuples(PEOPLE, PEOPLE, st.integers(0, 12), st.integers(0, 8)).filter(lambda one: one[0] != one[1]), max_size=5)


@given(STANDING, st.lists(st.tuples(st.none() | PEOPLE, st.none() | st.integers(0, 4)), max_size=6), st.integers(-2, 25))
def test_done_once_nothing_is_left_to_move(
    rows: list[tuple[int, int, int, int]], work: list[tuple[int | None, int | None]], after: int
) -> None:
    standing = [
        StandInTerms(place, absent, person, HERE, TODAY + first * DAY, TODAY + (first + length) * DAY)
        for place, (absent, person, first, length) in enumerate(rows)
    ]
    cases = {place: PendingCase(place, HERE, person, moved_by) for place, (person, moved_by) in enumerate(work)}
    at = moment(TODAY + after * DAY)
    for move in pending_moves(cases.values(), standing, at):
        assert cases[move.case_id].assignee_id == move.from_id != move.to_id
        cases[move.case_id] = replace(cases[move.case_id], assignee_id=move.to_id, moved_by=move.moved_by)
    assert pending_moves(cases.values(), standing, at) == ()
    long_over = moment(TODAY + 99 * DAY)
    for move in pending_moves(cases.values(), standing, long_over):
        assert move.why is MoveWhy.END
