"""Messages on their way: written once, copied by mail, claimed, handed over, settled; and read.

Never twice, as far as that can be had (docs/decisions/0012-messages.md): who sends claims the row in a transaction of its own, hands the message over outside of
any, and settles it in a second one. A claim that nobody settled (the process was killed) may have gone or not. A text message is then tried
again under the same key, by which the gateway knows it; a mail is not, because it is only the copy of a message that is in the app.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from portal import messages
from portal.audit import Actor, machine, record
from portal.clock import Clock
from portal.database import NotFound, Once, Transaction, db, is_sqlite, transaction
from portal.messages import Channel, Channels, Fault, NotSent
from portal.network.models import Outbox

# after each failed attempt; after the last there is none
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))
LEASE = timedelta(minutes=10)
"""So long a claim is another's; far longer than any attempt can take."""
USEFUL = timedelta(days=3)
"""What could not go for so long is no news any more."""
COPIED_AT_ONCE = 100
CUT_OFF = "cut off while it was sent"


def put(
    tx: Transaction, *, county_id: int, key: str, template: str, facts: Mapping[str, Any], receiver: str, language: str,
    channel: Channel = Channel.IN_APP,
) -> bool:  # fmt: skip
    """Write a message that is not written yet; says whether it was new. Two at once write it once. The caller records it."""
    values = {
        "county_id": county_id, "dedupe_key": key, "channel": channel.value, "receiver": receiver, "language": language, "template": template,
        "facts": dict(facts), "created_at": tx.now, "attempts": 0, "failure": "",
    }  # fmt: skip
    insert = sqlite.insert(Outbox) if is_sqlite() else postgresql.insert(Outbox)
    found = tx.session.execute(
        insert.values(values).on_conflict_do_nothing(index_elements=["county_id", "dedupe_key"]).returning(Outbox.id)
    )
    return found.first() is not None


def set_aside(tx: Transaction, county_id: int, keys: Collection[str]) -> None:
    """Mark messages as read whose matter is done: they call nobody any more. The caller's act is their record."""
    tx.session.execute(
        update(Outbox)
        .where(Outbox.county_id == county_id, Outbox.dedupe_key.in_(list(keys)), Outbox.read_at.is_(None))
        .values(read_at=tx.now)
    )


# --- sending --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process alone is sending."""

    message_id: int
    claim: str
    channel: Channel
    receiver: str
    language: str
    template: str
    facts: Mapping[str, Any]
    key: str
    attempt: int
    created_at: datetime


def send_waiting(county_id: int, clock: Clock, channels: Channels, *, only: str | None = None) -> str:
    """Send what waits, or the one message of this key; says what came of it. Two that run this at once send each message once."""
    counts = {"sent": 0, "failed": 0, "given up": 0}
    copied = 0
    if only is None:
        copied = _copy_by_mail(county_id, clock)
        counts["given up"] += _give_up_old(county_id, clock)
    db.session.rollback()
    for channel in (Channel.SMS, Channel.EMAIL):
        after = 0
        while channels.has(channel) and (found := _claim(county_id, channel, clock, after=after, only=only)) is not None:
            after = found.message_id if isinstance(found, Claimed) else found
            if not isinstance(found, Claimed):
                counts["given up"] += 1
                continue
            outcome, is_down = _attempt(county_id, found, clock, channels)
            counts[outcome] += 1
            if is_down:
                break
    said = ", ".join(f"{number} {name}" for name, number in counts.items())
    return f"{copied} to copy by mail, {said}"


def _actor(county_id: int) -> Actor:
    return machine(county_id, "messages")


def _open(county_id: int) -> tuple[Any, ...]:
    return (Outbox.county_id == county_id, Outbox.sent_at.is_(None), Outbox.given_up_at.is_(None))


def _next(query: Any) -> Any:
    """Lock rows that nobody else has locked."""
    return query if is_sqlite() else query.with_for_update(skip_locked=True)


def _copy_by_mail(county_id: int, clock: Clock) -> int:
    """Write the mails that are copies of new messages in the app; returns how many."""
    copied, after = 0, 0
    while True:
        with transaction(clock=clock) as tx:
            query = select(Outbox).where(*_open(county_id), Outbox.channel == Channel.IN_APP.value, Outbox.id > after)
            rows = list(tx.session.scalars(_next(query.order_by(Outbox.id).limit(COPIED_AT_ONCE))))
            if not rows:
                return copied
            wanted = {row.receiver for row in rows if row.template in messages.mailed and row.created_at > tx.now - USEFUL}
            found = {name: contact for ask in messages.contacts for name, contact in ask(county_id, wanted).items()} if wanted else {}
            made = 0
            for row in rows:
                contact = found.get(row.receiver)
                if row.receiver in wanted and row.template in messages.mailed and contact is not None and contact.email:
                    made += put(
                        tx, county_id=county_id, key=f"mail:{row.id}", template=row.template, facts=row.facts, channel=Channel.EMAIL,
                        receiver=f"account:{row.receiver}", language=contact.language or row.language,
                    )  # fmt: skip
                row.sent_at = clock.wall()
            copied += made
            after = rows[-1].id
            record(tx, _actor(county_id), "message.copy", f"county:{county_id}", messages=len(rows), mails=made, until=after)


def _give_up_old(county_id: int, clock: Clock) -> int:
    """What waits for longer than it is of use is not sent any more."""
    with transaction(clock=clock) as tx:
        old = (*_open(county_id), Outbox.channel != Channel.IN_APP.value, Outbox.created_at < tx.now - USEFUL)
        if tx.session.scalar(select(Outbox.id).where(*old).limit(1)) is None:
            return 0
        gone: int = tx.session.execute(  # type: ignore[attr-defined]
            update(Outbox).where(*old).values(given_up_at=clock.wall(), claim=None, failure="too old")
        ).rowcount
        record(tx, _actor(county_id), "message.give_up", f"county:{county_id}", messages=gone, why="too old")
        return gone


def _claim(county_id: int, channel: Channel, clock: Clock, *, after: int, only: str | None) -> Claimed | int | None:
    """The next message that may be tried, claimed for this process; the id of one that was given up instead; None where none waits."""
    with transaction(clock=clock) as tx:
        wall = clock.wall()
        query = select(Outbox).where(
            *_open(county_id), Outbox.channel == channel.value, Outbox.id > after, or_(Outbox.next_at.is_(None), Outbox.next_at <= wall)
        )
        if only is not None:
            query = query.where(Outbox.dedupe_key == only)
        row: Outbox | None = tx.session.scalar(_next(query.order_by(Outbox.id).limit(1)))
        if row is None:
            return None
        if row.claim is not None and channel is Channel.EMAIL:
            _settle(tx, row, failure=CUT_OFF, give_up=True)
            return row.id
        row.claim, row.tried_at, row.next_at, row.attempts = secrets.token_hex(16), wall, wall + LEASE, row.attempts + 1
        record(
            tx, _actor(county_id), "message.try", f"message:{row.id}", attempt=row.attempts, channel=channel.value, template=row.template
        )
        return Claimed(
            row.id, row.claim, channel, row.receiver, row.language, row.template, row.facts, row.dedupe_key, row.attempts, row.created_at
        )


def _attempt(county_id: int, one: Claimed, clock: Clock, channels: Channels) -> tuple[str, bool]:
    """Hand a claimed message over and settle it: what came of it, and whether the channel is down."""
    failure, fault = "", None
    kind, _colon, identity = one.receiver.partition(":")
    look_up = messages.addresses.get(kind)
    address = look_up(county_id, identity, clock.wall()) if look_up is not None else None
    said = messages.compose(one.template, one.facts, one.language)
    db.session.rollback()  # nothing is held open while the other side is slow
    if address is None:
        failure, fault = "no address", Fault.REFUSED
    else:
        try:
            channels.send(one.channel, address, said, key=one.key, language=one.language, at=one.created_at)
        except NotSent as error:
            failure, fault = error.code, error.fault
    with transaction(clock=clock) as tx:
        rows = tx.lock(select(Outbox).where(Outbox.id == one.message_id, Outbox.claim == one.claim))
        if not rows:
            return "failed", False  # it took longer than the lease: somebody else has it now
        row: Outbox = rows[0]
        if fault is None:
            row.sent_at, row.claim, row.next_at, row.failure = clock.wall(), None, None, ""
            record(tx, _actor(county_id), "message.send", f"message:{row.id}", attempt=row.attempts)
            return "sent", False
        is_lost = fault is Fault.UNKNOWN and one.channel is Channel.EMAIL
        give_up = fault is Fault.REFUSED or is_lost or row.attempts > len(PAUSES)
        _settle(tx, row, failure=failure, give_up=give_up)
    return "given up" if give_up else "failed", fault in (Fault.DOWN, Fault.UNKNOWN)


def _settle(tx: Transaction, row: Outbox, *, failure: str, give_up: bool) -> None:
    wall = tx.clock.wall()
    row.claim, row.failure = None, failure
    row.given_up_at = wall if give_up else None
    row.next_at = None if give_up else wall + PAUSES[row.attempts - 1]
    verb = "message.give_up" if give_up else "message.fail"
    record(tx, _actor(row.county_id), verb, f"message:{row.id}", attempt=row.attempts, why=failure)


# --- reading --------------------------------------------------------------------------------------------------------------------


def read(username: str, *, until: int, only: int | None = None, actor: Actor, clock: Clock, once: Once | None = None) -> int:
    """Mark the person's messages as read: the one, or all up to the newest that the page showed. Says how many were new."""
    with transaction(clock=clock, once=once) as tx:
        mine = (Outbox.county_id == actor.county_id, Outbox.receiver == username, Outbox.channel == Channel.IN_APP.value)
        which = Outbox.id == only if only is not None else Outbox.id <= until
        if only is not None and tx.session.scalar(select(Outbox.id).where(*mine, which)) is None:
            raise NotFound(f"message {only}")
        count: int = tx.session.execute(  # type: ignore[attr-defined]
            update(Outbox).where(*mine, which, Outbox.read_at.is_(None)).values(read_at=tx.now)
        ).rowcount
        tx.result = "/messages"
        record(tx, actor, "message.read", f"account:{actor.account_id}", messages=count, until=only if only is not None else until)
        return count
