"""Forms of the cashier: by what it was paid, what goes back, the count of the day. No form has a field for the amount of a notice."""

from __future__ import annotations

from portal.fees.forms import YuanField
from portal.fees.words import METHODS, REVERSALS
from portal.i18n import _lp
from portal.web.forms import ChoiceField, Form, LinesField


class PayForm(Form):
    """The money of a notice is taken."""

    method = ChoiceField(_lp("fee", "Paid by"), choices=list(METHODS.items()))


class BackForm(Form):
    """The money of a receipt is to go back."""

    kind = ChoiceField(_lp("fee", "What becomes of it"), choices=list(REVERSALS.items()))
    reason = LinesField(_lp("fee", "Why"), required=True, length=300, render_kw={"rows": 2})


class BackDecisionForm(Form):
    """The second person's decision."""

    outcome = ChoiceField(_lp("fee", "Decision"), choices=[("approved", _lp("fee", "Approve it")), ("refused", _lp("fee", "Refuse it"))])
    reason = LinesField(_lp("fee", "Why"), length=300, render_kw={"rows": 2})


class CloseForm(Form):
    """The drawer is counted."""

    counted = YuanField(_lp("fee", "Cash counted, in yuan"))
    reason = LinesField(_lp("fee", "Why it differs from the receipts"), length=300, render_kw={"rows": 2})


class SignForm(Form):
    """The second person signs."""


class SendBackForm(Form):
    """The second person sends the day back to be counted again."""

    reason = LinesField(_lp("fee", "Why"), required=True, length=300, render_kw={"rows": 2})
