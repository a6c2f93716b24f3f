"""Who appoints a chief representative: a letter (任命书) of the body's head, apart from any instrument (G-6, G-15).

Drafted by a county manager or the center's management, signed by the head of the body, registered by a county manager, filed twice. Like a
clause it holds from the later of 00:00 of its first day and the moment of its registration until the earliest of 24:00 of its last day and
every recorded end, so that nothing done later changes an answer about the past (G-17).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.rules.authority import Office, OfficeHeld
from portal.rules.clauses import BodyId, PersonId
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.grants import FiledWith
from portal.rules.moments import civil_date, end_of, start_of


class LetterEndWhy(StrEnum):
    """Why an appointment ended before its last day."""

    SUPERSEDED = "superseded"
    """Another letter of the same body for the same point was registered: there is one chief representative."""
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class LetterTerms:
    """A letter with all its ends; `registered_at` is None until a county manager registered it (G-17)."""

    body_id: BodyId
    from_on: date
    until_on: date | None = None
    registered_at: datetime | None = None
    ends: tuple[datetime, ...] = ()

    @property
    def begins_at(self) -> datetime | None:
        """The later of 00:00 of the first day and the registration; None while it is not registered."""
        return None if self.registered_at is None else max(start_of(self.from_on), self.registered_at)

    @property
    def ends_at(self) -> datetime | None:
        """The earliest of 24:00 of the last day and every end; None for one without."""
        named = () if self.until_on is None else (end_of(self.until_on),)
        return min((*named, *self.ends), default=None)

    def holds_at(self, moment: datetime) -> bool:
        """Is its bearer chief representative at this moment?"""
        begins, ends = self.begins_at, self.ends_at
        return begins is not None and begins <= moment and (ends is None or moment < ends)

    @property
    def last_whole_day(self) -> date | None:
        """The last day on which it holds until 24:00; None for one without an end."""
        ends = self.ends_at
        return None if ends is None else civil_date(ends) - timedelta(days=1)


def may_draft_letter(offices: Iterable[OfficeHeld], *, is_signed: bool = False) -> Decision:
    """May a person with these offices draft a letter, or change this one? A county manager or center management, until it is signed."""
    if is_signed:
        return Decision.no(Reason.LETTER_SIGNED, rule="G-15")
    office = _office(offices, Office.COUNTY_MANAGER, Office.CENTER_MANAGEMENT)
    return _rests_on(office) if office else Decision.no(Reason.NOT_TO_DRAFT_LETTER, rule="G-15")


def may_appoint(
    offices: Iterable[OfficeHeld],
    *,
    body_id: BodyId,
    body_code: str,
    signer_id: PersonId,
    appointed_id: PersonId,
    from_on: date,
    until_on: date | None,
    today: date,
    drafter_id: PersonId | None = None,
    is_signed: bool = False,
) -> Decision:
    """May this person sign the letter? The head of the body, who did not draft it, for somebody else, from today or a later day on (G-6, G-15).

    A letter decides who may use reserved powers, so like a clause it is never backdated: no answer about the past changes (G-17).
    """
    if is_signed:
        return Decision.no(Reason.LETTER_SIGNED, rule="G-15")
    office = next((held for held in offices if held.office is Office.HEAD_OF_AGENCY and held.body_id == body_id), None)
    if office is None:
        return Decision.no(Reason.NOT_HEAD_OF_AGENCY, rule="G-6", body=body_code)
    if signer_id == appointed_id:
        return Decision.no(Reason.APPOINTS_ONESELF, rule="G-6")
    if signer_id == drafter_id:
        return Decision.no(Reason.LETTER_DRAFTER_SIGNS, rule="G-6")
    fault = check_period(from_on, until_on, today)
    return _rests_on(office) if fault is None else fault


def check_period(from_on: date, until_on: date | None, today: date) -> Decision | None:
    """What is wrong with a period, asked when it is drafted and again when it is signed; None if nothing is (G-1)."""
    if from_on < today:
        return Decision.no(Reason.BACKDATED, rule="G-1", from_on=from_on, today=today)
    if until_on is not None and until_on < from_on:
        return Decision.no(Reason.PERIOD_REVERSED, rule="G-1", from_on=from_on, until_on=until_on)
    return None


def may_register_letter(offices: Iterable[OfficeHeld], *, is_signed: bool, is_registered: bool = False) -> Decision:
    """May a person with these offices register it? A county manager, once, what the head of the body has signed (G-6, G-15)."""
    office = _office(offices, Office.COUNTY_MANAGER)
    if office is None:
        return Decision.no(Reason.NOT_TO_REGISTER_LETTER, rule="G-6")
    if not is_signed:
        return Decision.no(Reason.LETTER_NOT_SIGNED, rule="G-6")
    if is_registered:
        return Decision.no(Reason.LETTER_REGISTERED, rule="G-15")
    return _rests_on(office)


def may_file_letter(
    place: FiledWith, offices: Iterable[OfficeHeld], *, body_id: BodyId, is_registered: bool, filed: Collection[FiledWith] = ()
) -> Decision:
    """May a person with these offices say that it is filed there? Center management or a county manager its copy, the head the body's (G-15)."""
    if not is_registered:
        return Decision.no(Reason.LETTER_NOT_REGISTERED, rule="G-15")
    if place in filed:
        return Decision.no(Reason.FILED_ALREADY, rule="G-15")
    if place is FiledWith.CENTER:
        office = _office(offices, Office.CENTER_MANAGEMENT, Office.COUNTY_MANAGER)
    else:
        office = _office(offices, Office.HEAD_OF_AGENCY, body_id=body_id)
    return _rests_on(office) if office else Decision.no(Reason.NOT_TO_FILE_LETTER, rule="G-15")


def may_end_letter(
    letter: LetterTerms, *, now: datetime, offices: Iterable[OfficeHeld], from_on: date | None = None, ground: str = ""
) -> Decision:
    """May a person with these offices revoke the appointment so? Yes carries `ends_at`, the moment to record (G-15, G-17).

    By the head of the body or a county manager, with a ground: from 00:00 of a later day, or at once where no day is named. Never in the
    past, and never later than it ends anyhow.
    """
    offices = tuple(offices)
    office = _office(offices, Office.HEAD_OF_AGENCY, body_id=letter.body_id) or _office(offices, Office.COUNTY_MANAGER)
    if office is None:
        return Decision.no(Reason.NOT_TO_END_LETTER, rule="G-15")
    if letter.registered_at is None:
        return Decision.no(Reason.LETTER_NOT_REGISTERED, rule="G-15")
    if not ground.strip():
        return Decision.no(Reason.NO_GROUND, rule="G-5")
    if from_on is not None and from_on <= civil_date(now):
        return Decision.no(Reason.ENDS_TOO_EARLY, rule="G-17", from_on=from_on, today=civil_date(now))
    moment = now if from_on is None else start_of(from_on)
    if letter.ends_at is not None and letter.ends_at <= moment:
        return Decision.no(Reason.LETTER_OVER, rule="G-17")
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=office.id), ends_at=moment)


def _office(offices: Iterable[OfficeHeld], *wanted: Office, body_id: BodyId | None = None) -> OfficeHeld | None:
    return next((held for held in offices if held.office in wanted and (body_id is None or held.body_id == body_id)), None)


def _rests_on(office: OfficeHeld) -> Decision:
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=office.id))
