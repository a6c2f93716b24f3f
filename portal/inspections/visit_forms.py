"""Forms of visits."""

from __future__ import annotations

from typing import Any

from wtforms.fields import BooleanField
from wtforms.validators import StopValidation

from portal.i18n import _, _l, _lp
from portal.inspections.plan_forms import TIME
from portal.inspections.visit_words import HOW, OUTCOMES
from portal.rules.inspection_visits import MOST_NOTICES, RECORDED_AS, NoticeNumber, fen_of
from portal.web.forms import ChoiceField, DayField, Form, LinesField, NumberField, TextField


class AwayForm(Form):
    """The enterprise turned the inspectors away."""

    said = LinesField(_lp("visit", "What was said at the door"), required=True, length=300)


class PaperForm(Form):
    """A filed visit that was made with a paper notice, for want of a network."""

    notice = TextField(_lp("visit", "Number of the paper notice"), required=True, length=40, render_kw={"autocomplete": "off"})
    on = DayField(_lp("plan", "Day of the visit"))
    entered = TextField(_lp("plan", "Entered at (hour:minute)"), required=True, length=5)
    left = TextField(_lp("plan", "Left at (hour:minute)"), required=True, length=5)
    why = LinesField(_lp("visit", "Why the code could not be checked at the door"), required=True, length=300)

    def validate_notice(self, field: Any) -> None:
        if NoticeNumber.of(field.data or "") is None:
            raise StopValidation(_("Please give the number as printed, for example MR-2026-0007."))

    def validate_entered(self, field: Any) -> None:
        _is_time(field)

    def validate_left(self, field: Any) -> None:
        _is_time(field)


def _is_time(field: Any) -> None:
    if not TIME.fullmatch(field.data or ""):
        raise StopValidation(_("Please give the time as hour:minute, for example 09:30."))


class LateCodeForm(Form):
    """Why a code follows late."""

    reason = LinesField(_lp("visit", "Why the code follows later than 24 hours after the visit"), required=True, length=300)


class ResultForm(Form):
    """What a visit found, and what is to be corrected by when."""

    outcome = ChoiceField(_lp("visit", "Result"), choices=[("", "—"), *((each.value, OUTCOMES[each]) for each in RECORDED_AS)], validate_choice=False)
    findings = LinesField(_lp("visit", "What was seen"), required=True, length=2000)
    order = LinesField(_lp("visit", "What is to be corrected"), length=500)
    due_on = DayField(_lp("visit", "Corrected by"), required=False)
    at_once = BooleanField(_lp("visit", "It was corrected before we left"))


class TellForm(Form):
    """The enterprise was told."""

    to = TextField(_lp("visit", "Who took the result, and how"), required=True, length=200)


class CheckOrderForm(Form):
    """Whether an order was followed."""

    corrected = ChoiceField(
        _lp("visit", "Is it corrected?"), choices=[("1", _lp("visit", "Yes, corrected")), ("0", _lp("visit", "No, not corrected"))]
    )
    how = ChoiceField(_lp("visit", "How it was checked"), choices=[(each.value, text) for each, text in HOW.items()])
    note = LinesField(_lp("visit", "What was seen"), required=True, length=300)


class PenaltyForm(Form):
    """A penalty by a published benchmark. The benchmarks to choose from are set by the view."""

    benchmark = ChoiceField(_lp("visit", "Breach and grade, of the published benchmarks"), choices=[], validate_choice=False)
    amount = TextField(_lp("visit", "Amount in yuan"), required=True, length=20)
    ground = LinesField(_lp("visit", "Ground for a fine without an order before it"), length=500)

    def validate_amount(self, field: Any) -> None:
        if fen_of(field.data or "") is None:
            raise StopValidation(_("Please give an amount in yuan, for example 5000 or 5000.50."))


class DrawForm(Form):
    """Blank paper notices to print."""

    number = NumberField(_l("How many"), low=1, high=MOST_NOTICES)


class ExplainForm(Form):
    """Why an inspector was so often at one enterprise without a finding."""

    reason = LinesField(_lp("visit", "Why these visits were needed, and what they led to"), required=True, length=500)
