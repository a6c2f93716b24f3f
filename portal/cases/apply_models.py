"""Applying online: codes by phone, phones that are known for a while, and drafts. Phones and what is typed are sealed (R-2)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Moment, OfCounty, of_county, refers


class ApplyCode(OfCounty, Base):
    """A one-time code that was sent to a phone. Neither code nor ticket is kept: the code follows from ticket and key. Wall time."""

    __tablename__ = "apply_code"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "ticket_hash"), sa.Index("ix_apply_code_good_until", "good_until"), retention="session"
    )
    ticket_hash: Mapped[str] = mapped_column(sa.String(64))
    phone_index: Mapped[str] = mapped_column(sa.String(32))
    phone_sealed: Mapped[bytes]
    sent_at: Mapped[datetime] = mapped_column(Moment)
    good_until: Mapped[datetime] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class ApplySession(OfCounty, Base):
    """A browser that counts as that of a phone: only the digest of its token is kept. Apart from the sessions of staff. Wall time."""

    __tablename__ = "apply_session"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "token_hash"), sa.Index("ix_apply_session_good_until", "good_until"), retention="session"
    )
    token_hash: Mapped[str] = mapped_column(sa.String(64))
    phone_index: Mapped[str] = mapped_column(sa.String(32))
    phone_sealed: Mapped[bytes]
    started_at: Mapped[datetime] = mapped_column(Moment)
    good_until: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class Draft(OfCounty, Base):
    """An application that is not sent yet, of a phone: what was typed is one sealed field, and gone once it is sent or dropped."""

    __tablename__ = "draft"
    __table_args__ = of_county(
        refers("item_id", "item"),
        refers("point_id", "service_point"),
        refers("case_id", "case"),
        sa.UniqueConstraint("case_id"),
        sa.Index("ix_draft_phone", "county_id", "phone_index", "id"),
        retention="session",
    )
    phone_index: Mapped[str] = mapped_column(sa.String(32))
    item_id: Mapped[int]
    point_id: Mapped[int]
    fields_sealed: Mapped[bytes | None]
    version: Mapped[int]
    begun_at: Mapped[datetime] = mapped_column(Moment)
    saved_at: Mapped[datetime] = mapped_column(Moment)
    case_id: Mapped[int | None]  # what it became
    dropped_at: Mapped[datetime | None] = mapped_column(Moment)
