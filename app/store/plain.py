"""Plain statements: SQL that is written out goes to the driver with nothing in between.

A compiled, cached and mapped execution costs several times what the driver itself needs, and nearly
all that the engine asks all day is SQL as text, whose results nothing maps.
"""

import re
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Connection, Dialect, TextClause
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.orm import Session

_INDENT = re.compile(r"\s*\n\s*")


class Words(TextClause):
    """SQL as text without types of its own; it remembers how the driver wants it and the names of
    its columns."""

    inherit_cache = True
    said = ""
    columns_named: SimpleResultMetaData | None = None

    def for_driver(self, dialect: Dialect) -> str:
        """The words with the driver's marks for the parameters."""
        # Without indents: the driver knows again what is of less than 4,096 characters.
        self.said = self.said or _INDENT.sub("\n", str(self.compile(dialect=dialect)))
        return self.said


class PlainResult(IteratorResult[Any]):
    """The rows of a plain statement, as SQLAlchemy gives them, or the number of those changed."""

    def __init__(self, columns: SimpleResultMetaData, rows: list[Any], rowcount: int) -> None:
        super().__init__(columns, iter(rows))
        self.rowcount = rowcount


NOTHING = SimpleResultMetaData([])


class PlainSession(Session):
    """A session that hands plain statements to the driver. Whatever else is executed, and
    everything while somebody listens to the engine's statements, goes the usual way."""

    _lent: tuple[object, Connection] | None = None

    def _own(self) -> Connection:
        """The connection of this transaction; to ask for it costs as much as a small statement."""
        transaction = self.get_transaction()
        if self._lent is None or transaction is None or self._lent[0] is not transaction:
            connection = self.connection()
            self._lent = (self.get_transaction(), connection)
        return self._lent[1]

    def _plainly(self, statement: Any, params: Any, options: Any) -> PlainResult | None:
        if options or type(statement) is not Words or type(params or {}) is not dict:
            return None
        if self.autoflush:
            self.flush()
        connection = self._own()
        if connection.engine.dispatch.before_cursor_execute:
            return None
        driver: Any = connection.connection.driver_connection
        words = statement.said or statement.for_driver(connection.dialect)
        try:
            cursor = driver.execute(words, params or {})
            if cursor.pgresult.nfields == 0 and not cursor.pgresult.ntuples:
                return PlainResult(NOTHING, [], cursor.rowcount)
            rows = cursor.fetchall()
        except psycopg.Error as error:
            # Wraps it, and throws the pool's connections away if this one is gone.
            connection._handle_dbapi_exception(error, words, params, None, None)
        named = statement.columns_named
        if named is None:
            named = SimpleResultMetaData([one.name for one in cursor.description])
            statement.columns_named = named
        return PlainResult(named, rows, cursor.rowcount)

    if not TYPE_CHECKING:

        def execute(self, statement, params=None, **options):
            """As Session.execute."""
            result = self._plainly(statement, params, options)
            return super().execute(statement, params, **options) if result is None else result

        def scalar(self, statement, params=None, **options):
            """As Session.scalar."""
            result = self._plainly(statement, params, options)
            if result is None:
                return super().scalar(statement, params, **options)
            return result.scalar()

        def scalars(self, statement, params=None, **options):
            """As Session.scalars."""
            result = self._plainly(statement, params, options)
            if result is None:
                return super().scalars(statement, params, **options)
            return result.scalars()
