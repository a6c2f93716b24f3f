"""`flask import plans FILE`: yearly plans of bodies from csv or xlsx; every bad row is named, nothing is half done (Q-10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from portal.authority.import_commands import import_file, import_lines, importing, options
from portal.authority.import_words import Kind
from portal.cli import command
from portal.i18n import _lp
from portal.inspections import yearly_services

YEARLY = Kind("plans", _lp("import", "Yearly plans of inspections"), yearly_services.COLUMNS, yearly_services.import_yearly)


@command(importing, "plans", lines=import_lines)
@options
def plans(file: Path, is_trial: bool, username: str, county_code: str | None) -> Any:
    """Yearly plans of bodies; each becomes the next edition, which the head of the body publishes."""
    return import_file(YEARLY, file, is_trial, username, county_code)
