"""One PostgreSQL database a worker, put back between tests: making one from the template costs a second or two each, putting back what
a test changed costs hundredths. A database whose shape a test changed is made anew.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

from tests import legs

Connection = psycopg.Connection[tuple[Any, ...]]
# columns, triggers with whether they are on, rules, constraints: what a test could leave behind beside rows
SHAPE = """
SELECT md5(string_agg(line, ',' ORDER BY line)) FROM (
    SELECT table_name || column_name || data_type || coalesce(column_default, '') AS line
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT tgrelid::regclass || tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT tablename || rulename FROM pg_rules WHERE schemaname = 'public'
    UNION ALL SELECT conrelid::regclass || conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
) AS lines
"""


def plain(url: str) -> str:
    """An address as psycopg reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def admin(statement: str) -> None:
    """One statement on the server, outside of any database of ours."""
    url = legs.postgres_url()
    assert url is not None
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def url_of(name: str) -> str:
    """The address of a database of the tests' server. A commit there does not wait for the disk: nothing here outlives the server."""
    url = legs.postgres_url()
    assert url is not None
    address = make_url(url).set(database=name).update_query_dict({"options": "-csynchronous_commit=off"})
    return address.render_as_string(hide_password=False)


class Kept:
    """A copy of the template that is put back before each use."""

    def __init__(self, template: str) -> None:
        self.template = template
        self.name = f"tongban_c_{uuid4().hex[:10]}"
        admin(f'CREATE DATABASE "{self.name}" TEMPLATE "{template}"')
        with self._connect() as connection:
            self.tables = self._all(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            self.rows = {table: self._copied(connection, table) for (table,) in self.tables}
            self.sequences = self._all(connection, "SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'public'")
            self.shape = self._all(connection, SHAPE)
            self.marks = {table: self._mark(connection, table) for (table,) in self.tables}

    def _connect(self) -> Connection:
        return psycopg.connect(plain(url_of(self.name)))

    @staticmethod
    def _all(connection: Connection, query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]

    def _mark(self, connection: Connection, table: str) -> tuple[Any, ...]:
        query = f'SELECT count(*), coalesce(max(xmin::text::bigint), 0) FROM public."{table}"'
        return self._all(connection, query)[0]

    @staticmethod
    def _copied(connection: Connection, table: str) -> bytes:
        with connection.cursor().copy(f'COPY public."{table}" TO STDOUT') as copy:  # type: ignore[call-overload]
            return b"".join(bytes(piece) for piece in copy)

    def put_back(self) -> bool:
        """Undo what the last test wrote; False where its shape is another one now, so that it cannot be used again."""
        with self._connect() as connection:
            if self._all(connection, SHAPE) != self.shape:
                return False
            connection.execute("SET session_replication_role = replica")
            changed = [table for (table,) in self.tables if self._mark(connection, table) != self.marks[table]]
            for table in changed:
                connection.execute(f'DELETE FROM public."{table}"')  # type: ignore[call-overload]
                with connection.cursor().copy(f'COPY public."{table}" FROM STDIN') as copy:  # type: ignore[call-overload]
                    copy.write(self.rows[table])
            for sequence, last in self.sequences:
                connection.execute("SELECT setval(%s::regclass, %s, %s)", (f'public."{sequence}"', max(last, 1), last > 0))
            connection.commit()
            for table in changed:
                self.marks[table] = self._mark(connection, table)
        return True

    def drop(self) -> None:
        admin(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')


_kept: dict[str, Kept] = {}


def fresh(template: str) -> str:
    """The name of a database that holds what its template holds and nothing else. One test at a time uses it."""
    kept = _kept.pop(template, None)
    if kept is not None:
        try:
            usable = kept.put_back()
        except psycopg.Error:
            usable = False
        if not usable:
            kept.drop()
            kept = None
    _kept[template] = kept or Kept(template)
    return _kept[template].name


def drop_kept() -> None:
    """At the end of a worker."""
    for kept in _kept.values():
        kept.drop()
    _kept.clear()
