"""Notice and commitment: when it is open, and what follows if the promise is not kept (C-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.rules.decision import Decision, Reason

CHECK_DAYS = 60
"""County data: so many calendar days after the result it is checked."""

CLOSED_THEMES = frozenset({"health", "safety", "environment", "finance", "security"})
"""Not for safety, environment, health, finance and security (C-11)."""


class CheckStep(StrEnum):
    """The steps of a check, in the order in which they can be taken."""

    MET = "met"
    FOUND = "found"
    """Not met: put right by a day."""
    CORRECTED = "corrected"
    NOT_CORRECTED = "not_corrected"
    HEARD = "heard"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """Where a check stands."""

    found_on: date | None = None
    correct_by: date | None = None
    not_corrected: bool = False
    heard: bool = False
    closed: bool = False


def may_commit(takes_commitment: bool, theme: str, has_broken_promise: bool) -> Decision:
    """May it be done by commitment? By the item, not in the closed fields, nor after a broken promise (C-11)."""
    if not takes_commitment or theme in CLOSED_THEMES:
        return Decision.no(Reason.NO_COMMITMENT, rule="C-11")
    return Decision.no(Reason.BROKE_A_COMMITMENT, rule="C-11") if has_broken_promise else Decision.yes()


def may_take(step: CheckStep, facts: CheckFacts, words: str, correct_by: date | None, today: date) -> Decision:
    """May this step follow? Found, then time to put it right, then hearing the person, then revoking: never earlier (C-11)."""
    if facts.closed:
        return Decision.no(Reason.CHECK_STEP_NOT_NOW, rule="C-11")
    if not words.strip():
        return Decision.no(Reason.ENDING_NEEDS_GROUND, rule="C-11")
    follows = {
        CheckStep.MET: facts.found_on is None,
        CheckStep.FOUND: facts.found_on is None,
        CheckStep.CORRECTED: facts.found_on is not None and not facts.not_corrected,
        CheckStep.NOT_CORRECTED: facts.correct_by is not None and facts.correct_by < today and not facts.not_corrected,
        CheckStep.HEARD: facts.not_corrected and not facts.heard,
        CheckStep.REVOKED: facts.not_corrected and facts.heard,
    }[step]
    if not follows:
        return Decision.no(Reason.CHECK_STEP_NOT_NOW, rule="C-11")
    if step is CheckStep.FOUND and (correct_by is None or correct_by <= today):
        return Decision.no(Reason.CORRECT_BY_TO_COME, rule="C-11")
    return Decision.yes()


def next_steps(facts: CheckFacts, today: date) -> tuple[CheckStep, ...]:
    """What can follow now."""
    probe = date.max
    return tuple(step for step in CheckStep if may_take(step, facts, "x", probe, today))
