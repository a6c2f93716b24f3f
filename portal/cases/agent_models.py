"""Agent service of cases, as the events say: what the worker's day list and the figures of a room read (C-14, N-4)."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, OfCounty, of_county, refers


class AgentService(OfCounty, Base):
    """The agent service of one case: a projection of its events, written in the same transaction."""

    __tablename__ = "agent_service"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id"),
        refers("case_id", "case"),
        refers("point_id", "service_point"),
        refers("window_id", "window"),
        sa.Index("ix_agent_service_point", "point_id", "is_live", "area", "case_id"),
        sa.Index("ix_agent_service_keeps", "county_id", "keeps_until", "case_id"),
        retention="case",
    )
    case_id: Mapped[int]
    point_id: Mapped[int]  # the room whose worker carries
    window_id: Mapped[int]
    area: Mapped[str] = mapped_column(sa.String(40), default="")  # a group of the village; never a door
    is_live: Mapped[bool]  # the case is open, or originals are still with the worker
    consented_on: Mapped[date]
    consents_until: Mapped[date | None]  # none: withdrawn
    brings_result: Mapped[bool]
    keeps_until: Mapped[date | None]  # by when the first original that the worker has must be passed on
    kept_late: Mapped[int]  # originals that were passed on after their day
    trips: Mapped[int]  # saved
    home_on: Mapped[date | None]  # the result was handed over at home
