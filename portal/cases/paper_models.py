"""The papers of cases: written in the act that each tells of, never changed (C-3, G-7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Moment, OfCounty, of_county, one_of, refers
from portal.rules.papers import PaperKind
from portal.rules.seals import Seal


class CasePaper(OfCounty, Base):
    """One paper: which event made it, its number and seal, the code by which anybody checks it, and the dates that it told."""

    __tablename__ = "case_paper"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id", "seq", "kind"),
        sa.UniqueConstraint("county_id", "number"),
        sa.UniqueConstraint("county_id", "code"),
        one_of("kind", PaperKind),
        one_of("seal", Seal),
        sa.CheckConstraint("(seal IS NULL) = (seal_body_id IS NULL) AND (seal IS NULL) = (number IS NULL)", name="sealed_and_numbered"),
        refers("case_id", "case"),
        refers("seal_body_id", "body"),
        refers("issued_by_id", "account"),
        retention="case",
        append_only=True,
    )
    case_id: Mapped[int]
    seq: Mapped[int]  # of the event
    kind: Mapped[str] = mapped_column(sa.String(20))
    number: Mapped[str | None] = mapped_column(sa.String(80))
    code: Mapped[str] = mapped_column(sa.String(20))  # cannot be guessed: /papers/<code> is public
    seal: Mapped[str | None] = mapped_column(sa.String(10))
    seal_body_id: Mapped[int | None]  # in whose name it speaks
    issued_at: Mapped[datetime] = mapped_column(Moment)
    issued_by_id: Mapped[int | None]  # none for an effect of law
    told: Mapped[Any] = mapped_column(
        Json, default=dict
    )  # the dates that it told, and whether they were provisional: a reprint says the same
