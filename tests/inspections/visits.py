"""Facts for the tests of inspections: visits made, added quiet days."""

from __future__ import annotations

from datetime import date

from flask import Flask

from portal.audit import machine, record
from portal.database import transaction
from portal.inspections import queries
from portal.inspections.models import AddedQuietDays, InspectionVisit, QuietRuleRow
from portal.network import queries as network

MILL = "91999999MA9X00011A"


def made(
    app: Flask,
    day: str,
    body: str = "MR",
    *,
    line: str | None = None,
    kind: str = "routine",
    exemption: str | None = None,
    enterprise: str = MILL,
) -> None:
    """A visit that took place."""
    with app.app_context():
        county = network.the_county()
        visitor, visited = network.body_by_code(county.id, body), queries.enterprise_by_code(county.id, enterprise)
        row = InspectionVisit(
            county_id=county.id,
            enterprise_id=visited.id,
            body_id=visitor.id,
            line=line or visitor.line,
            kind=kind,
            exemption=exemption,
            day_on=date.fromisoformat(day),
        )
        _write(app, county.id, row)


def added(app: Flask, first: str, last: str, scope: str = "all", code: str = "", instrument: str = "柞政办发〔2026〕9号") -> None:
    """Quiet days added by an instrument."""
    with app.app_context():
        county = network.the_county()
        row = AddedQuietDays(
            county_id=county.id,
            scope=scope,
            scope_code=code,
            first_on=date.fromisoformat(first),
            last_on=date.fromisoformat(last),
            instrument=instrument,
        )
        _write(app, county.id, row)


def ruled(app: Flask, holds_from: str, windows: str) -> None:
    """Another version of the quiet-day rule."""
    with app.app_context():
        county = network.the_county()
        _write(
            app,
            county.id,
            QuietRuleRow(county_id=county.id, holds_from_on=date.fromisoformat(holds_from), terms={"windows": windows}, source="示例"),
        )


def _write(app: Flask, county_id: int, row: object) -> None:
    with transaction(clock=app.extensions["clock"]) as tx:
        tx.session.add(row)
        tx.session.flush()
        record(tx, machine(county_id), "test_fact", "inspection:1")
