"""The deployment's cipher, what each sealed field is bound to, and why one is opened, in one place (R-2)."""

from __future__ import annotations

from enum import StrEnum

from flask import current_app

from portal.crypto import FieldCipher


class PersonField(StrEnum):
    """The sealed fields of a person; the value is the context that the seal is bound to."""

    NUMBER = "person.number"
    PHONE = "person.phone"


class RevealReason(StrEnum):
    """Why a sealed field is opened. Codes and not free text, since the record keeps no personal data in clear (R-1)."""

    CONTACT = "contact"
    VERIFY = "verify"
    PAPER = "paper"
    CORRECT = "correct"
    SUPERVISION = "supervision"


def cipher() -> FieldCipher:
    """Seals and opens the personal fields of this deployment."""
    found: FieldCipher = current_app.extensions["cipher"]
    return found
