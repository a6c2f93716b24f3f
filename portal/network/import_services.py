"""Windows from a file: the whole of it or nothing, and safe to repeat (N-2, N-5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.audit import Actor
from portal.clock import Clock
from portal.database import Once, Transaction, transaction
from portal.imports import Column, Outcome, Row, RowFault, RowReader, Table, Why, shown
from portal.network import services
from portal.network.models import Body, ServicePoint, Window, WindowBody
from portal.rules.texts import Text

COLUMNS = (
    Column("code", "窗口编码", "窗口編碼", must=True),
    Column("point", "网点编码", "網點編碼", must=True),
    Column("name", "名称", "名稱", must=True),
    Column("name_hant", "繁体名称", "繁體名稱"),
    Column("name_en", "英文名称", "英文名稱"),
    Column("general", "综合窗口", "綜合窗口"),
    Column("bodies", "服务部门", "服務部門", must=True),
    Column("from_on", "启用日期", "啟用日期", must=True),
    Column("until_on", "停用日期", "停用日期"),
)
MOST_NEW = 1000  # the import holds up other writers, so it must be short
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")


class _NotKept(Exception):
    """Ends the transaction with nothing written."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class _Window:
    """A window as the file and the database both say it; bodies by code."""

    code: str
    point: str
    names: Text
    is_general: bool
    bodies: frozenset[str]
    from_on: date
    until_on: date | None

    def other_than(self, known: _Window) -> list[str]:
        """The columns in which they differ."""
        mine, theirs = _said(self), _said(known)
        return [column for column in mine if mine[column] != theirs[column]]


def _said(one: _Window) -> dict[str, object]:
    return {
        "point": one.point, "name": one.names.hans, "name_hant": one.names.hant, "name_en": one.names.en, "general": one.is_general,
        "bodies": one.bodies, "from_on": one.from_on, "until_on": one.until_on,
    }  # fmt: skip


def import_windows(table: Table, *, is_trial: bool, actor: Actor, clock: Clock, once: Once | None = None) -> Outcome:
    """Add the windows of a file; one that is there already with the same content is left as it is. With a fault nothing is kept.

    A trial does the same and keeps nothing, so what it says is what the import meets.
    """
    try:
        return _once(table, is_trial, actor, clock, once)
    except IntegrityError:  # somebody else added one of them in the meantime: it is there now
        return _once(table, is_trial, actor, clock, once)


def _once(table: Table, is_trial: bool, actor: Actor, clock: Clock, once: Once | None) -> Outcome:
    try:
        with transaction(clock=clock, once=None if is_trial else once) as tx:
            new, unchanged, faults = _sorted(tx, actor.county_id, table)
            codes = tuple(one.code for one in new)
            if faults or is_trial:
                raise _NotKept(Outcome(len(table.rows), codes, tuple(unchanged), tuple(faults)))
            for one in new:
                services.add_window(
                    actor.county_id, code=one.code, point_code=one.point, names=one.names, is_general=one.is_general, bodies=sorted(one.bodies),
                    from_on=one.from_on, until_on=one.until_on, actor=actor, clock=clock,
                )  # fmt: skip
            tx.result = "/manage/import"
            return Outcome(len(table.rows), codes, tuple(unchanged), is_kept=True)
    except _NotKept as end:
        return end.outcome


def _sorted(tx: Transaction, county_id: int, table: Table) -> tuple[list[_Window], list[str], list[RowFault]]:
    """The rows that are new, the codes that are there already, and every fault, by line."""
    points = set(tx.session.scalars(select(ServicePoint.code).where(ServicePoint.county_id == county_id)))
    bodies = set(tx.session.scalars(select(Body.code).where(Body.county_id == county_id)))
    known = _known(tx, county_id)
    faults = list(table.faults)
    new: list[_Window] = []
    unchanged: list[str] = []
    lines: dict[str, int] = {}
    for row in table.rows:
        found = _read(row, points, bodies, lines, faults)
        if found is None:
            continue
        there = known.get(found.code)
        if there is None:
            new.append(found)
            if len(new) == MOST_NEW + 1:
                faults.append(RowFault(row.line, "", Why.TOO_MANY_ROWS, {"most": MOST_NEW}))
        elif other := found.other_than(there):
            faults.append(RowFault(row.line, "code", Why.OTHER_CONTENT, {"code": found.code, "columns": other}))
        else:
            unchanged.append(found.code)
    faults.sort(key=lambda fault: fault.line)
    return new, unchanged, faults


def _known(tx: Transaction, county_id: int) -> dict[str, _Window]:
    served: dict[int, set[str]] = {}
    query = select(WindowBody.window_id, Body.code).join(Body, Body.id == WindowBody.body_id).where(WindowBody.county_id == county_id)
    for window_id, code in tx.session.execute(query):
        served.setdefault(window_id, set()).add(code)
    rows = select(Window, ServicePoint.code).join(ServicePoint, ServicePoint.id == Window.point_id).where(Window.county_id == county_id)
    return {
        row.code: _Window(
            row.code, point, Text(row.name, row.name_hant, row.name_en), row.is_general, frozenset(served.get(row.id, ())), row.from_on, row.until_on
        )
        for row, point in tx.session.execute(rows)
    }  # fmt: skip


def _read(row: Row, points: set[str], bodies: set[str], lines: dict[str, int], faults: list[RowFault]) -> _Window | None:
    """The window that a row says; None where something is wrong with it, which is noted."""
    cell = RowReader(row, faults)
    code = cell.text("code", 40, must=True)
    if code and not CODE.fullmatch(code):
        cell.wrong("code", Why.NOT_A_CODE, text=shown(code))
    elif code and code in lines:
        cell.wrong("code", Why.TWICE, text=code, line=lines[code])
    lines.setdefault(code, row.line)
    point = cell.text("point", 40, must=True)
    if point and point not in points:
        cell.wrong("point", Why.UNKNOWN, text=shown(point))
    names = Text(cell.text("name", 200, must=True), cell.text("name_hant", 200), cell.text("name_en", 300))
    is_general = cell.yes("general")
    served = cell.several("bodies")
    if not served and "bodies" not in row.spoilt:
        cell.wrong("bodies", Why.MISSING)
    for body in served:
        if body not in bodies:
            cell.wrong("bodies", Why.UNKNOWN, text=shown(body))
    if len(served) > 1 and not is_general:
        cell.wrong("general", Why.ONE_BODY_ONLY)
    from_on, until_on = cell.day("from_on", must=True), cell.day("until_on")
    if from_on and until_on and until_on < from_on:
        cell.wrong("until_on", Why.REVERSED, from_on=from_on, until_on=until_on)
    if not cell.is_fine or from_on is None:
        return None
    return _Window(code, point, names, is_general, frozenset(served), from_on, until_on)
