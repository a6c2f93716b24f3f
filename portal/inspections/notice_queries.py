"""Numbered paper notices: blocks that a body drew, and what became of each number (Q-6)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from portal.database import NotFound, db
from portal.inspections.plan_models import InspectionPlan
from portal.inspections.visit_models import PaperNotice, PaperNoticeBlock
from portal.network.models import Body
from portal.rules.inspection_visits import NoticeNow, NoticeNumber

A_PAGE = 20


def block_of(county_id: int, number: NoticeNumber | None) -> PaperNoticeBlock | None:
    """The block in which a number was drawn; None where none was."""
    if number is None:
        return None
    query = (
        select(PaperNoticeBlock)
        .join(Body, Body.id == PaperNoticeBlock.body_id)
        .where(PaperNoticeBlock.county_id == county_id, Body.code == number.body, PaperNoticeBlock.year == number.year)
        .where(PaperNoticeBlock.first <= number.serial, PaperNoticeBlock.last >= number.serial)
    )
    return db.session.scalar(query)


def notice_now(block: PaperNoticeBlock | None, number: NoticeNumber | None) -> NoticeNow | None:
    """What is known of a number of a block."""
    if block is None or number is None:
        return None
    used = select(PaperNotice.id).where(PaperNotice.block_id == block.id, PaperNotice.serial == number.serial)
    return NoticeNow(block.body_id, block.drawn_at, db.session.scalar(used) is not None)


def number_of_plan(plan_id: int) -> NoticeNumber | None:
    """The paper notice that was used for a plan's visit."""
    query = (
        select(Body.code, PaperNoticeBlock.year, PaperNotice.serial)
        .join(PaperNoticeBlock, PaperNoticeBlock.id == PaperNotice.block_id)
        .join(Body, Body.id == PaperNoticeBlock.body_id)
        .where(PaperNotice.plan_id == plan_id)
    )
    found = db.session.execute(query).one_or_none()
    return None if found is None else NoticeNumber(*found)


@dataclass(frozen=True, slots=True)
class BlockShown:
    """A block with the body that drew it, and the plans for which its numbers were used."""

    row: PaperNoticeBlock
    body: Body
    used: dict[int, str]

    @property
    def numbers(self) -> list[NoticeNumber]:
        return [NoticeNumber(self.body.code, self.row.year, serial) for serial in range(self.row.first, self.row.last + 1)]

    @property
    def blank(self) -> list[NoticeNumber]:
        return [number for number in self.numbers if number.serial not in self.used]


def list_blocks(county_id: int, body_id: int, *, before: int | None = None) -> tuple[list[BlockShown], int | None]:
    """The blocks of a body, the newest first; and where the next page begins."""
    query = select(PaperNoticeBlock, Body).join(Body, Body.id == PaperNoticeBlock.body_id)
    query = query.where(PaperNoticeBlock.county_id == county_id, PaperNoticeBlock.body_id == body_id)
    if before is not None:
        query = query.where(PaperNoticeBlock.id < before)
    rows = [(row[0], row[1]) for row in db.session.execute(query.order_by(PaperNoticeBlock.id.desc()).limit(A_PAGE + 1))]
    more = rows[A_PAGE - 1][0].id if len(rows) > A_PAGE else None
    return _shown(rows[:A_PAGE]), more


def get_block(county_id: int, body_id: int, block_id: int) -> BlockShown:
    """A block of one's own body; NotFound otherwise."""
    query = select(PaperNoticeBlock, Body).join(Body, Body.id == PaperNoticeBlock.body_id)
    where = (PaperNoticeBlock.county_id == county_id, PaperNoticeBlock.body_id == body_id, PaperNoticeBlock.id == block_id)
    rows = [(row[0], row[1]) for row in db.session.execute(query.where(*where))]
    if not rows:
        raise NotFound(f"notices {block_id}")
    return _shown(rows)[0]


def _shown(rows: list[tuple[PaperNoticeBlock, Body]]) -> list[BlockShown]:
    used: dict[int, dict[int, str]] = {}
    query = (
        select(PaperNotice.block_id, PaperNotice.serial, InspectionPlan.number)
        .join(InspectionPlan, InspectionPlan.id == PaperNotice.plan_id)
        .where(PaperNotice.block_id.in_([row.id for row, _body in rows]))
        .order_by(PaperNotice.serial)
    )
    for block_id, serial, number in db.session.execute(query):
        used.setdefault(block_id, {})[serial] = number
    return [BlockShown(row, body, used.get(row.id, {})) for row, body in rows]


def next_serial(body_id: int, year: int) -> int:
    """The first number of a body and year that was not drawn yet."""
    where = (PaperNoticeBlock.body_id == body_id, PaperNoticeBlock.year == year)
    return (db.session.scalar(select(func.max(PaperNoticeBlock.last)).where(*where)) or 0) + 1
