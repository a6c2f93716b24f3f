"""Lists of cases that were sent together: which a person may see, their rows, and the cases that can be put on a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select

from portal.accounts import queries as accounts
from portal.accounts.models import Account, Person
from portal.accounts.queries import SignedIn
from portal.cases.batch_models import Batch, BatchRow
from portal.cases.models import Case, Leg
from portal.cases.queries import SEES_ALL, Place, not_closed_by_law, places_of
from portal.catalogue.models import ItemVersion
from portal.database import NotFound, db
from portal.rules.batches import MOST, RowState, row_state, version_of
from portal.rules.manifests import Document, documents_of

A_PAGE = 25


@dataclass(frozen=True, slots=True)
class Row:
    """A case of a list, with the leg with which it was sent."""

    row: BatchRow
    leg: Leg
    case: Case
    version: ItemVersion
    masked_name: str

    @property
    def state(self) -> RowState:
        return row_state(self.leg.received_at, self.leg.returned_at, self.leg.recalled_at)

    @property
    def papers(self) -> tuple[Document, ...]:
        return tuple(each for each in documents_of(self.leg.manifest) if each.is_paper and each.count)


@dataclass(frozen=True)
class BatchView:
    """A list with its rows, and who sent it from where to where."""

    batch: Batch
    rows: list[Row]
    places: dict[int, Place]
    sent_by: Account | None

    @cached_property
    def states(self) -> list[RowState]:
        return [row.state for row in self.rows]

    @property
    def version(self) -> int:
        return version_of(self.states)

    @property
    def waiting(self) -> int:
        return self.states.count(RowState.UNDER_WAY)


def _visible(person: SignedIn) -> Any:
    """The lists that a person may see: those of their windows, all of them for who sees every case (C-30)."""
    ours = Batch.county_id == person.county_id
    if any(office.office in SEES_ALL for office in person.offices):
        return ours
    windows = list(person.window_ids)
    return sa.and_(ours, sa.or_(Batch.from_window_id.in_(windows), Batch.to_window_id.in_(windows)))


def batch_for(person: SignedIn, number: str) -> Batch:
    """The list of this number as far as it exists for the person; NotFound otherwise."""
    found = db.session.scalar(select(Batch).where(Batch.number == number, _visible(person))) if len(number) <= 30 else None
    if found is None:
        raise NotFound(number)
    return found


def batch_of(county_id: int, number: str) -> Batch:
    """The list of this number, whoever asks: for what follows from an event."""
    return db.session.scalars(select(Batch).where(Batch.county_id == county_id, Batch.number == number)).one()


def count_under_way(county_id: int, number: str) -> int:
    """How many cases of a list are under way."""
    query = (
        select(func.count())
        .select_from(BatchRow)
        .join(Batch, Batch.id == BatchRow.batch_id)
        .join(Leg, sa.and_(Leg.case_id == BatchRow.case_id, Leg.seq == BatchRow.leg_seq))
        .where(Batch.county_id == county_id, Batch.number == number, Leg.is_under_way.is_(True))
    )
    return int(db.session.scalar(query) or 0)


def rows_of(batch_id: int) -> list[Row]:
    """The rows of a list as they are in the database now, in the order of the paper."""
    query = (
        select(BatchRow, Leg, Case, ItemVersion, Person.masked_name)
        .join(Leg, sa.and_(Leg.case_id == BatchRow.case_id, Leg.seq == BatchRow.leg_seq))
        .join(Case, Case.id == BatchRow.case_id)
        .join(ItemVersion, ItemVersion.id == Case.version_id)
        .join(Person, Person.id == Case.applicant_id)
        .where(BatchRow.batch_id == batch_id)
        .order_by(BatchRow.seq)
    )
    return [Row(*row) for row in db.session.execute(query.execution_options(populate_existing=True))]


def get_batch_for(person: SignedIn, number: str) -> BatchView:
    """A list with its rows; NotFound where it does not exist for the person."""
    batch = batch_for(person, number)
    people = accounts.accounts_by_id({batch.sent_by_id})
    return BatchView(batch, rows_of(batch.id), places_of({batch.from_window_id, batch.to_window_id}), people.get(batch.sent_by_id))


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A list among others: how many cases, how many of them are still under way."""

    batch: Batch
    cases: int
    waiting: int
    places: dict[int, Place]


def list_batches_for(person: SignedIn, *, before: int | None = None) -> tuple[list[BatchLine], int | None]:
    """The lists of the person's windows, the newest first, and the id of the last one where there are more."""
    query = select(Batch).where(_visible(person)).order_by(Batch.id.desc())
    found = list(db.session.scalars((query if before is None else query.where(Batch.id < before)).limit(A_PAGE + 1)))
    batches = found[:A_PAGE]
    counts = (
        select(BatchRow.batch_id, func.count(), func.sum(sa.case((Leg.is_under_way.is_(True), 1), else_=0)))
        .join(Leg, sa.and_(Leg.case_id == BatchRow.case_id, Leg.seq == BatchRow.leg_seq))
        .where(BatchRow.batch_id.in_([batch.id for batch in batches]))
        .group_by(BatchRow.batch_id)
    )
    by_batch = {batch_id: (int(cases), int(waiting or 0)) for batch_id, cases, waiting in db.session.execute(counts)}
    places = places_of({window for batch in batches for window in (batch.from_window_id, batch.to_window_id)})
    lines = [BatchLine(batch, *by_batch.get(batch.id, (0, 0)), places) for batch in batches]
    return lines, batches[-1].id if len(found) > A_PAGE else None


def list_at_hand(person: SignedIn, window_id: int, today: date) -> list[tuple[Case, ItemVersion, str]]:
    """The cases that a window holds and can put on a list, in due order: as many as a list holds."""
    query = (
        select(Case, ItemVersion, Person.masked_name)
        .join(ItemVersion, ItemVersion.id == Case.version_id)
        .join(Person, Person.id == Case.applicant_id)
        .where(
            Case.county_id == person.county_id, Case.holder_id == window_id, Case.is_open.is_(True), Case.addressed_id.is_(None),
            not_closed_by_law(today),
        )
        .order_by(Case.sort_on, Case.id)
        .limit(MOST)
    )
    return [row._tuple() for row in db.session.execute(query)]
