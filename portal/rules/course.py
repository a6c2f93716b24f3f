"""What each act of the course of a case must say before it is written: notice, undertaking, filing, stop, extension, endings (C-3, C-4, C-9,
C-11 to C-13, C-22).

Whether the state allows the act stands in `lifecycle`, who may in `authority`. Here: the words, the lists and the days. Facts in, a Decision
or a date out; the same Decision stands beside the form and guards the POST.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from portal.rules.authority import Office
from portal.rules.deadlines import Limit, Unit, due_date
from portal.rules.decision import Decision, Reason
from portal.rules.lifecycle import CaseNow, CaseTerms, FilingKind
from portal.rules.materials import Material, missing
from portal.rules.working_days import Calendar

URGENT_DAYS = 30
"""So long the urgent track is open (C-13)."""

LATER_DAYS = Limit(20, Unit.WORKING)
"""The longest time in which secondary materials may follow (C-12)."""


class StopCause(StrEnum):
    """The lawful causes of a stop: those of art. 45, or one that the item's own law names (C-4)."""

    HEARING = "hearing"
    TENDER = "tender"
    AUCTION = "auction"
    INSPECTION = "inspection"
    TEST = "test"
    QUARANTINE = "quarantine"
    APPRAISAL = "appraisal"
    EXPERT_REVIEW = "expert_review"
    OWN_LAW = "own_law"


ARTICLE_45 = "《中华人民共和国行政许可法》第四十五条"


class UrgentGround(StrEnum):
    """Grounds of the urgent track (特事特办, C-13)."""

    DISASTER = "disaster"
    PUBLIC_HEALTH = "public_health"
    MAJOR_PROJECT = "major_project"
    LIVELIHOOD = "livelihood"
    HARDSHIP = "hardship"


class EndGround(StrEnum):
    """Grounds on which a case is terminated without a decision."""

    APPLICANT_GONE = "applicant_gone"
    """Died, dissolved, or no longer able to hold it."""
    MATTER_GONE = "matter_gone"
    """What the application is about does not exist any more, or the item was cancelled."""
    UNDERTAKING_UNMET = "undertaking_unmet"
    """What was to come later did not come by its day (C-12)."""
    SAME_MATTER = "same_matter"
    """Another case of the same applicant is about the same."""


def may_notice(listed: Collection[str], chosen: Sequence[str]) -> Decision:
    """May this be noticed as missing? Something of the item's list, and never anything beyond it (C-3, S-4)."""
    if not chosen:
        return Decision.no(Reason.NOTICE_NAMES_NOTHING, rule="C-3")
    beyond = [code for code in chosen if code not in listed]
    if beyond:
        return Decision.no(Reason.NOTICE_BEYOND_LIST, rule="S-4")
    return Decision.yes()


def may_turn_away(why: str, ground: str, whose: str) -> Decision:
    """May an application be turned away at once so? With a ground in words; "not ours" names whose it is (C-3)."""
    if not ground.strip():
        return Decision.no(Reason.TURN_AWAY_NEEDS_GROUND, rule="C-3")
    if why == "not_ours" and not whose.strip():
        return Decision.no(Reason.TURN_AWAY_NAMES_NOBODY, rule="C-3")
    return Decision.yes()


# --- tolerant acceptance (C-12) ------------------------------------------------------------------------------------------------------


def undertaking_until(accepted_on: date, terms: CaseTerms, calendar: Calendar) -> date:
    """The day by which secondary materials must have come: min(20 working days, two working days before the due day) (C-12).

    Never before the day of acceptance itself.
    """
    longest = due_date(accepted_on, LATER_DAYS, calendar).due
    limit = terms.promised or terms.statutory
    if limit is None:
        return longest
    day, left = due_date(accepted_on, limit, calendar).due, 2
    while left and day > accepted_on:
        day -= timedelta(days=1)
        if calendar.is_working(day):
            left -= 1
    return min(longest, max(day, accepted_on))


def may_accept_later(required: Sequence[Material], got: Collection[str], signed: bool) -> Decision:
    """May it be accepted though something is missing? Only secondary materials, by a signed undertaking (C-12). Yes without any missing."""
    lacking = missing(required, got)
    primary = [material for material in lacking if not material.may_come_later]
    if primary:
        return Decision.no(Reason.NOT_SECONDARY, rule="C-3", materials="、".join(material.name for material in primary))
    if lacking and not signed:
        return Decision.no(Reason.UNDERTAKING_NOT_SIGNED, rule="C-12", materials="、".join(material.name for material in lacking))
    return Decision.yes()


# --- refusals are filed (C-9) --------------------------------------------------------------------------------------------------------


def may_file(
    kind: FilingKind, now: CaseNow, today: date, calendar: Calendar, *, ground: str, basis: str, point: str, has_points: bool
) -> Decision:
    """May this be filed with the center's management? With its ground and legal basis, and for a refusal the review point (C-9, S-11).

    That it cannot be finished in time is filed at least one working day before the promised day, else it is late and nothing else.
    """
    if not ground.strip():
        return Decision.no(Reason.FILING_NEEDS_GROUND, rule="C-9")
    if kind is not FilingKind.LATE and not basis.strip():
        return Decision.no(Reason.FILING_NEEDS_BASIS, rule="C-9")
    if kind is FilingKind.REFUSE and has_points and not point.strip():
        return Decision.no(Reason.FILING_NEEDS_POINT, rule="S-11")
    due = now.promised_due_on or now.statutory_due_on
    if kind is FilingKind.LATE and due is not None and silent_on(today, calendar) > due:
        return Decision.no(Reason.FILING_TOO_LATE, rule="C-9", due=due)
    return Decision.yes()


def silent_on(filed_on: date, calendar: Calendar) -> date:
    """The last day on which a filing can be sent back: the next working day; silence to its end is consent (C-9)."""
    return due_date(filed_on, Limit(1, Unit.WORKING), calendar).due


def may_return_filing(reason: str) -> Decision:
    """May the center send a filing back? With what its form lacks (C-9)."""
    return Decision.yes() if reason.strip() else Decision.no(Reason.RETURN_NEEDS_GROUND, rule="C-9")


# --- stops (C-4, C-22) ---------------------------------------------------------------------------------------------------------------


def may_stop(cause: str, article: str, until: date | None, terms: CaseTerms, today: date) -> Decision:
    """May the clock be stopped so? By a cause of art. 45 or of the item's own law, with a told end to come; no notice, no stop (C-4)."""
    if cause not in list(StopCause):
        return Decision.no(Reason.STOP_CAUSE_UNKNOWN, rule="C-22")
    if cause == StopCause.OWN_LAW and article not in terms.stop_articles:
        return Decision.no(Reason.STOP_NEEDS_ARTICLE, rule="C-4")
    if until is None or until <= today:
        return Decision.no(Reason.STOP_END_PAST, rule="C-4", today=today)
    return Decision.yes()


def article_of(cause: str, article: str) -> str:
    """The article on which a stop rests."""
    return article if cause == StopCause.OWN_LAW else ARTICLE_45


def may_end_stop(ended_on: date | None, now: CaseNow, today: date) -> Decision:
    """May the stop be ended by a cause that ended on this day? Not before its notice, not in days to come (C-4)."""
    stop = now.stop_on(today)
    if stop is None or ended_on is None or not stop.noticed_on <= ended_on <= today:
        return Decision.no(Reason.STOP_ENDS_OUTSIDE, rule="C-4", first=stop.noticed_on if stop else today, today=today)
    return Decision.yes()


# --- one extension (C-4, art. 42) ----------------------------------------------------------------------------------------------------

EXTENSION_DAYS = MappingProxyType({Office.HEAD_OF_AGENCY: 10, Office.HEAD_OF_GOVERNMENT: 15})
ARTICLE_42 = "《中华人民共和国行政许可法》第四十二条"


def extension_days(office: str, terms: CaseTerms) -> Decision:
    """By how many working days this office may extend: yes with `days`. What is handled jointly is the head of the government's (art. 42)."""
    if (office == Office.HEAD_OF_GOVERNMENT) is not terms.is_joint:
        return Decision.no(Reason.EXTENSION_BY_GOVERNMENT if terms.is_joint else Reason.EXTENSION_BY_AGENCY, rule="C-4")
    return Decision.yes(days=EXTENSION_DAYS[Office(office)])


def may_extend(office: str, reason: str, now: CaseNow, terms: CaseTerms, today: date) -> Decision:
    """May the statutory limit be extended now? Once, before it is over, with a reason that goes to the applicant (C-4). Yes with `days`."""
    if now.statutory_due_on is None:
        return Decision.no(Reason.NO_STATUTORY_LIMIT, rule="C-4")
    if today > now.statutory_due_on:
        return Decision.no(Reason.EXTENSION_TOO_LATE, rule="C-4", due=now.statutory_due_on)
    if not reason.strip():
        return Decision.no(Reason.EXTENSION_NEEDS_REASON, rule="C-4")
    return extension_days(office, terms)


# --- urgent track, endings -----------------------------------------------------------------------------------------------------------


def may_open_urgent(ground: str) -> Decision:
    """May the urgent track be opened on this ground? One of the list (C-13)."""
    return Decision.yes() if ground in list(UrgentGround) else Decision.no(Reason.URGENT_NEEDS_GROUND, rule="C-13")


def urgent_until(opened_on: date) -> date:
    """The last day of the urgent track (C-13)."""
    return opened_on + timedelta(days=URGENT_DAYS)


def may_terminate(ground: str, note: str, now: CaseNow, today: date) -> Decision:
    """May the case be ended without a decision on this ground? In words; "did not come" only after its day (C-12)."""
    if ground not in list(EndGround) or not note.strip():
        return Decision.no(Reason.ENDING_NEEDS_GROUND, rule="C-2")
    if ground == EndGround.UNDERTAKING_UNMET and (now.undertaking is None or not now.undertaken or now.undertaking.until >= today):
        return Decision.no(Reason.UNDERTAKING_UNMET, rule="C-12")
    return Decision.yes()


def may_say_why(text: str) -> Decision:
    """Withdrawing, voiding, putting aside: each in words (C-2)."""
    return Decision.yes() if text.strip() else Decision.no(Reason.ENDING_NEEDS_GROUND, rule="C-2")
