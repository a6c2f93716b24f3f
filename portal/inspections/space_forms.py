"""Forms of the public side of visits and of the enterprise's space, and their words."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField
from wtforms.fields import BooleanField
from wtforms.validators import StopValidation

from portal.accounts.numbers import NumberFault, check_credit_code
from portal.cases.forms import REVEAL_REASONS
from portal.cases.inquiry_forms import PhoneMixin
from portal.cases.rating_forms import LEVELS
from portal.i18n import _, _l, _lp
from portal.rules.inspection_plans import Outcome
from portal.rules.inspection_reports import NoticeState, ReportState, Subject
from portal.rules.rating import Satisfaction
from portal.web.forms import ChoiceField, DayField, Form, LinesField, TextField

NOTICES: dict[NoticeState, Any] = {
    NoticeState.AHEAD: _lp("notice", "Announced: this visit is still to come"),
    NoticeState.TODAY: _lp("notice", "This visit is announced for today"),
    NoticeState.UNDER_WAY: _lp("notice", "This visit is under way"),
    NoticeState.OVER: _lp("notice", "This visit took place"),
    NoticeState.CANCELLED: _lp("notice", "This visit is cancelled"),
    NoticeState.TURNED_AWAY: _lp("notice", "Turned away at the door"),
    NoticeState.PAST: _lp("notice", "The days of this notice are over"),
}
NOTICE_TONES: dict[NoticeState, str] = {
    NoticeState.AHEAD: "ok",
    NoticeState.TODAY: "ok",
    NoticeState.UNDER_WAY: "ok",
    NoticeState.OVER: "off",
    NoticeState.CANCELLED: "bad",
    NoticeState.TURNED_AWAY: "off",
    NoticeState.PAST: "warn",
}
NOTICE_TEXTS: dict[NoticeState, Any] = {
    NoticeState.AHEAD: _l("The county approved it. Compare who comes with the names and certificates below."),
    NoticeState.TODAY: _l("The county approved it. Compare who comes with the names and certificates below."),
    NoticeState.UNDER_WAY: _l("The county approved it. Compare who is here with the names and certificates below."),
    NoticeState.OVER: _l("The result comes within 5 working days; “nothing found” is a result too."),
    NoticeState.CANCELLED: _l("Nobody is to come on this notice any more."),
    NoticeState.TURNED_AWAY: _l("It was written down that the inspectors did not come in."),
    NoticeState.PAST: _l("Nobody came in, or it was not written down yet. For other days a new notice is needed."),
}
SUBJECTS: dict[Subject, Any] = {
    Subject.VISIT: _lp("report", "A visit without a code"),
    Subject.REFUSED: _lp("report", "A visit without a code, turned away"),
}
REPORT_STATES: dict[ReportState, Any] = {
    ReportState.OPEN: _lp("report", "To be looked into"),
    ReportState.ANSWERED: _lp("report", "Answered"),
}
REPORT_BOXES: dict[str, Any] = {
    "open": _lp("report", "To be looked into"),
    "refused": _lp("report", "Turned away: supervision cases"),
    "answered": _lp("report", "Answered"),
}
OUTCOMES: dict[str, Any] = {
    Outcome.NOTHING_FOUND: _lp("visit", "Nothing found"),
    Outcome.CORRECTION: _lp("visit", "Correction ordered"),
    Outcome.PENALTY: _lp("visit", "Penalty"),
    Outcome.CASE_FILED: _lp("visit", "A case was filed"),
    Outcome.TURNED_AWAY: _lp("visit", "Turned away at the door"),
}

class _Credit:
    """A unified social credit code, kept plain; an area that is not known is no fault."""

    def __call__(self, _form: Any, field: Any) -> None:
        if not field.data:
            return
        check = check_credit_code(field.data)
        if check.fault is NumberFault.LENGTH:
            raise StopValidation(_("A unified social credit code has 18 characters."))
        if check.fault is not None:
            raise StopValidation(_("This is no unified social credit code: please compare it character by character."))
        field.data = check.number


class ReportForm(PhoneMixin, Form):
    """What somebody says of a visit; the bodies to choose from are set by the view."""

    body = ChoiceField(_lp("report", "Who came: which body"), choices=[], validate_choice=False)
    enterprise = TextField(
        _lp("report", "Credit code of the enterprise"), length=40, validators=[_Credit()],
        render_kw={"autocomplete": "off", "autocapitalize": "characters"},
    )  # fmt: skip
    came_on = DayField(_lp("report", "When they came"))
    who = TextField(_lp("report", "Who came: names, number of people"), length=200, render_kw={"autocomplete": "off"})
    said = LinesField(_lp("report", "What happened"), required=True)
    turned_away = BooleanField(_lp("report", "We turned them away"))
    shown_code = TextField(_lp("report", "Code that was shown"), length=40, render_kw={"autocomplete": "off", "autocapitalize": "characters"})
    phone = TextField(_l("Phone"), length=20, render_kw={"autocomplete": "tel", "inputmode": "tel"})

    def validate_body(self, field: Any) -> None:
        if (field.data or "") not in {value for value, _label in field.choices}:
            field.data = ""
            raise StopValidation(_("Please choose one from the list."))


class AnswerForm(Form):
    said = LinesField(_lp("report", "Answer to whoever reported"), required=True)


class RevealForm(Form):
    reason = ChoiceField(_lp("reveal", "What for"), choices=REVEAL_REASONS[:1])


class RateForm(Form):
    satisfaction = RadioField(
        _lp("rating", "How was the visit?"), choices=[(str(level.value), text) for level, text in LEVELS.items()], validate_choice=False
    )

    def validate_satisfaction(self, field: Any) -> None:
        if field.data not in {str(level.value) for level in Satisfaction}:
            field.data = None
            raise StopValidation(_("Please choose one from the list."))


class LookForm(Form):
    credit = TextField(_l("Credit code"), required=True, length=40, render_kw={"autocomplete": "off", "autocapitalize": "characters"})
    notice = TextField(
        _lp("notice", "Code of a notice to this enterprise"), required=True, length=40,
        render_kw={"autocomplete": "off", "autocapitalize": "characters"},
    )  # fmt: skip


class StepForm(Form):
    """A button alone."""
