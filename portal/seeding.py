"""Loading a county from a folder of csv and toml files, and the demonstration county with it (seeds/zhashui/README.md).

Everything goes through the services and the rules that they ask: what could not be entered by hand cannot be loaded either. What is
there already is left as it is, so loading is safe to repeat, and a load that was broken off is finished by the next.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import func, or_, select

from portal.accounts import passwords
from portal.accounts import services as accounts
from portal.accounts.models import Account, Office, Posting
from portal.accounts.numbers import check_credit_code
from portal.accounts.queries import PostingNow, SignedIn
from portal.audit import Actor, machine, record
from portal.authority import letter_services
from portal.authority import services as authority
from portal.authority.models import Ceiling, Instrument, InstrumentRegistration, InstrumentSignature, Letter
from portal.cases import joint_services as joint
from portal.cases import queries as case_queries
from portal.cases import services as cases
from portal.cases.joint_models import Package
from portal.cases.models import Case
from portal.catalogue import services as catalogue
from portal.catalogue.models import Item
from portal.clock import Clock, StoppedClock
from portal.config import ROOT, ConfigError, demo_password
from portal.database import NotFound, db, transaction
from portal.fees import services as fees
from portal.fees.models import PublishedFee, WaiverGround
from portal.inspections import list_services as inspections
from portal.inspections.models import Enterprise, QuietRuleRow
from portal.inspections.plan_models import DiscretionBenchmark, InspectingBody, InspectionMatter, Inspector
from portal.network import queries as network_queries
from portal.network import services as network
from portal.network.models import (
    Body,
    BodyKind,
    CalendarYear,
    County,
    CountySetting,
    Division,
    PointHours,
    RetentionClass,
    ServicePoint,
    Window,
)
from portal.rules.catalogue import CertificateDraft, LimitDraft, MaterialDraft, StageDraft, VersionDraft
from portal.rules.clauses import DEFAULT_CEILINGS, Level, Mandate, Post, Power
from portal.rules.deadlines import Unit
from portal.rules.decision import NotAllowed, Reason
from portal.rules.fees import FeeDraft
from portal.rules.inspection_plans import RightBy
from portal.rules.moments import SHANGHAI, civil_date
from portal.rules.network import PointStatus
from portal.rules.postings import Staff
from portal.rules.quiet_days import QuietRule
from portal.rules.texts import Text
from portal.rules.working_days import Calendar, DayKind
from portal.web.reasons import words

SEEDS = ROOT / "seeds"
STANDING = timedelta(days=30)
"""How long before the first start the standing instruments of the demonstration county were registered."""

# sub-tables of county.toml that pages read as settings: key of the table → key of the setting
_NAME_LISTS = {"label": ("level_names", "level"), "line": ("lines", "code")}
# A setting of the seed whose rows are read under another name: working days per level (C-20).
_LEG_HOLD, _LEG_LIMITS = "leg_hold", "leg_limits"
# columns of their own; what a row says beyond them is kept in `more`
_NAME = ("name", "name_hant", "name_en")
_BODY_COLUMNS = ("code", "kind", *_NAME, "line", "vertical", "division_code", "number_prefix", "address", "phone", "sample")
_FEE_COLUMNS = ("code", "item", *_NAME, "lower_fen", "upper_fen", "collector", "from_on", "until_on", "sample")
_FLAGS = ("forwarded", "joint", "commitment", "urgent", "online", "site_check", "certificate_holder", "amount")


class SeedError(Exception):
    """A file that cannot be loaded: names the file and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of each kind a load has added; all zero when everything was there."""

    divisions: int = 0
    bodies: int = 0
    points: int = 0
    windows: int = 0
    accounts: int = 0
    letters: int = 0
    items: int = 0
    packages: int = 0
    instruments: int = 0
    clauses: int = 0
    fees: int = 0
    waiver_grounds: int = 0
    enterprises: int = 0
    inspecting_bodies: int = 0
    inspection_matters: int = 0
    benchmarks: int = 0
    inspectors: int = 0
    cases: int = 0
    settings: int = 0
    calendar_years: int = 0

    @property
    def total(self) -> int:
        return sum(self.as_dict().values())

    def as_dict(self) -> dict[str, int]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


# --- reading files --------------------------------------------------------------------------------------------------------------


def _rows(directory: Path, name: str) -> list[dict[str, str]]:
    """The rows of a csv file; none where the county has no such file."""
    path = directory / name
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{key: (value or "").strip() for key, value in row.items() if key} for row in csv.DictReader(file)]


def _papers(row: dict[str, str]) -> accounts.PostingPapers:
    """What a posting rests on; a county without exceptions leaves the columns out."""
    return accounts.PostingPapers(
        certificate=row["certificate"],
        reason=row.get("posting_reason", ""),
        staff=Staff(row.get("posting_staff") or Staff.REGULAR),
        excused=tuple(Reason(code) for code in row.get("posting_excused", "").split(";") if code),
    )


def _toml(directory: Path, name: str) -> dict[str, Any]:
    path = directory / name
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SeedError(f"{path}: {error}") from error


@contextmanager
def _reading(file: str, row: Mapping[str, Any], key: str = "code") -> Iterator[None]:
    """Whatever a row breaks, the message names the file and the row."""
    where = f"{file}, {row.get(key, '?')}"
    try:
        yield
    except NotAllowed as error:
        raise SeedError(f"{where}: {words(error.decision)} ({error.decision.rule})") from error
    except NotFound as error:
        raise SeedError(f"{where}: there is no {error}") from error
    except KeyError as error:
        raise SeedError(f"{where}: nothing is known of {error}") from error
    except (ValueError, accounts.BadAccount, sa.exc.IntegrityError) as error:
        raise SeedError(f"{where}: {error}") from error


def _text(row: Mapping[str, Any], key: str) -> Text:
    """Three columns of one thing: key, key_hant, key_en."""
    return Text(str(row.get(key) or ""), str(row.get(f"{key}_hant") or ""), str(row.get(f"{key}_en") or ""))


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _day_or_none(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _rest(row: Mapping[str, Any], *used: str) -> dict[str, Any]:
    """What a row says beyond the columns of its table; the texts of one key stay together under the key."""
    rest = {key: value for key, value in row.items() if value not in ("", None) and key not in used}
    stored: dict[str, Any] = {}
    for key, value in rest.items():
        base = key.removesuffix("_hant").removesuffix("_en")
        if base != key and base in rest:
            continue
        stored[key] = _text(row, key).stored() if f"{key}_hant" in row or f"{key}_en" in row else value
    return stored


def _openings(row: Mapping[str, str]) -> Iterator[network.Opening]:
    """A row of hours.csv, one opening a weekday: `1-5` is Monday to Friday."""
    first, _dash, last = row["weekdays"].partition("-")
    for weekday in range(int(first), int(last or first) + 1):
        yield network.Opening(weekday, row["opens"], row["closes"], row["kind"], _text(row, "note"), _day_or_none(row["from_on"]))


# --- one county -----------------------------------------------------------------------------------------------------------------


class _Load:
    """One load: the folder, the clock, and what of the county is there already."""

    def __init__(self, directory: Path, clock: Clock, password: str | None, registered: Clock) -> None:
        self.directory, self.clock, self.password, self.registered = directory, clock, password, registered
        self.added: dict[str, int] = {}
        self.county_id = 0

    @cached_property
    def actor(self) -> Actor:
        return machine(self.county_id, "seed")

    def count(self, kind: str, number: int = 1) -> None:
        self.added[kind] = self.added.get(kind, 0) + number

    def known(self, column: Any, *more: Any) -> set[Any]:
        """The keys of a table that this county has."""
        query = select(column, *more).where(column.class_.county_id == self.county_id)
        return {tuple(row) for row in db.session.execute(query)} if more else set(db.session.scalars(query))

    def run(self) -> Counts:
        self.county()
        with transaction(clock=self.clock):
            self.settings()
            self.divisions()
            self.bodies()
            self.points()
            self.hours()
            self.windows()
            self.items()
            self.packages()
            self.ceilings()
            self.quiet_rules()
            self.enterprises()
        self.people()
        self.letters()
        self.instruments()
        with transaction(clock=self.clock):
            self.fees()
            self.inspections()
        return Counts(**self.added)

    # county.toml

    @cached_property
    def file(self) -> dict[str, Any]:
        found = _toml(self.directory, "county.toml")
        if "county" not in found:
            raise SeedError(f"{self.directory / 'county.toml'} is missing, or has no [county]")
        return found

    def county(self) -> None:
        told = self.file["county"]
        found = db.session.scalar(select(County).where(County.code == told["code"]))
        if found is None:
            with transaction(clock=self.clock):
                found = network.create_county(
                    code=told["code"], names=_text(told, "name"), host=told.get("host"), is_sample=bool(told.get("sample")), clock=self.clock
                )
                self.county_id = found.id
        else:
            self.county_id = found.id
        known = set(db.session.scalars(select(RetentionClass.code)))
        new = [row for row in self.file.get("retention", ()) if row["code"] not in known]
        if new:
            with transaction(clock=self.clock) as tx:
                for row in new:
                    tx.session.add(RetentionClass(code=row["code"], years=row.get("years"), act=row["act"], signed_by=row["signed_by"]))
                tx.session.flush()
                record(tx, self.actor, "put_retention", "retention", codes=[row["code"] for row in new])

    def settings(self) -> None:
        told = self.file["county"]
        begin = min((_day(row["from_on"]) for row in self.file.get("setting", ())), default=date(2019, 1, 1))
        wanted: list[tuple[str, date, Any, str]] = []
        for row in self.file.get("setting", ()):
            key, value = row["key"], row["value"]
            if key == _LEG_HOLD:
                if value.get("unit", "working") != "working":
                    raise SeedError("county.toml: leg_hold is counted in working days (C-20)")
                key, value = _LEG_LIMITS, {level: number for level, number in value.items() if level != "unit"}
            wanted.append((key, _day(row["from_on"]), value, row.get("source", "")))
        for table, (key, code) in _NAME_LISTS.items():
            wanted.append((key, begin, {row[code]: _text(row, "name").stored() for row in self.file.get(table, ())}, ""))
        themes = _toml(self.directory, "items.toml").get("theme", ())
        wanted.append(("themes", begin, {row["code"]: _text(row, "name").stored() for row in themes}, ""))
        about = {key: _text(told, key).stored() for key in ("prefecture", "province")}
        wanted.append(("county", begin, {**about, "edition": told.get("edition", "")}, ""))
        known = self.known(CountySetting.key, CountySetting.from_on)
        for key, from_on, value, source in wanted:
            if (key, from_on) not in known:
                network.put_setting(self.county_id, key, value, from_on=from_on, source=source, actor=self.actor, clock=self.clock)
                self.count("settings")

    def ceilings(self) -> None:
        """The county's own matrix: cells that it lists are open, cells of the rule's matrix that it does not list are closed (G-3)."""
        opened: dict[tuple[Level, Power, Mandate], date] = {}
        for row in self.file.get("ceiling", ()):
            for mandate in row["mandates"]:
                for power in row["powers"]:
                    opened[Level(row["level"]), Power(power), Mandate(mandate)] = _day(row["from_on"])
        if not opened:
            return
        DEFAULT_CEILINGS.narrowed_to(opened)  # no county rises above the rule
        begin = min(opened.values())
        known = self.known(Ceiling.level, Ceiling.power, Ceiling.mandate, Ceiling.from_on)
        new = 0
        with transaction(clock=self.clock) as tx:
            for cell in sorted(DEFAULT_CEILINGS.cells):
                from_on = opened.get(cell, begin)
                if (*(str(part.value) for part in cell), from_on) in known:
                    continue
                level, power, mandate = cell
                tx.session.add(
                    Ceiling(
                        county_id=self.county_id, level=level.value, power=power.value, mandate=mandate.value, from_on=from_on,
                        is_allowed=cell in opened,
                    )
                )  # fmt: skip
                new += 1
            if new:
                tx.session.flush()
                record(tx, self.actor, "set_ceilings", "ceilings", cells=len(opened), from_on=begin)

    def quiet_rules(self) -> None:
        known = self.known(QuietRuleRow.holds_from_on)
        with transaction(clock=self.clock) as tx:
            for row in self.file.get("quiet_rule", ()):
                holds_from = _day(row["holds_from_on"])
                if holds_from in known:
                    continue
                QuietRule.of(0, holds_from, row["windows"])  # refuses a text that the rule cannot read
                tx.session.add(
                    QuietRuleRow(
                        county_id=self.county_id, holds_from_on=holds_from, terms={"windows": row["windows"]}, source=row.get("source", "")
                    )
                )
                tx.session.flush()
                record(tx, self.actor, "put_quiet_rule", "quiet_rule", from_on=holds_from, windows=row["windows"])

    # the network

    def load(self, kind: str, file: str, add: Callable[[dict[str, str]], object], known: set[Any], key: str = "code") -> None:
        """Add every row of a file that is not there yet, and count it."""
        for row in _rows(self.directory, file):
            with _reading(file, row, key):
                if row[key] not in known:
                    add(row)
                    self.count(kind)

    def divisions(self) -> None:
        self.load("divisions", "divisions.csv", self._add_division, self.known(Division.code))

    def _add_division(self, row: dict[str, str]) -> None:
        network.add_division(
            self.county_id, code=row["code"], names=_text(row, "name"), level=row["level"], parent_code=row["parent_code"] or None,
            edition=row.get("edition", ""), actor=self.actor, clock=self.clock,
        )  # fmt: skip

    def bodies(self) -> None:
        self.load("bodies", "bodies.csv", self._add_body, self.known(Body.code))

    def _add_body(self, row: dict[str, str]) -> None:
        more = _rest(row, *_BODY_COLUMNS) | {"address": _text(row, "address").stored()}
        network.add_body(
            self.county_id, code=row["code"], kind=BodyKind(row["kind"]), names=_text(row, "name"), paper_prefix=row["number_prefix"],
            line=row["line"], is_vertical=row["vertical"] == "1", division_code=row["division_code"] or None, address=row["address"],
            phone=row["phone"], more=more, is_sample=row["sample"] == "1", actor=self.actor, clock=self.clock,
        )  # fmt: skip

    def points(self) -> None:
        known = self.known(ServicePoint.code)
        for level in Level:  # from the root down: a parent comes before what stands below it
            for row in _rows(self.directory, "points.csv"):
                with _reading("points.csv", row):
                    if Level(row["level"]) is level and row["code"] not in known:
                        self._add_point(row)
                        self.count("points")

    def _add_point(self, row: dict[str, str]) -> None:
        place = [float(row[key]) if row[key] else None for key in ("lat", "lng")]
        network.add_point(
            self.county_id, code=row["code"], level=Level(row["level"]), names=_text(row, "name"), status=PointStatus(row["status"]),
            status_from_on=_day(row["status_from"]), parent_code=row["parent_code"] or None, division_code=row["division_code"] or None,
            body_code=row["body"] or None, is_sample=row["sample"] == "1", actor=self.actor, clock=self.clock,
            details=network.PointDetails(row["pinyin"], row["initials"], _text(row, "address"), row["phone"], *place),
        )  # fmt: skip

    def hours(self) -> None:
        """A point is open at its own rows and those of its level. Points that have hours keep them."""
        rows = _rows(self.directory, "hours.csv")
        has = self.known(PointHours.point_id)
        points = select(ServicePoint.id, ServicePoint.code, ServicePoint.level).where(ServicePoint.county_id == self.county_id)
        for point_id, code, level in db.session.execute(points.order_by(ServicePoint.code)).all():
            openings = [opening for row in rows if row["scope"] in (code, level) for opening in _openings(row)]
            if openings and point_id not in has:
                network.set_hours(self.county_id, code, openings, actor=self.actor, clock=self.clock)

    def windows(self) -> None:
        self.load("windows", "windows.csv", self._add_window, self.known(Window.code))

    def _add_window(self, row: dict[str, str]) -> None:
        network.add_window(
            self.county_id, code=row["code"], point_code=row["point_code"], names=_text(row, "name"), is_general=row["is_general"] == "1",
            bodies=[code for code in row["bodies"].split(";") if code], from_on=_day(row["from_on"]),
            until_on=_day_or_none(row["until_on"]), is_sample=row["sample"] == "1", actor=self.actor, clock=self.clock,
        )  # fmt: skip

    # people

    def people(self) -> None:
        """Accounts, then postings and offices: two transactions, since the second locks the rows of the first."""
        rows = _rows(self.directory, "accounts.csv")
        known = self.known(Account.username)
        if any(row["username"] not in known for row in rows):
            # one password, and so one hash, since a hash is slow on purpose. Without a password it is one that nobody knows.
            hashed = passwords.hash_password(self.password or passwords.one_time_password())
            with transaction(clock=self.clock):
                self.load("accounts", "accounts.csv", lambda row: self._add_account(row, hashed), known, "username")
        ids, windows, bodies = self.ids(Account.username), self.ids(Window.code), self.ids(Body.code)
        posted, held = self.known(Posting.account_id, Posting.window_id), self.known(Office.account_id, Office.kind)
        begin = min((_day(row["posting_from_on"]) for row in rows if row["posting_from_on"]), default=civil_date(self.clock.now()))
        with transaction(clock=self.clock):
            for row in rows:
                with _reading("accounts.csv", row, "username"):
                    account_id, window, office = ids[row["username"]], row["posting_window"], row["office"]
                    if window and (account_id, windows[window]) not in posted:
                        accounts.post_to_window(
                            account_id, windows[window], row["posting_post"], from_on=_day(row["posting_from_on"]),
                            until_on=_day_or_none(row["posting_until_on"]), papers=_papers(row), actor=self.actor, clock=self.clock,
                        )  # fmt: skip
                    if office and (account_id, office) not in held:
                        body_id = bodies.get(row["at"])
                        accounts.hold_office(account_id, office, from_on=begin, body_id=body_id, actor=self.actor, clock=self.clock)

    def _add_account(self, row: dict[str, str], hashed: str) -> None:
        title = _text(row, "title")
        accounts.create_account(
            self.county_id, row["username"], row["role"], password_hash=hashed, at=row["at"], name=row["name"], name_hant=row["name_hant"],
            name_en=row["name_en"], title=title.hans, title_hant=title.hant, title_en=title.en, is_sample=row["sample"] == "1",
            actor=self.actor, clock=self.clock,
        )  # fmt: skip

    def ids(self, column: Any) -> dict[str, int]:
        """code → id of a table of this county."""
        table = column.class_
        return dict(db.session.execute(select(column, table.id).where(table.county_id == self.county_id)).all())

    def signed_in(self, username: str) -> Actor:
        """A person of the county, acting with what the person holds."""
        return Actor(self.ids(Account.username)[username], self.county_id, username)

    def letters(self) -> None:
        """Each letter was drafted, signed by the head of the body, registered and filed on its first day (G-6, G-15)."""
        known = self.known(Letter.number)
        new = [row for row in _rows(self.directory, "letters.csv") if row["number"] not in known]
        people, bodies, points = self.ids(Account.username), self.ids(Body.code), self.ids(ServicePoint.code)
        days: dict[date, list[letter_services.Appointment]] = {}
        for row in new:
            with _reading("letters.csv", row, "number"):
                text = letter_services.LetterText(
                    bodies[row["body"]], points[row["point"]], people[row["username"]], _day(row["from_on"]), _day_or_none(row["until_on"])
                )
                head = Actor(people[row["signed_by"]], self.county_id, row["signed_by"])
                days.setdefault(text.from_on, []).append(letter_services.Appointment(text, head, row["number"]))
        for day in sorted(days):
            manager = self.signed_in(self._holder("county_manager", None, day))
            letter_services.appoint(days[day], manager=manager, clock=StoppedClock(at=datetime.combine(day, time(9), SHANGHAI)))
            self.count("letters", len(days[day]))

    # items, fees, enterprises

    def items(self) -> None:
        known = self.known(Item.code)
        query = select(ServicePoint.code, ServicePoint.level, ServicePoint.id).where(ServicePoint.county_id == self.county_id)
        points = db.session.execute(query).all()
        for row in _toml(self.directory, "items.toml").get("item", ()):
            with _reading("items.toml", row):
                if row["code"] in known:
                    continue
                offered = set()
                for where in row["offered"]:  # a level, which is all its points, or one point
                    at = {found for code, level, found in points if where in (code, level)}
                    if not at:
                        raise ValueError(f"{where} is no level and no point")
                    offered |= at
                catalogue.publish_item_version(
                    self.county_id, code=row["code"], body_code=row["body"], draft=_version(row), offered=offered,
                    national_code=row["national_code"], implementing_code=row["implementing_code"], aliases=_aliases(row),
                    sample_place=row.get("sample_place", ""), source=row.get("sample_source", ""), more=_about(row),
                    is_sample=bool(row.get("sample")), actor=self.actor, clock=self.clock,
                )  # fmt: skip
                self.count("items")

    def packages(self) -> None:
        known = self.known(Package.code)
        for row in _toml(self.directory, "packages.toml").get("package", ()):
            with _reading("packages.toml", row):
                if row["code"] in known:
                    continue
                draft = joint.PackageDraft(
                    code=row["code"], name=_text(row, "name"), about=_text(row, "about"), theme=row["theme"], days=row["days"],
                    from_on=_day(row["from_on"]), questions=tuple((each["code"], _text(each, "text")) for each in row.get("question", ())),
                    items=tuple((each["item"], each.get("question", ""), each.get("makes", "")) for each in row["item"]),
                    same=tuple(tuple(each) for each in row.get("same", ())),
                )  # fmt: skip
                joint.publish_package(self.county_id, draft, is_sample=bool(row.get("sample")), actor=self.actor, clock=self.clock)
                self.count("packages")

    def fees(self) -> None:
        self.load("fees", "fees.csv", self._add_fee, self.known(PublishedFee.code))
        self.load("waiver_grounds", "waiver_grounds.csv", self._add_ground, self.known(WaiverGround.code))

    def _add_ground(self, row: dict[str, str]) -> None:
        text = fees.GroundText(
            row["code"], _text(row, "name"), row["fee"], int(row["pays_percent"]), row["basis"], row["published_at"], _day(row["from_on"]),
            _day_or_none(row["until_on"]),
        )  # fmt: skip
        fees.add_ground(self.county_id, text, is_sample=row["sample"] == "1", actor=self.actor, clock=self.clock)

    def _add_fee(self, row: dict[str, str]) -> None:
        draft = FeeDraft(
            basis=row["basis"], lower_fen=int(row["lower_fen"]), upper_fen=int(row["upper_fen"]), published_at=row["published_at"],
            from_on=_day(row["from_on"]), until_on=_day_or_none(row["until_on"]), basis_level=row["basis_level"],
        )  # fmt: skip
        fees.publish_fee(
            self.county_id, code=row["code"], names=_text(row, "name"), collector_code=row["collector"], item_code=row["item"] or None,
            draft=draft, note=row["note"], more=_rest(row, *_FEE_COLUMNS), is_sample=row["sample"] == "1", actor=self.actor,
            clock=self.clock,
        )  # fmt: skip

    def inspections(self) -> None:
        """The published lists of inspections (Q-5, Q-8)."""
        bodies = self.ids(Body.code)
        known = {code for code, body_id in bodies.items() if body_id in self.known(InspectingBody.body_id)}
        self.load("inspecting_bodies", "inspecting_bodies.csv", self._add_right, known, "body")
        self.load("inspection_matters", "inspection_matters.csv", self._add_matter, self.known(InspectionMatter.code))
        self.load("benchmarks", "benchmarks.csv", self._add_benchmark, self.known(DiscretionBenchmark.code))
        self.load("inspectors", "inspectors.csv", self._add_inspector, self.known(Inspector.certificate), "certificate")

    def _add_right(self, row: dict[str, str]) -> None:
        inspections.give_right(
            self.county_id, row["body"], right_by=RightBy(row["right_by"]), basis=row["basis"], from_on=_day(row["from_on"]),
            until_on=_day_or_none(row["until_on"]), special_most=int(row["special_most"]), is_sample=row["sample"] == "1", actor=self.actor,
            clock=self.clock,
        )  # fmt: skip

    def _add_matter(self, row: dict[str, str]) -> None:
        more = {"basis_hant": row["basis_hant"], "standard_hant": row["standard_hant"]}
        inspections.publish_matter(
            self.county_id, code=row["code"], body_code=row["body"], line=row["line"], names=_text(row, "name"), basis=row["basis"],
            standard=row["standard"], more=more, from_on=_day(row["from_on"]), until_on=_day_or_none(row["until_on"]),
            is_sample=row["sample"] == "1", actor=self.actor, clock=self.clock,
        )  # fmt: skip

    def _add_benchmark(self, row: dict[str, str]) -> None:
        inspections.publish_benchmark(
            self.county_id, code=row["code"], body_code=row["body"], matter_code=row["matter"], grade=row["grade"], names=_text(row, "name"),
            lower_fen=int(row["lower_fen"]), upper_fen=int(row["upper_fen"]), is_first_free=row["first_free"] == "1", basis=row["basis"],
            more={"basis_hant": row["basis_hant"]}, from_on=_day(row["from_on"]), until_on=_day_or_none(row["until_on"]),
            is_sample=row["sample"] == "1", actor=self.actor, clock=self.clock,
        )  # fmt: skip

    def _add_inspector(self, row: dict[str, str]) -> None:
        inspections.enter_inspector(
            self.county_id, certificate=row["certificate"], body_code=row["body"], username=row["username"], name=row["name"],
            from_on=_day(row["from_on"]), valid_until_on=_day(row["valid_until_on"]),
            conflicts={code: "回避（示例）" for code in row["conflicts"].split(";") if code}, is_sample=row["sample"] == "1",
            actor=self.actor, clock=self.clock,
        )  # fmt: skip

    def enterprises(self) -> None:
        divisions = self.ids(Division.code)
        with transaction(clock=self.clock) as tx:

            def add(row: dict[str, str]) -> None:
                credit = check_credit_code(row["uscc"])
                if not credit.is_valid:
                    raise ValueError("this is no unified social credit code")
                more = {
                    "bodies": [code for code in row["bodies"].split(";") if code], "works_on_days_off": row["works_on_days_off"] == "1",
                    "status": row["status"], "account": row["account"],
                    **{key: row[key] for key in ("trade_name", "trade_name_hant", "trade_name_en")},
                }  # fmt: skip
                enterprise = Enterprise(
                    county_id=self.county_id, code=credit.number, division_id=divisions[row["town_code"]], trade=row["trade"],
                    risk_grade=row["risk_grade"], more=more, is_sample=row["sample"] == "1", **_text(row, "name").named(),
                )  # fmt: skip
                tx.session.add(enterprise)
                tx.session.flush()
                record(tx, self.actor, "add_enterprise", f"enterprise:{credit.number}")

            self.load("enterprises", "enterprises.csv", add, self.known(Enterprise.code), "uscc")

    # instruments

    def instruments(self) -> None:
        """Drafted and registered by the county manager, signed by the head of the issuing body, all at the moment of `registered` (G-6).

        An instrument is known again by body, receiver, mandate and title; a broken-off load is taken up where it stopped.
        """
        texts = list(self._instrument_texts())
        if not texts:
            return
        stages = self._stages()
        if all(_key(text) in stages and stages[_key(text)].is_registered for text in texts):
            return
        manager = self.signed_in(self._holder("county_manager", None))
        with transaction(clock=self.registered):
            for text in texts:
                if _key(text) not in stages:
                    with _reading("instruments.toml", {"title": text.title}, "title"):
                        authority.draft(text, actor=manager, clock=self.registered)
                    self.count("instruments")
                    self.count("clauses", len(text.clauses))
        heads = {body: self.signed_in(self._holder("head_of_agency", body)) for body in {text.body_id for text in texts}}
        stages = self._stages()
        for text in texts:
            stage = stages[_key(text)]
            if not stage.is_signed:
                authority.sign(stage.id, version=stage.version, actor=heads[text.body_id], clock=self.registered)
            if not stage.is_registered:
                authority.register(stage.id, actor=manager, clock=self.registered)

    def _stages(self) -> dict[tuple[Any, ...], _Stage]:
        """How far each instrument has come that is there; of several with one key the oldest, which is ours."""
        query = (
            select(
                Instrument.body_id, Instrument.receiving_body_id, Instrument.mandate, Instrument.title, Instrument.id,
                Instrument.version, InstrumentSignature.id, InstrumentRegistration.id,
            )
            .outerjoin(InstrumentSignature, InstrumentSignature.instrument_id == Instrument.id)
            .outerjoin(InstrumentRegistration, InstrumentRegistration.instrument_id == Instrument.id)
            .where(Instrument.county_id == self.county_id)
            .order_by(Instrument.id.desc())
        )  # fmt: skip
        return {tuple(row[:4]): _Stage(row[4], row[5], row[6] is not None, row[7] is not None) for row in db.session.execute(query)}

    def _holder(self, office: str, body_id: int | None, day: date | None = None) -> str:
        on = day or civil_date(self.registered.now())
        name = db.session.scalar(
            select(Account.username)
            .join(Office, Office.account_id == Account.id)
            .where(
                Office.county_id == self.county_id, Office.kind == office, Office.body_id.is_not_distinct_from(body_id),
                Office.from_on <= on, or_(Office.until_on.is_(None), Office.until_on >= on),
            )
            .order_by(Office.id)
            .limit(1)
        )  # fmt: skip
        if name is None:
            raise SeedError(f"nobody holds the office {office} on {on}: nothing can be signed and registered then")
        return str(name)

    def _instrument_texts(self) -> Iterator[authority.InstrumentText]:
        found = _toml(self.directory, "instruments.toml").get("instrument", ())
        if not found:
            return
        bodies, items, windows = self.ids(Body.code), self.ids(Item.code), self.ids(Window.code)
        towns = [code for code in bodies if code.startswith("TOWN-")]
        below = self._windows_by_town()
        from_on = civil_date(self.registered.now())
        for row in found:
            issuers = row["body"] if isinstance(row["body"], list) else [row["body"]]
            receiving = row.get("receiving")
            receivers: Sequence[str | None] = sorted(towns) if receiving == "town:each" else [receiving]
            for issuer, receiver in product(issuers, receivers):
                with _reading("instruments.toml", row, "key"):
                    clauses = tuple(
                        authority.ClauseText(
                            window_id=windows[window],
                            powers=frozenset(Power(code) for code in clause["powers"]),
                            item_ids=None if clause["items"] == ["*"] else frozenset(items[code] for code in clause["items"]),
                            from_on=from_on,
                            post=Post(clause["post"]) if clause.get("post") else None,
                        )
                        for clause in row["clause"]
                        for pattern in clause["windows"]
                        for window in _matching(pattern, issuer, receiver, below)
                    )
                    text = authority.InstrumentText(
                        body_id=bodies[issuer], mandate=Mandate(row["mandate"]), title=row["title"], clauses=clauses, basis=row["basis"],
                        receiving_body_id=bodies[receiver] if receiver else None,
                    )  # fmt: skip
                yield text

    def _windows_by_town(self) -> dict[str, list[str]]:
        """Code of a town government → codes of the general windows of the rooms below its center."""
        parent = dict(db.session.execute(select(ServicePoint.id, ServicePoint.parent_id)).all())
        code = {found: each for each, found in self.ids(ServicePoint.code).items()}
        below: dict[str, list[str]] = {}
        query = (
            select(Window.code, Window.point_id)
            .join(ServicePoint, ServicePoint.id == Window.point_id)
            .where(
                Window.county_id == self.county_id, Window.is_general, ServicePoint.level.in_([Level.VILLAGE.value, Level.COMMUNITY.value])
            )
            .order_by(Window.code)
        )  # fmt: skip
        for window, point_id in db.session.execute(query):
            town = parent[point_id]
            if town is not None:
                below.setdefault(f"TOWN-{code[town]}", []).append(window)
        return below


@dataclass(frozen=True, slots=True)
class _Stage:
    id: int
    version: int
    is_signed: bool
    is_registered: bool


def _key(text: authority.InstrumentText) -> tuple[Any, ...]:
    return text.body_id, text.receiving_body_id, text.mandate.value, text.title


def _matching(pattern: str, issuer: str, receiver: str | None, below: Mapping[str, list[str]]) -> Iterable[str]:
    """The windows of a pattern of instruments.toml: the receiving town's, the issuing town's own, its rooms', every room's, or one code."""
    if pattern == "town:each-G" and receiver:
        return [f"{receiver.removeprefix('TOWN-')}-G"]
    if pattern == "own:town-G":
        return [f"{issuer.removeprefix('TOWN-')}-G"]
    if pattern == "own:room-G":
        return below.get(issuer, [])
    if pattern == "room:*-G":
        return [window for town in sorted(below) for window in below[town]]
    return [pattern]


# --- items as the rule wants them -----------------------------------------------------------------------------------------------


def _limit(told: Mapping[str, Any] | None) -> LimitDraft | None:
    return None if told is None else LimitDraft(told["number"], Unit(told.get("unit", "working")), told.get("start", "accepted"))


def _texts(row: Mapping[str, Any], key: str) -> tuple[Text, ...]:
    return tuple(_text(each, "text") for each in row.get(key, ()))


def _version(row: Mapping[str, Any]) -> VersionDraft:
    return VersionDraft(
        name=_text(row, "name"),
        type_code=row["type"],
        kind=row["kind"],
        from_on=_day(row["from_on"]),
        legal_basis=_text(row, "legal_basis"),
        conditions=_texts(row, "condition"),
        procedure=_texts(row, "step"),
        promised=_limit(row.get("promised")),
        fee_basis=_text(row, "fee_basis"),
        fee_standard=_text(row, "fee_standard"),
        materials=tuple(
            MaterialDraft(
                code=each["code"], name=_text(each, "name"), original=each.get("original", 0), copies=each.get("copies", 0),
                check_original=bool(each.get("check_original")), issuer=_text(each, "issuer"), may_be_waived=bool(each.get("waivable")),
                may_come_later=bool(each.get("later")),
            )
            for each in row.get("material", ())
        ),
        form=_text(row, "application_form"),
        specimen=_text(row, "specimen"),
        quota=_text(row, "quota"),
        statutory=_limit(row.get("statutory")),
        has_statutory=not row.get("statutory_none", False),
        stages=tuple(
            StageDraft(
                name=_text(each, "name"), limit=LimitDraft(each["number"], Unit(each["unit"])), level=Level(each["level"]),
                body=each["body"], is_counted=bool(each["counted"]),
            )
            for each in row.get("stage", ())
        ),
        review_points=_texts(row, "review_point"),
        theme=row.get("theme", ""),
        flags=frozenset(flag for flag in _FLAGS if row.get(flag)),
        required=frozenset(Power(code) for code in row["requires"]),
        certificate=CertificateDraft(_text(row, "certificate"), row.get("validity_years")) if row.get("certificate") else None,
    )  # fmt: skip


def _aliases(row: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        "alias": [*row.get("aliases", ()), *row.get("aliases_hant", ()), *row.get("aliases_en", ())],
        "pinyin": [row.get("pinyin", "")],
        "initials": [row.get("initials", ""), *row.get("alias_initials", ())],
    }


def _about(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the guide says beyond the columns: the type in words, the fee in a word, who acts by a provincial list, what was completed."""
    texts = ("type_name", "fee", "sample_place", "completed", "empowerment_basis")
    about: dict[str, Any] = {key: _text(row, key).stored() for key in texts if row.get(key)}
    about |= {key: row[key] for key in ("empowered", "system_of_record", "sample_raw", "national_code_sample", "supervised_by") if key in row}
    about["review_point_codes"] = [each.get("code", "") for each in row.get("review_point", ())]
    return about


# --- past cases -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Step:
    """One act on a past case: when, by whom, which verb with what is told, and to whose window a sending goes."""

    at: datetime
    case: str
    username: str
    verb: str
    told: str
    to: str


class _Past:
    """The cases of past_cases.csv, done by the services act by act under a clock that stands at each act's moment."""

    def __init__(self, directory: Path, county_id: int, began: datetime) -> None:
        self.rows = {row["key"]: row for row in _rows(directory, "past_cases.csv")}
        self.phones = {row["name"]: row["phone"] for row in _rows(directory, "residents.csv")}
        self.county_id, self.first_start = county_id, began + STANDING
        self.began = began
        self.people: dict[str, SignedIn] = {}
        self.versions: dict[str, tuple[str, int]] = {}  # key → number and version of the case

    def run(self) -> int:
        """Do what is not done yet; how many cases were new. A case that came in before the instruments were registered is left out."""
        titles = {_title(key): key for key in self.rows}
        query = select(Case.title, Case.number, Case.version).where(Case.county_id == self.county_id, Case.title.in_(list(titles)))
        self.versions = {titles[title]: (number, version) for title, number, version in db.session.execute(query)}
        calendar = network_queries.calendar_of(self.county_id)
        steps: list[_Step] = []
        for place, row in enumerate(self.rows.values()):
            with _reading("past_cases.csv", row, "key"):
                day = calendar.add_working_days(civil_date(self.first_start), -int(row["days_before"]))
                of_case = list(_steps(row, day, place, calendar))
                if of_case[0].at > self.began:
                    steps += of_case[self.versions.get(row["key"], ("", 0))[1] :]  # an event an act: what is there is not done again
        new = len({step.case for step in steps if step.verb == "collect"})
        for step in sorted(steps, key=lambda one: (one.at, one.case)):
            with _reading("past_cases.csv", self.rows[step.case], "key"):
                self._do(step)
        return new

    def _do(self, step: _Step) -> None:
        person, clock, row = self._person(step.username), StoppedClock(at=step.at), self.rows[step.case]
        if step.verb == "collect":
            (window_id,) = person.window_ids
            facts = cases.new_case_facts(window_id, row["item"], clock.today(), self.county_id)
            applicant = cases.Applicant(row["applicant"], phone=self.phones.get(row["applicant"], ""))
            made = cases.collect(
                row["item"], applicant, _all_got(facts.version.id), window_id=window_id, title=_title(step.case), actor=person, clock=clock,
                once=None,
            )  # fmt: skip
            self.versions[step.case] = (made.number, made.version)
            return
        number, version = self.versions[step.case]
        common: dict[str, Any] = {"version": version, "actor": person, "clock": clock, "once": None}
        version_id = case_queries.case_for(person, number, clock.today()).version_id
        match step.verb:
            case "send":
                (to,) = self._person(step.to).window_ids
                done = cases.hand_off(number, to, step.told, [], **common)
            case "receive":
                done = cases.receive(number, **common)
            case "accept":
                names = {each.seq: each.name for each in case_queries.materials_of(version_id)}
                done = cases.accept(number, _all_got(version_id), names, "", **common)
            case "review":
                points = case_queries.review_points_of(version_id)
                lines = [{"point": point["hans"], "seq": seq, "met": True} for seq, point in enumerate(points)]
                done = cases.review(number, lines, "", **common)
            case "decide":
                done = cases.decide(number, "granted", "", **common)
            case "certify":
                done = cases.certify(number, **common)
            case "deliver":
                done = cases.deliver(number, step.told or "applicant", "", **common)
            case "finish":
                done = cases.finish(number, "", **common)
            case other:
                raise ValueError(f"nobody knows how to {other}")
        self.versions[step.case] = (number, done.version)

    def _person(self, username: str) -> SignedIn:
        """Someone at the window where they are posted, as if they had signed in."""
        if username not in self.people:
            row = db.session.execute(
                select(Account.id, Account.role, Posting.window_id, Window.point_id, Posting.post, Posting.certificate)
                .join(Posting, Posting.account_id == Account.id)
                .join(Window, Window.id == Posting.window_id)
                .where(Account.county_id == self.county_id, Account.username == username)
            ).first()
            if row is None:
                raise NotFound(username)
            self.people[username] = SignedIn(
                row.id, self.county_id, username, row.role, "", "", "", "", "", "", 0, self.first_start, self.first_start,
                postings=(PostingNow(row.window_id, row.point_id, row.post, row.certificate),),
            )  # fmt: skip
        return self.people[username]


def _title(key: str) -> str:
    return f"往期办件{key}（示例）"


def _all_got(version_id: int) -> list[dict[str, object]]:
    rows = case_queries.materials_of(version_id)
    return [{"code": str(row.seq), "got": True, "original": row.original, "copies": row.copies} for row in rows]


def _steps(row: Mapping[str, str], day: date, place: int, calendar: Calendar) -> Iterator[_Step]:
    """The acts of a row: `room collect send; +1 town receive accept`. Each act some minutes after the one before, each +n that many working
    days later; a sending goes to who acts next."""
    stays = [part.split() for part in row["way"].split(";")]
    at = datetime.combine(day, time(9, place), SHANGHAI)
    for index, words_of in enumerate(stays):
        if words_of[0].startswith("+"):
            day = calendar.add_working_days(day, int(words_of.pop(0)))
            at = datetime.combine(day, time(9 + index % 5, place), SHANGHAI)
        username, *verbs = words_of
        after = next((word for word in stays[index + 1] if not word.startswith("+")), "") if index + 1 < len(stays) else ""
        for verb in verbs:
            name, _colon, told = verb.partition(":")
            yield _Step(at, row["key"], username, name, told, after)
            at += timedelta(minutes=7)


# --- what is called -------------------------------------------------------------------------------------------------------------


def seed_county(directory: Path, *, clock: Clock, password: str | None, registered: Clock | None = None) -> Counts:
    """Load a county from a folder; returns how much was new. What is there is left as it is, so a second load adds nothing.

    `password` is the one of every new account (None: one that nobody knows; `flask users reset-password` gives out another).
    `registered` is the clock under which instruments are drafted, signed and registered; else it is `clock`.
    """
    if not directory.is_dir():
        raise SeedError(f"{directory} is no folder")
    return _Load(directory, clock, password, registered or clock).run()


def seed_calendar(directory: Path, county_id: int, *, clock: Clock) -> int:
    """Enter the years of a folder that the county does not have; returns how many were new (C-4)."""
    known = set(db.session.scalars(select(CalendarYear.year).where(CalendarYear.county_id == county_id)))
    new = [row for row in _rows(directory, "years.csv") if int(row["year"]) not in known]
    if not new:
        return 0
    days = _rows(directory, "days.csv")
    with transaction(clock=clock):
        for row in new:
            of_year = [each for each in days if each["year_notice"] == row["year"]]
            typed = [network.TypedDay(_day(each["day"]), DayKind(each["kind"]), _text(each, "name")) for each in of_year]
            network.enter_calendar_year(
                county_id, int(row["year"]), notice=row["notice"], source=row["source"], days=typed, actor=machine(county_id, "seed"),
                clock=clock,
            )  # fmt: skip
    return len(new)


def seed_demo(app: Flask) -> Counts:
    """Load the demonstration county and the calendar, once; a second start adds nothing.

    Its standing instruments are registered 30 days before the business moment of the first start, so that they are in force.
    """
    clock: Clock = app.extensions["clock"]
    folder = SEEDS / "zhashui"
    code = _toml(folder, "county.toml")["county"]["code"]
    begun = select(func.min(Instrument.drafted_at)).join(County, County.id == Instrument.county_id).where(County.code == code)
    standing = db.session.scalar(begun)  # a load that was broken off goes on under the clock that it began with
    if standing is None:
        standing = clock.now() - STANDING
        begins = _demo_begins(folder)
        if civil_date(standing) < begins:
            raise ConfigError(f"NOW is too early: the demonstration county begins on {begins}. Choose {begins + STANDING} or a later day.")
    added = seed_county(folder, clock=clock, password=demo_password(app.config["PORTAL"]), registered=StoppedClock(at=standing))
    county_id = db.session.scalars(select(County.id).where(County.code == code)).one()
    accounts.set_sample_password(county_id, demo_password(app.config["PORTAL"]), actor=machine(county_id, "demonstration"), clock=clock)
    years = seed_calendar(SEEDS / "calendar", county_id, clock=clock)
    return replace(added, calendar_years=years, cases=_Past(folder, county_id, standing).run())


def _demo_begins(folder: Path) -> date:
    """The first day on which somebody can sign, and items can be named."""
    postings = [_day(row["posting_from_on"]) for row in _rows(folder, "accounts.csv") if row["posting_from_on"]]
    items = [_day(row["from_on"]) for row in _toml(folder, "items.toml")["item"]]
    return max(min(postings), *items)
