"""Watches over a rehearsal under way: prolongs its lease, tells its progress, notices its end."""

from collections.abc import Callable
from datetime import datetime

from app.services.each_second import EachSecond
from app.services.rehearsals import tell_progress
from app.store.engine import Sessions


class Stopped(Exception):
    """Somebody stopped the rehearsal, or it was taken for dead."""


class Watch(EachSecond):
    """Once a second tells how far it is, whatever its own thread does meanwhile.

    `advance` is for that thread: it takes how far it is, and raises Stopped if it is to end.
    """

    def __init__(
        self, sessions: Sessions, rehearsal_id: int, holder: str, wall: Callable[[], datetime]
    ) -> None:
        super().__init__("rehearsal watch")
        self._sessions, self._id, self._holder, self._wall = sessions, rehearsal_id, holder, wall
        self._share, self._lost = 0.0, False

    def advance(self, share: float) -> None:
        """Takes how far the rehearsal is, from 0 to 1; raises Stopped."""
        self._share = share
        if self._lost:
            raise Stopped

    def beat(self) -> None:
        """Tells how far it is; once nobody wants to know any more, that is noted."""
        wall = self._wall()
        if not tell_progress(self._sessions, self._id, self._holder, self._share, wall=wall):
            self._lost = True
            self.over.set()
