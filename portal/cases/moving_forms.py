"""The forms of moving: a batch of cases, a closing, an emergency. The rows of a batch are read apart (`row-…`, `v-…`)."""

from __future__ import annotations

from portal.i18n import _l, _lp
from portal.rules.moving import EmergencyKind
from portal.web.forms import ChoiceField, DayField, Form, LinesField, TextField


class MoveForm(Form):
    to = ChoiceField(_lp("moving", "To window"), choices=[], validate_choice=False)
    reason = LinesField(_l("Reason"), required=True)


class BackForm(Form):
    reason = LinesField(_l("Reason"), required=True)


class CloseForm(Form):
    last_on = DayField(_lp("moving", "Day"))
    reason = LinesField(_l("Reason"), required=True)


class SuspendForm(Form):
    kind = ChoiceField(
        _lp("moving", "What happened"),
        choices=[
            (EmergencyKind.FLOOD.value, _lp("emergency", "flood or storm")),
            (EmergencyKind.POWER.value, _lp("emergency", "power cut")),
            (EmergencyKind.LINE.value, _lp("emergency", "the line is down")),
            (EmergencyKind.OTHER.value, _lp("emergency", "emergency")),
        ],
    )
    words = TextField(_lp("moving", "What the public is told beside that"), length=300)


class ResumeForm(Form):
    """It works again."""
