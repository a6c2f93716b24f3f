"""Forms of stationing: an entry of the negative list, and a withdrawal with its three papers (S-12)."""

from __future__ import annotations

from typing import Any

from portal.i18n import _l
from portal.rules.decision import Reason
from portal.web.forms import DayField, Form, TextField


class NegativeForm(Form):
    """An item goes on the negative list by an instrument."""

    instrument = TextField(_l("Number of the instrument"), required=True, length=60)
    from_on = DayField(_l("First day"))
    until_on = DayField(_l("Last day"), required=False)


class WithdrawForm(Form):
    """An item is withdrawn from the network, or from one point. A missing paper is said by the rule, so none is required here."""

    point = TextField(_l("Number of the point, for one point only"), length=20)
    from_on = DayField(_l("No longer offered from"))
    review_number = TextField(_l("Legal review: number"), length=60)
    review_on = DayField(_l("Legal review: day"), required=False)
    approval_number = TextField(_l("County government's approval: number"), length=60)
    approval_on = DayField(_l("County government's approval: day"), required=False)
    filing_number = TextField(_l("Filing: number"), length=60)
    filing_on = DayField(_l("Filing: day"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for paper in ("review", "approval", "filing"):
            for name in (f"{paper}_number", f"{paper}_on"):
                self[name].flags.optional = False  # wanted, though the rule says so and not the field


# Beside which field a fault is said; what is not here is said on top.
FIELD_OF: dict[Reason, str] = {
    Reason.NEGATIVE_LIST_NEEDS_INSTRUMENT: "instrument",
    Reason.LISTED_ALREADY: "from_on",
    Reason.BACKDATED: "from_on",
    Reason.CHANGES_FROM_TOMORROW: "from_on",
    Reason.PERIOD_REVERSED: "until_on",
    Reason.WITHDRAWAL_NEEDS_REVIEW: "review_number",
    Reason.WITHDRAWAL_NEEDS_APPROVAL: "approval_number",
    Reason.WITHDRAWAL_NEEDS_FILING: "filing_number",
    Reason.WITHDRAWAL_OUT_OF_ORDER: "filing_on",
}
