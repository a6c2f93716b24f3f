"""Publishing what an item says (S-1 to S-6): a version at a time, each with its limits, materials, offers and words to find it by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, func, select

from portal.audit import Actor, record
from portal.catalogue.models import Item, ItemAlias, ItemLimit, ItemMaterial, ItemOffer, ItemVersion
from portal.clock import Clock
from portal.database import NotFound, Once, Transaction, transaction
from portal.network import queries as network
from portal.rules.catalogue import LimitDraft, VersionDraft, check_version, may_publish
from portal.rules.clauses import Power
from portal.rules.decision import Decision, NotAllowed
from portal.rules.moments import civil_date

ALIAS_KINDS = ("name", "alias", "pinyin", "initials")
"""What an item is found by; all are kept in small letters."""


class PublicationRefused(NotAllowed):
    """A version that lacks something. `faults` are all of them, each with its rule; nothing was stored (S-2)."""

    def __init__(self, faults: tuple[Decision, ...]) -> None:
        super().__init__(faults[0])
        self.faults = faults


def publish_item_version(
    county_id: int,
    *,
    code: str,
    body_code: str,
    draft: VersionDraft,
    offered: Collection[int],
    actor: Actor,
    clock: Clock,
    national_code: str = "",
    implementing_code: str = "",
    aliases: Mapping[str, Iterable[str]] | None = None,
    sample_place: str = "",
    source: str = "",
    more: Mapping[str, Any] | None = None,
    is_sample: bool = False,
    once: Once | None = None,
) -> ItemVersion:
    """Publish what an item says from a day on; PublicationRefused names everything that is missing (S-2, S-4, S-6).

    Makes the item with its first version. The version before ends the day before; cases keep theirs (S-5). `offered` are ids of
    points; `aliases` maps a kind of `ALIAS_KINDS` to words.
    """
    with transaction(clock=clock, once=once) as tx:
        faults = check_version(draft)
        if faults:
            raise PublicationRefused(faults)
        body = network.body_by_code(county_id, body_code)
        item = tx.session.scalar(select(Item).where(Item.county_id == county_id, Item.code == code))
        if item is None:
            item = Item(county_id=county_id, code=code, national_code=national_code, implementing_code=implementing_code)
            tx.session.add(item)
            tx.session.flush()
        before = tx.session.scalar(select(func.max(ItemVersion.version)).where(ItemVersion.item_id == item.id))
        may_publish(draft, today=civil_date(tx.now), has_version=before is not None).or_raise()
        if before is not None:
            _end_before(tx, item.id, draft.from_on)
        version = ItemVersion(
            county_id=county_id, item_id=item.id, version=(before or 0) + 1, from_on=draft.from_on, body_id=body.id,
            type_code=draft.type_code, kind=draft.kind, theme=draft.theme, flags=sorted(draft.flags),
            required_powers=[power.value for power in Power if power in draft.required],
            certificate=None if draft.certificate is None else {**draft.certificate.name.named(), "years": draft.certificate.years},
            legal_basis=draft.legal_basis.stored(), conditions=[text.stored() for text in draft.conditions],
            procedure=[text.stored() for text in draft.procedure], fee_standard=draft.fee_standard.stored(),
            fee_basis=draft.fee_basis.stored(), review_points=[text.stored() for text in draft.review_points],
            sample_place=sample_place, source=source, more=_more(draft, more), is_sample=is_sample, **draft.name.named(),
        )  # fmt: skip
        tx.session.add(version)
        tx.session.flush()
        _write_limits(tx, version, draft)
        _write_materials(tx, version, draft)
        of = {"county_id": county_id, "version_id": version.id}
        tx.session.add_all(ItemOffer(**of, point_id=point_id) for point_id in sorted(set(offered)))
        _write_aliases(tx, item, draft, aliases or {})
        tx.session.flush()
        record(tx, actor, "publish_item_version", f"item:{code}", version=version.version, from_on=draft.from_on, offered=len(set(offered)))
        tx.result = f"/items/{code}"
        return version


def change_item_status(
    county_id: int, code: str, status: str, *, instrument: str, actor: Actor, clock: Clock, once: Once | None = None
) -> None:
    """Suspend, cancel, move down or put an item in force again, by an instrument (its number) (S-5)."""
    with transaction(clock=clock, once=once) as tx:
        rows: list[Item] = tx.lock(select(Item).where(Item.county_id == county_id, Item.code == code))
        if not rows:
            raise NotFound(code)
        was, rows[0].status = rows[0].status, status
        tx.session.flush()
        record(tx, actor, "change_item_status", f"item:{code}", was=was, to=status, instrument=instrument)


def _end_before(tx: Transaction, item_id: int, from_on: date) -> None:
    for version in tx.session.scalars(select(ItemVersion).where(ItemVersion.item_id == item_id)):
        if version.until_on is None or version.until_on >= from_on:
            version.until_on = from_on - timedelta(days=1)


def _more(draft: VersionDraft, more: Mapping[str, Any] | None) -> dict[str, Any]:
    """The rest of the guide: what art. 30 of the Licensing Law wants beside the eight, and the stages of the promise."""
    return {
        **(more or {}),
        "has_statutory": draft.has_statutory,
        "application_form": draft.form.stored(),
        "specimen": draft.specimen.stored(),
        "quota": draft.quota.stored(),
        "stages": [
            {
                "name": stage.name.stored(), "number": stage.limit.number, "unit": stage.limit.unit.value, "level": stage.level.value,
                "body": stage.body, "counted": stage.is_counted,
            }
            for stage in draft.stages
        ],
    }  # fmt: skip


def _write_limits(tx: Transaction, version: ItemVersion, draft: VersionDraft) -> None:
    rows: dict[tuple[str, str], LimitDraft] = {}
    if draft.statutory is not None and draft.has_statutory:
        rows["statutory", ""] = draft.statutory
    if draft.promised is not None:
        rows["promised", ""] = draft.promised
    for stage in draft.stages:
        if not stage.is_counted:
            continue  # it stands outside the promise
        key = ("promised", stage.level.value)
        before = rows.get(key)
        number = _whole(stage.limit) + (0 if before is None else _whole(before))
        rows[key] = LimitDraft(number, stage.limit.unit, stage.limit.start)
    for (clock, stage_level), limit in rows.items():
        tx.session.add(
            ItemLimit(
                county_id=version.county_id, version_id=version.id, clock=clock, stage=stage_level, number=_whole(limit),
                unit=limit.unit.value, starts=limit.start,
            )
        )  # fmt: skip


def _whole(limit: LimitDraft) -> int:
    assert isinstance(limit.number, int)  # check_version has seen to it
    return limit.number


def _write_materials(tx: Transaction, version: ItemVersion, draft: VersionDraft) -> None:
    for seq, material in enumerate(draft.materials, 1):
        tx.session.add(
            ItemMaterial(
                county_id=version.county_id, version_id=version.id, seq=seq, original=material.original, copies=material.copies,
                issuer=material.issuer.hans, may_be_waived=material.may_be_waived, may_come_later=material.may_come_later,
                sample=material.sample, **material.name.named(),
                more={"code": material.code, "check_original": material.check_original, "issuer": material.issuer.stored()},
            )
        )  # fmt: skip


def _write_aliases(tx: Transaction, item: Item, draft: VersionDraft, aliases: Mapping[str, Iterable[str]]) -> None:
    """The words of the newest version are those by which the item is found."""
    tx.session.execute(delete(ItemAlias).where(ItemAlias.item_id == item.id))
    words = {kind: [text.casefold().strip() for text in aliases.get(kind, ())] for kind in ALIAS_KINDS}
    words["name"] += [name.casefold() for name in draft.name.named().values()]
    for kind, texts in words.items():
        for text in dict.fromkeys(texts):
            if text:
                tx.session.add(ItemAlias(county_id=item.county_id, item_id=item.id, kind=kind, text=text))
