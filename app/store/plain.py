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
from sqlalchemy.orm import Session, SessionTransaction, SessionTransactionOrigin

from app.store.steady import Steady

_READS = re.compile(r"\s*(SELECT|WITH)\b")
_DOES = re.compile(
    r"\b(INSERT|UPDATE|DELETE|MERGE|INTO|SHARE|nextval|setval|set_config|txid_current|\w*advisory\w*)\b",
    re.IGNORECASE,
)
"""What writes, locks, or holds for the transaction that it is in."""
_INDENT = re.compile(r"\s*\n\s*")


class Words(TextClause):
    """SQL as text without types of its own; it remembers how the driver wants it and the names of
    its columns."""

    inherit_cache = True
    said = ""
    reads = False  # and does nothing else
    columns_named: SimpleResultMetaData | None = None

    def for_driver(self, dialect: Dialect) -> str:
        """The words with the driver's marks for the parameters."""
        if not self.said:
            # Without indents: the driver knows again what is of less than 4,096 characters.
            self.said = _INDENT.sub("\n", str(self.compile(dialect=dialect)))
            self.reads = bool(_READS.match(self.said)) and not _DOES.search(self.said)
        return self.said


class PlainResult(IteratorResult[Any]):
    """The rows of a plain statement, as SQLAlchemy gives them, or the number of those changed."""

    def __init__(self, columns: SimpleResultMetaData, rows: list[Any], rowcount: int) -> None:
        super().__init__(columns, iter(rows))
        self.rowcount = rowcount


_ANEW = (None, psycopg.IsolationLevel.READ_COMMITTED)
"""How isolated a transaction is in which each statement sees the world anew."""
NOTHING = SimpleResultMetaData([])
Answer = tuple[SimpleResultMetaData, list[Any], int]
"""The columns of a plain statement, its rows, and how many rows it found or changed."""
Way = tuple[SessionTransaction | None, Connection, psycopg.Cursor[Any], Steady | None]
"""How the statements of a transaction go to the driver; last, in a session that nobody began, so
that it is there to read, what reads without a transaction."""


class PlainSession(Session):
    """A session that hands plain statements to the driver. Whatever else is executed, and
    everything while somebody listens to the engine's statements, goes the usual way."""

    _way: Way | None = None

    def _plainly(self, statement: Any, params: Any, options: Any) -> Answer | None:
        if options or type(statement) is not Words or type(params or {}) is not dict:
            return None
        if self.autoflush:
            self.flush()
        _, connection, cursor, reader = self._known_way() or self._find_way()
        if connection.engine.dispatch.before_cursor_execute:
            return None
        words = statement.said or statement.for_driver(connection.dialect)
        try:
            if reader is not None and statement.reads:
                reader.read(cursor, words, params or {})
            else:
                cursor.execute(words, params or {})
            found = cursor.pgresult
            if found is None or (found.nfields == 0 and not found.ntuples):
                return NOTHING, [], cursor.rowcount
            rows = cursor.fetchall()
        except psycopg.Error as error:
            self._way = None
            # Wraps it, and throws the pool's connections away if this one is gone.
            connection._handle_dbapi_exception(error, words, params, None, None)
        named = statement.columns_named
        if named is None:
            named = SimpleResultMetaData([one.name for one in cursor.description or ()])
            statement.columns_named = named
        return named, rows, cursor.rowcount

    def _known_way(self) -> Way | None:
        """That of the statement before, unless another transaction, or one within it, has begun
        since: to ask for the connection costs a third of a statement."""
        way = self._way
        if way is None or way[0] is not self.get_transaction() or self.in_nested_transaction():
            return None
        return way if way[0] is not None and way[0].is_active else None

    def _find_way(self) -> Way:
        connection = self.connection()
        driver: Any = connection.connection.driver_connection
        transaction = self.get_transaction()
        begun = transaction is None or transaction.origin is not SessionTransactionOrigin.AUTOBEGIN
        plain = isinstance(driver, Steady) and driver.isolation_level in _ANEW
        reader = driver if plain and not begun and not self.in_nested_transaction() else None
        self._way = (transaction, connection, driver.cursor(), reader)
        return self._way

    if not TYPE_CHECKING:

        def execute(self, statement, params=None, **options):
            """As Session.execute."""
            answer = self._plainly(statement, params, options)
            if answer is None:
                return super().execute(statement, params, **options)
            return PlainResult(*answer)

        def scalar(self, statement, params=None, **options):
            """As Session.scalar."""
            answer = self._plainly(statement, params, options)
            if answer is None:
                return super().scalar(statement, params, **options)
            _, rows, _ = answer
            return rows[0][0] if rows else None

        def scalars(self, statement, params=None, **options):
            """As Session.scalars."""
            answer = self._plainly(statement, params, options)
            if answer is None:
                return super().scalars(statement, params, **options)
            return PlainResult(*answer).scalars()
