"""Forms of the fee card: a charge that is reported, and the auditor's answer."""

from __future__ import annotations

from portal.fees.forms import YuanField
from portal.fees.words import FINDINGS
from portal.i18n import _l, _lp
from portal.web.forms import ChoiceField, Form, LinesField, TextField


class ReportForm(Form):
    """A charge that is not on the card."""

    enterprise_code = TextField(_l("Unified social credit code"), required=True, length=30)
    asked = YuanField(_lp("fee", "How much, in yuan"), low=1)
    who_asked = TextField(_lp("fee", "Who asked for it"), required=True, length=200)
    said = LinesField(_lp("fee", "What happened"), required=True, length=1000)


class AnswerForm(Form):
    """What was found."""

    finding = ChoiceField(_lp("fee", "Finding"), choices=list(FINDINGS.items()))
    answer = LinesField(_lp("fee", "Answer, which whoever reported it reads"), required=True, length=500)
