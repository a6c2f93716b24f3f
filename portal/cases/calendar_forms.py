"""Forms of the calendar: the yearly notice as it is pasted, a day off by regional law, and the end of one (C-4)."""

from __future__ import annotations

from typing import Any

from portal.i18n import _l, _lp
from portal.rules.decision import Reason
from portal.rules.holiday_notice import Why
from portal.rules.working_days import FIRST_YEAR
from portal.web.forms import DayField, Form, LinesField, NumberField, TextField

NOTICE_LENGTH = 4000


class NoticeForm(Form):
    """For which year, its number, where it was published, and its text."""

    year = NumberField(_lp("calendar", "Year of the notice"), low=FIRST_YEAR, high=2100)
    number = TextField(_lp("calendar", "Number of the notice"), required=True, length=200)
    source = TextField(_lp("calendar", "Where it was published"), required=True, length=500)
    text = LinesField(_lp("calendar", "Text of the notice"), required=True, length=NOTICE_LENGTH, render_kw={"rows": 14})


class RegionalDayForm(Form):
    """A day that a law of the region gives off."""

    day = DayField(_lp("calendar", "Day off"))
    source = TextField(_lp("calendar", "Law and article"), required=True, length=200)
    name = TextField(_lp("calendar", "Name, simplified"), required=True, length=100)
    name_hant = TextField(_lp("calendar", "Name, traditional"), required=True, length=100)
    name_en = TextField(_lp("calendar", "Name, English"), required=True, length=100)


class EndDayForm(Form):
    """Why a day is no day off by regional law after all."""

    day = DayField(_lp("calendar", "Day off"))
    reason = TextField(_l("Reason"), required=True, length=200)


# beside which field of the day a refusal is said
FIELD_OF: dict[Reason, str] = {
    Reason.DAY_BEFORE_CALENDAR: "day",
    Reason.DAY_IS_WORKED_BY_NOTICE: "day",
    Reason.DAY_IS_OFF_ALREADY: "day",
    Reason.DAY_IS_NOT_REGIONAL: "day",
    Reason.REGIONAL_DAY_NEEDS_LAW: "source",
}
FAULTS: dict[Why, Any] = {
    Why.UNREAD: _lp("notice", "This could not be read. Compare it with the published text."),
    Why.UNKNOWN_FESTIVAL: _lp("notice", "“%(said)s” is none of the seven festivals of a yearly notice."),
    Why.NOT_A_DATE: _lp("notice", "There is no %(said)s."),
    Why.WEEKDAY_OTHER: _lp("notice", "%(day)s is a %(weekday)s, but the text says %(said)s."),
    Why.COUNT_OTHER: _lp("notice", "The text says %(said)s days, but these dates are %(count)s."),
    Why.NOT_BESIDE_A_WEEKEND: _lp("notice", "This day touches no weekend, so which days go with it is not clear."),
    Why.PERIOD_REVERSED: _lp("notice", "The last day, %(last)s, is before the first, %(first)s."),
    Why.NO_YEAR: _lp("notice", "Of which year is %(said)s? Write the year before it."),
    Why.OUTSIDE_YEAR: _lp("notice", "%(day)s does not belong to the notice of this year."),
    Why.WORKED_ON_WEEKDAY: _lp("notice", "%(day)s is a %(weekday)s, on which people work anyway: the date cannot be right."),
    Why.DAY_TWICE: _lp("notice", "%(day)s stands in line %(line)s already."),
    Why.FESTIVAL_TWICE: _lp("notice", "%(festival)s stands in line %(line)s already."),
    Why.FESTIVALS_MISSING: _lp("notice", "Nothing is said of %(festivals)s. Paste the whole notice."),
    Why.STATUTORY_DAY_MISSING: _lp("notice", "By law %(day)s is a day off, and the text says nothing of it."),
    Why.OTHER_YEAR: _lp("notice", "The text is the notice for %(said)s, not for %(year)s."),
    Why.CONTRADICTS: _lp("notice", "%(day)s is entered otherwise: %(notice)s."),
}
