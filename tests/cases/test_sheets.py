"""Numbered paper sheets: issued, entered once with their real moment, cancelled, photographed, counted (C-29); review points compared (S-11)."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

from flask import Flask
from PIL import Image
from sqlalchemy import delete, func, select

from portal.cases import review_points_queries
from portal.cases import services as case_services
from portal.cases.models import Case, CaseEvent
from portal.cases.review_points_models import ReviewOutcome
from portal.cases.review_points_services import point_named
from portal.cases.sheet_models import IntakeCount, PaperSheet, SheetPhoto
from portal.database import db
from portal.rules.moments import SHANGHAI
from tests.cases import story
from tests.cases.story import Browse
from tests.flush_guard import unguarded
from tests.people import Browser, ManualClock, Page

ROOM, TOWN = "611026102002", "611026102000"


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 60), "white").save(out, "PNG")
    return out.getvalue()


def issue(browse: Browse, code: str = ROOM, number: int = 5) -> str:
    """The center issues a block; its first number."""
    center = browse("center")
    page = center.press(center.get(f"/manage/sheets/{code}"), f"/manage/sheets/{code}", number=str(number))
    assert page.status == 200 and page.path.startswith("/sheets/"), page.words[:400]
    found = re.search(r"\d{4}-\d{5}", page.words)
    assert found
    return found[0]


def enter(browser: Browser, sheet: str, on: str, at: str, *, follow: bool = True, **typed: Any) -> Page:
    """Enter a case from a sheet; without a photo unless one is given."""
    page = browser.get(f"/cases/from-sheet?item={story.ITEM}")
    said = {"sheet": sheet, "on": on, "time": at, **story.APPLICANT, **story.materials(page), **typed}
    return browser.press(page, "/cases/from-sheet", follow=follow, **said)


def number_of(page: Page) -> str:
    found = re.search(r"/cases/(\d{6}-\d{8}-\d{4})", page.path)
    assert found, (page.path, page.status, page.words[:600])
    return found[1]


def test_a_case_entered_from_paper_has_the_papers_time_and_is_counted(app: Flask, browse: Browse, clock: ManualClock) -> None:
    clock.go_to(date(2026, 11, 18))
    first = issue(browse)
    clock.go_to(date(2026, 11, 23), 15)
    agent = browse("village-xialiang")
    assert first in agent.get("/cases/from-sheet").words

    page = enter(agent, first, "2026-11-20", "10:20", why="power", photo=(io.BytesIO(photo()), "sheet.png"))
    number = number_of(page)
    assert page.path.endswith("/receipt") and number[7:15] == "20261123", "numbered on the day of entry"
    with app.app_context():
        case = db.session.scalar(select(Case).where(Case.number == number))
        assert case is not None
        event = db.session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id)).one()
        assert (
            event.occurred_at.astimezone(SHANGHAI).isoformat()[:16]
            == "2026-11-20T10:20"
            == case.collected_at.astimezone(SHANGHAI).isoformat()[:16]
        )
        assert event.payload["sheet"] == first and event.payload["reason"] == "power"
        sheet = db.session.scalars(select(PaperSheet)).one()
        assert (sheet.case_id, sheet.is_late, sheet.due_on.isoformat() if sheet.due_on else "") == (case.id, False, "2026-11-24")
        assert db.session.scalars(select(SheetPhoto)).one().sheet_id == sheet.id
        count = db.session.scalars(select(IntakeCount).where(IntakeCount.point_id == case.point_id)).one()
        cases = db.session.scalar(select(func.count(Case.id)).where(Case.point_id == case.point_id))
        assert (count.cases, count.from_sheets) == (cases, 1), "the kept count is the count"
        assert case_services.rebuild(case) == []
    story.collect(agent)
    page = browse("manager").get("/manage/sheets")
    assert f"共 {cases + 1} 件中的 1 件" in page.words or f"{cases + 1}" in page.words, page.words
    assert first in agent.get(f"/cases/{number}/sheet-photo").words


def test_a_number_is_used_once_and_only_where_it_was_issued(app: Flask, browse: Browse, clock: ManualClock) -> None:
    clock.go_to(date(2026, 11, 18))
    first, elsewhere = issue(browse), issue(browse, TOWN)
    clock.go_to(date(2026, 11, 23), 15)
    agent = browse("village-xialiang")
    for sheet, on, at, words in (
        ("2026-99999", "2026-11-23", "10:00", "没有发放过"),
        (elsewhere, "2026-11-23", "10:00", "另一个服务网点"),
        (first, "2026-11-23", "15:01", "还没有到"),
        (first, "2026-11-17", "10:00", "早于"),
        (first, "2026-11-23", "25:00", "09:30"),
    ):
        page = enter(agent, sheet, on, at, phone="13900000001")
        assert page.status == 422 and words in page.words, (sheet, page.words[:800])
        assert 'value="13900000001"' in page.text, "nothing typed is lost"
    assert "请用文字说明" in enter(agent, first, "2026-11-23", "10:00", why="other").words

    page = enter(agent, first, "2026-11-23", "10:00")
    assert page.path.endswith("/sheet-photo"), page.path
    number = number_of(page)
    assert "只能用一次" in enter(agent, first, "2026-11-23", "10:05").words
    assert number in agent.get("/cases/from-sheet").words, "its photo is missing"
    page = agent.press(page, "/sheet-photo", file=(io.BytesIO(photo()), "sheet.png"))
    assert page.status == 200 and number not in agent.get("/cases/from-sheet").words
    third = f"{first[:5]}{int(first[5:]) + 2:05d}"
    page = agent.press(agent.get("/cases/from-sheet"), "/cancel", sheet=third, reason="写坏了（示例）")
    assert page.status == 200 and f"{first[:5]}{int(first[5:]) + 1:05d}" in page.words, "the one between is not accounted for"
    assert "已作废" in enter(agent, third, "2026-11-23", "10:00").words
    with app.app_context():
        assert (
            len(db.session.scalars(select(Case).where(Case.number >= "611026-20261123-0001", Case.number < "611026-20261124")).all()) == 1
        )


def test_late_entry_is_allowed_and_counted_and_judged_by_the_clause_of_then(app: Flask, browse: Browse, clock: ManualClock) -> None:
    clock.go_to(date(2026, 10, 12))
    first = issue(browse)
    second = f"{first[:5]}{int(first[5:]) + 1:05d}"
    clock.go_to(date(2026, 11, 23), 15)
    agent = browse("village-xialiang")
    assert number_of(enter(agent, first, "2026-11-16", "09:30"))
    with app.app_context():
        assert db.session.scalars(select(PaperSheet)).one().is_late
    assert "1" in browse("center").get("/manage/sheets").words

    page = enter(agent, second, "2026-10-14", "10:00")  # the instrument of this window was registered later
    assert page.status == 403 and "没有登记" in page.words and "才生效" in page.words, page.words[:600]
    assert number_of(enter(agent, second, "2026-11-20", "10:00"))


def test_who_may_issue_print_and_see(browse: Browse, clock: ManualClock) -> None:
    issue(browse)
    block = browse("manager").get(f"/manage/sheets/{ROOM}")
    address = re.search(r'href="(/sheets/\d+)"', block.text)
    assert address
    assert browse("village-xialiang").get(address[1]).status == 200
    assert browse("town-yingpan").get(address[1]).status == 404
    supervisor = browse("supervisor").get(f"/manage/sheets/{ROOM}")
    assert supervisor.status == 200 and not supervisor.has_form(f"/manage/sheets/{ROOM}")
    agent = browse("village-xialiang")
    assert agent.get("/manage/sheets").status == 403


# --- review points (S-11) -----------------------------------------------------------------------------------------------------------


def test_each_review_counts_by_point_and_window_and_windows_far_apart_are_listed(app: Flask, browse: Browse) -> None:
    number = story.to_county(browse)
    with app.app_context(), unguarded(db):
        db.session.execute(delete(ReviewOutcome))  # what the demonstration brought
        db.session.commit()
    story.do(browse("window-mr"), number, "review", note="现场核查符合")
    with app.app_context(), unguarded(db):
        rows = list(db.session.scalars(select(ReviewOutcome)))
        assert rows and all((row.met, row.not_met) == (1, 0) for row in rows)
        one = rows[0]
        assert review_points_queries.list_differing(one.county_id) == ([], False), "one answer is no figure"
        one.met = 10
        other = next(id for id in (one.window_id + 1, one.window_id - 1) if id > 0)
        db.session.add(
            ReviewOutcome(county_id=one.county_id, version_id=one.version_id, point_seq=one.point_seq, window_id=other, met=5, not_met=5)
        )
        db.session.commit()
        listed, more = review_points_queries.list_differing(one.county_id)
        assert [(each.seq, float(each.apart or 0)) for each in listed] == [(one.point_seq, 0.5)] and not more
    page = browse("supervisor").get("/manage/review-points")
    assert "50%" in page.words and "100%" in page.words
    assert "不足" in browse("supervisor").get("/manage/review-points?item=S-03").words
    assert browse("supervisor").get("/manage/review-points?item=S-999").status == 404


def test_a_refusal_names_its_point_in_any_language() -> None:
    points = [{"hans": "甲", "hant": "甲", "en": "A"}, {"hans": "乙", "hant": "乙", "en": "B"}]
    assert [point_named(points, text) for text in ("甲", "B", "", "丙")] == [0, 1, None, None]
