"""Watches over a running import: a lease that is prolonged, and the wish to cancel it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import psycopg
from sqlalchemy import Connection, Engine

from app.services.each_second import EachSecond
from app.store import import_runs
from app.store.import_runs import Progress


class Canceled(Exception):
    """Somebody asked for the import to be canceled. Nothing of it is stored."""


class Lost(Exception):
    """Another worker has the run: this one seemed dead for too long. Nothing of it is stored."""


class Watch(EachSecond):
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
        super().__init__("import watch")
        self._engine, self._run_id, self._worker, self._wall = engine, run_id, worker, wall
        self._driver = connection.connection.driver_connection
        self.progress = Progress("", 0, 0, 0)
        self._why: type[Exception] | None = None

    def check(self) -> None:
        """Raise if the import is to stop."""
        if self._why is not None:
            raise self._why

    def beat(self) -> None:
        """Tells how far the run is; stops what runs once it is known that it is to stop."""
        try:
            self._tell()
        finally:
            if self._why is not None:
                self._stop_statement()

    def _tell(self) -> None:
        with self._engine.begin() as connection:
            canceled = import_runs.beat(
                connection, self._run_id, self._worker, self.progress, self._wall()
            )
        if canceled is None:
            self._why = Lost
        elif canceled:
            self._why = Canceled

    def _stop_statement(self) -> None:
        if isinstance(self._driver, psycopg.Connection) and not self.over.is_set():
            with suppress(psycopg.Error):
                self._driver.cancel_safe(timeout=5)
