"""What a person says of how they want their messages."""

from __future__ import annotations

from sqlalchemy import select

from portal.accounts.models import Account
from portal.audit import Actor, record
from portal.clock import Clock
from portal.database import Once, transaction


def set_contact(email: str, language: str, *, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """Keep one's own mail address (none: an empty text) and the language of one's messages."""
    with transaction(clock=clock, once=once) as tx:
        account: Account = tx.lock(select(Account).where(Account.county_id == actor.county_id, Account.id == actor.account_id))[0]
        fields = [name for name, value in (("email", email or None), ("language", language)) if getattr(account, name) != value]
        account.email, account.language = email or None, language
        tx.result = "/account"
        record(tx, actor, "account.set_contact", f"account:{account.id}", fields=fields)
