"""Plans of inspections: what may be planned, who approves, when it is filed, who may see it (Q-5, Q-7, Q-10).

Whether a visit may be made on its day is `quiet_days.may_inspect`, asked here by nobody: the service asks both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from portal.rules.authority import Office, OfficeHeld
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.moments import civil_date
from portal.rules.quiet_days import Exemption, Kind
from portal.rules.working_days import Calendar


class PlanState(StrEnum):
    """Where a plan stands: a projection of its events (`project`)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"
    FILED = "filed"
    CANCELLED = "cancelled"
    TURNED_AWAY = "turned_away"
    UNDER_WAY = "under_way"
    VISITED = "visited"
    TOLD = "told"


AHEAD = (PlanState.APPROVED, PlanState.FILED)
"""The states in which a visit is approved and still ahead: what caps and repeats count besides the visits made (Q-3, Q-4)."""


class PlanEventKind(StrEnum):
    """What happened to a plan, in the order in which it mostly does."""

    DRAFTED = "drafted"
    CHANGED = "changed"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"
    FILED = "filed"
    CANCELLED = "cancelled"
    CODE_ISSUED = "code_issued"
    CODE_SHOWN = "code_shown"
    ENTERED = "entered"
    LEFT = "left"
    RECORDED = "recorded"
    TOLD = "told"
    REFUSED_AT_DOOR = "refused_at_door"
    REPORTED = "reported"
    EXPLAINED = "explained"
    RATED = "rated"
    ORDERED = "ordered"
    ORDER_CHECKED = "order_checked"
    PENALISED = "penalised"


UNSEEN_BY_BODY = frozenset({PlanEventKind.RATED})
"""What the body does not learn of its own visit, not even by a version that grew (Q-6)."""


class Outcome(StrEnum):
    """What a visit found (Q-8): nothing found is a result too."""

    NOTHING_FOUND = "nothing_found"
    CORRECTION = "correction"
    PENALTY = "penalty"
    CASE_FILED = "case_filed"
    TURNED_AWAY = "turned_away"


class RightBy(StrEnum):
    """By what a body has its right to inspect."""

    LAW = "law"
    AUTHORISED = "authorised"
    ENTRUSTED = "entrusted"


# --- what happened to a plan, and where it stands -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of a plan as the fold reads it."""

    kind: PlanEventKind
    at: datetime
    payload: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class PlanNow:
    """Where a plan stands after its events, and the moments of its visit."""

    state: PlanState = PlanState.DRAFT
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    filed_at: datetime | None = None
    code_issued_at: datetime | None = None
    code_shown_at: datetime | None = None
    entered_at: datetime | None = None
    left_at: datetime | None = None
    outcome: Outcome | None = None


_LEADS_TO = {
    PlanEventKind.DRAFTED: PlanState.DRAFT,
    PlanEventKind.CHANGED: PlanState.DRAFT,
    PlanEventKind.SUBMITTED: PlanState.SUBMITTED,
    PlanEventKind.APPROVED: PlanState.APPROVED,
    PlanEventKind.REFUSED: PlanState.REFUSED,
    PlanEventKind.FILED: PlanState.FILED,
    PlanEventKind.CANCELLED: PlanState.CANCELLED,
    PlanEventKind.REFUSED_AT_DOOR: PlanState.TURNED_AWAY,
    PlanEventKind.ENTERED: PlanState.UNDER_WAY,
    PlanEventKind.LEFT: PlanState.VISITED,
    PlanEventKind.TOLD: PlanState.TOLD,
}
_MOMENTS = {
    PlanEventKind.SUBMITTED: "submitted_at",
    PlanEventKind.APPROVED: "approved_at",
    PlanEventKind.FILED: "filed_at",
    PlanEventKind.CODE_ISSUED: "code_issued_at",
    PlanEventKind.CODE_SHOWN: "code_shown_at",
    PlanEventKind.ENTERED: "entered_at",
    PlanEventKind.LEFT: "left_at",
}


def fold(events: Iterable[Happened]) -> PlanNow:
    """Where a plan stands after these events, in their order.

    A change or a refusal takes back what was submitted, approved and filed. An emergency written down after the fact carries the moments
    of its visit in `drafted` (`entered_at`, `left_at`), and is visited once it is filed. A visit that was made with a paper notice says in
    `at` when it was entered and left.
    """
    now = PlanNow()
    for event in events:
        kind = event.kind
        if kind in _LEADS_TO:
            now = replace(now, state=_LEADS_TO[kind])
        if kind in (PlanEventKind.DRAFTED, PlanEventKind.CHANGED):
            now = replace(now, submitted_at=None, approved_at=None, filed_at=None, code_issued_at=None, code_shown_at=None)
            entered, left = event.payload.get("entered_at"), event.payload.get("left_at")
            if entered and left:
                now = replace(now, entered_at=datetime.fromisoformat(entered), left_at=datetime.fromisoformat(left))
        if kind in _MOMENTS:
            said = event.payload.get("at")  # of a visit on paper: when it was, not when it was written down
            moment: dict[str, Any] = {_MOMENTS[kind]: datetime.fromisoformat(said) if said else event.at}
            now = replace(now, **moment)
        if kind is PlanEventKind.FILED and now.left_at is not None:
            now = replace(now, state=PlanState.VISITED)
        if kind is PlanEventKind.RECORDED and event.payload.get("outcome"):
            now = replace(now, outcome=Outcome(event.payload["outcome"]))
        if kind is PlanEventKind.REFUSED_AT_DOOR:
            now = replace(now, outcome=Outcome.TURNED_AWAY)
    return now


# --- what can be planned ------------------------------------------------------------------------------------------------------------

LEAST_INSPECTORS = 2
FILED_AHEAD = 3
"""Working days between the filing of a plan and its first day (Q-5)."""
AFTER_FACT = timedelta(hours=24)
"""Within which an emergency is filed after the visit (Q-5)."""
PUBLISHED_BY = (3, 31)
"""Month and day by which a yearly plan is published (Q-10)."""


@dataclass(frozen=True, slots=True)
class MatterTerms:
    """A matter of the published list, with the days on which it holds."""

    body: int
    from_on: date
    until_on: date | None = None

    def holds(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True)
class InspectorTerms:
    """An inspector with a certificate. `conflicts`: the enterprises to which this one does not go."""

    id: int
    body: int
    account: int | None
    certificate: str
    from_on: date
    valid_until_on: date
    conflicts: frozenset[int] = frozenset()


def check_plan(
    body: int, matter: MatterTerms | None, inspectors: Sequence[InspectorTerms], *, has_right: bool, enterprise: int, first: date, last: date
) -> tuple[Decision, ...]:
    """Every reason why this cannot be planned, apart from its day: what is not on the list, and who may not go (Q-5, Q-13)."""
    return tuple(_faults(body, matter, inspectors, has_right, enterprise, first, last))


def _faults(
    body: int, matter: MatterTerms | None, inspectors: Sequence[InspectorTerms], has_right: bool, enterprise: int, first: date, last: date
) -> Iterator[Decision]:
    if not has_right:
        yield Decision.no(Reason.PLAN_BODY_WITHOUT_RIGHT, rule="Q-5")
    if matter is None or matter.body != body or not (matter.holds(first) and matter.holds(last)):
        yield Decision.no(Reason.PLAN_MATTER_NOT_LISTED, rule="Q-5")
    if len({each.id for each in inspectors}) < LEAST_INSPECTORS:
        yield Decision.no(Reason.PLAN_NEEDS_TWO, rule="Q-5", least=LEAST_INSPECTORS)
    for each in inspectors:
        if each.body != body:
            yield Decision.no(Reason.PLAN_INSPECTOR_OF_ANOTHER, rule="Q-5", certificate=each.certificate)
        elif not (each.from_on <= first and last <= each.valid_until_on):
            yield Decision.no(Reason.PLAN_CERTIFICATE_OVER, rule="Q-5", certificate=each.certificate, until=each.valid_until_on)
        elif enterprise in each.conflicts:
            yield Decision.no(Reason.PLAN_INSPECTOR_CONFLICT, rule="Q-13", certificate=each.certificate)


# --- who may do what, and when --------------------------------------------------------------------------------------------------------

CAN_CHANGE = frozenset({PlanState.DRAFT, PlanState.SUBMITTED, PlanState.APPROVED, PlanState.REFUSED, PlanState.FILED})
APPROVERS_OF_SPECIAL = frozenset({Office.HEAD_OF_GOVERNMENT})


def may_change(state: PlanState, *, is_after_fact: bool) -> Decision:
    """May the plan still be changed or cancelled? Until the visit begins; what took place is not taken back. Who sees it may not is a 404."""
    if state not in CAN_CHANGE or (is_after_fact and state is not PlanState.DRAFT and state is not PlanState.REFUSED):
        return Decision.no(Reason.PLAN_NOT_AT_THIS_STEP, rule="Q-5")
    return Decision.yes()


def may_submit(state: PlanState) -> Decision:
    """May the plan be given to the head of the body now?"""
    return Decision.yes() if state is PlanState.DRAFT else Decision.no(Reason.PLAN_NOT_AT_THIS_STEP, rule="Q-5")


def approver(kind: Kind, body: int, offices: Iterable[OfficeHeld], superiors: Collection[int] = ()) -> OfficeHeld | None:
    """The office by which this person decides on a plan of the body: its head; on a special one the head of the county's government, or
    of a body above it (`superiors`). None for whoever holds none (Q-5)."""
    for held in offices:
        if kind is not Kind.SPECIAL and held.office is Office.HEAD_OF_AGENCY and held.body_id == body:
            return held
        if kind is Kind.SPECIAL and (
            held.office in APPROVERS_OF_SPECIAL or (held.office is Office.HEAD_OF_AGENCY and held.body_id in superiors)
        ):
            return held
    return None


def may_decide(
    state: PlanState,
    kind: Kind,
    body: int,
    offices: Iterable[OfficeHeld],
    *,
    account: int,
    inspectors: Collection[int],
    superiors: Collection[int] = (),
    specials: int = 0,
    most_specials: int = 0,
    approves: bool = True,
) -> Decision:
    """May this account approve (or refuse) the plan? `inspectors` are the accounts that go or drafted it; `specials` the special plans of
    the body that were approved for that year (Q-5)."""
    held = approver(kind, body, offices, superiors)
    if held is None:
        return Decision.no(Reason.PLAN_SPECIAL_ABOVE if kind is Kind.SPECIAL else Reason.PLAN_NEEDS_HEAD, rule="Q-5")
    if state is not PlanState.SUBMITTED:
        return Decision.no(Reason.PLAN_NOT_AT_THIS_STEP, rule="Q-5")
    if account in inspectors:
        return Decision.no(Reason.PLAN_OWN_INSPECTION, rule="Q-5")
    if approves and kind is Kind.SPECIAL and specials >= most_specials:
        return Decision.no(Reason.PLAN_SPECIALS_USED, rule="Q-5", most=most_specials)
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id))


def file_by(first: date, calendar: Calendar) -> date:
    """The last day on which a plan can be filed for a visit that begins on `first`: three working days ahead (Q-5)."""
    day = first
    for _each in range(FILED_AHEAD):
        day = calendar.previous_working_day(day)
    return day


def may_file(state: PlanState, *, first: date, is_exempt: bool, is_after_fact: bool, today: date, calendar: Calendar) -> Decision:
    """May the plan be filed today? Three working days ahead; an exception before entry; an emergency afterwards, where late is counted
    and not refused (Q-5)."""
    if state is not PlanState.APPROVED:
        return Decision.no(Reason.PLAN_NOT_AT_THIS_STEP, rule="Q-5")
    if is_after_fact:
        return Decision.yes()
    if today > first:
        return Decision.no(Reason.DAY_IS_OVER, rule="Q-5", day=first, today=today)
    if not is_exempt and today > (by := file_by(first, calendar)):
        return Decision.no(Reason.PLAN_FILED_TOO_LATE, rule="Q-5", by=by, days=FILED_AHEAD)
    return Decision.yes()


def late_after_fact(left_at: datetime, filed_at: datetime | None, approved_at: datetime | None, now: datetime, calendar: Calendar) -> list[str]:
    """What of an emergency's papers came, or is, late: "filed" after 24 hours, "approved" after one working day of the return (Q-5)."""
    late = []
    if (filed_at or now) - left_at > AFTER_FACT:
        late.append("filed")
    if civil_date(approved_at or now) > calendar.add_working_days(civil_date(left_at), 1):
        late.append("approved")
    return late


def may_write_afterwards(exemption: str | None, left_at: datetime, now: datetime) -> Decision:
    """May a visit be written down after it took place? Only an emergency, and only once it is over (Q-5)."""
    if exemption != Exemption.ACCIDENT:
        return Decision.no(Reason.PLAN_ONLY_EMERGENCY_AFTER, rule="Q-5")
    if left_at > now:
        return Decision.no(Reason.PLAN_VISIT_NOT_OVER, rule="Q-5")
    return Decision.yes()


def is_published_late(year: int, on: date) -> bool:
    """Is a yearly plan that is published on this day late? After 31 March of its year (Q-10)."""
    return on > date(year, *PUBLISHED_BY)


def may_publish_yearly(body: int, offices: Iterable[OfficeHeld], *, is_published: bool, lines: int) -> Decision:
    """May the yearly plan be published? By the head of the body, once, with something in it (Q-10)."""
    held = next((each for each in offices if each.office is Office.HEAD_OF_AGENCY and each.body_id == body), None)
    if held is None:
        return Decision.no(Reason.PLAN_NEEDS_HEAD, rule="Q-10")
    if is_published or not lines:
        return Decision.no(Reason.PLAN_NOT_AT_THIS_STEP, rule="Q-10")
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id))
