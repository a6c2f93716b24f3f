"""What the messages about instruments say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.i18n import _p
from portal.messages import Words
from portal.web.filters import day


def recertification(facts: Mapping[str, Any]) -> Words:
    """The reminder of the yearly confirmation (G-14)."""
    said = _p("message", "Instrument %(instrument)s has to be confirmed by %(day)s")
    return Words(
        said % {"instrument": facts["instrument"], "day": day(date.fromisoformat(facts["due_on"]), year=True)}, (), str(facts["href"])
    )
