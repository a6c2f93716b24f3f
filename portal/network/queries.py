"""What the network says: counties, points, bodies, windows, settings, the calendar, numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import func, or_, select

from portal.database import NotFound, Transaction, db
from portal.network.models import (
    Body,
    CalendarDay,
    CalendarNotice,
    CalendarYear,
    County,
    CountySetting,
    NumberCounter,
    PointEmergency,
    PointHours,
    PointName,
    ServicePoint,
    Window,
    WindowBody,
)
from portal.rules.working_days import Calendar, DayWhy


def county_of_host(host: str) -> County | None:
    """The county whose host this is; the only one where there is one."""
    counties = list(db.session.scalars(select(County).order_by(County.id).limit(50)))
    if len(counties) == 1:
        return counties[0]
    return next((county for county in counties if county.host == host.lower()), None)


def the_county(code: str | None = None) -> County:
    """The county of a command: the one of this code, or the only one."""
    query = select(County).order_by(County.id)
    counties = list(db.session.scalars(query.where(County.code == code) if code else query))
    if len(counties) != 1:
        raise NotFound("no county" if not counties else "several counties: name one")
    return counties[0]


def setting(county_id: int, key: str, on: date, default: Any = None) -> Any:
    """County data: the value of a setting that holds on a day."""
    query = (
        select(CountySetting.value)
        .where(CountySetting.county_id == county_id, CountySetting.key == key, CountySetting.from_on <= on)
        .order_by(CountySetting.from_on.desc())
        .limit(1)
    )
    found = db.session.execute(query).first()
    return default if found is None else found[0]


def settings_on(county_id: int, on: date, *keys: str) -> dict[str, Any]:
    """County data: of each of these keys the value that holds on a day, in one query; what was never set is not in it."""
    query = select(CountySetting.key, CountySetting.value)
    query = query.where(CountySetting.county_id == county_id, CountySetting.key.in_(keys), CountySetting.from_on <= on)
    rows = db.session.execute(query.order_by(CountySetting.from_on)).all()  # of several days the latest is written last
    return {row.key: row.value for row in rows}


def path_of(point_id: int) -> frozenset[int]:
    """The ids of the point and of those above it (N-1), in one query."""
    above = select(ServicePoint.id, ServicePoint.parent_id).where(ServicePoint.id == point_id).cte("above", recursive=True)
    step = select(ServicePoint.id, ServicePoint.parent_id).join(above, above.c.parent_id == ServicePoint.id)
    return frozenset(db.session.scalars(select(above.union(step).c.id)))


def calendar_of(county_id: int) -> Calendar:
    """The county's table of days as a value (C-4)."""
    days = db.session.execute(select(CalendarDay.day_on, CalendarDay.kind).where(CalendarDay.county_id == county_id)).all()
    years = db.session.scalars(select(CalendarYear.year).where(CalendarYear.county_id == county_id)).all()
    return _calendar(tuple(sorted((day, kind) for day, kind in days)), frozenset(years))


def calendar_version(county_id: int) -> int:
    """How often something was entered into the county's calendar: what a form about it was drawn from."""
    return db.session.scalar(select(func.max(CalendarNotice.seq)).where(CalendarNotice.county_id == county_id)) or 0


@lru_cache(maxsize=8)
def _calendar(days: tuple[tuple[date, str], ...], years: frozenset[int]) -> Calendar:
    # kept by content, so that a changed table is another calendar in every process at once
    return Calendar.of(days, years)


def next_number(tx: Transaction, county_id: int, kind: str, year: int) -> int:
    """The next number of a kind in a year, taken in the act's own transaction: no holes, no doubles."""
    query = select(NumberCounter).where(NumberCounter.county_id == county_id, NumberCounter.kind == kind, NumberCounter.year == year)
    if db.engine.dialect.name != "sqlite":
        from sqlalchemy.dialects.postgresql import insert

        values = {"county_id": county_id, "kind": kind, "year": year, "last": 0}
        tx.session.execute(insert(NumberCounter).values(**values).on_conflict_do_nothing())
        query = query.with_for_update()
    counter = tx.session.scalar(query.execution_options(populate_existing=True))
    if counter is None:
        counter = NumberCounter(county_id=county_id, kind=kind, year=year, last=0)
        tx.session.add(counter)
    counter.last += 1
    tx.session.flush()
    return counter.last


# --- points, bodies, windows ----------------------------------------------------------------------------------------------------


def point_by_code(county_id: int, code: str) -> ServicePoint:
    """A service point by its code; NotFound otherwise."""
    found = db.session.scalar(select(ServicePoint).where(ServicePoint.county_id == county_id, ServicePoint.code == code))
    if found is None:
        raise NotFound(code)
    return found


def window_by_code(county_id: int, code: str) -> Window:
    """A window by its code; NotFound otherwise."""
    found = db.session.scalar(select(Window).where(Window.county_id == county_id, Window.code == code))
    if found is None:
        raise NotFound(code)
    return found


def body_by_code(county_id: int, code: str) -> Body:
    """A body by its code; NotFound otherwise."""
    found = db.session.scalar(select(Body).where(Body.county_id == county_id, Body.code == code))
    if found is None:
        raise NotFound(code)
    return found


def windows_by_id(ids: Collection[int]) -> dict[int, Window]:
    """Windows for display, in one query."""
    if not ids:
        return {}
    return {window.id: window for window in db.session.scalars(select(Window).where(Window.id.in_(list(ids))))}


def points_by_id(ids: Collection[int]) -> dict[int, ServicePoint]:
    """Points for display, in one query."""
    if not ids:
        return {}
    return {point.id: point for point in db.session.scalars(select(ServicePoint).where(ServicePoint.id.in_(list(ids))))}


def bodies_by_id(county_id: int) -> dict[int, Body]:
    """Every body of a county."""
    return {body.id: body for body in db.session.scalars(select(Body).where(Body.county_id == county_id))}


def territory(point_ids: Collection[int]) -> set[int]:
    """These points and all below them (N-6); three levels at most lie below one."""
    found, layer = set(point_ids), set(point_ids)
    while layer:
        layer = set(db.session.scalars(select(ServicePoint.id).where(ServicePoint.parent_id.in_(layer)))) - found
        found |= layer
    return found


def list_points(county_id: int) -> list[ServicePoint]:
    """All points of a county by code."""
    return sorted(db.session.scalars(select(ServicePoint).where(ServicePoint.county_id == county_id)), key=lambda point: point.code)


def count_points(county_id: int) -> dict[str, int]:
    """How many points each level has."""
    query = select(ServicePoint.level, func.count()).where(ServicePoint.county_id == county_id).group_by(ServicePoint.level)
    return dict(row._tuple() for row in db.session.execute(query))


def emergencies(county_id: int) -> list[tuple[PointEmergency, ServicePoint]]:
    """Where an emergency stands, the newest first: the public notice appears by itself (N-2)."""
    query = select(PointEmergency, ServicePoint).join(ServicePoint, ServicePoint.id == PointEmergency.point_id)
    query = query.where(PointEmergency.county_id == county_id, PointEmergency.ended_at.is_(None)).order_by(PointEmergency.id.desc())
    return [row._tuple() for row in db.session.execute(query.limit(20))]


def emergency_at(point_id: int) -> PointEmergency | None:
    """The emergency that stands at a point, if there is one."""
    return db.session.scalar(select(PointEmergency).where(PointEmergency.point_id == point_id, PointEmergency.ended_at.is_(None)))


def last_emergency_at(point_id: int) -> PointEmergency | None:
    """The last emergency of a point, standing or over."""
    return db.session.scalar(select(PointEmergency).where(PointEmergency.point_id == point_id).order_by(PointEmergency.id.desc()).limit(1))


def hours_of(point_id: int) -> list[PointHours]:
    """When a point is open, by weekday and opening."""
    return list(
        db.session.scalars(select(PointHours).where(PointHours.point_id == point_id).order_by(PointHours.weekday, PointHours.opens))
    )


def bodies_served(window_ids: Collection[int], on: date) -> dict[int, set[int]]:
    """window id → ids of the bodies that it serves on a day."""
    served: dict[int, set[int]] = {window_id: set() for window_id in window_ids}
    query = select(WindowBody.window_id, WindowBody.body_id).where(
        WindowBody.window_id.in_(list(window_ids)), WindowBody.from_on <= on, or_(WindowBody.until_on.is_(None), WindowBody.until_on >= on)
    )
    for window_id, body_id in db.session.execute(query):
        served[window_id].add(body_id)
    return served


# --- the network as people look for it (N-1, N-3, N-5) ----------------------------------------------------------------------------


@dataclass(slots=True)
class Branch:
    """A point and what stands below it, by code."""

    point: ServicePoint
    below: list[Branch] = field(default_factory=list)


def as_tree(points: Iterable[ServicePoint]) -> list[Branch]:
    """Points as a tree, by code; one whose parent is not among them stands at the top."""
    branches = {point.id: Branch(point) for point in sorted(points, key=lambda point: point.code)}
    top: list[Branch] = []
    for branch in branches.values():
        parent = branches.get(branch.point.parent_id or 0)
        (top if parent is None else parent.below).append(branch)
    return top


def search_key(text: str) -> str:
    """How names are compared when they are looked for: full-width as half-width, small letters, no spaces; alike on both engines."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def names_of(county_id: int, point_id: int | None = None) -> dict[int, list[PointName]]:
    """point id → the names that it bears and bore, the earliest first (N-3)."""
    query = select(PointName).where(PointName.county_id == county_id)
    if point_id is not None:
        query = query.where(PointName.point_id == point_id)
    found: dict[int, list[PointName]] = {}
    for name in db.session.scalars(query.order_by(PointName.from_on, PointName.id)):
        found.setdefault(name.point_id, []).append(name)
    return found


def former_names(point: ServicePoint, names: Iterable[PointName]) -> list[PointName]:
    """The names that the point bore and bears no more."""
    return [name for name in names if name.name != point.name]


@dataclass(frozen=True, slots=True)
class PointFound:
    """A point that was looked for, with the point above it and the former name by which it was found, if any."""

    point: ServicePoint
    parent: ServicePoint | None = None
    former: PointName | None = None


def find_points(county_id: int, text: str, *, points: Collection[ServicePoint] | None = None) -> list[PointFound]:
    """Points whose present or former name (three languages), pinyin, initials or code has the text: whole, from the start, within; then
    by code. Several words: each must be in the point's names or in those above it, one at least in its own (下梁 金盆).

    A county has some hundred points, so they are compared here and not by LIKE, which differs between the engines.
    """
    words = [key for word in text.split() if (key := search_key(word))]
    whole = search_key(text)
    if not whole:
        return []
    every = list_points(county_id) if points is None else list(points)
    by_id = {point.id: point for point in every}
    former = names_of(county_id)
    keys: dict[int, list[str]] = {}
    for point in every:
        texts = [point.name, point.name_hant, point.name_en, point.pinyin, point.initials, point.code]
        texts += [one for name in former.get(point.id, ()) for one in (name.name, name.name_hant, name.name_en)]
        keys[point.id] = [search_key(one) for one in texts]

    def has(point_id: int, word: str) -> bool:
        return any(word in key for key in keys[point_id])

    ranked: list[tuple[int, str, PointFound]] = []
    for point in every:
        own, parent = keys[point.id], by_id.get(point.parent_id or 0)
        if whole in own:
            rank = 0
        elif any(key.startswith(whole) for key in own):
            rank = 1
        elif any(whole in key for key in own):
            rank = 2
        else:
            chain = [point.id, *(one.id for one in _above(point, by_id))]
            is_own = any(has(point.id, word) for word in words)
            if len(words) < 2 or not is_own or not all(any(has(one, word) for one in chain) for word in words):
                continue
            rank = 3
        ranked.append((rank, point.code, PointFound(point, parent, _found_by(former_names(point, former.get(point.id, ())), point, words))))
    ranked.sort(key=lambda row: row[:2])
    return [found for _rank, _code, found in ranked]


def _above(point: ServicePoint, by_id: dict[int, ServicePoint]) -> list[ServicePoint]:
    found: list[ServicePoint] = []
    while (parent := by_id.get(point.parent_id or 0)) is not None and parent not in found:
        found.append(parent)
        point = parent
    return found


def _found_by(former: Iterable[PointName], point: ServicePoint, words: list[str]) -> PointName | None:
    # the former name is worth saying only where the present one does not explain why the point was found
    present = [search_key(one) for one in (point.name, point.name_hant, point.name_en, point.pinyin, point.initials, point.code)]
    if any(word in key for word in words for key in present):
        return None
    named = ((name, search_key(f"{name.name} {name.name_hant} {name.name_en}")) for name in former)
    return next((name for name, key in named if any(word in key for word in words)), None)


def ancestors_of(point: ServicePoint) -> list[ServicePoint]:
    """The points above this one, the root first (N-1)."""
    found: list[ServicePoint] = []
    above = point.parent_id
    while above is not None and all(above != one.id for one in found):
        parent = db.session.get_one(ServicePoint, above)
        found.insert(0, parent)
        above = parent.parent_id
    return found


def children_of(point_id: int) -> list[ServicePoint]:
    """The points directly below, by code."""
    return sorted(db.session.scalars(select(ServicePoint).where(ServicePoint.parent_id == point_id)), key=lambda point: point.code)


def windows_at(point_id: int, on: date) -> list[Window]:
    """The windows of a point on a day, by code."""
    query = select(Window).where(Window.point_id == point_id, Window.from_on <= on, or_(Window.until_on.is_(None), Window.until_on >= on))
    return sorted(db.session.scalars(query), key=lambda window: window.code)


# --- hours (N-5) ------------------------------------------------------------------------------------------------------------------

MONDAY = 1


def _holds(row: PointHours, on: date) -> bool:
    return ((row.more or {}).get("from_on") or "") <= on.isoformat()


def open_on(rows: Iterable[PointHours], on: date, calendar: Calendar) -> list[PointHours]:
    """The hours of a day, the earliest first: none on a holiday, those of a Monday on a weekend day that is worked (N-5)."""
    weekday = on.isoweekday()
    why = calendar.why(on)
    if why in (DayWhy.HOLIDAY, DayWhy.REGIONAL_HOLIDAY):
        return []
    regular = MONDAY if why is DayWhy.MOVED_WORKDAY else weekday
    kinds = {True: regular, False: weekday}
    found = [row for row in rows if _holds(row, on) and row.weekday == kinds[(row.more or {}).get("kind", "regular") == "regular"]]
    return sorted(found, key=lambda row: (row.opens, row.closes))


def week_of(rows: Iterable[PointHours], on: date) -> list[tuple[int, int, list[PointHours]]]:
    """The hours of an ordinary week as (first weekday, last weekday, hours): neighbours with the same hours are one line."""
    kept = sorted((row for row in rows if _holds(row, on)), key=lambda row: (row.opens, row.closes))
    lines: list[tuple[int, int, list[PointHours]]] = []
    for weekday in range(1, 8):
        hours = [row for row in kept if row.weekday == weekday]
        if lines and [_said(row) for row in lines[-1][2]] == [_said(row) for row in hours]:
            lines[-1] = (lines[-1][0], weekday, lines[-1][2])
        else:
            lines.append((weekday, weekday, hours))
    return lines


def _said(row: PointHours) -> tuple[str, str, Any]:
    return row.opens, row.closes, (row.more or {}).get("note")
