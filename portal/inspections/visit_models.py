"""What became of visits: results, orders, penalties; paper notices, and codes that follow; explanations (Q-5, Q-6, Q-8, Q-11)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Moment, OfCounty, of_county, one_of, refers
from portal.rules.inspection_plans import Outcome
from portal.rules.inspection_visits import MOST_NOTICES, CodeState


class VisitResult(OfCounty, Base):
    """A visit that was left: what was recorded, and whether the enterprise was told. Kept in step with the plan's events (Q-8)."""

    __tablename__ = "visit_result"
    __table_args__ = of_county(
        sa.UniqueConstraint("plan_id"),
        refers("plan_id", "inspection_plan"),
        refers("body_id", "body"),
        one_of("outcome", Outcome),
        sa.Index("ix_visit_result_untold", "body_id", "told_at", "left_on", "id"),
        sa.Index("ix_visit_result_left", "county_id", "left_on", "id"),
        retention="permanent",
    )
    plan_id: Mapped[int]
    body_id: Mapped[int]
    left_at: Mapped[datetime] = mapped_column(Moment)
    left_on: Mapped[date]
    outcome: Mapped[str | None] = mapped_column(sa.String(20))
    told_at: Mapped[datetime | None] = mapped_column(Moment)
    is_told_late: Mapped[bool] = mapped_column(default=False)  # as the calendar was when it was told


class CorrectionOrder(OfCounty, Base):
    """What an enterprise was ordered to correct, by when, and what its check found. Kept in step with the plan's events (Q-8)."""

    __tablename__ = "correction_order"
    __table_args__ = of_county(
        sa.UniqueConstraint("plan_id", "seq"),
        refers("plan_id", "inspection_plan"),
        refers("body_id", "body"),
        sa.CheckConstraint("(is_corrected IS NULL) = (checked_at IS NULL)", name="checked"),
        sa.Index("ix_correction_order_open", "body_id", "checked_at", "due_on", "id"),
        retention="permanent",
    )
    plan_id: Mapped[int]
    seq: Mapped[int]  # of the event that ordered it
    body_id: Mapped[int]
    what: Mapped[str] = mapped_column(sa.String(500))
    due_on: Mapped[date]
    checked_at: Mapped[datetime | None] = mapped_column(Moment)
    is_corrected: Mapped[bool | None]


class InspectionPenalty(OfCounty, Base):
    """A penalty that the head of a body decided on after a visit, by the published benchmark; whole fen (Q-8, F-5)."""

    __tablename__ = "inspection_penalty"
    __table_args__ = of_county(
        sa.UniqueConstraint("plan_id", "breach"),
        refers("plan_id", "inspection_plan"),
        refers("enterprise_id", "enterprise"),
        refers("body_id", "body"),
        refers("benchmark_id", "discretion_benchmark"),
        refers("decided_by_id", "account"),
        refers("office_id", "office"),
        sa.CheckConstraint("amount_fen >= 0", name="amount"),
        sa.Index("ix_inspection_penalty_breach", "enterprise_id", "breach"),
        retention="permanent",
        append_only=True,
    )
    plan_id: Mapped[int]
    enterprise_id: Mapped[int]
    body_id: Mapped[int]
    benchmark_id: Mapped[int]
    breach: Mapped[str] = mapped_column(sa.String(40))  # the benchmark's code without its grade
    amount_fen: Mapped[int] = mapped_column(sa.BigInteger)
    is_first: Mapped[bool]
    ground: Mapped[str] = mapped_column(sa.String(500), default="")  # of a fine without an order before it
    decided_at: Mapped[datetime] = mapped_column(Moment)
    decided_by_id: Mapped[int]
    office_id: Mapped[int]


class PaperNoticeBlock(OfCounty, Base):
    """Numbers of blank paper notices that a body drew to print, from the first to the last of a year (Q-6)."""

    __tablename__ = "paper_notice_block"
    __table_args__ = of_county(
        sa.UniqueConstraint("body_id", "year", "first"),
        sa.CheckConstraint(f"first > 0 AND last >= first AND last - first < {MOST_NOTICES} AND last < 10000", name="in_order"),
        refers("body_id", "body"),
        refers("drawn_by_id", "account"),
        retention="permanent",
        append_only=True,
    )
    body_id: Mapped[int]
    year: Mapped[int]
    first: Mapped[int]
    last: Mapped[int]
    drawn_at: Mapped[datetime] = mapped_column(Moment)
    drawn_by_id: Mapped[int]


class PaperNotice(OfCounty, Base):
    """The visit for which a paper notice was used: once a number, once a visit (Q-6)."""

    __tablename__ = "paper_notice"
    __table_args__ = of_county(
        sa.UniqueConstraint("block_id", "serial"),
        sa.UniqueConstraint("plan_id"),
        refers("block_id", "paper_notice_block"),
        refers("plan_id", "inspection_plan"),
        retention="permanent",
        append_only=True,
    )
    block_id: Mapped[int]
    serial: Mapped[int]
    plan_id: Mapped[int]


class CodeAfter(OfCounty, Base):
    """The code that follows a visit which had none that could be checked: an emergency, or no network (Q-5, Q-6). Kept in step with the
    plan's events."""

    __tablename__ = "code_after"
    __table_args__ = of_county(
        sa.UniqueConstraint("plan_id"),
        refers("plan_id", "inspection_plan"),
        refers("body_id", "body"),
        one_of("came", CodeState),
        sa.CheckConstraint("(code_at IS NULL) = (came IS NULL)", name="came"),
        sa.Index("ix_code_after_body", "body_id", "visited_on", "id"),
        retention="permanent",
    )
    plan_id: Mapped[int]
    body_id: Mapped[int]
    is_emergency: Mapped[bool]
    visited_at: Mapped[datetime] = mapped_column(Moment)
    visited_on: Mapped[date]
    code_at: Mapped[datetime | None] = mapped_column(Moment)
    came: Mapped[str | None] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.String(500), default="")  # why it is late


class FruitlessExplanation(OfCounty, Base):
    """Why an inspector was so often at one enterprise without a finding, by the head of the body; up to how many visits it covers (Q-11)."""

    __tablename__ = "fruitless_explanation"
    __table_args__ = of_county(
        sa.UniqueConstraint("inspector_id", "enterprise_id", "year", "number"),
        refers("inspector_id", "inspector"),
        refers("enterprise_id", "enterprise"),
        refers("plan_id", "inspection_plan"),
        refers("explained_by_id", "account"),
        refers("office_id", "office"),
        retention="permanent",
        append_only=True,
    )
    inspector_id: Mapped[int]
    enterprise_id: Mapped[int]
    year: Mapped[int]
    number: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(500))
    plan_id: Mapped[int]  # the last of the visits, with whose events it stands
    explained_at: Mapped[datetime] = mapped_column(Moment)
    explained_by_id: Mapped[int]
    office_id: Mapped[int]
