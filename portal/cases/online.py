"""A case that its applicant sends: an act of the applicant (G-2), received in the moment in which it was sent where the window holds accept (C-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Person
from portal.audit import Actor, digest, record, row_facts
from portal.authority.models import Clause
from portal.cases import apply_queries, queries, services
from portal.cases.models import Case, CaseEvent
from portal.clock import Clock
from portal.database import Transaction
from portal.network import queries as network
from portal.network.models import County, Window
from portal.rules.decision import Sort
from portal.rules.lifecycle import EventKind, State
from portal.rules.moments import civil_date


def lock_takers(tx: Transaction, point_id: int) -> None:
    """Lock the clauses of a point's windows, before the moment is read: none of them ends between the choice of the window and the event."""
    windows = select(Window.id).where(Window.point_id == point_id)
    tx.lock(select(Clause).where(Clause.window_id.in_(windows)).order_by(Clause.id), share=True)


def register_online(
    tx: Transaction, county: County, item_code: str, person: Person, materials: Sequence[Mapping[str, object]], point_id: int,
    amount_fen: int | None, clock: Clock, *, actor: Actor,
) -> Case:  # fmt: skip
    """Make a case of what an applicant sends to a point: received by its window that holds accept, else collected (C-1). The new case.

    Raises NotAllowed where the point cannot take it, NotFound for an unknown item. Who calls has asked `lock_takers` before.
    """
    at, day = tx.now, civil_date(tx.now)
    offer = apply_queries.offer(county.id, item_code, at)
    point = offer.register.points[point_id]
    offer.may_send(point, amount_fen).or_raise()
    taking = offer.taking(point, amount_fen)
    assert taking is not None  # may_send said yes
    window_id = taking.holding.window.id
    facts = services.new_case_facts(window_id, item_code, day, county.id, amount_fen)
    kind, state = (EventKind.RECEIVED, State.RECEIVED) if taking.is_receipt else (EventKind.COLLECTED, State.COLLECTED)
    serial = network.next_number(tx, county.id, f"case-{day:%m%d}", day.year)
    case = Case(
        county_id=county.id, number=f"{county.code}-{day:%Y%m%d}-{serial:04d}", tracking_code=services.new_tracking_code(),
        item_id=facts.item.id, version_id=facts.version.id, applicant_id=person.id, point_id=point_id, collected_window_id=window_id, title="",
        amount_fen=amount_fen if facts.item.asks_amount else None, state=state.value, is_open=True, version=0, holder_id=window_id,
        collected_at=at, sort_on=day, is_sample=county.is_sample,
    )  # fmt: skip
    tx.session.add(case)
    tx.session.flush()
    payload = {"level": facts.point.level, "materials": [dict(each) for each in materials], "online": True}
    event = CaseEvent(
        county_id=county.id, case_id=case.id, seq=1, kind=kind.value, sort=Sort.ACT_OF_APPLICANT.value, window_id=window_id, occurred_at=at,
        recorded_at=clock.wall(), payload=payload,
    )  # fmt: skip
    tx.session.add(event)
    tx.session.flush()
    view = queries.load(case, at)
    services.write_projection(tx, case, view.now)
    for follow in services.after_event:
        follow(tx, view, event)
    about: dict[str, Any] = {
        "event": 1,
        "item": item_code,
        "window": facts.window.code,
        "person": person.id,
        "digest": digest(row_facts(event)),
    }
    record(tx, actor, "case.apply", f"case:{case.number}", **about)
    return case


def is_online(view: queries.CaseView) -> bool:
    """Was this case sent by its applicant?"""
    return bool(view.rows and view.rows[0].payload.get("online"))
