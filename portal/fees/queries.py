"""Which fees may be charged on a day, their versions and cancellations (F-1), grounds of waivers (F-2), and the fee card (F-4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select, true

from portal.authority import queries as authority
from portal.catalogue.models import Item
from portal.database import NotFound, db
from portal.fees.charge_models import (
    ChargeReport,
    ChargeReportAnswer,
    FeeNotice,
    FeeReceipt,
    FeeReversal,
    FeeReversalDecision,
    IntermediaryCharge,
)
from portal.fees.models import FeeCancellation, PublishedFee, WaiverGround
from portal.network.models import Body
from portal.rules import fees as rules
from portal.rules.decision import Decision
from portal.rules.fees import Cancelled, ChargeKind, FeeTerms, Finding, Ground
from portal.rules.moments import civil_date


@dataclass(frozen=True, slots=True)
class Fee:
    """A version of a published fee with who collects it and, if there is one, the code of its item."""

    row: PublishedFee
    collector: Body
    item_code: str | None
    terms: FeeTerms
    cancelled_from: date | None = None


def _terms(row: PublishedFee, bodies: Mapping[str, int]) -> FeeTerms:
    more = row.more or {}
    return FeeTerms(
        row.id, row.code, row.lower_fen, row.upper_fen, row.from_on, row.until_on, row.item_id, row.collector_id,
        frozenset(bodies[code] for code in more.get("entrusted", ()) if code in bodies), bool(more.get("unit")), ChargeKind(row.charge_kind),
    )  # fmt: skip


def cancellations(county_id: int, codes: Iterable[str] | None = None) -> dict[str, tuple[Cancelled, ...]]:
    """fee code → its cancellations, as the rules read them."""
    query = select(FeeCancellation.fee_code, FeeCancellation.from_on, FeeCancellation.up_to_id).where(FeeCancellation.county_id == county_id)
    if codes is not None:
        query = query.where(FeeCancellation.fee_code.in_(list(codes)))
    found: dict[str, list[Cancelled]] = defaultdict(list)
    for code, from_on, up_to_id in db.session.execute(query.order_by(FeeCancellation.id)):
        found[code].append(Cancelled(from_on, up_to_id))
    return {code: tuple(rows) for code, rows in found.items()}


def _versions(county_id: int, code: str | None = None) -> dict[str, list[Fee]]:
    query = (
        select(PublishedFee, Body, Item.code)
        .join(Body, Body.id == PublishedFee.collector_id)
        .outerjoin(Item, Item.id == PublishedFee.item_id)
        .where(PublishedFee.county_id == county_id)
        .order_by(PublishedFee.code, PublishedFee.from_on)
    )
    if code is not None:
        query = query.where(PublishedFee.code == code)
    rows = db.session.execute(query).all()
    named = any((row.more or {}).get("entrusted") for row, _body, _item in rows)
    bodies = {row.code: row.id for row in db.session.execute(select(Body.code, Body.id).where(Body.county_id == county_id))} if named else {}
    blocked = cancellations(county_id, None if code is None else [code]) if rows else {}
    found: dict[str, list[Fee]] = defaultdict(list)
    for row, collector, item_code in rows:
        since = rules.cancelled_from(row.id, blocked.get(row.code, ()))
        found[row.code].append(Fee(row, collector, item_code, _terms(row, bodies), since))
    return found


def _on(versions: list[Fee], on: date) -> Fee | None:
    blocked = [Cancelled(each.cancelled_from, each.row.id) for each in versions if each.cancelled_from is not None]
    terms = rules.version_on([each.terms for each in versions], blocked, on)
    return next((each for each in versions if terms is not None and each.row.id == terms.id), None)


def list_fees(county_id: int, on: date) -> list[Fee]:
    """The fees that may be charged on a day, by code; what is not here cannot be charged (F-1)."""
    found = (_on(versions, on) for versions in _versions(county_id).values())
    return sorted((fee for fee in found if fee is not None), key=lambda fee: fee.row.code)


def get_fee_on(county_id: int, code: str, on: date) -> Fee | None:
    """The version of a fee by which it may be charged on a day, None where it may not."""
    return _on(_versions(county_id, code).get(code, []), on)


def list_versions(county_id: int) -> list[Fee]:
    """Every version of every fee, by code, the latest first: the public history as data."""
    return [fee for _code, versions in sorted(_versions(county_id).items()) for fee in reversed(versions)]


def get_versions(county_id: int, code: str) -> list[Fee]:
    """The versions of a fee, the latest first; NotFound where there never was one."""
    versions = _versions(county_id, code).get(code)
    if not versions:
        raise NotFound(code)
    return versions[::-1]


@dataclass(frozen=True, slots=True)
class Standing:
    """A fee as the manager sees it: what holds today, what comes, or since when it is cancelled."""

    code: str
    last: Fee
    now: Fee | None
    coming: Fee | None

    @property
    def cancelled_from(self) -> date | None:
        return self.last.cancelled_from


def list_standing(county_id: int, on: date) -> list[Standing]:
    """Every fee that there ever was, by code."""
    found = []
    for code, versions in sorted(_versions(county_id).items()):
        coming = next((each for each in versions if each.row.from_on > on), None)
        found.append(Standing(code, versions[-1], _on(versions, on), coming))
    return found


def list_cancellations(county_id: int, code: str) -> list[FeeCancellation]:
    """The cancellations of a fee with their papers, the latest first."""
    query = select(FeeCancellation).where(FeeCancellation.county_id == county_id, FeeCancellation.fee_code == code)
    return list(db.session.scalars(query.order_by(FeeCancellation.id.desc())))


def version(county_id: int) -> int:
    """The version of all that is published here: it is only ever added to."""
    tables: tuple[Any, ...] = (PublishedFee, FeeCancellation, WaiverGround)
    counts = [select(func.count()).select_from(each).where(each.county_id == county_id).scalar_subquery() for each in tables]
    return sum(db.session.execute(select(*counts)).one())


# --- grounds of waivers (F-2) -----------------------------------------------------------------------------------------------------------


def _ground(row: WaiverGround) -> Ground:
    return Ground(row.id, row.code, row.pays_percent, row.from_on, row.until_on, row.fee_code)


def list_grounds(county_id: int, on: date | None = None) -> list[WaiverGround]:
    """The published grounds of waivers by code: those that hold on a day, or every version."""
    rows = list(db.session.scalars(select(WaiverGround).where(WaiverGround.county_id == county_id).order_by(WaiverGround.code, WaiverGround.from_on)))
    if on is None:
        return rows
    by_code: dict[str, list[WaiverGround]] = defaultdict(list)
    for row in rows:
        by_code[row.code].append(row)
    held = {ground.id for versions in by_code.values() if (ground := rules.ground_on([_ground(row) for row in versions], on)) is not None}
    return [row for row in rows if row.id in held]


def get_ground_on(county_id: int, code: str, on: date) -> Ground | None:
    """The ground of this code as it holds on a day."""
    rows = db.session.scalars(select(WaiverGround).where(WaiverGround.county_id == county_id, WaiverGround.code == code))
    return rules.ground_on([_ground(row) for row in rows], on)


# --- the fee card (F-4) -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CardLine:
    """One charge on a fee card. `kind` is notice, intermediary or report."""

    kind: str
    number: str
    on: date
    charged_fen: int
    paid_fen: int = 0
    fee: PublishedFee | None = None
    collector: Body | None = None
    state: str = ""
    above_fen: int = 0
    code: str = ""
    who: str = ""  # the intermediary, or who is said to have asked
    ground: WaiverGround | None = None
    finding: str | None = None

    @property
    def is_arbitrary(self) -> bool:
        """Whether it counts as arbitrary: a reported charge until an auditor finds otherwise."""
        return self.kind == "report" and rules.is_arbitrary(Finding(self.finding) if self.finding else None)


@dataclass(frozen=True, slots=True)
class Card:
    """The fee card of an enterprise (收费登记卡) in a year, or of all years: every charge, the latest first."""

    credit_code: str
    lines: tuple[CardLine, ...] = ()

    @property
    def paid_fen(self) -> int:
        """What went over the cashier and stayed there."""
        return sum(line.paid_fen for line in self.lines if line.kind == "notice")

    @property
    def direct_fen(self) -> int:
        """What intermediaries took."""
        return sum(line.paid_fen for line in self.lines if line.kind == "intermediary")

    @property
    def open_fen(self) -> int:
        return sum(line.charged_fen for line in self.lines if line.kind == "notice" and line.state == rules.NoticeState.OPEN)

    @property
    def arbitrary(self) -> int:
        return sum(line.is_arbitrary for line in self.lines)


def _between(column: Any, year: int | None) -> Any:
    return true() if year is None else and_(column >= date(year, 1, 1), column <= date(year, 12, 31))


def paid_on_notices(notice_ids: Iterable[int]) -> dict[int, int]:
    """notice id → fen that the cashier took and did not give back."""
    ids = list(notice_ids)
    if not ids:
        return {}
    back = (
        select(FeeReversal.receipt_id)
        .join(FeeReversalDecision, FeeReversalDecision.reversal_id == FeeReversal.id)
        .where(FeeReversalDecision.is_approved)
    )
    query = select(FeeReceipt.notice_id, func.sum(FeeReceipt.fen)).where(FeeReceipt.notice_id.in_(ids), FeeReceipt.id.not_in(back))
    return {notice_id: int(fen) for notice_id, fen in db.session.execute(query.group_by(FeeReceipt.notice_id))}


def card_of(county_id: int, credit_code: str, year: int | None = None, *, on: date | None = None) -> Card:
    """The fee card of an enterprise: notices, what intermediaries took, and what was reported and is not on it (F-4).

    `on` is today, by which a notice of a cancelled fee is void; without it states are as they were written.
    """
    notices = db.session.execute(
        select(FeeNotice, PublishedFee, Body, WaiverGround)
        .join(PublishedFee, PublishedFee.id == FeeNotice.fee_id)
        .join(Body, Body.id == FeeNotice.collector_id)
        .outerjoin(WaiverGround, WaiverGround.id == FeeNotice.ground_id)
        .where(FeeNotice.county_id == county_id, FeeNotice.credit_code == credit_code, _between(FeeNotice.issued_on, year))
    ).all()
    paid = paid_on_notices(notice.id for notice, *_rest in notices)
    blocked = cancellations(county_id, {fee.code for _notice, fee, *_rest in notices}) if on is not None and notices else {}
    lines = [
        CardLine(
            "notice", notice.number, notice.issued_on, notice.amount_fen, paid.get(notice.id, 0), fee, body,
            shown_state(notice.state, fee, blocked, on), code=notice.code, ground=ground,
        )
        for notice, fee, body, ground in notices
    ]  # fmt: skip
    lines += [
        CardLine("intermediary", row.number, row.charged_on, row.charged_fen, row.charged_fen, fee, None, "", row.above_fen, who=row.intermediary)
        for row, fee in db.session.execute(
            select(IntermediaryCharge, PublishedFee)
            .join(PublishedFee, PublishedFee.id == IntermediaryCharge.fee_id)
            .where(
                IntermediaryCharge.county_id == county_id, IntermediaryCharge.credit_code == credit_code,
                _between(IntermediaryCharge.charged_on, year),
            )
        )
    ]  # fmt: skip
    reports = db.session.execute(
        select(ChargeReport, ChargeReportAnswer.finding)
        .outerjoin(ChargeReportAnswer, ChargeReportAnswer.report_id == ChargeReport.id)
        .where(ChargeReport.county_id == county_id, ChargeReport.credit_code == credit_code)
    )
    for report, finding in reports:
        day = civil_date(report.reported_at)
        if year is None or day.year == year:
            lines.append(CardLine("report", report.number, day, report.asked_fen, code=report.code, who=report.who_asked, finding=finding))
    lines.sort(key=lambda line: (line.on, line.number), reverse=True)
    return Card(credit_code, tuple(lines))


def shown_state(state: str, fee: PublishedFee, blocked: Mapping[str, tuple[Cancelled, ...]], on: date | None) -> str:
    """The state of a notice as people see it: what is not paid of a cancelled fee is void (F-1)."""
    unpaid = state in (rules.NoticeState.OPEN, rules.NoticeState.WAITING)
    return rules.VOID if unpaid and on is not None and rules.is_blocked(fee.id, blocked.get(fee.code, ()), on) else state


def may_publish_now(account_id: int | None, today: date) -> Decision:
    """May this person publish and cancel fees today? The same answer draws the forms and guards the acts."""
    return rules.may_publish(authority.offices_of(account_id, today) if account_id is not None else ())


def notices_unpaid(county_id: int, fee_ids: Iterable[int]) -> list[FeeNotice]:
    """The notices of these versions that are not paid: void once the fee is cancelled, the oldest first."""
    query = select(FeeNotice).where(
        FeeNotice.county_id == county_id, FeeNotice.fee_id.in_(list(fee_ids)),
        or_(FeeNotice.state == rules.NoticeState.OPEN.value, FeeNotice.state == rules.NoticeState.WAITING.value),
    )  # fmt: skip
    return list(db.session.scalars(query.order_by(FeeNotice.id).limit(200)))
