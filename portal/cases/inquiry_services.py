"""Inquiries: logged, handed over, answered, turned into a case (C-8). What happened is added and never changed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.accounts.numbers import plain_number
from portal.accounts.queries import SignedIn
from portal.accounts.sealed import RevealReason, cipher
from portal.audit import machine, record
from portal.authority import queries as authority_queries
from portal.cases import inquiry_queries as queries
from portal.cases.inquiry_models import Inquiry, InquiryEntry
from portal.cases.inquiry_queries import PHONE_CONTEXT, InquiryShown
from portal.cases.models import CaseEvent
from portal.cases.queries import CaseView
from portal.cases.warning_queries import people_at
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.i18n import DEFAULT
from portal.network import message_services as messages
from portal.network import queries as network
from portal.rules import inquiries as rules
from portal.rules.authority import Office
from portal.rules.decision import Decision
from portal.rules.inquiries import InquiryState, InquiryStep
from portal.rules.moments import civil_date

MOST_REMINDED = 500  # of a run; the oldest first


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked; about which item and with which phone to call back, where they were said."""

    words: str
    item_id: int | None = None
    phone: str = ""


class UnknownReceiver(Exception):
    """There is no such window or person to hand it to."""


def place_of(inquiry_id: int) -> str:
    """Where an inquiry is read and answered."""
    return f"/inquiries/{inquiry_id}"


def log_inquiry(asked: Asked, window_id: int, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> int:
    """Write down what was asked at one's own window; it is with who was asked first. Returns its id. NotAllowed."""
    with transaction(clock=clock, once=once) as tx:
        rules.may_log_inquiry(actor.window_ids & {window_id}, asked.words).or_raise()
        phone = plain_number(asked.phone)
        row = Inquiry(
            county_id=actor.county_id, window_id=window_id, by_id=actor.account_id, with_window_id=window_id, with_id=actor.account_id,
            item_id=asked.item_id, asked=asked.words, phone_sealed=cipher().seal(phone, PHONE_CONTEXT) if phone else None, asked_at=tx.now,
            due_on=rules.answer_due_on(civil_date(tx.now), network.calendar_of(actor.county_id)), state=InquiryState.OPEN.value, version=1,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        tx.result = place_of(row.id)
        record(tx, actor.actor, "inquiry.log", f"inquiry:{row.id}", window=window_id, item=asked.item_id, phone=bool(phone))
        return row.id


def _locked(tx: Transaction, inquiry_id: int, version: int, actor: SignedIn, clock: Clock) -> InquiryShown:
    """The inquiry as it is now, locked; NotFound where it is not theirs to see, Stale where it went on meanwhile."""
    queries.get_inquiry_for(actor, inquiry_id, clock.now(), clock.today())
    tx.lock(select(Inquiry).where(Inquiry.county_id == actor.county_id, Inquiry.id == inquiry_id))
    found = queries.get_inquiry_for(actor, inquiry_id, tx.now, civil_date(tx.now))
    if found.row.version != version:
        raise Stale(found.row.version)
    return found


def _enter(tx: Transaction, row: Inquiry, step: InquiryStep, actor_id: int, said: str = "", *, to_window_id: int | None = None, to_id: int | None = None, case_id: int | None = None) -> None:  # fmt: skip
    entry = InquiryEntry(
        county_id=row.county_id, inquiry_id=row.id, step=step.value, said=said, to_window_id=to_window_id, to_id=to_id, case_id=case_id,
        by_id=actor_id, done_at=tx.now,
    )  # fmt: skip
    tx.session.add(entry)
    tx.session.flush()
    tx.result = place_of(row.id)


def _key(inquiry_id: int, version: int, username: str) -> str:
    return f"inquiry:{inquiry_id}:{version}:{username}"


def _told(tx: Transaction, row: Inquiry, to_window: int, to_account: int | None) -> int:
    """Tell who has it now, in the app: the person by name, else everybody at the window."""
    people = people_at(to_window, tx.now)
    whom = [to_account] if to_account is not None else sorted(people)
    written = 0
    for username, language in (people[each] for each in whom if each in people):
        written += messages.put(
            tx, county_id=row.county_id, key=_key(row.id, row.version, username), template="inquiry",
            facts={"id": row.id, "due_on": row.due_on.isoformat()}, receiver=username, language=language or DEFAULT,
        )  # fmt: skip
    return written


def hand_over_inquiry(
    inquiry_id: int, to_window: int, to_account: int | None, said: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None
) -> None:
    """Hand it over to a window, or to a person there by name. The day by which it is answered stays. NotFound, NotAllowed, Stale,
    UnknownReceiver.
    """
    with transaction(clock=clock, once=once) as tx:
        found = _locked(tx, inquiry_id, version, actor, clock)
        row, now = found.row, found.now
        today = civil_date(tx.now)
        is_center = any(held.office is Office.CENTER_MANAGEMENT for held in authority_queries.offices_of(actor.account_id, today))
        found_there = queries.receivers(now, tx.now, today, for_center=is_center)
        known = {(one.window.id, one.account.id if one.account else None) for one in found_there}
        rules.may_hand_over_inquiry(
            now, account_id=actor.account_id, windows=actor.window_ids, to_window=to_window, to_account=to_account, is_center=is_center
        ).or_raise()
        if (to_window, to_account) not in known:
            raise UnknownReceiver(f"{to_window}.{to_account}")
        _set_aside(tx, row)
        row.with_window_id, row.with_id, row.version = to_window, to_account, row.version + 1
        _enter(tx, row, InquiryStep.HANDED_OVER, actor.account_id, said, to_window_id=to_window, to_id=to_account)
        told = _told(tx, row, to_window, to_account)
        record(tx, actor.actor, "inquiry.hand_over", f"inquiry:{row.id}", window=to_window, account=to_account, messages=told)


def answer_inquiry(inquiry_id: int, said: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Close it with the answer. NotFound, NotAllowed, Stale."""
    with transaction(clock=clock, once=once) as tx:
        found = _locked(tx, inquiry_id, version, actor, clock)
        row, today = found.row, civil_date(tx.now)
        rules.may_answer_inquiry(found.now, account_id=actor.account_id, windows=actor.window_ids, text=said).or_raise()
        _set_aside(tx, row)
        row.state, row.ended_on, row.version = InquiryState.ANSWERED.value, today, row.version + 1
        _enter(tx, row, InquiryStep.ANSWERED, actor.account_id, said)
        record(tx, actor.actor, "inquiry.answer", f"inquiry:{row.id}", late=today > row.due_on)


def _set_aside(tx: Transaction, row: Inquiry) -> None:
    """It was answered, handed on or became a case: nobody is still called to it."""
    people = people_at(row.with_window_id, tx.now)
    messages.set_aside(tx, row.county_id, [_key(row.id, row.version, username) for username, _language in people.values()])


def link_case(tx: Transaction, view: CaseView, event: CaseEvent) -> None:
    """A case that begins from an inquiry is linked to it: `after_event` of cases. Once; one that was answered before stays answered."""
    wanted, person = dict(event.payload or {}).get("inquiry") if event.seq == 1 else None, view.person
    if not isinstance(wanted, int) or person is None:
        return
    query = select(Inquiry).where(queries.visible(person), Inquiry.id == wanted).with_for_update()
    row = tx.session.scalar(query.execution_options(populate_existing=True))
    if row is None or row.case_id is not None:
        return  # another case was quicker
    if row.state == InquiryState.OPEN:
        _set_aside(tx, row)
        row.state, row.ended_on = InquiryState.BECAME_CASE.value, civil_date(tx.now)
    row.case_id, row.version = view.case.id, row.version + 1
    result = tx.result
    _enter(tx, row, InquiryStep.BECAME_CASE, person.account_id, case_id=view.case.id)
    tx.result = result
    record(tx, person.actor, "inquiry.become_case", f"inquiry:{row.id}", case=view.case.number)


def reveal_phone(inquiry_id: int, reason: RevealReason, *, actor: SignedIn, clock: Clock) -> str:
    """The phone in clear, for whoever has the inquiry; recorded before it is opened, each time (R-2). NotFound, NotAllowed."""
    found = queries.get_inquiry_for(actor, inquiry_id, clock.now(), clock.today())
    may_reveal(found, actor).or_raise()
    if found.row.phone_sealed is None:
        raise NotFound("phone")
    sealed = found.row.phone_sealed
    with transaction(clock=clock) as tx:
        record(tx, actor.actor, "reveal", f"inquiry:{inquiry_id}", field="phone", reason=reason.value)
    return cipher().open(sealed, PHONE_CONTEXT)


def may_reveal(found: InquiryShown, actor: SignedIn) -> Decision:
    """May this person open the phone? Whoever has the inquiry, to call back."""
    return rules.may_answer_inquiry(found.now, account_id=actor.account_id, windows=actor.window_ids)


# --- reminders ------------------------------------------------------------------------------------------------------------------------


def remind(county_id: int, clock: Clock) -> str:
    """Tell who has an inquiry that is due today or late, once a day; says how many messages. Repeated, it writes nothing twice (C-8)."""
    with transaction(clock=clock) as tx:
        today = civil_date(tx.now)
        open_now = (Inquiry.county_id == county_id, Inquiry.state == InquiryState.OPEN.value, Inquiry.due_on <= today)
        rows = list(tx.session.scalars(select(Inquiry).where(*open_now).order_by(Inquiry.due_on, Inquiry.id).limit(MOST_REMINDED)))
        people = {window_id: people_at(window_id, tx.now) for window_id in {row.with_window_id for row in rows}}
        written = 0
        for row in rows:
            here = people[row.with_window_id]
            whom = [row.with_id] if row.with_id in here else sorted(here)
            for username, language in (here[each] for each in whom if each is not None):
                written += messages.put(
                    tx, county_id=county_id, key=f"inquiry:{row.id}:{today.isoformat()}:{username}", template="inquiry_due",
                    facts={"id": row.id, "due_on": row.due_on.isoformat()}, receiver=username, language=language or DEFAULT,
                )  # fmt: skip
        if rows:
            record(tx, machine(county_id, "jobs"), "inquiry.remind", f"county:{county_id}", on=today, messages=written)
    return f"{written} about inquiries"
