"""Which act needs which power, and who holds it, at any moment, past ones included (domain G, N-1, N-5).

The two tables of the domain's section on delegated authority stand here as data: `POWERS` (who uses a power by default) and
`ACT_NEEDS` (which act needs which power). Page, guard, docs and tests read them; nothing is written down twice.

Every question is asked of plain values: the clauses of a window with all their ends, also those not yet begun and those long
over. That one clause is in force and another is not is decided by rule (G-17), never by the query that loaded them. Default is
no. The words and values are those of `portal.rules.clauses`, handed on from here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from portal.rules.clauses import (
    DEFAULT_CEILINGS,
    UNBOUND,
    BodyId,
    Ceilings,
    ClauseEnd,
    ClauseTerms,
    Condition,
    EndWhy,
    Handling,
    ItemId,
    ItemTerms,
    Level,
    Mandate,
    Matter,
    PersonId,
    PointId,
    PointTerms,
    Post,
    Power,
    WindowId,
    WindowTerms,
    carries,
    closes_at,
    is_served,
    preference,
)
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.moments import SHANGHAI, civil_date

__all__ = [
    "ACT_NEEDS",
    "DEFAULT_CEILINGS",
    "OFFICE_NEEDS",
    "POWERS",
    "Act",
    "Authority",
    "BodyId",
    "Ceilings",
    "ClauseEnd",
    "ClauseTerms",
    "Condition",
    "EndWhy",
    "Explain",
    "Explanation",
    "Finish",
    "Gap",
    "Handling",
    "Holding",
    "ItemId",
    "ItemTerms",
    "Level",
    "Mandate",
    "Matter",
    "Need",
    "Office",
    "OfficeHeld",
    "PersonId",
    "PointId",
    "PointTerms",
    "Post",
    "Power",
    "PowerTerms",
    "Register",
    "Step",
    "WindowId",
    "WindowTerms",
    "ancestry",
    "carries",
    "chain",
    "explain",
    "finish_point",
    "gaps",
    "may",
    "may_accept",
    "may_archive",
    "may_by_office",
    "may_certify",
    "may_collect",
    "may_decide",
    "may_deliver",
    "may_enter",
    "may_finish",
    "may_hand_off",
    "may_not_accept",
    "may_recall",
    "may_receive",
    "may_refuse",
    "may_return_leg",
    "may_review",
    "may_take",
    "nearest",
    "who_may",
    "window_code",
]


# --- acts and offices --------------------------------------------------------------------------------------------------------


class Act(StrEnum):
    """The verbs that can be done to a case; the same word in URL, route, service, rule and test."""

    COLLECT = "collect"
    ENTER = "enter"
    HAND_OFF = "hand_off"
    RECEIVE = "receive"
    RETURN_LEG = "return_leg"
    RECALL = "recall"
    TAKE = "take"
    ACCEPT = "accept"
    NOT_ACCEPT = "not_accept"
    REVIEW = "review"
    DECIDE = "decide"
    REFUSE = "refuse"
    CERTIFY = "certify"
    DELIVER = "deliver"
    FINISH = "finish"
    ARCHIVE = "archive"
    # the course of a case
    NOTICE = "notice"
    OPEN_NOTICE = "open_notice"
    SUPPLEMENT = "supplement"
    JUDGE_SUPPLEMENT = "judge_supplement"
    TURN_AWAY = "turn_away"
    FILE_NOT_ACCEPT = "file_not_accept"
    FILE_REFUSE = "file_refuse"
    FILE_LATE = "file_late"
    SEND_BACK = "send_back"
    PASS_FILING = "pass_filing"
    STOP = "stop"
    END_STOP = "end_stop"
    EXTEND = "extend"
    OPEN_URGENT = "open_urgent"
    END_URGENT = "end_urgent"
    PUT_ON_HOLD = "put_on_hold"
    END_HOLD = "end_hold"
    FORWARD = "forward"
    WITHDRAW = "withdraw"
    TERMINATE = "terminate"
    VOID = "void"
    CORRECT = "correct"
    # people beside the applicant
    NAME_AGENT = "name_agent"
    END_AGENT = "end_agent"
    TELL_PARTY = "tell_party"
    HEAR_PARTY = "hear_party"
    ASK_HEARING = "ask_hearing"
    SET_HEARING = "set_hearing"
    HOLD_HEARING = "hold_hearing"
    CHECK_SITE = "check_site"
    # across levels
    ROUTE = "route"
    RECEIVE_PAPER = "receive_paper"
    CONSENT = "consent"
    END_CONSENT = "end_consent"
    CARRY = "carry"


class Office(StrEnum):
    """Offices on which an act of office can rest (G-2, G-6)."""

    HEAD_OF_AGENCY = "head_of_agency"
    HEAD_OF_GOVERNMENT = "head_of_government"
    LEADER_IN_CHARGE = "leader_in_charge"
    COUNTY_MANAGER = "county_manager"
    CENTER_MANAGEMENT = "center_management"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class OfficeHeld:
    """An office that a person holds at the moment, for a body or (None) for the county (G-2)."""

    id: int
    office: Office
    body_id: BodyId | None = None


# --- the two tables --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PowerTerms:
    """A row of the table of powers: who uses it unless the clause names a post, and whether the item's certificate is asked for."""

    posts: frozenset[Post]
    is_reserved: bool = False  # to the chief representative, by a letter from the body, or the one who stands in
    asks_certificate: bool = False


_STAFF = frozenset({Post.CLERK, Post.CHIEF})

POWERS: Mapping[Power, PowerTerms] = MappingProxyType(
    {
        Power.ACCEPT: PowerTerms(_STAFF),
        Power.REVIEW: PowerTerms(_STAFF, asks_certificate=True),
        Power.COORDINATE: PowerTerms(_STAFF, is_reserved=True),
        Power.JOINT: PowerTerms(_STAFF, is_reserved=True),
        Power.DECIDE: PowerTerms(_STAFF, is_reserved=True),
        Power.CERTIFY: PowerTerms(_STAFF, is_reserved=True),
        Power.DELIVER: PowerTerms(frozenset(Post)),
        Power.LITIGATE: PowerTerms(_STAFF, is_reserved=True),
        Power.COLLECT: PowerTerms(frozenset({Post.AGENT})),
        Power.FINISH: PowerTerms(frozenset({Post.AGENT})),
    }
)


@dataclass(frozen=True, slots=True)
class Need:
    """What an act needs: one power, or (none named) any code on the item at that window; at a room perhaps another."""

    power: Power | None
    at_room: Power | None = None
    is_reserved: bool = False  # by the chief representative, whatever the power's own default
    not_by_reviewer: bool = False  # G-16

    def power_at(self, level: Level) -> Power | None:
        """The power needed at a point of this level; None means any code on the item."""
        return self.at_room if self.at_room is not None and level.is_room else self.power


ACT_NEEDS: Mapping[Act, Need] = MappingProxyType(
    {
        Act.COLLECT: Need(Power.COLLECT),
        Act.ENTER: Need(Power.ACCEPT),
        Act.HAND_OFF: Need(None, at_room=Power.COLLECT),
        Act.RECEIVE: Need(None, at_room=Power.COLLECT),
        Act.RETURN_LEG: Need(None),
        Act.RECALL: Need(None),
        Act.TAKE: Need(None),
        Act.ACCEPT: Need(Power.ACCEPT),
        Act.NOT_ACCEPT: Need(Power.ACCEPT, is_reserved=True),
        Act.REVIEW: Need(Power.REVIEW),
        Act.DECIDE: Need(Power.DECIDE, not_by_reviewer=True),
        Act.REFUSE: Need(Power.DECIDE, not_by_reviewer=True),
        Act.CERTIFY: Need(Power.CERTIFY),
        Act.DELIVER: Need(Power.DELIVER),
        Act.FINISH: Need(Power.FINISH),
        Act.ARCHIVE: Need(None),
        Act.NOTICE: Need(Power.ACCEPT),
        Act.SUPPLEMENT: Need(None),  # the applicant's act, written down by the holder
        Act.JUDGE_SUPPLEMENT: Need(Power.REVIEW),
        Act.TURN_AWAY: Need(Power.ACCEPT),
        Act.FILE_NOT_ACCEPT: Need(Power.ACCEPT, is_reserved=True),
        Act.FILE_REFUSE: Need(Power.DECIDE, not_by_reviewer=True),
        Act.FILE_LATE: Need(Power.REVIEW),
        Act.STOP: Need(Power.REVIEW),
        Act.END_STOP: Need(Power.REVIEW),
        Act.PUT_ON_HOLD: Need(None),
        Act.END_HOLD: Need(None),
        Act.FORWARD: Need(Power.REVIEW),
        Act.WITHDRAW: Need(None),  # the applicant's act, written down by the holder
        Act.TERMINATE: Need(Power.DECIDE),
        Act.NAME_AGENT: Need(Power.REVIEW),
        Act.END_AGENT: Need(Power.REVIEW),
        Act.TELL_PARTY: Need(Power.REVIEW),
        Act.HEAR_PARTY: Need(Power.REVIEW),
        Act.ASK_HEARING: Need(None),  # the applicant's or a party's act, written down by the holder
        Act.SET_HEARING: Need(Power.REVIEW),
        Act.HOLD_HEARING: Need(Power.REVIEW),
        Act.CHECK_SITE: Need(Power.REVIEW),
        Act.RECEIVE_PAPER: Need(None),
        Act.CONSENT: Need(None),  # the applicant's act, written down by the holder
        Act.END_CONSENT: Need(None),  # likewise
        Act.CARRY: Need(Power.COLLECT),
    }
)

OFFICE_NEEDS: Mapping[Act, frozenset[Office]] = MappingProxyType(
    {
        Act.EXTEND: frozenset({Office.HEAD_OF_AGENCY, Office.HEAD_OF_GOVERNMENT}),
        Act.OPEN_URGENT: frozenset({Office.HEAD_OF_AGENCY, Office.HEAD_OF_GOVERNMENT}),
        Act.END_URGENT: frozenset({Office.HEAD_OF_AGENCY, Office.HEAD_OF_GOVERNMENT}),
        Act.SEND_BACK: frozenset({Office.CENTER_MANAGEMENT}),
        Act.PASS_FILING: frozenset({Office.CENTER_MANAGEMENT}),
        Act.OPEN_NOTICE: frozenset({Office.SUPERVISOR}),
        Act.CORRECT: frozenset({Office.SUPERVISOR}),
        Act.VOID: frozenset({Office.CENTER_MANAGEMENT}),
        Act.ROUTE: frozenset({Office.CENTER_MANAGEMENT, Office.COUNTY_MANAGER}),
    }
)
"""Acts of office on a case: never a window's (G-2). A head of agency acts for the item's own body, the others for the county."""


# --- a person at a window --------------------------------------------------------------------------------------------------


class Explain(StrEnum):
    """The steps by which an answer is reached. The words of a step that is met stand in `portal/web/reasons.py`; else its Reason's."""

    POSTED = "posted"
    POWER_NAMED = "power_named"
    ITEM_NAMED = "item_named"
    BELOW_CEILING = "below_ceiling"
    ON_VILLAGE_LIST = "on_village_list"
    BODY_SERVED = "body_served"
    REGISTERED = "registered"
    NOT_OVER = "not_over"
    BEGUN = "begun"
    CONDITION_MET = "condition_met"
    CONFIRMED = "confirmed"
    RIGHT_POST = "right_post"
    CERTIFICATE_HELD = "certificate_held"
    DECIDED_HERE = "decided_here"
    NOT_REVIEWER = "not_reviewer"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an explanation: the rule, whether it is met, the text's code, what the text names; the refusal if not met."""

    rule: str
    ok: bool
    text: Explain
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    reason: Reason | None = None

    @property
    def refusal(self) -> Decision:
        """The same step as the Decision that refuses the act."""
        if self.reason is None:
            raise ValueError("a step that is met refuses nothing")
        return Decision(False, reason=self.reason, rule=self.rule, facts=self.facts)


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer with its way: the clause that carries it, or the one that came nearest, and the steps in order."""

    allowed: bool
    clause: ClauseTerms | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Authority:
    """What a person holds at a moment, acting from one window: the facts on which every `may_…` answers.

    `clauses` are all of that window, also those not begun or over. `chief_of` are the bodies whose letter the person holds at
    that point; `stand_in_bodies` those whose chief representative is absent and for whom the person stands in (G-13).
    """

    person_id: PersonId
    at: datetime
    window: WindowTerms | None = None
    posts: frozenset[Post] = frozenset()
    chief_of: frozenset[BodyId] = frozenset()
    standing_in_for: PersonId | None = None
    stand_in_bodies: frozenset[BodyId] = frozenset()
    has_certificate: bool = False
    offices: tuple[OfficeHeld, ...] = ()
    clauses: tuple[ClauseTerms, ...] = ()
    ceilings: Ceilings = DEFAULT_CEILINGS

    def office(self, office: Office, body_id: BodyId | None = None) -> OfficeHeld | None:
        """The office held, of this body where one is named; None if the person does not hold it."""
        for held in self.offices:
            if held.office is office and (body_id is None or held.body_id == body_id):
                return held
        return None

    def clause_for(self, item: ItemTerms, power: Power) -> ClauseTerms | None:
        """The clause in force under which this person may use this power on this item now; None if there is none (G-2)."""
        return self._clause(item, power, is_reserved=False)

    def clause_of(self, basis: Basis) -> ClauseTerms:
        """The clause that an allowed window act rests on."""
        return next(clause for clause in self.clauses if clause.id == basis.clause)

    def missing(self, item: ItemTerms, power: Power) -> Decision:
        """Yes with the clause, or the most telling reason why this person may not use this power on this item now."""
        return self._ask(item, power, is_reserved=False)

    def any_clause(self, item: ItemTerms) -> ClauseTerms | None:
        """A clause that gives *the window* any code on the item now: enough for whoever is posted there to move its papers."""
        if self.window is None or not self.posts:
            return None
        return window_code(item, self.window, self.clauses, self.at, self.ceilings)

    def absent_for(self, clause: ClauseTerms, power: Power) -> PersonId | None:
        """Whom the record names beside this person, because the power is used as a stand-in (G-13); None if it is their own."""
        body = clause.exercising_body
        if _is_reserved(clause, power) and body not in self.chief_of and body in self.stand_in_bodies:
            return self.standing_in_for
        return None

    def _clause(self, item: ItemTerms, power: Power, *, is_reserved: bool) -> ClauseTerms | None:
        window = self.window
        if window is None or not _has_certificate(self, item, power):
            return None
        usable = (
            clause
            for clause in self.clauses
            if carries(clause, window, item, power, self.at, self.ceilings) and _fits_post(self, clause, power, is_reserved)
        )
        return min(usable, key=preference, default=None)

    def _ask(self, item: ItemTerms, power: Power, *, is_reserved: bool) -> Decision:
        clause = self._clause(item, power, is_reserved=is_reserved)
        if clause is not None:
            return _rests_on(clause)
        if self.window is None:
            return Decision.no(Reason.NO_POSTING, rule="N-4", power=power.value, item=item.code)
        _, steps = _nearest_way(power, item, self.window, self.clauses, self.at, self.ceilings, self, is_reserved)
        return next(step for step in steps if not step.ok).refusal


def _rests_on(clause: ClauseTerms) -> Decision:
    return Decision.yes(Basis(Sort.WINDOW_ACT, clause=clause.id))


def _is_reserved(clause: ClauseTerms, power: Power) -> bool:
    return POWERS[power].is_reserved if clause.post is None else clause.post is Post.CHIEF


def _fits_post(held: Authority, clause: ClauseTerms, power: Power, is_reserved: bool) -> bool:
    if is_reserved or _is_reserved(clause, power):
        body = clause.exercising_body
        return bool(held.posts & _STAFF) and (body in held.chief_of or (held.standing_in_for is not None and body in held.stand_in_bodies))
    if clause.post is not None:
        return clause.post in held.posts
    posts = POWERS[power].posts
    if held.window is not None and not held.window.level.is_room:
        posts -= {Post.AGENT}
    return bool(held.posts & posts)


def _has_certificate(held: Authority, item: ItemTerms, power: Power) -> bool:
    return held.has_certificate or not (item.needs_certificate_holder and POWERS[power].asks_certificate)


def window_code(
    item: ItemTerms, window: WindowTerms, clauses: Iterable[ClauseTerms], at: datetime, ceilings: Ceilings = DEFAULT_CEILINGS
) -> ClauseTerms | None:
    """A clause in force that gives this window any code on the item; the first power of the table, None if it holds none."""
    mine = [clause for clause in clauses if clause.window_id == window.id and clause.in_force_at(at)]
    for power in Power:
        if found := [clause for clause in mine if carries(clause, window, item, power, at, ceilings)]:
            return min(found, key=preference)
    return None


# --- why, step by step -----------------------------------------------------------------------------------------------------


def _step(rule: str, ok: bool, text: Explain, reason: Reason, **facts: object) -> Step:
    return Step(rule, ok, text, MappingProxyType(facts), None if ok else reason)


def _way(
    power: Power,
    item: ItemTerms,
    window: WindowTerms,
    clause: ClauseTerms | None,
    at: datetime,
    ceilings: Ceilings,
    held: Authority | None,
    is_reserved: bool,
) -> tuple[Step, ...]:
    """The steps from a person at a window to a power on an item by one clause. They end with the first that makes the next moot."""
    names: dict[str, object] = {"power": power.value, "item": item.code, "window": window.code}
    steps: list[Step] = []
    if held is not None:
        is_posted = held.window is not None and held.window.id == window.id and bool(held.posts)
        steps.append(_step("N-4", is_posted, Explain.POSTED, Reason.NO_POSTING, **names))
    has_power = clause is not None and power in clause.powers and clause.window_id == window.id
    steps.append(_step("G-2", has_power, Explain.POWER_NAMED, Reason.NO_CLAUSE, **names))
    if clause is None or not has_power:
        return tuple(steps)

    names |= {"instrument": clause.instrument_number, "clause": clause.id}
    covers = clause.covers(item)
    if not covers and clause.names(item):
        steps.append(_step("G-12", covers, Explain.ITEM_NAMED, Reason.ITEM_CONCENTRATED, body=item.concentrated_to, **names))
        return tuple(steps)
    # That the window held the power on something else once is no help to who asks now.
    # Nor is what a body with nothing to say on this item gave on its own.
    is_telling = clause.in_force_at(at) and clause.body_id in (item.body_id, item.responsible_body)
    other = Reason.OTHER_ITEM if is_telling else Reason.NO_CLAUSE
    steps.append(_step("G-2", covers, Explain.ITEM_NAMED, other, **names))
    if not covers:
        return tuple(steps)

    mandate: dict[str, object] = {"level": window.level.value, "mandate": clause.mandate.value}
    below = ceilings.allows(window.level, power, clause.mandate, item.type_code)
    steps.append(_step("G-3", below, Explain.BELOW_CEILING, Reason.ABOVE_CEILING, **names, **mandate))
    if power is Power.FINISH:
        steps.append(_step("G-3", item.on_village_list, Explain.ON_VILLAGE_LIST, Reason.NOT_ON_VILLAGE_LIST, **names))
    body = clause.exercising_body
    steps.append(_step("G-12", is_served(clause, window), Explain.BODY_SERVED, Reason.BODY_NOT_SERVED, body=body, **names))
    begins_at, ends_at = clause.begins_at, clause.ends_at
    steps.append(_step("G-17", begins_at is not None, Explain.REGISTERED, Reason.NOT_REGISTERED, **names))
    is_over = ends_at is not None and ends_at <= at
    over: dict[str, object] = {"until": clause.last_day}
    if ends_at is not None:
        over |= {"ended_on": civil_date(ends_at), "ended_time": ends_at.astimezone(SHANGHAI).strftime("%H:%M")}
    steps.append(_step("G-17", not is_over, Explain.NOT_OVER, _why_over(clause), **over, **names))
    if begins_at is not None:
        begins: dict[str, object] = {"begins_on": civil_date(begins_at), "begins_time": begins_at.astimezone(SHANGHAI).strftime("%H:%M")}
        steps.append(_step("G-17", begins_at <= at, Explain.BEGUN, Reason.STARTS_LATER, **begins, **names))
    if clause.condition != UNBOUND:
        steps.append(_step("G-1", clause.condition.fits(item), Explain.CONDITION_MET, _unmet(clause.condition, item), **names))
    confirmed_at = clause.confirmed_at(at)
    if confirmed_at is not None:
        year: dict[str, object] = {"confirmed_on": civil_date(confirmed_at), "closed_on": civil_date(closes_at(confirmed_at))}
        in_time = clause.is_confirmed_for(item, at)
        steps.append(_step("G-14", in_time, Explain.CONFIRMED, Reason.NOT_CONFIRMED_IN_TIME, **year, **names))
    if held is not None:
        reserved = is_reserved or _is_reserved(clause, power)
        rule, reason = ("G-13", Reason.NOT_CHIEF) if reserved else ("G-16", Reason.OTHER_POST)
        post = Post.CHIEF if reserved else clause.post or (Post.AGENT if power in (Power.COLLECT, Power.FINISH) else Post.CLERK)
        fits = _fits_post(held, clause, power, is_reserved)
        steps.append(_step(rule, fits, Explain.RIGHT_POST, reason, post=post.value, body=body, **names))
        if item.needs_certificate_holder and POWERS[power].asks_certificate:
            held_it = _has_certificate(held, item, power)
            steps.append(_step("N-4", held_it, Explain.CERTIFICATE_HELD, Reason.NO_ENFORCEMENT_CERTIFICATE, **names))
    return tuple(steps)


def _unmet(condition: Condition, item: ItemTerms) -> Reason:
    if not condition.fits_handling(item):
        return Reason.OTHER_HANDLING
    return Reason.AMOUNT_ABOVE if not condition.fits_amount(item) else Reason.OTHER_TERRITORY


def _why_over(clause: ClauseTerms) -> Reason:
    end = clause.end_in_effect
    if end is None:
        return Reason.CLAUSE_LAPSED
    return Reason.CLAUSE_SUSPENDED if end.why is EndWhy.SUSPENDED else Reason.CLAUSE_ENDED


def _nearest_way(
    power: Power,
    item: ItemTerms,
    window: WindowTerms,
    clauses: Iterable[ClauseTerms],
    at: datetime,
    ceilings: Ceilings,
    held: Authority | None,
    is_reserved: bool,
) -> tuple[ClauseTerms | None, tuple[Step, ...]]:
    """The clause that carries the power, or else comes nearest to it, with its steps: the reason given is the last hurdle."""

    mine = [clause for clause in clauses if clause.window_id == window.id and power in clause.powers]
    if not mine:
        return None, _way(power, item, window, None, at, ceilings, held, is_reserved)

    def score(candidate: tuple[ClauseTerms, tuple[Step, ...]]) -> tuple[int, bool, bool, float, int]:
        clause, steps = candidate
        hurdle = next(place for place, step in enumerate(steps) if not step.ok)
        begins_at, ends_at = clause.begins_at, clause.ends_at
        near = 0.0
        if begins_at is not None and begins_at > at:
            near = -begins_at.timestamp()  # of several to come, the one that comes first
        elif ends_at is not None and ends_at <= at:
            near = ends_at.timestamp()  # of several that are over, the one that ended last
        return hurdle, clause.body_id == item.responsible_body, clause.in_force_at(at), near, -clause.id

    ways = [(clause, _way(power, item, window, clause, at, ceilings, held, is_reserved)) for clause in mine]
    carried = [(clause, steps) for clause, steps in ways if all(step.ok for step in steps)]
    if carried:
        return min(carried, key=lambda way: preference(way[0]))
    return max(ways, key=score)


def explain(
    power: Power,
    item: ItemTerms,
    window: WindowTerms,
    clauses: Iterable[ClauseTerms],
    at: datetime,
    *,
    held: Authority | None = None,
    reviewers: Collection[PersonId] = (),
    ceilings: Ceilings = DEFAULT_CEILINGS,
) -> Explanation:
    """Why a window (and, with `held`, a person) may or may not use a power on an item at a moment, step by step.

    Agrees with `carries` for the window and with `Authority.missing` for the person; for `decide` also with `may_decide`.
    """
    clause, steps = _nearest_way(power, item, window, clauses, at, ceilings, held, is_reserved=False)
    if power is Power.DECIDE:
        steps = (*steps, _step("G-18", not item.is_forwarded, Explain.DECIDED_HERE, Reason.ITEM_FORWARDED, item=item.code))
        if held is not None and not item.is_instant:
            reviewed = held.person_id in reviewers
            steps = (*steps, _step("G-16", not reviewed, Explain.NOT_REVIEWER, Reason.REVIEWED_BY_SAME_PERSON, item=item.code))
    return Explanation(all(step.ok for step in steps), clause, steps)


# --- may this act be done --------------------------------------------------------------------------------------------------


def may(act: Act, held: Authority, item: ItemTerms, *, reviewers: Collection[PersonId] = ()) -> Decision:
    """May this person, from this window, do this act on a case of this item now? Read from `ACT_NEEDS` (G-2).

    The state of the case is not asked here; for a handoff, see also `may_hand_off`.
    """
    need = ACT_NEEDS.get(act)
    if need is None:
        return Decision.no(Reason.NEEDS_AN_OFFICE, rule="G-2", act=act.value)
    if held.window is None or not held.posts:
        return Decision.no(Reason.NO_POSTING, rule="N-4", item=item.code)
    if need.not_by_reviewer and not item.is_instant and held.person_id in reviewers:
        return Decision.no(Reason.REVIEWED_BY_SAME_PERSON, rule="G-16", item=item.code)
    power = need.power_at(held.window.level)
    if power is None:
        clause = held.any_clause(item)
        if clause is None:
            return Decision.no(Reason.NO_CODE_AT_WINDOW, rule="G-2", item=item.code, window=held.window.code)
        return _rests_on(clause)
    if power is Power.DECIDE and item.is_forwarded:
        return Decision.no(Reason.ITEM_FORWARDED, rule="G-18", item=item.code)
    return held._ask(item, power, is_reserved=need.is_reserved)


def may_by_office(act: Act, offices: Iterable[OfficeHeld], item: ItemTerms) -> Decision:
    """May who holds these offices now do this act on a case of this item? Yes with the office that it rests on (G-2).

    The head of an agency acts for the body that answers for the item; offices of the county for every case.
    """
    wanted = OFFICE_NEEDS.get(act, frozenset())
    for held in offices:
        if held.office in wanted and (held.office is not Office.HEAD_OF_AGENCY or held.body_id in (item.body_id, item.responsible_body)):
            return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=held.id), office=held.office.value)
    return Decision.no(Reason.NEEDS_AN_OFFICE, rule="G-2", act=act.value)


def may_collect(held: Authority, item: ItemTerms) -> Decision:
    """May this person take papers in at a room, to forward them? (G-3: no power, only receive and forward)"""
    return may(Act.COLLECT, held, item)


def may_enter(held: Authority, item: ItemTerms) -> Decision:
    """May this person enter a case as received? It needs accept at this window (C-1)."""
    return may(Act.ENTER, held, item)


def may_hand_off(
    held: Authority, item: ItemTerms, target: WindowTerms | None = None, target_clauses: Iterable[ClauseTerms] = ()
) -> Decision:
    """May this person hand the case off, and to this target? The target must hold a code on the item now (C-6).

    Without a target only the sender's half is answered. `target_clauses` may be all clauses; those of the target are read.
    """
    answer = may(Act.HAND_OFF, held, item)
    if not answer or target is None:
        return answer
    if held.window is not None and target.id == held.window.id:
        return Decision.no(Reason.HANDOFF_TO_ITSELF, rule="C-6", window=target.code)
    if window_code(item, target, target_clauses, held.at, held.ceilings) is None:
        return Decision.no(Reason.TARGET_HOLDS_NO_POWER, rule="C-6", window=target.code, item=item.code)
    return answer


def may_receive(held: Authority, item: ItemTerms) -> Decision:
    """May this person receive a leg addressed to this window?"""
    return may(Act.RECEIVE, held, item)


def may_return_leg(held: Authority, item: ItemTerms) -> Decision:
    """May this person return a leg addressed to this window?"""
    return may(Act.RETURN_LEG, held, item)


def may_recall(held: Authority, item: ItemTerms) -> Decision:
    """May this person recall what this window sent and nobody has received?"""
    return may(Act.RECALL, held, item)


def may_take(held: Authority, item: ItemTerms) -> Decision:
    """May this person become the assignee of a case that this window holds?"""
    return may(Act.TAKE, held, item)


def may_accept(held: Authority, item: ItemTerms) -> Decision:
    """May this person accept the application?"""
    return may(Act.ACCEPT, held, item)


def may_not_accept(held: Authority, item: ItemTerms) -> Decision:
    """May this person turn the application away? The chief representative, once it is filed or on the spot (C-9: see `lifecycle`)."""
    return may(Act.NOT_ACCEPT, held, item)


def may_review(held: Authority, item: ItemTerms) -> Decision:
    """May this person examine the application? With the enforcement certificate where the item needs one (N-4)."""
    return may(Act.REVIEW, held, item)


def may_decide(held: Authority, item: ItemTerms, reviewer: PersonId | Collection[PersonId] | None = None) -> Decision:
    """May this person grant the application? Not who reviewed it, unless the item is instant (G-16). Several may have reviewed."""
    return may(Act.DECIDE, held, item, reviewers=_people(reviewer))


def may_refuse(held: Authority, item: ItemTerms, reviewer: PersonId | Collection[PersonId] | None = None) -> Decision:
    """May this person refuse the application? Not who reviewed it (G-16); once it is filed (C-9: see `lifecycle`)."""
    return may(Act.REFUSE, held, item, reviewers=_people(reviewer))


def may_certify(held: Authority, item: ItemTerms) -> Decision:
    """May this person make and seal the certificate?"""
    return may(Act.CERTIFY, held, item)


def may_deliver(held: Authority, item: ItemTerms) -> Decision:
    """May this person hand over the result?"""
    return may(Act.DELIVER, held, item)


def may_finish(held: Authority, item: ItemTerms) -> Decision:
    """May this person do the matter wholly at this room? Only what the county's village list marks (G-3)."""
    return may(Act.FINISH, held, item)


def may_archive(held: Authority, item: ItemTerms) -> Decision:
    """May this person put the closed case into the archive?"""
    return may(Act.ARCHIVE, held, item)


def _people(reviewer: PersonId | Collection[PersonId] | None) -> Collection[PersonId]:
    if reviewer is None:
        return ()
    return (reviewer,) if isinstance(reviewer, int) else reviewer


# --- who may, near whom (G-9, G-18, N-5) -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Holding:
    """A window of the chain that holds a power, with the clause and the last day on which it does (None: open)."""

    power: Power
    window: WindowTerms
    point: PointTerms
    clause: ClauseTerms

    @property
    def level(self) -> Level:
        return self.point.level

    @property
    def until(self) -> date | None:
        return self.clause.last_day


@dataclass(frozen=True, slots=True)
class Gap:
    """An item, a required power, and a highest point where the item is offered whose chain lacks the power (G-18)."""

    item: ItemTerms
    point: PointTerms
    power: Power


@dataclass(frozen=True, slots=True)
class Finish:
    """The first point of the chain by which everything but acceptance can be done, its window, and who does each part."""

    point: PointTerms
    window: WindowTerms
    holdings: Mapping[Power, Holding]


def chain(point: PointTerms, item: ItemTerms, points: Mapping[PointId, PointTerms]) -> list[PointTerms]:
    """The points that can serve who stands at `point`: itself, its ancestors up to the town, the sub-centers of the item's
    body (by code), the county center; each once (N-5, G-18). Points that cannot hold cases are named too; they hold nothing.
    """
    above = ancestry(point, points)
    root = above[-1]
    found = {point.id: point} | {near.id: near for near in above if near.level.rank > 0}
    subs = (other for other in points.values() if other.level is Level.SUB_CENTER and other.body_id == item.responsible_body)
    for sub in sorted(subs, key=lambda other: other.code):
        if sub.parent_id in (None, root.id):
            found.setdefault(sub.id, sub)
    if root.level is Level.COUNTY:
        found.setdefault(root.id, root)
    return list(found.values())


def ancestry(point: PointTerms, points: Mapping[PointId, PointTerms]) -> list[PointTerms]:
    """The point and those above it, up to the root (N-1)."""
    found: dict[PointId, PointTerms] = {}
    above: PointTerms | None = point
    while above is not None and above.id not in found:
        found[above.id] = above
        above = None if above.parent_id is None else points.get(above.parent_id)
    return list(found.values())


class Register:
    """The clauses of a county in force at one moment, indexed by item and power: answers for many items and points at once."""

    def __init__(
        self,
        points: Iterable[PointTerms] | Mapping[PointId, PointTerms],
        windows: Iterable[WindowTerms],
        clauses: Iterable[ClauseTerms],
        at: datetime,
        ceilings: Ceilings = DEFAULT_CEILINGS,
    ) -> None:
        self.at = at
        self.ceilings = ceilings
        self.points = {point.id: point for point in (points.values() if isinstance(points, Mapping) else points)}
        self._windows = {window.id: window for window in windows}
        self._by_item: dict[ItemId, list[ClauseTerms]] = {}
        self._by_body: dict[BodyId, list[ClauseTerms]] = {}
        self._chains: dict[tuple[PointId, BodyId], list[PointTerms]] = {}
        self._held: dict[tuple[ItemTerms, Power], dict[PointId, list[Holding]]] = {}
        self._has_territories = False
        for clause in clauses:
            if not clause.in_force_at(at):
                continue
            self._has_territories |= clause.condition.territory_id is not None
            if clause.item_ids is None:
                self._by_body.setdefault(clause.body_id, []).append(clause)
            else:
                for item_id in clause.item_ids:
                    self._by_item.setdefault(item_id, []).append(clause)

    def chain(self, point: PointTerms, item: ItemTerms) -> list[PointTerms]:
        key = (point.id, item.responsible_body)
        if key not in self._chains:
            self._chains[key] = chain(point, item, self.points)
        return self._chains[key]

    def at_points(self, power: Power, item: ItemTerms) -> Mapping[PointId, Sequence[Holding]]:
        """Where the power on the item is held: point → its windows, the body's own before a general one, then by code."""
        key = (item, power)
        if key not in self._held:
            best: dict[WindowId, ClauseTerms] = {}
            for clause in (*self._by_item.get(item.id, ()), *self._by_body.get(item.responsible_body, ())):
                window = self._windows.get(clause.window_id)
                if power not in clause.powers or window is None or not carries(clause, window, item, power, self.at, self.ceilings):
                    continue
                known = best.get(window.id)
                if known is None or preference(clause) < preference(known):
                    best[window.id] = clause
            found: dict[PointId, list[Holding]] = {}
            for window_id in sorted(best, key=lambda one: _window_order(self._windows[one])):
                window = self._windows[window_id]
                point = self.points.get(window.point_id)
                if point is not None and point.is_open:
                    found.setdefault(point.id, []).append(Holding(power, window, point, best[window_id]))
            self._held[key] = found
        return self._held[key]

    def seen_from(self, item: ItemTerms, point: PointTerms) -> ItemTerms:
        """The item as it is asked about from a point: a clause bound to a territory counts for those at or below it (G-1)."""
        if item.matter is not None or not self._has_territories:
            return item
        above = frozenset(near.id for near in ancestry(point, self.points))
        return replace(item, matter=Matter(point_ids=above, is_case=False))

    def who_may(self, power: Power, item: ItemTerms, point: PointTerms) -> tuple[Holding, ...]:
        item = self.seen_from(item, point)
        held = self.at_points(power, item)
        return tuple(holding for near in self.chain(point, item) for holding in held.get(near.id, ()))

    def nearest(self, power: Power, item: ItemTerms, point: PointTerms) -> Holding | None:
        return next(iter(self.who_may(power, item, point)), None)

    def could_hold(self, power: Power, item: ItemTerms, point: PointTerms) -> WindowTerms | None:
        """The nearest window of the chain that could be given the power, whoever holds it now: it serves the responsible body, or at a
        town the ceiling lets it be entrusted (G-3, G-12); None if there is none.
        """
        by_point: dict[PointId, list[WindowTerms]] = {}
        for window in self._windows.values():
            by_point.setdefault(window.point_id, []).append(window)
        for near in self.chain(point, item):
            if not near.is_open:
                continue
            for window in sorted(by_point.get(near.id, ()), key=_window_order):
                is_own = item.responsible_body in window.body_ids
                mandates = (Mandate.STATUTORY, Mandate.INTERNAL) if is_own else (Mandate.ENTRUSTMENT, Mandate.RECEIVE_FORWARD)
                if any(self.ceilings.allows(window.level, power, mandate, item.type_code) for mandate in mandates):
                    return window
        return None

    def finish_point(self, item: ItemTerms, point: PointTerms) -> Finish | None:
        item = self.seen_from(item, point)
        found: dict[Power, Holding] = {}
        needed = item.required - {Power.ACCEPT} or item.required
        lacking = set(needed)
        for near in self.chain(point, item):
            here: list[Holding] = []
            for power in Power:
                if power in needed:
                    here += self.at_points(power, item).get(near.id, ())
            for holding in here:
                found.setdefault(holding.power, holding)
                lacking.discard(holding.power)
            if here and not lacking:
                window = min((holding.window for holding in here), key=_window_order)
                return Finish(near, window, MappingProxyType(found))
        return None

    def gaps(self, items: Iterable[ItemTerms]) -> tuple[Gap, ...]:
        found: list[Gap] = []
        for item in items:
            offered = [self.points[point_id] for point_id in item.offered_at if point_id in self.points]
            top = min((point.level.rank for point in offered), default=None)
            highest = sorted((point for point in offered if point.level.rank == top), key=lambda point: point.code)
            for power in Power:
                if power not in item.required:
                    continue
                for point in highest:
                    where = self.at_points(power, self.seen_from(item, point)).keys()
                    if not any(near.id in where for near in self.chain(point, item)):
                        found.append(Gap(item, point, power))
        return tuple(found)


def _window_order(window: WindowTerms) -> tuple[bool, str]:
    return window.is_general, window.code


def who_may(
    power: Power,
    item: ItemTerms,
    point: PointTerms,
    points: Iterable[PointTerms] | Mapping[PointId, PointTerms],
    windows: Iterable[WindowTerms],
    clauses: Iterable[ClauseTerms],
    at: datetime,
    ceilings: Ceilings = DEFAULT_CEILINGS,
) -> tuple[Holding, ...]:
    """The windows of the point's chain that hold the power on the item at a moment, nearest first, each with its clause (G-9)."""
    return Register(points, windows, clauses, at, ceilings).who_may(power, item, point)


def nearest(
    power: Power,
    item: ItemTerms,
    point: PointTerms,
    points: Iterable[PointTerms] | Mapping[PointId, PointTerms],
    windows: Iterable[WindowTerms],
    clauses: Iterable[ClauseTerms],
    at: datetime,
    ceilings: Ceilings = DEFAULT_CEILINGS,
) -> Holding | None:
    """The nearest window of the chain that holds the power; None if nobody does (C-7)."""
    return Register(points, windows, clauses, at, ceilings).nearest(power, item, point)


def finish_point(
    item: ItemTerms,
    point: PointTerms,
    points: Iterable[PointTerms] | Mapping[PointId, PointTerms],
    windows: Iterable[WindowTerms],
    clauses: Iterable[ClauseTerms],
    at: datetime,
    ceilings: Ceilings = DEFAULT_CEILINGS,
) -> Finish | None:
    """The first point of the chain at or below which every required power but accept is in force; None if nowhere (G-18)."""
    return Register(points, windows, clauses, at, ceilings).finish_point(item, point)


def gaps(
    items: Iterable[ItemTerms],
    points: Iterable[PointTerms] | Mapping[PointId, PointTerms],
    windows: Iterable[WindowTerms],
    clauses: Iterable[ClauseTerms],
    at: datetime,
    ceilings: Ceilings = DEFAULT_CEILINGS,
) -> tuple[Gap, ...]:
    """Every required power that the chain of a highest offered point lacks, by item, power and point code (G-18)."""
    return Register(points, windows, clauses, at, ceilings).gaps(items)
