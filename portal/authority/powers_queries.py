"""What the public pages of authority show: windows with their powers as lines, letters of appointment, the guide at one point (G-4, S-7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import or_, select

from portal.accounts.models import Account
from portal.authority.models import Letter
from portal.authority.queries import ORDER, instrument_slugs, item_terms, register_for
from portal.catalogue import queries as catalogue
from portal.database import db
from portal.network import queries as network
from portal.network.models import ServicePoint, Window
from portal.rules.authority import Finish, Holding, Register
from portal.rules.clauses import ClauseTerms, ItemTerms, Level, PointTerms, Power
from portal.rules.moments import civil_date

# --- lines of a table -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A window with what one clause gives it, as a line of a table."""

    level: Level
    point: ServicePoint
    window: Window
    powers: tuple[Power, ...]
    clause: ClauseTerms


def lines_of(found: Iterable[tuple[int, Power, ClauseTerms]]) -> list[Line]:
    """(window id, power, clause) gathered into lines, from the county down, by code."""
    powers: dict[tuple[int, ClauseTerms], set[Power]] = {}
    for window_id, power, clause in found:
        powers.setdefault((window_id, clause), set()).add(power)
    at = network.windows_by_id({window_id for window_id, _clause in powers})
    places = network.points_by_id({window.point_id for window in at.values()})
    lines = [
        Line(
            Level(places[at[window_id].point_id].level),
            places[at[window_id].point_id],
            at[window_id],
            tuple(p for p in Power if p in held),
            clause,
        )
        for (window_id, clause), held in powers.items()
    ]
    order = list(Level)
    return sorted(lines, key=lambda one: (order.index(one.level), one.point.code, one.window.is_general, one.window.code, one.clause.id))


def letters_at(point_id: int, on: date) -> list[tuple[Letter, Account]]:
    """The letters of appointment that hold at a point on a day, with who was appointed (G-15)."""
    query = (
        select(Letter, Account)
        .join(Account, Account.id == Letter.account_id)
        .where(Letter.point_id == point_id, Letter.from_on <= on, or_(Letter.until_on.is_(None), Letter.until_on >= on))
        .order_by(Letter.body_id, Letter.id)
    )
    return [(letter, account) for letter, account in db.session.execute(query)]


# --- the guide at one point -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One stay of a matter: what one window does in a row for who stands at the point; `holding` None where nobody may (a gap, forwarded)."""

    powers: tuple[Power, ...]
    holding: Holding | None
    is_here: bool
    is_forwarded: bool = False


@dataclass(frozen=True, slots=True)
class PointGuide:
    """What can be done at one point of an item, and where the rest happens (S-7, N-5)."""

    guide: catalogue.Guide
    terms: ItemTerms
    point: ServicePoint
    parent: ServicePoint | None
    is_offered: bool
    is_open: bool
    steps: tuple[GuideStep, ...]
    finish: Finish | None
    places: dict[int, ServicePoint]
    counters: dict[int, Window]
    slugs: dict[int, str]

    @property
    def here(self) -> tuple[Power, ...]:
        return tuple(power for step in self.steps if step.is_here for power in step.powers)


def get_point_guide(county_id: int, item_code: str, point_code: str, at: datetime) -> PointGuide:
    """The guide of an item at a point as of a moment; NotFound for an unknown item or point (S-7)."""
    on = civil_date(at)
    guide = catalogue.guide(county_id, item_code, on)
    point = network.point_by_code(county_id, point_code)
    terms = item_terms(county_id, [guide.version.id], on)[guide.version.id]
    register = register_for(county_id, at, [terms])
    here = register.points[point.id]
    steps = _guide_steps(register, terms, here)
    finish = register.finish_point(terms, here)
    holdings = [step.holding for step in steps if step.holding is not None]
    named = {holding.point.id for holding in holdings} | ({finish.point.id} if finish else set())
    return PointGuide(
        guide=guide,
        terms=terms,
        point=point,
        parent=None if point.parent_id is None else network.points_by_id([point.parent_id])[point.parent_id],
        is_offered=point.id in terms.offered_at,
        is_open=here.is_open,
        steps=steps,
        finish=finish,
        places=network.points_by_id(named),
        counters=network.windows_by_id({holding.window.id for holding in holdings}),
        slugs=instrument_slugs(county_id, {holding.clause.instrument_id for holding in holdings}),
    )


def _guide_steps(register: Register, item: ItemTerms, here: PointTerms) -> tuple[GuideStep, ...]:
    whole = next(iter(register.at_points(Power.FINISH, item).get(here.id, ())), None)
    if whole is not None:
        return (GuideStep((Power.FINISH,), whole, True),)
    accepts_here = here.id in register.at_points(Power.ACCEPT, item)
    steps: list[GuideStep] = []
    for power in ORDER:
        if power is Power.COLLECT:
            held = register.at_points(power, item).get(here.id, ())
            if held and not accepts_here:
                steps.append(GuideStep((power,), held[0], True))
        elif power is Power.DECIDE and item.is_forwarded:
            steps.append(GuideStep((power,), None, False, is_forwarded=True))
        elif power in item.required:
            near = register.nearest(power, item, here)
            last = steps[-1].holding if steps else None
            if near is not None and last is not None and (last.window.id, last.clause.id) == (near.window.id, near.clause.id):
                steps[-1] = replace(steps[-1], powers=(*steps[-1].powers, power))
            else:
                steps.append(GuideStep((power,), near, near is not None and near.point.id == here.id))
    return tuple(steps)
