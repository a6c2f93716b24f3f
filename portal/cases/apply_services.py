"""Applying online: a code by phone, a browser that is known for a while, drafts, and sending one (C-1, C-16, C-18, R-2)."""

from __future__ import annotations

import hmac
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select, update

from portal.accounts import services as accounts
from portal.accounts.numbers import plain_number
from portal.accounts.sealed import PersonField, cipher
from portal.accounts.services import Budget, TooMany
from portal.audit import Actor, machine, record
from portal.cases import apply_queries as queries
from portal.cases import attachment_services as attachments
from portal.cases import course_services as course
from portal.cases import online
from portal.cases.apply_models import ApplyCode, ApplySession, Draft
from portal.cases.apply_queries import CODE_CONTEXT, PHONE_CONTEXT, DraftView, KnownPhone, Typed, code_of, digest_of
from portal.cases.attachment_queries import list_attachments
from portal.cases.models import Case
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.messages import Channel, Channels
from portal.network import queries as network
from portal.network.message_services import put, send_waiting
from portal.network.models import County
from portal.rules import applying

# One phone: three codes are free, then the next waits a minute, two, … at most a quarter of an hour: nobody's phone is flooded, and a
# stranger who asks for codes delays the owner by no more. One address: wide, since a whole village room shares one.
PHONE = Budget(3, timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=24))
ADDRESS = Budget(30, timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1))

log = logging.getLogger("portal")

__all__ = ["TooMany", "WrongCode"]


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """A code under way: the ticket under which it is typed, and the key of its message."""

    ticket: str
    message: str


class WrongCode(Exception):
    """The code is not right; `left` more tries are possible with it."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} tries left")
        self.left = left


def _index(phone: str) -> str:
    return cipher().blind(plain_number(phone), PersonField.PHONE)


def _guest(county_id: int, index: str, address: str) -> Actor:
    return Actor(None, county_id, f"phone {index}", address)


def _throttled(county_id: int, index: str, address: str) -> dict[str, Budget]:
    phone = accounts.throttle_key("apply phone", county_id, index)
    return {phone: PHONE, accounts.throttle_key("apply address", accounts.place_key(address)): ADDRESS}


# --- the door -------------------------------------------------------------------------------------------------------------------


def ask_code(
    phone: str, *, county_id: int, address: str, language: str, clock: Clock, once: Once | None = None, then: str = ""
) -> CodeAsked:
    """Send a one-time code to a phone by the outbox; returns the ticket under which it is typed, and its message. `TooMany` where one must wait."""
    phone = plain_number(phone)
    index, ticket = _index(phone), secrets.token_urlsafe(18)
    actor = _guest(county_id, index, address)
    tries = _throttled(county_id, index, address)
    accounts.take_try(tries, clock=clock, actor=actor, verb="apply.try_ask_code", subject=f"phone:{index}", once=once)
    with transaction(clock=clock, once=once) as tx:
        wall = clock.wall()
        row = ApplyCode(
            county_id=county_id, ticket_hash=digest_of(ticket), phone_index=index, phone_sealed=cipher().seal(phone, PHONE_CONTEXT), sent_at=wall,
            good_until=wall + applying.CODE_HOLDS, tries=0,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        facts = {
            "code_sealed": cipher().seal(code_of(ticket), CODE_CONTEXT).hex(),
            "minutes": int(applying.CODE_HOLDS.total_seconds() // 60),
        }
        put(
            tx, county_id=county_id, key=f"apply_code:{row.id}", template="apply_code", facts=facts, receiver=f"apply_code:{row.id}",
            language=language, channel=Channel.SMS,
        )  # fmt: skip
        tx.result = f"/my/code/{ticket}{then}"
        record(tx, actor, "apply.ask_code", f"phone:{index}", code=row.id)
        return CodeAsked(ticket, f"apply_code:{row.id}")


def send_code(asked: CodeAsked, *, county_id: int, clock: Clock, channels: Channels) -> None:
    """Hand the code's message over now, since it holds for minutes and the job comes every ten; what fails is the job's to try again."""
    try:
        send_waiting(county_id, clock, channels, only=asked.message)
    except Exception:
        log.exception("a code could not be handed over at once")


def enter(ticket: str, code: str, *, county_id: int, address: str, clock: Clock, replaces: str = "") -> str:
    """Begin a session for the phone that was sent this code; returns its token. Every try counts before it is compared.

    Raises `WrongCode`, `NotAllowed` (used, too old, tried too often), `NotFound` for a ticket that never was.
    """
    with transaction(clock=clock) as tx:
        rows: list[ApplyCode] = tx.lock(
            select(ApplyCode).where(ApplyCode.county_id == county_id, ApplyCode.ticket_hash == digest_of(ticket))
        )
        if not rows:
            raise NotFound("code")
        row, wall = rows[0], clock.wall()
        applying.may_use_code(good_until=row.good_until, tries=row.tries, is_used=row.used_at is not None, wall=wall).or_raise()
        row.tries += 1
        left = applying.CODE_TRIES - row.tries
        actor = _guest(county_id, row.phone_index, address)
        is_right = hmac.compare_digest(code_of(ticket).encode(), code.encode("utf-8", "surrogatepass"))
        token = _begin(tx, row, replaces) if is_right else ""
        record(tx, actor, "apply.enter" if is_right else "apply.try_code", f"phone:{row.phone_index}", code=row.id)
    if not is_right:
        raise WrongCode(left)
    return token


def _begin(tx: Transaction, code: ApplyCode, replaces: str) -> str:
    wall = tx.clock.wall()
    code.used_at = wall
    if replaces:
        _end(tx, replaces)
    token = secrets.token_urlsafe(32)
    tx.session.add(
        ApplySession(
            county_id=code.county_id, token_hash=digest_of(token), phone_index=code.phone_index, phone_sealed=code.phone_sealed, started_at=wall,
            good_until=wall + applying.SESSION_HOLDS,
        )
    )  # fmt: skip
    accounts.forget_tries(tx, [accounts.throttle_key("apply phone", code.county_id, code.phone_index)])
    tx.session.flush()
    return token


def _end(tx: Transaction, token: str) -> None:
    tx.session.execute(
        update(ApplySession)
        .where(ApplySession.token_hash == digest_of(token), ApplySession.ended_at.is_(None))
        .values(ended_at=tx.clock.wall()),
        execution_options={"synchronize_session": False},
    )


def leave(phone: KnownPhone, token: str, *, clock: Clock) -> None:
    """End the session of this browser."""
    with transaction(clock=clock) as tx:
        _end(tx, token)
        record(tx, phone.actor, "apply.leave", f"phone:{phone.index}")


# --- drafts ---------------------------------------------------------------------------------------------------------------------


def _lock_draft(tx: Transaction, phone: KnownPhone, draft_id: int) -> Draft:
    row = queries.get_draft_for(phone, draft_id)
    found: Draft = tx.lock(select(Draft).where(Draft.id == row.id))[0]
    if found.dropped_at is not None:
        raise NotFound(f"draft {draft_id}")
    return found


def begin_draft(item_code: str, point_code: str, *, phone: KnownPhone, clock: Clock, once: Once | None = None) -> int:
    """Begin an application for an item at a point; returns the draft's id. NotAllowed where the point cannot take it."""
    with transaction(clock=clock, once=once) as tx:
        point = network.point_by_code(phone.county_id, point_code)
        offer = queries.offer(phone.county_id, item_code, tx.now)
        offer.may_send(offer.register.points[point.id]).or_raise()
        applying.may_keep_draft(queries.count_drafts(phone)).or_raise()
        row = Draft(
            county_id=phone.county_id, phone_index=phone.index, item_id=offer.item.id, point_id=point.id, fields_sealed=Typed().sealed(), version=1,
            begun_at=tx.now, saved_at=tx.now,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        tx.result = f"/my/drafts/{row.id}"
        record(tx, phone.actor, "apply.begin_draft", f"draft:{row.id}", item=offer.guide.code, point=point.code)
        return row.id


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save says of the draft: its new version."""

    version: int


def save_draft(
    draft_id: int, typed: Typed, *, version: int, phone: KnownPhone, clock: Clock, once: Once | None = None, point_code: str = ""
) -> Saved:
    """Keep what was typed, sealed; with `point_code` at another point. Stale where another window saved first (C-23)."""
    with transaction(clock=clock, once=once) as tx:
        row = _lock_draft(tx, phone, draft_id)
        applying.may_submit(is_sent=row.case_id is not None, lacking=()).or_raise()
        if row.version != version:
            raise Stale(row.version)
        if point_code:
            point = network.point_by_code(phone.county_id, point_code)
            offer = queries.offer(phone.county_id, queries.view_draft(row, tx.now).code, tx.now)
            offer.may_send(offer.register.points[point.id]).or_raise()
            row.point_id = point.id
        row.fields_sealed, row.version, row.saved_at = typed.sealed(), row.version + 1, tx.now
        tx.result = f"/my/drafts/{row.id}/photos"
        record(tx, phone.actor, "apply.save_draft", f"draft:{row.id}", version=row.version)
        return Saved(row.version)


def drop_draft(draft_id: int, *, version: int, phone: KnownPhone, clock: Clock, once: Once | None = None) -> None:
    """Give a draft up: what was typed and its photos are gone. Stale where it was saved in another window."""
    with transaction(clock=clock, once=once) as tx:
        row = _lock_draft(tx, phone, draft_id)
        applying.may_submit(is_sent=row.case_id is not None, lacking=()).or_raise()
        if row.version != version:
            raise Stale(row.version)
        tx.result = "/my"
        _drop(tx, row, phone.actor)


def _drop(tx: Transaction, row: Draft, actor: Actor) -> None:
    row.fields_sealed, row.dropped_at, row.version = None, tx.now, row.version + 1
    attachments.drop_draft(tx, queries.owner_of(row.id), actor=actor)
    record(tx, actor, "apply.drop_draft", f"draft:{row.id}")


def handed_in(view: DraftView) -> list[dict[str, object]]:
    """What the first event says of each material of the list: here as a photo, to come on paper, or neither."""
    return [
        {
            "code": str(row.seq), "got": view.photos_of(row.seq) > 0, "original": row.original, "copies": row.copies, "photos": view.photos_of(row.seq),
            "means": view.means(row.seq).value,
        }
        for row in view.materials
    ]  # fmt: skip


def submit(draft_id: int, *, version: int, phone: KnownPhone, clock: Clock, once: Once | None = None) -> Case:
    """Send an application: it is a case from this moment on (C-1), its photos are the case's, and what was typed stands in no draft any more.

    Raises NotAllowed (sent already, not whole, nobody there to take it), Stale, NotFound.
    """
    with transaction(clock=clock, once=once) as tx:
        row = _lock_draft(tx, phone, draft_id)
        county: County = tx.session.get_one(County, phone.county_id)
        online.lock_takers(tx, row.point_id)
        applying.may_submit(is_sent=row.case_id is not None, lacking=()).or_raise()
        if row.version != version:
            raise Stale(row.version)
        view = queries.view_draft(row, tx.now)
        typed = view.typed
        applying.may_submit(is_sent=False, lacking=typed.lacking(asks_amount=view.asks_amount)).or_raise()
        person = accounts.register_person(tx, county.id, typed.kind, typed.name, typed.number, phone.phone)
        amount = None if typed.amount is None else typed.amount * 100
        case = online.register_online(tx, county, view.code, person, handed_in(view), row.point_id, amount, clock, actor=phone.actor)
        attachments.move_draft_to_case(tx, view.owner, case.id, actor=phone.actor)
        row.case_id, row.fields_sealed, row.version = case.id, None, row.version + 1
        tx.result = f"/my/receipt/{case.tracking_code}"
        record(tx, phone.actor, "apply.submit", f"draft:{row.id}", case=case.number)
        return case


# --- supplementing --------------------------------------------------------------------------------------------------------------


def supplement(code: str, *, phone: KnownPhone, clock: Clock, once: Once | None = None) -> Case:
    """Send in what a notice asked for: the files that wait are the case's, and the window judges them (C-3).

    Raises NotAllowed where nothing is asked for or nothing was chosen, NotFound for a case of another phone.
    """
    with transaction(clock=clock, once=once) as tx:
        basket = queries.basket(phone, "supplements", code, clock.now())
        assert basket.view is not None
        found, wanted = basket.view.case, queries.wanted_of(basket.view)
        applying.may_supplement(wanted, basket.view.now.state).or_raise()
        here = {str(shown.row.material_seq) for shown in list_attachments(phone.county_id, basket.target)}
        case = course.supplement_online(
            found.number, [each for each in wanted if each in here], county_id=phone.county_id, clock=clock, once=None
        )
        attachments.move_draft_to_case(tx, basket.owner, case.id, actor=phone.actor)
        tx.result = f"/track/{case.tracking_code}"
        record(tx, phone.actor, "apply.supplement", f"case:{case.number}")
        return case


# --- what is forgotten ----------------------------------------------------------------------------------------------------------


def forget(county_id: int, clock: Clock) -> str:
    """Drop drafts that nobody saved for 90 days, and codes and sessions that were over a day ago; says how many. For the nightly job."""
    with transaction(clock=clock) as tx:
        actor = machine(county_id, "jobs")
        old = select(Draft).where(
            Draft.county_id == county_id,
            Draft.case_id.is_(None),
            Draft.dropped_at.is_(None),
            Draft.saved_at < clock.now() - applying.DRAFT_KEPT,
        )
        rows: list[Draft] = tx.lock(old.order_by(Draft.id))
        for row in rows:
            _drop(tx, row, actor)
        before, gone = clock.wall() - timedelta(days=1), 0
        for table in (ApplyCode, ApplySession):
            over = (table.county_id == county_id, table.good_until < before)
            number = tx.session.scalar(select(func.count()).select_from(table).where(*over)) or 0
            if number:
                tx.session.execute(delete(table).where(*over), execution_options={"synchronize_session": False})
            gone += number
        if gone:
            record(tx, actor, "apply.forget", f"county:{county_id}", rows=gone)
        return f"{len(rows)} drafts, {gone} codes and sessions"
