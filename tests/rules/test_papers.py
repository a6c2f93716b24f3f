"""Which event makes which paper, whose seal it bears, what became of it, and what somebody can do against it (C-3, C-9, G-7, G-12)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from portal.rules.clauses import ClauseTerms, ItemTerms, Mandate, Power
from portal.rules.decision import Reason
from portal.rules.lifecycle import EventKind
from portal.rules.papers import (
    MARKS,
    PAPER_OF,
    SEALED,
    PaperKind,
    Standing,
    forms_to_sign,
    may_issue_paper,
    paper_number,
    papers_of,
    standing_of,
)
from portal.rules.remedies import Door, Organ, last_day, organ_of, remedies_of
from portal.rules.seals import Seal, SealUse
from portal.rules.working_days import Calendar

BUREAU, DEPARTMENT = 7, 3


@dataclass
class Said:
    seq: int
    kind: str
    payload: dict[str, Any] = field(default_factory=dict)
    corrects: int | None = None


def clause(mandate: Mandate, body_id: int = DEPARTMENT) -> ClauseTerms:
    return ClauseTerms(1, 1, "试授〔2026〕1号", 1, body_id, mandate, frozenset({Power.ACCEPT}), date(2026, 1, 1))


# --- which event makes which paper ----------------------------------------------------------------------------------------------

CASES: list[tuple[str, dict[str, Any], bool, tuple[str, ...]]] = [
    ("collected", {}, True, ("receipt",)),
    ("received", {}, True, ("receipt",)),
    ("received", {}, False, ()),
    ("noticed", {"missing": [{"code": "1"}]}, False, ("notice",)),
    ("supplemented", {}, False, ("receipt",)),
    ("supplement_judged", {"missing": []}, False, ()),
    ("supplement_judged", {"missing": [{"code": "1"}]}, False, ("notice",)),
    ("accepted", {}, False, ("acceptance",)),
    ("accepted", {"undertaking": {"codes": ["2"]}}, False, ("acceptance", "undertaking")),
    ("accepted", {"commitment": True}, False, ("acceptance", "commitment")),
    ("turned_away", {"why": "not_ours"}, False, ("turned_away",)),
    ("not_accepted", {}, False, ("non_acceptance",)),
    ("stopped", {}, False, ("stop",)),
    ("extended", {}, False, ("extension",)),
    ("decided", {"outcome": "granted"}, False, ("decision",)),
    ("decided", {"outcome": "refused"}, False, ("refusal",)),
    ("delivered", {}, False, ("delivery",)),
    ("withdrawn", {}, False, ("closing",)),
    ("terminated", {}, False, ("closing",)),
    ("lapsed", {}, False, ("closing",)),
    ("forwarded", {}, False, ("closing",)),
    ("filed", {"filing": "refuse"}, False, ()),
    ("reviewed", {}, False, ()),
    ("leg_received", {}, False, ()),
]


@pytest.mark.parametrize(("event", "payload", "is_first", "papers"), CASES)
def test_which_event_makes_which_paper(event: str, payload: dict[str, Any], is_first: bool, papers: tuple[str, ...]) -> None:
    assert tuple(kind.value for kind in papers_of(event, payload, is_first=is_first)) == papers


def test_the_table_names_events_that_there_are_and_every_paper() -> None:
    assert {row.event for row in PAPER_OF} - {kind.value for kind in EventKind} == set()
    assert {row.paper for row in PAPER_OF} == set(PaperKind)


def test_what_is_sealed_has_a_mark_of_its_own() -> None:
    assert set(MARKS) == SEALED
    assert len(set(MARKS.values())) == len(MARKS)
    assert {PaperKind.ACCEPTANCE, PaperKind.NOTICE, PaperKind.NON_ACCEPTANCE} <= SEALED  # C-3
    assert paper_number("柞市监授", PaperKind.ACCEPTANCE, 2026, 12) == "柞市监受〔2026〕12号"
    assert paper_number("柞审批", PaperKind.REFUSAL, 2026, 1) == "柞审批不准〔2026〕1号"


# --- whose seal -----------------------------------------------------------------------------------------------------------------


def item(**more: Any) -> ItemTerms:
    return ItemTerms(1, "S-03", DEPARTMENT, **more)


@pytest.mark.parametrize(
    ("kind", "by", "about", "use"),
    [
        (PaperKind.ACCEPTANCE, clause(Mandate.ENTRUSTMENT), item(), SealUse(Seal.WINDOW, DEPARTMENT)),
        (PaperKind.DECISION, clause(Mandate.CONCENTRATED, BUREAU), item(concentrated_to=BUREAU), SealUse(Seal.WINDOW, BUREAU)),
        (PaperKind.DECISION, clause(Mandate.INTERNAL), item(is_forwarded=True), SealUse(Seal.BODY, DEPARTMENT)),
        (PaperKind.EXTENSION, None, item(), SealUse(Seal.BODY, DEPARTMENT)),
        (PaperKind.ACCEPTANCE, None, item(concentrated_to=BUREAU), SealUse(Seal.BODY, BUREAU)),
        (PaperKind.RECEIPT, clause(Mandate.RECEIVE_FORWARD), item(), None),
        (PaperKind.DELIVERY, clause(Mandate.INTERNAL), item(), None),
        (PaperKind.TURNED_AWAY, clause(Mandate.RECEIVE_FORWARD), item(), None),
    ],
)
def test_whose_seal_a_paper_bears(kind: PaperKind, by: ClauseTerms | None, about: ItemTerms, use: SealUse | None) -> None:
    found, decision = may_issue_paper(kind, by, about)
    assert decision and found == use


@pytest.mark.parametrize("kind", sorted(SEALED - {PaperKind.TURNED_AWAY}))
def test_who_speaks_in_nobodys_name_issues_no_sealed_paper(kind: PaperKind) -> None:
    use, decision = may_issue_paper(kind, clause(Mandate.RECEIVE_FORWARD), item())
    assert use is None and not decision
    assert (decision.reason, decision.rule) == (Reason.SEAL_NOT_LOGGED, "G-7")


# --- what became of it ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "later", "standing"),
    [
        (PaperKind.ACCEPTANCE, [], Standing.VALID),
        (PaperKind.ACCEPTANCE, [Said(6, "decided", {"outcome": "granted"})], Standing.VALID),
        (PaperKind.ACCEPTANCE, [Said(6, "corrected", corrects=5)], Standing.REPLACED),
        (PaperKind.ACCEPTANCE, [Said(6, "corrected", corrects=4)], Standing.VALID),
        (PaperKind.NOTICE, [Said(6, "supplement_judged", {"missing": [{"code": "1"}]})], Standing.REPLACED),
        (PaperKind.NOTICE, [Said(6, "supplement_judged", {"missing": []})], Standing.VALID),
        (PaperKind.NON_ACCEPTANCE, [Said(6, "filed"), Said(7, "filing_returned")], Standing.RETURNED),
        (PaperKind.NON_ACCEPTANCE, [Said(6, "filed"), Said(7, "filing_passed")], Standing.VALID),
        (PaperKind.TURNED_AWAY, [Said(6, "filing_returned")], Standing.RETURNED),
        (PaperKind.ACCEPTANCE, [Said(7, "filing_returned")], Standing.VALID),
        (PaperKind.DECISION, [Said(6, "decided", {"outcome": "refused"})], Standing.REPLACED),
        (PaperKind.STOP, [Said(6, "stopped")], Standing.VALID),
        (PaperKind.RECEIPT, [Said(6, "voided")], Standing.VOID),
    ],
)
def test_what_became_of_a_paper(kind: PaperKind, later: list[Said], standing: Standing) -> None:
    before = [Said(4, "filing_returned"), Said(5, "?")]  # what lies before the paper says nothing about it
    assert standing_of(kind, 5, [*before, *later]) is standing


def test_what_can_be_printed_before_it_is_signed() -> None:
    assert forms_to_sign(takes_commitment=False, may_come_later=False, is_open=True) == (PaperKind.DELIVERY,)
    assert forms_to_sign(takes_commitment=True, may_come_later=True, is_open=True) == (
        PaperKind.UNDERTAKING, PaperKind.COMMITMENT, PaperKind.DELIVERY,
    )  # fmt: skip
    assert forms_to_sign(takes_commitment=True, may_come_later=True, is_open=False) == ()


# --- remedies -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "event", "doors"),
    [
        (PaperKind.REFUSAL, "decided", 2),
        (PaperKind.NON_ACCEPTANCE, "not_accepted", 2),
        (PaperKind.TURNED_AWAY, "turned_away", 2),
        (PaperKind.CLOSING, "terminated", 2),
        (PaperKind.CLOSING, "withdrawn", 0),
        (PaperKind.CLOSING, "lapsed", 0),
        (PaperKind.DECISION, "decided", 0),
        (PaperKind.NOTICE, "noticed", 0),
        (PaperKind.EXTENSION, "extended", 0),
    ],
)
def test_which_papers_name_a_remedy(kind: PaperKind, event: str, doors: int) -> None:
    assert len(remedies_of(kind, event)) == doors


def test_the_reconsideration_comes_first_where_the_law_says_so() -> None:
    asked, suit = remedies_of(PaperKind.REFUSAL)
    assert [(asked.door, asked.limit.number), (suit.door, suit.limit.number, suit.after_first)] == [
        (Door.RECONSIDERATION, 60), (Door.SUIT, 6, False),
    ]  # fmt: skip
    asked, suit = remedies_of(PaperKind.REFUSAL, reconsideration_first=True)
    assert (suit.limit.number, suit.after_first) == (15, True)
    assert remedies_of(PaperKind.REFUSAL, own_days=90)[0].limit.number == 90
    assert remedies_of(PaperKind.REFUSAL, own_days=30)[0].limit.number == 60, "a shorter one does not count (行政复议法 art. 20)"


@pytest.mark.parametrize(
    ("kind", "line", "organ"),
    [
        ("department", "market_regulation", Organ.COUNTY_GOVERNMENT),  # art. 24 (1) 1
        ("town_government", "general_government", Organ.COUNTY_GOVERNMENT),  # art. 24 (1) 2
        ("approval_bureau", "", Organ.COUNTY_GOVERNMENT),
        ("department", "tax", Organ.UPPER_ORGAN),  # art. 27
        ("department", "fire", Organ.COUNTY_GOVERNMENT),  # led from above, but not named by art. 27
        ("county_government", "general_government", Organ.UPPER_GOVERNMENT),
    ],
)
def test_who_hears_a_reconsideration(kind: str, line: str, organ: Organ) -> None:
    assert organ_of(kind, line) is organ


def test_the_last_day_of_each_door() -> None:
    calendar = Calendar.of((), frozenset({2026, 2027}))
    asked, suit = remedies_of(PaperKind.REFUSAL)
    assert last_day(asked, date(2026, 11, 23), calendar).due == date(2027, 1, 22)  # a Friday
    assert last_day(suit, date(2026, 11, 23), calendar).due == date(2027, 5, 24)  # the 23rd is a Sunday
