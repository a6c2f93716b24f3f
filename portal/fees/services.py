"""Publishing fees and cancelling them: only a published fee can be charged (F-1); grounds of waivers (F-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from portal.accounts.queries import SignedIn
from portal.audit import Actor, record
from portal.catalogue.models import Item, ItemVersion
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.fees import queries
from portal.fees.charge_models import FeeNotice
from portal.fees.models import FeeCancellation, PublishedFee, WaiverGround
from portal.network import queries as network
from portal.network.models import Body
from portal.rules import fees as rules
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.fees import ChargeKind, FeeDraft, check_fee
from portal.rules.moments import civil_date
from portal.rules.texts import Text

LICENCE = "01"  # item type 行政许可 (S-9)
PLACE = "/manage/fees"


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
    charge_kind: ChargeKind = ChargeKind.ADMINISTRATIVE,
    note: str = "",
    more: Mapping[str, Any] | None = None,
    is_sample: bool = False,
    once: Once | None = None,
) -> PublishedFee:
    """Publish a fee from a day on; NotAllowed where its basis, place of publication or range will not do (F-1, F-5)."""
    with transaction(clock=clock, once=once) as tx:
        item_id = _item(tx, county_id, item_code) if item_code is not None else None
        for fault in check_fee(replace(draft, is_on_licence=draft.is_on_licence or _is_licence(tx, item_id, draft.from_on))):
            raise NotAllowed(fault)
        fee = PublishedFee(
            county_id=county_id, code=code, item_id=item_id, collector_id=network.body_by_code(county_id, collector_code).id,
            charge_kind=charge_kind.value, lower_fen=draft.lower_fen, upper_fen=draft.upper_fen, basis=draft.basis, note=note,
            published_at=draft.published_at, more=dict(more or {}), from_on=draft.from_on, until_on=draft.until_on, is_sample=is_sample,
            **names.named(),
        )  # fmt: skip
        tx.session.add(fee)
        tx.session.flush()
        record(tx, actor, "publish_fee", f"fee:{code}", lower_fen=draft.lower_fen, upper_fen=draft.upper_fen, from_on=draft.from_on)
        return fee


def _item(tx: Transaction, county_id: int, code: str) -> int:
    found = tx.session.scalar(select(Item.id).where(Item.county_id == county_id, Item.code == code))
    if found is None:
        raise NotFound(code)
    return found


def _is_licence(tx: Transaction, item_id: int | None, on: date) -> bool:
    """Is it a fee on a licence? By the version of the item that holds on the first day of the fee, else the latest (许可法 art. 58)."""
    if item_id is None:
        return False
    query = select(ItemVersion.type_code).where(ItemVersion.item_id == item_id).order_by(ItemVersion.from_on.desc(), ItemVersion.version.desc())
    held = query.where(ItemVersion.from_on <= on, or_(ItemVersion.until_on.is_(None), ItemVersion.until_on >= on)).limit(1)
    return (tx.session.scalar(held) or tx.session.scalar(query.limit(1))) == LICENCE


# --- the county manager (F-1) -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeeText:
    """A version of a fee as the manager types it."""

    code: str
    names: Text
    item_code: str
    collector_code: str
    entrusted: tuple[str, ...]
    charge_kind: ChargeKind
    draft: FeeDraft
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a version changes: which one it follows."""

    before: queries.Fee | None


def _check(text: FeeText, county_id: int, today: date) -> Preview:
    versions = [fee for fee in queries.list_versions(county_id) if fee.row.code == text.code]
    rules.may_begin(text.draft.from_on, today, {fee.row.from_on for fee in versions}).or_raise()
    for code in (text.collector_code, *text.entrusted):
        network.body_by_code(county_id, code)
    return Preview(queries.get_fee_on(county_id, text.code, today))


def preview_version(text: FeeText, *, actor: SignedIn, clock: Clock) -> Preview:
    """What publishing this would change; nothing is written. NotAllowed as `publish_version`."""
    with transaction(clock=clock) as tx:
        found = _check(text, actor.county_id, civil_date(tx.now))
        item_id = _item(tx, actor.county_id, text.item_code) if text.item_code else None
        for fault in check_fee(replace(text.draft, is_on_licence=_is_licence(tx, item_id, text.draft.from_on))):
            raise NotAllowed(fault)
        return found


def _may(tx: Transaction, actor: SignedIn) -> int:
    """The office by which this person publishes now; NotAllowed otherwise."""
    permission = queries.may_publish_now(actor.account_id, civil_date(tx.now)).or_raise()
    assert permission.by is not None and permission.by.office is not None
    return permission.by.office


def _drawn(tx: Transaction, actor: SignedIn, drawn_from: int) -> None:
    """One publication after the other; Stale where something was published since the form was drawn."""
    network.next_number(tx, actor.county_id, "fees-published", 0)
    now = queries.version(actor.county_id)
    if now != drawn_from:
        raise Stale(now)


def publish_version(text: FeeText, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> PublishedFee:
    """Publish a version of a fee, from tomorrow at the earliest. NotAllowed, NotFound, Stale."""
    with transaction(clock=clock, once=once) as tx:
        _drawn(tx, actor, version)
        _may(tx, actor)
        _check(text, actor.county_id, civil_date(tx.now))
        more = {"unit": text.unit, "basis_level": text.draft.basis_level, "entrusted": list(text.entrusted)}
        fee = publish_fee(
            actor.county_id, code=text.code, names=text.names, collector_code=text.collector_code, draft=text.draft, actor=actor.actor, clock=clock,
            item_code=text.item_code or None, charge_kind=text.charge_kind, more={name: value for name, value in more.items() if value},
        )  # fmt: skip
        tx.result = f"/fees/{text.code}"
        return fee


def touched_by_cancelling(county_id: int, code: str) -> list[FeeNotice]:
    """The notices that become void by cancelling a fee: those not paid."""
    return queries.notices_unpaid(county_id, [fee.row.id for fee in queries.get_versions(county_id, code)])


def cancel_fee(code: str, from_on: date, paper: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> int:
    """Cancel a fee from a day on: nothing is asked for by it from then on, and what is not paid is void. Returns how many notices it touches."""
    with transaction(clock=clock, once=once) as tx:
        _drawn(tx, actor, version)
        office_id = _may(tx, actor)
        versions = queries.get_versions(actor.county_id, code)
        last = max(fee.row.id for fee in versions)
        is_cancelled = all(fee.cancelled_from is not None and fee.cancelled_from <= from_on for fee in versions)
        rules.may_cancel(from_on, civil_date(tx.now), is_cancelled=is_cancelled, paper=paper).or_raise()
        tx.session.add(
            FeeCancellation(
                county_id=actor.county_id, fee_code=code, from_on=from_on, up_to_id=last, paper=paper, entered_by_id=actor.account_id,
                office_id=office_id, entered_at=tx.now,
            )
        )  # fmt: skip
        tx.session.flush()
        touched = len(touched_by_cancelling(actor.county_id, code))
        record(tx, actor.actor, "cancel_fee", f"fee:{code}", from_on=from_on, office=office_id, notices=touched)
        tx.result = f"/fees/{code}"
        return touched


@dataclass(frozen=True, slots=True)
class GroundText:
    """A ground of waivers as it is published."""

    code: str
    names: Text
    fee_code: str
    pays_percent: int
    basis: str
    published_at: str
    from_on: date
    until_on: date | None = None


def add_ground(county_id: int, text: GroundText, *, actor: Actor, clock: Clock, is_sample: bool = False) -> WaiverGround:
    """Publish a ground of waivers (seeding); NotAllowed without basis or place of publication."""
    with transaction(clock=clock) as tx:
        if not text.basis.strip():
            raise NotAllowed(Decision.no(Reason.FEE_BASIS_MISSING, rule="F-2"))
        if not text.published_at.strip():
            raise NotAllowed(Decision.no(Reason.FEE_NOT_PUBLISHED, rule="F-2"))
        if text.until_on is not None and text.until_on < text.from_on:
            raise NotAllowed(Decision.no(Reason.PERIOD_REVERSED, rule="F-2", from_on=text.from_on, until_on=text.until_on))
        ground = WaiverGround(
            county_id=county_id, code=text.code, fee_code=text.fee_code, pays_percent=text.pays_percent, basis=text.basis,
            published_at=text.published_at, from_on=text.from_on, until_on=text.until_on, is_sample=is_sample, **text.names.named(),
        )  # fmt: skip
        tx.session.add(ground)
        tx.session.flush()
        record(tx, actor, "publish_waiver_ground", f"waiver_ground:{text.code}", pays=text.pays_percent, fee=text.fee_code, from_on=text.from_on)
        return ground


def publish_ground(text: GroundText, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Publish a ground of waivers, or a later version of one, from tomorrow on."""
    with transaction(clock=clock, once=once) as tx:
        _drawn(tx, actor, version)
        _may(tx, actor)
        if text.fee_code:
            queries.get_versions(actor.county_id, text.fee_code)
        taken = {row.from_on for row in queries.list_grounds(actor.county_id) if row.code == text.code}
        rules.may_begin(text.from_on, civil_date(tx.now), taken).or_raise()
        add_ground(actor.county_id, text, actor=actor.actor, clock=clock)
        tx.result = f"{PLACE}/grounds"


def collectors(county_id: int) -> list[Body]:
    """Bodies that can collect a fee, by code."""
    return sorted(network.bodies_by_id(county_id).values(), key=lambda body: body.code)
