"""Whose seal a paper of a case bears, and that its use is logged (G-7, G-12).

The window's seal (窗口审批专用章) has the effect of the department's for what is decided in the county; what law forwards up carries the
department's own. The body that the seal names follows from the mandate of the clause under which it is used: an entrustment is used in the
principal's name, everything else in the name of the body that gave the power. A paper bears a seal only by a logged use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.rules.clauses import BodyId, ClauseTerms, ItemTerms, Mandate
from portal.rules.decision import Decision, Reason


class Seal(StrEnum):
    """The two seals that a paper of a case can bear (G-7)."""

    WINDOW = "window"
    """The window's own, with the effect of the department's."""
    BODY = "body"
    """The department's."""


@dataclass(frozen=True, slots=True)
class SealUse:
    """One use of a seal: which one, and the body in whose name the paper speaks. Logged in the event that makes the paper."""

    seal: Seal
    body_id: BodyId


def seal_for(clause: ClauseTerms, item: ItemTerms) -> SealUse | None:
    """The seal that a paper made under this clause bears; None for receive-and-forward, which speaks in nobody's name (G-7, G-12)."""
    if clause.mandate is Mandate.RECEIVE_FORWARD:
        return None
    return SealUse(Seal.BODY if item.is_forwarded else Seal.WINDOW, clause.body_id)


def may_issue(logged: Mapping[str, object] | None) -> Decision:
    """May a sealed paper be issued? Only where the event that made it logs the use of a seal, and for which body (G-7)."""
    seal = None if logged is None else logged.get("seal")
    if logged is None or seal not in list(Seal) or not logged.get("seal_body"):
        return Decision.no(Reason.SEAL_NOT_LOGGED, rule="G-7")
    return Decision.yes()
