"""What the pages of inspections show, and their words: values ready for templates, in the page's language. No rule is made here."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from types import MappingProxyType
from typing import Any

from portal.i18n import _, _lp, _p, current_language, named
from portal.inspections import queries
from portal.inspections.queries import QuietCalendar
from portal.rules.decision import Decision
from portal.rules.quiet_days import CATEGORIES, DayState, Exemption, Finding, Kind, MonthDays, QuietRule, Window
from portal.web import pictures
from portal.web.filters import day as day_in_words
from portal.web.filters import long_day
from portal.web.reasons import words

KINDS: dict[Kind, Any] = {
    Kind.ROUTINE: _lp("inspection", "Routine"),
    Kind.INDIVIDUAL: _lp("inspection", "Individual"),
    Kind.SPECIAL: _lp("inspection", "Special"),
}
EXEMPTIONS: dict[Exemption, Any] = {
    Exemption.SAFETY: _lp("exemption", "Safety: special and individual inspections; routine ones go on open days"),
    Exemption.COMPLAINT: _lp("exemption", "A complaint or report"),
    Exemption.REQUESTED: _lp("exemption", "The enterprise asked for it"),
    Exemption.ACCIDENT: _lp("exemption", "A sudden accident or a danger to public health"),
    Exemption.SUPERIOR: _lp("exemption", "Ordered by a superior body"),
    Exemption.STATUTORY: _lp("exemption", "On a date set by law"),
    Exemption.CRIMINAL: _lp("exemption", "A criminal or discipline investigation"),
    Exemption.CASE_INVESTIGATION: _lp("exemption", "The investigation of a filed case"),
    Exemption.LICENCE_CHECK: _lp("exemption", "The site check inside a licence procedure"),
    Exemption.SERVICE_VISIT: _lp("exemption", "A service visit"),
}
OF_STATE: dict[DayState, pictures.DayKind] = {DayState.QUIET: "quiet", DayState.OPEN: "open", DayState.DAY_OFF: "off"}
CLASS_OF_STATE = {DayState.QUIET: "q", DayState.OPEN: "o", DayState.DAY_OFF: "x"}


def in_words(finding: Finding) -> str:
    """Why not, or what is to be kept in mind, in one sentence."""
    facts = {name: long_day(value) if isinstance(value, date) else value for name, value in finding.facts.items()}
    return words(Decision(False, reason=finding.reason, rule=finding.rule, facts=MappingProxyType(facts)))


@dataclass(frozen=True, slots=True)
class ExemptionShown:
    """An exemption of a day: its code, what it is called, whether it lets an inspection in, and whether it is switched on."""

    code: str
    name: str
    is_inspection: bool
    is_active: bool


def exemption_name(code: str, rows: Sequence[Any]) -> str:
    """What an exemption is called: by Q-2, else as the county called it."""
    if code in CATEGORIES:
        return str(EXEMPTIONS[Exemption(code)])
    row = next((row for row in rows if row.code == code), None)
    return named(row) if row is not None else code


def exemptions(rows: Sequence[Any], on: date) -> list[ExemptionShown]:
    """The exemptions of a day, those of Q-2 first, then the county's own."""
    known = queries.categories_on(rows, on)
    return [ExemptionShown(code, exemption_name(code, rows), each.is_inspection, each.switched_on) for code, each in known.items()]


def allowed_on_quiet_days(rows: Sequence[Any], on: date) -> list[str]:
    """The inspections that an exemption lets in on a quiet day (Q-2)."""
    return [each.name for each in exemptions(rows, on) if each.is_inspection and each.is_active]


def not_inspections() -> list[str]:
    """The visits that are no inspections at all (Q-2)."""
    return [str(EXEMPTIONS[each]) for each in Exemption if not CATEGORIES[each].is_inspection]


# --- days, months, rules in words -------------------------------------------------------------------------------------------------


def weekday_names() -> list[str]:
    """Monday to Sunday, as short as the calendar has them."""
    return [
        _p("weekday", "Mon"),
        _p("weekday", "Tue"),
        _p("weekday", "Wed"),
        _p("weekday", "Thu"),
        _p("weekday", "Fri"),
        _p("weekday", "Sat"),
        _p("weekday", "Sun"),
    ]


def day_of_week(value: date | None, *, year: bool = False) -> str:
    """11月26日（周四）; 26 Nov (Thu)."""
    if value is None:
        return ""
    return _("%(day)s (%(weekday)s)", day=day_in_words(value, year=year), weekday=weekday_names()[value.weekday()])


def month_name(year: int, month: int) -> str:
    """2026年11月; November 2026."""
    return f"{calendar.month_name[month]} {year}" if current_language() == "en" else f"{year}年{month}月"


def short_month(month: int) -> str:
    """11月; Nov."""
    return calendar.month_abbr[month] if current_language() == "en" else f"{month}月"


def rule_in_words(rule: QuietRule) -> str:
    """Which days are quiet: 每月1日至25日."""
    return _p("list", ", ").join(_window_in_words(window) for window in rule.windows)


def towns_in_words(rule: QuietRule, towns: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The towns with days of their own: name, days in words."""
    return [
        (named(towns[code]) if code in towns else code, _p("list", ", ").join(_window_in_words(window) for window in windows))
        for code, windows in rule.by_town
    ]


def _window_in_words(window: Window) -> str:
    if isinstance(window, MonthDays):
        if window.first == window.last:
            return _("day %(day)s of every month", day=window.first)
        if window.last == 31:
            return _("day %(first)s to the last day of every month", first=window.first)
        return _("days %(first)s to %(last)s of every month", first=window.first, last=window.last)
    names = weekday_names()
    if window.first == window.last:
        return _("%(day)s of every week", day=names[window.first])
    return _("%(first)s to %(last)s of every week", first=names[window.first], last=names[window.last])


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """A version of the rule as a page says it, the day from which it holds, the paper that it rests on, and towns with days of their own."""

    text: str
    since: date
    source: str
    towns: Sequence[tuple[str, str]]


def rules_in_force(quiet: QuietCalendar, first: date, last: date, towns: Mapping[str, Any]) -> list[RuleInForce]:
    """The rules of a period, the earlier first."""
    return [
        RuleInForce(rule_in_words(rule), rule.holds_from, rule.source, towns_in_words(rule, towns))
        for rule in quiet.rules_within(first, last)
    ]


# --- the year and the month -------------------------------------------------------------------------------------------------------


LABEL, COLUMN = 13.0, 2.8  # per cent of the picture's width: the months' names, a day (31 of them are the rest)
BAND = {"q": (6, 8), "o": (1, 18), "x": (9, 2)}  # px: top and height in a line of 20, so that states differ without their colors


@dataclass(frozen=True, slots=True)
class Run:
    """Days of one state that follow each other: where they stand in the picture (per cent across, px down), and their class."""

    css: str
    x: float
    width: float
    top: int
    height: int

    @classmethod
    def of(cls, first: int, length: int, css: str) -> Run:
        top, height = BAND[css]
        gap = 0.4 if css == "o" else 0.0
        return cls(css, round(LABEL + first * COLUMN, 1), round(length * COLUMN - gap, 1), top, height)


@dataclass(frozen=True, slots=True)
class MonthOfYear:
    """A line of the year: its name, its open days in numbers, and the strip of its days."""

    month: int
    name: str
    open_days: tuple[int, ...]
    runs: tuple[Run, ...]
    is_now: bool


def months_of(quiet: QuietCalendar, year: int, today: date) -> list[MonthOfYear]:
    """The twelve months of a year (Q-10)."""
    return [_month_of(quiet, year, month, today) for month in range(1, 13)]


def _month_of(quiet: QuietCalendar, year: int, month: int, today: date) -> MonthOfYear:
    states = [quiet.state(date(year, month, number)) for number in range(1, calendar.monthrange(year, month)[1] + 1)]
    runs: list[Run] = []
    first = 0
    for state, days in groupby(states):
        length = len(list(days))
        css = CLASS_OF_STATE[state]
        parts = [(first + n, 1) for n in range(length)] if css == "o" else [(first, length)]
        runs += [Run.of(at, number, css) for at, number in parts]
        first += length
    numbers = tuple(number for number, state in enumerate(states, 1) if state is DayState.OPEN)
    return MonthOfYear(month, short_month(month), numbers, tuple(runs), (year, month) == (today.year, today.month))


def weeks_of(quiet: QuietCalendar, year: int, month: int, today: date, names: dict[date, Any]) -> Any:
    """The weeks of a month for its picture; holidays and worked weekends bear their name."""
    return pictures.weeks(year, month, lambda day: OF_STATE[quiet.state(day)], today, lambda day: named(names[day]) if day in names else "")


# --- counts by body -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CountsShown:
    """A line of the counts: None is too few to be published."""

    body: Any
    inspections: int | None
    exempted: int | None
    share: int | None
    not_inspections: int | None
    after_fact: int | None
    late_codes: int | None


def counts_by_name(rows: Sequence[queries.BodyCount]) -> list[CountsShown]:
    """The counts as the public sees them, by the body's name in the page's language and by nothing else (Q-12)."""
    ordered = sorted(rows, key=lambda row: name_key(named(row.body)))
    return [CountsShown(row.body, *queries.published_counts(row), *queries.published_afterwards(row)) for row in ordered]


def name_key(name: str) -> bytes:
    """The order of names: GB 18030 has the common characters by their sound, as Chinese lists do; Latin letters by the alphabet."""
    return name.casefold().encode("gb18030", "replace")
