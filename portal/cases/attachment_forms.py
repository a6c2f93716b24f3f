"""The form by which a file is handed in, and the words for what is wrong with one."""

from __future__ import annotations

from typing import Any

from wtforms import FileField, ValidationError

from portal.i18n import _, _l, _lp
from portal.rules import attachments as rules
from portal.web.forms import ChoiceField, Form

MB = rules.MOST_BYTES // 1024 // 1024
OTHER = "other"

# what `files.NotTaken` says → what people read, beside the field
FAULTS: dict[str, Any] = {
    "empty": _l("Please choose a file."),
    "too_large": _l(
        "A file may have 2 MB at most; this one is larger. Scan it in grey or with fewer dots, or take the photo with a lower resolution."
    ),
    "unknown_kind": _l("Only a PDF, JPEG or PNG file is taken."),
    "damaged": _l("This file cannot be read: it is damaged, or not what it begins like. Please make it anew."),
    "too_many_pixels": _l("This picture has too many dots. Please take it with a lower resolution."),
    "too_many_pages": _l("A PDF may have 200 pages at most. Please split it."),
    "locked": _l("This PDF is locked by a password. Please save it without one."),
    "has_script": _l("This PDF holds a program, other files or a form that sends. Print it to a new PDF and hand that in."),
    "not_whole": _l("The file has not arrived whole. Please send it again."),
    "other_file": _l("Another file was begun in its place. Please choose the file again."),
    "no_part": _l("The file has not arrived whole. Please send it again."),
}


class AttachForm(Form):
    """One file, and which material of the item's list it is."""

    material = ChoiceField(_l("Which material"))
    file = FileField(_lp("attachment", "File"), render_kw={"accept": "application/pdf,image/jpeg,image/png"})

    def __init__(self, materials: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.material.choices = [("", _("Please choose")), *materials, (OTHER, _("Another paper of this case"))]

    def validate_material(self, field: Any) -> None:
        """Something has to be chosen."""
        if not field.data:
            raise ValidationError(_("Please choose one from the list."))

    @property
    def material_seq(self) -> int | None:
        """The material's number in the list; None for another paper."""
        text = str(self.material.data or "")
        return int(text) if text.isascii() and text.isdigit() else None


def limit_words() -> str:
    """What is taken, to stand beside the field."""
    return _("PDF, JPEG or PNG, at most %(most)s MB.", most=MB)


def sending_words() -> dict[str, str]:
    """What `static/upload.js` says while it sends, in the language of the page."""
    return {
        "photos": _("A photo that is larger is made smaller here before it is sent."),
        "empty": str(FAULTS["empty"]),
        "large": str(FAULTS["too_large"]),
        "kind": str(FAULTS["unknown_kind"]),
        "choose": _("Please choose one from the list."),
        "shrinking": _("The photo is being made smaller …"),
        "sent": _("Sent %(done)s of %(all)s KB", done="{done}", all="{all}"),
        "lost": _("The line is interrupted. It goes on by itself from where it was; please leave this page open."),
        "checking": _("All sent; the file is being checked …"),
        "signed_out": _("Your sign-in has ended. Sign in again in another tab, then press the button here: it goes on from where it was."),
        "failed": _("This did not work. Please press the button again: it goes on from where it was."),
    }
