"""What if: a draft instrument replayed over past cases (G-10). Writes nothing, invents nothing.

A past case is the way that it went: the windows in order, the powers used at each, and the working days that each hop cost. It is gone
again with the clauses of the time plus the draft's. Only the *difference* between the two registers moves a step, so the same register
twice saves nothing, whatever people did. Each step, the case being `here`:

1. is done here if this window holds the power after, unless the case was in fact here then, the window held it before as well, and the
   case was sent on all the same: that is no lack of power, and the draft does not heal it (`mailroom` counts it);
2. else by the nearest window of the chain, if it is the draft that made it the nearest holder;
3. else by the window that did it in fact, unless the draft takes the power from it;
4. else by the nearest that holds it after; or else by nobody: the case is *stranded*, and nothing is counted as saved.

A result is handed over where it was in fact, if the case still comes by there (C-7), before these four; and where the draft makes a nearer
window that the case came by able to hand it over, there.

What is kept and what is added: a move that was made in fact, between the same two windows, keeps its hops and their days, relays
included. A hop is a leg that was received, with its days from sending to the first act at the window where it arrived (to sending on,
where nothing was done). Working time is never counted as saved: it moves with the step. A hop that would not have happened saves its days;
an added one is charged, to be on the safe side, with the longest of those avoided in the same case, and where none is left with one working
day, in which a leg should be received (C-6). A recorded visit of the applicant is saved if its window is not on the new way, and
what was done there is done where the applicant was in any case. A case whose windows come in the same order as they did is unchanged, even
where a step moves from one of them to another. Windows, postings and people are taken to have coped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from portal.rules.authority import Register
from portal.rules.clauses import ClauseTerms, ItemId, ItemTerms, Level, Mandate, PointId, PointTerms, Power, WindowId, WindowTerms
from portal.rules.grants import InstrumentDraft
from portal.rules.in_flight import Course
from portal.rules.lifecycle import EventKind
from portal.rules.moments import civil_date, start_of
from portal.rules.working_days import Calendar

ADDED_HOP_DAYS = 1
"""What an added hop costs where no avoided one stands against it: a leg is received within one working day (C-6)."""

Stay: TypeAlias = tuple[WindowId, tuple[Power, ...]]
"""A window that held the case, and the powers used there, in order; none where it only passed through."""


class PastCase(NamedTuple):
    """A closed case as it went. `days` has one number for each hop, so one fewer than `path` has stays.

    `item` is the key of `replay`'s items (an item, or the version under which it was received); `visits` the windows to which the
    applicant's recorded trips went. Cases that went the same way share their work, so the fewer different paths, the faster.
    """

    id: int
    item: ItemId
    point: PointId
    path: tuple[Stay, ...]
    days: tuple[int, ...]
    visits: tuple[WindowId, ...] = ()


class Replayed(NamedTuple):
    """A case that would have gone otherwise. The levels are the highest that it reached; days may be negative: the draft costs them."""

    id: int
    item: ItemId
    point: PointId
    handoffs_before: int
    handoffs_after: int
    days_saved: int
    trips_saved: int
    level_before: Level
    level_after: Level
    is_stranded: bool

    @property
    def is_kept_below(self) -> bool:
        """Finished in town or village by the draft, which in fact went to the county."""
        return not self.is_stranded and self.level_before.rank == 0 < self.level_after.rank


@dataclass(slots=True)
class Sums:
    """What is added up over cases. `days_before` are those of all hops; `below` counts what never left town and village."""

    cases: int = 0
    changed: int = 0
    stranded: int = 0
    handoffs_before: int = 0
    handoffs_after: int = 0
    days_before: int = 0
    days_saved: int = 0
    trips_before: int = 0
    trips_saved: int = 0
    below_before: int = 0
    below_after: int = 0

    @property
    def handoffs_saved(self) -> int:
        return self.handoffs_before - self.handoffs_after

    def add(self, other: Sums) -> None:
        """Take in the sums of other cases."""
        self.cases += other.cases
        self.changed += other.changed
        self.stranded += other.stranded
        self.handoffs_before += other.handoffs_before
        self.handoffs_after += other.handoffs_after
        self.days_before += other.days_before
        self.days_saved += other.days_saved
        self.trips_before += other.trips_before
        self.trips_saved += other.trips_saved
        self.below_before += other.below_before
        self.below_after += other.below_after


@dataclass(frozen=True, slots=True)
class Replay:
    """What the draft would have done: in all, per item, per point, per both; and the cases that change, by id."""

    total: Sums
    by_item: Mapping[ItemId, Sums]
    by_point: Mapping[PointId, Sums]
    by_both: Mapping[tuple[ItemId, PointId], Sums]
    changed: tuple[Replayed, ...]


# --- the replay ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What becomes of every case of one shape: the hops avoided, the number added, and the rest that needs no days."""

    is_changed: bool
    avoided: tuple[int, ...]
    added: int
    handoffs_after: int
    trips_saved: int
    level_before: Level
    level_after: Level
    is_stranded: bool

    def days_saved(self, days: Sequence[int]) -> int:
        if not self.added:
            return sum(days[hop] for hop in self.avoided)
        cheapest = sorted(days[hop] for hop in self.avoided)[: max(0, len(self.avoided) - self.added)]
        return sum(cheapest) - ADDED_HOP_DAYS * max(0, self.added - len(self.avoided))


def replay(
    cases: Iterable[PastCase],
    before: Register,
    after: Register,
    *,
    items: Mapping[ItemId, ItemTerms],
    windows: Mapping[WindowId, WindowTerms],
) -> Replay:
    """What past cases would have saved under `after`, compared with `before` and with what happened (G-10; exact in the module's text).

    `before` holds the clauses of the time, `after` those and the draft's (`as_if_since`), without what the draft supersedes. Where the
    clauses changed within the period, replay each stretch with its own registers (`stretches`) and add them up (`merged`). Every case's item,
    point and windows must be in the mappings and registers, merged and closed ones too: KeyError otherwise.
    """
    groups: dict[tuple[ItemId, PointId, tuple[Stay, ...], tuple[WindowId, ...]], list[PastCase]] = {}
    for case in cases:
        key = (case.item, case.point, case.path, case.visits)
        group = groups.get(key)
        if group is None:
            groups[key] = [case]
        else:
            group.append(case)
    comparison = _Comparison(before, after, windows)
    both: dict[tuple[ItemId, PointId], Sums] = {}
    changed: list[Replayed] = []
    for (item_key, point_key, path, visits), group in groups.items():
        point = before.points[point_key]
        item = after.seen_from(before.seen_from(items[item_key], point), point)  # clauses bound to a territory (G-1)
        powers = comparison.powers_on((item_key, None if item is items[item_key] else point_key), item)
        outcome = comparison.outcome(powers, point, path, visits)
        n, hops, spent, saved = len(group), len(path) - 1, 0, 0
        for case in group:
            spent += sum(case.days)
        if outcome.is_changed:
            for case in group:
                days = 0 if outcome.is_stranded else outcome.days_saved(case.days)
                saved += days
                changed.append(
                    Replayed(
                        case.id, item_key, point_key, hops, outcome.handoffs_after, days, outcome.trips_saved,
                        outcome.level_before, outcome.level_after, outcome.is_stranded,
                    )
                )  # fmt: skip
        sums = both.get((item_key, point_key))
        if sums is None:
            sums = both[item_key, point_key] = Sums()
        sums.cases += n
        sums.handoffs_before += n * hops
        sums.handoffs_after += n * outcome.handoffs_after
        sums.days_before += spent
        sums.trips_before += n * len(visits)
        if outcome.level_before.rank:
            sums.below_before += n
        if outcome.level_after.rank and not outcome.is_stranded:
            sums.below_after += n
        if outcome.is_changed:
            sums.changed += n
            sums.days_saved += saved
            sums.trips_saved += n * outcome.trips_saved
            sums.stranded += n if outcome.is_stranded else 0
    changed.sort()
    return _summed(both, tuple(changed))


def merged(replays: Iterable[Replay]) -> Replay:
    """Replays of different cases as one."""
    both: dict[tuple[ItemId, PointId], Sums] = {}
    changed: list[Replayed] = []
    for one in replays:
        changed += one.changed
        for key, sums in one.by_both.items():
            both.setdefault(key, Sums()).add(sums)
    changed.sort()
    return _summed(both, tuple(changed))


def _summed(both: Mapping[tuple[ItemId, PointId], Sums], changed: tuple[Replayed, ...]) -> Replay:
    total, by_item, by_point = Sums(), dict[ItemId, Sums](), dict[PointId, Sums]()
    for (item_key, point_key), sums in both.items():
        for other in (total, by_item.setdefault(item_key, Sums()), by_point.setdefault(point_key, Sums())):
            other.add(sums)
    return Replay(total, MappingProxyType(by_item), MappingProxyType(by_point), MappingProxyType(dict(both)), changed)


@dataclass(frozen=True, slots=True)
class _Held:
    """Which windows hold a power on an item: before, after, and only after."""

    had: Set[WindowId]
    has: Set[WindowId]
    gained: Set[WindowId]


class _Powers:
    """Who holds which power on one item under the two registers, and who is nearest to a point after."""

    def __init__(self, item: ItemTerms, before: Course, after: Course) -> None:
        self.item, self.after = item, after.register
        self.held: dict[Power, _Held] = {}
        for power in Power:
            had, has = before.held(item, power).keys(), after.held(item, power).keys()
            self.held[power] = _Held(had, has, has - had)
        self.is_touched = any(held.had != held.has for held in self.held.values())
        self._nearest: dict[tuple[Power, PointId], WindowId | None] = {}

    def nearest(self, power: Power, point: PointTerms) -> WindowId | None:
        key = (power, point.id)
        if key not in self._nearest:
            found = self.after.nearest(power, self.item, point)
            self._nearest[key] = None if found is None else found.window.id
        return self._nearest[key]


class _Comparison:
    """The two registers beside each other."""

    def __init__(self, before: Register, after: Register, windows: Mapping[WindowId, WindowTerms]) -> None:
        self.before, self.after = Course(before), Course(after)
        self.windows = windows
        self._powers: dict[tuple[ItemId, PointId | None], _Powers] = {}

    def powers_on(self, key: tuple[ItemId, PointId | None], item: ItemTerms) -> _Powers:
        if key not in self._powers:
            self._powers[key] = _Powers(item, self.before, self.after)
        return self._powers[key]

    def outcome(self, powers: _Powers, point: PointTerms, path: Sequence[Stay], visits: Sequence[WindowId]) -> _Outcome:
        """Go the way again, step by step."""
        if not powers.is_touched:
            return self._unchanged(path, is_stranded=False)
        way = _Way(path)
        here, in_fact, at = path[0][0], path[0][0], 0
        done: list[tuple[WindowId, WindowId]] = []  # where each step was done in fact, and where it would be
        for place, (window_id, used) in enumerate(path):
            for power in used:
                target = self._who(powers, point, power, here, in_fact, window_id, way.seen)
                if target is None:
                    return self._unchanged(path, is_stranded=True)
                if here == in_fact and target == window_id:
                    way.keep(at, place)
                elif here != target:
                    way.move(here, target)
                done.append((window_id, target))
                here, in_fact, at = target, window_id, place
        if here == in_fact:
            way.keep(at, len(path) - 1)
        if len(way.kept) == len(path) - 1 and not way.added:
            return self._unchanged(path, is_stranded=False)
        avoided = tuple(hop for hop in range(len(path) - 1) if hop not in way.kept)
        return _Outcome(
            is_changed=True,
            avoided=avoided,
            added=way.added,
            handoffs_after=len(way.kept) + way.added,
            trips_saved=_trips_saved(visits, path[0][0], way.seen, done),
            level_before=self._highest(window_id for window_id, _ in path),
            level_after=self._highest(way.seen),
            is_stranded=False,
        )

    def _unchanged(self, path: Sequence[Stay], *, is_stranded: bool) -> _Outcome:
        level = self._highest(window_id for window_id, _ in path)
        return _Outcome(is_stranded, (), 0, len(path) - 1, 0, level, level, is_stranded)

    def _highest(self, window_ids: Iterable[WindowId]) -> Level:
        return min((self.windows[one].level for one in window_ids), key=lambda level: level.rank)

    def _who(
        self,
        powers: _Powers,
        point: PointTerms,
        power: Power,
        here: WindowId,
        in_fact: WindowId,
        actual: WindowId,
        seen: Set[WindowId],
    ) -> WindowId | None:
        """The window that would do this step; None if nobody. `in_fact` is where the case was then, `actual` the one that did it."""
        held = powers.held[power]
        is_lost = actual in held.had and actual not in held.has
        drafted = powers.nearest(power, point) if held.gained else None
        if drafted not in held.gained:
            drafted = None
        if power is Power.DELIVER:
            if drafted is not None and drafted in seen:
                return drafted
            if actual in seen and not is_lost:
                return actual
        if here == actual and not is_lost:
            return here
        if here in held.has and (here != in_fact or here not in held.had):
            return here
        if drafted is not None and power is not Power.DELIVER:
            return drafted
        if not is_lost:
            return actual
        return here if here in held.has else powers.nearest(power, point)


class _Way:
    """The new way under construction: which hops of the old one it keeps, how many it adds, and the windows that it comes by."""

    def __init__(self, path: Sequence[Stay]) -> None:
        self.path = path
        self.kept: set[int] = set()
        self.added = 0
        self.seen = {path[0][0]}

    def keep(self, first: int, last: int) -> None:
        """The case goes on as it did, from one stay to a later one."""
        for hop in range(first, last):
            self.seen.add(self.path[hop + 1][0])
            if hop in self.kept:  # a move before took it
                self.added += 1
            self.kept.add(hop)

    def move(self, here: WindowId, there: WindowId) -> None:
        """The case goes from here to there: by a hop that it took in fact at some time, or by one that is added."""
        self.seen.add(there)
        for hop in range(len(self.path) - 1):
            if hop not in self.kept and (self.path[hop][0], self.path[hop + 1][0]) == (here, there):
                self.kept.add(hop)
                return
        self.added += 1


def _trips_saved(visits: Sequence[WindowId], first: WindowId, seen: Set[WindowId], done: Iterable[tuple[WindowId, WindowId]]) -> int:
    """Recorded visits to windows that are on the new way no more, and whose steps are done where the applicant was in any case."""
    was_there = {first, *visits}
    avoided = set(visits) - set(seen)
    moved = {actual for actual, target in done if actual in avoided and target not in was_there - avoided}
    return sum(1 for window_id in visits if window_id in avoided and window_id not in moved)


# --- registers of the time -----------------------------------------------------------------------------------------------------


def as_if_since(draft: InstrumentDraft, since: datetime, number: str = "") -> tuple[ClauseTerms, ...]:
    """The draft's clauses as if they had been in force from that moment on, without an end; their ids are negative (G-10)."""
    receiving = draft.receiving_body if draft.mandate is Mandate.ENTRUSTMENT else None
    return tuple(
        ClauseTerms(
            id=-place,
            instrument_id=0,
            instrument_number=number,
            window_id=clause.window.id,
            body_id=draft.body.id,
            mandate=draft.mandate,
            powers=clause.powers,
            from_on=civil_date(since),
            item_ids=None if clause.items is None else frozenset(item.id for item in clause.items),
            receiving_body_id=None if receiving is None else receiving.id,
            registered_at=since,
            post=clause.post,
            condition=clause.condition,
        )
        for place, clause in enumerate(draft.clauses, 1)
    )


def stretches(clauses: Iterable[ClauseTerms], first: date, last: date) -> tuple[datetime, ...]:
    """The moments from 00:00 of the first day to the last at which the clauses in force change, the first always among them.

    From each to the next one register answers for every case that began in between.
    """
    start, end = start_of(first), start_of(last + timedelta(days=1))
    found = {moment for clause in clauses for moment in (clause.begins_at, clause.ends_at) if moment is not None}
    return (start, *sorted(moment for moment in found if start < moment < end))


# --- past cases from events ----------------------------------------------------------------------------------------------------

_POWER_OF: Mapping[EventKind, Power] = MappingProxyType(
    {
        EventKind.COLLECTED: Power.COLLECT,
        EventKind.ACCEPTED: Power.ACCEPT,
        EventKind.REVIEWED: Power.REVIEW,
        EventKind.DECIDED: Power.DECIDE,
        EventKind.CERTIFIED: Power.CERTIFY,
        EventKind.DELIVERED: Power.DELIVER,
        EventKind.FINISHED: Power.FINISH,
    }
)

Happened: TypeAlias = tuple[EventKind, WindowId, datetime]
"""What happened, at which window, when: an event of the case, of a window act."""


def way_of(steps: Iterable[tuple[EventKind, WindowId]]) -> tuple[tuple[Stay, ...], tuple[tuple[int, int], ...]]:
    """The path of a case from its events, in order, and for each hop the two events (by place) between which its days are counted.

    Legs returned or recalled are no hops; the days that they cost are nobody's here, and not claimed.
    """
    stays: list[tuple[WindowId, list[Power]]] = []
    hops: list[tuple[int, int]] = []
    sent: int | None = None
    hop_from: int | None = None  # the event that sent the hop to the present stay, until something is done here
    arrived = 0
    for place, (kind, window_id) in enumerate(steps):
        if not stays:
            stays.append((window_id, []))
        if kind is EventKind.HANDED_OFF:
            sent = place
        elif kind in (EventKind.RECEIVED, EventKind.LEG_RECEIVED) and sent is not None:
            if hop_from is not None:
                hops.append((hop_from, sent))
            stays.append((window_id, []))
            hop_from, arrived, sent = sent, place, None
        elif kind in (EventKind.LEG_RETURNED, EventKind.RECALLED):
            sent = None
        power = _POWER_OF.get(kind)
        if power is not None:
            stays[-1][1].append(power)
            if hop_from is not None:
                hops.append((hop_from, place))
                hop_from = None
    if hop_from is not None:
        hops.append((hop_from, arrived))
    return tuple((window_id, tuple(powers)) for window_id, powers in stays), tuple(hops)


def past_path(events: Iterable[Happened], number_of: Callable[[datetime], int]) -> tuple[tuple[Stay, ...], tuple[int, ...]]:
    """The path and the days of each hop from a case's events, in order; `number_of` numbers working days (`day_numbers`)."""
    listed = list(events)
    path, hops = way_of((kind, window_id) for kind, window_id, _at in listed)
    return path, tuple(number_of(listed[last][2]) - number_of(listed[first][2]) for first, last in hops)


def day_numbers(calendar: Calendar, first: date, last: date) -> Callable[[datetime], int]:
    """A numbering of moments by working day, from the first to the last day: the difference of two is the working days from one to the
    other, the day of the first not counted (C-4). KeyError outside; quick, for it is asked twice a hop.
    """
    numbers: dict[date, int] = {}
    number, day = 0, first
    while day <= last:
        number += calendar.is_working(day)
        numbers[day] = number
        day += timedelta(days=1)
    return lambda moment: numbers[civil_date(moment)]
