"""The register of refusals and the lists of what stands outside the usual course; whoever reads them sees what C-30 lets them see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select

from portal.accounts.queries import SignedIn
from portal.cases.models import Case, CaseEvent, CaseStop, FiledRefusal
from portal.cases.queries import PAGE, Place, places_of, sees
from portal.catalogue.models import ItemVersion
from portal.database import db
from portal.network.models import Body

FILING_STATES = ("waiting", "passed", "returned", "effective")
LISTED = 100
"""So many cases of each list of exceptions are shown, those due first."""


@dataclass(frozen=True, slots=True)
class FilingLine:
    """One line of the register: the filing, its case and item, what it says, and who filed it."""

    filing: FiledRefusal
    case: Case
    version: ItemVersion
    body: Body
    place: Place | None
    said: dict[str, Any]

    def state_on(self, today: date) -> str:
        """Where it stands on a day; silence to the end of the next working day is consent (C-9)."""
        filing = self.filing
        if filing.effective_at is not None:
            return "effective"
        if filing.returned_at is not None:
            return "returned"
        if filing.overtaken_at is not None:
            return "overtaken"
        return "passed" if filing.passed_at is not None or filing.silent_on < today else "waiting"


def _filings(person: SignedIn, state: str, today: date) -> sa.Select[Any]:
    """One builder for the list and its count."""
    filed = FiledRefusal
    query = select(filed).join(Case, Case.id == filed.case_id).where(filed.county_id == person.county_id, sees(person, today))
    untouched = (filed.returned_at.is_(None), filed.overtaken_at.is_(None), filed.effective_at.is_(None))
    match state:
        case "waiting":
            return query.where(*untouched, filed.passed_at.is_(None), filed.silent_on >= today)
        case "passed":
            return query.where(*untouched, sa.or_(filed.passed_at.is_not(None), filed.silent_on < today))
        case "returned":
            return query.where(filed.returned_at.is_not(None))
        case "effective":
            return query.where(filed.effective_at.is_not(None))
        case _:
            return query


def list_filings(person: SignedIn, state: str, today: date, *, before: int | None = None) -> tuple[list[FilingLine], int | None]:
    """A page of the register, the newest first, and the key of the next page, or None at the end."""
    query = _filings(person, state, today).join(ItemVersion, ItemVersion.id == Case.version_id).join(Body, Body.id == FiledRefusal.body_id)
    said = (CaseEvent.case_id == FiledRefusal.case_id) & (CaseEvent.seq == FiledRefusal.seq)
    query = query.join(CaseEvent, said).add_columns(Case, ItemVersion, Body, CaseEvent.payload)
    if before is not None:
        query = query.where(FiledRefusal.id < before)
    rows = db.session.execute(query.order_by(FiledRefusal.id.desc()).limit(PAGE + 1)).all()
    places = places_of({row[0].window_id for row in rows[:PAGE]})
    lines = [FilingLine(filing, case, version, body, places.get(filing.window_id), dict(said)) for filing, case, version, body, said in rows[:PAGE]]
    return lines, lines[-1].filing.id if len(rows) > PAGE else None


def count_waiting(person: SignedIn, today: date) -> int:
    """How many filings wait for the center."""
    return int(db.session.scalar(select(func.count()).select_from(_filings(person, "waiting", today).subquery())) or 0)


@dataclass(frozen=True, slots=True)
class ExceptionLine:
    """A case outside the usual course, with what its row says."""

    case: Case
    version: ItemVersion


def list_exceptions(person: SignedIn, today: date) -> dict[str, list[ExceptionLine]]:
    """Open cases whose clock stands, that were put aside, that are urgent, or that wait for a promised material (C-12, C-13, C-22)."""
    stands = sa.and_(Case.stopped_from <= today, Case.stopped_until >= today)
    found = {}
    for name, condition in (
        ("stopped", stands), ("held", Case.held_on.is_not(None)), ("urgent", Case.urgent_until >= today),
        ("undertaken", Case.undertaking_due_on.is_not(None)),
    ):  # fmt: skip
        query = select(Case, ItemVersion).join(ItemVersion, ItemVersion.id == Case.version_id)
        query = query.where(sees(person, today), Case.is_open.is_(True), condition).order_by(Case.sort_on, Case.id).limit(LISTED)
        found[name] = [ExceptionLine(case, version) for case, version in db.session.execute(query)]
    return found


def stop_days(person: SignedIn, year: int) -> list[tuple[Place, int, int]]:
    """Window → stopped working days and stops that began in a year, of the cases that the person sees; the most days first (C-22)."""
    span = sa.and_(CaseStop.first_on >= date(year, 1, 1), CaseStop.first_on <= date(year, 12, 31))
    query = select(CaseStop.window_id, func.sum(CaseStop.days), func.count()).join(Case, Case.id == CaseStop.case_id)
    query = query.where(CaseStop.county_id == person.county_id, sees(person, date(year, 12, 31)), span).group_by(CaseStop.window_id)
    rows = db.session.execute(query).all()
    places = places_of({row[0] for row in rows})
    return sorted(((places[window], int(days), int(count)) for window, days, count in rows), key=lambda row: (-row[1], row[0].window.code))

