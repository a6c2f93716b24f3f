"""Who appoints a chief representative: a letter (任命书) of the body's head, apart from any instrument (G-6, G-15)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from portal.rules.authority import Office, OfficeHeld
from portal.rules.clauses import BodyId, PersonId
from portal.rules.decision import Basis, Decision, Reason, Sort


def may_appoint(
    offices: Iterable[OfficeHeld],
    *,
    body_id: BodyId,
    body_code: str,
    signer_id: PersonId,
    appointed_id: PersonId,
    from_on: date,
    until_on: date | None,
    today: date,
) -> Decision:
    """May this person sign the letter? The head of the body, for somebody else, from today or a later day on (G-6, G-15).

    A letter decides who may use reserved powers, so like a clause it is never backdated: no answer about the past changes (G-17).
    """
    office = next((held for held in offices if held.office is Office.HEAD_OF_AGENCY and held.body_id == body_id), None)
    if office is None:
        return Decision.no(Reason.NOT_HEAD_OF_AGENCY, rule="G-6", body=body_code)
    if signer_id == appointed_id:
        return Decision.no(Reason.OWN_WINDOW, rule="G-6", window=body_code)
    if from_on < today:
        return Decision.no(Reason.BACKDATED, rule="G-1", from_on=from_on, today=today)
    if until_on is not None and until_on < from_on:
        return Decision.no(Reason.PERIOD_REVERSED, rule="G-1", from_on=from_on, until_on=until_on)
    return Decision.yes(Basis(Sort.ACT_OF_OFFICE, office=office.id))
