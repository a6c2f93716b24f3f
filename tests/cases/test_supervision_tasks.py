"""What is granted becomes a task of the supervising body, which a person of that body confirms (C-27)."""

from __future__ import annotations

from datetime import date

from flask import Flask
from sqlalchemy import select

from portal.audit import machine, record
from portal.cases.models import Case
from portal.cases.task_models import SupervisionTask
from portal.cases.task_services import follow_up
from portal.catalogue.models import ItemVersion
from portal.database import db, transaction
from portal.network.models import Outbox
from tests.cases import story
from tests.cases.story import Browse
from tests.cases.test_course import at_county, reviewed
from tests.people import ManualClock


def granted(browse: Browse) -> str:
    number = at_county(browse)
    reviewed(browse, number, "passed")
    story.do(browse("chief-mr"), number, "decide")
    return number


def task_of(number: str) -> SupervisionTask:
    """The task of this case; the demonstration county has others."""
    return db.session.scalars(select(SupervisionTask).join(Case, Case.id == SupervisionTask.case_id).where(Case.number == number)).one()


def told(app: Flask, number: str, what: str, *, unread: bool = False) -> set[str]:
    with app.app_context():
        query = select(Outbox.receiver).where(Outbox.dedupe_key.like(f"supervision-task:{task_of(number).id}:{what}:%"))
        return set(db.session.scalars(query.where(Outbox.read_at.is_(None)) if unread else query))


def test_a_grant_is_confirmed_by_a_person_of_the_body(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = granted(browse)
    with app.app_context():
        task = task_of(number)
        assert (task.state, task.send_by_on, task.confirm_by_on) == ("sent", date(2026, 11, 24), date(2026, 11, 30))
        address, county_id = f"/supervision-tasks/{task.id}", task.county_id
    assert {"dept-mr", "leader-mr", "inspector-mr"} <= told(app, number, "new")
    inspector, center, other = browse("inspector-mr"), browse("center"), browse("inspector-fire")
    assert number in inspector.get("/supervision-tasks").words and number not in other.get("/supervision-tasks").words
    assert other.get(address).status == 404 and browse("dept-tax").get(address).status == 404
    assert number in browse("inspector-mr").get("/messages").words
    # the center sees it and does not confirm it
    page = center.get(address)
    assert page.status == 200 and not page.has_form("/confirm") and "C-27" in page.words
    form = inspector.get(address).form("/confirm")
    assert center.post(form["action"], {**center.get(address).forms()[0]["fields"], "note": "示例"}).status == 403
    # nobody confirms: reminded once, the center's management too
    clock.go_to(date(2026, 12, 1))
    assert number in center.get("/supervision-tasks?box=late").words
    with app.app_context():
        follow_up(county_id, clock)
        assert follow_up(county_id, clock) == "0 tasks sent, 0 reminders"
    assert {"inspector-mr", "center"} <= told(app, number, "late")
    page = inspector.get(address)
    assert inspector.press(page, "/confirm", note="").status == 422
    page = inspector.get(address)
    typed = {**page.form("/confirm")["fields"], "note": "列入二季度现场检查（示例）"}
    assert inspector.post(address + "/confirm", typed).status == 200
    assert inspector.post(address + "/confirm", typed).status == 200, "sent twice, done once"
    assert inspector.post(address + "/confirm", {**typed, "note": "另一句（示例）"}).status == 422
    assert inspector.post(address + "/confirm", {**typed, "key": "another-key"}).status == 403
    assert "列入二季度现场检查" in center.get(address).words and number not in center.get("/supervision-tasks").words
    assert number in center.get("/supervision-tasks?box=confirmed").words
    with app.app_context():
        task = task_of(number)
        assert task.state == "confirmed" and task.note == "列入二季度现场检查（示例）"
    assert told(app, number, "%", unread=True) == set(), "nobody is called to it any more"



def test_the_item_can_name_another_body(sqlite_app: Flask, browse_sqlite: Browse, clock: ManualClock) -> None:
    app, browse = sqlite_app, browse_sqlite
    number = at_county(browse)
    reviewed(browse, number, "passed")
    with app.app_context():
        with transaction(clock=clock) as tx:
            version = tx.session.scalars(select(ItemVersion).join(Case, Case.version_id == ItemVersion.id).where(Case.number == number)).one()
            version.more = {**version.more, "supervised_by": "FIRE"}
            tx.session.flush()
            record(tx, machine(version.county_id), "test", f"item_version:{version.id}")
    story.do(browse("chief-mr"), number, "decide")
    assert number in browse("inspector-fire").get("/supervision-tasks").words
    assert number not in browse("inspector-mr").get("/supervision-tasks").words
