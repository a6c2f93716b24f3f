"""The words of joint approval: where the whole stands, what happened, what the messages say. Nothing here knows whom it is about (C-18)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import current_app

from portal.cases.pages import spaced
from portal.i18n import _lp, _p
from portal.messages import Words
from portal.rules.joint import Kind, Result, Stands, Step, WhyNot
from portal.web.filters import day

STANDS: dict[Stands, Any] = {
    Stands.RUNNING: _lp("joint", "Under way"),
    Stands.HALTED: _lp("joint", "A branch was refused"),
    Stands.READY: _lp("joint", "Every branch has its result"),
    Stands.ENDED: _lp("joint", "Ended"),
}
TONES = {Stands.RUNNING: "", Stands.HALTED: "bad", Stands.READY: "ok", Stands.ENDED: "off"}
RESULTS: dict[Result, Any] = {
    Result.GRANTED: _lp("joint", "Granted"),
    Result.REFUSED: _lp("joint", "Refused"),
    Result.ENDED: _lp("joint", "Ended without a decision"),
}
OUTCOMES: dict[str, Any] = {
    "granted": _lp("joint", "All branches are granted. It is done."),
    "partly": _lp("joint", "One part was refused; the others are granted and stand alone."),
    "refused": _lp("joint", "It was not granted; see the decision for the reason and your remedies."),
}
KINDS: dict[Kind, Any] = {
    Kind.OPENED: _lp("joint", "Taken in and copied to all concerned"),
    Kind.ASKED: _lp("joint", "Said what is missing"),
    Kind.NOTIFIED: _lp("joint", "One notice of what is missing went out"),
    Kind.SITE_SET: _lp("joint", "Joint site visit called"),
    Kind.SITE_HELD: _lp("joint", "Joint site visit held"),
    Kind.URGED: _lp("joint", "Silent branch urged"),
    Kind.ESCALATED: _lp("joint", "Silent branch escalated"),
    Kind.STANDS_ALONE: _lp("joint", "The other branches stand alone"),
    Kind.ENDED: _lp("joint", "Result handed over"),
}
STEPS: dict[Step, Any] = {
    Step.URGE: _lp("joint", "its window was told"),
    Step.CHIEF: _lp("joint", "the chief representative was told"),
    Step.ABOVE: _lp("joint", "the head of the body and the center were told"),
}
WHY_NOT: dict[WhyNot, Any] = {
    WhyNot.NO_PACKAGE: _lp("joint", "There is no package for these items."),
    WhyNot.LATER: _lp("joint", "The next matter came on another day; nobody asked at the first."),
    WhyNot.NOT_OFFERED: _lp("joint", "They came in on one day, and the package was not used."),
}


def joint_staff(facts: Mapping[str, Any]) -> Words:
    """A branch is silent (C-10)."""
    subject = {
        Step.URGE: _p("message", "Branch %(number)s of %(joint)s waits for your window"),
        Step.CHIEF: _p("message", "Branch %(number)s of %(joint)s is silent; please see to it"),
        Step.ABOVE: _p("message", "Branch %(number)s of %(joint)s is still silent"),
    }[Step(facts["step"])]
    line = _p("message", "All of it is due by %(day)s.") % {"day": day(date.fromisoformat(facts["due"]))}
    return Words(subject % {"number": facts["number"], "joint": facts["joint"]}, (line,), f"/joint/{facts['joint']}")


def joint_applicant(facts: Mapping[str, Any]) -> Words:
    """What the applicant is told of the whole: a code, what happened, a day."""
    said = {
        "opened": _p("message", "received by all departments; due by %(until)s"),
        "notified": _p("message", "materials are missing; please bring them by %(until)s"),
        "ended": _p("message", "the results are there; the matter is closed"),
    }[facts["event"]] % {"until": day(date.fromisoformat(facts["until"]), year=True) if facts.get("until") else ""}
    subject = _p("message", "Your case %(code)s: %(said)s.") % {"code": spaced(facts["code"]), "said": said}
    return Words(subject, (_p("message", "Progress: %(address)s") % {"address": current_app.config["PUBLIC_URL"] + "/track"},))
