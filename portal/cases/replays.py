"""What if: the facts for replaying a draft instrument over past cases (G-10). Reads only; what would have happened is said by `rules.replay`.

A past case is one that came in within the period and is closed. How it went is read from its events alone, put together by the database
into two texts a case, since most cases go the same few ways: each way is read once, and a case costs no more than the days of its hops.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import case as choice
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from portal.accounts.queries import SignedIn
from portal.authority import queries as authority
from portal.authority.models import Instrument
from portal.authority.queries import ItemShown, Saved
from portal.cases.models import Case, CaseEvent
from portal.cases.queries import PAGE, sees
from portal.catalogue.models import ItemVersion
from portal.database import db, is_sqlite
from portal.network import queries as network
from portal.network.models import ServicePoint, Window, WindowBody
from portal.rules.authority import Register
from portal.rules.clauses import ClauseTerms, ItemTerms, Level, WindowTerms
from portal.rules.grants import InstrumentDraft
from portal.rules.lifecycle import EventKind
from portal.rules.moments import civil_date, start_of
from portal.rules.replay import PastCase, Replay, Replayed, Stay, Sums, as_if_since, day_numbers, merged, replay, stretches, way_of

BY_HAND = ("applicant", "agent")  # a result handed to one of these was fetched: a trip; what went by post was none


# --- past cases ---------------------------------------------------------------------------------------------------------------


class _Way(NamedTuple):
    """What all cases of one sequence of events have in common; `hops` are places in the text of their days."""

    path: tuple[Stay, ...]
    hops: tuple[tuple[int, int], ...]
    visits: tuple[int, ...]


_DAY = 13  # characters of a moment as far as its hour: "2026-11-23 01"


def _way(steps: str) -> _Way:
    """seq:kind:window:handed-to, one for each event, in whatever order the database put them together."""
    parts = [part.split(":") for part in steps.split(",")]
    order = sorted(range(len(parts)), key=lambda place: int(parts[place][0]))
    events = [(EventKind(parts[place][1]), int(parts[place][2])) for place in order]
    path, hops = way_of(events)
    fetched = [int(parts[place][2]) for place in order if parts[place][3] in BY_HAND]
    places = tuple(((_DAY + 1) * order[first], (_DAY + 1) * order[last]) for first, last in hops)
    return _Way(path, places, (path[0][0], *fetched))


class _Numbers(dict[str, int]):
    """The number of the working day of a moment as the database writes it, worked out once an hour that occurs."""

    def __init__(self, number_of: Callable[[datetime], int]) -> None:
        self.number_of = number_of

    def __missing__(self, text: str) -> int:
        number = self[text] = self.number_of(datetime.strptime(text, "%Y-%m-%d %H").replace(tzinfo=timezone.utc))
        return number


def _text_of(column: Any, length: int) -> Any:
    """A moment as text, in UTC, as SQLite stores it."""
    if is_sqlite():
        return func.substr(sa.type_coerce(column, sa.String), 1, length)
    return func.substr(func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24:MI:SS.US"), 1, length)


def _together(expression: Any) -> Any:
    """The texts of a case's events as one. SQLite gives no order here; `_way` sorts them, by the numbers that they carry."""
    if is_sqlite():
        return func.group_concat(expression, ",")
    return func.string_agg(expression, aggregate_order_by(sa.literal(",", sa.String), CaseEvent.seq))


def _chosen(county_id: int, first: date, last: date, item_ids: Sequence[int]) -> list[Any]:
    """The one condition of a past case: of these items, come in within the period, closed."""
    return [
        Case.county_id == county_id,
        Case.is_open.is_(False),
        Case.item_id.in_(item_ids),
        Case.collected_at >= start_of(first),
        Case.collected_at < start_of(last + timedelta(days=1)),
    ]


def past_cases(
    county_id: int, first: date, last: date, item_ids: Sequence[int], number_of: Callable[[datetime], int]
) -> Iterator[tuple[str, PastCase]]:
    """Every past case of a period with the moment (as text, UTC) at which it came in. One query; `item` is the version it came in under."""
    kind = CaseEvent.kind
    handed_to = choice((kind == EventKind.DELIVERED.value, func.coalesce(CaseEvent.payload["to"].as_string(), "")), else_="")
    step = sa.cast(CaseEvent.seq, sa.String) + ":" + kind + ":" + sa.cast(CaseEvent.window_id, sa.String) + ":" + handed_to
    query = (
        select(
            Case.id, Case.version_id, Case.point_id, _text_of(Case.collected_at, 26), _together(step),
            _together(_text_of(CaseEvent.occurred_at, _DAY)),
        )
        .join(CaseEvent, CaseEvent.case_id == Case.id)
        .where(*_chosen(county_id, first, last, item_ids), CaseEvent.window_id.is_not(None))
        .group_by(Case.id)
    )  # fmt: skip
    numbers, ways = _Numbers(number_of), dict[str, _Way]()
    for rows in db.session.execute(query.execution_options(yield_per=2000)).partitions():
        for case_id, version_id, point_id, came_in, steps, days in rows:
            way = ways.get(steps)
            if way is None:
                way = ways[steps] = _way(steps)
            spent = tuple([numbers[days[last : last + _DAY]] - numbers[days[first : first + _DAY]] for first, last in way.hops])
            yield came_in, PastCase(case_id, version_id, point_id, way.path, spent, way.visits)


# --- registers of the time ------------------------------------------------------------------------------------------------------


class _Windows:
    """The windows that there ever were, each with the days of its own and of the bodies that it serves."""

    def __init__(self, county_id: int) -> None:
        query = select(
            Window.id, Window.code, Window.point_id, Window.is_general, Window.from_on, Window.until_on, ServicePoint.level
        ).join(ServicePoint, ServicePoint.id == Window.point_id)
        self.rows = db.session.execute(query.where(Window.county_id == county_id)).all()
        served = select(WindowBody.window_id, WindowBody.body_id, WindowBody.from_on, WindowBody.until_on)
        self.served = db.session.execute(served.where(WindowBody.county_id == county_id)).all()

    def on(self, day: date | None) -> dict[int, WindowTerms]:
        """Those of a day; without a day all, also those long closed."""
        bodies: dict[int, set[int]] = {}
        for row in self.served:
            if day is None or (row.from_on <= day and (row.until_on is None or row.until_on >= day)):
                bodies.setdefault(row.window_id, set()).add(row.body_id)
        return {
            row.id: WindowTerms(row.id, row.code, row.point_id, Level(row.level), frozenset(bodies.get(row.id, ())), row.is_general)
            for row in self.rows
            if day is None or (row.from_on <= day and (row.until_on is None or row.until_on >= day))
        }


@dataclass(frozen=True, slots=True)
class _Question:
    """A stored draft, what it replaces, and the items on which one of the two says anything: no other case can change."""

    instrument: Instrument
    draft: InstrumentDraft
    now: datetime
    items: Mapping[int, ItemTerms]  # by version
    then: tuple[ClauseTerms, ...]  # all clauses on these items, without the instrument's own
    dropped: frozenset[int]

    @property
    def item_ids(self) -> list[int]:
        return sorted({item.id for item in self.items.values()})


def _question(county_id: int, instrument_id: int, now: datetime) -> _Question:
    instrument = db.session.get_one(Instrument, instrument_id)
    draft = authority.draft_of(instrument, civil_date(now))
    every = authority.clauses(county_id)
    dropped = frozenset(one.id for one in every if one.instrument_id == instrument.supersedes_id)
    said = (*as_if_since(draft, now), *(one for one in every if one.id in dropped))
    versions = list(db.session.scalars(select(ItemVersion.id).where(ItemVersion.county_id == county_id)))
    known = authority.item_terms(county_id, versions, with_offers=False)
    items = {version_id: item for version_id, item in known.items() if any(clause.covers(item) for clause in said)}
    concerned = {item.id: item for item in items.values()}.values()
    then = tuple(one for one in every if one.instrument_id != instrument.id and any(one.covers(item) for item in concerned))
    return _Question(instrument, draft, now, items, then, dropped)


def _replayed(asked: _Question, county_id: int, first: date, last: date) -> Replay:
    windows, points = _Windows(county_id), authority.points(county_id)
    bounds = authority.ceilings(county_id, civil_date(asked.now))
    moments = stretches(asked.then, first, last)
    texts = [moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f") for moment in moments]
    number_of = day_numbers(network.calendar_of(county_id), first, max(last, civil_date(asked.now)))
    began: dict[int, list[PastCase]] = {}
    for came_in, case in past_cases(county_id, first, last, asked.item_ids, number_of):
        began.setdefault(bisect_right(texts, came_in) - 1, []).append(case)
    ever, of_draft = windows.on(None), {clause.window.id: clause.window for clause in asked.draft.clauses}
    found = []
    for place, cases in sorted(began.items()):
        at = moments[place]
        there = windows.on(civil_date(at))
        before = Register(points, there.values(), asked.then, at, bounds)
        kept = [clause for clause in asked.then if clause.id not in asked.dropped]
        after = Register(points, {**there, **of_draft}.values(), [*kept, *as_if_since(asked.draft, at)], at, bounds)
        found.append(replay(cases, before, after, items=asked.items, windows=ever))
    return merged(found)


# --- for the page ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChangedCase:
    """A case that would have gone otherwise, as far as the person may see it."""

    number: str
    facts: Replayed
    item: ItemShown
    point: ServicePoint


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a draft would have done in a period: in all, per item, per point (both those with most saved first), and the cases."""

    first: date
    last: date
    replay: Replay
    by_item: tuple[tuple[ItemShown, Sums], ...]
    by_point: tuple[tuple[ServicePoint, Sums], ...]
    cases: tuple[ChangedCase, ...]
    before: int | None  # the id before which the next page of cases begins
    elsewhere: tuple[date, date] | None  # where there are cases, if there are none here

    @property
    def total(self) -> Sums:
        return self.replay.total


def usual_period(today: date) -> tuple[date, date]:
    """The last twelve months, up to yesterday."""
    first = date(today.year - 1, today.month, min(today.day, 28))
    return first, today - timedelta(days=1)


def what_if(person: SignedIn, instrument_id: int, first: date, last: date, now: datetime, *, before: int | None = None) -> WhatIf:
    """Replay a draft over a period. That the instrument exists for the person is asked before; cases are listed as far as they do."""
    asked = _question(person.county_id, instrument_id, now)
    found = _replayed(asked, person.county_id, first, last)
    names = {one.terms.id: one for one in _names(asked)}
    of_item: dict[int, Sums] = {}
    for version_id, sums in found.by_item.items():
        of_item.setdefault(asked.items[version_id].id, Sums()).add(sums)
    places = network.points_by_id(found.by_point)
    items = [(names[item_id], sums) for item_id, sums in of_item.items()]
    points = [(places[point_id], sums) for point_id, sums in found.by_point.items()]
    cases, more = _visible(person, asked, found.changed, names, first, last, before)
    return WhatIf(
        first=first,
        last=last,
        replay=found,
        by_item=tuple(sorted(items, key=lambda one: (_rank(one[1]), one[0].code))),
        by_point=tuple(sorted(points, key=lambda one: (_rank(one[1]), one[0].code))),
        cases=cases,
        before=more,
        elsewhere=None if found.total.cases else _elsewhere(person.county_id, asked),
    )


def _rank(sums: Sums) -> tuple[int, ...]:
    return (-sums.handoffs_saved, -sums.days_saved, -sums.changed, -sums.cases)


def _names(asked: _Question) -> list[ItemShown]:
    """The items with their names, the newest version of each last."""
    query = select(ItemVersion.id, ItemVersion.name, ItemVersion.name_hant, ItemVersion.name_en).where(ItemVersion.id.in_(list(asked.items)))
    rows = db.session.execute(query.order_by(ItemVersion.version))
    return [ItemShown(asked.items[row.id], row.id, row.name, row.name_hant, row.name_en) for row in rows]


def _elsewhere(county_id: int, asked: _Question) -> tuple[date, date] | None:
    """From when to when closed cases of these items came in; None where there never was one."""
    query = select(func.min(Case.collected_at), func.max(Case.collected_at)).where(
        Case.county_id == county_id, Case.is_open.is_(False), Case.item_id.in_(asked.item_ids)
    )
    first, last = db.session.execute(query).one()
    return None if first is None else (civil_date(first), civil_date(last))


def _visible(
    person: SignedIn,
    asked: _Question,
    changed: Sequence[Replayed],
    names: Mapping[int, ItemShown],
    first: date,
    last: date,
    before: int | None,
) -> tuple[tuple[ChangedCase, ...], int | None]:
    """A page of the changed cases that exist for the person (C-30), newest first, and where the next begins. Two queries, and the points."""
    facts = {one.id: one for one in changed if before is None or one.id < before}
    if not facts:
        return (), None
    chosen = [*_chosen(person.county_id, first, last, asked.item_ids), Case.id <= max(facts), Case.id >= min(facts)]
    mine = select(Case.id).where(*chosen, sees(person, civil_date(asked.now))).order_by(Case.id.desc())
    page: list[int] = []
    for case_id in db.session.scalars(mine.execution_options(yield_per=500)):
        if case_id in facts:
            page.append(case_id)
            if len(page) > PAGE:
                break
    rows = db.session.execute(select(Case.id, Case.number).where(Case.id.in_(page[:PAGE])).order_by(Case.id.desc())).all()
    places = network.points_by_id({facts[row.id].point for row in rows})
    cases = tuple(
        ChangedCase(row.number, facts[row.id], names[asked.items[facts[row.id].item].id], places[facts[row.id].point]) for row in rows
    )
    return cases, page[PAGE - 1] if len(page) > PAGE else None


def saved_by(county_id: int, instrument_id: int, now: datetime) -> Saved | None:
    """The answer to `authority.queries.savings`: the figures of the last twelve months; None where there was no case."""
    first, last = usual_period(civil_date(now))
    asked = _question(county_id, instrument_id, now)
    total = _replayed(asked, county_id, first, last).total
    if not total.cases:
        return None
    return Saved(
        first, last, total.cases, total.below_before, total.below_after, total.handoffs_saved, total.days_saved, total.trips_saved,
        total.stranded, f"/manage/instruments/{instrument_id}/what-if",
    )  # fmt: skip
