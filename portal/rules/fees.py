"""When a fee can be published, and so be charged (F-1, F-5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from portal.rules.decision import Decision, Reason

LAW = frozenset({"law", "administrative_regulation", "法律", "行政法规"})
"""What a fee on a licence must rest on: a law or an administrative regulation (许可法 art. 58)."""


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
