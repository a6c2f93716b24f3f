"""Disputes: which a person may see, the bodies of windows, the rulings that say where cases go, and the counts that are public (C-24)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select, true

from portal.accounts.models import Account, Office
from portal.accounts.queries import SignedIn
from portal.cases.dispute_models import Dispute, DisputeBody, DisputeMeeting, RoutingRuling
from portal.cases.models import Case, Leg
from portal.cases.queries import CaseView, Place, places_of
from portal.catalogue.models import Item, ItemVersion
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import Body, BodyKind, ServicePoint, Window, WindowBody
from portal.rules import disputes as rules
from portal.rules.authority import Level, Power
from portal.rules.disputes import DisputeState, Return, Ruled
from portal.rules.lifecycle import CaseNow

A_PAGE = 25
SEES_ALL = frozenset({"manager", "center", "supervisor", "auditor"})
BOXES: dict[str, tuple[DisputeState, ...]] = {
    "open": (DisputeState.OPEN, DisputeState.MET),
    "over": (DisputeState.RULED, DisputeState.MOOT),
}
OF_A_PLACE = (BodyKind.TOWN_GOVERNMENT.value, BodyKind.VILLAGE.value)


# --- for the case -----------------------------------------------------------------------------------------------------------------


def open_dispute(case_id: int) -> Dispute | None:
    """The dispute of a case that is not over yet."""
    states = [state.value for state in BOXES["open"]]
    return db.session.scalar(select(Dispute).where(Dispute.case_id == case_id, Dispute.state.in_(states)))


def standing_dispute(case_id: int) -> tuple[int, str] | None:
    """Id and number of the dispute of a case that is not over yet: what the case's own page and guards ask (`queries.in_dispute`)."""
    found = open_dispute(case_id)
    return None if found is None else (found.id, found.number)


def ruling_for(view: CaseView) -> Ruled | None:
    """The ruling by which this case goes on from its holder now (`queries.ruled_route`)."""
    query = select(RoutingRuling).where(RoutingRuling.county_id == view.case.county_id, RoutingRuling.item_id == view.item.id)
    rows = db.session.scalars(query.order_by(RoutingRuling.id)).all()
    if not rows:
        return None
    place = places_of([view.now.holder_window_id])[view.now.holder_window_id]
    ruled = [
        Ruled(
            row.id, row.number, row.to_window_id, Power(row.power) if row.power else None, row.from_on,
            Level(row.from_level) if row.from_level else None, row.from_point_id,
        )
        for row in rows
    ]  # fmt: skip
    return rules.standing_ruling(ruled, power=view.now.next_power, level=place.level, point_id=place.point.id, on=view.today)


def bodies_at(window_ids: Collection[int], item_body: int, on: date) -> dict[int, int]:
    """window → the body for which it speaks in a matter: its only one; of several that of the place, else the item's own, else the first."""
    served = (
        select(WindowBody.window_id, Body.id, Body.kind)
        .join(Body, Body.id == WindowBody.body_id)
        .where(
            WindowBody.window_id.in_(list(window_ids)), WindowBody.from_on <= on, or_(WindowBody.until_on.is_(None), WindowBody.until_on >= on)
        )
        .order_by(Body.id)
    )
    by_window: dict[int, list[tuple[int, str]]] = {}
    for window_id, body_id, kind in db.session.execute(served):
        by_window.setdefault(window_id, []).append((body_id, kind))
    found: dict[int, int] = {}
    for window_id in window_ids:
        every = by_window.get(window_id, [])
        of_place = next((body_id for body_id, kind in every if kind in OF_A_PLACE), None)
        own = item_body if item_body in {body_id for body_id, _kind in every} else None
        found[window_id] = every[0][0] if len(every) == 1 else of_place or own or (every[0][0] if every else item_body)
    return found


def returns_of(now: CaseNow, item_body: int, on: date) -> list[Return]:
    """The legs of a case that came back, in order."""
    back = sorted((leg for leg in now.legs if leg.returned_at is not None), key=lambda leg: leg.returned_at)  # type: ignore[arg-type, return-value]
    bodies = bodies_at({leg.to_window for leg in back} | {leg.from_window for leg in back}, item_body, on)
    return [Return(leg.seq, bodies[leg.to_window], bodies[leg.from_window]) for leg in back]


def last_opened_by(case_id: int) -> int:
    """The seq of the event that opened the last dispute of a case; 0 where there was none."""
    return db.session.scalar(select(func.max(Dispute.event_seq)).where(Dispute.case_id == case_id)) or 0


def leaders_of(county_id: int, body_ids: Collection[int], on: date) -> dict[int, tuple[str, str | None]]:
    """account → user name and language: heads and leaders in charge of bodies on a day."""
    held = select(Office.account_id).where(
        Office.county_id == county_id, Office.body_id.in_(list(body_ids)), Office.kind.in_(["head_of_agency", "leader_in_charge"]),
        Office.from_on <= on, or_(Office.until_on.is_(None), Office.until_on >= on),
    )  # fmt: skip
    query = select(Account.id, Account.username, Account.language).where(
        Account.county_id == county_id, Account.disabled_at.is_(None), Account.id.in_(held)
    )
    return {row.id: (row.username, row.language) for row in db.session.execute(query)}


# --- pages ------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """A dispute in a list."""

    row: Dispute
    case: Case
    version: ItemVersion
    bodies: list[Body]
    today: date

    @property
    def state(self) -> DisputeState:
        return DisputeState(self.row.state)

    @property
    def late(self) -> str:
        return rules.late_step(self.state, self.row.meet_by_on, self.row.rule_by_on, self.today)


@dataclass(frozen=True, slots=True)
class DisputeShown:
    """A dispute with all that its page says."""

    line: DisputeLine
    code: str
    legs: list[Leg]
    places: dict[int, Place]
    meeting: DisputeMeeting | None
    ruling: RoutingRuling | None
    from_point: ServicePoint | None
    every_body: dict[int, Body]
    people: dict[int, Account]

    @property
    def present(self) -> list[Body]:
        """The bodies that took part in the meeting."""
        return [] if self.meeting is None else [self.every_body[body_id] for body_id in self.meeting.body_ids]


def visible(person: SignedIn) -> ColumnElement[bool]:
    """What the person may see: all of the county for those who oversee it, else the disputes of the bodies of which they hold an office."""
    own = Dispute.county_id == person.county_id
    if person.role in SEES_ALL:
        return own
    bodies = [office.body_id for office in person.offices if office.body_id is not None]
    return own & Dispute.id.in_(select(DisputeBody.dispute_id).where(DisputeBody.body_id.in_(bodies)))


def _box(person: SignedIn, box: str) -> ColumnElement[bool]:
    return visible(person) & Dispute.state.in_([state.value for state in BOXES[box]])


def count_boxes(person: SignedIn) -> dict[str, int]:
    """How many disputes each box has, by the list's own condition, in one query (N-6)."""
    parts = [select(func.count(Dispute.id)).where(_box(person, box)).scalar_subquery() for box in BOXES]
    return dict(zip(BOXES, db.session.execute(select(*parts)).one(), strict=True))


def to_settle(person: SignedIn) -> object:
    """How many disputes wait, as a query to count with others."""
    return select(func.count(Dispute.id)).where(_box(person, "open")).scalar_subquery()


def list_disputes_for(person: SignedIn, box: str, today: date, *, before: int | None = None) -> tuple[list[DisputeLine], int | None]:
    """The disputes of a box, the newest first; and where the next page begins."""
    lines = _lines(_box(person, box) & (true() if before is None else Dispute.id < before), person.county_id, today, A_PAGE + 1)
    return lines[:A_PAGE], lines[A_PAGE - 1].row.id if len(lines) > A_PAGE else None


def _lines(condition: ColumnElement[bool], county_id: int, today: date, most: int) -> list[DisputeLine]:
    query = (
        select(Dispute, Case, ItemVersion)
        .join(Case, Case.id == Dispute.case_id)
        .join(ItemVersion, ItemVersion.id == Case.version_id)
        .where(condition)
        .order_by(Dispute.id.desc())
        .limit(most)
    )
    rows = db.session.execute(query).all()
    bodies = network.bodies_by_id(county_id)
    by_dispute: dict[int, list[Body]] = {}
    part = select(DisputeBody).where(DisputeBody.dispute_id.in_([row[0].id for row in rows])).order_by(DisputeBody.id)
    for each in db.session.scalars(part):
        by_dispute.setdefault(each.dispute_id, []).append(bodies[each.body_id])
    return [DisputeLine(dispute, case, version, by_dispute.get(dispute.id, []), today) for dispute, case, version in rows]


def get_dispute_for(person: SignedIn, dispute_id: int, today: date) -> DisputeShown:
    """A dispute; NotFound for one that is not theirs to see."""
    lines = _lines(visible(person) & (Dispute.id == dispute_id), person.county_id, today, 1)
    if not lines:
        raise NotFound(f"dispute {dispute_id}")
    line = lines[0]
    legs = list(db.session.scalars(select(Leg).where(Leg.case_id == line.case.id).order_by(Leg.seq)))
    meeting = db.session.scalar(select(DisputeMeeting).where(DisputeMeeting.dispute_id == dispute_id))
    ruling = db.session.scalar(select(RoutingRuling).where(RoutingRuling.dispute_id == dispute_id))
    windows = {leg.from_window_id for leg in legs} | {leg.to_window_id for leg in legs} | {line.case.holder_id, line.row.holder_id}
    if ruling is not None:
        windows.add(ruling.to_window_id)
    who = ({meeting.recorded_by_id} if meeting else set()) | ({ruling.ruled_by_id} if ruling else set())
    people = {row.id: row for row in db.session.scalars(select(Account).where(Account.id.in_(who)))} if who else {}
    code = db.session.scalar(select(Item.code).where(Item.id == line.row.item_id)) or ""
    point = None if ruling is None or ruling.from_point_id is None else db.session.get(ServicePoint, ruling.from_point_id)
    return DisputeShown(line, code, legs, places_of(windows), meeting, ruling, point, network.bodies_by_id(person.county_id), people)


# --- the public -------------------------------------------------------------------------------------------------------------------


def rulings_in_force(county_id: int) -> list[tuple[RoutingRuling, Item, Window, Body]]:
    """Every ruling, the newest first, with its item and where it sends: public, since it says where matters go."""
    query = (
        select(RoutingRuling, Item, Window, Body)
        .join(Item, Item.id == RoutingRuling.item_id)
        .join(Window, Window.id == RoutingRuling.to_window_id)
        .join(Body, Body.id == RoutingRuling.to_body_id)
        .where(RoutingRuling.county_id == county_id)
        .order_by(RoutingRuling.id.desc())
        .limit(50)
    )
    return [row._tuple() for row in db.session.execute(query)]


def counts_by_body(county_id: int) -> list[tuple[int, Body, int]]:
    """(year, body, disputes in which it returned a case), the latest year first, bodies by code; small counts are the page's to hide."""
    query = (
        select(Dispute.year, DisputeBody.body_id, func.count(DisputeBody.id))
        .join(Dispute, Dispute.id == DisputeBody.dispute_id)
        .where(Dispute.county_id == county_id, DisputeBody.has_returned.is_(True))
        .group_by(Dispute.year, DisputeBody.body_id)
    )
    bodies = network.bodies_by_id(county_id)
    rows = [(year, bodies[body_id], count) for year, body_id, count in db.session.execute(query)]
    return sorted(rows, key=lambda row: (-row[0], row[1].code))
