"""What the person may see of the papers of cases, and what anybody sees who checks one by its code (C-3, C-18)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.accounts.models import Office
from portal.authority import queries as authority_queries
from portal.authority.models import Clause, Instrument, InstrumentSignature
from portal.cases import queries
from portal.cases.models import Case, CaseEvent
from portal.cases.paper_models import CasePaper
from portal.cases.queries import CaseView
from portal.database import MAX_ID, NotFound, db
from portal.network import queries as network
from portal.network.models import Body


def list_papers(case_id: int) -> list[CasePaper]:
    """The papers of a case in the order in which they were made."""
    return list(db.session.scalars(select(CasePaper).where(CasePaper.case_id == case_id).order_by(CasePaper.seq, CasePaper.id)))


def get_paper(case_id: int, paper_id: int) -> CasePaper:
    """A paper of this case; NotFound otherwise."""
    found = (
        db.session.scalar(select(CasePaper).where(CasePaper.case_id == case_id, CasePaper.id == paper_id)) if paper_id <= MAX_ID else None
    )
    if found is None:
        raise NotFound(f"paper {paper_id}")
    return found


def get_paper_by_code(county_id: int, code: str, at: datetime) -> tuple[CasePaper, CaseView]:
    """A paper by the code that it bears, with its case, for whoever holds it in hand; NotFound otherwise."""
    plain = "".join(char for char in code.upper() if char.isalnum())
    if not 10 <= len(plain) <= 16 or not plain.isascii():
        raise NotFound(code)
    paper = db.session.scalar(select(CasePaper).where(CasePaper.county_id == county_id, CasePaper.code == plain))
    if paper is None:
        raise NotFound(code)
    view = queries.load(db.session.get_one(Case, paper.case_id), at)
    view.places = queries.places_of(each for each in [event_of(view.rows, paper.seq).window_id] if each)
    view.applicant = queries.applicant_name(view.case, clear=False)
    return paper, view


def event_of(rows: Iterable[CaseEvent], seq: int) -> CaseEvent:
    """The event that made a paper."""
    return next(row for row in rows if row.seq == seq)


@dataclass(frozen=True, slots=True)
class RestsOn:
    """By whose authority a paper was made: one clause of an instrument, an office, or an article; nothing for an act of the applicant."""

    instrument: str = ""
    slug: str = ""
    clause: int = 0
    office: str = ""
    office_body: Body | None = None
    article: str = ""


def rests_on(event: CaseEvent) -> RestsOn:
    """What the event rests on, as a paper names it (G-2)."""
    if event.clause_id is not None:
        query = (
            select(InstrumentSignature.number, Clause.seq, Body.code)
            .join(Clause, Clause.instrument_id == InstrumentSignature.instrument_id)
            .join(Instrument, Instrument.id == Clause.instrument_id)
            .join(Body, Body.id == Instrument.body_id)
            .where(Clause.id == event.clause_id)
        )
        number, clause, body = db.session.execute(query).one()
        return RestsOn(number, authority_queries.slug_of(body, number), clause)
    if event.office_id is not None:
        office = db.session.get_one(Office, event.office_id)
        bodies = network.bodies_by_id(event.county_id)
        return RestsOn(office=office.kind, office_body=bodies.get(office.body_id or 0))
    return RestsOn(article=event.article or "")
