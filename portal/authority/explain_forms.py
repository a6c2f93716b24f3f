"""The question of the explain page: may this window, this person there, or anybody near a point use a power on an item, and why? (G-9)"""

from __future__ import annotations

from portal.i18n import _l
from portal.web.forms import ChoiceField, Form, TextField


class ExplainForm(Form):
    """Sent by GET. `window` is a window's number, or a point by number or name: then who could do it for someone there."""

    power = ChoiceField(_l("Power"), choices=[])
    item = TextField(_l("Matter: number or an everyday word"), required=True, length=60)
    window = TextField(_l("Number of the window, or a village, town or center"), required=True, length=60)
    person = TextField(_l("Account of the person"), length=60)
    at = TextField(_l("Moment"), length=30)
