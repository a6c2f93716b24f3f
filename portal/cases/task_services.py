"""Tasks of supervision: made in the transaction of the grant, sent, confirmed by a person of the supervising body, reminded of once (C-27)."""

from __future__ import annotations

from sqlalchemy import select

from portal.accounts.queries import SignedIn
from portal.audit import machine, record
from portal.cases import task_queries
from portal.cases.models import Case, CaseEvent
from portal.cases.queries import CaseView
from portal.cases.task_models import SupervisionTask
from portal.cases.warning_queries import people_of
from portal.clock import Clock
from portal.database import Once, Transaction, db, transaction
from portal.i18n import DEFAULT
from portal.network import message_services as messages
from portal.rules import supervision_tasks as rules
from portal.rules.moments import civil_date
from portal.rules.supervision_tasks import TaskState

AT_ONCE = 200


def place_of(task_id: int) -> str:
    """Where a task is read."""
    return f"/supervision-tasks/{task_id}"


def after_event(tx: Transaction, view: CaseView, event: CaseEvent) -> None:
    """Make the task of a grant, and send it: `after_event` of cases."""
    if not rules.makes_task(event.kind, (event.payload or {}).get("outcome")):
        return
    on = civil_date(event.occurred_at)
    task = SupervisionTask(
        county_id=event.county_id, case_id=event.case_id, event_seq=event.seq, version_id=view.version.id, body_id=supervising_body(view),
        decided_by_id=event.actor_id, granted_at=event.occurred_at, send_by_on=rules.send_by(on, view.calendar),
        confirm_by_on=rules.confirm_by(on, view.calendar), state=TaskState.UNSENT.value, note="",
    )  # fmt: skip
    tx.session.add(task)
    tx.session.flush()
    told = _send(tx, task, view.case.number)
    about = {"event": event.seq, "task": task.id, "body": task.body_id, "told": told}
    record(tx, machine(event.county_id, "supervision"), "supervision_task.make", f"case:{view.case.number}", **about)


def supervising_body(view: CaseView) -> int:
    """The body that supervises what the item grants: the one that the item's version names, else its own (C-27)."""
    code = str((view.version.more or {}).get("supervised_by") or "")
    return task_queries.known_bodies(view.case.county_id, [code]).get(code, view.version.body_id) if code else view.version.body_id


def _key(task: SupervisionTask, what: str, username: str) -> str:
    return f"supervision-task:{task.id}:{what}:{username}"


def _send(tx: Transaction, task: SupervisionTask, number: str) -> int:
    """Tell whoever can confirm it; it is sent once somebody of the body could be told."""
    people = task_queries.people_of_body(task.county_id, task.body_id, civil_date(tx.now))
    told = {account: name for account, name in people.items() if account != task.decided_by_id}
    for username, language in told.values():
        _tell(tx, task, number, "new", username, language)
    if told:
        task.state, task.sent_at = TaskState.SENT.value, tx.now
        tx.session.flush()
    return len(told)


def _tell(tx: Transaction, task: SupervisionTask, number: str, what: str, username: str, language: str | None) -> None:
    facts = {"task": task.id, "number": number, "what": what, "until": task.confirm_by_on.isoformat()}
    messages.put(
        tx, county_id=task.county_id, key=_key(task, what, username), template="supervision_task", facts=facts, receiver=username,
        language=language or DEFAULT,
    )  # fmt: skip


def confirm_task(task_id: int, note: str, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Confirm that the body knows of the grant and supervises it from now on. NotFound, NotAllowed otherwise."""
    with transaction(clock=clock, once=once) as tx:
        task_queries.get_task_for(actor, task_id, clock.today())
        task: SupervisionTask = tx.lock(select(SupervisionTask).where(SupervisionTask.id == task_id))[0]
        rules.may_confirm_task(
            TaskState(task.state), task.body_id, bodies=task_queries.bodies_of(actor), account_id=actor.account_id,
            decided_by=task.decided_by_id,
        ).or_raise()  # fmt: skip
        task.state, task.confirmed_at, task.confirmed_by_id, task.note = TaskState.CONFIRMED.value, tx.now, actor.account_id, note
        tx.session.flush()
        people = task_queries.people_of_body(task.county_id, task.body_id, civil_date(tx.now)) | _center(task.county_id, tx)
        messages.set_aside(tx, task.county_id, [_key(task, what, name) for what in ("new", "late") for name, _language in people.values()])
        late = civil_date(tx.now) > task.confirm_by_on
        record(tx, actor.actor, "supervision_task.confirm", f"supervision_task:{task.id}", body=task.body_id, late=late)
        tx.result = place_of(task.id)


def _center(county_id: int, tx: Transaction) -> dict[int, tuple[str, str | None]]:
    people = people_of(county_id, tx.now)
    return {account: people.names[account] for account in people.center}


def follow_up(county_id: int, clock: Clock) -> str:
    """The job: send what could not be sent, and remind once of what is out past its day, the center's management too. Safe to repeat."""
    sent = reminded = 0
    ids = task_queries.open_tasks(county_id, clock.today(), AT_ONCE)
    db.session.rollback()
    for task_id in ids:
        with transaction(clock=clock) as tx:
            task: SupervisionTask = tx.lock(select(SupervisionTask).where(SupervisionTask.id == task_id))[0]
            number = tx.session.get_one(Case, task.case_id).number
            if task.state == TaskState.UNSENT.value:
                told = _send(tx, task, number)
                sent += bool(told)
                if told:
                    record(tx, machine(county_id, "jobs"), "supervision_task.send", f"supervision_task:{task.id}", told=told)
            elif task.state == TaskState.SENT.value and task.reminded_at is None and task.confirm_by_on < civil_date(tx.now):
                people = task_queries.people_of_body(county_id, task.body_id, civil_date(tx.now)) | _center(county_id, tx)
                for username, language in people.values():
                    _tell(tx, task, number, "late", username, language)
                task.reminded_at = tx.now
                tx.session.flush()
                record(tx, machine(county_id, "jobs"), "supervision_task.remind", f"supervision_task:{task.id}", told=len(people))
                reminded += 1
    return f"{sent} tasks sent, {reminded} reminders"

