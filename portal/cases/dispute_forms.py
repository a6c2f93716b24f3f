"""The forms of a dispute: the meeting and the ruling. The bodies that took part are boxes (`body-1`, …), read apart."""

from __future__ import annotations

from typing import Any

from wtforms.validators import StopValidation

from portal.i18n import _, _lp
from portal.rules.disputes import Scope
from portal.web.forms import ChoiceField, DayField, Form, LinesField


class MeetForm(Form):
    held_on = DayField(_lp("dispute", "Day of the meeting"))
    other = ChoiceField(_lp("dispute", "Another body that took part"), choices=[], validate_choice=False)
    minutes = LinesField(_lp("dispute", "What was said"), required=True, length=1000)


class RuleForm(Form):
    to = ChoiceField(_lp("dispute", "Where it belongs"), choices=[], validate_choice=False)
    scope = ChoiceField(
        _lp("dispute", "For which cases this is the way from today"),
        choices=[
            (Scope.LEVEL.value, _lp("dispute", "Of this matter, from every point of the holder's level")),
            (Scope.POINT.value, _lp("dispute", "Of this matter, from the holder's point alone")),
        ],
        default=Scope.LEVEL.value,
    )
    reason = LinesField(_lp("dispute", "Why"), required=True)

    @property
    def target(self) -> int:
        """The id of the chosen window, 0 where none was."""
        text = str(self.to.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def validate_to(self, field: Any) -> None:
        if not self.target:
            raise StopValidation(_("Please choose the window that gets the case."))
