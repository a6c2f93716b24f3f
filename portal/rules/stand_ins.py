"""Standing in for an absent chief representative: who appoints, for how long, for which powers, and what moves (G-13, 职务代理).

A stand-in has an end and a reason and uses only what the absent one holds by letter: it is no letter itself, so nobody stands in for a
stand-in. The work that lies with the absent one moves at the start and comes back at the end; how it is used in an act, and that the
record names both, stands in `authority.Authority.absent_for`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.rules.authority import ACT_NEEDS, Act, Authority, ClauseTerms, Office, OfficeHeld
from portal.rules.clauses import BodyId, PersonId, PointId, Post, WindowId
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.moments import civil_date
from portal.rules.postings import PostingTerms

LONGEST = 30
"""How many days a stand-in lasts at most, the first and the last counted (G-13)."""

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ChiefLetter:
    """A letter of appointment (任命书): for one body, at one point, one person, a period (G-15)."""

    account_id: PersonId
    body_id: BodyId
    point_id: PointId
    from_on: date
    until_on: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True)
class StandInTerms:
    """One person stands in for another at a window; both days belong to it (G-13)."""

    id: int
    absent_id: PersonId
    account_id: PersonId
    window_id: WindowId
    from_on: date
    until_on: date

    def holds_on(self, day: date) -> bool:
        return self.from_on <= day <= self.until_on

    def overlaps(self, from_on: date, until_on: date) -> bool:
        return self.from_on <= until_on and from_on <= self.until_on


@dataclass(frozen=True, slots=True)
class StandInDraft:
    """A stand-in not yet appointed, at a window of a point. A missing last day is a fault, not an error."""

    absent_id: PersonId
    account_id: PersonId
    window_id: WindowId
    point_id: PointId
    from_on: date
    until_on: date | None
    reason: str


def may_appoint_stand_in(
    draft: StandInDraft,
    *,
    signer_id: PersonId,
    offices: Iterable[OfficeHeld],
    letters: Iterable[ChiefLetter],
    postings: Iterable[PostingTerms],
    standing: Iterable[StandInTerms],
    today: date,
) -> Decision:
    """May this person appoint this stand-in? Yes carries the bodies for which the absent one is chief there (G-13).

    By center management, or the head of the body; where the absent one is chief for several bodies at the point, the head of one of them
    would dispose of the others' powers, and only center management appoints. `letters`, `postings` and `standing` may be all that there
    are. The letter and the stand-in's own posting at the window must last from the first to the last day.
    """
    held = _held_by_absent(draft, letters)
    bodies = frozenset(body for body, days in held.items() if days == frozenset(_days(draft)))
    allowed = may_dispose(offices, held)
    if not allowed:
        return allowed
    period = _check_period(draft, today)
    if period is not None:
        return period
    assert draft.until_on is not None
    if not draft.reason.strip():
        return Decision.no(Reason.STAND_IN_NEEDS_REASON, rule="G-13")
    if draft.account_id == draft.absent_id:
        return Decision.no(Reason.STANDS_IN_FOR_ONESELF, rule="G-13")
    if draft.account_id == signer_id:  # as nobody grants to a window where they are posted
        return Decision.no(Reason.APPOINTS_ONESELF, rule="G-6")
    if not bodies:
        return Decision.no(Reason.ABSENT_NOT_CHIEF, rule="G-13", from_on=draft.from_on, until_on=draft.until_on)
    if not _is_posted_throughout(draft, postings):
        return Decision.no(Reason.STAND_IN_NOT_POSTED, rule="G-13", from_on=draft.from_on, until_on=draft.until_on)
    for other in standing:
        if not other.overlaps(draft.from_on, draft.until_on):
            continue
        facts: dict[str, object] = {"from_on": other.from_on, "until_on": other.until_on}
        if other.absent_id == draft.absent_id and other.window_id == draft.window_id:
            return Decision.no(Reason.STAND_IN_OVERLAPS, rule="G-13", **facts)
        if other.absent_id == draft.account_id:
            return Decision.no(Reason.STAND_IN_IS_ABSENT, rule="G-13", **facts)
        if other.account_id == draft.account_id and other.window_id == draft.window_id:  # whom would the record name?
            return Decision.no(Reason.STANDS_IN_ALREADY, rule="G-13", **facts)
    return Decision.yes(allowed.by, bodies=tuple(sorted(bodies)))


def may_dispose(offices: Iterable[OfficeHeld], bodies: Iterable[BodyId]) -> Decision:
    """May a person with these offices say who stands in for the chief representative of these bodies, and that it is over? (G-13)

    Center management; the head of the body, where the absent one is chief for this body alone.
    """
    held, wanted = tuple(offices), frozenset(bodies)
    center = next((one for one in held if one.office is Office.CENTER_MANAGEMENT), None)
    if center is not None:
        return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=center.id))
    heads = [one for one in held if one.office is Office.HEAD_OF_AGENCY and (not wanted or one.body_id in wanted)]
    if not heads:
        return Decision.no(Reason.NOT_TO_APPOINT_STAND_IN, rule="G-13")
    if wanted - {one.body_id for one in heads}:
        return Decision.no(Reason.CHIEF_FOR_OTHERS_TOO, rule="G-13")
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=heads[0].id))


def may_end_early(offices: Iterable[OfficeHeld], bodies: Iterable[BodyId], *, is_over: bool) -> Decision:
    """May a person with these offices end a stand-in before its last day, at once? Whoever may appoint one, while it is not over (G-13)."""
    allowed = may_dispose(offices, bodies)
    if allowed and is_over:
        return Decision.no(Reason.STAND_IN_OVER, rule="G-13")
    return allowed


def _check_period(draft: StandInDraft, today: date) -> Decision | None:
    if draft.until_on is None:
        return Decision.no(Reason.STAND_IN_NEEDS_END, rule="G-13", most=LONGEST)
    if draft.from_on < today:
        return Decision.no(Reason.BACKDATED, rule="G-13", from_on=draft.from_on, today=today)
    if draft.until_on < draft.from_on:
        return Decision.no(Reason.PERIOD_REVERSED, rule="G-13", from_on=draft.from_on, until_on=draft.until_on)
    days = (draft.until_on - draft.from_on).days + 1
    if days > LONGEST:
        latest = draft.from_on + _ONE_DAY * (LONGEST - 1)
        return Decision.no(Reason.STAND_IN_TOO_LONG, rule="G-13", days=days, most=LONGEST, latest=latest)
    return None


def _days(draft: StandInDraft) -> Iterable[date]:
    """The days asked about; of a period that is none or too long only the first, so that a slip of the keyboard costs nothing."""
    length = 1 if draft.until_on is None else (draft.until_on - draft.from_on).days + 1
    return [draft.from_on + _ONE_DAY * day for day in range(length if 0 < length <= LONGEST else 1)]


def _held_by_absent(draft: StandInDraft, letters: Iterable[ChiefLetter]) -> dict[BodyId, frozenset[date]]:
    """The bodies for which the absent one is chief at the point on some of the days, with those days."""
    days: dict[BodyId, set[date]] = {}
    for letter in letters:
        if letter.account_id == draft.absent_id and letter.point_id == draft.point_id:
            for day in _days(draft):
                if letter.holds_on(day):
                    days.setdefault(letter.body_id, set()).add(day)
    return {body: frozenset(on) for body, on in days.items()}


def _is_posted_throughout(draft: StandInDraft, postings: Iterable[PostingTerms]) -> bool:
    at_window = [one for one in postings if one.account_id == draft.account_id and one.window_id == draft.window_id]
    staff = [one for one in at_window if one.post is not Post.AGENT]
    return all(any(one.stands_on(day) for one in staff) for day in _days(draft))


# --- powers --------------------------------------------------------------------------------------------------------------------


def bodies_stood_for(
    account_id: PersonId,
    window_id: WindowId,
    point_id: PointId,
    day: date,
    standing: Iterable[StandInTerms],
    letters: Iterable[ChiefLetter],
) -> dict[BodyId, PersonId]:
    """The bodies whose chief representative's powers this person uses at the window on that day, each with the absent one (G-13).

    Only what the absent one holds directly, by a letter that holds on that day: what they have as a stand-in themselves goes no further.
    """
    absent = sorted(
        {one.absent_id for one in standing if one.account_id == account_id and one.window_id == window_id and one.holds_on(day)}
    )
    return {
        letter.body_id: absent_id
        for absent_id in reversed(absent)
        for letter in letters
        if letter.account_id == absent_id and letter.point_id == point_id and letter.holds_on(day)
    }


def named_beside(act: Act, held: Authority, clause: ClauseTerms) -> PersonId | None:
    """Whom the record names beside this person for this act under this clause: the absent one, if the very power that the act needs is
    used in their place; None where it is the person's own, or where any code at the window is enough (G-13)."""
    power = None if held.window is None else ACT_NEEDS[act].power_at(held.window.level)
    return None if power is None else held.absent_for(clause, power)


# --- pending work --------------------------------------------------------------------------------------------------------------


class MoveWhy(StrEnum):
    """Why pending work changes its assignee."""

    START = "start"
    """A stand-in began: the work goes to who stands in."""
    END = "end"
    """It is over: the work goes back to who was absent."""


@dataclass(frozen=True, slots=True)
class PendingCase:
    """An open case with its assignee. `moved_by` is the stand-in by which it came to the assignee, None if it is their own."""

    id: int
    window_id: WindowId
    assignee_id: PersonId | None
    moved_by: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A case changes its assignee. `moved_by` is what the case keeps from now on: the stand-in, or None when it came back."""

    case_id: int
    from_id: PersonId
    to_id: PersonId
    why: MoveWhy
    moved_by: int | None


def pending_moves(cases: Iterable[PendingCase], standing: Iterable[StandInTerms], at: datetime) -> tuple[Move, ...]:
    """The cases that have to change their assignee at this moment, in the order given (G-13). Asked again after it was done: none.

    At a window where a stand-in holds today, the absent one's cases go to who stands in. A case that came so, and still lies with that
    person, goes back when the stand-in is over, or to the one who stands in next. What a colleague took meanwhile stays there.
    """
    today = civil_date(at)
    every = {one.id: one for one in sorted(standing, key=lambda one: one.id)}
    now = {(one.window_id, one.absent_id): one for one in reversed(every.values()) if one.holds_on(today)}
    moves: list[Move] = []
    for case in cases:
        if case.assignee_id is None:
            continue
        came = every.get(case.moved_by) if case.moved_by is not None else None
        is_lent = came is not None and came.account_id == case.assignee_id and came.window_id == case.window_id
        owner = came.absent_id if came is not None and is_lent else case.assignee_id
        stands = now.get((case.window_id, owner))
        if stands is not None and stands.account_id != case.assignee_id:
            moves.append(Move(case.id, case.assignee_id, stands.account_id, MoveWhy.START, stands.id))
        elif stands is None and is_lent:
            moves.append(Move(case.id, case.assignee_id, owner, MoveWhy.END, None))
    return tuple(moves)
