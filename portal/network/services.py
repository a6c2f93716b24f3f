"""Making and changing the network: counties, divisions, bodies, points, windows, hours, dated settings, the calendar (N, C-4).

Every function writes what it did to the record. Codes are keys; `Names` are what people see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from portal.audit import Actor, machine, record
from portal.clock import Clock
from portal.database import NotFound, Once, Transaction, transaction
from portal.network import queries
from portal.network.models import (
    Body,
    BodyKind,
    CalendarDay,
    CalendarNotice,
    CalendarYear,
    County,
    CountySetting,
    Division,
    NoticeKind,
    PointHours,
    PointName,
    PointStatusChange,
    ServicePoint,
    Window,
    WindowBody,
)
from portal.rules.clauses import Level
from portal.rules.decision import Decision
from portal.rules.holiday_notice import DAYS_BEFORE, may_be_regional, may_end_regional
from portal.rules.moments import civil_date
from portal.rules.moving import may_close_window_on
from portal.rules.network import PointStatus, may_change_status, may_place
from portal.rules.texts import NOTHING
from portal.rules.texts import Text as Names
from portal.rules.working_days import FIRST_YEAR, DayKind

before_closing: list[Callable[[int], Decision]] = []
# The same of a window and its last day; `app.py` fills it.
before_closing_window: list[Callable[[int, date], Decision]] = []
# What is computed from the calendar and stored is computed anew in the transaction that changes it (C-4, C-22); `app.py` fills it.
after_calendar: list[Callable[[Transaction, int, Actor], None]] = []
"""Asked with the id of a point that will hold cases no more; a no refuses the change (N-2). `app.py` fills it with the question of
the features to the right, which know whether cases are held there: this feature cannot."""


# --- counties, divisions, bodies ------------------------------------------------------------------------------------------------


def create_county(
    *, code: str, names: Names, clock: Clock, host: str | None = None, is_sample: bool = False, actor: Actor | None = None,
    once: Once | None = None,
) -> County:  # fmt: skip
    """A county, the root of its own data (N-1). Without an actor it is the machine's doing: there is nobody in it yet."""
    with transaction(clock=clock, once=once) as tx:
        county = County(code=code, host=host, is_sample=is_sample, created_at=tx.now, **names.named())
        tx.session.add(county)
        tx.session.flush()
        record(tx, actor or machine(county.id), "create_county", f"county:{code}", chain=county.id, name=names.hans)
        return county


def add_division(
    county_id: int, *, code: str, names: Names, level: str, actor: Actor, clock: Clock, parent_code: str | None = None, edition: str = ""
) -> Division:
    """An administrative division with its published code, apart from the service point made from it (N-3)."""
    with transaction(clock=clock) as tx:
        parent_id = None if parent_code is None else _division(tx, county_id, parent_code).id
        division = Division(county_id=county_id, code=code, level=level, parent_id=parent_id, edition=edition, **names.named())
        tx.session.add(division)
        tx.session.flush()
        record(tx, actor, "add_division", f"division:{code}", level=level, parent=parent_code)
        return division


def add_body(
    county_id: int,
    *,
    code: str,
    kind: BodyKind,
    names: Names,
    paper_prefix: str,
    actor: Actor,
    clock: Clock,
    line: str = "",
    is_vertical: bool = False,
    division_code: str | None = None,
    address: str = "",
    phone: str = "",
    more: Mapping[str, Any] | None = None,
    is_sample: bool = False,
) -> Body:
    """A body: what grants, what an item names as responsible, what people belong to. `paper_prefix` is what numbers its instruments."""
    with transaction(clock=clock) as tx:
        division_id = None if division_code is None else _division(tx, county_id, division_code).id
        body = Body(
            county_id=county_id, code=code, kind=kind.value, line=line, is_vertical=is_vertical, division_id=division_id,
            paper_prefix=paper_prefix, address=address, phone=phone, more=dict(more or {}), is_sample=is_sample, **names.named(),
        )  # fmt: skip
        tx.session.add(body)
        tx.session.flush()
        record(tx, actor, "add_body", f"body:{code}", kind=kind.value, line=line)
        return body


def _division(tx: Transaction, county_id: int, code: str) -> Division:
    found = tx.session.scalar(select(Division).where(Division.county_id == county_id, Division.code == code))
    if found is None:
        raise NotFound(f"division {code}")
    return found


# --- points ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PointDetails:
    """What is public of a point beside its name (N-5). Latitude and longitude are degrees, WGS 84."""

    pinyin: str = ""
    initials: str = ""
    address: Names = NOTHING
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None


def add_point(
    county_id: int,
    *,
    code: str,
    level: Level,
    names: Names,
    status: PointStatus,
    status_from_on: date,
    actor: Actor,
    clock: Clock,
    parent_code: str | None = None,
    division_code: str | None = None,
    body_code: str | None = None,
    details: PointDetails | None = None,
    is_sample: bool = False,
    once: Once | None = None,
) -> ServicePoint:
    """A service point below its one parent; NotAllowed where the levels do not go down (N-1)."""
    details = details or PointDetails()
    with transaction(clock=clock, once=once) as tx:
        parent = None if parent_code is None else queries.point_by_code(county_id, parent_code)
        may_place(None if parent is None else Level(parent.level), level).or_raise()
        point = ServicePoint(
            county_id=county_id, code=code, level=level.value, parent_id=None if parent is None else parent.id,
            division_id=None if division_code is None else _division(tx, county_id, division_code).id,
            body_id=None if body_code is None else queries.body_by_code(county_id, body_code).id,
            status=status.value, status_from_on=status_from_on, pinyin=details.pinyin, initials=details.initials,
            address=details.address.hans, address_hant=details.address.hant, address_en=details.address.en,
            phone=details.phone, latitude=details.latitude, longitude=details.longitude, is_sample=is_sample, **names.named(),
        )  # fmt: skip
        tx.session.add(point)
        tx.session.flush()
        of = {"county_id": county_id, "point_id": point.id, "from_on": status_from_on}
        tx.session.add(PointName(**of, **names.named()))
        tx.session.add(PointStatusChange(**of, status=status.value))
        tx.session.flush()
        record(tx, actor, "add_point", f"point:{code}", level=level.value, parent=parent_code, status=status.value)
        return point


def change_point_status(
    county_id: int,
    code: str,
    to: PointStatus,
    *,
    from_on: date,
    actor: Actor,
    clock: Clock,
    reason: str = "",
    once: Once | None = None,
) -> ServicePoint:
    """Open, suspend, merge or close a point from a day on. Refused while it holds cases that it could hold no longer (N-2).

    The hand-off of those cases is their windows' own act; nothing moves by itself here.
    """
    with transaction(clock=clock, once=once) as tx:
        rows: list[ServicePoint] = tx.lock(select(ServicePoint).where(ServicePoint.county_id == county_id, ServicePoint.code == code))
        if not rows:
            raise NotFound(code)
        point = rows[0]
        now = PointStatus(point.status)
        may_change_status(now, to, from_on=from_on, since=point.status_from_on, today=civil_date(tx.now)).or_raise()
        if now.holds_cases and not to.holds_cases:
            for ask in before_closing:
                ask(point.id).or_raise()
        point.status, point.status_from_on = to.value, from_on
        note_status(tx, point, from_on, reason, now, actor)
        tx.result = f"/network/{code}"
        return point


def note_status(tx: Transaction, point: ServicePoint, from_on: date, reason: str, was: PointStatus, actor: Actor) -> None:
    """Add the status that a point has now to its history, and to the record. Whoever sets it has asked the rules."""
    tx.session.add(PointStatusChange(county_id=point.county_id, point_id=point.id, status=point.status, from_on=from_on, reason=reason))
    tx.session.flush()
    record(tx, actor, "change_point_status", f"point:{point.code}", was=was.value, to=point.status, from_on=from_on, reason=reason)


@dataclass(frozen=True, slots=True)
class Opening:
    """One span of one weekday (1 is Monday); times are HH:MM, Asia/Shanghai. A lunch break is the gap between two spans (N-5)."""

    weekday: int
    opens: str
    closes: str
    kind: str = "regular"
    note: Names = NOTHING
    from_on: date | None = None


def set_hours(county_id: int, code: str, openings: Iterable[Opening], *, actor: Actor, clock: Clock) -> None:
    """Say anew when a point is open; what was said before is in the record."""
    with transaction(clock=clock) as tx:
        point = queries.point_by_code(county_id, code)
        for old in queries.hours_of(point.id):
            tx.session.delete(old)
        tx.session.flush()
        spans = list(openings)
        for span in spans:
            more: dict[str, Any] = {"kind": span.kind}
            if span.note.is_written:
                more["note"] = span.note.stored()
            if span.from_on is not None:
                more["from_on"] = span.from_on.isoformat()
            tx.session.add(
                PointHours(county_id=county_id, point_id=point.id, weekday=span.weekday, opens=span.opens, closes=span.closes, more=more)
            )
        tx.session.flush()
        record(tx, actor, "set_hours", f"point:{code}", hours=[f"{span.weekday} {span.opens}-{span.closes}" for span in spans])


# --- windows --------------------------------------------------------------------------------------------------------------------


def add_window(
    county_id: int,
    *,
    code: str,
    point_code: str,
    names: Names,
    is_general: bool,
    bodies: Sequence[str],
    from_on: date,
    actor: Actor,
    clock: Clock,
    until_on: date | None = None,
    is_sample: bool = False,
    once: Once | None = None,
) -> Window:
    """A counter at a point, serving one body, or several at a general one (综合窗口)."""
    with transaction(clock=clock, once=once) as tx:
        window = Window(
            county_id=county_id, code=code, point_id=queries.point_by_code(county_id, point_code).id, is_general=is_general,
            from_on=from_on, until_on=until_on, is_sample=is_sample, **names.named(),
        )  # fmt: skip
        tx.session.add(window)
        tx.session.flush()
        for body in bodies:
            served = queries.body_by_code(county_id, body)
            tx.session.add(WindowBody(county_id=county_id, window_id=window.id, body_id=served.id, from_on=from_on, until_on=until_on))
        tx.session.flush()
        record(tx, actor, "add_window", f"window:{code}", point=point_code, bodies=list(bodies), from_on=from_on)
        return window


def close_window(
    county_id: int, code: str, last_on: date, *, reason: str, actor: Actor, clock: Clock, once: Once | None = None
) -> Window:  # fmt: skip
    """Give a window its last day. Refused while anything hangs on it that would be orphaned (N-2)."""
    with transaction(clock=clock, once=once) as tx:
        rows: list[Window] = tx.lock(select(Window).where(Window.county_id == county_id, Window.code == code))
        if not rows:
            raise NotFound(code)
        window = rows[0]
        may_close_window_on(last_on, window.until_on, civil_date(tx.now)).or_raise()
        for ask in before_closing_window:
            ask(window.id, last_on).or_raise()
        window.until_on = last_on
        tx.session.flush()
        record(tx, actor, "close_window", f"window:{code}", last_on=last_on, reason=reason)
        return window


# --- county data ----------------------------------------------------------------------------------------------------------------


def put_setting(
    county_id: int, key: str, value: Any, *, from_on: date, actor: Actor, clock: Clock, source: str = "", once: Once | None = None
) -> CountySetting:
    """Say what a setting is from a day on: a further row, since what held before is never changed."""
    with transaction(clock=clock, once=once) as tx:
        row = CountySetting(county_id=county_id, key=key, from_on=from_on, value=value, source=source)
        tx.session.add(row)
        tx.session.flush()
        record(tx, actor, "put_setting", f"setting:{key}", from_on=from_on, value=value)
        return row


@dataclass(frozen=True, slots=True)
class TypedDay:
    """A day that is typed: holiday, moved workday, regional holiday (C-4)."""

    day: date
    kind: DayKind
    names: Names


def enter_calendar_year(
    county_id: int, year: int, *, notice: str, days: Iterable[TypedDay], actor: Actor, clock: Clock, source: str = "", text: str = "",
    once: Once | None = None,
) -> int:  # fmt: skip
    """Enter the notice of a year with its typed days; from then on its dates are certain (C-4). Returns how many days were new, other or gone.

    A notice that corrects an earlier one replaces its days; the earlier one stays in the list of what was entered. A day of the last week
    before the year may belong to its notice. ValueError for a day that another year's notice types otherwise, or that regional law gives off
    and this one makes worked.
    """
    if year < FIRST_YEAR:
        raise ValueError(f"the calendar begins in {FIRST_YEAR}")
    with transaction(clock=clock, once=once) as tx:
        entered = tx.session.scalar(select(CalendarYear).where(CalendarYear.county_id == county_id, CalendarYear.year == year))
        if entered is None:
            tx.session.add(CalendarYear(county_id=county_id, year=year, notice=notice, source=source))
        else:
            entered.notice, entered.source = notice, source
        first, last = date(year, 1, 1) - timedelta(days=DAYS_BEFORE), date(year, 12, 31)
        between = select(CalendarDay).where(CalendarDay.county_id == county_id, CalendarDay.day_on >= first, CalendarDay.day_on <= last)
        known = {row.day_on: row for row in tx.session.scalars(between)}
        typed = sorted(days, key=lambda each: each.day)
        said = {each.day for each in typed}
        moved: dict[str, list[str]] = {"new": [], "other": [], "gone": []}
        for row in known.values():
            if row.notice_year == year and row.day_on not in said:
                tx.session.delete(row)
                moved["gone"].append(row.day_on.isoformat())
        for each in typed:
            if not first <= each.day <= last:
                raise ValueError(f"{each.day} is no day of the notice for {year}")
            found = known.get(each.day)
            if found is None:
                tx.session.add(
                    CalendarDay(
                        county_id=county_id, day_on=each.day, kind=each.kind.value, notice=notice, notice_year=year, **each.names.named()
                    )
                )
                moved["new"].append(each.day.isoformat())
                continue
            if found.notice_year == year:
                if found.kind != each.kind.value:
                    moved["other"].append(each.day.isoformat())
                found.kind, found.notice = each.kind.value, notice
                found.name, found.name_hant, found.name_en = each.names.hans, each.names.hant, each.names.en
            elif (found.kind == DayKind.MOVED_WORKDAY) != (each.kind is DayKind.MOVED_WORKDAY):
                raise ValueError(f"{each.day} is typed {found.kind} by {found.notice}")
        _note(
            tx, county_id, NoticeKind.YEARLY, year, notice, source, text, [[each.day.isoformat(), each.kind.value] for each in typed], actor
        )
        record(tx, actor, "enter_calendar_year", f"calendar:{year}", notice=notice, new=moved["new"], other=moved["other"], gone=moved["gone"])
        for follow in after_calendar:
            follow(tx, county_id, actor)
        return sum(map(len, moved.values()))


def _note(
    tx: Transaction, county_id: int, kind: NoticeKind, year: int, notice: str, source: str, text: str, days: list[list[str]], actor: Actor
) -> None:
    """Keep what was entered; its number is the next version of the calendar."""
    tx.session.add(
        CalendarNotice(
            county_id=county_id, seq=queries.calendar_version(county_id) + 1, kind=kind.value, year=year, notice=notice, source=source,
            text=text, days=days, entered_at=tx.now, entered_by_id=actor.account_id,
        )
    )  # fmt: skip
    tx.session.flush()


def enter_regional_day(county_id: int, typed: TypedDay, *, source: str, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """Make a day a day off by a law of the region, never for a closure of the county (C-4)."""
    with transaction(clock=clock, once=once) as tx:
        found = _typed_day(tx, county_id, typed.day)
        may_be_regional(typed.day, None if found is None else DayKind(found.kind), source, typed.names).or_raise()
        kind = DayKind.REGIONAL_HOLIDAY.value
        tx.session.add(CalendarDay(county_id=county_id, day_on=typed.day, kind=kind, notice=source[:200], **typed.names.named()))
        _note(tx, county_id, NoticeKind.REGIONAL, typed.day.year, source[:200], source, "", [[typed.day.isoformat(), kind]], actor)
        record(tx, actor, "enter_regional_day", f"calendar:{typed.day}", source=source)
        for follow in after_calendar:
            follow(tx, county_id, actor)


def end_regional_day(county_id: int, day: date, *, source: str, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """A day is no day off by regional law after all; that it was entered stays in the list."""
    with transaction(clock=clock, once=once) as tx:
        found = _typed_day(tx, county_id, day)
        may_end_regional(day, None if found is None else DayKind(found.kind)).or_raise()
        assert found is not None
        tx.session.delete(found)
        _note(tx, county_id, NoticeKind.REGIONAL_ENDED, day.year, found.notice, source, "", [[day.isoformat(), found.kind]], actor)
        record(tx, actor, "end_regional_day", f"calendar:{day}", source=source)
        for follow in after_calendar:
            follow(tx, county_id, actor)


def _typed_day(tx: Transaction, county_id: int, day: date) -> CalendarDay | None:
    return tx.session.scalar(select(CalendarDay).where(CalendarDay.county_id == county_id, CalendarDay.day_on == day))
