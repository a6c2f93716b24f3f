"""Whose seal, and never without a logged use (G-7, G-12)."""

from __future__ import annotations

import pytest

from portal.rules.clauses import Level, Mandate, Power
from portal.rules.decision import Reason
from portal.rules.seals import Seal, SealUse, may_issue, seal_for
from tests.rules.authority_model import BUREAU, MR, clause, item, window


@pytest.mark.parametrize(
    ("made", "forwarded", "use"),
    [
        (clause(window(), Power.CERTIFY), False, SealUse(Seal.WINDOW, MR)),
        (clause(window(), Power.CERTIFY), True, SealUse(Seal.BODY, MR)),
        (clause(window(Level.TOWN), Power.CERTIFY), False, SealUse(Seal.WINDOW, MR)),  # entrusted: in the principal's name
        (clause(window(), Power.CERTIFY, body_id=BUREAU, mandate=Mandate.CONCENTRATED), False, SealUse(Seal.WINDOW, BUREAU)),
        (clause(window(Level.VILLAGE), Power.DELIVER), False, None),
    ],
)
def test_the_seal_follows_from_where_it_is_decided_and_the_body_from_the_mandate(made: object, forwarded: bool, use: SealUse | None) -> None:
    assert seal_for(made, item(is_forwarded=forwarded)) == use  # type: ignore[arg-type]


@pytest.mark.parametrize("logged", [None, {}, {"seal": "window"}, {"seal_body": "MR"}, {"seal": "stamp", "seal_body": "MR"}, {"seal": "body", "seal_body": ""}])
def test_a_paper_without_a_logged_use_is_not_issued(logged: dict[str, object] | None) -> None:
    answer = may_issue(logged)
    assert not answer and (answer.rule, answer.reason) == ("G-7", Reason.SEAL_NOT_LOGGED)
    assert may_issue({"seal": "window", "seal_body": "MR", "number": "S-03-2026-00001"})
