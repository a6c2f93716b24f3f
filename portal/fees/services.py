"""Publishing fees: only a published fee can be charged (F-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from portal.audit import Actor, record
from portal.catalogue.models import Item
from portal.clock import Clock
from portal.database import NotFound, Once, transaction
from portal.fees.models import PublishedFee
from portal.network import queries as network
from portal.rules.decision import NotAllowed
from portal.rules.fees import FeeDraft, check_fee
from portal.rules.texts import Text


def publish_fee(
    county_id: int,
    *,
    code: str,
    names: Text,
    collector_code: str,
    draft: FeeDraft,
    actor: Actor,
    clock: Clock,
    item_code: str | None = None,
    note: str = "",
    more: Mapping[str, Any] | None = None,
    is_sample: bool = False,
    once: Once | None = None,
) -> PublishedFee:
    """Publish a fee from a day on; NotAllowed where its basis, place of publication or range will not do (F-1, F-5)."""
    with transaction(clock=clock, once=once) as tx:
        for fault in check_fee(draft):
            raise NotAllowed(fault)
        item_id = None
        if item_code is not None:
            item_id = tx.session.scalar(select(Item.id).where(Item.county_id == county_id, Item.code == item_code))
            if item_id is None:
                raise NotFound(item_code)
        fee = PublishedFee(
            county_id=county_id, code=code, item_id=item_id, collector_id=network.body_by_code(county_id, collector_code).id,
            lower_fen=draft.lower_fen, upper_fen=draft.upper_fen, basis=draft.basis, note=note, published_at=draft.published_at,
            more=dict(more or {}), from_on=draft.from_on, until_on=draft.until_on, is_sample=is_sample, **names.named(),
        )  # fmt: skip
        tx.session.add(fee)
        tx.session.flush()
        record(tx, actor, "publish_fee", f"fee:{code}", lower_fen=draft.lower_fen, upper_fen=draft.upper_fen, from_on=draft.from_on)
        return fee
