"""What the person may see of letters of appointment: lists by where they stand, one letter with its papers' trail, what may be chosen (G-15).

When a letter holds is asked of `conditions.letter_holds`; `terms_of` gives the same facts to the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select, true

from portal.accounts import queries as accounts
from portal.accounts.models import Account, Posting
from portal.authority.conditions import letter_holds
from portal.authority.models import Letter, LetterEnd, LetterFiling, LetterRegistration, LetterSignature
from portal.authority.queries import OF_BODY, PAGE, SEES_ALL, slug_of
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import Body, BodyKind, ServicePoint, Window, WindowBody
from portal.rules.appointments import LetterTerms
from portal.rules.authority import OfficeHeld
from portal.rules.clauses import Post
from portal.rules.moments import civil_date

_SLUG = re.compile(r"(.{1,20})-(\d{4})-(\d{1,6})")


class LetterState(StrEnum):
    """Where a letter stands; computed from its rows, never stored."""

    TO_SIGN = "to_sign"
    TO_REGISTER = "to_register"
    TO_BEGIN = "to_begin"
    IN_FORCE = "in_force"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A line of the list of letters."""

    id: int
    number: str
    body: Body
    point: ServicePoint
    account: Account
    from_on: date
    until_on: date | None
    drafted_at: datetime
    filed: int


@dataclass(frozen=True, slots=True)
class LetterShown:
    """A letter with everything that its paper and its page say. `ended_by` is how it ended before its last day: superseded, revoked."""

    row: Letter
    terms: LetterTerms
    state: LetterState
    number: str
    slug: str
    body: Body
    point: ServicePoint
    account: Account
    people: dict[int, Account]
    signature: LetterSignature | None
    registration: LetterRegistration | None
    filings: tuple[LetterFiling, ...]
    end: LetterEnd | None
    stands_now: tuple[Letter, Account] | None = None

    def who(self, account_id: int | None) -> Account | None:
        return self.people.get(account_id or 0)


def letter_prefix(body: Body) -> str:
    """柞市监授 → 柞市监任: how a body's letters are numbered beside its instruments."""
    return body.paper_prefix.removesuffix("授") + "任"


def terms_of(letters: Iterable[Letter]) -> dict[int, LetterTerms]:
    """Letters as the rules see them, with registration and every end. Two queries."""
    rows = list(letters)
    ids = [row.id for row in rows]
    query = select(LetterRegistration.letter_id, LetterRegistration.registered_at).where(LetterRegistration.letter_id.in_(ids))
    registered = {row.letter_id: row.registered_at for row in db.session.execute(query)}
    ends: dict[int, list[datetime]] = {}
    for row in db.session.execute(select(LetterEnd.letter_id, LetterEnd.ends_at).where(LetterEnd.letter_id.in_(ids)).order_by(LetterEnd.id)):
        ends.setdefault(row.letter_id, []).append(row.ends_at)
    return {
        row.id: LetterTerms(row.body_id, row.from_on, row.until_on, registered.get(row.id), tuple(ends.get(row.id, ()))) for row in rows
    }


# --- lists ----------------------------------------------------------------------------------------------------------------------


def _visible(offices: Iterable[OfficeHeld]) -> ColumnElement[bool]:
    """Which letters exist for a person: all for the county's offices, a body's own for its head and leader."""
    held = tuple(offices)
    if any(one.office in SEES_ALL for one in held):
        return true()
    return Letter.body_id.in_([one.body_id for one in held if one.office in OF_BODY and one.body_id is not None])


def _in_state(state: LetterState, now: datetime) -> ColumnElement[bool]:
    """One condition a state, for a list and its count."""
    on = civil_date(now)
    signed = exists().where(LetterSignature.letter_id == Letter.id)
    registered = exists().where(LetterRegistration.letter_id == Letter.id)
    ended = exists().where(LetterEnd.letter_id == Letter.id, LetterEnd.ends_at <= now)
    lasts = and_(or_(Letter.until_on.is_(None), Letter.until_on >= on), ~ended)
    return {
        LetterState.TO_SIGN: ~signed,
        LetterState.TO_REGISTER: and_(signed, ~registered),
        LetterState.TO_BEGIN: and_(registered, Letter.from_on > on, lasts),
        LetterState.IN_FORCE: letter_holds(now),
        LetterState.ENDED: and_(registered, ~lasts),
    }[state]


def number_of_letters(county_id: int, offices: Iterable[OfficeHeld], state: LetterState, now: datetime) -> ScalarSelect[int]:
    """How many letters of a state the person may see, still to be asked: the navigation asks for several numbers at once."""
    mine = select(func.count()).select_from(Letter).where(Letter.county_id == county_id, _visible(offices))
    return mine.where(_in_state(state, now)).scalar_subquery()


def count_letters_for(county_id: int, offices: Iterable[OfficeHeld], now: datetime) -> dict[LetterState, int]:
    """How many letters of each state the person may see."""
    held = tuple(offices)
    parts = [number_of_letters(county_id, held, state, now) for state in LetterState]
    return dict(zip(LetterState, db.session.execute(select(*parts)).one(), strict=True))


def list_letters_for(
    county_id: int, offices: Iterable[OfficeHeld], state: LetterState, now: datetime, *, before: int | None = None
) -> tuple[list[LetterRow], int | None]:
    """Letters of one state, newest first, and the id before which the next page begins (None: no more)."""
    query = (
        select(Letter, Account, ServicePoint)
        .join(Account, Account.id == Letter.account_id)
        .join(ServicePoint, ServicePoint.id == Letter.point_id)
        .where(Letter.county_id == county_id, _visible(offices), _in_state(state, now))
        .order_by(Letter.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(Letter.id < before)
    found = list(db.session.execute(query))
    bodies = network.bodies_by_id(county_id)
    filed = select(LetterFiling.letter_id, func.count()).where(LetterFiling.letter_id.in_([letter.id for letter, _who, _at in found]))
    places: dict[int, int] = dict(row for row in db.session.execute(filed.group_by(LetterFiling.letter_id)))
    rows = [
        LetterRow(
            letter.id, letter.number or "", bodies[letter.body_id], point, account, letter.from_on, letter.until_on, letter.drafted_at,
            places.get(letter.id, 0),
        )
        for letter, account, point in found[:PAGE]
    ]  # fmt: skip
    return rows, rows[-1].id if len(found) > PAGE else None


# --- one letter -----------------------------------------------------------------------------------------------------------------


def get_letter_for(county_id: int, offices: Iterable[OfficeHeld], letter_id: int, now: datetime) -> LetterShown:
    """A letter in any state that the person may see; NotFound otherwise."""
    query = select(Letter).where(Letter.county_id == county_id, Letter.id == letter_id, _visible(offices))
    row = db.session.scalar(query)
    if row is None:
        raise NotFound(f"letter {letter_id}")
    return _shown(row, now)


def get_letter_by_slug(county_id: int, slug: str, now: datetime) -> LetterShown:
    """A letter that is registered, and so public, by the last part of its address; NotFound otherwise (G-15)."""
    found = _SLUG.fullmatch(slug)
    body = None if found is None else db.session.scalar(select(Body).where(Body.county_id == county_id, Body.code == found[1]))
    if found is None or body is None:
        raise NotFound(slug)
    number = f"{letter_prefix(body)}〔{found[2]}〕{int(found[3])}号"
    query = (
        select(Letter)
        .join(LetterSignature, LetterSignature.letter_id == Letter.id)
        .join(LetterRegistration, LetterRegistration.letter_id == Letter.id)
        .where(Letter.county_id == county_id, Letter.body_id == body.id, LetterSignature.number == number)
    )
    row = db.session.scalar(query)
    if row is None:
        raise NotFound(slug)
    return _shown(row, now)


def _shown(row: Letter, now: datetime) -> LetterShown:
    this = select(Letter.id).where(Letter.id == row.id)
    state = next((one for one in LetterState if db.session.scalar(this.where(_in_state(one, now)))), LetterState.ENDED)
    signature = db.session.scalar(select(LetterSignature).where(LetterSignature.letter_id == row.id))
    registration = db.session.scalar(select(LetterRegistration).where(LetterRegistration.letter_id == row.id))
    filings = tuple(db.session.scalars(select(LetterFiling).where(LetterFiling.letter_id == row.id).order_by(LetterFiling.id)))
    terms = terms_of([row])[row.id]
    first_end = select(LetterEnd).where(LetterEnd.letter_id == row.id).order_by(LetterEnd.ends_at, LetterEnd.id).limit(1)
    end = db.session.scalar(first_end)
    ids = {row.account_id, row.drafted_by_id, *(one.filed_by_id for one in filings)}
    ids |= {signature.signed_by_id if signature else None, registration.registered_by_id if registration else None}
    ids |= {end.ended_by_id if end else None}
    people = accounts.accounts_by_id([one for one in ids if one is not None])
    body = db.session.get_one(Body, row.body_id)
    number = signature.number if signature else ""
    stands = None
    if registration is None:
        others = select(Letter, Account).join(Account, Account.id == Letter.account_id)
        others = others.where(Letter.point_id == row.point_id, Letter.body_id == row.body_id, letter_holds(now), Letter.id != row.id)
        stood = db.session.execute(others.order_by(Letter.id.desc()).limit(1)).first()
        stands = None if stood is None else stood
    return LetterShown(
        row=row, terms=terms, state=state, number=number, slug=slug_of(body.code, number), body=body,
        point=db.session.get_one(ServicePoint, row.point_id), account=people[row.account_id], people=people, signature=signature,
        registration=registration, filings=filings, end=end if end is not None and end.ends_at == terms.ends_at else None, stands_now=stands,
    )  # fmt: skip


# --- what can be chosen for a draft ---------------------------------------------------------------------------------------------


def appointing(county_id: int) -> tuple[list[Body], list[ServicePoint]]:
    """The bodies that have a chief representative, and the points at which one can be: above rooms (G-3)."""
    bodies = [body for body in network.bodies_by_id(county_id).values() if body.kind in (BodyKind.DEPARTMENT, BodyKind.TOWN_GOVERNMENT)]
    points = [point for point in network.list_points(county_id) if point.level in ("county", "sub_center", "town")]
    return sorted(bodies, key=lambda one: (one.kind != BodyKind.DEPARTMENT, one.code)), points


def people_at(county_id: int, point_id: int, on: date, body_id: int | None = None) -> list[tuple[Account, Window, Posting]]:
    """The staff posted at the windows of a point on a day, by window and name; those of a body's windows where one is named."""
    query = (
        select(Account, Window, Posting)
        .join(Posting, Posting.account_id == Account.id)
        .join(Window, Window.id == Posting.window_id)
        .where(
            Account.county_id == county_id, Account.disabled_at.is_(None), Window.point_id == point_id, Posting.post != Post.AGENT.value,
            or_(Posting.until_on.is_(None), Posting.until_on >= on),
        )
        .order_by(Window.code, Account.username)
    )  # fmt: skip
    if body_id is not None:
        served: Any = select(WindowBody.window_id).where(
            WindowBody.body_id == body_id, WindowBody.from_on <= on, or_(WindowBody.until_on.is_(None), WindowBody.until_on >= on)
        )
        query = query.where(Window.id.in_(served))
    return [(account, window, posting) for account, window, posting in db.session.execute(query)]
