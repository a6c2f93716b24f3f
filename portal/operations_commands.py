"""`flask audit verify`, `flask check`, `flask jobs …`, `flask backup`, `flask restore`: what the operators of a deployment type."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask import current_app

from portal import backups, jobs, operations
from portal.cli import CommandError, command, group, root
from portal.clock import Clock

audit = group("audit", "The record of every change and every look (R-1).")
jobs_group = group("jobs", "What is done by itself, once a day for each county.")


def _clock() -> Clock:
    found: Clock = current_app.extensions["clock"]
    return found


# --- the record -----------------------------------------------------------------------------------------------------------------


def _verify_lines(answer: dict[str, Any]) -> list[str]:
    if answer["ok"]:
        return [f"the record is whole: {answer['records']} records"]
    return [f"BROKEN  {each['county']}, record {each['record']}: {each['text']}" for each in answer["faults"]]


@command(audit, "verify", lines=_verify_lines)
def audit_verify() -> Any:
    """Walk the chains, their heads and the anchors; exit 1 and name county and number of the first broken record."""
    read, broken = operations.audit_verify()
    if not broken:
        return {"ok": True, "records": read}
    first = broken[0]
    faults = [asdict(each) for each in broken]
    return {"ok": False, "records": read, "county": first.county, "record": first.record, "text": first.text, "faults": faults}, 1


# --- check ----------------------------------------------------------------------------------------------------------------------


def _check_lines(answer: dict[str, Any]) -> list[str]:
    lines = [f"FAULT    {each['code']}: {each['text']}" for each in answer["faults"]]
    lines += [f"warning  {each['code']}: {each['text']}" for each in answer["warnings"]]
    return [*lines, "all is as it should be" if answer["ok"] else f"{len(answer['faults'])} faults"]


@command(root, "check", lines=_check_lines)
def check() -> Any:
    """Is everything as it should be? Exit 1 where a fault is found; a warning alone is none."""
    report = operations.check(_clock())
    return {"ok": report.is_ok, "faults": report.faults, "warnings": report.warnings}, 0 if report.is_ok else 1


# --- jobs -----------------------------------------------------------------------------------------------------------------------


def _run_lines(answer: dict[str, Any]) -> list[str]:
    runs = [f"{each['job']} {each['county']} {each['period']}: {each['outcome']}  {each['text']}".rstrip() for each in answer["runs"]]
    return runs or ["no county, nothing to do"]


@command(jobs_group, "run", lines=_run_lines)
@click.argument("name", required=False)
def run(name: str | None) -> Any:
    """Do what is due: every job, or the one of this NAME. Safe to repeat; exit 1 where one failed."""
    runs = jobs.run_jobs(name, clock=_clock())
    failed = any(each.outcome is jobs.Outcome.FAILED for each in runs)
    return {"runs": [asdict(each) for each in runs]}, int(failed)


def _list_lines(answer: dict[str, Any]) -> list[str]:
    lines = []
    for job in answer["jobs"]:
        lines.append(f"{job['name']}: {job['text']}")
        lines += [f"  {each['county']} {each['period']}: {each['outcome'] or 'begun and not ended'}" for each in job["last"]]
    return lines


@command(jobs_group, "list", lines=_list_lines)
def list_jobs() -> Any:
    """The jobs, and their last run in each county."""
    found = []
    for job in jobs.JOBS.values():
        last = [
            {
                "county": code,
                "period": row.period,
                "started_at": row.started_at,
                "ended_at": row.ended_at,
                "outcome": row.outcome,
            }
            for code, row in jobs.last_runs(job.name)
        ]
        found.append({"name": job.name, "text": job.text, "last": last})
    return {"jobs": found}


# --- backup and restore ---------------------------------------------------------------------------------------------------------


def _backup_lines(answer: dict[str, Any]) -> list[str]:
    keys = "with its keys: keep the file as you keep them" if answer["keys"] else "without keys: keep field-key and record-key elsewhere"
    held = f"{answer['records']} records, {answer['attachments']} attachments"
    return [f"{answer['file']}: {answer['size']} bytes, {held}, {keys}", f"sha256 {answer['sha256']}"]


@command(root, "backup", lines=_backup_lines)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--with-keys", is_flag=True, help="put FIELD_KEY and RECORD_KEY in: the file is then the data in clear")
def backup(file: Path, with_keys: bool) -> Any:
    """Write the whole deployment into FILE (tar), as of one moment, while it serves."""
    try:
        return backups.backup(file, with_keys=with_keys, clock=_clock())
    except backups.Refused as error:
        raise CommandError(str(error), code=error.code) from error


def _restore_lines(answer: dict[str, Any]) -> list[str]:
    lines = [f"restored what was backed up at {answer['made_at']}: {answer['records']} records, {answer['attachments']} attachments"]
    if answer["kept"]:
        lines.append(f"what was here before: {answer['kept']}")
    lines += [f"BROKEN  {each['county']}, record {each['record']}: {each['text']}" for each in answer["broken"]]
    return lines


@command(root, "restore", lines=_restore_lines)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="also where there is data: it goes into a backup of its own first")
def restore(file: Path, replace: bool) -> Any:
    """Bring a backup back into a new or stopped deployment; exit 1 where its record turns out to be broken."""
    try:
        answer = backups.restore(file, replace=replace, clock=_clock())
    except backups.Refused as error:
        raise CommandError(str(error), code=error.code) from error
    broken = [asdict(each) for each in answer["broken"]]
    return {**answer, "ok": not broken, "broken": broken}, int(bool(broken))
