"""Visits that were made ahead, and the tickets of the queue at a point (N-7)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Moment, OfCounty, of_county, one_of, refers
from portal.rules.tickets import TicketState, VisitState


class Visit(OfCounty, Base):
    """A visit for one half hour at a point. No name; the phone is sealed, found again by its keyed index, and shown masked (R-2)."""

    __tablename__ = "visit"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "code"),
        one_of("state", VisitState),
        sa.CheckConstraint("length(half_hour) = 5", name="half_hour_whole"),
        refers("point_id", "service_point"),
        refers("item_id", "item"),
        sa.Index("ix_visit_half_hour", "point_id", "visit_on", "half_hour"),
        sa.Index("ix_visit_phone", "county_id", "phone_index", "visit_on"),
        retention="visit",
    )
    code: Mapped[str] = mapped_column(sa.String(12))
    point_id: Mapped[int]
    item_id: Mapped[int | None]
    visit_on: Mapped[date]
    half_hour: Mapped[str] = mapped_column(sa.String(5))
    phone_sealed: Mapped[bytes]
    phone_index: Mapped[str] = mapped_column(sa.String(32))
    is_elderly: Mapped[bool]
    state: Mapped[str] = mapped_column(sa.String(10))
    made_at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int]


class Ticket(OfCounty, Base):
    """A number of a day at a point, from the door to the end; nothing says whose it is. `body_id`: which windows can call it."""

    __tablename__ = "ticket"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "code"),
        sa.UniqueConstraint("point_id", "issued_on", "serial"),
        sa.UniqueConstraint("visit_id"),
        one_of("state", TicketState),
        sa.CheckConstraint("(state = 'waiting') = (called_at IS NULL)", name="called_with_its_moment"),
        sa.CheckConstraint("(called_at IS NULL) = (window_id IS NULL)", name="called_by_a_window"),
        sa.CheckConstraint("(called_at IS NULL) = (waited_seconds IS NULL)", name="waited_until_called"),
        refers("point_id", "service_point"),
        refers("item_id", "item"),
        refers("body_id", "body"),
        refers("visit_id", "visit"),
        refers("window_id", "window"),
        refers("called_by_id", "account"),
        sa.Index("ix_ticket_queue", "point_id", "issued_on", "state", "id"),
        sa.Index("ix_ticket_window", "window_id", "issued_on", "state"),
        retention="visit",
    )
    code: Mapped[str] = mapped_column(sa.String(12))
    point_id: Mapped[int]
    issued_on: Mapped[date]
    serial: Mapped[int]
    item_id: Mapped[int | None]
    body_id: Mapped[int | None]
    visit_id: Mapped[int | None]
    visit_at: Mapped[datetime | None] = mapped_column(Moment)
    is_elderly: Mapped[bool]
    state: Mapped[str] = mapped_column(sa.String(10))
    issued_at: Mapped[datetime] = mapped_column(Moment)
    window_id: Mapped[int | None]
    called_by_id: Mapped[int | None]
    called_at: Mapped[datetime | None] = mapped_column(Moment)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    waited_seconds: Mapped[int | None]
    served_seconds: Mapped[int | None]
    version: Mapped[int]
