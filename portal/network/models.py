"""Counties, divisions, service points, bodies, windows, hours, typed days and dated settings (N)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Identified, Json, Moment, Named, OfCounty, of_county, one_of, refers
from portal.rules.clauses import Level
from portal.rules.moving import EmergencyKind
from portal.rules.network import PointStatus as PointStatus


class BodyKind(StrEnum):
    DEPARTMENT = "department"
    TOWN_GOVERNMENT = "town_government"
    APPROVAL_BUREAU = "approval_bureau"
    SUPERIOR = "superior"
    VILLAGE = "village"
    COUNTY_GOVERNMENT = "county_government"


class County(Identified, Named, Base):
    """One county: the root of its own data (N-1). Found by the request's host; the only one if there is one."""

    __tablename__ = "county"
    __table_args__ = ({"info": {"retention": "permanent"}},)
    code: Mapped[str] = mapped_column(sa.String(6), unique=True)
    host: Mapped[str | None] = mapped_column(sa.String(253), unique=True)
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment)


class CountySetting(OfCounty, Base):
    """County data: a setting with the day from which it holds. Rows are added, never changed."""

    __tablename__ = "county_setting"
    __table_args__ = of_county(sa.UniqueConstraint("county_id", "key", "from_on"), retention="permanent", append_only=True)
    key: Mapped[str] = mapped_column(sa.String(60))
    from_on: Mapped[date]
    value: Mapped[Any] = mapped_column(Json)
    source: Mapped[str] = mapped_column(sa.String(500), default="")


class CalendarYear(OfCounty, Base):
    """A year whose notice is known; a year without a row is provisional (C-4)."""

    __tablename__ = "calendar_year"
    __table_args__ = of_county(sa.UniqueConstraint("county_id", "year"), retention="permanent")
    year: Mapped[int]
    notice: Mapped[str] = mapped_column(sa.String(200))
    source: Mapped[str] = mapped_column(sa.String(500), default="")


class NoticeKind(StrEnum):
    YEARLY = "yearly"
    REGIONAL = "regional"
    REGIONAL_ENDED = "regional_ended"


class CalendarNotice(OfCounty, Base):
    """What was entered into the calendar, by whom and when, with the text as it was pasted: one that was corrected later stays readable.

    `seq` counts them in a county; the last is the version of its calendar. `days` are [day, kind] as this entry types them.
    """

    __tablename__ = "calendar_notice"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "seq"),
        one_of("kind", NoticeKind),
        refers("entered_by_id", "account"),
        sa.Index("ix_calendar_notice_year", "county_id", "year", "seq"),
        retention="permanent",
        append_only=True,
    )
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    year: Mapped[int]
    notice: Mapped[str] = mapped_column(sa.String(200))
    source: Mapped[str] = mapped_column(sa.String(500), default="")
    text: Mapped[str] = mapped_column(sa.String(4000), default="")
    days: Mapped[Any] = mapped_column(Json)
    entered_at: Mapped[datetime] = mapped_column(Moment)
    entered_by_id: Mapped[int | None]


class CalendarDay(OfCounty, Named, Base):
    """A typed day: holiday, moved workday, regional holiday. `notice_year` is the year whose notice says so; none for a regional one."""

    __tablename__ = "calendar_day"
    __table_args__ = of_county(sa.UniqueConstraint("county_id", "day_on"), retention="permanent")
    day_on: Mapped[date]
    kind: Mapped[str] = mapped_column(sa.String(20))
    notice: Mapped[str] = mapped_column(sa.String(200), default="")
    notice_year: Mapped[int | None]


class Division(OfCounty, Named, Base):
    """An administrative division (区划), apart from the service point made from it (N-3)."""

    __tablename__ = "division"
    __table_args__ = of_county(sa.UniqueConstraint("county_id", "code"), refers("parent_id", "division"), retention="permanent")
    code: Mapped[str] = mapped_column(sa.String(12))
    level: Mapped[str] = mapped_column(sa.String(20))
    parent_id: Mapped[int | None]
    edition: Mapped[str] = mapped_column(sa.String(80), default="")


class Body(OfCounty, Named, Base):
    """What grants, what an item names as responsible, what people belong to (机构)."""

    __tablename__ = "body"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "code"), one_of("kind", BodyKind), refers("division_id", "division"), retention="permanent"
    )
    code: Mapped[str] = mapped_column(sa.String(20))
    kind: Mapped[str] = mapped_column(sa.String(20))
    line: Mapped[str] = mapped_column(sa.String(40), default="")
    is_vertical: Mapped[bool] = mapped_column(default=False)
    division_id: Mapped[int | None]
    paper_prefix: Mapped[str] = mapped_column(sa.String(40))  # 柞市监授: what stands before 〔2026〕1号 on its instruments
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    phone: Mapped[str] = mapped_column(sa.String(40), default="")
    more: Mapped[Any] = mapped_column(Json, default=dict)  # short_name, uscc, letter_prefix, reconsideration and court of its remedies
    is_sample: Mapped[bool] = mapped_column(default=False)


class ServicePoint(OfCounty, Named, Base):
    """A node of the network (服务网点). Has exactly one parent, except the root; levels only go down (N-1)."""

    __tablename__ = "service_point"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "code"),
        one_of("level", Level),
        one_of("status", PointStatus),
        sa.CheckConstraint("(parent_id IS NULL) = (level = 'county')", name="one_root"),
        refers("parent_id", "service_point"),
        refers("division_id", "division"),
        refers("body_id", "body"),
        retention="permanent",
    )
    code: Mapped[str] = mapped_column(sa.String(20))
    level: Mapped[str] = mapped_column(sa.String(20))
    parent_id: Mapped[int | None]
    division_id: Mapped[int | None]
    body_id: Mapped[int | None]  # the department that runs a sub-center
    status: Mapped[str] = mapped_column(sa.String(20))
    status_from_on: Mapped[date]
    pinyin: Mapped[str] = mapped_column(sa.String(200), default="")
    initials: Mapped[str] = mapped_column(sa.String(60), default="")
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    address_hant: Mapped[str] = mapped_column(sa.String(200), default="")
    address_en: Mapped[str] = mapped_column(sa.String(300), default="")
    phone: Mapped[str] = mapped_column(sa.String(40), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    is_sample: Mapped[bool] = mapped_column(default=False)


class PointName(OfCounty, Named, Base):
    """A name that a point bears or bore: merged points stay readable under both names (N-3)."""

    __tablename__ = "point_name"
    __table_args__ = of_county(sa.UniqueConstraint("point_id", "from_on"), refers("point_id", "service_point"), retention="permanent")
    point_id: Mapped[int]
    from_on: Mapped[date]
    until_on: Mapped[date | None]


class PointStatusChange(OfCounty, Base):
    """The history of a point's status (N-2); the point's own column is its last row."""

    __tablename__ = "point_status_change"
    __table_args__ = of_county(
        one_of("status", PointStatus),
        refers("point_id", "service_point"),
        sa.Index("ix_point_status_change_point", "point_id", "from_on"),
        retention="permanent",
        append_only=True,
    )
    point_id: Mapped[int]
    status: Mapped[str] = mapped_column(sa.String(20))
    from_on: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")


class PointEmergency(OfCounty, Base):
    """That a point stopped from one moment to the next (flood, power), with what the public is told, until it works again (N-2)."""

    __tablename__ = "point_emergency"
    __table_args__ = of_county(
        one_of("kind", EmergencyKind),
        one_of("was", PointStatus),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended_by_one"),
        refers("point_id", "service_point"),
        refers("started_by_id", "account"),
        refers("office_id", "office"),
        refers("ended_by_id", "account"),
        sa.Index("ix_point_emergency_standing", "county_id", "ended_at", "id"),
        sa.Index("ix_point_emergency_point", "point_id", "id"),
        retention="permanent",
    )
    point_id: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(10))
    words: Mapped[str] = mapped_column(sa.String(300), default="")  # what the public is told beside the kind
    was: Mapped[str] = mapped_column(sa.String(20))  # the status before, which it gets again
    started_at: Mapped[datetime] = mapped_column(Moment)
    started_by_id: Mapped[int]
    office_id: Mapped[int]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by_id: Mapped[int | None]


class PointHours(OfCounty, Base):
    """When a point is open; a lunch break is two rows of one weekday. Times are HH:MM, Asia/Shanghai (N-5)."""

    __tablename__ = "point_hours"
    __table_args__ = of_county(
        sa.UniqueConstraint("point_id", "weekday", "opens"),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday_iso"),
        sa.CheckConstraint("opens < closes", name="opens_before_closes"),
        refers("point_id", "service_point"),
        retention="permanent",
    )
    point_id: Mapped[int]
    weekday: Mapped[int]
    opens: Mapped[str] = mapped_column(sa.String(5))
    closes: Mapped[str] = mapped_column(sa.String(5))
    more: Mapped[Any] = mapped_column(
        Json, default=dict
    )  # kind (regular, lunch, evening, weekend), note in three languages, season, from_on


class Window(OfCounty, Named, Base):
    """A counter at one point: of one department, or a general one (综合窗口) of several."""

    __tablename__ = "window"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "code"),
        refers("point_id", "service_point"),
        sa.Index("ix_window_point", "point_id"),
        retention="permanent",
    )
    code: Mapped[str] = mapped_column(sa.String(40))
    point_id: Mapped[int]
    is_general: Mapped[bool]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    is_sample: Mapped[bool] = mapped_column(default=False)


class WindowBody(OfCounty, Base):
    """Which bodies a window serves, dated."""

    __tablename__ = "window_body"
    __table_args__ = of_county(
        sa.UniqueConstraint("window_id", "body_id", "from_on"),
        refers("window_id", "window"),
        refers("body_id", "body"),
        retention="permanent",
    )
    window_id: Mapped[int]
    body_id: Mapped[int]
    from_on: Mapped[date]
    until_on: Mapped[date | None]


class NumberCounter(OfCounty, Base):
    """The next number of a kind in a year, taken in the act's own transaction, so that numbers have no holes."""

    __tablename__ = "number_counter"
    __table_args__ = of_county(sa.UniqueConstraint("county_id", "kind", "year"), retention="permanent")
    kind: Mapped[str] = mapped_column(sa.String(60))
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)


class Outbox(OfCounty, Base):
    """Messages to send after the act that caused them was committed; sent once each. Written by `message_services.put`, or plainly.

    A message in the app is there once it is written; `sent_at` then says that its copy by mail was seen to. Of any other, `claim` is who
    is sending it now, `tried_at` when that began, `next_at` from when it may be tried (again). All three and `sent_at` are wall time,
    which waits keep to; `created_at` is the moment of the event.
    """

    __tablename__ = "outbox"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "dedupe_key"),
        sa.Index("ix_outbox_unsent", "county_id", "sent_at", "given_up_at", "id"),
        sa.Index("ix_outbox_inbox", "county_id", "receiver", "channel", "id"),
        sa.Index("ix_outbox_unread", "county_id", "receiver", "channel", "read_at"),
        retention="message",
    )
    dedupe_key: Mapped[str] = mapped_column(sa.String(120))
    channel: Mapped[str] = mapped_column(sa.String(20))
    receiver: Mapped[str] = mapped_column(sa.String(120))  # in the app a user name; else kind:id, and the address is looked up when it is sent
    language: Mapped[str] = mapped_column(sa.String(10))
    template: Mapped[str] = mapped_column(sa.String(60))
    facts: Mapped[Any] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    claim: Mapped[str | None] = mapped_column(sa.String(32))
    tried_at: Mapped[datetime | None] = mapped_column(Moment)
    next_at: Mapped[datetime | None] = mapped_column(Moment)
    given_up_at: Mapped[datetime | None] = mapped_column(Moment)
    failure: Mapped[str] = mapped_column(sa.String(60), default="")  # of the last attempt, a code without any address
    read_at: Mapped[datetime | None] = mapped_column(Moment)


class JobRun(OfCounty, Base):
    """One run of a job for one day; unique, so that a repetition does nothing twice."""

    __tablename__ = "job_run"
    __table_args__ = of_county(sa.UniqueConstraint("county_id", "job", "period"), retention="operations")
    job: Mapped[str] = mapped_column(sa.String(60))
    period: Mapped[str] = mapped_column(sa.String(20))
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str] = mapped_column(sa.String(500), default="")


class RetentionClass(Identified, Base):
    """R-3: what happens to a kind of row after how many years, and who signs. A code list of the deployment."""

    __tablename__ = "retention_class"
    __table_args__ = ({"info": {"retention": "permanent"}},)
    code: Mapped[str] = mapped_column(sa.String(30), unique=True)
    years: Mapped[int | None]  # none: kept for ever
    act: Mapped[str] = mapped_column(sa.String(20))
    signed_by: Mapped[str] = mapped_column(sa.String(60))
