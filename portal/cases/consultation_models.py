"""Assistance and opinion about a case: what was asked of which window, and its answer. They move nothing (C-21)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Moment, OfCounty, of_county, one_of, refers
from portal.rules.consultations import Asked


class Consultation(OfCounty, Base):
    """A question of the window that holds a case to another one, to be answered by a day."""

    __tablename__ = "consultation"
    __table_args__ = of_county(
        one_of("kind", Asked),
        refers("case_id", "case"),
        refers("from_window_id", "window"),
        refers("window_id", "window"),
        refers("asked_by_id", "account"),
        sa.Index("ix_consultation_case", "case_id", "id"),
        sa.Index("ix_consultation_window", "window_id", "due_on", "id"),
        retention="case",
        append_only=True,
    )
    case_id: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    from_window_id: Mapped[int]
    window_id: Mapped[int]  # who is asked
    question: Mapped[str] = mapped_column(sa.String(500))
    due_on: Mapped[date]
    asked_by_id: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(Moment)


class ConsultationAnswer(OfCounty, Base):
    """The answer, once."""

    __tablename__ = "consultation_answer"
    __table_args__ = of_county(
        sa.UniqueConstraint("consultation_id"),
        refers("consultation_id", "consultation"),
        refers("answered_by_id", "account"),
        retention="case",
        append_only=True,
    )
    consultation_id: Mapped[int]
    said: Mapped[str] = mapped_column(sa.String(500))
    answered_by_id: Mapped[int]
    answered_at: Mapped[datetime] = mapped_column(Moment)
