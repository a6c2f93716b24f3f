"""Forms of joint dates: wishes, the matching, the answers to a proposed visit."""

from __future__ import annotations

import re
from typing import Any

from wtforms.validators import StopValidation

from portal.i18n import _, _lp
from portal.web.forms import ChoiceField, DayField, Form, LinesField, TextField

CODE = re.compile(r"[0-9A-Z]{18}")
MOST = 200


class WishForm(Form):
    """Enterprises that the body wants to inspect in a year. Matters are set by the view."""

    matter = ChoiceField(_lp("plan", "Matter of the published list"), choices=[], validate_choice=False)
    months = TextField(_lp("wish", "Months"), length=40)
    enterprises = LinesField(_lp("wish", "Enterprises"), required=True, length=4000)

    def validate_months(self, field: Any) -> None:
        parts = re.split(r"[,,、\s]+", (field.data or "").strip())
        if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= 12 for part in parts):
            raise StopValidation(_("Please give months as numbers from 1 to 12, for example 3,6,11."))

    def validate_enterprises(self, field: Any) -> None:
        for line in self._lines():
            if not CODE.fullmatch(_code(line)):
                raise StopValidation(_("Each line begins with a credit code of 18 signs. This one does not: %(line)s", line=line[:60]))
        if len(self.codes) > MOST:
            raise StopValidation(_("At most %(most)s enterprises at once.", most=MOST))

    def _lines(self) -> list[str]:
        return [line.strip() for line in (self.enterprises.data or "").splitlines() if line.strip()]

    @property
    def codes(self) -> tuple[str, ...]:
        """The credit codes, each once, in their order."""
        return tuple(dict.fromkeys(_code(line) for line in self._lines()))

    @property
    def month_numbers(self) -> tuple[int, ...]:
        """The months of a form that is valid; none for any."""
        return tuple(sorted({int(part) for part in re.split(r"[,,、\s]+", self.months.data or "") if part.isdigit()}))


def _code(line: str) -> str:
    """What stands before the first comma, tab or space: a line of a spreadsheet may go on."""
    return re.split(r"[,,;\t ]", line, maxsplit=1)[0].strip("\"'").upper()


class WithdrawForm(Form):
    """A wish is withdrawn."""


class RunForm(Form):
    """The wishes of the year are matched."""


class AcceptForm(Form):
    """A body accepts. Who goes is a box each (`inspector-1`, …), read apart."""


class MoveForm(Form):
    """A proposed visit is moved."""

    day = DayField(_lp("wish", "Other day"))


class RefuseForm(Form):
    """A body stays away."""

    reason = LinesField(_lp("plan", "Why"), required=True, length=300)
