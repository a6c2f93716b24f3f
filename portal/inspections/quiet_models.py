"""What the county lays down about inspections, dated and only ever added: exemptions, caps, the level that goes (Q-2, Q-3, Q-4, Q-9)."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Named, OfCounty, of_county, one_of, refers
from portal.rules.quiet_days import LaidBy, Per


class ExemptionCategory(OfCounty, Named, Base):
    """A version of an exemption: switched on or off from a day, and for a county's own what it is called and which kinds it lets in (Q-2)."""

    __tablename__ = "exemption_category"
    __table_args__ = of_county(sa.UniqueConstraint("county_id", "code", "from_on"), retention="permanent", append_only=True)
    code: Mapped[str] = mapped_column(sa.String(20))
    from_on: Mapped[date]
    is_active: Mapped[bool]
    kinds: Mapped[Any] = mapped_column(Json)
    source: Mapped[str] = mapped_column(sa.String(500))


class InspectionCap(OfCounty, Base):
    """A version of a cap on inspections of one enterprise in a year; without a number there is no longer any (Q-3)."""

    __tablename__ = "inspection_cap"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "seat", "from_on"),
        one_of("laid_by", LaidBy),
        one_of("per", Per),
        refers("body_id", "body"),
        sa.CheckConstraint("number IS NULL OR (number >= 0 AND number <= 99)", name="number_small"),
        retention="permanent",
        append_only=True,
    )
    seat: Mapped[str] = mapped_column(sa.String(100))  # by whom and for what: one version of it begins on a day
    laid_by: Mapped[str] = mapped_column(sa.String(20))
    line: Mapped[str] = mapped_column(sa.String(40), default="")
    body_id: Mapped[int | None]
    per: Mapped[str] = mapped_column(sa.String(20))
    number: Mapped[int | None]
    counts: Mapped[Any] = mapped_column(Json)
    from_on: Mapped[date]
    source: Mapped[str] = mapped_column(sa.String(500))


class NamedLevelRow(OfCounty, Base):
    """A superior's paper that names the one body which goes on a line in a year, to one enterprise or to all (Q-4)."""

    __tablename__ = "named_level"
    __table_args__ = of_county(
        refers("enterprise_id", "enterprise"),
        refers("body_id", "body"),
        sa.CheckConstraint("year >= 2019 AND year <= 2100", name="year_known"),
        retention="permanent",
        append_only=True,
    )
    line: Mapped[str] = mapped_column(sa.String(40))
    year: Mapped[int]
    enterprise_id: Mapped[int | None]
    body_id: Mapped[int]
    from_on: Mapped[date]
    instrument: Mapped[str] = mapped_column(sa.String(100))


class AddedQuietEnd(OfCounty, Base):
    """Added quiet days that end earlier than was entered, the last one named; before the first day: there were none (Q-9)."""

    __tablename__ = "added_quiet_end"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "added_id"), refers("added_id", "added_quiet_days"), retention="permanent", append_only=True
    )
    added_id: Mapped[int]
    last_on: Mapped[date]
    source: Mapped[str] = mapped_column(sa.String(500))
