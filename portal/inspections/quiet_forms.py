"""Forms of the county's quiet days (Q-1 to Q-4, Q-9)."""

from __future__ import annotations

from typing import Any

from wtforms.validators import Regexp

from portal.authority.forms import MultiCheckboxField
from portal.i18n import _l, _lp
from portal.inspections.pages import KINDS
from portal.rules.decision import Reason
from portal.rules.quiet_days import LaidBy, Per
from portal.web.forms import ChoiceField, DayField, Form, LinesField, NumberField, TextField

HANDS: dict[LaidBy, Any] = {
    LaidBy.NATION: _lp("laid down", "The nation"),
    LaidBy.PROVINCE: _lp("laid down", "Province or city"),
    LaidBy.LINE: _lp("laid down", "The line's superior body"),
    LaidBy.COUNTY: _lp("laid down", "The county"),
    LaidBy.BODY: _lp("laid down", "The body itself"),
}
PERS: dict[Per, Any] = {
    Per.BODY: _lp("cap", "each body's own"),
    Per.ENTERPRISE: _lp("cap", "those of all bodies together"),
}
SCOPES: dict[str, Any] = {
    "all": _lp("quiet days", "All enterprises"),
    "town": _lp("quiet days", "The enterprises of a town"),
    "trade": _lp("quiet days", "A trade"),
    "enterprise": _lp("quiet days", "One enterprise"),
}
KIND_CHOICES = [(kind.value, text) for kind, text in KINDS.items()]


class RuleForm(Form):
    """Which days are quiet from a day on."""

    windows = TextField(_lp("quiet days", "Quiet days"), required=True, length=60)
    towns = LinesField(_lp("quiet days", "Towns with days of their own"), length=1000, render_kw={"rows": 4})
    from_on = DayField(_lp("quiet days", "From which day"))
    laid_by = ChoiceField(
        _lp("quiet days", "Laid down by"),
        choices=[("county", HANDS[LaidBy.COUNTY]), ("superior", _lp("laid down", "A superior: city, province or the nation"))],
    )
    source = TextField(_lp("quiet days", "Paper that it rests on"), required=True, length=500)


class AddedDaysForm(Form):
    """Quiet days added for some or all."""

    scope = ChoiceField(_lp("quiet days", "For whom"), choices=list(SCOPES.items()))
    whom = TextField(_lp("quiet days", "Which town, trade or enterprise"), length=200)
    first = DayField(_lp("quiet days", "First day"))
    last = DayField(_lp("quiet days", "Last day"))
    instrument = TextField(_lp("quiet days", "Paper that it rests on"), required=True, length=100)


class EndAddedForm(Form):
    """Added quiet days that end earlier; the choices are set by the view."""

    added = ChoiceField(_lp("quiet days", "Added quiet days"), coerce=str)
    ends = DayField(_lp("quiet days", "Last quiet day"))
    reason = TextField(_lp("quiet days", "Paper that it rests on"), required=True, length=500)


class SwitchForm(Form):
    """An exemption switched on or off; the choices are set by the view."""

    which = ChoiceField(_lp("quiet days", "Exemption"))
    state = ChoiceField(_lp("quiet days", "From then on"), choices=[("on", _lp("switch", "switched on")), ("off", _lp("switch", "switched off"))])
    since = DayField(_lp("quiet days", "From which day"))
    paper = TextField(_lp("quiet days", "Paper that it rests on"), required=True, length=500)


class ExemptionForm(Form):
    """An exemption of the county's own."""

    code = TextField(
        _lp("quiet days", "Code"), required=True, length=20, validators=[Regexp(r"[a-z][a-z_]{1,19}\Z", message=_l("Please use small letters a to z and _."))]
    )
    name = TextField(_lp("calendar", "Name, simplified"), required=True, length=200)
    name_hant = TextField(_lp("calendar", "Name, traditional"), required=True, length=200)
    name_en = TextField(_lp("calendar", "Name, English"), required=True, length=300)
    kinds = MultiCheckboxField(_lp("quiet days", "Which kinds it lets in"), choices=KIND_CHOICES)
    starts = DayField(_lp("quiet days", "From which day"))
    source = TextField(_lp("quiet days", "Paper that it rests on"), required=True, length=500)


class CapForm(Form):
    """A cap; lines and bodies are set by the view."""

    laid_by = ChoiceField(_lp("quiet days", "Laid down by"), choices=[(hand.value, text) for hand, text in HANDS.items()], default="county")
    number = NumberField(_lp("quiet days", "Inspections a year"), high=99, required=False)
    per = ChoiceField(_lp("quiet days", "What is added up"), choices=[(per.value, text) for per, text in PERS.items()])
    line = ChoiceField(_lp("quiet days", "Line"))
    body = ChoiceField(_lp("quiet days", "Body"))
    counts = MultiCheckboxField(_lp("quiet days", "Which kinds use it up"), choices=KIND_CHOICES)
    from_on = DayField(_lp("quiet days", "From which day"))
    source = TextField(_lp("quiet days", "Paper that it rests on"), required=True, length=500)


class LevelForm(Form):
    """The body that a superior named; lines and bodies are set by the view."""

    on_line = ChoiceField(_lp("quiet days", "Line"))
    year = NumberField(_lp("quiet days", "Year"), low=2019, high=2100)
    goes = ChoiceField(_lp("quiet days", "Body that goes"))
    enterprise = TextField(_l("Enterprise"), length=200)
    begins = DayField(_lp("quiet days", "From which day"))
    instrument = TextField(_lp("quiet days", "Paper that it rests on"), required=True, length=100)


# beside which fields a refusal is said, the first that the form has
FIELDS_OF: dict[Reason, tuple[str, ...]] = {
    Reason.QUIET_FROM_TOMORROW: ("from_on", "starts", "since", "begins", "first", "ends"),
    Reason.QUIET_STANDS_ALREADY: ("from_on", "starts", "since", "added"),
    Reason.QUIET_DAYS_OPENED: ("windows",),
    Reason.QUIET_NOT_READ: ("windows",),
    Reason.QUIET_PAPER_MISSING: ("source", "instrument"),
    Reason.CATEGORY_STANDS: ("which",),
    Reason.CATEGORY_IS_SO: ("which", "code"),
}
