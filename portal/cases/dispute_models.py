"""Disputes between bodies, the meeting, and the ruling that is a routing rule from then on (C-24)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Moment, OfCounty, of_county, one_of, refers
from portal.rules.clauses import Level, Power
from portal.rules.disputes import DisputeState, Ground


class Dispute(OfCounty, Base):
    """A case that bodies sent to and fro, from the return that opened it (`event_seq`); the holder stays."""

    __tablename__ = "dispute"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "number"),
        sa.UniqueConstraint("case_id", "event_seq"),
        one_of("ground", Ground),
        one_of("state", DisputeState),
        refers("case_id", "case"),
        refers("item_id", "item"),
        refers("holder_id", "window"),
        sa.Index("ix_dispute_state", "county_id", "state", "id"),
        retention="case",
    )
    number: Mapped[str] = mapped_column(sa.String(40))
    year: Mapped[int]
    case_id: Mapped[int]
    event_seq: Mapped[int]
    item_id: Mapped[int]
    holder_id: Mapped[int]
    ground: Mapped[str] = mapped_column(sa.String(20))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    meet_by_on: Mapped[date]
    rule_by_on: Mapped[date]
    state: Mapped[str] = mapped_column(sa.String(10))


class DisputeBody(OfCounty, Base):
    """A body that is part of a dispute: one that returned the case, or the holder's."""

    __tablename__ = "dispute_body"
    __table_args__ = of_county(
        sa.UniqueConstraint("dispute_id", "body_id"),
        refers("dispute_id", "dispute"),
        refers("body_id", "body"),
        sa.Index("ix_dispute_body_body", "body_id", "dispute_id"),
        retention="case",
        append_only=True,
    )
    dispute_id: Mapped[int]
    body_id: Mapped[int]
    has_returned: Mapped[bool]


class DisputeMeeting(OfCounty, Base):
    """When the bodies met, which of them took part, and what was said (部门集中会办)."""

    __tablename__ = "dispute_meeting"
    __table_args__ = of_county(
        sa.UniqueConstraint("dispute_id"),
        refers("dispute_id", "dispute"),
        refers("recorded_by_id", "account"),
        refers("office_id", "office"),
        retention="case",
        append_only=True,
    )
    dispute_id: Mapped[int]
    held_on: Mapped[date]
    body_ids: Mapped[Any] = mapped_column(Json)
    minutes: Mapped[str] = mapped_column(sa.String(1000))
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    recorded_by_id: Mapped[int]
    office_id: Mapped[int]


class RoutingRuling(OfCounty, Base):
    """A ruling: it routes its case, and from its day every case of the item from this level or point (C-24). Ended by a later one."""

    __tablename__ = "routing_ruling"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "number"),
        sa.UniqueConstraint("dispute_id"),
        one_of("power", Power),
        one_of("from_level", Level),
        sa.CheckConstraint("(from_level IS NULL) <> (from_point_id IS NULL)", name="from_level_or_point"),
        refers("dispute_id", "dispute"),
        refers("item_id", "item"),
        refers("from_point_id", "service_point"),
        refers("to_window_id", "window"),
        refers("to_body_id", "body"),
        refers("ruled_by_id", "account"),
        refers("office_id", "office"),
        sa.Index("ix_routing_ruling_item", "item_id", "id"),
        retention="permanent",
        append_only=True,
    )
    number: Mapped[str] = mapped_column(sa.String(40))
    dispute_id: Mapped[int]
    item_id: Mapped[int]
    power: Mapped[str | None] = mapped_column(sa.String(20))  # the next power for which it is the way; none where nothing was left
    from_level: Mapped[str | None] = mapped_column(sa.String(20))
    from_point_id: Mapped[int | None]
    to_window_id: Mapped[int]
    to_body_id: Mapped[int]
    from_on: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(500))
    ruled_at: Mapped[datetime] = mapped_column(Moment)
    ruled_by_id: Mapped[int]
    office_id: Mapped[int]
