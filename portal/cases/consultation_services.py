"""Asking another window for assistance or an opinion, and answering: the case stays where it is (C-21)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from portal.accounts.queries import SignedIn
from portal.audit import record
from portal.authority import queries as authority_queries
from portal.cases import consultation_queries, queries
from portal.cases.consultation_models import Consultation, ConsultationAnswer
from portal.cases.models import Case, CaseWindow
from portal.cases.queries import CaseView
from portal.cases.services import address_of, settle
from portal.cases.warning_queries import people_at
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.i18n import DEFAULT
from portal.network import message_services as messages
from portal.rules import consultations as rules
from portal.rules.consultations import Asked


def _locked(tx: Transaction, number: str, actor: SignedIn, clock: Clock) -> CaseView:
    """The case, locked, as it is at the moment of the transaction; NotFound where it does not exist for the person."""
    seen = queries.case_for(actor, number, clock.today())
    case: Case = tx.lock(select(Case).where(Case.id == seen.id))[0]
    view = queries.load(case, tx.now)
    settle(tx, view)
    return view


def ask(
    number: str, kind: Asked, window_id: int, question: str, due_on: date | None, *, version: int, actor: SignedIn, clock: Clock,
    once: Once | None = None,
) -> Consultation:  # fmt: skip
    """Ask another window about a case that one's own window holds; the asked window sees it from now on. NotAllowed, NotFound, Stale."""
    with transaction(clock=clock, once=once) as tx:
        view = _locked(tx, number, actor, clock)
        case = view.case
        if case.version != version:
            raise Stale(case.version)
        rules.may_ask(view.now, actor.window_ids).or_raise()
        if window_id not in authority_queries.windows(case.county_id, view.today):
            raise NotFound(f"window {window_id}")
        rules.may_ask_so(view.now, window_id, question, due_on, view.today).or_raise()
        assert due_on is not None
        row = Consultation(
            county_id=case.county_id, case_id=case.id, kind=kind.value, from_window_id=case.holder_id, window_id=window_id, question=question,
            due_on=due_on, asked_by_id=actor.account_id, asked_at=tx.now,
        )  # fmt: skip
        tx.session.add(row)
        known = tx.session.scalar(select(CaseWindow.id).where(CaseWindow.case_id == case.id, CaseWindow.window_id == window_id))
        if known is None:
            tx.session.add(CaseWindow(county_id=case.county_id, case_id=case.id, window_id=window_id))
        tx.session.flush()
        _tell(tx, case, row, "asked", window_id, actor)
        tx.result = address_of(number) + "/consultations"
        record(tx, actor.actor, "case.ask", f"case:{number}", consultation=row.id, asked=kind.value, window=window_id)
        return row


def answer(number: str, consultation_id: int, said: str, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Answer a question that one's own window was asked. NotAllowed where it was not, or where it is answered."""
    with transaction(clock=clock, once=once) as tx:
        view = _locked(tx, number, actor, clock)
        case = view.case
        row, is_answered = consultation_queries.question_of(case.id, consultation_id)
        rules.may_answer(view.now, row.window_id, actor.window_ids, is_answered=is_answered).or_raise()
        rules.may_answer_so(said).or_raise()
        tx.session.add(
            ConsultationAnswer(
                county_id=case.county_id, consultation_id=row.id, said=said, answered_by_id=actor.account_id, answered_at=tx.now
            )
        )
        tx.session.flush()
        messages.set_aside(tx, case.county_id, [_key(row, "asked", name) for name, _language in people_at(row.window_id, tx.now).values()])
        _tell(tx, case, row, "answered", case.holder_id, actor)
        tx.result = address_of(number) + "/consultations"
        record(tx, actor.actor, "case.answer", f"case:{number}", consultation=row.id)


def _key(row: Consultation, what: str, username: str) -> str:
    return f"consultation:{row.id}:{what}:{username}"


def _tell(tx: Transaction, case: Case, row: Consultation, what: str, window_id: int, actor: SignedIn) -> None:
    """Everybody at a window but who acts; what was asked stands on the page, not in the message (C-18)."""
    for account_id, (username, language) in sorted(people_at(window_id, tx.now).items()):
        if account_id != actor.account_id:
            messages.put(
                tx, county_id=case.county_id, key=_key(row, what, username), template="consultation",
                facts={"number": case.number, "what": what, "due_on": row.due_on.isoformat()}, receiver=username, language=language or DEFAULT,
            )  # fmt: skip
