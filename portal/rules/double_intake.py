"""Double intake (两头受理): a matter that a body took in beside the network. Each finding is answered in five working days (C-15)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from enum import StrEnum

from portal.rules.authority import Office, OfficeHeld
from portal.rules.clauses import BodyId
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.working_days import Calendar

DAYS = 5
"""In how many working days a body answers (C-15)."""


class Source(StrEnum):
    """From what double intake was found."""

    IMPORT = "import"
    """A list of another system: a number without a case."""
    CERTIFICATE = "certificate"
    """A certificate that somebody holds or shows, without a case."""
    COMPLAINT = "complaint"
    OTHER = "other"


class FindingState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    UPHELD = "upheld"
    DISMISSED = "dismissed"

    @property
    def is_closed(self) -> bool:
        return self in (FindingState.UPHELD, FindingState.DISMISSED)


def _held(offices: Iterable[OfficeHeld], *kinds: Office) -> OfficeHeld | None:
    return next((one for one in offices if one.office in kinds), None)


def may_open_finding(offices: Iterable[OfficeHeld]) -> Decision:
    """May a person with these offices open findings? The center's management or a supervisor (C-15)."""
    held = _held(offices, Office.CENTER_MANAGEMENT, Office.SUPERVISOR)
    if held is None:
        return Decision.no(Reason.NOT_TO_OPEN_FINDING, rule="C-15")
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id))


def answer_due_on(found_on: date, calendar: Calendar) -> date:
    """The last day for the body's answer to what was found on this day (C-15)."""
    return calendar.add_working_days(found_on, DAYS)


def is_late(state: FindingState, due_on: date, answered_on: date | None, today: date) -> bool:
    """Was the answer late, or is it still out after its day?"""
    if answered_on is not None:
        return answered_on > due_on
    return state is FindingState.OPEN and today > due_on


def may_answer_finding(
    state: FindingState, body_id: BodyId, *, offices: Iterable[OfficeHeld], chief_of: Collection[BodyId], text: str = "?"
) -> Decision:
    """May this person answer for the body? Its head, or one of its chief representatives, once, in words (C-15)."""
    head = next((one for one in offices if one.office is Office.HEAD_OF_AGENCY and one.body_id == body_id), None)
    if head is None and body_id not in chief_of:
        return Decision.no(Reason.NOT_TO_ANSWER_FINDING, rule="C-15")
    if state is not FindingState.OPEN:
        return Decision.no(Reason.FINDING_ANSWERED, rule="C-15")
    if not text.strip():
        return Decision.no(Reason.FINDING_NEEDS_WORDS, rule="C-15")
    return Decision.yes(None if head is None else Basis(Sort.ACT_OF_OFFICE, office=head.id))


def may_close_finding(
    state: FindingState, outcome: FindingState, due_on: date, today: date, *, offices: Iterable[OfficeHeld], text: str = "?"
) -> Decision:
    """May this person uphold or dismiss the finding? The center's management, once it was answered; upheld also where no answer came (C-15)."""
    held = _held(offices, Office.CENTER_MANAGEMENT)
    if held is None:
        return Decision.no(Reason.NOT_TO_CLOSE_FINDING, rule="C-15")
    if state.is_closed:
        return Decision.no(Reason.FINDING_CLOSED, rule="C-15")
    is_silent = state is FindingState.OPEN and today > due_on and outcome is FindingState.UPHELD
    if state is FindingState.OPEN and not is_silent:
        return Decision.no(Reason.FINDING_WAITS, rule="C-15", due_on=due_on.isoformat())
    if not text.strip():
        return Decision.no(Reason.FINDING_NEEDS_WORDS, rule="C-15")
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id))
