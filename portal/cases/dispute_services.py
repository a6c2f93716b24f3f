"""Disputes between bodies: opened by the return itself, met, ruled; a ruling routes its case and is the way from then on (C-24)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.accounts.queries import SignedIn
from portal.audit import digest, machine, record, row_facts
from portal.authority import queries as authority_queries
from portal.cases import dispute_queries, queries
from portal.cases.dispute_models import Dispute, DisputeBody, DisputeMeeting, RoutingRuling
from portal.cases.models import Case, CaseEvent
from portal.cases.queries import CaseView
from portal.cases.routing_services import Order, may_go, send_by_office
from portal.cases.services import open_by_office
from portal.cases.warning_queries import people_at, people_of
from portal.clock import Clock
from portal.database import NotFound, Once, Transaction, db, transaction
from portal.i18n import DEFAULT
from portal.network import message_services as messages
from portal.network import queries as network
from portal.network.message_queries import known_keys
from portal.rules import authority, lifecycle
from portal.rules import disputes as rules
from portal.rules.authority import Act
from portal.rules.disputes import DisputeState, Scope
from portal.rules.handoffs import Mark
from portal.rules.lifecycle import EventKind
from portal.rules.moments import civil_date

Names = Mapping[int, tuple[str, str | None]]


def place_of(dispute_id: int) -> str:
    """Where a dispute is read."""
    return f"/disputes/{dispute_id}"


# --- opened by the return itself ----------------------------------------------------------------------------------------------------


def after_event(tx: Transaction, view: CaseView, event: CaseEvent) -> None:
    """A second return, or one to a body that already returned it, opens a dispute; a case that closes ends it: `after_event` of cases."""
    if event.kind == EventKind.LEG_RETURNED:
        _open_if_due(tx, view, event)
    elif view.now.state.is_closed:
        dispute = dispute_queries.open_dispute(view.case.id)
        if dispute is not None:
            _set_state(tx, dispute, DisputeState.MOOT)
            _set_aside(tx, dispute)
            record(tx, machine(view.case.county_id, "disputes"), "dispute.end", f"dispute:{dispute.id}", case=view.case.number)


def _open_if_due(tx: Transaction, view: CaseView, event: CaseEvent) -> None:
    case = view.case
    on = civil_date(event.occurred_at)
    returns = dispute_queries.returns_of(view.now, view.version.body_id, on)
    ground = rules.opens_dispute(returns, dispute_queries.last_opened_by(case.id))
    if ground is None or dispute_queries.open_dispute(case.id) is not None:
        return
    serial = network.next_number(tx, case.county_id, "dispute", on.year)
    dispute = Dispute(
        county_id=case.county_id, number=f"{on.year}-{serial}", year=on.year, case_id=case.id, event_seq=event.seq, item_id=case.item_id,
        holder_id=view.now.holder_window_id, ground=ground.value, opened_at=tx.now, meet_by_on=rules.meet_by(on, view.calendar),
        rule_by_on=rules.rule_by(on, view.calendar), state=DisputeState.OPEN.value,
    )  # fmt: skip
    tx.session.add(dispute)
    tx.session.flush()
    returned = {each.by_body for each in returns}
    holder = returns[-1].to_body
    for body_id in sorted({*returned, holder}):
        tx.session.add(DisputeBody(county_id=case.county_id, dispute_id=dispute.id, body_id=body_id, has_returned=body_id in returned))
    tx.session.flush()
    told = _tell(tx, dispute, case.number, "opened", _concerned(tx, dispute, {*returned, holder}))
    about: dict[str, Any] = {"case": case.number, "ground": ground.value, "bodies": sorted({*returned, holder}), "told": told}
    record(tx, machine(case.county_id, "disputes"), "dispute.open", f"dispute:{dispute.id}", **about)


def _set_state(tx: Transaction, dispute: Dispute, state: DisputeState) -> None:
    dispute.state = state.value
    tx.session.flush()


# --- messages -----------------------------------------------------------------------------------------------------------------------


def _center(county_id: int, tx: Transaction) -> Names:
    people = people_of(county_id, tx.now)
    return {account: people.names[account] for account in people.center}


def _concerned(tx: Transaction, dispute: Dispute, body_ids: Collection[int]) -> Names:
    """The center's management, the heads and leaders of the bodies, and the window that holds the case."""
    leaders = dispute_queries.leaders_of(dispute.county_id, body_ids, civil_date(tx.now))
    return {**_center(dispute.county_id, tx), **leaders, **people_at(dispute.holder_id, tx.now)}


def _key(dispute: Dispute, what: str, username: str) -> str:
    return f"dispute:{dispute.id}:{what}:{username}"


def _tell(tx: Transaction, dispute: Dispute, number: str, what: str, whom: Names) -> int:
    """Who may read the dispute is led there, the window to its case."""
    at_window = set(people_at(dispute.holder_id, tx.now))
    until = dispute.meet_by_on if what in ("opened", "meet") else dispute.rule_by_on
    return sum(
        messages.put(
            tx, county_id=dispute.county_id, key=_key(dispute, what, username), template="dispute",
            facts={"dispute": dispute.id, "case": number, "what": what, "until": until.isoformat(), "at_window": account_id in at_window},
            receiver=username, language=language or DEFAULT,
        )
        for account_id, (username, language) in whom.items()
    )  # fmt: skip


def _set_aside(tx: Transaction, dispute: Dispute) -> None:
    bodies = tx.session.scalars(select(DisputeBody.body_id).where(DisputeBody.dispute_id == dispute.id)).all()
    names = [name for name, _language in _concerned(tx, dispute, bodies).values()]
    messages.set_aside(tx, dispute.county_id, [_key(dispute, what, name) for what in ("opened", "meet", "rule") for name in names])


# --- the meeting and the ruling -------------------------------------------------------------------------------------------------------


def _locked(tx: Transaction, actor: SignedIn, dispute_id: int, on: date) -> Dispute:
    """The dispute after its case was locked, as every act locks it."""
    seen = dispute_queries.get_dispute_for(actor, dispute_id, on)
    tx.lock(select(Case).where(Case.id == seen.line.case.id))
    found: Dispute = tx.lock(select(Dispute).where(Dispute.id == dispute_id))[0]
    return found


def meet(
    dispute_id: int, held_on: date, body_ids: Collection[int], minutes: str, *, actor: SignedIn, clock: Clock, once: Once | None = None
) -> None:
    """Record that the bodies met (部门集中会办): when, which of them, what was said. NotFound, NotAllowed otherwise."""
    with transaction(clock=clock, once=once) as tx:
        dispute = _locked(tx, actor, dispute_id, clock.today())
        on = civil_date(tx.now)
        known = network.bodies_by_id(actor.county_id)
        if not set(body_ids) <= set(known):
            raise NotFound("a body of another county")
        permission = rules.may_meet(
            DisputeState(dispute.state), authority_queries.offices_of(actor.account_id, on), bodies=body_ids, held_on=held_on,
            opened_on=civil_date(dispute.opened_at), today=on,
        ).or_raise()  # fmt: skip
        assert permission.by is not None and permission.by.office is not None
        meeting = DisputeMeeting(
            county_id=actor.county_id, dispute_id=dispute.id, held_on=held_on, body_ids=sorted(set(body_ids)), minutes=minutes,
            recorded_at=tx.now, recorded_by_id=actor.account_id, office_id=permission.by.office,
        )  # fmt: skip
        tx.session.add(meeting)
        _set_state(tx, dispute, DisputeState.MET)
        about: dict[str, Any] = {"bodies": meeting.body_ids, "held_on": held_on, "office": permission.by.office, "digest": digest(row_facts(meeting))}
        record(tx, actor.actor, "dispute.meet", f"dispute:{dispute.id}", **about)
        tx.result = place_of(dispute.id)


def rule(
    dispute_id: int, to_window: int, scope: Scope, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None
) -> str:
    """Rule where the case goes, and with it every case of the item from the holder's level or point from today; the number of the ruling.

    A ruling that the holder itself has to do it moves nothing. NotFound, NotAllowed, Stale otherwise.
    """
    with transaction(clock=clock, once=once) as tx:
        seen = dispute_queries.get_dispute_for(actor, dispute_id, clock.today())
        number = seen.line.case.number
        with open_by_office(Act.ROUTE, number, version=version, actor=actor, clock=clock, once=once, also=to_window) as at:
            view, case = at.view, at.case
            # locked with its case; read again as it is now
            dispute = tx.session.scalars(select(Dispute).where(Dispute.id == dispute_id).execution_options(populate_existing=True)).one()
            permission = rules.may_rule(DisputeState(dispute.state), at.held.offices).or_raise()
            lifecycle.may_follow(Act.ROUTE, view.now, view.terms, window_id=None, on=view.today).or_raise()
            authority.may_by_office(Act.ROUTE, at.held.offices, view.item).or_raise()
            assert permission.by is not None and permission.by.office is not None
            serial = network.next_number(tx, case.county_id, "routing-ruling", view.today.year)
            ruling = _ruling(at.tx, view, dispute, to_window, scope, reason, f"{view.today.year}-{serial}", actor, permission.by.office)
            if to_window != view.now.holder_window_id:
                order = Order(may_go(view, to_window, reason), reason, Mark.RULING, {"ruling": ruling.number})
                send_by_office(at, permission.by, order)
            elif view.now.addressed_window_id is not None:
                raise NotFound("the holder, while the case is under way elsewhere")
            tx.session.add(ruling)
            _set_state(tx, dispute, DisputeState.RULED)
            about: dict[str, Any] = {"number": ruling.number, "case": number, "office": ruling.office_id, "digest": digest(row_facts(ruling))}
            record(tx, actor.actor, "dispute.rule", f"dispute:{dispute.id}", **about)
            _set_aside(tx, dispute)
            bodies = tx.session.scalars(select(DisputeBody.body_id).where(DisputeBody.dispute_id == dispute.id)).all()
            _tell(tx, dispute, number, "ruled", _concerned(tx, dispute, {*bodies, ruling.to_body_id}))
            tx.result = place_of(dispute.id)
            return ruling.number


def _ruling(
    tx: Transaction, view: CaseView, dispute: Dispute, to_window: int, scope: Scope, reason: str, number: str, actor: SignedIn, office: int
) -> RoutingRuling:  # fmt: skip
    place = queries.places_of([view.now.holder_window_id])[view.now.holder_window_id]
    power = view.now.next_power
    to_body = dispute_queries.bodies_at([to_window], view.version.body_id, view.today)[to_window]
    return RoutingRuling(
        county_id=dispute.county_id, number=number, dispute_id=dispute.id, item_id=dispute.item_id, power=power.value if power else None,
        from_level=place.level.value if scope is Scope.LEVEL else None, from_point_id=place.point.id if scope is Scope.POINT else None,
        to_window_id=to_window, to_body_id=to_body, from_on=view.today, reason=reason, ruled_at=tx.now, ruled_by_id=actor.account_id,
        office_id=office,
    )  # fmt: skip


def remind(county_id: int, clock: Clock) -> str:
    """The job: tell the center's management once of a dispute whose bodies did not meet in time, and of one without a ruling. Repeatable."""
    query = select(Dispute.id).where(Dispute.county_id == county_id, Dispute.state.in_([state.value for state in dispute_queries.BOXES["open"]]))
    ids = list(db.session.scalars(query.where(Dispute.meet_by_on < clock.today()).order_by(Dispute.id)))
    db.session.rollback()
    reminded = 0
    for dispute_id in ids:
        with transaction(clock=clock) as tx:
            dispute: Dispute = tx.lock(select(Dispute).where(Dispute.id == dispute_id))[0]
            what = rules.late_step(DisputeState(dispute.state), dispute.meet_by_on, dispute.rule_by_on, civil_date(tx.now))
            if not what:
                continue
            center = _center(county_id, tx)
            known = known_keys(county_id, [_key(dispute, what, username) for username, _language in center.values()])
            new = {account: name for account, name in center.items() if _key(dispute, what, name[0]) not in known}
            if new:
                reminded += _tell(tx, dispute, tx.session.get_one(Case, dispute.case_id).number, what, new)
                record(tx, machine(county_id, "jobs"), "dispute.remind", f"dispute:{dispute.id}", what=what, told=len(new))
    return f"{reminded} reminders"
