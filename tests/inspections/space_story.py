"""A visit on its way to the door and after it: the steps that another topic's pages take are written here by `append` alone."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from portal.audit import machine
from portal.database import db, transaction
from portal.inspections import plan_queries, plan_services
from portal.inspections.plan_models import InspectionPlan
from portal.network.queries import the_county
from portal.rules.inspection_plans import PlanEventKind
from tests.inspections import plan_story
from tests.people import Browser

VERIFY, REPORT = "/inspections/verify", "/inspections/report"
FACTS = {"came_on": "2026-11-23", "said": "两人来查看台账，没有出示通知书（示例）"}


def filed(inspector: Browser, head: Browser, *certificates: str, **more: str) -> str:
    """A plan that is filed, so that its notice has a code."""
    number = plan_story.approved(inspector, head, *certificates, **more)
    assert plan_story.step(inspector, number, "file").status == 200
    return number


def code_of(app: Flask, number: str) -> str:
    """The code of a plan's notice, of a hidden plan too."""
    with app.app_context():
        plan = db.session.scalars(select(InspectionPlan).where(InspectionPlan.number == number)).one()
        events = [event.seq for event in db.session.scalars(_events(plan.id)) if event.kind == "code_issued"]
        db.session.remove()
    with app.app_context():
        return plan_queries.code_for(number, max(events))


def _events(plan_id: int) -> Any:
    from portal.inspections.plan_models import PlanEvent

    return select(PlanEvent).where(PlanEvent.plan_id == plan_id)


def happen(app: Flask, number: str, *kinds: str, **payload: Any) -> None:
    """What happened at the door and after it."""
    with app.app_context():
        with transaction(clock=app.extensions["clock"]) as tx:
            plan = tx.lock(select(InspectionPlan).where(InspectionPlan.number == number))[0]
            for kind in kinds:
                plan_services.append(tx, plan, PlanEventKind(kind), actor=machine(the_county().id, "test"), payload=payload)
        db.session.remove()


def report(person: Browser, **more: str) -> Any:
    """Report a visit; the page that comes."""
    return person.press(person.get(REPORT), "/report/send", **{**FACTS, **more})
