"""`flask import windows | calendar | instruments FILE`: from csv or xlsx; every bad row is named with line and reason, nothing is half done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import current_app
from sqlalchemy import select

from portal.accounts import queries as accounts
from portal.accounts.models import Account, Office
from portal.audit import Actor, machine
from portal.authority import import_words as imports
from portal.cli import CommandError, command, group
from portal.clock import Clock
from portal.database import db
from portal.imports import MOST_BYTES, BadFile, Outcome, Table, read
from portal.network.queries import the_county
from portal.rules.authority import Office as OfficeKind

importing = group("import", "Rows from a csv or xlsx file: all of them, or none and every fault named.")


def import_lines(answer: dict[str, Any]) -> list[str]:
    lines = [
        f"{imports.line_words(row['line'])}  {row['column'] or '-'}  {row['text']}" + (f"  ({row['rule']})" if row["rule"] else "")
        for row in answer["faults"]
    ]
    if answer["faults"]:
        return [*lines, f"{answer['bad_rows']} bad rows; nothing was imported"]
    did = "imported" if answer["imported"] else "would be imported"
    return [f"{did}: {len(answer['new'])} new, {len(answer['unchanged'])} there already", *(f"  {name}" for name in answer["new"])]


def import_file(what: str | imports.Kind, file: Path, is_trial: bool, username: str, county_code: str | None) -> Any:
    county_id = the_county(county_code).id
    kind = imports.KINDS[what] if isinstance(what, str) else what
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or error}", code="no_file") from error
    clock: Clock = current_app.extensions["clock"]
    actor = _actor(county_id, username, needs_manager=kind.name == "instruments")
    table, outcome = Table(()), Outcome(0)
    try:
        table = read(data, kind.columns, gate=imports.gate)
        outcome = kind.imported(table, is_trial=is_trial, actor=actor, clock=clock)
    except BadFile as bad:
        outcome = Outcome(0, faults=bad.faults)
    faults = [imports.told(fault, kind, table.headings) for fault in outcome.faults]
    answer: dict[str, Any] = {
        "rows": outcome.rows, "new": outcome.new, "unchanged": outcome.unchanged, "bad_rows": outcome.bad_lines,
        "faults": [{"line": one.line, "column": one.column, "rule": one.rule, "text": one.text} for one in faults],
        "dry_run": is_trial, "imported": outcome.is_kept,
    }  # fmt: skip
    if outcome.faults and (not is_trial or not table.rows):  # a dry run answers; an import, or a file that cannot be read, has failed
        text = f"{imports.line_words(faults[0].line)}: {faults[0].text}"
        return answer | {"error": {"code": "bad_rows" if table.rows else "bad_file", "text": text}}, 1
    return answer


def _actor(county_id: int, username: str, *, needs_manager: bool) -> Actor:
    """The account named, else the county's only manager where one is needed (G-6), else the machine."""
    if username:
        found = accounts.account_by_name(county_id, username)
        return Actor(found.id, county_id, found.username)
    if not needs_manager:
        return machine(county_id, "import")
    today = current_app.extensions["clock"].today()
    held = select(Account).join(Office, Office.account_id == Account.id).where(
        Account.county_id == county_id, Account.disabled_at.is_(None), Office.kind == OfficeKind.COUNTY_MANAGER.value, Office.from_on <= today,
        Office.until_on.is_(None) | (Office.until_on >= today),
    )  # fmt: skip
    managers = db.session.scalars(held.distinct()).all()
    if len(managers) != 1:
        raise CommandError(f"the county has {len(managers)} managers: say with --as who drafts", code="whose")
    return Actor(managers[0].id, county_id, managers[0].username)


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--county", "county_code", default=None, help="the county's code, where there are several"),
        click.option("--as", "username", default="", metavar="USERNAME", help="who acts"),
        click.option("--dry-run", "is_trial", is_flag=True, help="name every bad row and keep nothing"),
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        function = option(function)
    return function


@command(importing, "windows", lines=import_lines)
@options
def windows(file: Path, is_trial: bool, username: str, county_code: str | None) -> Any:
    """Windows of service points; one that is there with the same content is left as it is."""
    return import_file("windows", file, is_trial, username, county_code)


@command(importing, "calendar", lines=import_lines)
@options
def calendar(file: Path, is_trial: bool, username: str, county_code: str | None) -> Any:
    """Days of yearly notices, each year whole; dates that rest on them are computed anew."""
    return import_file("calendar", file, is_trial, username, county_code)


@command(importing, "instruments", lines=import_lines)
@options
def instruments(file: Path, is_trial: bool, username: str, county_code: str | None) -> Any:
    """Instruments of authority as drafts, which the heads of the issuing bodies sign; by default the county's only manager drafts."""
    return import_file("instruments", file, is_trial, username, county_code)
