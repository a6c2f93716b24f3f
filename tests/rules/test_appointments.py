"""Letters of appointment: who drafts, signs, registers, files and ends them, and when they hold (G-6, G-15, G-17)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.appointments import (
    LetterTerms,
    may_appoint,
    may_draft_letter,
    may_end_letter,
    may_file_letter,
    may_register_letter,
)
from portal.rules.authority import Office, OfficeHeld
from portal.rules.decision import Decision, Reason
from portal.rules.grants import FiledWith
from portal.rules.moments import SHANGHAI, end_of, start_of

MR, TAX = 1, 2
HEAD, MANAGER, CHIEF = 11, 12, 13
TODAY, DAY = date(2026, 11, 23), timedelta(days=1)
NOW = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
OF_MR, OF_TAX = OfficeHeld(1, Office.HEAD_OF_AGENCY, MR), OfficeHeld(2, Office.HEAD_OF_AGENCY, TAX)
OF_COUNTY, OF_CENTER = OfficeHeld(3, Office.COUNTY_MANAGER), OfficeHeld(4, Office.CENTER_MANAGEMENT)


def refused(answer: Decision, reason: Reason) -> None:
    assert (answer.allowed, answer.reason) == (False, reason)


def sign(*offices: OfficeHeld, **changes: Any) -> Decision:
    said: dict[str, Any] = {
        "body_id": MR, "body_code": "MR", "signer_id": HEAD, "appointed_id": CHIEF, "drafter_id": MANAGER, "from_on": TODAY, "until_on": None,
        "today": TODAY,
    }  # fmt: skip
    return may_appoint(offices, **said | changes)


def test_the_head_signs_what_another_drafted_for_a_third() -> None:
    answer = sign(OF_TAX, OF_MR)
    assert answer and answer.by is not None and answer.by.office == OF_MR.id


@pytest.mark.parametrize(
    ("offices", "changes", "reason"),
    [
        ((), {}, Reason.NOT_HEAD_OF_AGENCY),
        ((OF_TAX, OF_COUNTY, OF_CENTER), {}, Reason.NOT_HEAD_OF_AGENCY),
        ((OF_MR,), {"appointed_id": HEAD}, Reason.APPOINTS_ONESELF),
        ((OF_MR, OF_COUNTY), {"drafter_id": HEAD}, Reason.LETTER_DRAFTER_SIGNS),
        ((OF_MR,), {"from_on": TODAY - DAY}, Reason.BACKDATED),
        ((OF_MR,), {"until_on": TODAY - DAY}, Reason.PERIOD_REVERSED),
        ((OF_MR,), {"is_signed": True}, Reason.LETTER_SIGNED),
    ],
)
def test_what_is_not_signed(offices: tuple[OfficeHeld, ...], changes: dict[str, Any], reason: Reason) -> None:
    refused(sign(*offices, **changes), reason)


def test_who_drafts_registers_and_files() -> None:
    assert may_draft_letter([OF_COUNTY]) and may_draft_letter([OF_CENTER])
    refused(may_draft_letter([OF_MR]), Reason.NOT_TO_DRAFT_LETTER)
    refused(may_draft_letter([OF_COUNTY], is_signed=True), Reason.LETTER_SIGNED)
    assert may_register_letter([OF_COUNTY], is_signed=True)
    refused(may_register_letter([OF_CENTER, OF_MR], is_signed=True), Reason.NOT_TO_REGISTER_LETTER)
    refused(may_register_letter([OF_COUNTY], is_signed=False), Reason.LETTER_NOT_SIGNED)
    refused(may_register_letter([OF_COUNTY], is_signed=True, is_registered=True), Reason.LETTER_REGISTERED)
    for place, allowed in ((FiledWith.CENTER, (OF_CENTER, OF_COUNTY)), (FiledWith.DEPARTMENT, (OF_MR,))):
        for office in (OF_CENTER, OF_COUNTY, OF_MR, OF_TAX):
            answer = may_file_letter(place, [office], body_id=MR, is_registered=True)
            assert bool(answer) is (office in allowed), (place, office)
        refused(may_file_letter(place, allowed, body_id=MR, is_registered=False), Reason.LETTER_NOT_REGISTERED)
        refused(may_file_letter(place, allowed, body_id=MR, is_registered=True, filed=[place]), Reason.FILED_ALREADY)


def test_who_ends_it_and_when() -> None:
    letter = LetterTerms(MR, TODAY - DAY, TODAY + 5 * DAY, registered_at=NOW - DAY)
    assert may_end_letter(letter, now=NOW, offices=[OF_MR], ground="调离").facts["ends_at"] == NOW
    assert may_end_letter(letter, now=NOW, offices=[OF_COUNTY], from_on=TODAY + DAY, ground="调离").facts["ends_at"] == start_of(TODAY + DAY)
    refused(may_end_letter(letter, now=NOW, offices=[OF_CENTER, OF_TAX], ground="调离"), Reason.NOT_TO_END_LETTER)
    refused(may_end_letter(letter, now=NOW, offices=[OF_MR], ground=" "), Reason.NO_GROUND)
    refused(may_end_letter(letter, now=NOW, offices=[OF_MR], from_on=TODAY, ground="调离"), Reason.ENDS_TOO_EARLY)
    refused(may_end_letter(letter, now=NOW, offices=[OF_MR], from_on=TODAY + 6 * DAY, ground="调离"), Reason.LETTER_OVER)
    refused(may_end_letter(LetterTerms(MR, TODAY), now=NOW, offices=[OF_MR], ground="调离"), Reason.LETTER_NOT_REGISTERED)


hours = st.integers(0, 24 * 20).map(lambda hour: NOW - timedelta(days=5) + timedelta(hours=hour))
days = st.integers(-3, 12).map(lambda each: TODAY + each * DAY)


@given(st.builds(LetterTerms, st.just(MR), days, st.none() | days, st.none() | hours, st.lists(hours, max_size=3).map(tuple)), hours, hours)
def test_when_a_letter_holds_is_what_the_rule_says_and_the_future_changes_no_past(letter: LetterTerms, at: datetime, later: datetime) -> None:
    """From the later of 00:00 of the first day and the registration until the earliest of 24:00 of the last day and every end (G-17)."""
    expected = (
        letter.registered_at is not None
        and letter.registered_at <= at
        and start_of(letter.from_on) <= at
        and (letter.until_on is None or at < end_of(letter.until_on))
        and all(at < end for end in letter.ends)
    )
    assert letter.holds_at(at) is expected
    if later > at:
        ended = LetterTerms(MR, letter.from_on, letter.until_on, letter.registered_at, (*letter.ends, later))
        assert ended.holds_at(at) is expected
