"""What is typed on the pages of the catalogue."""

from __future__ import annotations

from portal.i18n import _l
from portal.web.forms import Form, TextField


class FindItemForm(Form):
    """Looking for a service item."""

    q = TextField(_l("What do you want to do?"), length=60)


class FindOfferForm(Form):
    """Looking for the point where an item is wanted."""

    q = TextField(_l("Name of a town, village or community"), length=60)
