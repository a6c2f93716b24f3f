"""The forms of the "could not get it done" window, and its words (V-11)."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField
from wtforms.validators import StopValidation

from portal.cases.forms import REVEAL_REASONS
from portal.cases.inquiry_forms import PhoneMixin
from portal.i18n import _, _l, _lp
from portal.rules.unfinished import Cause, Change, Ground, MatterState
from portal.web.forms import ChoiceField, Form, LinesField, TextField

GROUNDS: dict[Ground, Any] = {
    Ground.REFUSED: _lp("unfinished", "Refused or not accepted"),
    Ground.SENT_BACK: _lp("unfinished", "Sent back twice"),
    Ground.NOT_HERE: _lp("unfinished", "Told: not here"),
}
STATES: dict[MatterState, Any] = {
    MatterState.OPEN: _lp("unfinished", "To be answered"),
    MatterState.ANSWERED: _lp("unfinished", "Answered, being settled"),
    MatterState.SETTLED: _lp("unfinished", "Settled"),
    MatterState.EXPLAINED: _lp("unfinished", "Not settled, and said why"),
}
CAUSES: dict[Cause, Any] = {
    Cause.GUIDE_UNCLEAR: _lp("unfinished", "The guide was unclear or wrong"),
    Cause.MATERIALS_TOO_MANY: _lp("unfinished", "More was asked for than the list says, or the list asks too much"),
    Cause.NOT_OFFERED: _lp("unfinished", "The matter is not offered where it should be"),
    Cause.NO_POWER: _lp("unfinished", "The window held no power to do it"),
    Cause.PUSHED_ON: _lp("unfinished", "Windows or bodies pushed it on to each other"),
    Cause.SYSTEM: _lp("unfinished", "A system or a line failed"),
    Cause.SERVICE: _lp("unfinished", "The service at the window"),
    Cause.MATERIALS_MISSING: _lp("unfinished", "Materials were really missing"),
    Cause.NOT_BY_LAW: _lp("unfinished", "The law does not allow it"),
    Cause.OTHER: _lp("unfinished", "Another cause"),
}
CHANGES: dict[Change, Any] = {
    Change.CATALOGUE: _lp("unfinished", "Change the catalogue or guide"),
    Change.GRANT: _lp("unfinished", "Change the grant of power"),
}
BOXES: dict[str, Any] = {
    "open": _lp("unfinished", "Open"),
    "late": _lp("unfinished", "Late"),
    "over": _lp("unfinished", "Over"),
}


class OpenForm(PhoneMixin, Form):
    """Of a case: its course says the ground; words and phone help."""

    said = LinesField(_lp("unfinished", "What could not get done"))
    phone = TextField(_l("Phone"), length=20, render_kw={"autocomplete": "tel", "inputmode": "tel"})


class NewForm(PhoneMixin, Form):
    """Without a case: where it was, about which matter, what was said."""

    point = TextField(_lp("unfinished", "At which service point"), required=True, length=60, render_kw={"autocomplete": "off"})
    item = TextField(_lp("unfinished", "Which matter"), length=60, render_kw={"autocomplete": "off"})
    said = LinesField(_lp("unfinished", "What you wanted, and what you were told"), required=True)
    phone = TextField(_l("Phone"), length=20, render_kw={"autocomplete": "tel", "inputmode": "tel"})


class AnswerForm(Form):
    said = LinesField(_lp("unfinished", "Answer to whoever came"), required=True)


class SettleForm(Form):
    """How it ends; the button says whether it was settled."""

    step = HiddenField()
    cause = ChoiceField(_lp("unfinished", "Cause"), choices=[("", "—"), *((one.value, CAUSES[one]) for one in Cause)])
    said = LinesField(_lp("unfinished", "What was done, or why it cannot be settled"), required=True)

    def validate_step(self, field: Any) -> None:
        if field.data not in {MatterState.SETTLED.value, MatterState.EXPLAINED.value}:
            raise StopValidation(_("Please choose one from the list."))

    def validate_cause(self, field: Any) -> None:
        if not field.data:
            raise StopValidation(_("Please choose one from the list."))


class CoordinatorForm(Form):
    account = ChoiceField(_lp("unfinished", "Coordinator"), choices=[])

    def validate_account(self, field: Any) -> None:
        if not field.data:
            raise StopValidation(_("Please choose one from the list."))


class RevealForm(Form):
    reason = ChoiceField(_lp("reveal", "What for"), choices=REVEAL_REASONS[:1])
