"""Reports of visits without a code, ratings, the look of an enterprise without an account, the address of its calendar (Q-6, Q-7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from portal.accounts import services as accounts
from portal.accounts.numbers import plain_number
from portal.accounts.queries import SignedIn
from portal.accounts.sealed import RevealReason, cipher
from portal.accounts.services import Budget
from portal.audit import Actor, record
from portal.cases.services import new_tracking_code
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, transaction
from portal.inspections import plan_queries, plan_services, queries, space_queries
from portal.inspections.models import Enterprise
from portal.inspections.plan_models import InspectionPlan
from portal.inspections.space_models import EnterpriseFeed, InspectionReport
from portal.inspections.space_queries import PHONE_CONTEXT
from portal.network import queries as network
from portal.rules import inspection_reports as rules
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.inspection_plans import PlanEventKind, PlanState
from portal.rules.inspection_reports import ReportState
from portal.rules.moments import civil_date
from portal.rules.rating import Satisfaction

# One address: wide, since a whole market or village room shares one.
ADDRESS = Budget(20, timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1))
# Who guesses the notice of one enterprise; it slows a guess down and never shuts the owner out for long.
PAIR = Budget(10, timedelta(seconds=15), timedelta(minutes=5), timedelta(hours=1))

# What happens with a report in the transaction in which it is made: the complaint that it becomes (V-1), the supervision case of a visit
# that was turned away. `app.py` fills it; while it is empty, the supervisor works from the list of reports alone.
after_report: list[Callable[[Transaction, InspectionReport], None]] = []


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who acts without being asked for a name: somebody of the public from an address, or whoever is signed in."""

    county_id: int
    address: str = ""
    person: SignedIn | None = None

    @property
    def actor(self) -> Actor:
        return self.person.actor if self.person is not None else Actor(None, self.county_id, "public", self.address)

    def take_try(self, what: str, clock: Clock, once: Once | None = None, *, pair: str = "") -> None:
        """Count a try, of a pair from whoever tries it and else from outside; `TooMany` where the next must wait."""
        if self.person is not None and not pair:
            return
        budgets = {accounts.throttle_key(f"{what} address", self.county_id, accounts.place_key(self.address)): ADDRESS}
        if pair:
            budgets[self.pair_key(what, pair)] = PAIR
        accounts.take_try(budgets, clock=clock, actor=self.actor, verb=f"{what}.try", subject=f"county:{self.county_id}", once=once)

    def pair_key(self, what: str, pair: str) -> str:
        return accounts.throttle_key(f"{what} pair", self.county_id, pair, accounts.place_key(self.address))


# --- reports ------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportText:
    """What somebody says of a visit. `body_id` None: whoever came did not say."""

    came_on: date
    said: str
    body_id: int | None = None
    enterprise_code: str = ""
    who_came: str = ""
    turned_away: bool = False
    shown_code: str = ""
    phone: str = ""


def place_of(tracking_code: str) -> str:
    """Where whoever reported follows the report."""
    return f"/inspections/report/{tracking_code}"


def report(text: ReportText, *, visitor: Visitor, clock: Clock, once: Once | None = None) -> str:
    """Report a visit whose code was not seen; returns the tracking code. NotAllowed, TooMany."""
    rules.may_report(text.came_on, clock.today()).or_raise()
    visitor.take_try("inspection_report", clock, once)
    with transaction(clock=clock, once=once) as tx:
        rules.may_report(text.came_on, civil_date(tx.now)).or_raise()
        try:
            enterprise_id = queries.enterprise_by_code(visitor.county_id, text.enterprise_code).id if text.enterprise_code else None
        except NotFound:
            enterprise_id = None  # an enterprise that is not on the county's list is visited too
        serial = network.next_number(tx, visitor.county_id, "inspection_report", civil_date(tx.now).year)
        phone = plain_number(text.phone)
        row = InspectionReport(
            county_id=visitor.county_id, number=f"JB{civil_date(tx.now).year}-{serial:04d}", tracking_code=new_tracking_code(),
            subject=rules.subject_of(turned_away=text.turned_away).value, body_id=text.body_id, enterprise_id=enterprise_id,
            enterprise_code=text.enterprise_code, shown_code=text.shown_code, came_on=text.came_on, who_came=text.who_came, said=text.said,
            phone_sealed=cipher().seal(phone, PHONE_CONTEXT) if phone else None,
            reported_by_id=visitor.person.account_id if visitor.person is not None else None, reported_at=tx.now, state=ReportState.OPEN.value,
            version=1,
        )  # fmt: skip
        tx.session.add(row)
        tx.session.flush()
        for follow in after_report:
            follow(tx, row)
        tx.result = place_of(row.tracking_code)
        about: dict[str, Any] = {"body": text.body_id, "enterprise": enterprise_id, "what": row.subject, "phone": bool(phone)}
        record(tx, visitor.actor, "inspection_report.make", f"inspection_report:{row.number}", **about)
        return row.tracking_code


def answer(report_id: int, said: str, *, version: int, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """The supervisor's answer, read by whoever reported. NotFound, NotAllowed, Stale."""
    _supervises(actor)
    with transaction(clock=clock, once=once) as tx:
        space_queries.get_report(actor.county_id, report_id)
        where = (InspectionReport.county_id == actor.county_id, InspectionReport.id == report_id)
        row: InspectionReport = tx.lock(select(InspectionReport).where(*where))[0]
        rules.may_answer_report(ReportState(row.state)).or_raise()
        if row.version != version:
            raise Stale(row.version)
        row.state, row.version, row.answer = ReportState.ANSWERED.value, row.version + 1, said
        row.answered_by_id, row.answered_at = actor.account_id, tx.now
        tx.session.flush()
        tx.result = f"/inspections/reports/{report_id}"
        record(tx, actor.actor, "inspection_report.answer", f"inspection_report:{row.number}", what=row.subject)


def _supervises(actor: SignedIn) -> None:
    if actor.role != "supervisor":
        raise NotAllowed(Decision.no(Reason.NOT_YOURS, rule="Q-6"))


def reveal_phone(report_id: int, reason: RevealReason, *, actor: SignedIn, clock: Clock) -> str:
    """The phone in clear, for the supervisor; recorded before it is opened, each time (R-2). NotFound, NotAllowed."""
    _supervises(actor)
    sealed = space_queries.get_report(actor.county_id, report_id).row.phone_sealed
    if sealed is None:
        raise NotFound("phone")
    with transaction(clock=clock) as tx:
        record(tx, actor.actor, "reveal", f"inspection_report:{report_id}", field="phone", reason=reason.value)
    return cipher().open(sealed, PHONE_CONTEXT)


# --- rating -------------------------------------------------------------------------------------------------------------------------


def rate(code: str, satisfaction: Satisfaction, *, visitor: Visitor, by_staff: bool, clock: Clock, once: Once | None = None) -> None:
    """Rate a visit by the code of its notice, once, after it took place. NotFound, NotAllowed, TooMany."""
    found = plan_queries.plan_by_code(visitor.county_id, code)
    if found is None:
        raise NotFound("code")
    visitor.take_try("inspection_rating", clock, once)
    with transaction(clock=clock, once=once) as tx:
        plan: InspectionPlan = tx.lock(select(InspectionPlan).where(InspectionPlan.id == found.row.id))[0]
        rules.may_rate_visit(PlanState(plan.state), is_rated=space_queries.is_rated(plan.id), by_staff=by_staff).or_raise()
        # who rates is not kept, not even an address: a rating is counted and never traced
        plan_services.append(
            tx, plan, PlanEventKind.RATED, actor=Actor(None, visitor.county_id, "rater"), payload={"satisfaction": int(satisfaction)}
        )
        tx.result = f"/inspections/verify/{code}"


# --- the enterprise's own space -----------------------------------------------------------------------------------------------------


def look(credit_code: str, code: str, *, visitor: Visitor, clock: Clock) -> Enterprise | None:
    """Open the space of an enterprise to whoever gives its credit code and the code of a notice of its own; None for a wrong pair.
    Each try counts and is recorded; so is each entry. TooMany."""
    plain = plain_number(credit_code)[:18]
    visitor.take_try("enterprise_look", clock, pair=plain)
    found = space_queries.enterprise_by_notice(visitor.county_id, plain, code)
    if found is None:
        return None
    with transaction(clock=clock) as tx:
        accounts.forget_tries(tx, [visitor.pair_key("enterprise_look", plain)])
        record(tx, visitor.actor, "enterprise.look", f"enterprise:{found.code}")
    return found


def renew_feed(serial: int, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Make the address of one's calendar, or another in its place; the old one is gone. `serial` is what the page showed: Stale, NotFound."""
    with transaction(clock=clock, once=once) as tx:
        enterprise = space_queries.enterprise_of_account(actor.county_id, actor.enterprise_code)
        tx.lock(select(Enterprise).where(Enterprise.id == enterprise.id))
        feed = space_queries.feed_of(enterprise)
        now = feed.serial if feed is not None else 0
        if now != serial:
            raise Stale(now)
        if feed is None:
            feed = EnterpriseFeed(county_id=actor.county_id, enterprise_id=enterprise.id, serial=0, secret_digest="")
            tx.session.add(feed)
        feed.serial = now + 1
        feed.secret_digest = space_queries.digest_of_secret(space_queries.secret_for(enterprise, feed.serial))
        feed.made_by_id, feed.made_at = actor.account_id, tx.now
        tx.session.flush()
        tx.result = "/enterprise#feed"
        record(tx, actor.actor, "enterprise.renew_feed", f"enterprise:{enterprise.code}", serial=feed.serial)
