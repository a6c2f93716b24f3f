"""The forms of inquiries: one field to log one, an answer, whom it is handed to (C-8)."""

from __future__ import annotations

import re
from typing import Any

from wtforms.validators import StopValidation

from portal.accounts.numbers import check_phone
from portal.cases.forms import PHONE_FAULTS, REVEAL_REASONS
from portal.i18n import _, _l, _lp
from portal.rules.inquiries import InquiryState, InquiryStep
from portal.web.forms import ChoiceField, Form, LinesField, TextField

RECEIVER = re.compile(r"[0-9]{1,9}\.[0-9]{0,9}")  # a window, perhaps a person; whether it can go there is the rule's to say
STATES: dict[InquiryState, Any] = {
    InquiryState.OPEN: _lp("inquiry", "To be answered"),
    InquiryState.ANSWERED: _lp("inquiry", "Answered"),
    InquiryState.BECAME_CASE: _lp("inquiry", "Became a case"),
}
STEPS: dict[InquiryStep, Any] = {
    InquiryStep.HANDED_OVER: _lp("inquiry", "Handed over"),
    InquiryStep.ANSWERED: _lp("inquiry", "Answered"),
    InquiryStep.BECAME_CASE: _lp("inquiry", "Became a case"),
}
BOXES: dict[str, Any] = {
    "mine": _lp("inquiry", "Mine"),
    "window": _lp("inquiry", "My window's"),
    "open": _lp("inquiry", "To be answered"),
    "late": _lp("inquiry", "Late"),
    "ended": _lp("inquiry", "Closed"),
}


class PhoneMixin:
    """A phone that may be left out; kept in the form in which it is sealed."""

    def validate_phone(self, field: Any) -> None:
        if field.data:
            check = check_phone(field.data)
            if check.fault is not None:
                raise StopValidation(str(PHONE_FAULTS[check.fault]))
            field.data = check.number


class LogForm(PhoneMixin, Form):
    """What was asked: one line, then Enter. The rest only where it helps."""

    asked = TextField(_lp("inquiry", "What is asked"), required=True, length=500, render_kw={"autocomplete": "off"})
    item = TextField(_lp("inquiry", "About which matter (name or code)"), length=60, render_kw={"autocomplete": "off"})
    phone = TextField(_l("Phone"), length=20, render_kw={"autocomplete": "off", "inputmode": "tel"})


class AnswerForm(Form):
    said = LinesField(_lp("inquiry", "The answer"), required=True)


class HandOverForm(Form):
    to = ChoiceField(_lp("inquiry", "To whom"), choices=[], validate_choice=False)
    said = TextField(_l("Note"), length=200, render_kw={"autocomplete": "off"})

    def validate_to(self, field: Any) -> None:
        if not RECEIVER.fullmatch(field.data or ""):
            raise StopValidation(_("Please choose one from the list."))


class RevealForm(Form):
    reason = ChoiceField(_lp("reveal", "What for"), choices=REVEAL_REASONS[:1])
