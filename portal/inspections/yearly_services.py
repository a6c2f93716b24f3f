"""Yearly plans of bodies: from a file as the next edition, published by the head of the body (Q-10).

A line has body, matter, kind, share, number and months. Enterprise and day have no column, so a file that has them is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select

from portal.accounts.queries import SignedIn
from portal.audit import Actor, record
from portal.authority import queries as authority_queries
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.imports import Column, Outcome, Row, RowFault, RowReader, Table, Why, plain, shown
from portal.inspections import plan_queries
from portal.inspections.plan_models import InspectionMatter, YearlyPlan, YearlyPlanLine
from portal.network import queries as network
from portal.network.models import Body
from portal.rules import inspection_plans as rules
from portal.rules.moments import civil_date
from portal.rules.quiet_days import Kind

COLUMNS = (
    Column("year", "年度", "年度", must=True),
    Column("body", "检查主体", "檢查主體", must=True),
    Column("matter", "事项编码", "事項編碼", must=True),
    Column("inspection_kind", "检查类别", "檢查類別", must=True),
    Column("share", "抽查比例", "抽查比例", must=True),
    Column("number", "检查户次", "檢查戶次", must=True),
    Column("months", "检查月份", "檢查月份", must=True),
)
KINDS = {
    "routine": Kind.ROUTINE, "日常": Kind.ROUTINE, "日常检查": Kind.ROUTINE, "日常檢查": Kind.ROUTINE,
    "individual": Kind.INDIVIDUAL, "个案": Kind.INDIVIDUAL, "个案检查": Kind.INDIVIDUAL, "個案": Kind.INDIVIDUAL, "個案檢查": Kind.INDIVIDUAL,
    "special": Kind.SPECIAL, "专项": Kind.SPECIAL, "专项检查": Kind.SPECIAL, "專項": Kind.SPECIAL, "專項檢查": Kind.SPECIAL,
}  # fmt: skip
_SHARE = re.compile(r"(\d{1,3})(?:\.(\d))?\d*%?")
_MOST_VISITS = 100000


class _NotKept(Exception):
    """Ends the transaction with nothing written."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class _Line:
    body_id: int
    year: int
    matter_id: int
    kind: Kind
    share_tenths: int
    number: int
    months: str


def import_yearly(table: Table, *, is_trial: bool, actor: Actor, clock: Clock, once: Once | None = None) -> Outcome:
    """Take the yearly plans of a file as the next edition of each body and year; one with the same lines is left as it is.

    With a fault nothing is kept. A trial does the same and keeps nothing. What is taken shows outside only when the head publishes it.
    """
    try:
        with transaction(clock=clock, once=None if is_trial else once) as tx:
            wanted, faults = _read_all(tx, actor.county_id, table)
            codes = {row.id: row.code for row in tx.session.scalars(select(Body).where(Body.county_id == actor.county_id))}
            tx.lock(select(Body).where(Body.id.in_(sorted({body_id for body_id, _year in wanted})), Body.county_id == actor.county_id))
            new: list[tuple[int, int]] = []
            unchanged: list[tuple[int, int]] = []
            for (body_id, year), lines in sorted(wanted.items()):
                (unchanged if _stands(body_id, year, lines) else new).append((body_id, year))
            names = [tuple(f"{codes[body_id]} {year}" for body_id, year in group) for group in (new, unchanged)]
            if faults or is_trial:
                raise _NotKept(Outcome(len(table.rows), names[0], names[1], tuple(faults)))
            for body_id, year in new:
                _write(tx, actor, body_id, year, wanted[body_id, year], codes[body_id])
            tx.result = "/inspections/yearly"
            return Outcome(len(table.rows), names[0], names[1], is_kept=True)
    except _NotKept as end:
        return end.outcome


def _stands(body_id: int, year: int, lines: list[_Line]) -> bool:
    """Does the latest edition say the same?"""
    editions = plan_queries.editions_of(body_id, year)
    if not editions:
        return False
    stored = plan_queries.lines_of(editions[-1].id)
    said = [(row.matter_id, row.kind, row.share_tenths, row.number, row.months) for row in stored]
    return said == [(line.matter_id, line.kind.value, line.share_tenths, line.number, line.months) for line in lines]


def _write(tx: Transaction, actor: Actor, body_id: int, year: int, lines: list[_Line], code: str) -> None:
    edition = len(plan_queries.editions_of(body_id, year)) + 1
    plan = YearlyPlan(
        county_id=actor.county_id, body_id=body_id, year=year, edition=edition, imported_at=tx.now, imported_by_id=actor.account_id
    )
    tx.session.add(plan)
    tx.session.flush()
    for seq, line in enumerate(lines, 1):
        tx.session.add(
            YearlyPlanLine(
                county_id=actor.county_id, yearly_plan_id=plan.id, seq=seq, matter_id=line.matter_id, kind=line.kind.value,
                share_tenths=line.share_tenths, number=line.number, months=line.months,
            )
        )  # fmt: skip
    tx.session.flush()
    record(tx, actor, "yearly_plan.import", f"yearly_plan:{code}-{year}", edition=edition, lines=len(lines))


def _read_all(tx: Transaction, county_id: int, table: Table) -> tuple[dict[tuple[int, int], list[_Line]], list[RowFault]]:
    bodies = {body.code: body.id for body in tx.session.scalars(select(Body).where(Body.county_id == county_id))}
    matters = list(tx.session.scalars(select(InspectionMatter).where(InspectionMatter.county_id == county_id).order_by(InspectionMatter.from_on)))
    faults = list(table.faults)
    wanted: dict[tuple[int, int], list[_Line]] = {}
    lines: dict[tuple[int, int, str, str], int] = {}
    for row in table.rows:
        found = _read(row, bodies, matters, lines, faults)
        if found is not None:
            wanted.setdefault((found.body_id, found.year), []).append(found)
    faults.sort(key=lambda fault: fault.line)
    return wanted, faults


def _read(
    row: Row, bodies: dict[str, int], matters: list[InspectionMatter], lines: dict[tuple[int, int, str, str], int], faults: list[RowFault]
) -> _Line | None:
    """A line of a yearly plan; None where something is wrong with it, which is noted."""
    cell = RowReader(row, faults)
    year_text, body_code = cell.text("year", 10, must=True).removesuffix("年"), cell.text("body", 20, must=True)
    year = int(year_text) if year_text.isascii() and year_text.isdigit() and len(year_text) == 4 else 0
    if year_text and not 2019 <= year <= 2100:
        cell.wrong("year", Why.NOT_UNDERSTOOD, text=shown(year_text))
    if body_code and body_code not in bodies:
        cell.wrong("body", Why.UNKNOWN, text=shown(body_code))
    body_id, code = bodies.get(body_code, 0), cell.text("matter", 40, must=True)
    matter = next((each for each in reversed(matters) if each.code == code and each.body_id == body_id and _holds_in(each, year)), None)
    if code and body_id and year and matter is None:
        cell.wrong("matter", Why.UNKNOWN, text=shown(code))
    kind_text = cell.text("inspection_kind", 20, must=True)
    kind = KINDS.get(plain(kind_text))
    if kind_text and kind is None:
        cell.wrong("inspection_kind", Why.NOT_UNDERSTOOD, text=shown(kind_text))
    share, number = _share(cell), _number(cell)
    months = _months(cell)
    if not cell.is_fine or matter is None or kind is None or share is None or number is None:
        return None
    key = (body_id, year, code, kind.value)
    if key in lines:
        cell.wrong("matter", Why.TWICE, text=code, line=lines[key])
        return None
    lines[key] = row.line
    return _Line(body_id, year, matter.id, kind, share, number, months)


def _holds_in(matter: InspectionMatter, year: int) -> bool:
    return matter.from_on.year <= year and (matter.until_on is None or matter.until_on.year >= year)


def _share(cell: RowReader) -> int | None:
    """Tenths of a percent of `5%`, `5`, `2.5`; a spreadsheet's 0.05 under a format of percent is not guessed at."""
    text = cell.text("share", 20, must=True).replace("％", "%")
    found = _SHARE.fullmatch(text)
    tenths = int(found[1]) * 10 + int(found[2] or 0) if found else -1
    if text and not 0 < tenths <= 1000:
        cell.wrong("share", Why.NOT_UNDERSTOOD, text=shown(text))
        return None
    return tenths if found else None


def _number(cell: RowReader) -> int | None:
    text = cell.text("number", 20, must=True)
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else -1
    if text and not 0 < number <= _MOST_VISITS:
        cell.wrong("number", Why.NOT_UNDERSTOOD, text=shown(text))
        return None
    return number


def _months(cell: RowReader) -> str:
    """`3,6,11`; also `3-5`, `3月、6月`."""
    found: set[int] = set()
    text = cell.text("months", 60, must=True)
    for part in cell.several("months"):
        first, _dash, last = part.replace("月", "").replace("—", "-").replace("至", "-").partition("-")
        ends = [int(each) if each.isascii() and each.isdigit() and len(each) <= 2 else 0 for each in (first, last or first)]
        if not 1 <= ends[0] <= ends[1] <= 12:
            cell.wrong("months", Why.NOT_UNDERSTOOD, text=shown(text))
            return ""
        found |= set(range(ends[0], ends[1] + 1))
    return ",".join(str(month) for month in sorted(found))


def publish_yearly(
    body_code: str, year: int, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None
) -> None:  # fmt: skip
    """The head of the body publishes, and so files, the latest edition. NotFound where there is none, Stale where a later one came in."""
    with transaction(clock=clock, once=once) as tx:
        body = network.body_by_code(actor.county_id, body_code)
        tx.lock(select(Body).where(Body.id == body.id))
        rows = tx.lock(select(YearlyPlan).where(YearlyPlan.body_id == body.id, YearlyPlan.year == year).order_by(YearlyPlan.edition))
        if not rows:
            raise NotFound(f"yearly plan {body_code} {year}")
        plan: YearlyPlan = rows[-1]
        if plan.edition != version:
            raise Stale(plan.edition)
        permission = rules.may_publish_yearly(
            body.id, authority_queries.offices_of(actor.account_id, civil_date(tx.now)), is_published=plan.published_at is not None,
            lines=len(plan_queries.lines_of(plan.id)),
        ).or_raise()  # fmt: skip
        assert permission.by is not None
        plan.published_at, plan.published_by_id, plan.office_id = tx.now, actor.account_id, permission.by.office
        tx.session.flush()
        record(tx, actor.actor, "yearly_plan.publish", f"yearly_plan:{body_code}-{year}", edition=plan.edition, office=plan.office_id)
        tx.result = f"/inspections/yearly/{body_code}/{year}"
