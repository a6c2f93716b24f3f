"""Review points compared: the points that windows answer differently, one item's points by window, the refusals that name one (S-11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select, tuple_

from portal.cases.models import Case
from portal.cases.queries import Place, places_of
from portal.cases.review_points_models import ReviewOutcome, ReviewRefusal
from portal.catalogue.models import Item, ItemVersion
from portal.database import NotFound, db
from portal.rules import review_points as rules
from portal.rules.review_points import Outcomes

MOST_LISTED = 40
REFUSALS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """A filed refusal that names a point."""

    number: str
    place: Place | None
    filed_at: datetime


@dataclass(frozen=True, slots=True)
class PointCompared:
    """A review point of an item version, and how each window answers it."""

    item_code: str
    version: ItemVersion
    seq: int
    text: Any
    windows: tuple[tuple[Place | None, Outcomes], ...]
    refusals: int = 0

    @property
    def apart(self) -> Fraction | None:
        return rules.apart(outcomes for _place, outcomes in self.windows)

    @property
    def differs(self) -> bool:
        return rules.differ(outcomes for _place, outcomes in self.windows)


def list_differing(county_id: int) -> tuple[list[PointCompared], bool]:
    """The points whose windows lie far apart, the farthest first; and whether there are more than are listed."""
    n = ReviewOutcome.met + ReviewOutcome.not_met
    share = ReviewOutcome.met * 1.0 / n
    query = (
        select(ReviewOutcome.version_id, ReviewOutcome.point_seq)
        .where(ReviewOutcome.county_id == county_id, n >= rules.LEAST)
        .group_by(ReviewOutcome.version_id, ReviewOutcome.point_seq)
        .having(func.max(share) - func.min(share) >= float(rules.APART) - 0.001)  # the rule below is exact
        .order_by((func.max(share) - func.min(share)).desc(), ReviewOutcome.version_id.desc(), ReviewOutcome.point_seq)
        .limit(MOST_LISTED + 1)
    )
    keys = [(row[0], row[1]) for row in db.session.execute(query)]
    found = [one for one in _compared(keys[:MOST_LISTED]) if one.differs]
    return found, len(keys) > MOST_LISTED


def of_item(county_id: int, code: str) -> list[PointCompared]:
    """Every review point of an item that was answered, the newest version first; NotFound for an unknown item."""
    item = db.session.scalar(select(Item).where(Item.county_id == county_id, Item.code == code))
    if item is None:
        raise NotFound(code)
    versions = select(ItemVersion.id).where(ItemVersion.item_id == item.id)
    query = (
        select(ReviewOutcome.version_id, ReviewOutcome.point_seq)
        .where(ReviewOutcome.version_id.in_(versions))
        .distinct()
        .order_by(ReviewOutcome.version_id.desc(), ReviewOutcome.point_seq)
        .limit(MOST_LISTED)
    )
    return _compared([(row[0], row[1]) for row in db.session.execute(query)])


def _compared(keys: Sequence[tuple[int, int]]) -> list[PointCompared]:
    if not keys:
        return []
    here = tuple_(ReviewOutcome.version_id, ReviewOutcome.point_seq).in_(keys)
    rows = list(db.session.scalars(select(ReviewOutcome).where(here).order_by(ReviewOutcome.window_id)))
    query = select(ItemVersion, Item.code).join(Item, Item.id == ItemVersion.item_id).where(ItemVersion.id.in_({key[0] for key in keys}))
    versions = {version.id: (version, code) for version, code in db.session.execute(query)}
    counts = select(ReviewRefusal.version_id, ReviewRefusal.point_seq, func.count()).where(
        tuple_(ReviewRefusal.version_id, ReviewRefusal.point_seq).in_(keys)
    )
    refusals = {(row[0], row[1]): row[2] for row in db.session.execute(counts.group_by(ReviewRefusal.version_id, ReviewRefusal.point_seq))}
    places = places_of({row.window_id for row in rows})
    found = []
    for version_id, seq in keys:
        version, code = versions[version_id]
        points = list(version.review_points or [])
        windows = [
            (places.get(row.window_id), Outcomes(row.window_id, row.met, row.not_met))
            for row in rows
            if (row.version_id, row.point_seq) == (version_id, seq)
        ]
        windows.sort(key=lambda pair: (pair[1].share is None, pair[1].share or 0))
        text = points[seq] if seq < len(points) else ""
        found.append(PointCompared(code, version, seq, text, tuple(windows), refusals.get((version_id, seq), 0)))
    return found


def list_refusals(version_id: int, seq: int) -> list[Refusal]:
    """The newest refusals that name a point."""
    query = (
        select(ReviewRefusal, Case.number)
        .join(Case, Case.id == ReviewRefusal.case_id)
        .where(ReviewRefusal.version_id == version_id, ReviewRefusal.point_seq == seq)
        .order_by(ReviewRefusal.id.desc())
        .limit(REFUSALS_SHOWN)
    )
    rows = db.session.execute(query).all()
    places = places_of({row.window_id for row, _number in rows})
    return [Refusal(number, places.get(row.window_id), row.filed_at) for row, number in rows]
