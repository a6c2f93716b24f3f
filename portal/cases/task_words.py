"""What is said of tasks of supervision; nothing here knows whom a grant is for (C-18)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.i18n import _lp, _p
from portal.messages import Words
from portal.rules.supervision_tasks import TaskState
from portal.web.filters import day

STATES: dict[TaskState, Any] = {
    TaskState.UNSENT: _lp("supervision task", "not sent: nobody of the body has an account"),
    TaskState.SENT: _lp("supervision task", "to confirm"),
    TaskState.CONFIRMED: _lp("supervision task", "confirmed"),
}
TONES = {TaskState.UNSENT: "bad", TaskState.SENT: "warn", TaskState.CONFIRMED: "ok"}


def message(facts: Mapping[str, Any]) -> Words:
    """A task that waits, or that waits for too long."""
    until = day(date.fromisoformat(facts["until"]))
    late = _p("message", "Case %(number)s was granted and no one confirmed the supervision by %(day)s")
    new = _p("message", "Case %(number)s was granted: please confirm the supervision by %(day)s")
    said = (late if facts["what"] == "late" else new) % {"number": facts["number"], "day": until}
    return Words(said, (), f"/supervision-tasks/{facts['task']}")
