"""Reports of visits without a code, and the secret addresses of enterprises' calendars (Q-6, Q-7)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Moment, OfCounty, of_county, one_of, refers
from portal.rules.inspection_reports import ReportState, Subject


class InspectionReport(OfCounty, Base):
    """What somebody said of a visit whose code they did not see. The tracking code is for whoever reported; the phone is sealed."""

    __tablename__ = "inspection_report"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "number"),
        sa.UniqueConstraint("county_id", "tracking_code"),
        one_of("state", ReportState),
        one_of("subject", Subject),
        sa.CheckConstraint("(state = 'answered') = (answered_at IS NOT NULL)", name="answered_when"),
        sa.CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answered_by_one"),
        refers("body_id", "body"),
        refers("enterprise_id", "enterprise"),
        refers("reported_by_id", "account"),
        refers("answered_by_id", "account"),
        sa.Index("ix_inspection_report_state", "county_id", "state", "id"),
        retention="complaint",
    )
    number: Mapped[str] = mapped_column(sa.String(40))
    tracking_code: Mapped[str] = mapped_column(sa.String(12))
    subject: Mapped[str] = mapped_column(sa.String(10))
    body_id: Mapped[int | None]  # none: whoever came did not say, or nobody knows
    enterprise_id: Mapped[int | None]
    enterprise_code: Mapped[str] = mapped_column(sa.String(18), default="")  # as typed, also of an enterprise that is not on the list
    shown_code: Mapped[str] = mapped_column(sa.String(40), default="")  # what was shown as a code and is none
    came_on: Mapped[date]
    who_came: Mapped[str] = mapped_column(sa.String(200), default="")
    said: Mapped[str] = mapped_column(sa.String(500))
    phone_sealed: Mapped[bytes | None]
    reported_by_id: Mapped[int | None]  # none: by the public
    reported_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(sa.String(10))
    answer: Mapped[str] = mapped_column(sa.String(500), default="")
    answered_by_id: Mapped[int | None]
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int]


class EnterpriseFeed(OfCounty, Base):
    """The address of an enterprise's calendar: a count of how often it was renewed, and a keyed digest; the secret itself is kept nowhere."""

    __tablename__ = "enterprise_feed"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "enterprise_id"),
        sa.UniqueConstraint("county_id", "secret_digest"),
        refers("enterprise_id", "enterprise"),
        refers("made_by_id", "account"),
        retention="permanent",
    )
    enterprise_id: Mapped[int]
    serial: Mapped[int]
    secret_digest: Mapped[str] = mapped_column(sa.String(64))
    made_by_id: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(Moment)
