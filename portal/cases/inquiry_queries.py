"""Inquiries: which a person may see, who has each, whom it can be handed to, and how many beside the cases (C-8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from portal.accounts import queries as accounts
from portal.accounts.models import Account, Posting
from portal.accounts.queries import SignedIn
from portal.accounts.sealed import cipher
from portal.authority.conditions import posting_holds
from portal.cases.inquiry_models import Inquiry, InquiryEntry
from portal.cases.models import Case
from portal.cases.queries import Place, places_of, sees
from portal.cases.sheet_models import IntakeCount
from portal.catalogue import queries as catalogue
from portal.catalogue.models import Item, ItemVersion
from portal.crypto import mask_number
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import ServicePoint, Window
from portal.rules import inquiries as rules
from portal.rules.authority import Office
from portal.rules.inquiries import InquiryNow, InquiryState
from portal.rules.moments import start_of

A_PAGE = 25
PHONE_CONTEXT = "inquiry.phone"
SEES_ALL = frozenset({"manager", "center", "supervisor", "auditor"})
BOXES = ("mine", "window", "late", "ended")
BOXES_OF_ALL = ("open", "late", "ended")


def boxes_of(person: SignedIn) -> tuple[str, ...]:
    """The lists of a person: of their own windows, or of the county for who oversees it."""
    return BOXES_OF_ALL if person.role in SEES_ALL else BOXES


@dataclass(frozen=True, slots=True)
class InquiryShown:
    """An inquiry with what a page says of it."""

    row: Inquiry
    now: InquiryNow
    place: Place  # where it is now
    item: ItemVersion | None
    item_code: str
    has_it: Account | None
    today: date

    @property
    def is_late(self) -> bool:
        return rules.is_late(self.row.due_on, self.row.ended_on, self.today)

    @property
    def phone(self) -> str:
        """The phone, masked."""
        return mask_number(cipher().open(self.row.phone_sealed, PHONE_CONTEXT)) if self.row.phone_sealed else ""


# --- who sees ---------------------------------------------------------------------------------------------------------------------


def visible(person: SignedIn) -> ColumnElement[bool]:
    """The one condition under which an inquiry exists for a person: at one of their windows now, first, or in between; or the county's."""
    own = Inquiry.county_id == person.county_id
    if person.role in SEES_ALL:
        return own
    windows = list(person.window_ids)
    between = select(InquiryEntry.id).where(InquiryEntry.inquiry_id == Inquiry.id, InquiryEntry.to_window_id.in_(windows)).exists()
    return and_(own, or_(Inquiry.window_id.in_(windows), Inquiry.with_window_id.in_(windows), between))


def _mine(person: SignedIn) -> ColumnElement[bool]:
    """What this person has by name."""
    return and_(Inquiry.with_window_id.in_(list(person.window_ids)), Inquiry.with_id == person.account_id)


def _in_box(person: SignedIn, box: str, today: date) -> ColumnElement[bool]:
    is_open = Inquiry.state == InquiryState.OPEN.value
    conditions: dict[str, ColumnElement[bool]] = {
        "mine": and_(is_open, _mine(person)),
        "window": and_(is_open, Inquiry.with_window_id.in_(list(person.window_ids))),
        "open": is_open,
        "late": and_(is_open, Inquiry.due_on < today),
        "ended": ~is_open,
    }
    return and_(visible(person), conditions.get(box, false()))


def to_answer(person: SignedIn) -> Any:
    """How many wait for an answer by this person, or by everybody at their windows, as a query to count with others."""
    windows = list(person.window_ids)
    query = select(func.count(Inquiry.id)).where(
        Inquiry.county_id == person.county_id, Inquiry.state == InquiryState.OPEN.value, Inquiry.with_window_id.in_(windows),
        or_(Inquiry.with_id == person.account_id, Inquiry.with_id.is_(None)),
    )  # fmt: skip
    return query.scalar_subquery()


def is_of_center(person: SignedIn) -> bool:
    """Whether the person is of the center's management, which hands on any inquiry."""
    return person.holds(Office.CENTER_MANAGEMENT)


def count_late(person: SignedIn, today: date) -> int:
    """How many are open after their day, by the condition of the list."""
    return db.session.scalar(select(func.count(Inquiry.id)).where(_in_box(person, "late", today))) or 0


# --- reading ----------------------------------------------------------------------------------------------------------------------


def _posted(pairs: Iterable[tuple[int, int]], at: datetime) -> set[tuple[int, int]]:
    """Of these (account, window) those that are posted so at a moment."""
    wanted = set(pairs)
    if not wanted:
        return set()
    query = select(Posting.account_id, Posting.window_id).where(Posting.account_id.in_({account for account, _window in wanted}), posting_holds(at))
    return wanted & {(account, window) for account, window in db.session.execute(query)}


def _shown(rows: Sequence[Inquiry], at: datetime, today: date) -> list[InquiryShown]:
    """Rows with their places, items and people: a fixed number of queries."""
    ids = [row.id for row in rows]
    moves: dict[int, list[int]] = {}
    handed = select(InquiryEntry.inquiry_id, InquiryEntry.to_window_id).where(
        InquiryEntry.inquiry_id.in_(ids), InquiryEntry.to_window_id.is_not(None)
    )
    for inquiry_id, window_id in db.session.execute(handed.order_by(InquiryEntry.id)):
        moves.setdefault(inquiry_id, []).append(int(window_id or 0))
    posted = _posted(((row.with_id, row.with_window_id) for row in rows if row.with_id is not None), at)
    places = places_of({row.with_window_id for row in rows})
    people = accounts.accounts_by_id({row.with_id for row in rows if row.with_id is not None})
    item_ids = {row.item_id for row in rows if row.item_id is not None}
    newest = select(func.max(ItemVersion.id)).where(ItemVersion.item_id.in_(item_ids)).group_by(ItemVersion.item_id)
    versions = {row.item_id: row for row in db.session.scalars(select(ItemVersion).where(ItemVersion.id.in_(newest)))} if item_ids else {}
    codes = {row.id: row.code for row in db.session.execute(select(Item.id, Item.code).where(Item.id.in_(item_ids)))} if item_ids else {}
    found = []
    for row in rows:
        windows = (row.window_id, *moves.get(row.id, ()))
        named = row.with_id if (row.with_id, row.with_window_id) in posted else None
        now = InquiryNow(InquiryState(row.state), windows, named)
        item_id = row.item_id or 0
        found.append(InquiryShown(row, now, places[row.with_window_id], versions.get(item_id), codes.get(item_id, ""), people.get(named or 0), today))
    return found


def list_inquiries_for(
    person: SignedIn, box: str, at: datetime, today: date, *, before: int | None = None
) -> tuple[list[InquiryShown], int | None]:
    """The inquiries of a list, the newest first; and where the next page begins."""
    query = select(Inquiry).where(_in_box(person, box, today))
    if before is not None:
        query = query.where(Inquiry.id < before)
    rows = list(db.session.scalars(query.order_by(Inquiry.id.desc()).limit(A_PAGE + 1)))
    return _shown(rows[:A_PAGE], at, today), rows[A_PAGE - 1].id if len(rows) > A_PAGE else None


def get_inquiry_for(person: SignedIn, inquiry_id: int, at: datetime, today: date) -> InquiryShown:
    """An inquiry; NotFound for one that is not theirs to see."""
    row = db.session.scalar(select(Inquiry).where(visible(person), Inquiry.id == inquiry_id))
    if row is None:
        raise NotFound(f"inquiry {inquiry_id}")
    return _shown([row], at, today)[0]


@dataclass(frozen=True, slots=True)
class EntryShown:
    """What happened to an inquiry, by whom, and to where it went."""

    row: InquiryEntry
    by: Account
    to: Account | None
    place: Place | None


def entries_of(inquiry_id: int) -> list[EntryShown]:
    """What happened to an inquiry, in order."""
    rows = list(db.session.scalars(select(InquiryEntry).where(InquiryEntry.inquiry_id == inquiry_id).order_by(InquiryEntry.id)))
    people = accounts.accounts_by_id({row.by_id for row in rows} | {row.to_id for row in rows if row.to_id is not None})
    places = places_of({row.to_window_id for row in rows if row.to_window_id is not None})
    return [EntryShown(row, people[row.by_id], people.get(row.to_id or 0), places.get(row.to_window_id or 0)) for row in rows]


def case_number_for(person: SignedIn, case_id: int | None, on: date) -> str:
    """The number of the case that followed, as far as that case exists for the person (C-30)."""
    if case_id is None:
        return ""
    return db.session.scalar(select(Case.number).where(Case.id == case_id, sees(person, on))) or ""


# --- whom it can be handed to -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Receiver:
    """A window, or a person at it by name, to whom an inquiry can be handed."""

    window: Window
    point: ServicePoint
    account: Account | None

    @property
    def value(self) -> str:
        return f"{self.window.id}.{self.account.id if self.account else ''}"


def receivers(now: InquiryNow, at: datetime, on: date, *, for_center: bool = False) -> list[Receiver]:
    """The windows of the point where it is, those of the points above and the sub-centers, each with its people; what had it is left out,
    unless the center's management hands it on.
    """
    had = {now.window_id} if for_center else set(now.windows)
    window = db.session.get_one(Window, now.window_id)
    point = db.session.get_one(ServicePoint, window.point_id)
    near = [point, *reversed(network.ancestors_of(point))]
    order = {one.id: place for place, one in enumerate(near)}
    is_near = or_(ServicePoint.id.in_(order), and_(ServicePoint.county_id == point.county_id, ServicePoint.level == "sub_center"))
    query = (
        select(Window, ServicePoint)
        .join(ServicePoint, ServicePoint.id == Window.point_id)
        .where(is_near, Window.from_on <= on, or_(Window.until_on.is_(None), Window.until_on >= on))
    )
    windows = sorted(db.session.execute(query).all(), key=lambda row: (order.get(row[1].id, len(order)), row[0].code))
    ids = [row[0].id for row in windows]
    posted = select(Posting.window_id, Account).join(Account, Account.id == Posting.account_id)
    posted = posted.where(Posting.window_id.in_(ids), posting_holds(at), Account.disabled_at.is_(None))
    people: dict[int, dict[int, Account]] = {}
    for window_id, account in db.session.execute(posted.order_by(Account.username)):
        people.setdefault(window_id, {})[account.id] = account
    found = []
    for each, where in windows:
        if each.id not in had:
            found.append(Receiver(each, where, None))
        if each.id not in had or each.id == now.window_id:
            found += [Receiver(each, where, account) for account in people.get(each.id, {}).values() if account.id != now.account_id]
    return found


def item_of(county_id: int, text: str, on: date) -> tuple[int | None, list[Any]]:
    """The item that words or a code mean: its id, or None with those that they could mean (none: nothing is called so)."""
    found = catalogue.search(county_id, text, 6, on=on)
    exact = [one for one in found if text.casefold() in {one.code.casefold(), one.name, one.name_hant, one.name_en.casefold()}]
    one = exact[0] if exact else found[0] if len(found) == 1 else None
    return (one.item_id, []) if one is not None else (None, found)


# --- counts -----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BesideCases:
    """The inquiries of a point in a year beside the cases that began there."""

    point: ServicePoint
    inquiries: int
    late: int
    became_cases: int
    cases: int


def count_beside_cases(county_id: int, year: int, today: date) -> list[BesideCases]:
    """Each point with inquiries in a year, the most first; two queries (C-8)."""
    first, after = start_of(date(year, 1, 1)), start_of(date(year + 1, 1, 1))
    is_late = or_(Inquiry.ended_on > Inquiry.due_on, and_(Inquiry.ended_on.is_(None), Inquiry.due_on < today))
    query = (
        select(Window.point_id, func.count(), func.count().filter(is_late), func.count(Inquiry.case_id))
        .join(Window, Window.id == Inquiry.window_id)
        .where(Inquiry.county_id == county_id, Inquiry.asked_at >= first, Inquiry.asked_at < after)
        .group_by(Window.point_id)
    )
    rows = {row[0]: row for row in db.session.execute(query)}
    begun = select(IntakeCount.point_id, IntakeCount.cases).where(IntakeCount.county_id == county_id, IntakeCount.year == year)
    cases = {row.point_id: row.cases for row in db.session.execute(begun)}
    points = network.points_by_id(rows.keys())
    found = [BesideCases(points[point_id], row[1], row[2], row[3], cases.get(point_id, 0)) for point_id, row in rows.items()]
    return sorted(found, key=lambda one: (-one.inquiries, one.point.code))
