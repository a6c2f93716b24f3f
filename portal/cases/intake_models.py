"""Findings of double intake, and what was said about each (C-15)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Moment, OfCounty, of_county, one_of, refers
from portal.rules.double_intake import FindingState, Source


class IntakeFinding(OfCounty, Base):
    """A matter that a body seems to have taken in beside the network, and where the finding stands."""

    __tablename__ = "intake_finding"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "body_id", "number"),
        one_of("source", Source),
        one_of("state", FindingState),
        refers("body_id", "body"),
        refers("item_id", "item"),
        refers("found_by_id", "account"),
        refers("office_id", "office"),
        sa.Index("ix_intake_finding_body", "body_id", "state", "id"),
        sa.Index("ix_intake_finding_state", "county_id", "state", "id"),
        retention="complaint",
    )
    body_id: Mapped[int]
    item_id: Mapped[int | None]
    source: Mapped[str] = mapped_column(sa.String(20))
    number: Mapped[str | None] = mapped_column(sa.String(80))  # of the certificate or the other system's case
    dated_on: Mapped[date | None]
    said: Mapped[str] = mapped_column(sa.String(500), default="")
    found_at: Mapped[datetime] = mapped_column(Moment)
    found_by_id: Mapped[int]
    office_id: Mapped[int]
    due_on: Mapped[date]
    answered_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(sa.String(10))


class IntakeStep(OfCounty, Base):
    """An answer, or how a finding was closed; each once."""

    __tablename__ = "intake_step"
    __table_args__ = of_county(
        sa.UniqueConstraint("finding_id", "step"),
        one_of("step", FindingState),
        refers("finding_id", "intake_finding"),
        refers("by_id", "account"),
        retention="complaint",
        append_only=True,
    )
    finding_id: Mapped[int]
    step: Mapped[str] = mapped_column(sa.String(10))
    said: Mapped[str] = mapped_column(sa.String(500))
    by_id: Mapped[int]
    done_at: Mapped[datetime] = mapped_column(Moment)
