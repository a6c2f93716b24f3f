"""Accounts, offices, postings, stand-ins, sessions, and the persons that matters are about (N-4, R-2)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, column_property, mapped_column

from portal.database import Base, Identified, Json, Moment, Named, OfCounty, of_county, one_of, refers
from portal.rules.postings import Staff


class Role(StrEnum):
    CLERK = "clerk"
    AGENT = "agent"
    CHIEF = "chief"
    DEPT_HEAD = "dept_head"
    LEADER = "leader"
    CENTER = "center"
    MANAGER = "manager"
    SUPERVISOR = "supervisor"
    CASHIER = "cashier"
    INSPECTOR = "inspector"
    ENTERPRISE = "enterprise"
    AUDITOR = "auditor"
    ADMIN = "admin"


class OfficeKind(StrEnum):
    """Offices whose holders do acts of office (G-2)."""

    HEAD_OF_AGENCY = "head_of_agency"
    LEADER_IN_CHARGE = "leader_in_charge"
    HEAD_OF_GOVERNMENT = "head_of_government"
    CENTER_MANAGEMENT = "center_management"
    COUNTY_MANAGER = "county_manager"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


class Account(OfCounty, Named, Base):
    """Someone who signs in. Officials' names and posts are public (O-4)."""

    __tablename__ = "account"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "username"),
        one_of("role", Role),
        sa.CheckConstraint("language IN ('zh-Hans', 'zh-Hant', 'en')", name="language_known"),
        refers("body_id", "body"),
        refers("point_id", "service_point"),
        refers("window_id", "window"),
        retention="staff",
    )
    username: Mapped[str] = mapped_column(sa.String(60))
    role: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[str] = mapped_column(sa.String(100), default="")
    title_hant: Mapped[str] = mapped_column(sa.String(100), default="")
    title_en: Mapped[str] = mapped_column(sa.String(200), default="")
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    is_one_time: Mapped[bool] = mapped_column(default=False)  # the password was given out and must be changed at the first sign-in
    body_id: Mapped[int | None]
    point_id: Mapped[int | None]
    window_id: Mapped[int | None]
    enterprise_code: Mapped[str | None] = mapped_column(sa.String(18))
    email: Mapped[str | None] = mapped_column(sa.String(200))  # where copies of messages go; the person's own choice
    language: Mapped[str | None] = mapped_column(sa.String(10))  # of messages
    created_at: Mapped[datetime] = mapped_column(Moment)
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)
    is_sample: Mapped[bool] = mapped_column(default=False)


class Office(OfCounty, Base):
    """An office held for a period: what acts of office rest on (G-2)."""

    __tablename__ = "office"
    __table_args__ = of_county(
        one_of("kind", OfficeKind), refers("account_id", "account"), refers("body_id", "body"), retention="permanent"
    )
    account_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(sa.String(30))
    body_id: Mapped[int | None]
    from_on: Mapped[date]
    until_on: Mapped[date | None]


class Posting(OfCounty, Base):
    """A person assigned to a window for a period, with a post there (派驻). A row is never changed: an end is a row of its own (N-4).

    `until_on` is the last day as it is known now, ends included. An end never lies before the day on which it was entered, so no answer
    about the past changes. An end before the first day says that the posting never began.
    """

    __tablename__ = "posting"
    __table_args__ = of_county(
        sa.CheckConstraint("post IN ('clerk', 'chief', 'agent')", name="post_known"),
        one_of("staff", Staff),
        refers("account_id", "account"),
        refers("window_id", "window"),
        refers("entered_by_id", "account"),
        sa.Index("ix_posting_window", "window_id", "from_on"),
        retention="permanent",
        append_only=True,
    )
    account_id: Mapped[int] = mapped_column(index=True)
    window_id: Mapped[int]
    post: Mapped[str] = mapped_column(sa.String(10))
    from_on: Mapped[date]
    planned_until_on: Mapped[date | None] = mapped_column("until_on")  # as it was entered
    certificate: Mapped[str] = mapped_column(sa.String(60), default="")  # number of the enforcement certificate
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    staff: Mapped[str] = mapped_column(sa.String(10), default=Staff.REGULAR.value)
    told_on: Mapped[date | None]  # when the center was told
    excused: Mapped[Any] = mapped_column(Json, default=list)  # codes of what the reason excused; with any, it is an exception
    village_paper: Mapped[str] = mapped_column(sa.String(60), default="")  # by which the village appointed its agent
    town_paper: Mapped[str] = mapped_column(sa.String(60), default="")  # by which the town confirmed the agent
    entered_by_id: Mapped[int | None]
    entered_at: Mapped[datetime | None] = mapped_column(Moment)
    if TYPE_CHECKING:
        until_on: Mapped[date | None]


class PostingEnd(OfCounty, Base):
    """That a posting ends on a day, earlier than was known before; of several the earliest counts (N-4)."""

    __tablename__ = "posting_end"
    __table_args__ = of_county(
        refers("posting_id", "posting"), refers("ended_by_id", "account"), retention="permanent", append_only=True
    )
    posting_id: Mapped[int] = mapped_column(index=True)
    last_on: Mapped[date]
    told_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    excused: Mapped[Any] = mapped_column(Json, default=list)
    ended_by_id: Mapped[int | None]
    recorded_at: Mapped[datetime] = mapped_column(Moment)


# every query that asks until when somebody is posted reads the ends with it
_EARLIEST = sa.select(sa.func.min(PostingEnd.last_on)).where(PostingEnd.posting_id == Posting.id).correlate_except(PostingEnd)
Posting.until_on = column_property(sa.func.coalesce(_EARLIEST.scalar_subquery(), Posting.planned_until_on))


class StandIn(OfCounty, Base):
    """A stand-in (职务代理) for an absent chief representative, at most 30 days (G-13)."""

    __tablename__ = "stand_in"
    __table_args__ = of_county(
        refers("absent_id", "account"),
        refers("account_id", "account"),
        refers("window_id", "window"),
        refers("appointed_by_id", "account"),
        refers("office_id", "office"),
        sa.CheckConstraint("from_on <= until_on", name="ends"),
        sa.Index("ix_stand_in_window", "window_id", "until_on"),
        retention="permanent",
        append_only=True,
    )
    absent_id: Mapped[int]
    account_id: Mapped[int] = mapped_column(index=True)
    window_id: Mapped[int]
    from_on: Mapped[date]
    until_on: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(300))
    appointed_by_id: Mapped[int]
    office_id: Mapped[int]  # the office by which it was appointed; the moves of pending work rest on it
    appointed_at: Mapped[datetime] = mapped_column(Moment)  # it holds from then on, or from its first day (G-17)


class SignInSession(Identified, Base):
    """A session: only the digest of its token is kept; moments are wall time."""

    __tablename__ = "sign_in_session"
    __table_args__ = ({"info": {"retention": "session"}},)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    address: Mapped[str] = mapped_column(sa.String(64), default="")


class LoginThrottle(Identified, Base):
    """Failures per (name, address) and per address, alike for all processes. A stranger's failures delay the stranger, not the owner."""

    __tablename__ = "login_throttle"
    __table_args__ = ({"info": {"retention": "session"}},)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(Moment)
    free_at: Mapped[datetime] = mapped_column(Moment)


class Person(OfCounty, Base):
    """Someone whom a matter is about. Identity number and phone are sealed; the masked name is kept for lists."""

    __tablename__ = "person"
    __table_args__ = of_county(
        sa.CheckConstraint("kind IN ('natural', 'organisation')", name="kind_known"),
        sa.Index("ix_person_number_index", "county_id", "number_index"),
        sa.Index("ix_person_phone_index", "county_id", "phone_index"),
        retention="case",
    )
    kind: Mapped[str] = mapped_column(sa.String(20))
    masked_name: Mapped[str] = mapped_column(sa.String(200))
    number_sealed: Mapped[bytes | None]
    number_index: Mapped[str | None] = mapped_column(sa.String(32))
    phone_sealed: Mapped[bytes | None]
    phone_index: Mapped[str | None] = mapped_column(sa.String(32))
    created_at: Mapped[datetime] = mapped_column(Moment)


class PersonName(OfCounty, Base):
    """A person's name and its normalised key, in their own table, so that a list never loads one by accident."""

    __tablename__ = "person_name"
    __table_args__ = of_county(
        sa.UniqueConstraint("person_id"),
        refers("person_id", "person"),
        sa.Index("ix_person_name_key", "county_id", "name_key", postgresql_ops={"name_key": "text_pattern_ops"}),  # also found by its beginning
        retention="case",
    )
    person_id: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(200))
    name_key: Mapped[str] = mapped_column(sa.String(200))
