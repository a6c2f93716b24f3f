"""The forms of cases. Texts go through the gate; what a rule must judge is left to the rule."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField
from wtforms.validators import StopValidation

from portal.accounts.forms import CreditCode, Phone, ResidentId, RevealForm
from portal.i18n import _, _l, _lp
from portal.web import page
from portal.web.forms import ChoiceField, Form, LinesField, TextField


class CollectForm(Form):
    """Register a case: whose matter it is, and what was handed in. The checklist's boxes are read apart (`got-1`, …)."""

    kind = ChoiceField(
        _l("Applicant is"),
        choices=[("natural", _lp("person", "A person")), ("organisation", _lp("person", "An enterprise or organisation"))],
        default="natural",
    )
    name = TextField(_l("Name of the applicant"), required=True, length=60, render_kw={"autocomplete": "off"})
    number = TextField(_l("Identity number or credit code"), required=True, length=40, render_kw={"autocomplete": "off"})
    phone = TextField(_l("Phone"), required=True, length=20, render_kw={"autocomplete": "off", "inputmode": "tel"})

    def validate_name(self, field: Any) -> None:
        if not any(char.isalpha() for char in field.data):
            raise StopValidation(_("Please give a name in letters."))

    def validate_number(self, field: Any) -> None:
        (ResidentId(page.clock().today()) if self.kind.data == "natural" else CreditCode())(self, field)

    def validate_phone(self, field: Any) -> None:
        Phone()(self, field)


class VerbForm(Form):
    """An act without words of its own: receive, recall, take, certify."""


class NoteForm(Form):
    """An act with a note for the record."""

    note = LinesField(_l("Note for the record"))


class ReviewForm(NoteForm):
    """The review; its points are read apart (`met-0`, …)."""


class DecideForm(NoteForm):
    """Granting; refusing waits for its filing, and the rule says so."""

    outcome = HiddenField(default="granted")

    def validate_outcome(self, field: Any) -> None:
        if field.data not in {"granted", "refused"}:
            raise StopValidation(_("Please choose one from the list."))


class DeliverForm(NoteForm):
    to = ChoiceField(
        _l("Handed to"),
        choices=[
            ("applicant", _lp("delivery", "The applicant")),
            ("agent", _lp("delivery", "Someone with a power of attorney")),
            ("post", _lp("delivery", "By post")),
        ],
        default="applicant",
    )


class HandOffForm(Form):
    """Where to, and why if it is not the proposed window (C-7)."""

    to = HiddenField()
    other = ChoiceField(_l("Another window"), choices=[("", "—")], validate_choice=False)
    reason = LinesField(_l("Reason"))

    @property
    def target(self) -> int:
        """The id of the chosen window, 0 where none was."""
        text = str(self.other.data or self.to.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def validate_other(self, field: Any) -> None:
        if not self.target > 0:
            raise StopValidation(_("Please choose the window that gets the case."))


class ReturnForm(Form):
    kind = ChoiceField(
        _l("Why it goes back"),
        choices=[
            ("not_ours", _lp("return", "Not ours")),
            ("manifest_differs", _lp("return", "Papers differ from the list")),
            ("other", _lp("return", "Another reason")),
        ],
        default="manifest_differs",
    )
    whose = TextField(_l("Whose it is"), length=100)
    reason = LinesField(_l("Reason"))


class NotAcceptForm(Form):
    ground = LinesField(_l("Ground"), required=True)


__all__ = [
    "CollectForm", "DecideForm", "DeliverForm", "HandOffForm", "NotAcceptForm", "NoteForm", "ReturnForm", "RevealForm", "ReviewForm", "VerbForm",
]  # fmt: skip
