"""The forms of joint approval. What is missing of a branch is read apart (`miss-1`, `why-1`), as on the notice of a case."""

from __future__ import annotations

from wtforms import HiddenField

from portal.cases.course_forms import WhyField
from portal.cases.forms import CollectForm, VerbForm
from portal.i18n import _lp
from portal.web.forms import DayField, Form, LinesField, TextField

__all__ = ["AloneForm", "AskForm", "FindingForm", "OpenForm", "SiteForm", "VerbForm"]


class OpenForm(CollectForm):
    """Whose matter a package is. The boxes of the one list and the answers are read apart (`got-…`, `yes`)."""

    package = HiddenField()


class AskForm(Form):
    """A branch says what is missing."""

    branch = HiddenField()
    why = WhyField(_lp("notice", "What is wrong with it"))


class SiteForm(Form):
    """The one joint site visit."""

    on = DayField(_lp("joint", "Day of the joint visit"))
    place = TextField(_lp("joint", "Place of the visit"), required=True, length=100)


class FindingForm(Form):
    """What was found on the joint visit."""

    finding = LinesField(_lp("joint", "What was found, as signed by all"), required=True)


class AloneForm(Form):
    """Why the others stand without the refused branch."""

    why = LinesField(_lp("joint", "Why the other branches stand without it"), required=True)
