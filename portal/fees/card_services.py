"""Looks at cards are recorded; charges that are not on a card are reported by anybody and answered by who audits (F-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from portal.accounts import services as accounts
from portal.accounts.queries import SignedIn
from portal.accounts.services import Budget
from portal.audit import Actor, record
from portal.authority import queries as authority_queries
from portal.cases.services import new_tracking_code
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, transaction
from portal.fees import card_queries
from portal.fees.charge_models import ChargeReport, ChargeReportAnswer
from portal.network import queries as network
from portal.rules.fees import Finding
from portal.rules.moments import civil_date

# One address: wide, since the shops of a whole market can share one.
ADDRESS = Budget(20, timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1))


def record_look(credit_code: str, *, actor: Actor, clock: Clock) -> None:
    """Record that somebody read the card of an enterprise (F-4, R-1): each look is one."""
    with transaction(clock=clock) as tx:
        record(tx, actor, "fees.look", f"fee_card:{credit_code}")


@dataclass(frozen=True, slots=True)
class ReportText:
    """What somebody says was taken, or asked for, and is not on the card."""

    credit_code: str
    asked_fen: int
    who_asked: str
    said: str


def place_of_report(code: str) -> str:
    """Where whoever reported it follows it."""
    return f"/fees/reports/{code}"


def report_charge(county_id: int, text: ReportText, *, actor: Actor, clock: Clock, is_throttled: bool = True, once: Once | None = None) -> str:
    """Report a charge, without an account. Returns the code by which it is followed. TooMany where it was sent very often."""
    if is_throttled:
        key = accounts.throttle_key("charge report address", county_id, accounts.place_key(actor.address))
        accounts.take_try({key: ADDRESS}, clock=clock, actor=actor, verb="charge_report.try", subject=f"county:{county_id}", once=once)
    with transaction(clock=clock, once=once) as tx:
        year = civil_date(tx.now).year
        serial = network.next_number(tx, county_id, "charge-report", year)
        row = ChargeReport(
            county_id=county_id, number=f"SF{year}-{serial:06d}", code=new_tracking_code(), credit_code=text.credit_code, asked_fen=text.asked_fen,
            who_asked=text.who_asked, said=text.said, reported_at=tx.now,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        record(tx, actor, "charge_report.send", f"charge_report:{row.number}", fen=text.asked_fen)
        tx.result = place_of_report(row.code)
        return row.code


def answer_report(
    number: str, finding: Finding, answer: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None
) -> None:
    """Answer a reported charge: on the card after all, arbitrary, or no charge. NotFound for who does not audit."""
    with transaction(clock=clock, once=once) as tx:
        network.next_number(tx, actor.county_id, "charge-report-answer", 0)  # one after the other: none is answered twice
        today = civil_date(tx.now)
        permission = card_queries.may_audit_now(actor.county_id, authority_queries.offices_of(actor.account_id, today), today)
        if not permission:
            raise NotFound(number)
        line = card_queries.report_by_number(actor.county_id, number)
        if line.answer is not None or version != 0:
            raise Stale(1)
        assert permission.by is not None and permission.by.office is not None
        tx.session.add(
            ChargeReportAnswer(
                county_id=actor.county_id, report_id=line.row.id, finding=finding.value, answer=answer, answered_by_id=actor.account_id,
                office_id=permission.by.office, answered_at=tx.now,
            )
        )  # fmt: skip
        tx.session.flush()
        record(tx, actor.actor, "charge_report.answer", f"charge_report:{number}", finding=finding.value, office=permission.by.office)
        tx.result = f"/fees/audit/reports/{number}"
