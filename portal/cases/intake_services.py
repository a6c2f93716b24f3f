"""Findings of double intake: opened from a list or by hand, answered by the body, closed by the center (C-15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.accounts.queries import SignedIn
from portal.audit import Actor, record
from portal.authority import queries as authority_queries
from portal.cases import intake_queries as queries
from portal.cases.intake_models import IntakeFinding, IntakeStep
from portal.clock import Clock
from portal.database import Once, Transaction, transaction
from portal.imports import Column, Outcome, RowFault, RowReader, Table, Why, shown
from portal.network import queries as network
from portal.rules import double_intake as rules
from portal.rules.decision import NotAllowed
from portal.rules.double_intake import FindingState, Source
from portal.rules.moments import civil_date

COLUMNS = (
    Column("number", "证照或办件编号", "證照或辦件編號", must=True),
    Column("body", "部门编码", "部門編碼", must=True),
    Column("item", "事项编码", "事項編碼"),
    Column("dated_on", "日期", "日期"),
    Column("said", "说明", "說明", lines=True),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of a matter that a body seems to have taken in beside the network."""

    body_id: int
    source: Source
    number: str = ""
    item_id: int | None = None
    dated_on: date | None = None
    said: str = ""


def place_of(finding_id: int) -> str:
    """Where a finding is read, answered and closed."""
    return f"/manage/double-intake/{finding_id}"


def _opener(tx: Transaction, actor: Actor) -> int:
    """The office by which this person opens findings, held at this moment; NotAllowed otherwise."""
    if actor.account_id is None:
        raise NotAllowed(rules.may_open_finding(()))
    permission = rules.may_open_finding(authority_queries.offices_of(actor.account_id, civil_date(tx.now))).or_raise()
    assert permission.by is not None and permission.by.office is not None
    return permission.by.office


def _add(tx: Transaction, found: Found, office_id: int, actor: Actor) -> IntakeFinding:
    assert actor.account_id is not None
    today = civil_date(tx.now)
    row = IntakeFinding(
        county_id=actor.county_id, body_id=found.body_id, item_id=found.item_id, source=found.source.value, number=found.number or None,
        dated_on=found.dated_on, said=found.said, found_at=tx.now, found_by_id=actor.account_id, office_id=office_id,
        due_on=rules.answer_due_on(today, network.calendar_of(actor.county_id)), state=FindingState.OPEN.value,
    )  # fmt: skip
    tx.session.add(row)
    tx.session.flush()
    return row


class AlreadyFound(Exception):
    """This body has a finding of this number already."""


def open_finding(found: Found, *, actor: Actor, clock: Clock, once: Once | None = None) -> int:
    """Open a finding by hand; returns its id. NotAllowed, AlreadyFound."""
    with transaction(clock=clock, once=once) as tx:
        network.next_number(tx, actor.county_id, "intake-finding", civil_date(tx.now).year)  # one after the other: none twice
        office_id = _opener(tx, actor)
        if found.number and queries.numbers_found(actor.county_id, {(found.body_id, found.number)}):
            raise AlreadyFound(found.number)
        row = _add(tx, found, office_id, actor)
        record(tx, actor, "double_intake.open", f"finding:{row.id}", source=row.source, body=row.body_id, office=office_id)
        tx.result = place_of(row.id)
        return row.id


# --- from a list ----------------------------------------------------------------------------------------------------------------------


class _NotKept(Exception):
    """Ends the transaction with nothing written."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def import_findings(table: Table, *, is_trial: bool, actor: Actor, clock: Clock, once: Once | None = None) -> Outcome:
    """Open a finding for each number of a list that no case has; one that is a finding already is left as it is. With a fault nothing is
    kept. A trial does the same and keeps nothing. NotAllowed for who may open none.
    """
    try:
        with transaction(clock=clock, once=None if is_trial else once) as tx:
            network.next_number(tx, actor.county_id, "intake-finding", civil_date(tx.now).year)
            office_id = _opener(tx, actor)
            outcome, wanted = _read(actor.county_id, table)
            if outcome.faults or is_trial:
                raise _NotKept(outcome)
            for found in wanted:
                _add(tx, found, office_id, actor)
            record(
                tx, actor, "double_intake.import", f"county:{actor.county_id}", rows=outcome.rows, findings=len(wanted), office=office_id
            )
            tx.result = "/manage/double-intake"
            return Outcome(outcome.rows, outcome.new, outcome.unchanged, is_kept=True)
    except _NotKept as end:
        return end.outcome


def _read(county_id: int, table: Table) -> tuple[Outcome, list[Found]]:
    """What the rows say: which are to become findings, and what is wrong."""
    faults: list[RowFault] = list(table.faults)
    bodies = {body.code: body.id for body in network.bodies_by_id(county_id).values()}
    items = queries.items_by_code(county_id)
    rows: list[Found] = []
    lines: dict[tuple[int, str], int] = {}
    for row in table.rows:
        cell = RowReader(row, faults)
        number, code, item = cell.text("number", 80, must=True), cell.text("body", 40, must=True), cell.text("item", 40)
        found = Found(
            bodies.get(code, 0), Source.IMPORT, number, items.get(item), cell.day("dated_on"), cell.text("said", 500)
        )  # fmt: skip
        if code and not found.body_id:
            cell.wrong("body", Why.UNKNOWN, text=shown(code))
        if item and found.item_id is None:
            cell.wrong("item", Why.UNKNOWN, text=shown(item))
        name = (found.body_id, number)
        if number and name in lines:
            cell.wrong("number", Why.TWICE, text=shown(number), line=lines[name])
        lines.setdefault(name, row.line)
        if cell.is_fine:
            rows.append(found)
    known = queries.numbers_with_a_case(county_id, [found.number for found in rows])
    there = queries.numbers_found(county_id, {(found.body_id, found.number) for found in rows})
    wanted = [found for found in rows if found.number not in known and (found.body_id, found.number) not in there]
    is_wanted = {(found.body_id, found.number) for found in wanted}
    left = tuple(found.number for found in rows if (found.body_id, found.number) not in is_wanted)
    faults.sort(key=lambda fault: fault.line)
    return Outcome(len(table.rows), tuple(found.number for found in wanted), left, tuple(faults)), wanted


# --- answering and closing --------------------------------------------------------------------------------------------------------------


def _locked(tx: Transaction, actor: SignedIn, finding_id: int, clock: Clock) -> IntakeFinding:
    seen = queries.get_finding_for(actor, finding_id, clock.now(), clock.today())
    row: IntakeFinding = tx.lock(select(IntakeFinding).where(IntakeFinding.id == seen.row.id))[0]
    return row


def _step(tx: Transaction, row: IntakeFinding, step: FindingState, said: str, actor: SignedIn) -> None:
    row.state = step.value
    tx.session.add(
        IntakeStep(county_id=row.county_id, finding_id=row.id, step=step.value, said=said, by_id=actor.account_id, done_at=tx.now)
    )
    tx.session.flush()
    tx.result = place_of(row.id)


def answer_finding(finding_id: int, said: str, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Answer for the body: its head, or one of its chief representatives. NotFound, NotAllowed."""
    with transaction(clock=clock, once=once) as tx:
        row = _locked(tx, actor, finding_id, clock)
        today = civil_date(tx.now)
        permission = rules.may_answer_finding(
            FindingState(row.state), row.body_id, offices=authority_queries.offices_of(actor.account_id, today),
            chief_of=queries.chief_of(actor.account_id, tx.now), text=said,
        ).or_raise()  # fmt: skip
        row.answered_on = today
        _step(tx, row, FindingState.ANSWERED, said, actor)
        office = permission.by.office if permission.by else None
        record(tx, actor.actor, "double_intake.answer", f"finding:{row.id}", late=today > row.due_on, office=office)


def close_finding(finding_id: int, outcome: FindingState, said: str, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Uphold or dismiss a finding, as the center's management. NotFound, NotAllowed."""
    if not outcome.is_closed:
        raise ValueError(outcome)
    with transaction(clock=clock, once=once) as tx:
        row = _locked(tx, actor, finding_id, clock)
        today = civil_date(tx.now)
        permission = rules.may_close_finding(
            FindingState(row.state), outcome, row.due_on, today, offices=authority_queries.offices_of(actor.account_id, today), text=said
        ).or_raise()  # fmt: skip
        _step(tx, row, outcome, said, actor)
        assert permission.by is not None
        record(tx, actor.actor, f"double_intake.{outcome.value}", f"finding:{row.id}", office=permission.by.office)
