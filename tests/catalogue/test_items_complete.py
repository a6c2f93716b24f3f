"""What an item must say before it is published (S-2, S-4, S-5, S-6), and that each of the county's items says it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.audit import machine
from portal.catalogue import services
from portal.catalogue.models import Item, ItemAlias, ItemLimit, ItemMaterial, ItemVersion
from portal.database import db
from portal.network import queries as network
from portal.rules.catalogue import CertificateDraft, LimitDraft, MaterialDraft, StageDraft, VersionDraft, check_version, is_open_ended
from portal.rules.clauses import Level
from portal.rules.deadlines import Unit
from portal.rules.decision import NotAllowed, Reason
from portal.rules.texts import NOTHING, Text
from portal.seeding import SEEDS, _version


def a_draft(**other: Any) -> VersionDraft:
    """A version that lacks nothing."""
    told: dict[str, Any] = {
        "name": Text("小摊点备案", "小攤點備案", "Food stall record"),
        "type_code": "10",
        "kind": "promised",
        "from_on": date(2026, 11, 23),
        "legal_basis": Text("《条例》第十条", "《條例》第十條"),
        "conditions": (Text("有固定摊位", "有固定攤位", "A fixed place"),),
        "procedure": (Text("受理", "受理", "Acceptance"),),
        "promised": LimitDraft(5),
        "statutory": LimitDraft(10),
        "fee_basis": Text("无收费项目", "無收費項目"),
        "fee_standard": Text("不收费", "不收費", "No fee"),
        "materials": (MaterialDraft("M1", Text("居民身份证", "居民身份證", "Identity card"), copies=1),),
        "form": Text("备案表", "備案表", "Form"),
        "specimen": Text("样表", "樣表", "Specimen"),
        "quota": Text("无数量限制", "無數量限制", "No limit on number"),
    }
    return VersionDraft(**{**told, **other})


def reasons(draft: VersionDraft) -> list[Reason | None]:
    return [fault.reason for fault in check_version(draft)]


# --- the rule -------------------------------------------------------------------------------------------------------------------


def test_a_whole_version_has_no_fault() -> None:
    assert check_version(a_draft()) == ()


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ({"name": Text("名", "名", "")}, Reason.NAME_MISSING),
        ({"legal_basis": NOTHING}, Reason.LEGAL_BASIS_MISSING),
        ({"conditions": ()}, Reason.CONDITIONS_MISSING),
        ({"conditions": (Text(" ", " "),)}, Reason.CONDITIONS_MISSING),
        ({"procedure": ()}, Reason.PROCEDURE_MISSING),
        ({"statutory": None}, Reason.STATUTORY_LIMIT_MISSING),
        ({"promised": None}, Reason.PROMISED_LIMIT_MISSING),
        ({"fee_basis": NOTHING}, Reason.FEE_BASIS_MISSING),
        ({"fee_standard": NOTHING}, Reason.FEE_STANDARD_MISSING),
        ({"materials": ()}, Reason.MATERIALS_UNLISTED),
        ({"form": NOTHING}, Reason.FORM_MISSING),
        ({"specimen": NOTHING}, Reason.SPECIMEN_MISSING),
        ({"quota": NOTHING}, Reason.QUOTA_MISSING),
    ],
)
def test_each_disclosure_is_missed(missing: dict[str, Any], reason: Reason) -> None:
    assert reasons(a_draft(**missing)) == [reason]


def test_every_fault_is_named_at_once() -> None:
    assert reasons(a_draft(legal_basis=NOTHING, quota=NOTHING)) == [Reason.LEGAL_BASIS_MISSING, Reason.QUOTA_MISSING]


def test_no_statutory_limit_is_a_value() -> None:
    assert reasons(a_draft(statutory=None, has_statutory=False)) == []


@pytest.mark.parametrize(
    ("hans", "is_open"),
    [
        ("其他材料", True),
        ("需要的其它有关材料", True),
        ("身份证、户口簿等", True),
        ("身份证等材料", True),
        ("审批机关要求的其他相关证明", True),
        ("残疾等级为一级", False),
        ("原有宅基地、村内空闲地和其他土地", False),
        ("营业执照", False),
        ("男女平等承诺书", False),
    ],
)
def test_what_leaves_the_list_open(hans: str, is_open: bool) -> None:
    text = Text(hans, hans, "paper")
    assert is_open_ended(text) is is_open
    found = reasons(a_draft(materials=(MaterialDraft("M1", text),)))
    assert found == ([Reason.LIST_NOT_EXHAUSTIVE] if is_open else [])


def test_english_and_traditional_leave_no_door_either() -> None:
    assert is_open_ended(Text("甲", "其他資料", "a"))
    assert is_open_ended(Text("甲", "甲", "plans, sketches, etc."))
    assert not is_open_ended(Text("甲", "甲", "a sketch"))


@pytest.mark.parametrize("number", ["5-10", "5", None, -1, True, 1001, 2.5])
def test_a_limit_is_one_whole_number(number: object) -> None:
    assert reasons(a_draft(promised=LimitDraft(number))) == [Reason.LIMIT_NOT_ONE_NUMBER]


@pytest.mark.parametrize(
    ("promised", "statutory", "is_above"),
    [
        (LimitDraft(10), LimitDraft(10), False),
        (LimitDraft(11), LimitDraft(10), True),
        (LimitDraft(0), LimitDraft(0), False),
        (LimitDraft(20), LimitDraft(20, Unit.CALENDAR), True),
        (LimitDraft(14), LimitDraft(20, Unit.CALENDAR), False),
        (LimitDraft(20, Unit.CALENDAR), LimitDraft(1, Unit.MONTH), False),
        (LimitDraft(22), LimitDraft(1, Unit.MONTH), True),
    ],
)
def test_a_promise_is_not_longer_than_the_law(promised: LimitDraft, statutory: LimitDraft, is_above: bool) -> None:
    found = reasons(a_draft(promised=promised, statutory=statutory))
    assert found == ([Reason.PROMISE_ABOVE_STATUTORY] if is_above else [])


def test_stages_add_up_to_the_promise() -> None:
    def stage(number: int, *, counted: bool = True) -> StageDraft:
        return StageDraft(Text("初审", "初審"), LimitDraft(number), Level.TOWN, is_counted=counted)

    assert reasons(a_draft(stages=(stage(2), stage(3), stage(7, counted=False)))) == []
    assert reasons(a_draft(stages=(stage(2), stage(2)))) == [Reason.STAGES_MISS_PROMISE]


ITEMS = tomllib.loads((SEEDS / "zhashui" / "items.toml").read_text(encoding="utf-8"))["item"]


@pytest.mark.parametrize("row", ITEMS, ids=lambda row: row["code"])
def test_each_item_of_the_county_is_whole(row: dict[str, Any]) -> None:
    draft = _version(row)
    assert check_version(draft) == ()
    assert draft.review_points  # S-11
    assert all(text.en for text in (*draft.conditions, *draft.procedure, *draft.review_points))
    assert row["sample"] is True


# --- publishing -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def county(app: Flask) -> Iterator[int]:
    with app.app_context():
        yield network.the_county().id


def _publish(county: int, clock: Any, draft: VersionDraft, code: str = "X-01", **other: Any) -> ItemVersion:
    hall = network.point_by_code(county, "611026000000").id
    told: dict[str, Any] = {"code": code, "body_code": "MR", "draft": draft, "offered": [hall], "actor": machine(county), "clock": clock}
    return services.publish_item_version(county, **told | other)


def test_nothing_of_a_refused_version_is_stored(county: int, clock: Any) -> None:
    with pytest.raises(services.PublicationRefused) as refused:
        _publish(county, clock, a_draft(fee_basis=NOTHING, conditions=()))
    assert [fault.reason for fault in refused.value.faults] == [Reason.CONDITIONS_MISSING, Reason.FEE_BASIS_MISSING]
    assert db.session.scalar(sa.select(Item.id).where(Item.code == "X-01")) is None


def test_a_version_is_stored_with_all_that_it_says(county: int, clock: Any) -> None:
    stages = (
        StageDraft(Text("初审", "初審"), LimitDraft(2), Level.TOWN),
        StageDraft(Text("复核", "復核"), LimitDraft(1), Level.TOWN),
        StageDraft(Text("公示", "公示"), LimitDraft(5), Level.TOWN, is_counted=False),
        StageDraft(Text("确认", "確認"), LimitDraft(2), Level.COUNTY),
    )
    certificate = CertificateDraft(Text("备案卡", "備案卡", "Card"), 3)
    aliases = {"alias": ["摆摊", "Street Stall"], "initials": ["bt"]}
    version = _publish(county, clock, a_draft(stages=stages, certificate=certificate), aliases=aliases)
    limits = sa.select(ItemLimit.clock, ItemLimit.stage, ItemLimit.number).where(ItemLimit.version_id == version.id)
    wanted = {("statutory", "", 10), ("promised", "", 5), ("promised", "town", 3), ("promised", "county", 2)}
    assert {tuple(row) for row in db.session.execute(limits)} == wanted
    material = db.session.scalars(sa.select(ItemMaterial).where(ItemMaterial.version_id == version.id)).one()
    assert (material.seq, material.copies, material.more["code"]) == (1, 1, "M1")
    assert version.certificate == {"name": "备案卡", "name_hant": "備案卡", "name_en": "Card", "years": 3}
    words = set(db.session.scalars(sa.select(ItemAlias.text).where(ItemAlias.item_id == version.item_id)))
    assert words >= {"摆摊", "street stall", "bt", "小摊点备案", "小攤點備案", "food stall record"}


def test_the_next_version_ends_the_one_before_and_is_not_backdated(county: int, clock: Any) -> None:
    _publish(county, clock, a_draft(from_on=date(2025, 1, 1)))  # the first may have begun before the software
    with pytest.raises(NotAllowed) as early:
        _publish(county, clock, a_draft(from_on=date(2026, 11, 22)))
    assert early.value.decision.reason is Reason.CHANGES_FROM_TOMORROW
    later = replace(a_draft(from_on=date(2027, 1, 1)), promised=LimitDraft(3))
    _publish(county, clock, later)
    rows = db.session.execute(
        sa.select(ItemVersion.version, ItemVersion.from_on, ItemVersion.until_on)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(Item.code == "X-01")
        .order_by(ItemVersion.version)
    )
    assert [tuple(row) for row in rows] == [(1, date(2025, 1, 1), date(2026, 12, 31)), (2, date(2027, 1, 1), None)]


def test_everyday_words_find_the_small_restaurant(county: int) -> None:
    for word in ("开小饭馆", "開小飯館", "kxfg", "small restaurant"):
        query = sa.select(Item.code).join(ItemAlias, ItemAlias.item_id == Item.id).where(ItemAlias.text.contains(word))
        assert "S-03" in set(db.session.scalars(query)), word
