"""What the pages of the county's quiet days show, and what a change would touch (Q-1 to Q-4, Q-9)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from portal.authority import queries as authority
from portal.database import db
from portal.inspections import plan_queries, queries
from portal.inspections.models import AddedQuietDays as AddedRow
from portal.inspections.models import Enterprise, InspectionVisit, QuietRuleRow
from portal.inspections.plan_queries import PlanLine
from portal.inspections.queries import QuietCalendar
from portal.inspections.quiet_models import AddedQuietEnd, ExemptionCategory, InspectionCap, NamedLevelRow
from portal.network import queries as network
from portal.network.models import Body, Division
from portal.rules import quiet_days
from portal.rules.decision import Decision, Reason
from portal.rules.quiet_changes import may_change
from portal.rules.quiet_days import AddedQuietDays, Cap, DayState, EnterpriseFacts, QuietRule
from portal.rules.working_days import LAST_DAY

SHOWN = 25  # so many visits stand in a preview
MOST_LOOKED_AT = 5000
AHEAD = 365  # so many days from the first one on are compared


@dataclass(frozen=True, slots=True)
class PlanTouched:
    """A plan that a change makes unlawful on its days, and when it could be instead."""

    line: PlanLine
    body: Body
    next_allowed: date | None


@dataclass(frozen=True, slots=True)
class Area:
    """How many open days a part of the county has in the year from a day on, before and after, and the days that differ."""

    town: Division | None
    before: int
    after: int
    quiet: tuple[date, ...]
    open: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class VisitTouched:
    enterprise: Enterprise
    body: Body
    day: date


@dataclass(frozen=True, slots=True)
class Touched:
    """What a change would do: days by town, visits that are entered for a day that becomes quiet, and plans; past ones stay as they were."""

    first: date
    areas: tuple[Area, ...]
    visits: tuple[VisitTouched, ...]
    plans: tuple[PlanTouched, ...]
    past: int  # visits of the year before that would have been on a quiet day; they are judged by the rule of their day


def may_change_now(account_id: int | None, today: date) -> Decision:
    """May this person change the county's quiet days today? The same answer draws the forms and guards the acts."""
    if account_id is None:
        return Decision.no(Reason.NOT_COUNTY_MANAGER, rule="Q-1")
    return may_change(authority.offices_of(account_id, today))


def version(county_id: int) -> int:
    """The version of everything that is laid down here: it is only ever added to."""
    tables: tuple[Any, ...] = (QuietRuleRow, AddedRow, AddedQuietEnd, ExemptionCategory, InspectionCap, NamedLevelRow)
    counts = [select(func.count()).select_from(each).where(each.county_id == county_id).scalar_subquery() for each in tables]
    return sum(db.session.execute(select(*counts)).one())


# --- what would change ----------------------------------------------------------------------------------------------------------


def touched(county_id: int, before: QuietCalendar, after: QuietCalendar, first: date) -> Touched:
    """What the county would be like with `after` in place of `before`, from a day on."""
    towns = {town.code: town for town in list_towns(county_id)}
    named = {code for quiet in (before, after) for rule in quiet.rules for code, _windows in rule.by_town}
    named |= {each.town for quiet in (before, after) for each in quiet.added if each.town and each.last >= first}
    areas = [_area(None, before, after, first), *(_area(towns[code], before, after, first) for code in sorted(named) if code in towns)]
    return Touched(
        first,
        tuple(area for area in areas if area is not None),
        _visits(county_id, before, after, first),
        _plans(county_id, before, after, first),
        _past(county_id, before, after, first),
    )


def _area(town: Division | None, before: QuietCalendar, after: QuietCalendar, first: date) -> Area | None:
    code = "" if town is None else town.code
    was, becomes = replace(before, town=code), replace(after, town=code)
    last = min(first + timedelta(days=AHEAD), LAST_DAY)
    old, new = was.open_days(first, last), becomes.open_days(first, last)
    gone, opened = sorted(set(old) - set(new)), sorted(set(new) - set(old))
    return Area(town, len(old), len(new), tuple(gone), tuple(opened))


def _is_quiet(quiet: QuietCalendar, day: date, whom: EnterpriseFacts) -> bool:
    return quiet_days.day_state(quiet.rules, quiet.calendar, day, quiet.added, whom) is DayState.QUIET


def _visits(county_id: int, before: QuietCalendar, after: QuietCalendar, first: date) -> tuple[VisitTouched, ...]:
    query = (
        select(InspectionVisit, Enterprise, Body)
        .join(Enterprise, Enterprise.id == InspectionVisit.enterprise_id)
        .join(Body, Body.id == InspectionVisit.body_id)
        .where(InspectionVisit.county_id == county_id, InspectionVisit.day_on >= first, InspectionVisit.exemption.is_(None))
        .order_by(InspectionVisit.day_on, InspectionVisit.id)
        .limit(MOST_LOOKED_AT)
    )
    rows = db.session.execute(query).all()
    facts = queries.facts_of_all(county_id, [enterprise for _visit, enterprise, _body in rows])
    return tuple(
        VisitTouched(enterprise, body, visit.day_on)
        for visit, enterprise, body in rows
        if _is_quiet(after, visit.day_on, facts[enterprise.id]) and not _is_quiet(before, visit.day_on, facts[enterprise.id])
    )[:SHOWN]


def _plans(county_id: int, before: QuietCalendar, after: QuietCalendar, first: date) -> tuple[PlanTouched, ...]:
    """The announced plans ahead that their days allowed, and would no longer. Unannounced ones are not for these pages to know (Q-7)."""
    lines = plan_queries.list_announced_ahead(county_id, first, MOST_LOOKED_AT)
    facts = queries.facts_of_all(county_id, [line.enterprise for line in lines])
    law = queries.quiet_law(county_id)
    bodies = network.bodies_by_id(county_id) if lines else {}
    found = []
    for line in lines:
        plan, whom = plan_queries.rules_plan(line.row, is_vertical=bodies[line.row.body_id].is_vertical), facts[line.enterprise.id]
        if replace(law, quiet=before).may_inspect(plan, whom, ()).allowed:
            verdict = replace(law, quiet=after).may_inspect(plan, whom, ())
            if not verdict.allowed:
                found.append(PlanTouched(line, bodies[line.row.body_id], verdict.next_allowed))
        if len(found) == SHOWN:
            break
    return tuple(found)


def _past(county_id: int, before: QuietCalendar, after: QuietCalendar, first: date) -> int:
    """Visits of the year before the change that its days, had they held then, would have found on a quiet day and the day's own did not."""
    newest = max(after.rules, key=lambda rule: rule.holds_from, default=None)
    if newest is None or newest in before.rules:
        return 0
    query = (
        select(InspectionVisit.day_on, func.count())
        .where(InspectionVisit.county_id == county_id, InspectionVisit.day_on < first, InspectionVisit.day_on >= first - timedelta(days=365))
        .group_by(InspectionVisit.day_on)
    )
    return sum(
        number
        for day, number in db.session.execute(query)
        if newest.is_quiet(day) and quiet_days.day_state(before.rules, before.calendar, day, before.added) is not DayState.QUIET
    )


def with_rule(quiet: QuietCalendar, rule: QuietRule) -> QuietCalendar:
    return replace(quiet, rules=(*quiet.rules, rule))


def with_added(quiet: QuietCalendar, added: AddedQuietDays) -> QuietCalendar:
    return replace(quiet, added=(*quiet.added, added))


# --- lists ----------------------------------------------------------------------------------------------------------------------


def list_towns(county_id: int) -> list[Division]:
    """The towns of the county, by code."""
    return list(db.session.scalars(select(Division).where(Division.county_id == county_id, Division.level == "town").order_by(Division.code)))


def find_town(county_id: int, text: str) -> Division | None:
    """The town of this code or of exactly this name in any of the three languages."""
    text = text.strip()
    return next((each for each in list_towns(county_id) if text in (each.code, each.name, each.name_hant, each.name_en)), None)


def list_trades(county_id: int) -> dict[str, dict[str, str]]:
    """trade → its names, of the trades that enterprises of the county have, by code."""
    query = select(Enterprise.trade).where(Enterprise.county_id == county_id, Enterprise.trade != "").distinct().order_by(Enterprise.trade)
    return {trade: queries.name_of_trade(county_id, trade) for trade in db.session.scalars(query.limit(60))}


def list_lines(county_id: int, on: date) -> list[dict[str, Any]]:
    """The lines of the county, as its data has them: code and names."""
    lines = network.setting(county_id, "lines", on, {})
    return [{"code": code, "name": each["hans"], "name_hant": each["hant"], "name_en": each["en"]} for code, each in lines.items()]


def rule_rows(county_id: int) -> list[QuietRuleRow]:
    """Every version of the rule, the latest first."""
    query = select(QuietRuleRow).where(QuietRuleRow.county_id == county_id).order_by(QuietRuleRow.holds_from_on.desc())
    return list(db.session.scalars(query.limit(100)))


@dataclass(frozen=True, slots=True)
class AddedLine:
    """Added quiet days as the manager sees them: for whom, and when they really end."""

    row: AddedRow
    whom: Any
    ended: AddedQuietEnd | None


def list_added(county_id: int, before: int | None, most: int = 20) -> tuple[list[AddedLine], int | None]:
    """Added quiet days, the latest entered first, a page of them; and where the next page begins."""
    query = (
        select(AddedRow, AddedQuietEnd).outerjoin(AddedQuietEnd, AddedQuietEnd.added_id == AddedRow.id).where(AddedRow.county_id == county_id)
    )
    if before is not None:
        query = query.where(AddedRow.id < before)
    rows = [(row, ended) for row, ended in db.session.execute(query.order_by(AddedRow.id.desc()).limit(most + 1))]
    page = rows[:most]
    towns = {town.code: town for town in list_towns(county_id)} if any(row.scope == "town" for row, _ in page) else {}
    codes = [row.scope_code for row, _ in page if row.scope == "enterprise"]
    found = select(Enterprise).where(Enterprise.county_id == county_id, Enterprise.code.in_(codes))
    enterprises = {each.code: each for each in db.session.scalars(found)} if codes else {}
    trades = list_trades(county_id) if any(row.scope == "trade" for row, _ in page) else {}
    whom: dict[str, Any] = {"town": towns, "enterprise": enterprises, "trade": trades}
    lines = [AddedLine(row, whom.get(row.scope, {}).get(row.scope_code), ended) for row, ended in page]
    return lines, page[-1][0].id if len(rows) > most else None


def list_running(county_id: int, today: date, *, with_ended: bool = False) -> list[AddedRow]:
    """The added quiet days that are not over, by first day; those that were ended early only where asked for."""
    query = (
        select(AddedRow)
        .outerjoin(AddedQuietEnd, AddedQuietEnd.added_id == AddedRow.id)
        .where(AddedRow.county_id == county_id, AddedRow.last_on > today)
        .order_by(AddedRow.first_on, AddedRow.id)
        .limit(100)
    )
    return list(db.session.scalars(query if with_ended else query.where(AddedQuietEnd.id.is_(None))))


def caps_entered(county_id: int) -> list[Cap]:
    """Every version of every cap, the latest first."""
    return sorted(queries.caps_of(county_id), key=lambda cap: cap.holds_from, reverse=True)


def names_of_bodies(county_id: int, ids: Collection[int]) -> dict[int, Body]:
    return {key: body for key, body in network.bodies_by_id(county_id).items() if key in ids} if ids else {}


def list_named(county_id: int) -> list[tuple[NamedLevelRow, Body, Enterprise | None]]:
    """Which body a superior named, the latest first."""
    query = (
        select(NamedLevelRow, Body, Enterprise)
        .join(Body, Body.id == NamedLevelRow.body_id)
        .outerjoin(Enterprise, Enterprise.id == NamedLevelRow.enterprise_id)
        .where(NamedLevelRow.county_id == county_id)
        .order_by(NamedLevelRow.from_on.desc(), NamedLevelRow.id.desc())
        .limit(100)
    )
    return [(row, body, enterprise) for row, body, enterprise in db.session.execute(query)]
