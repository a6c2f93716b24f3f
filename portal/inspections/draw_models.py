"""Random draws: seed, list, exclusions and inspectors as they were, so that the draw can be repeated (Q-13)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Moment, OfCounty, of_county, one_of, refers
from portal.rules.random_draw import Excluded


class RandomDraw(OfCounty, Base):
    """A draw of a body for a matter and a period. The number is drawn by lot too, as that of a plan: no gap tells of a draw that is not shown."""

    __tablename__ = "random_draw"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "number"),
        refers("body_id", "body"),
        refers("matter_id", "inspection_matter"),
        refers("drawn_by_id", "account"),
        refers("published_by_id", "account"),
        refers("office_id", "office"),
        sa.CheckConstraint("first_on <= last_on", name="in_order"),
        sa.CheckConstraint("wanted BETWEEN 1 AND 1000", name="wanted"),
        sa.CheckConstraint("(published_at IS NULL) = (office_id IS NULL)", name="published_by_office"),
        sa.Index("ix_random_draw_body", "body_id", "id"),
        retention="permanent",
    )
    number: Mapped[str] = mapped_column(sa.String(40))
    body_id: Mapped[int]
    matter_id: Mapped[int]
    is_announced: Mapped[bool]
    first_on: Mapped[date]
    last_on: Mapped[date]
    wanted: Mapped[int]
    seed: Mapped[str] = mapped_column(sa.String(64))
    terms: Mapped[Any] = mapped_column(Json)  # weights by grade; the inspectors with certificate, days and conflicts
    version: Mapped[int] = mapped_column(default=1)
    drawn_at: Mapped[datetime] = mapped_column(Moment)
    drawn_by_id: Mapped[int]
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    published_by_id: Mapped[int | None]
    office_id: Mapped[int | None]


class RandomDrawEntry(OfCounty, Base):
    """An enterprise of the list, in the order of codes: what it weighed, why it took no part, and what came out. Written once."""

    __tablename__ = "random_draw_entry"
    __table_args__ = of_county(
        sa.UniqueConstraint("draw_id", "seq"),
        sa.UniqueConstraint("draw_id", "enterprise_id"),
        one_of("excluded", Excluded),
        refers("draw_id", "random_draw"),
        refers("enterprise_id", "enterprise"),
        refers("plan_id", "inspection_plan"),
        sa.CheckConstraint("weight BETWEEN 0 AND 20", name="weight"),
        retention="permanent",
        append_only=True,
    )
    draw_id: Mapped[int]
    seq: Mapped[int]
    enterprise_id: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(18))
    grade: Mapped[str] = mapped_column(sa.String(2), default="")
    weight: Mapped[int]
    excluded: Mapped[str | None] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.String(200), default="")  # of an exclusion by hand; the rule of one for want of a day
    place: Mapped[int | None]
    certificates: Mapped[Any] = mapped_column(Json, default=list)
    plan_id: Mapped[int | None]
