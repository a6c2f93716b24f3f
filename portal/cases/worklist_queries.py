"""The boxes of a worklist, its search: one builder for a list and its count, so that a badge never disagrees with its page (N-6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, or_, select

from portal.accounts import queries as accounts
from portal.accounts.models import Person, PersonName
from portal.accounts.numbers import plain_number
from portal.accounts.queries import SignedIn
from portal.cases.models import Case
from portal.cases.queries import PAGE, SEES_ALL, Place, as_of_law, places_of, sees
from portal.cases.worklist_models import WorkLine
from portal.catalogue.models import ItemVersion
from portal.crypto import name_key
from portal.database import db, is_sqlite
from portal.network import queries as network
from portal.network.models import County, ServicePoint, Window
from portal.rules.clocks import Warn, warn_on
from portal.rules.worklist import COUNTED, FOUND, MOST_FILTERS, Box, Filters

BOXES = tuple(Box)
FIRST = (Box.COMING, Box.WINDOW)
"""The boxes that the navigation counts, and of which the first that is not empty is shown first."""
NONE = Filters()
FEW = 1000
"""So many persons of one telephone are looked at, the newest: an agent's number stands with many."""
Key = tuple[date, int]
LAST_CASE = 2**31 - 1
"""No case has a larger id."""


@dataclass(frozen=True, slots=True)
class MoreBox:
    """A list of cases that another feature keeps, shown beside the boxes: its label, how many wait in it, where it is."""

    label: str
    count: int
    address: str


# Lists of cases beside the boxes, by person and day (branches of a joint approval that wait, …); `app.py` fills it.
more_boxes: list[Callable[[SignedIn, date], Sequence[MoreBox]]] = []


# --- the boxes ------------------------------------------------------------------------------------------------------------------


def _owners(person: SignedIn, box: Box) -> list[int]:
    """Whose boxes of this kind are the person's: the windows of today's postings, their points, or the person."""
    if not person.window_ids:
        return []
    match box:
        case Box.MINE:
            return [person.account_id]
        case Box.POINT:
            return sorted(person.point_ids)
        case _:
            return sorted(person.window_ids)


def _parts(person: SignedIn, box: Box, filters: Filters, today: date, *, in_key: bool = False) -> list[list[sa.ColumnElement[bool]]]:
    """The one builder (N-6): the conditions of a box and its filters, once for each owner. No case stands in the parts of two owners.

    `in_key`: that a warning has come (`order_on` not after today) is said by the key behind which the page begins.
    """
    line = WorkLine
    same = [line.box == box.value, line.from_on <= today, line.until_on > today]
    if box is Box.WARNINGS and not in_key:
        same.append(line.order_on <= today)
    if box is Box.MINE:
        same.append(line.window_id.in_(sorted(person.window_ids)))
    if filters.group is not None:
        same.append(line.state_group == filters.group.value)
    if filters.item_id is not None:
        same.append(line.item_id == filters.item_id)
    if filters.received_on is not None:
        same.append(line.received_on == filters.received_on)
    if filters.due_on is not None:
        same.append((line.due_on if box is Box.WARNINGS else line.order_on) == filters.due_on)
    return [[line.owner_id == owner, *same] for owner in _owners(person, box)]


def _along(query: sa.Select[Any], box: Box, filters: Filters) -> sa.Select[Any]:
    """The same, told to SQLite along which index: without figures on the data it takes the key for any filter, and walks all of a box for a rare one."""
    names = [name for name, value in (("group", filters.group), ("item", filters.item_id), ("received", filters.received_on)) if value is not None]
    if box is Box.WARNINGS and filters.due_on is not None:
        names = ["warned_due"]
    return query.with_hint(WorkLine, f"INDEXED BY ix_work_line_{'_'.join(names[:MOST_FILTERS])}", "sqlite") if names else query


def count_of(person: SignedIn, boxes: Collection[Box], today: date, filters: Filters = NONE) -> dict[Box, int]:
    """How many cases stand in these boxes by these filters, counted as far as `COUNTED`, in one query."""
    columns = []
    for box in boxes:
        for number, part in enumerate(_parts(person, box, filters, today)):
            some = _along(select(sa.literal(1).label("one")).select_from(WorkLine).where(*part), box, filters).limit(COUNTED).subquery()
            columns.append(select(func.count()).select_from(some).scalar_subquery().label(f"{box.value}_{number}"))
    found = dict.fromkeys(boxes, 0)
    if columns:
        for label, number in db.session.execute(select(*columns)).one()._mapping.items():
            box = Box(label.rpartition("_")[0])
            found[box] = min(found[box] + number, COUNTED)
    return found


@dataclass(frozen=True, slots=True)
class Listed:
    """What a line says of its case: by which number and version one acts on it, and the window by which it stands there."""

    id: int
    number: str
    version: int
    window_id: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a worklist: the case, its item, the masked name, its color, and the row as it is on the day of the list."""

    case: Listed
    version: ItemVersion
    masked_name: str
    warn: Warn
    now: Any
    place: Place | None = None
    is_open_to: bool = True
    """Whether the case exists for the person (C-30); of a colleague's at the same point only the line does (N-6)."""


def lines_of(person: SignedIn, box: Box, today: date, filters: Filters, after: Key | None, size: int = PAGE + 1) -> sa.Select[Any]:
    """The statement of a page: its lines in the order of the list. A part for each owner, each along its index; the database merges them."""
    line = WorkLine
    parts = []
    in_key = box is Box.WARNINGS and filters.latest_first
    if in_key:  # one bound: of two SQLite would begin at today and walk to the other
        newest = (today, LAST_CASE)
        after = min(after or newest, newest)
    for part in _parts(person, box, filters, today, in_key=in_key):
        query = _along(select(line.__table__).where(*part), box, filters)
        if after is not None:
            key = sa.tuple_(line.order_on, line.case_id)
            last = sa.tuple_(sa.literal(after[0]), sa.literal(after[1]))
            query = query.where(key < last if filters.latest_first else key > last)
        parts.append(query)

    is_one_day = filters.due_on is not None and box is not Box.WARNINGS

    def in_order(query: Any, columns: Any) -> Any:
        order = (columns.case_id,) if is_one_day else (columns.order_on, columns.case_id)
        return query.order_by(*(column.desc() if filters.latest_first else column for column in order)).limit(size)

    if len(parts) == 1:
        return in_order(parts[0], line)  # type: ignore[no-any-return]
    # SQLite merges parts that have no order of their own, PostgreSQL those that have one
    rows = sa.union_all(*(parts if is_sqlite() else (in_order(each, line) for each in parts))).subquery()
    return in_order(select(rows), rows.c)  # type: ignore[no-any-return]


def list_box(
    person: SignedIn, box: Box, today: date, *, filters: Filters = NONE, after: Key | None = None
) -> tuple[list[Line], Key | None]:
    """A page of a box in its order, and the key of the next page, or None at the end. Two queries, at the point three, at any depth."""
    if not _owners(person, box):
        return [], None
    wanted = db.session.execute(lines_of(person, box, today, filters, after)).all()
    rows = wanted[:PAGE]
    of = {row.version_id for row in rows}
    versions = {each.id: each for each in db.session.scalars(select(ItemVersion).where(ItemVersion.id.in_(sorted(of))))} if of else {}
    lines = [
        Line(
            Listed(row.case_id, row.number, row.case_version, row.window_id), versions[row.version_id], row.masked_name,
            warn_on(today, row.yellow_on, row.red_on, row.overdue_on), _as_of(row),
        )
        for row in rows
    ]  # fmt: skip
    if box is Box.POINT and lines:
        lines = _placed(person, lines, today)
    return lines, (rows[-1].order_on, rows[-1].case_id) if len(wanted) > PAGE else None


def _as_of(row: Any) -> Any:
    """What the row of the case is on the day of the list, as far as lists say it."""
    return SimpleNamespace(
        state=row.state, sort_on=row.due_on, is_provisional=row.is_provisional, is_open=True, closed_as=None, outcome=row.outcome,
        stopped_from=row.stopped_from, stopped_until=row.stopped_until, urgent_until=row.urgent_until,
    )  # fmt: skip


def _placed(person: SignedIn, lines: Sequence[Line], today: date) -> list[Line]:
    """The same lines with the windows that hold the cases, and whether each exists for the person (C-30)."""
    places = places_of({line.case.window_id for line in lines})
    ids = [line.case.id for line in lines]
    theirs = set(db.session.scalars(select(Case.id).where(Case.id.in_(ids), sees(person, today))))
    return [replace(line, place=places.get(line.case.window_id), is_open_to=line.case.id in theirs) for line in lines]


def beside(person: SignedIn, today: date) -> list[MoreBox]:
    """The lists that other features keep for the person."""
    return [box for ask in more_boxes for box in ask(person, today)]


# --- sending several on ---------------------------------------------------------------------------------------------------------


def onward(person: SignedIn, today: date) -> list[tuple[Window, ServicePoint]]:
    """The windows of the person's own points and of those above, without the person's own: where several cases can be sent together."""
    above: set[int] = set()
    for point_id in person.point_ids:
        above |= network.path_of(point_id)
    query = (
        select(Window, ServicePoint)
        .join(ServicePoint, ServicePoint.id == Window.point_id)
        .where(
            Window.county_id == person.county_id, Window.point_id.in_(sorted(above)), Window.id.not_in(sorted(person.window_ids)),
            Window.from_on <= today, or_(Window.until_on.is_(None), Window.until_on >= today),
        )
    )  # fmt: skip
    return sorted(((window, point) for window, point in db.session.execute(query)), key=lambda pair: pair[0].code)


def numbers_open_to(person: SignedIn, numbers: Collection[str], today: date) -> dict[str, tuple[Case, ItemVersion]]:
    """Those of these cases that exist for the person, each with its item, in one query (C-30)."""
    query = (
        select(Case, ItemVersion)
        .join(ItemVersion, ItemVersion.id == Case.version_id)
        .where(Case.number.in_([number for number in numbers if len(number) <= 30]), sees(person, today))
    )
    return {case.number: (case, version) for case, version in db.session.execute(query)}


# --- searching ------------------------------------------------------------------------------------------------------------------


def _findable(person: SignedIn, today: date) -> sa.ColumnElement[bool]:
    """The cases that a search finds: of the person's territory to search in (own point and those below), and those that exist for them (N-6)."""
    ours = Case.county_id == person.county_id
    if any(office.office in SEES_ALL for office in person.offices):
        return ours
    return sa.and_(ours, or_(Case.point_id.in_(sorted(accounts.search_points(person))), sees(person, today)))


def _found(person: SignedIn, ids: sa.Select[Any], today: date) -> list[Line]:
    """The newest of the cases of these ids that the person may find. Ids first: no engine then walks along all cases for their order."""
    known = ids.cte("known").prefix_with("MATERIALIZED")
    query = (
        select(Case, ItemVersion, Person.masked_name)
        .join(ItemVersion, ItemVersion.id == Case.version_id)
        .join(Person, Person.id == Case.applicant_id)
        .where(Case.id.in_(select(known.c.id)), _findable(person, today))
        .order_by(Case.id.desc())
        .limit(FOUND)
    )
    lines = []
    for case, version, name in db.session.execute(query).all():
        row = as_of_law(case, today)
        warn = warn_on(today, row.yellow_on, row.red_on, row.overdue_on) if row.is_open else Warn.NONE
        lines.append(Line(Listed(case.id, case.number, case.version, case.holder_id), version, name, warn, row))
    return _placed(person, lines, today)


def find_number(person: SignedIn, text: str, today: date) -> list[Line]:
    """The case of a number (with the county's code or without) or tracking code (with its signs or without); exact."""
    plain = "".join(char for char in text.upper() if char.isalnum())
    number = text.strip()
    if not plain.isascii() or not 1 <= len(plain) <= 30 or len(number) > 40:
        return []
    ours = select(Case.id).where(Case.county_id == person.county_id)
    whole = f"{db.session.get_one(County, person.county_id).code}-{number}"  # lists leave the county out of a number, and so do people
    return _found(person, select(sa.union(ours.where(Case.number.in_([number, whole])), ours.where(Case.tracking_code == plain)).subquery().c.id), today)


def find_phone(person: SignedIn, phone: str, today: date) -> list[Line]:
    """The cases of whoever has this telephone number, by its blind index; exact. A recorded look of the caller (R-1)."""
    ids = accounts.persons_with_phone(person.county_id, plain_number(phone))[-FEW:]
    return _found(person, select(Case.id).where(Case.applicant_id.in_(ids)), today) if ids else []


def find_name(person: SignedIn, name: str, today: date) -> list[Line]:
    """The cases of those whose name begins so, spaces and width aside. A recorded look of the caller (R-1)."""
    key = name_key(name)
    begins = (
        sa.and_(PersonName.name_key >= key, PersonName.name_key < key + chr(0x10FFFF)) if is_sqlite() else PersonName.name_key.startswith(key, autoescape=True)
    )
    named = select(Case.id).join(PersonName, PersonName.person_id == Case.applicant_id).where(PersonName.county_id == person.county_id, begins)
    return _found(person, named, today)


__all__ = [
    "BOXES", "FIRST", "MoreBox", "beside", "count_of", "find_name", "find_number", "find_phone", "lines_of", "list_box", "more_boxes",
    "numbers_open_to", "onward",
]  # fmt: skip
