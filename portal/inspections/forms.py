"""Forms of inspections."""

from __future__ import annotations

from wtforms.fields import BooleanField

from portal.i18n import _l
from portal.inspections.pages import EXEMPTIONS, KINDS
from portal.web.forms import ChoiceField, DayField, Form, TextField


class CheckForm(Form):
    """May this body visit this enterprise on this day? The bodies to choose from are set by the view."""

    enterprise = TextField(_l("Enterprise"), required=True, length=200, render_kw={"list": "enterprises", "autocomplete": "off"})
    body = ChoiceField(_l("Body that inspects"))
    day = DayField(_l("Day of the visit"))
    kind = ChoiceField(_l("Kind of inspection"), choices=[(kind.value, text) for kind, text in KINDS.items()])
    exemption = ChoiceField(_l("Exemption"), choices=[("", _l("None")), *((each.value, text) for each, text in EXEMPTIONS.items())])
    basis = TextField(_l("Basis of the exemption"), length=500)
    on_day_off = BooleanField(_l("The enterprise works on this day, should it be a day off"))
