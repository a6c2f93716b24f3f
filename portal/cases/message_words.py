"""What the messages about cases say, and about the codes of applying online. Nothing here knows whom a matter is about (C-18)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import current_app

from portal.accounts.sealed import cipher
from portal.cases.apply_queries import CODE_CONTEXT
from portal.cases.pages import spaced
from portal.i18n import _lp, _p
from portal.messages import Words
from portal.rules.clocks import Warn
from portal.rules.leg_clock import Notice
from portal.rules.lifecycle import EventKind, Outcome
from portal.rules.unfinished import MatterState
from portal.web.filters import day

COUNTS: dict[Warn, Any] = {
    Warn.OVERDUE: _lp("message", "%(count)s overdue"),
    Warn.RED: _lp("message", "%(count)s due today or on the next working day"),
    Warn.YELLOW: _lp("message", "%(count)s due soon"),
}
LINES: dict[Warn, Any] = {
    Warn.OVERDUE: _lp("message", "%(number)s: overdue, was due on %(day)s"),
    Warn.RED: _lp("message", "%(number)s: due now, by %(day)s"),
    Warn.YELLOW: _lp("message", "%(number)s: due soon, by %(day)s"),
}
STAFF: dict[str, Any] = {
    EventKind.HANDED_OFF: _lp("message", "Case %(number)s was sent to your window"),
    EventKind.LEG_RETURNED: _lp("message", "Case %(number)s was sent back to your window"),
    EventKind.SUPPLEMENTED: _lp("message", "The applicant sent what was missing in case %(number)s"),
    EventKind.FILED: _lp("message", "A filing on case %(number)s waits for you"),
    EventKind.FILING_RETURNED: _lp("message", "The filing on case %(number)s was sent back"),
}
APPLICANT: dict[str, Any] = {
    EventKind.RECEIVED: _lp("message", "received"),
    EventKind.NOTICED: _lp("message", "materials are missing; please bring them by %(until)s"),
    EventKind.ACCEPTED: _lp("message", "accepted"),
    EventKind.TURNED_AWAY: _lp("message", "not handled here; see the notice for where to go"),
    EventKind.NOT_ACCEPTED: _lp("message", "not accepted; see the decision for the reason and your remedies"),
    EventKind.STOPPED: _lp("message", "the limit stands until %(until)s"),
    EventKind.EXTENDED: _lp("message", "the limit is extended to %(until)s"),
    EventKind.DELIVERED: _lp("message", "the result is delivered; the case is closed"),
    EventKind.FINISHED: _lp("message", "done; the case is closed"),
    EventKind.LAPSED: _lp("message", "closed, because what was missing did not come in time"),
    EventKind.WITHDRAWN: _lp("message", "withdrawn as you asked; the case is closed"),
    EventKind.TERMINATED: _lp("message", "terminated; see the paper for the reason"),
    EventKind.FORWARDED: _lp("message", "sent on to the superior body, which decides"),
    EventKind.VOIDED: _lp("message", "declared void; please ask at the window"),
    EventKind.FILING_PASSED: _lp("message", "cannot be finished in the promised time; we are sorry"),
}
DECIDED: dict[str, Any] = {
    Outcome.GRANTED: _lp("message", "granted; the result is being made"),
    Outcome.REFUSED: _lp("message", "refused; see the decision for the reason and your remedies"),
}


def warnings(facts: Mapping[str, Any]) -> Words:
    """The digest of a day (C-5)."""
    counts = [str(COUNTS[warn]) % {"count": facts["counts"][warn]} for warn in COUNTS if facts["counts"].get(warn)]
    lines = [
        str(LINES[Warn(warn)]) % {"number": number, "day": day(date.fromisoformat(due))} for number, warn, due in facts["cases"]
    ]  # fmt: skip
    more = sum(facts["counts"].values()) - len(lines)
    if more > 0:
        lines.append(_p("message", "and %(count)s more") % {"count": more})
    subject = _p("message", "Cases on %(day)s: %(counts)s") % {
        "day": day(date.fromisoformat(facts["on"])),
        "counts": _p("list", ", ").join(counts),
    }
    return Words(subject, tuple(lines), "/work")


def case_staff(facts: Mapping[str, Any]) -> Words:
    """A case that concerns somebody at work."""
    return Words(str(STAFF[facts["event"]]) % {"number": facts["number"]}, (), f"/cases/{facts['number']}")


def case_applicant(facts: Mapping[str, Any]) -> Words:
    """A step that concerns the applicant."""
    words = str(DECIDED[facts["outcome"]] if facts["event"] == EventKind.DECIDED else APPLICANT[facts["event"]])
    until = facts.get("until")
    said = words % {"until": day(date.fromisoformat(until), year=True) if until else ""}
    subject = _p("message", "Your case %(code)s: %(said)s.") % {"code": spaced(facts["code"]), "said": said}
    return Words(subject, (_p("message", "Progress: %(address)s") % {"address": current_app.config["PUBLIC_URL"] + "/track"},))


LEGS: dict[str, Any] = {
    Notice.SENDER: _lp("message", "Case %(number)s, sent on %(day)s, has not been received yet"),
    Notice.RECEIVER: _lp("message", "Case %(number)s, sent to your window on %(day)s, waits to be received"),
    Notice.CHARGED: _lp("message", "Case %(number)s, sent on %(day)s, was not received in three working days: charged to the receiver"),
}


def leg(facts: Mapping[str, Any]) -> Words:
    """A handoff that nobody received (C-6)."""
    sent_on = day(date.fromisoformat(facts["sent_on"]))
    return Words(str(LEGS[facts["notice"]]) % {"number": facts["number"], "day": sent_on}, (), f"/cases/{facts['number']}")


ASKED: dict[str, Any] = {
    "asked": _lp("message", "Your window is asked about case %(number)s; answer by %(day)s"),
    "answered": _lp("message", "What you asked about case %(number)s was answered"),
}


def consultation(facts: Mapping[str, Any]) -> Words:
    """A question of another window, or its answer (C-21)."""
    words = str(ASKED[facts["what"]]) % {"number": facts["number"], "day": day(date.fromisoformat(facts["due_on"]))}
    return Words(words, (), f"/cases/{facts['number']}/consultations")


def batch(facts: Mapping[str, Any]) -> Words:
    """A list of cases that is on its way (C-6)."""
    subject = _p("message", "List %(number)s with %(cases)s cases was sent to your window") % facts
    return Words(subject, (), f"/batches/{facts['number']}")


def apply_code(facts: Mapping[str, Any]) -> Words:
    """The one-time code of applying online; it is opened here and nowhere kept in clear."""
    code = cipher().open(bytes.fromhex(facts["code_sealed"]), CODE_CONTEXT)
    said = _p("message", "Your code is %(code)s. It holds for %(minutes)s minutes. Give it to nobody.")
    return Words(said % {"code": code, "minutes": facts["minutes"]})


def licence(facts: Mapping[str, Any]) -> Words:
    """The reminder that a licence ends (C-25)."""
    text = str(_p("message", "Your licence %(number)s ends on %(until)s. To renew it, apply 30 days before.")) % {
        "number": facts["number"], "until": day(date.fromisoformat(facts["until"]), year=True),
    }  # fmt: skip
    return Words(text)


def inquiry(facts: Mapping[str, Any]) -> Words:
    """An inquiry that was handed to somebody (C-8)."""
    text = _p("message", "An inquiry was handed to you; please answer it by %(day)s") % {"day": day(date.fromisoformat(facts["due_on"]))}
    return Words(text, (), f"/inquiries/{facts['id']}")


UNFINISHED: dict[MatterState, Any] = {
    MatterState.ANSWERED: _lp("message", "answered"),
    MatterState.SETTLED: _lp("message", "settled"),
    MatterState.EXPLAINED: _lp("message", "closed; see why"),
}


def unfinished(facts: Mapping[str, Any]) -> Words:
    """What came of a matter that could not get done, to whoever opened it: a code and a word (V-11)."""
    subject = _p("message", "Your matter %(code)s: %(said)s.") % {"code": spaced(facts["code"]), "said": str(UNFINISHED[MatterState(facts["state"])])}
    return Words(subject, (_p("message", "Read it: %(address)s") % {"address": current_app.config["PUBLIC_URL"] + "/unfinished"},))


def unfinished_staff(facts: Mapping[str, Any]) -> Words:
    """A new matter, to the coordinator (V-11)."""
    text = _p("message", "Somebody could not get it done; please answer by %(day)s") % {"day": day(date.fromisoformat(facts["due_on"]))}
    return Words(text, (), f"/manage/unfinished/{facts['id']}")


def visit(facts: Mapping[str, Any]) -> Words:
    """The code of a visit and its half hour (N-7)."""
    text = _p("message", "Your visit is on %(day)s at %(time)s, code %(code)s.") % {
        "day": day(date.fromisoformat(facts["on"])), "time": facts["at"], "code": spaced(facts["code"]),
    }  # fmt: skip
    return Words(text, (_p("message", "To change or cancel: %(address)s") % {"address": f"{current_app.config['PUBLIC_URL']}/visits/{facts['code']}"},))


def inquiry_due(facts: Mapping[str, Any]) -> Words:
    """An inquiry that is due today or late (C-8)."""
    text = _p("message", "An inquiry waits for your answer, due on %(day)s") % {"day": day(date.fromisoformat(facts["due_on"]))}
    return Words(text, (), f"/inquiries/{facts['id']}")


def unfinished_due(facts: Mapping[str, Any]) -> Words:
    """A matter that is due today or late, to the coordinator (V-11)."""
    text = _p("message", "Somebody could not get it done and waits for you, due on %(day)s") % {"day": day(date.fromisoformat(facts["due_on"]))}
    return Words(text, (), f"/manage/unfinished/{facts['id']}")
