"""The yearly confirmation of an instrument: reminders, staleness, and when it covers no new case any more (G-14).

An instrument is confirmed once a year, from its registration or the confirmation before. Twelve months, and fourteen, end with 24:00 of
the same day number so many months on (the last of a shorter month). Everything is asked *as of* a moment: a later confirmation changes
no answer about the past (G-17), so a case that came in while nothing new was covered can rest on the clause only from that confirmation on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.rules.authority import Office, OfficeHeld
from portal.rules.clauses import BodyId, ClauseTerms, ItemId, closes_at, covers_case_begun
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.moments import civil_date, months_on

STALE_MONTHS = 12
"""Unconfirmed for longer, it is stale and shown so (G-14)."""

REMINDERS = (60, 30, 7)
"""So many days before the twelve months are over the department is reminded (G-14)."""


class Recertified(StrEnum):
    """Where an instrument stands in its year."""

    CONFIRMED = "confirmed"
    DUE_60 = "due_60"
    DUE_30 = "due_30"
    DUE_7 = "due_7"
    STALE = "stale"
    COVERS_NO_NEW_CASE = "covers_no_new_case"

    @property
    def is_due(self) -> bool:
        """Whether it stands on the department's worklist."""
        return self is not Recertified.CONFIRMED


@dataclass(frozen=True, slots=True)
class InstrumentYear:
    """An instrument with the moments at which it was registered and confirmed, in any order."""

    registered_at: datetime | None
    confirmations: tuple[datetime, ...] = ()

    def confirmed_at(self, at: datetime) -> datetime | None:
        """The last confirmation up to that moment, or else the registration; None before it was registered."""
        if self.registered_at is None or self.registered_at > at:
            return None
        return max((moment for moment in self.confirmations if self.registered_at <= moment <= at), default=self.registered_at)


# --- the year ------------------------------------------------------------------------------------------------------------------


def due_on(confirmed_at: datetime) -> date:
    """The last day of the twelve months: by then it is confirmed again."""
    return months_on(civil_date(confirmed_at), STALE_MONTHS)


def state(instrument: InstrumentYear, at: datetime) -> Recertified | None:
    """Where the instrument stands in its year at that moment (G-14); None before it was registered."""
    confirmed_at = instrument.confirmed_at(at)
    if confirmed_at is None:
        return None
    if at >= closes_at(confirmed_at):
        return Recertified.COVERS_NO_NEW_CASE
    left = (due_on(confirmed_at) - civil_date(at)).days
    if left < 0:
        return Recertified.STALE
    for days, reached in ((7, Recertified.DUE_7), (30, Recertified.DUE_30), (60, Recertified.DUE_60)):
        if left <= days:
            return reached
    return Recertified.CONFIRMED


@dataclass(frozen=True, slots=True)
class Reminder:
    """The day on which a department is reminded, and how many days before the last one."""

    days: int
    on: date


def reminder_days(instrument: InstrumentYear, at: datetime) -> tuple[Reminder, ...]:
    """The reminders of the year that runs at that moment, the first first; none before it was registered (G-14)."""
    confirmed_at = instrument.confirmed_at(at)
    if confirmed_at is None:
        return ()
    last = due_on(confirmed_at)
    return tuple(Reminder(days, last - timedelta(days=days)) for days in REMINDERS)


# --- what it covers ------------------------------------------------------------------------------------------------------------


def covers_new_case(clause: ClauseTerms, instrument: InstrumentYear, at: datetime) -> Decision:
    """Does the clause cover a case that begins now, as far as the yearly confirmation goes? That it is in force is asked apart (G-14)."""
    confirmed_at = instrument.confirmed_at(at)
    if covers_case_begun(confirmed_at, None, at):
        return Decision.yes()
    if confirmed_at is None:
        return Decision.no(Reason.NOT_REGISTERED, rule="G-17", instrument=clause.instrument_number, clause=clause.id)
    closed_on = civil_date(closes_at(confirmed_at))
    return Decision.no(
        Reason.NOT_CONFIRMED_IN_TIME, rule="G-14", instrument=clause.instrument_number, clause=clause.id, closed_on=closed_on
    )


def may_confirm(instrument: InstrumentYear, *, body_id: BodyId, number: str, offices: Iterable[OfficeHeld], at: datetime) -> Decision:
    """May a person with these offices confirm the instrument? The head of the body that gave it, once it is registered (G-6, G-14)."""
    office = next((held for held in offices if held.office is Office.HEAD_OF_AGENCY and held.body_id == body_id), None)
    if office is None:
        return Decision.no(Reason.NOT_TO_CONFIRM, rule="G-14")
    if instrument.confirmed_at(at) is None:
        return Decision.no(Reason.NOT_REGISTERED, rule="G-17", instrument=number)
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=office.id))


# --- items that changed --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item got another version, in force from a moment; `body_id` is the body responsible for it from then on."""

    item_id: ItemId
    body_id: BodyId
    changed_at: datetime


def flagged(clause: ClauseTerms, changes: Iterable[ItemChange], confirmed_at: datetime | None, at: datetime) -> tuple[ItemId, ...]:
    """The items that the clause was given for and that changed since the last confirmation, up to that moment, by id (G-14).

    A clause for all items of a body is flagged by each of them, an item new to the body included. Confirming takes the flags away.
    """
    return tuple(
        sorted(
            {
                change.item_id
                for change in changes
                if (change.body_id == clause.body_id if clause.item_ids is None else change.item_id in clause.item_ids)
                and change.changed_at <= at
                and (confirmed_at is None or change.changed_at > confirmed_at)
            }
        )
    )
