"""The days of yearly notices from a file: whole years or nothing, and safe to repeat (C-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select

from portal.audit import Actor
from portal.clock import Clock
from portal.database import Once, Transaction, transaction
from portal.imports import Column, Outcome, Row, RowFault, RowReader, Table, Why, shown
from portal.network import services
from portal.network.models import CalendarDay, CalendarYear
from portal.network.services import TypedDay
from portal.rules.holiday_notice import DAYS_BEFORE, FESTIVALS, LAW_SINCE
from portal.rules.texts import Text
from portal.rules.working_days import FIRST_YEAR, DayKind, statutory_days_off

COLUMNS = (
    Column("year_notice", "通知年份", "通知年份", must=True),
    Column("notice", "通知文号", "通知文號", must=True),
    Column("day", "日期", "日期", must=True),
    Column("kind", "类型", "類型", must=True),
    Column("name", "名称", "名稱", must=True),
    Column("name_hant", "繁体名称", "繁體名稱"),
    Column("name_en", "英文名称", "英文名稱"),
    Column("source", "来源网址", "來源網址"),
)
KINDS: Mapping[str, str] = {
    **dict.fromkeys(("holiday", "放假", "休息", "节假日", "節假日"), DayKind.HOLIDAY.value),
    **dict.fromkeys(("moved_workday", "上班", "调休上班", "調休上班", "补班", "補班"), DayKind.MOVED_WORKDAY.value),
}
LAST_YEAR = 2100


class _NotKept(Exception):
    """Ends the transaction with nothing written."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(slots=True)
class _Year:
    """The rows of one notice: number and source as its first row says them, and the days."""

    line: int
    notice: str
    source: str
    days: list[TypedDay] = field(default_factory=list)


def import_calendar(table: Table, *, is_trial: bool, actor: Actor, clock: Clock, once: Once | None = None) -> Outcome:
    """Enter the notices that a file holds, each year whole: a day of that year which the file does not name is no longer typed.

    `new` names the days that are new, of another kind or (with − before them) gone; a year that stands there already with the same notice
    is left as it is. Open cases are projected anew as by the page. A trial does the same and keeps nothing.
    """
    try:
        with transaction(clock=clock, once=None if is_trial else once) as tx:
            tx.lock(select(CalendarYear).where(CalendarYear.county_id == actor.county_id).order_by(CalendarYear.id))
            typed = {row.day_on: row for row in tx.session.scalars(select(CalendarDay).where(CalendarDay.county_id == actor.county_id))}
            years, faults = _years(table, typed)
            new: list[str] = []
            unchanged: list[str] = []
            other: list[tuple[int, _Year]] = []
            for year, told in sorted(years.items()):
                days = {each.day: each.kind.value for each in told.days}
                same = [day for day in sorted(days) if day in typed and typed[day].kind == days[day]]
                gone = sorted(day for day, row in typed.items() if row.notice_year == year and day not in days)
                moved = [day.isoformat() for day in sorted(days.keys() - set(same))] + [f"−{day.isoformat()}" for day in gone]
                new += moved
                unchanged += [day.isoformat() for day in same]
                if not _is_entered(tx, actor.county_id, year, told) or moved:
                    other.append((year, told))
            if faults or is_trial:
                raise _NotKept(Outcome(len(table.rows), tuple(new), tuple(unchanged), tuple(sorted(faults, key=lambda fault: fault.line))))
            for year, told in other:
                services.enter_calendar_year(
                    actor.county_id, year, notice=told.notice, source=told.source, days=told.days, actor=actor, clock=clock
                )
            tx.result = "/manage/calendar"
            return Outcome(len(table.rows), tuple(new), tuple(unchanged), is_kept=True)
    except _NotKept as end:
        return end.outcome


def _is_entered(tx: Transaction, county_id: int, year: int, told: _Year) -> bool:
    """Whether the year stands there under this notice; a source that the file does not name is kept."""
    entered = tx.session.scalar(select(CalendarYear).where(CalendarYear.county_id == county_id, CalendarYear.year == year))
    if entered is None:
        return False
    told.source = told.source or entered.source
    return (entered.notice, entered.source) == (told.notice, told.source)


def _years(table: Table, typed: Mapping[date, CalendarDay]) -> tuple[dict[int, _Year], list[RowFault]]:
    """year → its notice, and every fault of the file. A year without a day that the law gives off is not whole: it would end the others."""
    faults = list(table.faults)
    years: dict[int, _Year] = {}
    lines: dict[date, int] = {}
    for row in table.rows:
        cell = RowReader(row, faults)
        year = _year(cell)
        notice, source = cell.text("notice", 200, must=True), cell.text("source", 200)
        kind = cell.word("kind", KINDS, must=True)
        names = _names(row, cell)
        day = cell.day("day", must=True)
        if day is not None and year is not None:
            there = typed.get(day)
            if not date(year, 1, 1) - timedelta(days=DAYS_BEFORE) <= day <= date(year, 12, 31):
                cell.wrong("day", Why.NOT_OF_YEAR, day=day, year=year)
            elif kind == DayKind.MOVED_WORKDAY and day.weekday() < 5:
                cell.wrong("kind", Why.WORKED_ON_WEEKDAY, day=day)
            elif day in lines:
                cell.wrong("day", Why.TWICE, text=day.isoformat(), line=lines[day])
            elif there is not None and there.notice_year != year and (there.kind == DayKind.MOVED_WORKDAY) != (kind == DayKind.MOVED_WORKDAY):
                cell.wrong("day", Why.OTHER_NOTICE, day=day, notice=there.notice)
            lines.setdefault(day, row.line)
        if year is None:
            continue
        of = years.setdefault(year, _Year(row.line, notice, source))
        for column, said, first in (("notice", notice, of.notice), ("source", source, of.source)):
            if said and said != first:
                cell.wrong(column, Why.OTHER_IN_YEAR, line=of.line)
        if cell.is_fine and day is not None and names is not None:
            of.days.append(TypedDay(day, DayKind(kind), names))
    if not faults:
        for year, told in years.items():
            off = {each.day for each in told.days if each.kind is DayKind.HOLIDAY}
            silent = sorted(statutory_days_off(year) - off) if year >= LAW_SINCE else []
            faults += [RowFault(told.line, "day", Why.STATUTORY_MISSING, {"day": day}) for day in silent]
    return years, faults


def _year(cell: RowReader) -> int | None:
    text = cell.text("year_notice", 10, must=True)
    year = int(text.removesuffix(".0")) if text.removesuffix(".0").isdecimal() and text.isascii() else 0
    if text and not FIRST_YEAR <= year <= LAST_YEAR:
        cell.wrong("year_notice", Why.NOT_A_YEAR, text=shown(text), first=FIRST_YEAR, last=LAST_YEAR)
        return None
    return year or None


def _names(row: Row, cell: RowReader) -> Text | None:
    """What a day is called in three languages; of a festival the other two are known."""
    name, hant, english = cell.text("name", 200, must=True), cell.text("name_hant", 200), cell.text("name_en", 300)
    festival = FESTIVALS.get(name)
    if festival is not None:
        return Text(name, hant or festival.hant, english or festival.en)
    for column, text in (("name_hant", hant), ("name_en", english)):
        if name and not text and column not in row.spoilt:
            cell.wrong(column, Why.MISSING)
    return Text(name, hant, english) if name and hant and english else None
