"""Changing the network: levels, status, hours, settings, the calendar (N-1, N-2, C-4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.audit import AuditRecord, machine
from portal.database import NotFound, db
from portal.network import queries, services
from portal.network.models import PointStatusChange, ServicePoint
from portal.rules.clauses import Level
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.network import PointStatus
from portal.rules.texts import Text
from portal.rules.working_days import DayKind

ROOM, TOWN = "611026102002", "611026102000"
NAMES = Text("新设便民服务室", "新設便民服務室", "New room")


@pytest.fixture
def county(app: Flask) -> Iterator[int]:
    with app.app_context():
        yield queries.the_county().id


def _add(county: int, clock: Any, **other: Any) -> ServicePoint:
    told: dict[str, Any] = {"code": "611026102999", "level": Level.VILLAGE, "parent_code": TOWN, "names": NAMES}
    told |= {"status": PointStatus.TRIAL, "status_from_on": date(2026, 11, 23), "actor": machine(county), "clock": clock} | other
    return services.add_point(county, **told)


def test_a_room_is_added_below_its_town(county: int, clock: Any) -> None:
    _add(county, clock)
    point = queries.point_by_code(county, "611026102999")
    assert queries.point_by_code(county, TOWN).id == point.parent_id
    assert db.session.scalar(sa.select(AuditRecord.verb).where(AuditRecord.subject == "point:611026102999")) == "add_point"


def test_levels_only_go_down(county: int, clock: Any) -> None:
    rows: list[tuple[dict[str, Any], Reason]] = [
        ({"parent_code": "611026000000"}, Reason.LEVEL_NOT_BELOW),
        ({"parent_code": ROOM}, Reason.LEVEL_NOT_BELOW),
        ({"parent_code": None}, Reason.POINT_NEEDS_PARENT),
        ({"level": Level.COUNTY}, Reason.ROOT_HAS_NO_PARENT),
        ({"level": Level.SUB_CENTER}, Reason.LEVEL_NOT_BELOW),
    ]
    for other, reason in rows:
        with pytest.raises(NotAllowed) as refused:
            _add(county, clock, **other)
        assert (refused.value.decision.reason, refused.value.decision.rule) == (reason, "N-1")
    with pytest.raises(NotFound):
        queries.point_by_code(county, "611026102999")


def _change(county: int, clock: Any, to: PointStatus, on: date = date(2026, 11, 24)) -> None:
    services.change_point_status(county, ROOM, to, from_on=on, reason="搬迁", actor=machine(county), clock=clock)


def test_a_point_that_holds_cases_is_not_closed(county: int, clock: Any) -> None:
    asked: list[int] = []

    def holds_cases(point_id: int) -> Decision:
        asked.append(point_id)
        return Decision.no(Reason.UNDER_WAY, rule="N-2")

    services.before_closing.append(holds_cases)
    try:
        with pytest.raises(NotAllowed):
            _change(county, clock, PointStatus.SUSPENDED)
    finally:
        services.before_closing.remove(holds_cases)
    point = queries.point_by_code(county, ROOM)
    assert asked == [point.id]
    assert point.status == "operating"


def test_a_point_is_suspended_and_its_history_stays(county: int, clock: Any) -> None:
    _change(county, clock, PointStatus.SUSPENDED)
    point = queries.point_by_code(county, ROOM)
    assert (point.status, point.status_from_on) == ("suspended", date(2026, 11, 24))
    query = sa.select(PointStatusChange.status).where(PointStatusChange.point_id == point.id).order_by(PointStatusChange.id)
    assert list(db.session.scalars(query)) == ["operating", "suspended"]


def test_status_is_not_backdated_and_closed_is_the_end(county: int, clock: Any) -> None:
    with pytest.raises(NotAllowed) as early:
        _change(county, clock, PointStatus.CLOSED, date(2026, 11, 22))
    assert early.value.decision.reason is Reason.BACKDATED
    _change(county, clock, PointStatus.CLOSED)
    with pytest.raises(NotAllowed) as closed:
        _change(county, clock, PointStatus.OPERATING, date(2026, 11, 25))
    assert closed.value.decision.reason is Reason.POINT_IS_CLOSED


def test_a_setting_changes_from_its_day_on(county: int, clock: Any) -> None:
    services.put_setting(county, "posting_years", 3, from_on=date(2027, 1, 1), actor=machine(county), clock=clock)
    assert queries.setting(county, "posting_years", date(2026, 12, 31)) == 2
    assert queries.setting(county, "posting_years", date(2027, 1, 1)) == 3


def test_hours_are_said_anew(county: int, clock: Any) -> None:
    services.set_hours(county, ROOM, [services.Opening(1, "08:00", "12:00")], actor=machine(county), clock=clock)
    hours = queries.hours_of(queries.point_by_code(county, ROOM).id)
    assert [(row.weekday, row.opens, row.closes) for row in hours] == [(1, "08:00", "12:00")]


def test_entering_a_year_makes_its_dates_certain(county: int, clock: Any) -> None:
    eve = services.TypedDay(date(2027, 2, 5), DayKind.HOLIDAY, Text("春节", "春節", "Spring Festival"))
    worked = services.TypedDay(date(2027, 2, 14), DayKind.MOVED_WORKDAY, Text("调休", "調休", "Worked weekend"))
    assert queries.calendar_of(county).is_provisional(date(2027, 3, 1))
    told: dict[str, Any] = {"notice": "国办发明电〔2026〕9号（示例）", "actor": machine(county), "clock": clock}
    assert services.enter_calendar_year(county, 2027, days=[eve, worked], **told) == 2
    assert services.enter_calendar_year(county, 2027, days=[eve, worked], **told) == 0
    calendar = queries.calendar_of(county)
    assert not calendar.is_provisional(date(2027, 3, 1))
    assert calendar.is_working(date(2027, 2, 14))
    with pytest.raises(ValueError, match="2028"):
        far = services.TypedDay(date(2028, 5, 1), DayKind.HOLIDAY, Text("节", "節", "Holiday"))
        services.enter_calendar_year(county, 2027, days=[far], **told)
