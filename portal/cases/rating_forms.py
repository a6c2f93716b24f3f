"""The forms of rating, and the words of its levels."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField, RadioField
from wtforms.validators import StopValidation

from portal.i18n import _, _l, _lp
from portal.rules.rating import Satisfaction, Step
from portal.web.forms import Form, LinesField

LEVELS: dict[Satisfaction, Any] = {
    Satisfaction.VERY_SATISFIED: _lp("rating", "Very satisfied"),
    Satisfaction.SATISFIED: _lp("rating", "Satisfied"),
    Satisfaction.ROUGHLY_SATISFIED: _lp("rating", "Roughly satisfied"),
    Satisfaction.DISSATISFIED: _lp("rating", "Dissatisfied"),
    Satisfaction.VERY_DISSATISFIED: _lp("rating", "Very dissatisfied"),
}
STEPS: dict[Step, Any] = {
    Step.CALLED_BACK: _lp("rating", "Called back"),
    Step.SET_RIGHT: _lp("rating", "Set right"),
    Step.SET_ASIDE: _lp("rating", "Set aside"),
}


class RateForm(Form):
    """One of five levels, best first (the codes of GB/T 39046, 1 the best), and words if one likes."""

    satisfaction = RadioField(
        _l("How was it?"), choices=[(str(level.value), word) for level, word in LEVELS.items()], validate_choice=False
    )
    words = LinesField(_l("What should we know?"))

    @property
    def level(self) -> Satisfaction:
        return Satisfaction(int(self.satisfaction.data))

    def validate_satisfaction(self, field: Any) -> None:
        if field.data not in {str(level.value) for level in Satisfaction}:
            field.data = None
            raise StopValidation(_("Please choose one from the list."))


class AnswerForm(Form):
    """What the center did about a rating."""

    step = HiddenField()
    note = LinesField(_l("Note for the record"))

    def validate_step(self, field: Any) -> None:
        if field.data not in set(Step):
            raise StopValidation(_("Please choose one from the list."))
