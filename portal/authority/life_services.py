"""What happens to an instrument beside being given and ended: filed, scanned, confirmed each year; and the county's ceilings (G-3, G-6, G-14)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from portal import files
from portal.audit import Actor, digest, machine, record, row_facts
from portal.authority import life_queries, queries
from portal.authority.acting import acting_account
from portal.authority.models import (
    Ceiling,
    InstrumentConfirmation,
    InstrumentFile,
    InstrumentFiling,
    InstrumentRegistration,
    InstrumentSignature,
)
from portal.authority.services import lock_instrument
from portal.clock import Clock
from portal.database import Once, transaction
from portal.network.models import County, Outbox
from portal.rules.clauses import Level, Mandate, Power
from portal.rules.grants import FiledWith, may_attach, may_draft, may_file, may_set_ceiling
from portal.rules.moments import civil_date
from portal.rules.recertification import InstrumentYear, may_confirm


def file(instrument_id: int, place: FiledWith, *, version: int, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """Say that the registered instrument is filed with the center's management, or with the department that gave it (G-6)."""
    account_id = acting_account(actor, may_draft(()))
    with transaction(clock=clock, once=once) as tx:
        instrument = lock_instrument(tx, actor.county_id, instrument_id, version)
        registered = select(InstrumentRegistration.id).where(InstrumentRegistration.instrument_id == instrument_id)
        places = tx.session.scalars(select(InstrumentFiling.place).where(InstrumentFiling.instrument_id == instrument_id))
        permission = may_file(
            place, queries.offices_of(account_id, civil_date(tx.now)), body_id=instrument.body_id,
            is_registered=tx.session.scalar(registered) is not None, filed=[FiledWith(one) for one in places],
        ).or_raise()  # fmt: skip
        tx.session.add(
            InstrumentFiling(
                county_id=actor.county_id, instrument_id=instrument_id, place=place.value, filed_at=tx.now, filed_by_id=account_id
            )
        )
        office = permission.by.office if permission.by else None
        record(tx, actor, "file_instrument", f"instrument:{instrument_id}", place=place.value, office=office)
        tx.result = f"/manage/instruments/{instrument_id}"


def attach_scan(instrument_id: int, content: bytes, *, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """Keep the scan of the signed and sealed paper (G-6); `files.NotTaken` for anything but a PDF or a picture of bearable size."""
    account_id = acting_account(actor, may_draft(()))
    kept = files.keep(content)
    with transaction(clock=clock, once=once) as tx:
        instrument = lock_instrument(tx, actor.county_id, instrument_id)
        signed = select(InstrumentSignature.id).where(InstrumentSignature.instrument_id == instrument_id)
        offices = queries.offices_of(account_id, civil_date(tx.now))
        permission = may_attach(offices, body_id=instrument.body_id, is_signed=tx.session.scalar(signed) is not None).or_raise()
        scan = InstrumentFile(
            county_id=actor.county_id, instrument_id=instrument_id, media_type=kept.media_type, size=kept.size, digest=kept.digest,
            stored_at=tx.now, stored_by_id=account_id,
        )  # fmt: skip
        tx.session.add(scan)
        tx.session.flush()
        office = permission.by.office if permission.by else None
        record(tx, actor, "attach_scan", f"instrument:{instrument_id}", file=scan.id, sha256=kept.digest, size=kept.size, office=office)
        tx.result = f"/manage/instruments/{instrument_id}"


def record_scan_look(instrument_id: int, file_id: int, *, actor: Actor, clock: Clock) -> None:
    """That the scan was looked at (R-1): it bears signatures."""
    with transaction(clock=clock) as tx:
        record(tx, actor, "look_at_scan", f"instrument:{instrument_id}", file=file_id)


def confirm(instrument_id: int, *, version: int, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """Confirm the instrument for another year, as head of the body that gave it (G-14). Answers about the past stay as they are."""
    account_id = acting_account(actor, may_draft(()))
    with transaction(clock=clock, once=once) as tx:
        instrument = lock_instrument(tx, actor.county_id, instrument_id, version)
        registered = select(InstrumentRegistration.registered_at).where(InstrumentRegistration.instrument_id == instrument_id)
        number = tx.session.scalar(select(InstrumentSignature.number).where(InstrumentSignature.instrument_id == instrument_id)) or ""
        year = InstrumentYear(tx.session.scalar(registered))
        offices = queries.offices_of(account_id, civil_date(tx.now))
        permission = may_confirm(year, body_id=instrument.body_id, number=number, offices=offices, at=tx.now).or_raise()
        row = InstrumentConfirmation(
            county_id=actor.county_id, instrument_id=instrument_id, confirmed_at=tx.now, confirmed_by_id=account_id
        )
        tx.session.add(row)
        tx.session.flush()
        office = permission.by.office if permission.by else None
        about: dict[str, Any] = {"what": f"confirmed {row.id}", "digest": digest(row_facts(row)), "office": office}
        record(tx, actor, "confirm_instrument", f"instrument:{instrument_id}", **about)
        tx.result = f"/manage/instruments/{instrument_id}"


def remind(county_id: int, clock: Clock) -> str:
    """Put the reminders of the yearly round whose day has come into the outbox, each once (G-14); says how many."""
    with transaction(clock=clock) as tx:
        due = life_queries.due_reminders(county_id, tx.now)
        known = set(tx.session.scalars(select(Outbox.dedupe_key).where(Outbox.county_id == county_id, Outbox.dedupe_key.in_([one.key for one in due]))))
        new = [one for one in due if one.key not in known]
        for one in new:
            facts = {"instrument": one.number, "due_on": one.due_on.isoformat(), "days": one.days, "href": "/manage/confirmations"}
            tx.session.add(
                Outbox(
                    county_id=county_id, dedupe_key=one.key, channel="in_app", receiver=one.receiver, language="zh-Hans",
                    template="recertification", facts=facts, created_at=tx.now,
                )
            )  # fmt: skip
        if new:
            record(tx, machine(county_id, "jobs"), "remind_recertification", f"county:{county_id}", reminders=len(new))
        return f"{len(new)} reminders"


def set_ceiling(
    level: Level,
    power: Power,
    mandate: Mandate,
    *,
    is_allowed: bool,
    from_on: date | None,
    item_type: str = "",
    actor: Actor,
    clock: Clock,
    once: Once | None = None,
) -> None:
    """Close a cell of the ceilings, or open again what the county closed, from a later day; for items of one type where named (G-3)."""
    account_id = acting_account(actor, may_draft(()))
    with transaction(clock=clock, once=once) as tx:
        tx.lock(select(County).where(County.id == actor.county_id))  # of two who say something of one cell, the second reads the first
        on = civil_date(tx.now)
        permission = may_set_ceiling(
            queries.offices_of(account_id, on), level=level, power=power, mandate=mandate, is_allowed=is_allowed, from_on=from_on, today=on
        ).or_raise()
        assert from_on is not None  # may_set_ceiling said yes
        same = select(Ceiling.id).where(
            Ceiling.county_id == actor.county_id, Ceiling.level == level.value, Ceiling.power == power.value,
            Ceiling.mandate == mandate.value, Ceiling.item_type == item_type, Ceiling.from_on == from_on,
        )  # fmt: skip
        tx.result = "/manage/ceilings"
        if tx.session.scalar(same) is not None:
            raise SameDay(from_on)
        tx.session.add(
            Ceiling(
                county_id=actor.county_id, level=level.value, power=power.value, mandate=mandate.value, item_type=item_type,
                from_on=from_on, is_allowed=is_allowed,
            )
        )  # fmt: skip
        about: dict[str, Any] = {"is_allowed": is_allowed, "from_on": from_on, "item_type": item_type, "mandate": mandate.value}
        office = permission.by.office if permission.by else None
        record(tx, actor, "set_ceiling", f"ceiling:{level.value}/{power.value}", **about, office=office)


class SameDay(ValueError):
    """For this cell something is said from that day already; rows are added and never changed, so another day is needed."""
