"""The forms of cases. Texts go through the gate; what a rule must judge is left to the rule."""

from __future__ import annotations

import re
from typing import Any

from wtforms import BooleanField, Field, HiddenField
from wtforms.validators import StopValidation
from wtforms.widgets import HiddenInput

from portal.accounts.numbers import NumberCheck, NumberFault, check_credit_code, check_phone, check_resident_id
from portal.i18n import _, _l, _lp
from portal.rules.manifests import MOST_OTHER, Condition, Document
from portal.web import page
from portal.web.forms import ChoiceField, Form, LinesField, NumberField, TextField

NUMBER_FAULTS: dict[NumberFault, Any] = {
    NumberFault.LENGTH: _lp("number", "This number has 18 characters; please compare it with the card or the licence."),
    NumberFault.CHARACTERS: _lp(
        "number", "This number holds characters that cannot stand there; please compare it with the card or the licence."
    ),
    NumberFault.DATE: _lp("number", "Digits 7 to 14 are no date of birth."),
    NumberFault.CHECK_DIGIT: _lp("number", "The last place does not fit the others; please compare it with the card or the licence."),
}
PHONE_FAULTS: dict[NumberFault, Any] = {
    NumberFault.LENGTH: _lp("number", "A mobile number has 11 digits; a landline needs its area code, for example 0914-4321000."),
    NumberFault.CHARACTERS: _lp("number", "A telephone number has digits only."),
}
# the codes of accounts.services.RevealReason
REVEAL_REASONS = [
    ("contact", _lp("reveal", "To reach the applicant")),
    ("verify", _lp("reveal", "To compare it with the card")),
    ("paper", _lp("reveal", "To write it on a paper of this case")),
    ("correct", _lp("reveal", "To correct a mistake")),
    ("supervision", _lp("reveal", "For supervision")),
]


def _keep(field: Any, check: NumberCheck, words: dict[NumberFault, Any]) -> None:
    """Put the number into the form in which it is kept, or say what is wrong with it."""
    if check.fault is not None:
        raise StopValidation(str(words[check.fault]))
    field.data = check.number


class RevealForm(Form):
    """Why a masked number is opened; recorded (R-2)."""

    field = ChoiceField(
        _lp("reveal", "What to show"), choices=[("number", _lp("reveal", "Identity number")), ("phone", _lp("reveal", "Telephone"))]
    )
    reason = ChoiceField(_lp("reveal", "What for"), choices=REVEAL_REASONS)


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
    amount = NumberField(_l("Amount that it is about, in yuan"), low=0, high=10**9, required=False)

    def validate_name(self, field: Any) -> None:
        if not any(char.isalpha() for char in field.data):
            raise StopValidation(_("Please give a name in letters."))

    def validate_number(self, field: Any) -> None:
        is_person = self.kind.data == "natural"
        _keep(field, check_resident_id(field.data, page.clock().today()) if is_person else check_credit_code(field.data), NUMBER_FAULTS)

    def validate_phone(self, field: Any) -> None:
        _keep(field, check_phone(field.data), PHONE_FAULTS)


class VerbForm(Form):
    """An act without words of its own: receive, recall, take, certify."""


class NoteForm(Form):
    """An act with a note for the record."""

    note = LinesField(_l("Note for the record"))


class AcceptForm(NoteForm):
    """Acceptance; the boxes of the checklist are read apart. What follows later by undertaking (C-12), and done by commitment (C-11)."""

    is_signed = BooleanField(_l("The applicant signed an undertaking: what is not ticked follows later"))
    is_committed = BooleanField(_l("The applicant chose to promise the conditions in writing: decided at once, checked afterwards"))


class ReviewForm(NoteForm):
    """The review; its points are read apart (`met-0`, …)."""

    result = HiddenField(default="passed")

    def validate_result(self, field: Any) -> None:
        if field.data not in {"passed", "failed"}:
            raise StopValidation(_("Please choose one from the list."))


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
            ("household", _lp("delivery", "An adult of the household")),
            ("post", _lp("delivery", "By post")),
        ],
        default="applicant",
    )


CONDITIONS: dict[Condition, Any] = {
    Condition.GOOD: _lp("paper condition", "Good"),
    Condition.DAMAGED: _lp("paper condition", "Damaged"),
    Condition.PAGES_MISSING: _lp("paper condition", "Pages missing"),
}


class NoInput(HiddenInput):
    """Nothing of its own on the page: the template draws the lines."""

    def __call__(self, field: Any, **kwargs: Any) -> str:
        return ""


class PapersField(Field):
    """The lines of a manifest: `paper-1` ticks the line of code 1, `orig-1`, `copy-1` count it, `cond-1` is its condition."""

    widget = NoInput()
    documents: tuple[Document, ...] = ()

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.process_errors: list[str] = []
        self.data = ""
        self.sent: dict[tuple[str, str], str] = {}
        for name in formdata or ():
            kind, _dash, code = name.partition("-")
            if kind in {"paper", "orig", "copy", "cond"} and code:
                self.sent[kind, code] = formdata.getlist(name)[0]

    def pre_validate(self, form: Any) -> None:
        found = []
        for code in sorted({code for kind, code in self.sent if kind == "paper"}, key=lambda code: (len(code), code)):
            original, copies = self._count("orig", code), self._count("copy", code)
            condition = self.sent.get(("cond", code), Condition.GOOD.value)
            if not re.fullmatch(r"x?[0-9]{1,4}", code) or condition not in set(Condition):
                raise StopValidation(_("Please choose one from the list."))
            found.append(Document(code, original, copies, Condition(condition)))
        self.documents = tuple(found)

    def _count(self, kind: str, code: str) -> int:
        text = self.sent.get((kind, code), "0").strip() or "0"
        if not re.fullmatch(r"[0-9]{1,2}", text):
            raise StopValidation(_("Please give the number of papers as a whole number, 99 at most."))
        return int(text)

    @property
    def is_counted(self) -> bool:
        """Whether any count was sent at all."""
        return any(kind != "paper" for kind, _code in self.sent)

    def value(self, kind: str, code: str, usual: object) -> object:
        """What was typed there, or what stands there on a fresh page."""
        return self.sent.get((kind, code), usual)


class HandOffForm(Form):
    """Where to, and why if it is not the proposed window (C-7); which papers go along (C-6)."""

    to = HiddenField()
    other = ChoiceField(_l("Another window"), choices=[("", "—")], validate_choice=False)
    reason = LinesField(_l("Reason"))
    papers = PapersField(_l("Papers that go along"))
    others = LinesField(_lp("manifest", "Other papers, one a line"))

    def validate_others(self, field: Any) -> None:
        lines = [line for line in (field.data or "").splitlines() if line.strip()]
        if len(lines) > MOST_OTHER:
            raise StopValidation(_("At most %(most)s lines.", most=MOST_OTHER))

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
    then = ChoiceField(
        _lp("return", "What happens next"),
        choices=[
            ("sender_mends", _lp("return", "The sender puts it right and sends it here again")),
            ("applicant_brings", _lp("return", "The applicant brings something")),
            ("other_window", _lp("return", "It goes to another window")),
        ],
        default="sender_mends",
    )
    door = ChoiceField(_lp("return", "At which window"), choices=[("", "—")], validate_choice=False)
    whose = TextField(_l("Whose it is"), length=100)
    reason = LinesField(_l("Reason"))

    def validate_door(self, field: Any) -> None:
        text = str(field.data or "")
        if text and not (text.isascii() and text.isdigit() and len(text) < 10):
            raise StopValidation(_("Please choose one from the list."))
