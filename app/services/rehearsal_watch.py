"""Watches over a rehearsal under way: prolongs its lease, tells its progress, notices its end."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Event, Thread
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from app.services.rehearsals import tell_progress
from app.store.engine import Sessions

SECONDS = 1.0


class Stopped(Exception):
    """Somebody stopped the rehearsal, or it was taken for dead."""


class Watch:
    """Once a second tells how far it is, whatever its own thread does meanwhile.

    `advance` is for that thread: it takes how far it is, and raises Stopped if it is to end.
    """

    def __init__(
        self, sessions: Sessions, rehearsal_id: int, holder: str, wall: Callable[[], datetime]
    ) -> None:
        self._sessions, self._id, self._holder, self._wall = sessions, rehearsal_id, holder, wall
        self._share = 0.0
        self._lost, self._over = Event(), Event()
        self._thread = Thread(target=self._run, name="rehearsal watch", daemon=True)

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

    def advance(self, share: float) -> None:
        """Takes how far the rehearsal is, from 0 to 1; raises Stopped."""
        self._share = share
        if self._lost.is_set():
            raise Stopped

    def _run(self) -> None:
        while not self._over.wait(SECONDS):
            with suppress(SQLAlchemyError):  # the next beat tries again, the lease is longer
                wall = self._wall()
                if not tell_progress(
                    self._sessions, self._id, self._holder, self._share, wall=wall
                ):
                    self._lost.set()
                    return
