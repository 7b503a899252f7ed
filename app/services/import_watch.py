"""Watches over a running import: a lease that is prolonged, and the wish to cancel it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Event, Thread
from types import TracebackType
from typing import Self

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.store import import_runs
from app.store.import_runs import Progress

SECONDS = 1.0


class Canceled(Exception):
    """Somebody asked for the import to be canceled. Nothing of it is stored."""


class Lost(Exception):
    """Another worker has the run: this one seemed dead for too long. Nothing of it is stored."""


class Watch:
    """Once a second tells how far the run is; ends the statement that runs when it is to stop.

    `check` raises Canceled or Lost in the thread that imports.
    """

    def __init__(
        self,
        engine: Engine,
        run_id: int,
        worker: str,
        wall: Callable[[], datetime],
        connection: Connection,
    ) -> None:
        self._engine, self._run_id, self._worker, self._wall = engine, run_id, worker, wall
        self._driver = connection.connection.driver_connection
        self.progress = Progress("", 0, 0, 0)
        self._why: type[Exception] | None = None
        self._over = Event()
        self._thread = Thread(target=self._run, name="import watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join(10)

    def check(self) -> None:
        """Raise if the import is to stop."""
        if self._why is not None:
            raise self._why

    def _run(self) -> None:
        while not self._over.wait(SECONDS):
            with suppress(SQLAlchemyError):  # the next beat tries again, the lease is longer
                self._beat()
            if self._why is not None:
                self._stop_statement()

    def _beat(self) -> None:
        with self._engine.begin() as connection:
            canceled = import_runs.beat(
                connection, self._run_id, self._worker, self.progress, self._wall()
            )
        if canceled is None:
            self._why = Lost
        elif canceled:
            self._why = Canceled

    def _stop_statement(self) -> None:
        if isinstance(self._driver, psycopg.Connection) and not self._over.is_set():
            with suppress(psycopg.Error):
                self._driver.cancel_safe(timeout=5)
