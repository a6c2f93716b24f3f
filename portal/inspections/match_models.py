"""Wishes of bodies for a year, the matchings that were run, and the visits that they propose (Q-4, Q-10). All of it is inside: nothing is public."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Moment, OfCounty, of_county, one_of, refers
from portal.rules.matching import PartState


class InspectionWish(OfCounty, Base):
    """A body wants to inspect an enterprise in a year, for a matter, in some months (none named: any). Withdrawn ones stay."""

    __tablename__ = "inspection_wish"
    __table_args__ = of_county(
        sa.UniqueConstraint("body_id", "year", "enterprise_id", "matter_id"),
        refers("body_id", "body"),
        refers("enterprise_id", "enterprise"),
        refers("matter_id", "inspection_matter"),
        refers("entered_by_id", "account"),
        sa.CheckConstraint("year BETWEEN 2019 AND 2100", name="year_known"),
        sa.Index("ix_inspection_wish_year", "county_id", "year", "body_id"),
        retention="permanent",
    )
    body_id: Mapped[int]
    year: Mapped[int]
    enterprise_id: Mapped[int]
    matter_id: Mapped[int]
    months: Mapped[str] = mapped_column(sa.String(40), default="")  # 3,6,11
    entered_at: Mapped[datetime] = mapped_column(Moment)
    entered_by_id: Mapped[int]
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)


class MatchingRun(OfCounty, Base):
    """A matching of a year: what went in, what came out, and what has no day. The latest of a year is the one that holds."""

    __tablename__ = "matching_run"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "year", "edition"), refers("run_by_id", "account"), retention="permanent", append_only=True
    )
    year: Mapped[int]
    edition: Mapped[int]
    seed: Mapped[int]
    run_at: Mapped[datetime] = mapped_column(Moment)
    run_by_id: Mapped[int]
    wishes: Mapped[int]
    visits: Mapped[int]
    lower_bound: Mapped[int]
    alone: Mapped[int]  # visits, were each body to go on its own
    alone_left: Mapped[int]
    report: Mapped[Any] = mapped_column(Json)  # unplaced: wish, why, instead; clashes: enterprise, line, bodies, goes, instrument


class JointProposal(OfCounty, Base):
    """A visit that a matching proposes: an enterprise, a day, a lead. The code is the group code of the plans that come of it."""

    __tablename__ = "joint_proposal"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "code"),
        refers("run_id", "matching_run"),
        refers("enterprise_id", "enterprise"),
        refers("lead_body_id", "body"),
        sa.Index("ix_joint_proposal_run", "run_id", "day_on", "id"),
        retention="permanent",
    )
    run_id: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(20))
    enterprise_id: Mapped[int]
    day_on: Mapped[date]
    lead_body_id: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)


class JointPart(OfCounty, Base):
    """The part of one body in a proposed visit, and what it said."""

    __tablename__ = "joint_part"
    __table_args__ = of_county(
        sa.UniqueConstraint("proposal_id", "wish_id"),
        one_of("state", PartState),
        refers("proposal_id", "joint_proposal"),
        refers("wish_id", "inspection_wish"),
        refers("body_id", "body"),
        refers("plan_id", "inspection_plan"),
        refers("answered_by_id", "account"),
        sa.Index("ix_joint_part_body", "body_id", "state"),
        retention="permanent",
    )
    proposal_id: Mapped[int]
    wish_id: Mapped[int]
    body_id: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    plan_id: Mapped[int | None]
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by_id: Mapped[int | None]
