"""What the pages of an enterprise's space show, and its calendar for other programs: values in the page's language. No rule is made here."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from portal.i18n import _, _p, named
from portal.inspections import pages, queries, space_queries
from portal.inspections.models import Enterprise
from portal.inspections.quiet_forms import HANDS, PERS
from portal.inspections.space_feed import Entry, runs
from portal.inspections.space_queries import Coming, Made
from portal.rules.inspection_plans import PlanState
from portal.rules.moments import start_of
from portal.rules.quiet_days import Cap, CapUse
from portal.rules.working_days import CalendarError
from portal.web.filters import day as day_in_words

DAY = timedelta(days=1)
MARKED = 16  # marks of a month; more would not be told apart
AHEAD_MONTHS = 12


# --- the year and the month ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Happening:
    """A visit on a day as a calendar says it; `code` leads to its notice."""

    first: date
    last: date
    body: Any
    matter: Any
    word: str
    is_made: bool
    is_cancelled: bool = False
    code: str | None = None

    @property
    def days(self) -> str:
        """27; 27–30."""
        return str(self.first.day) if self.first == self.last else f"{day_in_words(self.first)}–{day_in_words(self.last)}"


@dataclass(frozen=True, slots=True)
class Mark:
    """A visit in the picture of the year: per cent across; full once it was made."""

    x: float
    is_made: bool


@dataclass(frozen=True, slots=True)
class MonthShown:
    """A month of the enterprise's year: the strip of its days, added quiet days in words, the visits that are known."""

    month: pages.MonthOfYear
    added: tuple[tuple[str, str], ...]
    happenings: tuple[Happening, ...]
    marks: tuple[Mark, ...]


def happenings(announced: Sequence[Coming], made: Sequence[Made]) -> list[Happening]:
    """Visits with a notice by the days that it names, and those that took place; one that did is said once. By day."""
    found = []
    done = {each.plan.id for each in made if each.plan is not None}
    for each in announced:
        if each.row.id in done or (each.state is PlanState.FILED and each.row.code_issued_at is None):
            continue
        is_cancelled = each.state is PlanState.CANCELLED
        word = _p("visit", "cancelled") if is_cancelled else _p("visit", "turned away") if each.state is PlanState.TURNED_AWAY else _p("visit", "announced")
        found.append(Happening(each.row.first_on, each.row.last_on, each.body, each.matter, word, False, is_cancelled, each.code))
    for visit in made:
        day = visit.row.day_on
        found.append(Happening(day, day, visit.body, visit.matter, _p("visit", "took place"), True))
    return sorted(found, key=lambda each: (each.first, each.body.code))


def year_of(enterprise: Enterprise, quiet: queries.QuietCalendar, year: int, today: date) -> list[MonthShown]:
    """The twelve months of an enterprise's year (Q-7)."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    every = happenings(space_queries.list_plans_between(enterprise, first, last), space_queries.list_made_between(enterprise, first, last))
    found = []
    for month in pages.months_of(quiet, year, today):
        own = tuple(each for each in every if (each.first.year, each.first.month) == (year, month.month))
        marks = tuple(
            Mark(round(pages.LABEL + (each.first.day - 0.5) * pages.COLUMN, 1), each.is_made) for each in own if not each.is_cancelled
        )
        found.append(MonthShown(month, added_in(quiet, year, month.month), own, marks[:MARKED]))
    return found


def added_in(quiet: queries.QuietCalendar, year: int, month: int) -> tuple[tuple[str, str], ...]:
    """The added quiet days of a month, each run with the paper of its first day: 3–9, 柞政办发〔2026〕9号."""
    days = [date(year, month, number) for number in range(1, calendar.monthrange(year, month)[1] + 1)]
    found = []
    for first, last in runs(day for day in days if quiet.added_on(day) is not None):
        added = quiet.added_on(first)
        assert added is not None
        found.append((str(first.day) if first == last else f"{first.day}–{last.day}", added.instrument))
    return tuple(found)


def month_of(enterprise: Enterprise, quiet: queries.QuietCalendar, year: int, month: int, today: date) -> tuple[Any, list[Happening]]:
    """The weeks of a month with what is known of each day, and the visits of the month."""
    first = date(year, month, 1)
    last = date(year, month, calendar.monthrange(year, month)[1])
    every = happenings(space_queries.list_plans_between(enterprise, first, last), space_queries.list_made_between(enterprise, first, last))
    names = queries.typed_days(enterprise.county_id, first, last)

    def note(day: date) -> str:
        words = [each.word for each in every if each.first <= day <= each.last]
        if day in names:
            words.insert(0, named(names[day]))
        elif quiet.added_on(day) is not None and quiet.why(day) == "Q-9":
            words.insert(0, _p("day", "added"))
        return _p("list", ", ").join(dict.fromkeys(words))

    return pages.pictures.weeks(year, month, lambda day: pages.OF_STATE[quiet.state(day)], today, note), every


# --- caps in words ------------------------------------------------------------------------------------------------------------------


def cap_in_words(cap: Cap) -> str:
    """每年1次（各部门分别计）；县."""
    kinds = _p("list", ", ").join(str(word) for kind, word in pages.KINDS.items() if kind in cap.counts)
    return _("%(number)s a year, %(kinds)s, %(per)s; laid down by: %(by)s", number=cap.number, kinds=kinds, per=PERS[cap.per], by=HANDS[cap.laid_by])


def use_in_words(use: CapUse) -> str:
    """1 / 1."""
    return f"{use.used} / {use.cap.number}"


# --- the calendar for other programs ------------------------------------------------------------------------------------------------


def entries_of(enterprise: Enterprise, county_code: str, today: date, public_url: str) -> list[Entry]:
    """What an enterprise's calendar holds: visits from the year before on, open and added quiet days from this month on (Q-7)."""
    at = f"@{county_code}.tongban"
    first, last = date(today.year - 1, 1, 1), date(today.year + 1, 12, 31)
    announced = space_queries.list_plans_between(enterprise, first, last)
    found = [_of_plan(each, at, public_url) for each in announced]
    for made in space_queries.list_made_between(enterprise, first, last):
        if made.plan is None:
            day = made.row.day_on
            summary = _("Inspection: %(body)s", body=named(made.body))
            found.append(Entry(f"visit-{made.row.id}{at}", day, day, summary, "", start_of(day), busy=True))
    return [*found, *_of_days(enterprise, at, today)]


def _of_plan(each: Coming, at: str, public_url: str) -> Entry:
    changed_at, sequence = space_queries.last_change(each.events)
    row, is_cancelled = each.row, each.state is PlanState.CANCELLED
    said = [str(pages.KINDS[row.kind])]  # type: ignore[index]
    address = f"{public_url}/inspections/verify/{each.code}" if each.code and not is_cancelled else ""
    if address:
        said.append(_("Code of the notice: %(code)s", code=each.code))
    if is_cancelled:
        said.append(_("This visit is cancelled. Nobody is to come on this notice any more."))
    summary = _("Inspection: %(body)s, %(matter)s", body=named(each.body), matter=named(each.matter))
    return Entry(
        f"{row.number}{at}", row.first_on, row.last_on, summary, "\n".join(said), changed_at, sequence, busy=True, cancelled=is_cancelled, address=address
    )


def _of_days(enterprise: Enterprise, at: str, today: date) -> list[Entry]:
    """Open days as runs, and quiet days that were added; what else is quiet goes without saying."""
    quiet = queries.quiet_calendar(enterprise.county_id).of(queries.facts_of(enterprise))
    first = today.replace(day=1)
    last = first.replace(year=first.year + 1) - DAY
    changed_at: datetime = start_of(today)
    try:
        opened = runs(quiet.open_days(first, last))
    except CalendarError:
        return []
    found = [
        Entry(f"open-{begins:%Y%m%d}{at}", begins, ends, _("Open for planned inspections"), "", changed_at) for begins, ends in opened
    ]
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    for begins, ends in runs(day for day in days if quiet.added_on(day) is not None and quiet.calendar.is_working(day)):
        added = quiet.added_on(begins)
        assert added is not None
        found.append(Entry(f"quiet-{begins:%Y%m%d}{at}", begins, ends, _("Added quiet days: no inspections"), added.instrument, changed_at))
    return found
