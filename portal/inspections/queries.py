"""Quiet days, enterprises, and the one question of inspections: may this body visit this enterprise on this day? (Q-1 to Q-5, Q-9)

`check_visit` gathers the facts and asks `portal.rules.quiet_days.may_inspect`; form, command and, later, plans ask it and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.database import NotFound, db
from portal.inspections.models import AddedQuietDays as AddedRow
from portal.inspections.models import Enterprise, InspectionVisit, QuietRuleRow
from portal.network import queries as network
from portal.network.models import Body, BodyKind, CalendarDay, Division
from portal.rules import quiet_days
from portal.rules.quiet_days import AddedQuietDays, DayState, EnterpriseFacts, Kind, Plan, QuietRule, Verdict, Visit
from portal.rules.working_days import Calendar

BELOW_TOWN = frozenset({"village", "community"})


@dataclass(frozen=True, slots=True)
class QuietCalendar:
    """Everything that says what a day is for inspections in one county, as one value (Q-1, Q-9)."""

    rules: tuple[QuietRule, ...]
    calendar: Calendar
    added: tuple[AddedQuietDays, ...]

    def state(self, day: date) -> DayState:
        """Quiet, open, or a day off outside the quiet days, for the whole county."""
        return quiet_days.day_state(self.rules, self.calendar, day, self.added)

    def open_days(self, first: date, last: date) -> list[date]:
        """The open days from first to last, both included (Q-10)."""
        return quiet_days.open_days(self.rules, self.calendar, first, last, self.added)

    def next_open_day(self, after: date) -> date | None:
        """The first open day after a day, never that day itself."""
        return quiet_days.next_open_day(self.rules, self.calendar, after, self.added)

    def rules_within(self, first: date, last: date) -> tuple[QuietRule, ...]:
        """The rules in force on any day from first to last, the earlier first."""
        begins = [first, *(rule.holds_from for rule in self.rules if first < rule.holds_from <= last)]
        found = [rule for day in sorted(set(begins)) if (rule := quiet_days.rule_on(self.rules, day)) is not None]
        return tuple(dict.fromkeys(found))

    def why(self, day: date) -> str:
        """The id of the rule that makes the day what it is: Q-9 where only an added quiet day does, otherwise Q-1."""
        rule = quiet_days.rule_on(self.rules, day)
        by_rule = rule is not None and rule.is_quiet(day)
        return "Q-9" if self.state(day) is DayState.QUIET and not by_rule else "Q-1"


def quiet_calendar(county_id: int) -> QuietCalendar:
    """The quiet-day rules, the working days and the added quiet days of a county."""
    return QuietCalendar(quiet_rules(county_id), network.calendar_of(county_id), added_quiet_days(county_id))


def quiet_rules(county_id: int) -> tuple[QuietRule, ...]:
    """The county's versions of the quiet-day rule, each with the day from which it holds (Q-1)."""
    rows = db.session.scalars(select(QuietRuleRow).where(QuietRuleRow.county_id == county_id).order_by(QuietRuleRow.holds_from_on))
    return tuple(QuietRule.of(row.id, row.holds_from_on, row.terms["windows"]) for row in rows)


def sources_of_rules(county_id: int) -> dict[int, str]:
    """rule id → the paper that it rests on."""
    query = select(QuietRuleRow.id, QuietRuleRow.source).where(QuietRuleRow.county_id == county_id)
    return {row.id: row.source for row in db.session.execute(query)}


def added_quiet_days(county_id: int) -> tuple[AddedQuietDays, ...]:
    """The added quiet days of a county as values (Q-9)."""
    rows = list(db.session.scalars(select(AddedRow).where(AddedRow.county_id == county_id).order_by(AddedRow.first_on, AddedRow.id)))
    codes = [row.scope_code for row in rows if row.scope == "enterprise"]
    ids: dict[str, int] = {}
    if codes:
        query = select(Enterprise.code, Enterprise.id).where(Enterprise.county_id == county_id, Enterprise.code.in_(codes))
        ids = {row.code: row.id for row in db.session.execute(query)}
    found = []
    for row in rows:
        if row.scope == "enterprise":
            if row.scope_code in ids:  # an unknown one protects nobody; as None it would protect everybody
                found.append(AddedQuietDays(row.instrument, row.first_on, row.last_on, enterprise=ids[row.scope_code]))
            continue
        trade = row.scope_code if row.scope == "trade" else None
        town = row.scope_code if row.scope == "town" else None
        found.append(AddedQuietDays(row.instrument, row.first_on, row.last_on, trade=trade, town=town))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class AddedNotice:
    """Added quiet days as the public sees them; `town` and `trade` have a name in three languages where they are for one."""

    instrument: str
    first_on: date
    last_on: date
    trade: dict[str, str] | None = None
    town: Division | None = None


def list_added_for_public(county_id: int, first: date, last: date) -> list[AddedNotice]:
    """The added quiet days that touch a period, by first day; those of one enterprise are its own business and left out (Q-7)."""
    query = (
        select(AddedRow)
        .where(AddedRow.county_id == county_id, AddedRow.scope != "enterprise", AddedRow.first_on <= last, AddedRow.last_on >= first)
        .order_by(AddedRow.first_on, AddedRow.id)
        .limit(50)
    )
    rows = list(db.session.scalars(query))
    codes = [row.scope_code for row in rows if row.scope == "town"]
    towns: dict[str, Division] = {}
    if codes:
        where = (Division.county_id == county_id, Division.code.in_(codes))
        towns = {division.code: division for division in db.session.scalars(select(Division).where(*where))}
    notices = []
    for row in rows:
        trade = _name_of_trade(county_id, row.scope_code) if row.scope == "trade" else None
        town = towns.get(row.scope_code) if row.scope == "town" else None
        notices.append(AddedNotice(row.instrument, row.first_on, row.last_on, trade, town))
    return notices


def _name_of_trade(county_id: int, trade: str) -> dict[str, str]:
    """What a trade is called, as its enterprises have it; its code where none does."""
    more = db.session.scalar(select(Enterprise.more).where(Enterprise.county_id == county_id, Enterprise.trade == trade).limit(1)) or {}
    return {f"name{suffix}": more.get(f"trade_name{suffix}") or trade for suffix in ("", "_hant", "_en")}


def typed_days(county_id: int, first: date, last: date) -> dict[date, CalendarDay]:
    """The holidays and worked weekends of a period, with their names."""
    query = select(CalendarDay).where(CalendarDay.county_id == county_id, CalendarDay.day_on >= first, CalendarDay.day_on <= last)
    return {row.day_on: row for row in db.session.scalars(query)}


# --- enterprises and the visits to them -----------------------------------------------------------------------------------------


def enterprise_by_code(county_id: int, code: str) -> Enterprise:
    """An enterprise by its unified social credit code, in any case of its letters; NotFound otherwise."""
    query = select(Enterprise).where(Enterprise.county_id == county_id, Enterprise.code == code.strip().upper())
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(f"enterprise {code}")
    return found


def find_enterprise(county_id: int, text: str) -> Enterprise | None:
    """The one enterprise of this credit code or of exactly this name; None where there is none, or several of one name."""
    try:
        return enterprise_by_code(county_id, text)
    except NotFound:
        name = text.strip()
        is_it = (Enterprise.name == name) | (Enterprise.name_hant == name) | (Enterprise.name_en == name)
        found = list(db.session.scalars(select(Enterprise).where(Enterprise.county_id == county_id, is_it).limit(2)))
        return found[0] if len(found) == 1 else None


def list_enterprises(county_id: int, most: int = 60) -> list[Enterprise]:
    """The first enterprises by code, to choose from."""
    return list(db.session.scalars(select(Enterprise).where(Enterprise.county_id == county_id).order_by(Enterprise.code).limit(most)))


def list_inspecting_bodies(county_id: int) -> list[Body]:
    """The bodies that may inspect, by code."""
    query = select(Body).where(Body.county_id == county_id, Body.kind != BodyKind.VILLAGE).order_by(Body.code)
    return list(db.session.scalars(query))


def facts_of(enterprise: Enterprise) -> EnterpriseFacts:
    """What the rules ask about an enterprise; its town is the one that its division lies in."""
    division = db.session.get(Division, enterprise.division_id) if enterprise.division_id is not None else None
    if division is not None and division.level in BELOW_TOWN and division.parent_id is not None:
        division = db.session.get(Division, division.parent_id)
    town = division.code if division is not None else ""
    works_on_days_off = bool((enterprise.more or {}).get("works_on_days_off"))
    return EnterpriseFacts(enterprise.id, trade=enterprise.trade, town=town, works_on_days_off=works_on_days_off)


def visits_to(enterprise: Enterprise, until: date) -> tuple[Visit, ...]:
    """The visits made to an enterprise up to a day, that day included: what caps and repeats count (Q-3, Q-4)."""
    query = (
        select(InspectionVisit)
        .where(InspectionVisit.county_id == enterprise.county_id, InspectionVisit.enterprise_id == enterprise.id)
        .where(InspectionVisit.day_on <= until)
        .order_by(InspectionVisit.day_on, InspectionVisit.id)
    )
    return tuple(Visit(row.body_id, row.line, Kind(row.kind), row.day_on, row.exemption) for row in db.session.scalars(query))


def cap_of(county_id: int, on: date) -> int:
    """How many routine inspections a calendar year a body may make of one enterprise (county data, Q-3)."""
    value = network.setting(county_id, "inspection_cap", on, quiet_days.DEFAULT_CAP)
    return int(value["per_body"] if isinstance(value, dict) else value)


def check_visit(
    enterprise: Enterprise,
    body: Body,
    day: date,
    kind: Kind,
    *,
    exemption: str | None = None,
    basis: str = "",
    on_day_off: bool = False,
    today: date,
    judge_past: bool = False,
) -> Verdict:
    """May this body visit this enterprise on this day, and when next? (Q-1 to Q-5, Q-9)

    A day before `today` is refused (Q-5); with `judge_past` it is judged instead, as a visit that was made: by the rule of its day and
    the visits before it. The next date is never before today. Raises `CalendarError` for a day that no calendar speaks of.
    """
    county_id = enterprise.county_id
    quiet = quiet_calendar(county_id)
    plan = Plan(body.id, body.line, kind, day, exemption=exemption or None, basis=basis, on_day_off=on_day_off)
    is_past = judge_past and day < today
    history: Sequence[Visit] = visits_to(enterprise, day if is_past else today)
    if is_past:
        history = _without(history, plan)

    facts, cap = facts_of(enterprise), cap_of(county_id, day)

    def ask(on: date | None) -> Verdict:
        return quiet_days.may_inspect(
            plan, facts, rules=quiet.rules, calendar=quiet.calendar, history=history, added=quiet.added, cap=cap, today=on
        )

    if not is_past:
        return ask(today)
    judged = ask(None)
    if judged.allowed:
        return judged
    ahead = ask(today)
    return Verdict(False, judged.findings, (), ahead.next_allowed, judged.provisional or ahead.provisional)


def _without(history: Sequence[Visit], plan: Plan) -> list[Visit]:
    """The history without the visit that is judged, which may stand in it."""
    left = list(history)
    same = (visit for visit in reversed(history) if (visit.body, visit.day, visit.kind) == (plan.body, plan.day, plan.kind))
    itself = next(same, None)
    if itself is not None:
        left.remove(itself)
    return left
