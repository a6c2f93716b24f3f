"""Lists of cases that were sent together: a number of its own, one row a case. What became of each says its leg (C-6)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Moment, OfCounty, of_county, refers


class Batch(OfCounty, Base):
    """Cases sent from one window to another with one list."""

    __tablename__ = "batch"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "number"),
        refers("from_window_id", "window"),
        refers("to_window_id", "window"),
        refers("sent_by_id", "account"),
        sa.Index("ix_batch_from", "from_window_id", "id"),
        sa.Index("ix_batch_to", "to_window_id", "id"),
        retention="case",
        append_only=True,
    )
    number: Mapped[str] = mapped_column(sa.String(30))
    from_window_id: Mapped[int]
    to_window_id: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    sent_by_id: Mapped[int]
    sent_at: Mapped[datetime] = mapped_column(Moment)


class BatchRow(OfCounty, Base):
    """A case of a list, and the leg with which it was sent."""

    __tablename__ = "batch_row"
    __table_args__ = of_county(
        sa.UniqueConstraint("batch_id", "seq"),
        sa.UniqueConstraint("batch_id", "case_id"),
        refers("batch_id", "batch"),
        refers("case_id", "case"),
        retention="case",
        append_only=True,
    )
    batch_id: Mapped[int]
    seq: Mapped[int]
    case_id: Mapped[int]
    leg_seq: Mapped[int]
