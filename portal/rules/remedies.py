"""What somebody can do against a decision: which door, at whose, within how long (C-9).

The text of the remedy follows from the type of decision and from the body that made it, not from who typed it. The county data name organ,
address and court; where they are silent the organ that the law says is named: the people's government of the county for its departments and
for the governments below it (行政复议法 of 2023, art. 24), the next higher organ for what is led from above (art. 27).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.rules.deadlines import Due, Limit, Unit, due_date
from portal.rules.papers import PaperKind
from portal.rules.working_days import Calendar


class Door(StrEnum):
    """The two doors."""

    RECONSIDERATION = "reconsideration"  # 行政复议
    SUIT = "suit"  # 行政诉讼


class Organ(StrEnum):
    """Who hears a reconsideration."""

    COUNTY_GOVERNMENT = "county_government"
    UPPER_GOVERNMENT = "upper_government"
    UPPER_ORGAN = "upper_organ"


LED_FROM_ABOVE = frozenset({"tax", "customs", "finance_supervision", "foreign_exchange", "state_security"})
"""The lines whose acts go to the next higher organ (行政复议法 art. 27). Other vertical management does not change the door."""

RECONSIDERATION_LIMIT = Limit(60, Unit.CALENDAR)  # 行政复议法 art. 20
SUIT_LIMIT = Limit(6, Unit.MONTH)  # 行政诉讼法 art. 46
SUIT_AFTER_LIMIT = Limit(15, Unit.CALENDAR)  # 行政诉讼法 art. 45: from the decision on reconsideration


@dataclass(frozen=True, slots=True)
class Remedy:
    """One door with its limit. `after_first` is true for a suit that opens only after the reconsideration."""

    door: Door
    limit: Limit
    article: str
    after_first: bool = False


CLOSED_BY_THE_BODY = frozenset({"terminated"})
"""Of the ways to close without a decision, the one that the body chose: it takes a right, so it names the remedy."""


def remedies_of(
    kind: PaperKind, event: str = "", *, reconsideration_first: bool = False, own_days: int | None = None
) -> tuple[Remedy, ...]:
    """The doors that a paper must name; none where it takes nothing from anybody.

    `reconsideration_first`: the item's law wants the reconsideration before the suit (行政复议法 art. 23). `own_days`: a longer limit of the
    item's law; a shorter one does not count (art. 20).
    """
    refuses = kind in (PaperKind.REFUSAL, PaperKind.NON_ACCEPTANCE, PaperKind.TURNED_AWAY)
    if not refuses and not (kind is PaperKind.CLOSING and event in CLOSED_BY_THE_BODY):
        return ()
    days = max(RECONSIDERATION_LIMIT.number, own_days or 0)
    asked = Remedy(Door.RECONSIDERATION, Limit(days, Unit.CALENDAR), "行政复议法 art. 20")
    if reconsideration_first:
        return asked, Remedy(Door.SUIT, SUIT_AFTER_LIMIT, "行政诉讼法 art. 45", after_first=True)
    return asked, Remedy(Door.SUIT, SUIT_LIMIT, "行政诉讼法 art. 46")


def organ_of(body_kind: str, line: str = "") -> Organ:
    """Who hears a reconsideration of what this body did, where the county data do not say (行政复议法 arts. 24, 27)."""
    if line in LED_FROM_ABOVE:
        return Organ.UPPER_ORGAN
    if body_kind in ("county_government", "superior"):
        return Organ.UPPER_GOVERNMENT
    return Organ.COUNTY_GOVERNMENT


def last_day(remedy: Remedy, known_on: date, calendar: Calendar) -> Due:
    """The last day of a door, from the day on which the person knew; the day itself is not counted, an end on a day off is carried (S-6)."""
    return due_date(known_on, remedy.limit, calendar)
