"""Lists of handoffs: papers that a window waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select

from portal.accounts.models import Person
from portal.accounts.queries import SignedIn
from portal.authority import queries as authority_queries
from portal.cases.consultation_queries import count_questions_for
from portal.cases.models import Case, Leg
from portal.cases.queries import Place, places_of
from portal.catalogue.models import ItemVersion
from portal.database import db

A_PAGE = 25


@dataclass(frozen=True, slots=True)
class LegLine:
    """A handoff in a list."""

    leg: Leg
    case: Case
    version: ItemVersion
    masked_name: str
    places: dict[int, Place]


def _lines(query: Any) -> tuple[list[LegLine], int | None]:
    """A page of legs with what a line shows; the id of the last one where there are more."""
    rows = db.session.execute(query.limit(A_PAGE + 1)).all()
    places = places_of({window for leg, *_rest in rows for window in (leg.from_window_id, leg.to_window_id)})
    lines = [LegLine(leg, case, version, name, places) for leg, case, version, name in rows[:A_PAGE]]
    return lines, lines[-1].leg.id if len(rows) > A_PAGE else None


def legs_with_case() -> Any:
    return (
        select(Leg, Case, ItemVersion, Person.masked_name)
        .join(Case, Case.id == Leg.case_id)
        .join(ItemVersion, ItemVersion.id == Case.version_id)
        .join(Person, Person.id == Case.applicant_id)
    )


def _awaited(person: SignedIn) -> Any:
    return Leg.papers_at_id.in_(list(person.window_ids))


def list_papers_for(person: SignedIn, *, after: int | None = None) -> tuple[list[LegLine], int | None]:
    """Handoffs whose papers the person's windows wait for, the oldest first."""
    query = legs_with_case().where(Leg.county_id == person.county_id, _awaited(person)).order_by(Leg.id)
    return _lines(query if after is None else query.where(Leg.id > after))


def count_papers(person: SignedIn) -> sa.ScalarSelect[int]:
    """How many of them there are, as a part of a query."""
    query = select(func.count()).select_from(Leg).where(Leg.county_id == person.county_id, _awaited(person))
    return query.scalar_subquery()


def count_papers_for(person: SignedIn) -> int:
    """How many of them there are."""
    return int(db.session.scalar(select(count_papers(person))) or 0)


def count_waiting_for(person: SignedIn, today: date) -> sa.ScalarSelect[int]:
    """Papers that are awaited and questions that wait, as one number."""
    return select(count_papers(person) + count_questions_for(person, today)).scalar_subquery()


def windows_above_rooms(county_id: int, on: date, *, but: int) -> list[Place]:
    """The windows that are there on a day but those of rooms and this one, by level and code."""
    found = authority_queries.windows(county_id, on)
    above = sorted((w for w in found.values() if not w.level.is_room and w.id != but), key=lambda window: (window.level.rank, window.code))
    places = places_of({window.id for window in above})
    return [places[window.id] for window in above]
