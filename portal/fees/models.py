"""Published fees (F-1). Money is whole fen (F-5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Named, OfCounty, of_county, refers


class PublishedFee(OfCounty, Named, Base):
    """A fee that may be charged: basis, lower and upper standard in fen, collector, where it is published, from when until when."""

    __tablename__ = "published_fee"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "code", "from_on"),
        refers("collector_id", "body"),
        refers("item_id", "item"),
        sa.CheckConstraint("lower_fen >= 0 AND lower_fen <= upper_fen", name="range"),
        retention="permanent",
    )
    code: Mapped[str] = mapped_column(sa.String(40))
    item_id: Mapped[int | None]
    collector_id: Mapped[int]
    lower_fen: Mapped[int]
    upper_fen: Mapped[int]
    basis: Mapped[str] = mapped_column(sa.String(500))
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    published_at: Mapped[str] = mapped_column(sa.String(500), default="")
    more: Mapped[Any] = mapped_column(Json, default=dict)  # unit, payer, waiver, basis_level, source, texts in the other languages
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    is_sample: Mapped[bool] = mapped_column(default=False)
