"""Who stands beside an applicant, for the page: names in clear for who holds the case, masked for everybody else (C-18, C-28)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from portal.accounts.models import Account, PersonName, Posting
from portal.accounts.queries import masked_names
from portal.database import db
from portal.network.models import Window, WindowBody


@dataclass(frozen=True, slots=True)
class Officer:
    """A member of staff of a body who is posted at one of its windows, with the number of the enforcement certificate, if there is one."""

    account: Account
    certificate: str


def officers_of(county_id: int, body_id: int, on: date) -> dict[int, Officer]:
    """account → officer, of everybody posted on a day at a window that serves the body (art. 34)."""
    served = select(WindowBody.window_id).where(
        WindowBody.body_id == body_id, WindowBody.from_on <= on, or_(WindowBody.until_on.is_(None), WindowBody.until_on >= on)
    )
    query = select(Account, Posting.certificate).join(Posting, Posting.account_id == Account.id).join(Window, Window.id == Posting.window_id)
    query = query.where(
        Account.county_id == county_id, Account.disabled_at.is_(None), Posting.window_id.in_(served), Posting.post != "agent",
        Posting.from_on <= on, or_(Posting.until_on.is_(None), Posting.until_on >= on),
    )  # fmt: skip
    found: dict[int, Officer] = {}
    for account, certificate in db.session.execute(query.order_by(Account.username)):
        known = found.get(account.id)
        found[account.id] = Officer(account, certificate or (known.certificate if known else ""))
    return found


def names_of(county_id: int, person_ids: Iterable[int], *, clear: bool) -> dict[int, str]:
    """person → name, or its mask (C-18)."""
    ids = sorted(set(person_ids))
    masked = masked_names(county_id, ids)
    if not clear or not ids:
        return masked
    query = select(PersonName.person_id, PersonName.name).where(PersonName.county_id == county_id, PersonName.person_id.in_(ids))
    return {**masked, **{row.person_id: row.name for row in db.session.execute(query)}}
