"""The "could not get it done" window (办不成事): who opens a matter, by when it is answered and settled, and what repeats (V-11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.rules.authority import Office, OfficeHeld
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.working_days import Calendar

ANSWER_DAYS = 1
"""In how many working days the coordinator answers (V-11)."""
SETTLE_DAYS = 15
"""In how many working days it is settled, or said why not (V-11)."""
SENT_BACK_TIMES = 2
"""So often somebody must have been sent back (V-11)."""


class Ground(StrEnum):
    """Why somebody comes to this window."""

    REFUSED = "refused"
    SENT_BACK = "sent_back"
    NOT_HERE = "not_here"


class MatterState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    SETTLED = "settled"
    EXPLAINED = "explained"
    """Not settled, and said why."""

    @property
    def is_over(self) -> bool:
        return self in (MatterState.SETTLED, MatterState.EXPLAINED)


class Change(StrEnum):
    """What a cause that repeats should change."""

    CATALOGUE = "catalogue"
    GRANT = "grant"


class Cause(StrEnum):
    """Why it could not get done; each matter ends in one."""

    GUIDE_UNCLEAR = "guide_unclear"
    MATERIALS_TOO_MANY = "materials_too_many"
    NOT_OFFERED = "not_offered"
    NO_POWER = "no_power"
    PUSHED_ON = "pushed_on"
    SYSTEM = "system"
    SERVICE = "service"
    MATERIALS_MISSING = "materials_missing"
    NOT_BY_LAW = "not_by_law"
    OTHER = "other"

    @property
    def change(self) -> Change | None:
        """What is to be changed where it repeats; None where neither catalogue nor grant would help."""
        return CHANGES.get(self)


CHANGES = {
    Cause.GUIDE_UNCLEAR: Change.CATALOGUE,
    Cause.MATERIALS_TOO_MANY: Change.CATALOGUE,
    Cause.NOT_OFFERED: Change.CATALOGUE,
    Cause.NO_POWER: Change.GRANT,
    Cause.PUSHED_ON: Change.GRANT,
}


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """What a case has gone through, as far as this window asks for it."""

    is_refused: bool = False
    is_turned_away: bool = False
    times_sent_back: int = 0
    has_open_matter: bool = False


def may_open_for_case(facts: CourseFacts) -> Decision:
    """May a matter be opened for this case, by whoever holds its code or by staff? Refused, told "not here", or sent back twice (V-11).

    The yes says on which ground (`facts["ground"]`).
    """
    if facts.has_open_matter:
        return Decision.no(Reason.MATTER_IS_OPEN, rule="V-11")
    if facts.is_refused:
        return Decision.yes(ground=Ground.REFUSED)
    if facts.is_turned_away:
        return Decision.yes(ground=Ground.NOT_HERE)
    if facts.times_sent_back >= SENT_BACK_TIMES:
        return Decision.yes(ground=Ground.SENT_BACK)
    return Decision.no(Reason.MATTER_TOO_EARLY, rule="V-11", times=SENT_BACK_TIMES)


def may_open_without_case(text: str) -> Decision:
    """May somebody open one who has no case? Anybody, who says in words what was said and where (V-11)."""
    return Decision.yes() if text.strip() else Decision.no(Reason.MATTER_NEEDS_WORDS, rule="V-11")


def answer_due_on(opened_on: date, calendar: Calendar) -> date:
    """The last day for the coordinator's first answer."""
    return calendar.add_working_days(opened_on, ANSWER_DAYS)


def settle_due_on(opened_on: date, calendar: Calendar) -> date:
    """The last day on which it is settled, or said why not."""
    return calendar.add_working_days(opened_on, SETTLE_DAYS)


@dataclass(frozen=True, slots=True)
class Due:
    """What a matter waits for, and until when."""

    step: MatterState
    due_on: date

    def is_late(self, today: date) -> bool:
        return today > self.due_on


def waits_for(state: MatterState, answer_due: date, settle_due: date) -> Due | None:
    """The next step of a matter with its last day; None once it is over."""
    if state is MatterState.OPEN:
        return Due(MatterState.ANSWERED, answer_due)
    return Due(MatterState.SETTLED, settle_due) if state is MatterState.ANSWERED else None


def _office(offices: Iterable[OfficeHeld]) -> OfficeHeld | None:
    return next((one for one in offices if one.office is Office.CENTER_MANAGEMENT), None)


def may_choose_coordinator(offices: Iterable[OfficeHeld], *, is_of_center: bool = True) -> Decision:
    """May this person name the coordinator, and may this one be it? The center's management chooses one of its own (V-11)."""
    held = _office(offices)
    if held is None:
        return Decision.no(Reason.NOT_TO_CHOOSE_COORDINATOR, rule="V-11")
    if not is_of_center:
        return Decision.no(Reason.COORDINATOR_NOT_OF_CENTER, rule="V-11")
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id))


def may_settle_matter(
    state: MatterState, step: MatterState, *, account_id: int, coordinator_id: int | None, offices: Iterable[OfficeHeld], text: str = "?",
    cause: Cause | None = Cause.OTHER,
) -> Decision:  # fmt: skip
    """May this person answer (`step` ANSWERED), settle or explain the matter? The named coordinator; while none is named, anybody of the
    center's management. First the answer, then the end; an end has a cause (V-11).
    """
    held = _office(offices)
    if held is None or coordinator_id not in (None, account_id):
        return Decision.no(Reason.NOT_THE_COORDINATOR, rule="V-11")
    if state.is_over:
        return Decision.no(Reason.MATTER_IS_OVER, rule="V-11")
    if step is MatterState.ANSWERED and state is not MatterState.OPEN:
        return Decision.no(Reason.MATTER_IS_ANSWERED, rule="V-11")
    if step.is_over and state is MatterState.OPEN:
        return Decision.no(Reason.MATTER_ANSWER_FIRST, rule="V-11")
    if step.is_over and cause is None:
        return Decision.no(Reason.MATTER_NEEDS_CAUSE, rule="V-11")
    if not text.strip():
        return Decision.no(Reason.MATTER_NEEDS_WORDS, rule="V-11")
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id))


# --- what repeats -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Repeats:
    """From how many on, within how many days, a cause is a proposal; county data may say other numbers."""

    least: int = 3
    days: int = 90


@dataclass(frozen=True, slots=True)
class Ended:
    """A matter that ended, as far as repeating goes."""

    cause: Cause
    on: date
    item_id: int | None
    window_id: int | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A cause that repeats, for one item or at one window, and what it should change."""

    cause: Cause
    change: Change
    number: int
    item_id: int | None = None
    window_id: int | None = None


def proposals(ended: Iterable[Ended], today: date, repeats: Repeats | None = None) -> list[Proposal]:
    """The changes that repeated causes propose, the most frequent first. Causes that no catalogue or grant would mend propose nothing (V-11)."""
    repeats = repeats or Repeats()
    since = today - timedelta(days=repeats.days)
    counts: Counter[tuple[Cause, int | None, int | None]] = Counter()
    for each in ended:
        if since < each.on <= today and each.cause.change is not None:
            if each.item_id is not None:
                counts[each.cause, each.item_id, None] += 1
            if each.window_id is not None:
                counts[each.cause, None, each.window_id] += 1
    found = [
        Proposal(cause, CHANGES[cause], number, item_id, window_id)
        for (cause, item_id, window_id), number in counts.items()
        if number >= repeats.least
    ]
    return sorted(found, key=lambda one: (-one.number, one.cause.value, one.item_id or 0, one.window_id or 0))
