"""Who is signed in, what is theirs, and the persons that matters are about."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, join, or_, select

from portal.accounts.models import Account, LoginThrottle, Office, Person, PersonName, Posting, SignInSession
from portal.accounts.numbers import plain_number
from portal.accounts.sealed import PersonField, cipher
from portal.audit import Actor
from portal.crypto import mask_number, name_key
from portal.database import NotFound, db
from portal.network.models import Body, ServicePoint, Window
from portal.network.queries import territory
from portal.rules import authority

# A counter that nobody has used for two hours is left, whatever the line is like; nobody works twelve hours on end. Wall time, both.
IDLE_LIMIT = timedelta(hours=2)
ABSOLUTE_LIMIT = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class PostingNow:
    """A posting that holds today, at a window that is open."""

    window_id: int
    point_id: int
    post: str
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Someone who is signed in, as Flask-Login wants it: a plain value, read once a request."""

    account_id: int
    county_id: int
    username: str
    role: str
    name: str
    name_hant: str
    name_en: str
    title: str
    title_hant: str
    title_en: str
    session_id: int
    started_at: datetime
    seen_at: datetime
    body_id: int | None = None
    point_id: int | None = None
    window_id: int | None = None
    enterprise_code: str | None = None
    is_one_time: bool = False
    postings: tuple[PostingNow, ...] = ()
    offices: tuple[authority.OfficeHeld, ...] = ()
    address: str = ""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return str(self.account_id)

    @property
    def actor(self) -> Actor:
        """Who acts, from where, for the record (R-1)."""
        return Actor(self.account_id, self.county_id, self.username, self.address, self.session_id)

    @property
    def window_ids(self) -> frozenset[int]:
        """The windows where the person is posted today: the territory to *act* in (N-6)."""
        return frozenset(posting.window_id for posting in self.postings)

    @property
    def point_ids(self) -> frozenset[int]:
        """The person's own points: of the postings, else of the account."""
        return frozenset(posting.point_id for posting in self.postings) or frozenset({self.point_id} - {None})  # type: ignore[arg-type]

    def holds(self, office: authority.Office, body_id: int | None = None) -> bool:
        """Whether the person holds an office today; with `body_id`, that of this body."""
        return any(held.office is office and (body_id is None or held.body_id == body_id) for held in self.offices)


def is_over(started_at: datetime, seen_at: datetime, wall: datetime) -> bool:
    """Whether a session has passed its idle or its absolute limit."""
    return wall - seen_at >= IDLE_LIMIT or wall - started_at >= ABSOLUTE_LIMIT


def signed_in_by(token_hash: str, *, county_id: int, wall: datetime, on: date, address: str = "") -> SignedIn | None:
    """The person of a session: not ended, within both limits, the account of this county and not disabled. One query, since every
    page asks it: a line for each posting with each office, which are few."""
    rows = db.session.execute(
        select(
            SignInSession.id,
            SignInSession.started_at,
            SignInSession.seen_at,
            Account.id,
            Account.username,
            Account.role,
            Account.name,
            Account.name_hant,
            Account.name_en,
            Account.title,
            Account.title_hant,
            Account.title_en,
            Account.body_id,
            Account.point_id,
            Account.window_id,
            Account.enterprise_code,
            Account.is_one_time,
            Posting.id.label("posting_id"),
            Posting.window_id.label("posted_at"),
            Window.point_id.label("posted_in"),
            Posting.post,
            Posting.certificate,
            Office.id.label("office_id"),
            Office.kind,
            Office.body_id.label("office_of"),
        )
        .join(Account, Account.id == SignInSession.account_id)
        .outerjoin(
            join(Posting, Window, Window.id == Posting.window_id),
            and_(
                Posting.account_id == Account.id,
                Posting.from_on <= on,
                or_(Posting.until_on.is_(None), Posting.until_on >= on),
                Window.from_on <= on,
                or_(Window.until_on.is_(None), Window.until_on >= on),
            ),
        )
        .outerjoin(
            Office, and_(Office.account_id == Account.id, Office.from_on <= on, or_(Office.until_on.is_(None), Office.until_on >= on))
        )
        .where(
            SignInSession.token_hash == token_hash,
            SignInSession.ended_at.is_(None),
            Account.disabled_at.is_(None),
            Account.county_id == county_id,
        )
        .order_by(Posting.id, Office.id)
    ).all()
    if not rows or is_over(rows[0][1], rows[0][2], wall):
        return None
    row = rows[0]
    account_id = row[3]
    postings = {one.posting_id: PostingNow(one.posted_at, one.posted_in, one.post, one.certificate) for one in rows if one.posting_id}
    offices = {
        one.office_id: authority.OfficeHeld(one.office_id, authority.Office(one.kind), one.office_of) for one in rows if one.office_id
    }
    return SignedIn(
        account_id=account_id,
        county_id=county_id,
        username=row[4],
        role=row[5],
        name=row[6],
        name_hant=row[7],
        name_en=row[8],
        title=row[9],
        title_hant=row[10],
        title_en=row[11],
        session_id=row[0],
        started_at=row[1],
        seen_at=row[2],
        body_id=row[12],
        point_id=row[13],
        window_id=row[14],
        enterprise_code=row[15],
        is_one_time=row[16],
        address=address,
        postings=tuple(postings.values()),
        offices=tuple(offices.values()),
    )


# --- N-6: three territories, kept apart; the one to act in is `SignedIn.window_ids` -----------------------------------------------


def search_points(person: SignedIn) -> frozenset[int]:
    """The points whose cases the person may *search*: own and those below (C-30)."""
    return frozenset(territory(person.point_ids))


def report_points(person: SignedIn) -> frozenset[int]:
    """The points whose counts the person may *report*: own and those below (C-30)."""
    return frozenset(territory(person.point_ids))


# --- signing in -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signing in asks of an account."""

    account_id: int
    password_hash: str
    is_disabled: bool


def credentials_of(county_id: int, username: str) -> Credentials | None:
    """The account of a name as it is typed at the door."""
    query = select(Account.id, Account.password_hash, Account.disabled_at).where(
        Account.county_id == county_id, Account.username == username
    )
    row = db.session.execute(query).first()
    return None if row is None else Credentials(row[0], row[1], row[2] is not None)


def addresses_of(account_id: int, since: datetime) -> set[str]:
    """From where an account has signed in since a moment."""
    query = (
        select(SignInSession.address).where(SignInSession.account_id == account_id, SignInSession.started_at >= since).distinct().limit(200)
    )
    return set(db.session.scalars(query))


def throttled_until(keys: Collection[str]) -> datetime | None:
    """Until when the longest waiting of these throttles lets nobody through; None where none of them counts yet."""
    query = select(LoginThrottle.free_at).where(LoginThrottle.key.in_(list(keys))).order_by(LoginThrottle.free_at.desc()).limit(1)
    return db.session.scalar(query)


def account_by_name(county_id: int, username: str) -> Account:
    """An account by its name; NotFound otherwise."""
    found = db.session.scalar(select(Account).where(Account.county_id == county_id, Account.username == username))
    if found is None:
        raise NotFound(username)
    return found


def accounts_by_id(ids: Collection[int]) -> dict[int, Account]:
    """Accounts for display (officials' names and posts are public, O-4), in one query."""
    if not ids:
        return {}
    return {account.id: account for account in db.session.scalars(select(Account).where(Account.id.in_(list(ids))))}


def accounts_with_usernames(county_id: int, usernames: Iterable[str]) -> list[Account]:
    """Those of these accounts that exist and may sign in, in the order given."""
    wanted = list(usernames)
    query = select(Account).where(Account.county_id == county_id, Account.username.in_(wanted), Account.disabled_at.is_(None))
    return sorted(db.session.scalars(query), key=lambda account: wanted.index(account.username))


# --- the page of one's own account ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session that is still open, for the page of its owner."""

    session_id: int
    started_at: datetime
    seen_at: datetime
    address: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class PostingLine:
    """A posting of any time, with the things it names, for the page of its owner."""

    window: Window
    point: ServicePoint
    post: str
    certificate: str
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """An office of any time, for the page of its owner."""

    kind: str
    body: Body | None
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class Belonging:
    """Where an account belongs: its body, point and window."""

    body: Body | None
    point: ServicePoint | None
    window: Window | None


def list_sessions_for(person: SignedIn, wall: datetime) -> list[SessionLine]:
    """The person's open sessions, the newest first."""
    query = (
        select(SignInSession.id, SignInSession.started_at, SignInSession.seen_at, SignInSession.address)
        .where(
            SignInSession.account_id == person.account_id,
            SignInSession.ended_at.is_(None),
            SignInSession.started_at > wall - ABSOLUTE_LIMIT,
            SignInSession.seen_at > wall - IDLE_LIMIT,
        )
        .order_by(SignInSession.started_at.desc(), SignInSession.id.desc())
        .limit(20)
    )
    return [SessionLine(*row, is_this=row[0] == person.session_id) for row in db.session.execute(query)]


def list_postings_for(person: SignedIn) -> list[PostingLine]:
    """The person's postings with their history (N-4), the latest first."""
    query = (
        select(Window, ServicePoint, Posting.post, Posting.certificate, Posting.from_on, Posting.until_on)
        .select_from(Posting)
        .join(Window, Window.id == Posting.window_id)
        .join(ServicePoint, ServicePoint.id == Window.point_id)
        .where(Posting.account_id == person.account_id)
        .order_by(Posting.from_on.desc(), Posting.id.desc())
        .limit(20)
    )
    return [PostingLine(*row) for row in db.session.execute(query)]


def list_offices_for(person: SignedIn) -> list[OfficeLine]:
    """The person's offices with their history, the latest first."""
    query = (
        select(Office.kind, Body, Office.from_on, Office.until_on)
        .select_from(Office)
        .outerjoin(Body, Body.id == Office.body_id)
        .where(Office.account_id == person.account_id)
        .order_by(Office.from_on.desc(), Office.id.desc())
        .limit(20)
    )
    return [OfficeLine(*row) for row in db.session.execute(query)]


def belonging_of(person: SignedIn) -> Belonging:
    """The body, point and window that an account was made at."""
    session = db.session
    return Belonging(
        session.get(Body, person.body_id) if person.body_id else None,
        session.get(ServicePoint, person.point_id) if person.point_id else None,
        session.get(Window, person.window_id) if person.window_id else None,
    )


# --- persons (R-2, C-18): a name in clear and an opened number are for those only who may look, which their callers decide -----------


def name_of(county_id: int, person_id: int) -> str:
    """A person's name in clear: a look at personal data (R-1), which the caller records."""
    name = db.session.scalar(select(PersonName.name).where(PersonName.county_id == county_id, PersonName.person_id == person_id))
    if name is None:
        raise NotFound(f"person {person_id}")
    return name


def masked_names(county_id: int, ids: Collection[int]) -> dict[int, str]:
    """Masked names for lists: no name in clear is read (C-18)."""
    if not ids:
        return {}
    query = select(Person.id, Person.masked_name).where(Person.county_id == county_id, Person.id.in_(list(ids)))
    return {row.id: row.masked_name for row in db.session.execute(query)}


@dataclass(frozen=True, slots=True)
class MaskedPerson:
    """A person as everybody sees them who sees them at all: name, number and phone masked; a masked value is no look."""

    person_id: int
    kind: str
    name: str
    number: str
    phone: str


def masked_person(county_id: int, person_id: int) -> MaskedPerson:
    """A person with everything masked; NotFound where the county has no such person."""
    person = db.session.scalar(select(Person).where(Person.county_id == county_id, Person.id == person_id))
    if person is None:
        raise NotFound(f"person {person_id}")
    opened = cipher()
    return MaskedPerson(
        person.id,
        person.kind,
        person.masked_name,
        mask_number(opened.open(person.number_sealed, PersonField.NUMBER)) if person.number_sealed else "",
        mask_number(opened.open(person.phone_sealed, PersonField.PHONE)) if person.phone_sealed else "",
    )


def persons_with_number(county_id: int, number: str) -> list[int]:
    """Ids of the persons who bear an identity number or credit code, by its blind index; a recorded look of the caller (R-1)."""
    blind = cipher().blind(plain_number(number), PersonField.NUMBER)
    return list(
        db.session.scalars(select(Person.id).where(Person.county_id == county_id, Person.number_index == blind).order_by(Person.id))
    )


def persons_with_phone(county_id: int, phone: str) -> list[int]:
    """Ids of the persons who have a telephone number, by its blind index; a recorded look of the caller (R-1)."""
    blind = cipher().blind(plain_number(phone), PersonField.PHONE)
    return list(db.session.scalars(select(Person.id).where(Person.county_id == county_id, Person.phone_index == blind).order_by(Person.id)))


def persons_named(county_id: int, name: str) -> list[int]:
    """Ids of the persons of exactly this name, spaces and width aside; a recorded look of the caller (R-1)."""
    query = select(PersonName.person_id).where(PersonName.county_id == county_id, PersonName.name_key == name_key(name))
    return list(db.session.scalars(query.order_by(PersonName.person_id)))
