"""Forms of notices: asking for a fee, taking a notice back, deciding on a waiver, entering what an intermediary took."""

from __future__ import annotations

from portal.fees.forms import YuanField
from portal.i18n import _lp
from portal.web.forms import ChoiceField, DayField, Form, LinesField, NumberField, TextField


class AskForm(Form):
    """A fee asked for; fees and grounds to choose from are set by the view."""

    fee = ChoiceField(_lp("fee", "Fee"), choices=[], validate_choice=False)
    quantity = NumberField(_lp("fee", "How many"), low=1, high=10000)
    unit_yuan = YuanField(_lp("fee", "Yuan for one, within the published range"), required=False)
    why = TextField(_lp("fee", "Why more than the lower standard"), length=300)
    ground = ChoiceField(_lp("fee", "Waiver or reduction"), choices=[], validate_choice=False)


class WithdrawForm(Form):
    """A notice that is taken back."""

    reason = LinesField(_lp("fee", "Why"), required=True, length=300, render_kw={"rows": 2})


class DecideForm(Form):
    """A waiver that is approved or refused."""

    outcome = ChoiceField(_lp("fee", "Decision"), choices=[("approved", _lp("fee", "Approve it")), ("refused", _lp("fee", "Refuse it"))])
    reason = LinesField(_lp("fee", "Why"), length=300, render_kw={"rows": 2})


class IntermediaryForm(Form):
    """What an intermediary took of an enterprise."""

    charged_fee = ChoiceField(_lp("fee", "Fee of the intermediary"), choices=[], validate_choice=False)
    intermediary = TextField(_lp("fee", "Name of the intermediary"), required=True, length=200)
    number = NumberField(_lp("fee", "How many"), low=1, high=10000)
    charged = YuanField(_lp("fee", "What it took, in yuan"))
    charged_on = DayField(_lp("fee", "On which day"))
