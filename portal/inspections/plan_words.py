"""The words of plans: states, events, what is listed."""

from __future__ import annotations

from typing import Any

from portal.i18n import _lp
from portal.rules.inspection_plans import UNSEEN_BY_BODY, PlanEventKind, PlanState, RightBy

STATES: dict[str, Any] = {
    PlanState.DRAFT: _lp("plan", "Draft"),
    PlanState.SUBMITTED: _lp("plan", "Waits for the decision"),
    PlanState.APPROVED: _lp("plan", "Approved, not filed"),
    PlanState.REFUSED: _lp("plan", "Refused"),
    PlanState.FILED: _lp("plan", "Filed"),
    PlanState.CANCELLED: _lp("plan", "Cancelled"),
    PlanState.TURNED_AWAY: _lp("plan", "Turned away at the door"),
    PlanState.UNDER_WAY: _lp("plan", "Under way"),
    PlanState.VISITED: _lp("plan", "Visited"),
    PlanState.TOLD: _lp("plan", "Result told"),
}
TONES: dict[str, str] = {
    PlanState.DRAFT: "",
    PlanState.SUBMITTED: "warn",
    PlanState.APPROVED: "warn",
    PlanState.REFUSED: "bad",
    PlanState.FILED: "ok",
    PlanState.CANCELLED: "off",
    PlanState.TURNED_AWAY: "bad",
    PlanState.UNDER_WAY: "warn",
    PlanState.VISITED: "ok",
    PlanState.TOLD: "ok",
}
EVENTS: dict[str, Any] = {
    PlanEventKind.DRAFTED: _lp("plan event", "Drafted"),
    PlanEventKind.CHANGED: _lp("plan event", "Changed"),
    PlanEventKind.SUBMITTED: _lp("plan event", "Submitted for the decision"),
    PlanEventKind.APPROVED: _lp("plan event", "Approved"),
    PlanEventKind.REFUSED: _lp("plan event", "Refused"),
    PlanEventKind.FILED: _lp("plan event", "Filed"),
    PlanEventKind.CANCELLED: _lp("plan event", "Cancelled"),
    PlanEventKind.CODE_ISSUED: _lp("plan event", "Code of the notice issued"),
    PlanEventKind.CODE_SHOWN: _lp("plan event", "Code shown at the door"),
    PlanEventKind.ENTERED: _lp("plan event", "Entered"),
    PlanEventKind.LEFT: _lp("plan event", "Left"),
    PlanEventKind.RECORDED: _lp("plan event", "Findings recorded"),
    PlanEventKind.TOLD: _lp("plan event", "Result told to the enterprise"),
    PlanEventKind.REFUSED_AT_DOOR: _lp("plan event", "Turned away at the door"),
    PlanEventKind.REPORTED: _lp("plan event", "Reported by the enterprise"),
    PlanEventKind.EXPLAINED: _lp("plan event", "Explained"),
    PlanEventKind.RATED: _lp("plan event", "Rated by the enterprise"),
    PlanEventKind.ORDERED: _lp("plan event", "Correction ordered"),
    PlanEventKind.ORDER_CHECKED: _lp("plan event", "Correction checked"),
    PlanEventKind.PENALISED: _lp("plan event", "Penalty decided"),
}
HIDDEN_EVENTS = frozenset(kind.value for kind in UNSEEN_BY_BODY)
"""What nobody reads at a plan: the body not at all, the supervisor in sums (Q-6)."""
BOXES: dict[str, Any] = {
    "open": _lp("plan", "In preparation"),
    "filed": _lp("plan", "Filed and under way"),
    "over": _lp("plan", "Over"),
}
RIGHTS: dict[str, Any] = {
    RightBy.LAW: _lp("right to inspect", "By law"),
    RightBy.AUTHORISED: _lp("right to inspect", "Authorised by law or regulation"),
    RightBy.ENTRUSTED: _lp("right to inspect", "Entrusted"),
}
GRADES: dict[str, Any] = {
    "slight": _lp("breach", "Slight"),
    "ordinary": _lp("breach", "Ordinary"),
    "serious": _lp("breach", "Serious"),
}
LATE: dict[str, Any] = {
    "filed": _lp("plan", "filed later than 24 hours after the visit"),
    "approved": _lp("plan", "approved later than one working day after the return"),
}
