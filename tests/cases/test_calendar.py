"""The calendar: a pasted notice says first what it moves, then moves it; what was entered stays readable (C-4)."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.audit import AuditRecord
from portal.cases import calendar_queries, calendar_services, services
from portal.cases.models import Case
from portal.database import Stale, db
from portal.network import queries as network
from portal.network.models import CalendarDay, CalendarNotice
from portal.network.queries import the_county
from portal.network.services import TypedDay
from portal.rules.decision import NotAllowed, Reason
from portal.rules.texts import Text
from portal.rules.working_days import DayKind
from tests.authority.instruments import actor
from tests.cases import story
from tests.cases.story import Browse
from tests.people import Browser, ManualClock, Page
from tests.rules.notices import SAMPLE_2027, TEXTS

NUMBER = "国办发明电〔2026〕99号（示例）"
SENT = {"year": "2027", "number": NUMBER, "source": "示例", "text": SAMPLE_2027}


@pytest.fixture
def accepted(browse: Browse, clock: ManualClock) -> str:
    """A case whose limits reach into a year without a notice."""
    clock.go_to(date(2026, 12, 28))
    number = story.to_town(browse)
    story.do(browse("town-xialiang"), number, "accept")
    return number


def previewed(manager: Browser, **changes: str) -> Page:
    return manager.press(manager.get("/manage/calendar/new"), "/manage/calendar/new", **{**SENT, **changes})


def stored(app: Flask) -> tuple[int, int, int]:
    """Days, entries and lines of the record that tell of moved cases."""
    with app.app_context():
        told = select(func.count()).select_from(AuditRecord).where(AuditRecord.verb == "case.compute_anew")
        counts = [select(func.count()).select_from(table) for table in (CalendarDay, CalendarNotice)]
        found = tuple(db.session.scalar(each) or 0 for each in (*counts, told))
        db.session.remove()
    return found  # type: ignore[return-value]


def dates_of(app: Flask, number: str) -> dict[str, object]:
    with app.app_context():
        case = db.session.scalars(select(Case).where(Case.number == number)).one()
        assert services.rebuild(case) == []
        found = {name: getattr(case, name) for name in (*calendar_services.CLOCKS, "is_provisional")}
        db.session.remove()
    return found


def test_the_preview_says_which_cases_move_and_the_entry_moves_just_those(app: Flask, browse: Browse, accepted: str) -> None:
    manager = browse("manager")
    first, was = stored(app), dates_of(app, accepted)
    page = previewed(manager)
    assert page.status == 200 and accepted in page.words and stored(app) == first and dates_of(app, accepted) == was
    with app.app_context():
        change = calendar_services.change_by_notice(the_county().id, calendar_services.NoticeText(2027, NUMBER, "示例", SAMPLE_2027))
        moved = calendar_services.moved_by(the_county().id, change)
        said = {row.number: {each.clock: each.after for each in row.dates} for row in moved.rows}
        db.session.remove()
    done = manager.press(page, "/manage/calendar/enter")
    assert done.status == 200 and NUMBER in done.words
    now = dates_of(app, accepted)
    assert now != was and not now["is_provisional"]
    assert said[accepted] == {name: now[name] for name in calendar_services.CLOCKS if now[name] != was[name]}
    assert len(said) == moved.number and moved.certain >= 1
    with app.app_context():
        bodies = [row.body for row in db.session.scalars(select(AuditRecord).where(AuditRecord.verb == "case.compute_anew"))]
        row = db.session.scalars(select(CalendarNotice).where(CalendarNotice.year == 2027)).one()
        assert row.text == SAMPLE_2027.strip() and row.entered_by_id == actor("manager").account_id
        assert any(str(was["promised_due_on"]) in body and str(now["promised_due_on"]) in body for body in bodies)


def test_a_corrected_notice_takes_the_place_of_the_first_which_stays_readable(app: Flask, browse: Browse) -> None:
    manager = browse("manager")
    manager.press(previewed(manager), "/manage/calendar/enter")
    corrected = SAMPLE_2027.replace("、2月20日（周六）上班", "上班")
    manager.press(previewed(manager, text=corrected, number="示例更正"), "/manage/calendar/enter")
    with app.app_context():
        county = the_county().id
        assert not network.calendar_of(county).is_working(date(2027, 2, 20)) and network.calendar_of(county).is_working(date(2027, 2, 14))
        assert set(db.session.scalars(select(CalendarDay.notice).where(CalendarDay.notice_year == 2027))) == {"示例更正"}
        old, new = db.session.scalars(select(CalendarNotice).where(CalendarNotice.year == 2027).order_by(CalendarNotice.seq))
        assert calendar_queries.get_entry(county, old.seq).replaced_by == new.seq
        gone = db.session.scalars(
            select(AuditRecord.body).where(AuditRecord.verb == "enter_calendar_year").order_by(AuditRecord.seq.desc())
        ).first()
        assert gone is not None and '"gone":["2027-02-20"]' in gone
        seq = old.seq
    page = manager.get(f"/manage/calendar/entries/{seq}")
    assert "2月20日（周六）上班" in page.words and "后来又录入" in page.words


def test_what_was_seeded_is_what_the_notice_says(app: Flask) -> None:
    """Pasting the notices of the seeded years moves no day, and takes none of the next year's December."""
    with app.app_context():
        for year, text in TEXTS.items():
            change = calendar_services.change_by_notice(the_county().id, calendar_services.NoticeText(year, "示例", "示例", text))
            assert change.counted == [] and change.becomes_certain is None
            assert calendar_services.moved_by(the_county().id, change).number == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": SAMPLE_2027.replace("1月1日（周五）", "1月1日（周四）")}, "周五"),
        ({"text": SAMPLE_2027 + "1月8日也放假。"}, "1月8日也放假"),
        ({"text": ""}, "请填写"),
        ({"year": "2028"}, "2027"),
        ({"year": "2018"}, "2019"),
        ({"number": ""}, "请填写"),
        ({"text": SAMPLE_2027.replace("1月1日", "1月\u202e1日")}, "方向"),
    ],
)
def test_what_is_not_plain_changes_nothing(app: Flask, browse: Browse, changes: dict[str, str], said: str) -> None:
    manager = browse("manager")
    first = stored(app)
    page = previewed(manager, **changes)
    assert page.status == 422 and said in page.words
    whole = previewed(manager)
    done = manager.press(whole, "/manage/calendar/enter", **changes)  # the same in the form that enters
    assert done.status == 422 and stored(app) == first


def test_who_enters_and_from_which_calendar(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        entry = calendar_services.NoticeText(2027, NUMBER, "示例", SAMPLE_2027)
        version = network.calendar_version(the_county().id)
        for name in ("center", "dept-mr"):
            with pytest.raises(NotAllowed) as refusal:
                calendar_services.enter_notice(entry, version=version, actor=actor(name), clock=clock)
            assert refusal.value.decision.reason is Reason.NOT_COUNTY_MANAGER
        calendar_services.enter_notice(entry, version=version, actor=actor("manager"), clock=clock)
        with pytest.raises(Stale):
            calendar_services.enter_notice(entry, version=version, actor=actor("manager"), clock=clock)


def test_a_regional_day_moves_dates_with_its_law_and_is_taken_out_again(app: Flask, browse: Browse, accepted: str) -> None:
    manager = browse("manager")
    was = dates_of(app, accepted)
    day = {"day": "2026-12-30", "source": "示例条例第一条", "name": "示例节", "name_hant": "示例節", "name_en": "Example Day"}
    page = manager.press(manager.get("/manage/calendar/regional"), "/manage/calendar/regional", **day)
    assert page.status == 200 and accepted in page.words and dates_of(app, accepted) == was
    done = manager.press(page, "/manage/calendar/regional/enter")
    assert done.status == 200 and "示例节" in done.words
    now = dates_of(app, accepted)
    assert now["promised_due_on"] > was["promised_due_on"]  # type: ignore[operator]
    again = manager.press(manager.get("/manage/calendar/regional"), "/manage/calendar/regional", **day)
    assert again.status == 422 and "已经录为放假日" in again.words
    back = manager.press(done, "/manage/calendar/regional/end", day="2026-12-30", reason="示例：录错")
    assert back.status == 200 and dates_of(app, accepted) == was
    with app.app_context():
        kinds = list(db.session.scalars(select(CalendarNotice.kind).order_by(CalendarNotice.seq.desc()).limit(2)))
        assert kinds == ["regional_ended", "regional"]


def test_a_notice_that_contradicts_a_regional_day_is_refused_and_one_that_agrees_leaves_it(app: Flask, clock: ManualClock) -> None:
    with app.app_context():
        county, manager = the_county().id, actor("manager")
        names = Text("示例节", "示例節", "Example Day")

        def regional(day: date) -> None:
            typed = TypedDay(day, DayKind.REGIONAL_HOLIDAY, names)
            calendar_services.enter_regional_day(typed, "示例条例", version=network.calendar_version(county), actor=manager, clock=clock)

        entry = calendar_services.NoticeText(2027, NUMBER, "示例", SAMPLE_2027)
        regional(date(2027, 5, 3))
        calendar_services.enter_notice(entry, version=network.calendar_version(county), actor=manager, clock=clock)
        assert db.session.scalar(select(CalendarDay.kind).where(CalendarDay.day_on == date(2027, 5, 3))) == DayKind.REGIONAL_HOLIDAY
        calendar_services.end_regional_day(date(2027, 5, 3), "示例", version=network.calendar_version(county), actor=manager, clock=clock)
        regional(date(2027, 3, 6))
        worked = SAMPLE_2027.replace("2月20日（周六）上班", "3月6日（周六）上班")
        with pytest.raises(calendar_services.NoticeRefused) as refusal:
            calendar_services.change_by_notice(county, calendar_services.NoticeText(2027, NUMBER, "示例", worked))
        assert [fault.why for fault in refusal.value.faults] == ["contradicts"]


def test_coverage_says_which_years_are_missed(app: Flask, browse: Browse, accepted: str, clock: ManualClock) -> None:
    with app.app_context():
        found = calendar_queries.coverage(the_county().id, clock.today())
        assert found.missed == [2027] and found.next_to_enter == 2027 and found.provisional_cases >= 1
        assert calendar_queries.coverage(the_county().id, date(2026, 10, 1)).missed == [2027], "a case needs it"
    center = browse("center")
    page = center.get("/manage/calendar?year=2027")
    assert page.status == 200 and "暂定" in page.words and "县级授权管理员" in page.words
    assert center.get("/manage/calendar?year=2018").status == center.get("/manage/calendar?year=x").status == 404


def test_the_preview_goes_on_from_page_to_page(app: Flask, browse: Browse, accepted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_services, "SHOWN", 1)
    monkeypatch.setattr(calendar_services, "BATCH", 1)
    agent, town = browse("village-xialiang"), browse("town-xialiang")
    other = story.collect(agent)
    story.send(agent, other)
    for verb in ("receive", "accept"):
        story.do(town, other, verb)
    with app.app_context():
        county = the_county().id
        change = calendar_services.change_by_notice(county, calendar_services.NoticeText(2027, NUMBER, "示例", SAMPLE_2027))
        seen, after, number = [], None, 0
        while True:
            moved = calendar_services.moved_by(county, change, after=after)
            seen += [row.number for row in moved.rows]
            number = moved.number
            if moved.more_after is None:
                break
            after = moved.more_after
        assert len(seen) == len(set(seen)) == number >= 2 and {accepted, other} <= set(seen)
