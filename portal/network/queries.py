"""What the network says: counties, points, bodies, windows, settings, the calendar, numbers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import func, or_, select

from portal.database import NotFound, Transaction, db
from portal.network.models import (
    Body,
    CalendarDay,
    CalendarYear,
    County,
    CountySetting,
    NumberCounter,
    PointHours,
    ServicePoint,
    Window,
    WindowBody,
)
from portal.rules.working_days import Calendar


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


def calendar_of(county_id: int) -> Calendar:
    """The county's table of days as a value (C-4)."""
    days = db.session.execute(select(CalendarDay.day_on, CalendarDay.kind).where(CalendarDay.county_id == county_id)).all()
    years = db.session.scalars(select(CalendarYear.year).where(CalendarYear.county_id == county_id)).all()
    return _calendar(tuple(sorted((day, kind) for day, kind in days)), frozenset(years))


@lru_cache(maxsize=8)
def _calendar(days: tuple[tuple[date, str], ...], years: frozenset[int]) -> Calendar:
    # kept by content, so that a changed table is another calendar in every process at once
    return Calendar.of(days, years)


def next_number(tx: Transaction, county_id: int, kind: str, year: int) -> int:
    """The next number of a kind in a year, taken in the act's own transaction: no holes, no doubles."""
    query = select(NumberCounter).where(NumberCounter.county_id == county_id, NumberCounter.kind == kind, NumberCounter.year == year)
    if tx.session.bind is not None and db.engine.dialect.name != "sqlite":
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
    return list(db.session.scalars(select(ServicePoint).where(ServicePoint.county_id == county_id).order_by(ServicePoint.code)))


def count_points(county_id: int) -> dict[str, int]:
    """How many points each level has."""
    query = select(ServicePoint.level, func.count()).where(ServicePoint.county_id == county_id).group_by(ServicePoint.level)
    return {level: number for level, number in db.session.execute(query)}


def hours_of(point_id: int) -> list[PointHours]:
    """When a point is open, by weekday and opening."""
    return list(db.session.scalars(select(PointHours).where(PointHours.point_id == point_id).order_by(PointHours.weekday, PointHours.opens)))


def bodies_served(window_ids: Collection[int], on: date) -> dict[int, set[int]]:
    """window id → ids of the bodies that it serves on a day."""
    served: dict[int, set[int]] = {window_id: set() for window_id in window_ids}
    query = select(WindowBody.window_id, WindowBody.body_id).where(
        WindowBody.window_id.in_(list(window_ids)), WindowBody.from_on <= on, or_(WindowBody.until_on.is_(None), WindowBody.until_on >= on)
    )
    for window_id, body_id in db.session.execute(query):
        served[window_id].add(body_id)
    return served
