"""Who may be posted at a window, what counts as an exception, and how often the people change (N-4).

Members of staff of the department, not temporary, with an enforcement certificate where the window's items need one, for two years; a
change is told seven working days ahead. A village agent is appointed by the village and confirmed by the town. `check_posting` names
everything at once. What may be excused needs a written reason; it is then an exception, which counts in the department's turnover.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from portal.rules.authority import Office, OfficeHeld
from portal.rules.clauses import BodyId, Level, PersonId, Post, WindowId, WindowTerms
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.working_days import Calendar

YEARS = 2
"""For how long a member of staff is posted (N-4)."""

NOTICE = 7
"""How many working days ahead a change is told (N-4)."""

_ONE_DAY = timedelta(days=1)


class Staff(StrEnum):
    """On what footing a person works for the department (N-4)."""

    REGULAR = "regular"
    TEMPORARY = "temporary"


EXCUSABLE = frozenset({Reason.STAFF_IS_TEMPORARY, Reason.POSTING_NEEDS_CERTIFICATE, Reason.POSTING_TOO_SHORT, Reason.POSTING_TOLD_TOO_LATE})
"""What a recorded reason turns into an exception. Who appoints a village agent and what was never told apart from the past is not."""


@dataclass(frozen=True, slots=True)
class PostingDraft:
    """A posting not yet entered. `until_on` None is open-ended, which satisfies the two years.

    `needs_certificate`: some item of the window asks its reviewer for an enforcement certificate. `told_on` is the day on which the
    center was told. The last two facts are asked of a village agent only.
    """

    post: Post
    level: Level
    staff: Staff
    from_on: date
    until_on: date | None = None
    told_on: date | None = None
    needs_certificate: bool = False
    has_certificate: bool = False
    reason: str = ""
    appointed_by_village: bool = False
    confirmed_by_town: bool = False


@dataclass(frozen=True, slots=True)
class PostingCheck:
    """What stands in the way of a posting, and what was excused with a reason; true if nothing stands in the way."""

    faults: tuple[Decision, ...]
    exceptions: tuple[Reason, ...]

    def __bool__(self) -> bool:
        return not self.faults

    def or_raise(self) -> PostingCheck:
        """Return this check if nothing stands in the way; raise `NotAllowed` with the first fault otherwise."""
        for fault in self.faults:
            fault.or_raise()
        return self


def check_posting(draft: PostingDraft, calendar: Calendar, today: date) -> PostingCheck:
    """Every reason why this person cannot be posted so, and every exception that the written reason makes (N-4).

    Raises the calendar's error for days that it does not cover.
    """
    found = tuple(_findings(draft, calendar, today))
    if not draft.reason.strip():
        return PostingCheck(found, ())
    excused = tuple(fault.reason for fault in found if fault.reason in EXCUSABLE and fault.reason is not None)
    return PostingCheck(tuple(fault for fault in found if fault.reason not in EXCUSABLE), excused)


def _findings(draft: PostingDraft, calendar: Calendar, today: date) -> Iterator[Decision]:
    if draft.from_on < today:  # who held what on a past day is never changed afterwards (G-17)
        yield Decision.no(Reason.BACKDATED, rule="N-4", from_on=draft.from_on, today=today)
    if draft.until_on is not None and draft.until_on < draft.from_on:
        yield Decision.no(Reason.PERIOD_REVERSED, rule="N-4", from_on=draft.from_on, until_on=draft.until_on)
    if (draft.post is Post.AGENT) is not draft.level.is_room:
        yield Decision.no(Reason.POST_NOT_AT_THIS_LEVEL, rule="N-4", post=draft.post.value, level=draft.level.value)
    if draft.post is Post.AGENT:
        if not draft.appointed_by_village:
            yield Decision.no(Reason.AGENT_NOT_APPOINTED, rule="N-4")
        if not draft.confirmed_by_town:
            yield Decision.no(Reason.AGENT_NOT_CONFIRMED, rule="N-4")
        return
    if draft.staff is Staff.TEMPORARY:
        yield Decision.no(Reason.STAFF_IS_TEMPORARY, rule="N-4")
    if draft.needs_certificate and not draft.has_certificate:
        yield Decision.no(Reason.POSTING_NEEDS_CERTIFICATE, rule="N-4")
    if draft.until_on is not None and draft.until_on < two_years_from(draft.from_on):
        yield Decision.no(Reason.POSTING_TOO_SHORT, rule="N-4", until_on=draft.until_on, earliest=two_years_from(draft.from_on))
    if draft.from_on < today:  # refused already; the calendar may not reach so far back
        return
    latest = told_by(draft.from_on, calendar)
    if draft.told_on is None or draft.told_on > latest:
        yield Decision.no(Reason.POSTING_TOLD_TOO_LATE, rule="N-4", from_on=draft.from_on, latest=latest, days=NOTICE)


def two_years_from(from_on: date) -> date:
    """The last day of the two years that begin on this day; from a 29 February, the 28 two years on."""
    if (from_on.month, from_on.day) == (2, 29):
        return date(from_on.year + YEARS, 2, 28)
    return from_on.replace(year=from_on.year + YEARS) - _ONE_DAY


def told_by(from_on: date, calendar: Calendar) -> date:
    """The last day on which a change that begins on this day can be told: the seventh working day before it (N-4)."""
    return calendar.add_working_days(from_on, -NOTICE)


# --- who posts, and ends a posting ---------------------------------------------------------------------------------------------

EVERY_WINDOW = (Office.CENTER_MANAGEMENT, Office.COUNTY_MANAGER)
OWN_WINDOW = (Office.HEAD_OF_AGENCY, Office.HEAD_OF_GOVERNMENT)


def may_post(offices: Iterable[OfficeHeld], window: WindowTerms, *, actor_id: PersonId, account_id: PersonId | None = None) -> Decision:
    """May a person with these offices decide who is posted at the window, and end a posting there? (N-4)

    The center's management and a county manager at every window; the head of a body at the windows that serve this body alone: a
    department's own counters, a town's own center and the rooms below it, whose agents the town confirms. Nobody posts themselves.
    """
    held = tuple(offices)
    office = next((one for one in held if one.office in EVERY_WINDOW), None)
    if office is None and len(window.body_ids) == 1:
        office = next((one for one in held if one.office in OWN_WINDOW and one.body_id in window.body_ids), None)
    if office is None:
        return Decision.no(Reason.NOT_TO_POST, rule="N-4", window=window.code)
    if account_id == actor_id:
        return Decision.no(Reason.POSTS_ONESELF, rule="G-6", window=window.code)
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=office.id))


@dataclass(frozen=True, slots=True)
class EndDraft:
    """An end of a posting not yet entered: its last day, when the center was told, why."""

    last_on: date
    told_on: date | None = None
    reason: str = ""


def check_end(posting: PostingTerms, draft: EndDraft, calendar: Calendar, today: date) -> PostingCheck:
    """Every reason why the posting cannot end so, and what the written reason excuses (N-4).

    Nothing is backdated: the last day is today at the earliest. Before two years are over, or told less than seven working days ahead,
    it needs a reason; a village agent's does not. A posting that has not begun may end before it begins: it then never did.
    """
    found = tuple(_end_findings(posting, draft, calendar, today))
    if not draft.reason.strip():
        return PostingCheck(found, ())
    excused = tuple(fault.reason for fault in found if fault.reason in EXCUSABLE and fault.reason is not None)
    return PostingCheck(tuple(fault for fault in found if fault.reason not in EXCUSABLE), excused)


def _end_findings(posting: PostingTerms, draft: EndDraft, calendar: Calendar, today: date) -> Iterator[Decision]:
    if posting.until_on is not None and posting.until_on < today:
        yield Decision.no(Reason.POSTING_IS_OVER, rule="N-4", until_on=posting.until_on)
        return
    if draft.last_on < today:
        yield Decision.no(Reason.POSTING_ENDS_IN_PAST, rule="N-4", last_on=draft.last_on, today=today)
        return
    if posting.until_on is not None and draft.last_on >= posting.until_on:
        yield Decision.no(Reason.POSTING_ENDS_ANYHOW, rule="N-4", until_on=posting.until_on)
        return
    if posting.post is Post.AGENT:
        return
    if draft.last_on < two_years_from(posting.from_on):
        earliest = two_years_from(posting.from_on)
        yield Decision.no(Reason.POSTING_TOO_SHORT, rule="N-4", until_on=draft.last_on, earliest=earliest)
    changes_on = draft.last_on + _ONE_DAY
    latest = told_by(changes_on, calendar)
    if draft.told_on is None or draft.told_on > latest:
        yield Decision.no(Reason.POSTING_TOLD_TOO_LATE, rule="N-4", from_on=changes_on, latest=latest, days=NOTICE)


def is_free(
    account_id: PersonId, window_id: WindowId, post: Post, from_on: date, until_on: date | None, postings: Iterable[PostingTerms]
) -> Decision:
    """Is the person not posted there already with this post on some day of the period? (N-4)"""
    for one in postings:
        if (one.account_id, one.window_id, one.post) != (account_id, window_id, post) or one.never_began:
            continue
        if (one.until_on is None or one.until_on >= from_on) and (until_on is None or one.from_on <= until_on):
            return Decision.no(Reason.POSTED_ALREADY, rule="N-4", from_on=one.from_on)
    return Decision.yes()


def usual_days(today: date, calendar: Calendar) -> tuple[date, date]:
    """First and last day of a posting that is told today and keeps the rule: the seventh working day from now, for two years (N-4)."""
    first = calendar.add_working_days(today, NOTICE)
    return first, two_years_from(first)


# --- turnover ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PostingTerms:
    """A posting as it is on record; both days belong to it. `is_exception`: it was entered with a reason that excused something."""

    id: int
    account_id: PersonId
    window_id: WindowId
    body_id: BodyId
    post: Post
    from_on: date
    until_on: date | None = None
    is_exception: bool = False

    @property
    def never_began(self) -> bool:
        """It was ended before its first day."""
        return self.until_on is not None and self.until_on < self.from_on

    def stands_on(self, day: date) -> bool:
        """Is the person posted there on that day?"""
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True)
class Turnover:
    """How a department's people at windows changed in a period. Every figure is the ids of the postings behind it.

    `stood` were there on some day of the period: their number is n. `left` ended in it, `early` those of them before two years were
    over; `excepted` began in it as an exception. A prolonged posting (same person, window and post, from the day after) did not end.
    """

    body_id: BodyId
    stood: tuple[int, ...]
    left: tuple[int, ...]
    early: tuple[int, ...]
    excepted: tuple[int, ...]

    @property
    def n(self) -> int:
        return len(self.stood)

    @property
    def changes(self) -> tuple[int, ...]:
        """What counts as turnover: who left, and who came as an exception; each posting once (N-4)."""
        return tuple(sorted({*self.left, *self.excepted}))


def turnover(postings: Iterable[PostingTerms], first: date, last: date) -> Mapping[BodyId, Turnover]:
    """Per department, how the people at its windows changed from the first to the last day; agents are the villages' (N-4).

    A department without anybody posted in the period is left out. A prolonged posting is one, named by its first id.
    """
    by_body: dict[BodyId, list[PostingTerms]] = {}
    for posting in _joined(one for one in postings if one.post is not Post.AGENT and not one.never_began):
        if posting.from_on <= last and (posting.until_on is None or posting.until_on >= first):
            by_body.setdefault(posting.body_id, []).append(posting)
    return MappingProxyType({body_id: _turnover(body_id, by_body[body_id], first, last) for body_id in sorted(by_body)})


def _turnover(body_id: BodyId, stood: Sequence[PostingTerms], first: date, last: date) -> Turnover:
    left = [one for one in stood if one.until_on is not None and one.until_on <= last]
    return Turnover(
        body_id,
        stood=_ids(stood),
        left=_ids(left),
        early=_ids(one for one in left if one.until_on is not None and one.until_on < two_years_from(one.from_on)),
        excepted=_ids(one for one in stood if one.is_exception and one.from_on >= first),
    )


def _ids(postings: Iterable[PostingTerms]) -> tuple[int, ...]:
    return tuple(sorted(one.id for one in postings))


def _joined(postings: Iterable[PostingTerms]) -> Iterator[PostingTerms]:
    """Postings that follow each other without a day between, as one; `is_exception` stays that of the first."""
    running: dict[tuple[PersonId, WindowId, BodyId, Post], PostingTerms] = {}
    for posting in sorted(postings, key=lambda one: (one.from_on, one.id)):
        key = (posting.account_id, posting.window_id, posting.body_id, posting.post)
        before = running.get(key)
        if before is not None and (before.until_on is None or posting.from_on <= before.until_on + _ONE_DAY):
            until_on = None if before.until_on is None or posting.until_on is None else max(before.until_on, posting.until_on)
            running[key] = replace(before, until_on=until_on)
            continue
        if before is not None:
            yield before
        running[key] = posting
    yield from running.values()
