"""What operators ask of a deployment: is the record whole, is everything as it should be. Commands: operations_commands.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from cryptography.exceptions import InvalidTag
from flask import current_app

from portal import triggers
from portal.accounts.models import Person
from portal.accounts.sealed import PersonField, cipher
from portal.audit import DEPLOYMENT, AnchorError, AuditRecord, Fault, read_anchors, record_key, verify
from portal.authority import queries as authority
from portal.bootstrap import SAFE_SQLITE
from portal.cases import calendar_queries
from portal.cases.models import Case
from portal.clock import Clock
from portal.config import KEY_FILES, Config, is_loopback
from portal.database import db, is_sqlite, sqlite_module
from portal.jobs import JOBS, is_late, last_runs
from portal.network import message_queries
from portal.network.models import County

LAPSE_SOON = timedelta(days=30)
LOST_SHOWN = timedelta(days=3)  # messages given up are told of for so long
WAITS_LONG = timedelta(hours=1)
REBUILD_BATCH = 200


def _config() -> Config:
    config: Config = current_app.config["PORTAL"]
    return config


# --- the record -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Broken:
    """The first broken record of a chain: the county's code (or `deployment`), its number, what is wrong."""

    county: str
    record: int
    text: str


def audit_verify() -> tuple[int, list[Broken]]:
    """Walk every chain, its head and the anchors (R-1): how many records were read, and the first broken one of each chain."""
    anchors: dict[int, list[tuple[int, str]]] = {}
    torn, codes = "", {}
    try:
        anchors = read_anchors()
    except AnchorError as error:
        torn = str(error)
    try:
        codes = dict(_counties())
        read, faults = verify(db.session(), record_key(), anchors)
    except sa.exc.DatabaseError as error:
        read, faults = 0, [Fault(DEPLOYMENT, 0, f"the database cannot be read: {error.orig}")]
    faults.sort(key=lambda fault: (fault.chain not in codes, fault.chain))
    broken = [Broken(_chain_name(codes, fault.chain), fault.seq, fault.text) for fault in faults]
    if torn:
        broken.append(Broken(_chain_name(codes, DEPLOYMENT), 0, torn))
    return read, broken


def _chain_name(codes: dict[int, str], chain: int) -> str:
    return codes.get(chain) or ("deployment" if chain == DEPLOYMENT else f"chain {chain}")


# --- check ----------------------------------------------------------------------------------------------------------------------


@dataclass
class Report:
    """What `check` found: faults, which must be mended, and warnings; each with a code and a sentence."""

    faults: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        return not self.faults

    def fault(self, code: str, text: str) -> None:
        self.faults.append({"code": code, "text": text})

    def warn(self, code: str, text: str) -> None:
        self.warnings.append({"code": code, "text": text})


def check(clock: Clock) -> Report:
    """Everything that a deployment can be asked about itself, in one list. Changes nothing.

    Configuration, engine, migrations and triggers first; what needs the tables is asked only of a database that has them all.
    """
    report = Report()
    _check_configuration(report)
    try:
        _check_engine(report)
        current, head = migration()
        if current != head:
            at = current or "nothing"
            report.fault("migrations", f"the database is at {at}, the program at {head}: start it once, or flask db upgrade")
            return report
        _check_triggers(report)
        questions = (_check_field_key, _check_calendar, _check_projections, _check_mail_room, _check_instruments, _check_clauses)
        for question in (*questions, _check_jobs, _check_messages, _check_record):
            db.session.rollback()
            question(report, clock)
    except sa.exc.DBAPIError as error:
        report.fault("database", f"the database does not answer: {str(error.orig).strip()}")
    finally:
        db.session.rollback()
    return report


def _check_configuration(report: Report) -> None:
    config = _config()
    if config.data_dir.stat().st_mode & 0o077:
        report.fault("data_dir", f"{config.data_dir} can be read by others: chmod 700")
    for name, file in KEY_FILES.items():
        path = config.data_dir / file
        if path.exists() and path.stat().st_mode & 0o077:
            report.fault("keys", f"{path} ({name}) can be read by others: chmod 600")
    host = config.public_url.partition("://")[2].rpartition(":")[0] or config.public_url.partition("://")[2]
    if not config.is_secure and not is_loopback(host):
        report.warn("public_url", f"{config.public_url} is not https: what is typed crosses the line in clear")
    if config.demo and config.demo_public:
        report.warn("demo", "demonstration accounts with one known password are open to the network (DEMO=1, DEMO_PUBLIC=1)")


def _check_engine(report: Report) -> None:
    with db.engine.connect() as connection:
        if not is_sqlite():
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
            if encoding != "UTF8":
                report.fault("encoding", f"the database keeps {encoding}; it must be made with ENCODING 'UTF8'")
            return
        module = sqlite_module()
        if module.sqlite_version_info < SAFE_SQLITE:
            wanted = ".".join(map(str, SAFE_SQLITE))
            report.warn("sqlite", f"{module.__name__} {module.sqlite_version} is older than {wanted}: one process only (WEB_CONCURRENCY=1)")
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        if mode != "wal":
            report.fault("wal", f"the journal mode is {mode} and not wal: flask db upgrade switches it on")
        if connection.exec_driver_sql("PRAGMA foreign_keys").scalar() != 1:
            report.fault("foreign_keys", "references are not guarded on this connection")
        broken = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(5)") if row[0] != "ok"]
        if broken:
            report.fault("database", f"the file is damaged: {'; '.join(broken)}. Restore a backup")


def migration() -> tuple[str | None, str]:
    """The migration that the database is at (None: none), and the newest that the program has."""
    script = ScriptDirectory(str(Path(current_app.extensions["migrate"].directory)))
    with db.engine.connect() as connection:
        heads = MigrationContext.configure(connection).get_current_heads()
    return (heads[0] if heads else None), script.get_current_head() or ""


def triggers_present() -> set[str]:
    """The triggers that stand in the database and are switched on."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if is_sqlite()
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    )
    with db.engine.connect() as connection:
        return {str(row[0]) for row in connection.exec_driver_sql(query)}


def _check_triggers(report: Report) -> None:
    missing = sorted(triggers.names(db.engine.dialect.name) - triggers_present())
    if missing:
        report.fault("triggers", f"{len(missing)} are missing: {', '.join(missing)}. flask db upgrade makes them again")


def _check_field_key(report: Report, _clock: Clock) -> None:
    query = sa.select(Person.number_sealed).where(Person.number_sealed.is_not(None)).order_by(Person.id.desc()).limit(1)
    sealed = db.session.scalar(query)
    if sealed is not None:
        try:
            cipher().open(sealed, PersonField.NUMBER.value)
        except (InvalidTag, ValueError, IndexError):
            report.fault("field_key", "FIELD_KEY does not open what is stored: put the right key back before anything is entered")


def _check_calendar(report: Report, clock: Clock) -> None:
    today = clock.today()
    for county_id, code in _counties():
        for year in calendar_queries.coverage(county_id, today).missed:
            if year <= today.year:
                report.fault("calendar", f"{code}: the working days of {year} are not entered; every limit is provisional")
            else:
                report.warn("calendar", f"{code}: the working days of {year} are not entered yet; limits into it are provisional")


def _counties() -> list[tuple[int, str]]:
    return [(row.id, row.code) for row in db.session.execute(sa.select(County.id, County.code).order_by(County.code))]


def _check_projections(report: Report, _clock: Clock) -> None:
    from portal.cases.services import rebuild, untrue_events

    last = 0
    while True:
        batch = list(db.session.scalars(sa.select(Case).where(Case.id > last).order_by(Case.id).limit(REBUILD_BATCH)))
        if not batch:
            return
        last = batch[-1].id
        for case in batch:
            try:
                differs = rebuild(case)
            except Exception as error:  # events that cannot be read are what we look for
                differs = [f"the events cannot be read ({type(error).__name__}: {error})"]
            if untrue := untrue_events(case):
                report.fault("events", f"case {case.number}: events {untrue} are not what the record says was written")
            if differs:
                report.fault("projection", f"case {case.number} is not what its events say: {', '.join(differs)}")
        db.session.expunge_all()


def _check_mail_room(report: Report, _clock: Clock) -> None:
    from portal.supervision import queries, services

    for county_id, code in _counties():
        for text in services.recount(county_id):
            report.fault("mail_room", f"{code}: the kept figures are not what their cases add up to: {text}")
        if queries.uncounted(county_id, 1):
            report.warn("mail_room", f"{code}: closed cases are not counted yet: flask jobs run mail-room")


def _check_instruments(report: Report, _clock: Clock) -> None:
    from portal.authority.letter_services import untrue_letters
    from portal.authority.services import untrue_instruments

    for county_id, code in _counties():
        for text in untrue_instruments(county_id):
            report.fault("instruments", f"{code}: {text} is not what the record says was written")
        for text in untrue_letters(county_id):
            report.fault("letters", f"{code}: {text} is not what the record says was written")


def _check_clauses(report: Report, clock: Clock) -> None:
    now, today = clock.now(), clock.today()
    for county_id, code in _counties():
        for clause in authority.clauses(county_id):
            last = clause.last_day
            if clause.in_force_at(now) and last is not None and last <= today + LAPSE_SOON:
                text = f"{code}: clause {clause.id} of {clause.instrument_number} is in force for the last time on {last}"
                report.warn("clause", text)


def _check_jobs(report: Report, clock: Clock) -> None:
    begun = db.session.scalar(sa.select(sa.func.min(AuditRecord.recorded_at)))
    for name in JOBS:
        for code, run in last_runs(name):
            if run.ended_at is None and run.outcome:
                report.fault("job", f"{code}: {name} of {run.period} failed: {run.outcome}")
        for county_id, code in _counties():
            if begun is not None and begun < clock.wall() - timedelta(days=2) and is_late(name, county_id, clock):
                report.warn("job", f"{code}: {name} was not done for two days: is flask jobs run started by a timer?")


def _check_messages(report: Report, clock: Clock) -> None:
    wall = clock.wall()
    for county_id, code in _counties():
        if given_up := message_queries.given_up(county_id, wall - LOST_SHOWN):
            report.warn("messages", f"{code}: {given_up} messages could not be delivered in the last days and are given up")
        if waiting := message_queries.waiting_long(county_id, wall, WAITS_LONG):
            report.warn("messages", f"{code}: {waiting} messages were tried and still wait: do SMTP_URL and SMS_WEBHOOK answer?")


def _check_record(report: Report, _clock: Clock) -> None:
    _read, broken = audit_verify()
    for each in broken:
        hint = " (or RECORD_KEY is not the one that it was written with)" if each.record == 1 and "hash" in each.text else ""
        report.fault("record", f"{each.county}, record {each.record}: {each.text}{hint}")
