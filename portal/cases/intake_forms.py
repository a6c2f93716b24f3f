"""Forms of double intake: a finding by hand, a list, an answer, how it is closed (C-15)."""

from __future__ import annotations

from typing import Any

from wtforms import FileField, HiddenField
from wtforms.validators import StopValidation

from portal.i18n import _, _l, _lp
from portal.rules.double_intake import FindingState, Source
from portal.web.forms import ChoiceField, DayField, Form, LinesField, TextField

SOURCES: dict[Source, Any] = {
    Source.IMPORT: _lp("double intake", "A list of another system"),
    Source.CERTIFICATE: _lp("double intake", "A certificate without a case"),
    Source.COMPLAINT: _lp("double intake", "A complaint"),
    Source.OTHER: _lp("double intake", "Another source"),
}
STATES: dict[FindingState, Any] = {
    FindingState.OPEN: _lp("double intake", "To be answered"),
    FindingState.ANSWERED: _lp("double intake", "Answered"),
    FindingState.UPHELD: _lp("double intake", "Upheld"),
    FindingState.DISMISSED: _lp("double intake", "Dismissed"),
}


class FindingForm(Form):
    """A finding by hand. Item codes are looked up by the view."""

    body = ChoiceField(_lp("double intake", "Body that took it in"), choices=[])
    source = ChoiceField(
        _lp("double intake", "How it was found"), choices=[(one.value, SOURCES[one]) for one in Source if one is not Source.IMPORT]
    )
    number = TextField(_lp("double intake", "Number of the certificate or case"), length=80, render_kw={"autocomplete": "off"})
    item = TextField(_lp("double intake", "Code of the matter"), length=40, render_kw={"autocomplete": "off"})
    dated_on = DayField(_lp("double intake", "Dated on"), required=False)
    what = LinesField(_lp("double intake", "What was found"), required=True)


class ListForm(Form):
    """A list, and the seal of the trial that found nothing wrong with it."""

    file = FileField(_l("File (csv or xlsx)"), render_kw={"accept": ".csv,.xlsx"})
    seal = HiddenField()


class AnswerForm(Form):
    """What the body says."""

    said = LinesField(_lp("double intake", "The body's answer"), required=True)


class CloseForm(Form):
    """How the center closes it; the button says which."""

    step = HiddenField()
    said = LinesField(_lp("double intake", "Why it is closed so"), required=True)

    def validate_step(self, field: Any) -> None:
        if field.data not in {FindingState.UPHELD.value, FindingState.DISMISSED.value}:
            raise StopValidation(_("Please choose one from the list."))
