"""What is typed on the pages of the matrix."""

from __future__ import annotations

from portal.i18n import _l
from portal.web.forms import Form, TextField


class FindItemForm(Form):
    """Looking for a matter by its code or by words of its name."""

    item = TextField(_l("Matter: code or words of its name"), length=60)
