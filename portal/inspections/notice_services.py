"""Numbered paper notices, for an emergency or where there is no network: drawn in blocks to print, used once each (Q-6)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from portal.accounts.queries import SignedIn
from portal.audit import Actor, record
from portal.clock import Clock
from portal.database import Once, Transaction, transaction
from portal.inspections import notice_queries
from portal.inspections.plan_models import InspectionPlan, Inspector
from portal.inspections.visit_models import PaperNotice, PaperNoticeBlock
from portal.network.models import Body
from portal.rules import inspection_visits as rules
from portal.rules.inspection_visits import NoticeNumber
from portal.rules.moments import civil_date


def draw_notices(number: int, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> int:
    """Draw the next numbers of the year for the inspector's body; returns the block's id. NotAllowed for whoever has no certificate."""
    if not 0 < number <= rules.MOST_NOTICES:
        raise ValueError(f"a block has 1 to {rules.MOST_NOTICES} notices")
    with transaction(clock=clock, once=once) as tx:
        body = tx.lock(select(Body).where(Body.county_id == actor.county_id, Body.id == (actor.body_id or 0)))  # one block after the other
        on = civil_date(tx.now)
        held = (Inspector.account_id == actor.account_id, Inspector.body_id == actor.body_id)
        certificate = select(Inspector.id).where(*held, Inspector.from_on <= on, Inspector.valid_until_on >= on)
        has_certificate = bool(body) and tx.session.scalar(certificate.limit(1)) is not None
        first = notice_queries.next_serial(actor.body_id or 0, on.year)
        rules.may_draw_notices(first, number, has_certificate=has_certificate).or_raise()
        block = PaperNoticeBlock(
            county_id=actor.county_id, body_id=body[0].id, year=on.year, first=first, last=first + number - 1, drawn_at=tx.now,
            drawn_by_id=actor.account_id,
        )  # fmt: skip
        tx.session.add(block)
        tx.session.flush()
        tx.result = f"/inspections/notices/{block.id}"
        # its verb begins as those of plans do: nothing public counts it
        record(tx, actor.actor, "inspection_plan.draw_notices", f"paper_notices:{block.id}", first=first, notices=number)
        return block.id


def lock_block(tx: Transaction, county_id: int, text: str) -> tuple[NoticeNumber | None, PaperNoticeBlock | None]:
    """The block of a number, locked: two who use one number at once do so one after the other."""
    number = NoticeNumber.of(text)
    block = notice_queries.block_of(county_id, number)
    if block is not None:
        tx.lock(select(PaperNoticeBlock).where(PaperNoticeBlock.id == block.id))
    return number, block


def use_notice(
    tx: Transaction, plan: InspectionPlan, number: NoticeNumber | None, block: PaperNoticeBlock | None, entered_at: datetime, *, actor: Actor
) -> None:
    """Note that a paper notice was used for a plan's visit. NotAllowed where it cannot have been."""
    rules.may_use_notice(notice_queries.notice_now(block, number), plan.body_id, entered_at).or_raise()
    assert number is not None and block is not None
    tx.session.add(PaperNotice(county_id=plan.county_id, block_id=block.id, serial=number.serial, plan_id=plan.id))
    tx.session.flush()
    record(tx, actor, "inspection_plan.use_notice", f"inspection_plan:{plan.number}", notice=str(number))
