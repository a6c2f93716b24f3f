"""Papers that go with a case: what was listed, what came, what is missing (C-6)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from portal.rules.decision import Reason
from portal.rules.manifests import Arrival, Condition, Document, PaperState, documents_of, entry_of, may_list, may_receive_papers, papers_of
from portal.rules.moments import SHANGHAI

SENT = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
LISTED = (Document("1", 1, 2), Document("2", 1, 0, Condition.DAMAGED), Document("x1", 1, 0, name="租赁合同（示例）"), Document("3", is_paper=False))
MANIFEST = [entry_of(each) for each in LISTED]


def came(hours: int, *documents: Document, last: bool = False) -> Arrival:
    return Arrival(SENT + timedelta(hours=hours), 2, documents, last)


FIRST, REST = came(5, Document("1", 1, 1)), came(9, Document("1", 0, 1), Document("2", 1, 0), Document("x1", 1, 0))
RETURNED = SENT + timedelta(hours=20)


def test_a_list_is_kept_and_read_again_as_it_was() -> None:
    assert documents_of(MANIFEST) == LISTED
    assert documents_of([{"code": "1", "original": 1, "paper": True}]) == (), "of before papers were followed"
    assert documents_of([{"code": "1", "original": -1, "copies": True, "condition": "good"}, "?", None]) == (Document("1"),)
    assert documents_of({"code": "1"}) == ()


@pytest.mark.parametrize(
    ("arrivals", "ends", "state", "missing"),
    [
        ((), {}, PaperState.AWAITED, ("1", "2", "x1")),
        ((FIRST,), {}, PaperState.PART, ("1", "2", "x1")),
        ((FIRST, REST), {}, PaperState.WHOLE, ()),
        ((came(5, Document("1", 1, 2), last=True),), {}, PaperState.MISSING, ("2", "x1")),
        ((came(5, last=True),), {}, PaperState.MISSING, ("1", "2", "x1")),
        ((), {"recalled_at": RETURNED}, PaperState.KEPT, ("1", "2", "x1")),
        ((FIRST,), {"recalled_at": RETURNED}, PaperState.MISSING, ("1", "2", "x1")),
        ((FIRST, REST), {"recalled_at": RETURNED}, PaperState.WHOLE, ()),
        ((FIRST, REST), {"returned_at": RETURNED}, PaperState.AWAITED, ("1", "2", "x1")),  # now they come back
        ((FIRST, came(30, *LISTED[:3])), {"returned_at": RETURNED}, PaperState.WHOLE, ()),
    ],
)
def test_what_became_of_the_papers(arrivals: tuple[Arrival, ...], ends: dict[str, datetime], state: PaperState, missing: tuple[str, ...]) -> None:
    found = papers_of(MANIFEST, arrivals, sent_at=SENT, **{"returned_at": None, "recalled_at": None, **ends})
    assert (found.state, tuple(line.sent.code for line in found.missing)) == (state, missing)
    assert found.go_back is ("returned_at" in ends)


def test_no_papers_are_none_and_the_worst_condition_is_said() -> None:
    assert papers_of([entry_of(LISTED[3])], (), sent_at=SENT, returned_at=None, recalled_at=None).state is PaperState.NONE
    arrivals = (came(1, Document("1", 1, 0)), came(2, Document("1", 0, 2, Condition.PAGES_MISSING)))
    line = papers_of(MANIFEST, arrivals, sent_at=SENT, returned_at=None, recalled_at=None).lines[0]
    assert line.came == Document("1", 1, 2, Condition.PAGES_MISSING) and line.is_whole and line.left.count == 0


@pytest.mark.parametrize(
    ("documents", "is_last", "reason"),
    [
        ((Document("1", 0, 1),), False, None),
        ((Document("x1", 1, 0, Condition.DAMAGED),), True, None),
        ((), True, None),
        ((), False, Reason.PAPERS_NAME_NOTHING),
        ((Document("1", 1, 0),), False, Reason.PAPERS_BEYOND_LIST),  # the original has come already
        ((Document("1", 0, 2),), False, Reason.PAPERS_BEYOND_LIST),
        ((Document("9", 1, 0),), False, Reason.PAPERS_BEYOND_LIST),
        ((Document("1"),), False, Reason.PAPERS_BEYOND_LIST),
    ],
)
def test_only_what_is_awaited_comes_in(documents: tuple[Document, ...], is_last: bool, reason: Reason | None) -> None:
    papers = papers_of(MANIFEST, (FIRST,), sent_at=SENT, returned_at=None, recalled_at=None)
    answer = may_receive_papers(papers, documents, is_last=is_last)
    assert (answer.allowed, answer.reason, answer.rule) == (reason is None, reason, "C-6" if reason else None)


def test_nothing_comes_in_of_what_is_not_awaited() -> None:
    whole = papers_of(MANIFEST, (FIRST, REST), sent_at=SENT, returned_at=None, recalled_at=None)
    for papers in (None, whole):
        assert may_receive_papers(papers, (Document("1", 1, 0),), is_last=True).reason is Reason.PAPERS_NOT_AWAITED


def test_a_list_counts_its_papers() -> None:
    assert may_list(LISTED) and may_list(())
    assert may_list((Document("1"),)).reason is Reason.PAPER_WITHOUT_COUNT
    assert may_list([Document(f"x{n}", 1, name="示例") for n in range(11)]).reason is Reason.TOO_MANY_PAPERS
