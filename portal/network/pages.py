"""The words of the network's pages: levels, statuses, hours."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from portal.i18n import _, _lp, _p, told
from portal.network import queries
from portal.network.models import PointHours, PointStatus, ServicePoint
from portal.rules.moments import SHANGHAI
from portal.rules.moving import EmergencyKind
from portal.rules.working_days import Calendar
from portal.web.filters import day

LEVELS: dict[str, Any] = {
    "county": _lp("level", "County center"),
    "sub_center": _lp("level", "Sub-center"),
    "town": _lp("level", "Town center"),
    "village": _lp("level", "Village room"),
    "community": _lp("level", "Community room"),
}
STATUSES: dict[str, Any] = {
    "planned": _lp("status", "Planned"),
    "under_construction": _lp("status", "Under construction"),
    "trial": _lp("status", "On trial"),
    "operating": _lp("status", "Open for service"),
    "suspended": _lp("status", "Suspended"),
    "merged": _lp("status", "Merged"),
    "closed": _lp("status", "Closed"),
}
TONES = {"operating": "ok", "suspended": "warn", "planned": "off", "under_construction": "off", "merged": "off", "closed": "off"}
SERVING = frozenset({PointStatus.OPERATING.value, PointStatus.TRIAL.value})
WEEKDAYS: tuple[Any, ...] = (
    _lp("weekday", "Monday"),
    _lp("weekday", "Tuesday"),
    _lp("weekday", "Wednesday"),
    _lp("weekday", "Thursday"),
    _lp("weekday", "Friday"),
    _lp("weekday", "Saturday"),
    _lp("weekday", "Sunday"),
)
LOOK_AHEAD = 16  # days: past the longest holiday


EMERGENCIES: dict[str, Any] = {
    EmergencyKind.FLOOD: _lp("emergency", "flood or storm"),
    EmergencyKind.POWER: _lp("emergency", "power cut"),
    EmergencyKind.LINE: _lp("emergency", "the line is down"),
    EmergencyKind.OTHER: _lp("emergency", "emergency"),
}


def level_names(county_id: int, on: date) -> dict[str, Any]:
    """What the county calls its kinds of points, in the language of the page."""
    own = queries.setting(county_id, "level_names", on, default={}) or {}
    return {level: told(own.get(level)) or word for level, word in LEVELS.items()}


@dataclass(frozen=True, slots=True)
class Network:
    """The points of a county as the page shows them."""

    county: list[queries.Branch]  # the county center and its sub-centers
    towns: list[queries.Branch]
    number: int
    not_serving: int


def network(points: Collection[ServicePoint]) -> Network:
    """The county center, the sub-centers and the towns with their rooms."""
    tree = queries.as_tree(points)
    top = [branch for root in tree for branch in (root.below if root.point.level == "county" else [root])]
    return Network(
        county=[root for root in tree if root.point.level == "county"] + [branch for branch in top if branch.point.level == "sub_center"],
        towns=[branch for branch in top if branch.point.level != "sub_center"],
        number=len(points),
        not_serving=sum(1 for point in points if point.status not in SERVING),
    )


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, and what is to be known of it (lunch duty, by appointment)."""

    hours: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class HoursLine:
    """One line of the week: its days in words, and its spans; closed where there are none."""

    days: str
    spans: tuple[Span, ...]


def _spans(rows: Iterable[PointHours]) -> tuple[str, ...]:
    return tuple(f"{row.opens}–{row.closes}" for row in rows)


def week(rows: Collection[PointHours], on: date) -> list[HoursLine]:
    """The ordinary week of a point in words."""
    lines = []
    for first, last, hours in queries.week_of(rows, on):
        names = str(WEEKDAYS[first - 1]), str(WEEKDAYS[last - 1])
        several = _p("list", ", ").join(names) if last == first + 1 else _("%(first)s to %(last)s", first=names[0], last=names[1])
        spans = (Span(f"{row.opens}–{row.closes}", told((row.more or {}).get("note"))) for row in hours)
        lines.append(HoursLine(names[0] if first == last else several, tuple(spans)))
    return lines


@dataclass(frozen=True, slots=True)
class OpenNow:
    """Whether a point is open at a moment, in one sentence, and the hours of the day."""

    is_open: bool
    sentence: str
    today: tuple[str, ...] = ()


def open_now(point: ServicePoint, rows: Collection[PointHours], calendar: Calendar, now: datetime) -> OpenNow:
    """Open until when, or closed until when; a point that does not serve says what it is instead (N-2, N-5)."""
    here = now.astimezone(SHANGHAI)
    today, at = here.date(), here.strftime("%H:%M")
    if point.status not in SERVING:
        return OpenNow(False, _("No service here at present: %(status)s.", status=str(STATUSES[point.status])))
    hours = queries.open_on(rows, today, calendar)
    closes = ""
    for row in hours:  # hours that follow one another without a gap are one
        if row.opens <= (closes or at) and at < row.closes:
            closes = max(closes, row.closes)
    if closes:
        return OpenNow(True, _("Open now, until %(time)s.", time=closes), _spans(hours))
    later = next((row for row in hours if row.opens > at), None)
    if later is not None:
        return OpenNow(False, _("Closed now, opens today at %(time)s.", time=later.opens), _spans(hours))
    for ahead in range(1, LOOK_AHEAD):
        following = today + timedelta(days=ahead)
        opens = queries.open_on(rows, following, calendar)
        if opens:
            words = {"weekday": str(WEEKDAYS[following.weekday()]), "day": day(following), "time": opens[0].opens}
            return OpenNow(False, _("Closed now, opens on %(weekday)s, %(day)s, at %(time)s.", **words), _spans(hours))
    return OpenNow(False, _("Opening hours are not published yet. Please phone first."))
