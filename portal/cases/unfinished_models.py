"""Matters of the "could not get it done" window, what was said about each, and who coordinates (V-11)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Moment, OfCounty, of_county, one_of, refers
from portal.rules.unfinished import Cause, Ground, MatterState


class Unfinished(OfCounty, Base):
    """What somebody could not get done: of a case, or told at a point without one. Its code is for whoever opened it; the phone is sealed."""

    __tablename__ = "unfinished"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "code"),
        one_of("ground", Ground),
        one_of("state", MatterState),
        one_of("cause", Cause),
        sa.CheckConstraint("(state = 'settled' OR state = 'explained') = (ended_on IS NOT NULL)", name="ended_with_its_day"),
        sa.CheckConstraint("(cause IS NULL) = (ended_on IS NULL)", name="ends_in_a_cause"),
        sa.CheckConstraint("(state = 'open') = (answered_on IS NULL)", name="answered_with_its_day"),
        refers("case_id", "case"),
        refers("item_id", "item"),
        refers("point_id", "service_point"),
        refers("window_id", "window"),
        refers("opened_by_id", "account"),
        sa.Index("ix_unfinished_state", "county_id", "state", "id"),
        sa.Index("ix_unfinished_ended", "county_id", "ended_on"),
        sa.Index("ix_unfinished_case", "case_id"),
        retention="complaint",
    )
    code: Mapped[str] = mapped_column(sa.String(12))
    case_id: Mapped[int | None]
    item_id: Mapped[int | None]
    point_id: Mapped[int]
    window_id: Mapped[int | None]  # which window it is about: the holder of the case
    ground: Mapped[str] = mapped_column(sa.String(12))
    said: Mapped[str] = mapped_column(sa.String(500), default="")
    phone_sealed: Mapped[bytes | None]
    opened_at: Mapped[datetime] = mapped_column(Moment)
    opened_by_id: Mapped[int | None]  # at a window; none: by the public
    answer_due_on: Mapped[date]
    settle_due_on: Mapped[date]
    answered_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    cause: Mapped[str | None] = mapped_column(sa.String(20))
    state: Mapped[str] = mapped_column(sa.String(10))
    version: Mapped[int]


class UnfinishedStep(OfCounty, Base):
    """What the coordinator answered, how it was settled, or why it was not; each once."""

    __tablename__ = "unfinished_step"
    __table_args__ = of_county(
        sa.UniqueConstraint("matter_id", "step"),
        one_of("step", MatterState),
        refers("matter_id", "unfinished"),
        refers("by_id", "account"),
        retention="complaint",
        append_only=True,
    )
    matter_id: Mapped[int]
    step: Mapped[str] = mapped_column(sa.String(10))
    said: Mapped[str] = mapped_column(sa.String(500))
    by_id: Mapped[int]
    done_at: Mapped[datetime] = mapped_column(Moment)


class UnfinishedCoordinator(OfCounty, Base):
    """Who coordinates from a moment on; the last row holds."""

    __tablename__ = "unfinished_coordinator"
    __table_args__ = of_county(refers("account_id", "account"), refers("by_id", "account"), retention="complaint", append_only=True)
    account_id: Mapped[int]
    by_id: Mapped[int]
    from_at: Mapped[datetime] = mapped_column(Moment)
