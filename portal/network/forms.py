"""What is typed on the pages of the network."""

from __future__ import annotations

from portal.i18n import _l
from portal.web.forms import Form, TextField


class FindPointForm(Form):
    """Looking for a service point by name, former name, pinyin or initials."""

    q = TextField(_l("Name of a town, village or community"), length=60)
