"""The ledger of licences and the checks of commitments: what may be seen of them, and how each stands on a day (C-11, C-25, O-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from portal.accounts.models import Person
from portal.accounts.queries import SignedIn
from portal.cases.licence_models import CaseRenewal, CommitmentCheck, Licence, LicenceEvent
from portal.cases.models import Case
from portal.cases.queries import PAGE, sees
from portal.catalogue.models import ItemVersion
from portal.database import NotFound, db, is_sqlite
from portal.network.models import Body
from portal.rules.commitments import CheckFacts
from portal.rules.licences import Standing, is_in_time, standing_on
from portal.rules.moments import civil_date


@dataclass(frozen=True, slots=True)
class LicenceLine:
    """A licence with its item, body and the holder's mask."""

    licence: Licence
    version: ItemVersion
    body: Body
    holder: str
    case: Case
    renewed_by_law: bool = False

    def standing(self, today: date) -> Standing:
        """How it stands on a day; renewed by silence it stays valid, also before the job has written it (art. 50)."""
        if self.renewed_by_law and self.licence.ended_as is None:
            return Standing.VALID
        return standing_on(today, self.licence.valid_until, self.licence.ended_as)


def renewed_by_silence(today: date) -> Any:
    """Renewals in time of licences whose end came before their case was decided or ended: silence renewed them (art. 50)."""
    renewing = aliased(Case)
    query = select(CaseRenewal.id).join(renewing, renewing.id == CaseRenewal.case_id)
    # decided or ended by the end of the last day, whatever happened afterwards and whenever the job runs
    last = CaseRenewal.expires_on
    unanswered = [or_(column.is_(None), day_of(column) > last) for column in (renewing.decided_at, renewing.closed_at)]
    return query.where(CaseRenewal.licence_id == Licence.id, CaseRenewal.in_time.is_(True), last < today, Licence.valid_until == last, *unanswered)


def is_renewed() -> Any:
    """Has another certificate renewed it? Then nobody has to be reminded of its end."""
    newer = aliased(Licence)
    made = select(CaseRenewal.id).join(newer, newer.case_id == CaseRenewal.case_id)
    return made.where(CaseRenewal.licence_id == Licence.id).correlate(Licence).exists()


def day_of(column: Any) -> Any:
    """The civil day of Shanghai on which a stored moment falls, on both engines."""
    if is_sqlite():
        return sa.func.date(column, "+8 hours")
    return sa.cast(sa.func.timezone("Asia/Shanghai", column), sa.Date)


def _lines(today: date) -> Any:
    silent = renewed_by_silence(today)
    query = select(Licence, ItemVersion, Body, Person.masked_name, Case, silent.correlate(Licence).exists().label("silent"))
    query = query.join(ItemVersion, ItemVersion.id == Licence.version_id).join(Body, Body.id == Licence.body_id)
    return query.join(Person, Person.id == Licence.holder_id).join(Case, Case.id == Licence.case_id)


def list_licences(person: SignedIn, today: date, *, before: int | None = None) -> tuple[list[LicenceLine], int | None]:
    """A page of the ledger as far as the person sees the cases behind it, the newest first."""
    query = _lines(today).where(Licence.county_id == person.county_id, sees(person, today))
    if before is not None:
        query = query.where(Licence.id < before)
    rows = db.session.execute(query.order_by(Licence.id.desc()).limit(PAGE + 1)).all()
    lines = [LicenceLine(*row) for row in rows[:PAGE]]
    return lines, lines[-1].licence.id if len(rows) > PAGE else None


def list_ending(person: SignedIn, today: date, until: date) -> list[LicenceLine]:
    """Licences that end soon, the first to end first; fifty at most."""
    query = _lines(today).where(Licence.county_id == person.county_id, sees(person, today), Licence.ended_as.is_(None))
    query = query.where(Licence.valid_until >= today, Licence.valid_until <= until).order_by(Licence.valid_until, Licence.id).limit(50)
    return [LicenceLine(*row) for row in db.session.execute(query)]


def licence_for(person: SignedIn, number: str, today: date) -> LicenceLine:
    """A licence whose case exists for the person; NotFound otherwise."""
    row = db.session.execute(_lines(today).where(Licence.county_id == person.county_id, sees(person, today), Licence.number == number[:60])).first()
    if row is None:
        raise NotFound(number)
    return LicenceLine(*row)


def licence_by_number(county_id: int, number: str, today: date) -> LicenceLine | None:
    """A licence by its exact number, for everybody (art. 40); the holder's name is masked where it is a natural person's."""
    row = db.session.execute(_lines(today).where(Licence.county_id == county_id, Licence.number == number[:60])).first()
    return None if row is None else LicenceLine(*row)


def events_of(licence_id: int) -> list[LicenceEvent]:
    """What happened to a licence, in order."""
    return list(db.session.scalars(select(LicenceEvent).where(LicenceEvent.licence_id == licence_id).order_by(LicenceEvent.id)))


def renewal_of(case_id: int) -> date | None:
    """The end of the licence that a case renews in time: its due date at the latest; None where it renews none (C-25)."""
    return db.session.scalar(select(CaseRenewal.expires_on).where(CaseRenewal.case_id == case_id, CaseRenewal.in_time.is_(True)))


def licence_of_case(case_id: int) -> Licence | None:
    """The licence that a case made."""
    return db.session.scalar(select(Licence).where(Licence.case_id == case_id).order_by(Licence.id.desc()).limit(1))


def applied_in_time(case: Case, until: date) -> bool:
    """Was this case applied for in time to renew a licence with this end?"""
    return is_in_time(civil_date(case.received_at or case.collected_at), until)


# --- checks of commitments ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check with its case and item."""

    check: CommitmentCheck
    case: Case
    version: ItemVersion

    @property
    def facts(self) -> CheckFacts:
        check = self.check
        closed, heard = check.closed_on is not None, check.heard_on is not None
        return CheckFacts(check.found_on, check.correct_by, check.not_corrected_on is not None, heard, closed)


def list_checks(person: SignedIn, today: date) -> list[CheckLine]:
    """The open checks of cases that the person sees, those due first, then the last closed ones; a hundred of each at most."""
    query = select(CommitmentCheck, Case, ItemVersion).join(Case, Case.id == CommitmentCheck.case_id)
    query = query.join(ItemVersion, ItemVersion.id == Case.version_id).where(CommitmentCheck.county_id == person.county_id, sees(person, today))
    open_ones = query.where(CommitmentCheck.closed_on.is_(None)).order_by(CommitmentCheck.due_on, CommitmentCheck.id).limit(100)
    closed = query.where(CommitmentCheck.closed_on.is_not(None)).order_by(CommitmentCheck.id.desc()).limit(20)
    return [CheckLine(*row) for ask in (open_ones, closed) for row in db.session.execute(ask)]


def check_for(person: SignedIn, number: str, today: date) -> CheckLine:
    """The check of a case; NotFound where there is none or the case does not exist for the person."""
    query = select(CommitmentCheck, Case, ItemVersion).join(Case, Case.id == CommitmentCheck.case_id)
    query = query.join(ItemVersion, ItemVersion.id == Case.version_id).where(Case.number == number[:30], sees(person, today))
    row = db.session.execute(query).first()
    if row is None:
        raise NotFound(number)
    return CheckLine(*row)


def has_broken_promise(person_id: int) -> bool:
    """Did this person break a commitment? Then it is not open again (C-11)."""
    query = select(CommitmentCheck.id).where(CommitmentCheck.person_id == person_id, CommitmentCheck.not_corrected_on.is_not(None))
    return db.session.scalar(query.limit(1)) is not None
