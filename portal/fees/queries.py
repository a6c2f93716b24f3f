"""Which fees may be charged on a day (F-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from portal.catalogue.models import Item
from portal.database import db
from portal.fees.models import PublishedFee
from portal.network.models import Body


@dataclass(frozen=True, slots=True)
class Fee:
    """A published fee with who collects it and, if there is one, the code of its item."""

    row: PublishedFee
    collector: Body
    item_code: str | None


def list_fees(county_id: int, on: date) -> list[Fee]:
    """The fees that may be charged on a day, by code; what is not here cannot be charged (F-1)."""
    query = (
        select(PublishedFee, Body, Item.code)
        .join(Body, Body.id == PublishedFee.collector_id)
        .outerjoin(Item, Item.id == PublishedFee.item_id)
        .where(
            PublishedFee.county_id == county_id, PublishedFee.from_on <= on, or_(PublishedFee.until_on.is_(None), PublishedFee.until_on >= on)
        )
        .order_by(PublishedFee.from_on)
    )  # fmt: skip
    newest = {row.code: Fee(row, collector, item_code) for row, collector, item_code in db.session.execute(query)}
    return sorted(newest.values(), key=lambda fee: fee.row.code)
