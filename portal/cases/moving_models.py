"""What was moved together because a window or point closed, a posting ended, or an emergency was over (N-2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Moment, OfCounty, of_county, one_of, refers
from portal.rules.handoffs import Mark
from portal.rules.moving import Leaving


class MoveBatch(OfCounty, Base):
    """A batch with a result per case: [number, result, window id or none]. Each move is an event of its case besides."""

    __tablename__ = "move_batch"
    __table_args__ = of_county(
        one_of("leaving", Leaving),
        one_of("mark", Mark),
        refers("moved_by_id", "account"),
        refers("office_id", "office"),
        sa.Index("ix_move_batch_subject", "county_id", "leaving", "subject_id", "id"),
        retention="case",
        append_only=True,
    )
    leaving: Mapped[str] = mapped_column(sa.String(10))
    subject_id: Mapped[int]  # of the window, point or posting
    mark: Mapped[str] = mapped_column(sa.String(20))
    results: Mapped[Any] = mapped_column(Json)
    moved_at: Mapped[datetime] = mapped_column(Moment)
    moved_by_id: Mapped[int]
    office_id: Mapped[int]
