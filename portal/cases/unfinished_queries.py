"""Matters of the "could not get it done" window: by code for the public, lists for the center, what repeats, who coordinates (V-11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select

from portal.accounts import queries as accounts
from portal.accounts.models import Account, Office, OfficeKind
from portal.accounts.queries import SignedIn
from portal.accounts.sealed import cipher
from portal.cases.models import Case
from portal.cases.queries import CaseView, sees
from portal.cases.unfinished_models import Unfinished, UnfinishedCoordinator, UnfinishedStep
from portal.catalogue.models import ItemVersion
from portal.crypto import mask_number
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import ServicePoint, Window
from portal.rules import unfinished as rules
from portal.rules.lifecycle import ClosedAs, EventKind, Outcome, State
from portal.rules.unfinished import CourseFacts, Due, Ended, Ground, MatterState, Proposal, Repeats

A_PAGE = 25
PHONE_CONTEXT = "unfinished.phone"
OPEN = (MatterState.OPEN, MatterState.ANSWERED)
BOXES: dict[str, tuple[MatterState, ...]] = {"open": OPEN, "late": OPEN, "over": (MatterState.SETTLED, MatterState.EXPLAINED)}


# --- a case, and whether a matter can be opened for it ------------------------------------------------------------------------------


def last_of_case(case_id: int) -> Unfinished | None:
    """The newest matter about a case, if there is one."""
    return db.session.scalar(select(Unfinished).where(Unfinished.case_id == case_id).order_by(Unfinished.id.desc()).limit(1))


def facts_of(view: CaseView) -> CourseFacts:
    """What a case has gone through: refused, turned away, how often it was sent back to the applicant or between windows."""
    now, last = view.now, last_of_case(view.case.id)
    sent_back = sum(row.kind in (EventKind.NOTICED, EventKind.LEG_RETURNED) for row in view.rows)
    return CourseFacts(
        is_refused=now.outcome is Outcome.REFUSED or now.state is State.NOT_ACCEPTED or now.closed_as is ClosedAs.NOT_ACCEPTED,
        is_turned_away=now.closed_as is ClosedAs.NOT_OURS,
        times_sent_back=sent_back,
        has_open_matter=last is not None and not MatterState(last.state).is_over,
    )


def beside(view: CaseView) -> dict[str, Any]:
    """For the page of the progress: whether a matter can be opened, and the code of the newest."""
    last = last_of_case(view.case.id)
    return {"unfinished": rules.may_open_for_case(facts_of(view)), "unfinished_code": last.code if last is not None else ""}


# --- who coordinates ----------------------------------------------------------------------------------------------------------------


def of_center(county_id: int, on: date) -> list[Account]:
    """The accounts of the center's management on a day, by user name."""
    held = select(Office.account_id).where(
        Office.county_id == county_id, Office.kind == OfficeKind.CENTER_MANAGEMENT, Office.from_on <= on,
        or_(Office.until_on.is_(None), Office.until_on >= on),
    )  # fmt: skip
    query = select(Account).where(Account.county_id == county_id, Account.id.in_(held), Account.disabled_at.is_(None))
    return list(db.session.scalars(query.order_by(Account.username)))


def coordinator_of(county_id: int, on: date) -> Account | None:
    """The named coordinator; None while none is named, or where who was named is not of the center's management any more."""
    query = select(UnfinishedCoordinator.account_id).where(UnfinishedCoordinator.county_id == county_id)
    named = db.session.scalar(query.order_by(UnfinishedCoordinator.id.desc()).limit(1))
    return next((account for account in of_center(county_id, on) if account.id == named), None) if named is not None else None


# --- matters ------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MatterShown:
    """A matter with what a page says of it."""

    row: Unfinished
    point: ServicePoint
    window: Window | None
    item: ItemVersion | None
    today: date

    @property
    def state(self) -> MatterState:
        return MatterState(self.row.state)

    @property
    def ground(self) -> Ground:
        return Ground(self.row.ground)

    @property
    def waits(self) -> Due | None:
        return rules.waits_for(self.state, self.row.answer_due_on, self.row.settle_due_on)

    @property
    def phone(self) -> str:
        """The phone, masked."""
        return mask_number(cipher().open(self.row.phone_sealed, PHONE_CONTEXT)) if self.row.phone_sealed else ""


def _versions(item_ids: set[int]) -> dict[int, ItemVersion]:
    if not item_ids:
        return {}
    newest = select(func.max(ItemVersion.id)).where(ItemVersion.item_id.in_(item_ids)).group_by(ItemVersion.item_id)
    return {row.item_id: row for row in db.session.scalars(select(ItemVersion).where(ItemVersion.id.in_(newest)))}


def _shown(rows: Sequence[Unfinished], today: date) -> list[MatterShown]:
    points = network.points_by_id({row.point_id for row in rows})
    windows = network.windows_by_id({row.window_id for row in rows if row.window_id is not None})
    items = _versions({row.item_id for row in rows if row.item_id is not None})
    return [MatterShown(row, points[row.point_id], windows.get(row.window_id or 0), items.get(row.item_id or 0), today) for row in rows]


def get_by_code(county_id: int, code: str, today: date) -> MatterShown:
    """A matter by its code, for whoever opened it; NotFound otherwise."""
    plain = "".join(char for char in code.upper() if char.isalnum())
    if len(plain) != 12 or not plain.isascii():
        raise NotFound(code)
    row = db.session.scalar(select(Unfinished).where(Unfinished.county_id == county_id, Unfinished.code == plain))
    if row is None:
        raise NotFound(code)
    return _shown([row], today)[0]


def get_matter(county_id: int, matter_id: int, today: date) -> MatterShown:
    """A matter, for who oversees the county; NotFound otherwise."""
    row = db.session.scalar(select(Unfinished).where(Unfinished.county_id == county_id, Unfinished.id == matter_id))
    if row is None:
        raise NotFound(f"matter {matter_id}")
    return _shown([row], today)[0]


def _in_box(county_id: int, box: str, today: date) -> tuple[ColumnElement[bool], ...]:
    states = [state.value for state in BOXES[box]]
    late = or_(
        (Unfinished.state == MatterState.OPEN.value) & (Unfinished.answer_due_on < today),
        (Unfinished.state == MatterState.ANSWERED.value) & (Unfinished.settle_due_on < today),
    )
    return (Unfinished.county_id == county_id, Unfinished.state.in_(states) if states else false(), *((late,) if box == "late" else ()))


def to_settle(county_id: int) -> Any:
    """How many matters are open, as a query to count with others."""
    return select(func.count(Unfinished.id)).where(Unfinished.county_id == county_id, Unfinished.state.in_([state.value for state in OPEN])).scalar_subquery()


def list_matters(county_id: int, box: str, today: date, *, before: int | None = None) -> tuple[list[MatterShown], int | None]:
    """The matters of a list, the newest first; and where the next page begins."""
    query = select(Unfinished).where(*_in_box(county_id, box, today))
    if before is not None:
        query = query.where(Unfinished.id < before)
    rows = list(db.session.scalars(query.order_by(Unfinished.id.desc()).limit(A_PAGE + 1)))
    return _shown(rows[:A_PAGE], today), rows[A_PAGE - 1].id if len(rows) > A_PAGE else None


def steps_of(matter_id: int) -> list[tuple[UnfinishedStep, Account]]:
    """What was said about a matter, in order, and by whom."""
    rows = list(db.session.scalars(select(UnfinishedStep).where(UnfinishedStep.matter_id == matter_id).order_by(UnfinishedStep.id)))
    people = accounts.accounts_by_id({row.by_id for row in rows})
    return [(row, people[row.by_id]) for row in rows]


def case_number_for(person: SignedIn, case_id: int | None, on: date) -> str:
    """The number of the case that a matter is about, as far as it exists for the person."""
    if case_id is None:
        return ""
    return db.session.scalar(select(Case.number).where(Case.id == case_id, sees(person, on))) or ""


# --- what repeats -------------------------------------------------------------------------------------------------------------------


def repeats_of(county_id: int, on: date) -> Repeats:
    """From how many on a cause is a proposal: county data, else three in 90 days."""
    told, usual = network.setting(county_id, "unfinished_repeats", on) or {}, Repeats()
    return Repeats(int(told.get("least", usual.least)), int(told.get("days", usual.days)))


@dataclass(frozen=True, slots=True)
class ProposalShown:
    """A cause that repeats, with the names of its item or window."""

    proposal: Proposal
    item: ItemVersion | None
    window: Window | None
    point: ServicePoint | None


def list_proposals(county_id: int, on: date) -> list[ProposalShown]:
    """The changes to catalogue or grant that repeated causes propose, the most frequent first."""
    repeats = repeats_of(county_id, on)
    query = select(Unfinished.cause, Unfinished.ended_on, Unfinished.item_id, Unfinished.window_id).where(
        Unfinished.county_id == county_id, Unfinished.ended_on > date.fromordinal(on.toordinal() - repeats.days)
    )
    ended = [
        Ended(rules.Cause(row.cause), row.ended_on, row.item_id, row.window_id)
        for row in db.session.execute(query)
        if row.cause is not None and row.ended_on is not None
    ]
    found = rules.proposals(ended, on, repeats)
    items = _versions({one.item_id for one in found if one.item_id is not None})
    windows = network.windows_by_id({one.window_id for one in found if one.window_id is not None})
    points = network.points_by_id({window.point_id for window in windows.values()})
    shown = []
    for one in found:
        window = windows.get(one.window_id or 0)
        shown.append(ProposalShown(one, items.get(one.item_id or 0), window, points[window.point_id] if window is not None else None))
    return shown


# --- messages -----------------------------------------------------------------------------------------------------------------------


def phone_of(county_id: int, matter_id: str, _wall: datetime) -> str | None:
    """The phone of whoever opened a matter, opened for sending."""
    sealed = db.session.scalar(select(Unfinished.phone_sealed).where(Unfinished.county_id == county_id, Unfinished.id == int(matter_id)))
    return cipher().open(sealed, PHONE_CONTEXT) if sealed else None
