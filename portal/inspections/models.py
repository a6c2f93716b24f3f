"""Quiet-day rules as dated data, added quiet days, and the enterprises that they protect (Q-1, Q-9)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Moment, Named, OfCounty, of_county, one_of, refers
from portal.rules.inspection_plans import Outcome


class QuietRuleRow(OfCounty, Base):
    """A version of the quiet-day rule with the day from which it holds."""

    __tablename__ = "quiet_rule"
    __table_args__ = of_county(sa.UniqueConstraint("county_id", "holds_from_on"), retention="permanent", append_only=True)
    holds_from_on: Mapped[date]
    terms: Mapped[Any] = mapped_column(Json)
    source: Mapped[str] = mapped_column(sa.String(500), default="")


class Enterprise(OfCounty, Named, Base):
    """An enterprise is its unified social credit code (Q-3)."""

    __tablename__ = "enterprise"
    __table_args__ = of_county(sa.UniqueConstraint("county_id", "code"), refers("division_id", "division"), retention="permanent")
    code: Mapped[str] = mapped_column(sa.String(18))
    division_id: Mapped[int | None]
    trade: Mapped[str] = mapped_column(sa.String(60), default="")
    risk_grade: Mapped[str] = mapped_column(sa.String(2), default="")
    more: Mapped[Any] = mapped_column(Json, default=dict)  # bodies that inspect it, works_on_days_off, status, trade_name, account
    is_sample: Mapped[bool] = mapped_column(default=False)


class AddedQuietDays(OfCounty, Base):
    """Added quiet days for an enterprise, a trade, a town or all: instrument, scope, first and last day (Q-9)."""

    __tablename__ = "added_quiet_days"
    __table_args__ = of_county(
        sa.CheckConstraint("scope IN ('enterprise', 'trade', 'town', 'all')", name="scope_known"),
        sa.CheckConstraint("first_on <= last_on", name="in_order"),
        retention="permanent",
        append_only=True,
    )
    scope: Mapped[str] = mapped_column(sa.String(20))
    scope_code: Mapped[str] = mapped_column(sa.String(60), default="")
    first_on: Mapped[date]
    last_on: Mapped[date]
    instrument: Mapped[str] = mapped_column(sa.String(100))


class InspectionVisit(OfCounty, Base):
    """A visit that took place: what caps and repeats count (Q-3, Q-4). One of a plan is kept in step with the plan's events.

    `plan_projection.project` alone writes it; one without a plan (a past one that was loaded) is added and not changed.
    """

    __tablename__ = "inspection_visit"
    __table_args__ = of_county(
        sa.UniqueConstraint("plan_id"),
        refers("enterprise_id", "enterprise"),
        refers("body_id", "body"),
        refers("plan_id", "inspection_plan"),
        sa.CheckConstraint("kind IN ('routine', 'individual', 'special')", name="kind_known"),
        one_of("outcome", Outcome),
        sa.CheckConstraint("left_at IS NULL OR entered_at IS NOT NULL", name="entered_before_left"),
        sa.Index("ix_inspection_visit_enterprise", "enterprise_id", "day_on"),
        retention="permanent",
    )
    enterprise_id: Mapped[int]
    body_id: Mapped[int]
    line: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(20))
    exemption: Mapped[str | None] = mapped_column(sa.String(20))
    day_on: Mapped[date]
    plan_id: Mapped[int | None]
    is_recheck: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    is_announced: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    entered_at: Mapped[datetime | None] = mapped_column(Moment)
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(sa.String(20))
