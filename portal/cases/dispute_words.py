"""What is said of disputes: no name of a person stands in any of it (C-18)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.i18n import _lp
from portal.messages import Words
from portal.rules.disputes import DisputeState, Ground
from portal.web.filters import day

GROUNDS: dict[Ground, Any] = {
    Ground.SECOND_RETURN: _lp("dispute", "sent back a second time"),
    Ground.TO_RETURNER: _lp("dispute", "sent back to a body that had sent it back itself"),
}
STATES: dict[DisputeState, Any] = {
    DisputeState.OPEN: _lp("dispute", "to meet"),
    DisputeState.MET: _lp("dispute", "to rule"),
    DisputeState.RULED: _lp("dispute", "ruled"),
    DisputeState.MOOT: _lp("dispute", "case ended otherwise"),
}
TONES = {DisputeState.OPEN: "warn", DisputeState.MET: "warn", DisputeState.RULED: "ok", DisputeState.MOOT: "off"}
LATE: dict[str, Any] = {"meet": _lp("dispute", "meeting late"), "rule": _lp("dispute", "ruling late")}
MESSAGES: dict[str, Any] = {
    "opened": _lp("message", "Case %(number)s is in dispute between bodies; they meet by %(day)s"),
    "meet": _lp("message", "The bodies have not met about case %(number)s; they should have by %(day)s"),
    "rule": _lp("message", "There is no ruling on case %(number)s; there should be one by %(day)s"),
    "ruled": _lp("message", "There is a ruling on where case %(number)s goes"),
}


def message(facts: Mapping[str, Any]) -> Words:
    """A dispute that concerns somebody: the window is led to its case, everybody else to the dispute."""
    said = str(MESSAGES[facts["what"]]) % {"number": facts["case"], "day": day(date.fromisoformat(facts["until"]))}
    return Words(said, (), f"/cases/{facts['case']}" if facts["at_window"] else f"/disputes/{facts['dispute']}")
