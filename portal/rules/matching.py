"""Which bodies go to which enterprise on which open day, so that few visits serve many wishes (综合查一次; Q-4, Q-10, Q-11).

Bodies want enterprises; open days are few. `propose` gives each wish a day, lets those of one enterprise come together wherever their
days and inspectors allow it, and says how far from the least possible number of visits it stands (`Matching.lower_bound`).

The choices that the domain leaves, all in one place:

- As many wishes as possible are given a day first; of all ways to do that, one with few visits is sought. An enterprise and a day with
  however many bodies is *one* visit (Q-3).
- Of several bodies that want one enterprise on one line in the year, one goes (Q-4): whom a superior named; else whoever has a day at
  all; else one that is not vertically managed, since that one would have to coordinate first; else the first by code. All are reported.
- A body's own second wish at one enterprise is over its cap (Q-3) and reported as such; the first by number stays.
- A day on which the enterprise has a visit already is not offered again, and those visits count for the week and month of Q-11: at most
  one visit a day, two a week (Monday to Sunday), three a calendar month, a joint one being one.
- Inspectors go in pairs; a pair makes one visit a day. `Team.pairs` says how many are free on each day; a wish may need several.
- The lead is the body that a superior named for its line here; else the one with the most pairs left free on that day; else the first by code.
- The same input and seed give the same answer: nothing looks at a clock, all ends after a number of steps (`effort`).

How: enterprises are put in one after the other at the fewest days that each needs, where the pairs of a day are full somebody else is put
out and sought another place for (dearer with each time); what still has none is divided over more days, or another wish of the same
body moves along a chain; at last neighbours are taken out and put back wherever that saves a visit.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from math import ceil, inf

from portal.rules.quiet_days import NamedLevel

A_WEEK, A_MONTH = 2, 3
"""How many visits an enterprise has at most in a week and a month before an alarm (Q-11); a day has one."""
EFFORT, EACH = 12_000, 40
"""Steps of the search for places, and for each wish; most instances need a few hundred. A third of it without progress is enough."""
ROUNDS = 80
"""Steps of the lower bound: each looks at all enterprises."""

_DROPPED, _VISIT = 1e7, 1e4  # what a wish without a day, and a visit, cost in the search


@dataclass(frozen=True, slots=True)
class Want:
    """A body wants to visit an enterprise in the year: for a matter of this line, in these months (none named: any) and days (None: any).

    `needs`: how many pairs of inspectors it takes.
    """

    id: int
    body: int
    enterprise: int
    line: str
    months: frozenset[int] = frozenset()
    days: frozenset[date] | None = None
    needs: int = 1

    def allows(self, day: date) -> bool:
        return (not self.months or day.month in self.months) and (self.days is None or day in self.days)


@dataclass(frozen=True, slots=True)
class Site:
    """An enterprise: its open days, added quiet days respected (Q-1, Q-9), and the days of its other visits, made or approved."""

    enterprise: int
    open_days: tuple[date, ...]
    visited: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """The inspectors of a body: how many pairs are free on each day; a day that is not named has none."""

    body: int
    code: str
    pairs: Mapping[date, int]
    is_vertical: bool = False


class Left(StrEnum):
    """Why a wish has no day."""

    LINE_TAKEN = "line_taken"
    NOT_NAMED = "not_named"
    OVER_CAP = "over_cap"
    NO_OPEN_DAY = "no_open_day"
    NO_PAIR = "no_pair"
    ENTERPRISE_FULL = "enterprise_full"
    BODY_FULL = "body_full"


class PartState(StrEnum):
    """What a body said to a visit that is proposed to it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A wish without a day. `instead`: the body that goes on its line (Q-4)."""

    want: Want
    why: Left
    instead: int | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """Several bodies want one enterprise on one line in the year: one goes (Q-4). `instrument`: by which paper a superior named it."""

    enterprise: int
    line: str
    bodies: tuple[int, ...]
    goes: int | None
    instrument: str = ""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A visit that is proposed: joint where several bodies make it. Bodies by code, the wishes in the same order."""

    enterprise: int
    day: date
    bodies: tuple[int, ...]
    wants: tuple[int, ...]
    lead: int

    @property
    def is_joint(self) -> bool:
        return len(set(self.bodies)) > 1


@dataclass(frozen=True, slots=True)
class Matching:
    """What is proposed. `lower_bound`: no way to give as many wishes a day has fewer visits. `alone`, `alone_left`: the visits that each
    body would make on its own at the first free day, and the wishes that would find none."""

    visits: tuple[Proposed, ...]
    unplaced: tuple[Unplaced, ...]
    clashes: tuple[Clash, ...]
    lower_bound: int
    alone: int
    alone_left: int
    seed: int = 0

    @property
    def placed(self) -> int:
        return sum(len(visit.wants) for visit in self.visits)

    @property
    def saved(self) -> int:
        """Visits that enterprises are spared."""
        return self.alone - len(self.visits)


def propose(
    wants: Iterable[Want],
    sites: Iterable[Site],
    teams: Iterable[Team],
    *,
    year: int,
    named: Iterable[NamedLevel] = (),
    caps: Mapping[int, int] | None = None,
    seed: int = 0,
    effort: int | None = None,
    rounds: int = ROUNDS,
) -> Matching:
    """Proposed visits of a year, what has no day and why, clashes, bound and saving (Q-10). `caps`: body → routine visits a year and
    enterprise where it is not one (Q-3). ValueError for a wish of an unknown body or enterprise, or two of one number."""
    all_wants = sorted(wants, key=lambda want: want.id)
    of_site = {site.enterprise: site for site in sites}
    of_team = {team.body: team for team in teams}
    for want in all_wants:
        if want.enterprise not in of_site or want.body not in of_team or want.needs < 1:
            raise ValueError(f"wish {want.id} is of an unknown body or enterprise, or needs nobody")
    if len({want.id for want in all_wants}) != len(all_wants):
        raise ValueError("two wishes of one number")
    papers = tuple(named)
    lefts: list[Unplaced] = []
    possible: list[Want] = []
    for want in all_wants:
        why = _never(want, of_site[want.enterprise], of_team[want.body], year)
        if why is None:
            possible.append(want)
        else:
            lefts.append(Unplaced(want, why))
    chosen, clashes, stay = _one_a_line(all_wants, {want.id for want in possible}, of_team, papers, year)
    lefts = [each for each in lefts if each.want.id not in {one.want.id for one in stay}] + stay
    going, over = _within_caps([want for want in possible if want.id in chosen], caps or {})
    lefts += over
    search = _Search(going, of_site, of_team, year, random.Random(f"matching {seed}"))  # noqa: S311
    search.run(min(EFFORT, EACH * len(going)) if effort is None else effort)
    visits = tuple(_visits(search, of_team, papers, year))
    lefts += [Unplaced(search.wants[number], search.why_left(number)) for number in search.left()]
    alone, alone_left = _alone(search)
    bound = _Bound(search, len(visits)).lower_bound(rounds)
    lefts.sort(key=lambda each: each.want.id)
    return Matching(visits, tuple(lefts), clashes, bound, alone, alone_left, seed)


# --- before the search: what can never be, and what the law leaves out ----------------------------------------------------------------


def _never(want: Want, site: Site, team: Team, year: int) -> Left | None:
    """Why no day at all can be had, whoever else goes; None where there is one."""
    days = [day for day in site.open_days if day.year == year and want.allows(day)]
    if not days:
        return Left.NO_OPEN_DAY
    days = [day for day in days if may_add(site.visited, day)]
    if not days:
        return Left.ENTERPRISE_FULL
    return None if any(team.pairs.get(day, 0) >= want.needs for day in days) else Left.NO_PAIR


def may_add(days: Collection[date], day: date) -> bool:
    """May an enterprise with visits on these days have one more on that day: one a day, two a week, three a month? (Q-11)"""
    week, month = day.isocalendar()[:2], (day.year, day.month)
    return (
        day not in days
        and sum(each.isocalendar()[:2] == week for each in days) < A_WEEK
        and sum((each.year, each.month) == month for each in days) < A_MONTH
    )


def named_body(named: Iterable[NamedLevel], line: str, enterprise: int, year: int) -> NamedLevel | None:
    """Whom a superior named for a line: for this enterprise before for all, and of several what is given first (Q-4)."""
    found = [each for each in named if (each.line, each.year) == (line, year) and each.enterprise in (None, enterprise)]
    return min(found, key=lambda each: each.enterprise is None, default=None)


def _one_a_line(
    wants: Sequence[Want], possible: Collection[int], teams: Mapping[int, Team], named: Sequence[NamedLevel], year: int
) -> tuple[set[int], tuple[Clash, ...], list[Unplaced]]:
    """The wishes of those who go, the clashes, and those who stay: one body for each enterprise and line in a year (Q-4)."""
    groups: dict[tuple[int, str], list[Want]] = {}
    for want in wants:
        groups.setdefault((want.enterprise, want.line), []).append(want)
    going: set[int] = set()
    clashes: list[Clash] = []
    stay: list[Unplaced] = []
    for (enterprise, line), group in sorted(groups.items()):
        bodies = sorted({want.body for want in group}, key=lambda body: teams[body].code)
        paper = named_body(named, line, enterprise, year)
        able = {want.body for want in group if want.id in possible}
        goes = min(bodies, key=lambda body: (body not in able, teams[body].is_vertical, teams[body].code))
        chosen = goes if paper is None else paper.body
        if len(bodies) > 1:
            goer = chosen if chosen in bodies else None
            clashes.append(Clash(enterprise, line, tuple(bodies), goer, "" if paper is None else paper.instrument))
        for want in group:
            if want.body == chosen:
                going.add(want.id)
            else:
                stay.append(Unplaced(want, Left.LINE_TAKEN if paper is None else Left.NOT_NAMED, chosen))
    return going, tuple(clashes), stay


def _within_caps(wants: Sequence[Want], caps: Mapping[int, int]) -> tuple[list[Want], list[Unplaced]]:
    """The wishes within each body's cap at an enterprise, and those over it (Q-3)."""
    used: dict[tuple[int, int], int] = {}
    kept: list[Want] = []
    over: list[Unplaced] = []
    for want in wants:
        key = (want.body, want.enterprise)
        if used.get(key, 0) < caps.get(want.body, 1):
            used[key] = used.get(key, 0) + 1
            kept.append(want)
        else:
            over.append(Unplaced(want, Left.OVER_CAP))
    return kept, over


# --- the search -----------------------------------------------------------------------------------------------------------------------

Pattern = dict[int, int]
"""Wish → day, both by their place in the search's lists; a wish that is not in it has no day."""


@dataclass(slots=True)
class _Place:
    """An enterprise in the search: its wishes, and the days on which it has a visit already."""

    wants: list[int]
    visited: tuple[int, ...]
    common: tuple[int, ...]  # the days that all its wishes allow
    least: int = 1  # days that its wishes need by themselves, whatever the pairs
    put_out: int = 0


@dataclass(slots=True)
class _Days:
    """The week and the month of each day, and what Q-11 leaves of them."""

    week: list[int]
    month: list[int]

    def may_add(self, days: Iterable[int], day: int) -> bool:
        in_week = in_month = 0
        for each in days:
            if each == day:
                return False
            in_week += self.week[each] == self.week[day]
            in_month += self.month[each] == self.month[day]
        return in_week < A_WEEK and in_month < A_MONTH


class _Search:
    """Wishes, days, bodies and enterprises by number; who has which day, and how many pairs are left."""

    def __init__(
        self, wants: Sequence[Want], sites: Mapping[int, Site], teams: Mapping[int, Team], year: int, rng: random.Random
    ) -> None:
        self.wants, self.rng = list(wants), rng
        used = sorted({want.enterprise for want in wants})
        every = {day for key in used for day in (*sites[key].open_days, *sites[key].visited)}
        self.days = sorted(every)
        number = {day: index for index, day in enumerate(self.days)}
        weeks = [day.isocalendar()[0] * 100 + day.isocalendar()[1] for day in self.days]
        self.law = _Days(weeks, [day.year * 12 + day.month for day in self.days])
        bodies = sorted({want.body for want in wants}, key=lambda body: teams[body].code)
        at = {body: index for index, body in enumerate(bodies)}
        self.pairs = [[teams[body].pairs.get(day, 0) for day in self.days] for body in bodies]
        self.free = [row[:] for row in self.pairs]
        self.most = [[max(1, pairs) for pairs in row] for row in self.pairs]
        self.nothing = [0.0] * len(self.days)
        self.body = [at[want.body] for want in wants]
        self.allowed: list[tuple[int, ...]] = []
        for index, want in enumerate(self.wants):
            site = sites[want.enterprise]
            self.allowed.append(
                tuple(
                    number[day]
                    for day in sorted(set(site.open_days))
                    if day.year == year
                    and want.allows(day)
                    and may_add(site.visited, day)
                    and self.pairs[self.body[index]][number[day]] >= want.needs
                )
            )
        place_of = {key: index for index, key in enumerate(used)}
        self.place_of = [place_of[want.enterprise] for want in wants]
        lists: list[list[int]] = [[] for _each in used]
        for index, place in enumerate(self.place_of):
            lists[place].append(index)
        self.places: list[_Place] = []
        for key, own in zip(used, lists, strict=True):
            own.sort(key=lambda index: (len(self.allowed[index]), self.body[index], index))
            common = set(self.allowed[own[0]]).intersection(*(self.allowed[index] for index in own[1:]))
            for index in own:  # two wishes of one body share its pairs
                same = sum(self.wants[each].needs for each in own if self.body[each] == self.body[index])
                common = {day for day in common if self.pairs[self.body[index]][day] >= same}
            self.places.append(_Place(own, tuple(number[day] for day in sites[key].visited), tuple(sorted(common))))
        self.on: list[int | None] = [None] * len(self.wants)
        self.there: list[list[set[int]]] = [[set() for _day in self.days] for _body in bodies]
        self.weight = [[1.0] * len(self.days) for _body in bodies]
        for each in self.places:
            each.least = len(set(best_pattern(self, each, self._no_price).values()))

    # --- prices: what each day costs a wish, as a row of all days

    def _no_price(self, want: int) -> Sequence[float]:
        return self.nothing

    def _soft(self, want: int) -> Sequence[float]:
        """Nothing much where there is room, and the fuller the more; where there is none, what putting somebody out has cost so far."""
        body, needs = self.body[want], self.wants[want].needs
        return [
            1e-3 * (1 - free / pairs) if free >= needs else weight
            for free, pairs, weight in zip(self.free[body], self.most[body], self.weight[body], strict=True)
        ]

    def _hard(self, want: int) -> Sequence[float]:
        body, needs = self.body[want], self.wants[want].needs
        return [
            1e-3 * (1 - free / pairs) if free >= needs else inf
            for free, pairs in zip(self.free[body], self.most[body], strict=True)
        ]

    # --- who is where

    def put(self, want: int, day: int) -> None:
        body = self.body[want]
        self.on[want] = day
        self.there[body][day].add(want)
        self.free[body][day] -= self.wants[want].needs

    def take(self, want: int) -> None:
        day, body = self.on[want], self.body[want]
        if day is not None:
            self.on[want] = None
            self.there[body][day].discard(want)
            self.free[body][day] += self.wants[want].needs

    def clear(self, place: _Place) -> None:
        for want in place.wants:
            self.take(want)

    def fill(self, pattern: Pattern) -> None:
        for want, day in pattern.items():
            self.put(want, day)

    def _fit(self, place: _Place) -> None:
        """Put an enterprise where there is room now."""
        for want, day in best_pattern(self, place, self._hard).items():
            if self.free[self.body[want]][day] >= self.wants[want].needs:  # two wishes of one body share its pairs
                self.put(want, day)

    def days_of(self, place: _Place, but: int | None = None) -> set[int]:
        """The days on which the enterprise is proposed a visit, one wish left out."""
        return {day for want in place.wants if want != but and (day := self.on[want]) is not None}

    def left(self) -> list[int]:
        return [want for want, day in enumerate(self.on) if day is None]

    def worth(self, places: Iterable[_Place]) -> tuple[int, int]:
        """Wishes without a day, and visits: the fewer the better, in this order."""
        none = visits = 0
        for place in places:
            none += sum(self.on[want] is None for want in place.wants)
            visits += len(self.days_of(place))
        return none, visits

    # --- the steps

    def run(self, effort: int) -> None:
        """Give every wish a day that can have one, in few visits."""
        waiting = self._crowd(effort)
        for place in sorted(waiting, key=lambda each: (len(each.common), -len(each.wants))):
            self.clear(place)
            self._fit(place)
        self._chains()
        self._mend(max(100, effort // 10))
        self._chains()
        self._exchange()

    def _crowd(self, effort: int) -> list[_Place]:
        """Put each enterprise at as few days as it needs, and out whoever is in the way; the best of all moments stays."""
        order = sorted(self.places, key=lambda place: (place.least > 1, len(place.common), -len(place.wants)))
        waiting = deque(order)
        best, kept, since = len(waiting) + 1, self.on[:], 0
        for step in range(effort + len(order)):
            if len(waiting) < best:
                best, kept, since = len(waiting), self.on[:], step
            if not waiting or step - since > effort // 3 + len(order):
                break
            place = waiting.popleft()
            pattern = best_pattern(self, place, self._soft)
            for want, day in pattern.items():
                body, needs = self.body[want], self.wants[want].needs
                while self.free[body][day] < needs:
                    self.weight[body][day] += 1.0
                    others = {self.place_of[each] for each in self.there[body][day]}
                    others.discard(self.place_of[want])
                    if not others:
                        break
                    out = self.places[min(sorted(others), key=lambda each: (self.places[each].put_out, self.rng.random()))]
                    out.put_out += 1
                    self.clear(out)
                    waiting.append(out)
                if self.free[body][day] >= needs:
                    self.put(want, day)
        for place in self.places:
            self.clear(place)
        self.fill({want: day for want, day in enumerate(kept) if day is not None})
        return [place for place in self.places if any(self.on[want] is None for want in place.wants)]

    def _chains(self) -> None:
        """A day for each wish that has none, by moving others of its body, one after the other."""
        for want in self.left():
            for costs in (False, True):
                if self.on[want] is None:
                    self._chain(want, may_cost=costs)

    def _exchange(self) -> None:
        """A wish without a day joins a visit that there is anyway, and one whose visit it is alone goes without: as many, in fewer visits."""
        going = True
        while going:
            going = False
            for want in self.left():
                going |= self._chain(want, may_cost=False, may_drop=True)

    def _chain(self, want: int, *, may_cost: bool, may_drop: bool = False) -> bool:
        """The shortest chain: this wish takes the day of another of its body, that one takes another day, and so on to a free pair.

        `may_cost`: a move may begin a new visit; `may_drop`: the last one may be put out, where the visit was its own alone.
        """
        body = self.body[want]
        from_want: dict[int, tuple[int, int]] = {}  # moved wish → (who takes its day, the day)
        seen, line = {self.place_of[want]}, deque([want])
        while line:
            moved = line.popleft()
            place, needs = self.places[self.place_of[moved]], self.wants[moved].needs
            days = self.days_of(place, but=moved)
            for day in self.allowed[moved]:
                if day == self.on[moved] or (day not in days and not (may_cost and self.law.may_add((*days, *place.visited), day))):
                    continue
                if self.free[body][day] >= needs:
                    return self._move_along(moved, day, from_want)
                for other in sorted(self.there[body][day]):
                    if self.place_of[other] not in seen and self.free[body][day] + self.wants[other].needs >= needs:
                        seen.add(self.place_of[other])
                        from_want[other] = (moved, day)
                        line.append(other)
                        if may_drop and self.on[other] not in self.days_of(self.places[self.place_of[other]], but=other):
                            on = self.on[other]
                            self.take(other)
                            if self._move_along(moved, day, from_want):
                                return True
                            assert on is not None
                            self.put(other, on)
                            return False
        return False

    def _move_along(self, moved: int, day: int, from_want: Mapping[int, tuple[int, int]]) -> bool:
        """Do the moves of a chain, the last first; none of them where wishes of several pairs get in each other's way."""
        body, was = self.body[moved], []
        while True:
            was.append((moved, self.on[moved]))
            self.take(moved)
            self.put(moved, day)
            if moved not in from_want:
                break
            moved, day = from_want[moved]
        if min(self.free[body]) >= 0:
            return True
        for want, before in reversed(was):
            self.take(want)
            if before is not None:
                self.put(want, before)
        return False

    def _mend(self, tries: int) -> None:
        """Take an enterprise that has more visits than it needs, or a wish without a day, out together with neighbours; put them back better."""
        rng = self.rng
        for _step in range(tries):
            poor = [place for place in self.places if self._is_poor(place)]
            if not poor:
                return
            first = rng.choice(poor)
            near = self._near(first)
            rng.shuffle(near)
            chosen = [first, *near[: rng.randint(1, 6)]]
            before, was = self.worth(chosen), {want: self.on[want] for place in chosen for want in place.wants}
            for place in chosen:
                self.clear(place)
            if rng.random() < 0.5:
                rng.shuffle(chosen)
            for place in chosen:
                self._fit(place)
            if self.worth(chosen) > before:
                for place in chosen:
                    self.clear(place)
                self.fill({want: day for want, day in was.items() if day is not None})

    def _is_poor(self, place: _Place) -> bool:
        return any(self.on[want] is None for want in place.wants) or len(self.days_of(place)) > place.least

    def _near(self, place: _Place) -> list[_Place]:
        """The enterprises that hold pairs which this one could use."""
        found: set[int] = set()
        for want in place.wants:
            for day in self.allowed[want]:
                if self.free[self.body[want]][day] < self.wants[want].needs:
                    found |= {self.place_of[other] for other in self.there[self.body[want]][day]}
        own = self.place_of[place.wants[0]]
        return [self.places[each] for each in sorted(found) if each != own]

    def why_left(self, want: int) -> Left:
        """Why a wish has no day after all: no pair of its body on any day that the enterprise has left, or no such day."""
        place = self.places[self.place_of[want]]
        days = self.days_of(place)
        legal = [day for day in self.allowed[want] if day in days or self.law.may_add((*days, *place.visited), day)]
        return Left.BODY_FULL if legal else Left.ENTERPRISE_FULL


# --- one enterprise -------------------------------------------------------------------------------------------------------------------


Price = Callable[[int], Sequence[float]]
"""Of a wish: what each day costs it."""


def best_pattern(search: _Search, place: _Place, price: Price, *, visit: float = _VISIT, dropped: float = _DROPPED) -> Pattern:
    """The cheapest days of one enterprise's wishes under prices; wishes that cost more than leaving them out have none."""
    return _cheapest(search, place, price, visit, dropped)[1]


def _cheapest(search: _Search, place: _Place, price: Price, visit: float, dropped: float) -> tuple[float, Pattern]:
    """The cost and the pattern. All on one day first; several days are looked at only where they could be cheaper."""
    costs = [price(want) for want in place.wants]
    best, found = dropped * len(costs), Pattern()
    at = None
    for day in place.common:
        total = visit
        for row in costs:
            cost = row[day]
            total += cost if cost < dropped else dropped
        if total < best:
            best, at = total, day
    if at is not None:
        found = {want: at for want, row in zip(place.wants, costs, strict=True) if row[at] < dropped}
    if len(costs) == 1:
        return _single(search, place, costs[0], visit, dropped)
    least = [min(dropped, *map(row.__getitem__, search.allowed[want])) for want, row in zip(place.wants, costs, strict=True)]
    if sum(least) + min(2 * visit, visit + dropped - max(least)) >= best:
        return best, found  # neither a second day nor leaving one out can be cheaper
    rest = [0.0] * (len(costs) + 1)
    for index in range(len(costs) - 1, -1, -1):
        rest[index] = rest[index + 1] + least[index]
    ordered = [sorted((row[day], day) for day in search.allowed[want]) for want, row in zip(place.wants, costs, strict=True)]
    allowed = [frozenset(search.allowed[want]) for want in place.wants]
    chosen: Pattern = {}

    def go(index: int, days: tuple[int, ...], spent: float) -> None:
        nonlocal best, found
        if spent + rest[index] >= best - 1e-12:
            return
        if index == len(costs):
            best, found = spent, dict(chosen)
            return
        want, row = place.wants[index], costs[index]
        for day in sorted((day for day in days if day in allowed[index]), key=row.__getitem__):
            if row[day] < dropped and _has_room(search, place, chosen, want, day):
                chosen[want] = day
                go(index + 1, days, spent + row[day])
                del chosen[want]
        for cost, day in ordered[index]:
            if spent + cost + visit + rest[index + 1] >= best - 1e-12:
                break
            if day not in days and search.law.may_add((*days, *place.visited), day):
                chosen[want] = day
                go(index + 1, (*days, day), spent + cost + visit)
                del chosen[want]
        go(index + 1, days, spent + dropped)

    go(0, (), 0.0)
    return best, found


def _single(search: _Search, place: _Place, row: Sequence[float], visit: float, dropped: float) -> tuple[float, Pattern]:
    want = place.wants[0]
    cost, day = min((row[day], day) for day in search.allowed[want])
    return (visit + cost, {want: day}) if visit + cost < dropped else (dropped, {})


def _has_room(search: _Search, place: _Place, chosen: Pattern, want: int, day: int) -> bool:
    """Do two wishes of one body at the enterprise have pairs enough on one day?"""
    body = search.body[want]
    needs = search.wants[want].needs + sum(
        search.wants[each].needs for each, on in chosen.items() if on == day and search.body[each] == body
    )
    return needs == search.wants[want].needs or needs <= search.pairs[body][day]


# --- the lower bound ------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Bound:
    """No schedule that gives as many wishes a day has fewer visits: by prices on pairs (Lagrangian relaxation of the pairs of each body and day).

    For any prices p ≥ 0 of a pair and m ≥ 0 of a wish without a day: every schedule that leaves at most `u` wishes out costs at least
    Σ over enterprises of the cheapest pattern − Σ p × pairs − m × u visits. With no prices this is one visit an enterprise, or as many as
    its months force; prices find what the pairs force beyond. Each step moves the prices towards what is over-asked; the best bound stays.
    """

    search: _Search
    visits: int
    prices: dict[tuple[int, int], float] = field(default_factory=dict)

    def lower_bound(self, rounds: int) -> int:
        search = self.search
        out = len(search.left())
        best, missing = 0.0, (1.0 if out else inf)
        step = 1.0
        stalled = 0
        for _round in range(rounds):
            asked: dict[tuple[int, int], int] = {}
            total, dropped = 0.0, 0

            rows = [[0.0] * len(search.days) for _body in search.pairs]
            for (body, day), value in self.prices.items():
                rows[body][day] = value

            def price(want: int, rows: Sequence[Sequence[float]] = rows) -> Sequence[float]:
                row, needs = rows[search.body[want]], search.wants[want].needs
                return row if needs == 1 else [value * needs for value in row]

            for place in search.places:
                cost, pattern = _cheapest(search, place, price, 1.0, missing if out else _DROPPED)
                total += cost
                dropped += len(place.wants) - len(pattern)
                for want, day in pattern.items():
                    key = (search.body[want], day)
                    asked[key] = asked.get(key, 0) + search.wants[want].needs
            total -= sum(value * search.pairs[body][day] for (body, day), value in self.prices.items())
            total -= missing * out if out else 0.0
            if total > best + 1e-9:
                best, stalled = total, 0
            else:
                stalled += 1
                if stalled >= 8:
                    step, stalled = step / 2, 0
            if ceil(best - 1e-6) >= self.visits:
                break
            slope = {
                key: asked.get(key, 0) - search.pairs[key[0]][key[1]] for key in sorted({*asked, *self.prices})
            }
            slope = {key: value for key, value in slope.items() if value > 0 or self.prices.get(key, 0.0) > 0}
            length = sum(value * value for value in slope.values()) + ((dropped - out) ** 2 if out else 0)
            if not length:
                break
            far = step * max(self.visits - total, 0.5) / length
            for key, value in slope.items():
                self.prices[key] = max(0.0, self.prices.get(key, 0.0) + far * value)
            self.prices = {key: value for key, value in self.prices.items() if value > 0}
            if out:
                missing = max(0.0, missing + far * (dropped - out))
        return max(ceil(best - 1e-6), 1 if self.visits else 0)


# --- after the search -----------------------------------------------------------------------------------------------------------------


def _visits(search: _Search, teams: Mapping[int, Team], named: Sequence[NamedLevel], year: int) -> Iterable[Proposed]:
    """The visits by day and enterprise, each with its lead."""
    found: dict[tuple[int, int], list[int]] = {}
    for want, day in enumerate(search.on):
        if day is not None:
            found.setdefault((day, search.wants[want].enterprise), []).append(want)
    for (day, enterprise), own in sorted(found.items()):
        own.sort(key=lambda want: (search.body[want], search.wants[want].id))

        def first(want: int, day: int = day, enterprise: int = enterprise) -> tuple[bool, int, str]:
            wish = search.wants[want]
            paper = named_body(named, wish.line, enterprise, year)
            return (paper is None or paper.body != wish.body, -search.free[search.body[want]][day], teams[wish.body].code)

        lead = search.wants[min(own, key=first)].body
        rows = [search.wants[want] for want in own]
        yield Proposed(enterprise, search.days[day], tuple(row.body for row in rows), tuple(row.id for row in rows), lead)


def _alone(search: _Search) -> tuple[int, int]:
    """Each body on its own, by code, at the first day on which it has a pair and Q-11 lets it in: visits, and wishes without a day."""
    free = [row[:] for row in search.pairs]
    days_of: list[list[int]] = [list(place.visited) for place in search.places]
    visits = none = 0
    for want in sorted(range(len(search.wants)), key=lambda each: (search.body[each], search.wants[each].id)):
        body, needs, place = search.body[want], search.wants[want].needs, search.place_of[want]
        for day in search.allowed[want]:
            if free[body][day] >= needs and search.law.may_add(days_of[place], day):
                free[body][day] -= needs
                days_of[place].append(day)
                visits += 1
                break
        else:
            none += 1
    return visits, none
