"""The words of each Reason: one text a reason, placeholders filled from the Decision's facts."""

from __future__ import annotations

from typing import Any

from portal.i18n import _lp
from portal.rules.decision import Decision, Reason

TEXTS: dict[Reason, Any] = {
    Reason.NOT_YOURS: _lp("reason", "This is not yours to do."),
    Reason.NOT_BUILT: _lp("reason", "This is not built yet."),
    Reason.MATERIALS_MISSING: _lp("reason", "These materials have not been handed in yet: %(materials)s."),
    # inspections: quiet production days
    Reason.DAY_IS_OVER: _lp("reason", "This day is over: %(day)s. Only a day to come can be planned."),
    Reason.DAY_IS_QUIET: _lp("reason", "%(day)s is a quiet production day: no inspections."),
    Reason.DAY_IS_ADDED_QUIET: _lp("reason", "%(day)s was made a quiet day by %(instrument)s."),
    Reason.DAY_IS_OFF: _lp("reason", "%(day)s is a day off, and it is not established that the enterprise works then."),
    Reason.EXEMPTION_UNKNOWN: _lp("reason", "This exemption is not on the county's list, or is switched off."),
    Reason.EXEMPTION_NOT_FOR_KIND: _lp(
        "reason", "This exemption does not cover a visit of this kind: routine safety inspections go on open days."
    ),
    Reason.BASIS_MISSING: _lp("reason", "An exemption needs its basis in writing."),
    Reason.ARTICLE_MISSING: _lp("reason", "An inspection that a law orders needs the article."),
    Reason.CAP_REACHED: _lp(
        "reason", "This body has already made or planned its %(cap)s routine inspection(s) of this enterprise in %(year)s."
    ),
    Reason.LINE_REPEATED: _lp("reason", "Another body of the same line inspects this enterprise in %(year)s, on %(visited)s."),
    Reason.ABOVE_THE_CAP: _lp(
        "reason", "This is inspection no. %(number)s by this body in %(year)s; the cap for routine ones is %(cap)s."
    ),
    Reason.ABOVE_THE_CAP_BY_LAW: _lp("reason", "Inspection no. %(number)s in %(year)s, above the cap because a law orders it: %(basis)s."),
    # cases: what may follow, and handoffs
    Reason.NO_CASE_YET: _lp("reason", "There is no case yet: it begins when the papers are collected or received."),
    Reason.CASE_EXISTS: _lp("reason", "This case exists already; it is not collected a second time."),
    Reason.CASE_CLOSED: _lp("reason", "The case is closed."),
    Reason.STATE_DOES_NOT_ALLOW: _lp("reason", "The case is not at this step now."),
    Reason.NOT_THE_HOLDER: _lp("reason", "Another window holds this case."),
    Reason.UNDER_WAY: _lp("reason", "The case is under way to another window. Until it is received there you can only recall it."),
    Reason.NOT_UNDER_WAY: _lp("reason", "The case is not under way: there is nothing to receive, return or recall."),
    Reason.NOT_ADDRESSED: _lp("reason", "The case was sent to another window; only that window receives or returns it."),
    Reason.RECEIVE_FIRST: _lp("reason", "The case is under way to you: receive or return it first."),
    Reason.FILING_COMES_FIRST: _lp("reason", "Refusing and not accepting must be filed first, and filing is not built yet."),
    Reason.HANDOFF_TO_ITSELF: _lp("reason", "The case is at this window already."),
    Reason.TARGET_HOLDS_NO_POWER: _lp("reason", "That window holds no power for this item, so the case cannot go there."),
    Reason.OTHER_ROUTE_NEEDS_REASON: _lp("reason", "This is not the proposed window: say why the case goes there."),
    Reason.RETURN_NEEDS_REASON: _lp("reason", "Say why the case is returned."),
    Reason.RETURN_NAMES_NOBODY: _lp("reason", "A return as “not ours” must say whose it is."),
    Reason.NOT_CORRECTABLE: _lp("reason", "This cannot be corrected."),
    Reason.DATE_NEEDS_OFFICE: _lp("reason", "Only a supervisor can correct a date that moves a limit."),
    Reason.DATE_OUT_OF_ORDER: _lp(
        "reason", "The corrected date does not fit: it is no date, lies in the future, or breaks the order of the steps."
    ),
}


class _Facts(dict[str, object]):
    """A fact that a Decision does not carry shows as nothing, never as an error page."""

    def __missing__(self, key: str) -> str:
        return ""


def words(decision: Decision) -> str:
    """Why not, in one sentence, in the language of the page."""
    if decision.reason is None:
        return ""
    return str(TEXTS[decision.reason]) % _Facts(decision.facts)
