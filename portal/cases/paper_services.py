"""The papers of a case are written in the transaction of the act that makes them (C-3, C-9, G-7). There is no act that makes a paper alone."""

from __future__ import annotations

from typing import Any

from portal.audit import digest, machine, record, row_facts
from portal.authority import queries as authority_queries
from portal.cases.models import CaseEvent
from portal.cases.paper_models import CasePaper
from portal.cases.queries import CaseView
from portal.cases.services import new_tracking_code
from portal.database import Transaction
from portal.network import queries as network
from portal.rules.clauses import BodyId, ClauseTerms
from portal.rules.moments import civil_date
from portal.rules.papers import PaperKind, may_issue_paper, paper_number, papers_of


def after_event(tx: Transaction, view: CaseView, event: CaseEvent) -> None:
    """Issue the papers that an event makes, each with its number, its code and the logged use of its seal; NotAllowed where none may be used."""
    kinds = papers_of(event.kind, event.payload, is_first=event.seq == 1)
    if not kinds:
        return
    clause = _clause_of(view, event)
    for kind in kinds:
        _issue(tx, view, event, kind, clause)


def _clause_of(view: CaseView, event: CaseEvent) -> ClauseTerms | None:
    """The clause under which the event was done; none for acts of office and of the applicant, and for effects of law."""
    if event.clause_id is None:
        return None
    held = view.held.clauses if view.held is not None else ()
    known = next((clause for clause in held if clause.id == event.clause_id), None)
    return known or authority_queries.clauses(event.county_id, clause_ids=[event.clause_id])[0]


def _issue(tx: Transaction, view: CaseView, event: CaseEvent, kind: PaperKind, clause: ClauseTerms | None) -> None:
    case = view.case
    actor = view.person.actor if view.person is not None and event.actor_id is not None else machine(case.county_id, "law")
    use, decision = may_issue_paper(kind, clause, view.item)
    decision.or_raise()
    number = None
    if use is not None:
        body = network.bodies_by_id(case.county_id)[use.body_id]
        year = civil_date(event.occurred_at).year
        number = paper_number(body.paper_prefix, kind, year, _serial(tx, view, event, kind, use.body_id, year))
        record(tx, actor, "use_seal", f"case:{case.number}", seal=use.seal.value, body=body.code, paper=number)
    row = CasePaper(
        county_id=case.county_id,
        case_id=case.id,
        seq=event.seq,
        kind=kind.value,
        number=number,
        code=new_tracking_code(),
        seal=None if use is None else use.seal.value,
        seal_body_id=None if use is None else use.body_id,
        issued_at=tx.now,
        issued_by_id=event.actor_id,
        told=_told(view),
    )
    tx.session.add(row)
    tx.session.flush()
    record(tx, actor, "paper.issue", f"case:{case.number}", kind=kind.value, paper=row.id, digest=digest(row_facts(row)))


def _serial(tx: Transaction, view: CaseView, event: CaseEvent, kind: PaperKind, body_id: BodyId, year: int) -> int:
    """The paper's place in the year of its body and kind. Decisions and refusals are counted together, and the act has counted already, but
    where another body than the item's own speaks (a bureau with powers concentrated): its decisions are counted with its own.
    """
    if kind not in (PaperKind.DECISION, PaperKind.REFUSAL):
        return network.next_number(tx, event.county_id, f"paper-{kind.value}-{body_id}", year)
    given = event.payload.get("number")
    if isinstance(given, int) and body_id == view.item.body_id:
        return given
    return network.next_number(tx, event.county_id, f"decision-{body_id}", year)


def _told(view: CaseView) -> dict[str, Any]:
    """The dates that the paper tells: a calendar that changes later changes no paper that was handed out."""
    now = view.now
    days = {"promised": now.promised_due_on, "statutory": now.statutory_due_on, "delivery": now.delivery_due_on}
    return {name: day.isoformat() for name, day in days.items() if day is not None} | {"provisional": now.provisional}
