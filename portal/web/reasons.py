"""The words of each Reason: one text a reason, placeholders filled from the Decision's facts."""

from __future__ import annotations

from typing import Any

from portal.i18n import _lp
from portal.rules.decision import Decision, Reason

TEXTS: dict[Reason, Any] = {
    Reason.NOT_YOURS: _lp("reason", "This is not yours to do."),
    Reason.NOT_BUILT: _lp("reason", "This is not built yet."),
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
