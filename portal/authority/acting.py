"""Who acts in a service of authority: an account, since the machine holds no office (G-6)."""

from __future__ import annotations

from portal.audit import Actor
from portal.rules.decision import Decision, NotAllowed


def acting_account(actor: Actor, refusal: Decision) -> int:
    """The account that acts; NotAllowed with the refusal of somebody without any office where the machine does."""
    if actor.account_id is None:
        raise NotAllowed(refusal)
    return actor.account_id
