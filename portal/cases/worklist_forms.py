"""The forms of worklists: filters, search, and what is done with several cases at once."""

from __future__ import annotations

from typing import Any, ClassVar

from wtforms import BooleanField

from portal.i18n import _, _l, _lp
from portal.rules.worklist import Group, may_search_name
from portal.web.forms import ChoiceField, DayField, Form, LinesField, TextField
from portal.web.reasons import words

GROUPS: dict[Group, Any] = {
    Group.INTAKE: _lp("state group", "Before acceptance"),
    Group.SUPPLEMENT: _lp("state group", "Waiting for the applicant"),
    Group.EXAMINED: _lp("state group", "Under examination"),
    Group.TURNED_AWAY: _lp("state group", "Turned away, still filed"),
    Group.DECIDED: _lp("state group", "Decided, to be handed over"),
}


class FilterForm(Form):
    """By what a box is read; asked by GET."""

    group = ChoiceField(_l("State"), choices=[("", _lp("filter", "All")), *((group.value, words) for group, words in GROUPS.items())], default="")
    item = TextField(_l("Matter"), length=60)
    order = ChoiceField(
        _l("Order"), choices=[("", _lp("order", "Soonest due first")), ("latest", _lp("order", "Latest due first"))], default=""
    )
    received = DayField(_l("Taken in on"), required=False)
    due = DayField(_l("Due on"), required=False)


class PersonForm(Form):
    """A search by a person's data: a beginning of the name, or a telephone number; recorded."""

    name = TextField(_l("Name begins with"), length=60, render_kw={"autocomplete": "off"})
    phone = TextField(_l("Phone"), length=20, render_kw={"autocomplete": "off", "inputmode": "tel"})

    def validate(self, extra_validators: Any = None) -> bool:
        """As ever; and it is one of the two, a name with enough of it."""
        if not super().validate(extra_validators):
            return False
        name = str(self.name.data or "")
        if bool(name) is bool(self.phone.data):
            self.name.errors = [_("Please give one of the two: a name or a telephone number.")]
            return False
        answer = may_search_name("".join(name.split())) if name else None
        if answer is not None and not answer:
            self.name.errors = [words(answer)]
            return False
        return True


class ReceiveForm(Form):
    """Receive the marked cases; the marks are read apart."""


class SendForm(Form):
    """Send the marked cases on; the marks are read apart."""

    EACH: ClassVar[Any] = _lp("several", "Each to the next window on its way")
    to = ChoiceField(_l("Where to"), choices=[("", EACH)], default="")
    reason = LinesField(_l("Reason"))
    papers = BooleanField(_l("Their papers go along"), default=True)

    @property
    def target(self) -> int:
        """The id of the chosen window, 0 where each goes its own way."""
        return int(self.to.data) if self.to.data else 0
