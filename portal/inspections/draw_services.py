"""Drawing enterprises and inspectors by lot, the plans that come of it, and the result published (Q-13).

Every record's verb begins with `inspection_plan.`, which nothing public reads: not even a moment tells of a draw before its visits.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from sqlalchemy import select

from portal.accounts.queries import SignedIn
from portal.audit import Actor, record
from portal.authority import queries as authority_queries
from portal.clock import Clock
from portal.database import Once, Stale, transaction
from portal.inspections import draw_queries, plan_queries, plan_services, queries
from portal.inspections.draw_models import RandomDraw, RandomDrawEntry
from portal.inspections.models import Enterprise
from portal.inspections.plan_models import InspectionMatter
from portal.inspections.plan_queries import PlanText
from portal.network.models import Body
from portal.rules import random_draw as rules
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.moments import civil_date
from portal.rules.quiet_days import Kind, Plan, Visit
from portal.rules.random_draw import Candidate, Drawer, Excluded

REPEATS = ("Q-3", "Q-4")
"""Rules that refuse a whole year: where one does, no other day of it is tried."""


@dataclass(frozen=True, slots=True)
class DrawText:
    """What a draw is for. `left_out`: credit code → why it takes no part."""

    matter_code: str
    first_on: date
    last_on: date
    wanted: int
    is_announced: bool = False
    trade: str = ""
    left_out: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def place_of(number: str) -> str:
    """Where a draw is read."""
    return f"/inspections/draws/{number}"


@dataclass(slots=True)
class _Listed:
    """An enterprise of the list on its way into the draw."""

    row: Enterprise
    weight: int
    excluded: Excluded | None = None
    reason: str = ""
    day: date | None = None


def draw(text: DrawText, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> str:
    """Draw by lot for the body of who draws, and draft a plan for each enterprise that came out; returns the number of the draw.

    The seed is the machine's, made after the list is closed: nobody chooses it. A draw stays, with all that it was made from.
    """
    with transaction(clock=clock, once=once) as tx:
        body = tx.session.get(Body, actor.body_id or 0)
        if body is None:
            raise NotAllowed(Decision.no(Reason.NOT_YOURS, rule="Q-13"))
        body_id = body.id
        candidates = draw_queries.enterprises_of(actor.county_id, body.code, text.trade)
        tx.lock(select(Enterprise).where(Enterprise.id.in_([row.id for row in candidates])).order_by(Enterprise.id))
        today = civil_date(tx.now)
        if plan_services.inspects_for(tx, actor) != body_id:
            raise NotAllowed(Decision.no(Reason.NOT_YOURS, rule="Q-13"))
        if text.first_on <= today:
            raise NotAllowed(Decision.no(Reason.DAY_IS_OVER, rule="Q-5", day=text.first_on, today=today))
        matter = next((each for each in plan_queries.list_matters(actor.county_id, text.first_on, body_id=body_id) if each.code == text.matter_code), None)
        if matter is None:
            raise NotAllowed(Decision.no(Reason.PLAN_MATTER_NOT_LISTED, rule="Q-5"))
        inspectors = draw_queries.drawers(actor.county_id, body_id, text.first_on, text.last_on)
        weights = draw_queries.weights_on(actor.county_id, today)
        seed = secrets.token_hex(16)
        listed = [_Listed(row, rules.weight_of(row.risk_grade, weights)) for row in candidates]
        _exclude(listed, text, matter, body, inspectors, seed, actor, today)
        drawn = rules.draw(
            seed, [Candidate(each.row.code, each.weight, each.excluded is not None) for each in listed], inspectors,
            number=text.wanted, first=text.first_on, last=text.last_on,
        )  # fmt: skip
        if not drawn:
            raise NotAllowed(Decision.no(Reason.DRAW_NOBODY_LEFT, rule="Q-13"))
        one = RandomDraw(
            county_id=actor.county_id, number=plan_services.number_by_lot(tx, actor.county_id, "SJ", civil_date(tx.now).year, RandomDraw.number), body_id=body_id, matter_id=matter.id, is_announced=text.is_announced,
            first_on=text.first_on, last_on=text.last_on, wanted=text.wanted, seed=seed, drawn_at=tx.now, drawn_by_id=actor.account_id,
            terms={"weights": weights, "inspectors": [_stored(each) for each in inspectors]},
        )  # fmt: skip
        tx.session.add(one)
        tx.session.flush()
        places = {each.code: (place, each.certificates) for place, each in enumerate(drawn, 1)}
        ids = draw_queries.inspector_ids(actor.county_id, [each.certificate for each in inspectors])
        for seq, each in enumerate(listed, 1):
            place, certificates = places.get(each.row.code, (None, ()))
            plan_id = None
            if place is not None and each.day is not None:
                plan = PlanText(
                    each.row.id, matter.code, Kind.ROUTINE, each.day, each.day, text.is_announced,
                    tuple(ids[certificate] for certificate in certificates),
                )  # fmt: skip
                plan_id = plan_services.draft_within(tx, plan, actor=actor, body_id=body_id, because={"draw": one.number}).id
            tx.session.add(
                RandomDrawEntry(
                    county_id=actor.county_id, draw_id=one.id, seq=seq, enterprise_id=each.row.id, code=each.row.code, grade=each.row.risk_grade,
                    weight=each.weight, excluded=each.excluded and each.excluded.value, reason=each.reason, place=place,
                    certificates=list(certificates), plan_id=plan_id,
                )
            )  # fmt: skip
        tx.session.flush()
        record(tx, actor.actor, "inspection_plan.drawn", f"random_draw:{one.number}", listed=len(listed), drawn=len(drawn))
        tx.result = place_of(one.number)
        return one.number


def _exclude(
    listed: list[_Listed], text: DrawText, matter: InspectionMatter, body: Body, inspectors: list[Drawer], seed: str, actor: SignedIn, today: date
) -> None:
    """Who takes no part, and why; and for everybody else the day, by the one answer about days (Q-1 to Q-4)."""
    county_id = actor.county_id
    law = queries.quiet_law(county_id)
    facts = draw_queries.facts_of(county_id, [each.row for each in listed])
    history = queries.histories(county_id, [each.row.id for each in listed], today, hidden=plan_queries.visible(actor))
    for each in listed:
        code = each.row.code
        if code in text.left_out:
            each.excluded, each.reason = Excluded.BY_HAND, text.left_out[code]
            continue
        if len(rules.pair_for(seed, code, inspectors, text.first_on, text.last_on)) < rules.PAIR:
            each.excluded = Excluded.NO_PAIR
            continue
        plan = Plan(body.id, matter.line, Kind.ROUTINE, text.first_on, is_vertical=body.is_vertical)
        each.day, each.reason = _day_for(law, plan, facts[each.row.id], history[each.row.id], seed, code, text, today)
        each.excluded = Excluded.NO_DAY if each.day is None else None


def _day_for(
    law: queries.QuietLaw, plan: Plan, facts: queries.EnterpriseFacts, history: tuple[Visit, ...], seed: str, code: str, text: DrawText, today: date
) -> tuple[date | None, str]:
    """The first allowed day in the order of this enterprise, or the rule that leaves none."""
    quiet = law.quiet
    days = queries.quiet_days.open_days(quiet.rules, quiet.calendar, text.first_on, text.last_on, quiet.added, facts)
    refused, years = "Q-1", set()
    for day in rules.days_for(seed, code, days):
        if day.year in years:
            continue
        verdict = law.may_inspect(plan.moved_to(day), facts, history, today)
        if verdict.allowed:
            return day, ""
        refused = verdict.findings[0].rule
        if refused in REPEATS:
            years.add(day.year)
    return None, refused


def _stored(each: Drawer) -> dict[str, object]:
    return {
        "certificate": each.certificate, "from_on": each.from_on.isoformat(), "valid_until_on": each.valid_until_on.isoformat(),
        "conflicts": sorted(each.conflicts),
    }  # fmt: skip


def may_publish(shown: draw_queries.DrawShown, actor: SignedIn) -> Decision:
    """May this person publish the result now? The same answer draws the button and guards the act (Q-13)."""
    line = shown.line
    return rules.may_publish(
        line.row.body_id, actor.offices, is_published=line.row.published_at is not None, open_visits=line.open_visits, visits=line.visits
    )


def publish(number: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """The head of the body publishes the result after the last visit, with all that one needs to draw again (Q-13)."""
    with transaction(clock=clock, once=once) as tx:
        seen = draw_queries.get_draw(actor.county_id, number, actor)
        tx.lock(select(RandomDraw).where(RandomDraw.id == seen.row.id))
        shown = draw_queries.get_draw(actor.county_id, number, actor)
        row = shown.row
        if row.version != version:
            raise Stale(row.version)
        line = shown.line
        permission = rules.may_publish(
            row.body_id, authority_queries.offices_of(actor.account_id, civil_date(tx.now)), is_published=row.published_at is not None,
            open_visits=line.open_visits, visits=line.visits,
        ).or_raise()  # fmt: skip
        assert permission.by is not None
        row.published_at, row.published_by_id, row.office_id = tx.now, actor.account_id, permission.by.office
        row.version += 1
        tx.session.flush()
        record(tx, actor.actor, "inspection_plan.draw_published", f"random_draw:{number}", office=permission.by.office)
        tx.result = place_of(number)


def record_look(numbers: list[str], *, actor: Actor, clock: Clock) -> None:
    """That draws were read whose result is not published, which is recorded each time (Q-7, R-1)."""
    with transaction(clock=clock) as tx:
        for number in numbers:
            record(tx, actor, "inspection_plan.draw_look", f"random_draw:{number}")
