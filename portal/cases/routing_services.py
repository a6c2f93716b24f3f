"""An office moves a case where no window can or will: one case by hand here, and for what rulings, closings and emergencies move (C-7, C-24, N-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.accounts.queries import SignedIn
from portal.authority import queries as authority_queries
from portal.cases import queries
from portal.cases.models import Case
from portal.cases.services import Open, open_by_office
from portal.clock import Clock
from portal.database import NotFound, Once
from portal.rules import handoffs
from portal.rules.authority import Act, WindowTerms
from portal.rules.decision import Basis
from portal.rules.handoffs import Mark
from portal.rules.lifecycle import EventKind


@dataclass(frozen=True, slots=True)
class Order:
    """What an office says when it moves a case: where to, why, and as part of what."""

    target: WindowTerms
    reason: str
    mark: Mark
    more: Mapping[str, object]


def route(number: str, to_window: int, reason: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None) -> Case:
    """Say where a case goes, with a reason: for one with nowhere to go, or that stands where it should not (C-7). It stays the holder's until
    it is received; what was under way is called back. NotFound for a window that there is not.
    """
    with open_by_office(Act.ROUTE, number, version=version, actor=actor, clock=clock, once=once, also=to_window) as at:
        permission = at.view.may_by_office(Act.ROUTE).or_raise()
        assert permission.by is not None
        order = Order(may_go(at.view, to_window, reason), reason, Mark.ROUTED, {})
        return send_by_office(at, permission.by, order)


def may_go(view: queries.CaseView, to_window: int, reason: str) -> WindowTerms:
    """The window, if the case can be routed there; NotAllowed or NotFound otherwise."""
    case = view.case
    register = authority_queries.register_for(case.county_id, view.at, [view.item])
    able = {window.id: window for window in queries.able_windows(view.item, register, view.at)}
    if to_window not in able and to_window not in authority_queries.windows(case.county_id, view.today):
        raise NotFound(f"window {to_window}")
    now = view.now
    handoffs.may_route_to(
        to_window, holder=now.holder_window_id, addressed=now.addressed_window_id, able=set(able), reason=reason
    ).or_raise()  # fmt: skip
    return able[to_window]


def send_by_office(at: Open, by: Basis, order: Order) -> Case:
    """Append the handoff that the office ordered."""
    return at.append_sorted(EventKind.HANDED_OFF, by, payload_of(at.view, order))


def payload_of(view: queries.CaseView, order: Order) -> dict[str, object]:
    """What the event says: the papers that there are go with the case, as far as they were handed in."""
    power = view.now.next_power
    manifest = [
        {"code": str(each["code"]), "original": each.get("original", 0), "copies": each.get("copies", 0), "paper": False}
        for each in view.now.materials
        if each.get("got")
    ]
    return {
        "to_window_id": order.target.id, "to_level": order.target.level.value, "reason": order.reason, "power": power.value if power else None,
        "manifest": manifest, "mark": order.mark.value, **order.more,
    }  # fmt: skip
