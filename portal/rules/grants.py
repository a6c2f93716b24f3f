"""How powers are given and taken: drafting, signing, registering and ending instruments of authority (G-1, G-3 to G-6, G-12, G-17).

`check_draft` answers for the form, the preview and the signature alike, and names every fault at once, so that nobody corrects
one only to meet the next. What a clause does once it is registered is in `portal.rules.clauses`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.rules.authority import Office, OfficeHeld
from portal.rules.clauses import (
    DEFAULT_CEILINGS,
    UNBOUND,
    BodyId,
    Ceilings,
    ClauseTerms,
    Condition,
    EndWhy,
    ItemTerms,
    Level,
    Mandate,
    PersonId,
    PointId,
    Post,
    Power,
    WindowId,
    WindowTerms,
)
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.moments import civil_date, end_of, start_of

FORWARDED_POWERS = frozenset({Power.COLLECT, Power.DELIVER})
"""All that receive-and-forward can carry: it confers no power (G-12)."""


@dataclass(frozen=True, slots=True)
class BodyTerms:
    """What granting needs to know of a body: may it hold powers in its own name below the county, or receive them by entrustment?"""

    id: BodyId
    code: str
    is_town_government: bool = False
    is_village: bool = False


@dataclass(frozen=True, slots=True)
class ClauseDraft:
    """A clause not yet signed. `items` None means all items of the issuing body; a missing first day is a fault, not an error.

    `territory_path` are the point of the condition's territory and those above it; empty without one.
    """

    window: WindowTerms
    powers: frozenset[Power]
    items: tuple[ItemTerms, ...] | None
    from_on: date | None
    until_on: date | None = None
    post: Post | None = None
    condition: Condition = UNBOUND
    territory_path: frozenset[PointId] = frozenset()


@dataclass(frozen=True, slots=True)
class InstrumentDraft:
    """An instrument not yet signed: who gives, on what mandate, to whom, by which law, and the clauses."""

    body: BodyTerms
    mandate: Mandate
    clauses: tuple[ClauseDraft, ...]
    drafter_id: PersonId | None = None  # None: loaded by the county's own seed
    receiving_body: BodyTerms | None = None
    basis: str = ""
    supersedes_body_id: BodyId | None = None  # the body whose instrument it takes the place of, if it does
    supersedes_id: int | None = None

    @property
    def window_ids(self) -> frozenset[WindowId]:
        return frozenset(clause.window.id for clause in self.clauses)

    @property
    def exercising_body(self) -> BodyTerms | None:
        """Whose people will use the powers; None while an entrustment does not name its town government."""
        return self.receiving_body if self.mandate is Mandate.ENTRUSTMENT else self.body


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """What the check needs besides the draft: the day, the county's ceilings, where the drafter is posted, the clauses by which the
    issuing body itself received powers by entrustment, and those that stand at the draft's windows (all: which hold is decided here).
    """

    now: datetime
    ceilings: Ceilings = DEFAULT_CEILINGS
    drafter_windows: frozenset[WindowId] = frozenset()
    received: tuple[ClauseTerms, ...] = ()
    standing: tuple[ClauseTerms, ...] = ()


# --- drafting --------------------------------------------------------------------------------------------------------------


def check_draft(draft: InstrumentDraft, facts: DraftFacts) -> tuple[Decision, ...]:
    """Every reason why this draft could not be signed; empty if there is none. `place` in the facts is the clause, from 1."""
    overlap = overlapping(draft, facts.standing, facts.now)
    by_clause = (fault for place, clause in enumerate(draft.clauses, 1) for fault in _clause(draft, clause, place, facts))
    return (*_whole(draft), *by_clause, *((overlap,) if overlap is not None else ()))


def overlapping(draft: InstrumentDraft, standing: Iterable[ClauseTerms], now: datetime) -> Decision | None:
    """The first clause of the draft that a registered one of another instrument already gives, or None (G-1, G-5).

    The same clause twice: one window, one giving body, one mandate and post, a common power on a common item, on a common day to come,
    for no different kind of handling. What the draft supersedes ends when it begins, so that is no overlap.
    """
    old = [one for one in standing if one.registered_at is not None and one.instrument_id != draft.supersedes_id]
    for place, clause in enumerate(draft.clauses, 1):
        for other in old:
            if (
                other.window_id == clause.window.id
                and other.body_id == draft.body.id
                and other.mandate is draft.mandate
                and other.post is clause.post
                and other.powers & clause.powers
                and _share_an_item(clause, other, draft.body.id)
                and _share_a_day(clause, other, now)
                and not other.condition.excludes(clause.condition)
            ):
                return Decision.no(
                    Reason.CLAUSES_OVERLAP, rule="G-5", place=place, window=clause.window.code, instrument=other.instrument_number
                )
    return None


def _share_an_item(clause: ClauseDraft, other: ClauseTerms, body_id: BodyId) -> bool:
    if other.item_ids is None:
        return clause.items is None or any(item.responsible_body == body_id for item in clause.items)
    # all items of the body beside some by name: who is to say that none of those is among them
    return clause.items is None or any(item.id in other.item_ids for item in clause.items)


def _share_a_day(clause: ClauseDraft, other: ClauseTerms, now: datetime) -> bool:
    if clause.from_on is None or other.begins_at is None:
        return False
    first = max(start_of(clause.from_on), now)
    ends_at = other.ends_at
    if ends_at is not None and ends_at <= max(first, other.begins_at):
        return False
    return clause.until_on is None or max(first, other.begins_at) < end_of(clause.until_on)


def _whole(draft: InstrumentDraft) -> Iterator[Decision]:
    if not draft.clauses:
        yield Decision.no(Reason.NO_CLAUSES, rule="G-1")
    if draft.supersedes_body_id is not None and draft.supersedes_body_id != draft.body.id:
        yield Decision.no(Reason.SUPERSEDES_ANOTHER_BODY, rule="G-5")
    if draft.mandate is Mandate.ENTRUSTMENT:
        if draft.receiving_body is None or not draft.receiving_body.is_town_government or draft.receiving_body.id == draft.body.id:
            yield Decision.no(Reason.NOT_A_TOWN_GOVERNMENT, rule="G-12")
        if not draft.basis.strip():
            yield Decision.no(Reason.NO_LAW_NAMED, rule="G-12", mandate=draft.mandate.value)
    elif draft.receiving_body is not None:
        yield Decision.no(Reason.MANDATES_MIXED, rule="G-12", mandate=draft.mandate.value, body=draft.receiving_body.code)


def _clause(draft: InstrumentDraft, clause: ClauseDraft, place: int, facts: DraftFacts) -> Iterator[Decision]:
    at: dict[str, object] = {"place": place, "window": clause.window.code}
    if not clause.powers:
        yield Decision.no(Reason.NO_POWERS, rule="G-1", **at)
    if clause.items is not None and not clause.items:
        yield Decision.no(Reason.NO_ITEMS, rule="G-1", **at)
    yield from _period(clause, civil_date(facts.now), at)
    yield from _condition(clause, at)
    if clause.window.id in facts.drafter_windows:
        yield Decision.no(Reason.OWN_WINDOW, rule="G-6", **at)
    yield from _place(draft, clause, at)
    for power in Power:
        if power not in clause.powers:
            continue
        if draft.mandate is Mandate.RECEIVE_FORWARD and power not in FORWARDED_POWERS:
            yield Decision.no(Reason.CARRIES_NO_POWER, rule="G-12", power=power.value, **at)
        elif not facts.ceilings.allows(clause.window.level, power, draft.mandate):
            level = clause.window.level.value
            yield Decision.no(Reason.ABOVE_CEILING, rule="G-3", power=power.value, level=level, mandate=draft.mandate.value, **at)
        else:
            for item in clause.items or ():
                if not facts.ceilings.allows(clause.window.level, power, draft.mandate, item.type_code):
                    level = clause.window.level.value
                    about: dict[str, object] = {"power": power.value, "level": level, "mandate": draft.mandate.value, "item": item.code}
                    yield Decision.no(Reason.ABOVE_CEILING, rule="G-3", **about, **at)
    if clause.items is None and draft.mandate is Mandate.CONCENTRATED:
        yield Decision.no(Reason.CONCENTRATED_ONE_BY_ONE, rule="G-12", **at)  # only items that an instrument concentrated there, by name
    for item in clause.items or ():
        yield from _item(draft, clause, item, at, facts)


def _period(clause: ClauseDraft, today: date, at: dict[str, object]) -> Iterator[Decision]:
    if clause.from_on is None:
        yield Decision.no(Reason.NO_FIRST_DAY, rule="G-1", **at)
        return
    if clause.from_on < today:
        yield Decision.no(Reason.BACKDATED, rule="G-1", from_on=clause.from_on, today=today, **at)
    if clause.until_on is not None and clause.until_on < clause.from_on:
        yield Decision.no(Reason.PERIOD_REVERSED, rule="G-1", from_on=clause.from_on, until_on=clause.until_on, **at)


def _condition(clause: ClauseDraft, at: dict[str, object]) -> Iterator[Decision]:
    """A condition that nothing could ever meet, or that says nothing, is no condition (G-1)."""
    most, territory = clause.condition.most_fen, clause.condition.territory_id
    if most is not None:
        if most <= 0:
            yield Decision.no(Reason.AMOUNT_NOT_POSITIVE, rule="G-1", **at)
        for item in clause.items or ():
            if not item.asks_amount:
                yield Decision.no(Reason.NO_AMOUNT_ASKED, rule="G-1", item=item.code, **at)
    if territory is not None and clause.window.level.rank > 0 and clause.window.point_id not in clause.territory_path:
        yield Decision.no(Reason.TERRITORY_ELSEWHERE, rule="G-1", **at)


def _place(draft: InstrumentDraft, clause: ClauseDraft, at: dict[str, object]) -> Iterator[Decision]:
    """Is it a window of the body that will use the powers? An entrustment: of the town's own center (G-12)."""
    body = draft.exercising_body
    if draft.mandate is Mandate.RECEIVE_FORWARD or body is None:
        return
    if draft.mandate is Mandate.ENTRUSTMENT:
        if clause.window.level is not Level.TOWN or body.id not in clause.window.body_ids:
            yield Decision.no(Reason.NOT_ITS_CENTER, rule="G-12", body=body.code, **at)
    elif not clause.window.level.is_room and body.id not in clause.window.body_ids:
        yield Decision.no(Reason.BODY_NOT_SERVED, rule="G-12", body=body.code, **at)


def _item(draft: InstrumentDraft, clause: ClauseDraft, item: ItemTerms, at: dict[str, object], facts: DraftFacts) -> Iterator[Decision]:
    body = draft.body
    named: dict[str, object] = {"item": item.code, "body": body.code, **at}
    if Power.FINISH in clause.powers and not item.on_village_list:
        yield Decision.no(Reason.NOT_ON_VILLAGE_LIST, rule="G-3", **named)
    if Power.DECIDE in clause.powers and item.is_forwarded:
        yield Decision.no(Reason.ITEM_FORWARDED, rule="G-18", **named)
    if draft.mandate is Mandate.RECEIVE_FORWARD:
        return  # it gives no power on the item, so it need not be the giver's own
    if draft.mandate is Mandate.CONCENTRATED:
        if item.concentrated_to != body.id:
            yield Decision.no(Reason.NOT_CONCENTRATED_HERE, rule="G-12", **named)
        return
    if item.responsible_body == body.id:
        return
    if item.body_id == body.id:
        yield Decision.no(Reason.ITEM_CONCENTRATED, rule="G-12", **named)
    elif draft.mandate is Mandate.STATUTORY and (body.is_town_government or body.is_village):
        if not draft.basis.strip():  # in its own name, by law or by the provincial list
            yield Decision.no(Reason.NO_LAW_NAMED, rule="G-12", mandate=draft.mandate.value, **named)
    elif any(_was_entrusted(clause, body, item, facts.now) for clause in facts.received):
        yield Decision.no(Reason.ENTRUSTED_NOT_PASSED_ON, rule="G-4", **named)
    else:
        yield Decision.no(Reason.NOT_RESPONSIBLE, rule="G-1", **named)


def _was_entrusted(clause: ClauseTerms, body: BodyTerms, item: ItemTerms, now: datetime) -> bool:
    is_over = clause.ends_at is not None and clause.ends_at <= now
    return clause.mandate is Mandate.ENTRUSTMENT and clause.receiving_body_id == body.id and clause.covers(item) and not is_over


def may_draft(offices: Iterable[OfficeHeld], *, is_signed: bool = False) -> Decision:
    """May a person with these offices draft, or change this draft? A county manager, until it is signed (G-5, G-6)."""
    if is_signed:
        return Decision.no(Reason.ALREADY_SIGNED, rule="G-5")
    return _by_manager(offices)


# --- signing and registering -----------------------------------------------------------------------------------------------


def may_sign(
    draft: InstrumentDraft,
    facts: DraftFacts,
    *,
    signer_id: PersonId,
    offices: Iterable[OfficeHeld],
    signer_windows: Collection[WindowId] = (),
    is_signed: bool = False,
) -> Decision:
    """May this person sign it now? The head of the issuing body, who neither drafted it nor is posted where it grants (G-6).

    The draft is checked again as of this moment: what became backdated or rose above a ceiling since is not signed.
    """
    if is_signed:
        return Decision.no(Reason.ALREADY_SIGNED, rule="G-5")
    office = _office(offices, Office.HEAD_OF_AGENCY, draft.body.id)
    if office is None:
        return Decision.no(Reason.NOT_HEAD_OF_AGENCY, rule="G-6", body=draft.body.code)
    if draft.drafter_id == signer_id:
        return Decision.no(Reason.DRAFTER_SIGNS, rule="G-6")
    own = [clause.window.code for clause in draft.clauses if clause.window.id in signer_windows]
    if own:
        return Decision.no(Reason.OWN_WINDOW, rule="G-6", window=min(own))
    fault = next(iter(check_draft(draft, facts)), None)
    return _rests_on(office) if fault is None else fault


def may_register(
    offices: Iterable[OfficeHeld], *, is_signed: bool, is_registered: bool = False, overlap: Decision | None = None
) -> Decision:
    """May a person with these offices register it? A county manager, once, what the head of the body has signed (G-6).

    `overlap` is what `overlapping` says of the clauses that stand by now: of two that give the same, the second is refused (G-5).
    """
    answer = _by_manager(offices)
    if not answer:
        return answer
    if not is_signed:
        return Decision.no(Reason.NOT_SIGNED, rule="G-6")
    if is_registered:
        return Decision.no(Reason.ALREADY_REGISTERED, rule="G-5")
    return answer if overlap is None else overlap


# --- papers: filed, scanned ------------------------------------------------------------------------------------------------


class FiledWith(StrEnum):
    """Where a registered instrument is filed (G-6): with the center's management, and with the department that gave it."""

    CENTER = "center"
    DEPARTMENT = "department"


def may_file(
    place: FiledWith, offices: Iterable[OfficeHeld], *, body_id: BodyId, is_registered: bool, filed: Collection[FiledWith] = ()
) -> Decision:
    """May a person with these offices say that it is filed there? Center management or a county manager its copy, the head the body's."""
    offices = tuple(offices)
    if not is_registered:
        return Decision.no(Reason.NOT_REGISTERED, rule="G-6")
    if place in filed:
        return Decision.no(Reason.FILED_ALREADY, rule="G-6")
    if place is FiledWith.CENTER:
        office = _office(offices, Office.CENTER_MANAGEMENT) or _office(offices, Office.COUNTY_MANAGER)
    else:
        office = _office(offices, Office.HEAD_OF_AGENCY, body_id)
    return _rests_on(office) if office else Decision.no(Reason.NOT_TO_FILE, rule="G-6")


def may_attach(offices: Iterable[OfficeHeld], *, body_id: BodyId, is_signed: bool) -> Decision:
    """May a person with these offices add the scan of the signed and sealed paper? A county manager, or the head of the body (G-6)."""
    offices = tuple(offices)
    if not is_signed:
        return Decision.no(Reason.NOT_SIGNED, rule="G-6")
    office = _office(offices, Office.COUNTY_MANAGER) or _office(offices, Office.HEAD_OF_AGENCY, body_id)
    return _rests_on(office) if office else Decision.no(Reason.NOT_TO_ATTACH, rule="G-6")


# --- ceilings --------------------------------------------------------------------------------------------------------------


def may_set_ceiling(
    offices: Iterable[OfficeHeld], *, level: Level, power: Power, mandate: Mandate, is_allowed: bool, from_on: date | None, today: date
) -> Decision:
    """May a person with these offices narrow a ceiling, or open again what the county narrowed? From a later day on (G-3, G-17).

    What the rule itself does not allow no county lifts.
    """
    answer = _by_manager(offices)
    if not answer:
        return answer
    if is_allowed and not DEFAULT_CEILINGS.allows(level, power, mandate):
        return Decision.no(Reason.CEILING_NOT_LIFTED, rule="G-3", power=power.value, level=level.value, mandate=mandate.value)
    if from_on is None or from_on <= today:
        return Decision.no(Reason.CHANGES_FROM_TOMORROW, rule="G-17", earliest=today + timedelta(days=1))
    return answer


# --- ending ----------------------------------------------------------------------------------------------------------------


def may_end(
    clause: ClauseTerms,
    why: EndWhy,
    *,
    now: datetime,
    offices: Iterable[OfficeHeld],
    from_on: date | None = None,
    instrument: str = "",
    ground: str = "",
) -> Decision:
    """May a person with these offices end the clause so? Yes carries `ends_at`, the moment to record (G-5, G-17).

    Superseded or revoked: from 00:00 of a later day that an instrument names (its number), entered by a county manager or the
    head of the issuing body; revoking also says why. Suspended: at once, with a ground, by the same. Never in the past, and
    never later than the clause ends anyhow.
    """
    offices = tuple(offices)
    office = _office(offices, Office.HEAD_OF_AGENCY, clause.body_id) or _office(offices, Office.COUNTY_MANAGER)
    if office is None:
        return Decision.no(Reason.NOT_TO_END, rule="G-6")
    if clause.registered_at is None:
        return Decision.no(Reason.NOT_REGISTERED, rule="G-17", instrument=clause.instrument_number, clause=clause.id)
    if why is not EndWhy.SUPERSEDED and not ground.strip():
        return Decision.no(Reason.NO_GROUND, rule="G-5")
    if why is EndWhy.SUSPENDED:
        if from_on is not None and from_on != civil_date(now):
            return Decision.no(Reason.SUSPENDS_AT_ONCE, rule="G-17", from_on=from_on)
        moment = now
    else:
        if not instrument.strip():
            return Decision.no(Reason.NO_INSTRUMENT_NAMED, rule="G-17")
        if from_on is None or from_on <= civil_date(now):
            return Decision.no(Reason.ENDS_TOO_EARLY, rule="G-17", from_on=from_on, today=civil_date(now))
        moment = start_of(from_on)
    if clause.ends_at is not None and clause.ends_at <= moment:
        return Decision.no(Reason.ENDS_ANYHOW, rule="G-17", until=clause.last_day, instrument=clause.instrument_number)
    return Decision.yes(_act_of(office), ends_at=moment)


def _office(offices: Iterable[OfficeHeld], office: Office, body_id: BodyId | None = None) -> OfficeHeld | None:
    return next((held for held in offices if held.office is office and (body_id is None or held.body_id == body_id)), None)


def _by_manager(offices: Iterable[OfficeHeld]) -> Decision:
    office = _office(offices, Office.COUNTY_MANAGER)
    return _rests_on(office) if office else Decision.no(Reason.NOT_COUNTY_MANAGER, rule="G-6")


def _act_of(office: OfficeHeld) -> Basis:
    return Basis(Sort.ACT_OF_OFFICE, office=office.id)


def _rests_on(office: OfficeHeld) -> Decision:
    return Decision.yes(_act_of(office))
