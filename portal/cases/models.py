"""Cases: events are the truth; the case row and its legs are a projection, written in the same transaction (C-1, C-2)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Moment, OfCounty, of_county, one_of, refers
from portal.rules.decision import Sort
from portal.rules.lifecycle import ClosedAs, EventKind, FilingKind, State
from portal.rules.manifests import PaperState


class Case(OfCounty, Base):
    """A case (办件): its number, tracking code, applicant and item version, and what its events project to now."""

    __tablename__ = "case"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "number"),
        sa.UniqueConstraint("tracking_code"),
        one_of("state", State),
        one_of("closed_as", ClosedAs),
        refers("version_id", "item_version"),
        refers("item_id", "item"),
        refers("applicant_id", "person"),
        refers("point_id", "service_point"),
        refers("holder_id", "window"),
        refers("addressed_id", "window"),
        refers("assignee_id", "account"),
        refers("lent_by_id", "stand_in"),
        refers("collected_window_id", "window"),
        # boxes of the worklists (holder, addressed, sent), each in due order; see docs/decisions/0007-worklists.md
        sa.Index("ix_case_holder", "holder_id", "is_open", "addressed_id", "sort_on", "id"),
        sa.Index("ix_case_addressed", "addressed_id", "is_open", "sort_on", "id"),
        sa.Index("ix_case_applicant", "applicant_id"),
        sa.Index("ix_case_point", "point_id", "id"),
        sa.Index("ix_case_law", "county_id", "law_on"),
        sa.Index("ix_case_open", "county_id", "is_open", "id"),
        retention="case",
    )
    number: Mapped[str] = mapped_column(sa.String(30))
    tracking_code: Mapped[str] = mapped_column(sa.String(20))
    item_id: Mapped[int] = mapped_column(index=True)
    version_id: Mapped[int]
    applicant_id: Mapped[int]
    point_id: Mapped[int]  # where it was collected or received first: the applicant's end of the chain
    collected_window_id: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    amount_fen: Mapped[int | None] = mapped_column(sa.BigInteger)  # what the matter is about, where its item asks for an amount (G-1)
    # the projection
    state: Mapped[str] = mapped_column(sa.String(20))
    is_open: Mapped[bool]
    version: Mapped[int]
    holder_id: Mapped[int]
    addressed_id: Mapped[int | None]
    assignee_id: Mapped[int | None]
    lent_by_id: Mapped[int | None]  # the stand-in by which the assignee has it (G-13)
    collected_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime | None] = mapped_column(Moment)
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(sa.String(20))
    acceptance_due_on: Mapped[date | None]
    promised_due_on: Mapped[date | None]
    statutory_due_on: Mapped[date | None]
    yellow_on: Mapped[date | None]
    red_on: Mapped[date | None]
    overdue_on: Mapped[date | None]
    closed_as: Mapped[str | None] = mapped_column(sa.String(20))
    law_on: Mapped[date | None]  # from this day on an effect of law holds that is not written yet (C-3, C-9)
    law_closes_on: Mapped[date | None]  # the same, where it closes the case
    stopped_from: Mapped[date | None]  # the day of the notice of the last stop
    stopped_until: Mapped[date | None]  # the last day on which the clock stands (C-4)
    supplement_due_on: Mapped[date | None]
    undertaking_due_on: Mapped[date | None]
    urgent_until: Mapped[date | None]
    held_on: Mapped[date | None]  # since when it is on a plain hold, which stops nothing (C-22)
    sort_on: Mapped[date]  # what the worklist orders by: the day on which the running clock is due
    is_provisional: Mapped[bool] = mapped_column(default=False)
    is_sample: Mapped[bool] = mapped_column(default=False)


class CaseEvent(OfCounty, Base):
    """One event on a case, of one of the four sorts, with what it rests on (G-2). Appended only."""

    __tablename__ = "case_event"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id", "seq"),
        one_of("kind", EventKind),
        one_of("sort", Sort),
        sa.CheckConstraint(
            "(sort = 'window_act' AND clause_id IS NOT NULL AND office_id IS NULL AND article IS NULL)"
            " OR (sort = 'act_of_office' AND clause_id IS NULL AND office_id IS NOT NULL AND article IS NULL)"
            " OR (sort = 'act_of_applicant' AND clause_id IS NULL AND office_id IS NULL AND article IS NULL)"
            " OR (sort = 'effect_of_law' AND clause_id IS NULL AND office_id IS NULL AND article IS NOT NULL)",
            name="rests_on_one",
        ),
        refers("case_id", "case"),
        refers("clause_id", "clause"),
        refers("office_id", "office"),
        refers("actor_id", "account"),
        refers("window_id", "window"),
        refers("stand_in_for_id", "account"),
        retention="case",
        append_only=True,
    )
    case_id: Mapped[int]
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    sort: Mapped[str] = mapped_column(sa.String(20))
    clause_id: Mapped[int | None] = mapped_column(index=True)
    office_id: Mapped[int | None]
    article: Mapped[str | None] = mapped_column(sa.String(100))
    actor_id: Mapped[int | None]
    window_id: Mapped[int | None]
    stand_in_for_id: Mapped[int | None]
    occurred_at: Mapped[datetime] = mapped_column(Moment)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    payload: Mapped[Any] = mapped_column(Json)
    corrects: Mapped[int | None]


class Leg(OfCounty, Base):
    """A handoff: who sent it to whom, with what, and how it ended (C-6, C-20). A projection of the events."""

    __tablename__ = "leg"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id", "seq"),
        refers("case_id", "case"),
        refers("from_window_id", "window"),
        refers("to_window_id", "window"),
        sa.Index("ix_leg_from", "from_window_id", "case_id"),
        sa.Index("ix_leg_to", "to_window_id", "case_id"),
        # legs that nobody received in time, those that were late, and papers that a window waits for
        sa.Index("ix_leg_under_way", "county_id", "is_under_way", "due_on", "id"),
        sa.Index("ix_leg_late", "county_id", "is_late", "id"),
        sa.Index("ix_leg_papers", "papers_at_id", "id"),
        refers("papers_at_id", "window"),
        one_of("papers", PaperState),
        retention="case",
    )
    case_id: Mapped[int]
    seq: Mapped[int]
    from_window_id: Mapped[int]
    to_window_id: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    power_needed: Mapped[str | None] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    manifest: Mapped[Any] = mapped_column(Json)
    sent_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime | None] = mapped_column(Moment)
    returned_at: Mapped[datetime | None] = mapped_column(Moment)
    recalled_at: Mapped[datetime | None] = mapped_column(Moment)
    return_reason: Mapped[str] = mapped_column(sa.String(500), default="")
    due_on: Mapped[date | None]
    mark: Mapped[str] = mapped_column(sa.String(20), default="", server_default="")  # why an office moved it (C-24, N-2)
    is_under_way: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    is_late: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # it ended after the day by which it should be received
    papers: Mapped[str] = mapped_column(sa.String(10), default=PaperState.NONE.value, server_default=PaperState.NONE.value)
    papers_at_id: Mapped[int | None]  # the window at which papers of it are awaited


class FiledRefusal(OfCounty, Base):
    """A filing with the center's management (C-9): the register of refusals. A projection of the events."""

    __tablename__ = "filing"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id", "seq"),
        one_of("kind", FilingKind),
        refers("case_id", "case"),
        refers("body_id", "body"),
        refers("window_id", "window"),
        sa.Index("ix_filing_county", "county_id", "id"),
        retention="case",
    )
    case_id: Mapped[int]
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    body_id: Mapped[int]
    window_id: Mapped[int]
    filed_at: Mapped[datetime] = mapped_column(Moment)
    silent_on: Mapped[date]
    is_late: Mapped[bool]
    on_the_spot: Mapped[bool]
    passed_at: Mapped[datetime | None] = mapped_column(Moment)
    by_silence: Mapped[bool]
    returned_at: Mapped[datetime | None] = mapped_column(Moment)
    overtaken_at: Mapped[datetime | None] = mapped_column(Moment)
    effective_at: Mapped[datetime | None] = mapped_column(Moment)


class CaseStop(OfCounty, Base):
    """Days on which the clocks of a case stood, by the window that stopped them (C-22). A projection of the events."""

    __tablename__ = "case_stop"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id", "seq"),
        refers("case_id", "case"),
        refers("window_id", "window"),
        sa.Index("ix_case_stop_window", "window_id", "first_on"),
        retention="case",
    )
    case_id: Mapped[int]
    seq: Mapped[int]
    window_id: Mapped[int]
    cause: Mapped[str] = mapped_column(sa.String(20))
    first_on: Mapped[date]
    last_on: Mapped[date]
    days: Mapped[int]  # working days, each day of overlapping stops once


class CaseWindow(OfCounty, Base):
    """Which windows hold, held or were addressed: the one condition of who sees a case (C-30)."""

    __tablename__ = "case_window"
    __table_args__ = of_county(
        sa.UniqueConstraint("case_id", "window_id"),
        refers("case_id", "case"),
        refers("window_id", "window"),
        sa.Index("ix_case_window_window", "window_id", "case_id"),
        retention="case",
    )
    case_id: Mapped[int]
    window_id: Mapped[int]


class Attachment(OfCounty, Base):
    """A file of a case, or of an applicant's draft (`owner`) until there is a case: kept by digest in the store, encrypted.

    Written by `attachment_services` alone.
    """

    __tablename__ = "attachment"
    __table_args__ = of_county(
        refers("case_id", "case"),
        refers("stored_by_id", "account"),
        sa.Index("ix_attachment_case", "case_id", "id"),
        sa.Index("ix_attachment_owner", "county_id", "owner", "id"),
        sa.CheckConstraint("size >= 0", name="size_positive"),
        sa.CheckConstraint("(case_id IS NULL) <> (owner IS NULL)", name="belongs_to_one"),
        retention="case",
    )
    case_id: Mapped[int | None]
    owner: Mapped[str | None] = mapped_column(sa.String(60))
    material_seq: Mapped[int | None]
    media_type: Mapped[str] = mapped_column(sa.String(60))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(64))
    stored_at: Mapped[datetime] = mapped_column(Moment)
    stored_by_id: Mapped[int | None]  # None: the applicant


class Upload(OfCounty, Base):
    """A file on its way in parts: how much of it is here, and what it became. Deleted a week after it began."""

    __tablename__ = "upload"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "holder", "key"),
        refers("case_id", "case"),
        refers("attachment_id", "attachment"),
        sa.CheckConstraint("received >= 0 AND received <= size", name="received_within"),
        sa.CheckConstraint("(case_id IS NULL) <> (owner IS NULL)", name="belongs_to_one"),
        retention="once",
    )
    case_id: Mapped[int | None] = mapped_column(index=True)
    owner: Mapped[str | None] = mapped_column(sa.String(60))
    holder: Mapped[str] = mapped_column(sa.String(80))
    key: Mapped[str] = mapped_column(sa.String(40))
    size: Mapped[int]
    received: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(Moment, index=True)
    attachment_id: Mapped[int | None]


class UploadPart(OfCounty, Base):
    """The bytes of a part, encrypted; gone once the file is whole."""

    __tablename__ = "upload_part"
    __table_args__ = of_county(sa.UniqueConstraint("upload_id", "at"), refers("upload_id", "upload"), retention="once")
    upload_id: Mapped[int]
    at: Mapped[int]  # its first byte in the file
    content: Mapped[bytes]

