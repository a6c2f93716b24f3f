"""The papers that go with a case: what was listed, what came, what is missing, and where they are awaited (C-6, C-20).

The way of the papers is not that of the file: the electronic receipt moves the case and its clock, the receipt of the papers is a fact of
its own. Papers that come after the case has gone on are received by whoever has it then: they are sent after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.rules.decision import Decision, Reason

MOST_COPIES = 99
MOST_OTHER = 10
"""So many papers that no list of materials names can go with a case."""


class Condition(StrEnum):
    """In what condition a paper is."""

    GOOD = "good"
    DAMAGED = "damaged"
    PAGES_MISSING = "pages_missing"


CONDITION_ORDER = (Condition.GOOD, Condition.PAGES_MISSING, Condition.DAMAGED)
"""From good to bad: of papers that came in several times the worst is said."""


class PaperState(StrEnum):
    """What became of the papers of a leg."""

    NONE = "none"
    """No paper was listed."""
    AWAITED = "awaited"
    PART = "part"
    """Some came, the rest is awaited."""
    WHOLE = "whole"
    MISSING = "missing"
    """What did not come is not expected any more."""
    KEPT = "kept"
    """Taken back before anything came."""

    @property
    def is_awaited(self) -> bool:
        return self in (PaperState.AWAITED, PaperState.PART)


@dataclass(frozen=True, slots=True)
class Document:
    """A line of a manifest: a material of the item by its code, or (code `x1`, `x2`, …) another paper by its name."""

    code: str
    original: int = 0
    copies: int = 0
    condition: Condition = Condition.GOOD
    name: str = ""
    is_paper: bool = True

    @property
    def count(self) -> int:
        return self.original + self.copies


@dataclass(frozen=True, slots=True)
class Arrival:
    """Papers of a leg that came in: at which window, which of them; `is_last`: the rest is not expected any more."""

    at: datetime
    window_id: int
    documents: tuple[Document, ...]
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A listed paper beside what came of it; `came_in` is None as long as nothing did."""

    sent: Document
    original: int
    copies: int
    came_in: Condition | None

    @property
    def came(self) -> Document | None:
        """What came of it, in what condition."""
        return None if self.came_in is None else Document(self.sent.code, self.original, self.copies, self.came_in, self.sent.name)

    @property
    def is_whole(self) -> bool:
        return self.original >= self.sent.original and self.copies >= self.sent.copies

    @property
    def left(self) -> Document:
        """What is still to come of it."""
        original, copies = max(0, self.sent.original - self.original), max(0, self.sent.copies - self.copies)
        return Document(self.sent.code, original, copies, self.sent.condition, self.sent.name)


@dataclass(frozen=True, slots=True)
class Papers:
    """The papers of a leg: each line, and what became of them. `go_back`: the leg was returned, they are on their way to the sender."""

    state: PaperState
    lines: tuple[PaperLine, ...]
    go_back: bool = False
    arrivals: tuple[Arrival, ...] = ()

    @property
    def missing(self) -> tuple[PaperLine, ...]:
        return tuple(line for line in self.lines if not line.is_whole)


def _number(value: object) -> int:
    return min(value, MOST_COPIES) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def documents_of(entries: object) -> tuple[Document, ...]:
    """The papers that an event's payload lists. Lines that name no condition are of before papers were followed: they are not."""
    found = []
    for entry in entries if isinstance(entries, (list, tuple)) else ():
        if isinstance(entry, Mapping) and entry.get("condition") in set(Condition):
            condition, is_paper = Condition(str(entry["condition"])), entry.get("paper", True) is True
            counts = _number(entry.get("original")), _number(entry.get("copies"))
            found.append(Document(str(entry.get("code", "")), *counts, condition, str(entry.get("name") or ""), is_paper))
    return tuple(found)


def entry_of(document: Document) -> dict[str, Any]:
    """A line as an event keeps it."""
    named = {"name": document.name} if document.name else {}
    return {
        "code": document.code, "original": document.original, "copies": document.copies, "condition": document.condition.value,
        "paper": document.is_paper, **named,
    }  # fmt: skip


def papers_of(
    manifest: object, arrivals: Sequence[Arrival], *, sent_at: datetime, returned_at: datetime | None, recalled_at: datetime | None
) -> Papers:
    """What became of the papers of a leg. Of one that was returned they are awaited back at the sender (C-6)."""
    listed = tuple(document for document in documents_of(manifest) if document.is_paper and document.count)
    since = returned_at or sent_at
    counted = tuple(each for each in arrivals if each.at >= since and (returned_at is None or each.at > since))
    came: dict[str, tuple[int, int, Condition]] = {}
    for arrival in counted:
        for document in arrival.documents:
            before = came.get(document.code, (0, 0, document.condition))
            worst = max(before[2], document.condition, key=CONDITION_ORDER.index)
            came[document.code] = (before[0] + document.original, before[1] + document.copies, worst)
    lines = tuple(
        PaperLine(document, *came.get(document.code, (0, 0, None))) for document in listed
    )
    go_back = returned_at is not None
    if not listed:
        return Papers(PaperState.NONE, ())
    if all(line.is_whole for line in lines):
        state = PaperState.WHOLE
    elif any(arrival.is_last for arrival in counted):
        state = PaperState.MISSING
    elif recalled_at is not None:
        state = PaperState.MISSING if came else PaperState.KEPT
    else:
        state = PaperState.PART if came else PaperState.AWAITED
    return Papers(state, lines, go_back, counted)


def may_list(documents: Iterable[Document]) -> Decision:
    """May these papers be listed? Each paper with a count, at most so many beside the materials (C-6)."""
    listed = tuple(documents)
    empty = next((document for document in listed if document.is_paper and not document.count), None)
    if empty is not None:
        return Decision.no(Reason.PAPER_WITHOUT_COUNT, rule="C-6")
    others = [document for document in listed if document.code.startswith("x")]
    if len(others) > MOST_OTHER:
        return Decision.no(Reason.TOO_MANY_PAPERS, rule="C-6", most=MOST_OTHER)
    return Decision.yes()


def may_receive_papers(papers: Papers | None, came: Sequence[Document], *, is_last: bool) -> Decision:
    """May these papers be received? Only what is still awaited, no more than was listed, and something, or that nothing more comes (C-6)."""
    if papers is None or not papers.state.is_awaited:
        return Decision.no(Reason.PAPERS_NOT_AWAITED, rule="C-6")
    if not came and not is_last:
        return Decision.no(Reason.PAPERS_NAME_NOTHING, rule="C-6")
    left = {line.sent.code: line.left for line in papers.lines}
    for document in came:
        open_of = left.get(document.code)
        if open_of is None or not document.count or document.original > open_of.original or document.copies > open_of.copies:
            return Decision.no(Reason.PAPERS_BEYOND_LIST, rule="C-6")
    return Decision.yes()
