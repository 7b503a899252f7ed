"""A connection that keeps what it has prepared, and that reads without a transaction around it."""

from collections.abc import Mapping
from typing import Any

from psycopg import Connection, Cursor
from psycopg.pq import TransactionStatus


class Steady(Connection[Any]):
    """A connection that still knows its prepared statements after a rollback.

    psycopg throws them away then, lest one speak of a table that was made in the transaction. Each
    reading session ends in a rollback, so that the server would plan nearly everything anew.
    """

    def rollback(self) -> None:
        """Rolls back; after an error as psycopg does."""
        status = self.pgconn.transaction_status
        if status == TransactionStatus.IDLE:
            return
        if status != TransactionStatus.INTRANS:
            super().rollback()
            return
        with self.lock:
            self.pgconn.exec_(b"ROLLBACK")

    def read(self, cursor: Cursor[Any], words: str, binds: Mapping[str, Any]) -> None:
        """Has the cursor execute what only reads: within the transaction if one is open, else
        alone. At READ COMMITTED each statement sees the world anew in either case, and to begin
        and to roll back are two ways to the server."""
        self._autocommit = True
        try:
            cursor.execute(words, binds)
        finally:
            self._autocommit = False
