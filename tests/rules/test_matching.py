"""Q-4, Q-10, Q-11: joint dates. A checker and an exact solver that share nothing with the method."""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import date, timedelta

import pytest

from portal.rules.matching import Left, Matching, Proposed, Site, Team, Want, propose
from portal.rules.quiet_days import NamedLevel, QuietRule, open_days
from tests.conftest import count
from tests.rules.calendar_fixture import seed_calendar

RULES = [QuietRule.of(1, date(2026, 1, 1), "1-25")]
OPEN = tuple(open_days(RULES, seed_calendar(), date(2027, 1, 1), date(2027, 12, 31)))


def teams_of(number: int, pairs: int, days: tuple[date, ...] = OPEN) -> list[Team]:
    return [Team(body, f"B{body:02}", dict.fromkeys(days, pairs)) for body in range(number)]


def matched(
    wants: list[Want], *, bodies: int = 3, pairs: int = 1, days: tuple[date, ...] = OPEN, visited: tuple[date, ...] = (),
    named: tuple[NamedLevel, ...] = (), teams: list[Team] | None = None,
) -> Matching:  # fmt: skip
    sites = [Site(enterprise, days, visited) for enterprise in sorted({want.enterprise for want in wants})]
    return propose(wants, sites, teams or teams_of(bodies, pairs, days), year=2027, named=named)


# --- what it says ---------------------------------------------------------------------------------------------------------------------


def test_the_year_has_46_open_days() -> None:
    assert len(OPEN) == 46


def test_bodies_that_want_one_enterprise_come_together() -> None:
    found = matched([Want(1, 0, 7, "fire"), Want(2, 1, 7, "labour"), Want(3, 2, 7, "market")])
    assert [(visit.bodies, visit.wants) for visit in found.visits] == [((0, 1, 2), (1, 2, 3))]
    assert found.visits[0].is_joint
    assert (found.lower_bound, found.alone, found.saved, found.unplaced) == (1, 3, 2, ())


def test_months_that_do_not_meet_force_two_visits_and_the_bound_says_so() -> None:
    found = matched([Want(1, 0, 7, "fire", frozenset({3})), Want(2, 1, 7, "labour", frozenset({4})), Want(3, 2, 7, "market")])
    assert len(found.visits) == found.lower_bound == 2
    assert {visit.day.month for visit in found.visits} == {3, 4}


def test_pairs_that_are_full_force_two_visits_and_the_bound_says_so() -> None:
    """Two days, one pair: of two enterprises that both bodies want, with two days that one body has only once, one is visited twice."""
    one, two = OPEN[0], OPEN[5]
    teams = [Team(0, "A", {one: 1, two: 1}), Team(1, "B", {one: 2})]
    wants = [Want(1, 0, 1, "fire"), Want(2, 1, 1, "labour"), Want(3, 0, 2, "fire"), Want(4, 1, 2, "labour")]
    found = matched(wants, teams=teams, days=(one, two))
    assert (found.placed, len(found.visits), found.lower_bound) == (4, 3, 3)


def test_one_body_of_a_line_goes_and_the_clash_is_told() -> None:
    found = matched([Want(1, 0, 7, "fire"), Want(2, 1, 7, "fire"), Want(3, 2, 7, "market")])
    assert [(each.bodies, each.goes, each.instrument) for each in found.clashes] == [((0, 1), 0, "")]
    assert [(each.want.id, each.why, each.instead) for each in found.unplaced] == [(2, Left.LINE_TAKEN, 0)]


def test_a_superior_names_the_one_that_goes_and_it_leads() -> None:
    named = (NamedLevel("fire", 2027, 1, "市消支〔2027〕3号"),)
    found = matched([Want(1, 0, 7, "fire"), Want(2, 1, 7, "fire"), Want(3, 2, 7, "market")], named=named)
    assert [(each.goes, each.instrument) for each in found.clashes] == [(1, "市消支〔2027〕3号")]
    assert [(each.want.id, each.why) for each in found.unplaced] == [(1, Left.NOT_NAMED)]
    assert [visit.lead for visit in found.visits] == [1]
    alone = matched([Want(1, 0, 7, "fire")], named=named)  # also where the named one does not ask to go
    assert [(each.why, each.instead) for each in alone.unplaced] == [(Left.NOT_NAMED, 1)]
    assert alone.clashes == ()


def test_a_vertically_managed_body_lets_the_other_go_first() -> None:
    teams = [Team(0, "A", dict.fromkeys(OPEN, 1), is_vertical=True), Team(1, "B", dict.fromkeys(OPEN, 1))]
    assert [each.goes for each in matched([Want(1, 0, 7, "fire"), Want(2, 1, 7, "fire")], teams=teams).clashes] == [1]


def test_whoever_has_no_day_lets_the_other_go() -> None:
    found = matched([Want(1, 0, 7, "fire", days=frozenset()), Want(2, 1, 7, "fire")])
    assert [each.goes for each in found.clashes] == [1]
    assert [(each.want.id, each.why) for each in found.unplaced] == [(1, Left.LINE_TAKEN)]


def test_the_lead_has_most_pairs_left_and_then_the_first_code() -> None:
    teams = [Team(0, "A", dict.fromkeys(OPEN, 1)), Team(1, "B", dict.fromkeys(OPEN, 3)), Team(2, "C", dict.fromkeys(OPEN, 3))]
    found = matched([Want(1, 0, 7, "fire"), Want(2, 1, 7, "labour"), Want(3, 2, 7, "market")], teams=teams)
    assert [visit.lead for visit in found.visits] == [1]


@pytest.mark.parametrize(
    ("want", "pairs", "visited", "why"),
    [
        (Want(1, 0, 7, "fire", days=frozenset({date(2027, 3, 10)})), 1, (), Left.NO_OPEN_DAY),
        (Want(1, 0, 7, "fire"), 0, (), Left.NO_PAIR),
        (Want(1, 0, 7, "fire", needs=2), 1, (), Left.NO_PAIR),
        (Want(1, 0, 7, "fire", days=frozenset({OPEN[0]})), 1, (OPEN[0],), Left.ENTERPRISE_FULL),
        (Want(1, 0, 7, "fire", frozenset({3})), 1, tuple(date(2027, 3, day) for day in (1, 9, 17)), Left.ENTERPRISE_FULL),
        (Want(1, 0, 7, "fire", days=frozenset({date(2027, 4, 26)})), 1, (date(2027, 4, 27), date(2027, 4, 28)), Left.ENTERPRISE_FULL),
    ],
)
def test_why_a_wish_has_no_day(want: Want, pairs: int, visited: tuple[date, ...], why: Left) -> None:
    found = matched([want], pairs=pairs, visited=visited)
    assert [each.why for each in found.unplaced] == [why]
    assert (found.visits, found.lower_bound) == ((), 0)


def test_what_is_too_much_for_a_body_is_said() -> None:
    found = matched([Want(1, 0, 7, "fire"), Want(2, 0, 8, "fire")], days=OPEN[:1])
    assert [each.why for each in found.unplaced] == [Left.BODY_FULL]


def test_a_second_wish_of_a_body_is_over_its_cap() -> None:
    wants = [Want(1, 0, 7, "fire"), Want(2, 0, 7, "labour")]
    assert [(each.want.id, each.why) for each in matched(wants).unplaced] == [(2, Left.OVER_CAP)]
    twice = propose(wants, [Site(7, OPEN)], teams_of(1, 2), year=2027, caps={0: 2})
    assert (twice.placed, len(twice.visits), twice.visits[0].is_joint) == (2, 1, False)


def test_two_wishes_of_a_body_at_one_enterprise_need_two_pairs_on_one_day() -> None:
    wants = [Want(1, 0, 7, "fire"), Want(2, 0, 7, "labour")]
    found = propose(wants, [Site(7, OPEN)], teams_of(1, 1), year=2027, caps={0: 2})
    assert (found.placed, len(found.visits)) == (2, 2)


def test_unknown_bodies_and_enterprises_are_faults() -> None:
    with pytest.raises(ValueError, match="wish 1"):
        matched([Want(1, 9, 7, "fire")])
    with pytest.raises(ValueError, match="two wishes"):
        matched([Want(1, 0, 7, "fire"), Want(1, 1, 7, "labour")])


# --- a checker of its own ---------------------------------------------------------------------------------------------------------------


def faults(
    wants: list[Want], sites: list[Site], teams: list[Team], found: Matching, named: list[NamedLevel], caps: dict[int, int]
) -> list[str]:
    """Every promise that a proposal breaks, by counting from scratch."""
    by_id = {want.id: want for want in wants}
    site_of = {site.enterprise: site for site in sites}
    team_of = {team.body: team for team in teams}
    wrong = []
    placed = [number for visit in found.visits for number in visit.wants]
    told = [each.want.id for each in found.unplaced]
    if sorted(placed + told) != sorted(by_id):
        wrong.append("a wish is lost or twice there")
    if len({(visit.enterprise, visit.day) for visit in found.visits}) != len(found.visits):
        wrong.append("two visits to one enterprise on one day")
    used: Counter[tuple[int, date]] = Counter()
    on_line: dict[tuple[int, str], set[int]] = {}
    own: Counter[tuple[int, int]] = Counter()
    for visit in found.visits:
        if visit.lead not in visit.bodies:
            wrong.append("the lead does not go")
        for number, body in zip(visit.wants, visit.bodies, strict=True):
            want = by_id[number]
            if (want.enterprise, want.body) != (visit.enterprise, body):
                wrong.append("another enterprise or body than asked for")
            if visit.day not in site_of[visit.enterprise].open_days:
                wrong.append("not an open day")
            if want.months and visit.day.month not in want.months:
                wrong.append("not its month")
            if want.days is not None and visit.day not in want.days:
                wrong.append("not its day")
            used[body, visit.day] += want.needs
            on_line.setdefault((visit.enterprise, want.line), set()).add(body)
            own[body, visit.enterprise] += 1
            for paper in named:
                if paper.line == want.line and paper.enterprise in (None, want.enterprise) and paper.body != body:
                    wrong.append("another body was named")
    wrong += ["more pairs than there are" for (body, day), number in used.items() if number > team_of[body].pairs.get(day, 0)]
    wrong += ["a line twice at one enterprise" for bodies in on_line.values() if len(bodies) > 1]
    wrong += ["over the cap" for (body, _enterprise), number in own.items() if number > caps.get(body, 1)]
    for site in sites:
        days = [visit.day for visit in found.visits if visit.enterprise == site.enterprise]
        if days and set(days) & set(site.visited):
            wrong.append("a day that has a visit already")
        every = [*days, *site.visited]
        for day in days:
            monday = day - timedelta(days=day.weekday())
            if sum(monday <= each <= monday + timedelta(days=6) for each in every) > 2:
                wrong.append("more than two a week")
            if sum((each.year, each.month) == (day.year, day.month) for each in every) > 3:
                wrong.append("more than three a month")
    if found.lower_bound > len(found.visits):
        wrong.append("a bound that is not one")
    return wrong


def some_county(rng: random.Random, *, big: bool) -> tuple[list[Want], list[Site], list[Team], list[NamedLevel], dict[int, int]]:
    """A county in which every rule matters: lines that bodies share, months, days, history, few pairs."""
    bodies, enterprises = (rng.randint(2, 8), rng.randint(3, 40)) if big else (rng.randint(2, 4), rng.randint(1, 4))
    days = OPEN if big else tuple(sorted(rng.sample(OPEN[: rng.choice((6, 14, 46))], rng.randint(2, 5))))
    most = rng.choice((1, 2, 4))
    teams = [
        Team(body, f"B{body:02}", {day: rng.randint(0 if rng.random() < 0.2 else 1, most) for day in days}, rng.random() < 0.2)
        for body in range(bodies)
    ]
    sites = [
        Site(
            each, tuple(day for day in days if rng.random() < 0.9),
            tuple(rng.sample(OPEN, rng.randint(1, 3))) if rng.random() < 0.3 else (),
        )
        for each in range(enterprises)
    ]  # fmt: skip
    lines = [f"line {rng.randint(0, bodies + 2)}" if rng.random() < 0.5 else f"own {body}" for body in range(bodies)]
    caps = {body: 2 for body in range(bodies) if rng.random() < 0.2}
    wants: list[Want] = []
    for enterprise in range(enterprises):
        for body in range(bodies):
            for _again in range(rng.choice((1, 1, 1, 2)) if rng.random() < (0.4 if big else 0.7) else 0):
                months = frozenset(rng.sample(range(1, 13), rng.randint(1, 8))) if rng.random() < 0.3 and big else frozenset()
                some = frozenset(rng.sample(days, rng.randint(1, len(days)))) if rng.random() < 0.3 else None
                wants.append(Want(len(wants) + 1, body, enterprise, lines[body], months, some, 2 if rng.random() < 0.1 else 1))
    named = []
    if rng.random() < 0.3:
        named.append(NamedLevel(rng.choice(lines), 2027, rng.randrange(bodies), "示例〔2027〕1号", rng.choice((None, 0))))
    return wants, sites, teams, named, caps


@pytest.mark.property
def test_every_constraint_is_kept_in_random_counties() -> None:
    seed, joint = int(os.environ["TEST_SEED"]), 0
    for number in range(count(2_000, least=25)):
        rng = random.Random(f"{seed}-matching-{number}")
        wants, sites, teams, named, caps = some_county(rng, big=number % 2 == 0)
        found = propose(wants, sites, teams, year=2027, named=named, caps=caps, effort=1_500, rounds=15)
        assert faults(wants, sites, teams, found, named, caps) == [], (seed, number)
        joint += sum(visit.is_joint for visit in found.visits)
    assert joint > 10


def test_the_checker_sees_what_is_wrong() -> None:
    wants, sites, teams = [Want(1, 0, 7, "fire"), Want(2, 1, 7, "fire", frozenset({4}))], [Site(7, OPEN)], teams_of(2, 1)
    day = OPEN[0]
    bad = Matching((Proposed(7, day, (0, 1), (1, 2), 0), Proposed(7, day, (0,), (1,), 5)), (), (), 9, 0, 0)
    found = faults(wants, sites, teams, bad, [], {})
    assert {
        "a wish is lost or twice there", "two visits to one enterprise on one day", "the lead does not go", "not its month",
        "more pairs than there are", "a line twice at one enterprise", "over the cap", "a bound that is not one",
    } <= set(found)  # fmt: skip


def test_the_same_seed_gives_the_same_answer() -> None:
    wants, sites, teams, named, caps = some_county(random.Random(f"{os.environ['TEST_SEED']}-same"), big=True)
    shuffled = wants[:]
    random.Random(1).shuffle(shuffled)
    first = propose(wants, sites, teams, year=2027, named=named, caps=caps, seed=5)
    assert propose(shuffled, list(reversed(sites)), list(reversed(teams)), year=2027, named=named, caps=caps, seed=5) == first


# --- against every possibility ----------------------------------------------------------------------------------------------------------


class Exact:
    """Most wishes first, then fewest visits: every way is tried, cut off only where it cannot be better."""

    def __init__(self, wants: list[Want], sites: list[Site], teams: list[Team]) -> None:
        self.wants = sorted(wants, key=lambda want: (want.enterprise, want.id))
        self.sites = {site.enterprise: site for site in sites}
        self.pairs = {(team.body, day): number for team in teams for day, number in team.pairs.items()}
        self.best = (len(wants) + 1, 0)
        self.days: dict[int, list[date]] = {site.enterprise: list(site.visited) for site in sites}
        self.own: dict[int, Counter[date]] = {site.enterprise: Counter() for site in sites}

    def solve(self) -> tuple[int, int]:
        self._go(0, 0, 0)
        return self.best

    def _go(self, index: int, out: int, visits: int) -> None:
        if (out, visits) >= self.best:
            return
        if index == len(self.wants):
            self.best = (out, visits)
            return
        want = self.wants[index]
        own = self.own[want.enterprise]
        days = [day for day in self.sites[want.enterprise].open_days if want.allows(day)]
        for day in sorted(days, key=lambda each: -own[each]):
            if self.pairs.get((want.body, day), 0) < want.needs or not (own[day] or self._may(want.enterprise, day)):
                continue
            self.pairs[want.body, day] -= want.needs
            fresh = not own[day]
            own[day] += 1
            self._go(index + 1, out, visits + fresh)
            own[day] -= 1
            self.pairs[want.body, day] += want.needs
        self._go(index + 1, out + 1, visits)

    def _may(self, enterprise: int, day: date) -> bool:
        every = [*self.sites[enterprise].visited, *(each for each, number in self.own[enterprise].items() if number)]
        monday = day - timedelta(days=day.weekday())
        return (
            day not in every
            and sum(monday <= each < monday + timedelta(days=7) for each in every) < 2
            and sum(each.month == day.month and each.year == day.year for each in every) < 3
        )


@pytest.mark.property
@pytest.mark.parametrize("bound", [False, True], ids=["roomy", "few pairs"])
def test_close_to_the_best_of_all_possibilities(bound: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """No wish fewer than possible but in one instance of fifty, 5 % more visits on average at most, and the bound is never above the best."""
    seed = int(os.environ["TEST_SEED"])
    number = count(3_000, least=60)
    visits = best = equal = fewer = bounds = 0
    for each in range(number):
        rng = random.Random(f"{seed}-exact-{bound}-{each}")
        bodies, enterprises = rng.randint(2, 4), rng.randint(1, 4)
        days = tuple(sorted(rng.sample(OPEN[:14], rng.randint(2, 4))))
        most = 1 if bound else 3
        teams = [Team(body, f"B{body:02}", {day: rng.randint(0, most) if bound else most for day in days}) for body in range(bodies)]
        sites = [Site(site, days, (rng.choice(OPEN[:14]),) if rng.random() < 0.2 else ()) for site in range(enterprises)]
        wants = [
            Want(0, body, site, f"own {body}", days=frozenset(rng.sample(days, rng.randint(1, len(days)))) if rng.random() < 0.5 else None)
            for site in range(enterprises)
            for body in range(bodies)
            if rng.random() < 0.7
        ][:10]
        wants = [Want(index, want.body, want.enterprise, want.line, want.months, want.days) for index, want in enumerate(wants, 1)]
        found = propose(wants, sites, teams, year=2027, seed=each)
        assert faults(wants, sites, teams, found, [], {}) == []
        out, least = Exact(wants, sites, teams).solve()
        told = (len(found.unplaced), len(found.visits))
        assert told >= (out, least), "better than the best: the exact solver or the checker is wrong"
        if told[0] == out:
            assert found.lower_bound <= least
            visits, best, bounds = visits + told[1], best + least, bounds + found.lower_bound
            equal += told[1] == least
        else:
            fewer += 1
    with capsys.disabled():
        print(f"\n  matching: {number} instances, {equal} at the best, ratio {visits / best:.4f}, bound {bounds / best:.4f}, {fewer} with a wish fewer")
    assert fewer <= max(1, number // 50)
    assert visits <= 1.05 * best
    assert bounds >= 0.9 * best
