"""Forms of postings: who is posted where, and the end of it (N-4)."""

from __future__ import annotations

from typing import Any

from portal.authority.terms import POSTS
from portal.i18n import _l, _lp
from portal.rules.clauses import Post
from portal.rules.decision import Reason
from portal.rules.postings import Staff
from portal.web.forms import ChoiceField, DayField, Form, LinesField, TextField

FOOTINGS: dict[Staff, Any] = {
    Staff.REGULAR: _lp("footing", "Member of staff"),
    Staff.TEMPORARY: _lp("footing", "Temporary"),
}


class PostingForm(Form):
    """A person at a window for a period."""

    window = ChoiceField(_l("Window"), choices=[])
    person = TextField(
        _l("User name of the person"), required=True, length=60, render_kw={"list": "people", "autocomplete": "off", "autocapitalize": "none"}
    )
    post = ChoiceField(_l("Post"), choices=[(code.value, text) for code, text in POSTS.items()], default=Post.CLERK.value)
    staff = ChoiceField(_l("Footing"), choices=[(code.value, text) for code, text in FOOTINGS.items()], default=Staff.REGULAR.value)
    from_on = DayField(_l("First day"))
    until_on = DayField(_l("Last day"), required=False)
    told_on = DayField(_l("Day on which the center was told"), required=False)
    certificate = TextField(_l("Number of the enforcement certificate"), length=60)
    village_paper = TextField(_l("Paper by which the village appoints its agent"), length=60)
    town_paper = TextField(_l("Paper by which the town confirms the agent"), length=60)
    reason = LinesField(_l("Reason for an exception"), length=300)


class EndForm(Form):
    """The last day of a posting that would otherwise go on."""

    last_on = DayField(_l("Last day"))
    told_on = DayField(_l("Day on which the center was told"), required=False)
    reason = LinesField(_l("Reason"), length=300)


# Beside which field a fault is said; what is not here is said on top.
FIELD_OF: dict[Reason, str] = {
    Reason.POSTED_ALREADY: "person",
    Reason.POSTS_ONESELF: "person",
    Reason.POST_NOT_AT_THIS_LEVEL: "post",
    Reason.STAFF_IS_TEMPORARY: "staff",
    Reason.BACKDATED: "from_on",
    Reason.PERIOD_REVERSED: "until_on",
    Reason.POSTING_TOO_SHORT: "until_on",
    Reason.POSTING_TOLD_TOO_LATE: "told_on",
    Reason.POSTING_NEEDS_CERTIFICATE: "certificate",
    Reason.AGENT_NOT_APPOINTED: "village_paper",
    Reason.AGENT_NOT_CONFIRMED: "town_paper",
}
END_FIELD_OF: dict[Reason, str] = {
    Reason.POSTING_IS_OVER: "last_on",
    Reason.POSTING_ENDS_IN_PAST: "last_on",
    Reason.POSTING_ENDS_ANYHOW: "last_on",
    Reason.POSTING_TOO_SHORT: "last_on",
    Reason.POSTING_TOLD_TOO_LATE: "told_on",
}
