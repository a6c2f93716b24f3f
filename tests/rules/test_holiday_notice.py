"""C-4: the yearly notice is read as it is written; what it does not say plainly is named and never guessed."""

from __future__ import annotations

from datetime import date

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.authority import Office, OfficeHeld
from portal.rules.decision import Reason
from portal.rules.holiday_notice import FESTIVALS, Why, may_be_regional, may_end_regional, may_enter, read_notice
from portal.rules.texts import NOTHING, Text
from portal.rules.working_days import Calendar, DayKind
from tests.rules.calendar_fixture import rows_of
from tests.rules.notices import SAMPLE_2027, TEXTS
from tests.rules.test_working_days import days_of


@pytest.mark.parametrize("year", sorted(TEXTS))
def test_the_days_of_a_published_notice_are_those_of_the_seed_and_of_an_independent_library(year: int) -> None:
    found = read_notice(TEXTS[year], year)
    assert found.faults == ()
    seed = {date.fromisoformat(row["day"]): row["kind"] for row in rows_of("days.csv") if row["year_notice"] == str(year)}
    read = {each.day: each.kind.value for each in found.days}
    plain = {day for day in read.keys() ^ seed.keys() if day.weekday() >= 5 and read.get(day, "holiday") == "holiday"}  # off by any reading
    assert {day: kind for day, kind in read.items() if day not in plain} == seed and (not plain or year == 2024)
    calendar = Calendar.of([(each.day, each.kind) for each in found.days if each.day.year == year], [year])
    beyond = {date(2023, 12, 30), date(2023, 12, 31)}  # of the notice for 2024
    assert [day for day in days_of(year) if day not in beyond and calendar.is_working(day) != chinese_calendar.is_workday(day)] == []
    assert all(each.names.is_whole for each in found.days)


def test_names_are_those_of_the_seed_where_the_law_says_whose_day_it_is() -> None:
    for year in (2025, 2026):
        seed = {
            row["day"]: (row["name"], row["name_hant"], row["name_en"]) for row in rows_of("days.csv") if row["year_notice"] == str(year)
        }
        for each in read_notice(TEXTS[year], year).days:
            assert (each.names.hans, each.names.hant, each.names.en) == seed[each.day.isoformat()], each


def test_what_is_only_recommended_types_no_day() -> None:
    found = read_notice(TEXTS[2024], 2024)
    assert len(found.advice) == 1 and "除夕" in found.advice[0]
    assert date(2024, 2, 9) not in {each.day for each in found.days}


def changed(line: str, to: str) -> str:
    assert line in TEXTS[2026]
    return TEXTS[2026].replace(line, to)


NEW_YEAR = "一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。"
QINGMING = "三、清明节：4月4日（周六）至6日（周一）放假，共3天。"


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        (changed("1月4日（周日）上班", "1月4日（周六）上班"), 5, Why.WEEKDAY_OTHER),
        (changed("至3日（周六）放假调休，共3天", "至3日（周六）放假调休，共4天"), 5, Why.COUNT_OTHER),
        (changed("1月4日（周日）上班", "1月5日（周一）上班"), 5, Why.WORKED_ON_WEEKDAY),
        (changed("1月4日（周日）上班", "2月30日上班"), 5, Why.NOT_A_DATE),
        (changed("1月4日（周日）上班", "4日（周日）上班"), 5, Why.UNREAD),
        (changed("1月4日（周日）上班", "1月3日（周六）上班"), 5, Why.DAY_TWICE),
        (changed("1月4日（周日）上班", "1月4日（周日）可能上班"), 5, Why.UNREAD),
        (changed("1月1日（周四）至3日（周六）", "12月31日（周三）至3日（周六）"), 5, Why.NO_YEAR),
        (changed("1月1日（周四）至3日（周六）", "1月3日（周六）至1日（周四）"), 5, Why.PERIOD_REVERSED),
        (changed("1月1日（周四）至3日（周六）放假调休，共3天", "2025年12月20日至26日放假"), 5, Why.OUTSIDE_YEAR),
        (changed("4月4日（周六）至6日（周一）放假，共3天", "4月7日放假，与周末连休"), 7, Why.NOT_BESIDE_A_WEEKEND),
        (changed("三、清明节", "三、植树节"), 7, Why.UNKNOWN_FESTIVAL),
        (changed("三、清明节", "三、劳动节"), 8, Why.FESTIVAL_TWICE),
        (changed(QINGMING, ""), 0, Why.FESTIVALS_MISSING),
        (changed("4月4日（周六）至6日（周一）放假，共3天", "4月6日（周一）放假"), 0, Why.STATUTORY_DAY_MISSING),
        (changed(QINGMING, QINGMING + "\n另外4月7日放假。"), 8, Why.UNREAD),
        (changed("关于2026年", "关于2027年"), 1, Why.OTHER_YEAR),
        ("", 0, Why.FESTIVALS_MISSING),
        ("延长2020年春节假期至2月2日（农历正月初九，星期日），2月3日（星期一）起正常上班。", 1, Why.UNREAD),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text: str, line: int, why: Why) -> None:
    faults = read_notice(text, 2026).faults
    assert (line, why) in {(fault.line, fault.why) for fault in faults}, faults


@pytest.mark.parametrize(
    "text",
    [
        changed("（周四）", "(星期四)").replace("：", ":").replace("，", ","),
        changed("1月1日", " １月 １日 "),
        "".join(TEXTS[2026].splitlines(keepends=True)[4:11]).replace("\n", ""),  # all in one line
        changed("至23日（农历正月初七、", "至23日（农历正月\n初七、"),  # broken by a mail program
    ],
)
def test_forms_of_the_same_text_are_read_alike(text: str) -> None:
    found, usual = read_notice(text, 2026), read_notice(TEXTS[2026], 2026)
    assert found.faults == ()
    assert [(each.day, each.kind, each.names) for each in found.days] == [(each.day, each.kind, each.names) for each in usual.days]


def test_the_sample_for_2027_is_whole() -> None:
    assert read_notice(SAMPLE_2027, 2027).faults == ()


@given(
    st.text(alphabet="一二三、：（）。，12月日年周六至放假上班共天 \n元旦春节" + "".join(FESTIVALS), max_size=200), st.integers(2019, 2100)
)
def test_no_text_raises_and_nothing_read_without_all_festivals_is_whole(text: str, year: int) -> None:
    found = read_notice(text, year)
    assert found.faults
    assert all(0 <= fault.line <= text.count("\n") + 1 for fault in found.faults)


def test_who_enters_and_what_a_regional_day_needs() -> None:
    manager, center = OfficeHeld(7, Office.COUNTY_MANAGER), OfficeHeld(8, Office.CENTER_MANAGEMENT)
    assert may_enter([center, manager]).by.office == 7  # type: ignore[union-attr]
    assert may_enter([center]).reason is Reason.NOT_COUNTY_MANAGER
    day, names = date(2026, 3, 20), Text("示例节", "示例節", "Example Day")
    assert may_be_regional(day, None, "示例条例第一条", names)
    for kind, source, called, reason in (
        (None, " ", names, Reason.REGIONAL_DAY_NEEDS_LAW),
        (None, "示例条例第一条", NOTHING, Reason.REGIONAL_DAY_NEEDS_LAW),
        (DayKind.MOVED_WORKDAY, "示例条例第一条", names, Reason.DAY_IS_WORKED_BY_NOTICE),
        (DayKind.HOLIDAY, "示例条例第一条", names, Reason.DAY_IS_OFF_ALREADY),
        (DayKind.REGIONAL_HOLIDAY, "示例条例第一条", names, Reason.DAY_IS_OFF_ALREADY),
    ):
        assert may_be_regional(day, kind, source, called).reason is reason
    assert may_end_regional(day, DayKind.REGIONAL_HOLIDAY)
    assert may_end_regional(day, DayKind.HOLIDAY).reason is may_end_regional(day, None).reason is Reason.DAY_IS_NOT_REGIONAL
    assert may_be_regional(date(2018, 3, 20), None, "示例条例第一条", names).reason is Reason.DAY_BEFORE_CALENDAR
