"""A visit from its notice to its result: the door, paper, orders, penalties, alarms (Q-5, Q-6, Q-8, Q-11)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from portal.audit import machine, record
from portal.database import db, transaction
from portal.inspections import alarm_queries, plan_queries, queries
from portal.inspections.models import InspectionVisit
from portal.inspections.plan_models import InspectionPlan, PlanEvent
from portal.inspections.quiet_models import InspectionCap
from portal.inspections.visit_models import CodeAfter, CorrectionOrder, InspectionPenalty, PaperNotice, VisitResult
from portal.network.queries import the_county
from tests.inspections.plan_story import MILL, PLANS, boxes, draft, number_of, step
from tests.inspections.visit_story import BREACH, COMPLAINT, NOTHING, act, drawn, filed, fill, recorded, visited
from tests.inspections.visits import added, made
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]
DAY, NEXT, LAST = date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 30)
CODE = re.compile(r"(?<![A-Z0-9-])[A-Z2-9]{5}-[A-Z2-9]{5}(?![A-Z0-9-])")


def events(app: Flask, number: str) -> list[str]:
    with app.app_context():
        query = select(PlanEvent.kind).join(InspectionPlan, InspectionPlan.id == PlanEvent.plan_id).where(InspectionPlan.number == number)
        return list(db.session.scalars(query.order_by(PlanEvent.seq)))


def one(app: Flask, table: Any) -> Any:
    """The one row of a table."""
    with app.app_context():
        row = db.session.scalars(select(table)).one()
        db.session.expunge(row)
        return row


def state(app: Flask, number: str) -> str:
    with app.app_context():
        return str(db.session.scalar(select(InspectionPlan.state).where(InspectionPlan.number == number)))


def found_by(app: Flask, code: str) -> str | None:
    with app.app_context():
        shown = plan_queries.plan_by_code(the_county().id, code)
        return shown.row.number if shown is not None else None


def test_a_visit_has_a_notice_is_entered_left_recorded_and_told(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    made(app, "2026-03-27", "FIRE", line="fire")
    number = filed(inspector, head, first_on=DAY.isoformat())
    notice = inspector.get(f"{PLANS}/{number}/notice")
    code = CODE.search(notice.words)
    assert "日常检查每年不超过 1 次" in notice.words
    assert code and found_by(app, code[0]) == number, "the code of the paper is the one that the enterprise checks"
    for words in ("示例执法证0007", "示例执法证0052", "国办发〔2024〕54号", "第 1 次", "第 2 次", "示例"):
        assert words in notice.words, words
    assert "<svg" in notice.text
    page = inspector.get(f"{PLANS}/{number}/visit")
    assert not page.has_form("/enter") and "Q-6" in page.words, "three days too early"
    assert not inspector.get(f"{PLANS}/{number}/visit").has_form("/turn_away") or act(inspector, number, "turn_away", said="示例").status == 403

    clock.go_to(DAY)
    assert "秦岭山珍" in inspector.get("/inspections/today").words
    assert not browse("supervisor").get(f"{PLANS}/{number}/visit").has_form("/enter")
    early = inspector.get(f"{PLANS}/{number}/visit")
    assert act(inspector, number, "enter").status == 200
    assert inspector.press(early, "/enter").status == 409, "somebody entered already"
    clock.advance(hours=2)
    assert act(inspector, number, "leave").status == 200
    assert inspector.get(f"{PLANS}/{number}/result").status == 404, "no result yet"

    page = fill(inspector, number, "record", **{**NOTHING, "order": "补记录（示例）"})
    assert page.status == 403 and "补记录（示例）" in page.text, "nothing found has no order; what was typed stays"
    assert fill(inspector, number, "record", outcome="correction", findings="示例").status == 403, "a breach has an order"
    assert fill(inspector, number, "record", outcome="turned_away", findings="示例").status == 422
    recorded(inspector, number, **NOTHING)
    assert "未发现问题" in inspector.get(f"{PLANS}/{number}/result").words
    result = one(app, VisitResult)
    assert (result.outcome, result.left_on, result.told_at) == ("nothing_found", DAY, None)
    # the fifth working day after Thursday the 26th is Thursday 3 December
    today = inspector.get("/inspections/today")
    assert "12月3日" in today.words and "秦岭山珍" in today.words
    assert "12月3日" in inspector.get("/inspections/following?body=MR&box=tell").words
    clock.go_to(date(2026, 12, 3))
    assert act(inspector, number, "tell", to="当面交给负责人（示例）").status == 200
    result = one(app, VisitResult)
    assert result.told_at is not None and not result.is_told_late
    assert state(app, number) == "told"
    way = ["drafted", "submitted", "approved", "filed", "code_issued", "entered", "left", "recorded", "told"]
    assert events(app, number) == way
    assert "秦岭山珍" not in inspector.get("/inspections/today").words
    for who in ("inspector-fire", "dept-fire"):
        assert all(browse(who).get(f"{PLANS}/{number}{more}").status == 404 for more in ("/visit", "/notice", "/result"))


def test_told_later_than_five_working_days_is_listed_by_body(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head, supervisor = browse("inspector-mr"), browse("dept-mr"), browse("supervisor")
    number = filed(inspector, head, first_on=DAY.isoformat())
    visited(inspector, number, clock, DAY)
    recorded(inspector, number, **NOTHING)
    clock.go_to(date(2026, 12, 3))
    assert "秦岭山珍" not in supervisor.get("/inspections/following?body=MR&box=late").words, "the last day is in time"
    clock.go_to(date(2026, 12, 4))
    assert "秦岭山珍" in supervisor.get("/inspections/following?body=MR&box=late").words, "late while it is not told"
    assert act(inspector, number, "tell", to="邮寄（示例）").status == 200
    assert one(app, VisitResult).is_told_late
    page = supervisor.get("/inspections/following?body=MR&box=late")
    assert "秦岭山珍" in page.words
    names = re.findall(r'body=([A-Z]+)&amp;box=late">', page.text)
    assert names[0] != names[-1] and len(names) >= 5, "every body with the right to inspect has a line"
    assert browse("inspector-fire").get("/inspections/following?body=MR").status == 404


def test_an_unannounced_visit_has_no_code_before_the_door(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    number = filed(inspector, head, "0007", "0071", announced="0", first_on=DAY.isoformat())
    assert inspector.get(f"{PLANS}/{number}/notice").status == 404
    page = inspector.get(f"{PLANS}/{number}/visit")
    assert not page.has_form("/show") and not page.has_form("/enter"), "not its day"
    clock.go_to(DAY)
    page = inspector.get(f"{PLANS}/{number}/visit")
    assert not page.has_form("/enter") and not CODE.search(page.words), "no code, no planned inspection"
    step_form = page.form("/show")["fields"]
    refused = inspector.post(f"{PLANS}/{number}/enter", step_form)
    assert refused.status == 403 and "Q-6" in refused.words
    assert head.post(f"{PLANS}/{number}/show", {**step_form, "csrf_token": head.get("/inspections/plans").form("/sign-out")["fields"]["csrf_token"]}).status == 403
    shown = act(inspector, number, "show")
    assert shown.path == f"{PLANS}/{number}/notice"
    code = CODE.search(shown.words)
    assert code and found_by(app, code[0]) == number
    assert act(inspector, number, "enter").status == 200
    assert act(inspector, number, "leave").status == 200
    assert not one(app, InspectionVisit).is_announced
    # a change takes the code back: it is not shown outside again before the next door
    other = filed(inspector, head, "0007", "0071", announced="0", first_on=LAST.isoformat(), **COMPLAINT)
    clock.go_to(LAST)
    assert act(inspector, other, "show").status == 200
    page = inspector.get(f"{PLANS}/{other}/edit")
    assert inspector.press(page, "/change", first_on="2026-12-28").status == 200
    with app.app_context():
        row = db.session.scalars(select(InspectionPlan).where(InspectionPlan.number == other)).one()
        assert row.code_shown_at is None and plan_queries.is_hidden(row)


def test_the_one_question_is_asked_again_at_the_door(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    number = filed(inspector, head, first_on=DAY.isoformat(), last_on=NEXT.isoformat())
    added(app, "2026-11-26", "2026-11-26")
    clock.go_to(DAY)
    page = inspector.get(f"{PLANS}/{number}/visit")
    assert not page.has_form("/enter") and "Q-9" in page.words
    fields = step_fields(page)
    assert inspector.post(f"{PLANS}/{number}/enter", fields).status == 403
    clock.go_to(NEXT)
    assert act(inspector, number, "enter").status == 200


def step_fields(page: Any) -> dict[str, str]:
    """Token, key and version of any form of the page."""
    form = next(form for form in page.forms() if form["fields"].get("version"))
    return {name: form["fields"][name] for name in ("csrf_token", "key", "version")}


def test_turned_away_at_the_door_is_written_down_in_the_words_that_were_used(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    number = filed(inspector, head, first_on=DAY.isoformat())
    clock.go_to(DAY)
    assert act(inspector, number, "turn_away", said="").status == 422
    assert act(inspector, number, "turn_away", said="负责人不在，不让进（示例）").status == 200
    assert state(app, number) == "turned_away"
    assert "负责人不在，不让进（示例）" in browse("supervisor").get(f"{PLANS}/{number}/visit").words
    with app.app_context():
        assert db.session.scalar(select(func.count(InspectionVisit.id))) == 0, "it was no visit"


# --- paper ------------------------------------------------------------------------------------------------------------------------------


def test_an_emergency_takes_a_numbered_notice_and_its_code_follows(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    clock.go_to(date(2026, 11, 20))
    numbers = drawn(inspector)
    assert numbers == ["MR-2026-0001", "MR-2026-0002", "MR-2026-0003"]
    assert drawn(browse("inspector-mr-2"), 2) == ["MR-2026-0004", "MR-2026-0005"]
    clock.go_to(date(2026, 11, 23))
    page = inspector.get(f"{PLANS}/afterwards")
    said = {"enterprise": MILL, "matter": "MR-01", "on": "2026-11-22", "entered": "22:30", "left": "23:20", "basis": "群众报警（示例）"}
    said |= boxes(page, "0007", "0052")
    assert inspector.press(page, "/write", **said, notice="MR-2026-0099").status == 403, "no such notice was drawn"
    assert inspector.press(page, "/write", **said, notice="第七号").status == 422
    assert inspector.press(page, "/write", **{**said, "on": "2026-11-19"}, notice=numbers[0]).status == 403, "drawn after the visit"
    number = number_of(inspector.press(inspector.get(f"{PLANS}/afterwards"), "/write", **said, notice=numbers[0].lower()))
    again = inspector.press(inspector.get(f"{PLANS}/afterwards"), "/write", **{**said, "entered": "10:00", "left": "11:00"}, notice=numbers[0])
    assert again.status == 403, "each number once"
    assert "MR-2026-0001" in inspector.get(f"{PLANS}/{number}/visit").words
    blank = inspector.get("/inspections/notices/1").words
    assert "MR-2026-0001 " not in blank.partition("一页")[2] and "MR-2026-0002" in blank, "what was used is not printed again"
    row = one(app, CodeAfter)
    assert row.is_emergency and row.code_at is None
    assert "秦岭山珍" in inspector.get("/inspections/today").words, "the code still follows"

    clock.go_to(date(2026, 11, 25))
    page = inspector.get(f"{PLANS}/{number}/visit")
    assert page.has_form("/explain_code")
    assert "没有理由" in browse("supervisor").get("/inspections/following?body=MR&box=codes").words
    for person, verb in ((inspector, "submit"), (head, "approve"), (inspector, "file")):
        assert step(person, number, verb).status == 200
    row = one(app, CodeAfter)
    assert (row.came, row.reason) == ("late", "") and row.code_at is not None
    assert act(inspector, number, "explain_code", reason="抢险三天（示例）").status == 200
    assert one(app, CodeAfter).reason == "抢险三天（示例）"
    with app.app_context():
        county = the_county()
        counted = {row.body.code: row for row in queries.counts_by_body(county.id, date(2026, 11, 1), date(2026, 11, 30))}
        assert (counted["MR"].after_fact, counted["MR"].late_codes) == (1, 1)
        assert (counted["FIRE"].after_fact, counted["FIRE"].late_codes) == (0, 0)
    # recorded and told as any other
    recorded(inspector, number, **NOTHING)
    assert act(inspector, number, "tell", to="当面（示例）").status == 200


def test_without_a_network_the_visit_is_written_down_from_its_paper_notice(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    paper = drawn(inspector)[0]
    number = filed(inspector, head, "0007", "0071", announced="0", first_on=DAY.isoformat())
    clock.go_to(DAY, 15)
    said = {"notice": paper, "on": "2026-11-26", "entered": "10:00", "left": "11:30", "why": "厂区没有信号（示例）"}
    assert fill(inspector, number, "paper", **{**said, "on": "2026-11-25"}).status == 403, "not on its day"
    assert fill(inspector, number, "paper", **{**said, "left": "16:00"}).status == 403, "not over yet"
    page = fill(inspector, number, "paper", **said)
    assert page.status == 200, page.words[:600]
    assert events(app, number)[-3:] == ["code_shown", "entered", "left"]
    visit = one(app, InspectionVisit)
    assert visit.entered_at == datetime(2026, 11, 26, 2, 0, tzinfo=timezone.utc), "when it was, not when it was written down"
    assert one(app, CodeAfter).came == "in_time" and one(app, PaperNotice).serial == 1
    code = CODE.search(inspector.get(f"{PLANS}/{number}/notice").words)
    assert code and found_by(app, code[0]) == number
    assert one(app, VisitResult).left_on == DAY


# --- orders, rechecks, penalties ----------------------------------------------------------------------------------------------------------


def ordered(inspector: Browser, head: Browser, clock: ManualClock) -> str:
    """A visit of 26 November that ordered a correction by 10 December."""
    number = filed(inspector, head, first_on=DAY.isoformat())
    visited(inspector, number, clock, DAY)
    recorded(inspector, number, **BREACH, due_on="2026-12-10")
    return number


def test_an_order_is_checked_by_a_recheck_that_belongs_to_its_first_visit(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    number = ordered(inspector, head, clock)
    assert one(app, CorrectionOrder).due_on == date(2026, 12, 10)
    page = inspector.get(f"{PLANS}/{number}/visit")
    order = re.search(r"/orders/(\d+)/check_order", page.text)
    assert order
    check = {"corrected": "1", "note": "记录已补齐（示例）"}
    assert act(inspector, number, "check_order", **check, how="recheck").status == 403, "no recheck was made"

    # a second routine visit is above the cap; a recheck of what was ordered is not
    clock.go_to(date(2026, 12, 21))
    assert draft(inspector, first_on="2026-12-28").status == 403
    page = inspector.get(f"{PLANS}/{number}/recheck")
    again = {**boxes(page, "0007", "0052"), "first_on": "2026-12-28"}
    assert inspector.press(page, "/recheck", **{**again, "enterprise": "91999999MA9X00054P", "matter": "MR-02"}).status == 403, "another enterprise"
    recheck = number_of(inspector.press(page, "/recheck", **again))
    for person, verb in ((inspector, "submit"), (head, "approve"), (inspector, "file")):
        page = step(person, recheck, verb)
        assert page.status == 200, page.words[:600]
    visited(inspector, recheck, clock, date(2026, 12, 28))
    with app.app_context():
        rows = list(db.session.scalars(select(InspectionVisit.is_recheck).order_by(InspectionVisit.day_on)))
        assert rows == [False, True]
    page = act(inspector, number, "check_order", **check, how="recheck")
    assert page.status == 200, page.words[:600]
    assert one(app, CorrectionOrder).is_corrected is True
    assert inspector.get(f"{PLANS}/{number}/recheck").status == 404, "no order is open"
    assert inspector.post(f"{PLANS}/{number}/orders/99/check_order", {**step_fields(inspector.get(f"{PLANS}/{number}/visit")), **check, "how": "papers"}).status == 404


def test_a_penalty_is_decided_by_the_head_and_by_the_published_benchmark(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    number = ordered(inspector, head, clock)
    assert inspector.get(f"{PLANS}/{number}/penalty").status == 403

    def penalise(code: str, amount: str, ground: str = "") -> Any:
        return fill(head, number, "penalty", "penalise", benchmark=code, amount=amount, ground=ground)

    page = penalise("MR-01-1", "5000")
    assert page.status == 403 and "Q-8" in page.words, "its order still runs"
    assert act(inspector, number, "check_order", corrected="1", how="papers", note="已补齐（示例）").status == 200
    assert penalise("MR-01-1", "5000").status == 403, "first, slight, corrected: not fined"
    assert penalise("MR-01-2", "12000").status == 403, "a first one is at the lower bound"
    page = penalise("MR-01-2", "99999.99")
    assert page.status == 403 and "10000" in page.words and "30000" in page.words and "99999.99" in page.text, "out of the range; what was typed stays"
    assert penalise("MR-01-2", "10000.001").status == 422, "whole fen"
    assert penalise("FIRE-01-2", "10000").status == 422, "another body's benchmark is not there to choose"
    with app.app_context():
        assert db.session.scalar(select(func.count(InspectionPenalty.id))) == 0
    page = penalise("MR-01-2", "10000")
    assert page.status == 200, page.words[:600]
    row = one(app, InspectionPenalty)
    assert (row.breach, row.amount_fen, row.is_first) == ("MR-01", 1000000, True) and row.office_id
    assert penalise("MR-01-3", "30000").status == 403, "one visit, one penalty a breach"
    assert "10000" in inspector.get(f"{PLANS}/{number}/result").words

    # the next one is no first; without an order before it, it needs a ground
    clock.go_to(date(2026, 12, 21))
    number = filed(inspector, head, first_on="2026-12-28", **COMPLAINT)
    visited(inspector, number, clock, date(2026, 12, 28))
    recorded(inspector, number, outcome="penalty", findings="再次未建立记录（示例）")
    page = penalise("MR-01-2", "20000")
    assert page.status == 403 and "理由" in page.words
    assert penalise("MR-01-2", "20000", "再次违法，责令改正已无必要（示例）").status == 200
    with app.app_context():
        assert list(db.session.scalars(select(InspectionPenalty.is_first).order_by(InspectionPenalty.id))) == [True, False]


# --- alarms -------------------------------------------------------------------------------------------------------------------------------


def test_three_visits_of_one_inspector_without_a_finding_block_the_next_routine_one(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    shop = "91999999MA9X000382"
    for day in (DAY, NEXT, LAST):
        clock.go_to(date(2026, 11, 23) if day == DAY else day)
        number = filed(inspector, head, enterprise=shop, first_on=day.isoformat(), **COMPLAINT)
        visited(inspector, number, clock, day)
        recorded(inspector, number, **NOTHING)
    clock.go_to(date(2026, 12, 1))
    page = draft(inspector, enterprise=shop, first_on="2026-12-28")
    assert page.status == 403 and "Q-11" in page.words and "示例执法证0007" in page.words and "示例执法证0052" in page.words
    other = number_of(draft(inspector, enterprise=shop, first_on="2026-12-28", **COMPLAINT))
    assert other, "only the routine ones"
    page = head.get("/inspections/alarms")
    links = re.findall(r'href="(/inspections/alarms/\d+/[0-9A-Z]+/2026)"', page.text)
    assert len(links) == 2
    assert browse("dept-fire").get(links[0]).status == 404 and inspector.get(links[0]).status == 403
    stale = head.get(links[0])
    assert head.press(stale, "/explain", reason="").status == 422
    for link in links:
        done = head.press(head.get(link), "/explain", reason="投诉均查无实据（示例）")
        assert done.status == 200, done.words[:600]
    assert head.press(stale, "/explain", reason="再说一次（示例）").status == 403
    assert "explained" in events(app, number)
    planned = draft(inspector, enterprise=shop, first_on="2026-12-28")
    assert planned.status == 200, planned.words[:900]
    # one more without a finding asks for the next explanation, and the plan that waits meets it at its next step
    clock.go_to(date(2026, 12, 21))
    for verb, person in (("submit", inspector), ("approve", head), ("file", inspector)):
        assert step(person, other, verb).status == 200
    visited(inspector, other, clock, date(2026, 12, 28))
    recorded(inspector, other, **NOTHING)
    page = step(inspector, number_of(planned), "submit")
    assert page.status == 403


def test_visited_too_often_is_listed_by_name_and_warned_of_when_planning(app: Flask, browse: Browse, clock: ManualClock) -> None:
    made(app, "2026-10-27", "MR", kind="individual")
    made(app, "2026-10-27", "FIRE", line="fire")
    made(app, "2026-10-27", "ENV", line="environment", exemption="licence_check")
    for name in ("91999999MA9X00046W", "91999999MA9X00054P"):
        for day in ("2026-10-26", "2026-10-28", "2026-10-30"):
            made(app, day, "MR", kind="individual", enterprise=name)
    supervisor = browse("supervisor")
    page = supervisor.get("/inspections/alarms?month=2026-10")
    names = re.findall(r'<th scope="row">([^<]+)</th>', page.text)
    assert len(names) == 3 and names == sorted(names, key=lambda name: name.encode("gb18030"))
    assert "秦岭山珍" not in supervisor.get("/inspections/alarms?month=2026-09").words
    assert browse("manager").get("/inspections/alarms?month=2026-10").status == 200
    assert "秦岭山珍" not in browse("dept-mr").get("/inspections/alarms?month=2026-10").words, "a head sees the own body's inspectors only"
    assert browse("inspector-mr").get("/inspections/alarms").status == 403
    assert supervisor.get("/inspections/alarms?month=2026-13").status == 404
    assert supervisor.get("/inspections/alarms?month=2026-10&after=99999").status == 404
    # a plan that would raise one is warned, not refused; what is unannounced is not told to who may not know
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    filed(inspector, head, "0007", "0071", announced="0", first_on=DAY.isoformat(), **COMPLAINT)
    again = {"first_on": DAY.isoformat(), "kind": "individual", "exemption": "complaint", "basis": "12345转办〔示例〕2号"}
    number = number_of(draft(inspector, "0007", "0052", **again))
    assert "Q-11" in inspector.get(f"{PLANS}/{number}").words
    assert "Q-11" not in browse("inspector-mr-2").get(f"{PLANS}/{number}").words, "not this one's to know"
    with app.app_context():
        assert len(alarm_queries.list_alarms(the_county().id, date(2026, 10, 1))) == 3


def test_the_notice_names_the_strictest_cap_that_reaches_the_visit(browse_sqlite: Browse, sqlite_app: Flask) -> None:
    """As the check of its code does: a stricter cap of the line, not the county's for all (Q-3, Q-6)."""
    inspector, head = browse_sqlite("inspector-mr"), browse_sqlite("dept-mr")
    number = filed(inspector, head, first_on="2026-11-27", kind="individual")
    with sqlite_app.app_context(), transaction(clock=sqlite_app.extensions["clock"]) as tx:
        county = the_county()
        tx.session.add(
            InspectionCap(
                county_id=county.id, seat="test", laid_by="nation", line="market_regulation", per="body", number=0, counts=["routine"],
                from_on=date(2026, 11, 1), source="示例",
            )
        )  # fmt: skip
        tx.session.flush()
        record(tx, machine(county.id), "test_fact", "inspection:1")
    assert "日常检查每年不超过 0 次" in inspector.get(f"{PLANS}/{number}/notice").words
