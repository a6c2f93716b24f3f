"""Numbered paper sheets: blocks issued to points, what became of each number, photos, and how many cases of a point came from paper (C-29)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Moment, OfCounty, of_county, one_of, refers
from portal.rules.paper_sheets import MOST_IN_A_BLOCK, SheetReason


class SheetBlock(OfCounty, Base):
    """Numbers of a year issued to a point, from the first to the last."""

    __tablename__ = "sheet_block"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "year", "first"),
        sa.CheckConstraint(f"first > 0 AND last >= first AND last - first < {MOST_IN_A_BLOCK}", name="in_order"),
        refers("point_id", "service_point"),
        refers("issued_by_id", "account"),
        refers("office_id", "office"),
        sa.Index("ix_sheet_block_point", "point_id", "id"),
        retention="case",
        append_only=True,
    )
    point_id: Mapped[int]
    year: Mapped[int]
    first: Mapped[int]
    last: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(Moment)
    issued_by_id: Mapped[int]
    office_id: Mapped[int]


class PaperSheet(OfCounty, Base):
    """What became of a number: the case that was entered from it, or why it was cancelled. Once a number."""

    __tablename__ = "paper_sheet"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "year", "serial"),
        sa.UniqueConstraint("case_id"),
        one_of("reason", SheetReason),
        sa.CheckConstraint(
            "(case_id IS NOT NULL AND reason IS NOT NULL AND written_at IS NOT NULL AND due_on IS NOT NULL)"
            " OR (case_id IS NULL AND reason IS NULL AND written_at IS NULL AND due_on IS NULL AND NOT is_late)",
            name="used_or_cancelled",
        ),
        refers("block_id", "sheet_block"),
        refers("point_id", "service_point"),
        refers("case_id", "case"),
        refers("window_id", "window"),
        refers("entered_by_id", "account"),
        sa.Index("ix_paper_sheet_point", "point_id", "id"),
        sa.Index("ix_paper_sheet_block", "block_id", "serial"),
        retention="case",
        append_only=True,
    )
    block_id: Mapped[int]
    point_id: Mapped[int]
    year: Mapped[int]
    serial: Mapped[int]
    case_id: Mapped[int | None]  # none: cancelled
    reason: Mapped[str | None] = mapped_column(sa.String(10))
    note: Mapped[str] = mapped_column(sa.String(300), default="")  # what the reason was; of a cancelled sheet why
    written_at: Mapped[datetime | None] = mapped_column(Moment)
    due_on: Mapped[date | None]
    is_late: Mapped[bool]
    window_id: Mapped[int | None]
    entered_at: Mapped[datetime] = mapped_column(Moment)
    entered_by_id: Mapped[int]


class SheetPhoto(OfCounty, Base):
    """Which file of the case is the photo of its sheet."""

    __tablename__ = "sheet_photo"
    __table_args__ = of_county(
        sa.UniqueConstraint("sheet_id"),
        refers("sheet_id", "paper_sheet"),
        refers("attachment_id", "attachment"),
        retention="case",
        append_only=True,
    )
    sheet_id: Mapped[int]
    attachment_id: Mapped[int]


class IntakeCount(OfCounty, Base):
    """How many cases of a point began in a year, and how many of them on paper. Kept: added to in the act that begins a case."""

    __tablename__ = "intake_count"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "year", "point_id"),
        refers("point_id", "service_point"),
        retention="permanent",
    )
    year: Mapped[int]
    point_id: Mapped[int]
    cases: Mapped[int]
    from_sheets: Mapped[int]
