"""What the county's calendar says, who entered it, and which years the open cases need (C-4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy import func, select

from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.cases.models import Case
from portal.catalogue.models import ItemVersion
from portal.database import NotFound, db
from portal.network.models import CalendarDay, CalendarNotice, CalendarYear
from portal.rules.working_days import FIRST_YEAR, LAST_DAY, DayKind

ENTRIES_SHOWN = 20
PROVISIONAL_FROM_MONTH = 11
"""The notice of the next year comes out in November or December: from this month on its absence is said."""


# --- which years are certain ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class YearShown:
    """A year: its notice, or that it is provisional; how many open cases end their longest limit in it; whether it is missed now."""

    year: int
    notice: str
    source: str
    cases: int
    is_missed: bool

    @property
    def is_provisional(self) -> bool:
        return not self.notice


@dataclass(frozen=True, slots=True)
class Coverage:
    """The years from the first entered to the next one, and those further on that cases need, the latest first."""

    years: tuple[YearShown, ...]
    provisional_cases: int

    @property
    def missed(self) -> list[int]:
        """Years without a notice that are needed now: this one, the next from November on, and those in which limits of open cases end."""
        return sorted(year.year for year in self.years if year.is_missed)

    @property
    def next_to_enter(self) -> int:
        """The first year without a notice."""
        return min((year.year for year in self.years if year.is_provisional), default=self.years[0].year + 1)


def coverage(county_id: int, today: date) -> Coverage:
    """Which years have a notice and which are provisional: what the page of the calendar and `flask check` both say."""
    query = select(CalendarYear.year, CalendarYear.notice, CalendarYear.source).where(CalendarYear.county_id == county_id)
    entered = {row.year: row for row in db.session.execute(query)}
    needed = _needed(county_id)
    last = max((today.year + 1, *entered, *needed))
    first = max(FIRST_YEAR, min((today.year, *entered)))
    is_late = today.month >= PROVISIONAL_FROM_MONTH
    years = []
    for year in range(last, first - 1, -1):
        row = entered.get(year)
        missed = row is None and (year == today.year or year in needed or (year == today.year + 1 and is_late))
        years.append(YearShown(year, row.notice if row else "", row.source if row else "", needed[year], missed))
    waiting = select(func.count()).where(Case.county_id == county_id, Case.is_open.is_(True), Case.is_provisional.is_(True))
    return Coverage(tuple(years), db.session.scalar(waiting) or 0)


def _needed(county_id: int) -> Counter[int]:
    """year → open cases whose longest running limit ends in it."""
    longest = func.coalesce(Case.statutory_due_on, Case.promised_due_on, Case.acceptance_due_on, Case.sort_on)
    year = sa.cast(sa.extract("year", longest), sa.Integer)
    query = select(year, func.count()).where(Case.county_id == county_id, Case.is_open.is_(True)).group_by(year)
    return Counter({row[0]: row[1] for row in db.session.execute(query) if row[0]})


# --- the days of a year ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """Typed days that follow each other with the same kind, name and source."""

    first: date
    last: date
    row: CalendarDay

    @property
    def kind(self) -> DayKind:
        return DayKind(self.row.kind)

    @property
    def number(self) -> int:
        return (self.last - self.first).days + 1


def spans_of(county_id: int, year: int) -> list[Span]:
    """The typed days of a civil year, run by run."""
    query = select(CalendarDay).where(
        CalendarDay.county_id == county_id, CalendarDay.day_on >= date(year, 1, 1), CalendarDay.day_on <= date(year, 12, 31)
    )
    spans: list[Span] = []
    for row in db.session.scalars(query.order_by(CalendarDay.day_on)):
        before = spans[-1] if spans else None
        if (
            before
            and (row.day_on - before.last).days == 1
            and (row.kind, row.name, row.notice) == (before.row.kind, before.row.name, before.row.notice)
        ):
            spans[-1] = Span(before.first, row.day_on, before.row)
        else:
            spans.append(Span(row.day_on, row.day_on, row))
    return spans


def regional_days(county_id: int) -> list[CalendarDay]:
    """The days off by regional law, the latest first."""
    regional = CalendarDay.kind == DayKind.REGIONAL_HOLIDAY.value
    query = select(CalendarDay).where(CalendarDay.county_id == county_id, regional).order_by(CalendarDay.day_on.desc())
    return list(db.session.scalars(query.limit(ENTRIES_SHOWN)))


# --- what was entered -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EntryShown:
    """What was entered, by whom, and whether a later entry for the same year took its place."""

    row: CalendarNotice
    entered_by: Account | None
    replaced_by: int | None = None


def entries(county_id: int, before: int | None = None) -> tuple[list[EntryShown], int | None]:
    """What was entered into the calendar, the latest first, and the number from which older ones go on."""
    query = select(CalendarNotice).where(CalendarNotice.county_id == county_id)
    if before is not None:
        query = query.where(CalendarNotice.seq < before)
    rows = list(db.session.scalars(query.order_by(CalendarNotice.seq.desc()).limit(ENTRIES_SHOWN + 1)))
    shown = rows[:ENTRIES_SHOWN]
    people = accounts.accounts_by_id({row.entered_by_id for row in shown if row.entered_by_id is not None})
    found = [EntryShown(row, people.get(row.entered_by_id or 0), _replaced(row)) for row in shown]
    return found, shown[-1].seq if len(rows) > ENTRIES_SHOWN else None


def get_entry(county_id: int, seq: int) -> EntryShown:
    """One entry with its text as it was pasted; NotFound otherwise."""
    row = db.session.scalar(select(CalendarNotice).where(CalendarNotice.county_id == county_id, CalendarNotice.seq == seq))
    if row is None:
        raise NotFound(str(seq))
    by = accounts.accounts_by_id({row.entered_by_id}) if row.entered_by_id is not None else {}
    return EntryShown(row, by.get(row.entered_by_id or 0), _replaced(row))


def _replaced(row: CalendarNotice) -> int | None:
    if row.kind != "yearly":
        return None
    later = select(func.min(CalendarNotice.seq)).where(
        CalendarNotice.county_id == row.county_id,
        CalendarNotice.year == row.year,
        CalendarNotice.kind == row.kind,
        CalendarNotice.seq > row.seq,
    )
    return db.session.scalar(later)


def versions_named(version_ids: Iterable[int]) -> dict[int, ItemVersion]:
    """The versions of items by id, for their names."""
    ids = list(version_ids)
    return {row.id: row for row in db.session.scalars(select(ItemVersion).where(ItemVersion.id.in_(ids)))} if ids else {}


def is_year(year: int) -> bool:
    """Does any calendar speak of this year?"""
    return FIRST_YEAR <= year <= LAST_DAY.year
