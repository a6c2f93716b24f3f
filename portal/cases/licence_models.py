"""The ledger of licences and the checks of commitments (C-11, C-25)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Moment, OfCounty, of_county, one_of, refers
from portal.rules.decision import Sort
from portal.rules.licences import LicenceEventKind


class Licence(OfCounty, Base):
    """A certificate that was made: whose, of which item, until when; how it ended is the projection of its events (C-25)."""

    __tablename__ = "licence"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "number"),
        refers("holder_id", "person"),
        refers("item_id", "item"),
        refers("version_id", "item_version"),
        refers("body_id", "body"),
        refers("case_id", "case"),
        sa.Index("ix_licence_until", "county_id", "valid_until", "id"),
        sa.Index("ix_licence_case", "case_id"),
        retention="permanent",
    )
    number: Mapped[str] = mapped_column(sa.String(60))
    holder_id: Mapped[int] = mapped_column(index=True)
    item_id: Mapped[int]
    version_id: Mapped[int]
    body_id: Mapped[int]
    case_id: Mapped[int]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    ended_as: Mapped[str | None] = mapped_column(sa.String(20))
    ended_on: Mapped[date | None]


class LicenceEvent(OfCounty, Base):
    """What happened to a licence, of one of the four sorts (G-2). Appended only."""

    __tablename__ = "licence_event"
    __table_args__ = of_county(
        one_of("kind", LicenceEventKind),
        one_of("sort", Sort),
        refers("licence_id", "licence"),
        refers("case_id", "case"),
        refers("office_id", "office"),
        refers("actor_id", "account"),
        sa.Index("ix_licence_event", "licence_id", "id"),
        retention="permanent",
        append_only=True,
    )
    licence_id: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    sort: Mapped[str] = mapped_column(sa.String(20))
    case_id: Mapped[int | None]
    office_id: Mapped[int | None]
    article: Mapped[str | None] = mapped_column(sa.String(100))
    actor_id: Mapped[int | None]
    occurred_at: Mapped[datetime] = mapped_column(Moment)
    payload: Mapped[Any] = mapped_column(Json)


class CaseRenewal(OfCounty, Base):
    """That a case renews a licence; with effect where it was applied for in time (art. 50)."""

    __tablename__ = "case_renewal"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id"), refers("case_id", "case"), refers("licence_id", "licence"), refers("linked_by_id", "account"), retention="case"
    )  # fmt: skip
    case_id: Mapped[int]
    licence_id: Mapped[int] = mapped_column(index=True)
    expires_on: Mapped[date]
    in_time: Mapped[bool]
    linked_by_id: Mapped[int]
    linked_at: Mapped[datetime] = mapped_column(Moment)


class CommitmentCheck(OfCounty, Base):
    """The check after the fact of what was decided by commitment (C-11)."""

    __tablename__ = "commitment_check"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id"),
        refers("case_id", "case"),
        refers("person_id", "person"),
        refers("body_id", "body"),
        sa.Index("ix_commitment_check_due", "county_id", "closed_on", "due_on", "id"),
        retention="case",
    )
    case_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(index=True)
    body_id: Mapped[int]
    due_on: Mapped[date]
    found_on: Mapped[date | None]
    correct_by: Mapped[date | None]
    not_corrected_on: Mapped[date | None]
    heard_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(sa.String(20), default="")
    words: Mapped[Any] = mapped_column(Json, default=list)
    version: Mapped[int] = mapped_column(default=1)
