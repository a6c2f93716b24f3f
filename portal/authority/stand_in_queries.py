"""Who is away, who stands in, until when; and what the rules need to say who may (G-13)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import aliased

from portal.accounts import queries as accounts
from portal.accounts.models import Account, StandIn
from portal.authority.conditions import stand_in_holds
from portal.authority.letter_queries import people_at, terms_of
from portal.authority.models import Letter, LetterRegistration, StandInEnd
from portal.authority.queries import OF_BODY, PAGE, SEES_ALL
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import Body, ServicePoint, Window
from portal.rules.authority import OfficeHeld
from portal.rules.clauses import Level
from portal.rules.moments import civil_date
from portal.rules.stand_ins import ChiefLetter, StandInTerms, may_dispose

USUAL = timedelta(days=13)
"""Two weeks, the first and the last day counted: what the form proposes."""


# --- facts for the rules ----------------------------------------------------------------------------------------------------------


def chief_letters(county_id: int, on: date, account_ids: Collection[int] | None = None) -> tuple[ChiefLetter, ...]:
    """The registered letters that are not over on a day, each with the first and the last day on which it holds wholly (G-15, G-17)."""
    query = (
        select(Letter)
        .join(LetterRegistration, LetterRegistration.letter_id == Letter.id)
        .where(Letter.county_id == county_id, or_(Letter.until_on.is_(None), Letter.until_on >= on))
        .order_by(Letter.id)
    )
    if account_ids is not None:
        query = query.where(Letter.account_id.in_(list(account_ids)))
    letters = list(db.session.scalars(query))
    terms = terms_of(letters)
    found = []
    for letter in letters:
        said = terms[letter.id]
        last = said.last_whole_day
        if said.begins_at is not None and (last is None or last >= on):
            found.append(ChiefLetter(letter.account_id, letter.body_id, letter.point_id, civil_date(said.begins_at), last))
    return tuple(found)


def stand_in_terms(county_id: int, *, since: date | None = None, ids: Collection[int] | None = None) -> tuple[StandInTerms, ...]:
    """Stand-ins as the rules see them, one that was ended with the day before as its last; those that last to `since`, or those of `ids`."""
    query = select(StandIn, StandInEnd.ends_at).outerjoin(StandInEnd, StandInEnd.stand_in_id == StandIn.id).order_by(StandIn.id)
    query = query.where(StandIn.county_id == county_id)
    wanted: list[ColumnElement[bool]] = []
    if since is not None:
        wanted.append(StandIn.until_on >= since)
    if ids is not None:
        wanted.append(StandIn.id.in_(list(ids)))
    if wanted:
        query = query.where(or_(*wanted))
    return tuple(
        StandInTerms(
            row.id, row.absent_id, row.account_id, row.window_id, row.from_on,
            row.until_on if ends_at is None else min(row.until_on, civil_date(ends_at) - timedelta(days=1)),
        )
        for row, ends_at in db.session.execute(query)
    )  # fmt: skip


def bodies_of(letters: Iterable[ChiefLetter], account_id: int, point_id: int) -> frozenset[int]:
    """The bodies whose chief representative a person is at a point."""
    return frozenset(letter.body_id for letter in letters if (letter.account_id, letter.point_id) == (account_id, point_id))


# --- what the page lists ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StandInShown:
    """A stand-in with people and places, and whether it is to come, holds, was ended, or is over at the moment asked about."""

    row: StandIn
    absent: Account
    account: Account
    window: Window
    point: ServicePoint
    ended_at: datetime | None
    state: str
    bodies: frozenset[int]


def _visible(county_id: int, offices: Iterable[OfficeHeld]) -> ColumnElement[bool]:
    held = tuple(offices)
    if any(one.office in SEES_ALL for one in held):
        return true()
    bodies = [one.body_id for one in held if one.office in OF_BODY and one.body_id is not None]
    chiefs = select(Letter.account_id).where(Letter.county_id == county_id, Letter.body_id.in_(bodies))
    return StandIn.absent_id.in_(chiefs)


def _shown(county_id: int, query_where: ColumnElement[bool], now: datetime, limit: int) -> list[StandInShown]:
    absent = aliased(Account)
    query = (
        select(StandIn, absent, Account, Window, ServicePoint, StandInEnd.ends_at)
        .join(absent, absent.id == StandIn.absent_id)
        .join(Account, Account.id == StandIn.account_id)
        .join(Window, Window.id == StandIn.window_id)
        .join(ServicePoint, ServicePoint.id == Window.point_id)
        .outerjoin(StandInEnd, StandInEnd.stand_in_id == StandIn.id)
        .where(StandIn.county_id == county_id, query_where)
        .order_by(StandIn.id.desc())
        .limit(limit)
    )
    rows = db.session.execute(query).all()
    on = civil_date(now)
    letters = chief_letters(county_id, min([on, *(row[0].from_on for row in rows)]), {row[0].absent_id for row in rows}) if rows else ()
    found = []
    for row, away, account, window, point, ends_at in rows:
        ended = ends_at is not None and ends_at <= now
        state = "ended" if ended else "to_come" if row.from_on > on else "over" if row.until_on < on else "holds"
        bodies = bodies_of(letters, row.absent_id, point.id)
        found.append(StandInShown(row, away, account, window, point, ends_at, state, bodies))
    return found


def list_stand_ins_for(
    county_id: int, offices: Iterable[OfficeHeld], now: datetime, *, before: int | None = None
) -> tuple[list[StandInShown], int | None]:
    """Stand-ins that the person may see, the newest first, and the id before which the next page begins."""
    where = _visible(county_id, offices)
    if before is not None:
        where = where & (StandIn.id < before)
    found = _shown(county_id, where, now, PAGE + 1)
    return found[:PAGE], found[PAGE - 1].row.id if len(found) > PAGE else None


def get_stand_in_for(county_id: int, offices: Iterable[OfficeHeld], stand_in_id: int, now: datetime) -> StandInShown:
    """One that the person may see; NotFound otherwise."""
    found = _shown(county_id, _visible(county_id, offices) & (StandIn.id == stand_in_id), now, 1)
    if not found:
        raise NotFound(f"stand-in {stand_in_id}")
    return found[0]


# --- what the form offers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chief:
    """A chief representative at a point, for the bodies whose letters hold, with whom the form can say who stands in."""

    account: Account
    point: ServicePoint
    bodies: tuple[Body, ...]

    @property
    def code(self) -> str:
        return f"{self.account.id}-{self.point.id}"


def chiefs_for(county_id: int, offices: Iterable[OfficeHeld], on: date) -> list[Chief]:
    """The chief representatives for whom this person may say who stands in, by place and name; the rule is asked for each."""
    held = tuple(offices)
    letters = chief_letters(county_id, on)
    wanted = {
        (letter.account_id, letter.point_id): served
        for letter in letters
        if may_dispose(held, served := bodies_of(letters, letter.account_id, letter.point_id))
    }
    people = accounts.accounts_by_id({account_id for account_id, _point in wanted})
    places = network.points_by_id({point_id for _account, point_id in wanted})
    bodies = network.bodies_by_id(county_id)
    order = list(Level)
    chiefs = [
        Chief(people[account_id], places[point_id], tuple(sorted((bodies[one] for one in of), key=lambda body: body.code)))
        for (account_id, point_id), of in wanted.items()
    ]
    return sorted(chiefs, key=lambda one: (order.index(Level(one.point.level)), one.point.code, one.bodies[0].code))


def substitutes(county_id: int, chief: Chief, on: date) -> list[tuple[str, Account, Window]]:
    """Who could stand in: the staff at the point's windows that serve one of the chief's bodies; the code names person and window."""
    found: dict[str, tuple[str, Account, Window]] = {}
    for body in chief.bodies:
        for account, window, _posting in people_at(county_id, chief.point.id, on, body.id):
            code = f"{account.id}-{window.id}"
            if account.id != chief.account.id:
                found.setdefault(code, (code, account, window))
    return sorted(found.values(), key=lambda one: (one[2].code, one[1].username))


def standing_for(account_id: int, point_id: int, now: datetime) -> list[tuple[StandIn, Account]]:
    """Who stands in now for a chief representative at a point: what the public page of the letter says."""
    query = (
        select(StandIn, Account)
        .join(Account, Account.id == StandIn.account_id)
        .join(Window, Window.id == StandIn.window_id)
        .where(StandIn.absent_id == account_id, Window.point_id == point_id, stand_in_holds(now))
        .order_by(StandIn.id)
    )
    return [(row, account) for row, account in db.session.execute(query)]
