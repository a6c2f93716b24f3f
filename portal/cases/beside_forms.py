"""The forms of the people beside an applicant."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField
from wtforms.validators import StopValidation

from portal.accounts.numbers import check_phone
from portal.cases.forms import PHONE_FAULTS
from portal.i18n import _, _l, _lp
from portal.web.forms import ChoiceField, DayField, Form, LinesField, TextField


class WhoForm(Form):
    """Somebody by name, perhaps with number and phone; sealed like an applicant's."""

    name = TextField(_l("Name"), required=True, length=60, render_kw={"autocomplete": "off"})
    number = TextField(_l("Identity number or credit code"), length=40, render_kw={"autocomplete": "off"})
    phone = TextField(_l("Phone"), length=20, render_kw={"autocomplete": "off", "inputmode": "tel"})

    def validate_name(self, field: Any) -> None:
        if not any(char.isalpha() for char in field.data):
            raise StopValidation(_("Please give a name in letters."))

    def validate_phone(self, field: Any) -> None:
        if field.data:
            check = check_phone(field.data)
            if check.fault is not None:
                raise StopValidation(str(PHONE_FAULTS[check.fault]))
            field.data = check.number


class AgentForm(WhoForm):
    paper = TextField(_lp("beside", "Power of attorney: number or date of the paper"), required=True, length=100)
    scope = LinesField(_lp("beside", "For what the agent may act and sign"), required=True)
    until = DayField(_lp("beside", "Until"))


class EndAgentForm(Form):
    who = ChoiceField(_lp("beside", "Whose power ends"), choices=[], validate_choice=False)
    reason = LinesField(_l("Reason"), required=True)


class PartyForm(WhoForm):
    how = TextField(_lp("beside", "How it was told"), required=True, length=100)
    until = DayField(_lp("beside", "May say something until"))


class HeardForm(Form):
    who = ChoiceField(_lp("beside", "Who was heard"), choices=[], validate_choice=False)
    says = LinesField(_lp("beside", "What was said"))
    waives = BooleanField(_lp("beside", "Has nothing to say"))


class AskHearingForm(Form):
    by = ChoiceField(
        _lp("beside", "Who asks"),
        choices=[("applicant", _lp("beside", "The applicant")), ("party", _lp("beside", "An interested party"))],
        default="applicant",
    )
    asked_on = DayField(_lp("beside", "Asked on"))


class SetHearingForm(Form):
    on = DayField(_lp("beside", "Day of the hearing"))
    place = TextField(_lp("beside", "Place"), required=True, length=100)
    who = ChoiceField(_lp("beside", "Who chairs it"), choices=[], validate_choice=False)


class HeldForm(Form):
    minutes = LinesField(_lp("beside", "Minutes, as signed"), required=True)


class SiteForm(Form):
    on = DayField(_lp("beside", "Day of the check"))
    place = TextField(_lp("beside", "Place"), required=True, length=100)
    who = ChoiceField(_lp("beside", "First officer"), choices=[], validate_choice=False)
    other = ChoiceField(_lp("beside", "Second officer"), choices=[], validate_choice=False)
    finding = LinesField(_lp("beside", "What was found, as signed"), required=True)
