"""Forms of letters of appointment and of stand-ins."""

from __future__ import annotations

from portal.i18n import _l
from portal.rules.decision import Reason
from portal.web.forms import ChoiceField, DayField, Form, LinesField


class WhereForm(Form):
    """Which body appoints for which point: asked first, since who can be appointed follows from it. Sent by GET."""

    body = ChoiceField(_l("Body that appoints"), choices=[])
    point = ChoiceField(_l("Service point"), choices=[])


class LetterForm(Form):
    """Whom the letter appoints, and for how long."""

    account = ChoiceField(_l("Who is appointed"), choices=[])
    from_on = DayField(_l("First day"))
    until_on = DayField(_l("Last day"), required=False)


class LetterActForm(Form):
    """A press of a button on a letter: sign, register, file."""


class EndLetterForm(Form):
    """Revoke an appointment, from a day on or at once (G-17)."""

    from_on = DayField(_l("Ends at the beginning of this day"), required=False)
    ground = LinesField(_l("Ground"), required=True, length=400)


class AwayForm(Form):
    """Which chief representative is away. Sent by GET."""

    chief = ChoiceField(_l("Who is away"), choices=[])


class StandInForm(Form):
    """Who stands in at which window, from when until when, and why the chief representative is away (G-13)."""

    who = ChoiceField(_l("Who stands in"), choices=[])
    from_on = DayField(_l("First day"))
    until_on = DayField(_l("Last day"))
    reason = LinesField(_l("Why the chief representative is away"), required=True, length=300)


class EndStandInForm(Form):
    """The absent one is back, or there is another ground (G-13)."""

    ground = LinesField(_l("Ground"), required=True, length=300)


# Beside which field a refusal is said; what is not here is said on top.
FIELD_OF: dict[Reason, str] = {
    Reason.BACKDATED: "from_on",
    Reason.PERIOD_REVERSED: "until_on",
    Reason.ENDS_TOO_EARLY: "from_on",
    Reason.LETTER_OVER: "from_on",
    Reason.NO_GROUND: "ground",
    Reason.STAND_IN_NEEDS_END: "until_on",
    Reason.STAND_IN_TOO_LONG: "until_on",
    Reason.STAND_IN_NEEDS_REASON: "reason",
    Reason.STANDS_IN_FOR_ONESELF: "who",
    Reason.APPOINTS_ONESELF: "who",
    Reason.STAND_IN_NOT_POSTED: "who",
    Reason.STAND_IN_IS_ABSENT: "who",
    Reason.STANDS_IN_ALREADY: "who",
    Reason.STAND_IN_OVERLAPS: "from_on",
    Reason.ABSENT_NOT_CHIEF: "from_on",
}
