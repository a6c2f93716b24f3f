"""What is kept of the answers to review points: counts by window, and the refusals that name a point (S-11)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Moment, OfCounty, of_county, refers


class ReviewOutcome(OfCounty, Base):
    """How often a window found a review point of an item version met, and not met."""

    __tablename__ = "review_outcome"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "version_id", "point_seq", "window_id"),
        refers("version_id", "item_version"),
        refers("window_id", "window"),
        sa.Index("ix_review_outcome_version", "version_id", "point_seq"),
        retention="permanent",
    )
    version_id: Mapped[int]
    point_seq: Mapped[int]
    window_id: Mapped[int]
    met: Mapped[int]
    not_met: Mapped[int]


class ReviewRefusal(OfCounty, Base):
    """A filed refusal that names a review point."""

    __tablename__ = "review_refusal"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id", "event_seq"),
        refers("version_id", "item_version"),
        refers("case_id", "case"),
        refers("window_id", "window"),
        sa.Index("ix_review_refusal_version", "version_id", "point_seq", "id"),
        retention="case",
        append_only=True,
    )
    version_id: Mapped[int]
    point_seq: Mapped[int]
    case_id: Mapped[int]
    event_seq: Mapped[int]
    window_id: Mapped[int]
    filed_at: Mapped[datetime] = mapped_column(Moment)
