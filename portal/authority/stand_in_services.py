"""How somebody is appointed to stand in for an absent chief representative, and how it ends early; pending work moves with it (G-13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Account, StandIn
from portal.audit import Actor, digest, record, row_facts
from portal.authority import posting_queries, queries, stand_in_queries
from portal.authority.acting import acting_account
from portal.authority.models import Letter, StandInEnd
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.network.models import Window
from portal.rules.moments import civil_date
from portal.rules.stand_ins import StandInDraft, may_appoint_stand_in, may_dispose, may_end_early

# Who moves the pending work of an absent person at a window. Asked before the moment is read, so that the cases are locked first, as every act
# locks them; the answer moves them once the stand-in, or its end, is written. The feature on the right answers; `app.py` fills it.
pending_work: list[Callable[[Transaction, int, int, int], Callable[[Actor], int]]] = []

PLACE = "/manage/stand-ins"


@dataclass(frozen=True, slots=True)
class StandInText:
    """Who is absent, who stands in at which window, from when until when, and why."""

    absent_id: int
    account_id: int
    window_id: int
    from_on: date
    until_on: date | None
    reason: str


def appoint_stand_in(text: StandInText, *, actor: Actor, clock: Clock, once: Once | None = None) -> tuple[int, int]:
    """Appoint one; returns its id and how many cases moved at once, because it begins today (G-13)."""
    signer_id, county_id = acting_account(actor, may_dispose((), ())), actor.county_id
    with transaction(clock=clock, once=once) as tx:
        window = tx.session.scalar(select(Window).where(Window.county_id == county_id, Window.id == text.window_id))
        if window is None:
            raise NotFound(f"window {text.window_id}")
        movers = [ask(tx, county_id, window.id, text.absent_id) for ask in pending_work]
        # two appointments that touch the same person stand in line here; letters as an act locks them, so that none ends unseen
        people = select(Account).where(Account.county_id == county_id, Account.id.in_([text.absent_id, text.account_id])).order_by(Account.id)
        if {account.id for account in tx.lock(people)} != {text.absent_id, text.account_id}:
            raise NotFound("account")
        tx.lock(select(Letter).where(Letter.point_id == window.point_id).order_by(Letter.id), share=True)
        today = civil_date(tx.now)
        draft = StandInDraft(
            text.absent_id, text.account_id, window.id, window.point_id, text.from_on, text.until_on, text.reason
        )  # fmt: skip
        permission = may_appoint_stand_in(
            draft, signer_id=signer_id, offices=queries.offices_of(signer_id, today),
            letters=stand_in_queries.chief_letters(county_id, today, {text.absent_id}),
            postings=posting_queries.terms_of(county_id, text.account_id),
            standing=stand_in_queries.stand_in_terms(county_id, since=today), today=today,
        ).or_raise()  # fmt: skip
        assert text.until_on is not None and permission.by is not None and permission.by.office is not None
        row = StandIn(
            county_id=county_id, absent_id=text.absent_id, account_id=text.account_id, window_id=window.id, from_on=text.from_on,
            until_on=text.until_on, reason=text.reason.strip(), appointed_by_id=signer_id, office_id=permission.by.office,
            appointed_at=tx.now,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        about: dict[str, Any] = {"absent": row.absent_id, "account": row.account_id, "window": window.code, "office": row.office_id}
        record(tx, actor, "appoint_stand_in", f"stand_in:{row.id}", **about, what="appointed", digest=digest(row_facts(row)))
        moved = sum(move(actor) for move in movers)
        tx.result = PLACE
        return row.id, moved


def end_stand_in(stand_in_id: int, *, ground: str, version: int = 1, actor: Actor, clock: Clock, once: Once | None = None) -> int:
    """End one at once, because the absent one is back or for another ground; returns how many cases came back (G-13).

    A stand-in has only one version that can be ended: the first.
    """
    account_id, county_id = acting_account(actor, may_dispose((), ())), actor.county_id
    with transaction(clock=clock, once=once) as tx:
        found = tx.session.scalar(select(StandIn).where(StandIn.county_id == county_id, StandIn.id == stand_in_id))
        if found is None:
            raise NotFound(f"stand-in {stand_in_id}")
        movers = [ask(tx, county_id, found.window_id, found.absent_id) for ask in pending_work]
        # an act that rests on it holds the row FOR SHARE, so the end comes after the act or is seen by it (G-17)
        row = tx.lock(select(StandIn).where(StandIn.id == stand_in_id))[0]
        today = civil_date(tx.now)
        window = tx.session.get_one(Window, row.window_id)
        letters = stand_in_queries.chief_letters(county_id, row.from_on, {row.absent_id})
        ended = tx.session.scalar(select(StandInEnd.id).where(StandInEnd.stand_in_id == stand_in_id)) is not None
        permission = may_end_early(
            queries.offices_of(account_id, today), stand_in_queries.bodies_of(letters, row.absent_id, window.point_id),
            is_over=ended or row.until_on < today,
        ).or_raise()  # fmt: skip
        if version != 1:
            raise Stale(1)
        assert permission.by is not None and permission.by.office is not None
        end = StandInEnd(
            county_id=county_id, stand_in_id=stand_in_id, ends_at=tx.now, ground=ground.strip(), ended_by_id=account_id,
            office_id=permission.by.office,
        )  # fmt: skip
        tx.session.add(end)
        tx.session.flush()
        about: dict[str, Any] = {"office": end.office_id, "what": f"end {end.id}", "digest": digest(row_facts(end))}
        record(tx, actor, "end_stand_in", f"stand_in:{stand_in_id}", **about)
        moved = sum(move(actor) for move in movers)
        tx.result = PLACE
        return moved
