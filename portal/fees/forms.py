"""Forms of fees as they are published, and the field in which money is typed."""

from __future__ import annotations

from typing import Any

from wtforms import StringField
from wtforms.validators import Optional, Regexp, StopValidation

from portal.fees.words import KINDS, LEVELS
from portal.i18n import _, _l, _lp
from portal.rules import fees as rules
from portal.web.forms import ChoiceField, DayField, Form, LinesField, NumberField, Required, TextField, readable


class YuanField(StringField):
    """Money as people type it, in yuan; `data` stays what was typed, `fen` is exact. Three decimals are refused, not rounded (F-5)."""

    def __init__(self, label: Any = None, *, required: bool = True, low: int = 0, **kwargs: Any) -> None:
        self.low = low
        self.fen: int | None = None
        kwargs.setdefault("render_kw", {"inputmode": "decimal", "maxlength": 14, "autocomplete": "off"})
        super().__init__(label, validators=[Required() if required else Optional()], **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = readable(str(valuelist[0])[:4000]).strip() if valuelist else ""
        if not self.data:
            return
        self.fen = rules.fen_of(self.data)
        if self.fen is None:
            raise ValueError(_("Please give yuan with at most two decimals, for example 12.50."))
        if self.fen < self.low:
            raise ValueError(_("Please give more than nothing."))


CODE = Regexp(r"[A-Z][A-Z0-9-]{0,19}\Z", message=_l("Please use capital letters A to Z, digits and -."))

class FeeForm(Form):
    """A version of a fee. Bodies to choose from are set by the view."""

    code = TextField(_lp("fee", "Code of the fee"), required=True, length=20, validators=[CODE])
    name = TextField(_lp("calendar", "Name, simplified"), required=True, length=200)
    name_hant = TextField(_lp("calendar", "Name, traditional"), required=True, length=200)
    name_en = TextField(_lp("calendar", "Name, English"), required=True, length=300)
    charge_kind = ChoiceField(
        _lp("fee", "Who is paid"),
        choices=list(KINDS.items()),
    )
    item = TextField(_lp("fee", "Code of the matter"), length=40)
    basis = LinesField(_lp("fee", "Basis"), required=True, length=500, render_kw={"rows": 2})
    basis_level = ChoiceField(_lp("fee", "Level of the basis"), choices=list(LEVELS.items()))
    lower = YuanField(_lp("fee", "Lower standard in yuan"))
    upper = YuanField(_lp("fee", "Upper standard in yuan"), required=False)
    unit = TextField(_lp("fee", "Unit"), length=60)
    collector = ChoiceField(_lp("fee", "Collected by"), choices=[], validate_choice=False)
    entrusted = TextField(_lp("fee", "Codes of bodies entrusted with collecting it"), length=300)
    published_at = TextField(_lp("fee", "Where it is published"), required=True, length=500)
    from_on = DayField(_lp("fee", "From which day"))
    until_on = DayField(_lp("fee", "Until which day"), required=False)

    def validate_upper(self, field: Any) -> None:
        if field.fen is not None and self.lower.fen is not None and field.fen < self.lower.fen:
            raise StopValidation(_("The upper standard is below the lower one."))

    def validate_until_on(self, field: Any) -> None:
        if field.data is not None and self.from_on.data is not None and field.data < self.from_on.data:
            raise StopValidation(_("The last day lies before the first."))


class CancelForm(Form):
    """A fee that is cancelled."""

    from_on = DayField(_lp("fee", "Blocked from which day on"))
    paper = TextField(_lp("fee", "Paper by which it is cancelled"), required=True, length=200)


class GroundForm(Form):
    """A ground on which fees are waived or reduced."""

    code = TextField(_lp("fee", "Code of the ground"), required=True, length=20, validators=[CODE])
    name = TextField(_lp("calendar", "Name, simplified"), required=True, length=200)
    name_hant = TextField(_lp("calendar", "Name, traditional"), required=True, length=200)
    name_en = TextField(_lp("calendar", "Name, English"), required=True, length=300)
    fee = TextField(_lp("fee", "Code of the fee it is for"), length=20)
    pays = NumberField(_lp("fee", "Still paid, in percent"), high=99)
    basis = TextField(_lp("fee", "Basis"), required=True, length=500)
    published_at = TextField(_lp("fee", "Where it is published"), required=True, length=500)
    from_on = DayField(_lp("fee", "From which day"))
    until_on = DayField(_lp("fee", "Until which day"), required=False)

    def validate_until_on(self, field: Any) -> None:
        if field.data is not None and self.from_on.data is not None and field.data < self.from_on.data:
            raise StopValidation(_("The last day lies before the first."))
