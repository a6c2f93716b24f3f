"""Why a window, or a person there, may or may not use a power; who could do it for someone at a point, as of any moment (G-2, G-9).

The steps and the answer are the rule's (`portal.rules.authority.explain`); what is read here beside it are the rows that the steps speak
of, with their names and periods, as they held at the moment asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select

from portal.accounts.models import Account, Posting, PostingEnd, StandIn
from portal.authority.conditions import letter_holds, stand_in_holds
from portal.authority.models import InstrumentSignature, Letter
from portal.authority.powers_queries import clause_numbers
from portal.authority.queries import (
    ItemShown,
    ceilings,
    clauses,
    explain_at,
    instrument_slugs,
    item_terms_by_code,
    items_shown,
    points,
    windows,
)
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import Body, ServicePoint, Window
from portal.rules.authority import Explanation, Holding, Register, chain, explain
from portal.rules.clauses import Mandate, Power, carries
from portal.rules.moments import civil_date

NEAREST = 5  # windows whose "why not" is told where nobody may


@dataclass(frozen=True, slots=True)
class Posted:
    """A posting that holds, with its last day as it was known at the moment asked about: a later end changes no answer about the past."""

    posting: Posting
    window: Window
    until: date | None


@dataclass(frozen=True, slots=True)
class Chief:
    """Who is chief representative of a body at a point, by which letter."""

    letter: Letter
    account: Account


@dataclass(frozen=True, slots=True)
class Substitute:
    """A stand-in that holds: for whom, and in which period (G-13)."""

    row: StandIn
    absent: Account


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation with what its steps speak of. Everything is as it held at `at`."""

    answer: Explanation
    power: Power
    item: ItemShown
    at: datetime
    window: Window
    point: ServicePoint
    is_open: bool  # could the point hold cases on that day (N-2)
    bodies: dict[int, Body]
    served: tuple[Body, ...]
    held: tuple[Power, ...]  # what the window holds on the item
    mandates: tuple[Mandate, ...]  # on which a window of its level can hold the power
    number: int | None = None  # of the clause within its instrument
    slug: str = ""  # of the instrument's public paper
    signature: InstrumentSignature | None = None
    ended_by: str = ""  # the number of the instrument that ended it
    territory: ServicePoint | None = None
    person: Account | None = None
    postings: tuple[Posted, ...] = ()  # the person's, on the day, wherever
    chiefs: tuple[Chief, ...] = ()  # of the body that uses the power, at this point
    substitutes: tuple[Substitute, ...] = ()  # the person's, at this window

    @property
    def exercising(self) -> Body | None:
        """Whose people use the power, by the clause of the answer."""
        return None if self.answer.clause is None else self.bodies[self.answer.clause.exercising_body]


def explained(county_id: int, power: Power, item_code: str, window_code: str, at: datetime, username: str = "") -> Explained:
    """Why a window, and with `username` a person there, may or may not; NotFound(name) for what is not there at the moment."""
    answer = explain_at(county_id, power, item_code, window_code, at, username)
    return _with_rows(county_id, answer, power, item_code, window_code, at, username)


def _with_rows(
    county_id: int, answer: Explanation, power: Power, item_code: str, window_code: str, at: datetime, username: str = ""
) -> Explained:
    on, clause = civil_date(at), answer.clause
    terms = item_terms_by_code(county_id, item_code, on)
    window = network.window_by_code(county_id, window_code)
    here = windows(county_id, on, window_id=window.id)[window.id]
    bodies, bounds = network.bodies_by_id(county_id), ceilings(county_id, on)
    of_window = clauses(county_id, window_id=window.id)
    person = _account(county_id, username) if username else None
    end = None if clause is None else clause.end_in_effect
    numbers = {one for one in (clause and clause.instrument_id, end and end.instrument_id) if one is not None}
    signed = {row.instrument_id: row for row in db.session.scalars(select(InstrumentSignature).where(InstrumentSignature.instrument_id.in_(numbers)))}
    territory = None if clause is None else clause.condition.territory_id
    by = None if end is None or end.instrument_id is None else signed.get(end.instrument_id)
    return Explained(
        answer=answer,
        power=power,
        item=items_shown(county_id, on, item_ids=[terms.id])[terms.id],
        at=at,
        window=window,
        point=network.points_by_id([window.point_id])[window.point_id],
        is_open=points(county_id, on)[window.point_id].is_open,
        bodies=bodies,
        served=tuple(sorted((bodies[body_id] for body_id in here.body_ids), key=lambda body: body.code)),
        held=tuple(one for one in Power if any(carries(said, here, terms, one, at, bounds) for said in of_window)),
        mandates=tuple(one for one in Mandate if bounds.allows(here.level, power, one, terms.type_code)),
        number=None if clause is None else clause_numbers([clause.id])[clause.id],
        slug="" if clause is None or clause.registered_at is None else instrument_slugs(county_id, [clause.instrument_id])[clause.instrument_id],
        signature=None if clause is None else signed.get(clause.instrument_id),
        ended_by="" if by is None else by.number,
        territory=None if territory is None else network.points_by_id([territory])[territory],
        person=person,
        postings=() if person is None else _postings(person.id, at),
        chiefs=() if clause is None else _chiefs(window.point_id, clause.exercising_body, at),
        substitutes=() if person is None else _substitutes(person.id, window.id, at),
    )


def is_point(county_id: int, code: str) -> bool:
    """Is this the code of a point (and so not of a window)?"""
    return db.session.scalar(select(ServicePoint.id).where(ServicePoint.county_id == county_id, ServicePoint.code == code)) is not None


def _account(county_id: int, username: str) -> Account:
    found = db.session.scalar(select(Account).where(Account.county_id == county_id, Account.username == username))
    if found is None:
        raise NotFound(username)
    return found


def _postings(account_id: int, at: datetime) -> tuple[Posted, ...]:
    on = civil_date(at)
    query = (
        select(Posting, Window)
        .join(Window, Window.id == Posting.window_id)
        .where(Posting.account_id == account_id, Posting.from_on <= on, or_(Posting.until_on.is_(None), Posting.until_on >= on))
        .order_by(Window.code, Posting.id)
    )
    found = [(posting, window) for posting, window in db.session.execute(query)]
    known = select(PostingEnd.posting_id, func.min(PostingEnd.last_on)).where(
        PostingEnd.posting_id.in_([posting.id for posting, _window in found]), PostingEnd.recorded_at <= at
    )
    ends: dict[int, date] = {row[0]: row[1] for row in db.session.execute(known.group_by(PostingEnd.posting_id))}
    return tuple(Posted(posting, window, ends.get(posting.id, posting.planned_until_on)) for posting, window in found)


def _chiefs(point_id: int, body_id: int, at: datetime) -> tuple[Chief, ...]:
    query = select(Letter, Account).join(Account, Account.id == Letter.account_id)
    query = query.where(Letter.point_id == point_id, Letter.body_id == body_id, letter_holds(at)).order_by(Letter.id)
    return tuple(Chief(letter, account) for letter, account in db.session.execute(query))


def _substitutes(account_id: int, window_id: int, at: datetime) -> tuple[Substitute, ...]:
    query = select(StandIn, Account).join(Account, Account.id == StandIn.absent_id)
    query = query.where(StandIn.account_id == account_id, StandIn.window_id == window_id, stand_in_holds(at)).order_by(StandIn.id)
    return tuple(Substitute(row, absent) for row, absent in db.session.execute(query))


# --- by point: who could, and if nobody, why not -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Could:
    """Who could use a power on an item for someone at a point: nearest first; where nobody could, the nearest windows with why not."""

    power: Power
    item: ItemShown
    at: datetime
    point: ServicePoint
    holdings: tuple[Holding, ...]
    nearest: tuple[Explained, ...]
    rows: dict[int, Window]
    places: dict[int, ServicePoint]
    numbers: dict[int, int]
    slugs: dict[int, str]


def who_could(county_id: int, power: Power, item_code: str, point_code: str, at: datetime) -> Could:
    """Who could do it for someone at a point, at a moment, by which clause; NotFound(name) for what is not there then (G-9)."""
    on = civil_date(at)
    terms = item_terms_by_code(county_id, item_code, on)
    point = network.point_by_code(county_id, point_code)
    places = points(county_id, on)
    here = places[point.id]
    chained = chain(here, terms, places)
    near = windows(county_id, on, point_ids=[one.id for one in chained])
    of_chain = clauses(county_id, window_ids=list(near))
    register = Register(places, near.values(), of_chain, at, ceilings(county_id, on))
    seen = register.seen_from(terms, here)
    holdings = register.who_may(power, terms, here)
    asked: list[Explained] = []
    if not holdings:
        order = {one.id: place for place, one in enumerate(chained)}
        holds = {clause.window_id for clause in of_chain if clause.covers(terms)}
        served = {terms.responsible_body, terms.body_id}
        # whose business it could be: who holds or held something on the item, who serves its body, the general windows of town and room
        wanted = [one for one in near.values() if one.id in holds or one.body_ids & served or (one.is_general and one.level.rank > 0)]
        wanted.sort(key=lambda one: (order[one.point_id], one.is_general, one.code))
        for one in wanted[:NEAREST]:
            mine = [clause for clause in of_chain if clause.window_id == one.id]
            answer = explain(power, seen, one, mine, at, ceilings=register.ceilings)
            asked.append(_with_rows(county_id, answer, power, item_code, one.code, at))
    return Could(
        power=power,
        item=items_shown(county_id, on, item_ids=[terms.id])[terms.id],
        at=at,
        point=point,
        holdings=holdings,
        nearest=tuple(asked),
        rows=network.windows_by_id({held.window.id for held in holdings}),
        places=network.points_by_id({held.point.id for held in holdings}),
        numbers=clause_numbers({held.clause.id for held in holdings}),
        slugs=instrument_slugs(county_id, {held.clause.instrument_id for held in holdings}),
    )
