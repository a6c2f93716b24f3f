"""Signing in and out, accounts, postings, offices, and the persons that matters are about. Every write is in the record (R-1)."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.accounts import passwords, queries
from portal.accounts.models import Account, LoginThrottle, Office, OfficeKind, Person, PersonName, Posting, Role, SignInSession
from portal.accounts.numbers import check_credit_code, plain_number
from portal.accounts.sealed import PersonField, RevealReason, cipher
from portal.audit import Actor, record, say_if_used
from portal.clock import Clock
from portal.crypto import mask_name, name_key
from portal.database import NotFound, Once, Transaction, db, is_sqlite, transaction
from portal.network import queries as network
from portal.rules.decision import Reason
from portal.rules.postings import Staff

KNOWN_FOR = timedelta(days=90)  # so long an address from which somebody signed in counts as theirs
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")


# --- what a use case can answer -----------------------------------------------------------------------------------------------------


class WrongPassword(Exception):
    """The name or the password is not right, or the account is disabled: one answer for all three."""


class TooMany(Exception):
    """Too many failures: nothing was looked at. `free_at` is when the next try is."""

    def __init__(self, free_at: datetime) -> None:
        super().__init__(free_at.isoformat())
        self.free_at = free_at


class WeakPassword(Exception):
    """A new password is refused; `fault` says why."""

    def __init__(self, fault: passwords.PasswordFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class BadAccount(Exception):
    """An account, posting or office cannot be made like this; the message names the value (commands and imports show it)."""


# --- the throttle: growing delays that everybody meets alone ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Budget:
    """So many failures are free; then each one doubles the wait, up to the longest; forgotten after a quiet time."""

    free: int
    first: timedelta
    longest: timedelta
    forgotten_after: timedelta

    def wait(self, failures: int) -> timedelta:
        """How long the next try must wait after so many failures."""
        if failures < self.free:
            return timedelta()
        doubled: int = 2 ** min(failures - self.free, 20)
        return min(self.first * doubled, self.longest)


# Somebody at one place with one name: five tries, then 15 s, 30 s, … up to an hour.
PAIR = Budget(5, timedelta(seconds=15), timedelta(hours=1), timedelta(hours=24))
# One address with any names; wide, since a whole hall shares one address.
ADDRESS = Budget(50, timedelta(seconds=15), timedelta(minutes=5), timedelta(hours=1))
# One name from places that are not its owner's: slows a guess from many addresses down to one a minute, and never stops the owner.
NAME = Budget(100, timedelta(seconds=5), timedelta(minutes=1), timedelta(hours=24))


def _digest(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def _place(address: str) -> str:
    """The address as the throttle sees it: an IPv6 customer has a whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _insert_throttle(tx: Transaction, keys: Iterable[str], wall: datetime) -> None:
    rows = [{"key": key, "failures": 0, "last_at": wall, "free_at": wall} for key in keys]
    if is_sqlite():
        tx.session.execute(sqlite.insert(LoginThrottle).values(rows).on_conflict_do_nothing(index_elements=["key"]))
    else:
        tx.session.execute(postgresql.insert(LoginThrottle).values(rows).on_conflict_do_nothing(index_elements=["key"]))


def _lock_throttle(tx: Transaction, budgets: dict[str, Budget]) -> list[LoginThrottle]:
    return tx.lock(select(LoginThrottle).where(LoginThrottle.key.in_(budgets)).order_by(LoginThrottle.key))


def _take_try(budgets: dict[str, Budget], *, clock: Clock, actor: Actor, verb: str, subject: str) -> None:
    """Count a try as failed before it is looked at, so that many at once get no more tries than one by one; or TooMany."""
    free_at = queries.throttled_until(budgets)
    if free_at is not None and free_at > clock.wall():
        raise TooMany(free_at)  # without a place in the writers' queue, which somebody who hammers at the door would fill
    with transaction(clock=clock) as tx:
        wall = clock.wall()
        _insert_throttle(tx, sorted(budgets), wall)
        rows = _lock_throttle(tx, budgets)
        free_at = max((row.free_at for row in rows), default=wall)
        if free_at > wall:
            raise TooMany(free_at)
        for row in rows:
            budget = budgets[row.key]
            row.failures = 1 if wall - row.last_at >= budget.forgotten_after else row.failures + 1
            row.last_at, row.free_at = wall, wall + budget.wait(row.failures)
        record(tx, actor, verb, subject)


def _give_back(rows: list[LoginThrottle], tx: Transaction, budgets: dict[str, Budget]) -> None:
    """The try was right: one's own count is cleared, a shared one gets this try back."""
    for row in rows:
        if budgets[row.key] is PAIR:
            tx.session.delete(row)
        else:
            row.failures = max(row.failures - 1, 0)
            row.free_at = row.last_at + budgets[row.key].wait(row.failures)


def throttle_key(*parts: object) -> str:
    """The key of a throttle: a digest, so that the table tells nobody's name, phone or address."""
    return _digest(*parts)


def place_key(address: str) -> str:
    """The key of the address that somebody asks from, as every throttle sees it."""
    return _place(address)


def take_try(
    budgets: dict[str, Budget], *, clock: Clock, actor: Actor, verb: str, subject: str, once: Once | None = None
) -> None:
    """Count a try of another door than the sign-in, before it is looked at; `TooMany` where the next one must wait.

    What was done already under this key is no further try: whoever lost the answer gets it, however many have knocked (C-16).
    """
    if once is not None:
        say_if_used(db.session(), once)
    _take_try(budgets, clock=clock, actor=actor, verb=verb, subject=subject)


def forget_tries(tx: Transaction, keys: Iterable[str]) -> None:
    """What was tried was right: the counts of these keys are gone, in the transaction of the entry."""
    tx.session.execute(delete(LoginThrottle).where(LoginThrottle.key.in_(list(keys))), execution_options={"synchronize_session": False})


# --- signing in and out -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """A session that has begun. The token exists here and in the cookie; the database has its digest."""

    token: str
    account_id: int
    session_id: int
    username: str
    role: str
    is_one_time: bool


def plain_username(text: str) -> str:
    """A name as it is kept: small letters, full-width ones made plain."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def token_hash(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _begin_session(tx: Transaction, account: Account, address: str) -> Entry:
    token, wall = secrets.token_urlsafe(32), tx.clock.wall()
    session = SignInSession(token_hash=token_hash(token), account_id=account.id, started_at=wall, seen_at=wall, address=address[:64])
    tx.session.add(session)
    tx.session.flush()
    return Entry(token, account.id, session.id, account.username, account.role, account.is_one_time)


def _budgets_of(county_id: int, username: str, account_id: int, *, address: str, browser: str, wall: datetime) -> dict[str, Budget]:
    """Whose budgets a try counts against. In a browser or from an address of the owner's, only that one's: so no stranger, however
    often they fail elsewhere, can keep the owner out. The same queries run for a name that nobody has."""
    place = _place(address)
    is_known = place in {_place(known) for known in queries.addresses_of(account_id, wall - KNOWN_FOR)}
    if browser:
        return {_digest("browser", county_id, username, browser): PAIR}
    mine = {_digest("pair", county_id, username, place): PAIR}
    if is_known:
        return mine
    return mine | {_digest("address", place): ADDRESS, _digest("name", county_id, username): NAME}


def sign_in(username: str, password: str, *, county_id: int, address: str, clock: Clock, browser: str = "", replaces: str = "") -> Entry:
    """Begin a session with a new token. `browser` names a browser in which this name has signed in before, else empty; the session of
    the token `replaces`, if there is one, ends.

    Raises `TooMany` before anything is looked at, `WrongPassword` after the same work for every cause.
    """
    username, wall = plain_username(username), clock.wall()
    found = queries.credentials_of(county_id, username)
    account_id = found.account_id if found else -1
    budgets = _budgets_of(county_id, username, account_id, address=address, browser=browser, wall=wall)
    guest = Actor(None, county_id, "sign-in", address)
    _take_try(budgets, clock=clock, actor=guest, verb="try_sign_in", subject=f"account:{account_id}" if found else "account:unknown")

    is_right = passwords.matches(found.password_hash if found else None, password)
    if found is None or not is_right or found.is_disabled:
        raise WrongPassword
    renewed = passwords.hash_password(password) if passwords.needs_rehash(found.password_hash) else None

    with transaction(clock=clock) as tx:
        rows = _lock_throttle(tx, budgets)
        account = _lock_account(tx, county_id, account_id)
        if account.disabled_at is not None or account.password_hash != found.password_hash:
            raise WrongPassword  # disabled or reset while we were computing
        if renewed is not None:
            account.password_hash = renewed
        _give_back(rows, tx, budgets)
        if replaces:
            _end(tx, SignInSession.token_hash == token_hash(replaces))
        entry = _begin_session(tx, account, address)
        actor = Actor(account.id, county_id, account.username, address, entry.session_id)
        record(tx, actor, "sign_in", f"account:{account.id}", rehashed=renewed is not None)
        return entry


def _end(tx: Transaction, *which: sa.ColumnElement[bool]) -> int:
    found = tx.session.execute(
        update(SignInSession).where(SignInSession.ended_at.is_(None), *which).values(ended_at=tx.clock.wall()),
        execution_options={"synchronize_session": False},
    )
    return int(found.rowcount)  # type: ignore[attr-defined]


def sign_out(session_id: int, *, actor: Actor, clock: Clock) -> None:
    """End one session of the actor's account; nothing happens if it has ended."""
    with transaction(clock=clock) as tx:
        if _end(tx, SignInSession.id == session_id, SignInSession.account_id == actor.account_id):
            record(tx, actor, "sign_out", f"account:{actor.account_id}", session=session_id)


def sign_out_everywhere(account_id: int, *, actor: Actor, clock: Clock) -> int:
    """End every session of an account, this one too; returns how many there were."""
    with transaction(clock=clock) as tx:
        account = _lock_account(tx, actor.county_id, account_id)
        ended = _end(tx, SignInSession.account_id == account.id)
        record(tx, actor, "sign_out_everywhere", f"account:{account.id}", sessions=ended)
        return ended


def see_session(session_id: int, *, clock: Clock) -> None:
    """Write that a session was seen now. One short statement of its own, no act, and so not in the record."""
    with transaction(clock=clock) as tx:
        wall = clock.wall()
        tx.session.execute(
            update(SignInSession)
            .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None), SignInSession.seen_at < wall)
            .values(seen_at=wall),
            execution_options={"synchronize_session": False},
        )


def forget_throttles(*, clock: Clock) -> int:
    """Drop counts of failures that no budget remembers any more; for the nightly job. Returns how many."""
    with transaction(clock=clock) as tx:
        oldest = clock.wall() - max(budget.forgotten_after for budget in (PAIR, ADDRESS, NAME))
        gone = tx.session.execute(delete(LoginThrottle).where(LoginThrottle.last_at < oldest, LoginThrottle.free_at < clock.wall()))
        return int(gone.rowcount)  # type: ignore[attr-defined]


# --- accounts -----------------------------------------------------------------------------------------------------------------------


def _lock_account(tx: Transaction, county_id: int, account_id: int) -> Account:
    """An account as it is now. Unlike `tx.lock` also after the moment was read: no rule of time is asked of an account, and a seed makes
    one and posts it in one transaction."""
    query = select(Account).where(Account.county_id == county_id, Account.id == account_id).execution_options(populate_existing=True)
    account = tx.session.scalar(query if is_sqlite() else query.with_for_update())
    if account is None:
        raise NotFound(f"account {account_id}")
    return account


@dataclass(frozen=True, slots=True)
class Place:
    """What a code of `--at` means: a point, a window, a body or an enterprise."""

    body_id: int | None = None
    point_id: int | None = None
    window_id: int | None = None
    enterprise_code: str | None = None


def place_of(county_id: int, code: str, on: date) -> Place:
    """The place of a code; a window brings its point and, where it serves one body only, that body. NotFound for an unknown code."""
    try:
        window = network.window_by_code(county_id, code)
    except NotFound:
        pass
    else:
        bodies = network.bodies_served([window.id], on)[window.id]
        return Place(next(iter(bodies)) if len(bodies) == 1 else None, window.point_id, window.id)
    try:
        point = network.point_by_code(county_id, code)
    except NotFound:
        pass
    else:
        return Place(point.body_id, point.id)
    try:
        return Place(network.body_by_code(county_id, code).id)
    except NotFound:
        pass
    credit = check_credit_code(code)
    if credit.is_valid:
        return Place(enterprise_code=credit.number)
    raise NotFound(code)


def create_account(
    county_id: int,
    username: str,
    role: str,
    *,
    password_hash: str,
    actor: Actor,
    clock: Clock,
    at: str = "",
    name: str = "",
    name_hant: str = "",
    name_en: str = "",
    title: str = "",
    title_hant: str = "",
    title_en: str = "",
    is_one_time: bool = False,
    is_sample: bool = False,
    once: Once | None = None,
) -> int:
    """Make an account; returns its id. `password_hash` is made before (`passwords.hash_password`), since it is slow.

    `at` is the code of a point, window, body or enterprise. Raises `BadAccount` for a bad or taken name or role, `NotFound` for an
    unknown code.
    """
    username = plain_username(username)
    if not USERNAME.fullmatch(username):
        raise BadAccount(f"{username!r} cannot be a user name: 2 to 60 of a-z, 0-9, dot, dash, underscore, the first no sign")
    if role not in set(Role):
        raise BadAccount(f"{role!r} is not a role; roles are {', '.join(Role)}")
    if not password_hash.startswith("$argon2id$"):
        raise BadAccount("the password must be given as an Argon2id hash")
    with transaction(clock=clock, once=once) as tx:
        place = place_of(county_id, at, clock.today()) if at else Place()
        if (role == Role.ENTERPRISE) != (place.enterprise_code is not None):
            raise BadAccount(f"role {role} does not fit at {at!r}: the role enterprise goes with a credit code, every other role does not")
        if tx.session.scalar(select(Account.id).where(Account.county_id == county_id, Account.username == username)) is not None:
            raise BadAccount(f"the user name {username} is taken")
        plain = name or username
        account = Account(
            county_id=county_id,
            username=username,
            role=role,
            name=plain,
            name_hant=name_hant or plain,
            name_en=name_en or plain,
            title=title,
            title_hant=title_hant or title,
            title_en=title_en or title,
            password_hash=password_hash,
            is_one_time=is_one_time,
            body_id=place.body_id,
            point_id=place.point_id,
            window_id=place.window_id,
            enterprise_code=place.enterprise_code,
            created_at=tx.now,
            is_sample=is_sample,
        )
        tx.session.add(account)
        tx.session.flush()
        record(tx, actor, "create_account", f"account:{account.id}", role=role, at=at)
        return account.id


def set_sample_password(county_id: int, password: str, *, actor: Actor, clock: Clock) -> bool:
    """Give all accounts of the demonstration this one password, if it is not theirs already (DEMO_PASSWORD was changed)."""
    samples = select(Account.password_hash).where(Account.county_id == county_id, Account.is_sample.is_(True))
    if all(passwords.matches(kept, password) for kept in set(db.session.scalars(samples))):
        return False
    hashed = passwords.hash_password(password)
    with transaction(clock=clock) as tx:
        tx.session.execute(update(Account).where(Account.county_id == county_id, Account.is_sample.is_(True)).values(password_hash=hashed))
        record(tx, actor, "set_sample_password", f"county:{county_id}")
    return True


def disable_account(account_id: int, *, actor: Actor, clock: Clock) -> int:
    """Close an account and end its sessions. Returns sessions ended."""
    with transaction(clock=clock) as tx:
        account = _lock_account(tx, actor.county_id, account_id)
        if account.disabled_at is None:
            account.disabled_at = tx.now
        ended = _end(tx, SignInSession.account_id == account.id)
        record(tx, actor, "disable_account", f"account:{account.id}", sessions=ended)
        return ended


def reset_password(account_id: int, *, password_hash: str, actor: Actor, clock: Clock, is_one_time: bool = True) -> int:
    """Set another password and end every session of the account; returns how many ended."""
    if not password_hash.startswith("$argon2id$"):
        raise BadAccount("the password must be given as an Argon2id hash")
    with transaction(clock=clock) as tx:
        account = _lock_account(tx, actor.county_id, account_id)
        account.password_hash, account.is_one_time = password_hash, is_one_time
        ended = _end(tx, SignInSession.account_id == account.id)
        record(tx, actor, "reset_password", f"account:{account.id}", sessions=ended)
        return ended


def change_password(current: str, new: str, *, actor: Actor, clock: Clock) -> Entry:
    """One's own password: every session ends, and a new one begins with a new token.

    Raises `WrongPassword` (the current one), `TooMany` (guessed too often), `WeakPassword` (the new one).
    """
    assert actor.account_id is not None, "only an account has a password"
    found = queries.credentials_of(actor.county_id, actor.name)
    if found is None or found.account_id != actor.account_id:
        raise NotFound(f"account {actor.account_id}")
    fault = passwords.fault_of(new, actor.name, old=current)
    if fault is not None:
        raise WeakPassword(fault)
    budgets = {_digest("change", actor.account_id): PAIR}
    _take_try(budgets, clock=clock, actor=actor, verb="try_change_password", subject=f"account:{actor.account_id}")
    if not passwords.matches(found.password_hash, current):
        raise WrongPassword
    made = passwords.hash_password(new)
    with transaction(clock=clock) as tx:
        rows = _lock_throttle(tx, budgets)
        account = _lock_account(tx, actor.county_id, actor.account_id)
        if account.disabled_at is not None or account.password_hash != found.password_hash:
            raise WrongPassword
        _give_back(rows, tx, budgets)
        account.password_hash, account.is_one_time = made, False
        ended = _end(tx, SignInSession.account_id == account.id)
        entry = _begin_session(tx, account, actor.address)
        record(tx, actor, "change_password", f"account:{account.id}", sessions=ended)
        return entry


# --- postings and offices -------------------------------------------------------------------------------------------------------------


def _check_period(from_on: date, until_on: date | None) -> None:
    if until_on is not None and until_on < from_on:
        raise BadAccount(f"the period ends on {until_on}, before it begins on {from_on}")


@dataclass(frozen=True, slots=True)
class PostingPapers:
    """What a posting rests on besides person, window, post and period (N-4). `excused` is what the reason excused."""

    certificate: str = ""
    reason: str = ""
    staff: Staff = Staff.REGULAR
    told_on: date | None = None
    excused: tuple[Reason, ...] = ()
    village_paper: str = ""
    town_paper: str = ""


def post_to_window(
    account_id: int,
    window_id: int,
    post: str,
    *,
    from_on: date,
    actor: Actor,
    clock: Clock,
    until_on: date | None = None,
    certificate: str = "",
    papers: PostingPapers | None = None,
    once: Once | None = None,
) -> int:
    """Post a person at a window for a period, both days included (N-4); returns its id. The same posting again is the same row.

    It writes what it is given. Whether it may be so is asked by `authority.posting_services.post`, which knows the window's powers.
    """
    if post not in {"clerk", "chief", "agent"}:
        raise BadAccount(f"{post!r} is not a post; posts are clerk, chief, agent")
    _check_period(from_on, until_on)
    papers = papers or PostingPapers(certificate=certificate)
    with transaction(clock=clock, once=once) as tx:
        account = _lock_account(tx, actor.county_id, account_id)
        if window_id not in network.windows_by_id([window_id]):
            raise NotFound(f"window {window_id}")
        overlapping = tx.session.scalars(
            select(Posting).where(
                Posting.account_id == account.id,
                Posting.window_id == window_id,
                Posting.post == post,
                or_(Posting.until_on.is_(None), Posting.until_on >= from_on),
                Posting.from_on <= (until_on or date.max),
                or_(Posting.until_on.is_(None), Posting.until_on >= Posting.from_on),  # what was ended before it began never was
            )
        ).first()
        if overlapping is not None:
            if (overlapping.from_on, overlapping.until_on) == (from_on, until_on):
                return overlapping.id
            raise BadAccount(f"{account.username} is already posted there as {post} from {overlapping.from_on}")
        posting = Posting(
            county_id=account.county_id, account_id=account.id, window_id=window_id, post=post, from_on=from_on, planned_until_on=until_on,
            certificate=papers.certificate, reason=papers.reason, staff=papers.staff.value, told_on=papers.told_on,
            excused=[reason.value for reason in papers.excused], village_paper=papers.village_paper, town_paper=papers.town_paper,
            entered_by_id=actor.account_id, entered_at=tx.now,
        )  # fmt: skip
        tx.session.add(posting)
        tx.session.flush()
        facts = {"posting": posting.id, "window": window_id, "post": post, "from_on": from_on, "excused": posting.excused}
        record(tx, actor, "post_to_window", f"account:{account.id}", **facts)
        return posting.id


def hold_office(
    account_id: int,
    kind: str,
    *,
    from_on: date,
    actor: Actor,
    clock: Clock,
    body_id: int | None = None,
    until_on: date | None = None,
    once: Once | None = None,
) -> int:
    """Give a person an office for a period, both days included (G-2); returns its id. The same office again is the same row."""
    if kind not in set(OfficeKind):
        raise BadAccount(f"{kind!r} is not an office; offices are {', '.join(OfficeKind)}")
    is_of_body = kind in {OfficeKind.HEAD_OF_AGENCY, OfficeKind.LEADER_IN_CHARGE, OfficeKind.HEAD_OF_GOVERNMENT}
    if is_of_body != (body_id is not None):
        raise BadAccount(f"the office {kind} is held {'for a body: name one' if is_of_body else 'for the county, not for a body'}")
    _check_period(from_on, until_on)
    with transaction(clock=clock, once=once) as tx:
        account = _lock_account(tx, actor.county_id, account_id)
        same = tx.session.scalars(
            select(Office).where(
                Office.account_id == account.id,
                Office.kind == kind,
                Office.body_id.is_not_distinct_from(body_id),
                Office.from_on == from_on,
            )
        ).first()
        if same is not None:
            return same.id
        office = Office(county_id=account.county_id, account_id=account.id, kind=kind, body_id=body_id, from_on=from_on, until_on=until_on)
        tx.session.add(office)
        tx.session.flush()
        record(tx, actor, "hold_office", f"account:{account.id}", office=office.id, kind=kind, body=body_id, from_on=from_on)
        return office.id


# what an account of a role begins with, where its code allows it
POST_OF_ROLE = {Role.CLERK: "clerk", Role.CHIEF: "chief", Role.AGENT: "agent"}
OFFICE_OF_ROLE = {
    Role.DEPT_HEAD: OfficeKind.HEAD_OF_AGENCY,
    Role.LEADER: OfficeKind.LEADER_IN_CHARGE,
    Role.CENTER: OfficeKind.CENTER_MANAGEMENT,
    Role.MANAGER: OfficeKind.COUNTY_MANAGER,
    Role.SUPERVISOR: OfficeKind.SUPERVISOR,
    Role.AUDITOR: OfficeKind.AUDITOR,
}


def open_account(
    county_id: int,
    username: str,
    role: str,
    *,
    at: str,
    password_hash: str,
    is_one_time: bool,
    actor: Actor,
    clock: Clock,
    name: str = "",
    title: str = "",
    certificate: str = "",
) -> int:
    """Make an account with the posting or office that its role begins with, from today; returns its id."""
    with transaction(clock=clock):
        account_id = create_account(
            county_id,
            username,
            role,
            at=at,
            password_hash=password_hash,
            is_one_time=is_one_time,
            actor=actor,
            clock=clock,
            name=name,
            title=title,
        )
        place, today = place_of(county_id, at, clock.today()), clock.today()
        if role in POST_OF_ROLE:
            if place.window_id is None:
                raise BadAccount(f"role {role} works at a window: {at!r} is none")
            post_to_window(
                account_id, place.window_id, POST_OF_ROLE[Role(role)], from_on=today, certificate=certificate, actor=actor, clock=clock
            )
        if role in OFFICE_OF_ROLE:
            office = OFFICE_OF_ROLE[Role(role)]
            is_of_body = office in {OfficeKind.HEAD_OF_AGENCY, OfficeKind.LEADER_IN_CHARGE}
            if is_of_body and place.body_id is None:
                raise BadAccount(f"role {role} belongs to a body: {at!r} is none")
            hold_office(account_id, office, body_id=place.body_id if is_of_body else None, from_on=today, actor=actor, clock=clock)
        return account_id


# --- persons (R-2, C-18) ----------------------------------------------------------------------------------------------------------------


def register_person(
    tx: Transaction, county_id: int, kind: str, name: str, number: str = "", phone: str = "", *, actor: Actor | None = None
) -> Person:
    """Keep someone whom a matter is about, in the transaction of the act that needs them. `kind` is natural or organisation.

    Number and phone are sealed and found again by a keyed blind index; the name stands in its own table, lists have the masked one.
    The very same person again (number, phone and name) is the same row. With `actor` the record gets a line of its own.
    """
    seal, number, phone, name = cipher(), plain_number(number), plain_number(phone), name.strip()
    number_index = seal.blind(number, PersonField.NUMBER) if number else None
    phone_index = seal.blind(phone, PersonField.PHONE) if phone else None
    if number_index is not None:
        same = tx.session.scalars(
            select(Person)
            .join(PersonName, PersonName.person_id == Person.id)
            .where(
                Person.county_id == county_id,
                Person.kind == kind,
                Person.number_index == number_index,
                Person.phone_index.is_not_distinct_from(phone_index),
                PersonName.name == name,
            )
            .order_by(Person.id)
            .limit(1)
        ).first()
        if same is not None:
            return same
    person = Person(
        county_id=county_id,
        kind=kind,
        masked_name=mask_name(name) if kind == "natural" else name,
        number_sealed=seal.seal(number, PersonField.NUMBER) if number else None,
        number_index=number_index,
        phone_sealed=seal.seal(phone, PersonField.PHONE) if phone else None,
        phone_index=phone_index,
        created_at=tx.clock.now(),
    )
    tx.session.add(person)
    tx.session.flush()
    tx.session.add(PersonName(county_id=county_id, person_id=person.id, name=name, name_key=name_key(name)[:200]))
    tx.session.flush()
    if actor is not None:
        fields = ["name", *(["number"] if number else []), *(["phone"] if phone else [])]
        record(tx, actor, "register_person", f"person:{person.id}", fields=fields)
    return person


def reveal(person_id: int, field: str, reason: RevealReason | str, *, actor: Actor, clock: Clock, about: str = "") -> str:
    """Open one sealed field (`number` or `phone`) for one person to see; recorded with who, from where, what, why and about which case,
    before anything is opened; each look is a look, so there is no once-key. That the actor may look is decided by the caller (C-18, C-30).

    Raises `NotFound` where the county has no such person or the field is empty, `ValueError` for an unknown field or reason.
    """
    which, why = PersonField[field.upper()] if field in {"number", "phone"} else None, RevealReason(reason)
    if which is None:
        raise ValueError(f"{field!r} is not a sealed field")
    with transaction(clock=clock) as tx:
        query = select(Person).where(Person.county_id == actor.county_id, Person.id == person_id)
        person = tx.session.scalar(query)
        sealed = None if person is None else person.number_sealed if which is PersonField.NUMBER else person.phone_sealed
        if sealed is None:
            raise NotFound(f"person {person_id}")
        record(tx, actor, "reveal", f"person:{person_id}", field=field, reason=why.value, about=about)
    return cipher().open(sealed, which)
