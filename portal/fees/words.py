"""The words of fees: states, events, methods, levels of a basis, findings."""

from __future__ import annotations

from typing import Any

from portal.i18n import _lp
from portal.rules.fees import VOID, ChargeKind, Finding, Method, NoticeEventKind, NoticeState, Payer, ReversalKind, Why

STATES: dict[str, Any] = {
    NoticeState.WAITING: _lp("fee", "Waiver waits for its decision"),
    NoticeState.OPEN: _lp("fee", "To be paid"),
    NoticeState.PAID: _lp("fee", "Paid"),
    NoticeState.WAIVED: _lp("fee", "Waived"),
    NoticeState.WITHDRAWN: _lp("fee", "Taken back"),
    NoticeState.REFUNDED: _lp("fee", "Refunded"),
    VOID: _lp("fee", "Void: the fee is cancelled"),
}
TONES: dict[str, str] = {
    NoticeState.WAITING: "warn", NoticeState.OPEN: "warn", NoticeState.PAID: "ok", NoticeState.WAIVED: "ok", NoticeState.WITHDRAWN: "off",
    NoticeState.REFUNDED: "off", VOID: "off",
}  # fmt: skip
EVENTS: dict[str, Any] = {
    NoticeEventKind.ISSUED: _lp("fee event", "Asked for"),
    NoticeEventKind.WAIVER_ASKED: _lp("fee event", "Waiver asked for"),
    NoticeEventKind.WAIVER_APPROVED: _lp("fee event", "Waiver approved"),
    NoticeEventKind.WAIVER_REFUSED: _lp("fee event", "Waiver refused"),
    NoticeEventKind.PAID: _lp("fee event", "Paid at the cashier's"),
    NoticeEventKind.PAYMENT_VOIDED: _lp("fee event", "Payment void"),
    NoticeEventKind.REFUNDED: _lp("fee event", "Refunded"),
    NoticeEventKind.WITHDRAWN: _lp("fee event", "Taken back"),
}
METHODS: dict[str, Any] = {
    Method.CASH: _lp("fee", "Cash"),
    Method.CARD: _lp("fee", "Bank card"),
    Method.TRANSFER: _lp("fee", "Bank transfer"),
    Method.QR: _lp("fee", "QR code"),
}
PAYERS: dict[str, Any] = {Payer.NATURAL: _lp("fee", "A person"), Payer.ORGANISATION: _lp("fee", "An enterprise or organisation")}
KINDS: dict[str, Any] = {
    ChargeKind.ADMINISTRATIVE: _lp("fee", "Administrative: paid at the cashier's"),
    ChargeKind.INTERMEDIARY: _lp("fee", "Intermediary: paid to the intermediary, entered on the card"),
}
LEVELS: dict[str, Any] = {
    "law": _lp("fee", "Law"),
    "administrative_regulation": _lp("fee", "Administrative regulation"),
    "local_regulation": _lp("fee", "Local regulation"),
    "national_document": _lp("fee", "Document of a national price or finance department"),
    "provincial_document": _lp("fee", "Document of the province's price or finance department"),
}
REVERSALS: dict[str, Any] = {
    ReversalKind.VOID: _lp("fee", "Void: taken wrongly today; the notice is open again"),
    ReversalKind.REFUND: _lp("fee", "Refund: the money goes back for good"),
}
FINDINGS: dict[str, Any] = {
    Finding.ON_CARD: _lp("fee", "It stands on the card after all"),
    Finding.ARBITRARY: _lp("fee", "Arbitrary charge"),
    Finding.NO_CHARGE: _lp("fee", "Nothing was charged"),
}
WHYS: dict[str, Any] = {
    Why.WAIVER: _lp("fee why", "waived or reduced"),
    Why.RANGE: _lp("fee why", "chosen within the range"),
    Why.VERSION: _lp("fee why", "another version of the fee"),
    Why.UNEXPLAINED: _lp("fee why", "no reason is known"),
}
DAYS: dict[str, Any] = {
    "open": _lp("cashier day", "Not closed"),
    "counted": _lp("cashier day", "Counted, waits for the second signature"),
    "sent_back": _lp("cashier day", "Sent back, to be counted again"),
    "signed": _lp("cashier day", "Signed"),
}
DAY_TONES = {"open": "warn", "counted": "warn", "sent_back": "bad", "signed": "ok"}
