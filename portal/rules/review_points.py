"""Review points compared (S-11): the same point, met at one window and not at another, stands out where the numbers allow it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from portal.rules.clauses import WindowId

LEAST = 10
"""Below so many answers a window has no figure."""

APART = Fraction(1, 5)
"""So far apart, as a share, and the windows differ."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How often a window found a point met and not met."""

    window_id: WindowId
    met: int
    not_met: int

    @property
    def n(self) -> int:
        return self.met + self.not_met

    @property
    def share(self) -> Fraction | None:
        """The share met; None below the least number."""
        return Fraction(self.met, self.n) if self.n >= LEAST else None


def apart(windows: Iterable[Outcomes]) -> Fraction | None:
    """How far the highest and the lowest share of met lie apart; None where fewer than two windows have a figure."""
    shares = [share for one in windows if (share := one.share) is not None]
    return max(shares) - min(shares) if len(shares) > 1 else None


def differ(windows: Iterable[Outcomes]) -> bool:
    """Do windows answer this point so differently that it is listed? (S-11)"""
    found = apart(windows)
    return found is not None and found >= APART
