"""Cases sent together with one list: sent all or none, received in whole or in part, recalled; one transaction each, one event a case (C-6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from portal.accounts.queries import SignedIn
from portal.audit import record
from portal.authority import queries as authority_queries
from portal.cases import batch_queries, queries
from portal.cases.batch_models import Batch, BatchRow
from portal.cases.leg_services import ENDS
from portal.cases.models import Case, CaseEvent
from portal.cases.queries import CaseView
from portal.cases.services import Open, hand_off_opened, lock_clauses, opened, papers_listed
from portal.cases.warning_queries import people_at
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.i18n import DEFAULT
from portal.network import message_services as messages
from portal.network import queries as network
from portal.network.models import County
from portal.rules import batches as rules
from portal.rules.authority import Act, Authority
from portal.rules.batches import RowState
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.lifecycle import EventKind
from portal.rules.moments import civil_date


class RowRefused(NotAllowed):
    """A case that cannot be put on the list; nothing was sent."""

    def __init__(self, number: str, decision: Decision) -> None:
        super().__init__(decision)
        self.number = number


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case of a list: the Decision says why nothing was done with it."""

    number: str
    decision: Decision

    @property
    def is_done(self) -> bool:
        return self.decision.allowed


def address_of(number: str) -> str:
    """Where a list is read."""
    return f"/batches/{number}"


def send(
    window_id: int, to_window: int, chosen: Sequence[tuple[str, int]], reason: str = "", *, actor: SignedIn, clock: Clock,
    once: Once | None = None,
) -> Batch:  # fmt: skip
    """Send cases (number and version each) that one window holds to another with one list; all of them or none.

    Stale where one of them has changed, RowRefused with the case that cannot go there, NotFound where one does not exist for the person.
    """
    with transaction(clock=clock, once=once) as tx:
        rules.may_send_together(len(chosen)).or_raise()
        versions = dict(chosen)
        query = select(Case).where(Case.number.in_(list(versions)), queries.sees(actor, clock.today())).order_by(Case.id)
        cases: list[Case] = tx.lock(query)
        if len(cases) != len(versions):
            raise NotFound("a case of the list")
        if any(case.version != versions[case.number] for case in cases):
            raise Stale(max(case.version for case in cases))
        lock_clauses(tx, [window_id, to_window])
        held = authority_queries.held_by(actor.account_id, window_id, tx=tx)
        on = civil_date(tx.now)
        county = tx.session.get_one(County, actor.county_id)
        number = f"{county.code}-P{on:%Y%m%d}-{network.next_number(tx, county.id, f'batch-{on:%m%d}', on.year):03d}"
        batch = Batch(
            county_id=county.id, number=number, from_window_id=window_id, to_window_id=to_window, reason=reason, sent_by_id=actor.account_id,
            sent_at=tx.now,
        )  # fmt: skip
        tx.session.add(batch)
        tx.session.flush()
        by_number = {case.number: case for case in cases}
        known: dict[int, Any] = {}
        for seq, case_number in enumerate(versions, 1):
            case = by_number[case_number]
            leg_seq = _send_one(tx, case, held, actor, to_window, reason, number, known)
            tx.session.add(BatchRow(county_id=county.id, batch_id=batch.id, seq=seq, case_id=case.id, leg_seq=leg_seq))
        tx.session.flush()
        _tell(tx, batch, len(versions), actor)
        tx.result = address_of(number)
        record(tx, actor.actor, "batch.send", f"batch:{number}", cases=len(versions), to=to_window)
        return batch


def _send_one(
    tx: Transaction, case: Case, held: Authority, actor: SignedIn, to_window: int, reason: str, batch: str, known: dict[int, Any]
) -> int:
    """Send one case of a list; the seq of its leg."""
    try:
        if held.window is None or case.holder_id != held.window.id:
            raise NotAllowed(Decision.no(Reason.NOT_THE_HOLDER, rule="C-6", act=Act.HAND_OFF.value, holder=case.holder_id))
        at = opened(tx, case, Act.HAND_OFF, held, actor)
        here = {str(material["code"]) for material in at.now.materials if material.get("got")}
        hand_off_opened(at, to_window, reason, papers_listed(at.now, here), batch, known)
        return at.now.legs[-1].seq
    except NotAllowed as refusal:
        raise RowRefused(case.number, refusal.decision) from refusal


@contextmanager
def _locked(number: str, version: int, side: str, *, actor: SignedIn, clock: Clock, once: Once | None) -> Iterator[tuple[Transaction, Batch, list[batch_queries.Row], Authority]]:
    """A list and its cases, locked, read as they are now, with what the person holds at its window (`from` or `to`)."""
    with transaction(clock=clock, once=once) as tx:
        seen = batch_queries.batch_for(actor, number)
        batch: Batch = tx.lock(select(Batch).where(Batch.id == seen.id))[0]
        of_batch = select(BatchRow.case_id).where(BatchRow.batch_id == batch.id)
        tx.lock(select(Case).where(Case.id.in_(of_batch)).order_by(Case.id))
        window_id = batch.from_window_id if side == "from" else batch.to_window_id
        lock_clauses(tx, [window_id])
        held = authority_queries.held_by(actor.account_id, window_id, tx=tx)
        rows = batch_queries.rows_of(batch.id)
        states = [row.state for row in rows]
        if rules.version_of(states) != version:
            raise Stale(rules.version_of(states))
        ask = rules.may_recall_together if side == "from" else rules.may_receive_together
        ask(states, window_id, actor.window_ids).or_raise()
        tx.result = address_of(number)
        yield tx, batch, rows, held


def receive(
    number: str, chosen: Collection[str] | None = None, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None
) -> list[Result]:
    """Receive the cases of a list, or those of these numbers; the rest stays under way. Says what came of each.

    NotAllowed where none of them can be received.
    """
    with _locked(number, version, "to", actor=actor, clock=clock, once=once) as (tx, batch, rows, held):
        wanted = [row for row in rows if row.state is RowState.UNDER_WAY and (chosen is None or row.case.number in chosen)]
        if not wanted:
            raise NotAllowed(Decision.no(Reason.BATCH_EMPTY, rule="C-6"))
        assert held.window is not None
        level = held.window.level.value
        return _each(tx, batch, wanted, Act.RECEIVE, held, actor, lambda at, permission: at.append(permission, {"level": level}))


def recall(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> list[Result]:
    """Take back every case of a list that nobody has received. Says what came of each."""
    with _locked(number, version, "from", actor=actor, clock=clock, once=once) as (tx, batch, rows, held):
        wanted = [row for row in rows if row.state is RowState.UNDER_WAY]
        return _each(tx, batch, wanted, Act.RECALL, held, actor, lambda at, permission: at.append(permission))


def _each(
    tx: Transaction, batch: Batch, rows: Sequence[batch_queries.Row], act: Act, held: Authority, actor: SignedIn,
    do: Callable[[Open, Decision], object],
) -> list[Result]:  # fmt: skip
    """Do an act with each case under its own Decision; one that may not stays where it is."""
    results = []
    for row in rows:
        at = opened(tx, row.case, act, held, actor)
        permission = at.view.may(act)
        if permission:
            do(at, permission)
        results.append(Result(row.case.number, permission))
    if not any(result.is_done for result in results):
        raise NotAllowed(results[0].decision)
    tx.result = address_of(batch.number)
    done = sum(result.is_done for result in results)
    record(tx, actor.actor, f"batch.{act.value}", f"batch:{batch.number}", cases=done, left=len(results) - done)
    return results


def after_event(tx: Transaction, view: CaseView, event: CaseEvent) -> None:
    """The last case of a list ended, one by one or together: nobody is called to the list any more."""
    if EventKind(event.kind) not in ENDS:
        return
    sent = {leg.seq for leg in view.now.legs if leg.ended_at == event.occurred_at}
    number = next((row.payload["batch"] for row in view.rows if row.seq in sent and row.payload.get("batch")), None)
    if number is None or batch_queries.count_under_way(view.case.county_id, number):
        return
    batch = batch_queries.batch_of(view.case.county_id, number)
    messages.set_aside(tx, batch.county_id, [_key(batch, name) for name, _language in people_at(batch.to_window_id, tx.now).values()])


def _key(batch: Batch, username: str) -> str:
    return f"batch:{batch.id}:{username}"


def _tell(tx: Transaction, batch: Batch, cases: int, actor: SignedIn) -> None:
    """One message for the whole list to everybody at the window that gets it."""
    for account_id, (username, language) in sorted(people_at(batch.to_window_id, tx.now).items()):
        if account_id != actor.account_id:
            messages.put(
                tx, county_id=batch.county_id, key=_key(batch, username), template="batch", facts={"number": batch.number, "cases": cases},
                receiver=username, language=language or DEFAULT,
            )  # fmt: skip
