"""What the pages of inspections show, and their words: values ready for templates, in the page's language. No rule is made here."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from types import MappingProxyType
from typing import Any

from portal.i18n import _, _lp, _p, current_language, named
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


def allowed_on_quiet_days() -> list[str]:
    """The inspections that an exemption lets in on a quiet day (Q-2)."""
    return [str(EXEMPTIONS[each]) for each in Exemption if CATEGORIES[each].is_inspection]


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
    """A version of the rule as a page says it, the day from which it holds, and the paper that it rests on."""

    text: str
    since: date
    source: str


def rules_in_force(quiet: QuietCalendar, first: date, last: date, sources: dict[int, str]) -> list[RuleInForce]:
    """The rules of a period, the earlier first."""
    return [RuleInForce(rule_in_words(rule), rule.holds_from, sources.get(rule.id, "")) for rule in quiet.rules_within(first, last)]


# --- the year and the month -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """Days of one state that follow each other: first day of the month (from 0), how many, and the class of their color."""

    first: int
    length: int
    css: str


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
    runs, first = [], 0
    for state, days in groupby(states):
        length = len(list(days))
        runs.append(Run(first, length, CLASS_OF_STATE[state]))
        first += length
    numbers = tuple(number for number, state in enumerate(states, 1) if state is DayState.OPEN)
    return MonthOfYear(month, short_month(month), numbers, tuple(runs), (year, month) == (today.year, today.month))


def weeks_of(quiet: QuietCalendar, year: int, month: int, today: date, names: dict[date, Any]) -> Any:
    """The weeks of a month for its picture; holidays and worked weekends bear their name."""
    return pictures.weeks(year, month, lambda day: OF_STATE[quiet.state(day)], today, lambda day: named(names[day]) if day in names else "")
