"""Items are found by what people call them, alike on both engines (S-1; 000: 开小饭馆)."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from portal.audit import machine
from portal.catalogue import queries, services
from portal.network.queries import point_by_code, the_county
from tests.people import ManualClock


def codes(app: Flask, text: str, **filters: str) -> list[str]:
    with app.app_context():
        return [entry.code for entry in queries.search(the_county().id, text, **filters)]


# One copy of the county answers a whole table: a database a row would cost more than all the rows.
FOUND_FIRST = {
    "开小饭馆": "S-03",
    "開小飯館": "S-03",
    "我想开小饭馆": "S-03",
    "小餐饮经营许可证（新办）": "S-03",
    "xcyjyxkzxb": "S-03",
    "XCYJYXKZXB": "S-03",
    "ｘｃｙｊｙｘｋｚｘｂ": "S-03",
    "Small catering permit: new application": "S-03",
    "s-03": "S-03",
    "S-03": "S-03",
    "低保": "S-13",
    "老年优待证": "S-18",
    "最低生活保障": "S-13",
}
FOUND_AMONG = {
    "xcyjyxk": "S-03",
    "xiaocanyin": "S-03",
    "小餐饮": "S-03",
    "小餐飲": "S-03",
    "catering": "S-03",
    "小餐饮 新办": "S-03",
    "新办 小餐饮": "S-03",
    "采伐": "S-06",
    "採伐": "S-06",
}
SIGNS = ("%", "_", "__", "%饭%", "开_饭馆", "\\", "/", "'; DROP TABLE item; --", "", "   ", "zzzzzz")


def test_what_people_call_it_comes_first(app: Flask) -> None:
    assert {text: codes(app, text)[:1] for text in FOUND_FIRST} == {text: [code] for text, code in FOUND_FIRST.items()}


def test_part_of_a_name_finds_it_among_others(app: Flask) -> None:
    found = {text: codes(app, text) for text in FOUND_AMONG}
    assert not {text: found[text] for text, code in FOUND_AMONG.items() if code not in found[text]}
    assert all(len(each) == len(set(each)) for each in found.values())
    assert found["小餐饮 新办"] == found["新办 小餐饮"]


def test_several_words_must_all_be_found(app: Flask) -> None:
    both = set(codes(app, "小餐饮 补办"))
    assert both == {"S-04"}
    assert codes(app, "小餐饮 没有这样的") == []


def test_what_was_typed_may_hold_an_everyday_word(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        publish(the_county().id, "T-1", "甲乙丙", clock)
        publish(the_county().id, "T-2", "甲乙", clock)
        publish(the_county().id, "T-3", "甲", clock)
    assert codes(app, "请问甲乙丙怎么办") == ["T-1", "T-2"]  # the longer word first, and no single letter


def test_whole_before_beginning_before_within_then_by_code(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county = the_county()
        for code, alias in (("T-4", "甲乙丙"), ("T-3", "丁甲乙"), ("T-2", "甲乙"), ("T-1", "丁甲乙"), ("T-5", "甲乙戊")):
            publish(county.id, code, alias, clock)
    assert codes(app, "甲乙") == ["T-2", "T-4", "T-5", "T-1", "T-3"]


def test_signs_are_letters_and_find_nothing(app: Flask) -> None:
    assert {text: codes(app, text) for text in SIGNS} == {text: [] for text in SIGNS}


def test_a_sign_that_stands_in_a_word_is_found(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        publish(the_county().id, "T-1", "100%补贴", clock)
        publish(the_county().id, "T-2", "100元补贴", clock)
    assert codes(app, "100%") == ["T-1"]


def test_the_county_of_the_limit(app: Flask) -> None:
    with app.app_context():
        assert len(queries.search(the_county().id, "许可", 2)) == 2
        assert queries.search(the_county().id + 1, "开小饭馆") == []


def test_a_version_that_does_not_hold_yet_is_not_found(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county = the_county()
        publish(county.id, "T-1", "明日事", clock, days=1)
        assert queries.search(county.id, "明日事", on=clock.today()) == []
        assert [e.code for e in queries.search(county.id, "明日事", on=clock.today() + timedelta(days=1))] == ["T-1"]


def test_an_item_that_is_not_in_force_is_not_offered(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county = the_county()
        services.change_item_status(county.id, "S-03", "suspended", instrument="示例〔2026〕1号", actor=machine(county.id), clock=clock)
        room = point_by_code(county.id, "611026102002")
        assert "S-03" not in [entry.code for entry in queries.search(county.id, "开小饭馆")]
        assert "S-03" not in [entry.code for entry in queries.offered_at(county.id, room.id)]
        assert queries.guide(county.id, "S-03", clock.today()).item.status == "suspended"


def publish(county_id: int, code: str, alias: str, clock: ManualClock, *, days: int = 0) -> None:
    """An item that lacks nothing, with one everyday word."""
    from portal.rules.catalogue import LimitDraft, MaterialDraft, VersionDraft
    from portal.rules.texts import Text

    one = Text("无", "無", "none")
    draft = VersionDraft(
        name=Text(f"事项{code}", f"事項{code}", f"Matter {code}"), type_code="20", kind="promised", from_on=clock.today() + timedelta(days=days),
        legal_basis=one, conditions=(one,), procedure=(one,), promised=LimitDraft(5), statutory=LimitDraft(10), fee_basis=one,
        fee_standard=one, materials=(MaterialDraft("M1", Text("身份证", "身份證", "Identity card"), copies=1),), form=one, specimen=one, quota=one,
    )  # fmt: skip
    services.publish_item_version(
        county_id, code=code, body_code="MR", draft=draft, offered=[], aliases={"alias": [alias]}, actor=machine(county_id), clock=clock
    )
