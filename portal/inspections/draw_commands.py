"""`flask inspections redraw NUMBER`: draw again from what was stored, and say whether the same comes out (Q-13)."""

from __future__ import annotations

import re
from typing import Any

import click
from flask import current_app

from portal.audit import machine
from portal.cli import command, group
from portal.database import NotFound
from portal.inspections import draw_queries, draw_services
from portal.network import queries as network
from portal.network.clock_command import legible

inspections = group("inspections", "Inspections.")
NUMBER = re.compile(r"[0-9A-Za-z-]{1,40}")


def _lines(answer: dict[str, Any]) -> list[str]:
    said = "the same" if answer["same"] else f"different: {', '.join(answer['different'])}"
    return [f"{answer['number']}: {answer['drawn']} drawn; drawn again: {said}"]


@command(inspections, "redraw", lines=_lines)
@click.argument("number")
@click.option("--county", help="code of the county, where there are several")
def redraw(number: str, county: str | None) -> Any:
    """Draw again from what was stored; exit 1 where something else comes out."""
    if not NUMBER.fullmatch(number):
        raise NotFound(f"draw {legible(number)!r}")
    county_id = network.the_county(county).id
    draw, drawn, different = draw_queries.redraw(county_id, number)
    if draw_queries.is_hidden(draw):
        draw_services.record_look([number], actor=machine(county_id, "redraw"), clock=current_app.extensions["clock"])
    return {"number": number, "drawn": drawn, "same": not different, "different": different}, 1 if different else 0
