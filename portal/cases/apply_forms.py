"""The forms of applying online. A draft may have gaps; what is typed into it is checked all the same."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField
from wtforms.fields import BooleanField
from wtforms.validators import StopValidation

from portal.accounts.numbers import check_credit_code, check_phone, check_resident_id, plain_number
from portal.cases.forms import NUMBER_FAULTS, PHONE_FAULTS
from portal.i18n import _, _l, _lp
from portal.rules.applying import CODE_DIGITS
from portal.web import page
from portal.web.forms import ChoiceField, Form, NumberField, TextField


class PhoneForm(Form):
    """The phone that gets a one-time code."""

    phone = TextField(_l("Mobile number"), required=True, length=20, render_kw={"autocomplete": "tel", "inputmode": "tel"})
    next = HiddenField()

    def validate_phone(self, field: Any) -> None:
        check = check_phone(field.data)
        if check.fault is not None:
            raise StopValidation(str(PHONE_FAULTS[check.fault]))
        if not check.number.startswith("1"):
            raise StopValidation(_("A code goes to a mobile number only: eleven digits, the first a 1."))
        field.data = check.number


class CodeForm(Form):
    """The six digits that came by message."""

    code = TextField(_l("Code"), required=True, length=12, render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"})
    next = HiddenField()

    def validate_code(self, field: Any) -> None:
        field.data = plain_number(field.data)
        if not (len(field.data) == CODE_DIGITS and field.data.isascii() and field.data.isdigit()):
            raise StopValidation(_("The code has %(digits)s digits.", digits=CODE_DIGITS))


class BeginForm(Form):
    """To which point the application goes."""

    point = HiddenField()


class DraftForm(Form):
    """Whose matter it is. The boxes of what comes on paper are read apart (`paper-1`, …)."""

    kind = ChoiceField(
        _l("Applicant is"),
        choices=[("natural", _lp("person", "A person")), ("organisation", _lp("person", "An enterprise or organisation"))],
        default="natural",
    )
    name = TextField(_l("Name of the applicant"), length=60, render_kw={"autocomplete": "name"})
    number = TextField(_l("Identity number or credit code"), length=40, render_kw={"autocomplete": "off"})
    amount = NumberField(_l("Amount that it is about, in yuan"), low=0, high=10**9, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in (self.name, self.number, self.amount):
            field.flags.optional = False  # a draft may have gaps, an application may not: the page does not call them optional

    def validate_name(self, field: Any) -> None:
        if field.data and not any(char.isalpha() for char in field.data):
            raise StopValidation(_("Please give a name in letters."))

    def validate_number(self, field: Any) -> None:
        if not field.data:
            return
        is_person = self.kind.data == "natural"
        check = check_resident_id(field.data, page.clock().today()) if is_person else check_credit_code(field.data)
        if check.fault is not None:
            raise StopValidation(str(NUMBER_FAULTS[check.fault]))
        field.data = check.number


class SendForm(Form):
    """Sending: the applicant answers for what it says (art. 31 of the Administrative Licensing Law)."""

    true = BooleanField(_l("What I have filled in and handed in is true. I answer for it."))

    def validate_true(self, field: Any) -> None:
        if not field.data:
            raise StopValidation(_("Please confirm this; without it nothing can be sent."))


class VerbForm(Form):
    """An act without words of its own."""
