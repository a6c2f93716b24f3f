"""What the pages say of handoffs: the papers of a leg, the next door of a case that came back, the table of legs. No query, no rule."""

from __future__ import annotations

from typing import Any

from portal.cases import pages
from portal.cases.forms import CONDITIONS
from portal.cases.handoff_words import KINDS, STATES, counted, name_of
from portal.cases.queries import CaseView
from portal.i18n import _, named
from portal.rules.authority import Act
from portal.rules.handoffs import AfterReturn, Leg
from portal.rules.leg_clock import clocks_of
from portal.rules.manifests import CONDITION_ORDER, PaperLine, PaperState
from portal.web.filters import typed


def names_of(view: CaseView) -> dict[str, str]:
    """code → name of each material of the item."""
    return {str(each.seq): named(each) for each in view.materials}


def doors(view: CaseView) -> list[tuple[str, str]]:
    """The windows that a return can name: those that hold a code on the item, but the one that returns it."""
    here = view.now.addressed_window_id
    return [(str(window.id), pages.place_name(view.places.get(window.id))) for window in view.targets if window.id != here]


def detail(view: CaseView) -> dict[str, Any]:
    """What the page of a case shows of its handoffs beside `pages.detail`."""
    leg = view.now.leg_under_way
    awaited = [each for each in view.now.legs if each.papers.state.is_awaited] if not view.now.state.is_closed else []
    names = names_of(view)
    listed = [] if leg is None else [{"name": name_of(line.sent, names), "sent": counted(line.sent)} for line in leg.papers.lines]
    may = bool(awaited) and bool(view.may(Act.RECEIVE_PAPER))
    return {
        "coming_papers": listed,
        "conditions": [(code.value, CONDITIONS[code]) for code in CONDITION_ORDER],
        "leg_rows": leg_rows(view),
        "papers_here": _("Papers of this case are awaited here.") if may else "",
        **next_door(view),
    }


def came_back(view: CaseView) -> Leg | None:
    """The last leg, if it was returned and nothing has been sent since; of an open case."""
    leg = view.now.legs[-1] if view.now.legs else None
    return leg if leg is not None and leg.returned_at is not None and not view.now.state.is_closed else None


def next_door(view: CaseView, *, public: bool = False) -> dict[str, Any]:
    """Where a case that came back goes next, in a sentence; for the public places alone, nothing that was typed (C-18, C-21)."""
    leg = came_back(view)
    if leg is None or not leg.then:
        return {"next_door": "", "returned_because": ""}

    def at(window_id: int | None) -> str:
        place = view.places.get(window_id or 0)
        return "" if place is None else named(place.point) if public else pages.place_name(place)

    sender, back, door = at(leg.from_window), at(leg.to_window), at(leg.door)
    match AfterReturn(leg.then):
        case AfterReturn.SENDER_MENDS:
            text = _("%(back)s sent it back: %(sender)s puts it right and sends it to %(door)s again.", back=back, sender=sender, door=door)
        case AfterReturn.APPLICANT_BRINGS:
            text = _("%(back)s sent it back: something is needed from the applicant, at %(door)s.", back=back, door=door)
        case _ if door:
            text = _("%(back)s sent it back: it belongs to %(door)s. %(sender)s sends it there.", back=back, sender=sender, door=door)
        case _ if public:
            text = _("%(back)s sent it back: it belongs to another office. %(sender)s sends it there.", back=back, sender=sender)
        case _:
            text = _("%(back)s sent it back: it belongs to %(whose)s. %(sender)s sends it there.", back=back, whose=leg.whose, sender=sender)
    return {"next_door": text, "returned_because": typed(leg.return_reason) if leg.return_reason and not public else ""}


def paper_line(line: PaperLine, names: dict[str, str]) -> dict[str, Any]:
    """A listed paper beside what came of it."""
    came = counted(line.came) if line.came is not None else ""
    return {"name": name_of(line.sent, names), "sent": counted(line.sent), "came": came, "is_whole": line.is_whole, "left": line.left}


def papers_word(leg: Leg) -> str:
    """What became of the papers of a leg."""
    word = str(STATES[leg.papers.state])
    return _("%(state)s, on their way back", state=word) if leg.papers.go_back and leg.papers.state.is_awaited else word


def stored_state(code: str) -> Any:
    """The word of a state of papers, from the row of a list."""
    return STATES[PaperState(code)]


def leg_rows(view: CaseView) -> list[dict[str, Any]]:
    """The clocks of the legs, the newest first: what was the limit, how late, and whose it is (C-20)."""
    at = {window_id: pages.place_name(place) for window_id, place in view.places.items()}
    return [
        {
            "from": at.get(clock.leg.from_window, ""), "to": at.get(clock.leg.to_window, ""), "sent_at": clock.leg.sent_at, "leg": clock.leg,
            "held_due_on": clock.held_due_on, "due_on": clock.due_on, "originals_due_on": clock.originals_due_on, "state": clock.state.value,
            "late": [(at.get(charge.window_id, ""), charge.days) for charge in clock.charges],
        }
        for clock in reversed(clocks_of(view.now.legs, view.now.stays, view.today, view.calendar, view.terms.legs))
    ]  # fmt: skip


def legs(view: CaseView) -> dict[str, Any]:
    """The table of the legs of a case, the newest first, each with its papers."""
    names = names_of(view)
    rows = [
        {
            "leg": leg, "kind": KINDS[leg.kind], "from": pages.place_name(view.places.get(leg.from_window)), "to": pages.place_name(view.places.get(leg.to_window)),
            "papers": [paper_line(line, names) for line in leg.papers.lines], "papers_word": papers_word(leg) if leg.papers.lines else "",
            "is_awaited": leg.papers.state.is_awaited and not view.now.state.is_closed, "came_on": [arrival.at for arrival in leg.papers.arrivals],
        }
        for leg in reversed(view.now.legs)
    ]  # fmt: skip
    return {"rows": rows, "leg_rows": leg_rows(view), "may_receive_paper": bool(view.may(Act.RECEIVE_PAPER)), **next_door(view)}


def papers_form(view: CaseView, leg: Leg | None) -> dict[str, Any]:
    """What the form of papers that came shows: each line that is not whole yet."""
    names = names_of(view)
    lines = [] if leg is None else [paper_line(line, names) for line in leg.papers.missing]
    return {
        "leg": leg, "lines": lines, "conditions": [(code.value, CONDITIONS[code]) for code in CONDITION_ORDER],
        "sender": "" if leg is None else pages.place_name(view.places.get(leg.from_window)),
        "go_back": leg is not None and leg.papers.go_back,
        "sent_back_by": "" if leg is None else pages.place_name(view.places.get(leg.to_window)),
    }  # fmt: skip
