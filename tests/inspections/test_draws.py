"""The random draw: hidden until its result is published, repeatable from what was stored (Q-7, Q-13)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from portal.audit import AuditRecord
from portal.database import db
from portal.inspections.draw_models import RandomDraw, RandomDrawEntry
from portal.inspections.plan_models import InspectionPlan, PlanInspector
from tests.inspections.draw_story import DRAWS, draw, number_of
from tests.inspections.plan_story import approved, step
from tests.people import Browser, ManualClock

Browse = Callable[..., Browser]
MILL = "91999999MA9X00011A"


def plans_of(app: Flask, number: str) -> list[str]:
    with app.app_context():
        query = select(InspectionPlan.number).join(RandomDrawEntry, RandomDrawEntry.plan_id == InspectionPlan.id)
        query = query.join(RandomDraw, RandomDraw.id == RandomDrawEntry.draw_id).where(RandomDraw.number == number)
        return list(db.session.scalars(query.order_by(RandomDrawEntry.place)))


def test_a_draw_makes_plans_of_two_without_conflict_and_stays_hidden(app: Flask, browse: Browse) -> None:
    inspector = browse("inspector-mr")
    page = draw(inspector, wanted="3", left_out=f"{MILL} 停产整顿（示例）")
    number = number_of(page)
    with app.app_context():
        one = db.session.scalars(select(RandomDraw)).one()
        entries = list(db.session.scalars(select(RandomDrawEntry).order_by(RandomDrawEntry.seq)))
        drawn = [entry for entry in entries if entry.place is not None]
        assert sorted(entry.place or 0 for entry in drawn) == [1, 2, 3] and len(entries) > 3
        mill = next(entry for entry in entries if entry.code == MILL)
        assert (mill.excluded, mill.reason, mill.place) == ("by_hand", "停产整顿（示例）", None)
        conflicts = {row["certificate"]: row["conflicts"] for row in one.terms["inspectors"]}
        for entry in drawn:
            assert len(set(entry.certificates)) == 2 and "示例执法证0072" not in entry.certificates, "a certificate that is over"
            assert all(entry.code not in conflicts[certificate] for certificate in entry.certificates)
            plan = db.session.get_one(InspectionPlan, entry.plan_id)
            assert (plan.is_announced, plan.state, plan.kind) == (False, "draft", "routine")
            assert date(2026, 11, 26) <= plan.first_on <= date(2026, 12, 31) and plan.first_on.day >= 26
            assert len(list(db.session.scalars(select(PlanInspector).where(PlanInspector.plan_id == plan.id)))) == 2
    # read by who drew, the head and the supervisor, each time recorded; by nobody else
    def looks() -> int:
        with app.app_context():
            where = (AuditRecord.verb == "inspection_plan.draw_look", AuditRecord.subject == f"random_draw:{number}")
            return db.session.scalar(select(func.count()).select_from(AuditRecord).where(*where)) or 0

    before = looks()
    for who in ("inspector-mr", "dept-mr", "supervisor"):
        assert browse(who).get(f"{DRAWS}/{number}").status == 200
        assert number in browse(who).get(DRAWS).words
    assert looks() == before + 6
    for who in ("inspector-mr-2", "inspector-fire", "dept-fire", "enterprise-1", "manager", "auditor", ""):
        person = browse(who) if who else browse()
        for address in (f"{DRAWS}/{number}", f"{DRAWS}/{number}/list.csv"):
            assert person.get(address).status == 404, (who, address)
        assert number not in person.get(DRAWS).words
    assert looks() == before + 6


def test_drawn_again_the_same_and_a_changed_record_is_seen(app: Flask, browse: Browse) -> None:
    number = number_of(draw(browse("inspector-mr")))
    runner = app.test_cli_runner()
    told = runner.invoke(args=["inspections", "redraw", number, "--json"])
    assert told.exit_code == 0 and json.loads(told.output) == {"number": number, "drawn": 2, "same": True, "different": []}
    assert "重抽" in browse("supervisor").get(f"{DRAWS}/{number}").words
    assert runner.invoke(args=["inspections", "redraw", "SJ2026-AAAAAAAA"]).exit_code == 1
    # with `sha256sum` alone: the first by its smallest ticket
    body = browse("supervisor").client.get(f"{DRAWS}/{number}/list.csv").get_data(as_text=True).lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(body)))
    best = {
        row["code"]: min(hashlib.sha256(f"{row['seed']}|{row['code']}|{n}".encode()).hexdigest() for n in range(1, int(row["weight"]) + 1))
        for row in rows if not row["excluded"]
    }  # fmt: skip
    assert sorted(best, key=lambda code: best[code])[:2] == [row["code"] for row in sorted(rows, key=lambda row: int(row["place"] or 99)) if row["place"]]
    with app.app_context():
        with db.engine.begin() as connection:
            connection.execute(update(RandomDraw).values(seed="another"))
    told = runner.invoke(args=["inspections", "redraw", number])
    assert told.exit_code == 1 and "different" in told.output


def test_the_list_is_written_once(app: Flask, browse: Browse) -> None:
    draw(browse("inspector-mr"))
    with app.app_context(), pytest.raises(DBAPIError), db.engine.begin() as connection:
        connection.execute(update(RandomDrawEntry).values(weight=4))


def test_the_result_is_published_by_the_head_after_the_last_visit_and_late_is_told(app: Flask, browse: Browse, clock: ManualClock) -> None:
    inspector, head = browse("inspector-mr"), browse("dept-mr")
    number = number_of(draw(inspector))
    address = f"{DRAWS}/{number}"
    assert not head.get(address).has_form("/publish") and "Q-13" in head.get(address).words
    for plan in plans_of(app, number):
        assert step(inspector, plan, "cancel", reason="企业停产（示例）").status == 200
    stale = head.get(address)
    assert number not in browse().get(DRAWS).words
    clock.go_to(date(2027, 3, 1))
    assert "逾期" in browse().get(DRAWS).words, "which body is late is public; who was drawn is not"
    assert number not in browse().get(DRAWS).words
    head = browse("dept-mr")
    stale = head.get(address)
    assert head.press(head.get(address), "/publish").status == 200
    assert head.press(stale, "/publish").status == 409
    public = browse().get(address)
    assert public.status == 200 and number in browse().get(DRAWS).words
    assert browse().get(f"{address}/list.csv").status == 200


def test_what_cannot_be_drawn_is_said(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    inspector = browse_sqlite("inspector-mr")
    assert draw(inspector, wanted="0").status == 422
    assert draw(inspector, wanted="61").status == 422
    assert draw(inspector, matter="FIRE-01").status == 422
    assert draw(inspector, last_on="2026-11-01").status == 422
    page = draw(inspector, left_out="91999999MA9X00011A")
    assert page.status == 422 and "91999999MA9X00011A" in page.text, "what was typed is kept"
    assert draw(inspector, first_on="2026-11-20").status == 403
    page = draw(inspector, first_on="2026-12-01", last_on="2026-12-20")
    assert page.status == 403 and "Q-13" in page.words, "no open day"
    with sqlite_app.app_context():
        assert db.session.scalar(select(func.count(RandomDraw.id))) == 0
        assert db.session.scalar(select(func.count(InspectionPlan.id))) == 0


def test_an_enterprise_that_was_inspected_this_year_takes_no_part(sqlite_app: Flask, browse_sqlite: Browse) -> None:
    inspector = browse_sqlite("inspector-mr")
    approved(inspector, browse_sqlite("dept-mr"))  # the mill, routine, this year
    number_of(draw(inspector, last_on="2026-12-31"))
    with sqlite_app.app_context():
        mill = db.session.scalars(select(RandomDrawEntry).where(RandomDrawEntry.code == MILL)).one()
        assert (mill.excluded, mill.reason) == ("no_day", "Q-3")
