"""Audit by card: cards that were charged lately, payers at different amounts, reported charges (F-2, F-4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from portal.accounts.queries import SignedIn
from portal.database import NotFound, db
from portal.fees.charge_models import ChargeReport, ChargeReportAnswer, FeeNotice
from portal.fees.models import PublishedFee
from portal.network import queries as network
from portal.rules import fees as rules
from portal.rules.authority import OfficeHeld
from portal.rules.decision import Decision
from portal.rules.fees import Charged, NoticeState, Payer, Unequal

PAGE = 25
COMPARED = 5000  # notices of a month that are compared at most


def may_audit_now(county_id: int, offices: Iterable[OfficeHeld], on: date) -> Decision:
    """May these offices audit by card on a day? Lines are those of the bodies, which of them audit is county data (F-4)."""
    held = list(offices)
    lines = {body.id: body.line for body in network.bodies_by_id(county_id).values()} if any(each.body_id for each in held) else {}
    asked = network.setting(county_id, "fee_audit_lines", on, default=list(rules.AUDIT_LINES))
    return rules.may_audit(held, lines, tuple(asked))


def auditor(person: SignedIn, on: date) -> Decision:
    """The permission of who audits; NotFound for everybody else: the audit does not exist for them."""
    answer = may_audit_now(person.county_id, person.offices, on)
    if not answer:
        raise NotFound("audit")
    return answer


def list_cards(county_id: int, *, after: str = "") -> tuple[list[tuple[str, int, int]], str | None]:
    """Credit codes with a card, by code, with how many notices it has and what they come to; never ranked by it (Q-12)."""
    query = (
        select(FeeNotice.credit_code, func.count(FeeNotice.id), func.sum(FeeNotice.amount_fen))
        .where(FeeNotice.county_id == county_id, FeeNotice.credit_code.is_not(None), FeeNotice.credit_code > after)
        .group_by(FeeNotice.credit_code)
        .order_by(FeeNotice.credit_code)
        .limit(PAGE + 1)
    )
    rows = [(str(code), int(number), int(fen)) for code, number, fen in db.session.execute(query)]
    return rows[:PAGE], rows[PAGE - 1][0] if len(rows) > PAGE else None


def unequal_in(county_id: int, month: date) -> list[Unequal]:
    """Fees that two payers of a month paid, or are asked, at different amounts, with why (F-2)."""
    first = month.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    query = (
        select(FeeNotice, PublishedFee.code)
        .join(PublishedFee, PublishedFee.id == FeeNotice.fee_id)
        .where(
            FeeNotice.county_id == county_id, FeeNotice.issued_on >= first, FeeNotice.issued_on < after,
            FeeNotice.state.in_([state.value for state in (NoticeState.OPEN, NoticeState.PAID, NoticeState.WAIVED)]),
        )
        .order_by(FeeNotice.id)
        .limit(COMPARED)
    )  # fmt: skip
    return rules.unequal(
        [
            Charged(
                row.number, code, row.fee_id, row.issued_on, Payer(row.payer), row.quantity, row.unit_fen, row.amount_fen, row.amount_fen < row.full_fen
            )
            for row, code in db.session.execute(query)
        ]
    )


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A reported charge with the auditor's answer, if there is one."""

    row: ChargeReport
    answer: ChargeReportAnswer | None

    @property
    def is_arbitrary(self) -> bool:
        return rules.is_arbitrary(rules.Finding(self.answer.finding) if self.answer is not None else None)


def list_reports(county_id: int, *, is_open: bool, before: int | None = None) -> tuple[list[ReportLine], int | None]:
    """Reported charges that wait for an answer, or those answered; the latest first."""
    query = (
        select(ChargeReport, ChargeReportAnswer)
        .outerjoin(ChargeReportAnswer, ChargeReportAnswer.report_id == ChargeReport.id)
        .where(ChargeReport.county_id == county_id, ChargeReportAnswer.id.is_(None) if is_open else ChargeReportAnswer.id.is_not(None))
        .order_by(ChargeReport.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(ChargeReport.id < before)
    rows = [ReportLine(row, answer) for row, answer in db.session.execute(query)]
    return rows[:PAGE], rows[PAGE - 1].row.id if len(rows) > PAGE else None


def report_by_number(county_id: int, number: str) -> ReportLine:
    """A reported charge by its number; NotFound otherwise."""
    return _report(county_id, ChargeReport.number == number, number, 40)


def report_by_code(county_id: int, code: str) -> ReportLine:
    """A reported charge by the code that whoever reported it got."""
    plain = "".join(char for char in code.upper() if char.isalnum())
    return _report(county_id, ChargeReport.code == plain, plain, 12)


def _report(county_id: int, where: object, text: str, longest: int) -> ReportLine:
    query = (
        select(ChargeReport, ChargeReportAnswer)
        .outerjoin(ChargeReportAnswer, ChargeReportAnswer.report_id == ChargeReport.id)
        .where(ChargeReport.county_id == county_id, where)  # type: ignore[arg-type]
    )
    found = db.session.execute(query).first() if len(text) <= longest else None
    if found is None:
        raise NotFound(text)
    return ReportLine(*found)
