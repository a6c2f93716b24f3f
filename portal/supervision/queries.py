"""The mail-room index as pages read it (G-8): items from the register now, cases from kept counters, and what is behind each figure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from portal.accounts.queries import SignedIn
from portal.authority import queries as authority
from portal.authority.models import InstrumentRegistration
from portal.authority.queries import ItemShown
from portal.cases import queries as cases
from portal.cases.models import Case, Leg
from portal.catalogue.models import ItemVersion
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import Body, ServicePoint, Window
from portal.rules.authority import Register
from portal.rules.clauses import Ceilings, ItemTerms, Level, Power, WindowTerms
from portal.rules.handoffs import TransferKind
from portal.rules.mailroom import (
    COUNTY,
    ClosedCase,
    Counted,
    Figure,
    Group,
    GroupKind,
    ItemAt,
    Transfer,
    TransferWhy,
    held_at_hall,
    is_decided_here,
    item_indices,
    trend,
    why_transferred,
)
from portal.rules.moments import civil_date, end_of
from portal.supervision.models import MailRoomCase, MailRoomMonth, MailRoomStay, MailRoomTransfer

PAGE = 25
ITEMS_A_PAGE = 20


# --- periods --------------------------------------------------------------------------------------------------------------------


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def months_before(month: date, number: int) -> date:
    """The first day of the month so many months earlier."""
    year, index = divmod(month.year * 12 + month.month - 1 - number, 12)
    return date(year, index + 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """The running month and the eleven before; the trend sets the running month and two before against the three before those."""

    first: date
    recent: date
    before: date
    last: date

    @classmethod
    def until(cls, today: date) -> Period:
        this = month_of(today)
        return cls(months_before(this, 11), months_before(this, 2), months_before(this, 5), this)


# --- the facts of closed cases --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LegCounted:
    """A transfer that counts, with the leg that it was."""

    leg_seq: int
    power: Power
    transfer: Transfer


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is kept of one closed case."""

    closed: ClosedCase
    month_on: date
    held_at: Mapping[int, int]  # window → point, rooms left out
    counted: tuple[LegCounted, ...]


def facts_of(county_id: int, closed: Sequence[Case]) -> list[CaseFacts]:
    """Why each transfer of these closed cases went out, judged by the sending window's clauses at the moment of sending (G-8).

    A constant number of queries for the cases, and of each day on which something was sent or closed.
    """
    if not closed:
        return []
    legs: dict[int, list[Leg]] = {}
    for leg in db.session.scalars(select(Leg).where(Leg.case_id.in_([case.id for case in closed])).order_by(Leg.case_id, Leg.seq)):
        if leg.received_at is not None:  # returned or recalled: the case did not go
            legs.setdefault(leg.case_id, []).append(leg)
    held = {case.id: {case.collected_window_id, *(leg.to_window_id for leg in legs.get(case.id, ()))} for case in closed}
    senders = {leg.from_window_id for some in legs.values() for leg in some}
    places = _places(senders.union(*held.values()))
    clauses = authority.clauses(county_id, window_ids=senders) if senders else ()
    known = _Then(county_id, {case.version_id for case in closed}, {places[window_id].point_id for window_id in senders})
    found = []
    for case in closed:
        assert case.closed_at is not None
        counted, transfers = [], []
        for leg in legs.get(case.id, ()):
            day, power = civil_date(leg.sent_at), Power(leg.power_needed) if leg.power_needed else None
            place = places[leg.from_window_id]
            why = why_transferred(
                kind=TransferKind(leg.kind),
                power_needed=power,
                sent_at=leg.sent_at,
                item=known.item(case.version_id, day),
                window=known.windows(day).get(place.id, place),
                clauses=clauses,
                ceilings=known.ceilings(day),
            )
            transfers.append(Transfer(place.id, place.point_id, why))
            if power is not None and why is not TransferWhy.NEITHER:
                counted.append(LegCounted(leg.seq, power, transfers[-1]))
        on = civil_date(case.closed_at)
        halls = {one: places[one].point_id for one in held[case.id] if not places[one].level.is_room}
        body_id = known.item(case.version_id, on).responsible_body
        one = ClosedCase(case.id, body_id, frozenset(halls), frozenset(halls.values()), tuple(transfers))
        found.append(CaseFacts(one, month_of(on), halls, tuple(counted)))
    return found


def _places(window_ids: Collection[int]) -> dict[int, WindowTerms]:
    query = select(Window.id, Window.code, Window.point_id, Window.is_general, ServicePoint.level)
    rows = db.session.execute(query.join(ServicePoint, ServicePoint.id == Window.point_id).where(Window.id.in_(list(window_ids))))
    return {row.id: WindowTerms(row.id, row.code, row.point_id, Level(row.level), is_general=row.is_general) for row in rows}


class _Then:
    """Items, windows and ceilings as they stood on a day, each read once."""

    def __init__(self, county_id: int, version_ids: Collection[int], point_ids: Collection[int]) -> None:
        self._of = county_id
        self._versions, self._points = version_ids, point_ids
        self._items: dict[date, dict[int, ItemTerms]] = {}
        self._windows: dict[date, dict[int, WindowTerms]] = {}
        self._ceilings: dict[date, Ceilings] = {}

    def item(self, version_id: int, on: date) -> ItemTerms:
        if on not in self._items:
            self._items[on] = authority.item_terms(self._of, self._versions, on, with_offers=False)
        return self._items[on][version_id]

    def windows(self, on: date) -> dict[int, WindowTerms]:
        if on not in self._windows:
            self._windows[on] = authority.windows(self._of, on, point_ids=self._points)
        return self._windows[on]

    def ceilings(self, on: date) -> Ceilings:
        if on not in self._ceilings:
            self._ceilings[on] = authority.ceilings(self._of, on)
        return self._ceilings[on]


def uncounted(county_id: int, limit: int) -> list[Case]:
    """Closed cases of which no fact is kept yet, by id."""
    kept = select(MailRoomCase.id).where(MailRoomCase.case_id == Case.id).exists()
    query = select(Case).where(Case.county_id == county_id, Case.closed_at.is_not(None), ~kept).order_by(Case.id).limit(limit)
    return list(db.session.scalars(query))


def kept_months(county_id: int) -> list[date]:
    """The months of which facts or counters are kept."""
    facts = select(MailRoomCase.month_on).where(MailRoomCase.county_id == county_id)
    counters = select(MailRoomMonth.month_on).where(MailRoomMonth.county_id == county_id)
    return sorted(db.session.scalars(facts.union(counters)))


def kept_cases(county_id: int, month_on: date) -> Iterable[ClosedCase]:
    """The closed cases of a month, as the kept facts say."""
    of_month = select(MailRoomCase.case_id).where(MailRoomCase.county_id == county_id, MailRoomCase.month_on == month_on)
    stays: dict[int, list[tuple[int, int]]] = {}
    stay = select(MailRoomStay.case_id, MailRoomStay.window_id, MailRoomStay.point_id)
    for case_id, window_id, point_id in db.session.execute(stay.where(MailRoomStay.case_id.in_(of_month))):
        stays.setdefault(case_id, []).append((window_id, point_id))
    sent: dict[int, list[Transfer]] = {}
    transfer = select(MailRoomTransfer.case_id, MailRoomTransfer.window_id, MailRoomTransfer.point_id, MailRoomTransfer.why)
    for case_id, window_id, point_id, why in db.session.execute(transfer.where(MailRoomTransfer.case_id.in_(of_month))):
        sent.setdefault(case_id, []).append(Transfer(window_id, point_id, TransferWhy(why)))
    rows = select(MailRoomCase.case_id, MailRoomCase.body_id).where(MailRoomCase.case_id.in_(of_month))
    for case_id, body_id in db.session.execute(rows):
        held = stays.get(case_id, [])
        yield ClosedCase(
            case_id, body_id, frozenset(window for window, _ in held), frozenset(point for _, point in held), tuple(sent.get(case_id, ()))
        )


def counters(county_id: int, month_on: date) -> dict[Group, tuple[int, int, int]]:
    """The kept counters of a month: n, missing, despite."""
    query = select(MailRoomMonth).where(MailRoomMonth.county_id == county_id, MailRoomMonth.month_on == month_on)
    return {Group(GroupKind(row.kind), row.group_id): (row.n, row.missing, row.despite) for row in db.session.scalars(query)}


# --- the figures of cases -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Index:
    """One figure with its trend: how much the share rose (above 0) or fell; None where one of the two periods has no figure."""

    now: Counted | Figure[ItemAt]
    trend: float | None = None

    @property
    def n(self) -> int:
        return self.now.n

    @property
    def count(self) -> int:
        return self.now.count

    @property
    def share(self) -> float | None:
        return self.now.share


NO_FIGURE = Index(Counted())


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """Case index and despite index of a group over the last twelve months (G-8)."""

    missing: Index = NO_FIGURE
    despite: Index = NO_FIGURE


NO_CASES = CaseFigures()


def case_figures(county_id: int, today: date, *kinds: GroupKind, ids: Collection[int] | None = None) -> dict[Group, CaseFigures]:
    """The two figures of the groups of these kinds, with trend, from the counters: one query."""
    period = Period.until(today)

    def sums(first: date, until: date) -> list[Any]:
        within = sa.and_(MailRoomMonth.month_on >= first, MailRoomMonth.month_on < until)
        return [
            func.coalesce(func.sum(sa.case((within, column), else_=0)), 0)
            for column in (MailRoomMonth.n, MailRoomMonth.missing, MailRoomMonth.despite)
        ]

    after = months_before(period.last, -1)
    query = (
        select(
            MailRoomMonth.kind,
            MailRoomMonth.group_id,
            *sums(period.first, after),
            *sums(period.recent, after),
            *sums(period.before, period.recent),
        )
        .where(MailRoomMonth.county_id == county_id, MailRoomMonth.month_on >= period.first, MailRoomMonth.month_on < after)
        .where(MailRoomMonth.kind.in_([kind.value for kind in kinds]))
        .group_by(MailRoomMonth.kind, MailRoomMonth.group_id)
    )
    if ids is not None:
        query = query.where(MailRoomMonth.group_id.in_(list(ids)))
    found = {}
    for kind, group_id, *numbers in db.session.execute(query):
        year, recent, before = ([int(number) for number in numbers[at : at + 3]] for at in (0, 3, 6))
        found[Group(GroupKind(kind), group_id)] = CaseFigures(
            *(Index(Counted(year[0], year[at]), trend(Counted(recent[0], recent[at]), Counted(before[0], before[at]))) for at in (1, 2))
        )
    return found


# --- the figures of items -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """The item index of every group now, and three months ago where the county's register says what held then."""

    register: Register
    items: Mapping[int, ItemTerms]
    now: Mapping[Group, Figure[ItemAt]]
    before: Mapping[Group, Figure[ItemAt]]

    def of(self, group: Group) -> Index:
        figure = self.now.get(group, Figure(0))
        return Index(figure, trend(figure, self.before.get(group, Figure(0))))


def three_months_before(at: datetime) -> datetime:
    """The end of the same day three months earlier, or of the last day of that month where it is shorter."""
    on = civil_date(at)
    month = months_before(month_of(on), 3)
    last = months_before(month, -1) - timedelta(days=1)
    return end_of(min(month + timedelta(days=on.day - 1), last)) - timedelta(seconds=1)


def _knows(county_id: int, at: datetime) -> bool:
    """Was anything registered by then? Before that the register says nothing of what was held, and there is no figure."""
    query = select(InstrumentRegistration.id).where(
        InstrumentRegistration.county_id == county_id, InstrumentRegistration.registered_at <= at
    )
    return db.session.scalar(query.limit(1)) is not None


def item_figures(county_id: int, at: datetime, *, with_trend: bool = True) -> ItemFigures:
    """The item index of the county, per department, hall and window, from the register (G-8)."""
    register = authority.register_for(county_id, at)
    items = authority.item_terms(county_id, on=civil_date(at))
    before: Mapping[Group, Figure[ItemAt]] = MappingProxyType({})
    then = three_months_before(at)
    if with_trend and _knows(county_id, then):
        before = item_indices(authority.item_terms(county_id, on=civil_date(then)).values(), authority.register_for(county_id, then))
    return ItemFigures(register, {item.id: item for item in items.values()}, item_indices(items.values(), register), before)


# --- groups ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Whose:
    """Of whom a figure is: the group, its row (None: the county), and the point of a window."""

    group: Group
    of: Body | ServicePoint | Window | None = None
    place: ServicePoint | None = None


def whose(county_id: int, text: str) -> Whose:
    """`county`, `department-MR`, `point-611026000000`, `window-611026000000-MR`; NotFound for anything else."""
    kind, _dash, code = text.partition("-")
    if text == GroupKind.COUNTY:
        return Whose(COUNTY)
    if len(code) > 40 or kind not in list(GroupKind) or not code:
        raise NotFound(text)
    row: Body | ServicePoint | Window
    match GroupKind(kind):
        case GroupKind.DEPARTMENT:
            row = network.body_by_code(county_id, code)
        case GroupKind.POINT:
            row = network.point_by_code(county_id, code)
        case GroupKind.WINDOW:
            row = network.window_by_code(county_id, code)
            return Whose(Group(GroupKind.WINDOW, row.id), row, network.points_by_id([row.point_id])[row.point_id])
        case _:
            raise NotFound(text)
    return Whose(Group(GroupKind(kind), row.id), row)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A line of a table: whom the figures are of, the code by which their pages are asked for, and the three figures."""

    group: Group
    of: Body | ServicePoint | Window | None
    items: Index
    missing: Index
    despite: Index
    place: ServicePoint | None = None  # of a window

    @property
    def code(self) -> str:
        """As `whose` reads it."""
        return self.group.kind.value if self.of is None else f"{self.group.kind.value}-{self.of.code}"

    def figure(self, by: str) -> Index:
        found: Index = getattr(self, by)
        return found


FIGURES = ("items", "missing", "despite")


def _ranked(
    rows: Mapping[int, Body] | Mapping[int, ServicePoint] | Mapping[int, Window],
    kind: GroupKind,
    of_items: ItemFigures | None,
    of_cases: Mapping[Group, CaseFigures],
    places: Mapping[int, ServicePoint] | None = None,
) -> list[Ranked]:
    found = []
    for row_id, row in rows.items():
        group = Group(kind, row_id)
        figures = of_cases.get(group, NO_CASES)
        place = places.get(row.point_id) if places is not None and isinstance(row, Window) else None
        items = of_items.of(group) if of_items is not None else NO_FIGURE
        found.append(Ranked(group, row, items, figures.missing, figures.despite, place))
    return found


def by_share(rows: Iterable[Ranked], by: str) -> list[Ranked]:
    """The highest share first, then by code; without a figure last."""
    return sorted(rows, key=lambda row: (row.figure(by).share is None, -(row.figure(by).share or 0), row.code))


def rank_departments(county_id: int, at: datetime, by: str) -> list[Ranked]:
    """Every body that is responsible for an item or a closed case, by one of its figures (G-8). Only an item figure reads the register."""
    on = civil_date(at)
    of_cases = case_figures(county_id, on, GroupKind.DEPARTMENT)
    concerned = {group.id for group in of_cases}
    of_items = item_figures(county_id, at) if by == "items" else None
    if of_items is not None:
        concerned |= {group.id for group in of_items.now if group.kind is GroupKind.DEPARTMENT}
    else:
        offered = authority.item_terms(county_id, on=on, with_offers=False).values()
        concerned |= {item.responsible_body for item in offered if is_decided_here(item)}
    bodies = {body_id: body for body_id, body in network.bodies_by_id(county_id).items() if body_id in concerned}
    return by_share(_ranked(bodies, GroupKind.DEPARTMENT, of_items, of_cases), by)


@dataclass(frozen=True, slots=True)
class AtHall:
    """What the windows of a hall hold: of so many windows, how many hold each power, on whatever items (G-11)."""

    windows: int
    held: tuple[tuple[Power, int], ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The county's figures, and those of its departments, halls, or the windows of one hall."""

    county: Ranked
    rows: list[Ranked]
    halls: list[ServicePoint]
    point: ServicePoint | None = None
    at_hall: AtHall | None = None


def powers_at_hall(county_id: int, point: ServicePoint, at: datetime) -> AtHall:
    """At how many of its windows a hall holds each power (G-11)."""
    on = civil_date(at)
    windows = authority.windows(county_id, on, point_ids=[point.id])
    held = held_at_hall(windows.values(), authority.clauses(county_id, window_ids=windows), at, authority.ceilings(county_id, on))
    return AtHall(len(windows), tuple((power, len(held[power])) for power in Power))


def overview(county_id: int, at: datetime, kind: GroupKind, by: str, point: ServicePoint | None = None) -> Overview:
    """What management compares: departments, halls, or the windows of one hall (the county center where none is named)."""
    on = civil_date(at)
    of_items = item_figures(county_id, at)
    of_cases = case_figures(county_id, on, GroupKind.COUNTY, kind)
    figures = of_cases.get(COUNTY, NO_CASES)
    county = Ranked(COUNTY, None, of_items.of(COUNTY), figures.missing, figures.despite)
    halls = [one for one in network.list_points(county_id) if not Level(one.level).is_room]
    at_hall = None
    rows: list[Ranked]
    if kind is GroupKind.POINT:
        rows = _ranked({one.id: one for one in halls}, kind, of_items, of_cases)
    elif kind is GroupKind.WINDOW:
        point = point or next(one for one in halls if one.parent_id is None)
        windows = network.windows_by_id(set(authority.windows(county_id, on, point_ids=[point.id])))
        rows = _ranked(windows, kind, of_items, of_cases, {point.id: point})
        at_hall = powers_at_hall(county_id, point, at)
    else:
        concerned = {group.id for group in (*of_items.now, *of_cases) if group.kind is kind}
        bodies = {body_id: body for body_id, body in network.bodies_by_id(county_id).items() if body_id in concerned}
        rows = _ranked(bodies, kind, of_items, of_cases)
    return Overview(county, by_share(rows, by), halls, point, at_hall)


# --- the items behind a figure --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ItemBehind:
    """An item that cannot be decided at these halls, where it is offered."""

    item: ItemShown
    points: tuple[ServicePoint, ...]


def items_behind(county_id: int, on: date, figure: Index, *, after: str = "") -> tuple[list[ItemBehind], str | None]:
    """The items behind an item figure, by code, and the code after which the next page begins (None: no more)."""
    points: dict[int, list[int]] = {}
    for what in figure.now.behind if isinstance(figure.now, Figure) else ():
        points.setdefault(what.item_id, []).append(what.point_id)
    if not points:
        return [], None
    shown = authority.items_shown(county_id, on, item_ids=points)
    rest = sorted((item for item in shown.values() if item.code > after), key=lambda item: item.code)
    page = rest[:ITEMS_A_PAGE]
    halls = network.points_by_id({point_id for item in page for point_id in points[item.terms.id]})
    rows = []
    for item in page:
        where = sorted((halls[one] for one in points[item.terms.id]), key=lambda point: point.code)
        rows.append(ItemBehind(item, tuple(where)))
    return rows, page[-1].code if len(rest) > len(page) else None


@dataclass(frozen=True, slots=True)
class HallOfBody:
    """A hall that offers items of the body: how many, and how many of them no window there may decide."""

    point: ServicePoint
    items: Figure[ItemAt]


@dataclass(frozen=True, slots=True)
class DepartmentFigures:
    """One department: its figures, its halls and windows, and the items that cannot be decided where they are offered."""

    row: Ranked
    halls: list[HallOfBody]
    windows: list[Ranked]
    items: list[ItemBehind]
    more: str | None


def department(county_id: int, at: datetime, body: Body, *, after: str = "") -> DepartmentFigures:
    """The mail-room index of one body (G-8). Of a general window the figures are of all bodies that it serves."""
    on = civil_date(at)
    of_items = item_figures(county_id, at)
    served = authority.windows(county_id, on)
    own = {one.id for one in served.values() if body.id in one.body_ids and not one.level.is_room}
    group = Group(GroupKind.DEPARTMENT, body.id)
    of_cases = case_figures(county_id, on, GroupKind.DEPARTMENT, GroupKind.WINDOW, ids=own | {body.id})
    figures = of_cases.get(group, NO_CASES)
    row = Ranked(group, body, of_items.of(group), figures.missing, figures.despite)
    at_halls = item_indices((item for item in of_items.items.values() if item.responsible_body == body.id), of_items.register)
    windows = network.windows_by_id(own)
    places = network.points_by_id({one.id for one in at_halls if one.kind is GroupKind.POINT} | {one.point_id for one in windows.values()})
    halls = [HallOfBody(places[one.id], figure) for one, figure in at_halls.items() if one.kind is GroupKind.POINT]
    items, more = items_behind(county_id, on, row.items, after=after)
    ranked = _ranked(windows, GroupKind.WINDOW, of_items, of_cases, places)
    return DepartmentFigures(row, sorted(halls, key=lambda one: one.point.code), sorted(ranked, key=lambda one: one.code), items, more)


# --- the cases behind a figure --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """A transfer that counts: from which window, and which power the next step needed."""

    window: Window
    point: ServicePoint
    power: Power


@dataclass(frozen=True, slots=True)
class CaseBehind:
    """A case behind a figure, with its transfers that count there."""

    case: Case
    version: ItemVersion
    sent: tuple[Sent, ...]


def _of_group(group: Group, why: TransferWhy, period: Period) -> list[sa.ColumnElement[bool]]:
    """Which transfers count in a figure: one builder for the list and for what each line of it says (N-6)."""
    found = [MailRoomTransfer.why == why.value, MailRoomTransfer.month_on >= period.first, MailRoomTransfer.month_on <= period.last]
    column = {
        GroupKind.DEPARTMENT: MailRoomTransfer.body_id,
        GroupKind.POINT: MailRoomTransfer.point_id,
        GroupKind.WINDOW: MailRoomTransfer.window_id,
    }
    if group.kind is not GroupKind.COUNTY:
        found.append(column[group.kind] == group.id)
    return found


def list_behind_for(
    person: SignedIn, group: Group, why: TransferWhy, today: date, *, before: int | None = None
) -> tuple[list[CaseBehind], int | None]:
    """The cases behind a figure that exist for the person (C-30), newest first, and the id before which the next page begins."""
    counted = _of_group(group, why, Period.until(today))
    behind = select(MailRoomTransfer.case_id).where(MailRoomTransfer.county_id == person.county_id, *counted)
    shown = aliased(ItemVersion)  # `sees` asks of the case's version in a query of its own
    query = (
        select(Case, shown)
        .join(shown, shown.id == Case.version_id)
        .where(Case.id.in_(behind), cases.sees(person, today))
        .order_by(Case.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(Case.id < before)
    rows = db.session.execute(query).all()
    page = rows[:PAGE]
    legs: dict[int, list[tuple[int, str]]] = {}
    transfers = select(MailRoomTransfer.case_id, MailRoomTransfer.window_id, MailRoomTransfer.power).where(
        MailRoomTransfer.case_id.in_([case.id for case, _version in page]), *counted
    )
    for case_id, window_id, power in db.session.execute(transfers.order_by(MailRoomTransfer.case_id, MailRoomTransfer.leg_seq)):
        legs.setdefault(case_id, []).append((window_id, power))
    at = cases.places_of({window_id for some in legs.values() for window_id, _power in some})
    found = []
    for case, version in page:
        sent = (Sent(at[window_id].window, at[window_id].point, Power(power)) for window_id, power in legs.get(case.id, ()))
        found.append(CaseBehind(case, version, tuple(sent)))
    return found, page[-1][0].id if len(rows) > PAGE else None
