"""Tasks of supervision: which a person may see, who of a body can be told, which are out for too long (C-27)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select, true

from portal.accounts.models import Account, Office, Person
from portal.accounts.queries import SignedIn
from portal.cases.models import Case
from portal.cases.task_models import SupervisionTask
from portal.catalogue.models import Item, ItemVersion
from portal.database import NotFound, db
from portal.network.models import Body
from portal.rules import supervision_tasks as rules
from portal.rules.moments import civil_date
from portal.rules.supervision_tasks import TaskState

A_PAGE = 25
SEES_ALL = frozenset({"manager", "center", "supervisor", "auditor"})
BOXES = ("open", "late", "confirmed")


@dataclass(frozen=True, slots=True)
class TaskShown:
    """A task with what a page says of it; the applicant by a masked name (C-18)."""

    row: SupervisionTask
    case: Case
    version: ItemVersion
    code: str
    body: Body
    masked_name: str
    today: date

    @property
    def state(self) -> TaskState:
        return TaskState(self.row.state)

    @property
    def is_late(self) -> bool:
        confirmed = self.row.confirmed_at
        return rules.is_late(self.state, self.row.confirm_by_on, None if confirmed is None else civil_date(confirmed), self.today)


def bodies_of(person: SignedIn) -> frozenset[int]:
    """The bodies that a person belongs to or holds an office of."""
    return frozenset({person.body_id, *(office.body_id for office in person.offices)} - {None})  # type: ignore[arg-type]


def visible(person: SignedIn) -> ColumnElement[bool]:
    """What the person may see: all of the county for those who oversee it, else the tasks of their bodies."""
    own = SupervisionTask.county_id == person.county_id
    return own if person.role in SEES_ALL else own & SupervisionTask.body_id.in_(bodies_of(person))


def _box(person: SignedIn, box: str, today: date) -> ColumnElement[bool]:
    """One condition for a list and its count (N-6)."""
    is_open = SupervisionTask.state != TaskState.CONFIRMED.value
    match box:
        case "confirmed":
            more: ColumnElement[bool] = SupervisionTask.state == TaskState.CONFIRMED.value
        case "late":
            more = is_open & (SupervisionTask.confirm_by_on < today)
        case _:
            more = is_open
    return visible(person) & more


def count_boxes(person: SignedIn, today: date) -> dict[str, int]:
    """How many tasks each box has, in one query."""
    parts = [select(func.count(SupervisionTask.id)).where(_box(person, box, today)).scalar_subquery() for box in BOXES]
    return dict(zip(BOXES, db.session.execute(select(*parts)).one(), strict=True))


def list_tasks_for(person: SignedIn, box: str, today: date, *, before: int | None = None) -> tuple[list[TaskShown], int | None]:
    """The tasks of a box, the newest first; and where the next page begins."""
    after = true() if before is None else SupervisionTask.id < before
    rows = _shown(today, _box(person, box, today) & after, A_PAGE + 1)
    return rows[:A_PAGE], rows[A_PAGE - 1].row.id if len(rows) > A_PAGE else None


def get_task_for(person: SignedIn, task_id: int, today: date) -> TaskShown:
    """A task; NotFound for one that is not theirs to see."""
    rows = _shown(today, visible(person) & (SupervisionTask.id == task_id), 1)
    if not rows:
        raise NotFound(f"task {task_id}")
    return rows[0]


def _shown(today: date, condition: ColumnElement[bool], most: int) -> list[TaskShown]:
    query = (
        select(SupervisionTask, Case, ItemVersion, Item.code, Body, Person.masked_name)
        .join(Case, Case.id == SupervisionTask.case_id)
        .join(ItemVersion, ItemVersion.id == SupervisionTask.version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(Body, Body.id == SupervisionTask.body_id)
        .join(Person, Person.id == Case.applicant_id)
        .where(condition)
        .order_by(SupervisionTask.id.desc())
        .limit(most)
    )
    return [TaskShown(*row, today) for row in db.session.execute(query)]


def people_of_body(county_id: int, body_id: int, on: date) -> dict[int, tuple[str, str | None]]:
    """account → user name and language of messages: who belongs to a body or holds an office of it on a day."""
    held = select(Office.account_id).where(
        Office.county_id == county_id, Office.body_id == body_id, Office.from_on <= on, or_(Office.until_on.is_(None), Office.until_on >= on)
    )
    query = select(Account.id, Account.username, Account.language).where(
        Account.county_id == county_id, Account.disabled_at.is_(None), Account.role != "enterprise",
        or_(Account.body_id == body_id, Account.id.in_(held)),
    )  # fmt: skip
    return {row.id: (row.username, row.language) for row in db.session.execute(query)}


def account_name(account_id: int | None) -> Account | None:
    """Who confirmed, for the page."""
    return None if account_id is None else db.session.get(Account, account_id)


def open_tasks(county_id: int, today: date, most: int) -> list[int]:
    """What the job has to do something about: not sent yet, or out past its day without a reminder."""
    late = (SupervisionTask.state == TaskState.SENT.value) & (SupervisionTask.confirm_by_on < today) & SupervisionTask.reminded_at.is_(None)
    query = select(SupervisionTask.id).where(
        SupervisionTask.county_id == county_id, or_(SupervisionTask.state == TaskState.UNSENT.value, late)
    )
    return list(db.session.scalars(query.order_by(SupervisionTask.id).limit(most)))


def known_bodies(county_id: int, codes: Collection[str]) -> dict[str, int]:
    """code → id of the bodies that there are."""
    query = select(Body.code, Body.id).where(Body.county_id == county_id, Body.code.in_(list(codes)))
    return dict(row._tuple() for row in db.session.execute(query))
