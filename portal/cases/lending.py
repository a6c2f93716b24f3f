"""Pending work goes to who stands in for an absent chief representative when it begins, and comes back when it is over (G-13).

Each move is an event on the case, an act of the office by which the stand-in was appointed or ended; it names both people. Done at the moment
of an appointment or an early end, and each night by a job: asked again, it finds nothing left to do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import or_, select

from portal.accounts.models import StandIn
from portal.audit import Actor, digest, machine, record, row_facts
from portal.authority.models import StandInEnd
from portal.authority.stand_in_queries import stand_in_terms
from portal.cases import queries
from portal.cases.models import Case, CaseEvent
from portal.cases.services import settle, write_projection
from portal.clock import Clock
from portal.database import Transaction, transaction
from portal.rules import projection
from portal.rules.decision import Sort
from portal.rules.lifecycle import EventKind
from portal.rules.moments import civil_date
from portal.rules.stand_ins import Move, MoveWhy, PendingCase, pending_moves


def prepare(tx: Transaction, county_id: int, window_id: int, absent_id: int) -> Callable[[Actor], int]:
    """Lock what may have to move at this window, before the moment is read; the answer moves it (`stand_in_services.pending_work`)."""
    open_here = select(Case).where(Case.county_id == county_id, Case.holder_id == window_id, Case.is_open.is_(True))
    mine = open_here.where(or_(Case.assignee_id == absent_id, Case.lent_by_id.is_not(None)))
    cases: list[Case] = tx.lock(mine.order_by(Case.id))
    return lambda actor: _move(tx, county_id, cases, actor)


def move_pending(county_id: int, clock: Clock) -> str:
    """The job: whatever has to move on this day, in the whole county."""
    with transaction(clock=clock) as tx:
        absent = select(StandIn.absent_id).where(StandIn.county_id == county_id, StandIn.until_on >= clock.today())
        some = select(Case).where(Case.county_id == county_id, Case.is_open.is_(True))
        some = some.where(or_(Case.lent_by_id.is_not(None), Case.assignee_id.in_(absent)))
        cases: list[Case] = tx.lock(some.order_by(Case.id))
        moved = _move(tx, county_id, cases, machine(county_id, "stand-ins"))
        return f"{moved} cases moved"


def _move(tx: Transaction, county_id: int, cases: Sequence[Case], actor: Actor) -> int:
    by_id = {case.id: case for case in cases}
    lent = {case.lent_by_id for case in cases if case.lent_by_id is not None}
    standing = stand_in_terms(county_id, since=civil_date(tx.now), ids=lent)
    pending = [PendingCase(case.id, case.holder_id, case.assignee_id, case.lent_by_id) for case in cases]
    moves = pending_moves(pending, standing, tx.now)
    by = _by_whom(tx, {move.moved_by or by_id[move.case_id].lent_by_id or 0 for move in moves})
    for move in moves:
        _assign(tx, by_id[move.case_id], move, by, actor)
    return len(moves)


def _by_whom(tx: Transaction, stand_in_ids: set[int]) -> dict[tuple[int, MoveWhy], tuple[int, int]]:
    """(stand-in, start or end) → account and office on which the move rests: who appointed it, for the end who ended it early."""
    query = select(StandIn.id, StandIn.appointed_by_id, StandIn.office_id, StandInEnd.ended_by_id, StandInEnd.office_id.label("end_office"))
    query = query.outerjoin(StandInEnd, StandInEnd.stand_in_id == StandIn.id).where(StandIn.id.in_(stand_in_ids))
    found: dict[tuple[int, MoveWhy], tuple[int, int]] = {}
    for row in tx.session.execute(query):
        found[row.id, MoveWhy.START] = (row.appointed_by_id, row.office_id)
        found[row.id, MoveWhy.END] = (row.ended_by_id or row.appointed_by_id, row.end_office or row.office_id)
    return found


def _assign(tx: Transaction, case: Case, move: Move, by: dict[tuple[int, MoveWhy], tuple[int, int]], actor: Actor) -> None:
    view = queries.load(case, tx.now)
    settle(tx, view)
    stand_in_id = move.moved_by or case.lent_by_id
    assert stand_in_id is not None
    account_id, office_id = by[stand_in_id, move.why]
    event = CaseEvent(
        county_id=case.county_id, case_id=case.id, seq=view.now.version + 1, kind=EventKind.ASSIGNED.value, sort=Sort.ACT_OF_OFFICE.value,
        office_id=office_id, actor_id=account_id, window_id=case.holder_id, occurred_at=max(tx.now, view.now.last_at),
        recorded_at=tx.clock.wall(), payload={"from": move.from_id, "to": move.to_id, "stand_in": stand_in_id, "why": move.why.value},
    )  # fmt: skip
    tx.session.add(event)
    now = projection.project([queries.event_of(row) for row in (*view.rows, event)], view.terms, view.calendar)
    write_projection(tx, case, now)
    about: dict[str, Any] = {"event": event.seq, "stand_in": stand_in_id, "digest": digest(row_facts(event))}
    record(tx, actor, "case.assign", f"case:{case.number}", **about)
