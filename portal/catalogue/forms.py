"""What is typed on the pages of the catalogue."""

from __future__ import annotations

from portal.i18n import _l
from portal.web.forms import Form, TextField


class FindItemForm(Form):
    """Looking for a service item; theme and body narrow the list."""

    q = TextField(_l("What do you want to do?"), length=60)
    theme = TextField(_l("Theme"), length=40)
    body = TextField(_l("Department"), length=20)


class FindOfferForm(Form):
    """Looking for the point where an item is wanted."""

    q = TextField(_l("Name of a town, village or community"), length=60)
