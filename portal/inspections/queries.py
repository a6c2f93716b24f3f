"""Quiet days, enterprises, and the one question of inspections: may this body visit this enterprise on this day? (Q-1 to Q-5, Q-9)

`check_visit` gathers the facts and asks `portal.rules.quiet_days.may_inspect`; form, command and plans ask it and nothing else.
`quiet_law` is everything that the county lays down, in one value: who asks about many visits loads it once and asks `QuietLaw.may_inspect`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from portal.database import NotFound, db
from portal.inspections.models import AddedQuietDays as AddedRow
from portal.inspections.models import Enterprise, InspectionVisit, QuietRuleRow
from portal.inspections.plan_models import InspectionMatter, InspectionPlan
from portal.inspections.quiet_models import AddedQuietEnd, ExemptionCategory, InspectionCap, NamedLevelRow
from portal.inspections.visit_models import CodeAfter
from portal.network import queries as network
from portal.network.models import Body, BodyKind, CalendarDay, CountySetting, Division
from portal.rules import quiet_days
from portal.rules.disputes import published
from portal.rules.inspection_plans import AHEAD
from portal.rules.inspection_visits import CodeState
from portal.rules.quiet_changes import category_of
from portal.rules.quiet_days import (
    CATEGORIES,
    AddedQuietDays,
    Cap,
    Category,
    DayState,
    EnterpriseFacts,
    Kind,
    LaidBy,
    NamedLevel,
    Per,
    Plan,
    QuietRule,
    Verdict,
    Visit,
    by_code,
)
from portal.rules.working_days import Calendar

BELOW_TOWN = frozenset({"village", "community"})


@dataclass(frozen=True, slots=True)
class QuietCalendar:
    """Everything that says what a day is for inspections in one county, as one value (Q-1, Q-9).

    `town`: asked for the enterprises of one town, whose added days and stage count; without it for the whole county. `enterprise`: for
    one enterprise, with the days that are added for it and its trade (`of`).
    """

    rules: tuple[QuietRule, ...]
    calendar: Calendar
    added: tuple[AddedQuietDays, ...]
    town: str | None = None
    enterprise: EnterpriseFacts | None = None

    def of(self, enterprise: EnterpriseFacts) -> QuietCalendar:
        """The days of one enterprise (Q-7, Q-9)."""
        return replace(self, town=enterprise.town, enterprise=enterprise)

    def added_on(self, day: date) -> AddedQuietDays | None:
        """The added quiet days that cover a day, the first of several."""
        return next((each for each in self.added if each.covers(day, self._whom)), None)

    @property
    def _whom(self) -> EnterpriseFacts | None:
        if self.enterprise is not None:
            return self.enterprise
        return None if self.town is None else EnterpriseFacts(0, town=self.town)

    def state(self, day: date) -> DayState:
        """Quiet, open, or a day off outside the quiet days."""
        return quiet_days.day_state(self.rules, self.calendar, day, self.added, self._whom)

    def open_days(self, first: date, last: date) -> list[date]:
        """The open days from first to last, both included (Q-10)."""
        return quiet_days.open_days(self.rules, self.calendar, first, last, self.added, self._whom)

    def next_open_day(self, after: date) -> date | None:
        """The first open day after a day, never that day itself."""
        return quiet_days.next_open_day(self.rules, self.calendar, after, self.added, self._whom)

    def rules_within(self, first: date, last: date) -> tuple[QuietRule, ...]:
        """The rules in force on any day from first to last, the earlier first."""
        begins = [first, *(rule.holds_from for rule in self.rules if first < rule.holds_from <= last)]
        found = [rule for day in sorted(set(begins)) if (rule := quiet_days.rule_on(self.rules, day)) is not None]
        return tuple(dict.fromkeys(found))

    def why(self, day: date) -> str:
        """The id of the rule that makes the day what it is: Q-9 where only an added quiet day does, otherwise Q-1."""
        rule = quiet_days.rule_on(self.rules, day)
        by_rule = rule is not None and rule.is_quiet(day, self.town)
        return "Q-9" if self.state(day) is DayState.QUIET and not by_rule else "Q-1"


def quiet_calendar(county_id: int) -> QuietCalendar:
    """The quiet-day rules, the working days and the added quiet days of a county."""
    return QuietCalendar(quiet_rules(county_id), network.calendar_of(county_id), added_quiet_days(county_id))


def quiet_rules(county_id: int) -> tuple[QuietRule, ...]:
    """The county's versions of the quiet-day rule, each with the day from which it holds (Q-1)."""
    rows = db.session.scalars(select(QuietRuleRow).where(QuietRuleRow.county_id == county_id).order_by(QuietRuleRow.holds_from_on))
    return tuple(rule_of(row) for row in rows)


def rule_of(row: QuietRuleRow) -> QuietRule:
    """A version as a value."""
    return QuietRule.of(row.id, row.holds_from_on, row.terms["windows"], row.terms.get("towns"), row.source)


def added_quiet_days(county_id: int) -> tuple[AddedQuietDays, ...]:
    """The added quiet days of a county as values (Q-9)."""
    rows = _added_rows(county_id)
    codes = [row.scope_code for row in rows if row.scope == "enterprise"]
    ids: dict[str, int] = {}
    if codes:
        query = select(Enterprise.code, Enterprise.id).where(Enterprise.county_id == county_id, Enterprise.code.in_(codes))
        ids = {row.code: row.id for row in db.session.execute(query)}
    found = []
    for row, last in rows.items():
        if row.scope == "enterprise":
            if row.scope_code in ids:  # an unknown one protects nobody; as None it would protect everybody
                found.append(AddedQuietDays(row.instrument, row.first_on, last, enterprise=ids[row.scope_code]))
            continue
        trade = row.scope_code if row.scope == "trade" else None
        town = row.scope_code if row.scope == "town" else None
        found.append(AddedQuietDays(row.instrument, row.first_on, last, trade=trade, town=town))
    return tuple(found)


def _added_rows(county_id: int) -> dict[AddedRow, date]:
    """The added quiet days with the day on which they really end; what ended before it began is left out."""
    query = (
        select(AddedRow, AddedQuietEnd.last_on)
        .outerjoin(AddedQuietEnd, AddedQuietEnd.added_id == AddedRow.id)
        .where(AddedRow.county_id == county_id)
        .order_by(AddedRow.first_on, AddedRow.id)
    )
    found = {row: min(row.last_on, ended or row.last_on) for row, ended in db.session.execute(query)}
    return {row: last for row, last in found.items() if row.first_on <= last}


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
    rows = {
        row: ends
        for row, ends in _added_rows(county_id).items()
        if row.scope != "enterprise" and row.first_on <= last and ends >= first
    }
    rows = dict(list(rows.items())[:50])
    codes = [row.scope_code for row in rows if row.scope == "town"]
    towns: dict[str, Division] = {}
    if codes:
        where = (Division.county_id == county_id, Division.code.in_(codes))
        towns = {division.code: division for division in db.session.scalars(select(Division).where(*where))}
    notices = []
    for row, ends in rows.items():
        trade = name_of_trade(county_id, row.scope_code) if row.scope == "trade" else None
        town = towns.get(row.scope_code) if row.scope == "town" else None
        notices.append(AddedNotice(row.instrument, row.first_on, ends, trade, town))
    return notices


def name_of_trade(county_id: int, trade: str) -> dict[str, str]:
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


def facts_of_all(county_id: int, enterprises: Collection[Enterprise]) -> dict[int, EnterpriseFacts]:
    """id → what the rules ask, of many enterprises, in one query."""
    if not enterprises:
        return {}
    divisions = {each.id: each for each in db.session.scalars(select(Division).where(Division.county_id == county_id))}
    found = {}
    for each in enterprises:
        division = divisions.get(each.division_id or 0)
        if division is not None and division.level in BELOW_TOWN:
            division = divisions.get(division.parent_id or 0, division)
        works = bool((each.more or {}).get("works_on_days_off"))
        found[each.id] = EnterpriseFacts(each.id, trade=each.trade, town=division.code if division else "", works_on_days_off=works)
    return found


def joint_number(group_code: str | None) -> int | None:
    """The number by which the rules know the parts of one joint visit; None for a plan that is part of none (Q-3, Q-4)."""
    plain = "".join(sign for sign in group_code or "" if sign.isascii() and sign.isalnum())
    return int(plain, 36) if plain else None


def visits_to(enterprise: Enterprise, until: date, *, without: int | None = None) -> tuple[Visit, ...]:
    """The visits made to an enterprise up to a day, that day included, but for that of one plan: what caps and repeats count (Q-3, Q-4)."""
    return made_visits(enterprise.county_id, [enterprise.id], until, without).get(enterprise.id, ())


def planned_visits(enterprise: Enterprise, *, hidden: ColumnElement[bool] | None = None, without: int | None = None) -> tuple[Visit, ...]:
    """The approved visits that are still ahead. Unannounced ones only where `hidden` says so: to anybody else they are not there (Q-7)."""
    return _ahead(enterprise.county_id, [enterprise.id], hidden, without).get(enterprise.id, ())


def histories(county_id: int, enterprise_ids: Collection[int], until: date, *, hidden: ColumnElement[bool] | None = None) -> dict[int, tuple[Visit, ...]]:
    """enterprise → its visits made up to a day and approved ahead, of many enterprises in two queries; `hidden` as in `planned_visits`."""
    made, ahead = made_visits(county_id, enterprise_ids, until, None), _ahead(county_id, enterprise_ids, hidden, None)
    return {each: (*made.get(each, ()), *ahead.get(each, ())) for each in enterprise_ids}


def made_visits(county_id: int, enterprise_ids: Collection[int], until: date, without: int | None) -> dict[int, tuple[Visit, ...]]:
    """enterprise → the visits made to it up to a day, but for that of one plan. The parts of a joint visit carry its number: they repeat nothing, and are one visit to the enterprise (Q-3, Q-4)."""
    query = (
        select(InspectionVisit, InspectionPlan.group_code)
        .outerjoin(InspectionPlan, InspectionPlan.id == InspectionVisit.plan_id)
        .where(InspectionVisit.county_id == county_id, InspectionVisit.enterprise_id.in_(enterprise_ids))
        .where(InspectionVisit.day_on <= until, or_(InspectionVisit.plan_id.is_(None), InspectionVisit.plan_id != (without or 0)))
        .order_by(InspectionVisit.day_on, InspectionVisit.id)
    )
    found: dict[int, tuple[Visit, ...]] = {}
    for row, group in db.session.execute(query):
        visit = Visit(row.body_id, row.line, Kind(row.kind), row.day_on, row.exemption, row.is_recheck, joint_number(group))
        found[row.enterprise_id] = (*found.get(row.enterprise_id, ()), visit)
    return found


def _ahead(county_id: int, enterprise_ids: Collection[int], hidden: ColumnElement[bool] | None, without: int | None) -> dict[int, tuple[Visit, ...]]:
    shown = InspectionPlan.is_announced | InspectionPlan.code_shown_at.is_not(None)
    query = (
        select(InspectionPlan)
        .where(InspectionPlan.county_id == county_id, InspectionPlan.enterprise_id.in_(enterprise_ids))
        .where(InspectionPlan.state.in_(AHEAD), InspectionPlan.id != (without or 0), shown if hidden is None else shown | hidden)
        .order_by(InspectionPlan.first_on, InspectionPlan.id)
    )
    found: dict[int, tuple[Visit, ...]] = {}
    for row in db.session.scalars(query):
        joint = joint_number(row.group_code)
        visit = Visit(row.body_id, row.line, Kind(row.kind), row.first_on, row.exemption, row.recheck_of_id is not None, joint)
        found[row.enterprise_id] = (*found.get(row.enterprise_id, ()), visit)
    return found


# --- counts by body: published after the month, ordered by name, never ranked (Q-2, Q-7, Q-12) --------------------------------------

@dataclass(frozen=True, slots=True)
class BodyCount:
    """What a body did in a year up to a day: inspections, those on an exemption, and visits that are none; of all of them those that were
    written down after the fact, and those whose code followed late (Q-5, Q-6)."""

    year: int
    body: Body
    inspections: int
    exempted: int
    not_inspections: int
    after_fact: int = 0
    late_codes: int = 0


def counted_until(today: date) -> date:
    """The last day whose visits are counted in public: that of the month before, so that no count gives away a visit of these days."""
    return today.replace(day=1) - timedelta(days=1)


def counts_by_body(county_id: int, first: date, last: date) -> list[BodyCount]:
    """The visits that took place from first to last, by year and inspecting body; every body has a line, by code."""
    never = [code for code, category in CATEGORIES.items() if not category.is_inspection]
    year = func.extract("year", InspectionVisit.day_on)
    is_none = func.coalesce(InspectionVisit.exemption.in_(never), False)
    query = (
        select(year, InspectionVisit.body_id, is_none, InspectionVisit.exemption.is_not(None), func.count())
        .where(InspectionVisit.county_id == county_id, InspectionVisit.day_on >= first, InspectionVisit.day_on <= last)
        .group_by(year, InspectionVisit.body_id, is_none, InspectionVisit.exemption.is_not(None))
    )
    found: dict[tuple[int, int], list[int]] = {}
    for of_year, body_id, none, exempt, number in db.session.execute(query):
        counts = found.setdefault((int(of_year), body_id), [0, 0, 0])
        if none:
            counts[2] += number
        else:
            counts[0] += number
            counts[1] += number if exempt else 0
    afterwards = _afterwards(county_id, first, last)
    bodies = list_inspecting_bodies(county_id)
    years = sorted({key[0] for key in found} | {last.year})
    return [
        BodyCount(each, body, *(*found.get((each, body.id), [0, 0, 0]), *afterwards.get((each, body.id), (0, 0))))
        for each in years
        for body in bodies
    ]


def _afterwards(county_id: int, first: date, last: date) -> dict[tuple[int, int], tuple[int, int]]:
    """(year, body) → visits that were written down after the fact, and codes that followed later than 24 hours, or never did (Q-5, Q-6)."""
    year = func.extract("year", CodeAfter.visited_on)
    late = or_(CodeAfter.came.is_(None), CodeAfter.came != CodeState.IN_TIME.value)
    query = (
        select(year, CodeAfter.body_id, func.count(CodeAfter.id).filter(CodeAfter.is_emergency), func.count(CodeAfter.id).filter(late))
        .where(CodeAfter.county_id == county_id, CodeAfter.visited_on >= first, CodeAfter.visited_on <= last)
        .group_by(year, CodeAfter.body_id)
    )
    return {(int(row[0]), row[1]): (int(row[2]), int(row[3])) for row in db.session.execute(query)}


def published_afterwards(row: BodyCount) -> tuple[int | None, int | None]:
    """Visits written down after the fact, and late codes; None where it is too small (O-3)."""
    after_fact, late = (0 if number == 0 else published(number) for number in (row.after_fact, row.late_codes))
    return after_fact, late


def published_counts(row: BodyCount) -> tuple[int | None, int | None, int | None, int | None]:
    """Inspections, those on an exemption, their share in per cent, and visits that are no inspections; None where it is too small (O-3)."""
    told = [0 if number == 0 else published(number) for number in (row.inspections, row.exempted, row.not_inspections)]
    if told[0] is None:
        told[1] = None
    share = round(100 * row.exempted / row.inspections) if told[0] and told[1] is not None else None
    return told[0], told[1], share, told[2]


# --- what the county lays down, as one value ----------------------------------------------------------------------------------------


def caps_of(county_id: int) -> tuple[Cap, ...]:
    """Every version of every cap: the county's own of its settings, and what was entered since (Q-3)."""
    query = select(CountySetting).where(CountySetting.county_id == county_id, CountySetting.key == "inspection_cap")
    found = []
    for row in db.session.scalars(query.order_by(CountySetting.from_on)):
        number = row.value["per_body"] if isinstance(row.value, dict) else row.value
        found.append(Cap(int(number), row.from_on, source=row.source))
    entered = select(InspectionCap).where(InspectionCap.county_id == county_id).order_by(InspectionCap.from_on, InspectionCap.id)
    found += [cap_of_row(row) for row in db.session.scalars(entered)]
    return tuple(found) or (Cap(quiet_days.DEFAULT_CAP),)


def cap_of_row(row: InspectionCap) -> Cap:
    """A version of a cap as a value."""
    return Cap(
        row.number, row.from_on, LaidBy(row.laid_by), row.line or None, row.body_id, Per(row.per), frozenset(map(Kind, row.counts)), row.source
    )


def category_rows(county_id: int) -> list[ExemptionCategory]:
    """Every version of the county's exemptions, the earlier first (Q-2)."""
    query = select(ExemptionCategory).where(ExemptionCategory.county_id == county_id)
    return list(db.session.scalars(query.order_by(ExemptionCategory.from_on, ExemptionCategory.id)))


def categories_on(rows: Sequence[ExemptionCategory], on: date) -> Mapping[str, Category]:
    """The exemptions of a day: those of Q-2, as the county's versions in force have them, and its own."""
    newest = {row.code: row for row in rows if row.from_on <= on}  # the later is written last
    return by_code([*CATEGORIES.values(), *(category_of(row.code, row.kinds, row.is_active, row.source) for row in newest.values())])


def named_levels(county_id: int) -> tuple[NamedLevel, ...]:
    """Which body a superior named for a line and a year, the latest paper first (Q-4)."""
    query = select(NamedLevelRow).where(NamedLevelRow.county_id == county_id).order_by(NamedLevelRow.from_on.desc(), NamedLevelRow.id.desc())
    return tuple(
        NamedLevel(row.line, row.year, row.body_id, row.instrument, row.enterprise_id, row.from_on) for row in db.session.scalars(query)
    )


@dataclass(frozen=True, slots=True)
class QuietLaw:
    """Everything that a county lays down about inspections (Q-1 to Q-4, Q-9): loaded once, asked about many visits."""

    quiet: QuietCalendar
    caps: tuple[Cap, ...]
    named: tuple[NamedLevel, ...]
    category_rows: tuple[ExemptionCategory, ...]

    def categories(self, on: date) -> Mapping[str, Category]:
        """The exemptions of a day."""
        return categories_on(self.category_rows, on)

    def may_inspect(self, plan: Plan, enterprise: EnterpriseFacts, history: Collection[Visit], today: date | None = None) -> Verdict:
        """May this plan be carried out, and when next? The one question of inspections, with the exemptions of the plan's day (Q-5)."""
        return quiet_days.may_inspect(
            plan,
            enterprise,
            rules=self.quiet.rules,
            calendar=self.quiet.calendar,
            history=history,
            added=self.quiet.added,
            caps=self.caps,
            named=self.named,
            categories=self.categories(plan.day),
            today=today,
        )


    def use_of_caps(self, plan: Plan, enterprise: EnterpriseFacts, history: Collection[Visit]) -> list[quiet_days.CapUse]:
        """The caps in force that reach a plan, the strictest first, and how far each is used up (Q-3)."""
        return quiet_days.use_of_caps(
            plan, enterprise, calendar=self.quiet.calendar, history=history, caps=self.caps, categories=self.categories(plan.day)
        )


def quiet_law(county_id: int) -> QuietLaw:
    """What a county lays down about inspections."""
    return QuietLaw(quiet_calendar(county_id), caps_of(county_id), named_levels(county_id), tuple(category_rows(county_id)))


def line_of(body: Body, on: date) -> str:
    """The line of a body's matters on a day, where they have but one; otherwise the body's own (Q-4)."""
    held = (InspectionMatter.from_on <= on, or_(InspectionMatter.until_on.is_(None), InspectionMatter.until_on >= on))
    query = select(InspectionMatter.line).where(InspectionMatter.body_id == body.id, *held).distinct().limit(2)
    lines = list(db.session.scalars(query))
    return lines[0] if len(lines) == 1 else body.line


def line_of_matter(body: Body, code: str, on: date) -> str | None:
    """The line of a matter of the body's published list; None where it is not on the list that day (Q-5)."""
    held = (InspectionMatter.from_on <= on, or_(InspectionMatter.until_on.is_(None), InspectionMatter.until_on >= on))
    query = select(InspectionMatter.line).where(InspectionMatter.body_id == body.id, InspectionMatter.code == code, *held)
    return db.session.scalar(query.order_by(InspectionMatter.from_on.desc()).limit(1))


def check_visit(
    enterprise: Enterprise,
    body: Body,
    day: date,
    kind: Kind,
    *,
    exemption: str | None = None,
    basis: str = "",
    on_day_off: bool = False,
    coordinated: str = "",
    line: str | None = None,
    today: date,
    judge_past: bool = False,
) -> Verdict:
    """May this body visit this enterprise on this day, and when next? (Q-1 to Q-5, Q-9)

    A day before `today` is refused (Q-5); with `judge_past` it is judged instead, as a visit that was made: by the rule of its day and
    the visits before it. The next date is never before today. `line`: of the matter (Q-4); without it that of the body's matters, or its own.
    Raises `CalendarError` for a day that no calendar speaks of.
    """
    law = quiet_law(enterprise.county_id)
    plan = Plan(
        body.id, line or line_of(body, day), kind, day, exemption=exemption or None, basis=basis, on_day_off=on_day_off, is_vertical=body.is_vertical,
        coordinated=coordinated,
    )  # fmt: skip
    is_past = judge_past and day < today
    history: Sequence[Visit] = visits_to(enterprise, day if is_past else today)
    if not is_past:
        history = (*history, *planned_visits(enterprise))
    if is_past:
        history = without_itself(history, plan)
    facts = facts_of(enterprise)

    def ask(on: date | None) -> Verdict:
        return law.may_inspect(plan, facts, history, on)

    if not is_past:
        return ask(today)
    judged = ask(None)
    if judged.allowed:
        return judged
    ahead = ask(today)
    findings = tuple(replace(each, next_allowed=ahead.next_allowed) for each in judged.findings)
    return Verdict(False, findings, (), ahead.next_allowed, judged.provisional or ahead.provisional)


def without_itself(history: Sequence[Visit], plan: Plan) -> list[Visit]:
    """The history without the visit that is judged, which may stand in it."""
    left = list(history)
    same = (visit for visit in reversed(history) if (visit.body, visit.day, visit.kind) == (plan.body, plan.day, plan.kind))
    itself = next(same, None)
    if itself is not None:
        left.remove(itself)
    return left
