"""Who is posted where, since when, until when, as an exception of what, and how often departments change their people (N-4).

A posting counts for the body that its window served when it began; where it served several, for the person's own among them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from portal.accounts.models import Account, Posting, PostingEnd
from portal.authority import queries
from portal.database import MAX_ID, NotFound, db
from portal.network import queries as network
from portal.network.models import Body, ServicePoint, Window, WindowBody
from portal.rules.authority import OfficeHeld
from portal.rules.clauses import Level, Post, Power, WindowTerms
from portal.rules.decision import Decision
from portal.rules.moments import civil_date, months_on, start_of
from portal.rules.postings import PostingTerms, Turnover, may_post, turnover

SOON = timedelta(days=60)
WORKERS = ("clerk", "chief", "agent")
"""Roles whose people work at windows."""


@dataclass(frozen=True, slots=True)
class PostingShown:
    """A posting with the people and places that it names."""

    terms: PostingTerms
    row: Posting
    account: Account
    window: Window
    point: ServicePoint

    @property
    def id(self) -> int:
        return self.terms.id

    @property
    def is_exception(self) -> bool:
        return self.terms.is_exception

    def state(self, today: date) -> str:
        """Where it stands on a day: to_come, standing, over, or void where it was ended before it began."""
        if self.terms.never_began:
            return "void"
        if self.terms.from_on > today:
            return "to_come"
        return "standing" if self.terms.stands_on(today) else "over"

    def ends_soon(self, today: date) -> bool:
        until_on = self.terms.until_on
        return until_on is not None and today <= until_on <= today + SOON and not self.terms.never_began


def list_postings(county_id: int, *, since: date | None = None, ids: Collection[int] | None = None) -> list[PostingShown]:
    """The postings of a county, the newest first; with `since` without those that were over before that day. Two queries."""
    query = (
        select(Posting, Account, Window, ServicePoint)
        .join(Account, Account.id == Posting.account_id)
        .join(Window, Window.id == Posting.window_id)
        .join(ServicePoint, ServicePoint.id == Window.point_id)
        .where(Posting.county_id == county_id)
        .order_by(Posting.from_on.desc(), Posting.id.desc())
        .execution_options(populate_existing=True)
    )
    if since is not None:
        query = query.where(or_(Posting.until_on.is_(None), Posting.until_on >= since))
    if ids is not None:
        query = query.where(Posting.id.in_(list(ids)))
    rows = db.session.execute(query).all()
    served: dict[int, list[WindowBody]] = {}
    for each in db.session.scalars(select(WindowBody).where(WindowBody.county_id == county_id).order_by(WindowBody.id)):
        served.setdefault(each.window_id, []).append(each)
    return [
        PostingShown(_terms(posting, account, served.get(window.id, ())), posting, account, window, point)
        for posting, account, window, point in rows
    ]


def _terms(row: Posting, account: Account, served: Sequence[WindowBody]) -> PostingTerms:
    then = {one.body_id for one in served if one.from_on <= row.from_on and (one.until_on is None or one.until_on >= row.from_on)}
    bodies = then or {one.body_id for one in served}
    body_id = account.body_id if account.body_id in bodies or not bodies else min(bodies)
    return PostingTerms(
        row.id, row.account_id, row.window_id, body_id or 0, Post(row.post), row.from_on, row.until_on, is_exception=bool(row.excused)
    )


def terms_of(county_id: int, account_id: int) -> list[PostingTerms]:
    """A person's postings of all times, for the question whether one more stands beside them."""
    rows = db.session.scalars(
        select(Posting).where(Posting.county_id == county_id, Posting.account_id == account_id).execution_options(populate_existing=True)
    )
    return [PostingTerms(row.id, row.account_id, row.window_id, 0, Post(row.post), row.from_on, row.until_on) for row in rows]


# --- departments --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Department:
    """A body with its people at windows on a day, and what changed in the twelve months up to it; figures are the postings behind them."""

    body: Body
    standing: tuple[PostingShown, ...]
    turnover: Turnover | None

    @property
    def exceptions(self) -> tuple[PostingShown, ...]:
        return tuple(one for one in self.standing if one.is_exception)


def a_year_before(today: date) -> date:
    """The first day of the twelve months that end today."""
    return months_on(today, -12) + timedelta(days=1)


def departments(county_id: int, postings: Sequence[PostingShown], today: date) -> list[Department]:
    """Every body with somebody posted today or in the last twelve months, by code (N-4)."""
    changes = turnover((one.terms for one in postings), a_year_before(today), today)
    standing: dict[int, list[PostingShown]] = {}
    for one in postings:
        if one.terms.stands_on(today):
            standing.setdefault(one.terms.body_id, []).append(one)
    bodies = network.bodies_by_id(county_id)
    known = sorted((bodies[body_id] for body_id in standing.keys() | changes.keys() if body_id in bodies), key=lambda body: body.code)
    return [Department(body, tuple(standing.get(body.id, ())), changes.get(body.id)) for body in known]


def of_figure(postings: Sequence[PostingShown], body_id: int, figure: str, today: date) -> list[PostingShown]:
    """The postings behind one figure of a department; NotFound for a figure that there is not.

    A posting that was prolonged counts as one, by its first row: that one is listed.
    """
    found = turnover((one.terms for one in postings), a_year_before(today), today).get(body_id)
    if figure not in {"stood", "left", "early", "excepted", "changes"}:
        raise NotFound(figure)
    wanted = set(() if found is None else getattr(found, figure))
    return [one for one in postings if one.id in wanted]


# --- one posting --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EndShown:
    row: PostingEnd
    by: Account | None


@dataclass(frozen=True, slots=True)
class PostingPage:
    """A posting as its page shows it: who entered it, and every end that was entered, the last one first."""

    shown: PostingShown
    body: Body | None
    entered_by: Account | None
    ends: tuple[EndShown, ...]


def get_posting(county_id: int, posting_id: int) -> PostingPage:
    """One posting of the county; NotFound otherwise."""
    found = list_postings(county_id, ids=[posting_id]) if posting_id <= MAX_ID else []
    if not found:
        raise NotFound(f"posting {posting_id}")
    ends = db.session.scalars(select(PostingEnd).where(PostingEnd.posting_id == posting_id).order_by(PostingEnd.id.desc())).all()
    ids = {found[0].row.entered_by_id, *(end.ended_by_id for end in ends)} - {None}
    people: Mapping[Any, Account] = {one.id: one for one in db.session.scalars(select(Account).where(Account.id.in_(ids)))} if ids else {}
    body = network.bodies_by_id(county_id).get(found[0].terms.body_id)
    return PostingPage(
        found[0], body, people.get(found[0].row.entered_by_id), tuple(EndShown(end, people.get(end.ended_by_id)) for end in ends)
    )


# --- what a new posting is asked about ------------------------------------------------------------------------------------------


def window_of(county_id: int, window: Window, on: date) -> WindowTerms:
    """A window as it stands on a day; one that is closed then serves nobody."""
    found = queries.windows(county_id, on, window_id=window.id).get(window.id)
    if found is not None:
        return found
    level = network.points_by_id([window.point_id])[window.point_id].level
    return WindowTerms(window.id, window.code, window.point_id, Level(level), frozenset(), window.is_general)


def may_tend(county_id: int, window: Window, offices: Collection[OfficeHeld], actor_id: int, account_id: int | None, on: date) -> Decision:
    """Whether these offices decide who is posted at the window: what draws the button and guards the act (N-4)."""
    return may_post(offices, window_of(county_id, window, on), actor_id=actor_id, account_id=account_id)


def needs_certificate(county_id: int, window_id: int, at: datetime) -> bool:
    """Whether an item that this window may review at a moment asks its reviewer for an enforcement certificate (N-4)."""
    in_force = [
        clause for clause in queries.clauses(county_id, window_id=window_id) if Power.REVIEW in clause.powers and clause.in_force_at(at)
    ]
    if not in_force:
        return False
    items = queries.item_terms(county_id, on=civil_date(at), with_offers=False).values()
    return any(item.needs_certificate_holder and any(clause.covers(item) for clause in in_force) for item in items)


def from_moment(from_on: date, now: datetime) -> datetime:
    """When a posting begins to count: 00:00 of its first day, or now where that day has begun."""
    return max(start_of(from_on), now)


@dataclass(frozen=True, slots=True)
class Place:
    """A window that somebody can be posted at."""

    terms: WindowTerms
    window: Window
    point: ServicePoint


def places_of(county_id: int, body_id: int, offices: Collection[OfficeHeld], actor_id: int, on: date) -> list[Place]:
    """The windows that serve a body and at which these offices post people, from the county down."""
    terms = [
        one
        for one in queries.windows(county_id, on).values()
        if body_id in one.body_ids and may_post(offices, one, actor_id=actor_id)
    ]  # fmt: skip
    windows, points = network.windows_by_id([one.id for one in terms]), network.points_by_id([one.point_id for one in terms])
    order = list(Level)
    terms.sort(key=lambda one: (order.index(one.level), one.code))
    return [Place(one, windows[one.id], points[one.point_id]) for one in terms]


def bodies_to_post(county_id: int, offices: Collection[OfficeHeld], actor_id: int, on: date) -> list[Body]:
    """The bodies at whose windows these offices post people, by code."""
    ids = {
        body_id for one in queries.windows(county_id, on).values() if may_post(offices, one, actor_id=actor_id) for body_id in one.body_ids
    }
    return sorted((body for body in network.bodies_by_id(county_id).values() if body.id in ids), key=lambda body: body.code)


def people_of(county_id: int, body_id: int) -> list[Account]:
    """The people of a body who work at windows, by name of the account: suggestions, not a limit."""
    query = select(Account).where(
        Account.county_id == county_id, Account.body_id == body_id, Account.role.in_(WORKERS), Account.disabled_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(Account.username).limit(60)))


def worker_named(county_id: int, username: str) -> int | None:
    """The account of somebody who works at windows and can sign in; None where there is none of this name."""
    query = select(Account.id).where(
        Account.county_id == county_id, Account.username == username, Account.role.in_(WORKERS), Account.disabled_at.is_(None)
    )
    return db.session.scalar(query)
