"""The days of yearly notices from a file: whole years, every bad row named, safe to repeat (C-4)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from portal.database import db
from portal.network.models import CalendarDay, CalendarNotice, CalendarYear
from portal.network.queries import calendar_of, the_county
from portal.rules.working_days import statutory_days_off
from tests.authority.test_imports import run

HEAD = "通知年份,通知文号,日期,类型,名称,繁体名称,英文名称\n"
NOTICE = "示例〔2026〕1号"
YEAR = "".join(f"2027,{NOTICE},{day.isoformat()},放假,元旦,,\n" for day in sorted(statutory_days_off(2027)))
WORKED = f"2027,{NOTICE},2026-12-27,上班,元旦调休上班,元旦調休上班,Worked weekend (New Year's Day)\n"
BAD = (["类型"], ["日期"], ["日期"], ["类型"], ["通知年份"], ["通知文号"], ["繁体名称", "英文名称"])


def days(app: Flask) -> dict[str, str]:
    with app.app_context():
        query = select(CalendarDay.day_on, CalendarDay.kind).where(CalendarDay.notice_year == 2027).order_by(CalendarDay.day_on)
        found = {row.day_on.isoformat(): row.kind for row in db.session.execute(query)}
        db.session.remove()
    return found


def test_a_year_comes_in_whole_and_once(app: Flask, tmp_path: Path) -> None:
    named = ["2026-12-27", *sorted(day.isoformat() for day in statutory_days_off(2027))]
    code, answer = run(app, tmp_path, "calendar", HEAD + YEAR + WORKED, "--dry-run")
    assert (code, answer["new"], answer["imported"], days(app)) == (0, named, False, {})
    code, answer = run(app, tmp_path, "calendar", HEAD + YEAR + WORKED)
    assert (code, answer["new"], answer["imported"]) == (0, named, True), answer
    assert days(app) == {**dict.fromkeys(named, "holiday"), "2026-12-27": "moved_workday"}
    with app.app_context():
        calendar = calendar_of(the_county().id)
        assert calendar.is_working(date(2026, 12, 27)) and not calendar.is_working(date(2027, 1, 1)) and 2027 in calendar.covered
        row = db.session.scalars(select(CalendarDay).where(CalendarDay.day_on == date(2027, 1, 1))).one()
        assert (row.name, row.name_hant, row.name_en, row.notice) == ("元旦", "元旦", "New Year's Day", NOTICE)
        notices = db.session.query(CalendarNotice).count()
        db.session.remove()
    code, answer = run(app, tmp_path, "calendar", HEAD + YEAR + WORKED)
    assert (code, answer["new"], answer["unchanged"], answer["imported"]) == (0, [], named, True)
    code, answer = run(app, tmp_path, "calendar", HEAD + YEAR)  # a corrected notice: what it no longer names is gone
    assert (code, answer["new"], "2026-12-27" in days(app)) == (0, ["−2026-12-27"], False)
    with app.app_context():
        assert db.session.query(CalendarNotice).count() == notices + 1, "what was there already was not entered again"
        assert db.session.scalars(select(CalendarYear.notice).where(CalendarYear.year == 2027)).one() == NOTICE
        db.session.remove()


def test_every_bad_row_of_days_is_named_and_no_good_one_kept(app: Flask, tmp_path: Path) -> None:
    rows = [
        f"2027,{NOTICE},2027-01-04,上班,元旦调休上班,元旦調休上班,Worked",  # a Monday
        f"2027,{NOTICE},2028-01-01,放假,元旦,,",
        f"2027,{NOTICE},2027-01-01,放假,元旦,,",
        f"2027,{NOTICE},2027-05-04,休,劳动节,,",
        f"1997,{NOTICE},2027-06-01,放假,元旦,,",
        "2027,别的文号,2027-10-05,放假,国庆节,,",
        f"2027,{NOTICE},2027-10-06,放假,秋游,,",
    ]
    line = 2 + len(YEAR.splitlines())
    code, answer = run(app, tmp_path, "calendar", HEAD + YEAR + "\n".join(rows))
    assert code == 1 and not answer["imported"] and days(app) == {}
    told: dict[int, Any] = {}
    for fault in answer["faults"]:
        told.setdefault(fault["line"], []).append(fault["column"])
    assert told == {line + at: columns for at, columns in enumerate(BAD)}, answer


def test_a_part_of_a_year_does_not_end_the_rest_of_it(app: Flask, tmp_path: Path) -> None:
    run(app, tmp_path, "calendar", HEAD + YEAR)
    before = days(app)
    code, answer = run(app, tmp_path, "calendar", HEAD + "\n".join(YEAR.splitlines()[:-1]))
    assert code == 1 and [(fault["line"], fault["column"]) for fault in answer["faults"]] == [(2, "日期")] and days(app) == before
