"""Joint approval and packages: open, ask, notify, visit, stand alone, end; urge and escalate who is silent (C-10, C-26).

A joint case has events of its own; its branches are cases whose own acts are those of every case. Who writes both locks the joint case first,
then cases, then clauses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.accounts import services as accounts
from portal.accounts.contact_queries import has_phone
from portal.accounts.models import Person
from portal.accounts.queries import SignedIn
from portal.audit import Actor, digest, machine, record, row_facts
from portal.authority import queries as authority_queries
from portal.authority.models import Clause
from portal.cases import joint_queries as queries
from portal.cases import queries as case_queries
from portal.cases import services
from portal.cases.joint_models import JointBranch, JointCase, JointEvent, Package, PackageItem
from portal.cases.models import Case, CaseEvent
from portal.cases.warning_queries import People, people_of
from portal.catalogue.models import Item, ItemVersion
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, db, transaction
from portal.i18n import DEFAULT
from portal.messages import Channel
from portal.network import message_services as messages
from portal.network import queries as network
from portal.network.models import County, Window, WindowBody
from portal.rules import joint
from portal.rules.authority import Act, Authority
from portal.rules.deadlines import Limit, Unit, due_date
from portal.rules.decision import Basis, Decision, Sort
from portal.rules.joint import Kind, Part, Step
from portal.rules.lifecycle import EventKind, State
from portal.rules.moments import civil_date
from portal.rules.texts import Text


def address_of(number: str) -> str:
    """Where a joint case is read."""
    return f"/joint/{number}"


# --- packages -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PackageDraft:
    """What a package says: names, theme, limit, questions (code → text), items (code, question, what it makes)."""

    code: str
    name: Text
    about: Text
    theme: str
    days: int
    from_on: date
    questions: tuple[tuple[str, Text], ...] = ()
    items: tuple[tuple[str, str, str], ...] = ()
    same: tuple[tuple[str, ...], ...] = ()


def publish_package(county_id: int, draft: PackageDraft, *, is_sample: bool = False, actor: Actor, clock: Clock) -> Package:
    """Offer a package from a day on; NotAllowed where it is none, NotFound for an unknown item (C-26, S-6)."""
    with transaction(clock=clock) as tx:
        query = (
            select(Item.code, Item.id, ItemVersion.body_id)
            .join(ItemVersion, ItemVersion.item_id == Item.id)
            .where(Item.county_id == county_id)
            .order_by(ItemVersion.version)
        )
        found = {code: (item_id, body_id) for code, item_id, body_id in tx.session.execute(query)}
        unknown = next((code for code, _question, _makes in draft.items if code not in found), None)
        if unknown is not None:
            raise NotFound(f"item {unknown}")
        parts = [Part(code, found[code][1], question) for code, question, _makes in draft.items]
        joint.may_publish(Limit(draft.days, Unit.WORKING), [code for code, _text in draft.questions], parts).or_raise()
        row = Package(
            county_id=county_id, code=draft.code, theme=draft.theme, days=draft.days, about=draft.about.stored(), from_on=draft.from_on,
            questions=[{"code": code, **text.stored()} for code, text in draft.questions], same=[list(each) for each in draft.same],
            is_sample=is_sample, **draft.name.named(),
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        for seq, (code, question, makes) in enumerate(draft.items, 1):
            tx.session.add(
                PackageItem(county_id=county_id, package_id=row.id, item_id=found[code][0], seq=seq, question=question, makes=makes)
            )
        tx.session.flush()
        record(tx, actor, "publish_package", f"package:{draft.code}", items=[code for code, _question, _makes in draft.items])
        return row


# --- opening --------------------------------------------------------------------------------------------------------------------


def open_joint(
    code: str, answers: Collection[str], applicant: services.Applicant, got: Collection[str], *, window_id: int, actor: SignedIn,
    clock: Clock, once: Once | None,
) -> JointCase:  # fmt: skip
    """Take in a package: one number, one code, one day; each branch a case received at its own window in the same moment (C-10, C-26).

    `answers`: the questions answered with yes; `got`: the boxes of the one list that were ticked. Raises NotAllowed where the window may not
    lead, or an item has no window that could decide it jointly.
    """
    with transaction(clock=clock, once=once) as tx:
        county: County = tx.session.get_one(County, actor.county_id)
        lead: Window = tx.session.get_one(Window, window_id)
        _lock_windows(tx, county.id, code, window_id)
        held = authority_queries.held_by(actor.account_id, window_id, tx=tx)
        today = civil_date(tx.now)
        shown = queries.package(county.id, code, today)
        yes = shown.answers(answers)
        components = shown.chosen(yes)
        permission = joint.may_lead(held, [each.terms for each in components]).or_raise()
        register = authority_queries.register_for(county.id, tx.now, [each.terms for each in components])
        seats = queries.seats(components, register, lead.point_id)
        without = [seat.component.version.name for seat in seats if seat.window_id is None]
        joint.may_open([each.part.body_id for each in components], without).or_raise()
        person = accounts.register_person(tx, county.id, applicant.kind, applicant.name, applicant.number, applicant.phone)
        calendar = network.calendar_of(county.id)
        serial = network.next_number(tx, county.id, f"joint-{today:%m%d}", today.year)
        row = JointCase(
            county_id=county.id, number=f"{county.code}-{today:%Y%m%d}-J{serial:03d}", tracking_code=services.new_tracking_code(),
            package_id=shown.row.id, applicant_id=person.id, lead_window_id=window_id, answers=yes, opened_at=tx.now,
            ask_until=joint.asked_until(today, calendar), due_on=joint.due_on(today, Limit(shown.row.days, Unit.WORKING), calendar), version=0,
            is_open=True, is_sample=county.is_sample,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        lines = queries.one_list(shown, components)
        ticked = {use for line in lines if line.field in got for use in line.line.uses}
        inside = {use: line.line.comes_from for line in lines if line.line.comes_from for use in line.line.uses}
        for seq, seat in enumerate(seats, 1):
            assert seat.window_id is not None
            materials = [
                {
                    "code": str(each.seq), "got": (seat.component.part.item, str(each.seq)) in ticked, "original": each.original, "copies": each.copies,
                    **({"from_branch": inside[key]} if (key := (seat.component.part.item, str(each.seq))) in inside else {}),
                }
                for each in seat.component.materials
            ]  # fmt: skip
            _begin_branch(tx, row, seq, seat, person, materials, county, actor)
        assert permission.by is not None
        _append(
            tx, row, Kind.OPENED, permission.by, actor.account_id, window_id,
            {"answers": yes, "got": sorted(line.field for line in lines if line.field in got)},
        )  # fmt: skip
        _tell_applicant(tx, row, "opened", {"until": row.due_on.isoformat()})
        tx.result = f"{address_of(row.number)}/receipt"
        about: dict[str, Any] = {"package": code, "branches": len(seats), "person": person.id, "window": lead.code}
        record(tx, actor.actor, "joint.open", f"joint:{row.number}", **about)
        return row


def _lock_windows(tx: Transaction, county_id: int, code: str, window_id: int) -> None:
    """Lock the clauses of every window that a branch could be decided at, before the moment is read."""
    bodies = (
        select(ItemVersion.body_id)
        .join(PackageItem, PackageItem.item_id == ItemVersion.item_id)
        .join(Package, Package.id == PackageItem.package_id)
        .where(Package.county_id == county_id, Package.code == code[:40])
    )
    served = select(WindowBody.window_id).where(WindowBody.county_id == county_id, WindowBody.body_id.in_(bodies))
    windows = select(Window.id).where(Window.county_id == county_id, Window.id.in_(served) | (Window.id == window_id))
    tx.lock(select(Clause).where(Clause.window_id.in_(windows)).order_by(Clause.id), share=True)


def _begin_branch(
    tx: Transaction, row: JointCase, seq: int, seat: queries.Seat, person: Person, materials: Sequence[Mapping[str, object]], county: County,
    actor: SignedIn,
) -> Case:  # fmt: skip
    """Make the case of a branch: received at its own window in the moment in which the lead took it in; an act of the applicant (G-2)."""
    assert seat.window_id is not None
    day = civil_date(tx.now)
    facts = services.new_case_facts(seat.window_id, seat.component.part.item, day, county.id)
    serial = network.next_number(tx, county.id, f"case-{day:%m%d}", day.year)
    case = Case(
        county_id=county.id, number=f"{county.code}-{day:%Y%m%d}-{serial:04d}", tracking_code=services.new_tracking_code(),
        item_id=facts.item.id, version_id=facts.version.id, applicant_id=person.id, point_id=facts.point.id, collected_window_id=seat.window_id,
        title="", state=State.RECEIVED.value, is_open=True, version=0, holder_id=seat.window_id, collected_at=tx.now, sort_on=day,
        is_sample=county.is_sample,
    )  # fmt: skip
    tx.session.add(case)
    tx.session.flush()
    tx.session.add(JointBranch(county_id=county.id, joint_id=row.id, seq=seq, case_id=case.id, window_id=seat.window_id))
    event = CaseEvent(
        county_id=county.id, case_id=case.id, seq=1, kind=EventKind.RECEIVED.value, sort=Sort.ACT_OF_APPLICANT.value, actor_id=actor.account_id,
        window_id=seat.window_id, occurred_at=tx.now, recorded_at=tx.clock.wall(),
        payload={"level": facts.point.level, "materials": [dict(each) for each in materials], "joint": row.number},
    )  # fmt: skip
    tx.session.add(event)
    tx.session.flush()
    view = case_queries.load(case, tx.now)
    services.write_projection(tx, case, view.now)
    for follow in services.after_event:
        follow(tx, view, event)
    about: dict[str, Any] = {"event": 1, "item": facts.item.code, "window": facts.window.code, "joint": row.number, "digest": digest(row_facts(event))}
    record(tx, actor.actor, "case.join", f"case:{case.number}", **about)
    return case


def _append(
    tx: Transaction, row: JointCase, kind: Kind, by: Basis | None, actor_id: int | None, window_id: int | None, payload: Mapping[str, object],
    branch: int | None = None,
) -> JointEvent:  # fmt: skip
    """Append an event of the whole and count it; the caller holds the lock of the row."""
    row.version += 1
    event = JointEvent(
        county_id=row.county_id, joint_id=row.id, seq=row.version, kind=kind.value, branch=branch, clause_id=by.clause if by else None,
        actor_id=actor_id, window_id=window_id, occurred_at=tx.now, recorded_at=tx.clock.wall(), payload=dict(payload),
    )  # fmt: skip
    tx.session.add(event)
    tx.session.flush()
    return event


# --- one act on the whole -------------------------------------------------------------------------------------------------------


@dataclass
class Open:
    """A joint case locked in a transaction, its board read after the lock."""

    tx: Transaction
    board: queries.Board
    held: Authority
    actor: SignedIn

    def append(self, kind: Kind, permission: Decision, payload: Mapping[str, object], branch: int | None = None) -> JointCase:
        """Append the event that rests on the permission's clause, and record it."""
        row = self.board.case
        assert permission.by is not None and self.held.window is not None
        event = _append(self.tx, row, kind, permission.by, self.actor.account_id, self.held.window.id, payload, branch)
        self.tx.result = address_of(row.number)
        about: dict[str, Any] = {"event": event.seq, "window": self.held.window.code, "digest": digest(row_facts(event))}
        record(self.tx, self.actor.actor, f"joint.{kind.value}", f"joint:{row.number}", **about)
        return row


@contextmanager
def _open(
    number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None, branch: int | None = None, with_branches: bool = False
) -> Iterator[Open]:
    """Lock a joint case, and the clauses on which the act can rest: the lead's, or those of one branch's holder. Stale, NotFound."""
    with transaction(clock=clock, once=once) as tx:
        seen = queries.joint_for(actor, number)
        row: JointCase = tx.lock(select(JointCase).where(JointCase.id == seen.id))[0]
        if row.version != version:
            raise Stale(row.version)
        of = select(Case).join(JointBranch, JointBranch.case_id == Case.id).where(JointBranch.joint_id == row.id).order_by(Case.id)
        if branch is not None:
            of = of.where(JointBranch.seq == branch)
        cases: list[Case] = tx.lock(of) if branch is not None or with_branches else []
        if branch is not None and not cases:
            raise NotFound(f"branch {branch}")
        window_id = row.lead_window_id if branch is None else cases[0].holder_id
        if with_branches:
            windows = sorted({window_id} | {case.holder_id for case in cases})
            tx.lock(select(Clause).where(Clause.window_id.in_(windows)).order_by(Clause.id), share=True)
        held = authority_queries.held_by(actor.account_id, window_id, tx=tx)
        board = queries.load(row, tx.now)
        board.held = held if branch is None else None
        yield Open(tx, board, held, actor)


def ask(
    number: str, branch: int, missing: Mapping[str, str], *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> JointCase:
    """A branch says, under its own accept, what is missing of its list; the lead puts it into the one notice (C-10)."""
    with _open(number, version=version, actor=actor, clock=clock, once=once, branch=branch) as at:
        shown = at.board.branch(branch)
        view = case_queries.load(shown.case, at.tx.now)
        permission = case_queries.may_act(Act.NOTICE, view.now, view.terms, view.item, at.held, at.board.today).or_raise()
        listed = {str(material.seq) for material in shown.materials}
        joint.may_ask(at.board.now, shown.branch, at.board.today, at.board.case.ask_until, listed, list(missing)).or_raise()
        told = [{"code": code, "why": why} for code, why in missing.items()]
        return at.append(Kind.ASKED, permission, {"missing": told}, branch)


def notify(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> JointCase:
    """The lead sends the one notice, put together from what the branches asked; each branch's own clock says so in the same act (C-10).

    The notice of a branch rests on its own clause and names who asked; where that person may not any more, NotAllowed.
    """
    with _open(number, version=version, actor=actor, clock=clock, once=once, with_branches=True) as at:
        board, tx = at.board, at.tx
        permission = board.may_lead().or_raise()
        joint.may_notify(board.now, [each.branch for each in board.branches], board.today, board.case.ask_until).or_raise()
        calendar = network.calendar_of(board.case.county_id)
        events = {row.seq: row for row in board.events}
        until = board.today
        for asked in board.now.asked:
            shown, by = board.branch(asked.branch), events[asked.event]
            until = max(until, _notice_branch(at, shown, asked, by, calendar))
        row = at.append(Kind.NOTIFIED, permission, {"until": until.isoformat(), "branches": [each.branch for each in board.now.asked]})
        _tell_applicant(tx, row, "notified", {"until": until.isoformat()})
        return row


def _notice_branch(at: Open, shown: queries.BranchShown, asked: joint.Asked, by: JointEvent, calendar: Any) -> date:
    tx = at.tx
    view = case_queries.load(shown.case, tx.now)
    services.settle(tx, view)
    if view.now.state is not State.RECEIVED:  # accepted meanwhile, by its window or by law: nothing can be noticed any more
        return civil_date(tx.now)
    assert by.actor_id is not None
    held = authority_queries.held_by(by.actor_id, shown.case.holder_id, tx.now)
    permission = case_queries.may_act(Act.NOTICE, view.now, view.terms, view.item, held, view.today).or_raise()
    assert permission.by is not None
    until = due_date(civil_date(tx.now), view.terms.supplement, calendar).due
    told = [{"code": code, "why": why} for code, why in asked.missing]
    payload = {"missing": told, "until": until.isoformat(), "second": False, "joint": at.board.case.number}
    asker = _as_actor(at.actor, by.actor_id)
    services._append(tx, view, Act.NOTICE, EventKind.NOTICED, permission.by, asker, held, payload)
    event = view.rows[-1]
    about: dict[str, Any] = {"event": event.seq, "asked_by": by.actor_id, "digest": digest(row_facts(event))}
    record(tx, at.actor.actor, "case.notice", f"case:{shown.case.number}", **about)
    return until


def _as_actor(person: SignedIn, account_id: int) -> SignedIn:
    """Whose act an event is: the account alone."""
    return replace(person, account_id=account_id)


def set_site(number: str, on: date | None, place: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> JointCase:
    """The lead calls the one joint site visit (C-10)."""
    with _open(number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.board.may_lead().or_raise()
        joint.may_set_site(at.board.now, on, at.board.today).or_raise()
        assert on is not None
        return at.append(Kind.SITE_SET, permission, {"on": on.isoformat(), "place": place})


def hold_site(number: str, finding: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> JointCase:
    """The joint site visit was held; what was found goes to every branch (C-10)."""
    with _open(number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.board.may_lead().or_raise()
        joint.may_hold_site(at.board.now, finding, at.board.today).or_raise()
        return at.append(Kind.SITE_HELD, permission, {"on": at.board.today.isoformat(), "finding": finding})


def stand_alone(number: str, why: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> JointCase:
    """The lead writes down why the other branches stand without the refused one (C-10)."""
    with _open(number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.board.may_lead().or_raise()
        joint.may_stand_alone(at.board.now, at.board.results, why).or_raise()
        return at.append(Kind.STANDS_ALONE, permission, {"why": why})


def end(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> JointCase:
    """Hand over the one result, when every branch has its own (C-26)."""
    with _open(number, version=version, actor=actor, clock=clock, once=once, with_branches=True) as at:
        permission = at.board.may_lead().or_raise()
        joint.may_end(at.board.now, at.board.results).or_raise()
        row, outcome = at.board.case, at.board.outcome
        row.is_open, row.ended_at = False, at.tx.now
        done = at.append(Kind.ENDED, permission, {"outcome": outcome})
        _tell_applicant(at.tx, row, "ended", {"outcome": outcome})
        return done


def record_look(number: str, joint_id: int, *, actor: SignedIn, clock: Clock) -> None:
    """Record that the applicant's name was shown in clear on the board: once a session and joint case (R-1)."""
    subject = f"look:{actor.session_id}:joint:{joint_id}"
    if case_queries.has_record(actor.county_id, subject):
        return
    with transaction(clock=clock) as tx:
        record(tx, actor.actor, "joint.look", subject, joint=number, fields=["name"])


# --- messages -------------------------------------------------------------------------------------------------------------------


def _tell_applicant(tx: Transaction, row: JointCase, event: str, facts: Mapping[str, object]) -> None:
    """One message for the whole: a code, what happened, a day; nothing that says whom or what (C-18)."""
    if has_phone(row.county_id, row.applicant_id):
        messages.put(
            tx, county_id=row.county_id, key=f"joint:{row.id}:{row.version}:applicant", template="joint_applicant",
            facts={"code": row.tracking_code, "event": event, **facts}, receiver=f"person:{row.applicant_id}", language=DEFAULT,
            channel=Channel.SMS,
        )  # fmt: skip


def urge(county_id: int, clock: Clock) -> str:
    """Urge and escalate the branches that are silent: each step once, each message once (C-10). For the job `joint`; says how many."""
    people = people_of(county_id, clock.now())
    ids = queries.open_ids(county_id)
    db.session.rollback()
    written = 0
    for joint_id in ids:
        with transaction(clock=clock) as tx:
            row: JointCase = tx.lock(select(JointCase).where(JointCase.id == joint_id))[0]
            if row.is_open:
                written += _urge(tx, row, people)
    return f"{written} steps"


def _urge(tx: Transaction, row: JointCase, people: People) -> int:
    board, calendar, written = queries.load(row, tx.now), network.calendar_of(row.county_id), 0
    for shown in board.branches:
        for step in joint.steps_due(shown.branch, board.now, board.today, calendar):
            kind = Kind.URGED if step is Step.URGE else Kind.ESCALATED
            after = shown.branch.last_event
            told = _told(step, shown, people, board.today)
            _append(tx, row, kind, None, None, None, {"step": step.value, "after": after, "told": len(told)}, shown.row.seq)
            for account_id in sorted(told):
                username, language = people.names[account_id]
                messages.put(
                    tx, county_id=row.county_id, key=f"joint:{row.id}:{shown.row.seq}:{after}:{step.value}:{username}", template="joint_staff",
                    facts={"joint": row.number, "number": shown.case.number, "step": step.value, "due": row.due_on.isoformat()},
                    receiver=username, language=language or DEFAULT,
                )  # fmt: skip
            record(tx, machine(row.county_id, "jobs"), f"joint.{kind.value}", f"joint:{row.number}", branch=shown.case.number, step=step.value, accounts=sorted(told))
            written += 1
    return written


def _told(step: Step, shown: queries.BranchShown, people: People, on: date) -> set[int]:
    """Who is told of a silent branch: its window; the chief representative; the head of its body and the center's management (C-10)."""
    window, body = shown.case.holder_id, shown.version.body_id
    match step:
        case Step.URGE:
            return set(people.at_window.get(window, ()))
        case Step.CHIEF:
            return set(people.chiefs_at(body, window))
        case Step.ABOVE:
            return (queries.heads_of(shown.case.county_id, body, on) & people.names.keys()) | set(people.center)


__all__ = [
    "PackageDraft", "address_of", "ask", "end", "hold_site", "notify", "open_joint", "publish_package", "record_look", "set_site", "stand_alone",
    "urge",
]  # fmt: skip
