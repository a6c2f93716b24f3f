"""What may be charged, by whom, how much, and where the money goes: F-1 to F-5.

Money is whole fen, and no amount is ever typed at the cashier: the notice says it. A fee stops no clock and holds back no result (F-3).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from portal.rules.authority import Level, Office, OfficeHeld
from portal.rules.decision import Basis, Decision, Reason, Sort

LAW = frozenset({"law", "administrative_regulation", "法律", "行政法规"})
"""What a fee on a licence must rest on: a law or an administrative regulation (许可法 art. 58)."""

MOST_FEN = 100_000_000_000
"""One thousand million yuan: more than any fee, and less than what both engines hold."""

SECOND = frozenset({Office.CENTER_MANAGEMENT, Office.AUDITOR})
"""Who is the second person at the cashier's: gives money back, signs a day (F-3)."""

WAIVES = frozenset({Office.HEAD_OF_AGENCY, Office.LEADER_IN_CHARGE})
"""Who of the collecting body approves a waiver (F-2)."""

AUDIT_LINES = ("finance", "price", "market_regulation")
"""Lines whose departments audit by card (F-4); county data. Prices are supervised by market regulation since 2018."""


class ChargeKind(StrEnum):
    """What sort of fee it is: only the first goes over the cashier; both stand on the card (F-2, F-4)."""

    ADMINISTRATIVE = "administrative"
    INTERMEDIARY = "intermediary"


class Payer(StrEnum):
    NATURAL = "natural"
    ORGANISATION = "organisation"


class Method(StrEnum):
    """By what the cashier was paid."""

    CASH = "cash"
    CARD = "card"
    TRANSFER = "transfer"
    QR = "qr"


# --- whole fen (F-5) ------------------------------------------------------------------------------------------------------------------

_YUAN = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,2}))?")


def fen_of(text: str) -> int | None:
    """Yuan as typed, in whole fen: "12.50" is 1250, "12.5" too; None for anything else, three decimals among it (F-5)."""
    found = _YUAN.fullmatch(text.strip())
    if found is None:
        return None
    fen = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0") or 0)
    return fen if fen <= MOST_FEN else None


# --- publishing (F-1) -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeeDraft:
    """A fee not yet published: its standard in whole fen, and what it rests on."""

    basis: str
    lower_fen: int
    upper_fen: int
    published_at: str
    from_on: date
    until_on: date | None = None
    basis_level: str = ""
    is_on_licence: bool = False


def check_fee(draft: FeeDraft) -> tuple[Decision, ...]:
    """Every reason why this fee could not be published; empty if there is none."""
    return tuple(_faults(draft))


def _faults(draft: FeeDraft) -> Iterator[Decision]:
    if not draft.basis.strip():
        yield Decision.no(Reason.FEE_BASIS_MISSING, rule="F-1")
    if not draft.published_at.strip():
        yield Decision.no(Reason.FEE_NOT_PUBLISHED, rule="F-1")
    if draft.is_on_licence and draft.basis_level not in LAW:
        yield Decision.no(Reason.FEE_NEEDS_LAW, rule="F-1")
    if not 0 <= draft.lower_fen <= draft.upper_fen:
        yield Decision.no(Reason.FEE_RANGE_REVERSED, rule="F-5", lower=draft.lower_fen, upper=draft.upper_fen)
    if draft.until_on is not None and draft.until_on < draft.from_on:
        yield Decision.no(Reason.PERIOD_REVERSED, rule="F-1", from_on=draft.from_on, until_on=draft.until_on)


def may_publish(offices: Iterable[OfficeHeld]) -> Decision:
    """May a person with these offices publish or cancel a fee? The county manager, who enters what price and finance have decided (F-1).

    The body that collects a fee never publishes it: who profits does not say what may be taken.
    """
    held = next((each for each in offices if each.office is Office.COUNTY_MANAGER), None)
    if held is None:
        return Decision.no(Reason.FEE_MANAGER_ONLY, rule="F-1")
    return Decision.yes(by=Basis(Sort.ACT_OF_OFFICE, office=held.id))


def may_begin(from_on: date, today: date, taken: Collection[date]) -> Decision:
    """May a version begin on this day? From tomorrow at the earliest: what was charged today was charged by what stood published (F-1)."""
    if from_on <= today:
        return Decision.no(Reason.FEE_FROM_TOMORROW, rule="F-1", day=from_on)
    if from_on in taken:
        return Decision.no(Reason.FEE_VERSION_STANDS, rule="F-1", day=from_on)
    return Decision.yes()


def may_cancel(from_on: date, today: date, *, is_cancelled: bool, paper: str) -> Decision:
    """May a fee be cancelled from this day? At once at the earliest: a fee that must not be taken is stopped the same day (F-1)."""
    if not paper.strip():
        return Decision.no(Reason.FEE_PAPER_MISSING, rule="F-1")
    if from_on < today:
        return Decision.no(Reason.FEE_CANCELLED_BACKWARDS, rule="F-1", day=from_on)
    if is_cancelled:
        return Decision.no(Reason.FEE_CANCELLED, rule="F-1", day=from_on)
    return Decision.yes()


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """A version of a published fee, as far as charging asks."""

    id: int
    code: str
    lower_fen: int
    upper_fen: int
    from_on: date
    until_on: date | None = None
    item_id: int | None = None
    collector_id: int = 0
    entrusted: frozenset[int] = frozenset()
    has_unit: bool = False
    kind: ChargeKind = ChargeKind.ADMINISTRATIVE


@dataclass(frozen=True, slots=True)
class Cancelled:
    """That a fee is cancelled from a day on: every version that stood published when it was entered."""

    from_on: date
    up_to_id: int


def cancelled_from(version_id: int, cancellations: Iterable[Cancelled]) -> date | None:
    """From when on a version is blocked, None where it is not (F-1)."""
    return min((each.from_on for each in cancellations if version_id <= each.up_to_id), default=None)


def is_blocked(version_id: int, cancellations: Iterable[Cancelled], day: date) -> bool:
    """Is a version blocked on a day? Then nothing is asked for by it, and what was asked for and not paid is void (F-1)."""
    since = cancelled_from(version_id, cancellations)
    return since is not None and since <= day


def version_on(versions: Iterable[FeeTerms], cancellations: Iterable[Cancelled], day: date) -> FeeTerms | None:
    """The version by which a fee may be charged on a day: the latest that has begun, if it has not ended and is not cancelled (F-1)."""
    begun = [each for each in versions if each.from_on <= day]
    if not begun:
        return None
    last = max(begun, key=lambda each: each.from_on)
    if (last.until_on is not None and last.until_on < day) or is_blocked(last.id, tuple(cancellations), day):
        return None
    return last


# --- asking for a fee (F-1, F-2, F-3) -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asking:
    """A window that asks for a fee in a case."""

    fee: FeeTerms | None  # as it may be charged today
    item_id: int
    level: Level
    served: frozenset[int]  # the bodies of the window
    payer: Payer
    credit_code: str = ""
    is_holder: bool = True  # the person is posted at the window that holds the case
    is_accepted: bool = True
    is_closed: bool = False
    quantity: int = 1
    unit_fen: int | None = None  # what the window chose within the range
    why: str = ""  # for more than the lower standard


def may_ask(asking: Asking) -> Decision:
    """May this fee be asked for in this case, and how much is it in all (`full_fen`, `unit_fen`)?"""
    fee = asking.fee
    if not asking.is_holder:
        return Decision.no(Reason.FEE_NOT_HOLDER, rule="F-3")
    if not asking.is_accepted or asking.is_closed:
        return Decision.no(Reason.FEE_CASE_NOT_OPEN, rule="F-3")
    if asking.level.is_room:
        return Decision.no(Reason.FEE_NOT_AT_ROOM, rule="N-4")
    if fee is None or (fee.item_id is not None and fee.item_id != asking.item_id):
        return Decision.no(Reason.FEE_NOT_OF_THIS_DAY, rule="F-1")
    if fee.kind is ChargeKind.ADMINISTRATIVE and not ({fee.collector_id} | fee.entrusted) & asking.served:
        return Decision.no(Reason.FEE_NOT_COLLECTED_HERE, rule="F-1")
    if asking.payer is Payer.ORGANISATION and not asking.credit_code:
        return Decision.no(Reason.FEE_CREDIT_CODE_MISSING, rule="F-4")
    if not 1 <= asking.quantity <= 10000 or (asking.quantity != 1 and not fee.has_unit):
        return Decision.no(Reason.FEE_QUANTITY, rule="F-1")
    return _priced(fee, asking)


def _priced(fee: FeeTerms, asking: Asking) -> Decision:
    """Enterprises pay the lower bound of every range; people what the window chose within it, with a reason above the lower bound (F-2)."""
    unit = fee.lower_fen if asking.unit_fen is None else asking.unit_fen
    if asking.payer is Payer.ORGANISATION and unit != fee.lower_fen:
        return Decision.no(Reason.FEE_ABOVE_LOWER, rule="F-2", lower=fee.lower_fen)
    if not fee.lower_fen <= unit <= fee.upper_fen:
        return Decision.no(Reason.FEE_OUT_OF_RANGE, rule="F-2", lower=fee.lower_fen, upper=fee.upper_fen)
    if unit > fee.lower_fen and not asking.why.strip():
        return Decision.no(Reason.FEE_WHY_MISSING, rule="F-2")
    full = unit * asking.quantity
    if full > MOST_FEN:
        return Decision.no(Reason.FEE_QUANTITY, rule="F-1")
    return Decision.yes(full_fen=full, unit_fen=unit)


@dataclass(frozen=True, slots=True)
class Ground:
    """A published ground on which a fee is waived or reduced: what is still paid, in percent."""

    id: int
    code: str
    pays_percent: int
    from_on: date
    until_on: date | None = None
    fee_code: str = ""  # empty: every fee


def ground_on(versions: Iterable[Ground], day: date) -> Ground | None:
    """The version of a ground that holds on a day."""
    begun = [each for each in versions if each.from_on <= day]
    last = max(begun, key=lambda each: each.from_on, default=None)
    return None if last is None or (last.until_on is not None and last.until_on < day) else last


def may_rest_on(ground: Ground | None, fee_code: str) -> Decision:
    """May a waiver of this fee rest on this ground? Only on one that is published and speaks of it (F-2)."""
    if ground is None or ground.fee_code not in ("", fee_code):
        return Decision.no(Reason.FEE_GROUND_NOT_PUBLISHED, rule="F-2")
    return Decision.yes()


def reduced(full_fen: int, pays_percent: int) -> int:
    """What is left of a fee: whole fen, rounded down for who pays (F-2, F-5)."""
    return full_fen * pays_percent // 100


# --- a notice and what happens to it (F-3) ----------------------------------------------------------------------------------------------


class NoticeState(StrEnum):
    WAITING = "waiting"  # for whoever approves its waiver
    OPEN = "open"
    PAID = "paid"
    WAIVED = "waived"
    WITHDRAWN = "withdrawn"
    REFUNDED = "refunded"


VOID = "void"
"""What an unpaid notice is once its fee is cancelled (F-1). It is never stored: the cancellation says it, from its day on."""


class NoticeEventKind(StrEnum):
    ISSUED = "issued"
    WAIVER_ASKED = "waiver_asked"
    WAIVER_APPROVED = "waiver_approved"
    WAIVER_REFUSED = "waiver_refused"
    PAID = "paid"
    PAYMENT_VOIDED = "payment_voided"
    REFUNDED = "refunded"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class NoticeNow:
    """What a notice is now, by its events."""

    state: NoticeState
    amount_fen: int


def fold(full_fen: int, pays_percent: int, events: Iterable[NoticeEventKind]) -> NoticeNow:
    """The state and the amount of a notice by what happened to it, in order."""
    state, amount = NoticeState.OPEN, full_fen
    for event in events:
        if event is NoticeEventKind.WAIVER_ASKED:
            state = NoticeState.WAITING
        elif event is NoticeEventKind.WAIVER_APPROVED:
            amount = reduced(full_fen, pays_percent)
            state = NoticeState.OPEN if amount else NoticeState.WAIVED
        elif event in (NoticeEventKind.WAIVER_REFUSED, NoticeEventKind.PAYMENT_VOIDED):
            state = NoticeState.OPEN
        elif event is NoticeEventKind.PAID:
            state = NoticeState.PAID
        elif event is NoticeEventKind.REFUNDED:
            state = NoticeState.REFUNDED
        elif event is NoticeEventKind.WITHDRAWN:
            state = NoticeState.WITHDRAWN
    return NoticeNow(state, amount)


def may_decide_waiver(
    state: NoticeState, offices: Iterable[OfficeHeld], *, collector_id: int, account: int, asked_by: int
) -> Decision:
    """May this person approve or refuse a waiver? Head or leader in charge of the body that collects, never who asked for it (F-2)."""
    if state is not NoticeState.WAITING:
        return Decision.no(Reason.FEE_NOT_AT_THIS_STEP, rule="F-2")
    held = next((each for each in offices if each.office in WAIVES and each.body_id == collector_id), None)
    if held is None:
        return Decision.no(Reason.FEE_WAIVER_NOT_YOURS, rule="F-2")
    if account == asked_by:
        return Decision.no(Reason.FEE_SECOND_PERSON, rule="F-2")
    return Decision.yes(by=Basis(Sort.ACT_OF_OFFICE, office=held.id))


def may_withdraw(state: NoticeState, *, is_holder: bool) -> Decision:
    """May the window take back a notice? As long as nothing was paid on it."""
    if not is_holder:
        return Decision.no(Reason.FEE_NOT_HOLDER, rule="F-3")
    if state not in (NoticeState.OPEN, NoticeState.WAITING):
        return Decision.no(Reason.FEE_NOT_AT_THIS_STEP, rule="F-3")
    return Decision.yes()


# --- the one cashier window (F-3) -------------------------------------------------------------------------------------------------------


def may_take_money(*, is_cashier: bool, is_posted: bool) -> Decision:
    """Who takes money: the cashier and nobody else; windows take no cash, so a cashier is posted at none (F-3)."""
    if not is_cashier or is_posted:
        return Decision.no(Reason.FEE_CASHIER_ONLY, rule="F-3")
    return Decision.yes()


def may_pay(state: NoticeState, *, is_blocked: bool, is_day_closed: bool) -> Decision:
    """May a notice be paid now? (F-1, F-3)"""
    if is_blocked and state in (NoticeState.OPEN, NoticeState.WAITING):
        return Decision.no(Reason.FEE_VOID_CANCELLED, rule="F-1")
    if state is NoticeState.WAITING:
        return Decision.no(Reason.FEE_WAIVER_WAITS, rule="F-2")
    if state is not NoticeState.OPEN:
        return Decision.no(Reason.FEE_NOT_AT_THIS_STEP, rule="F-3")
    if is_day_closed:
        return Decision.no(Reason.FEE_DAY_CLOSED, rule="F-3")
    return Decision.yes()


class ReversalKind(StrEnum):
    """Money that goes back: a payment taken wrongly is void the same day, its notice open again; later, or for good, it is refunded."""

    VOID = "void"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class ReceiptNow:
    """A receipt, as far as giving its money back asks."""

    paid_on: date
    is_reversed: bool = False
    is_asked: bool = False


def may_ask_back(kind: ReversalKind, receipt: ReceiptNow, today: date, *, is_day_closed: bool) -> Decision:
    """May the cashier ask that the money of a receipt goes back? Nothing of a closed day becomes void (F-3)."""
    if receipt.is_reversed:
        return Decision.no(Reason.FEE_REVERSED, rule="F-3")
    if receipt.is_asked:
        return Decision.no(Reason.FEE_REVERSAL_ASKED, rule="F-3")
    return _may_go_back(kind, receipt, today, is_day_closed=is_day_closed)


def _may_go_back(kind: ReversalKind, receipt: ReceiptNow, today: date, *, is_day_closed: bool) -> Decision:
    if kind is ReversalKind.VOID and (receipt.paid_on != today or is_day_closed):
        return Decision.no(Reason.FEE_VOID_TOO_LATE, rule="F-3")
    if is_day_closed:
        return Decision.no(Reason.FEE_DAY_CLOSED, rule="F-3")
    return Decision.yes()


def may_give_back(
    kind: ReversalKind, receipt: ReceiptNow, today: date, offices: Iterable[OfficeHeld], *, account: int, asked_by: int, is_day_closed: bool,
    is_decided: bool = False, approves: bool = True,
) -> Decision:  # fmt: skip
    """May this person decide that money goes back? The center's management or an auditor, never who asked for it (F-3)."""
    held = next((each for each in offices if each.office in SECOND), None)
    if held is None or account == asked_by:
        return Decision.no(Reason.FEE_SECOND_PERSON, rule="F-3")
    if is_decided or receipt.is_reversed:
        return Decision.no(Reason.FEE_NOT_AT_THIS_STEP, rule="F-3")
    if approves:
        lawful = _may_go_back(kind, receipt, today, is_day_closed=is_day_closed)
        if not lawful:
            return lawful
    return Decision.yes(by=Basis(Sort.ACT_OF_OFFICE, office=held.id))


# --- a day at the cashier's (F-3) -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moved:
    """Money that was taken (positive) or went back (negative) on a day."""

    method: Method
    fee_code: str
    fen: int
    is_receipt: bool = True


@dataclass(frozen=True, slots=True)
class DaySums:
    """What a day comes to: per method and per fee what was taken, what went back, what is left."""

    receipts: int = 0
    reversals: int = 0
    taken: int = 0
    given_back: int = 0
    by_method: Mapping[Method, tuple[int, int]] = field(default_factory=dict)
    by_fee: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.taken - self.given_back

    @property
    def cash(self) -> int:
        """What must lie in the drawer beyond what lay there in the morning."""
        taken, back = self.by_method.get(Method.CASH, (0, 0))
        return taken - back


def sums_of(moved: Iterable[Moved]) -> DaySums:
    """The sums of a day by method and by fee: never added to or subtracted from, always counted from the receipts (F-3)."""
    methods: dict[Method, list[int]] = defaultdict(lambda: [0, 0])
    fees: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    receipts = reversals = 0
    for each in moved:
        column = 0 if each.is_receipt else 1
        methods[each.method][column] += abs(each.fen)
        fees[each.fee_code][column] += abs(each.fen)
        receipts, reversals = receipts + each.is_receipt, reversals + (not each.is_receipt)
    taken = sum(column[0] for column in methods.values())
    back = sum(column[1] for column in methods.values())
    return DaySums(
        receipts, reversals, taken, back, {method: (a, b) for method, (a, b) in sorted(methods.items())},
        {code: (a, b) for code, (a, b) in sorted(fees.items())},
    )  # fmt: skip


def may_close(day: date, today: date, *, is_closed: bool, difference_fen: int, reason: str) -> Decision:
    """May the cashier close a day? A difference is named with its reason (F-3)."""
    if day > today:
        return Decision.no(Reason.FEE_DAY_TO_COME, rule="F-3", day=day)
    if is_closed:
        return Decision.no(Reason.FEE_DAY_CLOSED, rule="F-3")
    if difference_fen and not reason.strip():
        return Decision.no(Reason.FEE_DIFFERENCE_UNNAMED, rule="F-3", difference=difference_fen)
    return Decision.yes()


def may_sign(offices: Iterable[OfficeHeld], *, account: int, counted_by: int, is_counted: bool) -> Decision:
    """May this person sign the day, or send it back to be counted again? The center's management or an auditor, not who counted (F-3)."""
    held = next((each for each in offices if each.office in SECOND), None)
    if held is None or account == counted_by:
        return Decision.no(Reason.FEE_SECOND_PERSON, rule="F-3")
    if not is_counted:
        return Decision.no(Reason.FEE_NOT_AT_THIS_STEP, rule="F-3")
    return Decision.yes(by=Basis(Sort.ACT_OF_OFFICE, office=held.id))


# --- the fee card (F-2, F-4) ------------------------------------------------------------------------------------------------------------


def may_audit(offices: Iterable[OfficeHeld], lines: Mapping[int, str], audit_lines: Collection[str] = AUDIT_LINES) -> Decision:
    """May this person audit by card? Auditor and supervisor of the county; head and leader of a price or finance department (F-4)."""
    for each in offices:
        if each.office in (Office.AUDITOR, Office.SUPERVISOR) or (
            each.office in WAIVES and each.body_id is not None and lines.get(each.body_id) in audit_lines
        ):
            return Decision.yes(by=Basis(Sort.ACT_OF_OFFICE, office=each.id))
    return Decision.no(Reason.FEE_AUDIT_NOT_YOURS, rule="F-4")


class Finding(StrEnum):
    """What an auditor found about a charge that was reported."""

    ON_CARD = "on_card"
    ARBITRARY = "arbitrary"
    NO_CHARGE = "no_charge"


def is_arbitrary(finding: Finding | None) -> bool:
    """Does a reported charge count as arbitrary (乱收费)? Until an auditor has found otherwise (F-4)."""
    return finding in (None, Finding.ARBITRARY)


def above_lower(charged_fen: int, lower_fen: int, quantity: int) -> int:
    """How much more than the lower bound an intermediary took of an enterprise (F-2); nothing where it kept to it."""
    return max(0, charged_fen - lower_fen * quantity)


class Why(StrEnum):
    """Why two payers of one fee paid different amounts in one month (F-2)."""

    WAIVER = "waiver"
    RANGE = "range"
    VERSION = "version"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Charged:
    """One charge, as the comparison asks."""

    number: str
    fee_code: str
    version_id: int
    on: date
    payer: Payer
    quantity: int
    unit_fen: int
    amount_fen: int
    is_waived: bool = False


@dataclass(frozen=True, slots=True)
class Unequal:
    """One fee in one month, paid by different payers at different amounts a unit; each charge with why it differs from the usual one."""

    fee_code: str
    month: tuple[int, int]
    lines: tuple[tuple[Charged, Why | None], ...]


def unequal(charges: Sequence[Charged]) -> list[Unequal]:
    """Fees that two payers of one month paid at different amounts, with why (F-2). Several units of one price are no difference."""
    groups: dict[tuple[str, tuple[int, int]], list[Charged]] = defaultdict(list)
    for each in charges:
        groups[each.fee_code, (each.on.year, each.on.month)].append(each)
    found = []
    for (code, month), group in sorted(groups.items()):
        prices = [Fraction(each.amount_fen, each.quantity) for each in group]
        if len(set(prices)) > 1:
            usual = max(sorted(set(prices)), key=prices.count)
            by = next(each for each, price in zip(group, prices, strict=True) if price == usual)
            lines = ((each, None if price == usual else _why(each, by)) for each, price in zip(group, prices, strict=True))
            found.append(Unequal(code, month, tuple(lines)))
    return found


def _why(one: Charged, usual: Charged) -> Why:
    if one.is_waived != usual.is_waived:
        return Why.WAIVER
    if one.version_id != usual.version_id:
        return Why.VERSION
    if one.unit_fen != usual.unit_fen and Payer.NATURAL in (one.payer, usual.payer):
        return Why.RANGE
    return Why.WAIVER if one.is_waived else Why.UNEXPLAINED
