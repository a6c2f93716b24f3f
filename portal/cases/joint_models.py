"""Packages (一件事) and joint cases (C-10, C-26): a joint case is led by one window; its branches are cases of their own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Moment, Named, OfCounty, of_county, one_of, refers
from portal.rules.joint import Kind


class Package(OfCounty, Named, Base):
    """A package (一件事): questions first, then one form, one list, one receipt, one due date and one delivery (C-26)."""

    __tablename__ = "package"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "code"),
        sa.CheckConstraint("days >= 1 AND days <= 45", name="days_range"),
        retention="permanent",
    )
    code: Mapped[str] = mapped_column(sa.String(40))
    theme: Mapped[str] = mapped_column(sa.String(40))
    days: Mapped[int]  # the one limit, in working days: 45 at most (S-6)
    about: Mapped[Any] = mapped_column(Json)  # {"hans", "hant", "en"}: for whom it is
    questions: Mapped[Any] = mapped_column(Json)  # list of {"code", "hans", "hant", "en"}, answered with yes or no
    same: Mapped[Any] = mapped_column(Json)  # lists of names of materials that are one and the same paper
    from_on: Mapped[date]
    is_sample: Mapped[bool] = mapped_column(default=False)


class PackageItem(OfCounty, Base):
    """An item of a package, asked for always or where a question is answered with yes."""

    __tablename__ = "package_item"
    __table_args__ = of_county(
        sa.UniqueConstraint("package_id", "item_id"),
        sa.UniqueConstraint("package_id", "seq"),
        refers("package_id", "package"),
        refers("item_id", "item"),
        retention="permanent",
    )
    package_id: Mapped[int]
    item_id: Mapped[int] = mapped_column(index=True)
    seq: Mapped[int]
    question: Mapped[str] = mapped_column(sa.String(20), default="")
    makes: Mapped[str] = mapped_column(sa.String(200), default="")  # the material of other branches that this one's result is


class JointCase(OfCounty, Base):
    """A joint case (联办件): one number, one code, one applicant, one lead, one day by which all of it is due."""

    __tablename__ = "joint_case"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "number"),
        sa.UniqueConstraint("tracking_code"),
        refers("package_id", "package"),
        refers("applicant_id", "person"),
        refers("lead_window_id", "window"),
        sa.Index("ix_joint_case_lead", "lead_window_id", "id"),
        sa.Index("ix_joint_case_open", "county_id", "is_open", "id"),
        retention="case",
    )
    number: Mapped[str] = mapped_column(sa.String(30))
    tracking_code: Mapped[str] = mapped_column(sa.String(20))
    package_id: Mapped[int]
    applicant_id: Mapped[int]
    lead_window_id: Mapped[int]
    answers: Mapped[Any] = mapped_column(Json)  # the questions answered with yes
    opened_at: Mapped[datetime] = mapped_column(Moment)
    ask_until: Mapped[date]
    due_on: Mapped[date]
    version: Mapped[int]
    is_open: Mapped[bool]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    is_sample: Mapped[bool] = mapped_column(default=False)


class JointBranch(OfCounty, Base):
    """A branch of a joint case: a case of its own, at the window that decides it."""

    __tablename__ = "joint_branch"
    __table_args__ = of_county(
        sa.UniqueConstraint("joint_id", "seq"),
        sa.UniqueConstraint("case_id"),
        refers("joint_id", "joint_case"),
        refers("case_id", "case"),
        refers("window_id", "window"),
        sa.Index("ix_joint_branch_window", "window_id", "joint_id"),
        retention="case",
    )
    joint_id: Mapped[int]
    seq: Mapped[int]
    case_id: Mapped[int]
    window_id: Mapped[int]


class JointEvent(OfCounty, Base):
    """What happened to the whole: opened, asked, noticed, visited, urged, ended. Appended only."""

    __tablename__ = "joint_event"
    __table_args__ = of_county(
        sa.UniqueConstraint("joint_id", "seq"),
        one_of("kind", Kind),
        sa.CheckConstraint("(clause_id IS NULL) = (kind IN ('urged', 'escalated'))", name="rests_on_clause"),
        refers("joint_id", "joint_case"),
        refers("clause_id", "clause"),
        refers("actor_id", "account"),
        refers("window_id", "window"),
        retention="case",
        append_only=True,
    )
    joint_id: Mapped[int]
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    branch: Mapped[int | None]  # the seq of the branch that it is about
    clause_id: Mapped[int | None] = mapped_column(index=True)
    actor_id: Mapped[int | None]
    window_id: Mapped[int | None]
    occurred_at: Mapped[datetime] = mapped_column(Moment)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    payload: Mapped[Any] = mapped_column(Json)
