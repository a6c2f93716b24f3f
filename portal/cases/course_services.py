"""The course of a case: notice and supplement, filings, stops, extension, urgent track, endings, corrections, effects of law.

One verb each, as in `services`: lock, read the moment, load again, ask the rules, append, project anew. Acts of office rest on the office held
at that moment; acts of the applicant are written down by the holder, or come online (G-2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.accounts.queries import SignedIn
from portal.audit import record
from portal.cases import queries
from portal.cases.models import Case
from portal.cases.projections import projected
from portal.cases.services import Open, _open, address_of, append_from_afar, open_by_office, settle
from portal.clock import Clock
from portal.database import NotFound, Once, transaction
from portal.rules import course, projection
from portal.rules.authority import Act
from portal.rules.deadlines import due_date
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.lifecycle import Event, EventKind, FilingKind
from portal.rules.moments import civil_date

APPLICANT = Basis(Sort.ACT_OF_APPLICANT)
FILINGS = {FilingKind.NOT_ACCEPT: Act.FILE_NOT_ACCEPT, FilingKind.REFUSE: Act.FILE_REFUSE, FilingKind.LATE: Act.FILE_LATE}


# --- the one-time notice and what comes after it (C-3) --------------------------------------------------------------------------------


def notice(
    number: str, missing: Mapping[str, str], *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> Case:
    """Say once, whole, in writing what is missing: code of the material → why (C-3). Only what the item's list names."""
    with _open(Act.NOTICE, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.NOTICE).or_raise()
        listed = {str(row.seq) for row in queries.materials_of(at.view.version.id)}
        course.may_notice(listed, list(missing)).or_raise()
        until = due_date(civil_date(at.tx.now), at.view.terms.supplement, at.view.calendar).due
        told = [{"code": code, "why": why} for code, why in missing.items()]
        return at.append(permission, {"missing": told, "until": until.isoformat(), "second": at.now.notices > 0})


def open_notice(number: str, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Allow a second notice, with a reason; it counts against the window (C-3). An act of the supervisor."""
    with open_by_office(Act.OPEN_NOTICE, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may_by_office(Act.OPEN_NOTICE).or_raise()
        course.may_say_why(reason).or_raise()
        return _by(at, EventKind.NOTICE_OPENED, permission, {"reason": reason})


def supplement(number: str, codes: Sequence[str], *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Write down what the applicant hands in (C-3, C-12).

    When everything noticed has come in, it is accepted in the same act, that day; else the answer says what is still missing of the first
    notice. Where the window lacks the power for that, the supplement waits for whoever has it.
    """
    with _open(Act.SUPPLEMENT, number, version=version, actor=actor, clock=clock, once=once) as at:
        at.view.may(Act.SUPPLEMENT).or_raise()
        wanted = at.now.missing or at.now.undertaken
        if not codes or not set(codes) <= set(wanted):
            raise_no(Reason.NOTICE_BEYOND_LIST if codes else Reason.NOTHING_CAME_IN, "C-3")
        case = at.append_sorted(EventKind.SUPPLEMENTED, APPLICANT, {"materials": [{"code": code, "got": True} for code in codes], "online": False})
        if at.now.missing:
            _answer(at, [code for code in at.now.missing if code not in at.now.brought])
        return case


def supplement_online(number: str, codes: Sequence[str], *, county_id: int, clock: Clock, once: Once | None) -> Case:
    """What the applicant sends in from afar; the window judges it, as it would an application (C-3). NotFound, NotAllowed otherwise."""
    with transaction(clock=clock, once=once) as tx:
        found: list[Case] = tx.lock(select(Case).where(Case.county_id == county_id, Case.number == number))
        if not found:
            raise NotFound(number)
        case, view = found[0], queries.load(found[0], tx.now)
        settle(tx, view)
        wanted = view.now.missing or view.now.undertaken
        if not codes or not set(codes) <= set(wanted) or view.now.state.value not in {"noticed", "accepted", "under_review"}:
            raise_no(Reason.NOTHING_CAME_IN, "C-3")
        append_from_afar(
            tx, view, EventKind.SUPPLEMENTED, {"materials": [{"code": code, "got": True} for code in codes], "online": True}
        )
        tx.result = address_of(case.number)
        return case


def judge_supplement(
    number: str, in_order: Sequence[str], *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> Case:
    """Examine what came in: accepted when all of it is in order, else answered with what is still missing of the first notice (C-3)."""
    with _open(Act.JUDGE_SUPPLEMENT, number, version=version, actor=actor, clock=clock, once=once) as at:
        _answer(at, [code for code in at.now.missing if code not in in_order]).or_raise()
        return at.case


def _answer(at: Open, missing: list[str]) -> Decision:
    """The window's answer to a supplement, written where it holds the power for it."""
    at.act = Act.JUDGE_SUPPLEMENT if missing else Act.ACCEPT
    permission = at.view.may(at.act)
    if permission:
        at.append(permission, {"missing": missing} if missing else {})
    return permission


def turn_away(
    number: str, why: str, ground: str, whose: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> Case:
    """Say at once that no licence is needed, or whose matter it is (C-3); filed with the center the same day (C-9)."""
    with _open(Act.TURN_AWAY, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.TURN_AWAY).or_raise()
        course.may_turn_away(why, ground, whose).or_raise()
        return at.append(permission, {"why": why, "ground": ground, "whose": whose})


# --- refusals are filed (C-9) ---------------------------------------------------------------------------------------------------------


def file(
    number: str, kind: FilingKind, *, ground: str, basis: str, point: str = "", heard: bool = False, version: int, actor: SignedIn,
    clock: Clock, once: Once | None,
) -> Case:  # fmt: skip
    """File a refusal, a non-acceptance, or that it cannot be finished in time, with the center's management; the clock runs on (C-9)."""
    act = FILINGS[kind]
    with _open(act, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(act).or_raise()
        has_points = bool(at.view.version.review_points)
        course.may_file(
            kind, at.now, at.view.today, at.view.calendar, ground=ground, basis=basis, point=point, has_points=has_points
        ).or_raise()  # fmt: skip
        return at.append(permission, {"filing": kind.value, "ground": ground, "basis": basis, "point": point, "heard": heard})


def send_back(number: str, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """The center sends a filing back, once, with what its form lacks (C-9). What went out on the spot falls with it."""
    with open_by_office(Act.SEND_BACK, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may_by_office(Act.SEND_BACK).or_raise()
        course.may_return_filing(reason).or_raise()
        return _by(at, EventKind.FILING_RETURNED, permission, {"reason": reason})


def pass_filing(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """The center consents before silence does (C-9)."""
    with open_by_office(Act.PASS_FILING, number, version=version, actor=actor, clock=clock, once=once) as at:
        return _by(at, EventKind.FILING_PASSED, at.view.may_by_office(Act.PASS_FILING).or_raise(), {})


# --- clocks (C-4, C-13, C-22) ---------------------------------------------------------------------------------------------------------


def stop(
    number: str, cause: str, article: str, until: date | None, note: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> Case:
    """Stop the clock from the day after this notice, to the told end at most (C-4)."""
    with _open(Act.STOP, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.STOP).or_raise()
        course.may_stop(cause, article, until, at.view.terms, at.view.today).or_raise()
        assert until is not None
        return at.append(
            permission, {"cause": cause, "article": course.article_of(cause, article), "until": until.isoformat(), "note": note}
        )


def end_stop(
    number: str, ended_on: date | None, note: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> Case:
    """The cause of the stop ended on this day: the next one counts again (C-4)."""
    with _open(Act.END_STOP, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.END_STOP).or_raise()
        course.may_end_stop(ended_on, at.now, at.view.today).or_raise()
        assert ended_on is not None
        return at.append(permission, {"ended_on": ended_on.isoformat(), "note": note})


def extend(number: str, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Extend the statutory limit once: 10 working days by the head of the agency, 15 by the head of the government (C-4, art. 42)."""
    with open_by_office(Act.EXTEND, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may_by_office(Act.EXTEND).or_raise()
        said = course.may_extend(str(permission.facts["office"]), reason, at.now, at.view.terms, at.view.today).or_raise()
        return _by(at, EventKind.EXTENDED, permission, {"days": said.facts["days"], "reason": reason, "article": course.ARTICLE_42})


def open_urgent(number: str, ground: str, note: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Put a case on the urgent track for 30 days: its place changes, no condition, material or limit does (C-13)."""
    with open_by_office(Act.OPEN_URGENT, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may_by_office(Act.OPEN_URGENT).or_raise()
        course.may_open_urgent(ground).or_raise()
        until = course.urgent_until(at.view.today).isoformat()
        return _by(at, EventKind.URGENT_OPENED, permission, {"ground": ground, "until": until, "note": note})


def end_urgent(number: str, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Take a case off the urgent track before its end (C-13)."""
    with open_by_office(Act.END_URGENT, number, version=version, actor=actor, clock=clock, once=once) as at:
        return _by(at, EventKind.URGENT_ENDED, at.view.may_by_office(Act.END_URGENT).or_raise(), {"reason": reason})


def put_on_hold(number: str, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Put a case aside: it stops nothing and is listed (C-22)."""
    with _open(Act.PUT_ON_HOLD, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.PUT_ON_HOLD).or_raise()
        course.may_say_why(reason).or_raise()
        return at.append(permission, {"reason": reason})


def end_hold(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Take a case up again that was put aside."""
    with _open(Act.END_HOLD, number, version=version, actor=actor, clock=clock, once=once) as at:
        return at.append(at.view.may(Act.END_HOLD).or_raise())


# --- endings --------------------------------------------------------------------------------------------------------------------------


def forward(number: str, to: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Send a reviewed case on to the superior body that decides it by law (上报件, S-3); here it is closed."""
    with _open(Act.FORWARD, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.FORWARD).or_raise()
        course.may_say_why(to).or_raise()
        return at.append(permission, {"to": to})


def withdraw(number: str, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """The applicant withdraws the application; the holder writes it down."""
    with _open(Act.WITHDRAW, number, version=version, actor=actor, clock=clock, once=once) as at:
        at.view.may(Act.WITHDRAW).or_raise()
        course.may_say_why(reason).or_raise()
        return at.append_sorted(EventKind.WITHDRAWN, APPLICANT, {"reason": reason})


def terminate(
    number: str, ground: str, note: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> Case:
    """End a case without a decision, on a ground of the list and in words."""
    with _open(Act.TERMINATE, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.TERMINATE).or_raise()
        course.may_terminate(ground, note, at.now, at.view.today).or_raise()
        return at.append(permission, {"ground": ground, "note": note})


def void(number: str, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Declare a case void that should never have been entered; an act of the center's management."""
    with open_by_office(Act.VOID, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may_by_office(Act.VOID).or_raise()
        course.may_say_why(reason).or_raise()
        return _by(at, EventKind.VOIDED, permission, {"reason": reason})


def _by(at: Open, kind: EventKind, permission: Decision, payload: Mapping[str, object]) -> Case:
    assert permission.by is not None
    return at.append_sorted(kind, permission.by, payload)


# --- corrections (C-2) ----------------------------------------------------------------------------------------------------------------


def correct(
    number: str, seq: int, name: str, value: object, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> Case:
    """Correct a field of an event by another event; both stay readable (C-2). Every date is computed anew, before and after are recorded.

    What moves a limit is the supervisor's. Days of an extension corrected to 0 remove it.
    """
    with open_by_office(Act.CORRECT, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may_by_office(Act.CORRECT).or_raise()
        course.may_say_why(reason).or_raise()
        view, assert_by = at.view, permission.by
        assert assert_by is not None
        payload: dict[str, Any] = {"field": name, "value": value, "reason": reason}
        events = [queries.event_of(row) for row in view.rows]
        correction = Event(
            view.now.version + 1, EventKind.CORRECTED, Sort.ACT_OF_OFFICE, actor.account_id, None, max(at.tx.now, view.now.last_at), payload,
            office_id=assert_by.office, corrects=seq,
        )  # fmt: skip
        projection.may_correct(events, view.terms, view.calendar, correction).or_raise()
        before = projected(view.now)
        case = at.append_sorted(EventKind.CORRECTED, assert_by, payload, corrects=seq)
        after = projected(at.now)
        moved = {key: [before[key], after[key]] for key in before if before[key] != after[key] and key != "version"}
        record(at.tx, actor.actor, "case.dates_moved", f"case:{number}", event=seq, field=name, moved=moved)
        return case


# --- effects of law -------------------------------------------------------------------------------------------------------------------


def apply_law(county_id: int, clock: Clock) -> str:
    """The job: write the effects of law that have come and that nobody's act has written yet (C-3, C-9). Safe to repeat."""
    written = 0
    while True:
        with transaction(clock=clock) as tx:
            due = select(Case.id).where(Case.county_id == county_id, Case.law_on <= clock.today(), Case.is_open.is_(True))
            case_id = tx.session.scalar(due.order_by(Case.id).limit(1))
            if case_id is None:
                return f"{written} effects of law written"
            case: Case = tx.lock(select(Case).where(Case.id == case_id))[0]
            view = queries.load(case, tx.now)
            if not settle(tx, view):
                # what the row says and the events do not: `check` names it, the job goes round it only once
                raise RuntimeError(f"case {case.number} waits for an effect of law that its events do not have")
            written += 1


def raise_no(reason: Reason, rule: str) -> None:
    """Refuse, with this reason."""
    Decision.no(reason, rule=rule).or_raise()

