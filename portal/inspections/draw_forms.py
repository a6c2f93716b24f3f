"""The form of a random draw."""

from __future__ import annotations

import re
from typing import Any

from wtforms.validators import StopValidation

from portal.i18n import _, _lp
from portal.rules.random_draw import MOST_DRAWN
from portal.web.forms import ChoiceField, DayField, Form, LinesField, NumberField

CODE = re.compile(r"[0-9A-Z]{18}")
REASON = 200


class DrawForm(Form):
    """Enterprises of the body, drawn by lot. Matters and trades are set by the view."""

    matter = ChoiceField(_lp("plan", "Matter of the published list"), choices=[], validate_choice=False)
    trade = ChoiceField(_lp("draw", "Only of one trade"), choices=[], validate_choice=False)
    first_on = DayField(_lp("draw", "First day of the period"))
    last_on = DayField(_lp("draw", "Last day of the period"))
    wanted = NumberField(_lp("draw", "How many enterprises"), low=1, high=MOST_DRAWN)
    announced = ChoiceField(
        _lp("plan", "Is it announced?"),
        choices=[("0", _lp("plan", "Unannounced: nobody outside sees it before the door")), ("1", _lp("plan", "Announced: the enterprise sees it once it is filed"))],
        default="0",
    )  # fmt: skip
    left_out = LinesField(_lp("draw", "Enterprises that take no part"), length=4000)

    def validate_last_on(self, field: Any) -> None:
        if field.data is not None and self.first_on.data is not None:
            if field.data < self.first_on.data:
                raise StopValidation(_("The last day lies before the first."))
            if (field.data - self.first_on.data).days > 366:
                raise StopValidation(_("A period is a year at most."))

    def validate_left_out(self, field: Any) -> None:
        for line in self._lines():
            code, reason = _parted(line)
            if not CODE.fullmatch(code) or not reason or len(reason) > REASON:
                raise StopValidation(_("Each line is a credit code, a space and the reason. This one is not: %(line)s", line=line[:60]))

    def _lines(self) -> list[str]:
        return [line.strip() for line in (self.left_out.data or "").splitlines() if line.strip()]

    @property
    def reasons(self) -> dict[str, str]:
        """Credit code → why it takes no part; of a form that is valid."""
        return dict(_parted(line) for line in self._lines())


def _parted(line: str) -> tuple[str, str]:
    code, _space, reason = line.partition(" ")
    return code.upper(), reason.strip()


class PublishForm(Form):
    """The result is published."""
