"""What is kept of the mail-room index is written here and nowhere else: once a case, in the transaction in which it closes (G-8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from portal.audit import machine, record
from portal.cases.queries import CaseView
from portal.clock import Clock
from portal.database import Transaction, db, is_sqlite, transaction
from portal.rules.mailroom import ClosedCase, Group, GroupKind, case_indices
from portal.supervision import queries
from portal.supervision.models import MailRoomCase, MailRoomMonth, MailRoomStay, MailRoomTransfer
from portal.supervision.queries import CaseFacts

BATCH = 100  # cases counted in one transaction by the job: a window's act waits no longer than for one of its own kind


def count_closing(tx: Transaction, view: CaseView) -> None:
    """Count a case that closes now: `after_closing` of cases. The record has it as the act that closed the case."""
    _write(tx, view.case.county_id, queries.facts_of(view.case.county_id, [view.case]))


def _write(tx: Transaction, county_id: int, facts: Sequence[CaseFacts]) -> None:
    """Put the facts of these cases down, and add them to the counters of their months."""
    months: dict[date, list[ClosedCase]] = {}
    for each in facts:
        case = each.closed
        months.setdefault(each.month_on, []).append(case)
        tx.session.add(MailRoomCase(county_id=county_id, case_id=case.id, month_on=each.month_on, body_id=case.body_id))
        for window_id, point_id in each.held_at.items():
            tx.session.add(MailRoomStay(county_id=county_id, case_id=case.id, window_id=window_id, point_id=point_id))
        for leg in each.counted:
            sent = MailRoomTransfer(
                county_id=county_id, case_id=case.id, leg_seq=leg.leg_seq, why=leg.transfer.why.value, power=leg.power.value,
                window_id=leg.transfer.window_id, point_id=leg.transfer.point_id, body_id=case.body_id, month_on=each.month_on,
            )  # fmt: skip
            tx.session.add(sent)
    tx.session.flush()
    for month_on in sorted(months):
        sums = counted(months[month_on])
        for group in sorted(sums, key=_order):  # one by one, so that the order in which they are locked is ours on both engines
            tx.session.execute(_added(county_id, month_on, group, sums[group]))


def _order(group: Group) -> tuple[int, int]:
    """The county's counter of a month is locked first: whoever counts in that month waits there, holding nothing of it."""
    return list(GroupKind).index(group.kind), group.id


def _added(county_id: int, month_on: date, group: Group, sums: tuple[int, int, int]) -> Any:
    n, missing, despite = sums
    insert: Any = (sqlite.insert if is_sqlite() else postgresql.insert)(MailRoomMonth).values(
        county_id=county_id, month_on=month_on, kind=group.kind.value, group_id=group.id, n=n, missing=missing, despite=despite
    )
    more = {name: getattr(MailRoomMonth, name) + insert.excluded[name] for name in ("n", "missing", "despite")}
    return insert.on_conflict_do_update(index_elements=["county_id", "month_on", "kind", "group_id"], set_=more)


def counted(cases: Iterable[ClosedCase]) -> dict[Group, tuple[int, int, int]]:
    """What these cases add to the counters: n, missing, despite of each group."""
    return {group: (index.missing.n, index.missing.count, index.despite.count) for group, index in case_indices(cases).items()}


def count_uncounted(county_id: int, clock: Clock) -> str:
    """The job `mail-room`: count the cases that closed before anything counted them. Safe to repeat; says how many it counted."""
    total = 0
    while True:
        facts = queries.facts_of(county_id, queries.uncounted(county_id, BATCH))  # read before the queue is entered: it takes a while
        if not facts:
            return f"{total} closed cases counted"
        with transaction(clock=clock) as tx:
            ids = [each.closed.id for each in facts]
            known = set(tx.session.scalars(sa.select(MailRoomCase.case_id).where(MailRoomCase.case_id.in_(ids))))
            fresh = [each for each in facts if each.closed.id not in known]
            _write(tx, county_id, fresh)
            record(tx, machine(county_id, "mail-room"), "mail_room.count", f"county:{county_id}", cases=len(fresh))
        total += len(fresh)
        db.session.expunge_all()


def recount(county_id: int) -> list[str]:
    """Where the counters are not what the kept facts add up to; nothing is written. For `flask check` and tests."""
    wrong = []
    for month_on in queries.kept_months(county_id):
        kept, told = queries.counters(county_id, month_on), counted(queries.kept_cases(county_id, month_on))
        for group in sorted(kept.keys() | told.keys(), key=_order):
            if kept.get(group) != told.get(group):
                wrong.append(f"{month_on:%Y-%m} {group.kind} {group.id}: {kept.get(group)} kept, {told.get(group)} counted")
    return wrong
