"""Charges: notices with their events, receipts, money that went back, the cashier's days, the rest of the fee card (F-2 to F-4).

A receipt, what was given back and the count of a day are rows of their own, added and never changed; sums are counted from them each time.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Base, Json, Moment, OfCounty, of_county, one_of, refers
from portal.rules.fees import Finding, Method, NoticeEventKind, NoticeState, Payer, ReversalKind


class FeeNotice(OfCounty, Base):
    """What a window asks for in a case (缴费通知单). `state` and `amount_fen` are a projection of its events, written by `append` alone."""

    __tablename__ = "fee_notice"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "number"),
        sa.UniqueConstraint("county_id", "code"),
        one_of("payer", Payer),
        one_of("state", NoticeState),
        refers("fee_id", "published_fee"),
        refers("case_id", "case"),
        refers("window_id", "window"),
        refers("collector_id", "body"),
        refers("person_id", "person"),
        refers("ground_id", "waiver_ground"),
        refers("issued_by_id", "account"),
        sa.CheckConstraint("(payer = 'organisation') = (credit_code IS NOT NULL)", name="card_of_organisation"),
        sa.CheckConstraint("quantity >= 1 AND quantity <= 10000", name="quantity"),
        sa.CheckConstraint("unit_fen >= 0 AND full_fen = unit_fen * quantity AND amount_fen >= 0 AND amount_fen <= full_fen", name="amounts"),
        sa.Index("ix_fee_notice_state", "county_id", "state", "id"),
        sa.Index("ix_fee_notice_case", "case_id", "id"),
        sa.Index("ix_fee_notice_card", "county_id", "credit_code", "id"),
        sa.Index("ix_fee_notice_issued", "county_id", "issued_on", "id"),
        sa.Index("ix_fee_notice_fee", "fee_id", "state"),
        retention="case",
    )
    number: Mapped[str] = mapped_column(sa.String(40))
    code: Mapped[str] = mapped_column(sa.String(20))  # cannot be guessed: /fees/notices/<code> is public
    fee_id: Mapped[int]  # the version by which it was asked for
    case_id: Mapped[int]
    window_id: Mapped[int]
    collector_id: Mapped[int]
    payer: Mapped[str] = mapped_column(sa.String(20))
    person_id: Mapped[int]
    credit_code: Mapped[str | None] = mapped_column(sa.String(18))  # on whose card it stands
    quantity: Mapped[int]
    unit_fen: Mapped[int] = mapped_column(sa.BigInteger)
    full_fen: Mapped[int] = mapped_column(sa.BigInteger)
    amount_fen: Mapped[int] = mapped_column(sa.BigInteger)  # what is to be paid, or was
    why: Mapped[str] = mapped_column(sa.String(300), default="")  # for more than the lower standard
    ground_id: Mapped[int | None]  # of the waiver that was asked for
    state: Mapped[str] = mapped_column(sa.String(20))
    version: Mapped[int] = mapped_column(default=0)
    issued_at: Mapped[datetime] = mapped_column(Moment)
    issued_on: Mapped[date]
    issued_by_id: Mapped[int]


class FeeEvent(OfCounty, Base):
    """What happened to a notice: added, never changed."""

    __tablename__ = "fee_event"
    __table_args__ = of_county(
        sa.UniqueConstraint("notice_id", "seq"),
        one_of("kind", NoticeEventKind),
        sa.CheckConstraint(
            "kind NOT IN ('waiver_approved', 'waiver_refused', 'payment_voided', 'refunded') OR office_id IS NOT NULL", name="of_office"
        ),
        refers("notice_id", "fee_notice"),
        refers("actor_id", "account"),
        refers("office_id", "office"),
        retention="case",
        append_only=True,
    )
    notice_id: Mapped[int]
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    actor_id: Mapped[int]
    office_id: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(Moment)
    payload: Mapped[Any] = mapped_column(Json, default=dict)


class FeeReceipt(OfCounty, Base):
    """Money that the cashier took on a notice (收据). A second one of a notice only after the first became void."""

    __tablename__ = "fee_receipt"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "number"),
        sa.UniqueConstraint("notice_id", "seq"),
        one_of("method", Method),
        sa.CheckConstraint("fen > 0", name="something"),
        refers("notice_id", "fee_notice"),
        refers("cashier_id", "account"),
        sa.Index("ix_fee_receipt_day", "county_id", "paid_on", "id"),
        retention="case",
        append_only=True,
    )
    number: Mapped[str] = mapped_column(sa.String(40))
    notice_id: Mapped[int]
    seq: Mapped[int]
    method: Mapped[str] = mapped_column(sa.String(10))
    fen: Mapped[int] = mapped_column(sa.BigInteger)
    paid_at: Mapped[datetime] = mapped_column(Moment)
    paid_on: Mapped[date]
    cashier_id: Mapped[int]


class FeeReversal(OfCounty, Base):
    """That the cashier asked for the money of a receipt to go back: void the same day, or refunded."""

    __tablename__ = "fee_reversal"
    __table_args__ = of_county(
        sa.UniqueConstraint("receipt_id", "seq"),
        one_of("kind", ReversalKind),
        refers("receipt_id", "fee_receipt"),
        refers("asked_by_id", "account"),
        retention="case",
        append_only=True,
    )
    receipt_id: Mapped[int]
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.String(300))
    asked_by_id: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(Moment)


class FeeReversalDecision(OfCounty, Base):
    """What the second person decided; an approved one counts against the day on which it was approved."""

    __tablename__ = "fee_reversal_decision"
    __table_args__ = of_county(
        sa.UniqueConstraint("reversal_id"),
        refers("reversal_id", "fee_reversal"),
        refers("decided_by_id", "account"),
        refers("office_id", "office"),
        sa.Index("ix_fee_reversal_decision_day", "county_id", "decided_on", "id"),
        retention="case",
        append_only=True,
    )
    reversal_id: Mapped[int]
    is_approved: Mapped[bool]
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    decided_by_id: Mapped[int]
    office_id: Mapped[int]
    decided_at: Mapped[datetime] = mapped_column(Moment)
    decided_on: Mapped[date]


class CashierDay(OfCounty, Base):
    """A count of a day: what the receipts come to, what lay in the drawer, and why they differ. From then on the day is closed."""

    __tablename__ = "cashier_day"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "day_on", "seq"),
        sa.CheckConstraint("counted_fen >= 0", name="counted"),
        refers("counted_by_id", "account"),
        retention="case",
        append_only=True,
    )
    day_on: Mapped[date]
    seq: Mapped[int]  # counted again where it was sent back
    cash_fen: Mapped[int] = mapped_column(sa.BigInteger)  # by the receipts; negative where more went back than came
    counted_fen: Mapped[int] = mapped_column(sa.BigInteger)
    sums: Mapped[Any] = mapped_column(Json)  # as they were when it was counted: the paper says the same for ever
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    counted_by_id: Mapped[int]
    counted_at: Mapped[datetime] = mapped_column(Moment)


class CashierDaySign(OfCounty, Base):
    """The second person's word on a count: signed, or sent back to be counted again, which opens the day."""

    __tablename__ = "cashier_day_sign"
    __table_args__ = of_county(
        sa.UniqueConstraint("count_id"),
        refers("count_id", "cashier_day"),
        refers("signed_by_id", "account"),
        refers("office_id", "office"),
        retention="case",
        append_only=True,
    )
    count_id: Mapped[int]
    is_signed: Mapped[bool]
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    signed_by_id: Mapped[int]
    office_id: Mapped[int]
    signed_at: Mapped[datetime] = mapped_column(Moment)


class IntermediaryCharge(OfCounty, Base):
    """What an intermediary took of an enterprise in a case, entered by the window: on the card, never over the cashier (F-2, F-4)."""

    __tablename__ = "intermediary_charge"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "number"),
        refers("fee_id", "published_fee"),
        refers("case_id", "case"),
        refers("entered_by_id", "account"),
        sa.CheckConstraint("quantity >= 1 AND quantity <= 10000", name="quantity"),
        sa.CheckConstraint("charged_fen >= 0 AND above_fen >= 0 AND above_fen <= charged_fen", name="amounts"),
        sa.Index("ix_intermediary_charge_card", "county_id", "credit_code", "id"),
        sa.Index("ix_intermediary_charge_case", "case_id"),
        retention="case",
        append_only=True,
    )
    number: Mapped[str] = mapped_column(sa.String(40))
    fee_id: Mapped[int]
    case_id: Mapped[int]
    credit_code: Mapped[str] = mapped_column(sa.String(18))
    intermediary: Mapped[str] = mapped_column(sa.String(200))
    quantity: Mapped[int]
    charged_fen: Mapped[int] = mapped_column(sa.BigInteger)
    above_fen: Mapped[int] = mapped_column(sa.BigInteger)  # more than the lower standard that an enterprise pays
    charged_on: Mapped[date]
    entered_by_id: Mapped[int]
    entered_at: Mapped[datetime] = mapped_column(Moment)


class ChargeReport(OfCounty, Base):
    """A charge that somebody says is not on an enterprise's card; arbitrary until an auditor finds otherwise (F-4)."""

    __tablename__ = "charge_report"
    __table_args__ = of_county(
        sa.UniqueConstraint("county_id", "number"),
        sa.UniqueConstraint("county_id", "code"),
        sa.CheckConstraint("asked_fen > 0", name="something"),
        sa.Index("ix_charge_report_card", "county_id", "credit_code", "id"),
        retention="complaint",
        append_only=True,
    )
    number: Mapped[str] = mapped_column(sa.String(40))
    code: Mapped[str] = mapped_column(sa.String(20))  # by which whoever reported it follows it
    credit_code: Mapped[str] = mapped_column(sa.String(18))
    asked_fen: Mapped[int] = mapped_column(sa.BigInteger)
    who_asked: Mapped[str] = mapped_column(sa.String(200))
    said: Mapped[str] = mapped_column(sa.String(1000))
    reported_at: Mapped[datetime] = mapped_column(Moment)


class ChargeReportAnswer(OfCounty, Base):
    """What an auditor found about a reported charge."""

    __tablename__ = "charge_report_answer"
    __table_args__ = of_county(
        sa.UniqueConstraint("report_id"),
        one_of("finding", Finding),
        refers("report_id", "charge_report"),
        refers("answered_by_id", "account"),
        refers("office_id", "office"),
        retention="complaint",
        append_only=True,
    )
    report_id: Mapped[int]
    finding: Mapped[str] = mapped_column(sa.String(20))
    answer: Mapped[str] = mapped_column(sa.String(500))
    answered_by_id: Mapped[int]
    office_id: Mapped[int]
    answered_at: Mapped[datetime] = mapped_column(Moment)
