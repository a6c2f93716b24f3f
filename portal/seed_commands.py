"""`flask seed` and `flask demo`: loading a county, and what the demonstration county is called by."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from sqlalchemy import select

from portal.accounts.models import Account
from portal.catalogue.models import Item, ItemVersion
from portal.cli import CommandError, command, group, root
from portal.clock import Clock
from portal.config import ConfigError, demo_password
from portal.database import db
from portal.inspections.models import Enterprise
from portal.network.models import Body, ServicePoint, Window
from portal.network.queries import the_county
from portal.seeding import SEEDS, SeedError, seed_calendar, seed_county, seed_demo

demo = group("demo", "The demonstration county.")


def _counted(answer: dict[str, Any]) -> list[str]:
    new = [f"{kind.replace('_', ' ')}: {number} new" for kind, number in answer["added"].items() if number]
    return new or ["everything was there already"]


@command(root, "seed", lines=_counted)
@click.option("--county", "directory", required=True, type=click.Path(path_type=Path), metavar="DIR", help="a folder of csv and toml files")
def seed(directory: Path) -> dict[str, Any]:
    """Load a county from csv and toml files; what is there already is left as it is."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    clock: Clock = app.extensions["clock"]
    try:
        if app.config["DEMO"] and directory.resolve() == (SEEDS / "zhashui").resolve():
            return {"added": seed_demo(app).as_dict()}
        password = demo_password(app.config["PORTAL"]) if app.config["DEMO"] else None
        added = seed_county(directory, clock=clock, password=password).as_dict()
        of_its_own = (directory / "years.csv").is_file()
        added["calendar_years"] = seed_calendar(directory if of_its_own else SEEDS / "calendar", _county_of(directory), clock=clock)
    except (SeedError, ConfigError) as error:
        raise CommandError(str(error), code="not_loaded") from error
    return {"added": added}


def _county_of(directory: Path) -> int:
    code = tomllib.loads((directory / "county.toml").read_text(encoding="utf-8"))["county"]["code"]
    return the_county(code).id


def _listed(answer: dict[str, list[dict[str, Any]]]) -> list[str]:
    lines: list[str] = []
    for kind, rows in answer.items():
        lines += [f"{kind}:", *(f"  {row['code']:<22} {row['name']}" for row in rows)]
    return lines


@command(demo, "codes", lines=_listed)
def codes() -> dict[str, list[dict[str, Any]]]:
    """The codes of points, bodies, windows, items, enterprises and accounts, each with its name."""
    county_id = the_county().id
    points = {row.id: row for row in db.session.scalars(select(ServicePoint).where(ServicePoint.county_id == county_id))}
    bodies = {row.id: row for row in db.session.scalars(select(Body).where(Body.county_id == county_id))}
    windows = {row.id: row for row in db.session.scalars(select(Window).where(Window.county_id == county_id))}
    enterprises = db.session.scalars(select(Enterprise).where(Enterprise.county_id == county_id).order_by(Enterprise.code))
    accounts = db.session.scalars(select(Account).where(Account.county_id == county_id).order_by(Account.id))

    def at(account: Account) -> str:
        if account.window_id is not None:
            return windows[account.window_id].code
        if account.point_id is not None:
            return points[account.point_id].code
        return account.enterprise_code or ("" if account.body_id is None else bodies[account.body_id].code)

    return {
        "points": [
            {**_named(row.code, row), "level": row.level, "parent": points[row.parent_id].code if row.parent_id else ""}
            for row in sorted(points.values(), key=lambda row: row.code)
        ],
        "bodies": [{**_named(row.code, row), "kind": row.kind} for row in sorted(bodies.values(), key=lambda row: row.code)],
        "windows": [
            {**_named(row.code, row), "point": points[row.point_id].code} for row in sorted(windows.values(), key=lambda row: row.code)
        ],
        "items": _items(county_id),
        "enterprises": [_named(row.code, row) for row in enterprises],
        "accounts": [{**_named(row.username, row), "role": row.role, "at": at(row)} for row in accounts],
    }


def _named(code: str, row: Any) -> dict[str, Any]:
    return {"code": code, "name": row.name, "name_hant": row.name_hant, "name_en": row.name_en}


def _items(county_id: int) -> list[dict[str, Any]]:
    """Every item with the name of its newest version."""
    query = (
        select(Item, ItemVersion)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .where(Item.county_id == county_id)
        .order_by(Item.code, ItemVersion.version)
    )
    newest = {item.code: (item, version) for item, version in db.session.execute(query)}
    return [{**_named(code, version), "national_code": item.national_code} for code, (item, version) in newest.items()]
