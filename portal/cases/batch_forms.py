"""Forms of lists of cases that are sent together. The boxes are read apart: `case-<number>` with the version as its value, `row-<seq>`."""

from __future__ import annotations

from portal.i18n import _l, _lp
from portal.web.forms import ChoiceField, Form, LinesField


class SendForm(Form):
    to = ChoiceField(_lp("batch", "Window that gets them"), choices=[("", "—")])
    reason = LinesField(_l("Reason"))


class BatchForm(Form):
    """Receive or recall."""
