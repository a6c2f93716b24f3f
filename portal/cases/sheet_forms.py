"""Forms of numbered paper sheets: issuing, entering, cancelling, the photo (C-29)."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any

from wtforms import FileField
from wtforms.validators import StopValidation

from portal.cases.forms import CollectForm
from portal.i18n import _, _lp
from portal.rules.decision import Reason
from portal.rules.moments import SHANGHAI
from portal.rules.paper_sheets import MOST_IN_A_BLOCK, SheetReason
from portal.web.forms import ChoiceField, DayField, Form, LinesField, NumberField, TextField

REASONS: dict[SheetReason, Any] = {
    SheetReason.LINE: _lp("sheet", "The line was down"),
    SheetReason.POWER: _lp("sheet", "The power was out"),
    SheetReason.OTHER: _lp("sheet", "Another reason"),
}
_TIME = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)", re.ASCII)
PICTURES = {"accept": "image/jpeg,image/png,application/pdf"}


class IssueForm(Form):
    """How many sheets a point gets."""

    number = NumberField(_lp("sheet", "How many sheets"), low=1, high=MOST_IN_A_BLOCK)


class EnterForm(CollectForm):
    """A case from a sheet: first what the sheet says of itself, then what registering any case asks."""

    sheet = TextField(_lp("sheet", "Number of the sheet"), required=True, length=12, render_kw={"autocomplete": "off"})
    on = DayField(_lp("sheet", "Day written on the sheet"))
    time = TextField(_lp("sheet", "Time written on the sheet"), required=True, length=8, render_kw={"type": "time"})
    why = ChoiceField(_lp("sheet", "Why on paper"), choices=[(code.value, word) for code, word in REASONS.items()])
    note = TextField(_lp("sheet", "More about the reason"), length=300)
    photo = FileField(_lp("sheet", "Photo of the sheet"), render_kw=PICTURES)

    def validate_time(self, field: Any) -> None:
        if not _TIME.fullmatch(field.data or ""):
            raise StopValidation(_("Please give a time as hour and minute, for example 09:30."))

    @property
    def written_at(self) -> datetime:
        """The moment on the sheet; ask once the form is valid."""
        found = _TIME.fullmatch(self.time.data or "")
        assert found is not None and self.on.data is not None
        return datetime.combine(self.on.data, time(int(found[1]), int(found[2])), SHANGHAI)


class CancelForm(Form):
    """A spoilt sheet."""

    sheet = TextField(_lp("sheet", "Number of the sheet"), required=True, length=12, render_kw={"autocomplete": "off"})
    reason = LinesField(_lp("sheet", "What happened to it"), required=True, length=300)


class PhotoForm(Form):
    """The photo of a sheet that was entered."""

    file = FileField(_lp("sheet", "Photo of the sheet"), render_kw=PICTURES)


# Beside which field a refusal is said; what is not here is said on top.
FIELD_OF: dict[Reason, str] = {
    Reason.SHEET_NOT_ISSUED: "sheet",
    Reason.SHEET_OF_ANOTHER_POINT: "sheet",
    Reason.SHEET_USED: "sheet",
    Reason.SHEET_CANCELLED: "sheet",
    Reason.SHEET_MOMENT_AHEAD: "time",
    Reason.SHEET_BEFORE_ISSUE: "on",
    Reason.SHEET_NEEDS_WORDS: "note",
    Reason.SHEET_CANCEL_NEEDS_REASON: "reason",
}
