"""Published fees in their versions, cancellations, grounds of waivers (F-1, F-2). Money is whole fen (F-5). Rows are added, never changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Moment, Named, OfCounty, of_county, one_of, refers
from portal.rules.fees import ChargeKind


class PublishedFee(OfCounty, Named, Base):
    """A version of a fee that may be charged: basis, lower and upper standard in fen, collector, where it is published, from when until when.

    The latest version of a code that has begun is the one that counts; ask `queries`.
    """

    __tablename__ = "published_fee"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "code", "from_on"),
        refers("collector_id", "body"),
        refers("item_id", "item"),
        sa.CheckConstraint("lower_fen >= 0 AND lower_fen <= upper_fen", name="range"),
        one_of("charge_kind", ChargeKind),
        retention="permanent",
        append_only=True,
    )
    code: Mapped[str] = mapped_column(sa.String(40))
    item_id: Mapped[int | None]
    collector_id: Mapped[int]
    charge_kind: Mapped[str] = mapped_column(sa.String(20), default=ChargeKind.ADMINISTRATIVE.value, server_default=ChargeKind.ADMINISTRATIVE.value)
    lower_fen: Mapped[int]
    upper_fen: Mapped[int]
    basis: Mapped[str] = mapped_column(sa.String(500))
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    published_at: Mapped[str] = mapped_column(sa.String(500), default="")
    more: Mapped[Any] = mapped_column(Json, default=dict)  # unit, payer, waiver, basis_level, source, entrusted (body codes), texts in the other languages
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    is_sample: Mapped[bool] = mapped_column(default=False)


class FeeCancellation(OfCounty, Base):
    """That a fee is cancelled from a day on: every version that stood when it was entered (`up_to_id`). A later version begins anew (F-1)."""

    __tablename__ = "fee_cancellation"
    __table_args__ = of_county(
        refers("entered_by_id", "account"),
        refers("office_id", "office"),
        sa.Index("ix_fee_cancellation_code", "county_id", "fee_code", "id"),
        retention="permanent",
        append_only=True,
    )
    fee_code: Mapped[str] = mapped_column(sa.String(40))
    from_on: Mapped[date]
    up_to_id: Mapped[int]
    paper: Mapped[str] = mapped_column(sa.String(200))
    entered_by_id: Mapped[int]
    office_id: Mapped[int]
    entered_at: Mapped[datetime] = mapped_column(Moment)


class WaiverGround(OfCounty, Named, Base):
    """A published ground on which a fee is waived or reduced: what is still paid, in percent (F-2). A later version is a row with a later day."""

    __tablename__ = "waiver_ground"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "code", "from_on"),
        sa.CheckConstraint("pays_percent >= 0 AND pays_percent <= 99", name="pays_less"),
        retention="permanent",
        append_only=True,
    )
    code: Mapped[str] = mapped_column(sa.String(40))
    fee_code: Mapped[str] = mapped_column(sa.String(40), default="")  # empty: every fee
    pays_percent: Mapped[int]
    basis: Mapped[str] = mapped_column(sa.String(500))
    published_at: Mapped[str] = mapped_column(sa.String(500))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    is_sample: Mapped[bool] = mapped_column(default=False)
