"""May a body inspect an enterprise on a day, and if not, when next? (Q-1, Q-2, Q-3, Q-4, Q-9)

`may_inspect` is the one function that answers for form, calendar, command and audit. A past visit is judged by the rule of its own
day: pass its day, no `today`, and a history without the visit itself.

The choices that the domain leaves, all in one place:

- A day in a quiet window is *quiet* whether it is worked or not; a day off outside it is neither quiet nor open (a Saturday the 28th).
- An exemption of Q-2 lifts quiet days, added ones too; it makes no enterprise work on its day off. Only an accident waits for nobody.
- The cap blocks routine inspections and is used up by routine ones. Individual and special inspections are never blocked by it:
  they are warned of, in the order of all inspections of the year. What a law orders as a minimum is outside it, and so are rechecks
  of ordered corrections.
- Which kinds use a cap up is the cap's own data (routine ones, if nothing is said); of several caps in force the strictest holds.
- Q-4 looks at routine inspections of *another* body on the same line; two by the same body are a matter of the cap. The parts of one
  joint visit repeat nothing. Where a superior named the body that goes, that one may go although others went, and no other may. A
  vertically managed body is no level of the county's: it is told to coordinate first, and goes once the paper of that is named.
- A rule in stages has days of its own for some towns. A day is quiet for the county as a whole only where it is so in every town.
- An exemption that is not made out (no basis, switched off) counts as none, so the next date allowed is the one without it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from portal.rules.decision import Reason
from portal.rules.working_days import LAST_DAY, Calendar

SEARCH_DAYS = 400
"""How far ahead a next date is looked for: past the end of a year, whose cap is fresh, to its first open days."""

DEFAULT_CAP = 1
"""Routine inspections a calendar year, per body and enterprise (county data, Q-3)."""

_ONE_DAY = timedelta(days=1)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class DayState(StrEnum):
    """What a day is for inspections (Q-1)."""

    QUIET = "quiet"
    OPEN = "open"
    DAY_OFF = "day_off"


@dataclass(frozen=True, slots=True)
class MonthDays:
    """The days of every month from first to last, both included; 31 reaches the end of a shorter month too."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.last <= 31:
            raise ValueError(f"no days of a month: {self.first}-{self.last}")

    def has(self, day: date) -> bool:
        return self.first <= day.day <= self.last


@dataclass(frozen=True, slots=True)
class WeekDays:
    """The days of every week from first to last, both included; Monday is 0."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last <= 6:
            raise ValueError(f"no days of a week: {self.first}-{self.last}")

    def has(self, day: date) -> bool:
        return self.first <= day.weekday() <= self.last


Window = MonthDays | WeekDays


@dataclass(frozen=True, slots=True)
class QuietRule:
    """Which days are quiet, and from when that holds (Q-1). A day is quiet if any window has it; weekends and holidays shift nothing.

    `by_town`: the towns that have windows of their own (20 days in stages by town). `source`: the paper that the rule rests on.
    """

    id: int
    holds_from: date
    windows: tuple[Window, ...]
    by_town: tuple[tuple[str, tuple[Window, ...]], ...] = ()
    source: str = ""

    @classmethod
    def of(cls, id: int, holds_from: date, text: str, towns: Mapping[str, str] | None = None, source: str = "") -> QuietRule:
        """A rule from its stored text: `1-25`, in stages `1-10,16-25`, all but the first five `6-31`, `mon-thu`; of a town likewise.

        ValueError otherwise.
        """
        by_town = tuple((town, windows_of(own)) for town, own in sorted((towns or {}).items()))
        return cls(id, holds_from, windows_of(text), by_town, source)

    def is_quiet(self, day: date, town: str | None = None) -> bool:
        """Is the day quiet in a town? Asked without one: is it quiet in every town?"""
        if not self.by_town:
            return any(window.has(day) for window in self.windows)
        if town is None:
            return all(any(window.has(day) for window in windows) for windows in (self.windows, *dict(self.by_town).values()))
        return any(window.has(day) for window in dict(self.by_town).get(town, self.windows))


def windows_of(text: str) -> tuple[Window, ...]:
    """The windows of a stored text; ValueError where it says none."""
    return tuple(_window(part.strip().lower()) for part in text.split(","))


def _window(text: str) -> Window:
    first, dash, last = text.partition("-")
    last = last if dash else first
    if first in _WEEKDAYS and last in _WEEKDAYS:
        return WeekDays(_WEEKDAYS.index(first), _WEEKDAYS.index(last))
    if re.fullmatch(r"[0-9]{1,2}", first) and re.fullmatch(r"[0-9]{1,2}", last):
        return MonthDays(int(first), int(last))
    raise ValueError(f"not a window of quiet days: {text!r}")


def rule_on(rules: Iterable[QuietRule], day: date) -> QuietRule | None:
    """The rule in force on a day: the one that holds from the latest date not after it. None before the first."""
    return max((rule for rule in rules if rule.holds_from <= day), key=lambda rule: (rule.holds_from, rule.id), default=None)


@dataclass(frozen=True, slots=True)
class EnterpriseFacts:
    """What the rules ask about an enterprise. `works_on_days_off`: it is known to work on weekends and holidays."""

    id: int
    trade: str = ""
    town: str = ""
    works_on_days_off: bool = False


@dataclass(frozen=True, slots=True)
class AddedQuietDays:
    """Quiet days added by an instrument (Q-9), first to last, both included: for an enterprise, a trade, a town, or all (nothing named).

    What is named must all match. They cancel no emergency or statutory visit.
    """

    instrument: str
    first: date
    last: date
    enterprise: int | None = None
    trade: str | None = None
    town: str | None = None

    def covers(self, day: date, enterprise: EnterpriseFacts | None) -> bool:
        """Is the day quiet by this for the enterprise? Asked without one: is it quiet for all?"""
        if not self.first <= day <= self.last:
            return False
        named = ((self.enterprise, "id"), (self.trade, "trade"), (self.town, "town"))
        return all(value is None or (enterprise is not None and value == getattr(enterprise, name)) for value, name in named)


class Kind(StrEnum):
    """The kind of an inspection."""

    ROUTINE = "routine"
    INDIVIDUAL = "individual"
    SPECIAL = "special"


class Exemption(StrEnum):
    """The categories that Q-2 names. A county may add codes of its own (`Category`)."""

    SAFETY = "safety"
    COMPLAINT = "complaint"
    REQUESTED = "requested"
    ACCIDENT = "accident"
    SUPERIOR = "superior"
    STATUTORY = "statutory"
    # these four are no inspections at all: logged, outside every cap
    CRIMINAL = "criminal"
    CASE_INVESTIGATION = "case_investigation"
    LICENCE_CHECK = "licence_check"
    SERVICE_VISIT = "service_visit"


@dataclass(frozen=True, slots=True)
class Category:
    """What an exemption lifts (Q-2). `kinds`: the kinds of inspection that it lets in on a quiet day; `switched_on`: county data."""

    code: str
    kinds: frozenset[Kind] = frozenset(Kind)
    is_inspection: bool = True
    lifts_day_off: bool = False
    lifts_cap: bool = False
    lifts_repeat: bool = False
    switched_on: bool = True
    source: str = ""


def by_code(categories: Iterable[Category]) -> Mapping[str, Category]:
    """Categories as `may_inspect` wants them; the county's own may be added to `CATEGORIES.values()` or replace one of the same code."""
    return MappingProxyType({category.code: category for category in categories})


CATEGORIES: Mapping[str, Category] = by_code(
    [
        Category(Exemption.SAFETY, kinds=frozenset({Kind.INDIVIDUAL, Kind.SPECIAL})),
        Category(Exemption.COMPLAINT),
        Category(Exemption.REQUESTED),
        Category(Exemption.ACCIDENT, lifts_day_off=True),
        Category(Exemption.SUPERIOR, lifts_repeat=True),
        Category(Exemption.STATUTORY, lifts_cap=True, lifts_repeat=True),
        Category(Exemption.CRIMINAL, is_inspection=False),
        Category(Exemption.CASE_INVESTIGATION, is_inspection=False),
        Category(Exemption.LICENCE_CHECK, is_inspection=False),
        Category(Exemption.SERVICE_VISIT, is_inspection=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A visit that a body wants to make, or made. It begins on `day` and ends on `last_day` (the same day if None).

    `basis` is the basis of the exemption; for a statutory minimum it is the article. `on_day_off`: the plan itself says that the
    enterprise works then. `joint`: the joint visit that it is a part of. `coordinated`: of a body under vertical management, the paper of
    its coordination with the others of the line.
    """

    body: int
    line: str
    kind: Kind
    day: date
    exemption: str | None = None
    basis: str = ""
    on_day_off: bool = False
    last_day: date | None = None
    is_recheck: bool = False
    joint: int | None = None
    is_vertical: bool = False
    coordinated: str = ""

    def __post_init__(self) -> None:
        if self.last_day is not None and self.last_day < self.day:
            raise ValueError(f"a visit cannot end on {self.last_day}, before it begins on {self.day}")

    @property
    def ends(self) -> date:
        return self.last_day or self.day

    def moved_to(self, day: date) -> Plan:
        """The same plan, as long as it is, beginning on another day."""
        return replace(self, day=day, last_day=self.last_day and day + (self.last_day - self.day))


@dataclass(frozen=True, slots=True)
class Visit:
    """An inspection of this enterprise by a body, made or approved. A joint visit is one row for each body, with one number (Q-3)."""

    body: int
    line: str
    kind: Kind
    day: date
    exemption: str | None = None
    is_recheck: bool = False
    joint: int | None = None


class LaidBy(StrEnum):
    """Who laid a cap or a rule down, the highest first."""

    NATION = "nation"
    PROVINCE = "province"
    LINE = "line"
    COUNTY = "county"
    BODY = "body"


class Per(StrEnum):
    """Whose inspections of an enterprise a cap adds up: each body's own, or those of all bodies."""

    BODY = "body"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class Cap:
    """How many inspections of an enterprise there may be in a calendar year (Q-3), from a day on; `number` None: no longer any cap.

    It reaches the matters of a line and the visits of a body, where these are named. `counts`: the kinds that use it up; what it blocks
    are routine ones. A later version by the same hand for the same reach takes the place of an earlier one.
    """

    number: int | None
    holds_from: date = date.min
    laid_by: LaidBy = LaidBy.COUNTY
    line: str | None = None
    body: int | None = None
    per: Per = Per.BODY
    counts: frozenset[Kind] = frozenset({Kind.ROUTINE})
    source: str = ""

    @property
    def seat(self) -> tuple[str, str, int, str]:
        """By whom and for what: of one seat one version is in force."""
        return (self.laid_by.value, self.line or "", self.body or 0, self.per.value)

    def reaches(self, plan: Plan) -> bool:
        return self.line in (None, plan.line) and self.body in (None, plan.body)


def caps_on(caps: Iterable[Cap], day: date, plan: Plan | None = None) -> list[Cap]:
    """The caps in force on a day, those that reach a plan if one is given, the strictest first (Q-3)."""
    newest: dict[tuple[str, str, int, str], Cap] = {}
    for cap in caps:
        if cap.holds_from <= day and (cap.seat not in newest or newest[cap.seat].holds_from < cap.holds_from):
            newest[cap.seat] = cap
    found = [cap for cap in newest.values() if cap.number is not None and (plan is None or cap.reaches(plan))]
    return sorted(found, key=lambda cap: (cap.number, cap.per, cap.seat))


@dataclass(frozen=True, slots=True)
class NamedLevel:
    """By which paper a superior named the one body that goes on a line in a year (Q-4); to one enterprise, or to all if none is named."""

    line: str
    year: int
    body: int
    instrument: str
    enterprise: int | None = None
    holds_from: date = date.min


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a plan is refused, or what it is warned of: the rule's id, the reason, and the facts that the words need.

    `article`: the paper that it rests on; the county's rule of that day where it has none of its own. `next_allowed`: the next day on
    which the plan is lawful, as the verdict has it.
    """

    rule: str
    reason: Reason
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    article: str = ""
    next_allowed: date | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a plan is allowed. `findings` refuse it, and are empty if and only if it is; `warnings` do not.

    `next_allowed` is the first day, not before the plan's own and not before today, on which this plan would be allowed (its own
    day if it is); None if there is none within `SEARCH_DAYS`. Provisional when the plan's day or the next rests on a year without a notice.
    """

    allowed: bool
    findings: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    next_allowed: date | None
    provisional: bool


def day_state(
    rules: Iterable[QuietRule],
    calendar: Calendar,
    day: date,
    added: Iterable[AddedQuietDays] = (),
    enterprise: EnterpriseFacts | None = None,
) -> DayState:
    """Quiet, open for inspection, or a day off outside the quiet days (Q-1, Q-9). Without an enterprise: for the whole county."""
    working = calendar.is_working(day)
    rule = rule_on(rules, day)
    town = enterprise.town if enterprise is not None else None
    if (rule is not None and rule.is_quiet(day, town)) or any(each.covers(day, enterprise) for each in added):
        return DayState.QUIET
    return DayState.OPEN if working else DayState.DAY_OFF


def open_days(
    rules: Iterable[QuietRule],
    calendar: Calendar,
    first: date,
    last: date,
    added: Iterable[AddedQuietDays] = (),
    enterprise: EnterpriseFacts | None = None,
) -> list[date]:
    """The open days from first to last, both included, in order (Q-1, Q-10)."""
    rules, added = tuple(rules), tuple(added)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day_state(rules, calendar, day, added, enterprise) is DayState.OPEN]


def next_open_day(
    rules: Iterable[QuietRule],
    calendar: Calendar,
    after: date,
    added: Iterable[AddedQuietDays] = (),
    enterprise: EnterpriseFacts | None = None,
) -> date | None:
    """The first open day after the given one, never that day itself; None if there is none within `SEARCH_DAYS`."""
    rules, added = tuple(rules), tuple(added)
    calendar.covers(after)
    for day in _days_from(after, SEARCH_DAYS + 1):
        if day > after and day_state(rules, calendar, day, added, enterprise) is DayState.OPEN:
            return day
    return None


def may_inspect(
    plan: Plan,
    enterprise: EnterpriseFacts,
    *,
    rules: Iterable[QuietRule],
    calendar: Calendar,
    history: Collection[Visit] = (),
    added: Iterable[AddedQuietDays] = (),
    cap: int = DEFAULT_CAP,
    caps: Iterable[Cap] | None = None,
    named: Iterable[NamedLevel] = (),
    categories: Mapping[str, Category] = CATEGORIES,
    today: date | None = None,
) -> Verdict:
    """May this body make this visit to this enterprise on this day, and when next? (Q-1 to Q-4, Q-9; a past day is Q-5)

    `history` holds the other visits to the enterprise, made or approved. With `today`, a day that is over is refused;
    without, the past is judged. `caps` are all versions of all caps, `cap` stands for them where there is only the county's.
    Raises `CalendarMissing` or `DateOutOfRange` for a day outside the calendar.
    """
    all_caps = (Cap(cap),) if caps is None else tuple(caps)
    law = _Law(tuple(rules), calendar, tuple(added), tuple(history), all_caps, tuple(named), categories, enterprise)
    findings = law.findings(plan)
    if today is not None and plan.day < today:
        findings.insert(0, law.finding("Q-5", Reason.DAY_IS_OVER, plan.day, today=today))
    next_allowed = None if findings else plan.day
    if findings:
        sought = plan if law.exemption_of(plan) or not plan.exemption else replace(plan, exemption=None)
        for day in _days_from(max(plan.day, today or plan.day), SEARCH_DAYS):
            moved = sought.moved_to(day)
            if moved.ends <= LAST_DAY and next(law.found(moved), None) is None:
                next_allowed = day
                break
        if plan.exemption in law.never_inspections and not sought.exemption:
            next_allowed = None  # what is no inspection would become one without its basis: no day helps
    looked_at = (plan.day, plan.ends, next_allowed or plan.day)
    return Verdict(
        not findings,
        tuple(replace(each, next_allowed=next_allowed) for each in findings),
        () if findings else tuple(law.warnings(plan)),
        next_allowed,
        any(calendar.is_provisional(day) for day in looked_at),
    )


@dataclass(frozen=True, slots=True)
class CapUse:
    """A cap in force that reaches a plan, and the visits of the year that use it up."""

    cap: Cap
    used: int

    @property
    def is_reached(self) -> bool:
        return self.cap.number is not None and self.used >= self.cap.number


def use_of_caps(
    plan: Plan,
    enterprise: EnterpriseFacts,
    *,
    calendar: Calendar,
    history: Collection[Visit],
    caps: Iterable[Cap],
    categories: Mapping[str, Category] = CATEGORIES,
) -> list[CapUse]:
    """Each cap in force on the plan's day that reaches it, the strictest first, and how many visits of the year use it up (Q-3)."""
    law = _Law((), calendar, (), tuple(history), tuple(caps), (), categories, enterprise)
    return [CapUse(cap, len(law.used(cap, plan))) for cap in caps_on(law.caps, plan.day, plan)]


def _days_from(first: date, number: int) -> Iterable[date]:
    for n in range(min(number, (LAST_DAY - first).days) + 1):
        yield first + timedelta(days=n)


@dataclass(frozen=True, slots=True)
class _Law:
    """Everything but the plan, so that one plan can be tried on many days."""

    rules: Sequence[QuietRule]
    calendar: Calendar
    added: Sequence[AddedQuietDays]
    history: Sequence[Visit]
    caps: Sequence[Cap]
    named: Sequence[NamedLevel]
    categories: Mapping[str, Category]
    enterprise: EnterpriseFacts

    @property
    def never_inspections(self) -> frozenset[str]:
        return frozenset(code for code, category in self.categories.items() if not category.is_inspection)

    def finding(self, rule: str, reason: Reason, on: date, article: str = "", **facts: object) -> Finding:
        """A finding about a day, with the paper that it rests on."""
        if not article:
            of_the_day = rule_on(self.rules, on)
            article = of_the_day.source if of_the_day is not None else ""
        return Finding(rule, reason, MappingProxyType({"day": on, **facts}), article)

    def exemption_of(self, plan: Plan | Visit) -> Category | None:
        """The exemption that a plan has made out: a category that is switched on, with its basis."""
        category = self.categories.get(plan.exemption or "")
        if category is None or not category.switched_on or (isinstance(plan, Plan) and not plan.basis.strip()):
            return None
        return category

    def findings(self, plan: Plan) -> list[Finding]:
        """What refuses the plan on its day."""
        return list(self.found(plan))

    def found(self, plan: Plan) -> Iterator[Finding]:
        """The same one after the other: who only asks whether there is any stops at the first."""
        exemption = self.exemption_of(plan)
        yield from self._of_exemption(plan)
        if exemption is not None and not exemption.is_inspection:
            return
        for day in dict.fromkeys((plan.day, plan.ends)):
            yield from self._of_day(plan, exemption, day)
        if plan.kind is Kind.ROUTINE and not plan.is_recheck:
            yield from self._of_caps(plan, exemption)
            yield from self._of_line(plan, exemption)

    def warnings(self, plan: Plan) -> Iterable[Finding]:
        """What an allowed plan is told: which inspection of the year this is, once it is above the strictest cap (Q-3)."""
        exemption = self.exemption_of(plan)
        if plan.is_recheck or (exemption is not None and not exemption.is_inspection):
            return
        year = plan.day.year
        for cap in caps_on(self.caps, plan.day, plan):
            number = 1 + len(self._added_up(cap, plan, self._inspections_of(year)))
            if cap.number is not None and number > cap.number:
                reason = Reason.ABOVE_THE_CAP_BY_LAW if exemption is not None and exemption.lifts_cap else Reason.ABOVE_THE_CAP
                yield self.finding("Q-3", reason, plan.day, cap.source, number=number, cap=cap.number, year=year, basis=plan.basis)
                return

    def _of_exemption(self, plan: Plan) -> Iterable[Finding]:
        if not plan.exemption:
            return
        category = self.categories.get(plan.exemption)
        if category is None or not category.switched_on:
            article = category.source if category is not None else ""
            yield self.finding("Q-2", Reason.EXEMPTION_UNKNOWN, plan.day, article, exemption=plan.exemption)
        elif not plan.basis.strip():
            # the statutory minimum is the one exemption that Q-3 has, and its basis is an article
            rule, reason = ("Q-3", Reason.ARTICLE_MISSING) if category.lifts_cap else ("Q-2", Reason.BASIS_MISSING)
            yield self.finding(rule, reason, plan.day, category.source, exemption=plan.exemption)

    def _of_day(self, plan: Plan, exemption: Category | None, day: date) -> Iterable[Finding]:
        working = self.calendar.is_working(day)
        rule = rule_on(self.rules, day)
        added = next((each for each in self.added if each.covers(day, self.enterprise)), None)
        by_rule = rule is not None and rule.is_quiet(day, self.enterprise.town)
        if (by_rule or added is not None) and (exemption is None or plan.kind not in exemption.kinds):
            if exemption is not None:
                reason = Reason.EXEMPTION_NOT_FOR_KIND
                yield self.finding("Q-2", reason, day, exemption.source, exemption=exemption.code, kind=plan.kind.value)
            if by_rule and rule is not None:
                yield self.finding("Q-1", Reason.DAY_IS_QUIET, day, quiet_rule=rule.id)
            if added is not None:
                yield self.finding("Q-9", Reason.DAY_IS_ADDED_QUIET, day, added.instrument, instrument=added.instrument)
        at_work = working or (plan.on_day_off and self.enterprise.works_on_days_off)
        if not at_work and not (exemption is not None and exemption.lifts_day_off):
            yield self.finding("Q-1", Reason.DAY_IS_OFF, day, why=self.calendar.why(day).value)

    def _of_caps(self, plan: Plan, exemption: Category | None) -> Iterable[Finding]:
        """The strictest of the caps that are used up, if any is (Q-3)."""
        if exemption is not None and exemption.lifts_cap:
            return
        year = plan.day.year
        for cap in caps_on(self.caps, plan.day, plan):
            used = self.used(cap, plan)
            if cap.number is not None and len(used) >= cap.number:
                reason = Reason.CAP_REACHED if cap.per is Per.BODY else Reason.CAP_OF_ALL_REACHED
                visited = max((visit.day for visit in used), default=None)
                facts = {"year": year, "cap": cap.number, "number": len(used), "visited": visited, "laid_by": cap.laid_by.value}
                yield self.finding("Q-3", reason, plan.day, cap.source, **facts)
                return

    def used(self, cap: Cap, plan: Plan) -> list[Visit]:
        """The visits of the plan's year that use up a cap that reaches it (Q-3)."""
        visits = [visit for visit in self._inspections_of(plan.day.year) if visit.kind in cap.counts and not self._is_above_cap(visit)]
        return self._added_up(cap, plan, visits)

    def _of_line(self, plan: Plan, exemption: Category | None) -> Iterable[Finding]:
        """No repeats at several levels of one line (Q-4)."""
        if exemption is not None and exemption.lifts_repeat:
            return
        year = plan.day.year
        named = self._named(plan)
        if named is not None:
            if named.body != plan.body:
                facts = {"year": year, "line": plan.line, "body": named.body, "instrument": named.instrument}
                yield self.finding("Q-4", Reason.OTHER_LEVEL_NAMED, plan.day, named.instrument, **facts)
            return
        other = [
            visit
            for visit in self._inspections_of(year)
            if visit.kind is Kind.ROUTINE
            and not self._is_above_cap(visit)
            and visit.body != plan.body
            and visit.line == plan.line
            and (plan.joint is None or visit.joint != plan.joint)
        ]
        if other and not (plan.is_vertical and plan.coordinated.strip()):
            first = min(other, key=lambda visit: visit.day)
            reason = Reason.COORDINATE_FIRST if plan.is_vertical else Reason.LINE_REPEATED
            yield self.finding("Q-4", reason, plan.day, year=year, line=plan.line, body=first.body, visited=first.day)

    def _named(self, plan: Plan) -> NamedLevel | None:
        """The body that a superior named: for this enterprise before for all, and of several what is given first."""
        of_plan = (each for each in self.named if (each.line, each.year) == (plan.line, plan.day.year) and each.holds_from <= plan.day)
        found = [each for each in of_plan if each.enterprise in (None, self.enterprise.id)]
        return min(found, key=lambda each: each.enterprise is None, default=None)

    def _added_up(self, cap: Cap, plan: Plan, visits: Iterable[Visit]) -> list[Visit]:
        """The visits that a cap adds up; of all bodies, a joint visit is one, and the plan's own other parts are the plan (Q-3)."""
        if cap.per is Per.BODY:
            return [visit for visit in visits if visit.body == plan.body and cap.line in (None, visit.line)]
        found: list[Visit] = []
        seen = {plan.joint}
        for visit in visits:
            if cap.line not in (None, visit.line) or cap.body not in (None, visit.body):
                continue
            if visit.joint is None or visit.joint not in seen:
                found.append(visit)
                seen.add(visit.joint)
        return found

    def _inspections_of(self, year: int) -> list[Visit]:
        """The visits that count in a year: no rechecks, nothing that is no inspection."""
        return [
            visit
            for visit in self.history
            if visit.day.year == year and not visit.is_recheck and visit.exemption not in self.never_inspections
        ]

    def _is_above_cap(self, visit: Visit) -> bool:
        category = self.categories.get(visit.exemption or "")
        return category is not None and category.lifts_cap
