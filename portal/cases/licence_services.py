"""The ledger of licences and the checks of commitments: written by what happens to cases, ended by acts of office (C-11, C-25)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from portal.accounts.contact_queries import has_phone
from portal.accounts.queries import SignedIn
from portal.audit import Actor, machine, record
from portal.authority import queries as authority_queries
from portal.cases import licence_queries, queries
from portal.cases.licence_models import CaseRenewal, CommitmentCheck, Licence, LicenceEvent
from portal.cases.models import Case, CaseEvent
from portal.cases.projections import projected
from portal.cases.services import address_of, write_projection
from portal.catalogue.models import ItemVersion
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.i18n import DEFAULT
from portal.messages import Channel
from portal.network import message_services as messages
from portal.network import queries as network
from portal.network.models import Outbox
from portal.rules import commitments, licences
from portal.rules.authority import Office
from portal.rules.commitments import CheckStep
from portal.rules.decision import Decision, Reason, Sort
from portal.rules.licences import LicenceEventKind
from portal.rules.lifecycle import EventKind, Outcome
from portal.rules.moments import civil_date

BATCH = 100


def _write(tx: Transaction, licence: Licence, kind: LicenceEventKind, sort: Sort, **values: Any) -> None:
    payload = values.pop("payload", {})
    tx.session.add(
        LicenceEvent(
            county_id=licence.county_id, licence_id=licence.id, kind=kind.value, sort=sort.value, occurred_at=tx.now, payload=payload, **values
        )
    )  # fmt: skip


# --- what follows from a case ---------------------------------------------------------------------------------------------------------


def after_event(tx: Transaction, view: queries.CaseView, event: CaseEvent) -> None:
    """A certificate enters the ledger, or renews what the case renews; a grant by commitment is checked after the fact."""
    if event.kind == EventKind.CERTIFIED:
        _issue(tx, view, event)
    elif event.kind == EventKind.DECIDED and view.now.is_committed and view.now.outcome is Outcome.GRANTED:
        case = view.case
        told = network.setting(case.county_id, "commitment_check_days", civil_date(tx.now)) or {}
        due_on = civil_date(tx.now) + timedelta(days=int(told.get("number", commitments.CHECK_DAYS)))
        tx.session.add(
            CommitmentCheck(
                county_id=case.county_id, case_id=case.id, person_id=case.applicant_id, body_id=view.version.body_id, due_on=due_on, words=[]
            )
        )  # fmt: skip
        tx.session.flush()


def _issue(tx: Transaction, view: queries.CaseView, event: CaseEvent) -> None:
    case, number = view.case, str(event.payload.get("number", ""))[:60]
    terms = view.version.certificate if isinstance(view.version.certificate, dict) else {}
    renewal = tx.session.scalar(select(CaseRenewal).where(CaseRenewal.case_id == case.id))
    start = civil_date(event.occurred_at)
    old = None if renewal is None else tx.session.get(Licence, renewal.licence_id)
    if renewal is not None and old is not None and old.ended_as is None:
        start = max(start, renewal.expires_on + timedelta(days=1))  # a renewal begins where the old period ends, also after silence
    licence = Licence(
        county_id=case.county_id, number=number, holder_id=case.applicant_id, item_id=case.item_id, version_id=case.version_id,
        body_id=view.version.body_id, case_id=case.id, valid_from=start, valid_until=licences.last_day(start, terms.get("years")),
    )  # fmt: skip
    tx.session.add(licence)
    tx.session.flush()
    kind = LicenceEventKind.ISSUED if old is None else LicenceEventKind.RENEWED
    _write(tx, licence, kind, Sort.WINDOW_ACT, case_id=case.id, actor_id=event.actor_id, payload={"renews": old.number} if old is not None else {})
    tx.session.flush()


# --- renewal --------------------------------------------------------------------------------------------------------------------------


def renew(case_number: str, licence_number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> None:
    """Say which licence a case renews: its due date is then the end of the licence at the latest, and silence renews (art. 50)."""
    with transaction(clock=clock, once=once) as tx:
        seen = queries.case_for(actor, case_number, clock.today())
        case: Case = tx.lock(select(Case).where(Case.id == seen.id))[0]
        if case.version != version:
            raise Stale(case.version)
        if case.holder_id not in actor.window_ids or not case.is_open:
            Decision.no(Reason.NOT_THE_HOLDER, rule="C-6").or_raise()
        licence = tx.session.scalar(select(Licence).where(Licence.county_id == case.county_id, Licence.number == licence_number[:60]))
        if licence is None:
            raise NotFound(licence_number)
        linked = tx.session.scalar(select(CaseRenewal.id).where(CaseRenewal.case_id == case.id)) is not None
        today = civil_date(tx.now)
        licences.may_renew(
            same_item=licence.item_id == case.item_id, same_holder=licence.holder_id == case.applicant_id,
            standing=licences.standing_on(today, licence.valid_until, licence.ended_as), until=licence.valid_until, is_linked=linked,
        ).or_raise()  # fmt: skip
        assert licence.valid_until is not None
        in_time = licence_queries.applied_in_time(case, licence.valid_until)
        before = projected(queries.load(case, tx.now).written)
        tx.session.add(
            CaseRenewal(
                county_id=case.county_id, case_id=case.id, licence_id=licence.id, expires_on=licence.valid_until, in_time=in_time,
                linked_by_id=actor.account_id, linked_at=tx.now,
            )
        )  # fmt: skip
        tx.session.flush()
        now = queries.load(case, tx.now).written
        write_projection(tx, case, now)
        after = projected(now)
        moved = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
        tx.result = address_of(case.number)
        record(tx, actor.actor, "case.renews", f"case:{case.number}", licence=licence.number, in_time=in_time, moved=moved)


# --- ended by office ------------------------------------------------------------------------------------------------------------------


def end_licence(
    number: str, kind: LicenceEventKind, ground: str, words: str, *, actor: SignedIn, clock: Clock, once: Once | None
) -> None:
    """Revoke or cancel a licence: a decision of its own, on a ground of its article (arts. 69, 70)."""
    with transaction(clock=clock, once=once) as tx:
        line = licence_queries.licence_for(actor, number, clock.today())
        licence: Licence = tx.lock(select(Licence).where(Licence.id == line.licence.id))[0]
        today = civil_date(tx.now)
        held = [each for each in authority_queries.offices_of(actor.account_id, today) if each.office is Office.HEAD_OF_AGENCY]
        office = next((each for each in held if each.body_id == licence.body_id), None)
        if office is None:
            Decision.no(Reason.NEEDS_AN_OFFICE, rule="G-2").or_raise()
            return
        standing = licences.standing_on(today, licence.valid_until, licence.ended_as)
        licences.may_end(kind, ground, words, standing).or_raise()
        _end(tx, licence, kind, ground, words, office.id, actor.account_id, actor.actor, today)
        tx.result = f"/licences/{number}"


def _end(
    tx: Transaction, licence: Licence, kind: LicenceEventKind, ground: str, words: str, office_id: int, account_id: int, actor: Actor, today: date
) -> None:
    licence.ended_as, licence.ended_on = kind.value, today
    _write(
        tx, licence, kind, Sort.ACT_OF_OFFICE, office_id=office_id, actor_id=account_id,
        payload={"ground": ground, "words": words, "article": licences.ARTICLES[kind]},
    )  # fmt: skip
    record(tx, actor, f"licence.{kind.value}", f"licence:{licence.number}", ground=ground)


# --- by itself ------------------------------------------------------------------------------------------------------------------------


def remind_and_renew(county_id: int, clock: Clock) -> str:
    """The job: holders are reminded once at each mark; what silence renewed is written down (C-25). Safe to repeat."""
    reminded = renewed = 0
    today, after = clock.today(), 0
    while True:
        with transaction(clock=clock) as tx:
            soon = select(Licence).where(
                Licence.county_id == county_id, Licence.ended_as.is_(None), Licence.id > after, Licence.valid_until >= today,
                Licence.valid_until <= today + timedelta(days=max(licences.REMINDERS)), ~licence_queries.is_renewed(),
            )  # fmt: skip
            found = list(tx.session.scalars(soon.order_by(Licence.id).limit(BATCH)))
            written = 0
            for licence in found:
                after = licence.id
                mark = licences.reminder_on(today, licence.valid_until)
                key = f"licence:{licence.id}:{licence.valid_until}:{mark}"
                told = select(Outbox.id).where(Outbox.county_id == county_id, Outbox.dedupe_key == key)
                if mark is not None and tx.session.scalar(told) is None and has_phone(county_id, licence.holder_id):
                    written += messages.put(
                        tx, county_id=county_id, key=key, template="licence",
                        facts={"number": licence.number, "until": str(licence.valid_until)}, receiver=f"person:{licence.holder_id}",
                        language=DEFAULT, channel=Channel.SMS,
                    )  # fmt: skip
            if written:
                record(tx, machine(county_id, "licences"), "licence.remind", f"county:{county_id}", messages=written)
            reminded += written
            if len(found) < BATCH:
                break
    while True:
        with transaction(clock=clock) as tx:
            silent = licence_queries.renewed_by_silence(today).correlate(None).add_columns(Licence.id)
            row = tx.session.execute(
                silent.where(Licence.county_id == county_id, Licence.ended_as.is_(None)).order_by(CaseRenewal.id).limit(1)
            ).first()
            if row is None:
                return f"{reminded} reminders, {renewed} licences renewed by silence"
            renewal, licence = tx.session.get_one(CaseRenewal, row[0]), tx.session.get_one(Licence, row[1])
            version = tx.session.get_one(ItemVersion, licence.version_id)
            years = (version.certificate or {}).get("years") if isinstance(version.certificate, dict) else None
            licence.valid_until = licences.last_day(renewal.expires_on + timedelta(days=1), years)
            _write(tx, licence, LicenceEventKind.RENEWED_BY_LAW, Sort.EFFECT_OF_LAW, article=licences.SILENCE_RENEWS, case_id=renewal.case_id)
            record(tx, machine(county_id, "licences"), "licence.renewed_by_law", f"licence:{licence.number}", until=str(licence.valid_until))
            renewed += 1


# --- checks of commitments ------------------------------------------------------------------------------------------------------------


def take_step(
    number: str, step: CheckStep, words: str, correct_by: date | None, *, version: int, actor: SignedIn, clock: Clock, once: Once | None
) -> None:
    """Take the next step of a check: met, found and put right by a day, put right or not, heard, revoked (C-11)."""
    with transaction(clock=clock, once=once) as tx:
        line = licence_queries.check_for(actor, number, clock.today())
        check: CommitmentCheck = tx.lock(select(CommitmentCheck).where(CommitmentCheck.id == line.check.id))[0]
        if check.version != version:
            raise Stale(check.version)
        today = civil_date(tx.now)
        offices = authority_queries.offices_of(actor.account_id, today)
        office = next((each for each in offices if each.office is Office.HEAD_OF_AGENCY and each.body_id == check.body_id), None)
        if office is None:
            Decision.no(Reason.NEEDS_AN_OFFICE, rule="G-2").or_raise()
            return
        commitments.may_take(step, line.facts, words, correct_by, today).or_raise()
        tx.result = f"/manage/commitments/{number}"
        match step:
            case CheckStep.MET | CheckStep.CORRECTED:
                check.closed_on, check.outcome = today, step.value
            case CheckStep.FOUND:
                check.found_on, check.correct_by = today, correct_by
            case CheckStep.NOT_CORRECTED:
                check.not_corrected_on = today
            case CheckStep.HEARD:
                check.heard_on = today
            case CheckStep.REVOKED:
                check.closed_on, check.outcome = today, step.value
                licence = licence_queries.licence_of_case(check.case_id)
                if licence is not None and licence.ended_as is None:
                    _end(
                        tx, licence, LicenceEventKind.REVOKED, licences.EndGround.BROKEN_COMMITMENT.value, words, office.id, actor.account_id,
                        actor.actor, today,
                    )  # fmt: skip
        check.words = [*check.words, {"step": step.value, "on": today.isoformat(), "words": words, "by": actor.account_id}]
        check.version += 1
        tx.session.flush()
        record(tx, actor.actor, f"commitment.{step.value}", f"case:{line.case.number}", office=office.id)

