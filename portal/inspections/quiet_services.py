"""Changing the county's quiet days: everything is added and dated, recorded, once, and holds from tomorrow at the earliest (Q-1 to Q-4, Q-9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.audit import Actor, record
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.inspections import queries, quiet_queries
from portal.inspections.models import AddedQuietDays as AddedRow
from portal.inspections.models import Enterprise, QuietRuleRow
from portal.inspections.quiet_models import AddedQuietEnd, ExemptionCategory, InspectionCap, NamedLevelRow
from portal.inspections.quiet_queries import Touched
from portal.network import queries as network
from portal.network.models import Body
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.moments import civil_date
from portal.rules.quiet_changes import may_add_days, may_begin, may_lay_down, may_switch
from portal.rules.quiet_days import CATEGORIES, AddedQuietDays, Cap, LaidBy, Per, QuietRule
from portal.rules.texts import Text

PLACE = "/manage/quiet-rules"


@dataclass(frozen=True, slots=True)
class RuleText:
    """A version as it is entered: the days, those of towns of their own, who laid it down, by which paper, from when."""

    windows: str
    towns: dict[str, str]
    by_superior: bool
    source: str
    from_on: date

    def value(self) -> QuietRule:
        """The version; NotAllowed where its days cannot be read."""
        try:
            return QuietRule.of(0, self.from_on, self.windows, self.towns, self.source)
        except ValueError:
            raise NotAllowed(Decision.no(Reason.QUIET_NOT_READ, rule="Q-1")) from None


@dataclass(frozen=True, slots=True)
class DaysText:
    """Added quiet days as they are entered: scope is enterprise, trade, town or all, `code` that of whom it names."""

    scope: str
    code: str
    first: date
    last: date
    instrument: str


def _begin(tx: Transaction, version: int, actor: Actor) -> date:
    """One changes the quiet days at a time, from what was seen; today's date. Stale or NotAllowed otherwise."""
    tx.lock(select(QuietRuleRow).where(QuietRuleRow.county_id == actor.county_id).order_by(QuietRuleRow.id))
    today = civil_date(tx.now)
    quiet_queries.may_change_now(actor.account_id, today).or_raise()
    current = quiet_queries.version(actor.county_id)
    if current != version:
        raise Stale(current)
    return today


# --- the rule -------------------------------------------------------------------------------------------------------------------


def _checked(county_id: int, text: RuleText, today: date) -> QuietRule:
    rule = text.value()
    taken = [each.holds_from for each in queries.quiet_rules(county_id)]
    may_begin(text.from_on, today, taken, "Q-1").or_raise()
    may_lay_down(rule, text.by_superior).or_raise()
    return rule


def preview_rule(county_id: int, text: RuleText, today: date) -> Touched:
    """What a version would change; NotAllowed where it may not be entered. Nothing is written."""
    rule = _checked(county_id, text, today)
    quiet = queries.quiet_calendar(county_id)
    return quiet_queries.touched(county_id, quiet, quiet_queries.with_rule(quiet, rule), text.from_on)


def enter_rule(text: RuleText, *, version: int, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """Lay down which days are quiet from a day on (Q-1)."""
    with transaction(clock=clock, once=once) as tx:
        today = _begin(tx, version, actor)
        _checked(actor.county_id, text, today)
        laid_by = "superior" if text.by_superior else "county"
        terms = {"windows": text.windows, "towns": text.towns, "laid_by": laid_by}
        tx.session.add(QuietRuleRow(county_id=actor.county_id, holds_from_on=text.from_on, terms=terms, source=text.source))
        tx.session.flush()
        record(tx, actor, "put_quiet_rule", "quiet_rule", from_on=text.from_on, windows=text.windows, towns=text.towns, laid_by=laid_by)
        tx.result = PLACE


# --- added quiet days -----------------------------------------------------------------------------------------------------------


def _added(county_id: int, text: DaysText) -> AddedQuietDays:
    if text.scope == "enterprise":
        whom = queries.enterprise_by_code(county_id, text.code)
        return AddedQuietDays(text.instrument, text.first, text.last, enterprise=whom.id)
    trade = text.code if text.scope == "trade" else None
    town = text.code if text.scope == "town" else None
    return AddedQuietDays(text.instrument, text.first, text.last, trade=trade, town=town)


def preview_days(county_id: int, text: DaysText, today: date) -> Touched:
    """What added quiet days would change; NotAllowed where they may not be entered. Nothing is written."""
    may_add_days(text.first, text.last, text.instrument, today).or_raise()
    quiet = queries.quiet_calendar(county_id)
    return quiet_queries.touched(county_id, quiet, quiet_queries.with_added(quiet, _added(county_id, text)), text.first)


def add_days(text: DaysText, *, version: int, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """Add quiet days by an instrument; they cancel no emergency or statutory visit (Q-9)."""
    with transaction(clock=clock, once=once) as tx:
        today = _begin(tx, version, actor)
        may_add_days(text.first, text.last, text.instrument, today).or_raise()
        _added(actor.county_id, text)
        row = AddedRow(
            county_id=actor.county_id, scope=text.scope, scope_code=text.code, first_on=text.first, last_on=text.last,
            instrument=text.instrument,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        record(tx, actor, "add_quiet_days", f"added_quiet_days:{row.id}", scope=text.scope, first=text.first, last=text.last)
        tx.result = f"{PLACE}/days"


def end_days(added_id: int, last: date, source: str, *, version: int, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """End added quiet days earlier than was entered, with the paper; today stays as it is. Days of the rule itself stay quiet (Q-9)."""
    with transaction(clock=clock, once=once) as tx:
        today = _begin(tx, version, actor)
        if added_id not in {row.id for row in quiet_queries.list_running(actor.county_id, today, with_ended=True)}:
            raise NotFound(f"added quiet days {added_id}")
        if added_id not in {row.id for row in quiet_queries.list_running(actor.county_id, today)}:
            raise NotAllowed(Decision.no(Reason.QUIET_STANDS_ALREADY, rule="Q-9"))
        if last < today:
            raise NotAllowed(Decision.no(Reason.QUIET_FROM_TOMORROW, rule="Q-9", day=last))
        tx.session.add(AddedQuietEnd(county_id=actor.county_id, added_id=added_id, last_on=last, source=source))
        tx.session.flush()
        record(tx, actor, "end_quiet_days", f"added_quiet_days:{added_id}", last=last)
        tx.result = f"{PLACE}/days"


# --- exemptions -----------------------------------------------------------------------------------------------------------------


def _put_category(
    tx: Transaction, actor: Actor, code: str, on: bool, from_on: date, today: date, names: Text, kinds: Sequence[str], source: str
) -> None:
    taken = [row.from_on for row in queries.category_rows(actor.county_id) if row.code == code]
    may_begin(from_on, today, taken, "Q-2").or_raise()
    row = ExemptionCategory(
        county_id=actor.county_id, code=code, from_on=from_on, is_active=on, kinds=list(kinds), source=source, **names.named()
    )
    tx.session.add(row)
    tx.session.flush()
    record(tx, actor, "put_exemption", f"exemption:{code}", from_on=from_on, on=on, kinds=list(kinds))
    tx.result = f"{PLACE}/exemptions"


def switch_exemption(
    code: str, on: bool, from_on: date, source: str, *, version: int, actor: Actor, clock: Clock, once: Once | None = None
) -> None:
    """Switch an exemption on or off from a day on (Q-2)."""
    with transaction(clock=clock, once=once) as tx:
        today = _begin(tx, version, actor)
        rows = queries.category_rows(actor.county_id)
        now = queries.categories_on(rows, from_on).get(code)
        if now is None:
            raise NotFound(f"exemption {code}")
        may_switch(code, on, now).or_raise()
        kept = next((row for row in reversed(rows) if row.code == code), None)
        names = Text(kept.name, kept.name_hant, kept.name_en) if kept is not None else Text("", "", "")
        kinds = sorted(kind.value for kind in now.kinds)
        _put_category(tx, actor, code, on, from_on, today, names, kinds, source)


def add_exemption(
    code: str, names: Text, kinds: Sequence[str], from_on: date, source: str, *, version: int, actor: Actor, clock: Clock,
    once: Once | None = None,
) -> None:  # fmt: skip
    """Add an exemption of the county's own: it lets its kinds in on a quiet day and lifts no cap (Q-2)."""
    with transaction(clock=clock, once=once) as tx:
        today = _begin(tx, version, actor)
        if code in CATEGORIES or any(row.code == code for row in queries.category_rows(actor.county_id)):
            raise NotAllowed(Decision.no(Reason.CATEGORY_IS_SO, rule="Q-2"))
        _put_category(tx, actor, code, True, from_on, today, names, kinds, source)


# --- caps and levels ------------------------------------------------------------------------------------------------------------


def _body(county_id: int, code: str) -> Body | None:
    return network.body_by_code(county_id, code) if code else None


def put_cap(
    number: int | None, laid_by: LaidBy, line: str, body: str, per: Per, counts: Sequence[str], from_on: date, source: str, *,
    version: int, actor: Actor, clock: Clock, once: Once | None = None,
) -> None:  # fmt: skip
    """Say how many inspections of an enterprise a year there may be from a day on; without a number there is no longer any such cap (Q-3)."""
    with transaction(clock=clock, once=once) as tx:
        today = _begin(tx, version, actor)
        whose = _body(actor.county_id, body)
        row = InspectionCap(
            county_id=actor.county_id, laid_by=laid_by.value, line=line, body_id=whose.id if whose else None, per=per.value, number=number,
            counts=sorted(counts), from_on=from_on, source=source,
        )  # fmt: skip
        seat = queries.cap_of_row(row).seat
        row.seat = "|".join(map(str, seat))
        known: list[Cap] = list(queries.caps_of(actor.county_id))
        may_begin(from_on, today, [cap.holds_from for cap in known if cap.seat == seat], "Q-3").or_raise()
        tx.session.add(row)
        tx.session.flush()
        record(tx, actor, "put_cap", f"inspection_cap:{row.seat}", from_on=from_on, number=number, counts=row.counts)
        tx.result = f"{PLACE}/caps"


def name_level(
    line: str, year: int, body: str, enterprise: Enterprise | None, from_on: date, instrument: str, *,
    version: int, actor: Actor, clock: Clock, once: Once | None = None,
) -> None:  # fmt: skip
    """Keep a superior's paper that names the body which goes on a line in a year (Q-4); a later one takes its place from its day on."""
    with transaction(clock=clock, once=once) as tx:
        today = _begin(tx, version, actor)
        may_begin(from_on, today, (), "Q-4").or_raise()
        row = NamedLevelRow(
            county_id=actor.county_id, line=line, year=year, enterprise_id=enterprise.id if enterprise else None,
            body_id=network.body_by_code(actor.county_id, body).id, from_on=from_on, instrument=instrument,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        record(tx, actor, "name_level", f"named_level:{row.id}", line=line, year=year, body=body, from_on=from_on)
        tx.result = f"{PLACE}/caps"
