"""How a chief representative is appointed: a letter drafted, changed, signed, registered, filed, ended (G-6, G-15, G-17).

Each loads its facts inside the transaction and asks the rules. What was signed is never changed: an end is a row of its own. Registering a
letter ends the one that stood for the same body and point at the very moment at which the new one begins: there is one chief representative.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Account
from portal.audit import Actor, digest, digests_of, record, row_facts
from portal.authority import queries
from portal.authority.acting import acting_account
from portal.authority.letter_queries import letter_prefix, terms_of
from portal.authority.models import Letter, LetterEnd, LetterFiling, LetterRegistration, LetterSignature
from portal.authority.services import number_of
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, db, transaction
from portal.network import queries as network
from portal.network.models import Body, ServicePoint
from portal.rules.appointments import (
    LetterEndWhy,
    check_period,
    may_appoint,
    may_draft_letter,
    may_end_letter,
    may_file_letter,
    may_register_letter,
)
from portal.rules.decision import Decision, NotAllowed
from portal.rules.grants import FiledWith
from portal.rules.moments import civil_date


@dataclass(frozen=True, slots=True)
class LetterText:
    """What a letter says: which body appoints whom for which point, from when until when."""

    body_id: int
    point_id: int
    account_id: int
    from_on: date
    until_on: date | None = None


def place_of(letter_id: int) -> str:
    """Where a letter is read by those who draft, sign, register and end it."""
    return f"/manage/letters/{letter_id}"


def _locked(tx: Transaction, county_id: int, letter_id: int) -> Letter:
    rows: list[Letter] = tx.lock(select(Letter).where(Letter.county_id == county_id, Letter.id == letter_id))
    if not rows:
        raise NotFound(f"letter {letter_id}")
    return rows[0]


def _signature(tx: Transaction, letter_id: int) -> LetterSignature | None:
    return tx.session.scalar(select(LetterSignature).where(LetterSignature.letter_id == letter_id))


def _is_registered(tx: Transaction, letter_id: int) -> bool:
    return tx.session.scalar(select(LetterRegistration.id).where(LetterRegistration.letter_id == letter_id)) is not None


def _check(tx: Transaction, county_id: int, text: LetterText) -> None:
    """Everybody and everything named is of this county (NotFound otherwise), and the period is one (G-1)."""
    for table, found_id in ((Body, text.body_id), (ServicePoint, text.point_id), (Account, text.account_id)):
        if tx.session.scalar(select(table.id).where(table.county_id == county_id, table.id == found_id)) is None:
            raise NotFound(f"{table.__tablename__} {found_id}")
    fault = check_period(text.from_on, text.until_on, civil_date(tx.now))
    if fault is not None:
        raise NotAllowed(fault)


# --- drafting -------------------------------------------------------------------------------------------------------------------


def draft_letter(text: LetterText, *, actor: Actor, clock: Clock, once: Once | None = None) -> int:
    """Draft a letter of appointment; returns its id. A county manager or the center's management (G-15)."""
    with transaction(clock=clock, once=once) as tx:
        letter = _draft(tx, text, actor)
        tx.result = place_of(letter.id)
        return letter.id


def _draft(tx: Transaction, text: LetterText, actor: Actor) -> Letter:
    drafter_id = acting_account(actor, may_draft_letter(()))
    may_draft_letter(queries.offices_of(drafter_id, civil_date(tx.now))).or_raise()
    _check(tx, actor.county_id, text)
    letter = Letter(
        county_id=actor.county_id, body_id=text.body_id, point_id=text.point_id, account_id=text.account_id, from_on=text.from_on,
        until_on=text.until_on, drafted_by_id=drafter_id, drafted_at=tx.now, version=1,
    )  # fmt: skip
    tx.session.add(letter)
    tx.session.flush()
    record(tx, actor, "draft_letter", f"letter:{letter.id}", **_said(letter))
    return letter


def change_letter(
    letter_id: int, *, account_id: int, from_on: date, until_on: date | None, version: int, actor: Actor, clock: Clock, once: Once | None = None
) -> None:
    """Name another person or period, until it is signed; who changes it counts as its drafter. Stale if it was changed in the meantime (G-6)."""
    drafter_id = acting_account(actor, may_draft_letter(()))
    with transaction(clock=clock, once=once) as tx:
        letter = _locked(tx, actor.county_id, letter_id)
        may_draft_letter(queries.offices_of(drafter_id, civil_date(tx.now)), is_signed=_signature(tx, letter_id) is not None).or_raise()
        if letter.version != version:
            raise Stale(letter.version)
        _check(tx, actor.county_id, LetterText(letter.body_id, letter.point_id, account_id, from_on, until_on))
        letter.account_id, letter.from_on, letter.until_on = account_id, from_on, until_on
        letter.drafted_by_id, letter.drafted_at = drafter_id, tx.now
        letter.version += 1
        tx.session.flush()
        record(tx, actor, "change_letter", f"letter:{letter_id}", **_said(letter))
        tx.result = place_of(letter_id)


# --- signing, registering, filing -----------------------------------------------------------------------------------------------


def sign_letter(letter_id: int, *, version: int, actor: Actor, clock: Clock, once: Once | None = None) -> str:
    """Sign as head of the body what was read at this version; returns the number given to it (G-6, G-15)."""
    with transaction(clock=clock, once=once) as tx:
        number = _sign(tx, _locked(tx, actor.county_id, letter_id), actor, version)
        tx.result = place_of(letter_id)
        return number


def _sign(tx: Transaction, letter: Letter, actor: Actor, version: int, number: str | None = None) -> str:
    signer_id, on = acting_account(actor, may_draft_letter(())), civil_date(tx.now)
    permission = may_sign_now(letter, account_id=signer_id, now=tx.now).or_raise()
    if letter.version != version:
        raise Stale(letter.version)
    if number is None:
        prefix = letter_prefix(tx.session.get_one(Body, letter.body_id))
        number = number_of(prefix, on.year, network.next_number(tx, actor.county_id, f"letter:{letter.body_id}", on.year))
    at = {"county_id": actor.county_id, "letter_id": letter.id}
    tx.session.add(LetterSignature(**at, number=number, signed_on=on, signed_by_id=signer_id, signed_at=tx.now))
    tx.session.flush()
    tx.session.expire(letter)  # its number is read from the signature
    about: dict[str, Any] = {"number": number, "office": permission.by.office if permission.by else None}
    record(tx, actor, "sign_letter", f"letter:{letter.id}", **about, what="signed", digest=digest(signed_facts(letter.id)))
    return number


def may_sign_now(letter: Letter, *, account_id: int, now: datetime) -> Decision:
    """The Decision that `sign_letter` meets; the page shows the button by it, or says why there is none."""
    on = civil_date(now)
    body = db.session.get_one(Body, letter.body_id)
    return may_appoint(
        queries.offices_of(account_id, on), body_id=body.id, body_code=body.code, signer_id=account_id, appointed_id=letter.account_id,
        from_on=letter.from_on, until_on=letter.until_on, today=on, drafter_id=letter.drafted_by_id,
        is_signed=db.session.scalar(select(LetterSignature.id).where(LetterSignature.letter_id == letter.id)) is not None,
    )  # fmt: skip


def register_letter(letter_id: int, *, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """Register what was signed: from this moment it can hold (G-17). The letter that stood for the body and point ends as this one begins."""
    with transaction(clock=clock, once=once) as tx:
        found = tx.session.scalar(select(Letter).where(Letter.county_id == actor.county_id, Letter.id == letter_id))
        if found is None:
            raise NotFound(f"letter {letter_id}")
        letters = _lock_points(tx, actor.county_id, [found.point_id])
        _register(tx, next(one for one in letters if one.id == letter_id), letters, actor)
        tx.result = place_of(letter_id)


def _lock_points(tx: Transaction, county_id: int, point_ids: Collection[int]) -> list[Letter]:
    """Every letter of these points, in the order in which an act locks them (`queries.held_by`), so that no two wait for each other."""
    letters: list[Letter] = tx.lock(
        select(Letter).where(Letter.county_id == county_id, Letter.point_id.in_(list(point_ids))).order_by(Letter.id)
    )
    return letters


def _register(tx: Transaction, letter: Letter, letters: Iterable[Letter], actor: Actor) -> None:
    manager_id = acting_account(actor, may_draft_letter(()))
    permission = may_register_letter(
        queries.offices_of(manager_id, civil_date(tx.now)), is_signed=_signature(tx, letter.id) is not None,
        is_registered=_is_registered(tx, letter.id),
    ).or_raise()  # fmt: skip
    tx.session.add(LetterRegistration(county_id=actor.county_id, letter_id=letter.id, registered_at=tx.now, registered_by_id=manager_id))
    tx.session.flush()
    office = permission.by.office if permission.by else None
    about: dict[str, Any] = {"office": office, "what": "registered", "digest": digest(registered_facts(letter.id))}
    record(tx, actor, "register_letter", f"letter:{letter.id}", **about)
    same = [one for one in letters if (one.body_id, one.point_id) == (letter.body_id, letter.point_id)]
    terms = terms_of({one.id: one for one in (*same, letter)}.values())
    begins = terms[letter.id].begins_at
    assert begins is not None
    for other_id, other in terms.items():
        is_over = other.ends_at is not None and other.ends_at <= begins
        if other_id != letter.id and other.registered_at is not None and not is_over:
            _end(tx, other_id, begins, LetterEndWhy.SUPERSEDED, actor=actor, by_letter_id=letter.id, office=office)


def file_letter(letter_id: int, place: FiledWith, *, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """Say that a copy of the registered letter lies with the center's management, or with the department (G-15)."""
    with transaction(clock=clock, once=once) as tx:
        _file(tx, _locked(tx, actor.county_id, letter_id), place, actor)
        tx.result = place_of(letter_id)


def _file(tx: Transaction, letter: Letter, place: FiledWith, actor: Actor) -> None:
    account_id = acting_account(actor, may_draft_letter(()))
    places = tx.session.scalars(select(LetterFiling.place).where(LetterFiling.letter_id == letter.id))
    permission = may_file_letter(
        place, queries.offices_of(account_id, civil_date(tx.now)), body_id=letter.body_id, is_registered=_is_registered(tx, letter.id),
        filed=[FiledWith(one) for one in places],
    ).or_raise()  # fmt: skip
    at = {"county_id": actor.county_id, "letter_id": letter.id}
    tx.session.add(LetterFiling(**at, place=place.value, filed_at=tx.now, filed_by_id=account_id))
    tx.session.flush()
    record(tx, actor, "file_letter", f"letter:{letter.id}", place=place.value, office=permission.by.office if permission.by else None)


# --- ending ---------------------------------------------------------------------------------------------------------------------


def _end(
    tx: Transaction,
    letter_id: int,
    ends_at: datetime,
    why: LetterEndWhy,
    *,
    actor: Actor,
    ground: str = "",
    by_letter_id: int | None = None,
    office: int | None,
) -> None:
    end = LetterEnd(
        county_id=actor.county_id, letter_id=letter_id, ends_at=ends_at, why=why.value, ground=ground, by_letter_id=by_letter_id,
        ended_by_id=acting_account(actor, may_draft_letter(())), recorded_at=tx.now,
    )  # fmt: skip
    tx.session.add(end)
    tx.session.flush()
    about: dict[str, Any] = {"ends_at": ends_at, "by": by_letter_id, "what": f"end {end.id}", "digest": digest(row_facts(end))}
    record(tx, actor, f"{why.value}_letter", f"letter:{letter_id}", **about, office=office)


def end_letter(
    letter_id: int, *, from_on: date | None, ground: str, version: int | None = None, actor: Actor, clock: Clock, once: Once | None = None
) -> None:
    """Revoke an appointment with a ground, from 00:00 of a later day or at once; the moment is read after the lock (G-17)."""
    account_id = acting_account(actor, may_draft_letter(()))
    with transaction(clock=clock, once=once) as tx:
        letter = _locked(tx, actor.county_id, letter_id)
        offices = queries.offices_of(account_id, civil_date(tx.now))
        permission = may_end_letter(terms_of([letter])[letter_id], now=tx.now, offices=offices, from_on=from_on, ground=ground).or_raise()
        if version is not None and version != letter.version:
            raise Stale(letter.version)
        office = permission.by.office if permission.by else None
        ends_at = permission.facts["ends_at"]
        assert isinstance(ends_at, datetime)
        _end(tx, letter_id, ends_at, LetterEndWhy.REVOKED, actor=actor, ground=ground, office=office)
        tx.result = place_of(letter_id)


# --- drafted, signed, registered and filed in one go ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Appointment:
    """A letter that was made on paper: what it says, its number (None: the next one), and who signed it."""

    text: LetterText
    head: Actor
    number: str | None = None


def appoint(appointments: Sequence[Appointment], *, manager: Actor, clock: Clock) -> list[int]:
    """The manager drafts, the head of the body signs, the manager registers, each files a copy: for loading what was done on paper."""
    with transaction(clock=clock) as tx:
        letters = _lock_points(tx, manager.county_id, {one.text.point_id for one in appointments})
        for one in appointments:
            letter = _draft(tx, one.text, manager)
            _sign(tx, letter, one.head, letter.version, one.number)
            letters.append(letter)
            _register(tx, letter, letters, manager)
            _file(tx, letter, FiledWith.CENTER, manager)
            _file(tx, letter, FiledWith.DEPARTMENT, one.head)
        return [letter.id for letter in letters[-len(appointments) :]] if appointments else []


# --- what the record says was written (R-1) -------------------------------------------------------------------------------------


def signed_facts(letter_id: int) -> dict[str, Any]:
    """All that was signed: the letter and its signature."""
    signature = db.session.scalars(select(LetterSignature).where(LetterSignature.letter_id == letter_id)).one()
    return {"letter": _said(db.session.get_one(Letter, letter_id)), "signature": row_facts(signature)}


def _said(letter: Letter) -> dict[str, Any]:
    """The letter's own columns; its number is a column of the signature."""
    return row_facts(letter, without=frozenset({"id", "number"}))


def registered_facts(letter_id: int) -> dict[str, Any]:
    """The registration as it was written."""
    return row_facts(db.session.scalars(select(LetterRegistration).where(LetterRegistration.letter_id == letter_id)).one())


def untrue_letters(county_id: int) -> list[str]:
    """Letters and ends that are not what the record says was written, or of which it knows nothing; not those from before it was asked."""
    faults = []
    registered = set(db.session.scalars(select(LetterRegistration.letter_id).where(LetterRegistration.county_id == county_id)))
    signed = select(Letter.id, LetterSignature.number).join(LetterSignature, LetterSignature.letter_id == Letter.id)
    signed = signed.where(Letter.county_id == county_id).order_by(Letter.id)
    for letter_id, number in db.session.execute(signed).all():
        told = list(digests_of(county_id, f"letter:{letter_id}"))
        known = {facts["what"]: facts["digest"] for facts in told}
        if not told and db.session.get_one(Letter, letter_id).drafted_by_id is None:
            continue
        if known.get("signed") != digest(signed_facts(letter_id)):
            faults.append(f"{number}: what was signed")
        if letter_id in registered and known.get("registered") != digest(registered_facts(letter_id)):
            faults.append(f"{number}: its registration")
    for end in db.session.scalars(select(LetterEnd).where(LetterEnd.county_id == county_id).order_by(LetterEnd.id)):
        known = {facts["what"]: facts["digest"] for facts in digests_of(county_id, f"letter:{end.letter_id}")}
        if known.get(f"end {end.id}") != digest(row_facts(end)):
            faults.append(f"end {end.id} of letter {end.letter_id}")
    return faults
