"""The ledger of licences: how long one holds, who is reminded when, renewal and its silence, revocation and cancelling (C-25; 许可法 arts. 50,
69, 70)."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from portal.rules.decision import Decision, Reason
from portal.rules.moments import months_on

REMINDERS = (90, 60, 30)
"""The holder is told so many days before the end (C-25)."""

APPLY_BEFORE = 30
"""A renewal applied for so many days before the end is renewed by silence (art. 50)."""

SILENCE_RENEWS = "《中华人民共和国行政许可法》第五十条第二款"


class LicenceEventKind(StrEnum):
    """What happens to a licence after it was made; only ever appended."""

    ISSUED = "issued"
    RENEWED = "renewed"
    RENEWED_BY_LAW = "renewed_by_law"
    REVOKED = "revoked"
    CANCELLED = "cancelled"


class Standing(StrEnum):
    """How a licence stands on a day."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    CANCELLED = "cancelled"


class EndGround(StrEnum):
    """Grounds of revoking (art. 69) and of cancelling (art. 70)."""

    ABUSE = "abuse"
    BEYOND_POWERS = "beyond_powers"
    PROCEDURE = "procedure"
    NOT_QUALIFIED = "not_qualified"
    FRAUD = "fraud"
    BROKEN_COMMITMENT = "broken_commitment"
    NOT_RENEWED = "not_renewed"
    HOLDER_GONE = "holder_gone"
    IMPOSSIBLE = "impossible"
    GIVEN_UP = "given_up"


GROUNDS = MappingProxyType(
    {
        LicenceEventKind.REVOKED: (
            EndGround.ABUSE, EndGround.BEYOND_POWERS, EndGround.PROCEDURE, EndGround.NOT_QUALIFIED, EndGround.FRAUD, EndGround.BROKEN_COMMITMENT,
        ),
        LicenceEventKind.CANCELLED: (EndGround.NOT_RENEWED, EndGround.HOLDER_GONE, EndGround.IMPOSSIBLE, EndGround.GIVEN_UP),
    }
)  # fmt: skip
ARTICLES = MappingProxyType(
    {
        LicenceEventKind.REVOKED: "《中华人民共和国行政许可法》第六十九条", LicenceEventKind.CANCELLED: "《中华人民共和国行政许可法》第七十条",
    }
)  # fmt: skip


def last_day(valid_from: date, years: int | None) -> date | None:
    """The last day of a licence of so many years; None for one without an end."""
    return None if not years else months_on(valid_from, 12 * years) - timedelta(days=1)


def standing_on(day: date, until: date | None, ended_as: str | None) -> Standing:
    """How a licence stands on a day: ended by a decision, expired, or valid."""
    if ended_as is not None:
        return Standing(ended_as)
    return Standing.VALID if until is None or day <= until else Standing.EXPIRED


def reminder_on(day: date, until: date | None) -> int | None:
    """Which reminder is due: the last of 90, 60 and 30 days before the end that has come; None before the first and after the end."""
    if until is None or day > until:
        return None
    return min((days for days in REMINDERS if until - timedelta(days=days) <= day), default=None)


def is_in_time(applied_on: date, until: date) -> bool:
    """Was the renewal applied for in time, so that silence renews? (art. 50)"""
    return applied_on <= until - timedelta(days=APPLY_BEFORE)


def may_renew(*, same_item: bool, same_holder: bool, standing: Standing, until: date | None, is_linked: bool) -> Decision:
    """May this case renew that licence? The same item and holder, still valid, with an end, once a case (art. 50)."""
    if is_linked:
        return Decision.no(Reason.RENEWS_ALREADY, rule="C-25")
    if not (same_item and same_holder):
        return Decision.no(Reason.ANOTHER_LICENCE, rule="C-25")
    if standing is not Standing.VALID or until is None:
        return Decision.no(Reason.LICENCE_NOT_VALID, rule="C-25")
    return Decision.yes()


def may_end(kind: LicenceEventKind, ground: str, words: str, standing: Standing) -> Decision:
    """May a licence be revoked or cancelled so? On a ground of its article, in words, and not twice (arts. 69, 70)."""
    if standing in (Standing.REVOKED, Standing.CANCELLED) or (kind is LicenceEventKind.REVOKED and standing is Standing.EXPIRED):
        return Decision.no(Reason.LICENCE_NOT_VALID, rule="C-25")
    if ground not in GROUNDS.get(kind, ()) or not words.strip():
        return Decision.no(Reason.ENDING_NEEDS_GROUND, rule="C-25")
    return Decision.yes()
