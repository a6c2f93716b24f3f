"""The words of visits: results, how an order is checked, codes that follow, alarms."""

from __future__ import annotations

from typing import Any

from portal.i18n import _lp
from portal.rules.inspection_plans import Outcome
from portal.rules.inspection_visits import CodeState, HowChecked

OUTCOMES: dict[str, Any] = {
    Outcome.NOTHING_FOUND: _lp("visit", "Nothing found"),
    Outcome.CORRECTION: _lp("visit", "A breach, to be corrected"),
    Outcome.PENALTY: _lp("visit", "A breach, put before the head for a penalty"),
    Outcome.CASE_FILED: _lp("visit", "A case was filed"),
    Outcome.TURNED_AWAY: _lp("visit", "Turned away at the door"),
}
OUTCOME_TONES: dict[str, str] = {
    Outcome.NOTHING_FOUND: "ok",
    Outcome.CORRECTION: "warn",
    Outcome.PENALTY: "bad",
    Outcome.CASE_FILED: "bad",
    Outcome.TURNED_AWAY: "bad",
}
HOW: dict[HowChecked, Any] = {
    HowChecked.PAPERS: _lp("visit", "By papers and photos that the enterprise sent"),
    HowChecked.RECHECK: _lp("visit", "By a recheck on site"),
}
CODES: dict[str, Any] = {
    CodeState.DUE: _lp("code", "follows within 24 hours"),
    CodeState.IN_TIME: _lp("code", "followed within 24 hours"),
    CodeState.LATE: _lp("code", "later than 24 hours"),
    CodeState.OVER: _lp("code", "later than 10 days"),
}
CODE_TONES: dict[str, str] = {CodeState.DUE: "warn", CodeState.IN_TIME: "ok", CodeState.LATE: "warn", CodeState.OVER: "bad"}
BOXES: dict[str, Any] = {
    "tell": _lp("visit", "Results to tell"),
    "late": _lp("visit", "Told late"),
    "orders": _lp("visit", "Orders to check"),
    "codes": _lp("visit", "Visits on paper"),
}
