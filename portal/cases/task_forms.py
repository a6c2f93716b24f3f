"""The form of a task of supervision."""

from __future__ import annotations

from portal.i18n import _lp
from portal.web.forms import Form, LinesField


class ConfirmForm(Form):
    note = LinesField(_lp("supervision task", "How it is supervised: who, when, how often"), required=True)
