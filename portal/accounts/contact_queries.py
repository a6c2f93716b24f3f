"""Where people are reached: mail of accounts, phones of persons (R-2). Addresses are looked up when a message is sent, never kept with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select

from portal.accounts.models import Account, Person
from portal.accounts.sealed import PersonField, cipher
from portal.database import db
from portal.messages import Contact


def contacts_of(county_id: int, usernames: Collection[str]) -> Mapping[str, Contact]:
    """How these accounts want their messages; those that cannot sign in any more are left out."""
    query = select(Account.username, Account.email, Account.language).where(
        Account.county_id == county_id, Account.username.in_(list(usernames)), Account.disabled_at.is_(None)
    )
    return {row.username: Contact(row.email, row.language) for row in db.session.execute(query)}


def mail_of(county_id: int, username: str, _wall: datetime) -> str | None:
    """The mail address of an account, None where it gave none or cannot sign in any more."""
    contact = contacts_of(county_id, [username]).get(username)
    return contact.email if contact is not None else None


def phone_of(county_id: int, person_id: str, _wall: datetime) -> str | None:
    """The telephone of a person, opened for sending."""
    query = select(Person.phone_sealed).where(Person.county_id == county_id, Person.id == int(person_id))
    sealed = db.session.scalar(query)
    return cipher().open(sealed, PersonField.PHONE) if sealed else None


def has_phone(county_id: int, person_id: int) -> bool:
    """Whether a person can be told by text message; opens nothing."""
    query = select(Person.phone_sealed.is_not(None)).where(Person.county_id == county_id, Person.id == person_id)
    return bool(db.session.scalar(query))
