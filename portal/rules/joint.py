"""Joint approval and one-thing packages: one window takes in, all concerned decide at the same time, within one limit (C-10, C-26).

A joint case is led by one window; its branches are cases of their own, each with its own window, clause and clock. Nothing here counts for a
branch what its own events do not say: a silent branch is urged and escalated, never assumed to agree. The lead puts together one notice of
what is missing, calls one joint site visit, and hands over one result, when every branch has one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from portal.rules.authority import Act, Authority, ItemTerms, Power
from portal.rules.deadlines import Limit, Unit, due_date
from portal.rules.decision import Decision, Reason
from portal.rules.lifecycle import ClosedAs, Outcome, State
from portal.rules.working_days import Calendar

MOST = Limit(45, Unit.WORKING)
"""Unified, joint or centralised handling takes 45 working days at most (许可法 art. 42, S-6)."""
ASK_WITHIN = Limit(3, Unit.WORKING)
"""So long the branches say what is missing: the one notice has to go out within five working days (许可法 art. 32)."""
WITHIN_DAYS = 60
"""Matters of one applicant and one theme that lie no further apart could have been one (C-10)."""
BRANCH_NEEDS = (Power.ACCEPT, Power.JOINT, Power.DECIDE)
"""What a branch's window must hold on its item; the result itself needs joint and decide."""


# --- packages (C-26) ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """An item of a package, asked for always or where a question is answered with yes."""

    item: str
    body_id: int
    question: str = ""


def chosen(parts: Iterable[Part], answers: Collection[str]) -> tuple[Part, ...]:
    """The parts that these answers (the questions answered with yes) call for, in order."""
    return tuple(part for part in parts if not part.question or part.question in answers)


def may_publish(limit: Limit, questions: Collection[str], parts: Sequence[Part]) -> Decision:
    """Can a package be offered so? Two departments at least, one limit of 45 working days at most, no question that chooses nothing."""
    if limit.unit is not Unit.WORKING or not 1 <= limit.number <= MOST.number:
        return Decision.no(Reason.JOINT_LIMIT_TOO_LONG, rule="S-6", most=MOST.number)
    if {part.question for part in parts if part.question} != set(questions) or len({part.item for part in parts}) != len(parts):
        return Decision.no(Reason.JOINT_QUESTION_UNUSED, rule="C-26")
    return may_join(part.body_id for part in parts)


def may_join(bodies: Iterable[int]) -> Decision:
    """Is this a joint matter? One department alone needs no joint approval (C-10)."""
    return Decision.yes() if len(set(bodies)) > 1 else Decision.no(Reason.JOINT_NEEDS_TWO, rule="C-10")


@dataclass(frozen=True, slots=True)
class Paper:
    """A material of an item: `key` is what makes two of them the same paper, `may_be_waived` where it can be fetched by data sharing."""

    item: str
    code: str
    key: str
    original: int = 0
    copies: int = 0
    may_be_waived: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the one list: which branches use the paper, and how many of it are handed in for all of them."""

    key: str
    uses: tuple[tuple[str, str], ...]  # (item, code of the material there)
    original: int
    copies: int
    comes_from: str = ""  # the item whose result this is: nobody brings it


def one_list(papers: Iterable[Paper], results: Mapping[str, str]) -> tuple[Line, ...]:
    """The union of the materials without doubles (C-26), in the order in which they first come.

    `results`: name of a certificate → the branch that makes it. What a branch makes and another may fetch by data sharing is not asked for.
    Copies add up, one for each department; an original is shown once.
    """
    found: dict[str, list[Paper]] = {}
    for paper in papers:
        found.setdefault(paper.key, []).append(paper)
    lines = []
    for key, same in found.items():
        maker = results.get(key, "")
        is_inside = bool(maker) and all(paper.may_be_waived and paper.item != maker for paper in same)
        lines.append(
            Line(
                key, tuple((paper.item, paper.code) for paper in same), max(paper.original for paper in same),
                sum(paper.copies for paper in same), maker if is_inside else "",
            )
        )  # fmt: skip
    return tuple(lines)


# --- opening and leading -----------------------------------------------------------------------------------------------------------


def may_lead(held: Authority | None, items: Iterable[ItemTerms]) -> Decision:
    """May this person open and lead a joint case of these items? It needs coordinate on one of them at the lead's window (C-10, G-2)."""
    if held is None or held.window is None or not held.posts:
        return Decision.no(Reason.NO_POSTING, rule="N-4")
    answers = [held.missing(item, Power.COORDINATE) for item in items]
    # of several refusals the one that is about the person says most: the window itself holds the power
    return next((each for each in answers if each), None) or min(
        answers, key=lambda each: each.reason is not Reason.NOT_CHIEF, default=Decision.no(Reason.JOINT_NEEDS_TWO, rule="C-10")
    )


def may_open(bodies: Iterable[int], without_window: Sequence[str]) -> Decision:
    """Can it be opened? By two departments at least, and each item has a window that holds accept, joint and decide (C-10)."""
    if without_window:
        return Decision.no(Reason.BRANCH_WITHOUT_WINDOW, rule="C-10", items="、".join(without_window))
    return may_join(bodies)


def due_on(opened_on: date, limit: Limit, calendar: Calendar) -> date:
    """The one day by which all of it is due (C-26)."""
    return due_date(opened_on, limit, calendar).due


def asked_until(opened_on: date, calendar: Calendar) -> date:
    """The last day on which a branch says what is missing."""
    return due_date(opened_on, ASK_WITHIN, calendar).due


# --- what a branch is, and what it may ----------------------------------------------------------------------------------------------


class Result(StrEnum):
    """What has come of a branch."""

    GRANTED = "granted"
    REFUSED = "refused"
    ENDED = "ended"
    """Ended without a decision: withdrawn, terminated, not accepted."""


def result_of(outcome: Outcome | None, closed_as: ClosedAs | None, state: State) -> Result | None:
    """The result of a branch by its own events; None while there is none."""
    if outcome is not None:
        return Result(outcome.value)
    return Result.ENDED if closed_as is not None or state.is_closed else None


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch as the board shows it: who has it, where it stands, since when it is silent."""

    seq: int
    state: State
    result: Result | None = None
    last_on: date = date.min  # the day of its window's last act, or of the opening
    last_event: int = 0  # the seq of that act
    due_on: date = date.max  # by when its own clock, or the one limit, wants its result
    stands_still: bool = False  # noticed, stopped, or filed: it waits for somebody else


class Kind(StrEnum):
    """What can be written about a joint case; only ever appended."""

    OPENED = "opened"
    ASKED = "asked"
    """A branch says what is missing; the lead puts it into the one notice."""
    NOTIFIED = "notified"
    SITE_SET = "site_set"
    SITE_HELD = "site_held"
    URGED = "urged"
    ESCALATED = "escalated"
    STANDS_ALONE = "stands_alone"
    """The lead shows that the other branches stand without the refused one."""
    ENDED = "ended"


BY_MACHINE = (Kind.URGED, Kind.ESCALATED)


@dataclass(frozen=True, slots=True)
class Event:
    """A stored event of a joint case. `branch` is the seq of the branch that it is about."""

    seq: int
    kind: Kind
    at: datetime
    branch: int | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a branch says is missing: code of its material → why."""

    branch: int
    missing: tuple[tuple[str, str], ...]
    event: int


@dataclass(frozen=True, slots=True)
class Now:
    """What a joint case is after its events."""

    version: int
    asked: tuple[Asked, ...] = ()
    notified_at: datetime | None = None
    notified_until: date | None = None
    site_on: date | None = None
    site_place: str = ""
    site_held_on: date | None = None
    site_finding: str = ""
    alone_why: str = ""
    ended_at: datetime | None = None
    urged: tuple[tuple[int, int, str], ...] = ()  # (branch, its last event, step): what was written already

    @property
    def stands_alone(self) -> bool:
        return bool(self.alone_why)

    def asks(self, branch: int) -> Asked | None:
        """The last thing that this branch asked for."""
        return next((each for each in reversed(self.asked) if each.branch == branch), None)


def project(events: Iterable[Event]) -> Now:
    """What the events say, in the order of their seq."""
    told: dict[str, Any] = {"version": 0}
    asked: list[Asked] = []
    urged: list[tuple[int, int, str]] = []
    for event in events:
        told["version"] = event.seq
        said = event.payload
        match event.kind:
            case Kind.ASKED:
                lines = tuple((str(each["code"]), str(each["why"])) for each in said["missing"])
                asked = [each for each in asked if each.branch != event.branch] + [Asked(event.branch or 0, lines, event.seq)]
            case Kind.NOTIFIED:
                told |= {"notified_at": event.at, "notified_until": date.fromisoformat(said["until"])}
            case Kind.SITE_SET:
                told |= {"site_on": date.fromisoformat(said["on"]), "site_place": str(said["place"])}
            case Kind.SITE_HELD:
                told |= {"site_held_on": date.fromisoformat(said["on"]), "site_finding": str(said["finding"])}
            case Kind.URGED | Kind.ESCALATED:
                urged.append((event.branch or 0, int(said["after"]), str(said["step"])))
            case Kind.STANDS_ALONE:
                told["alone_why"] = str(said["why"])
            case Kind.ENDED:
                told["ended_at"] = event.at
            case Kind.OPENED:
                pass
    return Now(asked=tuple(asked), urged=tuple(urged), **told)


class Stands(StrEnum):
    """Where the whole stands."""

    RUNNING = "running"
    HALTED = "halted"
    """A branch was refused: the whole ends, unless the lead shows that the others stand alone."""
    READY = "ready"
    """Every branch has its result; the lead hands it over."""
    ENDED = "ended"


def stands(now: Now, results: Iterable[Result | None]) -> Stands:
    """Where the whole stands, from its own events and the results of its branches."""
    found = tuple(results)
    if now.ended_at is not None:
        return Stands.ENDED
    if None not in found:
        return Stands.READY
    return Stands.HALTED if _has_refusal(found) and not now.stands_alone else Stands.RUNNING


def outcome(now: Now, results: Iterable[Result | None]) -> str:
    """What the one result says: granted, partly (the others stand alone), refused; nothing while a branch is open."""
    found = tuple(results)
    if None in found:
        return ""
    if not _has_refusal(found):
        return "granted"
    return "partly" if now.stands_alone and Result.GRANTED in found else "refused"


def _has_refusal(results: Iterable[Result | None]) -> bool:
    return any(each in (Result.REFUSED, Result.ENDED) for each in results)


@dataclass(frozen=True, slots=True)
class AsBranch:
    """What a case that is a branch knows of the whole: its number and code, whether another branch was refused, what stands alone."""

    number: str
    code: str
    is_halted: bool = False


def may_as_branch(act: Act, branch: AsBranch, held: Authority | None, item: ItemTerms) -> Decision:
    """What a branch may do beside what any case may: its result needs joint as well, nothing is granted once the whole has ended by a
    refusal, and what is missing is said in the lead's one notice (C-10).
    """
    if act is Act.NOTICE:
        return Decision.no(Reason.JOINT_NOTICE_BY_LEAD, rule="C-10", joint=branch.number)
    if act not in (Act.DECIDE, Act.REFUSE):
        return Decision.yes()
    if act is Act.DECIDE and branch.is_halted:
        return Decision.no(Reason.JOINT_HALTED, rule="C-10", joint=branch.number)
    if held is None:
        return Decision.no(Reason.NO_POSTING, rule="N-4")
    return held.missing(item, Power.JOINT)


# --- the one notice, the one visit ------------------------------------------------------------------------------------------------


def may_ask(now: Now, branch: Branch, today: date, until: date, listed: Collection[str], missing: Collection[str]) -> Decision:
    """May this branch say what is missing, for the lead's notice? Once for all, by the day that was set, only what its own list names."""
    if now.ended_at is not None or branch.result is not None or branch.state is not State.RECEIVED:
        return Decision.no(Reason.STATE_DOES_NOT_ALLOW, rule="C-10", state=branch.state.value)
    if now.notified_at is not None:
        return Decision.no(Reason.JOINT_NOTICED_ONCE, rule="C-10")
    if today > until:
        return Decision.no(Reason.JOINT_ASK_TOO_LATE, rule="C-10", until=until)
    if not missing or not set(missing) <= set(listed):
        return Decision.no(Reason.NOTICE_BEYOND_LIST if missing else Reason.NOTICE_NAMES_NOTHING, rule="C-3")
    return Decision.yes()


def may_notify(now: Now, branches: Iterable[Branch], today: date, until: date) -> Decision:
    """May the lead send the one notice now? Once; when every branch has spoken, or on the last day for it (C-10)."""
    if now.ended_at is not None:
        return Decision.no(Reason.JOINT_ENDED, rule="C-10")
    if now.notified_at is not None:
        return Decision.no(Reason.JOINT_NOTICED_ONCE, rule="C-10")
    if not now.asked:
        return Decision.no(Reason.JOINT_NOTHING_ASKED, rule="C-10")
    waiting = [branch for branch in branches if branch.state is State.RECEIVED and now.asks(branch.seq) is None]
    if waiting and today < until:
        return Decision.no(Reason.JOINT_ASKS_WAIT, rule="C-10", until=until, number=len(waiting))
    return Decision.yes()


def may_set_site(now: Now, on: date | None, today: date) -> Decision:
    """May the lead call the joint site visit? One for all; its day can be moved until it was held (C-10)."""
    if now.ended_at is not None:
        return Decision.no(Reason.JOINT_ENDED, rule="C-10")
    if now.site_held_on is not None:
        return Decision.no(Reason.JOINT_SITE_ONCE, rule="C-10")
    if on is None or on < today:
        return Decision.no(Reason.JOINT_SITE_PAST, rule="C-10")
    return Decision.yes()


def may_hold_site(now: Now, finding: str, today: date) -> Decision:
    """May the joint site visit be written down? It was called, its day has come, and somebody says what was found."""
    if now.site_on is None:
        return Decision.no(Reason.JOINT_SITE_NOT_SET, rule="C-10")
    if now.site_held_on is not None:
        return Decision.no(Reason.JOINT_SITE_ONCE, rule="C-10")
    if today < now.site_on:
        return Decision.no(Reason.JOINT_SITE_TO_COME, rule="C-10", on=now.site_on)
    if not finding.strip():
        return Decision.no(Reason.NO_GROUND, rule="C-10")
    return Decision.yes()


# --- how it ends --------------------------------------------------------------------------------------------------------------------


def may_stand_alone(now: Now, results: Iterable[Result | None], why: str) -> Decision:
    """May the lead write down that the others stand without the refused branch? Only where one was refused, and with the reason (C-10)."""
    if stands(now, results) is not Stands.HALTED:
        return Decision.no(Reason.JOINT_NOTHING_REFUSED, rule="C-10")
    if not why.strip():
        return Decision.no(Reason.NO_GROUND, rule="C-10")
    return Decision.yes()


def may_end(now: Now, results: Sequence[Result | None]) -> Decision:
    """May the one result be handed over? Only when every branch has its own: nothing is assumed of a silent one (C-10, C-26)."""
    if now.ended_at is not None:
        return Decision.no(Reason.JOINT_ENDED, rule="C-10")
    waiting = sum(each is None for each in results)
    return Decision.no(Reason.JOINT_BRANCHES_WAIT, rule="C-10", number=waiting) if waiting else Decision.yes()


# --- the silent branch --------------------------------------------------------------------------------------------------------------


class Step(StrEnum):
    """Who is told of a silent branch, in this order."""

    URGE = "urge"
    """Its own window."""
    CHIEF = "chief"
    """The chief representative of its body."""
    ABOVE = "above"
    """The head of its body, and the center's management."""


UNANSWERED_AFTER: Mapping[Step, int] = {Step.URGE: 2, Step.CHIEF: 3, Step.ABOVE: 5}
"""Working days without an answer of a window to what was copied to it, after which each is told: accepted, asked, or turned away within five."""
OVERDUE_AFTER: Mapping[Step, int] = {Step.URGE: 1, Step.CHIEF: 2, Step.ABOVE: 3}
"""Working days after the day on which its result was due."""


def steps_due(branch: Branch, now: Now, today: date, calendar: Calendar) -> tuple[Step, ...]:
    """The steps that a silent branch has come to and that were not written yet: urged, then escalated, never assumed (C-10).

    Silent is who has not answered what was copied, or whose day is over without a result; not who waits for the applicant, the lead's notice
    or the center. An act of its window begins the count anew.
    """
    if now.ended_at is not None or branch.result is not None or branch.stands_still:
        return ()
    is_unanswered = branch.state is State.RECEIVED
    if is_unanswered and now.asks(branch.seq) is not None and now.notified_at is None:
        return ()
    since, after = (branch.last_on, UNANSWERED_AFTER) if is_unanswered else (branch.due_on, OVERDUE_AFTER)
    days = calendar.working_days_between(since, today) if today > since else 0
    written = {step for seq, event, step in now.urged if (seq, event) == (branch.seq, branch.last_event)}
    return tuple(step for step in Step if days >= after[step] and step.value not in written)


# --- the usage rate (C-10) ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Matter:
    """A case as the usage rate sees it: whose, of which theme and body, when it came in, and of which joint case it is a branch."""

    case: int
    applicant: int
    theme: str
    body: int
    on: date
    joint: int | None = None


@dataclass(frozen=True, slots=True)
class CouldHaveBeen:
    """Matters of one applicant and one theme, of two departments at least, within sixty days; `joint` where they were one."""

    matters: tuple[Matter, ...]

    @property
    def was_joint(self) -> bool:
        return any(matter.joint is not None for matter in self.matters)

    @property
    def first_on(self) -> date:
        return self.matters[0].on


def could_have_been(matters: Iterable[Matter]) -> tuple[CouldHaveBeen, ...]:
    """The groups that could have been one matter: each case counts once, the first of a group opens its sixty days (C-10)."""
    by_whom: dict[tuple[int, str], list[Matter]] = {}
    joint: dict[int, list[Matter]] = {}
    for matter in sorted(matters, key=lambda each: (each.on, each.case)):
        if matter.joint is not None:
            joint.setdefault(matter.joint, []).append(matter)
        elif matter.theme:
            by_whom.setdefault((matter.applicant, matter.theme), []).append(matter)
    groups = [tuple(each) for each in joint.values()]
    for own in by_whom.values():
        while own:
            last = own[0].on + timedelta(days=WITHIN_DAYS)
            groups.append(tuple(each for each in own if each.on <= last))
            own = [each for each in own if each.on > last]
    found = [CouldHaveBeen(group) for group in groups if group[0].joint is not None or len({each.body for each in group}) > 1]
    return tuple(sorted(found, key=lambda each: (each.first_on, each.matters[0].case)))


class WhyNot(StrEnum):
    """Why a matter that could have been joint was not."""

    NO_PACKAGE = "no_package"
    """No package holds two of its items."""
    LATER = "later"
    """The applicant came with the next matter on another day; nobody asked at the first."""
    NOT_OFFERED = "not_offered"
    """They came in on one day, and there is a package."""


def why_not(group: CouldHaveBeen, items: Collection[str], packages: Iterable[Collection[str]]) -> WhyNot:
    """Why this one was not joint, as far as the register says it. `items` are those of the group, `packages` the items of each package."""
    if not any(len(set(items) & set(package)) > 1 for package in packages):
        return WhyNot.NO_PACKAGE
    return WhyNot.NOT_OFFERED if len({matter.on for matter in group.matters}) == 1 else WhyNot.LATER


@dataclass(frozen=True, slots=True)
class Rates:
    """The two rates: joint ÷ all, joint ÷ could have been. A joint case counts as one matter."""

    joint: int
    all: int
    could: int

    @property
    def of_all(self) -> float | None:
        return self.joint / self.all if self.all else None

    @property
    def of_could(self) -> float | None:
        return self.joint / self.could if self.could else None
