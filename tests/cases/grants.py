"""Grants made row by row, past the rules on purpose: what a guard must refuse has to stand in the database first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from itertools import count

from sqlalchemy import select

from portal.accounts.models import Account
from portal.audit import machine, record
from portal.authority.models import Clause, ClauseItem, ClausePower, Instrument, InstrumentRegistration, InstrumentSignature
from portal.catalogue.models import Item
from portal.clock import Clock
from portal.database import db, transaction
from portal.network.queries import body_by_code, the_county, window_by_code

TOWN = "611026102000-G"
XIALIANG = "TOWN-611026102000"
_serial = count(1)


def grant(
    window: str, powers: Collection[str], item: str | None, *, from_on: date, until_on: date | None = None, registered_at: datetime,
    body: str = "MR", mandate: str = "entrustment", receiving: str | None = XIALIANG,
) -> int:  # fmt: skip
    """A signed and registered instrument with one clause; the instrument's id."""
    county = the_county()
    with transaction(clock=Clock()) as tx:
        issuing = body_by_code(county.id, body)
        head = db.session.scalar(select(Account).where(Account.username == "dept-mr"))
        assert head is not None
        instrument = Instrument(
            county_id=county.id, body_id=issuing.id, receiving_body_id=body_by_code(county.id, receiving).id if receiving else None,
            mandate=mandate, title="示例", basis="《示例法》", drafted_at=registered_at,
        )  # fmt: skip
        tx.session.add(instrument)
        tx.session.flush()
        clause = Clause(
            county_id=county.id, instrument_id=instrument.id, seq=1, window_id=window_by_code(county.id, window).id, all_items=item is None,
            from_on=from_on, until_on=until_on,
        )  # fmt: skip
        tx.session.add(clause)
        tx.session.flush()
        tx.session.add_all(ClausePower(county_id=county.id, clause_id=clause.id, power=power) for power in powers)
        if item is not None:
            found = db.session.scalar(select(Item).where(Item.code == item))
            assert found is not None
            tx.session.add(ClauseItem(county_id=county.id, clause_id=clause.id, item_id=found.id))
        tx.session.flush()
        number = f"试授〔2026〕{next(_serial)}号"
        tx.session.add(
            InstrumentSignature(
                county_id=county.id, instrument_id=instrument.id, number=number, signed_on=from_on, signed_by_id=head.id, signed_at=registered_at
            )
        )
        tx.session.add(InstrumentRegistration(county_id=county.id, instrument_id=instrument.id, registered_at=registered_at))
        record(tx, machine(county.id, "test"), "test.grant", f"instrument:{instrument.id}")
        instrument_id: int = instrument.id
    return instrument_id
