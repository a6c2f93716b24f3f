"""Numbered paper sheets: what was issued where, what became of it, and the share of a point's cases that came from paper (C-29)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case as sql_case
from sqlalchemy import func, select

from portal.accounts.queries import SignedIn
from portal.cases.models import Case
from portal.cases.sheet_models import IntakeCount, PaperSheet, SheetBlock, SheetPhoto
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import ServicePoint
from portal.rules import paper_sheets
from portal.rules.moments import civil_date
from portal.rules.paper_sheets import Rest, SheetNow, SheetNumber

POINTS_A_PAGE = 40
BLOCKS_A_PAGE = 10
SHEETS_A_PAGE = 25
SEES_ALL = frozenset({"manager", "center", "supervisor", "auditor", "leader", "dept_head"})


# --- facts for the rules ----------------------------------------------------------------------------------------------------------


def block_of(county_id: int, number: SheetNumber | None) -> SheetBlock | None:
    """The block that a number was issued in; None where it was not."""
    if number is None:
        return None
    query = select(SheetBlock).where(
        SheetBlock.county_id == county_id,
        SheetBlock.year == number.year,
        SheetBlock.first <= number.serial,
        SheetBlock.last >= number.serial,
    )
    return db.session.scalar(query)


def sheet_now(county_id: int, number: SheetNumber | None) -> SheetNow | None:
    """What the rules know of a number; None where it was not issued."""
    block = block_of(county_id, number)
    if block is None or number is None:
        return None
    query = select(PaperSheet).where(PaperSheet.county_id == county_id, PaperSheet.year == number.year, PaperSheet.serial == number.serial)
    row = db.session.scalar(query)
    is_used = row is not None and row.case_id is not None
    return SheetNow(number, block.point_id, block.issued_at, is_used=is_used, is_cancelled=row is not None and not is_used)


# --- one block, one point ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BlockShown:
    """A block with the numbers of which nothing has become."""

    row: SheetBlock
    rest: Rest

    def number(self, serial: int) -> str:
        return str(SheetNumber(self.row.year, serial))

    @property
    def first(self) -> str:
        return self.number(self.row.first)

    @property
    def last(self) -> str:
        return self.number(self.row.last)

    @property
    def passed_over(self) -> list[str]:
        return [self.number(serial) for serial in self.rest.passed_over]

    @property
    def blank(self) -> tuple[str, str] | None:
        """The first and the last number that are still blank."""
        return (self.number(self.rest.blank[0]), self.number(self.rest.blank[-1])) if self.rest.blank else None


@dataclass(frozen=True, slots=True)
class SheetShown:
    """A number of which something has become; `case` None where it was cancelled."""

    row: PaperSheet
    case: Case | None
    has_photo: bool

    @property
    def number(self) -> str:
        return str(SheetNumber(self.row.year, self.row.serial))


def get_block_for(person: SignedIn, block_id: int) -> tuple[SheetBlock, ServicePoint]:
    """A block to print, for those who issue and oversee, and for whoever works at its point; NotFound otherwise (C-29)."""
    query = select(SheetBlock).where(SheetBlock.county_id == person.county_id, SheetBlock.id == block_id)
    row = db.session.scalar(query)
    if row is None or not (person.role in SEES_ALL or row.point_id in person.point_ids):
        raise NotFound(f"sheet block {block_id}")
    return row, db.session.get_one(ServicePoint, row.point_id)


def _shown(blocks: Sequence[SheetBlock]) -> list[BlockShown]:
    taken: dict[int, set[int]] = {block.id: set() for block in blocks}
    for block_id, serial in db.session.execute(select(PaperSheet.block_id, PaperSheet.serial).where(PaperSheet.block_id.in_(list(taken)))):
        taken[block_id].add(serial)
    return [BlockShown(block, paper_sheets.rest_of(block.first, block.last, taken[block.id])) for block in blocks]


def list_blocks(point_id: int, *, before: int | None = None) -> tuple[list[BlockShown], int | None]:
    """The blocks of a point, the newest first; and where the next page begins."""
    query = select(SheetBlock).where(SheetBlock.point_id == point_id)
    if before is not None:
        query = query.where(SheetBlock.id < before)
    rows = list(db.session.scalars(query.order_by(SheetBlock.id.desc()).limit(BLOCKS_A_PAGE + 1)))
    return _shown(rows[:BLOCKS_A_PAGE]), rows[BLOCKS_A_PAGE - 1].id if len(rows) > BLOCKS_A_PAGE else None


def list_open_blocks(point_ids: Collection[int]) -> list[BlockShown]:
    """The newest blocks of these points with numbers that wait: what a window can write on, and what it cannot account for."""
    query = select(SheetBlock).where(SheetBlock.point_id.in_(list(point_ids))).order_by(SheetBlock.id.desc()).limit(BLOCKS_A_PAGE)
    return [one for one in _shown(list(db.session.scalars(query))) if one.rest.blank or one.rest.passed_over]


def list_sheets(
    point_ids: Collection[int], *, before: int | None = None, only_without_photo: bool = False
) -> tuple[list[SheetShown], int | None]:
    """What was entered or cancelled at these points, the newest first; or what still has no photo. And where the next page begins."""
    query = (
        select(PaperSheet, Case, SheetPhoto.id)
        .outerjoin(Case, Case.id == PaperSheet.case_id)
        .outerjoin(SheetPhoto, SheetPhoto.sheet_id == PaperSheet.id)
        .where(PaperSheet.point_id.in_(list(point_ids)))
    )
    if only_without_photo:
        query = query.where(PaperSheet.case_id.is_not(None), SheetPhoto.id.is_(None))
    if before is not None:
        query = query.where(PaperSheet.id < before)
    rows = db.session.execute(query.order_by(PaperSheet.id.desc()).limit(SHEETS_A_PAGE + 1)).all()
    shown = [SheetShown(row, case, photo is not None) for row, case, photo in rows[:SHEETS_A_PAGE]]
    return shown, shown[-1].row.id if len(rows) > SHEETS_A_PAGE else None


def sheet_of_case(case_id: int) -> SheetShown:
    """The sheet that a case was entered from; NotFound for a case that came otherwise."""
    query = (
        select(PaperSheet, SheetPhoto.id).outerjoin(SheetPhoto, SheetPhoto.sheet_id == PaperSheet.id).where(PaperSheet.case_id == case_id)
    )
    found = db.session.execute(query).first()
    if found is None:
        raise NotFound(f"sheet of case {case_id}")
    return SheetShown(found[0], db.session.get_one(Case, case_id), found[1] is not None)


# --- the county -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PointSheets:
    """The sheets of a point: issued, entered, cancelled, passed over; late and without photo among those entered; cases of the year."""

    point: ServicePoint
    issued: int = 0
    used: int = 0
    cancelled: int = 0
    passed_over: int = 0
    late: int = 0
    no_photo: int = 0
    cases: int = 0
    from_sheets: int = 0

    @property
    def share(self) -> float | None:
        return paper_sheets.share(self.from_sheets, self.cases)


def sheets_of_points(points: Iterable[ServicePoint], year: int) -> list[PointSheets]:
    """The counts of each of these points; four queries, however many points."""
    known = {point.id: point for point in points}
    taken = (
        select(PaperSheet.block_id, func.count().label("n"), func.max(PaperSheet.serial).label("highest"))
        .where(PaperSheet.point_id.in_(list(known)))
        .group_by(PaperSheet.block_id)
        .subquery()
    )
    issued = func.sum(SheetBlock.last - SheetBlock.first + 1)
    passed = func.sum(func.coalesce(taken.c.highest - SheetBlock.first + 1 - taken.c.n, 0))
    blocks = {
        row[0]: row
        for row in db.session.execute(
            select(SheetBlock.point_id, issued, passed)
            .outerjoin(taken, taken.c.block_id == SheetBlock.id)
            .where(SheetBlock.point_id.in_(list(known)))
            .group_by(SheetBlock.point_id)
        )
    }
    is_used = sql_case((PaperSheet.case_id.is_not(None), 1), else_=0)
    lacks = sql_case(((PaperSheet.case_id.is_not(None)) & SheetPhoto.id.is_(None), 1), else_=0)
    sheets = {
        row[0]: row
        for row in db.session.execute(
            select(
                PaperSheet.point_id, func.count(), func.sum(is_used), func.sum(sql_case((PaperSheet.is_late, 1), else_=0)), func.sum(lacks)
            )
            .outerjoin(SheetPhoto, SheetPhoto.sheet_id == PaperSheet.id)
            .where(PaperSheet.point_id.in_(list(known)))
            .group_by(PaperSheet.point_id)
        )
    }
    counts = {
        row.point_id: row
        for row in db.session.scalars(select(IntakeCount).where(IntakeCount.year == year, IntakeCount.point_id.in_(list(known))))
    }
    found = []
    for point_id, point in known.items():
        _point, n_issued, n_passed = blocks.get(point_id, (point_id, 0, 0))
        _point, n, used, late, no_photo = sheets.get(point_id, (point_id, 0, 0, 0, 0))
        count = counts.get(point_id)
        found.append(
            PointSheets(
                point, issued=int(n_issued), used=int(used), cancelled=int(n) - int(used), passed_over=int(n_passed), late=int(late),
                no_photo=int(no_photo), cases=count.cases if count else 0, from_sheets=count.from_sheets if count else 0,
            )
        )  # fmt: skip
    return found


def list_points_with_sheets(county_id: int, at: datetime, *, after: str = "") -> tuple[list[PointSheets], str | None]:
    """The points that ever got sheets, by code, each with its counts; and where the next page begins."""
    query = (
        select(ServicePoint)
        .where(ServicePoint.county_id == county_id, select(SheetBlock.id).where(SheetBlock.point_id == ServicePoint.id).exists())
        .order_by(ServicePoint.code.collate("C") if db.engine.dialect.name != "sqlite" else ServicePoint.code)
    )
    if after:
        code = ServicePoint.code.collate("C") if db.engine.dialect.name != "sqlite" else ServicePoint.code
        query = query.where(code > after)
    points = list(db.session.scalars(query.limit(POINTS_A_PAGE + 1)))
    shown = points[:POINTS_A_PAGE]
    return sheets_of_points(shown, civil_date(at).year), shown[-1].code if len(points) > POINTS_A_PAGE else None


def find_points(county_id: int, text: str) -> list[ServicePoint]:
    """Points by name or number, to issue sheets to; where only one is found, those below it too: the rooms of a town."""
    found = [found.point for found in network.find_points(county_id, text)][:20]
    return found + network.children_of(found[0].id) if len(found) == 1 else found
