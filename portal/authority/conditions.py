"""When a posting, a letter of appointment and a stand-in hold, as the database is asked: the one condition of each (N-4, G-13, G-15, G-17).

What `portal.rules.appointments.LetterTerms.holds_at` says of one letter, `letter_holds` says of all. Nothing else compares their days.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select

from portal.accounts.models import Posting, StandIn
from portal.authority.models import Letter, LetterEnd, LetterRegistration, StandInEnd
from portal.rules.moments import civil_date, end_of


def last_of(on: date) -> datetime:
    """The last second of a day: as of it, a question that names no moment is answered."""
    return end_of(on) - timedelta(seconds=1)


def posting_holds(at: datetime) -> ColumnElement[bool]:
    """Begun and not over. One entered on its own first day holds from that moment: who held what that morning stays as it was (G-17).

    One entered after its first day was loaded from the county's papers, which no service does; it holds from the day that they name.
    """
    on = civil_date(at)
    entered = or_(Posting.from_on < on, Posting.entered_at.is_(None), Posting.entered_at <= at, Posting.entered_at >= end_of(on))
    return and_(Posting.from_on <= on, or_(Posting.until_on.is_(None), Posting.until_on >= on), entered)


def letter_holds(at: datetime) -> ColumnElement[bool]:
    """Signed and registered by then, begun, not over by its last day or any end: its bearer is chief representative at this moment."""
    on = civil_date(at)
    registered = select(LetterRegistration.id).where(LetterRegistration.letter_id == Letter.id, LetterRegistration.registered_at <= at)
    ended = select(LetterEnd.id).where(LetterEnd.letter_id == Letter.id, LetterEnd.ends_at <= at)
    return and_(Letter.from_on <= on, or_(Letter.until_on.is_(None), Letter.until_on >= on), registered.exists(), ~ended.exists())


def stand_in_holds(at: datetime) -> ColumnElement[bool]:
    """Appointed by then, begun, not over by its last day or an end before it: who stands in uses the absent one's powers at this moment."""
    on = civil_date(at)
    return and_(StandIn.from_on <= on, StandIn.until_on >= on, StandIn.appointed_at <= at, ~stand_in_ended(at))


def stand_in_ended(at: datetime) -> ColumnElement[bool]:
    """Ended before its last day, by this moment."""
    return select(StandInEnd.id).where(StandInEnd.stand_in_id == StandIn.id, StandInEnd.ends_at <= at).exists()
