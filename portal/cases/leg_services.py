"""Reminders of legs that nobody received: each once, however often and by however many it is run (C-6)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from portal.audit import machine, record
from portal.cases import leg_queries as queries
from portal.cases.models import Case, CaseEvent, Leg
from portal.cases.queries import CaseView, leg_limits
from portal.cases.warning_queries import People, people_of
from portal.clock import Clock
from portal.database import Transaction, db, transaction
from portal.i18n import DEFAULT
from portal.network import message_services as messages
from portal.network import queries as network
from portal.network.message_queries import known_keys
from portal.rules import leg_clock
from portal.rules.leg_clock import Notice
from portal.rules.lifecycle import EventKind
from portal.rules.moments import civil_date

ENDS = frozenset({EventKind.RECEIVED, EventKind.LEG_RECEIVED, EventKind.LEG_RETURNED, EventKind.RECALLED, EventKind.HANDED_OFF})
"""What ends a leg that was under way; an office's handoff calls it back."""


def remind(county_id: int, clock: Clock) -> str:
    """Write the reminders of unreceived legs that are not written yet; says how many.

    Killed halfway, the next start writes the rest; two at once write each once, since leg, notice and person make its key. The cases are
    locked while theirs are written: what is received in that moment is received before or after, never reminded of afterwards.
    """
    now = clock.now()
    today = civil_date(now)
    people = people_of(county_id, now)
    calendar, limits = network.calendar_of(county_id), leg_limits(county_id, today)
    written, after = 0, 0
    while batch := queries.legs_to_remind(county_id, today, after):
        after = batch[-1][0]
        db.session.rollback()
        with transaction(clock=clock) as tx:
            tx.lock(select(Case).where(Case.id.in_({case_id for _leg_id, case_id in batch})).order_by(Case.id))
            wanted: dict[str, tuple[Leg, Case, Notice, int]] = {}
            for leg, case in queries.still_under_way(county_id, today, [leg_id for leg_id, _case_id in batch]):
                charged_on, _charge = queries.charge_of(leg, today, calendar, limits)
                for notice, account_id in _told(leg, leg_clock.notices(leg.due_on, charged_on, today), people):
                    wanted[key_of(leg.case_id, leg.seq, notice, people.names[account_id][0])] = (leg, case, notice, account_id)
            known = known_keys(county_id, wanted)
            new = [_write(tx, key, *wanted[key], people) for key in sorted(wanted) if key not in known]
            if any(new):
                record(tx, machine(county_id, "jobs"), "remind_legs", f"county:{county_id}", on=today, messages=sum(new))
            written += sum(new)
    return f"{written} reminders"


def key_of(case_id: int, seq: int, notice: Notice, username: str) -> str:
    """What makes a reminder one: the leg, what is told, and the person."""
    return f"leg:{case_id}:{seq}:{notice.value}:{username}"


def _told(leg: Any, notices: tuple[Notice, ...], people: People) -> list[tuple[Notice, int]]:
    """Who is told what of a leg: both ends are reminded, the center is told of what is charged."""
    windows = {Notice.SENDER: leg.from_window_id, Notice.RECEIVER: leg.to_window_id}
    found = []
    for notice in notices:
        whom = people.center if notice is Notice.CHARGED else people.at_window.get(windows[notice], set())
        found += [(notice, account_id) for account_id in sorted(whom)]
    return found


def _write(tx: Transaction, key: str, leg: Leg, case: Case, notice: Notice, account_id: int, people: People) -> bool:
    username, language = people.names[account_id]
    facts = {"number": case.number, "notice": notice.value, "sent_on": civil_date(leg.sent_at).isoformat()}
    return messages.put(
        tx, county_id=case.county_id, key=key, template="leg", facts=facts, receiver=username, language=language or DEFAULT
    )


def after_event(tx: Transaction, view: CaseView, event: CaseEvent) -> None:
    """A late leg that ended calls nobody any more: its reminders are read."""
    if EventKind(event.kind) not in ENDS:
        return
    late = [leg for leg in view.now.legs if leg.ended_at == event.occurred_at and civil_date(event.occurred_at) > leg.due_on]
    if not late:
        return
    people = people_of(view.case.county_id, tx.now)
    for leg in late:
        whom = people.center | people.at_window.get(leg.from_window, set()) | people.at_window.get(leg.to_window, set())
        keys = [key_of(view.case.id, leg.seq, notice, people.names[account_id][0]) for notice in Notice for account_id in sorted(whom)]
        messages.set_aside(tx, view.case.county_id, keys)
