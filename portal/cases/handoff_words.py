"""The words of handoffs: papers, what became of them, what happens after a return. Nothing here asks a query or a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.cases.forms import CONDITIONS
from portal.i18n import _, _lp, _p
from portal.rules.handoffs import AfterReturn, TransferKind
from portal.rules.manifests import Condition, Document, PaperState
from portal.web.filters import typed

STATES: dict[PaperState, Any] = {
    PaperState.NONE: _lp("papers", "No papers"),
    PaperState.AWAITED: _lp("papers", "Awaited"),
    PaperState.PART: _lp("papers", "Part of them came"),
    PaperState.WHOLE: _lp("papers", "All came"),
    PaperState.MISSING: _lp("papers", "Something is missing"),
    PaperState.KEPT: _lp("papers", "Stayed with the sender"),
}
AFTER: dict[AfterReturn, Any] = {
    AfterReturn.SENDER_MENDS: _lp("next door", "The sender puts it right and sends it again"),
    AfterReturn.APPLICANT_BRINGS: _lp("next door", "The applicant brings something"),
    AfterReturn.OTHER_WINDOW: _lp("next door", "It goes to another window"),
}
KINDS: dict[TransferKind, Any] = {
    TransferKind.UP: _lp("transfer", "Upward"),
    TransferKind.DOWN: _lp("transfer", "Downward"),
    TransferKind.RECEIVE_FORWARD: _lp("transfer", "Received and forwarded"),
    TransferKind.TRANSFER: _lp("transfer", "Transferred"),
    TransferKind.ASSISTANCE: _lp("transfer", "Assistance"),
    TransferKind.OPINION: _lp("transfer", "Opinion"),
}


def name_of(document: Document, names: Mapping[str, str]) -> Any:
    """The name of a paper: that of the material in the page's language, or as it was typed."""
    return typed(document.name) if document.name else names.get(document.code, document.code)


def counted(document: Document) -> str:
    """How many, and in what condition where it is not good."""
    parts = []
    if document.original:
        parts.append(_("original %(n)s", n=document.original))
    if document.copies:
        parts.append(_("copies %(n)s", n=document.copies))
    if document.condition is not Condition.GOOD:
        parts.append(str(CONDITIONS[document.condition]))
    return _p("list", ", ").join(parts)


def counted_together(documents: tuple[Document, ...]) -> str:
    """How many papers there are in all: a cell of a list."""
    total = Document("", sum(each.original for each in documents), sum(each.copies for each in documents))
    return counted(total) or "—"


def papers_in_words(documents: tuple[Document, ...], names: Mapping[str, str]) -> list[Any]:
    """Each paper with its count: a line of the history."""
    return [name_of(each, names) + " " + counted(each) for each in documents if each.is_paper and each.count]
