"""Forms of assistance and opinion."""

from __future__ import annotations

from typing import Any

from portal.i18n import _l, _lp
from portal.rules.consultations import Asked
from portal.web.forms import ChoiceField, DayField, Form, LinesField

KINDS: dict[Asked, Any] = {
    Asked.ASSISTANCE: _lp("consultation", "Assistance with something"),
    Asked.OPINION: _lp("consultation", "An opinion"),
}


class AskForm(Form):
    """What is asked of which window, by when."""

    kind = ChoiceField(_lp("consultation", "What is asked for"), choices=[(code.value, word) for code, word in KINDS.items()])
    window = ChoiceField(_lp("consultation", "Window that is asked"), choices=[("", "—")])
    question = LinesField(_lp("consultation", "Question"), required=True)
    due_on = DayField(_lp("consultation", "Answer by"))


class AnswerForm(Form):
    said = LinesField(_l("Answer"), required=True)
