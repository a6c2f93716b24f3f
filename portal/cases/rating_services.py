"""Rating a service, and what the center does about a bad rating. Staff neither enter nor change one (V-6)."""

from __future__ import annotations

from sqlalchemy import select

from portal.accounts.queries import SignedIn
from portal.audit import Actor, record
from portal.cases import rating_queries as queries
from portal.cases.models import Case
from portal.cases.queries import get_case_by_code
from portal.cases.rating_models import Rating, RatingStep
from portal.clock import Clock
from portal.database import Once, transaction
from portal.rules import rating
from portal.rules.authority import Office
from portal.rules.decision import Decision, Reason
from portal.rules.rating import Satisfaction, Step


def rate(
    code: str, satisfaction: Satisfaction, words: str, *, county_id: int, by_staff: bool, clock: Clock, once: Once | None = None
) -> None:
    """Rate the case of a tracking code, once. The record says that it was rated, and neither by whom nor from where."""
    with transaction(clock=clock, once=once) as tx:
        found = get_case_by_code(county_id, code, clock.now()).case
        case: Case = tx.lock(select(Case).where(Case.id == found.id))[0]
        open_to = queries.to_rate(county_id, code, tx.now, by_staff=by_staff)
        open_to.may.or_raise()
        holder = open_to.view.places[open_to.view.now.holder_window_id].point
        row = Rating(
            county_id=county_id, case_id=case.id, point_id=holder.id, service=open_to.service.value, satisfaction=int(satisfaction), words=words,
            rated_at=tx.now,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        tx.result = f"/track/{code}/rate"
        record(tx, Actor(None, county_id, "rater"), "rating.give", f"rating:{row.id}", case=case.number, service=row.service)


def may_answer_ratings(actor: SignedIn) -> Decision:
    """Is this person of the center's management, which answers ratings?"""
    return Decision.yes() if actor.holds(Office.CENTER_MANAGEMENT) else Decision.no(Reason.NOT_YOURS, rule="V-6")


def answer(rating_id: int, step: Step, note: str, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Record that the center called back, set right or set aside; each once, in this order, never undone (V-6)."""
    may_answer_ratings(actor).or_raise()
    with transaction(clock=clock, once=once) as tx:
        found = queries.get_rating(actor.county_id, rating_id)
        row: Rating = tx.lock(select(Rating).where(Rating.id == found.id))[0]
        done = {Step(one.step) for one in queries.steps_of([row.id]).get(row.id, [])}
        rating.may_answer(step, Satisfaction(row.satisfaction), done, note).or_raise()
        tx.session.add(
            RatingStep(county_id=row.county_id, rating_id=row.id, step=step.value, note=note, by_id=actor.account_id, done_at=tx.now)
        )
        tx.session.flush()
        tx.result = "/manage/ratings"
        record(tx, actor.actor, f"rating.{step.value}", f"rating:{row.id}")
