"""Forms of plans. Who goes is a box each (`inspector-1`, …), read apart."""

from __future__ import annotations

import re
from typing import Any

from wtforms.fields import BooleanField
from wtforms.validators import StopValidation

from portal.i18n import _, _l, _lp
from portal.inspections.pages import EXEMPTIONS, KINDS
from portal.rules.inspection_visits import NoticeNumber
from portal.rules.quiet_days import CATEGORIES, Exemption
from portal.web.forms import ChoiceField, DayField, Form, LinesField, TextField

INSPECTIONS = [(each.value, text) for each, text in EXEMPTIONS.items() if CATEGORIES[each].is_inspection]
TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class PlanForm(Form):
    """A visit that is planned. Matters and enterprises to choose from are set by the view."""

    enterprise = TextField(_l("Enterprise"), required=True, length=200, render_kw={"list": "enterprises", "autocomplete": "off"})
    matter = ChoiceField(_lp("plan", "Matter of the published list"), choices=[], validate_choice=False)
    kind = ChoiceField(_l("Kind of inspection"), choices=[(kind.value, text) for kind, text in KINDS.items()])
    first_on = DayField(_lp("plan", "First day"))
    last_on = DayField(_lp("plan", "Last day"), required=False)
    announced = ChoiceField(
        _lp("plan", "Is it announced?"),
        choices=[("1", _lp("plan", "Announced: the enterprise sees it once it is filed")), ("0", _lp("plan", "Unannounced: nobody outside sees it before the door"))],
        default="1",
    )  # fmt: skip
    exemption = ChoiceField(_l("Exemption"), choices=[("", _l("None")), *INSPECTIONS])
    basis = TextField(_l("Basis of the exemption"), length=500)
    on_day_off = BooleanField(_l("The enterprise works on this day, should it be a day off"))
    coordinated = TextField(_lp("plan", "Paper of the coordination with the other bodies of the line"), length=200)

    def validate_last_on(self, field: Any) -> None:
        if field.data is not None and self.first_on.data is not None and field.data < self.first_on.data:
            raise StopValidation(_("The last day lies before the first."))


class AfterwardsForm(Form):
    """A visit to an accident, written down after it took place."""

    enterprise = TextField(_l("Enterprise"), required=True, length=200, render_kw={"list": "enterprises", "autocomplete": "off"})
    matter = ChoiceField(_lp("plan", "Matter of the published list"), choices=[], validate_choice=False)
    on = DayField(_lp("plan", "Day of the visit"))
    entered = TextField(_lp("plan", "Entered at (hour:minute)"), required=True, length=5)
    left = TextField(_lp("plan", "Left at (hour:minute)"), required=True, length=5)
    notice = TextField(_lp("visit", "Number of the paper notice"), length=40, render_kw={"autocomplete": "off"})
    basis = TextField(_lp("plan", "What happened, and who reported it"), required=True, length=500)
    exemption = ChoiceField(
        _l("Exemption"), choices=[(Exemption.ACCIDENT.value, EXEMPTIONS[Exemption.ACCIDENT])], default=Exemption.ACCIDENT.value
    )

    def validate_notice(self, field: Any) -> None:
        if field.data and NoticeNumber.of(field.data) is None:
            raise StopValidation(_("Please give the number as printed, for example MR-2026-0007."))

    def validate_entered(self, field: Any) -> None:
        _is_time(field)

    def validate_left(self, field: Any) -> None:
        _is_time(field)


def _is_time(field: Any) -> None:
    if not TIME.fullmatch(field.data or ""):
        raise StopValidation(_("Please give the time as hour:minute, for example 09:30."))


class StepForm(Form):
    """A step that needs no words."""


class ReasonForm(Form):
    """A step with its reason."""

    reason = LinesField(_lp("plan", "Why"), required=True, length=300)
