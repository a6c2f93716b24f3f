"""Moving what would be orphaned: batches with a result per case, closing a window or point, an emergency and what comes back (N-2)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from portal.accounts.queries import SignedIn
from portal.audit import digest, record, row_facts
from portal.authority import queries as authority_queries
from portal.cases import moving_queries, queries
from portal.cases.models import Case
from portal.cases.moving_models import MoveBatch
from portal.cases.moving_queries import Subject
from portal.cases.queries import CaseView
from portal.cases.routing_services import Order, send_by_office
from portal.cases.services import Open, settle
from portal.clock import Clock
from portal.database import NotFound, Once, Transaction, transaction
from portal.network import queries as network
from portal.network import services as network_services
from portal.network.models import PointEmergency, ServicePoint
from portal.rules import handoffs, lifecycle
from portal.rules import moving as rules
from portal.rules.authority import Act, Authority, Register, WindowTerms, ancestry
from portal.rules.decision import Basis
from portal.rules.handoffs import Mark
from portal.rules.moments import civil_date
from portal.rules.moving import EmergencyKind, Leaving, RowResult
from portal.rules.network import PointStatus

Row = list[Any]  # number, result, window id or none


class _Mover:
    """Moves cases that are locked, one after the other, each by an event of its own; answers with a result for each."""

    def __init__(self, tx: Transaction, actor: SignedIn, by: Basis, mark: Mark, reason: str, subject: Subject) -> None:
        self.tx, self.actor, self.by, self.mark, self.reason, self.subject = tx, actor, by, mark, reason, subject
        self.leaving = frozenset() if mark is Mark.RESUMED else subject.window_ids
        self.held = Authority(actor.account_id, tx.now, offices=authority_queries.offices_of(actor.account_id, civil_date(tx.now)))
        self._registers: dict[int, Register] = {}

    def _register(self, view: CaseView) -> Register:
        if view.item.id not in self._registers:
            self._registers[view.item.id] = authority_queries.register_for(view.case.county_id, self.tx.now, [view.item])
        return self._registers[view.item.id]

    def move(self, case: Case, version: int | None, choose: Callable[[CaseView, Register, dict[int, WindowTerms]], int | None]) -> Row:
        """Move one case to where `choose` says; a version that is another one than the case's, or no window, moves nothing."""
        if version is not None and version != case.version:
            return [case.number, RowResult.CHANGED.value, None]
        view = queries.load(case, self.tx.now)
        view.held, view.person, view.offices = None, self.actor, self.held.offices
        settle(self.tx, view)
        if not lifecycle.may_follow(Act.ROUTE, view.now, view.terms, window_id=None, on=view.today):
            return [case.number, RowResult.GONE.value, None]
        register = self._register(view)
        able = {window.id: window for window in queries.able_windows(view.item, register, self.tx.now)}
        target = choose(view, register, able)
        if target is None or target in self.leaving:
            return [case.number, RowResult.NOWHERE.value, None]
        now = view.now
        if not handoffs.may_route_to(target, holder=now.holder_window_id, addressed=now.addressed_window_id, able=set(able), reason=self.reason):
            return [case.number, RowResult.REFUSED.value, target]
        at = Open(self.tx, case, view, self.held, Act.ROUTE, self.actor)
        send_by_office(at, self.by, Order(able[target], self.reason, self.mark, {}))
        return [case.number, RowResult.MOVED.value, target]

    def nearest(self, view: CaseView, register: Register, able: dict[int, WindowTerms]) -> int | None:
        """Where it goes if nobody says otherwise."""
        power = view.now.next_power
        place = register.points[view.case.point_id]
        holders = [holding.window.id for holding in register.who_may(power, view.item, place)] if power is not None else []
        return rules.next_window(holders, leaving=self._not_to(view), able=_places(able), above=self._above(register))

    def refuge(self, view: CaseView, register: Register, able: dict[int, WindowTerms]) -> int | None:
        """At the nearest point above that can receive it (N-2)."""
        power = view.now.next_power
        holders = {each.window.id for found in register.at_points(power, view.item).values() for each in found} if power is not None else set()
        return rules.refuge(_places(able), above=self._above(register), holders=holders, leaving=self._not_to(view))

    def _not_to(self, view: CaseView) -> frozenset[int]:
        return self.leaving | {view.now.holder_window_id}

    def _above(self, register: Register) -> list[int]:
        """The points that can take over, the nearest first: those above a point, and of a window or posting its own point too."""
        near = [point.id for point in ancestry(register.points[self.subject.point.id], register.points)]
        return near[1:] if self.subject.leaving is Leaving.POINT else near


def _places(able: Mapping[int, WindowTerms]) -> list[tuple[int, int]]:
    return [(window.point_id, window.id) for window in able.values()]


def _office(actor: SignedIn, on: date) -> Basis:
    permission = rules.may_move_cases(authority_queries.offices_of(actor.account_id, on)).or_raise()
    assert permission.by is not None and permission.by.office is not None
    return permission.by


def _keep(tx: Transaction, subject: Subject, mark: Mark, rows: Sequence[Row], actor: SignedIn, by: Basis) -> int:
    assert by.office is not None
    batch = MoveBatch(
        county_id=actor.county_id, leaving=subject.leaving.value, subject_id=subject.id, mark=mark.value, results=[list(row) for row in rows],
        moved_at=tx.now, moved_by_id=actor.account_id, office_id=by.office,
    )  # fmt: skip
    tx.session.add(batch)
    tx.session.flush()
    counts = {result.value: number for result in RowResult if (number := sum(row[1] == result.value for row in rows))}
    about: dict[str, Any] = {"mark": mark.value, "digest": digest(row_facts(batch)), **counts}
    record(tx, actor.actor, "cases.move", f"{subject.leaving.value}:{subject.code}", **about)
    tx.result = f"{subject.address}?batch={batch.id}"
    return batch.id


def _locked(tx: Transaction, county_id: int, numbers: Collection[str]) -> dict[str, Case]:
    query = select(Case).where(Case.county_id == county_id, Case.number.in_(list(numbers))).order_by(Case.id)
    return {case.number: case for case in tx.lock(query)}


def move_cases(
    leaving: Leaving, code: str, versions: Mapping[str, int], to_window: int | None, reason: str, *, actor: SignedIn, clock: Clock,
    once: Once | None = None,
) -> int:  # fmt: skip
    """Move cases away from what closes or ends: each to the window that was chosen, or where it would go by itself; the id of the batch.

    `versions` are the cases as the page showed them. Each move is an event of its own; what cannot be moved is said, row by row.
    """
    with transaction(clock=clock, once=once) as tx:
        subject = moving_queries.subject_of(actor.county_id, leaving, code)
        cases = _locked(tx, actor.county_id, versions)
        by = _office(actor, civil_date(tx.now))
        if to_window is not None and to_window not in authority_queries.windows(actor.county_id, civil_date(tx.now)):
            raise NotFound(f"window {to_window}")
        mover = _Mover(tx, actor, by, Mark.CLOSING, reason, subject)
        rows: list[Row] = []
        for number in sorted(versions):
            case = cases.get(number)
            if case is None or not ({case.holder_id, case.addressed_id} & subject.window_ids):
                rows.append([number, RowResult.GONE.value, None])
            else:
                rows.append(mover.move(case, versions[number], mover.nearest if to_window is None else lambda *_facts: to_window))
        return _keep(tx, subject, Mark.CLOSING, rows, actor, by)


def close(
    leaving: Leaving, code: str, last_on: date, reason: str, *, actor: SignedIn, clock: Clock, once: Once | None = None
) -> None:
    """Close a window after its last day, or a point from the day after it; refused while anything of it would be orphaned (N-2)."""
    with transaction(clock=clock, once=once) as tx:
        if leaving is Leaving.WINDOW:
            network_services.close_window(
                actor.county_id, code, last_on, reason=reason, actor=actor.actor, clock=clock, once=once
            )  # fmt: skip
            _office(actor, civil_date(tx.now))
        else:
            point = network_services.change_point_status(
                actor.county_id, code, PointStatus.CLOSED, from_on=last_on, reason=reason, actor=actor.actor, clock=clock, once=once
            )
            _office(actor, civil_date(tx.now))
            subject = moving_queries.subject_of(actor.county_id, Leaving.POINT, point.code)
            rules.may_leave(moving_queries.load_of(subject, tx.now, last_on), for_good=True).or_raise()
        tx.result = f"/manage/moving/{leaving.value}/{code}"


# --- an emergency -------------------------------------------------------------------------------------------------------------------


def suspend(code: str, kind: EmergencyKind, words: str, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> int:
    """Stop a point at once: its cases, and those on their way to it, pass to the points above as legs that say so; the clocks run on, and the
    public is told by its page (N-2). Returns the id of the batch.
    """
    with transaction(clock=clock, once=once) as tx:
        subject = moving_queries.subject_of(actor.county_id, Leaving.POINT, code)
        windows = list(subject.window_ids)
        here = select(Case).where(Case.is_open.is_(True), or_(Case.holder_id.in_(windows), Case.addressed_id.in_(windows)))
        cases: list[Case] = tx.lock(here.order_by(Case.id))
        point: ServicePoint = tx.lock(select(ServicePoint).where(ServicePoint.id == subject.id))[0]
        by = _office(actor, civil_date(tx.now))
        was = PointStatus(point.status)
        rules.may_suspend_at_once(was, point.parent_id is not None).or_raise()
        today = civil_date(tx.now)
        point.status, point.status_from_on = PointStatus.SUSPENDED.value, today
        network_services.note_status(tx, point, today, kind.value, was, actor.actor)
        assert by.office is not None
        row = PointEmergency(
            county_id=actor.county_id, point_id=point.id, kind=kind.value, words=words, was=was.value, started_at=tx.now,
            started_by_id=actor.account_id, office_id=by.office,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        mover = _Mover(tx, actor, by, Mark.EMERGENCY, words or kind.value, subject)
        # what is on its way out to another window goes on there
        rows = [mover.move(case, None, mover.refuge) for case in cases if case.addressed_id is None or case.addressed_id in subject.window_ids]
        record(tx, actor.actor, "point.suspend", f"point:{code}", kind=kind.value, office=by.office, digest=digest(row_facts(row)))
        return _keep(tx, subject, Mark.EMERGENCY, rows, actor, by)


def resume(code: str, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """The point works again, as it did before; what it can take back is listed. Nothing comes back by itself (N-2)."""
    with transaction(clock=clock, once=once) as tx:
        subject = moving_queries.subject_of(actor.county_id, Leaving.POINT, code)
        point: ServicePoint = tx.lock(select(ServicePoint).where(ServicePoint.id == subject.id))[0]
        by = _office(actor, civil_date(tx.now))
        emergency = network.emergency_at(point.id)
        if emergency is None:
            raise NotFound(f"emergency at {code}")
        today = civil_date(tx.now)
        point.status, point.status_from_on = emergency.was, today
        network_services.note_status(tx, point, today, "", PointStatus.SUSPENDED, actor.actor)
        emergency.ended_at, emergency.ended_by_id = tx.now, actor.account_id
        tx.session.flush()
        record(tx, actor.actor, "point.resume", f"point:{code}", office=by.office, emergency=emergency.id)
        tx.result = subject.address


def take_back(
    code: str, versions: Mapping[str, int], reason: str, *, actor: SignedIn, clock: Clock, once: Once | None = None
) -> int:
    """Send cases that an emergency took back to the window of the point that had them; the id of the batch."""
    with transaction(clock=clock, once=once) as tx:
        subject = moving_queries.subject_of(actor.county_id, Leaving.POINT, code)
        cases = _locked(tx, actor.county_id, versions)
        by = _office(actor, civil_date(tx.now))
        emergency = network.last_emergency_at(subject.id)
        if emergency is None or emergency.ended_at is None:
            raise NotFound(f"an emergency that is over at {code}")
        back = {line.case.number for line in moving_queries.to_take_back(subject, emergency)}
        homes = moving_queries.came_from({case.id for case in cases.values()}, subject)
        mover = _Mover(tx, actor, by, Mark.RESUMED, reason, subject)
        rows: list[Row] = []
        for number in sorted(versions):
            case = cases.get(number)
            if case is None or number not in back:
                rows.append([number, RowResult.GONE.value, None])
            else:
                rows.append(mover.move(case, versions[number], lambda view, *_facts: homes.get(view.case.id)))
        return _keep(tx, subject, Mark.RESUMED, rows, actor, by)
