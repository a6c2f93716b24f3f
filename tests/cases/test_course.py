"""The course of a case through its pages: notice, supplement, filings, stops, extension, endings, effects of law (C-3, C-4, C-9, C-12, C-13)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit import AuditRecord, machine
from portal.cases import course_services, services
from portal.cases.models import Case, CaseEvent, CaseStop, FiledRefusal
from portal.database import db
from portal.network import services as network
from portal.rules.working_days import DayKind
from tests.cases import story
from tests.cases.story import Browse
from tests.people import Browser, ManualClock, Page

GROUND = "经营场所与申报不一致（示例）"
BASIS = "《陕西省食品小作坊小餐饮及摊贩管理条例》第六条"


def act(browser: Browser, number: str, verb: str, *, status: int = 200, **typed: str) -> Page:
    """Open the page of an act and press its button."""
    page = browser.press(browser.get(f"/cases/{number}/act/{verb}"), f"/act/{verb}", **typed)
    assert page.status == status, (page.status, page.words[:600])
    return page


def row(app: Flask, number: str) -> dict[str, Any]:
    with app.app_context():
        case = db.session.scalar(select(Case).where(Case.number == number))
        assert case is not None and services.rebuild(case) == [], "the row is what the events say"
        return {column.name: getattr(case, column.name) for column in Case.__table__.columns}


def kinds(app: Flask, number: str) -> list[tuple[str, str]]:
    with app.app_context():
        events = db.session.scalars(select(CaseEvent).join(Case, Case.id == CaseEvent.case_id).where(Case.number == number).order_by(CaseEvent.seq))
        return [(event.kind, event.sort) for event in events]


def at_county(browse: Browse) -> str:
    """Entered as received at the county's window of market regulation."""
    return story.collect(browse("window-mr"))


def reviewed(browse: Browse, number: str, result: str = "failed") -> None:
    window = browse("window-mr")
    story.do(window, number, "accept")
    page = window.get(f"/cases/{number}")
    boxes = re.findall(r'name="(met-\d+)"', page.text)
    ticked = {name.replace("-", "__"): "1" for name in (boxes if result == "passed" else boxes[1:])}
    page = window.press(page, "/review", result=result, **ticked)
    assert page.status == 200, page.words[:400]


# --- notice and supplement ------------------------------------------------------------------------------------------------------------


def test_what_is_missing_is_said_once_and_what_comes_is_accepted_that_day(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = at_county(browse)
    window = browse("window-mr")
    act(window, number, "notice", miss__1="1", miss__2="1", why__2="页码不全")
    now = row(app, number)
    assert (now["state"], now["supplement_due_on"], now["overdue_on"]) == ("noticed", date(2026, 12, 14), None)
    assert "页码不全" in window.get(f"/cases/{number}").words
    with app.app_context():
        told = db.session.scalars(select(CaseEvent.payload).where(CaseEvent.kind == "noticed").order_by(CaseEvent.id.desc()).limit(1)).one()
        assert [(each["code"], each["why"]) for each in told["missing"]] == [("1", ""), ("2", "页码不全")], "each line with its own material"
    page = window.get(f"/cases/{number}/act/notice")
    assert not page.has_form("/act/notice") and "C-3" in page.words, "what was there the first time is not asked for again"
    clock.go_to(date(2026, 11, 26))
    page = window.get(f"/cases/{number}/act/supplement")
    assert set(re.findall(r'name="(got-\d+)"', page.text)) == {"got-1", "got-2"}, "only what the notice names"
    act(window, number, "supplement", got__1="1")
    assert (row(app, number)["state"], kinds(app, number)[-2:]) == (
        "noticed", [("supplemented", "act_of_applicant"), ("supplement_judged", "window_act")],
    )  # fmt: skip
    act(window, number, "supplement", got__2="1")
    now = row(app, number)
    assert (now["state"], now["accepted_at"].date(), now["promised_due_on"]) == ("accepted", date(2026, 11, 26), date(2026, 12, 10))


def test_a_second_notice_is_the_supervisors_to_allow(app: Flask, browse: Browse) -> None:
    number = at_county(browse)
    window = browse("window-mr")
    act(window, number, "notice", miss__1="1")
    assert not browse("center").get(f"/cases/{number}/act/open_notice").has_form("/act/open_notice")
    act(browse("supervisor"), number, "open_notice", reason="首次告知遗漏（示例）")
    act(window, number, "notice", miss__2="1")
    assert "计入窗口考核" in window.get(f"/cases/{number}").words
    assert kinds(app, number)[-2:] == [("notice_opened", "act_of_office"), ("noticed", "window_act")]


def test_nothing_beyond_the_list_can_be_asked_for(app: Flask, browse: Browse) -> None:
    number = at_county(browse)
    before = row(app, number)["version"]
    window = browse("window-mr")
    page = window.get(f"/cases/{number}/act/notice")
    form = page.form("/act/notice")["fields"]
    sent = {name: value for name, value in form.items() if name in ("csrf_token", "key", "version")}
    page = window.post(f"/cases/{number}/act/notice", {**sent, "miss-99": "1"})
    assert page.status == 403 and "S-4" in page.words and row(app, number)["version"] == before
    page = window.post(f"/cases/{number}/act/notice", {**sent, "key": "another"})
    assert page.status == 403 and row(app, number)["version"] == before, "a notice that names nothing"


def test_silence_to_the_end_of_the_fifth_day_accepts_as_of_the_day_of_receipt(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = at_county(browse)
    window = browse("window-mr")
    clock.go_to(date(2026, 11, 30), 23)
    assert window.get(f"/cases/{number}").has_form("/accept"), "the fifth working day is not over"
    clock.go_to(date(2026, 12, 1), 0)
    page, listed = window.get(f"/cases/{number}"), window.get("/work?box=window")
    assert not page.has_form("/accept") and page.has_form("/review"), "computed when read"
    assert "已受理" in listed.words, "and no list says otherwise"
    assert kinds(app, number)[-1] == ("received", "window_act"), "a GET writes nothing"
    with app.app_context():
        assert "1 " in course_services.apply_law(row_county(), clock)
        assert "0 " in course_services.apply_law(row_county(), clock), "once"
    now = row(app, number)
    assert (now["state"], now["promised_due_on"]) == ("accepted", date(2026, 12, 7))
    assert kinds(app, number)[-1] == ("accepted", "effect_of_law")


def row_county() -> int:
    return int(db.session.scalar(select(Case.county_id).limit(1)) or 0)


def test_who_touches_the_case_first_writes_what_the_law_did(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = at_county(browse)
    clock.go_to(date(2026, 12, 2))
    story.do(browse("window-mr"), number, "review")
    assert [kind for kind, _sort in kinds(app, number)] == ["received", "accepted", "reviewed"]


def test_what_is_not_supplemented_lapses_and_leaves_every_list(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = at_county(browse)
    window = browse("window-mr")
    act(window, number, "notice", miss__1="1")
    clock.go_to(date(2026, 12, 14))
    assert number[7:] in window.get("/work?box=window").words
    clock.go_to(date(2026, 12, 15))
    assert number[7:] not in window.get("/work?box=window").words
    assert "逾期未补正" in window.get(f"/cases/{number}").words
    with app.app_context():
        course_services.apply_law(row_county(), clock)
    assert (row(app, number)["closed_as"], row(app, number)["is_open"]) == ("not_supplemented", False)


# --- refusals are filed ---------------------------------------------------------------------------------------------------------------


def test_a_refusal_takes_effect_only_once_its_filing_has_passed(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = at_county(browse)
    reviewed(browse, number)
    chief = browse("chief-mr")
    page = chief.get(f"/cases/{number}/act/refuse")
    assert not page.has_form("/act/refuse") and "C-9" in page.words
    page = chief.get(f"/cases/{number}")
    assert not page.has_form("/decide"), "what the review found is not granted"
    act(chief, number, "file_refuse", status=403, ground=GROUND, basis=BASIS, point="")
    point = re.search(r'<option value="([^"]+)">', chief.get(f"/cases/{number}/act/file_refuse").text.split('name="point"')[1])
    assert point
    act(chief, number, "file_refuse", ground=GROUND, basis=BASIS, point=point[1], heard="y")
    assert not chief.get(f"/cases/{number}/act/refuse").has_form("/act/refuse"), "it waits for the center"
    assert GROUND in browse("center").get("/manage/refusals?state=waiting").words
    act(browse("center"), number, "send_back", reason="未写明救济途径（示例）")
    assert not chief.get(f"/cases/{number}/act/refuse").has_form("/act/refuse"), "sent back: nothing takes effect"
    act(chief, number, "file_refuse", ground=GROUND, basis=BASIS, point=point[1], heard="y")
    page = browse("center").get(f"/cases/{number}/act/send_back")
    assert not page.has_form("/act/send_back"), "once only"
    clock.advance(days=1)
    assert not chief.get(f"/cases/{number}/act/refuse").has_form("/act/refuse"), "the next working day is not over"
    clock.advance(days=1)
    act(chief, number, "refuse")
    now = row(app, number)
    assert (now["state"], now["outcome"]) == ("decided", "refused")
    assert ("filing_passed", "effect_of_law") in kinds(app, number), "silence is consent"
    with app.app_context():
        filings = db.session.scalars(select(FiledRefusal).order_by(FiledRefusal.id)).all()
        assert [(f.returned_at is not None, f.effective_at is not None, f.by_silence) for f in filings] == [(True, False, False), (False, True, True)]
    page = browse("window-mr").get(f"/cases/{number}")
    assert "不予许可" in page.words and not page.has_form("/certify"), "a refusal makes no certificate"
    story.do(browse("window-mr"), number, "deliver")
    assert row(app, number)["state"] == "delivered"


def test_the_clerk_files_no_refusal_and_the_reviewer_none(browse: Browse) -> None:
    number = at_county(browse)
    reviewed(browse, number)
    page = browse("window-mr").get(f"/cases/{number}/act/file_refuse")
    assert not page.has_form("/act/file_refuse")


def test_not_accepting_on_the_spot_is_filed_the_same_day(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = at_county(browse)
    act(browse("chief-mr"), number, "not_accept", status=403, ground="", basis="")
    act(browse("chief-mr"), number, "not_accept", ground=GROUND, basis=BASIS)
    assert row(app, number)["state"] == "not_accepted" and GROUND in browse("center").get("/manage/refusals").words
    act(browse("center"), number, "pass_filing")
    assert (row(app, number)["state"], row(app, number)["closed_as"]) == ("closed", "not_accepted")

    second = at_county(browse)
    act(browse("window-mr"), second, "turn_away", why="not_ours", ground=GROUND, whose="柞水县税务局")
    act(browse("center"), second, "send_back", reason="属于本局职权（示例）")
    assert row(app, second)["state"] == "received", "what the center sends back falls"

    third = at_county(browse)
    clock.advance(days=1)
    for verb in ("turn_away", "not_accept"):
        assert not browse("chief-mr").get(f"/cases/{third}/act/{verb}").has_form(f"/act/{verb}"), "only at once"
    act(browse("chief-mr"), third, "file_not_accept", ground=GROUND, basis=BASIS)
    act(browse("center"), third, "pass_filing")
    act(browse("chief-mr"), third, "not_accept")
    assert row(app, third)["closed_as"] == "not_accepted"


def test_lateness_is_filed_a_working_day_ahead(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = at_county(browse)
    story.do(browse("window-mr"), number, "accept")  # promised for 12-07
    clock.go_to(date(2026, 12, 7))
    page = act(browse("window-mr"), number, "file_late", status=403, ground="等待检验")
    assert "C-9" in page.words and "等待检验" in page.text
    clock.go_to(date(2026, 12, 4))
    act(browse("window-mr"), number, "file_late", ground="等待检验")
    assert row(app, number)["promised_due_on"] == date(2026, 12, 7), "the promise does not move"


# --- clocks ---------------------------------------------------------------------------------------------------------------------------


def test_a_stop_moves_both_limits_and_the_clock_runs_again_by_itself(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = at_county(browse)
    window = browse("window-mr")
    story.do(window, number, "accept")
    act(window, number, "stop", status=422, cause="test", until="", note="送检")
    act(window, number, "stop", status=403, cause="test", until="2026-11-23", note="送检")
    act(window, number, "stop", cause="test", until="2026-11-27", note="送检（示例）")
    now = row(app, number)
    assert (now["promised_due_on"], now["statutory_due_on"]) == (date(2026, 12, 11), date(2026, 12, 25)), "four working days stand"
    assert "时限中止" in window.get("/work?box=window").words
    assert "送检" in window.get(f"/cases/{number}").words
    clock.go_to(date(2026, 11, 25))
    act(window, number, "end_stop", status=403, ended_on="2026-11-20")
    act(window, number, "end_stop", ended_on="2026-11-25")
    assert row(app, number)["promised_due_on"] == date(2026, 12, 9), "the day on which the cause ended does not count, the next does"
    page = window.get(f"/cases/{number}/why")
    assert page.words.count("中止") >= 2 and "第四十五条" in page.words
    with app.app_context():
        stop = db.session.scalar(select(CaseStop))
        assert stop is not None and (stop.first_on, stop.last_on, stop.days) == (date(2026, 11, 24), date(2026, 11, 25), 2)
    assert "2" in browse("center").get("/manage/clocks").words
    act(browse("supervisor"), number, "correct", what=_field(browse, number, "ended_on"), day="2026-11-24", reason="填错日期（示例）")
    assert row(app, number)["promised_due_on"] == date(2026, 12, 8), "computed anew from the corrected interval"
    with app.app_context():
        moved = db.session.scalars(select(AuditRecord).where(AuditRecord.verb == "case.dates_moved")).one()
        assert "2026-12-09" in str(moved.body) and "2026-12-08" in str(moved.body), "before and after"


def test_the_days_of_a_stop_follow_a_notice_that_moves_no_limit(app: Flask, browse: Browse, clock: ManualClock) -> None:
    """A day off within the stop is no stopped working day, and no due date knows of it (C-4, C-22)."""
    number = at_county(browse)
    window = browse("window-mr")
    story.do(window, number, "accept")
    clock.go_to(date(2026, 12, 4))
    act(window, number, "stop", cause="test", until="2027-01-08", note="送检（示例）")
    before = row(app, number)["promised_due_on"]
    new_year = network.TypedDay(date(2027, 1, 1), DayKind.HOLIDAY, network.Names("元旦", "元旦", "New Year"))
    day_off = network.TypedDay(date(2027, 1, 5), DayKind.HOLIDAY, network.Names("休假", "休假", "Day off"))
    stopped = []
    for number_of_notice, days in (("示例〔2026〕1号", [new_year]), ("示例〔2026〕2号", [new_year, day_off])):
        with app.app_context():
            county = row_county()
            network.enter_calendar_year(county, 2027, notice=number_of_notice, days=days, actor=machine(county, "test"), clock=clock)
            stopped.append(db.session.scalars(select(CaseStop.days)).one())
    assert stopped[1] == stopped[0] - 1
    assert row(app, number)["promised_due_on"] == before


def _field(browse: Browse, number: str, name: str) -> str:
    page = browse("supervisor").get(f"/cases/{number}/act/correct")
    found = re.findall(rf'<option value="(\d+\.{name})"', page.text)
    assert found, page.words[:300]
    return str(found[-1])


def test_one_extension_by_the_head_of_the_agency_and_its_removal(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = at_county(browse)
    story.do(browse("window-mr"), number, "accept")
    due = row(app, number)["statutory_due_on"]
    assert due == date(2026, 12, 21)
    assert not browse("chief-mr").get(f"/cases/{number}/act/extend").has_form("/act/extend"), "never a window's"
    act(browse("leader-gov"), number, "extend", status=403, reason="x")
    act(browse("dept-mr"), number, "extend", status=422, reason="")
    act(browse("dept-mr"), number, "extend", reason="需要现场核查（示例）")
    now = row(app, number)
    assert (now["statutory_due_on"], now["promised_due_on"], now["is_provisional"]) == (date(2027, 1, 5), date(2026, 12, 7), True)
    page = browse("dept-mr").get(f"/cases/{number}/act/extend")
    assert not page.has_form("/act/extend"), "once"
    act(browse("supervisor"), number, "correct", what=_field(browse, number, "days"), days="0", reason="批准书未签（示例）")
    assert row(app, number)["statutory_due_on"] == due, "a removed extension gives the right date"
    clock.go_to(date(2026, 12, 22))
    act(browse("dept-mr"), number, "extend", status=403, reason="逾期")


def test_the_urgent_track_and_putting_aside_change_no_limit(app: Flask, browse: Browse) -> None:
    number = at_county(browse)
    window = browse("window-mr")
    story.do(window, number, "accept")
    before = {name: row(app, number)[name] for name in ("promised_due_on", "statutory_due_on")}
    act(browse("dept-mr"), number, "open_urgent", ground="livelihood", note="老人病重（示例）")
    act(window, number, "put_on_hold", reason="等电话")
    now = row(app, number)
    assert {name: now[name] for name in before} == before
    assert (now["urgent_until"], now["held_on"], now["sort_on"]) == (date(2026, 12, 23), date(2026, 11, 23), date(2026, 11, 23))
    page = browse("center").get("/manage/clocks")
    assert page.words.count(number) == 2
    act(window, number, "end_hold")
    act(browse("dept-mr"), number, "end_urgent", reason="已办妥")
    assert (row(app, number)["urgent_until"], row(app, number)["held_on"]) == (None, None)


# --- undertaking, endings ---------------------------------------------------------------------------------------------------------------


def test_tolerant_acceptance_needs_a_signature_and_blocks_the_decision(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = story.collect(browse("window-mr"), "S-02")
    window = browse("window-mr")
    page = window.get(f"/cases/{number}")
    later = [name for name, text in re.findall(r'name="(got-\d+)"[^>]*> ([^<]+)<', page.text) if "工艺" in text or "平面图" in text]
    assert later
    boxes = {name.replace("-", "__"): "1" for name in re.findall(r'name="(got-\d+)"', page.text) if name != later[0]}
    unticked = {later[0].replace("-", "__"): None}
    page = window.press(page, "/accept", **boxes, **unticked)  # type: ignore[arg-type]
    assert page.status == 403 and "C-12" in page.words
    page = window.press(window.get(f"/cases/{number}"), "/accept", is_signed="y", **boxes, **unticked)  # type: ignore[arg-type]
    assert page.status == 200, page.words[:500]
    now = row(app, number)
    assert (now["state"], now["undertaking_due_on"]) == ("accepted", date(2026, 12, 1)), "two working days before the promise of 12-03"
    page = window.get(f"/cases/{number}")
    ticked = {name.replace("-", "__"): "1" for name in re.findall(r'name="(met-\d+)"', page.text)}
    assert window.press(page, "/review", result="passed", **ticked).status == 200
    assert not browse("chief-mr").get(f"/cases/{number}").has_form("/decide"), "no decision before it is met"
    act(window, number, "supplement", **{later[0].replace("-", "__"): "1"})
    story.do(browse("chief-mr"), number, "decide")
    assert row(app, number)["state"] == "decided"


def test_a_case_ends_without_a_decision_in_words(app: Flask, browse: Browse) -> None:
    first, second, third = (at_county(browse) for _ in range(3))
    act(browse("window-mr"), first, "withdraw", status=422, reason="")
    act(browse("window-mr"), first, "withdraw", reason="不开店了（示例）")
    assert (row(app, first)["closed_as"], kinds(app, first)[-1]) == ("withdrawn", ("withdrawn", "act_of_applicant"))
    story.do(browse("window-mr"), second, "accept")
    act(browse("chief-mr"), second, "terminate", ground="undertaking_unmet", note="x", status=403)
    act(browse("chief-mr"), second, "terminate", ground="applicant_gone", note="个体户已注销（示例）")
    assert row(app, second)["closed_as"] == "terminated"
    act(browse("center"), third, "void", reason="重复登记（示例）")
    assert row(app, third)["closed_as"] == "void"
    words = browse("window-mr").get("/work?box=window").words
    assert all(number[7:] not in words for number in (first, second, third)), "off every list in the same transaction"
    code = row(app, first)["tracking_code"]
    assert "撤回" in browse("").get(f"/track/{code}").words


@pytest.mark.parametrize(("who", "verb"), [("chief-mr", "extend"), ("window-mr", "void"), ("dept-mr", "send_back"), ("chief-mr", "correct")])
def test_acts_of_office_are_nobody_elses(app: Flask, browse: Browse, who: str, verb: str) -> None:
    number = at_county(browse)
    story.do(browse("window-mr"), number, "accept")
    before = row(app, number)["version"]
    browser = browse(who)
    page = browser.get(f"/cases/{number}/act/{verb}")
    assert not page.has_form(f"/act/{verb}")
    fields = next(form["fields"] for form in page.forms() if "csrf_token" in form["fields"])
    sent = {"csrf_token": fields["csrf_token"], "version": str(before), "key": f"forged-{verb}", "reason": "x", "what": "1.at", "day": "2026-11-20"}
    assert browser.post(f"/cases/{number}/act/{verb}", sent).status == 403
    assert row(app, number)["version"] == before


def test_a_retry_makes_no_second_stop(app: Flask, browse: Browse) -> None:
    number = at_county(browse)
    window = browse("window-mr")
    story.do(window, number, "accept")
    page = window.get(f"/cases/{number}/act/put_on_hold")
    fields = {**page.form("/act/put_on_hold")["fields"], "reason": "等电话"}
    for _ in range(2):
        assert window.post(f"/cases/{number}/act/put_on_hold", fields).status in (200, 303)
    assert [kind for kind, _sort in kinds(app, number)].count("put_on_hold") == 1
