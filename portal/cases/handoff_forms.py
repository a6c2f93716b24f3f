"""Forms of handoffs: the manifest of what goes along, and what came of it (C-6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wtforms import BooleanField, HiddenField
from wtforms.validators import StopValidation

from portal.cases.forms import PapersField
from portal.i18n import _, _lp
from portal.rules.manifests import Document
from portal.web.forms import Form


def manifest_of(form: Any) -> list[Document]:
    """The papers that a form lists: the ticked lines, then each other paper by its name, one original of each."""
    names = [line.strip() for line in (form.others.data or "").splitlines() if line.strip()]
    others = [Document(f"x{number}", 1, 0, name=name) for number, name in enumerate(names, 1)]
    return [replace(document) for document in form.papers.documents if not document.code.startswith("x")] + others


class ReceivePapersForm(Form):
    """Which papers of a handoff came; `last`: nothing more will come."""

    leg = HiddenField()
    papers = PapersField(_lp("manifest", "What came"))
    last = BooleanField(_lp("manifest", "Nothing more will come: what is not ticked is missing"))

    def validate_leg(self, field: Any) -> None:
        text = str(field.data or "")
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise StopValidation(_("Please choose one from the list."))
