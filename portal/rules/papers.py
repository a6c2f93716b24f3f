"""The papers of a case: which event makes which, which are sealed and numbered, and what became of them since (C-3, C-9, G-7, G-12).

A paper is made in the act that it tells of, never beside it. What the law wants in writing with the date and the body's seal (许可法 arts. 32,
38, 42, 45) is sealed and numbered; a sealed paper is issued only by a logged use of the seal. A receipt, a promise that the applicant signs
and the proof of delivery bear no seal: they are the applicant's words, or say only what was handed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from portal.rules.clauses import ClauseTerms, ItemTerms
from portal.rules.decision import Decision
from portal.rules.seals import Seal, SealUse, may_issue, seal_for


class PaperKind(StrEnum):
    """The papers of a case."""

    RECEIPT = "receipt"  # 收件凭证
    ACCEPTANCE = "acceptance"  # 受理通知书
    NOTICE = "notice"  # 一次性补正告知书
    UNDERTAKING = "undertaking"  # 容缺受理承诺书
    COMMITMENT = "commitment"  # 告知承诺书
    NON_ACCEPTANCE = "non_acceptance"  # 不予受理决定书
    TURNED_AWAY = "turned_away"  # no licence needed, or another body's
    STOP = "stop"  # what takes time outside the limit
    EXTENSION = "extension"  # 延期告知书
    REFUSAL = "refusal"  # 不予行政许可决定书
    DECISION = "decision"  # 准予行政许可决定书
    DELIVERY = "delivery"  # 送达回证
    CLOSING = "closing"  # withdrawn, terminated, not supplemented, passed on


@dataclass(frozen=True, slots=True)
class Made:
    """One row: this event makes this paper, where what it says holds `key`, and where `values` are named, one of them there."""

    event: str
    paper: PaperKind
    key: str = ""
    values: frozenset[str] = frozenset()
    only_first: bool = False


PAPER_OF: tuple[Made, ...] = (
    Made("collected", PaperKind.RECEIPT),
    Made("received", PaperKind.RECEIPT, only_first=True),  # entered at the window: nothing was collected before
    Made("supplemented", PaperKind.RECEIPT),
    Made("noticed", PaperKind.NOTICE),
    Made("supplement_judged", PaperKind.NOTICE, "missing"),
    Made("accepted", PaperKind.ACCEPTANCE),
    Made("accepted", PaperKind.UNDERTAKING, "undertaking"),
    Made("accepted", PaperKind.COMMITMENT, "commitment"),
    Made("not_accepted", PaperKind.NON_ACCEPTANCE),
    Made("turned_away", PaperKind.TURNED_AWAY),
    Made("stopped", PaperKind.STOP),
    Made("extended", PaperKind.EXTENSION),
    Made("decided", PaperKind.DECISION, "outcome", frozenset({"granted"})),
    Made("decided", PaperKind.REFUSAL, "outcome", frozenset({"refused"})),
    Made("delivered", PaperKind.DELIVERY),
    Made("withdrawn", PaperKind.CLOSING),
    Made("terminated", PaperKind.CLOSING),
    Made("lapsed", PaperKind.CLOSING),
    Made("forwarded", PaperKind.CLOSING),
)

SEALED = frozenset(PaperKind) - {PaperKind.RECEIPT, PaperKind.UNDERTAKING, PaperKind.COMMITMENT, PaperKind.DELIVERY}
"""What bears a seal and a number of its own."""

MARKS: dict[PaperKind, str] = {
    PaperKind.ACCEPTANCE: "受", PaperKind.NOTICE: "补", PaperKind.NON_ACCEPTANCE: "不受", PaperKind.TURNED_AWAY: "告", PaperKind.STOP: "停",
    PaperKind.EXTENSION: "延", PaperKind.DECISION: "准", PaperKind.REFUSAL: "不准", PaperKind.CLOSING: "终",
}  # fmt: skip
"""What stands between the body's word and the year in the number of a paper: 柞市监受〔2026〕12号."""

ONE_OF_THEM = (
    frozenset({PaperKind.ACCEPTANCE}), frozenset({PaperKind.NOTICE}), frozenset({PaperKind.NON_ACCEPTANCE}),
    frozenset({PaperKind.DECISION, PaperKind.REFUSAL}),
)  # fmt: skip
"""Of each of these groups a case has one paper that holds: a later one takes the place of the one before."""

ON_THE_SPOT = frozenset({PaperKind.NON_ACCEPTANCE, PaperKind.TURNED_AWAY})
"""What can go out at once and is filed the same day: sent back, it falls (C-9)."""

LICENCE = "01"
"""The type of item to which the Administrative Licensing Law applies (S-9)."""


def papers_of(event: str, payload: Mapping[str, object], *, is_first: bool) -> tuple[PaperKind, ...]:
    """The papers that an event makes, in the order of the table (C-3, C-9)."""
    found = []
    for row in PAPER_OF:
        said = payload.get(row.key) if row.key else True
        if row.event == event and said and (not row.values or said in row.values) and (is_first or not row.only_first):
            found.append(row.paper)
    return tuple(found)


def paper_number(word: str, kind: PaperKind, year: int, serial: int) -> str:
    """How a paper is numbered. `word` is what stands before the body's instruments (柞市监授); the paper has its own mark instead of 授."""
    return f"{word.removesuffix('授')}{MARKS[kind]}〔{year}〕{serial}号"


def may_issue_paper(kind: PaperKind, clause: ClauseTerms | None, item: ItemTerms) -> tuple[SealUse | None, Decision]:
    """Whose seal a paper bears, and may it be issued with it (G-7, G-12)?

    Under a clause the seal follows from its mandate. An act of office, an act of the applicant and an effect of law rest on no clause: they
    speak in the name of the responsible body and bear its own seal, never the window's. A room that tells somebody that nothing is needed
    speaks in nobody's name: that paper is a slip without a seal. Any other sealed paper without a seal is not issued.
    """
    if kind not in SEALED:
        return None, Decision.yes()
    use = SealUse(Seal.BODY, item.responsible_body) if clause is None else seal_for(clause, item)
    if use is None and kind is PaperKind.TURNED_AWAY:
        return None, Decision.yes()
    return use, may_issue(None if use is None else {"seal": use.seal.value, "seal_body": use.body_id})


# --- what became of a paper -----------------------------------------------------------------------------------------------------


class Standing(StrEnum):
    """Does a paper still hold? What whoever checks it is told."""

    VALID = "valid"
    REPLACED = "replaced"
    RETURNED = "returned"
    VOID = "void"


class Told(Protocol):
    """What is asked of an event here."""

    @property
    def seq(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def payload(self) -> Mapping[str, object]: ...
    @property
    def corrects(self) -> int | None: ...


def standing_of(kind: PaperKind, seq: int, events: Sequence[Told]) -> Standing:
    """What became of the paper that event `seq` made: void with its case, returned with its filing (C-9), replaced by a correction (C-2) or by
    a later paper of its group.
    """
    later = [event for event in events if event.seq > seq]
    if any(event.kind == "voided" for event in later):
        return Standing.VOID
    if kind in ON_THE_SPOT and any(event.kind == "filing_returned" for event in later):
        return Standing.RETURNED
    if any(event.corrects == seq for event in later):
        return Standing.REPLACED
    group = next((group for group in ONE_OF_THEM if kind in group), frozenset())
    if any(group.intersection(papers_of(event.kind, event.payload, is_first=False)) for event in later):
        return Standing.REPLACED
    return Standing.VALID


# --- before the signature -------------------------------------------------------------------------------------------------------


def forms_to_sign(*, takes_commitment: bool, may_come_later: bool, is_open: bool) -> tuple[PaperKind, ...]:
    """The papers that can be printed before somebody signs them, with the facts of the case filled in (C-11, C-12)."""
    if not is_open:
        return ()
    offered = ((PaperKind.UNDERTAKING, may_come_later), (PaperKind.COMMITMENT, takes_commitment), (PaperKind.DELIVERY, True))
    return tuple(kind for kind, is_offered in offered if is_offered)
