"""The first load of an empty table: its indexes are built afterward, by sorting, not row by row.

That is several times as fast, and a file ten times as large takes ten times as long, no longer.
Dropping an index locks the table against readers until the commit; so only while it is empty,
when nobody can be called, texted or found anyway.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text


def is_empty(connection: Connection, table: str) -> bool:
    """Whether the table has no row."""
    return not connection.scalar(text(f"SELECT EXISTS (SELECT FROM {table})"))


@contextmanager
def without_indexes(
    connection: Connection, table: str, keep: frozenset[str] = frozenset()
) -> Iterator[None]:
    """Runs what is within while the table has its primary key only; the rest is built after.

    Indexes named in `keep` stay: those of columns that hardly a row fills cost less so.
    """
    unique = _unique_constraints(connection, table)
    indexes = [index for index in _indexes(connection, table) if index[0] not in keep]
    for name, _ in unique:
        connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))
    for name, _ in indexes:
        connection.execute(text(f'DROP INDEX "{name}"'))
    yield
    for _, definition in indexes:
        connection.exec_driver_sql(definition)
    for name, definition in unique:
        connection.exec_driver_sql(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def _unique_constraints(connection: Connection, table: str) -> list[tuple[str, str]]:
    rows = connection.execute(
        text(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = CAST(:table AS regclass) AND contype = 'u' ORDER BY conname"
        ),
        {"table": table},
    )
    return [(row.conname, row[1]) for row in rows]


def _indexes(connection: Connection, table: str) -> list[tuple[str, str]]:
    """Indexes that no constraint owns, with the statements that make them."""
    rows = connection.execute(
        text(
            "SELECT c.relname, pg_get_indexdef(i.indexrelid) AS made "
            "FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "WHERE i.indrelid = CAST(:table AS regclass) AND NOT EXISTS ("
            "SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u')) "
            "ORDER BY c.relname"
        ),
        {"table": table},
    )
    return [(row.relname, row.made) for row in rows]
