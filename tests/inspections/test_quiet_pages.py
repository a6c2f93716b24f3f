"""The public pages of quiet days and the check before a visit (Q-1, Q-2, Q-7, Q-9, Q-10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from tests.inspections.visits import MILL, added, made, ruled
from tests.people import NS, Browser, ManualClock, Page

Browse = Callable[..., Browser]


def cells(page: Page) -> dict[int, str]:
    """Day of the month → the words of its cell."""
    assert page.tree is not None
    table = next(table for table in page.tree.iter(f"{NS}table") if table.get("class") == "cal")
    found = {}
    for cell in table.iter(f"{NS}td"):
        number = cell.find(f"{NS}b")
        if number is not None:
            found[int(number.text or "")] = " ".join("".join(cell.itertext()).split())
    return found


@pytest.mark.parametrize(
    "day, quiet, is_open, following",
    [
        (date(2026, 11, 23), True, False, "2026-11-26"),
        (date(2026, 11, 26), False, True, "2026-11-27"),
        (date(2026, 11, 28), False, False, "2026-11-30"),  # a Saturday the 28th is neither
        (date(2026, 2, 28), False, True, "2026-03-26"),  # a worked Saturday is open
        (date(2026, 12, 31), False, True, "2027-01-26"),
    ],
)
def test_today_for_other_programs(sqlite_app: Flask, clock: ManualClock, day: date, quiet: bool, is_open: bool, following: str) -> None:
    clock.go_to(day)
    answer = sqlite_app.test_client().get("/quiet-days/today.json").get_json()
    expected = {"date": day.isoformat(), "quiet": quiet, "open": is_open, "rule": "Q-1", "next_open_day": following}
    assert {name: answer[name] for name in expected} == expected


def test_the_day_turns_in_shanghai(sqlite_app: Flask, clock: ManualClock) -> None:
    clock.go_to(date(2026, 11, 26), hour=0)
    assert sqlite_app.test_client().get("/quiet-days/today.json").get_json()["open"] is True
    clock.advance(seconds=-1)
    assert sqlite_app.test_client().get("/quiet-days/today.json").get_json()["quiet"] is True


def test_an_added_quiet_day_is_named_as_such(sqlite_app: Flask, clock: ManualClock) -> None:
    added(sqlite_app, "2026-11-26", "2026-11-26")
    clock.go_to(date(2026, 11, 26))
    answer = sqlite_app.test_client().get("/quiet-days/today.json").get_json()
    assert (answer["quiet"], answer["rule"], answer["next_open_day"]) == (True, "Q-9", "2026-11-27")


@pytest.mark.parametrize(
    "lang, today, rule, number",
    [
        ("zh-Hans", "今天是宁静日", "每月1日至25日", "2026年可检查47天"),
        ("zh-Hant", "今天是寧靜日", "每月1日至25日", "2026年可檢查47天"),
        ("en", "Today is a quiet day", "days 1 to 25 of every month", "2026: 47 open days"),
    ],
)
def test_the_year_says_the_rule_today_and_how_many_days_are_open(
    browse_sqlite: Browse, lang: str, today: str, rule: str, number: str
) -> None:
    page = browse_sqlite().get(f"/quiet-days?lang={lang}")
    assert page.status == 200
    assert all(text in page.words for text in (today, rule, number))
    assert all(f'href="/quiet-days/2026/{month:02d}"' in page.text for month in range(1, 13))
    assert "%(" not in page.text


@pytest.mark.parametrize("day, words", [(date(2026, 11, 26), "今天是可检查日"), (date(2026, 11, 28), "今天休息")])
def test_the_year_on_other_days(browse_sqlite: Browse, clock: ManualClock, day: date, words: str) -> None:
    clock.go_to(day)
    assert words in browse_sqlite().get("/quiet-days").words


def test_next_year_is_provisional(browse_sqlite: Browse) -> None:
    assert "尚未公布" not in browse_sqlite().get("/quiet-days").words
    page = browse_sqlite().get("/quiet-days?year=2027")
    assert "2027年可检查46天" in page.words
    assert "尚未公布" in page.words
    assert "尚未公布" in browse_sqlite().get("/quiet-days/2027/02").words


def test_inspections_and_what_is_none_stand_apart(browse_sqlite: Browse) -> None:
    page = browse_sqlite().get("/quiet-days?lang=en")
    possible, not_inspection = page.words.index("Still possible on a quiet day"), page.words.index("Not an inspection")
    assert possible < page.words.index("The enterprise asked for it") < not_inspection < page.words.index("A service visit")


def test_a_month_gives_each_day_its_word(browse_sqlite: Browse) -> None:
    page = browse_sqlite().get("/quiet-days/2026/11")
    days = cells(page)
    assert len(days) == 30
    assert days[21] == "21宁静"  # a quiet Saturday
    assert days[23] == "23宁静 今天"
    assert (days[26], days[28], days[30]) == ("26可查", "28休息", "30可查")
    assert "可检查3天" in page.words
    assert 'href="/quiet-days/2026/10"' in page.text
    assert 'href="/quiet-days/2026/12"' in page.text
    assert "国庆节" in cells(browse_sqlite().get("/quiet-days/2026/10"))[1]
    assert cells(browse_sqlite().get("/quiet-days/2026/02"))[28].startswith("28可查")


@pytest.mark.parametrize(
    "address",
    ["/quiet-days/2018/12", "/quiet-days/2101/01", "/quiet-days/2026/00", "/quiet-days/2026/13", "/quiet-days/2026/1", "/quiet-days/26/01"]
    + [f"/quiet-days?year={text}" for text in ("2018", "2101", "x", "20260", "-200", "²²²²", "9223372036854775808")],
)
def test_no_page_outside_the_calendar(browse_sqlite: Browse, address: str) -> None:
    assert browse_sqlite().get(address).status == 404


@pytest.mark.parametrize("address", ["/quiet-days/2019/01", "/quiet-days/2100/12", "/quiet-days?year=2019", "/quiet-days?year=2100"])
def test_the_ends_of_the_calendar(browse_sqlite: Browse, address: str) -> None:
    page = browse_sqlite().get(address)
    assert page.status == 200
    assert "2018" not in page.text
    assert "2101" not in page.text


def test_added_quiet_days_are_public_but_not_whose_enterprise(browse_sqlite: Browse, sqlite_app: Flask) -> None:
    added(sqlite_app, "2026-11-26", "2026-11-27", "all", instrument="柞政办发〔2026〕9号")
    added(sqlite_app, "2026-11-30", "2026-11-30", "town", "611026102000", instrument="柞政办发〔2026〕10号")
    added(sqlite_app, "2026-11-30", "2026-11-30", "trade", "food_production", instrument="柞政办发〔2026〕11号")
    added(sqlite_app, "2026-11-30", "2026-11-30", "enterprise", MILL, instrument="柞政办发〔2026〕12号")
    page = browse_sqlite().get("/quiet-days/2026/11")
    assert cells(page)[26] == "26宁静"
    assert cells(page)[30] == "30可查"  # quiet for some only
    assert all(text in page.words for text in ("〔2026〕9号", "全部企业", "〔2026〕10号", "下梁镇", "〔2026〕11号", "食品生产"))
    assert "〔2026〕12号" not in page.text
    assert "秦岭山珍" not in page.text
    assert "〔2026〕9号" not in browse_sqlite().get("/quiet-days/2026/10").text


@pytest.mark.parametrize(
    "windows, words",
    [
        ("1-10,16-25", "每月1日至10日、每月16日至25日"),
        ("6-31", "每月6日至月底"),
        ("mon-thu", "每周一至周四"),
        ("15,sun", "每月15日、每周日"),
    ],
)
def test_the_rule_of_another_place_in_words(browse_sqlite: Browse, sqlite_app: Flask, windows: str, words: str) -> None:
    ruled(sqlite_app, "2026-12-01", windows)
    assert words in browse_sqlite().get("/quiet-days/2026/12").words
    assert words not in browse_sqlite().get("/quiet-days/2026/11").words
    year = browse_sqlite().get("/quiet-days").words
    assert year.index("每月1日至25日") < year.index(words)  # a year with two rules says both


# --- the check ------------------------------------------------------------------------------------------------------------------


def test_the_check_is_for_those_who_plan_visits(browse_sqlite: Browse) -> None:
    assert browse_sqlite().get("/quiet-days/check").status == 401
    assert browse_sqlite("window-mr").get("/quiet-days/check").status == 403
    assert browse_sqlite("cashier").get("/quiet-days/check").status == 403
    inspector = browse_sqlite("inspector-mr").get("/quiet-days/check")
    assert inspector.status == 200
    assert inspector.form("/quiet-days/check")["fields"]["body"] == "MR"
    assert 'aria-current="page"' in inspector.text
    assert "/quiet-days/check" in browse_sqlite("manager").get("/quiet-days").text
    assert "/quiet-days/check" not in browse_sqlite("window-mr").get("/quiet-days").text
    assert "/quiet-days/check" not in browse_sqlite().get("/quiet-days").text


def ask(browser: Browser, **typed: str) -> Page:
    return browser.press(browser.get("/quiet-days/check"), "/quiet-days/check", **{"enterprise": MILL, "day": "2026-11-26", **typed})


def test_the_check_answers_with_rule_and_next_day(browse: Browse, app: Flask) -> None:
    inspector = browse("inspector-mr")
    assert "2026年11月26日（周四）：可以检查" in ask(inspector).words
    refused = ask(inspector, day="2026-11-24", enterprise="秦岭山珍食品有限公司（示例）")
    assert refused.status == 200
    assert all(text in refused.words for text in ("不能检查", "规则 Q-1", "2026年11月26日（周四）", MILL))
    made(app, "2026-03-26")
    assert "规则 Q-3" in ask(inspector).words
    over = ask(inspector, day="2026-10-26")
    assert "规则 Q-5" in over.words


BAD_INPUT: list[dict[str, str]] = [
    {"enterprise": ""},
    {"enterprise": "91999999MA9X99999X"},
    {"enterprise": "x" * 5000},
    {"enterprise": "山\x00珍"},
    {"enterprise": "山\u202e珍"},
    {"enterprise": "😀"},
    {"body": "NOBODY"},
    {"day": "2018-12-31"},
    {"day": "9999-99-99"},
    {"day": "9223372036854775808"},
    {"day": ""},
    {"kind": "surprise"},
    {"exemption": "whim"},
    {"basis": "x" * 501},
]


def test_bad_input_is_said_beside_the_field_and_kept(browse: Browse) -> None:
    inspector = browse("inspector-mr")
    for typed in BAD_INPUT:
        page = ask(inspector, **typed)
        assert page.status == 422, typed
        assert 'role="alert"' in page.text, typed
        (value,) = typed.values()
        if value.isprintable() and value and not typed.keys() & {"body", "kind", "exemption"}:
            assert value[:4000] in page.text, typed


def test_the_check_changes_nothing(browse_sqlite: Browse, sqlite_app: Flask) -> None:
    from portal.audit import AuditRecord
    from portal.database import db

    inspector = browse_sqlite("inspector-mr")
    with sqlite_app.app_context():
        before = db.session.query(AuditRecord).count()
    ask(inspector)
    with sqlite_app.app_context():
        assert db.session.query(AuditRecord).count() == before


@pytest.mark.parametrize("address", ["/quiet-days", "/quiet-days?lang=en", "/quiet-days/2026/10", "/quiet-days/2027/02?lang=zh-Hant"])
def test_public_pages_are_light(sqlite_app: Flask, address: str) -> None:
    client = sqlite_app.test_client()
    client.set_cookie("css", "1")
    response = client.get(address, headers={"Accept-Encoding": "br"})
    assert response.headers["Content-Encoding"] == "br"
    assert len(response.get_data()) <= 2500
    assert b"<script" not in client.get(address).get_data()
