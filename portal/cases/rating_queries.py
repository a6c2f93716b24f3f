"""Ratings: what can be rated, what the center has to answer, and the counts (V-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case as sql_case
from sqlalchemy import func, select

from portal.cases.models import Case
from portal.cases.online import is_online
from portal.cases.queries import CaseView, get_case_by_code
from portal.cases.rating_models import Rating, RatingStep
from portal.catalogue.models import ItemVersion
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import ServicePoint
from portal.rules import rating
from portal.rules.deadlines import Limit, Unit
from portal.rules.decision import Decision
from portal.rules.lifecycle import Outcome, State
from portal.rules.moments import civil_date
from portal.rules.rating import Open, Satisfaction, Service, Step, Tally

A_PAGE = 25


def service_of(view: CaseView) -> Service:
    """What is rated of a case: the online matter, or the service at the points."""
    return Service.ONLINE if is_online(view) else Service.ON_SITE


def rated(case_id: int, service: Service) -> Rating | None:
    """The rating of a case and service, if there is one."""
    return db.session.scalar(select(Rating).where(Rating.case_id == case_id, Rating.service == service.value))


@dataclass(frozen=True)
class ToRate:
    """A case as whoever was served rates it: the matter, and whether it can be rated now."""

    view: CaseView
    service: Service
    given: Rating | None
    may: Decision


def may_rate(view: CaseView, given: Rating | None, *, by_staff: bool) -> Decision:
    """The one answer for the link, the form and the guard."""
    now = view.now
    is_refused = now.outcome is Outcome.REFUSED or now.state is State.NOT_ACCEPTED
    return rating.may_rate(is_closed=now.state.is_closed, is_refused=is_refused, is_rated=given is not None, by_staff=by_staff)


def to_rate(county_id: int, code: str, at: datetime, *, by_staff: bool) -> ToRate:
    """The case of a tracking code, to be rated; NotFound otherwise."""
    view = get_case_by_code(county_id, code, at)
    service = service_of(view)
    given = rated(view.case.id, service)
    return ToRate(view, service, given, may_rate(view, given, by_staff=by_staff))


# --- the center -----------------------------------------------------------------------------------------------------------------


def limits(county_id: int, on: date) -> tuple[Limit, Limit]:
    """How long calling back and setting right may take: county data, else one and fifteen working days."""
    told = network.setting(county_id, "rating_days", on) or {}
    usual = (("call_back", rating.CALL_BACK), ("set_right", rating.SET_RIGHT))
    first, second = (Limit(int(told[name]), Unit.WORKING) if name in told else limit for name, limit in usual)
    return first, second


@dataclass(frozen=True)
class RatingLine:
    """A rating before the center: what was said and what was done; who rated is not in it, the case leads to the call-back."""

    row: Rating
    case: Case
    version: ItemVersion
    point: ServicePoint
    steps: Sequence[RatingStep]
    waits: Open | None

    @property
    def satisfaction(self) -> Satisfaction:
        return Satisfaction(self.row.satisfaction)

    @property
    def done(self) -> frozenset[Step]:
        return frozenset(Step(step.step) for step in self.steps)

    @property
    def open_steps(self) -> frozenset[Step]:
        """The steps that can be recorded now; the words that some need are asked for when one is sent."""
        return frozenset(step for step in Step if rating.may_answer(step, self.satisfaction, self.done, "words"))


def steps_of(rating_ids: Sequence[int]) -> dict[int, list[RatingStep]]:
    """rating id → what was done about it, the first step first."""
    found: dict[int, list[RatingStep]] = {}
    for row in db.session.scalars(select(RatingStep).where(RatingStep.rating_id.in_(rating_ids)).order_by(RatingStep.id)):
        found.setdefault(row.rating_id, []).append(row)
    return found


BOXES = ("open", "bad", "all")


def list_ratings(county_id: int, box: str, at: datetime, *, before: int | None = None) -> tuple[list[RatingLine], int | None]:
    """The bad ratings that wait, all bad ones, or every one; the newest first, those that wait the oldest first. And where the next page begins."""
    query = (
        select(Rating, Case, ItemVersion, ServicePoint)
        .join(Case, Case.id == Rating.case_id)
        .join(ItemVersion, ItemVersion.id == Case.version_id)
        .join(ServicePoint, ServicePoint.id == Rating.point_id)
        .where(Rating.county_id == county_id)
    )
    if box != "all":
        query = query.where(Rating.satisfaction >= Satisfaction.DISSATISFIED.value)
    if box == "open":
        ended = select(RatingStep.id).where(
            RatingStep.rating_id == Rating.id, RatingStep.step.in_([Step.SET_RIGHT.value, Step.SET_ASIDE.value])
        )
        query = query.where(~ended.exists())
    is_open = box == "open"
    if before is not None:
        query = query.where(Rating.id > before if is_open else Rating.id < before)
    rows = db.session.execute(query.order_by(Rating.id if is_open else Rating.id.desc()).limit(A_PAGE + 1)).all()
    steps = steps_of([row[0].id for row in rows[:A_PAGE]])
    calendar, (call_back, set_right) = network.calendar_of(county_id), limits(county_id, civil_date(at))
    lines = []
    for row, case, version, point in rows[:A_PAGE]:
        done = steps.get(row.id, [])
        waits = rating.waits_for(
            Satisfaction(row.satisfaction), civil_date(row.rated_at), {Step(one.step) for one in done}, calendar, call_back=call_back,
            set_right=set_right,
        )  # fmt: skip
        lines.append(RatingLine(row, case, version, point, done, waits))
    return lines, rows[A_PAGE - 1][0].id if len(rows) > A_PAGE else None


def get_rating(county_id: int, rating_id: int) -> Rating:
    """A rating; NotFound otherwise."""
    row = db.session.scalar(select(Rating).where(Rating.county_id == county_id, Rating.id == rating_id))
    if row is None:
        raise NotFound(f"rating {rating_id}")
    return row


def counted(county_id: int) -> Tally:
    """How many of each level, and apart from them those set aside; what was not rated is counted nowhere (V-6)."""
    aside = select(RatingStep.rating_id).where(RatingStep.county_id == county_id, RatingStep.step == Step.SET_ASIDE.value)
    is_aside = sql_case((Rating.id.in_(aside), 1), else_=0)
    query = select(Rating.satisfaction, is_aside, func.count()).where(Rating.county_id == county_id).group_by(Rating.satisfaction, is_aside)
    return rating.tally((Satisfaction(level), bool(flag)) for level, flag, number in db.session.execute(query) for _each in range(number))
