"""Published lists of inspections, and plans with their events (Q-5, Q-7, Q-8, Q-10, Q-13)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Moment, Named, OfCounty, of_county, one_of, refers
from portal.rules.inspection_plans import PlanEventKind, PlanState, RightBy
from portal.rules.quiet_days import Kind

# --- lists ------------------------------------------------------------------------------------------------------------------------


class InspectingBody(OfCounty, Base):
    """A body with the right to inspect, by what it has it, and from when until when (行政检查主体)."""

    __tablename__ = "inspecting_body"
    __table_args__ = of_county(
        sa.UniqueConstraint("body_id", "from_on"), one_of("right_by", RightBy), refers("body_id", "body"), retention="permanent"
    )
    body_id: Mapped[int]
    right_by: Mapped[str] = mapped_column(sa.String(20))
    basis: Mapped[str] = mapped_column(sa.String(500))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    special_most: Mapped[int] = mapped_column(default=2, server_default="2")  # special plans a year
    is_sample: Mapped[bool] = mapped_column(default=False)


class InspectionMatter(OfCounty, Named, Base):
    """A matter of the published list (行政检查事项): what is not on it cannot be planned. A later version is a row with a later day."""

    __tablename__ = "inspection_matter"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "code", "from_on"),
        refers("body_id", "body"),
        sa.Index("ix_inspection_matter_body", "body_id", "code"),
        retention="permanent",
    )
    code: Mapped[str] = mapped_column(sa.String(40))
    body_id: Mapped[int]
    line: Mapped[str] = mapped_column(sa.String(40))  # of the matter, which is what Q-4 asks
    basis: Mapped[str] = mapped_column(sa.String(500))
    standard: Mapped[str] = mapped_column(sa.String(500))
    more: Mapped[Any] = mapped_column(Json, default=dict)  # basis_hant, standard_hant, object of the inspection in three languages
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    is_sample: Mapped[bool] = mapped_column(default=False)


class DiscretionBenchmark(OfCounty, Named, Base):
    """What a breach of one grade is fined (行政处罚裁量基准), in whole fen; the name is the breach (Q-8)."""

    __tablename__ = "discretion_benchmark"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "code", "from_on"),
        refers("body_id", "body"),
        sa.CheckConstraint("lower_fen >= 0 AND lower_fen <= upper_fen", name="range"),
        sa.CheckConstraint("grade IN ('slight', 'ordinary', 'serious')", name="grade_known"),
        retention="permanent",
    )
    code: Mapped[str] = mapped_column(sa.String(40))
    body_id: Mapped[int]
    matter_code: Mapped[str] = mapped_column(sa.String(40))  # of the matter in whose inspection it is found
    grade: Mapped[str] = mapped_column(sa.String(10))
    lower_fen: Mapped[int] = mapped_column(sa.BigInteger)
    upper_fen: Mapped[int] = mapped_column(sa.BigInteger)
    is_first_free: Mapped[bool]  # a first, slight, corrected breach of the county's list is not fined
    basis: Mapped[str] = mapped_column(sa.String(500))
    more: Mapped[Any] = mapped_column(Json, default=dict)  # basis_hant
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    is_sample: Mapped[bool] = mapped_column(default=False)


class Inspector(OfCounty, Base):
    """Someone with an enforcement certificate of a body; the account where there is one, else the name that is published (O-4)."""

    __tablename__ = "inspector"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "certificate"),
        refers("body_id", "body"),
        refers("account_id", "account"),
        sa.CheckConstraint("from_on <= valid_until_on", name="in_order"),
        sa.CheckConstraint("account_id IS NOT NULL OR name <> ''", name="named"),
        sa.Index("ix_inspector_body", "body_id", "certificate"),
        sa.Index("ix_inspector_account", "account_id"),
        retention="staff",
    )
    body_id: Mapped[int]
    account_id: Mapped[int | None]
    name: Mapped[str] = mapped_column(sa.String(60), default="")
    certificate: Mapped[str] = mapped_column(sa.String(60))
    from_on: Mapped[date]
    valid_until_on: Mapped[date]
    is_sample: Mapped[bool] = mapped_column(default=False)


class InspectorConflict(OfCounty, Base):
    """That an inspector does not go to an enterprise (回避), from a day on."""

    __tablename__ = "inspector_conflict"
    __table_args__ = of_county(
        sa.UniqueConstraint("inspector_id", "enterprise_id"),
        refers("inspector_id", "inspector"),
        refers("enterprise_id", "enterprise"),
        retention="staff",
    )
    inspector_id: Mapped[int]
    enterprise_id: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(200))
    from_on: Mapped[date]
    until_on: Mapped[date | None]


# --- plans ------------------------------------------------------------------------------------------------------------------------


class InspectionPlan(OfCounty, Base):
    """A visit that a body plans (Q-5). The number is drawn by lot, so that no gap tells of a plan that is not shown (Q-7).

    `state` and the moments are a projection of its events, written by `plan_projection.project` alone. An unannounced plan shows
    outside from `code_shown_at` on, and not before: ask `plan_queries.shown_outside` for it in every query.
    """

    __tablename__ = "inspection_plan"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "number"),
        sa.UniqueConstraint("county_id", "code_digest"),
        one_of("kind", Kind),
        one_of("state", PlanState),
        refers("enterprise_id", "enterprise"),
        refers("body_id", "body"),
        refers("matter_id", "inspection_matter"),
        refers("drafted_by_id", "account"),
        refers("recheck_of_id", "inspection_plan"),
        sa.CheckConstraint("first_on <= last_on", name="in_order"),
        sa.Index("ix_inspection_plan_body", "body_id", "state", "first_on", "id"),
        sa.Index("ix_inspection_plan_enterprise", "enterprise_id", "first_on"),
        sa.Index("ix_inspection_plan_group", "county_id", "group_code"),
        retention="permanent",
    )
    number: Mapped[str] = mapped_column(sa.String(40))
    enterprise_id: Mapped[int]
    body_id: Mapped[int]
    matter_id: Mapped[int]
    line: Mapped[str] = mapped_column(sa.String(40))  # of the matter
    kind: Mapped[str] = mapped_column(sa.String(20))
    exemption: Mapped[str | None] = mapped_column(sa.String(20))
    basis: Mapped[str] = mapped_column(sa.String(500), default="")  # of the exemption; for a statutory minimum the article
    standard: Mapped[str] = mapped_column(sa.String(500))
    coordinated: Mapped[str] = mapped_column(sa.String(200), default="")  # of a body under vertical management: the paper of its coordination
    first_on: Mapped[date]
    last_on: Mapped[date]
    is_announced: Mapped[bool]
    on_day_off: Mapped[bool]  # the plan says that the enterprise works on its day off
    is_after_fact: Mapped[bool] = mapped_column(default=False)  # an emergency, filed after the visit
    recheck_of_id: Mapped[int | None]  # a recheck of ordered corrections belongs to its first visit
    group_code: Mapped[str | None] = mapped_column(sa.String(20))  # of a joint visit: the same at each of its plans
    is_lead: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(sa.String(20))
    drafted_by_id: Mapped[int]
    drafted_at: Mapped[datetime] = mapped_column(Moment)
    submitted_at: Mapped[datetime | None] = mapped_column(Moment)
    approved_at: Mapped[datetime | None] = mapped_column(Moment)
    filed_at: Mapped[datetime | None] = mapped_column(Moment)
    code_digest: Mapped[str | None] = mapped_column(sa.String(64))  # keyed digest of the code of its notice
    code_issued_at: Mapped[datetime | None] = mapped_column(Moment)
    code_shown_at: Mapped[datetime | None] = mapped_column(Moment)


class PlanInspector(OfCounty, Base):
    """Who goes: at least two, each with a certificate (Q-5)."""

    __tablename__ = "plan_inspector"
    __table_args__ = of_county(
        sa.UniqueConstraint("plan_id", "inspector_id"),
        refers("plan_id", "inspection_plan"),
        refers("inspector_id", "inspector"),
        sa.Index("ix_plan_inspector_inspector", "inspector_id", "plan_id"),
        retention="permanent",
    )
    plan_id: Mapped[int]
    inspector_id: Mapped[int]


class PlanEvent(OfCounty, Base):
    """What happened to a plan: added, never changed. An approval or a refusal is an act of office."""

    __tablename__ = "plan_event"
    __table_args__ = of_county(
        sa.UniqueConstraint("plan_id", "seq"),
        one_of("kind", PlanEventKind),
        sa.CheckConstraint("kind NOT IN ('approved', 'refused') OR office_id IS NOT NULL", name="of_office"),
        refers("plan_id", "inspection_plan"),
        refers("actor_id", "account"),
        refers("office_id", "office"),
        sa.Index("ix_plan_event_kind", "county_id", "kind", "at"),
        retention="permanent",
        append_only=True,
    )
    plan_id: Mapped[int]
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    actor_id: Mapped[int | None]  # none: the machine, or the enterprise without an account
    office_id: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(Moment)
    payload: Mapped[Any] = mapped_column(Json, default=dict)


# --- yearly plans -------------------------------------------------------------------------------------------------------------------


class YearlyPlan(OfCounty, Base):
    """The yearly plan of a body in one edition; published by 31 March, a change is the next edition and filed again (Q-10)."""

    __tablename__ = "yearly_plan"
    __table_args__ = of_county(
        sa.UniqueConstraint("body_id", "year", "edition"),
        refers("body_id", "body"),
        refers("imported_by_id", "account"),
        refers("published_by_id", "account"),
        refers("office_id", "office"),
        sa.CheckConstraint("(published_at IS NULL) = (office_id IS NULL)", name="published_by_office"),
        retention="permanent",
    )
    body_id: Mapped[int]
    year: Mapped[int]
    edition: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    reason: Mapped[str] = mapped_column(sa.String(500), default="")  # of a later edition
    imported_at: Mapped[datetime] = mapped_column(Moment)
    imported_by_id: Mapped[int | None]
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    published_by_id: Mapped[int | None]
    office_id: Mapped[int | None]


class YearlyPlanLine(OfCounty, Base):
    """Matter, kind, share, number and months; never enterprise and day (Q-10)."""

    __tablename__ = "yearly_plan_line"
    __table_args__ = of_county(
        sa.UniqueConstraint("yearly_plan_id", "seq"),
        one_of("kind", Kind),
        refers("yearly_plan_id", "yearly_plan"),
        refers("matter_id", "inspection_matter"),
        sa.CheckConstraint("share_tenths BETWEEN 0 AND 1000", name="share"),
        sa.CheckConstraint("number BETWEEN 0 AND 100000", name="number"),
        retention="permanent",
        append_only=True,
    )
    yearly_plan_id: Mapped[int]
    seq: Mapped[int]
    matter_id: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    share_tenths: Mapped[int]  # of the enterprises concerned, in tenths of a percent
    number: Mapped[int]  # of visits
    months: Mapped[str] = mapped_column(sa.String(40))  # 3,6,11
