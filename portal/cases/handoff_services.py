"""The way of the papers: what of a handoff came in, in whole or in part, apart from the file (C-6)."""

from __future__ import annotations

from collections.abc import Sequence

from portal.accounts.queries import SignedIn
from portal.cases.models import Case
from portal.cases.services import _open
from portal.clock import Clock
from portal.database import NotFound, Once
from portal.rules.authority import Act
from portal.rules.manifests import Document, entry_of, may_receive_papers


def receive_papers(
    number: str, leg: int, documents: Sequence[Document], *, is_last: bool = False, version: int, actor: SignedIn, clock: Clock,
    once: Once | None,
) -> Case:  # fmt: skip
    """Write down which papers of a handoff came, and in what condition; the case and its clocks stay where they are.

    `is_last`: what is still missing will not come. NotAllowed for what is not awaited or not on the list.
    """
    with _open(Act.RECEIVE_PAPER, number, version=version, actor=actor, clock=clock, once=once) as at:
        permission = at.view.may(Act.RECEIVE_PAPER).or_raise()
        found = next((each for each in at.now.legs if each.seq == leg), None)
        if found is None:
            raise NotFound(f"leg {leg}")
        may_receive_papers(found.papers, documents, is_last=is_last).or_raise()
        case = at.append(permission, {"leg": leg, "documents": [entry_of(each) for each in documents], "last": is_last})
        at.tx.result += "/legs"
        return case
