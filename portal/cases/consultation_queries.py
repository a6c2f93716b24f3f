"""Questions about a case, and the questions that a window is asked (C-21, C-30)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select

from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.accounts.queries import SignedIn
from portal.cases.consultation_models import Consultation, ConsultationAnswer
from portal.cases.models import Case
from portal.cases.queries import Place, not_closed_by_law, places_of
from portal.catalogue.models import ItemVersion
from portal.database import NotFound, db
from portal.rules.consultations import AskedState, state_on

A_PAGE = 25


@dataclass(frozen=True, slots=True)
class QuestionShown:
    """A question with its answer, and who asked and answered from where."""

    row: Consultation
    answer: ConsultationAnswer | None
    places: dict[int, Place]
    people: dict[int, Account]
    today: date

    @property
    def state(self) -> AskedState:
        return state_on(self.row.due_on, self.answer is not None, self.today)


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A question in the list of the window that is asked."""

    row: Consultation
    case: Case
    version: ItemVersion
    places: dict[int, Place]
    state: AskedState


def asked_windows(case_id: int) -> set[int]:
    """The windows that were asked about a case: it exists for them too (C-30)."""
    return set(db.session.scalars(select(Consultation.window_id).where(Consultation.case_id == case_id)))


def questions_of(case_id: int, today: date) -> list[QuestionShown]:
    """Every question about a case, the newest first."""
    query = select(Consultation, ConsultationAnswer).outerjoin(
        ConsultationAnswer, ConsultationAnswer.consultation_id == Consultation.id
    )
    rows = db.session.execute(query.where(Consultation.case_id == case_id).order_by(Consultation.id.desc())).all()
    places = places_of({window for row, _answer in rows for window in (row.window_id, row.from_window_id)})
    people = accounts.accounts_by_id({row.asked_by_id for row, _answer in rows} | {answer.answered_by_id for _row, answer in rows if answer})
    return [QuestionShown(row, answer, places, people, today) for row, answer in rows]


def question_of(case_id: int, consultation_id: int) -> tuple[Consultation, bool]:
    """A question about a case, and whether it is answered; NotFound for another case's."""
    row = db.session.scalar(select(Consultation).where(Consultation.case_id == case_id, Consultation.id == consultation_id))
    if row is None:
        raise NotFound(f"consultation {consultation_id}")
    query = select(ConsultationAnswer.id).where(ConsultationAnswer.consultation_id == consultation_id)
    return row, db.session.scalar(query) is not None


def open_questions(person: SignedIn, today: date) -> tuple[Any, ...]:
    """Unanswered, of an open case, to one of the person's windows: one condition for the list and its count (N-6)."""
    answered = select(ConsultationAnswer.id).where(ConsultationAnswer.consultation_id == Consultation.id).exists()
    windows = list(person.window_ids)
    return (
        Consultation.county_id == person.county_id, Consultation.window_id.in_(windows), ~answered, Case.is_open.is_(True), not_closed_by_law(today),
    )  # fmt: skip


def count_questions_for(person: SignedIn, today: date) -> sa.ScalarSelect[int]:
    """How many questions wait for the person's windows."""
    query = select(sa.func.count()).select_from(Consultation).join(Case, Case.id == Consultation.case_id)
    return query.where(*open_questions(person, today)).scalar_subquery()


def list_questions_for(person: SignedIn, today: date, *, after: tuple[date, int] | None = None) -> tuple[list[AskedLine], tuple[date, int] | None]:
    """The questions that wait for the person's windows, by the day by which they are to be answered, and the key of the next page."""
    query = (
        select(Consultation, Case, ItemVersion)
        .join(Case, Case.id == Consultation.case_id)
        .join(ItemVersion, ItemVersion.id == Case.version_id)
        .where(*open_questions(person, today))
        .order_by(Consultation.due_on, Consultation.id)
    )
    if after is not None:
        query = query.where(sa.tuple_(Consultation.due_on, Consultation.id) > sa.tuple_(sa.literal(after[0]), sa.literal(after[1])))
    rows = db.session.execute(query.limit(A_PAGE + 1)).all()
    places = places_of({row.from_window_id for row, *_rest in rows})
    lines = [AskedLine(row, case, version, places, state_on(row.due_on, False, today)) for row, case, version in rows[:A_PAGE]]
    last = lines[-1].row if len(rows) > A_PAGE else None
    return lines, None if last is None else (last.due_on, last.id)
