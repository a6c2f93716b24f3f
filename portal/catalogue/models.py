"""Service items and their versions: what is asked for, what it rests on, how long it may take, where it is offered (S)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Moment, Named, OfCounty, of_county, refers


class Item(OfCounty, Base):
    """A service item (政务服务事项): its codes and where its versions hang (S-1, S-5)."""

    __tablename__ = "item"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "code"),
        sa.CheckConstraint("status IN ('in_force', 'suspended', 'cancelled', 'moved_down', 'merged', 'taken_over')", name="status_known"),
        retention="permanent",
    )
    code: Mapped[str] = mapped_column(sa.String(40))
    national_code: Mapped[str] = mapped_column(sa.String(40), default="")
    implementing_code: Mapped[str] = mapped_column(sa.String(60), default="")
    status: Mapped[str] = mapped_column(sa.String(20), default="in_force")


class ItemVersion(OfCounty, Named, Base):
    """What an item says from a day on. A case keeps the version under which it was received (S-5)."""

    __tablename__ = "item_version"
    __table_args__ = of_county(
        sa.UniqueConstraint("item_id", "version"),
        refers("item_id", "item"),
        refers("body_id", "body"),
        sa.CheckConstraint("kind IN ('instant', 'promised')", name="kind_known"),
        retention="permanent",
    )
    item_id: Mapped[int] = mapped_column(index=True)
    version: Mapped[int]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    body_id: Mapped[int]
    type_code: Mapped[str] = mapped_column(sa.String(2))
    kind: Mapped[str] = mapped_column(sa.String(20))
    theme: Mapped[str] = mapped_column(sa.String(40), default="")
    flags: Mapped[Any] = mapped_column(Json)  # list of codes: forwarded, joint, commitment, urgent (S-3)
    required_powers: Mapped[Any] = mapped_column(Json)  # list of power codes (G-18)
    certificate: Mapped[Any | None] = mapped_column(Json)  # {"name", "name_hant", "name_en", "years"} or none
    # the eight disclosures and the rest of the guide: {"hans": ..., "hant": ...} (S-2)
    legal_basis: Mapped[Any] = mapped_column(Json)
    conditions: Mapped[Any] = mapped_column(Json)
    procedure: Mapped[Any] = mapped_column(Json)
    fee_standard: Mapped[Any] = mapped_column(Json)
    fee_basis: Mapped[Any] = mapped_column(Json)
    review_points: Mapped[Any] = mapped_column(Json)  # list of {"hans", "hant", "en"} (S-11)
    sample_place: Mapped[str] = mapped_column(sa.String(200), default="")
    source: Mapped[str] = mapped_column(sa.String(500), default="")
    more: Mapped[Any] = mapped_column(Json, default=dict)  # quota, application_form, specimen, type_name, stages, empowered, completed
    is_sample: Mapped[bool] = mapped_column(default=False)


class ItemLimit(OfCounty, Base):
    """A limit is number + unit + start + stage (S-6)."""

    __tablename__ = "item_limit"
    __table_args__ = of_county(
        sa.UniqueConstraint("version_id", "clock", "stage"),
        refers("version_id", "item_version"),
        sa.CheckConstraint("clock IN ('statutory', 'promised')", name="clock_known"),
        sa.CheckConstraint("unit IN ('working', 'calendar', 'month')", name="unit_known"),
        sa.CheckConstraint("number >= 0 AND number <= 1000", name="number_range"),
        retention="permanent",
    )
    version_id: Mapped[int]
    clock: Mapped[str] = mapped_column(sa.String(20))
    stage: Mapped[str] = mapped_column(sa.String(20), default="")  # empty: the whole; else the level that has it
    number: Mapped[int]
    unit: Mapped[str] = mapped_column(sa.String(20))
    starts: Mapped[str] = mapped_column(sa.String(20), default="accepted")


class ItemMaterial(OfCounty, Named, Base):
    """One line of the exhaustive list of materials (S-4)."""

    __tablename__ = "item_material"
    __table_args__ = of_county(sa.UniqueConstraint("version_id", "seq"), refers("version_id", "item_version"), retention="permanent")
    version_id: Mapped[int]
    seq: Mapped[int]
    original: Mapped[int] = mapped_column(default=0)
    copies: Mapped[int] = mapped_column(default=0)
    issuer: Mapped[str] = mapped_column(sa.String(200), default="")
    may_be_waived: Mapped[bool] = mapped_column(default=False)
    may_come_later: Mapped[bool] = mapped_column(default=False)
    sample: Mapped[str] = mapped_column(sa.String(200), default="")
    more: Mapped[Any] = mapped_column(Json, default=dict)  # code, check_original, issuer in the other languages


class ItemAlias(OfCounty, Base):
    """Everyday words and pinyin by which an item is found (开小饭馆 finds 小餐饮经营许可)."""

    __tablename__ = "item_alias"
    __table_args__ = of_county(
        sa.UniqueConstraint("item_id", "kind", "text"),
        refers("item_id", "item"),
        sa.CheckConstraint("kind IN ('alias', 'pinyin', 'initials', 'name')", name="kind_known"),
        retention="permanent",
    )
    item_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    text: Mapped[str] = mapped_column(sa.String(200))


class ItemOffer(OfCounty, Base):
    """Where an item version is offered (G-18): one row a point."""

    __tablename__ = "item_offer"
    __table_args__ = of_county(
        sa.UniqueConstraint("version_id", "point_id"),
        refers("version_id", "item_version"),
        refers("point_id", "service_point"),
        sa.Index("ix_item_offer_point", "point_id", "version_id"),
        retention="permanent",
    )
    version_id: Mapped[int]
    point_id: Mapped[int]


class NegativeEntry(OfCounty, Base):
    """An item on the negative list by an instrument, from a day on: it need not be stationed (S-12)."""

    __tablename__ = "negative_entry"
    __table_args__ = of_county(
        sa.CheckConstraint("until_on IS NULL OR from_on <= until_on", name="ends_after_it_begins"),
        refers("item_id", "item"),
        refers("entered_by_id", "account"),
        retention="permanent",
        append_only=True,
    )
    item_id: Mapped[int] = mapped_column(index=True)
    instrument: Mapped[str] = mapped_column(sa.String(60))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    entered_by_id: Mapped[int | None]
    entered_at: Mapped[datetime] = mapped_column(Moment)


class ItemWithdrawal(OfCounty, Base):
    """From a day on an item is no longer offered, at one point or anywhere, by three papers (S-12).

    Offers are not touched: what was offered before that day stays so. It speaks of the versions that there were when it was entered;
    one published later says itself where it is offered.
    """

    __tablename__ = "item_withdrawal"
    __table_args__ = of_county(
        refers("item_id", "item"),
        refers("point_id", "service_point"),
        refers("entered_by_id", "account"),
        sa.CheckConstraint("review_on <= approval_on AND approval_on <= filing_on", name="papers_in_order"),
        retention="permanent",
        append_only=True,
    )
    item_id: Mapped[int] = mapped_column(index=True)
    point_id: Mapped[int | None]  # none: from the whole network
    up_to_version: Mapped[int]
    from_on: Mapped[date]
    review_number: Mapped[str] = mapped_column(sa.String(60))
    review_on: Mapped[date]
    approval_number: Mapped[str] = mapped_column(sa.String(60))
    approval_on: Mapped[date]
    filing_number: Mapped[str] = mapped_column(sa.String(60))
    filing_on: Mapped[date]
    entered_by_id: Mapped[int | None]
    entered_at: Mapped[datetime] = mapped_column(Moment)
