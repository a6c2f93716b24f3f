"""Acts one by one: what each writes, what each answers, and that the row is what the events say."""

from __future__ import annotations

import re
from datetime import date

from flask import Flask
from sqlalchemy import select

from portal.audit import AuditRecord, machine
from portal.cases import services
from portal.cases.models import Case, CaseEvent, Leg
from portal.database import db
from portal.network import services as network
from portal.network.queries import the_county
from portal.network.services import Names, TypedDay
from portal.rules.working_days import DayKind
from tests.cases import applying, story
from tests.cases.story import Browse
from tests.people import ManualClock


def test_a_review_passes_only_when_every_point_is_met(app: Flask, browse: Browse) -> None:
    number = story.to_county(browse)
    window = browse("window-mr")
    page = window.press(window.get(f"/cases/{number}"), "/review", met__0="1", note="只看了一条")
    assert page.status == 403 and "S-11" in page.words and "只看了一条" in page.text
    assert page.form("/review")["fields"].get("met-0") == "1", "what was ticked comes back"
    assert "met-1" not in page.form("/review")["fields"]
    assert window.get(f"/cases/{number}").has_form("/review")


def test_the_projection_is_what_the_events_say(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = story.to_county(browse)
    clock.go_to(date(2026, 12, 1))
    story.do(browse("window-mr"), number, "review")
    with app.app_context():
        case = db.session.scalar(select(Case).where(Case.number == number))
        assert case is not None and services.rebuild(case) == []
        assert (case.promised_due_on, case.statutory_due_on) == (date(2026, 12, 7), date(2026, 12, 21))
        with db.session.no_autoflush:
            case.promised_due_on = date(2026, 12, 8)
            assert services.rebuild(case) == ["promised_due_on"], "a row that says something else is found"
        db.session.rollback()


def test_each_event_rests_on_something(app: Flask, browse: Browse) -> None:
    number = story.to_county(browse)
    with app.app_context():
        rows = db.session.scalars(select(CaseEvent).join(Case, Case.id == CaseEvent.case_id).where(Case.number == number)).all()
        assert rows and all(row.sort == "window_act" and row.clause_id is not None for row in rows)


def test_a_leg_comes_back_with_its_reason(app: Flask, browse: Browse) -> None:
    agent, town = browse("village-xialiang"), browse("town-xialiang")
    number = story.collect(agent)
    story.send(agent, number)
    page = town.press(town.get(f"/cases/{number}"), "/return_leg", kind="not_ours", whose="")
    assert page.status == 403 and "C-21" in page.words
    page = town.press(town.get(f"/cases/{number}"), "/return_leg", kind="not_ours", whose="营盘镇便民服务中心")
    assert page.status == 200
    assert "营盘镇便民服务中心" in agent.get(f"/cases/{number}").words
    with app.app_context():
        leg = db.session.scalar(select(Leg).join(Case, Case.id == Leg.case_id).where(Case.number == number))
        assert leg is not None and leg.returned_at is not None and leg.received_at is None


def test_what_was_sent_can_be_taken_back_until_it_is_received(app: Flask, browse: Browse) -> None:
    agent, town = browse("village-xialiang"), browse("town-xialiang")
    number = story.collect(agent)
    page = story.send(agent, number)
    assert page.has_form("/recall") and not page.has_form("/hand_off")
    story.do(agent, number, "recall")
    assert agent.get(f"/cases/{number}").has_form("/hand_off")
    assert town.get(f"/cases/{number}").status == 200, "who was addressed has seen it (C-30)"
    assert not town.get(f"/cases/{number}").has_form("/receive")


def test_another_window_needs_a_reason(app: Flask, browse: Browse) -> None:
    number = story.to_town(browse)
    town = browse("town-xialiang")
    page = town.get(f"/cases/{number}")
    county = next(part for part in page.text.split("<option") if "市场监管窗口" in part).split('value="')[1].split('"')[0]
    refused = town.press(page, "/hand_off", id="to-other", other=county)
    assert refused.status == 403 and "C-7" in refused.words
    sent = town.press(town.get(f"/cases/{number}"), "/hand_off", id="to-other", other=county, reason="申请人要求直接送县里")
    assert sent.status == 200 and "正转往柞水县政务服务中心" in sent.words


def test_a_matter_of_the_village_list_is_finished_at_the_room(app: Flask, browse: Browse) -> None:
    agent = browse("village-xialiang")
    number = story.collect(agent, item="S-20")
    page = story.do(agent, number, "finish", note="当场调解成功")
    assert "已经办结" in page.words


def test_an_instant_item_is_done_in_one_place(app: Flask, browse: Browse) -> None:
    window, chief = browse("window-mr"), browse("chief-mr")
    number = story.collect(chief, item="S-07")
    story.do(window, number, "accept")
    assert not window.get(f"/cases/{number}").has_form("/review"), "an instant item is decided without a review (S-3)"
    story.do(chief, number, "decide")


def test_a_date_beyond_the_calendar_says_that_it_is_provisional(app: Flask, browse: Browse, clock: ManualClock) -> None:
    clock.go_to(date(2026, 12, 28))
    number = story.to_town(browse)
    town = browse("town-xialiang")
    story.do(town, number, "accept")
    assert "暂定" in town.get(f"/cases/{number}").words
    # the day of a notice too: on the paper and before the applicant, until the year's notice is out
    number = story.to_town(browse)
    page = applying.notice(town, number)
    code = re.search(r"/track/([0-9A-Z-]+)", page.text)
    papers = [town.get(address) for address in re.findall(r'href="(/cases/[^"]+/papers/[^"]+)"', town.get(f"/cases/{number}/papers").text)]
    assert code
    pages = {"progress": browse().get(f"/track/{code[1]}"), "paper": next(each for each in papers if "一次性补正" in each.words)}
    assert all(page.status == 200 and "暂定" in page.words for page in pages.values()), {name: page.words[:400] for name, page in pages.items()}
    with app.app_context():
        county = the_county().id
        days = [TypedDay(date(2027, 1, 1), DayKind.HOLIDAY, Names("元旦", "元旦", "New Year"))]
        network.enter_calendar_year(county, 2027, notice="示例", days=days, actor=machine(county), clock=clock)  # type: ignore[arg-type]
        db.session.remove()
    assert not [name for name, page in pages.items() if "暂定" in browse("town-xialiang" if name == "paper" else "").get(page.path).words]


def test_a_changed_calendar_moves_the_dates_of_open_cases_at_once(app: Flask, browse: Browse, clock: ManualClock) -> None:
    clock.go_to(date(2026, 12, 28))
    number = story.to_town(browse)
    story.do(browse("town-xialiang"), number, "accept")
    with app.app_context():
        county = the_county().id
        before = db.session.scalar(select(Case.promised_due_on).where(Case.number == number))
        days = [TypedDay(date(2027, 1, day), DayKind.HOLIDAY, Names("元旦", "元旦", "New Year")) for day in (1, 2, 3, 4, 5)]
        network.enter_calendar_year(county, 2027, notice="示例", days=days, actor=machine(county), clock=clock)  # type: ignore[arg-type]
        case = db.session.scalar(select(Case).where(Case.number == number))
        assert case is not None and before is not None and case.promised_due_on is not None
        assert case.promised_due_on > before and not case.is_provisional
        assert services.rebuild(case) == []
        told = [row.body for row in db.session.scalars(select(AuditRecord).where(AuditRecord.verb == "case.compute_anew"))]
        assert len(told) == 1 and before.isoformat() in told[0] and case.promised_due_on.isoformat() in told[0]
