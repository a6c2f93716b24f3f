"""The acts on a case: one verb each. Every act locks, reads the moment, loads again, asks the rules, appends one event and projects anew."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.accounts import services as accounts
from portal.accounts.queries import SignedIn
from portal.audit import Actor, digest, digests_of, machine, record, row_facts
from portal.authority import queries as authority_queries
from portal.authority.models import Clause
from portal.cases import queries
from portal.cases.models import Case, CaseEvent, CaseStop, CaseWindow, FiledRefusal, Leg
from portal.cases.projections import projected, projected_filings, projected_legs, projected_lines, projected_stops
from portal.cases.worklist_models import WorkLine
from portal.catalogue.models import ItemOffer, ItemVersion
from portal.catalogue.queries import stands
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, db, transaction
from portal.network import queries as network
from portal.network.models import County, ServicePoint, Window
from portal.rules import authority, commitments, handoffs, lifecycle, projection, worklist
from portal.rules.authority import Act, Authority, ItemTerms, Level, Matter
from portal.rules.course import may_accept_later, may_file, undertaking_until
from portal.rules.decision import Basis, Decision, Sort
from portal.rules.handoffs import AfterReturn, ReturnReason
from portal.rules.lifecycle import CaseNow, CaseTerms, EventKind, FilingKind, Outcome
from portal.rules.manifests import Condition, Document, documents_of, entry_of, may_list
from portal.rules.materials import missing
from portal.rules.moments import civil_date
from portal.rules.seals import may_issue, seal_for
from portal.rules.stand_ins import named_beside

# What a case says when it closes is counted in the same transaction (G-8). The features on the right answer; `app.py` fills it.
after_closing: list[Callable[[Transaction, queries.CaseView], None]] = []
# What follows from an event in the same transaction: its paper, its licence, its messages. Each gets the view with the event as its last
# row and `now` projected anew, and may write rows of its own, never another event. `app.py` fills it.
after_event: list[Callable[[Transaction, queries.CaseView, CaseEvent], None]] = []

# Did this person break a commitment? The ledger answers (C-11); `app.py` fills it.
broken_promises: list[Callable[[int], bool]] = []
BATCH = 200  # cases that are locked and computed anew at a time when the calendar changes

# without letters and digits that look alike; 12 of 30 are 58 bits
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Applicant:
    """What the form says of the applicant; the numbers are sealed before they are stored (R-2)."""

    name: str
    number: str = ""
    phone: str = ""
    kind: str = "natural"


def address_of(number: str) -> str:
    """Where a case is read."""
    return f"/cases/{number}"


def new_tracking_code() -> str:
    """A code that cannot be guessed."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(12))


# --- one act on one case --------------------------------------------------------------------------------------------------------


@dataclass
class Open:
    """A case locked in a transaction, with the facts on which the act is judged, all read after the locks."""

    tx: Transaction
    case: Case
    view: queries.CaseView
    held: Authority
    act: Act
    actor: SignedIn

    @property
    def now(self) -> CaseNow:
        return self.view.now

    def append(self, permission: Decision, payload: Mapping[str, object] | None = None) -> Case:
        """Append the act's event, project, write the row and its legs, record."""
        window = self.held.window
        assert window is not None and permission.by is not None  # may_act said yes
        row = lifecycle.transition_for(
            self.act,
            self.now,
            self.view.terms,
            window_id=window.id,
            holds_accept=bool(self.held.missing(self.view.item, authority.Power.ACCEPT)),
            on=self.view.today,
            says=payload,
        )
        assert row is not None and row.event is not None
        _append(self.tx, self.view, self.act, row.event, permission.by, self.actor, self.held, payload or {})
        self.tx.result = address_of(self.case.number)
        written = digest(row_facts(self.view.rows[-1]))
        about: dict[str, Any] = {"event": self.now.version, "window": window.code, "digest": written}
        record(self.tx, self.actor.actor, f"case.{self.act.value}", f"case:{self.case.number}", **about)
        return self.case

    def append_sorted(self, kind: EventKind, by: Basis, payload: Mapping[str, object] | None = None, *, corrects: int | None = None) -> Case:
        """Append an event of this kind that rests on `by`: acts of the applicant and of office beside the window's own."""
        _append(self.tx, self.view, self.act, kind, by, self.actor, self.held, payload or {}, corrects=corrects)
        self.tx.result = address_of(self.case.number)
        about: dict[str, Any] = {"event": self.now.version, "digest": digest(row_facts(self.view.rows[-1]))}
        record(self.tx, self.actor.actor, f"case.{self.act.value}", f"case:{self.case.number}", **about)
        return self.case


@contextmanager
def _open(
    act: Act, number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None, also: int | None = None, by: int | None = None
) -> Iterator[Open]:
    """Lock a case and the clauses that the act can rest on, then read the moment; Stale, NotFound or NotAllowed where it cannot go on.

    `also` is a second window whose clauses are read (the target of a handoff); `by` the window that acts, where that is not the holder.
    """
    with transaction(clock=clock, once=once) as tx:
        seen = queries.case_for(actor, number, clock.today())
        case: Case = tx.lock(select(Case).where(Case.id == seen.id))[0]
        if case.version != version:
            raise Stale(case.version)
        window_id = by or acting_window(act, case, actor)
        lock_clauses(tx, [each for each in (window_id, also) if each is not None])
        held = authority_queries.held_by(actor.account_id, window_id, tx=tx)
        yield opened(tx, case, act, held, actor)


def acting_window(act: Act, case: Case, actor: SignedIn) -> int:
    """The window from which this act is done: the addressed one receives and returns, and papers where the person is posted at it."""
    at_target = act in (Act.RECEIVE, Act.RETURN_LEG) or (act is Act.RECEIVE_PAPER and case.addressed_id in actor.window_ids)
    return (case.addressed_id if at_target else None) or case.holder_id


def lock_clauses(tx: Transaction, window_ids: Collection[int]) -> None:
    """One ordered lock for all windows, in the order in which whoever ends clauses locks them: no two wait for each other."""
    tx.lock(select(Clause).where(Clause.window_id.in_(sorted(window_ids))).order_by(Clause.id), share=True)


def opened(tx: Transaction, case: Case, act: Act, held: Authority, actor: SignedIn) -> Open:
    """A case that is locked, with what the person holds at the acting window: its facts read now, its effects of law written."""
    view = queries.load(case, tx.now)
    view.held, view.person = held, actor
    settle(tx, view)
    return Open(tx, case, view, held, act, actor)


@contextmanager
def open_by_office(
    act: Act, number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None, also: int | None = None
) -> Iterator[Open]:
    """Lock a case for an act of office, then read the moment; as `_open`. The offices are those held at that moment (G-2).

    `also` is a window whose clauses are read (where an office routes it to).
    """
    with transaction(clock=clock, once=once) as tx:
        seen = queries.case_for(actor, number, clock.today())
        case: Case = tx.lock(select(Case).where(Case.id == seen.id))[0]
        if case.version != version:
            raise Stale(case.version)
        if also is not None:
            lock_clauses(tx, [also])
        held = Authority(actor.account_id, tx.now, offices=authority_queries.offices_of(actor.account_id, civil_date(tx.now)))
        view = queries.load(case, tx.now)
        view.held, view.person, view.offices = None, actor, held.offices
        settle(tx, view)
        yield Open(tx, case, view, held, act, actor)


def settle(tx: Transaction, view: queries.CaseView) -> bool:
    """Write the effects of law that have come and are not written yet (C-3, C-9); whoever touches a case does it first. Says whether any were."""
    if not view.come:
        return False
    case, events = view.case, view.come
    view.come = ()
    for event in events:
        row = CaseEvent(
            county_id=case.county_id, case_id=case.id, seq=event.seq, kind=event.kind.value, sort=event.sort.value, article=event.article,
            occurred_at=event.at, recorded_at=tx.clock.wall(), payload=dict(event.payload),
        )  # fmt: skip
        tx.session.add(row)
        view.rows.append(row)
        _projected_anew(tx, view, row)
        about: dict[str, Any] = {"event": row.seq, "article": row.article, "digest": digest(row_facts(row))}
        record(tx, machine(case.county_id, "law"), f"case.{row.kind}", f"case:{case.number}", **about)
    return True


def append_from_afar(tx: Transaction, view: queries.CaseView, kind: EventKind, payload: Mapping[str, object]) -> CaseEvent:
    """Append an act of the applicant that no window wrote down: it came online (G-2). The caller holds the lock of the case."""
    case = view.case
    row = CaseEvent(
        county_id=case.county_id, case_id=case.id, seq=view.now.version + 1, kind=kind.value, sort=Sort.ACT_OF_APPLICANT.value,
        window_id=case.holder_id, occurred_at=max(tx.now, view.now.last_at), recorded_at=tx.clock.wall(), payload=dict(payload),
    )  # fmt: skip
    tx.session.add(row)
    view.rows.append(row)
    _projected_anew(tx, view, row)
    record(tx, machine(case.county_id, "applicant"), f"case.{kind.value}", f"case:{case.number}", event=row.seq, digest=digest(row_facts(row)))
    return row


def _projected_anew(tx: Transaction, view: queries.CaseView, event: CaseEvent) -> None:
    """Project with the new event, write the row of the case and its tables, and do what follows in the same transaction."""
    case = view.case
    view.now = projection.project([queries.event_of(row) for row in view.rows], view.terms, view.calendar)
    was_open = case.is_open
    write_projection(tx, case, view.now, view)
    for follow in after_event:
        follow(tx, view, event)
    if was_open and not case.is_open:  # once: what is archived later was closed before
        for tell in after_closing:
            tell(tx, view)


def _append(
    tx: Transaction,
    view: queries.CaseView,
    act: Act,
    kind: EventKind,
    by: Basis,
    actor: SignedIn,
    held: Authority,
    payload: Mapping[str, object],
    at: datetime | None = None,
    corrects: int | None = None,
) -> None:
    case, window = view.case, held.window
    body = dict(payload)
    clause = next((each for each in held.clauses if each.id == by.clause), None)
    stand_in_for = None if clause is None else named_beside(act, held, clause)
    event = CaseEvent(
        county_id=case.county_id,
        case_id=case.id,
        seq=view.now.version + 1 if view.rows else 1,
        kind=kind.value,
        sort=by.sort.value,
        clause_id=by.clause,
        office_id=by.office,
        article=by.article,
        actor_id=actor.account_id,
        window_id=window.id if window is not None else None,
        stand_in_for_id=stand_in_for,
        occurred_at=max(at or tx.now, view.now.last_at) if view.rows else at or tx.now,  # a wall clock may be set back; history may not
        recorded_at=tx.clock.wall(),
        payload=body,
        corrects=corrects,
    )
    tx.session.add(event)
    view.rows.append(event)
    _projected_anew(tx, view, event)


def touched_by(case_id: int, now: CaseNow) -> set[int]:
    """The windows that hold, held or were addressed by a leg, branch, opinion or assistance: those for which the case exists (C-30)."""
    asked = {window_id for ask in queries.also_asked for window_id in ask(case_id)}
    return asked | {stay.window_id for stay in now.stays} | {leg.to_window for leg in now.legs}


def write_projection(tx: Transaction, case: Case, now: CaseNow, view: queries.CaseView | None = None) -> None:
    """Write what the events say now into the case row, its legs, its lines in the worklists, and the windows that may see it.

    `view` spares loading the case again, where its rows are the events that say so.
    """
    for name, value in projected(now).items():
        setattr(case, name, value)
    tx.session.flush()
    legs = {leg.seq: leg for leg in tx.session.scalars(select(Leg).where(Leg.case_id == case.id))}
    for values in projected_legs(now):
        row = legs.get(values["seq"])
        if row is None:
            tx.session.add(Leg(county_id=case.county_id, case_id=case.id, **values))
        else:
            for name, value in values.items():
                setattr(row, name, value)
    _write_rows(tx, case, FiledRefusal, projected_filings(now), body_id=tx.session.get_one(ItemVersion, case.version_id).body_id if now.filings else 0)
    if now.stops:
        _write_rows(tx, case, CaseStop, projected_stops(now, network.calendar_of(case.county_id)))
    known = set(tx.session.scalars(select(CaseWindow.window_id).where(CaseWindow.case_id == case.id)))
    for window_id in sorted(touched_by(case.id, now) - known):
        tx.session.add(CaseWindow(county_id=case.county_id, case_id=case.id, window_id=window_id))
    _write_lines(tx, case, now, view)
    tx.session.flush()


def _lines(case: Case, now: CaseNow, view: queries.CaseView) -> list[dict[str, Any]]:
    """The lines of the worklists that the events of a case say, the effects of law that will come by themselves included."""
    if now.state.is_closed:
        return []
    found = worklist.spans([queries.event_of(row) for row in view.rows], now, view.terms, view.calendar)
    point_id = db.session.get_one(Window, now.holder_window_id).point_id
    return projected_lines(
        found, collected_at=case.collected_at, holder_point_id=point_id, item_id=case.item_id, version_id=case.version_id, number=case.number,
        case_version=now.version, masked_name=queries.applicant_name(case, clear=False),
    )  # fmt: skip


def _key_of_line(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return values["box"], values["owner_id"], values["from_on"]


def _write_lines(tx: Transaction, case: Case, now: CaseNow, view: queries.CaseView | None) -> None:
    """Put the lines of a case in the worklists as they should be; a closed case has none (C-2)."""
    wanted = [] if now.state.is_closed else _lines(case, now, view or queries.load(case, tx.now))
    known = {(row.box, row.owner_id, row.from_on): row for row in tx.session.scalars(select(WorkLine).where(WorkLine.case_id == case.id))}
    for values in wanted:
        row = known.pop(_key_of_line(values), None)
        if row is None:
            tx.session.add(WorkLine(county_id=case.county_id, case_id=case.id, **values))
        else:
            for name, value in values.items():
                setattr(row, name, value)
    for row in known.values():
        tx.session.delete(row)


def _lines_that_differ(case: Case, wanted: list[dict[str, Any]]) -> list[str]:
    """The lines of a case in the worklists that are not as they should be, by box and day."""
    kept = {(row.box, row.owner_id, row.from_on): row for row in db.session.scalars(select(WorkLine).where(WorkLine.case_id == case.id))}
    differs = []
    for values in wanted:
        row = kept.pop(_key_of_line(values), None)
        if row is None or any(getattr(row, name) != value for name, value in values.items()):
            differs.append(f"work_line {values['box']} {values['from_on']}")
    return differs + [f"work_line {box} {day}" for box, _owner, day in kept]


def _write_rows(tx: Transaction, case: Case, model: Any, wanted: list[dict[str, Any]], **same: Any) -> None:
    """Put the rows of a projected table of this case as they should be."""
    if not wanted and model is FiledRefusal:
        return  # a filing is never taken back
    known = {row.seq: row for row in tx.session.scalars(select(model).where(model.case_id == case.id))}
    for values in wanted:
        row = known.pop(values["seq"], None)
        if row is None:
            tx.session.add(model(county_id=case.county_id, case_id=case.id, **same, **values))
        else:
            for name, value in values.items():
                setattr(row, name, value)
    for row in known.values():
        tx.session.delete(row)


def compute_anew(tx: Transaction, county_id: int, actor: Actor) -> None:
    """Project every open case again, because what its dates rest on has changed; each date that moves is recorded with before and after."""
    open_cases = select(Case).where(Case.county_id == county_id, Case.is_open.is_(True)).order_by(Case.id)
    # locked here, after the moment was read: nothing of it is written, only dates, and an act that comes between waits or is waited for
    open_cases = open_cases.with_for_update().execution_options(populate_existing=True)
    last, batch = 0, tx.session.scalars(open_cases.limit(BATCH)).all()
    while batch:
        for case in batch:
            _compute(tx, case, actor)
            last = case.id
        tx.session.flush()
        for case in batch:
            tx.session.expunge(case)
        batch = tx.session.scalars(open_cases.where(Case.id > last).limit(BATCH)).all()


def _compute(tx: Transaction, case: Case, actor: Actor) -> None:
    view = queries.load(case, tx.now)
    now = view.written  # effects of law that have come are written by whoever touches the case next
    moved: dict[str, object] = {name: [getattr(case, name), value] for name, value in projected(now).items() if getattr(case, name) != value}
    # the days of a stop are working days; one that was told is never taken back, so that without one there is nothing to read
    if now.stops and (stood := _rows_that_differ(case, CaseStop, projected_stops(now, view.calendar))):
        moved["stops"] = stood
    if lines := _lines_that_differ(case, _lines(case, now, view)):
        moved["lines"] = lines
    if now.legs and (legs := _rows_that_differ(case, Leg, projected_legs(now))):
        moved["legs"] = legs
    if moved:
        write_projection(tx, case, now, view)
        record(tx, actor, "case.compute_anew", f"case:{case.number}", moved=moved)


# --- new cases ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewCase:
    """What a new case starts from: its window, item version and terms."""

    window: Window
    point: ServicePoint
    version: ItemVersion
    item: ItemTerms
    terms: CaseTerms


def new_case_facts(
    window_id: int, item_code: str, on: date, county_id: int, amount_fen: int | None = None, *, in_general: bool = False
) -> NewCase:
    """The facts for a new case about this amount (or, before one is typed, `in_general`) at a window; NotFound for an unknown item, or
    one that is not offered at the window's point.
    """
    item = authority_queries.item_terms_by_code(county_id, item_code, on)
    window = db.session.get_one(Window, window_id)
    point = db.session.get_one(ServicePoint, window.point_id)
    version = db.session.scalar(
        select(ItemVersion)
        .join(ItemOffer, ItemOffer.version_id == ItemVersion.id)
        .where(ItemVersion.item_id == item.id, ItemVersion.from_on <= on, ItemOffer.point_id == point.id, stands(on))
        .order_by(ItemVersion.version.desc())
        .limit(1)
    )
    if version is None:
        raise NotFound(item_code)
    item = replace(item, matter=Matter(amount_fen=amount_fen, point_ids=network.path_of(point.id), is_case=not in_general))
    return NewCase(window, point, version, item, queries.terms_of(county_id, version, item, on))


def beginning_of(held: Authority, facts: NewCase) -> tuple[Act, Decision]:
    """Does this window enter the case as received, or collect it to forward? The first that it may; else why it may not collect."""
    answers = [(act, queries.may_act(act, None, facts.terms, facts.item, held)) for act in (Act.ENTER, Act.COLLECT)]
    allowed = next((pair for pair in answers if pair[1]), None)
    return allowed or answers[1 if Level(facts.point.level).is_room else 0]


def collect(
    item_code: str, applicant: Applicant, materials: Sequence[Mapping[str, object]], *, window_id: int, title: str = "",
    amount_fen: int | None = None, at: datetime | None = None, extra: Mapping[str, object] | None = None, actor: SignedIn, clock: Clock,
    once: Once | None,
) -> Case:  # fmt: skip
    """Register a case: collected at a room, or entered as received at a window that holds accept (C-1). Returns the new case.

    `at` is the real moment of what is entered later from a numbered paper sheet, with `extra` in the event's payload: judged by the clause
    of then and of now (C-29).
    """
    with transaction(clock=clock, once=once) as tx:
        county = tx.session.get_one(County, actor.county_id)
        held = authority_queries.held_by(actor.account_id, window_id, tx=tx)
        facts = new_case_facts(window_id, item_code, civil_date(tx.now), county.id, amount_fen)
        act, permission = beginning_of(held, facts)
        permission.or_raise()
        if at is not None:
            then = authority_queries.held_by(actor.account_id, window_id, at)
            queries.may_act(act, None, facts.terms, facts.item, then).or_raise()
        assert permission.by is not None
        person = accounts.register_person(tx, county.id, applicant.kind, applicant.name, applicant.number, applicant.phone)
        day = civil_date(tx.now)
        serial = network.next_number(tx, county.id, f"case-{day:%m%d}", day.year)
        case = Case(
            county_id=county.id,
            number=f"{county.code}-{day:%Y%m%d}-{serial:04d}",
            tracking_code=new_tracking_code(),
            item_id=facts.item.id,
            version_id=facts.version.id,
            applicant_id=person.id,
            point_id=facts.point.id,
            collected_window_id=window_id,
            title=title,
            amount_fen=amount_fen if facts.item.asks_amount else None,
            state=lifecycle.State.COLLECTED.value,
            is_open=True,
            version=0,
            holder_id=window_id,
            collected_at=at or tx.now,
            sort_on=day,
            is_sample=county.is_sample,
        )
        tx.session.add(case)
        tx.session.flush()
        row = lifecycle.transition_for(act, None, facts.terms, window_id=window_id, holds_accept=True)
        assert row is not None and row.event is not None
        view = queries.CaseView(
            case, facts.version, facts.item, item_code, facts.terms, [], _nothing(), network.calendar_of(county.id), tx.now, actor, held
        )
        _append(
            tx, view, act, row.event, permission.by, actor, held,
            {"level": facts.point.level, "materials": [dict(each) for each in materials], **(extra or {})}, at=at,
        )  # fmt: skip
        tx.result = address_of(case.number) + "/receipt"
        about: dict[str, Any] = {"event": 1, "item": item_code, "window": facts.window.code, "person": person.id, "digest": digest(row_facts(view.rows[-1]))}
        record(tx, actor.actor, f"case.{act.value}", f"case:{case.number}", **about)
        return case


def _nothing() -> Any:
    """Before the first event there is no projection; nothing reads this."""
    return None


# --- moving ---------------------------------------------------------------------------------------------------------------------


def hand_off(
    number: str, to_window: int, reason: str, paper: Sequence[str], documents: Sequence[Document] | None = None, *, version: int,
    actor: SignedIn, clock: Clock, once: Once | None,
) -> Case:  # fmt: skip
    """Send the case to another window with its manifest (C-6, C-7); it stays the sender's until it is received.

    `documents` are the papers that go along with their counts and conditions; without, those of `paper` go as the list of the item says.
    """
    with _open(Act.HAND_OFF, number, version=version, actor=actor, clock=clock, once=once, also=to_window) as at:
        return hand_off_opened(at, to_window, reason, papers_listed(at.now, paper) if documents is None else documents)


def papers_listed(now: CaseNow, codes: Collection[str]) -> list[Document]:
    """The materials of these codes that are here, as the item's list counts them; one original where it counts none."""
    found = []
    for material in now.materials:
        code = str(material["code"])
        if material.get("got") and code in codes:
            (listed,) = documents_of([{"condition": Condition.GOOD, **material, "code": code, "paper": True}])
            found.append(listed if listed.count else replace(listed, original=1))
    return found


def hand_off_opened(
    at: Open, to_window: int, reason: str, documents: Sequence[Document], batch: str = "",
    known: dict[int, tuple[authority.Register, list[authority.ClauseTerms]]] | None = None,
) -> Case:  # fmt: skip
    """Send a case that is open in a transaction; `to_window` is the second window whose clauses were locked.

    `known` keeps what is read of an item version for the next case of the same transaction: no clause changes within one.
    """
    view, case = at.view, at.case
    permission = view.may(Act.HAND_OFF).or_raise()
    known = {} if known is None else known
    if view.version.id not in known:
        at_once = authority_queries.register_for(case.county_id, at.tx.now, [view.item])
        known[view.version.id] = at_once, list(authority_queries.clauses(case.county_id, window_id=to_window))
    register, to_clauses = known[view.version.id]
    targets = {window.id: window for window in queries.able_windows(view.item, register, at.tx.now)}
    target = targets.get(to_window) or authority_queries.windows(case.county_id, civil_date(at.tx.now)).get(to_window)
    if target is None:
        raise NotFound(f"window {to_window}")
    authority.may_hand_off(at.held, view.item, target, to_clauses).or_raise()
    power = at.now.next_power
    holders = register.who_may(power, view.item, register.points[case.point_id]) if power else ()
    proposal = handoffs.propose_route(
        holder_window_id=at.now.holder_window_id, next_power=power, way_back=at.now.way_back, holders=holders, able=set(targets),
            ruled=queries.ruling_of(view),
    )  # fmt: skip
    handoffs.may_send_to(to_window, proposal, reason).or_raise()
    may_list(documents).or_raise()
    here = {str(material["code"]): material for material in at.now.materials if material.get("got")}
    if unknown := [document.code for document in documents if document.code not in here and not document.name]:
        raise NotFound(f"materials {unknown}")
    named = {document.code for document in documents}
    only_scans = [
        {"code": code, "original": material.get("original", 0), "copies": material.get("copies", 0), "paper": False}
        for code, material in here.items()
        if code not in named
    ]
    payload: dict[str, Any] = {
        "to_window_id": to_window, "to_level": target.level.value, "reason": reason, "power": power.value if power else None,
        "manifest": [entry_of(document) for document in documents] + only_scans, **({"batch": batch} if batch else {}),
    }  # fmt: skip
    return at.append(permission, payload)


def receive(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Receive a leg at the addressed window; the first leg at a window that holds accept is the receipt (C-1)."""
    with _open(Act.RECEIVE, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.RECEIVE).or_raise()
        assert at.held.window is not None
        return at.append(permission, {"level": at.held.window.level.value})


def return_leg(
    number: str, kind: ReturnReason, reason: str, whose: str, then: AfterReturn | None = AfterReturn.SENDER_MENDS, door: int | None = None, *,
    version: int, actor: SignedIn, clock: Clock, once: Once | None,
) -> Case:  # fmt: skip
    """Send a leg back with a reason and the next door: "not ours" names whose it is, any other return what happens next (C-6, C-21)."""
    with _open(Act.RETURN_LEG, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.RETURN_LEG).or_raise()
        handoffs.may_return_as(kind, reason, whose, then, door).or_raise()
        leg = at.now.leg_under_way
        assert leg is not None
        if door is not None and door not in authority_queries.windows(at.case.county_id, civil_date(at.tx.now)):
            raise NotFound(f"window {door}")
        what, where = handoffs.door_of(kind, then, door, sender=leg.from_window, returned_by=leg.to_window)
        return at.append(
            permission, {"kind_of_return": kind.value, "reason": reason, "whose": whose, "then": what.value, "door": where}
        )


def recall(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Take back what was sent and not yet received (C-6)."""
    with _open(Act.RECALL, number, version=version, actor=actor, clock=clock, once=once) as at:
        return at.append(at.view.may(Act.RECALL).or_raise())


def take(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Become the assignee of a case that this window holds."""
    with _open(Act.TAKE, number, version=version, actor=actor, clock=clock, once=once) as at:
        return at.append(at.view.may(Act.TAKE).or_raise())


# --- deciding -------------------------------------------------------------------------------------------------------------------


def accept(
    number: str, materials: Sequence[Mapping[str, object]], names: Mapping[int, str], note: str, *, is_signed: bool = False,
    is_committed: bool = False, version: int, actor: SignedIn, clock: Clock, once: Once | None,
) -> Case:  # fmt: skip
    """Accept the application: the statutory and the promised limit run from now (C-3, C-4). `materials` is the checklist as seen now.

    `is_signed`: secondary materials follow by a signed undertaking (C-12). `is_committed`: the applicant chose to promise the conditions
    in writing, and is decided at once (C-11).
    """
    with _open(Act.ACCEPT, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.ACCEPT).or_raise()
        required = queries.material_values(queries.materials_of(at.view.version.id), dict(names))
        got = {str(each["code"]) for each in materials if each.get("got")}
        may_accept_later(required, got, is_signed).or_raise()
        payload: dict[str, object] = {"materials": [dict(each) for each in materials], "note": note}
        later = missing(required, got)
        if later:
            until = undertaking_until(at.view.today, at.view.terms, at.view.calendar)
            payload["undertaking"] = {"codes": [material.code for material in later], "until": until.isoformat()}
        if is_committed:
            may_commit_now(at.view).or_raise()
            payload["commitment"] = True
        return at.append(permission, payload)


def may_commit_now(view: queries.CaseView) -> Decision:
    """May this case be accepted by commitment? By the item and the applicant's record (C-11)."""
    broke = any(ask(view.case.applicant_id) for ask in broken_promises)
    return commitments.may_commit(view.terms.takes_commitment, view.version.theme, broke)


def review(
    number: str, lines: Sequence[Mapping[str, object]], note: str, *, is_passed: bool = True, version: int, actor: SignedIn, clock: Clock,
    once: Once | None,
) -> Case:  # fmt: skip
    """Examine the application point by point; every point must be met to pass (S-11). Not passed, it leads to a refusal, filed first (C-9)."""
    with _open(Act.REVIEW, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.REVIEW).or_raise()
        not_met = [str(each.get("point")) for each in lines if not each.get("met")]
        if is_passed or not not_met:
            lifecycle.may_pass_review(not_met).or_raise()
        result = "passed" if is_passed or not not_met else "failed"
        return at.append(permission, {"result": result, "lines": [dict(each) for each in lines], "note": note})


def decide(number: str, outcome: str, note: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Grant or refuse a case under the clause in force; a refusal says what its filing said, once that passed (C-9)."""
    act = Act.DECIDE if outcome == Outcome.GRANTED else Act.REFUSE
    with _open(act, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(act).or_raise()
        filing = at.now.filing_passed(FilingKind.REFUSE) if act is Act.REFUSE else None
        said = {} if filing is None else {"ground": filing.ground, "point": filing.point, "basis": filing.basis, "filing": filing.seq}
        serial = network.next_number(at.tx, at.case.county_id, f"decision-{at.view.item.body_id}", civil_date(at.tx.now).year)
        return at.append(permission, {"outcome": outcome, "number": serial, "note": note, **said})


def not_accept(
    number: str, ground: str, basis: str = "", *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> Case:
    """Decide not to accept: what was filed and passed, in its words; or on the spot, filed the same day by this very act (C-9)."""
    with _open(Act.NOT_ACCEPT, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.NOT_ACCEPT).or_raise()
        filing = at.now.filing_passed(FilingKind.NOT_ACCEPT)
        if filing is not None:
            said: dict[str, object] = {"ground": filing.ground, "basis": filing.basis, "on_the_spot": False, "filing": filing.seq}
        else:
            may_file(
                FilingKind.NOT_ACCEPT, at.now, at.view.today, at.view.calendar, ground=ground, basis=basis, point="", has_points=False
            ).or_raise()  # fmt: skip
            said = {"ground": ground, "basis": basis, "on_the_spot": True}
        return at.append(permission, said)


def certify(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Make and seal the certificate; its number is allotted in the act (G-7)."""
    with _open(Act.CERTIFY, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.CERTIFY).or_raise()
        year = civil_date(at.tx.now).year
        serial = network.next_number(at.tx, at.case.county_id, f"certificate-{at.view.item_code}", year)
        use = None if permission.by is None else seal_for(at.held.clause_of(permission.by), at.view.item)
        assert use is not None  # certify is never given to receive and forward (G-3)
        body = network.bodies_by_id(at.case.county_id)[use.body_id]
        logged = {"number": f"{at.view.item_code}-{year}-{serial:05d}", "seal": use.seal.value, "seal_body": body.code}
        may_issue(logged).or_raise()
        record(at.tx, actor.actor, "use_seal", f"case:{at.case.number}", seal=use.seal.value, body=body.code, paper=logged["number"])
        return at.append(permission, logged)


def deliver(number: str, to: str, note: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Hand over the result; the case is closed and off every list in the same transaction (C-2)."""
    with _open(Act.DELIVER, number, version=version, actor=actor, clock=clock, once=once) as at:
        return at.append(at.view.may(Act.DELIVER).or_raise(), {"to": to, "note": note})


def finish(number: str, note: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Do a matter of the village list wholly at the room (G-3)."""
    with _open(Act.FINISH, number, version=version, actor=actor, clock=clock, once=once) as at:
        return at.append(at.view.may(Act.FINISH).or_raise(), {"note": note})


# --- looks ----------------------------------------------------------------------------------------------------------------------


def record_look(case_number: str, case_id: int, *, actor: SignedIn, clock: Clock) -> None:
    """Record that a person's name was shown in clear: once a session and case (R-1)."""
    subject = f"look:{actor.session_id}:{case_id}"
    if queries.has_record(actor.county_id, subject):
        return
    with transaction(clock=clock) as tx:
        record(tx, actor.actor, "case.look", subject, case=case_number, fields=["name"])


def rebuild(case: Case) -> list[str]:
    """What differs between the stored projection of a case and its events; nothing is written. For `flask check` and tests."""
    view = queries.load(case, case.collected_at)  # no effect of law has come at the beginning: what is written is what is compared
    differs = [name for name, value in projected(view.written).items() if getattr(case, name) != value]
    model: Any
    for model, wanted in ((FiledRefusal, projected_filings(view.written)), (CaseStop, projected_stops(view.written, view.calendar))):
        differs += _rows_that_differ(case, model, wanted)
    rows = {row.seq: row for row in db.session.scalars(select(Leg).where(Leg.case_id == case.id))}
    for values in projected_legs(view.written):
        row = rows.pop(values["seq"], None)
        if row is None:
            differs.append(f"leg {values['seq']}")
        else:
            differs += [f"leg {values['seq']}.{name}" for name, value in values.items() if getattr(row, name) != value]
    differs += _lines_that_differ(case, _lines(case, view.written, view))
    seen_by = set(db.session.scalars(select(CaseWindow.window_id).where(CaseWindow.case_id == case.id)))
    if seen_by != touched_by(case.id, view.written):
        differs.append("windows that see it")
    return differs + [f"leg {seq}" for seq in rows]


def _rows_that_differ(case: Case, model: Any, wanted: list[dict[str, Any]]) -> list[str]:
    """The rows of a projected table of this case that are not as they should be, by table and seq."""
    kept = {row.seq: row for row in db.session.scalars(select(model).where(model.case_id == case.id))}
    differs = []
    for values in wanted:
        row = kept.pop(values["seq"], None)
        if row is None or any(getattr(row, name) != value for name, value in values.items()):
            differs.append(f"{model.__tablename__} {values['seq']}")
    return differs + [f"{model.__tablename__} {seq}" for seq in kept]


def untrue_events(case: Case) -> list[int]:
    """The events (by seq) that are not what the record says was written; an event of which the record knows nothing is one of them."""
    known = {facts["event"]: facts["digest"] for facts in digests_of(case.county_id, f"case:{case.number}") if "event" in facts}
    return [row.seq for row in queries.events_of(case.id) if known.get(row.seq) != digest(row_facts(row))]
