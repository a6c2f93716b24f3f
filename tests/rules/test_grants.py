"""Instruments of authority: who drafts, signs, registers and ends them, and what a draft may not say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from portal.rules.authority import DEFAULT_CEILINGS, ClauseEnd, EndWhy, ItemTerms, Level, Mandate, Office, OfficeHeld, Power
from portal.rules.decision import Decision, Reason, Sort
from portal.rules.grants import (
    BodyTerms,
    ClauseDraft,
    DraftFacts,
    InstrumentDraft,
    check_draft,
    may_draft,
    may_end,
    may_register,
    may_sign,
)
from tests.rules.authority_model import BUREAU, MR, NOW, TAX, TODAY, TOWN, clause, item, moment, window

DAY = timedelta(days=1)
HALL, TOWN_WINDOW, ROOM = window(), window(Level.TOWN), window(Level.VILLAGE)
DEPARTMENT = BodyTerms(MR, "MR")
TOWN_GOVERNMENT = BodyTerms(TOWN, "TOWN", is_town_government=True)
VILLAGE = BodyTerms(20, "V", is_village=True)
LAW = "《中华人民共和国行政许可法》第二十四条"
MANAGER, HEAD = OfficeHeld(1, Office.COUNTY_MANAGER), OfficeHeld(2, Office.HEAD_OF_AGENCY, MR)


def draft_clause(**changes: Any) -> ClauseDraft:
    made = ClauseDraft(HALL, frozenset({Power.ACCEPT, Power.REVIEW, Power.DECIDE}), (item(),), TODAY)
    return replace(made, **changes)


def internal(*clauses: ClauseDraft, **changes: Any) -> InstrumentDraft:
    """Market regulation empowers its own window in the hall."""
    return replace(InstrumentDraft(DEPARTMENT, Mandate.INTERNAL, clauses or (draft_clause(),), drafter_id=3), **changes)


def entrustment(*clauses: ClauseDraft, **changes: Any) -> InstrumentDraft:
    """Market regulation entrusts the town government, at its center's window."""
    made = InstrumentDraft(DEPARTMENT, Mandate.ENTRUSTMENT, clauses or (draft_clause(window=TOWN_WINDOW),), 3, TOWN_GOVERNMENT, LAW)
    return replace(made, **changes)


def faults(draft: InstrumentDraft, **facts: Any) -> list[tuple[str | None, Reason | None]]:
    return [(fault.rule, fault.reason) for fault in check_draft(draft, DraftFacts(NOW, **facts))]


def refused(answer: Decision, rule: str, reason: Reason) -> None:
    assert not answer
    assert (answer.rule, answer.reason) == (rule, reason)


# --- drafts ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "draft",
    [
        internal(),
        internal(draft_clause(items=None)),
        internal(draft_clause(from_on=TODAY, until_on=TODAY)),
        internal(draft_clause(from_on=TODAY + DAY)),
        entrustment(),
        entrustment(draft_clause(window=TOWN_WINDOW, powers=frozenset({Power.REVIEW, Power.DECIDE, Power.CERTIFY}))),
        internal(draft_clause(window=ROOM, powers=frozenset({Power.COLLECT, Power.DELIVER})), mandate=Mandate.RECEIVE_FORWARD),
        internal(
            draft_clause(window=ROOM, powers=frozenset({Power.COLLECT}), items=(item(body_id=TAX),)), mandate=Mandate.RECEIVE_FORWARD
        ),
        internal(
            draft_clause(window=ROOM, powers=frozenset({Power.FINISH}), items=(item(on_village_list=True),)), mandate=Mandate.STATUTORY
        ),
        InstrumentDraft(TOWN_GOVERNMENT, Mandate.STATUTORY, (draft_clause(window=TOWN_WINDOW),), basis="陕西省赋权清单"),
        InstrumentDraft(
            BodyTerms(BUREAU, "AB"), Mandate.CONCENTRATED,
            (draft_clause(window=window(body_ids=frozenset({BUREAU})), items=(item(concentrated_to=BUREAU),)),),
        ),
    ],
)  # fmt: skip
def test_a_lawful_draft_has_no_fault(draft: InstrumentDraft) -> None:
    assert faults(draft) == []


@pytest.mark.parametrize(
    "draft, expected",
    [
        (internal(clauses=()), ("G-1", Reason.NO_CLAUSES)),
        (internal(draft_clause(powers=frozenset())), ("G-1", Reason.NO_POWERS)),
        (internal(draft_clause(items=())), ("G-1", Reason.NO_ITEMS)),
        (internal(draft_clause(from_on=None)), ("G-1", Reason.NO_FIRST_DAY)),
        (internal(draft_clause(from_on=TODAY - DAY)), ("G-1", Reason.BACKDATED)),
        (internal(draft_clause(from_on=TODAY + DAY, until_on=TODAY)), ("G-1", Reason.PERIOD_REVERSED)),
        (internal(draft_clause(items=(item(body_id=TAX),))), ("G-1", Reason.NOT_RESPONSIBLE)),
        (entrustment(draft_clause(window=TOWN_WINDOW, items=(item(body_id=TAX),))), ("G-1", Reason.NOT_RESPONSIBLE)),
        (internal(draft_clause(window=window(body_ids=frozenset({TAX})))), ("G-12", Reason.BODY_NOT_SERVED)),
        (entrustment(draft_clause(window=TOWN_WINDOW, powers=frozenset({Power.JOINT}))), ("G-3", Reason.ABOVE_CEILING)),
        (internal(draft_clause(window=ROOM, powers=frozenset({Power.ACCEPT}))), ("G-3", Reason.ABOVE_CEILING)),
        (internal(draft_clause(powers=frozenset({Power.COLLECT}))), ("G-3", Reason.ABOVE_CEILING)),
        (
            internal(draft_clause(window=ROOM, powers=frozenset({Power.FINISH})), mandate=Mandate.STATUTORY),
            ("G-3", Reason.NOT_ON_VILLAGE_LIST),
        ),
        (internal(draft_clause(items=(item(is_forwarded=True),))), ("G-18", Reason.ITEM_FORWARDED)),
        (internal(draft_clause(items=(item(concentrated_to=BUREAU),))), ("G-12", Reason.ITEM_CONCENTRATED)),
        (
            entrustment(draft_clause(window=TOWN_WINDOW, items=(item(concentrated_to=BUREAU),))),
            ("G-12", Reason.ITEM_CONCENTRATED),
        ),
        (internal(mandate=Mandate.CONCENTRATED), ("G-12", Reason.NOT_CONCENTRATED_HERE)),
        (internal(draft_clause(items=None), mandate=Mandate.CONCENTRATED), ("G-12", Reason.CONCENTRATED_ONE_BY_ONE)),
        (internal(supersedes_body_id=TAX), ("G-5", Reason.SUPERSEDES_ANOTHER_BODY)),
        (internal(receiving_body=TOWN_GOVERNMENT), ("G-12", Reason.MANDATES_MIXED)),
        (entrustment(basis=" "), ("G-12", Reason.NO_LAW_NAMED)),
        (entrustment(receiving_body=None), ("G-12", Reason.NOT_A_TOWN_GOVERNMENT)),
        (entrustment(draft_clause(window=window(Level.TOWN, body_ids=frozenset({MR})))), ("G-12", Reason.NOT_ITS_CENTER)),
        (
            internal(draft_clause(window=ROOM, powers=frozenset({Power.ACCEPT})), mandate=Mandate.RECEIVE_FORWARD),
            ("G-12", Reason.CARRIES_NO_POWER),
        ),
        (
            InstrumentDraft(TOWN_GOVERNMENT, Mandate.STATUTORY, (draft_clause(window=TOWN_WINDOW),)),
            ("G-12", Reason.NO_LAW_NAMED),
        ),
        (
            InstrumentDraft(BodyTerms(TAX, "TAX"), Mandate.STATUTORY, (draft_clause(window=window(body_ids=frozenset({TAX}))),), basis=LAW),
            ("G-1", Reason.NOT_RESPONSIBLE),
        ),
    ],
)
def test_a_draft_is_refused_with_the_rule(draft: InstrumentDraft, expected: tuple[str, Reason]) -> None:
    assert faults(draft) == [expected]


def test_an_entrustment_goes_to_a_town_government_and_to_nobody_else() -> None:
    to_tax = BodyTerms(TAX, "TAX")
    draft = entrustment(draft_clause(window=window(Level.TOWN, body_ids=frozenset({TAX}))), receiving_body=to_tax)
    assert faults(draft) == [("G-12", Reason.NOT_A_TOWN_GOVERNMENT)]
    town_to_itself = entrustment(body=TOWN_GOVERNMENT)
    assert ("G-12", Reason.NOT_A_TOWN_GOVERNMENT) in faults(town_to_itself)


def test_an_entrustment_is_used_at_the_towns_center_never_in_the_hall() -> None:
    in_hall = window(body_ids=frozenset({TOWN}))
    draft = entrustment(draft_clause(window=in_hall))
    assert ("G-12", Reason.NOT_ITS_CENTER) in faults(draft)
    assert ("G-3", Reason.ABOVE_CEILING) in faults(draft)


def test_every_fault_is_named_at_once_with_its_place() -> None:
    draft = entrustment(
        draft_clause(window=TOWN_WINDOW),
        draft_clause(window=TOWN_WINDOW, powers=frozenset({Power.DECIDE, Power.LITIGATE}), from_on=TODAY - DAY),
        basis="",
    )
    found = check_draft(draft, DraftFacts(NOW, drafter_windows=frozenset({TOWN_WINDOW.id})))
    assert [(fault.reason, fault.facts.get("place")) for fault in found] == [
        (Reason.NO_LAW_NAMED, None),
        (Reason.OWN_WINDOW, 1),
        (Reason.BACKDATED, 2),
        (Reason.OWN_WINDOW, 2),
        (Reason.ABOVE_CEILING, 2),
    ]


def test_today_is_the_day_in_zhashui() -> None:
    late = DraftFacts(moment(TODAY, 0))  # still yesterday in UTC
    assert check_draft(internal(draft_clause(from_on=TODAY)), late) == ()
    assert [fault.reason for fault in check_draft(internal(draft_clause(from_on=TODAY - DAY)), late)] == [Reason.BACKDATED]


def test_the_countys_own_ceiling_is_the_one_that_counts() -> None:
    lower = DEFAULT_CEILINGS.narrowed_to(DEFAULT_CEILINGS.cells - {(Level.TOWN, Power.DECIDE, Mandate.ENTRUSTMENT)})
    assert faults(entrustment(), ceilings=lower) == [("G-3", Reason.ABOVE_CEILING)]


def test_what_was_entrusted_is_not_passed_on() -> None:
    draft = InstrumentDraft(TOWN_GOVERNMENT, Mandate.INTERNAL, (draft_clause(window=TOWN_WINDOW),), 3)
    received = clause(TOWN_WINDOW, Power.DECIDE)
    assert faults(draft, received=(received,)) == [("G-4", Reason.ENTRUSTED_NOT_PASSED_ON)]
    starts_later = replace(received, from_on=TODAY + 30 * DAY)
    assert faults(draft, received=(starts_later,)) == [("G-4", Reason.ENTRUSTED_NOT_PASSED_ON)]
    for changes in ({"until_on": TODAY - DAY}, {"item_ids": frozenset({2})}, {"receiving_body_id": 8}):
        other = clause(TOWN_WINDOW, Power.DECIDE, **changes)
        assert faults(draft, received=(other,)) == [("G-1", Reason.NOT_RESPONSIBLE)]


def test_the_town_may_empower_its_window_for_its_own_items() -> None:
    own: ItemTerms = item(body_id=TOWN)
    draft = InstrumentDraft(TOWN_GOVERNMENT, Mandate.INTERNAL, (draft_clause(window=TOWN_WINDOW, items=(own,)),), 3)
    assert faults(draft, received=(clause(TOWN_WINDOW, Power.DECIDE),)) == []


def test_a_village_finishes_in_its_own_name_what_the_law_gives_it() -> None:
    listed = draft_clause(window=ROOM, powers=frozenset({Power.FINISH}), items=(item(on_village_list=True),))
    assert faults(InstrumentDraft(VILLAGE, Mandate.STATUTORY, (listed,), basis="《村民委员会组织法》")) == []
    assert faults(InstrumentDraft(VILLAGE, Mandate.STATUTORY, (listed,))) == [("G-12", Reason.NO_LAW_NAMED)]


# --- who drafts, signs, registers (G-6) ------------------------------------------------------------------------------------


def test_only_a_county_manager_drafts_and_only_until_it_is_signed() -> None:
    answer = may_draft([HEAD, MANAGER])
    assert answer.by is not None
    assert (answer.by.sort, answer.by.office) == (Sort.ACT_OF_OFFICE, 1)
    refused(may_draft([HEAD]), "G-6", Reason.NOT_COUNTY_MANAGER)
    refused(may_draft([]), "G-6", Reason.NOT_COUNTY_MANAGER)
    refused(may_draft([MANAGER], is_signed=True), "G-5", Reason.ALREADY_SIGNED)


def sign(**changes: Any) -> Decision:
    given: dict[str, Any] = {"draft": internal(), "facts": DraftFacts(NOW), "signer_id": 4, "offices": [HEAD]} | changes
    return may_sign(given.pop("draft"), given.pop("facts"), **given)


def test_the_head_of_the_issuing_body_signs() -> None:
    answer = sign()
    assert answer.by is not None
    assert answer.by.office == 2


@pytest.mark.parametrize(
    "changes, rule, reason",
    [
        ({"offices": []}, "G-6", Reason.NOT_HEAD_OF_AGENCY),
        ({"offices": [MANAGER]}, "G-6", Reason.NOT_HEAD_OF_AGENCY),
        ({"offices": [OfficeHeld(9, Office.HEAD_OF_AGENCY, TAX)]}, "G-6", Reason.NOT_HEAD_OF_AGENCY),
        ({"offices": [OfficeHeld(9, Office.LEADER_IN_CHARGE, MR)]}, "G-6", Reason.NOT_HEAD_OF_AGENCY),
        ({"signer_id": 3}, "G-6", Reason.DRAFTER_SIGNS),
        ({"signer_windows": {HALL.id}}, "G-6", Reason.OWN_WINDOW),
        ({"is_signed": True}, "G-5", Reason.ALREADY_SIGNED),
        ({"facts": DraftFacts(NOW + DAY)}, "G-1", Reason.BACKDATED),
        ({"draft": internal(draft_clause(items=(item(concentrated_to=BUREAU),)))}, "G-12", Reason.ITEM_CONCENTRATED),
    ],
)
def test_a_signature_is_refused(changes: dict[str, Any], rule: str, reason: Reason) -> None:
    refused(sign(**changes), rule, reason)


def test_a_county_manager_registers_once_what_was_signed() -> None:
    assert may_register([MANAGER], is_signed=True)
    refused(may_register([MANAGER], is_signed=False), "G-6", Reason.NOT_SIGNED)
    refused(may_register([HEAD], is_signed=True), "G-6", Reason.NOT_COUNTY_MANAGER)
    refused(may_register([MANAGER], is_signed=True, is_registered=True), "G-5", Reason.ALREADY_REGISTERED)


# --- ends (G-5, G-17) ------------------------------------------------------------------------------------------------------

HELD = clause(HALL, Power.DECIDE)
PAPER = {"instrument": "柞市监授〔2026〕2号", "ground": "机构调整"}


@pytest.mark.parametrize("why", [EndWhy.REVOKED, EndWhy.SUPERSEDED])
@pytest.mark.parametrize("office", [MANAGER, HEAD])
def test_an_end_by_instrument_begins_at_midnight_of_a_later_day(why: EndWhy, office: OfficeHeld) -> None:
    answer = may_end(HELD, why, now=NOW, offices=[office], from_on=TODAY + DAY, **PAPER)
    assert answer.facts["ends_at"] == moment(TODAY + DAY, 0)
    assert answer.by is not None
    assert answer.by.office == office.id
    ended = replace(HELD, ends=(ClauseEnd(moment(TODAY + DAY, 0), why),))
    assert ended.in_force_at(NOW)


def test_a_suspension_works_at_once() -> None:
    answer = may_end(HELD, EndWhy.SUSPENDED, now=NOW, offices=[HEAD], ground="印章遗失")
    assert answer.facts["ends_at"] == NOW


@pytest.mark.parametrize(
    "why, changes, rule, reason",
    [
        (EndWhy.REVOKED, {"from_on": TODAY}, "G-17", Reason.ENDS_TOO_EARLY),
        (EndWhy.REVOKED, {"from_on": date(2026, 1, 1)}, "G-17", Reason.ENDS_TOO_EARLY),
        (EndWhy.SUPERSEDED, {"from_on": None}, "G-17", Reason.ENDS_TOO_EARLY),
        (EndWhy.REVOKED, {"instrument": ""}, "G-17", Reason.NO_INSTRUMENT_NAMED),
        (EndWhy.REVOKED, {"ground": " "}, "G-5", Reason.NO_GROUND),
        (EndWhy.SUSPENDED, {"ground": "", "from_on": None}, "G-5", Reason.NO_GROUND),
        (EndWhy.SUSPENDED, {}, "G-17", Reason.SUSPENDS_AT_ONCE),
        (EndWhy.REVOKED, {"offices": []}, "G-6", Reason.NOT_TO_END),
        (EndWhy.REVOKED, {"offices": [OfficeHeld(9, Office.HEAD_OF_AGENCY, TAX)]}, "G-6", Reason.NOT_TO_END),
        (EndWhy.SUSPENDED, {"offices": [OfficeHeld(9, Office.SUPERVISOR)]}, "G-6", Reason.NOT_TO_END),
    ],
)
def test_an_end_is_refused(why: EndWhy, changes: dict[str, Any], rule: str, reason: Reason) -> None:
    given: dict[str, Any] = {"offices": [MANAGER], "from_on": TODAY + DAY, **PAPER} | changes
    refused(may_end(HELD, why, now=NOW, **given), rule, reason)


def test_what_is_over_or_never_began_is_not_ended() -> None:
    given: dict[str, Any] = {"now": NOW, "offices": [MANAGER], "from_on": TODAY + DAY, **PAPER}
    refused(may_end(replace(HELD, until_on=TODAY), EndWhy.REVOKED, **given), "G-17", Reason.ENDS_ANYHOW)
    assert may_end(replace(HELD, until_on=TODAY + DAY), EndWhy.REVOKED, **given)
    suspended = replace(HELD, ends=(ClauseEnd(NOW, EndWhy.SUSPENDED),))
    refused(may_end(suspended, EndWhy.SUSPENDED, now=NOW, offices=[MANAGER], ground="再次"), "G-17", Reason.ENDS_ANYHOW)
    refused(may_end(replace(HELD, registered_at=None), EndWhy.REVOKED, **given), "G-17", Reason.NOT_REGISTERED)
