"""What the pages of the mail-room index show, and their words: values ready for templates, in the page's language. No rule is made here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.i18n import _, _lp, current_language, named
from portal.rules.mailroom import GroupKind
from portal.supervision.queries import Period, Ranked
from portal.web.filters import MONTHS

FIGURES: dict[str, Any] = {
    "items": _lp("mail room", "Cannot be decided here"),
    "missing": _lp("mail room", "Sent on without the power"),
    "despite": _lp("mail room", "Sent on despite the power"),
}
KINDS: dict[GroupKind, Any] = {
    GroupKind.DEPARTMENT: _lp("mail room", "By department"),
    GroupKind.POINT: _lp("mail room", "By hall"),
    GroupKind.WINDOW: _lp("mail room", "By window"),
}

LINE = 40  # px from one bar of the picture to the next


def percent(share: float) -> str:
    """63.2%; 100%."""
    return f"{share * 100:.1f}".removesuffix(".0") + "%"


def points(change: float) -> str:
    """The amount of a change of shares in percentage points, without its sign: 3.2."""
    return f"{abs(change) * 100:.1f}".removesuffix(".0")


def is_change(change: float | None) -> bool:
    """Is there a change that would not read as nought?"""
    return change is not None and points(change) != "0"


FILTERS = {"percent": percent, "percentage_points": points}


def month_words(month: date) -> str:
    """2026年11月; Nov 2026."""
    return f"{MONTHS[month.month - 1]} {month.year}" if current_language() == "en" else f"{month.year}年{month.month}月"


def period_words(today: date) -> str:
    """Over which months the figures of cases are."""
    period = Period.until(today)
    return _("%(first)s to %(last)s", first=month_words(period.first), last=month_words(period.last))


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the picture: what stands above the bar, and how long it is, in per cent of the width."""

    text: str
    width: float
    y: int


def bars(rows: Iterable[Ranked], by: str) -> list[Bar]:
    """The ranking as a picture: those that have a figure, in the order of the table."""
    shown = [(row, share) for row in rows if (share := row.figure(by).share) is not None]
    return [Bar(f"{percent(share)} {named(row.of)}", round(share * 100, 1), at * LINE) for at, (row, share) in enumerate(shown)]
