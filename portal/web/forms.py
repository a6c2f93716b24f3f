"""The one gate for what people type: our base form, text fields that refuse what no paper can carry, and the hidden fields."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import cache
from typing import Any, ClassVar

from flask import request
from flask_babel import get_locale
from wtforms import Form as WTForm
from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.fields import BooleanField, DateField, SelectField, SelectMultipleField
from wtforms.fields.core import UnboundField
from wtforms.validators import InputRequired, Optional, StopValidation, ValidationError

from portal.i18n import _

KEPT = 4000  # so many typed characters come back in a field
# left by word processors and chat programs where a text is pasted; nobody sees them
NO_WIDTH = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
WHOLE = re.compile(r"-?[0-9]{1,19}")
BIDI = {"\u200e", "\u200f", "\u061c", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}


def fault_of(text: str, *, lines: bool = False) -> str:
    """What is wrong with a text, in words, or nothing. Refused are what a paper, a list or a database cannot carry as typed."""
    for char in text:
        if char == "\ufffd" or "\ud800" <= char <= "\udfff":
            return _("This contains characters that cannot be read. Please type it again.")
        if char in BIDI:
            return _("This contains invisible direction marks. Please type it again instead of pasting.")
        if unicodedata.category(char) in {"Cc", "Zl", "Zp"} and not (lines and char in "\n\t"):
            return _("This contains control characters. Please type it again instead of pasting.")
        if _is_picture(char):
            return _("Pictures and emoji cannot be printed on papers. Please use words.")
    return ""


def line_fault(text: str, length: int, *, lines: bool = False) -> str:
    """As `fault_of`, and no more than so many characters."""
    if len(text) > length:
        return _("At most %(most)s characters; this has %(size)s.", most=length, size=len(text))
    return fault_of(text, lines=lines)


def _is_picture(char: str) -> bool:
    """Emoji, their joiners, and what has no agreed shape. ㎡ and ㈱ are none; nor are rare Han characters newer than Python's tables."""
    code, category = ord(char), unicodedata.category(char)
    if char in "\u200d\ufe0f\u20e3" or 0x1F000 <= code <= 0x1FFFF:
        return True
    if category == "So":
        return 0x2600 <= code < 0x2C00
    return category in {"Co", "Cn", "Cs"} and not 0x20000 <= code < 0x40000


def clean(value: Any) -> Any:
    """NFC, trimmed, lines ended by one character, without marks of no width; what is wrong stays, so that it can be shown."""
    if not isinstance(value, str) or len(value) > KEPT:
        return value  # far too long: left to the length gate, since sorting combining marks costs time with the square of their number
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n").translate(NO_WIDTH)).strip()


def readable(text: str) -> str:
    """A text as a page can show it: a sign in place of each control character."""
    return CONTROLS.sub("\ufffd", text)


class _Gate:
    def __init__(self, lines: bool, length: int) -> None:
        self.lines, self.length = lines, length
        self.field_flags = {"maxlength": length}

    def __call__(self, form: Any, field: Any) -> None:
        text = field.data or ""
        fault = line_fault(text, self.length, lines=self.lines)
        if fault:
            field.data = readable(text[:KEPT])
            raise StopValidation(fault)


class Required(InputRequired):
    """Something must be typed; the message says so in the page's language."""

    def __call__(self, form: Any, field: Any) -> None:
        if not field.raw_data or not str(field.raw_data[0]).strip():
            field.errors[:] = []
            raise StopValidation(self.message or _("Please fill this in."))


class _TextMixin:
    def __init__(
        self, label: Any = None, *, required: bool = False, length: int = 200, lines: bool = False, validators: Any = (), **kwargs: Any
    ) -> None:
        first = [Required()] if required else [Optional(strip_whitespace=False)]
        super().__init__(label, validators=[*first, _Gate(lines, length), *validators], filters=[clean], **kwargs)  # type: ignore[call-arg]


class TextField(_TextMixin, StringField):
    """One line of text through the gate."""


class LinesField(_TextMixin, TextAreaField):
    """Several lines of text through the gate."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("lines", True)
        kwargs.setdefault("length", 500)
        super().__init__(label, **kwargs)


def _shorten(field: Any) -> None:
    """Fields that show again what came in over the wire show as much of it as the others."""
    field.raw_data = [readable(str(text)[:KEPT]) for text in field.raw_data[:1]]


class NumberField(IntegerField):
    """A whole number in a range that both engines hold."""

    def __init__(self, label: Any = None, *, low: int = 0, high: int = 2**31 - 1, required: bool = True, **kwargs: Any) -> None:
        self.low, self.high = low, high
        super().__init__(label, validators=[Required() if required else Optional()], **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        _shorten(self)
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        if not WHOLE.fullmatch(text):
            self.data = None
            raise ValueError(_("Please give a whole number."))
        self.data = int(text)
        if not self.low <= self.data <= self.high:
            raise ValueError(_("Please give a number from %(low)s to %(high)s.", low=self.low, high=self.high))


class DayField(DateField):
    """A civil day, YYYY-MM-DD, within the years that the calendar can speak of."""

    def __init__(self, label: Any = None, *, required: bool = True, **kwargs: Any) -> None:
        super().__init__(label, validators=[Required() if required else Optional()], **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        _shorten(self)
        try:
            super().process_formdata(valuelist[:1])
        except ValueError as fault:
            raise ValueError(_("Please give a day as year-month-day, for example 2026-11-23.")) from fault
        if self.data is not None and not 2019 <= self.data.year <= 2100:
            raise ValueError(_("Please give a day between 2019 and 2100."))


class ChoiceField(SelectField):
    """One of a list; anything else is refused in words. Where the list has an empty choice, a field that was not sent is that."""

    def pre_validate(self, form: Any) -> None:
        if not self.raw_data and any(choice.value == "" for choice in self.iter_choices()):
            self.data = ""
            return
        try:
            super().pre_validate(form)
        except ValidationError as fault:
            raise StopValidation(_("Please choose one from the list.")) from fault


class Form(WTForm):
    """Our base form: hidden key and version, and `validate_on_submit`. The CSRF token is checked before any view runs (`web/csrf.py`)."""

    known: ClassVar[list[type[Form]]] = []

    key = HiddenField()
    version = HiddenField()

    class Meta:
        @property
        def locales(self) -> list[str]:
            return [str(get_locale())]

        cache_translations = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Form.known.append(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not args and "formdata" not in kwargs and request.method == "POST":
            args = (request.form,)
        super().__init__(*args, **kwargs)
        self._sent = args[0] if args else kwargs.get("formdata")
        if not KEY.fullmatch(self.key.data or ""):
            self.key.data = None  # the page gives a fresh one
        if self.drawn_from < 0:
            self.version.data = None

    def validate(self, extra_validators: Any = None) -> bool:
        """As ever; and what takes one answer and came in with several is no answer."""
        fine = bool(super().validate(extra_validators))
        for field in self:
            if not isinstance(field, SelectMultipleField) and len(self._sent.getlist(field.name) if self._sent else ()) > 1:
                field.errors = [_("This came in more than once. Please send the form again.")]
                fine = False
        return fine

    def validate_on_submit(self) -> bool:
        return request.method == "POST" and self.validate()

    @property
    def drawn_from(self) -> int:
        """The version of the row that the form was drawn from; -1 (always stale) where none was sent."""
        text = str(self.version.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def labels_of(names: Collection[str]) -> dict[str, Any]:
    """name → label of the fields of a submission, for a page that knows no form; an empty label for what is chosen or hidden, not typed.

    Taken from the form that has most of these fields, one of the view's own feature before others, the smaller one before the larger.
    """
    feature = f"portal.{request.blueprint}."
    forms = {form: _labels(form) for form in Form.known}  # type: ignore[arg-type] # mypy asks instances for __hash__, not the class
    best = max(
        forms, key=lambda form: (len(forms[form].keys() & names), form.__module__.startswith(feature), -len(forms[form])), default=None
    )
    silent = {name for labels in forms.values() for name in labels.keys() & names if labels[name] is None}
    return dict.fromkeys(silent, "") | {name: label or "" for name, label in (forms[best] if best else {}).items() if name in names}


@cache
def _labels(form: type[Form]) -> dict[str, Any]:
    """name → label, not yet in a language; None for what is chosen or hidden."""
    found: dict[str, Any] = {}
    for each in reversed(form.__mro__):
        for name, field in vars(each).items():
            if isinstance(field, UnboundField):
                is_typed = not issubclass(field.field_class, (HiddenField, SelectField, SelectMultipleField, BooleanField))
                found[name] = (field.args[0] if field.args else field.kwargs.get("label")) or None if is_typed else None
    return found


__all__ = [
    "KEPT",
    "ChoiceField",
    "DayField",
    "Form",
    "LinesField",
    "NumberField",
    "Required",
    "TextField",
    "clean",
    "fault_of",
    "labels_of",
    "line_fault",
    "readable",
]
