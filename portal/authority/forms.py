"""Forms of authority: an instrument, and what ends it."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, FileField, SelectMultipleField
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from portal.authority.terms import CELL_CHOICES, HANDLINGS, MANDATES_LONG, POSTS
from portal.i18n import _, _l, _lp
from portal.rules.decision import Reason
from portal.web.forms import ChoiceField, DayField, Form, LinesField, NumberField, TextField


class MultiCheckboxField(SelectMultipleField):
    """Several of a list, as checkboxes; anything else is refused in words."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        if set(self.data or ()) - {value for value, _label in self.choices or ()}:
            raise StopValidation(_("Please choose from the list."))


class FootingForm(Form):
    """Who gives, and on what footing: asked first, since windows and items follow from it. Sent by GET."""

    body = ChoiceField(_l("Issuing body"), choices=[])
    mandate = ChoiceField(_l("Mandate"), choices=[(code.value, text) for code, text in MANDATES_LONG.items()])


class InstrumentForm(Form):
    """An instrument: one set of powers on some items for some windows; each window becomes a clause of its own."""

    title = TextField(_l("Title of the instrument"), required=True, length=200)
    receiving = ChoiceField(_l("Town government that receives it"), choices=[], default="")
    windows = MultiCheckboxField(_l("Windows"), choices=[])
    powers = MultiCheckboxField(_l("Powers"), choices=[])
    all_items = BooleanField(_l("All items of the issuing body, also those to come"))
    items = MultiCheckboxField(_l("Items"), choices=[])
    from_on = DayField(_l("First day"))
    until_on = DayField(_l("Last day"), required=False)
    post = ChoiceField(_l("Post that uses the powers"), choices=[], default="")
    basis = LinesField(_l("Basis: the law that allows it"), length=2000)
    supersedes = TextField(_l("Number of the instrument that it replaces"), length=60)
    handling = ChoiceField(
        _l("Kind of handling"),
        choices=[("", _lp("handling", "Any")), *((code.value, text) for code, text in HANDLINGS.items())],
        default="",
    )
    most = NumberField(_l("Largest amount, in yuan"), low=0, high=10**9, required=False)
    territory = ChoiceField(_l("For applicants of"), choices=[], default="")

    def offer_posts(self) -> None:
        usual = _lp("post", "As usual: review by clerks, decide and certify by the chief representative")
        self.post.choices = [("", usual), *((code.value, text) for code, text in POSTS.items())]


# Beside which field a fault of a draft is said; what is not here is said on top.
FIELD_OF: dict[Reason, str] = {
    Reason.NO_CLAUSES: "windows",
    Reason.OWN_WINDOW: "windows",
    Reason.NOT_ITS_CENTER: "windows",
    Reason.BODY_NOT_SERVED: "windows",
    Reason.NOT_A_TOWN_GOVERNMENT: "receiving",
    Reason.MANDATES_MIXED: "receiving",
    Reason.NO_LAW_NAMED: "basis",
    Reason.NO_POWERS: "powers",
    Reason.CARRIES_NO_POWER: "powers",
    Reason.ABOVE_CEILING: "powers",
    Reason.ITEM_FORWARDED: "powers",
    Reason.NOT_ON_VILLAGE_LIST: "powers",
    Reason.NO_ITEMS: "items",
    Reason.ITEM_CONCENTRATED: "items",
    Reason.NOT_CONCENTRATED_HERE: "items",
    Reason.ENTRUSTED_NOT_PASSED_ON: "items",
    Reason.NOT_RESPONSIBLE: "items",
    Reason.NO_FIRST_DAY: "from_on",
    Reason.BACKDATED: "from_on",
    Reason.PERIOD_REVERSED: "until_on",
    Reason.CLAUSES_OVERLAP: "supersedes",
    Reason.SUPERSEDES_ANOTHER_BODY: "supersedes",
    Reason.AMOUNT_NOT_POSITIVE: "most",
    Reason.NO_AMOUNT_ASKED: "most",
    Reason.TERRITORY_ELSEWHERE: "territory",
}


class ActForm(Form):
    """A press of a button on an instrument: sign, register."""


class ScanForm(Form):
    """The scan of the signed and sealed paper (G-6)."""

    scan = FileField(_l("Scan of the signed and sealed paper"), render_kw={"accept": "application/pdf,image/jpeg,image/png"})


class CeilingForm(Form):
    """Close a cell of the ceilings, or open again what the county closed, from a later day (G-3)."""

    level = ChoiceField(_l("Level"), choices=CELL_CHOICES["level"])
    power = ChoiceField(_l("Power"), choices=CELL_CHOICES["power"])
    mandate = ChoiceField(_l("Mandate"), choices=CELL_CHOICES["mandate"])
    item_type = ChoiceField(_l("Type of item"), choices=CELL_CHOICES["item_type"], default="")
    is_allowed = ChoiceField(_l("From then on"), choices=[("0", _lp("ceiling", "closed")), ("1", _lp("ceiling", "open again"))], default="0")
    from_on = DayField(_l("First day"))


class EndDayForm(Form):
    """A day on which it might end: what would happen to each case is shown, nothing is written. Sent by GET."""

    from_on = DayField(_l("What happens to each case if it ends at the beginning of this day?"), required=False)


class SuspendForm(Form):
    """End powers at once, with a ground (G-17)."""

    clauses = MultiCheckboxField(_l("Which windows (none ticked: all)"), choices=[])
    ground = LinesField(_l("Ground"), required=True, length=400)


class RevokeForm(Form):
    """End powers from a later day that an instrument names (G-17)."""

    clauses = MultiCheckboxField(_l("Which windows (none ticked: all)"), choices=[])
    from_on = DayField(_l("Ends at the beginning of this day"))
    by = TextField(_l("Number of the instrument that ends it"), required=True, length=60)
    ground = LinesField(_l("Ground"), required=True, length=400)
