"""Instruments, clauses, ends, letters of appointment (G). Rows of a signed instrument are never changed: triggers guard them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, column_property, mapped_column

from portal.database import Base, Moment, OfCounty, of_county, one_of, refers
from portal.rules.appointments import LetterEndWhy
from portal.rules.authority import Level, Mandate, Power
from portal.rules.grants import FiledWith


class Instrument(OfCounty, Base):
    """An instrument of authority (授权书). A draft changes and counts its version; once signed, nothing of it changes."""

    __tablename__ = "instrument"
    __table_args__ = of_county(
        one_of("mandate", Mandate),
        refers("body_id", "body"),
        refers("receiving_body_id", "body"),
        refers("supersedes_id", "instrument"),
        refers("drafted_by_id", "account"),
        sa.Index("ix_instrument_body", "body_id", "id"),
        retention="permanent",
    )
    body_id: Mapped[int]  # the issuing body, in whose name it is signed
    receiving_body_id: Mapped[int | None]  # the town government of an entrustment (G-12)
    mandate: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[str] = mapped_column(sa.String(200))
    basis: Mapped[str] = mapped_column(sa.String(2000))  # the law that allows it
    supersedes_id: Mapped[int | None]
    drafted_by_id: Mapped[int | None]  # none: loaded by the county's own seed
    drafted_at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)


class InstrumentSignature(OfCounty, Base):
    """That the head of the body signed: number, day and signer of the paper (G-6)."""

    __tablename__ = "instrument_signature"
    __table_args__ = of_county(
        sa.UniqueConstraint("instrument_id"),
        sa.UniqueConstraint("county_id", "number"),
        refers("instrument_id", "instrument"),
        refers("signed_by_id", "account"),
        retention="permanent",
        append_only=True,
    )
    instrument_id: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(60))
    signed_on: Mapped[date]
    signed_by_id: Mapped[int]
    signed_at: Mapped[datetime] = mapped_column(Moment)


class InstrumentRegistration(OfCounty, Base):
    """The moment from which a signed instrument can be in force (G-17), and who registered it."""

    __tablename__ = "instrument_registration"
    __table_args__ = of_county(
        sa.UniqueConstraint("instrument_id"),
        refers("instrument_id", "instrument"),
        refers("registered_by_id", "account"),
        retention="permanent",
        append_only=True,
    )
    instrument_id: Mapped[int]
    registered_at: Mapped[datetime] = mapped_column(Moment)
    registered_by_id: Mapped[int | None]


class Clause(OfCounty, Base):
    """One window × powers × items × period × post (G-1)."""

    __tablename__ = "clause"
    __table_args__ = of_county(
        sa.UniqueConstraint("instrument_id", "seq"),
        refers("instrument_id", "instrument"),
        refers("window_id", "window"),
        sa.CheckConstraint("until_on IS NULL OR from_on <= until_on", name="ends_after_it_begins"),
        sa.CheckConstraint("post IS NULL OR post IN ('clerk', 'chief', 'agent')", name="post_known"),
        sa.Index("ix_clause_window", "window_id", "id"),
        retention="permanent",
    )
    instrument_id: Mapped[int] = mapped_column(index=True)
    seq: Mapped[int]
    window_id: Mapped[int]
    all_items: Mapped[bool]  # every item of the issuing body
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    post: Mapped[str | None] = mapped_column(sa.String(10))


class ClausePower(OfCounty, Base):
    __tablename__ = "clause_power"
    __table_args__ = of_county(
        sa.UniqueConstraint("clause_id", "power"), one_of("power", Power), refers("clause_id", "clause"), retention="permanent"
    )
    clause_id: Mapped[int]
    power: Mapped[str] = mapped_column(sa.String(20))


class ClauseItem(OfCounty, Base):
    __tablename__ = "clause_item"
    __table_args__ = of_county(
        sa.UniqueConstraint("clause_id", "item_id"), refers("clause_id", "clause"), refers("item_id", "item"), retention="permanent"
    )
    clause_id: Mapped[int]
    item_id: Mapped[int] = mapped_column(index=True)


class ClauseCondition(OfCounty, Base):
    """To what a clause is bound besides window, powers, items and period: kind of handling, largest amount, territory (G-1)."""

    __tablename__ = "clause_condition"
    __table_args__ = of_county(
        sa.UniqueConstraint("clause_id"),
        refers("clause_id", "clause"),
        refers("territory_id", "service_point"),
        sa.CheckConstraint("handling IS NULL OR handling IN ('instant', 'promised')", name="handling_known"),
        sa.CheckConstraint("most_fen IS NULL OR most_fen > 0", name="most_positive"),
        retention="permanent",
    )
    clause_id: Mapped[int]
    handling: Mapped[str | None] = mapped_column(sa.String(10))
    most_fen: Mapped[int | None] = mapped_column(sa.BigInteger)
    territory_id: Mapped[int | None]


class InstrumentFile(OfCounty, Base):
    """A scan of the signed and sealed paper, kept by digest in the store, encrypted (G-6). A better scan is a further row."""

    __tablename__ = "instrument_file"
    __table_args__ = of_county(
        refers("instrument_id", "instrument"),
        refers("stored_by_id", "account"),
        sa.CheckConstraint("size > 0", name="size_positive"),
        retention="permanent",
        append_only=True,
    )
    instrument_id: Mapped[int] = mapped_column(index=True)
    media_type: Mapped[str] = mapped_column(sa.String(60))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(64))
    stored_at: Mapped[datetime] = mapped_column(Moment)
    stored_by_id: Mapped[int]


class InstrumentFiling(OfCounty, Base):
    """That a registered instrument is filed with the center's management, or with the department that gave it (G-6)."""

    __tablename__ = "instrument_filing"
    __table_args__ = of_county(
        sa.UniqueConstraint("instrument_id", "place"),
        one_of("place", FiledWith),
        refers("instrument_id", "instrument"),
        refers("filed_by_id", "account"),
        retention="permanent",
        append_only=True,
    )
    instrument_id: Mapped[int]
    place: Mapped[str] = mapped_column(sa.String(20))
    filed_at: Mapped[datetime] = mapped_column(Moment)
    filed_by_id: Mapped[int]


class InstrumentConfirmation(OfCounty, Base):
    """That the head of the body confirmed the instrument for another year (G-14)."""

    __tablename__ = "instrument_confirmation"
    __table_args__ = of_county(
        refers("instrument_id", "instrument"),
        refers("confirmed_by_id", "account"),
        sa.Index("ix_instrument_confirmation_instrument", "instrument_id", "confirmed_at"),
        retention="permanent",
        append_only=True,
    )
    instrument_id: Mapped[int]
    confirmed_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_by_id: Mapped[int]


class ClauseEnd(OfCounty, Base):
    """An end of a clause: a row of its own, so that nothing done later changes an answer about the past (G-17)."""

    __tablename__ = "clause_end"
    __table_args__ = of_county(
        sa.CheckConstraint("why IN ('superseded', 'revoked', 'suspended')", name="why_known"),
        refers("clause_id", "clause"),
        refers("instrument_id", "instrument"),
        refers("ended_by_id", "account"),
        retention="permanent",
        append_only=True,
    )
    clause_id: Mapped[int] = mapped_column(index=True)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    why: Mapped[str] = mapped_column(sa.String(20))
    ground: Mapped[str] = mapped_column(sa.String(500), default="")
    instrument_id: Mapped[int | None]
    ended_by_id: Mapped[int | None]
    recorded_at: Mapped[datetime] = mapped_column(Moment)


class Letter(OfCounty, Base):
    """A letter of appointment (任命书) of a chief representative: one body, one point, one person, a period (G-15).

    A draft changes and counts its version; once signed, nothing of it changes. When it holds is said by `conditions.letter_holds` alone.
    """

    __tablename__ = "letter"
    __table_args__ = of_county(
        refers("body_id", "body"),
        refers("point_id", "service_point"),
        refers("account_id", "account"),
        refers("drafted_by_id", "account"),
        sa.CheckConstraint("until_on IS NULL OR from_on <= until_on", name="ends_after_it_begins"),
        sa.Index("ix_letter_point", "point_id", "body_id"),
        retention="permanent",
    )
    body_id: Mapped[int]
    point_id: Mapped[int]
    account_id: Mapped[int] = mapped_column(index=True)
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    drafted_by_id: Mapped[int | None]  # none: from before drafts were kept
    drafted_at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)
    if TYPE_CHECKING:
        number: Mapped[str | None]


class Ceiling(OfCounty, Base):
    """County data: the highest powers of a level under a mandate, from a day on (G-3)."""

    __tablename__ = "ceiling"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "level", "power", "mandate", "item_type", "from_on"),
        one_of("level", Level),
        one_of("power", Power),
        one_of("mandate", Mandate),
        retention="permanent",
        append_only=True,
    )
    level: Mapped[str] = mapped_column(sa.String(20))
    power: Mapped[str] = mapped_column(sa.String(20))
    mandate: Mapped[str] = mapped_column(sa.String(20))
    item_type: Mapped[str] = mapped_column(sa.String(2), default="", server_default="")  # of S-9; empty: items of every type
    from_on: Mapped[date]
    is_allowed: Mapped[bool]


class LetterSignature(OfCounty, Base):
    """That the head of the body signed a letter of appointment: number, day and signer of the paper (G-6, G-15)."""

    __tablename__ = "letter_signature"
    __table_args__ = of_county(
        sa.UniqueConstraint("letter_id"),
        sa.UniqueConstraint("county_id", "number"),
        refers("letter_id", "letter"),
        refers("signed_by_id", "account"),
        retention="permanent",
        append_only=True,
    )
    letter_id: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(60))
    signed_on: Mapped[date]
    signed_by_id: Mapped[int]
    signed_at: Mapped[datetime] = mapped_column(Moment)


# the number that a letter got with its signature; none for a draft
Letter.number = column_property(
    sa.select(LetterSignature.number).where(LetterSignature.letter_id == Letter.id).correlate_except(LetterSignature).scalar_subquery()
)


class LetterRegistration(OfCounty, Base):
    """The moment from which a signed letter can hold (G-17), and who registered it."""

    __tablename__ = "letter_registration"
    __table_args__ = of_county(
        sa.UniqueConstraint("letter_id"),
        refers("letter_id", "letter"),
        refers("registered_by_id", "account"),
        retention="permanent",
        append_only=True,
    )
    letter_id: Mapped[int]
    registered_at: Mapped[datetime] = mapped_column(Moment)
    registered_by_id: Mapped[int | None]


class LetterFiling(OfCounty, Base):
    """That a copy of a registered letter lies with the center's management, or with the department (G-15)."""

    __tablename__ = "letter_filing"
    __table_args__ = of_county(
        sa.UniqueConstraint("letter_id", "place"),
        one_of("place", FiledWith),
        refers("letter_id", "letter"),
        refers("filed_by_id", "account"),
        retention="permanent",
        append_only=True,
    )
    letter_id: Mapped[int]
    place: Mapped[str] = mapped_column(sa.String(20))
    filed_at: Mapped[datetime] = mapped_column(Moment)
    filed_by_id: Mapped[int]


class LetterEnd(OfCounty, Base):
    """An end of a letter: a row of its own, so that nothing done later changes an answer about the past (G-17)."""

    __tablename__ = "letter_end"
    __table_args__ = of_county(
        one_of("why", LetterEndWhy),
        refers("letter_id", "letter"),
        refers("by_letter_id", "letter"),
        refers("ended_by_id", "account"),
        retention="permanent",
        append_only=True,
    )
    letter_id: Mapped[int] = mapped_column(index=True)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    why: Mapped[str] = mapped_column(sa.String(20))
    ground: Mapped[str] = mapped_column(sa.String(500), default="")
    by_letter_id: Mapped[int | None]
    ended_by_id: Mapped[int]
    recorded_at: Mapped[datetime] = mapped_column(Moment)


class StandInEnd(OfCounty, Base):
    """That a stand-in ended before its last day: the moment, and the office of who said so (G-13)."""

    __tablename__ = "stand_in_end"
    __table_args__ = of_county(
        sa.UniqueConstraint("stand_in_id"),
        refers("stand_in_id", "stand_in"),
        refers("ended_by_id", "account"),
        refers("office_id", "office"),
        retention="permanent",
        append_only=True,
    )
    stand_in_id: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(Moment)
    ground: Mapped[str] = mapped_column(sa.String(300), default="")
    ended_by_id: Mapped[int]
    office_id: Mapped[int]
