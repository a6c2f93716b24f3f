"""Several cases at once, each an act of its own: its locks, its rules, its once-key, its event. And a search by a person's data, recorded (R-1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.accounts.queries import SignedIn
from portal.audit import digest, record
from portal.authority import queries as authority_queries
from portal.cases import queries, services
from portal.clock import Clock
from portal.database import AlreadyDone, KeyReused, NotFound, Once, Stale, transaction
from portal.rules import handoffs
from portal.rules.authority import Register
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.worklist import may_do_at_once


class Outcome(StrEnum):
    """What became of one of several."""

    DONE = "done"
    REFUSED = "refused"
    CHANGED = "changed"
    """Somebody was faster: it has changed since the list was drawn."""
    GONE = "gone"
    """There is no such case for this person any more."""
    SENT_BEFORE = "sent_before"
    """The same key came with other words; what was done then stands."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A case that was marked on a list: its number, the version that the list was drawn from, and its own once-key."""

    number: str
    version: int
    once: Once | None


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a marked case; where it was refused, why."""

    number: str
    outcome: Outcome
    decision: Decision | None = None


def _each(marked: Sequence[Marked], do: Callable[[Marked], object]) -> list[Told]:
    may_do_at_once(len(marked)).or_raise()
    found = []
    for one in marked:
        decision = None
        try:
            do(one)
            outcome = Outcome.DONE
        except AlreadyDone:
            outcome = Outcome.DONE  # the same form came twice: one effect, the same answer (C-16)
        except NotAllowed as refusal:
            outcome, decision = Outcome.REFUSED, refusal.decision
        except Stale:
            outcome = Outcome.CHANGED
        except KeyReused:
            outcome = Outcome.SENT_BEFORE
        except NotFound:
            outcome = Outcome.GONE
        found.append(Told(one.number, outcome, decision))
    return found


def receive_several(marked: Sequence[Marked], *, actor: SignedIn, clock: Clock) -> list[Told]:
    """Receive each of the marked cases, in the order given; one that cannot be received holds up no other. NotAllowed for none or too many."""
    return _each(marked, lambda one: services.receive(one.number, version=one.version, actor=actor, clock=clock, once=one.once))


def hand_off_several(
    marked: Sequence[Marked], to_window: int, reason: str, *, with_papers: bool, actor: SignedIn, clock: Clock
) -> list[Told]:
    """Send each of the marked cases on: to one window, or with 0 each to the window that its route proposes (C-7). As `receive_several`."""

    registers: dict[int, Register] = {}

    def send(one: Marked) -> object:
        at = clock.now()
        view = queries.load(queries.case_for(actor, one.number, clock.today()), at)
        target = to_window or _proposed(view, registers)
        if target is None:
            with transaction(clock=clock, once=one.once):  # a key that was used says so first: once sent, nothing may be left to propose
                return Decision.no(Reason.NO_PROPOSAL, rule="C-7").or_raise()
        codes = [str(material["code"]) for material in view.now.materials if material.get("got")] if with_papers else []
        return services.hand_off(one.number, target, reason, codes, version=one.version, actor=actor, clock=clock, once=one.once)

    return _each(marked, send)


def _proposed(view: queries.CaseView, registers: dict[int, Register]) -> int | None:
    """The window to which the route of a case goes on, None where there is none (C-7); `registers` are those that were read already, by item."""
    case, now = view.case, view.now
    register = registers.get(view.item.id)
    if register is None:
        register = registers[view.item.id] = authority_queries.register_for(case.county_id, view.at, [view.item])
    proposal = handoffs.propose_route(
        holder_window_id=now.holder_window_id, next_power=now.next_power, way_back=now.way_back,
        holders=register.who_may(now.next_power, view.item, register.points[case.point_id]) if now.next_power else (),
        able={window.id for window in queries.able_windows(view.item, register, view.at)},
    )  # fmt: skip
    return proposal.window_id if proposal.moves else None


def record_search(by: str, typed: str, *, actor: SignedIn, clock: Clock) -> None:
    """Record that cases were searched by a person's data, before any is shown (R-1, N-6): by what, and a keyed digest of what was typed."""
    with transaction(clock=clock) as tx:
        record(tx, actor.actor, "case.search", f"search:{by}", by=by, digest=digest({"by": by, "typed": typed}))
