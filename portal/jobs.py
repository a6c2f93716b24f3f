"""What is done by itself, for each county once a period: `flask jobs run`, started every ten minutes (deploy/tongban-jobs.timer).

A run is a row of `job_run`, unique by county, job and period. It begins without an end; only a job that was done gets one, so that what
was killed or failed is tried again by the next start. Two starts at once: one works, the other says so. Jobs do only what may be repeated.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa
from flask import current_app

from portal.accounts.models import Account, SignInSession
from portal.accounts.services import KNOWN_FOR, forget_throttles
from portal.audit import DEPLOYMENT, AnchorError, machine, read_anchors, record, record_key, verify, write_anchors
from portal.authority.life_services import remind
from portal.cases import dispute_services, inquiry_services, unfinished_services
from portal.cases.apply_services import forget
from portal.cases.attachment_services import purge_unfinished
from portal.cases.course_services import apply_law
from portal.cases.joint_services import urge
from portal.cases.leg_services import remind as remind_legs
from portal.cases.lending import move_pending
from portal.cases.licence_services import remind_and_renew
from portal.cases.task_services import follow_up
from portal.cases.warning_services import warn
from portal.clock import Clock
from portal.config import Config
from portal.database import NotFound, db, is_sqlite, transaction
from portal.messages import Channels
from portal.network.message_services import send_waiting
from portal.network.models import County, JobRun
from portal.rules.moments import civil_date
from portal.supervision.services import count_uncounted

logger = logging.getLogger("tongban.jobs")


class JobFailed(Exception):
    """A job could not do its work; the message says why. It is tried again by the next start."""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work: `period` names the stretch of time that a day belongs to, `run` does it for one county and says what it did.

    Done once a period, or with `each_start` as often as jobs are started; its row of the period then says what the last one did.
    """

    name: str
    text: str
    period: Callable[[date], str]
    run: Callable[[int, Clock], str]
    each_start: bool = False


class Outcome(StrEnum):
    DONE = "done"
    ALREADY_DONE = "already_done"
    RUNNING_ELSEWHERE = "running_elsewhere"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one job for one county and period."""

    job: str
    county: str
    period: str
    outcome: Outcome
    text: str = ""


def daily(day: date) -> str:
    """The period of a job that is done once a day."""
    return day.isoformat()


# --- the jobs -------------------------------------------------------------------------------------------------------------------


def _purge(county_id: int, clock: Clock) -> int:
    """Delete sessions, throttles and unfinished uploads that nothing asks for any more; returns how many rows went."""
    before = clock.wall() - KNOWN_FOR  # so long the addresses of an account's sessions are still asked for
    ours = sa.select(Account.id).where(Account.county_id == county_id)
    # The newest session stays: SQLite gives the highest number out again once its row is gone, and the record names sessions by number.
    newest = sa.select(sa.func.max(SignInSession.id)).scalar_subquery()
    with transaction(clock=clock) as tx:
        old = (SignInSession.account_id.in_(ours), SignInSession.started_at < before, SignInSession.id != newest)
        gone = tx.session.execute(sa.delete(SignInSession).where(*old)).rowcount  # type: ignore[attr-defined]
        gone += forget_throttles(clock=clock)
        if gone:
            record(tx, machine(county_id, "nightly"), "sessions.purge", f"county:{county_id}", rows=gone, started_before=before)
    return int(gone) + purge_unfinished(county_id, clock)


def nightly(county_id: int, clock: Clock) -> str:
    """Walk the county's chain and the deployment's, purge old sessions, write the day's last hashes outside the database (R-1)."""
    chains = {county_id, DEPLOYMENT}
    try:
        read, faults = verify(db.session(), record_key(), read_anchors(), chains)
    except AnchorError as error:
        raise JobFailed(str(error)) from error
    if faults:
        raise JobFailed("; ".join(f"record {fault.seq} of chain {fault.chain}: {fault.text}" for fault in faults))
    purged = _purge(county_id, clock)
    db.session.rollback()
    anchored = write_anchors(db.session(), civil_date(clock.wall()), chains)
    db.session.rollback()
    return f"{read} records right, {anchored} heads anchored, {purged} old sessions, delays and uploads deleted"


def channels() -> Channels:
    """The channels of this deployment."""
    config: Config = current_app.config["PORTAL"]
    return Channels(config.smtp_url, config.sms_webhook, config.public_url, config.demo)


def _send(county_id: int, clock: Clock) -> str:
    """Send the messages that wait."""
    return send_waiting(county_id, clock, channels())


def _first_asked(county_id: int, clock: Clock) -> str:
    """Remind whoever has an inquiry, or coordinates what could not get done, of what is due today or late (C-8, V-11)."""
    return ", ".join((inquiry_services.remind(county_id, clock), unfinished_services.remind(county_id, clock)))


JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job("nightly", "walk the record, write its last hashes outside the database, delete sessions and unfinished uploads of long ago", daily, nightly),
        Job("law", "write the effects of law that have come: silence accepts, consents, ends what is not supplemented", daily, apply_law),
        Job("licences", "remind holders 90, 60 and 30 days before a licence ends; write what silence renewed", daily, remind_and_renew),
        Job("stand-ins", "move pending work to who stands in for an absent chief representative, and back", daily, move_pending),
        Job("recertification", "remind heads 60, 30 and 7 days before an instrument has to be confirmed", daily, remind),
        Job("warnings", "tell everybody once a day of the cases whose day comes near or is over", daily, warn),
        Job("supervision", "send tasks of supervision that could not be sent; remind once of those that nobody confirmed in time", daily, follow_up),
        Job("disputes", "tell the center once of bodies that did not meet in time, and of a ruling that is late", daily, dispute_services.remind),
        Job("legs", "remind both windows of a handoff that nobody received, and tell the center of one that is charged to the receiver", daily, remind_legs),
        Job("joint", "urge and escalate the silent branches of joint cases, each step once", daily, urge),
        Job("first-asked", "remind once a day of inquiries, and of matters that could not get done, that are due or late", daily, _first_asked),
        Job("applying", "drop drafts that nobody saved for 90 days, and codes and sessions of applicants that are over", daily, forget),
        Job("mail-room", "count the cases that closed before the mail-room index was kept", daily, count_uncounted),
        Job("send", "send the messages that wait, by mail and as text messages; at each start", daily, _send, each_start=True),
    )
}


# --- running them ---------------------------------------------------------------------------------------------------------------


@contextmanager
def _alone(name: str, county_id: int) -> Iterator[bool]:
    """True while nobody else runs this job for this county; the lock goes with the process that holds it."""
    if is_sqlite():
        lock = os.open(Path(current_app.config["DATA_DIR"]) / f"job-{name}-{county_id}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(lock)
        return
    with db.engine.connect() as connection:
        key = {"key": f"tongban job {name} {county_id}"}
        got = bool(connection.scalar(sa.text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))"), key))
        connection.commit()  # the lock is the session's, not the transaction's: nothing waits for it, nothing is kept from vacuum
        try:
            yield got
        finally:
            if got:
                connection.execute(sa.text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))"), key)
                connection.commit()


def _begin(job: Job, county_id: int, period: str, clock: Clock) -> int | None:
    """The id of this period's row, made if it is not there; None where the job was done."""
    with transaction(clock=clock) as tx:
        query = sa.select(JobRun).where(JobRun.county_id == county_id, JobRun.job == job.name, JobRun.period == period)
        row = tx.session.scalar(query)
        if row is None:
            row = JobRun(county_id=county_id, job=job.name, period=period, started_at=clock.wall())
            tx.session.add(row)
        elif row.ended_at is not None and not job.each_start:
            return None
        else:
            row.started_at = clock.wall()
        tx.session.flush()
        return row.id


def _end(job: Job, county_id: int, row_id: int, text: str, clock: Clock, *, done: bool) -> None:
    with transaction(clock=clock) as tx:
        row = tx.lock(sa.select(JobRun).where(JobRun.id == row_id))[0]
        is_news, was_done = row.outcome != text[:500], row.ended_at is not None
        row.outcome, row.ended_at = text[:500], clock.wall() if done else None
        if (is_news or done) and not (done and was_done):  # what comes back at each start is said once: a failure, or that it works again
            record(tx, machine(county_id, "jobs"), "job.done" if done else "job.failed", f"job:{job.name}:{row.period}")


def _run_for(job: Job, county_id: int, code: str, clock: Clock) -> Run:
    period = job.period(civil_date(clock.wall()))
    with _alone(job.name, county_id) as alone:
        if not alone:
            return Run(job.name, code, period, Outcome.RUNNING_ELSEWHERE)
        row_id = _begin(job, county_id, period, clock)
        if row_id is None:
            return Run(job.name, code, period, Outcome.ALREADY_DONE)
        try:
            text, done = job.run(county_id, clock), True
        except JobFailed as error:
            text, done = str(error), False
        except Exception as error:  # one job's fault must not keep the others from their work
            logger.exception("job %s failed", job.name)
            text, done = f"{type(error).__name__}: {error}", False
        db.session.rollback()
        _end(job, county_id, row_id, text, clock, done=done)
        return Run(job.name, code, period, Outcome.DONE if done else Outcome.FAILED, text)


def run_jobs(name: str | None = None, *, clock: Clock) -> list[Run]:
    """Do what is due: every job, or the one of this name, for every county. NotFound for a name that is no job's."""
    if name is not None and name not in JOBS:
        raise NotFound(f"job {name!r}; there are {', '.join(JOBS)}")
    wanted = list(JOBS.values()) if name is None else [JOBS[name]]
    counties = [(row.id, row.code) for row in db.session.execute(sa.select(County.id, County.code).order_by(County.code))]
    db.session.rollback()
    return [_run_for(job, county_id, code, clock) for job in wanted for county_id, code in counties]


def last_runs(name: str) -> list[tuple[str, JobRun]]:
    """The latest run of a job in each county that ran it, by the county's code."""
    latest = sa.select(sa.func.max(JobRun.id)).where(JobRun.job == name).group_by(JobRun.county_id)
    query = sa.select(County.code, JobRun).join(JobRun, JobRun.county_id == County.id).where(JobRun.id.in_(latest)).order_by(County.code)
    return [(code, run) for code, run in db.session.execute(query)]


def is_late(name: str, county_id: int, clock: Clock, since: timedelta = timedelta(days=2)) -> bool:
    """Was a job not done for so long in a county?"""
    query = sa.select(sa.func.max(JobRun.ended_at)).where(JobRun.county_id == county_id, JobRun.job == name)
    ended = db.session.scalar(query)
    return ended is None or ended < clock.wall() - since
