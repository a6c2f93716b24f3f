"""Inquiries: what was asked first at which window, who has it, and what happened to it (C-8)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Moment, OfCounty, of_county, one_of, refers
from portal.rules.inquiries import InquiryState, InquiryStep


class Inquiry(OfCounty, Base):
    """What somebody asked at a window. `window_id` and `by_id` were asked first; `with_…` has it now. The phone is sealed (R-2)."""

    __tablename__ = "inquiry"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id"),
        one_of("state", InquiryState),
        sa.CheckConstraint("(state = 'open') = (ended_on IS NULL)", name="ended_with_its_day"),
        sa.CheckConstraint("state <> 'became_case' OR case_id IS NOT NULL", name="became_a_case"),
        refers("window_id", "window"),
        refers("by_id", "account"),
        refers("with_window_id", "window"),
        refers("with_id", "account"),
        refers("item_id", "item"),
        refers("case_id", "case"),
        sa.Index("ix_inquiry_with", "with_window_id", "state", "id"),
        sa.Index("ix_inquiry_window", "window_id", "state", "id"),
        sa.Index("ix_inquiry_state", "county_id", "state", "id"),
        sa.Index("ix_inquiry_due", "county_id", "state", "due_on", "id"),
        retention="inquiry",
    )
    window_id: Mapped[int]
    by_id: Mapped[int]
    with_window_id: Mapped[int]
    with_id: Mapped[int | None]  # none: everybody at the window
    item_id: Mapped[int | None]
    case_id: Mapped[int | None]  # the case that followed, also after an answer
    asked: Mapped[str] = mapped_column(sa.String(500))
    phone_sealed: Mapped[bytes | None]
    asked_at: Mapped[datetime] = mapped_column(Moment)
    due_on: Mapped[date]
    ended_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(sa.String(12))
    version: Mapped[int]


class InquiryEntry(OfCounty, Base):
    """What happened to an inquiry: handed over to whom, answered in which words, became which case."""

    __tablename__ = "inquiry_entry"
    __table_args__ = of_county(
        one_of("step", InquiryStep),
        sa.CheckConstraint("(step = 'handed_over') = (to_window_id IS NOT NULL)", name="handed_over_to"),
        refers("inquiry_id", "inquiry"),
        refers("to_window_id", "window"),
        refers("to_id", "account"),
        refers("case_id", "case"),
        refers("by_id", "account"),
        sa.Index("ix_inquiry_entry_inquiry", "inquiry_id", "id"),
        retention="inquiry",
        append_only=True,
    )
    inquiry_id: Mapped[int]
    step: Mapped[str] = mapped_column(sa.String(12))
    said: Mapped[str] = mapped_column(sa.String(500), default="")
    to_window_id: Mapped[int | None]
    to_id: Mapped[int | None]
    case_id: Mapped[int | None]
    by_id: Mapped[int]
    done_at: Mapped[datetime] = mapped_column(Moment)
