"""Entering the yearly notice and days by regional law: first a trial that says what changes and which open cases move, then the entry (C-4).

The trial writes nothing and keeps no more than one batch of cases in memory; what it says is what the entry meets, since both read the same
text with the same rule and project with the same calendar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select

from portal.audit import Actor
from portal.authority import queries as authority_queries
from portal.cases import queries
from portal.cases.models import Case, CaseEvent
from portal.cases.projections import projected
from portal.catalogue.models import ItemVersion
from portal.clock import Clock
from portal.database import Once, Stale, Transaction, db, transaction
from portal.network import queries as network
from portal.network import services as network_services
from portal.network.models import CalendarDay, CalendarYear
from portal.network.services import TypedDay
from portal.rules import projection
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.holiday_notice import DAYS_BEFORE, Fault, Notice, Why, may_be_regional, may_enter, read_notice
from portal.rules.lifecycle import CaseTerms
from portal.rules.moments import civil_date, end_of
from portal.rules.working_days import Calendar, DayKind, DayWhy

BATCH = 200  # so many cases are in memory at once
SHOWN = 25  # so many moved cases stand on a page of the preview
MOST_TERMS = 2000

# the columns that a page calls by name, in the order in which they are shown
CLOCKS = ("acceptance_due_on", "promised_due_on", "statutory_due_on", "supplement_due_on", "undertaking_due_on")
OTHERS = ("yellow_on", "red_on", "overdue_on", "law_on", "law_closes_on", "stopped_until", "urgent_until", "sort_on")


class NoticeRefused(Exception):
    """The notice says something that cannot be entered; `faults` name it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(fault.why for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class NoticeText:
    """The notice as it is entered: for which year, its number, where it was published, and its text."""

    year: int
    number: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class DayMoved:
    """A day that counts otherwise than before, or for another reason."""

    day: date
    before: DayWhy
    after: DayWhy

    @property
    def is_counted_otherwise(self) -> bool:
        return self.before.is_counted is not self.after.is_counted


@dataclass(frozen=True, slots=True)
class Change:
    """What an entry would change: the calendar as it would be, and the days that would differ."""

    calendar: Calendar
    days: tuple[DayMoved, ...]
    becomes_certain: int | None = None  # the year that has no notice yet
    notice: Notice | None = None

    @property
    def counted(self) -> list[DayMoved]:
        """The days that become worked or cease to be."""
        return [each for each in self.days if each.is_counted_otherwise]


@dataclass(frozen=True, slots=True)
class DateMoved:
    """One date of a case, by the name of its column, before and after."""

    clock: str
    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True)
class CaseMoved:
    id: int
    number: str
    version_id: int
    dates: tuple[DateMoved, ...]


@dataclass(slots=True)
class Moved:
    """How many open cases an entry moves, how many it makes certain, and a page of those that move."""

    number: int = 0
    certain: int = 0
    rows: list[CaseMoved] = field(default_factory=list)
    more_after: int | None = None


# --- what would change ----------------------------------------------------------------------------------------------------------


def change_by_notice(county_id: int, entry: NoticeText) -> Change:
    """What this notice would change; NoticeRefused with every fault of its text, and where it contradicts what else is entered."""
    notice = read_notice(entry.text, entry.year)
    rows = _rows(county_id)
    faults = list(notice.faults)
    for each in notice.days:
        stored = rows.get(each.day)
        other = stored is not None and stored.notice_year != entry.year
        if stored is not None and other and (stored.kind == DayKind.MOVED_WORKDAY) != (each.kind is DayKind.MOVED_WORKDAY):
            faults.append(Fault(each.line, Why.CONTRADICTS, facts={"day": each.day, "notice": stored.notice}))
    if faults:
        raise NoticeRefused(faults)
    kinds = {day: DayKind(row.kind) for day, row in rows.items() if row.notice_year != entry.year}
    for each in notice.days:
        kinds.setdefault(each.day, each.kind)
    before = network.calendar_of(county_id)
    after = Calendar.of(kinds.items(), before.covered | {entry.year})
    first = max(date(entry.year, 1, 1) - timedelta(days=DAYS_BEFORE), date(max(before.first_year, after.first_year), 1, 1))
    certain = None if entry.year in before.covered else entry.year
    return Change(after, _days(before, after, first, date(entry.year, 12, 31)), certain, notice)


def change_by_day(county_id: int, typed: TypedDay, source: str) -> Change:
    """What a day off by regional law would change; NotAllowed where the rule says no."""
    rows = _rows(county_id)
    stored = rows.get(typed.day)
    may_be_regional(typed.day, None if stored is None else DayKind(stored.kind), source, typed.names).or_raise()
    before = network.calendar_of(county_id)
    kinds = {day: DayKind(row.kind) for day, row in rows.items()} | {typed.day: DayKind.REGIONAL_HOLIDAY}
    after = Calendar.of(kinds.items(), before.covered)
    return Change(after, _days(before, after, typed.day, typed.day))


def _rows(county_id: int) -> dict[date, Any]:
    query = select(CalendarDay.day_on, CalendarDay.kind, CalendarDay.notice, CalendarDay.notice_year).where(
        CalendarDay.county_id == county_id
    )
    return {row.day_on: row for row in db.session.execute(query)}


def _days(before: Calendar, after: Calendar, first: date, last: date) -> tuple[DayMoved, ...]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    found = (DayMoved(day, before.why(day), after.why(day)) for day in days)
    return tuple(each for each in found if each.before is not each.after)


def moved_by(county_id: int, change: Change, *, after: int | None = None) -> Moved:
    """The open cases whose stored dates the entry would move: how many, and those after a case (by id), a page of them."""
    moved = Moved()
    days = [each.day for each in change.counted]
    if not days and change.becomes_certain is None:
        return moved
    for case, events, terms in _open_cases(county_id, days):
        now = projected(projection.project(events, terms, change.calendar))
        dates = _differences(case, now)
        if dates:
            moved.number += 1
            if case.id > (after or 0) and len(moved.rows) < SHOWN:
                moved.rows.append(CaseMoved(case.id, case.number, case.version_id, dates))
            elif moved.rows and case.id > moved.rows[-1].id:
                moved.more_after = moved.rows[-1].id
        moved.certain += case.is_provisional and not now["is_provisional"]
    return moved


def _differences(case: Case, now: dict[str, Any]) -> tuple[DateMoved, ...]:
    """The dates of the clocks that differ; where none does, the warning or the place in the worklist that does."""
    for names in (CLOCKS, OTHERS):
        found = tuple(DateMoved(name, getattr(case, name), now[name]) for name in names if getattr(case, name) != now[name])
        if found:
            return found
    return ()


def _open_cases(county_id: int, days: Sequence[date]) -> Iterator[tuple[Case, list[Any], CaseTerms]]:
    """Open cases that these days, or a year that becomes certain, can touch, with what their projection needs; a batch at a time."""
    touched = [Case.is_provisional.is_(True)]
    if days:
        touched += [getattr(Case, name) >= min(days) for name in (*CLOCKS, *OTHERS)]
    query = select(Case).where(Case.county_id == county_id, Case.is_open.is_(True), or_(*touched))
    if days:
        query = query.where(or_(Case.is_provisional.is_(True), Case.collected_at < end_of(max(days))))
    terms: dict[tuple[int, date], CaseTerms] = {}
    last = 0
    while True:
        cases = list(db.session.scalars(query.where(Case.id > last).order_by(Case.id).limit(BATCH)))
        if not cases:
            return
        last = cases[-1].id
        events: dict[int, list[Any]] = {case.id: [] for case in cases}
        rows = select(CaseEvent).where(CaseEvent.case_id.in_(list(events))).order_by(CaseEvent.case_id, CaseEvent.seq)
        for row in db.session.scalars(rows):
            events[row.case_id].append(queries.event_of(row))
            db.session.expunge(row)
        for case in cases:
            key = (case.version_id, civil_date(case.collected_at))
            if key not in terms:
                if len(terms) >= MOST_TERMS:
                    terms.clear()
                version = db.session.get_one(ItemVersion, case.version_id)
                item = authority_queries.item_terms(county_id, [version.id])[version.id]
                terms[key] = queries.terms_of(county_id, version, item, key[1])
            yield case, events.pop(case.id), terms[key]
            db.session.expunge(case)


# --- the entries ----------------------------------------------------------------------------------------------------------------


def may_enter_now(account_id: int | None, today: date) -> Decision:
    """May this person enter days today? The same answer draws the buttons."""
    return (
        Decision.no(Reason.NOT_COUNTY_MANAGER, rule="C-4")
        if account_id is None
        else may_enter(authority_queries.offices_of(account_id, today))
    )


def _begin(tx: Transaction, county_id: int, version: int, actor: Actor) -> None:
    """One enters at a time, from the calendar that was seen; Stale or NotAllowed otherwise."""
    tx.lock(select(CalendarYear).where(CalendarYear.county_id == county_id).order_by(CalendarYear.id))
    decision = may_enter_now(actor.account_id, civil_date(tx.now))
    if not decision:
        raise NotAllowed(decision)
    current = network.calendar_version(county_id)
    if current != version:
        raise Stale(current)


def enter_notice(entry: NoticeText, *, version: int, actor: Actor, clock: Clock, once: Once | None = None) -> int:
    """Enter the notice of a year in place of what was entered for it; every open case is projected anew. How many days were new, other or gone.

    NoticeRefused with every fault of its text; nothing is written then.
    """
    with transaction(clock=clock, once=once) as tx:
        _begin(tx, actor.county_id, version, actor)
        notice = change_by_notice(actor.county_id, entry).notice
        assert notice is not None
        tx.result = f"/manage/calendar?year={entry.year}"
        return network_services.enter_calendar_year(
            actor.county_id, entry.year, notice=entry.number, source=entry.source, text=entry.text,
            days=[TypedDay(each.day, each.kind, each.names) for each in notice.days], actor=actor, clock=clock,
        )  # fmt: skip


def enter_regional_day(typed: TypedDay, source: str, *, version: int, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """Enter a day off by regional law; every open case is projected anew."""
    with transaction(clock=clock, once=once) as tx:
        _begin(tx, actor.county_id, version, actor)
        tx.result = f"/manage/calendar?year={typed.day.year}"
        network_services.enter_regional_day(actor.county_id, typed, source=source, actor=actor, clock=clock)


def end_regional_day(day: date, source: str, *, version: int, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """Take a day off by regional law out again, with the reason; every open case is projected anew."""
    with transaction(clock=clock, once=once) as tx:
        _begin(tx, actor.county_id, version, actor)
        tx.result = f"/manage/calendar?year={day.year}"
        network_services.end_regional_day(actor.county_id, day, source=source, actor=actor, clock=clock)
