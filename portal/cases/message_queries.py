"""Where a one-time code goes: the phone is opened when the code is sent (R-2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from portal.accounts.sealed import cipher
from portal.cases.apply_models import ApplyCode
from portal.cases.apply_queries import PHONE_CONTEXT
from portal.database import db


def phone_of_code(county_id: int, code_id: str, wall: datetime) -> str | None:
    """The phone that a code is for; None once the code was used or is over: it is of no use any more."""
    row = db.session.scalar(select(ApplyCode).where(ApplyCode.county_id == county_id, ApplyCode.id == int(code_id)))
    return cipher().open(row.phone_sealed, PHONE_CONTEXT) if row is not None and row.used_at is None and wall < row.good_until else None
