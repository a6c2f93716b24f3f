"""What an applicant reads beside the progress of a matter: what is asked for, why it ended, what can be done against it, and the rating."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.cases import pages, paper_queries, paper_words, queries, rating_queries, unfinished_queries
from portal.cases.apply_queries import wanted_of
from portal.cases.queries import CaseView
from portal.i18n import named
from portal.rules.lifecycle import State
from portal.rules.papers import PaperKind

# the papers against which something can be done
AGAINST = {PaperKind.REFUSAL, PaperKind.NON_ACCEPTANCE, PaperKind.TURNED_AWAY, PaperKind.CLOSING}


@dataclass(frozen=True, slots=True)
class Notice:
    """What is asked for: (material, why), until when; `is_promised`: by an undertaking, after the acceptance (C-3, C-12)."""

    lines: tuple[tuple[str, str], ...]
    until: date | None
    is_promised: bool
    href: str
    is_provisional: bool = False


def notice_of(view: CaseView) -> Notice | None:
    """What the case waits for from its applicant; None for nothing, and while a supplement is examined."""
    wanted = wanted_of(view)
    if not wanted:
        return None
    why = {str(each["code"]): str(each.get("why") or "") for row in view.rows if row.kind == "noticed" for each in row.payload["missing"]}
    rows = {str(row.seq): row for row in queries.materials_of(view.version.id)}
    is_promised = view.now.state is not State.NOTICED
    until = view.now.supplement_due_on
    if is_promised and view.now.undertaking is not None:
        until = view.now.undertaking.until
    lines = tuple((named(rows[code]), why.get(code, "")) for code in wanted if code in rows)
    is_provisional = until is not None and view.calendar.is_provisional(until)
    return Notice(lines, until, is_promised, f"/my/supplements/{pages.spaced(view.case.tracking_code)}/photos", is_provisional)


def refusal_of(view: CaseView) -> Any:
    """The last paper that refused, turned away or ended the matter, in words with its remedies; None where there is none."""
    papers = [row for row in paper_queries.list_papers(view.case.id) if PaperKind(row.kind) in AGAINST]
    return paper_words.paper(view, papers[-1]) if papers else None


def beside(view: CaseView) -> dict[str, Any]:
    """What the page of the progress shows beside state, steps and dates (C-18, C-19): no name stands in any of it."""
    given = rating_queries.rated(view.case.id, rating_queries.service_of(view))
    return {
        "notice": notice_of(view), "refusal": refusal_of(view), "may_rate": rating_queries.may_rate(view, given, by_staff=False),
        "is_rated": given is not None, **unfinished_queries.beside(view),
    }  # fmt: skip
