"""A plan of a visit: what can be planned, who decides, when it is filed, and after the fact (Q-2, Q-3, Q-5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Flask
from sqlalchemy import func, select

from portal.audit import AuditRecord
from portal.database import db
from portal.inspections.models import InspectionVisit
from portal.inspections.plan_models import InspectionPlan, PlanEvent
from tests.inspections.plan_story import PLANS, approved, boxes, draft, number_of, step, typed
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]


def events(app: Flask, number: str) -> list[str]:
    with app.app_context():
        query = select(PlanEvent.kind).join(InspectionPlan, InspectionPlan.id == PlanEvent.plan_id).where(InspectionPlan.number == number)
        return list(db.session.scalars(query.order_by(PlanEvent.seq)))


def state(app: Flask, number: str) -> str:
    with app.app_context():
        return str(db.session.scalar(select(InspectionPlan.state).where(InspectionPlan.number == number)))


def plans(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(InspectionPlan.id))) or 0


def test_a_plan_is_drafted_decided_and_filed(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    page = inspector.get(f"{PLANS}/new")
    done = inspector.press(page, "/draft", **typed(page))
    number = number_of(done)
    key = page.form("/draft")["fields"]["key"]
    again = inspector.press(page, "/draft", **typed(page))
    assert again.path == done.path and plans(app) == 1, "sent twice is one plan"
    assert key

    early = head.get(f"{PLANS}/{number}")
    assert not early.has_form("/approve"), "a draft is not decided on"
    stale = inspector.get(f"{PLANS}/{number}")
    assert step(inspector, number, "submit").status == 200
    assert inspector.press(stale, "/submit").status == 409
    waiting = head.get(f"{PLANS}/{number}")
    assert step(head, number, "approve").status == 200
    assert head.press(waiting, "/approve").status == 409
    with app.app_context():
        office = db.session.scalars(select(PlanEvent.office_id).where(PlanEvent.kind == "approved")).one()
        assert office is not None, "an approval is an act of office"

    paper = inspector.get(f"{PLANS}/{number}/form").words
    assert "示例执法证0007" in paper and "示例执法证0052" in paper and number in paper
    assert step(inspector, number, "file").status == 200
    assert state(app, number) == "filed"

    # a change is decided on and filed again; so is a cancellation, which says why
    page = inspector.get(f"{PLANS}/{number}/edit")
    assert inspector.press(page, "/change", **typed(page, first_on="2026-11-30")).status == 200
    assert state(app, number) == "draft"
    for person, verb in ((inspector, "submit"), (head, "approve"), (inspector, "file")):
        assert step(person, number, verb).status == 200
    assert step(inspector, number, "cancel", reason="企业停产（示例）").status == 200
    way = ["submitted", "approved", "filed", "code_issued"]
    assert events(app, number) == ["drafted", *way, "changed", *way, "cancelled"]
    assert "企业停产（示例）" in inspector.get(f"{PLANS}/{number}").words
    assert not inspector.get(f"{PLANS}/{number}").has_form("/cancel")
    assert number in inspector.get(f"{PLANS}?box=over").words

    # another body's inspector, a window, the public: the same answer as for a plan that is not there
    for who in ("inspector-fire", "dept-fire"):
        assert browse(who).get(f"{PLANS}/{number}").status == 404
    assert browse("window-mr").get(f"{PLANS}/{number}").status == 403
    assert browse().get(f"{PLANS}/{number}").status == 401
    assert inspector.get(f"{PLANS}/JC2026-AAAAAAAA").status == 404


def test_what_cannot_be_planned_says_every_reason_and_the_next_day(app: Flask, browse: Browse) -> None:
    inspector = browse("inspector-mr")
    page = draft(inspector, "0007", first_on="2026-11-24")
    assert page.status == 403 and plans(app) == 0
    assert "宁静" in page.words and "Q-1" in page.words and "11月26日" in page.words
    page = draft(inspector, "0007", "0072")  # one, and one whose certificate is over
    assert "示例执法证0072" in page.words and page.status == 403
    page = draft(inspector, "0007", "0071", enterprise="91999999MA9X00054P", matter="MR-02")
    assert page.status == 403 and "Q-13" in page.words, "a conflict of interest"
    assert draft(inspector, matter="FIRE-01").status == 422, "another body's matter is not there to choose"
    assert draft(inspector, enterprise="91999999MA9X0001XX").status == 422
    assert draft(inspector, exemption="complaint", first_on="2026-11-24").status == 403, "an exemption needs its basis"
    page = draft(inspector, exemption="complaint", basis="12345转办〔示例〕1号", first_on="2026-11-24")
    number = number_of(page)
    assert plans(app) == 1
    # the cap: one approved routine visit a year; a plan counts as soon as it is approved, and is checked again at each step
    other = number_of(draft(inspector, first_on="2026-11-30"))
    for each in (number, other):
        assert step(inspector, each, "submit").status == 200
    head = browse("dept-mr")
    assert step(head, other, "approve").status == 200
    page = step(head, number, "approve")
    assert page.status == 403 and "Q-3" in page.words
    assert state(app, number) == "submitted"
    assert step(head, number, "refuse", reason="本年度已检查（示例）").status == 200
    assert state(app, number) == "refused"


def test_filed_three_working_days_ahead_an_exception_before_entry(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    number = approved(inspector, head, first_on="2026-11-26")
    exempt = approved(inspector, head, first_on="2026-11-25", kind="individual", exemption="complaint", basis="12345转办〔示例〕1号")
    clock.go_to(date(2026, 11, 24))
    page = inspector.get(f"{PLANS}/{number}")
    assert "11月23日" in page.words and not page.has_form("/file")
    assert step(inspector, exempt, "file").status == 200
    assert (state(app, number), state(app, exempt)) == ("approved", "filed")


def test_the_head_does_not_decide_on_an_own_inspection_and_special_ones_go_up(app: Flask, browse: Browse) -> None:
    inspector, head, government = browse("inspector-mr"), browse("dept-mr"), browse("leader-gov")
    numbers = [
        number_of(draft(inspector, kind="special", exemption="superior", basis="柞政办〔示例〕1号", first_on=day))
        for day in ("2026-11-26", "2026-11-27", "2026-11-30")
    ]
    assert government.get(f"{PLANS}/{numbers[0]}").status == 404, "a draft is not theirs yet"
    for number in numbers:
        assert step(inspector, number, "submit").status == 200
    page = head.get(f"{PLANS}/{numbers[0]}")
    assert not page.has_form("/approve") and "Q-5" in page.words
    for number in numbers[:2]:
        assert step(government, number, "approve").status == 200
    assert not government.get(f"{PLANS}/{numbers[2]}").has_form("/approve"), "two special plans a year"
    with app.app_context():
        assert db.session.scalar(select(func.count(InspectionVisit.id))) == 0


def test_an_emergency_is_written_down_afterwards_and_late_is_counted(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    page = inspector.get(f"{PLANS}/afterwards")
    said = {"enterprise": "91999999MA9X00011A", "matter": "MR-01", "on": "2026-11-22", "entered": "22:30", "left": "00:20"}
    said |= {"basis": "群众报警锅炉爆炸（示例）", **boxes(page, "0007", "0052")}
    assert inspector.press(page, "/write", **{**said, "entered": "25:00"}).status == 422
    number = number_of(inspector.press(page, "/write", **said))
    with app.app_context():
        visit = db.session.scalars(select(InspectionVisit)).one()
        assert (visit.day_on, visit.is_announced) == (date(2026, 11, 22), True)
        assert visit.entered_at is not None and visit.left_at is not None and visit.left_at > visit.entered_at
    clock.go_to(date(2026, 11, 25))
    for person, verb in ((inspector, "submit"), (head, "approve"), (inspector, "file")):
        assert step(person, number, verb).status == 200
    assert state(app, number) == "visited"
    assert "24 小时" in inspector.get(f"{PLANS}/{number}").words.replace("24小时", "24 小时")


def test_an_unannounced_plan_is_read_only_by_who_goes_and_decides_and_each_reading_is_recorded(app: Flask, browse: Browse) -> None:
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    number = number_of(draft(inspector, "0007", "0071", announced="0"))

    def looks() -> int:
        with app.app_context():
            where = (AuditRecord.verb == "inspection_plan.look", AuditRecord.subject == f"inspection_plan:{number}")
            return db.session.scalar(select(func.count()).select_from(AuditRecord).where(*where)) or 0

    before = looks()
    for person in (inspector, head, browse("supervisor")):
        assert number in person.get(PLANS).words
        assert person.get(f"{PLANS}/{number}").status == 200
    assert looks() == before + 6
    colleague = browse("inspector-mr-2")
    assert number not in colleague.get(PLANS).words and colleague.get(f"{PLANS}/{number}").status == 404
    assert browse("leader-mr").get(f"{PLANS}/{number}").status == 404
    assert looks() == before + 6
