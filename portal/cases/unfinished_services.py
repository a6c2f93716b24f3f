"""Matters of the "could not get it done" window: opened by anybody, answered and settled by the coordinator with a cause (V-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from portal.accounts import services as accounts
from portal.accounts.numbers import plain_number
from portal.accounts.queries import SignedIn
from portal.accounts.sealed import RevealReason, cipher
from portal.accounts.services import Budget
from portal.audit import Actor, machine, record
from portal.authority import queries as authority_queries
from portal.cases import unfinished_queries as queries
from portal.cases.models import Case
from portal.cases.queries import get_case_by_code
from portal.cases.services import new_tracking_code
from portal.cases.unfinished_models import Unfinished, UnfinishedCoordinator, UnfinishedStep
from portal.cases.unfinished_queries import PHONE_CONTEXT
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.i18n import DEFAULT
from portal.messages import Channel
from portal.network import message_services as messages
from portal.network import queries as network
from portal.rules import unfinished as rules
from portal.rules.decision import Decision
from portal.rules.moments import civil_date
from portal.rules.unfinished import Cause, Ground, MatterState

MOST_REMINDED = 500  # of a run; the oldest first
# One address: wide, since a whole village room shares one.
ADDRESS = Budget(20, timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Opener:
    """Who opens a matter: somebody of the public from an address, or a member of staff at a window for whoever stands there."""

    county_id: int
    address: str = ""
    staff: SignedIn | None = None

    @property
    def actor(self) -> Actor:
        return self.staff.actor if self.staff is not None else Actor(None, self.county_id, "public", self.address)

    def take_try(self, clock: Clock, once: Once | None = None) -> None:
        """Count a try from outside; `TooMany` where the next must wait."""
        if self.staff is None:
            key = accounts.throttle_key("unfinished address", self.county_id, accounts.place_key(self.address))
            subject = f"county:{self.county_id}"
            accounts.take_try({key: ADDRESS}, clock=clock, actor=self.actor, verb="unfinished.try", subject=subject, once=once)


def place_of(code: str) -> str:
    """Where whoever opened a matter follows it."""
    return f"/unfinished/{code}"


def open_for_case(
    tracking_code: str, said: str, phone: str, *, version: int, opener: Opener, clock: Clock, once: Once | None = None
) -> str:
    """Open a matter about a case, by its code: refused, told "not here", or sent back twice. Returns the matter's code.

    NotFound, NotAllowed, Stale, TooMany.
    """
    case_id = get_case_by_code(opener.county_id, tracking_code, clock.now()).case.id
    opener.take_try(clock, once)
    with transaction(clock=clock, once=once) as tx:
        tx.lock(select(Case).where(Case.id == case_id))
        view = get_case_by_code(opener.county_id, tracking_code, tx.now)
        if view.case.version != version:
            raise Stale(view.case.version)
        ground = rules.may_open_for_case(queries.facts_of(view)).or_raise().facts["ground"]
        assert isinstance(ground, Ground)
        window_id = view.now.holder_window_id
        return _open(
            tx, opener, ground, said, phone, point_id=view.places[window_id].point.id, window_id=window_id, item_id=view.case.item_id, case_id=case_id
        )


def open_without_case(
    point_code: str, item_id: int | None, said: str, phone: str, *, opener: Opener, clock: Clock, once: Once | None = None
) -> str:
    """Open a matter of somebody who was told "not here" at a point. Returns its code. NotFound, NotAllowed, TooMany."""
    rules.may_open_without_case(said).or_raise()
    point_id = network.point_by_code(opener.county_id, point_code).id
    opener.take_try(clock, once)
    with transaction(clock=clock, once=once) as tx:
        return _open(tx, opener, Ground.NOT_HERE, said, phone, point_id=point_id, item_id=item_id)


def _open(
    tx: Transaction, opener: Opener, ground: Ground, said: str, phone: str, *, point_id: int, item_id: int | None, window_id: int | None = None,
    case_id: int | None = None,
) -> str:  # fmt: skip
    today, calendar, phone = civil_date(tx.now), network.calendar_of(opener.county_id), plain_number(phone)
    row = Unfinished(
        county_id=opener.county_id, code=new_tracking_code(), case_id=case_id, item_id=item_id, point_id=point_id, window_id=window_id,
        ground=ground.value, said=said, phone_sealed=cipher().seal(phone, PHONE_CONTEXT) if phone else None, opened_at=tx.now,
        opened_by_id=opener.staff.account_id if opener.staff is not None else None, answer_due_on=rules.answer_due_on(today, calendar),
        settle_due_on=rules.settle_due_on(today, calendar), state=MatterState.OPEN.value, version=1,
    )  # fmt: skip
    tx.session.add(row)
    tx.session.flush()
    told = _tell_coordinator(tx, row)
    tx.result = place_of(row.code)
    record(tx, opener.actor, "unfinished.open", f"unfinished:{row.id}", ground=ground.value, point=point_id, case=case_id, phone=bool(phone), messages=told)
    return row.code


# --- the coordinator ----------------------------------------------------------------------------------------------------------------


def _receivers(tx: Transaction, county_id: int) -> list[tuple[str, str | None]]:
    today = civil_date(tx.now)
    named = queries.coordinator_of(county_id, today)
    return [(one.username, one.language) for one in ([named] if named is not None else queries.of_center(county_id, today))]


def _tell_coordinator(tx: Transaction, row: Unfinished) -> int:
    """Tell who answers it, in the app."""
    facts, written = {"id": row.id, "due_on": row.answer_due_on.isoformat()}, 0
    for username, language in _receivers(tx, row.county_id):
        written += messages.put(
            tx, county_id=row.county_id, key=f"unfinished:{row.id}:{username}", template="unfinished_staff", facts=facts, receiver=username,
            language=language or DEFAULT,
        )  # fmt: skip
    return written


def _tell_public(tx: Transaction, row: Unfinished, step: MatterState) -> int:
    """Tell whoever opened it by text message, where a phone was given: a code and a word, nothing else (C-18)."""
    if row.phone_sealed is None:
        return 0
    return int(
        messages.put(
            tx, county_id=row.county_id, key=f"unfinished:{row.id}:{step.value}:public", template="unfinished", facts={"code": row.code, "state": step.value},
            receiver=f"unfinished:{row.id}", language=DEFAULT, channel=Channel.SMS,
        )
    )  # fmt: skip


def may_settle(actor: SignedIn, found: queries.MatterShown, step: MatterState, *, text: str = "?", cause: Cause | None = Cause.OTHER) -> Decision:
    """The one answer for the page."""
    named = queries.coordinator_of(actor.county_id, found.today)
    return rules.may_settle_matter(
        found.state, step, account_id=actor.account_id, coordinator_id=named.id if named is not None else None, offices=actor.offices, text=text,
        cause=cause,
    )  # fmt: skip


def answer_matter(matter_id: int, said: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """The coordinator's first answer. NotFound, NotAllowed, Stale."""
    _step(matter_id, MatterState.ANSWERED, said, None, version=version, actor=actor, clock=clock, once=once)


def settle_matter(
    matter_id: int, step: MatterState, said: str, cause: Cause | None, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None
) -> None:
    """Settle it, or say why it cannot be settled; either with its cause. NotFound, NotAllowed, Stale."""
    if not step.is_over:
        raise ValueError(step)
    _step(matter_id, step, said, cause, version=version, actor=actor, clock=clock, once=once)


def _step(
    matter_id: int, step: MatterState, said: str, cause: Cause | None, *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> None:
    with transaction(clock=clock, once=once) as tx:
        queries.get_matter(actor.county_id, matter_id, clock.today())
        row: Unfinished = tx.lock(select(Unfinished).where(Unfinished.county_id == actor.county_id, Unfinished.id == matter_id))[0]
        if row.version != version:
            raise Stale(row.version)
        today = civil_date(tx.now)
        named = queries.coordinator_of(actor.county_id, today)
        permission = rules.may_settle_matter(
            MatterState(row.state), step, account_id=actor.account_id, coordinator_id=named.id if named is not None else None,
            offices=authority_queries.offices_of(actor.account_id, today), text=said, cause=cause,
        ).or_raise()  # fmt: skip
        assert permission.by is not None
        due = row.answer_due_on if step is MatterState.ANSWERED else row.settle_due_on
        row.state, row.version = step.value, row.version + 1
        if step is MatterState.ANSWERED:
            row.answered_on = today
        elif cause is not None:
            row.ended_on, row.cause = today, cause.value
        tx.session.add(
            UnfinishedStep(county_id=row.county_id, matter_id=row.id, step=step.value, said=said, by_id=actor.account_id, done_at=tx.now)
        )
        tx.session.flush()
        messages.set_aside(tx, row.county_id, [f"unfinished:{row.id}:{one.username}" for one in queries.of_center(row.county_id, today)])
        told = _tell_public(tx, row, step)
        tx.result = f"/manage/unfinished/{row.id}"
        record(
            tx, actor.actor, f"unfinished.{step.value}", f"unfinished:{row.id}", late=today > due, cause=row.cause, office=permission.by.office,
            messages=told,
        )  # fmt: skip


def choose_coordinator(account_id: int, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Name the coordinator, from now on. NotFound, NotAllowed."""
    with transaction(clock=clock, once=once) as tx:
        today = civil_date(tx.now)
        known = {one.id for one in queries.of_center(actor.county_id, today)}
        offices = authority_queries.offices_of(actor.account_id, today)
        permission = rules.may_choose_coordinator(offices, is_of_center=account_id in known).or_raise()
        assert permission.by is not None
        row = UnfinishedCoordinator(county_id=actor.county_id, account_id=account_id, by_id=actor.account_id, from_at=tx.now)
        tx.session.add(row)
        tx.session.flush()
        tx.result = "/manage/unfinished"
        record(tx, actor.actor, "unfinished.choose", f"account:{account_id}", office=permission.by.office)


def reveal_phone(matter_id: int, reason: RevealReason, *, actor: SignedIn, clock: Clock) -> str:
    """The phone in clear, for who answers the matter; recorded before it is opened, each time (R-2). NotFound, NotAllowed."""
    found = queries.get_matter(actor.county_id, matter_id, clock.today())
    step = MatterState.ANSWERED if found.state is MatterState.OPEN else MatterState.SETTLED
    may_settle(actor, found, step).or_raise()
    if found.row.phone_sealed is None:
        raise NotFound("phone")
    sealed = found.row.phone_sealed
    with transaction(clock=clock) as tx:
        record(tx, actor.actor, "reveal", f"unfinished:{matter_id}", field="phone", reason=reason.value)
    return cipher().open(sealed, PHONE_CONTEXT)


def remind(county_id: int, clock: Clock) -> str:
    """Tell the coordinator of matters that are due today or late, once a day; says how many messages. Repeated, it writes nothing twice."""
    with transaction(clock=clock) as tx:
        today = civil_date(tx.now)
        query = select(Unfinished).where(Unfinished.county_id == county_id, Unfinished.state.in_([state.value for state in queries.OPEN]))
        written, reminded = 0, 0
        for row in tx.session.scalars(query.order_by(Unfinished.id).limit(MOST_REMINDED)):
            waits = rules.waits_for(MatterState(row.state), row.answer_due_on, row.settle_due_on)
            if waits is None or waits.due_on > today:
                continue
            reminded += 1
            for username, language in _receivers(tx, county_id):
                written += messages.put(
                    tx, county_id=county_id, key=f"unfinished:{row.id}:{today.isoformat()}:{username}", template="unfinished_due",
                    facts={"id": row.id, "due_on": waits.due_on.isoformat()}, receiver=username, language=language or DEFAULT,
                )  # fmt: skip
        if reminded:
            record(tx, machine(county_id, "jobs"), "unfinished.remind", f"county:{county_id}", on=today, messages=written)
    return f"{written} about matters that could not get done"
