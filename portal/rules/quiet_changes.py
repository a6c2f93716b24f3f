"""Who may change the quiet days, and to what: versions of the rule, added days, exemptions, caps, the level that goes (Q-1 to Q-4, Q-9).

Everything is added and dated, from tomorrow at the earliest: what was lawful on its day stays so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, timedelta

from portal.rules.authority import Office, OfficeHeld
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.quiet_days import CATEGORIES, Category, Exemption, Kind, MonthDays, QuietRule, Window

FLOOR = MonthDays(1, 25)
"""What no county decision opens (Q-9)."""

SWITCHED = frozenset({Exemption.SAFETY, Exemption.COMPLAINT, Exemption.REQUESTED, Exemption.SUPERIOR})
"""Exemptions of Q-2 that a county may do without. Accident and statutory date stand (Q-9), and what is no inspection never becomes one."""

_A_LEAP_YEAR = date(2028, 1, 1)


def may_change(offices: Iterable[OfficeHeld]) -> Decision:
    """May a person with these offices change the county's quiet days? The county manager (Q-1)."""
    held = next((each for each in offices if each.office is Office.COUNTY_MANAGER), None)
    if held is None:
        return Decision.no(Reason.NOT_COUNTY_MANAGER, rule="Q-1")
    return Decision.yes(by=Basis(Sort.ACT_OF_OFFICE, office=held.id))


def may_begin(from_on: date, today: date, taken: Collection[date], rule: str) -> Decision:
    """May something hold from this day on? From tomorrow at the earliest, and where nothing of its kind begins on that day."""
    if from_on <= today:
        return Decision.no(Reason.QUIET_FROM_TOMORROW, rule=rule, day=from_on)
    if from_on in taken:
        return Decision.no(Reason.QUIET_STANDS_ALREADY, rule=rule, day=from_on)
    return Decision.yes()


def may_lay_down(version: QuietRule, by_superior: bool) -> Decision:
    """May these be the quiet days? A county keeps every day of 1 to 25 quiet in every town; a superior's paper may say otherwise (Q-9)."""
    if not version.source.strip():
        return Decision.no(Reason.QUIET_PAPER_MISSING, rule="Q-1")
    sets: list[tuple[Window, ...]] = [version.windows, *(windows for _town, windows in version.by_town)]
    year = [_A_LEAP_YEAR + timedelta(days=n) for n in range(366 + 365 * 6)]  # every day of a month on every day of the week
    if not by_superior and any(FLOOR.has(day) and not any(w.has(day) for w in windows) for windows in sets for day in year):
        return Decision.no(Reason.QUIET_DAYS_OPENED, rule="Q-9")
    return Decision.yes()


def may_add_days(first: date, last: date, instrument: str, today: date) -> Decision:
    """May these days become quiet? From tomorrow on, by an instrument that is named (Q-9)."""
    if not instrument.strip():
        return Decision.no(Reason.QUIET_PAPER_MISSING, rule="Q-9")
    if first <= today:
        return Decision.no(Reason.QUIET_FROM_TOMORROW, rule="Q-9", day=first)
    return Decision.yes()


def may_switch(code: str, on: bool, now: Category | None) -> Decision:
    """May an exemption be switched on or off? (Q-2) Not those that the rule itself keeps."""
    if code in CATEGORIES and code not in SWITCHED:
        return Decision.no(Reason.CATEGORY_STANDS, rule="Q-2")
    if now is not None and now.switched_on is on:
        return Decision.no(Reason.CATEGORY_IS_SO, rule="Q-2")
    return Decision.yes()


def category_of(code: str, kinds: Iterable[str], on: bool, source: str) -> Category:
    """What a row of county data says: a category of Q-2 keeps what it lifts, a county's own lets its kinds in on a quiet day and no more."""
    known = CATEGORIES.get(code)
    if known is not None:
        return replace(known, switched_on=on or code not in SWITCHED, source=source)
    return Category(code, kinds=frozenset(Kind(kind) for kind in kinds), switched_on=on, source=source)
