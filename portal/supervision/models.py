"""What is kept of the mail-room index (G-8): facts of each closed case, written when it closes, and counters that a page reads."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, OfCounty, of_county, one_of, refers
from portal.rules.clauses import Power
from portal.rules.mailroom import GroupKind

WHY_KNOWN = "why IN ('missing', 'despite')"


class MailRoomCase(OfCounty, Base):
    """A closed case in the figures: the month in which it closed and the body then responsible for its item."""

    __tablename__ = "mail_room_case"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id"),
        refers("case_id", "case"),
        refers("body_id", "body"),
        sa.Index("ix_mail_room_case_month", "county_id", "month_on", "case_id"),
        retention="case",
        append_only=True,
    )
    case_id: Mapped[int]
    month_on: Mapped[date]  # its first day
    body_id: Mapped[int]


class MailRoomStay(OfCounty, Base):
    """A window above a room that held the case, with its point: the case is in their n."""

    __tablename__ = "mail_room_stay"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id", "window_id"),
        refers("case_id", "case"),
        refers("window_id", "window"),
        refers("point_id", "service_point"),
        retention="case",
        append_only=True,
    )
    case_id: Mapped[int]
    window_id: Mapped[int]
    point_id: Mapped[int]


class MailRoomTransfer(OfCounty, Base):
    """A leg that counts: the power needed was missing where it was sent, or it was sent despite the power. `leg_seq` is the leg's."""

    __tablename__ = "mail_room_transfer"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id", "leg_seq"),
        sa.CheckConstraint(WHY_KNOWN, name="why_known"),
        one_of("power", Power),
        refers("case_id", "case"),
        refers("window_id", "window"),
        refers("point_id", "service_point"),
        refers("body_id", "body"),
        # the cases behind a figure, newest first: of a window, a point, a body, the county
        sa.Index("ix_mail_room_transfer_window", "window_id", "why", "case_id"),
        sa.Index("ix_mail_room_transfer_point", "point_id", "why", "case_id"),
        sa.Index("ix_mail_room_transfer_body", "body_id", "why", "case_id"),
        sa.Index("ix_mail_room_transfer_why", "county_id", "why", "case_id"),
        retention="case",
        append_only=True,
    )
    case_id: Mapped[int]
    leg_seq: Mapped[int]
    why: Mapped[str] = mapped_column(sa.String(10))
    power: Mapped[str] = mapped_column(sa.String(20))
    window_id: Mapped[int]
    point_id: Mapped[int]
    body_id: Mapped[int]  # of the case, and
    month_on: Mapped[date]  # its month: so that no figure has to look further for what is behind it


class MailRoomMonth(OfCounty, Base):
    """Closed cases of a month and group, and how many of them count in each index; the group's id is 0 for the county."""

    __tablename__ = "mail_room_month"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "month_on", "kind", "group_id"),
        one_of("kind", GroupKind),
        sa.CheckConstraint("missing >= 0 AND missing <= n AND despite >= 0 AND despite <= n", name="counts_fit"),
        retention="permanent",
    )
    month_on: Mapped[date]
    kind: Mapped[str] = mapped_column(sa.String(20))
    group_id: Mapped[int]
    n: Mapped[int]
    missing: Mapped[int]
    despite: Mapped[int]
