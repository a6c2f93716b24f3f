"""Putting items on the negative list and withdrawing them from the network: rows with a day, nothing changed, nothing backdated (S-12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from portal.audit import Actor, record
from portal.authority import queries, stationing_queries
from portal.authority.acting import acting_account
from portal.catalogue.models import Item, ItemVersion, ItemWithdrawal, NegativeEntry
from portal.clock import Clock
from portal.database import NotFound, Once, Transaction, transaction
from portal.network import queries as network
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.moments import civil_date
from portal.rules.stationing import Paper, Standing, WithdrawalPapers, check_withdrawal, may_list, may_tend, may_withdraw


class WithdrawalRefused(NotAllowed):
    """A withdrawal that lacks something. `faults` are all of them; nothing was stored."""

    def __init__(self, faults: Sequence[Decision]) -> None:
        super().__init__(faults[0])
        self.faults = tuple(faults)


def _locked(tx: Transaction, county_id: int, code: str) -> Item:
    rows: list[Item] = tx.lock(select(Item).where(Item.county_id == county_id, Item.code == code))
    if not rows:
        raise NotFound(code)
    return rows[0]


def put_on_negative_list(
    code: str, *, instrument: str, from_on: date, until_on: date | None = None, actor: Actor, clock: Clock, once: Once | None = None
) -> int:
    """Put an item on the negative list from a day on, by an instrument; returns the entry's id (S-12)."""
    account_id, county_id = acting_account(actor, may_tend(())), actor.county_id
    with transaction(clock=clock, once=once) as tx:
        item = _locked(tx, county_id, code)
        today = civil_date(tx.now)
        entries = stationing_queries.negative_list(county_id, item.id)
        permission = may_list(
            instrument, offices=queries.offices_of(account_id, today), from_on=from_on, until_on=until_on, today=today,
            entry=next((one for one in entries if one.holds_on(from_on)), None),
        ).or_raise()  # fmt: skip
        entry = NegativeEntry(
            county_id=county_id, item_id=item.id, instrument=instrument.strip(), from_on=from_on, until_on=until_on,
            entered_by_id=account_id, entered_at=tx.now,
        )  # fmt: skip
        tx.session.add(entry)
        tx.session.flush()
        office = permission.by.office if permission.by else None
        record(tx, actor, "put_on_negative_list", f"item:{code}", instrument=entry.instrument, from_on=from_on, until_on=until_on, office=office)
        tx.result = "/manage/stationing"
        return entry.id


def withdraw(
    code: str,
    papers: WithdrawalPapers,
    *,
    from_on: date,
    point_code: str = "",
    actor: Actor,
    clock: Clock,
    once: Once | None = None,
) -> int:
    """Withdraw an item from the network, or from one point, from a day on; returns the withdrawal's id (S-12).

    Offers stay as they are: their readers see that it is over from that day (`catalogue.queries.stands`). Cases under way go on.
    WithdrawalRefused names everything that is missing at once.
    """
    account_id, county_id = acting_account(actor, may_tend(())), actor.county_id
    with transaction(clock=clock, once=once) as tx:
        item = _locked(tx, county_id, code)
        point = network.point_by_code(county_id, point_code) if point_code else None
        today = civil_date(tx.now)
        offices = queries.offices_of(account_id, today)
        # where it will stand on that day: what was withdrawn earlier is not withdrawn again
        place = stationing_queries.item_standing(county_id, code, max(from_on, today), point_id=point.id if point else None)
        permission = may_withdraw(place, papers, offices=offices, from_on=from_on, today=today)
        if not permission:
            may_tend(offices).or_raise()
            missing = () if place.standing is Standing.STATIONED else (Decision.no(Reason.NOT_STATIONED, rule="S-12", item=code),)
            raise WithdrawalRefused((*missing, *check_withdrawal(papers, from_on=from_on, today=today)))
        review, approval, filing = (_given(paper) for paper in (papers.legal_review, papers.government_approval, papers.filing))
        newest = tx.session.scalar(select(func.max(ItemVersion.version)).where(ItemVersion.item_id == item.id))
        row = ItemWithdrawal(
            county_id=county_id, item_id=item.id, point_id=point.id if point else None, up_to_version=newest or 0, from_on=from_on,
            review_number=review.number, review_on=review.dated_on, approval_number=approval.number, approval_on=approval.dated_on,
            filing_number=filing.number, filing_on=filing.dated_on, entered_by_id=account_id, entered_at=tx.now,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        record(
            tx, actor, "withdraw_item", f"item:{code}", from_on=from_on, point=point_code or None, review=review.number,
            approval=approval.number, filing=filing.number, office=permission.by.office if permission.by else None,
        )  # fmt: skip
        tx.result = "/manage/stationing"
        return row.id


def _given(paper: Paper | None) -> Paper:
    if paper is None:
        raise ValueError("a withdrawal without its papers is refused before it is written")
    return paper
