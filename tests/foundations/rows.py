"""One row for every table, made from the models alone: for tests that need a database in which nothing is empty."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timezone
from typing import Any

import sqlalchemy as sa

from portal.database import Base, Moment

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=timezone.utc)
# what no rule about types can know: constraints over several columns
SPECIAL: dict[tuple[str, str], Any] = {
    ("service_point", "level"): "county",
    ("service_point", "parent_id"): None,
    ("county", "host"): None,
    ("case_event", "sort"): "act_of_applicant",
    ("case_event", "clause_id"): None,
    ("case_event", "office_id"): None,
    ("case_event", "article"): None,
    ("point_hours", "opens"): "08:00",
    ("point_hours", "closes"): "12:00",
    ("instrument", "supersedes_id"): None,
    ("division", "parent_id"): None,
    ("routing_ruling", "from_point_id"): None,
    ("point_emergency", "ended_at"): None,
    ("point_emergency", "ended_by_id"): None,
    ("supervision_task", "confirmed_at"): None,
    ("supervision_task", "confirmed_by_id"): None,
    ("attachment", "owner"): None,
    ("upload", "owner"): None,
    ("inquiry", "ended_on"): None,
    ("joint_event", "kind"): "urged",
    ("joint_event", "clause_id"): None,
    ("visit", "half_hour"): "09:00",
    ("named_level", "year"): 2026,
    ("inspection_wish", "year"): 2027,
    **{("inspection_report", column): None for column in ("answered_at", "answered_by_id")},
    ("fee_notice", "credit_code"): None,
    **{("unfinished", column): None for column in ("answered_on", "ended_on", "cause")},
    **{("ticket", column): None for column in ("window_id", "called_at", "waited_seconds")},
    ("work_line", "until_on"): date(9999, 12, 31),
    # columns that a migration added to a table of the first ones: what an older state cannot keep
    **{("outbox", column): None for column in ("claim", "tried_at", "next_at", "given_up_at", "read_at")},
    ("outbox", "failure"): "",
    **{("inspection_visit", column): None for column in ("plan_id", "entered_at", "left_at", "outcome")},
    ("inspection_plan", "recheck_of_id"): None,
    ("work_line", "from_on"): date(2026, 11, 22),
}
LAST = ("instrument_signature", "instrument_registration", "clause_end")  # what is signed is closed: its rows come before


def _codes(table: sa.Table, column: str) -> list[str]:
    """The values that a check constraint allows for a column, if one lists them."""
    for constraint in table.constraints:
        if isinstance(constraint, sa.CheckConstraint):
            found = re.search(rf"\b{column} IN \(([^)]*)\)", str(constraint.sqltext))
            if found:
                return re.findall(r"'([^']*)'", found.group(1))
    return []


def _value(table: sa.Table, column: sa.Column[Any]) -> Any:
    if (table.name, column.name) in SPECIAL:
        return SPECIAL[table.name, column.name]
    kind = column.type
    if codes := _codes(table, column.name):
        return codes[0]
    if isinstance(kind, Moment):
        return NOW
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Integer):
        return 1
    if isinstance(kind, sa.Float):
        return 1.5
    if isinstance(kind, sa.Date):
        return date(2026, 11, 23)
    if isinstance(kind, sa.LargeBinary):
        return b"\x01\x02"
    if isinstance(kind, sa.JSON):
        return {"示例": [1]}
    if isinstance(kind, sa.String):
        return "示例"[: kind.length] if kind.length else "示例"
    raise AssertionError(f"no value for {table.name}.{column.name}: {kind!r}")


def ordered() -> list[sa.Table]:
    """Every table, each after those that it refers to."""
    tables = list(Base.metadata.sorted_tables)
    return [table for table in tables if table.name not in LAST] + [table for table in tables if table.name in LAST]


def fill(connection: sa.Connection, *, leave_out: Sequence[str] = ()) -> dict[str, int]:
    """Put one row into every table that is there and empty; returns how many each has."""
    present = set(sa.inspect(connection).get_table_names()) - set(leave_out)
    for table in ordered():
        if table.name in present and not connection.scalar(sa.select(sa.func.count()).select_from(table)):
            connection.execute(table.insert().values({column.name: _value(table, column) for column in table.columns}))
    return counts(connection)


def counts(connection: sa.Connection) -> dict[str, int]:
    """How many rows each of our tables has."""
    present = set(sa.inspect(connection).get_table_names())
    return {
        table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in ordered() if table.name in present
    }
