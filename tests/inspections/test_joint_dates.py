"""Joint dates: wishes, the matching of a year, answers, and the plans that come of it (Q-3, Q-4, Q-10, Q-11)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from portal.database import db
from portal.inspections import match_queries, match_services, queries
from portal.inspections.match_models import InspectionWish, JointPart, JointProposal, MatchingRun
from portal.inspections.models import Enterprise, InspectionVisit
from portal.inspections.plan_models import InspectionPlan
from portal.network.models import Body
from portal.network.queries import the_county
from portal.rules.quiet_days import Kind, Plan
from tests.inspections import joint_date_story
from tests.inspections.joint_date_story import HOTEL, JOINT, MILL, wish
from tests.inspections.plan_story import approved, boxes, step, yearly
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]


def matched(browse: Browse) -> Any:
    return joint_date_story.matched(browse("inspector-mr"), browse("inspector-fire"), browse("manager"))


def code_of(app: Flask, enterprise: str) -> str:
    with app.app_context():
        query = select(JointProposal.code).join(Enterprise, Enterprise.id == JointProposal.enterprise_id).where(Enterprise.code == enterprise)
        return str(db.session.scalar(query.order_by(JointProposal.id.desc())))


def answer(person: Browser, code: str, verb: str, *certificates: str, **said: str) -> Any:
    page = person.get(f"{JOINT}/{code}")
    assert page.status == 200, page.words[:400]
    return person.press(page, f"/{code}/{verb}", **(boxes(page, *certificates) if certificates else {}), **said)


def plans(app: Flask) -> list[InspectionPlan]:
    with app.app_context():
        return list(db.session.scalars(select(InspectionPlan).order_by(InspectionPlan.id)))


def test_wishes_become_a_joint_visit_with_a_plan_for_each_body(app: Flask, browse: Browse) -> None:
    page = matched(browse)
    with app.app_context():
        run = db.session.scalars(select(MatchingRun)).one()
        assert (run.wishes, run.visits, run.lower_bound, run.alone) == (3, 2, 2, 3)
    assert "节省" in page.words
    code, other = code_of(app, MILL), code_of(app, HOTEL)
    inspector, fire = browse("inspector-mr"), browse("inspector-fire")
    assert code in fire.get(f"{JOINT}?year=2027").text
    assert fire.get(f"{JOINT}/{other}").status == 404, "only the bodies concerned"
    assert browse("dept-tax").get(f"{JOINT}/{code}").status == 404
    for who in ("manager", "leader-gov", "supervisor", "dept-mr", "dept-fire"):
        assert browse(who).get(f"{JOINT}/{code}").status == 200, who
    assert browse("leader-mr").get(f"{JOINT}/{code}").status == 404
    for who in ("enterprise-1", "window-mr", "auditor"):
        assert browse(who).get(f"{JOINT}/{code}").status == 403
    assert browse().get(f"{JOINT}/{code}").status == 401

    assert answer(inspector, code, "accept", "0007", "0052").status == 200
    assert answer(fire, code, "accept", "0008", "0053").status == 200
    both = plans(app)
    assert len(both) == 2
    assert {plan.group_code for plan in both} == {code} and len({plan.first_on for plan in both}) == 1
    assert [plan.is_lead for plan in both].count(True) == 1
    # on they go as any plan: decided on by each head and filed; neither repeats the other, and both are one visit for the enterprise
    for plan, person, head in ((both[0], inspector, "dept-mr"), (both[1], fire, "dept-fire")):
        assert step(person, plan.number, "submit").status == 200
        assert step(browse(head), plan.number, "approve").status == 200
    assert {plan.state for plan in plans(app)} == {"approved"}
    with app.app_context():
        mill = queries.enterprise_by_code(both[0].county_id, MILL)
        history = queries.planned_visits(mill)
        assert len(history) == 2 and len({visit.joint for visit in history}) == 1 and history[0].joint is not None


def test_parts_of_a_joint_visit_on_one_line_repeat_nothing_and_others_do(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    """Mended in the queries: the group code is the joint number that the rules know, ahead and made."""
    matched(browse_sqlite)
    code = code_of(sqlite_app, MILL)
    inspector = browse_sqlite("inspector-mr")
    assert answer(inspector, code, "accept", "0007", "0052").status == 200
    number = plans(sqlite_app)[0].number
    for person, verb in ((inspector, "submit"), (browse_sqlite("dept-mr"), "approve")):
        assert step(person, number, verb).status == 200
    with sqlite_app.app_context():
        plan = db.session.scalars(select(InspectionPlan)).one()
        mill = queries.enterprise_by_code(plan.county_id, MILL)
        fire = db.session.scalars(select(Body).where(Body.code == "FIRE")).one()
        law, facts, history = queries.quiet_law(plan.county_id), queries.facts_of(mill), queries.planned_visits(mill)
        same = Plan(fire.id, plan.line, Kind.ROUTINE, plan.first_on, joint=queries.joint_number(code))
        assert law.may_inspect(same, facts, history).allowed, "a part of the same visit"
        alone = Plan(fire.id, plan.line, Kind.ROUTINE, plan.first_on)
        assert [each.rule for each in law.may_inspect(alone, facts, history).findings] == ["Q-4"]
        assert queries.joint_number("LH2027-ABCD2345") != queries.joint_number("LH2027-ABCD2346")
        assert queries.joint_number(None) is None
        assert db.session.scalar(select(func.count(InspectionVisit.id))) == 0


def test_another_day_is_asked_of_the_one_answer_and_refusing_passes_the_lead_on(app: Flask, browse: Browse) -> None:
    matched(browse)
    code = code_of(app, MILL)
    inspector, fire = browse("inspector-mr"), browse("inspector-fire")
    stale = fire.get(f"{JOINT}/{code}")
    page = answer(inspector, code, "move", day="2027-03-10")
    assert page.status == 403 and "Q-1" in page.words, "a quiet day"
    assert answer(inspector, code, "move", day="2026-12-28").status == 403, "another year"
    assert answer(inspector, code, "move", day="").status == 422
    assert answer(inspector, code, "move", day="2027-03-29").status == 200
    with app.app_context():
        proposal = db.session.scalars(select(JointProposal).where(JointProposal.code == code)).one()
        assert proposal.day_on == date(2027, 3, 29)
        lead = db.session.get_one(Body, proposal.lead_body_id).code
    assert fire.press(stale, "/refuse", reason="没有人手（示例）").status == 409
    # both bodies take the hotel's or another day: one pair a body is taken by the mill
    other = code_of(app, HOTEL)
    page = answer(inspector, other, "move", day="2027-03-29")
    assert page.status == 403 and "Q-10" in page.words
    first, second = (inspector, fire) if lead == "MR" else (fire, inspector)
    assert answer(first, code, "refuse", reason="没有人手（示例）").status == 200
    assert first.get(f"{JOINT}/{code}").has_form("/accept") is False
    with app.app_context():
        proposal = db.session.scalars(select(JointProposal).where(JointProposal.code == code)).one()
        assert db.session.get_one(Body, proposal.lead_body_id).code != lead
    assert "没有人手（示例）" in second.get(f"{JOINT}/{code}").words
    certificates = ("0007", "0052") if second is inspector else ("0008", "0053")
    assert answer(second, code, "accept", *certificates).status == 200
    assert [(plan.group_code, plan.is_lead) for plan in plans(app)] == [(None, False)], "who goes alone is no part of a joint visit"


def test_the_head_refuses_and_does_not_accept_and_two_are_needed(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    matched(browse_sqlite)
    code = code_of(sqlite_app, MILL)
    head = browse_sqlite("dept-mr")
    page = head.get(f"{JOINT}/{code}")
    assert not page.has_form("/accept") and page.has_form("/refuse")
    page = answer(browse_sqlite("inspector-mr"), code, "accept", "0007")
    assert page.status == 403 and "Q-5" in page.words and not plans(sqlite_app)
    assert head.press(head.get(f"{JOINT}/{code}"), "/refuse", reason="").status == 422
    assert answer(head, code, "refuse", reason="年度安排有变（示例）").status == 200


def test_matched_again_what_is_accepted_stays_and_the_rest_is_proposed_anew(app: Flask, browse: Browse, clock: ManualClock) -> None:
    matched(browse)
    first, hotel = code_of(app, MILL), code_of(app, HOTEL)
    assert answer(browse("inspector-mr"), first, "accept", "0007", "0052").status == 200
    manager = browse("manager")
    stale = manager.get(f"{JOINT}?year=2027")
    assert manager.press(stale, "/run").status == 200
    assert manager.press(manager.get(f"{JOINT}?year=2027"), "/run").status == 200
    again = code_of(app, HOTEL)
    assert again != hotel
    old = browse("inspector-mr").get(f"{JOINT}/{hotel}")
    assert not old.has_form("/accept") and "失效" in old.words
    with app.app_context():
        day = db.session.scalars(select(InspectionPlan.first_on)).one()
        newest = db.session.scalars(select(JointProposal).order_by(JointProposal.id.desc())).first()
        assert newest is not None
        proposals = db.session.execute(
            select(JointProposal.day_on, Enterprise.code).join(Enterprise, Enterprise.id == JointProposal.enterprise_id).where(JointProposal.run_id == newest.run_id)
        ).all()
        assert (day, MILL) not in [tuple(row) for row in proposals], "no second visit on the day that was accepted"


def test_wishes_are_checked_and_months_come_from_the_yearly_plan(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    yearly(sqlite_app)
    inspector = browse_sqlite("inspector-mr")
    assert wish(inspector, "FIRE-01", MILL).status == 422
    assert wish(inspector, "MR-01", "123").status == 422
    page = wish(inspector, "MR-01", MILL, "91999999MA9X0001XX")
    assert page.status == 422 and "91999999MA9X0001XX" in page.words
    assert wish(inspector, "MR-01", MILL, months="13").status == 422
    assert wish(inspector, "MR-01", f"{MILL},秦岭山珍食品有限公司（示例）", HOTEL).status == 200, "lines of a spreadsheet"
    with sqlite_app.app_context():
        assert [row.months for row in db.session.scalars(select(InspectionWish))] == ["3,6,11", "3,6,11"], "of the yearly plan"
    assert wish(inspector, "MR-01", MILL, months="4,5").status == 200
    page = inspector.get(f"{JOINT}/wishes?year=2027")
    action = re.findall(r'action="([^"]+/withdraw)"', page.text)
    assert len(action) == 2, "entered again it is one wish"
    assert inspector.press(page, action[0]).status == 200
    assert len(re.findall("/withdraw", inspector.get(f"{JOINT}/wishes?year=2027").text)) == 1
    fire = browse_sqlite("inspector-fire")
    assert fire.get(f"{JOINT}/wishes?year=2027").status == 200 and MILL not in fire.get(f"{JOINT}/wishes?year=2027").words
    stolen = fire.client.post(action[1], data=fire.get(f"{JOINT}/wishes?year=2027").form("/enter")["fields"])
    assert stolen.status_code == 404


def test_no_wish_and_no_right_to_match(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    manager = browse_sqlite("manager")
    assert not manager.get(f"{JOINT}?year=2027").has_form("/run")
    assert manager.get(f"{JOINT}?year=2099").status == 404
    assert browse_sqlite("leader-mr").get(f"{JOINT}?year=2027").status == 404
    assert browse_sqlite("leader-gov").get(f"{JOINT}?year=2027").status == 200
    with sqlite_app.app_context():
        assert db.session.scalar(select(func.count(JointPart.id))) == 0
    assert match_services.OVERVIEW == JOINT


def test_a_hidden_plan_changes_no_proposal(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    """Q-7: a matching rests on announced plans alone."""
    matched(browse_sqlite)
    with sqlite_app.app_context():
        before = [tuple(row) for row in db.session.execute(select(JointProposal.enterprise_id, JointProposal.day_on).order_by(JointProposal.id))]
    day = before[0][1].isoformat()
    approved(browse_sqlite("inspector-mr"), browse_sqlite("dept-mr"), "0007", "0052", announced="0", first_on=day, kind="individual")
    with sqlite_app.app_context():
        ground = match_queries.match(the_county().id, 2027, sqlite_app.extensions["clock"].today(), seed=2027000)
        assert [(visit.enterprise, visit.day) for visit in ground.matching.visits] == before
