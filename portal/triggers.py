"""What the database itself refuses: changing append-only rows and what was signed. Made again after every migration, from this one list."""

from __future__ import annotations

import sqlalchemy as sa

from portal.database import Base

_SIGNED = "EXISTS (SELECT 1 FROM instrument_signature s WHERE s.instrument_id = {instrument})"
_VIA_CLAUSE = (
    "EXISTS (SELECT 1 FROM instrument_signature s JOIN clause c ON c.instrument_id = s.instrument_id WHERE c.id = {row}.clause_id)"
)
# table → condition on OLD or NEW under which a row is frozen, since its instrument was signed (G-5)
SIGNED: dict[str, str] = {
    "instrument": _SIGNED.format(instrument="{row}.id"),
    "clause": _SIGNED.format(instrument="{row}.instrument_id"),
    "clause_power": _VIA_CLAUSE,
    "clause_item": _VIA_CLAUSE,
}


def append_only_tables() -> list[str]:
    """Tables whose rows are added and never changed."""
    return sorted(name for name, table in Base.metadata.tables.items() if table.info.get("append_only"))


def _statements(dialect: str, present: set[str]) -> list[str]:
    rules = [(table, verb, "", "append only") for table in append_only_tables() for verb in ("UPDATE", "DELETE")]
    if "instrument_signature" in present:
        for table, condition in SIGNED.items():
            verbs = ("UPDATE", "DELETE") if table == "instrument" else ("INSERT", "UPDATE", "DELETE")
            rules += [(table, verb, condition.format(row="NEW" if verb == "INSERT" else "OLD"), "signed") for verb in verbs]
    out = []
    for table, verb, condition, why in rules:
        if table not in present:
            continue
        name = f"guard_{table}_{verb.lower()}"
        if dialect == "sqlite":
            when = f" WHEN {condition}" if condition else ""
            out.append(
                f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb} ON \"{table}\"{when} BEGIN SELECT RAISE(ABORT, '{why}: {table}'); END"
            )
        else:
            body = f"RAISE EXCEPTION '{why}: {table}' USING ERRCODE = 'restrict_violation';"
            body = f"IF {condition} THEN {body} END IF;" if condition else body
            row = "OLD" if verb == "DELETE" else "NEW"
            out.append(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN {row}; END $$")
            out.append(f'CREATE OR REPLACE TRIGGER {name} BEFORE {verb} ON "{table}" FOR EACH ROW EXECUTE FUNCTION {name}()')
    return out


def names() -> set[str]:
    """The triggers that must stand; `flask check` looks for each."""
    every = set(Base.metadata.tables)
    return {line.split(" BEFORE ")[0].split()[-1] for line in _statements("sqlite", every)}


def install(connection: sa.Connection) -> None:
    """Make every trigger whose table is there."""
    present = set(sa.inspect(connection).get_table_names())
    for statement in _statements(connection.dialect.name, present):
        connection.exec_driver_sql(statement)
