"""Events in, one projection out: what a case is after its events, with every date computed anew (C-1, C-2, C-4, C-6, C-22).

The same events always say the same. What cannot be the history of a case raises `IllegalHistory`: the table of `lifecycle` guards the
record as it guards the button. Effects of law that have come but are not written yet are events too: `as_of_law` appends them in thought,
whoever touches the case next writes them (C-3, C-9).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from portal.rules import clocks, handoffs
from portal.rules.authority import Level, Power
from portal.rules.clocks import MILESTONES, ClockName, Course
from portal.rules.deadlines import Limit, Unit, due_date, warning_dates
from portal.rules.decision import Decision, Reason, Sort
from portal.rules.handoffs import Leg, Stay, Waypoint
from portal.rules.lifecycle import (
    MOVES_A_LIMIT,
    TRANSITIONS,
    CaseNow,
    CaseTerms,
    ClosedAs,
    Event,
    EventKind,
    Facts,
    Filing,
    FilingKind,
    IllegalHistory,
    Outcome,
    Position,
    State,
    StopTold,
    Transition,
    Undertaking,
    correctable_fields,
    fits,
    position,
    position_of,
    power_of,
)
from portal.rules.manifests import Arrival, documents_of
from portal.rules.moments import civil_date, start_of
from portal.rules.stand_ins import MoveWhy
from portal.rules.working_days import Calendar

_ONE_DAY = timedelta(days=1)
_ONE_WORKING_DAY = Limit(1, Unit.WORKING)

_MILESTONES: Mapping[EventKind, str] = MappingProxyType(
    {
        EventKind.COLLECTED: "collected_at",
        EventKind.RECEIVED: "received_at",
        EventKind.ACCEPTED: "accepted_at",
        EventKind.REVIEWED: "reviewed_at",
        EventKind.DECIDED: "decided_at",
        EventKind.CERTIFIED: "certified_at",
        EventKind.DELIVERED: "delivered_at",
        EventKind.FINISHED: "delivered_at",
        EventKind.ARCHIVED: "archived_at",
    },
)


def project(events: Iterable[Event], terms: CaseTerms, calendar: Calendar) -> CaseNow:
    """What the case is after these events, in the order of their `seq`. The same events always say the same.

    Raises `IllegalHistory` for events that no case can have, and the calendar's error for dates that it does not cover.
    """
    history = tuple(events)
    if not history:
        raise IllegalHistory(0, "a case begins with an event")
    fold = _Fold(terms, calendar)
    effective = _corrected(history)
    for event in history:
        fold.add(event, effective[event.seq])
    return fold.now()


def _corrected(history: Sequence[Event]) -> Mapping[int, Event]:
    """Each event as its corrections leave it. The events themselves stay as they were written; both are readable (C-2)."""
    effective: dict[int, Event] = {}
    for event in history:
        if event.kind is EventKind.CORRECTED:
            target = effective.get(event.corrects or 0)
            name = event.payload.get("field")
            if target is None or not isinstance(name, str):
                raise IllegalHistory(event.seq, "it corrects no event or no field")
            refusal = _may_correct(target.kind, name, event.sort)
            if not refusal:
                raise IllegalHistory(event.seq, f"{refusal.rule}: {refusal.reason}")
            value = event.payload.get("value")
            if name == "at":
                moment = _moment(event.seq, value)
                if moment > event.at:
                    raise IllegalHistory(event.seq, "it moves an event into the future")
                effective[target.seq] = replace(target, at=moment)
            else:
                _check_value(event.seq, name, value)
                effective[target.seq] = replace(target, payload={**target.payload, name: value})
        elif event.corrects is not None:
            raise IllegalHistory(event.seq, "only a correcting event corrects")
        effective[event.seq] = event
    return effective


def _may_correct(kind: EventKind, name: str, sort: Sort) -> Decision:
    if name not in correctable_fields(kind):
        return Decision.no(Reason.NOT_CORRECTABLE, rule="C-2", kind=kind, field=name)
    if name in MOVES_A_LIMIT and sort is not Sort.ACT_OF_OFFICE:
        return Decision.no(Reason.DATE_NEEDS_OFFICE, rule="C-2", kind=kind)
    return Decision.yes()


def _moment(seq: int, value: object) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise IllegalHistory(seq, "the corrected moment is no moment") from None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise IllegalHistory(seq, "the corrected moment is no aware moment")
    return value


def _check_value(seq: int, name: str, value: object) -> None:
    """What moves a limit has to be readable when it is written, not when a page is drawn."""
    if name in ("until", "ended_on"):
        _day(seq, value, name)
    elif name == "days" and not 0 <= _whole(seq, value, name) <= 15:
        raise IllegalHistory(seq, "an extension is of 15 working days at most")


def _day(seq: int, value: object, name: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise IllegalHistory(seq, f"{name} is no day") from None


def _whole(seq: int, value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise IllegalHistory(seq, f"{name} is missing")
    return value


def _level(seq: int, value: object, name: str) -> Level:
    try:
        return Level(str(value))
    except ValueError:
        raise IllegalHistory(seq, f"{name} is missing") from None


def _power(seq: int, value: object) -> Power | None:
    try:
        return Power(str(value)) if value else None
    except ValueError:
        raise IllegalHistory(seq, "there is no such power") from None


def _listed(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else ()


def _says_what_it_rests_on(event: Event) -> bool:
    """Exactly the basis that its sort of act needs: clause, office, article, or for the applicant none (G-2)."""
    named = (event.clause_id is not None, event.office_id is not None, event.article is not None)
    needed = {
        Sort.WINDOW_ACT: (True, False, False),
        Sort.ACT_OF_OFFICE: (False, True, False),
        Sort.EFFECT_OF_LAW: (False, False, True),
        Sort.ACT_OF_APPLICANT: (False, False, False),
    }[event.sort]
    return named == needed and (event.sort is not Sort.WINDOW_ACT or event.window_id is not None)


class _Fold:
    """The running state of a projection; what is under construction is never seen outside this module."""

    def __init__(self, terms: CaseTerms, calendar: Calendar) -> None:
        self.terms = terms
        self.calendar = calendar
        self.state: State | None = None
        self.version = 0
        self.last_at: datetime | None = None
        self.addressed: int | None = None
        self.assignee: int | None = None
        self.lent_by: int | None = None
        self.legs: list[Leg] = []
        self.stays: list[Stay] = []
        self.way: list[Waypoint] = []
        self.clauses: dict[int, None] = {}
        self.materials: dict[str, Mapping[str, object]] = {}
        self.moments: dict[str, datetime] = {}
        self.people: dict[str, int | None] = {}
        self.outcome: Outcome | None = None
        self.closed_at: datetime | None = None
        self.closed_as: ClosedAs | None = None
        self.noticed_at: datetime | None = None
        self.noticed: tuple[str, ...] = ()
        self.missing: tuple[str, ...] = ()
        self.brought: tuple[str, ...] = ()
        self.notices = 0
        self.second_notice_open = False
        self.supplement_at: datetime | None = None
        self.is_committed = False
        self.undertaking: Undertaking | None = None
        self.stops: list[StopTold] = []
        self.extension_days = 0
        self.filings: list[Filing] = []
        self.review_failed = False
        self.urgent_from: datetime | None = None
        self.urgent_until: date | None = None
        self.on_hold_since: datetime | None = None
        self.turned = ""  # why it was turned away on the spot

    def add(self, event: Event, effective: Event) -> None:
        """Take in the next event, `effective` being what corrections made of it."""
        if event.seq != self.version + 1:
            raise IllegalHistory(event.seq, f"its number does not follow {self.version}")
        if event.at.tzinfo is None or (self.last_at is not None and event.at < self.last_at):
            raise IllegalHistory(event.seq, "it happened before the one it follows")
        if not _says_what_it_rests_on(event):
            raise IllegalHistory(event.seq, "G-2: its basis is not that of its sort")
        self.version, self.last_at = event.seq, event.at
        if event.clause_id is not None:
            self.clauses[event.clause_id] = None
        if event.kind is EventKind.CORRECTED:
            self._check_correction(event)
            return
        row = self._row(event, effective)
        before = self.state
        if row.to is not None:
            self.state = row.to
        self._move(event, effective)
        self._note(event, effective, before)
        self._file(event, effective, before)
        if self.state is not None and self.state.is_closed and self.closed_at is None:
            self._close(event, row)

    def _close(self, event: Event, row: Transition) -> None:
        """What closes a case ends every leg and stay in the same moment (C-2)."""
        self.closed_at = event.at
        if self.addressed is not None:
            self.legs[-1] = replace(self.legs[-1], recalled_at=event.at)
            self.addressed = None
        self.stays[-1] = replace(self.stays[-1], to_at=event.at)
        turned = {"no_licence": ClosedAs.NO_LICENCE_NEEDED, "not_ours": ClosedAs.NOT_OURS}.get(self.turned)
        self.closed_as = turned if turned is not None and row.closed_as is ClosedAs.NOT_ACCEPTED else row.closed_as

    def _check_correction(self, event: Event) -> None:
        if event.sort is Sort.WINDOW_ACT and self._position(event) is not Position.HOLDER:
            raise IllegalHistory(event.seq, "C-6: only the holder corrects, and nothing while under way")

    def _position(self, event: Event) -> Position:
        if not self.stays:
            return Position.NEW
        match event.sort:
            case Sort.EFFECT_OF_LAW:
                return Position.LAW
            case Sort.ACT_OF_OFFICE:
                return Position.OFFICE
            case Sort.ACT_OF_APPLICANT:
                return Position.APPLICANT
        holder = self.stays[-1].window_id
        return position(holder, self.addressed, holder if event.window_id is None else event.window_id)

    def _row(self, event: Event, effective: Event) -> Transition:
        at = self._position(event)
        # A condition on the day is asked of the day on which it was written: a date that is corrected later makes nothing unlawful.
        facts = Facts(self.terms, self.bare() if self.stays else None, civil_date(event.at))
        for row in TRANSITIONS:
            says = row.says is None or effective.payload.get(row.says[0]) == row.says[1]
            # Whether the window held `accept` was judged when the event was written: its kind says so.
            if row.event is event.kind and row.at is at and says and fits(row, self.state, facts):
                return row
        if event.kind is EventKind.DECIDED and event.payload.get("outcome") not in list(Outcome):
            raise IllegalHistory(event.seq, "C-9: an outcome that there is not")
        raise IllegalHistory(event.seq, f"C-2: no {event.kind} from {self.state} by the {at} window")

    def _move(self, event: Event, effective: Event) -> None:
        """Windows, legs and stays: what the event says about who holds the case."""
        match event.kind:
            case EventKind.COLLECTED | EventKind.RECEIVED if not self.stays:
                window = _whole(event.seq, event.window_id, "the window")
                self._arrive(Waypoint(window, _level(event.seq, event.payload.get("level"), "level")), event.at)
            case EventKind.HANDED_OFF:
                self._send(event, effective)
            case EventKind.RECEIVED | EventKind.LEG_RECEIVED if self.addressed is not None:
                leg = self.legs[-1]
                self.legs[-1] = replace(leg, received_at=event.at)
                self.stays[-1] = replace(self.stays[-1], to_at=event.at)
                self.addressed = self.assignee = self.lent_by = None
                self._arrive(Waypoint(leg.to_window, leg.to_level), event.at)
            case EventKind.LEG_RETURNED:
                reason, whose, kind, then = (str(effective.payload.get(name) or "") for name in ("reason", "whose", "kind_of_return", "then"))
                door = event.payload.get("door")
                self._come_back(
                    returned_at=event.at, return_reason=reason, whose=whose, return_kind=kind, then=then, door=door if isinstance(door, int) else None
                )
            case EventKind.PAPER_RECEIVED:
                self._papers(event)
            case EventKind.RECALLED:
                self._come_back(recalled_at=event.at)
            case EventKind.TAKEN:
                self.assignee, self.lent_by = event.actor_id, None
            case EventKind.ASSIGNED:
                self.assignee = _whole(event.seq, event.payload.get("to"), "to")
                stand_in = _whole(event.seq, event.payload.get("stand_in"), "stand_in")
                self.lent_by = stand_in if event.payload.get("why") == MoveWhy.START else None
            case _:
                pass

    def _arrive(self, stop: Waypoint, at: datetime) -> None:
        windows = [known.window_id for known in self.way]
        if stop.window_id in windows:
            del self.way[windows.index(stop.window_id) :]
        self.way.append(stop)
        assert self.state is not None
        # A result that came home waits for the applicant, not for the room: the limit of delivery runs, not that of forwarding.
        granted = self.outcome is not Outcome.REFUSED
        hands_over = len(self.way) == 1 and power_of(self.state, self.terms, granted=granted) is Power.DELIVER
        if hands_over:
            due = due_date(civil_date(self.moments["decided_at"]), self.terms.delivery, self.calendar)
        else:
            due = handoffs.leg_due(stop.level, at, self.calendar, self.terms.legs)
        self.stays.append(Stay(stop.window_id, stop.level, at, due.due, hands_over))

    def _send(self, event: Event, effective: Event) -> None:
        here = self.stays[-1]
        target = _whole(event.seq, event.payload.get("to_window_id"), "to_window_id")
        level = _level(event.seq, event.payload.get("to_level"), "to_level")
        if target == here.window_id:
            raise IllegalHistory(event.seq, "C-6: it was handed to the window that holds it")
        if self.addressed is not None:  # an office moves it while it is under way: what was under way is called back in the same moment
            self._come_back(recalled_at=event.at)
            here = self.stays[-1]
        limits = self.terms.legs
        self.legs.append(
            Leg(
                seq=event.seq,
                from_window=here.window_id,
                to_window=target,
                from_level=here.level,
                to_level=level,
                kind=handoffs.kind_of(here.level, level),
                reason=str(effective.payload.get("reason") or ""),
                power_needed=_power(event.seq, event.payload.get("power")),
                manifest=_listed(effective.payload.get("manifest")),
                mark=str(effective.payload.get("mark") or ""),
                sent_at=event.at,
                due_on=handoffs.receipt_due(event.at, self.calendar, limits).due,
                charged_on=handoffs.charge_due(event.at, self.calendar, limits).due,
            ),
        )
        self.stays[-1] = replace(here, sent_at=event.at)
        self.addressed = target

    def _papers(self, event: Event) -> None:
        """Papers of a leg came in: a fact of its own, which moves nothing (C-6)."""
        if "leg" not in event.payload:
            return  # papers that no handoff listed
        seq = _whole(event.seq, event.payload.get("leg"), "leg")
        index = next((index for index, leg in enumerate(self.legs) if leg.seq == seq), None)
        if index is None:
            raise IllegalHistory(event.seq, "C-6: papers of a handoff that there is not")
        window = _whole(event.seq, event.window_id, "the window")
        arrival = Arrival(event.at, window, documents_of(event.payload.get("documents")), event.payload.get("last") is True)
        self.legs[index] = replace(self.legs[index], arrivals=(*self.legs[index].arrivals, arrival))

    def _come_back(self, **ends: Any) -> None:
        self.legs[-1] = replace(self.legs[-1], **ends)
        self.stays[-1] = replace(self.stays[-1], sent_at=None)
        self.addressed = None

    def _note(self, event: Event, effective: Event, before: State | None) -> None:
        """Milestones, people, materials and what the course of the case says."""
        milestone = _MILESTONES.get(event.kind)
        if milestone is not None:
            self._reach(event.seq, milestone, effective, before)
        payload = effective.payload
        codes = []
        for material in _listed(payload.get("materials")):
            if not isinstance(material, Mapping) or not isinstance(material.get("code"), str):
                raise IllegalHistory(event.seq, "a material without a code")
            code = material["code"]
            codes.append(code)
            self.materials[code] = MappingProxyType({**self.materials.get(code, {}), **material})
        match event.kind:
            case EventKind.NOTICED:
                self._notice(event, effective)
            case EventKind.NOTICE_OPENED:
                self.second_notice_open = True
            case EventKind.SUPPLEMENTED if before is State.NOTICED:
                self.brought = tuple(dict.fromkeys((*self.brought, *codes)))
                self.supplement_at = effective.at
            case EventKind.SUPPLEMENT_JUDGED:
                missing = tuple(str(code) for code in _listed(payload.get("missing")))
                if not missing or not set(missing) <= set(self.noticed):
                    raise IllegalHistory(event.seq, "C-3: what is still missing is not of the notice")
                for code in missing:
                    self.materials[code] = MappingProxyType({**self.materials.get(code, {}), "code": code, "got": False})
                self.missing, self.brought, self.supplement_at = missing, (), None
            case EventKind.ACCEPTED:
                self._accept(event.seq, payload)
            case EventKind.TURNED_AWAY:
                self.turned = str(payload.get("why"))
            case EventKind.REVIEWED:
                self.people["reviewer_id"] = event.actor_id
                self.review_failed = payload.get("result") == "failed"
            case EventKind.STOPPED:
                until = _day(event.seq, payload.get("until"), "until")
                cause, article = str(payload.get("cause")), str(payload.get("article") or "")
                self.stops.append(StopTold(event.seq, cause, article, civil_date(effective.at), until, event.window_id))
            case EventKind.STOP_ENDED:
                self.stops[-1] = replace(self.stops[-1], ended_on=_day(event.seq, payload.get("ended_on"), "ended_on"))
            case EventKind.EXTENDED:
                self.extension_days = _whole(event.seq, payload.get("days"), "days")
            case EventKind.URGENT_OPENED:
                self.urgent_from, self.urgent_until = event.at, _day(event.seq, payload.get("until"), "until")
            case EventKind.URGENT_ENDED:
                self.urgent_from = self.urgent_until = None
            case EventKind.PUT_ON_HOLD:
                self.on_hold_since = event.at
            case EventKind.HOLD_ENDED:
                self.on_hold_since = None
            case EventKind.DECIDED:
                self.people["decider_id"] = event.actor_id
                self.outcome = Outcome(str(payload.get("outcome")))
            case _:
                pass

    def _notice(self, event: Event, effective: Event) -> None:
        """The one-time notice: what is missing, whole; a second one only as a supervisor opened it (C-3)."""
        told = [each for each in _listed(effective.payload.get("missing")) if isinstance(each, Mapping)]
        codes = tuple(dict.fromkeys(str(each.get("code")) for each in told))
        if not codes:
            raise IllegalHistory(event.seq, "C-3: a notice that names nothing")
        self.notices += 1
        self.second_notice_open = False
        self.noticed_at = effective.at
        self.noticed = tuple(dict.fromkeys((*self.noticed, *codes)))
        self.missing = tuple(dict.fromkeys((*self.missing, *codes)))
        for code in codes:
            self.materials[code] = MappingProxyType({**self.materials.get(code, {}), "code": code, "got": False})

    def _accept(self, seq: int, payload: Mapping[str, object]) -> None:
        self.missing, self.brought, self.supplement_at = (), (), None
        self.is_committed = payload.get("commitment") is True
        told = payload.get("undertaking")
        if isinstance(told, Mapping):
            codes = tuple(str(code) for code in _listed(told.get("codes")))
            self.undertaking = Undertaking(codes, _day(seq, told.get("until"), "until"))

    def _file(self, event: Event, effective: Event, before: State | None) -> None:
        """Filings: made, sent back, passed, used, and overtaken by what happened meanwhile (C-9)."""
        payload = effective.payload
        waiting = next((index for index, filing in enumerate(self.filings) if filing.is_waiting), None)
        match event.kind:
            case EventKind.FILED:
                self._add_filing(event, payload, FilingKind(str(payload.get("filing"))))
            case EventKind.NOT_ACCEPTED | EventKind.TURNED_AWAY if self.state is State.NOT_ACCEPTED:
                self._add_filing(event, payload, FilingKind.NOT_ACCEPT, on_the_spot=True)
            case EventKind.FILING_RETURNED if waiting is not None:
                reason = str(payload.get("reason") or "")
                self.filings[waiting] = replace(self.filings[waiting], returned_at=event.at, return_reason=reason)
                self.turned = ""
            case EventKind.FILING_PASSED if waiting is not None:
                by_silence = event.sort is Sort.EFFECT_OF_LAW
                self.filings[waiting] = replace(self.filings[waiting], passed_at=event.at, by_silence=by_silence)
                if self.filings[waiting].on_the_spot or self.filings[waiting].kind is FilingKind.LATE:
                    self.filings[waiting] = replace(self.filings[waiting], effective_at=event.at)
            case EventKind.NOT_ACCEPTED:
                self._use(FilingKind.NOT_ACCEPT, event)
            case EventKind.DECIDED if self.outcome is Outcome.REFUSED:
                self._use(FilingKind.REFUSE, event)
            case _:
                pass
        if self.state is before or self.state is State.NOT_ACCEPTED or event.kind is EventKind.REVIEWED:
            return
        for index, filing in enumerate(self.filings):  # the case has gone on: what was filed for this step is not needed any more
            if filing.returned_at is None and filing.effective_at is None and filing.overtaken_at is None:
                self.filings[index] = replace(filing, overtaken_at=event.at)

    def _add_filing(self, event: Event, payload: Mapping[str, object], kind: FilingKind, *, on_the_spot: bool = False) -> None:
        assert self.state is not None
        leg = self.legs[-1] if self.addressed is not None else None
        found = {run.name: run for run in clocks.runs(self._course(leg), self.terms, self.calendar)}
        names = (ClockName.ACCEPTANCE,) if kind is FilingKind.NOT_ACCEPT else (ClockName.PROMISED, ClockName.STATUTORY)
        due = next((found[name].due.due for name in names if name in found), None)
        day = civil_date(event.at)
        silent_on = due_date(day, _ONE_WORKING_DAY, self.calendar).due
        texts = {name: str(payload.get(name) or "") for name in ("ground", "point", "basis")}
        is_late = due is not None and not on_the_spot and silent_on > due
        said = {"heard": payload.get("heard") is True, "is_late": is_late, "on_the_spot": on_the_spot, "window_id": event.window_id}
        self.filings.append(Filing(event.seq, kind, event.at, silent_on, **texts, **said))  # type: ignore[arg-type]

    def _use(self, kind: FilingKind, event: Event) -> None:
        for index, filing in enumerate(self.filings):
            if filing.kind is kind and filing.passed_at is not None and filing.effective_at is None and filing.overtaken_at is None:
                self.filings[index] = replace(filing, effective_at=event.at)
                return

    def _reach(self, seq: int, milestone: str, effective: Event, before: State | None) -> None:
        at = effective.at
        # When everything noticed has come in, the case is accepted that day; silence accepts it as of the day of receipt (C-3).
        if milestone == "accepted_at" and before is State.NOTICED and self.supplement_at is not None:
            at = min(at, self.supplement_at)
        elif milestone == "accepted_at" and effective.sort is Sort.EFFECT_OF_LAW:
            at = self.moments["received_at"]
        if any(self.moments[earlier] > at for earlier in MILESTONES[: MILESTONES.index(milestone)] if earlier in self.moments):
            raise IllegalHistory(seq, f"C-2: {milestone} lies before what it follows")
        self.moments[milestone] = at

    def _course(self, leg: Leg | None) -> Course:
        assert self.state is not None
        stops = [days for told in self.stops if (days := told.days) is not None]
        return Course(self.state, self.moments, self.stays[-1], leg, stops, self.extension_days, self.noticed_at, self.supplement_at)

    def bare(self) -> CaseNow:
        """What the case is so far, without any date."""
        assert self.state is not None and self.last_at is not None
        here = self.stays[-1]
        granted = self.outcome is not Outcome.REFUSED
        return CaseNow(
            state=self.state,
            version=self.version,
            last_at=self.last_at,
            holder_window_id=here.window_id,
            holder_level=here.level,
            addressed_window_id=self.addressed,
            assignee_id=self.assignee,
            first_window_id=self.stays[0].window_id,
            next_power=power_of(self.state, self.terms, granted=granted, committed=self.is_committed),
            materials=tuple(self.materials.values()),
            legs=tuple(self.legs),
            stays=tuple(self.stays),
            way_back=tuple(self.way),
            relied_clauses=tuple(self.clauses),
            closed_as=self.closed_as,
            noticed_at=self.noticed_at,
            noticed=self.noticed,
            missing=self.missing,
            brought=self.brought,
            notices=self.notices,
            second_notice_open=self.second_notice_open,
            supplement_at=self.supplement_at,
            is_committed=self.is_committed,
            undertaking=self.undertaking,
            stops=tuple(self.stops),
            extension_days=self.extension_days,
            filings=tuple(self.filings),
            review_failed=self.review_failed,
            urgent_from=self.urgent_from,
            urgent_until=self.urgent_until,
            on_hold_since=self.on_hold_since,
            lent_by_id=self.lent_by,
            outcome=self.outcome,
            closed_at=self.closed_at,
            reviewer_id=self.people.get("reviewer_id"),
            decider_id=self.people.get("decider_id"),
            **self.moments,  # type: ignore[arg-type]
        )

    def now(self) -> CaseNow:
        """The finished value, with every date computed from the moments."""
        bare = self.bare()
        leg = self.legs[-1] if self.addressed is not None else None
        runs = {run.name: run for run in clocks.runs(self._course(leg), self.terms, self.calendar)}
        ruling = clocks.ruling(bare.state, runs)
        warnings = None
        if ruling is not None:
            warnings = warning_dates(ruling.start, ruling.due.due, ruling.limit, self.calendar, ruling.stops)
        due_on = {name: runs[name].due.due if name in runs else None for name in ClockName}
        found = replace(
            bare,
            acceptance_due_on=due_on[ClockName.ACCEPTANCE],
            supplement_due_on=due_on[ClockName.SUPPLEMENT],
            judge_due_on=due_on[ClockName.JUDGE],
            promised_due_on=due_on[ClockName.PROMISED],
            statutory_due_on=due_on[ClockName.STATUTORY],
            delivery_due_on=due_on[ClockName.DELIVERY],
            leg_due_on=due_on[ClockName.LEG],
            yellow_on=warnings.yellow_on if warnings else None,
            red_on=warnings.red_on if warnings else None,
            overdue_on=warnings.overdue_on if warnings else None,
            provisional=any(run.due.provisional for run in runs.values()),
        )
        effect = effect_to_come(found, self.terms)
        closes = effect is not None and effect.closes(found)
        return found if effect is None else replace(found, law_on=effect.on, law_closes_on=effect.on if closes else None)


# --- effects of law ----------------------------------------------------------------------------------------------------------------------

SILENCE_ACCEPTS = "《中华人民共和国行政许可法》第三十二条第一款第四项"
ALL_SUPPLEMENTED = "《中华人民共和国行政许可法》第三十二条第一款第五项"
NOT_SUPPLEMENTED = "《一次性补正告知书》所定补正期限届满"
SILENCE_CONSENTS = "否定报备：次一工作日结束前未退回，视为同意"


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect of law that comes by itself: from 00:00 of this day it holds."""

    on: date
    kind: EventKind
    article: str

    def closes(self, now: CaseNow) -> bool:
        """Does it close the case? Then no list shows it from that day on (C-2)."""
        return self.kind is EventKind.LAPSED or now.state is State.NOT_ACCEPTED


def effect_to_come(now: CaseNow, terms: CaseTerms) -> Effect | None:
    """The next effect of law, as things stand: silence accepts a licence case (C-3), consents to a filing (C-9), ends what is not supplemented."""
    found = []
    waiting = now.filing_waiting
    if waiting is not None:
        found.append(Effect(waiting.silent_on + _ONE_DAY, EventKind.FILING_PASSED, SILENCE_CONSENTS))
    if now.state is State.RECEIVED and terms.is_licence and now.acceptance_due_on is not None:
        found.append(Effect(now.acceptance_due_on + _ONE_DAY, EventKind.ACCEPTED, SILENCE_ACCEPTS))
    if now.state is State.NOTICED and now.all_came_in and now.judge_due_on is not None:
        found.append(Effect(now.judge_due_on + _ONE_DAY, EventKind.ACCEPTED, ALL_SUPPLEMENTED))
    elif now.state is State.NOTICED and now.supplement_due_on is not None:
        found.append(Effect(now.supplement_due_on + _ONE_DAY, EventKind.LAPSED, NOT_SUPPLEMENTED))
    return min(found, key=lambda effect: effect.on, default=None)


def law_event(effect: Effect, now: CaseNow) -> Event:
    """The effect as the event that is written: as of the day on which it came, never before what is written already."""
    at = max(start_of(effect.on), now.last_at)
    return Event(now.version + 1, effect.kind, Sort.EFFECT_OF_LAW, None, None, at, MappingProxyType({}), article=effect.article)


def as_of_law(events: Sequence[Event], terms: CaseTerms, calendar: Calendar, today: date) -> tuple[CaseNow, tuple[Event, ...]]:
    """What the case is on a day, with the effects of law that have come by then and are not written yet, in order."""
    written, come = tuple(events), []
    now = project(written, terms, calendar)
    while (effect := effect_to_come(now, terms)) is not None and effect.on <= today:
        come.append(law_event(effect, now))
        now = project((*written, *come), terms, calendar)
    return now, tuple(come)


# --- corrections -------------------------------------------------------------------------------------------------------------------------


def may_correct(events: Sequence[Event], terms: CaseTerms, calendar: Calendar, correction: Event) -> Decision:
    """May this correcting event be appended? Dates that move a limit are for an office (C-2); the holder mends the rest (C-6)."""
    target = next((event for event in events if event.seq == correction.corrects), None)
    name = str(correction.payload.get("field"))
    if target is None:
        return Decision.no(Reason.NOT_CORRECTABLE, rule="C-2", field=name)
    answer = _may_correct(target.kind, name, correction.sort)
    if not answer:
        return answer
    now = project(events, terms, calendar)
    if correction.sort is Sort.WINDOW_ACT and correction.window_id is not None:
        position = position_of(now, correction.window_id)
        if position is not Position.HOLDER:
            reason = Reason.UNDER_WAY if position is Position.SENDER else Reason.NOT_THE_HOLDER
            return Decision.no(reason, rule="C-6", holder=now.holder_window_id)
    try:
        project((*events, correction), terms, calendar)
    except IllegalHistory as illegal:
        reason = Reason.DATE_OUT_OF_ORDER if name == "at" else Reason.NOT_CORRECTABLE
        return Decision.no(reason, rule="C-2", field=name, why=illegal.why)
    return Decision.yes()
