"""Ratings and what was done about them. Rows are added and never changed: who rated is nowhere in them (V-6)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Moment, OfCounty, of_county, one_of, refers
from portal.rules.rating import Service, Step


class Rating(OfCounty, Base):
    """One rating of a case and service; `satisfaction` in the codes of GB/T 39046-2020, 1 the best (S-9)."""

    __tablename__ = "rating"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id", "service"),
        one_of("service", Service),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction_known"),
        refers("case_id", "case"),
        refers("point_id", "service_point"),
        sa.Index("ix_rating_bad", "county_id", "satisfaction", "id"),
        retention="complaint",
        append_only=True,
    )
    case_id: Mapped[int]
    point_id: Mapped[int]  # where the case was when it was rated
    service: Mapped[str] = mapped_column(sa.String(10))
    satisfaction: Mapped[int]
    words: Mapped[str] = mapped_column(sa.String(500), default="")
    rated_at: Mapped[datetime] = mapped_column(Moment)


class RatingStep(OfCounty, Base):
    """What the center did about a rating: called back, set right, set aside; each once."""

    __tablename__ = "rating_step"
    __table_args__ = of_county(
        sa.UniqueConstraint("rating_id", "step"),
        one_of("step", Step),
        refers("rating_id", "rating"),
        refers("by_id", "account"),
        retention="complaint",
        append_only=True,
    )
    rating_id: Mapped[int]
    step: Mapped[str] = mapped_column(sa.String(20))
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    by_id: Mapped[int]
    done_at: Mapped[datetime] = mapped_column(Moment)
