"""Which open cases have a color on a day, page by page, and who stands how to each (C-5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from portal.accounts.models import Account, Office, OfficeKind, Posting, StandIn
from portal.authority.conditions import letter_holds, posting_holds, stand_in_holds
from portal.authority.models import Letter
from portal.cases.models import Case
from portal.cases.queries import as_of_law
from portal.catalogue.models import ItemVersion
from portal.database import db
from portal.network.models import Window
from portal.rules.clocks import Warn, warn_on
from portal.rules.moments import civil_date
from portal.rules.warnings import Around, CaseDue

PAGE = 500


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who can be told, by where they stand; accounts that cannot sign in any more are left out. Grows with people alone."""

    names: dict[int, tuple[str, str | None]]  # account → user name, language of messages
    at_window: dict[int, set[int]] = field(default_factory=dict)
    point_of: dict[int, int] = field(default_factory=dict)
    chiefs: dict[tuple[int, int], set[int]] = field(default_factory=dict)  # (body, point) → accounts
    stand_ins: dict[int, set[tuple[int, int]]] = field(default_factory=dict)  # absent account → (window, who stands in)
    leaders: dict[int, set[int]] = field(default_factory=dict)  # body → accounts
    supervisors: frozenset[int] = frozenset()
    center: frozenset[int] = frozenset()

    def chiefs_at(self, body_id: int, window_id: int) -> frozenset[int]:
        """The chief representatives of a body at the point of a window, and whoever stands in for them at it."""
        chiefs = self.chiefs.get((body_id, self.point_of.get(window_id, 0)), set())
        beside = {who for chief in chiefs for window, who in self.stand_ins.get(chief, ()) if window == window_id}
        return frozenset(chiefs | beside)

    def around(self, *, window_id: int, body_id: int, assignee: int | None) -> Around:
        """How everybody stands to a case of this body at this window."""
        return Around(
            assignee, frozenset(self.at_window.get(window_id, ())), self.chiefs_at(body_id, window_id), frozenset(self.leaders.get(body_id, ())),
            self.supervisors,
        )  # fmt: skip


def people_of(county_id: int, at: datetime) -> People:
    """Postings, letters, stand-ins and offices of a county that hold at a moment: six queries."""
    on = civil_date(at)
    accounts = select(Account.id, Account.username, Account.language).where(Account.county_id == county_id, Account.disabled_at.is_(None))
    names = {row.id: (row.username, row.language) for row in db.session.execute(accounts)}
    at_window: dict[int, set[int]] = {}
    posted = select(Posting.window_id, Posting.account_id).where(Posting.county_id == county_id, posting_holds(at))
    for window_id, account_id in db.session.execute(posted):
        at_window.setdefault(window_id, set()).add(account_id)
    stand_ins: dict[int, set[tuple[int, int]]] = {}
    beside = select(StandIn.absent_id, StandIn.window_id, StandIn.account_id).where(StandIn.county_id == county_id, stand_in_holds(at))
    for absent_id, window_id, account_id in db.session.execute(beside):
        stand_ins.setdefault(absent_id, set()).add((window_id, account_id))
        at_window.setdefault(window_id, set()).add(account_id)
    points = {row.id: row.point_id for row in db.session.execute(select(Window.id, Window.point_id).where(Window.county_id == county_id))}
    chiefs: dict[tuple[int, int], set[int]] = {}
    letters = select(Letter.body_id, Letter.point_id, Letter.account_id).where(Letter.county_id == county_id, letter_holds(at))
    for body_id, point_id, account_id in db.session.execute(letters):
        chiefs.setdefault((body_id, point_id), set()).add(account_id)
    leaders: dict[int, set[int]] = {}
    of_county: dict[str, set[int]] = {OfficeKind.SUPERVISOR: set(), OfficeKind.CENTER_MANAGEMENT: set()}
    offices = select(Office.kind, Office.body_id, Office.account_id).where(
        Office.county_id == county_id, Office.from_on <= on, or_(Office.until_on.is_(None), Office.until_on >= on),
        Office.kind.in_([OfficeKind.LEADER_IN_CHARGE, *of_county]),
    )  # fmt: skip
    for kind, body, account_id in db.session.execute(offices):
        if kind in of_county:
            of_county[kind].add(account_id)
        elif body is not None:
            leaders.setdefault(body, set()).add(account_id)
    known = names.keys()
    return People(
        names,
        {window: found & known for window, found in at_window.items()},
        points,
        {place: found & known for place, found in chiefs.items()},
        {absent: {(window, who) for window, who in found if who in known} for absent, found in stand_ins.items()},
        {body: found & known for body, found in leaders.items()},
        frozenset(of_county[OfficeKind.SUPERVISOR] & known),
        frozenset(of_county[OfficeKind.CENTER_MANAGEMENT] & known),
    )


def people_at(window_id: int, at: datetime) -> dict[int, tuple[str, str | None]]:
    """account → user name and language of messages: everybody at a window at a moment, stand-ins with them."""
    posted = select(Posting.account_id).where(Posting.window_id == window_id, posting_holds(at))
    beside = select(StandIn.account_id).where(StandIn.window_id == window_id, stand_in_holds(at))
    query = select(Account.id, Account.username, Account.language).where(
        or_(Account.id.in_(posted), Account.id.in_(beside)), Account.disabled_at.is_(None)
    )
    return {row.id: (row.username, row.language) for row in db.session.execute(query)}


def due_cases(county_id: int, today: date, people: People) -> Iterator[tuple[CaseDue, Around]]:
    """Every open case with a color on a day, and who stands around it. Read page by page along `ix_case_open`; each page is let go."""
    after = 0
    while True:
        query = (
            select(Case, ItemVersion.body_id)
            .join(ItemVersion, ItemVersion.id == Case.version_id)
            .where(
                Case.county_id == county_id, Case.is_open.is_(True), Case.id > after,
                or_(Case.yellow_on <= today, Case.red_on <= today, Case.overdue_on <= today),
            )
            .order_by(Case.id)
            .limit(PAGE)
        )  # fmt: skip
        rows = db.session.execute(query).all()
        for case, body_id in rows:
            now: Any = as_of_law(case, today)  # an effect of law that has come colors nothing any more, written or not
            warn = warn_on(today, now.yellow_on, now.red_on, now.overdue_on) if now.is_open else Warn.NONE
            if warn is not Warn.NONE:
                around = people.around(window_id=now.holder_id, body_id=body_id, assignee=now.assignee_id)
                due_on = now.overdue_on - timedelta(days=1) if now.overdue_on else now.sort_on  # a list may put an urgent case elsewhere
                yield CaseDue(case.number, warn, due_on), around
        if len(rows) < PAGE:
            return
        after = rows[-1][0].id
        db.session.expunge_all()
