"""The forms of visits and tickets (N-7)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from wtforms import BooleanField, RadioField
from wtforms.validators import StopValidation

from portal.accounts.numbers import check_phone
from portal.cases.forms import PHONE_FAULTS
from portal.i18n import _, _l, _lp
from portal.rules.tickets import TicketState, VisitState
from portal.web.forms import DayField, Form, TextField

HALF_HOUR = re.compile(r"[0-2][0-9]:[03]0")
STATES: dict[TicketState, Any] = {
    TicketState.WAITING: _lp("ticket", "Waiting"),
    TicketState.CALLED: _lp("ticket", "Called"),
    TicketState.SERVING: _lp("ticket", "Being served"),
    TicketState.DONE: _lp("ticket", "Done"),
    TicketState.NO_SHOW: _lp("ticket", "Nobody came"),
}
VISIT_STATES: dict[VisitState, Any] = {
    VisitState.BOOKED: _lp("visit", "Made"),
    VisitState.CANCELLED: _lp("visit", "Cancelled"),
    VisitState.ARRIVED: _lp("visit", "Ticket taken"),
}


class _HalfHourForm(Form):
    """A day and one of its half hours. Which are left is the rule's to say: what one has made oneself is not left, and a retry is no fault."""

    on = DayField(_lp("visit", "Day"))
    half_hour = RadioField(_lp("visit", "Half hour"), choices=[], validate_choice=False)

    def validate_half_hour(self, field: Any) -> None:
        if not HALF_HOUR.fullmatch(field.data or ""):
            field.data = None
            raise StopValidation(_("Please choose one from the list."))


class BookForm(_HalfHourForm):
    item = TextField(_lp("visit", "For which matter (name or code)"), length=60, render_kw={"autocomplete": "off"})
    phone = TextField(_l("Phone"), required=True, length=20, render_kw={"autocomplete": "tel", "inputmode": "tel"})
    is_elderly = BooleanField(_lp("visit", "Somebody of 60 or more comes"))

    def validate_phone(self, field: Any) -> None:
        check = check_phone(field.data)
        if check.fault is not None:
            raise StopValidation(str(PHONE_FAULTS[check.fault]))
        field.data = check.number


class ChangeForm(_HalfHourForm):
    """Another half hour for a visit."""


class _OfTheDay(Form):
    """A form of the queue: it carries the day it was drawn on, so that a page of yesterday does nothing today."""

    def draw(self, today: date) -> None:
        self.version.data = str(today.toordinal())

    def is_of(self, today: date) -> bool:
        return self.drawn_from == today.toordinal()


class TakeForm(_OfTheDay):
    item = TextField(_lp("visit", "For which matter (name or code)"), length=60, render_kw={"autocomplete": "off"})
    is_elderly = BooleanField(_lp("visit", "Somebody of 60 or more comes"))


class CallForm(_OfTheDay):
    """Call the next."""


class VerbForm(Form):
    """A button with the version of what it acts on."""
