"""The form of the page *what if*: a period."""

from __future__ import annotations

from portal.i18n import _l
from portal.web.forms import DayField, Form


class PeriodForm(Form):
    """A past period, of the address: from which day until which, both included (G-10)."""

    from_on = DayField(_l("First day"), name="from")
    until_on = DayField(_l("Last day"), name="until")
