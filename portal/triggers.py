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
    "clause_condition": _VIA_CLAUSE,
    "letter": "EXISTS (SELECT 1 FROM letter_signature s WHERE s.letter_id = {row}.id)",  # a letter of appointment freezes likewise (G-15)
}
_PAPERS = {"instrument": "instrument_signature", "letter": "letter_signature"}  # a paper → what signs it; a row comes before its signature


def append_only_tables() -> list[str]:
    """Tables whose rows are added and never changed."""
    return sorted(name for name, table in Base.metadata.tables.items() if table.info.get("append_only"))


def _conflicts(table: str) -> str:
    """Does NEW meet a row that stands there, by any key? SQLite's REPLACE would delete that row without asking a DELETE trigger."""
    keys = [tuple(column.name for column in Base.metadata.tables[table].primary_key.columns)]
    for constraint in Base.metadata.tables[table].constraints:
        if isinstance(constraint, sa.UniqueConstraint):
            keys.append(tuple(column.name for column in constraint.columns))
    same = (" AND ".join(f'o."{name}" = NEW."{name}"' for name in key) for key in sorted(set(keys)))
    return f'EXISTS (SELECT 1 FROM "{table}" o WHERE ' + " OR ".join(f"({each})" for each in same) + ")"  # noqa: S608 - our own names


def _guards(dialect: str) -> list[tuple[str, str, str, str]]:
    """(table, verb, condition, why): what is refused, always or under a condition on OLD and NEW."""
    guards = [(table, verb, "", "append only") for table in append_only_tables() for verb in ("UPDATE", "DELETE")]
    for table, condition in SIGNED.items():
        old, new = condition.format(row="OLD"), condition.format(row="NEW")
        guards.append((table, "UPDATE", f"{old} OR {new} OR NEW.id <> OLD.id", "signed"))
        guards.append((table, "DELETE", old, "signed"))
        if table not in _PAPERS:
            guards.append((table, "INSERT", new, "signed"))
    if dialect == "sqlite":
        for table in (*append_only_tables(), *SIGNED):
            guards.append((table, "INSERT", _conflicts(table), "replaced"))
    else:
        guards += [(table, "TRUNCATE", "", "append only") for table in (*append_only_tables(), *SIGNED)]
    return guards


def _name(table: str, verb: str, why: str) -> str:
    return f"guard_{table}_{'replace' if why == 'replaced' else verb.lower()}"


def _statements(dialect: str, present: set[str]) -> list[str]:
    out = []
    for table, verb, condition, why in _guards(dialect):
        if table not in present or (table in SIGNED and _PAPERS.get(table, "instrument_signature") not in present):
            continue
        name = _name(table, verb, why)
        if dialect == "sqlite":
            when = f" WHEN {condition}" if condition else ""
            out.append(f"DROP TRIGGER IF EXISTS {name}")
            out.append(f"CREATE TRIGGER {name} BEFORE {verb} ON \"{table}\"{when} BEGIN SELECT RAISE(ABORT, '{why}: {table}'); END")
        else:
            body = f"RAISE EXCEPTION '{why}: {table}' USING ERRCODE = 'restrict_violation';"
            body = f"IF {condition} THEN {body} END IF;" if condition else body
            row = {"DELETE": "OLD", "TRUNCATE": "NULL"}.get(verb, "NEW")
            each = "STATEMENT" if verb == "TRUNCATE" else "ROW"
            out.append(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN {row}; END $$")
            out.append(f'CREATE OR REPLACE TRIGGER {name} BEFORE {verb} ON "{table}" FOR EACH {each} EXECUTE FUNCTION {name}()')
    return out


def names(dialect: str = "sqlite") -> set[str]:
    """The triggers that must stand on an engine; `flask check` looks for each."""
    return {_name(table, verb, why) for table, verb, _condition, why in _guards(dialect)}


def install(connection: sa.Connection) -> None:
    """Make every trigger whose table is there."""
    present = set(sa.inspect(connection).get_table_names())
    for statement in _statements(connection.dialect.name, present):
        connection.exec_driver_sql(statement)
