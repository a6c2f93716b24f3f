"""Tasks of supervision that grants make (C-27)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Moment, OfCounty, of_county, one_of, refers
from portal.rules.supervision_tasks import TaskState


class SupervisionTask(OfCounty, Base):
    """A grant that a body has to supervise from now on: until when it is to reach it and to be confirmed, and who confirmed it."""

    __tablename__ = "supervision_task"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id", "event_seq"),
        one_of("state", TaskState),
        sa.CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name="confirmed_when"),
        sa.CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_one"),
        refers("case_id", "case"),
        refers("version_id", "item_version"),
        refers("body_id", "body"),
        refers("decided_by_id", "account"),
        refers("confirmed_by_id", "account"),
        sa.Index("ix_supervision_task_body", "body_id", "state", "id"),
        sa.Index("ix_supervision_task_state", "county_id", "state", "id"),
        retention="case",
    )
    case_id: Mapped[int]
    event_seq: Mapped[int]
    version_id: Mapped[int]
    body_id: Mapped[int]
    decided_by_id: Mapped[int | None]
    granted_at: Mapped[datetime] = mapped_column(Moment)
    send_by_on: Mapped[date]
    confirm_by_on: Mapped[date]
    state: Mapped[str] = mapped_column(sa.String(10))
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by_id: Mapped[int | None]
    note: Mapped[str] = mapped_column(sa.String(500), default="")
