"""What people type at the door: signing in, and a new password."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from wtforms import PasswordField as PlainPasswordField
from wtforms.validators import StopValidation

from portal.accounts.passwords import LONGEST, SHORTEST, PasswordFault
from portal.i18n import LANGUAGES, _, _l, _lp
from portal.web.forms import ChoiceField, Form, Required, TextField, fault_of

PASSWORD_FAULTS: dict[PasswordFault, Any] = {
    PasswordFault.SHORT: _lp("password", "Use at least %(least)s characters; a sentence is easy to remember."),
    PasswordFault.LONG: _lp("password", "Use at most %(most)s characters."),
    PasswordFault.HOLDS_NAME: _lp("password", "It must not contain your user name."),
    PasswordFault.COMMON: _lp("password", "This one is guessed at once. Please choose another."),
    PasswordFault.SAME: _lp("password", "This is the password you already have."),
}


def password_words(fault: PasswordFault) -> str:
    """Why a new password is refused, in a sentence."""
    return str(PASSWORD_FAULTS[fault]) % {"least": SHORTEST, "most": LONGEST}


class PasswordField(PlainPasswordField):
    """A password: never sent back, not trimmed, refused only for what no keyboard makes."""

    def __init__(self, label: Any = None, *, autocomplete: str, **kwargs: Any) -> None:
        flags = {"autocomplete": autocomplete, "maxlength": LONGEST}
        super().__init__(label, validators=[Required(), _typeable], render_kw=flags, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = valuelist[0] if valuelist else ""
        # what is far too long is left to the length gate: sorting its combining marks would cost time with the square of their number
        self.data = unicodedata.normalize("NFC", typed) if len(typed) <= 4 * LONGEST else typed


def _typeable(_form: Any, field: Any) -> None:
    if len(field.data or "") > LONGEST:
        raise StopValidation(_("At most %(most)s characters; this has %(size)s.", most=LONGEST, size=len(field.data)))
    if any(unicodedata.category(char) in {"Cc", "Cs", "Cn"} or char == "\ufffd" for char in field.data or ""):
        raise StopValidation(fault_of("\x00"))


class SignInForm(Form):
    username = TextField(
        _l("User name"), required=True, length=60, render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    )
    password = PasswordField(_l("Password"), autocomplete="current-password")


# what a mail server of today takes without asking: no quoting, no comment, no address of a machine
MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")


class ContactForm(Form):
    """How one wants one's messages."""

    email = TextField(_lp("contact", "E-mail"), length=200, render_kw={"type": "email", "autocomplete": "email", "spellcheck": "false"})
    language = ChoiceField(_lp("contact", "Language of messages"), choices=[(name, LANGUAGES[name][3]) for name in LANGUAGES])

    def validate_email(self, field: Any) -> None:
        if field.data and (not MAIL.fullmatch(field.data) or ".." in field.data):
            raise StopValidation(_("Please give a mail address like zhang@example.cn, or leave this empty."))


class PasswordForm(Form):
    current_password = PasswordField(_l("Password now"), autocomplete="current-password")
    new_password = PasswordField(_l("New password"), autocomplete="new-password")
    again_password = PasswordField(_l("New password once more"), autocomplete="new-password")

    def validate_again_password(self, field: Any) -> None:
        if field.data != self.new_password.data:
            raise StopValidation(_("The two are not the same."))
