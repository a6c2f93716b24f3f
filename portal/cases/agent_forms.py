"""The forms of agent service; the papers are boxes of the item's list, read by name."""

from __future__ import annotations

from wtforms import BooleanField

from portal.i18n import _l, _lp
from portal.rules.agent_service import Errand
from portal.web.forms import ChoiceField, DayField, Form, LinesField, TextField

ERRANDS = {
    Errand.FETCHED: _lp("errand", "Fetched at the household"),
    Errand.BROUGHT: _lp("errand", "Handed in at a window"),
    Errand.GIVEN_BACK: _lp("errand", "Given back to the household"),
}
TOOK = [
    ("applicant", _lp("delivery", "The applicant")), ("household", _lp("delivery", "An adult of the household")),
    ("agent", _lp("delivery", "Someone with a power of attorney")),
]  # fmt: skip


class ConsentForm(Form):
    result = BooleanField(_lp("agent", "The result is brought home"))
    area = TextField(_lp("agent", "Group or part of the village"), length=40, render_kw={"autocomplete": "off"})
    until = DayField(_lp("agent", "The consent holds until"))
    signs = LinesField(_lp("agent", "What somebody may sign for the applicant"))


class EndConsentForm(Form):
    reason = LinesField(_l("Reason"))


class CarryForm(Form):
    errand = ChoiceField(_lp("agent", "What was done"), choices=[(each.value, word) for each, word in ERRANDS.items()], default=Errand.FETCHED.value)
    on = DayField(_lp("agent", "On which day"))
    where = ChoiceField(_lp("agent", "At which window"), choices=[("", "—")])


class HomeForm(Form):
    to = ChoiceField(_lp("agent", "Who took it and signed"), choices=TOOK, default="applicant")
    name = TextField(_lp("agent", "Name of who took it, if not the applicant"), length=60, render_kw={"autocomplete": "off"})
    note = LinesField(_l("Note"))
