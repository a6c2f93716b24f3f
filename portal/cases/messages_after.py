"""What is told when something happens on a case: the applicant by text message, the staff in the app. Few words: a code, a state, a day.

Called inside the act's transaction (`services.after_event`). Who is told is known by number alone: a phone is opened when the message is
sent, and nothing that says whom a matter is about is kept with it (C-18, R-2).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete

from portal.accounts.contact_queries import has_phone
from portal.audit import machine, record
from portal.cases.models import CaseEvent
from portal.cases.queries import CaseView
from portal.cases.warning_queries import people_at, people_of
from portal.database import Transaction
from portal.i18n import DEFAULT
from portal.messages import Channel
from portal.network import message_services as messages
from portal.network.models import Outbox
from portal.rules.lifecycle import EventKind, FilingKind

APPLICANT = frozenset(
    {
        EventKind.RECEIVED, EventKind.NOTICED, EventKind.ACCEPTED, EventKind.TURNED_AWAY, EventKind.NOT_ACCEPTED, EventKind.STOPPED,
        EventKind.EXTENDED, EventKind.DECIDED, EventKind.DELIVERED, EventKind.FINISHED, EventKind.LAPSED, EventKind.WITHDRAWN,
        EventKind.TERMINATED, EventKind.FORWARDED, EventKind.VOIDED,
    }
)  # fmt: skip
"""Of these the applicant is told; of a filing, when one that it cannot be done in time has passed."""


MOOT = {
    EventKind.RECEIVED: EventKind.HANDED_OFF,
    EventKind.LEG_RECEIVED: EventKind.HANDED_OFF,
    EventKind.LEG_RETURNED: EventKind.HANDED_OFF,
    EventKind.RECALLED: EventKind.HANDED_OFF,
    EventKind.FILING_PASSED: EventKind.FILED,
    EventKind.FILING_RETURNED: EventKind.FILED,
    EventKind.FILED: EventKind.FILING_RETURNED,
    EventKind.HANDED_OFF: EventKind.LEG_RETURNED,
    EventKind.ACCEPTED: EventKind.SUPPLEMENTED,
    EventKind.SUPPLEMENT_JUDGED: EventKind.SUPPLEMENTED,
}
"""event → what it answers: the messages of that are read, whoever answered."""
STAFF = frozenset({EventKind.HANDED_OFF, EventKind.LEG_RETURNED, EventKind.SUPPLEMENTED, EventKind.FILED, EventKind.FILING_RETURNED})
"""Of these the staff is told; of a supplement, when it came online and nobody at the window wrote it down."""
PUT = "message.put"


def after_event(tx: Transaction, view: CaseView, event: CaseEvent) -> None:
    """Write the messages that follow from an event, each once."""
    kind = EventKind(event.kind)
    written = _tell_applicant(tx, view, event, kind) + _tell_staff(tx, view, event, kind)
    if written:
        record(tx, machine(view.case.county_id, "messages"), PUT, f"case:{view.case.number}", event=event.seq, messages=written)


def _key(view: CaseView, seq: int, receiver: str) -> str:
    return f"case:{view.case.id}:{seq}:{receiver}"


# --- the applicant --------------------------------------------------------------------------------------------------------------


def _tell_applicant(tx: Transaction, view: CaseView, event: CaseEvent, kind: EventKind) -> int:
    late = kind is EventKind.FILING_PASSED and bool(view.now.filings) and view.now.filings[-1].kind is FilingKind.LATE
    case = view.case
    if view.branch is not None or not (late or kind in APPLICANT) or not has_phone(case.county_id, case.applicant_id):
        return 0  # of a joint case the lead tells, once for all branches (C-26)
    facts: dict[str, Any] = {"code": case.tracking_code, "event": kind.value}
    payload = event.payload or {}
    if kind in (EventKind.NOTICED, EventKind.STOPPED) and payload.get("until"):
        facts["until"] = str(payload["until"])[:10]
    if kind is EventKind.EXTENDED and view.now.statutory_due_on is not None:
        facts["until"] = view.now.statutory_due_on.isoformat()
    if kind is EventKind.DECIDED:
        facts["outcome"] = str(payload.get("outcome", ""))
    if _told_just_now(tx, view, event.seq - 1):  # of several steps in one act the last is told
        before = (Outbox.county_id == case.county_id, Outbox.dedupe_key == _key(view, event.seq - 1, "applicant"))
        tx.session.execute(delete(Outbox).where(*before))
    receiver, key = f"person:{case.applicant_id}", _key(view, event.seq, "applicant")
    return int(
        messages.put(
            tx, county_id=case.county_id, key=key, template="case_applicant", facts=facts, receiver=receiver, language=DEFAULT,
            channel=Channel.SMS,
        )
    )  # fmt: skip


def _told_just_now(tx: Transaction, view: CaseView, seq: int) -> bool:
    """Whether this transaction itself told something of that event."""
    subject = f"case:{view.case.number}"
    return any(verb == PUT and about == subject and facts.get("event") == seq for _chain, _actor, verb, about, facts in tx.records)


# --- the staff ------------------------------------------------------------------------------------------------------------------


def _tell_staff(tx: Transaction, view: CaseView, event: CaseEvent, kind: EventKind) -> int:
    if kind in MOOT:
        _set_aside(tx, view, event, MOOT[kind])
    if kind not in STAFF or (kind is EventKind.SUPPLEMENTED and not (event.payload or {}).get("online")):
        return 0
    if kind is EventKind.HANDED_OFF and (event.payload or {}).get("batch"):
        return 0  # the list as a whole is told, once
    written = 0
    for account_id, (username, language) in sorted(_concerned(tx, view, kind).items()):
        if account_id != event.actor_id:
            written += messages.put(
                tx, county_id=view.case.county_id, key=_key(view, event.seq, username), template="case_staff",
                facts={"number": view.case.number, "event": event.kind}, receiver=username, language=language or DEFAULT,
            )  # fmt: skip
    return written


def _concerned(tx: Transaction, view: CaseView, kind: EventKind) -> dict[int, tuple[str, str | None]]:
    """Who is told: the window that it is sent to; the holder for what comes back and for what an applicant sent; the center's management for
    a filing; the chief and who filed it for one that comes back.
    """
    if kind in (EventKind.SUPPLEMENTED, EventKind.LEG_RETURNED):
        return people_at(view.now.holder_window_id, tx.now)
    if kind is EventKind.HANDED_OFF:
        leg = view.now.legs[-1]
        # an office took it from a window that did not ask for it: that window is told as well (C-24, N-2)
        return people_at(leg.to_window, tx.now) | (people_at(leg.from_window, tx.now) if leg.mark else {})
    people = people_of(view.case.county_id, tx.now)
    whom = set(people.center)
    if kind is EventKind.FILING_RETURNED:
        whom = {row.actor_id for row in view.rows if row.kind == EventKind.FILED and row.actor_id is not None} & people.names.keys()
        whom |= people.chiefs_at(view.version.body_id, view.now.holder_window_id)
    return {account_id: people.names[account_id] for account_id in whom}


def _set_aside(tx: Transaction, view: CaseView, event: CaseEvent, what: EventKind) -> None:
    """What an event asked for was done, by whoever it was: nobody else is still called to it (C-2)."""
    asked = next((row for row in reversed(view.rows[:-1]) if row.kind == what), None)
    if asked is not None:
        keys = [_key(view, asked.seq, username) for username, _language in _concerned(tx, view, what).values()]
        messages.set_aside(tx, view.case.county_id, keys)
