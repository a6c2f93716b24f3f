"""What the pages of a case show: values ready for the templates, in the language of the page. No query but by name, no rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup, escape

from portal.authority import queries as authority_queries
from portal.authority.terms import POWERS
from portal.cases import queries
from portal.cases.course_words import CAUSES, END_GROUNDS, FILED, HANDED_TO, URGENT_GROUNDS, WORDS, article_word
from portal.cases.handoff_words import AFTER, papers_in_words
from portal.cases.models import CaseEvent
from portal.cases.queries import CaseView, Place
from portal.cases.services import NewCase
from portal.i18n import _, _lp, _p, named, told
from portal.network import queries as network
from portal.rules import lifecycle
from portal.rules.authority import Act, Level, Mandate, Power
from portal.rules.clocks import ClockName
from portal.rules.course import StopCause
from portal.rules.decision import Decision
from portal.rules.handoffs import AfterReturn, Mark, Why
from portal.rules.lifecycle import ClosedAs, EventKind, FilingKind, Outcome, Position, State
from portal.rules.manifests import documents_of
from portal.rules.moments import civil_date
from portal.rules.seals import Seal
from portal.rules.stand_ins import MoveWhy
from portal.rules.working_days import DayWhy
from portal.web import pictures
from portal.web.filters import day, moment, typed

STATES: dict[State, Any] = {
    State.COLLECTED: _lp("state", "Collected"),
    State.RECEIVED: _lp("state", "Received"),
    State.NOTICED: _lp("state", "To be supplemented"),
    State.NOT_ACCEPTED: _lp("state", "Not accepted"),
    State.ACCEPTED: _lp("state", "Accepted"),
    State.UNDER_REVIEW: _lp("state", "Reviewed"),
    State.STOPPED: _lp("state", "Clock stopped"),
    State.DECIDED: _lp("state", "Decided"),
    State.CERTIFIED: _lp("state", "Certificate made"),
    State.DELIVERED: _lp("state", "Delivered"),
    State.ARCHIVED: _lp("state", "Archived"),
    State.CLOSED: _lp("state", "Closed"),
}
CLOSED: dict[ClosedAs, Any] = {
    ClosedAs.NO_LICENCE_NEEDED: _lp("closed", "No licence needed"),
    ClosedAs.NOT_OURS: _lp("closed", "Not ours to handle"),
    ClosedAs.NOT_ACCEPTED: _lp("closed", "Not accepted"),
    ClosedAs.NOT_SUPPLEMENTED: _lp("closed", "Not supplemented in time"),
    ClosedAs.WITHDRAWN: _lp("closed", "Withdrawn"),
    ClosedAs.TERMINATED: _lp("closed", "Terminated"),
    ClosedAs.FORWARDED: _lp("closed", "Forwarded to the superior body"),
    ClosedAs.VOID: _lp("closed", "Void"),
}
EVENTS: dict[EventKind, Any] = {
    EventKind.COLLECTED: _lp("event", "Collected"),
    EventKind.RECEIVED: _lp("event", "Received for acceptance"),
    EventKind.ACCEPTED: _lp("event", "Accepted"),
    EventKind.REVIEWED: _lp("event", "Review passed"),
    EventKind.HANDED_OFF: _lp("event", "Sent on"),
    EventKind.LEG_RECEIVED: _lp("event", "Received from another window"),
    EventKind.LEG_RETURNED: _lp("event", "Sent back"),
    EventKind.RECALLED: _lp("event", "Taken back"),
    EventKind.TAKEN: _lp("event", "Taken in hand"),
    EventKind.ASSIGNED: _lp("event", "Pending work moved"),
    EventKind.DECIDED: _lp("event", "Granted"),
    EventKind.CERTIFIED: _lp("event", "Certificate made"),
    EventKind.DELIVERED: _lp("event", "Delivered"),
    EventKind.FINISHED: _lp("event", "Done at the room"),
    EventKind.ARCHIVED: _lp("event", "Archived"),
    EventKind.CORRECTED: _lp("event", "Corrected"),
    EventKind.NOTICED: _lp("event", "One-time notice of what is missing"),
    EventKind.NOTICE_OPENED: _lp("event", "A second notice was allowed"),
    EventKind.SUPPLEMENTED: _lp("event", "Supplement handed in"),
    EventKind.SUPPLEMENT_JUDGED: _lp("event", "Supplement examined: something is still missing"),
    EventKind.TURNED_AWAY: _lp("event", "Told at once that it is not accepted here"),
    EventKind.NOT_ACCEPTED: _lp("event", "Not accepted"),
    EventKind.FILED: _lp("event", "Filed with the center"),
    EventKind.FILING_RETURNED: _lp("event", "The center sent the filing back"),
    EventKind.FILING_PASSED: _lp("event", "The filing passed"),
    EventKind.STOPPED: _lp("event", "Clock stopped"),
    EventKind.STOP_ENDED: _lp("event", "The clock runs again"),
    EventKind.EXTENDED: _lp("event", "Statutory limit extended"),
    EventKind.URGENT_OPENED: _lp("event", "Put on the urgent track"),
    EventKind.URGENT_ENDED: _lp("event", "Taken off the urgent track"),
    EventKind.PUT_ON_HOLD: _lp("event", "Put aside; the clock runs on"),
    EventKind.HOLD_ENDED: _lp("event", "Taken up again"),
    EventKind.LAPSED: _lp("event", "Closed: not supplemented in time"),
    EventKind.WITHDRAWN: _lp("event", "Withdrawn by the applicant"),
    EventKind.TERMINATED: _lp("event", "Terminated"),
    EventKind.FORWARDED: _lp("event", "Forwarded to the superior body"),
    EventKind.VOIDED: _lp("event", "Declared void"),
    EventKind.AGENT_NAMED: _lp("event", "An agent was named"),
    EventKind.AGENT_ENDED: _lp("event", "The agent's power ended"),
    EventKind.PARTY_TOLD: _lp("event", "An interested party was told"),
    EventKind.PARTY_HEARD: _lp("event", "An interested party was heard"),
    EventKind.HEARING_ASKED: _lp("event", "A hearing was asked for"),
    EventKind.HEARING_SET: _lp("event", "The hearing was announced"),
    EventKind.HEARING_HELD: _lp("event", "The hearing was held"),
    EventKind.SITE_CHECKED: _lp("event", "Site checked by two officers"),
    EventKind.PAPER_RECEIVED: _lp("event", "The papers have arrived"),
    EventKind.CONSENT_GIVEN: _lp("event", "Consent to agent service"),
    EventKind.CONSENT_ENDED: _lp("event", "Consent to agent service withdrawn"),
    EventKind.CARRIED: _lp("event", "The village worker carried papers"),
}
REVIEW_FAILED = _lp("event", "Review not passed")
# what happens inside the offices is not on the public road
INNER = frozenset(
    {
        EventKind.FILED, EventKind.FILING_RETURNED, EventKind.FILING_PASSED, EventKind.NOTICE_OPENED, EventKind.PUT_ON_HOLD, EventKind.HOLD_ENDED,
        EventKind.URGENT_OPENED, EventKind.URGENT_ENDED, EventKind.CORRECTED, EventKind.AGENT_NAMED, EventKind.AGENT_ENDED, EventKind.PARTY_TOLD,
        EventKind.PARTY_HEARD, EventKind.SITE_CHECKED, EventKind.PAPER_RECEIVED, EventKind.CONSENT_GIVEN, EventKind.CONSENT_ENDED, EventKind.CARRIED,
    }
)  # fmt: skip
OUTCOMES: dict[Outcome, Any] = {Outcome.GRANTED: _lp("event", "Granted"), Outcome.REFUSED: _lp("event", "Refused")}
# what only moves a case, or who has it in hand: no act of its own on the road
MOVES = frozenset(
    {EventKind.HANDED_OFF, EventKind.LEG_RECEIVED, EventKind.LEG_RETURNED, EventKind.RECALLED, EventKind.TAKEN, EventKind.ASSIGNED}
)
SEALS: dict[Seal, Any] = {Seal.WINDOW: _lp("seal", "Seal of the window"), Seal.BODY: _lp("seal", "Seal of the department")}
CLOCKS: dict[ClockName, Any] = {
    ClockName.ACCEPTANCE: _lp("clock", "To accept"),
    ClockName.SUPPLEMENT: _lp("clock", "To supplement"),
    ClockName.JUDGE: _lp("clock", "To examine the supplement"),
    ClockName.PROMISED: _lp("clock", "Promised"),
    ClockName.STATUTORY: _lp("clock", "By law"),
    ClockName.DELIVERY: _lp("clock", "To deliver"),
    ClockName.LEG: _lp("clock", "This window"),
}
# each act of the next step: its heading and its button
NEXT: dict[Act, tuple[Any, Any]] = {
    Act.RECEIVE: (_lp("next", "Receive the case"), _lp("button", "Receive")),
    Act.ACCEPT: (_lp("next", "Check the materials and accept"), _lp("button", "Accept")),
    Act.ENTER: (_lp("next", "Enter it as received"), _lp("button", "Enter as received")),
    Act.REVIEW: (_lp("next", "Review it point by point"), _lp("button", "Review passed")),
    Act.DECIDE: (_lp("next", "Decide"), _lp("button", "Grant")),
    Act.CERTIFY: (_lp("next", "Make the certificate"), _lp("button", "Make and seal the certificate")),
    Act.DELIVER: (_lp("next", "Hand over the result"), _lp("button", "Delivered")),
    Act.FINISH: (_lp("next", "Finish it here"), _lp("button", "Done")),
}
ADVANCING = (Act.RECEIVE, Act.FINISH, Act.ACCEPT, Act.REVIEW, Act.DECIDE, Act.CERTIFY, Act.DELIVER)
# further steps, each on a page of its own, in the order in which they are offered; the first group carries the case on
ONWARD = (Act.NOT_ACCEPT, Act.REFUSE, Act.FORWARD, Act.JUDGE_SUPPLEMENT, Act.SUPPLEMENT)
FURTHER = (
    Act.NOTICE, Act.TURN_AWAY, Act.FILE_NOT_ACCEPT, Act.NOT_ACCEPT, Act.JUDGE_SUPPLEMENT, Act.SUPPLEMENT, Act.STOP, Act.END_STOP, Act.FILE_REFUSE,
    Act.REFUSE, Act.FILE_LATE, Act.FORWARD, Act.WITHDRAW, Act.TERMINATE, Act.PUT_ON_HOLD, Act.END_HOLD,
)  # fmt: skip
FIELDS: dict[str, Any] = {
    "at": _lp("correct", "day and time"), "until": _lp("correct", "told end"), "ended_on": _lp("correct", "end of the cause"),
    "days": _lp("correct", "number of days"),
}  # fmt: skip


def spaced(code: str) -> str:
    """A tracking code in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def place_name(place: Place | None) -> str:
    """Point and window in few words; a general window goes by its point."""
    if place is None:
        return ""
    return named(place.point) if place.window.is_general else f"{named(place.point)} · {named(place.window)}"


MARKS: dict[Mark, Any] = {
    Mark.ROUTED: _lp("mark", "by office"),
    Mark.RULING: _lp("mark", "by a ruling"),
    Mark.CLOSING: _lp("mark", "because of a closing or a move of staff"),
    Mark.EMERGENCY: _lp("mark", "because of an emergency"),
    Mark.RESUMED: _lp("mark", "back after an emergency"),
}


def road(view: CaseView, *, public: bool = False) -> pictures.Route:
    """The route so far, and the stops that lie ahead by the proposal."""
    legs = []
    for index, stay in enumerate(view.now.stays):
        last = index == len(view.now.stays) - 1
        here = last and not view.now.state.is_closed
        until = stay.to_at or (view.now.closed_at if last else None)
        days = (
            view.calendar.working_days_between(civil_date(stay.from_at), civil_date(until or view.at))
            if (until or view.at) >= stay.from_at
            else 0
        )
        done = [
            str(event_word(row))
            for row in view.rows
            if row.window_id == stay.window_id
            and stay.from_at <= row.occurred_at
            and (stay.to_at is None or row.occurred_at < stay.to_at)
            and row.kind not in MOVES
            and not (public and row.kind in INNER)
        ]
        place = view.places.get(stay.window_id)
        legs.append(
            pictures.Leg(
                level=stay.level.value,
                place=named(place.point) if place and public else place_name(place),
                acts=_p("list", ", ").join(done),
                state="here" if here else "done",
                days=float(days),
                spent=_("%(days)s working days", days=days) if days else _("same day"),
                since=moment(stay.from_at),
                until=moment(until),
            )
        )
    ahead = view.proposal.window_id if view.proposal.moves else view.now.addressed_window_id
    place = view.places.get(ahead or 0)
    if place is not None and not view.now.state.is_closed:
        power = view.now.next_power
        legs.append(
            pictures.Leg(
                place.level.value, named(place.point) if public else place_name(place), str(POWERS[power]) if power else "", "todo"
            )
        )
    return pictures.route(legs)


def event_word(row: CaseEvent) -> Any:
    """The word of an event; of a decision and a review, how it went."""
    if row.kind == EventKind.DECIDED:
        return OUTCOMES[Outcome(row.payload["outcome"])]
    if row.kind == EventKind.REVIEWED and row.payload.get("result") == "failed":
        return REVIEW_FAILED
    return EVENTS[EventKind(row.kind)]


def acted_by(view: CaseView, row: CaseEvent) -> str:
    """Who did it; a power used in somebody's place names both (G-13)."""
    actor, absent = (view.actors.get(each or 0) for each in (row.actor_id, row.stand_in_for_id))
    if actor is not None and absent is not None:
        return _("%(name)s, standing in for %(absent)s", name=named(actor), absent=named(absent))
    return named(actor) if actor is not None else ""


TYPED = ("ground", "point", "basis", "note", "reason", "whose", "to", "says", "finding")  # of payloads


def said_of(view: CaseView, row: CaseEvent) -> list[str]:
    """What the payload of an event of the course says, in words, and the sheet that it was entered from."""
    return ([_("Sheet %(number)s", number=row.payload["sheet"])] if row.payload.get("sheet") else []) + _said_of(view, row)


def _said_of(view: CaseView, row: CaseEvent) -> list[str]:
    payload: Mapping[str, Any] = row.payload
    names = {str(each.seq): named(each) for each in view.materials}
    match row.kind:
        case EventKind.NOTICED:
            missing = (names.get(each["code"], "") + (typed(f"（{each['why']}）") if each.get("why") else "") for each in payload["missing"])
            return [escape(_p("list", ", ")).join(missing)]
        case EventKind.SUPPLEMENTED:
            return [_p("list", ", ").join(names.get(str(each["code"]), "") for each in payload["materials"])]
        case EventKind.SUPPLEMENT_JUDGED:
            return [_p("list", ", ").join(names.get(str(code), "") for code in payload["missing"])]
        case EventKind.FILED:
            return [str(FILED[FilingKind(payload["filing"])])]
        case EventKind.STOPPED:
            told_end = _("until %(day)s at the latest", day=day(date.fromisoformat(payload["until"])))
            return [str(CAUSES[StopCause(payload["cause"])]), article_word(str(payload["article"])), told_end]
        case EventKind.STOP_ENDED:
            return [_("The cause ended on %(day)s.", day=day(date.fromisoformat(payload["ended_on"])))]
        case EventKind.EXTENDED:
            return [_("%(n)s working days", n=payload["days"])]
        case EventKind.TERMINATED | EventKind.URGENT_OPENED:
            grounds: dict[str, Any] = {code.value: word for code, word in (*END_GROUNDS.items(), *URGENT_GROUNDS.items())}
            return [str(grounds.get(str(payload["ground"]), ""))]
        case EventKind.DELIVERED:
            return [str(HANDED_TO[payload["to"]])] if payload.get("to") in HANDED_TO else []
        case EventKind.CORRECTED:
            return [_("entry %(seq)s, %(field)s", seq=row.corrects, field=FIELDS.get(str(payload["field"]), payload["field"])), str(payload["value"])[:16]]
        case EventKind.REVIEWED if payload.get("result") == "failed":
            return [_p("list", "; ").join(str(line["point"]) for line in payload["lines"] if not line.get("met"))]
        case EventKind.HANDED_OFF if payload.get("mark"):
            return [str(MARKS[Mark(payload["mark"])])]
        case EventKind.HANDED_OFF:
            batch = [_("List %(number)s", number=payload["batch"])] if payload.get("batch") else []
            return batch + papers_in_words(documents_of(payload.get("manifest")), names)
        case EventKind.PAPER_RECEIVED:
            rest = [_("the rest is missing")] if payload.get("last") is True else []
            return papers_in_words(documents_of(payload.get("documents")), names) + rest
        case EventKind.LEG_RETURNED if payload.get("then"):
            door = view.places.get(int(payload["door"])) if payload.get("door") else None
            return [str(AFTER[AfterReturn(payload["then"])]) + (f" → {place_name(door)}" if door else "")]
        case EventKind.ACCEPTED if payload.get("undertaking"):
            return [_("with materials promised for later")]
        case EventKind.ACCEPTED if payload.get("commitment"):
            return [_("by commitment")]
        case _:
            return []


def history(view: CaseView, since: int = 0) -> list[dict[str, Any]]:
    """The events in words, the newest first."""
    lines = []
    is_sealed = any(row.payload.get("seal") for row in view.rows)
    bodies = {body.code: body for body in network.bodies_by_id(view.case.county_id).values()} if is_sealed else {}
    for row in reversed(view.rows):
        if row.seq <= since:
            continue
        payload: Mapping[str, Any] = row.payload
        # a code, said in words above
        skipped = {EventKind.TERMINATED: "ground", EventKind.URGENT_OPENED: "ground", EventKind.DELIVERED: "to"}.get(EventKind(row.kind))
        detail = said_of(view, row) + [typed(str(payload[name])) for name in TYPED if payload.get(name) and name != skipped]
        to = view.places.get(int(payload["to_window_id"])) if payload.get("to_window_id") else None
        if to is not None:
            detail.insert(0, "→ " + place_name(to))
        if row.kind == EventKind.ASSIGNED:
            one, other = (named(view.actors[int(payload[end])]) for end in ("from", "to"))
            start = payload["why"] == MoveWhy.START
            detail.insert(0, _("%(name)s stands in for %(absent)s", name=other, absent=one) if start else _("back to %(name)s", name=other))
        if row.kind == EventKind.CERTIFIED:
            detail.insert(0, str(payload.get("number", "")))
            if payload.get("seal"):
                detail.insert(1, _("%(seal)s of %(body)s", seal=SEALS[Seal(payload["seal"])], body=named(bodies[payload["seal_body"]])))
        lines.append(
            {
                "seq": row.seq,
                "at": row.occurred_at,
                "text": event_word(row),
                "article": article_word(row.article or ""),
                "detail": Markup(" · ").join(detail),
                "actor": acted_by(view, row),
                "place": place_name(view.places.get(row.window_id or 0)),
                "instrument": view.instruments.get(row.clause_id or 0, ""),
            }
        )
    return lines


def strips(view: CaseView) -> list[dict[str, Any]]:
    """Each running limit with its days: why this date."""
    found = []
    for clock in view.clocks:
        found.append(
            {
                "name": CLOCKS[clock.name], "code": clock.name.value, "due": clock.due, "left": clock.remaining, "warn": clock.warn.value,
                "provisional": clock.provisional, "start": clock.start, "days": clock.explained.days, "number": clock.limit.number, "unit": clock.limit.unit.value,
            }
        )  # fmt: skip
    return found


def state_of(view: CaseView) -> Any:
    """The state in words: while the clock stands, that; of a case that ended otherwise, how; of a refusal, that it was refused."""
    now = view.now
    if now.closed_as is not None and now.state.is_closed:
        return CLOSED[now.closed_as]
    if now.state is State.DECIDED and now.outcome is Outcome.REFUSED:
        return OUTCOMES[Outcome.REFUSED]
    return STATES[view.shown]


def state_of_row(case: Any, today: date) -> Any:
    """The same, of a row of a list: read from the same columns by the same function."""
    if case.closed_as is not None and not case.is_open:
        return CLOSED[ClosedAs(case.closed_as)]
    if case.state == State.DECIDED and case.outcome == Outcome.REFUSED:
        return OUTCOMES[Outcome.REFUSED]
    return STATES[lifecycle.shown_state(State(case.state), case.stopped_from, case.stopped_until, today)]


def standing(view: CaseView) -> list[tuple[Any, str]]:
    """What is special about where the case stands, each in a heading and a line: notice, filing, stop, undertaking, urgent, put aside."""
    now, names = view.now, {str(row.seq): named(row) for row in view.materials}
    found: list[tuple[Any, str]] = []

    def listed(codes: Any) -> str:
        return _p("list", ", ").join(names.get(code, code) for code in codes)

    if now.missing:
        found.append((_("Still missing, by the notice"), listed(now.missing) + _p("list", "; ") + _("until %(day)s", day=day(now.supplement_due_on))))
    if now.supplement_at is not None:
        found.append((_("Came in and waits to be examined"), listed(now.brought) + _p("list", "; ") + _("by %(day)s", day=day(now.judge_due_on))))
    waiting = now.filing_waiting
    if waiting is not None:
        found.append((FILED[waiting.kind], _("Filed with the center; it can be sent back until %(day)s.", day=day(waiting.silent_on))))
    elif now.filings and now.filings[-1].returned_at is not None:
        found.append((_("The center sent the filing back"), now.filings[-1].return_reason))
    elif now.filings and now.filings[-1].passed_at is not None and now.filings[-1].overtaken_at is None and not now.state.is_closed:
        found.append((FILED[now.filings[-1].kind], _("The filing passed.")))
    stop = now.stop_on(view.today)
    if stop is not None and not now.state.is_closed:
        found.append((_("The clock stands"), f"{CAUSES[StopCause(stop.cause)]} · {article_word(stop.article)} · " + _("until %(day)s at the latest", day=day(stop.until))))
    if now.undertaken and now.undertaking is not None:
        found.append((_("Materials promised for later"), listed(now.undertaken) + _p("list", "; ") + _("by %(day)s", day=day(now.undertaking.until))))
    if now.is_committed:
        found.append((_("Done by commitment"), _("The applicant promised the conditions in writing; they are checked after the result.")))
    if now.is_urgent_on(view.today) and not now.state.is_closed:
        found.append((_("Urgent track"), _("until %(day)s", day=day(now.urgent_until))))
    if now.on_hold_since is not None and not now.state.is_closed:
        found.append((_("Put aside; the clock runs on"), _("since %(day)s", day=day(civil_date(now.on_hold_since)))))
    if now.extension_days:
        found.append((_("Statutory limit extended"), _("%(n)s working days", n=now.extension_days)))
    if now.notices > 1:
        found.append((_("A second notice was given"), _("It counts against the window.")))
    return found


def correctable(view: CaseView) -> list[tuple[str, str]]:
    """What a supervisor can correct: each event with each of its fields that moves a limit."""
    return [
        (f"{row.seq}.{name}", f"{row.seq} · {EVENTS[EventKind(row.kind)]} · {FIELDS[name]} · {moment(row.occurred_at)}")
        for row in view.rows
        for name in sorted(lifecycle.correctable_fields(EventKind(row.kind)) & lifecycle.MOVES_A_LIMIT)
    ]


DAY_WHYS: dict[DayWhy, Any] = {
    DayWhy.COUNTED: _lp("day why", "working day"),
    DayWhy.MOVED_WORKDAY: _lp("day why", "moved workday, counted"),
    DayWhy.WEEKEND: _lp("day why", "weekend"),
    DayWhy.HOLIDAY: _lp("day why", "holiday"),
    DayWhy.REGIONAL_HOLIDAY: _lp("day why", "regional holiday"),
    DayWhy.START: _lp("day why", "the day itself is not counted"),
    DayWhy.STOPPED: _lp("day why", "stopped"),
    DayWhy.OFF: _lp("day why", "day off"),
    DayWhy.CARRIED: _lp("day why", "carried to the next working day"),
}
SQUARES = {
    DayWhy.COUNTED: "c", DayWhy.MOVED_WORKDAY: "m", DayWhy.HOLIDAY: "h", DayWhy.REGIONAL_HOLIDAY: "h", DayWhy.START: "a", DayWhy.STOPPED: "s",
}  # fmt: skip


def why_dates(view: CaseView) -> list[dict[str, Any]]:
    """Each limit that runs, with every day of it: number or reason, and for a stopped day its cause (C-4, C-22)."""
    found = []
    for clock in view.clocks:
        if clock.name is ClockName.LEG:
            continue
        lines, squares = [], []
        for each in clock.explained.days:
            stop = next((told for told in view.now.stops if told.days and told.days.first <= each.date <= (told.days.last or each.date)), None)
            why = str(DAY_WHYS[each.why])
            if each.why is DayWhy.STOPPED and stop is not None:
                why += f"（{CAUSES[StopCause(stop.cause)]}）"
            lines.append({"on": each.date, "number": each.number, "why": why})
            squares.append((each.date, "d" if each.date == clock.due else SQUARES.get(each.why, "x")))
        found.append(
            {
                "name": CLOCKS[clock.name], "due": clock.due, "number": clock.limit.number, "unit": clock.limit.unit.value, "start": clock.start,
                "extension": clock.extension_days, "stopped": clock.explained.stopped_days, "provisional": clock.provisional, "lines": lines,
                "stops": [
                    {"cause": CAUSES[StopCause(told.cause)], "article": article_word(told.article), "noticed": told.noticed_on, "until": told.until,
                     "ended": told.ended_on} for told in view.now.stops
                ] if clock.explained.stopped_days else [],
                "weeks": pictures.day_weeks(squares), "summary": f"{CLOCKS[clock.name]} {day(clock.due)}",
            }
        )  # fmt: skip
    return found


def ways_out(stuck: list[queries.Nowhere], *, may_draft: bool, county_id: int) -> list[dict[str, Any]]:
    """Cases with nowhere to go, each with the window that could be given the power and, for who drafts, the draft that would do it."""
    rows = network.windows_by_id({one.could.id for one in stuck if one.could is not None})
    bodies = network.bodies_by_id(county_id)
    found = []
    for one in stuck:
        window = None if one.could is None else rows[one.could.id]
        href = ""
        if may_draft and one.could is not None and window is not None:
            body = one.item.responsible_body
            room = Mandate.RECEIVE_FORWARD if one.could.level.is_room else Mandate.ENTRUSTMENT
            mandate = Mandate.INTERNAL if body in one.could.body_ids else room
            about = {"body": bodies[body].code, "mandate": mandate.value, "windows": window.code, "items": one.item.code, "powers": one.power.value}
            href = "/manage/instruments/new?" + urlencode(about)
        found.append({"case": one.case, "item": one.item, "power": one.power, "window": window, "href": href})
    return found


def routes_to(view: CaseView) -> list[tuple[str, str]]:
    """The windows to which an office can route the case, those of its chain that hold the next power first; the rest by level and code."""
    taken = {view.now.holder_window_id, view.now.addressed_window_id}
    near = list(dict.fromkeys(holding.window.id for holding in view.holders))
    order = [*near, *(window.id for window in view.targets if window.id not in near)]
    return [(str(each), place_name(view.places[each])) for each in order if each not in taken]


def told_to_applicant(view: CaseView) -> str:
    """The sentence that the resident reads, in few words (C-18)."""
    now = view.now
    place = view.places.get(now.holder_window_id)
    where = named(place.point) if place else ""
    due = now.promised_due_on or now.statutory_due_on
    match now.state:
        case State.COLLECTED:
            text = _("Your papers are at %(place)s and will be sent on.", place=where)
        case State.RECEIVED:
            text = _(
                "%(place)s has received your papers and decides whether to accept them by %(day)s.",
                place=where,
                day=day(now.acceptance_due_on),
            )
        case State.ACCEPTED | State.UNDER_REVIEW:
            stop = now.stop_on(view.today)
            if stop is not None:
                text = _("Accepted. The clock stands until %(day)s at the latest: %(cause)s.", day=day(stop.until), cause=CAUSES[StopCause(stop.cause)])
            else:
                text = _("Accepted. It will be decided by %(day)s.", day=day(due)) if due else _("Accepted.")
        case State.NOTICED:
            text = _("Something is missing. Please hand it in by %(day)s.", day=day(now.supplement_due_on))
            if now.supplement_at is not None:
                text = _("Your supplement has come in and is examined by %(day)s.", day=day(now.judge_due_on))
        case State.NOT_ACCEPTED:
            text = _("Not accepted. The paper says why, and what you can do.")
        case State.CLOSED:
            text = str(CLOSED[now.closed_as or ClosedAs.VOID]) + _p("list", ". ").rstrip()
        case State.DECIDED if now.outcome is Outcome.REFUSED:
            text = _("Refused. The decision says why, and what you can do.")
        case State.DECIDED | State.CERTIFIED:
            text = _("Granted. The result is on its way to you.")
        case _:
            text = _("Done. The result has been handed over.")
    if now.addressed_window_id is not None and (target := view.places.get(now.addressed_window_id)):
        text += " " + _("It is on its way from %(from_place)s to %(to)s.", from_place=where, to=named(target.point))
    if now.provisional:
        text += " " + _("The date is provisional: next year's holidays are not published yet.")
    return text


# The fees that were asked for in a case, each with name, amount, state and number, no person (F-3); `app.py` fills it.
case_fees: list[Callable[[CaseView], Sequence[Any]]] = []


def fees_of(view: CaseView) -> list[Any]:
    """What was asked for in a case: its page and the public progress show it; an unpaid one holds back nothing."""
    return [line for ask in case_fees for line in ask(view)]


def detail(view: CaseView) -> dict[str, Any]:
    """Everything of the page of one case."""
    now = view.now
    advancing = next((act for act in ADVANCING if act in view.allowed), None)
    refused = next((view.refused[act] for act in ADVANCING if act in view.refused), None)
    proposal = view.proposal
    passed = any(now.filing_passed(kind) for kind in (FilingKind.REFUSE, FilingKind.NOT_ACCEPT))
    if passed and advancing in (Act.REVIEW, Act.ACCEPT) and view.allowed & {Act.REFUSE, Act.NOT_ACCEPT}:
        advancing = None  # what was filed has passed: that is the next step of whoever may take it
    if advancing is Act.DELIVER and proposal.why is Why.WAY_BACK:
        advancing = None  # a finished result goes back by the way that the case came (C-7); delivering here stays under "another window"
    target = view.places.get(proposal.window_id or 0)
    holding = next((each for each in view.holders if each.window.id == proposal.window_id), None)
    got = {str(material["code"]): material for material in now.materials if material.get("got")}
    return {
        "view": view,
        "case": view.case,
        "fees": fees_of(view),
        "now_state": state_of(view),
        "standing": standing(view),
        "onward": [(act.value, WORDS[act][0]) for act in ONWARD if act in view.allowed],
        "further": [(act.value, WORDS[act][0]) for act in FURTHER if act in view.allowed],
        "office_acts": [(act.value, WORDS[act][0]) for act in (*view.office_acts, *((Act.CORRECT,) if view.may_by_office(Act.CORRECT) else ())) if act in WORDS],
        "is_ended": now.state is State.CLOSED,
        "later": [material for material in view.materials if material.may_come_later],
        "position": view.position.value,
        "advancing": advancing.value if advancing else "",
        "heading": NEXT[advancing][0] if advancing else "",
        "button": NEXT[advancing][1] if advancing else "",
        "refused": readable(refused, view),
        "may": {act.value for act in view.allowed},
        "next_power": POWERS[now.next_power] if now.next_power else None,
        "proposal": proposal,
        "nowhere": proposal.why is Why.NOWHERE,
        "target": target,
        "target_name": place_name(target),
        "target_instrument": view.instruments.get(holding.clause.id, "") if holding else "",
        "target_until": holding.until if holding else None,
        "target_power": POWERS[proposal.power] if proposal.power else None,
        "way_back": proposal.why is Why.WAY_BACK,
        "ruling": proposal.ruling,
        "dispute": view.dispute,
        "others": [
            (window.id, place_name(view.places.get(window.id)))
            for window in view.targets
            if window.id != now.holder_window_id and window.id != proposal.window_id and _near(view, window.id)
        ],
        "holder": place_name(view.places.get(now.holder_window_id)),
        "addressed": place_name(view.places.get(now.addressed_window_id or 0)),
        "leg": now.leg_under_way,
        "road": road(view),
        "strips": strips(view),
        "log": history(view),
        "applicant": view.applicant,
        "told_applicant": told_to_applicant(view),
        "taken_in_by": acted_by(view, view.rows[0]),
        "got": got,
        "review_points": [told(point) for point in view.version.review_points or []],
        "reviewer": view.actors.get(now.reviewer_id or 0),
        "holder_word": {"holder": _("In your hands"), "sender": _("Under way"), "addressed": _("Coming to you")}.get(
            view.position.value, ""
        ),
        "spaced_code": spaced(view.case.tracking_code),
        "warn": view.warn.value,
        "is_holder": view.position is Position.HOLDER,
    }


def readable(decision: Decision | None, view: CaseView) -> Decision | None:
    """A refusal with the names of window and matter in place of their codes, for whoever reads it."""
    if decision is None or decision.allowed:
        return decision
    facts = dict(decision.facts)
    codes = {place.window.code: place_name(place) for place in view.places.values()}
    if "window" in facts:
        facts["window"] = codes.get(str(facts["window"]), facts["window"])
    if facts.get("item") == view.item_code:
        facts["item"] = f"“{named(view.version)}”"
    return replace(decision, facts=facts)


def _near(view: CaseView, window_id: int) -> bool:
    """Other windows that a clerk may think of: those above rooms, and the rooms on the way that the case came."""
    place = view.places.get(window_id)
    if place is None:
        return False
    return not Level(place.point.level).is_room or window_id in {stop.window_id for stop in view.now.way_back}


def progress(view: CaseView) -> dict[str, Any]:
    """The public page of a case: steps, places and dates, no name."""
    steps = []
    for step in lifecycle.public_progress(view.now, view.terms):
        state = "here" if step.is_current and not view.now.state.is_closed else "done" if step.is_done else "todo"
        on = day(civil_date(step.at)) if step.at else (_("by %(day)s", day=day(step.due_on)) if step.due_on else "")
        steps.append({"state": state, "text": _step_word(view, step.state), "on": on})
    return {
        "case": view.case, "version": view.version, "steps": steps, "sentence": told_to_applicant(view), "road": road(view, public=True),
        "strips": [strip for strip in strips(view) if strip["code"] in {"promised", "statutory", "acceptance", "supplement"}], "closed": view.now.state.is_closed,
        "spaced_code": spaced(view.case.tracking_code),
        "provisional": view.now.provisional,
        "fees": fees_of(view),
    }  # fmt: skip


def _step_word(view: CaseView, state: State) -> Any:
    """A step of the public progress in words: how it ended, and that it was refused, in the words of the list."""
    if state is State.CLOSED and view.now.closed_as is not None:
        return CLOSED[view.now.closed_as]
    if state is State.DECIDED and view.now.outcome is not None:
        return OUTCOMES[view.now.outcome]
    return STATES[state]


def way_ahead(facts: NewCase, county_id: int, at: datetime) -> list[dict[str, Any]]:
    """What this point can do for the item, and where the rest happens: each required power with its nearest window."""
    register = authority_queries.register_for(county_id, at, [facts.item])
    point = register.points[facts.point.id]
    powers = [power for power in Power if power in facts.item.required]
    nearest = {power: register.nearest(power, facts.item, point) for power in powers}
    places = queries.places_of({holding.window.id for holding in nearest.values() if holding})
    return [
        {
            "power": POWERS[power],
            "here": holding is not None and holding.point.id == point.id,
            "place": place_name(places.get(holding.window.id)) if holding else "",
            "instrument": holding.clause.instrument_number if holding else "",
        }
        for power, holding in nearest.items()
    ]
