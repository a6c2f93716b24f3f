"""How powers are given and taken: draft, change, sign, register, supersede, revoke, suspend (G-1, G-5, G-6, G-17).

Each loads its facts inside the transaction and asks the rules; who acts and which clock is read are arguments. What was signed is
never changed: an end is a row of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from portal.audit import Actor, digest, digests_of, record, row_facts
from portal.authority import queries
from portal.authority.acting import acting_account
from portal.authority.models import (
    Clause,
    ClauseCondition,
    ClauseEnd,
    ClauseItem,
    ClausePower,
    Instrument,
    InstrumentRegistration,
    InstrumentSignature,
)
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, db, transaction
from portal.network import queries as network
from portal.network.models import Body, Window
from portal.rules.authority import OfficeHeld
from portal.rules.clauses import UNBOUND, Condition, EndWhy, Mandate, Post, Power
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.grants import InstrumentDraft, check_draft, may_draft, may_end, may_register, may_sign, overlapping
from portal.rules.moments import civil_date


@dataclass(frozen=True, slots=True)
class ClauseText:
    """What a draft says of one window: powers, items (None: all of the issuing body), period, post (None: the powers' defaults), condition."""

    window_id: int
    powers: frozenset[Power]
    item_ids: frozenset[int] | None
    from_on: date | None
    until_on: date | None = None
    post: Post | None = None
    condition: Condition = UNBOUND


@dataclass(frozen=True, slots=True)
class InstrumentText:
    """What a draft says: who gives, on what mandate, to whom, by which law, in which clauses."""

    body_id: int
    mandate: Mandate
    title: str
    clauses: tuple[ClauseText, ...]
    basis: str = ""
    receiving_body_id: int | None = None
    supersedes_id: int | None = None


class DraftRefused(NotAllowed):
    """A draft that could not be signed. `faults` are all of them, each with its rule; nothing was stored."""

    def __init__(self, faults: Sequence[Decision]) -> None:
        super().__init__(faults[0])
        self.faults = tuple(faults)


def _place(instrument_id: int) -> str:
    return f"/manage/instruments/{instrument_id}"


# --- drafting -----------------------------------------------------------------------------------------------------------------


def _check(tx: Transaction, text: InstrumentText, county_id: int, drafter_id: int) -> InstrumentDraft:
    """The draft as a value, if nothing speaks against it; DraftRefused with every fault otherwise."""
    body = _body(tx, county_id, text.body_id)
    receiving = None if text.receiving_body_id is None else _body(tx, county_id, text.receiving_body_id)
    superseded = None if text.supersedes_id is None else _instrument(tx, county_id, text.supersedes_id)
    draft = InstrumentDraft(
        supersedes_body_id=None if superseded is None else superseded.body_id,
        supersedes_id=text.supersedes_id,
        body=queries.body_terms(body),
        mandate=text.mandate,
        clauses=queries.clause_drafts(county_id, text.clauses, civil_date(tx.now)),
        drafter_id=drafter_id,
        receiving_body=None if receiving is None else queries.body_terms(receiving),
        basis=text.basis,
    )
    faults = check_draft(draft, queries.draft_facts(county_id, body.id, drafter_id, tx.now, draft.window_ids))
    if faults:
        raise DraftRefused(faults)
    return draft


def _body(tx: Transaction, county_id: int, body_id: int) -> Body:
    found = tx.session.scalar(select(Body).where(Body.county_id == county_id, Body.id == body_id))
    if found is None:
        raise NotFound(f"body {body_id}")
    return found


def _instrument(tx: Transaction, county_id: int, instrument_id: int) -> Instrument:
    found = tx.session.scalar(select(Instrument).where(Instrument.county_id == county_id, Instrument.id == instrument_id))
    if found is None:
        raise NotFound(f"instrument {instrument_id}")
    return found


def lock_instrument(tx: Transaction, county_id: int, instrument_id: int, version: int | None = None) -> Instrument:
    """The instrument, locked; NotFound, or Stale where the form was drawn from another version of it (C-23)."""
    rows: list[Instrument] = tx.lock(select(Instrument).where(Instrument.county_id == county_id, Instrument.id == instrument_id))
    if not rows:
        raise NotFound(f"instrument {instrument_id}")
    if version is not None and rows[0].version != version:
        raise Stale(rows[0].version)
    return rows[0]


def _is_signed(tx: Transaction, instrument_id: int) -> bool:
    return tx.session.scalar(select(InstrumentSignature.id).where(InstrumentSignature.instrument_id == instrument_id)) is not None


def _write_clauses(tx: Transaction, instrument: Instrument, texts: Iterable[ClauseText]) -> None:
    county_id = instrument.county_id
    for seq, text in enumerate(texts, 1):
        if text.from_on is None:
            raise ValueError("a clause without a first day is refused before it is written")
        clause = Clause(
            county_id=county_id, instrument_id=instrument.id, seq=seq, window_id=text.window_id, all_items=text.item_ids is None,
            from_on=text.from_on, until_on=text.until_on, post=None if text.post is None else text.post.value,
        )  # fmt: skip
        tx.session.add(clause)
        tx.session.flush()
        at = {"county_id": county_id, "clause_id": clause.id}
        tx.session.add_all(ClausePower(**at, power=power.value) for power in Power if power in text.powers)
        tx.session.add_all(ClauseItem(**at, item_id=item_id) for item_id in sorted(text.item_ids or ()))
        if text.condition != UNBOUND:
            bound = text.condition
            handling = None if bound.handling is None else bound.handling.value
            tx.session.add(ClauseCondition(**at, handling=handling, most_fen=bound.most_fen, territory_id=bound.territory_id))
    tx.session.flush()


def draft(text: InstrumentText, *, actor: Actor, clock: Clock, once: Once | None = None) -> int:
    """Draft an instrument; returns its id. A county manager; DraftRefused names every fault at once (G-1, G-3, G-4, G-6, G-12)."""
    drafter_id = acting_account(actor, may_draft(()))
    with transaction(clock=clock, once=once) as tx:
        may_draft(queries.offices_of(drafter_id, civil_date(tx.now))).or_raise()
        _check(tx, text, actor.county_id, drafter_id)
        instrument = Instrument(
            county_id=actor.county_id, body_id=text.body_id, receiving_body_id=text.receiving_body_id, mandate=text.mandate.value,
            title=text.title, basis=text.basis, supersedes_id=text.supersedes_id, drafted_by_id=drafter_id, drafted_at=tx.now, version=1,
        )  # fmt: skip
        tx.session.add(instrument)
        tx.session.flush()
        _write_clauses(tx, instrument, text.clauses)
        record(tx, actor, "draft_instrument", f"instrument:{instrument.id}", said=_said(text))
        tx.result = _place(instrument.id)
        return instrument.id


def change_draft(instrument_id: int, text: InstrumentText, *, version: int, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """Say the draft anew, until it is signed; who changes it counts as its drafter. Stale if it was changed in the meantime (G-5, G-6)."""
    drafter_id = acting_account(actor, may_draft(()))
    with transaction(clock=clock, once=once) as tx:
        instrument = lock_instrument(tx, actor.county_id, instrument_id)
        may_draft(queries.offices_of(drafter_id, civil_date(tx.now)), is_signed=_is_signed(tx, instrument_id)).or_raise()
        if instrument.version != version:
            raise Stale(instrument.version)
        _check(tx, text, actor.county_id, drafter_id)
        old = select(Clause.id).where(Clause.instrument_id == instrument_id)
        for table in (ClausePower, ClauseItem, ClauseCondition):
            tx.session.execute(delete(table).where(table.clause_id.in_(old)))
        tx.session.execute(delete(Clause).where(Clause.instrument_id == instrument_id))
        instrument.body_id, instrument.receiving_body_id = text.body_id, text.receiving_body_id
        instrument.mandate, instrument.title, instrument.basis = text.mandate.value, text.title, text.basis
        instrument.supersedes_id, instrument.drafted_by_id, instrument.drafted_at = text.supersedes_id, drafter_id, tx.now
        instrument.version += 1
        tx.session.flush()
        _write_clauses(tx, instrument, text.clauses)
        record(tx, actor, "change_draft", f"instrument:{instrument_id}", version=instrument.version, said=_said(text))
        tx.result = _place(instrument_id)


def _said(text: InstrumentText) -> dict[str, object]:
    return {
        "body": text.body_id, "mandate": text.mandate.value, "receiving": text.receiving_body_id,
        "clauses": [
            [
                one.window_id, sorted(one.powers), None if one.item_ids is None else sorted(one.item_ids), one.from_on, one.until_on, one.post,
                one.condition.handling, one.condition.most_fen, one.condition.territory_id,
            ]
            for one in text.clauses
        ],
    }  # fmt: skip


# --- signing and registering --------------------------------------------------------------------------------------------------


def number_of(prefix: str, year: int, number: int) -> str:
    """How an instrument is numbered: 柞市监授〔2026〕3号 (G-1)."""
    return f"{prefix}〔{year}〕{number}号"


def sign(instrument_id: int, *, version: int, actor: Actor, clock: Clock, once: Once | None = None) -> str:
    """Sign as head of the issuing body what was read at this version; returns the number given to it (G-6)."""
    signer_id = acting_account(actor, may_draft(()))
    with transaction(clock=clock, once=once) as tx:
        instrument = lock_instrument(tx, actor.county_id, instrument_id)
        on = civil_date(tx.now)
        offices = queries.offices_of(signer_id, on)
        said = queries.draft_of(instrument, on)
        facts = queries.draft_facts(actor.county_id, instrument.body_id, instrument.drafted_by_id, tx.now, said.window_ids)
        is_signed = _is_signed(tx, instrument_id)
        permission = may_sign(
            said, facts, signer_id=signer_id, offices=offices, signer_windows=queries.windows_of(signer_id, on), is_signed=is_signed
        ).or_raise()
        if instrument.version != version:
            raise Stale(instrument.version)
        body = _body(tx, actor.county_id, instrument.body_id)
        given = number_of(body.paper_prefix, on.year, network.next_number(tx, actor.county_id, f"instrument:{body.id}", on.year))
        tx.session.add(
            InstrumentSignature(
                county_id=actor.county_id, instrument_id=instrument_id, number=given, signed_on=on, signed_by_id=signer_id, signed_at=tx.now
            )
        )
        tx.session.flush()
        office = permission.by.office if permission.by else None
        about: dict[str, Any] = {"number": given, "version": version, "office": office, "what": "signed", "digest": digest(signed_facts(instrument_id))}
        record(tx, actor, "sign_instrument", f"instrument:{instrument_id}", **about)
        tx.result = _place(instrument_id)
        return given


def register(instrument_id: int, *, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """Register what was signed: from this moment it can be in force (G-17). What it supersedes ends as its first day says (G-5)."""
    manager_id = acting_account(actor, may_draft(()))
    with transaction(clock=clock, once=once) as tx:
        instrument = lock_instrument(tx, actor.county_id, instrument_id)
        superseded = instrument.supersedes_id
        if superseded is not None:
            lock_instrument(tx, actor.county_id, superseded)
            _lock_to_end(tx, actor.county_id, queries.clause_ids_of(actor.county_id, superseded))
        # of two that give the same at one window, the second waits here, and then reads what the first registered (G-5)
        here = select(Clause.window_id).where(Clause.instrument_id == instrument_id)
        tx.lock(select(Window).where(Window.county_id == actor.county_id, Window.id.in_(here)).order_by(Window.id))
        on = civil_date(tx.now)
        offices = queries.offices_of(manager_id, on)
        registered = select(InstrumentRegistration.id).where(InstrumentRegistration.instrument_id == instrument_id)
        is_registered = tx.session.scalar(registered) is not None
        permission = may_register(
            offices, is_signed=_is_signed(tx, instrument_id), is_registered=is_registered, overlap=overlap_of(instrument, tx.now)
        ).or_raise()
        tx.session.add(
            InstrumentRegistration(
                county_id=actor.county_id, instrument_id=instrument_id, registered_at=tx.now, registered_by_id=manager_id
            )
        )
        tx.session.flush()
        office = permission.by.office if permission.by else None
        about: dict[str, Any] = {"office": office, "what": "registered", "digest": digest(registered_facts(instrument_id))}
        record(tx, actor, "register_instrument", f"instrument:{instrument_id}", **about)
        if superseded is not None:
            first = min(clause.from_on for clause in queries.clauses(actor.county_id, instrument_id=instrument_id))
            number = tx.session.scalar(select(InstrumentSignature.number).where(InstrumentSignature.instrument_id == instrument_id)) or ""
            _end(
                tx, queries.clause_ids_of(actor.county_id, superseded), EndWhy.SUPERSEDED, actor=actor, offices=offices,
                from_on=max(first, on + timedelta(days=1)), instrument_id=instrument_id, number=number, may_be_none=True,
            )  # fmt: skip
        tx.result = _place(instrument_id)


def overlap_of(instrument: Instrument, now: datetime) -> Decision | None:
    """What stands at its windows by now and gives the same, as a refusal to register it; None if nothing does (G-5)."""
    said = queries.draft_of(instrument, civil_date(now))
    return overlapping(said, queries.clauses(instrument.county_id, window_ids=said.window_ids), now)


# --- what the record says was written (R-1) -----------------------------------------------------------------------------------


def signed_facts(instrument_id: int) -> dict[str, Any]:
    """All that was signed: the instrument, its clauses with powers and items, the signature."""
    one = db.session.get_one(Instrument, instrument_id)
    signature = db.session.scalars(select(InstrumentSignature).where(InstrumentSignature.instrument_id == instrument_id)).one()
    clauses = []
    for clause in db.session.scalars(select(Clause).where(Clause.instrument_id == instrument_id).order_by(Clause.seq)):
        powers = db.session.scalars(select(ClausePower.power).where(ClausePower.clause_id == clause.id))
        items = db.session.scalars(select(ClauseItem.item_id).where(ClauseItem.clause_id == clause.id))
        said = {**row_facts(clause), "powers": sorted(powers), "items": sorted(items)}
        bound = db.session.scalar(select(ClauseCondition).where(ClauseCondition.clause_id == clause.id))
        clauses.append(said if bound is None else {**said, "condition": row_facts(bound)})
    return {"instrument": row_facts(one), "signature": row_facts(signature), "clauses": clauses}


def registered_facts(instrument_id: int) -> dict[str, Any]:
    """The registration as it was written."""
    query = select(InstrumentRegistration).where(InstrumentRegistration.instrument_id == instrument_id)
    return row_facts(db.session.scalars(query).one())


def untrue_instruments(county_id: int) -> list[str]:
    """Instruments and ends that are not what the record says was written, or of which it knows nothing."""
    faults = []
    signed = select(Instrument.id, InstrumentSignature.number).join(InstrumentSignature, InstrumentSignature.instrument_id == Instrument.id)
    registered = set(db.session.scalars(select(InstrumentRegistration.instrument_id).where(InstrumentRegistration.county_id == county_id)))
    for instrument_id, number in db.session.execute(signed.where(Instrument.county_id == county_id).order_by(Instrument.id)).all():
        known = {facts["what"]: facts["digest"] for facts in digests_of(county_id, f"instrument:{instrument_id}")}
        if known.get("signed") != digest(signed_facts(instrument_id)):
            faults.append(f"{number}: what was signed")
        if instrument_id in registered and known.get("registered") != digest(registered_facts(instrument_id)):
            faults.append(f"{number}: its registration")
    for end in db.session.scalars(select(ClauseEnd).where(ClauseEnd.county_id == county_id).order_by(ClauseEnd.id)):
        known = {facts["what"]: facts["digest"] for facts in digests_of(county_id, f"clause:{end.clause_id}")}
        if known.get(f"end {end.id}") != digest(row_facts(end)):
            faults.append(f"end {end.id} of clause {end.clause_id}")
    return faults


# --- ending -------------------------------------------------------------------------------------------------------------------


def _lock_to_end(tx: Transaction, county_id: int, clause_ids: Collection[int]) -> None:
    """FOR UPDATE on the clauses: an act that relies on one holds it FOR SHARE, so the end comes after the act or is seen by it (G-17)."""
    rows = tx.lock(select(Clause).where(Clause.county_id == county_id, Clause.id.in_(list(clause_ids))).order_by(Clause.id))
    if len(rows) != len(set(clause_ids)):
        raise NotFound("clause")


def _end(
    tx: Transaction,
    clause_ids: Collection[int],
    why: EndWhy,
    *,
    actor: Actor,
    offices: tuple[OfficeHeld, ...],
    from_on: date | None = None,
    instrument_id: int | None = None,
    number: str = "",
    ground: str = "",
    may_be_none: bool = False,
) -> int:
    """End each clause as the rule allows; those that end anyhow by then are left alone, as long as (or unless) one is ended."""
    found = queries.clauses(actor.county_id, clause_ids=clause_ids)
    if len(found) != len(set(clause_ids)):
        raise NotFound("clause")
    ended, refused = 0, None
    for clause in found:
        answer = may_end(clause, why, now=tx.now, offices=offices, from_on=from_on, instrument=number, ground=ground)
        if answer.reason is Reason.ENDS_ANYHOW:
            refused = answer
            continue
        answer.or_raise()
        end = ClauseEnd(
            county_id=actor.county_id, clause_id=clause.id, ends_at=answer.facts["ends_at"], why=why.value, ground=ground,
            instrument_id=instrument_id, ended_by_id=actor.account_id, recorded_at=tx.now,
        )  # fmt: skip
        tx.session.add(end)
        tx.session.flush()
        facts: dict[str, Any] = {"ends_at": answer.facts["ends_at"], "by": number, "instrument": clause.instrument_id}
        facts |= {"what": f"end {end.id}", "digest": digest(row_facts(end))}
        record(tx, actor, f"{why.value}_clause", f"clause:{clause.id}", **facts, office=answer.by.office if answer.by else None)
        ended += 1
    if not ended and refused is not None and not may_be_none:
        raise NotAllowed(refused)
    tx.session.flush()
    return ended


def supersede(instrument_id: int, by_id: int, *, from_on: date, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """End every clause of an instrument from a later day, because another one, signed, takes its place (G-5, G-17)."""
    account_id = acting_account(actor, may_draft(()))
    with transaction(clock=clock, once=once) as tx:
        ids = queries.clause_ids_of(actor.county_id, instrument_id)
        _lock_to_end(tx, actor.county_id, ids)
        by = _instrument(tx, actor.county_id, by_id)
        number = tx.session.scalar(select(InstrumentSignature.number).where(InstrumentSignature.instrument_id == by.id)) or ""
        offices = queries.offices_of(account_id, civil_date(tx.now))
        _end(tx, ids, EndWhy.SUPERSEDED, actor=actor, offices=offices, from_on=from_on, instrument_id=by.id, number=number)
        tx.result = _place(instrument_id)


def revoke(
    instrument_id: int,
    *,
    from_on: date | None,
    by: str,
    ground: str,
    actor: Actor,
    clock: Clock,
    clause_ids: Collection[int] | None = None,
    once: Once | None = None,
) -> int:
    """End an instrument, or some of its clauses, from 00:00 of a later day that an instrument (its number) names (G-5, G-17)."""
    account_id = acting_account(actor, may_draft(()))
    with transaction(clock=clock, once=once) as tx:
        chosen = _chosen(actor.county_id, instrument_id, clause_ids)
        _lock_to_end(tx, actor.county_id, chosen)
        by_id = queries.instrument_numbered(actor.county_id, by)
        offices = queries.offices_of(account_id, civil_date(tx.now))
        # a paper that is none of ours (an order of the county government) has no row: its number stands with the ground
        said = ground if by_id is not None or not ground.strip() else f"{by} {ground}"[:500]
        ended = _end(tx, chosen, EndWhy.REVOKED, actor=actor, offices=offices, from_on=from_on, instrument_id=by_id, number=by, ground=said)
        tx.result = _place(instrument_id)
        return ended


def suspend(
    instrument_id: int,
    *,
    ground: str,
    actor: Actor,
    clock: Clock,
    clause_ids: Collection[int] | None = None,
    once: Once | None = None,
) -> int:
    """End an instrument, or some of its clauses, at once, with a ground: the moment is read after the clauses are locked (G-17)."""
    account_id = acting_account(actor, may_draft(()))
    with transaction(clock=clock, once=once) as tx:
        chosen = _chosen(actor.county_id, instrument_id, clause_ids)
        _lock_to_end(tx, actor.county_id, chosen)
        offices = queries.offices_of(account_id, civil_date(tx.now))
        ended = _end(tx, chosen, EndWhy.SUSPENDED, actor=actor, offices=offices, ground=ground)
        tx.result = _place(instrument_id)
        return ended


def _chosen(county_id: int, instrument_id: int, clause_ids: Collection[int] | None) -> frozenset[int]:
    """Which clauses: those named, if they are of this instrument, else all of it; NotFound otherwise."""
    all_of_it = queries.clause_ids_of(county_id, instrument_id)
    chosen = all_of_it if clause_ids is None else frozenset(clause_ids)
    if not chosen or not chosen <= all_of_it:
        raise NotFound(f"instrument {instrument_id}")
    return chosen


# --- may it be signed now? ----------------------------------------------------------------------------------------------------


def may_sign_now(instrument: Instrument, *, account_id: int, offices: tuple[OfficeHeld, ...], now: datetime) -> Decision:
    """The Decision that `sign` will meet, for the page that shows its button or says why there is none."""
    on = civil_date(now)
    said = queries.draft_of(instrument, on)
    facts = queries.draft_facts(instrument.county_id, instrument.body_id, instrument.drafted_by_id, now, said.window_ids)
    return may_sign(said, facts, signer_id=account_id, offices=offices, signer_windows=queries.windows_of(account_id, on))
