"""Numbered paper sheets, for when the line or the power is down, and their entry afterwards (C-29).

A block of numbers is issued to one service point. What is written on a sheet there is entered within two working days, with the moment at
which it was written: the paper's time is the time received. Each number is used once; a spoilt sheet is cancelled with a reason; a number that
was passed over is not accounted for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from portal.rules.authority import Office, OfficeHeld
from portal.rules.clauses import PointId
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.moments import civil_date
from portal.rules.working_days import Calendar

DAYS = 2
"""Within how many working days of its moment a sheet is entered (C-29)."""

MOST_IN_A_BLOCK = 50
"""So many sheets are issued, and printed, at once."""

_NUMBER = re.compile(r"(\d{4})-?(\d{5})", re.ASCII)


class SheetReason(StrEnum):
    """Why paper was needed."""

    LINE = "line"
    POWER = "power"
    OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class SheetNumber:
    """The number of a sheet: the year in which it was issued and its place in it."""

    year: int
    serial: int

    def __str__(self) -> str:
        return f"{self.year}-{self.serial:05d}"

    @classmethod
    def of(cls, text: str) -> SheetNumber | None:
        """2026-00031, with or without the dash; None for anything else."""
        found = _NUMBER.fullmatch(text.strip())
        return None if found is None else cls(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True)
class SheetNow:
    """What is known of a number: to which point it was issued and when, and what became of it."""

    number: SheetNumber
    point_id: PointId
    issued_at: datetime
    is_used: bool = False
    is_cancelled: bool = False


def may_issue_sheets(offices: Iterable[OfficeHeld]) -> Decision:
    """May a person with these offices issue numbered sheets? The county manager or the center's management (C-29)."""
    held = next((one for one in offices if one.office in (Office.COUNTY_MANAGER, Office.CENTER_MANAGEMENT)), None)
    if held is None:
        return Decision.no(Reason.NOT_TO_ISSUE_SHEETS, rule="C-29")
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id))


def _is_blank(sheet: SheetNow | None, at_points: Collection[PointId]) -> Decision:
    """Is this a number of one of these points of which nothing has become yet?"""
    if sheet is None:
        return Decision.no(Reason.SHEET_NOT_ISSUED, rule="C-29")
    if sheet.point_id not in at_points:
        return Decision.no(Reason.SHEET_OF_ANOTHER_POINT, rule="C-29", number=str(sheet.number))
    if sheet.is_used:
        return Decision.no(Reason.SHEET_USED, rule="C-29", number=str(sheet.number))
    if sheet.is_cancelled:
        return Decision.no(Reason.SHEET_CANCELLED, rule="C-29", number=str(sheet.number))
    return Decision.yes()


def may_enter_sheet(
    sheet: SheetNow | None, *, point_id: PointId, written_at: datetime, now: datetime, reason: SheetReason, note: str = ""
) -> Decision:
    """May a case be entered from this sheet at a window of this point? (C-29)

    The number was issued to this point before it was written on, and nothing has become of it; the moment is past. Late entry is allowed:
    it counts as late. Whether the window may begin the case, by the clause of then and of now, is asked beside this.
    """
    blank = _is_blank(sheet, (point_id,))
    if not blank or sheet is None:
        return blank
    if written_at > now:
        return Decision.no(Reason.SHEET_MOMENT_AHEAD, rule="C-29")
    if written_at < sheet.issued_at:
        return Decision.no(Reason.SHEET_BEFORE_ISSUE, rule="C-29", number=str(sheet.number))
    if reason is SheetReason.OTHER and not note.strip():
        return Decision.no(Reason.SHEET_NEEDS_WORDS, rule="C-29")
    return Decision.yes()


def may_cancel_sheet(sheet: SheetNow | None, *, at_points: Collection[PointId], why: str) -> Decision:
    """May whoever works at these points cancel this sheet? A blank one of theirs, with a reason (C-29)."""
    blank = _is_blank(sheet, at_points)
    if blank and not why.strip():
        return Decision.no(Reason.SHEET_CANCEL_NEEDS_REASON, rule="C-29")
    return blank


def may_add_photo(*, has_photo: bool) -> Decision:
    """May the photo of an entered sheet be added? Once (C-29); that the window holds the case is asked of the file."""
    return Decision.no(Reason.SHEET_HAS_PHOTO, rule="C-29") if has_photo else Decision.yes()


def entry_due_on(written_at: datetime, calendar: Calendar) -> date:
    """The last day on which a sheet written at this moment is entered in time (C-29)."""
    return calendar.add_working_days(civil_date(written_at), DAYS)


def is_late(written_at: datetime, entered_at: datetime, calendar: Calendar) -> bool:
    """Was it entered after the second working day?"""
    return civil_date(entered_at) > entry_due_on(written_at, calendar)


@dataclass(frozen=True, slots=True)
class Rest:
    """The numbers of a block of which nothing has become: passed over, and still blank."""

    passed_over: tuple[int, ...]
    blank: tuple[int, ...]


def rest_of(first: int, last: int, taken: Collection[int]) -> Rest:
    """What is left of a block (C-29). Sheets are written on in order: a number before one that was taken is not accounted for."""
    highest = max(taken, default=first - 1)
    left = [serial for serial in range(first, last + 1) if serial not in taken]
    return Rest(tuple(serial for serial in left if serial < highest), tuple(serial for serial in left if serial > highest))


def share(from_sheets: int, cases: int) -> float | None:
    """Which part of the cases of a point was entered from paper; None without any (C-29)."""
    return from_sheets / cases if cases else None
