"""The forms of the course of a case. Texts go through the gate; what a rule must judge is left to the rule, and stands beside the form."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, Field
from wtforms.validators import StopValidation

from portal.cases.course_words import CAUSES, END_GROUNDS, URGENT_GROUNDS
from portal.i18n import _, _l, _lp
from portal.web.forms import KEPT, ChoiceField, DayField, Form, LinesField, TextField, clean, line_fault, readable


class PressForm(Form):
    """An act without words of its own."""


class ReasonForm(Form):
    reason = LinesField(_l("Reason"), required=True)


class RouteForm(Form):
    """Where an office sends a case (C-7)."""

    to = ChoiceField(_lp("route", "To window"), choices=[], validate_choice=False)
    reason = LinesField(_l("Reason"), required=True)

    @property
    def target(self) -> int:
        """The id of the chosen window, 0 where none was."""
        text = str(self.to.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def validate_to(self, field: Any) -> None:
        if not self.target:
            raise StopValidation(_("Please choose the window that gets the case."))


class WhyField(Field):
    """A line of words for each material (`why-1`, …), each through the gate. `words`, `faults`: material → its words, its fault; `data`: all lines."""

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read the lines that came in; what is kept of each is as much as of any other field."""
        sent = {name.removeprefix("why-"): clean(formdata[name]) for name in formdata or () if name.startswith("why-")}
        self.words = {code: text for code, text in sent.items() if code.isascii() and code.isdigit() and len(code) < 4}
        self.faults: dict[str, str] = {}
        self.process_errors: list[str] = []
        self.data = "\n".join(text for text in self.words.values() if text)

    def pre_validate(self, form: Any) -> None:
        """Judge each line; the errors of all stand in one list, as those of any other field."""
        self.faults = {code: fault for code, text in self.words.items() if (fault := line_fault(text, 300))}
        self.words = {code: readable(text[:KEPT]) for code, text in self.words.items()}
        if self.faults:
            raise StopValidation(next(iter(self.faults.values())))


class NoticeForm(Form):
    """What is missing, and why where it was handed in; the boxes are read apart (`miss-1`, …)."""

    why = WhyField(_lp("notice", "What is wrong with it"))


class SupplementForm(Form):
    """What came in; the boxes are read apart (`got-1`, …)."""


class TurnAwayForm(Form):
    why = ChoiceField(
        _lp("turn away", "What to tell"),
        choices=[("no_licence", _lp("turn away", "No licence is needed for this")), ("not_ours", _lp("turn away", "It is not ours to handle"))],
    )
    ground = LinesField(_lp("filing", "Why, in words"), required=True)
    whose = TextField(_lp("turn away", "Where to apply instead"), length=100)


class NotAcceptNowForm(Form):
    """On the spot; what was filed and passed is decided in the words of its filing."""

    ground = LinesField(_lp("filing", "Why, in words"))
    basis = TextField(_lp("filing", "Law and article"), length=200)


class FileForm(Form):
    ground = LinesField(_lp("filing", "Why, in words"), required=True)
    basis = TextField(_lp("filing", "Law and article"), required=True, length=200)


class FileRefusalForm(FileForm):
    point = ChoiceField(_lp("filing", "Which review point is not met"), choices=[], validate_choice=False)
    heard = BooleanField(_lp("filing", "Interested parties were heard, or there are none"))


class FileLateForm(Form):
    ground = LinesField(_lp("filing", "Why it cannot be finished in time"), required=True)


class StopForm(Form):
    cause = ChoiceField(_lp("stop", "Cause"), choices=list(CAUSES.items()))
    article = ChoiceField(_lp("stop", "Article of the item's own law"), choices=[], validate_choice=False)
    until = DayField(_lp("stop", "Told end: the clock stands until"))
    note = LinesField(_lp("stop", "What the applicant is told"), required=True)


class EndStopForm(Form):
    ended_on = DayField(_lp("stop", "Day on which the cause ended"))
    note = LinesField(_l("Note for the record"))


class UrgentForm(Form):
    ground = ChoiceField(_l("Ground"), choices=list(URGENT_GROUNDS.items()))
    note = LinesField(_lp("urgent", "In words"), required=True)


class ForwardForm(Form):
    to = TextField(_lp("forward", "To which body"), required=True, length=100)


class TerminateForm(Form):
    ground = ChoiceField(_l("Ground"), choices=list(END_GROUNDS.items()))
    note = LinesField(_lp("filing", "Why, in words"), required=True)


class CorrectForm(Form):
    """Which event and field, and what is right; the new value is read by the field's kind."""

    what = ChoiceField(_lp("correct", "What is wrong"), choices=[], validate_choice=False)
    day = DayField(_lp("correct", "Right day"), required=False)
    time = TextField(_lp("correct", "Right time, as 14:30"), length=5)
    days = ChoiceField(
        _lp("correct", "Right number of days"), choices=[("", "—"), *((str(number), str(number)) for number in (0, 5, 10, 15))], validate_choice=False
    )
    reason = LinesField(_l("Reason"), required=True)

    def value(self, name: str) -> Any:
        """The value for a field of this name, as it stands in the payload; None where it was not given."""
        if name == "days":
            return int(self.days.data) if str(self.days.data or "").isdecimal() else None
        if self.day.data is None:
            return None
        return (self.day.data, self.time.data or "") if name == "at" else self.day.data.isoformat()
