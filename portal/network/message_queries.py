"""What a person reads of the messages in the app, and how many are new. A message is its receiver's alone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import func, select

from portal.database import db
from portal.messages import Channel
from portal.network.models import Outbox

PAGE = 20
COUNTED = 99  # a badge says no more


def _of(county_id: int, username: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (Outbox.county_id == county_id, Outbox.receiver == username, Outbox.channel == Channel.IN_APP.value)


def inbox(county_id: int, username: str, before: int | None) -> tuple[list[Outbox], int | None]:
    """The person's messages, the newest first, from below `before` on; and the cursor of older ones."""
    query = select(Outbox).where(*_of(county_id, username))
    if before is not None:
        query = query.where(Outbox.id < before)
    rows = list(db.session.scalars(query.order_by(Outbox.id.desc()).limit(PAGE + 1)))
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def unread(county_id: int, username: str) -> sa.ScalarSelect[int]:
    """How many new messages there are, to be asked with the other counts of the navigation."""
    new = select(Outbox.id).where(*_of(county_id, username), Outbox.read_at.is_(None)).limit(COUNTED).subquery()
    return select(func.count()).select_from(new).scalar_subquery()


def known_keys(county_id: int, keys: Collection[str]) -> set[str]:
    """Those of these messages that are written already."""
    return set(db.session.scalars(select(Outbox.dedupe_key).where(Outbox.county_id == county_id, Outbox.dedupe_key.in_(list(keys)))))


def given_up(county_id: int, since: datetime) -> int:
    """How many messages were given up since a moment although somebody tried; what was never tried had no channel, or was old."""
    query = select(func.count()).where(
        Outbox.county_id == county_id, Outbox.sent_at.is_(None), Outbox.given_up_at >= since, Outbox.attempts > 0
    )
    return db.session.scalar(query) or 0


def waiting_long(county_id: int, wall: datetime, since: timedelta) -> int:
    """How many messages failed at least once and have waited for so long."""
    query = select(func.count()).where(
        Outbox.county_id == county_id, Outbox.sent_at.is_(None), Outbox.given_up_at.is_(None), Outbox.tried_at < wall - since
    )
    return db.session.scalar(query) or 0
